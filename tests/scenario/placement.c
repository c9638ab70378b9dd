/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Groups, and where data addresses are: docs/state-machines.md, "Group", and
 * docs/state-machines-addresses.md, "Placement". */
#include "harness.h"

#define TWO "front: eth0 eth1"
#define DATA "eth0 10.0.0.10/24; eth1 10.0.0.11/24"
#define STANDBY "front: eth0 eth1 eth2,standby"

static void group_ok(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO);

    expect_group(s, "front", MP_GROUP_OK);
    expect_active(s, "eth0 eth1");
}

static void group_degraded(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO);

    scenario_carrier(s, "eth0", FALSE);
    scenario_run(s);
    expect_group(s, "front", MP_GROUP_DEGRADED);
    expect_notice(s, MP_NOTICE_GROUP_STATE, MP_REASON_LINK_DOWN, NULL);
}

static void group_failed(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO);

    scenario_carrier(s, "eth0", FALSE);
    scenario_carrier(s, "eth1", FALSE);
    scenario_run(s);
    expect_group(s, "front", MP_GROUP_FAILED);
    expect_active(s, "");
}

static void group_back(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO);

    scenario_carrier(s, "eth0", FALSE);
    scenario_carrier(s, "eth1", FALSE);
    scenario_run(s);
    scenario_carrier(s, "eth1", TRUE);
    scenario_run(s);
    expect_group(s, "front", MP_GROUP_DEGRADED);
    expect_where(s, "10.0.0.10", "eth1");
    scenario_carrier(s, "eth0", TRUE);
    scenario_run(s);
    expect_group(s, "front", MP_GROUP_OK);
    expect_where(s, "10.0.0.10", "eth0");
}

static void group_empty(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0", "", "front:");
    g_autoptr(MpSnapshot) snapshot = mp_engine_snapshot(s->engine);

    expect_group(s, "front", MP_GROUP_FAILED);
    g_assert_cmpint(mp_snapshot_state(snapshot), ==, MP_GROUP_OK);
}

static void two_groups(void)
{
    g_autoptr(Scenario) s = scenario_new("eth0 eth1 eth2 eth3");

    scenario_addresses(s, "eth0 10.0.0.10/24; eth2 10.1.0.10/24");
    scenario_group(s, "front: eth0 eth1");
    scenario_group(s, "back: eth2 eth3");
    scenario_start(s);
    scenario_run(s);
    scenario_carrier(s, "eth2", FALSE);
    scenario_run(s);
    expect_group(s, "front", MP_GROUP_OK);
    expect_group(s, "back", MP_GROUP_DEGRADED);
    expect_where(s, "10.1.0.10", "eth3");
    expect_where(s, "10.0.0.10", "eth0");
}

/* Two links share no prefix, as a rule; where they do, the first group has it and nothing is fought
 * over. */
static void two_groups_one_prefix(void)
{
    g_autoptr(Scenario) s = scenario_new("eth0 eth1 eth2 eth3");

    scenario_addresses(s, "eth0 10.0.0.10/24; eth2 10.0.0.20/24");
    scenario_group(s, "front: eth0 eth1");
    scenario_group(s, "back: eth2 eth3");
    scenario_start(s);
    scenario_run(s);
    scenario_carrier(s, "eth2", FALSE);
    scenario_run(s);
    expect_where(s, "10.0.0.20", "eth3");
    expect_where(s, "10.0.0.10", "eth0");
}

/* 1 */
static void active_wanted(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1 eth2", DATA, STANDBY);

    expect_active(s, "eth0 eth1");
    scenario_carrier(s, "eth0", FALSE);
    scenario_run(s);
    expect_active(s, "eth1 eth2");
}

static void only_standbys(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", "",
                                               "front: eth0,standby eth1,standby;"
                                               " 10.0.0.10/24");

    expect_active(s, "eth0");
    expect_where(s, "10.0.0.10", "eth0");
    scenario_carrier(s, "eth0", FALSE);
    scenario_run(s);
    expect_where(s, "10.0.0.10", "eth1");
}

/* 2 */
static void standby_takes_all(void)
{
    g_autoptr(Scenario) s = scenario_new_group(
        "eth0 eth1 eth2", "eth0 10.0.0.10/24 10.0.0.12/24 10.0.0.13/24; eth1 10.0.0.11/24",
        STANDBY);

    scenario_carrier(s, "eth0", FALSE);
    scenario_run(s);
    expect_where(s, "10.0.0.10", "eth2");
    expect_where(s, "10.0.0.12", "eth2");
    expect_where(s, "10.0.0.13", "eth2");
    expect_where(s, "10.0.0.11", "eth1");
    expect_notice(s, MP_NOTICE_ROLE, MP_REASON_ACTIVATED, "eth2");
}

static void standby_before_inactive(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1 eth2", DATA, STANDBY "; failback=no");

    scenario_carrier(s, "eth0", FALSE);
    scenario_run(s);
    scenario_carrier(s, "eth0", TRUE); /* inactive now, eth2 carries its address */
    scenario_run(s);
    expect_active(s, "eth1 eth2");
    scenario_carrier(s, "eth2", FALSE);
    scenario_run(s);
    expect_active(s, "eth0 eth1");
    scenario_carrier(s, "eth2", TRUE);
    scenario_run(s);
    expect_active(s, "eth0 eth1");
    scenario_carrier(s, "eth0", FALSE);
    scenario_run(s);
    expect_where(s, "10.0.0.10", "eth2");
    /* Both are there to be activated: a standby, and before it in the file an inactive one. */
    scenario_carrier(s, "eth2", FALSE);
    scenario_run(s);
    expect_active(s, "eth1");
    scenario_carrier(s, "eth0", TRUE);
    scenario_carrier(s, "eth2", TRUE);
    scenario_run(s);
    expect_active(s, "eth1");
    scenario_carrier(s, "eth1", FALSE);
    scenario_run(s);
    expect_where(s, "10.0.0.10", "eth2");
    expect_where(s, "10.0.0.11", "eth2");
}

