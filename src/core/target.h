/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The targets of one interface in one family, in the order of their sources, with the state that
 * each has for this interface. At most five are active and asked in turn; a slow or dead one rests
 * for a minute. */
#pragma once

#include "address.h"
#include "rtt.h"
#include "types.h"
#include "window.h"

#define MP_TARGETS_ACTIVE_MAX 5
#define MP_TARGETS_WANTED 3
#define MP_TARGET_DEAD_LOSSES 5
#define MP_TARGET_SLOW_ACTIVE 4 /* below so many active ones none is called slow */
#define MP_TARGET_REST_US (60 * MP_USEC_PER_SEC)

/* In the order in which they are preferred. */
typedef enum {
    MP_TARGET_CONFIGURED,
    MP_TARGET_ROUTER,
    MP_TARGET_HOST_ROUTE,
    MP_TARGET_MULTICAST, /* answered a multicast echo */
    MP_TARGET_NEIGHBOUR, /* of the kernel's neighbour table */
} MpTargetSource;
#define MP_N_TARGET_SOURCES 5

typedef enum {
    MP_TARGET_ACTIVE,
    MP_TARGET_UNUSED, /* five others are active */
    MP_TARGET_SLOW,
    MP_TARGET_DEAD,
} MpTargetState;
#define MP_N_TARGET_STATES 4

typedef struct {
    guint id; /* from 1; the same for all interfaces of a group */
    MpAddress address;
    MpTargetSource source;
    MpTargetState state;
    gint64 rest_until_us; /* of a slow or dead one */
    gboolean held;        /* not asked now, whatever its state */
    gint64 answered_us;   /* its latest answer, 0 = none yet */
    gboolean resolved;    /* ARP: it answered the latest probe by this hardware address */
    guint8 hwaddr[6];
    MpRtt rtt;
} MpTarget;

typedef struct {
    GArray *list; /* MpTarget, in order */
    guint turn;   /* id of the one that was asked last */
} MpTargets;

const char *mp_target_source_to_string(MpTargetSource source);
const char *mp_target_state_to_string(MpTargetState state);
/* Flushed when a group fails: found by asking around, not by being told. */
gboolean mp_target_source_is_discovered(MpTargetSource source);

void mp_targets_init(MpTargets *targets);
void mp_targets_clear(MpTargets *targets);
/* FALSE: it is there already. */
gboolean mp_targets_add(MpTargets *targets, guint id, const MpAddress *address,
                        MpTargetSource source);
/* What an earlier life knew of it: round trips, its latest answer, and its rest if it has one. */
void mp_targets_recall(MpTargets *targets, guint id, const MpTarget *known);
gboolean mp_targets_remove(MpTargets *targets, guint id);
/* Its place in the order follows. FALSE: it is not there. */
gboolean mp_targets_set_source(MpTargets *targets, guint id, MpTargetSource source);
MpTarget *mp_targets_find(MpTargets *targets, guint id); /* or NULL */
MpTarget *mp_targets_find_address(MpTargets *targets, const MpAddress *address);
guint mp_targets_n_active(const MpTargets *targets);
/* Ids of those whose losses mean nothing, slow and dead. At most `max` of them. */
guint mp_targets_resting(const MpTargets *targets, guint *out, guint max);
/* There are active ones, of whom none may be asked now. */
gboolean mp_targets_all_held(const MpTargets *targets);
/* Whose turn it is to be asked, or NULL. */
MpTarget *mp_targets_next(MpTargets *targets);

/* Each returns whether the state of a target changed. */
/* It was answered: `rtt_us`. Slow: CRTT above the interval, four are active, all others are below
 * half of it. */
gboolean mp_targets_answered(MpTargets *targets, guint id, gint64 rtt_us, gint64 interval_us,
                             gint64 now_us);
/* A probe to it was lost. Dead: its last five were, while another one answers. */
gboolean mp_targets_lost(MpTargets *targets, guint id, const MpWindow *window, gint64 now_us);
/* Rests that are over. */
gboolean mp_targets_expire(MpTargets *targets, gint64 now_us);
