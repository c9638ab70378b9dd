/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "decide.h"

#include "announcer.h"
#include "data.h"
#include "facts.h"
#include "member.h"
#include "probing.h"

#include <string.h>

gboolean mp_group_has_others(const MpGroup *group, const MpMember *member)
{
    for (guint i = 0; i < group->members->len; i++) {
        const MpMember *other = g_ptr_array_index(group->members, i);

        if (other != member && other->active && mp_member_is_functioning(other) && !other->leaving)
            return TRUE;
    }
    return FALSE;
}

guint mp_group_usable_others(const MpGroup *group, const MpMember *member)
{
    guint count = 0;

    for (guint i = 0; i < group->members->len; i++) {
        const MpMember *other = g_ptr_array_index(group->members, i);

        if (other != member && mp_member_is_functioning(other) && !other->leaving &&
            !other->offline)
            count++;
    }
    return count;
}

/* Members -----------------------------------------------------------------------------------------
 */

static gboolean same_hwaddr(const MpLink *a, const MpLink *b)
{
    return a->hwaddr_len > 0 && a->hwaddr_len == b->hwaddr_len &&
           memcmp(a->hwaddr, b->hwaddr, a->hwaddr_len) == 0;
}

static const MpMember *hwaddr_twin(const MpEngine *engine, const MpGroup *group,
                                   const MpMember *member)
{
    const MpLink *link = mp_picture_link(engine->picture, member->index);

    for (guint i = 0; i < group->members->len && link != NULL; i++) {
        const MpMember *other = g_ptr_array_index(group->members, i);
        const MpLink *theirs = mp_picture_link(engine->picture, other->index);

        if (other != member && theirs != NULL && !other->duplicate && same_hwaddr(link, theirs))
            return other;
    }
    return NULL;
}

/* The next life has to know who came later. */
static void set_duplicate(MpEngine *engine, MpMember *member, gboolean duplicate)
{
    member->duplicate = duplicate;
    engine->record_dirty = TRUE;
}

void mp_decide_duplicates(MpEngine *engine, MpGroup *group, const MpMember *newcomer)
{
    for (guint i = 0; i < group->members->len; i++) {
        MpMember *member = g_ptr_array_index(group->members, i);

        if (member->duplicate && hwaddr_twin(engine, group, member) == NULL)
            set_duplicate(engine, member, FALSE);
    }
    if (newcomer != NULL && !newcomer->duplicate && hwaddr_twin(engine, group, newcomer) != NULL)
        set_duplicate(engine, (MpMember *)newcomer, TRUE);
    /* At start nobody is the newcomer: the later in configuration order is. */
    for (guint i = group->members->len; i > 0; i--) {
        MpMember *member = g_ptr_array_index(group->members, i - 1);

        if (!member->duplicate && hwaddr_twin(engine, group, member) != NULL)
            set_duplicate(engine, member, TRUE);
    }
}

void mp_decide_member(MpEngine *engine, MpMember *member, gint64 now_us)
{
    MpInterfaceState from = member->state;

    if (mp_member_update(engine, member, mp_group_has_others(member->group, member), now_us))
        mp_notice_interface(engine, member, from, now_us);
    /* Whether it is probed follows from it, and nothing else may happen for long. */
    if (member->state != from &&
        (member->state == MP_INTERFACE_OFFLINE || from == MP_INTERFACE_OFFLINE))
        engine->dirty = TRUE;
}

/* A member that its probes speak against is looked at after the others, and after those that have
 * lost their link by now: when there is nobody else they prove nothing. So is one whose repair is
 * held, which ends when nobody else carries the group. */
static void update_members(MpEngine *engine, MpGroup *group, gint64 now_us)
{
    for (guint i = 0; i < group->members->len; i++) {
        MpMember *member = g_ptr_array_index(group->members, i);

        member->was_active = member->active;
        if (!mp_member_is_up_to_probes(engine, member))
            mp_decide_member(engine, member, now_us);
    }
    for (guint i = 0; i < group->members->len; i++) {
        MpMember *member = g_ptr_array_index(group->members, i);

        if (mp_member_is_up_to_probes(engine, member) ||
            (member->hold_until_us > now_us && !mp_group_has_others(group, member)))
            mp_decide_member(engine, member, now_us);
    }
}

/* Placement ---------------------------------------------------------------------------------------
 */

