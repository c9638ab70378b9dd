/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A host in virtual time: the engine, the fake kernel, and a loop like the driver's. Whenever it
 * comes to rest the invariants of docs/state-machines.md are checked. */
#pragma once

#include "engine.h"
#include "error.h"
#include "fake-kernel.h"

#include <errno.h>
#include <string.h>

/* An operation, and how many changes by others there had been when it went out. */
typedef struct {
    MpOp op;
    guint64 outside;
} Asked;

typedef struct {
    FakeKernel *kernel;
    struct Network *network; /* harness-network.h */
    MpEngine *engine;
    MpConfig *config;
    MpRecord *record;   /* as stored last */
    MpRecord *held;     /* as it will be stored, after hold_record */
    MpLearned *learned; /* by the life that ended last; NULL = nothing */
    GQueue unstored;    /* guint64*: serials, while hold_record */
    gboolean hold_record;
    gboolean say_again;    /* at the next start: the life before ended while it told neighbours */
    GArray *notices;       /* MpNotice, all */
    GArray *ops;           /* MpOp, since scenario_forget() */
    GArray *announcements; /* Announced, since scenario_forget() */
    GArray *flying;        /* Asked */
    GArray *succeeded;     /* Asked */
    GHashTable *told;      /* MpAddress*, prefix 0 -> Announced*: the latest word on each */
    GHashTable *done;      /* request -> GError* or NULL */
    GHashTable *mortal;    /* MpAddress*: came with a lifetime */
    GHashTable *known;     /* MpAddress*: has been a data address */
    GHashTable *protected; /* MpAddress*: never to be absent */
    FakeRefuseFunc refuse;
    gpointer refuse_data;
    guint64 outside; /* changes that were not ours */
    guint64 request;
    gboolean ours;           /* an operation of the door is being carried out */
    gboolean polls_only;     /* nothing but reading of links came out of the last turn */
    char *before;            /* picture before the first configuration */
    gboolean collect;        /* keep the first violation in `failure` instead of aborting */
    gboolean refusing;       /* the kernel refuses things: I1 cannot hold */
    gboolean blind;          /* messages were lost since the last rest */
    gboolean deaf;           /* what the kernel tells is held back */
    gint64 patient_until_us; /* a route of a test address was refused: tried again by then */
    gboolean trace;
    guint portion;   /* of each engine that begins: mp_engine_set_portion(); 0 = all at once */
    gboolean undone; /* the kernel refused, a request was taken back */
    char *failure;
} Scenario;

typedef struct {
    gint64 now_us;
    guint index;
    MpAddress address;
    guint n_peers;
    MpAddress peers[MP_ANNOUNCE_PEERS_MAX];
} Announced;

/* One row of a test program's table. */
typedef struct {
    const char *path; /* named in a table of docs/state-machines */
    GTestFunc run;
} Row;
int scenario_main(int argc, char **argv, const Row *rows, guint n_rows);

/* A host with these links ("eth0 eth1"), up, with carrier; hardware addresses 02:..:10, :11, ... */
Scenario *scenario_new(const char *links);
/* The same with a group, configured and at rest. See scenario_group() for `group`. */
Scenario *scenario_new_group(const char *links, const char *addresses, const char *group);
void scenario_free(Scenario *s);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Scenario, scenario_free)

/* "front: eth0 eth1,10.0.0.9/24 eth2,standby; failback=no repair=5000 10.0.0.77/24": members, each
 * with ,standby ,hw=MAC ,test=A/P ,A/P; after `;` options (failback=, repair= ms, poll= ms,
 * anchor=, target=A) and homeless addresses. Put into s->config. */
void scenario_group(Scenario *s, const char *text);
/* Hand s->config over, run to rest. `code`: the error expected, -1 = none. */
void scenario_apply(Scenario *s, gint code);
/* `eth1` of group g out of s->config. */
void scenario_remove_member(Scenario *s, const char *group, const char *member);
void scenario_delete(Scenario *s, const char *group); /* and apply */
/* Foreign addresses: "eth0 10.0.0.10/24 10.0.0.11/24; eth1 2001:db8::1/64". */
void scenario_addresses(Scenario *s, const char *text);
void scenario_delete_address(Scenario *s, const char *link, const char *address, guint32 port_id);
/* "10.9.0.0/16 via 10.0.0.1 eth0", "default via ...", "10.9.0.0/16 eth0", "... src
 * 10.0.0.10", "... metric 7": of another program. */
