/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An interface: how it comes to be, its signals and its calls. What it knows is in
 * ipmp-interface-state.c. */
#include "ipmp-private.h"

enum { SIGNAL_CHANGED, SIGNAL_STATE_CHANGED, SIGNAL_PROBE_COMPLETED, N_SIGNALS };

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE(IpmpInterface, ipmp_interface, G_TYPE_OBJECT)

static void on_properties_changed(IpmpInterface *self)
{
    g_signal_emit(self, signals[SIGNAL_CHANGED], 0);
}

static void on_state_changed(IpmpInterface *self, const char *old, const char *new,
                             const char *reason)
{
    g_signal_emit(self, signals[SIGNAL_STATE_CHANGED], 0, old, new, reason);
}

static void on_probe_completed(IpmpInterface *self, guint64 sequence, const char *target,
                               const char *result, guint64 sent, guint64 network_rtt, guint64 rtt,
                               guint64 average, guint64 deviation)
{
    g_autoptr(GVariant) probe = g_variant_ref_sink(
        g_variant_new_parsed("{'sequence': <%t>, 'target': <%s>, 'result': <%s>, 'sent-usec': <%t>,"
                             " 'network-rtt-usec': <%t>, 'rtt-usec': <%t>, 'average-usec': <%t>,"
                             " 'deviation-usec': <%t>}",
                             sequence, target, result, sent, network_rtt, rtt, average, deviation));

    g_signal_emit(self, signals[SIGNAL_PROBE_COMPLETED], 0, probe);
}

static void ipmp_interface_dispose(GObject *object)
{
    IpmpInterface *self = IPMP_INTERFACE(object);

    if (self->proxy != NULL)
        g_signal_handlers_disconnect_by_data(self->proxy, self);
    g_clear_object(&self->proxy);
    G_OBJECT_CLASS(ipmp_interface_parent_class)->dispose(object);
}

static void ipmp_interface_finalize(GObject *object)
{
    g_clear_pointer(&IPMP_INTERFACE(object)->policy, g_atomic_rc_box_release);
    G_OBJECT_CLASS(ipmp_interface_parent_class)->finalize(object);
}

