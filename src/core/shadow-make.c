/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which routes of ours one destination shall have: a pure function of its foreign routes, the
 * groups and what is copied around it. */
#include "data.h"
#include "plan-gate.h"
#include "shadow-private.h"

#include <string.h>

/* Copies and throws -------------------------------------------------------------------------------
 */

static MpGroup *route_group(const MpEngine *engine, const MpRoute *route)
{
    MpMember *member = mp_engine_member_of_route(engine, route);

    return member != NULL && !member->leaving && !member->group->deleted ? member->group : NULL;
}

/* By what a route of others leads that names a nexthop object: the first that a group of ours has.
 */
static const MpNexthop *route_nexthop(const MpEngine *engine, const MpRoute *route)
{
    const MpNexthop *made = mp_picture_nexthop_made(engine->picture, route->nhid);

    for (guint i = 0; made != NULL && i < made->n_members; i++) {
        const MpNexthop *single = mp_picture_nexthop_made(engine->picture, made->members[i].id);
        MpRoute hop = {.oif = single != NULL ? single->oif : 0};

        if (route_group(engine, &hop) != NULL)
            return single;
    }
    return made;
}

/* Whether some way of a nexthop object of others is not by the group. */
static gboolean nexthop_leads_elsewhere(const MpEngine *engine, guint32 id, const MpGroup *group)
{
    const MpNexthop *nexthop = mp_picture_nexthop(engine->picture, id);

    for (guint i = 0; nexthop != NULL && i < nexthop->n_members; i++) {
        const MpNexthop *single = mp_picture_nexthop(engine->picture, nexthop->members[i].id);
        MpRoute hop = {.oif = single != NULL ? single->oif : 0};

        if (route_group(engine, &hop) != group)
            return TRUE;
    }
    return FALSE;
}

/* What other devices lose with their link does not concern us. */
static gboolean route_counts(const MpMaking *making, const MpPictureRoute *entry,
                             const MpRoute *like)
{
    return entry->route.table == like->table && entry->route.tos == like->tos &&
           entry->route.protocol != MP_PROTOCOL &&
           (!entry->ghost || route_group(making->engine, &entry->route) != NULL);
}

static gboolean route_is_better(const MpPictureRoute *entry, const MpPictureRoute *best)
{
    if (entry->route.metric != best->route.metric)
        return entry->route.metric < best->route.metric;
    return best->ghost && !entry->ghost;
}

/* Of the table and type of service of `like`. */
static const MpPictureRoute *find_best(const MpMaking *making, const MpRoute *like)
{
    const MpPictureRoute *best = NULL;

    for (const MpPictureRoute *entry = making->destination->routes; entry != NULL;
         entry = entry->next) {
        if (route_counts(making, entry, like) && (best == NULL || route_is_better(entry, best)))
            best = entry;
    }
    return best;
}

static void add_route(MpMaking *making, MpGroup *group, const MpRoute *route,
                      const MpAddress *gateway)
{
    MpNexthopSetKey key = {.group = group, .table = route->table};
    MpRoute wanted = *route;
    MpNexthopSet *set;

    key.is_default = route->dst.prefix == 0;
    if (route->family == MP_IPV6 && route->table >= MP_TABLE_SHADOW_FIRST)
        key.length = route->dst.prefix;
    key.gateway = *gateway;
    key.family = gateway->family != 0 ? gateway->family : route->family;
    if (route->family == MP_IPV6)
        key.prefsrc = route->prefsrc;
    key.metrics_mask = route->metrics_mask;
    memcpy(key.metrics, route->metrics, sizeof key.metrics);
    set = mp_nexthop_set_get(making->engine, making->shadow->sets, &key, &wanted);
    set->users++;
    making->sets = g_slist_prepend(making->sets, set);
    wanted.nhid = set->id;
    g_array_append_val(making->routes, wanted);
}

const MpRoute *mp_making_place(const GArray *routes, const MpRoute *wanted)
{
    for (guint i = 0; i < routes->len; i++) {
        const MpRoute *route = &g_array_index(routes, MpRoute, i);

        if (route->table == wanted->table && route->metric == wanted->metric &&
            route->tos == wanted->tos)
            return route;
    }
    return NULL;
}

