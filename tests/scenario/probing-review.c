/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Probing where several things come together: docs/state-machines-probing.md, "Probing, and what
 * comes between". */
#include "harness-network.h"

#define DATA "eth0 10.0.0.10/24; eth1 10.0.0.11/24"
#define DATA6 "eth0 2001:db8::10/64; eth1 2001:db8::11/64"
#define TESTED "front: eth0,test=10.0.0.21/24 eth1,test=10.0.0.22/24"
#define AUTO "; method=auto fdt=1000"
#define FDT_MS 1000
#define REPAIR_MS 2000

static Scenario *host(const char *links, const char *addresses, const char *route,
                      const char *group)
{
    Scenario *s = scenario_new(links);

    network_hosts(s, "10.0.0.1 fe80::1 10.0.0.5");
    scenario_addresses(s, addresses);
    scenario_route(s, route);
    scenario_group(s, group);
    scenario_start(s);
    scenario_run(s);
    return s;
}

static Scenario *tested(void)
{
    Scenario *s = host("eth0 eth1", DATA, "default via 10.0.0.1 eth0", TESTED AUTO);

    until_state(s, "eth0", MP_INTERFACE_OK, FDT_MS);
    until_state(s, "eth1", MP_INTERFACE_OK, FDT_MS);
    return s;
}

static Scenario *by_ipv6(const char *links, const char *group)
{
    Scenario *s = host(links, DATA6, "default via fe80::1 eth0", group);

    until_state(s, "eth0", MP_INTERFACE_OK, FDT_MS);
    until_state(s, "eth1", MP_INTERFACE_OK, FDT_MS);
    return s;
}

static void expect_proof(Scenario *s, const char *name, const char *away)
{
    until_state(s, name, MP_INTERFACE_FAILED, 0);
    scenario_advance(s, 10000);
    expect_state(s, name, MP_INTERFACE_FAILED);
    expect_where(s, "2001:db8::10", away);
    network_path(s, name, PATH_OK);
    until_state(s, name, MP_INTERFACE_OK, REPAIR_MS);
    scenario_run(s);
    expect_where(s, "2001:db8::10", name);
}

/* Its link-local is made anew with the link: until then it has to be waited for. */
static void long_down(void)
{
    g_autoptr(Scenario) s = by_ipv6("eth0 eth1", "front: eth0 eth1" AUTO);
    MpOp late = {.kind = MP_OP_ADDRESS_ADD,
                 .address = {.index = scenario_index(s, "eth0"),
                             .address = scenario_parse("fe80::ff:fe00:10/64"),
                             .scope = MP_SCOPE_LINK,
                             .valid_s = MP_FOREVER,
                             .preferred_s = MP_FOREVER}};

    scenario_up(s, "eth0", FALSE);
    scenario_advance(s, 60000);
    network_path(s, "eth0", PATH_BROKEN);
    fake_link_set_linklocal(s->kernel, scenario_index(s, "eth0"), FALSE);
    scenario_up(s, "eth0", TRUE);
    scenario_now(s);
    expect_interface(s, "eth0", MP_INTERFACE_FAILED, MP_REASON_ADMIN_DOWN);
    scenario_advance(s, 500);
    g_assert_cmpint(fake_kernel_apply(s->kernel, &late, FAKE_SOMEONE), ==, 0);
    scenario_now(s);
    expect_proof(s, "eth0", "eth1");
}

static void long_gone(void)
{
    g_autoptr(Scenario) s = by_ipv6("eth0 eth1", "front: eth0 eth1" AUTO);

    scenario_unplug(s, "eth0");
    scenario_advance(s, 60000);
    network_path(s, "eth0", PATH_BROKEN);
    scenario_plug(s, "eth0");
    scenario_now(s);
    expect_proof(s, "eth0", "eth1");
}

