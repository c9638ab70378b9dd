/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whose probes are watched. The service forgets that with its end, the client does not. */
#include "ipmp-client-private.h"

/* Floating. */
static GVariant *arguments_of(const char *const *interfaces)
{
    g_auto(GVariantDict) options = G_VARIANT_DICT_INIT(NULL);

    if (interfaces != NULL)
        g_variant_dict_insert_value(&options, "interfaces", g_variant_new_strv(interfaces, -1));
    return g_variant_new("(*)", g_variant_dict_end(&options));
}

static void remember_watched(IpmpClient *self, const char *const *interfaces)
{
    if (interfaces == NULL) {
        self->watches_all = TRUE;
        g_hash_table_remove_all(self->not_watched);
    }
    for (guint i = 0; interfaces != NULL && interfaces[i] != NULL; i++) {
        g_hash_table_add(self->watched, g_strdup(interfaces[i]));
        g_hash_table_remove(self->not_watched, interfaces[i]);
    }
}

static void remember_unwatched(IpmpClient *self, const char *const *interfaces)
{
    if (interfaces == NULL) {
        self->watches_all = FALSE;
        g_hash_table_remove_all(self->watched);
        g_hash_table_remove_all(self->not_watched);
    }
    for (guint i = 0; interfaces != NULL && interfaces[i] != NULL; i++) {
        g_hash_table_remove(self->watched, interfaces[i]);
        if (self->watches_all)
            g_hash_table_add(self->not_watched, g_strdup(interfaces[i]));
    }
}

/* Nobody waits for the answers: what is not there (yet) cannot be watched, and nothing else is
 * lost by that, since each name has a call of its own. */
static void call_for_each(IpmpClient *self, const char *method, GHashTable *names)
{
    GHashTableIter iter;
    gpointer name;

    g_hash_table_iter_init(&iter, names);
    while (g_hash_table_iter_next(&iter, &name, NULL)) {
        const char *one[] = {name, NULL};
        g_dbus_proxy_call(G_DBUS_PROXY(self->manager), method, arguments_of(one),
                          G_DBUS_CALL_FLAGS_NO_AUTO_START, -1, NULL, NULL, NULL);
    }
}

void ipmp_client_watch_again(IpmpClient *self)
{
    if (self->watches_all)
        g_dbus_proxy_call(G_DBUS_PROXY(self->manager), "WatchProbes", arguments_of(NULL),
                          G_DBUS_CALL_FLAGS_NO_AUTO_START, -1, NULL, NULL, NULL);
    call_for_each(self, "WatchProbes", self->watched);
    call_for_each(self, "UnwatchProbes", self->not_watched);
}

static gboolean watch_sync(IpmpClient *self, const char *method, const char *const *interfaces,
                           GCancellable *cancellable, GError **error)
{
    return ipmp_reply_is_there(ipmp_call_sync(G_DBUS_PROXY(self->manager), self->context, method,
                                              arguments_of(interfaces), cancellable, error));
}

/* The names go with the task, until it is known whether they are watched. */
typedef struct {
    GTask *task;
    char **interfaces;
    void (*remember)(IpmpClient *self, const char *const *interfaces);
} WatchCall;

static void on_watch_replied(GObject *source, GAsyncResult *result, gpointer user_data)
{
    WatchCall *call = user_data;
    IpmpClient *self = IPMP_CLIENT(source);
    GError *error = NULL;

    if (ipmp_reply_is_there(ipmp_call_finish(self, result, on_watch_replied, &error))) {
        call->remember(self, (const char *const *)call->interfaces);
        g_task_return_boolean(call->task, TRUE);
    } else {
        g_task_return_error(call->task, error);
    }
    g_object_unref(call->task);
    g_strfreev(call->interfaces);
    g_free(call);
}

static void watch_async(IpmpClient *self, const char *method, const char *const *interfaces,
                        void (*remember)(IpmpClient *, const char *const *), GTask *task)
{
    WatchCall *call = g_new0(WatchCall, 1);

    call->task = task;
    call->interfaces = g_strdupv((char **)interfaces);
    call->remember = remember;
    g_task_set_check_cancellable(task, FALSE);
    ipmp_call_async(self, G_DBUS_PROXY(self->manager), self->context, method,
                    arguments_of(interfaces), on_watch_replied, g_task_get_cancellable(task),
                    on_watch_replied, call);
}

