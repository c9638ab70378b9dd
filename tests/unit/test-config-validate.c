/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "config-validate.h"
#include "unit.h"

#include <string.h>

static MpConfig *config_with(MpGroupConfig *group)
{
    MpConfig *config = mp_config_new();

    mp_config_put(config, group);
    return config;
}

static void assert_good(MpGroupConfig *group)
{
    g_autoptr(MpConfig) config = config_with(group);
    GError *error = NULL;

    mp_group_config_validate(group, &error);
    g_assert_no_error(error);
    g_assert_true(mp_config_validate(config, &error));
    g_assert_no_error(error);
}

/* One group alone, and the same as part of a configuration. */
static void assert_bad(MpGroupConfig *group, MpError code, const char *part)
{
    g_autoptr(MpConfig) config = config_with(group);
    GError *error = NULL;

    g_assert_false(mp_group_config_validate(group, &error));
    unit_assert_error(error, code, part);
    g_assert_false(mp_config_validate(config, &error));
    unit_assert_error(error, code, part);
}

static void assert_bad_config(const MpConfig *config, MpError code, const char *part)
{
    GError *error = NULL;

    g_assert_false(mp_config_validate(config, &error));
    unit_assert_error(error, code, part);
}

static void test_good(void)
{
    MpGroupConfig *group = unit_group("front");
    MpInterfaceConfig *eth0 = unit_member(group, "eth0"), *eth1 = unit_member(group, "eth1");

    unit_add(group->addresses, "192.0.2.20/24");
    unit_add(group->probe_targets, "192.0.2.1");
    unit_add(group->probe_targets, "10.0.0.254");
    unit_add(group->probe_targets, "2001:db8::1");
    unit_add(group->probe_targets, "fe80::1");
    unit_add(eth0->addresses, "192.0.2.10/24");
    unit_add(eth0->addresses, "2001:db8::10/64");
    unit_add(eth0->test_addresses, "10.0.0.1/24");
    unit_add(eth0->test_addresses, "fe80::5/64");
    eth0->hardware_address = g_strdup("02:00:00:00:00:01");
    eth1->standby = TRUE;
    unit_add(eth1->test_addresses, "10.0.0.2/24");
    assert_good(group);
}

static void test_nothing_is_good(void)
{
    g_autoptr(MpConfig) config = mp_config_new();

    g_assert_true(mp_config_validate(config, NULL));
    assert_good(unit_group("empty"));
}

