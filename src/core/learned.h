/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What probing has found out, for the next life of the daemon: a help, not a fact. Without it all
 * is found out anew; nothing of the user's depends on it. Not changed once it is made. */
#pragma once

#include "target.h"

/* So long after it was told it is worth something: later who answered then may be gone. */
#define MP_LEARNED_AGE_MAX_US (10 * 60 * MP_USEC_PER_SEC)

/* A failure detection time that was raised. Of a group or, without, of an interface of none. */
typedef struct {
    char *group;                  /* NULL = of no group */
    char *interface;              /* NULL = of a group */
    guint detection_ms, failures; /* as configured then: for others it says nothing */
    gint64 interval_us;           /* PI */
    gint64 raised_us;             /* since when; monotonic */
} MpLearnedInterval;

typedef struct {
    char *group, *interface; /* as above */
    MpAddress address;
    MpTargetSource source;
    gboolean heard;    /* a router of a neighbour table */
    gboolean answered; /* some member, since the list was filled */
} MpLearnedTarget;

/* Of a target, as one member has it. */
typedef struct {
    char *interface;
    MpAddress address;
    MpTargetState state;
    gint64 rest_until_us; /* of a slow or dead one; monotonic */
    gint64 answered_us;   /* monotonic; of one with samples */
    gint64 average8_us, deviation4_us;
    guint samples; /* 0 = it never answered */
} MpLearnedEstimate;

typedef struct {
    gint64 told_us;       /* when this was so; monotonic */
    GPtrArray *intervals; /* MpLearnedInterval* */
    GPtrArray *targets;   /* MpLearnedTarget* */
    GPtrArray *estimates; /* MpLearnedEstimate* */
} MpLearned;

MpLearned *mp_learned_new(void);
MpLearned *mp_learned_ref(const MpLearned *learned);
void mp_learned_unref(MpLearned *learned);
void mp_learned_interval_free(MpLearnedInterval *entry);
void mp_learned_target_free(MpLearnedTarget *entry);
void mp_learned_estimate_free(MpLearnedEstimate *entry);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MpLearned, mp_learned_unref)

/* Enough to be written down: round trips alike but for a quarter are the same. */
gboolean mp_learned_differs(const MpLearned *a, const MpLearned *b);
