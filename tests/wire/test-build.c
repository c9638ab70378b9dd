/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Operations to bytes, looked at with libnl's own eyes. */
#include "netlink-build.h"
#include "recorded.h"
#include <errno.h>
#include <linux/fib_rules.h>
#include <linux/if_addr.h>
#include <linux/neighbour.h>
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <string.h>

#define SEQUENCE 7
#define ATTRS 64

/* The messages of one operation. */
typedef struct {
    GByteArray *bytes;
    struct nlmsghdr *messages[4];
    guint n;
    struct nlattr *attrs[ATTRS]; /* of the one that was looked at last */
} Built;

static Built build(const MpOp *ops, guint n_ops)
{
    Built built = {.bytes = g_byte_array_new()};
    struct nl_msg *scratch = nlmsg_alloc_size(MP_SCRATCH_SIZE);
    g_assert_cmpuint(mp_netlink_joined(ops, n_ops), ==, n_ops);
    g_assert_true(mp_netlink_build(ops, n_ops, SEQUENCE, scratch, built.bytes));
    nlmsg_free(scratch);
    int left = (int)built.bytes->len;
    struct nlmsghdr *message = (struct nlmsghdr *)(gpointer)built.bytes->data;
    for (; nlmsg_ok(message, left); message = nlmsg_next(message, &left)) {
        g_assert_cmpuint(built.n, <, G_N_ELEMENTS(built.messages));
        built.messages[built.n++] = message;
    }
    g_assert_cmpint(left, ==, 0);
    return built;
}

/* The fixed header of message i, after a check of type and flags; fills built->attrs. */
static const void *look(Built *built, guint i, guint16 type, guint16 flags, gsize header_size)
{
    g_assert_cmpuint(i, <, built->n);
    struct nlmsghdr *message = built->messages[i];
    g_assert_cmpuint(message->nlmsg_type, ==, type);
    g_assert_cmphex(message->nlmsg_flags, ==, NLM_F_REQUEST | NLM_F_ACK | flags);
    g_assert_cmpint(nlmsg_parse(message, (int)header_size, built->attrs, ATTRS - 1, NULL), ==, 0);
    return nlmsg_data(message);
}

static void check_bytes(const Built *built, guint type, const void *bytes, gsize size)
{
    g_assert_nonnull(built->attrs[type]);
    g_assert_cmpmem(nla_data(built->attrs[type]), (gsize)nla_len(built->attrs[type]), bytes, size);
}

static void check_u32(const Built *built, guint type, guint32 value)
{
    check_bytes(built, type, &value, sizeof value);
}

/* Exactly these attributes, no other. */
static void check_only(const Built *built, guint64 mask)
{
    for (guint i = 0; i < ATTRS; i++)
        g_assert_cmpint(built->attrs[i] != NULL, ==, (mask >> i & 1) != 0);
}
#define HAS(type) (G_GUINT64_CONSTANT(1) << (type))

static void built_clear(Built *built)
{
    g_byte_array_unref(built->bytes);
}

