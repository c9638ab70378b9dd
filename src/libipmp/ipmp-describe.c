/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Properties as plain dictionaries, for programs that pass them on. */
#include "ipmp-private.h"

/* "StateSinceUSec" -> "state-since-usec": a hyphen where a capital follows a small letter, and none
 * inside the units, which are written USec and MSec. */
static char *key_of_property(const char *property)
{
    GString *key = g_string_new(NULL);

    for (const char *p = property; *p != '\0'; p++) {
        gboolean after_small = p > property && g_ascii_islower(p[-1]);
        if (g_ascii_isupper(*p) && after_small)
            g_string_append_c(key, '-');
        g_string_append_c(key, g_ascii_tolower(*p));
    }
    return g_string_free(key, FALSE);
}

/* "/" stands for no object: a value that is nothing, which JSON writes as null. */
static GVariant *value_name_paths(GVariant *value)
{
    if (g_variant_is_of_type(value, G_VARIANT_TYPE_OBJECT_PATH)) {
        if (g_str_equal(g_variant_get_string(value, NULL), "/"))
            return g_variant_new_maybe(G_VARIANT_TYPE_STRING, NULL);
        g_autofree char *name = ipmp_path_to_name(g_variant_get_string(value, NULL));
        return g_variant_new_string(name);
    }
    if (g_variant_is_of_type(value, G_VARIANT_TYPE_OBJECT_PATH_ARRAY)) {
        g_autofree const char **paths = g_variant_get_objv(value, NULL);
        g_auto(GStrv) names = ipmp_paths_to_names(paths);
        return g_variant_new_strv((const char *const *)names, -1);
    }
    if (g_variant_is_of_type(value, G_VARIANT_TYPE("aa{sv}")))
        return ipmp_dictionaries_name_paths(value);
    return value;
}

GVariant *ipmp_dictionary_name_paths(GVariant *dictionary)
{
    GVariantBuilder builder;
    GVariantIter iter;
    const char *key;
    GVariant *value;

    g_variant_builder_init(&builder, G_VARIANT_TYPE_VARDICT);
    g_variant_iter_init(&iter, dictionary);
    while (g_variant_iter_loop(&iter, "{&sv}", &key, &value))
        g_variant_builder_add(&builder, "{sv}", key, value_name_paths(value));
    return g_variant_builder_end(&builder);
}

GVariant *ipmp_dictionaries_name_paths(GVariant *dictionaries)
{
    GVariantBuilder builder;
    GVariantIter iter;
    GVariant *child;

    g_variant_builder_init(&builder, G_VARIANT_TYPE("aa{sv}"));
    g_variant_iter_init(&iter, dictionaries);
    while ((child = g_variant_iter_next_value(&iter)) != NULL) {
        g_variant_builder_add_value(&builder, ipmp_dictionary_name_paths(child));
        g_variant_unref(child);
    }
    return g_variant_builder_end(&builder);
}

GVariant *ipmp_proxy_describe(GDBusProxy *proxy)
{
    g_auto(GStrv) names = g_dbus_proxy_get_cached_property_names(proxy);
    GVariantBuilder builder;

    g_variant_builder_init(&builder, G_VARIANT_TYPE_VARDICT);
    for (guint i = 0; names != NULL && names[i] != NULL; i++) {
        g_autoptr(GVariant) value = g_dbus_proxy_get_cached_property(proxy, names[i]);
        g_autofree char *key = key_of_property(names[i]);
        g_variant_builder_add(&builder, "{sv}", key, value_name_paths(value));
    }
    return g_variant_builder_end(&builder);
}
