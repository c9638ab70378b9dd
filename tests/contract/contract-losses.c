/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who removed it: the order and the port ids by which the engine tells an owner's decision from
 * the kernel's tidying up, and what the kernel does not tell at all. */
#include "contract.h"

#define FAR "198.51.100.0/24"
#define FAR2 "198.51.101.0/24"
#define FAR6 "2001:db8:9::/64"

/* A device with two addresses of each family and foreign routes by it. */
typedef struct {
    Fixture *fixture;
    guint eth0;
} Lab;

static Lab lab_new(void)
{
    Lab lab = {.fixture = fixture_new()};
    lab.eth0 = fixture_link_add(lab.fixture, "eth0");
    foreign_address(lab.fixture, lab.eth0, "192.0.2.10/24");
    foreign_address(lab.fixture, lab.eth0, "192.0.2.11/24");
    foreign_address(lab.fixture, lab.eth0, "2001:db8::10/64");
    MpRoute plain = foreign_route(FAR, lab.eth0, "192.0.2.1", 0);
    MpRoute by_source = foreign_route(FAR2, lab.eth0, "192.0.2.1", 0);
    MpRoute v6 = foreign_route(FAR6, lab.eth0, "2001:db8::1", 0);
    by_source.prefsrc = address_of("192.0.2.11");
    fixture_route_add(lab.fixture, &plain);
    fixture_route_add(lab.fixture, &by_source);
    fixture_route_add(lab.fixture, &v6);
    expect_link(lab.fixture, lab.eth0, TRUE, TRUE);
    expect_address(lab.fixture, MP_EVENT_ADDRESS, lab.eth0, "2001:db8::10/64");
    settle(lab.fixture);
    fixture_forget(lab.fixture);
    return lab;
}

static void foreign_del(Lab *lab, const char *text)
{
    MpOp op = op_address(MP_OP_ADDRESS_DEL, lab->eth0, text);
    fixture_address_del(lab->fixture, &op.address);
}

static void check_before(Fixture *fixture, const MpEvent *first, const MpEvent *second)
{
    g_assert_nonnull(first);
    g_assert_nonnull(second);
    g_assert_cmpuint(position(fixture, first), <, position(fixture, second));
}

static void test_owner_deletes_secondary(void)
{
    Lab lab = lab_new();
    foreign_del(&lab, "192.0.2.11/24");
    const MpEvent *route = expect_route(lab.fixture, MP_EVENT_ROUTE_GONE, MP_TABLE_MAIN, FAR2);
    const MpEvent *address =
        told_address(lab.fixture, MP_EVENT_ADDRESS_GONE, lab.eth0, "192.0.2.11/24");
    check_before(lab.fixture, address, route);
    g_assert_cmpuint(address->port_id, !=, 0);
    g_assert_false(address->by_us);
    g_assert_cmpuint(route->port_id, ==, 0);
    g_assert_null(told_route(lab.fixture, MP_EVENT_ROUTE_GONE, MP_TABLE_MAIN, FAR));
    fixture_free(lab.fixture);
}

static void test_owner_deletes_primary(void)
{
    Lab lab = lab_new();
    foreign_del(&lab, "192.0.2.10/24");
    const MpEvent *route =
        expect_route(lab.fixture, MP_EVENT_ROUTE_GONE, MP_TABLE_MAIN, "192.0.2.0/24");
    const MpEvent *secondary =
        told_address(lab.fixture, MP_EVENT_ADDRESS_GONE, lab.eth0, "192.0.2.11/24");
    const MpEvent *primary =
        told_address(lab.fixture, MP_EVENT_ADDRESS_GONE, lab.eth0, "192.0.2.10/24");
    check_before(lab.fixture, secondary, primary);
    check_before(lab.fixture, primary, route);
    g_assert_cmpuint(secondary->port_id, !=, 0);
    g_assert_cmpuint(primary->port_id, !=, 0);
    g_assert_cmpuint(route->port_id, ==, 0);
    /* With the last address the legacy routes went, and nobody said so. */
    g_assert_null(told_route(lab.fixture, MP_EVENT_ROUTE_GONE, MP_TABLE_MAIN, FAR));
    g_assert_null(ask_route(lab.fixture, MP_TABLE_MAIN, FAR));
    fixture_free(lab.fixture);
}

