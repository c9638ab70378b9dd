/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "data-private.h"

#include "data.h"
#include "facts.h"
#include "member.h"
#include "shadow.h"
#include "stray.h"

#include <string.h>

void mp_data_free(MpData *data)
{
    g_array_unref(data->others);
    g_free(data);
}

/* In its place by address. */
static void group_insert(MpGroup *group, MpData *data)
{
    guint low = 0, high = group->data->len;

    while (low < high) {
        guint middle = low + (high - low) / 2;
        const MpData *other = g_ptr_array_index(group->data, middle);

        if (mp_address_compare(&other->address, &data->address) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    g_ptr_array_insert(group->data, (gint)low, data);
}

static MpData *data_new(MpEngine *engine, MpGroup *group, const MpAddress *address, MpMember *home)
{
    MpData *data = g_new0(MpData, 1);

    data->address = *address;
    data->group = group;
    data->home = home;
    data->original.address = *address;
    data->original.valid_s = data->original.preferred_s = MP_FOREVER;
    data->original.protocol = MP_PROTOCOL;
    data->original.flags = address->family == MP_IPV6 ? MP_IFA_NODAD : 0;
    data->order = mp_data_next_order(group);
    data->others = g_array_new(FALSE, FALSE, sizeof(MpIfaddr));
    group_insert(group, data);
    g_hash_table_insert(engine->data, &data->address, data);
    mp_shadow_touch(engine->shadow);
    engine->record_dirty = TRUE;
    engine->visible_dirty = TRUE;
    engine->dirty = TRUE;
    return data;
}

static gboolean same_form(const MpIfaddr *a, const MpIfaddr *b)
{
    return a->flags == b->flags && a->scope == b->scope && a->protocol == b->protocol &&
           a->metric == b->metric && strcmp(a->label, b->label) == 0 &&
           a->has_broadcast == b->has_broadcast &&
           memcmp(a->broadcast, b->broadcast, sizeof a->broadcast) == 0 &&
           a->valid_s == MP_FOREVER && b->valid_s == MP_FOREVER && a->preferred_s == b->preferred_s;
}

/* What the kernel says of its state. */
#define STATE_FLAGS                                                                                \
    (MP_IFA_TENTATIVE | MP_IFA_PERMANENT | MP_IFA_DADFAILED | MP_IFA_DEPRECATED | MP_IFA_OPTIMISTIC)

void mp_data_take_form(MpEngine *engine, MpData *data, const MpIfaddr *ifaddr)
{
    MpIfaddr form = *ifaddr;

    form.flags &= ~(guint32)STATE_FLAGS;
    if (ifaddr->address.family == MP_IPV4)
        form.flags &= ~(guint32)MP_IFA_SECONDARY;
    else if (data->foreign) /* ours when we made it again: the kernel does not say who asked */
        form.flags = (form.flags & ~(guint32)MP_IFA_NODAD) |
                     (data->original.flags & (MP_IFA_NODAD | MP_IFA_TEMPORARY));
    if (data->configured) /* whatever it was found as: it has no end */
        form.valid_s = form.preferred_s = MP_FOREVER;
    if (data->foreign && same_form(&form, &data->original))
        return;
    data->original = form;
    data->foreign = TRUE;
    data->recorded = 0;
    mp_shadow_touch(engine->shadow);
    engine->record_dirty = TRUE;
}

/* Where an address is that has just become ours: a copy on a member wins over nothing, the home
 * over a copy. */
static void data_locate(const MpEngine *engine, MpData *data)
{
    if (data->home != NULL && data->home->index != 0 &&
        mp_picture_ifaddr(engine->picture, data->home->index, &data->address) != NULL)
        data->host = data->home;
    for (guint i = 0; i < data->group->members->len; i++) {
        MpMember *member = g_ptr_array_index(data->group->members, i);
        const MpIfaddr *ifaddr =
            member->index != 0 ? mp_picture_ifaddr(engine->picture, member->index, &data->address)
                               : NULL;

        if (ifaddr != NULL &&
            (data->host == NULL || (ifaddr->protocol == MP_PROTOCOL && member != data->home)))
            data->host = member;
    }
}

void mp_data_take_prefix(MpEngine *engine, MpData *data, const MpIfaddr *ifaddr)
{
    if (data->configured || data->address.prefix == ifaddr->address.prefix)
        return;
    data->address.prefix = ifaddr->address.prefix;
    mp_data_drop_other(engine, data, ifaddr->address.prefix);
    mp_shadow_touch(engine->shadow);
    engine->record_dirty = engine->visible_dirty = TRUE;
}

MpIfaddr *mp_data_find_other(const MpData *data, guint8 prefix)
{
    for (guint i = 0; i < data->others->len; i++) {
        MpIfaddr *other = &g_array_index(data->others, MpIfaddr, i);

        if (other->address.prefix == prefix)
            return other;
    }
    return NULL;
}

gboolean mp_data_drop_other(MpEngine *engine, MpData *data, guint8 prefix)
{
    MpIfaddr *other = mp_data_find_other(data, prefix);

    if (other == NULL)
        return FALSE;
    g_array_remove_index(data->others, (guint)(other - (MpIfaddr *)data->others->data));
    engine->record_dirty = engine->dirty = TRUE;
    return TRUE;
}

static gboolean same_other(const MpIfaddr *a, const MpIfaddr *b)
{
    MpIfaddr left = *a, right = *b;

    left.valid_s = left.preferred_s = right.valid_s = right.preferred_s = MP_FOREVER;
    return mp_ifaddr_same_end(a, b) && same_form(&left, &right);
}

void mp_data_prune_others(MpEngine *engine, MpData *data, gint64 now_us)
{
    for (guint i = data->others->len; i > 0; i--) {
        const MpIfaddr *other = &g_array_index(data->others, MpIfaddr, i - 1);

        if (now_us >= mp_ifaddr_end_us(other))
            mp_data_drop_other(engine, data, other->address.prefix);
    }
}

void mp_data_note_other(MpEngine *engine, MpData *data, const MpIfaddr *ifaddr)
{
    MpIfaddr form = *ifaddr, *known = mp_data_find_other(data, ifaddr->address.prefix);

    form.flags &= ~(guint32)(STATE_FLAGS | MP_IFA_SECONDARY);
    if (data->home == NULL || data->home->index != ifaddr->index || data->configured ||
        ifaddr->protocol == MP_PROTOCOL || ifaddr->address.family != MP_IPV4 ||
        ifaddr->address.prefix == data->address.prefix ||
        (known != NULL && same_other(&form, known)))
        return;
    if (known != NULL)
        *known = form;
    else
        g_array_append_val(data->others, form);
    data->recorded = 0; /* it may not leave before it is recorded */
    engine->record_dirty = TRUE;
}

/* On its home, in its prefix if there is one of that, else in any. */
static const MpIfaddr *copy_at_home(const MpEngine *engine, const MpData *data)
{
    guint index = data->home->index;
    const MpIfaddr *exact = mp_picture_ifaddr(engine->picture, index, &data->address);
    const GPtrArray *list = mp_picture_addresses(engine->picture, index);

    for (guint i = 0; i < list->len && exact == NULL; i++) {
        const MpIfaddr *copy = &((MpPictureAddress *)g_ptr_array_index(list, i))->ifaddr;

        if (mp_address_equal_host(&copy->address, &data->address) && copy->protocol != MP_PROTOCOL)
            return copy;
    }
    return exact;
}

void mp_data_look_at_home(MpEngine *engine, MpData *data)
{
    const MpIfaddr *ifaddr;

    if (data->home == NULL || data->home->index == 0)
        return;
    ifaddr = copy_at_home(engine, data);
    if (ifaddr == NULL || ifaddr->protocol == MP_PROTOCOL)
        return;
    mp_data_take_prefix(engine, data, ifaddr);
    if (ifaddr->address.prefix == data->address.prefix)
        mp_data_take_form(engine, data, ifaddr);
}

void mp_data_becomes_found(MpEngine *engine, MpData *data)
{
    data->created = FALSE;
    data->foreign = TRUE;
    data->original.protocol = 0;
    data->original.flags = 0;
    data->recorded = 0;
    engine->record_dirty = engine->dirty = TRUE;
}

/* Declared, but somebody else had put it on a member, in whatever prefix: it does not go with the
 * declaration. */
static void look_elsewhere(MpEngine *engine, MpData *data)
{
    const MpIfaddr *copy = NULL;

    if (!data->created || data->removed || data->recorded != 0)
        return;
    if (data->host != NULL)
        copy = mp_picture_ifaddr(engine->picture, data->host->index, &data->address);
    if (copy == NULL || copy->protocol == MP_PROTOCOL)
        copy = mp_data_put_elsewhere(engine, data, 0);
    if (copy == NULL)
        return;
    mp_data_becomes_found(engine, data);
    if (copy->address.prefix == data->address.prefix)
        mp_data_take_form(engine, data, copy);
}

/* From a group that gives it back, or has no say in it any more. */
static void data_change_group(const MpEngine *engine, MpData *data, MpGroup *group)
{
    guint at = 0;

    if (g_ptr_array_find(data->group->data, data, &at))
        g_ptr_array_steal_index(data->group->data, at);
    data->group = group;
    data->home = data->host = NULL;
    data->order = mp_data_next_order(group);
    data->suspect_until_us = data->guest_until_us = data->announce_us = 0;
    data->moving = FALSE;
    data->recorded = 0;
    group_insert(group, data);
    data_locate(engine, data);
}

void mp_data_declare(MpEngine *engine, MpGroup *group, const MpAddress *address, MpMember *home,
                     gint64 now_us)
{
    MpData *data = g_hash_table_lookup(engine->data, address);

    if (data != NULL && data->group != group)
        data_change_group(engine, data, group);
    if (data != NULL) {
        gboolean back = data->withdrawn || data->removed || data->leaving;

        data->configured = TRUE;
        data->source = MP_SOURCE_CONFIG;
        data->home = home;
        data->address.prefix = address->prefix; /* as it is declared, not as it was found */
        g_array_set_size(data->others, 0);
        data->withdrawn = data->removed = data->leaving = FALSE;
        mp_shadow_touch(engine->shadow);
        engine->record_dirty = engine->visible_dirty = engine->dirty = TRUE;
        if (back) {
            data->recorded = 0; /* what was stored meanwhile does not say it */
            mp_notice_address(engine, data, MP_REASON_ADDED, now_us);
        }
        return;
    }
    data = data_new(engine, group, address, home);
    data->configured = TRUE;
    data->source = MP_SOURCE_CONFIG;
    data->created = TRUE;
    if (!engine->started)
        return; /* the kernel has not been looked at yet: mp_data_discover() */
    mp_data_look_at_home(engine, data);
    data->created = !data->foreign;
    data_locate(engine, data);
    look_elsewhere(engine, data);
    mp_notice_address(engine, data, MP_REASON_ADDED, now_us);
}

/* An earlier version told of one more prefix by that alone. */
static void recall_second(MpData *data, const MpRecordAddress *entry)
{
    MpIfaddr other = data->original;

    if (entry->second_prefix == 0 || entry->second_prefix > 32 || data->configured ||
        data->address.family != MP_IPV4)
        return;
    other.address.prefix = entry->second_prefix;
    other.has_broadcast = other.has_broadcast && other.address.prefix < 31;
    memcpy(other.broadcast, other.address.bytes, sizeof other.broadcast);
    for (guint bit = other.address.prefix; bit < 32; bit++)
        other.broadcast[bit / 8] |= (guint8)(0x80u >> bit % 8);
    g_array_append_val(data->others, other);
}

static void recall_other(MpData *data, const MpRecordAddress *entry)
{
    MpIfaddr other = entry->original;

    if (data == NULL || data->configured || entry->withdrawn || other.valid_s == 0 ||
        entry->address.family != MP_IPV4 || entry->address.prefix == data->address.prefix ||
        mp_data_find_other(data, entry->address.prefix) != NULL)
        return;
    other.address = entry->address;
    g_array_append_val(data->others, other);
}

void mp_data_recall(MpEngine *engine, MpGroup *group, const MpRecordAddress *entry)
{
    MpData *data = g_hash_table_lookup(engine->data, &entry->address);
    MpMember *home = entry->home != NULL ? mp_group_member(group, entry->home) : NULL;

    if (entry->removed)
        return; /* nobody's in this life either */
    if (data != NULL && data->group != group)
        return; /* another group has it now */
    if (entry->home != NULL && home == NULL)
        return; /* its home is of this group no more: it is nobody's business here */
    if (entry->other) {
        recall_other(data, entry);
        return;
    }
    if (data == NULL) {
        if (entry->source == MP_SOURCE_CONFIG && entry->created)
            return; /* taken out of the file meanwhile: what is left of it is cleaned */
        data = data_new(engine, group, &entry->address, home);
        data->source = MP_SOURCE_ADOPTED;
    }
    data->created = entry->created;
    data->original = entry->original;
    data->original.address = data->address;
    recall_second(data, entry);
    data->foreign = !entry->created;
    data->order = entry->order;
    group->next_order = MAX(group->next_order, entry->order + 1);
    data->seen_index = entry->original.index;
    data->was_somewhere = data->seen_index != 0;
    data->recorded = 1; /* it comes from a stored record */
    /* What is declared is at home where the file says, whatever the record does. */
    data->leaving = group->deleted || (data->home != NULL && data->home->leaving);
    data->withdrawn = entry->withdrawn && !mp_data_was_put_back(engine, data);
    engine->record_dirty |= data->withdrawn != entry->withdrawn;
}

gboolean mp_ifaddr_is_temporary(const MpIfaddr *ifaddr)
{
    return ifaddr->address.family == MP_IPV6 && (ifaddr->flags & MP_IFA_TEMPORARY) != 0;
}

gboolean mp_ifaddr_is_slaac(const MpIfaddr *ifaddr)
{
    return ifaddr->address.family == MP_IPV6 && !mp_ifaddr_is_temporary(ifaddr) &&
           (ifaddr->protocol == MP_IFAPROT_RA || (ifaddr->flags & MP_IFA_MANAGETEMPADDR) != 0);
}

/* Global addresses that somebody put there; what belongs to the device alone is left alone:
 * link-locals, what is made of what is advertised to a standby, point-to-point ones. */
gboolean mp_ifaddr_is_candidate(const MpMember *member, const MpIfaddr *ifaddr)
{
    guint32 never = MP_IFA_TENTATIVE | MP_IFA_DADFAILED;
    const GArray *tests = member->config->test_addresses;

    if (ifaddr->protocol == MP_PROTOCOL || ifaddr->has_peer)
        return FALSE;
    if ((mp_ifaddr_is_slaac(ifaddr) || mp_ifaddr_is_temporary(ifaddr)) && member->config->standby)
        return FALSE;
    if (ifaddr->scope != MP_SCOPE_UNIVERSE && ifaddr->scope != MP_SCOPE_SITE)
        return FALSE;
    if (mp_address_is_link_local(&ifaddr->address) || (ifaddr->flags & never) != 0)
        return FALSE;
    for (guint i = 0; i < tests->len; i++) {
        if (mp_address_equal_host(&g_array_index(tests, MpAddress, i), &ifaddr->address))
            return FALSE;
    }
    return TRUE;
}

static void data_adopt(MpEngine *engine, MpMember *member, const MpIfaddr *ifaddr, gint64 now_us)
{
    MpData *data = data_new(engine, member->group, &ifaddr->address, member);

    data->source = MP_SOURCE_ADOPTED;
    data->host = member;
    mp_data_take_form(engine, data, ifaddr);
    mp_notice_address(engine, data, MP_REASON_ADOPTED, now_us);
}

void mp_data_adopt_homeless(MpEngine *engine, MpGroup *group, const MpIfaddr *form, gint64 now_us)
{
    MpData *data = data_new(engine, group, &form->address, NULL);

    data->source = MP_SOURCE_ADOPTED;
    mp_data_take_form(engine, data, form);
    mp_notice_address(engine, data, MP_REASON_ADOPTED, now_us);
}

/* What is over stays where it is, as if it were of no group. It is told once, until there is room.
 */
static void data_adopt_if_room(MpEngine *engine, MpMember *member, const MpIfaddr *ifaddr,
                               gint64 now_us)
{
    MpGroup *group = member->group;
    gboolean full = group->data->len >= MP_GROUP_ADDRESSES_MAX;

    if (!full)
        data_adopt(engine, member, ifaddr, now_us);
    else if (!group->full)
        mp_notice_full(engine, member, &ifaddr->address, now_us);
    group->full = full;
}

/* A withdrawn one that somebody put on a member is there again, at home there. */
void mp_data_return(MpEngine *engine, MpData *data, MpMember *member, const MpIfaddr *ifaddr,
                    gint64 now_us)
{
    mp_data_take_prefix(engine, data, ifaddr);
    mp_shadow_touch(engine->shadow);
    engine->record_dirty = TRUE;
    data->withdrawn = FALSE;
    data->recorded = 0; /* the record says that it is to go */
    if (ifaddr->address.prefix == data->address.prefix) {
        mp_data_take_form(engine, data, ifaddr);
        data->created = FALSE; /* though it was declared, and ours before */
    }
    if (!data->configured) /* else where the file says */
        data->home = member;
    data->host = member;
    mp_notice_address(engine, data, MP_REASON_ADDED, now_us);
}

const MpIfaddr *mp_data_put_elsewhere(const MpEngine *engine, const MpData *data, guint index)
{
    for (guint i = 0; i < data->group->members->len; i++) {
        const MpMember *member = g_ptr_array_index(data->group->members, i);
        const GPtrArray *list = mp_picture_addresses(engine->picture, member->index);

        for (guint k = 0; k < list->len; k++) {
            const MpIfaddr *copy = &((MpPictureAddress *)g_ptr_array_index(list, k))->ifaddr;

            if (mp_address_equal_host(&copy->address, &data->address) &&
                copy->protocol != MP_PROTOCOL &&
                (member->index != index || copy->address.prefix != data->address.prefix))
                return copy;
        }
    }
    return NULL;
}

/* Neighbours know it from where an earlier life saw it last (the kernel may have flushed it there
 * since then): killed in the midst of a move, or put elsewhere by other hands. It counts as having
 * arrived only now. */
static void data_note_other_place(MpData *data)
{
    if (data->host == NULL || data->recorded == 0 || data->seen_index == data->host->index ||
        data->moving) /* by this life, which tells of it when it arrives */
        return;
    data->moving = TRUE;
    g_strlcpy(data->moved_from, data->host->name, sizeof data->moved_from);
}

/* It is on a member of another group: that one's as soon as nobody has it here any more. */
static void data_yield(MpEngine *engine, MpData *data)
{
    if (!data->withdrawn || data->configured || data->removed)
        return;
    data->removed = TRUE;
    engine->record_dirty = engine->visible_dirty = engine->dirty = TRUE;
}

void mp_data_discover(MpEngine *engine, gint64 now_us)
{
    g_autoptr(GPtrArray) found = g_ptr_array_new();
    GHashTableIter iter;
    MpData *data;

    for (guint i = 0; i < engine->picture->addresses->len; i++) {
        const MpPictureAddress *entry = g_ptr_array_index(engine->picture->addresses, i);
        const MpIfaddr *ifaddr = &entry->ifaddr;
        MpMember *member = mp_engine_member_by_index(engine, ifaddr->index);

        if (member == NULL || member->leaving || !mp_ifaddr_is_candidate(member, ifaddr))
            continue;
        data = g_hash_table_lookup(engine->data, &ifaddr->address);
        if (data == NULL) {
            data_adopt_if_room(engine, member, ifaddr, now_us);
        } else if (data->group != member->group) {
            data_yield(engine, data);
        } else if (!data->withdrawn) {
            mp_data_note_other(engine, data, ifaddr);
        } else { /* unseen, or moved here by other hands */
            mp_data_return(engine, data, member, ifaddr, now_us);
            mp_data_take_form(engine, data, ifaddr);
        }
    }
    mp_strays_adopt(engine, now_us);
    g_hash_table_iter_init(&iter, engine->data);
    while (g_hash_table_iter_next(&iter, NULL, (gpointer *)&data)) {
        if (data->placed)
            continue;
        mp_data_look_at_home(engine, data);
        data->created = data->created && !data->foreign;
        data_locate(engine, data);
        look_elsewhere(engine, data);
        data->placed = TRUE;
        data_note_other_place(data);
        if (mp_data_was_taken(engine, data))
            mp_data_suspect(data, FALSE, TRUE, now_us);
        else if (data->host == NULL)
            data->seen_index = 0;
        if (data->recorded == 0)
            g_ptr_array_add(found, data);
    }
    mp_data_order_as_found(engine, found);
}

const MpMember *mp_data_home(const MpData *data)
{
    return data->home != NULL && !data->home->config->standby ? data->home : NULL;
}

gboolean mp_data_is_wanted(const MpData *data)
{
    return !data->withdrawn && !data->removed && !(data->leaving && data->created);
}

gboolean mp_data_is_no_source(const MpData *data)
{
    return data->address.family == MP_IPV6 &&
           (data->original.preferred_s == 0 || mp_ifaddr_is_temporary(&data->original));
}
