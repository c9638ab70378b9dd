/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A group: how it comes to be, its signals and its calls. What it knows is in ipmp-group-state.c.
 */
#include "ipmp-private.h"

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
 * ipmp_group_save_sync:
 * @self: a group
 * @cancellable: (nullable): a cancellable
 * @error: an IPMP_ERROR
 *
 * Makes what is temporary of the group permanent.
 *
 * Returns: whether it is permanent now
 */
gboolean ipmp_group_save_sync(IpmpGroup *self, GCancellable *cancellable, GError **error)
{
    GError *foreign = NULL;

    g_return_val_if_fail(IPMP_IS_GROUP(self), FALSE);
    if (ipmp_dbus_group_call_save_sync(
            self->proxy, ipmp_options_or_empty(NULL), ipmp_call_policy_flags(self->policy),
            ipmp_call_policy_timeout(self->policy), cancellable, &foreign))
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
