/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the kernel said: into the picture, and what it means for members and addresses. */
#include "data.h"
#include "decide.h"
#include "engine-request.h"
#include "facts-nexthop.h"
#include "facts.h"
#include "member.h"
#include "nexthop-set.h"
#include "orphan.h"
#include "probe-targets.h"
#include "probing.h"
#include "reread.h"
#include "shadow.h"
#include <errno.h>
#include <string.h>

/* The kernel drops nexthops and IPv4 routes without a word, and sources of IPv6 ones: look again
 * when a link event has passed, or what we did. */
#define REDUMP_US (100 * MP_USEC_PER_MSEC)

/* An address that is refused for what should pass is given to somebody else when it was for so
 * long: the third time. */
#define PASSING_MAX_US (4 * MP_USEC_PER_SEC)

/* Links -------------------------------------------------------------------------------------------
 */

static void schedule_redump(MpEngine *engine, gint64 now_us)
{
    engine->redump |= MP_DUMP_NEXTHOPS | MP_DUMP_ROUTES;
    if (engine->redump_us == 0)
        engine->redump_us = now_us + REDUMP_US;
}

gboolean mp_engine_doubts_sources(const MpEngine *engine)
{
    const MpPicture *picture = engine->picture;

    return g_hash_table_size(picture->taken) > 0 ||
           (engine->redump_us != 0 && g_hash_table_size(picture->sources) > 0);
}

static gboolean link_may_join(const MpLink *link)
{
    MpLink free_link = *link;

    free_link.master = 0; /* enslaved ones are members, offline until they are released */
    return mp_link_unsuitable(&free_link) == NULL;
}

/* What was on the device is not there because it was taken away, but because the device is not the
 * member's any more. */
static void member_unbind(MpEngine *engine, MpMember *member, MpReason why)
{
    for (guint i = 0; i < member->group->data->len; i++) {
        MpData *data = g_ptr_array_index(member->group->data, i);

        if (data->seen_index == member->index)
            data->seen_index = 0;
        if (data->host == member && !data->asked_for)
            data->suspect_until_us = 0; /* the word that the link went down may have been lost */
    }
    engine->record_dirty = TRUE;
    if (why == MP_REASON_RENAMED) /* all others have taken them along */
        mp_orphan_leave(engine, member, FALSE);
    mp_member_bind(member, NULL, why);
    mp_engine_forget_indexes(engine);
}

static void member_look(MpEngine *engine, MpMember *member, const MpLink *link)
{
    if (member->index == link->index && !mp_member_matches(member, link)) {
        member->former_index = member->index;
        mp_engine_forget_indexes(engine);
        member_unbind(engine, member, MP_REASON_RENAMED);
    } else if (member->index == 0 && mp_member_matches(member, link) && link_may_join(link)) {
        mp_member_bind(member, link, MP_REASON_NONE);
        mp_engine_forget_indexes(engine);
        mp_orphan_take(engine, member);
        mp_picture_move_ghosts(engine->picture, member->last_index, member->index);
        member->last_index = member->former_index = 0;
        mp_engine_forget_indexes(engine);
        engine->record_dirty = engine->settings_dirty = TRUE;
        engine->discovered = 0; /* what is on it may have been there before */
        mp_decide_duplicates(engine, member->group, engine->starting ? NULL : member);
    } else {
        return;
    }
    mp_shadow_touch(engine->shadow);
    engine->routes_seen = 0;
    engine->dirty = engine->visible_dirty = TRUE;
}

static void members_look(MpEngine *engine, const MpLink *link)
{
    for (guint i = 0; i < engine->groups->len; i++) {
        MpGroup *group = g_ptr_array_index(engine->groups, i);

        for (guint k = 0; k < group->members->len; k++)
            member_look(engine, g_ptr_array_index(group->members, k), link);
    }
}

