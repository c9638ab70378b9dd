/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "op.h"
#include <netlink/attr.h>
#include <netlink/msg.h>

/* AF_INET or AF_INET6 for MP_IPV4, MP_IPV6; AF_UNSPEC for 0. */
guint8 mp_build_family(guint8 family);
void mp_build_address(struct nl_msg *message, int type, const MpAddress *address);

/* The route with its one hop, all attributes. */
void mp_build_route(const MpRoute *route, struct nl_msg *message);
/* What the kernel compares when it deletes. It takes metric 0 for "any": where there is no IPv4
 * route of metric 0, one that differs from it in nothing but the metric goes instead. */
void mp_build_route_key(const MpRoute *route, struct nl_msg *message);
/* One IPv4 route of the hops of all these operations. */
void mp_build_route_multipath(const MpOp *ops, guint n, struct nl_msg *message);
