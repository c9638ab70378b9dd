/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config-file.h"

#include "unit.h"

#include <string.h>

#define PATH "/etc/ipmp/groups.d/front.conf"

static MpGroupConfig *parse(const char *text, GPtrArray *warnings, GError **error)
{
    MpDefaults defaults = mp_defaults_new();

    return mp_config_parse_group(text, strlen(text), PATH, "front", &defaults, warnings, error);
}

static MpGroupConfig *parse_good(const char *text)
{
    GError *error = NULL;
    MpGroupConfig *group = parse(text, NULL, &error);

    g_assert_no_error(error);
    g_assert_nonnull(group);
    return group;
}

static void assert_addresses(const GArray *list, const char *expected)
{
    GString *words = g_string_new(NULL);

    for (guint i = 0; i < list->len; i++) {
        char buf[MP_ADDRESS_STRING_MAX];

        g_string_append_printf(words, "%s%s", i > 0 ? " " : "",
                               mp_address_format(&g_array_index(list, MpAddress, i), buf));
    }
    g_assert_cmpstr(words->str, ==, expected);
    g_string_free(words, TRUE);
}

static void test_defaults(void)
{
    static const char text[] = "# ipmp.conf\n[Defaults]\nFailureDetectionTime=500ms\nFailback=no\n"
                               "TrackUngroupedInterfaces=yes\nLinkPollInterval=0\nAnchor=off\n";
    MpDefaults defaults;
    GError *error = NULL;

    mp_config_parse_defaults(text, strlen(text), "ipmp.conf", &defaults, NULL, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(defaults.failure_detection_ms, ==, 500);
    g_assert_false(defaults.failback);
    g_assert_true(defaults.track_ungrouped);
    g_assert_cmpuint(defaults.link_poll_ms, ==, 0);
    g_assert_false(defaults.anchor);
}

static void test_empty_defaults(void)
{
    MpDefaults built_in = mp_defaults_new(), defaults;

    memset(&defaults, 0xff, sizeof defaults);
    g_assert_true(mp_config_parse_defaults("", 0, "ipmp.conf", &defaults, NULL, NULL));
    g_assert_true(mp_defaults_equal(&defaults, &built_in));
}

/* The example of the documentation. */
static void test_example(void)
{
    g_autoptr(MpGroupConfig) group =
        parse_good("[Group]\nFailureDetectionTime=1s\nProbeTargets=192.0.2.1 192.0.2.2\n"
                   "Addresses=192.0.2.20/24\n\n[Interface eth0]\n"
                   "Addresses=192.0.2.10/24 2001:db8::10/64\nTestAddresses=192.0.2.110/24\n\n"
                   "[Interface eth1]\nStandby=yes\nTestAddresses=192.0.2.111/24\n");
    const MpInterfaceConfig *eth0 = group->interfaces->pdata[0];
    const MpInterfaceConfig *eth1 = group->interfaces->pdata[1];

    g_assert_cmpstr(group->name, ==, "front");
    g_assert_cmpstr(group->path, ==, PATH);
    g_assert_cmpuint(group->failure_detection_ms, ==, 1000);
    g_assert_false(group->failure_detection_inherited);
    g_assert_true(group->failback_inherited);
    assert_addresses(group->probe_targets, "192.0.2.1/32 192.0.2.2/32");
    assert_addresses(group->addresses, "192.0.2.20/24");
    g_assert_cmpuint(group->interfaces->len, ==, 2);
    g_assert_cmpstr(eth0->name, ==, "eth0");
    g_assert_false(eth0->standby);
    assert_addresses(eth0->addresses, "192.0.2.10/24 2001:db8::10/64");
    assert_addresses(eth0->test_addresses, "192.0.2.110/24");
    g_assert_cmpstr(eth1->name, ==, "eth1");
    g_assert_true(eth1->standby);
    assert_addresses(eth1->test_addresses, "192.0.2.111/24");
}

static void test_every_key(void)
{
    g_autoptr(MpGroupConfig) group = parse_good(
        "[Group]\nFailback=no\nProbeMethod=arp\nProbeTargets=192.0.2.1\nProbeTargetsOnly=yes\n"
        "ProbeFailures=3\nProbeRepairs=4\nRepairDelay=1.5s\n"
        "[Interface eth0]\nHardwareAddress=02:AB:00:00:00:01\nStandby=1\n");
    const MpInterfaceConfig *eth0 = group->interfaces->pdata[0];

    g_assert_false(group->failback);
    g_assert_false(group->failback_inherited);
    g_assert_true(group->failure_detection_inherited);
    g_assert_cmpint(group->probe_method, ==, MP_METHOD_ARP);
    g_assert_true(group->probe_targets_only);
    g_assert_cmpuint(group->probe_failures, ==, 3);
    g_assert_cmpuint(group->probe_repairs, ==, 4);
    g_assert_cmpuint(group->repair_delay_ms, ==, 1500);
    g_assert_cmpstr(eth0->hardware_address, ==, "02:ab:00:00:00:01");
    g_assert_true(eth0->standby);
}

static void test_inherits(void)
{
    MpDefaults defaults = {.failure_detection_ms = 777, .failback = FALSE};
    g_autoptr(MpGroupConfig) group =
        mp_config_parse_group("", 0, PATH, "front", &defaults, NULL, NULL);

    g_assert_cmpuint(group->failure_detection_ms, ==, 777);
    g_assert_false(group->failback);
    g_assert_true(group->failure_detection_inherited && group->failback_inherited);
}

static void test_later_scalar_wins(void)
{
    g_autoptr(MpGroupConfig) group =
        parse_good("[Group]\nProbeFailures=3\nProbeFailures=4\n[Interface eth0]\nStandby=yes\n"
                   "Standby=no\nHardwareAddress=02:00:00:00:00:01\n"
                   "HardwareAddress=02:00:00:00:00:02\n[Group]\nProbeFailures=6\n");
    const MpInterfaceConfig *eth0 = group->interfaces->pdata[0];

    g_assert_cmpuint(group->probe_failures, ==, 6);
    g_assert_false(eth0->standby);
    g_assert_cmpstr(eth0->hardware_address, ==, "02:00:00:00:00:02");
}

static void test_lists(void)
{
    static const char *const cases[][2] = {
        {"Addresses=192.0.2.1/24\nAddresses=192.0.2.2/24\n", "192.0.2.1/24 192.0.2.2/24"},
        {"Addresses=192.0.2.1/24\nAddresses=\nAddresses=192.0.2.2/24\n", "192.0.2.2/24"},
        {"Addresses=192.0.2.1/24 \t 192.0.2.2/24\n", "192.0.2.1/24 192.0.2.2/24"},
        {"Addresses=192.0.2.1/24 \\\n   192.0.2.2/24\n", "192.0.2.1/24 192.0.2.2/24"},
        {"Addresses=192.0.2.1/24 \\\n# not now: 192.0.2.3/24\n 192.0.2.2/24\n",
         "192.0.2.1/24 192.0.2.2/24"},
        {"Addresses=\n", ""},
        {"Addresses=192.0.2.1/24\n[Group]\nAddresses=192.0.2.2/24\n", "192.0.2.1/24 192.0.2.2/24"},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *text = g_strconcat("[Group]\n", cases[i][0], NULL);
        g_autoptr(MpGroupConfig) group = parse_good(text);

        assert_addresses(group->addresses, cases[i][1]);
    }
}

static void test_syntax(void)
{
    static const char *const same[] = {
        "[Group]\nProbeFailures=3\n",
        "[Group]\nProbeFailures=3",
        "[Group]\r\nProbeFailures=3\r\n",
        "\xef\xbb\xbf[Group]\nProbeFailures=3\n",
        "; comment\n  # another\n\n[ Group ]\n\tProbeFailures \t= 3  \n",
        "[Group]\nProbeFailures=\\\n3\n",
        "[Group]\nProbeFailures=3\\\n",
    };

    for (gsize i = 0; i < G_N_ELEMENTS(same); i++) {
        g_autoptr(MpGroupConfig) group = parse_good(same[i]);

        g_assert_cmpuint(group->probe_failures, ==, 3);
    }
}

/* Path, line, key, value, reason, what is allowed. */
static void test_bad(void)
{
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"[Group]\nFailureDetectionTime=5ms\n",
         PATH ":2: FailureDetectionTime=5ms: out of range; allowed is 10ms to 1h"},
        {"[Group]\nFailureDetectionTime=61min\n",
         PATH ":2: FailureDetectionTime=61min: out of range; allowed is 10ms to 1h"},
        {"[Group]\nFailureDetectionTime=\n",
         PATH ":2: FailureDetectionTime=: \"\" is not a duration: it does not begin with a digit; "
              "allowed is one such as 250ms"},
        {"[Group]\nFailureDetectionTime=0\n", ":2: FailureDetectionTime=0: out of range"},
        {"[Group]\nRepairDelay=11min\n",
         ":2: RepairDelay=11min: out of range; allowed is 0 to 10min"},
        {"[Group]\nFailback=perhaps\n", ":2: Failback=perhaps: \"perhaps\" is not yes or no; "
                                        "allowed are yes, true, on, 1, no, false, off, 0"},
        {"[Group]\nProbeMethod=ping\n", ":2: ProbeMethod=ping: \"ping\" is not a probe method; "
                                        "allowed are auto, icmp, arp, none"},
        {"[Group]\nProbeFailures=0\n",
         ":2: ProbeFailures=0: \"0\" is not a number from 1 to 50, which is what is allowed"},
        {"[Group]\nProbeFailures=51\n", ":2: ProbeFailures=51: \"51\" is not a number"},
        {"[Group]\nProbeFailures=-1\n", ":2: ProbeFailures=-1: \"-1\" is not a number"},
        {"[Group]\nProbeFailures=3x\n", ":2: ProbeFailures=3x: \"3x\" is not a number"},
        {"[Group]\nProbeRepairs=\n", ":2: ProbeRepairs=: \"\" is not a number"},
        {"[Group]\nProbeTargets=192.0.2.1/24\n",
         ":2: ProbeTargets=192.0.2.1/24: \"192.0.2.1/24\" is not an IP address: it has a prefix"},
        {"[Group]\nProbeTargets=192.0.2.1 ff02::1\n",
         ":2: ProbeTargets=192.0.2.1 ff02::1: ff02::1/128 cannot be a probe target"},
        {"[Group]\nAddresses=192.0.2.1\n",
         ":2: Addresses=192.0.2.1: \"192.0.2.1\" is not an IP address: it has no prefix length"},
        {"[Group]\nAddresses=192.0.2.1/24,192.0.2.2/24\n", "something follows the prefix length"},
        {"[Group]\nAddresses=192.0.2.0/24\n",
         ":2: Addresses=192.0.2.0/24: 192.0.2.0/24 cannot be a data address"},
        {"[Interface eth0]\nTestAddresses=2001:db8::1/64\n",
         ":2: TestAddresses=2001:db8::1/64: 2001:db8::1/64 cannot be a test address: it is IPv6"},
        {"[Interface eth0]\nTestAddresses=192.0.2.1\n",
         ":2: TestAddresses=192.0.2.1: \"192.0.2.1\" is not an IP address: it has no prefix"},
        {"[Interface eth0]\nHardwareAddress=02:00\n",
         ":2: HardwareAddress=02:00: \"02:00\" is not a hardware address"},
        {"[Interface eth0]\nHardwareAddress=\n", ":2: HardwareAddress=: \"\" is not a hardware"},
        {"[Interface eth0]\nStandby=\n", ":2: Standby=: \"\" is not yes or no"},
        /* An assignment that is overruled later must be good as well. */
        {"[Group]\nProbeFailures=99\nProbeFailures=5\n", ":2: ProbeFailures=99:"},
        /* The line where it begins. */
        {"[Group]\n\n# x\nAddresses=192.0.2.1/24 \\\n\t192.0.2.2\n",
         ":4: Addresses=192.0.2.1/24  192.0.2.2: \"192.0.2.2\" is not an IP address"},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        GError *error = NULL;

        g_assert_null(parse(cases[i].text, NULL, &error));
        unit_assert_error(error, MP_ERROR_INVALID_CONFIG, cases[i].message);
    }
}

