/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who is asked, how long that may take, and interfaces of no group: docs/state-machines-probing.md,
 * "Targets", "Detection time" and "Interfaces of no group". */
#include "harness-network.h"

#define DATA "eth0 10.0.0.10/24; eth1 10.0.0.11/24"
#define TESTED "front: eth0,test=10.0.0.21/24 eth1,test=10.0.0.22/24"
#define AUTO "; method=auto fdt=1000"
#define FDT_MS 1000
#define REPAIR_MS 2000

static Scenario *host(const char *route, const char *group)
{
    Scenario *s = scenario_new("eth0 eth1 eth2");

    network_hosts(s, "10.0.0.1 10.0.0.2 10.0.0.5 10.0.0.6 10.0.0.7 fe80::1");
    scenario_addresses(s, DATA);
    if (route)
        scenario_route(s, route);
    scenario_group(s, group);
    scenario_start(s);
    scenario_run(s);
    return s;
}

/* Targets */

static void configured(void)
{
    g_autoptr(Scenario) s =
        host("default via 10.0.0.1 eth0", TESTED AUTO " target=10.0.0.6 target=10.0.0.5");

    until_state(s, "eth0", MP_INTERFACE_OK, FDT_MS);
    expect_targets(s, "eth0", "10.0.0.6 10.0.0.5 10.0.0.1");
    expect_mode(s, "eth0", MP_MODE_CONFIGURED);
    network_forget(s);
    scenario_advance(s, 3000);
    g_assert_cmpuint(network_count_to(s, "eth0", "10.0.0.6"), >=, 6);
    g_assert_cmpuint(network_count_to(s, "eth0", "10.0.0.1"), >=, 6);
}

static void configured_only(void)
{
    g_autoptr(Scenario) s =
        host("default via 10.0.0.1 eth0", TESTED AUTO " only=yes target=10.0.0.9");

    network_multicast(s, "10.0.0.7");
    scenario_advance(s, 5000);
    expect_targets(s, "eth0", "10.0.0.9");
    expect_state(s, "eth0", MP_INTERFACE_UNKNOWN);
    g_assert_cmpuint(network_count_to(s, "eth0", "10.0.0.9"), ==, network_count(s, "eth0"));
    scenario_group(s, TESTED AUTO " target=10.0.0.9");
    scenario_apply(s, -1);
    expect_targets(s, "eth0", "10.0.0.9 10.0.0.1");
    until_state(s, "eth0", MP_INTERFACE_OK, FDT_MS);
}

static void routers(void)
{
    g_autoptr(Scenario) s = host("default via 10.0.0.1 eth0", TESTED AUTO);

    scenario_route(s, "10.9.0.0/16 via 10.0.0.2 eth1");
    scenario_run(s);
    expect_targets(s, "eth0", "10.0.0.1 10.0.0.2");
    expect_targets(s, "eth1", "10.0.0.1 10.0.0.2");
    expect_mode(s, "eth0", MP_MODE_ROUTES);
    scenario_delete_route(s, "10.9.0.0/16 via 10.0.0.2 eth1");
    scenario_run(s);
    expect_targets(s, "eth1", "10.0.0.1");
    expect_notice(s, MP_NOTICE_PROBING, MP_REASON_TARGETS_CHANGED, "eth1");
}

/* The kernel flushes the routes of a device that goes down. */
static void flushed_route(void)
{
    g_autoptr(Scenario) s = host("default via 10.0.0.1 eth0", TESTED AUTO);

    until_state(s, "eth0", MP_INTERFACE_OK, FDT_MS);
    until_state(s, "eth1", MP_INTERFACE_OK, FDT_MS);
    scenario_up(s, "eth0", FALSE);
    scenario_advance(s, 5000);
    expect_targets(s, "eth1", "10.0.0.1");
    expect_probes(s, "eth1", MP_PROBE_OK);
    scenario_up(s, "eth0", TRUE);
    until_state(s, "eth0", MP_INTERFACE_OK, REPAIR_MS);
    scenario_unplug(s, "eth0");
    scenario_advance(s, 5000);
    expect_targets(s, "eth1", "10.0.0.1");
    expect_state(s, "eth1", MP_INTERFACE_OK);
}

