/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "record-fields.h"

#include "error.h"
#include "escape.h"
#include <string.h>

#define SPAN_MAX_US 1000000000000 /* eleven days */

typedef JsonNode *(*WriteFunc)(const void *at, gint64 boot_offset_us);
/* On FALSE *problem says what would have been right. */
typedef gboolean (*ReadFunc)(JsonNode *node, void *at, gint64 boot_offset_us, const char **problem);

static JsonNode *node_of_int(gint64 value)
{
    return json_node_init_int(json_node_alloc(), value);
}

static JsonNode *node_of_string(const char *value)
{
    return json_node_init_string(json_node_alloc(), value);
}

static JsonNode *node_of_null(void)
{
    return json_node_init_null(json_node_alloc());
}

/* json-glib takes octal escapes, which JSON has not, for bytes: what is no text then could not be
 * read again once it is written. */
static const char *node_string(JsonNode *node)
{
    const char *text =
        JSON_NODE_HOLDS_VALUE(node) && json_node_get_value_type(node) == G_TYPE_STRING
            ? json_node_get_string(node)
            : NULL;

    return text != NULL && g_utf8_validate(text, -1, NULL) ? text : NULL;
}

static gboolean node_int(JsonNode *node, gint64 min, gint64 max, gint64 *out)
{
    gint64 value;

    if (!JSON_NODE_HOLDS_VALUE(node) || json_node_get_value_type(node) != G_TYPE_INT64)
        return FALSE;
    value = json_node_get_int(node);
    if (value < min || value > max)
        return FALSE;
    *out = value;
    return TRUE;
}

/* Numbers */

static JsonNode *bool_write(const void *at, gint64 boot_offset_us)
{
    return json_node_init_boolean(json_node_alloc(), *(const gboolean *)at);
}

static gboolean bool_read(JsonNode *node, void *at, gint64 boot_offset_us, const char **problem)
{
    *problem = "must be true or false";
    if (!JSON_NODE_HOLDS_VALUE(node) || json_node_get_value_type(node) != G_TYPE_BOOLEAN)
        return FALSE;
    *(gboolean *)at = json_node_get_boolean(node);
    return TRUE;
}

static JsonNode *u8_write(const void *at, gint64 boot_offset_us)
{
    return node_of_int(*(const guint8 *)at);
}

static gboolean u8_read(JsonNode *node, void *at, gint64 boot_offset_us, const char **problem)
{
    gint64 value;

    *problem = "must be a whole number from 0 to 255";
    if (!node_int(node, 0, G_MAXUINT8, &value))
        return FALSE;
    *(guint8 *)at = (guint8)value;
    return TRUE;
}

static JsonNode *u16_write(const void *at, gint64 boot_offset_us)
{
    return node_of_int(*(const guint16 *)at);
}

static gboolean u16_read(JsonNode *node, void *at, gint64 boot_offset_us, const char **problem)
{
    gint64 value;

    *problem = "must be a whole number from 0 to 65535";
    if (!node_int(node, 0, G_MAXUINT16, &value))
        return FALSE;
    *(guint16 *)at = (guint16)value;
    return TRUE;
}

static JsonNode *u32_write(const void *at, gint64 boot_offset_us)
{
    return node_of_int(*(const guint32 *)at);
}

static gboolean u32_read(JsonNode *node, void *at, gint64 boot_offset_us, const char **problem)
{
    gint64 value;

    *problem = "must be a whole number from 0 to 4294967295";
    if (!node_int(node, 0, G_MAXUINT32, &value))
        return FALSE;
    *(guint32 *)at = (guint32)value;
    return TRUE;
}

static JsonNode *int_write(const void *at, gint64 boot_offset_us)
{
    return node_of_int(*(const gint *)at);
}

static gboolean int_read(JsonNode *node, void *at, gint64 boot_offset_us, const char **problem)
{
    gint64 value;

    *problem = "must be a whole number from -2147483648 to 2147483647";
    if (!node_int(node, G_MININT, G_MAXINT, &value))
        return FALSE;
    *(gint *)at = (gint)value;
    return TRUE;
}

static JsonNode *time_write(const void *at, gint64 boot_offset_us)
{
    return node_of_int(*(const gint64 *)at + boot_offset_us);
}

static gboolean time_read(JsonNode *node, void *at, gint64 boot_offset_us, const char **problem)
{
    gint64 value;

    /* Bounded to a hundred thousand years, so that no sum of times can overflow. */
    *problem = "must be a time in microseconds since the start of the host";
    if (!node_int(node, -(G_MAXINT64 >> 2), G_MAXINT64 >> 2, &value))
        return FALSE;
    *(gint64 *)at = value - boot_offset_us;
    return TRUE;
}

