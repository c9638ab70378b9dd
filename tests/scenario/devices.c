/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What devices do, and what becomes of who is at home on them: cards that are known by what is
 * burnt into them, that come back with link at once, that changed while nobody was there to see it.
 * docs/state-machines-addresses.md, "Devices". */
#include "harness.h"

#define TWO "front: eth0 eth1"
#define DATA "eth0 10.0.0.10/24 2001:db8::10/64; eth1 10.0.0.11/24"

static void fail(Scenario *s, const char *link, gboolean fails)
{
    scenario_carrier(s, link, !fails);
    scenario_run(s);
}

/* What is burnt in counts, whatever address the card has now; and only that. */
static void permanent_address(void)
{
    g_autoptr(Scenario) s = scenario_new("eth0 eth1 eth2");

    scenario_addresses(s, "eth0 10.0.0.10/24; eth1 10.0.0.11/24");
    fake_link_set_permanent(s->kernel, scenario_index(s, "eth0"), "02:00:00:00:00:a0");
    /* Another card has been given that address: it is not the one that is meant. */
    fake_link_set_permanent(s->kernel, scenario_index(s, "eth2"), "02:00:00:00:00:a2");
    fake_link_set_hwaddr(s->kernel, scenario_index(s, "eth2"), "02:00:00:00:00:a0");
    scenario_group(s, "front: lan0,hw=02:00:00:00:00:a0 eth1");
    scenario_start(s);
    scenario_run(s);
    expect_state(s, "lan0", MP_INTERFACE_OK);
    expect_address(s, "10.0.0.10", MP_ADDRESS_UP, "lan0");
    fake_link_set_hwaddr(s->kernel, scenario_index(s, "eth0"), "02:00:00:00:00:77");
    scenario_run(s);
    expect_interface(s, "lan0", MP_INTERFACE_OK, MP_REASON_JOINED);
    expect_where(s, "10.0.0.10", "eth0");
    scenario_unplug(s, "eth0");
    scenario_run(s);
    expect_state(s, "lan0", MP_INTERFACE_MISSING);
    expect_where(s, "10.0.0.10", "eth1");
}

/* It is the same card in another slot, with an address of its own choosing. */
static void permanent_address_replugged(void)
{
    g_autoptr(Scenario) s = scenario_new("eth0 eth1");
    guint index;

    scenario_addresses(s, "eth0 10.0.0.10/24; eth1 10.0.0.11/24");
    fake_link_set_permanent(s->kernel, scenario_index(s, "eth0"), "02:00:00:00:00:a0");
    scenario_group(s, "front: lan0,hw=02:00:00:00:00:a0 eth1");
    scenario_start(s);
    scenario_run(s);
    scenario_unplug(s, "eth0");
    scenario_run(s);
    index = fake_link_add(s->kernel, "usb7", "02:00:00:00:00:55");
    fake_link_set_permanent(s->kernel, index, "02:00:00:00:00:a0");
    fake_link_set_up(s->kernel, index, TRUE);
    s->outside++;
    scenario_run(s);
    expect_state(s, "lan0", MP_INTERFACE_OK);
    expect_where(s, "10.0.0.10", "usb7");
}

/* A standby first, though somebody else has fewer addresses: all of them. */
static void missing_standby_first(void)
{
    g_autoptr(Scenario) s =
        scenario_new_group("eth1 eth2", "eth1 10.0.0.11/24",
                           "front: eth1 eth0,10.0.0.10/24,10.0.0.12/24,10.0.0.13/24 eth2,standby");

    expect_active(s, "eth1 eth2");
    expect_where(s, "10.0.0.10", "eth2");
    expect_where(s, "10.0.0.12", "eth2");
    expect_where(s, "10.0.0.13", "eth2");
    scenario_plug(s, "eth0");
    scenario_run(s);
    expect_active(s, "eth1 eth0");
    expect_where(s, "10.0.0.10", "eth0");
    expect_where(s, "10.0.0.13", "eth0");
    expect_where(s, "10.0.0.11", "eth1");
}

/* A card that comes back with link at once is as good as one that is down at first: the port of the
 * switch is learning in either case. */
