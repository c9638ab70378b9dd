/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "netlink-build.h"
#include "ability.h"
#include "netlink-build-route.h"
#include "netlink-parse.h"
#include <errno.h>
#include <linux/fib_rules.h>
#include <linux/if_addr.h>
#include <linux/neighbour.h>
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>

static void build_address_key(struct nl_msg *message, const MpIfaddr *address)
{
    struct ifaddrmsg header = {
        .ifa_family = mp_build_family(address->address.family),
        .ifa_prefixlen = address->address.prefix,
        .ifa_flags = (guint8)address->flags,
        .ifa_scope = address->scope,
        .ifa_index = address->index,
    };
    nlmsg_append(message, &header, sizeof header, NLMSG_ALIGNTO);
    mp_build_address(message, IFA_LOCAL, &address->address);
    /* Without it the kernel does not compare the prefix length. */
    if (!address->has_peer)
        mp_build_address(message, IFA_ADDRESS, &address->address);
}

static void build_address_add(const MpOp *op, struct nl_msg *message)
{
    const MpIfaddr *address = &op->address;
    struct ifa_cacheinfo lifetimes = {.ifa_prefered = address->preferred_s,
                                      .ifa_valid = address->valid_s};
    build_address_key(message, address);
    nla_put_u32(message, IFA_FLAGS, address->flags);
    nla_put(message, IFA_CACHEINFO, (int)(sizeof lifetimes), &lifetimes);
    if (address->protocol != 0)
        nla_put_u8(message, IFA_PROTO, address->protocol);
    if (address->metric != 0)
        nla_put_u32(message, IFA_RT_PRIORITY, address->metric);
    if (address->label[0] != '\0' && address->address.family == MP_IPV4)
        nla_put_string(message, IFA_LABEL, address->label);
    if (address->has_broadcast && address->address.family == MP_IPV4)
        nla_put(message, IFA_BROADCAST, (int)(4), address->broadcast);
}

static void build_address_del(const MpOp *op, struct nl_msg *message)
{
    MpIfaddr key = {.index = op->address.index,
                    .address = op->address.address,
                    .has_peer = op->address.has_peer};
    build_address_key(message, &key);
}

static void build_nexthop_group(const MpNexthop *nexthop, struct nl_msg *message)
{
    struct nexthop_grp members[MP_NEXTHOP_MEMBERS_MAX] = {0};
    guint n = MIN(nexthop->n_members, MP_NEXTHOP_MEMBERS_MAX);
    for (guint i = 0; i < n; i++) {
        members[i].id = nexthop->members[i].id;
        members[i].weight = (guint8)(CLAMP(nexthop->members[i].weight, 1, 256) - 1);
    }
    nla_put(message, NHA_GROUP, (int)(n * sizeof members[0]), members);
    if (nexthop->buckets == 0)
        return;
    nla_put_u16(message, NHA_GROUP_TYPE, NEXTHOP_GRP_TYPE_RES);
    struct nlattr *mark = nla_nest_start(message, NHA_RES_GROUP);
    nla_put_u16(message, NHA_RES_GROUP_BUCKETS, nexthop->buckets);
    /* 0: a bucket may move although flows use it, so that all do at once. */
    nla_put_u32(message, NHA_RES_GROUP_IDLE_TIMER, nexthop->idle_timer);
    if (nexthop->unbalanced_timer != 0)
        nla_put_u32(message, NHA_RES_GROUP_UNBALANCED_TIMER, nexthop->unbalanced_timer);
    nla_nest_end(message, mark);
}

static void build_nexthop_set(const MpOp *op, struct nl_msg *message)
{
    const MpNexthop *nexthop = &op->nexthop;
    gboolean is_group = nexthop->n_members > 0;
    struct nhmsg header = {
        .nh_family = is_group ? AF_UNSPEC : mp_build_family(nexthop->family),
        .nh_protocol = nexthop->protocol,
        .nh_flags = is_group ? 0 : nexthop->flags & MP_RTNH_ONLINK,
    };
    nlmsg_append(message, &header, sizeof header, NLMSG_ALIGNTO);
    nla_put_u32(message, NHA_ID, nexthop->id);
    if (is_group) {
        build_nexthop_group(nexthop, message);
        return;
    }
    nla_put_u32(message, NHA_OIF, nexthop->oif);
    if (!mp_address_is_none(&nexthop->gateway))
        mp_build_address(message, NHA_GATEWAY, &nexthop->gateway);
}

