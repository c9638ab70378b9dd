/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "settings.h"

#include "error.h"

const IpmpdArgument ipmpd_group_settings[] = {IPMPD_GROUP_SETTINGS, {NULL, NULL}};
const IpmpdArgument ipmpd_default_settings[] = {
    {"failure-detection-msec", "u"}, {"failback", "b"}, {"track-ungrouped", "b"},
    {"link-poll-msec", "u"},         {NULL, NULL},
};

typedef enum { KIND_NUMBER, KIND_BOOLEAN, KIND_METHOD, KIND_TARGETS } Kind;

/* Where a setting lives in its struct; the same row sets it and puts it back. */
typedef struct {
    const char *name;
    Kind kind;
    gsize offset;
    gsize inherited; /* offset of the flag, 0 = there is none */
    guint min, max;  /* of a number */
} Setting;

#define AT(member) G_STRUCT_OFFSET(MpGroupConfig, member)

static const Setting group_table[] = {
    {"failure-detection-msec", KIND_NUMBER, AT(failure_detection_ms),
     AT(failure_detection_inherited), MP_FDT_MIN_MS, MP_FDT_MAX_MS},
    {"failback", KIND_BOOLEAN, AT(failback), AT(failback_inherited), 0, 0},
    {"probe-method", KIND_METHOD, AT(probe_method), 0, 0, 0},
    {"probe-targets", KIND_TARGETS, AT(probe_targets), 0, 0, 0},
    {"probe-targets-only", KIND_BOOLEAN, AT(probe_targets_only), 0, 0, 0},
    {"probe-failures", KIND_NUMBER, AT(probe_failures), 0, 1, MP_PROBE_COUNT_MAX},
    {"probe-repairs", KIND_NUMBER, AT(probe_repairs), 0, 1, MP_PROBE_COUNT_MAX},
    {"repair-delay-msec", KIND_NUMBER, AT(repair_delay_ms), 0, 0, MP_REPAIR_DELAY_MAX_MS},
};
G_STATIC_ASSERT(G_N_ELEMENTS(group_table) == G_N_ELEMENTS(ipmpd_group_settings) - 1);

#undef AT
#define AT(member) G_STRUCT_OFFSET(MpDefaults, member)

static const Setting default_table[] = {
    {"failure-detection-msec", KIND_NUMBER, AT(failure_detection_ms), 0, MP_FDT_MIN_MS,
     MP_FDT_MAX_MS},
    {"failback", KIND_BOOLEAN, AT(failback), 0, 0, 0},
    {"track-ungrouped", KIND_BOOLEAN, AT(track_ungrouped), 0, 0, 0},
    {"link-poll-msec", KIND_NUMBER, AT(link_poll_ms), 0, 0, MP_LINK_POLL_MAX_MS},
};
G_STATIC_ASSERT(G_N_ELEMENTS(default_table) == G_N_ELEMENTS(ipmpd_default_settings) - 1);

#undef AT

typedef struct {
    const Setting *rows;
    guint n_rows;
} Table;

static gboolean set_number(const Setting *row, gpointer base, GVariant *value, GError **error)
{
    guint number = g_variant_get_uint32(value);

    if (number < row->min || number > row->max) {
        g_set_error(error, MP_ERROR, MP_ERROR_INVALID_ARGUMENT, "%s: %u is not in %u to %u",
                    row->name, number, row->min, row->max);
        return FALSE;
    }
    G_STRUCT_MEMBER(guint, base, row->offset) = number;
    return TRUE;
}

static gboolean set_method(const Setting *row, gpointer base, GVariant *value, GError **error)
{
    const char *word = g_variant_get_string(value, NULL);

    if (!mp_probe_method_from_string(word, &G_STRUCT_MEMBER(MpProbeMethod, base, row->offset))) {
        g_set_error(error, MP_ERROR, MP_ERROR_INVALID_ARGUMENT,
                    "%s: \"%s\" is none of auto, icmp, arp, none", row->name, word);
        return FALSE;
    }
    return TRUE;
}

static void replace_array(GArray **slot, GArray *array)
{
    g_clear_pointer(slot, g_array_unref);
    *slot = array;
}

static gboolean set_targets(const Setting *row, gpointer base, GVariant *value, GError **error)
{
    GArray *targets;

    if (g_variant_n_children(value) > MP_GROUP_TARGETS_MAX) {
        g_set_error(error, MP_ERROR, MP_ERROR_LIMIT_REACHED,
                    "%s: %" G_GSIZE_FORMAT " addresses, at most %u are allowed", row->name,
                    g_variant_n_children(value), (guint)MP_GROUP_TARGETS_MAX);
        return FALSE;
    }
    targets = ipmpd_arguments_parse_addresses(value, MP_PREFIX_FORBIDDEN, error);
    if (targets == NULL) {
        g_prefix_error(error, "%s: ", row->name);
        return FALSE;
    }
    replace_array(&G_STRUCT_MEMBER(GArray *, base, row->offset), targets);
    return TRUE;
}

