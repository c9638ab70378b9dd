/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The client object: how it comes to be, and what it knows. Its calls are in ipmp-client-calls.c,
 * ipmp-client-queries.c and ipmp-client-probes.c. */
#include "ipmp-client-private.h"
#include <string.h>

/* The identifiers of the others are the rows of ipmp_client_properties. */
enum { PROP_CONNECTION = 1000, PROP_RUNNING, PROP_INTERACTIVE };
enum {
    SIGNAL_CHANGED,
    SIGNAL_EVENT,
    SIGNAL_GROUP_ADDED,
    SIGNAL_GROUP_REMOVED,
    SIGNAL_INTERFACE_ADDED,
    SIGNAL_INTERFACE_REMOVED,
    SIGNAL_PROBE_COMPLETED,
    N_SIGNALS
};

static guint signals[N_SIGNALS];

static void initable_iface_init(GInitableIface *iface);
static void async_initable_iface_init(GAsyncInitableIface *iface);

/**
 * IpmpClient:
 *
 * The service, and what it has: the beginning of everything else.
 *
 * A client, its groups and its interfaces belong to the thread that made the client, and to the
 * main context that was that thread's default then: signals and notifications come while it runs.
 * Another thread makes a client of its own.
 */
G_DEFINE_FINAL_TYPE_WITH_CODE(IpmpClient, ipmp_client, G_TYPE_OBJECT,
                              G_IMPLEMENT_INTERFACE(G_TYPE_INITABLE, initable_iface_init)
                                  G_IMPLEMENT_INTERFACE(G_TYPE_ASYNC_INITABLE,
                                                        async_initable_iface_init))

static GType proxy_type_of_interface(GDBusObjectManagerClient *manager, const char *path,
                                     const char *interface, gpointer user_data)
{
    if (interface == NULL)
        return G_TYPE_DBUS_OBJECT_PROXY;
    if (strcmp(interface, "org.ipmp.Group") == 0)
        return IPMP_DBUS_TYPE_GROUP_PROXY;
    if (strcmp(interface, "org.ipmp.Interface") == 0)
        return IPMP_DBUS_TYPE_INTERFACE_PROXY;
    return G_TYPE_DBUS_PROXY;
}

static void on_changed(IpmpClient *self)
{
    g_signal_emit(self, signals[SIGNAL_CHANGED], 0);
}

static void on_event(IpmpClient *self, GVariant *event)
{
    g_signal_emit(self, signals[SIGNAL_EVENT], 0, event);
}

/* The manager's proxy and the object manager's follow the service each by itself: it runs for our
 * users when both have it, so that nothing half-known is shown. */
static void on_owner_changed(IpmpClient *self)
{
    g_autofree char *manager_owner = g_dbus_proxy_get_name_owner(G_DBUS_PROXY(self->manager));
    g_autofree char *objects_owner = g_dbus_object_manager_client_get_name_owner(self->objects);
    gboolean running = manager_owner != NULL && objects_owner != NULL;

    if (running == self->running)
        return;
    self->running = running;
    if (running)
        ipmp_client_watch_again(self);
    g_object_notify(G_OBJECT(self), "running");
    on_changed(self);
}

static void on_manager_properties(IpmpClient *self, GVariant *changed,
                                  const char *const *invalidated)
{
    ipmp_properties_notify(G_OBJECT(self), ipmp_client_properties, ipmp_client_n_properties,
                           changed, invalidated);
    on_changed(self);
}

static void on_probe_completed(IpmpClient *self, GVariant *probe, IpmpInterface *interface)
{
    g_signal_emit(self, signals[SIGNAL_PROBE_COMPLETED], 0, interface, probe);
}

IpmpGroup *ipmp_client_take_group(IpmpClient *self, IpmpDbusGroup *proxy)
{
    const char *path = g_dbus_proxy_get_object_path(G_DBUS_PROXY(proxy));
    IpmpGroup *group = g_hash_table_lookup(self->groups, path);

    if (group != NULL) {
        ipmp_group_set_proxy(group, proxy);
        return group;
    }
    group = ipmp_group_new(proxy, self->context);
    g_hash_table_insert(self->groups, g_strdup(path), group);
    g_signal_emit(self, signals[SIGNAL_GROUP_ADDED], 0, group);
    return group;
}