void scenario_route(Scenario *s, const char *text);
void scenario_delete_route(Scenario *s, const char *text);
/* The same in another table than main. */
void scenario_route_in(Scenario *s, guint32 table, const char *text);
void scenario_delete_route_in(Scenario *s, guint32 table, const char *text);

void scenario_start(Scenario *s);   /* an engine with the record, the configuration at start */
void scenario_stop(Scenario *s);    /* as a kill: nothing is put in order */
void scenario_restart(Scenario *s); /* both */

/* Run until nothing happens at this instant. */
void scenario_now(Scenario *s);
/* One round of the driver: answers and messages in, decide, actions out. FALSE: nothing to do. */
gboolean scenario_turn(Scenario *s);
/* To the next deadline of anybody, not beyond `limit_us`. FALSE: there is none before. */
gboolean scenario_jump(Scenario *s, gint64 limit_us);
/* Run until the engine says that it is at rest (seconds of virtual time), then check. */
void scenario_run(Scenario *s);
void scenario_advance(Scenario *s, gint64 ms); /* and check at the end */
void scenario_store_record(Scenario *s);       /* what hold_record kept back */
void scenario_offline(Scenario *s, const char *interface, guint min_redundancy, gint code);
void scenario_online(Scenario *s, const char *interface, gint code);
void scenario_forget(Scenario *s); /* ops and announcements */

guint scenario_index(Scenario *s, const char *link);
MpAddress scenario_parse(const char *text);
void scenario_up(Scenario *s, const char *link, gboolean up);
void scenario_carrier(Scenario *s, const char *link, gboolean carrier);
void scenario_unplug(Scenario *s, const char *link);
void scenario_plug(Scenario *s, const char *link); /* same name, same hardware address, up */

/* Members of the host that have it, joined by "+", in order of index; "lo" is left out unless it is
 * the only one; "" = nowhere. g_free(). */
char *scenario_where(Scenario *s, const char *address);
const MpNotice *scenario_find_notice(Scenario *s, MpNoticeKind kind, MpReason reason,
                                     const char *interface);
guint scenario_count_ops(Scenario *s, MpOpKind kind);
gint scenario_find_op(Scenario *s, MpOpKind kind, guint index, const char *address); /* -1 none */

/* Checks: abort with the expected and the seen. */
void expect_where(Scenario *s, const char *address, const char *where);
void expect_state(Scenario *s, const char *name, MpInterfaceState state);
void expect_interface(Scenario *s, const char *name, MpInterfaceState state, MpReason reason);
void expect_active(Scenario *s, const char *names); /* of all groups, "eth0 eth1" */
void expect_group(Scenario *s, const char *name, MpGroupState state);
void expect_address(Scenario *s, const char *address, MpAddressState state, const char *home);
void expect_forgotten(Scenario *s, const char *address);
void expect_notice(Scenario *s, MpNoticeKind kind, MpReason reason, const char *interface);
void expect_restored(Scenario *s); /* I8 */

/* harness-check.c */
void scenario_fail(Scenario *s, const char *invariant, const char *format, ...) G_GNUC_PRINTF(3, 4);
void scenario_check_rest(Scenario *s);                           /* I1 I2 I3 I9 */
void scenario_check_op(Scenario *s, const MpOp *op);             /* I4 I6 I7, before it goes out */
void scenario_check_turn(Scenario *s, guint first_announcement); /* I7, after a turn */
void scenario_check_instant(Scenario *s);                        /* I5 */
gboolean scenario_has_deleted(Scenario *s, const MpIfaddr *address);
void scenario_op_done(Scenario *s, guint64 id, int error);
void scenario_note_told(Scenario *s, const Announced *told);
void scenario_know(Scenario *s, const MpAddress *address); /* it is or was a data address */
/* It may run out while nobody has it. */
void scenario_mark_mortal(Scenario *s, const MpAddress *address);
void scenario_release(Scenario *s, const MpAddress *address); /* it may be absent from now on */
