/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The detector of one interface: when its next probes are sent, to whom, what was lost, and what
 * that says. It knows nothing of other interfaces; detection.h does. */
#pragma once

#include "cookie.h"
#include "probe.h"
#include "target.h"

#define MP_PROBE_SLACK 2                             /* intervals beyond the failures in FDT */
#define MP_PROBE_FAST_US (100 * MP_USEC_PER_MSEC)    /* below: lost only after an interval */
#define MP_PROBE_PATIENCE_US (10 * MP_USEC_PER_MSEC) /* no answer is late before */
#define MP_PROBE_TICK_MIN_US (1 * MP_USEC_PER_MSEC)
#define MP_PROBE_TICK_MAX_US (10 * MP_USEC_PER_MSEC)
#define MP_PROBE_QUIET_MIN_US (1 * MP_USEC_PER_SEC)
#define MP_PROBE_QUIET_MAX_US (40 * MP_USEC_PER_SEC)

/* What is the same for all interfaces of a group. */
typedef struct {
    gint64 interval_us;      /* PI, in force now */
    guint failures, repairs; /* consecutive */
    gboolean discover;       /* multicast, when no better target is known */
} MpProbeRules;

/* One family. */
typedef struct {
    MpProbeVia via;
    MpAddress source; /* with its prefix; family 0: none (ARP, sender 0.0.0.0) */
    MpWindow window;
    MpTargets targets;
    guint sought;   /* multicast probes since somebody answered */
    gint64 seek_us; /* not again before */
} MpStream;

#define MP_N_STREAMS 2 /* MP_IPV4, MP_IPV6 */

typedef enum {
    MP_PROBE_SEND,      /* send: at once; then mp_detection_sent() if that took time */
    MP_PROBE_COMPLETED, /* completed: for those who watch */
    MP_PROBE_VERDICT,   /* verdict: what the probes say of a member now */
    MP_PROBE_GROUP,     /* group: group failure began or ended */
    MP_PROBE_INTERVAL,  /* interval: the FDT in force changed */
    MP_PROBE_TARGETS,   /* of `member`: its list, an order or a state changed */
    MP_PROBE_SEEK,      /* of `member`: look for IPv4 neighbours in the kernel's table */
} MpProbeActionKind;
#define MP_N_PROBE_ACTION_KINDS 7

/* What to do, or to tell. */
typedef struct {
    MpProbeActionKind kind;
    guint member;
    union {
        struct {
            guint8 family; /* MP_IPV4, MP_IPV6 */
            MpProbeVia via;
            guint id;         /* of the target, 0 = multicast */
            MpAddress source; /* family 0: ARP from 0.0.0.0 */
            MpAddress target;
            guint16 sequence;
            guint64 cookie;
            gboolean unicast; /* ARP: to this hardware address, else to all */
            guint8 hwaddr[6];
        } send;
        struct {
            MpAddress target;
            guint64 number;
            gboolean acked, late;
            gint64 sent_us;
            gint64 network_us, rtt_us; /* to the kernel, to us; 0 if it was lost */
            gint64 average_us, deviation_us;
        } completed;
        struct {
            MpProbeState from, to;
            MpReason reason;
        } verdict;
        struct {
            gboolean failed;
        } group;
        struct {
            gint64 detection_us; /* FDT */
            MpReason reason;
        } interval;
    };
} MpProbeAction;

typedef struct {
    guint id;
    const MpProbeRules *rules;
    MpStream streams[MP_N_STREAMS];
    gboolean link;    /* up: without it nothing is sent */
    gboolean awaited; /* will be probed as soon as it has an address for it */
    GArray *recalled; /* MpTarget: known from an earlier life, not offered yet */
    MpProbeState state;
    gboolean answered; /* since it was started */
    gint64 started_us;
    gint64 base_us; /* of the interval whose probe is next */
    gint64 next_us; /* of that probe; G_MAXINT64 = none */
    /* As of the latest change: */
    gint64 deadline_us;
    guint losses;         /* consecutive, the least of all families that are probed; 0 if none is */
    gint64 first_loss_us; /* when the first of these was sent, the latest of all families */
    guint answers;        /* consecutive, as many as repair at most, the most of all families: slow
                             and dead targets aside */
    gint64 answered_us;   /* when the latest of the answered probes was sent, MP_NO_TIME = none */
} MpProber;