static void test_bad_structure(void)
{
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"Failback=yes\n[Group]\n",
         PATH ":1: Failback=yes: stands before the first section; allowed is below one"},
        {"nonsense\n", PATH ":1: nonsense: neither a section nor an assignment; allowed are "
                            "[Section], Key=value, and comments that begin with # or ;"},
        {"[Group]\nFailback\n", ":2: Failback: neither a section nor an assignment"},
        {"[Group\n", ":1: [Group: neither a section nor an assignment"},
        {"[Group]\n=yes\n", ":2: =yes: neither a section nor an assignment"},
        {"[Interface]\n", ":1: [Interface]: not an interface name; allowed is [Interface NAME], "
                          "NAME of 1 to 15 bytes without white space, \"/\" and \":\""},
        {"[Interface a b]\n", ":1: [Interface a b]: not an interface name"},
        {"[Interface a/b]\n", ":1: [Interface a/b]: not an interface name"},
        {"[Interface 1234567890123456]\n", ":1: [Interface 1234567890123456]: not an interface"},
        {"[Interface eth0]\n\n[Interface eth1]\n[Interface  eth0]\n",
         PATH ":4: [Interface eth0]: the section is there already, in line 1; allowed is one"},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        GError *error = NULL;

        g_assert_null(parse(cases[i].text, NULL, &error));
        unit_assert_error(error, MP_ERROR_INVALID_CONFIG, cases[i].message);
    }
}

