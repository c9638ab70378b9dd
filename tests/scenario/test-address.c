/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Test addresses, their tables and rules. That each is complete, and nothing of another left over,
 * is I9, which is checked at every rest. */
#include "harness.h"

#define DATA "eth0 10.0.0.10/24 2001:db8::10/64; eth1 10.0.0.11/24"
#define TESTED "front: eth0,test=10.0.0.210/24 eth1,test=10.0.0.211/24"
#define TARGET "2001:db8::5"

static guint32 table_of(Scenario *s, const char *link)
{
    return MP_TABLE_TEST_FIRST + scenario_index(s, link);
}

static const MpRoute *find_route(Scenario *s, const char *link, const char *neighbour)
{
    MpAddress host = scenario_parse(neighbour);

    return fake_route_lookup(s->kernel, table_of(s, link), &host);
}

/* The rule for what is sent from this address, or (NULL) any of a test address. */
static const MpRule *find_rule(Scenario *s, const char *from)
{
    for (guint i = 0; i < fake_n_rules(s->kernel); i++) {
        const MpRule *rule = fake_rule_nth(s->kernel, i);
        MpAddress address = from ? scenario_parse(from) : rule->from;

        if (mp_table_is_test(rule->table) && mp_address_equal_host(&rule->from, &address))
            return rule;
    }
    return NULL;
}

static guint count_routes(Scenario *s)
{
    guint n = 0;

    for (guint i = 0; i < fake_n_routes(s->kernel); i++)
        n += mp_table_is_test(fake_route_nth(s->kernel, i)->table);
    return n;
}

static void expect_test(Scenario *s, const char *link, const char *test, const char *neighbour)
{
    const MpRoute *route = find_route(s, link, neighbour);
    const MpRule *rule = find_rule(s, test);
    MpAddress host = scenario_parse(test);

    expect_where(s, test, link);
    g_assert_nonnull(route);
    g_assert_true(mp_address_equal_host(&route->prefsrc, &host));
    g_assert_cmpuint(route->oif, ==, scenario_index(s, link));
    g_assert_nonnull(rule);
    g_assert_cmpuint(rule->table, ==, table_of(s, link));
    g_assert_cmpuint(rule->from.prefix, ==, 32);
}

static void expect_no_test(Scenario *s, const char *test)
{
    expect_where(s, test, "");
    g_assert_null(find_rule(s, test));
}

static void change(Scenario *s, const char *group)
{
    scenario_group(s, group);
    scenario_apply(s, -1);
}

/* Where in s->ops: of the test address, its table, its rule. -1 = none. */
static gint find_op(Scenario *s, MpOpKind kind)
{
    for (guint i = 0; i < s->ops->len; i++) {
        const MpOp *op = &g_array_index(s->ops, MpOp, i);
        gboolean route = kind == MP_OP_ROUTE_REPLACE || kind == MP_OP_ROUTE_DEL;

        if (op->kind == kind && (!route || mp_table_is_test(op->route.table)))
            return (gint)i;
    }
    return -1;
}

static void expect_order(Scenario *s, MpOpKind first, MpOpKind second, MpOpKind third)
{
    g_assert_cmpint(find_op(s, first), >=, 0);
    g_assert_cmpint(find_op(s, first), <, find_op(s, second));
    g_assert_cmpint(find_op(s, second), <, find_op(s, third));
}

/* Set, changed, taken away */

static void set(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TESTED);
    MpAddress near = scenario_parse("10.0.0.77"), test = scenario_parse("10.0.0.210");
    const MpIfaddr *a = fake_address_find(s->kernel, scenario_index(s, "eth0"), &test);

    expect_test(s, "eth0", "10.0.0.210", "10.0.0.1");
    expect_test(s, "eth1", "10.0.0.211", "10.0.0.1");
    g_assert_cmpuint(a->address.prefix, ==, 32);
    g_assert_cmpuint(a->scope, ==, MP_SCOPE_LINK);
    g_assert_cmpuint(a->flags & MP_IFA_NOPREFIXROUTE, !=, 0);
    g_assert_cmpuint(a->protocol, ==, MP_PROTOCOL);
    /* What applications go by names a data address. */
    near = fake_route_lookup(s->kernel, MP_TABLE_MAIN, &near)->prefsrc;
    test = scenario_parse("10.0.0.10");
    g_assert_true(mp_address_equal_host(&near, &test));
}