void mp_engine_look_for(MpEngine *engine, MpMember *member)
{
    GHashTableIter iter;
    MpPictureLink *entry;

    g_hash_table_iter_init(&iter, engine->picture->links);
    while (g_hash_table_iter_next(&iter, NULL, (gpointer *)&entry))
        member_look(engine, member, &entry->link);
}

static void clear_unfit(MpEngine *engine, guint index)
{
    GHashTableIter iter;
    MpData *data;

    g_hash_table_iter_init(&iter, engine->data);
    while (g_hash_table_iter_next(&iter, NULL, (gpointer *)&data)) {
        data->unfit_hold_us = 0;
        for (guint i = 0; i < G_N_ELEMENTS(data->unfit); i++) {
            if (data->unfit[i] == index)
                data->unfit[i] = 0;
        }
    }
}

/* What a device refused is asked of it once more, and routes of whatever by whatever: they have
 * nothing that wakes them when their refusals are forgotten. */
static void forgive(MpEngine *engine, guint index)
{
    MpMember *member = mp_engine_member_by_index(engine, index);

    if (member != NULL)
        member->forgiven_id = mp_oplog_last_id(engine->oplog);
    mp_oplog_forgive(engine->oplog, index);
    mp_shadow_retry(engine);
    clear_unfit(engine, index);
}

static void handle_link(MpEngine *engine, const MpEvent *event, gint64 now_us)
{
    const MpLink *known = mp_picture_link(engine->picture, event->link.index);
    MpLink before = known != NULL ? *known : (MpLink){0};
    const MpLink *link = &event->link;
    MpMember *member;

    mp_picture_apply(engine->picture, event);
    if (!engine->started)
        return;
    engine->visible_dirty = TRUE;
    engine->dirty = TRUE;
    if (before.flags != link->flags || before.master != link->master)
        forgive(engine, link->index);
    members_look(engine, link);
    member = mp_engine_member_by_index(engine, link->index);
    if (member == NULL)
        return;
    if (before.flags != link->flags)
        schedule_redump(engine, now_us);
    if (!mp_link_has_ipv6(&before) && mp_link_has_ipv6(link)) { /* those of IPv6 have begun anew */
        member->sysctls_asked = member->autoconf_asked = FALSE;
        member->reread = (MpReread){FALSE, 0};
    }
    if (before.index != 0 && memcmp(before.hwaddr, link->hwaddr, sizeof link->hwaddr) != 0) {
        mp_decide_duplicates(engine, member->group, member);
        mp_probing_restart(engine, member, now_us);
        member->hwaddr_changed = TRUE;
    }
}

/* Members whose device is not in the picture any more. */
static void members_lose(MpEngine *engine, MpReason why, gint64 now_us)
{
    for (guint i = 0; i < engine->groups->len; i++) {
        MpGroup *group = g_ptr_array_index(engine->groups, i);

        for (guint k = 0; k < group->members->len; k++) {
            MpMember *member = g_ptr_array_index(group->members, k);

            if (member->former_index != 0 &&
                mp_picture_link(engine->picture, member->former_index) == NULL) {
                member->former_index = 0;
                mp_engine_forget_indexes(engine);
            }
            if (member->index == 0 || mp_picture_link(engine->picture, member->index) != NULL)
                continue;
            member_unbind(engine, member, why);
            if (engine->started &&
                !engine->starting) /* it may be there again before the turn ends */
                mp_decide_member(engine, member, now_us);
            mp_decide_duplicates(engine, group, NULL);
            schedule_redump(engine, now_us);
            mp_shadow_touch(engine->shadow);
            engine->routes_seen = 0;
            engine->dirty = TRUE;
        }
    }
}

static void handle_link_gone(MpEngine *engine, const MpEvent *event, gint64 now_us)
{
    mp_picture_apply(engine->picture, event);
    engine->visible_dirty = TRUE;
    g_hash_table_remove(engine->by_index, GUINT_TO_POINTER(event->index)); /* one of many */
    members_lose(engine, event->moved_netns ? MP_REASON_MOVED_NETNS : MP_REASON_REMOVED, now_us);
}

