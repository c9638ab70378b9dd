/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The edits of whole groups and of the defaults. */
#include "edit-private.h"

#include "error.h"
#include "settings.h"

static const IpmpdArgument create_options[] = {
    IPMPD_GROUP_SETTINGS, {"interface-settings", "a{sa{sv}}"},
    {"addresses", "as"},  {"temporary", "b"},
    {NULL, NULL},
};

static const IpmpdArgument configure_options[] = {
    {"reset", "as"}, {"temporary", "b"}, {NULL, NULL}};

static const char *strv_find_twice(const char *const *names)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);

    for (guint i = 0; names[i] != NULL; i++) {
        if (!g_hash_table_add(seen, (gpointer)names[i]))
            return names[i];
    }
    return NULL;
}

/* `settings` may be NULL: no member has any. */
static gboolean create_check_members(const char *const *names, GVariant *settings, GError **error)
{
    const char *twice = strv_find_twice(names);
    guint n = g_strv_length((GStrv)names);
    GVariantIter iter;
    const char *name;
    GVariant *options;

    /* The configuration would be refused for it later; but what comes before takes the longer the
     * more there are, and the caller may be anybody. */
    if (n > MP_GROUP_INTERFACES_MAX) {
        g_set_error(error, MP_ERROR, MP_ERROR_LIMIT_REACHED,
                    "interfaces: %u are named, at most %u are allowed", n,
                    (guint)MP_GROUP_INTERFACES_MAX);
        return FALSE;
    }
    if (twice != NULL) {
        g_set_error(error, MP_ERROR, MP_ERROR_INVALID_ARGUMENT, "interfaces: \"%s\" is named twice",
                    twice);
        return FALSE;
    }
    if (settings == NULL)
        return TRUE;
    g_variant_iter_init(&iter, settings);
    while (g_variant_iter_loop(&iter, "{&s@a{sv}}", &name, &options)) {
        if (g_strv_contains(names, name))
            continue;
        g_set_error(error, MP_ERROR, MP_ERROR_INVALID_ARGUMENT,
                    "interface-settings: \"%s\" is none of the interfaces of the new group", name);
        g_variant_unref(options);
        return FALSE;
    }
    return TRUE;
}

static gboolean create_add_members(const MpConfig *config, MpGroupConfig *group,
                                   const char *const *names, GVariant *settings, GError **error)
{
    if (!create_check_members(names, settings, error))
        return FALSE;
    for (guint i = 0; names[i] != NULL; i++) {
        g_autoptr(GVariant) options =
            settings != NULL ? g_variant_lookup_value(settings, names[i], NULL) : NULL;
        MpInterfaceConfig *member =
            ipmpd_edit_build_member(config, group->name, names[i], options, error);

        if (member == NULL)
            return FALSE;
        g_ptr_array_add(group->interfaces, member);
    }
    return TRUE;
}

static gboolean create_add_addresses(MpGroupConfig *group, GVariant *options, GError **error)
{
    g_autoptr(GVariant) texts =
        g_variant_lookup_value(options, "addresses", G_VARIANT_TYPE_STRING_ARRAY);
    GArray *addresses;

    if (texts == NULL)
        return TRUE;
    addresses = ipmpd_arguments_parse_data_addresses(texts, error);
    if (addresses == NULL)
        return FALSE;
    g_array_unref(group->addresses);
    group->addresses = addresses;
    return TRUE;
}

static MpGroupConfig *create_build(const MpConfig *config, const IpmpdOrder *order, GError **error)
{
    g_autoptr(GVariant) options = ipmpd_order_get_options(order);
    g_autoptr(GVariant) settings = g_variant_lookup_value(options, "interface-settings", NULL);
    g_autoptr(GVariant) members = g_variant_get_child_value(order->parameters, 1);
    g_autofree const char **names = g_variant_get_strv(members, NULL);
    g_autoptr(MpGroupConfig) group = mp_group_config_new(order->group, &config->defaults);

    group->origin = ipmpd_order_is_temporary(order) ? MP_ORIGIN_RUNTIME : MP_ORIGIN_ETC;
    if (!ipmpd_settings_apply_to_group(group, options, NULL, &config->defaults, error) ||
        !create_add_members(config, group, names, settings, error) ||
        !create_add_addresses(group, options, error))
        return NULL;
    return g_steal_pointer(&group);
}

