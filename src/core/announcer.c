/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "announcer.h"

#include "data.h"

#include <string.h>

static const gint64 repeats_us[MP_N_ANNOUNCEMENTS] = {
    0, 100 * MP_USEC_PER_MSEC, 500 * MP_USEC_PER_MSEC, 1500 * MP_USEC_PER_MSEC};

/* A neighbour on the address' link: in its subnet, for one without a subnet any; by IPv6 routers
 * are known by their link-locals. */
static gboolean is_beside(const MpAddress *address, const MpAddress *peer)
{
    if (peer->family != address->family || mp_address_equal_host(peer, address))
        return FALSE;
    if (peer->family == MP_IPV6 && mp_address_is_link_local(peer))
        return TRUE;
    return address->prefix == mp_address_bits(address) || mp_address_contains(address, peer);
}

static void add_peer(MpAction *action, const MpAddress *peer)
{
    guint n = action->announce.n_peers;

    for (guint i = 0; i < n; i++) {
        if (mp_address_equal_host(&action->announce.peers[i], peer))
            return;
    }
    if (n < MP_ANNOUNCE_PEERS_MAX && is_beside(&action->announce.address, peer))
        action->announce.peers[action->announce.n_peers++] = *peer;
}

static void add_listed(MpAction *action, const GArray *list)
{
    for (guint i = 0; i < list->len; i++)
        add_peer(action, &g_array_index(list, MpAddress, i));
}

/* Whoever has an entry for the sender learns from a request, whomever it asks for (RFC 826): the
 * first address of the subnet, which is the router's more often than not. Of a pair (RFC 3021) the
 * network's address is a host's, too. */
static void add_anybody(const MpEngine *engine, MpAction *action)
{
    MpAddress peer = mp_address_network(&action->announce.address);

    peer.prefix = (guint8)mp_address_bits(&peer);
    if (action->announce.address.prefix == 31)
        peer.bytes[3]--;
    for (guint i = 0; i < 2; i++) {
        peer.bytes[3]++;
        if (!g_hash_table_contains(engine->data, &peer))
            add_peer(action, &peer);
        if (action->announce.n_peers > 0)
            return;
    }
}

/* Routers and known neighbours are asked by name: that is answered, and learnt from, even where
 * what is gratuitous is dropped. */
static void add_peers(const MpEngine *engine, MpAction *action, const MpGroup *group)
{
    add_listed(action, group->routers);
    add_listed(action, group->heard_routers);
    for (guint i = 0; i < group->detection->targets->len; i++)
        add_peer(action, &g_array_index(group->detection->targets, MpGroupTarget, i).address);
    if (action->announce.n_peers == 0 && action->announce.address.family == MP_IPV4)
        add_anybody(engine, action);
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
    add_peers(engine, action, data->group);
    data->told_index = link->index;
    data->host->announcements++;
    g_queue_push_tail(engine->actions, action);
}

/* Everything but the first word of a move is held to MP_ANNOUNCE_BURST in MP_ANNOUNCE_PAUSE_US. */
static gboolean may_speak(MpEngine *engine, gint64 now_us)
{
    if (now_us >= engine->spoken_us + MP_ANNOUNCE_PAUSE_US) {
        engine->spoken_us = now_us;
        engine->spoken = 0;
    }
    return engine->spoken++ < MP_ANNOUNCE_BURST;
}

void mp_announcer_move(MpEngine *engine, MpData *data, gint64 now_us)
{
    data->announce_us = 0;
    data->announced = 0;
    data->said_again = FALSE;
    announce(engine, data);
}

void mp_announcer_arrived(MpEngine *engine, MpData *data, gint64 now_us)
{
    data->settled_us = now_us;
    data->said_again = FALSE;
    data->announced = may_speak(engine, now_us) ? 1 : 0;
    data->announce_us = now_us + repeats_us[data->announced];
    if (data->announced > 0)
        announce(engine, data);
}

static gboolean is_before(const MpData *left, const MpData *right)
{
    if (left->said_again != right->said_again)
        return right->said_again;
    if (left->announce_us != right->announce_us)
        return left->announce_us < right->announce_us;
    return mp_address_compare(&left->address, &right->address) < 0;
}

/* Those that are due first, in order, as many as may be said at once: of ten thousands that are due
 * all others are no more than looked at. */
static GPtrArray *take_due(MpEngine *engine, gint64 now_us)
{
    GPtrArray *due = g_ptr_array_new();
    GHashTableIter iter;
    MpData *data;

    g_hash_table_iter_init(&iter, engine->data);
    while (g_hash_table_iter_next(&iter, NULL, (gpointer *)&data)) {
        guint at = due->len;

        if (data->announce_us == 0 || now_us < data->announce_us)
            continue;
        while (at > 0 && is_before(data, g_ptr_array_index(due, at - 1)))
            at--;
        if (at == MP_ANNOUNCE_BURST)
            continue;
        if (!mp_data_is_wanted(data) || !mp_data_is_settled(engine, data) || !data->host->active) {
            data->announce_us = 0;
            continue;
        }
        g_ptr_array_insert(due, (gint)at, data);
        g_ptr_array_set_size(due, (gint)MIN(due->len, MP_ANNOUNCE_BURST));
    }
    return due;
}

