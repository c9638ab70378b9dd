/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The engine: all decisions, no I/O, no clock. Events and requests go in with the time; actions are
 * values to pop.
 *
 *     mp_engine_handle() ... mp_engine_handle()    what the kernel said, one batch
 *     mp_engine_settle()                           decide: what the neighbours are to be told
 *     while (mp_engine_pop(engine, &action)) ...   carry it out, in this order
 *     while (mp_engine_follow()) ...               plan what follows from it, carry that out
 *
 * `now_us` is monotonic and never goes backwards. */
#pragma once

#include "config.h"
#include "cookie.h"
#include "event.h"
#include "learned.h"
#include "record.h"
#include "snapshot.h"

typedef struct MpEngine MpEngine;

/* One entry of the history. */
typedef struct {
    guint64 sequence; /* from 1, no gaps */
    gint64 now_us;    /* monotonic */
    MpNoticeKind kind;
    MpReason reason;
    char group[MP_GROUP_NAME_MAX + 1];
    char interface[MP_INTERFACE_NAME_MAX + 1];
    MpAddress address;                    /* family 0 = none */
    char from[MP_INTERFACE_NAME_MAX + 1]; /* a state or an interface, by kind */
    char to[MP_INTERFACE_NAME_MAX + 1];
    char detail[96];
} MpNotice;

#define MP_ANNOUNCE_PEERS_MAX 4

typedef enum {
    MP_ACTION_ANNOUNCE,   /* tell the neighbours, at once: address lives at index (hwaddr) */
    MP_ACTION_OP,         /* of the kernel; adjacent ones go out as one batch, answers come as
                             MP_EVENT_OP_DONE */
    MP_ACTION_READ_LINKS, /* ask the drivers of mp_engine_polled(): answer MP_EVENT_LINK_READ each,
                             at once, same loop turn */
    MP_ACTION_READ_SYSCTLS,    /* of index (0: the globals): answer MP_EVENT_SYSCTL each */
    MP_ACTION_DUMP,            /* dump: ask the kernel for everything of these kinds */
    MP_ACTION_READ_NEIGHBOURS, /* of index: answer MP_EVENT_NEIGHBOUR each, then _NEIGHBOURS_END */
    MP_ACTION_RECORD,          /* store `record` (a reference that goes to the popper), then
                                  mp_engine_record_stored() */
    MP_ACTION_NOTICE,          /* for history, journal and bus */
    MP_ACTION_DONE, /* request `request` is in the kernel, or has failed: `error` (goes to the
                       popper) */
} MpActionKind;

typedef struct {
    MpActionKind kind;
    union {
        struct {
            guint index;
            guint8 hwaddr[32];
            guint8 hwaddr_len;
            MpAddress address;
            /* Of its family, also asked for by name (ARP request, neighbour solicitation), for
             * those who are deaf to what is gratuitous. */
            guint n_peers;
            MpAddress peers[MP_ANNOUNCE_PEERS_MAX];
        } announce;
        MpOp op;
        guint index;
        MpDump dump;
        MpRecord *record;
        MpNotice notice;
        struct {
            guint64 request;
            GError *error; /* NULL = done */
        } done;
    };
} MpAction;

/* `record`: of an earlier life, or NULL. Nothing is done before the first mp_engine_configure() and
 * the first full dump, which the engine asks for. */
MpEngine *mp_engine_new(const MpRecord *record);
void mp_engine_free(MpEngine *engine);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MpEngine, mp_engine_free)

/* Events. */
void mp_engine_handle(MpEngine *engine, const MpEvent *event, gint64 now_us);
void mp_engine_record_stored(MpEngine *engine, guint64 serial, gint64 now_us);

/* Requests. Each checks all of it first: FALSE and an error = nothing was changed. `request` (not
 * 0) comes back in one MP_ACTION_DONE when what was asked is in the kernel or has failed (then the
 * engine has gone back to what was). `at_start`: the files of a starting daemon: what cannot be had
 * is left out (a notice says so) instead of refused.
 */
gboolean mp_engine_configure(MpEngine *engine, const MpConfig *config, gboolean at_start,
                             guint64 request, gint64 now_us, GError **error);
