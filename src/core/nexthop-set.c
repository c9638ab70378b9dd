/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "nexthop-set.h"

#include "plan-neighbour.h"
#include "plan.h"
#include "shadow.h"

#include <errno.h>
#include <string.h>

void mp_nexthop_set_free(MpNexthopSet *set)
{
    g_hash_table_unref(set->ids);
    g_free(set);
}

static gboolean key_equal(const MpNexthopSetKey *a, const MpNexthopSetKey *b)
{
    return a->group == b->group && a->family == b->family && a->table == b->table &&
           a->is_default == b->is_default && a->length == b->length &&
           mp_address_equal(&a->gateway, &b->gateway) &&
           mp_address_equal(&a->prefsrc, &b->prefsrc) && a->metrics_mask == b->metrics_mask &&
           memcmp(a->metrics, b->metrics, sizeof a->metrics) == 0;
}

/* Ids --------------------------------------------------------------------------------------------
 */

static gboolean id_is_taken(GPtrArray *sets, guint32 id)
{
    for (guint i = 0; i < sets->len; i++) {
        const MpNexthopSet *set = g_ptr_array_index(sets, i);
        GHashTableIter iter;
        gpointer value;

        if (set->id == id)
            return TRUE;
        g_hash_table_iter_init(&iter, set->ids);
        while (g_hash_table_iter_next(&iter, NULL, &value)) {
            if (GPOINTER_TO_UINT(value) == id)
                return TRUE;
        }
    }
    return FALSE;
}

/* From the one that was given away last on: with hundreds of gateways a search from the first each
 * time would take seconds. */
static guint32 id_new(MpEngine *engine, GPtrArray *sets)
{
    guint32 n = MP_NEXTHOP_ID_LAST - MP_NEXTHOP_ID_FIRST;

    for (guint32 i = 0; i < n; i++) {
        guint32 id = MP_NEXTHOP_ID_FIRST + (engine->nexthops_given + i) % n;

        if (mp_picture_nexthop(engine->picture, id) != NULL || id_is_taken(sets, id))
            continue;
        engine->nexthops_given = (engine->nexthops_given + i + 1) % n;
        return id;
    }
    return 0;
}

static void set_take_ids(MpEngine *engine, GPtrArray *sets, MpNexthopSet *set,
                         const MpNexthop *group)
{
    set->id = group->id;
    for (guint i = 0; i < group->n_members; i++) {
        const MpNexthop *single = mp_picture_nexthop(engine->picture, group->members[i].id);
        MpMember *member = single != NULL ? mp_engine_member_by_index(engine, single->oif) : NULL;

        if (member != NULL && member->group == set->key.group && !id_is_taken(sets, single->id) &&
            mp_address_equal_host(&single->gateway, &set->key.gateway))
            g_hash_table_insert(set->ids, member, GUINT_TO_POINTER(single->id));
    }
}

static gboolean has_resilient(const MpEngine *engine)
{
    GHashTableIter iter;
    const MpNexthop *has;

    g_hash_table_iter_init(&iter, engine->picture->nexthops);
    while (g_hash_table_iter_next(&iter, NULL, (gpointer *)&has)) {
        if (has->protocol == MP_PROTOCOL && has->buckets > 0)
            return TRUE;
    }
    return FALSE;
}

static gboolean is_ours_by_kind(const MpEngine *engine, const MpNexthop *group)
{
    return group->buckets == MP_NEXTHOP_BUCKETS || (group->buckets == 0 && !has_resilient(engine));
}

/* After a restart the kernel still has the sets: the route of the same place tells which is which.
 */
