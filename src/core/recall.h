/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What an earlier life of the daemon had learned by probing, given to the groups of this one with
 * the first decision. It says whom to ask and how long to wait, and convicts nobody: that takes
 * losses and answers of this life. */
#pragma once

#include "state.h"

/* After its targets are known, before its members are probed. */
void mp_recall_group(const MpEngine *engine, MpGroup *group, gint64 now_us);
/* Before it has targets. */
void mp_recall_member(const MpEngine *engine, const MpMember *member);