static void repair_delay_replugged(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO "; repair=5000");

    scenario_unplug(s, "eth0");
    scenario_run(s);
    scenario_plug(s, "eth0");
    scenario_advance(s, 4000);
    expect_interface(s, "eth0", MP_INTERFACE_FAILED, MP_REASON_REPAIR_DELAY);
    expect_where(s, "10.0.0.10", "eth1");
    scenario_advance(s, 1500);
    expect_interface(s, "eth0", MP_INTERFACE_OK, MP_REASON_APPEARED);
    expect_where(s, "10.0.0.10", "eth0");
}

static void flapping_replugged(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO);

    for (guint i = 0; i < 3; i++) {
        scenario_unplug(s, "eth0");
        scenario_run(s);
        scenario_plug(s, "eth0");
        scenario_advance(s, 3000);
    }
    expect_interface(s, "eth0", MP_INTERFACE_FAILED, MP_REASON_FLAPPING);
    expect_where(s, "10.0.0.10", "eth1");
    scenario_advance(s, 60000);
    expect_state(s, "eth0", MP_INTERFACE_OK);
    expect_where(s, "10.0.0.10", "eth0");
}

/* Neither who joins waits, nor who was there already at a restart, nor who has got its name back.
 */
static void repair_delay_not_for_joining(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, "front: eth1; repair=5000");

    scenario_group(s, TWO "; repair=5000");
    scenario_apply(s, -1);
    expect_interface(s, "eth0", MP_INTERFACE_OK, MP_REASON_JOINED);
    scenario_restart(s);
    scenario_run(s);
    expect_state(s, "eth0", MP_INTERFACE_OK);
    fake_link_rename(s->kernel, scenario_index(s, "eth0"), "other");
    scenario_run(s);
    expect_where(s, "10.0.0.10", "eth1");
    fake_link_rename(s->kernel, fake_link_index(s->kernel, "other"), "eth0");
    scenario_now(s);
    expect_state(s, "eth0", MP_INTERFACE_OK);
}

/* Put by another program on one that a repair left inactive: at home there, but not in use there.
 */
static void foreign_on_inactive(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO "; failback=no");

    fail(s, "eth0", TRUE);
    fail(s, "eth0", FALSE);
    expect_active(s, "eth1");
    scenario_addresses(s, "eth0 10.0.0.50/24");
    scenario_advance(s, 3000);
    expect_where(s, "10.0.0.50", "eth1");
    expect_address(s, "10.0.0.50", MP_ADDRESS_UP, "eth0");
    scenario_offline(s, "eth0", 1, -1);
    scenario_online(s, "eth0", -1);
    scenario_run(s);
    expect_where(s, "10.0.0.50", "eth0");
}

/* A standby is one also while it carries what is another's. */
static void standby_refuses_while_active(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1 eth2", DATA, TWO " eth2,standby");

    fail(s, "eth0", TRUE);
    expect_where(s, "10.0.0.10", "eth2");
    scenario_group(s, TWO " eth2,standby,10.0.0.99/24");
    scenario_apply(s, MP_ERROR_STANDBY);
    expect_where(s, "10.0.0.99", "");
    /* What others put there stays while it is active, and is nobody's when it steps back. */
    scenario_group(s, TWO " eth2,standby");
    scenario_addresses(s, "eth2 10.0.0.50/24");
    scenario_run(s);
    expect_where(s, "10.0.0.50", "eth2");
    expect_address(s, "10.0.0.50", MP_ADDRESS_UP, NULL);
    fail(s, "eth0", FALSE);
    expect_active(s, "eth0 eth1");
    g_assert_cmpint(fake_n_addresses(s->kernel), >, 0);
    expect_address(s, "10.0.0.50", MP_ADDRESS_UP, NULL);
}

/* The last one that is no standby leaves: somebody has to be active. */
static void last_leaves_a_standby(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", "eth0 10.0.0.10/24",
                                               "front: eth0 eth1,standby; 10.0.0.77/24");

    expect_where(s, "10.0.0.77", "eth0");
    scenario_remove_member(s, "front", "eth0");
    scenario_apply(s, -1);
    expect_active(s, "eth1");
    expect_where(s, "10.0.0.77", "eth1");
    expect_where(s, "10.0.0.10", "eth0");
    expect_forgotten(s, "10.0.0.10");
}

