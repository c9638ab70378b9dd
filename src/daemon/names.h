/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Every well-known name of the service, and how names become object paths. */
#pragma once

#include <glib.h>

#define IPMPD_BUS_NAME "org.ipmp"
#define IPMPD_PATH "/org/ipmp"
#define IPMPD_PATH_GROUPS "/org/ipmp/group"
#define IPMPD_PATH_INTERFACES "/org/ipmp/interface"
#define IPMPD_ERROR_PREFIX "org.ipmp.Error."

#define IPMPD_MANAGER "org.ipmp.Manager"
#define IPMPD_GROUP "org.ipmp.Group"
#define IPMPD_INTERFACE "org.ipmp.Interface"

#define IPMPD_ACTION_MANAGE_GROUPS "org.ipmp.manage-groups"
#define IPMPD_ACTION_CONFIGURE "org.ipmp.configure"
#define IPMPD_ACTION_CHANGE_STATE "org.ipmp.change-state"
#define IPMPD_ACTION_WATCH_PROBES "org.ipmp.watch-probes"

/* The object's path; the name is escaped as sd_bus_path_encode() does, reversibly. g_free(). */
char *ipmpd_path_group(const char *name);
char *ipmpd_path_interface(const char *name);
/* The same, but "/" (nowhere) for NULL and "". g_free(). */
char *ipmpd_path_interface_or_root(const char *name);
/* The name in a path of either kind; NULL: neither. g_free(). */
char *ipmpd_path_to_name(const char *path);
