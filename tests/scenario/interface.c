/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The machine of one interface: docs/state-machines.md, "Interface" and "Joining". */
#include "harness.h"

#define TWO "front: eth0 eth1"
#define DATA "eth0 10.0.0.10/24 2001:db8::10/64; eth1 10.0.0.11/24"

static void flap(Scenario *s, const char *link, gint64 apart_ms)
{
    scenario_carrier(s, link, FALSE);
    scenario_advance(s, apart_ms / 2);
    scenario_carrier(s, link, TRUE);
    scenario_advance(s, apart_ms / 2);
}

static void carrier_lost(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO);

    scenario_carrier(s, "eth0", FALSE);
    scenario_now(s);
    expect_interface(s, "eth0", MP_INTERFACE_FAILED, MP_REASON_LINK_DOWN);
    expect_where(s, "10.0.0.10", "eth1");
    scenario_run(s);
    expect_where(s, "2001:db8::10", "eth1");
    expect_notice(s, MP_NOTICE_INTERFACE_STATE, MP_REASON_LINK_DOWN, "eth0");
}

static void carrier_back(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO);

    scenario_carrier(s, "eth0", FALSE);
    scenario_run(s);
    scenario_carrier(s, "eth0", TRUE);
    scenario_now(s);
    expect_interface(s, "eth0", MP_INTERFACE_OK, MP_REASON_LINK_UP);
    scenario_run(s);
    expect_where(s, "10.0.0.10", "eth0");
    expect_where(s, "2001:db8::10", "eth0");
}

static void admin_down(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO);

    scenario_up(s, "eth0", FALSE);
    scenario_now(s);
    expect_interface(s, "eth0", MP_INTERFACE_FAILED, MP_REASON_ADMIN_DOWN);
    scenario_run(s);
    expect_where(s, "10.0.0.10", "eth1");
    expect_where(s, "2001:db8::10", "eth1");
}

static void admin_up(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO);

    scenario_up(s, "eth0", FALSE);
    scenario_run(s);
    scenario_up(s, "eth0", TRUE);
    scenario_now(s);
    expect_state(s, "eth0", MP_INTERFACE_OK);
    expect_where(s, "10.0.0.10", "eth0");
    /* IPv6 waits for the link-local to have passed duplicate address detection. */
    expect_where(s, "2001:db8::10", "eth1");
    scenario_advance(s, 4000);
    expect_where(s, "2001:db8::10", "eth0");
}

static void removed(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO);

    scenario_unplug(s, "eth0");
    scenario_now(s);
    expect_interface(s, "eth0", MP_INTERFACE_MISSING, MP_REASON_REMOVED);
    scenario_run(s);
    expect_where(s, "10.0.0.10", "eth1");
    expect_where(s, "2001:db8::10", "eth1");
}

static void plugged_again(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO);

    scenario_unplug(s, "eth0");
    scenario_run(s);
    scenario_plug(s, "eth0");
    scenario_advance(s, 4000);
    expect_state(s, "eth0", MP_INTERFACE_OK);
    expect_where(s, "10.0.0.10", "eth0");
    expect_where(s, "2001:db8::10", "eth0");
}

static void plug_slowly(Scenario *s, const char *link)
{
    scenario_plug(s, link);
    scenario_up(s, link, FALSE);
    scenario_run(s);
    expect_interface(s, link, MP_INTERFACE_FAILED, MP_REASON_ADMIN_DOWN);
    scenario_up(s, link, TRUE);
    scenario_run(s);
}

/* A device that appears is down at first: that it works then is told as its appearance, once. */
static void plugged_slowly(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO);

    scenario_unplug(s, "eth0");
    scenario_run(s);
    plug_slowly(s, "eth0");
    expect_interface(s, "eth0", MP_INTERFACE_OK, MP_REASON_APPEARED);
    expect_notice(s, MP_NOTICE_INTERFACE_STATE, MP_REASON_APPEARED, "eth0");
    scenario_carrier(s, "eth0", FALSE);
    scenario_run(s);
    scenario_carrier(s, "eth0", TRUE);
    scenario_run(s);
    expect_interface(s, "eth0", MP_INTERFACE_OK, MP_REASON_LINK_UP);
    scenario_carrier(s, "eth0", FALSE);
    scenario_restart(s);
    scenario_carrier(s, "eth0", TRUE);
    scenario_run(s);
    expect_interface(s, "eth0", MP_INTERFACE_OK, MP_REASON_LINK_UP);
}

static void missing_at_start_slowly(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth1", "eth1 10.0.0.11/24", TWO);

    plug_slowly(s, "eth0");
    expect_interface(s, "eth0", MP_INTERFACE_OK, MP_REASON_JOINED);
    expect_notice(s, MP_NOTICE_INTERFACE_STATE, MP_REASON_JOINED, "eth0");
    scenario_unplug(s, "eth0");
    scenario_run(s);
    plug_slowly(s, "eth0");
    expect_interface(s, "eth0", MP_INTERFACE_OK, MP_REASON_APPEARED);
}

