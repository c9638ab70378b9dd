/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files of the fake kernel share. */
#pragma once

#include "fake-kernel.h"

#include <errno.h>

typedef struct {
    MpLink link; /* as told: carrier, flags and operstate follow what linkwatch let through */
    gboolean up;
    gboolean carrier; /* the truth */
    FakeLinkwatch linkwatch;
    gboolean mute;
    gboolean no_ipv6; /* its packets are too small for it, or: */
    gboolean ipv6_off;
    gboolean no_linklocal;
    gint sysctls[MP_N_SYSCTLS];
    guint nameless; /* so many of them, the last ones */
} FakeLink;

typedef struct {
    MpIfaddr ifaddr;
    gint64 valid_until_us, preferred_until_us; /* G_MAXINT64: for ever */
    gint64 dad_until_us;                       /* 0: none under way */
    gboolean installed;                        /* its local route is there */
} FakeAddress;

typedef struct {
    guint n_hops;
    MpRoute hops[FAKE_HOPS_MAX];
    gint64 expires_us; /* G_MAXINT64: never */
} FakeRoute;

struct FakeKernel {
    MpKernel door;
    MpKernelSink sink;
    FakeHooks hooks;
    gint64 now_us;
    guint64 generation;
    guint next_index;
    guint32 shuffle;
    guint failing_dumps;
    gboolean without_resilience, takes_sources;
    gboolean hold_acks, hold_notices;
    MpDump hold_dumps;
    gboolean probes_wait;
    MpDump dump_wanted;
    GPtrArray *links;     /* FakeLink* by index */
    GPtrArray *addresses; /* FakeAddress*, in the kernel's order of each device */
    GPtrArray *routes;    /* FakeRoute*, equals of a key in order of precedence */
    GPtrArray *nexthops;  /* MpNexthop* by id */
    GPtrArray *rules;     /* MpRule*, in order of precedence */
    gint globals[MP_N_SYSCTLS];
    GQueue notices;     /* MpEvent* */
    GQueue deferred;    /* MpEvent*: of IPv6 addresses just accepted, ... */
    GQueue ripe;        /* ... and those whose local route comes with the next step */
    GQueue answers;     /* MpEvent* */
    GQueue heard;       /* MpEvent*: answers to probes */
    GArray *fixed;      /* MpFixed: permanent neighbours */
    GArray *neighbours; /* MpEvent, as it will be told */
};

/* Which of the routes that fall under a rule are told of: IPv4 ones that a device takes along
 * vanish without a word. */
typedef enum { FAKE_TELL_NONE, FAKE_TELL_IPV6, FAKE_TELL_ALL } FakeTell;

void fake_changed(FakeKernel *fake);
void fake_notify(FakeKernel *fake, const MpEvent *event, guint32 port_id);
void fake_tell_address(FakeKernel *fake, MpEventKind kind, const FakeAddress *address,
                       guint32 port_id);
void fake_tell_route(FakeKernel *fake, MpEventKind kind, const FakeRoute *route, guint32 port_id,
                     gboolean replaced);
void fake_tell_nexthop(FakeKernel *fake, MpEventKind kind, const MpNexthop *nexthop,
                       guint32 port_id);

FakeLink *fake_link_find(const FakeKernel *fake, guint index);
gboolean fake_link_is_running(const FakeLink *link); /* as the kernel's own routing sees it */

int fake_address_set(FakeKernel *fake, const MpIfaddr *ifaddr, guint32 port_id);
int fake_address_del(FakeKernel *fake, const MpIfaddr *key, guint32 port_id);
void fake_addresses_link_up(FakeKernel *fake, guint index);
void fake_addresses_flush(FakeKernel *fake, guint index, guint8 family);
void fake_addresses_tick(FakeKernel *fake);
void fake_addresses_install(FakeKernel *fake);
MpIfaddr fake_address_now(const FakeKernel *fake, const FakeAddress *address);
gboolean fake_address_is_local(const FakeKernel *fake, const MpAddress *host);

int fake_route_set(FakeKernel *fake, MpOpKind kind, const MpRoute *hops, guint n_hops,
                   guint32 port_id);
int fake_route_del(FakeKernel *fake, const MpRoute *route, guint32 port_id);
void fake_routes_tick(FakeKernel *fake);
void fake_connected_add(FakeKernel *fake, const MpIfaddr *ifaddr);
void fake_connected_del(FakeKernel *fake, const MpIfaddr *ifaddr);
void fake_routes_device_down(FakeKernel *fake, guint index, guint8 family, gboolean gone,
                             FakeTell tell);
void fake_routes_device_up(FakeKernel *fake, guint index);
void fake_routes_carrier(FakeKernel *fake, guint index, gboolean carrier);
void fake_routes_nexthop_gone(FakeKernel *fake, guint32 id);
void fake_routes_prefsrc_gone(FakeKernel *fake, const MpIfaddr *gone);

int fake_nexthop_set(FakeKernel *fake, const MpNexthop *nexthop, guint32 port_id);
int fake_nexthop_del(FakeKernel *fake, guint32 id, guint32 port_id);
void fake_nexthops_flush(FakeKernel *fake, guint index);

int fake_rule_add(FakeKernel *fake, const MpRule *rule, guint32 port_id);
int fake_rule_del(FakeKernel *fake, const MpRule *rule, guint32 port_id);

int fake_fixed_set(FakeKernel *fake, const MpFixed *fixed, guint32 port_id);
int fake_fixed_del(FakeKernel *fake, const MpFixed *key);
/* The device went down, or has another hardware address. */
void fake_fixed_flush(FakeKernel *fake, guint index);

/* The value helpers of core are not used here: the fake is to be of its own mind. */
gboolean fake_same_host(const MpAddress *a, const MpAddress *b);
gboolean fake_same_prefix(const MpAddress *a, const MpAddress *b);
gboolean fake_in_prefix(const MpAddress *prefix, const MpAddress *host);
MpAddress fake_network(const MpAddress *address);
gboolean fake_is_linklocal6(const MpAddress *address);
