/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Routes and rules of others: docs/state-machines-addresses.md, "Routes". */
#include "harness.h"

#define TWO "front: eth0 eth1"
#define DATA "eth0 10.0.0.10/24 2001:db8::10/64; eth1 10.0.0.11/24 2001:db8::11/64"
#define THEIRS 100u                           /* a table */
#define OURS (MP_TABLE_SHADOW_FIRST + THEIRS) /* the table of its copies */

static MpRule rule_to(guint8 family, guint32 priority, guint32 table)
{
    return (MpRule){.family = family,
                    .priority = priority,
                    .table = table,
                    .suppress_prefix = -1,
                    .protocol = 4,
                    .action = MP_RULE_LOOKUP,
                    .selector_len = 4,
                    .selector = {0x10}};
}

static void set_rule(Scenario *s, MpOpKind kind, MpRule rule)
{
    MpOp op = {.kind = kind, .rule = rule};

    g_assert_cmpint(fake_kernel_apply(s->kernel, &op, FAKE_SOMEONE), ==, 0);
}

/* Tables of the rules of this priority, in their order, ours with a *. */
static char *tables_at(Scenario *s, guint8 family, guint32 priority)
{
    GString *text = g_string_new(NULL);

    for (guint i = 0; i < fake_n_rules(s->kernel); i++) {
        const MpRule *rule = fake_rule_nth(s->kernel, i);

        if (rule->family == family && rule->priority == priority)
            g_string_append_printf(
                text, "%s%s%u", text->len > 0 ? " " : "", rule->protocol == MP_PROTOCOL ? "*" : "",
                rule->table >= MP_TABLE_SHADOW_FIRST ? rule->table - MP_TABLE_SHADOW_FIRST
                                                     : rule->table);
    }
    return g_string_free(text, FALSE);
}

static void expect_tables_at(Scenario *s, guint8 family, guint32 priority, const char *expected)
{
    g_autofree char *has = tables_at(s, family, priority);

    g_assert_cmpstr(has, ==, expected);
}

static const MpRoute *lookup(Scenario *s, guint32 table, const char *address)
{
    MpAddress host = scenario_parse(address);

    return fake_route_lookup(s->kernel, table, &host);
}

/* A group on a host that has a table of its own and a rule to it, for both families. */
static Scenario *with_table(void)
{
    Scenario *s = scenario_new("eth0 eth1 eth9");

    scenario_addresses(s, DATA "; eth9 10.9.0.1/24");
    scenario_route_in(s, THEIRS, "default via 10.0.0.1 eth0");
    scenario_route_in(s, THEIRS, "10.1.0.0/16 via 10.9.0.2 eth9");
    scenario_route_in(s, THEIRS, "default via fe80::1 eth0");
    set_rule(s, MP_OP_RULE_ADD, rule_to(MP_IPV4, 1000, THEIRS));
    set_rule(s, MP_OP_RULE_ADD, rule_to(MP_IPV6, 1000, THEIRS));
    scenario_group(s, TWO);
    scenario_start(s);
    scenario_run(s);
    return s;
}

static void table_followed(void)
{
    g_autoptr(Scenario) s = with_table();

    g_assert_cmpuint(lookup(s, OURS, "198.51.100.1")->nhid, !=, 0);
    g_assert_cmpuint(lookup(s, OURS, "10.1.1.1")->type, ==, MP_RTN_THROW);
    g_assert_cmpuint(lookup(s, OURS, "2001:db8:9::1")->nhid, !=, 0);
    expect_tables_at(s, MP_IPV4, 999, "*100");
    expect_tables_at(s, MP_IPV6, 999, "*100");
    scenario_up(s, "eth0", FALSE); /* IPv4: flushed in every table, without a word */
    scenario_run(s);
    g_assert_null(lookup(s, THEIRS, "198.51.100.1"));
    g_assert_cmpuint(lookup(s, OURS, "198.51.100.1")->nhid, !=, 0);
    scenario_up(s, "eth0", TRUE);
    scenario_advance(s, 4000);
    g_assert_nonnull(lookup(s, THEIRS, "198.51.100.1"));
    scenario_delete(s, "front");
    expect_restored(s);
}

static void rule_asks_the_same(void)
{
    g_autoptr(Scenario) s = with_table();

    for (guint i = 0; i < fake_n_rules(s->kernel); i++) {
        const MpRule *rule = fake_rule_nth(s->kernel, i);

        if (rule->priority == 999) {
            g_assert_cmpuint(rule->selector_len, ==, 4);
            g_assert_cmpuint(rule->selector[0], ==, 0x10);
        }
    }
}

static void rule_behind_theirs(void)
{
    g_autoptr(Scenario) s = with_table();

    set_rule(s, MP_OP_RULE_ADD, rule_to(MP_IPV4, 999, 50));
    scenario_run(s);
    expect_tables_at(s, MP_IPV4, 999, "50 *100");
    set_rule(s, MP_OP_RULE_ADD, rule_to(MP_IPV4, MP_RULE_PRIORITY, 51));
    scenario_route(s, "default via 10.0.0.1 eth0");
    scenario_run(s);
    expect_tables_at(s, MP_IPV4, MP_RULE_PRIORITY, "51 *7300 *254 *7301");
    set_rule(s, MP_OP_RULE_ADD, rule_to(MP_IPV4, MP_RULE_PRIORITY, 52));
    scenario_run(s);
    expect_tables_at(s, MP_IPV4, MP_RULE_PRIORITY, "51 52 *7300 *254 *7301");
}

