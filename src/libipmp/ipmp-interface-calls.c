/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The calls of an interface. */
#include "ipmp-private.h"

/**
 * ipmp_interface_offline_sync:
 * @self: an interface
 * @options: (nullable): a{sv}: "min-redundancy" u (how many other usable members must remain)
 * @cancellable: (nullable): a cancellable
 * @error: an [error@Ipmp.Error]
 *
 * Moves its data addresses elsewhere, then takes it out of service.
 *
 * Returns: whether it is offline now
 */
gboolean ipmp_interface_offline_sync(IpmpInterface *self, GVariant *options,
                                     GCancellable *cancellable, GError **error)
{
    g_return_val_if_fail(IPMP_IS_INTERFACE(self), FALSE);
    return ipmp_reply_is_there(ipmp_call_sync(G_DBUS_PROXY(self->proxy), self->context, "Offline",
                                              g_variant_new("(*)", ipmp_options_or_empty(options)),
                                              cancellable, error));
}

/**
 * ipmp_interface_offline_async:
 * @self: an interface
 * @options: (nullable): a{sv}: "min-redundancy" u (how many other usable members must remain)
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called when it is done
 * @user_data: for @callback
 *
 * Like [method@Ipmp.Interface.offline_sync], without waiting; end it with
 * [method@Ipmp.Interface.offline_finish].
 */
void ipmp_interface_offline_async(IpmpInterface *self, GVariant *options, GCancellable *cancellable,
                                  GAsyncReadyCallback callback, gpointer user_data)
{
    g_return_if_fail(IPMP_IS_INTERFACE(self));
    ipmp_call_async(self, G_DBUS_PROXY(self->proxy), self->context, "Offline",
                    g_variant_new("(*)", ipmp_options_or_empty(options)),
                    ipmp_interface_offline_async, cancellable, callback, user_data);
}

/**
 * ipmp_interface_offline_finish:
 * @self: an interface
 * @result: what the callback was given
 * @error: an [error@Ipmp.Error]
 *
 * Ends what [method@Ipmp.Interface.offline_async] began.
 *
 * Returns: whether it is offline now
 */
gboolean ipmp_interface_offline_finish(IpmpInterface *self, GAsyncResult *result, GError **error)
{
    g_return_val_if_fail(IPMP_IS_INTERFACE(self), FALSE);
    return ipmp_reply_is_there(ipmp_call_finish(self, result, ipmp_interface_offline_async, error));
}

/**
 * ipmp_interface_online_sync:
 * @self: an interface
 * @options: (nullable): a{sv}: none so far
 * @cancellable: (nullable): a cancellable
 * @error: an [error@Ipmp.Error]
 *
 * Takes it into service again, as one that joins.
 *
 * Returns: whether it is in service
 */
gboolean ipmp_interface_online_sync(IpmpInterface *self, GVariant *options,
                                    GCancellable *cancellable, GError **error)
{
    g_return_val_if_fail(IPMP_IS_INTERFACE(self), FALSE);
    return ipmp_reply_is_there(ipmp_call_sync(G_DBUS_PROXY(self->proxy), self->context, "Online",
                                              g_variant_new("(*)", ipmp_options_or_empty(options)),
                                              cancellable, error));
}

/**
 * ipmp_interface_online_async:
 * @self: an interface
 * @options: (nullable): a{sv}: none so far
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called when it is done
 * @user_data: for @callback
 *
 * Like [method@Ipmp.Interface.online_sync], without waiting; end it with
 * [method@Ipmp.Interface.online_finish].
 */
void ipmp_interface_online_async(IpmpInterface *self, GVariant *options, GCancellable *cancellable,
                                 GAsyncReadyCallback callback, gpointer user_data)
{
    g_return_if_fail(IPMP_IS_INTERFACE(self));
    ipmp_call_async(self, G_DBUS_PROXY(self->proxy), self->context, "Online",
                    g_variant_new("(*)", ipmp_options_or_empty(options)),
                    ipmp_interface_online_async, cancellable, callback, user_data);
}

/**
 * ipmp_interface_online_finish:
 * @self: an interface
 * @result: what the callback was given
 * @error: an [error@Ipmp.Error]
 *
 * Ends what [method@Ipmp.Interface.online_async] began.
 *
 * Returns: whether it is in service
 */
gboolean ipmp_interface_online_finish(IpmpInterface *self, GAsyncResult *result, GError **error)
{
    g_return_val_if_fail(IPMP_IS_INTERFACE(self), FALSE);
    return ipmp_reply_is_there(ipmp_call_finish(self, result, ipmp_interface_online_async, error));
}

/**
 * ipmp_interface_set_standby_sync:
 * @self: an interface
 * @standby: whether it shall carry data only when others cannot
 * @options: (nullable): a{sv}: "temporary" b
 * @cancellable: (nullable): a cancellable
 * @error: an [error@Ipmp.Error]
 *
 * Makes it a standby or an ordinary member.
 *
 * Returns: whether it is
 */
