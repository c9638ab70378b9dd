/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "agent.h"
#include "json.h"
#include "setting.h"
#include "suggest.h"
#include <errno.h>
#include <locale.h>
#include <stddef.h>
#include <string.h>

#define DEFAULT_LIMIT 100

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
    {0, "json", 0, G_OPTION_ARG_NONE, offsetof(CtlOptions, json), "Print JSON", NULL},
    {0, "quiet", 'q', G_OPTION_ARG_NONE, offsetof(CtlOptions, quiet), "Do not confirm changes",
     NULL},
    {0, "no-ask-password", 0, G_OPTION_ARG_NONE, offsetof(CtlOptions, no_ask_password),
     "Never ask for a password", NULL},
    {0, "no-pager", 0, G_OPTION_ARG_NONE, offsetof(CtlOptions, no_pager),
     "Do not pipe long output into a pager", NULL},
    {0, "help", 'h', G_OPTION_ARG_NONE, offsetof(CtlOptions, help), "Show this help", NULL},
    {0, "version", 0, G_OPTION_ARG_NONE, offsetof(CtlOptions, version), "Show the version", NULL},
    {CTL_OPTION_TEMPORARY, "temporary", 0, G_OPTION_ARG_NONE, offsetof(CtlOptions, temporary),
     "In force until the machine is started again", NULL},
    {CTL_OPTION_STANDBY_FLAG, "standby", 0, G_OPTION_ARG_NONE, offsetof(CtlOptions, standby),
     "It carries data only when others cannot", NULL},
    {CTL_OPTION_STANDBY_NAME, "standby", 0, G_OPTION_ARG_STRING_ARRAY,
     offsetof(CtlOptions, standbys), "A member that carries data only when others cannot",
     "INTERFACE"},
    {CTL_OPTION_TEST_ADDRESS, "test-address", 0, G_OPTION_ARG_STRING_ARRAY,
     offsetof(CtlOptions, test_addresses), "What its probes are sent from", "ADDRESS/PREFIX"},
    {CTL_OPTION_ADDRESS, "address", 0, G_OPTION_ARG_STRING_ARRAY, offsetof(CtlOptions, addresses),
     "A data address", "ADDRESS/PREFIX"},
    {CTL_OPTION_INTERFACE, "interface", 0, G_OPTION_ARG_STRING, offsetof(CtlOptions, interface),
     "The member that is its home", "INTERFACE"},
    {CTL_OPTION_DEPRECATED, "deprecated", 0, G_OPTION_ARG_NONE, offsetof(CtlOptions, deprecated),
     "Not used for new connections unless asked for (IPv6)", NULL},
    {CTL_OPTION_MIN_REDUNDANCY, "min-redundancy", 0, G_OPTION_ARG_INT,
     offsetof(CtlOptions, min_redundancy), "How many other usable members must remain (1)", "N"},
    {CTL_OPTION_LIMIT, "lines", 'n', G_OPTION_ARG_INT, offsetof(CtlOptions, limit),
     "The latest N events (100)", "N"},
};

static void options_clear(CtlOptions *options)
{
    g_strfreev(options->standbys);
    g_strfreev(options->test_addresses);
    g_strfreev(options->addresses);
    g_free(options->interface);
}

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

static gboolean parse_options(const CtlVerb *verb, CtlOptions *options, char ***words,
                              GError **error)
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

static void print_options(guint bits, gboolean common)
{
    for (guint i = 0; i < G_N_ELEMENTS(option_table); i++) {
        if (common ? option_table[i].bit != 0 : (option_table[i].bit & bits) == 0)
            continue;
        g_autofree char *letter = option_table[i].letter != 0
                                      ? g_strdup_printf("-%c, ", option_table[i].letter)
                                      : g_strdup("    ");
        g_autofree char *value = option_table[i].value != NULL
                                     ? g_strconcat("=", option_table[i].value, NULL)
                                     : g_strdup("");
        g_autofree char *name = g_strconcat(letter, "--", option_table[i].name, value, NULL);
        printf("  %-32s %s\n", name, option_table[i].help);
    }
}

static void print_help(void)
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
    print_options(0, TRUE);
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

static void print_verb_help(const CtlVerb *verb)
{
    printf("Usage: ipmpctl %s %s%s[OPTION...]\n\n%s.\n", verb->name, verb->args,
           *verb->args != '\0' ? " " : "", verb->help != NULL ? verb->help : "For completion");
    print_settings(verb);
    printf("\nOptions:\n");
    print_options(verb->options, FALSE);
    print_options(0, TRUE);
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

static gboolean connect_client(Ctl *ctl, GError **error)
{
    ctl->client = ipmp_client_new_sync(NULL, NULL, error);
    if (ctl->client == NULL)
        return FALSE;
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
    if (ctl->verb == NULL || !parse_options(ctl->verb, &ctl->options, words, error))
        return FALSE;

    gboolean named = (*words)[0] != NULL && (*words)[1] != NULL;
    char **args = named ? *words + 2 : *words + g_strv_length(*words);
    if (ctl->options.version) {
        printf("ipmpctl %s\n", IPMP_VERSION);
        return TRUE;
    }
    if (ctl->options.help) {
        if (named)
            print_verb_help(ctl->verb);
        else
            print_help();
        return TRUE;
    }
    if (!check_words(ctl->verb, args, error) || !connect_client(ctl, error))
        return FALSE;

    g_autoptr(CtlAgent) agent = NULL;
    if (ipmp_client_get_interactive(ctl->client))
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
    options_clear(&ctl.options);
    return status;
}