static void rules_of_one_priority(void)
{
    g_autoptr(Scenario) s = with_table();

    set_rule(s, MP_OP_RULE_ADD, rule_to(MP_IPV4, 500, 50));
    set_rule(s, MP_OP_RULE_ADD, rule_to(MP_IPV4, 500, THEIRS));
    set_rule(s, MP_OP_RULE_ADD, rule_to(MP_IPV4, 500, 51));
    scenario_run(s);
    expect_tables_at(s, MP_IPV4, 499, "*50 *100");
}

static void rule_of_main(void)
{
    g_autoptr(Scenario) s = with_table();
    MpRule narrow = rule_to(MP_IPV4, 200, MP_TABLE_MAIN);

    scenario_route(s, "default via 10.0.0.1 eth0");
    set_rule(s, MP_OP_RULE_ADD, rule_to(MP_IPV4, 100, MP_TABLE_MAIN));
    narrow.suppress_prefix = 0;
    set_rule(s, MP_OP_RULE_ADD, narrow);
    scenario_run(s);
    expect_tables_at(s, MP_IPV4, 99, "*7300 *254 *7301");
    expect_tables_at(s, MP_IPV4, 199, "*7300");
}

static void rule_deleted(void)
{
    g_autoptr(Scenario) s = with_table();

    set_rule(s, MP_OP_RULE_DEL, rule_to(MP_IPV4, 1000, THEIRS));
    scenario_run(s);
    expect_tables_at(s, MP_IPV4, 999, "");
    expect_tables_at(s, MP_IPV6, 999, "*100");
    g_assert_null(lookup(s, OURS, "198.51.100.1"));
    g_assert_nonnull(lookup(s, OURS, "2001:db8:9::1"));
}

static void table_edited(void)
{
    g_autoptr(Scenario) s = with_table();

    scenario_carrier(s, "eth0", FALSE);
    scenario_run(s);
    scenario_route_in(s, THEIRS, "10.2.0.0/16 via 10.0.0.1 eth1");
    scenario_run(s);
    g_assert_cmpuint(lookup(s, OURS, "10.2.1.1")->dst.prefix, ==, 16);
    scenario_delete_route_in(s, THEIRS, "10.2.0.0/16 via 10.0.0.1 eth1");
    scenario_run(s);
    g_assert_cmpuint(lookup(s, OURS, "10.2.1.1")->dst.prefix, ==, 0);
}

static void table_without_rule(void)
{
    g_autoptr(Scenario) s = with_table();

    scenario_route_in(s, 101, "default via 10.0.0.1 eth0");
    scenario_run(s);
    g_assert_null(lookup(s, MP_TABLE_SHADOW_FIRST + 101, "198.51.100.1"));
}

static void table_restarted(void)
{
    g_autoptr(Scenario) s = with_table();

    scenario_stop(s);
    scenario_forget(s);
    scenario_restart(s);
    scenario_run(s);
    g_assert_cmpuint(s->ops->len, ==, 0);
    scenario_delete(s, "front");
    expect_restored(s);
}

/* Of several hops --------------------------------------------------------------------------------
 */

static void add_hops(Scenario *s)
{
    MpRoute hops[2];
    MpAddress far = scenario_parse("10.7.0.0/16");

    for (guint i = 0; i < 2; i++) {
        hops[i] = (MpRoute){.family = MP_IPV4,
                            .table = MP_TABLE_MAIN,
                            .type = MP_RTN_UNICAST,
                            .protocol = 4,
                            .dst = far,
                            .gateway = scenario_parse("10.0.0.1"),
                            .oif = scenario_index(s, i == 0 ? "eth0" : "eth1")};
    }
    g_assert_cmpint(fake_multipath_add(s->kernel, hops, 2, FAKE_SOMEONE), ==, 0);
}

static void hops_flushed(void)
{
    g_autoptr(Scenario) s = scenario_new("eth0 eth1");

    scenario_addresses(s, DATA);
    add_hops(s);
    scenario_group(s, TWO);
    scenario_start(s);
    scenario_run(s);
    scenario_unplug(s, "eth0"); /* the kernel takes the whole route */
    scenario_advance(s, 1000);
    g_assert_null(lookup(s, MP_TABLE_MAIN, "10.7.0.1"));
    g_assert_cmpuint(lookup(s, MP_TABLE_ROUTES, "10.7.0.1")->nhid, !=, 0);
    scenario_plug(s, "eth0");
    scenario_advance(s, 4000);
    g_assert_cmpuint(lookup(s, MP_TABLE_MAIN, "10.7.0.1")->n_hops, ==, 2);
}

/* Of several hops -------------------------------------------------------------------------------
 */

static void add_multipath(Scenario *s, const char *dst, guint8 flags)
{
    MpRoute hops[2] = {{.family = MP_IPV4,
                        .table = MP_TABLE_MAIN,
                        .type = MP_RTN_UNICAST,
                        .protocol = 11,
                        .dst = scenario_parse(dst),
                        .gateway = scenario_parse("10.0.0.1"),
                        .metric = 30,
                        .oif = scenario_index(s, "eth1"),
                        .hop_flags = flags,
                        .n_hops = 2}};

    hops[1] = hops[0];
    hops[1].hop = 1;
    hops[1].oif = scenario_index(s, "eth2");
    g_assert_cmpint(fake_multipath_add(s->kernel, hops, 2, FAKE_SOMEONE), ==, 0);
}

/* It lives by the other one: nothing is to be given back, and what leads elsewhere is not copied.
 */
