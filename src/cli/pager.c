/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pager.h"
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

struct CtlPager {
    CtlOutput *output;
    FILE *terminal;
    GPid pid;
};

/* What somebody may do as root by sudo need not include what can be done from within a pager. */
static gboolean is_borrowed_root(void)
{
    return geteuid() == 0 && (g_getenv("SUDO_UID") != NULL || g_getenv("PKEXEC_UID") != NULL);
}

CtlPager *ctl_pager_start(CtlOutput *output)
{
    const char *command = g_getenv("PAGER");
    const char *term = g_getenv("TERM");
    g_auto(GStrv) argv = NULL;
    g_auto(GStrv) environment = NULL;
    GPid pid;
    int input;

    if (!output->terminal || term == NULL || strcmp(term, "dumb") == 0)
        return NULL;
    command = command != NULL && !is_borrowed_root() ? command : "less";
    if (strcmp(command, "cat") == 0 || !g_shell_parse_argv(command, NULL, &argv, NULL))
        return NULL;
    /* less ends by itself when all fits on the screen, and lets our colours through */
    environment = g_environ_setenv(g_get_environ(), "LESS", "FRSX", FALSE);
    if (is_borrowed_root())
        environment = g_environ_setenv(environment, "LESSSECURE", "1", TRUE);
    fflush(output->stream);
    if (!g_spawn_async_with_pipes(NULL, argv, environment,
                                  G_SPAWN_SEARCH_PATH_FROM_ENVP | G_SPAWN_DO_NOT_REAP_CHILD, NULL,
                                  NULL, &pid, &input, NULL, NULL, NULL))
        return NULL;

    CtlPager *pager = g_new0(CtlPager, 1);
    pager->output = output;
    pager->terminal = output->stream;
    pager->pid = pid;
    output->stream = fdopen(input, "w");
    signal(SIGPIPE, SIG_IGN); /* a reader who has seen enough is no error */
    return pager;
}

void ctl_pager_stop(CtlPager *pager)
{
    fclose(pager->output->stream);
    pager->output->stream = pager->terminal;
    while (waitpid(pager->pid, NULL, 0) < 0 && errno == EINTR)
        continue;
    g_spawn_close_pid(pager->pid);
    g_free(pager);
}
