/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What test addresses stand on: tables of their own and rules by source; and gates. */
#include "contract.h"

#define NEAR "192.0.2.0/24"
#define TEST "192.0.2.110/32"
#define TARGET6 "2001:db8::5/128"

typedef struct {
    Fixture *fixture;
    guint eth0;
    guint32 table;
} Lab;

static Lab lab_new(void)
{
    Lab lab = {.fixture = fixture_new()};
    lab.eth0 = fixture_link_add(lab.fixture, "eth0");
    lab.table = mp_table_test(lab.eth0);
    expect_link(lab.fixture, lab.eth0, TRUE, TRUE);
    return lab;
}

static MpOp op_test_address(const Lab *lab, const char *text)
{
    MpOp op = op_address(MP_OP_ADDRESS_ADD, lab->eth0, text);
    op.address.scope = MP_SCOPE_LINK;
    op.address.flags = MP_IFA_NOPREFIXROUTE;
    return op;
}

static MpOp op_test_route(const Lab *lab, const char *source)
{
    MpOp op = op_route(MP_OP_ROUTE_REPLACE, lab->table, NEAR, lab->eth0, NULL);
    op.route.prefsrc = address_of(source);
    return op;
}

static MpOp op_test_rule(MpOpKind kind, guint32 table, const char *from)
{
    MpOp op = op_rule(kind, address_of(from).family, table, -1);
    op.rule.priority = MP_RULE_PRIORITY_TEST;
    op.rule.from = address_of(from);
    return op;
}

static void add_all(const Lab *lab)
{
    MpOp ops[] = {
        op_test_address(lab, TEST),
        op_test_route(lab, "192.0.2.110"),
        op_test_rule(MP_OP_RULE_ADD, lab->table, TEST),
        op_route(MP_OP_ROUTE_REPLACE, lab->table, TARGET6, lab->eth0, NULL),
    };
    g_assert_cmpint(fixture_submit(lab->fixture, ops, G_N_ELEMENTS(ops)), ==, 0);
    expect_route(lab->fixture, MP_EVENT_ROUTE, lab->table, TARGET6);
    settle(lab->fixture);
}

static void test_as_asked(void)
{
    Lab lab = lab_new();
    add_all(&lab);
    const MpEvent *address = ask_address(lab.fixture, lab.eth0, TEST);
    g_assert_cmpuint(address->address.scope, ==, MP_SCOPE_LINK);
    g_assert_cmpuint(address->address.flags & MP_IFA_NOPREFIXROUTE, !=, 0);
    const MpEvent *route = ask_route(lab.fixture, lab.table, NEAR);
    MpOp op = op_test_route(&lab, "192.0.2.110");
    g_assert_true(mp_route_equal(&route->route, &op.route));
    op = op_route(MP_OP_ROUTE_REPLACE, lab.table, TARGET6, lab.eth0, NULL);
    g_assert_true(mp_route_equal(&ask_route(lab.fixture, lab.table, TARGET6)->route, &op.route));
    g_assert_null(ask_route(lab.fixture, MP_TABLE_MAIN, NEAR));
    fixture_free(lab.fixture);
}

/* As with any route. */
static void test_source_must_be_there(void)
{
    Lab lab = lab_new();
    g_assert_cmpint(submit(lab.fixture, op_test_route(&lab, "192.0.2.110")), !=, 0);
    fixture_free(lab.fixture);
}

static void test_source_is_replaced(void)
{
    Lab lab = lab_new();
    add_all(&lab);
    g_assert_cmpint(submit(lab.fixture, op_test_address(&lab, "192.0.2.120/32")), ==, 0);
    g_assert_cmpint(submit(lab.fixture, op_test_route(&lab, "192.0.2.120")), ==, 0);
    MpAddress source = address_of("192.0.2.120");
    const MpEvent *route = ask_route(lab.fixture, lab.table, NEAR);
    g_assert_cmpuint(told_routes(lab.fixture, MP_EVENT_ROUTE, lab.table, NEAR), ==, 1);
    g_assert_true(mp_address_equal_host(&route->route.prefsrc, &source));
    fixture_free(lab.fixture);
}

/* Only what is ours is told of our own tables; ours in main once. */
static void test_dumped_once(void)
{
    Lab lab = lab_new();
    add_all(&lab);
    MpRoute foreign = foreign_route("198.51.100.0/24", lab.eth0, NULL, 0);
    foreign.table = lab.table;
    fixture_route_add(lab.fixture, &foreign);
    MpOp op = op_route(MP_OP_ROUTE_ADD, MP_TABLE_MAIN, NEAR, lab.eth0, NULL);
    g_assert_cmpint(submit(lab.fixture, op), ==, 0);
    settle(lab.fixture);
    g_assert_null(told_route(lab.fixture, MP_EVENT_ROUTE, lab.table, "198.51.100.0/24"));
    g_assert_null(ask_route(lab.fixture, lab.table, "198.51.100.0/24"));
    g_assert_cmpuint(told_routes(lab.fixture, MP_EVENT_ROUTE, MP_TABLE_MAIN, NEAR), ==, 1);
    g_assert_cmpuint(told_routes(lab.fixture, MP_EVENT_ROUTE, lab.table, NEAR), ==, 1);
    g_assert_cmpuint(told_routes(lab.fixture, MP_EVENT_ROUTE, lab.table, TARGET6), ==, 1);
    fixture_free(lab.fixture);
}

