/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The part of the picture that the kernel changes in silence: nexthops and routes. A host may have
 * a hundred thousand routes, and each dump shows them again: nothing here walks over all of them
 * but what is done to all of them. */
#include "picture-private.h"

#include "state.h"
#include "types.h"

/* A manager that drops its routes with the carrier has put them back by then (adoption rules). */
#define DISOWNED_US (30 * MP_USEC_PER_SEC)

/* What the kernel does without a word -------------------------------------------------------------
 */

static void routes_drop_by_nexthop(MpPicture *picture, guint32 id, gboolean flushed)
{
    MpPictureRoute *next;

    if (!g_hash_table_contains(picture->users, GUINT_TO_POINTER(id)))
        return;
    for (MpPictureRoute *entry = picture->routes.first; entry != NULL; entry = next) {
        next = entry->after;
        if (entry->route.nhid != id)
            continue;
        if (flushed && mp_route_is_others(&entry->route))
            mp_picture_set_ghost(picture, entry, TRUE);
        else
            mp_picture_routes_drop(picture, entry);
    }
}

void mp_picture_note_nexthop(MpPicture *picture, guint32 id)
{
    const MpRouteList *lists[] = {&picture->routes, &picture->ghosts};
    const MpNexthop *nexthop = mp_picture_nexthop(picture, id);

    if ((nexthop != NULL && nexthop->protocol == MP_PROTOCOL) ||
        !g_hash_table_contains(picture->users, GUINT_TO_POINTER(id)))
        return;
    for (guint i = 0; i < G_N_ELEMENTS(lists); i++) {
        for (MpPictureRoute *entry = lists[i]->first; entry != NULL; entry = entry->after) {
            if (entry->route.nhid == id)
                mp_picture_mark(picture, entry->destination);
        }
    }
}

static void nexthop_remember(MpPicture *picture, const MpNexthop *nexthop)
{
    gpointer id = GUINT_TO_POINTER(nexthop->id);

    if (nexthop->protocol != MP_PROTOCOL && !g_hash_table_contains(picture->lost, id))
        g_hash_table_insert(picture->lost, id, g_memdup2(nexthop, sizeof *nexthop));
}

static gboolean nexthop_group_drop_member(MpPicture *picture, MpNexthop *group, guint32 id,
                                          gboolean flushed)
{
    guint kept = 0;

    for (guint i = 0; i < group->n_members; i++)
        kept += group->members[i].id != id ? 1 : 0;
    if (kept == group->n_members)
        return FALSE;
    if (flushed)
        nexthop_remember(picture, group);
    kept = 0;
    for (guint i = 0; i < group->n_members; i++) {
        if (group->members[i].id != id)
            group->members[kept++] = group->members[i];
    }
    group->n_members = kept;
    return kept == 0;
}

void mp_picture_nexthop_drop(MpPicture *picture, guint32 id, gboolean flushed)
{
    const MpNexthop *gone = mp_picture_nexthop(picture, id);
    GHashTableIter iter;
    MpNexthop *group;
    g_autoptr(GArray) empty = g_array_new(FALSE, FALSE, sizeof(guint32));

    if (!flushed)
        g_hash_table_remove(picture->lost, GUINT_TO_POINTER(id));
    if (gone == NULL)
        return;
    if (flushed)
        nexthop_remember(picture, gone);
    g_hash_table_remove(picture->nexthops, GUINT_TO_POINTER(id));
    g_hash_table_iter_init(&iter, picture->nexthops);
    while (g_hash_table_iter_next(&iter, NULL, (gpointer *)&group)) {
        if (group->n_members > 0 && nexthop_group_drop_member(picture, group, id, flushed))
            g_array_append_val(empty, group->id);
    }
    for (guint i = 0; i < empty->len; i++)
        mp_picture_nexthop_drop(picture, g_array_index(empty, guint32, i), flushed);
    routes_drop_by_nexthop(picture, id, flushed);
}

/* Its device works, so it was its owner. */
void mp_picture_nexthop_sweep(MpPicture *picture, guint32 id)
{
    const MpNexthop *nexthop = mp_picture_nexthop(picture, id);

    if (nexthop != NULL)
        mp_picture_nexthop_drop(
            picture, id, nexthop->oif != 0 && !mp_picture_link_usable(picture, nexthop->oif));
}