/**
 * ipmp_client_watch_probes_sync:
 * @self: a client
 * @interfaces: (nullable) (array zero-terminated=1): names of interfaces; %NULL for all
 * @cancellable: (nullable): a cancellable
 * @error: an [error@Ipmp.Error]
 *
 * Begins [signal@Ipmp.Client::probe-completed] and [signal@Ipmp.Interface::probe-completed] of
 * these interfaces, beside those that are watched already; for %NULL also of those to come. The
 * service tells at most 100 a second and merges what comes faster. When it is started anew, the
 * client asks it again.
 *
 * Returns: whether it has begun
 */
gboolean ipmp_client_watch_probes_sync(IpmpClient *self, const char *const *interfaces,
                                       GCancellable *cancellable, GError **error)
{
    g_return_val_if_fail(IPMP_IS_CLIENT(self), FALSE);
    if (!watch_sync(self, "WatchProbes", interfaces, cancellable, error))
        return FALSE;
    remember_watched(self, interfaces);
    return TRUE;
}

/**
 * ipmp_client_watch_probes_async:
 * @self: a client
 * @interfaces: (nullable) (array zero-terminated=1): names of interfaces; %NULL for all
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called when it is done
 * @user_data: for @callback
 *
 * Like [method@Ipmp.Client.watch_probes_sync], without waiting; end it with
 * [method@Ipmp.Client.watch_probes_finish].
 */
void ipmp_client_watch_probes_async(IpmpClient *self, const char *const *interfaces,
                                    GCancellable *cancellable, GAsyncReadyCallback callback,
                                    gpointer user_data)
{
    GTask *task;

    g_return_if_fail(IPMP_IS_CLIENT(self));
    task = g_task_new(self, cancellable, callback, user_data);
    g_task_set_source_tag(task, ipmp_client_watch_probes_async);
    watch_async(self, "WatchProbes", interfaces, remember_watched, task);
}

/**
 * ipmp_client_watch_probes_finish:
 * @self: a client
 * @result: what the callback was given
 * @error: an [error@Ipmp.Error]
 *
 * Ends what [method@Ipmp.Client.watch_probes_async] began.
 *
 * Returns: whether it has begun
 */
gboolean ipmp_client_watch_probes_finish(IpmpClient *self, GAsyncResult *result, GError **error)
{
    g_return_val_if_fail(g_task_is_valid(result, self), FALSE);
    return g_task_propagate_boolean(G_TASK(result), error);
}

/**
 * ipmp_client_unwatch_probes_sync:
 * @self: a client
 * @interfaces: (nullable) (array zero-terminated=1): names of interfaces; %NULL for all
 * @cancellable: (nullable): a cancellable
 * @error: an [error@Ipmp.Error]
 *
 * Ends what [method@Ipmp.Client.watch_probes_sync] began, for these interfaces.
 *
 * Returns: whether it has ended
 */
gboolean ipmp_client_unwatch_probes_sync(IpmpClient *self, const char *const *interfaces,
                                         GCancellable *cancellable, GError **error)
{
    g_return_val_if_fail(IPMP_IS_CLIENT(self), FALSE);
    if (!watch_sync(self, "UnwatchProbes", interfaces, cancellable, error))
        return FALSE;
    remember_unwatched(self, interfaces);
    return TRUE;
}

/**
 * ipmp_client_unwatch_probes_async:
 * @self: a client
 * @interfaces: (nullable) (array zero-terminated=1): names of interfaces; %NULL for all
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called when it is done
 * @user_data: for @callback
 *
 * Like [method@Ipmp.Client.unwatch_probes_sync], without waiting; end it with
 * [method@Ipmp.Client.unwatch_probes_finish].
 */
void ipmp_client_unwatch_probes_async(IpmpClient *self, const char *const *interfaces,
                                      GCancellable *cancellable, GAsyncReadyCallback callback,
                                      gpointer user_data)
{
    GTask *task;

    g_return_if_fail(IPMP_IS_CLIENT(self));
    task = g_task_new(self, cancellable, callback, user_data);
    g_task_set_source_tag(task, ipmp_client_unwatch_probes_async);
    watch_async(self, "UnwatchProbes", interfaces, remember_unwatched, task);
}

/**
 * ipmp_client_unwatch_probes_finish:
 * @self: a client
 * @result: what the callback was given
 * @error: an [error@Ipmp.Error]
 *
 * Ends what [method@Ipmp.Client.unwatch_probes_async] began.
 *
 * Returns: whether it has ended
 */
gboolean ipmp_client_unwatch_probes_finish(IpmpClient *self, GAsyncResult *result, GError **error)
{
    g_return_val_if_fail(g_task_is_valid(result, self), FALSE);
    return g_task_propagate_boolean(G_TASK(result), error);
}
