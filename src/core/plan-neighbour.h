/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A member without an IPv4 address would ask for its neighbours in another's name and draw his
 * traffic. Through a gateway it can send all the same while the kernel need not ask: its own probes
 * (ARP, from 0.0.0.0) have just confirmed the hardware address, which a permanent entry of the
 * neighbour table has. */
#pragma once

#include "state.h"

/* It has an IPv4 address to ask from. */
gboolean mp_member_asks4(const MpMember *member);
/* The entry is there, and is what its probes say. */
gboolean mp_member_knows_gateway(const MpEngine *engine, const MpMember *member,
                                 const MpAddress *gateway);
/* There is one. */
gboolean mp_member_has_gateways(const MpEngine *engine, const MpMember *member);
/* After probes: do they say something else of hardware addresses? */
void mp_neighbours_note(MpEngine *engine, MpGroup *group);
void mp_neighbours_plan(const MpEngine *engine, const GPtrArray *sets, GArray *ops);
/* After the sets: those that are confirmed no more, when no nexthop group sends by them. */
void mp_neighbours_clean(const MpEngine *engine, const GPtrArray *sets, GArray *ops);
