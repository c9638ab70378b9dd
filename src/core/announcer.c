/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "announcer.h"

#include "data.h"

#include <string.h>

static const gint64 repeats_us[MP_N_ANNOUNCEMENTS] = {
    0, 100 * MP_USEC_PER_MSEC, 500 * MP_USEC_PER_MSEC, 1500 * MP_USEC_PER_MSEC};

/* Gateways of the address' subnet are asked by name: they answer to ARP requests even where
 * gratuitous ones are dropped. */
static void add_gateways(const MpEngine *engine, MpAction *action, const MpAddress *address)
{
    for (guint i = 0;
         i < engine->picture->routes->len && action->announce.n_gateways < MP_ANNOUNCE_GATEWAYS_MAX;
         i++) {
        const MpRoute *route =
            &((MpPictureRoute *)g_ptr_array_index(engine->picture->routes, i))->route;
        gboolean known = FALSE;

        if (route->gateway.family != MP_IPV4 || !mp_address_contains(address, &route->gateway))
            continue;
        for (guint k = 0; k < action->announce.n_gateways; k++)
            known = known || mp_address_equal_host(&action->announce.gateways[k], &route->gateway);
        if (!known)
            action->announce.gateways[action->announce.n_gateways++] = route->gateway;
    }
}

static void announce(MpEngine *engine, MpData *data)
{
    const MpLink *link = mp_picture_link(engine->picture, mp_data_host_index(data));
    MpAction *action;

    if (link == NULL || link->hwaddr_len != 6)
        return;
    action = g_new0(MpAction, 1);
    action->kind = MP_ACTION_ANNOUNCE;
    action->announce.index = link->index;
    action->announce.hwaddr_len = link->hwaddr_len;
    memcpy(action->announce.hwaddr, link->hwaddr, link->hwaddr_len);
    action->announce.address = data->address;
    if (data->address.family == MP_IPV4)
        add_gateways(engine, action, &data->address);
    data->told_index = link->index;
    data->host->announcements++;
    g_queue_push_tail(engine->actions, action);
}

void mp_announcer_move(MpEngine *engine, MpData *data, gint64 now_us)
{
    data->announce_us = 0;
    data->announced = 0;
    announce(engine, data);
}

void mp_announcer_arrived(MpEngine *engine, MpData *data, gint64 now_us)
{
    data->settled_us = now_us;
    data->announced = 1;
    data->announce_us = now_us + repeats_us[1];
    announce(engine, data);
}

void mp_announcer_expire(MpEngine *engine, gint64 now_us)
{
    GHashTableIter iter;
    MpData *data;

    g_hash_table_iter_init(&iter, engine->data);
    while (g_hash_table_iter_next(&iter, NULL, (gpointer *)&data)) {
        if (data->announce_us == 0 || now_us < data->announce_us)
            continue;
        data->announce_us = 0;
        if (!mp_data_is_wanted(data) || !mp_data_is_settled(engine, data) || !data->host->active)
            continue;
        announce(engine, data);
        if (++data->announced < MP_N_ANNOUNCEMENTS)
            data->announce_us = data->settled_us + repeats_us[data->announced];
    }
}

gint64 mp_announcer_deadline(const MpEngine *engine)
{
    gint64 deadline = G_MAXINT64;
    GHashTableIter iter;
    MpData *data;

    g_hash_table_iter_init(&iter, engine->data);
    while (g_hash_table_iter_next(&iter, NULL, (gpointer *)&data)) {
        if (data->announce_us != 0)
            deadline = MIN(deadline, data->announce_us);
    }
    return deadline;
}
