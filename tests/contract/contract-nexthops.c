/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Nexthop objects and groups: made, replaced, and what the kernel silently does to them. */
#include "contract.h"
#include <errno.h>

#define A OUR_NEXTHOP
#define B (OUR_NEXTHOP + 1)
#define GROUP (OUR_NEXTHOP + 2)

typedef struct {
    Fixture *fixture;
    guint eth0, eth1;
} Pair;

static Pair pair_new(void)
{
    Pair pair = {.fixture = fixture_new()};
    pair.eth0 = fixture_link_add(pair.fixture, "eth0");
    pair.eth1 = fixture_link_add(pair.fixture, "eth1");
    foreign_address(pair.fixture, pair.eth0, "192.0.2.10/24");
    foreign_address(pair.fixture, pair.eth1, "192.0.2.11/24");
    foreign_address(pair.fixture, pair.eth0, "2001:db8::10/64");
    foreign_address(pair.fixture, pair.eth1, "2001:db8::11/64");
    expect_link(pair.fixture, pair.eth0, TRUE, TRUE);
    expect_link(pair.fixture, pair.eth1, TRUE, TRUE);
    return pair;
}

/* Nexthops of both devices, a group of both, and a route by it in main. */
static void pair_route(Pair *pair, guint16 buckets)
{
    MpOp ops[] = {
        op_nexthop(A, pair->eth0, MP_IPV4, NULL),
        op_nexthop(B, pair->eth1, MP_IPV4, NULL),
        op_group(GROUP, buckets, A, 256, B, 1),
        op_route_nhid(MP_OP_ROUTE_PREPEND, MP_TABLE_MAIN, "198.51.100.0/24", GROUP),
    };
    g_assert_cmpint(fixture_submit(pair->fixture, ops, G_N_ELEMENTS(ops)), ==, 0);
    for (guint i = 0; i < G_N_ELEMENTS(ops); i++)
        g_assert_cmpint(fixture_event(pair->fixture, MP_EVENT_OP_DONE, i)->error, ==, 0);
}

static void check_round_trip(Pair *pair, MpOp op)
{
    g_assert_cmpint(submit(pair->fixture, op), ==, 0);
    g_assert_cmpint(submit(pair->fixture, op), ==, 0);
    const MpEvent *event = ask_nexthop(pair->fixture, op.nexthop.id);
    g_assert_nonnull(event);
    g_assert_true(mp_nexthop_equal(&event->nexthop, &op.nexthop));
}

static void test_round_trip(void)
{
    Pair pair = pair_new();
    check_round_trip(&pair, op_nexthop(A, pair.eth0, MP_IPV4, NULL));
    check_round_trip(&pair, op_nexthop(A, pair.eth0, MP_IPV4, "192.0.2.1"));
    check_round_trip(&pair, op_nexthop(B, pair.eth1, MP_IPV4, "192.0.2.1"));
    check_round_trip(&pair, op_group(GROUP, 0, A, 1, B, 256));
    check_round_trip(&pair, op_group(GROUP + 1, 128, A, 256, B, 1));
    check_round_trip(&pair, op_nexthop(GROUP + 2, pair.eth0, MP_IPV6, NULL));
    check_round_trip(&pair, op_nexthop(GROUP + 2, pair.eth0, MP_IPV6, "fe80::1"));
    MpOp del = {.kind = MP_OP_NEXTHOP_DEL, .nexthop.id = A};
    g_assert_cmpint(submit(pair.fixture, del), ==, 0);
    g_assert_cmpint(submit(pair.fixture, del), ==, 0);
    g_assert_null(ask_nexthop(pair.fixture, A));
    fixture_free(pair.fixture);
}

/* What is there already is not touched, and all is well. */
static void test_exclusive(void)
{
    Pair pair = pair_new();
    MpOp theirs = op_nexthop(A, pair.eth0, MP_IPV4, "192.0.2.2");
    MpOp ours = op_nexthop(A, pair.eth0, MP_IPV4, "192.0.2.1");
    ours.exclusive = TRUE;
    g_assert_cmpint(submit(pair.fixture, theirs), ==, 0);
    g_assert_cmpint(submit(pair.fixture, ours), ==, 0);
    g_assert_true(mp_nexthop_equal(&ask_nexthop(pair.fixture, A)->nexthop, &theirs.nexthop));
    ours.nexthop.id = B;
    g_assert_cmpint(submit(pair.fixture, ours), ==, 0);
    g_assert_true(mp_nexthop_equal(&ask_nexthop(pair.fixture, B)->nexthop, &ours.nexthop));
    fixture_free(pair.fixture);
}