static void set_find_ids(MpEngine *engine, GPtrArray *sets, MpNexthopSet *set, const MpRoute *user)
{
    const MpPictureRoute *entry = mp_picture_route_place(engine->picture, user);

    for (; entry != NULL; entry = mp_picture_route_place_next(entry)) {
        const MpRoute *route = &entry->route;
        const MpNexthop *group;

        if (route->protocol != MP_PROTOCOL || id_is_taken(sets, route->nhid))
            continue;
        group = mp_picture_nexthop(engine->picture, route->nhid);
        if (group != NULL && group->n_members > 0 && is_ours_by_kind(engine, group)) {
            engine->plain_groups = group->buckets == 0;
            set_take_ids(engine, sets, set, group);
            return;
        }
    }
}

/* Members ----------------------------------------------------------------------------------------
 */

static gboolean member_sends(const MpEngine *engine, const MpMember *member,
                             const MpNexthopSetKey *key)
{
    if (!member->active || member->leaving ||
        !mp_picture_link_usable(engine->picture, member->index))
        return FALSE;
    if (key->family == MP_IPV4)
        return mp_member_asks4(member) || (key->gateway.family == MP_IPV4 &&
                                           mp_member_knows_gateway(engine, member, &key->gateway));
    return mp_member_can_host(engine, member, MP_IPV6);
}

static void add_member(MpNexthop *group, const MpNexthopSet *set, const MpMember *member,
                       guint16 weight)
{
    guint32 id = GPOINTER_TO_UINT(g_hash_table_lookup(set->ids, member));

    if (id == 0 || group->n_members == MP_NEXTHOP_MEMBERS_MAX)
        return;
    group->members[group->n_members++] = (MpNexthopMember){.id = id, .weight = weight};
}

static MpMember *lone_heir(const MpEngine *engine, const MpGroup *group, guint lone, guint8 family)
{
    gint heir = mp_placement_heir(group->placed, group->members->len, (gint)lone, family);
    MpMember *member = heir >= 0 ? g_ptr_array_index(group->members, heir) : NULL;

    return member != NULL && mp_picture_link_usable(engine->picture, member->index) ? member : NULL;
}

/* Who is in the group object: all that send; a lone one has its heir at its side, for the kernel to
 * turn to by itself. */
static GPtrArray *set_members(const MpEngine *engine, const MpNexthopSet *set, MpMember **out_heir)
{
    const MpGroup *group = set->key.group;
    GPtrArray *members = g_ptr_array_new();
    guint lone = 0;

    *out_heir = NULL;
    for (guint i = 0; i < group->members->len; i++) {
        MpMember *member = g_ptr_array_index(group->members, i);

        if (!member_sends(engine, member, &set->key))
            continue;
        g_ptr_array_add(members, member);
        lone = i;
    }
    /* In a group without buckets it would have its share of the flows. */
    if (members->len == 1 && group->placed != NULL && !engine->plain_groups)
        *out_heir = lone_heir(engine, group, lone, set->key.family);
    return members;
}

static gboolean set_is_usable(const MpEngine *engine, const MpNexthopSet *set)
{
    MpMember *heir;
    g_autoptr(GPtrArray) members = set_members(engine, set, &heir);

    return members->len > 0;
}

gboolean mp_nexthop_sets_look(const MpEngine *engine, GPtrArray *sets)
{
    gboolean news = FALSE;

    for (guint i = 0; i < sets->len; i++) {
        MpNexthopSet *set = g_ptr_array_index(sets, i);
        gboolean usable = set_is_usable(engine, set);

        news |= usable && !set->usable;
        set->usable = usable;
    }
    return news;
}

MpNexthopSet *mp_nexthop_set_get(MpEngine *engine, GPtrArray *sets, const MpNexthopSetKey *key,
                                 const MpRoute *user)
{
    MpNexthopSet *set;

    for (guint i = 0; i < sets->len; i++) {
        set = g_ptr_array_index(sets, i);
        if (key_equal(&set->key, key))
            return set;
    }
    set = g_new0(MpNexthopSet, 1);
    set->key = *key;
    set->ids = g_hash_table_new(NULL, NULL);
    set_find_ids(engine, sets, set, user);
    if (set->id == 0)
        set->id = id_new(engine, sets);
    set->usable = set_is_usable(engine, set);
    g_ptr_array_add(sets, set);
    return set;
}

