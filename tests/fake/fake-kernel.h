/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A kernel in memory behind the same door as the real one: deterministic, in virtual time. What it
 * does is what was seen on the real one; tests/contract runs over both. Changes take effect at
 * once; what is told of them waits in queues until fake_kernel_step(). */
#pragma once

#include "kernel.h"

#include <string.h>

#define FAKE_OUR_PORT 4711u /* of the door's own command socket */
#define FAKE_SOMEONE 999u   /* another program, by netlink */
#define FAKE_DAD_US 1500000 /* how long an IPv6 address is tentative */
#define FAKE_HOPS_MAX 4     /* of a multipath route */

typedef struct FakeKernel FakeKernel;

/* What the kernel's linkwatch does with a carrier change. */
typedef enum {
    FAKE_TELL_AT_ONCE,
    FAKE_WITHHOLD_UNTIL_READ, /* a read of the driver also lets the message go (6.18) */
    FAKE_WITHHOLD, /* a read tells the truth, the message waits for fake_link_release() */
} FakeLinkwatch;

/* Called after every single change of the kernel's objects: invariants of every instant. */
typedef void (*FakeObserverFunc)(FakeKernel *fake, gpointer user_data);
/* Called before an operation of the door is carried out: 0 = go on, else refused with this errno.
 */
typedef int (*FakeRefuseFunc)(FakeKernel *fake, const MpOp *op, gpointer user_data);
/* Called for each probe: the network is the test's. Answers come by fake_kernel_answer(). FALSE:
 * there was no room for it. */
typedef gboolean (*FakeProbeFunc)(FakeKernel *fake, const MpProbe *probe, gpointer user_data);
typedef void (*FakeAnnounceFunc)(const MpAction *announcement, gpointer user_data);
/* The lifetime of an address has ended. */
typedef void (*FakeExpiredFunc)(const MpIfaddr *address, gpointer user_data);

typedef struct {
    FakeObserverFunc changed;
    FakeRefuseFunc refuse;
    FakeAnnounceFunc announced;
    FakeExpiredFunc expired;
    FakeProbeFunc probed; /* NULL: all probes are sent, and nobody answers */
    gpointer user_data;
} FakeHooks;

FakeKernel *fake_kernel_new(const MpKernelSink *sink, const FakeHooks *hooks);
MpKernel *fake_kernel_door(FakeKernel *fake); /* belongs to the fake; free either, once */
void fake_kernel_free(FakeKernel *fake);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FakeKernel, fake_kernel_free)

/* Hand out everything that waits (what comes up meanwhile waits for the next step), then one batch
 * call. FALSE: nothing was waiting. */
gboolean fake_kernel_step(FakeKernel *fake);
gboolean fake_kernel_has_news(const FakeKernel *fake);
/* As before 5.13: groups with buckets are refused. */
void fake_kernel_without_resilience(FakeKernel *fake);
/* As 6.1: an IPv6 address takes the sources of routes by its device along, wherever else it is. */
void fake_kernel_takes_sources(FakeKernel *fake);
/* While set, answers to operations wait; notifications flow. */
void fake_kernel_hold_acks(FakeKernel *fake, gboolean hold);
/* While set, notifications wait; answers flow. */
void fake_kernel_hold_notices(FakeKernel *fake, gboolean hold);
/* These dumps wait until 0 is set: there is much to read. All else flows. */
void fake_kernel_hold_dumps(FakeKernel *fake, MpDump kinds);
/* Mix notifications and answers by this seed, each keeping its own order; 0 = notifications first.
 */
void fake_kernel_shuffle(FakeKernel *fake, guint32 seed);
/* The socket's buffer runs over: what waits is lost, OVERFLOW is told instead. */
void fake_kernel_overflow(FakeKernel *fake);
/* The next n end with EINTR, and leave out every other object. */
void fake_kernel_fail_dumps(FakeKernel *fake, guint n);

gint64 fake_kernel_now(const FakeKernel *fake);
void fake_kernel_set_time(FakeKernel *fake, gint64 now_us); /* lifetimes end, tentative ends */
gint64 fake_kernel_next_deadline(const FakeKernel *fake);   /* G_MAXINT64: none */
guint64 fake_kernel_generation(const FakeKernel *fake);     /* grows with each change */

/* An answer that has come in on a socket: told when the door is read, or with the next step. */
void fake_kernel_answer(FakeKernel *fake, const MpProbeAnswer *answer);
/* An entry of the device's neighbour table. */
void fake_neighbour_add(FakeKernel *fake, guint index, const MpNeighbour *neighbour);