/* Gone and there again before anybody could look. */
static void replugged_at_once(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO "; repair=5000");

    scenario_unplug(s, "eth0");
    scenario_plug(s, "eth0");
    scenario_run(s);
    expect_interface(s, "eth0", MP_INTERFACE_FAILED, MP_REASON_REPAIR_DELAY);
    expect_notice(s, MP_NOTICE_INTERFACE_STATE, MP_REASON_REMOVED, "eth0");
    expect_where(s, "10.0.0.10", "eth1");
    scenario_advance(s, 6000);
    expect_state(s, "eth0", MP_INTERFACE_OK);
    expect_where(s, "10.0.0.10", "eth0");
}

/* What its owner has taken off does not keep the member on which it was. */
static void leaves_with_withdrawn(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1 eth2", "eth1 10.0.0.11/24",
                                               "front: eth0 eth1 eth2,standby; 10.0.0.77/24");
    guint eth0 = scenario_index(s, "eth0");

    expect_where(s, "10.0.0.77", "eth0");
    scenario_delete_address(s, "eth0", "10.0.0.77/24", FAKE_SOMEONE);
    scenario_remove_member(s, "front", "eth0");
    scenario_apply(s, -1);
    scenario_advance(s, 1000);
    expect_active(s, "eth1");
    g_assert_cmpint(fake_sysctl_get(s->kernel, eth0, MP_SYSCTL_ARP_IGNORE), ==, 0);
}

/* Of two with one hardware address the one that was in use. */
static void duplicate_leaves(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1 eth2", DATA, "front: eth0 eth1 eth2");

    fake_link_set_hwaddr(s->kernel, scenario_index(s, "eth1"), "02:00:00:00:00:10");
    scenario_run(s);
    expect_interface(s, "eth1", MP_INTERFACE_OFFLINE, MP_REASON_DUPLICATE_HWADDR);
    scenario_remove_member(s, "front", "eth0");
    scenario_apply(s, -1);
    expect_active(s, "eth1 eth2");
    expect_where(s, "10.0.0.11", "eth1");
}

/* It is the group's, who has said so, wherever it was found. */
static void declared_where_it_leaves(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", "eth0 10.0.0.10/24", TWO);

    scenario_stop(s);
    scenario_group(s, "front: eth1; 10.0.0.10/24");
    scenario_start(s);
    scenario_run(s);
    expect_where(s, "10.0.0.10", "eth1");
}

static void no_failback_standby_and_back(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO "; failback=no");

    fail(s, "eth0", TRUE);
    fail(s, "eth0", FALSE);
    expect_active(s, "eth1");
    scenario_group(s, "front: eth0,standby eth1; failback=no");
    scenario_apply(s, -1);
    expect_active(s, "eth1");
    scenario_group(s, TWO "; failback=no");
    scenario_apply(s, -1);
    expect_active(s, "eth0 eth1");
}

/* One that is left inactive and a standby that was activated in its place. */
static void no_failback_and_standby(void)
{
    g_autoptr(Scenario) s =
        scenario_new_group("eth0 eth1 eth2", DATA, TWO " eth2,standby; failback=no");

    fail(s, "eth0", TRUE);
    fail(s, "eth0", FALSE);
    expect_active(s, "eth1 eth2");
    expect_where(s, "10.0.0.10", "eth2");
    scenario_offline(s, "eth2", 2, -1);
    scenario_run(s);
    expect_active(s, "eth0 eth1");
    expect_where(s, "10.0.0.10", "eth0");
    scenario_online(s, "eth2", -1);
    scenario_run(s);
    expect_active(s, "eth0 eth1"); /* nobody misses it */
    expect_where(s, "10.0.0.10", "eth0");
    scenario_advance(s, 60000); /* nothing of this is flapping */
    fail(s, "eth0", TRUE);
    fail(s, "eth0", FALSE);
    expect_active(s, "eth1 eth2");
    fail(s, "eth0", TRUE); /* fails while it is inactive */
    fail(s, "eth0", FALSE);
    expect_active(s, "eth1 eth2");
    scenario_group(s, TWO " eth2,standby");
    scenario_apply(s, -1);
    expect_active(s, "eth0 eth1");
    expect_where(s, "10.0.0.10", "eth0");
    expect_where(s, "2001:db8::10", "eth0");
}

static void fewer_than_ipv6_needs(Scenario *s, guint index)
{
    fake_link_set_mtu(s->kernel, index, 1200);
}

static void no_link_local(Scenario *s, guint index)
{
    MpOp op = {.kind = MP_OP_ADDRESS_DEL,
               .address = {.index = index, .address = scenario_parse("fe80::ff:fe00:10/64")}};

    g_assert_cmpint(fake_kernel_apply(s->kernel, &op, FAKE_SOMEONE), ==, 0);
}

