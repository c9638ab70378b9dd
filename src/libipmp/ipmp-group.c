/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ipmp-private.h"

struct _IpmpGroup {
    GObject parent_instance;
    IpmpDbusGroup *proxy;
    IpmpCallPolicy *policy;
};

enum { SIGNAL_CHANGED, SIGNAL_ADDRESS_MOVED, SIGNAL_FAILED, SIGNAL_REPAIRED, N_SIGNALS };

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE(IpmpGroup, ipmp_group, G_TYPE_OBJECT)

static void on_properties_changed(IpmpGroup *self)
{
    g_signal_emit(self, signals[SIGNAL_CHANGED], 0);
}

static void on_failed(IpmpGroup *self)
{
    g_signal_emit(self, signals[SIGNAL_FAILED], 0);
}

static void on_repaired(IpmpGroup *self)
{
    g_signal_emit(self, signals[SIGNAL_REPAIRED], 0);
}

static void on_address_moved(IpmpGroup *self, const char *address, const char *from, const char *to,
                             const char *reason)
{
    g_autofree char *from_name = ipmp_path_to_name(from);
    g_autofree char *to_name = ipmp_path_to_name(to);

    g_signal_emit(self, signals[SIGNAL_ADDRESS_MOVED], 0, address, from_name, to_name, reason);
}

static void ipmp_group_dispose(GObject *object)
{
    IpmpGroup *self = IPMP_GROUP(object);

    if (self->proxy != NULL)
        g_signal_handlers_disconnect_by_data(self->proxy, self);
    g_clear_object(&self->proxy);
    G_OBJECT_CLASS(ipmp_group_parent_class)->dispose(object);
}

static void ipmp_group_finalize(GObject *object)
{
    g_clear_pointer(&IPMP_GROUP(object)->policy, g_atomic_rc_box_release);
    G_OBJECT_CLASS(ipmp_group_parent_class)->finalize(object);
}

