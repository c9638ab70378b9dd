/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The tables that stand between a caller and the engine: who may call what, which options are
 * taken, how names become paths and errors become names. */
#include "arguments.h"
#include "authority.h"
#include "bus-error.h"
#include "error.h"
#include "ipmp-dbus.h"
#include "names.h"
#include "settings.h"

static GVariant *parse(const char *text)
{
    g_autoptr(GError) error = NULL;
    GVariant *value = g_variant_parse(NULL, text, NULL, NULL, &error);

    g_assert_no_error(error);
    return value;
}

/* Errors are for people: each of the words has to be in the message. */
static void assert_refused(GError *error, MpError code, const char *const *words)
{
    g_assert_error(error, MP_ERROR, (gint)code);
    for (guint i = 0; words[i] != NULL; i++) {
        if (strstr(error->message, words[i]) == NULL)
            g_error("\"%s\" is not in \"%s\"", words[i], error->message);
    }
}

#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})

static void test_options_that_are_listed_are_taken(void)
{
    static const IpmpdArgument allowed[] = {{"a", "s"}, {"b", "as"}, {NULL, NULL}};
    g_autoptr(GVariant) none = parse("@a{sv} {}");
    g_autoptr(GVariant) both = parse("{'a': <'x'>, 'b': <['y']>}");
    g_autoptr(GError) error = NULL;

    g_assert_true(ipmpd_arguments_check(none, allowed, "option", &error));
    g_assert_true(ipmpd_arguments_check(both, allowed, "option", &error));
    g_assert_no_error(error);
}

static void test_an_unknown_option_is_named(void)
{
    static const IpmpdArgument allowed[] = {{"alpha", "s"}, {"beta", "b"}, {NULL, NULL}};
    g_autoptr(GVariant) options = parse("{'gamma': <1>}");
    g_autoptr(GError) error = NULL;

    g_assert_false(ipmpd_arguments_check(options, allowed, "option", &error));
    assert_refused(error, MP_ERROR_INVALID_ARGUMENT, WORDS("gamma", "option", "alpha, beta"));
}

static void test_a_wrong_type_is_named(void)
{
    static const IpmpdArgument allowed[] = {{"alpha", "s"}, {NULL, NULL}};
    g_autoptr(GVariant) options = parse("{'alpha': <uint32 7>}");
    g_autoptr(GError) error = NULL;

    g_assert_false(ipmpd_arguments_check(options, allowed, "setting", &error));
    assert_refused(error, MP_ERROR_INVALID_ARGUMENT, WORDS("alpha", "setting", "type u", "is s"));
}

static void test_an_option_given_twice_is_refused(void)
{
    static const IpmpdArgument allowed[] = {{"alpha", "s"}, {NULL, NULL}};
    g_autoptr(GVariant) options = parse("{'alpha': <'x'>, 'alpha': <'y'>}");
    g_autoptr(GError) error = NULL;

    g_assert_false(ipmpd_arguments_check(options, allowed, "option", &error));
    assert_refused(error, MP_ERROR_INVALID_ARGUMENT, WORDS("alpha", "twice"));
}

static void test_a_wrong_address_is_named(void)
{
    g_autoptr(GVariant) texts = parse("['192.0.2.1/24', '192.0.2.999/24']");
    g_autoptr(GError) error = NULL;

    g_assert_null(ipmpd_arguments_parse_data_addresses(texts, &error));
    assert_refused(error, MP_ERROR_INVALID_ARGUMENT, WORDS("192.0.2.999/24"));
}

/* Settings */

static MpGroupConfig *apply(const char *settings_text, const char *const *reset, GError **error)
{
    MpDefaults defaults = mp_defaults_new();
    g_autoptr(MpGroupConfig) group = mp_group_config_new("front", &defaults);
    g_autoptr(GVariant) settings = parse(settings_text);

    if (!ipmpd_settings_apply_to_group(group, settings, reset, &defaults, error))
        return NULL;
    return g_steal_pointer(&group);
}