gboolean ipmpd_edit_create_group(MpConfig *config, const IpmpdOrder *order, GError **error)
{
    g_autoptr(MpGroupConfig) group = NULL;
    const MpGroupConfig *existing = mp_config_find(config, order->group);

    if (!mp_group_name_is_valid(order->group)) {
        g_set_error(error, MP_ERROR, MP_ERROR_INVALID_ARGUMENT,
                    "\"%s\" cannot name a group: 1 to %u letters, digits, '_', '.' and '-' are "
                    "allowed, a letter or digit first",
                    order->group, (guint)MP_GROUP_NAME_MAX);
        return FALSE;
    }
    if (!ipmpd_edit_check_options(order, create_options, error))
        return FALSE;
    group = create_build(config, order, error);
    if (group == NULL)
        return FALSE;
    if (existing == NULL)
        mp_config_put(config, g_steal_pointer(&group));
    else if (!mp_group_config_equal(existing, group)) {
        g_set_error(error, MP_ERROR, MP_ERROR_EXISTS, "there is a group \"%s\" already",
                    order->group);
        return FALSE;
    }
    return TRUE;
}

/* The two dictionaries of Configure and SetDefaults, checked. `out_reset`: g_free(), may be NULL.
 */
static gboolean settings_read(const IpmpdOrder *order, const IpmpdArgument *allowed,
                              GVariant **out_settings, GVariant **out_reset, GError **error)
{
    g_autoptr(GVariant) settings = g_variant_get_child_value(order->parameters, 0);
    g_autoptr(GVariant) options = ipmpd_order_get_options(order);

    if (!ipmpd_arguments_check(settings, allowed, "setting", error) ||
        !ipmpd_arguments_check(options, configure_options, "option", error))
        return FALSE;
    *out_settings = g_steal_pointer(&settings);
    *out_reset = g_variant_lookup_value(options, "reset", G_VARIANT_TYPE_STRING_ARRAY);
    return TRUE;
}

gboolean ipmpd_edit_configure(MpConfig *config, const IpmpdOrder *order, GError **error)
{
    MpGroupConfig *group = ipmpd_edit_find_group(config, order, error);
    g_autoptr(GVariant) settings = NULL;
    g_autoptr(GVariant) reset = NULL;
    g_autofree const char **names = NULL;

    if (group == NULL || !settings_read(order, ipmpd_group_settings, &settings, &reset, error))
        return FALSE;
    names = reset != NULL ? g_variant_get_strv(reset, NULL) : NULL;
    return ipmpd_settings_apply_to_group(group, settings, names, &config->defaults, error);
}

gboolean ipmpd_edit_set_defaults(MpConfig *config, const IpmpdOrder *order, GError **error)
{
    g_autoptr(GVariant) settings = NULL;
    g_autoptr(GVariant) reset = NULL;
    g_autofree const char **names = NULL;

    if (!settings_read(order, ipmpd_default_settings, &settings, &reset, error))
        return FALSE;
    names = reset != NULL ? g_variant_get_strv(reset, NULL) : NULL;
    if (!ipmpd_settings_apply_to_defaults(&config->defaults, settings, names, error))
        return FALSE;
    mp_config_inherit(config);
    return TRUE;
}

gboolean ipmpd_edit_save(MpConfig *config, const IpmpdOrder *order, GError **error)
{
    MpGroupConfig *group = ipmpd_edit_find_group(config, order, error);

    if (group == NULL || !ipmpd_edit_check_options(order, ipmpd_edit_plain_options, error))
        return FALSE;
    if (ipmpd_order_is_temporary(order)) {
        g_set_error(error, MP_ERROR, MP_ERROR_INVALID_ARGUMENT,
                    "temporary: what is saved is permanent");
        return FALSE;
    }
    /* The store knows by this that the group's file is to move. */
    if (group->origin == MP_ORIGIN_RUNTIME)
        group->origin = MP_ORIGIN_ETC;
    return TRUE;
}

gboolean ipmpd_edit_delete(MpConfig *config, const IpmpdOrder *order, GError **error)
{
    if (!ipmpd_edit_check_options(order, ipmpd_edit_plain_options, error) ||
        ipmpd_edit_find_group(config, order, error) == NULL)
        return FALSE;
    return mp_config_drop(config, order->group);
}
