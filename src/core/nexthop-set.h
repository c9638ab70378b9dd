/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One set of nexthop objects for each distinct way out of a group: a single nexthop per member and
 * a resilient group over them. The group object is the constant that routes point to; a failover
 * replaces what is in it. */
#pragma once

#include "state.h"

typedef struct {
    MpGroup *group;
    guint8 family;
    guint32 table;
    gboolean is_default;
    guint8 length;     /* IPv6, where a rule may go by it: it is cached, too; else 0 */
    MpAddress gateway; /* family 0 = on-link */
    MpAddress prefsrc; /* IPv6 only: the kernel caches it with the nexthop */
    guint32 metrics_mask;
    guint32 metrics[MP_RTAX_MAX];
} MpNexthopSetKey;

typedef struct {
    MpNexthopSetKey key;
    guint32 id;      /* of the group object */
    GHashTable *ids; /* MpMember* -> id of its single nexthop */
    guint users;     /* wanted routes that have it */
    gboolean usable; /* some member can carry it */
} MpNexthopSet;

void mp_nexthop_set_free(MpNexthopSet *set);
/* The set of this key, made if need be; one of an earlier life is known by the route that uses it.
 */
MpNexthopSet *mp_nexthop_set_get(MpEngine *engine, GPtrArray *sets, const MpNexthopSetKey *key,
                                 const MpRoute *user);
/* Which of them are usable now. TRUE: one is that was not. */
gboolean mp_nexthop_sets_look(const MpEngine *engine, GPtrArray *sets);
/* A kernel before 5.13 refuses resilient groups: from then on they are ordinary ones
 * (hash-threshold), over those that send, and we turn to a standby ourselves. TRUE: what was
 * refused is to be tried again in this way at once. */
gboolean mp_nexthop_sets_note_refused(MpEngine *engine, const MpOp *op, int error, gint64 now_us);
void mp_nexthop_sets_plan(MpEngine *engine, GPtrArray *sets, GArray *ops, gint64 now_us);
/* Nexthops of ours that no wanted set has; sets that are gone for good are forgotten. */
void mp_nexthop_sets_clean(MpEngine *engine, GPtrArray *sets, GArray *ops);
