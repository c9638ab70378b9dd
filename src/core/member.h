/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The machine of one interface: from what its link is to what it may be used for. Tables:
 * docs/state-machines.md. */
#pragma once

#include "state.h"

MpMember *mp_member_new(MpGroup *group, const MpInterfaceConfig *config);
void mp_member_free(MpMember *member);

/* Whether this device is the configured one: by hardware address where that is configured, else by
 * name. */
gboolean mp_member_matches(const MpMember *member, const MpLink *link);
/* The device is there, or changed, or is gone (`link` NULL, `why` says how). */
void mp_member_bind(MpMember *member, const MpLink *link, MpReason why);

/* Derive State and LinkState anew. `others_active`: another member carries the group, so that a
 * repair may wait. Returns TRUE when the state changed (the caller tells). */
gboolean mp_member_update(MpEngine *engine, MpMember *member, gboolean others_active,
                          gint64 now_us);
/* Whether it is its probes that speak against it now, and nothing else. */
gboolean mp_member_is_up_to_probes(const MpEngine *engine, const MpMember *member);
/* Why the interface cannot be a member, or NULL. */
const char *mp_link_unsuitable(const MpLink *link);
gboolean mp_link_is_ethernet(const MpLink *link);
/* Of all probers that it has had. */
MpProbeCounts mp_member_probe_counts(const MpMember *member);
