/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The edits of data addresses. */
#include "edit-private.h"

#include "error.h"

static const IpmpdArgument address_options[] = {
    {"interface", "s"}, {"deprecated", "b"}, {"temporary", "b"}, {NULL, NULL}};

/* Where a data address is configured. */
typedef struct {
    MpGroupConfig *group;
    MpInterfaceConfig *home; /* NULL = homeless */
    GArray *list;
    guint index;
} Place;

static gboolean list_find(GArray *list, const MpAddress *address, guint *out)
{
    for (guint i = 0; i < list->len; i++) {
        if (mp_address_equal_host(&g_array_index(list, MpAddress, i), address)) {
            *out = i;
            return TRUE;
        }
    }
    return FALSE;
}

static gboolean group_find_address(MpGroupConfig *group, const MpAddress *address, Place *out)
{
    *out = (Place){.group = group, .list = group->addresses};
    if (list_find(group->addresses, address, &out->index))
        return TRUE;
    for (guint i = 0; i < group->interfaces->len; i++) {
        MpInterfaceConfig *member = group->interfaces->pdata[i];

        *out = (Place){.group = group, .home = member, .list = member->addresses};
        if (list_find(member->addresses, address, &out->index))
            return TRUE;
    }
    return FALSE;
}

static gboolean config_find_address(MpConfig *config, const MpAddress *address, Place *out)
{
    for (guint i = 0; i < config->groups->len; i++) {
        if (group_find_address(config->groups->pdata[i], address, out))
            return TRUE;
    }
    return FALSE;
}

static gboolean refuse_configured(const Place *place, GError **error)
{
    g_autofree char *text =
        mp_address_to_string(&g_array_index(place->list, MpAddress, place->index));

    g_set_error(error, MP_ERROR, MP_ERROR_EXISTS, "%s is an address of group %s already, %s%s",
                text, place->group->name, place->home != NULL ? "at home on " : "without a home",
                place->home != NULL ? place->home->name : "");
    return FALSE;
}

static gboolean address_check_options(const IpmpdOrder *order, const MpAddress *address,
                                      GError **error)
{
    g_autoptr(GVariant) options = ipmpd_order_get_options(order);
    gboolean deprecated = FALSE;

    if (!ipmpd_arguments_check(options, address_options, "option", error))
        return FALSE;
    g_variant_lookup(options, "deprecated", "b", &deprecated);
    if (!deprecated)
        return TRUE;
    if (address->family == MP_IPV4)
        g_set_error(error, MP_ERROR, MP_ERROR_INVALID_ARGUMENT,
                    "deprecated: %s is of IPv4; only IPv6 addresses can be deprecated",
                    order->address);
    else
        g_set_error(error, MP_ERROR, MP_ERROR_NOT_SUPPORTED,
                    "deprecated: %s cannot be configured as deprecated by this version",
                    order->address);
    return FALSE;
}

gboolean ipmpd_edit_add_address(MpConfig *config, const IpmpdOrder *order, GError **error)
{
    MpGroupConfig *group = ipmpd_edit_find_group(config, order, error);
    MpInterfaceConfig *home = NULL;
    MpAddress address;
    Place place;

    if (group == NULL || !mp_address_parse_data(order->address, &address, error) ||
        !address_check_options(order, &address, error))
        return FALSE;
    if (order->interface != NULL) {
        home = ipmpd_edit_find_member(group, order->interface, error);
        if (home == NULL)
            return FALSE;
    }
    if (config_find_address(config, &address, &place)) {
        const MpAddress *found = &g_array_index(place.list, MpAddress, place.index);
        gboolean same =
            place.group == group && place.home == home && mp_address_equal(found, &address);
        return same ? TRUE : refuse_configured(&place, error);
    }
    g_array_append_val(home != NULL ? home->addresses : group->addresses, address);
    return TRUE;
}

gboolean ipmpd_edit_remove_address(MpConfig *config, const IpmpdOrder *order, GError **error)
{
    MpGroupConfig *group = ipmpd_edit_find_group(config, order, error);
    MpAddress address;
    Place place;

    if (group == NULL || !mp_address_parse(order->address, MP_PREFIX_REQUIRED, &address, error) ||
        !ipmpd_edit_check_options(order, ipmpd_edit_plain_options, error))
        return FALSE;
    if (!group_find_address(group, &address, &place) ||
        !mp_address_equal(&g_array_index(place.list, MpAddress, place.index), &address)) {
        g_set_error(error, MP_ERROR, MP_ERROR_NO_SUCH_ADDRESS,
                    "%s is not configured as an address of group %s", order->address, group->name);
        return FALSE;
    }
    g_array_remove_index(place.list, place.index);
    return TRUE;
}