static void ipmp_group_class_init(IpmpGroupClass *class)
{
    GType type = G_TYPE_FROM_CLASS(class);

    G_OBJECT_CLASS(class)->dispose = ipmp_group_dispose;
    G_OBJECT_CLASS(class)->finalize = ipmp_group_finalize;

    /**
     * IpmpGroup::changed:
     * @self: a group
     *
     * Something that the getters tell has changed.
     */
    signals[SIGNAL_CHANGED] =
        g_signal_new("changed", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
    /**
     * IpmpGroup::address-moved:
     * @self: a group
     * @address: the data address, with prefix length
     * @from: the interface it left, empty for nowhere
     * @to: the interface it is on now, empty for nowhere
     * @reason: why
     *
     * A data address is on another interface now.
     */
    signals[SIGNAL_ADDRESS_MOVED] =
        g_signal_new("address-moved", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 4,
                     G_TYPE_STRING, G_TYPE_STRING, G_TYPE_STRING, G_TYPE_STRING);
    /**
     * IpmpGroup::failed:
     * @self: a group
     *
     * Every member has become unusable.
     */
    signals[SIGNAL_FAILED] =
        g_signal_new("failed", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
    /**
     * IpmpGroup::repaired:
     * @self: a group
     *
     * A member is usable again, the first after all had failed.
     */
    signals[SIGNAL_REPAIRED] =
        g_signal_new("repaired", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void ipmp_group_init(IpmpGroup *self)
{
}

IpmpGroup *ipmp_group_new(IpmpDbusGroup *proxy, IpmpCallPolicy *policy)
{
    IpmpGroup *self = g_object_new(IPMP_TYPE_GROUP, NULL);

    self->proxy = g_object_ref(proxy);
    self->policy = g_atomic_rc_box_acquire(policy);
    g_signal_connect_swapped(proxy, "g-properties-changed", G_CALLBACK(on_properties_changed),
                             self);
    g_signal_connect_swapped(proxy, "address-moved", G_CALLBACK(on_address_moved), self);
    g_signal_connect_swapped(proxy, "failed", G_CALLBACK(on_failed), self);
    g_signal_connect_swapped(proxy, "repaired", G_CALLBACK(on_repaired), self);
    return self;
}

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
 *   (where it is now, empty for nowhere), "home" s (empty for none), "state" s, "source" s
 */
GVariant *ipmp_group_dup_addresses(IpmpGroup *self)
{
    GVariant *addresses = ipmp_dbus_group_get_addresses(self->proxy);
    GVariantBuilder builder;

    g_return_val_if_fail(IPMP_IS_GROUP(self), NULL);
    g_variant_builder_init(&builder, G_VARIANT_TYPE("aa{sv}"));
    for (gsize i = 0; addresses != NULL && i < g_variant_n_children(addresses); i++) {
        g_autoptr(GVariant) address = g_variant_get_child_value(addresses, i);
        g_variant_builder_add_value(&builder, ipmp_dictionary_name_paths(address));
    }
    return g_variant_ref_sink(g_variant_builder_end(&builder));
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

/**
 * ipmp_group_add_interface_sync:
 * @self: a group
 * @name: name of an interface; one without a device is accepted and is missing
 * @options: (nullable): a{sv}: "standby" b, "test-addresses" as, "addresses" as,
 *   "hardware-address" s, "temporary" b
 * @cancellable: (nullable): a cancellable
 * @error: an IPMP_ERROR
 *
 * Takes an interface into the group.
 *
 * Returns: whether it is a member now
 */
gboolean ipmp_group_add_interface_sync(IpmpGroup *self, const char *name, GVariant *options,
                                       GCancellable *cancellable, GError **error)
{
    GError *foreign = NULL;

    g_return_val_if_fail(IPMP_IS_GROUP(self) && name != NULL, FALSE);
    if (ipmp_dbus_group_call_add_interface_sync(
            self->proxy, name, ipmp_options_or_empty(options), ipmp_call_policy_flags(self->policy),
            ipmp_call_policy_timeout(self->policy), NULL, cancellable, &foreign))
        return TRUE;
    return ipmp_error_convert(foreign, error);
}

/**
 * ipmp_group_remove_interface_sync:
 * @self: a group
 * @name: name of a member
 * @options: (nullable): a{sv}: "temporary" b
 * @cancellable: (nullable): a cancellable
 * @error: an IPMP_ERROR
 *
 * Lets a member go: the addresses at home on it stay on it, the others leave.
 *
 * Returns: whether it is no member any more
 */
gboolean ipmp_group_remove_interface_sync(IpmpGroup *self, const char *name, GVariant *options,
                                          GCancellable *cancellable, GError **error)
{
    GError *foreign = NULL;

    g_return_val_if_fail(IPMP_IS_GROUP(self) && name != NULL, FALSE);
    if (ipmp_dbus_group_call_remove_interface_sync(
            self->proxy, name, ipmp_options_or_empty(options), ipmp_call_policy_flags(self->policy),
            ipmp_call_policy_timeout(self->policy), cancellable, &foreign))
        return TRUE;
    return ipmp_error_convert(foreign, error);
}

/**
 * ipmp_group_add_address_sync:
 * @self: a group
 * @address: a data address with prefix length
 * @options: (nullable): a{sv}: "interface" s (its home), "deprecated" b, "temporary" b
 * @cancellable: (nullable): a cancellable
 * @error: an IPMP_ERROR
 *
 * Gives the group a data address, or takes back one that is withdrawn.
 *
 * Returns: whether the group has it now
 */
gboolean ipmp_group_add_address_sync(IpmpGroup *self, const char *address, GVariant *options,
                                     GCancellable *cancellable, GError **error)
{
    GError *foreign = NULL;

    g_return_val_if_fail(IPMP_IS_GROUP(self) && address != NULL, FALSE);
    if (ipmp_dbus_group_call_add_address_sync(self->proxy, address, ipmp_options_or_empty(options),
                                              ipmp_call_policy_flags(self->policy),
                                              ipmp_call_policy_timeout(self->policy), cancellable,
                                              &foreign))
        return TRUE;
    return ipmp_error_convert(foreign, error);
}

/**
 * ipmp_group_remove_address_sync:
 * @self: a group
 * @address: a data address of the group, with prefix length
 * @options: (nullable): a{sv}: "temporary" b
 * @cancellable: (nullable): a cancellable
 * @error: an IPMP_ERROR
 *
 * Takes a data address away from the group and from the host.
 *
 * Returns: whether it is gone
 */
gboolean ipmp_group_remove_address_sync(IpmpGroup *self, const char *address, GVariant *options,
                                        GCancellable *cancellable, GError **error)
{
    GError *foreign = NULL;

    g_return_val_if_fail(IPMP_IS_GROUP(self) && address != NULL, FALSE);
    if (ipmp_dbus_group_call_remove_address_sync(
            self->proxy, address, ipmp_options_or_empty(options),
            ipmp_call_policy_flags(self->policy), ipmp_call_policy_timeout(self->policy),
            cancellable, &foreign))
        return TRUE;
    return ipmp_error_convert(foreign, error);
}

/**
 * ipmp_group_configure_sync:
 * @self: a group
 * @settings: (nullable): a{sv}: settings to change, see the method Configure of org.ipmp.Group
 * @options: (nullable): a{sv}: "reset" as (names of settings to inherit again), "temporary" b
 * @cancellable: (nullable): a cancellable
 * @error: an IPMP_ERROR
 *
 * Changes settings of the group.
 *
 * Returns: whether they are in force now
 */
gboolean ipmp_group_configure_sync(IpmpGroup *self, GVariant *settings, GVariant *options,
                                   GCancellable *cancellable, GError **error)
{
    GError *foreign = NULL;

    g_return_val_if_fail(IPMP_IS_GROUP(self), FALSE);
    if (ipmp_dbus_group_call_configure_sync(
            self->proxy, ipmp_options_or_empty(settings), ipmp_options_or_empty(options),
            ipmp_call_policy_flags(self->policy), ipmp_call_policy_timeout(self->policy),
            cancellable, &foreign))
        return TRUE;
    return ipmp_error_convert(foreign, error);
}

/**
 * ipmp_group_delete_sync:
 * @self: a group
 * @options: (nullable): a{sv}: "temporary" b
 * @cancellable: (nullable): a cancellable
 * @error: an IPMP_ERROR
 *
 * Ends the group and puts everything back.
 *
 * Returns: whether it is gone
 */
gboolean ipmp_group_delete_sync(IpmpGroup *self, GVariant *options, GCancellable *cancellable,
                                GError **error)
{
    GError *foreign = NULL;

    g_return_val_if_fail(IPMP_IS_GROUP(self), FALSE);
    if (ipmp_dbus_group_call_delete_sync(
            self->proxy, ipmp_options_or_empty(options), ipmp_call_policy_flags(self->policy),
            ipmp_call_policy_timeout(self->policy), cancellable, &foreign))
        return TRUE;
    return ipmp_error_convert(foreign, error);
}