IpmpInterface *ipmp_client_take_interface(IpmpClient *self, IpmpDbusInterface *proxy)
{
    const char *path = g_dbus_proxy_get_object_path(G_DBUS_PROXY(proxy));
    IpmpInterface *interface = g_hash_table_lookup(self->interfaces, path);

    if (interface != NULL) {
        ipmp_interface_set_proxy(interface, proxy);
        return interface;
    }
    interface = ipmp_interface_new(proxy, self->context);
    g_hash_table_insert(self->interfaces, g_strdup(path), interface);
    g_signal_connect_object(interface, "probe-completed", G_CALLBACK(on_probe_completed), self,
                            G_CONNECT_SWAPPED);
    g_signal_emit(self, signals[SIGNAL_INTERFACE_ADDED], 0, interface);
    return interface;
}

static void on_object_added(IpmpClient *self, GDBusObject *object)
{
    g_autoptr(GDBusInterface) group = g_dbus_object_get_interface(object, "org.ipmp.Group");
    g_autoptr(GDBusInterface) iface = g_dbus_object_get_interface(object, "org.ipmp.Interface");

    if (IPMP_DBUS_IS_GROUP_PROXY(group))
        ipmp_client_take_group(self, IPMP_DBUS_GROUP(group));
    if (IPMP_DBUS_IS_INTERFACE_PROXY(iface))
        ipmp_client_take_interface(self, IPMP_DBUS_INTERFACE(iface));
    on_changed(self);
}

static void forget_interface(IpmpClient *self, IpmpInterface *interface)
{
    g_signal_handlers_disconnect_by_func(interface, on_probe_completed, self);
}

/* Who still holds one may still look at what it was. */
static void on_object_removed(IpmpClient *self, GDBusObject *object)
{
    const char *path = g_dbus_object_get_object_path(object);
    gpointer key = NULL, member = NULL;

    if (g_hash_table_steal_extended(self->groups, path, &key, &member)) {
        g_signal_emit(self, signals[SIGNAL_GROUP_REMOVED], 0, member);
    } else if (g_hash_table_steal_extended(self->interfaces, path, &key, &member)) {
        forget_interface(self, member);
        g_signal_emit(self, signals[SIGNAL_INTERFACE_REMOVED], 0, member);
    }
    g_free(key);
    g_clear_object(&member);
    on_changed(self);
}

/* Both proxies are there: take over what they hold and follow them. */
static void client_start(IpmpClient *self)
{
    self->context->connection = g_object_ref(self->connection);
    g_autolist(GDBusObject) objects =
        g_dbus_object_manager_get_objects(G_DBUS_OBJECT_MANAGER(self->objects));

    for (GList *l = objects; l != NULL; l = l->next)
        on_object_added(self, l->data);
    g_signal_connect_object(self->objects, "object-added", G_CALLBACK(on_object_added), self,
                            G_CONNECT_SWAPPED);
    g_signal_connect_object(self->objects, "object-removed", G_CALLBACK(on_object_removed), self,
                            G_CONNECT_SWAPPED);
    g_signal_connect_object(self->objects, "interface-proxy-properties-changed",
                            G_CALLBACK(on_changed), self, G_CONNECT_SWAPPED);
    g_signal_connect_object(self->objects, "notify::name-owner", G_CALLBACK(on_owner_changed), self,
                            G_CONNECT_SWAPPED);
    g_signal_connect_object(self->manager, "notify::g-name-owner", G_CALLBACK(on_owner_changed),
                            self, G_CONNECT_SWAPPED);
    g_signal_connect_object(self->manager, "g-properties-changed",
                            G_CALLBACK(on_manager_properties), self, G_CONNECT_SWAPPED);
    g_signal_connect_object(self->manager, "event", G_CALLBACK(on_event), self, G_CONNECT_SWAPPED);
    on_owner_changed(self);
}

