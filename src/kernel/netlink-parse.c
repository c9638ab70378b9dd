/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "netlink-parse.h"
#include "ability.h"
#include "netlink-attr.h"
#include "netlink-route.h"
#include <linux/fib_rules.h>
#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/neighbour.h>
#include <linux/netconf.h>
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>
#include <string.h>

/* Decisions are made in core with numbers that are the kernel's. */
#define SAME(ours, theirs) G_STATIC_ASSERT((ours) == (theirs))
SAME(MP_TABLE_MAIN, RT_TABLE_MAIN);
SAME(MP_IFF_UP, IFF_UP);
SAME(MP_IFF_BROADCAST, IFF_BROADCAST);
SAME(MP_IFF_LOOPBACK, IFF_LOOPBACK);
SAME(MP_IFF_POINTOPOINT, IFF_POINTOPOINT);
SAME(MP_IFF_RUNNING, IFF_RUNNING);
SAME(MP_IFF_NOARP, IFF_NOARP);
SAME(MP_IFF_MULTICAST, IFF_MULTICAST);
SAME(MP_IFF_LOWER_UP, IFF_LOWER_UP);
SAME(MP_OPER_UNKNOWN, IF_OPER_UNKNOWN);
SAME(MP_OPER_UP, IF_OPER_UP);
SAME(MP_IFA_TEMPORARY, IFA_F_TEMPORARY);
SAME(MP_IFA_SECONDARY, IFA_F_SECONDARY);
SAME(MP_IFA_NODAD, IFA_F_NODAD);
SAME(MP_IFA_OPTIMISTIC, IFA_F_OPTIMISTIC);
SAME(MP_IFA_DADFAILED, IFA_F_DADFAILED);
SAME(MP_IFA_HOMEADDRESS, IFA_F_HOMEADDRESS);
SAME(MP_IFA_DEPRECATED, IFA_F_DEPRECATED);
SAME(MP_IFA_TENTATIVE, IFA_F_TENTATIVE);
SAME(MP_IFA_PERMANENT, IFA_F_PERMANENT);
SAME(MP_IFA_MANAGETEMPADDR, IFA_F_MANAGETEMPADDR);
SAME(MP_IFA_NOPREFIXROUTE, IFA_F_NOPREFIXROUTE);
SAME(MP_IFA_MCAUTOJOIN, IFA_F_MCAUTOJOIN);
SAME(MP_IFA_STABLE_PRIVACY, IFA_F_STABLE_PRIVACY);
SAME(MP_SCOPE_UNIVERSE, (guint)RT_SCOPE_UNIVERSE);
SAME(MP_SCOPE_SITE, (guint)RT_SCOPE_SITE);
SAME(MP_SCOPE_LINK, (guint)RT_SCOPE_LINK);
SAME(MP_SCOPE_HOST, (guint)RT_SCOPE_HOST);
SAME(MP_RTN_UNICAST, (guint)RTN_UNICAST);
SAME(MP_RTN_THROW, (guint)RTN_THROW);
SAME(MP_RTPROT_KERNEL, RTPROT_KERNEL);
SAME(MP_RTPROT_RA, RTPROT_RA);
SAME(MP_RTNH_ONLINK, RTNH_F_ONLINK);
SAME(MP_RTNH_DEAD, RTNH_F_DEAD);
SAME(MP_RTNH_LINKDOWN, RTNH_F_LINKDOWN);
SAME(MP_RTAX_MAX, RTAX_FASTOPEN_NO_COOKIE + 1);
SAME(MP_FOREVER, G_MAXUINT32);

/* What is being parsed, in one place to hand on. */
typedef struct {
    const guint8 *payload; /* the family's header, then attributes */
    gsize length;
    gboolean is_new; /* RTM_NEW..., not RTM_DEL... */
    guint8 family;   /* MP_IPV4, MP_IPV6; 0 = AF_UNSPEC or neither */
    gint64 stamp_us;
    MpParseFunc tell;
    gpointer user_data;
    MpEvent event;
} Parse;

