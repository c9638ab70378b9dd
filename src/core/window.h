/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The last 52 probes of one interface in one family, and what became of each. Everything that is
 * decided of them is read from here anew, so that a late answer mends what its loss had done. */
#pragma once

#include <glib.h>

#define MP_WINDOW_SIZE 52

typedef enum {
    MP_SLOT_FREE, /* never used, or forgotten */
    MP_SLOT_SENT, /* not answered, not yet lost */
    MP_SLOT_ACKED,
    MP_SLOT_LOST,
    MP_SLOT_MULTICAST, /* to whom it may concern: never lost, answered any number of times */
} MpSlotState;
#define MP_N_SLOT_STATES 5

typedef struct {
    MpSlotState state;
    gboolean late; /* acked after its deadline */
    guint target;  /* 0 = multicast */
    guint64 number;
    guint64 cookie;
    gint64 sent_us, deadline_us;
} MpSlot;

/* What became of an answer; only the first three are of use. */
typedef enum {
    MP_ANSWER_ACKED,
    MP_ANSWER_LATE,     /* after its deadline: acked all the same */
    MP_ANSWER_FOUND,    /* to a multicast probe */
    MP_ANSWER_REPEATED, /* answered before */
    MP_ANSWER_UNKNOWN,  /* not sent, or out of the window */
    MP_ANSWER_FORGED,   /* without the cookie */
    MP_ANSWER_STRANGER, /* from another address than was asked, or before it was asked */
} MpAnswer;
#define MP_N_ANSWERS 7

/* All only grow. Truly lost are `lost - late`. */
typedef struct {
    guint64 sent, acked, lost;
    guint64 late;     /* losses that an answer took back */
    guint64 missed;   /* never sent, since we were late: no loss */
    guint64 rejected; /* answers that counted for nothing */
} MpProbeCounts;

typedef struct {
    MpSlot slots[MP_WINDOW_SIZE];
    guint64 next;     /* number of the next probe; its low 16 bits are the sequence */
    guint64 forgiven; /* losses of lower numbers count no longer */
    guint pending; /* slots that are MP_SLOT_SENT: mostly none, and nothing is to be looked for */
    MpProbeCounts counts;
} MpWindow;

#define MP_NO_TIME G_MININT64

const char *mp_slot_state_to_string(MpSlotState state);
const char *mp_answer_to_string(MpAnswer answer);

/* Puts the next probe in. `target` 0: multicast, without a deadline. */
MpSlot *mp_window_send(MpWindow *window, guint target, guint64 cookie, gint64 sent_us,
                       gint64 deadline_us);
/* The slot of a sequence that is in the window, or NULL. */
MpSlot *mp_window_find(MpWindow *window, guint16 sequence);
/* The newest probe to `target` that was sent by `received_us`: for answers without a sequence. The
 * kernel's stamp comes of another clock, so a millisecond does not matter. */
MpSlot *mp_window_find_target(MpWindow *window, guint target, gint64 received_us);
/* An answer that came `received_us`. Counts it; a slot of NULL is one that is not known. */
MpAnswer mp_window_answer(MpWindow *window, MpSlot *slot, guint64 cookie, gint64 received_us);
void mp_window_reject(MpWindow *window);
/* The oldest that is past its deadline becomes lost and is returned; NULL: none. */
MpSlot *mp_window_judge(MpWindow *window, gint64 now_us);
gint64 mp_window_deadline(const MpWindow *window); /* G_MAXINT64 = nothing is waited for */
guint mp_window_pending(const MpWindow *window);
/* It did not leave: missed, not sent. */
void mp_window_unsend(MpWindow *window, MpSlot *slot);
guint mp_window_multicasts(const MpWindow *window);

/* Forget everything but the counts: the link was lost. */
void mp_window_clear(MpWindow *window);
/* Forget the probes to a target that is no longer one. */
void mp_window_forget(MpWindow *window, guint target);
/* Losses so far count no longer as consecutive. */
void mp_window_forgive(MpWindow *window);

/* The consecutive losses up to now, and when the first was sent (MP_NO_TIME: none). What is waited
 * for is passed over. */
guint mp_window_losses(const MpWindow *window, gint64 *out_first_sent_us);
/* The consecutive answers up to now, `at_most`. Losses to the `ignored` targets are passed over. */
guint mp_window_answers(const MpWindow *window, guint at_most, const guint *ignored,
                        guint n_ignored);
/* The same for one target: `at_most` of its losses, and when the first of these was sent. */
guint mp_window_target_losses(const MpWindow *window, guint target, guint at_most,
                              gint64 *out_first_sent_us);
/* When the latest of the answered probes was sent; `target` 0: to whomever. */
gint64 mp_window_answered_us(const MpWindow *window, guint target);
