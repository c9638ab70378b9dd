/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "help.h"
#include "intl.h"
#include "options.h"
#include "setting.h"
#include "table.h"
#include <string.h>

static void put(const CtlOutput *output, const char *text)
{
    ctl_output_printf(output, CTL_STYLE_PLAIN, "%s\n", text);
}

static void put_title(const CtlOutput *output, const char *title)
{
    fputc('\n', output->stream);
    ctl_output_put(output, CTL_STYLE_BOLD, title);
    fputc('\n', output->stream);
}

void ctl_help_print(const CtlOutput *output)
{
    g_autoptr(CtlTable) table = ctl_table_new(2, 2);

    put(output, _("Usage: ipmpctl [COMMAND] [ARGUMENT...] [OPTION...]"));
    fputc('\n', output->stream);
    put(output, _("Look at and change the groups of IP multipathing on this host."));
    put_title(output, _("Commands:"));
    for (const CtlVerb *verb = ctl_verbs; verb->name != NULL; verb++) {
        if (verb->help == NULL)
            continue;
        ctl_table_addf(table, CTL_STYLE_PLAIN, "%s %s", verb->name, verb->args);
        ctl_table_add(table, CTL_STYLE_PLAIN, _(verb->help));
    }
    ctl_table_print(table, output);
    put_title(output, _("Options of every command:"));
    ctl_options_print(output, 0);
    fputc('\n', output->stream);
    put(output,
        _("'ipmpctl COMMAND --help' shows the options of one command; ipmpctl(1) explains all.\n"
          "Exit status: 0 done, 1 refused, 2 wrong usage, 3 not authorized, 4 service not "
          "reached;\n"
          "of status and check: 0 ok, 10 degraded or a warning, 11 failed or an error."));
}

static void print_settings(const CtlOutput *output, const CtlVerb *verb)
{
    gboolean defaults = strcmp(verb->name, "defaults") == 0;
    g_auto(GStrv) names = NULL;

    if (strstr(verb->args, "SETTING") == NULL)
        return;
    names = ctl_setting_names(defaults ? CTL_SETTING_DEFAULTS : CTL_SETTING_GROUP);
    g_autofree char *list = g_strjoinv(" ", names);
    put_title(output, _("Settings (SETTING=default takes one back):"));
    ctl_output_printf(output, CTL_STYLE_PLAIN, "  %s\n", list);
}

void ctl_help_print_verb(const CtlOutput *output, const CtlVerb *verb)
{
    g_autofree char *words = g_strchomp(g_strdup_printf("%s %s", verb->name, verb->args));

    ctl_output_printf(output, CTL_STYLE_PLAIN, _("Usage: ipmpctl %s [OPTION...]"), words);
    ctl_output_printf(output, CTL_STYLE_PLAIN, "\n\n%s\n",
                      verb->help != NULL ? _(verb->help) : _("For completion"));
    print_settings(output, verb);
    put_title(output, _("Options:"));
    ctl_options_print(output, verb->options);
}