static void fewest_addresses(void)
{
    g_autoptr(Scenario) s = scenario_new_group(
        "eth0 eth1 eth2",
        "eth0 10.0.0.10/24 10.0.0.20/24; eth1 10.0.0.11/24 10.0.0.21/24; eth2 10.0.0.12/24",
        "front: eth0 eth1 eth2");

    scenario_carrier(s, "eth0", FALSE);
    scenario_run(s);
    /* eth2 has one less, then both have two: configuration order. */
    expect_where(s, "10.0.0.10", "eth2");
    expect_where(s, "10.0.0.20", "eth1");
    expect_where(s, "10.0.0.11", "eth1");
    expect_where(s, "10.0.0.12", "eth2");
}

static void active_standby_fails(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1 eth2", DATA, STANDBY);

    scenario_carrier(s, "eth0", FALSE);
    scenario_run(s);
    scenario_carrier(s, "eth2", FALSE);
    scenario_run(s);
    expect_where(s, "10.0.0.10", "eth1");
    expect_active(s, "eth1");
}

static void double_failure(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1 eth2", DATA, "front: eth0 eth1 eth2");

    scenario_carrier(s, "eth0", FALSE);
    scenario_carrier(s, "eth1", FALSE);
    scenario_run(s);
    expect_where(s, "10.0.0.10", "eth2");
    expect_where(s, "10.0.0.11", "eth2");
}

static void move_in_flight(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1 eth2", DATA, "front: eth0 eth1 eth2");

    fake_kernel_hold_acks(s->kernel, TRUE);
    scenario_carrier(s, "eth0", FALSE);
    scenario_now(s);
    scenario_carrier(s, "eth2", FALSE);
    scenario_now(s);
    scenario_carrier(s, "eth1", FALSE);
    scenario_now(s);
    scenario_carrier(s, "eth2", TRUE);
    scenario_now(s);
    fake_kernel_hold_acks(s->kernel, FALSE);
    scenario_run(s);
    expect_where(s, "10.0.0.10", "eth2");
    expect_where(s, "10.0.0.11", "eth2");
}

/* 3 */
static void failback(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO);

    scenario_carrier(s, "eth0", FALSE);
    scenario_run(s);
    scenario_carrier(s, "eth0", TRUE);
    scenario_run(s);
    expect_where(s, "10.0.0.10", "eth0");
    expect_where(s, "10.0.0.11", "eth1");
    expect_notice(s, MP_NOTICE_ADDRESS_MOVED, MP_REASON_FAILBACK, NULL);
}

static void standby_steps_back(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1 eth2", DATA, STANDBY);

    scenario_carrier(s, "eth0", FALSE);
    scenario_run(s);
    scenario_carrier(s, "eth0", TRUE);
    scenario_run(s);
    expect_active(s, "eth0 eth1");
    expect_where(s, "10.0.0.10", "eth0");
    expect_notice(s, MP_NOTICE_ROLE, MP_REASON_DEACTIVATED, "eth2");
}

static void no_failback(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO "; failback=no");

    scenario_carrier(s, "eth0", FALSE);
    scenario_run(s);
    scenario_carrier(s, "eth0", TRUE);
    scenario_run(s);
    expect_state(s, "eth0", MP_INTERFACE_OK);
    expect_active(s, "eth1");
    expect_where(s, "10.0.0.10", "eth1");
}

static void no_failback_next_failure(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO "; failback=no");

    scenario_carrier(s, "eth0", FALSE);
    scenario_run(s);
    scenario_carrier(s, "eth0", TRUE);
    scenario_run(s);
    scenario_carrier(s, "eth1", FALSE);
    scenario_run(s);
    expect_active(s, "eth0");
    expect_where(s, "10.0.0.10", "eth0");
    expect_where(s, "10.0.0.11", "eth0");
}

static void no_failback_lifted(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO "; failback=no");

    scenario_carrier(s, "eth0", FALSE);
    scenario_run(s);
    scenario_carrier(s, "eth0", TRUE);
    scenario_run(s);
    scenario_group(s, TWO);
    scenario_apply(s, -1);
    expect_active(s, "eth0 eth1");
    expect_where(s, "10.0.0.10", "eth0");
}

static void no_failback_online(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO "; failback=no");

    scenario_carrier(s, "eth0", FALSE);
    scenario_run(s);
    scenario_carrier(s, "eth0", TRUE);
    scenario_run(s);
    scenario_offline(s, "eth0", 1, -1);
    scenario_online(s, "eth0", -1);
    expect_active(s, "eth0 eth1");
    expect_where(s, "10.0.0.10", "eth0");
}

static void no_failback_nobody(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO "; failback=no");

    scenario_carrier(s, "eth0", FALSE);
    scenario_run(s);
    scenario_carrier(s, "eth1", FALSE);
    scenario_run(s);
    scenario_carrier(s, "eth0", TRUE);
    scenario_run(s);
    expect_active(s, "eth0");
    expect_where(s, "10.0.0.10", "eth0");
    expect_where(s, "10.0.0.11", "eth0");
}

static void no_failback_join(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth1", "eth1 10.0.0.11/24",
                                               "front: eth0,10.0.0.10/24 eth1; failback=no");

    scenario_plug(s, "eth0");
    scenario_run(s);
    expect_active(s, "eth0 eth1");
    expect_where(s, "10.0.0.10", "eth0");
    /* The second time it is a repair. */
    scenario_unplug(s, "eth0");
    scenario_run(s);
    scenario_plug(s, "eth0");
    scenario_run(s);
    expect_active(s, "eth1");
    expect_where(s, "10.0.0.10", "eth1");
}

