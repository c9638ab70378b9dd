/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whom the members of a group can ask: what is configured, and what the kernel's tables say. */
#pragma once

#include "state.h"

/* Tell the detection of all that changed since the latest call. */
void mp_probe_targets_update(MpEngine *engine, gint64 now_us);
/* All that is known for this group, to its detection. */
void mp_probe_targets_give(MpGroup *group, gint64 now_us);
/* An entry of a member's neighbour table; and its end, when the detection is told. */
void mp_probe_targets_hear(MpGroup *group, const MpNeighbour *neighbour);
void mp_probe_targets_heard(MpGroup *group, gint64 now_us);
/* The host has an address less: what was no target for being its own may be one again. */
void mp_probe_targets_note_gone(MpEngine *engine);
/* Addresses of the host are no targets: for mp_detection_set_own(), `engine` is a MpEngine. */
gboolean mp_probe_targets_is_own(const MpAddress *address, gconstpointer engine);
