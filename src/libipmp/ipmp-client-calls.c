/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ipmp-client-private.h"

/* A question to a person takes as long as it takes. */
int ipmp_call_policy_timeout(const IpmpCallPolicy *policy)
{
    return policy->interactive ? G_MAXINT : -1;
}

GDBusCallFlags ipmp_call_policy_flags(const IpmpCallPolicy *policy)
{
    return policy->interactive ? G_DBUS_CALL_FLAGS_ALLOW_INTERACTIVE_AUTHORIZATION
                               : G_DBUS_CALL_FLAGS_NONE;
}

GVariant *ipmp_options_or_empty(GVariant *options)
{
    return options != NULL ? options : g_variant_new("a{sv}", NULL);
}

/**
 * ipmp_client_set_interactive:
 * @self: a client
 * @interactive: whether a person is there to answer questions
 *
 * Lets the service ask for a password where one would help. Calls then wait as long as it takes.
 */
void ipmp_client_set_interactive(IpmpClient *self, gboolean interactive)
{
    g_return_if_fail(IPMP_IS_CLIENT(self));
    self->policy->interactive = interactive;
}

/**
 * ipmp_client_create_group_sync:
 * @self: a client
 * @name: name of the new group
 * @interfaces: (array zero-terminated=1): names of its members
 * @options: (nullable): a{sv}: settings, "addresses" as, "interface-settings" a{sa{sv}},
 *   "temporary" b
 * @cancellable: (nullable): a cancellable
 * @error: an IPMP_ERROR
 *
 * Makes a group, all of it or nothing.
 *
 * Returns: whether it exists now
 */
gboolean ipmp_client_create_group_sync(IpmpClient *self, const char *name,
                                       const char *const *interfaces, GVariant *options,
                                       GCancellable *cancellable, GError **error)
{
    GError *foreign = NULL;

    g_return_val_if_fail(IPMP_IS_CLIENT(self) && name != NULL && interfaces != NULL, FALSE);
    if (ipmp_dbus_manager_call_create_group_sync(
            self->manager, name, interfaces, ipmp_options_or_empty(options),
            ipmp_call_policy_flags(self->policy), ipmp_call_policy_timeout(self->policy), NULL,
            cancellable, &foreign))
        return TRUE;
    return ipmp_error_convert(foreign, error);
}

/**
 * ipmp_client_set_defaults_sync:
 * @self: a client
 * @settings: (nullable): a{sv}: settings to change, see the method SetDefaults of org.ipmp.Manager
 * @options: (nullable): a{sv}: "reset" as, "temporary" b
 * @cancellable: (nullable): a cancellable
 * @error: an IPMP_ERROR
 *
 * Changes what groups inherit.
 *
 * Returns: whether they are in force now
 */
gboolean ipmp_client_set_defaults_sync(IpmpClient *self, GVariant *settings, GVariant *options,
                                       GCancellable *cancellable, GError **error)
{
    GError *foreign = NULL;

    g_return_val_if_fail(IPMP_IS_CLIENT(self), FALSE);
    if (ipmp_dbus_manager_call_set_defaults_sync(
            self->manager, ipmp_options_or_empty(settings), ipmp_options_or_empty(options),
            ipmp_call_policy_flags(self->policy), ipmp_call_policy_timeout(self->policy),
            cancellable, &foreign))
        return TRUE;
    return ipmp_error_convert(foreign, error);
}

/**
 * ipmp_client_reload_sync:
 * @self: a client
 * @cancellable: (nullable): a cancellable
 * @error: an IPMP_ERROR
 *
 * Lets the service read its configuration again.
 *
 * Returns: whether it is in force now
 */
gboolean ipmp_client_reload_sync(IpmpClient *self, GCancellable *cancellable, GError **error)
{
    GError *foreign = NULL;

    g_return_val_if_fail(IPMP_IS_CLIENT(self), FALSE);
    if (ipmp_dbus_manager_call_reload_sync(
            self->manager, ipmp_options_or_empty(NULL), ipmp_call_policy_flags(self->policy),
            ipmp_call_policy_timeout(self->policy), cancellable, &foreign))
        return TRUE;
    return ipmp_error_convert(foreign, error);
}

/**
 * ipmp_client_list_devices_sync:
 * @self: a client
 * @cancellable: (nullable): a cancellable
 * @error: an IPMP_ERROR
 *
 * Returns: (transfer full) (nullable): aa{sv}: every network device of the host: "name" s,
 *   "index" u, "hardware-address" s, "media" s, "group" s (absent when it is in none),
 *   "addresses" as, "suitable" b, "reason" s
 */