static void hop_loses_address(void)
{
    g_autoptr(Scenario) s = scenario_new("eth0 eth1 eth2");

    scenario_addresses(s, "eth0 10.0.0.10/24; eth1 10.0.0.11/24; eth2 10.0.0.12/24");
    scenario_group(s, "front: eth0 eth1 eth2");
    scenario_start(s);
    scenario_run(s);
    add_multipath(s, "10.30.0.0/16", 0);
    scenario_run(s);
    scenario_forget(s);
    scenario_delete_address(s, "eth2", "10.0.0.12", FAKE_SOMEONE);
    scenario_run(s);
    scenario_advance(s, 1000);
    g_assert_cmpuint(scenario_count_ops(s, MP_OP_ROUTE_ADD), ==, 0);
    scenario_remove_member(s, "front", "eth2");
    scenario_apply(s, -1);
    scenario_advance(s, 1000);
    g_assert_null(lookup(s, MP_TABLE_ROUTES, "10.30.0.1"));
}

static void hop_without_address(void)
{
    g_autoptr(Scenario) s = scenario_new("eth0 eth1 eth2");

    scenario_addresses(s, "eth0 10.0.0.10/24; eth2 10.0.0.11/24");
    scenario_group(s, "front: eth0 eth1 eth2");
    scenario_start(s);
    scenario_run(s);
    add_multipath(s, "10.30.0.0/16", MP_RTNH_ONLINK);
    scenario_run(s);
    scenario_forget(s);
    scenario_delete_address(s, "eth2", "10.0.0.11", FAKE_SOMEONE);
    scenario_advance(s, 1000);
    g_assert_nonnull(lookup(s, MP_TABLE_MAIN, "10.30.0.1"));
    g_assert_cmpuint(scenario_count_ops(s, MP_OP_ROUTE_ADD), ==, 0);
    scenario_up(s, "eth1", FALSE); /* the last one */
    g_assert_null(lookup(s, MP_TABLE_MAIN, "10.30.0.1"));
    scenario_up(s, "eth1", TRUE);
    scenario_advance(s, 1000);
    g_assert_cmpuint(lookup(s, MP_TABLE_MAIN, "10.30.0.1")->n_hops, ==, 2);
}

/* All of it goes with one device; it is whole again as soon as the device is. */
static void hop_unplugged(void)
{
    g_autoptr(Scenario) s = scenario_new("eth0 eth1 eth2");
    guint eth2 = scenario_index(s, "eth2");

    scenario_addresses(s, "eth0 10.0.0.10/24; eth1 10.0.0.11/24; eth2 10.0.0.12/24");
    scenario_group(s, "front: eth0 eth1 eth2");
    scenario_start(s);
    scenario_run(s);
    add_multipath(s, "10.30.0.0/16", 0);
    scenario_run(s);
    fake_link_replug(s->kernel, eth2);
    g_assert_null(lookup(s, MP_TABLE_MAIN, "10.30.0.1"));
    scenario_run(s);
    g_assert_nonnull(lookup(s, MP_TABLE_MAIN, "10.30.0.1"));
    g_assert_cmpuint(lookup(s, MP_TABLE_MAIN, "10.30.0.1")->n_hops, ==, 2);
}

/* By nexthop objects ------------------------------------------------------------------------------
 */

static void set_nexthop(Scenario *s, guint32 id, const char *link)
{
    MpOp op = {.kind = MP_OP_NEXTHOP_SET};

    op.nexthop = (MpNexthop){.id = id,
                             .family = MP_IPV4,
                             .protocol = 11,
                             .oif = scenario_index(s, link),
                             .gateway = scenario_parse("10.0.0.1")};
    g_assert_cmpint(fake_kernel_apply(s->kernel, &op, FAKE_SOMEONE), ==, 0);
}

static void set_nexthop_group(Scenario *s, guint32 id, guint32 first, guint32 second)
{
    MpOp op = {.kind = MP_OP_NEXTHOP_SET};

    op.nexthop = (MpNexthop){.id = id, .protocol = 11, .n_members = 2};
    op.nexthop.members[0] = (MpNexthopMember){first, 1};
    op.nexthop.members[1] = (MpNexthopMember){second, 1};
    g_assert_cmpint(fake_kernel_apply(s->kernel, &op, FAKE_SOMEONE), ==, 0);
}

static void add_by_nexthop(Scenario *s, const char *dst, guint32 id)
{
    MpOp op = {.kind = MP_OP_ROUTE_ADD};

    op.route = (MpRoute){.family = MP_IPV4,
                         .table = MP_TABLE_MAIN,
                         .type = MP_RTN_UNICAST,
                         .protocol = 11,
                         .dst = scenario_parse(dst),
                         .nhid = id,
                         .metric = 20,
                         .n_hops = 1};
    g_assert_cmpint(fake_kernel_apply(s->kernel, &op, FAKE_SOMEONE), ==, 0);
}

/* As a routing daemon does; the kernel takes the objects with the cable, and their routes. */
static Scenario *with_nexthops(void)
{
    Scenario *s = scenario_new("eth0 eth1");

    scenario_addresses(s, DATA);
    set_nexthop(s, 10, "eth0");
    set_nexthop(s, 11, "eth1");
    set_nexthop_group(s, 12, 10, 11);
    add_by_nexthop(s, "10.5.0.0/16", 10);
    add_by_nexthop(s, "10.6.0.0/16", 12);
    scenario_group(s, TWO);
    scenario_start(s);
    scenario_run(s);
    return s;
}