/* TRUE: it is asked for now. */
static gboolean plan_single(MpEngine *engine, GPtrArray *sets, MpNexthopSet *set, MpMember *member,
                            GArray *ops, gint64 now_us)
{
    guint32 id = GPOINTER_TO_UINT(g_hash_table_lookup(set->ids, member));
    MpNexthop single = {0};
    const MpNexthop *has;
    MpOp *op;

    if (id == 0) {
        id = id_new(engine, sets);
        g_hash_table_insert(set->ids, member, GUINT_TO_POINTER(id));
    }
    single.id = id;
    single.family = set->key.family;
    single.protocol = MP_PROTOCOL;
    single.oif = member->index;
    single.gateway = set->key.gateway;
    if (single.gateway.family == MP_IPV4)
        single.flags = MP_RTNH_ONLINK;
    has = mp_picture_nexthop(engine->picture, id);
    if (has != NULL && mp_nexthop_equal(has, &single))
        return FALSE;
    op = mp_plan_add(ops, MP_OP_NEXTHOP_SET);
    op->nexthop = single;
    return mp_oplog_admits(engine->oplog, op, now_us);
}

static void set_plan(MpEngine *engine, GPtrArray *sets, MpNexthopSet *set, GArray *ops,
                     gint64 now_us)
{
    MpMember *heir;
    g_autoptr(GPtrArray) members = set_members(engine, set, &heir);
    MpNexthop group = {.id = set->id, .protocol = MP_PROTOCOL};
    const MpNexthop *has;
    gboolean asked = FALSE;
    MpOp *op;

    group.buckets = engine->plain_groups ? 0 : MP_NEXTHOP_BUCKETS;
    if (members->len == 0)
        return; /* what is there stays: nothing better is to be had */
    for (guint i = 0; i < members->len; i++) {
        asked |= plan_single(engine, sets, set, g_ptr_array_index(members, i), ops, now_us);
        add_member(&group, set, g_ptr_array_index(members, i), MP_NEXTHOP_WEIGHT_ACTIVE);
    }
    if (heir != NULL) {
        asked |= plan_single(engine, sets, set, heir, ops, now_us);
        add_member(&group, set, heir, MP_NEXTHOP_WEIGHT_HEIR);
    }
    has = mp_picture_nexthop(engine->picture, set->id);
    if (has != NULL && mp_nexthop_equal(has, &group))
        return;
    op = mp_plan_add(ops, MP_OP_NEXTHOP_SET);
    op->nexthop = group;
    /* It was refused for want of a member, which we did not know to be gone. */
    if (asked && mp_oplog_is_held(engine->oplog, op, now_us))
        mp_oplog_forget(engine->oplog, op);
}

void mp_nexthop_sets_plan(MpEngine *engine, GPtrArray *sets, GArray *ops, gint64 now_us)
{
    for (guint i = 0; i < sets->len; i++) {
        MpNexthopSet *set = g_ptr_array_index(sets, i);

        if (set->users > 0)
            set_plan(engine, sets, set, ops, now_us);
    }
}

/* Kernels without resilient groups ---------------------------------------------------------------
 */

static gboolean members_are_there(const MpEngine *engine, const MpNexthop *group)
{
    for (guint i = 0; i < group->n_members; i++) {
        const MpOp single = {.kind = MP_OP_NEXTHOP_SET, .nexthop.id = group->members[i].id};

        if (mp_picture_nexthop(engine->picture, single.nexthop.id) == NULL &&
            !mp_oplog_is_granted(engine->oplog, &single))
            return FALSE;
    }
    return TRUE;
}

/* The first resilient group was refused, though there is nothing wrong with it. */
static void go_without(MpEngine *engine, gint64 now_us)
{
    engine->plain_groups = TRUE;
    engine->plain_until = mp_oplog_last_id(engine->oplog);
    mp_notice_kernel(engine, MP_REASON_REFUSED,
                     "no resilient nexthop groups: flows of a lone member follow only after us",
                     now_us);
}

