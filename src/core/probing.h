/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The probes of the engine's groups: one detection each (detection.h), told of members, ways and
 * targets when something was decided, and of answers and of time when they come. */
#pragma once

#include "state.h"

void mp_probing_group_init(MpEngine *engine, MpGroup *group);
void mp_probing_group_clear(MpGroup *group);
/* After members have come, gone, or another device: whose answers they are. */
void mp_probing_index(MpEngine *engine);
/* Before the states of its members are derived. */
void mp_probing_update(MpEngine *engine, MpGroup *group, gint64 now_us);
/* The changes of targets that have come up meanwhile. */
void mp_probing_tell_targets(MpEngine *engine, gint64 now_us);
/* The hardware address of a member changed. */
void mp_probing_restart(MpEngine *engine, MpMember *member, gint64 now_us);

void mp_probing_handle(MpEngine *engine, const MpEvent *event, gint64 now_us);
/* The host has this address now. */
void mp_probing_note_address(MpEngine *engine, const MpAddress *address, gint64 now_us);
void mp_probing_expire(MpEngine *engine, gint64 now_us);

/* What the probes say of a member: MP_PROBE_FAILED also while the group has failed. */
MpProbeState mp_probing_state(const MpMember *member);
/* It was convicted, or has to prove itself after its link was lost. */
gboolean mp_probing_refuses(const MpMember *member);
/* The probes of the whole group fail, which proves nothing. */
gboolean mp_probing_group_failed(const MpGroup *group, const MpMember *member);
MpTargetMode mp_probing_mode(const MpMember *member);
/* When something else than a probe is due: its link-local address has been missing long enough,
 * or its test address is asked for. */
gint64 mp_probing_rest_deadline(const MpMember *member);
