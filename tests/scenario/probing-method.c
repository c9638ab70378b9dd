/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How the members are probed, and from which address: docs/state-machines-probing.md, "Method". */
#include "harness-network.h"

#define DATA "eth0 10.0.0.10/24; eth1 10.0.0.11/24"
#define DATA6 "eth0 2001:db8::10/64; eth1 2001:db8::11/64"
#define TESTED "front: eth0,test=10.0.0.21/24 eth1,test=10.0.0.22/24"
#define FAST " fdt=1000"
#define AUTO "; method=auto fdt=1000"
#define FDT_MS 1000
#define LINK_LOCAL0 "fe80::ff:fe00:10"
#define LINK_LOCAL1 "fe80::ff:fe00:11"

static Scenario *host(const char *links, const char *addresses, const char *route,
                      const char *group)
{
    Scenario *s = scenario_new(links);

    network_hosts(s, "10.0.0.1 fe80::1 10.0.0.2");
    scenario_addresses(s, addresses);
    if (route)
        scenario_route(s, route);
    scenario_group(s, group);
    scenario_start(s);
    scenario_run(s);
    return s;
}

static void icmp(void)
{
    g_autoptr(Scenario) s = host("eth0 eth1", DATA, "default via 10.0.0.1 eth0", TESTED AUTO);

    until_state(s, "eth0", MP_INTERFACE_OK, FDT_MS);
    until_state(s, "eth1", MP_INTERFACE_OK, FDT_MS);
    expect_probe(s, "eth0", MP_IPV4, MP_VIA_ICMP, "10.0.0.21");
    expect_probe(s, "eth1", MP_IPV4, MP_VIA_ICMP, "10.0.0.22");
    g_assert_null(network_latest(s, "eth0", MP_IPV6));
    expect_mode(s, "eth0", MP_MODE_ROUTES);
}

static void icmp6(void)
{
    g_autoptr(Scenario) s =
        host("eth0 eth1", DATA6, "default via fe80::1 eth0", "front: eth0 eth1" AUTO);

    until_state(s, "eth0", MP_INTERFACE_OK, FDT_MS);
    until_state(s, "eth1", MP_INTERFACE_OK, FDT_MS);
    expect_probe(s, "eth0", MP_IPV6, MP_VIA_ICMP, LINK_LOCAL0);
    expect_probe(s, "eth1", MP_IPV6, MP_VIA_ICMP, LINK_LOCAL1);
    g_assert_null(network_latest(s, "eth0", MP_IPV4));
    network_path(s, "eth0", PATH_BROKEN);
    until_state(s, "eth0", MP_INTERFACE_FAILED, FDT_MS);
    scenario_run(s);
    expect_where(s, "2001:db8::10", "eth1");
}

static void both_families(void)
{
    g_autoptr(Scenario) s = scenario_new("eth0 eth1");

    network_hosts(s, "10.0.0.1 fe80::1");
    scenario_addresses(s, DATA);
    scenario_addresses(s, DATA6);
    scenario_route(s, "default via 10.0.0.1 eth0");
    scenario_route(s, "default via fe80::1 eth0");
    scenario_group(s, TESTED AUTO);
    scenario_start(s);
    scenario_run(s);
    until_state(s, "eth0", MP_INTERFACE_OK, FDT_MS);
    scenario_advance(s, 2000);
    expect_probe(s, "eth0", MP_IPV4, MP_VIA_ICMP, "10.0.0.21");
    expect_probe(s, "eth0", MP_IPV6, MP_VIA_ICMP, LINK_LOCAL0);
    network_alive(s, "10.0.0.1", FALSE);
    scenario_advance(s, 10000);
    expect_state(s, "eth0", MP_INTERFACE_OK);
    expect_group(s, "front", MP_GROUP_OK);
    network_path(s, "eth0", PATH_BROKEN);
    until_state(s, "eth0", MP_INTERFACE_FAILED, FDT_MS);
}

