/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "target.h"

#include "words.h"

static const char *const sources[] = {
    [MP_TARGET_CONFIGURED] = "configured", [MP_TARGET_ROUTER] = "router",
    [MP_TARGET_HOST_ROUTE] = "host-route", [MP_TARGET_MULTICAST] = "multicast",
    [MP_TARGET_NEIGHBOUR] = "neighbour",
};
G_STATIC_ASSERT(G_N_ELEMENTS(sources) == MP_N_TARGET_SOURCES);

static const char *const states[] = {
    [MP_TARGET_ACTIVE] = "active",
    [MP_TARGET_UNUSED] = "unused",
    [MP_TARGET_SLOW] = "slow",
    [MP_TARGET_DEAD] = "dead",
};
G_STATIC_ASSERT(G_N_ELEMENTS(states) == MP_N_TARGET_STATES);

const char *mp_target_source_to_string(MpTargetSource source)
{
    return MP_WORD(sources, source);
}

const char *mp_target_state_to_string(MpTargetState state)
{
    return MP_WORD(states, state);
}

gboolean mp_target_source_is_discovered(MpTargetSource source)
{
    return source == MP_TARGET_MULTICAST || source == MP_TARGET_NEIGHBOUR;
}

void mp_targets_init(MpTargets *targets)
{
    targets->list = g_array_new(FALSE, TRUE, sizeof(MpTarget));
    targets->turn = 0;
}

void mp_targets_clear(MpTargets *targets)
{
    g_clear_pointer(&targets->list, g_array_unref);
}

static MpTarget *target_at(const MpTargets *targets, guint i)
{
    return &g_array_index(targets->list, MpTarget, i);
}

static gboolean is_resting(const MpTarget *target)
{
    return target->state == MP_TARGET_SLOW || target->state == MP_TARGET_DEAD;
}

MpTarget *mp_targets_find(MpTargets *targets, guint id)
{
    for (guint i = 0; i < targets->list->len; i++) {
        if (target_at(targets, i)->id == id)
            return target_at(targets, i);
    }
    return NULL;
}

MpTarget *mp_targets_find_address(MpTargets *targets, const MpAddress *address)
{
    for (guint i = 0; i < targets->list->len; i++) {
        if (mp_address_equal_host(&target_at(targets, i)->address, address))
            return target_at(targets, i);
    }
    return NULL;
}

/* Nobody to ask is worse than asking one that rests: the one that has rested longest. */
static void wake_one(MpTargets *targets)
{
    MpTarget *first = NULL;

    for (guint i = 0; i < targets->list->len; i++) {
        MpTarget *target = target_at(targets, i);

        if (!is_resting(target))
            return;
        if (first == NULL || target->rest_until_us < first->rest_until_us)
            first = target;
    }
    if (first != NULL)
        first->state = MP_TARGET_UNUSED;
}

/* Active are the first five that do not rest. */
static void refill(MpTargets *targets)
{
    guint active = 0;

    wake_one(targets);
    for (guint i = 0; i < targets->list->len; i++) {
        MpTarget *target = target_at(targets, i);

        if (is_resting(target))
            continue;
        target->state = active < MP_TARGETS_ACTIVE_MAX ? MP_TARGET_ACTIVE : MP_TARGET_UNUSED;
        active++;
    }
}

/* Behind the others of its source. */
static void insert(MpTargets *targets, const MpTarget *target)
{
    guint at = 0;

    while (at < targets->list->len && target_at(targets, at)->source <= target->source)
        at++;
    g_array_insert_val(targets->list, at, *target);
}

gboolean mp_targets_add(MpTargets *targets, guint id, const MpAddress *address,
                        MpTargetSource source)
{
    MpTarget target = {.id = id, .address = *address, .source = source, .state = MP_TARGET_UNUSED};

    if (mp_targets_find(targets, id) != NULL)
        return FALSE;
    insert(targets, &target);
    refill(targets);
    return TRUE;
}

void mp_targets_recall(MpTargets *targets, guint id, const MpTarget *known)
{
    MpTarget *target = mp_targets_find(targets, id);

    target->rtt = known->rtt;
    target->answered_us = known->answered_us;
    if (!is_resting(known))
        return;
    target->state = known->state;
    target->rest_until_us = known->rest_until_us;
    refill(targets);
}

gboolean mp_targets_remove(MpTargets *targets, guint id)
{
    for (guint i = 0; i < targets->list->len; i++) {
        if (target_at(targets, i)->id != id)
            continue;
        g_array_remove_index(targets->list, i);
        refill(targets);
        return TRUE;
    }
    return FALSE;
}

gboolean mp_targets_set_source(MpTargets *targets, guint id, MpTargetSource source)
{
    for (guint i = 0; i < targets->list->len; i++) {
        MpTarget target = *target_at(targets, i);

        if (target.id != id)
            continue;
        target.source = source;
        g_array_remove_index(targets->list, i);
        insert(targets, &target);
        refill(targets);
        return TRUE;
    }
    return FALSE;
}

