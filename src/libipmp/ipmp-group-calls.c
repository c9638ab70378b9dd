/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The calls of a group. */
#include "ipmp-private.h"

/**
 * ipmp_group_add_interface_sync:
 * @self: a group
 * @name: name of an interface; one without a device is accepted and is missing
 * @options: (nullable): a{sv}: "standby" b, "test-addresses" as, "addresses" as,
 *   "hardware-address" s, "temporary" b
 * @cancellable: (nullable): a cancellable
 * @error: an [error@Ipmp.Error]
 *
 * Takes an interface into the group.
 *
 * Returns: (transfer full): the member
 */
IpmpInterface *ipmp_group_add_interface_sync(IpmpGroup *self, const char *name, GVariant *options,
                                             GCancellable *cancellable, GError **error)
{
    g_return_val_if_fail(IPMP_IS_GROUP(self) && name != NULL, NULL);
    return ipmp_context_take_interface(
        self->context,
        ipmp_call_sync(G_DBUS_PROXY(self->proxy), self->context, "AddInterface",
                       g_variant_new("(s*)", name, ipmp_options_or_empty(options)), cancellable,
                       error),
        cancellable, error);
}

/**
 * ipmp_group_add_interface_async:
 * @self: a group
 * @name: name of an interface; one without a device is accepted and is missing
 * @options: (nullable): a{sv}: "standby" b, "test-addresses" as, "addresses" as,
 *   "hardware-address" s, "temporary" b
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called when it is done
 * @user_data: for @callback
 *
 * Like [method@Ipmp.Group.add_interface_sync], without waiting; end it with
 * [method@Ipmp.Group.add_interface_finish].
 */
void ipmp_group_add_interface_async(IpmpGroup *self, const char *name, GVariant *options,
                                    GCancellable *cancellable, GAsyncReadyCallback callback,
                                    gpointer user_data)
{
    g_return_if_fail(IPMP_IS_GROUP(self) && name != NULL);
    ipmp_call_async(self, G_DBUS_PROXY(self->proxy), self->context, "AddInterface",
                    g_variant_new("(s*)", name, ipmp_options_or_empty(options)),
                    ipmp_group_add_interface_async, cancellable, callback, user_data);
}

/**
 * ipmp_group_add_interface_finish:
 * @self: a group
 * @result: what the callback was given
 * @error: an [error@Ipmp.Error]
 *
 * Ends what [method@Ipmp.Group.add_interface_async] began.
 *
 * Returns: (transfer full): the member
 */
IpmpInterface *ipmp_group_add_interface_finish(IpmpGroup *self, GAsyncResult *result,
                                               GError **error)
{
    g_return_val_if_fail(IPMP_IS_GROUP(self), NULL);
    return ipmp_context_take_interface(
        self->context, ipmp_call_finish(self, result, ipmp_group_add_interface_async, error), NULL,
        error);
}

/**
 * ipmp_group_remove_interface_sync:
 * @self: a group
 * @name: name of a member
 * @options: (nullable): a{sv}: "temporary" b
 * @cancellable: (nullable): a cancellable
 * @error: an [error@Ipmp.Error]
 *
 * Lets a member go: the addresses at home on it stay on it, the others leave.
 *
 * Returns: whether it is no member any more
 */
gboolean ipmp_group_remove_interface_sync(IpmpGroup *self, const char *name, GVariant *options,
                                          GCancellable *cancellable, GError **error)
{
    g_return_val_if_fail(IPMP_IS_GROUP(self) && name != NULL, FALSE);
    return ipmp_reply_is_there(ipmp_call_sync(
        G_DBUS_PROXY(self->proxy), self->context, "RemoveInterface",
        g_variant_new("(s*)", name, ipmp_options_or_empty(options)), cancellable, error));
}

/**
 * ipmp_group_remove_interface_async:
 * @self: a group
 * @name: name of a member
 * @options: (nullable): a{sv}: "temporary" b
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called when it is done
 * @user_data: for @callback
 *
 * Like [method@Ipmp.Group.remove_interface_sync], without waiting; end it with
 * [method@Ipmp.Group.remove_interface_finish].
 */
