/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "state.h"

#include "member.h"

#include <string.h>

MpMember *mp_group_member(const MpGroup *group, const char *name)
{
    for (guint i = 0; i < group->members->len; i++) {
        MpMember *member = g_ptr_array_index(group->members, i);

        if (strcmp(member->name, name) == 0)
            return member;
    }
    return NULL;
}

MpMember *mp_group_member_by_index(const MpGroup *group, guint index)
{
    for (guint i = 0; i < group->members->len && index != 0; i++) {
        MpMember *member = g_ptr_array_index(group->members, i);

        if (member->index == index || member->former_index == index)
            return member;
    }
    return NULL;
}

/* A member that is giving back may have its name again in another group: the one that stays is
 * meant. */
MpMember *mp_engine_member(const MpEngine *engine, const char *name)
{
    MpMember *leaving = NULL;

    for (guint i = 0; i < engine->groups->len; i++) {
        MpMember *member = mp_group_member(g_ptr_array_index(engine->groups, i), name);

        if (member != NULL && !member->leaving)
            return member;
        leaving = member != NULL ? member : leaving;
    }
    return leaving;
}

static MpMember *search_by_index(const MpEngine *engine, guint index)
{
    for (guint i = 0; i < engine->groups->len; i++) {
        MpMember *member = mp_group_member_by_index(g_ptr_array_index(engine->groups, i), index);

        if (member != NULL && member->index == index)
            return member;
    }
    return NULL;
}

MpMember *mp_engine_member_by_index(const MpEngine *engine, guint index)
{
    gpointer found;

    if (index == 0 || index == MP_LOOPBACK_INDEX)
        return NULL;
    if (!g_hash_table_lookup_extended(engine->by_index, GUINT_TO_POINTER(index), NULL, &found)) {
        found = search_by_index(engine, index);
        g_hash_table_insert(engine->by_index, GUINT_TO_POINTER(index), found);
    }
    return found;
}

void mp_engine_forget_indexes(MpEngine *engine)
{
    g_hash_table_remove_all(engine->by_index);
}

/* Of a missing device, too. */
static MpMember *member_of_device(const MpEngine *engine, guint index)
{
    for (guint i = 0; i < engine->groups->len && index != 0; i++) {
        const MpGroup *group = g_ptr_array_index(engine->groups, i);

        for (guint k = 0; k < group->members->len; k++) {
            MpMember *member = g_ptr_array_index(group->members, k);

            if ((member->index != 0 ? member->index : member->last_index) == index)
                return member;
        }
    }
    return NULL;
}

MpMember *mp_engine_member_of_route(const MpEngine *engine, const MpRoute *route)
{
    const MpNexthop *made;

    if (route->nhid == 0)
        return member_of_device(engine, route->oif);
    made = mp_picture_nexthop_made(engine->picture, route->nhid);
    if (made == NULL || made->protocol == MP_PROTOCOL)
        return NULL;
    for (guint i = 0; i < made->n_members; i++) {
        const MpNexthop *single = mp_picture_nexthop_made(engine->picture, made->members[i].id);
        MpMember *member = single != NULL ? member_of_device(engine, single->oif) : NULL;

        if (member != NULL)
            return member;
    }
    return member_of_device(engine, made->oif);
}

/* IPv6 works over a link only once its link-local address does; where no member that works has one
 * (a manager took it away, say), nobody is better. */
static gboolean group_has_link_local(const MpEngine *engine, const MpGroup *group)
{
    for (guint i = 0; i < group->members->len; i++) {
        MpMember *member = g_ptr_array_index(group->members, i);

        if (member->index != 0 && !member->leaving && mp_member_is_functioning(member) &&
            mp_picture_has_link_local(engine->picture, member->index))
            return TRUE;
    }
    return FALSE;
}

gboolean mp_link_has_ipv6(const MpLink *link)
{
    return link != NULL && link->mtu >= MP_IPV6_MTU_MIN;
}

gboolean mp_member_can_host(const MpEngine *engine, const MpMember *member, guint8 family)
{
    if (member->index == 0)
        return FALSE;
    if (family == MP_IPV6 && !mp_link_has_ipv6(mp_picture_link(engine->picture, member->index)))
        return FALSE;
    return family == MP_IPV4 || mp_picture_has_link_local(engine->picture, member->index) ||
           !group_has_link_local(engine, member->group);
}

gboolean mp_member_may_host_ipv6(const MpEngine *engine, const MpMember *member)
{
    return mp_member_can_host(engine, member, MP_IPV6) ||
           (member->index != 0 && member->linkless_us != MP_NO_TIME &&
            mp_link_has_ipv6(mp_picture_link(engine->picture, member->index)));
}

guint mp_data_host_index(const MpData *data)
{
    return data->host != NULL ? data->host->index : 0;
}

gboolean mp_data_fits(const MpData *data, const MpLink *link)
{
    if (data->address.family == MP_IPV6 && !mp_link_has_ipv6(link))
        return FALSE;
    for (guint i = 0; i < G_N_ELEMENTS(data->unfit); i++) {
        if (data->unfit[i] == link->index)
            return FALSE;
    }
    return TRUE;
}

gboolean mp_data_is_settled(const MpEngine *engine, const MpData *data)
{
    guint index = mp_data_host_index(data);
    const MpIfaddr *ifaddr =
        index != 0 ? mp_picture_ifaddr(engine->picture, index, &data->address) : NULL;

    return ifaddr != NULL && (ifaddr->flags & (MP_IFA_TENTATIVE | MP_IFA_DADFAILED)) == 0 &&
           !mp_oplog_is_leaving(engine->oplog, index, &data->address);
}

MpAddressState mp_data_state(const MpData *data)
{
    if (data->withdrawn)
        return MP_ADDRESS_WITHDRAWN;
    return data->host != NULL && data->host->active ? MP_ADDRESS_UP : MP_ADDRESS_DOWN;
}
