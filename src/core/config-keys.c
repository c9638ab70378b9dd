/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config-keys.h"

#include "config-file.h"
#include "error.h"

#define VALUE(type, values, offset) G_STRUCT_MEMBER(type, (gpointer)(values), offset)

const MpKey mp_defaults_keys[] = {
    {"FailureDetectionTime", MP_KEY_DURATION, G_STRUCT_OFFSET(MpDefaults, failure_detection_ms), 0,
     MP_FDT_MIN_MS, MP_FDT_MAX_MS},
    {"Failback", MP_KEY_BOOLEAN, G_STRUCT_OFFSET(MpDefaults, failback)},
    {"TrackUngroupedInterfaces", MP_KEY_BOOLEAN, G_STRUCT_OFFSET(MpDefaults, track_ungrouped)},
    {"LinkPollInterval", MP_KEY_DURATION, G_STRUCT_OFFSET(MpDefaults, link_poll_ms), 0, 0,
     MP_LINK_POLL_MAX_MS},
    {"Anchor", MP_KEY_BOOLEAN, G_STRUCT_OFFSET(MpDefaults, anchor)},
    {NULL},
};

const MpKey mp_group_keys[] = {
    {"FailureDetectionTime", MP_KEY_DURATION, G_STRUCT_OFFSET(MpGroupConfig, failure_detection_ms),
     G_STRUCT_OFFSET(MpGroupConfig, failure_detection_inherited), MP_FDT_MIN_MS, MP_FDT_MAX_MS},
    {"Failback", MP_KEY_BOOLEAN, G_STRUCT_OFFSET(MpGroupConfig, failback),
     G_STRUCT_OFFSET(MpGroupConfig, failback_inherited)},
    {"ProbeMethod", MP_KEY_METHOD, G_STRUCT_OFFSET(MpGroupConfig, probe_method)},
    {"ProbeTargets", MP_KEY_TARGETS, G_STRUCT_OFFSET(MpGroupConfig, probe_targets)},
    {"ProbeTargetsOnly", MP_KEY_BOOLEAN, G_STRUCT_OFFSET(MpGroupConfig, probe_targets_only)},
    {"ProbeFailures", MP_KEY_COUNT, G_STRUCT_OFFSET(MpGroupConfig, probe_failures), 0, 1,
     MP_PROBE_COUNT_MAX},
    {"ProbeRepairs", MP_KEY_COUNT, G_STRUCT_OFFSET(MpGroupConfig, probe_repairs), 0, 1,
     MP_PROBE_COUNT_MAX},
    {"RepairDelay", MP_KEY_DURATION, G_STRUCT_OFFSET(MpGroupConfig, repair_delay_ms), 0, 0,
     MP_REPAIR_DELAY_MAX_MS},
    {"Addresses", MP_KEY_DATA, G_STRUCT_OFFSET(MpGroupConfig, addresses)},
    {NULL},
};

const MpKey mp_interface_keys[] = {
    {"Standby", MP_KEY_BOOLEAN, G_STRUCT_OFFSET(MpInterfaceConfig, standby)},
    {"TestAddresses", MP_KEY_TEST, G_STRUCT_OFFSET(MpInterfaceConfig, test_addresses)},
    {"Addresses", MP_KEY_DATA, G_STRUCT_OFFSET(MpInterfaceConfig, addresses)},
    {"HardwareAddress", MP_KEY_HARDWARE, G_STRUCT_OFFSET(MpInterfaceConfig, hardware_address)},
    {NULL},
};

const MpKey *mp_key_find(const MpKey *keys, const char *name)
{
    for (; keys->name != NULL; keys++) {
        if (g_str_equal(keys->name, name))
            return keys;
    }
    return NULL;
}

gboolean mp_key_is_list(const MpKey *key)
{
    return key->type >= MP_KEY_DATA;
}

GArray *mp_key_list(const MpKey *key, gconstpointer values)
{
    return VALUE(GArray *, values, key->offset);
}

static gboolean duration_assign(const MpKey *key, guint *out, const char *text, GError **error)
{
    g_autofree char *low = mp_duration_format(key->min);
    g_autofree char *high = mp_duration_format(key->max);
    guint ms = 0;

    if (!mp_duration_parse(text, &ms, error))
        return FALSE;
    if (ms < key->min || ms > key->max) {
        g_set_error(error, MP_ERROR, MP_ERROR_INVALID_ARGUMENT, "out of range; allowed is %s to %s",
                    low, high);
        return FALSE;
    }
    *out = ms;
    return TRUE;
}

static gboolean count_assign(const MpKey *key, guint *out, const char *text, GError **error)
{
    guint64 count;

    if (!g_ascii_string_to_unsigned(text, 10, key->min, key->max, &count, NULL)) {
        g_autofree char *excerpt = mp_error_excerpt(text);

        g_set_error(error, MP_ERROR, MP_ERROR_INVALID_ARGUMENT,
                    "\"%s\" is not a number from %u to %u, which is what is allowed", excerpt,
                    key->min, key->max);
        return FALSE;
    }
    *out = (guint)count;
    return TRUE;
}

