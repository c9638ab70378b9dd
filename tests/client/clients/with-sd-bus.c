/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* with-sd-bus sync|async: a client on <ipmp/ipmp-sd-bus.h>; GLib serves for input and output alone.
 * This file is compiled as C11 and as C++17. */
#include <ipmp-sd-bus.h>

#include <glib-unix.h>
#include <stdio.h>

G_BEGIN_DECLS
#include "client.h"
G_END_DECLS

static sd_bus *bus;
static int is_async;
static sd_bus_message *answer;
static GPtrArray *memory, *variants; /* what lives until the call is over */

static GVariant *fail(sd_bus_error *error, int r, ClientError *told)
{
    told->name = g_strdup(error->name != NULL ? error->name : "errno");
    told->message = g_strdup(error->message != NULL ? error->message : g_strerror(-r));
    sd_bus_error_free(error);
    return NULL;
}

static GVariant *done(int r, sd_bus_error *error, ClientError *told)
{
    return r >= 0 ? g_variant_new_boolean(TRUE) : fail(error, r, told);
}

static GVariant *string(int r, char *text, sd_bus_error *error, ClientError *told)
{
    GVariant *value = r >= 0 ? g_variant_new_string(text) : fail(error, r, told);

    free(text);
    return value;
}

static GVariant *strings(int r, char **texts, sd_bus_error *error, ClientError *told)
{
    GVariant *value =
        r >= 0 ? g_variant_new_strv((const char *const *)texts, -1) : fail(error, r, told);

    ipmp_sd_strv_free(texts);
    return value;
}

static GVariant *entry_value(const IpmpSdEntry *entry)
{
    switch (entry->type) {
    case 's':
        return g_variant_new_string(entry->string);
    case 'b':
        return g_variant_new_boolean(entry->boolean);
    case 'u':
        return g_variant_new_uint32(entry->number);
    case 't':
        return g_variant_new_uint64(entry->number64);
    default:
        return g_variant_new_strv((const char *const *)entry->strings,
                                  entry->strings != NULL ? -1 : 0);
    }
}

/* Of the dictionary that was entered. */
static GVariant *dictionary(sd_bus_message *m)
{
    IpmpSdEntry entry = ipmp_sd_no_entry();
    GVariantBuilder builder;
    int r;

    g_variant_builder_init(&builder, G_VARIANT_TYPE_VARDICT);
    while ((r = ipmp_sd_next_entry(m, &entry)) > 0)
        g_variant_builder_add(&builder, "{sv}", entry.name, entry_value(&entry));
    g_assert_cmpint(r, ==, 0);
    return g_variant_builder_end(&builder);
}

static GVariant *rows(int r, sd_bus_message *m, sd_bus_error *error, ClientError *told)
{
    GVariantBuilder builder;

    if (r < 0)
        return fail(error, r, told);
    g_variant_builder_init(&builder, G_VARIANT_TYPE("aa{sv}"));
    while ((r = ipmp_sd_next_dictionary(m)) > 0)
        g_variant_builder_add_value(&builder, dictionary(m));
    g_assert_cmpint(r, ==, 0);
    sd_bus_message_unref(m);
    return g_variant_builder_end(&builder);
}

static GVariant *counters(int r, sd_bus_message *m, sd_bus_error *error, ClientError *told)
{
    GVariantBuilder builder;
    const char *name = NULL;
    uint64_t count = 0;

    if (r < 0)
        return fail(error, r, told);
    g_variant_builder_init(&builder, G_VARIANT_TYPE("a{st}"));
    while ((r = ipmp_sd_next_counter(m, &name, &count)) > 0)
        g_variant_builder_add(&builder, "{st}", name, count);
    g_assert_cmpint(r, ==, 0);
    sd_bus_message_unref(m);
    return g_variant_builder_end(&builder);
}

/* ---- arguments ---- */
static GVariant *child(GVariant *container, gsize i)
{
    GVariant *value = g_variant_get_child_value(container, i);

    g_ptr_array_add(variants, value);
    return value;
}

