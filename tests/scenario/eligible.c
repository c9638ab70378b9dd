/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Addresses that nobody active can have, and somebody else who can.
 * docs/state-machines-addresses.md, "Placement", rule 9. */
#include "harness.h"

#define DATA "eth0 10.0.0.10/24 2001:db8::10/64"
#define GROUP "front: eth0 eth1,standby"

static Scenario *with_standby(void)
{
    return scenario_new_group("eth0 eth1", DATA, GROUP);
}

static void set_mtu(Scenario *s, const char *link, guint mtu)
{
    fake_link_set_mtu(s->kernel, scenario_index(s, link), mtu);
    scenario_run(s);
}

static void expect_places(Scenario *s, const char *active, const char *ipv4, const char *ipv6)
{
    expect_active(s, active);
    expect_where(s, "10.0.0.10", ipv4);
    expect_where(s, "2001:db8::10", ipv6);
    expect_address(s, "2001:db8::10", MP_ADDRESS_UP, "eth0");
}

static void standby_for_ipv6(void)
{
    g_autoptr(Scenario) s = with_standby();

    expect_active(s, "eth0");
    set_mtu(s, "eth0", 1200);
    expect_places(s, "eth0 eth1", "eth0", "eth1");
    expect_notice(s, MP_NOTICE_ROLE, MP_REASON_ACTIVATED, "eth1");
    set_mtu(s, "eth0", 1500);
    scenario_advance(s, 3000);
    expect_places(s, "eth0", "eth0", "eth0");
    expect_notice(s, MP_NOTICE_ROLE, MP_REASON_DEACTIVATED, "eth1");
    scenario_delete(s, "front");
    expect_restored(s);
}

/* It has no address of the family: who could carry it stays out. */
static void nothing_to_carry(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", "eth0 10.0.0.10/24", GROUP);

    set_mtu(s, "eth0", 1200);
    scenario_advance(s, 10000);
    expect_active(s, "eth0");
}

static void inactive_for_ipv6(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA "; eth1 10.0.0.11/24",
                                               "front: eth0 eth1; failback=no");

    scenario_carrier(s, "eth1", FALSE);
    scenario_run(s);
    scenario_carrier(s, "eth1", TRUE);
    scenario_run(s);
    expect_active(s, "eth0");
    set_mtu(s, "eth0", 1200);
    expect_places(s, "eth0 eth1", "eth0", "eth1");
    set_mtu(s, "eth0", 1500);
    scenario_advance(s, 3000);
    expect_places(s, "eth0 eth1", "eth0", "eth0"); /* its home was never repaired */
}

/* Whoever is activated for it is one that can have it, a standby first. */
static void whoever_can(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1 eth2 eth3", DATA,
                                               "front: eth0 eth1,standby eth2,standby eth3");

    set_mtu(s, "eth1", 1200);
    set_mtu(s, "eth3", 1200);
    expect_active(s, "eth0 eth3");
    set_mtu(s, "eth0", 1200);
    expect_places(s, "eth0 eth2 eth3", "eth0", "eth2");
    scenario_carrier(s, "eth2", FALSE); /* another takes its place, and cannot have it either */
    scenario_run(s);
    expect_active(s, "eth0 eth3");
    expect_address(s, "10.0.0.10", MP_ADDRESS_UP, "eth0");
    scenario_carrier(s, "eth2", TRUE);
    scenario_run(s);
    expect_places(s, "eth0 eth2 eth3", "eth0", "eth2");
}

/* A link-local address that is tentative is no reason; one that does not come is. */
static void link_local_waited_for(void)
{
    g_autoptr(Scenario) s = with_standby();
    guint index = scenario_index(s, "eth0");

    scenario_carrier(s, "eth1", FALSE);
    scenario_run(s);
    scenario_up(s, "eth0", FALSE);
    scenario_run(s);
    scenario_carrier(s, "eth1", TRUE);
    scenario_run(s);
    expect_active(s, "eth1");
    scenario_up(s, "eth0", TRUE);
    scenario_advance(s, 3000);
    expect_places(s, "eth0", "eth0", "eth0");

    scenario_up(s, "eth0", FALSE);
    scenario_run(s);
    fake_link_set_linklocal(s->kernel, index, FALSE);
    scenario_up(s, "eth0", TRUE);
    scenario_advance(s, 10000);
    expect_places(s, "eth0 eth1", "eth0", "eth1");
    fake_link_set_linklocal(s->kernel, index, TRUE);
    scenario_up(s, "eth0", FALSE);
    scenario_up(s, "eth0", TRUE);
    scenario_advance(s, 5000);
    expect_places(s, "eth0", "eth0", "eth0");
}

