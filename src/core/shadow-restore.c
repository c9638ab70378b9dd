/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Foreign routes that the kernel flushed are given back. */
#include "data.h"
#include "plan-gate.h"
#include "shadow-private.h"

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

static gboolean member_is_ready(const MpEngine *engine, const MpMember *member)
{
    return member->index != 0 && mp_picture_link_usable(engine->picture, member->index) &&
           home_is_complete(engine, member);
}

static gboolean is_ready_for_routes(const MpEngine *engine, const MpMember *member)
{
    return g_hash_table_contains(engine->picture->ghosts_of, GUINT_TO_POINTER(member->index)) &&
           member_is_ready(engine, member);
}

static gboolean has_restores(const MpEngine *engine)
{
    if (g_hash_table_contains(engine->picture->ghosts_of, GUINT_TO_POINTER(0)))
        return TRUE; /* by nexthop objects */
    for (guint i = 0; i < engine->groups->len && engine->picture->ghosts.n > 0; i++) {
        const MpGroup *group = g_ptr_array_index(engine->groups, i);

        for (guint k = 0; k < group->members->len; k++) {
            if (is_ready_for_routes(engine, g_ptr_array_index(group->members, k)))
                return TRUE;
        }
    }
    return FALSE;
}

/* What is left of its time; FALSE: nothing. */
static gboolean route_age(MpRoute *route, gint64 now_us)
{
    gint64 passed_s = (now_us - route->stamp_us) / MP_USEC_PER_SEC;

    if (!route->has_expires || passed_s <= 0)
        return TRUE;
    if (passed_s >= route->expires_s)
        return FALSE;
    route->expires_s -= (guint32)passed_s;
    return TRUE;
}

/* As soon as the device works and has its addresses; those of router advertisements come by
 * themselves. */
static gboolean is_ready(const MpEngine *engine, const MpPictureRoute *entry)
{
    const MpMember *member = mp_engine_member_by_index(engine, entry->route.oif);

    if (!entry->ghost || entry->disowned || entry->route.special ||
        entry->route.protocol == MP_RTPROT_RA)
        return FALSE;
    if (entry->route.nhid != 0) { /* when the nexthop is there again */
        member = mp_engine_member_of_route(engine, &entry->route);
        return mp_picture_nexthop(engine->picture, entry->route.nhid) != NULL && member != NULL &&
               home_is_complete(engine, member);
    }
    return member != NULL ? is_ready_for_routes(engine, member)
                          : mp_picture_link_usable(engine->picture, entry->route.oif);
}

/* A hop of an IPv4 route, which goes and comes as one. NULL: it cannot be had yet. */
static const MpPictureRoute *find_hop(const MpEngine *engine, const MpRoute *first, guint hop)
{
    const MpPictureRoute *entry = mp_picture_route_place(engine->picture, first);

    for (; entry != NULL; entry = mp_picture_route_place_next(entry)) {
        if (entry->route.hop == hop && entry->route.n_hops == first->n_hops &&
            entry->route.protocol == first->protocol && entry->route.scope == first->scope &&
            mp_address_equal(&entry->route.prefsrc, &first->prefsrc) && is_ready(engine, entry))
            return entry;
    }
    return NULL;
}

/* How many of them are asked for. */
static guint plan_hops(const MpEngine *engine, MpPlan *plan, const MpRoute *first, gint64 now_us)
{
    guint before = plan->build->len, n = 0;

    for (guint hop = 0; hop < MAX(first->n_hops, 1u); hop++) {
        const MpPictureRoute *entry = find_hop(engine, first, hop);
        MpOp *op;

        if (entry == NULL) {
            g_array_set_size(plan->build, before);
            return 0;
        }
        op = mp_plan_add(plan->build, MP_OP_ROUTE_ADD);
        op->route = entry->route;
        n += mp_oplog_is_held(engine->oplog, op, now_us) ? 0 : 1;
    }
    return n;
}

static guint plan_restore(const MpEngine *engine, MpPlan *plan, const MpRoute *route, gint64 now_us)
{
    MpRoute left = *route;
    MpOp *op;

    if (route->family == MP_IPV4 && route->n_hops > 1)
        return route->hop == 0 ? plan_hops(engine, plan, route, now_us) : 0;
    if (!route_age(&left, now_us))
        return 0;
    op = mp_plan_add(plan->build, MP_OP_ROUTE_ADD);
    op->route = left;
    return mp_oplog_is_held(engine->oplog, op, now_us) ? 0 : 1;
}