static void build_nexthop_del(const MpOp *op, struct nl_msg *message)
{
    struct nhmsg header = {.nh_family = AF_UNSPEC};
    nlmsg_append(message, &header, sizeof header, NLMSG_ALIGNTO);
    nla_put_u32(message, NHA_ID, op->nexthop.id);
}

static void build_rule(const MpOp *op, struct nl_msg *message)
{
    const MpRule *rule = &op->rule;
    struct fib_rule_hdr header = {
        .family = mp_build_family(rule->family),
        .src_len = rule->from.prefix,
        .table = rule->table < 256 ? (guint8)rule->table : RT_TABLE_UNSPEC,
        .action = rule->action != 0 ? rule->action : FR_ACT_TO_TBL,
    };
    if (rule->selector_len >= MP_SELECTOR_HEADER) {
        header.tos = rule->selector[0];
        header.dst_len = rule->selector[1];
        header.flags = rule->selector[2] != 0 ? FIB_RULE_INVERT : 0;
    }
    nlmsg_append(message, &header, sizeof header, NLMSG_ALIGNTO);
    nla_put_u32(message, FRA_TABLE, rule->table);
    nla_put_u32(message, FRA_PRIORITY, rule->priority);
    if (rule->suppress_prefix >= 0)
        nla_put_u32(message, FRA_SUPPRESS_PREFIXLEN, (guint32)rule->suppress_prefix);
    if (rule->protocol != 0)
        nla_put_u8(message, FRA_PROTOCOL, rule->protocol);
    if (!mp_address_is_none(&rule->from))
        mp_build_address(message, FRA_SRC, &rule->from);
    if (rule->oif[0] != '\0')
        nla_put_string(message, FRA_OIFNAME, rule->oif);
    if (rule->selector_len > MP_SELECTOR_HEADER)
        nlmsg_append(message, (void *)(rule->selector + MP_SELECTOR_HEADER),
                     rule->selector_len - MP_SELECTOR_HEADER, NLMSG_ALIGNTO);
}

static void build_neighbour(const MpOp *op, struct nl_msg *message)
{
    const MpFixed *fixed = &op->fixed;
    struct ndmsg header = {
        .ndm_family = mp_build_family(fixed->address.family),
        .ndm_ifindex = (int)fixed->index,
        .ndm_state = NUD_PERMANENT,
    };
    nlmsg_append(message, &header, sizeof header, NLMSG_ALIGNTO);
    mp_build_address(message, NDA_DST, &fixed->address);
    if (op->kind != MP_OP_NEIGHBOUR_SET)
        return;
    nla_put(message, NDA_LLADDR, (int)sizeof fixed->hwaddr, fixed->hwaddr);
    nla_put_u8(message, NDA_PROTOCOL, fixed->protocol);
}

static void build_route_one(const MpOp *op, struct nl_msg *message)
{
    mp_build_route(&op->route, message);
}

static void build_route_del(const MpOp *op, struct nl_msg *message)
{
    mp_build_route_key(&op->route, message);
}

typedef struct {
    guint16 type;
    guint16 flags;
    void (*build)(const MpOp *op, struct nl_msg *message);
    int already; /* errno that means: it is so already; 0 = none */
    int already_too;
} BuildRow;

/* Why these errnos. A device that is gone took its addresses along (ENODEV; IPv6 switched off on
 * it: ENXIO). EEXIST of a route is told only of an equal one, as no request for one is exclusive;
 * that of a nexthop is told only where it is. */
static const BuildRow ROWS[] = {
    [MP_OP_SYSCTL_SET] = {0},
    [MP_OP_ADDRESS_ADD] = {RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE, build_address_add, 0, 0},
    [MP_OP_ADDRESS_DEL] = {RTM_DELADDR, 0, build_address_del, EADDRNOTAVAIL, ENODEV},
    [MP_OP_NEXTHOP_SET] = {RTM_NEWNEXTHOP, NLM_F_CREATE | NLM_F_REPLACE, build_nexthop_set, EEXIST,
                           0},
    [MP_OP_NEXTHOP_DEL] = {RTM_DELNEXTHOP, 0, build_nexthop_del, ENOENT, ESRCH},
    [MP_OP_ROUTE_PREPEND] = {RTM_NEWROUTE, NLM_F_CREATE, build_route_one, EEXIST, 0},
    [MP_OP_ROUTE_REPLACE] = {RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, build_route_one, EEXIST,
                             0},
    [MP_OP_ROUTE_ADD] = {RTM_NEWROUTE, NLM_F_CREATE | NLM_F_APPEND, build_route_one, EEXIST, 0},
    [MP_OP_ROUTE_DEL] = {RTM_DELROUTE, 0, build_route_del, ESRCH, ENODEV},
    [MP_OP_RULE_ADD] = {RTM_NEWRULE, NLM_F_CREATE | NLM_F_EXCL, build_rule, EEXIST, 0},
    [MP_OP_RULE_DEL] = {RTM_DELRULE, 0, build_rule, ENOENT, ESRCH},
    [MP_OP_NEIGHBOUR_SET] = {RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE, build_neighbour, 0, 0},
    [MP_OP_NEIGHBOUR_DEL] = {RTM_DELNEIGH, 0, build_neighbour, ENOENT, ENODEV},
};
G_STATIC_ASSERT(G_N_ELEMENTS(ROWS) == MP_N_OP_KINDS);

