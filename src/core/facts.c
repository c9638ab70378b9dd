/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "facts.h"

#include "data.h"
#include "engine-request.h"
#include "facts-nexthop.h"
#include "member.h"
#include "orphan.h"
#include "shadow.h"
#include <string.h>

#define ROUTES_MANY 1000u
#define ROUTE_REST_US 10          /* for each of many */
#define PHANTOM_INDEX 0x80000000u /* the kernel's are positive numbers of 31 bits */

/* Recall ------------------------------------------------------------------------------------------
 */

static const MpRecordMember *find_recorded(const MpRecord *past, const MpMember *member)
{
    for (guint i = 0; past != NULL && i < past->members->len; i++) {
        const MpRecordMember *entry = g_ptr_array_index(past->members, i);

        if (g_strcmp0(entry->interface, member->name) == 0 &&
            g_strcmp0(entry->group, member->group->config->name) == 0)
            return entry;
    }
    return NULL;
}

gboolean mp_facts_is_same_device(const MpEngine *engine, const MpMember *member)
{
    const MpRecordMember *entry = find_recorded(engine->past, member);

    return entry != NULL && entry->index == member->index;
}

gboolean mp_facts_activity_differs(const MpEngine *engine, const MpGroup *group)
{
    gboolean known = FALSE, differs = FALSE;

    for (guint i = 0; i < group->members->len; i++) {
        const MpMember *member = g_ptr_array_index(group->members, i);
        const MpRecordMember *entry = find_recorded(engine->past, member);

        known = known || (entry != NULL && entry->active != 0);
        differs = differs || member->active != (entry != NULL && entry->active == 1);
    }
    return known && differs;
}

static void recall_member(const MpRecord *past, MpMember *member)
{
    const MpRecordMember *recorded = find_recorded(past, member);

    if (recorded != NULL) {
        member->offline = recorded->offline;
        member->inactive = recorded->inactive && !member->group->config->failback;
        member->seen = recorded->seen;
        member->convicted = recorded->convicted;
        member->duplicate = recorded->duplicate;
        if (member->convicted)
            member->reason = MP_REASON_PROBE_FAILURE;
        /* Nothing moves at a start: under Failback=no it may be away from home by right. */
        member->reclaim = member->group->config->failback || !recorded->seen;
    }
    for (guint i = 0; i < past->sysctls->len; i++) {
        const MpRecordSysctl *entry = g_ptr_array_index(past->sysctls, i);

        /* Of another device than that of this name now: mp_orphans_recall(). */
        if (entry->device == NULL || (entry->index != 0 ? entry->index != member->index
                                                        : strcmp(entry->device, member->name) != 0))
            continue;
        member->sysctls_recalled = member->index == 0;
        member->sysctl_found[entry->key] = entry->found;
        member->sysctl_set[entry->key] = entry->set;
    }
}

/* A device that is missing at the start has no index to remember its routes by: it is given one
 * that no device has. */
guint mp_facts_index_for(MpEngine *engine, MpMember *member)
{
    if (member->index != 0)
        return member->index;
    if (member->last_index == 0)
        member->last_index = PHANTOM_INDEX + engine->phantoms++;
    return member->last_index;
}

static gboolean has_family(const GPtrArray *list, guint8 family)
{
    for (guint i = 0; i < list->len; i++) {
        if (((const MpPictureAddress *)g_ptr_array_index(list, i))->ifaddr.address.family == family)
            return TRUE;
    }
    return FALSE;
}

/* IPv6 that was turned off for a while, or found the packets of the device too small for it,
 * flushes all of its own and leaves nexthops alone: our way there to a connected prefix is gone,
 * too. */
gboolean mp_facts_has_kept_ipv6(const MpEngine *engine, const MpGroup *group, guint index)
{
    MpRoute gate = {.family = MP_IPV6,
                    .table = MP_TABLE_MAIN,
                    .metric = MP_METRIC_GATE_FIRST + (index & ~MP_METRIC_GATE_FIRST)};

    for (guint i = 0; i < group->data->len; i++) {
        gate.dst = mp_address_network(&((const MpData *)group->data->pdata[i])->address);
        if (gate.dst.family == MP_IPV6 && mp_picture_route_place(engine->picture, &gate) != NULL)
            return TRUE;
    }
    return FALSE;
}

/* Our nexthops survive neither a lost link nor a device that is set down: where they still are the
 * kernel has flushed nothing since they were made, and a route that is missing was taken away. */
