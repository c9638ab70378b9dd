/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ipmp-property.h"

#define FLAGS (G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY)

static GParamSpec *spec_new(const IpmpProperty *row)
{
    switch (row->kind) {
    case IPMP_KIND_BOOLEAN:
        return g_param_spec_boolean(row->name, NULL, NULL, FALSE, FLAGS);
    case IPMP_KIND_UINT:
        return g_param_spec_uint(row->name, NULL, NULL, 0, G_MAXUINT, 0, FLAGS);
    case IPMP_KIND_UINT64:
        return g_param_spec_uint64(row->name, NULL, NULL, 0, G_MAXUINT64, 0, FLAGS);
    case IPMP_KIND_STRING:
    case IPMP_KIND_OWN_STRING:
        return g_param_spec_string(row->name, NULL, NULL, "", FLAGS);
    case IPMP_KIND_STRV:
    case IPMP_KIND_OWN_STRV:
        return g_param_spec_boxed(row->name, NULL, NULL, G_TYPE_STRV, FLAGS);
    case IPMP_KIND_OWN_DICTIONARIES:
        return g_param_spec_variant(row->name, NULL, NULL, G_VARIANT_TYPE("aa{sv}"), NULL, FLAGS);
    }
    g_assert_not_reached();
}

void ipmp_properties_install(GObjectClass *class, const IpmpProperty *rows, guint n)
{
    for (guint i = 0; i < n; i++)
        g_object_class_install_property(class, i + 1, spec_new(&rows[i]));
}

void ipmp_property_get(GObject *object, const IpmpProperty *row, GValue *value)
{
    switch (row->kind) {
    case IPMP_KIND_BOOLEAN:
        g_value_set_boolean(value, ((gboolean(*)(GObject *))row->getter)(object));
        break;
    case IPMP_KIND_UINT:
        g_value_set_uint(value, ((guint(*)(GObject *))row->getter)(object));
        break;
    case IPMP_KIND_UINT64:
        g_value_set_uint64(value, ((guint64(*)(GObject *))row->getter)(object));
        break;
    case IPMP_KIND_STRING:
        g_value_set_string(value, ((const char *(*)(GObject *))row->getter)(object));
        break;
    case IPMP_KIND_OWN_STRING:
        g_value_take_string(value, ((char *(*)(GObject *))row->getter)(object));
        break;
    case IPMP_KIND_STRV:
        g_value_set_boxed(value, ((const char *const *(*)(GObject *))row->getter)(object));
        break;
    case IPMP_KIND_OWN_STRV:
        g_value_take_boxed(value, ((char **(*)(GObject *))row->getter)(object));
        break;
    case IPMP_KIND_OWN_DICTIONARIES:
        g_value_take_variant(value, ((GVariant * (*)(GObject *)) row->getter)(object));
        break;
    }
}

static gboolean is_told(const char *member, GVariant *changed, const char *const *invalidated)
{
    g_autoptr(GVariant) value = g_variant_lookup_value(changed, member, NULL);

    return value != NULL || (invalidated != NULL && g_strv_contains(invalidated, member));
}

void ipmp_properties_notify(GObject *object, const IpmpProperty *rows, guint n, GVariant *changed,
                            const char *const *invalidated)
{
    g_object_freeze_notify(object);
    for (guint i = 0; i < n; i++)
        if (rows[i].member != NULL && is_told(rows[i].member, changed, invalidated))
            g_object_notify(object, rows[i].name);
    g_object_thaw_notify(object);
}

void ipmp_properties_notify_all(GObject *object, const IpmpProperty *rows, guint n)
{
    g_object_freeze_notify(object);
    for (guint i = 0; i < n; i++)
        g_object_notify(object, rows[i].name);
    g_object_thaw_notify(object);
}