guint mp_netlink_joined(const MpOp *ops, guint n_ops)
{
    const MpRoute *first = &ops[0].route;
    if (ops[0].kind != MP_OP_ROUTE_ADD || first->family != MP_IPV4 || first->n_hops < 2 ||
        first->hop != 0)
        return 1;
    guint n = 1;
    while (n < n_ops && n < first->n_hops && ops[n].kind == MP_OP_ROUTE_ADD &&
           ops[n].route.hop == n && ops[n].route.n_hops == first->n_hops &&
           ops[n].route.table == first->table && ops[n].route.metric == first->metric &&
           mp_address_equal(&ops[n].route.dst, &first->dst))
        n++;
    return n;
}

static void message_begin(struct nl_msg *scratch, guint16 type, guint16 flags, guint32 sequence)
{
    nlmsg_hdr(scratch)->nlmsg_len = NLMSG_HDRLEN;
    nlmsg_put(scratch, 0, sequence, type, 0, NLM_F_REQUEST | NLM_F_ACK | flags);
}

static void message_finish(struct nl_msg *scratch, GByteArray *buffer)
{
    g_byte_array_append(buffer, (guint8 *)nlmsg_hdr(scratch), nlmsg_hdr(scratch)->nlmsg_len);
}

/* An IPv6 gateway that is not link-local is refused on a device when the on-link route of its
 * prefix leads elsewhere ("invalid gateway or device mismatch"). */
static gboolean nexthop_needs_host_route(const MpOp *op)
{
    return op->kind == MP_OP_NEXTHOP_SET && op->nexthop.n_members == 0 &&
           op->nexthop.gateway.family == MP_IPV6 && !mp_address_is_link_local(&op->nexthop.gateway);
}

static void build_host_route(const MpNexthop *nexthop, guint16 type, guint32 sequence,
                             struct nl_msg *scratch, GByteArray *buffer)
{
    MpRoute route = {
        .family = MP_IPV6,
        .table = MP_TABLE_MAIN,
        .dst = nexthop->gateway,
        .metric = 1,
        .type = RTN_UNICAST,
        .protocol = MP_PROTOCOL,
        .oif = nexthop->oif,
    };
    route.dst.prefix = 128;
    message_begin(scratch, type, type == RTM_NEWROUTE ? NLM_F_CREATE : 0,
                  sequence | MP_SEQUENCE_HELPER);
    mp_build_route(&route, scratch);
    message_finish(scratch, buffer);
}

gboolean mp_netlink_build(const MpOp *ops, guint n_joined, guint32 sequence, struct nl_msg *scratch,
                          GByteArray *buffer)
{
    const BuildRow *row = &ROWS[ops[0].kind];
    if (row->build == NULL)
        return FALSE;
    gboolean helped = nexthop_needs_host_route(&ops[0]);
    if (helped)
        build_host_route(&ops[0].nexthop, RTM_NEWROUTE, sequence, scratch, buffer);
    message_begin(scratch, row->type, ops[0].exclusive ? row->flags & ~NLM_F_REPLACE : row->flags,
                  sequence);
    if (n_joined > 1)
        mp_build_route_multipath(ops, n_joined, scratch);
    else
        row->build(&ops[0], scratch);
    message_finish(scratch, buffer);
    if (helped)
        build_host_route(&ops[0].nexthop, RTM_DELROUTE, sequence, scratch, buffer);
    return TRUE;
}

int mp_netlink_result(MpOpKind kind, int error)
{
    const BuildRow *row = &ROWS[kind];
    if (error != 0 && (error == row->already || error == row->already_too))
        return 0;
    if (kind == MP_OP_ADDRESS_DEL && error == ENXIO)
        return 0;
    return error;
}