static void add_connected(MpMaking *making)
{
    const MpAddress none = {0};

    for (guint i = 0; i < making->shadow->connected->len; i++) {
        MpConnected *connected = &g_array_index(making->shadow->connected, MpConnected, i);

        if (!mp_address_equal(&connected->route.dst, &making->destination->dst))
            continue;
        if (!connected->second)
            add_route(making, connected->group, &connected->route, &none);
        mp_gates_want_main(making->engine, connected, making->routes);
    }
}

/* A copy names its source: what the route says, else as the kernel chose without us: an address of
 * its device, one of the gateway's subnet before others; else one of that subnet, else any. */
static MpAddress source_for(const MpGroup *group, const MpRoute *route)
{
    const MpData *best = NULL;
    guint best_rank = 0;
    MpAddress source = route->prefsrc;

    if (source.family != 0)
        return source;
    for (guint i = 0; i < group->data->len; i++) {
        const MpData *data = g_ptr_array_index(group->data, i);
        guint rank = 1;

        if (data->address.family != route->family || !mp_data_is_wanted(data) || data->leaving)
            continue;
        if (mp_data_is_no_source(data)) { /* where there is no other */
            best = best != NULL ? best : data;
            continue;
        }
        if (route->gateway.family != 0 && mp_address_contains(&data->address, &route->gateway))
            rank += 1;
        if (data->home != NULL && data->home->index == route->oif)
            rank += 2;
        if (rank > best_rank || (rank == best_rank && data->order < best->order)) {
            best = data;
            best_rank = rank;
        }
    }
    if (best != NULL) {
        source = best->address;
        source.prefix = (guint8)mp_address_bits(&source);
    }
    return source;
}

/* A multipath route that also leads elsewhere works by itself; so does one of several equal IPv6
 * routes. */
static gboolean leads_elsewhere(const MpMaking *making, const MpRoute *route, const MpGroup *group)
{
    const MpPictureRoute *entry = mp_picture_route_place(making->engine->picture, route);

    for (; entry != NULL; entry = mp_picture_route_place_next(entry)) {
        gboolean together = entry->route.family == MP_IPV6 || entry->route.n_hops > 1;

        if (entry->ghost || entry->route.protocol == MP_PROTOCOL)
            continue;
        if (together && route_group(making->engine, &entry->route) != group)
            return TRUE;
        if (entry->route.nhid != 0 &&
            nexthop_leads_elsewhere(making->engine, entry->route.nhid, group))
            return TRUE;
    }
    return FALSE;
}

static gboolean route_is_copied(const MpMaking *making, const MpRoute *route)
{
    const MpPictureRoute *best;
    const MpNexthop *nexthop;

    if (route->type != MP_RTN_UNICAST || route->special || route->hop != 0 ||
        route->protocol == MP_PROTOCOL || route->protocol == MP_RTPROT_KERNEL ||
        mp_shadow_table_for(&making->shadow->tables, route) == 0)
        return FALSE;
    if (route->nhid != 0) {
        nexthop = route_nexthop(making->engine, route);
        if (nexthop == NULL || nexthop->special)
            return FALSE;
    }
    best = find_best(making, route);
    return best != NULL && route_group(making->engine, &best->route) != NULL;
}

static gint by_number(gconstpointer a, gconstpointer b)
{
    guint left = GPOINTER_TO_UINT(a), right = GPOINTER_TO_UINT(b);

    return left < right ? -1 : left > right;
}

static void note_copy(MpMaking *making, guint32 table)
{
    gpointer other = GUINT_TO_POINTER(table);

    if (table == MP_TABLE_ROUTES || table == MP_TABLE_DEFAULTS)
        making->ruled = TRUE;
    if (table == MP_TABLE_ROUTES)
        making->copied = TRUE;
    else if (table != MP_TABLE_DEFAULTS && g_slist_find(making->also, other) == NULL)
        making->also = g_slist_insert_sorted(making->also, other, by_number);
}

static void add_copy(MpMaking *making, MpGroup *group, const MpRoute *theirs)
{
    MpRoute copy = {.family = theirs->family, .type = MP_RTN_UNICAST, .protocol = MP_PROTOCOL};
    MpRoute told = *theirs;
    const MpRoute *route = &told;

    if (theirs->nhid != 0) { /* route_is_copied() has seen that it is known */
        told.oif = route_nexthop(making->engine, theirs)->oif;
        told.gateway = route_nexthop(making->engine, theirs)->gateway;
    }

    copy.table = mp_shadow_table_for(&making->shadow->tables, route);
    copy.dst = route->dst;
    copy.tos = route->tos;
    copy.metric = route->metric;
    copy.scope =
        route->family == MP_IPV4 && route->gateway.family == 0 ? MP_SCOPE_LINK : MP_SCOPE_UNIVERSE;
    copy.preference = route->preference;
    if (mp_making_place(making->routes, &copy) != NULL)
        return;
    copy.prefsrc = source_for(group, route);
    copy.metrics_mask = route->metrics_mask;
    memcpy(copy.metrics, route->metrics, sizeof copy.metrics);
    add_route(making, group, &copy, &route->gateway);
    note_copy(making, copy.table);
}

