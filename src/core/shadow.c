/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "picture-private.h"
#include "plan-gate.h"
#include "plan-neighbour.h"
#include "shadow-private.h"

#include <string.h>

#define LOOKS_MAX 512u /* destinations a turn */

MpShadow *mp_shadow_new(void)
{
    MpShadow *shadow = g_new0(MpShadow, 1);

    shadow->sets = g_ptr_array_new_with_free_func((GDestroyNotify)mp_nexthop_set_free);
    shadow->connected = g_array_new(FALSE, TRUE, sizeof(MpConnected));
    shadow->at = g_new0(MpDestination, 1);
    mp_shadow_tables_init(&shadow->tables);
    shadow->touched = TRUE;
    return shadow;
}

void mp_shadow_free(MpShadow *shadow)
{
    if (shadow == NULL)
        return;
    g_ptr_array_unref(shadow->sets);
    g_array_unref(shadow->connected);
    g_free(shadow->at);
    mp_shadow_tables_clear(&shadow->tables);
    g_free(shadow);
}

void mp_shadow_touch(MpShadow *shadow)
{
    shadow->touched = TRUE;
    shadow->touches++;
}

guint64 mp_shadow_touches(const MpShadow *shadow)
{
    return shadow->touches;
}

static gboolean forget_sets(gpointer key, gpointer value, gpointer group)
{
    MpDestination *destination = value;
    GSList *next;

    for (GSList *item = destination->sets; item != NULL; item = next) {
        const MpNexthopSet *set = item->data;

        next = item->next;
        if (set->key.group == group)
            destination->sets = g_slist_delete_link(destination->sets, item);
    }
    return FALSE;
}

void mp_shadow_forget(MpEngine *engine, MpGroup *group, MpMember *member)
{
    MpShadow *shadow = engine->shadow;
    gboolean used = FALSE;

    for (guint i = 0; i < shadow->sets->len; i++) {
        MpNexthopSet *set = g_ptr_array_index(shadow->sets, i);

        used |= set->key.group == group && set->users > 0;
        if (set->key.group == group && member != NULL)
            g_hash_table_remove(set->ids, member);
    }
    if (member == NULL && used)
        g_tree_foreach(engine->picture->destinations, forget_sets, group);
    for (guint i = shadow->sets->len; i > 0 && member == NULL; i--) {
        const MpNexthopSet *set = g_ptr_array_index(shadow->sets, i - 1);

        if (set->key.group == group)
            g_ptr_array_remove_index(shadow->sets, i - 1);
    }
    mp_shadow_touch(shadow);
}

/* Queues ------------------------------------------------------------------------------------------
 */

static void enqueue(MpDestination *destination, GQueue *queue, gboolean first)
{
    if (destination->queue != NULL)
        g_queue_unlink(destination->queue, &destination->link);
    destination->queue = queue;
    if (queue != NULL && first)
        g_queue_push_head_link(queue, &destination->link);
    else if (queue != NULL)
        g_queue_push_tail_link(queue, &destination->link);
}

static void requeue_all(GQueue *from, GQueue *to)
{
    while (from->head != NULL)
        enqueue(from->head->data, to, FALSE);
}

void mp_shadow_retry(MpEngine *engine)
{
    requeue_all(&engine->shadow->waiting, &engine->picture->changed);
    requeue_all(&engine->shadow->parked, &engine->picture->changed);
    requeue_all(&engine->shadow->surplus, &engine->picture->changed);
}

/* What was granted may be gone again, flushed by the kernel: while the answer was on its way the
 * same could not be asked again. */
void mp_shadow_note_answered(MpEngine *engine, const MpOp *op, gboolean refused)
{
    MpDestination *destination;

    if (op->kind != MP_OP_ROUTE_PREPEND && op->kind != MP_OP_ROUTE_REPLACE &&
        op->kind != MP_OP_ROUTE_DEL)
        return;
    if (mp_table_is_device(op->route.table))
        return;
    destination = refused ? mp_picture_destination(engine->picture, &op->route.dst)
                          : mp_picture_destination_find(engine->picture, &op->route.dst, 0);
    if (refused || (destination != NULL && destination->queue == &engine->shadow->waiting))
        mp_picture_mark(engine->picture, destination);
}