static void moved_netns(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO);

    fake_link_move_netns(s->kernel, scenario_index(s, "eth0"));
    scenario_run(s);
    expect_interface(s, "eth0", MP_INTERFACE_MISSING, MP_REASON_MOVED_NETNS);
    expect_where(s, "10.0.0.10", "eth1");
}

static void missing_at_start(void)
{
    g_autoptr(Scenario) s =
        scenario_new_group("eth1", "eth1 10.0.0.11/24", "front: eth0,10.0.0.10/24 eth1");

    expect_state(s, "eth0", MP_INTERFACE_MISSING);
    expect_where(s, "10.0.0.10", "eth1");
    scenario_plug(s, "eth0");
    scenario_run(s);
    expect_state(s, "eth0", MP_INTERFACE_OK);
    expect_where(s, "10.0.0.10", "eth0");
    expect_where(s, "10.0.0.11", "eth1");
}

static void by_hardware_address(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", "eth1 10.0.0.11/24",
                                               "front: lan0,hw=02:00:00:00:00:10 eth1");

    expect_state(s, "lan0", MP_INTERFACE_OK);
    scenario_carrier(s, "eth1", FALSE);
    scenario_run(s);
    expect_where(s, "10.0.0.11", "eth0");
}

static void driver_cannot_tell(void)
{
    g_autoptr(Scenario) s = scenario_new("eth0 eth1");

    fake_link_set_mute(s->kernel, scenario_index(s, "eth0"));
    scenario_addresses(s, DATA);
    scenario_group(s, TWO);
    scenario_start(s);
    scenario_run(s);

    g_autoptr(MpSnapshot) snapshot = mp_engine_snapshot(s->engine);

    g_assert_cmpint(mp_snapshot_find_interface(snapshot, "eth0")->link_state, ==, MP_LINK_UNKNOWN);
    expect_state(s, "eth0", MP_INTERFACE_OK);
    expect_active(s, "eth0 eth1");
}

static void loss_is_read(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO "; poll=10");

    fake_link_set_linkwatch(s->kernel, scenario_index(s, "eth0"), FAKE_WITHHOLD_UNTIL_READ);
    scenario_carrier(s, "eth0", FALSE);
    scenario_advance(s, 10);
    expect_interface(s, "eth0", MP_INTERFACE_FAILED, MP_REASON_LINK_DOWN);
    expect_where(s, "10.0.0.10", "eth1");
}

static void loss_is_read_only(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO "; poll=10");
    guint index = scenario_index(s, "eth0");

    fake_link_set_linkwatch(s->kernel, index, FAKE_WITHHOLD);
    scenario_carrier(s, "eth0", FALSE);
    scenario_advance(s, 10);
    expect_where(s, "10.0.0.10", "eth1");
    scenario_advance(s, 700);
    expect_interface(s, "eth0", MP_INTERFACE_FAILED, MP_REASON_LINK_DOWN);
    /* The kernel has not taken its nexthops out of our groups: we did. */
    for (guint i = 0; i < fake_n_nexthops(s->kernel); i++) {
        const MpNexthop *group = fake_nexthop_nth(s->kernel, i);

        for (guint m = 0; m < group->n_members; m++)
            g_assert_cmpuint(fake_nexthop_find(s->kernel, group->members[m].id)->oif, !=, index);
    }
    fake_link_release(s->kernel, index);
    scenario_advance(s, 100);
    expect_interface(s, "eth0", MP_INTERFACE_FAILED, MP_REASON_LINK_DOWN);
}

/* The link is back before any message: what was read is denied by the next read, or, when nobody
 * reads any more, by the last message. */
static void loss_is_denied(void)
{
    for (guint off = 0; off < 2; off++) {
        g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO "; poll=10");

        fake_link_set_linkwatch(s->kernel, scenario_index(s, "eth0"), FAKE_WITHHOLD);
        scenario_carrier(s, "eth0", FALSE);
        scenario_advance(s, 10);
        expect_interface(s, "eth0", MP_INTERFACE_FAILED, MP_REASON_LINK_DOWN);
        scenario_carrier(s, "eth0", TRUE);
        if (off) {
            scenario_group(s, TWO "; poll=0");
            scenario_apply(s, -1);
        }
        scenario_advance(s, 20);
        expect_interface(s, "eth0", MP_INTERFACE_OK, MP_REASON_LINK_UP);
        scenario_advance(s, 3000);
        expect_where(s, "10.0.0.10", "eth0");
    }
}

/* Once a message has said the same, the next message counts: nobody waits for a read. */
static void loss_is_confirmed(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO "; poll=1000");
    guint index = scenario_index(s, "eth0");

    fake_link_set_linkwatch(s->kernel, index, FAKE_WITHHOLD);
    scenario_carrier(s, "eth0", FALSE);
    scenario_advance(s, 1000);
    expect_interface(s, "eth0", MP_INTERFACE_FAILED, MP_REASON_LINK_DOWN);
    fake_link_release(s->kernel, index);
    scenario_now(s);
    fake_link_set_linkwatch(s->kernel, index, FAKE_TELL_AT_ONCE);
    scenario_carrier(s, "eth0", TRUE);
    scenario_now(s);
    expect_interface(s, "eth0", MP_INTERFACE_OK, MP_REASON_LINK_UP);
}