static void test_address(void)
{
    MpOp op = {.kind = MP_OP_ADDRESS_ADD};
    op.address = (MpIfaddr){
        .index = 3,
        .address = {MP_IPV4, 24, {192, 0, 2, 10}},
        .flags = MP_IFA_NOPREFIXROUTE,
        .scope = MP_SCOPE_LINK,
        .protocol = MP_PROTOCOL,
        .metric = 99,
        .label = "eth0:x",
        .has_broadcast = TRUE,
        .broadcast = {192, 0, 2, 255},
        .valid_s = 100,
        .preferred_s = 50,
    };
    Built built = build(&op, 1);
    g_assert_cmpuint(built.n, ==, 1);
    g_assert_cmpuint(built.messages[0]->nlmsg_seq, ==, SEQUENCE);
    const struct ifaddrmsg *header =
        look(&built, 0, RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE, sizeof *header);
    g_assert_cmpuint(header->ifa_family, ==, AF_INET);
    g_assert_cmpuint(header->ifa_prefixlen, ==, 24);
    g_assert_cmpuint(header->ifa_index, ==, 3);
    g_assert_cmpuint(header->ifa_scope, ==, RT_SCOPE_LINK);
    check_only(&built, HAS(IFA_LOCAL) | HAS(IFA_ADDRESS) | HAS(IFA_FLAGS) | HAS(IFA_CACHEINFO) |
                           HAS(11) | HAS(IFA_RT_PRIORITY) | HAS(IFA_LABEL) | HAS(IFA_BROADCAST));
    check_bytes(&built, IFA_LOCAL, op.address.address.bytes, 4);
    check_bytes(&built, IFA_ADDRESS, op.address.address.bytes, 4);
    check_u32(&built, IFA_FLAGS, MP_IFA_NOPREFIXROUTE);
    check_u32(&built, IFA_RT_PRIORITY, 99);
    check_bytes(&built, 11, "\x49", 1);
    check_bytes(&built, IFA_LABEL, "eth0:x", 7);
    check_bytes(&built, IFA_BROADCAST, op.address.broadcast, 4);
    struct ifa_cacheinfo lifetimes = {.ifa_valid = 100, .ifa_prefered = 50};
    check_bytes(&built, IFA_CACHEINFO, &lifetimes, sizeof lifetimes);
    built_clear(&built);
    /* Only the key is looked at. */
    op.kind = MP_OP_ADDRESS_DEL;
    built = build(&op, 1);
    look(&built, 0, RTM_DELADDR, 0, sizeof *header);
    check_only(&built, HAS(IFA_LOCAL) | HAS(IFA_ADDRESS));
    built_clear(&built);
}

static void test_nexthop(void)
{
    MpOp op = {.kind = MP_OP_NEXTHOP_SET};
    op.nexthop.id = MP_NEXTHOP_ID_FIRST;
    op.nexthop.family = MP_IPV4;
    op.nexthop.protocol = MP_PROTOCOL;
    op.nexthop.oif = 3;
    op.nexthop.flags = MP_RTNH_ONLINK;
    op.nexthop.gateway = (MpAddress){MP_IPV4, 32, {192, 0, 2, 1}};
    Built built = build(&op, 1);
    const struct nhmsg *header =
        look(&built, 0, RTM_NEWNEXTHOP, NLM_F_CREATE | NLM_F_REPLACE, sizeof *header);
    g_assert_cmpuint(header->nh_family, ==, AF_INET);
    g_assert_cmpuint(header->nh_protocol, ==, MP_PROTOCOL);
    g_assert_cmpuint(header->nh_flags, ==, RTNH_F_ONLINK);
    check_only(&built, HAS(NHA_ID) | HAS(NHA_OIF) | HAS(NHA_GATEWAY));
    check_u32(&built, NHA_ID, MP_NEXTHOP_ID_FIRST);
    check_u32(&built, NHA_OIF, 3);
    check_bytes(&built, NHA_GATEWAY, op.nexthop.gateway.bytes, 4);
    built_clear(&built);
    op.kind = MP_OP_NEXTHOP_DEL;
    built = build(&op, 1);
    look(&built, 0, RTM_DELNEXTHOP, 0, sizeof *header);
    check_only(&built, HAS(NHA_ID));
    built_clear(&built);
}

static void test_group(void)
{
    MpOp op = {.kind = MP_OP_NEXTHOP_SET};
    op.nexthop.id = MP_NEXTHOP_ID_FIRST;
    op.nexthop.n_members = 2;
    op.nexthop.members[0] = (MpNexthopMember){MP_NEXTHOP_ID_FIRST + 1, 256};
    op.nexthop.members[1] = (MpNexthopMember){MP_NEXTHOP_ID_FIRST + 2, 1};
    struct nexthop_grp members[2] = {{.id = MP_NEXTHOP_ID_FIRST + 1, .weight = 255},
                                     {.id = MP_NEXTHOP_ID_FIRST + 2, .weight = 0}};
    Built built = build(&op, 1);
    const struct nhmsg *header =
        look(&built, 0, RTM_NEWNEXTHOP, NLM_F_CREATE | NLM_F_REPLACE, sizeof *header);
    g_assert_cmpuint(header->nh_family, ==, AF_UNSPEC);
    check_only(&built, HAS(NHA_ID) | HAS(NHA_GROUP));
    check_bytes(&built, NHA_GROUP, members, sizeof members);
    built_clear(&built);

    op.nexthop.buckets = 128;
    built = build(&op, 1);
    look(&built, 0, RTM_NEWNEXTHOP, NLM_F_CREATE | NLM_F_REPLACE, sizeof *header);
    check_only(&built, HAS(NHA_ID) | HAS(NHA_GROUP) | HAS(NHA_GROUP_TYPE) | HAS(NHA_RES_GROUP));
    guint16 type = NEXTHOP_GRP_TYPE_RES, buckets = 128;
    check_bytes(&built, NHA_GROUP_TYPE, &type, sizeof type);
    struct nlattr *resilient = built.attrs[NHA_RES_GROUP];
    struct nlattr *nested[ATTRS];
    g_assert_cmpint(nla_parse_nested(nested, ATTRS - 1, resilient, NULL), ==, 0);
    memcpy(built.attrs, nested, sizeof nested);
    check_bytes(&built, NHA_RES_GROUP_BUCKETS, &buckets, sizeof buckets);
    check_u32(&built, NHA_RES_GROUP_IDLE_TIMER, 0);
    built_clear(&built);
}

