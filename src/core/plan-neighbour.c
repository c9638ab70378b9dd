/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "plan-neighbour.h"

#include "data.h"
#include "nexthop-set.h"
#include "plan.h"
#include "shadow.h"

#include <string.h>

gboolean mp_member_asks4(const MpMember *member)
{
    for (guint i = 0; i < member->config->test_addresses->len; i++) {
        if (g_array_index(member->config->test_addresses, MpAddress, i).family == MP_IPV4)
            return TRUE;
    }
    for (guint i = 0; i < member->group->data->len; i++) {
        const MpData *data = g_ptr_array_index(member->group->data, i);

        if (data->host == member && data->address.family == MP_IPV4 && mp_data_is_wanted(data) &&
            !data->leaving && data->suspect_until_us == 0)
            return TRUE;
    }
    return FALSE;
}

static MpTargets *targets_of(const MpMember *member)
{
    MpProber *prober = mp_detection_find(member->group->detection, member->id);
    MpStream *stream = prober != NULL ? mp_prober_stream(prober, MP_IPV4) : NULL;

    return stream != NULL && stream->via == MP_VIA_ARP ? &stream->targets : NULL;
}

/* The hardware address by which the gateway answered the latest probe of this member, or NULL. */
static const guint8 *confirmed(const MpMember *member, const MpAddress *gateway)
{
    MpTargets *targets = targets_of(member);
    const MpTarget *target = targets != NULL ? mp_targets_find_address(targets, gateway) : NULL;

    return target != NULL && target->resolved ? target->hwaddr : NULL;
}

gboolean mp_member_knows_gateway(const MpEngine *engine, const MpMember *member,
                                 const MpAddress *gateway)
{
    const guint8 *hwaddr = confirmed(member, gateway);
    const MpFixed *fixed = mp_picture_fixed(engine->picture, member->index, gateway);

    return hwaddr != NULL && fixed != NULL &&
           memcmp(fixed->hwaddr, hwaddr, sizeof fixed->hwaddr) == 0;
}

gboolean mp_member_has_gateways(const MpEngine *engine, const MpMember *member)
{
    GHashTableIter iter;
    gpointer key;

    g_hash_table_iter_init(&iter, engine->picture->fixed);
    while (member->index != 0 && g_hash_table_iter_next(&iter, &key, NULL)) {
        const MpFixed *fixed = key;

        if (fixed->index == member->index && fixed->protocol == MP_PROTOCOL &&
            mp_member_knows_gateway(engine, member, &fixed->address))
            return TRUE;
    }
    return FALSE;
}

static guint digest_of(const MpGroup *group)
{
    guint digest = 1;

    for (guint i = 0; i < group->members->len; i++) {
        const MpTargets *targets = targets_of(g_ptr_array_index(group->members, i));

        for (guint k = 0; targets != NULL && k < targets->list->len; k++) {
            const MpTarget *target = &g_array_index(targets->list, MpTarget, k);

            digest = digest * 31 + i;
            for (guint n = 0; target->resolved && n < sizeof target->hwaddr; n++)
                digest = digest * 31 + target->hwaddr[n] + 1;
        }
    }
    return digest;
}

void mp_neighbours_note(MpEngine *engine, MpGroup *group)
{
    guint digest = digest_of(group);

    engine->dirty |= digest != group->hwaddrs;
    group->hwaddrs = digest;
}

static gboolean is_gateway_set(const MpNexthopSet *set)
{
    return set->users > 0 && set->key.family == MP_IPV4 && set->key.gateway.family == MP_IPV4;
}

static gboolean wants_entry(const MpEngine *engine, const MpMember *member)
{
    return member->active && !member->leaving && !member->group->deleted &&
           mp_picture_link_usable(engine->picture, member->index) && !mp_member_asks4(member);
}

static void plan_one(const MpEngine *engine, const MpMember *member, const MpAddress *gateway,
                     GArray *ops)
{
    const guint8 *hwaddr = confirmed(member, gateway);
    const MpFixed *has = mp_picture_fixed(engine->picture, member->index, gateway);
    MpFixed *fixed;

    if (hwaddr == NULL || (has != NULL && (has->protocol != MP_PROTOCOL ||
                                           memcmp(has->hwaddr, hwaddr, sizeof has->hwaddr) == 0)))
        return;
    fixed = &mp_plan_add(ops, MP_OP_NEIGHBOUR_SET)->fixed;
    fixed->index = member->index;
    fixed->address = *gateway;
    fixed->address.prefix = 32;
    fixed->protocol = MP_PROTOCOL;
    memcpy(fixed->hwaddr, hwaddr, sizeof fixed->hwaddr);
}

/* Several sets may have one gateway. */
static gboolean is_planned(const GArray *ops, guint first, const MpMember *member,
                           const MpAddress *gateway)
{
    const MpFixed key = {.index = member->index, .address = *gateway};

    for (guint i = first; i < ops->len; i++) {
        if (mp_fixed_same_key(&g_array_index(ops, MpOp, i).fixed, &key))
            return TRUE;
    }
    return FALSE;
}

void mp_neighbours_plan(const MpEngine *engine, const GPtrArray *sets, GArray *ops)
{
    guint first = ops->len;

    for (guint i = 0; i < sets->len; i++) {
        const MpNexthopSet *set = g_ptr_array_index(sets, i);
        const GPtrArray *members = set->key.group->members;

        for (guint k = 0; is_gateway_set(set) && k < members->len; k++) {
            const MpMember *member = g_ptr_array_index(members, k);

            if (wants_entry(engine, member) && !is_planned(ops, first, member, &set->key.gateway))
                plan_one(engine, member, &set->key.gateway, ops);
        }
    }
}

static gboolean is_in(const MpEngine *engine, const MpNexthopSet *set, const MpMember *member)
{
    guint32 id = GPOINTER_TO_UINT(g_hash_table_lookup(set->ids, member));
    const MpNexthop *group = mp_picture_nexthop(engine->picture, set->id);

    for (guint i = 0; group != NULL && id != 0 && i < group->n_members; i++) {
        if (group->members[i].id == id && group->members[i].weight == MP_NEXTHOP_WEIGHT_ACTIVE)
            return TRUE; /* an heir sends when the address is about to be there */
    }
    return FALSE;
}

/* Confirmed, or still sent by. */
static gboolean is_needed(const MpEngine *engine, const GPtrArray *sets, const MpFixed *fixed)
{
    const MpMember *member = mp_engine_member_by_index(engine, fixed->index);

    if (member == NULL || !wants_entry(engine, member))
        return FALSE;
    for (guint i = 0; i < sets->len; i++) {
        const MpNexthopSet *set = g_ptr_array_index(sets, i);

        if (is_gateway_set(set) && set->key.group == member->group &&
            mp_address_equal_host(&set->key.gateway, &fixed->address) &&
            (confirmed(member, &fixed->address) != NULL ||
             (set->usable && is_in(engine, set, member))))
            return TRUE;
    }
    return FALSE;
}

void mp_neighbours_clean(const MpEngine *engine, const GPtrArray *sets, GArray *ops)
{
    GHashTableIter iter;
    gpointer key;

    g_hash_table_iter_init(&iter, engine->picture->fixed);
    while (g_hash_table_iter_next(&iter, &key, NULL)) {
        const MpFixed *fixed = key;

        if (fixed->protocol == MP_PROTOCOL && !is_needed(engine, sets, fixed))
            mp_plan_add(ops, MP_OP_NEIGHBOUR_DEL)->fixed = *fixed;
    }
}
