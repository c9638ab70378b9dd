/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "store-private.h"

#include "clock.h"
#include "error.h"
#include "learned-file.h"
#include "record-file.h"
#include "telling.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>

#define RECORD_BYTES_MAX (64u << 20)

IpmpdStore *ipmpd_store_new(const char *config_dir, const char *runtime_dir, const char *vendor_dir)
{
    IpmpdStore *store = g_new0(IpmpdStore, 1);

    store->directories[MP_ORIGIN_RUNTIME] = g_strdup(runtime_dir);
    store->directories[MP_ORIGIN_ETC] = g_strdup(config_dir);
    store->directories[MP_ORIGIN_VENDOR] = g_strdup(vendor_dir);
    store->record_path = g_build_filename(runtime_dir, "record.json", NULL);
    store->learned_path = g_build_filename(runtime_dir, "learned.json", NULL);
    store->files =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)ipmpd_file_unref);
    return store;
}

void ipmpd_store_free(IpmpdStore *store)
{
    if (store == NULL)
        return;
    for (guint i = 0; i < IPMPD_N_ORIGINS; i++)
        g_free(store->directories[i]);
    g_free(store->record_path);
    g_free(store->learned_path);
    ipmpd_telling_unmap(store->telling);
    g_hash_table_unref(store->files);
    g_clear_pointer(&store->previous, g_hash_table_unref);
    g_free(store);
}

static void store_remember(IpmpdStore *store, IpmpdReading *reading)
{
    g_clear_pointer(&store->previous, g_hash_table_unref);
    store->previous = store->files;
    store->files = g_hash_table_ref(reading->files);
}

MpConfig *ipmpd_store_load(IpmpdStore *store, GStrv *out_errors, GStrv *out_warnings)
{
    g_autoptr(IpmpdReading) reading = ipmpd_reading_new(store);

    store_remember(store, reading);
    *out_errors = g_strv_builder_end(reading->errors);
    reading->config->partial = (*out_errors)[0] != NULL;
    *out_warnings = g_strv_builder_end(reading->warnings);
    return g_steal_pointer(&reading->config);
}

MpConfig *ipmpd_store_reload(IpmpdStore *store, GStrv *out_warnings, GError **error)
{
    g_autoptr(IpmpdReading) reading = ipmpd_reading_new(store);
    g_auto(GStrv) errors = g_strv_builder_end(reading->errors);
    g_autofree char *all = g_strjoinv("\n", errors);

    *out_warnings = NULL;
    if (errors[0] != NULL) {
        g_set_error_literal(error, MP_ERROR, MP_ERROR_INVALID_CONFIG, all);
        return NULL;
    }
    store_remember(store, reading);
    *out_warnings = g_strv_builder_end(reading->warnings);
    return g_steal_pointer(&reading->config);
}

void ipmpd_store_undo_reload(IpmpdStore *store)
{
    if (store->previous == NULL)
        return;
    g_hash_table_unref(store->files);
    store->files = g_steal_pointer(&store->previous);
}

/* The record */

static char *boot_id_read(GError **error)
{
    g_autofree char *id = NULL;

    if (!g_file_get_contents("/proc/sys/kernel/random/boot_id", &id, NULL, error))
        return NULL;
    return g_strdup(g_strstrip(id));
}

/* The text of one; NULL and an error. */
static const char *runtime_text(const IpmpdFile *file, GError **error)
{
    if (file->kind == IPMPD_FILE_TEXT && file->length <= RECORD_BYTES_MAX)
        return file->text;
    g_set_error(error, MP_ERROR, MP_ERROR_FAILED, "%s",
                file->kind == IPMPD_FILE_BAD    ? file->problem
                : file->kind == IPMPD_FILE_TEXT ? "too long"
                                                : "empty");
    return NULL;
}

static MpRecord *record_parse(const IpmpdFile *file, GError **error)
{
    g_autofree char *boot_id = NULL;

    if (runtime_text(file, error) == NULL)
        return NULL;
    boot_id = boot_id_read(error);
    if (boot_id == NULL)
        return NULL;
    return ipmpd_record_from_json(file->text, file->length, boot_id, ipmpd_clock_boot_offset_us(),
                                  error);
}

