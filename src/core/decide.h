/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The decisions of one moment: states of members, who is active, where addresses belong, states of
 * groups. */
#pragma once

#include "state.h"

void mp_decide_group(MpEngine *engine, MpGroup *group, gint64 now_us);
/* The state of one member, before anything else is decided: the rest of a turn may hide the reason.
 */
void mp_decide_member(MpEngine *engine, MpMember *member, gint64 now_us);
/* The same for an interface of no group: its state alone. */
void mp_decide_tracked(MpEngine *engine, MpGroup *group, gint64 now_us);
/* Members whose hardware addresses are no longer, or newly, the same. `newcomer`: the one that
 * changed. */
void mp_decide_duplicates(MpEngine *engine, MpGroup *group, const MpMember *newcomer);
gboolean mp_group_has_others(const MpGroup *group,
                             const MpMember *member); /* another one is active */
guint mp_group_usable_others(const MpGroup *group, const MpMember *member);
/* A member reads its link when its loss would change something. */
gboolean mp_member_is_polled(const MpEngine *engine, const MpMember *member);
