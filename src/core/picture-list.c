/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where routes are kept: by destination, in lists, and by what they lead by. A host may have a
 * hundred thousand routes, and each dump shows them again: nothing here walks over all of them. */
#include "picture-private.h"

#include "state.h"

/* Destinations ------------------------------------------------------------------------------------
 */

/* All that lie within a prefix follow it. */
static gint destination_compare(gconstpointer a, gconstpointer b, gpointer user_data)
{
    const MpDestination *left = a, *right = b;

    if (left->table != right->table)
        return left->table < right->table ? -1 : 1;
    return mp_address_compare(&left->dst, &right->dst);
}

static void destination_free(gpointer data)
{
    MpDestination *destination = data;

    g_slist_free(destination->sets);
    g_slist_free(destination->also);
    g_free(destination);
}

MpDestination *mp_picture_destination_find(const MpPicture *picture, const MpAddress *dst,
                                           guint32 table)
{
    MpDestination key = {.dst = *dst, .table = mp_table_is_device(table) ? table : 0};

    return g_tree_lookup(picture->destinations, &key);
}

static MpDestination *destination_get(MpPicture *picture, const MpAddress *dst, guint32 table)
{
    MpDestination *destination = mp_picture_destination_find(picture, dst, table);

    if (destination != NULL)
        return destination;
    destination = g_new0(MpDestination, 1);
    destination->dst = *dst;
    destination->table = mp_table_is_device(table) ? table : 0;
    destination->link.data = destination;
    g_tree_insert(picture->destinations, destination, destination);
    return destination;
}

MpDestination *mp_picture_destination(MpPicture *picture, const MpAddress *dst)
{
    return destination_get(picture, dst, 0);
}

static void destination_leave_queue(MpDestination *destination)
{
    if (destination->queue != NULL)
        g_queue_unlink(destination->queue, &destination->link);
    destination->queue = NULL;
}

void mp_picture_mark(MpPicture *picture, MpDestination *destination)
{
    if (destination->table != 0 || destination->queue == &picture->changed)
        return;
    destination_leave_queue(destination);
    destination->queue = &picture->changed;
    g_queue_push_tail_link(&picture->changed, &destination->link);
}

void mp_picture_destination_drop(MpPicture *picture, MpDestination *destination)
{
    if (destination->routes != NULL || destination->sets != NULL)
        return;
    destination_leave_queue(destination);
    g_tree_remove(picture->destinations, destination);
}

/* Hops --------------------------------------------------------------------------------------------
 */

gboolean mp_route_is_others(const MpRoute *route)
{
    return route->protocol != MP_PROTOCOL && route->protocol != MP_RTPROT_KERNEL;
}

static MpHop hop_of(const MpRoute *route)
{
    MpHop hop = {.oif = route->oif, .gateway = route->gateway, .family = route->family};

    hop.told =
        route->table == MP_TABLE_MAIN && route->type == MP_RTN_UNICAST && mp_route_is_others(route);
    hop.foreign = route->nhid == 0 && mp_route_is_others(route);
    if (route->gateway.family == 0 && route->dst.prefix == mp_address_bits(&route->dst))
        hop.host = route->dst;
    return hop;
}

static gboolean hop_equal(gconstpointer left, gconstpointer right)
{
    const MpHop *a = left, *b = right;

    return a->oif == b->oif && a->family == b->family && a->told == b->told &&
           a->foreign == b->foreign && mp_address_equal(&a->gateway, &b->gateway) &&
           mp_address_equal(&a->host, &b->host);
}

static guint hop_hash(gconstpointer data)
{
    const MpHop *hop = data;

    return mp_address_hash(&hop->gateway) ^ mp_address_hash(&hop->host) ^ hop->oif * 31u ^
           hop->family;
}

static void count(GHashTable *table, guint key, gint by)
{
    gint n = GPOINTER_TO_INT(g_hash_table_lookup(table, GUINT_TO_POINTER(key))) + by;

    if (n != 0)
        g_hash_table_insert(table, GUINT_TO_POINTER(key), GINT_TO_POINTER(n));
    else
        g_hash_table_remove(table, GUINT_TO_POINTER(key));
}

static void count_source(MpPicture *picture, const MpRoute *route, gint by)
{
    if (route->family == MP_IPV6 && route->prefsrc.family != 0 && mp_route_is_others(route))
        count(picture->sources, mp_address_hash_host(&route->prefsrc), by);
}

static void hop_add(MpPicture *picture, const MpRoute *route)
{
    MpHop key = hop_of(route), *hop;

    count_source(picture, route, 1);
    if (route->nhid != 0)
        count(picture->users, route->nhid, 1);
    hop = g_hash_table_lookup(picture->hops_by_key, &key);
    if (hop == NULL) {
        hop = g_memdup2(&key, sizeof key);
        hop->link.data = hop;
        g_queue_push_tail_link(&picture->hops, &hop->link);
        g_hash_table_add(picture->hops_by_key, hop);
        picture->hops_serial++;
    }
    hop->n++;
}

static void hop_remove(MpPicture *picture, const MpRoute *route)
{
    MpHop key = hop_of(route), *hop;

    count_source(picture, route, -1);
    if (route->nhid != 0)
        count(picture->users, route->nhid, -1);
    hop = g_hash_table_lookup(picture->hops_by_key, &key);
    if (--hop->n > 0)
        return;
    g_queue_unlink(&picture->hops, &hop->link);
    g_hash_table_remove(picture->hops_by_key, hop);
    picture->hops_serial++;
}

