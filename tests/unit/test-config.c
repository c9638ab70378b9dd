/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "unit.h"

static void test_defaults(void)
{
    MpDefaults defaults = mp_defaults_new(), other = defaults;

    g_assert_cmpuint(defaults.failure_detection_ms, ==, 10000);
    g_assert_true(defaults.failback);
    g_assert_false(defaults.track_ungrouped);
    g_assert_cmpuint(defaults.link_poll_ms, ==, 10);
    g_assert_true(defaults.anchor);
    g_assert_true(mp_defaults_equal(&defaults, &other));
}

static void test_new_group(void)
{
    MpDefaults defaults = mp_defaults_new();
    g_autoptr(MpGroupConfig) group = NULL;

    defaults.failure_detection_ms = 2000;
    defaults.failback = FALSE;
    group = mp_group_config_new("front", &defaults);
    g_assert_cmpstr(group->name, ==, "front");
    g_assert_null(group->path);
    g_assert_cmpuint(group->failure_detection_ms, ==, 2000);
    g_assert_true(group->failure_detection_inherited);
    g_assert_false(group->failback);
    g_assert_true(group->failback_inherited);
    g_assert_cmpint(group->probe_method, ==, MP_METHOD_AUTO);
    g_assert_cmpuint(group->probe_failures, ==, 5);
    g_assert_cmpuint(group->probe_repairs, ==, 10);
    g_assert_cmpuint(group->repair_delay_ms, ==, 0);
    g_assert_false(group->probe_targets_only);
    g_assert_cmpuint(group->probe_targets->len, ==, 0);
    g_assert_cmpuint(group->addresses->len, ==, 0);
    g_assert_cmpuint(group->interfaces->len, ==, 0);
}

/* A group in which nothing is as it would be without a file. */
static MpGroupConfig *full_group(void)
{
    MpGroupConfig *group = unit_group("front");
    MpInterfaceConfig *eth0 = unit_member(group, "eth0"), *eth1 = unit_member(group, "eth1");

    group->path = g_strdup("/etc/ipmp/groups.d/front.conf");
    group->origin = MP_ORIGIN_VENDOR;
    group->failure_detection_ms = 1000;
    group->failure_detection_inherited = FALSE;
    group->probe_method = MP_METHOD_ICMP;
    unit_add(group->probe_targets, "192.0.2.1");
    unit_add(group->addresses, "192.0.2.20/24");
    unit_add(eth0->addresses, "192.0.2.10/24");
    unit_add(eth0->test_addresses, "192.0.2.110/24");
    eth0->hardware_address = g_strdup("02:00:00:00:00:01");
    eth1->standby = TRUE;
    return group;
}

static void test_copy(void)
{
    g_autoptr(MpGroupConfig) group = full_group();
    g_autoptr(MpGroupConfig) copy = mp_group_config_copy(group);
    MpInterfaceConfig *eth0 = mp_group_config_find(copy, "eth0");

    g_assert_true(mp_group_config_equal(group, copy));
    g_assert_cmpstr(copy->path, ==, group->path);
    g_assert_true(copy->path != group->path);
    g_assert_cmpint(copy->origin, ==, MP_ORIGIN_VENDOR);

    /* Nothing is shared. */
    unit_add(eth0->addresses, "192.0.2.11/24");
    g_assert_cmpuint(mp_group_config_find(group, "eth0")->addresses->len, ==, 1);
    unit_add(copy->probe_targets, "192.0.2.2");
    g_assert_cmpuint(group->probe_targets->len, ==, 1);
    g_ptr_array_remove_index(copy->interfaces, 1);
    g_assert_cmpuint(group->interfaces->len, ==, 2);
}

static void test_find(void)
{
    g_autoptr(MpGroupConfig) group = full_group();

    g_assert_cmpstr(mp_group_config_find(group, "eth1")->name, ==, "eth1");
    g_assert_null(mp_group_config_find(group, "eth2"));
    g_assert_null(mp_group_config_find(group, ""));
}

typedef void (*Change)(MpGroupConfig *group);

