/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "op.h"

#include "unit.h"

static MpRoute full_route(void)
{
    MpRoute route = {
        .family = MP_IPV4,
        .table = MP_TABLE_ROUTES,
        .dst = unit_address("198.51.100.0/24"),
        .tos = 4,
        .metric = 100,
        .type = MP_RTN_UNICAST,
        .protocol = 3,
        .scope = 1,
        .preference = 1,
        .prefsrc = unit_address("192.0.2.10"),
        .nhid = MP_NEXTHOP_ID_FIRST,
        .oif = 3,
        .gateway = unit_address("192.0.2.1"),
        .hop_flags = MP_RTNH_ONLINK,
        .hop = 1,
        .n_hops = 2,
        .metrics_mask = 1u << 2,
        .metrics = {[2] = 1400},
    };

    return route;
}

typedef void (*RouteChange)(MpRoute *route);

#define ROUTE_CHANGE(name, statement)                                                              \
    static void route_##name(MpRoute *route)                                                       \
    {                                                                                              \
        statement;                                                                                 \
    }

ROUTE_CHANGE(family, route->family = MP_IPV6)
ROUTE_CHANGE(table, route->table++)
ROUTE_CHANGE(dst, route->dst.prefix = 25)
ROUTE_CHANGE(tos, route->tos++)
ROUTE_CHANGE(metric, route->metric++)
ROUTE_CHANGE(type, route->type = MP_RTN_THROW)
ROUTE_CHANGE(protocol, route->protocol++)
ROUTE_CHANGE(scope, route->scope++)
ROUTE_CHANGE(preference, route->preference++)
ROUTE_CHANGE(prefsrc, route->prefsrc.bytes[3]++)
ROUTE_CHANGE(no_prefsrc, route->prefsrc = (MpAddress){0})
ROUTE_CHANGE(nhid, route->nhid++)
ROUTE_CHANGE(oif, route->oif++)
ROUTE_CHANGE(gateway, route->gateway.bytes[3]++)
ROUTE_CHANGE(hop_flags, route->hop_flags = 0)
ROUTE_CHANGE(hop, route->hop++)
ROUTE_CHANGE(n_hops, route->n_hops++)
ROUTE_CHANGE(hop_weight, route->hop_weight++)
ROUTE_CHANGE(metrics_mask, route->metrics_mask |= 1u << 17)
ROUTE_CHANGE(metrics, route->metrics[2]++)

static void test_route_differs(void)
{
    static const RouteChange changes[] = {
        route_family,     route_table,    route_dst,        route_tos,          route_metric,
        route_type,       route_protocol, route_scope,      route_preference,   route_prefsrc,
        route_no_prefsrc, route_nhid,     route_oif,        route_gateway,      route_hop_flags,
        route_hop,        route_n_hops,   route_hop_weight, route_metrics_mask, route_metrics,
    };

    for (gsize i = 0; i < G_N_ELEMENTS(changes); i++) {
        MpRoute route = full_route(), other = full_route();

        g_assert_true(mp_route_equal(&route, &other));
        changes[i](&other);
        g_assert_false(mp_route_equal(&route, &other));
        g_assert_false(mp_route_equal(&other, &route));
    }
}

/* What the kernel changes by itself, and what is not set. */
static void test_route_equal(void)
{
    MpRoute route = full_route(), other = full_route();

    other.has_expires = TRUE;
    other.expires_s = 30;
    other.stamp_us = 12345;
    other.hop_flags |= MP_RTNH_DEAD | MP_RTNH_LINKDOWN;
    other.metrics[5] = 77; /* its bit is not in the mask */
    other.gateway.prefix = 0;
    g_assert_true(mp_route_equal(&route, &other));
}

static MpNexthop full_nexthop(void)
{
    MpNexthop nexthop = {
        .id = MP_NEXTHOP_ID_FIRST,
        .family = MP_IPV4,
        .protocol = MP_PROTOCOL,
        .oif = 3,
        .gateway = unit_address("192.0.2.1"),
        .flags = MP_RTNH_ONLINK,
        .n_members = 2,
        .members = {{MP_NEXTHOP_ID_FIRST + 1, 1}, {MP_NEXTHOP_ID_FIRST + 2, 1}},
        .buckets = 128,
    };

    return nexthop;
}

static void test_nexthop(void)
{
    MpNexthop nexthop = full_nexthop(), others[9];

    for (gsize i = 0; i < G_N_ELEMENTS(others); i++)
        others[i] = full_nexthop();
    g_assert_true(mp_nexthop_equal(&nexthop, &others[0]));
    others[0].id++;
    others[1].family = 0;
    others[2].protocol++;
    others[3].oif++;
    others[4].gateway.bytes[0]++;
    others[5].flags = 0;
    others[6].n_members = 1;
    others[7].members[1].weight++;
    others[8].buckets = 0;
    for (gsize i = 0; i < G_N_ELEMENTS(others); i++)
        g_assert_false(mp_nexthop_equal(&nexthop, &others[i]));

    others[0] = full_nexthop();
    others[0].members[0].id += 9;
    g_assert_false(mp_nexthop_equal(&nexthop, &others[0]));
    others[0] = full_nexthop();
    others[0].members[2].id = 5; /* beyond n_members */
    others[0].flags |= MP_RTNH_DEAD;
    g_assert_true(mp_nexthop_equal(&nexthop, &others[0]));
}