GVariant *ipmp_client_list_devices_sync(IpmpClient *self, GCancellable *cancellable, GError **error)
{
    GError *foreign = NULL;
    g_autoptr(GVariant) devices = NULL;
    GVariantBuilder builder;

    g_return_val_if_fail(IPMP_IS_CLIENT(self), NULL);
    if (!ipmp_dbus_manager_call_list_devices_sync(
            self->manager, ipmp_options_or_empty(NULL), ipmp_call_policy_flags(self->policy),
            ipmp_call_policy_timeout(self->policy), &devices, cancellable, &foreign)) {
        ipmp_error_convert(foreign, error);
        return NULL;
    }
    g_variant_builder_init(&builder, G_VARIANT_TYPE("aa{sv}"));
    for (gsize i = 0; i < g_variant_n_children(devices); i++) {
        g_autoptr(GVariant) device = g_variant_get_child_value(devices, i);
        g_variant_builder_add_value(&builder, ipmp_dictionary_name_paths(device));
    }
    return g_variant_ref_sink(g_variant_builder_end(&builder));
}

/**
 * ipmp_client_history_sync:
 * @self: a client
 * @limit: how many entries are wanted at most
 * @cancellable: (nullable): a cancellable
 * @error: an IPMP_ERROR
 *
 * Returns: (transfer full) (nullable): aa{sv}: the latest events, newest first: "sequence" t,
 *   "usec" t (wall clock), "event" s, "group" s, "interface" s, "address" s, "from" s, "to" s,
 *   "reason" s, "detail" s
 */
GVariant *ipmp_client_history_sync(IpmpClient *self, guint limit, GCancellable *cancellable,
                                   GError **error)
{
    GError *foreign = NULL;
    GVariant *events = NULL;

    g_return_val_if_fail(IPMP_IS_CLIENT(self), NULL);
    if (!ipmp_dbus_manager_call_history_sync(
            self->manager, limit, ipmp_call_policy_flags(self->policy),
            ipmp_call_policy_timeout(self->policy), &events, cancellable, &foreign))
        ipmp_error_convert(foreign, error);
    return events;
}

/**
 * ipmp_client_check_sync:
 * @self: a client
 * @cancellable: (nullable): a cancellable
 * @error: an IPMP_ERROR
 *
 * Returns: (transfer full) (nullable): aa{sv}: advice: "severity" s, "code" s, "group" s,
 *   "interface" s, "message" s, "advice" s
 */
GVariant *ipmp_client_check_sync(IpmpClient *self, GCancellable *cancellable, GError **error)
{
    GError *foreign = NULL;
    GVariant *advice = NULL;

    g_return_val_if_fail(IPMP_IS_CLIENT(self), NULL);
    if (!ipmp_dbus_manager_call_check_sync(
            self->manager, ipmp_options_or_empty(NULL), ipmp_call_policy_flags(self->policy),
            ipmp_call_policy_timeout(self->policy), &advice, cancellable, &foreign))
        ipmp_error_convert(foreign, error);
    return advice;
}

/**
 * ipmp_client_describe_sync:
 * @self: a client
 * @cancellable: (nullable): a cancellable
 * @error: an IPMP_ERROR
 *
 * Returns: (transfer full) (nullable): everything, at one moment, as a JSON document
 */
char *ipmp_client_describe_sync(IpmpClient *self, GCancellable *cancellable, GError **error)
{
    GError *foreign = NULL;
    char *json = NULL;

    g_return_val_if_fail(IPMP_IS_CLIENT(self), NULL);
    if (!ipmp_dbus_manager_call_describe_sync(self->manager, ipmp_call_policy_flags(self->policy),
                                              ipmp_call_policy_timeout(self->policy), &json,
                                              cancellable, &foreign))
        ipmp_error_convert(foreign, error);
    return json;
}

/* Floating. */
static GVariant *options_of_interfaces(const char *const *interfaces)
{
    g_auto(GVariantDict) options = G_VARIANT_DICT_INIT(NULL);

    if (interfaces != NULL)
        g_variant_dict_insert_value(&options, "interfaces", g_variant_new_strv(interfaces, -1));
    return g_variant_dict_end(&options);
}

/**
 * ipmp_client_watch_probes_sync:
 * @self: a client
 * @interfaces: (nullable) (array zero-terminated=1): names of interfaces; %NULL for all
 * @cancellable: (nullable): a cancellable
 * @error: an IPMP_ERROR
 *
 * Begins #IpmpInterface::probe-completed of these interfaces, beside those that are watched
 * already; for %NULL also of those to come. The service tells at most 100 a second and merges what
 * comes faster; it forgets who watches when it is started anew.
 *
 * Returns: whether it has begun
 */