/* As in life: the device is down at first, then without carrier. */
static void no_failback_join_slowly(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth1", "eth1 10.0.0.11/24",
                                               "front: eth0,10.0.0.10/24 eth1; failback=no");
    guint index = fake_link_add(s->kernel, "eth0", "02:00:00:00:00:10");

    scenario_run(s);
    expect_interface(s, "eth0", MP_INTERFACE_FAILED, MP_REASON_ADMIN_DOWN);
    fake_link_set_carrier(s->kernel, index, FALSE);
    fake_link_set_up(s->kernel, index, TRUE);
    scenario_run(s);
    expect_interface(s, "eth0", MP_INTERFACE_FAILED, MP_REASON_LINK_DOWN);
    fake_link_set_carrier(s->kernel, index, TRUE);
    scenario_run(s);
    expect_active(s, "eth0 eth1");
    expect_where(s, "10.0.0.10", "eth0");
    scenario_carrier(s, "eth0", FALSE); /* the second time it is a repair */
    scenario_run(s);
    scenario_carrier(s, "eth0", TRUE);
    scenario_run(s);
    expect_active(s, "eth1");
    expect_where(s, "10.0.0.10", "eth1");
    scenario_offline(s, "eth0", 1,
                     -1); /* so it is in the daemon's next life: the host is the same */
    scenario_online(s, "eth0", -1);
    expect_active(s, "eth0 eth1");
    scenario_carrier(s, "eth0", FALSE);
    scenario_run(s);
    scenario_restart(s);
    scenario_run(s);
    scenario_carrier(s, "eth0", TRUE);
    scenario_run(s);
    expect_active(s, "eth1");
    expect_where(s, "10.0.0.10", "eth1");
}

/* 4 */
static void nobody_active(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO);

    scenario_carrier(s, "eth0", FALSE);
    scenario_run(s);
    scenario_forget(s);
    scenario_carrier(s, "eth1", FALSE);
    scenario_run(s);
    expect_where(s, "10.0.0.10", "eth1");
    expect_where(s, "10.0.0.11", "eth1");
    expect_address(s, "10.0.0.10", MP_ADDRESS_DOWN, "eth0");
    g_assert_cmpuint(scenario_count_ops(s, MP_OP_ADDRESS_DEL), ==, 0);
}

static void nobody_present(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1 eth2", DATA, TWO);

    scenario_unplug(s, "eth0");
    scenario_unplug(s, "eth1");
    scenario_run(s);
    expect_where(s, "10.0.0.10", "lo");
    expect_address(s, "10.0.0.10", MP_ADDRESS_DOWN, "eth0");
    scenario_plug(s, "eth1");
    scenario_run(s);
    expect_where(s, "10.0.0.10", "eth1");
    expect_where(s, "10.0.0.11", "eth1");
}

/* 5 */
static void standby_set(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO);

    scenario_group(s, "front: eth0,standby eth1");
    scenario_apply(s, -1);
    expect_active(s, "eth1");
    expect_where(s, "10.0.0.10", "eth1");
    expect_notice(s, MP_NOTICE_ROLE, MP_REASON_STANDBY_SET, "eth0");
}

static void standby_cleared(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1 eth2", DATA, STANDBY);

    scenario_group(s, "front: eth0 eth1 eth2");
    scenario_apply(s, -1);
    expect_active(s, "eth0 eth1 eth2");
    expect_notice(s, MP_NOTICE_ROLE, MP_REASON_STANDBY_CLEARED, "eth2");
}

static void standby_refuses(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, "front: eth0 eth1,standby");

    scenario_group(s, "front: eth0 eth1,standby,10.0.0.99/24");
    scenario_apply(s, MP_ERROR_STANDBY);
    expect_where(s, "10.0.0.99", "");
}

static void foreign_on_standby(void)
{
    g_autoptr(Scenario) s =
        scenario_new_group("eth0 eth1", "eth0 10.0.0.10/24", "front: eth0 eth1,standby");

    scenario_addresses(s, "eth1 10.0.0.50/24");
    scenario_run(s);
    expect_where(s, "10.0.0.50", "eth0");
    expect_address(s, "10.0.0.50", MP_ADDRESS_UP, NULL);
}

static void foreign_on_failed(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO);

    scenario_carrier(s, "eth1", FALSE);
    scenario_run(s);
    scenario_addresses(s, "eth1 10.0.0.50/24");
    scenario_run(s);
    expect_where(s, "10.0.0.50", "eth0");
    expect_address(s, "10.0.0.50", MP_ADDRESS_UP, "eth1");
    scenario_carrier(s, "eth1", TRUE);
    scenario_run(s);
    expect_where(s, "10.0.0.50", "eth1");
}

/* 6 */
static guint count_on(Scenario *s, const char *link, guint first, guint n)
{
    guint count = 0;

    for (guint i = first; i < first + n; i++) {
        g_autofree char *address = g_strdup_printf("10.0.0.%u", i);
        g_autofree char *where = scenario_where(s, address);

        count += g_str_equal(where, link);
    }
    return count;
}

#define HOMELESS "10.0.0.60/24 10.0.0.61/24 10.0.0.62/24 10.0.0.63/24 10.0.0.64/24"

static void homeless_even(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", "", TWO "; " HOMELESS);
    guint on_first = count_on(s, "eth0", 60, 5);

    g_assert_cmpuint(on_first, >=, 2);
    g_assert_cmpuint(on_first, <=, 3);
    g_assert_cmpuint(on_first + count_on(s, "eth1", 60, 5), ==, 5);
}

