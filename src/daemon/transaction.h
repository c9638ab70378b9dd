/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A change of several small files: all of them or none, each by rename, so that nobody ever reads
 * half a file. */
#pragma once

#include "file.h"

typedef struct IpmpdTransaction IpmpdTransaction;

IpmpdTransaction *ipmpd_transaction_new(void);
void ipmpd_transaction_free(IpmpdTransaction *transaction);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(IpmpdTransaction, ipmpd_transaction_free)

/* `was`: what is there now, as read. Owner and mode of a file stay; a new one has 0644. A text goes
 * through symbolic links, the other two replace the link itself. */
void ipmpd_transaction_write(IpmpdTransaction *transaction, const char *path, const char *text,
                             IpmpdFile *was);
void ipmpd_transaction_mask(IpmpdTransaction *transaction, const char *path, IpmpdFile *was);
void ipmpd_transaction_remove(IpmpdTransaction *transaction, const char *path, IpmpdFile *was);

/* Whether the directories can be written: what can be foreseen of commit's errors. */
gboolean ipmpd_transaction_check(const IpmpdTransaction *transaction, GError **error);
/* MP_ERROR_FAILED with the path and the errno's text, MP_ERROR_CONFIG_CHANGED when a file is not
 * what it `was`; then everything is as before. */
gboolean ipmpd_transaction_commit(IpmpdTransaction *transaction, GError **error);
