/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "picture.h"

#include <string.h>

static guint ifaddr_hash(gconstpointer data)
{
    const MpIfaddr *ifaddr = data;

    return mp_address_hash(&ifaddr->address) ^ (ifaddr->index * 2654435761u);
}

static gboolean ifaddr_equal(gconstpointer a, gconstpointer b)
{
    return mp_ifaddr_same_key(a, b);
}

MpPicture *mp_picture_new(void)
{
    MpPicture *picture = g_new0(MpPicture, 1);

    picture->links = g_hash_table_new_full(NULL, NULL, NULL, g_free);
    picture->addresses = g_ptr_array_new_with_free_func(g_free);
    picture->by_key = g_hash_table_new(ifaddr_hash, ifaddr_equal);
    picture->routes = g_ptr_array_new_with_free_func(g_free);
    picture->nexthops = g_hash_table_new_full(NULL, NULL, NULL, g_free);
    picture->rules = g_array_new(FALSE, TRUE, sizeof(MpRule));
    picture->sysctls = g_hash_table_new(NULL, NULL);
    picture->dumped = g_hash_table_new(NULL, NULL);
    return picture;
}

void mp_picture_free(MpPicture *picture)
{
    if (picture == NULL)
        return;
    g_hash_table_unref(picture->links);
    g_hash_table_unref(picture->by_key);
    g_ptr_array_unref(picture->addresses);
    g_ptr_array_unref(picture->routes);
    g_hash_table_unref(picture->nexthops);
    g_array_unref(picture->rules);
    g_hash_table_unref(picture->sysctls);
    g_hash_table_unref(picture->dumped);
    g_free(picture);
}

/* Look-ups ----------------------------------------------------------------------------------------
 */

static MpPictureLink *link_find(const MpPicture *picture, guint index)
{
    return g_hash_table_lookup(picture->links, GUINT_TO_POINTER(index));
}

const MpLink *mp_picture_link(const MpPicture *picture, guint index)
{
    MpPictureLink *entry = link_find(picture, index);

    return entry != NULL ? &entry->link : NULL;
}

const MpLink *mp_picture_link_by_name(const MpPicture *picture, const char *name)
{
    GHashTableIter iter;
    MpPictureLink *entry;

    g_hash_table_iter_init(&iter, picture->links);
    while (g_hash_table_iter_next(&iter, NULL, (gpointer *)&entry)) {
        if (strcmp(entry->link.name, name) == 0)
            return &entry->link;
    }
    return NULL;
}

gboolean mp_picture_link_read_down(const MpPicture *picture, guint index)
{
    MpPictureLink *entry = link_find(picture, index);

    return entry != NULL && entry->read_down;
}

gboolean mp_picture_link_usable(const MpPicture *picture, guint index)
{
    MpPictureLink *entry = link_find(picture, index);
    guint wanted = MP_IFF_UP | MP_IFF_RUNNING;

    return entry != NULL && (entry->link.flags & wanted) == wanted && !entry->read_down;
}

const MpIfaddr *mp_picture_ifaddr(const MpPicture *picture, guint index, const MpAddress *address)
{
    MpIfaddr key = {.index = index, .address = *address};
    MpPictureAddress *entry = g_hash_table_lookup(picture->by_key, &key);

    return entry != NULL ? &entry->ifaddr : NULL;
}

gboolean mp_picture_has_link_local(const MpPicture *picture, guint index)
{
    for (guint i = 0; i < picture->addresses->len; i++) {
        MpPictureAddress *entry = g_ptr_array_index(picture->addresses, i);
        const MpIfaddr *ifaddr = &entry->ifaddr;

        if (ifaddr->index == index && ifaddr->address.family == MP_IPV6 &&
            mp_address_is_link_local(&ifaddr->address) &&
            (ifaddr->flags & (MP_IFA_TENTATIVE | MP_IFA_DADFAILED)) == 0)
            return TRUE;
    }
    return FALSE;
}

const MpNexthop *mp_picture_nexthop(const MpPicture *picture, guint32 id)
{
    return g_hash_table_lookup(picture->nexthops, GUINT_TO_POINTER(id));
}

static gpointer sysctl_key(guint index, MpSysctl key)
{
    return GUINT_TO_POINTER(index * 16 + (guint)key + 1);
}

gint mp_picture_sysctl(const MpPicture *picture, guint index, MpSysctl key)
{
    gpointer value;

    if (!g_hash_table_lookup_extended(picture->sysctls, sysctl_key(index, key), NULL, &value))
        return -1;
    return GPOINTER_TO_INT(value);
}

gboolean mp_picture_has_rule(const MpPicture *picture, const MpRule *rule)
{
    for (guint i = 0; i < picture->rules->len; i++) {
        if (mp_rule_equal(&g_array_index(picture->rules, MpRule, i), rule))
            return TRUE;
    }
    return FALSE;
}