/* Nobody has refused anything. */
static void family_lost(void)
{
    void (*const ways[])(Scenario *, guint) = {fewer_than_ipv6_needs, no_link_local};

    for (guint i = 0; i < G_N_ELEMENTS(ways); i++) {
        g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO);

        g_array_set_size(s->notices, 0);
        ways[i](s, scenario_index(s, "eth0"));
        s->outside++;
        scenario_advance(s, 5000);
        expect_where(s, "2001:db8::10", "eth1");
        expect_where(s, "10.0.0.10", "eth0");
        expect_active(s, "eth0 eth1");
        expect_notice(s, MP_NOTICE_ADDRESS_MOVED, MP_REASON_FAILOVER, NULL);
        g_assert_null(scenario_find_notice(s, MP_NOTICE_ADDRESS_MOVED, MP_REASON_REFUSED, NULL));
    }
}

/* Who comes with another's hardware address is the newcomer, wherever it stands in the file. */
static void duplicate_plugged(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO);
    guint index;

    scenario_unplug(s, "eth0");
    scenario_run(s);
    expect_where(s, "10.0.0.10", "eth1");
    scenario_forget(s);
    index = fake_link_add(s->kernel, "eth0", "02:00:00:00:00:11");
    fake_link_set_up(s->kernel, index, TRUE);
    s->outside++;
    scenario_run(s);
    expect_interface(s, "eth0", MP_INTERFACE_OFFLINE, MP_REASON_DUPLICATE_HWADDR);
    expect_state(s, "eth1", MP_INTERFACE_OK);
    expect_where(s, "10.0.0.11", "eth1");
    g_assert_cmpint(scenario_find_op(s, MP_OP_ADDRESS_DEL, scenario_index(s, "eth1"), "10.0.0.11"),
                    <, 0);
    scenario_restart(s);
    scenario_run(s);
    expect_interface(s, "eth0", MP_INTERFACE_OFFLINE, MP_REASON_DUPLICATE_HWADDR);
    scenario_unplug(s, "eth1"); /* it is unique now */
    scenario_advance(s, 3000);
    expect_state(s, "eth0", MP_INTERFACE_OK);
    expect_where(s, "10.0.0.10", "eth0");
    expect_where(s, "10.0.0.11", "eth0");
}

/* Its name is of no account, its hardware address is. */
static void other_name_other_address(void)
{
    g_autoptr(Scenario) s =
        scenario_new_group("eth0 eth1", DATA, "front: lan0,hw=02:00:00:00:00:10 eth1");
    guint index = scenario_index(s, "eth0");

    scenario_forget(s);
    fake_link_rename(s->kernel, index, "nic7");
    s->outside++;
    scenario_run(s);
    expect_state(s, "lan0", MP_INTERFACE_OK);
    expect_where(s, "10.0.0.10", "nic7");
    g_assert_cmpuint(scenario_count_ops(s, MP_OP_ADDRESS_DEL), ==, 0);
    fake_link_set_hwaddr(s->kernel, index, "02:00:00:00:00:77");
    s->outside++;
    scenario_run(s);
    expect_interface(s, "lan0", MP_INTERFACE_MISSING, MP_REASON_RENAMED);
    expect_where(s, "10.0.0.10", "eth1");
    fake_link_set_hwaddr(s->kernel, index, "02:00:00:00:00:10");
    s->outside++;
    scenario_run(s);
    expect_state(s, "lan0", MP_INTERFACE_OK);
    expect_where(s, "10.0.0.10", "nic7");
}

/* In force at once, for whoever waits now. */
static void repair_delay_changed(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO "; repair=600000");

    fail(s, "eth0", TRUE);
    scenario_carrier(s, "eth0", TRUE);
    scenario_advance(s, 3000);
    expect_interface(s, "eth0", MP_INTERFACE_FAILED, MP_REASON_REPAIR_DELAY);
    scenario_group(s, TWO "; repair=5000");
    scenario_apply(s, -1);
    scenario_advance(s, 1000);
    expect_interface(s, "eth0", MP_INTERFACE_FAILED, MP_REASON_REPAIR_DELAY);
    scenario_advance(s, 1500);
    expect_state(s, "eth0", MP_INTERFACE_OK);
    expect_where(s, "10.0.0.10", "eth0");
}