void ipmp_group_remove_interface_async(IpmpGroup *self, const char *name, GVariant *options,
                                       GCancellable *cancellable, GAsyncReadyCallback callback,
                                       gpointer user_data)
{
    g_return_if_fail(IPMP_IS_GROUP(self) && name != NULL);
    ipmp_call_async(self, G_DBUS_PROXY(self->proxy), self->context, "RemoveInterface",
                    g_variant_new("(s*)", name, ipmp_options_or_empty(options)),
                    ipmp_group_remove_interface_async, cancellable, callback, user_data);
}

/**
 * ipmp_group_remove_interface_finish:
 * @self: a group
 * @result: what the callback was given
 * @error: an [error@Ipmp.Error]
 *
 * Ends what [method@Ipmp.Group.remove_interface_async] began.
 *
 * Returns: whether it is no member any more
 */
gboolean ipmp_group_remove_interface_finish(IpmpGroup *self, GAsyncResult *result, GError **error)
{
    g_return_val_if_fail(IPMP_IS_GROUP(self), FALSE);
    return ipmp_reply_is_there(
        ipmp_call_finish(self, result, ipmp_group_remove_interface_async, error));
}

/**
 * ipmp_group_add_address_sync:
 * @self: a group
 * @address: a data address with prefix length
 * @options: (nullable): a{sv}: "interface" s (its home), "deprecated" b, "temporary" b
 * @cancellable: (nullable): a cancellable
 * @error: an [error@Ipmp.Error]
 *
 * Gives the group a data address, or takes back one that is withdrawn.
 *
 * Returns: whether the group has it now
 */
gboolean ipmp_group_add_address_sync(IpmpGroup *self, const char *address, GVariant *options,
                                     GCancellable *cancellable, GError **error)
{
    g_return_val_if_fail(IPMP_IS_GROUP(self) && address != NULL, FALSE);
    return ipmp_reply_is_there(ipmp_call_sync(
        G_DBUS_PROXY(self->proxy), self->context, "AddAddress",
        g_variant_new("(s*)", address, ipmp_options_or_empty(options)), cancellable, error));
}

/**
 * ipmp_group_add_address_async:
 * @self: a group
 * @address: a data address with prefix length
 * @options: (nullable): a{sv}: "interface" s (its home), "deprecated" b, "temporary" b
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called when it is done
 * @user_data: for @callback
 *
 * Like [method@Ipmp.Group.add_address_sync], without waiting; end it with
 * [method@Ipmp.Group.add_address_finish].
 */
void ipmp_group_add_address_async(IpmpGroup *self, const char *address, GVariant *options,
                                  GCancellable *cancellable, GAsyncReadyCallback callback,
                                  gpointer user_data)
{
    g_return_if_fail(IPMP_IS_GROUP(self) && address != NULL);
    ipmp_call_async(self, G_DBUS_PROXY(self->proxy), self->context, "AddAddress",
                    g_variant_new("(s*)", address, ipmp_options_or_empty(options)),
                    ipmp_group_add_address_async, cancellable, callback, user_data);
}

/**
 * ipmp_group_add_address_finish:
 * @self: a group
 * @result: what the callback was given
 * @error: an [error@Ipmp.Error]
 *
 * Ends what [method@Ipmp.Group.add_address_async] began.
 *
 * Returns: whether the group has it now
 */
gboolean ipmp_group_add_address_finish(IpmpGroup *self, GAsyncResult *result, GError **error)
{
    g_return_val_if_fail(IPMP_IS_GROUP(self), FALSE);
    return ipmp_reply_is_there(ipmp_call_finish(self, result, ipmp_group_add_address_async, error));
}

/**
 * ipmp_group_remove_address_sync:
 * @self: a group
 * @address: a data address of the group, with prefix length
 * @options: (nullable): a{sv}: "temporary" b
 * @cancellable: (nullable): a cancellable
 * @error: an [error@Ipmp.Error]
 *
 * Takes a data address away from the group and from the host. One that is configured, and that
 * somebody else has put on a member as well, stays as one that was found; called once more it goes.
 *
 * Returns: whether it is gone
 */
