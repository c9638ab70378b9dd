/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the contract tests need of a kernel besides its door: somebody else's hands. Each kernel
 * (real: tests/contract/real-kernel.c; fake: tests/fake) implements the functions of the second
 * half; tests/contract/fixture.c has those of the first for both. One program is linked per kernel.
 *
 * "Foreign" changes are done by another process: their notifications carry a port id that is
 * neither 0 nor the door's. All of them are done when the function returns; their notifications
 * come out of the door later, when the context runs. */
#pragma once

#include "kernel.h"

typedef struct {
    GMainContext *context;
    MpKernel *kernel;
    GArray *events; /* of MpEvent: all that the door has told since the last forget() */
    guint batches;  /* calls of batch() */
    guint64 last_op_id;
    gpointer impl; /* of the kernel at hand */
} Fixture;

typedef gboolean (*FixturePredicate)(Fixture *fixture, gpointer user_data);

/* ---- the same for all kernels: fixture.c ---- */

Fixture *fixture_new(void);
void fixture_free(Fixture *fixture);
/* Iterate the context until the predicate holds. TRUE, or FALSE after the deadline (5 s real time;
 * a fake gives up as soon as it has nothing left to tell). */
gboolean fixture_run_until(Fixture *fixture, FixturePredicate predicate, gpointer user_data);
/* Ask for a dump and run until its last DUMP_END; interrupted ones are asked for again. */
void fixture_dump(Fixture *fixture, MpDump what);
/* Submit, and run until all of them are answered. Op ids are given here (1, 2, ... per fixture).
 * Returns the error of the last one. */
int fixture_submit(Fixture *fixture, const MpOp *ops, guint n_ops);
void fixture_forget(Fixture *fixture);
/* The n-th (from 0) event of this kind, or NULL. */
const MpEvent *fixture_event(Fixture *fixture, MpEventKind kind, guint n);
guint fixture_count(Fixture *fixture, MpEventKind kind);

/* ---- of each kernel ---- */

/* A new, empty network namespace (lo is up) and its door, whose sink is `sink`. Fills in
 * fixture->kernel and ->impl; fixture->context is there already. */
void fixture_kernel_open(Fixture *fixture, const MpKernelSink *sink);
void fixture_kernel_close(Fixture *fixture); /* frees the door too */
/* FALSE: the context has nothing left to tell, so waiting is in vain (a real kernel: never). */
gboolean fixture_kernel_may_tell(Fixture *fixture);
/* That a device's ignore_routes_with_linkdown of IPv6 changed. */
gboolean fixture_kernel_tells_linkdown6(Fixture *fixture);

/* An Ethernet device with a cable to elsewhere: administratively up, with carrier, IPv6 address
 * generation off (so no link-local, no fe80::/64 routes come by themselves). Returns its index. */
guint fixture_link_add(Fixture *fixture, const char *name);
void fixture_link_set_carrier(Fixture *fixture, guint index, gboolean carrier);
void fixture_link_set_up(Fixture *fixture, guint index, gboolean up);
void fixture_link_set_mtu(Fixture *fixture, guint index, guint mtu);
void fixture_link_rename(Fixture *fixture, guint index, const char *name);
void fixture_link_delete(Fixture *fixture, guint index);
void fixture_link_move_netns(Fixture *fixture, guint index); /* away, for good */

/* Foreign changes. Address: index, address, flags (NODAD for IPv6), scope, metric, lifetimes (0 =
 * forever) and protocol are heeded. Route: table, dst, metric, type, protocol, scope, prefsrc, oif,
 * gateway, nhid; one hop; create behind equals. They must succeed. */
void fixture_address_add(Fixture *fixture, const MpIfaddr *address);
void fixture_address_del(Fixture *fixture, const MpIfaddr *address);
void fixture_route_add(Fixture *fixture, const MpRoute *route);
void fixture_route_del(Fixture *fixture, const MpRoute *route);
/* n equal-cost hops of the template (its oif and gateway are not looked at): legacy multipath. */
void fixture_route_add_multipath(Fixture *fixture, const MpRoute *route, const guint *oifs,
                                 const MpAddress *gateways, guint n);

/* A station at the other end of this cable, with one address ("192.0.2.1/24", or an IPv6 one) at
 * FIXTURE_PEER_HWADDR, that answers echoes, also those to all, and ARP. */
#define FIXTURE_PEER_HWADDR "\x02\0\0\0\0\xf1"
void fixture_peer_add(Fixture *fixture, guint index, const MpAddress *address);
/* The hardware address of a device. */
void fixture_link_hwaddr(Fixture *fixture, guint index, guint8 out[6]);
/* The kernel has found this neighbour to be there. */
void fixture_neighbour_add(Fixture *fixture, guint index, const MpNeighbour *neighbour);

/* So much happens while the context does not run that the door loses messages. */
void fixture_overflow(Fixture *fixture);
