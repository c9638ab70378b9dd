/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What became of an address while nobody was there to see it. */
#include "data-private.h"

#include "data.h"
#include "facts-nexthop.h"
#include "facts.h"
#include "member.h"

static gboolean was_member(const MpGroup *group, guint index)
{
    for (guint i = 0; i < group->members->len; i++) {
        if (((const MpMember *)g_ptr_array_index(group->members, i))->former_index == index)
            return TRUE;
    }
    return FALSE;
}

/* Also on a device that is no member any more, by our mark or back at home there, where it has
 * none: so it was we who took it to there. */
static gboolean has_copy_of_ours(const MpEngine *engine, const MpData *data)
{
    for (guint i = 0; i < engine->picture->addresses->len; i++) {
        const MpPictureAddress *entry = g_ptr_array_index(engine->picture->addresses, i);
        const MpIfaddr *copy = &entry->ifaddr;

        if (copy->index != MP_LOOPBACK_INDEX &&
            (copy->protocol == MP_PROTOCOL || was_member(data->group, copy->index)) &&
            mp_address_equal_host(&copy->address, &data->address))
            return TRUE;
    }
    return FALSE;
}

/* Withdrawn by the record, and put back since then, before a record could tell: it has moved, or it
 * went with its device and is still anchored. */
gboolean mp_data_was_put_back(const MpEngine *engine, const MpData *data)
{
    MpIfaddr anchor = mp_data_anchor(data);
    const MpIfaddr *found = mp_picture_ifaddr(engine->picture, MP_LOOPBACK_INDEX, &anchor.address);

    return has_copy_of_ours(engine, data) ||
           (found != NULL && found->protocol == MP_PROTOCOL && data->seen_index != 0 &&
            mp_picture_link(engine->picture, data->seen_index) == NULL);
}

/* Somebody turned IPv6 off: the device was not set down, which takes our nexthops there, and yet it
 * has no link-local, as others have. */
static gboolean is_ipv6_off(const MpEngine *engine, const MpData *data)
{
    gboolean others_have = FALSE;

    for (guint i = 0; i < data->group->members->len; i++) {
        const MpMember *member = g_ptr_array_index(data->group->members, i);

        others_have = others_have || mp_data_has_any_link_local(engine, member->index);
    }
    return others_have && !mp_data_has_any_link_local(engine, data->seen_index) &&
           mp_facts_has_our_nexthop(engine, data->seen_index);
}

/* The life before may have moved it there since its last record, home or, if that link was lost
 * (which takes our nexthops), to anybody. */
static gboolean may_have_moved_to(const MpEngine *engine, const MpData *data,
                                  const MpMember *member)
{
    return member->index != data->seen_index &&
           (member == data->home || !mp_facts_has_our_nexthop(engine, data->seen_index));
}

/* The kernel flushes IPv6 when a device is set down or has a small MTU for a moment, and with it
 * our way there to the prefix: only where that still is it was somebody, or where IPv6 is off. With
 * a device it takes all. To lose an address is worse than to have one too many. */
static gboolean kernel_kept_all(const MpEngine *engine, const MpData *data)
{
    const MpGroup *group = data->group;
    gboolean six = data->address.family == MP_IPV6;

    if (six && !mp_facts_has_kept_ipv6(engine, group, data->seen_index) &&
        !is_ipv6_off(engine, data))
        return FALSE;
    for (guint i = 0; i < group->members->len; i++) {
        const MpMember *member = g_ptr_array_index(group->members, i);

        if (!may_have_moved_to(engine, data, member))
            continue;
        if (!mp_facts_is_same_device(engine, member) ||
            (six && member->index != 0 && !mp_facts_has_kept_ipv6(engine, group, member->index)))
            return FALSE;
    }
    return TRUE;
}

/* An earlier life had it on this very device, which works, and now it is nowhere: somebody took it
 * away while nobody was there to see it, unless the device is a new one (data_judge()). */
gboolean mp_data_was_taken(const MpEngine *engine, const MpData *data)
{
    const MpLink *link = mp_picture_link(engine->picture, data->seen_index);
    const MpMember *member = mp_group_member_by_index(data->group, data->seen_index);

    /* What costs nothing first: most are where they are expected. */
    return engine->starting && data->recorded != 0 && data->host == NULL && !data->leaving &&
           mp_data_is_wanted(data) && link != NULL && member != NULL &&
           member->index == link->index && !member->leaving &&
           mp_picture_link_usable(engine->picture, link->index) && mp_data_fits(data, link) &&
           kernel_kept_all(engine, data) && mp_data_put_elsewhere(engine, data, 0) == NULL &&
           !has_copy_of_ours(engine, data);
}
