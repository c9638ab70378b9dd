/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Errors on their way to the bus: whatever domain they come from, a caller sees only the names that
 * the API promises. */
#pragma once

#include "error.h"
#include <gio/gio.h>

/* Refusals, which have names of the bus itself. */
typedef enum {
    IPMPD_ACCESS_DENIED,
    IPMPD_ACCESS_INTERACTION_REQUIRED, /* a dialogue would have helped */
} IpmpdAccess;
#define IPMPD_N_ACCESSES 2

#define IPMPD_ACCESS ipmpd_access_quark()
GQuark ipmpd_access_quark(void);

/* The D-Bus error name of any error; org.ipmp.Error.Failed for a foreign one. g_free(). */
char *ipmpd_error_to_dbus_name(const GError *error);
/* Answer a call with an error. Takes the invocation, as g_dbus_method_invocation_return_*() do. */
void ipmpd_error_return(GDBusMethodInvocation *invocation, const GError *error);
void ipmpd_error_return_literal(GDBusMethodInvocation *invocation, MpError code, const char *text);