/* Copies the fixed header and sorts the attributes behind it. */
static gboolean parse_split(const Parse *parse, void *header, gsize header_size, MpAttr *table,
                            guint n)
{
    gsize skip = NLMSG_ALIGN(header_size);
    if (parse->length < skip)
        return FALSE;
    memcpy(header, parse->payload, header_size);
    return mp_attr_collect(parse->payload + skip, parse->length - skip, table, n);
}

static guint parse_tell(Parse *parse, MpEventKind kind)
{
    parse->event.kind = kind;
    parse->tell(&parse->event, parse->user_data);
    return 1;
}

static guint8 hwaddr_copy(MpAttr attr, guint8 out[32])
{
    guint8 length = (guint8)MIN(attr.length, 32);
    if (attr.data != NULL && length > 0)
        memcpy(out, attr.data, length);
    return length;
}

static void link_kind_copy(MpAttr linkinfo, MpLink *link)
{
    MpAttr nested[IFLA_INFO_KIND + 1];
    if (linkinfo.data != NULL &&
        mp_attr_collect(linkinfo.data, linkinfo.length, nested, G_N_ELEMENTS(nested)))
        mp_attr_string(nested[IFLA_INFO_KIND], link->kind, sizeof link->kind);
}

static guint parse_link(Parse *parse)
{
    struct ifinfomsg header;
    MpAttr attrs[IFLA_PERM_ADDRESS + 1];
    if (!parse_split(parse, &header, sizeof header, attrs, G_N_ELEMENTS(attrs)))
        return 0;
    /* A bridge tells of its ports with messages of the same type (AF_BRIDGE): a port that leaves
     * the bridge is no device that is gone. A wireless driver's (IFLA_WIRELESS) are fragments. */
    if (header.ifi_family != AF_UNSPEC || header.ifi_index <= 0 ||
        attrs[IFLA_WIRELESS].data != NULL)
        return 0;
    if (!parse->is_new) {
        parse->event.index = (guint)header.ifi_index;
        parse->event.moved_netns = attrs[IFLA_NEW_NETNSID].data != NULL;
        return parse_tell(parse, MP_EVENT_LINK_GONE);
    }
    MpLink *link = &parse->event.link;
    mp_attr_string(attrs[IFLA_IFNAME], link->name, sizeof link->name);
    if (link->name[0] == '\0')
        return 0;
    link->index = (guint)header.ifi_index;
    link->media = header.ifi_type;
    link->flags = header.ifi_flags;
    link->hwaddr_len = hwaddr_copy(attrs[IFLA_ADDRESS], link->hwaddr);
    link->perm_hwaddr_len = hwaddr_copy(attrs[IFLA_PERM_ADDRESS], link->perm_hwaddr);
    link->operstate = mp_attr_u8(attrs[IFLA_OPERSTATE], MP_OPER_UNKNOWN);
    link->carrier = mp_attr_u8(attrs[IFLA_CARRIER], (link->flags & MP_IFF_LOWER_UP) != 0) != 0;
    link->mtu = mp_attr_u32(attrs[IFLA_MTU], 0);
    link->master = mp_attr_u32(attrs[IFLA_MASTER], 0);
    link_kind_copy(attrs[IFLA_LINKINFO], link);
    return parse_tell(parse, MP_EVENT_LINK);
}

static void lifetimes_copy(MpAttr attr, gint64 stamp_us, MpIfaddr *address)
{
    struct ifa_cacheinfo info = {.ifa_prefered = MP_FOREVER, .ifa_valid = MP_FOREVER};
    if (attr.data != NULL && attr.length >= sizeof info)
        memcpy(&info, attr.data, sizeof info);
    address->valid_s = info.ifa_valid;
    address->preferred_s = info.ifa_prefered;
    address->stamp_us = stamp_us;
}

