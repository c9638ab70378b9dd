/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "clock.h"

#include <time.h>

gint64 ipmpd_clock_monotonic_us(void)
{
    return g_get_monotonic_time();
}

gint64 ipmpd_clock_wall_us(gint64 monotonic_us)
{
    if (monotonic_us == 0)
        return 0;
    return g_get_real_time() - g_get_monotonic_time() + monotonic_us;
}

static gint64 clock_read_us(clockid_t id)
{
    struct timespec now = {0};

    clock_gettime(id, &now);
    return (gint64)now.tv_sec * G_USEC_PER_SEC + now.tv_nsec / 1000;
}

gint64 ipmpd_clock_boot_offset_us(void)
{
    gint64 offset = clock_read_us(CLOCK_BOOTTIME) - clock_read_us(CLOCK_MONOTONIC);

    /* Without a suspend the clocks are the same; what is read then is the time between two calls,
     * which would make equal records differ. */
    return ABS(offset) < 1000 ? 0 : offset;
}