/* A member that comes up has a link-local that is being checked for duplicates. */
static void link_local_tentative(void)
{
    g_autoptr(Scenario) s = scenario_new("eth0");
    gint64 limit_us;

    network_hosts(s, "10.0.0.1 fe80::1");
    scenario_addresses(s, "eth0 10.0.0.10/24 2001:db8::10/64");
    scenario_route(s, "default via 10.0.0.1 eth0");
    scenario_route(s, "default via fe80::1 eth0");
    scenario_group(s, "front: eth0 eth1" AUTO);
    scenario_start(s);
    scenario_run(s);
    scenario_plug(s, "eth1");
    limit_us = fake_kernel_now(s->kernel) + 1000 * MP_USEC_PER_MSEC;
    scenario_now(s);
    while (scenario_jump(s, limit_us))
        ;
    g_assert_cmpuint(network_count(s, "eth1"), ==, 0);
    scenario_advance(s, 2000);
    expect_probe(s, "eth1", MP_IPV6, MP_VIA_ICMP, LINK_LOCAL1);
    g_assert_null(network_latest(s, "eth1", MP_IPV4));
    expect_state(s, "eth1", MP_INTERFACE_OK);
}

static void no_link_local(void)
{
    g_autoptr(Scenario) s = scenario_new("eth0 eth1");

    network_hosts(s, "10.0.0.1 fe80::1");
    scenario_addresses(s, DATA);
    scenario_addresses(s, DATA6);
    scenario_route(s, "default via 10.0.0.1 eth0");
    scenario_route(s, "default via fe80::1 eth0");
    scenario_group(s, "front: eth0 eth1" AUTO);
    scenario_start(s);
    scenario_advance(s, FDT_MS);
    expect_probe(s, "eth1", MP_IPV6, MP_VIA_ICMP, LINK_LOCAL1);
    scenario_up(s, "eth1", FALSE);
    scenario_run(s);
    fake_link_set_linklocal(s->kernel, scenario_index(s, "eth1"), FALSE);
    network_forget(s);
    scenario_up(s, "eth1", TRUE);
    scenario_advance(s, 2900);
    g_assert_cmpuint(network_count(s, "eth1"), ==, 0);
    scenario_advance(s, 300);
    g_assert_cmpuint(network_count(s, "eth1"), >, 0);
    g_assert_null(network_latest(s, "eth1", MP_IPV6));
    expect_probe(s, "eth1", MP_IPV4, MP_VIA_ARP, "");
    until_state(s, "eth1", MP_INTERFACE_OK, 2 * FDT_MS);
    scenario_run(s);
    scenario_advance(s, 200);
    expect_probe(s, "eth1", MP_IPV4, MP_VIA_ARP, "10.0.0.11");
}

/* Somebody takes it away: that says nothing of the path. */
static void link_local_deleted(void)
{
    g_autoptr(Scenario) s = scenario_new("eth0 eth1");

    network_hosts(s, "10.0.0.1 fe80::1");
    scenario_addresses(s, DATA);
    scenario_addresses(s, DATA6);
    scenario_route(s, "default via 10.0.0.1 eth0");
    scenario_route(s, "default via fe80::1 eth0");
    scenario_group(s, "front: eth0 eth1" AUTO);
    scenario_start(s);
    scenario_run(s);
    until_state(s, "eth1", MP_INTERFACE_OK, FDT_MS);
    scenario_delete_address(s, "eth1", LINK_LOCAL1, FAKE_SOMEONE);
    scenario_advance(s, 8000);
    g_assert_cmpuint(count_notices(s, MP_NOTICE_INTERFACE_STATE, MP_REASON_PROBE_FAILURE, "eth1"),
                     ==, 0);
    expect_state(s, "eth1", MP_INTERFACE_OK);
    expect_probe(s, "eth1", MP_IPV4, MP_VIA_ARP, "10.0.0.11");
}