MpRecord *ipmpd_store_read_record(IpmpdStore *store, GError **error)
{
    g_autoptr(IpmpdFile) file = ipmpd_file_read(store->record_path, RECORD_BYTES_MAX);
    g_autofree char *aside = g_strconcat(store->record_path, ".bad", NULL);
    g_autoptr(GError) local_error = NULL;
    MpRecord *record = NULL;

    if (file->kind == IPMPD_FILE_ABSENT)
        return NULL;
    record = record_parse(file, &local_error);
    if (local_error == NULL)
        return record;
    if (rename(store->record_path, aside) == 0)
        g_set_error(error, MP_ERROR, MP_ERROR_FAILED,
                    "%s cannot be used (%s) and was renamed to %s; addresses that "
                    "an earlier service has moved are adopted where they are",
                    store->record_path, local_error->message, aside);
    else
        g_set_error(error, MP_ERROR, MP_ERROR_FAILED,
                    "%s cannot be used (%s) and cannot be renamed: %s", store->record_path,
                    local_error->message, g_strerror(errno));
    return NULL;
}

static gboolean runtime_make(const IpmpdStore *store, GError **error)
{
    if (g_mkdir_with_parents(store->directories[MP_ORIGIN_RUNTIME], 0755) == 0)
        return TRUE;
    g_set_error(error, MP_ERROR, MP_ERROR_FAILED, "cannot make the directory %s: %s",
                store->directories[MP_ORIGIN_RUNTIME], g_strerror(errno));
    return FALSE;
}

/* By rename: a daemon that is killed here leaves the old one. */
static gboolean runtime_write(const IpmpdStore *store, const char *path, const char *text,
                              GError **error)
{
    g_autoptr(GError) local_error = NULL;

    if (!runtime_make(store, error))
        return FALSE;
    if (g_file_set_contents_full(path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0644,
                                 &local_error))
        return TRUE;
    g_set_error_literal(error, MP_ERROR, MP_ERROR_FAILED, local_error->message);
    return FALSE;
}

gboolean ipmpd_store_write_record(IpmpdStore *store, const MpRecord *record, GError **error)
{
    g_autofree char *boot_id = boot_id_read(error);
    g_autofree char *text = NULL;

    if (boot_id == NULL)
        return FALSE;
    text = ipmpd_record_to_json(record, boot_id, ipmpd_clock_boot_offset_us());
    return runtime_write(store, store->record_path, text, error);
}

/* What was learned */

static MpLearned *learned_parse(const IpmpdFile *file, GError **error)
{
    g_autofree char *boot_id = NULL;

    if (runtime_text(file, error) == NULL)
        return NULL;
    boot_id = boot_id_read(error);
    if (boot_id == NULL)
        return NULL;
    return ipmpd_learned_from_json(file->text, file->length, boot_id, ipmpd_clock_boot_offset_us(),
                                   ipmpd_clock_monotonic_us(), error);
}

MpLearned *ipmpd_store_read_learned(IpmpdStore *store, GError **error)
{
    g_autoptr(IpmpdFile) file = ipmpd_file_read(store->learned_path, RECORD_BYTES_MAX);
    MpLearned *learned = NULL;

    if (file->kind == IPMPD_FILE_ABSENT)
        return NULL;
    learned = learned_parse(file, error);
    if (error != NULL && *error != NULL)
        g_prefix_error(error, "%s: ", store->learned_path);
    return learned;
}

gboolean ipmpd_store_write_learned(IpmpdStore *store, const MpLearned *learned, GError **error)
{
    g_autofree char *boot_id = boot_id_read(error);
    g_autofree char *text = NULL;

    if (boot_id == NULL)
        return FALSE;
    text = ipmpd_learned_to_json(learned, boot_id, ipmpd_clock_boot_offset_us());
    return runtime_write(store, store->learned_path, text, error);
}

guint8 *ipmpd_store_telling(IpmpdStore *store, GError **error)
{
    g_autofree char *path =
        g_build_filename(store->directories[MP_ORIGIN_RUNTIME], "telling", NULL);

    if (store->telling == NULL && runtime_make(store, error))
        store->telling = ipmpd_telling_map(path, error);
    return store->telling;
}

IpmpdHistoryFile *ipmpd_store_open_history(IpmpdStore *store, IpmpdHistory *history)
{
    g_autofree char *boot_id = boot_id_read(NULL);

    return ipmpd_history_file_open(store->directories[MP_ORIGIN_RUNTIME],
                                   boot_id != NULL ? boot_id : "", history);
}