static void ipmp_interface_class_init(IpmpInterfaceClass *class)
{
    GType type = G_TYPE_FROM_CLASS(class);

    G_OBJECT_CLASS(class)->dispose = ipmp_interface_dispose;
    G_OBJECT_CLASS(class)->finalize = ipmp_interface_finalize;

    /**
     * IpmpInterface::changed:
     * @self: an interface
     *
     * Something that the getters tell has changed.
     */
    signals[SIGNAL_CHANGED] =
        g_signal_new("changed", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
    /**
     * IpmpInterface::state-changed:
     * @self: an interface
     * @old: the state that was
     * @new: the state that is
     * @reason: why
     *
     * The state has changed.
     */
    signals[SIGNAL_STATE_CHANGED] =
        g_signal_new("state-changed", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 3,
                     G_TYPE_STRING, G_TYPE_STRING, G_TYPE_STRING);
    /**
     * IpmpInterface::probe-completed:
     * @self: an interface
     * @probe: a{sv}: "sequence" t, "target" s, "result" s ("acked", "lost"), "sent-usec" t,
     *   "network-rtt-usec" t, "rtt-usec" t, "average-usec" t, "deviation-usec" t
     *
     * A probe was answered or lost; only after ipmp_client_watch_probes_sync().
     */
    signals[SIGNAL_PROBE_COMPLETED] =
        g_signal_new("probe-completed", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE,
                     1, G_TYPE_VARIANT);
}

static void ipmp_interface_init(IpmpInterface *self)
{
}

IpmpInterface *ipmp_interface_new(IpmpDbusInterface *proxy, IpmpCallPolicy *policy)
{
    IpmpInterface *self = g_object_new(IPMP_TYPE_INTERFACE, NULL);

    self->proxy = g_object_ref(proxy);
    self->policy = g_atomic_rc_box_acquire(policy);
    g_signal_connect_swapped(proxy, "g-properties-changed", G_CALLBACK(on_properties_changed),
                             self);
    g_signal_connect_swapped(proxy, "state-changed", G_CALLBACK(on_state_changed), self);
    g_signal_connect_swapped(proxy, "probe-completed", G_CALLBACK(on_probe_completed), self);
    return self;
}

/**
 * ipmp_interface_offline_sync:
 * @self: an interface
 * @options: (nullable): a{sv}: "min-redundancy" u (how many other usable members must remain)
 * @cancellable: (nullable): a cancellable
 * @error: an IPMP_ERROR
 *
 * Moves its data addresses elsewhere, then takes it out of service.
 *
 * Returns: whether it is offline now
 */
gboolean ipmp_interface_offline_sync(IpmpInterface *self, GVariant *options,
                                     GCancellable *cancellable, GError **error)
{
    GError *foreign = NULL;

    g_return_val_if_fail(IPMP_IS_INTERFACE(self), FALSE);
    if (ipmp_dbus_interface_call_offline_sync(
            self->proxy, ipmp_options_or_empty(options), ipmp_call_policy_flags(self->policy),
            ipmp_call_policy_timeout(self->policy), cancellable, &foreign))
        return TRUE;
    return ipmp_error_convert(foreign, error);
}

/**
 * ipmp_interface_online_sync:
 * @self: an interface
 * @options: (nullable): a{sv}
 * @cancellable: (nullable): a cancellable
 * @error: an IPMP_ERROR
 *
 * Takes it into service again, as one that joins.
 *
 * Returns: whether it is in service
 */
gboolean ipmp_interface_online_sync(IpmpInterface *self, GVariant *options,
                                    GCancellable *cancellable, GError **error)
{
    GError *foreign = NULL;

    g_return_val_if_fail(IPMP_IS_INTERFACE(self), FALSE);
    if (ipmp_dbus_interface_call_online_sync(
            self->proxy, ipmp_options_or_empty(options), ipmp_call_policy_flags(self->policy),
            ipmp_call_policy_timeout(self->policy), cancellable, &foreign))
        return TRUE;
    return ipmp_error_convert(foreign, error);
}

/**
 * ipmp_interface_set_standby_sync:
 * @self: an interface
 * @standby: whether it shall carry data only when others cannot
 * @options: (nullable): a{sv}: "temporary" b
 * @cancellable: (nullable): a cancellable
 * @error: an IPMP_ERROR
 *
 * Makes it a standby or an ordinary member.
 *
 * Returns: whether it is
 */
gboolean ipmp_interface_set_standby_sync(IpmpInterface *self, gboolean standby, GVariant *options,
                                         GCancellable *cancellable, GError **error)
{
    GError *foreign = NULL;

    g_return_val_if_fail(IPMP_IS_INTERFACE(self), FALSE);
    if (ipmp_dbus_interface_call_set_standby_sync(
            self->proxy, standby, ipmp_options_or_empty(options),
            ipmp_call_policy_flags(self->policy), ipmp_call_policy_timeout(self->policy),
            cancellable, &foreign))
        return TRUE;
    return ipmp_error_convert(foreign, error);
}

/**
 * ipmp_interface_set_test_addresses_sync:
 * @self: an interface
 * @addresses: (array zero-terminated=1): addresses with prefix length; empty for none
 * @options: (nullable): a{sv}: "temporary" b
 * @cancellable: (nullable): a cancellable
 * @error: an IPMP_ERROR
 *
 * Replaces the addresses that probes are sent from.
 *
 * Returns: whether they are in force
 */
gboolean ipmp_interface_set_test_addresses_sync(IpmpInterface *self, const char *const *addresses,
                                                GVariant *options, GCancellable *cancellable,
                                                GError **error)
{
    GError *foreign = NULL;

    g_return_val_if_fail(IPMP_IS_INTERFACE(self) && addresses != NULL, FALSE);
    if (ipmp_dbus_interface_call_set_test_addresses_sync(
            self->proxy, addresses, ipmp_options_or_empty(options),
            ipmp_call_policy_flags(self->policy), ipmp_call_policy_timeout(self->policy),
            cancellable, &foreign))
        return TRUE;
    return ipmp_error_convert(foreign, error);
}

/**
 * ipmp_interface_get_targets_sync:
 * @self: an interface
 * @cancellable: (nullable): a cancellable
 * @error: an IPMP_ERROR
 *
 * Returns: (transfer full) (nullable): aa{sv}: its probe targets, in the order of preference:
 *   "address" s, "source" s ("configured", "router", "host-route", "multicast", "neighbour"),
 *   "state" s ("active", "unused", "slow", "dead"), "rtt-usec" t, "deviation-usec" t,
 *   "last-answer-usec" t (wall clock, 0 for never)
 */
GVariant *ipmp_interface_get_targets_sync(IpmpInterface *self, GCancellable *cancellable,
                                          GError **error)
{
    GError *foreign = NULL;
    GVariant *targets = NULL;

    g_return_val_if_fail(IPMP_IS_INTERFACE(self), NULL);
    if (!ipmp_dbus_interface_call_get_targets_sync(
            self->proxy, ipmp_call_policy_flags(self->policy),
            ipmp_call_policy_timeout(self->policy), &targets, cancellable, &foreign))
        ipmp_error_convert(foreign, error);
    return targets;
}

/**
 * ipmp_interface_get_statistics_sync:
 * @self: an interface
 * @cancellable: (nullable): a cancellable
 * @error: an IPMP_ERROR
 *
 * Returns: (transfer full) (nullable): a{st}: counters since the service started, as they are now:
 *   "probes-sent", "probes-acked", "probes-lost", "probes-missed", "replies-rejected",
 *   "link-losses", "failures", "repairs", "announcements"; and "rtt-usec"
 */
GVariant *ipmp_interface_get_statistics_sync(IpmpInterface *self, GCancellable *cancellable,
                                             GError **error)
{
    GError *foreign = NULL;
    GVariant *statistics = NULL;

    g_return_val_if_fail(IPMP_IS_INTERFACE(self), NULL);
    if (!ipmp_dbus_interface_call_get_statistics_sync(
            self->proxy, ipmp_call_policy_flags(self->policy),
            ipmp_call_policy_timeout(self->policy), &statistics, cancellable, &foreign))
        ipmp_error_convert(foreign, error);
    return statistics;
}