static void test_each_setting_of_a_group_is_set(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(MpGroupConfig) group =
        apply("{'failure-detection-msec': <uint32 250>, 'failback': <false>, "
              "'probe-method': <'arp'>, 'probe-targets': <['192.0.2.1']>, "
              "'probe-targets-only': <true>, 'probe-failures': <uint32 3>, "
              "'probe-repairs': <uint32 4>, 'repair-delay-msec': <uint32 50>}",
              NULL, &error);

    g_assert_no_error(error);
    g_assert_cmpuint(group->failure_detection_ms, ==, 250);
    g_assert_false(group->failure_detection_inherited);
    g_assert_false(group->failback);
    g_assert_false(group->failback_inherited);
    g_assert_cmpint(group->probe_method, ==, MP_METHOD_ARP);
    g_assert_cmpuint(group->probe_targets->len, ==, 1);
    g_assert_true(group->probe_targets_only);
    g_assert_cmpuint(group->probe_failures, ==, 3);
    g_assert_cmpuint(group->probe_repairs, ==, 4);
    g_assert_cmpuint(group->repair_delay_ms, ==, 50);
}

static void test_each_setting_of_a_group_is_reset(void)
{
    MpDefaults defaults = mp_defaults_new();
    g_autoptr(MpGroupConfig) fresh = mp_group_config_new("front", &defaults);
    g_autoptr(GError) error = NULL;
    g_autoptr(MpGroupConfig) group =
        apply("{'failure-detection-msec': <uint32 250>, 'failback': <false>, "
              "'probe-method': <'arp'>, 'probe-targets': <['192.0.2.1']>, "
              "'probe-targets-only': <true>, 'probe-failures': <uint32 3>, "
              "'probe-repairs': <uint32 4>, 'repair-delay-msec': <uint32 50>}",
              NULL, &error);
    g_autoptr(GVariant) nothing = parse("@a{sv} {}");

    for (const IpmpdArgument *a = ipmpd_group_settings; a->name != NULL; a++) {
        const char *const reset[] = {a->name, NULL};

        g_assert_false(mp_group_config_equal(group, fresh));
        g_assert_true(ipmpd_settings_apply_to_group(group, nothing, reset, &defaults, &error));
        g_assert_no_error(error);
    }
    g_assert_true(mp_group_config_equal(group, fresh));
}

static void test_wrong_settings_are_named(void)
{
    static const struct {
        const char *settings;
        const char *reset;
        MpError code;
        const char *words[4];
    } cases[] = {
        {"{'failure-detection-msec': <uint32 9>}",
         NULL,
         MP_ERROR_INVALID_ARGUMENT,
         {"failure-detection-msec", " 9 ", "10 to 3600000"}},
        {"{'probe-failures': <uint32 0>}",
         NULL,
         MP_ERROR_INVALID_ARGUMENT,
         {"probe-failures", " 0 ", "1 to 50"}},
        {"{'probe-method': <'smoke'>}",
         NULL,
         MP_ERROR_INVALID_ARGUMENT,
         {"probe-method", "smoke", "auto, icmp, arp, none"}},
        {"{'probe-targets': <['192.0.2.1/24']>}",
         NULL,
         MP_ERROR_INVALID_ARGUMENT,
         {"probe-targets", "192.0.2.1/24"}},
        {"@a{sv} {}", "colour", MP_ERROR_INVALID_ARGUMENT, {"reset", "colour", "failback"}},
        {"{'failback': <true>}", "failback", MP_ERROR_INVALID_ARGUMENT, {"failback", "at once"}},
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        const char *const reset[] = {cases[i].reset, NULL};
        g_autoptr(GError) error = NULL;

        g_assert_null(apply(cases[i].settings, reset, &error));
        assert_refused(error, cases[i].code, cases[i].words);
    }
}

