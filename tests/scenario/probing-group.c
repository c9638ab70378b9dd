/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* When the probes of all members fail: docs/state-machines-probing.md, "Group failure". */
#include "harness-network.h"

#define DATA "eth0 10.0.0.10/24; eth1 10.0.0.11/24"
#define MEMBERS "front: eth0,test=10.0.0.21/24 eth1,test=10.0.0.22/24"
#define THREE "front: eth0,test=10.0.0.21/24 eth1,test=10.0.0.22/24 eth2,test=10.0.0.23/24"
#define PROBED "; method=auto fdt=1000 target=10.0.0.1"
#define BY_ICMP "; method=icmp fdt=1000 target=10.0.0.1" /* only where there is a test address */
#define FDT_MS 1000
#define REPAIR_MS 2000

static Scenario *probed_among(const char *links, const char *group)
{
    g_auto(GStrv) names = g_strsplit(links, " ", -1);
    Scenario *s = scenario_new(links);

    network_hosts(s, "10.0.0.1");
    scenario_addresses(s, DATA);
    scenario_route(s, "default via 10.0.0.1 eth0");
    scenario_group(s, group);
    scenario_start(s);
    scenario_run(s);
    for (guint i = 0; names[i]; i++)
        if (strstr(group, names[i]))
            until_state(s, names[i], MP_INTERFACE_OK, FDT_MS);
    scenario_forget(s);
    return s;
}

static Scenario *probed(const char *group)
{
    return probed_among("eth0 eth1", group);
}

static void router(Scenario *s, gboolean alive)
{
    network_alive(s, "10.0.0.1", alive);
}

static void lose_router(Scenario *s)
{
    router(s, FALSE);
    until_group(s, "front", MP_GROUP_FAILED, FDT_MS + 200);
    scenario_run(s);
}

static void expect_untouched(Scenario *s)
{
    g_assert_cmpuint(s->ops->len, ==, 0);
    g_assert_cmpuint(s->announcements->len, ==, 0);
}

static void expect_group_reason(Scenario *s, MpReason reason)
{
    g_autoptr(MpSnapshot) snapshot = mp_engine_snapshot(s->engine);

    g_assert_cmpint(mp_snapshot_find_group(snapshot, "front")->reason, ==, reason);
}

/* Before anybody was answered: a link that flaps is held back as if nobody probed. Its answers
 * prove it, and that the other one, whose port lets nothing through, has failed. */
static void held_and_answered(void)
{
    g_autoptr(Scenario) s = scenario_new("eth0 eth1");

    network_hosts(s, "10.0.0.1");
    router(s, FALSE);
    network_path(s, "eth0", PATH_BROKEN);
    scenario_addresses(s, DATA);
    scenario_group(s, MEMBERS PROBED);
    scenario_start(s);
    scenario_run(s);
    for (guint i = 0; i < 3; i++) {
        scenario_carrier(s, "eth1", FALSE);
        scenario_run(s);
        scenario_carrier(s, "eth1", TRUE);
        scenario_run(s);
    }
    expect_interface(s, "eth1", MP_INTERFACE_FAILED, MP_REASON_FLAPPING);
    router(s, TRUE);
    until_state(s, "eth1", MP_INTERFACE_OK, REPAIR_MS);
    scenario_advance(s, 5000); /* the quiet period of the other one */
    expect_interface(s, "eth0", MP_INTERFACE_FAILED, MP_REASON_PROBE_FAILURE);
    expect_where(s, "10.0.0.10", "eth1");
}

