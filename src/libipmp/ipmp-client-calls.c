/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What changes something. */
#include "ipmp-client-private.h"

/**
 * ipmp_client_create_group_sync:
 * @self: a client
 * @name: name of the new group
 * @interfaces: (array zero-terminated=1): names of its members
 * @options: (nullable): a{sv}: settings, "addresses" as, "interface-settings" a{sa{sv}},
 *   "temporary" b
 * @cancellable: (nullable): a cancellable
 * @error: an [error@Ipmp.Error]
 *
 * Makes a group, all of it or nothing. See the method CreateGroup of org.ipmp.Manager.
 *
 * Returns: (transfer full): the group
 */
IpmpGroup *ipmp_client_create_group_sync(IpmpClient *self, const char *name,
                                         const char *const *interfaces, GVariant *options,
                                         GCancellable *cancellable, GError **error)
{
    g_return_val_if_fail(IPMP_IS_CLIENT(self) && name != NULL && interfaces != NULL, NULL);
    return ipmp_context_take_group(
        self->context,
        ipmp_call_sync(G_DBUS_PROXY(self->manager), self->context, "CreateGroup",
                       g_variant_new("(s^as*)", name, interfaces, ipmp_options_or_empty(options)),
                       cancellable, error),
        cancellable, error);
}

/**
 * ipmp_client_create_group_async:
 * @self: a client
 * @name: name of the new group
 * @interfaces: (array zero-terminated=1): names of its members
 * @options: (nullable): a{sv}: settings, "addresses" as, "interface-settings" a{sa{sv}},
 *   "temporary" b
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called when it is done
 * @user_data: for @callback
 *
 * Like [method@Ipmp.Client.create_group_sync], without waiting; end it with
 * [method@Ipmp.Client.create_group_finish].
 */
void ipmp_client_create_group_async(IpmpClient *self, const char *name,
                                    const char *const *interfaces, GVariant *options,
                                    GCancellable *cancellable, GAsyncReadyCallback callback,
                                    gpointer user_data)
{
    g_return_if_fail(IPMP_IS_CLIENT(self) && name != NULL && interfaces != NULL);
    ipmp_call_async(self, G_DBUS_PROXY(self->manager), self->context, "CreateGroup",
                    g_variant_new("(s^as*)", name, interfaces, ipmp_options_or_empty(options)),
                    ipmp_client_create_group_async, cancellable, callback, user_data);
}

/**
 * ipmp_client_create_group_finish:
 * @self: a client
 * @result: what the callback was given
 * @error: an [error@Ipmp.Error]
 *
 * Ends what [method@Ipmp.Client.create_group_async] began.
 *
 * Returns: (transfer full): the group
 */
IpmpGroup *ipmp_client_create_group_finish(IpmpClient *self, GAsyncResult *result, GError **error)
{
    g_return_val_if_fail(IPMP_IS_CLIENT(self), NULL);
    return ipmp_context_take_group(
        self->context, ipmp_call_finish(self, result, ipmp_client_create_group_async, error), NULL,
        error);
}

/**
 * ipmp_client_find_group_sync:
 * @self: a client
 * @name: name of a group; the empty name is the anonymous group
 * @cancellable: (nullable): a cancellable
 * @error: an [error@Ipmp.Error]
 *
 * Asks the service for a group. [method@Ipmp.Client.get_group] knows it without asking.
 *
 * Returns: (transfer full): the group; %NULL with [error@Ipmp.Error.NO_SUCH_GROUP] when there is
 *   none
 */
IpmpGroup *ipmp_client_find_group_sync(IpmpClient *self, const char *name,
                                       GCancellable *cancellable, GError **error)
{
    g_return_val_if_fail(IPMP_IS_CLIENT(self) && name != NULL, NULL);
    return ipmp_context_take_group(self->context,
                                   ipmp_call_sync(G_DBUS_PROXY(self->manager), self->context,
                                                  "GetGroup", g_variant_new("(s)", name),
                                                  cancellable, error),
                                   cancellable, error);
}

/**
 * ipmp_client_find_group_async:
 * @self: a client
 * @name: name of a group; the empty name is the anonymous group
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called when it is done
 * @user_data: for @callback
 *
 * Like [method@Ipmp.Client.find_group_sync], without waiting; end it with
 * [method@Ipmp.Client.find_group_finish].
 */
