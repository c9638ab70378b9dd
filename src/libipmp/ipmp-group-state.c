/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a group knows without asking. */
#include "ipmp-private.h"

/**
 * ipmp_group_get_object_path:
 * @self: a group
 *
 * Returns: (transfer none): the path of its object on the bus
 */
const char *ipmp_group_get_object_path(IpmpGroup *self)
{
    g_return_val_if_fail(IPMP_IS_GROUP(self), NULL);
    return g_dbus_proxy_get_object_path(G_DBUS_PROXY(self->proxy));
}

/**
 * ipmp_group_get_name:
 * @self: a group
 *
 * Returns: (transfer none): its name, empty for the anonymous group
 */
const char *ipmp_group_get_name(IpmpGroup *self)
{
    g_return_val_if_fail(IPMP_IS_GROUP(self), NULL);
    return ipmp_string_or_empty(ipmp_dbus_group_get_name(self->proxy));
}

/**
 * ipmp_group_get_state:
 * @self: a group
 *
 * Returns: (transfer none): "ok", "degraded" or "failed"
 */
const char *ipmp_group_get_state(IpmpGroup *self)
{
    g_return_val_if_fail(IPMP_IS_GROUP(self), NULL);
    return ipmp_string_or_empty(ipmp_dbus_group_get_state(self->proxy));
}

/**
 * ipmp_group_get_reason:
 * @self: a group
 *
 * Returns: (transfer none): why the state is what it is, or empty
 */
const char *ipmp_group_get_reason(IpmpGroup *self)
{
    g_return_val_if_fail(IPMP_IS_GROUP(self), NULL);
    return ipmp_string_or_empty(ipmp_dbus_group_get_reason(self->proxy));
}

/**
 * ipmp_group_get_anonymous:
 * @self: a group
 *
 * Returns: whether this is the group of the watched interfaces that belong to none
 */
gboolean ipmp_group_get_anonymous(IpmpGroup *self)
{
    g_return_val_if_fail(IPMP_IS_GROUP(self), FALSE);
    return ipmp_dbus_group_get_anonymous(self->proxy);
}

/**
 * ipmp_group_get_temporary:
 * @self: a group
 *
 * Returns: whether what is in force ends with a restart of the machine
 */
gboolean ipmp_group_get_temporary(IpmpGroup *self)
{
    g_return_val_if_fail(IPMP_IS_GROUP(self), FALSE);
    return ipmp_dbus_group_get_temporary(self->proxy);
}

/**
 * ipmp_group_get_config_path:
 * @self: a group
 *
 * Returns: (transfer none): the file it was read from or written to, or empty
 */
const char *ipmp_group_get_config_path(IpmpGroup *self)
{
    g_return_val_if_fail(IPMP_IS_GROUP(self), NULL);
    return ipmp_string_or_empty(ipmp_dbus_group_get_config_path(self->proxy));
}

/**
 * ipmp_group_get_failure_detection_msec:
 * @self: a group
 *
 * Returns: milliseconds within which probes shall find a failure
 */
guint ipmp_group_get_failure_detection_msec(IpmpGroup *self)
{
    g_return_val_if_fail(IPMP_IS_GROUP(self), 0);
    return ipmp_dbus_group_get_failure_detection_msec(self->proxy);
}

/**
 * ipmp_group_get_current_failure_detection_msec:
 * @self: a group
 *
 * Returns: milliseconds that can be kept at the moment, 0 while nothing is probed
 */
guint ipmp_group_get_current_failure_detection_msec(IpmpGroup *self)
{
    g_return_val_if_fail(IPMP_IS_GROUP(self), 0);
    return ipmp_dbus_group_get_current_failure_detection_msec(self->proxy);
}

/**
 * ipmp_group_get_failure_detection_inherited:
 * @self: a group
 *
 * Returns: whether the failure detection time is the default
 */
gboolean ipmp_group_get_failure_detection_inherited(IpmpGroup *self)
{
    g_return_val_if_fail(IPMP_IS_GROUP(self), FALSE);
    return ipmp_dbus_group_get_failure_detection_inherited(self->proxy);
}

/**
 * ipmp_group_get_failback:
 * @self: a group
 *
 * Returns: whether addresses return to a repaired interface
 */
gboolean ipmp_group_get_failback(IpmpGroup *self)
{
    g_return_val_if_fail(IPMP_IS_GROUP(self), FALSE);
    return ipmp_dbus_group_get_failback(self->proxy);
}

/**
 * ipmp_group_get_failback_inherited:
 * @self: a group
 *
 * Returns: whether failback is the default
 */
gboolean ipmp_group_get_failback_inherited(IpmpGroup *self)
{
    g_return_val_if_fail(IPMP_IS_GROUP(self), FALSE);
    return ipmp_dbus_group_get_failback_inherited(self->proxy);
}

/**
 * ipmp_group_get_probe_method:
 * @self: a group
 *
 * Returns: (transfer none): "auto", "icmp", "arp" or "none"
 */
const char *ipmp_group_get_probe_method(IpmpGroup *self)
{
    g_return_val_if_fail(IPMP_IS_GROUP(self), NULL);
    return ipmp_string_or_empty(ipmp_dbus_group_get_probe_method(self->proxy));
}