void mp_picture_nexthops_drop_by_link(MpPicture *picture, guint index)
{
    GHashTableIter iter;
    MpNexthop *nexthop;
    g_autoptr(GArray) lost = g_array_new(FALSE, FALSE, sizeof(guint32));

    g_hash_table_iter_init(&iter, picture->nexthops);
    while (g_hash_table_iter_next(&iter, NULL, (gpointer *)&nexthop)) {
        if (nexthop->n_members == 0 && nexthop->oif == index)
            g_array_append_val(lost, nexthop->id);
    }
    for (guint i = 0; i < lost->len; i++)
        mp_picture_nexthop_drop(picture, g_array_index(lost, guint32, i), TRUE);
}

static gboolean place_equal(const MpRoute *left, const MpRoute *right)
{
    return left->table == right->table && left->metric == right->metric &&
           left->tos == right->tos && mp_address_equal(&left->dst, &right->dst);
}

static MpPictureRoute *place_from(MpPictureRoute *entry, const MpRoute *route)
{
    while (entry != NULL && !place_equal(&entry->route, route))
        entry = entry->next;
    return entry;
}

static MpPictureRoute *place_first(const MpPicture *picture, const MpRoute *route)
{
    const MpDestination *destination =
        mp_picture_destination_find(picture, &route->dst, route->table);

    return destination != NULL ? place_from(destination->routes, route) : NULL;
}

void mp_picture_hops_change(MpPicture *picture, guint index, MpHopsFate fate)
{
    MpHopsChange change = {index, fate};

    if (fate == MP_HOPS_ALIVE && !picture->dead_hops && picture->hops_changes->len == 0)
        return;
    if (mp_picture_has_hop4(picture, index, FALSE))
        g_array_append_val(picture->hops_changes, change);
}

static gboolean is_hop_of_same(const MpPictureRoute *entry, const MpRoute *route)
{
    return entry->route.n_hops == route->n_hops && entry->route.protocol == route->protocol &&
           entry->route.nhid == 0 && mp_route_is_others(&entry->route);
}

/* A route of several hops lives while one of them does, but it goes with the first device that
 * does. */
static gboolean another_hop_lives(MpPicture *picture, const MpRoute *route, MpHopsFate fate)
{
    MpPictureRoute *entry =
        route->n_hops > 1 && fate != MP_HOPS_GONE ? place_first(picture, route) : NULL;

    for (; entry != NULL; entry = place_from(entry->next, &entry->route)) {
        if (is_hop_of_same(entry, route) && !entry->ghost &&
            (entry->route.hop_flags & MP_RTNH_DEAD) == 0)
            return TRUE;
    }
    return FALSE;
}

static void list_other_hops(MpPicture *picture, const MpRoute *route, GPtrArray *hops)
{
    MpPictureRoute *entry = route->n_hops > 1 ? place_first(picture, route) : NULL;

    for (; entry != NULL; entry = place_from(entry->next, &entry->route)) {
        if (is_hop_of_same(entry, route))
            g_ptr_array_add(hops, entry);
    }
}

/* FALSE: the route has gone with it. */
static gboolean hop_change(MpPicture *picture, MpPictureRoute *entry, MpHopsFate fate)
{
    if (fate == MP_HOPS_ALIVE) {
        entry->route.hop_flags &= (guint8)~MP_RTNH_DEAD;
        return TRUE;
    }
    entry->route.hop_flags |= MP_RTNH_DEAD;
    if (!another_hop_lives(picture, &entry->route, fate))
        return FALSE;
    picture->dead_hops = TRUE;
    return TRUE;
}

static void list_change(MpPicture *picture, MpRouteList *list, const MpHopsChange *change)
{
    g_autoptr(GPtrArray) hops = g_ptr_array_new();
    MpPictureRoute *next;

    for (MpPictureRoute *entry = list->first; entry != NULL; entry = next) {
        next = entry->after;
        if (entry->route.family != MP_IPV4 || entry->route.oif != change->index ||
            entry->route.nhid != 0 || hop_change(picture, entry, change->fate))
            continue;
        list_other_hops(picture, &entry->route, hops);
        if (mp_route_is_others(&entry->route))
            mp_picture_set_ghost(picture, entry, TRUE);
        else
            mp_picture_routes_drop(picture, entry);
    }
    for (guint i = 0; i < hops->len; i++) {
        MpPictureRoute *entry = g_ptr_array_index(hops, i);

        if (!entry->ghost)
            mp_picture_set_ghost(picture, entry, TRUE);
    }
}

