/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "agent.h"
#include "help.h"
#include "intl.h"
#include "json.h"
#include "options.h"
#include "pager.h"
#include "suggest.h"
#include <string.h>

#define DEFAULT_LIMIT 100

static const CtlVerb *find_verb(const char *name, GError **error)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();

    for (const CtlVerb *verb = ctl_verbs; verb->name != NULL; verb++) {
        if (strcmp(verb->name, name) == 0)
            return verb;
        if (verb->help != NULL)
            g_ptr_array_add(names, (char *)verb->name);
    }
    g_ptr_array_add(names, NULL);

    const char *near = ctl_suggest(name, (const char *const *)names->pdata);
    if (near != NULL)
        g_set_error(error, CTL_ERROR, CTL_ERROR_USAGE,
                    _("there is no command '%s'; did you mean '%s'?"), name, near);
    else
        g_set_error(error, CTL_ERROR, CTL_ERROR_USAGE, _("there is no command '%s'"), name);
    return NULL;
}

/* The first word that is neither an option nor the value of one that every command has. */
static const char *find_verb_word(char **words)
{
    for (guint i = 1; words[i] != NULL; i++) {
        if (strcmp(words[i], "--color") == 0 && words[i + 1] != NULL)
            i++;
        else if (words[i][0] != '-')
            return words[i];
    }
    return "status";
}

static gboolean check_words(const CtlVerb *verb, char **args, GError **error)
{
    guint n = g_strv_length(args);

    for (guint i = 0; i < n; i++) {
        if (!g_utf8_validate(args[i], -1, NULL)) {
            g_set_error(error, CTL_ERROR, CTL_ERROR_USAGE, _("%s: argument %u is not UTF-8"),
                        verb->name, i + 1);
            return FALSE;
        }
    }
    if (n >= verb->min_args && n <= verb->max_args)
        return TRUE;
    g_set_error(error, CTL_ERROR, CTL_ERROR_USAGE,
                n < verb->min_args ? _("%s: too few arguments\n  usage: ipmpctl %s %s")
                                   : _("%s: too many arguments\n  usage: ipmpctl %s %s"),
                verb->name, verb->name, verb->args);
    return FALSE;
}

/* What there is to say about the program, without the service. */
static void print_about(Ctl *ctl, gboolean named)
{
    if (ctl->options.version && ctl->options.json)
        ctl_json_print(ctl, g_variant_new_parsed("{'version': <%s>}", IPMP_VERSION));
    else if (ctl->options.version)
        ctl_output_printf(&ctl->out, CTL_STYLE_PLAIN, "ipmpctl %s\n", IPMP_VERSION);
    else if (named)
        ctl_help_print_verb(&ctl->out, ctl->verb);
    else
        ctl_help_print(&ctl->out);
}

static gboolean run_verb(Ctl *ctl, char **args, GError **error)
{
    gboolean interactive = ctl->verb->changes && !ctl->options.no_ask_password;
    gboolean paged = ctl->verb->paged && !ctl->options.json && !ctl->options.no_pager;
    g_autoptr(CtlAgent) agent = NULL;
    g_autoptr(CtlPager) pager = NULL;

    if (!ctl->verb->alone && !ctl_connect(ctl, interactive, error))
        return FALSE;
    if (ctl->client != NULL && interactive)
        agent = ctl_agent_start();
    pager = paged ? ctl_pager_start(&ctl->out) : NULL;
    return ctl->verb->run(ctl, args, error) && (pager != NULL || ctl_finish_output(ctl, error));
}

static gboolean run(Ctl *ctl, char ***words, GError **error)
{
    ctl->verb = find_verb(find_verb_word(*words), error);
    if (ctl->verb == NULL || !ctl_options_parse(&ctl->options, ctl->verb, words, error))
        return FALSE;
    if (ctl->options.colour != NULL && !ctl_output_set_colour(&ctl->out, ctl->options.colour)) {
        g_set_error(error, CTL_ERROR, CTL_ERROR_USAGE,
                    _("--color: '%s' is none of auto, always, never"), ctl->options.colour);
        return FALSE;
    }

    gboolean named = (*words)[0] != NULL && (*words)[1] != NULL;
    char **args = named ? *words + 2 : *words + g_strv_length(*words);
    if (ctl->options.version || ctl->options.help) {
        print_about(ctl, named);
        return ctl_finish_output(ctl, error);
    }
    return check_words(ctl->verb, args, error) && run_verb(ctl, args, error);
}

static const char *what_to_do(const GError *error)
{
    if (g_error_matches(error, CTL_ERROR, CTL_ERROR_USAGE))
        return _("'ipmpctl --help' lists the commands, 'ipmpctl COMMAND --help' explains one.");
    return ctl_error_advice(error);
}

static void print_json_error(const Ctl *ctl, const GError *error)
{
    const char *advice = what_to_do(error);
    g_autofree char *message = g_utf8_make_valid(error->message, -1);

    ctl_json_print(ctl, g_variant_new_parsed("{'error': <%s>, 'message': <%s>, 'advice': <%s>}",
                                             ctl_error_name(error), message,
                                             advice != NULL ? advice : ""));
}

int main(int argc, char **argv)
{
    g_auto(GStrv) words = g_strdupv(argv);
    g_autoptr(GError) error = NULL;
    Ctl ctl = {.options = {.min_redundancy = -1, .limit = DEFAULT_LIMIT}};
    /* also of a command line that is wrong, which leaves no option set */
    gboolean json = g_strv_contains((const char *const *)words, "--json");
    CtlExit status;

    ctl_intl_init();
    g_set_prgname("ipmpctl");
    ctl_output_init(&ctl.out, stdout);
    if (run(&ctl, &words, &error)) {
        status = ctl.exit;
    } else {
        status = ctl_error_exit(error);
        if (json && !g_error_matches(error, CTL_ERROR, CTL_ERROR_OUTPUT))
            print_json_error(&ctl, error);
        fflush(stdout);
        ctl_error_print(error, what_to_do(error), ctl.options.colour);
    }
    g_clear_object(&ctl.client);
    ctl_options_clear(&ctl.options);
    return status;
}
