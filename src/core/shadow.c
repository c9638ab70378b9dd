/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "shadow.h"

#include "data.h"
#include "nexthop-set.h"

#include <string.h>

struct MpShadow {
    GPtrArray *sets;       /* MpNexthopSet* */
    GArray *routes;        /* MpRoute: wanted */
    gboolean touched;      /* wanted routes are to be made anew */
    guint64 routes_serial; /* of the picture that they were made from */
};

MpShadow *mp_shadow_new(void)
{
    MpShadow *shadow = g_new0(MpShadow, 1);

    shadow->sets = g_ptr_array_new_with_free_func((GDestroyNotify)mp_nexthop_set_free);
    shadow->routes = g_array_new(FALSE, TRUE, sizeof(MpRoute));
    shadow->touched = TRUE;
    return shadow;
}

void mp_shadow_free(MpShadow *shadow)
{
    if (shadow == NULL)
        return;
    g_ptr_array_unref(shadow->sets);
    g_array_unref(shadow->routes);
    g_free(shadow);
}

void mp_shadow_touch(MpShadow *shadow)
{
    shadow->touched = TRUE;
}

void mp_shadow_forget(MpShadow *shadow, const MpGroup *group, MpMember *member)
{
    for (guint i = shadow->sets->len; i > 0; i--) {
        MpNexthopSet *set = g_ptr_array_index(shadow->sets, i - 1);

        if (set->key.group != group)
            continue;
        if (member != NULL)
            g_hash_table_remove(set->ids, member);
        else
            g_ptr_array_remove_index(shadow->sets, i - 1);
    }
    shadow->touched = TRUE;
}

/* Wanted routes -----------------------------------------------------------------------------------
 */

static guint dst_hash(gconstpointer data)
{
    const MpAddress *dst = data;

    return mp_address_hash(dst) * 131u + dst->prefix;
}

/* While the wanted routes are made: what main has, by destination. */
typedef struct {
    MpEngine *engine;
    MpShadow *shadow;
    GHashTable *best;         /* dst -> const MpPictureRoute*: lowest metric of main */
    GHashTable *copied;       /* dst: in table 7300 */
    gboolean lengths[2][129]; /* prefix lengths in `copied`, by family */
} Making;

static MpGroup *route_group(const MpEngine *engine, const MpRoute *route)
{
    MpMember *member = mp_engine_member_of_route(engine, route);

    return member != NULL && !member->leaving && !member->group->deleted ? member->group : NULL;
}

/* What other devices lose with their link does not concern us. */
static gboolean route_counts(const Making *making, const MpPictureRoute *entry)
{
    return entry->route.table == MP_TABLE_MAIN && entry->route.protocol != MP_PROTOCOL &&
           (!entry->ghost || route_group(making->engine, &entry->route) != NULL);
}

static gboolean route_is_better(const MpPictureRoute *entry, const MpPictureRoute *best)
{
    if (entry->route.metric != best->route.metric)
        return entry->route.metric < best->route.metric;
    return best->ghost && !entry->ghost;
}

static void note_best(Making *making)
{
    GPtrArray *routes = making->engine->picture->routes;

    for (guint i = 0; i < routes->len; i++) {
        const MpPictureRoute *entry = g_ptr_array_index(routes, i);
        const MpPictureRoute *best;

        if (!route_counts(making, entry))
            continue;
        best = g_hash_table_lookup(making->best, &entry->route.dst);
        if (best == NULL || route_is_better(entry, best))
            g_hash_table_replace(making->best, (gpointer)&entry->route.dst, (gpointer)entry);
    }
}

static void add_route(Making *making, MpGroup *group, const MpRoute *route,
                      const MpAddress *gateway)
{
    MpNexthopSetKey key = {.group = group, .family = route->family, .table = route->table};
    MpRoute wanted = *route;

    key.is_default = route->dst.prefix == 0;
    key.gateway = *gateway;
    if (route->family == MP_IPV6)
        key.prefsrc = route->prefsrc;
    key.metrics_mask = route->metrics_mask;
    memcpy(key.metrics, route->metrics, sizeof key.metrics);
    wanted.nhid = mp_nexthop_set_get(making->engine, making->shadow->sets, &key, &wanted)->id;
    g_array_append_val(making->shadow->routes, wanted);
}

