/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "probe-targets.h"

#include "plan.h"

gboolean mp_probe_targets_is_own(const MpAddress *address, gconstpointer user_data)
{
    const MpEngine *engine = user_data;

    if (g_hash_table_contains(engine->data, address))
        return TRUE;
    for (guint i = 0; i < engine->picture->addresses->len; i++) {
        const MpPictureAddress *entry = g_ptr_array_index(engine->picture->addresses, i);

        if (mp_address_equal_host(&entry->ifaddr.address, address))
            return TRUE;
    }
    return FALSE;
}

static gboolean is_listed(const GArray *list, const MpAddress *address)
{
    for (guint i = 0; i < list->len; i++) {
        if (mp_address_equal_host(&g_array_index(list, MpAddress, i), address))
            return TRUE;
    }
    return FALSE;
}

static void list_add(GArray *list, const MpAddress *address)
{
    MpAddress host = *address;

    host.prefix = (guint8)mp_address_bits(&host);
    if (list->len < MP_GROUP_TARGETS_MAX && !is_listed(list, &host))
        g_array_append_val(list, host);
}

static MpGroup *group_of_index(const MpEngine *engine, guint index)
{
    const MpRoute route = {.oif = index};
    const MpMember *member = mp_engine_member_of_route(engine, &route);

    if (member != NULL)
        return member->group;
    for (guint i = 0; i < engine->tracked->len; i++) {
        MpGroup *group = g_ptr_array_index(engine->tracked, i);

        if (((const MpMember *)g_ptr_array_index(group->members, 0))->index == index)
            return group;
    }
    return NULL;
}

/* Next hops are routers; a route to a single host on the link says whom to ask. IPv6 routers are
 * asked by their link-local addresses, to which no route is needed. */
static gboolean is_asked(const MpAddress *address)
{
    return address->family == MP_IPV4 || mp_address_is_link_local(address);
}

/* Routes that the kernel has flushed count: they come back with the link. */
static void look_at_routes(MpEngine *engine)
{
    for (const GList *link = engine->picture->hops.head; link != NULL; link = link->next) {
        const MpHop *hop = link->data;
        MpGroup *group = hop->told ? group_of_index(engine, hop->oif) : NULL;

        if (group != NULL && is_asked(&hop->gateway))
            list_add(group->routers, &hop->gateway);
        else if (group != NULL && is_asked(&hop->host))
            list_add(group->host_routes, &hop->host);
    }
}

static gboolean has_own(const MpDetection *detection, const GArray *list)
{
    for (guint i = 0; i < list->len; i++) {
        if (mp_probe_targets_is_own(&g_array_index(list, MpAddress, i), detection->own_data))
            return TRUE;
    }
    return FALSE;
}

/* One that is told of by another source now keeps what is known of it. */
static void give_sources(MpGroup *group, const GArray *routers)
{
    for (guint i = 0; i < group->detection->targets->len; i++) {
        const MpAddress *address =
            &g_array_index(group->detection->targets, MpGroupTarget, i).address;

        if (is_listed(group->config->probe_targets, address))
            mp_detection_set_source(group->detection, address, MP_TARGET_CONFIGURED);
        else if (is_listed(routers, address))
            mp_detection_set_source(group->detection, address, MP_TARGET_ROUTER);
        else if (is_listed(group->host_routes, address))
            mp_detection_set_source(group->detection, address, MP_TARGET_HOST_ROUTE);
    }
}

void mp_probe_targets_give(MpGroup *group, gint64 now_us)
{
    g_autoptr(GArray) routers = g_array_copy(group->routers);

    for (guint i = 0; i < group->heard_routers->len; i++)
        list_add(routers, &g_array_index(group->heard_routers, MpAddress, i));
    group->targets_own = has_own(group->detection, group->config->probe_targets) ||
                         has_own(group->detection, routers) ||
                         has_own(group->detection, group->host_routes);
    give_sources(group, routers);
    mp_detection_set_targets(group->detection, MP_TARGET_CONFIGURED, group->config->probe_targets,
                             now_us);
    mp_detection_set_targets(group->detection, MP_TARGET_ROUTER, routers, now_us);
    mp_detection_set_targets(group->detection, MP_TARGET_HOST_ROUTE, group->host_routes, now_us);
    group->targets_dirty = FALSE;
}

/* The hops are walked once for all groups. */
static void update_routes(MpEngine *engine, GPtrArray *groups[], guint n)
{
    g_autoptr(GPtrArray) before = g_ptr_array_new_with_free_func((GDestroyNotify)g_array_unref);
    guint at = 0;

    for (guint i = 0; i < n; i++) {
        for (guint k = 0; k < groups[i]->len; k++) {
            MpGroup *group = g_ptr_array_index(groups[i], k);

            g_ptr_array_add(before, g_steal_pointer(&group->routers));
            g_ptr_array_add(before, g_steal_pointer(&group->host_routes));
            group->routers = mp_addresses_new();
            group->host_routes = mp_addresses_new();
        }
    }
    look_at_routes(engine);
    for (guint i = 0; i < n; i++) {
        for (guint k = 0; k < groups[i]->len; k++, at += 2) {
            MpGroup *group = g_ptr_array_index(groups[i], k);

            if (!mp_addresses_equal(group->routers, g_ptr_array_index(before, at)) ||
                !mp_addresses_equal(group->host_routes, g_ptr_array_index(before, at + 1)))
                group->targets_dirty = TRUE;
        }
    }
}

void mp_probe_targets_update(MpEngine *engine, gint64 now_us)
{
    GPtrArray *groups[] = {engine->groups, engine->tracked};

    if (engine->routes_seen != engine->picture->hops_serial) {
        engine->routes_seen = engine->picture->hops_serial;
        update_routes(engine, groups, G_N_ELEMENTS(groups));
    }
    for (guint i = 0; i < G_N_ELEMENTS(groups); i++) {
        for (guint k = 0; k < groups[i]->len; k++) {
            MpGroup *group = g_ptr_array_index(groups[i], k);

            if (group->targets_dirty || group->targets_own)
                mp_probe_targets_give(group, now_us);
        }
    }
}

void mp_probe_targets_hear(MpGroup *group, const MpNeighbour *neighbour)
{
    if (neighbour->address.family == MP_IPV6 && neighbour->router)
        list_add(group->heard_routers, &neighbour->address);
    else if (neighbour->address.family == MP_IPV4)
        list_add(group->heard, &neighbour->address);
}

/* What another member's table had stays a target: found by one, offered to all. */
void mp_probe_targets_heard(MpGroup *group, gint64 now_us)
{
    for (guint i = 0; i < group->detection->targets->len; i++) {
        const MpGroupTarget *target = &g_array_index(group->detection->targets, MpGroupTarget, i);

        if (target->source == MP_TARGET_NEIGHBOUR)
            list_add(group->heard, &target->address);
    }
    if (!group->config->probe_targets_only)
        mp_detection_set_targets(group->detection, MP_TARGET_NEIGHBOUR, group->heard, now_us);
    g_array_set_size(group->heard, 0);
    mp_probe_targets_give(group, now_us);
}

void mp_probe_targets_note_gone(MpEngine *engine)
{
    for (guint i = 0; i < engine->groups->len; i++)
        engine->dirty |= ((MpGroup *)g_ptr_array_index(engine->groups, i))->targets_own;
    for (guint i = 0; i < engine->tracked->len; i++)
        engine->dirty |= ((MpGroup *)g_ptr_array_index(engine->tracked, i))->targets_own;
}
