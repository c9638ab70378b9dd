/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Between those who log and a journal that may not read: a thread of its own waits for it, nobody
 * else does. What does not fit while it hangs is left out, and counted. */
#pragma once

#include <glib.h>

#define IPMPD_LOG_QUEUE_MAX 4096u /* entries */
#define IPMPD_LOG_END_US 1000000  /* so long the end of the process waits for the journal */

typedef struct IpmpdLogQueue IpmpdLogQueue;

/* `writer` is called in the thread, one entry after the other. Lives as long as the process: GLib
 * never gives a writer back. */
IpmpdLogQueue *ipmpd_log_queue_new(GLogWriterFunc writer, gpointer writer_data);
/* A GLogWriterFunc whose user_data is the queue: copies the entry and returns. Of what ends the
 * process nothing is left for later. */
GLogWriterOutput ipmpd_log_queue_write(GLogLevelFlags level, const GLogField *fields,
                                       gsize n_fields, gpointer user_data);
/* Waits until all is written, at most IPMPD_LOG_END_US. FALSE: something was not. */
gboolean ipmpd_log_queue_flush(IpmpdLogQueue *queue);