static void homeless_rebalance(void)
{
    g_autoptr(Scenario) s =
        scenario_new_group("eth0 eth1 eth2", "", "front: eth0 eth1 eth2; " HOMELESS);

    scenario_carrier(s, "eth0", FALSE);
    scenario_run(s);
    scenario_forget(s);
    scenario_carrier(s, "eth0", TRUE);
    scenario_run(s);
    g_assert_cmpuint(count_on(s, "eth0", 60, 5), >=, 1);
    g_assert_cmpuint(count_on(s, "eth0", 60, 5), <=, 2);
    g_assert_cmpuint(count_on(s, "eth1", 60, 5), <=, 2);
    g_assert_cmpuint(count_on(s, "eth2", 60, 5), <=, 2);
    /* The fewest moves. */
    g_assert_cmpuint(scenario_count_ops(s, MP_OP_ADDRESS_DEL), ==, count_on(s, "eth0", 60, 5));
}

/* Four at home on one; the four homeless ones are the other two's. */
static void homeless_beside_others(void)
{
    g_autoptr(Scenario) s = scenario_new_group(
        "eth0 eth1 eth2", "",
        "front: eth0,10.0.0.10/24,10.0.0.11/24,10.0.0.12/24,10.0.0.13/24 eth1 eth2; "
        "10.0.0.60/24 10.0.0.61/24 10.0.0.62/24 10.0.0.63/24");

    scenario_carrier(s, "eth2", FALSE);
    scenario_run(s);
    g_assert_cmpuint(count_on(s, "eth1", 60, 4), ==, 4);
    scenario_carrier(s, "eth2", TRUE);
    scenario_run(s);
    g_assert_cmpuint(count_on(s, "eth1", 60, 4), ==, 2);
    g_assert_cmpuint(count_on(s, "eth2", 60, 4), ==, 2);
}

/* Those of one member are removed: to move any of the other one's would serve nobody now. */
/* All of the homeless on eth0 are left, and none on eth1. */
static Scenario *one_sided(void)
{
    Scenario *s = scenario_new_group("eth0 eth1", "", TWO "; " HOMELESS);
    g_autoptr(GString) left = g_string_new(TWO ";");

    for (guint i = 60; i < 65; i++) {
        g_autofree char *text = g_strdup_printf("10.0.0.%u", i);
        g_autofree char *where = scenario_where(s, text);
        MpAddress address = scenario_parse(text);

        if (g_str_equal(where, "eth0"))
            g_string_append_printf(left, " %s/24", text);
        else
            scenario_release(s, &address);
    }
    g_assert_cmpuint(count_on(s, "eth0", 60, 5), ==, 3);
    scenario_forget(s);
    scenario_group(s, left->str);
    scenario_apply(s, -1);
    scenario_run(s);
    g_assert_cmpuint(scenario_count_ops(s, MP_OP_ADDRESS_ADD), ==, 0);
    g_assert_cmpuint(count_on(s, "eth0", 60, 5), ==, 3);
    return s;
}

static void homeless_stay(void)
{
    g_autoptr(Scenario) s = one_sided();
}

static void check_restart_moves_nothing(Scenario *s)
{
    scenario_forget(s);
    scenario_start(s);
    scenario_run(s);
    g_assert_cmpuint(scenario_count_ops(s, MP_OP_ADDRESS_ADD), ==, 0);
    g_assert_cmpuint(count_on(s, "eth0", 60, 5), ==, 3);
}

static void homeless_restart(void)
{
    g_autoptr(Scenario) s = one_sided();

    scenario_stop(s);
    check_restart_moves_nothing(s);
}

static void homeless_restart_old_record(void)
{
    g_autoptr(Scenario) s = one_sided();

    scenario_stop(s);
    for (guint i = 0; i < s->record->members->len; i++)
        ((MpRecordMember *)g_ptr_array_index(s->record->members, i))->active = 0;
    check_restart_moves_nothing(s);
}

static void homeless_restart_repaired(void)
{
    g_autoptr(Scenario) s = one_sided();

    scenario_carrier(s, "eth1", FALSE);
    scenario_run(s);
    scenario_stop(s);
    scenario_carrier(s, "eth1", TRUE);
    scenario_start(s);
    scenario_run(s);
    g_assert_cmpuint(count_on(s, "eth0", 60, 5), ==, 2);
    g_assert_cmpuint(count_on(s, "eth1", 60, 5), ==, 1);
}

/* Declared though somebody else had put it on a member: it does not go with the declaration. */
static void homeless_found(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", "eth0 10.0.0.60/24 2001:db8::60/64",
                                               TWO "; 10.0.0.60/24 2001:db8::60/64");

    expect_where(s, "10.0.0.60", "eth0");
    scenario_carrier(s, "eth0", FALSE);
    scenario_run(s);
    expect_where(s, "10.0.0.60", "eth1");
    expect_where(s, "2001:db8::60", "eth1");
    scenario_stop(s);
    scenario_start(s);
    scenario_run(s);
    scenario_delete(s, "front");
    expect_where(s, "10.0.0.60", "eth1");
    expect_where(s, "2001:db8::60", "eth1");
}

/* 7 */
static void anchored(void)
{
    g_autoptr(Scenario) s =
        scenario_new_group("eth0 eth1", "eth0 10.0.0.10/24 2001:db8::1/64", TWO);
    MpAddress v4 = scenario_parse("10.0.0.10"), v6 = scenario_parse("2001:db8::1");
    const MpIfaddr *a4 = fake_address_find(s->kernel, MP_LOOPBACK_INDEX, &v4);
    const MpIfaddr *a6 = fake_address_find(s->kernel, MP_LOOPBACK_INDEX, &v6);

    g_assert_nonnull(a4);
    g_assert_cmpuint(a4->address.prefix, ==, 32);
    g_assert_cmpuint(a4->scope, ==, MP_SCOPE_HOST);
    g_assert_cmpuint(a4->protocol, ==, MP_PROTOCOL);
    g_assert_nonnull(a6);
    g_assert_cmpuint(a6->address.prefix, ==, 128);
    g_assert_cmpuint(a6->protocol, ==, MP_PROTOCOL);
}