/* Another device of the host has the same hardware address, and was first. */
static void link_local_duplicate(void)
{
    g_autoptr(Scenario) s = scenario_new("eth0");

    network_hosts(s, "10.0.0.1 fe80::1");
    scenario_addresses(s, "eth0 10.0.0.10/24 2001:db8::10/64");
    scenario_route(s, "default via 10.0.0.1 eth0");
    scenario_route(s, "default via fe80::1 eth0");
    scenario_group(s, "front: eth0 eth1" AUTO);
    scenario_start(s);
    scenario_run(s);
    scenario_plug(s, "lan1");
    scenario_advance(s, 3000);
    scenario_plug(s, "eth1");
    scenario_advance(s, 8000);
    expect_probe(s, "eth1", MP_IPV4, MP_VIA_ARP, "");
    expect_state(s, "eth1", MP_INTERFACE_OK);
    g_assert_null(network_latest(s, "eth1", MP_IPV6));
}

static void arp(void)
{
    g_autoptr(Scenario) s =
        host("eth0 eth1", DATA, "default via 10.0.0.1 eth0", "front: eth0 eth1" AUTO);
    MpAddress router = scenario_parse("10.0.0.1");

    until_state(s, "eth0", MP_INTERFACE_OK, FDT_MS);
    until_state(s, "eth1", MP_INTERFACE_OK, FDT_MS);
    scenario_advance(s, 300);
    expect_probe(s, "eth0", MP_IPV4, MP_VIA_ARP, "10.0.0.10");
    expect_probe(s, "eth1", MP_IPV4, MP_VIA_ARP, "10.0.0.11");
    expect_mode(s, "eth0", MP_MODE_ARP);
    g_assert_true(mp_address_equal_host(&network_latest(s, "eth0", MP_IPV4)->target, &router));
    /* To the hardware address that it answered by. */
    g_assert_true(network_latest(s, "eth0", MP_IPV4)->unicast);
}

/* The address goes to eth1, and nothing that eth0 sends may name it. */
static void arp_sender_follows(void)
{
    g_autoptr(Scenario) s =
        host("eth0 eth1", DATA, "default via 10.0.0.1 eth0", "front: eth0 eth1" AUTO);

    until_state(s, "eth0", MP_INTERFACE_OK, FDT_MS);
    scenario_advance(s, 2000);
    for (guint i = 0; i < 20; i++) {
        network_path(s, "eth0", PATH_BROKEN);
        until_state(s, "eth0", MP_INTERFACE_FAILED, FDT_MS);
        scenario_advance(s, 500);
        expect_probe(s, "eth0", MP_IPV4, MP_VIA_ARP, "");
        network_path(s, "eth0", PATH_OK);
        until_state(s, "eth0", MP_INTERFACE_OK, 2 * FDT_MS);
        scenario_run(s);
        expect_where(s, "10.0.0.10", "eth0");
        scenario_advance(s, 200);
        expect_probe(s, "eth0", MP_IPV4, MP_VIA_ARP, "10.0.0.10");
    }
}

/* Its probe is due at the moment at which the address is sent elsewhere. */
static void arp_sender_leaves(void)
{
    g_autoptr(Scenario) s =
        host("eth0 eth1", DATA, "default via 10.0.0.1 eth0", "front: eth0 eth1" AUTO);

    until_state(s, "eth0", MP_INTERFACE_OK, FDT_MS);
    until_state(s, "eth1", MP_INTERFACE_OK, FDT_MS);
    for (guint i = 0; i < 10; i++) {
        scenario_advance(s, 1000 + 30 * i);
        fake_kernel_set_time(s->kernel, mp_engine_probe_deadline(s->engine));
        s->outside++;
        g_assert_true(mp_engine_offline(s->engine, "eth0", 1, ++s->request,
                                        fake_kernel_now(s->kernel), NULL));
        mp_engine_expire(s->engine, fake_kernel_now(s->kernel));
        scenario_run(s);
        expect_where(s, "10.0.0.10", "eth1");
        scenario_online(s, "eth0", -1);
        until_state(s, "eth0", MP_INTERFACE_OK, FDT_MS);
    }
}

