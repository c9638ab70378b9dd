/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config-file.h"

#include "unit.h"

#include <string.h>

static MpGroupConfig *read_group(const char *text)
{
    MpDefaults defaults = mp_defaults_new();
    GError *error = NULL;
    MpGroupConfig *group =
        mp_config_parse_group(text, strlen(text), "front.conf", "front", &defaults, NULL, &error);

    g_assert_no_error(error);
    return group;
}

/* `from` edited so that it says what `wish` says. */
static char *edit_to(const char *from, const char *wish)
{
    g_autoptr(MpGroupConfig) config = read_group(wish);
    char *text = mp_config_edit_group(from, config);
    g_autoptr(MpGroupConfig) back = read_group(text);
    g_autofree char *again = mp_config_edit_group(text, config);

    g_assert_true(mp_group_config_equal(config, back));
    g_assert_cmpstr(again, ==, text); /* asked a second time, nothing is left to do */
    return text;
}

typedef struct {
    const char *name, *from, *wish, *to;
} Case;

static const Case cases[] = {
    {"nothing", "# a\n\n[Group]\n  Failback = no \n; b\nFoo=bar\n\n[Interface eth0]\n# c",
     "[Group]\nFailback=no\n[Interface eth0]\n",
     "# a\n\n[Group]\n  Failback = no \n; b\nFoo=bar\n\n[Interface eth0]\n# c"},
    {"other-spelling", "[Group]\nFailureDetectionTime=1000ms\nFailback=TRUE\n",
     "[Group]\nFailureDetectionTime=1s\nFailback=yes\n",
     "[Group]\nFailureDetectionTime=1000ms\nFailback=TRUE\n"},
    {"scalar", "[Group]\n# why\nProbeFailures = 3\n# because\n", "[Group]\nProbeFailures=7\n",
     "[Group]\n# why\nProbeFailures = 7\n# because\n"},
    {"scalar-last-of-two", "[Group]\nProbeFailures=3\nProbeFailures=4\n",
     "[Group]\nProbeFailures=7\n", "[Group]\nProbeFailures=3\nProbeFailures=7\n"},
    {"scalar-new", "[Group]\nFailback=no\n\n# end\n\n[Interface eth0]\n",
     "[Group]\nFailback=no\nProbeFailures=7\n[Interface eth0]\n",
     "[Group]\nFailback=no\nProbeFailures=7\n\n# end\n\n[Interface eth0]\n"},
    {"scalar-new-in-empty-section", "[Group]\n# nothing yet\n", "[Group]\nFailback=no\n",
     "[Group]\nFailback=no\n# nothing yet\n"},
    {"scalar-to-default", "[Group]\nProbeFailures=3\nFailback=no\nProbeFailures=4\n# x\n",
     "[Group]\nFailback=no\n", "[Group]\nFailback=no\n# x\n"},
    {"inherit-again", "[Group]\nFailureDetectionTime=1s\n# x\n", "", "[Group]\n# x\n"},
    {"explicit-as-inherited", "[Group]\n", "[Group]\nFailureDetectionTime=10s\n",
     "[Group]\nFailureDetectionTime=10s\n"},
    {"two-sections", "[Group]\nProbeFailures=3\n[Interface eth0]\n[Group]\nFailback=no\n",
     "[Group]\nProbeFailures=4\nFailback=no\nProbeRepairs=2\n[Interface eth0]\n",
     "[Group]\nProbeFailures=4\n[Interface eth0]\n[Group]\nFailback=no\nProbeRepairs=2\n"},
    {"list-append", "[Group]\nAddresses=192.0.2.1/24\n",
     "[Group]\nAddresses=192.0.2.1/24 192.0.2.2/24\n",
     "[Group]\nAddresses=192.0.2.1/24 192.0.2.2/24\n"},
    {"list-append-to-last", "[Group]\nAddresses=192.0.2.1/24\n# second\nAddresses = 192.0.2.2/24\n",
     "[Group]\nAddresses=192.0.2.1/24 192.0.2.2/24 192.0.2.3/24\n",
     "[Group]\nAddresses=192.0.2.1/24\n# second\nAddresses = 192.0.2.2/24 192.0.2.3/24\n"},
    {"list-remove", "[Group]\nAddresses=192.0.2.1/24 192.0.2.2/24\nAddresses=192.0.2.3/24\n",
     "[Group]\nAddresses=192.0.2.2/24 192.0.2.3/24\n",
     "[Group]\nAddresses=192.0.2.2/24\nAddresses=192.0.2.3/24\n"},
    {"list-remove-line", "[Group]\nAddresses=192.0.2.1/24\n# x\nAddresses=192.0.2.3/24\n",
     "[Group]\nAddresses=192.0.2.1/24\n", "[Group]\nAddresses=192.0.2.1/24\n# x\n"},
    {"list-remove-all", "[Group]\nAddresses=192.0.2.1/24\n# x\nAddresses=192.0.2.3/24\n", "",
     "[Group]\n# x\n"},
    {"list-reset", "[Group]\nAddresses=192.0.2.9/24\nAddresses=\nAddresses=192.0.2.1/24\n",
     "[Group]\nAddresses=192.0.2.1/24 192.0.2.2/24\n",
     "[Group]\nAddresses=192.0.2.9/24\nAddresses=\nAddresses=192.0.2.1/24 192.0.2.2/24\n"},
    {"list-reset-last", "[Group]\nAddresses=192.0.2.9/24\nAddresses=\n",
     "[Group]\nAddresses=192.0.2.1/24\n",
     "[Group]\nAddresses=192.0.2.9/24\nAddresses=\nAddresses=192.0.2.1/24\n"},
    {"list-order", "[Group]\nAddresses=192.0.2.1/24\nAddresses=192.0.2.2/24\n",
     "[Group]\nAddresses=192.0.2.2/24 192.0.2.1/24\n",
     "[Group]\nAddresses=192.0.2.2/24 192.0.2.1/24\n"},
    {"list-other-spelling", "[Group]\nAddresses=2001:DB8::1/64 2001:db8:0::2/64\n",
     "[Group]\nAddresses=2001:db8::1/64 2001:db8::2/64\n",
     "[Group]\nAddresses=2001:DB8::1/64 2001:db8:0::2/64\n"},
    {"targets", "[Group]\n", "[Group]\nProbeTargets=192.0.2.1 2001:db8::1\n",
     "[Group]\nProbeTargets=192.0.2.1 2001:db8::1\n"},
    {"continued", "[Group]\nAddresses=192.0.2.1/24 \\\n# second\n  192.0.2.2/24\nFailback=no\n",
     "[Group]\nAddresses=192.0.2.1/24\nFailback=no\n",
     "[Group]\n# second\nAddresses=192.0.2.1/24\nFailback=no\n"},
    {"continued-key", "[Group]\nProbeFailures \\\n = 3\n", "[Group]\nProbeFailures=4\n",
     "[Group]\nProbeFailures=4\n"},
    {"continued-untouched", "[Group]\nAddresses=192.0.2.1/24 \\\n  192.0.2.2/24\n",
     "[Group]\nAddresses=192.0.2.1/24 192.0.2.2/24\nFailback=no\n",
     "[Group]\nAddresses=192.0.2.1/24 \\\n  192.0.2.2/24\nFailback=no\n"},
    {"no-line-end", "[Group]\nFailback=no", "[Group]\nFailback=no\nProbeFailures=3\n",
     "[Group]\nFailback=no\nProbeFailures=3\n"},
    {"no-line-end-changed", "[Group]\nFailback=no", "[Group]\nFailback=yes\n",
     "[Group]\nFailback=yes\n"},
    {"open-at-the-end", "[Group]\nFailback=no\\", "[Group]\nFailback=no\nProbeFailures=3\n",
     "[Group]\nFailback=no\\\n\nProbeFailures=3\n"},
    {"open-with-line-end", "[Group]\nFailback=no\\\n", "[Group]\nFailback=no\n[Interface eth0]\n",
     "[Group]\nFailback=no\\\n\n\n[Interface eth0]\n"},
    {"open-with-comment", "[Group]\nFailback=no\\\n# x", "[Group]\nFailback=no\nProbeFailures=3\n",
     "[Group]\nFailback=no\\\n# x\n\nProbeFailures=3\n"},
    {"crlf", "# a\r\n[Group]\r\nFailback=no\r\n# b\r\n",
     "[Group]\nFailback=yes\nProbeFailures=3\n[Interface eth0]\nStandby=yes\n",
     "# a\r\n[Group]\r\nFailback=yes\r\nProbeFailures=3\r\n# b\r\n\r\n[Interface eth0]\r\n"
     "Standby=yes\r\n"},
    {"byte-order-mark", "\xef\xbb\xbf[Group]\nFailback=no\n", "[Group]\nFailback=yes\n",
     "\xef\xbb\xbf[Group]\nFailback=yes\n"},
    {"unknown", "[Group]\nFoo=1\nFailback=no\nFoo=2\n[Bar]\nwhat ever\n", "[Group]\nFailback=yes\n",
     "[Group]\nFoo=1\nFailback=yes\nFoo=2\n[Bar]\nwhat ever\n"},
    {"group-missing", "# only\n[Interface eth0]\n", "[Group]\nFailback=no\n[Interface eth0]\n",
     "# only\n[Interface eth0]\n\n[Group]\nFailback=no\n"},
    {"group-missing-unneeded", "# only\n[Interface eth0]\n", "[Interface eth0]\n[Interface eth1]\n",
     "# only\n[Interface eth0]\n\n[Interface eth1]\n"},
    {"interface-add", "[Group]\n\n[Interface eth0]\n# x\n",
     "[Interface eth0]\n[Interface eth1]\nStandby=yes\nTestAddresses=192.0.2.110/24\n"
     "HardwareAddress=02:00:00:00:00:01\n",
     "[Group]\n\n[Interface eth0]\n# x\n\n[Interface eth1]\nStandby=yes\n"
     "TestAddresses=192.0.2.110/24\nHardwareAddress=02:00:00:00:00:01\n"},
    {"interface-change", "[Interface eth0]\nStandby=yes\n[Interface eth1]\nStandby=yes\n",
     "[Interface eth0]\nStandby=yes\n[Interface eth1]\nAddresses=192.0.2.1/24\n",
     "[Interface eth0]\nStandby=yes\n[Interface eth1]\nAddresses=192.0.2.1/24\n"},
    {"interface-hardware-cleared", "[Interface eth0]\nHardwareAddress=02:00:00:00:00:01\n",
     "[Interface eth0]\n", "[Interface eth0]\n"},
    {"interface-remove",
     "[Group]\n\n# the first\n[Interface eth0]\nStandby=yes\nFoo=1\n\n[Interface eth1]\n",
     "[Interface eth1]\n", "[Group]\n\n# the first\n\n[Interface eth1]\n"},
    {"interface-remove-plain", "[Group]\n\n[Interface eth0]\nStandby=yes\n\n[Interface eth1]\n",
     "[Interface eth1]\n", "[Group]\n\n[Interface eth1]\n"},
    {"interface-remove-last", "[Group]\n\n[Interface eth0]\nStandby=yes\n", "", "[Group]\n\n"},
    {"interface-remove-with-comments-inside", "[Interface eth0]\n# a\nStandby=\\\n# b\nyes\n# c",
     "", "# a\n# b\n# c\n\n"},
    {"interface-swap",
     "[Group]\n\n# first\n[Interface eth0]\nStandby=yes\n\n# second\n[Interface eth1]\n# end\n",
     "[Interface eth1]\n[Interface eth0]\nStandby=yes\n",
     "[Group]\n\n# second\n[Interface eth1]\n# end\n# first\n[Interface eth0]\nStandby=yes\n\n"},
    {"interface-in-the-middle", "[Interface eth0]\n\n[Interface eth2]\nStandby=yes",
     "[Interface eth0]\n[Interface eth1]\n[Interface eth2]\nStandby=yes\n",
     "[Interface eth0]\n\n[Interface eth1]\n[Interface eth2]\nStandby=yes"},
    {"interface-replaced", "[Interface eth0]\n\n[Interface eth1]\n",
     "[Interface eth2]\n[Interface eth1]\n", "[Interface eth2]\n[Interface eth1]\n"},
};

