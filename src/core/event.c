/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "event.h"

#include "words.h"

static const char *const kinds[] = {
    [MP_EVENT_LINK] = "link",
    [MP_EVENT_LINK_GONE] = "link-gone",
    [MP_EVENT_LINK_READ] = "link-read",
    [MP_EVENT_ADDRESS] = "address",
    [MP_EVENT_ADDRESS_GONE] = "address-gone",
    [MP_EVENT_ROUTE] = "route",
    [MP_EVENT_ROUTE_GONE] = "route-gone",
    [MP_EVENT_NEXTHOP] = "nexthop",
    [MP_EVENT_NEXTHOP_GONE] = "nexthop-gone",
    [MP_EVENT_RULE] = "rule",
    [MP_EVENT_RULE_GONE] = "rule-gone",
    [MP_EVENT_FIXED] = "fixed",
    [MP_EVENT_FIXED_GONE] = "fixed-gone",
    [MP_EVENT_SYSCTL] = "sysctl",
    [MP_EVENT_DUMP_BEGIN] = "dump-begin",
    [MP_EVENT_DUMP_END] = "dump-end",
    [MP_EVENT_OVERFLOW] = "overflow",
    [MP_EVENT_OP_DONE] = "op-done",
    [MP_EVENT_PROBE_ANSWER] = "probe-answer",
    [MP_EVENT_PROBE_NOT_SENT] = "probe-not-sent",
    [MP_EVENT_NEIGHBOUR] = "neighbour",
    [MP_EVENT_NEIGHBOURS_END] = "neighbours-end",
};
G_STATIC_ASSERT(G_N_ELEMENTS(kinds) == MP_N_EVENT_KINDS);

const char *mp_event_kind_to_string(MpEventKind kind)
{
    return MP_WORD(kinds, kind);
}
