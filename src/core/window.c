/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "window.h"

#include "words.h"

#include <string.h>

#define CLOCKS_DIFFER_US 1000

static const char *const slot_states[] = {
    [MP_SLOT_FREE] = "free", [MP_SLOT_SENT] = "sent",           [MP_SLOT_ACKED] = "acked",
    [MP_SLOT_LOST] = "lost", [MP_SLOT_MULTICAST] = "multicast",
};
G_STATIC_ASSERT(G_N_ELEMENTS(slot_states) == MP_N_SLOT_STATES);

static const char *const answers[] = {
    [MP_ANSWER_ACKED] = "acked",       [MP_ANSWER_LATE] = "late",
    [MP_ANSWER_FOUND] = "found",       [MP_ANSWER_REPEATED] = "repeated",
    [MP_ANSWER_UNKNOWN] = "unknown",   [MP_ANSWER_FORGED] = "forged",
    [MP_ANSWER_STRANGER] = "stranger",
};
G_STATIC_ASSERT(G_N_ELEMENTS(answers) == MP_N_ANSWERS);

const char *mp_slot_state_to_string(MpSlotState state)
{
    return MP_WORD(slot_states, state);
}

const char *mp_answer_to_string(MpAnswer answer)
{
    return MP_WORD(answers, answer);
}

/* The `age`th newest slot: 0 is the latest. NULL beyond the first one ever sent. */
static MpSlot *slot_at(const MpWindow *window, guint age)
{
    if (age >= MP_WINDOW_SIZE || age >= window->next)
        return NULL;
    return (MpSlot *)&window->slots[(window->next - 1 - age) % MP_WINDOW_SIZE];
}

static void slot_set_state(MpWindow *window, MpSlot *slot, MpSlotState state)
{
    window->pending -= slot->state == MP_SLOT_SENT;
    window->pending += state == MP_SLOT_SENT;
    slot->state = state;
}

MpSlot *mp_window_send(MpWindow *window, guint target, guint64 cookie, gint64 sent_us,
                       gint64 deadline_us)
{
    MpSlot *slot = &window->slots[window->next % MP_WINDOW_SIZE];

    if (slot->state == MP_SLOT_SENT)
        window->counts.lost++; /* it leaves the window unanswered */
    slot_set_state(window, slot, target == 0 ? MP_SLOT_MULTICAST : MP_SLOT_SENT);
    *slot = (MpSlot){.state = slot->state,
                     .target = target,
                     .number = window->next,
                     .cookie = cookie,
                     .sent_us = sent_us,
                     .deadline_us = deadline_us};
    window->next++;
    if (target != 0)
        window->counts.sent++;
    return slot;
}

MpSlot *mp_window_find(MpWindow *window, guint16 sequence)
{
    guint16 age = (guint16)(window->next - 1 - sequence);
    MpSlot *slot = slot_at(window, age);

    return slot == NULL || slot->state == MP_SLOT_FREE ? NULL : slot;
}

MpSlot *mp_window_find_target(MpWindow *window, guint target, gint64 received_us)
{
    MpSlot *slot;

    for (guint age = 0; (slot = slot_at(window, age)) != NULL; age++) {
        if (slot->state != MP_SLOT_FREE && slot->target == target &&
            slot->sent_us <= received_us + CLOCKS_DIFFER_US)
            return slot;
    }
    return NULL;
}

void mp_window_reject(MpWindow *window)
{
    window->counts.rejected++;
}

static MpAnswer answer_of(const MpSlot *slot, guint64 cookie, gint64 received_us)
{
    if (slot == NULL)
        return MP_ANSWER_UNKNOWN;
    if (slot->cookie != cookie)
        return MP_ANSWER_FORGED;
    if (slot->state == MP_SLOT_MULTICAST)
        return MP_ANSWER_FOUND;
    if (slot->state == MP_SLOT_ACKED)
        return MP_ANSWER_REPEATED;
    return received_us > slot->deadline_us ? MP_ANSWER_LATE : MP_ANSWER_ACKED;
}

MpAnswer mp_window_answer(MpWindow *window, MpSlot *slot, guint64 cookie, gint64 received_us)
{
    MpAnswer answer = answer_of(slot, cookie, received_us);

    if (answer == MP_ANSWER_ACKED || answer == MP_ANSWER_LATE) {
        if (slot->state == MP_SLOT_LOST)
            window->counts.late++;
        window->counts.acked++;
        slot_set_state(window, slot, MP_SLOT_ACKED);
        slot->late = answer == MP_ANSWER_LATE;
    } else if (answer != MP_ANSWER_FOUND) {
        window->counts.rejected++;
    }
    return answer;
}

