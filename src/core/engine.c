/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "engine.h"

#include "announcer.h"
#include "data.h"
#include "decide.h"
#include "engine-request.h"
#include "facts.h"
#include "probe-targets.h"
#include "probing.h"
#include "reread.h"
#include "shadow.h"
#include "show.h"
#include "stray.h"
#include "tracking.h"

#include <errno.h>
#include <string.h>

#define SPARE_MAX 1024u /* actions */

static gboolean host_equal(gconstpointer a, gconstpointer b)
{
    return mp_address_equal_host(a, b);
}

MpEngine *mp_engine_new(const MpRecord *record)
{
    MpEngine *engine = g_new0(MpEngine, 1);

    engine->config = mp_config_new();
    engine->groups = g_ptr_array_new_with_free_func((GDestroyNotify)mp_group_free);
    engine->tracked = g_ptr_array_new_with_free_func((GDestroyNotify)mp_group_free);
    engine->probed = g_hash_table_new(NULL, NULL);
    engine->random = g_rand_new_with_seed(0);
    engine->probes = g_array_new(FALSE, FALSE, sizeof(MpProbe));
    engine->taken = g_array_new(FALSE, FALSE, sizeof(MpProbe));
    engine->rest_stale = TRUE;
    engine->orphans = g_array_new(FALSE, FALSE, sizeof(MpOrphan));
    engine->strays = g_array_new(FALSE, FALSE, sizeof(MpIfaddr));
    engine->polled = g_array_new(FALSE, FALSE, sizeof(guint));
    engine->poll_us = G_MAXINT64;
    engine->portion = G_MAXUINT;
    engine->picture = mp_picture_new();
    engine->oplog = mp_oplog_new();
    engine->actions = g_queue_new();
    engine->notices = g_queue_new();
    engine->spare = g_ptr_array_new_with_free_func(g_free);
    engine->data = g_hash_table_new(mp_address_hash_host, host_equal);
    engine->by_index = g_hash_table_new(NULL, NULL);
    engine->shadow = mp_shadow_new();
    engine->requests = g_array_new(FALSE, TRUE, sizeof(MpRequest));
    engine->past = record != NULL ? mp_record_copy(record) : NULL;
    engine->recalled = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    engine->record_serial = record != NULL ? record->serial : 0;
    engine->record_stored = engine->record_serial;
    for (guint i = 0; i < MP_N_SYSCTLS; i++)
        engine->globals[i] = (MpGlobalSysctl){.found = -1, .set = -1};
    mp_facts_recall_globals(engine);
    engine->snapshot = mp_snapshot_new();
    engine->visible_dirty = TRUE;
    mp_engine_ask_dump(engine, MP_DUMP_ALL);
    return engine;
}

void mp_engine_set_portion(MpEngine *engine, guint n)
{
    engine->portion = n;
}

void mp_engine_seed(MpEngine *engine, const MpCookieKey *key, guint32 seed)
{
    engine->key = *key;
    g_rand_set_seed(engine->random, seed);
}

static void action_free(gpointer data)
{
    mp_action_clear(data);
    g_free(data);
}

void mp_engine_free(MpEngine *engine)
{
    if (engine == NULL)
        return;
    for (guint i = 0; i < engine->requests->len; i++)
        mp_request_clear(&g_array_index(engine->requests, MpRequest, i));
    g_array_unref(engine->requests);
    g_ptr_array_unref(engine->groups);
    g_ptr_array_unref(engine->tracked);
    g_hash_table_unref(engine->probed);
    g_rand_free(engine->random);
    g_array_unref(engine->probes);
    g_array_unref(engine->taken);
    g_array_unref(engine->orphans);
    g_array_unref(engine->strays);
    g_array_unref(engine->polled);
    g_clear_pointer(&engine->results, g_array_unref);
    g_hash_table_unref(engine->data);
    g_hash_table_unref(engine->by_index);
    g_hash_table_unref(engine->recalled);
    mp_shadow_free(engine->shadow);
    g_queue_free_full(engine->actions, action_free);
    g_queue_free_full(engine->notices, action_free);
    g_ptr_array_unref(engine->spare);
    mp_oplog_free(engine->oplog);
    mp_picture_free(engine->picture);
    mp_config_free(engine->config);
    g_clear_pointer(&engine->past, mp_record_unref);
    g_clear_pointer(&engine->recorded_routes, g_ptr_array_unref);
    g_clear_pointer(&engine->learned, mp_learned_unref);
    mp_snapshot_unref(engine->snapshot);
    g_free(engine);
}