/* What the kernel does without a word -------------------------------------------------------------
 */

static void routes_drop_by_nexthop(MpPicture *picture, guint32 id)
{
    for (guint i = picture->routes->len; i > 0; i--) {
        MpPictureRoute *entry = g_ptr_array_index(picture->routes, i - 1);

        if (entry->route.nhid == id) {
            g_ptr_array_remove_index(picture->routes, i - 1);
            picture->routes_serial++;
        }
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
static void nexthop_drop(MpPicture *picture, guint32 id)
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
        nexthop_drop(picture, g_array_index(empty, guint32, i));
    routes_drop_by_nexthop(picture, id);
}

static void nexthops_drop_by_link(MpPicture *picture, guint index)
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
        nexthop_drop(picture, g_array_index(lost, guint32, i));
}

/* IPv4 routes of a device that goes down or away: flushed, and nobody says so. */
static void routes_flush4(MpPicture *picture, guint index)
{
    for (guint i = picture->routes->len; i > 0; i--) {
        MpPictureRoute *entry = g_ptr_array_index(picture->routes, i - 1);

        if (entry->route.family != MP_IPV4 || entry->route.oif != index || entry->route.nhid != 0)
            continue;
        if (entry->route.protocol == MP_PROTOCOL || entry->route.protocol == MP_RTPROT_KERNEL)
            g_ptr_array_remove_index(picture->routes, i - 1);
        else
            entry->ghost = TRUE;
        picture->routes_serial++;
    }
}

/* Addresses ---------------------------------------------------------------------------------------
 */

static void address_apply(MpPicture *picture, const MpIfaddr *ifaddr)
{
    MpPictureAddress *entry = g_hash_table_lookup(picture->by_key, ifaddr);

    if (entry == NULL) {
        entry = g_new0(MpPictureAddress, 1);
        entry->ifaddr = *ifaddr;
        g_ptr_array_add(picture->addresses, entry);
        g_hash_table_insert(picture->by_key, &entry->ifaddr, entry);
    }
    entry->ifaddr = *ifaddr;
    entry->seen = TRUE;
    picture->address_serial++;
}

static void address_drop_at(MpPicture *picture, guint at)
{
    MpPictureAddress *entry = g_ptr_array_index(picture->addresses, at);

    g_hash_table_remove(picture->by_key, &entry->ifaddr);
    g_ptr_array_remove_index(picture->addresses, at);
    picture->address_serial++;
}

static gboolean has_ipv4(const MpPicture *picture, guint index)
{
    for (guint i = 0; i < picture->addresses->len; i++) {
        const MpPictureAddress *entry = g_ptr_array_index(picture->addresses, i);

        if (entry->ifaddr.index == index && entry->ifaddr.address.family == MP_IPV4)
            return TRUE;
    }
    return FALSE;
}

/* With the last IPv4 address of a device its IPv4 routes go, and nobody says so. */
static void address_gone(MpPicture *picture, const MpIfaddr *key)
{
    MpPictureAddress *entry = g_hash_table_lookup(picture->by_key, key);
    guint at;

    if (entry != NULL && g_ptr_array_find(picture->addresses, entry, &at))
        address_drop_at(picture, at);
    if (key->address.family == MP_IPV4 && !has_ipv4(picture, key->index))
        routes_flush4(picture, key->index);
}

static void addresses_drop_by_link(MpPicture *picture, guint index)
{
    for (guint i = picture->addresses->len; i > 0; i--) {
        MpPictureAddress *entry = g_ptr_array_index(picture->addresses, i - 1);

        if (entry->ifaddr.index == index)
            address_drop_at(picture, i - 1);
    }
}

/* Links -------------------------------------------------------------------------------------------
 */

static void link_apply(MpPicture *picture, const MpLink *link)
{
    MpPictureLink *entry = link_find(picture, link->index);
    guint usable = MP_IFF_UP | MP_IFF_RUNNING;

    if (entry == NULL) {
        entry = g_new0(MpPictureLink, 1);
        g_hash_table_insert(picture->links, GUINT_TO_POINTER(link->index), entry);
    }
    entry->link = *link;
    if ((link->flags & usable) != usable) {
        entry->read_down = FALSE; /* the message says the same by now */
        nexthops_drop_by_link(picture, link->index);
    }
    if ((link->flags & MP_IFF_UP) == 0)
        routes_flush4(picture, link->index);
}

static void link_gone(MpPicture *picture, guint index)
{
    nexthops_drop_by_link(picture, index);
    routes_flush4(picture, index);
    addresses_drop_by_link(picture, index);
    for (guint key = 0; key < MP_N_SYSCTLS; key++)
        g_hash_table_remove(picture->sysctls, sysctl_key(index, key));
    g_hash_table_remove(picture->links, GUINT_TO_POINTER(index));
}