void mp_picture_flush(MpPicture *picture)
{
    for (guint i = 0; i < picture->hops_changes->len; i++) {
        const MpHopsChange *change = &g_array_index(picture->hops_changes, MpHopsChange, i);

        list_change(picture, &picture->routes, change);
        list_change(picture, &picture->tests, change);
    }
    g_array_set_size(picture->hops_changes, 0);
}

/* Routes ------------------------------------------------------------------------------------------
 */

static gboolean route_same_hop(const MpRoute *a, const MpRoute *b)
{
    return a->oif == b->oif && mp_address_equal(&a->gateway, &b->gateway);
}

/* The one route that an event speaks of: IPv4 has several of one place that differ in anything,
 * IPv6 in hops. */
static gboolean route_same(const MpRoute *a, const MpRoute *b)
{
    if (a->type != b->type)
        return FALSE;
    if (a->nhid != 0 || b->nhid != 0)
        return a->nhid == b->nhid &&
               (a->family == MP_IPV6 || mp_address_equal(&a->prefsrc, &b->prefsrc));
    if (!route_same_hop(a, b))
        return FALSE;
    return a->family == MP_IPV6 || (a->protocol == b->protocol && a->scope == b->scope &&
                                    mp_address_equal(&a->prefsrc, &b->prefsrc));
}

static MpPictureRoute *route_find(const MpPicture *picture, const MpRoute *route)
{
    MpPictureRoute *entry = place_first(picture, route);

    while (entry != NULL && !route_same(&entry->route, route))
        entry = place_from(entry->next, route);
    return entry;
}

/* NLM_F_REPLACE took the first of this place: IPv4 one route, IPv6 one or, for a multipath, all its
 * hops. */
static void route_replace(MpPicture *picture, const MpRoute *route)
{
    for (MpPictureRoute *entry = place_first(picture, route); entry != NULL;
         entry = place_from(entry->next, route)) {
        if (route_same(&entry->route, route))
            continue;
        if (entry->route.family == MP_IPV4 && entry->route.protocol == MP_PROTOCOL &&
            route->protocol != MP_PROTOCOL)
            continue; /* ours is before his in main: he replaced his own, we look again by a dump */
        mp_picture_routes_drop(picture, entry);
        return;
    }
}

/* A new IPv4 route in the place of a flushed one: its owner has decided anew. */
static void route_succeed(MpPicture *picture, const MpRoute *route)
{
    MpPictureRoute *entry = place_first(picture, route), *next;

    if (route->family != MP_IPV4 || !mp_route_is_others(route))
        return;
    for (; entry != NULL; entry = next) {
        next = place_from(entry->next, route);
        if (entry->ghost)
            mp_picture_routes_drop(picture, entry);
    }
}

/* Shown by a dump as it was: nothing has changed. */
static void route_show(MpPicture *picture, MpPictureRoute *entry, const MpRoute *route)
{
    gboolean changed = entry->ghost || !mp_route_equal(&entry->route, route);

    if (!entry->ghost && entry->dump != picture->dump)
        picture->unseen--;
    entry->dump = picture->dump;
    if (changed) {
        mp_picture_route_set(picture, entry, route, FALSE);
        entry->disowned = FALSE;
        return;
    }
    entry->route.hop_flags = route->hop_flags;
    entry->route.has_expires = route->has_expires;
    entry->route.expires_s = route->expires_s;
    entry->route.stamp_us = route->stamp_us;
    if (entry->destination->queue != NULL)
        mp_picture_mark(picture, entry->destination); /* an answer to what was asked for */
}

/* Since about Linux 6.16 IPv6 routes are made without the lock under which nexthops go: one may be
 * told after the nexthop that takes it along, and its end is not told. */
static gboolean went_already(const MpPicture *picture, const MpRoute *route)
{
    return route->nhid != 0 && route->protocol == MP_PROTOCOL &&
           (picture->complete & MP_DUMP_NEXTHOPS) != 0 &&
           mp_picture_nexthop(picture, route->nhid) == NULL;
}