static void not_read(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO);

    fake_link_set_linkwatch(s->kernel, scenario_index(s, "eth0"), FAKE_WITHHOLD_UNTIL_READ);
    scenario_carrier(s, "eth0", FALSE);
    scenario_advance(s, 700);
    expect_state(s, "eth0", MP_INTERFACE_OK);
    fake_link_release(s->kernel, scenario_index(s, "eth0"));
    scenario_run(s);
    expect_state(s, "eth0", MP_INTERFACE_FAILED);
}

static void offline(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO);

    scenario_offline(s, "eth0", 1, -1);
    expect_interface(s, "eth0", MP_INTERFACE_OFFLINE, MP_REASON_OFFLINE);
    expect_where(s, "10.0.0.10", "eth1");
    expect_where(s, "2001:db8::10", "eth1");
}

/* Its addresses are on the other one before it is said to be out of service. */
static void offline_in_order(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO);

    fake_kernel_hold_acks(s->kernel, TRUE);
    g_assert_true(
        mp_engine_offline(s->engine, "eth0", 1, ++s->request, fake_kernel_now(s->kernel), NULL));
    do {
        g_autofree char *where = scenario_where(s, "10.0.0.10");
        g_autofree char *where6 = scenario_where(s, "2001:db8::10");

        if (strstr(where, "eth0") != NULL || strstr(where6, "eth0") != NULL)
            expect_state(s, "eth0", MP_INTERFACE_OK);
    } while (scenario_turn(s));
    fake_kernel_hold_acks(s->kernel, FALSE);
    scenario_run(s);
    expect_interface(s, "eth0", MP_INTERFACE_OFFLINE, MP_REASON_OFFLINE);
}

/* What was found there is known still, and given back. */
static void renamed_settings(void)
{
    g_autoptr(Scenario) s =
        scenario_new_group("eth0 eth1", "eth0 10.0.0.10/24; eth1 10.0.0.11/24", "front: eth0 eth1");
    guint index = scenario_index(s, "eth0");

    g_assert_cmpint(fake_sysctl_get(s->kernel, index, MP_SYSCTL_ARP_IGNORE), ==, 1);
    fake_link_rename(s->kernel, index, "lan0");
    scenario_run(s);
    fake_link_rename(s->kernel, index, "eth0");
    scenario_run(s);
    scenario_delete(s, "front");
    g_assert_cmpint(fake_sysctl_get(s->kernel, index, MP_SYSCTL_ARP_IGNORE), ==, 0);
}

/* No other one takes IPv6: that of this one stays, and holds nothing back. */
static void offline_one_family(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO);

    fake_link_set_mtu(s->kernel, scenario_index(s, "eth1"), 1000);
    scenario_run(s);
    scenario_offline(s, "eth0", 1, -1);
    scenario_run(s);
    expect_interface(s, "eth0", MP_INTERFACE_OFFLINE, MP_REASON_OFFLINE);
    expect_where(s, "10.0.0.10", "eth1");
    expect_where(s, "2001:db8::10", "eth0");
    fake_link_set_mtu(s->kernel, scenario_index(s, "eth1"), 1500);
    scenario_run(s);
    expect_where(s, "2001:db8::10", "eth1");
}

static void rename_nameless(Scenario *s, guint index, const char *name, guint n)
{
    fake_link_set_nameless(s->kernel, index, n);
    fake_link_rename(s->kernel, index, name);
    scenario_advance(s, 10);
    fake_link_set_nameless(s->kernel, index, 0);
    scenario_advance(s, 200);
    scenario_run(s);
}

/* Read in the moment in which the kernel has them under neither name. */
static void check_nameless(guint n)
{
    g_autoptr(Scenario) s =
        scenario_new_group("eth0 eth1", "eth0 10.0.0.10/24; eth1 10.0.0.11/24", "front: eth0 eth1");
    guint index = scenario_index(s, "eth0");

    rename_nameless(s, index, "lan0", n);
    g_assert_cmpint(fake_sysctl_get(s->kernel, index, MP_SYSCTL_ARP_IGNORE), ==, 0);
    g_assert_cmpint(fake_sysctl_get(s->kernel, index, MP_SYSCTL_IGNORE_LINKDOWN6), ==, 0);
    rename_nameless(s, index, "eth0", n);
    g_assert_cmpint(fake_sysctl_get(s->kernel, index, MP_SYSCTL_ARP_IGNORE), ==, 1);
    g_assert_cmpint(fake_sysctl_get(s->kernel, index, MP_SYSCTL_IGNORE_LINKDOWN6), ==, 1);
    scenario_delete(s, "front");
    g_assert_cmpint(fake_sysctl_get(s->kernel, index, MP_SYSCTL_ARP_IGNORE), ==, 0);
    g_assert_cmpint(fake_sysctl_get(s->kernel, index, MP_SYSCTL_IGNORE_LINKDOWN6), ==, 0);
}

