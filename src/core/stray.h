/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Data addresses that an earlier life moved and that no record tells of: it was lost, damaged or
 * of a newer version. They may be all that is left of what the user had on a device, so none of
 * them is a leftover: on a member it is found, homeless, with the form that can be read off the
 * copy; on a device of no group it is given back there. */
#pragma once

#include "plan.h"
#include "state.h"

/* At the start, when the groups have had what the record has of them. */
void mp_strays_collect(MpEngine *engine);
/* Those that can be had by a group now become its data addresses. */
void mp_strays_adopt(MpEngine *engine, gint64 now_us);
gboolean mp_stray_is(const MpEngine *engine, const MpAddress *address);
/* Whether there are any of a group whose file has an error. */
gboolean mp_strays_wait(const MpEngine *engine);
/* Gives back those on devices of no group. */
void mp_strays_plan(const MpEngine *engine, MpPlan *plan);