/* About to be probed is no proof that the group is alive. */
static void newcomer_in_group_failure(void)
{
    g_autoptr(Scenario) s = by_ipv6("eth0 eth1", "front: eth0 eth1 eth2" AUTO);

    network_alive(s, "fe80::1", FALSE);
    until_group(s, "front", MP_GROUP_FAILED, 2 * FDT_MS);
    scenario_run(s);
    scenario_plug(s, "eth2");
    for (guint i = 0; i < 40; i++) {
        scenario_advance(s, 100);
        expect_interface(s, "eth0", MP_INTERFACE_FAILED, MP_REASON_GROUP_FAILURE);
        expect_where(s, "2001:db8::10", "eth0");
        expect_where(s, "2001:db8::11", "eth1");
    }
    network_alive(s, "fe80::1", TRUE);
    until_group(s, "front", MP_GROUP_OK, 5 * FDT_MS);
}

/* An address that wanders among hosts: a target, while it is not here. */
static void own_for_a_while(void)
{
    g_autoptr(Scenario) s = host("eth0 eth1 eth2", DATA, "default via 10.0.0.1 eth0",
                                 TESTED AUTO " only=yes target=10.0.0.5");

    until_state(s, "eth0", MP_INTERFACE_OK, FDT_MS);
    scenario_addresses(s, "eth2 10.0.0.5/32");
    scenario_run(s);
    expect_targets(s, "eth0", "");
    scenario_delete_address(s, "eth2", "10.0.0.5/32", FAKE_SOMEONE);
    scenario_run(s);
    expect_targets(s, "eth0", "10.0.0.5");
    expect_targets(s, "eth1", "10.0.0.5");
}

/* What the record says of a member that is not probed any more is over. */
static void convicted_long_ago(void)
{
    g_autoptr(Scenario) s = tested();

    network_path(s, "eth0", PATH_BROKEN);
    until_state(s, "eth0", MP_INTERFACE_FAILED, FDT_MS);
    scenario_run(s);
    scenario_stop(s);
    network_path(s, "eth0", PATH_OK);
    scenario_group(s, TESTED "; method=none fdt=1000");
    scenario_start(s);
    scenario_run(s);
    expect_state(s, "eth0", MP_INTERFACE_OK);
    expect_where(s, "10.0.0.10", "eth0");
    scenario_group(s, TESTED AUTO);
    scenario_apply(s, -1);
    expect_state(s, "eth0", MP_INTERFACE_UNKNOWN);
    until_state(s, "eth0", MP_INTERFACE_OK, FDT_MS);
    g_assert_cmpuint(count_notices(s, MP_NOTICE_INTERFACE_STATE, MP_REASON_PROBE_FAILURE, "eth0"),
                     ==, 1);
    expect_where(s, "10.0.0.10", "eth0");
}

/* A standby that carries nothing: there is no operation that would bring the news. */
static void enslaved(void)
{
    g_autoptr(Scenario) s =
        host("eth0 eth1 eth2", DATA, "default via 10.0.0.1 eth0", "front: eth0 eth1,standby" AUTO);

    until_state(s, "eth1", MP_INTERFACE_OK, 2 * FDT_MS);
    fake_link_enslave(s->kernel, scenario_index(s, "eth1"), scenario_index(s, "eth2"));
    s->outside++;
    scenario_run(s);
    expect_interface(s, "eth1", MP_INTERFACE_OFFLINE, MP_REASON_ENSLAVED);
    expect_probes(s, "eth1", MP_PROBE_DISABLED);
    network_forget(s);
    scenario_advance(s, 5000);
    g_assert_cmpuint(network_count(s, "eth1"), ==, 0);
}

/* Without addresses there is nothing to change: no answer of the kernel and no record makes the
 * engine look again, and what is told at that moment is told for long. */