static gboolean setting_set(const Setting *row, gpointer base, GVariant *value, GError **error)
{
    if (row->inherited != 0)
        G_STRUCT_MEMBER(gboolean, base, row->inherited) = FALSE;
    switch (row->kind) {
    case KIND_NUMBER:
        return set_number(row, base, value, error);
    case KIND_BOOLEAN:
        G_STRUCT_MEMBER(gboolean, base, row->offset) = g_variant_get_boolean(value);
        return TRUE;
    case KIND_METHOD:
        return set_method(row, base, value, error);
    case KIND_TARGETS:
        return set_targets(row, base, value, error);
    }
    g_return_val_if_reached(FALSE);
}

/* `fresh` is what nobody has configured. */
static void setting_reset(const Setting *row, gpointer base, gpointer fresh)
{
    if (row->inherited != 0)
        G_STRUCT_MEMBER(gboolean, base, row->inherited) = TRUE;
    switch (row->kind) {
    case KIND_NUMBER:
        G_STRUCT_MEMBER(guint, base, row->offset) = G_STRUCT_MEMBER(guint, fresh, row->offset);
        break;
    case KIND_BOOLEAN:
        G_STRUCT_MEMBER(gboolean, base, row->offset) =
            G_STRUCT_MEMBER(gboolean, fresh, row->offset);
        break;
    case KIND_METHOD:
        G_STRUCT_MEMBER(MpProbeMethod, base, row->offset) =
            G_STRUCT_MEMBER(MpProbeMethod, fresh, row->offset);
        break;
    case KIND_TARGETS:
        replace_array(&G_STRUCT_MEMBER(GArray *, base, row->offset),
                      g_array_new(FALSE, TRUE, sizeof(MpAddress)));
        break;
    }
}

static const Setting *table_find(Table table, const char *name)
{
    for (guint i = 0; i < table.n_rows; i++) {
        if (g_str_equal(table.rows[i].name, name))
            return &table.rows[i];
    }
    return NULL;
}

static gboolean reset_refuse(Table table, const char *name, GError **error)
{
    GString *names = g_string_new(NULL);

    for (guint i = 0; i < table.n_rows; i++)
        g_string_append_printf(names, "%s%s", i == 0 ? "" : ", ", table.rows[i].name);
    g_set_error(error, MP_ERROR, MP_ERROR_INVALID_ARGUMENT,
                "reset: \"%s\" is no setting; allowed here: %s", name, names->str);
    g_string_free(names, TRUE);
    return FALSE;
}

static gboolean table_reset(Table table, gpointer base, gpointer fresh, const char *const *reset,
                            GVariant *settings, GError **error)
{
    for (guint i = 0; reset != NULL && reset[i] != NULL; i++) {
        const Setting *row = table_find(table, reset[i]);
        g_autoptr(GVariant) value = g_variant_lookup_value(settings, reset[i], NULL);

        if (row == NULL)
            return reset_refuse(table, reset[i], error);
        if (value != NULL) {
            g_set_error(error, MP_ERROR, MP_ERROR_INVALID_ARGUMENT,
                        "\"%s\" cannot be set and reset at once", reset[i]);
            return FALSE;
        }
        setting_reset(row, base, fresh);
    }
    return TRUE;
}

static gboolean table_set(Table table, gpointer base, GVariant *settings, GError **error)
{
    for (guint i = 0; i < table.n_rows; i++) {
        g_autoptr(GVariant) value = g_variant_lookup_value(settings, table.rows[i].name, NULL);

        if (value != NULL && !setting_set(&table.rows[i], base, value, error))
            return FALSE;
    }
    return TRUE;
}

gboolean ipmpd_settings_apply_to_group(MpGroupConfig *group, GVariant *settings,
                                       const char *const *reset, const MpDefaults *defaults,
                                       GError **error)
{
    g_autoptr(MpGroupConfig) fresh = mp_group_config_new(group->name, defaults);
    Table table = {group_table, G_N_ELEMENTS(group_table)};

    return table_reset(table, group, fresh, reset, settings, error) &&
           table_set(table, group, settings, error);
}

gboolean ipmpd_settings_apply_to_defaults(MpDefaults *defaults, GVariant *settings,
                                          const char *const *reset, GError **error)
{
    MpDefaults fresh = mp_defaults_new();
    Table table = {default_table, G_N_ELEMENTS(default_table)};

    return table_reset(table, defaults, &fresh, reset, settings, error) &&
           table_set(table, defaults, settings, error);
}
