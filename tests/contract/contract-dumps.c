/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Dumps: complete, in order, and right again after an overflow. */
#include "contract.h"

static guint mark_position(Fixture *fixture, MpEventKind kind, MpDump dump)
{
    const MpEvent *event;
    for (guint n = 0; (event = fixture_event(fixture, kind, n)) != NULL; n++)
        if (event->dump == dump)
            return position(fixture, event);
    g_assert_not_reached();
}

static void test_order(void)
{
    Fixture *fixture = fixture_new();
    static const MpDump order[] = {MP_DUMP_LINKS,    MP_DUMP_ADDRESSES, MP_DUMP_RULES,
                                   MP_DUMP_NEXTHOPS, MP_DUMP_ROUTES,    MP_DUMP_FIXED};
    fixture_dump(fixture, MP_DUMP_ALL);
    g_assert_cmpuint(fixture_count(fixture, MP_EVENT_DUMP_BEGIN), ==, G_N_ELEMENTS(order));
    guint last = 0;
    for (guint i = 0; i < G_N_ELEMENTS(order); i++) {
        guint begin = mark_position(fixture, MP_EVENT_DUMP_BEGIN, order[i]);
        guint end = mark_position(fixture, MP_EVENT_DUMP_END, order[i]);
        g_assert_cmpuint(begin, >=, last);
        g_assert_cmpuint(end, >, begin);
        last = end;
    }
    g_assert_cmpuint(fixture->batches, >, 0);
    fixture_free(fixture);
}

/* The kernel may tell of its state late, before the dump. */
static const MpEvent *told_link(Fixture *fixture, guint index)
{
    for (guint i = 0; i < fixture_count(fixture, MP_EVENT_LINK); i++) {
        const MpEvent *event = fixture_event(fixture, MP_EVENT_LINK, i);
        if (event->link.index == index)
            return event;
    }
    return NULL;
}

static void test_complete(void)
{
    Fixture *fixture = fixture_new();
    guint eth0 = fixture_link_add(fixture, "eth0");
    foreign_address(fixture, eth0, "192.0.2.10/24");
    foreign_address(fixture, eth0, "2001:db8::10/64");
    MpRoute route = foreign_route("0.0.0.0/0", eth0, "192.0.2.1", 0);
    fixture_route_add(fixture, &route);
    MpOp ops[] = {
        op_nexthop(OUR_NEXTHOP, eth0, MP_IPV4, NULL),
        op_route_nhid(MP_OP_ROUTE_ADD, MP_TABLE_ROUTES, "198.51.100.0/24", OUR_NEXTHOP),
        op_rule(MP_OP_RULE_ADD, MP_IPV4, MP_TABLE_ROUTES, -1),
        op_rule(MP_OP_RULE_ADD, MP_IPV6, MP_TABLE_MAIN, 0),
    };
    g_assert_cmpint(fixture_submit(fixture, ops, G_N_ELEMENTS(ops)), ==, 0);
    settle(fixture);
    fixture_forget(fixture);

    fixture_dump(fixture, MP_DUMP_ALL);
    const MpEvent *link = told_link(fixture, eth0);
    g_assert_nonnull(told_link(fixture, MP_LOOPBACK_INDEX));
    g_assert_nonnull(link);
    g_assert_cmpstr(link->link.name, ==, "eth0");
    g_assert_cmpuint(link->link.media, ==, 1);
    g_assert_cmpuint(link->link.hwaddr_len, ==, 6);
    g_assert_true(link->link.carrier);
    g_assert_nonnull(told_address(fixture, MP_EVENT_ADDRESS, eth0, "192.0.2.10/24"));
    g_assert_nonnull(told_address(fixture, MP_EVENT_ADDRESS, eth0, "2001:db8::10/64"));
    g_assert_nonnull(told_nexthop(fixture, MP_EVENT_NEXTHOP, OUR_NEXTHOP));
    const MpEvent *ours = told_route(fixture, MP_EVENT_ROUTE, MP_TABLE_ROUTES, "198.51.100.0/24");
    g_assert_cmpuint(ours->route.nhid, ==, OUR_NEXTHOP);
    g_assert_cmpuint(ours->port_id, ==, 0);
    g_assert_false(ours->by_us);
    g_assert_nonnull(told_route(fixture, MP_EVENT_ROUTE, MP_TABLE_MAIN, "192.0.2.0/24"));
    g_assert_nonnull(told_route(fixture, MP_EVENT_ROUTE, MP_TABLE_MAIN, "2001:db8::/64"));
    const MpEvent *theirs = told_route(fixture, MP_EVENT_ROUTE, MP_TABLE_MAIN, "0.0.0.0/0");
    g_assert_cmpuint(theirs->route.oif, ==, eth0);
    MpAddress gateway = address_of("192.0.2.1");
    g_assert_true(mp_address_equal_host(&theirs->route.gateway, &gateway));
    fixture_free(fixture);
}

