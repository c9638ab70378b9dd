/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One GSource for all timers of the engine: it is told when the next one is due. */
#pragma once

#include <glib.h>

/* Attached to `context`; destroy and unref it to end it. `func` is called when the time has come
 * and again only after the next setting. */
GSource *ipmpd_deadline_new(GMainContext *context, void (*func)(gpointer user_data),
                            gpointer user_data);
/* Monotonic; G_MAXINT64 = never. */
void ipmpd_deadline_set(GSource *deadline, gint64 when_us);