/* What came and went while messages were lost. */
static void links_dumped(MpEngine *engine, gint64 now_us)
{
    members_lose(engine, MP_REASON_REMOVED, now_us);
    for (guint i = 0; i < engine->groups->len; i++) {
        MpGroup *group = g_ptr_array_index(engine->groups, i);

        for (guint k = 0; k < group->members->len; k++)
            mp_engine_look_for(engine, g_ptr_array_index(group->members, k));
    }
}

/* Of a thousand that are read all but one say what is known. */
static void handle_link_read(MpEngine *engine, const MpEvent *event)
{
    if (mp_picture_read_link(engine->picture, event->index, event->up))
        engine->dirty = engine->rest_stale = TRUE;
}

/* Answers -----------------------------------------------------------------------------------------
 */

static gboolean error_is_passing(int error)
{
    return error == ENODEV || error == ENETDOWN || error == ENOENT || error == EBUSY ||
           error == EAGAIN || error == ENOBUFS || error == ENOMEM || error == EINTR ||
           error == EHOSTUNREACH || error == ENETUNREACH;
}

/* What has changed since then, of which this answer does not know. */
static gboolean is_outdated(const MpEngine *engine, const MpOp *op)
{
    const MpMember *member =
        op->kind == MP_OP_ADDRESS_ADD ? mp_engine_member_by_index(engine, op->address.index) : NULL;

    return member != NULL && op->id <= member->forgiven_id;
}

/* The kernel will not have this address on this member: the next best is taken, until its link
 * changes. */
static void mark_unfit(MpEngine *engine, const MpIfaddr *ifaddr, gint64 now_us)
{
    MpData *data = g_hash_table_lookup(engine->data, &ifaddr->address);

    if (data == NULL || mp_data_host_index(data) != ifaddr->index || data->leaving ||
        data->address.prefix != ifaddr->address.prefix)
        return;
    data->moving = FALSE; /* the next attempt is announced anew */
    data->unfit_hold_us = CLAMP(data->unfit_hold_us * 2, MP_OP_RETRY_MAX_US, MP_FLAP_HOLD_MAX_US);
    data->unfit_until_us = now_us + data->unfit_hold_us;
    engine->dirty = TRUE;
    for (guint i = 0; i < G_N_ELEMENTS(data->unfit); i++) {
        if (data->unfit[i] == 0) {
            data->unfit[i] = ifaddr->index;
            return;
        }
    }
}

static MpMember *other_host(const MpEngine *engine, const MpData *data, guint index)
{
    for (guint i = 0; i < data->group->members->len; i++) {
        MpMember *member = g_ptr_array_index(data->group->members, i);

        if (member->index != index &&
            mp_picture_ifaddr(engine->picture, member->index, &data->address) != NULL)
            return member;
    }
    return NULL;
}

/* What its home will not have back stays where it is. What is nowhere else (IPv6 on a device that
 * has none now) is gone without us, too: that is no reason to refuse the removal. */
static gboolean give_up(MpEngine *engine, const MpOp *op)
{
    MpData *data = op->kind == MP_OP_ADDRESS_ADD
                       ? g_hash_table_lookup(engine->data, &op->address.address)
                       : NULL;
    MpMember *other;

    if (data == NULL || !data->leaving || mp_data_host_index(data) != op->address.index)
        return FALSE;
    engine->dirty = TRUE;
    if (data->address.prefix != op->address.address.prefix) { /* the first one is at home */
        mp_data_drop_other(engine, data, op->address.address.prefix);
        return TRUE;
    }
    other = other_host(engine, data, op->address.index);
    if (other == NULL)
        data->removed = TRUE;
    else
        data->home = data->host = other;
    return TRUE;
}