static const char *text(GVariant *container, gsize i)
{
    return g_variant_get_string(child(container, i), NULL);
}

static const char *const *texts(GVariant *value)
{
    const char **array = g_variant_get_strv(value, NULL);

    g_ptr_array_add(memory, (gpointer)array);
    return array;
}

static const IpmpSdOption *options_of(GVariant *dict, size_t *n);

static IpmpSdOption members_of(const char *name, GVariant *settings)
{
    size_t n = g_variant_n_children(settings);
    IpmpSdMember *members = g_new0(IpmpSdMember, n);

    g_ptr_array_add(memory, members);
    for (size_t i = 0; i < n; i++) {
        GVariant *pair = child(settings, i);
        members[i].name = text(pair, 0);
        members[i].options = options_of(child(pair, 1), &members[i].n_options);
    }
    return ipmp_sd_members(name, members, n);
}

static IpmpSdOption option_of(const char *name, GVariant *value)
{
    if (g_variant_is_of_type(value, G_VARIANT_TYPE_BOOLEAN))
        return ipmp_sd_boolean(name, g_variant_get_boolean(value));
    if (g_variant_is_of_type(value, G_VARIANT_TYPE_UINT32))
        return ipmp_sd_number(name, g_variant_get_uint32(value));
    if (g_variant_is_of_type(value, G_VARIANT_TYPE_STRING))
        return ipmp_sd_string(name, g_variant_get_string(value, NULL));
    if (g_variant_is_of_type(value, G_VARIANT_TYPE_STRING_ARRAY))
        return ipmp_sd_strings(name, texts(value));
    return members_of(name, value);
}

static const IpmpSdOption *options_of(GVariant *dict, size_t *n)
{
    IpmpSdOption *options;

    *n = g_variant_n_children(dict);
    options = g_new0(IpmpSdOption, *n);
    g_ptr_array_add(memory, options);
    for (size_t i = 0; i < *n; i++) {
        GVariant *pair = child(dict, i);
        options[i] = option_of(text(pair, 0), child(child(pair, 1), 0));
    }
    return options;
}

