/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How long a silent failure goes unseen, and how often a healthy interface is taken for failed, for
 * each failure detection time and each rate of random loss: by simulation of the real detector in
 * virtual time. Seeded: the same numbers in each run.
 *
 * usage: simulate [--write DIRECTORY | --check DIRECTORY]      detection.md and detection.svg */
#include "lab.h"

#include <stdlib.h>
#include <string.h>

#define FAILURES 1000  /* silent failures a cell */
#define HEALTHY 400000 /* intervals without one, of each of the two interfaces */
#define TARGETS 3
#define N_FDTS 4
#define N_LOSSES 4
#define CURVE 60 /* points */

static const guint fdts_ms[N_FDTS] = {10000, 1000, 100, 30};
static const char *const fdt_words[N_FDTS] = {"10 s", "1 s", "100 ms", "30 ms"};
static const double losses[N_LOSSES] = {0, 0.01, 0.05, 0.2};
static const char *const colours[N_LOSSES] = {"#1b6ca8", "#2a9d5c", "#c98a00", "#c0392b"};

typedef struct {
    gint64 found_us[FAILURES]; /* sorted */
    guint64 probes;
    guint false_failures, false_groups;
} Cell;

static int compare(const void *a, const void *b)
{
    gint64 one = *(const gint64 *)a, other = *(const gint64 *)b;

    return (one > other) - (one < other);
}

static Lab *make(guint fdt, guint loss, guint32 seed)
{
    Lab *lab = lab_new(2, fdts_ms[fdt], seed);

    lab->loss[1] = lab->loss[2] = losses[loss];
    lab_set_targets(lab, MP_TARGET_CONFIGURED, 1, TARGETS);
    lab_run(lab, 30 * lab->detection->rules.interval_us);
    return lab;
}

/* The path of a working interface breaks at a random moment. */
static void run_failures(Cell *cell, guint fdt, guint loss)
{
    g_autoptr(Lab) lab = make(fdt, loss, 100 + fdt * N_LOSSES + loss);
    gint64 interval = lab->detection->rules.interval_us, broken_us;

    for (guint i = 0; i < FAILURES; i++) {
        while (mp_detection_state(lab->detection, 1) != MP_PROBE_OK)
            lab_run(lab, interval);
        lab_run(lab, (gint64)(interval * (5 + g_rand_double(lab->fate))));
        broken_us = lab->now_us;
        if (mp_detection_state(lab->detection, 1) != MP_PROBE_OK) {
            i--;
            continue;
        }
        lab->broken[1] = TRUE;
        lab_run_until_state(lab, 1, MP_PROBE_FAILED, 1000 * interval);
        cell->found_us[i] = lab->now_us - broken_us;
        lab->broken[1] = FALSE;
    }
    cell->probes += lab->sends;
    qsort(cell->found_us, FAILURES, sizeof(gint64), compare);
}

static void run_healthy(Cell *cell, guint fdt, guint loss)
{
    g_autoptr(Lab) lab = make(fdt, loss, 200 + fdt * N_LOSSES + loss);

    lab_run(lab, HEALTHY * lab->detection->rules.interval_us);
    cell->probes += lab->sends;
    cell->false_failures = lab->convictions[1] + lab->convictions[2];
    cell->false_groups = lab->group_failures;
}

static double ms(const Cell *cell, double share)
{
    return (double)cell->found_us[MIN((guint)(share * FAILURES), FAILURES - 1)] / 1000;
}

static void append_time(GString *text, double value_ms)
{
    if (value_ms >= 1000)
        g_string_append_printf(text, " %.2f s |", value_ms / 1000);
    else
        g_string_append_printf(text, " %.1f ms |", value_ms);
}

/* Mean time between false failures of one interface. */
static void append_rate(GString *text, guint n, guint fdt)
{
    double hours = (double)fdts_ms[fdt] / 7 * HEALTHY * 2 / 3600000;

    if (n == 0)
        g_string_append_printf(text, " none in %.1f h |", hours);
    else if (hours / n >= 1)
        g_string_append_printf(text, " %u: one in %.1f h |", n, hours / n);
    else
        g_string_append_printf(text, " %u: one in %.1f s |", n, hours / n * 3600);
}

static char *make_document(Cell cells[N_FDTS][N_LOSSES])
{
    GString *text = g_string_new("# Detection by probes: how fast, how sure\n\n");
    guint64 probes = 0;

    for (guint i = 0; i < N_FDTS * N_LOSSES; i++)
        probes += cells[i / N_LOSSES][i % N_LOSSES].probes;
    g_string_append_printf(
        text,
        "Written by `tests/probe/simulate.c`, which runs the detector itself in virtual time; a "
        "test "
        "fails when\nit would write something else. Two interfaces, %d targets, a round trip of "
        "200 us, ProbeFailures=5,\nProbeRepairs=10; %d silent failures and %d intervals of health "
        "a "
        "row, %" G_GUINT64_FORMAT
        " probes in all.\nEach probe or its answer is lost with the probability given, on both "
        "interfaces, each for itself.\n\n"
        "| FailureDetectionTime | loss | median | 99 %% | longest | false failures of an interface "
        "| false group failures |\n| --- | --- | --- | --- | --- | --- | --- |\n",
        TARGETS, FAILURES, HEALTHY, probes);
    for (guint fdt = 0; fdt < N_FDTS; fdt++) {
        for (guint loss = 0; loss < N_LOSSES; loss++) {
            const Cell *cell = &cells[fdt][loss];

            g_string_append_printf(text, "| %s | %.0f %% |", fdt_words[fdt], losses[loss] * 100);
            append_time(text, ms(cell, 0.5));
            append_time(text, ms(cell, 0.99));
            append_time(text, ms(cell, 1));
            append_rate(text, cell->false_failures, fdt);
            append_rate(text, cell->false_groups, fdt);
            g_string_append_c(text, '\n');
        }
    }
    g_string_append(
        text,
        "\n![Share of failures found, by time](detection.svg)\n\n"
        "Random losses shorten the median, since the first of the five may have come before the "
        "failure; they lengthen the\nlongest, since the one who proves the group alive must "
        "not be amid losses itself. At 20 % five in a row happen by\nchance, once in some "
        "3,900 probes (0.2^5 x 0.8): such a link needs a larger ProbeFailures. The FDT stays "
        "what it\nis then, since probes are sent every FDT / (ProbeFailures + 2).\n");
    return g_string_free(text, FALSE);
}

