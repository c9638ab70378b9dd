/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Settings that we made on a device that is no member any more: it was renamed, or the kernel
 * refused to have them put back. They are put back as soon as that can be, and recorded until then.
 */
#pragma once

#include "plan.h"
#include "record.h"
#include "state.h"

/* Of the member's device, if any of its settings is not as it was found; the member forgets.
 * `settled`: no setting is on its way. */
void mp_orphan_leave(MpEngine *engine, MpMember *member, gboolean settled);
/* Its settings were read. */
void mp_orphan_note_read(MpEngine *engine, guint index);
/* The device is a member again: what was found there before is what the user had. */
void mp_orphan_take(MpEngine *engine, MpMember *member);
/* The device is gone, or everything on it was put back. */
void mp_orphans_prune(MpEngine *engine);
void mp_orphans_plan(const MpEngine *engine, MpPlan *plan);
void mp_orphans_record(const MpEngine *engine, MpRecord *record);
/* Those of an earlier life, whose device is no member of that name. */
void mp_orphans_recall(MpEngine *engine);