static guint count_rules(Fixture *fixture)
{
    guint count = 0;
    const MpEvent *event;
    fixture_forget(fixture);
    fixture_dump(fixture, MP_DUMP_RULES);
    for (guint n = 0; (event = fixture_event(fixture, MP_EVENT_RULE, n)) != NULL; n++)
        count += event->rule.priority == MP_RULE_PRIORITY_TEST ? 1 : 0;
    return count;
}

/* Rules are told apart by their source, also of one table. */
static void test_rules_by_source(void)
{
    Lab lab = lab_new();
    MpOp ops[] = {
        op_test_rule(MP_OP_RULE_ADD, lab.table, TEST),
        op_test_rule(MP_OP_RULE_ADD, lab.table, "192.0.2.120/32"),
        op_test_rule(MP_OP_RULE_ADD, lab.table, "fe80::1/128"),
        op_test_rule(MP_OP_RULE_ADD, lab.table, TEST), /* again: already so */
    };
    g_assert_cmpint(fixture_submit(lab.fixture, ops, G_N_ELEMENTS(ops)), ==, 0);
    g_assert_cmpuint(count_rules(lab.fixture), ==, 3);
    MpOp del = op_test_rule(MP_OP_RULE_DEL, lab.table, TEST);
    g_assert_cmpint(submit(lab.fixture, del), ==, 0);
    g_assert_cmpint(submit(lab.fixture, del), ==, 0);
    g_assert_cmpuint(count_rules(lab.fixture), ==, 2);
    const MpEvent *event;
    for (guint n = 0; (event = fixture_event(lab.fixture, MP_EVENT_RULE, n)) != NULL; n++)
        g_assert_false(mp_rule_equal(&event->rule, &del.rule));
    fixture_free(lab.fixture);
}

static void test_carrier_loss(void)
{
    Lab lab = lab_new();
    add_all(&lab);
    fixture_link_set_carrier(lab.fixture, lab.eth0, FALSE);
    expect_link(lab.fixture, lab.eth0, TRUE, FALSE);
    settle(lab.fixture);
    const MpEvent *route = ask_route(lab.fixture, lab.table, NEAR);
    g_assert_nonnull(route);
    g_assert_cmpuint(route->route.hop_flags & MP_RTNH_LINKDOWN, !=, 0);
    g_assert_nonnull(ask_route(lab.fixture, lab.table, TARGET6));
    g_assert_cmpuint(count_rules(lab.fixture), ==, 1);
    fixture_free(lab.fixture);
}

/* The IPv4 route goes without a word, the IPv6 one with one; address and rule stay. */
static void test_admin_down(void)
{
    Lab lab = lab_new();
    add_all(&lab);
    fixture_forget(lab.fixture);
    fixture_link_set_up(lab.fixture, lab.eth0, FALSE);
    expect_route(lab.fixture, MP_EVENT_ROUTE_GONE, lab.table, TARGET6);
    settle(lab.fixture);
    g_assert_null(told_route(lab.fixture, MP_EVENT_ROUTE_GONE, lab.table, NEAR));
    g_assert_null(ask_route(lab.fixture, lab.table, NEAR));
    g_assert_nonnull(ask_address(lab.fixture, lab.eth0, TEST));
    g_assert_cmpuint(count_rules(lab.fixture), ==, 1);
    g_assert_cmpint(submit(lab.fixture, op_test_route(&lab, "192.0.2.110")), !=, 0);
    fixture_free(lab.fixture);
}

/* A source that goes takes routes of main along, not these; the device's last address does. */
static void test_address_goes(void)
{
    Lab lab = lab_new();
    add_all(&lab);
    foreign_address(lab.fixture, lab.eth0, "203.0.113.10/24");
    MpOp del = op_address(MP_OP_ADDRESS_DEL, lab.eth0, TEST);
    g_assert_cmpint(submit(lab.fixture, del), ==, 0);
    settle(lab.fixture);
    g_assert_nonnull(ask_route(lab.fixture, lab.table, NEAR));
    fixture_forget(lab.fixture);
    del = op_address(MP_OP_ADDRESS_DEL, lab.eth0, "203.0.113.10/24");
    g_assert_cmpint(submit(lab.fixture, del), ==, 0);
    settle(lab.fixture);
    g_assert_null(told_route(lab.fixture, MP_EVENT_ROUTE_GONE, lab.table, NEAR));
    g_assert_null(ask_route(lab.fixture, lab.table, NEAR));
    fixture_free(lab.fixture);
}