static guint rules_of_ours(Fixture *fixture)
{
    guint count = 0;
    const MpEvent *event;
    for (guint n = 0; (event = fixture_event(fixture, MP_EVENT_RULE, n)) != NULL; n++)
        count += event->rule.priority == MP_RULE_PRIORITY ? 1 : 0;
    return count;
}

/* Rules of equal priority keep the order in which they were added. */
static void test_rules_in_order(void)
{
    Fixture *fixture = fixture_new();
    MpOp ops[] = {
        op_rule(MP_OP_RULE_ADD, MP_IPV4, MP_TABLE_ROUTES, -1),
        op_rule(MP_OP_RULE_ADD, MP_IPV4, MP_TABLE_MAIN, 0),
        op_rule(MP_OP_RULE_ADD, MP_IPV4, MP_TABLE_DEFAULTS, -1),
        op_rule(MP_OP_RULE_ADD, MP_IPV4, MP_TABLE_MAIN, 0), /* again: already so */
    };
    g_assert_cmpint(fixture_submit(fixture, ops, G_N_ELEMENTS(ops)), ==, 0);
    fixture_forget(fixture);
    fixture_dump(fixture, MP_DUMP_RULES);
    g_assert_cmpuint(rules_of_ours(fixture), ==, 3);
    guint seen = 0;
    const MpEvent *event;
    for (guint n = 0; (event = fixture_event(fixture, MP_EVENT_RULE, n)) != NULL; n++)
        if (event->rule.priority == MP_RULE_PRIORITY)
            g_assert_true(mp_rule_equal(&event->rule, &ops[seen++].rule));
    MpOp del = ops[1];
    del.kind = MP_OP_RULE_DEL;
    g_assert_cmpint(submit(fixture, del), ==, 0);
    g_assert_cmpint(submit(fixture, del), ==, 0);
    fixture_forget(fixture);
    fixture_dump(fixture, MP_DUMP_RULES);
    g_assert_cmpuint(rules_of_ours(fixture), ==, 2);
    fixture_free(fixture);
}

static gboolean has_overflown(Fixture *fixture, gpointer user_data)
{
    return fixture_count(fixture, MP_EVENT_OVERFLOW) > 0;
}

static void test_overflow(void)
{
    Fixture *fixture = fixture_new();
    guint eth0 = fixture_link_add(fixture, "eth0");
    settle(fixture);
    fixture_forget(fixture);
    fixture_overflow(fixture);
    foreign_address(fixture, eth0, "192.0.2.10/24");
    g_assert_true(fixture_run_until(fixture, has_overflown, NULL));
    /* Whatever was lost, a dump has it, and notifications flow again. */
    g_assert_nonnull(ask_address(fixture, eth0, "192.0.2.10/24"));
    foreign_address(fixture, eth0, "192.0.2.11/24");
    expect_address(fixture, MP_EVENT_ADDRESS, eth0, "192.0.2.11/24");
    fixture_free(fixture);
}

/* Of what is asked for twice, at least one dump begins after the second question. */
static void test_asked_twice(void)
{
    Fixture *fixture = fixture_new();
    guint eth0 = fixture_link_add(fixture, "eth0");
    fixture->kernel->dump(fixture->kernel, MP_DUMP_ADDRESSES);
    foreign_address(fixture, eth0, "192.0.2.10/24");
    g_assert_nonnull(ask_address(fixture, eth0, "192.0.2.10/24"));
    fixture_free(fixture);
}

void contract_add_dumps(void)
{
    g_test_add_func("/contract/dump/order", test_order);
    g_test_add_func("/contract/dump/complete", test_complete);
    g_test_add_func("/contract/dump/rules-in-order", test_rules_in_order);
    g_test_add_func("/contract/dump/overflow", test_overflow);
    g_test_add_func("/contract/dump/asked-twice", test_asked_twice);
}