static void host_routes(void)
{
    g_autoptr(Scenario) s = host("10.0.0.5/32 eth0", TESTED AUTO);

    until_state(s, "eth1", MP_INTERFACE_OK, FDT_MS);
    expect_targets(s, "eth1", "10.0.0.5");
    expect_mode(s, "eth1", MP_MODE_ROUTES);
    scenario_route(s, "default via 10.0.0.1 eth0");
    scenario_run(s);
    expect_targets(s, "eth1", "10.0.0.1 10.0.0.5");
}

static void multicast(void)
{
    g_autoptr(Scenario) s = host(NULL, TESTED AUTO);

    expect_mode(s, "eth0", MP_MODE_MULTICAST);
    expect_state(s, "eth0", MP_INTERFACE_UNKNOWN);
    network_multicast(s, "10.0.0.7");
    network_path(s, "eth1", PATH_BROKEN);
    until_state(s, "eth0", MP_INTERFACE_OK, 2 * FDT_MS);
    expect_targets(s, "eth0", "10.0.0.7");
    expect_targets(s, "eth1", "10.0.0.7");
    /* By the other's finding this one is known to be broken. */
    until_state(s, "eth1", MP_INTERFACE_FAILED, 3 * FDT_MS);
}

static void neighbours(void)
{
    g_autoptr(Scenario) s = host(NULL, TESTED AUTO);

    network_neighbour(s, "eth0", "10.0.0.6", FALSE);
    network_neighbour(s, "eth0", "10.0.0.11", FALSE); /* the other member */
    network_neighbour(s, "eth0", "10.0.0.22", FALSE);
    until_state(s, "eth0", MP_INTERFACE_OK, 10000);
    until_state(s, "eth1", MP_INTERFACE_OK, FDT_MS);
    expect_targets(s, "eth0", "10.0.0.6");
    expect_targets(s, "eth1", "10.0.0.6");
    expect_mode(s, "eth0", MP_MODE_NEIGHBOURS);
}

static void router6(void)
{
    g_autoptr(Scenario) s = scenario_new("eth0 eth1");

    network_hosts(s, "fe80::1 fe80::9");
    network_multicast(s, "fe80::9");
    scenario_addresses(s, "eth0 2001:db8::10/64");
    scenario_route(s, "default via fe80::1 eth0");
    scenario_group(s, "front: eth0 eth1" AUTO);
    scenario_start(s);
    scenario_run(s);
    until_state(s, "eth0", MP_INTERFACE_OK, FDT_MS);
    expect_targets(s, "eth0", "fe80::1");
    expect_targets(s, "eth1", "fe80::1");
    scenario_delete_route(s, "default via fe80::1 eth0");
    scenario_advance(s, 3000);
    expect_targets(s, "eth0", "fe80::9");
    expect_mode(s, "eth1", MP_MODE_MULTICAST);
}

static void own(void)
{
    g_autoptr(Scenario) s = host(NULL, TESTED AUTO " target=10.0.0.5 target=10.0.0.11");

    scenario_advance(s, 1000);
    expect_targets(s, "eth0", "10.0.0.5");
    /* It becomes the host's, on whatever device. */
    scenario_addresses(s, "eth2 10.0.0.5/24");
    scenario_run(s);
    expect_targets(s, "eth0", "");
    g_assert_cmpuint(network_count_to(s, "eth0", "10.0.0.11"), ==, 0);
}

static void other_subnet(void)
{
    g_autoptr(Scenario) s =
        host("default via 10.0.0.1 eth0", "front: eth0,test=172.16.0.1/24 eth1,test=10.0.0.22/24"
                                          "; method=auto fdt=1000 target=172.16.0.9");

    network_hosts(s, "172.16.0.9");
    until_state(s, "eth1", MP_INTERFACE_OK, FDT_MS);
    scenario_advance(s, 2000);
    expect_targets(s, "eth0", "172.16.0.9");
    expect_targets(s, "eth1", "10.0.0.1");
    expect_state(s, "eth0", MP_INTERFACE_OK);
}

