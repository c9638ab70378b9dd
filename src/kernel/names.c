/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "names.h"
#include <string.h>

struct MpNames {
    GHashTable *by_index;
};

MpNames *mp_names_new(void)
{
    MpNames *names = g_new0(MpNames, 1);
    names->by_index = g_hash_table_new_full(NULL, NULL, NULL, g_free);
    return names;
}

void mp_names_free(MpNames *names)
{
    g_hash_table_destroy(names->by_index);
    g_free(names);
}

void mp_names_learn(MpNames *names, const MpEvent *event)
{
    if (event->kind == MP_EVENT_LINK_GONE) {
        g_hash_table_remove(names->by_index, GUINT_TO_POINTER(event->index));
        return;
    }
    gpointer key = GUINT_TO_POINTER(event->link.index);
    char *known = g_hash_table_lookup(names->by_index, key);
    if (known == NULL)
        g_hash_table_insert(names->by_index, key,
                            g_memdup2(event->link.name, sizeof event->link.name));
    else
        memcpy(known, event->link.name, sizeof event->link.name);
}

const char *mp_names_get(MpNames *names, guint index)
{
    return g_hash_table_lookup(names->by_index, GUINT_TO_POINTER(index));
}