static gboolean route_was_taken(const MpEngine *engine, const MpRecordRoute *entry,
                                const MpMember *member)
{
    if (entry->route.nhid != 0)
        return !mp_facts_went_with_nexthop(engine, entry);
    if (entry->flushed || member->index == 0 || entry->route.oif != member->index ||
        !mp_facts_has_our_nexthop(engine, member->index))
        return FALSE;
    if (entry->route.family == MP_IPV6)
        return mp_facts_has_kept_ipv6(engine, member->group, member->index);
    /* With the last IPv4 address of a device its routes go. */
    return has_family(mp_picture_addresses(engine->picture, member->index), MP_IPV4);
}

/* Its home may be of another group now, while nobody was there to see it: what was found there
 * belongs to that one, as when it is taken over at once. */
static gboolean is_of_group(const MpEngine *engine, const MpGroup *group,
                            const MpRecordAddress *entry)
{
    const MpMember *home =
        entry->home != NULL && !entry->created ? mp_engine_member(engine, entry->home) : NULL;

    return home != NULL ? home->group == group : g_strcmp0(entry->group, group->config->name) == 0;
}

static void recall_routes(MpEngine *engine, const MpRecord *past, const MpGroup *group)
{
    for (guint i = 0; i < past->routes->len; i++) {
        const MpRecordRoute *entry = g_ptr_array_index(past->routes, i);
        MpMember *member = entry->device != NULL ? mp_group_member(group, entry->device) : NULL;
        MpRoute route = entry->route;

        if (member == NULL || g_strcmp0(entry->group, group->config->name) != 0 ||
            route_was_taken(engine, entry, member))
            continue;
        if (route.nhid == 0)
            route.oif = mp_facts_index_for(engine, member);
        mp_picture_remember_route(engine->picture, &route, entry->disowned);
        for (guint k = 0; entry->also != NULL && k < entry->also->len; k++) {
            route.dst = g_array_index(entry->also, MpAddress, k);
            mp_picture_remember_route(engine->picture, &route, entry->disowned);
        }
    }
}

/* One that was taken out of the file while nobody was there to see it: it gives back now. */
static void recall_leaver(MpEngine *engine, MpGroup *group, const MpRecordMember *entry)
{
    g_autoptr(MpInterfaceConfig) config = NULL;
    MpMember *member;

    if (g_strcmp0(entry->group, group->config->name) != 0 ||
        mp_engine_member(engine, entry->interface) != NULL)
        return;
    config = mp_interface_config_new(entry->interface);
    member = mp_member_new(group, config);
    member->id = ++engine->last_member_id;
    member->leaving = TRUE;
    g_ptr_array_add(group->members, member);
    mp_engine_look_for(engine, member);
}

/* Its device was given another name, and nobody may have been there to see it: what is on it leaves
 * it, as if it were now. */
static void recall_former(MpEngine *engine, const MpGroup *group, const MpRecordMember *entry)
{
    MpMember *member = mp_group_member(group, entry->interface);

    if (g_strcmp0(entry->group, group->config->name) != 0 || member == NULL || member->index != 0 ||
        mp_picture_link(engine->picture, entry->index) == NULL ||
        mp_engine_member_by_index(engine, entry->index) != NULL)
        return;
    member->former_index = member->last_index = entry->index;
    mp_engine_forget_indexes(engine);
    member->gone = MP_REASON_RENAMED;
}

gboolean mp_facts_is_recalled(const MpEngine *engine, const char *group)
{
    return g_hash_table_contains(engine->recalled, group);
}

void mp_facts_recall_group(MpEngine *engine, MpGroup *group)
{
    const MpRecord *past = engine->past;

    if (past == NULL || !g_hash_table_add(engine->recalled, g_strdup(group->config->name)))
        return;
    for (guint i = 0; i < past->members->len; i++)
        recall_leaver(engine, group, g_ptr_array_index(past->members, i));
    for (guint i = 0; i < group->members->len; i++)
        recall_member(past, g_ptr_array_index(group->members, i));
    for (guint i = 0; i < past->addresses->len; i++) {
        const MpRecordAddress *entry = g_ptr_array_index(past->addresses, i);

        if (is_of_group(engine, group, entry))
            mp_data_recall(engine, group, entry);
    }
    for (guint i = 0; i < past->members->len; i++)
        recall_former(engine, group, g_ptr_array_index(past->members, i));
    mp_facts_recall_nexthops(engine, past, group);
    recall_routes(engine, past, group);
}

