/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Our routes in the shadow of the foreign ones: nothing foreign is touched. Connected prefixes
 * stand in main before the kernel's own; what leads through members is copied to a table that is
 * asked before main, defaults to one that is asked after main's more specific routes. All hop over
 * nexthop groups, one set of nexthops for each distinct gateway, source and metrics (routes that
 * share a nexthop object share the kernel's cached destination), so that the kernel itself fails
 * outbound traffic over. */
#pragma once

#include "plan.h"

typedef struct MpShadow MpShadow;

MpShadow *mp_shadow_new(void);
void mp_shadow_free(MpShadow *shadow);
/* Something changed that routes depend on besides the picture: configuration, homes, membership. */
void mp_shadow_touch(MpShadow *shadow);
guint64 mp_shadow_touches(const MpShadow *shadow); /* how often */
/* A group, or one member of it (NULL = all of it), is about to be freed. */
void mp_shadow_forget(MpEngine *engine, MpGroup *group, MpMember *member);
/* What was refused, or not seen in time, may be asked again. */
void mp_shadow_retry(MpEngine *engine);
/* The kernel has answered this operation, `refused`: with an error. */
void mp_shadow_note_answered(MpEngine *engine, const MpOp *op, gboolean refused);

/* Returns how many destinations are not done with. */
guint mp_shadow_plan(MpEngine *engine, MpPlan *plan, gint64 now_us);
/* There is more to plan than was done in one turn. */
gboolean mp_shadow_has_more(const MpEngine *engine);

#define MP_NEXTHOP_WEIGHT_ACTIVE 255 /* shares the flows */
#define MP_NEXTHOP_WEIGHT_HEIR                                                                     \
    1 /* gets no bucket until the active one is lost, then all at once                             \
       */
#define MP_NEXTHOP_BUCKETS                                                                         \
    128 /* fewer than the sum of weights over the heir's: its share rounds to 0 */