static void offline_and_nothing_else(void)
{
    g_autoptr(Scenario) s = scenario_new("eth0 eth1");

    network_hosts(s, "10.0.0.1");
    scenario_group(s, TESTED "; method=icmp target=10.0.0.1 fdt=3600000");
    scenario_start(s);
    until_state(s, "eth0", MP_INTERFACE_OK, 3600000);
    until_state(s, "eth1", MP_INTERFACE_OK, 3600000);
    scenario_run(s);
    expect_probes(s, "eth1", MP_PROBE_OK);
    scenario_forget(s);
    s->hold_record = TRUE;
    g_assert_true(
        mp_engine_offline(s->engine, "eth1", 1, ++s->request, fake_kernel_now(s->kernel), NULL));
    scenario_now(s);
    g_assert_cmpuint(s->ops->len, ==, 0);
    expect_interface(s, "eth1", MP_INTERFACE_OFFLINE, MP_REASON_OFFLINE);
    expect_probes(s, "eth1", MP_PROBE_DISABLED);
    g_assert_true(
        mp_engine_online(s->engine, "eth1", ++s->request, fake_kernel_now(s->kernel), NULL));
    scenario_now(s);
    g_assert_cmpuint(s->ops->len, ==, 0);
    expect_interface(s, "eth1", MP_INTERFACE_UNKNOWN, MP_REASON_ONLINE);
    expect_probes(s, "eth1", MP_PROBE_UNKNOWN);
}

/* What is known of a target is not lost because somebody writes it down. */
static void written_down(void)
{
    g_autoptr(Scenario) s = tested();
    guint64 before;

    network_path(s, "eth0", PATH_BROKEN);
    until_state(s, "eth0", MP_INTERFACE_FAILED, FDT_MS);
    scenario_run(s);
    before = acked_probes(s, "eth0");
    network_path(s, "eth0", PATH_OK);
    while (acked_probes(s, "eth0") < before + 8)
        scenario_advance(s, 10);
    scenario_group(s, TESTED AUTO " target=10.0.0.1");
    scenario_apply(s, -1);
    expect_mode(s, "eth0", MP_MODE_CONFIGURED);
    until_state(s, "eth0", MP_INTERFACE_OK, REPAIR_MS);
    g_assert_cmpuint(acked_probes(s, "eth0") - before, ==, 10);
}

/* The default route is exchanged, in two steps, as some programs do when they renew it. */
static void route_renewed(void)
{
    g_autoptr(Scenario) s =
        host("eth0 eth1", DATA, "default via 10.0.0.1 eth0", "front: eth0 eth1" AUTO);

    until_state(s, "eth0", MP_INTERFACE_OK, FDT_MS);
    until_state(s, "eth1", MP_INTERFACE_OK, FDT_MS);
    network_path(s, "eth0", PATH_BROKEN);
    until_state(s, "eth0", MP_INTERFACE_FAILED, FDT_MS);
    scenario_run(s);
    scenario_delete_route(s, "default via 10.0.0.1 eth0");
    scenario_now(s);
    scenario_advance(s, 100);
    scenario_route(s, "default via 10.0.0.1 eth0");
    for (guint i = 0; i < 50; i++) {
        scenario_advance(s, 100);
        expect_state(s, "eth0", MP_INTERFACE_FAILED);
        expect_where(s, "10.0.0.10", "eth1");
    }
    network_path(s, "eth0", PATH_OK);
    until_state(s, "eth0", MP_INTERFACE_OK, REPAIR_MS);
}

/* One target that was found: others are looked for beside, which must not fill the window. */
static void many_repairs(void)
{
    g_autoptr(Scenario) s = scenario_new("eth0 eth1");

    network_hosts(s, "10.0.0.7");
    network_multicast(s, "10.0.0.7");
    scenario_addresses(s, DATA);
    scenario_group(s, TESTED "; method=icmp fdt=10000 repairs=50");
    scenario_start(s);
    until_state(s, "eth0", MP_INTERFACE_OK, 20000);
    until_state(s, "eth1", MP_INTERFACE_OK, 20000);
    network_path(s, "eth0", PATH_BROKEN);
    until_state(s, "eth0", MP_INTERFACE_FAILED, 20000);
    network_path(s, "eth0", PATH_OK);
    until_state(s, "eth0", MP_INTERFACE_OK, 100000);
}

