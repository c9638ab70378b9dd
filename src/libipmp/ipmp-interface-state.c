/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What an interface knows without asking. */
#include "ipmp-private.h"

/**
 * ipmp_interface_get_object_path:
 * @self: an interface
 *
 * Returns: (transfer none): the path of its object on the bus
 */
const char *ipmp_interface_get_object_path(IpmpInterface *self)
{
    g_return_val_if_fail(IPMP_IS_INTERFACE(self), NULL);
    return g_dbus_proxy_get_object_path(G_DBUS_PROXY(self->proxy));
}

/**
 * ipmp_interface_get_name:
 * @self: an interface
 *
 * Returns: (transfer none): its configured name
 */
const char *ipmp_interface_get_name(IpmpInterface *self)
{
    g_return_val_if_fail(IPMP_IS_INTERFACE(self), NULL);
    return ipmp_string_or_empty(ipmp_dbus_interface_get_name(self->proxy));
}

/**
 * ipmp_interface_get_index:
 * @self: an interface
 *
 * Returns: the kernel's index of the device, 0 when it is missing
 */
guint ipmp_interface_get_index(IpmpInterface *self)
{
    g_return_val_if_fail(IPMP_IS_INTERFACE(self), 0);
    return ipmp_dbus_interface_get_index(self->proxy);
}

/**
 * ipmp_interface_get_hardware_address:
 * @self: an interface
 *
 * Returns: (transfer none): lower-case, with colons; empty when it is missing
 */
const char *ipmp_interface_get_hardware_address(IpmpInterface *self)
{
    g_return_val_if_fail(IPMP_IS_INTERFACE(self), NULL);
    return ipmp_string_or_empty(ipmp_dbus_interface_get_hardware_address(self->proxy));
}

/**
 * ipmp_interface_dup_group:
 * @self: an interface
 *
 * Returns: (transfer full): name of the group that it is a member of; empty when it is in none and
 *   only watched
 */
char *ipmp_interface_dup_group(IpmpInterface *self)
{
    const char *path;

    g_return_val_if_fail(IPMP_IS_INTERFACE(self), NULL);
    path = ipmp_dbus_interface_get_group(self->proxy);
    return ipmp_path_to_name(path != NULL ? path : "/");
}

/**
 * ipmp_interface_get_state:
 * @self: an interface
 *
 * Returns: (transfer none): "ok", "failed", "unknown", "offline" or "missing"
 */
const char *ipmp_interface_get_state(IpmpInterface *self)
{
    g_return_val_if_fail(IPMP_IS_INTERFACE(self), NULL);
    return ipmp_string_or_empty(ipmp_dbus_interface_get_state(self->proxy));
}

/**
 * ipmp_interface_get_link_state:
 * @self: an interface
 *
 * Returns: (transfer none): "up", "down" or "unknown"
 */
const char *ipmp_interface_get_link_state(IpmpInterface *self)
{
    g_return_val_if_fail(IPMP_IS_INTERFACE(self), NULL);
    return ipmp_string_or_empty(ipmp_dbus_interface_get_link_state(self->proxy));
}

/**
 * ipmp_interface_get_probe_state:
 * @self: an interface
 *
 * Returns: (transfer none): "ok", "failed", "unknown" or "disabled"
 */
const char *ipmp_interface_get_probe_state(IpmpInterface *self)
{
    g_return_val_if_fail(IPMP_IS_INTERFACE(self), NULL);
    return ipmp_string_or_empty(ipmp_dbus_interface_get_probe_state(self->proxy));
}

/**
 * ipmp_interface_get_active:
 * @self: an interface
 *
 * Returns: whether it carries data
 */
gboolean ipmp_interface_get_active(IpmpInterface *self)
{
    g_return_val_if_fail(IPMP_IS_INTERFACE(self), FALSE);
    return ipmp_dbus_interface_get_active(self->proxy);
}

/**
 * ipmp_interface_get_standby:
 * @self: an interface
 *
 * Returns: whether it is configured to carry data only when others cannot
 */
gboolean ipmp_interface_get_standby(IpmpInterface *self)
{
    g_return_val_if_fail(IPMP_IS_INTERFACE(self), FALSE);
    return ipmp_dbus_interface_get_standby(self->proxy);
}

