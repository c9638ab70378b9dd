/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What vanishes, and a kernel without resilient nexthop groups: docs/state-machines-addresses.md,
 * "Spreading". */
#include "harness-network.h"
#include "harness.h"

#include "shadow.h"

#define ADDRESSES "eth0 10.0.0.10/24 2001:db8::10/64"

/* Started without groups: the one that is added then is a request that could fail. */
static Scenario *old_kernel(const char *links, const char *group)
{
    Scenario *s = scenario_new(links);

    fake_kernel_without_resilience(s->kernel);
    scenario_addresses(s, ADDRESSES);
    scenario_route(s, "default via 10.0.0.1 eth0");
    scenario_route(s, "10.9.0.0/16 via 10.0.0.1 eth0");
    scenario_start(s);
    scenario_run(s);
    scenario_group(s, group);
    scenario_apply(s, -1);
    return s;
}

/* Of each group of nexthops: no buckets, and these members alone. */
static void expect_over(Scenario *s, const char *links)
{
    g_auto(GStrv) names = g_strsplit(links, " ", -1);
    guint groups = 0;

    for (guint32 id = MP_NEXTHOP_ID_FIRST; id < MP_NEXTHOP_ID_FIRST + 100; id++) {
        const MpNexthop *group = fake_nexthop_find(s->kernel, id);

        if (group == NULL || group->n_members == 0)
            continue;
        groups++;
        g_assert_cmpuint(group->buckets, ==, 0);
        g_assert_cmpuint(group->n_members, ==, g_strv_length(names));
        for (guint i = 0; i < group->n_members; i++) {
            const MpNexthop *single = fake_nexthop_find(s->kernel, group->members[i].id);

            g_assert_cmpuint(single->oif, ==, scenario_index(s, names[i]));
            g_assert_cmpuint(group->members[i].weight, ==, group->members[0].weight);
        }
    }
    g_assert_cmpuint(groups, >=, 3); /* on-link of both families, and the gateway */
}

static void expect_routes(Scenario *s)
{
    static const char *const targets[] = {"10.0.0.77", "10.9.0.1"};

    for (guint i = 0; i < G_N_ELEMENTS(targets); i++) {
        MpAddress target = scenario_parse(targets[i]);
        guint32 table = i == 0 ? MP_TABLE_MAIN : MP_TABLE_ROUTES;
        const MpRoute *route = fake_route_lookup(s->kernel, table, &target);

        g_assert_nonnull(route);
        g_assert_cmpuint(route->protocol, ==, MP_PROTOCOL);
        g_assert_nonnull(fake_nexthop_find(s->kernel, route->nhid));
    }
}

static void without_resilient_groups(void)
{
    g_autoptr(Scenario) s = old_kernel("eth0 eth1", "front: eth0 eth1,10.0.0.11/24");

    expect_notice(s, MP_NOTICE_KERNEL, MP_REASON_REFUSED, NULL);
    expect_over(s, "eth0 eth1");
    expect_routes(s);
    scenario_carrier(s, "eth0", FALSE);
    scenario_now(s);
    expect_over(s, "eth1");
    expect_routes(s);
    scenario_run(s);
    scenario_carrier(s, "eth0", TRUE);
    scenario_run(s);
    expect_over(s, "eth0 eth1");
    scenario_delete(s, "front");
    expect_restored(s);
}

/* It goes with the last member, and all routes by it. */
static void without_them_a_standby(void)
{
    g_autoptr(Scenario) s = old_kernel("eth0 eth1", "front: eth0 eth1,standby");

    expect_over(s, "eth0");
    scenario_carrier(s, "eth0", FALSE);
    scenario_now(s);
    expect_where(s, "10.0.0.10", "eth1");
    expect_over(s, "eth1");
    expect_routes(s);
    scenario_run(s);
    scenario_carrier(s, "eth0", TRUE);
    scenario_run(s);
    expect_over(s, "eth0");
    scenario_unplug(s, "eth0");
    scenario_now(s);
    expect_over(s, "eth1");
    expect_routes(s);
    scenario_plug(s, "eth0");
    scenario_run(s);
    expect_over(s, "eth0");
}

static void without_them_restart(void)
{
    g_autoptr(Scenario) s = old_kernel("eth0 eth1", "front: eth0 eth1,10.0.0.11/24");

    scenario_forget(s);
    scenario_restart(s);
    scenario_run(s);
    g_assert_cmpuint(s->ops->len, ==, 0);
    expect_over(s, "eth0 eth1");
    scenario_delete(s, "front");
    expect_restored(s);
}