static gboolean ipmp_client_init_sync(GInitable *initable, GCancellable *cancellable,
                                      GError **error)
{
    IpmpClient *self = IPMP_CLIENT(initable);
    GError *foreign = NULL;

    if (self->connection == NULL)
        self->connection = g_bus_get_sync(G_BUS_TYPE_SYSTEM, cancellable, &foreign);
    if (self->connection == NULL)
        return ipmp_error_convert(foreign, error);
    self->manager =
        ipmp_dbus_manager_proxy_new_sync(self->connection, G_DBUS_PROXY_FLAGS_NONE, IPMP_BUS_NAME,
                                         IPMP_ROOT_PATH, cancellable, &foreign);
    if (self->manager == NULL)
        return ipmp_error_convert(foreign, error);
    self->objects = G_DBUS_OBJECT_MANAGER_CLIENT(g_dbus_object_manager_client_new_sync(
        self->connection, G_DBUS_OBJECT_MANAGER_CLIENT_FLAGS_NONE, IPMP_BUS_NAME, IPMP_ROOT_PATH,
        proxy_type_of_interface, NULL, NULL, cancellable, &foreign));
    if (self->objects == NULL)
        return ipmp_error_convert(foreign, error);
    client_start(self);
    return TRUE;
}

static void task_fail(GTask *task, GError *foreign)
{
    GError *error = NULL;

    ipmp_error_convert(foreign, &error);
    g_task_return_error(task, error);
}

static void on_objects_ready(GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr(GTask) task = user_data;
    IpmpClient *self = g_task_get_source_object(task);
    GError *error = NULL;
    GDBusObjectManager *objects = g_dbus_object_manager_client_new_finish(result, &error);

    if (objects == NULL) {
        task_fail(task, error);
        return;
    }
    self->objects = G_DBUS_OBJECT_MANAGER_CLIENT(objects);
    client_start(self);
    g_task_return_boolean(task, TRUE);
}

static void on_manager_ready(GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr(GTask) task = user_data;
    IpmpClient *self = g_task_get_source_object(task);
    GCancellable *cancellable = g_task_get_cancellable(task);
    GError *error = NULL;

    self->manager = ipmp_dbus_manager_proxy_new_finish(result, &error);
    if (self->manager == NULL) {
        task_fail(task, error);
        return;
    }
    g_dbus_object_manager_client_new(self->connection, G_DBUS_OBJECT_MANAGER_CLIENT_FLAGS_NONE,
                                     IPMP_BUS_NAME, IPMP_ROOT_PATH, proxy_type_of_interface, NULL,
                                     NULL, cancellable, on_objects_ready, g_steal_pointer(&task));
}

static void make_manager(IpmpClient *self, GTask *task)
{
    ipmp_dbus_manager_proxy_new(self->connection, G_DBUS_PROXY_FLAGS_NONE, IPMP_BUS_NAME,
                                IPMP_ROOT_PATH, g_task_get_cancellable(task), on_manager_ready,
                                task);
}

static void on_bus_ready(GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr(GTask) task = user_data;
    IpmpClient *self = g_task_get_source_object(task);
    GError *error = NULL;

    self->connection = g_bus_get_finish(result, &error);
    if (self->connection == NULL) {
        task_fail(task, error);
        return;
    }
    make_manager(self, g_steal_pointer(&task));
}

/* Not GAsyncInitable's own way, a thread: the proxies would belong to that thread's context. */
static void ipmp_client_init_async(GAsyncInitable *initable, int io_priority,
                                   GCancellable *cancellable, GAsyncReadyCallback callback,
                                   gpointer user_data)
{
    IpmpClient *self = IPMP_CLIENT(initable);
    GTask *task = g_task_new(self, cancellable, callback, user_data);

    g_task_set_source_tag(task, ipmp_client_init_async);
    g_task_set_priority(task, io_priority);
    if (self->connection != NULL)
        make_manager(self, task);
    else
        g_bus_get(G_BUS_TYPE_SYSTEM, cancellable, on_bus_ready, task);
}

static gboolean ipmp_client_init_finish(GAsyncInitable *initable, GAsyncResult *result,
                                        GError **error)
{
    return g_task_propagate_boolean(G_TASK(result), error);
}

static void ipmp_client_get_property(GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
    IpmpClient *self = IPMP_CLIENT(object);

    switch (id) {
    case PROP_CONNECTION:
        g_value_set_object(value, self->connection);
        break;
    case PROP_RUNNING:
        g_value_set_boolean(value, self->running);
        break;
    case PROP_INTERACTIVE:
        g_value_set_boolean(value, self->context->interactive);
        break;
    default:
        ipmp_property_get(object, &ipmp_client_properties[id - 1], value);
    }
}