/* What is left of the hold for flapping counts. */
static void repair_delay_ends_while_flapping(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO "; repair=600000");

    for (guint i = 0; i < 3; i++) {
        scenario_carrier(s, "eth0", FALSE);
        scenario_advance(s, 100);
        scenario_carrier(s, "eth0", TRUE);
        scenario_advance(s, 100);
    }
    expect_interface(s, "eth0", MP_INTERFACE_FAILED, MP_REASON_REPAIR_DELAY);
    scenario_group(s, TWO);
    scenario_apply(s, -1);
    scenario_advance(s, 1000);
    expect_interface(s, "eth0", MP_INTERFACE_FAILED, MP_REASON_FLAPPING);
    scenario_advance(s, 60000);
    expect_state(s, "eth0", MP_INTERFACE_OK);
}

static void anchor_turned_off(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO);
    MpAddress address = scenario_parse("10.0.0.10");

    scenario_group(s, TWO "; anchor=no");
    scenario_apply(s, -1);
    scenario_run(s);
    g_assert_null(fake_address_find(s->kernel, MP_LOOPBACK_INDEX, &address));
    scenario_group(s, TWO "; anchor=yes");
    scenario_apply(s, -1);
    scenario_run(s);
    g_assert_nonnull(fake_address_find(s->kernel, MP_LOOPBACK_INDEX, &address));
}

/* While the daemon is away ------------------------------------------------------------------------
 */

static void unplugged_while_away(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO);

    for (guint moved = 0; moved < 2; moved++) {
        scenario_stop(s);
        if (moved)
            fake_link_move_netns(s->kernel, scenario_index(s, "eth0"));
        else
            scenario_unplug(s, "eth0");
        scenario_start(s);
        scenario_run(s);
        expect_state(s, "eth0", MP_INTERFACE_MISSING);
        expect_where(s, "10.0.0.10", "eth1");
        expect_where(s, "2001:db8::10", "eth1");
        expect_address(s, "10.0.0.10", MP_ADDRESS_UP, "eth0");
        scenario_plug(s, "eth0");
        scenario_advance(s, 3000);
        expect_where(s, "10.0.0.10", "eth0");
        expect_where(s, "2001:db8::10", "eth0");
    }
}

static void down_while_away(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO);

    scenario_stop(s);
    scenario_up(s, "eth0", FALSE);
    scenario_start(s);
    scenario_run(s);
    expect_interface(s, "eth0", MP_INTERFACE_FAILED, MP_REASON_ADMIN_DOWN);
    expect_where(s, "10.0.0.10", "eth1");
    expect_where(s, "2001:db8::10", "eth1");
    scenario_up(s, "eth0", TRUE);
    scenario_advance(s, 3000);
    expect_where(s, "10.0.0.10", "eth0");
    expect_where(s, "2001:db8::10", "eth0");
}

static void deleted_away_from_home_while_away(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO);
    MpAddress gone[] = {scenario_parse("10.0.0.10"), scenario_parse("2001:db8::10")};

    fail(s, "eth0", TRUE);
    expect_where(s, "2001:db8::10", "eth1");
    scenario_stop(s);
    for (guint i = 0; i < G_N_ELEMENTS(gone); i++)
        scenario_release(s, &gone[i]);
    scenario_delete_address(s, "eth1", "10.0.0.10", FAKE_SOMEONE);
    scenario_delete_address(s, "eth1", "2001:db8::10", 0);
    scenario_start(s);
    scenario_run(s);
    expect_address(s, "10.0.0.10", MP_ADDRESS_WITHDRAWN, "eth0");
    expect_address(s, "2001:db8::10", MP_ADDRESS_WITHDRAWN, "eth0");
    fail(s, "eth0", FALSE);
    expect_where(s, "10.0.0.10", "");
    expect_where(s, "2001:db8::10", "");
}

static void disabled_while_away(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO);
    MpAddress address = scenario_parse("2001:db8::10");

    scenario_stop(s);
    scenario_release(s, &address);
    fake_link_set_ipv6(s->kernel, scenario_index(s, "eth0"), FALSE);
    scenario_start(s);
    scenario_run(s);
    expect_address(s, "2001:db8::10", MP_ADDRESS_WITHDRAWN, "eth0");
    expect_where(s, "2001:db8::10", "");
    expect_where(s, "10.0.0.10", "eth0");
}