/* Whether it was somebody or the kernel is not known for a moment; it is gone in any case. */
static void vanished_address(void)
{
    g_autoptr(Scenario) s =
        scenario_new_group("eth0 eth1", ADDRESSES "; eth1 10.0.0.11/24", "front: eth0 eth1");
    guint over = 0;

    scenario_delete_address(s, "eth1", "10.0.0.11/24", 0);
    scenario_now(s);
    expect_address(s, "10.0.0.11/24", MP_ADDRESS_DOWN, "eth1");
    for (guint32 id = MP_NEXTHOP_ID_FIRST; id < MP_NEXTHOP_ID_FIRST + 100; id++) {
        const MpNexthop *group = fake_nexthop_find(s->kernel, id);

        for (guint i = 0; group != NULL && i < group->n_members; i++) {
            const MpNexthop *single = fake_nexthop_find(s->kernel, group->members[i].id);

            over += single->family == MP_IPV4 && group->members[i].weight > 1 &&
                    single->oif == scenario_index(s, "eth1");
        }
    }
    g_assert_cmpuint(over, ==, 0);
    scenario_run(s);
    expect_address(s, "10.0.0.11/24", MP_ADDRESS_WITHDRAWN, "eth1");
}

/* A link-local test address is none that ARP could be asked from. */
static void ipv6_test_address(void)
{
    g_autoptr(Scenario) s =
        scenario_new_group("eth0 eth1", ADDRESSES, "front: eth0 eth1,test=fe80::99/64");

    for (guint32 id = MP_NEXTHOP_ID_FIRST; id < MP_NEXTHOP_ID_FIRST + 100; id++) {
        const MpNexthop *group = fake_nexthop_find(s->kernel, id);

        for (guint i = 0; group != NULL && i < group->n_members; i++) {
            const MpNexthop *single = fake_nexthop_find(s->kernel, group->members[i].id);

            g_assert_false(single->family == MP_IPV4 &&
                           group->members[i].weight == MP_NEXTHOP_WEIGHT_ACTIVE &&
                           single->oif == scenario_index(s, "eth1"));
        }
    }
}

static int refuse_groups(FakeKernel *kernel, const MpOp *op, gpointer user_data)
{
    return op->kind == MP_OP_NEXTHOP_SET && op->nexthop.n_members > 0 ? EBUSY : 0;
}

/* The only one in the groups is out of the configuration at the next start, when they cannot be
 * replaced. */
static void replacement_refused(void)
{
    g_autoptr(Scenario) s =
        scenario_new_group("eth0 eth1", "eth0 10.0.0.10/24; eth1 10.0.0.11/24", "front: eth0 eth1");
    MpAddress near = scenario_parse("10.0.0.77");
    gint64 limit_us;

    scenario_carrier(s, "eth0", FALSE);
    scenario_advance(s, 1000);
    scenario_stop(s);
    scenario_carrier(s, "eth0", TRUE);
    scenario_group(s, "front: eth0");
    s->refuse = refuse_groups;
    s->refusing = TRUE;
    limit_us = fake_kernel_now(s->kernel) + 5 * MP_USEC_PER_SEC;
    scenario_start(s);
    while (scenario_jump(s, limit_us)) {
        const MpRoute *route = fake_route_lookup(s->kernel, MP_TABLE_MAIN, &near);

        g_assert_nonnull(route);
        g_assert_cmpuint(route->protocol, ==, MP_PROTOCOL);
    }
    s->refuse = NULL;
    s->refusing = FALSE;
    scenario_advance(s, 60000);
}

/* Through a gateway that is known --------------------------------------------------------------
 */

#define GATEWAY "10.0.0.1"
#define ASKED_MS 12000 /* enough for each verdict of probes */

static void start_by_gateway(Scenario *s)
{
    network_hosts(s, GATEWAY);
    scenario_addresses(s, "eth0 10.0.0.10/24");
    scenario_route(s, "default via " GATEWAY " eth0");
    scenario_group(s, "front: eth0 eth1; method=arp fdt=1000");
    scenario_start(s);
    scenario_advance(s, ASKED_MS);
}

static const MpFixed *entry_of(Scenario *s, const char *link)
{
    MpAddress gateway = scenario_parse(GATEWAY);

    return fake_fixed_find(s->kernel, scenario_index(s, link), &gateway);
}

