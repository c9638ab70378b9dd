/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "generations.h"

struct IpmpdGenerations {
    GHashTable *groups; /* name -> guint64* */
    GHashTable *interfaces;
};

static guint64 table_get(GHashTable *table, const char *name)
{
    guint64 *count = g_hash_table_lookup(table, name);

    return count != NULL ? *count : 0;
}

static void table_bump(GHashTable *table, const char *name)
{
    guint64 count = table_get(table, name) + 1;

    g_hash_table_replace(table, g_strdup(name), g_memdup2(&count, sizeof count));
}

static void generations_update_members(IpmpdGenerations *generations, const MpGroupConfig *before,
                                       const MpConfig *after)
{
    for (guint i = 0; i < before->interfaces->len; i++) {
        const MpInterfaceConfig *member = before->interfaces->pdata[i];

        if (mp_config_find_interface(after, member->name) == NULL)
            table_bump(generations->interfaces, member->name);
    }
}

void ipmpd_generations_update(IpmpdGenerations *generations, const MpConfig *before,
                              const MpConfig *after)
{
    for (guint i = 0; i < before->groups->len; i++) {
        const MpGroupConfig *group = before->groups->pdata[i];

        if (mp_config_find(after, group->name) == NULL)
            table_bump(generations->groups, group->name);
        generations_update_members(generations, group, after);
    }
}

guint64 ipmpd_generations_of_group(IpmpdGenerations *generations, const char *name)
{
    return table_get(generations->groups, name);
}

guint64 ipmpd_generations_of_interface(IpmpdGenerations *generations, const char *name)
{
    return table_get(generations->interfaces, name);
}

IpmpdGenerations *ipmpd_generations_new(void)
{
    IpmpdGenerations *generations = g_new0(IpmpdGenerations, 1);

    generations->groups = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    generations->interfaces = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    return generations;
}

void ipmpd_generations_free(IpmpdGenerations *generations)
{
    g_hash_table_unref(generations->groups);
    g_hash_table_unref(generations->interfaces);
    g_free(generations);
}