/* The borders of each number, and one beyond. */
static void test_numbers(void)
{
    static const struct {
        gsize offset;
        guint value;
        const char *wrong; /* NULL = good */
    } cases[] = {
        {G_STRUCT_OFFSET(MpGroupConfig, failure_detection_ms), MP_FDT_MIN_MS, NULL},
        {G_STRUCT_OFFSET(MpGroupConfig, failure_detection_ms), MP_FDT_MAX_MS, NULL},
        {G_STRUCT_OFFSET(MpGroupConfig, failure_detection_ms), MP_FDT_MIN_MS - 1,
         "FailureDetectionTime of 9ms is out of range; allowed is 10ms to 1h"},
        {G_STRUCT_OFFSET(MpGroupConfig, failure_detection_ms), MP_FDT_MAX_MS + 1,
         "FailureDetectionTime of 3600.001s is out of range; allowed is 10ms to 1h"},
        {G_STRUCT_OFFSET(MpGroupConfig, failure_detection_ms), 0,
         "FailureDetectionTime of 0 is out of range"},
        {G_STRUCT_OFFSET(MpGroupConfig, repair_delay_ms), 0, NULL},
        {G_STRUCT_OFFSET(MpGroupConfig, repair_delay_ms), MP_REPAIR_DELAY_MAX_MS, NULL},
        {G_STRUCT_OFFSET(MpGroupConfig, repair_delay_ms), MP_REPAIR_DELAY_MAX_MS + 1,
         "RepairDelay of 600.001s is out of range; allowed is 0 to 10min"},
        {G_STRUCT_OFFSET(MpGroupConfig, probe_failures), 1, NULL},
        {G_STRUCT_OFFSET(MpGroupConfig, probe_failures), MP_PROBE_COUNT_MAX, NULL},
        {G_STRUCT_OFFSET(MpGroupConfig, probe_failures), 0,
         "ProbeFailures of 0 is out of range; allowed is 1 to 50"},
        {G_STRUCT_OFFSET(MpGroupConfig, probe_failures), MP_PROBE_COUNT_MAX + 1,
         "ProbeFailures of 51 is out of range; allowed is 1 to 50"},
        {G_STRUCT_OFFSET(MpGroupConfig, probe_repairs), 1, NULL},
        {G_STRUCT_OFFSET(MpGroupConfig, probe_repairs), MP_PROBE_COUNT_MAX, NULL},
        {G_STRUCT_OFFSET(MpGroupConfig, probe_repairs), 0,
         "ProbeRepairs of 0 is out of range; allowed is 1 to 50"},
        {G_STRUCT_OFFSET(MpGroupConfig, probe_repairs), G_MAXUINT,
         "ProbeRepairs of 4294967295 is out of range"},
        {G_STRUCT_OFFSET(MpGroupConfig, probe_method), MP_METHOD_NONE, NULL},
        {G_STRUCT_OFFSET(MpGroupConfig, probe_method), MP_N_PROBE_METHODS,
         "probe method 4 is unknown; allowed are auto, icmp, arp, none"},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        MpGroupConfig *group = unit_group("front");

        G_STRUCT_MEMBER(guint, group, cases[i].offset) = cases[i].value;
        group->failure_detection_inherited = FALSE;
        if (cases[i].wrong == NULL)
            assert_good(group);
        else
            assert_bad(group, MP_ERROR_INVALID_ARGUMENT, cases[i].wrong);
    }
}

static void test_defaults(void)
{
    static const struct {
        guint fdt, poll;
        const char *wrong;
    } cases[] = {
        {MP_FDT_MIN_MS, 0, NULL},
        {MP_FDT_MAX_MS, MP_LINK_POLL_MAX_MS, NULL},
        {MP_FDT_MIN_MS - 1, 10,
         "FailureDetectionTime of 9ms is out of range; allowed is 10ms to 1h"},
        {MP_FDT_MAX_MS + 1, 10, "FailureDetectionTime of 3600.001s is out of range"},
        {10000, MP_LINK_POLL_MAX_MS + 1,
         "LinkPollInterval of 10.001s is out of range; allowed is 0 to 10s"},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(MpConfig) config = mp_config_new();

        config->defaults.failure_detection_ms = cases[i].fdt;
        config->defaults.link_poll_ms = cases[i].poll;
        if (cases[i].wrong == NULL)
            g_assert_true(mp_config_validate(config, NULL));
        else
            assert_bad_config(config, MP_ERROR_INVALID_ARGUMENT, cases[i].wrong);
    }
}

static void test_names(void)
{
    MpGroupConfig *group = unit_group("front");

    assert_bad(unit_group("no good"), MP_ERROR_INVALID_ARGUMENT,
               "\"no good\" is not a group name; allowed are 1 to 31 letters, digits, \"_\", "
               "\".\" and \"-\", the first a letter or digit");
    assert_bad(unit_group(""), MP_ERROR_INVALID_ARGUMENT, "\"\" is not a group name");
    unit_member(group, "a/b");
    assert_bad(group, MP_ERROR_INVALID_ARGUMENT,
               "\"a/b\" is not an interface name; allowed are 1 to 15 bytes without white space, "
               "\"/\" and \":\"");
}

