/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Routes: what each operation does to what is there already. */
#include "contract.h"

#define FAR "198.51.100.0/24"
#define FAR6 "2001:db8:9::/64"
#define STATIC 4    /* RTPROT_STATIC */
#define RTAX_LOCK 1 /* bit n: metric n is not to be changed by path discovery */
#define RTAX_MTU 2
#define PREF_HIGH 1

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
    foreign_address(pair.fixture, pair.eth1, "203.0.113.10/24");
    foreign_address(pair.fixture, pair.eth0, "2001:db8::10/64");
    foreign_address(pair.fixture, pair.eth1, "2001:db8:1::10/64");
    expect_link(pair.fixture, pair.eth0, TRUE, TRUE);
    expect_link(pair.fixture, pair.eth1, TRUE, TRUE);
    expect_address(pair.fixture, MP_EVENT_ADDRESS, pair.eth1, "2001:db8:1::10/64");
    return pair;
}

static const MpEvent *nth_route(Fixture *fixture, guint32 table, const char *dst, guint nth)
{
    MpAddress network = address_of(dst);
    const MpEvent *event;
    for (guint n = 0; (event = fixture_event(fixture, MP_EVENT_ROUTE, n)) != NULL; n++)
        if (event->route.table == table && mp_address_equal(&event->route.dst, &network) &&
            nth-- == 0)
            return event;
    return NULL;
}

static void check_round_trip(Pair *pair, MpOp op, const char *dst)
{
    g_assert_cmpint(submit(pair->fixture, op), ==, 0);
    g_assert_cmpint(submit(pair->fixture, op), ==, 0);
    const MpEvent *event = ask_route(pair->fixture, op.route.table, dst);
    g_assert_nonnull(event);
    g_assert_cmpuint(told_routes(pair->fixture, MP_EVENT_ROUTE, op.route.table, dst), ==, 1);
    if (op.route.type == MP_RTN_UNICAST)
        g_assert_true(mp_route_equal(&event->route, &op.route));
    g_assert_cmpuint(event->route.type, ==, op.route.type);
    op.kind = MP_OP_ROUTE_DEL;
    g_assert_cmpint(submit(pair->fixture, op), ==, 0);
    g_assert_cmpint(submit(pair->fixture, op), ==, 0);
    g_assert_null(ask_route(pair->fixture, op.route.table, dst));
}

static void test_round_trip(void)
{
    Pair pair = pair_new();
    static const MpOpKind kinds[] = {MP_OP_ROUTE_PREPEND, MP_OP_ROUTE_REPLACE, MP_OP_ROUTE_ADD};
    for (guint i = 0; i < G_N_ELEMENTS(kinds); i++) {
        MpOp op = op_route(kinds[i], MP_TABLE_ROUTES, FAR, pair.eth0, "192.0.2.1");
        op.route.metric = 50;
        op.route.prefsrc = address_of("192.0.2.10");
        op.route.metrics_mask = 1u << RTAX_MTU | 1u << RTAX_LOCK;
        op.route.metrics[RTAX_MTU] = 1300;
        op.route.metrics[RTAX_LOCK] = 1u << RTAX_MTU;
        check_round_trip(&pair, op, FAR);
        op = op_route(kinds[i], MP_TABLE_ROUTES, FAR, pair.eth0, "203.0.113.77");
        op.route.hop_flags = MP_RTNH_ONLINK;
        check_round_trip(&pair, op, FAR);
        op = op_route(kinds[i], MP_TABLE_ROUTES, FAR, 0, NULL);
        op.route.type = MP_RTN_THROW;
        op.route.scope = MP_SCOPE_UNIVERSE;
        check_round_trip(&pair, op, FAR);
        op = op_route(kinds[i], MP_TABLE_DEFAULTS, "0.0.0.0/0", pair.eth0, "192.0.2.1");
        check_round_trip(&pair, op, "0.0.0.0/0");
        op = op_route(kinds[i], MP_TABLE_MAIN, FAR6, pair.eth0, "2001:db8::1");
        op.route.metric = 255;
        op.route.preference = PREF_HIGH;
        op.route.prefsrc = address_of("2001:db8::10");
        check_round_trip(&pair, op, FAR6);
        op = op_route(kinds[i], MP_TABLE_ROUTES, FAR6, 0, NULL);
        op.route.type = MP_RTN_THROW;
        check_round_trip(&pair, op, FAR6);
        op = op_route(kinds[i], MP_TABLE_DEFAULTS, "::/0", pair.eth0, "2001:db8::1");
        check_round_trip(&pair, op, "::/0");
    }
    fixture_free(pair.fixture);
}