gboolean ipmp_group_remove_address_sync(IpmpGroup *self, const char *address, GVariant *options,
                                        GCancellable *cancellable, GError **error)
{
    g_return_val_if_fail(IPMP_IS_GROUP(self) && address != NULL, FALSE);
    return ipmp_reply_is_there(ipmp_call_sync(
        G_DBUS_PROXY(self->proxy), self->context, "RemoveAddress",
        g_variant_new("(s*)", address, ipmp_options_or_empty(options)), cancellable, error));
}

/**
 * ipmp_group_remove_address_async:
 * @self: a group
 * @address: a data address of the group, with prefix length
 * @options: (nullable): a{sv}: "temporary" b
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called when it is done
 * @user_data: for @callback
 *
 * Like [method@Ipmp.Group.remove_address_sync], without waiting; end it with
 * [method@Ipmp.Group.remove_address_finish].
 */
void ipmp_group_remove_address_async(IpmpGroup *self, const char *address, GVariant *options,
                                     GCancellable *cancellable, GAsyncReadyCallback callback,
                                     gpointer user_data)
{
    g_return_if_fail(IPMP_IS_GROUP(self) && address != NULL);
    ipmp_call_async(self, G_DBUS_PROXY(self->proxy), self->context, "RemoveAddress",
                    g_variant_new("(s*)", address, ipmp_options_or_empty(options)),
                    ipmp_group_remove_address_async, cancellable, callback, user_data);
}

/**
 * ipmp_group_remove_address_finish:
 * @self: a group
 * @result: what the callback was given
 * @error: an [error@Ipmp.Error]
 *
 * Ends what [method@Ipmp.Group.remove_address_async] began.
 *
 * Returns: whether it is gone
 */
gboolean ipmp_group_remove_address_finish(IpmpGroup *self, GAsyncResult *result, GError **error)
{
    g_return_val_if_fail(IPMP_IS_GROUP(self), FALSE);
    return ipmp_reply_is_there(
        ipmp_call_finish(self, result, ipmp_group_remove_address_async, error));
}

/**
 * ipmp_group_configure_sync:
 * @self: a group
 * @settings: (nullable): a{sv}: settings to change, see the method Configure of org.ipmp.Group
 * @options: (nullable): a{sv}: "reset" as (names of settings to inherit again), "temporary" b
 * @cancellable: (nullable): a cancellable
 * @error: an [error@Ipmp.Error]
 *
 * Changes settings of the group.
 *
 * Returns: whether they are in force now
 */
gboolean ipmp_group_configure_sync(IpmpGroup *self, GVariant *settings, GVariant *options,
                                   GCancellable *cancellable, GError **error)
{
    g_return_val_if_fail(IPMP_IS_GROUP(self), FALSE);
    return ipmp_reply_is_there(ipmp_call_sync(
        G_DBUS_PROXY(self->proxy), self->context, "Configure",
        g_variant_new("(**)", ipmp_options_or_empty(settings), ipmp_options_or_empty(options)),
        cancellable, error));
}

/**
 * ipmp_group_configure_async:
 * @self: a group
 * @settings: (nullable): a{sv}: settings to change, see the method Configure of org.ipmp.Group
 * @options: (nullable): a{sv}: "reset" as (names of settings to inherit again), "temporary" b
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called when it is done
 * @user_data: for @callback
 *
 * Like [method@Ipmp.Group.configure_sync], without waiting; end it with
 * [method@Ipmp.Group.configure_finish].
 */
void ipmp_group_configure_async(IpmpGroup *self, GVariant *settings, GVariant *options,
                                GCancellable *cancellable, GAsyncReadyCallback callback,
                                gpointer user_data)
{
    g_return_if_fail(IPMP_IS_GROUP(self));
    ipmp_call_async(
        self, G_DBUS_PROXY(self->proxy), self->context, "Configure",
        g_variant_new("(**)", ipmp_options_or_empty(settings), ipmp_options_or_empty(options)),
        ipmp_group_configure_async, cancellable, callback, user_data);
}

/**
 * ipmp_group_configure_finish:
 * @self: a group
 * @result: what the callback was given
 * @error: an [error@Ipmp.Error]
 *
 * Ends what [method@Ipmp.Group.configure_async] began.
 *
 * Returns: whether they are in force now
 */
