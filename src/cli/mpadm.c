/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* if_mpadm, with the options of the command of that name on Solaris: see if_mpadm(8). */
#include "agent.h"
#include "ctl.h"
#include "intl.h"
#include <getopt.h>
#include <string.h>

/* As there, 1 whatever is wrong. */
#define EXIT_WRONG 1

typedef struct {
    char what; /* 'd': detach, 'r': reattach */
    const char *interface;
} Wish;

static gboolean parse_option(Wish *wish, int option, GError **error)
{
    switch (option) {
    case 'd':
    case 'r':
        if (wish->interface != NULL) {
            g_set_error_literal(error, CTL_ERROR, CTL_ERROR_USAGE,
                                _("only one of -d and -r, and one interface, at a time"));
            return FALSE;
        }
        *wish = (Wish){(char)option, optarg};
        return TRUE;
    case 'h':
    case 'V':
        wish->what = (char)option;
        return TRUE;
    case ':':
        g_set_error(error, CTL_ERROR, CTL_ERROR_USAGE, _("-%c needs the name of an interface"),
                    optopt);
        return FALSE;
    default:
        if (optopt != 0)
            g_set_error(error, CTL_ERROR, CTL_ERROR_USAGE, _("there is no option -%c"), optopt);
        else
            g_set_error_literal(error, CTL_ERROR, CTL_ERROR_USAGE,
                                _("there is no such long option"));
        return FALSE;
    }
}

static gboolean parse(Wish *wish, int argc, char **argv, GError **error)
{
    static const struct option options[] = {
        {"help", no_argument, NULL, 'h'}, {"version", no_argument, NULL, 'V'}, {NULL, 0, NULL, 0}};
    int option;

    opterr = 0;
    while ((option = getopt_long(argc, argv, ":d:r:", options, NULL)) != -1)
        if (!parse_option(wish, option, error))
            return FALSE;
    if (wish->what == 'h' || wish->what == 'V')
        return TRUE;
    if (wish->interface != NULL && argv[optind] == NULL &&
        g_utf8_validate(wish->interface, -1, NULL))
        return TRUE;
    if (argv[optind] != NULL)
        g_set_error(error, CTL_ERROR, CTL_ERROR_USAGE, _("'%s' is too much"), argv[optind]);
    else
        g_set_error_literal(error, CTL_ERROR, CTL_ERROR_USAGE,
                            _("-d or -r, and the name of an interface, have to be given"));
    return FALSE;
}

static gboolean act(Ctl *ctl, const Wish *wish, GError **error)
{
    g_autoptr(CtlAgent) agent = ctl_agent_start();
    IpmpInterface *interface = ctl_find_interface(ctl, wish->interface, error);

    if (interface == NULL)
        return FALSE;
    if (wish->what == 'r') {
        if (ipmp_interface_online_sync(interface, NULL, NULL, error))
            return TRUE;
        g_prefix_error(error, _("cannot reattach %s: "), wish->interface);
        return FALSE;
    }
    if (ipmp_interface_offline_sync(interface, NULL, NULL, error))
        return TRUE;
    g_prefix_error(error, _("cannot detach %s: "), wish->interface);
    return FALSE;
}

static void print_usage(const CtlOutput *output)
{
    ctl_output_printf(output, CTL_STYLE_PLAIN, "%s\n",
                      _("Usage: if_mpadm -d INTERFACE | -r INTERFACE\n"
                        "  -d  detach: move its addresses elsewhere and take it out of service\n"
                        "  -r  reattach: take it into service again"));
}

static gboolean run(Ctl *ctl, int argc, char **argv, GError **error)
{
    Wish wish = {0};

    if (!parse(&wish, argc, argv, error))
        return FALSE;
    if (wish.what == 'h')
        print_usage(&ctl->out);
    else if (wish.what == 'V')
        ctl_output_printf(&ctl->out, CTL_STYLE_PLAIN, "if_mpadm %s\n", IPMP_VERSION);
    else if (!ctl_connect(ctl, TRUE, error) || !act(ctl, &wish, error))
        return FALSE;
    return ctl_finish_output(ctl, error);
}

int main(int argc, char **argv)
{
    g_autoptr(GError) error = NULL;
    Ctl ctl = {0};
    CtlOutput complaints;
    gboolean done;

    ctl_intl_init();
    g_set_prgname("if_mpadm");
    ctl_output_init(&ctl.out, stdout);
    done = run(&ctl, argc, argv, &error);
    if (!done) {
        ctl_error_print(error, ctl_error_advice(error), NULL);
        ctl_output_init(&complaints, stderr);
        if (g_error_matches(error, CTL_ERROR, CTL_ERROR_USAGE))
            print_usage(&complaints);
    }
    g_clear_object(&ctl.client);
    return done ? 0 : EXIT_WRONG;
}
