/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The journal. Everything that is logged goes through GLib's structured log, whose one writer main
 * chooses, once: the journal when standard error leads there, else lines of text. Tests put in
 * their own writer, which is the injectable sink. Main thread only: the engine thread logs nothing.
 */
#pragma once

#include "engine.h"
#include "log-queue.h"
#include <stdio.h>

/* What an entry is about: IPMP_TOPIC= in the journal, the word before the message in text. */
typedef enum {
    IPMPD_TOPIC_DAEMON,
    IPMPD_TOPIC_ENGINE,
    IPMPD_TOPIC_BUS,
    IPMPD_TOPIC_CONFIG,
    IPMPD_TOPIC_RECORD,
    IPMPD_TOPIC_AUTHORITY,
} IpmpdTopic;
#define IPMPD_N_TOPICS 6

const char *ipmpd_topic_to_string(IpmpdTopic topic);

/* Choose the writer, once in the life of the process. `debug`: also what is of use only when a
 * fault is sought. Returns what is to be flushed at the end; NULL: nothing is. */
IpmpdLogQueue *ipmpd_log_init(gboolean debug);

void ipmpd_log_error(IpmpdTopic topic, const char *format, ...) G_GNUC_PRINTF(2, 3);
void ipmpd_log_warning(IpmpdTopic topic, const char *format, ...) G_GNUC_PRINTF(2, 3);
void ipmpd_log_notice(IpmpdTopic topic, const char *format, ...) G_GNUC_PRINTF(2, 3);
void ipmpd_log_info(IpmpdTopic topic, const char *format, ...) G_GNUC_PRINTF(2, 3);
void ipmpd_log_debug(IpmpdTopic topic, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* An entry of the history: MESSAGE_ID= of its kind, IPMP_EVENT= and the other fields that it has.
 */
void ipmpd_log_event(const MpNotice *notice);
/* The MESSAGE_ID of a kind: 32 hexadecimal digits. */
const char *ipmpd_log_message_id(MpNoticeKind kind);
/* "front: 192.0.2.10/24 moved from eth0 to eth1 (failover)". g_free(). */
char *ipmpd_log_event_text(const MpNotice *notice);

/* The two writers, to be given to g_log_set_writer_func(). Text: user_data is the FILE*. */
GLogWriterOutput ipmpd_log_write_journal(GLogLevelFlags level, const GLogField *fields,
                                         gsize n_fields, gpointer user_data);
GLogWriterOutput ipmpd_log_write_text(GLogLevelFlags level, const GLogField *fields, gsize n_fields,
                                      gpointer user_data);
