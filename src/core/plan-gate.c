/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "plan-gate.h"

static gboolean is_up(const MpEngine *engine, const MpMember *member)
{
    const MpLink *link = mp_picture_link(engine->picture, member->index);

    return link != NULL && (link->flags & MP_IFF_UP) != 0;
}

static MpRoute gate(const MpConnected *connected, const MpMember *member)
{
    return (MpRoute){.family = connected->route.family,
                     .dst = connected->route.dst,
                     .type = MP_RTN_UNICAST,
                     .protocol = MP_PROTOCOL,
                     .oif = member->index,
                     .n_hops = 1};
}

GHashTable *mp_gates_ruled(const MpPicture *picture)
{
    GHashTable *devices = g_hash_table_new(g_str_hash, g_str_equal);

    for (guint i = 0; i < picture->rules->len; i++) {
        MpRule *rule = &g_array_index(picture->rules, MpRule, i);

        if (rule->protocol != MP_PROTOCOL && rule->family == MP_IPV4 && rule->oif[0] != '\0')
            g_hash_table_add(devices, rule->oif);
    }
    return devices;
}

gboolean mp_route_has_source(const MpEngine *engine, const MpRoute *route)
{
    const MpData *data = g_hash_table_lookup(engine->data, &route->prefsrc);

    if (data == NULL ||
        mp_picture_ifaddr(engine->picture, MP_LOOPBACK_INDEX, &route->prefsrc) != NULL)
        return TRUE;
    for (guint i = 0; i < data->group->members->len; i++) {
        const MpMember *member = g_ptr_array_index(data->group->members, i);

        if (mp_picture_ifaddr(engine->picture, member->index, &data->address) != NULL)
            return TRUE;
    }
    return FALSE;
}

void mp_gates_want(const MpEngine *engine, const MpMember *member, GHashTable *ruled,
                   GArray *routes, GArray *rules)
{
    const MpLink *link = mp_picture_link(engine->picture, member->index);
    const GArray *connected = engine->shadow->connected;
    MpRule rule = {.family = MP_IPV4,
                   .priority = MP_RULE_PRIORITY_TEST,
                   .table = mp_table_gate(member->index),
                   .suppress_prefix = -1,
                   .protocol = MP_PROTOCOL};
    gboolean any = FALSE;

    if (link == NULL || member->group->deleted || g_hash_table_contains(ruled, link->name))
        return;
    for (guint i = 0; i < connected->len; i++) {
        const MpConnected *one = &g_array_index(connected, MpConnected, i);
        MpRoute route = gate(one, member);

        if (one->group != member->group || one->route.family != MP_IPV4)
            continue;
        any = TRUE;
        route.table = rule.table;
        route.scope = MP_SCOPE_LINK;
        route.prefsrc = one->route.prefsrc; /* as for any other socket */
        if (is_up(engine, member) && mp_route_has_source(engine, &route))
            g_array_append_val(routes, route);
    }
    g_strlcpy(rule.oif, link->name, sizeof rule.oif);
    if (any)
        g_array_append_val(rules, rule);
}

static gboolean has_gate6(const MpEngine *engine, const MpMember *member)
{
    return member->index != 0 && !member->leaving && is_up(engine, member) &&
           mp_picture_has_link_local(engine->picture, member->index);
}

void mp_gates_want_main(const MpEngine *engine, const MpConnected *connected, GArray *routes)
{
    const GPtrArray *members = connected->group->members;

    for (guint i = 0; i < members->len && connected->route.family == MP_IPV6; i++) {
        const MpMember *member = g_ptr_array_index(members, i);
        MpRoute route = gate(connected, member);

        route.table = MP_TABLE_MAIN;
        route.metric = MP_METRIC_GATE_FIRST + (member->index & ~MP_METRIC_GATE_FIRST);
        if (has_gate6(engine, member))
            g_array_append_val(routes, route);
    }
}

guint64 mp_gates_digest(const MpEngine *engine)
{
    guint64 digest = 1;

    for (guint i = 0; i < engine->groups->len; i++) {
        const MpGroup *group = g_ptr_array_index(engine->groups, i);

        for (guint k = 0; k < group->members->len; k++) {
            const MpMember *member = g_ptr_array_index(group->members, k);

            digest = digest * 31 + member->index * 2u + (has_gate6(engine, member) ? 1 : 0);
        }
    }
    return digest;
}