void ipmp_client_find_group_async(IpmpClient *self, const char *name, GCancellable *cancellable,
                                  GAsyncReadyCallback callback, gpointer user_data)
{
    g_return_if_fail(IPMP_IS_CLIENT(self) && name != NULL);
    ipmp_call_async(self, G_DBUS_PROXY(self->manager), self->context, "GetGroup",
                    g_variant_new("(s)", name), ipmp_client_find_group_async, cancellable, callback,
                    user_data);
}

/**
 * ipmp_client_find_group_finish:
 * @self: a client
 * @result: what the callback was given
 * @error: an [error@Ipmp.Error]
 *
 * Ends what [method@Ipmp.Client.find_group_async] began.
 *
 * Returns: (transfer full): the group; %NULL with [error@Ipmp.Error.NO_SUCH_GROUP] when there is
 *   none
 */
IpmpGroup *ipmp_client_find_group_finish(IpmpClient *self, GAsyncResult *result, GError **error)
{
    g_return_val_if_fail(IPMP_IS_CLIENT(self), NULL);
    return ipmp_context_take_group(
        self->context, ipmp_call_finish(self, result, ipmp_client_find_group_async, error), NULL,
        error);
}

/**
 * ipmp_client_find_interface_sync:
 * @self: a client
 * @name: name of an interface
 * @cancellable: (nullable): a cancellable
 * @error: an [error@Ipmp.Error]
 *
 * Asks the service for an interface. [method@Ipmp.Client.get_interface] knows it without asking.
 *
 * Returns: (transfer full): the interface; %NULL with [error@Ipmp.Error.NO_SUCH_INTERFACE] when no
 *   group has it
 */
IpmpInterface *ipmp_client_find_interface_sync(IpmpClient *self, const char *name,
                                               GCancellable *cancellable, GError **error)
{
    g_return_val_if_fail(IPMP_IS_CLIENT(self) && name != NULL, NULL);
    return ipmp_context_take_interface(self->context,
                                       ipmp_call_sync(G_DBUS_PROXY(self->manager), self->context,
                                                      "GetInterface", g_variant_new("(s)", name),
                                                      cancellable, error),
                                       cancellable, error);
}

/**
 * ipmp_client_find_interface_async:
 * @self: a client
 * @name: name of an interface
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called when it is done
 * @user_data: for @callback
 *
 * Like [method@Ipmp.Client.find_interface_sync], without waiting; end it with
 * [method@Ipmp.Client.find_interface_finish].
 */
void ipmp_client_find_interface_async(IpmpClient *self, const char *name, GCancellable *cancellable,
                                      GAsyncReadyCallback callback, gpointer user_data)
{
    g_return_if_fail(IPMP_IS_CLIENT(self) && name != NULL);
    ipmp_call_async(self, G_DBUS_PROXY(self->manager), self->context, "GetInterface",
                    g_variant_new("(s)", name), ipmp_client_find_interface_async, cancellable,
                    callback, user_data);
}

/**
 * ipmp_client_find_interface_finish:
 * @self: a client
 * @result: what the callback was given
 * @error: an [error@Ipmp.Error]
 *
 * Ends what [method@Ipmp.Client.find_interface_async] began.
 *
 * Returns: (transfer full): the interface; %NULL with [error@Ipmp.Error.NO_SUCH_INTERFACE] when no
 *   group has it
 */
IpmpInterface *ipmp_client_find_interface_finish(IpmpClient *self, GAsyncResult *result,
                                                 GError **error)
{
    g_return_val_if_fail(IPMP_IS_CLIENT(self), NULL);
    return ipmp_context_take_interface(
        self->context, ipmp_call_finish(self, result, ipmp_client_find_interface_async, error),
        NULL, error);
}

/**
 * ipmp_client_set_defaults_sync:
 * @self: a client
 * @settings: (nullable): a{sv}: settings to change, see the method SetDefaults of org.ipmp.Manager
 * @options: (nullable): a{sv}: "reset" as, "temporary" b
 * @cancellable: (nullable): a cancellable
 * @error: an [error@Ipmp.Error]
 *
 * Changes what groups inherit.
 *
 * Returns: whether they are in force now
 */