static void append_curve(GString *svg, const Cell *cell, guint fdt, guint loss, int left, int top)
{
    g_string_append_printf(
        svg, "<polyline fill=\"none\" stroke=\"%s\" stroke-width=\"2\" points=\"", colours[loss]);
    for (guint i = 0; i <= CURVE; i++) {
        double share = (double)i / CURVE, x = ms(cell, share) / fdts_ms[fdt];

        g_string_append_printf(svg, "%.1f,%.1f ", left + MIN(x, 1.2) * 250,
                               top + 180 - share * 180);
    }
    g_string_append(svg, "\"/>\n");
}

static void append_panel(GString *svg, Cell cells[N_LOSSES], guint fdt)
{
    int left = 50 + (int)(fdt % 2) * 370, top = 60 + (int)(fdt / 2) * 260;

    g_string_append_printf(svg,
                           "<rect x=\"%d\" y=\"%d\" width=\"300\" height=\"180\" fill=\"none\" "
                           "stroke=\"#888\"/>\n<line x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\" "
                           "stroke=\"#888\" stroke-dasharray=\"4\"/>\n"
                           "<text x=\"%d\" y=\"%d\">FDT %s</text>\n",
                           left, top, left + 250, top, left + 250, top + 180, left, top - 8,
                           fdt_words[fdt]);
    for (guint i = 0; i <= 4; i++)
        g_string_append_printf(svg, "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">%.2f</text>\n",
                               left + (int)(i * 62.5), top + 198, i / 4.0);
    for (guint i = 0; i <= 2; i++)
        g_string_append_printf(svg, "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%u %%</text>\n",
                               left - 5, top + 184 - (int)i * 90, i * 50);
    for (guint loss = 0; loss < N_LOSSES; loss++)
        append_curve(svg, &cells[loss], fdt, loss, left, top);
}

static char *make_plot(Cell cells[N_FDTS][N_LOSSES])
{
    GString *svg = g_string_new(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 740 580\" "
        "font-family=\"sans-serif\" font-size=\"12\">\n<rect width=\"740\" height=\"580\" "
        "fill=\"#fff\"/>\n<text x=\"50\" y=\"24\" font-size=\"15\">Silent failures found, by time "
        "in units of the FDT, at random loss of</text>\n");

    for (guint loss = 0; loss < N_LOSSES; loss++)
        g_string_append_printf(svg,
                               "<text x=\"%u\" y=\"24\" font-size=\"15\" fill=\"%s\">%.0f "
                               "%%</text>\n",
                               520 + loss * 50, colours[loss], losses[loss] * 100);
    for (guint fdt = 0; fdt < N_FDTS; fdt++)
        append_panel(svg, cells[fdt], fdt);
    g_string_append(svg, "</svg>\n");
    return g_string_free(svg, FALSE);
}

static gboolean write_or_check(gboolean write, const char *directory, const char *name,
                               const char *text)
{
    g_autofree char *path = g_build_filename(directory, name, NULL), *found = NULL;
    g_autoptr(GError) error = NULL;

    if (write && !g_file_set_contents(path, text, -1, &error))
        g_error("%s", error->message);
    if (!g_file_get_contents(path, &found, NULL, &error))
        g_error("%s", error->message);
    if (strcmp(found, text) != 0)
        g_printerr("%s is not what simulate --write makes\n", path);
    return strcmp(found, text) == 0;
}

/* Without loss nothing is found late, and nothing is found that is not there. */
static gboolean check_promises(Cell cells[N_FDTS][N_LOSSES])
{
    gboolean kept = TRUE;

    for (guint fdt = 0; fdt < N_FDTS; fdt++) {
        const Cell *clean = &cells[fdt][0];

        kept = kept && ms(clean, 1) <= fdts_ms[fdt];
        for (guint loss = 0; loss < N_LOSSES; loss++)
            kept = kept && ms(&cells[fdt][loss], 0.5) <= fdts_ms[fdt];
        for (guint loss = 0; loss < 2; loss++)
            kept = kept && cells[fdt][loss].false_failures + cells[fdt][loss].false_groups == 0;
    }
    if (!kept)
        g_printerr("a promise is not kept\n");
    return kept;
}

int main(int argc, char **argv)
{
    static Cell cells[N_FDTS][N_LOSSES];
    g_autofree char *document = NULL, *plot = NULL;
    gboolean good;

    for (guint i = 0; i < N_FDTS * N_LOSSES; i++) {
        run_failures(&cells[i / N_LOSSES][i % N_LOSSES], i / N_LOSSES, i % N_LOSSES);
        run_healthy(&cells[i / N_LOSSES][i % N_LOSSES], i / N_LOSSES, i % N_LOSSES);
    }
    document = make_document(cells);
    plot = make_plot(cells);
    good = check_promises(cells);
    g_print("%s", document);
    if (argc == 3) {
        gboolean write = strcmp(argv[1], "--write") == 0;

        good &= write_or_check(write, argv[2], "detection.md", document);
        good &= write_or_check(write, argv[2], "detection.svg", plot);
    }
    return good ? 0 : 1;
}