static void ipmp_client_set_property(GObject *object, guint id, const GValue *value,
                                     GParamSpec *pspec)
{
    IpmpClient *self = IPMP_CLIENT(object);

    switch (id) {
    case PROP_CONNECTION:
        self->connection = g_value_dup_object(value);
        break;
    case PROP_INTERACTIVE:
        ipmp_client_set_interactive(self, g_value_get_boolean(value));
        break;
    default:
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, pspec);
    }
}

static void ipmp_client_dispose(GObject *object)
{
    IpmpClient *self = IPMP_CLIENT(object);
    GHashTableIter iter;
    gpointer interface;

    self->context->client = NULL;
    if (self->objects != NULL)
        g_signal_handlers_disconnect_by_data(self->objects, self);
    if (self->manager != NULL)
        g_signal_handlers_disconnect_by_data(self->manager, self);
    g_hash_table_iter_init(&iter, self->interfaces);
    while (g_hash_table_iter_next(&iter, NULL, &interface))
        forget_interface(self, interface);
    g_hash_table_remove_all(self->groups);
    g_hash_table_remove_all(self->interfaces);
    G_OBJECT_CLASS(ipmp_client_parent_class)->dispose(object);
}

static void ipmp_client_finalize(GObject *object)
{
    IpmpClient *self = IPMP_CLIENT(object);

    g_clear_object(&self->objects);
    g_clear_object(&self->manager);
    g_clear_object(&self->connection);
    g_hash_table_unref(self->groups);
    g_hash_table_unref(self->interfaces);
    g_hash_table_unref(self->watched);
    g_hash_table_unref(self->not_watched);
    ipmp_context_unref(self->context);
    G_OBJECT_CLASS(ipmp_client_parent_class)->finalize(object);
}

static void initable_iface_init(GInitableIface *iface)
{
    iface->init = ipmp_client_init_sync;
}

static void async_initable_iface_init(GAsyncInitableIface *iface)
{
    iface->init_async = ipmp_client_init_async;
    iface->init_finish = ipmp_client_init_finish;
}

/* Those that are not the service's. */
static void install_own_properties(GObjectClass *class)
{
    /**
     * IpmpClient:connection:
     *
     * The bus connection in use; when none is given, the system bus.
     */
    g_object_class_install_property(
        class, PROP_CONNECTION,
        g_param_spec_object("connection", NULL, NULL, G_TYPE_DBUS_CONNECTION,
                            G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS));
    /**
     * IpmpClient:running:
     *
     * Whether the service is on the bus. While it is not, there are no groups.
     */
    g_object_class_install_property(
        class, PROP_RUNNING,
        g_param_spec_boolean("running", NULL, NULL, FALSE,
                             G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY));
    /**
     * IpmpClient:interactive:
     *
     * Whether a person is there whom the service may let ask for a password. Calls then wait as
     * long as it takes.
     */
    g_object_class_install_property(
        class, PROP_INTERACTIVE,
        g_param_spec_boolean("interactive", NULL, NULL, FALSE,
                             G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY));
}

