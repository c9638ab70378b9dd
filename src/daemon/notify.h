/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the service manager is told (sd_notify); nothing happens without one. Main thread only. */
#pragma once

#include <glib.h>

typedef struct IpmpdNotify IpmpdNotify;

/* Feeds the watchdog, if the manager wants that, from the thread-default main context and as long
 * as `is_alive` says yes: a loop that hangs, this or another, is what the watchdog is for. */
IpmpdNotify *ipmpd_notify_new(gboolean (*is_alive)(gpointer user_data), gpointer user_data);
void ipmpd_notify_free(IpmpdNotify *notify);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(IpmpdNotify, ipmpd_notify_free)

void ipmpd_notify_ready(IpmpdNotify *notify, const char *status);  /* also at the end of a reload */
void ipmpd_notify_status(IpmpdNotify *notify, const char *status); /* told only when it differs */
void ipmpd_notify_reloading(IpmpdNotify *notify);
void ipmpd_notify_stopping(IpmpdNotify *notify);