gboolean ipmp_interface_set_standby_sync(IpmpInterface *self, gboolean standby, GVariant *options,
                                         GCancellable *cancellable, GError **error)
{
    g_return_val_if_fail(IPMP_IS_INTERFACE(self), FALSE);
    return ipmp_reply_is_there(ipmp_call_sync(
        G_DBUS_PROXY(self->proxy), self->context, "SetStandby",
        g_variant_new("(b*)", standby, ipmp_options_or_empty(options)), cancellable, error));
}

/**
 * ipmp_interface_set_standby_async:
 * @self: an interface
 * @standby: whether it shall carry data only when others cannot
 * @options: (nullable): a{sv}: "temporary" b
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called when it is done
 * @user_data: for @callback
 *
 * Like [method@Ipmp.Interface.set_standby_sync], without waiting; end it with
 * [method@Ipmp.Interface.set_standby_finish].
 */
void ipmp_interface_set_standby_async(IpmpInterface *self, gboolean standby, GVariant *options,
                                      GCancellable *cancellable, GAsyncReadyCallback callback,
                                      gpointer user_data)
{
    g_return_if_fail(IPMP_IS_INTERFACE(self));
    ipmp_call_async(self, G_DBUS_PROXY(self->proxy), self->context, "SetStandby",
                    g_variant_new("(b*)", standby, ipmp_options_or_empty(options)),
                    ipmp_interface_set_standby_async, cancellable, callback, user_data);
}

/**
 * ipmp_interface_set_standby_finish:
 * @self: an interface
 * @result: what the callback was given
 * @error: an [error@Ipmp.Error]
 *
 * Ends what [method@Ipmp.Interface.set_standby_async] began.
 *
 * Returns: whether it is
 */
gboolean ipmp_interface_set_standby_finish(IpmpInterface *self, GAsyncResult *result,
                                           GError **error)
{
    g_return_val_if_fail(IPMP_IS_INTERFACE(self), FALSE);
    return ipmp_reply_is_there(
        ipmp_call_finish(self, result, ipmp_interface_set_standby_async, error));
}

/**
 * ipmp_interface_set_test_addresses_sync:
 * @self: an interface
 * @addresses: (array zero-terminated=1): addresses with prefix length; empty for none
 * @options: (nullable): a{sv}: "temporary" b
 * @cancellable: (nullable): a cancellable
 * @error: an [error@Ipmp.Error]
 *
 * Replaces the addresses that probes are sent from.
 *
 * Returns: whether they are in force
 */
gboolean ipmp_interface_set_test_addresses_sync(IpmpInterface *self, const char *const *addresses,
                                                GVariant *options, GCancellable *cancellable,
                                                GError **error)
{
    g_return_val_if_fail(IPMP_IS_INTERFACE(self) && addresses != NULL, FALSE);
    return ipmp_reply_is_there(ipmp_call_sync(
        G_DBUS_PROXY(self->proxy), self->context, "SetTestAddresses",
        g_variant_new("(^as*)", addresses, ipmp_options_or_empty(options)), cancellable, error));
}

/**
 * ipmp_interface_set_test_addresses_async:
 * @self: an interface
 * @addresses: (array zero-terminated=1): addresses with prefix length; empty for none
 * @options: (nullable): a{sv}: "temporary" b
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called when it is done
 * @user_data: for @callback
 *
 * Like [method@Ipmp.Interface.set_test_addresses_sync], without waiting; end it with
 * [method@Ipmp.Interface.set_test_addresses_finish].
 */
void ipmp_interface_set_test_addresses_async(IpmpInterface *self, const char *const *addresses,
                                             GVariant *options, GCancellable *cancellable,
                                             GAsyncReadyCallback callback, gpointer user_data)
{
    g_return_if_fail(IPMP_IS_INTERFACE(self) && addresses != NULL);
    ipmp_call_async(self, G_DBUS_PROXY(self->proxy), self->context, "SetTestAddresses",
                    g_variant_new("(^as*)", addresses, ipmp_options_or_empty(options)),
                    ipmp_interface_set_test_addresses_async, cancellable, callback, user_data);
}

/**
 * ipmp_interface_set_test_addresses_finish:
 * @self: an interface
 * @result: what the callback was given
 * @error: an [error@Ipmp.Error]
 *
 * Ends what [method@Ipmp.Interface.set_test_addresses_async] began.
 *
 * Returns: whether they are in force
 */
gboolean ipmp_interface_set_test_addresses_finish(IpmpInterface *self, GAsyncResult *result,
                                                  GError **error)
{
    g_return_val_if_fail(IPMP_IS_INTERFACE(self), FALSE);
    return ipmp_reply_is_there(
        ipmp_call_finish(self, result, ipmp_interface_set_test_addresses_async, error));
}

