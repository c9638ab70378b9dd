/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ctl.h"
#include "intl.h"
#include "lookup.h"
#include "suggest.h"

static const struct {
    IpmpError code;
    const char *alone;
    const char *near;
} not_found[] = {
    {IPMP_ERROR_NO_SUCH_GROUP, N_("there is no group '%s'"),
     N_("there is no group '%s'; did you mean '%s'?")},
    {IPMP_ERROR_NO_SUCH_INTERFACE, N_("there is no interface '%s' in any group"),
     N_("there is no interface '%s' in any group; did you mean '%s'?")},
};

/* The formats are those of the table above. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
static void set_not_found(IpmpError code, const char *name, GPtrArray *names, GError **error)
{
    guint kind = 0;

    while (not_found[kind].code != code)
        kind++;
    g_ptr_array_add(names, NULL);
    const char *near = ctl_suggest(name, (const char *const *)names->pdata);
    if (near != NULL)
        g_set_error(error, IPMP_ERROR, (gint)code, _(not_found[kind].near), name, near);
    else
        g_set_error(error, IPMP_ERROR, (gint)code, _(not_found[kind].alone), name);
}
#pragma GCC diagnostic pop

IpmpGroup *ctl_find_group(Ctl *ctl, const char *name, GError **error)
{
    IpmpGroup *group = ipmp_client_get_group(ctl->client, name);

    if (group == NULL) {
        g_autoptr(GPtrArray) groups = ipmp_client_dup_groups(ctl->client);
        g_autoptr(GPtrArray) names = g_ptr_array_new();
        for (guint i = 0; i < groups->len; i++)
            g_ptr_array_add(names, (char *)ipmp_group_get_name(groups->pdata[i]));
        set_not_found(IPMP_ERROR_NO_SUCH_GROUP, name, names, error);
    }
    return group;
}

IpmpInterface *ctl_find_interface(Ctl *ctl, const char *name, GError **error)
{
    IpmpInterface *interface = ipmp_client_get_interface(ctl->client, name);

    if (interface == NULL) {
        g_autoptr(GPtrArray) interfaces = ipmp_client_dup_interfaces(ctl->client);
        g_autoptr(GPtrArray) names = g_ptr_array_new();
        for (guint i = 0; i < interfaces->len; i++)
            g_ptr_array_add(names, (char *)ipmp_interface_get_name(interfaces->pdata[i]));
        set_not_found(IPMP_ERROR_NO_SUCH_INTERFACE, name, names, error);
    }
    return interface;
}

GPtrArray *ctl_find_interfaces(Ctl *ctl, char **names, GError **error)
{
    if (names[0] == NULL)
        return ipmp_client_dup_interfaces(ctl->client);

    g_autoptr(GPtrArray) interfaces = g_ptr_array_new_with_free_func(g_object_unref);
    for (guint i = 0; names[i] != NULL; i++) {
        IpmpInterface *interface = ctl_find_interface(ctl, names[i], error);
        if (interface == NULL)
            return NULL;
        g_ptr_array_add(interfaces, g_object_ref(interface));
    }
    return g_steal_pointer(&interfaces);
}

void ctl_suggest_address(Ctl *ctl, const char *address, GError *error)
{
    g_autoptr(GPtrArray) groups = ipmp_client_dup_groups(ctl->client);
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);

    if (!g_error_matches(error, IPMP_ERROR, IPMP_ERROR_NO_SUCH_ADDRESS))
        return;
    for (guint i = 0; i < groups->len; i++) {
        g_autoptr(GVariant) addresses = ipmp_group_dup_addresses(groups->pdata[i]);
        for (gsize k = 0; k < g_variant_n_children(addresses); k++) {
            g_autoptr(GVariant) entry = g_variant_get_child_value(addresses, k);
            g_ptr_array_add(names, g_strdup(ctl_lookup_string(entry, "address")));
        }
    }
    g_ptr_array_add(names, NULL);
    const char *near = ctl_suggest(address, (const char *const *)names->pdata);
    if (near == NULL)
        return;
    g_autofree char *message = error->message;
    error->message = g_strdup_printf(_("%s; did you mean '%s'?"), message, near);
}