static guint parse_address(Parse *parse)
{
    struct ifaddrmsg header;
    MpAttr attrs[IFA_PROTO + 1];
    if (parse->family == 0 ||
        !parse_split(parse, &header, sizeof header, attrs, G_N_ELEMENTS(attrs)))
        return 0;
    MpIfaddr *address = &parse->event.address;
    MpAddress other;
    gboolean has_local =
        mp_attr_address(attrs[IFA_LOCAL], parse->family, header.ifa_prefixlen, &address->address);
    gboolean has_address =
        mp_attr_address(attrs[IFA_ADDRESS], parse->family, header.ifa_prefixlen, &other);
    if ((!has_local && !has_address) || header.ifa_index == 0)
        return 0;
    if (!has_local)
        address->address = other;
    address->has_peer = has_local && has_address &&
                        memcmp(address->address.bytes, other.bytes, sizeof other.bytes) != 0;
    address->index = header.ifa_index;
    /* The header has room for the first eight flags only. */
    address->flags = mp_attr_u32(attrs[IFA_FLAGS], header.ifa_flags);
    address->scope = header.ifa_scope;
    address->protocol = mp_attr_u8(attrs[IFA_PROTO], 0);
    address->metric = mp_attr_u32(attrs[IFA_RT_PRIORITY], 0);
    mp_attr_string(attrs[IFA_LABEL], address->label, sizeof address->label);
    if (attrs[IFA_BROADCAST].data != NULL && attrs[IFA_BROADCAST].length == 4) {
        address->has_broadcast = TRUE;
        memcpy(address->broadcast, attrs[IFA_BROADCAST].data, 4);
    }
    lifetimes_copy(attrs[IFA_CACHEINFO], parse->stamp_us, address);
    return parse_tell(parse, parse->is_new ? MP_EVENT_ADDRESS : MP_EVENT_ADDRESS_GONE);
}

static guint parse_route(Parse *parse)
{
    MpRouteHops hops;
    MpRoute *route = &parse->event.route;
    if (parse->family == 0 ||
        !mp_route_parse(parse->payload, parse->length, parse->family, route, &hops))
        return 0;
    route->stamp_us = parse->stamp_us;
    guint told = 0;
    do {
        told += parse_tell(parse, parse->is_new ? MP_EVENT_ROUTE : MP_EVENT_ROUTE_GONE);
    } while (mp_route_next_hop(&hops, route));
    return told;
}

/* Whether the group's attribute was whole. */
static gboolean nexthop_members_copy(MpAttr attr, MpNexthop *nexthop)
{
    if (attr.length % sizeof(struct nexthop_grp) != 0)
        return FALSE;
    guint n = attr.length / sizeof(struct nexthop_grp);
    for (guint i = 0; i < n && i < MP_NEXTHOP_MEMBERS_MAX; i++) {
        struct nexthop_grp member;
        memcpy(&member, attr.data + i * sizeof member, sizeof member);
        nexthop->members[i] = (MpNexthopMember){member.id, (guint16)(member.weight + 1)};
    }
    nexthop->n_members = MIN(n, MP_NEXTHOP_MEMBERS_MAX);
    return TRUE;
}

static void nexthop_buckets_copy(const MpAttr *attrs, MpNexthop *nexthop)
{
    MpAttr nested[NHA_RES_GROUP_UNBALANCED_TIMER + 1];
    MpAttr group = attrs[NHA_RES_GROUP];
    if (mp_attr_u16(attrs[NHA_GROUP_TYPE], NEXTHOP_GRP_TYPE_MPATH) != NEXTHOP_GRP_TYPE_RES ||
        group.data == NULL ||
        !mp_attr_collect(group.data, group.length, nested, G_N_ELEMENTS(nested)))
        return;
    nexthop->buckets = mp_attr_u16(nested[NHA_RES_GROUP_BUCKETS], 0);
    nexthop->idle_timer = mp_attr_u32(nested[NHA_RES_GROUP_IDLE_TIMER], 0);
    nexthop->unbalanced_timer = mp_attr_u32(nested[NHA_RES_GROUP_UNBALANCED_TIMER], 0);
}