static void router_gone(void)
{
    g_autoptr(Scenario) s = probed(MEMBERS PROBED);
    g_autofree char *before = fake_kernel_picture(s->kernel), *after = NULL;

    lose_router(s);
    expect_interface(s, "eth0", MP_INTERFACE_FAILED, MP_REASON_GROUP_FAILURE);
    expect_interface(s, "eth1", MP_INTERFACE_FAILED, MP_REASON_GROUP_FAILURE);
    expect_probes(s, "eth0", MP_PROBE_FAILED);
    expect_group_reason(s, MP_REASON_GROUP_FAILURE);
    expect_active(s, "eth0 eth1");
    expect_address(s, "10.0.0.10", MP_ADDRESS_UP, "eth0");
    expect_notice(s, MP_NOTICE_GROUP_STATE, MP_REASON_GROUP_FAILURE, NULL);
    g_assert_cmpuint(count_notices(s, MP_NOTICE_INTERFACE_STATE, MP_REASON_PROBE_FAILURE, NULL), ==,
                     0);
    scenario_advance(s, 120000);
    after = fake_kernel_picture(s->kernel);
    g_assert_cmpstr(before, ==, after);
    expect_untouched(s);
}

static void ends(void)
{
    g_autoptr(Scenario) s = probed(MEMBERS PROBED);
    guint64 before0, before1;

    lose_router(s);
    before0 = acked_probes(s, "eth0");
    before1 = acked_probes(s, "eth1");
    router(s, TRUE);
    until_state(s, "eth0", MP_INTERFACE_OK, REPAIR_MS);
    g_assert_cmpuint(MAX(acked_probes(s, "eth0") - before0, acked_probes(s, "eth1") - before1), ==,
                     10);
    expect_group(s, "front", MP_GROUP_OK);
    scenario_advance(s, 5000);
    expect_group(s, "front", MP_GROUP_OK);
    expect_untouched(s);
}

static void no_failback_stays(void)
{
    g_autoptr(Scenario) s = probed(MEMBERS PROBED " failback=no");

    lose_router(s);
    router(s, TRUE);
    until_group(s, "front", MP_GROUP_OK, REPAIR_MS);
    scenario_run(s);
    /* Nobody was out of use, nobody is repaired. */
    expect_active(s, "eth0 eth1");
    expect_untouched(s);
}

static void link_lost(void)
{
    g_autoptr(Scenario) s = probed(MEMBERS PROBED);

    lose_router(s);
    scenario_carrier(s, "eth0", FALSE);
    scenario_now(s);
    expect_interface(s, "eth0", MP_INTERFACE_FAILED, MP_REASON_LINK_DOWN);
    expect_where(s, "10.0.0.10", "eth1");
    scenario_run(s);
    expect_address(s, "10.0.0.10", MP_ADDRESS_UP, "eth0");
    expect_group(s, "front", MP_GROUP_FAILED);
    /* It has to prove itself, which it cannot now. */
    scenario_carrier(s, "eth0", TRUE);
    scenario_advance(s, 5000);
    expect_interface(s, "eth0", MP_INTERFACE_FAILED, MP_REASON_LINK_DOWN);
    expect_where(s, "10.0.0.10", "eth1");
    router(s, TRUE);
    until_group(s, "front", MP_GROUP_OK, REPAIR_MS + 1000);
    scenario_run(s);
    expect_where(s, "10.0.0.10", "eth0");
}

static void both_links_lost(void)
{
    g_autoptr(Scenario) s = probed(MEMBERS PROBED);

    lose_router(s);
    scenario_carrier(s, "eth0", FALSE);
    scenario_run(s);
    scenario_carrier(s, "eth0", TRUE);
    scenario_run(s);
    scenario_carrier(s, "eth1", FALSE);
    scenario_now(s);
    expect_where(s, "10.0.0.10", "eth0");
    expect_where(s, "10.0.0.11", "eth0");
    scenario_run(s);
    expect_interface(s, "eth0", MP_INTERFACE_FAILED, MP_REASON_GROUP_FAILURE);
}