#define OPTIONS(name, i)                                                                           \
    size_t n_##name;                                                                               \
    const IpmpSdOption *name = options_of(child(arguments, i), &n_##name)

/* ---- calls ---- */
static int on_answer(sd_bus_message *m, void *data, sd_bus_error *error)
{
    answer = sd_bus_message_ref(m);
    return 0;
}

/* Until the answer is there to what was begun with `r`. */
static int wait_answer(int r, sd_bus_error *error)
{
    while (r >= 0 && answer == NULL) {
        r = sd_bus_process(bus, NULL);
        if (r == 0 && answer == NULL)
            r = sd_bus_wait(bus, UINT64_MAX);
    }
    if (r >= 0 && sd_bus_message_is_method_error(answer, NULL)) {
        sd_bus_error_copy(error, sd_bus_message_get_error(answer));
        return -sd_bus_message_get_errno(answer);
    }
    return r;
}

static int read_or_fail(int r, int (*read)(sd_bus_message *), sd_bus_message **ret)
{
    if (r >= 0)
        r = read(answer);
    if (r >= 0)
        *ret = sd_bus_message_ref(answer);
    return r;
}

/* The start of an async call; forget what the one before was answered. */
#define BEGIN(base, ...)                                                                           \
    (answer = sd_bus_message_unref(answer),                                                        \
     wait_answer(base##_async(bus, NULL, ##__VA_ARGS__, on_answer, NULL), &error))
/* Nothing comes back, a string, or what is read piece by piece. */
#define CALL(base, ...) (is_async ? BEGIN(base, ##__VA_ARGS__) : base(bus, ##__VA_ARGS__, &error))
#define CALL_STRING(base, ...)                                                                     \
    (is_async ? ((r = BEGIN(base, ##__VA_ARGS__)) < 0 ? r : base##_read(answer, &ret))             \
              : base(bus, ##__VA_ARGS__, &error, &ret))
#define CALL_PIECES(base, ...)                                                                     \
    (is_async ? read_or_fail(BEGIN(base, ##__VA_ARGS__), base##_read, &ret)                        \
              : base(bus, ##__VA_ARGS__, &error, &ret))

#define METHOD(name) static GVariant *name(const char *path, GVariant *arguments, ClientError *told)
#define ERROR sd_bus_error error = SD_BUS_ERROR_NULL
#define STRING                                                                                     \
    ERROR;                                                                                         \
    int r;                                                                                         \
    char *ret = NULL
#define PIECES                                                                                     \
    ERROR;                                                                                         \
    int r;                                                                                         \
    sd_bus_message *ret = NULL

METHOD(create_group)
{
    STRING;
    const char *name = text(arguments, 0);
    const char *const *interfaces = texts(child(arguments, 1));
    OPTIONS(options, 2);

    r = CALL_STRING(ipmp_sd_manager_create_group, name, interfaces, options, n_options);
    return string(r, ret, &error, told);
}

METHOD(get_group)
{
    STRING;

    r = CALL_STRING(ipmp_sd_manager_get_group, text(arguments, 0));
    return string(r, ret, &error, told);
}

METHOD(get_interface)
{
    STRING;

    r = CALL_STRING(ipmp_sd_manager_get_interface, text(arguments, 0));
    return string(r, ret, &error, told);
}

METHOD(list_devices)
{
    PIECES;
    OPTIONS(options, 0);

    r = CALL_PIECES(ipmp_sd_manager_list_devices, options, n_options);
    return rows(r, ret, &error, told);
}

METHOD(set_defaults)
{
    ERROR;
    OPTIONS(settings, 0);
    OPTIONS(options, 1);

    return done(CALL(ipmp_sd_manager_set_defaults, settings, n_settings, options, n_options),
                &error, told);
}

METHOD(reload)
{
    ERROR;
    OPTIONS(options, 0);

    return done(CALL(ipmp_sd_manager_reload, options, n_options), &error, told);
}

METHOD(watch_probes)
{
    ERROR;
    OPTIONS(options, 0);

    return done(CALL(ipmp_sd_manager_watch_probes, options, n_options), &error, told);
}

METHOD(unwatch_probes)
{
    ERROR;
    OPTIONS(options, 0);

    return done(CALL(ipmp_sd_manager_unwatch_probes, options, n_options), &error, told);
}

METHOD(history)
{
    PIECES;

    r = CALL_PIECES(ipmp_sd_manager_history, g_variant_get_uint32(child(arguments, 0)));
    return rows(r, ret, &error, told);
}

METHOD(check)
{
    PIECES;
    OPTIONS(options, 0);

    r = CALL_PIECES(ipmp_sd_manager_check, options, n_options);
    return rows(r, ret, &error, told);
}

METHOD(describe)
{
    STRING;

    r = CALL_STRING(ipmp_sd_manager_describe);
    return string(r, ret, &error, told);
}

METHOD(add_interface)
{
    STRING;
    OPTIONS(options, 1);

    r = CALL_STRING(ipmp_sd_group_add_interface, path, text(arguments, 0), options, n_options);
    return string(r, ret, &error, told);
}

METHOD(remove_interface)
{
    ERROR;
    OPTIONS(options, 1);

    return done(CALL(ipmp_sd_group_remove_interface, path, text(arguments, 0), options, n_options),
                &error, told);
}

METHOD(add_address)
{
    ERROR;
    OPTIONS(options, 1);

    return done(CALL(ipmp_sd_group_add_address, path, text(arguments, 0), options, n_options),
                &error, told);
}

METHOD(remove_address)
{
    ERROR;
    OPTIONS(options, 1);

    return done(CALL(ipmp_sd_group_remove_address, path, text(arguments, 0), options, n_options),
                &error, told);
}

METHOD(configure)
{
    ERROR;
    OPTIONS(settings, 0);
    OPTIONS(options, 1);

    return done(CALL(ipmp_sd_group_configure, path, settings, n_settings, options, n_options),
                &error, told);
}

METHOD(save)
{
    ERROR;
    OPTIONS(options, 0);

    return done(CALL(ipmp_sd_group_save, path, options, n_options), &error, told);
}

METHOD(delete_group)
{
    ERROR;
    OPTIONS(options, 0);

    return done(CALL(ipmp_sd_group_delete, path, options, n_options), &error, told);
}

METHOD(offline)
{
    ERROR;
    OPTIONS(options, 0);

    return done(CALL(ipmp_sd_interface_offline, path, options, n_options), &error, told);
}

METHOD(online)
{
    ERROR;
    OPTIONS(options, 0);

    return done(CALL(ipmp_sd_interface_online, path, options, n_options), &error, told);
}

METHOD(set_standby)
{
    ERROR;
    OPTIONS(options, 1);

    return done(CALL(ipmp_sd_interface_set_standby, path,
                     g_variant_get_boolean(child(arguments, 0)), options, n_options),
                &error, told);
}

METHOD(set_test_addresses)
{
    ERROR;
    OPTIONS(options, 1);

    return done(CALL(ipmp_sd_interface_set_test_addresses, path, texts(child(arguments, 0)),
                     options, n_options),
                &error, told);
}

METHOD(get_targets)
{
    PIECES;

    r = CALL_PIECES(ipmp_sd_interface_get_targets, path);
    return rows(r, ret, &error, told);
}

METHOD(get_statistics)
{
    PIECES;

    r = CALL_PIECES(ipmp_sd_interface_get_statistics, path);
    return counters(r, ret, &error, told);
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
    {"Group.Delete", "(a{sv})", delete_group},
    {"Interface.Offline", "(a{sv})", offline},
    {"Interface.Online", "(a{sv})", online},
    {"Interface.SetStandby", "(ba{sv})", set_standby},
    {"Interface.SetTestAddresses", "(asa{sv})", set_test_addresses},
    {"Interface.GetTargets", "()", get_targets},
    {"Interface.GetStatistics", "()", get_statistics},
    {NULL, NULL, NULL},
};

/* ---- properties ---- */
typedef struct {
    const char *member;
    const char *type;
    void (*read)(void); /* the reader, whose shape follows from the type and from having a path */
} Property;

#define READER(f) ((void (*)(void))f)

static const Property properties[] = {
    {"Manager.Version", "s", READER(ipmp_sd_manager_prop_version)},
    {"Manager.State", "s", READER(ipmp_sd_manager_prop_state)},
    {"Manager.Groups", "ao", READER(ipmp_sd_manager_prop_groups)},
    {"Manager.Interfaces", "ao", READER(ipmp_sd_manager_prop_interfaces)},
    {"Manager.DefaultFailureDetectionMSec", "u",
     READER(ipmp_sd_manager_prop_default_failure_detection_msec)},
    {"Manager.DefaultFailback", "b", READER(ipmp_sd_manager_prop_default_failback)},
    {"Manager.TrackUngrouped", "b", READER(ipmp_sd_manager_prop_track_ungrouped)},
    {"Manager.LinkPollMSec", "u", READER(ipmp_sd_manager_prop_link_poll_msec)},
    {"Manager.ConfigErrors", "as", READER(ipmp_sd_manager_prop_config_errors)},
    {"Group.Name", "s", READER(ipmp_sd_group_prop_name)},
    {"Group.State", "s", READER(ipmp_sd_group_prop_state)},
    {"Group.Reason", "s", READER(ipmp_sd_group_prop_reason)},
    {"Group.Anonymous", "b", READER(ipmp_sd_group_prop_anonymous)},
    {"Group.Temporary", "b", READER(ipmp_sd_group_prop_temporary)},
    {"Group.ConfigPath", "s", READER(ipmp_sd_group_prop_config_path)},
    {"Group.FailureDetectionMSec", "u", READER(ipmp_sd_group_prop_failure_detection_msec)},
    {"Group.FailureDetectionInherited", "b",
     READER(ipmp_sd_group_prop_failure_detection_inherited)},
    {"Group.CurrentFailureDetectionMSec", "u",
     READER(ipmp_sd_group_prop_current_failure_detection_msec)},
    {"Group.Failback", "b", READER(ipmp_sd_group_prop_failback)},
    {"Group.FailbackInherited", "b", READER(ipmp_sd_group_prop_failback_inherited)},
    {"Group.ProbeMethod", "s", READER(ipmp_sd_group_prop_probe_method)},
    {"Group.ProbeTargets", "as", READER(ipmp_sd_group_prop_probe_targets)},
    {"Group.ProbeTargetsOnly", "b", READER(ipmp_sd_group_prop_probe_targets_only)},
    {"Group.ProbeFailures", "u", READER(ipmp_sd_group_prop_probe_failures)},
    {"Group.ProbeRepairs", "u", READER(ipmp_sd_group_prop_probe_repairs)},
    {"Group.RepairDelayMSec", "u", READER(ipmp_sd_group_prop_repair_delay_msec)},
    {"Group.Interfaces", "ao", READER(ipmp_sd_group_prop_interfaces)},
    {"Group.ActiveInterfaces", "ao", READER(ipmp_sd_group_prop_active_interfaces)},
    {"Group.InactiveInterfaces", "ao", READER(ipmp_sd_group_prop_inactive_interfaces)},
    {"Group.Addresses", "aa{sv}", READER(ipmp_sd_group_prop_addresses)},
    {"Group.Failovers", "t", READER(ipmp_sd_group_prop_failovers)},
    {"Group.LastFailoverUSec", "t", READER(ipmp_sd_group_prop_last_failover_usec)},
    {"Interface.Name", "s", READER(ipmp_sd_interface_prop_name)},
    {"Interface.Index", "u", READER(ipmp_sd_interface_prop_index)},
    {"Interface.HardwareAddress", "s", READER(ipmp_sd_interface_prop_hardware_address)},
    {"Interface.Group", "o", READER(ipmp_sd_interface_prop_group)},
    {"Interface.State", "s", READER(ipmp_sd_interface_prop_state)},
    {"Interface.LinkState", "s", READER(ipmp_sd_interface_prop_link_state)},
    {"Interface.ProbeState", "s", READER(ipmp_sd_interface_prop_probe_state)},
    {"Interface.Active", "b", READER(ipmp_sd_interface_prop_active)},
    {"Interface.Standby", "b", READER(ipmp_sd_interface_prop_standby)},
    {"Interface.Reason", "s", READER(ipmp_sd_interface_prop_reason)},
    {"Interface.StateSinceUSec", "t", READER(ipmp_sd_interface_prop_state_since_usec)},
    {"Interface.HoldUntilUSec", "t", READER(ipmp_sd_interface_prop_hold_until_usec)},
    {"Interface.Flags", "as", READER(ipmp_sd_interface_prop_flags)},
    {"Interface.TestAddresses", "as", READER(ipmp_sd_interface_prop_test_addresses)},
    {"Interface.Addresses", "as", READER(ipmp_sd_interface_prop_addresses)},
    {"Interface.TargetMode", "s", READER(ipmp_sd_interface_prop_target_mode)},
    {"Interface.Targets", "as", READER(ipmp_sd_interface_prop_targets)},
};

/* Calls a reader with or without a path. */
#define READ(type, ret)                                                                            \
    (strncmp(row->member, "Manager.", 8) == 0                                                      \
         ? ((int (*)(sd_bus *, sd_bus_error *, type))row->read)(bus, &error, ret)                  \
         : ((int (*)(sd_bus *, const char *, sd_bus_error *, type))row->read)(bus, path, &error,   \
                                                                              ret))

static GVariant *read_property(const Property *row, const char *path, ClientError *told)
{
    ERROR;

    if (strcmp(row->type, "s") == 0 || strcmp(row->type, "o") == 0) {
        char *ret = NULL;
        int r = READ(char **, &ret);
        return string(r, ret, &error, told);
    }
    if (strcmp(row->type, "as") == 0 || strcmp(row->type, "ao") == 0) {
        char **ret = NULL;
        int r = READ(char ***, &ret);
        return strings(r, ret, &error, told);
    }
    if (strcmp(row->type, "b") == 0) {
        int ret = 0, r = READ(int *, &ret);
        return r < 0 ? fail(&error, r, told) : g_variant_new_boolean(ret);
    }
    if (strcmp(row->type, "u") == 0) {
        uint32_t ret = 0;
        int r = READ(uint32_t *, &ret);
        return r < 0 ? fail(&error, r, told) : g_variant_new_uint32(ret);
    }
    if (strcmp(row->type, "t") == 0) {
        uint64_t ret = 0;
        int r = READ(uint64_t *, &ret);
        return r < 0 ? fail(&error, r, told) : g_variant_new_uint64(ret);
    }
    sd_bus_message *ret = NULL;
    int r = READ(sd_bus_message **, &ret);
    return rows(r, ret, &error, told);
}

static GVariant *get(const char *member, const char *path, ClientError *told)
{
    for (size_t i = 0; i < G_N_ELEMENTS(properties); i++)
        if (strcmp(properties[i].member, member) == 0)
            return read_property(&properties[i], path, told);
    told->name = g_strdup("no row");
    told->message = g_strdup(member);
    return NULL;
}

/* ---- signals ---- */
static int on_event(sd_bus_message *m, void *data, sd_bus_error *error)
{
    int r = ipmp_sd_manager_read_event(m);

    g_assert_cmpint(r, >=, 0);
    client_tell_signal("Manager.Event", sd_bus_message_get_path(m),
                       g_variant_new("(@a{sv})", dictionary(m)));
    return 0;
}

static int on_address_moved(sd_bus_message *m, void *data, sd_bus_error *error)
{
    const char *address = NULL, *from = NULL, *to = NULL, *reason = NULL;
    int r = ipmp_sd_group_read_address_moved(m, &address, &from, &to, &reason);

    g_assert_cmpint(r, >=, 0);
    client_tell_signal("Group.AddressMoved", sd_bus_message_get_path(m),
                       g_variant_new("(ssss)", address, from, to, reason));
    return 0;
}

static int on_failed(sd_bus_message *m, void *data, sd_bus_error *error)
{
    client_tell_signal("Group.Failed", sd_bus_message_get_path(m), g_variant_new("()"));
    return 0;
}

static int on_repaired(sd_bus_message *m, void *data, sd_bus_error *error)
{
    client_tell_signal("Group.Repaired", sd_bus_message_get_path(m), g_variant_new("()"));
    return 0;
}

static int on_state_changed(sd_bus_message *m, void *data, sd_bus_error *error)
{
    const char *was = NULL, *is = NULL, *reason = NULL;
    int r = ipmp_sd_interface_read_state_changed(m, &was, &is, &reason);

    g_assert_cmpint(r, >=, 0);
    client_tell_signal("Interface.StateChanged", sd_bus_message_get_path(m),
                       g_variant_new("(sss)", was, is, reason));
    return 0;
}

static int on_probe_completed(sd_bus_message *m, void *data, sd_bus_error *error)
{
    const char *target = NULL, *result = NULL;
    uint64_t sequence = 0, sent = 0, network_rtt = 0, rtt = 0, average = 0, deviation = 0;
    int r = ipmp_sd_interface_read_probe_completed(m, &sequence, &target, &result, &sent,
                                                   &network_rtt, &rtt, &average, &deviation);

    g_assert_cmpint(r, >=, 0);
    client_tell_signal("Interface.ProbeCompleted", sd_bus_message_get_path(m),
                       g_variant_new("(tssttttt)", sequence, target, result, sent, network_rtt, rtt,
                                     average, deviation));
    return 0;
}

static int on_properties_changed(sd_bus_message *m, void *data, sd_bus_error *error)
{
    IpmpSdEntry entry = ipmp_sd_no_entry();
    int r = sd_bus_message_skip(m, "s");

    if (r >= 0)
        r = ipmp_sd_enter(m, "{sv}");
    while (r >= 0 && (r = ipmp_sd_next_entry(m, &entry)) > 0)
        client_tell_signal("notify", sd_bus_message_get_path(m), g_variant_new("(s)", entry.name));
    ipmp_sd_entry_clear(&entry);
    return 0;
}

static int on_interfaces_added(sd_bus_message *m, void *data, sd_bus_error *error)
{
    client_tell_signal("added", sd_bus_message_get_path(m), g_variant_new("()"));
    return 0;
}

static int on_interfaces_removed(sd_bus_message *m, void *data, sd_bus_error *error)
{
    client_tell_signal("removed", sd_bus_message_get_path(m), g_variant_new("()"));
    return 0;
}

static char **list_others(void)
{
    static const char *const signals[] = {"Manager.Event",          "Group.AddressMoved",
                                          "Group.Failed",           "Group.Repaired",
                                          "Interface.StateChanged", "Interface.ProbeCompleted"};
    GStrvBuilder *all = g_strv_builder_new();
    char **names;

    for (size_t i = 0; i < G_N_ELEMENTS(properties); i++)
        g_strv_builder_add(all, properties[i].member);
    for (size_t i = 0; i < G_N_ELEMENTS(signals); i++)
        g_strv_builder_add(all, signals[i]);
    names = g_strv_builder_end(all);
    g_strv_builder_unref(all);
    return names;
}

static void watch(void)
{
    const int r[] = {
        ipmp_sd_manager_match_event(bus, NULL, on_event, NULL),
        ipmp_sd_group_match_address_moved(bus, NULL, NULL, on_address_moved, NULL),
        ipmp_sd_group_match_failed(bus, NULL, NULL, on_failed, NULL),
        ipmp_sd_group_match_repaired(bus, NULL, NULL, on_repaired, NULL),
        ipmp_sd_interface_match_state_changed(bus, NULL, NULL, on_state_changed, NULL),
        ipmp_sd_interface_match_probe_completed(bus, NULL, NULL, on_probe_completed, NULL),
        ipmp_sd_match_properties_changed(bus, NULL, NULL, on_properties_changed, NULL),
        ipmp_sd_match_interfaces_added(bus, NULL, on_interfaces_added, NULL),
        ipmp_sd_match_interfaces_removed(bus, NULL, on_interfaces_removed, NULL),
    };

    for (size_t i = 0; i < G_N_ELEMENTS(r); i++)
        g_assert_cmpint(r[i], >=, 0);
}

static void process(void)
{
    while (sd_bus_process(bus, NULL) > 0)
        ;
}

static gboolean on_bus(gint fd, GIOCondition condition, gpointer data)
{
    process();
    return G_SOURCE_CONTINUE;
}

/* What came beside an answer waits in the connection, where the socket does not tell of it. */
static void settle(void)
{
    process();
    g_ptr_array_set_size(memory, 0);
    g_ptr_array_set_size(variants, 0);
}

int main(int argc, char **argv)
{
    static const Client client = {methods, list_others, get, watch, settle};
    int r = sd_bus_open_system(&bus);

    if (r < 0) {
        fprintf(stderr, "with-sd-bus: %s\n", g_strerror(-r));
        return 1;
    }
    is_async = argc > 1 && strcmp(argv[1], "async") == 0;
    memory = g_ptr_array_new_with_free_func(g_free);
    variants = g_ptr_array_new_with_free_func((GDestroyNotify)g_variant_unref);
    g_unix_fd_add(sd_bus_get_fd(bus), G_IO_IN, on_bus, NULL);
    client_run(&client);
    g_ptr_array_unref(memory);
    g_ptr_array_unref(variants);
    answer = sd_bus_message_unref(answer);
    sd_bus_flush_close_unref(bus);
    return 0;
}