/* Ours wins over the kernel's connected route without touching it. */
static void test_prepend(void)
{
    Pair pair = pair_new();
    MpOp ops[] = {
        op_nexthop(OUR_NEXTHOP, pair.eth1, MP_IPV4, NULL),
        op_route_nhid(MP_OP_ROUTE_PREPEND, MP_TABLE_MAIN, "192.0.2.0/24", OUR_NEXTHOP),
        op_route_nhid(MP_OP_ROUTE_PREPEND, MP_TABLE_MAIN, "192.0.2.0/24", OUR_NEXTHOP),
    };
    g_assert_cmpint(fixture_submit(pair.fixture, ops, G_N_ELEMENTS(ops)), ==, 0);
    g_assert_nonnull(ask_route(pair.fixture, MP_TABLE_MAIN, "192.0.2.0/24"));
    const MpRoute *first = &nth_route(pair.fixture, MP_TABLE_MAIN, "192.0.2.0/24", 0)->route;
    const MpRoute *second = &nth_route(pair.fixture, MP_TABLE_MAIN, "192.0.2.0/24", 1)->route;
    g_assert_cmpuint(first->nhid, ==, OUR_NEXTHOP);
    g_assert_cmpuint(second->protocol, ==, MP_RTPROT_KERNEL);
    g_assert_null(nth_route(pair.fixture, MP_TABLE_MAIN, "192.0.2.0/24", 2));
    /* Deleting ours leaves theirs. */
    ops[1].kind = MP_OP_ROUTE_DEL;
    g_assert_cmpint(submit(pair.fixture, ops[1]), ==, 0);
    g_assert_cmpint(submit(pair.fixture, ops[1]), ==, 0);
    const MpEvent *left = ask_route(pair.fixture, MP_TABLE_MAIN, "192.0.2.0/24");
    g_assert_cmpuint(left->route.protocol, ==, MP_RTPROT_KERNEL);
    fixture_free(pair.fixture);
}

static void test_add_behind(void)
{
    Pair pair = pair_new();
    MpRoute first = foreign_route(FAR, pair.eth0, "192.0.2.1", 0);
    fixture_route_add(pair.fixture, &first);
    MpOp second = op_route(MP_OP_ROUTE_ADD, MP_TABLE_MAIN, FAR, pair.eth1, "203.0.113.1");
    g_assert_cmpint(submit(pair.fixture, second), ==, 0);
    g_assert_cmpint(submit(pair.fixture, second), ==, 0);
    g_assert_nonnull(ask_route(pair.fixture, MP_TABLE_MAIN, FAR));
    g_assert_cmpuint(nth_route(pair.fixture, MP_TABLE_MAIN, FAR, 0)->route.oif, ==, pair.eth0);
    g_assert_cmpuint(nth_route(pair.fixture, MP_TABLE_MAIN, FAR, 1)->route.oif, ==, pair.eth1);
    g_assert_null(nth_route(pair.fixture, MP_TABLE_MAIN, FAR, 2));
    fixture_free(pair.fixture);
}

static void test_replace(void)
{
    Pair pair = pair_new();
    MpOp op = op_route(MP_OP_ROUTE_REPLACE, MP_TABLE_ROUTES, FAR, pair.eth0, "192.0.2.1");
    g_assert_cmpint(submit(pair.fixture, op), ==, 0);
    g_assert_false(expect_route(pair.fixture, MP_EVENT_ROUTE, MP_TABLE_ROUTES, FAR)->replaced);
    fixture_forget(pair.fixture);
    op.route.oif = pair.eth1;
    op.route.gateway = address_of("203.0.113.1");
    g_assert_cmpint(submit(pair.fixture, op), ==, 0);
    const MpEvent *told = told_route(pair.fixture, MP_EVENT_ROUTE, MP_TABLE_ROUTES, FAR);
    g_assert_true(told->replaced);
    g_assert_true(told->by_us);
    g_assert_null(told_route(pair.fixture, MP_EVENT_ROUTE_GONE, MP_TABLE_ROUTES, FAR));
    g_assert_nonnull(ask_route(pair.fixture, MP_TABLE_ROUTES, FAR));
    g_assert_cmpuint(told_routes(pair.fixture, MP_EVENT_ROUTE, MP_TABLE_ROUTES, FAR), ==, 1);
    fixture_free(pair.fixture);
}