static void convicted_before(void)
{
    g_autoptr(Scenario) s = probed(MEMBERS PROBED);

    network_path(s, "eth0", PATH_BROKEN);
    until_state(s, "eth0", MP_INTERFACE_FAILED, FDT_MS);
    scenario_run(s);
    scenario_forget(s);
    lose_router(s);
    expect_interface(s, "eth0", MP_INTERFACE_FAILED, MP_REASON_PROBE_FAILURE);
    expect_interface(s, "eth1", MP_INTERFACE_FAILED, MP_REASON_GROUP_FAILURE);
    expect_active(s, "eth1");
    expect_where(s, "10.0.0.10", "eth1");
    expect_untouched(s);
    router(s, TRUE);
    until_state(s, "eth1", MP_INTERFACE_OK, REPAIR_MS);
    expect_interface(s, "eth0", MP_INTERFACE_FAILED, MP_REASON_PROBE_FAILURE);
    expect_untouched(s);
    network_path(s, "eth0", PATH_OK);
    until_state(s, "eth0", MP_INTERFACE_OK, REPAIR_MS);
    scenario_run(s);
    expect_where(s, "10.0.0.10", "eth0");
}

static void convicted_carries(void)
{
    g_autoptr(Scenario) s = probed(MEMBERS PROBED);

    network_path(s, "eth0", PATH_BROKEN);
    until_state(s, "eth0", MP_INTERFACE_FAILED, FDT_MS);
    lose_router(s);
    scenario_carrier(s, "eth1", FALSE);
    scenario_now(s);
    expect_where(s, "10.0.0.11", "eth0");
    scenario_run(s);
    expect_interface(s, "eth0", MP_INTERFACE_FAILED, MP_REASON_GROUP_FAILURE);
    expect_address(s, "10.0.0.11", MP_ADDRESS_UP, "eth1");
    /* Whoever was not convicted is the better one. */
    scenario_carrier(s, "eth1", TRUE);
    scenario_run(s);
    expect_where(s, "10.0.0.10", "eth1");
    expect_interface(s, "eth0", MP_INTERFACE_FAILED, MP_REASON_PROBE_FAILURE);
}

static void one_stays_broken(void)
{
    g_autoptr(Scenario) s = probed(MEMBERS PROBED);

    lose_router(s);
    network_path(s, "eth1", PATH_BROKEN);
    router(s, TRUE);
    until_state(s, "eth0", MP_INTERFACE_OK, REPAIR_MS);
    until_state(s, "eth1", MP_INTERFACE_FAILED, 2 * FDT_MS);
    scenario_run(s);
    expect_interface(s, "eth1", MP_INTERFACE_FAILED, MP_REASON_PROBE_FAILURE);
    expect_where(s, "10.0.0.11", "eth0");
}

static void two_of_three(void)
{
    g_autoptr(Scenario) s = probed_among("eth0 eth1 eth2", THREE PROBED);

    network_path(s, "eth0", PATH_BROKEN);
    network_path(s, "eth1", PATH_BROKEN);
    until_state(s, "eth0", MP_INTERFACE_FAILED, FDT_MS);
    until_state(s, "eth1", MP_INTERFACE_FAILED, FDT_MS);
    scenario_run(s);
    expect_where(s, "10.0.0.10", "eth2");
    expect_where(s, "10.0.0.11", "eth2");
    expect_group(s, "front", MP_GROUP_DEGRADED);
    /* The last one proves nothing against itself. */
    scenario_forget(s);
    network_path(s, "eth2", PATH_BROKEN);
    until_group(s, "front", MP_GROUP_FAILED, FDT_MS + 200);
    expect_interface(s, "eth2", MP_INTERFACE_FAILED, MP_REASON_GROUP_FAILURE);
    scenario_run(s);
    expect_where(s, "10.0.0.10", "eth2");
    expect_untouched(s);
}

static void standby_stays(void)
{
    g_autoptr(Scenario) s =
        probed("front: eth0,test=10.0.0.21/24 eth1,test=10.0.0.22/24,standby" PROBED);

    lose_router(s);
    expect_active(s, "eth0");
    expect_untouched(s);
}

static void alone(void)
{
    g_autoptr(Scenario) s = probed("front: eth0,test=10.0.0.21/24" PROBED);

    lose_router(s);
    expect_interface(s, "eth0", MP_INTERFACE_FAILED, MP_REASON_GROUP_FAILURE);
    expect_address(s, "10.0.0.10", MP_ADDRESS_UP, "eth0");
    expect_untouched(s);
    router(s, TRUE);
    until_group(s, "front", MP_GROUP_OK, REPAIR_MS);
    expect_untouched(s);
}