static void put_aside(void)
{
    g_autoptr(Scenario) s = host(NULL, TESTED AUTO);

    network_multicast(s, "10.0.0.7");
    until_state(s, "eth0", MP_INTERFACE_OK, 2 * FDT_MS);
    scenario_route(s, "default via 10.0.0.1 eth0");
    scenario_run(s);
    expect_targets(s, "eth0", "10.0.0.1");
    expect_mode(s, "eth0", MP_MODE_ROUTES);
    network_forget(s);
    scenario_advance(s, 5000);
    g_assert_cmpuint(network_count_to(s, "eth0", "10.0.0.1"), ==, network_count(s, "eth0"));
    scenario_delete_route(s, "default via 10.0.0.1 eth0");
    scenario_run(s);
    expect_targets(s, "eth0", "10.0.0.7");
    expect_state(s, "eth0", MP_INTERFACE_OK);
}

/* A router that is exchanged for another is not a failure of anybody's. */
static void replaced(void)
{
    g_autoptr(Scenario) s = host("default via 10.0.0.1 eth0", TESTED AUTO);

    until_state(s, "eth0", MP_INTERFACE_OK, FDT_MS);
    until_state(s, "eth1", MP_INTERFACE_OK, FDT_MS);
    scenario_forget(s);
    network_alive(s, "10.0.0.1", FALSE);
    scenario_advance(s, 400);
    scenario_delete_route(s, "default via 10.0.0.1 eth0");
    scenario_route(s, "default via 10.0.0.2 eth0");
    scenario_advance(s, 10000);
    expect_targets(s, "eth0", "10.0.0.2");
    expect_group(s, "front", MP_GROUP_OK);
    g_assert_cmpuint(count_notices(s, MP_NOTICE_GROUP_STATE, MP_REASON_GROUP_FAILURE, NULL), ==, 0);
}

/* Detection time */

static void raised(void)
{
    g_autoptr(Scenario) s = host("default via 10.0.0.1 eth0", TESTED AUTO);
    const MpNotice *notice;

    until_state(s, "eth0", MP_INTERFACE_OK, FDT_MS);
    until_state(s, "eth1", MP_INTERFACE_OK, FDT_MS);
    scenario_advance(s, 3000);
    expect_detection(s, "front", FDT_MS);
    network_rtt(s, "10.0.0.1", 400);
    scenario_advance(s, 60000);
    notice = scenario_find_notice(s, MP_NOTICE_PROBING, MP_REASON_FDT_RAISED, NULL);
    g_assert_nonnull(notice);
    g_assert_nonnull(strstr(notice->detail, "1.00 s are configured"));
    g_assert_cmpuint(scenario_detection(s, "front"), >=, 5600);
    expect_group(s, "front", MP_GROUP_OK);
    /* Slower, and as sure. */
    network_path(s, "eth0", PATH_BROKEN);
    until_state(s, "eth0", MP_INTERFACE_FAILED, scenario_detection(s, "front"));
    network_path(s, "eth0", PATH_OK);
    network_rtt(s, "10.0.0.1", 1);
    scenario_advance(s, 600000);
    expect_notice(s, MP_NOTICE_PROBING, MP_REASON_FDT_LOWERED, NULL);
    expect_detection(s, "front", FDT_MS);
    expect_group(s, "front", MP_GROUP_OK);
}

static void reconfigured(void)
{
    g_autoptr(Scenario) s = host("default via 10.0.0.1 eth0", TESTED AUTO " failures=2 repairs=3");
    guint64 before;

    until_state(s, "eth0", MP_INTERFACE_OK, FDT_MS);
    until_state(s, "eth1", MP_INTERFACE_OK, FDT_MS);
    network_path(s, "eth0", PATH_BROKEN);
    until_state(s, "eth0", MP_INTERFACE_FAILED, FDT_MS);
    /* While it is convicted. */
    scenario_group(s, TESTED "; method=auto fdt=2000 failures=4 repairs=5");
    scenario_apply(s, -1);
    expect_detection(s, "front", 2000);
    expect_interface(s, "eth0", MP_INTERFACE_FAILED, MP_REASON_PROBE_FAILURE);
    before = acked_probes(s, "eth0");
    network_path(s, "eth0", PATH_OK);
    until_state(s, "eth0", MP_INTERFACE_OK, 2 * REPAIR_MS);
    g_assert_cmpuint(acked_probes(s, "eth0") - before, ==, 5);
}

