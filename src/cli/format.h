/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Quantities in words; everything returned is to be freed with g_free(). */
#pragma once

#include <glib.h>

/* "500 ms", "1.5 s", "10 s", "5 min", "1 h"; 0 is "0". */
char *ctl_format_msec(guint msec);
/* A length of time, roughly: "<1 s", "12 s", "3 min", "5 h", "9 d". */
char *ctl_format_span(gint64 usec);
/* "1.234 ms"; "-" for 0. */
char *ctl_format_rtt(guint64 usec);
/* Wall clock in local time: "2026-01-31 15:04:05.123". */
char *ctl_format_date(guint64 usec);
/* "15:04:05.123". */
char *ctl_format_time(guint64 usec);
const char *ctl_format_bool(gboolean value);
/* Joined by ", "; `none` when there are none. */
char *ctl_format_list(const char *const *items, const char *none);
