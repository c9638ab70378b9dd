/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "arguments.h"

#include "error.h"

static char *arguments_join_names(const IpmpdArgument *allowed)
{
    GString *names = g_string_new(NULL);

    for (const IpmpdArgument *a = allowed; a->name != NULL; a++)
        g_string_append_printf(names, "%s%s", a == allowed ? "" : ", ", a->name);
    if (names->len == 0)
        g_string_append(names, "none");
    return g_string_free(names, FALSE);
}

static const IpmpdArgument *arguments_find(const IpmpdArgument *allowed, const char *name)
{
    for (const IpmpdArgument *a = allowed; a->name != NULL; a++) {
        if (g_str_equal(a->name, name))
            return a;
    }
    return NULL;
}

static gboolean argument_check(const char *name, GVariant *value, const IpmpdArgument *allowed,
                               const char *what, GError **error)
{
    const IpmpdArgument *argument = arguments_find(allowed, name);

    if (argument == NULL) {
        g_autofree char *names = arguments_join_names(allowed);
        g_set_error(error, MP_ERROR, MP_ERROR_INVALID_ARGUMENT,
                    "\"%s\": no such %s; allowed here: %s", name, what, names);
        return FALSE;
    }
    if (!g_variant_is_of_type(value, G_VARIANT_TYPE(argument->type))) {
        g_set_error(error, MP_ERROR, MP_ERROR_INVALID_ARGUMENT,
                    "\"%s\": the %s is of D-Bus type %s, expected is %s", name, what,
                    g_variant_get_type_string(value), argument->type);
        return FALSE;
    }
    return TRUE;
}

gboolean ipmpd_arguments_check(GVariant *dictionary, const IpmpdArgument *allowed, const char *what,
                               GError **error)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    gsize n = g_variant_n_children(dictionary);

    for (gsize i = 0; i < n; i++) {
        g_autoptr(GVariant) value = NULL;
        const char *name;

        g_variant_get_child(dictionary, i, "{&sv}", &name, &value);
        if (!argument_check(name, value, allowed, what, error))
            return FALSE;
        if (!g_hash_table_add(seen, (gpointer)name)) {
            g_set_error(error, MP_ERROR, MP_ERROR_INVALID_ARGUMENT, "\"%s\": the %s is given twice",
                        name, what);
            return FALSE;
        }
    }
    return TRUE;
}

typedef gboolean (*ParseAddress)(const char *text, MpPrefixRule rule, MpAddress *out,
                                 GError **error);

static gboolean parse_data_address(const char *text, MpPrefixRule rule, MpAddress *out,
                                   GError **error)
{
    return mp_address_parse_data(text, out, error);
}

static GArray *parse_all(GVariant *strings, ParseAddress parse, MpPrefixRule rule, GError **error)
{
    g_autoptr(GArray) addresses = g_array_new(FALSE, TRUE, sizeof(MpAddress));
    g_autofree const char **texts = g_variant_get_strv(strings, NULL);

    for (guint i = 0; texts[i] != NULL; i++) {
        MpAddress address;

        if (!parse(texts[i], rule, &address, error))
            return NULL;
        g_array_append_val(addresses, address);
    }
    return g_steal_pointer(&addresses);
}

GArray *ipmpd_arguments_parse_data_addresses(GVariant *strings, GError **error)
{
    return parse_all(strings, parse_data_address, MP_PREFIX_REQUIRED, error);
}

GArray *ipmpd_arguments_parse_addresses(GVariant *strings, MpPrefixRule rule, GError **error)
{
    return parse_all(strings, mp_address_parse, rule, error);
}
