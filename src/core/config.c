/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include <string.h>

MpDefaults mp_defaults_new(void)
{
    return (MpDefaults){
        .failure_detection_ms = MP_FDT_DEFAULT_MS,
        .failback = TRUE,
        .track_ungrouped = FALSE,
        .link_poll_ms = MP_LINK_POLL_DEFAULT_MS,
        .anchor = TRUE,
    };
}

MpInterfaceConfig *mp_interface_config_new(const char *name)
{
    MpInterfaceConfig *config = g_new0(MpInterfaceConfig, 1);

    config->name = g_strdup(name);
    config->test_addresses = mp_addresses_new();
    config->addresses = mp_addresses_new();
    return config;
}

MpInterfaceConfig *mp_interface_config_copy(const MpInterfaceConfig *config)
{
    MpInterfaceConfig *copy = g_memdup2(config, sizeof *config);

    copy->name = g_strdup(config->name);
    copy->test_addresses = g_array_copy(config->test_addresses);
    copy->addresses = g_array_copy(config->addresses);
    copy->hardware_address = g_strdup(config->hardware_address);
    return copy;
}

void mp_interface_config_free(MpInterfaceConfig *config)
{
    g_free(config->name);
    g_array_unref(config->test_addresses);
    g_array_unref(config->addresses);
    g_free(config->hardware_address);
    g_free(config);
}

static GPtrArray *interfaces_new(void)
{
    return g_ptr_array_new_with_free_func((GDestroyNotify)mp_interface_config_free);
}

static void group_inherit(MpGroupConfig *config, const MpDefaults *defaults)
{
    if (config->failure_detection_inherited)
        config->failure_detection_ms = defaults->failure_detection_ms;
    if (config->failback_inherited)
        config->failback = defaults->failback;
}

MpGroupConfig *mp_group_config_new(const char *name, const MpDefaults *defaults)
{
    MpGroupConfig *config = g_new0(MpGroupConfig, 1);

    config->name = g_strdup(name);
    config->origin = MP_ORIGIN_ETC;
    config->failure_detection_inherited = TRUE;
    config->failback_inherited = TRUE;
    config->probe_method = MP_METHOD_AUTO;
    config->probe_targets = mp_addresses_new();
    config->probe_failures = MP_PROBE_FAILURES_DEFAULT;
    config->probe_repairs = MP_PROBE_REPAIRS_DEFAULT;
    config->addresses = mp_addresses_new();
    config->interfaces = interfaces_new();
    group_inherit(config, defaults);
    return config;
}

MpGroupConfig *mp_group_config_copy(const MpGroupConfig *config)
{
    MpGroupConfig *copy = g_memdup2(config, sizeof *config);

    copy->name = g_strdup(config->name);
    copy->path = g_strdup(config->path);
    copy->probe_targets = g_array_copy(config->probe_targets);
    copy->addresses = g_array_copy(config->addresses);
    copy->interfaces = interfaces_new();
    for (guint i = 0; i < config->interfaces->len; i++)
        g_ptr_array_add(copy->interfaces, mp_interface_config_copy(config->interfaces->pdata[i]));
    return copy;
}

void mp_group_config_free(MpGroupConfig *config)
{
    g_free(config->name);
    g_free(config->path);
    g_array_unref(config->probe_targets);
    g_array_unref(config->addresses);
    g_ptr_array_unref(config->interfaces);
    g_free(config);
}

MpInterfaceConfig *mp_group_config_find(const MpGroupConfig *config, const char *interface)
{
    for (guint i = 0; i < config->interfaces->len; i++) {
        MpInterfaceConfig *member = config->interfaces->pdata[i];

        if (g_str_equal(member->name, interface))
            return member;
    }
    return NULL;
}

MpConfig *mp_config_new(void)
{
    MpConfig *config = g_new0(MpConfig, 1);

    config->defaults = mp_defaults_new();
    config->groups = g_ptr_array_new_with_free_func((GDestroyNotify)mp_group_config_free);
    return config;
}

MpConfig *mp_config_copy(const MpConfig *config)
{
    MpConfig *copy = mp_config_new();

    copy->defaults = config->defaults;
    copy->partial = config->partial;
    for (guint i = 0; i < config->groups->len; i++)
        g_ptr_array_add(copy->groups, mp_group_config_copy(config->groups->pdata[i]));
    return copy;
}

