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

/* Of another type than a{sv} they go out all the same: the service refuses them with words, where
 * a check here could only end the program. */
GVariant *ipmp_options_or_empty(GVariant *options)
{
    return options != NULL ? options : g_variant_new("a{sv}", NULL);
}

GVariant *ipmp_no_options(void)
{
    return g_variant_new("(a{sv})", NULL);
}

/* Which method of the service knows whether there is an object of that path, NULL for none. */
static const char *method_that_finds(const char *path)
{
    if (g_str_has_prefix(path, IPMP_ROOT_PATH "/group/"))
        return "GetGroup";
    if (g_str_has_prefix(path, IPMP_ROOT_PATH "/interface/"))
        return "GetInterface";
    return NULL;
}

/* The bus says the same of a method that the service does not have and of an object that is gone.
 */
static gboolean is_perhaps_gone(const GError *foreign, const char *path)
{
    return foreign->domain == G_DBUS_ERROR && method_that_finds(path) != NULL &&
           (foreign->code == G_DBUS_ERROR_UNKNOWN_METHOD ||
            foreign->code == G_DBUS_ERROR_UNKNOWN_INTERFACE ||
            foreign->code == G_DBUS_ERROR_UNKNOWN_OBJECT);
}

static GVariant *name_argument(const char *path)
{
    g_autofree char *name = ipmp_path_to_name(path);

    return g_variant_new("(s)", name);
}

/* Tells `foreign` (full) as ours, or that there is no such object. */
static void call_failed_sync(GDBusConnection *connection, const char *path, GError *foreign,
                             GCancellable *cancellable, GError **error)
{
    g_autoptr(GVariant) found = NULL;
    GError *gone = NULL;

    if (is_perhaps_gone(foreign, path))
        found = g_dbus_connection_call_sync(
            connection, IPMP_BUS_NAME, IPMP_ROOT_PATH, "org.ipmp.Manager", method_that_finds(path),
            name_argument(path), NULL, G_DBUS_CALL_FLAGS_NO_AUTO_START, -1, cancellable, &gone);
    if (gone != NULL) {
        g_error_free(foreign);
        foreign = gone;
    }
    ipmp_error_convert(foreign, error);
}

GVariant *ipmp_call_sync(GDBusProxy *proxy, IpmpContext *context, const char *method,
                         GVariant *arguments, GCancellable *cancellable, GError **error)
{
    GError *foreign = NULL;
    GVariant *reply = g_dbus_proxy_call_sync(proxy, method, arguments, call_flags(context),
                                             call_timeout(context), cancellable, &foreign);

    if (reply == NULL)
        call_failed_sync(g_dbus_proxy_get_connection(proxy), g_dbus_proxy_get_object_path(proxy),
                         foreign, cancellable, error);
    return reply;
}

/* Of a task: the object that was called, and what the call failed with. */
typedef struct {
    char *path;
    GError *foreign;
} Call;

static void call_free(gpointer data)
{
    Call *call = data;

    g_free(call->path);
    g_clear_error(&call->foreign);
    g_free(call);
}

static void task_return_foreign(GTask *task, GError *foreign)
{
    GError *error = NULL;

    ipmp_error_convert(foreign, &error);
    g_task_return_error(task, error);
}

static void on_asked_for_object(GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr(GTask) task = user_data;
    Call *call = g_task_get_task_data(task);
    GError *gone = NULL;
    g_autoptr(GVariant) found =
        g_dbus_connection_call_finish(G_DBUS_CONNECTION(source), result, &gone);

    task_return_foreign(task, gone != NULL ? gone : g_steal_pointer(&call->foreign));
}

/* Takes the task, and the reply or the error. */
static void task_take_reply(GTask *owned, GDBusConnection *connection, GVariant *reply,
                            GError *foreign)
{
    g_autoptr(GTask) task = owned;
    Call *call = g_task_get_task_data(task);

    if (reply != NULL) {
        g_task_return_pointer(task, reply, (GDestroyNotify)g_variant_unref);
    } else if (!is_perhaps_gone(foreign, call->path)) {
        task_return_foreign(task, foreign);
    } else {
        GCancellable *cancellable = g_task_get_cancellable(task);

        call->foreign = foreign;
        g_dbus_connection_call(connection, IPMP_BUS_NAME, IPMP_ROOT_PATH, "org.ipmp.Manager",
                               method_that_finds(call->path), name_argument(call->path), NULL,
                               G_DBUS_CALL_FLAGS_NO_AUTO_START, -1, cancellable,
                               on_asked_for_object, g_steal_pointer(&task));
    }
}

static void on_proxy_replied(GObject *source, GAsyncResult *result, gpointer user_data)
{
    GError *foreign = NULL;
    GVariant *reply = g_dbus_proxy_call_finish(G_DBUS_PROXY(source), result, &foreign);

    task_take_reply(user_data, g_dbus_proxy_get_connection(G_DBUS_PROXY(source)), reply, foreign);
}

static GTask *task_new(gpointer source, const char *path, gpointer tag, GCancellable *cancellable,
                       GAsyncReadyCallback callback, gpointer user_data)
{
    GTask *task = g_task_new(source, cancellable, callback, user_data);
    Call *call = g_new0(Call, 1);

    call->path = g_strdup(path);
    g_task_set_task_data(task, call, call_free);
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
                      task_new(source, g_dbus_proxy_get_object_path(proxy), tag, cancellable,
                               callback, user_data));
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
        call_failed_sync(self->connection, object_path, foreign, cancellable, error);
    return reply;
}

static void on_connection_replied(GObject *source, GAsyncResult *result, gpointer user_data)
{
    GError *foreign = NULL;
    GVariant *reply = g_dbus_connection_call_finish(G_DBUS_CONNECTION(source), result, &foreign);

    task_take_reply(user_data, G_DBUS_CONNECTION(source), reply, foreign);
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
        task_new(self, object_path, ipmp_client_call_async, cancellable, callback, user_data));
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