static void route_appears(MpPicture *picture, const MpEvent *event)
{
    const MpRoute *route = &event->route;
    MpPictureRoute *entry;
    MpRoute whole;

    picture->dead_hops |= route->n_hops > 1 && (route->hop_flags & MP_RTNH_DEAD) != 0;
    if (event->replaced && route->hop == 0)
        route_replace(picture, route);
    entry = route_find(picture, route);
    if (entry != NULL) {
        whole = mp_picture_with_source(picture, entry, event);
        route_show(picture, entry, &whole);
        return;
    }
    route_succeed(picture, route);
    entry = mp_picture_routes_add(picture, route, FALSE);
    if (event->prepended && route->family == MP_IPV4 && route->n_hops < 2)
        mp_picture_route_first(entry);
}

void mp_picture_route_apply(MpPicture *picture, const MpEvent *event)
{
    mp_picture_flush(picture);
    route_appears(picture, event);
    if (went_already(picture, &event->route))
        routes_drop_by_nexthop(picture, event->route.nhid, FALSE);
}

/* Of one that leads by a nexthop object: the first device that its owner gave it. */
static guint device_of(const MpPicture *picture, const MpRoute *route)
{
    const MpNexthop *nexthop =
        route->nhid != 0 ? mp_picture_nexthop_made(picture, route->nhid) : NULL;

    if (nexthop != NULL && nexthop->n_members > 0)
        nexthop = mp_picture_nexthop_made(picture, nexthop->members[0].id);
    return nexthop != NULL ? nexthop->oif : route->oif;
}

static gboolean link_has_family(const MpPicture *picture, const MpRoute *route)
{
    return route->family == MP_IPV4 ||
           mp_link_has_ipv6(mp_picture_link(picture, device_of(picture, route)));
}

/* Who took it away decides whether it is remembered (adoption rules): somebody who asked for it, or
 * an expiry, means it; the kernel, because a device went down or an address left, does not. */
static gboolean route_gone_is_flush(const MpPicture *picture, const MpEvent *event)
{
    const MpRoute *route = &event->route;
    const MpLink *link = mp_picture_link(picture, device_of(picture, route));

    if (event->by_us || !mp_route_is_others(route))
        return FALSE;
    if (link == NULL || (link->flags & MP_IFF_UP) == 0)
        return TRUE;
    if ((link->flags & MP_IFF_RUNNING) == 0 || !link_has_family(picture, route))
        return TRUE;
    if (event->port_id != 0)
        return FALSE;
    return route->family == MP_IPV4;
}

void mp_picture_route_gone(MpPicture *picture, const MpEvent *event)
{
    MpPictureRoute *entry;

    mp_picture_flush(picture);
    entry = route_find(picture, &event->route);
    if (entry == NULL)
        return;
    if (!route_gone_is_flush(picture, event)) {
        mp_picture_routes_drop(picture, entry);
        return;
    }
    mp_picture_set_ghost(picture, entry, TRUE);
    entry->disowned = event->port_id != 0;
    entry->disowned_until_us = 0;
    mp_picture_note_route(picture, entry);
    if (entry->disowned)
        picture->n_disowned++;
}

/* Remembered routes -------------------------------------------------------------------------------
 */

void mp_picture_expire_disowned(MpPicture *picture, gint64 now_us)
{
    MpPictureRoute *next;
    guint left = 0;

    for (MpPictureRoute *entry = picture->ghosts.first; entry != NULL && picture->n_disowned > 0;
         entry = next) {
        next = entry->after;
        if (!entry->disowned)
            continue;
        left++;
        if (!mp_picture_link_usable(picture, device_of(picture, &entry->route))) {
            entry->disowned_until_us = 0;
        } else if (entry->disowned_until_us == 0) {
            entry->disowned_until_us = now_us + DISOWNED_US;
        } else if (now_us >= entry->disowned_until_us) {
            mp_picture_routes_drop(picture, entry);
            left--;
        }
    }
    picture->n_disowned = left;
}