/* A group changes in place and its routes stay, whatever its type and weights. */
static void test_group_replace_keeps_routes(void)
{
    static const guint16 buckets[] = {0, 128};
    for (guint i = 0; i < G_N_ELEMENTS(buckets); i++) {
        Pair pair = pair_new();
        pair_route(&pair, buckets[i]);
        MpOp swapped = op_group(GROUP, buckets[i], A, 1, B, 256);
        g_assert_cmpint(submit(pair.fixture, swapped), ==, 0);
        MpOp only = op_group(GROUP, buckets[i], B, 256, 0, 0);
        g_assert_cmpint(submit(pair.fixture, only), ==, 0);
        const MpEvent *route = ask_route(pair.fixture, MP_TABLE_MAIN, "198.51.100.0/24");
        g_assert_nonnull(route);
        g_assert_cmpuint(route->route.nhid, ==, GROUP);
        /* Type and number of buckets are for life. */
        MpOp other = op_group(GROUP, buckets[i] == 0 ? 128 : 64, A, 1, B, 1);
        g_assert_cmpint(submit(pair.fixture, other), !=, 0);
        fixture_free(pair.fixture);
    }
}

static void test_carrier_loss_is_silent(void)
{
    Pair pair = pair_new();
    pair_route(&pair, 0);
    settle(pair.fixture);
    fixture_forget(pair.fixture);
    fixture_link_set_carrier(pair.fixture, pair.eth0, FALSE);
    expect_link(pair.fixture, pair.eth0, TRUE, FALSE);
    settle(pair.fixture);
    g_assert_cmpuint(fixture_count(pair.fixture, MP_EVENT_NEXTHOP_GONE), ==, 0);
    g_assert_null(ask_nexthop(pair.fixture, A));
    const MpEvent *group = ask_nexthop(pair.fixture, GROUP);
    g_assert_cmpuint(group->nexthop.n_members, ==, 1);
    g_assert_cmpuint(group->nexthop.members[0].id, ==, B);
    g_assert_nonnull(ask_route(pair.fixture, MP_TABLE_MAIN, "198.51.100.0/24"));
    /* Nor can it be made again before the carrier is back. */
    MpOp again = op_nexthop(A, pair.eth0, MP_IPV4, NULL);
    g_assert_cmpint(submit(pair.fixture, again), ==, ENETDOWN);
    fixture_forget(pair.fixture);
    fixture_link_set_carrier(pair.fixture, pair.eth0, TRUE);
    expect_link(pair.fixture, pair.eth0, TRUE, TRUE);
    g_assert_cmpint(submit(pair.fixture, again), ==, 0);
    fixture_free(pair.fixture);
}

static void test_last_member_takes_all_along(void)
{
    Pair pair = pair_new();
    pair_route(&pair, 0);
    fixture_link_set_carrier(pair.fixture, pair.eth0, FALSE);
    fixture_link_set_up(pair.fixture, pair.eth1, FALSE);
    expect_link(pair.fixture, pair.eth0, TRUE, FALSE);
    expect_link(pair.fixture, pair.eth1, FALSE, FALSE);
    g_assert_null(ask_nexthop(pair.fixture, GROUP));
    g_assert_null(ask_nexthop(pair.fixture, B));
    g_assert_null(ask_route(pair.fixture, MP_TABLE_MAIN, "198.51.100.0/24"));
    fixture_free(pair.fixture);
}

/* A global IPv6 gateway is refused on a device that the on-link route does not lead to: the door
 * finds a way, tells of none of it and leaves nothing behind. */
static void test_ipv6_global_gateway(void)
{
    Pair pair = pair_new();
    settle(pair.fixture);
    fixture_forget(pair.fixture);
    MpOp ops[] = {
        op_nexthop(A, pair.eth0, MP_IPV6, "2001:db8::1"),
        op_nexthop(B, pair.eth1, MP_IPV6, "2001:db8::1"),
        op_group(GROUP, 0, A, 1, B, 1),
    };
    g_assert_cmpint(fixture_submit(pair.fixture, ops, G_N_ELEMENTS(ops)), ==, 0);
    g_assert_cmpuint(fixture_count(pair.fixture, MP_EVENT_OP_DONE), ==, G_N_ELEMENTS(ops));
    for (guint i = 0; i < G_N_ELEMENTS(ops); i++)
        g_assert_cmpint(fixture_event(pair.fixture, MP_EVENT_OP_DONE, i)->error, ==, 0);
    settle(pair.fixture);
    g_assert_cmpuint(fixture_count(pair.fixture, MP_EVENT_ROUTE), ==, 0);
    g_assert_cmpuint(fixture_count(pair.fixture, MP_EVENT_ROUTE_GONE), ==, 0);
    g_assert_null(ask_route(pair.fixture, MP_TABLE_MAIN, "2001:db8::1/128"));
    g_assert_cmpuint(ask_nexthop(pair.fixture, B)->nexthop.oif, ==, pair.eth1);
    fixture_free(pair.fixture);
}

void contract_add_nexthops(void)
{
    g_test_add_func("/contract/nexthop/round-trip", test_round_trip);
    g_test_add_func("/contract/nexthop/exclusive", test_exclusive);
    g_test_add_func("/contract/nexthop/group-replace-keeps-routes",
                    test_group_replace_keeps_routes);
    g_test_add_func("/contract/nexthop/carrier-loss-is-silent", test_carrier_loss_is_silent);
    g_test_add_func("/contract/nexthop/last-member-takes-all-along",
                    test_last_member_takes_all_along);
    g_test_add_func("/contract/nexthop/ipv6-global-gateway", test_ipv6_global_gateway);
}