/* Round a global IPv6 gateway: a host route before, off again behind. */
static void test_ipv6_gateway(void)
{
    MpOp op = {.kind = MP_OP_NEXTHOP_SET};
    op.nexthop.id = MP_NEXTHOP_ID_FIRST;
    op.nexthop.family = MP_IPV6;
    op.nexthop.oif = 3;
    op.nexthop.gateway = (MpAddress){MP_IPV6, 64, {0x20, 0x01, 0x0d, 0xb8, [15] = 1}};
    Built built = build(&op, 1);
    g_assert_cmpuint(built.n, ==, 3);
    const struct rtmsg *header = look(&built, 0, RTM_NEWROUTE, NLM_F_CREATE, sizeof *header);
    g_assert_cmpuint(header->rtm_dst_len, ==, 128);
    g_assert_cmpuint(header->rtm_protocol, ==, MP_PROTOCOL);
    check_bytes(&built, RTA_DST, op.nexthop.gateway.bytes, 16);
    check_u32(&built, RTA_OIF, 3);
    check_u32(&built, RTA_PRIORITY, 1);
    g_assert_cmphex(built.messages[0]->nlmsg_seq, ==, SEQUENCE | MP_SEQUENCE_HELPER);
    look(&built, 1, RTM_NEWNEXTHOP, NLM_F_CREATE | NLM_F_REPLACE, sizeof(struct nhmsg));
    g_assert_cmphex(built.messages[1]->nlmsg_seq, ==, SEQUENCE);
    header = look(&built, 2, RTM_DELROUTE, 0, sizeof *header);
    g_assert_cmpuint(header->rtm_protocol, ==, MP_PROTOCOL);
    check_u32(&built, RTA_OIF, 3);
    built_clear(&built);
    op.nexthop.gateway = (MpAddress){MP_IPV6, 128, {0xfe, 0x80, [15] = 1}};
    built = build(&op, 1);
    g_assert_cmpuint(built.n, ==, 1);
    built_clear(&built);
}

static MpOp route_op(MpOpKind kind)
{
    MpOp op = {.kind = kind};
    op.route = (MpRoute){
        .family = MP_IPV4,
        .table = MP_TABLE_ROUTES,
        .dst = {MP_IPV4, 24, {198, 51, 100}},
        .tos = 8,
        .metric = 50,
        .type = MP_RTN_UNICAST,
        .protocol = MP_PROTOCOL,
        .scope = MP_SCOPE_UNIVERSE,
        .prefsrc = {MP_IPV4, 32, {192, 0, 2, 10}},
        .oif = 3,
        .gateway = {MP_IPV4, 32, {192, 0, 2, 1}},
        .hop_flags = MP_RTNH_ONLINK | MP_RTNH_LINKDOWN,
        .n_hops = 1,
        .metrics_mask = 1u << RTAX_MTU,
        .metrics = {[RTAX_MTU] = 1300},
    };
    return op;
}

