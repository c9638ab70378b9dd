/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Another host that has a member's IPv4 test address: asked for as RFC 5227 does, when the address
 * has come to the link. A member whose address is not its own alone is not probed from it. */
#pragma once

#include "state.h"

#define MP_CONFLICT_ASKS 3 /* one a second */
#define MP_CONFLICT_ASK_US (1 * MP_USEC_PER_SEC)
#define MP_CONFLICT_AGAIN_US (60 * MP_USEC_PER_SEC) /* while there is one: is it over? */

/* Ask, when that is due. */
void mp_conflict_update(MpEngine *engine, MpMember *member, gint64 now_us);
/* TRUE: it was an answer to that. */
gboolean mp_conflict_handle(MpEngine *engine, MpMember *member, const MpProbeAnswer *answer,
                            gint64 now_us);
/* It is not probed now. */
void mp_conflict_forget(MpMember *member);
gint64 mp_conflict_deadline(const MpMember *member);