static void order(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, "front: eth0 eth1");

    scenario_forget(s);
    change(s, "front: eth0,test=10.0.0.210/24 eth1");
    expect_order(s, MP_OP_ADDRESS_ADD, MP_OP_ROUTE_REPLACE, MP_OP_RULE_ADD);
    scenario_forget(s);
    change(s, "front: eth0 eth1");
    expect_order(s, MP_OP_RULE_DEL, MP_OP_ROUTE_DEL, MP_OP_ADDRESS_DEL);
}

static void off_subnet(void)
{
    g_autoptr(Scenario) s =
        scenario_new_group("eth0 eth1", DATA, "front: eth0,test=172.16.0.1/12 eth1");

    expect_test(s, "eth0", "172.16.0.1", "172.31.9.9");
    g_assert_null(find_route(s, "eth0", "10.0.0.1"));
}

static void ipv6_link_local_target(void)
{
    g_autoptr(Scenario) s =
        scenario_new_group("eth0 eth1", DATA, "front: eth0 eth1; target=fe80::1");

    /* A link-local target needs no route. */
    g_assert_cmpuint(count_routes(s), ==, 0);
    g_assert_null(find_rule(s, NULL));
}

static void changed(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TESTED);

    change(s, "front: eth0,test=10.0.0.220/24 eth1,test=10.0.0.211/25");
    expect_test(s, "eth0", "10.0.0.220", "10.0.0.1");
    expect_no_test(s, "10.0.0.210");
    expect_test(s, "eth1", "10.0.0.211", "10.0.0.129");
    g_assert_null(find_route(s, "eth1", "10.0.0.1"));
    g_assert_cmpuint(count_routes(s), ==, 2);
}

static void exchanged(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TESTED);

    change(s, "front: eth0,test=10.0.0.211/24 eth1,test=10.0.0.210/24");
    expect_test(s, "eth0", "10.0.0.211", "10.0.0.1");
    expect_test(s, "eth1", "10.0.0.210", "10.0.0.1");
}

static void taken_away(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TESTED);

    change(s, "front: eth0 eth1,test=10.0.0.211/24");
    expect_no_test(s, "10.0.0.210");
    expect_test(s, "eth1", "10.0.0.211", "10.0.0.1");
    g_assert_cmpuint(count_routes(s), ==, 1);
    scenario_delete(s, "front");
    expect_restored(s);
}

static void last_taken_away(void)
{
    g_autoptr(Scenario) s = scenario_new("eth0 eth1");
    MpAddress far = scenario_parse("10.9.9.9");

    scenario_addresses(s, DATA);
    scenario_route(s, "10.9.0.0/16 via 10.0.0.1 eth0");
    scenario_group(s, TESTED);
    scenario_start(s);
    scenario_run(s);
    scenario_carrier(s, "eth0", FALSE);
    scenario_run(s);
    change(s, "front: eth0 eth1");
    /* Had the last IPv4 address gone from eth0, so would have the owner's route in main. */
    g_assert_nonnull(fake_route_lookup(s->kernel, MP_TABLE_MAIN, &far));
    scenario_carrier(s, "eth0", TRUE);
    scenario_run(s);
    scenario_delete(s, "front");
    expect_restored(s);
}

/* Routes of our own are made again at any time: nothing is kept for their sake. */
static void no_company_for_ours(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TESTED);

    scenario_carrier(s, "eth0", FALSE);
    scenario_run(s);
    scenario_forget(s);
    change(s, "front: eth0 eth1");
    g_assert_cmpint(scenario_find_op(s, MP_OP_ADDRESS_ADD, scenario_index(s, "eth0"), "192.0.0.8"),
                    <, 0);
}

/* Members and devices */

static void member_leaves(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TESTED "; target=" TARGET);

    scenario_remove_member(s, "front", "eth0");
    scenario_apply(s, -1);
    expect_no_test(s, "10.0.0.210");
    g_assert_null(find_rule(s, "fe80::ff:fe00:10"));
    expect_test(s, "eth1", "10.0.0.211", "10.0.0.1");
    g_assert_cmpuint(count_routes(s), ==, 2);
}

static void group_deleted(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TESTED "; target=" TARGET);

    scenario_delete(s, "front");
    expect_restored(s);
}

