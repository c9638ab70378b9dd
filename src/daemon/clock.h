/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Monotonic times, as the engine knows them, in the terms of others. */
#pragma once

#include <glib.h>

gint64 ipmpd_clock_monotonic_us(void); /* now */
/* The wall-clock time (microseconds since 1970) of a monotonic one; 0 stays 0 ("never"). */
gint64 ipmpd_clock_wall_us(gint64 monotonic_us);
/* What must be added to a monotonic time to have it in CLOCK_BOOTTIME, which goes on in suspend. */
gint64 ipmpd_clock_boot_offset_us(void);