static void test_defaults_are_set_and_reset(void)
{
    MpDefaults builtin = mp_defaults_new();
    MpDefaults defaults = builtin;
    g_autoptr(GVariant) settings =
        parse("{'failure-detection-msec': <uint32 70>, 'failback': <false>, "
              "'track-ungrouped': <true>, 'link-poll-msec': <uint32 0>}");
    g_autoptr(GVariant) nothing = parse("@a{sv} {}");
    const char *reset[8] = {NULL};
    g_autoptr(GError) error = NULL;

    g_assert_true(ipmpd_settings_apply_to_defaults(&defaults, settings, NULL, &error));
    g_assert_cmpuint(defaults.failure_detection_ms, ==, 70);
    g_assert_false(defaults.failback);
    g_assert_true(defaults.track_ungrouped);
    g_assert_cmpuint(defaults.link_poll_ms, ==, 0);
    for (guint i = 0; ipmpd_default_settings[i].name != NULL; i++)
        reset[i] = ipmpd_default_settings[i].name;
    g_assert_true(ipmpd_settings_apply_to_defaults(&defaults, nothing, reset, &error));
    g_assert_no_error(error);
    g_assert_true(mp_defaults_equal(&defaults, &builtin));
}

/* Names */

static void test_names_become_paths_and_names_again(void)
{
    static const struct {
        const char *name, *path;
    } cases[] = {
        {"eth0", "/org/ipmp/interface/eth0"},   {"eth0.5", "/org/ipmp/interface/eth0_2e5"},
        {"0eth", "/org/ipmp/interface/_30eth"}, {"a_b", "/org/ipmp/interface/a_5fb"},
        {"", "/org/ipmp/interface/_"},          {"a-b:c", "/org/ipmp/interface/a_2db_3ac"},
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path = ipmpd_path_interface(cases[i].name);
        g_autofree char *name = ipmpd_path_to_name(path);

        g_assert_cmpstr(path, ==, cases[i].path);
        g_assert_cmpstr(name, ==, cases[i].name);
        g_assert_true(g_variant_is_object_path(path));
    }
}

static void test_paths_of_others_have_no_name(void)
{
    g_autofree char *group = ipmpd_path_group("");
    g_autofree char *nowhere = ipmpd_path_interface_or_root(NULL);

    g_assert_cmpstr(group, ==, "/org/ipmp/group/_");
    g_assert_cmpstr(nowhere, ==, "/");
    g_assert_null(ipmpd_path_to_name("/"));
    g_assert_null(ipmpd_path_to_name("/org/ipmp"));
    g_assert_null(ipmpd_path_to_name("/org/other/group/x"));
}

/* Methods */

static void check_rows(const GDBusInterfaceInfo *info, guint *n)
{
    for (guint i = 0; info->methods[i] != NULL; i++, (*n)++) {
        if (ipmpd_method_find(info->name, info->methods[i]->name) == NULL)
            g_error("%s.%s has no row", info->name, info->methods[i]->name);
    }
}

static void test_each_method_of_the_xml_has_a_row(void)
{
    guint n_methods = 0, n_rows;

    check_rows(ipmp_dbus_manager_interface_info(), &n_methods);
    check_rows(ipmp_dbus_group_interface_info(), &n_methods);
    check_rows(ipmp_dbus_interface_interface_info(), &n_methods);
    ipmpd_method_table(&n_rows);
    g_assert_cmpuint(n_rows, ==, n_methods);
    g_assert_null(ipmpd_method_find(IPMPD_GROUP, "Reload"));
    g_assert_null(ipmpd_method_find(IPMPD_MANAGER, "Explode"));
}