/* Interfaces of no group */

static Scenario *tracking(void)
{
    Scenario *s = scenario_new("eth0 eth1 eth2");

    network_hosts(s, "10.0.0.1 10.7.0.1");
    s->config->defaults.track_ungrouped = TRUE;
    s->config->defaults.failure_detection_ms = FDT_MS;
    scenario_addresses(s, DATA);
    scenario_addresses(s, "eth2 10.7.0.10/24");
    scenario_route(s, "default via 10.7.0.1 eth2");
    scenario_group(s, "front: eth0 eth1");
    scenario_start(s);
    scenario_run(s);
    until_state(s, "eth2", MP_INTERFACE_OK, FDT_MS);
    return s;
}

static gboolean is_shown(Scenario *s, const char *name)
{
    g_autoptr(MpSnapshot) snapshot = mp_engine_snapshot(s->engine);

    return mp_snapshot_find_interface(snapshot, name) != NULL;
}

static void expect_group_of(Scenario *s, const char *name, const char *group)
{
    g_autoptr(MpSnapshot) snapshot = mp_engine_snapshot(s->engine);

    g_assert_cmpstr(mp_snapshot_find_interface(snapshot, name)->group, ==, group);
}

static void tracked(void)
{
    g_autoptr(Scenario) s = tracking();

    expect_group_of(s, "eth2", "");
    expect_probe(s, "eth2", MP_IPV4, MP_VIA_ICMP, "10.7.0.10");
    expect_targets(s, "eth2", "10.7.0.1");
    for (guint i = 0; i < s->ops->len; i++) {
        const MpOp *op = &g_array_index(s->ops, MpOp, i);
        guint index = scenario_index(s, "eth2");

        g_assert_cmpuint(op->kind == MP_OP_ADDRESS_ADD ? op->address.index : 0, !=, index);
        g_assert_cmpuint(op->kind == MP_OP_SYSCTL_SET ? op->sysctl.index : 0, !=, index);
        g_assert_cmpuint(op->kind == MP_OP_NEXTHOP_SET ? op->nexthop.oif : 0, !=, index);
    }
    s->config->defaults.track_ungrouped = FALSE;
    scenario_apply(s, -1);
    g_assert_false(is_shown(s, "eth2"));
    network_forget(s);
    scenario_advance(s, 5000);
    g_assert_cmpuint(network_count(s, "eth2"), ==, 0);
    s->config->defaults.track_ungrouped = TRUE;
    scenario_apply(s, -1);
    until_state(s, "eth2", MP_INTERFACE_OK, FDT_MS);
}

static void tracked_fails(void)
{
    g_autoptr(Scenario) s = tracking();

    scenario_forget(s);
    network_alive(s, "10.7.0.1", FALSE);
    until_state(s, "eth2", MP_INTERFACE_FAILED, FDT_MS + 200);
    expect_interface(s, "eth2", MP_INTERFACE_FAILED, MP_REASON_PROBE_FAILURE);
    expect_notice(s, MP_NOTICE_INTERFACE_STATE, MP_REASON_PROBE_FAILURE, "eth2");
    expect_group(s, "front", MP_GROUP_OK);
    network_alive(s, "10.7.0.1", TRUE);
    until_state(s, "eth2", MP_INTERFACE_OK, REPAIR_MS);
    scenario_carrier(s, "eth2", FALSE);
    scenario_run(s);
    expect_interface(s, "eth2", MP_INTERFACE_FAILED, MP_REASON_LINK_DOWN);
    scenario_carrier(s, "eth2", TRUE);
    scenario_now(s);
    expect_state(s, "eth2", MP_INTERFACE_UNKNOWN);
    until_state(s, "eth2", MP_INTERFACE_OK, FDT_MS);
    expect_where(s, "10.7.0.10", "eth2");
    g_assert_cmpuint(s->ops->len, ==, 0);
}