/**
 * ipmp_group_get_probe_targets:
 * @self: a group
 *
 * Returns: (transfer none) (array zero-terminated=1): the configured targets
 */
const char *const *ipmp_group_get_probe_targets(IpmpGroup *self)
{
    g_return_val_if_fail(IPMP_IS_GROUP(self), NULL);
    return ipmp_strv_or_empty(ipmp_dbus_group_get_probe_targets(self->proxy));
}

/**
 * ipmp_group_get_probe_targets_only:
 * @self: a group
 *
 * Returns: whether only the configured targets are probed
 */
gboolean ipmp_group_get_probe_targets_only(IpmpGroup *self)
{
    g_return_val_if_fail(IPMP_IS_GROUP(self), FALSE);
    return ipmp_dbus_group_get_probe_targets_only(self->proxy);
}

/**
 * ipmp_group_get_probe_failures:
 * @self: a group
 *
 * Returns: lost probes in a row that make a failure
 */
guint ipmp_group_get_probe_failures(IpmpGroup *self)
{
    g_return_val_if_fail(IPMP_IS_GROUP(self), 0);
    return ipmp_dbus_group_get_probe_failures(self->proxy);
}

/**
 * ipmp_group_get_probe_repairs:
 * @self: a group
 *
 * Returns: answered probes in a row that make a repair
 */
guint ipmp_group_get_probe_repairs(IpmpGroup *self)
{
    g_return_val_if_fail(IPMP_IS_GROUP(self), 0);
    return ipmp_dbus_group_get_probe_repairs(self->proxy);
}

/**
 * ipmp_group_get_repair_delay_msec:
 * @self: a group
 *
 * Returns: milliseconds a link must stay up before its interface counts as repaired
 */
guint ipmp_group_get_repair_delay_msec(IpmpGroup *self)
{
    g_return_val_if_fail(IPMP_IS_GROUP(self), 0);
    return ipmp_dbus_group_get_repair_delay_msec(self->proxy);
}

/**
 * ipmp_group_get_failovers:
 * @self: a group
 *
 * Returns: how often addresses had to leave a failed member
 */
guint64 ipmp_group_get_failovers(IpmpGroup *self)
{
    g_return_val_if_fail(IPMP_IS_GROUP(self), 0);
    return ipmp_dbus_group_get_failovers(self->proxy);
}

/**
 * ipmp_group_get_last_failover_usec:
 * @self: a group
 *
 * Returns: when that was last, wall clock; 0 for never
 */
guint64 ipmp_group_get_last_failover_usec(IpmpGroup *self)
{
    g_return_val_if_fail(IPMP_IS_GROUP(self), 0);
    return ipmp_dbus_group_get_last_failover_usec(self->proxy);
}

/**
 * ipmp_group_dup_interfaces:
 * @self: a group
 *
 * Returns: (transfer full) (array zero-terminated=1): names of the members, in order of
 *   configuration
 */
char **ipmp_group_dup_interfaces(IpmpGroup *self)
{
    g_return_val_if_fail(IPMP_IS_GROUP(self), NULL);
    return ipmp_paths_to_names(ipmp_dbus_group_get_interfaces(self->proxy));
}

/**
 * ipmp_group_dup_active_interfaces:
 * @self: a group
 *
 * Returns: (transfer full) (array zero-terminated=1): names of those that carry data
 */
char **ipmp_group_dup_active_interfaces(IpmpGroup *self)
{
    g_return_val_if_fail(IPMP_IS_GROUP(self), NULL);
    return ipmp_paths_to_names(ipmp_dbus_group_get_active_interfaces(self->proxy));
}

/**
 * ipmp_group_dup_inactive_interfaces:
 * @self: a group
 *
 * Returns: (transfer full) (array zero-terminated=1): names of those that function and carry no
 *   data
 */
char **ipmp_group_dup_inactive_interfaces(IpmpGroup *self)
{
    g_return_val_if_fail(IPMP_IS_GROUP(self), NULL);
    return ipmp_paths_to_names(ipmp_dbus_group_get_inactive_interfaces(self->proxy));
}

/**
 * ipmp_group_dup_addresses:
 * @self: a group
 *
 * Returns: (transfer full) (nullable): aa{sv}: the data addresses: "address" s, "interface" s
 *   (where it is now), "home" s, "state" s, "source" s; nowhere and homeless are nothing (ms)
 */
GVariant *ipmp_group_dup_addresses(IpmpGroup *self)
{
    GVariant *addresses;

    g_return_val_if_fail(IPMP_IS_GROUP(self), NULL);
    addresses = ipmp_dbus_group_get_addresses(self->proxy);
    return addresses != NULL ? g_variant_ref_sink(ipmp_dictionaries_name_paths(addresses)) : NULL;
}

/**
 * ipmp_group_describe:
 * @self: a group
 *
 * Returns: (transfer full): a{sv}: all properties: the keys are their names in kebab-case
 *   ("state-since-usec"), object paths are replaced by the names they stand for
 */
GVariant *ipmp_group_describe(IpmpGroup *self)
{
    g_return_val_if_fail(IPMP_IS_GROUP(self), NULL);
    return g_variant_ref_sink(ipmp_proxy_describe(G_DBUS_PROXY(self->proxy)));
}
