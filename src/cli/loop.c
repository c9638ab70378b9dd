/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "loop.h"
#include "intl.h"
#include <errno.h>
#include <glib-unix.h>
#include <signal.h>

void ctl_loop_init(CtlLoop *loop, Ctl *ctl)
{
    *loop = (CtlLoop){.ctl = ctl, .main = g_main_loop_new(NULL, FALSE)};
}

void ctl_loop_written(CtlLoop *loop)
{
    if (fflush(loop->ctl->out.stream) == 0)
        return;
    loop->write_errno = errno;
    g_main_loop_quit(loop->main);
}

static gboolean on_signal(gpointer user_data)
{
    CtlLoop *loop = user_data;

    g_main_loop_quit(loop->main);
    return G_SOURCE_CONTINUE;
}

gboolean ctl_loop_run(CtlLoop *loop, GError **error)
{
    guint interrupt = g_unix_signal_add(SIGINT, on_signal, loop);
    guint terminate = g_unix_signal_add(SIGTERM, on_signal, loop);

    ctl_loop_written(loop);
    if (loop->write_errno == 0)
        g_main_loop_run(loop->main);
    g_source_remove(interrupt);
    g_source_remove(terminate);
    g_signal_handlers_disconnect_by_data(loop->ctl->client, loop);
    g_main_loop_unref(loop->main);
    if (loop->write_errno != 0)
        g_set_error(error, CTL_ERROR, CTL_ERROR_OUTPUT, _("standard output: %s"),
                    g_strerror(loop->write_errno));
    return loop->write_errno == 0;
}