static void nexthops_flushed(void)
{
    g_autoptr(Scenario) s = with_nexthops();

    g_assert_cmpuint(lookup(s, MP_TABLE_ROUTES, "10.5.0.1")->nhid, !=, 0);
    g_assert_cmpuint(lookup(s, MP_TABLE_ROUTES, "10.6.0.1")->nhid, !=, 0);
    scenario_carrier(s, "eth0", FALSE);
    scenario_advance(s, 1000);
    g_assert_null(fake_nexthop_find(s->kernel, 10));
    g_assert_null(lookup(s, MP_TABLE_MAIN, "10.5.0.1"));
    g_assert_cmpuint(lookup(s, MP_TABLE_ROUTES, "10.5.0.1")->nhid, !=, 0);
    g_assert_cmpuint(lookup(s, MP_TABLE_ROUTES, "10.6.0.1")->nhid, !=, 0);
    scenario_carrier(s, "eth0", TRUE);
    scenario_advance(s, 4000);
    g_assert_cmpuint(lookup(s, MP_TABLE_MAIN, "10.5.0.1")->nhid, ==, 10);
    g_assert_cmpuint(fake_nexthop_find(s->kernel, 12)->n_members, ==, 2);
    scenario_delete(s, "front");
    expect_restored(s);
}

static void nexthops_unplugged(void)
{
    g_autoptr(Scenario) s = with_nexthops();

    scenario_unplug(s, "eth0");
    scenario_advance(s, 1000);
    g_assert_cmpuint(lookup(s, MP_TABLE_ROUTES, "10.5.0.1")->nhid, !=, 0);
    scenario_plug(s, "eth0");
    scenario_advance(s, 4000);
    g_assert_nonnull(fake_nexthop_find(s->kernel, 10));
    g_assert_cmpuint(lookup(s, MP_TABLE_MAIN, "10.5.0.1")->nhid, ==, 10);
    g_assert_cmpuint(fake_nexthop_find(s->kernel, 12)->n_members, ==, 2);
}

static void nexthops_deleted(void)
{
    g_autoptr(Scenario) s = with_nexthops();
    MpOp op = {.kind = MP_OP_NEXTHOP_DEL, .nexthop.id = 10};

    g_assert_cmpint(fake_kernel_apply(s->kernel, &op, FAKE_SOMEONE), ==, 0);
    scenario_advance(s, 1000);
    g_assert_null(lookup(s, MP_TABLE_ROUTES, "10.5.0.1"));
    g_assert_cmpuint(lookup(s, MP_TABLE_ROUTES, "10.6.0.1")->nhid, !=, 0);
    scenario_carrier(s, "eth0", FALSE);
    scenario_run(s);
    scenario_carrier(s, "eth0", TRUE);
    scenario_advance(s, 4000);
    g_assert_null(fake_nexthop_find(s->kernel, 10));
}

static int make_first(FakeKernel *kernel, const MpOp *op, gpointer user_data)
{
    if (op->kind == MP_OP_NEXTHOP_SET && op->nexthop.id == 10 &&
        fake_nexthop_find(kernel, 10) == NULL) {
        MpOp theirs = *op;

        theirs.exclusive = FALSE;
        theirs.nexthop.gateway = scenario_parse("10.0.0.7");
        fake_kernel_apply(kernel, &theirs, FAKE_SOMEONE);
    }
    return 0;
}

/* Its owner makes it again, by another gateway, in the moment in which we do. */
static void nexthops_made_again(void)
{
    g_autoptr(Scenario) s = with_nexthops();
    MpAddress gateway = scenario_parse("10.0.0.7");

    scenario_carrier(s, "eth0", FALSE);
    scenario_run(s);
    g_assert_null(fake_nexthop_find(s->kernel, 10));
    s->refuse = make_first;
    scenario_carrier(s, "eth0", TRUE);
    scenario_advance(s, 4000);
    g_assert_true(mp_address_equal_host(&fake_nexthop_find(s->kernel, 10)->gateway, &gateway));
}

/* Killed while the link is lost, and before it is: the record has them. */
static void nexthops_restarted(void)
{
    for (guint killed_first = 0; killed_first < 2; killed_first++) {
        g_autoptr(Scenario) s = with_nexthops();

        if (killed_first)
            scenario_stop(s);
        scenario_carrier(s, "eth0", FALSE);
        if (!killed_first)
            scenario_advance(s, 1000);
        scenario_restart(s);
        scenario_advance(s, 1000);
        g_assert_null(fake_nexthop_find(s->kernel, 10));
        g_assert_cmpuint(lookup(s, MP_TABLE_ROUTES, "10.5.0.1")->nhid, !=, 0);
        scenario_carrier(s, "eth0", TRUE);
        scenario_advance(s, 4000);
        g_assert_cmpuint(lookup(s, MP_TABLE_MAIN, "10.5.0.1")->nhid, ==, 10);
        g_assert_cmpuint(lookup(s, MP_TABLE_MAIN, "10.6.0.1")->nhid, ==, 12);
        g_assert_cmpuint(fake_nexthop_find(s->kernel, 12)->n_members, ==, 2);
        scenario_delete(s, "front");
        expect_restored(s);
    }
}

/* Link lost and back while nobody looks: both objects, and the group with the last of them. */
static void nexthops_flushed_while_stopped(void)
{
    g_autoptr(Scenario) s = with_nexthops();

    scenario_stop(s);
    for (guint i = 0; i < 2; i++) {
        scenario_carrier(s, i == 0 ? "eth0" : "eth1", FALSE);
        scenario_carrier(s, i == 0 ? "eth0" : "eth1", TRUE);
    }
    g_assert_null(fake_nexthop_find(s->kernel, 12));
    scenario_restart(s);
    scenario_advance(s, 4000);
    g_assert_cmpuint(lookup(s, MP_TABLE_MAIN, "10.5.0.1")->nhid, ==, 10);
    g_assert_cmpuint(lookup(s, MP_TABLE_MAIN, "10.6.0.1")->nhid, ==, 12);
    g_assert_cmpuint(fake_nexthop_find(s->kernel, 12)->n_members, ==, 2);
}