static void test_route(void)
{
    static const struct {
        MpOpKind kind;
        guint16 flags;
    } rows[] = {
        {MP_OP_ROUTE_PREPEND, NLM_F_CREATE},
        {MP_OP_ROUTE_REPLACE, NLM_F_CREATE | NLM_F_REPLACE},
        {MP_OP_ROUTE_ADD, NLM_F_CREATE | NLM_F_APPEND},
    };
    guint64 key = HAS(RTA_TABLE) | HAS(RTA_DST) | HAS(RTA_PRIORITY) | HAS(RTA_PREFSRC) |
                  HAS(RTA_OIF) | HAS(RTA_GATEWAY);
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        MpOp op = route_op(rows[i].kind);
        Built built = build(&op, 1);
        const struct rtmsg *header = look(&built, 0, RTM_NEWROUTE, rows[i].flags, sizeof *header);
        g_assert_cmpuint(header->rtm_family, ==, AF_INET);
        g_assert_cmpuint(header->rtm_dst_len, ==, 24);
        g_assert_cmpuint(header->rtm_tos, ==, 8);
        g_assert_cmpuint(header->rtm_table, ==, RT_TABLE_UNSPEC);
        g_assert_cmpuint(header->rtm_flags, ==, RTNH_F_ONLINK);
        check_only(&built, key | HAS(RTA_METRICS));
        check_u32(&built, RTA_TABLE, MP_TABLE_ROUTES);
        check_u32(&built, RTA_PRIORITY, 50);
        check_bytes(&built, RTA_PREFSRC, op.route.prefsrc.bytes, 4);
        check_bytes(&built, RTA_GATEWAY, op.route.gateway.bytes, 4);
        struct nlattr *nested[ATTRS];
        nla_parse_nested(nested, ATTRS - 1, built.attrs[RTA_METRICS], NULL);
        g_assert_cmpuint(nla_get_u32(nested[RTAX_MTU]), ==, 1300);
        built_clear(&built);
    }
    MpOp op = route_op(MP_OP_ROUTE_DEL);
    Built built = build(&op, 1);
    look(&built, 0, RTM_DELROUTE, 0, sizeof(struct rtmsg));
    check_only(&built, key);
    built_clear(&built);
}

static void test_route_variants(void)
{
    MpOp op = route_op(MP_OP_ROUTE_ADD);
    op.route.nhid = MP_NEXTHOP_ID_FIRST;
    Built built = build(&op, 1);
    const struct rtmsg *header =
        look(&built, 0, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_APPEND, sizeof *header);
    g_assert_cmpuint(header->rtm_flags, ==, 0);
    g_assert_null(built.attrs[RTA_OIF]);
    g_assert_null(built.attrs[RTA_GATEWAY]);
    check_u32(&built, RTA_NH_ID, MP_NEXTHOP_ID_FIRST);
    built_clear(&built);

    op = route_op(MP_OP_ROUTE_ADD);
    op.route.gateway = (MpAddress){MP_IPV6, 128, {0xfe, 0x80, [15] = 1}};
    built = build(&op, 1);
    look(&built, 0, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_APPEND, sizeof *header);
    g_assert_null(built.attrs[RTA_GATEWAY]);
    g_assert_cmpint(nla_len(built.attrs[RTA_VIA]), ==, 18);
    built_clear(&built);

    op = route_op(MP_OP_ROUTE_ADD);
    op.route.type = MP_RTN_THROW;
    built = build(&op, 1);
    header = look(&built, 0, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_APPEND, sizeof *header);
    g_assert_cmpuint(header->rtm_type, ==, RTN_THROW);
    g_assert_null(built.attrs[RTA_OIF]);
    built_clear(&built);

    op = route_op(MP_OP_ROUTE_ADD);
    op.route.family = MP_IPV6;
    op.route.dst = (MpAddress){MP_IPV6, 0, {0}};
    op.route.prefsrc = op.route.gateway = (MpAddress){0};
    op.route.preference = 1;
    op.route.has_expires = TRUE;
    op.route.expires_s = 60;
    built = build(&op, 1);
    look(&built, 0, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_APPEND, sizeof *header);
    g_assert_null(built.attrs[RTA_DST]);
    check_bytes(&built, RTA_PREF, "\x01", 1);
    check_u32(&built, RTA_EXPIRES, 60);
    built_clear(&built);
}