static void renamed_nameless(void)
{
    check_nameless(FAKE_NAMELESS_ALL);
    check_nameless(FAKE_NAMELESS_IPV6);
}

/* Who gives back in that moment waits for what cannot be read. */
static void deleted_nameless(void)
{
    g_autoptr(Scenario) s =
        scenario_new_group("eth0 eth1", "eth0 10.0.0.10/24; eth1 10.0.0.11/24", "front: eth0 eth1");
    guint index = scenario_index(s, "eth0");

    g_assert_cmpint(fake_sysctl_get(s->kernel, index, MP_SYSCTL_IGNORE_LINKDOWN6), ==, 1);
    fake_link_set_nameless(s->kernel, index, FAKE_NAMELESS_IPV6);
    g_assert_true(mp_config_drop(s->config, "front"));
    g_assert_true(mp_engine_configure(s->engine, s->config, FALSE, ++s->request,
                                      fake_kernel_now(s->kernel), NULL));
    scenario_advance(s, 120);
    g_assert_cmpint(fake_sysctl_get(s->kernel, index, MP_SYSCTL_IGNORE_LINKDOWN6), ==, 1);
    fake_link_set_nameless(s->kernel, index, 0);
    scenario_advance(s, 100);
    g_assert_cmpint(fake_sysctl_get(s->kernel, index, MP_SYSCTL_ARP_IGNORE), ==, 0);
    g_assert_cmpint(fake_sysctl_get(s->kernel, index, MP_SYSCTL_IGNORE_LINKDOWN6), ==, 0);
}

static void mtu_settings(void)
{
    g_autoptr(Scenario) s =
        scenario_new_group("eth0 eth1", "eth0 10.0.0.10/24; eth1 10.0.0.11/24", "front: eth0 eth1");
    guint index = scenario_index(s, "eth0");

    fake_link_set_mtu(s->kernel, index, 1000);
    scenario_run(s);
    fake_link_set_mtu(s->kernel, index, 1500);
    g_assert_cmpint(fake_sysctl_get(s->kernel, index, MP_SYSCTL_IGNORE_LINKDOWN6), ==, 0);
    scenario_run(s);
    g_assert_cmpint(fake_sysctl_get(s->kernel, index, MP_SYSCTL_IGNORE_LINKDOWN6), ==, 1);
    fake_link_set_mtu(s->kernel, index, 1000);
    scenario_run(s);
    scenario_delete(s, "front");
    fake_link_set_mtu(s->kernel, index, 1500);
    scenario_run(s);
    for (guint key = 0; key < MP_SYSCTL_FIRST_GLOBAL; key++)
        g_assert_cmpint(fake_sysctl_get(s->kernel, index, key), ==, 0);
}

/* A lease that is renewed there, say. */
static void offline_put_on(void)
{
    g_autoptr(Scenario) s =
        scenario_new_group("eth0 eth1", "eth0 10.0.0.10/24; eth1 10.0.0.11/24", "front: eth0 eth1");
    guint told;

    scenario_offline(s, "eth0", 1, -1);
    scenario_run(s);
    told = s->notices->len;
    scenario_addresses(s, "eth0 10.0.0.10/24");
    scenario_run(s);
    expect_where(s, "10.0.0.10", "eth1");
    expect_interface(s, "eth0", MP_INTERFACE_OFFLINE, MP_REASON_OFFLINE);
    g_assert_cmpuint(s->notices->len, ==, told);
}

static void offline_refused(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO);

    scenario_carrier(s, "eth1", FALSE);
    scenario_run(s);
    scenario_offline(s, "eth0", 1, MP_ERROR_MINIMUM_REDUNDANCY);
    expect_state(s, "eth0", MP_INTERFACE_OK);
    expect_where(s, "10.0.0.10", "eth0");
    scenario_offline(s, "eth7", 1, MP_ERROR_NO_SUCH_INTERFACE);
}

static void offline_last(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0", "eth0 10.0.0.10/24", "front: eth0");

    scenario_offline(s, "eth0", 0, -1);
    expect_interface(s, "eth0", MP_INTERFACE_OFFLINE, MP_REASON_OFFLINE);
    expect_where(s, "10.0.0.10", "eth0");
    expect_address(s, "10.0.0.10", MP_ADDRESS_DOWN, "eth0");
}

static void online(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO "; failback=no");

    scenario_offline(s, "eth0", 1, -1);
    scenario_online(s, "eth0", -1);
    expect_interface(s, "eth0", MP_INTERFACE_OK, MP_REASON_ONLINE);
    expect_active(s, "eth0 eth1");
    expect_where(s, "10.0.0.10", "eth0");
    scenario_online(s, "eth7", MP_ERROR_NO_SUCH_INTERFACE);
}