/* Their owner's decision while nobody looks; or the number is another object's then. */
static void nexthops_deleted_while_stopped(void)
{
    for (guint other = 0; other < 2; other++) {
        g_autoptr(Scenario) s = with_nexthops();
        MpOp op = {.kind = MP_OP_NEXTHOP_DEL, .nexthop.id = 10};

        scenario_stop(s);
        g_assert_cmpint(fake_kernel_apply(s->kernel, &op, FAKE_SOMEONE), ==, 0);
        if (other)
            set_nexthop(s, 10, "eth1");
        scenario_restart(s);
        scenario_advance(s, 4000);
        g_assert_null(lookup(s, MP_TABLE_MAIN, "10.5.0.1"));
        g_assert_null(lookup(s, MP_TABLE_ROUTES, "10.5.0.1"));
        if (other)
            g_assert_cmpuint(fake_nexthop_find(s->kernel, 10)->oif, ==, scenario_index(s, "eth1"));
        else
            g_assert_null(fake_nexthop_find(s->kernel, 10));
    }
}

/* While nobody looks -----------------------------------------------------------------------------
 */

static void deleted_while_stopped(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO);

    scenario_route(s, "10.8.0.0/16 via 10.0.0.1 eth0");
    scenario_route(s, "2001:db8:8::/48 via fe80::1 eth0");
    scenario_run(s);
    g_assert_nonnull(lookup(s, MP_TABLE_ROUTES, "10.8.0.1"));
    scenario_stop(s);
    scenario_delete_route(s, "10.8.0.0/16 via 10.0.0.1 eth0");
    scenario_delete_route(s, "2001:db8:8::/48 via fe80::1 eth0");
    scenario_restart(s);
    scenario_advance(s, 4000);
    g_assert_null(lookup(s, MP_TABLE_ROUTES, "10.8.0.1"));
    g_assert_null(lookup(s, MP_TABLE_MAIN, "10.8.0.1"));
    g_assert_null(lookup(s, MP_TABLE_ROUTES, "2001:db8:8::1"));
    g_assert_null(lookup(s, MP_TABLE_MAIN, "2001:db8:8::1"));
}

static void flushed_while_stopped(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO);

    scenario_route(s, "10.8.0.0/16 via 10.0.0.1 eth0");
    scenario_route(s, "2001:db8:8::/48 via fe80::1 eth0");
    scenario_run(s);
    scenario_stop(s);
    scenario_up(s, "eth0", FALSE);
    scenario_up(s, "eth0", TRUE);
    scenario_restart(s);
    scenario_advance(s, 6000);
    g_assert_nonnull(lookup(s, MP_TABLE_MAIN, "10.8.0.1"));
    g_assert_nonnull(lookup(s, MP_TABLE_MAIN, "2001:db8:8::1"));
}

/* On one that has no address: nothing but the route is missing. */
static void small_packets_while_stopped(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1 eth2", DATA, "front: eth0 eth1 eth2");
    guint index = scenario_index(s, "eth2");

    scenario_route(s, "2001:db8:8::/48 via 2001:db8::1 eth2");
    scenario_run(s);
    for (guint i = 0; i < 2; i++) {
        scenario_stop(s);
        fake_link_set_mtu(s->kernel, index, 1200);
        if (i == 0)
            scenario_restart(s);
        fake_link_set_mtu(s->kernel, index, 1500);
        if (i == 1)
            scenario_restart(s);
        scenario_advance(s, 6000);
        g_assert_nonnull(lookup(s, MP_TABLE_MAIN, "2001:db8:8::1"));
        g_assert_cmpuint(lookup(s, MP_TABLE_MAIN, "2001:db8:8::1")->oif, ==, index);
    }
}

/* Messages about a route were lost: what the dump shows of it is recorded, too. */
static void recorded_by_dump(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO);

    s->blind = TRUE;
    scenario_route(s, "10.8.0.0/16 via 10.0.0.1 eth0");
    fake_kernel_overflow(s->kernel);
    scenario_run(s);
    scenario_stop(s);
    scenario_up(s, "eth0", FALSE);
    scenario_up(s, "eth0", TRUE);
    scenario_restart(s);
    scenario_advance(s, 6000);
    g_assert_nonnull(lookup(s, MP_TABLE_MAIN, "10.8.0.1"));
}

/* Refused ----------------------------------------------------------------------------------------
 */

static int refuse_routes(FakeKernel *kernel, const MpOp *op, gpointer user_data)
{
    return op->kind == MP_OP_ROUTE_ADD ? ENETUNREACH : 0;
}

/* Routes of one place are each held back by themselves: else one would have the other asked anew.
 */
static void several_refused(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO);

    scenario_route(s, "10.8.0.0/16 via 10.0.0.1 eth0");
    scenario_route(s, "10.8.0.0/16 via 10.0.0.2 eth0");
    scenario_route(s, "10.8.0.0/16 via 10.0.0.3 eth0");
    scenario_run(s);
    s->refuse = refuse_routes;
    s->refusing = TRUE;
    scenario_up(s, "eth0", FALSE);
    scenario_advance(s, 1000);
    scenario_forget(s);
    scenario_up(s, "eth0", TRUE);
    scenario_advance(s, 10000);
    g_assert_cmpuint(scenario_count_ops(s, MP_OP_ROUTE_ADD), >=, 6);
    g_assert_cmpuint(scenario_count_ops(s, MP_OP_ROUTE_ADD), <=, 30);
    s->refuse = NULL;
    s->refusing = FALSE;
    scenario_advance(s, 70000);
    g_assert_nonnull(lookup(s, MP_TABLE_MAIN, "10.8.0.1"));
}