guint mp_targets_n_active(const MpTargets *targets)
{
    guint active = 0;

    for (guint i = 0; i < targets->list->len; i++)
        active += target_at(targets, i)->state == MP_TARGET_ACTIVE;
    return active;
}

guint mp_targets_resting(const MpTargets *targets, guint *out, guint max)
{
    guint n = 0;

    for (guint i = 0; i < targets->list->len && n < max; i++) {
        if (is_resting(target_at(targets, i)))
            out[n++] = target_at(targets, i)->id;
    }
    return n;
}

gboolean mp_targets_all_held(const MpTargets *targets)
{
    guint held = 0;

    for (guint i = 0; i < targets->list->len; i++) {
        const MpTarget *target = target_at(targets, i);

        if (target->state == MP_TARGET_ACTIVE && !target->held)
            return FALSE;
        held += target->state == MP_TARGET_ACTIVE;
    }
    return held > 0;
}

MpTarget *mp_targets_next(MpTargets *targets)
{
    guint n = targets->list->len, after = 0;

    for (guint i = 0; i < n; i++) {
        if (target_at(targets, i)->id == targets->turn)
            after = i + 1;
    }
    for (guint i = 0; i < n; i++) {
        MpTarget *target = target_at(targets, (after + i) % n);

        if (target->state != MP_TARGET_ACTIVE || target->held)
            continue;
        targets->turn = target->id;
        return target;
    }
    return NULL;
}

static void rest(MpTargets *targets, MpTarget *target, MpTargetState state, gint64 now_us)
{
    target->state = state;
    target->rest_until_us = now_us + MP_TARGET_REST_US;
    refill(targets);
}

static gboolean is_slow(const MpTargets *targets, const MpTarget *target, gint64 interval_us)
{
    if (target->state != MP_TARGET_ACTIVE || mp_rtt_conservative_us(&target->rtt) <= interval_us ||
        mp_targets_n_active(targets) < MP_TARGET_SLOW_ACTIVE)
        return FALSE;
    for (guint i = 0; i < targets->list->len; i++) {
        const MpTarget *other = target_at(targets, i);

        if (other == target || other->state != MP_TARGET_ACTIVE)
            continue;
        if (!mp_rtt_is_known(&other->rtt) || mp_rtt_conservative_us(&other->rtt) >= interval_us / 2)
            return FALSE;
    }
    return TRUE;
}

gboolean mp_targets_answered(MpTargets *targets, guint id, gint64 rtt_us, gint64 interval_us,
                             gint64 now_us)
{
    MpTarget *target = mp_targets_find(targets, id);

    if (target == NULL)
        return FALSE;
    mp_rtt_add(&target->rtt, rtt_us);
    target->answered_us = now_us;
    if (!is_slow(targets, target, interval_us))
        return FALSE;
    rest(targets, target, MP_TARGET_SLOW, now_us);
    return TRUE;
}

static gboolean another_answers(const MpTargets *targets, guint id, const MpWindow *window,
                                gint64 since_us)
{
    gint64 first_us;

    for (guint i = 0; i < targets->list->len; i++) {
        const MpTarget *other = target_at(targets, i);

        if (other->id != id && other->state == MP_TARGET_ACTIVE &&
            mp_window_target_losses(window, other->id, 1, &first_us) == 0 &&
            mp_window_answered_us(window, other->id) > since_us)
            return TRUE;
    }
    return FALSE;
}

gboolean mp_targets_lost(MpTargets *targets, guint id, const MpWindow *window, gint64 now_us)
{
    MpTarget *target = mp_targets_find(targets, id);
    gint64 first_us;

    if (target == NULL || target->state != MP_TARGET_ACTIVE ||
        mp_window_target_losses(window, id, MP_TARGET_DEAD_LOSSES, &first_us) <
            MP_TARGET_DEAD_LOSSES ||
        !another_answers(targets, id, window, first_us))
        return FALSE;
    rest(targets, target, MP_TARGET_DEAD, now_us);
    return TRUE;
}

/* What has rested comes last of its source, so that nobody who serves well is put out; how long a
 * slow one took is forgotten, or it would be slow for ever. */
static void rise(MpTargets *targets, guint i)
{
    MpTarget target = *target_at(targets, i);

    if (target.state == MP_TARGET_SLOW)
        target.rtt = (MpRtt){0};
    target.state = MP_TARGET_UNUSED;
    g_array_remove_index(targets->list, i);
    insert(targets, &target);
}

gboolean mp_targets_expire(MpTargets *targets, gint64 now_us)
{
    gboolean changed = FALSE;

    for (guint i = 0; i < targets->list->len; i++) {
        if (!is_resting(target_at(targets, i)) || now_us < target_at(targets, i)->rest_until_us)
            continue;
        rise(targets, i);
        changed = TRUE;
        i = G_MAXUINT; /* the order has changed: from the beginning */
    }
    if (changed)
        refill(targets);
    return changed;
}
