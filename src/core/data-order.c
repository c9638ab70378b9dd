/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* In which order the kernel had the addresses that were found: they are made again in it; and which
 * of very many can wait. */
#include "data.h"

guint mp_data_next_order(MpGroup *group)
{
    return group->next_order++;
}

/* The kernel's order: of connected routes of one prefix, and of addresses of one device. */
typedef struct {
    MpData *data;
    guint route, address;
} Found;

/* Among those of its prefix. */
static guint place_of_connected(const MpEngine *engine, guint index, const MpAddress *prefix)
{
    const MpPictureRoute *entry = mp_picture_routes_to(engine->picture, prefix);

    for (guint i = 0; entry != NULL; i++, entry = entry->next) {
        if (entry->route.oif == index && entry->route.protocol == MP_RTPROT_KERNEL)
            return i;
    }
    return G_MAXUINT;
}

static Found found_place(const MpEngine *engine, MpData *data)
{
    Found found = {data, G_MAXUINT, G_MAXUINT};
    MpAddress prefix = mp_address_network(&data->address);
    guint index = data->foreign && data->home != NULL ? data->home->index : 0;

    /* IPv6 has one order, that of the addresses. */
    if (index != 0 && prefix.family == MP_IPV4)
        found.route = place_of_connected(engine, index, &prefix);
    for (guint i = 0; index != 0 && i < engine->picture->addresses->len; i++) {
        const MpIfaddr *ifaddr =
            &((MpPictureAddress *)g_ptr_array_index(engine->picture->addresses, i))->ifaddr;

        if (ifaddr->index == index && mp_address_equal(&ifaddr->address, &data->address))
            found.address = i;
    }
    return found;
}

/* One without a connected route stands behind the one before it on its device. */
static void place_among(GArray *places)
{
    for (guint i = 0; i < places->len; i++) {
        Found *place = &g_array_index(places, Found, i);
        const Found *before = NULL;

        if (place->route != G_MAXUINT || place->address == G_MAXUINT ||
            place->data->address.family != MP_IPV4)
            continue;
        for (guint k = 0; k < places->len; k++) {
            const Found *other = &g_array_index(places, Found, k);

            if (other->data->home == place->data->home && other->route != G_MAXUINT &&
                other->address < place->address &&
                (before == NULL || other->address > before->address))
                before = other;
        }
        place->route = before != NULL ? before->route : 0;
    }
}

static gint found_compare(gconstpointer a, gconstpointer b)
{
    const Found *left = a, *right = b;

    if (left->route != right->route)
        return left->route < right->route ? -1 : 1;
    if (left->address != right->address)
        return left->address < right->address ? -1 : 1;
    return left->data->order < right->data->order ? -1 : left->data->order > right->data->order;
}

void mp_data_order_as_found(const MpEngine *engine, const GPtrArray *list)
{
    g_autoptr(GArray) places = g_array_new(FALSE, FALSE, sizeof(Found));

    for (guint i = 0; i < list->len; i++) {
        Found place = found_place(engine, g_ptr_array_index(list, i));

        g_array_append_val(places, place);
    }
    place_among(places);
    g_array_sort(places, found_compare);
    for (guint i = 0; i < places->len; i++) {
        MpData *data = g_array_index(places, Found, i).data;

        data->order = mp_data_next_order(data->group);
    }
}

gboolean mp_data_are_many(const MpEngine *engine)
{
    return g_hash_table_size(engine->data) > engine->portion;
}

gboolean mp_data_is_fresh(const MpEngine *engine, const MpData *data)
{
    const GPtrArray *members = data->group->members;

    if (data->was_somewhere)
        return FALSE;
    for (guint i = 0; i < members->len; i++) {
        const MpMember *member = g_ptr_array_index(members, i);

        if (mp_picture_ifaddr(engine->picture, member->index, &data->address) != NULL)
            return FALSE;
    }
    return TRUE;
}

gboolean mp_data_route_comes_later(const MpEngine *engine, const MpOp *op, gint64 now_us)
{
    const MpData *data = op->kind == MP_OP_ROUTE_PREPEND || op->kind == MP_OP_ROUTE_REPLACE ||
                                 op->kind == MP_OP_ROUTE_ADD
                             ? g_hash_table_lookup(engine->data, &op->route.prefsrc)
                             : NULL;
    MpOp making = {.kind = MP_OP_ADDRESS_ADD};

    if (data == NULL || !mp_data_is_fresh(engine, data))
        return FALSE;
    if (engine->config->defaults.anchor)
        making.address = mp_data_anchor(data);
    else if (data->host != NULL)
        making = mp_data_making(engine, data, now_us);
    else
        return FALSE;
    return mp_picture_ifaddr(engine->picture, making.address.index, &making.address.address) ==
               NULL &&
           mp_oplog_admits(engine->oplog, &making, now_us);
}