static void anchor_off(void)
{
    g_autoptr(Scenario) s =
        scenario_new_group("eth0 eth1", "eth0 10.0.0.10/24 2001:db8::1/64", TWO "; anchor=no");
    MpAddress v4 = scenario_parse("10.0.0.10");

    g_assert_null(fake_address_find(s->kernel, MP_LOOPBACK_INDEX, &v4));
    scenario_carrier(s, "eth0", FALSE);
    scenario_run(s);
    expect_where(s, "10.0.0.10", "eth1");
    expect_where(s, "2001:db8::1", "eth1");
}

/* 8 */
static void form_kept(void)
{
    g_autoptr(Scenario) s = scenario_new("eth0 eth1");
    MpOp op = {.kind = MP_OP_ADDRESS_ADD,
               .address = {.index = scenario_index(s, "eth0"),
                           .has_broadcast = TRUE,
                           .broadcast = {10, 0, 0, 255},
                           .label = "eth0:web",
                           .metric = 77,
                           .valid_s = 3600,
                           .preferred_s = 1800}};
    const MpIfaddr *a;

    op.address.address = scenario_parse("10.0.0.10/24");
    g_assert_cmpint(fake_kernel_apply(s->kernel, &op, FAKE_SOMEONE), ==, 0);
    scenario_group(s, TWO);
    scenario_start(s);
    scenario_run(s);
    scenario_carrier(s, "eth0", FALSE);
    scenario_run(s);
    a = fake_address_find(s->kernel, scenario_index(s, "eth1"), &op.address.address);
    g_assert_nonnull(a);
    g_assert_cmpuint(a->address.prefix, ==, 24);
    g_assert_cmpstr(a->label, ==, "eth1:web");
    g_assert_true(a->has_broadcast);
    g_assert_cmpmem(a->broadcast, 4, op.address.broadcast, 4);
    g_assert_cmpuint(a->protocol, ==, MP_PROTOCOL);
    g_assert_cmpuint(a->metric, ==, 77);
    g_assert_cmpuint(a->flags & MP_IFA_PERMANENT, ==, 0);
    scenario_carrier(s, "eth0", TRUE);
    scenario_run(s);
    scenario_delete(s, "front");
    expect_restored(s);
}

static void ipv6_usable_at_once(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", "eth0 2001:db8::1/64", TWO);
    MpAddress v6 = scenario_parse("2001:db8::1");
    const MpIfaddr *a;

    scenario_carrier(s, "eth0", FALSE);
    scenario_run(s);
    a = fake_address_find(s->kernel, scenario_index(s, "eth1"), &v6);
    g_assert_nonnull(a);
    g_assert_cmpuint(a->flags & (MP_IFA_TENTATIVE | MP_IFA_DADFAILED), ==, 0);
    g_assert_cmpuint(a->flags & MP_IFA_NODAD, ==, MP_IFA_NODAD);
}

static guint told_at(const Scenario *s, gint64 start_us, gint64 ms)
{
    guint n = 0;

    for (guint i = 0; i < s->announcements->len; i++) {
        const Announced *told = &g_array_index(s->announcements, Announced, i);

        n += told->now_us == start_us + ms * MP_USEC_PER_MSEC;
    }
    return n;
}

static void announced(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", "eth0 10.0.0.10/24", TWO);
    gint64 start_us = fake_kernel_now(s->kernel);

    scenario_forget(s);
    scenario_carrier(s, "eth0", FALSE);
    scenario_advance(s, 3000);
    g_assert_cmpuint(told_at(s, start_us, 0), >=, 2); /* before and after the address */
    g_assert_cmpuint(told_at(s, start_us, 100), ==, 1);
    g_assert_cmpuint(told_at(s, start_us, 500), ==, 1);
    g_assert_cmpuint(told_at(s, start_us, 1500), ==, 1);
    g_assert_cmpuint(s->announcements->len, ==, 3 + told_at(s, start_us, 0));
}

/* 9 */
static int refuse_on(FakeKernel *kernel, const MpOp *op, gpointer user_data)
{
    const guint *index = user_data;

    return op->kind == MP_OP_ADDRESS_ADD && op->address.index == *index &&
                   op->address.address.family == MP_IPV6
               ? EACCES
               : 0;
}

static void refused(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1 eth2", "eth0 2001:db8::1/64 10.0.0.10/24",
                                               "front: eth0 eth1 eth2");
    guint index = scenario_index(s, "eth2");

    s->refuse = refuse_on;
    s->refuse_data = &index;
    scenario_carrier(s, "eth0", FALSE);
    scenario_run(s);
    /* eth1 has the IPv4 address, so eth2 would have been next. */
    expect_where(s, "2001:db8::1", "eth1");
    expect_notice(s, MP_NOTICE_KERNEL, MP_REASON_REFUSED, NULL);
    expect_notice(s, MP_NOTICE_ADDRESS_MOVED, MP_REASON_REFUSED, NULL);
}