static void describe_members(MpEngine *engine, MpGroup *group)
{
    g_free(group->placed);
    group->placed = g_new0(MpPlaceMember, group->members->len + 1);
    for (guint i = 0; i < group->members->len; i++) {
        const MpMember *member = g_ptr_array_index(group->members, i);
        MpPlaceMember *place = &group->placed[i];

        place->functioning = mp_member_is_functioning(member) && !member->leaving &&
                             !(member->offline && mp_group_usable_others(group, member) > 0);
        place->standby = member->config->standby;
        place->inactive = member->inactive;
        place->reclaim = member->reclaim;
        place->was_active = member->was_active;
        place->can4 = mp_member_can_host(engine, member, MP_IPV4);
        place->can6 = mp_member_can_host(engine, member, MP_IPV6);
        place->may6 = mp_member_may_host_ipv6(engine, member);
    }
}

static void apply_activity(MpEngine *engine, MpGroup *group, gint64 now_us)
{
    for (guint i = 0; i < group->members->len; i++) {
        MpMember *member = g_ptr_array_index(group->members, i);
        const MpPlaceMember *place = &group->placed[i];

        if (member->inactive != place->inactive)
            engine->record_dirty = engine->visible_dirty = TRUE;
        member->inactive = place->inactive;
        if (member->active == place->active)
            continue;
        member->active = place->active;
        engine->visible_dirty = engine->record_dirty = TRUE;
        if (mp_member_is_functioning(member) && !engine->starting &&
            member->state != MP_INTERFACE_MISSING)
            mp_notice_role(engine, member,
                           place->active ? MP_REASON_ACTIVATED : MP_REASON_DEACTIVATED, now_us);
    }
}

static gint member_number(const MpGroup *group, const MpMember *member)
{
    guint at;

    return member != NULL && g_ptr_array_find(group->members, member, &at) ? (gint)at : -1;
}

static guint64 unfit_bits(const MpGroup *group, const MpData *data)
{
    guint64 bits = 0;

    for (guint i = 0; i < group->members->len; i++) {
        const MpMember *member = g_ptr_array_index(group->members, i);

        for (guint k = 0; k < G_N_ELEMENTS(data->unfit); k++) {
            if (data->unfit[k] != 0 && data->unfit[k] == member->index)
                bits |= G_GUINT64_CONSTANT(1) << i;
        }
    }
    return bits;
}

/* Not what its device cannot have now, as IPv6 with a small MTU, nor what is not asked for now,
 * since it was refused: that may last. */
static gboolean may_come(const MpEngine *engine, const MpData *data, gint64 now_us)
{
    const MpLink *link = mp_picture_link(engine->picture, data->host->index);
    MpOp making;

    if (!data->host->active || link == NULL || !mp_data_fits(data, link))
        return FALSE;
    making = mp_data_making(engine, data, now_us);
    return !mp_oplog_is_held(engine->oplog, &making, now_us);
}

/* Announced when it is there. */
static gboolean is_told_later(const MpEngine *engine, const MpData *data)
{
    return mp_data_are_many(engine) && mp_data_is_fresh(engine, data);
}

static gboolean may_speak_for(const MpEngine *engine, const MpData *data, gint64 now_us)
{
    return !is_told_later(engine, data) && may_come(engine, data, now_us);
}

static void data_move(MpEngine *engine, MpData *data, MpMember *to, MpReason reason, gint64 now_us)
{
    gboolean again = data->moving && to == data->host; /* only to be said again */

    if (!data->moving)
        g_strlcpy(data->moved_from, data->host != NULL ? data->host->name : "",
                  sizeof data->moved_from);
    data->host = to;
    data->moving = TRUE;
    /* Until it was anywhere, it only looks for its first place. */
    if (!again)
        data->move_reason =
            data->moved_from[0] == '\0' && reason != MP_REASON_RESTORED ? MP_REASON_ADDED : reason;
    engine->visible_dirty = TRUE;
    if (may_speak_for(engine, data, now_us))
        mp_announcer_move(engine, data, now_us);
}

/* Gone from where it belongs and about to be made there again: the neighbours may have forgotten.
 */
static gboolean data_returns(const MpEngine *engine, const MpData *data, gint64 now_us)
{
    gboolean untold = data->told_index != data->host->index && !is_told_later(engine, data);

    return (!data->moving || untold) &&
           (mp_picture_ifaddr(engine->picture, data->host->index, &data->address) == NULL ||
            mp_oplog_is_leaving(engine->oplog, data->host->index, &data->address)) &&
           may_come(engine, data, now_us);
}

static void apply_places(MpEngine *engine, MpGroup *group, GPtrArray *list,
                         const MpPlaceAddress *places, gint64 now_us)
{
    gboolean failover = FALSE;

    for (guint i = 0; i < list->len; i++) {
        MpData *data = g_ptr_array_index(list, i);
        MpMember *to =
            places[i].host >= 0 ? g_ptr_array_index(group->members, places[i].host) : NULL;

        if (data->host != NULL && !may_speak_for(engine, data, now_us))
            data->told_index = 0; /* what was said of it is void */
        if (to != NULL && to == data->host && to->leaving) {
            data->host = to = NULL; /* nobody else can have it now: held */
            data->seen_index = 0;
            engine->record_dirty = TRUE;
        }
        if (to == NULL || (to == data->host && !data_returns(engine, data, now_us)))
            continue;
        failover = failover || (places[i].reason == MP_REASON_FAILOVER && data->host != NULL &&
                                data->host != to);
        data_move(engine, data, to, places[i].reason, now_us);
    }
    if (failover) {
        group->failovers++;
        group->last_failover_us = now_us;
    }
}