/* While its addresses are given back, and after that: it is shown all the time, once. */
static void tracked_leaves(void)
{
    g_autoptr(Scenario) s = tracking();

    scenario_group(s, "front: eth0 eth1 eth2,test=10.7.0.21/24");
    scenario_apply(s, -1);
    expect_group_of(s, "eth2", "front");
    scenario_remove_member(s, "front", "eth2");
    g_hash_table_remove_all(s->protected);
    g_assert_true(mp_engine_configure(s->engine, s->config, FALSE, ++s->request,
                                      fake_kernel_now(s->kernel), NULL));
    do {
        g_autoptr(MpSnapshot) snapshot = mp_engine_snapshot(s->engine);
        guint shown = 0;

        for (guint i = 0; i < snapshot->groups->len; i++) {
            const MpSnapshotGroup *group = snapshot->groups->pdata[i];

            for (guint k = 0; k < group->interfaces->len; k++) {
                const MpSnapshotInterface *interface = group->interfaces->pdata[k];

                shown += strcmp(interface->name, "eth2") == 0;
                g_assert_cmpstr(interface->group, ==, group->name);
            }
        }
        g_assert_cmpuint(shown, ==, 1);
        expect_group_of(s, "eth2", "");
    } while (scenario_turn(s));
    scenario_run(s);
    expect_group_of(s, "eth2", "");
}

static void tracked_joins(void)
{
    g_autoptr(Scenario) s = tracking();

    scenario_group(s, "front: eth0 eth1 eth2");
    scenario_apply(s, -1);
    expect_group_of(s, "eth2", "front");
    expect_probes(s, "eth2", MP_PROBE_DISABLED);
    scenario_carrier(s, "eth2", FALSE);
    scenario_run(s);
    expect_where(s, "10.7.0.10", "eth0");
    scenario_carrier(s, "eth2", TRUE);
    scenario_run(s);
    scenario_remove_member(s, "front", "eth2");
    g_hash_table_remove_all(s->protected); /* on its own again, not anchored */
    scenario_apply(s, -1);
    expect_group_of(s, "eth2", "");
    expect_where(s, "10.7.0.10", "eth2");
    until_state(s, "eth2", MP_INTERFACE_OK, FDT_MS);
}

static void tracked_in_use(void)
{
    g_autoptr(Scenario) s = scenario_new("eth0 eth1");

    fake_link_add(s->kernel, "eth2", "02:00:00:00:00:12");
    s->config->defaults.track_ungrouped = TRUE;
    scenario_group(s, "front: eth0 eth1");
    scenario_start(s);
    scenario_run(s);
    g_assert_false(is_shown(s, "eth2"));
    g_assert_false(is_shown(s, "lo"));
    scenario_up(s, "eth2", TRUE);
    scenario_run(s);
    expect_state(s, "eth2", MP_INTERFACE_OK);
    expect_probes(s, "eth2", MP_PROBE_DISABLED);
    scenario_unplug(s, "eth2");
    scenario_run(s);
    g_assert_false(is_shown(s, "eth2"));
}

static const Row rows[] = {
    {"/targets/configured", configured},
    {"/targets/configured-only", configured_only},
    {"/targets/routers", routers},
    {"/targets/flushed-route", flushed_route},
    {"/targets/host-routes", host_routes},
    {"/targets/multicast", multicast},
    {"/targets/neighbours", neighbours},
    {"/targets/ipv6-router", router6},
    {"/targets/own", own},
    {"/targets/other-subnet", other_subnet},
    {"/targets/put-aside", put_aside},
    {"/targets/replaced", replaced},
    {"/detection-time/raised", raised},
    {"/detection-time/reconfigured", reconfigured},
    {"/tracked/on-and-off", tracked},
    {"/tracked/fails", tracked_fails},
    {"/tracked/leaves", tracked_leaves},
    {"/tracked/joins", tracked_joins},
    {"/tracked/in-use", tracked_in_use},
};

int main(int argc, char **argv)
{
    return scenario_main(argc, argv, rows, G_N_ELEMENTS(rows));
}