static JsonNode *span_write(const void *at, gint64 boot_offset_us)
{
    return node_of_int(*(const gint64 *)at);
}

static gboolean span_read(JsonNode *node, void *at, gint64 boot_offset_us, const char **problem)
{
    *problem = "must be a number of microseconds from 0 to " G_STRINGIFY(SPAN_MAX_US);
    return node_int(node, 0, SPAN_MAX_US, at);
}

static JsonNode *metrics_write(const void *at, gint64 boot_offset_us)
{
    const guint32 *metrics = at;
    g_autoptr(JsonArray) array = json_array_sized_new(MP_RTAX_MAX);

    for (guint i = 0; i < MP_RTAX_MAX; i++)
        json_array_add_int_element(array, metrics[i]);
    return json_node_init_array(json_node_alloc(), array);
}

static gboolean metrics_read(JsonNode *node, void *at, gint64 boot_offset_us, const char **problem)
{
    guint32 *metrics = at;
    gint64 value = 0;

    *problem = "must be a list of " G_STRINGIFY(MP_RTAX_MAX) " numbers from 0 to 4294967295";
    if (!JSON_NODE_HOLDS_ARRAY(node) ||
        json_array_get_length(json_node_get_array(node)) != MP_RTAX_MAX)
        return FALSE;
    for (guint i = 0; i < MP_RTAX_MAX; i++) {
        if (!node_int(json_array_get_element(json_node_get_array(node), i), 0, G_MAXUINT32, &value))
            return FALSE;
        metrics[i] = (guint32)value;
    }
    return TRUE;
}

static MpNexthop *nexthop_of(const void *at)
{
    return (MpNexthop *)((char *)at - G_STRUCT_OFFSET(MpNexthop, n_members));
}

static JsonNode *hops_write(const void *at, gint64 boot_offset_us)
{
    const MpNexthop *nexthop = nexthop_of(at);
    g_autoptr(JsonArray) array = json_array_new();

    for (guint i = 0; i < nexthop->n_members; i++) {
        json_array_add_int_element(array, nexthop->members[i].id);
        json_array_add_int_element(array, nexthop->members[i].weight);
    }
    return json_node_init_array(json_node_alloc(), array);
}

static gboolean hops_read(JsonNode *node, void *at, gint64 boot_offset_us, const char **problem)
{
    MpNexthop *nexthop = nexthop_of(at);
    JsonArray *array = JSON_NODE_HOLDS_ARRAY(node) ? json_node_get_array(node) : NULL;
    guint length = array != NULL ? json_array_get_length(array) : 1;

    *problem = "must be a list of numbers from 1 on, each with a weight from 1 to 65535 behind it";
    if (length % 2 != 0 || length / 2 > MP_NEXTHOP_MEMBERS_MAX)
        return FALSE;
    for (guint i = 0; i < length; i += 2) {
        gint64 id, weight;

        if (!node_int(json_array_get_element(array, i), 1, G_MAXUINT32, &id) ||
            !node_int(json_array_get_element(array, i + 1), 1, G_MAXUINT16, &weight))
            return FALSE;
        nexthop->members[i / 2].id = (guint32)id;
        nexthop->members[i / 2].weight = (guint16)weight;
    }
    nexthop->n_members = length / 2;
    return TRUE;
}

/* Addresses */

static JsonNode *address_write(const void *at, gint64 boot_offset_us)
{
    char text[MP_ADDRESS_STRING_MAX];

    if (mp_address_is_none(at))
        return node_of_null();
    return node_of_string(mp_address_format(at, text));
}

static gboolean address_read(JsonNode *node, void *at, gint64 boot_offset_us, const char **problem)
{
    const char *text = node_string(node);

    *problem = "must be an address with its prefix length, as in \"192.0.2.1/24\"";
    return text != NULL && mp_address_parse(text, MP_PREFIX_REQUIRED, at, NULL);
}

static gboolean address_or_null_read(JsonNode *node, void *at, gint64 boot_offset_us,
                                     const char **problem)
{
    if (!JSON_NODE_HOLDS_NULL(node) && !address_read(node, at, boot_offset_us, problem)) {
        *problem = "must be null or an address with its prefix length, as in \"192.0.2.1/24\"";
        return FALSE;
    }
    return TRUE;
}

/* There may be a hundred thousand of them: one text costs less than as many values. */
static JsonNode *addresses_write(const void *at, gint64 boot_offset_us)
{
    const GArray *list = *(GArray *const *)at;
    g_autoptr(GString) text = g_string_new(NULL);
    char address[MP_ADDRESS_STRING_MAX];

    for (guint i = 0; list != NULL && i < list->len; i++) {
        if (i > 0)
            g_string_append_c(text, ' ');
        g_string_append(text, mp_address_format(&g_array_index(list, MpAddress, i), address));
    }
    return node_of_string(text->str);
}