static void test_case(gconstpointer data)
{
    const Case *the = data;
    g_autofree char *text = edit_to(the->from, the->wish);

    g_assert_cmpstr(text, ==, the->to);
}

static void test_new_file(void)
{
    static const char wish[] = "[Group]\nFailureDetectionTime=1s\nAddresses=192.0.2.20/24\n"
                               "[Interface eth0]\nAddresses=192.0.2.10/24\n"
                               "[Interface eth1]\nStandby=yes\n";
    g_autofree char *from_nothing = edit_to(NULL, wish), *from_empty = edit_to("", wish);

    g_assert_cmpstr(from_nothing, ==,
                    "# IP multipathing group front; see ipmp.conf(5). The service changes this "
                    "file in place:\n# comments and order stay.\n\n[Group]\n"
                    "FailureDetectionTime=1s\nAddresses=192.0.2.20/24\n\n[Interface eth0]\n"
                    "Addresses=192.0.2.10/24\n\n[Interface eth1]\nStandby=yes\n");
    g_assert_cmpstr(from_empty, ==, from_nothing);
}

/* Long lists are broken into lines of a readable length. */
static void test_long_list(void)
{
    g_autoptr(MpGroupConfig) config = unit_group("front");
    g_autoptr(MpGroupConfig) back = NULL;
    g_autofree char *text = NULL;
    g_auto(GStrv) lines = NULL;

    for (guint i = 1; i < 100; i++) {
        MpAddress address = {.family = MP_IPV4, .prefix = 24, .bytes = {192, 0, 2, (guint8)i}};

        g_array_append_val(config->addresses, address);
    }
    text = mp_config_edit_group("[Group]\n  Addresses = 192.0.2.1/24\n", config);
    back = read_group(text);
    g_assert_true(mp_group_config_equal(config, back));
    lines = g_strsplit(text, "\n", -1);
    g_assert_cmpuint(g_strv_length(lines), >, 10);
    for (gsize i = 1; lines[i + 1] != NULL; i++) {
        g_assert_true(g_str_has_prefix(lines[i], "  Addresses = 192.0.2."));
        g_assert_cmpuint(strlen(lines[i]), <=, 96);
    }
}

