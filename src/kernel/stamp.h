/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* When the kernel had a packet, on the monotonic clock. The kernel stamps by the wall clock, which
 * somebody may set at any moment; so the difference of both clocks is looked at with each reading
 * of a socket, and a stamp that cannot be right gives way to the time of reading. Pure. */
#pragma once

#include <glib.h>

#define MP_STAMP_STEP_US 5000 /* clocks that are merely steered differ by less between readings */

/* Of one socket; zero at first. */
typedef struct {
    gint64 now_us;     /* of the last reading, monotonic; 0 = none yet */
    gint64 offset_us;  /* of the wall clock to the monotonic one, then */
    gint64 emptied_us; /* the last time that a reading left nothing behind; 0 = never */
    gboolean stepped;  /* between the last two readings: stamps in between may be of either clock */
} MpStampClock;

/* A reading has just ended, at these times. */
void mp_stamp_clock_read(MpStampClock *clock, gint64 wall_us, gint64 now_us);
/* When a packet of that reading came in. The time of reading if the wall clock was set since the
 * reading before, if the stamp lies in the future, or before the socket was last empty. */
gint64 mp_stamp_convert(const MpStampClock *clock, gint64 stamp_us);
/* The reading left nothing behind; after the last mp_stamp_convert() of it. */
void mp_stamp_clock_emptied(MpStampClock *clock);
