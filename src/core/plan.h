/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The difference between what is wanted and what the kernel has, as operations: a pure function of
 * the engine's state and the picture. `build` may be done at once in its order; each of `move`
 * takes something away that is already elsewhere; `clean` takes away what nobody needs any more and
 * waits until nothing else is pending. */
#pragma once

#include "state.h"

typedef struct {
    GArray *build; /* MpOp */
    GArray *move;
    GArray *clean;
    guint fresh, fresh_end; /* in `build`: addresses that have never been anywhere */
    gboolean waits;         /* for settings to be read before they are put back */
    guint routes;           /* destinations that are not done with */
} MpPlan;

MpPlan *mp_plan_new(void);
void mp_plan_free(MpPlan *plan);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MpPlan, mp_plan_free)

/* All of it, in the order of the phases. */
void mp_plan_make(MpEngine *engine, MpPlan *plan, gint64 now_us);

void mp_plan_sysctls(const MpEngine *engine, MpPlan *plan);
/* The value that a setting of a member (NULL: of all) shall have, -1 = as it is. */
gint mp_sysctl_wanted(const MpEngine *engine, const MpMember *member, MpSysctl key);
void mp_plan_addresses(const MpEngine *engine, MpPlan *plan, gint64 now_us);
/* What may be cleaned only after routes and nexthops were: anchors, placeholders, test addresses.
 */
void mp_plan_leftovers(const MpEngine *engine, MpPlan *plan);

/* Connected routes of a group that is given back, in the order in which they were found. */
void mp_plan_order(const MpEngine *engine, MpPlan *plan, gint64 now_us);
/* What keeps a device's routes while it has no other IPv4 address. */
void mp_plan_placeholder(MpPlan *plan, const MpMember *member);

MpOp *mp_plan_add(GArray *ops, MpOpKind kind);
