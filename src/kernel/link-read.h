/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Asks a driver for the state of its link. Unlike a wait for the kernel's message this is never
 * late; it takes about a microsecond, and makes recent kernels send a message they withhold. */
#pragma once

#include <glib.h>

/* A socket to ask through, of the thread's network namespace; -1 and an error. */
int mp_link_reader_open(GError **error);
/* FALSE: the driver cannot tell, or there is no such device. A device that is administratively
 * down reads as down. */
gboolean mp_link_read(int reader, const char *name, gboolean *out_up);