/* Any operation, as the program with this port id (0: by ioctl, or the kernel). 0 or errno. */
int fake_kernel_apply(FakeKernel *fake, const MpOp *op, guint32 port_id);
int fake_multipath_add(FakeKernel *fake, const MpRoute *hops, guint n_hops, guint32 port_id);

/* Links: `hwaddr` as "02:00:00:00:00:01". New ones are down, with the cable in. */
guint fake_link_add(FakeKernel *fake, const char *name, const char *hwaddr);
void fake_link_delete(FakeKernel *fake, guint index);
void fake_link_move_netns(FakeKernel *fake, guint index);
void fake_link_replug(FakeKernel *fake, guint index); /* a new device: same name and number, up */
void fake_link_set_up(FakeKernel *fake, guint index, gboolean up);
void fake_link_set_carrier(FakeKernel *fake, guint index, gboolean carrier);
void fake_link_set_linkwatch(FakeKernel *fake, guint index, FakeLinkwatch linkwatch);
void fake_link_release(FakeKernel *fake, guint index); /* a withheld message comes after all */
void fake_link_rename(FakeKernel *fake, guint index, const char *name);
/* The last n of its settings are under no name, as for a moment after it was renamed: those of IPv6
 * get it later. */
#define FAKE_NAMELESS_IPV6 2u
#define FAKE_NAMELESS_ALL ((guint)MP_SYSCTL_FIRST_GLOBAL)
void fake_link_set_nameless(FakeKernel *fake, guint index, guint n);
void fake_link_enslave(FakeKernel *fake, guint index, guint master);
void fake_link_set_hwaddr(FakeKernel *fake, guint index, const char *hwaddr);
/* Burnt into the card; without one the driver does not tell. */
void fake_link_set_permanent(FakeKernel *fake, guint index, const char *hwaddr);
void fake_link_set_mtu(FakeKernel *fake, guint index, guint mtu);
void fake_link_set_ipv6(FakeKernel *fake, guint index, gboolean on); /* disable_ipv6 */
gboolean fake_link_has_ipv6(const FakeKernel *fake, guint index);
void fake_link_set_mute(FakeKernel *fake, guint index); /* the driver cannot tell the carrier */
void fake_link_set_media(FakeKernel *fake, guint index, guint16 media, guint flags);
void fake_link_set_linklocal(FakeKernel *fake, guint index, gboolean linklocal); /* made at up */
guint fake_link_index(const FakeKernel *fake, const char *name);                 /* 0: none */
const MpLink *fake_link_peek(FakeKernel *fake, guint index);

/* Looking in. `family` 0 in a template of fake_count_*: all. */
const MpIfaddr *fake_address_find(const FakeKernel *fake, guint index, const MpAddress *host);
/* With this prefix, where several are side by side. */
const MpIfaddr *fake_address_find_exact(const FakeKernel *fake, guint index,
                                        const MpAddress *address);
/* In force: present, and its local route as well (IPv6 comes to that a moment after the answer). */
/* Of the kernel's own making (RFC 8981); nobody can ask for one. */
void fake_address_make_temporary(FakeKernel *fake, guint index, const MpAddress *host);
gboolean fake_address_is_usable(const FakeKernel *fake, guint index, const MpAddress *host);
guint fake_n_addresses(const FakeKernel *fake);
const MpIfaddr *fake_address_nth(const FakeKernel *fake, guint n);
guint fake_n_routes(const FakeKernel *fake);
const MpRoute *fake_route_nth(const FakeKernel *fake, guint n); /* hop 0 */
/* The route that wins for this destination in this table, or NULL. */
const MpRoute *fake_route_lookup(const FakeKernel *fake, guint32 table, const MpAddress *host);
guint fake_n_nexthops(const FakeKernel *fake);
const MpNexthop *fake_nexthop_nth(const FakeKernel *fake, guint n);
const MpNexthop *fake_nexthop_find(const FakeKernel *fake, guint32 id);
guint fake_n_rules(const FakeKernel *fake);
const MpRule *fake_rule_nth(const FakeKernel *fake, guint n);
guint fake_n_fixed(const FakeKernel *fake);
const MpFixed *fake_fixed_nth(const FakeKernel *fake, guint n);
const MpFixed *fake_fixed_find(const FakeKernel *fake, guint index, const MpAddress *address);
gint fake_sysctl_get(const FakeKernel *fake, guint index, MpSysctl key);
void fake_sysctl_set(FakeKernel *fake, guint index, MpSysctl key, gint value);
/* Everything as text, one object a line, lifetimes left out: two pictures are equal or not. */
char *fake_kernel_picture(const FakeKernel *fake);