static gboolean op_sends_by(Scenario *s, const MpOp *op, const char *link)
{
    for (guint i = 0; op->kind == MP_OP_NEXTHOP_SET && i < op->nexthop.n_members; i++) {
        const MpNexthop *single = fake_nexthop_find(s->kernel, op->nexthop.members[i].id);

        if (single != NULL && single->gateway.family == MP_IPV4 &&
            single->oif == scenario_index(s, link) &&
            op->nexthop.members[i].weight == MP_NEXTHOP_WEIGHT_ACTIVE)
            return TRUE;
    }
    return FALSE;
}

/* As one of those that send, not as an heir. */
static gboolean sends(Scenario *s, const char *link, gboolean by_gateway)
{
    for (guint i = 0; i < fake_n_nexthops(s->kernel); i++) {
        const MpNexthop *group = fake_nexthop_nth(s->kernel, i);

        for (guint k = 0; k < group->n_members; k++) {
            const MpNexthop *single = fake_nexthop_find(s->kernel, group->members[k].id);

            if (single->family == MP_IPV4 && single->oif == scenario_index(s, link) &&
                (single->gateway.family != 0) == by_gateway &&
                group->members[k].weight == MP_NEXTHOP_WEIGHT_ACTIVE)
                return TRUE;
        }
    }
    return FALSE;
}

static void expect_entry(Scenario *s, const char *link, guint8 last)
{
    const MpFixed *entry = entry_of(s, link);

    g_assert_nonnull(entry);
    g_assert_cmpuint(entry->protocol, ==, MP_PROTOCOL);
    g_assert_cmpuint(entry->hwaddr[5], ==, last);
    g_assert_true(sends(s, link, TRUE));
    g_assert_false(sends(s, link, FALSE));
}

static void expect_no_entry(Scenario *s, const char *link)
{
    g_assert_null(entry_of(s, link));
    g_assert_false(sends(s, link, TRUE));
}

/* The first operation of that kind; of a group: in which the link sends by the gateway, or not. */
static gint find_first(Scenario *s, MpOpKind kind, gboolean with)
{
    for (guint i = 0; i < s->ops->len; i++) {
        const MpOp *op = &g_array_index(s->ops, MpOp, i);
        gboolean group = kind != MP_OP_NEXTHOP_SET ||
                         (op->nexthop.n_members > 0 && op_sends_by(s, op, "eth1") == with);

        if (op->kind == kind && group)
            return (gint)i;
    }
    return -1;
}

static void by_gateway(void)
{
    g_autoptr(Scenario) s = scenario_new("eth0 eth1");

    start_by_gateway(s);
    expect_entry(s, "eth1", 0);
    g_assert_null(entry_of(s, "eth0")); /* asks for itself */
    g_assert_true(sends(s, "eth0", TRUE));
    g_assert_cmpint(find_first(s, MP_OP_NEIGHBOUR_SET, TRUE), >=, 0);
    g_assert_cmpint(find_first(s, MP_OP_NEIGHBOUR_SET, TRUE), <,
                    find_first(s, MP_OP_NEXTHOP_SET, TRUE));
    scenario_delete(s, "front");
    g_assert_cmpuint(fake_n_fixed(s->kernel), ==, 0);
}

static void by_gateway_lost(void)
{
    g_autoptr(Scenario) s = scenario_new("eth0 eth1");

    start_by_gateway(s);
    scenario_forget(s);
    network_path(s, "eth1", PATH_BROKEN);
    until_state(s, "eth1", MP_INTERFACE_FAILED, ASKED_MS);
    scenario_now(s);
    expect_no_entry(s, "eth1");
    g_assert_cmpint(find_first(s, MP_OP_NEXTHOP_SET, FALSE), >=, 0);
    g_assert_cmpint(find_first(s, MP_OP_NEXTHOP_SET, FALSE), <,
                    find_first(s, MP_OP_NEIGHBOUR_DEL, FALSE));
    network_path(s, "eth1", PATH_OK);
    until_state(s, "eth1", MP_INTERFACE_OK, 10 * ASKED_MS);
    scenario_advance(s, ASKED_MS);
    expect_entry(s, "eth1", 0);
}

