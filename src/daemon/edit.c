/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Requests, and what their edits share. */
#include "edit-private.h"

#include "error.h"

const IpmpdArgument ipmpd_edit_plain_options[] = {{"temporary", "b"}, {NULL, NULL}};

IpmpdOrder *ipmpd_order_new(const char *group, const char *interface, const char *address,
                            GVariant *parameters)
{
    IpmpdOrder *order = g_new0(IpmpdOrder, 1);

    order->group = g_strdup(group);
    order->interface = g_strdup(interface);
    order->address = g_strdup(address);
    order->parameters = g_variant_ref(parameters);
    return order;
}

void ipmpd_order_free(IpmpdOrder *order)
{
    g_free(order->group);
    g_free(order->interface);
    g_free(order->address);
    g_variant_unref(order->parameters);
    g_free(order);
}

GVariant *ipmpd_order_get_options(const IpmpdOrder *order)
{
    return g_variant_get_child_value(order->parameters,
                                     g_variant_n_children(order->parameters) - 1);
}

gboolean ipmpd_order_is_temporary(const IpmpdOrder *order)
{
    g_autoptr(GVariant) options = ipmpd_order_get_options(order);
    gboolean temporary = FALSE;

    g_variant_lookup(options, "temporary", "b", &temporary);
    return temporary;
}

gboolean ipmpd_edit_check_options(const IpmpdOrder *order, const IpmpdArgument *allowed,
                                  GError **error)
{
    g_autoptr(GVariant) options = ipmpd_order_get_options(order);

    return ipmpd_arguments_check(options, allowed, "option", error);
}

MpGroupConfig *ipmpd_edit_find_group(MpConfig *config, const IpmpdOrder *order, GError **error)
{
    MpGroupConfig *group = mp_config_find(config, order->group);

    if (group == NULL)
        g_set_error(error, MP_ERROR, MP_ERROR_NO_SUCH_GROUP, "there is no group \"%s\"",
                    order->group);
    return group;
}

MpInterfaceConfig *ipmpd_edit_find_member(MpGroupConfig *group, const char *name, GError **error)
{
    MpInterfaceConfig *member = mp_group_config_find(group, name);
    g_autoptr(GString) names = NULL;

    if (member != NULL)
        return member;
    names = g_string_new(NULL);
    for (guint i = 0; i < group->interfaces->len; i++) {
        const MpInterfaceConfig *other = group->interfaces->pdata[i];
        g_string_append_printf(names, "%s%s", i == 0 ? "" : ", ", other->name);
    }
    g_set_error(error, MP_ERROR, MP_ERROR_NO_SUCH_INTERFACE,
                "\"%s\" is no member of group %s, whose members are: %s", name, group->name,
                names->len > 0 ? names->str : "none");
    return NULL;
}