/**
 * ipmp_interface_get_targets_sync:
 * @self: an interface
 * @cancellable: (nullable): a cancellable
 * @error: an [error@Ipmp.Error]
 *
 * Asks which probe targets it knows.
 *
 * Returns: (transfer full): aa{sv}, in the order of preference: "address" s, "source" s
 *   ("configured", "router", "host-route", "multicast", "neighbour"), "state" s ("active",
 *   "unused", "slow", "dead"), "rtt-usec" t, "deviation-usec" t, "last-answer-usec" t (wall clock,
 *   0 for never)
 */
GVariant *ipmp_interface_get_targets_sync(IpmpInterface *self, GCancellable *cancellable,
                                          GError **error)
{
    g_return_val_if_fail(IPMP_IS_INTERFACE(self), NULL);
    return ipmp_reply_take_variant(ipmp_call_sync(G_DBUS_PROXY(self->proxy), self->context,
                                                  "GetTargets", NULL, cancellable, error));
}

/**
 * ipmp_interface_get_targets_async:
 * @self: an interface
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called when it is done
 * @user_data: for @callback
 *
 * Like [method@Ipmp.Interface.get_targets_sync], without waiting; end it with
 * [method@Ipmp.Interface.get_targets_finish].
 */
void ipmp_interface_get_targets_async(IpmpInterface *self, GCancellable *cancellable,
                                      GAsyncReadyCallback callback, gpointer user_data)
{
    g_return_if_fail(IPMP_IS_INTERFACE(self));
    ipmp_call_async(self, G_DBUS_PROXY(self->proxy), self->context, "GetTargets", NULL,
                    ipmp_interface_get_targets_async, cancellable, callback, user_data);
}

/**
 * ipmp_interface_get_targets_finish:
 * @self: an interface
 * @result: what the callback was given
 * @error: an [error@Ipmp.Error]
 *
 * Ends what [method@Ipmp.Interface.get_targets_async] began.
 *
 * Returns: (transfer full): aa{sv}, in the order of preference: "address" s, "source" s
 *   ("configured", "router", "host-route", "multicast", "neighbour"), "state" s ("active",
 *   "unused", "slow", "dead"), "rtt-usec" t, "deviation-usec" t, "last-answer-usec" t (wall clock,
 *   0 for never)
 */
GVariant *ipmp_interface_get_targets_finish(IpmpInterface *self, GAsyncResult *result,
                                            GError **error)
{
    g_return_val_if_fail(IPMP_IS_INTERFACE(self), NULL);
    return ipmp_reply_take_variant(
        ipmp_call_finish(self, result, ipmp_interface_get_targets_async, error));
}

/**
 * ipmp_interface_get_statistics_sync:
 * @self: an interface
 * @cancellable: (nullable): a cancellable
 * @error: an [error@Ipmp.Error]
 *
 * Asks for its counters since the service started, as they are now.
 *
 * Returns: (transfer full): a{st}: "probes-sent", "probes-acked", "probes-lost", "probes-missed",
 *   "replies-rejected", "link-losses", "failures", "repairs", "announcements"; and "rtt-usec"
 */
GVariant *ipmp_interface_get_statistics_sync(IpmpInterface *self, GCancellable *cancellable,
                                             GError **error)
{
    g_return_val_if_fail(IPMP_IS_INTERFACE(self), NULL);
    return ipmp_reply_take_variant(ipmp_call_sync(G_DBUS_PROXY(self->proxy), self->context,
                                                  "GetStatistics", NULL, cancellable, error));
}

/**
 * ipmp_interface_get_statistics_async:
 * @self: an interface
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called when it is done
 * @user_data: for @callback
 *
 * Like [method@Ipmp.Interface.get_statistics_sync], without waiting; end it with
 * [method@Ipmp.Interface.get_statistics_finish].
 */
void ipmp_interface_get_statistics_async(IpmpInterface *self, GCancellable *cancellable,
                                         GAsyncReadyCallback callback, gpointer user_data)
{
    g_return_if_fail(IPMP_IS_INTERFACE(self));
    ipmp_call_async(self, G_DBUS_PROXY(self->proxy), self->context, "GetStatistics", NULL,
                    ipmp_interface_get_statistics_async, cancellable, callback, user_data);
}

/**
 * ipmp_interface_get_statistics_finish:
 * @self: an interface
 * @result: what the callback was given
 * @error: an [error@Ipmp.Error]
 *
 * Ends what [method@Ipmp.Interface.get_statistics_async] began.
 *
 * Returns: (transfer full): a{st}: "probes-sent", "probes-acked", "probes-lost", "probes-missed",
 *   "replies-rejected", "link-losses", "failures", "repairs", "announcements"; and "rtt-usec"
 */
GVariant *ipmp_interface_get_statistics_finish(IpmpInterface *self, GAsyncResult *result,
                                               GError **error)
{
    g_return_val_if_fail(IPMP_IS_INTERFACE(self), NULL);
    return ipmp_reply_take_variant(
        ipmp_call_finish(self, result, ipmp_interface_get_statistics_async, error));
}
