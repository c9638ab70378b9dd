/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "rtt.h"

void mp_rtt_add(MpRtt *rtt, gint64 measured_us)
{
    gint64 measured = MAX(measured_us, 0), error;

    if (rtt->samples == 0) {
        rtt->average8_us = measured * 8;
        rtt->deviation4_us = measured * 2;
    } else {
        error = measured - rtt->average8_us / 8;
        rtt->average8_us += error;
        rtt->deviation4_us += ABS(error) - rtt->deviation4_us / 4;
    }
    if (rtt->samples < G_MAXUINT)
        rtt->samples++;
}

gboolean mp_rtt_is_known(const MpRtt *rtt)
{
    return rtt->samples > 0;
}

gint64 mp_rtt_average_us(const MpRtt *rtt)
{
    return rtt->average8_us / 8;
}

gint64 mp_rtt_deviation_us(const MpRtt *rtt)
{
    return rtt->deviation4_us / 4;
}

gint64 mp_rtt_conservative_us(const MpRtt *rtt)
{
    return mp_rtt_average_us(rtt) + rtt->deviation4_us;
}