/* At a start all link-local addresses are tentative, and nobody is activated for that. */
static void no_flapping_at_start(void)
{
    g_autoptr(Scenario) s = scenario_new("eth0 eth1");

    scenario_up(s, "eth0", FALSE);
    scenario_addresses(s, "eth0 10.0.0.10/24");
    scenario_group(s, "front: eth0,2001:db8::10/64 eth1,standby");
    scenario_up(s, "eth0", TRUE);
    scenario_start(s);
    scenario_advance(s, 10000);
    expect_places(s, "eth0", "eth0", "eth0");
    g_assert_null(scenario_find_notice(s, MP_NOTICE_ROLE, MP_REASON_ACTIVATED, "eth1"));
}

/* The address is on the standby until its home can have it: never on one that is inactive. */
static void steps_back_last(void)
{
    g_autoptr(Scenario) s = with_standby();

    scenario_unplug(s, "eth0");
    scenario_run(s);
    expect_active(s, "eth1");
    scenario_plug(s, "eth0");
    scenario_advance(s, 500);
    expect_places(s, "eth0 eth1", "eth0", "eth1");
    scenario_advance(s, 3000);
    expect_places(s, "eth0", "eth0", "eth0");
}

static int refuse_on(FakeKernel *kernel, const MpOp *op, gpointer user_data)
{
    const guint *index = user_data;

    return op->kind == MP_OP_ADDRESS_ADD && op->address.index == *index &&
                   op->address.address.family == MP_IPV6
               ? EACCES
               : 0;
}

static void refused_by_active(void)
{
    g_autoptr(Scenario) s = with_standby();
    guint index = scenario_index(s, "eth0");

    scenario_unplug(s, "eth0");
    scenario_run(s);
    s->refuse = refuse_on;
    s->refuse_data = &index;
    s->refusing = TRUE;
    scenario_plug(s, "eth0");
    index = scenario_index(s, "eth0");
    scenario_advance(s, 5000);
    expect_places(s, "eth0 eth1", "eth0", "eth1");
    scenario_forget(s);
    scenario_advance(s, 1000000); /* it is there: nobody is asked again */
    expect_places(s, "eth0 eth1", "eth0", "eth1");
    g_assert_cmpuint(scenario_count_ops(s, MP_OP_ADDRESS_ADD), ==, 0);
    s->refuse = NULL;
    s->refusing = FALSE;
    scenario_up(s, "eth0", FALSE);
    scenario_up(s, "eth0", TRUE);
    scenario_advance(s, 5000);
    expect_places(s, "eth0", "eth0", "eth0");
}

static void restarted(void)
{
    g_autoptr(Scenario) s = with_standby();

    set_mtu(s, "eth0", 1200);
    scenario_forget(s);
    scenario_restart(s);
    scenario_advance(s, 5000);
    expect_places(s, "eth0 eth1", "eth0", "eth1");
    g_assert_cmpuint(scenario_count_ops(s, MP_OP_ADDRESS_ADD), ==, 0);
    scenario_stop(s);
    fake_link_set_mtu(s->kernel, scenario_index(s, "eth0"), 1500);
    scenario_start(s);
    scenario_advance(s, 5000);
    expect_places(s, "eth0", "eth0", "eth0");
}

static const Row rows[] = {
    {"/eligible/standby-for-ipv6", standby_for_ipv6},
    {"/eligible/nothing-to-carry", nothing_to_carry},
    {"/eligible/inactive-for-ipv6", inactive_for_ipv6},
    {"/eligible/whoever-can", whoever_can},
    {"/eligible/link-local-waited-for", link_local_waited_for},
    {"/eligible/no-flapping-at-start", no_flapping_at_start},
    {"/eligible/steps-back-last", steps_back_last},
    {"/eligible/refused-by-active", refused_by_active},
    {"/eligible/restarted", restarted},
};

int main(int argc, char **argv)
{
    return scenario_main(argc, argv, rows, G_N_ELEMENTS(rows));
}
