/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Gates: that others can make gateway routes by each member, at any time.
 *
 * The kernel takes a route by a gateway only where that is on the link of the named device, which
 * it looks up for just that device. What it finds for the prefix is our connected route, whose
 * nexthop group lacks the members that are out of service. So each member has a route of its own
 * to each prefix of its group: IPv6 in main, with a metric that nothing else asks for; IPv4, where
 * the kernel looks no further than at the nexthop group, in a table of the device, to which a rule
 * leads what is bound to the device. Other packets meet them
 * only where nothing better is left (ipmp(7), GATEWAYS). */
#pragma once

#include "plan.h"
#include "shadow-private.h"

/* The names of the devices for whose sockets others have IPv4 rules: they know what they want of
 * them. Borrows from the picture. */
GHashTable *mp_gates_ruled(const MpPicture *picture);
/* IPv4: of this member, if it is none of the ruled. */
void mp_gates_want(const MpEngine *engine, const MpMember *member, GHashTable *ruled,
                   GArray *routes, GArray *rules);
/* IPv6: of all members of a connected prefix. */
void mp_gates_want_main(const MpEngine *engine, const MpConnected *connected, GArray *routes);
/* The kernel takes no route whose source is nowhere: without anchors it may be. */
gboolean mp_route_has_source(const MpEngine *engine, const MpRoute *route);
/* Changes with whatever the gates of IPv6 depends on. */
guint64 mp_gates_digest(const MpEngine *engine);