static int refuse_nothing(FakeKernel *kernel, const MpOp *op, gpointer user_data)
{
    return 0;
}

static void run_for(Scenario *s, gint64 ms)
{
    gint64 end_us = fake_kernel_now(s->kernel) + ms * MP_USEC_PER_MSEC;

    while (scenario_jump(s, end_us))
        ;
}

/* The kernel does not answer for so long that the deletion is taken back. */
static void deletion_undone(void)
{
    g_autoptr(Scenario) s = tested();
    g_autoptr(MpConfig) before = mp_config_copy(s->config);

    s->refuse = refuse_nothing;
    g_hash_table_remove_all(s->protected);
    g_assert_true(mp_config_drop(s->config, "front"));
    fake_kernel_hold_acks(s->kernel, TRUE);
    s->outside++;
    g_assert_true(mp_engine_configure(s->engine, s->config, FALSE, ++s->request,
                                      fake_kernel_now(s->kernel), NULL));
    run_for(s, 10500);
    fake_kernel_hold_acks(s->kernel, FALSE);
    run_for(s, 20000);
    mp_config_free(s->config);
    s->config = g_steal_pointer(&before);
    expect_group(s, "front", MP_GROUP_OK);
    expect_probes(s, "eth0", MP_PROBE_OK);
    expect_probes(s, "eth1", MP_PROBE_OK);
    expect_where(s, "10.0.0.10", "eth0");
}

/* The targets, their round trips, the raised interval and the sequence of the history live on. */
static void restarted(void)
{
    g_autoptr(Scenario) s = tested();
    const MpNotice *last;
    guint raised, before;

    network_rtt(s, "10.0.0.1", 400);
    scenario_advance(s, 30000);
    raised = scenario_detection(s, "front");
    g_assert_cmpuint(raised, >, FDT_MS);
    before = count_notices(s, MP_NOTICE_PROBING, MP_REASON_FDT_RAISED, NULL);
    last = &g_array_index(s->notices, MpNotice, s->notices->len - 1);
    g_assert_cmpuint(last->sequence, ==, s->notices->len);
    scenario_stop(s);
    g_assert_cmpuint(s->learned->intervals->len, ==, 1);
    g_assert_cmpuint(s->learned->estimates->len, ==, 2);
    scenario_start(s);
    scenario_now(s);
    expect_detection(s, "front", raised);
    expect_targets(s, "eth0", "10.0.0.1");
    scenario_advance(s, 30000);
    g_assert_cmpuint(count_notices(s, MP_NOTICE_PROBING, MP_REASON_FDT_RAISED, NULL), ==, before);
    network_path(s, "eth0", PATH_BROKEN);
    until_state(s, "eth0", MP_INTERFACE_FAILED, 2 * raised);
    last = &g_array_index(s->notices, MpNotice, s->notices->len - 1);
    g_assert_cmpuint(last->sequence, ==, s->notices->len);
    expect_where(s, "10.0.0.10", "eth1");
}

static const Row rows[] = {
    {"/probing-review/restarted", restarted},
    {"/probing-review/long-down", long_down},
    {"/probing-review/long-gone", long_gone},
    {"/probing-review/newcomer-in-group-failure", newcomer_in_group_failure},
    {"/probing-review/own-for-a-while", own_for_a_while},
    {"/probing-review/convicted-long-ago", convicted_long_ago},
    {"/probing-review/enslaved", enslaved},
    {"/probing-review/offline-and-nothing-else", offline_and_nothing_else},
    {"/probing-review/written-down", written_down},
    {"/probing-review/route-renewed", route_renewed},
    {"/probing-review/many-repairs", many_repairs},
    {"/probing-review/deletion-undone", deletion_undone},
};

int main(int argc, char **argv)
{
    return scenario_main(argc, argv, rows, G_N_ELEMENTS(rows));
}