/* What is wrong with the whole is told with the line that says it. */
static void test_bad_together(void)
{
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"[Group]\nAddresses=192.0.2.1/24\nAddresses=192.0.2.2/24 192.0.2.1/24\n",
         PATH ":3: Addresses=192.0.2.2/24 192.0.2.1/24: 192.0.2.1/24 is already a data address of "
              "group front"},
        {"[Interface eth1]\nAddresses=192.0.2.1/24\nStandby=yes\n",
         PATH ":2: Addresses=192.0.2.1/24: 192.0.2.1/24 cannot be at home on interface eth1, which "
              "is a standby"},
        {"[Group]\nProbeTargets=10.0.0.1\n[Interface eth0]\nAddresses=192.0.2.1/24\n",
         PATH ":2: ProbeTargets=10.0.0.1: probe target 10.0.0.1 is outside every subnet of group "
              "front"},
        {"[Interface eth0]\nTestAddresses=192.0.2.1/24\nTestAddresses=192.0.2.2/24\n",
         PATH ":3: TestAddresses=192.0.2.2/24: 192.0.2.2/24 is a second test address of interface "
              "eth0; at most one"},
        {"[Interface eth0]\nTestAddresses=192.0.2.1/24\n[Interface eth1]\n\n"
         "TestAddresses=192.0.2.1/24\n",
         PATH ":5: TestAddresses=192.0.2.1/24: 192.0.2.1/24 is already a test address of interface "
              "eth0 in group front"},
        {"[Interface eth0]\nHardwareAddress=02:00:00:00:00:01\n[Interface eth1]\n"
         "HardwareAddress=02:00:00:00:00:01\n",
         PATH ":4: HardwareAddress=02:00:00:00:00:01: hardware address 02:00:00:00:00:01 is "
              "already that of interface eth0"},
        /* Written otherwise than we would write it. */
        {"[Group]\nAddresses=2001:db8::1/64\nAddresses=2001:DB8:0::1/64\n",
         PATH ":3: Addresses=2001:DB8:0::1/64: 2001:db8::1/64 is already a data address"},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        GError *error = NULL;

        g_assert_null(parse(cases[i].text, NULL, &error));
        unit_assert_error(error, MP_ERROR_INVALID_CONFIG, cases[i].message);
    }
}