static void arp_without_address(void)
{
    g_autoptr(Scenario) s = host("eth0 eth1", "eth0 10.0.0.10/24", "default via 10.0.0.1 eth0",
                                 "front: eth0 eth1,standby" AUTO);

    until_state(s, "eth1", MP_INTERFACE_OK, 2 * FDT_MS);
    expect_probe(s, "eth1", MP_IPV4, MP_VIA_ARP, "");
    /* Silent: only those with an address go on. */
    network_alive(s, "10.0.0.1", FALSE);
    scenario_advance(s, 2000);
    network_forget(s);
    scenario_advance(s, 20000);
    g_assert_cmpuint(network_count(s, "eth1"), ==, 0);
    g_assert_cmpuint(network_count(s, "eth0"), >, 50);
    network_alive(s, "10.0.0.1", TRUE);
    until_group(s, "front", MP_GROUP_OK, 5000);
    g_assert_cmpuint(network_count(s, "eth1"), >, 0);
}

static void arp_by_test_address(void)
{
    g_autoptr(Scenario) s = host("eth0 eth1", "eth0 10.0.0.10/24", "default via 10.0.0.1 eth0",
                                 "front: eth0 eth1,standby,test=10.0.0.22/24; method=arp fdt=1000");

    until_state(s, "eth0", MP_INTERFACE_OK, FDT_MS);
    until_state(s, "eth1", MP_INTERFACE_OK, FDT_MS);
    expect_probe(s, "eth0", MP_IPV4, MP_VIA_ARP, "10.0.0.10");
    expect_probe(s, "eth1", MP_IPV4, MP_VIA_ARP, "10.0.0.22");
}

static void not_without_router(void)
{
    g_autoptr(Scenario) s = host("eth0 eth1", DATA, NULL, "front: eth0 eth1" AUTO);

    scenario_advance(s, 10000);
    expect_state(s, "eth0", MP_INTERFACE_OK);
    expect_probes(s, "eth0", MP_PROBE_DISABLED);
    expect_mode(s, "eth0", MP_MODE_DISABLED);
    g_assert_cmpuint(network_count(s, "eth0"), ==, 0);
    scenario_route(s, "default via 10.0.0.1 eth0");
    until_state(s, "eth0", MP_INTERFACE_UNKNOWN, 0);
    expect_notice(s, MP_NOTICE_PROBING, MP_REASON_PROBING_ON, "eth0");
    until_state(s, "eth0", MP_INTERFACE_OK, FDT_MS);
    expect_probe(s, "eth0", MP_IPV4, MP_VIA_ARP, "10.0.0.10");
    scenario_delete_route(s, "default via 10.0.0.1 eth0");
    scenario_advance(s, 3000); /* it might come again */
    expect_notice(s, MP_NOTICE_PROBING, MP_REASON_PROBING_OFF, "eth0");
    expect_probes(s, "eth0", MP_PROBE_DISABLED);
    expect_state(s, "eth0", MP_INTERFACE_OK);
}

static void icmp_without_test_address(void)
{
    g_autoptr(Scenario) s =
        host("eth0 eth1", DATA, "default via 10.0.0.1 eth0", "front: eth0 eth1; method=icmp" FAST);

    network_multicast(s, "fe80::1");
    until_state(s, "eth0", MP_INTERFACE_OK, 2 * FDT_MS);
    g_assert_null(network_latest(s, "eth0", MP_IPV4));
    expect_probe(s, "eth0", MP_IPV6, MP_VIA_ICMP, LINK_LOCAL0);
    expect_mode(s, "eth0", MP_MODE_MULTICAST);
}

static void single(void)
{
    g_autoptr(Scenario) s =
        host("eth0 eth1", DATA, "default via 10.0.0.1 eth0", "front: eth0" AUTO);

    until_state(s, "eth0", MP_INTERFACE_OK, FDT_MS);
    expect_probe(s, "eth0", MP_IPV4, MP_VIA_ICMP, "10.0.0.10");
    /* From now on it may move away. */
    scenario_group(s, "front: eth0 eth1" AUTO);
    scenario_apply(s, -1);
    scenario_advance(s, 1000);
    expect_probe(s, "eth0", MP_IPV4, MP_VIA_ARP, "10.0.0.10");
    expect_probe(s, "eth1", MP_IPV4, MP_VIA_ARP, "10.0.0.11");
    expect_state(s, "eth0", MP_INTERFACE_OK);
    scenario_remove_member(s, "front", "eth1");
    scenario_apply(s, -1);
    scenario_advance(s, 1000);
    expect_probe(s, "eth0", MP_IPV4, MP_VIA_ICMP, "10.0.0.10");
    network_forget(s);
    scenario_advance(s, 1000);
    g_assert_cmpuint(network_count(s, "eth1"), ==, 0);
}