void mp_announcer_expire(MpEngine *engine, gint64 now_us)
{
    g_autoptr(GPtrArray) due = NULL;

    if (now_us < mp_announcer_deadline(engine))
        return;
    due = take_due(engine, now_us);
    for (guint i = 0; i < due->len && may_speak(engine, now_us); i++) {
        MpData *data = g_ptr_array_index(due, i);

        announce(engine, data);
        data->announced++;
        data->announce_us = data->announced < MP_N_ANNOUNCEMENTS
                                ? data->settled_us + repeats_us[data->announced]
                                : 0;
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
    if (deadline != G_MAXINT64 && engine->spoken >= MP_ANNOUNCE_BURST)
        deadline = MAX(deadline, engine->spoken_us + MP_ANNOUNCE_PAUSE_US);
    return deadline;
}

/* Neighbours know the addresses by the old hardware address. */
static void announce_changed(MpEngine *engine, MpMember *member, gint64 now_us)
{
    member->hwaddr_changed = FALSE;
    for (guint i = 0; i < member->group->data->len; i++) {
        MpData *data = g_ptr_array_index(member->group->data, i);

        if (data->host == member && member->active && mp_data_is_wanted(data) &&
            mp_data_is_settled(engine, data))
            mp_announcer_arrived(engine, data, now_us);
    }
}

static gboolean is_anybody_silenced(const MpEngine *engine)
{
    for (guint i = 0; i < engine->groups->len; i++) {
        const MpGroup *group = g_ptr_array_index(engine->groups, i);

        for (guint k = 0; k < group->members->len; k++) {
            if (((const MpMember *)g_ptr_array_index(group->members, k))->silenced)
                return TRUE;
        }
    }
    return FALSE;
}

/* From now on: another device that is new then does not make it begin anew. */
static gboolean has_more_to_say(const MpData *data)
{
    return data->announce_us != 0 && data->announced < MP_N_ANNOUNCEMENTS - 1;
}

/* Of members that begin together nobody knows anything yet. */
static void announce_besides(MpEngine *engine, MpGroup *group, gint64 now_us)
{
    for (guint i = 0; i < group->data->len; i++) {
        MpData *data = g_ptr_array_index(group->data, i);

        if (data->address.family != MP_IPV4 || data->host == NULL || data->host->silenced ||
            !data->host->active || has_more_to_say(data) || !mp_data_is_wanted(data) ||
            !mp_data_is_settled(engine, data))
            continue;
        mp_announcer_arrived(engine, data, now_us);
        data->said_again = TRUE;
    }
}

/* Those of all groups: it may be on the link of any. */
static void announce_beside_silenced(MpEngine *engine, gint64 now_us)
{
    if (!is_anybody_silenced(engine))
        return;
    for (guint i = 0; i < engine->groups->len; i++)
        announce_besides(engine, g_ptr_array_index(engine->groups, i), now_us);
    for (guint i = 0; i < engine->groups->len; i++) {
        const MpGroup *group = g_ptr_array_index(engine->groups, i);

        for (guint k = 0; k < group->members->len; k++)
            ((MpMember *)g_ptr_array_index(group->members, k))->silenced = FALSE;
    }
}

/* Where each is, now and by the last repeat: what was said last in an earlier life is not known. */
static void say_again(MpEngine *engine, gint64 now_us)
{
    GHashTableIter iter;
    MpData *data;

    engine->say_again = FALSE;
    g_hash_table_iter_init(&iter, engine->data);
    while (g_hash_table_iter_next(&iter, NULL, (gpointer *)&data)) {
        if (data->host == NULL || !data->host->active || data->announce_us != 0 ||
            !mp_data_is_wanted(data) || !mp_data_is_settled(engine, data))
            continue;
        data->settled_us = now_us;
        data->said_again = TRUE;
        data->announced = MP_N_ANNOUNCEMENTS - 2;
        data->announce_us = now_us;
    }
}

void mp_announcer_look(MpEngine *engine, gint64 now_us)
{
    if (engine->say_again)
        say_again(engine, now_us);
    for (guint i = 0; i < engine->groups->len; i++) {
        const MpGroup *group = g_ptr_array_index(engine->groups, i);

        for (guint k = 0; k < group->members->len; k++) {
            MpMember *member = g_ptr_array_index(group->members, k);

            if (member->hwaddr_changed)
                announce_changed(engine, member, now_us);
        }
    }
    announce_beside_silenced(engine, now_us);
}
