/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "learned-file.h"

#include "error.h"
#include "record-fields.h"

#define LEARNED_VERSION 1

#define FIELD(name, kind, type, member)                                                            \
    {                                                                                              \
        name, IPMPD_FIELD_##kind, G_STRUCT_OFFSET(type, member)                                    \
    }

static const IpmpdField head_field = FIELD("told-boot-usec", TIME, MpLearned, told_us);

static const IpmpdField interval_fields[] = {
    FIELD("group", GROUP_OR_NULL, MpLearnedInterval, group),
    FIELD("interface", INTERFACE_OR_NULL, MpLearnedInterval, interface),
    FIELD("detection-msec", U32, MpLearnedInterval, detection_ms),
    FIELD("failures", U32, MpLearnedInterval, failures),
    FIELD("interval-usec", SPAN, MpLearnedInterval, interval_us),
    FIELD("raised-boot-usec", TIME, MpLearnedInterval, raised_us),
};

static const IpmpdField target_fields[] = {
    FIELD("group", GROUP_OR_NULL, MpLearnedTarget, group),
    FIELD("interface", INTERFACE_OR_NULL, MpLearnedTarget, interface),
    FIELD("address", ADDRESS, MpLearnedTarget, address),
    FIELD("source", TARGET_SOURCE, MpLearnedTarget, source),
    FIELD("heard", BOOL, MpLearnedTarget, heard),
    FIELD("answered", BOOL, MpLearnedTarget, answered),
};

static const IpmpdField estimate_fields[] = {
    FIELD("interface", INTERFACE, MpLearnedEstimate, interface),
    FIELD("address", ADDRESS, MpLearnedEstimate, address),
    FIELD("state", TARGET_STATE, MpLearnedEstimate, state),
    FIELD("rest-boot-usec", TIME, MpLearnedEstimate, rest_until_us),
    FIELD("answered-boot-usec", TIME, MpLearnedEstimate, answered_us),
    FIELD("average8-usec", SPAN, MpLearnedEstimate, average8_us),
    FIELD("deviation4-usec", SPAN, MpLearnedEstimate, deviation4_us),
    FIELD("samples", U32, MpLearnedEstimate, samples),
};

static gboolean interval_check(const void *data, GError **error)
{
    const MpLearnedInterval *entry = data;

    if (entry->interval_us > 0 && (entry->group == NULL) != (entry->interface == NULL))
        return TRUE;
    g_set_error(error, MP_ERROR, MP_ERROR_FAILED,
                "needs an \"interval-usec\" above 0, and either a \"group\" or an \"interface\"");
    return FALSE;
}

static gboolean target_check(const void *data, GError **error)
{
    const MpLearnedTarget *entry = data;

    if ((entry->group == NULL) != (entry->interface == NULL))
        return TRUE;
    g_set_error(error, MP_ERROR, MP_ERROR_FAILED, "needs either a \"group\" or an \"interface\"");
    return FALSE;
}

static const IpmpdEntryKind kinds[] = {
    {"intervals", interval_fields, G_N_ELEMENTS(interval_fields), sizeof(MpLearnedInterval),
     (GDestroyNotify)mp_learned_interval_free, G_STRUCT_OFFSET(MpLearned, intervals),
     interval_check},
    {"targets", target_fields, G_N_ELEMENTS(target_fields), sizeof(MpLearnedTarget),
     (GDestroyNotify)mp_learned_target_free, G_STRUCT_OFFSET(MpLearned, targets), target_check},
    {"estimates", estimate_fields, G_N_ELEMENTS(estimate_fields), sizeof(MpLearnedEstimate),
     (GDestroyNotify)mp_learned_estimate_free, G_STRUCT_OFFSET(MpLearned, estimates), NULL},
};

char *ipmpd_learned_to_json(const MpLearned *learned, const char *boot_id, gint64 boot_offset_us)
{
    JsonObject *root = json_object_new();
    g_autoptr(JsonNode) node = NULL;

    json_object_set_int_member(root, "version", LEARNED_VERSION);
    json_object_set_string_member(root, "boot-id", boot_id);
    json_object_set_member(root, head_field.name,
                           ipmpd_field_write(&head_field, learned, boot_offset_us));
    ipmpd_entries_write(kinds, G_N_ELEMENTS(kinds), learned, root, boot_offset_us);
    node = json_node_init_object(json_node_alloc(), root);
    json_object_unref(root);
    return json_to_string(node, TRUE);
}

static gboolean age_check(JsonObject *root, MpLearned *learned, gint64 boot_offset_us,
                          gint64 now_us, GError **error)
{
    JsonNode *told = json_object_get_member(root, head_field.name);

    if (told == NULL) {
        g_set_error(error, MP_ERROR, MP_ERROR_FAILED, "\"%s\" is missing", head_field.name);
        return FALSE;
    }
    if (!ipmpd_field_read(&head_field, told, learned, boot_offset_us, error))
        return FALSE;
    if (ABS(now_us - learned->told_us) <= MP_LEARNED_AGE_MAX_US)
        return TRUE;
    g_set_error(error, MP_ERROR, MP_ERROR_FAILED, "it was written %" G_GINT64_FORMAT " s ago",
                ABS(now_us - learned->told_us) / MP_USEC_PER_SEC);
    return FALSE;
}

MpLearned *ipmpd_learned_from_json(const char *text, gsize length, const char *boot_id,
                                   gint64 boot_offset_us, gint64 now_us, GError **error)
{
    g_autoptr(JsonParser) parser = ipmpd_text_parse(text, length, error);
    g_autoptr(MpLearned) learned = mp_learned_new();
    gboolean same_boot = FALSE;
    JsonObject *root = NULL;

    if (parser == NULL)
        return NULL;
    root = json_node_get_object(json_parser_get_root(parser));
    if (!ipmpd_head_read(root, LEARNED_VERSION, boot_id, &same_boot, error) || !same_boot ||
        !age_check(root, learned, boot_offset_us, now_us, error) ||
        !ipmpd_entries_read(kinds, G_N_ELEMENTS(kinds), root, learned, boot_offset_us, error))
        return NULL;
    return g_steal_pointer(&learned);
}
