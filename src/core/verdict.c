/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "verdict.h"

#include <stdlib.h>

static MpProber *prober_at(const MpDetection *detection, guint i)
{
    return g_ptr_array_index(detection->probers, i);
}

MpProbeAction *mp_verdict_tell(MpDetection *detection, MpProbeActionKind kind, guint member)
{
    MpProbeAction action = {.kind = kind, .member = member};

    g_array_append_val(detection->actions, action);
    return &g_array_index(detection->actions, MpProbeAction, detection->actions->len - 1);
}

void mp_verdict_change(MpDetection *detection, MpProber *prober, MpProbeState state,
                       MpReason reason)
{
    MpProbeAction *action;

    if (prober->state == state)
        return;
    action = mp_verdict_tell(detection, MP_PROBE_VERDICT, prober->id);
    action->verdict.from = prober->state;
    action->verdict.to = state;
    action->verdict.reason = reason;
    prober->state = state;
}

gboolean mp_detection_can_convict(const MpDetection *detection)
{
    for (guint i = 0; i < detection->targets->len; i++) {
        if (g_array_index(detection->targets, MpGroupTarget, i).answered)
            return TRUE;
    }
    return FALSE;
}

static gboolean others_answer_since(const MpDetection *detection, const MpProber *prober,
                                    gint64 since_us)
{
    for (guint i = 0; i < detection->probers->len; i++) {
        const MpProber *other = prober_at(detection, i);

        if (other != prober && other->link && other->answered_us > since_us)
            return TRUE;
    }
    return FALSE;
}

gboolean mp_detection_looks_failed(const MpDetection *detection, const MpProber *prober,
                                   gint64 now_us)
{
    return mp_prober_is_probing(prober) && prober->losses >= detection->rules.failures &&
           !mp_prober_is_quiet(prober, others_answer_since(detection, prober, prober->started_us),
                               now_us);
}

/* Not in the midst of losses itself: when the target is what has died, members come to their last
 * loss one after the other, and none may be convicted by the one that is last. */
static gboolean is_alive(const MpDetection *detection, const MpProber *prober, gint64 since_us)
{
    return prober->answered_us > since_us &&
           prober->losses < MAX((detection->rules.failures - 1) / 2, 1);
}

/* One that is about to be probed proves nothing by not being probed yet. */
static gboolean is_unprobed(const MpProber *prober)
{
    return !mp_prober_is_probing(prober) && !prober->awaited;
}

gboolean mp_detection_has_proof(const MpDetection *detection, const MpProber *prober)
{
    for (guint i = 0; i < detection->probers->len; i++) {
        const MpProber *other = prober_at(detection, i);

        if (other == prober || !other->link)
            continue;
        if (is_unprobed(other) || is_alive(detection, other, prober->first_loss_us))
            return TRUE;
    }
    return FALSE;
}

/* By ARP without an address, while all that it could ask is silent to everybody. */
static gboolean is_kept_still(const MpProber *prober)
{
    gboolean held = FALSE;

    for (guint i = 0; i < MP_N_STREAMS; i++) {
        const MpStream *stream = &prober->streams[i];

        if (stream->via == MP_VIA_NONE)
            continue;
        if (!mp_targets_all_held(&stream->targets))
            return FALSE;
        held = TRUE;
    }
    return held;
}

/* A member that is quiet, and never had an answer, speaks neither for the group nor against it; nor
 * does one that may not ask. */
static gboolean is_neutral(const MpDetection *detection, const MpProber *prober, gint64 now_us)
{
    return is_kept_still(prober) || (prober->awaited && !mp_prober_is_probing(prober)) ||
           mp_prober_is_quiet(prober, others_answer_since(detection, prober, prober->started_us),
                              now_us);
}

gboolean mp_detection_all_look_failed(const MpDetection *detection, gint64 now_us)
{
    guint failed = 0;

    for (guint i = 0; i < detection->probers->len; i++) {
        const MpProber *prober = prober_at(detection, i);

        if (!prober->link)
            continue;
        if (mp_detection_looks_failed(detection, prober, now_us))
            failed++;
        else if (is_unprobed(prober) || !is_neutral(detection, prober, now_us))
            return FALSE;
    }
    return failed > 0;
}

static void tell_group(MpDetection *detection, gboolean failed)
{
    detection->failed = failed;
    mp_verdict_tell(detection, MP_PROBE_GROUP, 0)->group.failed = failed;
}

void mp_verdict_forgive(MpDetection *detection)
{
    for (guint i = 0; i < detection->probers->len; i++) {
        MpProber *prober = prober_at(detection, i);

        mp_window_forgive(&prober->streams[0].window);
        mp_window_forgive(&prober->streams[1].window);
        mp_prober_refresh(prober);
    }
}

static void end_group_failure(MpDetection *detection)
{
    tell_group(detection, FALSE);
    mp_verdict_forgive(detection);
}

/* Ended by the first member with enough answers, or when one with link is not probed at all. */
static gboolean is_over(const MpDetection *detection)
{
    gboolean probed = FALSE;

    for (guint i = 0; i < detection->probers->len; i++) {
        const MpProber *prober = prober_at(detection, i);

        if (!prober->link)
            continue;
        if ((!mp_prober_is_enabled(prober) && !prober->awaited) ||
            prober->answers >= detection->rules.repairs)
            return TRUE;
        probed = TRUE;
    }
    return !probed;
}

