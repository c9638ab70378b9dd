/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "engine-request.h"

#include "data.h"
#include "decide.h"
#include "error.h"
#include "facts.h"
#include "orphan.h"
#include "shadow.h"

#include <string.h>

/* Longer than any portion of operations takes; a request that has not settled by then is answered
 * with what is known, unless there are more portions. */
#define REQUEST_US (10 * MP_USEC_PER_SEC)

void mp_request_clear(MpRequest *request)
{
    g_clear_pointer(&request->undo, mp_config_free);
    g_clear_error(&request->error);
}

/* `group`: the one that it is about, NULL = it says by itself. */
static MpRequest *request_add(MpEngine *engine, guint64 id, const char *group, gint64 now_us)
{
    MpRequest request = {.id = id, .deadline_us = now_us + REQUEST_US};

    if (group != NULL)
        g_strlcpy(request.group, group, sizeof request.group);
    g_array_append_val(engine->requests, request);
    engine->dirty = engine->rest_stale = TRUE;
    return &g_array_index(engine->requests, MpRequest, engine->requests->len - 1);
}

gboolean mp_engine_configure(MpEngine *engine, const MpConfig *config, gboolean at_start,
                             guint64 request, gint64 now_us, GError **error)
{
    g_autoptr(MpConfig) before = NULL;

    if (!mp_config_validate(config, error))
        return FALSE;
    if (!at_start && !mp_engine_check(engine, config, error))
        return FALSE;
    before = mp_config_copy(engine->config);
    mp_engine_apply(engine, config, now_us);
    if (engine->started)
        mp_engine_give_back_past(engine, config);
    engine->configured = TRUE;
    if (request != 0) {
        MpRequest *waiting = request_add(engine, request, NULL, now_us);

        waiting->at_start = at_start;
        waiting->undo = at_start ? NULL : g_steal_pointer(&before);
    }
    return TRUE;
}

static MpMember *find_interface(MpEngine *engine, const char *interface, GError **error)
{
    MpMember *member = mp_engine_member(engine, interface);

    if (member != NULL && !member->leaving)
        return member;
    g_set_error(error, MP_ERROR, MP_ERROR_NO_SUCH_INTERFACE, "%s is not a member of any group",
                interface);
    return NULL;
}

gboolean mp_engine_offline(MpEngine *engine, const char *interface, guint min_redundancy,
                           guint64 request, gint64 now_us, GError **error)
{
    MpMember *member = find_interface(engine, interface, error);
    guint others;

    if (member == NULL)
        return FALSE;
    others = mp_group_usable_others(member->group, member);
    if (!member->offline && others < min_redundancy) {
        g_set_error(error, MP_ERROR, MP_ERROR_MINIMUM_REDUNDANCY,
                    "group %s would be left with %u usable interfaces, %u are wanted: repair or "
                    "add one, or ask for "
                    "a min-redundancy of %u",
                    member->group->config->name, others, min_redundancy, others);
        return FALSE;
    }
    member->offline = TRUE;
    member->inactive = FALSE;
    engine->record_dirty = engine->visible_dirty = engine->dirty = TRUE;
    if (request != 0)
        request_add(engine, request, member->group->config->name, now_us);
    return TRUE;
}

gboolean mp_engine_online(MpEngine *engine, const char *interface, guint64 request, gint64 now_us,
                          GError **error)
{
    MpMember *member = find_interface(engine, interface, error);

    if (member == NULL)
        return FALSE;
    if (member->duplicate) {
        g_set_error(error, MP_ERROR, MP_ERROR_DUPLICATE_HARDWARE_ADDRESS,
                    "%s has the hardware address of another member: give it one of its own, it "
                    "comes back by itself then",
                    interface);
        return FALSE;
    }
    if (member->offline)
        engine->record_dirty = TRUE;
    member->offline = FALSE;
    engine->visible_dirty = engine->dirty = TRUE;
    if (request != 0)
        request_add(engine, request, member->group->config->name, now_us);
    return TRUE;
}

gboolean mp_engine_remove_adopted(MpEngine *engine, const char *group, const MpAddress *address,
                                  guint64 request, gint64 now_us, GError **error)
{
    MpData *data = g_hash_table_lookup(engine->data, address);
    char text[MP_ADDRESS_STRING_MAX];

    if (data == NULL || data->leaving || data->removed ||
        strcmp(data->group->config->name, group) != 0) {
        g_set_error(error, MP_ERROR, MP_ERROR_NO_SUCH_ADDRESS,
                    "%s is not a data address of group %s", mp_address_format_host(address, text),
                    group);
        return FALSE;
    }
    data->removed = TRUE;
    data->suspect_until_us = data->guest_until_us = data->announce_us = 0;
    engine->record_dirty = engine->visible_dirty = engine->dirty = TRUE;
    mp_shadow_touch(engine->shadow);
    mp_notice_address(engine, data, MP_REASON_REMOVED_BY_REQUEST, now_us);
    if (request != 0)
        request_add(engine, request, group, now_us);
    return TRUE;
}