static void link_read(MpPicture *picture, guint index, gboolean up)
{
    MpPictureLink *entry = link_find(picture, index);

    if (entry != NULL && (entry->link.flags & MP_IFF_RUNNING) != 0)
        entry->read_down = !up;
}

/* Routes ------------------------------------------------------------------------------------------
 */

static gboolean route_same_place(const MpRoute *a, const MpRoute *b)
{
    return a->family == b->family && a->table == b->table && a->tos == b->tos &&
           a->metric == b->metric && mp_address_equal(&a->dst, &b->dst);
}

static gboolean route_same_hop(const MpRoute *a, const MpRoute *b)
{
    return a->oif == b->oif && mp_address_equal(&a->gateway, &b->gateway);
}

/* The one route that an event speaks of: IPv4 has several of one place that differ in anything,
 * IPv6 in hops. */
static gboolean route_same(const MpRoute *a, const MpRoute *b)
{
    if (!route_same_place(a, b) || a->type != b->type)
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
    for (guint i = 0; i < picture->routes->len; i++) {
        MpPictureRoute *entry = g_ptr_array_index(picture->routes, i);

        if (route_same(&entry->route, route))
            return entry;
    }
    return NULL;
}

/* NLM_F_REPLACE took the first of this place: IPv4 one route, IPv6 one or, for a multipath, all its
 * hops. */
static void route_replace(MpPicture *picture, const MpRoute *route)
{
    for (guint i = 0; i < picture->routes->len; i++) {
        MpPictureRoute *entry = g_ptr_array_index(picture->routes, i);

        if (!route_same_place(&entry->route, route) || route_same(&entry->route, route))
            continue;
        if (entry->route.family == MP_IPV4 && entry->route.protocol == MP_PROTOCOL &&
            route->protocol != MP_PROTOCOL)
            continue; /* ours is before his in main: he replaced his own, we look again by a dump */
        g_ptr_array_remove_index(picture->routes, i);
        return;
    }
}

static void route_apply(MpPicture *picture, const MpRoute *route, gboolean replaced)
{
    MpPictureRoute *entry;

    if (replaced && route->hop == 0)
        route_replace(picture, route);
    entry = route_find(picture, route);
    if (entry == NULL) {
        entry = g_new0(MpPictureRoute, 1);
        g_ptr_array_add(picture->routes, entry);
    }
    entry->route = *route;
    entry->seen = TRUE;
    entry->ghost = FALSE;
    picture->routes_serial++;
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
    if ((link->flags & MP_IFF_RUNNING) == 0)
        return TRUE;
    if (event->port_id != 0)
        return FALSE;
    return route->family == MP_IPV4;
}

static void route_gone(MpPicture *picture, const MpEvent *event)
{
    MpPictureRoute *entry = route_find(picture, &event->route);

    if (entry == NULL)
        return;
    picture->routes_serial++;
    if (route_gone_is_flush(picture, event))
        entry->ghost = TRUE;
    else
        g_ptr_array_remove(picture->routes, entry);
}

void mp_picture_drop_ghosts(MpPicture *picture, guint index)
{
    for (guint i = picture->routes->len; i > 0; i--) {
        MpPictureRoute *entry = g_ptr_array_index(picture->routes, i - 1);

        if (entry->ghost && entry->route.oif == index) {
            g_ptr_array_remove_index(picture->routes, i - 1);
            picture->routes_serial++;
        }
    }
}

/* Nexthops and rules ------------------------------------------------------------------------------
 */

static void nexthop_apply(MpPicture *picture, const MpNexthop *nexthop)
{
    g_hash_table_insert(picture->nexthops, GUINT_TO_POINTER(nexthop->id),
                        g_memdup2(nexthop, sizeof *nexthop));
}

static void rule_apply(MpPicture *picture, const MpRule *rule)
{
    if (!mp_picture_has_rule(picture, rule))
        g_array_append_val(picture->rules, *rule);
}

static void rule_gone(MpPicture *picture, const MpRule *rule)
{
    for (guint i = 0; i < picture->rules->len; i++) {
        if (mp_rule_equal(&g_array_index(picture->rules, MpRule, i), rule)) {
            g_array_remove_index(picture->rules, i);
            return;
        }
    }
}

/* Dumps: what is neither shown nor notified between begin and end is not there --------------------
 */

