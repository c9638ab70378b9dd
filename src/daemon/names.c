/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "names.h"

#include <stdlib.h>
#include <systemd/sd-bus.h>

static char *path_encode(const char *prefix, const char *name)
{
    char *encoded = NULL;
    char *path;

    if (sd_bus_path_encode(prefix, name, &encoded) < 0)
        g_error("no memory for an object path");
    /* sd-bus allocates with malloc; ours go to g_free(). */
    path = g_strdup(encoded);
    free(encoded);
    return path;
}

char *ipmpd_path_group(const char *name)
{
    return path_encode(IPMPD_PATH_GROUPS, name);
}

char *ipmpd_path_interface(const char *name)
{
    return path_encode(IPMPD_PATH_INTERFACES, name);
}

char *ipmpd_path_interface_or_root(const char *name)
{
    return name == NULL || *name == '\0' ? g_strdup("/") : ipmpd_path_interface(name);
}

char *ipmpd_path_to_name(const char *path)
{
    static const char *const prefixes[] = {IPMPD_PATH_GROUPS, IPMPD_PATH_INTERFACES};

    for (guint i = 0; i < G_N_ELEMENTS(prefixes); i++) {
        char *decoded = NULL;
        char *name;

        if (sd_bus_path_decode(path, prefixes[i], &decoded) <= 0)
            continue;
        name = g_strdup(decoded);
        free(decoded);
        return name;
    }
    return NULL;
}