static void test_bad_group_name(void)
{
    MpDefaults defaults = mp_defaults_new();
    GError *error = NULL;

    g_assert_null(mp_config_parse_group("", 0, "/x/_.conf", "_", &defaults, NULL, &error));
    unit_assert_error(error, MP_ERROR_INVALID_CONFIG, "/x/_.conf:1: \"_\" is not a group name");
}

static void test_bad_defaults(void)
{
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"[Defaults]\nFailureDetectionTime=9ms\n",
         "ipmp.conf:2: FailureDetectionTime=9ms: out of range; allowed is 10ms to 1h"},
        {"[Defaults]\nLinkPollInterval=11s\n",
         "ipmp.conf:2: LinkPollInterval=11s: out of range; allowed is 0 to 10s"},
        {"[Defaults]\nAnchor=2\n", "ipmp.conf:2: Anchor=2: \"2\" is not yes or no"},
        {"[Defaults]\nTrackUngroupedInterfaces=x\n", "ipmp.conf:2: TrackUngroupedInterfaces=x:"},
        {"Anchor=yes\n", "ipmp.conf:1: Anchor=yes: stands before the first section"},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        MpDefaults defaults = mp_defaults_new(), before = defaults;
        GError *error = NULL;

        g_assert_false(mp_config_parse_defaults(cases[i].text, strlen(cases[i].text), "ipmp.conf",
                                                &defaults, NULL, &error));
        g_assert_true(mp_defaults_equal(&defaults, &before));
        unit_assert_error(error, MP_ERROR_INVALID_CONFIG, cases[i].message);
    }
}