static void refused_forgiven(void)
{
    g_autoptr(Scenario) s =
        scenario_new_group("eth0 eth1", "eth0 2001:db8::1/64 10.0.0.10/24", TWO);
    guint index = scenario_index(s, "eth1");

    s->refuse = refuse_on;
    s->refuse_data = &index;
    s->refusing = TRUE;
    scenario_carrier(s, "eth0", FALSE);
    scenario_advance(s, 5000);
    g_assert_cmpuint(scenario_count_ops(s, MP_OP_ADDRESS_ADD), <, 50);
    s->refuse = NULL;
    s->refusing = FALSE;
    scenario_up(s, "eth1", FALSE);
    scenario_up(s, "eth1", TRUE);
    scenario_advance(s, 5000);
    expect_where(s, "2001:db8::1", "eth1");
}

/* Whoever asked for it would wait for ever. */
static void refused_at_offline(void)
{
    g_autoptr(Scenario) s =
        scenario_new_group("eth0 eth1", "eth0 2001:db8::1/64 10.0.0.10/24", TWO);
    guint index = scenario_index(s, "eth1");

    s->refuse = refuse_on;
    s->refuse_data = &index;
    s->refusing = TRUE;
    scenario_offline(s, "eth0", 1, -1);
    scenario_advance(s, 2000);
    expect_interface(s, "eth0", MP_INTERFACE_OFFLINE, MP_REASON_OFFLINE);
    expect_where(s, "10.0.0.10", "eth1");
    expect_where(s, "2001:db8::1", "eth0");
}

/* 10 */
static void default_follows(void)
{
    g_autoptr(Scenario) s = scenario_new("eth0 eth1");
    MpAddress far = scenario_parse("198.51.100.1");
    const MpRoute *route;

    scenario_addresses(s, DATA);
    scenario_route(s, "default via 10.0.0.1 eth0");
    scenario_group(s, TWO);
    scenario_start(s);
    scenario_run(s);
    scenario_up(s, "eth0", FALSE); /* the kernel flushes the foreign one without a word */
    scenario_run(s);
    route = fake_route_lookup(s->kernel, MP_TABLE_DEFAULTS, &far);
    g_assert_nonnull(route);
    g_assert_nonnull(fake_nexthop_find(s->kernel, route->nhid));
    scenario_up(s, "eth0", TRUE);
    scenario_advance(s, 4000);
    scenario_delete(s, "front");
    expect_restored(s);
}

static void static_follows(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1 eth9", DATA "; eth9 10.9.1.1/24", TWO);
    MpAddress far = scenario_parse("10.9.9.9"), other = scenario_parse("10.9.1.7");
    const MpRoute *route;

    scenario_route(s, "10.9.0.0/16 via 10.0.0.1 eth0");
    scenario_run(s);
    route = fake_route_lookup(s->kernel, MP_TABLE_ROUTES, &far);
    g_assert_nonnull(route);
    g_assert_cmpuint(route->nhid, !=, 0);
    /* What is more specific and not ours must not be shadowed. */
    route = fake_route_lookup(s->kernel, MP_TABLE_ROUTES, &other);
    g_assert_nonnull(route);
    g_assert_cmpuint(route->type, ==, MP_RTN_THROW);
    scenario_delete_route(s, "10.9.0.0/16 via 10.0.0.1 eth0");
    scenario_run(s);
    g_assert_null(fake_route_lookup(s->kernel, MP_TABLE_ROUTES, &far));
    g_assert_null(fake_route_lookup(s->kernel, MP_TABLE_ROUTES, &other));
}

static void on_link_shadowed(void)
{
    g_autoptr(Scenario) s = scenario_new_group(
        "eth0 eth1", "eth0 10.0.0.10/24 2001:db8::10/64; eth1 10.0.0.11/24", TWO);
    MpAddress v4 = scenario_parse("10.0.0.77"), v6 = scenario_parse("2001:db8::77");
    const MpRoute *route = fake_route_lookup(s->kernel, MP_TABLE_MAIN, &v4);

    g_assert_cmpuint(route->protocol, ==, MP_PROTOCOL);
    g_assert_cmpuint(route->nhid, !=, 0);
    route = fake_route_lookup(s->kernel, MP_TABLE_MAIN, &v6);
    g_assert_cmpuint(route->protocol, ==, MP_PROTOCOL);
    g_assert_cmpuint(route->metric, <, 256);
    scenario_carrier(s, "eth0", FALSE);
    scenario_run(s);
    route = fake_route_lookup(s->kernel, MP_TABLE_MAIN, &v4);
    g_assert_cmpuint(route->protocol, ==, MP_PROTOCOL);
}

static void silent_failure_of_routes(void)
{
    g_autoptr(Scenario) s = scenario_new("eth0 eth1");
    MpAddress far = scenario_parse("10.9.9.9");

    scenario_addresses(s, DATA);
    scenario_route(s, "10.9.0.0/16 via 10.0.0.1 eth0");
    scenario_group(s, TWO);
    scenario_start(s);
    scenario_run(s);
    scenario_unplug(s, "eth0");
    scenario_run(s);
    /* Flushed by the kernel, not withdrawn by its owner. */
    g_assert_nonnull(fake_route_lookup(s->kernel, MP_TABLE_ROUTES, &far));
}

static void check_deleted_without_carrier(gboolean restart)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO);
    MpAddress far = scenario_parse("198.51.100.1");

    scenario_route(s, "default via 10.0.0.1 eth0");
    scenario_run(s);
    scenario_carrier(s, "eth0", FALSE);
    scenario_advance(s, 1000);
    scenario_delete_route(s, "default via 10.0.0.1 eth0");
    scenario_advance(s, 60000);
    if (restart)
        scenario_restart(s);
    scenario_advance(s, 60000);
    g_assert_nonnull(fake_route_lookup(s->kernel, MP_TABLE_DEFAULTS, &far));
    scenario_carrier(s, "eth0", TRUE);
    scenario_advance(s, 20000);
    g_assert_nonnull(fake_route_lookup(s->kernel, MP_TABLE_DEFAULTS, &far));
    g_assert_null(fake_route_lookup(s->kernel, MP_TABLE_MAIN, &far));
    scenario_advance(s, 20000);
    g_assert_null(fake_route_lookup(s->kernel, MP_TABLE_DEFAULTS, &far));
    g_assert_null(fake_route_lookup(s->kernel, MP_TABLE_MAIN, &far));
}

