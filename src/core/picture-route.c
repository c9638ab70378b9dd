/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The part of the picture that the kernel changes in silence: nexthops and routes. */
#include "picture-private.h"

#include "types.h"

/* A manager that drops its routes with the carrier has put them back by then (adoption rules). */
#define DISOWNED_US (30 * MP_USEC_PER_SEC)

#include "state.h"

/* Routes of one place (table, destination, metric) are found without a walk over all of them: a
 * host may have a hundred thousand, and each dump shows them again. */
static guint place_hash(gconstpointer data)
{
    const MpRoute *route = data;

    return mp_address_hash(&route->dst) ^ (route->dst.prefix * 131u) ^ (route->table * 31u) ^
           (route->metric * 7919u);
}

static gboolean place_equal(gconstpointer a, gconstpointer b)
{
    const MpRoute *left = a, *right = b;

    return left->family == right->family && left->table == right->table &&
           left->tos == right->tos && left->metric == right->metric &&
           mp_address_equal(&left->dst, &right->dst);
}

GHashTable *mp_picture_places_new(void)
{
    return g_hash_table_new(place_hash, place_equal);
}

static MpPictureRoute *places_first(const MpPicture *picture, const MpRoute *route)
{
    return g_hash_table_lookup(picture->places, route);
}

static void places_add(MpPicture *picture, MpPictureRoute *entry)
{
    MpPictureRoute *first = places_first(picture, &entry->route);

    entry->next = NULL;
    if (first == NULL) {
        g_hash_table_replace(picture->places, &entry->route, entry);
        return;
    }
    while (first->next != NULL)
        first = first->next;
    first->next = entry;
}

static void places_remove(MpPicture *picture, MpPictureRoute *entry)
{
    MpPictureRoute *first = places_first(picture, &entry->route);

    if (first == entry) {
        g_hash_table_remove(picture->places, &entry->route);
        if (entry->next != NULL)
            g_hash_table_replace(picture->places, &entry->next->route, entry->next);
        return;
    }
    while (first->next != entry)
        first = first->next;
    first->next = entry->next;
}

static void routes_drop_at(MpPicture *picture, guint at)
{
    places_remove(picture, g_ptr_array_index(picture->routes, at));
    g_ptr_array_remove_index(picture->routes, at);
    picture->routes_serial++;
}

static void routes_drop(MpPicture *picture, MpPictureRoute *entry)
{
    guint at;

    if (g_ptr_array_find(picture->routes, entry, &at))
        routes_drop_at(picture, at);
}

static MpPictureRoute *routes_add(MpPicture *picture, const MpRoute *route)
{
    MpPictureRoute *entry = g_new0(MpPictureRoute, 1);

    entry->route = *route;
    g_ptr_array_add(picture->routes, entry);
    places_add(picture, entry);
    picture->routes_serial++;
    return entry;
}

/* What the kernel does without a word -------------------------------------------------------------
 */

static void routes_drop_by_nexthop(MpPicture *picture, guint32 id)
{
    for (guint i = picture->routes->len; i > 0; i--) {
        MpPictureRoute *entry = g_ptr_array_index(picture->routes, i - 1);

        if (entry->route.nhid == id)
            routes_drop_at(picture, i - 1);
    }
}

static void nexthop_group_drop_member(MpNexthop *group, guint32 id)
{
    guint kept = 0;

    for (guint i = 0; i < group->n_members; i++) {
        if (group->members[i].id != id)
            group->members[kept++] = group->members[i];
    }
    group->n_members = kept;
}

