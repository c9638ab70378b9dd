/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The parts of the picture of health that several views share. */
#pragma once

#include "ctl.h"
#include "table.h"

/* "active", "standby", "active standby", "inactive", or "" for one out of service. */
const char *ctl_status_role(IpmpInterface *interface);
/* "12 s ago: link-down", "for 3 min", "held for 40 s more: flapping". Free with g_free(). */
char *ctl_status_since(IpmpInterface *interface, gint64 now_usec);
/* What a person can do about it, NULL when nothing has to be done. Free with g_free(). */
char *ctl_status_hint(IpmpInterface *interface);
/* Whether an interface in that state needs somebody. */
gboolean ctl_status_is_trouble(const char *state);

void ctl_status_print_group(Ctl *ctl, IpmpGroup *group, gint64 now_usec);

void ctl_status_print_group_detail(Ctl *ctl, IpmpGroup *group, gint64 now_usec);
void ctl_status_print_interface_detail(Ctl *ctl, IpmpInterface *interface, gint64 now_usec);