static guint parse_nexthop(Parse *parse)
{
    struct nhmsg header;
    MpAttr attrs[NHA_RES_GROUP + 1];
    if (!parse_split(parse, &header, sizeof header, attrs, G_N_ELEMENTS(attrs)))
        return 0;
    MpNexthop *nexthop = &parse->event.nexthop;
    nexthop->id = mp_attr_u32(attrs[NHA_ID], 0);
    if (nexthop->id == 0)
        return 0;
    if (attrs[NHA_GROUP].data != NULL) {
        if (!nexthop_members_copy(attrs[NHA_GROUP], nexthop))
            return 0;
        nexthop_buckets_copy(attrs, nexthop);
    } else {
        nexthop->family = parse->family;
        mp_attr_address(attrs[NHA_GATEWAY], parse->family, parse->family == MP_IPV4 ? 32 : 128,
                        &nexthop->gateway);
    }
    nexthop->special = attrs[NHA_BLACKHOLE].data != NULL || attrs[NHA_ENCAP].data != NULL ||
                       attrs[NHA_FDB].data != NULL;
    nexthop->protocol = header.nh_protocol;
    nexthop->oif = mp_attr_u32(attrs[NHA_OIF], 0);
    nexthop->flags = (guint8)(header.nh_flags & MP_RTNH_ONLINK);
    return parse_tell(parse, parse->is_new ? MP_EVENT_NEXTHOP : MP_EVENT_NEXTHOP_GONE);
}

/* What is kept in fields of its own, and padding. */
static gboolean is_no_selector(int type)
{
    return type == FRA_PRIORITY || type == FRA_TABLE || type == FRA_PROTOCOL ||
           type == FRA_SUPPRESS_PREFIXLEN || type == FRA_SRC || type == FRA_OIFNAME ||
           type == FRA_UNSPEC || type == FRA_PAD;
}

/* The rest of a rule as the kernel wrote it: tos, length of the destination, inversion, then the
 * attributes; nothing if there is none of them. */
static void selector_copy(const Parse *parse, const struct fib_rule_hdr *header, MpRule *rule)
{
    const guint8 *data = parse->payload + NLMSG_ALIGN(sizeof *header);
    gsize left = parse->length - NLMSG_ALIGN(sizeof *header);
    guint8 *out = rule->selector;
    gsize length = MP_SELECTOR_HEADER;
    out[0] = header->tos;
    out[1] = header->dst_len;
    out[2] = (header->flags & FIB_RULE_INVERT) != 0;
    for (struct nlattr attr; left >= sizeof attr;) {
        memcpy(&attr, data, sizeof attr);
        gsize size = NLA_ALIGN((gsize)attr.nla_len);
        if (!is_no_selector(attr.nla_type & NLA_TYPE_MASK)) {
            rule->unreadable = rule->unreadable || length + size > MP_RULE_SELECTOR_MAX;
            memcpy(out + length, data, rule->unreadable ? 0 : MIN(attr.nla_len, left));
            length += rule->unreadable ? 0 : size;
        }
        data += MIN(size, left);
        left -= MIN(size, left);
    }
    if (length > MP_SELECTOR_HEADER || out[0] != 0 || out[1] != 0 || out[2] != 0)
        rule->selector_len = (guint8)length;
}

static guint parse_rule(Parse *parse)
{
    struct fib_rule_hdr header;
    MpAttr attrs[FRA_PROTOCOL + 1];
    if (parse->family == 0 ||
        !parse_split(parse, &header, sizeof header, attrs, G_N_ELEMENTS(attrs)))
        return 0;
    MpRule *rule = &parse->event.rule;
    rule->action = header.action;
    rule->family = parse->family;
    rule->priority = mp_attr_u32(attrs[FRA_PRIORITY], 0);
    rule->table = mp_attr_u32(attrs[FRA_TABLE], header.table);
    rule->suppress_prefix = (gint32)mp_attr_u32(attrs[FRA_SUPPRESS_PREFIXLEN], G_MAXUINT32);
    rule->protocol = mp_attr_u8(attrs[FRA_PROTOCOL], 0);
    mp_attr_address(attrs[FRA_SRC], parse->family, header.src_len, &rule->from);
    mp_attr_string(attrs[FRA_OIFNAME], rule->oif, sizeof rule->oif);
    selector_copy(parse, &header, rule);
    return parse_tell(parse, parse->is_new ? MP_EVENT_RULE : MP_EVENT_RULE_GONE);
}

/* IPv4 stations, and IPv6 ones by their link-local addresses. */
static gboolean is_station(const MpAddress *address)
{
    if (address->family == MP_IPV6)
        return mp_address_is_link_local(address);
    return address->bytes[0] != 0 && address->bytes[0] < 224 && address->bytes[0] != 127;
}