static gboolean addresses_read(JsonNode *node, void *at, gint64 boot_offset_us,
                               const char **problem)
{
    const char *text = node_string(node);
    g_auto(GStrv) words = text != NULL ? g_strsplit(text, " ", -1) : NULL;
    g_autoptr(GArray) list = g_array_new(FALSE, FALSE, sizeof(MpAddress));

    *problem = "must be addresses with their prefix lengths and one space between two";
    for (guint i = 0; words != NULL && words[i] != NULL; i++) {
        MpAddress address;

        if (!mp_address_parse(words[i], MP_PREFIX_REQUIRED, &address, NULL))
            return FALSE;
        g_array_append_val(list, address);
    }
    if (list->len > 0)
        *(GArray **)at = g_steal_pointer(&list);
    return text != NULL;
}

static JsonNode *broadcast_write(const void *at, gint64 boot_offset_us)
{
    MpAddress address = {.family = MP_IPV4, .prefix = 32};
    char text[MP_ADDRESS_STRING_MAX];

    memcpy(address.bytes, at, 4);
    return node_of_string(mp_address_format_host(&address, text));
}

static gboolean broadcast_read(JsonNode *node, void *at, gint64 boot_offset_us,
                               const char **problem)
{
    const char *text = node_string(node);
    MpAddress address;

    *problem = "must be an IPv4 address, as in \"192.0.2.255\"";
    if (text == NULL || !mp_address_parse(text, MP_PREFIX_FORBIDDEN, &address, NULL) ||
        address.family != MP_IPV4)
        return FALSE;
    memcpy(at, address.bytes, 4);
    return TRUE;
}

/* Words */

static JsonNode *name_write(const void *at, gint64 boot_offset_us)
{
    const char *name = *(const char *const *)at;

    return name != NULL ? node_of_string(name) : node_of_null();
}

static gboolean group_read(JsonNode *node, void *at, gint64 boot_offset_us, const char **problem)
{
    const char *text = node_string(node);

    *problem = "must be the name of a group";
    if (text == NULL || !mp_group_name_is_valid(text))
        return FALSE;
    *(char **)at = g_strdup(text);
    return TRUE;
}

static gboolean group_or_null_read(JsonNode *node, void *at, gint64 boot_offset_us,
                                   const char **problem)
{
    if (!JSON_NODE_HOLDS_NULL(node) && !group_read(node, at, boot_offset_us, problem)) {
        *problem = "must be null or the name of a group";
        return FALSE;
    }
    return TRUE;
}

static gboolean interface_read(JsonNode *node, void *at, gint64 boot_offset_us,
                               const char **problem)
{
    const char *text = node_string(node);

    *problem = "must be the name of an interface";
    if (text == NULL || !mp_interface_name_is_valid(text))
        return FALSE;
    *(char **)at = g_strdup(text);
    return TRUE;
}

static gboolean interface_or_null_read(JsonNode *node, void *at, gint64 boot_offset_us,
                                       const char **problem)
{
    if (!JSON_NODE_HOLDS_NULL(node) && !interface_read(node, at, boot_offset_us, problem)) {
        *problem = "must be null or the name of an interface";
        return FALSE;
    }
    return TRUE;
}

/* Other programs label their addresses as they like, not always in UTF-8. */
static JsonNode *label_write(const void *at, gint64 boot_offset_us)
{
    g_autofree char *label = g_strndup(at, sizeof((MpIfaddr *)NULL)->label - 1);
    g_autofree char *text = g_strescape(label, NULL);

    return node_of_string(text);
}

static gboolean label_read(JsonNode *node, void *at, gint64 boot_offset_us, const char **problem)
{
    const char *text = node_string(node);
    g_autofree char *label = NULL;

    *problem = "must be a label of at most 15 bytes";
    if (text == NULL || !g_str_is_ascii(text))
        return FALSE;
    label = ipmpd_unescape(text);
    return label != NULL &&
           g_strlcpy(at, label, sizeof((MpIfaddr *)NULL)->label) < sizeof((MpIfaddr *)NULL)->label;
}

static JsonNode *source_write(const void *at, gint64 boot_offset_us)
{
    return node_of_string(mp_address_source_to_string(*(const MpAddressSource *)at));
}

static gboolean source_read(JsonNode *node, void *at, gint64 boot_offset_us, const char **problem)
{
    const char *text = node_string(node);

    *problem = "must be \"config\" or \"adopted\"";
    return text != NULL && mp_address_source_from_string(text, at);
}

