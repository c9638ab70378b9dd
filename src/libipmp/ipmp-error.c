/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ipmp-private.h"

#define PREFIX "org.ipmp.Error."
#define BUS_PREFIX "org.freedesktop.DBus.Error."

/* NOT_AUTHORIZED and UNREACHABLE stand for several errors of the bus itself, see
 * ipmp_error_convert(): here is the one that they are told as. */
static const GDBusErrorEntry entries[] = {
    {IPMP_ERROR_FAILED, PREFIX "Failed"},
    {IPMP_ERROR_INVALID_ARGUMENT, PREFIX "InvalidArgument"},
    {IPMP_ERROR_NO_SUCH_GROUP, PREFIX "NoSuchGroup"},
    {IPMP_ERROR_NO_SUCH_INTERFACE, PREFIX "NoSuchInterface"},
    {IPMP_ERROR_NO_SUCH_ADDRESS, PREFIX "NoSuchAddress"},
    {IPMP_ERROR_EXISTS, PREFIX "Exists"},
    {IPMP_ERROR_INTERFACE_IN_USE, PREFIX "InterfaceInUse"},
    {IPMP_ERROR_NOT_SUITABLE, PREFIX "NotSuitable"},
    {IPMP_ERROR_DUPLICATE_HARDWARE_ADDRESS, PREFIX "DuplicateHardwareAddress"},
    {IPMP_ERROR_MEDIA_MISMATCH, PREFIX "MediaMismatch"},
    {IPMP_ERROR_TEST_ADDRESS_CONFLICT, PREFIX "TestAddressConflict"},
    {IPMP_ERROR_STANDBY, PREFIX "Standby"},
    {IPMP_ERROR_MINIMUM_REDUNDANCY, PREFIX "MinimumRedundancy"},
    {IPMP_ERROR_NOT_SUPPORTED, PREFIX "NotSupported"},
    {IPMP_ERROR_BUSY, PREFIX "Busy"},
    {IPMP_ERROR_LIMIT_REACHED, PREFIX "LimitReached"},
    {IPMP_ERROR_INVALID_CONFIG, PREFIX "InvalidConfig"},
    {IPMP_ERROR_CONFIG_CHANGED, PREFIX "ConfigChanged"},
    {IPMP_ERROR_KERNEL, PREFIX "Kernel"},
    {IPMP_ERROR_NOT_AUTHORIZED, BUS_PREFIX "InteractiveAuthorizationRequired"},
};
/* UNREACHABLE is made on this side and never comes over the bus under a name of its own. */
G_STATIC_ASSERT(G_N_ELEMENTS(entries) == IPMP_ERROR_UNREACHABLE);

/**
 * ipmp_error_quark:
 *
 * Returns: the quark of the error domain; asking for it makes GDBus know the names
 */
GQuark ipmp_error_quark(void)
{
    static gsize quark;

    g_dbus_error_register_error_domain("ipmp-error-quark", &quark, entries, G_N_ELEMENTS(entries));
    return (GQuark)quark;
}

/**
 * ipmp_error_to_name:
 * @code: an error code
 *
 * Returns: (transfer none): the name on the bus, such as "org.ipmp.Error.Exists"
 */
const char *ipmp_error_to_name(IpmpError code)
{
    if (code == IPMP_ERROR_NOT_AUTHORIZED)
        return BUS_PREFIX "AccessDenied";
    if (code == IPMP_ERROR_UNREACHABLE)
        return BUS_PREFIX "ServiceUnknown";
    g_return_val_if_fail((guint)code < G_N_ELEMENTS(entries), PREFIX "Failed");
    return entries[code].dbus_error_name;
}

static IpmpError code_of_bus_error(int code)
{
    switch (code) {
    case G_DBUS_ERROR_ACCESS_DENIED:
    case G_DBUS_ERROR_AUTH_FAILED:
        return IPMP_ERROR_NOT_AUTHORIZED;
    case G_DBUS_ERROR_UNKNOWN_METHOD:
    case G_DBUS_ERROR_UNKNOWN_INTERFACE:
    case G_DBUS_ERROR_NOT_SUPPORTED:
        return IPMP_ERROR_NOT_SUPPORTED;
    case G_DBUS_ERROR_INVALID_ARGS:
    case G_DBUS_ERROR_INVALID_SIGNATURE:
        return IPMP_ERROR_INVALID_ARGUMENT;
    case G_DBUS_ERROR_LIMITS_EXCEEDED:
        return IPMP_ERROR_LIMIT_REACHED;
    case G_DBUS_ERROR_FAILED:
    case G_DBUS_ERROR_UNKNOWN_OBJECT:
    case G_DBUS_ERROR_UNKNOWN_PROPERTY:
        return IPMP_ERROR_FAILED;
    default: /* no bus, no owner, no answer, could not be started */
        return IPMP_ERROR_UNREACHABLE;
    }
}

/* Brings a call's error into IPMP_ERROR, without GDBus's prefix of the message; a cancellation
 * stays what it is. Returns FALSE so that it can end a function. */
gboolean ipmp_error_convert(GError *foreign, GError **error)
{
    g_autoptr(GError) owned = foreign;

    g_dbus_error_strip_remote_error(owned);
    if (owned->domain == IPMP_ERROR || g_error_matches(owned, G_IO_ERROR, G_IO_ERROR_CANCELLED)) {
        g_propagate_error(error, g_steal_pointer(&owned));
        return FALSE;
    }
    IpmpError code = IPMP_ERROR_FAILED;
    if (owned->domain == G_DBUS_ERROR)
        code = code_of_bus_error(owned->code);
    else if (owned->domain == G_IO_ERROR && owned->code != G_IO_ERROR_DBUS_ERROR)
        code = IPMP_ERROR_UNREACHABLE;
    g_set_error_literal(error, IPMP_ERROR, code, owned->message);
    return FALSE;
}