static void offline_link_lost(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO);

    scenario_offline(s, "eth0", 1, -1);
    scenario_carrier(s, "eth0", FALSE);
    scenario_run(s);
    expect_interface(s, "eth0", MP_INTERFACE_OFFLINE, MP_REASON_OFFLINE);
    scenario_online(s, "eth0", -1);
    expect_state(s, "eth0", MP_INTERFACE_FAILED);
    scenario_carrier(s, "eth0", TRUE);
    scenario_run(s);
    expect_state(s, "eth0", MP_INTERFACE_OK);
    expect_where(s, "10.0.0.10", "eth0");
}

static void offline_unplugged(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO);

    scenario_offline(s, "eth0", 1, -1);
    scenario_unplug(s, "eth0");
    scenario_run(s);
    scenario_plug(s, "eth0");
    scenario_advance(s, 4000);
    expect_interface(s, "eth0", MP_INTERFACE_OFFLINE, MP_REASON_OFFLINE);
    scenario_online(s, "eth0", -1);
    expect_where(s, "10.0.0.10", "eth0");
}

static void duplicate(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO);

    fake_link_set_hwaddr(s->kernel, scenario_index(s, "eth0"), "02:00:00:00:00:11");
    scenario_run(s);
    expect_interface(s, "eth0", MP_INTERFACE_OFFLINE, MP_REASON_DUPLICATE_HWADDR);
    expect_where(s, "10.0.0.10", "eth1");
}

/* Who came later is known still: nothing moves. */
static void duplicate_restart(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO);

    fake_link_set_hwaddr(s->kernel, scenario_index(s, "eth0"), "02:00:00:00:00:11");
    scenario_run(s);
    scenario_forget(s);
    scenario_restart(s);
    g_assert_cmpuint(s->announcements->len, ==, 0);
    expect_interface(s, "eth0", MP_INTERFACE_OFFLINE, MP_REASON_DUPLICATE_HWADDR);
    expect_where(s, "10.0.0.10", "eth1");
}

static void duplicate_at_start(void)
{
    g_autoptr(Scenario) s = scenario_new("eth0 eth1");

    fake_link_set_hwaddr(s->kernel, scenario_index(s, "eth0"), "02:00:00:00:00:11");
    scenario_addresses(s, DATA);
    scenario_group(s, TWO);
    scenario_start(s);
    scenario_run(s);
    expect_interface(s, "eth1", MP_INTERFACE_OFFLINE, MP_REASON_DUPLICATE_HWADDR);
    expect_where(s, "10.0.0.11", "eth0");
}

static void duplicate_ends(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO);

    fake_link_set_hwaddr(s->kernel, scenario_index(s, "eth0"), "02:00:00:00:00:11");
    scenario_run(s);
    fake_link_set_hwaddr(s->kernel, scenario_index(s, "eth0"), "02:00:00:00:00:77");
    scenario_run(s);
    expect_state(s, "eth0", MP_INTERFACE_OK);
    expect_where(s, "10.0.0.10", "eth0");
}

static void duplicate_online(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO);

    fake_link_set_hwaddr(s->kernel, scenario_index(s, "eth0"), "02:00:00:00:00:11");
    scenario_run(s);
    scenario_online(s, "eth0", MP_ERROR_DUPLICATE_HARDWARE_ADDRESS);
    expect_interface(s, "eth0", MP_INTERFACE_OFFLINE, MP_REASON_DUPLICATE_HWADDR);
}

static void hwaddr_changes(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO);
    guint index = scenario_index(s, "eth0");
    guint told = 0;

    scenario_forget(s);
    fake_link_set_hwaddr(s->kernel, index, "02:00:00:00:00:77");
    scenario_run(s);
    expect_state(s, "eth0", MP_INTERFACE_OK);
    for (guint i = 0; i < s->announcements->len; i++)
        told += g_array_index(s->announcements, Announced, i).index == index;
    g_assert_cmpuint(told, >=, 2); /* both addresses */
    g_assert_cmpuint(scenario_count_ops(s, MP_OP_ADDRESS_DEL), ==, 0);
}

static void enslaved(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1 br0", DATA, TWO);

    fake_link_enslave(s->kernel, scenario_index(s, "eth0"), scenario_index(s, "br0"));
    scenario_run(s);
    expect_interface(s, "eth0", MP_INTERFACE_OFFLINE, MP_REASON_ENSLAVED);
    expect_where(s, "10.0.0.10", "eth1");
}

static void released(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1 br0", DATA, TWO);

    fake_link_enslave(s->kernel, scenario_index(s, "eth0"), scenario_index(s, "br0"));
    scenario_run(s);
    fake_link_enslave(s->kernel, scenario_index(s, "eth0"), 0);
    scenario_run(s);
    expect_state(s, "eth0", MP_INTERFACE_OK);
    expect_where(s, "10.0.0.10", "eth0");
}

static void renamed(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO);

    fake_link_rename(s->kernel, scenario_index(s, "eth0"), "lan7");
    scenario_run(s);
    expect_interface(s, "eth0", MP_INTERFACE_MISSING, MP_REASON_RENAMED);
    expect_where(s, "10.0.0.10", "eth1");
    expect_where(s, "2001:db8::10", "eth1");
}