/* What was done is used again: a failover of a thousand addresses asks the allocator for nothing.
 */
static MpAction *action_new(MpEngine *engine)
{
    MpAction *action;

    if (engine->spare->len == 0)
        return g_new0(MpAction, 1);
    action = g_ptr_array_steal_index_fast(engine->spare, engine->spare->len - 1);
    memset(action, 0, sizeof *action);
    return action;
}

MpAction *mp_engine_act(MpEngine *engine, MpActionKind kind)
{
    MpAction *action = action_new(engine);

    action->kind = kind;
    g_queue_push_tail(engine->actions, action);
    return action;
}

void mp_engine_ask_dump(MpEngine *engine, MpDump what)
{
    mp_engine_act(engine, MP_ACTION_DUMP)->dump = what;
}

/* Settle ------------------------------------------------------------------------------------------
 */

static void ask_sysctls(MpEngine *engine)
{
    for (guint i = 0; i < engine->orphans->len; i++) {
        MpOrphan *orphan = &g_array_index(engine->orphans, MpOrphan, i);

        if (!orphan->asked)
            mp_engine_act(engine, MP_ACTION_READ_SYSCTLS)->index = orphan->index;
        orphan->asked = TRUE;
    }
    if (!engine->globals_asked && engine->groups->len > 0) {
        engine->globals_asked = TRUE;
        mp_engine_act(engine, MP_ACTION_READ_SYSCTLS)->index = 0;
    }
    for (guint i = 0; i < engine->groups->len; i++) {
        const MpGroup *group = g_ptr_array_index(engine->groups, i);

        for (guint k = 0; k < group->members->len; k++) {
            MpMember *member = g_ptr_array_index(group->members, k);

            if (member->index == 0 || member->sysctls_asked)
                continue;
            member->sysctls_asked = TRUE;
            mp_engine_act(engine, MP_ACTION_READ_SYSCTLS)->index = member->index;
        }
    }
}

/* At a start those that carry addresses are the active ones: a standby that was activated stays so,
 * and one that has failed meanwhile has a successor. */
static void activate_hosts(MpEngine *engine)
{
    GHashTableIter iter;
    MpData *data;

    g_hash_table_iter_init(&iter, engine->data);
    while (g_hash_table_iter_next(&iter, NULL, (gpointer *)&data)) {
        if (data->host != NULL && mp_data_is_wanted(data))
            data->host->active = TRUE;
    }
}

/* What was moved has arrived: told, and announced from where it now really answers. */
static void note_arrivals(MpEngine *engine, gint64 now_us)
{
    GHashTableIter iter;
    MpData *data;

    g_hash_table_iter_init(&iter, engine->data);
    while (g_hash_table_iter_next(&iter, NULL, (gpointer *)&data)) {
        if (!mp_data_is_settled(engine, data))
            continue;
        if (data->seen_index != mp_data_host_index(data))
            engine->record_dirty = TRUE;
        data->seen_index = mp_data_host_index(data);
        data->was_somewhere = TRUE;
        if (!data->moving)
            continue;
        data->moving = FALSE;
        engine->visible_dirty = TRUE;
        if (g_strcmp0(data->moved_from, data->host->name) != 0)
            mp_notice_moved(engine, data, data->moved_from, data->host->name, data->move_reason,
                            now_us);
        if (data->host->active)
            mp_announcer_arrived(engine, data, now_us);
    }
}

/* Taken away to be made anew in another form: both, or, while one of them is on its way or held
 * back, neither. */
static gboolean is_pair(const GArray *ops, guint at)
{
    return at + 1 < ops->len &&
           mp_oplog_same_object(&g_array_index(ops, MpOp, at), &g_array_index(ops, MpOp, at + 1));
}

/* Of those from `fresh` to `fresh_end` a portion. */
static guint emit_ops(MpEngine *engine, GArray *ops, guint fresh, guint fresh_end, gint64 now_us)
{
    guint pending = 0, emitted = 0;

    for (guint i = 0, n; i < ops->len; i += n) {
        gboolean admitted = TRUE, left = i < fresh_end && emitted >= engine->portion;

        engine->portioned |= left;
        n = left ? fresh_end - i : is_pair(ops, i) ? 2 : 1;
        if (!left && engine->portioned &&
            mp_data_route_comes_later(engine, &g_array_index(ops, MpOp, i), now_us))
            engine->routes_left = left = TRUE;
        if (left) {
            pending += n;
            continue;
        }
        for (guint k = i; k < i + n; k++) {
            const MpOp *op = &g_array_index(ops, MpOp, k);

            admitted = admitted && mp_oplog_admits(engine->oplog, op, now_us);
            if (!mp_oplog_is_held(engine->oplog, &g_array_index(ops, MpOp, i), now_us) &&
                !mp_oplog_is_held(engine->oplog, op, now_us))
                pending++;
        }
        for (guint k = i; admitted && k < i + n; k++) {
            MpOp *op = &g_array_index(ops, MpOp, k);

            if (!mp_oplog_admit(engine->oplog, op, now_us))
                continue;
            mp_engine_act(engine, MP_ACTION_OP)->op = *op;
            emitted += i >= fresh && i < fresh_end;
        }
    }
    return pending;
}