static void test_interface_twice(void)
{
    MpGroupConfig *front = unit_group("front"), *back = unit_group("back");
    g_autoptr(MpConfig) config = mp_config_new();

    unit_member(front, "eth0");
    unit_member(back, "eth0");
    mp_config_put(config, front);
    mp_config_put(config, back);
    assert_bad_config(config, MP_ERROR_INTERFACE_IN_USE, "interface eth0 is already in group back");

    front = unit_group("front");
    unit_member(front, "eth0");
    unit_member(front, "eth1");
    unit_member(front, "eth0");
    assert_bad(front, MP_ERROR_EXISTS, "interface eth0 is in group front twice");
}

static void test_address_twice(void)
{
    static const struct {
        gboolean test0, test1;
        const char *address0, *address1;
        MpError code;
        const char *wrong;
    } cases[] = {
        {FALSE, FALSE, "192.0.2.10/24", "192.0.2.10/24", MP_ERROR_EXISTS,
         "192.0.2.10/24 is already a data address of interface eth0 in group front"},
        {FALSE, FALSE, "192.0.2.10/24", "192.0.2.10/25", MP_ERROR_EXISTS,
         "192.0.2.10/25 is already a data address of interface eth0 in group front"},
        {FALSE, TRUE, "192.0.2.10/24", "192.0.2.10/24", MP_ERROR_TEST_ADDRESS_CONFLICT,
         "192.0.2.10/24 is already a data address of interface eth0 in group front"},
        {TRUE, FALSE, "192.0.2.10/24", "192.0.2.10/24", MP_ERROR_TEST_ADDRESS_CONFLICT,
         "192.0.2.10/24 is already a test address of interface eth0 in group front"},
        {TRUE, TRUE, "192.0.2.10/24", "192.0.2.10/24", MP_ERROR_TEST_ADDRESS_CONFLICT,
         "192.0.2.10/24 is already a test address of interface eth0 in group front"},
        {TRUE, TRUE, "fe80::1/64", "fe80::1/64", MP_ERROR_TEST_ADDRESS_CONFLICT,
         "fe80::1/64 is already a test address of interface eth0 in group front"},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        MpGroupConfig *group = unit_group("front");
        MpInterfaceConfig *eth0 = unit_member(group, "eth0"), *eth1 = unit_member(group, "eth1");

        unit_add(cases[i].test0 ? eth0->test_addresses : eth0->addresses, cases[i].address0);
        unit_add(cases[i].test1 ? eth1->test_addresses : eth1->addresses, cases[i].address1);
        assert_bad(group, cases[i].code, cases[i].wrong);
    }
}

static void test_address_of_the_group_twice(void)
{
    MpGroupConfig *group = unit_group("front");

    unit_add(group->addresses, "192.0.2.20/24");
    unit_add(unit_member(group, "eth0")->addresses, "192.0.2.20/24");
    assert_bad(group, MP_ERROR_EXISTS, "192.0.2.20/24 is already a data address of group front");
}

static void test_address_in_two_groups(void)
{
    g_autoptr(MpConfig) config = mp_config_new();

    mp_config_put(config, unit_group("a"));
    mp_config_put(config, unit_group("b"));
    unit_add(unit_member(mp_config_find(config, "a"), "eth0")->addresses, "192.0.2.10/24");
    unit_add(mp_config_find(config, "b")->addresses, "192.0.2.10/24");
    assert_bad_config(config, MP_ERROR_EXISTS,
                      "192.0.2.10/24 is already a data address of interface eth0 in group a");
}

/* Two groups are two links, and each link has a fe80::1 of its own. */
static void test_link_local_in_two_groups(void)
{
    g_autoptr(MpConfig) config = mp_config_new();
    GError *error = NULL;

    mp_config_put(config, unit_group("a"));
    mp_config_put(config, unit_group("b"));
    unit_add(unit_member(mp_config_find(config, "a"), "eth0")->test_addresses, "fe80::1/64");
    unit_add(unit_member(mp_config_find(config, "b"), "eth1")->test_addresses, "fe80::1/64");
    g_assert_true(mp_config_validate(config, &error));
    g_assert_no_error(error);
}