static void renamed_back(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO);
    guint index = scenario_index(s, "eth0");

    fake_link_rename(s->kernel, index, "lan7");
    scenario_run(s);
    fake_link_rename(s->kernel, index, "eth0");
    scenario_run(s);
    expect_state(s, "eth0", MP_INTERFACE_OK);
    expect_where(s, "10.0.0.10", "eth0");
}

/* Nobody was there to see it, and to take away what is on it. */
static void renamed_while_away(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO);
    guint index = scenario_index(s, "eth0");

    scenario_stop(s);
    fake_link_rename(s->kernel, index, "lan7");
    scenario_start(s);
    scenario_run(s);
    expect_interface(s, "eth0", MP_INTERFACE_MISSING, MP_REASON_RENAMED);
    expect_where(s, "10.0.0.10", "eth1");
    expect_where(s, "2001:db8::10", "eth1");
    scenario_restart(s);
    expect_where(s, "10.0.0.10", "eth1");
    fake_link_rename(s->kernel, index, "eth0");
    scenario_run(s);
    expect_where(s, "10.0.0.10", "eth0");
    scenario_delete(s, "front");
    expect_restored(s);
}

/* Also a route on it is the member's still, of which the other ones' packets make use. */
static void renamed_restart(void)
{
    g_autoptr(Scenario) s = scenario_new("eth0 eth1");
    guint index = scenario_index(s, "eth0");

    scenario_addresses(s, DATA);
    scenario_route(s, "default via 10.0.0.1 eth0");
    scenario_route(s, "::/0 via 2001:db8::1 eth0");
    scenario_group(s, TWO);
    scenario_start(s);
    scenario_run(s);
    fake_link_rename(s->kernel, index, "lan7");
    scenario_run(s);
    scenario_forget(s);
    scenario_restart(s);
    g_assert_cmpuint(s->ops->len, ==, 0);
}

static void flapping(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO);

    flap(s, "eth0", 2000);
    expect_state(s, "eth0", MP_INTERFACE_OK);
    flap(s, "eth0", 2000);
    expect_state(s, "eth0", MP_INTERFACE_OK);
    flap(s, "eth0", 2000);
    /* The first link-up is 5 s old. */
    expect_interface(s, "eth0", MP_INTERFACE_FAILED, MP_REASON_FLAPPING);
    expect_where(s, "10.0.0.10", "eth1");
    scenario_advance(s, 54000);
    expect_interface(s, "eth0", MP_INTERFACE_FAILED, MP_REASON_FLAPPING);
    scenario_advance(s, 2000);
    expect_state(s, "eth0", MP_INTERFACE_OK);
    expect_where(s, "10.0.0.10", "eth0");
}

static gint64 hold_left_us(Scenario *s, const char *name)
{
    g_autoptr(MpSnapshot) snapshot = mp_engine_snapshot(s->engine);

    return mp_snapshot_find_interface(snapshot, name)->hold_until_us - fake_kernel_now(s->kernel);
}

static void flapping_doubles(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO);
    gint64 first_us, second_us;

    for (guint i = 0; i < 3; i++)
        flap(s, "eth0", 2000);
    first_us = hold_left_us(s, "eth0");
    flap(s, "eth0", 2000);
    second_us = hold_left_us(s, "eth0");
    g_assert_cmpint(first_us, >, 0);
    g_assert_cmpint(second_us, >=, first_us + first_us / 2);
    scenario_advance(s, first_us / 1000);
    expect_interface(s, "eth0", MP_INTERFACE_FAILED, MP_REASON_FLAPPING);
}

static void flapping_cap(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO);

    for (guint i = 0; i < 14; i++)
        flap(s, "eth0", 2000);
    g_assert_cmpint(hold_left_us(s, "eth0"), >, 500 * MP_USEC_PER_SEC);
    g_assert_cmpint(hold_left_us(s, "eth0"), <=, 600 * MP_USEC_PER_SEC);
    scenario_advance(s, 600000);
    expect_state(s, "eth0", MP_INTERFACE_OK);
}

static void flapping_down_at_once(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO);

    for (guint i = 0; i < 3; i++)
        flap(s, "eth0", 2000);
    scenario_advance(s, 60000);
    expect_where(s, "10.0.0.10", "eth0");
    scenario_carrier(s, "eth0", FALSE);
    scenario_now(s);
    expect_interface(s, "eth0", MP_INTERFACE_FAILED, MP_REASON_LINK_DOWN);
    expect_where(s, "10.0.0.10", "eth1");
}

static void flapping_alone(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO);

    scenario_carrier(s, "eth1", FALSE);
    for (guint i = 0; i < 4; i++)
        flap(s, "eth0", 2000);
    expect_state(s, "eth0", MP_INTERFACE_OK);
    expect_where(s, "10.0.0.11", "eth0");
}