/* Those that are there before those that are remembered: of one place the first is taken. */
static void add_copies(MpMaking *making, gboolean ghosts)
{
    for (const MpPictureRoute *entry = making->destination->routes; entry != NULL;
         entry = entry->next) {
        MpGroup *group = entry->ghost == ghosts && route_is_copied(making, &entry->route)
                             ? route_group(making->engine, &entry->route)
                             : NULL;

        if (group != NULL && !leads_elsewhere(making, &entry->route, group))
            add_copy(making, group, &entry->route);
    }
}

static gboolean is_copied_to(const MpDestination *destination, guint32 table)
{
    if (table == MP_TABLE_ROUTES)
        return destination->copied;
    return g_slist_find(destination->also, GUINT_TO_POINTER(table)) != NULL;
}

/* Defaults of main have a table of their own, those of others' tables have not. */
static gboolean is_covered(const MpMaking *making, const MpAddress *dst, guint32 table)
{
    gboolean six = dst->family == MP_IPV6, main = table == MP_TABLE_ROUTES;
    const guint *n = main ? making->shadow->n_copied[six] : making->shadow->n_also[six];
    MpDestination key = {.dst = *dst};

    for (guint length = dst->prefix; length > (main ? 1u : 0u); length--) {
        const MpDestination *wider;

        if (n[length - 1] == 0)
            continue;
        key.dst.prefix = (guint8)(length - 1);
        key.dst = mp_address_network(&key.dst);
        wider = g_tree_lookup(making->engine->picture->destinations, &key);
        if (wider != NULL && is_copied_to(wider, table))
            return TRUE;
    }
    return FALSE;
}

/* In the table: for this type of service, or for any. */
static gboolean has_wanted(const MpMaking *making, guint32 table, gint tos)
{
    for (guint i = 0; i < making->routes->len; i++) {
        const MpRoute *route = &g_array_index(making->routes, MpRoute, i);

        if (route->table == table && (tos < 0 || route->tos == tos))
            return TRUE;
    }
    return FALSE;
}

/* A copied prefix must not hide what the table has more specific by other ways, or main by our
 * connected routes. */
static void add_throw(MpMaking *making, const MpRoute *theirs)
{
    MpRoute route = {.family = theirs->family,
                     .table = mp_shadow_table_for(&making->shadow->tables, theirs),
                     .dst = theirs->dst,
                     .tos = theirs->tos,
                     .type = MP_RTN_THROW,
                     .protocol = MP_PROTOCOL};

    if (route.table == 0 || route.table == MP_TABLE_DEFAULTS ||
        has_wanted(making, route.table, route.tos) ||
        !(is_covered(making, &route.dst, route.table) ||
          (route.tos != 0 && has_wanted(making, route.table, -1))))
        return;
    route.metric = route.family == MP_IPV6 ? 1024 : 0;
    g_array_append_val(making->routes, route);
}

static void add_throws(MpMaking *making)
{
    for (const MpPictureRoute *entry = making->destination->routes; entry != NULL;
         entry = entry->next) {
        if (!entry->ghost)
            add_throw(making, &entry->route);
    }
}

void mp_making_release_sets(GSList *sets)
{
    for (GSList *item = sets; item != NULL; item = item->next)
        ((MpNexthopSet *)item->data)->users--;
    g_slist_free(sets);
}

/* A hop elsewhere went with those of members. */
static gboolean is_of_members(const MpEngine *engine, const MpRoute *route)
{
    const MpPictureRoute *entry;

    if (mp_engine_member_of_route(engine, route) != NULL)
        return TRUE;
    if (route->family != MP_IPV4 || route->n_hops < 2)
        return FALSE;
    for (entry = mp_picture_route_place(engine->picture, route); entry != NULL;
         entry = mp_picture_route_place_next(entry)) {
        if (entry->ghost && entry->route.n_hops == route->n_hops &&
            mp_engine_member_of_route(engine, &entry->route) != NULL)
            return TRUE;
    }
    return FALSE;
}