static JsonNode *target_source_write(const void *at, gint64 boot_offset_us)
{
    return node_of_string(mp_target_source_to_string(*(const MpTargetSource *)at));
}

static gboolean target_source_read(JsonNode *node, void *at, gint64 boot_offset_us,
                                   const char **problem)
{
    const char *text = node_string(node);

    *problem = "must be a source of targets, as \"router\"";
    for (guint i = 0; text != NULL && i < MP_N_TARGET_SOURCES; i++) {
        if (strcmp(text, mp_target_source_to_string(i)) != 0)
            continue;
        *(MpTargetSource *)at = i;
        return TRUE;
    }
    return FALSE;
}

static JsonNode *target_state_write(const void *at, gint64 boot_offset_us)
{
    return node_of_string(mp_target_state_to_string(*(const MpTargetState *)at));
}

static gboolean target_state_read(JsonNode *node, void *at, gint64 boot_offset_us,
                                  const char **problem)
{
    const char *text = node_string(node);

    *problem = "must be a state of a target, as \"active\"";
    for (guint i = 0; text != NULL && i < MP_N_TARGET_STATES; i++) {
        if (strcmp(text, mp_target_state_to_string(i)) != 0)
            continue;
        *(MpTargetState *)at = i;
        return TRUE;
    }
    return FALSE;
}

static JsonNode *sysctl_write(const void *at, gint64 boot_offset_us)
{
    return node_of_string(mp_sysctl_to_string(*(const MpSysctl *)at));
}

static gboolean sysctl_read(JsonNode *node, void *at, gint64 boot_offset_us, const char **problem)
{
    const char *text = node_string(node);

    *problem = "must be the name of a setting of the kernel that is changed for members";
    return text != NULL && mp_sysctl_from_string(text, at);
}

static const struct {
    WriteFunc write;
    ReadFunc read;
} field_funcs[] = {
    [IPMPD_FIELD_BOOL] = {bool_write, bool_read},
    [IPMPD_FIELD_U8] = {u8_write, u8_read},
    [IPMPD_FIELD_U16] = {u16_write, u16_read},
    [IPMPD_FIELD_U32] = {u32_write, u32_read},
    [IPMPD_FIELD_INT] = {int_write, int_read},
    [IPMPD_FIELD_TIME] = {time_write, time_read},
    [IPMPD_FIELD_SPAN] = {span_write, span_read},
    [IPMPD_FIELD_ADDRESS] = {address_write, address_read},
    [IPMPD_FIELD_ADDRESS_OR_NULL] = {address_write, address_or_null_read},
    [IPMPD_FIELD_GROUP] = {name_write, group_read},
    [IPMPD_FIELD_GROUP_OR_NULL] = {name_write, group_or_null_read},
    [IPMPD_FIELD_INTERFACE] = {name_write, interface_read},
    [IPMPD_FIELD_INTERFACE_OR_NULL] = {name_write, interface_or_null_read},
    [IPMPD_FIELD_LABEL] = {label_write, label_read},
    [IPMPD_FIELD_BROADCAST] = {broadcast_write, broadcast_read},
    [IPMPD_FIELD_METRICS] = {metrics_write, metrics_read},
    [IPMPD_FIELD_ADDRESSES] = {addresses_write, addresses_read},
    [IPMPD_FIELD_HOPS] = {hops_write, hops_read},
    [IPMPD_FIELD_SOURCE] = {source_write, source_read},
    [IPMPD_FIELD_SYSCTL] = {sysctl_write, sysctl_read},
    [IPMPD_FIELD_TARGET_SOURCE] = {target_source_write, target_source_read},
    [IPMPD_FIELD_TARGET_STATE] = {target_state_write, target_state_read},
};
G_STATIC_ASSERT(G_N_ELEMENTS(field_funcs) == IPMPD_N_FIELD_KINDS);

JsonNode *ipmpd_field_write(const IpmpdField *field, const void *entry, gint64 boot_offset_us)
{
    return field_funcs[field->kind].write(G_STRUCT_MEMBER_P(entry, field->offset), boot_offset_us);
}

gboolean ipmpd_field_read(const IpmpdField *field, JsonNode *node, void *entry,
                          gint64 boot_offset_us, GError **error)
{
    void *at = G_STRUCT_MEMBER_P(entry, field->offset);
    const char *problem = NULL;

    if (field_funcs[field->kind].read(node, at, boot_offset_us, &problem))
        return TRUE;
    g_set_error(error, MP_ERROR, MP_ERROR_FAILED, "\"%s\" %s", field->name, problem);
    return FALSE;
}
