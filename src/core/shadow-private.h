/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Between the files of the shadow. */
#pragma once

#include "nexthop-set.h"
#include "shadow-table.h"
#include "shadow.h"

#define MP_SHADOW_WINDOW 1024u /* routes whose operations are on their way */

/* A connected prefix of a group. */
typedef struct {
    MpRoute route;
    MpGroup *group;
    gboolean second; /* the route is that of another group, which has the same prefix */
} MpConnected;

/* Each destination is looked at when its routes have changed, all of them when something else has
 * that routes depend on; never more than some hundred in one turn, so that nothing urgent waits for
 * them. One that is as it shall be is in no queue. */
struct MpShadow {
    GPtrArray *sets;   /* MpNexthopSet* */
    GArray *connected; /* MpConnected */
    gboolean touched;  /* look at all of them */
    guint64 devices;   /* digest of the members' devices that `connected` was looked at with */
    guint64 touches;
    gboolean passing;       /* ... which is going on: */
    MpDestination *at;      /* as a key: the one that was looked at last */
    gboolean begun;         /* `at` is valid */
    GQueue waiting;         /* what was asked for them is on its way */
    GQueue parked;          /* refused, or no member can carry them now */
    GQueue surplus;         /* all is there, and more */
    guint n_copied[2][129]; /* destinations in table 7300, by family and prefix length */
    guint n_also[2][129];   /* the same, in tables of others' tables */
    guint n_ruled[2];       /* destinations that have copies of main's */
    MpShadowTables tables;
};

/* While the wanted routes to one destination are made. */
typedef struct {
    MpEngine *engine;
    MpShadow *shadow;
    MpDestination *destination;
    GArray *routes; /* MpRoute */
    GSList *sets;   /* MpNexthopSet*: theirs */
    GSList *also;   /* tables of others' tables that have copies, ascending */
    gboolean copied, ruled;
} MpMaking;

/* Of one destination, as they shall be now: all below `destination` is filled. */
void mp_making_routes(MpMaking *making);
void mp_making_release_sets(GSList *sets); /* of no use any more */
/* The one of the table and metric of `wanted`, NULL = none. */
const MpRoute *mp_making_place(const GArray *routes, const MpRoute *wanted);
/* The prefixes of groups' addresses anew. */
void mp_shadow_connect(MpEngine *engine);

/* Foreign routes that the kernel flushed are given back. */
void mp_shadow_plan_restores(const MpEngine *engine, MpPlan *plan, gint64 now_us);