/* The address whose prefix stands for its connected route: the first that was found or declared. */
static const MpData *first_of_prefix(const MpGroup *group, const MpData *data)
{
    const MpData *first = data;

    for (guint i = 0; i < group->data->len; i++) {
        const MpData *other = g_ptr_array_index(group->data, i);

        if (other->address.prefix == data->address.prefix && mp_data_is_wanted(other) &&
            !other->leaving && mp_address_contains(&data->address, &other->address) &&
            (other->order < first->order ||
             (other->order == first->order &&
              mp_address_compare(&other->address, &first->address) < 0)))
            first = other;
    }
    return first;
}

static gboolean has_connected(const MpData *data)
{
    return mp_data_is_wanted(data) && !data->leaving &&
           data->address.prefix < mp_address_bits(&data->address) &&
           (data->original.flags & MP_IFA_NOPREFIXROUTE) == 0;
}

static gboolean place_is_taken(const Making *making, const MpRoute *wanted)
{
    for (guint i = making->shadow->routes->len; i > 0; i--) {
        const MpRoute *route = &g_array_index(making->shadow->routes, MpRoute, i - 1);

        if (!mp_address_equal(&route->dst, &wanted->dst))
            continue;
        if (route->table == wanted->table && route->metric == wanted->metric)
            return TRUE;
    }
    return FALSE;
}

static void add_connected(Making *making, MpGroup *group, const MpData *data)
{
    MpRoute route = {
        .family = data->address.family, .table = MP_TABLE_MAIN, .type = MP_RTN_UNICAST};
    const MpAddress none = {0};
    guint32 metric = data->original.metric;

    route.protocol = MP_PROTOCOL;
    route.dst = mp_address_network(&data->address);
    route.prefsrc = data->address;
    route.prefsrc.prefix = (guint8)mp_address_bits(&data->address);
    if (route.family == MP_IPV4) {
        route.scope = MP_SCOPE_LINK;
        route.metric = metric > 0 ? metric - 1 : 0;
    } else {
        route.metric = metric > 1 ? metric - 1 : 255; /* the kernel's is 256 */
    }
    if (!place_is_taken(making, &route)) /* of two groups in one prefix the first has it */
        add_route(making, group, &route, &none);
}

static void add_all_connected(Making *making)
{
    for (guint i = 0; i < making->engine->groups->len; i++) {
        MpGroup *group = g_ptr_array_index(making->engine->groups, i);

        for (guint k = 0; k < group->data->len && !group->deleted; k++) {
            const MpData *data = g_ptr_array_index(group->data, k);

            if (has_connected(data) && first_of_prefix(group, data) == data)
                add_connected(making, group, data);
        }
    }
}

/* A copy names its source: what the route says, else an address of the gateway's subnet, else the
 * first of the device. */
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
        if (data->home != NULL && data->home->index == route->oif)
            rank = 2;
        if (route->gateway.family != 0 && mp_address_contains(&data->address, &route->gateway))
            rank = 3;
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
static gboolean leads_elsewhere(const Making *making, const MpRoute *route, const MpGroup *group)
{
    const MpPictureRoute *entry = mp_picture_route_place(making->engine->picture, route);

    for (; entry != NULL; entry = entry->next) {
        gboolean together = entry->route.family == MP_IPV6 || entry->route.n_hops > 1;

        if (together && !entry->ghost && entry->route.protocol != MP_PROTOCOL &&
            route_group(making->engine, &entry->route) != group)
            return TRUE;
    }
    return FALSE;
}

static gboolean route_is_copied(const Making *making, const MpPictureRoute *entry)
{
    const MpRoute *route = &entry->route;
    const MpPictureRoute *best;

    if (route->table != MP_TABLE_MAIN || route->type != MP_RTN_UNICAST || route->tos != 0 ||
        route->hop != 0 || route->protocol == MP_PROTOCOL || route->protocol == MP_RTPROT_KERNEL)
        return FALSE;
    if (route->gateway.family != 0 && route->gateway.family != route->family)
        return FALSE; /* IPv4 by an IPv6 gateway: works by the foreign route alone */
    best = g_hash_table_lookup(making->best, &route->dst);
    return best != NULL && route_group(making->engine, &best->route) != NULL;
}

