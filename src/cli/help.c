/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "help.h"
#include "options.h"
#include "setting.h"
#include <string.h>

void ctl_help_print(void)
{
    printf("Usage: ipmpctl [COMMAND] [ARGUMENT...] [OPTION...]\n\n"
           "Look at and change the groups of IP multipathing on this host.\n\nCommands:\n");
    for (const CtlVerb *verb = ctl_verbs; verb->name != NULL; verb++) {
        if (verb->help == NULL)
            continue;
        g_autofree char *left = g_strconcat(verb->name, " ", verb->args, NULL);
        printf("  %-46s %s\n", left, verb->help);
    }
    printf("\nOptions of every command:\n");
    ctl_options_print(0, TRUE);
    printf(
        "\n'ipmpctl COMMAND --help' shows the options of one command; ipmpctl(1) explains all.\n"
        "Exit status: 0 done, 1 refused, 2 wrong usage, 3 not authorized, 4 service not reached;\n"
        "of status: 0 ok, 10 degraded, 11 failed.\n");
}

static void print_settings(const CtlVerb *verb)
{
    gboolean defaults = strcmp(verb->name, "defaults") == 0;
    g_auto(GStrv) names = NULL;

    if (strstr(verb->args, "SETTING") == NULL)
        return;
    names = ctl_setting_names(defaults ? CTL_SETTING_DEFAULTS : CTL_SETTING_GROUP);
    g_autofree char *list = g_strjoinv(" ", names);
    printf("\nSettings (SETTING=default takes one back):\n  %s\n", list);
}

void ctl_help_print_verb(const CtlVerb *verb)
{
    printf("Usage: ipmpctl %s %s%s[OPTION...]\n\n%s.\n", verb->name, verb->args,
           *verb->args != '\0' ? " " : "", verb->help != NULL ? verb->help : "For completion");
    print_settings(verb);
    printf("\nOptions:\n");
    ctl_options_print(verb->options, FALSE);
    ctl_options_print(0, TRUE);
}