static int refuse_connected(FakeKernel *kernel, const MpOp *op, gpointer user_data)
{
    return op->kind == MP_OP_ROUTE_PREPEND ? ENOENT : 0;
}

/* Refusals are forgotten when a device, whosever, has a new link-local: the route must not be, too.
 */
static void refused_then_link_local(void)
{
    g_autoptr(Scenario) s = scenario_new("eth0 eth1 eth2");
    const MpRoute *route;

    scenario_addresses(s, DATA);
    scenario_group(s, TWO);
    s->refuse = refuse_connected;
    s->refusing = TRUE;
    scenario_start(s);
    scenario_advance(s, 3500);
    g_assert_cmpuint(scenario_count_ops(s, MP_OP_ROUTE_PREPEND), ==, 3);
    s->refuse = NULL;
    s->refusing = FALSE;
    fake_link_set_ipv6(s->kernel, scenario_index(s, "eth2"), FALSE);
    fake_link_set_ipv6(s->kernel, scenario_index(s, "eth2"), TRUE);
    scenario_advance(s, 2500); /* the fourth attempt would be after 3500 */
    route = lookup(s, MP_TABLE_MAIN, "10.0.0.99");
    g_assert_nonnull(route);
    g_assert_cmpuint(route->protocol, ==, MP_PROTOCOL);
}

/* A late word on an older one forgets the refusal: the route must not be forgotten with it. */
static void refused_then_late_word(void)
{
    g_autoptr(Scenario) s = scenario_new("eth0 eth1");
    MpEvent gone = {.kind = MP_EVENT_ROUTE_GONE};

    scenario_addresses(s, DATA);
    scenario_group(s, TWO);
    s->refuse = refuse_connected;
    s->refusing = TRUE;
    scenario_start(s);
    scenario_advance(s, 3500);
    g_assert_cmpuint(scenario_count_ops(s, MP_OP_ROUTE_PREPEND), ==, 3);
    s->refuse = NULL;
    s->refusing = FALSE;
    for (guint i = 0; i < s->ops->len; i++)
        if (g_array_index(s->ops, MpOp, i).kind == MP_OP_ROUTE_PREPEND)
            gone.route = g_array_index(s->ops, MpOp, i).route;
    mp_engine_handle(s->engine, &gone, fake_kernel_now(s->kernel));
    scenario_advance(s, 2500); /* the fourth attempt would be after 3500 */
    g_assert_cmpuint(lookup(s, MP_TABLE_MAIN, "10.0.0.99")->protocol, ==, MP_PROTOCOL);
}

static int refuse_main(FakeKernel *kernel, const MpOp *op, gpointer user_data)
{
    return op->kind == MP_OP_RULE_ADD && op->rule.table == MP_TABLE_MAIN ? ENOMEM : 0;
}

/* Our defaults alone would hide what main has more specific. */
static void rule_refused(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO);

    s->refuse = refuse_main;
    s->refusing = TRUE;
    scenario_forget(s);
    scenario_route(s, "default via 10.0.0.1 eth0");
    scenario_advance(s, 10000);
    expect_tables_at(s, MP_IPV4, MP_RULE_PRIORITY, "*7300");
    g_assert_cmpuint(scenario_count_ops(s, MP_OP_RULE_ADD), <=, 30);
    s->refuse = NULL;
    s->refusing = FALSE;
    scenario_advance(s, 70000);
    expect_tables_at(s, MP_IPV4, MP_RULE_PRIORITY, "*7300 *254 *7301");
}

static void tell(Scenario *s, MpEvent event)
{
    mp_engine_handle(s->engine, &event, fake_kernel_now(s->kernel));
}

/* A dump of rules that is cut short says nothing of those that it did not come to. */
static void rules_cut_short(void)
{
    g_autoptr(Scenario) s = with_table();

    scenario_forget(s);
    tell(s, (MpEvent){.kind = MP_EVENT_DUMP_BEGIN, .dump = MP_DUMP_RULES});
    for (guint i = 0; i < fake_n_rules(s->kernel); i++) {
        const MpRule *rule = fake_rule_nth(s->kernel, i);

        if (rule->priority < 1000)
            tell(s, (MpEvent){.kind = MP_EVENT_RULE, .rule = *rule});
    }
    tell(s, (MpEvent){.kind = MP_EVENT_DUMP_END, .dump = MP_DUMP_RULES, .error = EINTR});
    scenario_run(s);
    g_assert_cmpuint(s->ops->len, ==, 0);
}

/* Gates ------------------------------------------------------------------------------------------
 */

/* The kernel, and the fake one, refuse a gateway that is not on the link of the very device. */
static void gateway_by_the_failed(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO);

    scenario_carrier(s, "eth0", FALSE);
    scenario_advance(s, 1000);
    scenario_route(s, "10.8.0.0/16 via 10.0.0.1 eth0");
    scenario_route(s, "2001:db8:8::/48 via 2001:db8::1 eth0");
    scenario_run(s);
    g_assert_nonnull(lookup(s, MP_TABLE_ROUTES, "10.8.0.1"));
    g_assert_nonnull(lookup(s, MP_TABLE_ROUTES, "2001:db8:8::1"));
    scenario_up(s, "eth0", FALSE);
    scenario_advance(s, 1000);
    g_assert_null(lookup(s, mp_table_gate(scenario_index(s, "eth0")), "10.0.0.1"));
    scenario_up(s, "eth0", TRUE);
    scenario_advance(s, 3000);
    scenario_route(s, "10.9.0.0/16 via 10.0.0.1 eth0");
    scenario_route(s, "2001:db8:9::/48 via 2001:db8::1 eth0");
}