static void changed(void)
{
    g_autoptr(Scenario) s =
        host("eth0 eth1", DATA, "default via 10.0.0.1 eth0", TESTED "; method=none" FAST);

    expect_state(s, "eth0", MP_INTERFACE_OK);
    expect_probes(s, "eth0", MP_PROBE_DISABLED);
    scenario_forget(s);
    scenario_group(s, TESTED AUTO);
    scenario_apply(s, -1);
    expect_notice(s, MP_NOTICE_PROBING, MP_REASON_PROBING_ON, "eth0");
    until_state(s, "eth0", MP_INTERFACE_OK, FDT_MS);
    until_state(s, "eth1", MP_INTERFACE_OK, FDT_MS);
    expect_probes(s, "eth0", MP_PROBE_OK);
    scenario_group(s, TESTED "; method=none" FAST);
    scenario_apply(s, -1);
    expect_notice(s, MP_NOTICE_PROBING, MP_REASON_PROBING_OFF, "eth0");
    expect_probes(s, "eth0", MP_PROBE_DISABLED);
    expect_state(s, "eth0", MP_INTERFACE_OK);
    network_forget(s);
    scenario_advance(s, 5000);
    g_assert_cmpuint(network_count(s, "eth0"), ==, 0);
    g_assert_cmpuint(s->ops->len, ==, 0);
}

static void off_repairs(void)
{
    g_autoptr(Scenario) s = host("eth0 eth1", DATA, "default via 10.0.0.1 eth0", TESTED AUTO);

    until_state(s, "eth0", MP_INTERFACE_OK, FDT_MS);
    until_state(s, "eth1", MP_INTERFACE_OK, FDT_MS);
    network_path(s, "eth0", PATH_BROKEN);
    until_state(s, "eth0", MP_INTERFACE_FAILED, FDT_MS);
    scenario_run(s);
    scenario_group(s, TESTED "; method=none" FAST);
    scenario_apply(s, -1);
    expect_interface(s, "eth0", MP_INTERFACE_OK, MP_REASON_PROBING_OFF);
    expect_where(s, "10.0.0.10", "eth0");
    /* On again: what was known of it is forgotten. */
    scenario_group(s, TESTED AUTO);
    scenario_apply(s, -1);
    expect_notice(s, MP_NOTICE_INTERFACE_STATE, MP_REASON_PROBING_ON, "eth0");
    until_state(s, "eth0", MP_INTERFACE_FAILED, 2 * FDT_MS);
}

/* Another way is another history: what was lost before is not judged. */
static void quiet_again(void)
{
    g_autoptr(Scenario) s =
        host("eth0 eth1", DATA, "default via 10.0.0.1 eth0", "front: eth0 eth1" AUTO);
    gint64 took_ms;

    until_state(s, "eth0", MP_INTERFACE_OK, FDT_MS);
    until_state(s, "eth1", MP_INTERFACE_OK, FDT_MS);
    network_path(s, "eth0", PATH_BROKEN);
    scenario_advance(s, 500);
    scenario_group(s, TESTED AUTO);
    s->outside++;
    mp_engine_configure(s->engine, s->config, FALSE, ++s->request, fake_kernel_now(s->kernel),
                        NULL);
    scenario_now(s);
    took_ms = until_state(s, "eth0", MP_INTERFACE_FAILED, 3 * FDT_MS);
    g_assert_cmpint(took_ms, >=, FDT_MS);
    expect_probe(s, "eth0", MP_IPV4, MP_VIA_ICMP, "10.0.0.21");
}

static void expect_conflict(Scenario *s, const char *name, gboolean conflict)
{
    g_autoptr(MpSnapshot) snapshot = mp_engine_snapshot(s->engine);

    g_assert_cmpint(mp_snapshot_find_interface(snapshot, name)->conflict, ==, conflict);
}