static void flapping_left_alone(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO);

    for (guint i = 0; i < 3; i++)
        flap(s, "eth0", 2000);
    expect_state(s, "eth0", MP_INTERFACE_FAILED);
    scenario_carrier(s, "eth1", FALSE);
    scenario_run(s);
    expect_state(s, "eth0", MP_INTERFACE_OK);
    expect_where(s, "10.0.0.11", "eth0");
    scenario_carrier(s, "eth1", TRUE); /* and it does not begin anew */
    scenario_run(s);
    expect_state(s, "eth0", MP_INTERFACE_OK);
    expect_state(s, "eth1", MP_INTERFACE_OK);
}

static void repair_delay(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO "; repair=5000");

    scenario_carrier(s, "eth0", FALSE);
    scenario_run(s);
    scenario_carrier(s, "eth0", TRUE);
    scenario_advance(s, 4900);
    expect_interface(s, "eth0", MP_INTERFACE_FAILED, MP_REASON_REPAIR_DELAY);
    expect_where(s, "10.0.0.10", "eth1");
    scenario_advance(s, 200);
    expect_state(s, "eth0", MP_INTERFACE_OK);
    expect_where(s, "10.0.0.10", "eth0");
}

static void repair_delay_broken(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO "; repair=5000");

    scenario_carrier(s, "eth0", FALSE);
    scenario_run(s);
    scenario_carrier(s, "eth0", TRUE);
    scenario_advance(s, 4000);
    scenario_carrier(s, "eth0", FALSE);
    scenario_advance(s, 500);
    scenario_carrier(s, "eth0", TRUE);
    scenario_advance(s, 4900);
    expect_state(s, "eth0", MP_INTERFACE_FAILED);
    scenario_advance(s, 200);
    expect_state(s, "eth0", MP_INTERFACE_OK);
}

static void repair_delay_alone(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO "; repair=5000");

    scenario_carrier(s, "eth0", FALSE);
    scenario_carrier(s, "eth1", FALSE);
    scenario_run(s);
    scenario_carrier(s, "eth0", TRUE);
    scenario_now(s);
    expect_state(s, "eth0", MP_INTERFACE_OK);
}

/* A group of eth0 that shall get one more member. */
static Scenario *one_more(const char *member)
{
    g_autofree char *text = g_strdup_printf("front: eth0 %s", member);
    Scenario *s = scenario_new_group("eth0 eth1 ppp0", "eth0 10.0.0.10/24", "front: eth0");

    scenario_group(s, text);
    return s;
}

static void join(void)
{
    g_autoptr(Scenario) s = one_more("eth1");

    scenario_addresses(s, "eth1 10.0.0.11/24");
    scenario_apply(s, -1);
    expect_state(s, "eth1", MP_INTERFACE_OK);
    expect_address(s, "10.0.0.11", MP_ADDRESS_UP, "eth1");
    expect_notice(s, MP_NOTICE_INTERFACE_STATE, MP_REASON_JOINED, "eth1");
}

static void join_missing(void)
{
    g_autoptr(Scenario) s = one_more("eth9");

    scenario_apply(s, -1);
    expect_state(s, "eth9", MP_INTERFACE_MISSING);
}

static void join_loopback(void)
{
    g_autoptr(Scenario) s = one_more("lo");

    scenario_apply(s, MP_ERROR_NOT_SUITABLE);
}

static void join_point_to_point(void)
{
    g_autoptr(Scenario) s = one_more("ppp0");

    fake_link_set_media(s->kernel, scenario_index(s, "ppp0"), 512,
                        MP_IFF_POINTOPOINT | MP_IFF_MULTICAST);
    scenario_run(s);
    scenario_apply(s, MP_ERROR_NOT_SUITABLE);
}

static void join_not_multicast(void)
{
    g_autoptr(Scenario) s = one_more("eth1");

    fake_link_set_media(s->kernel, scenario_index(s, "eth1"), 1, MP_IFF_BROADCAST);
    scenario_run(s);
    scenario_apply(s, MP_ERROR_NOT_SUITABLE);
}

static void join_noarp(void)
{
    g_autoptr(Scenario) s = one_more("eth1");

    fake_link_set_media(s->kernel, scenario_index(s, "eth1"), 1,
                        MP_IFF_BROADCAST | MP_IFF_MULTICAST | MP_IFF_NOARP);
    scenario_run(s);
    scenario_apply(s, MP_ERROR_NOT_SUITABLE);
}

static void join_enslaved(void)
{
    g_autoptr(Scenario) s = one_more("eth1");

    fake_link_enslave(s->kernel, scenario_index(s, "eth1"), scenario_index(s, "ppp0"));
    scenario_run(s);
    scenario_apply(s, MP_ERROR_NOT_SUITABLE);
}

static void join_other_media(void)
{
    g_autoptr(Scenario) s = one_more("eth1");

    fake_link_set_media(s->kernel, scenario_index(s, "eth1"), 32,
                        MP_IFF_BROADCAST | MP_IFF_MULTICAST);
    scenario_run(s);
    scenario_apply(s, MP_ERROR_MEDIA_MISMATCH);
}