gboolean ipmp_client_watch_probes_sync(IpmpClient *self, const char *const *interfaces,
                                       GCancellable *cancellable, GError **error)
{
    GError *foreign = NULL;

    g_return_val_if_fail(IPMP_IS_CLIENT(self), FALSE);
    if (ipmp_dbus_manager_call_watch_probes_sync(
            self->manager, options_of_interfaces(interfaces), ipmp_call_policy_flags(self->policy),
            ipmp_call_policy_timeout(self->policy), cancellable, &foreign))
        return TRUE;
    return ipmp_error_convert(foreign, error);
}

/**
 * ipmp_client_unwatch_probes_sync:
 * @self: a client
 * @interfaces: (nullable) (array zero-terminated=1): names of interfaces; %NULL for all
 * @cancellable: (nullable): a cancellable
 * @error: an IPMP_ERROR
 *
 * Ends what ipmp_client_watch_probes_sync() began, for these interfaces.
 *
 * Returns: whether it has ended
 */
gboolean ipmp_client_unwatch_probes_sync(IpmpClient *self, const char *const *interfaces,
                                         GCancellable *cancellable, GError **error)
{
    GError *foreign = NULL;

    g_return_val_if_fail(IPMP_IS_CLIENT(self), FALSE);
    if (ipmp_dbus_manager_call_unwatch_probes_sync(
            self->manager, options_of_interfaces(interfaces), ipmp_call_policy_flags(self->policy),
            ipmp_call_policy_timeout(self->policy), cancellable, &foreign))
        return TRUE;
    return ipmp_error_convert(foreign, error);
}

static void on_call_done(GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr(GTask) task = user_data;
    GError *foreign = NULL;
    GVariant *reply = g_dbus_connection_call_finish(G_DBUS_CONNECTION(source), result, &foreign);

    if (reply != NULL) {
        g_task_return_pointer(task, reply, (GDestroyNotify)g_variant_unref);
    } else {
        GError *error = NULL;
        ipmp_error_convert(foreign, &error);
        g_task_return_error(task, error);
    }
}

/**
 * ipmp_client_call:
 * @self: a client
 * @object_path: path of an object, see ipmp_path_for_group()
 * @interface_name: such as "org.ipmp.Group"
 * @method: such as "Delete"
 * @parameters: (nullable): the arguments, a tuple
 * @cancellable: (nullable): a cancellable
 * @callback: called with the answer
 * @user_data: for @callback
 *
 * Calls any method of the service without waiting for the answer.
 */
void ipmp_client_call(IpmpClient *self, const char *object_path, const char *interface_name,
                      const char *method, GVariant *parameters, GCancellable *cancellable,
                      GAsyncReadyCallback callback, gpointer user_data)
{
    GTask *task = g_task_new(self, cancellable, callback, user_data);

    g_return_if_fail(IPMP_IS_CLIENT(self));
    g_task_set_source_tag(task, ipmp_client_call);
    g_dbus_connection_call(self->connection, IPMP_BUS_NAME, object_path, interface_name, method,
                           parameters, NULL, ipmp_call_policy_flags(self->policy),
                           ipmp_call_policy_timeout(self->policy), cancellable, on_call_done, task);
}

/**
 * ipmp_client_call_finish:
 * @self: a client
 * @result: what the callback was given
 * @error: an IPMP_ERROR
 *
 * Returns: (transfer full) (nullable): the answer, a tuple
 */
GVariant *ipmp_client_call_finish(IpmpClient *self, GAsyncResult *result, GError **error)
{
    g_return_val_if_fail(g_task_is_valid(result, self), NULL);
    return g_task_propagate_pointer(G_TASK(result), error);
}

/**
 * ipmp_client_call_sync:
 * @self: a client
 * @object_path: path of an object
 * @interface_name: such as "org.ipmp.Group"
 * @method: such as "Delete"
 * @parameters: (nullable): the arguments, a tuple
 * @cancellable: (nullable): a cancellable
 * @error: an IPMP_ERROR
 *
 * Calls any method of the service, also one that is newer than this library.
 *
 * Returns: (transfer full) (nullable): the answer, a tuple
 */
GVariant *ipmp_client_call_sync(IpmpClient *self, const char *object_path,
                                const char *interface_name, const char *method,
                                GVariant *parameters, GCancellable *cancellable, GError **error)
{
    GError *foreign = NULL;
    GVariant *reply;

    g_return_val_if_fail(IPMP_IS_CLIENT(self), NULL);
    reply =
        g_dbus_connection_call_sync(self->connection, IPMP_BUS_NAME, object_path, interface_name,
                                    method, parameters, NULL, ipmp_call_policy_flags(self->policy),
                                    ipmp_call_policy_timeout(self->policy), cancellable, &foreign);
    if (reply == NULL)
        ipmp_error_convert(foreign, error);
    return reply;
}