gboolean mp_shadow_has_more(const MpEngine *engine)
{
    const MpShadow *shadow = engine->shadow;

    return engine->started && (shadow->passing || engine->picture->changed.length > 0) &&
           shadow->waiting.length < MP_SHADOW_WINDOW;
}

static guint n_pending(const MpEngine *engine)
{
    const MpShadow *shadow = engine->shadow;

    return shadow->waiting.length + engine->picture->changed.length + (shadow->passing ? 1 : 0);
}

static gboolean lies_in_table(const MpDestination *destination, GHashTable *tables)
{
    for (const MpPictureRoute *entry = destination->routes; entry != NULL; entry = entry->next) {
        if (g_hash_table_contains(tables, GUINT_TO_POINTER(entry->route.table)))
            return entry->route.table != MP_TABLE_MAIN || !destination->copied;
    }
    return FALSE;
}

/* What lies within a prefix that is, or is no longer, copied may need a throw, or needs it no more.
 * Looked at before it, so that nothing is hidden for an instant. TRUE: there is something. */
static gboolean look_within(MpEngine *engine, MpDestination *destination, GHashTable *tables)
{
    GTreeNode *node = g_tree_lower_bound(engine->picture->destinations, destination);
    gboolean any = FALSE;

    for (; node != NULL; node = g_tree_node_next(node)) {
        MpDestination *inner = g_tree_node_value(node);

        if (inner->table != 0 || !mp_address_contains(&destination->dst, &inner->dst) ||
            inner->dst.family != destination->dst.family)
            break;
        if (inner == destination || inner->routes == NULL || !lies_in_table(inner, tables))
            continue;
        enqueue(inner, &engine->picture->changed, TRUE);
        any = TRUE;
    }
    return any;
}

/* Plan --------------------------------------------------------------------------------------------
 */

static gboolean mp_route_is_as_wanted(const MpRoute *has, const MpRoute *wanted)
{
    return has->type == wanted->type && has->nhid == wanted->nhid &&
           (wanted->oif == 0 || has->oif == wanted->oif) &&
           has->metrics_mask == wanted->metrics_mask &&
           memcmp(has->metrics, wanted->metrics, sizeof has->metrics) == 0 &&
           mp_address_equal_host(&has->prefsrc, &wanted->prefsrc);
}

static gboolean same_place(const MpRoute *a, const MpRoute *b)
{
    return a->table == b->table && a->metric == b->metric && a->tos == b->tos;
}

/* Of two of a place, while one follows the other in main, the right one counts. */
static gboolean is_there(const MpDestination *destination, const MpRoute *wanted)
{
    for (const MpPictureRoute *entry = destination->routes; entry != NULL; entry = entry->next) {
        if (entry->route.protocol == MP_PROTOCOL && same_place(&entry->route, wanted) &&
            mp_route_is_as_wanted(&entry->route, wanted))
            return TRUE;
    }
    return FALSE;
}

static const MpNexthopSet *set_of(const MpMaking *making, guint32 id)
{
    const GSList *item = making->sets;

    while (((const MpNexthopSet *)item->data)->id != id)
        item = item->next;
    return item->data;
}

/* Ours in main are never replaced: the first of its place could be the kernel's. Where the
 * destination has to wait: for the answer, or for better times. */
static GQueue *plan_wanted(const MpMaking *making, MpPlan *plan, gint64 now_us)
{
    MpShadow *shadow = making->shadow;
    GQueue *queue = NULL;

    for (guint i = 0; i < making->routes->len; i++) {
        const MpRoute *wanted = &g_array_index(making->routes, MpRoute, i);
        gboolean prepend = wanted->table == MP_TABLE_MAIN && wanted->family == MP_IPV4;
        MpOp *op;

        if (is_there(making->destination, wanted))
            continue;
        if (wanted->nhid != 0 && !set_of(making, wanted->nhid)->usable) {
            queue = queue != NULL ? queue : &shadow->parked;
            continue; /* no member can carry it now */
        }
        op = mp_plan_add(plan->build, prepend ? MP_OP_ROUTE_PREPEND : MP_OP_ROUTE_REPLACE);
        op->route = *wanted;
        if (!mp_oplog_is_held(making->engine->oplog, op, now_us))
            queue = &shadow->waiting;
        else
            queue = queue != NULL ? queue : &shadow->parked;
    }
    return queue;
}

