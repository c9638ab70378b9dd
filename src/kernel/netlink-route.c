/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "netlink-route.h"
#include "netlink-attr.h"
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

#define TICKS_PER_S 100 /* USER_HZ: what the kernel tells clock times in, whatever its own HZ */

/* Of the tables of our own, what is ours; of the kernel's own addresses nothing. */
static gboolean is_watched(guint32 table, guint8 protocol)
{
    return mp_table_is_ours(table) ? protocol == MP_PROTOCOL : table != MP_TABLE_LOCAL;
}

static gboolean type_is_watched(guint8 type)
{
    return type == RTN_UNICAST || type == RTN_BLACKHOLE || type == RTN_UNREACHABLE ||
           type == RTN_PROHIBIT || type == RTN_THROW;
}

static guint8 host_bits(guint8 family)
{
    return family == MP_IPV4 ? 32 : 128;
}

/* RTA_VIA: the family as two bytes, then an address of that family. */
static void via_copy(MpAttr attr, MpAddress *out)
{
    guint16 family;
    if (attr.data == NULL || attr.length < sizeof family)
        return;
    memcpy(&family, attr.data, sizeof family);
    guint8 own = family == AF_INET ? MP_IPV4 : family == AF_INET6 ? MP_IPV6 : 0;
    MpAttr address = {attr.data + sizeof family, (guint16)(attr.length - sizeof family)};
    if (own != 0)
        mp_attr_address(address, own, host_bits(own), out);
}

static void gateway_copy(const MpAttr *attrs, guint8 family, MpAddress *out)
{
    *out = (MpAddress){0};
    mp_attr_address(attrs[RTA_GATEWAY], family, host_bits(family), out);
    via_copy(attrs[RTA_VIA], out);
}

static gboolean metrics_copy(MpAttr attr, MpRoute *route)
{
    MpAttr metrics[MP_RTAX_MAX];
    if (attr.data == NULL)
        return TRUE;
    if (!mp_attr_collect(attr.data, attr.length, metrics, G_N_ELEMENTS(metrics)))
        return FALSE;
    for (guint i = 1; i < G_N_ELEMENTS(metrics); i++) {
        if (i == RTAX_CC_ALGO || metrics[i].data == NULL || metrics[i].length != 4)
            continue;
        route->metrics[i] = mp_attr_u32(metrics[i], 0);
        route->metrics_mask |= 1u << i;
    }
    return TRUE;
}

static void expiry_copy(MpAttr attr, MpRoute *route)
{
    struct rta_cacheinfo info;
    if (attr.data == NULL || attr.length < sizeof info)
        return;
    memcpy(&info, attr.data, sizeof info);
    route->has_expires = info.rta_expires != 0;
    /* Expired ones stay, with a negative time, until the kernel's collector comes by. */
    route->expires_s = info.rta_expires > 0 ? (guint32)info.rta_expires / TICKS_PER_S : 0;
}

/* How many hops there are; FALSE: malformed, or more than can be counted. */
static gboolean hops_count(MpAttr multipath, guint8 *out_n)
{
    const guint8 *data = multipath.data;
    gsize left = multipath.length;
    guint n = 0;
    while (left >= sizeof(struct rtnexthop)) {
        struct rtnexthop hop;
        MpAttr attrs[1];
        memcpy(&hop, data, sizeof hop);
        if (hop.rtnh_len < sizeof hop || hop.rtnh_len > left ||
            !mp_attr_collect(data + sizeof hop, hop.rtnh_len - sizeof hop, attrs, 1))
            return FALSE;
        gsize step = MIN((gsize)RTNH_ALIGN(hop.rtnh_len), left);
        data += step;
        left -= step;
        n++;
    }
    if (n == 0 || n > G_MAXUINT8)
        return FALSE;
    *out_n = (guint8)n;
    return TRUE;
}