/**
 * ipmp_interface_get_reason:
 * @self: an interface
 *
 * Returns: (transfer none): why the state is what it is, or empty
 */
const char *ipmp_interface_get_reason(IpmpInterface *self)
{
    g_return_val_if_fail(IPMP_IS_INTERFACE(self), NULL);
    return ipmp_string_or_empty(ipmp_dbus_interface_get_reason(self->proxy));
}

/**
 * ipmp_interface_get_state_since_usec:
 * @self: an interface
 *
 * Returns: since when, wall clock
 */
guint64 ipmp_interface_get_state_since_usec(IpmpInterface *self)
{
    g_return_val_if_fail(IPMP_IS_INTERFACE(self), 0);
    return ipmp_dbus_interface_get_state_since_usec(self->proxy);
}

/**
 * ipmp_interface_get_hold_until_usec:
 * @self: an interface
 *
 * Returns: until when a repair is held back, wall clock; 0 when none is
 */
guint64 ipmp_interface_get_hold_until_usec(IpmpInterface *self)
{
    g_return_val_if_fail(IPMP_IS_INTERFACE(self), 0);
    return ipmp_dbus_interface_get_hold_until_usec(self->proxy);
}

/**
 * ipmp_interface_get_flags:
 * @self: an interface
 *
 * Returns: (transfer none) (array zero-terminated=1): its flags, such as "running" or "standby"
 */
const char *const *ipmp_interface_get_flags(IpmpInterface *self)
{
    g_return_val_if_fail(IPMP_IS_INTERFACE(self), NULL);
    return ipmp_strv_or_empty(ipmp_dbus_interface_get_flags(self->proxy));
}

/**
 * ipmp_interface_get_test_addresses:
 * @self: an interface
 *
 * Returns: (transfer none) (array zero-terminated=1): what probes are sent from, with prefix
 *   length
 */
const char *const *ipmp_interface_get_test_addresses(IpmpInterface *self)
{
    g_return_val_if_fail(IPMP_IS_INTERFACE(self), NULL);
    return ipmp_strv_or_empty(ipmp_dbus_interface_get_test_addresses(self->proxy));
}

/**
 * ipmp_interface_get_addresses:
 * @self: an interface
 *
 * Returns: (transfer none) (array zero-terminated=1): the data addresses on it now
 */
const char *const *ipmp_interface_get_addresses(IpmpInterface *self)
{
    g_return_val_if_fail(IPMP_IS_INTERFACE(self), NULL);
    return ipmp_strv_or_empty(ipmp_dbus_interface_get_addresses(self->proxy));
}

/**
 * ipmp_interface_get_target_mode:
 * @self: an interface
 *
 * Returns: (transfer none): where its probe targets come from: "configured", "routes", "multicast",
 *   "neighbours", "arp", or "disabled" when it is not probed
 */
const char *ipmp_interface_get_target_mode(IpmpInterface *self)
{
    g_return_val_if_fail(IPMP_IS_INTERFACE(self), NULL);
    return ipmp_string_or_empty(ipmp_dbus_interface_get_target_mode(self->proxy));
}

/**
 * ipmp_interface_get_targets:
 * @self: an interface
 *
 * Returns: (transfer none) (array zero-terminated=1): its active targets, in the order in which
 *   they are probed; [method@Ipmp.Interface.get_targets_sync] tells of all
 */
const char *const *ipmp_interface_get_targets(IpmpInterface *self)
{
    g_return_val_if_fail(IPMP_IS_INTERFACE(self), NULL);
    return ipmp_strv_or_empty(ipmp_dbus_interface_get_targets(self->proxy));
}

/**
 * ipmp_interface_describe:
 * @self: an interface
 *
 * Returns: (transfer full): a{sv}: all properties: the keys are their names in kebab-case
 *   ("state-since-usec"), object paths are replaced by the names they stand for
 */
GVariant *ipmp_interface_describe(IpmpInterface *self)
{
    g_return_val_if_fail(IPMP_IS_INTERFACE(self), NULL);
    return g_variant_ref_sink(ipmp_proxy_describe(G_DBUS_PROXY(self->proxy)));
}