static gboolean is_surplus(const GArray *routes, const MpRoute *has)
{
    const MpRoute *want = has->protocol == MP_PROTOCOL ? mp_making_place(routes, has) : has;

    return want == NULL ||
           (want != has && has->table == MP_TABLE_MAIN && !mp_route_is_as_wanted(has, want));
}

static gboolean has_surplus(const MpMaking *making)
{
    for (const MpPictureRoute *entry = making->destination->routes; entry != NULL;
         entry = entry->next) {
        if (is_surplus(making->routes, &entry->route))
            return TRUE;
    }
    return FALSE;
}

static void count_also(MpShadow *shadow, const MpDestination *destination, gint by)
{
    guint8 family = destination->dst.family;

    for (const GSList *item = destination->also; item != NULL; item = item->next)
        mp_shadow_tables_count(&shadow->tables, family, GPOINTER_TO_UINT(item->data), by);
    if (destination->also != NULL)
        shadow->n_also[family == MP_IPV6][destination->dst.prefix] += (guint)by;
}

static gboolean same_list(const GSList *a, const GSList *b)
{
    while (a != NULL && b != NULL && a->data == b->data) {
        a = a->next;
        b = b->next;
    }
    return a == NULL && b == NULL;
}

/* Tables of others in whose copies the destination is now, or was, but not both. NULL: none. */
static GHashTable *tables_changed(const MpMaking *making)
{
    const MpDestination *destination = making->destination;
    GHashTable *copies = making->shadow->tables.copies[destination->dst.family == MP_IPV6];
    gboolean main = making->copied != destination->copied;
    GHashTable *changed;
    GHashTableIter iter;
    gpointer table, copy;

    if (!main && same_list(making->also, destination->also))
        return NULL;
    changed = g_hash_table_new(NULL, NULL);
    if (main)
        g_hash_table_add(changed, GUINT_TO_POINTER(MP_TABLE_MAIN));
    g_hash_table_iter_init(&iter, copies);
    while (g_hash_table_iter_next(&iter, &table, &copy)) {
        if ((g_slist_find(making->also, copy) == NULL) !=
            (g_slist_find(destination->also, copy) == NULL))
            g_hash_table_add(changed, table);
    }
    return changed;
}

static void take_result(MpMaking *making)
{
    MpDestination *destination = making->destination;
    gboolean six = destination->dst.family == MP_IPV6;

    mp_making_release_sets(destination->sets);
    destination->sets = making->sets;
    making->shadow->n_copied[six][destination->dst.prefix] +=
        (guint)making->copied - (guint)destination->copied;
    making->shadow->n_ruled[six] += (guint)making->ruled - (guint)destination->ruled;
    count_also(making->shadow, destination, -1);
    g_slist_free(destination->also);
    destination->also = g_steal_pointer(&making->also);
    count_also(making->shadow, destination, 1);
    destination->copied = making->copied;
    destination->ruled = making->ruled;
}

static void look_at(MpEngine *engine, MpPlan *plan, MpDestination *destination, gint64 now_us)
{
    MpMaking making = {.engine = engine, .shadow = engine->shadow, .destination = destination};
    g_autoptr(GHashTable) changed = NULL;
    GQueue *queue;

    making.routes = g_array_sized_new(FALSE, FALSE, sizeof(MpRoute), 4);
    mp_making_routes(&making);
    enqueue(destination, NULL, FALSE);
    changed = tables_changed(&making);
    take_result(&making);
    if (changed != NULL && look_within(engine, destination, changed)) {
        queue = &engine->picture->changed; /* after those */
        enqueue(destination, queue, FALSE);
    } else {
        queue = plan_wanted(&making, plan, now_us);
        if (queue != &making.shadow->waiting && has_surplus(&making))
            queue = &making.shadow->surplus;
        enqueue(destination, queue, FALSE);
        if (queue == NULL)
            mp_picture_destination_drop(engine->picture, destination);
    }
    g_array_unref(making.routes);
}

/* Something changed that all routes depend on. */
static void begin_pass(MpEngine *engine)
{
    engine->shadow->touched = FALSE;
    engine->shadow->passing = TRUE;
    engine->shadow->begun = FALSE;
    mp_shadow_connect(engine);
}

