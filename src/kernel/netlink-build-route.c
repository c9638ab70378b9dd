/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "netlink-build-route.h"
#include <linux/rtnetlink.h>
#include <string.h>

guint8 mp_build_family(guint8 family)
{
    return family == MP_IPV4 ? AF_INET : family == MP_IPV6 ? AF_INET6 : AF_UNSPEC;
}

void mp_build_address(struct nl_msg *message, int type, const MpAddress *address)
{
    nla_put(message, type, address->family == MP_IPV4 ? 4 : 16, address->bytes);
}

static void build_header(const MpRoute *route, struct nl_msg *message)
{
    struct rtmsg header = {
        .rtm_family = mp_build_family(route->family),
        .rtm_dst_len = route->dst.prefix,
        .rtm_tos = route->tos,
        .rtm_table = route->table < 256 ? (guint8)route->table : RT_TABLE_UNSPEC,
        .rtm_protocol = route->protocol,
        .rtm_scope = route->scope,
        .rtm_type = route->type,
        .rtm_flags = route->nhid == 0 ? route->hop_flags & RTNH_F_ONLINK : 0,
    };
    nlmsg_append(message, &header, sizeof header, NLMSG_ALIGNTO);
    nla_put_u32(message, RTA_TABLE, route->table);
    if (route->dst.prefix > 0)
        mp_build_address(message, RTA_DST, &route->dst);
    if (route->metric != 0)
        nla_put_u32(message, RTA_PRIORITY, route->metric);
    if (!mp_address_is_none(&route->prefsrc))
        mp_build_address(message, RTA_PREFSRC, &route->prefsrc);
}

static void build_gateway(const MpRoute *route, struct nl_msg *message)
{
    if (mp_address_is_none(&route->gateway))
        return;
    if (route->gateway.family == route->family) {
        mp_build_address(message, RTA_GATEWAY, &route->gateway);
        return;
    }
    struct {
        guint16 family;
        guint8 bytes[16];
    } via = {.family = mp_build_family(route->gateway.family)};
    gsize size = mp_address_bits(&route->gateway) / 8;
    memcpy(via.bytes, route->gateway.bytes, size);
    nla_put(message, RTA_VIA, (int)(sizeof via.family + size), &via);
}

static void build_hop(const MpRoute *route, struct nl_msg *message)
{
    if (route->nhid != 0) {
        nla_put_u32(message, RTA_NH_ID, route->nhid);
        return;
    }
    /* The kernel shows lo as the device of what it refuses or throws, but takes none. */
    if (route->type != RTN_UNICAST)
        return;
    if (route->oif != 0)
        nla_put_u32(message, RTA_OIF, route->oif);
    build_gateway(route, message);
}

static void build_metrics(const MpRoute *route, struct nl_msg *message)
{
    if (route->metrics_mask == 0)
        return;
    struct nlattr *mark = nla_nest_start(message, RTA_METRICS);
    for (guint i = 1; i < MP_RTAX_MAX; i++)
        if ((route->metrics_mask & (1u << i)) != 0)
            nla_put_u32(message, (int)i, route->metrics[i]);
    nla_nest_end(message, mark);
}

static void build_rest(const MpRoute *route, struct nl_msg *message)
{
    build_metrics(route, message);
    if (route->family != MP_IPV6)
        return;
    if (route->preference != 0)
        nla_put_u8(message, RTA_PREF, route->preference);
    if (route->has_expires)
        nla_put_u32(message, RTA_EXPIRES, route->expires_s);
}

void mp_build_route(const MpRoute *route, struct nl_msg *message)
{
    build_header(route, message);
    build_hop(route, message);
    build_rest(route, message);
}

void mp_build_route_key(const MpRoute *route, struct nl_msg *message)
{
    build_header(route, message);
    build_hop(route, message);
}

void mp_build_route_multipath(const MpOp *ops, guint n, struct nl_msg *message)
{
    build_header(&ops[0].route, message);
    struct nlattr *mark = nla_nest_start(message, RTA_MULTIPATH);
    for (guint i = 0; i < n; i++) {
        const MpRoute *route = &ops[i].route;
        struct rtnexthop hop = {
            .rtnh_flags = route->hop_flags & RTNH_F_ONLINK,
            .rtnh_hops = route->hop_weight,
            .rtnh_ifindex = (int)route->oif,
        };
        guint32 start = nlmsg_hdr(message)->nlmsg_len;
        nlmsg_append(message, &hop, sizeof hop, RTNH_ALIGNTO);
        build_gateway(route, message);
        /* The hop's length counts the attributes behind it. */
        struct rtnexthop *written = (void *)((guint8 *)nlmsg_hdr(message) + start);
        written->rtnh_len = (guint16)(nlmsg_hdr(message)->nlmsg_len - start);
    }
    nla_nest_end(message, mark);
    build_rest(&ops[0].route, message);
}
