/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "options.h"
#include "intl.h"
#include "table.h"
#include <stddef.h>

/* bit 0: of every command */
static const struct {
    guint bit;
    const char *name;
    char letter;
    GOptionArg arg;
    gsize offset;
    const char *help;
    const char *value;
} option_table[] = {
    {0, "json", 0, G_OPTION_ARG_NONE, offsetof(CtlOptions, json), N_("Print JSON"), NULL},
    {0, "quiet", 'q', G_OPTION_ARG_NONE, offsetof(CtlOptions, quiet), N_("Do not confirm changes"),
     NULL},
    {0, "no-ask-password", 0, G_OPTION_ARG_NONE, offsetof(CtlOptions, no_ask_password),
     N_("Never ask for a password"), NULL},
    {0, "no-pager", 0, G_OPTION_ARG_NONE, offsetof(CtlOptions, no_pager),
     N_("Do not pipe long output into a pager"), NULL},
    {0, "color", 0, G_OPTION_ARG_STRING, offsetof(CtlOptions, colour),
     N_("Colours: auto, always or never"), "WHEN"},
    {0, "help", 'h', G_OPTION_ARG_NONE, offsetof(CtlOptions, help), N_("Show this help"), NULL},
    {0, "version", 0, G_OPTION_ARG_NONE, offsetof(CtlOptions, version), N_("Show the version"),
     NULL},
    {CTL_OPTION_TEMPORARY, "temporary", 0, G_OPTION_ARG_NONE, offsetof(CtlOptions, temporary),
     N_("In force until the machine is started again"), NULL},
    {CTL_OPTION_STANDBY_FLAG, "standby", 0, G_OPTION_ARG_NONE, offsetof(CtlOptions, standby),
     N_("It carries data only when others cannot"), NULL},
    {CTL_OPTION_STANDBY_NAME, "standby", 0, G_OPTION_ARG_STRING_ARRAY,
     offsetof(CtlOptions, standbys), N_("A member that carries data only when others cannot"),
     "INTERFACE"},
    {CTL_OPTION_TEST_ADDRESS, "test-address", 0, G_OPTION_ARG_STRING_ARRAY,
     offsetof(CtlOptions, test_addresses), N_("What its probes are sent from"), "ADDRESS/PREFIX"},
    {CTL_OPTION_ADDRESS, "address", 0, G_OPTION_ARG_STRING_ARRAY, offsetof(CtlOptions, addresses),
     N_("A data address"), "ADDRESS/PREFIX"},
    {CTL_OPTION_INTERFACE, "interface", 0, G_OPTION_ARG_STRING, offsetof(CtlOptions, interface),
     N_("The member that is its home"), "INTERFACE"},
    {CTL_OPTION_DEPRECATED, "deprecated", 0, G_OPTION_ARG_NONE, offsetof(CtlOptions, deprecated),
     N_("Not used for new connections unless asked for (IPv6)"), NULL},
    {CTL_OPTION_MIN_REDUNDANCY, "min-redundancy", 0, G_OPTION_ARG_INT,
     offsetof(CtlOptions, min_redundancy), N_("How many other usable members must remain (1)"),
     "N"},
    {CTL_OPTION_LIMIT, "lines", 'n', G_OPTION_ARG_INT, offsetof(CtlOptions, limit),
     N_("The latest N events (100)"), "N"},
};

void ctl_options_clear(CtlOptions *options)
{
    g_strfreev(options->standbys);
    g_strfreev(options->test_addresses);
    g_strfreev(options->addresses);
    g_free(options->interface);
    g_free(options->colour);
}

gboolean ctl_options_parse(CtlOptions *options, const CtlVerb *verb, char ***words, GError **error)
{
    GOptionEntry entries[G_N_ELEMENTS(option_table) + 1] = {0};
    g_autoptr(GOptionContext) context = g_option_context_new(NULL);
    GError *wrong = NULL;
    guint n = 0;

    for (guint i = 0; i < G_N_ELEMENTS(option_table); i++) {
        if (option_table[i].bit != 0 && (option_table[i].bit & verb->options) == 0)
            continue;
        entries[n++] = (GOptionEntry){.long_name = option_table[i].name,
                                      .short_name = option_table[i].letter,
                                      .arg = option_table[i].arg,
                                      .arg_data = (char *)options + option_table[i].offset};
    }
    g_option_context_set_help_enabled(context, FALSE);
    g_option_context_add_main_entries(context, entries, NULL);
    if (g_option_context_parse_strv(context, words, &wrong))
        return TRUE;
    g_set_error(error, CTL_ERROR, CTL_ERROR_USAGE, "%s: %s", verb->name, wrong->message);
    g_error_free(wrong);
    return FALSE;
}

/* Those of `bits`, or with 0 those of every command. */
static void add_rows(CtlTable *table, guint bits)
{
    for (guint i = 0; i < G_N_ELEMENTS(option_table); i++) {
        if (bits == 0 ? option_table[i].bit != 0 : (option_table[i].bit & bits) == 0)
            continue;
        g_autofree char *letter = option_table[i].letter != 0
                                      ? g_strdup_printf("-%c, ", option_table[i].letter)
                                      : g_strdup("    ");
        const char *value = option_table[i].value;
        ctl_table_addf(table, CTL_STYLE_PLAIN, "%s--%s%s%s", letter, option_table[i].name,
                       value != NULL ? "=" : "", value != NULL ? value : "");
        ctl_table_add(table, CTL_STYLE_PLAIN, _(option_table[i].help));
    }
}

void ctl_options_print(const CtlOutput *output, guint bits)
{
    g_autoptr(CtlTable) table = ctl_table_new(2, 2);

    if (bits != 0)
        add_rows(table, bits);
    add_rows(table, 0);
    ctl_table_print(table, output);
}

void ctl_options_print_names(guint bits)
{
    for (guint i = 0; i < G_N_ELEMENTS(option_table); i++)
        if (option_table[i].bit == 0 || (option_table[i].bit & bits) != 0)
            printf("--%s%s\n", option_table[i].name, option_table[i].value != NULL ? "=" : "");
}