gboolean ipmp_client_set_defaults_sync(IpmpClient *self, GVariant *settings, GVariant *options,
                                       GCancellable *cancellable, GError **error)
{
    g_return_val_if_fail(IPMP_IS_CLIENT(self), FALSE);
    return ipmp_reply_is_there(ipmp_call_sync(
        G_DBUS_PROXY(self->manager), self->context, "SetDefaults",
        g_variant_new("(**)", ipmp_options_or_empty(settings), ipmp_options_or_empty(options)),
        cancellable, error));
}

/**
 * ipmp_client_set_defaults_async:
 * @self: a client
 * @settings: (nullable): a{sv}: settings to change, see the method SetDefaults of org.ipmp.Manager
 * @options: (nullable): a{sv}: "reset" as, "temporary" b
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called when it is done
 * @user_data: for @callback
 *
 * Like [method@Ipmp.Client.set_defaults_sync], without waiting; end it with
 * [method@Ipmp.Client.set_defaults_finish].
 */
void ipmp_client_set_defaults_async(IpmpClient *self, GVariant *settings, GVariant *options,
                                    GCancellable *cancellable, GAsyncReadyCallback callback,
                                    gpointer user_data)
{
    g_return_if_fail(IPMP_IS_CLIENT(self));
    ipmp_call_async(
        self, G_DBUS_PROXY(self->manager), self->context, "SetDefaults",
        g_variant_new("(**)", ipmp_options_or_empty(settings), ipmp_options_or_empty(options)),
        ipmp_client_set_defaults_async, cancellable, callback, user_data);
}

/**
 * ipmp_client_set_defaults_finish:
 * @self: a client
 * @result: what the callback was given
 * @error: an [error@Ipmp.Error]
 *
 * Ends what [method@Ipmp.Client.set_defaults_async] began.
 *
 * Returns: whether they are in force now
 */
gboolean ipmp_client_set_defaults_finish(IpmpClient *self, GAsyncResult *result, GError **error)
{
    g_return_val_if_fail(IPMP_IS_CLIENT(self), FALSE);
    return ipmp_reply_is_there(
        ipmp_call_finish(self, result, ipmp_client_set_defaults_async, error));
}

/**
 * ipmp_client_reload_sync:
 * @self: a client
 * @cancellable: (nullable): a cancellable
 * @error: an [error@Ipmp.Error]
 *
 * Lets the service read its configuration again.
 *
 * Returns: whether it is in force now
 */
gboolean ipmp_client_reload_sync(IpmpClient *self, GCancellable *cancellable, GError **error)
{
    g_return_val_if_fail(IPMP_IS_CLIENT(self), FALSE);
    return ipmp_reply_is_there(ipmp_call_sync(G_DBUS_PROXY(self->manager), self->context, "Reload",
                                              ipmp_no_options(), cancellable, error));
}

/**
 * ipmp_client_reload_async:
 * @self: a client
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called when it is done
 * @user_data: for @callback
 *
 * Like [method@Ipmp.Client.reload_sync], without waiting; end it with
 * [method@Ipmp.Client.reload_finish].
 */
void ipmp_client_reload_async(IpmpClient *self, GCancellable *cancellable,
                              GAsyncReadyCallback callback, gpointer user_data)
{
    g_return_if_fail(IPMP_IS_CLIENT(self));
    ipmp_call_async(self, G_DBUS_PROXY(self->manager), self->context, "Reload", ipmp_no_options(),
                    ipmp_client_reload_async, cancellable, callback, user_data);
}

/**
 * ipmp_client_reload_finish:
 * @self: a client
 * @result: what the callback was given
 * @error: an [error@Ipmp.Error]
 *
 * Ends what [method@Ipmp.Client.reload_async] began.
 *
 * Returns: whether it is in force now
 */
gboolean ipmp_client_reload_finish(IpmpClient *self, GAsyncResult *result, GError **error)
{
    g_return_val_if_fail(IPMP_IS_CLIENT(self), FALSE);
    return ipmp_reply_is_there(ipmp_call_finish(self, result, ipmp_client_reload_async, error));
}