/* Whether the request is about the group, or changes it. */
static gboolean concerns(const MpEngine *engine, const MpRequest *request, const MpGroup *group)
{
    const MpGroupConfig *before, *now;

    if (request->group[0] != '\0')
        return strcmp(request->group, group->config->name) == 0;
    if (request->undo == NULL)
        return TRUE;
    before = mp_config_find(request->undo, group->config->name);
    now = mp_config_find(engine->config, group->config->name);
    return before == NULL || now == NULL || !mp_group_config_equal(before, now);
}

static gboolean is_about(const MpEngine *engine, const MpRequest *request, const MpOp *op)
{
    const MpGroup *group = NULL;

    if (op->kind == MP_OP_ADDRESS_ADD) {
        const MpData *data = g_hash_table_lookup(engine->data, &op->address.address);

        group = data != NULL ? data->group : NULL;
    } else if (op->kind == MP_OP_SYSCTL_SET && op->sysctl.index != 0) {
        const MpMember *member = mp_engine_member_by_index(engine, op->sysctl.index);

        group = member != NULL ? member->group : NULL;
    } else {
        return op->kind == MP_OP_SYSCTL_SET && request->group[0] == '\0';
    }
    return group != NULL && concerns(engine, request, group);
}

void mp_engine_note_refusal(MpEngine *engine, const MpOp *op, const char *detail)
{
    for (guint i = 0; i < engine->requests->len; i++) {
        MpRequest *request = &g_array_index(engine->requests, MpRequest, i);

        if (request->error == NULL && !request->at_start && is_about(engine, request, op))
            request->error = g_error_new_literal(MP_ERROR, MP_ERROR_KERNEL, detail);
    }
}

/* Finishing ---------------------------------------------------------------------------------------
 */

/* Removed, but the kernel will not let go of it: a next life would take for the user's what the
 * record does not tell of. */
static gboolean is_left(const MpEngine *engine, const MpData *data)
{
    if (!data->removed || data->group->deleted || (data->home != NULL && data->home->leaving) ||
        (data->host != NULL && data->host->leaving))
        return FALSE;
    for (guint i = 0; i < engine->picture->addresses->len; i++) {
        const MpIfaddr *copy =
            &((MpPictureAddress *)g_ptr_array_index(engine->picture->addresses, i))->ifaddr;

        if (copy->protocol == MP_PROTOCOL && mp_address_equal_host(&copy->address, &data->address))
            return TRUE;
    }
    return FALSE;
}

static void forget_data(MpEngine *engine, MpGroup *group)
{
    for (guint i = group->data->len; i > 0; i--) {
        MpData *data = g_ptr_array_index(group->data, i - 1);

        if ((!data->removed && !data->leaving) || is_left(engine, data))
            continue;
        g_hash_table_remove(engine->data, &data->address);
        g_ptr_array_remove_index(group->data, i - 1);
        engine->discovered = 0; /* given back on a member that stays, it is one that is found */
        engine->record_dirty = engine->visible_dirty = engine->dirty = TRUE;
    }
}

/* By what is there: what is withdrawn was there once. */
static gboolean is_referred_to(const MpGroup *group, const MpMember *member)
{
    gboolean referred = FALSE;

    for (guint i = 0; i < group->data->len; i++) {
        MpData *data = g_ptr_array_index(group->data, i);

        if (data->withdrawn && data->host == member)
            data->host = NULL;
        referred = referred || data->home == member || data->host == member;
    }
    return referred;
}

static void forget_members(MpEngine *engine, MpGroup *group)
{
    for (guint i = group->members->len; i > 0; i--) {
        MpMember *member = g_ptr_array_index(group->members, i - 1);

        if (!member->leaving || is_referred_to(group, member))
            continue;
        mp_orphan_leave(engine, member, TRUE);
        mp_shadow_forget(engine, group, member);
        mp_picture_drop_ghosts(engine->picture, member->index);
        g_ptr_array_remove_index(group->members, i - 1);
        mp_decide_duplicates(engine, group, NULL); /* of which it may have been one */
        mp_engine_forget_indexes(engine);
        g_clear_pointer(&group->placed, g_free);
        engine->record_dirty = engine->visible_dirty = engine->dirty = TRUE;
    }
}

static void forget_leavers(MpEngine *engine, gint64 now_us)
{
    for (guint i = engine->groups->len; i > 0; i--) {
        MpGroup *group = g_ptr_array_index(engine->groups, i - 1);

        forget_data(engine, group);
        forget_members(engine, group);
        if (!group->deleted || group->members->len > 0 || group->data->len > 0)
            continue;
        mp_shadow_forget(engine, group, NULL);
        g_ptr_array_remove_index(engine->groups, i - 1);
        mp_engine_forget_indexes(engine);
        engine->record_dirty = engine->visible_dirty = engine->dirty = TRUE;
    }
    mp_orphans_prune(engine);
    if (engine->groups->len == 0 && !mp_facts_has_globals(engine)) {
        engine->globals_asked = engine->globals_known = FALSE;
        for (guint i = 0; i < MP_N_SYSCTLS; i++)
            engine->globals[i] = (MpGlobalSysctl){.found = -1, .set = -1};
    }
    if (engine->dirty)
        mp_engine_apply_again(engine, now_us);
}

