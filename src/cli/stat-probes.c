/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ipmpstat -p and ipmpctl probes differ in what they print, not in how they listen. */
#include "lookup.h"
#include "stat.h"
#include "watch.h"
#include <string.h>

typedef struct {
    Stat *stat;
    gint64 begin_usec;
} Probes;

/* Hundredths of a millisecond, "" for a probe without answer. */
static char *format_rtt(GVariant *probe, const char *key)
{
    guint64 usec = ctl_lookup_count(probe, key);

    if (usec == 0)
        return g_strdup("");
    return g_strdup_printf("%" G_GUINT64_FORMAT ".%02ums", usec / 1000, (guint)(usec % 1000 / 10));
}

static void on_probe(const char *interface, GVariant *probe, gpointer user_data)
{
    Probes *self = user_data;
    gint64 sent_usec = (gint64)ctl_lookup_count(probe, "sent-usec");
    gint64 time_usec = MAX(0, sent_usec - self->begin_usec);
    g_auto(GStrv) row = g_new0(char *, stat_count_fields(self->stat->mode) + 1);

    row[0] = g_strdup_printf("%" G_GINT64_FORMAT ".%02us", time_usec / 1000000,
                             (guint)(time_usec % 1000000 / 10000));
    row[1] = g_strdup(interface);
    row[2] = g_strdup_printf("%" G_GUINT64_FORMAT, ctl_lookup_count(probe, "sequence"));
    row[3] = format_rtt(probe, "network-rtt-usec");
    row[4] = format_rtt(probe, "rtt-usec");
    row[5] = format_rtt(probe, "average-usec");
    row[6] = format_rtt(probe, "deviation-usec");
    row[7] = stat_name(self->stat, ctl_lookup_string(probe, "target"));
    stat_print_row(self->stat, NULL, (const char *const *)row);
}

gboolean stat_run_probes(Stat *stat, GError **error)
{
    static char *all[] = {NULL};
    Probes self = {.stat = stat, .begin_usec = g_get_real_time()};

    stat_print_titles(stat, NULL);
    return ctl_watch_probes(&stat->ctl, all, on_probe, &self, error);
}
