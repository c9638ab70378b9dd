/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rules that lead to our copies. For each rule of others that leads to a table with routes through
 * members there is one of ours that asks the same of a packet and stands right before it: at the
 * next lower priority, behind all that others have there. So whatever rules there are, a packet
 * meets our copy exactly where it would have met the table. */
#pragma once

#include "plan.h"

typedef struct {
    /* IPv4, IPv6: a table of others that some rule leads to -> the table of its copies. */
    GHashTable *copies[2];
    GHashTable *filled[2]; /* a table of copies -> how many destinations it has */
    guint64 rules_serial;  /* of the picture that `copies` was made from */
} MpShadowTables;

void mp_shadow_tables_init(MpShadowTables *tables);
void mp_shadow_tables_clear(MpShadowTables *tables);
/* Look at the rules again. TRUE: other tables than before are to be copied. */
gboolean mp_shadow_tables_update(MpShadowTables *tables, const MpPicture *picture);
/* Where the copy of a route goes; 0 = nowhere: no rule leads to its table. */
guint32 mp_shadow_table_for(const MpShadowTables *tables, const MpRoute *route);
/* A destination has, or has no longer, copies in this table of ours. */
void mp_shadow_tables_count(MpShadowTables *tables, guint8 family, guint32 table, gint by);

void mp_shadow_plan_rules(const MpEngine *engine, MpPlan *plan, guint8 family, gint64 now_us);
