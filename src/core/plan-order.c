/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Of two connected IPv4 routes of one prefix the kernel takes the first, and the first is the one
 * that was made first: when a group is given back, their old order has to be made again, or unbound
 * sockets would get another source address. The addresses of a device that comes too early are
 * taken off and put on again, under the anchor, and with a placeholder for the routes that would go
 * with the device's last address. */
#include "data.h"
#include "plan.h"

typedef struct {
    const MpMember *member;
    guint order; /* of the first of its addresses in the prefix */
} Place;

static gboolean is_connected(const MpRoute *route, const MpAddress *prefix)
{
    return route->family == MP_IPV4 && route->table == MP_TABLE_MAIN &&
           route->protocol == MP_RTPROT_KERNEL && mp_address_equal(&route->dst, prefix);
}

/* Of one member, or (NULL) of all. */
static guint first_order(const MpGroup *group, const MpMember *member, const MpAddress *prefix)
{
    guint first = G_MAXUINT;

    for (guint i = 0; i < group->data->len; i++) {
        const MpData *data = g_ptr_array_index(group->data, i);

        if ((member == NULL || data->host == member) && data->address.prefix == prefix->prefix &&
            mp_data_is_wanted(data) && mp_address_contains(prefix, &data->address))
            first = MIN(first, data->order);
    }
    return first;
}

/* The members that have a connected route of the prefix, in the kernel's order. */
static GArray *connected_places(const MpEngine *engine, const MpGroup *group,
                                const MpAddress *prefix)
{
    GArray *places = g_array_new(FALSE, FALSE, sizeof(Place));

    for (const MpPictureRoute *entry = mp_picture_routes_to(engine->picture, prefix); entry != NULL;
         entry = entry->next) {
        const MpRoute *route = &entry->route;
        Place place = {0};

        if (!is_connected(route, prefix))
            continue;
        place.member = mp_group_member_by_index(group, route->oif);
        place.order = place.member != NULL ? first_order(group, place.member, prefix) : G_MAXUINT;
        if (place.order != G_MAXUINT)
            g_array_append_val(places, place);
    }
    return places;
}

static gint by_order(gconstpointer a, gconstpointer b)
{
    const MpData *const *left = a, *const *right = b;

    return (*left)->order < (*right)->order ? -1 : (*left)->order > (*right)->order;
}

/* What stands behind them on the device would stand before them then; but for what has an order of
 * its own among devices. */
static gboolean stands_behind(const MpEngine *engine, const MpGroup *group, const MpData *data,
                              guint first)
{
    MpAddress prefix = mp_address_network(&data->address);
    g_autoptr(GArray) places = NULL;

    if (data->address.family != MP_IPV4 || data->order < first)
        return FALSE;
    places = connected_places(engine, group, &prefix);
    return places->len < 2;
}

static void plan_again(const MpEngine *engine, MpPlan *plan, const MpGroup *group,
                       const MpMember *member, const MpAddress *prefix, gint64 now_us)
{
    g_autoptr(GPtrArray) list = g_ptr_array_new();
    guint first = first_order(group, member, prefix);

    for (guint i = 0; i < group->data->len; i++) {
        MpData *data = g_ptr_array_index(group->data, i);
        gboolean within =
            data->address.prefix == prefix->prefix && mp_address_contains(prefix, &data->address);

        if (data->host == member && mp_data_is_wanted(data) &&
            (within || stands_behind(engine, group, data, first)))
            g_ptr_array_add(list, data);
    }
    g_ptr_array_sort(list, by_order);
    mp_plan_placeholder(plan, member);
    for (guint i = list->len; i > 0; i--)
        mp_plan_add(plan->build, MP_OP_ADDRESS_DEL)->address =
            mp_data_form(engine, g_ptr_array_index(list, i - 1), now_us);
    for (guint i = 0; i < list->len; i++)
        mp_plan_add(plan->build, MP_OP_ADDRESS_ADD)->address =
            mp_data_form(engine, g_ptr_array_index(list, i), now_us);
}

static gint place_by_order(gconstpointer a, gconstpointer b)
{
    const Place *left = a, *right = b;

    return left->order < right->order ? -1 : left->order > right->order;
}

/* How many of the wanted ones, from the first, stand in the wanted order already. */
static guint count_right(const GArray *has, const GArray *wanted)
{
    guint right = 0;

    for (guint i = 0; i < has->len && right < wanted->len; i++) {
        if (g_array_index(has, Place, i).member == g_array_index(wanted, Place, right).member)
            right++;
    }
    return right;
}

static void plan_prefix(const MpEngine *engine, MpPlan *plan, const MpGroup *group,
                        const MpAddress *prefix, gint64 now_us)
{
    g_autoptr(GArray) has = connected_places(engine, group, prefix);
    g_autoptr(GArray) wanted = g_array_copy(has);

    g_array_sort(wanted, place_by_order);
    for (guint i = count_right(has, wanted); i < wanted->len; i++)
        plan_again(engine, plan, group, g_array_index(wanted, Place, i).member, prefix, now_us);
}

static gboolean is_home(const MpEngine *engine, const MpGroup *group)
{
    for (guint i = 0; i < group->data->len; i++) {
        const MpData *data = g_ptr_array_index(group->data, i);

        if (mp_data_is_wanted(data) && !mp_data_is_settled(engine, data))
            return FALSE;
    }
    return TRUE;
}

void mp_plan_order(const MpEngine *engine, MpPlan *plan, gint64 now_us)
{
    for (guint i = 0; i < engine->groups->len; i++) {
        MpGroup *group = g_ptr_array_index(engine->groups, i);

        if (!group->deleted || group->reordered || !is_home(engine, group) ||
            plan->build->len > 0 || plan->move->len > 0 || !engine->config->defaults.anchor)
            continue;
        group->reordered = TRUE; /* once: what somebody does meanwhile is not fought */
        for (guint k = 0; k < group->data->len; k++) {
            const MpData *data = g_ptr_array_index(group->data, k);
            MpAddress prefix = mp_address_network(&data->address);

            if (data->address.family == MP_IPV4 && first_order(group, NULL, &prefix) == data->order)
                plan_prefix(engine, plan, group, &prefix, now_us);
        }
    }
}
