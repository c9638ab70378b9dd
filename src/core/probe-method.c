/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "probe-method.h"

#include "data.h"

static const MpProbeWay not_probed = {MP_VIA_NONE, {0}};

static const MpAddress *test_address(const MpMember *member)
{
    for (guint i = 0; i < member->config->test_addresses->len; i++) {
        const MpAddress *test = &g_array_index(member->config->test_addresses, MpAddress, i);

        if (test->family == MP_IPV4)
            return test;
    }
    return NULL;
}

static guint count_members(const MpGroup *group)
{
    guint count = 0;

    for (guint i = 0; i < group->members->len; i++)
        count += !((const MpMember *)g_ptr_array_index(group->members, i))->leaving;
    return count;
}

static gboolean has_data(const MpGroup *group, guint8 family)
{
    for (guint i = 0; i < group->data->len; i++) {
        const MpData *data = g_ptr_array_index(group->data, i);

        if (data->address.family == family && !data->leaving && !data->removed)
            return TRUE;
    }
    return FALSE;
}

static gboolean has_target(const MpGroup *group, guint8 family)
{
    for (guint i = 0; i < group->config->probe_targets->len; i++) {
        if (g_array_index(group->config->probe_targets, MpAddress, i).family == family)
            return TRUE;
    }
    return FALSE;
}

/* A target that ARP can ask: one that was told, not one that was merely found. */
static gboolean has_arp_target(const MpGroup *group)
{
    for (guint i = 0; i < group->detection->targets->len; i++) {
        const MpGroupTarget *target = &g_array_index(group->detection->targets, MpGroupTarget, i);

        if (target->address.family == MP_IPV4 && target->source <= MP_TARGET_ROUTER)
            return TRUE;
    }
    return FALSE;
}

/* Another program's address on an interface of no group. */
static const MpAddress *own_address(const MpEngine *engine, const MpMember *member, guint8 family)
{
    const GPtrArray *list = mp_picture_addresses(engine->picture, member->index);

    for (guint i = 0; i < list->len; i++) {
        const MpIfaddr *ifaddr = &((MpPictureAddress *)g_ptr_array_index(list, i))->ifaddr;

        if (ifaddr->address.family == family && ifaddr->scope == MP_SCOPE_UNIVERSE &&
            !ifaddr->has_peer)
            return &ifaddr->address;
    }
    return NULL;
}

/* IPv6 ----------------------------------------------------------------------------------------- */

static gboolean is_link_local(const MpIfaddr *ifaddr)
{
    return ifaddr->address.family == MP_IPV6 && ifaddr->scope == MP_SCOPE_LINK;
}

/* The one that was in use, if it is still good, else the first. */
static const MpIfaddr *link_local(const MpEngine *engine, const MpMember *member,
                                  const MpAddress *used, gboolean *out_tentative)
{
    const GPtrArray *list = mp_picture_addresses(engine->picture, member->index);
    const MpIfaddr *best = NULL;

    *out_tentative = FALSE;
    for (guint i = 0; i < list->len; i++) {
        const MpIfaddr *ifaddr = &((MpPictureAddress *)g_ptr_array_index(list, i))->ifaddr;

        if (!is_link_local(ifaddr))
            continue;
        if (ifaddr->flags & MP_IFA_DADFAILED) /* tentative for ever */
            continue;
        if (ifaddr->flags & MP_IFA_TENTATIVE)
            *out_tentative = TRUE;
        else if (best == NULL || mp_address_equal_host(&ifaddr->address, used))
            best = ifaddr;
    }
    return best;
}

/* auto: where the group has IPv6 to carry; icmp: also where there is nothing else to probe from. */
static gboolean wants_ipv6(const MpEngine *engine, const MpMember *member)
{
    const MpGroup *group = member->group;
    MpProbeMethod method = group->config->probe_method;

    if (group->anonymous)
        return own_address(engine, member, MP_IPV6) != NULL;
    if (method != MP_METHOD_AUTO && method != MP_METHOD_ICMP)
        return FALSE;
    if (has_data(group, MP_IPV6) || has_target(group, MP_IPV6))
        return TRUE;
    for (guint i = 0; i < group->members->len && method == MP_METHOD_ICMP; i++) {
        if (test_address(g_ptr_array_index(group->members, i)) != NULL)
            return FALSE;
    }
    return method == MP_METHOD_ICMP && count_members(group) > 1;
}