/* Bound sockets are his who has rules for them. */
static void gate_and_their_rule(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO);
    MpOp op = {.kind = MP_OP_RULE_ADD};
    guint32 table = mp_table_gate(scenario_index(s, "eth1"));

    op.rule = (MpRule){
        .family = MP_IPV4, .priority = 32000, .table = MP_TABLE_MAIN, .suppress_prefix = -1};
    g_strlcpy(op.rule.oif, "eth1", sizeof op.rule.oif);
    g_assert_nonnull(lookup(s, table, "10.0.0.1"));
    g_assert_cmpint(fake_kernel_apply(s->kernel, &op, FAKE_SOMEONE), ==, 0);
    scenario_run(s);
    g_assert_null(lookup(s, table, "10.0.0.1"));
    for (guint i = 0; i < fake_n_rules(s->kernel); i++)
        g_assert_cmpuint(fake_rule_nth(s->kernel, i)->table, !=, table);
    g_assert_nonnull(lookup(s, mp_table_gate(scenario_index(s, "eth0")), "10.0.0.1"));
}

/* The kernel makes IPv6 routes while it takes nexthops away. */
static void told_after_nexthop(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO);
    MpEvent late = {.kind = MP_EVENT_ROUTE, .replaced = TRUE};
    MpOp away = {.kind = MP_OP_NEXTHOP_DEL};

    scenario_route(s, "default via 2001:db8::1 eth0");
    scenario_run(s);
    late.route = *lookup(s, MP_TABLE_DEFAULTS, "2001:db8:9::9");
    away.nexthop.id = late.route.nhid;
    g_assert_cmpint(fake_kernel_apply(s->kernel, &away, FAKE_SOMEONE), ==, 0);
    while (fake_kernel_step(s->kernel))
        continue;
    mp_engine_handle(s->engine, &late, fake_kernel_now(s->kernel));
    scenario_run(s);
    g_assert_nonnull(lookup(s, MP_TABLE_DEFAULTS, "2001:db8:9::9"));
}

/* Sources -----------------------------------------------------------------------------------------
 */

#define SOURCED "2001:db8:9::/48 via fe80::1 eth0"

static const MpRoute *sourced(Scenario *s)
{
    return lookup(s, MP_TABLE_MAIN, "2001:db8:9::1");
}

static void expect_source(Scenario *s, const char *source)
{
    MpAddress wanted = source != NULL ? scenario_parse(source) : (MpAddress){0};

    g_assert_nonnull(sourced(s));
    g_assert_true(mp_address_equal_host(&sourced(s)->prefsrc, &wanted));
}

/* On a kernel that takes sources away; `route` leads by eth0, which has its source. */
static Scenario *with_source(const char *route)
{
    Scenario *s = scenario_new("eth0 eth1");

    fake_kernel_takes_sources(s->kernel);
    scenario_addresses(s, DATA);
    scenario_route(s, route);
    scenario_group(s, TWO);
    scenario_start(s);
    scenario_run(s);
    return s;
}

static void source_taken(void)
{
    g_autoptr(Scenario) s = with_source(SOURCED " src 2001:db8::10 metric 7");

    scenario_carrier(s, "eth0", FALSE);
    scenario_now(s);
    expect_where(s, "2001:db8::10", "eth1");
    expect_source(s, NULL);
    scenario_advance(s, 1000);
    expect_source(s, "2001:db8::10");
    g_assert_cmpuint(sourced(s)->metric, ==, 7);
    scenario_carrier(s, "eth0", TRUE);
    scenario_advance(s, 4000);
    expect_where(s, "2001:db8::10", "eth0");
    expect_source(s, "2001:db8::10");
    scenario_delete(s, "front");
    expect_restored(s);
}

/* Nor is there anything to do on a kernel that leaves them. */
static void source_left(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO);

    scenario_route(s, SOURCED " src 2001:db8::10");
    scenario_run(s);
    scenario_forget(s);
    scenario_carrier(s, "eth0", FALSE);
    scenario_advance(s, 1000);
    scenario_carrier(s, "eth0", TRUE);
    scenario_advance(s, 4000);
    expect_source(s, "2001:db8::10");
    for (guint i = 0; i < s->ops->len; i++) {
        const MpOp *op = &g_array_index(s->ops, MpOp, i);

        g_assert_false(op->kind == MP_OP_ROUTE_REPLACE && op->route.protocol != MP_PROTOCOL);
    }
}

/* He has said so himself, while the kernel was looked at. */
static void source_renounced(void)
{
    g_autoptr(Scenario) s = with_source(SOURCED " src 2001:db8::10");
    MpOp op = {.kind = MP_OP_ROUTE_REPLACE};

    scenario_carrier(s, "eth0", FALSE);
    scenario_now(s);
    op.route = *sourced(s);
    g_assert_cmpint(fake_kernel_apply(s->kernel, &op, FAKE_SOMEONE), ==, 0);
    scenario_advance(s, 1000);
    expect_source(s, NULL);
    scenario_carrier(s, "eth0", TRUE);
    scenario_advance(s, 4000);
    expect_source(s, NULL);
}

static int refuse_theirs(FakeKernel *fake, const MpOp *op, gpointer user_data)
{
    return op->kind == MP_OP_ROUTE_REPLACE && op->route.protocol != MP_PROTOCOL ? ENOMEM : 0;
}

