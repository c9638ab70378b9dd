/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "describe.h"

#include "names.h"
#include <json-glib/json-glib.h>

/* A hyphen where a capital follows a small letter: the units USec and MSec stay one word. */
static char *key_from_property(const char *property)
{
    GString *key = g_string_new(NULL);

    for (const char *p = property; *p != '\0'; p++) {
        if (p > property && g_ascii_isupper(p[0]) && g_ascii_islower(p[-1]))
            g_string_append_c(key, '-');
        g_string_append_c(key, g_ascii_tolower(*p));
    }
    return g_string_free(key, FALSE);
}

static JsonNode *node_from_path(const char *path)
{
    g_autofree char *name = ipmpd_path_to_name(path);

    if (name == NULL) /* "/": nowhere */
        return json_node_new(JSON_NODE_NULL);
    return json_node_init_string(json_node_alloc(), name);
}

static JsonNode *node_from_value(GVariant *value);

static JsonNode *node_take_array(JsonArray *array)
{
    JsonNode *node = json_node_init_array(json_node_alloc(), array);

    json_array_unref(array);
    return node;
}

static JsonNode *node_from_array(GVariant *value)
{
    JsonArray *array = json_array_new();

    for (gsize i = 0; i < g_variant_n_children(value); i++) {
        g_autoptr(GVariant) child = g_variant_get_child_value(value, i);
        json_array_add_element(array, node_from_value(child));
    }
    return node_take_array(array);
}

static void object_add(JsonObject *object, GVariant *dictionary)
{
    for (gsize i = 0; i < g_variant_n_children(dictionary); i++) {
        g_autoptr(GVariant) value = NULL;
        g_autofree char *key = NULL;
        const char *name;

        g_variant_get_child(dictionary, i, "{&sv}", &name, &value);
        key = key_from_property(name);
        json_object_set_member(object, key, node_from_value(value));
    }
}

static JsonNode *node_take_object(JsonObject *object)
{
    JsonNode *node = json_node_init_object(json_node_alloc(), object);

    json_object_unref(object);
    return node;
}

static JsonNode *node_from_dictionary(GVariant *value)
{
    JsonObject *object = json_object_new();

    object_add(object, value);
    return node_take_object(object);
}

static JsonNode *node_from_value(GVariant *value)
{
    if (g_variant_is_of_type(value, G_VARIANT_TYPE_OBJECT_PATH))
        return node_from_path(g_variant_get_string(value, NULL));
    if (g_variant_is_of_type(value, G_VARIANT_TYPE_VARDICT))
        return node_from_dictionary(value);
    if (g_variant_is_of_type(value, G_VARIANT_TYPE_ARRAY))
        return node_from_array(value);
    return json_gvariant_serialize(value);
}

static JsonNode *node_from_objects(const GPtrArray *skeletons)
{
    JsonArray *array = json_array_new();

    for (guint i = 0; i < skeletons->len; i++) {
        g_autoptr(GVariant) properties =
            g_dbus_interface_skeleton_get_properties(skeletons->pdata[i]);
        json_array_add_element(array, node_from_dictionary(properties));
    }
    return node_take_array(array);
}

char *ipmpd_describe(GDBusInterfaceSkeleton *manager, const GPtrArray *groups,
                     const GPtrArray *interfaces)
{
    g_autoptr(GVariant) properties = g_dbus_interface_skeleton_get_properties(manager);
    JsonObject *object = json_object_new();
    g_autoptr(JsonNode) root = NULL;

    object_add(object, properties);
    json_object_set_member(object, "groups", node_from_objects(groups));
    json_object_set_member(object, "interfaces", node_from_objects(interfaces));
    root = node_take_object(object);
    return json_to_string(root, TRUE);
}