static void unprobed_proves(void)
{
    g_autoptr(Scenario) s = probed("front: eth0,test=10.0.0.21/24 eth1" BY_ICMP);

    expect_probes(s, "eth1", MP_PROBE_DISABLED);
    router(s, FALSE);
    until_state(s, "eth0", MP_INTERFACE_FAILED, FDT_MS);
    scenario_run(s);
    expect_interface(s, "eth0", MP_INTERFACE_FAILED, MP_REASON_PROBE_FAILURE);
    expect_where(s, "10.0.0.10", "eth1");
    /* Without the one that proves it the other carries. */
    scenario_carrier(s, "eth1", FALSE);
    scenario_now(s);
    expect_where(s, "10.0.0.10", "eth0");
    scenario_run(s);
    expect_interface(s, "eth0", MP_INTERFACE_FAILED, MP_REASON_GROUP_FAILURE);
}

static void unprobed_carries_on(void)
{
    g_autoptr(Scenario) s = probed("front: eth0,test=10.0.0.21/24 eth1" BY_ICMP);

    scenario_carrier(s, "eth1", FALSE);
    scenario_run(s);
    lose_router(s);
    expect_interface(s, "eth0", MP_INTERFACE_FAILED, MP_REASON_GROUP_FAILURE);
    expect_where(s, "10.0.0.11", "eth0");
    /* One with link that is not probed ends it, and proves the other wrong. */
    scenario_carrier(s, "eth1", TRUE);
    scenario_advance(s, 5000);
    expect_state(s, "eth1", MP_INTERFACE_OK);
    expect_interface(s, "eth0", MP_INTERFACE_FAILED, MP_REASON_PROBE_FAILURE);
    expect_where(s, "10.0.0.10", "eth1");
}

static void made_and_unmade(void)
{
    g_autoptr(Scenario) s = probed(MEMBERS PROBED);

    lose_router(s);
    scenario_group(s, MEMBERS "; method=none");
    scenario_apply(s, -1);
    expect_group(s, "front", MP_GROUP_OK);
    expect_interface(s, "eth0", MP_INTERFACE_OK, MP_REASON_PROBING_OFF);
    expect_untouched(s);
    scenario_group(s, MEMBERS PROBED);
    scenario_apply(s, -1);
    scenario_advance(s, 30000);
    expect_state(s, "eth0", MP_INTERFACE_UNKNOWN);
    expect_untouched(s);
}

static void restarted(void)
{
    g_autoptr(Scenario) s = probed(MEMBERS PROBED);

    lose_router(s);
    scenario_restart(s);
    scenario_advance(s, 30000);
    /* It is known that they had answered. */
    expect_group(s, "front", MP_GROUP_FAILED);
    expect_untouched(s);
    scenario_stop(s);
    g_clear_pointer(&s->learned, mp_learned_unref);
    scenario_start(s);
    scenario_advance(s, 30000);
    /* In this life nobody has answered anybody. */
    expect_state(s, "eth0", MP_INTERFACE_UNKNOWN);
    expect_state(s, "eth1", MP_INTERFACE_UNKNOWN);
    expect_untouched(s);
}

/* How long a life that begins without the router takes to say so. */
static gint64 silence_after_restart(guint fdt_ms)
{
    g_autofree char *group =
        g_strdup_printf("%s; method=icmp fdt=%u target=10.0.0.1", MEMBERS, fdt_ms);
    g_autoptr(Scenario) s = scenario_new("eth0 eth1");
    gint64 begin_us;

    network_hosts(s, "10.0.0.1");
    scenario_addresses(s, DATA);
    scenario_group(s, group);
    scenario_start(s);
    until_state(s, "eth0", MP_INTERFACE_OK, fdt_ms);
    until_state(s, "eth1", MP_INTERFACE_OK, fdt_ms);
    scenario_advance(s, 60000);
    router(s, FALSE);
    until_group(s, "front", MP_GROUP_FAILED, fdt_ms + fdt_ms / 5);
    scenario_restart(s);
    begin_us = fake_kernel_now(s->kernel);
    until_group(s, "front", MP_GROUP_FAILED, 200000);
    return (fake_kernel_now(s->kernel) - begin_us) / MP_USEC_PER_MSEC;
}

