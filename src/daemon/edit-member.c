/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The edits of members. */
#include "edit-private.h"

#include "error.h"

const IpmpdArgument ipmpd_edit_member_options[] = {
    {"standby", "b"},          {"test-addresses", "as"}, {"addresses", "as"},
    {"hardware-address", "s"}, {"temporary", "b"},       {NULL, NULL},
};

/* Replaces *slot by the addresses of the option, if it is given. */
static gboolean member_take_addresses(GVariant *options, const char *key, gboolean data,
                                      GArray **slot, GError **error)
{
    g_autoptr(GVariant) texts = g_variant_lookup_value(options, key, G_VARIANT_TYPE_STRING_ARRAY);
    GArray *addresses;

    if (texts == NULL)
        return TRUE;
    addresses = data ? ipmpd_arguments_parse_data_addresses(texts, error)
                     : ipmpd_arguments_parse_addresses(texts, MP_PREFIX_REQUIRED, error);
    if (addresses == NULL)
        return FALSE;
    g_array_unref(*slot);
    *slot = addresses;
    return TRUE;
}

/* The configuration writes hardware addresses in one way. */
static void member_take_hardware_address(GVariant *options, MpInterfaceConfig *member)
{
    const char *text;

    if (!g_variant_lookup(options, "hardware-address", "&s", &text))
        return;
    g_free(member->hardware_address);
    member->hardware_address = g_ascii_strdown(text, -1);
}

static gboolean member_take_options(MpInterfaceConfig *member, GVariant *options, GError **error)
{
    g_variant_lookup(options, "standby", "b", &member->standby);
    member_take_hardware_address(options, member);
    return member_take_addresses(options, "addresses", TRUE, &member->addresses, error) &&
           member_take_addresses(options, "test-addresses", FALSE, &member->test_addresses, error);
}

MpInterfaceConfig *ipmpd_edit_build_member(const MpConfig *config, const char *group,
                                           const char *name, GVariant *options, GError **error)
{
    const MpGroupConfig *holder = mp_config_find_interface(config, name);
    g_autoptr(MpInterfaceConfig) member = mp_interface_config_new(name);

    if (!mp_interface_name_is_valid(name)) {
        g_set_error(error, MP_ERROR, MP_ERROR_INVALID_ARGUMENT,
                    "\"%s\" cannot name an interface: 1 to %u bytes without '/' and white space "
                    "are allowed",
                    name, (guint)MP_INTERFACE_NAME_MAX);
        return NULL;
    }
    if (holder != NULL && !g_str_equal(holder->name, group)) {
        g_set_error(error, MP_ERROR, MP_ERROR_INTERFACE_IN_USE,
                    "%s is a member of group %s; remove it there first", name, holder->name);
        return NULL;
    }
    if (options != NULL &&
        (!ipmpd_arguments_check(options, ipmpd_edit_member_options, "option", error) ||
         !member_take_options(member, options, error)))
        return NULL;
    return g_steal_pointer(&member);
}

/* Whether the member is what the options ask for; what they do not name may be anything. */
static gboolean member_is_as_asked(MpGroupConfig *group, MpInterfaceConfig *member,
                                   GVariant *options, GError **error)
{
    g_autoptr(MpGroupConfig) changed = mp_group_config_copy(group);

    if (!member_take_options(mp_group_config_find(changed, member->name), options, error))
        return FALSE;
    if (mp_group_config_equal(changed, group))
        return TRUE;
    g_set_error(error, MP_ERROR, MP_ERROR_EXISTS,
                "%s is a member of group %s already, with other settings", member->name,
                group->name);
    return FALSE;
}

gboolean ipmpd_edit_add_interface(MpConfig *config, const IpmpdOrder *order, GError **error)
{
    MpGroupConfig *group = ipmpd_edit_find_group(config, order, error);
    g_autoptr(GVariant) options = ipmpd_order_get_options(order);
    g_autoptr(MpInterfaceConfig) built = NULL;
    MpInterfaceConfig *member;

    if (group == NULL)
        return FALSE;
    built = ipmpd_edit_build_member(config, group->name, order->interface, options, error);
    if (built == NULL)
        return FALSE;
    member = mp_group_config_find(group, order->interface);
    if (member != NULL)
        return member_is_as_asked(group, member, options, error);
    g_ptr_array_add(group->interfaces, g_steal_pointer(&built));
    return TRUE;
}

gboolean ipmpd_edit_remove_interface(MpConfig *config, const IpmpdOrder *order, GError **error)
{
    MpGroupConfig *group = ipmpd_edit_find_group(config, order, error);
    MpInterfaceConfig *member;

    if (group == NULL || !ipmpd_edit_check_options(order, ipmpd_edit_plain_options, error))
        return FALSE;
    member = ipmpd_edit_find_member(group, order->interface, error);
    if (member == NULL)
        return FALSE;
    g_ptr_array_remove(group->interfaces, member);
    return TRUE;
}

/* The member that the order is about, wherever it is by now. */
static MpInterfaceConfig *order_find_member(MpConfig *config, const IpmpdOrder *order,
                                            GError **error)
{
    MpGroupConfig *group = mp_config_find_interface(config, order->interface);

    if (group != NULL)
        return mp_group_config_find(group, order->interface);
    g_set_error(error, MP_ERROR, MP_ERROR_NO_SUCH_INTERFACE, "\"%s\" is a member of no group",
                order->interface);
    return NULL;
}

gboolean ipmpd_edit_set_standby(MpConfig *config, const IpmpdOrder *order, GError **error)
{
    MpInterfaceConfig *member = order_find_member(config, order, error);

    if (member == NULL || !ipmpd_edit_check_options(order, ipmpd_edit_plain_options, error))
        return FALSE;
    g_variant_get_child(order->parameters, 0, "b", &member->standby);
    return TRUE;
}

gboolean ipmpd_edit_set_test_addresses(MpConfig *config, const IpmpdOrder *order, GError **error)
{
    MpInterfaceConfig *member = order_find_member(config, order, error);
    g_autoptr(GVariant) texts = g_variant_get_child_value(order->parameters, 0);
    GArray *addresses;

    if (member == NULL || !ipmpd_edit_check_options(order, ipmpd_edit_plain_options, error))
        return FALSE;
    addresses = ipmpd_arguments_parse_addresses(texts, MP_PREFIX_REQUIRED, error);
    if (addresses == NULL)
        return FALSE;
    g_array_unref(member->test_addresses);
    member->test_addresses = addresses;
    return TRUE;
}