static void deleted_without_carrier(void)
{
    check_deleted_without_carrier(FALSE);
}

static void deleted_without_carrier_restart(void)
{
    check_deleted_without_carrier(TRUE);
}

static void replaced_while_down(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO);
    MpAddress far = scenario_parse("198.51.100.1"), gateway = scenario_parse("10.0.0.9");
    const MpNexthop *nexthop;
    guint defaults = 0;

    scenario_route(s, "default via 10.0.0.1 eth0");
    scenario_run(s);
    scenario_up(s, "eth0", FALSE);
    scenario_run(s);
    scenario_route(s, "default via 10.0.0.9 eth1");
    scenario_run(s);
    nexthop =
        fake_nexthop_find(s->kernel, fake_route_lookup(s->kernel, MP_TABLE_DEFAULTS, &far)->nhid);
    if (nexthop->n_members > 0)
        nexthop = fake_nexthop_find(s->kernel, nexthop->members[0].id);
    g_assert_true(mp_address_equal_host(&nexthop->gateway, &gateway));
    scenario_up(s, "eth0", TRUE);
    scenario_advance(s, 4000);
    for (guint i = 0; i < fake_n_routes(s->kernel); i++) {
        const MpRoute *route = fake_route_nth(s->kernel, i);

        defaults += route->table == MP_TABLE_MAIN && route->dst.prefix == 0;
    }
    g_assert_cmpuint(defaults, ==, 1); /* the old one does not come back behind it */
}

static void others_lose_theirs(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1 eth9", DATA "; eth9 10.9.1.1/24", TWO);
    MpAddress far = scenario_parse("198.51.100.1");

    scenario_route(s, "default via 10.0.0.1 eth0 metric 100");
    scenario_route(s, "default via 10.9.1.2 eth9 metric 50");
    scenario_run(s);
    g_assert_null(fake_route_lookup(s->kernel, MP_TABLE_DEFAULTS, &far));
    scenario_up(s, "eth9", FALSE);
    scenario_run(s);
    g_assert_nonnull(fake_route_lookup(s->kernel, MP_TABLE_DEFAULTS, &far));
}

/* 11 */
static gboolean group_has(Scenario *s, guint32 nhid, guint index)
{
    const MpNexthop *group = fake_nexthop_find(s->kernel, nhid);

    g_assert_nonnull(group);
    if (!group->n_members)
        return group->oif == index;
    for (guint i = 0; i < group->n_members; i++)
        if (fake_nexthop_find(s->kernel, group->members[i].id)->oif == index)
            return TRUE;
    return FALSE;
}

static void spread(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1 eth2", DATA, "front: eth0 eth1 eth2");
    MpAddress near = scenario_parse("10.0.0.77");
    guint32 nhid = fake_route_lookup(s->kernel, MP_TABLE_MAIN, &near)->nhid;

    g_assert_true(group_has(s, nhid, scenario_index(s, "eth0")));
    g_assert_true(group_has(s, nhid, scenario_index(s, "eth1")));
    /* It has no IPv4 address and would poison the neighbours. */
    g_assert_false(group_has(s, nhid, scenario_index(s, "eth2")));
}

static void spread_follows(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO);
    MpAddress near = scenario_parse("10.0.0.77");
    guint eth0 = scenario_index(s, "eth0");

    scenario_carrier(s, "eth0", FALSE);
    scenario_run(s);
    g_assert_false(group_has(s, fake_route_lookup(s->kernel, MP_TABLE_MAIN, &near)->nhid, eth0));
    scenario_carrier(s, "eth0", TRUE);
    scenario_run(s);
    g_assert_true(group_has(s, fake_route_lookup(s->kernel, MP_TABLE_MAIN, &near)->nhid, eth0));
}

static void spread_ipv6_waits(void)
{
    g_autoptr(Scenario) s =
        scenario_new_group("eth0 eth1", "eth0 2001:db8::10/64; eth1 2001:db8::11/64", TWO);
    MpAddress near = scenario_parse("2001:db8::77");
    guint eth0 = scenario_index(s, "eth0");

    scenario_up(s, "eth0", FALSE);
    scenario_run(s);
    scenario_up(s, "eth0", TRUE);
    scenario_now(s);
    g_assert_false(group_has(s, fake_route_lookup(s->kernel, MP_TABLE_MAIN, &near)->nhid, eth0));
    scenario_advance(s, 4000);
    g_assert_true(group_has(s, fake_route_lookup(s->kernel, MP_TABLE_MAIN, &near)->nhid, eth0));
}

/* 12 */
static void test_address_stays(void)
{
    g_autoptr(Scenario) s =
        scenario_new_group("eth0 eth1", DATA, "front: eth0,test=10.0.0.211/24 eth1");
    MpAddress test = scenario_parse("10.0.0.211");
    const MpIfaddr *a;

    scenario_carrier(s, "eth0", FALSE);
    scenario_run(s);
    expect_where(s, "10.0.0.211", "eth0");
    a = fake_address_find(s->kernel, scenario_index(s, "eth0"), &test);
    g_assert_cmpuint(a->address.prefix, ==, 32);
    g_assert_cmpuint(a->scope, ==, MP_SCOPE_LINK);
    scenario_unplug(s, "eth0");
    scenario_run(s);
    expect_where(s, "10.0.0.211", "");
    scenario_plug(s, "eth0");
    scenario_advance(s, 4000);
    expect_where(s, "10.0.0.211", "eth0");
}