static void unplugged(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TESTED);
    guint32 before = table_of(s, "eth0");

    scenario_unplug(s, "eth0");
    scenario_run(s);
    expect_no_test(s, "10.0.0.210");
    scenario_plug(s, "eth0");
    scenario_advance(s, 4000);
    g_assert_cmpuint(table_of(s, "eth0"), !=, before);
    expect_test(s, "eth0", "10.0.0.210", "10.0.0.1");
    g_assert_cmpuint(count_routes(s), ==, 2);
}

static void renamed(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TESTED);

    fake_link_rename(s->kernel, scenario_index(s, "eth0"), "lan0");
    scenario_run(s);
    expect_no_test(s, "10.0.0.210");
    g_assert_cmpuint(count_routes(s), ==, 1);
}

static void admin_down(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TESTED);

    scenario_up(s, "eth0", FALSE);
    scenario_run(s);
    g_assert_null(find_route(s, "eth0", "10.0.0.1"));
    expect_where(s, "10.0.0.210", "eth0");
    scenario_up(s, "eth0", TRUE);
    scenario_run(s);
    expect_test(s, "eth0", "10.0.0.210", "10.0.0.1");
}

static void carrier_lost(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TESTED);

    scenario_forget(s);
    scenario_carrier(s, "eth0", FALSE);
    scenario_run(s);
    expect_test(s, "eth0", "10.0.0.210", "10.0.0.1");
    g_assert_cmpint(find_op(s, MP_OP_ROUTE_REPLACE), <, 0);
    g_assert_cmpint(find_op(s, MP_OP_RULE_ADD), <, 0);
    scenario_carrier(s, "eth1", FALSE);
    scenario_run(s);
    expect_test(s, "eth0", "10.0.0.210", "10.0.0.1");
    expect_test(s, "eth1", "10.0.0.211", "10.0.0.1");
}

/* Other hands */

static void rule_deleted(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TESTED);
    MpOp op = {.kind = MP_OP_RULE_DEL};

    op.rule = *find_rule(s, "10.0.0.210");
    g_assert_cmpint(fake_kernel_apply(s->kernel, &op, FAKE_SOMEONE), ==, 0);
    scenario_run(s);
    expect_test(s, "eth0", "10.0.0.210", "10.0.0.1");
}

static void route_deleted(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TESTED);
    MpOp op = {.kind = MP_OP_ROUTE_DEL};

    op.route = *find_route(s, "eth0", "10.0.0.1");
    g_assert_cmpint(fake_kernel_apply(s->kernel, &op, FAKE_SOMEONE), ==, 0);
    scenario_run(s);
    expect_test(s, "eth0", "10.0.0.210", "10.0.0.1");
}

static void address_deleted(void)
{
    g_autoptr(Scenario) s =
        scenario_new_group("eth0 eth1 eth2", DATA, TESTED " eth2,standby,test=10.0.0.212/24");

    /* The only one of its device: its routes go, and nobody says so. */
    scenario_delete_address(s, "eth2", "10.0.0.212/32", FAKE_SOMEONE);
    g_assert_null(find_route(s, "eth2", "10.0.0.1"));
    scenario_run(s);
    expect_test(s, "eth2", "10.0.0.212", "10.0.0.1");
}

/* Other lives */

static void restarted(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TESTED "; target=" TARGET);

    scenario_forget(s);
    scenario_restart(s);
    g_assert_cmpuint(s->ops->len, ==, 0);
}

static void leftovers(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TESTED "; target=" TARGET);

    scenario_stop(s);
    scenario_group(s, "front: eth0 eth1");
    scenario_start(s);
    scenario_run(s);
    expect_no_test(s, "10.0.0.210");
    expect_no_test(s, "10.0.0.211");
    g_assert_null(find_rule(s, NULL));
    g_assert_cmpuint(count_routes(s), ==, 0);
}

static void leftovers_of_a_device(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TESTED "; target=" TARGET);
    guint32 gone = table_of(s, "eth1");

    scenario_stop(s);
    scenario_unplug(s, "eth1");
    scenario_plug(s, "eth1");
    scenario_start(s);
    scenario_advance(s, 4000);
    expect_test(s, "eth1", "10.0.0.211", "10.0.0.1");
    for (guint i = 0; i < fake_n_rules(s->kernel); i++)
        g_assert_cmpuint(fake_rule_nth(s->kernel, i)->table, !=, gone);
}