gboolean mp_nexthop_sets_note_refused(MpEngine *engine, const MpOp *op, int error, gint64 now_us)
{
    gboolean group = op->kind == MP_OP_NEXTHOP_SET && op->nexthop.buckets > 0;
    gboolean route = op->kind == MP_OP_ROUTE_PREPEND || op->kind == MP_OP_ROUTE_REPLACE;

    if (group && !engine->plain_groups && (error == EINVAL || error == EOPNOTSUPP) &&
        !has_resilient(engine) && members_are_there(engine, &op->nexthop))
        go_without(engine, now_us);
    /* What was on its way with it, too: its likes, and the routes by them. */
    return engine->plain_groups && op->id <= engine->plain_until &&
           (group || (route && op->route.nhid != 0));
}

/* Cleaning ---------------------------------------------------------------------------------------
 */

/* A member that does not send now keeps its own, but not on a device that has another name. */
static gboolean nexthop_is_wanted(GPtrArray *sets, const MpNexthop *nexthop)
{
    for (guint i = 0; i < sets->len; i++) {
        const MpNexthopSet *set = g_ptr_array_index(sets, i);
        GHashTableIter iter;
        gpointer member, id;

        if (set->users == 0)
            continue;
        if (set->id == nexthop->id)
            return TRUE;
        g_hash_table_iter_init(&iter, set->ids);
        while (g_hash_table_iter_next(&iter, &member, &id)) {
            if (GPOINTER_TO_UINT(id) == nexthop->id)
                return ((const MpMember *)member)->index == nexthop->oif;
        }
    }
    return FALSE;
}

static gboolean has_member(const MpNexthop *group, guint32 id)
{
    for (guint i = 0; i < group->n_members; i++) {
        if (group->members[i].id == id)
            return TRUE;
    }
    return FALSE;
}

/* The group that shall be without it could not be replaced yet: the kernel would shrink it, and
 * drop it with its routes if it has no other. */
static gboolean nexthop_is_held(const MpEngine *engine, GPtrArray *sets, guint32 id)
{
    for (guint i = 0; i < sets->len; i++) {
        const MpNexthopSet *set = g_ptr_array_index(sets, i);
        const MpNexthop *group = mp_picture_nexthop(engine->picture, set->id);

        if (set->users > 0 && set->usable && group != NULL && has_member(group, id))
            return TRUE;
    }
    return FALSE;
}

static gboolean set_is_gone(const MpEngine *engine, const MpNexthopSet *set)
{
    GHashTableIter iter;
    gpointer value;

    if (set->users > 0 || mp_picture_nexthop(engine->picture, set->id) != NULL)
        return FALSE;
    g_hash_table_iter_init(&iter, set->ids);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        if (mp_picture_nexthop(engine->picture, GPOINTER_TO_UINT(value)) != NULL)
            return FALSE;
    }
    return TRUE;
}

void mp_nexthop_sets_clean(MpEngine *engine, GPtrArray *sets, GArray *ops)
{
    for (guint pass = 0; pass < 2; pass++) {
        GHashTableIter iter;
        const MpNexthop *has;

        /* Groups first: a group that loses its members one by one is rebuilt each time. */
        g_hash_table_iter_init(&iter, engine->picture->nexthops);
        while (g_hash_table_iter_next(&iter, NULL, (gpointer *)&has)) {
            if (has->protocol == MP_PROTOCOL && (has->n_members > 0) == (pass == 0) &&
                !nexthop_is_wanted(sets, has) && !nexthop_is_held(engine, sets, has->id))
                mp_plan_add(ops, MP_OP_NEXTHOP_DEL)->nexthop.id = has->id;
        }
    }
    for (guint i = sets->len; i > 0; i--) {
        if (set_is_gone(engine, g_ptr_array_index(sets, i - 1)))
            g_ptr_array_remove_index(sets, i - 1);
    }
}
