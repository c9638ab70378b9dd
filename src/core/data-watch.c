/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What others do with data addresses, and the kernel: put, renewed, taken away, flushed. */
#include "data-private.h"
#include "data.h"
#include "decide.h"
#include "facts-nexthop.h"
#include "facts.h"
#include "shadow.h"

#include <string.h>

/* A message that explains why an address vanished may still be on its way (adoption rules: link
 * messages precede), and a manager that configures a device anew puts it back some 15 ms later:
 * until then its anchor stays. */
#define SUSPECT_US (200 * MP_USEC_PER_MSEC)
/* Whoever puts an address on a device without link goes on with routes that need it there. */
#define GUEST_US (2 * MP_USEC_PER_SEC)
#define GUEST_LINKED_US (500 * MP_USEC_PER_MSEC)
/* Who moves an address by hand puts it on the other device first, and then takes it off the one
 * that has it. */
#define BY_HAND_US (60 * MP_USEC_PER_SEC)

void mp_data_suspect(MpData *data, gboolean asked_for, gboolean unseen, gint64 now_us)
{
    data->suspect_until_us = now_us + SUSPECT_US;
    data->asked_for = asked_for;
    data->unseen = unseen;
}

static void data_note_put(MpData *data, const MpMember *member, const MpIfaddr *ifaddr,
                          gint64 now_us)
{
    if (member == data->host || member == data->home)
        return;
    data->put = *ifaddr;
    /* It found itself on the other one. */
    data->put.flags &= ~(guint32)(MP_IFA_TENTATIVE | MP_IFA_DADFAILED);
    data->put_us = now_us;
}

/* Where its owner wants it who has just taken it off this device. */
static const MpIfaddr *data_wish(const MpEngine *engine, const MpData *data, guint index,
                                 gint64 now_us)
{
    const MpIfaddr *copy = mp_data_put_elsewhere(engine, data, index);
    const MpMember *member = mp_engine_member_by_index(engine, data->put.index);

    if (copy != NULL)
        return copy;
    if (data->put_us == 0 || now_us - data->put_us > BY_HAND_US || data->put.index == index ||
        member == NULL || member->group != data->group)
        return NULL;
    return &data->put;
}

static void data_note_guest(const MpEngine *engine, MpData *data, const MpMember *member,
                            gint64 now_us)
{
    gboolean linked = mp_picture_link_usable(engine->picture, member->index);

    /* With link neighbours are answered there, too: shortly, and only where it is about to return.
     */
    if (member == data->host || (linked && (member != data->home || member->active)))
        return;
    data->guest_index = member->index;
    data->guest_linked = linked;
    data->guest_until_us = now_us + (linked ? GUEST_LINKED_US : GUEST_US);
}

/* What was advertised of its prefix to its host holds for one that is away from home: there nobody
 * hears it. */
static void follow_advertised(MpEngine *engine, const MpMember *member, const MpIfaddr *heard)
{
    for (guint i = 0; i < member->group->data->len; i++) {
        MpData *data = g_ptr_array_index(member->group->data, i);

        if (data->host != member || data->home == member || !mp_ifaddr_is_slaac(&data->original) ||
            data->address.prefix != heard->address.prefix ||
            !mp_address_contains(&data->address, &heard->address))
            continue;
        data->original.valid_s = heard->valid_s;
        data->original.preferred_s = heard->preferred_s;
        data->original.stamp_us = heard->stamp_us;
        engine->record_dirty = TRUE;
    }
}

/* Somebody else put a data address on a member: a renewed lease, a manager's second thought, or one
 * taken back. */