static void test_warnings(void)
{
    static const char text[] = "[Group]\nFailBack=no\nAnchor=no\n[Interface eth0]\nFailback=no\n"
                               "[Interfaces eth1]\nnonsense\nKey=value\n[Group]\nX=\n";
    static const struct {
        guint line;
        const char *message;
    } expected[] = {
        {2, "unknown key FailBack in [Group]"},
        {3, "unknown key Anchor in [Group]"},
        {5, "unknown key Failback in [Interface eth0]"},
        {6, "unknown section [Interfaces eth1]; known are [Group], [Interface NAME]"},
        {10, "unknown key X in [Group]"},
    };
    g_autoptr(GPtrArray) warnings =
        g_ptr_array_new_with_free_func((GDestroyNotify)mp_config_warning_free);
    g_autoptr(MpGroupConfig) group = NULL;
    GError *error = NULL;

    group = parse(text, warnings, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(warnings->len, ==, G_N_ELEMENTS(expected));
    for (guint i = 0; i < warnings->len; i++) {
        const MpConfigWarning *warning = warnings->pdata[i];

        g_assert_cmpuint(warning->line, ==, expected[i].line);
        g_assert_cmpstr(warning->message, ==, expected[i].message);
    }
    g_assert_true(group->failback_inherited);
    g_assert_cmpuint(group->interfaces->len, ==, 1);
}

static void test_defaults_warnings(void)
{
    static const char text[] = "[Group]\nFailback=maybe\n[Defaults]\nProbeMethod=arp\n";
    g_autoptr(GPtrArray) warnings =
        g_ptr_array_new_with_free_func((GDestroyNotify)mp_config_warning_free);
    MpDefaults defaults;

    g_assert_true(mp_config_parse_defaults(text, strlen(text), "x", &defaults, warnings, NULL));
    g_assert_cmpuint(warnings->len, ==, 2);
    g_assert_cmpstr(((MpConfigWarning *)warnings->pdata[0])->message, ==,
                    "unknown section [Group]; known are [Defaults]");
    g_assert_cmpstr(((MpConfigWarning *)warnings->pdata[1])->message, ==,
                    "unknown key ProbeMethod in [Defaults]");
}

static void test_bytes(void)
{
    static const struct {
        const char *text;
        gsize length;
        const char *message;
    } cases[] = {
        {"[Group]\nA=\0b\n", 13, PATH ":2: a byte is NUL; allowed is UTF-8 text"},
        {"\0", 1, PATH ":1: a byte is NUL"},
        {"[Group]\n\n# \xff\n", 13, PATH ":3: a byte is not of UTF-8; allowed is UTF-8 text"},
        {"# caf\xe9\n", 7, PATH ":1: a byte is not of UTF-8"},
        {"# \xed\xa0\x80\n", 6, PATH ":1: a byte is not of UTF-8"},
        {"# \xc3", 3, PATH ":1: a byte is not of UTF-8"},
    };
    MpDefaults defaults = mp_defaults_new();

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        GError *error = NULL;

        g_assert_null(mp_config_parse_group(cases[i].text, cases[i].length, PATH, "front",
                                            &defaults, NULL, &error));
        unit_assert_error(error, MP_ERROR_INVALID_CONFIG, cases[i].message);
    }
}