gboolean mp_picture_has_hop4(const MpPicture *picture, guint index, gboolean foreign)
{
    for (const GList *link = picture->hops.head; link != NULL; link = link->next) {
        const MpHop *hop = link->data;

        if (hop->family == MP_IPV4 && hop->oif == index && (hop->foreign || !foreign))
            return TRUE;
    }
    return FALSE;
}

gboolean mp_picture_has_foreign4(const MpPicture *picture, guint index)
{
    return mp_picture_has_hop4(picture, index, TRUE);
}

/* Lists -------------------------------------------------------------------------------------------
 */

static MpRouteList *list_of(MpPicture *picture, const MpPictureRoute *entry)
{
    if (entry->ghost)
        return &picture->ghosts;
    return entry->destination->table != 0 ? &picture->tests : &picture->routes;
}

static void list_add(MpPicture *picture, MpPictureRoute *entry)
{
    MpRouteList *list = list_of(picture, entry);

    entry->before = list->last;
    entry->after = NULL;
    if (list->last != NULL)
        list->last->after = entry;
    else
        list->first = entry;
    list->last = entry;
    list->n++;
    if (entry->ghost)
        count(picture->ghosts_of, entry->route.oif, 1);
    else if (entry->dump != picture->dump)
        picture->unseen++;
}

static void list_remove(MpPicture *picture, MpPictureRoute *entry)
{
    MpRouteList *list = list_of(picture, entry);

    if (entry->before != NULL)
        entry->before->after = entry->after;
    else
        list->first = entry->after;
    if (entry->after != NULL)
        entry->after->before = entry->before;
    else
        list->last = entry->before;
    list->n--;
    if (entry->ghost)
        count(picture->ghosts_of, entry->route.oif, -1);
    else if (entry->dump != picture->dump)
        picture->unseen--;
}

void mp_picture_note_route(MpPicture *picture, MpPictureRoute *entry)
{
    picture->routes_serial++;
    if (entry->route.protocol != MP_PROTOCOL)
        picture->foreign_serial++;
    mp_picture_mark(picture, entry->destination);
}

MpPictureRoute *mp_picture_routes_add(MpPicture *picture, const MpRoute *route, gboolean ghost)
{
    MpPictureRoute *entry = g_new0(MpPictureRoute, 1);
    MpPictureRoute **end;

    entry->route = *route;
    entry->ghost = ghost;
    entry->dump = picture->dump;
    entry->destination = destination_get(picture, &route->dst, route->table);
    for (end = &entry->destination->routes; *end != NULL; end = &(*end)->next)
        ;
    *end = entry;
    list_add(picture, entry);
    hop_add(picture, route);
    mp_picture_note_route(picture, entry);
    return entry;
}

void mp_picture_route_first(MpPictureRoute *entry)
{
    MpDestination *destination = entry->destination;
    MpPictureRoute **at;

    for (at = &destination->routes; *at != entry; at = &(*at)->next)
        ;
    *at = entry->next;
    entry->next = destination->routes;
    destination->routes = entry;
}

void mp_picture_routes_drop(MpPicture *picture, MpPictureRoute *entry)
{
    MpDestination *destination = entry->destination;
    MpPictureRoute **at;

    mp_picture_note_route(picture, entry);
    mp_picture_set_bare(picture, entry, FALSE);
    list_remove(picture, entry);
    hop_remove(picture, &entry->route);
    for (at = &destination->routes; *at != entry; at = &(*at)->next)
        ;
    *at = entry->next;
    g_free(entry);
    if (destination->table != 0)
        mp_picture_destination_drop(picture, destination);
}

/* Of the same destination. */
void mp_picture_route_set(MpPicture *picture, MpPictureRoute *entry, const MpRoute *route,
                          gboolean ghost)
{
    list_remove(picture, entry);
    hop_remove(picture, &entry->route);
    entry->route = *route;
    entry->ghost = ghost;
    hop_add(picture, route);
    list_add(picture, entry);
    mp_picture_note_route(picture, entry);
}

void mp_picture_set_ghost(MpPicture *picture, MpPictureRoute *entry, gboolean ghost)
{
    if (entry->ghost == ghost)
        return;
    mp_picture_set_bare(picture, entry, FALSE);
    list_remove(picture, entry);
    entry->ghost = ghost;
    list_add(picture, entry);
    mp_picture_note_route(picture, entry);
}

void mp_picture_routes_init(MpPicture *picture)
{
    picture->destinations = g_tree_new_full(destination_compare, NULL, destination_free, NULL);
    g_queue_init(&picture->changed);
    picture->hops_serial = 1;
    g_queue_init(&picture->hops);
    picture->hops_by_key = g_hash_table_new_full(hop_hash, hop_equal, g_free, NULL);
    picture->users = g_hash_table_new(NULL, NULL);
    picture->ghosts_of = g_hash_table_new(NULL, NULL);
    picture->hops_changes = g_array_new(FALSE, FALSE, sizeof(MpHopsChange));
}

static void list_free(MpRouteList *list)
{
    MpPictureRoute *next;

    for (MpPictureRoute *entry = list->first; entry != NULL; entry = next) {
        next = entry->after;
        g_free(entry);
    }
}

void mp_picture_routes_clear(MpPicture *picture)
{
    list_free(&picture->routes);
    list_free(&picture->tests);
    list_free(&picture->ghosts);
    g_tree_unref(picture->destinations);
    g_hash_table_unref(picture->hops_by_key);
    g_hash_table_unref(picture->users);
    g_hash_table_unref(picture->ghosts_of);
    g_array_unref(picture->hops_changes);
}