#define CHANGE(name, statement)                                                                    \
    static void change_##name(MpGroupConfig *group)                                                \
    {                                                                                              \
        statement;                                                                                 \
    }
#define MEMBER(i) ((MpInterfaceConfig *)group->interfaces->pdata[i])

CHANGE(fdt, group->failure_detection_ms++)
CHANGE(fdt_inherited, group->failure_detection_inherited = TRUE)
CHANGE(failback, group->failback = !group->failback)
CHANGE(failback_inherited, group->failback_inherited = FALSE)
CHANGE(method, group->probe_method = MP_METHOD_ARP)
CHANGE(targets, unit_add(group->probe_targets, "192.0.2.2"))
CHANGE(targets_only, group->probe_targets_only = TRUE)
CHANGE(failures, group->probe_failures++)
CHANGE(repairs, group->probe_repairs++)
CHANGE(delay, group->repair_delay_ms++)
CHANGE(addresses, g_array_set_size(group->addresses, 0))
CHANGE(prefix, g_array_index(group->addresses, MpAddress, 0).prefix = 25)
CHANGE(one_more, unit_member(group, "eth2"))
CHANGE(one_less, g_ptr_array_set_size(group->interfaces, 1))
CHANGE(standby, MEMBER(1)->standby = FALSE)
CHANGE(test, g_array_set_size(MEMBER(0)->test_addresses, 0))
CHANGE(data, unit_add(MEMBER(0)->addresses, "192.0.2.12/24"))
CHANGE(hardware, g_clear_pointer(&MEMBER(0)->hardware_address, g_free))
CHANGE(name, (g_free(group->name), group->name = g_strdup("back")))
CHANGE(member_name, (g_free(MEMBER(0)->name), MEMBER(0)->name = g_strdup("eth9")))

static void change_order(MpGroupConfig *group)
{
    g_ptr_array_add(group->interfaces, g_ptr_array_steal_index(group->interfaces, 0));
}

static void test_equal(void)
{
    static const Change changes[] = {
        change_fdt,      change_fdt_inherited, change_failback,     change_failback_inherited,
        change_method,   change_targets,       change_targets_only, change_failures,
        change_repairs,  change_delay,         change_addresses,    change_prefix,
        change_one_more, change_one_less,      change_standby,      change_test,
        change_data,     change_hardware,      change_name,         change_member_name,
        change_order,
    };
    g_autoptr(MpGroupConfig) group = full_group();

    for (gsize i = 0; i < G_N_ELEMENTS(changes); i++) {
        g_autoptr(MpGroupConfig) other = mp_group_config_copy(group);

        changes[i](other);
        g_assert_false(mp_group_config_equal(group, other));
        g_assert_false(mp_group_config_equal(other, group));
        g_assert_true(mp_group_config_equal(other, other));
    }
}

static void test_equal_wherever_it_came_from(void)
{
    g_autoptr(MpGroupConfig) group = full_group();
    g_autoptr(MpGroupConfig) other = mp_group_config_copy(group);

    other->origin = MP_ORIGIN_RUNTIME;
    g_clear_pointer(&other->path, g_free);
    g_assert_true(mp_group_config_equal(group, other));
}

static void test_put_keeps_order(void)
{
    static const char *const names[] = {"m", "a", "z", "m", "b", "B"};
    g_autoptr(MpConfig) config = mp_config_new();
    GString *order = g_string_new(NULL);

    for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
        mp_config_put(config, unit_group(names[i]));
    for (guint i = 0; i < config->groups->len; i++)
        g_string_append(order, ((MpGroupConfig *)config->groups->pdata[i])->name);
    g_assert_cmpstr(order->str, ==, "Babmz");
    g_string_free(order, TRUE);
}

static void test_put_replaces(void)
{
    g_autoptr(MpConfig) config = mp_config_new();
    MpGroupConfig *second = unit_group("front");

    mp_config_put(config, full_group());
    mp_config_put(config, second);
    g_assert_cmpuint(config->groups->len, ==, 1);
    g_assert_true(mp_config_find(config, "front") == second);
    g_assert_null(mp_config_find(config, "fron"));
    g_assert_null(mp_config_find(config, "fronts"));
}

