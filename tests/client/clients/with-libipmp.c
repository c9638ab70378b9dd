/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* with-libipmp sync|async: a client on libipmp, through the calls that wait or those that do not.
 */
#include "client.h"
#include <ipmp.h>
#include <stdio.h>
#include <string.h>

static IpmpClient *service;
static gboolean is_async;
static GAsyncResult *ready;

static void on_ready(GObject *source, GAsyncResult *result, gpointer user_data)
{
    ready = g_object_ref(result);
}

static GAsyncResult *wait_ready(void)
{
    static GAsyncResult *last;

    while (ready == NULL)
        g_main_context_iteration(NULL, TRUE);
    g_clear_object(&last);
    last = g_steal_pointer(&ready);
    return last;
}

/* The same call in both forms. */
#define CALL(base, self, ...)                                                                      \
    (is_async ? (base##_async(self, ##__VA_ARGS__, NULL, on_ready, NULL),                          \
                 base##_finish(self, wait_ready(), &error))                                        \
              : base##_sync(self, ##__VA_ARGS__, NULL, &error))

static GVariant *fail(GError **given, ClientError *told)
{
    g_autoptr(GError) error = g_steal_pointer(given);

    told->name = g_strdup(error->domain == IPMP_ERROR ? ipmp_error_to_name(error->code)
                                                      : g_quark_to_string(error->domain));
    told->message = g_strdup(error->message);
    return NULL;
}

static GVariant *done(gboolean ok, GError **error, ClientError *told)
{
    return ok ? g_variant_new_boolean(TRUE) : fail(error, told);
}

static GVariant *value(GVariant *result, GError **error, ClientError *told)
{
    return result != NULL ? result : fail(error, told);
}

static GVariant *of_group(IpmpGroup *result, GError **error, ClientError *told)
{
    g_autoptr(IpmpGroup) group = result;

    if (group == NULL)
        return fail(error, told);
    g_assert_cmpstr(ipmp_group_get_name(group), !=, "");
    return g_variant_new_string(ipmp_group_get_object_path(group));
}

static GVariant *of_interface(IpmpInterface *result, GError **error, ClientError *told)
{
    g_autoptr(IpmpInterface) interface = result;

    if (interface == NULL)
        return fail(error, told);
    g_assert_cmpstr(ipmp_interface_get_name(interface), !=, "");
    return g_variant_new_string(ipmp_interface_get_object_path(interface));
}

static GVariant *argument(GVariant *arguments, gsize i)
{
    return g_variant_get_child_value(arguments, i);
}

/* The objects that a path stands for; of one that was just made the client may not know yet. */
static IpmpGroup *group_at(const char *path)
{
    g_autofree char *name = ipmp_path_to_name(path);
    IpmpGroup *known = ipmp_client_get_group(service, name);

    return known != NULL ? g_object_ref(known)
                         : ipmp_client_find_group_sync(service, name, NULL, NULL);
}

static IpmpInterface *interface_at(const char *path)
{
    g_autofree char *name = ipmp_path_to_name(path);
    IpmpInterface *known = ipmp_client_get_interface(service, name);

    return known != NULL ? g_object_ref(known)
                         : ipmp_client_find_interface_sync(service, name, NULL, NULL);
}

#define METHOD(name) static GVariant *name(const char *path, GVariant *arguments, ClientError *told)
#define WITH_GROUP                                                                                 \
    g_autoptr(IpmpGroup) group = group_at(path);                                                   \
    GError *error = NULL;                                                                          \
    g_assert_nonnull(group)
#define WITH_INTERFACE                                                                             \
    g_autoptr(IpmpInterface) interface = interface_at(path);                                       \
    GError *error = NULL;                                                                          \
    g_assert_nonnull(interface)

METHOD(create_group)
{
    GError *error = NULL;
    g_autoptr(GVariant) options = argument(arguments, 2);
    const char *name;
    g_autofree const char **interfaces = NULL;

    g_variant_get(arguments, "(&s^a&s@a{sv})", &name, &interfaces, NULL);
    return of_group(CALL(ipmp_client_create_group, service, name, interfaces, options), &error,
                    told);
}

METHOD(get_group)
{
    GError *error = NULL;
    const char *name;

    g_variant_get(arguments, "(&s)", &name);
    return of_group(CALL(ipmp_client_find_group, service, name), &error, told);
}

METHOD(get_interface)
{
    GError *error = NULL;
    const char *name;

    g_variant_get(arguments, "(&s)", &name);
    return of_interface(CALL(ipmp_client_find_interface, service, name), &error, told);
}

METHOD(list_devices)
{
    GError *error = NULL;

    return value(CALL(ipmp_client_list_devices, service), &error, told);
}

METHOD(set_defaults)
{
    GError *error = NULL;
    g_autoptr(GVariant) settings = argument(arguments, 0);
    g_autoptr(GVariant) options = argument(arguments, 1);

    return done(CALL(ipmp_client_set_defaults, service, settings, options), &error, told);
}

METHOD(reload)
{
    GError *error = NULL;

    return done(CALL(ipmp_client_reload, service), &error, told);
}

static const char **interfaces_of(GVariant *arguments)
{
    g_autoptr(GVariant) options = argument(arguments, 0);
    const char **interfaces = NULL;

    g_variant_lookup(options, "interfaces", "^a&s", &interfaces);
    return interfaces;
}

METHOD(watch_probes)
{
    GError *error = NULL;
    g_autofree const char **interfaces = interfaces_of(arguments);

    return done(CALL(ipmp_client_watch_probes, service, interfaces), &error, told);
}

METHOD(unwatch_probes)
{
    GError *error = NULL;
    g_autofree const char **interfaces = interfaces_of(arguments);

    return done(CALL(ipmp_client_unwatch_probes, service, interfaces), &error, told);
}

METHOD(history)
{
    GError *error = NULL;
    guint limit;

    g_variant_get(arguments, "(u)", &limit);
    return value(CALL(ipmp_client_history, service, limit), &error, told);
}

METHOD(check)
{
    GError *error = NULL;

    return value(CALL(ipmp_client_check, service), &error, told);
}

METHOD(describe)
{
    GError *error = NULL;
    g_autofree char *json = CALL(ipmp_client_describe, service);

    return json != NULL ? g_variant_new_string(json) : fail(&error, told);
}

METHOD(add_interface)
{
    WITH_GROUP;
    g_autoptr(GVariant) options = argument(arguments, 1);
    const char *name;

    g_variant_get(arguments, "(&s@a{sv})", &name, NULL);
    return of_interface(CALL(ipmp_group_add_interface, group, name, options), &error, told);
}

METHOD(remove_interface)
{
    WITH_GROUP;
    g_autoptr(GVariant) options = argument(arguments, 1);
    const char *name;

    g_variant_get(arguments, "(&s@a{sv})", &name, NULL);
    return done(CALL(ipmp_group_remove_interface, group, name, options), &error, told);
}

METHOD(add_address)
{
    WITH_GROUP;
    g_autoptr(GVariant) options = argument(arguments, 1);
    const char *address;

    g_variant_get(arguments, "(&s@a{sv})", &address, NULL);
    return done(CALL(ipmp_group_add_address, group, address, options), &error, told);
}

METHOD(remove_address)
{
    WITH_GROUP;
    g_autoptr(GVariant) options = argument(arguments, 1);
    const char *address;

    g_variant_get(arguments, "(&s@a{sv})", &address, NULL);
    return done(CALL(ipmp_group_remove_address, group, address, options), &error, told);
}

METHOD(configure)
{
    WITH_GROUP;
    g_autoptr(GVariant) settings = argument(arguments, 0);
    g_autoptr(GVariant) options = argument(arguments, 1);

    return done(CALL(ipmp_group_configure, group, settings, options), &error, told);
}

METHOD(save)
{
    WITH_GROUP;

    return done(CALL(ipmp_group_save, group), &error, told);
}

METHOD(delete)
{
    WITH_GROUP;
    g_autoptr(GVariant) options = argument(arguments, 0);

    return done(CALL(ipmp_group_delete, group, options), &error, told);
}

METHOD(offline)
{
    WITH_INTERFACE;
    g_autoptr(GVariant) options = argument(arguments, 0);

    return done(CALL(ipmp_interface_offline, interface, options), &error, told);
}

METHOD(online)
{
    WITH_INTERFACE;
    g_autoptr(GVariant) options = argument(arguments, 0);

    return done(CALL(ipmp_interface_online, interface, options), &error, told);
}

METHOD(set_standby)
{
    WITH_INTERFACE;
    g_autoptr(GVariant) options = argument(arguments, 1);
    gboolean standby;

    g_variant_get(arguments, "(b@a{sv})", &standby, NULL);
    return done(CALL(ipmp_interface_set_standby, interface, standby, options), &error, told);
}

METHOD(set_test_addresses)
{
    WITH_INTERFACE;
    g_autoptr(GVariant) options = argument(arguments, 1);
    g_autofree const char **addresses = NULL;

    g_variant_get(arguments, "(^a&s@a{sv})", &addresses, NULL);
    return done(CALL(ipmp_interface_set_test_addresses, interface, addresses, options), &error,
                told);
}

METHOD(get_targets)
{
    WITH_INTERFACE;

    return value(CALL(ipmp_interface_get_targets, interface), &error, told);
}

METHOD(get_statistics)
{
    WITH_INTERFACE;

    return value(CALL(ipmp_interface_get_statistics, interface), &error, told);
}

static const ClientMethod methods[] = {
    {"Manager.CreateGroup", "(sasa{sv})", create_group},
    {"Manager.GetGroup", "(s)", get_group},
    {"Manager.GetInterface", "(s)", get_interface},
    {"Manager.ListDevices", "(a{sv})", list_devices},
    {"Manager.SetDefaults", "(a{sv}a{sv})", set_defaults},
    {"Manager.Reload", "(a{sv})", reload},
    {"Manager.WatchProbes", "(a{sv})", watch_probes},
    {"Manager.UnwatchProbes", "(a{sv})", unwatch_probes},
    {"Manager.History", "(u)", history},
    {"Manager.Check", "(a{sv})", check},
    {"Manager.Describe", "()", describe},
    {"Group.AddInterface", "(sa{sv})", add_interface},
    {"Group.RemoveInterface", "(sa{sv})", remove_interface},
    {"Group.AddAddress", "(sa{sv})", add_address},
    {"Group.RemoveAddress", "(sa{sv})", remove_address},
    {"Group.Configure", "(a{sv}a{sv})", configure},
    {"Group.Save", "(a{sv})", save},
    {"Group.Delete", "(a{sv})", delete},
    {"Interface.Offline", "(a{sv})", offline},
    {"Interface.Online", "(a{sv})", online},
    {"Interface.SetStandby", "(ba{sv})", set_standby},
    {"Interface.SetTestAddresses", "(asa{sv})", set_test_addresses},
    {"Interface.GetTargets", "()", get_targets},
    {"Interface.GetStatistics", "()", get_statistics},
    {NULL, NULL, NULL},
};

/* "state-since-usec" -> "StateSinceUSec" */
static char *member_of(const char *type, const char *property)
{
    GString *member = g_string_new(type);
    g_auto(GStrv) words = g_strsplit(property, "-", -1);

    g_string_append_c(member, '.');
    for (guint i = 0; words[i] != NULL; i++) {
        if (strcmp(words[i], "usec") == 0 || strcmp(words[i], "msec") == 0) {
            g_string_append(member, *words[i] == 'u' ? "USec" : "MSec");
        } else {
            g_string_append_c(member, g_ascii_toupper(*words[i]));
            g_string_append(member, words[i] + 1);
        }
    }
    return g_string_free(member, FALSE);
}

static GParamSpec *spec_of(GObjectClass *class, const char *type, const char *member)
{
    guint n;
    g_autofree GParamSpec **specs = g_object_class_list_properties(class, &n);

    for (guint i = 0; i < n; i++) {
        g_autofree char *name = member_of(type, specs[i]->name);
        if (strcmp(name, member) == 0)
            return specs[i];
    }
    return NULL;
}

static GVariant *variant_of(const GValue *gvalue)
{
    if (G_VALUE_HOLDS_BOOLEAN(gvalue))
        return g_variant_new_boolean(g_value_get_boolean(gvalue));
    if (G_VALUE_HOLDS_UINT(gvalue))
        return g_variant_new_uint32(g_value_get_uint(gvalue));
    if (G_VALUE_HOLDS_UINT64(gvalue))
        return g_variant_new_uint64(g_value_get_uint64(gvalue));
    if (G_VALUE_HOLDS_STRING(gvalue))
        return g_variant_new_string(g_value_get_string(gvalue));
    if (G_VALUE_HOLDS(gvalue, G_TYPE_STRV))
        return g_variant_new_strv(g_value_get_boxed(gvalue), -1);
    return g_value_dup_variant(gvalue);
}

static GVariant *names_of(GPtrArray *objects)
{
    g_autoptr(GPtrArray) owned = objects;
    GVariantBuilder builder;

    g_variant_builder_init(&builder, G_VARIANT_TYPE("as"));
    for (guint i = 0; i < owned->len; i++) {
        g_autofree char *name = NULL;
        g_object_get(owned->pdata[i], "name", &name, NULL);
        g_variant_builder_add(&builder, "s", name);
    }
    return g_variant_builder_end(&builder);
}

static GVariant *get(const char *member, const char *path, ClientError *told)
{
    g_auto(GStrv) parts = g_strsplit(member, ".", 2);
    g_autoptr(GObject) object = NULL;
    g_auto(GValue) gvalue = G_VALUE_INIT;

    if (strcmp(member, "Manager.Groups") == 0)
        return names_of(ipmp_client_dup_groups(service));
    if (strcmp(member, "Manager.Interfaces") == 0)
        return names_of(ipmp_client_dup_interfaces(service));
    if (strcmp(parts[0], "Manager") == 0)
        object = g_object_ref(G_OBJECT(service));
    else if (strcmp(parts[0], "Group") == 0)
        object = G_OBJECT(group_at(path));
    else
        object = G_OBJECT(interface_at(path));
    g_assert_nonnull(object);
    GParamSpec *spec = spec_of(G_OBJECT_GET_CLASS(object), parts[0], member);
    if (spec == NULL) {
        told->name = g_strdup("no row");
        told->message = g_strdup(member);
        return NULL;
    }
    g_object_get_property(object, spec->name, &gvalue);
    return variant_of(&gvalue);
}

/* Signals of our own names that stand for those of the bus, and what is a property of the bus. */
static char **list_others(void)
{
    static const char *const signals[] = {"Manager.Event",          "Group.AddressMoved",
                                          "Group.Failed",           "Group.Repaired",
                                          "Interface.StateChanged", "Interface.ProbeCompleted"};
    static const char *const names[] = {"Manager", "Group", "Interface"};
    const GType types[] = {IPMP_TYPE_CLIENT, IPMP_TYPE_GROUP, IPMP_TYPE_INTERFACE};
    g_autoptr(GStrvBuilder) all = g_strv_builder_new();

    for (guint i = 0; i < G_N_ELEMENTS(types); i++) {
        g_autoptr(GTypeClass) class = g_type_class_ref(types[i]);
        guint n;
        g_autofree GParamSpec **specs = g_object_class_list_properties(G_OBJECT_CLASS(class), &n);
        for (guint k = 0; k < n; k++) {
            g_autofree char *member = member_of(names[i], specs[k]->name);
            g_strv_builder_add(all, member);
        }
    }
    g_strv_builder_add_many(all, "Manager.Groups", "Manager.Interfaces", NULL);
    for (guint i = 0; i < G_N_ELEMENTS(signals); i++)
        g_strv_builder_add(all, signals[i]);
    return g_strv_builder_end(all);
}

static void on_event(IpmpClient *client, GVariant *event)
{
    client_tell_signal("Manager.Event", "/org/ipmp", g_variant_new("(@a{sv})", event));
}

static void on_probe_completed(IpmpClient *client, IpmpInterface *interface, GVariant *probe)
{
    client_tell_signal("Interface.ProbeCompleted", ipmp_interface_get_object_path(interface),
                       g_variant_new("(@a{sv})", probe));
}

static void on_address_moved(IpmpGroup *group, const char *address, const char *from,
                             const char *to, const char *reason)
{
    client_tell_signal("Group.AddressMoved", ipmp_group_get_object_path(group),
                       g_variant_new("(ssss)", address, from, to, reason));
}

static void on_failed(IpmpGroup *group)
{
    client_tell_signal("Group.Failed", ipmp_group_get_object_path(group), g_variant_new("()"));
}

static void on_repaired(IpmpGroup *group)
{
    client_tell_signal("Group.Repaired", ipmp_group_get_object_path(group), g_variant_new("()"));
}

static void on_state_changed(IpmpInterface *interface, const char *old, const char *new,
                             const char *reason)
{
    client_tell_signal("Interface.StateChanged", ipmp_interface_get_object_path(interface),
                       g_variant_new("(sss)", old, new, reason));
}

static void on_notify(GObject *object, GParamSpec *spec)
{
    g_autofree char *path = NULL;

    g_object_get(object, "object-path", &path, NULL);
    client_tell_signal("notify", path, g_variant_new("(s)", spec->name));
}

static void watch(void)
{
    g_autoptr(GPtrArray) groups = ipmp_client_dup_groups(service);
    g_autoptr(GPtrArray) interfaces = ipmp_client_dup_interfaces(service);

    g_signal_connect(service, "event", G_CALLBACK(on_event), NULL);
    g_signal_connect(service, "probe-completed", G_CALLBACK(on_probe_completed), NULL);
    for (guint i = 0; i < groups->len; i++) {
        g_signal_connect(groups->pdata[i], "address-moved", G_CALLBACK(on_address_moved), NULL);
        g_signal_connect(groups->pdata[i], "failed", G_CALLBACK(on_failed), NULL);
        g_signal_connect(groups->pdata[i], "repaired", G_CALLBACK(on_repaired), NULL);
        g_signal_connect(groups->pdata[i], "notify", G_CALLBACK(on_notify), NULL);
    }
    for (guint i = 0; i < interfaces->len; i++) {
        g_signal_connect(interfaces->pdata[i], "state-changed", G_CALLBACK(on_state_changed), NULL);
        g_signal_connect(interfaces->pdata[i], "notify", G_CALLBACK(on_notify), NULL);
    }
}

static void settle(void)
{
}

int main(int argc, char **argv)
{
    static const Client client = {methods, list_others, get, watch, settle};
    GError *error = NULL;

    is_async = argc > 1 && strcmp(argv[1], "async") == 0;
    if (is_async) {
        ipmp_client_new_async(NULL, NULL, on_ready, NULL);
        service = ipmp_client_new_finish(wait_ready(), &error);
    } else {
        service = ipmp_client_new_sync(NULL, NULL, &error);
    }
    if (service == NULL) {
        fprintf(stderr, "with-libipmp: %s\n", error->message);
        return 1;
    }
    client_run(&client);
    g_object_unref(service);
    return 0;
}