static void join_duplicate(void)
{
    g_autoptr(Scenario) s = one_more("eth1");

    fake_link_set_hwaddr(s->kernel, scenario_index(s, "eth1"), "02:00:00:00:00:10");
    scenario_run(s);
    scenario_apply(s, MP_ERROR_DUPLICATE_HARDWARE_ADDRESS);
}

static void join_in_use(void)
{
    g_autoptr(Scenario) s = one_more("eth1");

    scenario_group(s, "back: eth1");
    scenario_apply(s, MP_ERROR_INTERFACE_IN_USE);
}

static void join_test_address(void)
{
    g_autoptr(Scenario) s =
        scenario_new_group("eth0 eth1", "eth0 10.0.0.10/24", "front: eth0,test=10.0.0.211/24");

    scenario_group(s, "front: eth0,test=10.0.0.211/24 eth1,test=10.0.0.211/24");
    scenario_apply(s, MP_ERROR_TEST_ADDRESS_CONFLICT);
    g_assert_cmpuint(
        scenario_find_op(s, MP_OP_ADDRESS_ADD, scenario_index(s, "eth1"), "10.0.0.211") + 1, ==, 0);
}

static void leave(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO);

    scenario_carrier(s, "eth0", FALSE);
    scenario_run(s);
    scenario_remove_member(s, "front", "eth0");
    scenario_apply(s, -1);
    /* Put back where it was found, broken as that may be. */
    expect_where(s, "10.0.0.10", "eth0");
    expect_where(s, "10.0.0.11", "eth1");
}

static const Row rows[] = {
    {"/interface/carrier-lost", carrier_lost},
    {"/interface/carrier-back", carrier_back},
    {"/interface/admin-down", admin_down},
    {"/interface/admin-up", admin_up},
    {"/interface/removed", removed},
    {"/interface/plugged-slowly", plugged_slowly},
    {"/interface/missing-at-start-slowly", missing_at_start_slowly},
    {"/interface/plugged-again", plugged_again},
    {"/interface/moved-netns", moved_netns},
    {"/interface/missing-at-start", missing_at_start},
    {"/interface/by-hardware-address", by_hardware_address},
    {"/interface/driver-cannot-tell", driver_cannot_tell},
    {"/interface/loss-is-read", loss_is_read},
    {"/interface/loss-is-read-only", loss_is_read_only},
    {"/interface/loss-is-denied", loss_is_denied},
    {"/interface/loss-is-confirmed", loss_is_confirmed},
    {"/interface/not-read", not_read},
    {"/interface/offline", offline},
    {"/interface/offline-in-order", offline_in_order},
    {"/interface/renamed-settings", renamed_settings},
    {"/interface/renamed-nameless", renamed_nameless},
    {"/interface/mtu-settings", mtu_settings},
    {"/interface/deleted-nameless", deleted_nameless},
    {"/interface/offline-one-family", offline_one_family},
    {"/interface/offline-put-on", offline_put_on},
    {"/interface/offline-refused", offline_refused},
    {"/interface/offline-last", offline_last},
    {"/interface/online", online},
    {"/interface/offline-link-lost", offline_link_lost},
    {"/interface/offline-unplugged", offline_unplugged},
    {"/interface/duplicate", duplicate},
    {"/interface/duplicate-at-start", duplicate_at_start},
    {"/interface/duplicate-restart", duplicate_restart},
    {"/interface/duplicate-ends", duplicate_ends},
    {"/interface/duplicate-online", duplicate_online},
    {"/interface/hwaddr-changes", hwaddr_changes},
    {"/interface/enslaved", enslaved},
    {"/interface/released", released},
    {"/interface/renamed", renamed},
    {"/interface/renamed-back", renamed_back},
    {"/interface/renamed-while-away", renamed_while_away},
    {"/interface/renamed-restart", renamed_restart},
    {"/interface/flapping", flapping},
    {"/interface/flapping-doubles", flapping_doubles},
    {"/interface/flapping-cap", flapping_cap},
    {"/interface/flapping-down-at-once", flapping_down_at_once},
    {"/interface/flapping-alone", flapping_alone},
    {"/interface/flapping-left-alone", flapping_left_alone},
    {"/interface/repair-delay", repair_delay},
    {"/interface/repair-delay-broken", repair_delay_broken},
    {"/interface/repair-delay-alone", repair_delay_alone},
    {"/joining/joined", join},
    {"/joining/missing", join_missing},
    {"/joining/loopback", join_loopback},
    {"/joining/point-to-point", join_point_to_point},
    {"/joining/not-multicast", join_not_multicast},
    {"/joining/noarp", join_noarp},
    {"/joining/enslaved", join_enslaved},
    {"/joining/other-media", join_other_media},
    {"/joining/duplicate", join_duplicate},
    {"/joining/in-use", join_in_use},
    {"/joining/test-address", join_test_address},
    {"/joining/left", leave},
};

int main(int argc, char **argv)
{
    return scenario_main(argc, argv, rows, G_N_ELEMENTS(rows));
}
