/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "stamp.h"

#define STEER_DIVISOR 1000 /* no daemon steers a clock by more than one part in a thousand */

void mp_stamp_clock_read(MpStampClock *clock, gint64 wall_us, gint64 now_us)
{
    gint64 offset_us = wall_us - now_us;
    gint64 allowed_us = MP_STAMP_STEP_US + (now_us - clock->now_us) / STEER_DIVISOR;
    clock->stepped = clock->now_us != 0 && ABS(offset_us - clock->offset_us) > allowed_us;
    clock->offset_us = offset_us;
    clock->now_us = now_us;
}

gint64 mp_stamp_convert(const MpStampClock *clock, gint64 stamp_us)
{
    gint64 received_us = stamp_us - clock->offset_us;
    /* A packet is stamped some time before it is in the socket. */
    gboolean possible =
        received_us <= clock->now_us && received_us >= clock->emptied_us - MP_STAMP_STEP_US;
    return possible && !clock->stepped ? received_us : clock->now_us;
}

void mp_stamp_clock_emptied(MpStampClock *clock)
{
    clock->emptied_us = clock->now_us;
}
