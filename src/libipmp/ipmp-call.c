/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How a method of the service is called: one way for all of them, waiting or not. */
#include "ipmp-client-private.h"

/* A question to a person takes as long as it takes. */
static int call_timeout(const IpmpContext *context)
{
    return context->interactive ? G_MAXINT : -1;
}

static GDBusCallFlags call_flags(const IpmpContext *context)
{
    return context->interactive ? G_DBUS_CALL_FLAGS_ALLOW_INTERACTIVE_AUTHORIZATION
                                : G_DBUS_CALL_FLAGS_NONE;
}

GVariant *ipmp_options_or_empty(GVariant *options)
{
    return options != NULL ? options : g_variant_new("a{sv}", NULL);
}

GVariant *ipmp_no_options(void)
{
    return g_variant_new("(a{sv})", NULL);
}

GVariant *ipmp_call_sync(GDBusProxy *proxy, IpmpContext *context, const char *method,
                         GVariant *arguments, GCancellable *cancellable, GError **error)
{
    GError *foreign = NULL;
    GVariant *reply = g_dbus_proxy_call_sync(proxy, method, arguments, call_flags(context),
                                             call_timeout(context), cancellable, &foreign);

    if (reply == NULL)
        ipmp_error_convert(foreign, error);
    return reply;
}

static void task_return_reply(GTask *task, GVariant *reply, GError *foreign)
{
    if (reply != NULL) {
        g_task_return_pointer(task, reply, (GDestroyNotify)g_variant_unref);
    } else {
        GError *error = NULL;
        ipmp_error_convert(foreign, &error);
        g_task_return_error(task, error);
    }
}

static void on_proxy_replied(GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr(GTask) task = user_data;
    GError *foreign = NULL;
    GVariant *reply = g_dbus_proxy_call_finish(G_DBUS_PROXY(source), result, &foreign);

    task_return_reply(task, reply, foreign);
}

static GTask *task_new(gpointer source, gpointer tag, GCancellable *cancellable,
                       GAsyncReadyCallback callback, gpointer user_data)
{
    GTask *task = g_task_new(source, cancellable, callback, user_data);

    g_task_set_source_tag(task, tag);
    /* What was done is told as done, though somebody cancelled a moment too late. */
    g_task_set_check_cancellable(task, FALSE);
    return task;
}

void ipmp_call_async(gpointer source, GDBusProxy *proxy, IpmpContext *context, const char *method,
                     GVariant *arguments, gpointer tag, GCancellable *cancellable,
                     GAsyncReadyCallback callback, gpointer user_data)
{
    g_dbus_proxy_call(proxy, method, arguments, call_flags(context), call_timeout(context),
                      cancellable, on_proxy_replied,
                      task_new(source, tag, cancellable, callback, user_data));
}

GVariant *ipmp_call_finish(gpointer source, GAsyncResult *result, gpointer tag, GError **error)
{
    g_return_val_if_fail(g_task_is_valid(result, source), NULL);
    g_return_val_if_fail(g_async_result_is_tagged(result, tag), NULL);
    return g_task_propagate_pointer(G_TASK(result), error);
}

gboolean ipmp_reply_is_there(GVariant *reply)
{
    g_autoptr(GVariant) owned = reply;

    return owned != NULL;
}

GVariant *ipmp_reply_take_variant(GVariant *reply)
{
    g_autoptr(GVariant) owned = reply;

    return owned != NULL ? g_variant_get_child_value(owned, 0) : NULL;
}

char *ipmp_reply_take_string(GVariant *reply)
{
    g_autoptr(GVariant) owned = ipmp_reply_take_variant(reply);

    return owned != NULL ? g_variant_dup_string(owned, NULL) : NULL;
}

/**
 * ipmp_client_call_sync:
 * @self: a client
 * @object_path: path of an object, see [func@Ipmp.path_for_group]
 * @interface_name: such as "org.ipmp.Group"
 * @method: such as "Delete"
 * @parameters: (nullable): the arguments, a tuple
 * @cancellable: (nullable): a cancellable
 * @error: an [error@Ipmp.Error]
 *
 * Calls any method of the service, also one that is newer than this library.
 *
 * Returns: (transfer full): the answer, a tuple
 */
GVariant *ipmp_client_call_sync(IpmpClient *self, const char *object_path,
                                const char *interface_name, const char *method,
                                GVariant *parameters, GCancellable *cancellable, GError **error)
{
    GError *foreign = NULL;
    GVariant *reply;

    g_return_val_if_fail(IPMP_IS_CLIENT(self), NULL);
    g_return_val_if_fail(object_path != NULL && interface_name != NULL && method != NULL, NULL);
    reply = g_dbus_connection_call_sync(
        self->connection, IPMP_BUS_NAME, object_path, interface_name, method, parameters, NULL,
        call_flags(self->context), call_timeout(self->context), cancellable, &foreign);
    if (reply == NULL)
        ipmp_error_convert(foreign, error);
    return reply;
}

static void on_connection_replied(GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr(GTask) task = user_data;
    GError *foreign = NULL;
    GVariant *reply = g_dbus_connection_call_finish(G_DBUS_CONNECTION(source), result, &foreign);

    task_return_reply(task, reply, foreign);
}

/**
 * ipmp_client_call_async:
 * @self: a client
 * @object_path: path of an object, see [func@Ipmp.path_for_group]
 * @interface_name: such as "org.ipmp.Group"
 * @method: such as "Delete"
 * @parameters: (nullable): the arguments, a tuple
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called when it is done
 * @user_data: for @callback
 *
 * Like [method@Ipmp.Client.call_sync], without waiting; end it with
 * [method@Ipmp.Client.call_finish].
 */
void ipmp_client_call_async(IpmpClient *self, const char *object_path, const char *interface_name,
                            const char *method, GVariant *parameters, GCancellable *cancellable,
                            GAsyncReadyCallback callback, gpointer user_data)
{
    g_return_if_fail(IPMP_IS_CLIENT(self));
    g_return_if_fail(object_path != NULL && interface_name != NULL && method != NULL);
    g_dbus_connection_call(
        self->connection, IPMP_BUS_NAME, object_path, interface_name, method, parameters, NULL,
        call_flags(self->context), call_timeout(self->context), cancellable, on_connection_replied,
        task_new(self, ipmp_client_call_async, cancellable, callback, user_data));
}

/**
 * ipmp_client_call_finish:
 * @self: a client
 * @result: what the callback was given
 * @error: an [error@Ipmp.Error]
 *
 * Ends what [method@Ipmp.Client.call_async] began.
 *
 * Returns: (transfer full): the answer, a tuple
 */
GVariant *ipmp_client_call_finish(IpmpClient *self, GAsyncResult *result, GError **error)
{
    g_return_val_if_fail(IPMP_IS_CLIENT(self), NULL);
    return ipmp_call_finish(self, result, ipmp_client_call_async, error);
}