static void first_hop_set(const MpAttr *attrs, MpRoute *route)
{
    route->n_hops = 1;
    if (route->nhid != 0)
        return; /* they would only be quoted, and only with nexthop_compat_mode=1 */
    route->oif = mp_attr_u32(attrs[RTA_OIF], 0);
    gateway_copy(attrs, route->family, &route->gateway);
}

/* The next of the hops, whose lengths hops_count() has checked. */
static gboolean hop_take(MpRouteHops *hops, MpRoute *route)
{
    struct rtnexthop hop;
    MpAttr attrs[RTA_VIA + 1];
    if (hops->length < sizeof hop)
        return FALSE;
    memcpy(&hop, hops->data, sizeof hop);
    mp_attr_collect(hops->data + sizeof hop, hop.rtnh_len - sizeof hop, attrs, G_N_ELEMENTS(attrs));
    gsize step = MIN((gsize)RTNH_ALIGN(hop.rtnh_len), hops->length);
    hops->data += step;
    hops->length -= step;
    route->oif = (guint)hop.rtnh_ifindex;
    route->hop_flags = hop.rtnh_flags;
    route->hop_weight = hop.rtnh_hops;
    gateway_copy(attrs, hops->family, &route->gateway);
    return TRUE;
}

gboolean mp_route_parse(const guint8 *payload, gsize length, guint8 family, MpRoute *out,
                        MpRouteHops *out_hops)
{
    struct rtmsg header;
    MpAttr attrs[RTA_NH_ID + 1];
    if (length < NLMSG_ALIGN(sizeof header))
        return FALSE;
    memcpy(&header, payload, sizeof header);
    /* Of routes for packets of some sources (IPv6) we have no like: a copy would be for all. */
    if ((header.rtm_flags & RTM_F_CLONED) != 0 || !type_is_watched(header.rtm_type) ||
        header.rtm_src_len > 0 || header.rtm_dst_len > host_bits(family) ||
        !mp_attr_collect(payload + NLMSG_ALIGN(sizeof header), length - NLMSG_ALIGN(sizeof header),
                         attrs, G_N_ELEMENTS(attrs)))
        return FALSE;
    out->table = mp_attr_u32(attrs[RTA_TABLE], header.rtm_table);
    if (!is_watched(out->table, header.rtm_protocol))
        return FALSE;
    out->family = family;
    out->dst = (MpAddress){.family = family, .prefix = header.rtm_dst_len};
    if (header.rtm_dst_len > 0 &&
        !mp_attr_address(attrs[RTA_DST], family, header.rtm_dst_len, &out->dst))
        return FALSE;
    out->tos = header.rtm_tos;
    out->metric = mp_attr_u32(attrs[RTA_PRIORITY], 0);
    out->type = header.rtm_type;
    out->protocol = header.rtm_protocol;
    out->scope = header.rtm_scope;
    out->preference = mp_attr_u8(attrs[RTA_PREF], 0);
    mp_attr_address(attrs[RTA_PREFSRC], family, host_bits(family), &out->prefsrc);
    out->nhid = mp_attr_u32(attrs[RTA_NH_ID], 0);
    out->hop_flags = (guint8)header.rtm_flags;
    out->special = attrs[RTA_ENCAP].data != NULL;
    expiry_copy(attrs[RTA_CACHEINFO], out);
    first_hop_set(attrs, out);
    *out_hops = (MpRouteHops){.family = family};
    if (!metrics_copy(attrs[RTA_METRICS], out))
        return FALSE;
    /* Of a route by nexthop object the hops are only quoted (nexthop_compat_mode=1). */
    if (attrs[RTA_MULTIPATH].data == NULL || out->nhid != 0)
        return TRUE;
    if (!hops_count(attrs[RTA_MULTIPATH], &out->n_hops))
        return FALSE;
    *out_hops = (MpRouteHops){attrs[RTA_MULTIPATH].data, attrs[RTA_MULTIPATH].length, family};
    return hop_take(out_hops, out);
}

gboolean mp_route_next_hop(MpRouteHops *hops, MpRoute *route)
{
    if (!hop_take(hops, route))
        return FALSE;
    route->hop++;
    return TRUE;
}