/* Permanent ones, and that they are gone: then they are not called so any more. */
static guint tell_fixed(Parse *parse, const struct ndmsg *header, const MpAttr *attrs)
{
    MpAttr hwaddr = attrs[NDA_LLADDR];
    MpFixed *fixed = &parse->event.fixed;
    if (parse->family != MP_IPV4 || header->ndm_ifindex <= 0 ||
        (header->ndm_flags & NTF_PROXY) != 0 ||
        (parse->is_new && ((header->ndm_state & NUD_PERMANENT) == 0 || hwaddr.data == NULL ||
                           hwaddr.length != sizeof fixed->hwaddr)) ||
        !mp_attr_address(attrs[NDA_DST], MP_IPV4, 32, &fixed->address) ||
        !is_station(&fixed->address))
        return 0;
    fixed->index = (guint)header->ndm_ifindex;
    fixed->protocol = mp_attr_u8(attrs[NDA_PROTOCOL], 0);
    if (parse->is_new)
        memcpy(fixed->hwaddr, hwaddr.data, sizeof fixed->hwaddr);
    return parse_tell(parse, parse->is_new ? MP_EVENT_FIXED : MP_EVENT_FIXED_GONE);
}

/* Only those that the kernel has found, or was told, to be there. */
static guint tell_neighbour(Parse *parse, const struct ndmsg *header, const MpAttr *attrs)
{
    static const guint there = NUD_REACHABLE | NUD_STALE | NUD_DELAY | NUD_PROBE | NUD_PERMANENT;
    MpNeighbour *neighbour = &parse->event.neighbour;
    if (!parse->is_new || header->ndm_ifindex <= 0 || (header->ndm_state & there) == 0 ||
        (header->ndm_flags & NTF_PROXY) != 0 ||
        !mp_attr_address(attrs[NDA_DST], parse->family, parse->family == MP_IPV4 ? 32 : 128,
                         &neighbour->address) ||
        !is_station(&neighbour->address))
        return 0;
    neighbour->router = parse->family == MP_IPV6 && (header->ndm_flags & NTF_ROUTER) != 0;
    parse->event.index = (guint)header->ndm_ifindex;
    return parse_tell(parse, MP_EVENT_NEIGHBOUR);
}

static guint parse_neighbour(Parse *parse)
{
    struct ndmsg header;
    MpAttr attrs[NDA_PROTOCOL + 1];
    if (parse->family == 0 ||
        !parse_split(parse, &header, sizeof header, attrs, G_N_ELEMENTS(attrs)))
        return 0;
    guint told = tell_neighbour(parse, &header, attrs);
    memset(&parse->event.fixed, 0, sizeof parse->event.fixed);
    return told + tell_fixed(parse, &header, attrs);
}

static guint tell_sysctl(Parse *parse, guint index, MpSysctl key, MpAttr value)
{
    if (value.data == NULL)
        return 0;
    parse->event.sysctl = (MpSysctlValue){index, key, (gint)mp_attr_u32(value, 0)};
    return parse_tell(parse, MP_EVENT_SYSCTL);
}

/* The few settings of which the kernel says that they were changed. */
static guint parse_netconf(Parse *parse)
{
    struct netconfmsg header;
    MpAttr attrs[NETCONFA_IGNORE_ROUTES_WITH_LINKDOWN + 1];
    if (!parse->is_new || parse->family == 0 ||
        !parse_split(parse, &header, sizeof header, attrs, G_N_ELEMENTS(attrs)))
        return 0;
    gint index = (gint)mp_attr_u32(attrs[NETCONFA_IFINDEX], 0);
    gboolean four = parse->family == MP_IPV4;
    if (four && index == NETCONFA_IFINDEX_ALL)
        return tell_sysctl(parse, 0, MP_SYSCTL_RP_FILTER_ALL, attrs[NETCONFA_RP_FILTER]);
    if (index <= 0)
        return 0;
    guint told = tell_sysctl(parse, (guint)index,
                             four ? MP_SYSCTL_IGNORE_LINKDOWN4 : MP_SYSCTL_IGNORE_LINKDOWN6,
                             attrs[NETCONFA_IGNORE_ROUTES_WITH_LINKDOWN]);
    return four ? told + tell_sysctl(parse, (guint)index, MP_SYSCTL_RP_FILTER,
                                     attrs[NETCONFA_RP_FILTER])
                : told;
}

