/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A link in virtual time: members of one group, targets, paths that lose. */
#pragma once

#include "detection.h"

#define LAB_MEMBERS_MAX 8
#define LAB_TARGETS_MAX 8

typedef struct {
    gint64 at_us;
    MpProbeReply reply;
} LabReply;

typedef struct {
    MpDetection *detection;
    GRand *jitter, *fate;
    gint64 now_us;
    guint n_members;
    gboolean broken[LAB_MEMBERS_MAX]; /* the path of a member: nothing passes */
    double loss[LAB_MEMBERS_MAX];     /* chance that a probe or its answer is lost */
    gboolean dead[LAB_TARGETS_MAX];   /* 192.0.2.N, by N */
    gint64 rtt_us[LAB_TARGETS_MAX];
    gboolean multicast[LAB_TARGETS_MAX]; /* answers multicast echo */
    GArray *replies;                     /* LabReply, on their way */

    /* What was seen. */
    gint64 verdict_us[LAB_MEMBERS_MAX]; /* of the latest change, -1 = none */
    guint convictions[LAB_MEMBERS_MAX];
    guint repairs[LAB_MEMBERS_MAX];
    guint group_failures, group_repairs, seeks, multicasts, sends;
    guint sent_to[LAB_TARGETS_MAX], sent_by[LAB_MEMBERS_MAX];
    gint64 first_sent_us, last_sent_us; /* by member 1, -1 = none */
    gint64 gap_min_us, gap_max_us;      /* between its probes */
    guint raised, lowered;
    guint completed_acked, completed_lost;
} Lab;

/* Members 1..n with link, test addresses 192.0.2.101..., targets none; FDT in ms; 5 and 10. */
Lab *lab_new(guint members, guint detection_ms, guint32 seed);
void lab_free(Lab *lab);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Lab, lab_free)
MpAddress lab_target(guint n);
MpAddress lab_test_address(guint member);
/* 192.0.2.1 ... n become the targets of this source. */
void lab_set_targets(Lab *lab, MpTargetSource source, guint first, guint last);
/* Time passes. */
void lab_run(Lab *lab, gint64 for_us);
/* Time passes, and the daemon is not there; answers are in the socket when it is back. */
void lab_freeze(Lab *lab, gint64 for_us);
/* Until a condition of the caller's holds: FALSE if it does not within `for_us`. */
gboolean lab_run_until_state(Lab *lab, guint member, MpProbeState state, gint64 for_us);
MpProber *lab_prober(Lab *lab, guint member);
