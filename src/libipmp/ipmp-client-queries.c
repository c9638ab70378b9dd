/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is asked of the service each time. */
#include "ipmp-client-private.h"

/* Takes the answer of ListDevices, NULL for an error. */
static GVariant *devices_of(GVariant *reply)
{
    g_autoptr(GVariant) devices = ipmp_reply_take_variant(reply);

    return devices != NULL ? g_variant_ref_sink(ipmp_dictionaries_name_paths(devices)) : NULL;
}

/**
 * ipmp_client_list_devices_sync:
 * @self: a client
 * @cancellable: (nullable): a cancellable
 * @error: an [error@Ipmp.Error]
 *
 * Asks which network devices there are, members or not.
 *
 * Returns: (transfer full): aa{sv}: every network device of the host: "name" s, "index" u,
 *   "hardware-address" s, "media" s, "group" s (absent when it is in none), "addresses" as,
 *   "suitable" b, "reason" s
 */
GVariant *ipmp_client_list_devices_sync(IpmpClient *self, GCancellable *cancellable, GError **error)
{
    g_return_val_if_fail(IPMP_IS_CLIENT(self), NULL);
    return devices_of(ipmp_call_sync(G_DBUS_PROXY(self->manager), self->context, "ListDevices",
                                     ipmp_no_options(), cancellable, error));
}

/**
 * ipmp_client_list_devices_async:
 * @self: a client
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called when it is done
 * @user_data: for @callback
 *
 * Like [method@Ipmp.Client.list_devices_sync], without waiting; end it with
 * [method@Ipmp.Client.list_devices_finish].
 */
void ipmp_client_list_devices_async(IpmpClient *self, GCancellable *cancellable,
                                    GAsyncReadyCallback callback, gpointer user_data)
{
    g_return_if_fail(IPMP_IS_CLIENT(self));
    ipmp_call_async(self, G_DBUS_PROXY(self->manager), self->context, "ListDevices",
                    ipmp_no_options(), ipmp_client_list_devices_async, cancellable, callback,
                    user_data);
}

/**
 * ipmp_client_list_devices_finish:
 * @self: a client
 * @result: what the callback was given
 * @error: an [error@Ipmp.Error]
 *
 * Ends what [method@Ipmp.Client.list_devices_async] began.
 *
 * Returns: (transfer full): aa{sv}: every network device of the host: "name" s, "index" u,
 *   "hardware-address" s, "media" s, "group" s (absent when it is in none), "addresses" as,
 *   "suitable" b, "reason" s
 */
GVariant *ipmp_client_list_devices_finish(IpmpClient *self, GAsyncResult *result, GError **error)
{
    g_return_val_if_fail(IPMP_IS_CLIENT(self), NULL);
    return devices_of(ipmp_call_finish(self, result, ipmp_client_list_devices_async, error));
}

/**
 * ipmp_client_history_sync:
 * @self: a client
 * @limit: how many entries are wanted at most, 1-10000
 * @cancellable: (nullable): a cancellable
 * @error: an [error@Ipmp.Error]
 *
 * Asks for the latest events.
 *
 * Returns: (transfer full): aa{sv}, newest first: "sequence" t, "usec" t (wall clock), "event" s,
 *   "group" s, "interface" s, "address" s, "from" s, "to" s, "reason" s, "detail" s
 */
GVariant *ipmp_client_history_sync(IpmpClient *self, guint limit, GCancellable *cancellable,
                                   GError **error)
{
    g_return_val_if_fail(IPMP_IS_CLIENT(self), NULL);
    return ipmp_reply_take_variant(ipmp_call_sync(G_DBUS_PROXY(self->manager), self->context,
                                                  "History", g_variant_new("(u)", limit),
                                                  cancellable, error));
}

/**
 * ipmp_client_history_async:
 * @self: a client
 * @limit: how many entries are wanted at most, 1-10000
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called when it is done
 * @user_data: for @callback
 *
 * Like [method@Ipmp.Client.history_sync], without waiting; end it with
 * [method@Ipmp.Client.history_finish].
 */
void ipmp_client_history_async(IpmpClient *self, guint limit, GCancellable *cancellable,
                               GAsyncReadyCallback callback, gpointer user_data)
{
    g_return_if_fail(IPMP_IS_CLIENT(self));
    ipmp_call_async(self, G_DBUS_PROXY(self->manager), self->context, "History",
                    g_variant_new("(u)", limit), ipmp_client_history_async, cancellable, callback,
                    user_data);
}