/* ... until it is granted, whatever else is read meanwhile. */
static void source_refused(void)
{
    g_autoptr(Scenario) s = with_source(SOURCED " src 2001:db8::10");

    s->refuse = refuse_theirs;
    s->refusing = TRUE;
    scenario_carrier(s, "eth0", FALSE);
    scenario_advance(s, 1000);
    expect_source(s, NULL);
    fake_kernel_overflow(s->kernel);
    scenario_advance(s, 5000);
    s->refuse = NULL;
    s->refusing = FALSE;
    scenario_advance(s, 60000);
    expect_source(s, "2001:db8::10");
}

/* An address of a device of no group: of what the kernel did then nothing else tells. */
static void source_elsewhere(void)
{
    g_autoptr(Scenario) s = scenario_new("eth0 eth1 eth9");
    MpAddress other = scenario_parse("2001:db8::10");

    scenario_addresses(s, DATA "; eth9 2001:db8:5::1/64");
    scenario_route(s, SOURCED " src 2001:db8:5::1");
    scenario_group(s, TWO);
    scenario_start(s);
    scenario_run(s);
    scenario_delete_address(s, "eth9", "2001:db8:5::1", 0);
    scenario_advance(s, 1000);
    expect_source(s, NULL);
    g_assert_true(
        mp_address_equal_host(&lookup(s, MP_TABLE_ROUTES, "2001:db8:9::1")->prefsrc, &other));
}

/* All routes are read again for what may be the source of one, and for nothing else: addresses come
 * and go with each container, and the routes may be a hundred thousand. */
static void source_of_none(void)
{
    g_autoptr(Scenario) s =
        scenario_new_group("eth0 eth1 eth9", DATA "; eth9 2001:db8:5::1/64 2001:db8:5::2/64", TWO);

    scenario_route(s, SOURCED " src 2001:db8:5::1");
    scenario_run(s);
    scenario_delete_address(s, "eth9", "2001:db8:5::2/64", 0);
    scenario_now(s);
    g_assert_true(mp_engine_is_quiescent(s->engine));
    scenario_delete_address(s, "eth9", "2001:db8:5::1/64", 0);
    scenario_now(s);
    g_assert_false(mp_engine_is_quiescent(s->engine));
}

/* Replacing takes the first of a place. */
static void source_of_several(void)
{
    g_autoptr(Scenario) s = scenario_new("eth0 eth1 eth9");

    fake_kernel_takes_sources(s->kernel);
    scenario_addresses(s, DATA);
    scenario_route(s, "2001:db8:9::/48 eth9");
    scenario_route(s, "2001:db8:9::/48 eth0 src 2001:db8::10");
    scenario_group(s, TWO);
    scenario_start(s);
    scenario_run(s);
    scenario_carrier(s, "eth0", FALSE);
    scenario_advance(s, 1000);
    g_assert_cmpuint(sourced(s)->oif, ==, scenario_index(s, "eth9"));
    scenario_delete_route(s, "2001:db8:9::/48 eth9");
    scenario_advance(s, 1000);
    expect_source(s, "2001:db8::10");
}

static const Row rows[] = {
    {"/route/source-taken", source_taken},
    {"/route/source-left", source_left},
    {"/route/source-renounced", source_renounced},
    {"/route/source-refused", source_refused},
    {"/route/source-elsewhere", source_elsewhere},
    {"/route/source-of-none", source_of_none},
    {"/route/source-of-several", source_of_several},
    {"/route/hop-loses-address", hop_loses_address},
    {"/route/hop-without-address", hop_without_address},
    {"/route/hop-unplugged", hop_unplugged},
    {"/route/told-after-nexthop", told_after_nexthop},
    {"/route/table-followed", table_followed},
    {"/route/rule-asks-the-same", rule_asks_the_same},
    {"/route/rule-behind-theirs", rule_behind_theirs},
    {"/route/rules-of-one-priority", rules_of_one_priority},
    {"/route/rule-of-main", rule_of_main},
    {"/route/rule-deleted", rule_deleted},
    {"/route/table-edited", table_edited},
    {"/route/table-without-rule", table_without_rule},
    {"/route/table-restarted", table_restarted},
    {"/route/hops-flushed", hops_flushed},
    {"/route/nexthops-flushed", nexthops_flushed},
    {"/route/nexthops-unplugged", nexthops_unplugged},
    {"/route/nexthops-deleted", nexthops_deleted},
    {"/route/nexthops-made-again", nexthops_made_again},
    {"/route/nexthops-restarted", nexthops_restarted},
    {"/route/nexthops-flushed-while-stopped", nexthops_flushed_while_stopped},
    {"/route/nexthops-deleted-while-stopped", nexthops_deleted_while_stopped},
    {"/route/deleted-while-stopped", deleted_while_stopped},
    {"/route/flushed-while-stopped", flushed_while_stopped},
    {"/route/small-packets-while-stopped", small_packets_while_stopped},
    {"/route/recorded-by-dump", recorded_by_dump},
    {"/route/rules-cut-short", rules_cut_short},
    {"/route/several-refused", several_refused},
    {"/route/refused-then-link-local", refused_then_link_local},
    {"/route/refused-then-late-word", refused_then_late_word},
    {"/route/rule-refused", rule_refused},
    {"/route/gateway-by-the-failed", gateway_by_the_failed},
    {"/route/gate-and-their-rule", gate_and_their_rule},
};

int main(int argc, char **argv)
{
    return scenario_main(argc, argv, rows, G_N_ELEMENTS(rows));
}