static void test_primary_is_succeeded(void)
{
    Lab lab = lab_new();
    MpOp promote = {.kind = MP_OP_SYSCTL_SET,
                    .sysctl = {lab.eth0, MP_SYSCTL_PROMOTE_SECONDARIES, 1}};
    g_assert_cmpint(submit(lab.fixture, promote), ==, 0);
    foreign_del(&lab, "192.0.2.10/24");
    expect_address(lab.fixture, MP_EVENT_ADDRESS_GONE, lab.eth0, "192.0.2.10/24");
    settle(lab.fixture);
    g_assert_null(told_address(lab.fixture, MP_EVENT_ADDRESS_GONE, lab.eth0, "192.0.2.11/24"));
    const MpEvent *heir = ask_address(lab.fixture, lab.eth0, "192.0.2.11/24");
    g_assert_cmpuint(heir->address.flags & MP_IFA_SECONDARY, ==, 0);
    fixture_free(lab.fixture);
}

static void test_owner_deletes_ipv6(void)
{
    Lab lab = lab_new();
    foreign_del(&lab, "2001:db8::10/64");
    const MpEvent *address =
        expect_address(lab.fixture, MP_EVENT_ADDRESS_GONE, lab.eth0, "2001:db8::10/64");
    g_assert_cmpuint(address->port_id, ==, 0); /* never carries one */
    fixture_free(lab.fixture);
}

static void test_carrier_loss(void)
{
    Lab lab = lab_new();
    fixture_link_set_carrier(lab.fixture, lab.eth0, FALSE);
    expect_link(lab.fixture, lab.eth0, TRUE, FALSE);
    settle(lab.fixture);
    g_assert_cmpuint(fixture_count(lab.fixture, MP_EVENT_ADDRESS_GONE), ==, 0);
    g_assert_cmpuint(fixture_count(lab.fixture, MP_EVENT_ROUTE_GONE), ==, 0);
    const MpEvent *route = ask_route(lab.fixture, MP_TABLE_MAIN, FAR);
    g_assert_cmpuint(route->route.hop_flags & MP_RTNH_LINKDOWN, !=, 0);
    g_assert_nonnull(ask_address(lab.fixture, lab.eth0, "192.0.2.10/24"));
    g_assert_nonnull(ask_address(lab.fixture, lab.eth0, "2001:db8::10/64"));
    fixture_free(lab.fixture);
}

static void test_admin_down(void)
{
    Lab lab = lab_new();
    fixture_link_set_up(lab.fixture, lab.eth0, FALSE);
    const MpEvent *address =
        expect_address(lab.fixture, MP_EVENT_ADDRESS_GONE, lab.eth0, "2001:db8::10/64");
    const MpEvent *route = told_route(lab.fixture, MP_EVENT_ROUTE_GONE, MP_TABLE_MAIN, FAR6);
    const MpEvent *link = expect_link(lab.fixture, lab.eth0, FALSE, FALSE);
    check_before(lab.fixture, link, address);
    check_before(lab.fixture, link, route);
    g_assert_cmpuint(address->port_id, ==, 0);
    g_assert_cmpuint(route->port_id, ==, 0);
    settle(lab.fixture);
    /* IPv4: the addresses stay, the routes go, and nothing is said. */
    g_assert_null(told_address(lab.fixture, MP_EVENT_ADDRESS_GONE, lab.eth0, "192.0.2.10/24"));
    g_assert_null(told_route(lab.fixture, MP_EVENT_ROUTE_GONE, MP_TABLE_MAIN, FAR));
    g_assert_null(ask_route(lab.fixture, MP_TABLE_MAIN, FAR));
    g_assert_nonnull(ask_address(lab.fixture, lab.eth0, "192.0.2.10/24"));
    fixture_free(lab.fixture);
}