static gboolean is_settled(const MpEngine *engine)
{
    if (engine->dirty || engine->pending > 0 || mp_oplog_unseen(engine->oplog) > 0 ||
        engine->record_dirty || engine->record_stored < engine->record_serial)
        return FALSE;
    for (guint i = 0; i < engine->actions->length; i++) {
        const MpAction *action = g_queue_peek_nth(engine->actions, i);

        if (action->kind == MP_ACTION_READ_SYSCTLS || action->kind == MP_ACTION_OP)
            return FALSE;
    }
    return TRUE;
}

/* On its way to where it belongs; what the kernel has refused for now is waited for only where it
 * is the request's business. */
static gboolean is_awaited(const MpEngine *engine, const MpRequest *request, const MpData *data,
                           gint64 now_us)
{
    const MpLink *link = mp_picture_link(engine->picture, mp_data_host_index(data));
    MpOp making;

    if (!data->moving || link == NULL || !data->host->active || !mp_data_fits(data, link))
        return FALSE;
    making = mp_data_making(engine, data, now_us);
    return concerns(engine, request, data->group) ||
           !mp_oplog_is_held(engine->oplog, &making, now_us);
}

static gboolean awaits_any(const MpEngine *engine, const MpRequest *request, gint64 now_us)
{
    GHashTableIter iter;
    MpData *data;

    g_hash_table_iter_init(&iter, engine->data);
    while (g_hash_table_iter_next(&iter, NULL, (gpointer *)&data)) {
        if (is_awaited(engine, request, data, now_us))
            return TRUE;
    }
    return FALSE;
}

static void answer(MpEngine *engine, guint at)
{
    MpRequest *request = &g_array_index(engine->requests, MpRequest, at);
    MpAction *action = g_new0(MpAction, 1);

    action->kind = MP_ACTION_DONE;
    action->done.request = request->id;
    action->done.error = g_steal_pointer(&request->error);
    g_queue_push_tail(engine->notices, action);
    mp_request_clear(request);
    g_array_remove_index(engine->requests, at);
}

/* What the kernel refused is taken back whole: the caller is told that nothing was changed, and
 * nothing is. */
static gboolean undo(MpEngine *engine, MpRequest *request, gint64 now_us)
{
    g_autoptr(MpConfig) before = g_steal_pointer(&request->undo);

    if (before == NULL)
        return FALSE;
    mp_engine_apply(engine, before, now_us);
    return TRUE;
}

static GError *not_settled(const MpEngine *engine)
{
    if (engine->record_stored < engine->record_serial)
        return g_error_new_literal(MP_ERROR, MP_ERROR_FAILED,
                                   "what has to be known after a restart could not be stored in "
                                   "the runtime directory in 10 s; the journal says why");
    return g_error_new_literal(MP_ERROR, MP_ERROR_KERNEL, "the kernel has not settled in 10 s");
}

static void answer_requests(MpEngine *engine, gint64 now_us)
{
    gboolean all = is_settled(engine);

    for (guint i = engine->requests->len; i > 0; i--) {
        MpRequest *request = &g_array_index(engine->requests, MpRequest, i - 1);
        gboolean settled = all && !awaits_any(engine, request, now_us);
        gboolean due = now_us >= request->deadline_us;

        if (!settled && !due)
            continue;
        if (due &&
            engine->portioned) { /* ten thousands take their time, one portion after the other */
            request->deadline_us = now_us + REQUEST_US;
            continue;
        }
        if (due && !settled && request->error == NULL && !request->at_start)
            request->error = not_settled(engine);
        if (request->error != NULL && undo(engine, request, now_us)) {
            request->deadline_us = now_us + REQUEST_US;
            return;
        }
        answer(engine, i - 1);
    }
}

/* Of one that is going to be taken back nothing is forgotten. */
static gboolean has_failed_request(const MpEngine *engine)
{
    for (guint i = 0; i < engine->requests->len; i++) {
        const MpRequest *request = &g_array_index(engine->requests, MpRequest, i);

        if (request->error != NULL && request->undo != NULL)
            return TRUE;
    }
    return FALSE;
}

void mp_engine_finish(MpEngine *engine, gint64 now_us)
{
    if (engine->pending == 0 && mp_oplog_unseen(engine->oplog) == 0 && !has_failed_request(engine))
        forget_leavers(engine, now_us);
    if (engine->dirty) { /* one more look without those that left */
        mp_engine_settle(engine, now_us);
        return;
    }
    answer_requests(engine, now_us);
    if (engine->dirty)
        mp_engine_settle(engine, now_us);
}

gint64 mp_engine_request_deadline(const MpEngine *engine)
{
    gint64 deadline = G_MAXINT64;

    for (guint i = 0; i < engine->requests->len; i++)
        deadline = MIN(deadline, g_array_index(engine->requests, MpRequest, i).deadline_us);
    return deadline;
}