/* One that everybody refuses is tried again and again: no request is to blame for that. */
static gboolean was_refused_before(const MpEngine *engine, const MpOp *op)
{
    const MpData *data = op->kind == MP_OP_ADDRESS_ADD
                             ? g_hash_table_lookup(engine->data, &op->address.address)
                             : NULL;

    return data != NULL && data->unfit_hold_us > 0;
}

static void handle_refusal(MpEngine *engine, const MpOp *op, const MpEvent *event, gint64 now_us)
{
    g_autofree char *what = mp_op_to_string(op);
    g_autofree char *detail = g_strdup_printf(
        "%s: %s", what, event->text[0] != '\0' ? event->text : g_strerror(event->error));

    mp_notice_kernel(engine, MP_REASON_REFUSED, detail, now_us);
    if (give_up(engine, op))
        return;
    if (!was_refused_before(engine, op))
        mp_engine_note_refusal(engine, op, detail);
    if (op->kind == MP_OP_ADDRESS_ADD)
        mark_unfit(engine, &op->address, now_us);
}

/* Whoever asked meanwhile may have its hardware address for an address of another member, and would
 * keep it until this one fails. */
static void note_silenced(MpEngine *engine, const MpSysctlValue *set)
{
    MpMember *member = mp_engine_member_by_index(engine, set->index);

    if (set->key == MP_SYSCTL_ARP_IGNORE && set->value > 0 && member != NULL &&
        mp_picture_sysctl(engine->picture, set->index, set->key) == 0)
        member->silenced = TRUE;
}

static void handle_done(MpEngine *engine, const MpEvent *event, gint64 now_us)
{
    const MpOp *op = mp_oplog_done(engine->oplog, event->op_id, event->error, now_us);
    MpOp answered;

    engine->dirty = TRUE;
    if (op == NULL)
        return;
    answered = *op;
    mp_shadow_note_answered(engine, &answered, event->error != 0);
    if (event->error != 0) {
        if (mp_nexthop_sets_note_refused(engine, &answered, event->error, now_us))
            mp_oplog_forget(engine->oplog, &answered);
        else if (!error_is_passing(event->error) && !is_outdated(engine, &answered))
            handle_refusal(engine, &answered, event, now_us);
        else if (answered.kind == MP_OP_ADDRESS_ADD &&
                 mp_oplog_hold_us(engine->oplog, &answered) >= PASSING_MAX_US)
            mark_unfit(engine, &answered.address, now_us);
    } else if (answered.kind == MP_OP_SYSCTL_SET) {
        MpEvent read = {.kind = MP_EVENT_SYSCTL, .sysctl = answered.sysctl};

        note_silenced(engine, &answered.sysctl);
        mp_picture_apply(engine->picture, &read);
        mp_oplog_seen(engine->oplog, &read);
    } else if (answered.kind == MP_OP_ADDRESS_DEL &&
               mp_picture_note_taken(engine->picture, &answered.address)) {
        schedule_redump(engine, now_us);
    }
}

/* Dumps -------------------------------------------------------------------------------------------
 */

#define ADDRESSES_EXPLAINED ((guint)(MP_DUMP_LINKS | MP_DUMP_ADDRESSES))

/* That somebody has changed one may have been among what was lost. Until it is read again nothing
 * is set over it. */
static void doubt_sysctls(MpEngine *engine)
{
    engine->globals_asked = FALSE;
    for (guint i = 0; i < engine->groups->len; i++) {
        const MpGroup *group = g_ptr_array_index(engine->groups, i);

        for (guint k = 0; k < group->members->len; k++) {
            MpMember *member = g_ptr_array_index(group->members, k);

            if (!member->sysctls_known)
                continue;
            member->sysctls_asked = member->sysctls_known = member->mark_known = FALSE;
            mp_picture_forget_told_sysctls(engine->picture, member->index);
        }
    }
}

static void handle_overflow(MpEngine *engine, gint64 now_us)
{
    doubt_sysctls(engine);
    mp_notice_kernel(engine, MP_REASON_RESYNC,
                     "the kernel dropped messages: looking at everything again", now_us);
    engine->resyncing = TRUE;
    engine->picture->complete = 0;
    mp_engine_ask_dump(engine, MP_DUMP_ALL);
}