static void test_unplug(void)
{
    Lab lab = lab_new();
    fixture_link_delete(lab.fixture, lab.eth0);
    const MpEvent *gone = expect_gone(lab.fixture, lab.eth0);
    const MpEvent *link = expect_link(lab.fixture, lab.eth0, FALSE, FALSE);
    static const char *const addresses[] = {"192.0.2.10/24", "192.0.2.11/24", "2001:db8::10/64"};
    for (guint i = 0; i < G_N_ELEMENTS(addresses); i++) {
        const MpEvent *address =
            told_address(lab.fixture, MP_EVENT_ADDRESS_GONE, lab.eth0, addresses[i]);
        check_before(lab.fixture, link, address);
        check_before(lab.fixture, address, gone);
        g_assert_cmpuint(address->port_id, ==, 0);
    }
    const MpEvent *route = told_route(lab.fixture, MP_EVENT_ROUTE_GONE, MP_TABLE_MAIN, FAR6);
    check_before(lab.fixture, link, route);
    check_before(lab.fixture, route, gone);
    g_assert_null(told_route(lab.fixture, MP_EVENT_ROUTE_GONE, MP_TABLE_MAIN, FAR));
    g_assert_null(ask_route(lab.fixture, MP_TABLE_MAIN, FAR));
    fixture_free(lab.fixture);
}

/* A source address that leaves the host takes its routes along, but only those of main. */
static void test_source_flush(void)
{
    Lab lab = lab_new();
    guint eth1 = fixture_link_add(lab.fixture, "eth1");
    foreign_address(lab.fixture, eth1, "203.0.113.10/24");
    expect_link(lab.fixture, eth1, TRUE, TRUE);
    MpOp ops[] = {
        op_nexthop(OUR_NEXTHOP, eth1, MP_IPV4, NULL),
        op_route_nhid(MP_OP_ROUTE_PREPEND, MP_TABLE_MAIN, "192.0.2.0/24", OUR_NEXTHOP),
        op_route_nhid(MP_OP_ROUTE_REPLACE, MP_TABLE_ROUTES, FAR, OUR_NEXTHOP),
    };
    ops[1].route.prefsrc = ops[2].route.prefsrc = address_of("192.0.2.11");
    g_assert_cmpint(fixture_submit(lab.fixture, ops, G_N_ELEMENTS(ops)), ==, 0);
    fixture_forget(lab.fixture);
    foreign_del(&lab, "192.0.2.11/24");
    const MpEvent *gone =
        expect_route(lab.fixture, MP_EVENT_ROUTE_GONE, MP_TABLE_MAIN, "192.0.2.0/24");
    g_assert_cmpuint(gone->port_id, ==, 0);
    g_assert_cmpuint(gone->route.nhid, ==, OUR_NEXTHOP);
    g_assert_nonnull(ask_route(lab.fixture, MP_TABLE_ROUTES, FAR));
    fixture_free(lab.fixture);
}

/* A second copy anywhere, the anchor on lo too, keeps them. */
static void test_anchor_keeps_routes(void)
{
    Lab lab = lab_new();
    MpOp anchor = op_address(MP_OP_ADDRESS_ADD, MP_LOOPBACK_INDEX, "192.0.2.11/32");
    anchor.address.scope = MP_SCOPE_HOST;
    anchor.address.flags = MP_IFA_NOPREFIXROUTE;
    g_assert_cmpint(submit(lab.fixture, anchor), ==, 0);
    foreign_del(&lab, "192.0.2.11/24");
    expect_address(lab.fixture, MP_EVENT_ADDRESS_GONE, lab.eth0, "192.0.2.11/24");
    settle(lab.fixture);
    g_assert_null(told_route(lab.fixture, MP_EVENT_ROUTE_GONE, MP_TABLE_MAIN, FAR2));
    g_assert_nonnull(ask_route(lab.fixture, MP_TABLE_MAIN, FAR2));
    fixture_free(lab.fixture);
}

void contract_add_losses(void)
{
    g_test_add_func("/contract/loss/owner-deletes-secondary", test_owner_deletes_secondary);
    g_test_add_func("/contract/loss/owner-deletes-primary", test_owner_deletes_primary);
    g_test_add_func("/contract/loss/primary-is-succeeded", test_primary_is_succeeded);
    g_test_add_func("/contract/loss/owner-deletes-ipv6", test_owner_deletes_ipv6);
    g_test_add_func("/contract/loss/carrier", test_carrier_loss);
    g_test_add_func("/contract/loss/admin-down", test_admin_down);
    g_test_add_func("/contract/loss/unplug", test_unplug);
    g_test_add_func("/contract/loss/source-flush", test_source_flush);
    g_test_add_func("/contract/loss/anchor-keeps-routes", test_anchor_keeps_routes);
}