/* Of groups whose file has an error nothing is touched: which addresses are theirs the record says;
 * which routes and nexthops, nobody, so all of those stay until the file is mended. */
static void spare_stranded(const MpEngine *engine, GArray *clean)
{
    for (guint i = clean->len; i > 0; i--) {
        const MpOp *op = &g_array_index(clean, MpOp, i - 1);
        gboolean spared = op->kind != MP_OP_ADDRESS_DEL && op->kind != MP_OP_SYSCTL_SET;

        if (op->kind == MP_OP_ADDRESS_DEL)
            spared = mp_facts_is_stranded(engine, &op->address.address) ||
                     mp_stray_is(engine, &op->address.address);
        if (spared)
            g_array_remove_index(clean, i - 1);
    }
}

/* Nothing is cleaned away while something else is still on its way. */
static void plan_and_emit(MpEngine *engine, gint64 now_us)
{
    g_autoptr(MpPlan) plan = mp_plan_new();

    if (engine->routes_left) /* they are looked at again */
        mp_shadow_retry(engine);
    mp_plan_make(engine, plan, now_us);
    engine->portioned = engine->routes_left = FALSE;
    engine->pending = emit_ops(engine, plan->build, plan->fresh, plan->fresh_end, now_us);
    engine->pending += emit_ops(engine, plan->move, 0, 0, now_us) + plan->routes;
    if (mp_facts_has_stranded(engine) || mp_strays_wait(engine))
        spare_stranded(engine, plan->clean);
    if (engine->pending == 0 && mp_oplog_unseen(engine->oplog) == 0)
        engine->pending += emit_ops(engine, plan->clean, 0, 0, now_us);
    else
        engine->pending += plan->clean->len;
    engine->pending += plan->waits ? 1 : 0;
}

/* On the grid of probes: one wake-up for both. */
static gint64 next_poll_us(gint64 interval_us, gint64 now_us)
{
    return (now_us / interval_us + 1) * interval_us;
}

static void schedule_poll(MpEngine *engine, gint64 now_us)
{
    gint64 interval_us = engine->config->defaults.link_poll_ms * MP_USEC_PER_MSEC;

    g_array_set_size(engine->polled, 0);
    for (guint i = 0; i < engine->groups->len && interval_us > 0; i++) {
        const MpGroup *group = g_ptr_array_index(engine->groups, i);

        for (guint k = 0; k < group->members->len; k++) {
            const MpMember *member = g_ptr_array_index(group->members, k);

            if (mp_member_is_polled(engine, member))
                g_array_append_val(engine->polled, member->index);
        }
    }
    if (engine->polled->len == 0)
        engine->poll_us = G_MAXINT64;
    else if (engine->poll_us == G_MAXINT64)
        engine->poll_us = next_poll_us(interval_us, now_us);
}

static gint64 suspicion_deadline(const MpEngine *engine)
{
    gint64 deadline = G_MAXINT64;
    GHashTableIter iter;
    MpData *data;

    g_hash_table_iter_init(&iter, engine->data);
    while (g_hash_table_iter_next(&iter, NULL, (gpointer *)&data)) {
        if (data->suspect_until_us != 0)
            deadline = MIN(deadline, data->suspect_until_us);
        if (data->guest_until_us != 0)
            deadline = MIN(deadline, data->guest_until_us);
    }
    return deadline;
}

gboolean mp_engine_is_quiescent(const MpEngine *engine)
{
    return engine->started && !engine->dirty && !engine->unplanned && !engine->untold &&
           engine->pending == 0 && mp_oplog_unseen(engine->oplog) == 0 && !engine->record_dirty &&
           engine->record_stored >= engine->record_serial && g_queue_is_empty(engine->actions) &&
           mp_announcer_deadline(engine) == G_MAXINT64 &&
           suspicion_deadline(engine) == G_MAXINT64 && !mp_engine_doubts_sources(engine);
}

