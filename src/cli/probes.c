/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* `ipmpctl probes`: the results of probes as they come. */
#include "format.h"
#include "intl.h"
#include "json.h"
#include "lookup.h"
#include "watch.h"
#include <string.h>

/* Of a line, which comes when none of the later ones is known: names have at most 15 bytes. */
static const struct {
    const char *title;
    int width; /* negative: to the left */
} columns[] = {
    {N_("SENT"), -14}, {N_("INTERFACE"), -15}, {N_("PROBE"), 8},  {N_("RESULT"), -8},
    {N_("RTT"), 12},   {N_("AVERAGE"), 12},    {N_("TARGET"), 0},
};
#define N_COLUMNS G_N_ELEMENTS(columns)

static void print_line(const Ctl *ctl, const CtlStyle *styles, const char *const *cells)
{
    for (guint i = 0; i < N_COLUMNS; i++) {
        g_autofree char *text = ctl_text_clean(cells[i]);
        int room = MAX(0, ABS(columns[i].width) - (int)ctl_text_width(text));
        gboolean left = columns[i].width < 0;

        fprintf(ctl->out.stream, "%*s", left ? 0 : room, "");
        ctl_output_put(&ctl->out, styles[i], text);
        if (i + 1 < N_COLUMNS)
            fprintf(ctl->out.stream, "%*s", left ? room + 1 : 2, "");
    }
    fputc('\n', ctl->out.stream);
}

static void print_probe(const Ctl *ctl, const char *interface, GVariant *probe)
{
    g_autofree char *time = ctl_format_time(ctl_lookup_count(probe, "sent-usec"));
    g_autofree char *sequence =
        g_strdup_printf("%" G_GUINT64_FORMAT, ctl_lookup_count(probe, "sequence"));
    g_autofree char *rtt = ctl_format_rtt(ctl_lookup_count(probe, "rtt-usec"));
    g_autofree char *average = ctl_format_rtt(ctl_lookup_count(probe, "average-usec"));
    const char *result = ctl_lookup_string(probe, "result");
    gboolean acked = strcmp(result, "acked") == 0;
    CtlStyle style = acked ? CTL_STYLE_PLAIN : CTL_STYLE_BAD;
    const CtlStyle styles[N_COLUMNS] = {CTL_STYLE_DIM, style, style, style, style, style, style};
    const char *const cells[N_COLUMNS] = {time,
                                          interface,
                                          sequence,
                                          acked ? _("acked") : _("lost"),
                                          rtt,
                                          average,
                                          ctl_lookup_string(probe, "target")};

    print_line(ctl, styles, cells);
}

static void print_titles(const Ctl *ctl)
{
    CtlStyle styles[N_COLUMNS];
    const char *titles[N_COLUMNS];

    for (guint i = 0; i < N_COLUMNS; i++) {
        styles[i] = CTL_STYLE_BOLD;
        titles[i] = _(columns[i].title);
    }
    print_line(ctl, styles, titles);
}

static void on_probe(const char *interface, GVariant *probe, gpointer user_data)
{
    const Ctl *ctl = user_data;

    if (ctl->options.json) {
        g_auto(GVariantDict) dict = G_VARIANT_DICT_INIT(probe);
        g_variant_dict_insert(&dict, "interface", "s", interface);
        ctl_json_print_line(ctl, g_variant_dict_end(&dict));
    } else {
        print_probe(ctl, interface, probe);
    }
}

gboolean ctl_run_probes(Ctl *ctl, char **args, GError **error)
{
    g_autoptr(GPtrArray) interfaces = ctl_find_interfaces(ctl, args, error);

    if (interfaces == NULL)
        return FALSE;
    if (!ctl->options.json && !ctl->options.quiet)
        print_titles(ctl);
    return ctl_watch_probes(ctl, args, on_probe, ctl, error);
}