/* A nexthop leaves its groups; a group that loses its last member goes with its routes. */
void mp_picture_nexthop_drop(MpPicture *picture, guint32 id)
{
    GHashTableIter iter;
    MpNexthop *group;
    g_autoptr(GArray) empty = g_array_new(FALSE, FALSE, sizeof(guint32));

    if (!g_hash_table_remove(picture->nexthops, GUINT_TO_POINTER(id)))
        return;
    g_hash_table_iter_init(&iter, picture->nexthops);
    while (g_hash_table_iter_next(&iter, NULL, (gpointer *)&group)) {
        if (group->n_members == 0)
            continue;
        nexthop_group_drop_member(group, id);
        if (group->n_members == 0)
            g_array_append_val(empty, group->id);
    }
    for (guint i = 0; i < empty->len; i++)
        mp_picture_nexthop_drop(picture, g_array_index(empty, guint32, i));
    routes_drop_by_nexthop(picture, id);
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
        mp_picture_nexthop_drop(picture, g_array_index(lost, guint32, i));
}

/* IPv4 routes of a device that goes down or away: flushed, and nobody says so. */
void mp_picture_routes_flush4(MpPicture *picture, guint index)
{
    for (guint i = picture->routes->len; i > 0; i--) {
        MpPictureRoute *entry = g_ptr_array_index(picture->routes, i - 1);

        if (entry->route.family != MP_IPV4 || entry->route.oif != index || entry->route.nhid != 0)
            continue;
        if (entry->route.protocol == MP_PROTOCOL || entry->route.protocol == MP_RTPROT_KERNEL)
            routes_drop_at(picture, i - 1);
        else
            entry->ghost = TRUE;
        picture->routes_serial++;
    }
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
    if (!place_equal(a, b) || a->type != b->type)
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
    MpPictureRoute *entry = places_first(picture, route);

    while (entry != NULL && !route_same(&entry->route, route))
        entry = entry->next;
    return entry;
}

/* NLM_F_REPLACE took the first of this place: IPv4 one route, IPv6 one or, for a multipath, all its
 * hops. */
static void route_replace(MpPicture *picture, const MpRoute *route)
{
    for (MpPictureRoute *entry = places_first(picture, route); entry != NULL; entry = entry->next) {
        if (route_same(&entry->route, route))
            continue;
        if (entry->route.family == MP_IPV4 && entry->route.protocol == MP_PROTOCOL &&
            route->protocol != MP_PROTOCOL)
            continue; /* ours is before his in main: he replaced his own, we look again by a dump */
        routes_drop(picture, entry);
        return;
    }
}

/* A new IPv4 route in the place of a flushed one: its owner has decided anew. */
static void route_succeed(MpPicture *picture, const MpRoute *route)
{
    MpPictureRoute *entry = places_first(picture, route), *next;

    if (route->family != MP_IPV4 || route->protocol == MP_PROTOCOL ||
        route->protocol == MP_RTPROT_KERNEL)
        return;
    for (; entry != NULL; entry = next) {
        next = entry->next;
        if (entry->ghost)
            routes_drop(picture, entry);
    }
}

void mp_picture_route_apply(MpPicture *picture, const MpRoute *route, gboolean replaced)
{
    MpPictureRoute *entry;

    if (replaced && route->hop == 0)
        route_replace(picture, route);
    entry = route_find(picture, route);
    if (entry == NULL) {
        route_succeed(picture, route);
        entry = routes_add(picture, route);
    }
    entry->route = *route;
    entry->seen = TRUE;
    entry->ghost = entry->disowned = FALSE;
    picture->routes_serial++;
}

static gboolean link_has_family(const MpPicture *picture, const MpRoute *route)
{
    return route->family == MP_IPV4 || mp_link_has_ipv6(mp_picture_link(picture, route->oif));
}

/* Who took it away decides whether it is remembered (adoption rules): somebody who asked for it, or
 * an expiry, means it; the kernel, because a device went down or an address left, does not. */
static gboolean route_gone_is_flush(const MpPicture *picture, const MpEvent *event)
{
    const MpRoute *route = &event->route;
    const MpLink *link = mp_picture_link(picture, route->oif);

    if (event->by_us || route->protocol == MP_PROTOCOL || route->protocol == MP_RTPROT_KERNEL)
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
    MpPictureRoute *entry = route_find(picture, &event->route);

    if (entry == NULL)
        return;
    picture->routes_serial++;
    if (!route_gone_is_flush(picture, event)) {
        routes_drop(picture, entry);
        return;
    }
    entry->ghost = TRUE;
    entry->disowned = event->port_id != 0;
    entry->disowned_until_us = 0;
    if (entry->disowned)
        picture->n_disowned++;
}

