/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the kernel door tells the engine. */
#pragma once

#include "op.h"
#include "probe.h"

typedef enum {
    MP_EVENT_LINK,         /* link: new or changed */
    MP_EVENT_LINK_GONE,    /* index; moved_netns */
    MP_EVENT_LINK_READ,    /* index, up: what the driver says when asked (not a message) */
    MP_EVENT_ADDRESS,      /* address: new or changed; port_id */
    MP_EVENT_ADDRESS_GONE, /* address (key fields); port_id */
    MP_EVENT_ROUTE,        /* route (each hop is an event, hop 0 first); port_id; replaced */
    MP_EVENT_ROUTE_GONE,   /* route; port_id */
    MP_EVENT_NEXTHOP,      /* nexthop */
    MP_EVENT_NEXTHOP_GONE, /* nexthop.id */
    MP_EVENT_RULE,
    MP_EVENT_RULE_GONE,
    MP_EVENT_FIXED,      /* fixed: of whatever owner */
    MP_EVENT_FIXED_GONE, /* fixed (key fields): if it was one; the kernel tells of all neighbours */
    MP_EVENT_SYSCTL,     /* sysctl: a value as read */
    MP_EVENT_DUMP_BEGIN, /* dump: what follows, until DUMP_END of the same kind, is all there is */
    MP_EVENT_DUMP_END, /* dump, error: errno if the dump was interrupted (it is asked for again) */
    MP_EVENT_OVERFLOW, /* the kernel dropped messages for us: nothing is known any more */
    MP_EVENT_OP_DONE,  /* op_id, error: 0 or errno; with ext_ack's text if there was one */
    MP_EVENT_PROBE_ANSWER,   /* answer: what came in on the probe sockets */
    MP_EVENT_PROBE_NOT_SENT, /* probe: there was no room for it; no word of its path */
    MP_EVENT_NEIGHBOUR,      /* neighbour: of the table of `index`, which was asked for */
    MP_EVENT_NEIGHBOURS_END, /* index: that was all */
} MpEventKind;
#define MP_N_EVENT_KINDS 22

/* Bits: a dump can ask for several. */
typedef enum {
    MP_DUMP_LINKS = 1 << 0,
    MP_DUMP_ADDRESSES = 1 << 1,
    MP_DUMP_ROUTES = 1 << 2,   /* of others, and ours; both families */
    MP_DUMP_NEXTHOPS = 1 << 3, /* of others, too */
    MP_DUMP_RULES = 1 << 4,
    MP_DUMP_FIXED = 1 << 5,
    MP_DUMP_ALL = (1 << 6) - 1,
} MpDump;

/* An entry of a neighbour table: one that the kernel has found to be there. */
typedef struct {
    MpAddress address;
    gboolean router; /* IPv6: it says so itself (NTF_ROUTER) */
} MpNeighbour;

typedef struct {
    MpEventKind kind;
    guint32 port_id;    /* nlmsg_pid of a notification: 0 = the kernel of its own accord */
    gboolean by_us;     /* port_id is our command socket's */
    gboolean prepended; /* ROUTE: told when it was made, and not behind those of its place */
    gboolean replaced;  /* ROUTE: NLM_F_REPLACE was set in the notification */
    gboolean moved_netns;
    gboolean up; /* LINK_READ */
    guint index; /* LINK_GONE, LINK_READ, NEIGHBOUR, NEIGHBOURS_END */
    MpDump dump;
    guint64 op_id;
    int error;
    char text[80]; /* OP_DONE with an error: the kernel's words, may be "" */
    union {
        MpLink link;
        MpIfaddr address;
        MpRoute route;
        MpNexthop nexthop;
        MpRule rule;
        MpFixed fixed;
        MpSysctlValue sysctl;
        MpProbeAnswer answer;
        MpProbe probe;
        MpNeighbour neighbour;
    };
} MpEvent;

const char *mp_event_kind_to_string(MpEventKind kind);