gboolean mp_facts_has_stranded(const MpEngine *engine)
{
    for (guint i = 0; engine->past != NULL && i < engine->past->members->len; i++) {
        const MpRecordMember *entry = g_ptr_array_index(engine->past->members, i);

        if (!g_hash_table_contains(engine->recalled, entry->group))
            return TRUE;
    }
    return FALSE;
}

gboolean mp_facts_is_stranded(const MpEngine *engine, const MpAddress *address)
{
    for (guint i = 0; engine->past != NULL && i < engine->past->addresses->len; i++) {
        const MpRecordAddress *entry = g_ptr_array_index(engine->past->addresses, i);

        if (!g_hash_table_contains(engine->recalled, entry->group) &&
            mp_address_equal_host(&entry->address, address))
            return TRUE;
    }
    return FALSE;
}

void mp_facts_recall_globals(MpEngine *engine)
{
    for (guint i = 0; engine->past != NULL && i < engine->past->sysctls->len; i++) {
        const MpRecordSysctl *entry = g_ptr_array_index(engine->past->sysctls, i);

        if (entry->device == NULL)
            engine->globals[entry->key] =
                (MpGlobalSysctl){.found = entry->found, .set = entry->set};
    }
}

gboolean mp_facts_has_globals(const MpEngine *engine)
{
    for (guint key = MP_SYSCTL_FIRST_GLOBAL; key < MP_N_SYSCTLS; key++) {
        const MpGlobalSysctl *global = &engine->globals[key];

        if (global->set >= 0 && global->found >= 0 && global->found != global->set &&
            mp_picture_sysctl(engine->picture, 0, key) == global->set)
            return TRUE;
    }
    return FALSE;
}

/* Record ------------------------------------------------------------------------------------------
 */

static void record_sysctl(MpRecord *record, const char *device, guint index, MpSysctl key,
                          gint found, gint set)
{
    MpRecordSysctl *entry;

    if (found < 0)
        return;
    entry = g_new0(MpRecordSysctl, 1);
    entry->device = g_strdup(device);
    entry->index = index;
    entry->key = key;
    entry->found = found;
    entry->set = set;
    g_ptr_array_add(record->sysctls, entry);
}

static void record_member(MpRecord *record, const MpMember *member)
{
    MpRecordMember *entry = g_new0(MpRecordMember, 1);

    entry->group = g_strdup(member->group->config->name);
    entry->interface = g_strdup(member->name);
    entry->offline = member->offline;
    entry->inactive = member->inactive;
    entry->seen = member->seen;
    entry->convicted = member->convicted;
    entry->duplicate = member->duplicate;
    entry->active = member->active ? 1 : 2;
    entry->index = member->index != 0 ? member->index : member->former_index;
    g_ptr_array_add(record->members, entry);
    for (guint key = 0; key < MP_SYSCTL_FIRST_GLOBAL; key++)
        record_sysctl(record, member->name, member->index, key, member->sysctl_found[key],
                      member->sysctl_set[key]);
}

static void record_address(MpRecord *record, const MpData *data, const MpIfaddr *form,
                           gboolean other)
{
    MpRecordAddress *entry = g_new0(MpRecordAddress, 1);

    entry->address = other ? form->address : data->address;
    entry->group = g_strdup(data->group->config->name);
    entry->home = data->home != NULL ? g_strdup(data->home->name) : NULL;
    entry->source = data->source;
    entry->withdrawn = data->withdrawn;
    entry->removed = data->removed;
    entry->created = data->created;
    entry->other = other;
    entry->original = *form;
    entry->original.index = data->seen_index;
    entry->order = data->order;
    g_ptr_array_add(record->addresses, entry);
}

static void record_data(MpRecord *record, MpData *data)
{
    record_address(record, data, &data->original, FALSE);
    for (guint i = 0; i < data->others->len; i++)
        record_address(record, data, &g_array_index(data->others, MpIfaddr, i), TRUE);
    if (data->recorded == 0)
        data->recorded = record->serial;
}

/* All but the destination. */
static gboolean same_but_destination(gconstpointer a, gconstpointer b)
{
    const MpRecordRoute *left = a, *right = b;
    MpRoute route = left->route;

    route.dst = right->route.dst;
    return left->flushed == right->flushed && left->disowned == right->disowned &&
           mp_route_equal(&route, &right->route) && strcmp(left->device, right->device) == 0;
}