static void handle_dump_end(MpEngine *engine, const MpEvent *event, gint64 now_us)
{
    guint64 foreign = engine->picture->foreign_serial;

    mp_picture_apply(engine->picture, event);
    engine->dirty = TRUE;
    if (foreign != engine->picture->foreign_serial)
        engine->record_dirty = TRUE; /* routes that the dump did not show */
    if (event->error != 0) {
        mp_engine_ask_dump(engine, event->dump);
        return;
    }
    if (engine->started && event->dump == MP_DUMP_LINKS)
        links_dumped(engine, now_us);
    if (!engine->started) {
        if (engine->picture->complete == MP_DUMP_ALL)
            mp_engine_begin(engine, now_us);
    } else if (engine->resyncing &&
               (engine->picture->complete & ADDRESSES_EXPLAINED) == ADDRESSES_EXPLAINED) {
        /* Not only when all is known: until then what somebody has deleted would be made again. */
        mp_data_note_resync(engine, now_us);
        engine->resyncing = FALSE;
    }
    mp_data_note_dumped(engine, event->dump);
}

/* IPv6 was turned on again, of which no link tells. */
static void note_link_local(MpEngine *engine, const MpIfaddr *ifaddr)
{
    if (!mp_address_is_link_local(&ifaddr->address) ||
        mp_picture_ifaddr(engine->picture, ifaddr->index, &ifaddr->address) != NULL)
        return;
    forgive(engine, ifaddr->index);
    engine->dirty = TRUE;
}

/* A link-local or a test address may be what the member is probed from. */
static void note_probe_source(MpEngine *engine, const MpIfaddr *ifaddr)
{
    if (ifaddr->scope == MP_SCOPE_LINK || engine->tracked->len > 0)
        engine->dirty = TRUE;
}

/* Events ------------------------------------------------------------------------------------------
 */

static void handle_address(MpEngine *engine, const MpEvent *event, gint64 now_us)
{
    if (event->kind == MP_EVENT_ADDRESS)
        note_link_local(engine, &event->address);
    mp_picture_apply(engine->picture, event);
    if (!engine->started)
        return;
    if (event->kind == MP_EVENT_ADDRESS)
        mp_data_note_seen(engine, event, now_us);
    else
        mp_data_note_gone(engine, event, now_us);
    if (event->kind == MP_EVENT_ADDRESS_GONE &&
        mp_picture_is_source(engine->picture, &event->address.address))
        schedule_redump(engine, now_us);
    if (event->kind == MP_EVENT_ADDRESS)
        mp_probing_note_address(engine, &event->address.address, now_us);
    else
        mp_probe_targets_note_gone(engine);
    note_probe_source(engine, &event->address);
}

/* Foreign routes of members have to outlive us. */
static void handle_route(MpEngine *engine, const MpEvent *event)
{
    const MpPicture *picture = engine->picture;
    guint64 serial = picture->routes_serial, foreign = picture->foreign_serial;
    gboolean dumping = (picture->running & MP_DUMP_ROUTES) != 0;

    mp_picture_apply(engine->picture, event);
    /* A dump shows most of them as they were. */
    if (!dumping || serial != picture->routes_serial || picture->changed.length > 0)
        engine->dirty = TRUE;
    if ((!dumping || foreign != picture->foreign_serial) && !mp_table_is_ours(event->route.table) &&
        event->route.protocol != MP_PROTOCOL && event->route.protocol != MP_RTPROT_KERNEL &&
        mp_engine_member_of_route(engine, &event->route) != NULL)
        engine->record_dirty = TRUE;
}