/* From the most to the least specific one. */
static MpDestination *pass_next(MpEngine *engine)
{
    MpShadow *shadow = engine->shadow;
    GTree *all = engine->picture->destinations;
    GTreeNode *node = shadow->begun ? g_tree_lower_bound(all, shadow->at) : NULL;
    MpDestination *next;

    if (node != NULL)
        node = g_tree_node_previous(node);
    else
        node = g_tree_node_last(all);
    while (node != NULL && ((MpDestination *)g_tree_node_value(node))->table != 0)
        node = g_tree_node_previous(node);
    if (node == NULL) {
        shadow->passing = FALSE;
        return NULL;
    }
    next = g_tree_node_value(node);
    shadow->begun = TRUE;
    shadow->at->dst = next->dst;
    return next;
}

static MpDestination *look_next(MpEngine *engine)
{
    if (engine->picture->changed.head != NULL)
        return engine->picture->changed.head->data;
    return engine->shadow->passing ? pass_next(engine) : NULL;
}

static void plan_routes(MpEngine *engine, MpPlan *plan, gint64 now_us)
{
    MpShadow *shadow = engine->shadow;
    MpDestination *destination;

    for (guint i = 0; i < LOOKS_MAX && shadow->waiting.length < MP_SHADOW_WINDOW; i++) {
        destination = look_next(engine);
        if (destination == NULL)
            return;
        look_at(engine, plan, destination, now_us);
    }
}

/* The copies before the throws that they need: in the order in which they were found. */
static void plan_unwanted(MpEngine *engine, MpPlan *plan)
{
    const GList *next;
    guint n = 0;

    for (const GList *link = engine->shadow->surplus.head; link != NULL && n < MP_SHADOW_WINDOW;
         link = next, n++) {
        MpMaking making = {.engine = engine, .shadow = engine->shadow, .destination = link->data};

        next = link->next;
        making.routes = g_array_sized_new(FALSE, FALSE, sizeof(MpRoute), 4);
        mp_making_routes(&making);
        for (const MpPictureRoute *entry = making.destination->routes; entry != NULL;
             entry = entry->next) {
            if (is_surplus(making.routes, &entry->route))
                mp_plan_add(plan->clean, MP_OP_ROUTE_DEL)->route = entry->route;
        }
        mp_making_release_sets(making.sets);
        g_slist_free(making.also);
        g_array_unref(making.routes);
    }
}

/* Gates go by the members' devices. */
static void look_at_devices(MpEngine *engine)
{
    MpShadow *shadow = engine->shadow;
    guint64 devices = mp_gates_digest(engine);

    if (devices == shadow->devices)
        return;
    shadow->devices = devices;
    for (guint i = 0; i < shadow->connected->len; i++) {
        const MpConnected *connected = &g_array_index(shadow->connected, MpConnected, i);

        mp_picture_mark(engine->picture,
                        mp_picture_destination(engine->picture, &connected->route.dst));
    }
}

guint mp_shadow_plan(MpEngine *engine, MpPlan *plan, gint64 now_us)
{
    MpShadow *shadow = engine->shadow;
    g_autoptr(GArray) routes = g_array_new(FALSE, TRUE, sizeof(MpOp));
    GArray *build = plan->build;

    if (shadow->tables.rules_serial != engine->picture->rules_serial &&
        (engine->picture->running & MP_DUMP_RULES) == 0)
        shadow->touched |= mp_shadow_tables_update(&shadow->tables, engine->picture);
    if (shadow->touched)
        begin_pass(engine);
    look_at_devices(engine);
    if (mp_nexthop_sets_look(engine, shadow->sets))
        mp_shadow_retry(engine);
    plan->build = routes;
    plan_routes(engine, plan, now_us);
    plan->build = build;
    mp_neighbours_plan(engine, shadow->sets, plan->build);
    mp_nexthop_sets_plan(engine, shadow->sets, plan->build, now_us);
    mp_shadow_plan_restores(engine, plan, now_us);
    g_array_append_vals(plan->build, routes->data, routes->len);
    mp_shadow_plan_rules(engine, plan, MP_IPV4, now_us);
    mp_shadow_plan_rules(engine, plan, MP_IPV6, now_us);
    if (n_pending(engine) == 0) /* else nothing is cleaned */
        plan_unwanted(engine, plan);
    mp_neighbours_clean(engine, shadow->sets, plan->clean);
    mp_nexthop_sets_clean(engine, shadow->sets, plan->clean);
    return n_pending(engine);
}
