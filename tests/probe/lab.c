/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lab.h"

Lab *lab_new(guint members, guint detection_ms, guint32 seed)
{
    MpDetectionSettings settings = {.detection_ms = detection_ms, .failures = 5, .repairs = 10};
    MpCookieKey key = {{seed, 7}};
    Lab *lab = g_new0(Lab, 1);

    lab->jitter = g_rand_new_with_seed(seed);
    lab->fate = g_rand_new_with_seed(seed + 1);
    lab->detection = mp_detection_new(&settings, &key, lab->jitter);
    lab->replies = g_array_new(FALSE, TRUE, sizeof(LabReply));
    lab->n_members = members;
    lab->now_us = 1000000;
    lab->first_sent_us = lab->last_sent_us = -1;
    lab->gap_min_us = G_MAXINT64;
    for (guint i = 0; i < LAB_TARGETS_MAX; i++)
        lab->rtt_us[i] = 200;
    for (guint member = 1; member <= members; member++) {
        MpAddress source = lab_test_address(member);

        lab->verdict_us[member] = -1;
        mp_detection_add(lab->detection, member);
        mp_detection_set_link(lab->detection, member, TRUE, lab->now_us);
        mp_detection_set(lab->detection, member, MP_IPV4, MP_VIA_ICMP, &source, lab->now_us);
    }
    return lab;
}

void lab_free(Lab *lab)
{
    mp_detection_free(lab->detection);
    g_rand_free(lab->jitter);
    g_rand_free(lab->fate);
    g_array_unref(lab->replies);
    g_free(lab);
}

MpAddress lab_target(guint n)
{
    return (MpAddress){MP_IPV4, 32, {192, 0, 2, (guint8)n}};
}

MpAddress lab_test_address(guint member)
{
    return (MpAddress){MP_IPV4, 24, {192, 0, 2, (guint8)(100 + member)}};
}

void lab_set_targets(Lab *lab, MpTargetSource source, guint first, guint last)
{
    g_autoptr(GArray) addresses = mp_addresses_new();

    for (guint n = first; n <= last; n++) {
        MpAddress address = lab_target(n);

        g_array_append_val(addresses, address);
    }
    mp_detection_set_targets(lab->detection, source, addresses, lab->now_us);
}

MpProber *lab_prober(Lab *lab, guint member)
{
    return mp_detection_find(lab->detection, member);
}

static void answer(Lab *lab, const MpProbeAction *action, guint target)
{
    guint member = action->member;
    LabReply reply = {.at_us = lab->now_us + lab->rtt_us[target]};

    if (lab->broken[member] || lab->dead[target])
        return;
    if (lab->loss[member] > 0 && g_rand_double(lab->fate) < lab->loss[member])
        return;
    reply.reply = (MpProbeReply){.member = member,
                                 .via = action->send.via,
                                 .from = lab_target(target),
                                 .sequence = action->send.sequence,
                                 .cookie = action->send.cookie,
                                 .received_us = reply.at_us};
    g_array_append_val(lab->replies, reply);
}

static void on_send(Lab *lab, const MpProbeAction *action)
{
    guint target = action->send.target.bytes[3];

    lab->sends++;
    lab->sent_by[action->member]++;
    if (action->send.id == 0) {
        lab->multicasts++;
        for (guint n = 1; n < LAB_TARGETS_MAX; n++) {
            if (lab->multicast[n])
                answer(lab, action, n);
        }
        return;
    }
    lab->sent_to[target]++;
    answer(lab, action, target);
    if (action->member != 1)
        return;
    if (lab->last_sent_us >= 0) {
        lab->gap_min_us = MIN(lab->gap_min_us, lab->now_us - lab->last_sent_us);
        lab->gap_max_us = MAX(lab->gap_max_us, lab->now_us - lab->last_sent_us);
    } else {
        lab->first_sent_us = lab->now_us;
    }
    lab->last_sent_us = lab->now_us;
}

static void on_verdict(Lab *lab, const MpProbeAction *action)
{
    lab->verdict_us[action->member] = lab->now_us;
    if (action->verdict.reason == MP_REASON_PROBE_FAILURE)
        lab->convictions[action->member]++;
    if (action->verdict.from == MP_PROBE_FAILED && action->verdict.to == MP_PROBE_OK)
        lab->repairs[action->member]++;
}

static void on_action(Lab *lab, const MpProbeAction *action)
{
    switch (action->kind) {
    case MP_PROBE_SEND:
        on_send(lab, action);
        break;
    case MP_PROBE_VERDICT:
        on_verdict(lab, action);
        break;
    case MP_PROBE_GROUP:
        lab->group_failures += action->group.failed;
        lab->group_repairs += !action->group.failed;
        break;
    case MP_PROBE_INTERVAL:
        lab->raised += action->interval.reason == MP_REASON_FDT_RAISED;
        lab->lowered += action->interval.reason == MP_REASON_FDT_LOWERED;
        break;
    case MP_PROBE_COMPLETED:
        lab->completed_acked += action->completed.acked;
        lab->completed_lost += !action->completed.acked;
        break;
    case MP_PROBE_SEEK:
        lab->seeks++;
        break;
    case MP_PROBE_TARGETS:
        break;
    }
}

static gint64 next_reply_us(const Lab *lab)
{
    gint64 next = G_MAXINT64;

    for (guint i = 0; i < lab->replies->len; i++)
        next = MIN(next, g_array_index(lab->replies, LabReply, i).at_us);
    return next;
}

static void deliver(Lab *lab)
{
    for (guint i = 0; i < lab->replies->len;) {
        LabReply reply = g_array_index(lab->replies, LabReply, i);

        if (reply.at_us > lab->now_us) {
            i++;
            continue;
        }
        g_array_remove_index_fast(lab->replies, i);
        mp_detection_handle(lab->detection, &reply.reply, lab->now_us);
    }
}

/* The driver's order: what came in first, then what is due. */
static void turn(Lab *lab)
{
    MpProbeAction action;

    deliver(lab);
    mp_detection_expire(lab->detection, lab->now_us);
    while (mp_detection_pop(lab->detection, &action))
        on_action(lab, &action);
}

static gboolean step(Lab *lab, gint64 until_us)
{
    gint64 next = MIN(next_reply_us(lab), mp_detection_deadline(lab->detection));

    if (next > until_us)
        return FALSE;
    lab->now_us = MAX(lab->now_us, next);
    turn(lab);
    return TRUE;
}

void lab_run(Lab *lab, gint64 for_us)
{
    gint64 until_us = lab->now_us + for_us;

    while (step(lab, until_us))
        continue;
    lab->now_us = until_us;
}

void lab_freeze(Lab *lab, gint64 for_us)
{
    lab->now_us += for_us;
    turn(lab);
}

gboolean lab_run_until_state(Lab *lab, guint member, MpProbeState state, gint64 for_us)
{
    gint64 until_us = lab->now_us + for_us;

    while (mp_detection_state(lab->detection, member) != state) {
        if (!step(lab, until_us))
            return FALSE;
    }
    return TRUE;
}