/* Addresses that are given back belong at home, whatever state it is in. */
static void place_leaving(MpEngine *engine, MpData *data, gint64 now_us)
{
    if (!data->leaving || data->home == NULL || data->host == data->home || data->home->index == 0)
        return;
    data_move(engine, data, data->home, MP_REASON_RESTORED, now_us);
}

/* Those that have to be somewhere, and what is known of each before anybody is activated. */
static GPtrArray *describe_addresses(const MpGroup *group, MpPlaceAddress *places)
{
    GPtrArray *list = g_ptr_array_new();

    for (guint i = 0; i < group->data->len; i++) {
        MpData *data = g_ptr_array_index(group->data, i);

        if (data->leaving || !mp_data_is_wanted(data) || data->suspect_until_us != 0)
            continue;
        places[list->len] = (MpPlaceAddress){.home = member_number(group, mp_data_home(data)),
                                             .host = member_number(group, data->host),
                                             .family = data->address.family,
                                             .unfit = unfit_bits(group, data)};
        g_ptr_array_add(list, data);
    }
    return list;
}

static void place_addresses(MpEngine *engine, MpGroup *group, GPtrArray *list,
                            MpPlaceAddress *places, gboolean changed, gint64 now_us)
{
    for (guint i = 0; i < group->data->len; i++) {
        MpData *data = g_ptr_array_index(group->data, i);

        place_leaving(engine, data, now_us);
        mp_data_ask_again(engine, data);
    }
    for (guint i = 0; i < list->len; i++) { /* by now some may be asked again */
        if (places[i].unfit != 0)
            places[i].unfit = unfit_bits(group, g_ptr_array_index(list, i));
    }
    mp_placement_place(group->placed, group->members->len, places, list->len,
                       changed || group->rebalance);
    group->rebalance = FALSE;
    apply_places(engine, group, list, places, now_us);
}

/* Group -------------------------------------------------------------------------------------------
 */

static void update_group_state(MpEngine *engine, MpGroup *group, gint64 now_us)
{
    MpGroupState from = group->state;
    MpReason reason = MP_REASON_NONE;
    guint usable = 0, total = 0;
    gint64 latest_us = -1;

    for (guint i = 0; i < group->members->len; i++) {
        const MpMember *member = g_ptr_array_index(group->members, i);

        if (member->leaving)
            continue;
        total++;
        if (mp_member_is_working(member))
            usable++;
        if (member->since_us > latest_us) {
            latest_us = member->since_us;
            reason = member->reason;
        }
    }
    group->state = total == 0 || usable == 0 ? MP_GROUP_FAILED
                   : usable < total          ? MP_GROUP_DEGRADED
                                             : MP_GROUP_OK;
    group->reason = total > 0 && usable == 0 ? MP_REASON_GROUP_FAILURE : reason;
    if (group->state != from && !group->deleted && !group->anonymous)
        mp_notice_group(engine, group, from, now_us);
}

void mp_decide_group(MpEngine *engine, MpGroup *group, gint64 now_us)
{
    g_autofree MpPlaceAddress *places = g_new0(MpPlaceAddress, group->data->len + 1);
    g_autoptr(GPtrArray) list = NULL;
    gboolean changed;

    update_members(engine, group, now_us);
    describe_members(engine, group);
    list = describe_addresses(group, places);
    changed = mp_placement_activate(group->placed, group->members->len, places, list->len);
    apply_activity(engine, group, now_us);
    if (engine->starting) /* who is active was so before, as a rule */
        changed = mp_facts_activity_differs(engine, group);
    place_addresses(engine, group, list, places, changed, now_us);
    update_group_state(engine, group, now_us);
}

void mp_decide_tracked(MpEngine *engine, MpGroup *group, gint64 now_us)
{
    update_members(engine, group, now_us);
    update_group_state(engine, group, now_us);
}

gboolean mp_member_is_polled(const MpEngine *engine, const MpMember *member)
{
    if (member->index == 0 || member->leaving)
        return FALSE;
    if (mp_picture_link_read_down(engine->picture, member->index))
        return TRUE; /* what was read is to be confirmed, or denied */
    return mp_member_is_functioning(member) && member->active &&
           mp_group_usable_others(member->group, member) > 0;
}