static void test_standby(void)
{
    MpGroupConfig *group = unit_group("front");
    MpInterfaceConfig *eth1 = unit_member(group, "eth1");

    eth1->standby = TRUE;
    unit_add(eth1->addresses, "192.0.2.10/24");
    assert_bad(group, MP_ERROR_STANDBY,
               "192.0.2.10/24 cannot be at home on interface eth1, which is a standby; allowed is "
               "an interface that is not, or the group itself");
}

static void test_test_addresses(void)
{
    static const struct {
        const char *first, *second;
        const char *wrong;
    } cases[] = {
        {"192.0.2.110/24", "192.0.2.111/24",
         "192.0.2.111/24 is a second test address of interface eth0; at most one IPv4 address is "
         "allowed"},
        {"fe80::1/64", "fe80::2/64", "fe80::2/64 is a second test address of interface eth0"},
        {"192.0.2.110/24", "2001:db8::110/64", "2001:db8::110/64 cannot be a test address"},
        {"192.0.2.110/24", "::1/128", "::1/128 cannot be a test address: it is a loopback"},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        MpGroupConfig *group = unit_group("front");
        MpInterfaceConfig *eth0 = unit_member(group, "eth0");

        unit_add(eth0->test_addresses, cases[i].first);
        unit_add(eth0->test_addresses, cases[i].second);
        assert_bad(group, MP_ERROR_INVALID_ARGUMENT, cases[i].wrong);
    }
}

static void test_data_address_kind(void)
{
    MpGroupConfig *group = unit_group("front");

    unit_add(group->addresses, "fe80::1/64");
    assert_bad(group, MP_ERROR_INVALID_ARGUMENT, "fe80::1/64 cannot be a data address");
    group = unit_group("front");
    unit_add(unit_member(group, "eth0")->addresses, "224.0.0.1/24");
    assert_bad(group, MP_ERROR_INVALID_ARGUMENT, "224.0.0.1/24 cannot be a data address");
}

static void test_targets(void)
{
    static const struct {
        const char *target;
        const char *wrong; /* NULL = good */
    } cases[] = {
        {"192.0.2.1", NULL},
        {"198.51.100.255", NULL}, /* in the subnet of the test address */
        {"203.0.113.1", NULL},    /* in that of the homeless one */
        {"fe80::99", NULL},
        {"2001:db8::1", NULL}, /* the group has no IPv6 address here: the host will tell */
        {"192.0.3.1", "probe target 192.0.3.1 is outside every subnet of group front, where probes "
                      "(TTL 1) cannot go; allowed is a neighbour in the subnet of a data or test "
                      "address"},
        {"198.51.101.0", "probe target 198.51.101.0 is outside every subnet"},
        {"192.0.2.10", "probe target 192.0.2.10 is an address of group front itself; allowed is a "
                       "neighbour"},
        {"198.51.100.110", "probe target 198.51.100.110 is an address of group front itself"},
        {"224.0.0.1", "224.0.0.1/32 cannot be a probe target"},
        {"192.0.2.2", "probe target 192.0.2.2 is named twice"},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        MpGroupConfig *group = unit_group("front");
        MpInterfaceConfig *eth0 = unit_member(group, "eth0");

        unit_add(group->addresses, "203.0.113.20/24");
        unit_add(eth0->addresses, "192.0.2.10/24");
        unit_add(eth0->test_addresses, "198.51.100.110/24");
        unit_add(group->probe_targets, "192.0.2.2");
        unit_add(group->probe_targets, cases[i].target);
        if (cases[i].wrong == NULL)
            assert_good(group);
        else
            assert_bad(group, MP_ERROR_INVALID_ARGUMENT, cases[i].wrong);
    }
}