typedef struct {
    guint16 type_new, type_del;
    guint (*parse)(Parse *parse);
} ParseRow;

static const ParseRow PARSERS[] = {
    {RTM_NEWLINK, RTM_DELLINK, parse_link},
    {RTM_NEWADDR, RTM_DELADDR, parse_address},
    {RTM_NEWROUTE, RTM_DELROUTE, parse_route},
    {RTM_NEWNEXTHOP, RTM_DELNEXTHOP, parse_nexthop},
    {RTM_NEWRULE, RTM_DELRULE, parse_rule},
    {RTM_NEWNEIGH, RTM_DELNEIGH, parse_neighbour},
    {RTM_NEWNETCONF, RTM_DELNETCONF, parse_netconf},
};

/* All payloads begin with a byte that names the family. */
static guint8 family_of(guint8 kernel_family)
{
    switch (kernel_family) {
    case AF_INET:
        return MP_IPV4;
    case AF_INET6:
        return MP_IPV6;
    default:
        return 0;
    }
}

guint mp_netlink_parse(const void *bytes, gsize length, gint64 stamp_us, MpParseFunc tell,
                       gpointer user_data)
{
    struct nlmsghdr header;
    if (length < NLMSG_HDRLEN + 1)
        return 0;
    memcpy(&header, bytes, sizeof header);
    if (header.nlmsg_len < NLMSG_HDRLEN + 1 || header.nlmsg_len > length)
        return 0;
    const guint8 *payload = (const guint8 *)bytes + NLMSG_HDRLEN;
    for (guint i = 0; i < G_N_ELEMENTS(PARSERS); i++) {
        const ParseRow *row = &PARSERS[i];
        if (header.nlmsg_type != row->type_new && header.nlmsg_type != row->type_del)
            continue;
        Parse parse = {
            .payload = payload,
            .length = header.nlmsg_len - NLMSG_HDRLEN,
            .is_new = header.nlmsg_type == row->type_new,
            .family = family_of(payload[0]),
            .stamp_us = stamp_us,
            .tell = tell,
            .user_data = user_data,
            .event = {.port_id = header.nlmsg_pid,
                      .prepended = (header.nlmsg_flags & (NLM_F_REPLACE | NLM_F_APPEND)) == 0,
                      .replaced = (header.nlmsg_flags & NLM_F_REPLACE) != 0},
        };
        return row->parse(&parse);
    }
    return 0;
}

gboolean mp_netlink_parse_answer(const void *bytes, gsize length, guint32 *out_sequence,
                                 int *out_error, char *text, gsize text_size)
{
    struct nlmsghdr header;
    struct nlmsgerr answer;
    if (length < NLMSG_HDRLEN + sizeof answer)
        return FALSE;
    memcpy(&header, bytes, sizeof header);
    memcpy(&answer, (const guint8 *)bytes + NLMSG_HDRLEN, sizeof answer);
    if (header.nlmsg_type != NLMSG_ERROR || header.nlmsg_len > length ||
        header.nlmsg_len < NLMSG_HDRLEN + sizeof answer || answer.error == G_MININT)
        return FALSE;
    *out_sequence = answer.msg.nlmsg_seq;
    *out_error = -answer.error;
    text[0] = '\0';
    if ((header.nlmsg_flags & NLM_F_ACK_TLVS) == 0)
        return TRUE;
    /* The request is quoted in between unless the answer is capped. */
    gsize quoted = (header.nlmsg_flags & NLM_F_CAPPED) != 0 || answer.msg.nlmsg_len < NLMSG_HDRLEN
                       ? 0
                       : NLMSG_ALIGN((gsize)answer.msg.nlmsg_len) - NLMSG_HDRLEN;
    gsize skip = NLMSG_HDRLEN + sizeof answer + quoted;
    MpAttr attrs[NLMSGERR_ATTR_MSG + 1];
    if (skip < header.nlmsg_len &&
        mp_attr_collect((const guint8 *)bytes + skip, header.nlmsg_len - skip, attrs,
                        G_N_ELEMENTS(attrs)))
        mp_attr_string(attrs[NLMSGERR_ATTR_MSG], text, text_size);
    return TRUE;
}