static guint bundle_hash(gconstpointer data)
{
    const MpRecordRoute *entry = data;

    return mp_address_hash(&entry->route.gateway) ^ entry->route.oif * 31u ^ entry->route.metric;
}

/* Of several routes to one destination the order is kept; an end belongs to one route alone. */
static gboolean may_be_bundled(const MpPictureRoute *entry)
{
    guint n = 0;

    for (const MpPictureRoute *other = entry->destination->routes; other != NULL;
         other = other->next) {
        if (other->route.table == entry->route.table && other->route.protocol != MP_PROTOCOL)
            n++;
    }
    return n == 1 && !entry->route.has_expires;
}

static void bundle_add(MpRecordRoute *bundle, const MpAddress *dst)
{
    if (bundle->also == NULL)
        bundle->also = g_array_new(FALSE, FALSE, sizeof(MpAddress));
    g_array_append_val(bundle->also, *dst);
}

/* A hundred thousand routes by one router are one entry. */
static void record_route(GPtrArray *routes, GHashTable *bundles, const MpEngine *engine,
                         const MpPictureRoute *entry)
{
    const MpMember *member;
    MpRecordRoute key = {.route = entry->route,
                         .flushed = entry->ghost,
                         .disowned = entry->disowned},
                  *kept;

    if (entry->route.special || mp_table_is_ours(entry->route.table) ||
        entry->route.protocol == MP_PROTOCOL || entry->route.protocol == MP_RTPROT_KERNEL)
        return;
    member = mp_engine_member_of_route(engine, &entry->route);
    if (member == NULL)
        return;
    key.device = (char *)member->name;
    kept = may_be_bundled(entry) ? g_hash_table_lookup(bundles, &key) : NULL;
    if (kept != NULL) {
        bundle_add(kept, &entry->route.dst);
        return;
    }
    kept = g_memdup2(&key, sizeof key);
    kept->group = g_strdup(member->group->config->name);
    kept->device = g_strdup(member->name);
    g_ptr_array_add(routes, kept);
    if (may_be_bundled(entry))
        g_hash_table_add(bundles, kept);
}

static GPtrArray *record_all_routes(const MpEngine *engine)
{
    GPtrArray *routes = g_ptr_array_new_with_free_func((GDestroyNotify)mp_record_route_free);
    g_autoptr(GHashTable) bundles = g_hash_table_new(bundle_hash, same_but_destination);

    for (const MpPictureRoute *entry = engine->picture->routes.first; entry != NULL;
         entry = entry->after)
        record_route(routes, bundles, engine, entry);
    for (const MpPictureRoute *entry = engine->picture->ghosts.first; entry != NULL;
         entry = entry->after)
        record_route(routes, bundles, engine, entry);
    return routes;
}

/* record_keep_past() will add some, which must not be to a list that records share. */
static gboolean past_has_routes(const MpEngine *engine)
{
    for (guint i = 0; engine->past != NULL && i < engine->past->routes->len; i++) {
        const MpRecordRoute *entry = g_ptr_array_index(engine->past->routes, i);

        if (!g_hash_table_contains(engine->recalled, entry->group))
            return TRUE;
    }
    return FALSE;
}

/* A walk over all of them, which is not taken where nothing has changed; where they are many, not
 * often: a route that is lost in between is one that the kernel flushes within that time in which
 * we are killed, too. */
static void record_routes(MpRecord *record, MpEngine *engine, gint64 now_us)
{
    const MpPicture *picture = engine->picture;
    guint64 serial = picture->foreign_serial + mp_shadow_touches(engine->shadow);
    guint n = picture->routes.n + picture->ghosts.n;
    gboolean alone = mp_facts_has_stranded(engine) || past_has_routes(engine);

    if (engine->recorded_routes == NULL || alone ||
        (serial != engine->recorded_serial && now_us >= engine->routes_rest_us)) {
        g_clear_pointer(&engine->recorded_routes, g_ptr_array_unref);
        engine->recorded_routes = record_all_routes(engine);
        engine->recorded_serial = serial;
        engine->routes_rest_us = n > ROUTES_MANY ? now_us + n * ROUTE_REST_US : 0;
        engine->routes_again_us = 0;
    } else if (serial != engine->recorded_serial) {
        engine->routes_again_us = engine->routes_rest_us;
    }
    g_ptr_array_unref(record->routes);
    record->routes = alone ? g_steal_pointer(&engine->recorded_routes)
                           : g_ptr_array_ref(engine->recorded_routes);
}