/* What takes options and is not for reading alone is guarded. */
static void test_each_change_has_an_action(void)
{
    static const char *const free_methods[] = {"GetGroup",      "GetInterface",  "ListDevices",
                                               "UnwatchProbes", "History",       "Describe",
                                               "GetTargets",    "GetStatistics", NULL};
    guint n;
    const IpmpdMethod *rows = ipmpd_method_table(&n);

    for (guint i = 0; i < n; i++) {
        gboolean is_free = g_strv_contains(free_methods, rows[i].method);

        if (is_free != (rows[i].action == NULL))
            g_error("%s.%s: %s", rows[i].interface, rows[i].method,
                    rows[i].action != NULL ? rows[i].action : "free");
    }
}

static void check_read_only(const GDBusInterfaceInfo *info)
{
    for (guint i = 0; info->properties[i] != NULL; i++)
        g_assert_cmpint(info->properties[i]->flags, ==, G_DBUS_PROPERTY_INFO_FLAGS_READABLE);
}

static void test_no_property_can_be_written(void)
{
    check_read_only(ipmp_dbus_manager_interface_info());
    check_read_only(ipmp_dbus_group_interface_info());
    check_read_only(ipmp_dbus_interface_interface_info());
}

/* Errors */

static void test_errors_have_their_names(void)
{
    for (guint code = 0; code < MP_N_ERRORS; code++) {
        g_autoptr(GError) error = g_error_new_literal(MP_ERROR, (gint)code, "x");
        g_autofree char *name = ipmpd_error_to_dbus_name(error);
        MpError again;

        g_assert_true(g_str_has_prefix(name, "org.ipmp.Error."));
        g_assert_true(mp_error_from_name(name + strlen("org.ipmp.Error."), &again));
        g_assert_cmpuint(again, ==, code);
    }
}

static void test_refusals_have_the_names_of_the_bus(void)
{
    g_autoptr(GError) denied = g_error_new_literal(IPMPD_ACCESS, IPMPD_ACCESS_DENIED, "x");
    g_autoptr(GError) ask =
        g_error_new_literal(IPMPD_ACCESS, IPMPD_ACCESS_INTERACTION_REQUIRED, "x");
    g_autofree char *denied_name = ipmpd_error_to_dbus_name(denied);
    g_autofree char *ask_name = ipmpd_error_to_dbus_name(ask);

    g_assert_cmpstr(denied_name, ==, "org.freedesktop.DBus.Error.AccessDenied");
    g_assert_cmpstr(ask_name, ==, "org.freedesktop.DBus.Error.InteractiveAuthorizationRequired");
}

static void test_a_foreign_error_is_converted_and_complained_about(void)
{
    g_autoptr(GError) foreign = g_error_new_literal(G_FILE_ERROR, G_FILE_ERROR_NOENT, "no file");
    g_autofree char *name = NULL;

    if (!g_test_subprocess()) {
        g_test_trap_subprocess(NULL, 0, 0);
        g_test_trap_assert_passed();
        g_test_trap_assert_stderr("*foreign domain*no file*");
        return;
    }
    g_log_set_always_fatal(G_LOG_LEVEL_ERROR); /* as in the daemon: a complaint, not the end */
    name = ipmpd_error_to_dbus_name(foreign);
    g_assert_cmpstr(name, ==, "org.ipmp.Error.Failed");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(name) g_test_add_func("/tables/" #name, test_##name)
    ADD(options_that_are_listed_are_taken);
    ADD(an_unknown_option_is_named);
    ADD(a_wrong_type_is_named);
    ADD(an_option_given_twice_is_refused);
    ADD(a_wrong_address_is_named);
    ADD(each_setting_of_a_group_is_set);
    ADD(each_setting_of_a_group_is_reset);
    ADD(wrong_settings_are_named);
    ADD(defaults_are_set_and_reset);
    ADD(names_become_paths_and_names_again);
    ADD(paths_of_others_have_no_name);
    ADD(each_method_of_the_xml_has_a_row);
    ADD(each_change_has_an_action);
    ADD(no_property_can_be_written);
    ADD(errors_have_their_names);
    ADD(refusals_have_the_names_of_the_bus);
    ADD(a_foreign_error_is_converted_and_complained_about);
#undef ADD
    return g_test_run();
}