/**
 * ipmp_client_history_finish:
 * @self: a client
 * @result: what the callback was given
 * @error: an [error@Ipmp.Error]
 *
 * Ends what [method@Ipmp.Client.history_async] began.
 *
 * Returns: (transfer full): aa{sv}, newest first: "sequence" t, "usec" t (wall clock), "event" s,
 *   "group" s, "interface" s, "address" s, "from" s, "to" s, "reason" s, "detail" s
 */
GVariant *ipmp_client_history_finish(IpmpClient *self, GAsyncResult *result, GError **error)
{
    g_return_val_if_fail(IPMP_IS_CLIENT(self), NULL);
    return ipmp_reply_take_variant(
        ipmp_call_finish(self, result, ipmp_client_history_async, error));
}

/**
 * ipmp_client_check_sync:
 * @self: a client
 * @cancellable: (nullable): a cancellable
 * @error: an [error@Ipmp.Error]
 *
 * Lets the service look for what would keep a failover from working; takes half a second.
 *
 * Returns: (transfer full): aa{sv}, the worst first: "severity" s, "code" s, "group" s,
 *   "interface" s, "message" s, "advice" s
 */
GVariant *ipmp_client_check_sync(IpmpClient *self, GCancellable *cancellable, GError **error)
{
    g_return_val_if_fail(IPMP_IS_CLIENT(self), NULL);
    return ipmp_reply_take_variant(ipmp_call_sync(G_DBUS_PROXY(self->manager), self->context,
                                                  "Check", ipmp_no_options(), cancellable, error));
}

/**
 * ipmp_client_check_async:
 * @self: a client
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called when it is done
 * @user_data: for @callback
 *
 * Like [method@Ipmp.Client.check_sync], without waiting; end it with
 * [method@Ipmp.Client.check_finish].
 */
void ipmp_client_check_async(IpmpClient *self, GCancellable *cancellable,
                             GAsyncReadyCallback callback, gpointer user_data)
{
    g_return_if_fail(IPMP_IS_CLIENT(self));
    ipmp_call_async(self, G_DBUS_PROXY(self->manager), self->context, "Check", ipmp_no_options(),
                    ipmp_client_check_async, cancellable, callback, user_data);
}

/**
 * ipmp_client_check_finish:
 * @self: a client
 * @result: what the callback was given
 * @error: an [error@Ipmp.Error]
 *
 * Ends what [method@Ipmp.Client.check_async] began.
 *
 * Returns: (transfer full): aa{sv}, the worst first: "severity" s, "code" s, "group" s,
 *   "interface" s, "message" s, "advice" s
 */
GVariant *ipmp_client_check_finish(IpmpClient *self, GAsyncResult *result, GError **error)
{
    g_return_val_if_fail(IPMP_IS_CLIENT(self), NULL);
    return ipmp_reply_take_variant(ipmp_call_finish(self, result, ipmp_client_check_async, error));
}

/**
 * ipmp_client_describe_sync:
 * @self: a client
 * @cancellable: (nullable): a cancellable
 * @error: an [error@Ipmp.Error]
 *
 * Asks for everything, as it is at one moment.
 *
 * Returns: (transfer full): a JSON document
 */
char *ipmp_client_describe_sync(IpmpClient *self, GCancellable *cancellable, GError **error)
{
    g_return_val_if_fail(IPMP_IS_CLIENT(self), NULL);
    return ipmp_reply_take_string(ipmp_call_sync(G_DBUS_PROXY(self->manager), self->context,
                                                 "Describe", NULL, cancellable, error));
}

/**
 * ipmp_client_describe_async:
 * @self: a client
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called when it is done
 * @user_data: for @callback
 *
 * Like [method@Ipmp.Client.describe_sync], without waiting; end it with
 * [method@Ipmp.Client.describe_finish].
 */
void ipmp_client_describe_async(IpmpClient *self, GCancellable *cancellable,
                                GAsyncReadyCallback callback, gpointer user_data)
{
    g_return_if_fail(IPMP_IS_CLIENT(self));
    ipmp_call_async(self, G_DBUS_PROXY(self->manager), self->context, "Describe", NULL,
                    ipmp_client_describe_async, cancellable, callback, user_data);
}

/**
 * ipmp_client_describe_finish:
 * @self: a client
 * @result: what the callback was given
 * @error: an [error@Ipmp.Error]
 *
 * Ends what [method@Ipmp.Client.describe_async] began.
 *
 * Returns: (transfer full): a JSON document
 */
char *ipmp_client_describe_finish(IpmpClient *self, GAsyncResult *result, GError **error)
{
    g_return_val_if_fail(IPMP_IS_CLIENT(self), NULL);
    return ipmp_reply_take_string(
        ipmp_call_finish(self, result, ipmp_client_describe_async, error));
}