static void dump_begin(MpPicture *picture, MpDump dump)
{
    picture->running |= dump;
    if (dump == MP_DUMP_ADDRESSES) {
        for (guint i = 0; i < picture->addresses->len; i++)
            ((MpPictureAddress *)g_ptr_array_index(picture->addresses, i))->seen = FALSE;
    } else if (dump == MP_DUMP_ROUTES) {
        for (guint i = 0; i < picture->routes->len; i++)
            ((MpPictureRoute *)g_ptr_array_index(picture->routes, i))->seen = FALSE;
    } else if (dump == MP_DUMP_RULES) {
        g_array_set_size(picture->rules, 0);
    } else if (dump == MP_DUMP_LINKS || dump == MP_DUMP_NEXTHOPS) {
        g_hash_table_remove_all(picture->dumped);
    }
}

static void sweep_routes(MpPicture *picture)
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
             mp_picture_link_usable(picture, entry->route.oif)))
            g_ptr_array_remove_index(picture->routes, i - 1);
        else
            entry->ghost = TRUE;
    }
}

static void sweep_addresses(MpPicture *picture)
{
    for (guint i = picture->addresses->len; i > 0; i--) {
        if (!((MpPictureAddress *)g_ptr_array_index(picture->addresses, i - 1))->seen)
            address_drop_at(picture, i - 1);
    }
}

static void sweep_hash(MpPicture *picture, GHashTable *table, void (*drop)(MpPicture *, guint))
{
    g_autoptr(GList) keys = g_hash_table_get_keys(table);

    for (GList *key = keys; key != NULL; key = key->next) {
        if (!g_hash_table_contains(picture->dumped, key->data))
            drop(picture, GPOINTER_TO_UINT(key->data));
    }
}

static void dump_end(MpPicture *picture, MpDump dump, int error)
{
    picture->running &= ~(guint)dump;
    if (error != 0)
        return;
    picture->complete |= dump;
    if (dump == MP_DUMP_ADDRESSES)
        sweep_addresses(picture);
    else if (dump == MP_DUMP_ROUTES)
        sweep_routes(picture);
    else if (dump == MP_DUMP_LINKS)
        sweep_hash(picture, picture->links, link_gone);
    else if (dump == MP_DUMP_NEXTHOPS)
        sweep_hash(picture, picture->nexthops, nexthop_drop);
}

static void note_dumped(MpPicture *picture, MpDump kind, guint key)
{
    if ((picture->running & kind) != 0)
        g_hash_table_add(picture->dumped, GUINT_TO_POINTER(key));
}

void mp_picture_apply(MpPicture *picture, const MpEvent *event)
{
    switch (event->kind) {
    case MP_EVENT_LINK:
        link_apply(picture, &event->link);
        note_dumped(picture, MP_DUMP_LINKS, event->link.index);
        break;
    case MP_EVENT_LINK_GONE:
        link_gone(picture, event->index);
        break;
    case MP_EVENT_LINK_READ:
        link_read(picture, event->index, event->up);
        break;
    case MP_EVENT_ADDRESS:
        address_apply(picture, &event->address);
        break;
    case MP_EVENT_ADDRESS_GONE:
        address_gone(picture, &event->address);
        break;
    case MP_EVENT_ROUTE:
        route_apply(picture, &event->route, event->replaced);
        break;
    case MP_EVENT_ROUTE_GONE:
        route_gone(picture, event);
        break;
    case MP_EVENT_NEXTHOP:
        nexthop_apply(picture, &event->nexthop);
        note_dumped(picture, MP_DUMP_NEXTHOPS, event->nexthop.id);
        break;
    case MP_EVENT_NEXTHOP_GONE:
        nexthop_drop(picture, event->nexthop.id);
        break;
    case MP_EVENT_RULE:
        rule_apply(picture, &event->rule);
        break;
    case MP_EVENT_RULE_GONE:
        rule_gone(picture, &event->rule);
        break;
    case MP_EVENT_SYSCTL:
        g_hash_table_insert(picture->sysctls, sysctl_key(event->sysctl.index, event->sysctl.key),
                            GINT_TO_POINTER(event->sysctl.value));
        break;
    case MP_EVENT_DUMP_BEGIN:
        dump_begin(picture, event->dump);
        break;
    case MP_EVENT_DUMP_END:
        dump_end(picture, event->dump, event->error);
        break;
    case MP_EVENT_OVERFLOW:
    case MP_EVENT_OP_DONE:
        break;
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
            g_ptr_array_remove_index(picture->routes, i - 1); /* it was never flushed */
        else
            entry->route.oif = to;
    }
}

void mp_picture_remember_route(MpPicture *picture, const MpRoute *route)
{
    MpPictureRoute *entry;

    if (route_find(picture, route) != NULL)
        return;
    entry = g_new0(MpPictureRoute, 1);
    entry->route = *route;
    entry->ghost = TRUE;
    g_ptr_array_add(picture->routes, entry);
    picture->routes_serial++;
}