static void test_multipath(void)
{
    MpOp ops[3];
    for (guint i = 0; i < 3; i++) {
        ops[i] = route_op(MP_OP_ROUTE_ADD);
        ops[i].route.n_hops = 2;
        ops[i].route.hop = (guint8)(i % 2);
        ops[i].route.hop_weight = 4;
        ops[i].route.oif = 3 + i;
    }
    g_assert_cmpuint(mp_netlink_joined(ops, 3), ==, 2);
    g_assert_cmpuint(mp_netlink_joined(ops, 1), ==, 1);
    g_assert_cmpuint(mp_netlink_joined(ops + 1, 2), ==, 1);
    Built built = build(ops, 2);
    g_assert_cmpuint(built.n, ==, 1);
    look(&built, 0, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_APPEND, sizeof(struct rtmsg));
    g_assert_null(built.attrs[RTA_OIF]);
    g_assert_null(built.attrs[RTA_GATEWAY]);
    struct rtnexthop *hop = nla_data(built.attrs[RTA_MULTIPATH]);
    g_assert_cmpuint(hop->rtnh_len, ==, 16);
    g_assert_cmpint(hop->rtnh_ifindex, ==, 3);
    g_assert_cmpuint(hop->rtnh_hops, ==, 4);
    hop = (struct rtnexthop *)(gpointer)((guint8 *)hop + 16);
    g_assert_cmpint(hop->rtnh_ifindex, ==, 4);
    g_assert_cmpint(nla_len(built.attrs[RTA_MULTIPATH]), ==, 32);
    built_clear(&built);
}

static void test_neighbour(void)
{
    MpOp op = {.kind = MP_OP_NEIGHBOUR_SET};
    op.fixed = (MpFixed){3, {MP_IPV4, 32, {192, 0, 2, 1}}, {2, 0, 0, 0, 0, 7}, MP_PROTOCOL};
    Built built = build(&op, 1);
    const struct ndmsg *header =
        look(&built, 0, RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE, sizeof *header);
    g_assert_cmpuint(header->ndm_family, ==, AF_INET);
    g_assert_cmpint(header->ndm_ifindex, ==, 3);
    g_assert_cmpuint(header->ndm_state, ==, NUD_PERMANENT);
    check_only(&built, HAS(NDA_DST) | HAS(NDA_LLADDR) | HAS(NDA_PROTOCOL));
    check_bytes(&built, NDA_DST, "\xc0\0\2\1", 4);
    check_bytes(&built, NDA_LLADDR, "\2\0\0\0\0\7", 6);
    built_clear(&built);
    op.kind = MP_OP_NEIGHBOUR_DEL;
    built = build(&op, 1);
    look(&built, 0, RTM_DELNEIGH, 0, sizeof *header);
    check_only(&built, HAS(NDA_DST));
    built_clear(&built);
}

static void test_rule(void)
{
    MpOp op = {.kind = MP_OP_RULE_ADD};
    op.rule = (MpRule){.family = MP_IPV6,
                       .priority = MP_RULE_PRIORITY,
                       .table = MP_TABLE_MAIN,
                       .protocol = MP_PROTOCOL};
    Built built = build(&op, 1);
    const struct fib_rule_hdr *header =
        look(&built, 0, RTM_NEWRULE, NLM_F_CREATE | NLM_F_EXCL, sizeof *header);
    g_assert_cmpuint(header->family, ==, AF_INET6);
    g_assert_cmpuint(header->action, ==, FR_ACT_TO_TBL);
    g_assert_cmpuint(header->table, ==, RT_TABLE_MAIN);
    check_only(&built, HAS(FRA_TABLE) | HAS(FRA_PRIORITY) | HAS(FRA_SUPPRESS_PREFIXLEN) |
                           HAS(FRA_PROTOCOL));
    check_u32(&built, FRA_SUPPRESS_PREFIXLEN, 0);
    built_clear(&built);
    op.kind = MP_OP_RULE_DEL;
    op.rule.suppress_prefix = -1;
    op.rule.from = (MpAddress){MP_IPV6, 64, {0x20, 0x01}};
    built = build(&op, 1);
    header = look(&built, 0, RTM_DELRULE, 0, sizeof *header);
    g_assert_cmpuint(header->src_len, ==, 64);
    check_only(&built, HAS(FRA_TABLE) | HAS(FRA_PRIORITY) | HAS(FRA_PROTOCOL) | HAS(FRA_SRC));
    built_clear(&built);
}