void mp_picture_expire_disowned(MpPicture *picture, gint64 now_us)
{
    guint left = 0;

    for (guint i = picture->routes->len; i > 0 && picture->n_disowned > 0; i--) {
        MpPictureRoute *entry = g_ptr_array_index(picture->routes, i - 1);

        if (!entry->ghost || !entry->disowned)
            continue;
        left++;
        if (!mp_picture_link_usable(picture, entry->route.oif)) {
            entry->disowned_until_us = 0;
        } else if (entry->disowned_until_us == 0) {
            entry->disowned_until_us = now_us + DISOWNED_US;
        } else if (now_us >= entry->disowned_until_us) {
            mp_picture_drop_ghost_at(picture, i - 1);
            left--;
        }
    }
    picture->n_disowned = left;
}

gint64 mp_picture_disowned_deadline(const MpPicture *picture)
{
    gint64 deadline = G_MAXINT64;

    for (guint i = 0; i < picture->routes->len && picture->n_disowned > 0; i++) {
        const MpPictureRoute *entry = g_ptr_array_index(picture->routes, i);

        if (entry->ghost && entry->disowned && entry->disowned_until_us != 0)
            deadline = MIN(deadline, entry->disowned_until_us);
    }
    return deadline;
}

const MpPictureRoute *mp_picture_route_place(const MpPicture *picture, const MpRoute *route)
{
    return places_first(picture, route);
}

void mp_picture_drop_ghost_at(MpPicture *picture, guint at)
{
    g_return_if_fail(((MpPictureRoute *)g_ptr_array_index(picture->routes, at))->ghost);
    routes_drop_at(picture, at);
}

void mp_picture_drop_ghosts(MpPicture *picture, guint index)
{
    for (guint i = picture->routes->len; i > 0; i--) {
        MpPictureRoute *entry = g_ptr_array_index(picture->routes, i - 1);

        if (entry->ghost && entry->route.oif == index)
            routes_drop_at(picture, i - 1);
    }
}

void mp_picture_routes_sweep(MpPicture *picture)
{
    for (guint i = picture->routes->len; i > 0; i--) {
        MpPictureRoute *entry = g_ptr_array_index(picture->routes, i - 1);
        gboolean ours = entry->route.protocol == MP_PROTOCOL;

        if (entry->seen)
            continue;
        picture->routes_serial++;
        /* Absent without a word: an IPv4 route was flushed by the kernel, an IPv6 one too if its
         * link is down. */
        if (ours || entry->route.protocol == MP_RTPROT_KERNEL ||
            (entry->route.family == MP_IPV6 && !entry->ghost &&
             mp_picture_link_usable(picture, entry->route.oif) &&
             link_has_family(picture, &entry->route)))
            routes_drop_at(picture, i - 1);
        else
            entry->ghost = TRUE;
    }
}

void mp_picture_move_ghosts(MpPicture *picture, guint from, guint to)
{
    for (guint i = picture->routes->len; i > 0 && from != 0 && from != to; i--) {
        MpPictureRoute *entry = g_ptr_array_index(picture->routes, i - 1);
        MpRoute moved = entry->route;

        if (!entry->ghost || entry->route.oif != from)
            continue;
        moved.oif = to;
        picture->routes_serial++;
        if (route_find(picture, &moved) != NULL)
            routes_drop_at(picture, i - 1); /* it was never flushed */
        else
            entry->route.oif = to;
    }
}

void mp_picture_remember_route(MpPicture *picture, const MpRoute *route)
{
    if (route_find(picture, route) == NULL)
        routes_add(picture, route)->ghost = TRUE;
}
