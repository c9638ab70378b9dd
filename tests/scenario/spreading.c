/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What vanishes, and a kernel without resilient nexthop groups: docs/state-machines.md,
 * "Spreading". */
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

static const Row rows[] = {
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
