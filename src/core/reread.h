/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* For a moment after a device was renamed, or came from another network namespace, the kernel has
 * its settings under no name at all. Who reads just then asks again: what is not known can neither
 * be set nor put back. */
#pragma once

#include "state.h"

/* TRUE: there is no such value, although there should be; it will be asked for again. */
gboolean mp_reread_note(MpEngine *engine, const MpSysctlValue *value, gint64 now_us);
gint64 mp_reread_deadline(const MpEngine *engine);
void mp_reread_expire(MpEngine *engine, gint64 now_us);
