/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is at the other end of the cables: hosts that answer probes, and the paths to them. All
 * members are on one link. Answers are on their way for the round trip's time. */
#pragma once

#include "harness.h"

typedef enum {
    PATH_OK,
    PATH_BROKEN,     /* nothing passes */
    PATH_NO_ANSWERS, /* one way: probes are heard, no answer comes back */
} NetworkPath;

/* A probe that went out. */
typedef struct {
    gint64 now_us;
    MpProbe probe;
} NetworkProbe;

struct Network *network_new(void);
void network_free(struct Network *network);

/* "10.0.0.1 fe80::1": hosts that answer ICMP and ARP, but no multicast; 1 ms away. */
void network_hosts(Scenario *s, const char *addresses);
void network_alive(Scenario *s, const char *address, gboolean alive);
void network_multicast(Scenario *s, const char *address);           /* it answers that, too */
void network_no_icmp(Scenario *s, const char *address);             /* nothing but ARP */
void network_hwaddr(Scenario *s, const char *address, guint8 last); /* another card, 02:..:last */
void network_rtt(Scenario *s, const char *address, gint64 ms);
void network_path(Scenario *s, const char *link, NetworkPath path);
void network_no_room(Scenario *s, const char *link, gboolean full); /* probes are refused */
/* An entry of the kernel's neighbour table of this device. */
void network_neighbour(Scenario *s, const char *link, const char *address, gboolean router);

/* Of the harness. */
gboolean network_on_probe(FakeKernel *kernel, const MpProbe *probe, gpointer scenario);
gint64 network_deadline(Scenario *s); /* the next answer comes in; G_MAXINT64 = none */
void network_deliver(Scenario *s);    /* those that are due */
gboolean network_option(MpGroupConfig *group, const char *text);

/* Looking back, since network_forget(). */
void network_forget(Scenario *s);
guint network_count(Scenario *s, const char *link);
guint network_count_to(Scenario *s, const char *link, const char *target);
/* The latest of this family, or NULL. */
const MpProbe *network_latest(Scenario *s, const char *link, guint8 family);

/* Until it is so: the time that it took, ms. Aborts if it takes longer than `limit_ms`. */
gint64 until_state(Scenario *s, const char *name, MpInterfaceState state, gint64 limit_ms);
gint64 until_group(Scenario *s, const char *name, MpGroupState state, gint64 limit_ms);

void expect_probes(Scenario *s, const char *name, MpProbeState state);
void expect_mode(Scenario *s, const char *name, MpTargetMode mode);
/* Those that are asked, in firing order: "10.0.0.1 10.0.0.2". */
void expect_targets(Scenario *s, const char *name, const char *targets);
guint scenario_detection(Scenario *s, const char *group); /* FDT in force, ms */
void expect_detection(Scenario *s, const char *group, guint ms);
/* The latest probe of this family went out by this way, from this sender ("" = from none). */
void expect_probe(Scenario *s, const char *link, guint8 family, MpProbeVia via, const char *source);
guint64 acked_probes(Scenario *s, const char *name);
guint count_notices(Scenario *s, MpNoticeKind kind, MpReason reason, const char *interface);