static void test_rule(void)
{
    const MpRule rule = {.family = MP_IPV4,
                         .priority = 32765,
                         .table = 7300,
                         .suppress_prefix = -1,
                         .protocol = MP_PROTOCOL};
    MpRule others[] = {rule, rule, rule, rule, rule, rule};

    g_assert_true(mp_rule_equal(&rule, &others[0]));
    others[0].family = MP_IPV6;
    others[1].priority--;
    others[2].table++;
    others[3].suppress_prefix = 0;
    others[4].protocol = 0;
    others[5].from = unit_address("192.0.2.10/32");
    for (gsize i = 0; i < G_N_ELEMENTS(others); i++)
        g_assert_false(mp_rule_equal(&rule, &others[i]));
}

static void test_ifaddr_key(void)
{
    MpIfaddr a = {.index = 3, .address = unit_address("192.0.2.10/24")}, b = a;

    b.flags = MP_IFA_DEPRECATED;
    b.valid_s = 77;
    g_assert_true(mp_ifaddr_same_key(&a, &b));
    b.index = 4;
    g_assert_false(mp_ifaddr_same_key(&a, &b));
    b.index = 3;
    b.address.prefix = 25;
    g_assert_false(mp_ifaddr_same_key(&a, &b));
}

static void assert_text(const MpOp *op, const char *expected)
{
    g_autofree char *text = mp_op_to_string(op);

    g_assert_cmpstr(text, ==, expected);
}

static void test_sysctl_text(void)
{
    MpOp op = {.kind = MP_OP_SYSCTL_SET, .sysctl = {3, MP_SYSCTL_ARP_IGNORE, 1}};

    assert_text(&op, "sysctl-set arp_ignore=1 dev 3");
    op.sysctl = (MpSysctlValue){0, MP_SYSCTL_HASH_POLICY6, -1};
    assert_text(&op, "sysctl-set fib_multipath_hash_policy6=-1");
}

static void test_address_text(void)
{
    MpOp op = {.kind = MP_OP_ADDRESS_ADD, .address = {.index = 3}};

    op.address.address = unit_address("192.0.2.10/24");
    assert_text(&op, "address-add 192.0.2.10/24 dev 3");
    op.kind = MP_OP_ADDRESS_DEL;
    op.address.address = unit_address("2001:db8::10/64");
    assert_text(&op, "address-del 2001:db8::10/64 dev 3");
}

static void test_nexthop_text(void)
{
    MpOp op = {.kind = MP_OP_NEXTHOP_SET, .nexthop = full_nexthop()};

    assert_text(&op, "nexthop-set id 0x49500000 group 0x49500001*1 0x49500002*1 via 192.0.2.1 "
                     "dev 3 buckets 128");
    op.nexthop.n_members = 0;
    op.nexthop.buckets = 0;
    op.nexthop.gateway = (MpAddress){0};
    assert_text(&op, "nexthop-set id 0x49500000 dev 3");
    op.kind = MP_OP_NEXTHOP_DEL;
    assert_text(&op, "nexthop-del id 0x49500000");
}

static void test_route_text(void)
{
    MpOp op = {.kind = MP_OP_ROUTE_REPLACE, .route = full_route()};

    assert_text(&op, "route-replace 198.51.100.0/24 table 7300 tos 4 metric 100 nhid 0x49500000 "
                     "via 192.0.2.1 dev 3 src 192.0.2.10 proto 3 hop 2 of 2");
    op.route = (MpRoute){.family = MP_IPV6,
                         .table = MP_TABLE_MAIN,
                         .dst = unit_address("::/0"),
                         .type = MP_RTN_THROW};
    op.kind = MP_OP_ROUTE_DEL;
    assert_text(&op, "route-del ::/0 table 254 type 9");
    op.route.type = MP_RTN_UNICAST;
    op.kind = MP_OP_ROUTE_ADD;
    assert_text(&op, "route-add ::/0 table 254");
    op.kind = MP_OP_ROUTE_PREPEND;
    assert_text(&op, "route-prepend ::/0 table 254");
}

static void test_rule_text(void)
{
    MpOp op = {.kind = MP_OP_RULE_ADD,
               .rule = {.family = MP_IPV4, .priority = 32765, .table = 254, .suppress_prefix = 0}};

    op.rule.from = unit_address("192.0.2.10/32");
    assert_text(&op, "rule-add ipv4 priority 32765 table 254 from 192.0.2.10/32 suppress-prefix 0");
    op.kind = MP_OP_RULE_DEL;
    op.rule.from = (MpAddress){0};
    op.rule.suppress_prefix = -1;
    assert_text(&op, "rule-del ipv4 priority 32765 table 254");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/objects/route-differs", test_route_differs);
    g_test_add_func("/objects/route-equal", test_route_equal);
    g_test_add_func("/objects/nexthop", test_nexthop);
    g_test_add_func("/objects/rule", test_rule);
    g_test_add_func("/objects/ifaddr-key", test_ifaddr_key);
    g_test_add_func("/op/sysctl", test_sysctl_text);
    g_test_add_func("/op/address", test_address_text);
    g_test_add_func("/op/nexthop", test_nexthop_text);
    g_test_add_func("/op/route", test_route_text);
    g_test_add_func("/op/rule", test_rule_text);
    return g_test_run();
}