static int refuse_after(FakeKernel *kernel, const MpOp *op, gpointer user_data)
{
    guint *left = user_data;

    if (*left == 0)
        return EIO;
    --*left;
    return 0;
}

static void killed(void)
{
    for (guint n = 0; n < 30; n++) {
        g_autoptr(Scenario) s = scenario_new("eth0 eth1");
        guint left = n;

        scenario_addresses(s, DATA);
        scenario_group(s, TESTED "; target=" TARGET);
        s->refuse = refuse_after;
        s->refuse_data = &left;
        scenario_start(s);
        for (guint turn = 0; turn < 6 && left; turn++)
            scenario_turn(s);
        scenario_stop(s);
        s->refuse = NULL;
        scenario_group(s, "front: eth0,test=172.16.0.1/12 eth1");
        scenario_start(s);
        scenario_run(s);
        expect_test(s, "eth0", "172.16.0.1", "172.16.0.2");
        g_assert_cmpuint(count_routes(s), ==, 1);
        scenario_delete(s, "front");
        expect_restored(s);
    }
}

/* IPv6 */

static void expect_target(Scenario *s, const char *link, const char *linklocal)
{
    const MpRoute *route = find_route(s, link, TARGET);
    const MpRule *rule = find_rule(s, linklocal);

    g_assert_nonnull(route);
    g_assert_cmpuint(route->dst.prefix, ==, 128);
    g_assert_cmpuint(route->oif, ==, scenario_index(s, link));
    g_assert_nonnull(rule);
    g_assert_cmpuint(rule->table, ==, table_of(s, link));
    g_assert_cmpuint(rule->from.prefix, ==, 128);
}

static void ipv6_target(void)
{
    g_autoptr(Scenario) s =
        scenario_new_group("eth0 eth1", DATA, "front: eth0 eth1,standby; target=" TARGET);

    expect_target(s, "eth0", "fe80::ff:fe00:10");
    expect_target(s, "eth1", "fe80::ff:fe00:11");
    change(s, "front: eth0 eth1,standby");
    g_assert_cmpuint(count_routes(s), ==, 0);
    g_assert_null(find_rule(s, NULL));
}

static void ipv6_waits(void)
{
    g_autoptr(Scenario) s =
        scenario_new_group("eth0 eth1", DATA, "front: eth0 eth1; target=" TARGET);

    scenario_up(s, "eth0", FALSE);
    scenario_run(s);
    g_assert_null(find_route(s, "eth0", TARGET));
    g_assert_null(find_rule(s, "fe80::ff:fe00:10"));
    scenario_up(s, "eth0", TRUE);
    scenario_now(s);
    g_assert_null(find_rule(s, "fe80::ff:fe00:10"));
    scenario_advance(s, 4000);
    expect_target(s, "eth0", "fe80::ff:fe00:10");
}

static const Row rows[] = {
    {"/test-address/set", set},
    {"/test-address/order", order},
    {"/test-address/off-subnet", off_subnet},
    {"/test-address/changed", changed},
    {"/test-address/exchanged", exchanged},
    {"/test-address/taken-away", taken_away},
    {"/test-address/last-taken-away", last_taken_away},
    {"/test-address/no-company-for-ours", no_company_for_ours},
    {"/test-address/member-leaves", member_leaves},
    {"/test-address/group-deleted", group_deleted},
    {"/test-address/unplugged", unplugged},
    {"/test-address/renamed", renamed},
    {"/test-address/admin-down", admin_down},
    {"/test-address/carrier-lost", carrier_lost},
    {"/test-address/rule-deleted", rule_deleted},
    {"/test-address/route-deleted", route_deleted},
    {"/test-address/address-deleted", address_deleted},
    {"/test-address/restarted", restarted},
    {"/test-address/leftovers", leftovers},
    {"/test-address/leftovers-of-a-device", leftovers_of_a_device},
    {"/test-address/killed", killed},
    {"/test-address/ipv6-target", ipv6_target},
    {"/test-address/ipv6-waits", ipv6_waits},
    {"/test-address/ipv6-link-local-target", ipv6_link_local_target},
};

int main(int argc, char **argv)
{
    return scenario_main(argc, argv, rows, G_N_ELEMENTS(rows));
}