void mp_data_note_seen(MpEngine *engine, const MpEvent *event, gint64 now_us)
{
    const MpIfaddr *ifaddr = &event->address;
    MpData *data = g_hash_table_lookup(engine->data, &ifaddr->address);
    MpMember *member = mp_engine_member_by_index(engine, ifaddr->index);

    engine->dirty = TRUE;
    if (member != NULL && mp_ifaddr_is_slaac(ifaddr) && !event->by_us)
        follow_advertised(engine, member, ifaddr);
    if (data == NULL || member == NULL || member->group != data->group || member->leaving)
        return;
    data->suspect_until_us = 0;
    engine->visible_dirty = TRUE;
    if (event->by_us || ifaddr->protocol == MP_PROTOCOL || data->leaving || data->removed)
        return;
    if (data->created)
        mp_data_becomes_found(engine, data);
    if (data->withdrawn)
        mp_data_return(engine, data, member, ifaddr, now_us);
    else
        data_note_guest(engine, data, member, now_us);
    data_note_put(data, member, ifaddr, now_us);
    if (member != data->home)
        return;
    /* In another prefix than before: he has changed his mind, or is not done yet: by ioctl it comes
     * with the prefix of its class first. Several side by side are one, the first. */
    if (mp_data_find_other(data, ifaddr->address.prefix) == NULL &&
        mp_picture_ifaddr(engine->picture, member->index, &data->address) == NULL)
        mp_data_take_prefix(engine, data, ifaddr);
    if (ifaddr->address.prefix == data->address.prefix)
        mp_data_take_form(engine, data, ifaddr);
    else
        mp_data_note_other(engine, data, ifaddr);
}

void mp_data_withdraw(MpEngine *engine, MpData *data, gint64 now_us)
{
    data->withdrawn = TRUE;
    g_array_set_size(data->others, 0);
    /* One follows the other: not to be kept. */
    data->removed |= mp_ifaddr_is_temporary(&data->original);
    engine->discovered = 0; /* another group may have it now */
    mp_shadow_touch(engine->shadow);
    data->suspect_until_us = data->guest_until_us = data->put_us = 0;
    data->announce_us = 0;
    data->moving = FALSE;
    engine->record_dirty = engine->visible_dirty = engine->dirty = TRUE;
    mp_notice_address(engine, data, MP_REASON_WITHDRAWN, now_us);
}

/* A flush of the kernel comes after the message that says why: the link went down, or its packets
 * became too small for IPv6. */
static gboolean link_explains(const MpLink *link, const MpData *data)
{
    return link == NULL || (link->flags & MP_IFF_UP) == 0 ||
           (data->address.family == MP_IPV6 && !mp_link_has_ipv6(link));
}

/* Its link was lost just before: a manager's habit, and somebody else has it in a moment. */
static gboolean is_habit(const MpEngine *engine, const MpData *data, const MpLink *link)
{
    return link != NULL && (link->flags & MP_IFF_UP) != 0 && data->host->active &&
           !mp_picture_link_usable(engine->picture, link->index) &&
           mp_group_usable_others(data->group, data->host) > 0;
}

/* Of several side by side (mp_data_note_seen()) the first has gone: another one is it now. */
static void data_take_other(MpEngine *engine, MpData *data, guint index)
{
    if (data->home != NULL && data->home->index == index)
        mp_data_look_at_home(engine, data);
}

/* IPv4 removals by a request carry the port of whoever asked; all else has to be told apart by what
 * the link did. */
void mp_data_note_gone(MpEngine *engine, const MpEvent *event, gint64 now_us)
{
    MpData *data = g_hash_table_lookup(engine->data, &event->address.address);
    const MpLink *link = mp_picture_link(engine->picture, event->address.index);

    engine->dirty = TRUE;
    if (data != NULL && !event->by_us && event->port_id != 0 &&
        data->put.index == event->address.index)
        data->put_us = 0; /* he thought better of it */
    if (data == NULL || mp_data_host_index(data) != event->address.index)
        return;
    engine->visible_dirty = TRUE;
    if (event->address.address.prefix != data->address.prefix) {
        if (!event->by_us && !link_explains(link, data))
            mp_data_drop_other(engine, data, event->address.address.prefix);
        return;
    }
    data->told_index = 0; /* to be told anew before it is made anew */
    /* It has found itself on another member: the kernel took it away, which its owner did not want.
     */
    if ((event->address.flags & MP_IFA_DADFAILED) != 0 && event->port_id == 0 &&
        mp_data_has_twin(engine, data)) {
        data->seen_index = 0;
        engine->record_dirty = TRUE;
        return;
    }
    if (event->by_us || data->withdrawn || data->removed || data->leaving)
        return;
    if (link_explains(link, data)) { /* neither a resync nor the next life has a say in it */
        data->seen_index = 0;
        engine->record_dirty = TRUE;
    }
    data_take_other(engine, data, event->address.index);
    if (is_habit(engine, data, link)) {
        data->seen_index = 0;
        engine->record_dirty = TRUE;
        return;
    }
    data->asked_for = event->port_id != 0 && data->address.family == MP_IPV4;
    if (data->asked_for || !link_explains(link, data))
        mp_data_suspect(data, data->asked_for, FALSE, now_us);
}

