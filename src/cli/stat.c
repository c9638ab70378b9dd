/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ipmpstat, with the options of the command of that name on Solaris: see ipmpstat(8). */
#include "stat.h"
#include "intl.h"
#include <getopt.h>
#include <string.h>

/* As there, 1 whatever is wrong. */
#define EXIT_WRONG 1

static const StatField address_fields[] = {{"ADDRESS", 26}, {"STATE", 7},     {"GROUP", 12},
                                           {"INBOUND", 12}, {"OUTBOUND", 23}, {NULL, 0}};
static const StatField group_fields[] = {{"GROUP", 12}, {"GROUPNAME", 12},  {"STATE", 10},
                                         {"FDT", 10},   {"INTERFACES", 30}, {NULL, 0}};
static const StatField interface_fields[] = {{"INTERFACE", 12}, {"ACTIVE", 8}, {"GROUP", 12},
                                             {"FLAGS", 10},     {"LINK", 10},  {"PROBE", 10},
                                             {"STATE", 10},     {NULL, 0}};
static const StatField target_fields[] = {
    {"INTERFACE", 12}, {"MODE", 10}, {"TESTADDR", 20}, {"TARGETS", 38}, {NULL, 0}};
static const StatField probe_fields[] = {{"TIME", 10},   {"INTERFACE", 12}, {"PROBE", 7},
                                         {"NETRTT", 10}, {"RTT", 10},       {"RTTAVG", 10},
                                         {"RTTDEV", 10}, {"TARGET", 20},    {NULL, 0}};

static const StatMode modes[] = {
    {'a', address_fields, stat_run_addresses},    {'g', group_fields, stat_run_groups},
    {'i', interface_fields, stat_run_interfaces}, {'p', probe_fields, stat_run_probes},
    {'t', target_fields, stat_run_targets},
};

typedef struct {
    const char *fields;
    gboolean numeric;
    gboolean help;
    gboolean version;
} Words;

static void set_usage(GError **error, const char *text)
{
    g_set_error_literal(error, CTL_ERROR, CTL_ERROR_USAGE, text);
}

static gboolean choose_mode(Stat *stat, char letter, GError **error)
{
    if (stat->mode != NULL && stat->mode->letter != letter) {
        set_usage(error, _("only one of -a, -g, -i, -p and -t at a time"));
        return FALSE;
    }
    for (guint i = 0; i < G_N_ELEMENTS(modes); i++)
        if (modes[i].letter == letter)
            stat->mode = &modes[i];
    return TRUE;
}

static gboolean parse_option(Stat *stat, Words *words, int option, GError **error)
{
    switch (option) {
    case 'n':
        words->numeric = TRUE;
        return TRUE;
    case 'o':
        words->fields = optarg;
        return TRUE;
    case 'P':
        stat->parsable = TRUE;
        return TRUE;
    case 'h':
        words->help = TRUE;
        return TRUE;
    case 'V':
        words->version = TRUE;
        return TRUE;
    case ':':
        g_set_error(error, CTL_ERROR, CTL_ERROR_USAGE, _("-%c needs a value"), optopt);
        return FALSE;
    case '?':
        if (optopt != 0)
            g_set_error(error, CTL_ERROR, CTL_ERROR_USAGE, _("there is no option -%c"), optopt);
        else
            set_usage(error, _("there is no such long option"));
        return FALSE;
    default:
        return choose_mode(stat, (char)option, error);
    }
}

static gboolean check_words(const Stat *stat, const Words *words, char **rest, GError **error)
{
    if (rest[0] != NULL)
        g_set_error(error, CTL_ERROR, CTL_ERROR_USAGE, _("'%s' is too much"), rest[0]);
    else if (stat->mode == NULL)
        set_usage(error, _("one of -a, -g, -i, -p and -t has to be given"));
    else if (stat->parsable && words->fields == NULL)
        set_usage(error, _("-P needs -o and the names of fields"));
    else if (stat->parsable && g_ascii_strcasecmp(words->fields, "all") == 0)
        set_usage(error, _("-P needs the names of fields: 'all' may mean others some day"));
    else
        return TRUE;
    return FALSE;
}

static gboolean parse(Stat *stat, Words *words, int argc, char **argv, GError **error)
{
    static const struct option options[] = {
        {"help", no_argument, NULL, 'h'}, {"version", no_argument, NULL, 'V'}, {NULL, 0, NULL, 0}};
    int option;

    opterr = 0;
    while ((option = getopt_long(argc, argv, ":agiptno:P", options, NULL)) != -1)
        if (!parse_option(stat, words, option, error))
            return FALSE;
    if (words->help || words->version)
        return TRUE;
    if (!check_words(stat, words, argv + optind, error) ||
        !stat_choose_fields(stat, words->fields, error))
        return FALSE;
    stat->names = words->numeric ? NULL : stat_names_new();
    return TRUE;
}

static void print_usage(const CtlOutput *output)
{
    ctl_output_printf(output, CTL_STYLE_PLAIN, "%s\n",
                      _("Usage: ipmpstat [-n] [-o FIELD[,FIELD...] [-P]] -a|-g|-i|-p|-t\n"
                        "  -a  data addresses\n"
                        "  -g  groups\n"
                        "  -i  interfaces\n"
                        "  -p  probes, as they come, until interrupted\n"
                        "  -t  targets of the probes\n"
                        "  -n  addresses as numbers, not as names of hosts\n"
                        "  -o  these fields, or 'all'\n"
                        "  -P  for programs: no titles, fields separated by ':', with '\\' before\n"
                        "      a ':' or '\\' in one"));
}

static gboolean run(Stat *stat, int argc, char **argv, GError **error)
{
    Words words = {0};

    if (!parse(stat, &words, argc, argv, error))
        return FALSE;
    if (words.help)
        print_usage(&stat->ctl.out);
    else if (words.version)
        ctl_output_printf(&stat->ctl.out, CTL_STYLE_PLAIN, "ipmpstat %s\n", IPMP_VERSION);
    else if (!ctl_connect(&stat->ctl, FALSE, error) || !stat->mode->run(stat, error))
        return FALSE;
    return ctl_finish_output(&stat->ctl, error);
}

int main(int argc, char **argv)
{
    g_autoptr(GError) error = NULL;
    Stat stat = {.rows = g_ptr_array_new_with_free_func((GDestroyNotify)g_strfreev)};
    CtlOutput complaints;
    gboolean done;

    ctl_intl_init();
    g_set_prgname("ipmpstat");
    ctl_output_init(&stat.ctl.out, stdout);
    done = run(&stat, argc, argv, &error);
    if (!done) {
        fflush(stdout);
        ctl_error_print(error, ctl_error_advice(error), NULL);
        ctl_output_init(&complaints, stderr);
        if (g_error_matches(error, CTL_ERROR, CTL_ERROR_USAGE))
            print_usage(&complaints);
    }
    g_clear_object(&stat.ctl.client);
    g_clear_pointer(&stat.names, stat_names_free);
    g_ptr_array_unref(stat.rows);
    g_free(stat.chosen);
    return done ? 0 : EXIT_WRONG;
}
