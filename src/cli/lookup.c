/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lookup.h"

const char *ctl_lookup_string(GVariant *dictionary, const char *key)
{
    const char *value = "";

    g_variant_lookup(dictionary, key, "&s", &value);
    return value;
}

guint64 ctl_lookup_count(GVariant *dictionary, const char *key)
{
    guint64 value = 0;

    g_variant_lookup(dictionary, key, "t", &value);
    return value;
}