void mp_data_note_resync(MpEngine *engine, gint64 now_us)
{
    GHashTableIter iter;
    MpData *data;

    g_hash_table_iter_init(&iter, engine->data);
    while (g_hash_table_iter_next(&iter, NULL, (gpointer *)&data)) {
        if (data->withdrawn || data->removed || data->leaving || data->moving ||
            data->host == NULL || !data->host->active || data->announce_us != 0)
            continue;
        if (data->seen_index != 0 &&
            data->seen_index == data->host->index && /* else it went with its device */
            mp_picture_ifaddr(engine->picture, data->host->index, &data->address) == NULL) {
            mp_data_suspect(data, FALSE, TRUE, now_us);
            data->host->mark_known = data->host->sysctls_asked = FALSE;
        }
    }
}

gboolean mp_data_has_any_link_local(const MpEngine *engine, guint index)
{
    const GPtrArray *list = mp_picture_addresses(engine->picture, index);

    for (guint i = 0; i < list->len; i++) {
        const MpPictureAddress *entry = g_ptr_array_index(list, i);

        if (entry->ifaddr.address.family == MP_IPV6 &&
            mp_address_is_link_local(&entry->ifaddr.address))
            return TRUE;
    }
    return FALSE;
}

/* IPv6 goes with a device that is down for a moment, and so do our nexthops there; it goes when
 * packets are too small for it for a moment, and so does our way there to a connected prefix. That
 * is gone where somebody turned IPv6 off, too: but there no link-local is, either. */
static gboolean dump_explains(const MpEngine *engine, const MpData *data, MpDump dump)
{
    if (dump == MP_DUMP_NEXTHOPS)
        return !mp_facts_has_our_nexthop(engine, data->seen_index);
    return dump == MP_DUMP_ROUTES &&
           !mp_facts_has_kept_ipv6(engine, data->group, data->seen_index) &&
           mp_data_has_any_link_local(engine, data->seen_index);
}

void mp_data_note_dumped(MpEngine *engine, MpDump dump)
{
    GHashTableIter iter;
    MpData *data;

    g_hash_table_iter_init(&iter, engine->data);
    while (g_hash_table_iter_next(&iter, NULL, (gpointer *)&data)) {
        if (data->suspect_until_us == 0 || !data->unseen || data->address.family != MP_IPV6 ||
            !dump_explains(engine, data, dump))
            continue;
        data->suspect_until_us = 0;
        data->seen_index = 0;
        engine->record_dirty = engine->visible_dirty = TRUE;
    }
}

/* Held on lo, where it has no end: the lease that it came with still has one. Whatever its owner
 * has put somewhere has an end of its own, of which the kernel tells. */
gint64 mp_data_end(const MpEngine *engine, const MpData *data)
{
    const MpIfaddr *form = &data->original;

    if (form->valid_s == MP_FOREVER || !mp_data_is_wanted(data) || data->leaving ||
        (data->host != NULL &&
         mp_picture_ifaddr(engine->picture, mp_data_host_index(data), &data->address) != NULL) ||
        mp_data_put_elsewhere(engine, data, 0) != NULL)
        return G_MAXINT64;
    return mp_ifaddr_end_us(form);
}

/* Its lease has ended where it has one prefix alone: of those that it has at home another one
 * lasts, and is it now. */
static gboolean data_outlives(MpEngine *engine, MpData *data, gint64 now_us)
{
    MpIfaddr next;

    mp_data_prune_others(engine, data, now_us);
    if (data->others->len == 0 || data->original.valid_s == MP_FOREVER ||
        now_us < mp_ifaddr_end_us(&data->original) - MP_USEC_PER_SEC)
        return FALSE;
    next = g_array_index(data->others, MpIfaddr, 0);
    mp_data_take_prefix(engine, data, &next);
    mp_data_take_form(engine, data, &next);
    data->seen_index = 0; /* it has to be made */
    data->suspect_until_us = 0;
    return TRUE;
}

