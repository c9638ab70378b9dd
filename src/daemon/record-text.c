/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "error.h"
#include "record-fields.h"

/* object, array, entry, metrics; some room for fields of later versions */
#define RECORD_DEPTH_MAX 16u

static JsonNode *entry_write(const IpmpdEntryKind *kind, const void *entry, gint64 boot_offset_us)
{
    g_autoptr(JsonObject) object = json_object_new();

    for (gsize i = 0; i < kind->n_fields; i++) {
        json_object_set_member(object, kind->fields[i].name,
                               ipmpd_field_write(&kind->fields[i], entry, boot_offset_us));
    }
    return json_node_init_object(json_node_alloc(), object);
}

void ipmpd_entries_write(const IpmpdEntryKind *kinds, guint n_kinds, gconstpointer record,
                         JsonObject *root, gint64 boot_offset_us)
{
    for (guint i = 0; i < n_kinds; i++) {
        GPtrArray *list = ipmpd_entry_list(&kinds[i], record);
        JsonArray *array = json_array_sized_new(list->len);

        for (guint n = 0; n < list->len; n++)
            json_array_add_element(array, entry_write(&kinds[i], list->pdata[n], boot_offset_us));
        json_object_set_array_member(root, kinds[i].name, array);
    }
}

static gboolean entry_read(const IpmpdEntryKind *kind, JsonNode *node, void *entry,
                           gint64 boot_offset_us, GError **error)
{
    if (!JSON_NODE_HOLDS_OBJECT(node)) {
        g_set_error(error, MP_ERROR, MP_ERROR_FAILED, "must be an object");
        return FALSE;
    }
    for (gsize i = 0; i < kind->n_fields; i++) {
        const IpmpdField *field = &kind->fields[i];
        JsonNode *member = json_object_get_member(json_node_get_object(node), field->name);

        if (member == NULL && field->younger)
            continue;
        if (member == NULL) {
            g_set_error(error, MP_ERROR, MP_ERROR_FAILED, "\"%s\" is missing", field->name);
            return FALSE;
        }
        if (!ipmpd_field_read(field, member, entry, boot_offset_us, error))
            return FALSE;
    }
    return kind->check == NULL || kind->check(entry, error);
}

static gboolean list_read(const IpmpdEntryKind *kind, JsonObject *root, gpointer record,
                          gint64 boot_offset_us, GError **error)
{
    JsonNode *node = json_object_get_member(root, kind->name);
    GPtrArray *list = ipmpd_entry_list(kind, record);
    JsonArray *array = NULL;

    if (node == NULL && kind->younger)
        return TRUE;
    if (node == NULL || !JSON_NODE_HOLDS_ARRAY(node)) {
        g_set_error(error, MP_ERROR, MP_ERROR_FAILED, "\"%s\" must be a list", kind->name);
        return FALSE;
    }
    array = json_node_get_array(node);
    for (guint i = 0; i < json_array_get_length(array); i++) {
        void *entry = g_malloc0(kind->size);

        if (!entry_read(kind, json_array_get_element(array, i), entry, boot_offset_us, error)) {
            kind->free(entry);
            g_prefix_error(error, "\"%s\", entry %u: ", kind->name, i + 1);
            return FALSE;
        }
        g_ptr_array_add(list, entry);
    }
    return TRUE;
}

gboolean ipmpd_entries_read(const IpmpdEntryKind *kinds, guint n_kinds, JsonObject *root,
                            gpointer record, gint64 boot_offset_us, GError **error)
{
    for (guint i = 0; i < n_kinds; i++) {
        if (!list_read(&kinds[i], root, record, boot_offset_us, error))
            return FALSE;
    }
    return TRUE;
}

gboolean ipmpd_number_read(JsonObject *root, const char *name, gint64 *out, GError **error)
{
    JsonNode *node = json_object_get_member(root, name);

    if (node == NULL || !JSON_NODE_HOLDS_VALUE(node) ||
        json_node_get_value_type(node) != G_TYPE_INT64 || json_node_get_int(node) < 0) {
        g_set_error(error, MP_ERROR, MP_ERROR_FAILED, "\"%s\" must be a whole number, at least 0",
                    name);
        return FALSE;
    }
    *out = json_node_get_int(node);
    return TRUE;
}

gboolean ipmpd_head_read(JsonObject *root, gint64 version, const char *boot_id,
                         gboolean *out_same_boot, GError **error)
{
    JsonNode *boot = json_object_get_member(root, "boot-id");
    gint64 number = 0;

    if (!ipmpd_number_read(root, "version", &number, error))
        return FALSE;
    if (boot == NULL || !JSON_NODE_HOLDS_VALUE(boot) ||
        json_node_get_value_type(boot) != G_TYPE_STRING) {
        g_set_error(error, MP_ERROR, MP_ERROR_FAILED, "\"boot-id\" must be a text");
        return FALSE;
    }
    *out_same_boot = g_str_equal(json_node_get_string(boot), boot_id);
    if (!*out_same_boot || number == version)
        return TRUE;
    g_set_error(error, MP_ERROR, MP_ERROR_FAILED,
                "\"version\" is %" G_GINT64_FORMAT ", only %" G_GINT64_FORMAT " is understood",
                number, version);
    return FALSE;
}

/* One object, with nothing but blanks around it: of two texts, one after the other, the parser
 * would leak the first (json-glib 1.6). It calls itself for each level: a deep one would exhaust
 * the stack. */
static gboolean text_is_fit(const char *text, gsize length)
{
    gboolean quoted = FALSE;
    guint depth = 0, texts = 0;

    for (gsize i = 0; i < length; i++) {
        if (depth == 0 && !g_ascii_isspace(text[i]) && (text[i] != '{' || ++texts > 1))
            return FALSE;
        if (quoted && text[i] == '\\')
            i++;
        else if (text[i] == '"')
            quoted = !quoted;
        else if (!quoted && (text[i] == '[' || text[i] == '{') && ++depth > RECORD_DEPTH_MAX)
            return FALSE;
        else if (!quoted && (text[i] == ']' || text[i] == '}') && depth > 0)
            depth--;
    }
    return TRUE;
}

JsonParser *ipmpd_text_parse(const char *text, gsize length, GError **error)
{
    g_autoptr(JsonParser) parser = json_parser_new_immutable();
    g_autoptr(GError) local_error = NULL;

    if (!g_utf8_validate(text, (gssize)length, NULL) || !text_is_fit(text, length)) {
        g_set_error(error, MP_ERROR, MP_ERROR_FAILED,
                    "must be one JSON object, of at most %u levels", RECORD_DEPTH_MAX);
        return NULL;
    }
    if (!json_parser_load_from_data(parser, text, (gssize)length, &local_error)) {
        g_set_error(error, MP_ERROR, MP_ERROR_FAILED, "not JSON: %s", local_error->message);
        return NULL;
    }
    if (json_parser_get_root(parser) == NULL ||
        !JSON_NODE_HOLDS_OBJECT(json_parser_get_root(parser))) {
        g_set_error(error, MP_ERROR, MP_ERROR_FAILED, "must be one JSON object");
        return NULL;
    }
    return g_steal_pointer(&parser);
}