/* A lost carrier takes our nexthops, and no address. */
static void deleted_and_bounced_while_away(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO);
    MpAddress gone[] = {scenario_parse("10.0.0.10"), scenario_parse("2001:db8::10")};

    scenario_stop(s);
    for (guint i = 0; i < G_N_ELEMENTS(gone); i++)
        scenario_release(s, &gone[i]);
    scenario_carrier(s, "eth0", FALSE);
    scenario_delete_address(s, "eth0", "10.0.0.10", FAKE_SOMEONE);
    scenario_delete_address(s, "eth0", "2001:db8::10", 0);
    scenario_carrier(s, "eth0", TRUE);
    scenario_start(s);
    scenario_run(s);
    expect_address(s, "10.0.0.10", MP_ADDRESS_WITHDRAWN, "eth0");
    expect_address(s, "2001:db8::10", MP_ADDRESS_WITHDRAWN, "eth0");
}

/* Without a link-local since then it looks as if IPv6 had been turned off. */
static void down_without_link_local_while_away(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO);

    scenario_stop(s);
    fake_link_set_linklocal(s->kernel, scenario_index(s, "eth0"), FALSE);
    scenario_up(s, "eth0", FALSE);
    scenario_up(s, "eth0", TRUE);
    scenario_start(s);
    scenario_advance(s, 5000);
    expect_address(s, "2001:db8::10", MP_ADDRESS_UP, "eth0");
    expect_where(s, "2001:db8::10", "eth1");
}

/* Put on another member after it had been withdrawn, it is tentative there when that one is set
 * down and up and nobody hears of it: what became of it is not to be read from the first. */
static void deaf_while_tentative(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO);
    MpOp op = {.kind = MP_OP_ADDRESS_ADD,
               .address = {.address = scenario_parse("2001:db8::10/64")}};
    const MpIfaddr *put;

    scenario_release(s, &op.address.address);
    scenario_delete_address(s, "eth0", "2001:db8::10", 0);
    scenario_advance(s, 1000);
    expect_address(s, "2001:db8::10", MP_ADDRESS_WITHDRAWN, "eth0");
    op.address.index = scenario_index(s, "eth1");
    g_assert_cmpint(fake_kernel_apply(s->kernel, &op, FAKE_SOMEONE), ==, 0);
    s->outside++;
    put = fake_address_find(s->kernel, op.address.index, &op.address.address);
    g_assert_true(put->flags & MP_IFA_TENTATIVE);
    scenario_now(s);
    scenario_up(s, "eth1", FALSE);
    scenario_up(s, "eth1", TRUE);
    fake_kernel_overflow(s->kernel);
    scenario_advance(s, 5000);
    expect_address(s, "2001:db8::10", MP_ADDRESS_UP, "eth1");
    expect_where(s, "2001:db8::10", "eth1");
}

/* Withdrawn, put back, and its home loses its link before a record can tell; then whoever took it
 * goes, and the daemon is killed. Nothing but what was put at home could tell that it is not to go.
 */
static void put_back_link_lost_heir_unplugged(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO);

    scenario_delete_address(s, "eth0", "10.0.0.10", FAKE_SOMEONE);
    scenario_advance(s, 1000);
    expect_address(s, "10.0.0.10", MP_ADDRESS_WITHDRAWN, "eth0");
    s->hold_record = TRUE;
    scenario_addresses(s, "eth0 10.0.0.10/24");
    scenario_now(s);
    scenario_carrier(s, "eth0", FALSE);
    scenario_now(s);
    scenario_unplug(s, "eth1");
    scenario_now(s);
    scenario_stop(s);
    s->hold_record = FALSE;
    scenario_start(s);
    scenario_run(s);
    expect_address(s, "10.0.0.10", MP_ADDRESS_DOWN, "eth0");
    scenario_plug(s, "eth1");
    scenario_advance(s, 3000);
    expect_where(s, "10.0.0.10", "eth1");
}

/* Deaf for a moment -------------------------------------------------------------------------------
 */

static void deaf_then_unplugged(void)
{
    for (guint again = 0; again < 2; again++) {
        g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO);

        scenario_unplug(s, "eth0");
        if (again)
            scenario_plug(s, "eth0");
        fake_kernel_overflow(s->kernel);
        scenario_advance(s, 5000);
        expect_where(s, "10.0.0.10", again ? "eth0" : "eth1");
        expect_where(s, "2001:db8::10", again ? "eth0" : "eth1");
        expect_address(s, "2001:db8::10", MP_ADDRESS_UP, "eth0");
    }
}