static void install_signals(GType type)
{
    /**
     * IpmpClient::changed:
     * @self: a client
     *
     * Something has changed: a property of the service, a group or an interface, or which there
     * are.
     */
    signals[SIGNAL_CHANGED] =
        g_signal_new("changed", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
    /**
     * IpmpClient::event:
     * @self: a client
     * @event: a{sv}: an entry of the history, see [method@Ipmp.Client.history_sync]
     *
     * Something has happened.
     */
    signals[SIGNAL_EVENT] = g_signal_new("event", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                         G_TYPE_NONE, 1, G_TYPE_VARIANT);
    /**
     * IpmpClient::group-added:
     * @self: a client
     * @group: the group
     *
     * There is a group more, also when the service has come back.
     */
    signals[SIGNAL_GROUP_ADDED] = g_signal_new("group-added", type, G_SIGNAL_RUN_LAST, 0, NULL,
                                               NULL, NULL, G_TYPE_NONE, 1, IPMP_TYPE_GROUP);
    /**
     * IpmpClient::group-removed:
     * @self: a client
     * @group: the group, which says what was last known of it
     *
     * A group is gone, or the service with all of them.
     */
    signals[SIGNAL_GROUP_REMOVED] = g_signal_new("group-removed", type, G_SIGNAL_RUN_LAST, 0, NULL,
                                                 NULL, NULL, G_TYPE_NONE, 1, IPMP_TYPE_GROUP);
    /**
     * IpmpClient::interface-added:
     * @self: a client
     * @interface: the interface
     *
     * There is an interface more, also when the service has come back.
     */
    signals[SIGNAL_INTERFACE_ADDED] =
        g_signal_new("interface-added", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE,
                     1, IPMP_TYPE_INTERFACE);
    /**
     * IpmpClient::interface-removed:
     * @self: a client
     * @interface: the interface, which says what was last known of it
     *
     * An interface is gone, or the service with all of them.
     */
    signals[SIGNAL_INTERFACE_REMOVED] =
        g_signal_new("interface-removed", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE,
                     1, IPMP_TYPE_INTERFACE);
    /**
     * IpmpClient::probe-completed:
     * @self: a client
     * @interface: the interface
     * @probe: a{sv}, see [signal@Ipmp.Interface::probe-completed]
     *
     * A probe of any interface was answered or lost; see [method@Ipmp.Client.watch_probes_sync].
     */
    signals[SIGNAL_PROBE_COMPLETED] =
        g_signal_new("probe-completed", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE,
                     2, IPMP_TYPE_INTERFACE, G_TYPE_VARIANT);
}

static void ipmp_client_class_init(IpmpClientClass *class)
{
    GObjectClass *object_class = G_OBJECT_CLASS(class);

    ipmp_error_quark(); /* GDBus must know our errors' names before the first one comes */
    object_class->get_property = ipmp_client_get_property;
    object_class->set_property = ipmp_client_set_property;
    object_class->dispose = ipmp_client_dispose;
    object_class->finalize = ipmp_client_finalize;

    ipmp_properties_install(object_class, ipmp_client_properties, ipmp_client_n_properties);
    install_own_properties(object_class);
    install_signals(G_TYPE_FROM_CLASS(class));
}

static void ipmp_client_init(IpmpClient *self)
{
    self->groups = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_object_unref);
    self->interfaces = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_object_unref);
    self->watched = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    self->not_watched = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    self->context = g_atomic_rc_box_new0(IpmpContext);
    self->context->client = self;
}

/**
 * ipmp_client_new_sync:
 * @connection: (nullable): a connection to a message bus; %NULL for the system bus
 * @cancellable: (nullable): a cancellable
 * @error: an [error@Ipmp.Error]
 *
 * Connects to the service, starting it if the bus knows how. That it does not run is no error here:
 * see [property@Ipmp.Client:running].
 *
 * Returns: (transfer full): a client
 */
IpmpClient *ipmp_client_new_sync(GDBusConnection *connection, GCancellable *cancellable,
                                 GError **error)
{
    return g_initable_new(IPMP_TYPE_CLIENT, cancellable, error, "connection", connection, NULL);
}

/**
 * ipmp_client_new_async:
 * @connection: (nullable): a connection to a message bus; %NULL for the system bus
 * @cancellable: (nullable): a cancellable
 * @callback: (scope async): called when it is ready
 * @user_data: for @callback
 *
 * Like [ctor@Ipmp.Client.new_sync], without waiting; end it with [ctor@Ipmp.Client.new_finish].
 */
void ipmp_client_new_async(GDBusConnection *connection, GCancellable *cancellable,
                           GAsyncReadyCallback callback, gpointer user_data)
{
    g_async_initable_new_async(IPMP_TYPE_CLIENT, G_PRIORITY_DEFAULT, cancellable, callback,
                               user_data, "connection", connection, NULL);
}

/**
 * ipmp_client_new_finish:
 * @result: what the callback was given
 * @error: an [error@Ipmp.Error]
 *
 * Returns: (transfer full): a client
 */
IpmpClient *ipmp_client_new_finish(GAsyncResult *result, GError **error)
{
    g_autoptr(GObject) source = g_async_result_get_source_object(result);
    GObject *client = g_async_initable_new_finish(G_ASYNC_INITABLE(source), result, error);

    return client != NULL ? IPMP_CLIENT(client) : NULL;
}