gint64 mp_facts_deadline(const MpEngine *engine)
{
    return engine->routes_again_us != 0 ? engine->routes_again_us : G_MAXINT64;
}

void mp_facts_expire(MpEngine *engine, gint64 now_us)
{
    if (now_us < mp_facts_deadline(engine))
        return;
    engine->routes_again_us = 0;
    engine->record_dirty = engine->dirty = TRUE;
}

/* What an earlier life recorded of groups that are not configured now (their file has an error,
 * say) is kept. */
static void record_keep_past(MpRecord *record, const MpEngine *engine)
{
    const MpRecord *past = engine->past;
    g_autoptr(MpRecord) copy = past != NULL ? mp_record_copy(past) : NULL;

    if (copy == NULL)
        return;
    for (guint i = 0; i < copy->addresses->len; i++) {
        MpRecordAddress **entry = (MpRecordAddress **)&g_ptr_array_index(copy->addresses, i);

        if (!g_hash_table_contains(engine->recalled, (*entry)->group))
            g_ptr_array_add(record->addresses, g_steal_pointer(entry));
    }
    for (guint i = 0; i < copy->members->len; i++) {
        MpRecordMember **entry = (MpRecordMember **)&g_ptr_array_index(copy->members, i);

        if (!g_hash_table_contains(engine->recalled, (*entry)->group))
            g_ptr_array_add(record->members, g_steal_pointer(entry));
    }
    for (guint i = 0; i < copy->routes->len; i++) {
        MpRecordRoute **entry = (MpRecordRoute **)&g_ptr_array_index(copy->routes, i);

        if (!g_hash_table_contains(engine->recalled, (*entry)->group))
            g_ptr_array_add(record->routes, g_steal_pointer(entry));
    }
    for (guint i = 0; i < copy->nexthops->len; i++) {
        MpRecordNexthop **entry = (MpRecordNexthop **)&g_ptr_array_index(copy->nexthops, i);

        if (!g_hash_table_contains(engine->recalled, (*entry)->group))
            g_ptr_array_add(record->nexthops, g_steal_pointer(entry));
    }
    for (guint i = 0; i < copy->sysctls->len; i++) {
        MpRecordSysctl **entry = (MpRecordSysctl **)&g_ptr_array_index(copy->sysctls, i);

        if ((*entry)->device != NULL && mp_engine_member(engine, (*entry)->device) == NULL &&
            mp_facts_has_stranded(engine))
            g_ptr_array_add(record->sysctls, g_steal_pointer(entry));
    }
}

static MpRecord *record_make(MpEngine *engine, gint64 now_us)
{
    MpRecord *record = mp_record_new();

    record->serial = ++engine->record_serial;
    if (engine->settings_dirty)
        engine->settings_serial = record->serial;
    engine->settings_dirty = FALSE;
    for (guint i = 0; i < engine->groups->len; i++) {
        const MpGroup *group = g_ptr_array_index(engine->groups, i);

        for (guint k = 0; k < group->members->len; k++)
            record_member(record, g_ptr_array_index(group->members, k));
        for (guint k = 0; k < group->data->len; k++)
            record_data(record, g_ptr_array_index(group->data, k));
    }
    mp_orphans_record(engine, record);
    for (guint key = MP_SYSCTL_FIRST_GLOBAL; key < MP_N_SYSCTLS; key++)
        record_sysctl(record, NULL, 0, key, engine->globals[key].found, engine->globals[key].set);
    mp_facts_record_nexthops(engine, record);
    record_routes(record, engine, now_us);
    record_keep_past(record, engine);
    return record;
}

void mp_facts_publish(MpEngine *engine, gint64 now_us)
{
    MpAction *action;

    /* Each portion of ten thousands has another one: they wait while one is being stored. */
    if (!engine->record_dirty ||
        (engine->portioned && engine->record_stored < engine->record_serial))
        return;
    engine->record_dirty = FALSE;
    action = g_new0(MpAction, 1);
    action->kind = MP_ACTION_RECORD;
    action->record = record_make(engine, now_us);
    g_queue_push_tail(engine->notices, action);
}
