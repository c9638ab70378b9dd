/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "agent.h"
#include "help.h"
#include "json.h"
#include "options.h"
#include "suggest.h"
#include <errno.h>
#include <locale.h>
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
                    "there is no command '%s'; did you mean '%s'?", name, near);
    else
        g_set_error(error, CTL_ERROR, CTL_ERROR_USAGE, "there is no command '%s'", name);
    return NULL;
}

/* The first word that is no option: no option of every command has a value of its own. */
static const char *find_verb_word(char **words)
{
    for (guint i = 1; words[i] != NULL; i++)
        if (words[i][0] != '-')
            return words[i];
    return "status";
}

static gboolean check_words(const CtlVerb *verb, char **args, GError **error)
{
    guint n = g_strv_length(args);

    for (guint i = 0; i < n; i++) {
        if (!g_utf8_validate(args[i], -1, NULL)) {
            g_set_error(error, CTL_ERROR, CTL_ERROR_USAGE, "%s: argument %u is not UTF-8",
                        verb->name, i + 1);
            return FALSE;
        }
    }
    if (n >= verb->min_args && n <= verb->max_args)
        return TRUE;
    g_set_error(error, CTL_ERROR, CTL_ERROR_USAGE, "%s: too %s arguments\n  usage: ipmpctl %s %s",
                verb->name, n < verb->min_args ? "few" : "many", verb->name, verb->args);
    return FALSE;
}

gboolean ctl_connect(Ctl *ctl, GError **error)
{
    ctl->client = ipmp_client_new_sync(NULL, NULL, error);
    if (ctl->client == NULL) {
        if (g_error_matches(*error, IPMP_ERROR, IPMP_ERROR_UNREACHABLE))
            g_prefix_error(error, "the service, org.ipmp, cannot be reached: ");
        return FALSE;
    }
    if (!ipmp_client_get_running(ctl->client)) {
        g_set_error(error, IPMP_ERROR, IPMP_ERROR_UNREACHABLE,
                    "the service, org.ipmp, is not on the system bus");
        return FALSE;
    }
    ipmp_client_set_interactive(ctl->client, ctl->verb->changes && !ctl->options.no_ask_password);
    return TRUE;
}

/* An answer that could not be written is not an answer: a full disk must not look like success. */
static gboolean finish_output(Ctl *ctl, GError **error)
{
    if (fflush(ctl->out.stream) == 0 && !ferror(ctl->out.stream))
        return TRUE;
    g_set_error(error, CTL_ERROR, CTL_ERROR_OUTPUT, "standard output: %s", g_strerror(errno));
    return FALSE;
}

static gboolean run(Ctl *ctl, char ***words, GError **error)
{
    ctl->verb = find_verb(find_verb_word(*words), error);
    if (ctl->verb == NULL || !ctl_options_parse(&ctl->options, ctl->verb, words, error))
        return FALSE;

    gboolean named = (*words)[0] != NULL && (*words)[1] != NULL;
    char **args = named ? *words + 2 : *words + g_strv_length(*words);
    if (ctl->options.version) {
        printf("ipmpctl %s\n", IPMP_VERSION);
        return TRUE;
    }
    if (ctl->options.help) {
        if (named)
            ctl_help_print_verb(ctl->verb);
        else
            ctl_help_print();
        return TRUE;
    }
    if (!check_words(ctl->verb, args, error))
        return FALSE;
    if (!ctl->verb->alone && !ctl_connect(ctl, error))
        return FALSE;

    g_autoptr(CtlAgent) agent = NULL;
    if (ctl->client != NULL && ipmp_client_get_interactive(ctl->client))
        agent = ctl_agent_start();
    return ctl->verb->run(ctl, args, error) && finish_output(ctl, error);
}

static void print_json_error(const Ctl *ctl, const GError *error)
{
    const char *what_to_do = ctl_error_advice(error);

    ctl_json_print(ctl, g_variant_new_parsed("{'error': <%s>, 'message': <%s>, 'advice': <%s>}",
                                             ctl_error_name(error), error->message,
                                             what_to_do != NULL ? what_to_do : ""));
}

int main(int argc, char **argv)
{
    g_auto(GStrv) words = g_strdupv(argv);
    g_autoptr(GError) error = NULL;
    Ctl ctl = {.options = {.min_redundancy = -1, .limit = DEFAULT_LIMIT}};
    CtlExit status;

    setlocale(LC_ALL, "");
    g_set_prgname("ipmpctl");
    ctl_output_init(&ctl.out, stdout);
    if (run(&ctl, &words, &error)) {
        status = ctl.exit;
    } else {
        status = ctl_error_exit(error);
        if (ctl.options.json && error->domain == IPMP_ERROR)
            print_json_error(&ctl, error);
        fflush(stdout);
        ctl_error_print(error);
    }
    g_clear_object(&ctl.client);
    ctl_options_clear(&ctl.options);
    return status;
}
