/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The route part of the parser: the one message that can carry several objects. */
#pragma once

#include "objects.h"

typedef struct {
    const guint8 *data; /* what is left of RTA_MULTIPATH */
    gsize length;
    guint8 family;
} MpRouteHops;

/* The payload of an RTM_NEWROUTE or RTM_DELROUTE (struct rtmsg, attributes); `out` must be zeroed.
 * FALSE: malformed, or a route that we do not look at. */
gboolean mp_route_parse(const guint8 *payload, gsize length, guint8 family, MpRoute *out,
                        MpRouteHops *out_hops);
/* Turns the route into that of its next hop; FALSE: that was the last. */
gboolean mp_route_next_hop(MpRouteHops *hops, MpRoute *route);