/* A hundred thousand routes take a while: until they are read the picture shows what was there
 * before the messages were lost. */
static void deaf_while_routes_are_read(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO);

    g_array_set_size(s->notices, 0);
    fake_link_set_mtu(s->kernel, scenario_index(s, "eth0"), 1200);
    fake_link_set_mtu(s->kernel, scenario_index(s, "eth0"), 1500);
    fake_kernel_overflow(s->kernel);
    fake_kernel_hold_dumps(s->kernel, (MpDump)(MP_DUMP_NEXTHOPS | MP_DUMP_ROUTES));
    scenario_advance(s, 1000);
    fake_kernel_hold_dumps(s->kernel, 0);
    scenario_advance(s, 5000);
    expect_where(s, "2001:db8::10", "eth0");
    expect_address(s, "2001:db8::10", MP_ADDRESS_UP, "eth0");
    g_assert_null(scenario_find_notice(s, MP_NOTICE_ADDRESS_STATE, MP_REASON_WITHDRAWN, NULL));
}

/* Another device under the old number, whose settings cannot be read for a moment: what tells that
 * it is another one is among them. */
static void deaf_then_renewed_nameless(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO);
    guint index = scenario_index(s, "eth0");

    g_array_set_size(s->notices, 0);
    fake_link_replug(s->kernel, index);
    fake_link_set_nameless(s->kernel, index, FAKE_NAMELESS_ALL);
    fake_kernel_overflow(s->kernel);
    scenario_advance(s, 400);
    fake_link_set_nameless(s->kernel, index, 0);
    scenario_advance(s, 5000);
    expect_where(s, "10.0.0.10", "eth0");
    g_assert_null(scenario_find_notice(s, MP_NOTICE_ADDRESS_STATE, MP_REASON_WITHDRAWN, NULL));
}

static const Row rows[] = {
    {"/devices/permanent-address", permanent_address},
    {"/devices/permanent-address-replugged", permanent_address_replugged},
    {"/devices/missing-standby-first", missing_standby_first},
    {"/devices/repair-delay-replugged", repair_delay_replugged},
    {"/devices/flapping-replugged", flapping_replugged},
    {"/devices/repair-delay-not-for-joining", repair_delay_not_for_joining},
    {"/devices/foreign-on-inactive", foreign_on_inactive},
    {"/devices/standby-refuses-while-active", standby_refuses_while_active},
    {"/devices/last-leaves-a-standby", last_leaves_a_standby},
    {"/devices/replugged-at-once", replugged_at_once},
    {"/devices/leaves-with-withdrawn", leaves_with_withdrawn},
    {"/devices/duplicate-leaves", duplicate_leaves},
    {"/devices/declared-where-it-leaves", declared_where_it_leaves},
    {"/devices/no-failback-standby-and-back", no_failback_standby_and_back},
    {"/devices/no-failback-and-standby", no_failback_and_standby},
    {"/devices/family-lost", family_lost},
    {"/devices/duplicate-plugged", duplicate_plugged},
    {"/devices/other-name-other-address", other_name_other_address},
    {"/devices/repair-delay-changed", repair_delay_changed},
    {"/devices/repair-delay-ends-while-flapping", repair_delay_ends_while_flapping},
    {"/devices/anchor-turned-off", anchor_turned_off},
    {"/devices/unplugged-while-away", unplugged_while_away},
    {"/devices/down-while-away", down_while_away},
    {"/devices/deleted-away-from-home-while-away", deleted_away_from_home_while_away},
    {"/devices/disabled-while-away", disabled_while_away},
    {"/devices/deleted-and-bounced-while-away", deleted_and_bounced_while_away},
    {"/devices/down-without-link-local-while-away", down_without_link_local_while_away},
    {"/devices/put-back-link-lost-heir-unplugged", put_back_link_lost_heir_unplugged},
    {"/devices/deaf-then-unplugged", deaf_then_unplugged},
    {"/devices/deaf-while-tentative", deaf_while_tentative},
    {"/devices/deaf-while-routes-are-read", deaf_while_routes_are_read},
    {"/devices/deaf-then-renewed-nameless", deaf_then_renewed_nameless},
};

int main(int argc, char **argv)
{
    return scenario_main(argc, argv, rows, G_N_ELEMENTS(rows));
}