/* A file that was refused is not lost: its lines are kept, and no longer count. */
static void test_refused_text(void)
{
    static const char refused[] = "[Group]\nFailback=perhaps\\\n# x\r\n[Interface caf\xe9]\n";
    g_autofree char *text = edit_to(refused, "[Group]\nFailback=no\n[Interface eth0]\n");

    g_assert_true(g_str_has_suffix(text, "\n[Group]\nFailback=no\n\n[Interface eth0]\n\n"
                                         "# What was here before, and could not be read:\n"
                                         "# [Group]\n# Failback=perhaps\\\n# # x\n"
                                         "# [Interface caf\xef\xbf\xbd]\n# \n"));
}

static void test_refused_text_is_cut(void)
{
    g_autofree char *line = g_strnfill(1000, 'x');
    GString *refused = g_string_new(NULL);
    g_autofree char *text = NULL;

    for (guint i = 0; i < 2000; i++)
        g_string_append_printf(refused, "%s\n", line);
    text = edit_to(refused->str, "[Group]\nFailback=no\n");
    g_assert_cmpuint(strlen(text), <=, 1024 * 1024);
    g_assert_cmpuint(strlen(text), >, 1000 * 1024);
    g_string_free(refused, TRUE);
}

/* Adding and removing for ever leaves the file as it was. */
static void test_no_growth(void)
{
    static const char without[] = "[Group]\nFailback=no\n\n[Interface eth0]\n";
    static const char with[] = "[Group]\nFailback=no\nAddresses=192.0.2.1/24\n[Interface eth0]\n"
                               "[Interface eth1]\nStandby=yes\n";
    g_autofree char *text = g_strdup(without), *once = NULL;

    for (guint i = 0; i < 5; i++) {
        g_autofree char *added = edit_to(text, with);
        g_autofree char *removed = edit_to(added, without);

        g_free(text);
        text = g_strdup(removed);
        if (i == 0)
            once = g_strdup(removed);
        g_assert_cmpstr(text, ==, once);
    }
    g_assert_cmpstr(text, ==, "[Group]\nFailback=no\n\n[Interface eth0]\n\n");
}