/* The kernel takes the entry with the device's state, or somebody does. */
static void by_gateway_flushed(void)
{
    g_autoptr(Scenario) s = scenario_new("eth0 eth1");
    MpOp op = {.kind = MP_OP_NEIGHBOUR_DEL};

    start_by_gateway(s);
    op.fixed = *entry_of(s, "eth1");
    g_assert_cmpint(fake_kernel_apply(s->kernel, &op, FAKE_SOMEONE), ==, 0);
    scenario_run(s);
    expect_entry(s, "eth1", 0);
    scenario_up(s, "eth1", FALSE);
    scenario_run(s);
    expect_no_entry(s, "eth1");
    scenario_up(s, "eth1", TRUE);
    scenario_advance(s, 10 * ASKED_MS);
    expect_entry(s, "eth1", 0);
}

static void by_gateway_replaced(void)
{
    g_autoptr(Scenario) s = scenario_new("eth0 eth1");

    start_by_gateway(s);
    network_hwaddr(s, GATEWAY, 0x77);
    scenario_advance(s, ASKED_MS);
    expect_entry(s, "eth1", 0x77);
}

/* Where the address moves, the kernel asks for itself; where it left, probes have to. */
static void by_gateway_failover(void)
{
    g_autoptr(Scenario) s = scenario_new("eth0 eth1");

    start_by_gateway(s);
    scenario_carrier(s, "eth0", FALSE);
    scenario_run(s);
    g_assert_cmpuint(fake_n_fixed(s->kernel), ==, 0);
    g_assert_true(sends(s, "eth1", TRUE));
    g_assert_true(sends(s, "eth1", FALSE));
    scenario_carrier(s, "eth0", TRUE);
    scenario_advance(s, 10 * ASKED_MS);
    expect_entry(s, "eth1", 0);
    scenario_delete(s, "front");
    g_assert_cmpuint(fake_n_fixed(s->kernel), ==, 0);
}

/* What an earlier life has left is found: confirmed again, or taken away. */
static void by_gateway_restart(void)
{
    g_autoptr(Scenario) s = scenario_new("eth0 eth1");

    start_by_gateway(s);
    scenario_restart(s);
    scenario_advance(s, ASKED_MS);
    expect_entry(s, "eth1", 0);
    scenario_stop(s);
    network_alive(s, GATEWAY, FALSE);
    scenario_start(s);
    scenario_advance(s, ASKED_MS);
    g_assert_cmpuint(fake_n_fixed(s->kernel), ==, 0);
}

/* Somebody's own entry stays as it is: the member sends if he says what its probes say. */
static void by_gateway_of_others(void)
{
    for (guint8 same = 0; same < 2; same++) {
        g_autoptr(Scenario) s = scenario_new("eth0 eth1");
        MpOp op = {.kind = MP_OP_NEIGHBOUR_SET};

        op.fixed.index = scenario_index(s, "eth1");
        op.fixed.address = scenario_parse(GATEWAY);
        memcpy(op.fixed.hwaddr, (guint8[]){2, 0, 0, 0, 0xee, same ? 0 : 9}, 6);
        g_assert_cmpint(fake_kernel_apply(s->kernel, &op, FAKE_SOMEONE), ==, 0);
        start_by_gateway(s);
        g_assert_cmpint(sends(s, "eth1", TRUE), ==, same);
        scenario_delete(s, "front");
        g_assert_nonnull(entry_of(s, "eth1"));
        g_assert_cmpuint(entry_of(s, "eth1")->protocol, ==, 0);
    }
}

static const Row rows[] = {
    {"/spreading/by-gateway", by_gateway},
    {"/spreading/by-gateway-lost", by_gateway_lost},
    {"/spreading/by-gateway-flushed", by_gateway_flushed},
    {"/spreading/by-gateway-replaced", by_gateway_replaced},
    {"/spreading/by-gateway-failover", by_gateway_failover},
    {"/spreading/by-gateway-restart", by_gateway_restart},
    {"/spreading/by-gateway-of-others", by_gateway_of_others},
    {"/spreading/ipv6-test-address", ipv6_test_address},
    {"/spreading/vanished-address", vanished_address},
    {"/spreading/without-resilient-groups", without_resilient_groups},
    {"/spreading/without-them-a-standby", without_them_a_standby},
    {"/spreading/without-them-restart", without_them_restart},
    {"/spreading/replacement-refused", replacement_refused},
};

int main(int argc, char **argv)
{
    return scenario_main(argc, argv, rows, G_N_ELEMENTS(rows));
}
