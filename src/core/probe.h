/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Probes as values: what is to be sent, what came in, what became of it. */
#pragma once

#include "address.h"
#include "types.h"

/* How one family of an interface is probed. */
typedef enum { MP_VIA_NONE, MP_VIA_ICMP, MP_VIA_ARP } MpProbeVia;
#define MP_N_PROBE_VIAS 3

const char *mp_probe_via_to_string(MpProbeVia via);

/* One probe that is to be sent now, on the device `index` and no other. */
typedef struct {
    guint index;
    MpProbeVia via;
    MpAddress source; /* ICMP: the address it comes from; ARP: the sender, family 0 = 0.0.0.0 */
    MpAddress target; /* family of the probe; ff02::1 and 224.0.0.1: to all */
    guint16 sequence; /* ICMP */
    guint64 cookie;   /* ICMP */
    guint8 hwaddr[6]; /* ARP: of the device */
    gboolean unicast; /* ARP: to target_hwaddr, else to all */
    guint8 target_hwaddr[6];
} MpProbe;

/* An answer that came in on the device `index`. */
typedef struct {
    guint index;
    MpProbeVia via;
    MpAddress from;     /* ICMP: source; ARP: sender */
    guint16 sequence;   /* ICMP */
    guint64 cookie;     /* ICMP */
    guint8 hwaddr[6];   /* ARP: of the sender */
    gint64 received_us; /* when the kernel had it, monotonic */
} MpProbeAnswer;

/* What became of one probe: for those who watch. */
typedef struct {
    char interface[MP_INTERFACE_NAME_MAX + 1];
    MpAddress target;
    guint64 number;            /* from 0, of this interface and family */
    gboolean acked;            /* else lost */
    gint64 sent_us;            /* monotonic */
    gint64 network_us, rtt_us; /* until the kernel had the answer, until we had; 0 if it was lost */
    gint64 average_us, deviation_us;
} MpProbeResult;
