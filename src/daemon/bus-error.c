/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bus-error.h"

#include "names.h"

G_DEFINE_QUARK(ipmpd_access, ipmpd_access)

static const char *const access_names[] = {
    "org.freedesktop.DBus.Error.AccessDenied",
    "org.freedesktop.DBus.Error.InteractiveAuthorizationRequired",
};
G_STATIC_ASSERT(G_N_ELEMENTS(access_names) == IPMPD_N_ACCESSES);

char *ipmpd_error_to_dbus_name(const GError *error)
{
    if (error->domain == IPMPD_ACCESS && (guint)error->code < IPMPD_N_ACCESSES)
        return g_strdup(access_names[error->code]);
    if (error->domain == MP_ERROR && (guint)error->code < MP_N_ERRORS)
        return g_strconcat(IPMPD_ERROR_PREFIX, mp_error_to_name(error->code), NULL);

    /* The caller is served, but somebody forgot to say what this means to a caller. */
    g_critical("error of a foreign domain meets the bus: %s %d: %s",
               g_quark_to_string(error->domain), error->code, error->message);
    return g_strconcat(IPMPD_ERROR_PREFIX, mp_error_to_name(MP_ERROR_FAILED), NULL);
}

void ipmpd_error_return(GDBusMethodInvocation *invocation, const GError *error)
{
    g_autofree char *name = ipmpd_error_to_dbus_name(error);
    /* Names of devices and files are bytes; the bus takes UTF-8 alone. */
    g_autofree char *text = g_utf8_make_valid(error->message, -1);

    g_dbus_method_invocation_return_dbus_error(invocation, name, text);
}

void ipmpd_error_return_literal(GDBusMethodInvocation *invocation, MpError code, const char *text)
{
    g_autoptr(GError) error = g_error_new_literal(MP_ERROR, code, text);

    ipmpd_error_return(invocation, error);
}