static void test_size(void)
{
    gsize limit = 1024 * 1024;
    g_autofree char *text = g_strnfill(limit + 1, '#');
    MpDefaults defaults = mp_defaults_new();
    GError *error = NULL;

    g_assert_true(mp_config_parse_defaults(text, limit, "big", &defaults, NULL, &error));
    g_assert_no_error(error);
    g_assert_false(mp_config_parse_defaults(text, limit + 1, "big", &defaults, NULL, &error));
    unit_assert_error(error, MP_ERROR_INVALID_CONFIG,
                      "big:1: the file has 1048577 bytes; allowed are at most 1048576");
}

static void test_interface_limit(void)
{
    GString *text = g_string_new(NULL);
    g_autoptr(MpGroupConfig) group = NULL;
    GError *error = NULL;

    for (guint i = 0; i < MP_GROUP_INTERFACES_MAX; i++)
        g_string_append_printf(text, "[Interface eth%u]\n", i);
    group = parse_good(text->str);
    g_assert_cmpuint(group->interfaces->len, ==, 64);
    g_string_append(text, "[Interface more]\n");
    g_assert_null(parse(text->str, NULL, &error));
    unit_assert_error(error, MP_ERROR_INVALID_CONFIG,
                      PATH ":65: [Interface more]: allowed are at most 64 interfaces");
    g_string_free(text, TRUE);
}

/* However long the value, the message can be read. */
static void test_long_values(void)
{
    g_autofree char *value = g_strnfill(100000, 'x');
    g_autofree char *text = g_strdup_printf("[Group]\nFailback=%s\n", value);
    GError *error = NULL;

    g_assert_null(parse(text, NULL, &error));
    g_assert_cmpuint(strlen(error->message), <, 400);
    unit_assert_error(error, MP_ERROR_INVALID_CONFIG, "xxx...: \"xxx");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/config-file/defaults", test_defaults);
    g_test_add_func("/config-file/empty-defaults", test_empty_defaults);
    g_test_add_func("/config-file/example", test_example);
    g_test_add_func("/config-file/every-key", test_every_key);
    g_test_add_func("/config-file/inherits", test_inherits);
    g_test_add_func("/config-file/later-scalar-wins", test_later_scalar_wins);
    g_test_add_func("/config-file/lists", test_lists);
    g_test_add_func("/config-file/syntax", test_syntax);
    g_test_add_func("/config-file/bad", test_bad);
    g_test_add_func("/config-file/bad-structure", test_bad_structure);
    g_test_add_func("/config-file/bad-together", test_bad_together);
    g_test_add_func("/config-file/bad-group-name", test_bad_group_name);
    g_test_add_func("/config-file/bad-defaults", test_bad_defaults);
    g_test_add_func("/config-file/warnings", test_warnings);
    g_test_add_func("/config-file/defaults-warnings", test_defaults_warnings);
    g_test_add_func("/config-file/bytes", test_bytes);
    g_test_add_func("/config-file/size", test_size);
    g_test_add_func("/config-file/interface-limit", test_interface_limit);
    g_test_add_func("/config-file/long-values", test_long_values);
    return g_test_run();
}