static void add_copy(Making *making, MpGroup *group, const MpRoute *route)
{
    MpRoute copy = {.family = route->family, .type = MP_RTN_UNICAST, .protocol = MP_PROTOCOL};

    copy.table = route->dst.prefix == 0 ? MP_TABLE_DEFAULTS : MP_TABLE_ROUTES;
    copy.dst = route->dst;
    copy.metric = route->metric;
    copy.scope =
        route->family == MP_IPV4 && route->gateway.family == 0 ? MP_SCOPE_LINK : MP_SCOPE_UNIVERSE;
    copy.preference = route->preference;
    copy.prefsrc = source_for(group, route);
    copy.metrics_mask = route->metrics_mask;
    memcpy(copy.metrics, route->metrics, sizeof copy.metrics);
    if (g_hash_table_contains(making->copied, &route->dst) && place_is_taken(making, &copy))
        return;
    add_route(making, group, &copy, &route->gateway);
    g_hash_table_add(making->copied, (gpointer)&route->dst);
    if (copy.table == MP_TABLE_ROUTES)
        making->lengths[route->family == MP_IPV6][route->dst.prefix] = TRUE;
}

/* Those that are there before those that are remembered: of one place the first is taken. */
static void add_copies(Making *making, gboolean ghosts)
{
    GPtrArray *routes = making->engine->picture->routes;

    for (guint i = 0; i < routes->len; i++) {
        const MpPictureRoute *entry = g_ptr_array_index(routes, i);
        MpGroup *group = entry->ghost == ghosts && route_is_copied(making, entry)
                             ? route_group(making->engine, &entry->route)
                             : NULL;

        if (group != NULL && !leads_elsewhere(making, &entry->route, group))
            add_copy(making, group, &entry->route);
    }
}

static gboolean is_covered(const Making *making, const MpAddress *dst)
{
    MpAddress wider = *dst;

    for (guint length = dst->prefix; length > 0; length--) {
        if (!making->lengths[dst->family == MP_IPV6][length - 1] || length - 1 == 0)
            continue;
        wider.prefix = (guint8)(length - 1);
        wider = mp_address_network(&wider);
        if (g_hash_table_contains(making->copied, &wider))
            return TRUE;
    }
    return FALSE;
}

/* A copied prefix must not hide what main has more specific by other ways, or by our connected
 * routes. */
static void add_throw(Making *making, GHashTable *thrown, const MpAddress *dst)
{
    MpRoute route = {.family = dst->family,
                     .table = MP_TABLE_ROUTES,
                     .type = MP_RTN_THROW,
                     .protocol = MP_PROTOCOL};

    if (g_hash_table_contains(making->copied, dst) || !is_covered(making, dst) ||
        !g_hash_table_add(thrown, (gpointer)dst))
        return;
    route.dst = *dst;
    route.metric = dst->family == MP_IPV6 ? 1024 : 0;
    g_array_append_val(making->shadow->routes, route);
}

static void add_throws(Making *making)
{
    g_autoptr(GHashTable) thrown = g_hash_table_new(dst_hash, mp_address_equal_ptr);
    GPtrArray *routes = making->engine->picture->routes;

    for (guint i = 0; i < routes->len; i++) {
        const MpPictureRoute *entry = g_ptr_array_index(routes, i);

        if (entry->route.table == MP_TABLE_MAIN && !entry->ghost)
            add_throw(making, thrown, &entry->route.dst);
    }
}

/* Only members' routes are remembered when the kernel flushes them. */
static void forget_strangers(MpEngine *engine)
{
    MpPicture *picture = engine->picture;

    for (guint i = picture->routes->len; i > 0; i--) {
        const MpPictureRoute *entry = g_ptr_array_index(picture->routes, i - 1);

        if (entry->ghost && mp_engine_member_of_route(engine, &entry->route) == NULL)
            mp_picture_drop_ghost_at(picture, i - 1);
    }
}