/* The kernel tells of each neighbour that it forgets. */
static void handle_fixed(MpEngine *engine, const MpEvent *event)
{
    if (event->kind == MP_EVENT_FIXED_GONE &&
        mp_picture_fixed(engine->picture, event->fixed.index, &event->fixed.address) == NULL)
        return;
    mp_picture_apply(engine->picture, event);
    engine->dirty = engine->visible_dirty = TRUE;
}

/* Nexthop objects of others, too, have to outlive us. */
static void handle_nexthop(MpEngine *engine, const MpEvent *event)
{
    guint32 id = event->nexthop.id;
    const MpNexthop *has = mp_picture_nexthop(engine->picture, id);
    gboolean same =
        event->kind == MP_EVENT_NEXTHOP && has != NULL && mp_nexthop_equal(has, &event->nexthop);
    gboolean was = !same && mp_facts_has_nexthop(engine, id);

    mp_picture_apply(engine->picture, event);
    engine->dirty = TRUE;
    engine->record_dirty |= !same && (was || mp_facts_has_nexthop(engine, id));
}

static gboolean is_of_probes(MpEventKind kind)
{
    return kind == MP_EVENT_PROBE_ANSWER || kind == MP_EVENT_PROBE_NOT_SENT ||
           kind == MP_EVENT_NEIGHBOUR || kind == MP_EVENT_NEIGHBOURS_END;
}

void mp_engine_handle(MpEngine *engine, const MpEvent *event, gint64 now_us)
{
    if (is_of_probes(event->kind)) {
        mp_probing_handle(engine, event, now_us);
        return;
    }
    if (event->kind == MP_EVENT_LINK_READ) {
        handle_link_read(engine, event);
        return;
    }
    engine->rest_stale = TRUE;
    if (mp_oplog_seen(engine->oplog, event))
        mp_shadow_retry(engine);
    switch (event->kind) {
    case MP_EVENT_LINK:
        handle_link(engine, event, now_us);
        break;
    case MP_EVENT_LINK_GONE:
        handle_link_gone(engine, event, now_us);
        break;
    case MP_EVENT_ADDRESS:
    case MP_EVENT_ADDRESS_GONE:
        handle_address(engine, event, now_us);
        break;
    case MP_EVENT_ROUTE:
    case MP_EVENT_ROUTE_GONE:
        handle_route(engine, event);
        break;
    case MP_EVENT_OVERFLOW:
        handle_overflow(engine, now_us);
        break;
    case MP_EVENT_DUMP_END:
        handle_dump_end(engine, event, now_us);
        break;
    case MP_EVENT_OP_DONE:
        handle_done(engine, event, now_us);
        break;
    case MP_EVENT_SYSCTL:
        if (!mp_facts_wants_sysctl(engine, &event->sysctl))
            break;
        mp_picture_apply(engine->picture, event);
        if (!mp_reread_note(engine, &event->sysctl, now_us))
            mp_facts_note_sysctl(engine, &event->sysctl);
        engine->dirty = TRUE;
        break;
    case MP_EVENT_NEXTHOP:
    case MP_EVENT_NEXTHOP_GONE:
        handle_nexthop(engine, event);
        break;
    case MP_EVENT_RULE:
    case MP_EVENT_RULE_GONE:
        mp_picture_apply(engine->picture, event);
        engine->dirty = TRUE;
        break;
    case MP_EVENT_FIXED:
    case MP_EVENT_FIXED_GONE:
        handle_fixed(engine, event);
        break;
    case MP_EVENT_DUMP_BEGIN:
        mp_picture_apply(engine->picture, event);
        break;
    case MP_EVENT_LINK_READ: /* seen to above */
    case MP_EVENT_PROBE_ANSWER:
    case MP_EVENT_PROBE_NOT_SENT:
    case MP_EVENT_NEIGHBOUR:
    case MP_EVENT_NEIGHBOURS_END:
        break;
    }
}

void mp_engine_record_stored(MpEngine *engine, guint64 serial, gint64 now_us)
{
    engine->record_stored = MAX(engine->record_stored, serial);
    engine->dirty = engine->rest_stale = TRUE;
}