/* Only members' routes are remembered when the kernel flushes them. */
static void forget_strangers(MpEngine *engine, MpDestination *destination)
{
    MpPictureRoute *next;

    for (MpPictureRoute *entry = destination->routes; entry != NULL; entry = next) {
        next = entry->next;
        if (entry->ghost && !is_of_members(engine, &entry->route))
            mp_picture_drop_ghost(engine->picture, entry);
    }
}

void mp_making_routes(MpMaking *making)
{
    forget_strangers(making->engine, making->destination);
    add_connected(making);
    add_copies(making, FALSE);
    add_copies(making, TRUE);
    add_throws(making);
}

/* Connected prefixes ------------------------------------------------------------------------------
 */

static gboolean has_connected(const MpData *data)
{
    return mp_data_is_wanted(data) && !data->leaving &&
           data->address.prefix < mp_address_bits(&data->address) &&
           (data->original.flags & MP_IFA_NOPREFIXROUTE) == 0;
}

/* Of two groups in one prefix the first has it. */
static gboolean connected_is_taken(const MpShadow *shadow, const MpRoute *route)
{
    for (guint i = 0; i < shadow->connected->len; i++) {
        const MpRoute *other = &g_array_index(shadow->connected, MpConnected, i).route;

        if (other->metric == route->metric && mp_address_equal(&other->dst, &route->dst))
            return TRUE;
    }
    return FALSE;
}

static void connected_add(MpEngine *engine, MpGroup *group, const MpData *data)
{
    MpShadow *shadow = engine->shadow;
    MpConnected connected = {.group = group};
    MpRoute *route = &connected.route;
    guint32 metric = data->original.metric;

    route->family = data->address.family;
    route->table = MP_TABLE_MAIN;
    route->type = MP_RTN_UNICAST;
    route->protocol = MP_PROTOCOL;
    route->dst = mp_address_network(&data->address);
    route->prefsrc = data->address;
    route->prefsrc.prefix = (guint8)mp_address_bits(&data->address);
    if (route->family == MP_IPV4) {
        route->scope = MP_SCOPE_LINK;
        route->metric = metric > 0 ? metric - 1 : 0;
    } else {
        route->metric = metric > 1 ? metric - 1 : 255; /* the kernel's is 256 */
    }
    connected.second = connected_is_taken(shadow, route);
    g_array_append_val(shadow->connected, connected);
    mp_picture_destination(engine->picture, &route->dst);
}

static gboolean is_before(const MpData *data, const MpData *other)
{
    if (mp_data_is_no_source(data) != mp_data_is_no_source(other))
        return mp_data_is_no_source(other);
    return data->order < other->order ||
           (data->order == other->order && mp_address_compare(&data->address, &other->address) < 0);
}

/* Of each prefix the address that stands for its connected route: the first that was found or
 * declared. */
static GHashTable *first_of_prefixes(const MpGroup *group)
{
    GHashTable *first = g_hash_table_new_full(mp_address_hash, mp_address_equal_ptr, g_free, NULL);

    for (guint i = 0; i < group->data->len; i++) {
        MpData *data = g_ptr_array_index(group->data, i);
        MpAddress network = mp_address_network(&data->address);
        const MpData *other = g_hash_table_lookup(first, &network);

        if (mp_data_is_wanted(data) && !data->leaving && (other == NULL || is_before(data, other)))
            g_hash_table_replace(first, g_memdup2(&network, sizeof network), data);
    }
    return first;
}

static void group_connect(MpEngine *engine, MpGroup *group)
{
    g_autoptr(GHashTable) first = first_of_prefixes(group);

    for (guint i = 0; i < group->data->len; i++) {
        const MpData *data = g_ptr_array_index(group->data, i);
        MpAddress network = mp_address_network(&data->address);

        if (has_connected(data) && g_hash_table_lookup(first, &network) == data)
            connected_add(engine, group, data);
    }
}

void mp_shadow_connect(MpEngine *engine)
{
    g_array_set_size(engine->shadow->connected, 0);
    for (guint i = 0; i < engine->groups->len; i++) {
        MpGroup *group = g_ptr_array_index(engine->groups, i);

        if (!group->deleted)
            group_connect(engine, group);
    }
}