/* An answer as it came in on this interface. */
typedef struct {
    guint member;
    MpProbeVia via;
    MpAddress from;
    guint16 sequence; /* of ICMP */
    guint64 cookie;
    guint8 hwaddr[6];   /* ARP: of the sender */
    gint64 received_us; /* by the kernel's stamp */
} MpProbeReply;

const char *mp_probe_action_kind_to_string(MpProbeActionKind kind);

/* FDT / (failures + 2), and back. Microseconds. */
gint64 mp_probe_interval_us(gint64 detection_us, guint failures);
gint64 mp_probe_detection_us(gint64 interval_us, guint failures);
/* How long an unanswered probe is waited for: `conservative_us` (CRTT), or the interval if that is
 * 0 = not known; never less than the interval if that is below 100 ms. */
gint64 mp_probe_patience_us(gint64 conservative_us, gint64 interval_us);

void mp_prober_init(MpProber *prober, guint id, const MpProbeRules *rules);
void mp_prober_clear(MpProber *prober);
MpStream *mp_prober_stream(MpProber *prober, guint8 family);
/* A target of its family, with what is recalled of it. FALSE: it is there already. */
gboolean mp_prober_offer(MpProber *prober, guint id, const MpAddress *address,
                         MpTargetSource source);
/* How a family is probed from now on. A change starts its history, and the quiet period, anew. */
gboolean mp_prober_set(MpProber *prober, guint8 family, MpProbeVia via, const MpAddress *source,
                       gint64 now_us, GRand *random);
/* The link came or went: what is known of probes is forgotten. */
void mp_prober_set_link(MpProber *prober, gboolean up, gint64 now_us, GRand *random);
/* The interval of the rules has become shorter: do not wait for the end of the long one. */
void mp_prober_hasten(MpProber *prober, gint64 now_us, GRand *random);

gboolean mp_prober_is_enabled(const MpProber *prober); /* some family is probed */
/* Enabled, with link, and somebody to ask: what it loses or gets means something. */
gboolean mp_prober_is_probing(const MpProber *prober);

/* Judge losses, and send what is due: MP_PROBE_SEND, _COMPLETED and _TARGETS are appended to `out`
 * (MpProbeAction). */
void mp_prober_expire(MpProber *prober, const MpCookieKey *key, GRand *random, gint64 now_us,
                      GArray *out);
/* The first half of it alone. */
void mp_prober_judge(MpProber *prober, gint64 now_us, GArray *out);
gint64 mp_prober_deadline(const MpProber *prober);
/* A probe left later than it was asked for; or did not leave, which is missed and not lost. */
void mp_prober_sent(MpProber *prober, guint8 family, guint16 sequence, gint64 sent_us);
void mp_prober_not_sent(MpProber *prober, guint8 family, guint16 sequence);
MpAnswer mp_prober_handle(MpProber *prober, const MpProbeReply *reply, gint64 now_us, GArray *out);

/* Anew from the windows, after they were changed from outside. */
void mp_prober_refresh(MpProber *prober);
/* Losses are not judged yet. `others_answer`: another member had an answer since this one's start.
 */
gboolean mp_prober_is_quiet(const MpProber *prober, gboolean others_answer, gint64 now_us);
/* The sum of both families. */
MpProbeCounts mp_prober_counts(const MpProber *prober);
MpProbeCounts mp_probe_counts_sum(const MpProbeCounts *a, const MpProbeCounts *b);