void mp_engine_settle(MpEngine *engine, gint64 now_us)
{
    if (!engine->started && engine->configured && engine->picture->complete == MP_DUMP_ALL)
        mp_engine_begin(engine, now_us);
    if (!engine->started)
        return;
    mp_probing_tell_targets(engine, now_us);
    if (!engine->dirty)
        return;
    engine->dirty = FALSE;
    engine->rest_stale = TRUE;
    mp_data_expire(engine, now_us);
    mp_picture_expire_disowned(engine->picture, now_us);
    if (engine->discovered != engine->picture->address_serial || engine->starting) {
        engine->discovered = engine->picture->address_serial;
        mp_data_discover(engine, now_us);
    }
    if (engine->starting)
        activate_hosts(engine);
    mp_tracking_update(engine, now_us);
    mp_probe_targets_update(engine, now_us);
    for (guint i = 0; i < engine->groups->len; i++) {
        mp_probing_update(engine, g_ptr_array_index(engine->groups, i), now_us);
        mp_decide_group(engine, g_ptr_array_index(engine->groups, i), now_us);
    }
    mp_facts_note_autoconf(engine);
    mp_tracking_decide(engine, now_us);
    note_arrivals(engine, now_us);
    mp_announcer_look(engine, now_us);
    engine->unplanned = TRUE;
}

/* What can wait until the kernel has been asked. */
static void tell(MpEngine *engine, gint64 now_us)
{
    engine->untold = FALSE;
    engine->starting = FALSE;
    g_clear_pointer(&engine->learned, mp_learned_unref);
    schedule_poll(engine, now_us);
    mp_facts_publish(engine, now_us);
    mp_probing_index(engine);
    mp_engine_finish(engine, now_us);
}

gboolean mp_engine_follow(MpEngine *engine, gint64 now_us)
{
    if (engine->unplanned) {
        engine->unplanned = FALSE;
        engine->untold = TRUE;
        mp_picture_flush(engine->picture);
        ask_sysctls(engine);
        plan_and_emit(engine, now_us);
        return TRUE;
    }
    if (!engine->untold)
        return FALSE;
    tell(engine, now_us);
    return TRUE;
}

/* Time --------------------------------------------------------------------------------------------
 */

static gint64 facts_deadline(const MpEngine *engine)
{
    gint64 deadline = suspicion_deadline(engine);

    for (guint i = 0; i < engine->groups->len; i++) {
        const MpGroup *group = g_ptr_array_index(engine->groups, i);

        for (guint k = 0; k < group->data->len; k++) {
            const MpData *data = g_ptr_array_index(group->data, k);

            deadline = MIN(deadline, mp_data_end(engine, data));
            if (data->unfit_until_us != 0)
                deadline = MIN(deadline, data->unfit_until_us);
        }
        for (guint k = 0; k < group->members->len; k++) {
            const MpMember *member = g_ptr_array_index(group->members, k);

            if (member->hold_until_us != 0 && member->state == MP_INTERFACE_FAILED)
                deadline = MIN(deadline, member->hold_until_us);
            deadline = MIN(deadline, mp_probing_rest_deadline(member));
        }
    }
    for (guint i = 0; i < engine->tracked->len; i++) {
        const MpGroup *group = g_ptr_array_index(engine->tracked, i);

        deadline = MIN(deadline, mp_probing_rest_deadline(g_ptr_array_index(group->members, 0)));
    }
    return deadline;
}

static gint64 rest_deadline(const MpEngine *engine)
{
    gint64 deadline = MIN(mp_announcer_deadline(engine), mp_oplog_deadline(engine->oplog));

    if (mp_shadow_has_more(engine))
        return 0;
    deadline = MIN(deadline, MIN(facts_deadline(engine), mp_facts_deadline(engine)));
    deadline = MIN(deadline, mp_picture_disowned_deadline(engine->picture));
    deadline = MIN(deadline, mp_engine_request_deadline(engine));
    deadline = MIN(deadline, mp_reread_deadline(engine));
    if (engine->redump_us != 0)
        deadline = MIN(deadline, engine->redump_us);
    return deadline;
}

/* Probes are due by the thousand in a second and links are read a hundred times, the rest hardly
 * ever: it is looked for only after something else went on. */
static gint64 rest_us(MpEngine *engine)
{
    if (engine->rest_stale)
        engine->rest_us = rest_deadline(engine);
    engine->rest_stale = FALSE;
    return engine->rest_us;
}

gint64 mp_engine_next_deadline(MpEngine *engine)
{
    return MIN(MIN(rest_us(engine), engine->poll_us), mp_engine_probe_deadline(engine));
}