/* 13 */
static void expect_source(Scenario *s, const char *source)
{
    MpAddress far = scenario_parse("10.9.0.1"), wanted = scenario_parse(source);
    const MpRoute *copy = fake_route_lookup(s->kernel, MP_TABLE_DEFAULTS, &far);

    g_assert_nonnull(copy);
    g_assert_true(mp_address_equal_host(&copy->prefsrc, &wanted));
}

static void source_of_copy(void)
{
    g_autoptr(Scenario) s = scenario_new_group(
        "eth0 eth1", "eth0 10.0.0.10/24; eth1 10.1.0.11/24 10.0.0.11/24", "front: eth0 eth1");

    scenario_route(s, "default via 10.0.0.1 eth1");
    scenario_run(s);
    expect_source(s, "10.0.0.11");
    scenario_delete_address(s, "eth1", "10.0.0.11", FAKE_SOMEONE);
    scenario_run(s);
    expect_source(s, "10.1.0.11");
    scenario_delete_address(s, "eth1", "10.1.0.11", FAKE_SOMEONE);
    scenario_run(s);
    scenario_route(s, "default via 10.0.0.1 eth0");
    scenario_run(s);
    expect_source(s, "10.0.0.10");
}

/* A manager may take it away from a device that it has no use for. */
static void no_link_local(void)
{
    g_autoptr(Scenario) s =
        scenario_new_group("eth0 eth1", "eth0 2001:db8::10/64", "front: eth0 eth1");

    scenario_delete_address(s, "eth1", "fe80::ff:fe00:11", FAKE_SOMEONE);
    scenario_run(s);
    expect_where(s, "2001:db8::10", "eth0");
    scenario_carrier(s, "eth0", FALSE);
    scenario_run(s);
    expect_where(s, "2001:db8::10", "eth1");
}

static void link_locals_stay(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", "eth0 2001:db8::1/64", TWO);

    expect_where(s, "fe80::ff:fe00:10", "eth0");
    scenario_carrier(s, "eth0", FALSE);
    scenario_run(s);
    expect_where(s, "fe80::ff:fe00:10", "eth0");
}

static const Row rows[] = {
    {"/group/ok", group_ok},
    {"/group/degraded", group_degraded},
    {"/group/failed", group_failed},
    {"/group/back", group_back},
    {"/group/empty", group_empty},
    {"/group/two", two_groups},
    {"/group/two-in-one-prefix", two_groups_one_prefix},
    {"/placement/active-wanted", active_wanted},
    {"/placement/only-standbys", only_standbys},
    {"/placement/standby-takes-all", standby_takes_all},
    {"/placement/standby-before-inactive", standby_before_inactive},
    {"/placement/fewest-addresses", fewest_addresses},
    {"/placement/active-standby-fails", active_standby_fails},
    {"/placement/double-failure", double_failure},
    {"/placement/move-in-flight", move_in_flight},
    {"/placement/failback", failback},
    {"/placement/standby-steps-back", standby_steps_back},
    {"/placement/no-failback", no_failback},
    {"/placement/no-failback-next-failure", no_failback_next_failure},
    {"/placement/no-failback-lifted", no_failback_lifted},
    {"/placement/no-failback-online", no_failback_online},
    {"/placement/no-failback-nobody", no_failback_nobody},
    {"/placement/no-failback-join", no_failback_join},
    {"/placement/no-failback-join-slowly", no_failback_join_slowly},
    {"/placement/nobody-active", nobody_active},
    {"/placement/nobody-present", nobody_present},
    {"/placement/standby-set", standby_set},
    {"/placement/standby-cleared", standby_cleared},
    {"/placement/standby-refuses", standby_refuses},
    {"/placement/foreign-on-standby", foreign_on_standby},
    {"/placement/foreign-on-failed", foreign_on_failed},
    {"/placement/homeless-even", homeless_even},
    {"/placement/homeless-rebalance", homeless_rebalance},
    {"/placement/homeless-beside-others", homeless_beside_others},
    {"/placement/homeless-stay", homeless_stay},
    {"/placement/homeless-found", homeless_found},
    {"/placement/homeless-restart", homeless_restart},
    {"/placement/homeless-restart-old-record", homeless_restart_old_record},
    {"/placement/homeless-restart-repaired", homeless_restart_repaired},
    {"/placement/anchored", anchored},
    {"/placement/anchor-off", anchor_off},
    {"/placement/form-kept", form_kept},
    {"/placement/ipv6-usable-at-once", ipv6_usable_at_once},
    {"/placement/announced", announced},
    {"/placement/refused", refused},
    {"/placement/refused-at-offline", refused_at_offline},
    {"/placement/refused-forgiven", refused_forgiven},
    {"/placement/default-follows", default_follows},
    {"/placement/static-follows", static_follows},
    {"/placement/on-link-shadowed", on_link_shadowed},
    {"/placement/flushed-route-follows", silent_failure_of_routes},
    {"/placement/deleted-without-carrier", deleted_without_carrier},
    {"/placement/deleted-without-carrier-restart", deleted_without_carrier_restart},
    {"/placement/replaced-while-down", replaced_while_down},
    {"/placement/others-lose-theirs", others_lose_theirs},
    {"/placement/spread", spread},
    {"/placement/spread-follows", spread_follows},
    {"/placement/spread-ipv6-waits", spread_ipv6_waits},
    {"/placement/test-address-stays", test_address_stays},
    {"/placement/source", source_of_copy},
    {"/placement/no-link-local", no_link_local},
    {"/placement/link-locals-stay", link_locals_stay},
};

int main(int argc, char **argv)
{
    return scenario_main(argc, argv, rows, G_N_ELEMENTS(rows));
}
