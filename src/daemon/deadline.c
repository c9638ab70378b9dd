/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "deadline.h"

#include <glib-unix.h>
#include <sys/timerfd.h>
#include <unistd.h>

/* A timer of the kernel rather than the loop's own: that one knows whole milliseconds only, and
 * each setting of it wakes the loop once for nothing. It serves where there is no descriptor left.
 */
typedef struct {
    GSource source;
    int fd;
    gint64 when_us;
    void (*func)(gpointer user_data);
    gpointer user_data;
} DeadlineSource;

#define EXPIRED_US G_MININT64

/* The timer is not stopped before it is set anew, which does both with one call. */
static gboolean on_deadline_dispatch(GSource *source, GSourceFunc callback, gpointer user_data)
{
    DeadlineSource *deadline = (DeadlineSource *)source;

    deadline->when_us = EXPIRED_US;
    deadline->func(deadline->user_data);
    if (deadline->when_us == EXPIRED_US)
        ipmpd_deadline_set(source, G_MAXINT64);
    return G_SOURCE_CONTINUE;
}

static void on_deadline_finalize(GSource *source)
{
    DeadlineSource *deadline = (DeadlineSource *)source;

    if (deadline->fd >= 0)
        close(deadline->fd);
}

static GSourceFuncs source_funcs = {.dispatch = on_deadline_dispatch,
                                    .finalize = on_deadline_finalize};

GSource *ipmpd_deadline_new(GMainContext *context, void (*func)(gpointer user_data),
                            gpointer user_data)
{
    GSource *source = g_source_new(&source_funcs, sizeof(DeadlineSource));
    DeadlineSource *deadline = (DeadlineSource *)source;

    /* The clock of g_get_monotonic_time(). */
    deadline->fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    deadline->when_us = G_MAXINT64;
    deadline->func = func;
    deadline->user_data = user_data;
    if (deadline->fd >= 0)
        g_source_add_unix_fd(source, deadline->fd, G_IO_IN);
    g_source_set_static_name(source, "ipmpd deadline");
    /* Else the loop takes the timer out before each call and puts it in again after it, and wakes
     * itself each time. */
    g_source_set_can_recurse(source, TRUE);
    g_source_attach(source, context);
    return source;
}

void ipmpd_deadline_set(GSource *source, gint64 when_us)
{
    DeadlineSource *deadline = (DeadlineSource *)source;
    struct itimerspec timer = {0};

    if (when_us == deadline->when_us)
        return;
    deadline->when_us = when_us;
    if (deadline->fd < 0) {
        g_source_set_ready_time(source, when_us == G_MAXINT64 ? -1 : MAX(when_us, 0));
        return;
    }
    if (when_us != G_MAXINT64) {
        /* All zero would mean never. */
        gint64 due_us = MAX(when_us, 1);

        timer.it_value.tv_sec = due_us / G_USEC_PER_SEC;
        timer.it_value.tv_nsec = due_us % G_USEC_PER_SEC * 1000;
    }
    timerfd_settime(deadline->fd, TFD_TIMER_ABSTIME, &timer, NULL);
}