/* What others' rules ask of a packet is said again, word by word. */
static void test_rule_of_others(void)
{
    Told told = recorded_parse("rule-v4-others");
    MpOp op = {.kind = MP_OP_RULE_ADD, .rule = told.events[0].rule};
    Told again = {.n = 0};
    op.rule.priority--;
    op.rule.table = MP_TABLE_SHADOW_FIRST + 1234;
    op.rule.protocol = MP_PROTOCOL;
    Built built = build(&op, 1);
    const struct fib_rule_hdr *header =
        look(&built, 0, RTM_NEWRULE, NLM_F_CREATE | NLM_F_EXCL, sizeof *header);
    g_assert_cmpuint(header->tos, ==, 0x10);
    g_assert_cmpuint(header->dst_len, ==, 16);
    g_assert_cmpuint(header->flags, ==, FIB_RULE_INVERT);
    check_u32(&built, FRA_FWMARK, 5);
    check_u32(&built, FRA_FWMASK, 0xf);
    g_assert_cmpuint(mp_netlink_parse(built.bytes->data, built.bytes->len, 0, on_told, &again), ==,
                     1);
    g_assert_true(mp_rule_equal(&again.events[0].rule, &op.rule));
    built_clear(&built);
}

static void test_not_netlink(void)
{
    MpOp op = {.kind = MP_OP_SYSCTL_SET};
    g_autoptr(GByteArray) buffer = g_byte_array_new();
    g_assert_false(mp_netlink_build(&op, 1, SEQUENCE, NULL, buffer));
    g_assert_cmpuint(buffer->len, ==, 0);
}

static void test_result(void)
{
    static const struct {
        MpOpKind kind;
        int error, result;
    } rows[] = {
        {MP_OP_ADDRESS_ADD, EEXIST, EEXIST},   {MP_OP_ADDRESS_ADD, ENODEV, ENODEV},
        {MP_OP_ADDRESS_DEL, EADDRNOTAVAIL, 0}, {MP_OP_ADDRESS_DEL, ENODEV, 0},
        {MP_OP_ADDRESS_DEL, ENXIO, 0},         {MP_OP_ADDRESS_DEL, EPERM, EPERM},
        {MP_OP_NEXTHOP_SET, ENOENT, ENOENT},   {MP_OP_NEXTHOP_DEL, ENOENT, 0},
        {MP_OP_ROUTE_PREPEND, EEXIST, 0},      {MP_OP_ROUTE_REPLACE, EEXIST, 0},
        {MP_OP_ROUTE_ADD, EEXIST, 0},          {MP_OP_ROUTE_ADD, ENETUNREACH, ENETUNREACH},
        {MP_OP_ROUTE_DEL, ESRCH, 0},           {MP_OP_ROUTE_DEL, EINVAL, EINVAL},
        {MP_OP_RULE_ADD, EEXIST, 0},           {MP_OP_RULE_DEL, ENOENT, 0},
        {MP_OP_SYSCTL_SET, ENOENT, ENOENT},    {MP_OP_NEIGHBOUR_SET, EEXIST, EEXIST},
        {MP_OP_NEIGHBOUR_DEL, ENOENT, 0},
    };
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++)
        g_assert_cmpint(mp_netlink_result(rows[i].kind, rows[i].error), ==, rows[i].result);
    for (guint kind = 0; kind < MP_N_OP_KINDS; kind++)
        g_assert_cmpint(mp_netlink_result((MpOpKind)kind, 0), ==, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/wire/build/address", test_address);
    g_test_add_func("/wire/build/nexthop", test_nexthop);
    g_test_add_func("/wire/build/group", test_group);
    g_test_add_func("/wire/build/ipv6-gateway", test_ipv6_gateway);
    g_test_add_func("/wire/build/route", test_route);
    g_test_add_func("/wire/build/route-variants", test_route_variants);
    g_test_add_func("/wire/build/multipath", test_multipath);
    g_test_add_func("/wire/build/rule", test_rule);
    g_test_add_func("/wire/build/neighbour", test_neighbour);
    g_test_add_func("/wire/build/rule-of-others", test_rule_of_others);
    g_test_add_func("/wire/build/not-netlink", test_not_netlink);
    g_test_add_func("/wire/build/result", test_result);
    return g_test_run();
}
