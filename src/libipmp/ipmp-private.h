/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files of the library share and programs do not see. */
#pragma once

#include "ipmp-dbus.h"
#include "ipmp.h"

#define IPMP_BUS_NAME "org.ipmp"
#define IPMP_ROOT_PATH "/org/ipmp"

/* How calls are made: one of a client, shared by its groups and interfaces, which may outlive it.
 */
typedef struct {
    gboolean interactive;
} IpmpCallPolicy;

struct _IpmpGroup {
    GObject parent_instance;
    IpmpDbusGroup *proxy;
    IpmpCallPolicy *policy;
};

struct _IpmpInterface {
    GObject parent_instance;
    IpmpDbusInterface *proxy;
    IpmpCallPolicy *policy;
};

GDBusCallFlags ipmp_call_policy_flags(const IpmpCallPolicy *policy);
int ipmp_call_policy_timeout(const IpmpCallPolicy *policy);

IpmpGroup *ipmp_group_new(IpmpDbusGroup *proxy, IpmpCallPolicy *policy);
IpmpInterface *ipmp_interface_new(IpmpDbusInterface *proxy, IpmpCallPolicy *policy);

gboolean ipmp_error_convert(GError *foreign, GError **error);

/* The dictionary, or an empty one for NULL. */
GVariant *ipmp_options_or_empty(GVariant *options);
/* What a getter returns while a property is not known. */
const char *ipmp_string_or_empty(const char *string);
const char *const *ipmp_strv_or_empty(const char *const *strings);
/* Object paths to the names they stand for; free with g_strfreev(). */
char **ipmp_paths_to_names(const char *const *paths);
/* All properties of a proxy as a{sv}: kebab-case keys, names for object paths. Floating. */
GVariant *ipmp_proxy_describe(GDBusProxy *proxy);
/* The same for one dictionary that came over the bus. Floating. */
GVariant *ipmp_dictionary_name_paths(GVariant *dictionary);
