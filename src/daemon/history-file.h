/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The history in the runtime directory, so that a restart forgets none of it: a line for each
 * entry, added when it is told, so that a daemon that is killed has it, too. A head line says of
 * which version and boot it is. */
#pragma once

#include "history.h"

typedef struct IpmpdHistoryFile IpmpdHistoryFile;

/* Reads "history" in this directory into `history` (borrowed, empty); what is of another boot, of
 * another version or damaged is left out, and the log says so. Never NULL. */
IpmpdHistoryFile *ipmpd_history_file_open(const char *directory, const char *boot_id,
                                          IpmpdHistory *history);
void ipmpd_history_file_free(IpmpdHistoryFile *file);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(IpmpdHistoryFile, ipmpd_history_file_free)

/* After an entry was added to the history. What cannot be written is written with the next one, or
 * by ipmpd_history_file_retry(); the log tells that once. */
void ipmpd_history_file_add(IpmpdHistoryFile *file);
void ipmpd_history_file_retry(IpmpdHistoryFile *file);

/* One line, without its end; g_free(). And back: FALSE, it is none. */
char *ipmpd_history_line(const IpmpdHistoryEntry *entry);
gboolean ipmpd_history_line_parse(const char *line, IpmpdHistoryEntry *out);