static void make_routes(MpEngine *engine, MpShadow *shadow)
{
    Making making = {.engine = engine, .shadow = shadow};

    making.best = g_hash_table_new(dst_hash, mp_address_equal_ptr);
    making.copied = g_hash_table_new(dst_hash, mp_address_equal_ptr);
    g_array_set_size(shadow->routes, 0);
    mp_nexthop_sets_unwant(shadow->sets);
    forget_strangers(engine);
    note_best(&making);
    add_all_connected(&making);
    add_copies(&making, FALSE);
    add_copies(&making, TRUE);
    add_throws(&making);
    g_hash_table_unref(making.best);
    g_hash_table_unref(making.copied);
    shadow->touched = FALSE;
    shadow->routes_serial = engine->picture->routes_serial;
}

/* Plan --------------------------------------------------------------------------------------------
 */

static guint place_hash(gconstpointer data)
{
    const MpRoute *route = data;

    return dst_hash(&route->dst) ^ (route->table * 31u) ^ (route->metric * 7919u);
}

static gboolean place_equal(gconstpointer a, gconstpointer b)
{
    const MpRoute *left = a, *right = b;

    return left->table == right->table && left->metric == right->metric &&
           left->tos == right->tos && mp_address_equal(&left->dst, &right->dst);
}

static gboolean route_is_as_wanted(const MpRoute *has, const MpRoute *wanted)
{
    return has->type == wanted->type && has->nhid == wanted->nhid &&
           has->metrics_mask == wanted->metrics_mask &&
           memcmp(has->metrics, wanted->metrics, sizeof has->metrics) == 0 &&
           mp_address_equal_host(&has->prefsrc, &wanted->prefsrc);
}

/* Ours in main are never replaced: the first of its place could be the kernel's. */
static void plan_wanted(const MpEngine *engine, MpPlan *plan, const MpShadow *shadow,
                        GHashTable *ours)
{
    for (guint i = 0; i < shadow->routes->len; i++) {
        const MpRoute *wanted = &g_array_index(shadow->routes, MpRoute, i);
        const MpRoute *has = g_hash_table_lookup(ours, wanted);
        gboolean prepend = wanted->table == MP_TABLE_MAIN && wanted->family == MP_IPV4;

        if (has != NULL && route_is_as_wanted(has, wanted))
            continue;
        if (wanted->nhid != 0 && !mp_nexthop_set_is_usable(engine, shadow->sets, wanted->nhid))
            continue; /* no member can carry it now */
        mp_plan_add(plan->build, prepend ? MP_OP_ROUTE_PREPEND : MP_OP_ROUTE_REPLACE)->route =
            *wanted;
    }
}

static void plan_unwanted(const MpEngine *engine, MpPlan *plan, const MpShadow *shadow)
{
    g_autoptr(GHashTable) wanted = g_hash_table_new(place_hash, place_equal);

    for (guint i = 0; i < shadow->routes->len; i++)
        g_hash_table_add(wanted, &g_array_index(shadow->routes, MpRoute, i));
    for (guint i = 0; i < engine->picture->routes->len; i++) {
        const MpRoute *has =
            &((MpPictureRoute *)g_ptr_array_index(engine->picture->routes, i))->route;
        const MpRoute *want;

        if (has->protocol != MP_PROTOCOL || mp_table_is_test(has->table))
            continue;
        want = g_hash_table_lookup(wanted, has);
        if (want == NULL || (has->table == MP_TABLE_MAIN && !route_is_as_wanted(has, want)))
            mp_plan_add(plan->clean, MP_OP_ROUTE_DEL)->route = *has;
    }
}

static void plan_routes(const MpEngine *engine, MpPlan *plan, const MpShadow *shadow)
{
    g_autoptr(GHashTable) ours = g_hash_table_new(place_hash, place_equal);
    g_autoptr(GHashTable) wanted = g_hash_table_new(place_hash, place_equal);

    for (guint i = 0; i < shadow->routes->len; i++)
        g_hash_table_add(wanted, &g_array_index(shadow->routes, MpRoute, i));
    for (guint i = 0; i < engine->picture->routes->len; i++) {
        const MpRoute *has =
            &((MpPictureRoute *)g_ptr_array_index(engine->picture->routes, i))->route;
        const MpRoute *want = g_hash_table_lookup(wanted, has);

        /* Of two of a place, while one follows the other in main, the right one counts. */
        if (has->protocol == MP_PROTOCOL &&
            (!g_hash_table_contains(ours, has) || (want != NULL && route_is_as_wanted(has, want))))
            g_hash_table_replace(ours, (gpointer)has, (gpointer)has);
    }
    plan_wanted(engine, plan, shadow, ours);
}