static void check_multipath(Pair *pair, MpRoute route, const char *const gateways[2],
                            const char *dst)
{
    guint oifs[] = {pair->eth0, pair->eth1};
    MpAddress hops[] = {address_of(gateways[0]), address_of(gateways[1])};
    fixture_route_add_multipath(pair->fixture, &route, oifs, hops, 2);
    g_assert_nonnull(ask_route(pair->fixture, MP_TABLE_MAIN, dst));
    for (guint i = 0; i < 2; i++) {
        const MpRoute *got = &nth_route(pair->fixture, MP_TABLE_MAIN, dst, i)->route;
        g_assert_cmpuint(got->hop, ==, i);
        g_assert_cmpuint(got->n_hops, ==, 2);
        g_assert_cmpuint(got->oif, ==, oifs[i]);
        g_assert_true(mp_address_equal_host(&got->gateway, &hops[i]));
    }
}

static gboolean is_dead(Pair *pair, guint hop)
{
    return (nth_route(pair->fixture, MP_TABLE_MAIN, FAR, hop)->route.hop_flags & MP_RTNH_DEAD) != 0;
}

/* The hops of a multipath route come one by one, and go back as one route. */
static void test_multipath(void)
{
    Pair pair = pair_new();
    check_multipath(&pair, foreign_route(FAR, 0, "192.0.2.1", 0),
                    (const char *const[]){"192.0.2.1", "203.0.113.1"}, FAR);
    MpOp ops[2] = {{.kind = MP_OP_ROUTE_ADD}, {.kind = MP_OP_ROUTE_ADD}};
    ops[0].route = nth_route(pair.fixture, MP_TABLE_MAIN, FAR, 0)->route;
    ops[1].route = nth_route(pair.fixture, MP_TABLE_MAIN, FAR, 1)->route;
    g_assert_cmpint(fixture_submit(pair.fixture, ops, 2), ==, 0);
    g_assert_nonnull(ask_route(pair.fixture, MP_TABLE_MAIN, FAR));
    g_assert_cmpuint(told_routes(pair.fixture, MP_EVENT_ROUTE, MP_TABLE_MAIN, FAR), ==, 2);
    /* One hop's device loses its last address: the route lives by the other one. */
    MpOp last = {.kind = MP_OP_ADDRESS_DEL};
    last.address.index = pair.eth1;
    last.address.address = address_of("203.0.113.10/24");
    g_assert_cmpint(submit(pair.fixture, last), ==, 0);
    g_assert_nonnull(ask_route(pair.fixture, MP_TABLE_MAIN, FAR));
    g_assert_true(is_dead(&pair, 1) && !is_dead(&pair, 0));
    foreign_address(pair.fixture, pair.eth1, "203.0.113.10/24");
    g_assert_nonnull(ask_route(pair.fixture, MP_TABLE_MAIN, FAR));
    g_assert_true(!is_dead(&pair, 1) && !is_dead(&pair, 0));
    /* A hop dies with the last address, and comes to life with the device, address or not. */
    g_assert_cmpint(submit(pair.fixture, last), ==, 0);
    fixture_link_set_up(pair.fixture, pair.eth1, FALSE);
    fixture_link_set_up(pair.fixture, pair.eth1, TRUE);
    g_assert_nonnull(ask_route(pair.fixture, MP_TABLE_MAIN, FAR));
    g_assert_true(!is_dead(&pair, 1) && !is_dead(&pair, 0));
    /* The device of one hop goes, and the whole route with it. */
    fixture_link_set_up(pair.fixture, pair.eth1, FALSE);
    fixture_link_delete(pair.fixture, pair.eth1);
    expect_gone(pair.fixture, pair.eth1);
    g_assert_null(ask_route(pair.fixture, MP_TABLE_MAIN, FAR));
    pair.eth1 = fixture_link_add(pair.fixture, "eth1");
    foreign_address(pair.fixture, pair.eth1, "203.0.113.10/24");
    ops[1].route.oif = pair.eth1;
    g_assert_cmpint(fixture_submit(pair.fixture, ops, 2), ==, 0);
    g_assert_nonnull(ask_route(pair.fixture, MP_TABLE_MAIN, FAR));
    g_assert_cmpuint(nth_route(pair.fixture, MP_TABLE_MAIN, FAR, 1)->route.n_hops, ==, 2);
    fixture_free(pair.fixture);
}