void mp_config_free(MpConfig *config)
{
    g_ptr_array_unref(config->groups);
    g_free(config);
}

/* The place of the group, or where it would go. */
static gboolean group_place(const MpConfig *config, const char *group, guint *out)
{
    guint i;

    for (i = 0; i < config->groups->len; i++) {
        const MpGroupConfig *other = config->groups->pdata[i];
        int order = strcmp(group, other->name);

        if (order <= 0) {
            *out = i;
            return order == 0;
        }
    }
    *out = i;
    return FALSE;
}

MpGroupConfig *mp_config_find(const MpConfig *config, const char *group)
{
    guint place;

    return group_place(config, group, &place) ? config->groups->pdata[place] : NULL;
}

void mp_config_put(MpConfig *config, MpGroupConfig *group)
{
    guint place;

    if (group_place(config, group->name, &place))
        g_ptr_array_remove_index(config->groups, place);
    g_ptr_array_insert(config->groups, (gint)place, group);
}

gboolean mp_config_drop(MpConfig *config, const char *group)
{
    guint place;

    if (!group_place(config, group, &place))
        return FALSE;
    g_ptr_array_remove_index(config->groups, place);
    return TRUE;
}

MpGroupConfig *mp_config_find_interface(const MpConfig *config, const char *interface)
{
    for (guint i = 0; i < config->groups->len; i++) {
        MpGroupConfig *group = config->groups->pdata[i];

        if (mp_group_config_find(group, interface) != NULL)
            return group;
    }
    return NULL;
}

void mp_config_inherit(MpConfig *config)
{
    for (guint i = 0; i < config->groups->len; i++)
        group_inherit(config->groups->pdata[i], &config->defaults);
}

static gboolean interface_equal(const MpInterfaceConfig *a, const MpInterfaceConfig *b)
{
    return g_str_equal(a->name, b->name) && a->standby == b->standby &&
           mp_addresses_equal(a->test_addresses, b->test_addresses) &&
           mp_addresses_equal(a->addresses, b->addresses) &&
           g_strcmp0(a->hardware_address, b->hardware_address) == 0;
}

static gboolean interfaces_equal(const GPtrArray *a, const GPtrArray *b)
{
    if (a->len != b->len)
        return FALSE;
    for (guint i = 0; i < a->len; i++) {
        if (!interface_equal(a->pdata[i], b->pdata[i]))
            return FALSE;
    }
    return TRUE;
}

static gboolean settings_equal(const MpGroupConfig *a, const MpGroupConfig *b)
{
    return a->failure_detection_ms == b->failure_detection_ms &&
           a->failure_detection_inherited == b->failure_detection_inherited &&
           a->failback == b->failback && a->failback_inherited == b->failback_inherited &&
           a->probe_method == b->probe_method &&
           mp_addresses_equal(a->probe_targets, b->probe_targets) &&
           a->probe_targets_only == b->probe_targets_only &&
           a->probe_failures == b->probe_failures && a->probe_repairs == b->probe_repairs &&
           a->repair_delay_ms == b->repair_delay_ms;
}

gboolean mp_group_config_equal(const MpGroupConfig *a, const MpGroupConfig *b)
{
    return g_str_equal(a->name, b->name) && settings_equal(a, b) &&
           mp_addresses_equal(a->addresses, b->addresses) &&
           interfaces_equal(a->interfaces, b->interfaces);
}

gboolean mp_defaults_equal(const MpDefaults *a, const MpDefaults *b)
{
    return a->failure_detection_ms == b->failure_detection_ms && a->failback == b->failback &&
           a->track_ungrouped == b->track_ungrouped && a->link_poll_ms == b->link_poll_ms &&
           a->anchor == b->anchor;
}

gboolean mp_config_equal(const MpConfig *a, const MpConfig *b)
{
    if (!mp_defaults_equal(&a->defaults, &b->defaults) || a->groups->len != b->groups->len)
        return FALSE;
    for (guint i = 0; i < a->groups->len; i++) {
        if (!mp_group_config_equal(a->groups->pdata[i], b->groups->pdata[i]))
            return FALSE;
    }
    return TRUE;
}
