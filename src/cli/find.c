/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ctl.h"
#include "suggest.h"

static void set_not_found(IpmpError code, const char *what, const char *name,
                          const char *const *names, GError **error)
{
    const char *near = ctl_suggest(name, names);

    if (near != NULL)
        g_set_error(error, IPMP_ERROR, code, "there is no %s '%s'; did you mean '%s'?", what, name,
                    near);
    else
        g_set_error(error, IPMP_ERROR, code, "there is no %s '%s'", what, name);
}

IpmpGroup *ctl_find_group(Ctl *ctl, const char *name, GError **error)
{
    IpmpGroup *group = ipmp_client_get_group(ctl->client, name);

    if (group == NULL) {
        g_autoptr(GPtrArray) groups = ipmp_client_dup_groups(ctl->client);
        g_autoptr(GPtrArray) names = g_ptr_array_new();
        for (guint i = 0; i < groups->len; i++)
            g_ptr_array_add(names, (char *)ipmp_group_get_name(groups->pdata[i]));
        g_ptr_array_add(names, NULL);
        set_not_found(IPMP_ERROR_NO_SUCH_GROUP, "group", name, (const char *const *)names->pdata,
                      error);
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
        g_ptr_array_add(names, NULL);
        set_not_found(IPMP_ERROR_NO_SUCH_INTERFACE, "interface in any group", name,
                      (const char *const *)names->pdata, error);
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