static void test_multipath_ipv6(void)
{
    Pair pair = pair_new();
    MpRoute route = foreign_route(FAR6, 0, "2001:db8::1", 0);
    guint oifs[] = {pair.eth0, pair.eth1};
    MpAddress hops[] = {address_of("2001:db8::1"), address_of("2001:db8:1::1")};
    fixture_route_add_multipath(pair.fixture, &route, oifs, hops, 2);
    g_assert_nonnull(ask_route(pair.fixture, MP_TABLE_MAIN, FAR6));
    g_assert_cmpuint(told_routes(pair.fixture, MP_EVENT_ROUTE, MP_TABLE_MAIN, FAR6), ==, 2);
    g_assert_cmpuint(nth_route(pair.fixture, MP_TABLE_MAIN, FAR6, 0)->route.n_hops, ==, 2);
    fixture_free(pair.fixture);
}

static void test_foreign_delete(void)
{
    Pair pair = pair_new();
    MpRoute v4 = foreign_route(FAR, pair.eth0, "192.0.2.1", 0);
    MpRoute v6 = foreign_route(FAR6, pair.eth0, "2001:db8::1", 0);
    fixture_route_add(pair.fixture, &v4);
    fixture_route_add(pair.fixture, &v6);
    const MpEvent *added = expect_route(pair.fixture, MP_EVENT_ROUTE, MP_TABLE_MAIN, FAR);
    g_assert_cmpuint(added->port_id, !=, 0);
    g_assert_false(added->by_us);
    g_assert_cmpuint(added->route.protocol, ==, STATIC);
    fixture_route_del(pair.fixture, &v4);
    fixture_route_del(pair.fixture, &v6);
    const MpEvent *gone = expect_route(pair.fixture, MP_EVENT_ROUTE_GONE, MP_TABLE_MAIN, FAR);
    g_assert_cmpuint(gone->port_id, !=, 0);
    g_assert_false(gone->by_us);
    gone = expect_route(pair.fixture, MP_EVENT_ROUTE_GONE, MP_TABLE_MAIN, FAR6);
    g_assert_cmpuint(gone->port_id, !=, 0);
    fixture_free(pair.fixture);
}

/* Tables of others are told like main; what others have in tables of ours is not. */
static void test_other_tables(void)
{
    Pair pair = pair_new();
    MpRoute route = foreign_route(FAR, pair.eth0, "192.0.2.1", 0);
    route.table = MP_TABLE_ROUTES;
    fixture_route_add(pair.fixture, &route);
    route.table = MP_TABLE_SHADOW_FIRST + 7;
    fixture_route_add(pair.fixture, &route);
    route.table = 1234;
    fixture_route_add(pair.fixture, &route);
    expect_route(pair.fixture, MP_EVENT_ROUTE, 1234, FAR);
    g_assert_null(told_route(pair.fixture, MP_EVENT_ROUTE, MP_TABLE_ROUTES, FAR));
    g_assert_null(told_route(pair.fixture, MP_EVENT_ROUTE, MP_TABLE_SHADOW_FIRST + 7, FAR));
    g_assert_nonnull(ask_route(pair.fixture, 1234, FAR));
    g_assert_null(ask_route(pair.fixture, MP_TABLE_ROUTES, FAR));
    fixture_free(pair.fixture);
}

void contract_add_routes(void)
{
    g_test_add_func("/contract/route/round-trip", test_round_trip);
    g_test_add_func("/contract/route/prepend", test_prepend);
    g_test_add_func("/contract/route/add-behind", test_add_behind);
    g_test_add_func("/contract/route/replace", test_replace);
    g_test_add_func("/contract/route/multipath", test_multipath);
    g_test_add_func("/contract/route/multipath-ipv6", test_multipath_ipv6);
    g_test_add_func("/contract/route/foreign-delete", test_foreign_delete);
    g_test_add_func("/contract/route/other-tables", test_other_tables);
}