gboolean mp_engine_offline(MpEngine *engine, const char *interface, guint min_redundancy,
                           guint64 request, gint64 now_us, GError **error);
gboolean mp_engine_online(MpEngine *engine, const char *interface, guint64 request, gint64 now_us,
                          GError **error);

/* Take an adopted address (one that is not in the configuration) from the host. */
gboolean mp_engine_remove_adopted(MpEngine *engine, const char *group, const MpAddress *address,
                                  guint64 request, gint64 now_us, GError **error);

/* Probes. What makes them hard to forge: the key of the cookies and the seed of the moments at
 * which they are sent, both from the system's generator; before anything else. */
void mp_engine_seed(MpEngine *engine, const MpCookieKey *key, guint32 seed);
/* How many operations for addresses that have never been anywhere may be asked of the kernel at
 * once; from the beginning all. The rest is planned again when these are answered, so that while
 * ten thousands are on their way others are heard, told, and done with in between. */
void mp_engine_set_portion(MpEngine *engine, guint n);
/* What an earlier life had learned, or NULL, and the sequence of its last notice, 0 = none: before
 * anything else. */
void mp_engine_recall(MpEngine *engine, const MpLearned *learned, guint64 sequence);
/* An earlier life ended while it told the neighbours where addresses were going: each is told again
 * where it is. Before anything else. */
void mp_engine_say_again(MpEngine *engine);
/* What is learned now, for the next life. NULL: not now, something more urgent goes on, unless this
   is the last word: announcements that are still due then die with the engine. */
MpLearned *mp_engine_learned(const MpEngine *engine, gboolean last, gint64 now_us);
/* What is to be sent now, in this order, after what mp_engine_pop() has; good until the next call
 * of the engine. 0: nothing. */
guint mp_engine_take_probes(MpEngine *engine, const MpProbe **out);
/* What was taken last left only now. */
void mp_engine_note_sent(MpEngine *engine, const MpProbe *probes, guint n, gint64 sent_us);
/* When the next probe is due or the next loss is judged: before mp_engine_expire() at that time
 * the answers that have come in are to be handled, or they would come too late. */
gint64 mp_engine_probe_deadline(const MpEngine *engine);
/* Results are kept from now on, for mp_engine_take_results(); at most MP_PROBE_RESULTS_MAX. */
void mp_engine_watch(MpEngine *engine, gboolean watch);
#define MP_PROBE_RESULTS_MAX 4096u
/* MpProbeResult, g_array_unref(); NULL: none. */
GArray *mp_engine_take_results(MpEngine *engine);

/* Decide, after a batch of the above: who has which address. The first word to the neighbours is
 * ready to be popped then, before the rest is thought of: each packet until they have it is lost.
 */
void mp_engine_settle(MpEngine *engine, gint64 now_us);
/* Plan what follows from the latest decision, before the engine is told anything else. FALSE: there
 * was none. */
gboolean mp_engine_follow(MpEngine *engine, gint64 now_us);
/* The time at which mp_engine_expire() wants to be called, G_MAXINT64 = never. */
gint64 mp_engine_next_deadline(MpEngine *engine);
/* The links that MP_ACTION_READ_LINKS wants to have read; good until the next call that decides. */
const guint *mp_engine_polled(const MpEngine *engine, guint *out_n);
void mp_engine_expire(MpEngine *engine, gint64 now_us); /* settles too */
gboolean mp_engine_pop(MpEngine *engine, MpAction *out);
void mp_action_clear(MpAction *action); /* frees what a popped action owns */

/* The latest snapshot; a new one only when something visible changed since the last call. Never
 * NULL. */
MpSnapshot *mp_engine_snapshot(MpEngine *engine); /* a reference */
/* A snapshot with round-trip times and counters as they are now: of one interface alone (with its
 * group, without addresses and devices; nothing if there is none of that name), or of all, NULL. */
MpSnapshot *mp_engine_look(MpEngine *engine, const char *interface);
/* No operation in flight, nothing planned, no announcement due: for tests and for Delete. */
gboolean mp_engine_is_quiescent(const MpEngine *engine);