static void repair(MpDetection *detection, MpProber *prober)
{
    if (prober->state == MP_PROBE_FAILED && prober->answers >= detection->rules.repairs)
        mp_verdict_change(detection, prober, MP_PROBE_OK, MP_REASON_PROBE_REPAIR);
    else if (prober->state == MP_PROBE_UNKNOWN && prober->answered)
        mp_verdict_change(detection, prober, MP_PROBE_OK, MP_REASON_PROBE_REPAIR);
}

static gboolean has_suspect(const MpDetection *detection, gint64 now_us)
{
    for (guint i = 0; i < detection->probers->len; i++) {
        const MpProber *prober = prober_at(detection, i);

        if (prober->state != MP_PROBE_FAILED &&
            mp_detection_looks_failed(detection, prober, now_us))
            return TRUE;
    }
    return FALSE;
}

static void convict(MpDetection *detection, gint64 now_us)
{
    if (!has_suspect(detection, now_us))
        return;
    /* Those who are to prove it may have losses that nobody has looked at yet. */
    for (guint i = 0; i < detection->probers->len; i++)
        mp_prober_judge(prober_at(detection, i), now_us, detection->actions);
    for (guint i = 0; i < detection->probers->len; i++) {
        MpProber *prober = prober_at(detection, i);

        if (prober->state != MP_PROBE_FAILED &&
            mp_detection_looks_failed(detection, prober, now_us) &&
            mp_detection_has_proof(detection, prober))
            mp_verdict_change(detection, prober, MP_PROBE_FAILED, MP_REASON_PROBE_FAILURE);
    }
}

void mp_verdict_decide(MpDetection *detection, gint64 now_us)
{
    for (guint i = 0; i < detection->probers->len; i++)
        repair(detection, prober_at(detection, i));
    if (detection->failed && is_over(detection))
        end_group_failure(detection);
    if (detection->failed || !mp_detection_can_convict(detection))
        return;
    convict(detection, now_us);
    if (mp_detection_all_look_failed(detection, now_us)) {
        tell_group(detection, TRUE);
        mp_detection_flush(detection);
    }
}

MpProbeState mp_detection_state(const MpDetection *detection, guint member)
{
    const MpProber *prober = mp_detection_find(detection, member);

    if (prober == NULL)
        return MP_PROBE_DISABLED;
    if (detection->failed && prober->state != MP_PROBE_DISABLED)
        return MP_PROBE_FAILED;
    return prober->state;
}

gint64 mp_detection_in_force_us(const MpDetection *detection)
{
    return mp_probe_detection_us(detection->rules.interval_us, detection->rules.failures);
}

static int compare_times(const void *a, const void *b)
{
    gint64 one = *(const gint64 *)a, other = *(const gint64 *)b;

    return (one > other) - (one < other);
}

static void collect(const MpDetection *detection, guint samples, GArray *times)
{
    for (guint i = 0; i < detection->probers->len * MP_N_STREAMS; i++) {
        const MpProber *prober = prober_at(detection, i / MP_N_STREAMS);
        const GArray *list = prober->streams[i % MP_N_STREAMS].targets.list;

        for (guint k = 0; prober->link && k < list->len; k++) {
            const MpTarget *target = &g_array_index(list, MpTarget, k);
            gint64 time_us = mp_rtt_conservative_us(&target->rtt);

            if (target->state == MP_TARGET_ACTIVE && target->rtt.samples >= samples)
                g_array_append_val(times, time_us);
        }
    }
}

gint64 mp_detection_median_us(const MpDetection *detection)
{
    g_autoptr(GArray) times = g_array_new(FALSE, FALSE, sizeof(gint64));

    /* The first estimates are mostly the deviation that is assumed. */
    collect(detection, MP_DETECTION_SAMPLES, times);
    if (times->len == 0)
        return 0;
    qsort(times->data, times->len, sizeof(gint64), compare_times);
    return g_array_index(times, gint64, (times->len - 1) / 2);
}

static void set_interval(MpDetection *detection, gint64 interval_us, MpReason reason, gint64 now_us)
{
    MpProbeAction *action;

    detection->rules.interval_us = interval_us;
    detection->raised_us = now_us;
    action = mp_verdict_tell(detection, MP_PROBE_INTERVAL, 0);
    action->interval.detection_us = mp_detection_in_force_us(detection);
    action->interval.reason = reason;
}

void mp_verdict_raise(MpDetection *detection, gint64 now_us)
{
    gint64 median = mp_detection_median_us(detection);
    gint64 most = mp_probe_interval_us(MP_FDT_MAX_MS * MP_USEC_PER_MSEC, detection->rules.failures);

    if (median > detection->rules.interval_us && detection->rules.interval_us < most)
        set_interval(detection, MIN(2 * median, most), MP_REASON_FDT_RAISED, now_us);
}

void mp_verdict_lower(MpDetection *detection, gint64 now_us)
{
    gint64 wanted = mp_probe_interval_us(detection->settings.detection_ms * MP_USEC_PER_MSEC,
                                         detection->rules.failures);
    g_autoptr(GArray) times = NULL;

    if (detection->rules.interval_us <= wanted ||
        now_us - detection->raised_us < MP_DETECTION_LOWER_US)
        return;
    times = g_array_new(FALSE, FALSE, sizeof(gint64));
    collect(detection, 1, times);
    for (guint i = 0; i < times->len; i++) {
        if (g_array_index(times, gint64, i) >= detection->rules.interval_us / 4)
            return;
    }
    if (times->len > 0)
        set_interval(detection, MAX(detection->rules.interval_us / 2, wanted),
                     MP_REASON_FDT_LOWERED, now_us);
}