/* Somebody else has the test address: from that nobody can be asked. */
static void conflict(void)
{
    g_autoptr(Scenario) s = scenario_new("eth0 eth1");

    network_hosts(s, "10.0.0.1 10.0.0.21");
    scenario_addresses(s, DATA);
    scenario_route(s, "default via 10.0.0.1 eth0");
    scenario_group(s, TESTED AUTO);
    scenario_start(s);
    scenario_advance(s, 1000);
    expect_notice(s, MP_NOTICE_PROBING, MP_REASON_PROBING_OFF, "eth0");
    expect_conflict(s, "eth0", TRUE);
    expect_conflict(s, "eth1", FALSE);
    expect_state(s, "eth0", MP_INTERFACE_OK);
    expect_probes(s, "eth1", MP_PROBE_OK);
    network_forget(s);
    scenario_advance(s, 120000);
    g_assert_true(!network_latest(s, "eth0", MP_IPV4) ||
                  network_latest(s, "eth0", MP_IPV4)->via != MP_VIA_ICMP);
    g_assert_cmpuint(count_notices(s, MP_NOTICE_PROBING, MP_REASON_PROBING_OFF, "eth0"), ==, 1);
    network_alive(s, "10.0.0.21", FALSE);
    scenario_advance(s, 130000);
    expect_notice(s, MP_NOTICE_PROBING, MP_REASON_PROBING_ON, "eth0");
    expect_conflict(s, "eth0", FALSE);
    expect_probe(s, "eth0", MP_IPV4, MP_VIA_ICMP, "10.0.0.21");
    expect_probes(s, "eth0", MP_PROBE_OK);
}

static void faster(void)
{
    g_autoptr(Scenario) s =
        host("eth0 eth1", DATA, "default via 10.0.0.1 eth0", TESTED "; method=auto fdt=60000");

    until_state(s, "eth0", MP_INTERFACE_OK, 60000);
    until_state(s, "eth1", MP_INTERFACE_OK, 60000);
    expect_detection(s, "front", 60000);
    scenario_group(s, TESTED AUTO);
    scenario_apply(s, -1);
    expect_detection(s, "front", FDT_MS);
    expect_state(s, "eth0", MP_INTERFACE_OK);
    network_path(s, "eth0", PATH_BROKEN);
    until_state(s, "eth0", MP_INTERFACE_FAILED, FDT_MS);
}

static void deleted(void)
{
    g_autoptr(Scenario) s = host("eth0 eth1", DATA, "default via 10.0.0.1 eth0", TESTED AUTO);

    until_state(s, "eth0", MP_INTERFACE_OK, FDT_MS);
    network_path(s, "eth0", PATH_BROKEN);
    until_state(s, "eth0", MP_INTERFACE_FAILED, FDT_MS);
    scenario_delete(s, "front");
    network_forget(s);
    scenario_advance(s, 5000);
    g_assert_cmpuint(network_count(s, "eth0") + network_count(s, "eth1"), ==, 0);
    expect_restored(s);
}

static const Row rows[] = {
    {"/method/icmp", icmp},
    {"/method/icmp6", icmp6},
    {"/method/both-families", both_families},
    {"/method/link-local-tentative", link_local_tentative},
    {"/method/no-link-local", no_link_local},
    {"/method/link-local-deleted", link_local_deleted},
    {"/method/link-local-duplicate", link_local_duplicate},
    {"/method/arp", arp},
    {"/method/arp-sender-follows", arp_sender_follows},
    {"/method/arp-sender-leaves", arp_sender_leaves},
    {"/method/arp-without-address", arp_without_address},
    {"/method/arp-by-test-address", arp_by_test_address},
    {"/method/not-without-router", not_without_router},
    {"/method/icmp-without-test-address", icmp_without_test_address},
    {"/method/single", single},
    {"/method/changed", changed},
    {"/method/off-repairs", off_repairs},
    {"/method/quiet-again", quiet_again},
    {"/method/conflict", conflict},
    {"/method/faster", faster},
    {"/method/deleted", deleted},
};

int main(int argc, char **argv)
{
    return scenario_main(argc, argv, rows, G_N_ELEMENTS(rows));
}
