/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What keeps a thread from waiting for memory or a processor. */
#pragma once

#include <glib.h>

/* For the calling thread: its memory present and locked, its priority above ordinary ones. What is
 * not permitted is done without; returns a sentence about that, or NULL when all was had. g_free().
 */
char *ipmpd_realtime_enter(void);
