/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "notify.h"

#include <systemd/sd-daemon.h>

struct IpmpdNotify {
    char *status; /* last told */
    GSource *watchdog;
    gboolean (*is_alive)(gpointer user_data);
    gpointer user_data;
};

static gboolean on_watchdog(gpointer user_data)
{
    IpmpdNotify *notify = user_data;

    if (notify->is_alive(notify->user_data))
        sd_notify(0, "WATCHDOG=1");
    return G_SOURCE_CONTINUE;
}

IpmpdNotify *ipmpd_notify_new(gboolean (*is_alive)(gpointer user_data), gpointer user_data)
{
    IpmpdNotify *notify = g_new0(IpmpdNotify, 1);
    guint64 limit_us = 0;

    notify->is_alive = is_alive;
    notify->user_data = user_data;
    if (sd_watchdog_enabled(0, &limit_us) > 0) {
        /* A third: one late round must not be the end. */
        notify->watchdog = g_timeout_source_new((guint)CLAMP(limit_us / 3000, 1, G_MAXUINT));
        g_source_set_callback(notify->watchdog, on_watchdog, notify, NULL);
        g_source_attach(notify->watchdog, g_main_context_get_thread_default());
    }
    return notify;
}

void ipmpd_notify_free(IpmpdNotify *notify)
{
    if (notify == NULL)
        return;
    if (notify->watchdog != NULL) {
        g_source_destroy(notify->watchdog);
        g_source_unref(notify->watchdog);
    }
    g_free(notify->status);
    g_free(notify);
}

static gboolean status_take(IpmpdNotify *notify, const char *status)
{
    /* A line break would begin another assignment. */
    g_autofree char *line = g_strdelimit(g_strdup(status), "\n\r", ' ');

    if (g_strcmp0(notify->status, line) == 0)
        return FALSE;
    g_free(notify->status);
    notify->status = g_steal_pointer(&line);
    return TRUE;
}

void ipmpd_notify_ready(IpmpdNotify *notify, const char *status)
{
    status_take(notify, status);
    sd_notifyf(0, "READY=1\nSTATUS=%s", notify->status);
}

void ipmpd_notify_status(IpmpdNotify *notify, const char *status)
{
    if (status_take(notify, status))
        sd_notifyf(0, "STATUS=%s", notify->status);
}

void ipmpd_notify_reloading(IpmpdNotify *notify)
{
    sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%" G_GINT64_FORMAT, g_get_monotonic_time());
}

void ipmpd_notify_stopping(IpmpdNotify *notify)
{
    sd_notify(0, "STOPPING=1");
}