MpProbeWay mp_probe_method_ipv6(const MpEngine *engine, const MpMember *member,
                                const MpProbeWay *now, gint64 now_us, gboolean *out_pending)
{
    const MpLink *link = mp_picture_link(engine->picture, member->index);
    const MpIfaddr *found;
    gboolean tentative;
    MpProbeWay way = {MP_VIA_ICMP, {0}};

    *out_pending = FALSE;
    if (!wants_ipv6(engine, member))
        return not_probed;
    if (link == NULL || (link->flags & MP_IFF_UP) == 0)
        return *now;
    found = link_local(engine, member, &now->source, &tentative);
    if (found == NULL) {
        *out_pending = tentative || (member->linkless_us > 0 &&
                                     now_us < member->linkless_us + MP_LINK_LOCAL_GRACE_US);
        return *out_pending ? *now : not_probed;
    }
    way.source = found->address;
    return way;
}

/* IPv4 ----------------------------------------------------------------------------------------- */

/* The data address here whose subnet has a target, else the first. */
static const MpAddress *data_here(const MpMember *member)
{
    const MpGroup *group = member->group;
    const MpAddress *first = NULL;

    for (guint i = 0; i < group->data->len; i++) {
        const MpData *data = g_ptr_array_index(group->data, i);

        if (data->address.family != MP_IPV4 || data->host != member || data->moving ||
            data->seen_index != member->index || !mp_data_is_wanted(data))
            continue;
        if (first == NULL)
            first = &data->address;
        for (guint k = 0; k < group->detection->targets->len; k++) {
            const MpGroupTarget *target =
                &g_array_index(group->detection->targets, MpGroupTarget, k);

            if (target->source <= MP_TARGET_ROUTER &&
                mp_address_contains(&data->address, &target->address))
                return &data->address;
        }
    }
    return first;
}

static MpProbeWay by_arp(const MpMember *member)
{
    MpProbeWay way = {MP_VIA_ARP, {0}};
    const MpAddress *source = data_here(member);

    if (source == NULL)
        source = test_address(member);
    if (source != NULL)
        way.source = *source;
    return way;
}

static MpProbeWay by_icmp(const MpEngine *engine, const MpMember *member)
{
    const MpAddress *source = test_address(member);
    MpProbeWay way = {MP_VIA_ICMP, {0}};

    if (source == NULL && member->group->anonymous)
        source = own_address(engine, member, MP_IPV4);
    else if (source == NULL && count_members(member->group) == 1)
        source = data_here(member);
    if (source == NULL)
        return not_probed;
    way.source = *source;
    return way;
}

/* Some exchange a route by taking it away first: that must not end what probes have found. */
static gboolean is_over(const MpGroup *group, gint64 now_us)
{
    return now_us >= group->routerless_us + MP_ROUTER_GRACE_US;
}

MpProbeWay mp_probe_method_ipv4(const MpEngine *engine, const MpMember *member,
                                const MpProbeWay *now, gint64 now_us, gboolean by_ipv6)
{
    const MpGroup *group = member->group;
    MpProbeWay way;

    if (group->config->probe_method == MP_METHOD_NONE || member->conflict)
        return not_probed;
    if (mp_picture_link(engine->picture, member->index) == NULL)
        return *now;
    if (group->config->probe_method == MP_METHOD_ARP)
        return by_arp(member);
    way = by_icmp(engine, member);
    if (way.via != MP_VIA_NONE || group->config->probe_method == MP_METHOD_ICMP)
        return way;
    /* auto: ARP where no family can be asked by ICMP. */
    if (group->anonymous || by_ipv6 || !has_data(group, MP_IPV4))
        return not_probed;
    if (group->routerless_us != 0 && (now->via != MP_VIA_ARP || is_over(group, now_us)))
        return not_probed;
    return by_arp(member);
}

/* Time ----------------------------------------------------------------------------------------- */

void mp_probe_method_note(const MpEngine *engine, MpMember *member, gboolean had_link,
                          gint64 now_us)
{
    if (mp_picture_has_link_local(engine->picture, member->index))
        member->linkless_us = 0;
    else if (member->linkless_us == 0 || !had_link ||
             !mp_picture_link_usable(engine->picture, member->index))
        member->linkless_us = now_us;
    else if (member->linkless_us > 0 && now_us >= member->linkless_us + MP_LINK_LOCAL_GRACE_US)
        member->linkless_us = MP_NO_TIME;
}

void mp_probe_method_note_routers(MpGroup *group, gint64 now_us)
{
    if (has_arp_target(group))
        group->routerless_us = 0;
    else if (group->routerless_us == 0)
        group->routerless_us = now_us;
}

gint64 mp_probe_method_deadline(const MpMember *member, const MpProber *prober)
{
    gint64 deadline = G_MAXINT64;

    if (member->linkless_us > 0)
        deadline = member->linkless_us + MP_LINK_LOCAL_GRACE_US;
    if (member->group->routerless_us != 0 && prober->streams[0].via == MP_VIA_ARP &&
        member->group->config->probe_method == MP_METHOD_AUTO)
        deadline = MIN(deadline, member->group->routerless_us + MP_ROUTER_GRACE_US);
    return deadline;
}