/* What would be replaced is the first of its place: only one that is alone there. */
static gboolean is_alone(const MpEngine *engine, const MpPictureRoute *entry)
{
    const MpPictureRoute *other = mp_picture_route_place(engine->picture, &entry->route);

    while (other != NULL && (other == entry || other->ghost))
        other = mp_picture_route_place_next(other);
    return other == NULL;
}

/* Routes that the kernel has without their source get it again: at once, wherever it is now. */
static void plan_sources(const MpEngine *engine, MpPlan *plan, gint64 now_us)
{
    const MpPicture *picture = engine->picture;
    const MpPictureRoute *entry = picture->routes.first;
    guint left = picture->n_bare, n = 0;

    for (; entry != NULL && left > 0 && n < MP_SHADOW_WINDOW; entry = entry->after) {
        MpRoute route = entry->route;
        MpOp *op;

        if (!entry->bare)
            continue;
        left--;
        if (route.special || !is_alone(engine, entry) || !mp_route_has_source(engine, &route) ||
            !route_age(&route, now_us))
            continue;
        op = mp_plan_add(plan->build, MP_OP_ROUTE_REPLACE);
        op->route = route;
        n += mp_oplog_is_held(engine->oplog, op, now_us) ? 0 : 1;
    }
}

/* A group when all of its members are there. */
static gboolean nexthop_is_ready(const MpEngine *engine, const MpNexthop *nexthop)
{
    const MpMember *member = mp_engine_member_by_index(engine, nexthop->oif);

    for (guint i = 0; i < nexthop->n_members; i++) {
        if (mp_picture_nexthop(engine->picture, nexthop->members[i].id) == NULL)
            return FALSE;
    }
    return nexthop->n_members > 0 || (member != NULL && member_is_ready(engine, member));
}

static gint by_kind_and_id(gconstpointer a, gconstpointer b)
{
    const MpNexthop *left = *(const MpNexthop *const *)a, *right = *(const MpNexthop *const *)b;

    if ((left->n_members > 0) != (right->n_members > 0))
        return left->n_members > 0 ? 1 : -1;
    return left->id < right->id ? -1 : left->id > right->id;
}

/* Nexthop objects of others, which the kernel took with the link; before the routes by them. */
static void plan_nexthops(const MpEngine *engine, MpPlan *plan)
{
    g_autoptr(GPtrArray) ready = g_ptr_array_new();
    GHashTableIter iter;
    MpNexthop *nexthop;

    g_hash_table_iter_init(&iter, engine->picture->lost);
    while (g_hash_table_iter_next(&iter, NULL, (gpointer *)&nexthop)) {
        if (nexthop_is_ready(engine, nexthop))
            g_ptr_array_add(ready, nexthop);
    }
    g_ptr_array_sort(ready, by_kind_and_id);
    for (guint i = 0; i < ready->len; i++) {
        MpOp *op = mp_plan_add(plan->build, MP_OP_NEXTHOP_SET);

        op->nexthop = *(const MpNexthop *)g_ptr_array_index(ready, i);
        /* Its owner may have made it again in the meantime, otherwise. */
        op->exclusive = mp_picture_nexthop(engine->picture, op->nexthop.id) == NULL;
    }
}

void mp_shadow_plan_restores(const MpEngine *engine, MpPlan *plan, gint64 now_us)
{
    const MpPictureRoute *entry = has_restores(engine) ? engine->picture->ghosts.first : NULL;
    guint last = G_MAXUINT, n = 0;
    gboolean ready = FALSE;

    plan_nexthops(engine, plan);
    plan_sources(engine, plan, now_us);
    for (; entry != NULL && n < MP_SHADOW_WINDOW; entry = entry->after) {
        if (entry->disowned || entry->route.protocol == MP_RTPROT_RA)
            continue;
        if (entry->route.oif != last || entry->route.nhid != 0) { /* most are of one device */
            last = entry->route.oif;
            ready = is_ready(engine, entry);
        }
        if (ready)
            n += plan_restore(engine, plan, &entry->route, now_us);
    }
}
