/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "format.h"
#include "intl.h"

#define SECOND G_GINT64_CONSTANT(1000000)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

char *ctl_format_msec(guint msec)
{
    if (msec == 0)
        return g_strdup("0");
    if (msec % 3600000 == 0)
        return g_strdup_printf("%u h", msec / 3600000);
    if (msec % 60000 == 0)
        return g_strdup_printf("%u min", msec / 60000);
    if (msec < 1000)
        return g_strdup_printf("%u ms", msec);
    if (msec % 1000 == 0)
        return g_strdup_printf("%u s", msec / 1000);

    char digits[G_ASCII_DTOSTR_BUF_SIZE]; /* a point in every locale, as the parser takes it */
    return g_strdup_printf("%s s", g_ascii_formatd(digits, sizeof digits, "%.6g", msec / 1000.0));
}

char *ctl_format_span(gint64 usec)
{
    if (usec < SECOND)
        return g_strdup("<1 s");
    if (usec < MINUTE)
        return g_strdup_printf("%d s", (int)(usec / SECOND));
    if (usec < HOUR)
        return g_strdup_printf("%d min", (int)(usec / MINUTE));
    if (usec < 2 * DAY)
        return g_strdup_printf("%d h", (int)(usec / HOUR));
    return g_strdup_printf("%" G_GINT64_FORMAT " d", usec / DAY);
}

char *ctl_format_rtt(guint64 usec)
{
    if (usec == 0)
        return g_strdup("-");
    return g_strdup_printf("%" G_GUINT64_FORMAT ".%03u ms", usec / 1000, (guint)(usec % 1000));
}

static char *format_local(guint64 usec, const char *format)
{
    g_autoptr(GDateTime) time = NULL;

    if (usec <= G_MAXINT64)
        time = g_date_time_new_from_unix_local((gint64)(usec / SECOND));
    if (time == NULL)
        return g_strdup("-");
    g_autofree char *seconds = g_date_time_format(time, format);
    return g_strdup_printf("%s.%03u", seconds, (guint)(usec % SECOND / 1000));
}

char *ctl_format_date(guint64 usec)
{
    return format_local(usec, "%Y-%m-%d %H:%M:%S");
}

char *ctl_format_time(guint64 usec)
{
    return format_local(usec, "%H:%M:%S");
}

const char *ctl_format_bool(gboolean value)
{
    return value ? _("yes") : _("no");
}

char *ctl_format_list(const char *const *items, const char *none)
{
    if (items == NULL || items[0] == NULL)
        return g_strdup(none);
    return g_strjoinv(", ", (char **)items);
}
