/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "deadline.h"

typedef struct {
    GSource source;
    void (*func)(gpointer user_data);
    gpointer user_data;
} DeadlineSource;

static gboolean on_deadline_dispatch(GSource *source, GSourceFunc callback, gpointer user_data)
{
    DeadlineSource *deadline = (DeadlineSource *)source;

    g_source_set_ready_time(source, -1);
    deadline->func(deadline->user_data);
    return G_SOURCE_CONTINUE;
}

static GSourceFuncs source_funcs = {.dispatch = on_deadline_dispatch};

GSource *ipmpd_deadline_new(GMainContext *context, void (*func)(gpointer user_data),
                            gpointer user_data)
{
    GSource *source = g_source_new(&source_funcs, sizeof(DeadlineSource));
    DeadlineSource *deadline = (DeadlineSource *)source;

    deadline->func = func;
    deadline->user_data = user_data;
    g_source_set_static_name(source, "ipmpd deadline");
    g_source_attach(source, context);
    return source;
}

void ipmpd_deadline_set(GSource *deadline, gint64 when_us)
{
    /* A negative time would mean never. */
    g_source_set_ready_time(deadline, when_us == G_MAXINT64 ? -1 : MAX(when_us, 0));
}