static void quiet_period(void)
{
    gint64 shortest_ms = silence_after_restart(100);
    gint64 usual_ms = silence_after_restart(1000);
    gint64 longest_ms = silence_after_restart(20000);

    g_assert_cmpint(shortest_ms, >=, 1000); /* not 4 x FDT */
    g_assert_cmpint(shortest_ms, <, 1200);
    g_assert_cmpint(usual_ms, >=, 4000);
    g_assert_cmpint(usual_ms, <, 4500);
    g_assert_cmpint(longest_ms, >=, 40000);
    g_assert_cmpint(longest_ms, <, 45000);
}

static void offline_during(void)
{
    g_autoptr(Scenario) s = probed(MEMBERS PROBED);

    lose_router(s);
    scenario_offline(s, "eth0", 1, -1);
    expect_where(s, "10.0.0.10", "eth1");
    expect_group(s, "front", MP_GROUP_FAILED);
    scenario_online(s, "eth0", -1);
    expect_where(s, "10.0.0.10", "eth0");
}

static void flush(void)
{
    g_autoptr(Scenario) s = scenario_new("eth0 eth1");

    network_hosts(s, "10.0.0.7 10.0.0.8 10.0.0.9");
    network_multicast(s, "10.0.0.7");
    network_multicast(s, "10.0.0.8");
    network_multicast(s, "10.0.0.9");
    scenario_addresses(s, DATA);
    scenario_group(s, MEMBERS "; method=auto fdt=1000");
    scenario_start(s);
    scenario_run(s);
    scenario_advance(s, 5000);
    expect_targets(s, "eth1", "10.0.0.7 10.0.0.8 10.0.0.9");
    network_alive(s, "10.0.0.7", FALSE);
    network_alive(s, "10.0.0.8", FALSE);
    network_alive(s, "10.0.0.9", FALSE);
    until_group(s, "front", MP_GROUP_FAILED, 2 * FDT_MS);
    scenario_run(s);
    expect_targets(s, "eth1", "");
    expect_mode(s, "eth1", MP_MODE_MULTICAST);
    /* Another one is found. */
    network_hosts(s, "10.0.0.5");
    network_multicast(s, "10.0.0.5");
    until_group(s, "front", MP_GROUP_OK, REPAIR_MS + 2000);
    expect_targets(s, "eth0", "10.0.0.5");
}

static const Row rows[] = {
    {"/group-failure/held-and-answered", held_and_answered},
    {"/group-failure/router-gone", router_gone},
    {"/group-failure/ends", ends},
    {"/group-failure/no-failback", no_failback_stays},
    {"/group-failure/link-lost", link_lost},
    {"/group-failure/link-back-then-other-lost", both_links_lost},
    {"/group-failure/convicted-before", convicted_before},
    {"/group-failure/convicted-carries", convicted_carries},
    {"/group-failure/one-stays-broken", one_stays_broken},
    {"/group-failure/two-of-three", two_of_three},
    {"/group-failure/standby-stays", standby_stays},
    {"/group-failure/alone", alone},
    {"/group-failure/unprobed-proves", unprobed_proves},
    {"/group-failure/unprobed-comes-back", unprobed_carries_on},
    {"/group-failure/probing-off-and-on", made_and_unmade},
    {"/group-failure/restart", restarted},
    {"/group-failure/quiet-period", quiet_period},
    {"/group-failure/offline-online", offline_during},
    {"/group-failure/flush", flush},
};

int main(int argc, char **argv)
{
    return scenario_main(argc, argv, rows, G_N_ELEMENTS(rows));
}
