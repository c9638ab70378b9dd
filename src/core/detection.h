/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Detection by probes in one group: its targets, offered to all members; the interval that can be
 * kept; and the verdict, which no member's losses can bring about alone: another one has to prove
 * that the group is alive.
 *
 *     mp_detection_handle() ...                      answers that came in
 *     mp_detection_expire()                          what is due: judges, sends
 *     while (mp_detection_pop(detection, &action)) ...
 *
 * Answers that the kernel has are handled before the time is expired: being late is no loss. */
#pragma once

#include "prober.h"

#define MP_DETECTION_LOWER_US (60 * MP_USEC_PER_SEC)
#define MP_DETECTION_RARE_US (60 * MP_USEC_PER_SEC) /* ARP from 0.0.0.0 to one that is silent */
#define MP_DETECTION_SAMPLES 8 /* of a target, before its CRTT raises the interval */

/* A target as the group knows it. */
typedef struct {
    guint id;
    MpAddress address;
    MpTargetSource source;
    gboolean answered; /* some member, since it is in the list */
    gint64 waiting_us; /* first probe since its last answer, G_MAXINT64 = none */
    gint64 asked_us;   /* last probe from 0.0.0.0 while it was silent */
} MpGroupTarget;

typedef struct {
    guint detection_ms; /* FDT as configured */
    guint failures, repairs;
    gboolean targets_only; /* nothing but the configured ones */
} MpDetectionSettings;

/* Whether an address is of this host: never a target. */
typedef gboolean (*MpOwnFunc)(const MpAddress *address, gconstpointer data);

typedef struct {
    MpCookieKey key;
    GRand *random;
    MpDetectionSettings settings;
    MpProbeRules rules;
    gint64 raised_us;   /* when the interval was last changed from what is configured */
    GPtrArray *probers; /* MpProber* */
    GArray *targets;    /* MpGroupTarget */
    MpOwnFunc is_own;
    gconstpointer own_data;
    guint last_id;
    gboolean failed; /* the group, by probes */
    GArray *actions; /* MpProbeAction; popped up to `popped` */
    guint popped;
} MpDetection;

/* `random` is kept, and not owned. */
MpDetection *mp_detection_new(const MpDetectionSettings *settings, const MpCookieKey *key,
                              GRand *random);
void mp_detection_free(MpDetection *detection);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MpDetection, mp_detection_free)
/* Nothing that was learned is lost by it. */
void mp_detection_configure(MpDetection *detection, const MpDetectionSettings *settings,
                            gint64 now_us);

/* Members that are present, and neither offline nor leaving. `member`: a number of the caller's. */
MpProber *mp_detection_add(MpDetection *detection, guint member);
void mp_detection_remove(MpDetection *detection, guint member, gint64 now_us);
MpProber *mp_detection_find(const MpDetection *detection, guint member); /* or NULL */
/* How a family of a member is probed. `source`: test address with its prefix; of ARP the member's
 * own address, or family 0. */
void mp_detection_set(MpDetection *detection, guint member, guint8 family, MpProbeVia via,
                      const MpAddress *source, gint64 now_us);
/* Whether it is about to be probed by one more family, whose address is not ready yet. */
void mp_detection_await(MpDetection *detection, guint member, gboolean awaited);
void mp_detection_set_link(MpDetection *detection, guint member, gboolean up, gint64 now_us);
/* It was convicted in an earlier life of the daemon, and has to be repaired in this one. FALSE: it
 * has link and there is nobody else, so that it is used at once. */
gboolean mp_detection_recall_failed(MpDetection *detection, guint member);
/* What was learned in an earlier life, once its targets are known: one that answered, or was found;
 * the interval that was in force; what is known of a target when `member` gets it (address, state,
 * rest, answer, rtt). */
void mp_detection_recall_target(MpDetection *detection, const MpAddress *address,
                                MpTargetSource source, gboolean answered);
void mp_detection_recall_interval(MpDetection *detection, gint64 interval_us, gint64 raised_us);
void mp_detection_recall_estimate(MpDetection *detection, guint member, const MpTarget *target);
/* Its hardware address changed: probing starts anew. */
void mp_detection_restart(MpDetection *detection, guint member, gint64 now_us);

/* The targets of one source are these now (MpAddress); those that stay keep what is known. For
 * what is found by multicast, see mp_detection_handle(). */
void mp_detection_set_targets(MpDetection *detection, MpTargetSource source,
                              const GArray *addresses, gint64 now_us);
/* Asked for each target before it is taken; `data` must outlive the detection. */
void mp_detection_set_own(MpDetection *detection, MpOwnFunc is_own, gconstpointer data);
/* An address has become the host's own. FALSE: it was no target. */
gboolean mp_detection_drop_own(MpDetection *detection, const MpAddress *address, gint64 now_us);
/* A target that is known is told of by this source from now on, to be followed by
 * mp_detection_set_targets() of all sources. Nothing that is known of it is lost. */
void mp_detection_set_source(MpDetection *detection, const MpAddress *address,
                             MpTargetSource source);

MpAnswer mp_detection_handle(MpDetection *detection, const MpProbeReply *reply, gint64 now_us);
/* A probe left later than it was popped. */
void mp_detection_sent(MpDetection *detection, guint member, guint8 family, guint16 sequence,
                       gint64 sent_us);
/* A probe could not be sent for want of memory or the like: missed, not lost. */
void mp_detection_not_sent(MpDetection *detection, guint member, guint8 family, guint16 sequence);
gint64 mp_detection_deadline(const MpDetection *detection); /* G_MAXINT64 = never */
void mp_detection_expire(MpDetection *detection, gint64 now_us);
gboolean mp_detection_pop(MpDetection *detection, MpProbeAction *out);

/* What the bus shows. */
MpProbeState mp_detection_state(const MpDetection *detection, guint member);
gint64 mp_detection_in_force_us(const MpDetection *detection); /* FDT */

/* The parts of the verdict, pure. */
/* Some target has answered some member since the list was filled. */
gboolean mp_detection_can_convict(const MpDetection *detection);
/* ProbeFailures consecutive losses on every family that is probed, and not quiet. */
gboolean mp_detection_looks_failed(const MpDetection *detection, const MpProber *prober,
                                   gint64 now_us);
/* Another member proves that the group is alive: it has link and is not to be probed, or had an
 * answer to a probe that was sent after the first of these losses and is not amid losses itself. */
gboolean mp_detection_has_proof(const MpDetection *detection, const MpProber *prober);
/* All members with link look failed, and there is one. */
gboolean mp_detection_all_look_failed(const MpDetection *detection, gint64 now_us);
/* The lower median of the CRTTs of active targets; 0 = not known. */
gint64 mp_detection_median_us(const MpDetection *detection);