static char *edit_defaults_to(const char *from, const char *wish)
{
    MpDefaults defaults, back;
    char *text;

    g_assert_true(mp_config_parse_defaults(wish, strlen(wish), "w", &defaults, NULL, NULL));
    text = mp_config_edit_defaults(from, &defaults);
    g_assert_true(mp_config_parse_defaults(text, strlen(text), "t", &back, NULL, NULL));
    g_assert_true(mp_defaults_equal(&defaults, &back));
    return text;
}

static void test_defaults(void)
{
    static const char *const table[][3] = {
        {"# a\n[Defaults]\nFailback=no\n# b\n", "[Defaults]\nFailback=yes\nLinkPollInterval=0\n",
         "# a\n[Defaults]\nLinkPollInterval=0\n# b\n"},
        {"# a\n", "", "# a\n"},
        {"# a\n", "[Defaults]\nAnchor=no\n", "# a\n\n[Defaults]\nAnchor=no\n"},
        {"[Defaults]\nFailureDetectionTime=1000ms\n", "[Defaults]\nFailureDetectionTime=1s\n",
         "[Defaults]\nFailureDetectionTime=1000ms\n"},
        {NULL, "[Defaults]\nFailureDetectionTime=250ms\nTrackUngroupedInterfaces=yes\n",
         "# Defaults of all IP multipathing groups; see ipmp.conf(5). The service changes this "
         "file in\n# place: comments and order stay.\n\n[Defaults]\nFailureDetectionTime=250ms\n"
         "TrackUngroupedInterfaces=yes\n"},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(table); i++) {
        g_autofree char *text = edit_defaults_to(table[i][0], table[i][1]);

        g_assert_cmpstr(text, ==, table[i][2]);
    }
}

static void test_refused_defaults(void)
{
    g_autofree char *text = edit_defaults_to("Anchor", "[Defaults]\nAnchor=no\n");

    g_assert_true(g_str_has_suffix(text, "[Defaults]\nAnchor=no\n\n# What was here before, and "
                                         "could not be read:\n# Anchor\n"));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path = g_strconcat("/config-edit/", cases[i].name, NULL);

        g_test_add_data_func(path, &cases[i], test_case);
    }
    g_test_add_func("/config-edit/new-file", test_new_file);
    g_test_add_func("/config-edit/long-list", test_long_list);
    g_test_add_func("/config-edit/refused-text", test_refused_text);
    g_test_add_func("/config-edit/refused-text-is-cut", test_refused_text_is_cut);
    g_test_add_func("/config-edit/no-growth", test_no_growth);
    g_test_add_func("/config-edit/defaults", test_defaults);
    g_test_add_func("/config-edit/refused-defaults", test_refused_defaults);
    return g_test_run();
}