static gboolean method_assign(MpProbeMethod *out, const char *text, GError **error)
{
    g_autofree char *excerpt = NULL;

    if (mp_probe_method_from_string(text, out))
        return TRUE;
    excerpt = mp_error_excerpt(text);
    g_set_error(error, MP_ERROR, MP_ERROR_INVALID_ARGUMENT,
                "\"%s\" is not a probe method; allowed are auto, icmp, arp, none", excerpt);
    return FALSE;
}

static gboolean hardware_assign(char **out, const char *text, GError **error)
{
    char *hardware = mp_hardware_address_parse(text, error);

    if (hardware == NULL)
        return FALSE;
    g_free(*out);
    *out = hardware;
    return TRUE;
}

static gboolean word_read(const MpKey *key, const char *word, MpAddress *out, GError **error)
{
    switch (key->type) {
    case MP_KEY_TEST:
        return mp_address_parse(word, MP_PREFIX_REQUIRED, out, error) &&
               mp_address_check_test(out, error);
    case MP_KEY_TARGETS:
        return mp_address_parse(word, MP_PREFIX_FORBIDDEN, out, error) &&
               mp_address_check_target(out, error);
    default:
        return mp_address_parse_data(word, out, error);
    }
}

gboolean mp_key_read_list(const MpKey *key, const char *text, GArray *list, GError **error)
{
    g_auto(GStrv) words = g_strsplit_set(text, " \t\r\v\f", -1);

    for (gsize i = 0; words[i] != NULL; i++) {
        MpAddress address;

        if (*words[i] == '\0')
            continue;
        if (!word_read(key, words[i], &address, error))
            return FALSE;
        g_array_append_val(list, address);
    }
    return TRUE;
}

static gboolean list_assign(const MpKey *key, GArray *list, const char *text, GError **error)
{
    if (*text == '\0')
        g_array_set_size(list, 0);
    return mp_key_read_list(key, text, list, error);
}

static gboolean value_assign(const MpKey *key, gpointer values, const char *text, GError **error)
{
    switch (key->type) {
    case MP_KEY_BOOLEAN:
        return mp_boolean_parse(text, &VALUE(gboolean, values, key->offset), error);
    case MP_KEY_DURATION:
        return duration_assign(key, &VALUE(guint, values, key->offset), text, error);
    case MP_KEY_COUNT:
        return count_assign(key, &VALUE(guint, values, key->offset), text, error);
    case MP_KEY_METHOD:
        return method_assign(&VALUE(MpProbeMethod, values, key->offset), text, error);
    case MP_KEY_HARDWARE:
        return hardware_assign(&VALUE(char *, values, key->offset), text, error);
    default:
        return list_assign(key, mp_key_list(key, values), text, error);
    }
}

gboolean mp_key_assign(const MpKey *key, gpointer values, const char *text, GError **error)
{
    if (!value_assign(key, values, text, error))
        return FALSE;
    if (key->inherited != 0)
        VALUE(gboolean, values, key->inherited) = FALSE;
    return TRUE;
}

static gboolean value_equal(const MpKey *key, gconstpointer a, gconstpointer b)
{
    switch (key->type) {
    case MP_KEY_BOOLEAN:
        return !VALUE(gboolean, a, key->offset) == !VALUE(gboolean, b, key->offset);
    case MP_KEY_DURATION:
    case MP_KEY_COUNT:
        return VALUE(guint, a, key->offset) == VALUE(guint, b, key->offset);
    case MP_KEY_METHOD:
        return VALUE(MpProbeMethod, a, key->offset) == VALUE(MpProbeMethod, b, key->offset);
    case MP_KEY_HARDWARE:
        return g_strcmp0(VALUE(char *, a, key->offset), VALUE(char *, b, key->offset)) == 0;
    default:
        return mp_addresses_equal(mp_key_list(key, a), mp_key_list(key, b));
    }
}

gboolean mp_key_equal(const MpKey *key, gconstpointer a, gconstpointer b)
{
    if (key->inherited != 0) {
        gboolean inherited_a = VALUE(gboolean, a, key->inherited);
        gboolean inherited_b = VALUE(gboolean, b, key->inherited);

        if (inherited_a || inherited_b)
            return !inherited_a == !inherited_b;
    }
    return value_equal(key, a, b);
}

char *mp_key_format(const MpKey *key, gconstpointer values)
{
    switch (key->type) {
    case MP_KEY_BOOLEAN:
        return g_strdup(VALUE(gboolean, values, key->offset) ? "yes" : "no");
    case MP_KEY_DURATION:
        return mp_duration_format(VALUE(guint, values, key->offset));
    case MP_KEY_COUNT:
        return g_strdup_printf("%u", VALUE(guint, values, key->offset));
    case MP_KEY_METHOD:
        return g_strdup(mp_probe_method_to_string(VALUE(MpProbeMethod, values, key->offset)));
    default:
        return g_strdup(VALUE(char *, values, key->offset));
    }
}

char *mp_key_format_word(const MpKey *key, const MpAddress *address)
{
    char buf[MP_ADDRESS_STRING_MAX];

    return g_strdup(key->type == MP_KEY_TARGETS ? mp_address_format_host(address, buf)
                                                : mp_address_format(address, buf));
}
