/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ipmp-private.h"
#include <string.h>

/* Labels are escaped as sd_bus_path_encode() does: "_" and two hexadecimal digits for every byte
 * that is no letter or digit and for a leading digit; the empty name is "_". */
static char *label_encode(const char *prefix, const char *name)
{
    GString *path = g_string_new(prefix);

    if (*name == '\0')
        g_string_append_c(path, '_');
    for (const char *p = name; *p != '\0'; p++) {
        if (g_ascii_isalpha(*p) || (g_ascii_isdigit(*p) && p > name))
            g_string_append_c(path, *p);
        else
            g_string_append_printf(path, "_%02x", (guchar)*p);
    }
    return g_string_free(path, FALSE);
}

/* The result is UTF-8 whatever the path says, since it goes into strings of the bus again. */
static char *label_decode(const char *label)
{
    g_autoptr(GString) name = g_string_new(NULL);

    if (strcmp(label, "_") == 0)
        return g_strdup("");
    for (const char *p = label; *p != '\0'; p++) {
        if (p[0] == '_' && g_ascii_isxdigit(p[1]) && g_ascii_isxdigit(p[2])) {
            g_string_append_c(name, (g_ascii_xdigit_value(p[1]) << 4) | g_ascii_xdigit_value(p[2]));
            p += 2;
        } else {
            g_string_append_c(name, *p);
        }
    }
    return g_utf8_make_valid(name->str, -1);
}

/**
 * ipmp_path_for_group:
 * @name: name of a group
 *
 * Returns: (transfer full): the path of its object
 */
char *ipmp_path_for_group(const char *name)
{
    g_return_val_if_fail(name != NULL, NULL);
    return label_encode(IPMP_ROOT_PATH "/group/", name);
}

/**
 * ipmp_path_for_interface:
 * @name: name of an interface
 *
 * Returns: (transfer full): the path of its object
 */
char *ipmp_path_for_interface(const char *name)
{
    g_return_val_if_fail(name != NULL, NULL);
    return label_encode(IPMP_ROOT_PATH "/interface/", name);
}

/**
 * ipmp_path_to_name:
 * @path: path of a group or an interface, or "/" for none
 *
 * Returns: (transfer full): the name; empty for "/" and for the anonymous group
 */
char *ipmp_path_to_name(const char *path)
{
    const char *slash;

    g_return_val_if_fail(path != NULL, NULL);
    slash = strrchr(path, '/');
    return label_decode(slash != NULL ? slash + 1 : path);
}

char **ipmp_paths_to_names(const char *const *paths)
{
    g_autoptr(GStrvBuilder) names = g_strv_builder_new();

    for (guint i = 0; paths != NULL && paths[i] != NULL; i++) {
        g_autofree char *name = ipmp_path_to_name(paths[i]);
        g_strv_builder_add(names, name);
    }
    return g_strv_builder_end(names);
}
