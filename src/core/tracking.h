/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* TrackUngroupedInterfaces: interfaces of no group are watched, each for itself, and nothing of
 * them is ever changed. They may be on any link, so that none proves anything for another. */
#pragma once

#include "state.h"

/* Which interfaces those are now. */
void mp_tracking_update(MpEngine *engine, gint64 now_us);
/* Whether the member, which is giving back, will be one when it has done so. */
gboolean mp_tracking_awaits(const MpEngine *engine, const MpMember *member);
/* Their states. */
void mp_tracking_decide(MpEngine *engine, gint64 now_us);