gint64 mp_picture_disowned_deadline(const MpPicture *picture)
{
    gint64 deadline = G_MAXINT64;

    for (const MpPictureRoute *entry = picture->ghosts.first;
         entry != NULL && picture->n_disowned > 0; entry = entry->after) {
        if (entry->disowned && entry->disowned_until_us != 0)
            deadline = MIN(deadline, entry->disowned_until_us);
    }
    return deadline;
}

void mp_picture_drop_ghost(MpPicture *picture, MpPictureRoute *entry)
{
    g_return_if_fail(entry->ghost);
    mp_picture_routes_drop(picture, entry);
}

void mp_picture_drop_ghosts(MpPicture *picture, guint index)
{
    MpPictureRoute *next;

    mp_picture_flush(picture);
    for (MpPictureRoute *entry = picture->ghosts.first; entry != NULL; entry = next) {
        next = entry->after;
        if (entry->route.oif == index)
            mp_picture_routes_drop(picture, entry);
    }
}

static void move_lost(MpPicture *picture, guint from, guint to)
{
    GHashTableIter iter;
    MpNexthop *nexthop;

    g_hash_table_iter_init(&iter, picture->lost);
    while (g_hash_table_iter_next(&iter, NULL, (gpointer *)&nexthop)) {
        if (from != 0 && nexthop->oif == from)
            nexthop->oif = to;
    }
}

void mp_picture_move_ghosts(MpPicture *picture, guint from, guint to)
{
    MpPictureRoute *next;

    move_lost(picture, from, to);
    mp_picture_flush(picture);
    for (MpPictureRoute *entry = picture->ghosts.first; entry != NULL && from != 0 && from != to;
         entry = next) {
        MpRoute moved = entry->route;

        next = entry->after;
        if (entry->route.oif != from)
            continue;
        moved.oif = to;
        if (route_find(picture, &moved) != NULL)
            mp_picture_routes_drop(picture, entry); /* it was never flushed */
        else
            mp_picture_route_set(picture, entry, &moved, TRUE);
    }
}

void mp_picture_remember_nexthop(MpPicture *picture, const MpNexthop *nexthop)
{
    nexthop_remember(picture, nexthop);
}

void mp_picture_remember_route(MpPicture *picture, const MpRoute *route, gboolean disowned)
{
    mp_picture_flush(picture);
    if (route_find(picture, route) != NULL)
        return;
    mp_picture_routes_add(picture, route, TRUE)->disowned = disowned;
    picture->n_disowned += disowned ? 1 : 0;
}

/* Dumps and look-ups ------------------------------------------------------------------------------
 */

void mp_picture_routes_dump(MpPicture *picture)
{
    mp_picture_flush(picture);
    picture->dump++;
    picture->unseen = picture->routes.n + picture->tests.n;
}

static void list_sweep(MpPicture *picture, MpRouteList *list)
{
    MpPictureRoute *next;

    for (MpPictureRoute *entry = list->first; entry != NULL && picture->unseen > 0; entry = next) {
        next = entry->after;
        if (entry->dump == picture->dump)
            continue;
        /* Absent without a word: an IPv4 route was flushed by the kernel, an IPv6 one too if its
         * link is down. */
        if (!mp_route_is_others(&entry->route) ||
            (entry->route.family == MP_IPV6 &&
             mp_picture_link_usable(picture, device_of(picture, &entry->route)) &&
             link_has_family(picture, &entry->route)))
            mp_picture_routes_drop(picture, entry);
        else
            mp_picture_set_ghost(picture, entry, TRUE);
    }
}

void mp_picture_routes_sweep(MpPicture *picture)
{
    mp_picture_flush(picture);
    list_sweep(picture, &picture->routes);
    list_sweep(picture, &picture->tests);
    mp_picture_sources_sweep(picture);
}

const MpPictureRoute *mp_picture_route_place(const MpPicture *picture, const MpRoute *route)
{
    return place_first(picture, route);
}

const MpPictureRoute *mp_picture_route_place_next(const MpPictureRoute *entry)
{
    return place_from(entry->next, &entry->route);
}

const MpPictureRoute *mp_picture_routes_to(const MpPicture *picture, const MpAddress *dst)
{
    const MpDestination *destination = mp_picture_destination_find(picture, dst, 0);

    return destination != NULL ? destination->routes : NULL;
}