static void test_drop(void)
{
    g_autoptr(MpConfig) config = mp_config_new();

    mp_config_put(config, unit_group("a"));
    mp_config_put(config, unit_group("b"));
    g_assert_false(mp_config_drop(config, "c"));
    g_assert_true(mp_config_drop(config, "a"));
    g_assert_false(mp_config_drop(config, "a"));
    g_assert_cmpuint(config->groups->len, ==, 1);
    g_assert_nonnull(mp_config_find(config, "b"));
}

static void test_find_interface(void)
{
    g_autoptr(MpConfig) config = mp_config_new();
    MpGroupConfig *back = unit_group("back");

    unit_member(back, "eth7");
    mp_config_put(config, back);
    mp_config_put(config, full_group());
    g_assert_true(mp_config_find_interface(config, "eth7") == back);
    g_assert_true(mp_config_find_interface(config, "eth1") == mp_config_find(config, "front"));
    g_assert_null(mp_config_find_interface(config, "eth5"));
}

static void test_inherit(void)
{
    g_autoptr(MpConfig) config = mp_config_new();
    const MpGroupConfig *heir, *own;

    mp_config_put(config, unit_group("heir"));
    mp_config_put(config, full_group());
    mp_config_find(config, "front")->failback_inherited = FALSE;
    config->defaults.failure_detection_ms = 3000;
    config->defaults.failback = FALSE;
    mp_config_inherit(config);

    heir = mp_config_find(config, "heir");
    g_assert_cmpuint(heir->failure_detection_ms, ==, 3000);
    g_assert_false(heir->failback);
    own = mp_config_find(config, "front");
    g_assert_cmpuint(own->failure_detection_ms, ==, 1000);
    g_assert_true(own->failback);
}

static void test_config_equal(void)
{
    g_autoptr(MpConfig) config = mp_config_new();
    g_autoptr(MpConfig) copy = NULL;

    mp_config_put(config, full_group());
    config->defaults.anchor = FALSE;
    copy = mp_config_copy(config);
    g_assert_true(mp_config_equal(config, copy));
    g_assert_false(copy->defaults.anchor);

    mp_config_find(copy, "front")->probe_failures = 7;
    g_assert_false(mp_config_equal(config, copy));
    mp_config_drop(copy, "front");
    g_assert_false(mp_config_equal(config, copy));
}

static void test_defaults_equal(void)
{
    const MpDefaults defaults = mp_defaults_new();
    MpDefaults others[] = {defaults, defaults, defaults, defaults, defaults};
    g_autoptr(MpConfig) config = mp_config_new();

    others[0].failure_detection_ms++;
    others[1].failback = FALSE;
    others[2].track_ungrouped = TRUE;
    others[3].link_poll_ms = 0;
    others[4].anchor = FALSE;
    for (gsize i = 0; i < G_N_ELEMENTS(others); i++) {
        g_autoptr(MpConfig) other = mp_config_copy(config);

        other->defaults = others[i];
        g_assert_false(mp_defaults_equal(&defaults, &others[i]));
        g_assert_false(mp_config_equal(config, other));
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/config/defaults", test_defaults);
    g_test_add_func("/config/new-group", test_new_group);
    g_test_add_func("/config/copy", test_copy);
    g_test_add_func("/config/find", test_find);
    g_test_add_func("/config/equal", test_equal);
    g_test_add_func("/config/equal-wherever-it-came-from", test_equal_wherever_it_came_from);
    g_test_add_func("/config/put-keeps-order", test_put_keeps_order);
    g_test_add_func("/config/put-replaces", test_put_replaces);
    g_test_add_func("/config/drop", test_drop);
    g_test_add_func("/config/find-interface", test_find_interface);
    g_test_add_func("/config/inherit", test_inherit);
    g_test_add_func("/config/config-equal", test_config_equal);
    g_test_add_func("/config/defaults-equal", test_defaults_equal);
    return g_test_run();
}