/* Where its owner has put it, and in the prefix in which he has, it is now. */
static void data_follow(MpEngine *engine, MpData *data, const MpIfaddr *copy)
{
    MpMember *member = mp_engine_member_by_index(engine, copy->index);

    data->put_us = 0;
    if (data->configured || member->leaving || !mp_ifaddr_is_candidate(member, copy))
        return;
    data->home = data->host = member;
    data->moving = FALSE;
    data->seen_index = 0; /* it may have to be made there */
    mp_data_take_prefix(engine, data, copy);
    mp_data_take_form(engine, data, copy);
    mp_shadow_touch(engine->shadow);
    engine->record_dirty = TRUE;
}

/* It did not come back, and no link explains it. Nor is the device a new one under its old number
 * (unplugged and plugged, in another network namespace for a while): what was set there is gone. */
static void data_judge(MpEngine *engine, MpData *data, gint64 now_us)
{
    guint index = data->unseen ? data->seen_index : mp_data_host_index(data);
    const MpMember *member = mp_group_member_by_index(data->group, index);
    const MpIfaddr *copy = data_wish(engine, data, index, now_us);

    data->suspect_until_us = 0;
    engine->dirty = engine->visible_dirty = TRUE;
    if (data->unseen &&
        ((member != NULL && !member->mark_known) || engine->picture->complete != MP_DUMP_ALL)) {
        mp_data_suspect(data, FALSE, TRUE, now_us);
        return;
    }
    if ((data->asked_for || !link_explains(mp_picture_link(engine->picture, index), data)) &&
        mp_picture_ifaddr(engine->picture, index, &data->address) == NULL &&
        !(data->unseen && member != NULL && member->renewed)) {
        if (copy == NULL && !data_outlives(engine, data, now_us)) {
            mp_data_withdraw(engine, data, now_us);
            return;
        }
        if (copy != NULL)
            data_follow(engine, data, copy);
    }
    if (data->unseen)
        data->seen_index = 0;
}

static gboolean is_unfit_somewhere(const MpData *data)
{
    for (guint i = 0; i < G_N_ELEMENTS(data->unfit); i++) {
        if (data->unfit[i] != 0)
            return TRUE;
    }
    return FALSE;
}

static void data_forgive(MpEngine *engine, MpData *data)
{
    memset(data->unfit, 0, sizeof data->unfit);
    data->unfit_until_us = 0;
    engine->dirty = TRUE;
}

/* Refused by everybody who is active, it would be nowhere for good. Whoever has it now may not have
 * it later: mp_data_ask_again(). */
static void data_end_hold(MpEngine *engine, MpData *data)
{
    guint index = mp_data_host_index(data);

    if (index != 0 && data->host->active && is_unfit_somewhere(data) &&
        mp_picture_ifaddr(engine->picture, index, &data->address) != NULL)
        data->unfit_until_us = MP_UNFIT_IF_NEEDED;
    else
        data_forgive(engine, data);
}

void mp_data_ask_again(MpEngine *engine, MpData *data)
{
    if (data->unfit_until_us != MP_UNFIT_IF_NEEDED || (data->host != NULL && data->host->active))
        return;
    for (guint i = 0; i < data->group->members->len; i++) {
        const MpMember *member = g_ptr_array_index(data->group->members, i);
        const MpLink *link = mp_picture_link(engine->picture, member->index);

        if (member->active && link != NULL && mp_data_fits(data, link))
            return; /* goes there, without being refused once more */
    }
    data_forgive(engine, data);
}

void mp_data_expire(MpEngine *engine, gint64 now_us)
{
    GHashTableIter iter;
    MpData *data;

    g_hash_table_iter_init(&iter, engine->data);
    while (g_hash_table_iter_next(&iter, NULL, (gpointer *)&data)) {
        if (now_us >= mp_data_end(engine, data) && !data_outlives(engine, data, now_us))
            mp_data_withdraw(engine, data, now_us);
        if (data->unfit_until_us != 0 && now_us >= data->unfit_until_us)
            data_end_hold(engine, data);
        if (data->guest_until_us != 0 && now_us >= data->guest_until_us) {
            data->guest_until_us = 0;
            engine->dirty = TRUE;
        }
        if (data->suspect_until_us != 0 && now_us >= data->suspect_until_us)
            data_judge(engine, data, now_us);
    }
}
