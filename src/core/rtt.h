/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The round trip time of one target, estimated as TCP does (Jacobson, 1988): mean and mean
 * deviation, and the conservative round trip time (CRTT) after which an answer is late. */
#pragma once

#include <glib.h>

/* All zero = nothing is known. Kept scaled, so that the division loses nothing. */
typedef struct {
    gint64 average8_us;   /* 8 x average */
    gint64 deviation4_us; /* 4 x mean deviation */
    guint samples;        /* stops at G_MAXUINT */
} MpRtt;

void mp_rtt_add(MpRtt *rtt, gint64 measured_us); /* below 0 counts as 0 */
gboolean mp_rtt_is_known(const MpRtt *rtt);
gint64 mp_rtt_average_us(const MpRtt *rtt);
gint64 mp_rtt_deviation_us(const MpRtt *rtt);
/* average + 4 x deviation; 0 = not known. */
gint64 mp_rtt_conservative_us(const MpRtt *rtt);