static void test_hardware(void)
{
    MpGroupConfig *group = unit_group("front");
    MpInterfaceConfig *eth0 = unit_member(group, "eth0"), *eth1;

    eth0->hardware_address = g_strdup("nonsense");
    assert_bad(group, MP_ERROR_INVALID_ARGUMENT, "\"nonsense\" is not a hardware address");

    group = unit_group("front");
    unit_member(group, "eth0")->hardware_address = g_strdup("02:AA:00:00:00:01");
    assert_bad(group, MP_ERROR_INVALID_ARGUMENT,
               "hardware address 02:AA:00:00:00:01 is not in lower case");

    group = unit_group("front");
    eth0 = unit_member(group, "eth0");
    eth1 = unit_member(group, "eth1");
    eth0->hardware_address = g_strdup("02:00:00:00:00:01");
    eth1->hardware_address = g_strdup("02:00:00:00:00:01");
    assert_bad(group, MP_ERROR_DUPLICATE_HARDWARE_ADDRESS,
               "hardware address 02:00:00:00:00:01 is already that of interface eth0");
}

static MpGroupConfig *group_with_members(guint n)
{
    MpGroupConfig *group = unit_group("front");

    for (guint i = 0; i < n; i++) {
        g_autofree char *name = g_strdup_printf("eth%u", i);

        unit_member(group, name);
    }
    return group;
}

static void test_interface_limit(void)
{
    assert_good(group_with_members(MP_GROUP_INTERFACES_MAX));
    assert_bad(group_with_members(MP_GROUP_INTERFACES_MAX + 1), MP_ERROR_LIMIT_REACHED,
               "group front has 65 interfaces; at most 64 are allowed");
}

/* Addresses 10.0.0.1/8 and on. */
static void add_many(GArray *list, guint n, guint first)
{
    for (guint i = first; i < first + n; i++) {
        MpAddress address = {.family = MP_IPV4,
                             .prefix = 8,
                             .bytes = {10, (guint8)(i >> 16), (guint8)(i >> 8), (guint8)i}};

        g_array_append_val(list, address);
    }
}

static void test_address_limit(void)
{
    MpGroupConfig *group = unit_group("front");

    add_many(group->addresses, MP_GROUP_ADDRESSES_MAX, 1);
    assert_good(group);

    group = unit_group("front");
    add_many(group->addresses, MP_GROUP_ADDRESSES_MAX + 1, 1);
    assert_bad(group, MP_ERROR_LIMIT_REACHED,
               "group front has 4097 data addresses; at most 4096 are allowed");

    group = unit_group("front");
    add_many(group->addresses, MP_GROUP_ADDRESSES_MAX, 1);
    add_many(unit_member(group, "eth0")->addresses, 1, MP_GROUP_ADDRESSES_MAX + 1);
    assert_bad(group, MP_ERROR_LIMIT_REACHED, "group front has 4097 data addresses");
}

static void test_target_limit(void)
{
    MpGroupConfig *group = unit_group("front");

    add_many(group->probe_targets, MP_GROUP_TARGETS_MAX, 1);
    assert_good(group);
    group = unit_group("front");
    add_many(group->probe_targets, MP_GROUP_TARGETS_MAX + 1, 1);
    assert_bad(group, MP_ERROR_LIMIT_REACHED,
               "group front has 65 probe targets; at most 64 are allowed");
}

static void test_group_limit(void)
{
    g_autoptr(MpConfig) config = mp_config_new();

    for (guint i = 0; i < MP_GROUPS_MAX; i++) {
        g_autofree char *name = g_strdup_printf("group%u", i);

        mp_config_put(config, unit_group(name));
    }
    g_assert_true(mp_config_validate(config, NULL));
    mp_config_put(config, unit_group("more"));
    assert_bad_config(config, MP_ERROR_LIMIT_REACHED, "257 groups; at most 256 are allowed");
}