MpSlot *mp_window_judge(MpWindow *window, gint64 now_us)
{
    MpSlot *oldest = NULL, *slot;
    guint left = window->pending;

    for (guint age = 0; left > 0 && (slot = slot_at(window, age)) != NULL; age++) {
        left -= slot->state == MP_SLOT_SENT;
        if (slot->state == MP_SLOT_SENT && slot->deadline_us <= now_us)
            oldest = slot;
    }
    if (oldest != NULL) {
        slot_set_state(window, oldest, MP_SLOT_LOST);
        window->counts.lost++;
    }
    return oldest;
}

gint64 mp_window_deadline(const MpWindow *window)
{
    gint64 deadline = G_MAXINT64;
    const MpSlot *slot;
    guint left = window->pending;

    for (guint age = 0; left > 0 && (slot = slot_at(window, age)) != NULL; age++) {
        left -= slot->state == MP_SLOT_SENT;
        if (slot->state == MP_SLOT_SENT)
            deadline = MIN(deadline, slot->deadline_us);
    }
    return deadline;
}

guint mp_window_pending(const MpWindow *window)
{
    return window->pending;
}

guint mp_window_multicasts(const MpWindow *window)
{
    guint n = 0;

    for (guint i = 0; i < MP_WINDOW_SIZE; i++)
        n += window->slots[i].state == MP_SLOT_MULTICAST;
    return n;
}

void mp_window_unsend(MpWindow *window, MpSlot *slot)
{
    slot_set_state(window, slot, MP_SLOT_FREE);
    window->counts.sent--;
    window->counts.missed++;
}

void mp_window_clear(MpWindow *window)
{
    for (guint i = 0; i < MP_WINDOW_SIZE; i++)
        slot_set_state(window, &window->slots[i], MP_SLOT_FREE);
}

void mp_window_forget(MpWindow *window, guint target)
{
    for (guint i = 0; i < MP_WINDOW_SIZE; i++) {
        if (window->slots[i].target == target)
            slot_set_state(window, &window->slots[i], MP_SLOT_FREE);
    }
}

void mp_window_forgive(MpWindow *window)
{
    window->forgiven = window->next;
}

guint mp_window_losses(const MpWindow *window, gint64 *out_first_sent_us)
{
    const MpSlot *slot;
    guint losses = 0;

    *out_first_sent_us = MP_NO_TIME;
    for (guint age = 0; (slot = slot_at(window, age)) != NULL; age++) {
        if (slot->state == MP_SLOT_ACKED || slot->number < window->forgiven)
            break;
        if (slot->state != MP_SLOT_LOST)
            continue;
        losses++;
        *out_first_sent_us = slot->sent_us;
    }
    return losses;
}

static gboolean is_among(guint target, const guint *targets, guint n)
{
    for (guint i = 0; i < n; i++) {
        if (targets[i] == target)
            return TRUE;
    }
    return FALSE;
}

guint mp_window_answers(const MpWindow *window, guint at_most, const guint *ignored,
                        guint n_ignored)
{
    const MpSlot *slot;
    guint n = 0;

    for (guint age = 0; n < at_most && (slot = slot_at(window, age)) != NULL; age++) {
        if (slot->state == MP_SLOT_LOST && !is_among(slot->target, ignored, n_ignored))
            break;
        n += slot->state == MP_SLOT_ACKED;
    }
    return n;
}

guint mp_window_target_losses(const MpWindow *window, guint target, guint at_most,
                              gint64 *out_first_sent_us)
{
    const MpSlot *slot;
    guint losses = 0;

    *out_first_sent_us = MP_NO_TIME;
    for (guint age = 0; losses < at_most && (slot = slot_at(window, age)) != NULL; age++) {
        if (slot->target != target)
            continue;
        if (slot->state == MP_SLOT_ACKED)
            break;
        if (slot->state != MP_SLOT_LOST)
            continue;
        losses++;
        *out_first_sent_us = slot->sent_us;
    }
    return losses;
}

gint64 mp_window_answered_us(const MpWindow *window, guint target)
{
    const MpSlot *slot;

    for (guint age = 0; (slot = slot_at(window, age)) != NULL; age++) {
        if (slot->state == MP_SLOT_ACKED && (target == 0 || slot->target == target))
            return slot->sent_us;
    }
    return MP_NO_TIME;
}
