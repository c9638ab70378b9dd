/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The files: configuration in three directories and the record. Synchronous, main thread only. */
#pragma once

#include "config.h"
#include "history-file.h"
#include "learned.h"
#include "record.h"
#include <gio/gio.h>

typedef struct IpmpdStore IpmpdStore;

/* config_dir: "/etc/ipmp" (ipmp.conf, groups.d/), runtime_dir: "/run/ipmp" (groups.d/, record),
 * vendor_dir:
 * "/usr/lib/ipmp" (groups.d/). Directories need not exist. */
IpmpdStore *ipmpd_store_new(const char *config_dir, const char *runtime_dir,
                            const char *vendor_dir);
void ipmpd_store_free(IpmpdStore *store);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(IpmpdStore, ipmpd_store_free)

/* Read all files, of the same group the first of run, etc, usr. `out_errors`: one "path:line:
 * reason" for each file that was refused; `out_warnings` the same for unknown keys. Lenient: the
 * groups without an error are in the result. Also remembers what each file looked like, see save.
 */
MpConfig *ipmpd_store_load(IpmpdStore *store, GStrv *out_errors, GStrv *out_warnings);
/* As load, but any error in any file: NULL and MP_ERROR_INVALID_CONFIG with all of them; what was
 * remembered stays. */
MpConfig *ipmpd_store_reload(IpmpdStore *store, GStrv *out_warnings, GError **error);
/* What the last reload gave could not be had: what was remembered before it is remembered again. */
void ipmpd_store_undo_reload(IpmpdStore *store);

/* Write what differs between `before` and `after` (both complete configurations), atomically, file
 * by file, comments kept; if one fails those already written are put back. `temporary`: into the
 * runtime directory (a changed group's whole file); otherwise /etc, a vendor's file copied there
 * first. A group of origin MP_ORIGIN_RUNTIME before and MP_ORIGIN_ETC after is made permanent. A
 * deleted group's file is removed, a vendor's masked by a link to /dev/null. Errors: CONFIG_CHANGED
 * (edited by hand since it was read), BUSY with advice `ipmpctl save` when a temporary file masks
 * the group, FAILED with the errno's text. On success `after`'s groups get origin and path. */
gboolean ipmpd_store_save(IpmpdStore *store, const MpConfig *before, MpConfig *after,
                          gboolean temporary, GError **error);
/* The same checks without writing: to refuse before the kernel is touched. */
gboolean ipmpd_store_check(IpmpdStore *store, const MpConfig *before, const MpConfig *after,
                           gboolean temporary, GError **error);

/* NULL without error: there is none, or it is of an earlier boot. A damaged one is moved aside and
 * an error returned. */
MpRecord *ipmpd_store_read_record(IpmpdStore *store, GError **error);
gboolean ipmpd_store_write_record(IpmpdStore *store, const MpRecord *record, GError **error);

/* NULL without error: there is none, or it is of an earlier boot. An error: one that says nothing;
 * it is left there, to be overwritten. `error` must not be NULL. */
MpLearned *ipmpd_store_read_learned(IpmpdStore *store, GError **error);
gboolean ipmpd_store_write_learned(IpmpdStore *store, const MpLearned *learned, GError **error);
/* telling.h; the store's. NULL: without. */
guint8 *ipmpd_store_telling(IpmpdStore *store, GError **error);
IpmpdHistoryFile *ipmpd_store_open_history(IpmpdStore *store, IpmpdHistory *history);