static void test_device_goes(void)
{
    Lab lab = lab_new();
    add_all(&lab);
    fixture_link_delete(lab.fixture, lab.eth0);
    expect_gone(lab.fixture, lab.eth0);
    g_assert_null(ask_route(lab.fixture, lab.table, NEAR));
    g_assert_null(ask_route(lab.fixture, lab.table, TARGET6));
    g_assert_cmpuint(count_rules(lab.fixture), ==, 1); /* nobody's but ours to take away */
    fixture_free(lab.fixture);
}

/* A connected route of ours whose nexthop group lacks eth0. */
static void add_connected_without(Lab *lab, guint8 family, const char *dst, guint32 id)
{
    guint eth1 = fixture_link_add(lab->fixture, family == MP_IPV4 ? "eth1" : "eth2");
    expect_link(lab->fixture, eth1, TRUE, TRUE);
    MpOp ops[] = {
        op_nexthop(id, eth1, family, NULL),
        op_group(id + 1, 128, id, 255, 0, 0),
        op_route_nhid(family == MP_IPV4 ? MP_OP_ROUTE_PREPEND : MP_OP_ROUTE_REPLACE, MP_TABLE_MAIN,
                      dst, id + 1),
    };
    ops[2].route.metric = family == MP_IPV4 ? 0 : 255;
    g_assert_cmpint(fixture_submit(lab->fixture, ops, G_N_ELEMENTS(ops)), ==, 0);
}

/* The kernel wants the gateway on the link of that very device. */
static void test_gate4(void)
{
    Lab lab = lab_new();
    add_connected_without(&lab, MP_IPV4, NEAR, OUR_NEXTHOP);
    MpOp theirs =
        op_route(MP_OP_ROUTE_ADD, MP_TABLE_MAIN, "198.51.100.0/24", lab.eth0, "192.0.2.1");
    g_assert_cmpint(submit(lab.fixture, theirs), !=, 0);
    MpOp gate[] = {
        op_route(MP_OP_ROUTE_REPLACE, mp_table_gate(lab.eth0), NEAR, lab.eth0, NULL),
        op_rule(MP_OP_RULE_ADD, MP_IPV4, mp_table_gate(lab.eth0), -1),
    };
    g_strlcpy(gate[1].rule.oif, "eth0", sizeof gate[1].rule.oif);
    gate[1].rule.priority = MP_RULE_PRIORITY_TEST;
    g_assert_cmpint(fixture_submit(lab.fixture, gate, G_N_ELEMENTS(gate)), ==, 0);
    g_assert_cmpint(submit(lab.fixture, theirs), ==, 0);
    g_assert_cmpuint(count_rules(lab.fixture), ==, 1);
    gboolean found = FALSE;
    const MpEvent *event;
    for (guint n = 0; (event = fixture_event(lab.fixture, MP_EVENT_RULE, n)) != NULL; n++)
        found |= mp_rule_equal(&event->rule, &gate[1].rule);
    g_assert_true(found);
    gate[1].kind = MP_OP_RULE_DEL;
    g_assert_cmpint(submit(lab.fixture, gate[1]), ==, 0);
    g_assert_cmpuint(count_rules(lab.fixture), ==, 0);
    fixture_free(lab.fixture);
}

static void test_gate6(void)
{
    Lab lab = lab_new();
    add_connected_without(&lab, MP_IPV6, "2001:db8::/64", OUR_NEXTHOP);
    MpOp theirs =
        op_route(MP_OP_ROUTE_ADD, MP_TABLE_MAIN, "2001:db8:8::/48", lab.eth0, "2001:db8::1");
    g_assert_cmpint(submit(lab.fixture, theirs), !=, 0);
    MpOp gate = op_route(MP_OP_ROUTE_REPLACE, MP_TABLE_MAIN, "2001:db8::/64", lab.eth0, NULL);
    gate.route.metric = MP_METRIC_GATE_FIRST + lab.eth0;
    g_assert_cmpint(submit(lab.fixture, gate), ==, 0);
    g_assert_cmpint(submit(lab.fixture, theirs), ==, 0);
    g_assert_nonnull(ask_route(lab.fixture, MP_TABLE_MAIN, "2001:db8::/64"));
    g_assert_cmpuint(told_routes(lab.fixture, MP_EVENT_ROUTE, MP_TABLE_MAIN, "2001:db8::/64"), ==,
                     2);
    fixture_free(lab.fixture);
}

void contract_add_tests(void)
{
    g_test_add_func("/contract/gate/ipv4", test_gate4);
    g_test_add_func("/contract/gate/ipv6", test_gate6);
    g_test_add_func("/contract/test-address/as-asked", test_as_asked);
    g_test_add_func("/contract/test-address/source-must-be-there", test_source_must_be_there);
    g_test_add_func("/contract/test-address/source-is-replaced", test_source_is_replaced);
    g_test_add_func("/contract/test-address/dumped-once", test_dumped_once);
    g_test_add_func("/contract/test-address/rules-by-source", test_rules_by_source);
    g_test_add_func("/contract/test-address/carrier-loss", test_carrier_loss);
    g_test_add_func("/contract/test-address/admin-down", test_admin_down);
    g_test_add_func("/contract/test-address/address-goes", test_address_goes);
    g_test_add_func("/contract/test-address/device-goes", test_device_goes);
}