/* Rules -------------------------------------------------------------------------------------------
 */

#define N_RULES 3

static MpRule rule_make(guint8 family, guint n)
{
    static const guint32 tables[N_RULES] = {MP_TABLE_ROUTES, MP_TABLE_MAIN, MP_TABLE_DEFAULTS};
    MpRule rule = {.family = family,
                   .priority = MP_RULE_PRIORITY,
                   .table = tables[n],
                   .protocol = MP_PROTOCOL};

    rule.suppress_prefix = tables[n] == MP_TABLE_MAIN ? 0 : -1;
    return rule;
}

static gboolean family_has_copies(const MpShadow *shadow, guint8 family)
{
    for (guint i = 0; i < shadow->routes->len; i++) {
        const MpRoute *route = &g_array_index(shadow->routes, MpRoute, i);

        if (route->family == family && route->table != MP_TABLE_MAIN)
            return TRUE;
    }
    return FALSE;
}

/* Rules of one priority stand in the order of their making: from the first that is missing on, all
 * are made anew. */
static void plan_rules(const MpEngine *engine, MpPlan *plan, const MpShadow *shadow, guint8 family)
{
    gboolean wanted = family_has_copies(shadow, family);
    guint first = N_RULES;

    for (guint n = N_RULES; n > 0; n--) {
        MpRule rule = rule_make(family, n - 1);
        gboolean has = mp_picture_has_rule(engine->picture, &rule);

        if (!has)
            first = n - 1;
        else if (!wanted)
            mp_plan_add(plan->clean, MP_OP_RULE_DEL)->rule = rule;
    }
    for (guint n = first; n < N_RULES && wanted; n++) {
        MpRule rule = rule_make(family, n);

        if (mp_picture_has_rule(engine->picture, &rule))
            mp_plan_add(plan->build, MP_OP_RULE_DEL)->rule = rule;
        mp_plan_add(plan->build, MP_OP_RULE_ADD)->rule = rule;
    }
}

/* Foreign routes that the kernel flushed ----------------------------------------------------------
 */

static gboolean home_is_complete(const MpEngine *engine, const MpMember *member)
{
    for (guint i = 0; i < member->group->data->len; i++) {
        const MpData *data = g_ptr_array_index(member->group->data, i);

        if (data->home == member && mp_data_is_wanted(data) &&
            mp_picture_ifaddr(engine->picture, member->index, &data->address) == NULL)
            return FALSE;
    }
    return TRUE;
}

/* Given back as soon as the device works and has its addresses; those of router advertisements come
 * by themselves. */
static void plan_restores(const MpEngine *engine, MpPlan *plan)
{
    for (guint i = 0; i < engine->picture->routes->len; i++) {
        const MpPictureRoute *entry = g_ptr_array_index(engine->picture->routes, i);
        const MpMember *member = entry->ghost && !entry->disowned
                                     ? mp_engine_member_by_index(engine, entry->route.oif)
                                     : NULL;

        if (member == NULL || entry->route.protocol == MP_RTPROT_RA ||
            entry->route.table != MP_TABLE_MAIN ||
            !mp_picture_link_usable(engine->picture, member->index) ||
            !home_is_complete(engine, member))
            continue;
        mp_plan_add(plan->build, MP_OP_ROUTE_ADD)->route = entry->route;
    }
}

void mp_shadow_plan(MpEngine *engine, MpPlan *plan, gint64 now_us)
{
    MpShadow *shadow = engine->shadow;

    if (shadow->touched || shadow->routes_serial != engine->picture->routes_serial)
        make_routes(engine, shadow);
    mp_nexthop_sets_plan(engine, shadow->sets, plan->build);
    plan_restores(engine, plan);
    plan_routes(engine, plan, shadow);
    plan_rules(engine, plan, shadow, MP_IPV4);
    plan_rules(engine, plan, shadow, MP_IPV6);
    plan_unwanted(engine, plan, shadow);
    mp_nexthop_sets_clean(engine, shadow->sets, plan->clean);
}
