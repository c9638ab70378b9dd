/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "record-file.h"

#include "error.h"
#include "record-fields.h"

#define RECORD_VERSION 1

char *ipmpd_record_to_json(const MpRecord *record, const char *boot_id, gint64 boot_offset_us)
{
    JsonObject *root = json_object_new();
    g_autoptr(JsonNode) node = NULL;

    json_object_set_int_member(root, "version", RECORD_VERSION);
    json_object_set_string_member(root, "boot-id", boot_id);
    json_object_set_int_member(root, "serial", (gint64)record->serial);
    ipmpd_entries_write(ipmpd_entry_kinds, IPMPD_N_ENTRY_KINDS, record, root, boot_offset_us);
    node = json_node_init_object(json_node_alloc(), root);
    json_object_unref(root);
    return json_to_string(node, TRUE);
}

MpRecord *ipmpd_record_from_json(const char *text, gsize length, const char *boot_id,
                                 gint64 boot_offset_us, GError **error)
{
    g_autoptr(JsonParser) parser = ipmpd_text_parse(text, length, error);
    g_autoptr(MpRecord) record = mp_record_new();
    gboolean same_boot = FALSE;
    gint64 serial = 0;
    JsonObject *root = NULL;

    if (parser == NULL)
        return NULL;
    root = json_node_get_object(json_parser_get_root(parser));
    if (!ipmpd_head_read(root, RECORD_VERSION, boot_id, &same_boot, error) || !same_boot ||
        !ipmpd_number_read(root, "serial", &serial, error) ||
        !ipmpd_entries_read(ipmpd_entry_kinds, IPMPD_N_ENTRY_KINDS, root, record, boot_offset_us,
                            error))
        return NULL;
    record->serial = (guint64)serial;
    for (guint i = 0; i < record->addresses->len; i++) {
        MpRecordAddress *entry = record->addresses->pdata[i];

        entry->told_boot_us = entry->original.stamp_us + boot_offset_us;
    }
    return g_steal_pointer(&record);
}