gboolean ipmp_group_configure_finish(IpmpGroup *self, GAsyncResult *result, GError **error)
{
    g_return_val_if_fail(IPMP_IS_GROUP(self), FALSE);
    return ipmp_reply_is_there(ipmp_call_finish(self, result, ipmp_group_configure_async, error));
}

/**
 * ipmp_group_save_sync:
 * @self: a group
 * @cancellable: (nullable): a cancellable
 * @error: an [error@Ipmp.Error]
 *
 * Makes what is temporary of the group permanent.
 *
 * Returns: whether it is permanent now
 */
gboolean ipmp_group_save_sync(IpmpGroup *self, GCancellable *cancellable, GError **error)
{
    g_return_val_if_fail(IPMP_IS_GROUP(self), FALSE);
    return ipmp_reply_is_there(ipmp_call_sync(G_DBUS_PROXY(self->proxy), self->context, "Save",
                                              ipmp_no_options(), cancellable, error));
}

/**
 * ipmp_group_save_async:
 * @self: a group
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called when it is done
 * @user_data: for @callback
 *
 * Like [method@Ipmp.Group.save_sync], without waiting; end it with
 * [method@Ipmp.Group.save_finish].
 */
void ipmp_group_save_async(IpmpGroup *self, GCancellable *cancellable, GAsyncReadyCallback callback,
                           gpointer user_data)
{
    g_return_if_fail(IPMP_IS_GROUP(self));
    ipmp_call_async(self, G_DBUS_PROXY(self->proxy), self->context, "Save", ipmp_no_options(),
                    ipmp_group_save_async, cancellable, callback, user_data);
}

/**
 * ipmp_group_save_finish:
 * @self: a group
 * @result: what the callback was given
 * @error: an [error@Ipmp.Error]
 *
 * Ends what [method@Ipmp.Group.save_async] began.
 *
 * Returns: whether it is permanent now
 */
gboolean ipmp_group_save_finish(IpmpGroup *self, GAsyncResult *result, GError **error)
{
    g_return_val_if_fail(IPMP_IS_GROUP(self), FALSE);
    return ipmp_reply_is_there(ipmp_call_finish(self, result, ipmp_group_save_async, error));
}

/**
 * ipmp_group_delete_sync:
 * @self: a group
 * @options: (nullable): a{sv}: "temporary" b
 * @cancellable: (nullable): a cancellable
 * @error: an [error@Ipmp.Error]
 *
 * Ends the group and puts everything back.
 *
 * Returns: whether it is gone
 */
gboolean ipmp_group_delete_sync(IpmpGroup *self, GVariant *options, GCancellable *cancellable,
                                GError **error)
{
    g_return_val_if_fail(IPMP_IS_GROUP(self), FALSE);
    return ipmp_reply_is_there(ipmp_call_sync(G_DBUS_PROXY(self->proxy), self->context, "Delete",
                                              g_variant_new("(*)", ipmp_options_or_empty(options)),
                                              cancellable, error));
}

/**
 * ipmp_group_delete_async:
 * @self: a group
 * @options: (nullable): a{sv}: "temporary" b
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called when it is done
 * @user_data: for @callback
 *
 * Like [method@Ipmp.Group.delete_sync], without waiting; end it with
 * [method@Ipmp.Group.delete_finish].
 */
void ipmp_group_delete_async(IpmpGroup *self, GVariant *options, GCancellable *cancellable,
                             GAsyncReadyCallback callback, gpointer user_data)
{
    g_return_if_fail(IPMP_IS_GROUP(self));
    ipmp_call_async(self, G_DBUS_PROXY(self->proxy), self->context, "Delete",
                    g_variant_new("(*)", ipmp_options_or_empty(options)), ipmp_group_delete_async,
                    cancellable, callback, user_data);
}

/**
 * ipmp_group_delete_finish:
 * @self: a group
 * @result: what the callback was given
 * @error: an [error@Ipmp.Error]
 *
 * Ends what [method@Ipmp.Group.delete_async] began.
 *
 * Returns: whether it is gone
 */
gboolean ipmp_group_delete_finish(IpmpGroup *self, GAsyncResult *result, GError **error)
{
    g_return_val_if_fail(IPMP_IS_GROUP(self), FALSE);
    return ipmp_reply_is_there(ipmp_call_finish(self, result, ipmp_group_delete_async, error));
}