/* Of all groups together; 64 members a group, and 4,096 addresses. */
static void test_total_limits(void)
{
    g_autoptr(MpConfig) members = mp_config_new();
    g_autoptr(MpConfig) addresses = mp_config_new();

    for (guint i = 0; i < MP_INTERFACES_MAX; i++) {
        g_autofree char *name = g_strdup_printf("if%u", i);
        g_autofree char *group = g_strdup_printf("group%u", i / MP_GROUP_INTERFACES_MAX);

        if (i % MP_GROUP_INTERFACES_MAX == 0)
            mp_config_put(members, unit_group(group));
        unit_member(mp_config_find(members, group), name);
    }
    g_assert_true(mp_config_validate(members, NULL));
    mp_config_put(members, unit_group("more"));
    g_assert_true(mp_config_validate(members, NULL));
    unit_member(mp_config_find(members, "more"), "one");
    assert_bad_config(members, MP_ERROR_LIMIT_REACHED,
                      "4097 interfaces in all groups; at most 4096 are allowed");

    for (guint i = 0; i < MP_ADDRESSES_MAX / MP_GROUP_ADDRESSES_MAX; i++) {
        g_autofree char *name = g_strdup_printf("group%u", i);
        MpGroupConfig *group = unit_group(name);

        add_many(group->addresses, MP_GROUP_ADDRESSES_MAX, i * MP_GROUP_ADDRESSES_MAX + 1);
        mp_config_put(addresses, group);
    }
    g_assert_true(mp_config_validate(addresses, NULL));
    mp_config_put(addresses, unit_group("more"));
    add_many(mp_config_find(addresses, "more")->addresses, 1, MP_ADDRESSES_MAX + 1);
    assert_bad_config(addresses, MP_ERROR_LIMIT_REACHED,
                      "65537 data addresses in all groups; at most 65536 are allowed");
}

/* Where the fault is, in the words of the file. */
static void test_fault(void)
{
    g_autoptr(MpGroupConfig) group = unit_group("front");
    MpInterfaceConfig *eth0 = unit_member(group, "eth0");
    MpConfigFault fault;

    unit_add(eth0->addresses, "192.0.2.10/24");
    unit_add(eth0->test_addresses, "192.0.2.10/24");
    g_assert_false(mp_group_config_check(group, &fault, NULL));
    g_assert_cmpstr(fault.interface, ==, "eth0");
    g_assert_cmpstr(fault.key, ==, "TestAddresses");
    g_assert_cmpstr(fault.value, ==, "192.0.2.10/24");

    g_array_set_size(eth0->test_addresses, 0);
    unit_add(group->probe_targets, "10.0.0.1");
    g_assert_false(mp_group_config_check(group, &fault, NULL));
    g_assert_cmpstr(fault.interface, ==, "");
    g_assert_cmpstr(fault.key, ==, "ProbeTargets");
    g_assert_cmpstr(fault.value, ==, "10.0.0.1");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/validate/good", test_good);
    g_test_add_func("/validate/nothing-is-good", test_nothing_is_good);
    g_test_add_func("/validate/numbers", test_numbers);
    g_test_add_func("/validate/defaults", test_defaults);
    g_test_add_func("/validate/names", test_names);
    g_test_add_func("/validate/interface-twice", test_interface_twice);
    g_test_add_func("/validate/address-twice", test_address_twice);
    g_test_add_func("/validate/address-of-the-group-twice", test_address_of_the_group_twice);
    g_test_add_func("/validate/address-in-two-groups", test_address_in_two_groups);
    g_test_add_func("/validate/link-local-in-two-groups", test_link_local_in_two_groups);
    g_test_add_func("/validate/standby", test_standby);
    g_test_add_func("/validate/test-addresses", test_test_addresses);
    g_test_add_func("/validate/data-address-kind", test_data_address_kind);
    g_test_add_func("/validate/targets", test_targets);
    g_test_add_func("/validate/hardware", test_hardware);
    g_test_add_func("/validate/interface-limit", test_interface_limit);
    g_test_add_func("/validate/address-limit", test_address_limit);
    g_test_add_func("/validate/target-limit", test_target_limit);
    g_test_add_func("/validate/group-limit", test_group_limit);
    g_test_add_func("/validate/total-limits", test_total_limits);
    g_test_add_func("/validate/fault", test_fault);
    return g_test_run();
}