const guint *mp_engine_polled(const MpEngine *engine, guint *out_n)
{
    *out_n = engine->polled->len;
    return (const guint *)(gpointer)engine->polled->data;
}

static void read_links(MpEngine *engine, gint64 now_us)
{
    engine->poll_us =
        next_poll_us(engine->config->defaults.link_poll_ms * MP_USEC_PER_MSEC, now_us);
    mp_engine_act(engine, MP_ACTION_READ_LINKS);
}

/* A hold that is over but does not matter yet (the link is down again) must not wake us for ever.
 */
static void end_holds(MpEngine *engine, gint64 now_us)
{
    for (guint i = 0; i < engine->groups->len; i++) {
        const MpGroup *group = g_ptr_array_index(engine->groups, i);

        for (guint k = 0; k < group->members->len; k++) {
            MpMember *member = g_ptr_array_index(group->members, k);

            if (member->hold_until_us != 0 && member->hold_until_us <= now_us) {
                member->hold_until_us = 0;
                engine->dirty = engine->visible_dirty = TRUE;
            }
        }
    }
}

void mp_engine_expire(MpEngine *engine, gint64 now_us)
{
    mp_probing_expire(engine, now_us);
    if (now_us >= engine->poll_us)
        read_links(engine, now_us);
    if (now_us < rest_us(engine)) {
        mp_engine_settle(engine, now_us);
        return;
    }
    engine->rest_stale = TRUE;
    mp_announcer_expire(engine, now_us);
    mp_facts_expire(engine, now_us);
    mp_reread_expire(engine, now_us);
    end_holds(engine, now_us);
    if (now_us >= mp_oplog_deadline(engine->oplog)) {
        engine->dirty = TRUE;
        if (mp_oplog_expire(engine->oplog, now_us))
            mp_engine_ask_dump(engine, MP_DUMP_ALL);
        mp_shadow_retry(engine);
    }
    if (engine->redump_us != 0 && now_us >= engine->redump_us) {
        mp_engine_ask_dump(engine, engine->redump);
        engine->redump_us = 0;
        engine->redump = 0;
    }
    if (mp_shadow_has_more(engine) || now_us >= facts_deadline(engine) ||
        now_us >= mp_engine_request_deadline(engine) ||
        now_us >= mp_picture_disowned_deadline(engine->picture))
        engine->dirty = TRUE;
    mp_engine_settle(engine, now_us);
}

/* Actions -----------------------------------------------------------------------------------------
 */

gboolean mp_engine_pop(MpEngine *engine, MpAction *out)
{
    MpAction *action = g_queue_pop_head(engine->actions);

    if (action == NULL)
        action = g_queue_pop_head(engine->notices);
    if (action == NULL)
        return FALSE;
    *out = *action;
    if (engine->spare->len < SPARE_MAX)
        g_ptr_array_add(engine->spare, action);
    else
        g_free(action);
    return TRUE;
}

void mp_action_clear(MpAction *action)
{
    if (action->kind == MP_ACTION_RECORD)
        g_clear_pointer(&action->record, mp_record_unref);
    else if (action->kind == MP_ACTION_DONE)
        g_clear_error(&action->done.error);
}

void mp_engine_watch(MpEngine *engine, gboolean watch)
{
    if (watch && engine->results == NULL)
        engine->results = g_array_new(FALSE, FALSE, sizeof(MpProbeResult));
    else if (!watch)
        g_clear_pointer(&engine->results, g_array_unref);
}

GArray *mp_engine_take_results(MpEngine *engine)
{
    GArray *results = engine->results;

    if (results == NULL || results->len == 0)
        return NULL;
    engine->results = g_array_new(FALSE, FALSE, sizeof(MpProbeResult));
    return results;
}

MpSnapshot *mp_engine_look(MpEngine *engine, const char *interface)
{
    MpSnapshot *seen =
        interface != NULL ? mp_show_interface(engine, interface) : mp_show_snapshot(engine);

    seen->serial = engine->snapshot_serial;
    return seen;
}

MpSnapshot *mp_engine_snapshot(MpEngine *engine)
{
    if (engine->visible_dirty) {
        g_autoptr(MpSnapshot) next = mp_show_snapshot(engine);

        engine->visible_dirty = FALSE;
        if (!mp_snapshot_equal(engine->snapshot, next)) {
            next->serial = ++engine->snapshot_serial;
            mp_snapshot_unref(engine->snapshot);
            engine->snapshot = mp_snapshot_ref(next);
        }
    }
    return mp_snapshot_ref(engine->snapshot);
}
