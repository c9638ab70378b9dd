/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rules that lead to the copies, and foreign routes that the kernel flushed. */
#include "data.h"
#include "shadow-private.h"

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

/* Rules of one priority stand in the order of their making: from the first that is missing on, all
 * are made anew. */
void mp_shadow_plan_rules(const MpEngine *engine, MpPlan *plan, guint8 family)
{
    const MpShadow *shadow = engine->shadow;
    gboolean wanted = shadow->n_ruled[family == MP_IPV6] > 0;
    guint first = N_RULES, n_there = 0;

    for (guint n = N_RULES; n > 0; n--) {
        MpRule rule = rule_make(family, n - 1);
        gboolean has = mp_picture_has_rule(engine->picture, &rule);

        n_there += has ? 1 : 0;
        if (!has)
            first = n - 1;
        else if (!wanted)
            mp_plan_add(plan->clean, MP_OP_RULE_DEL)->rule = rule;
    }
    /* The first time only when all copies are on their way: some of them alone could hide others.
     */
    if (n_there == 0 && (shadow->passing || engine->picture->changed.length > 0))
        return;
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

static gboolean is_ready_for_routes(const MpEngine *engine, const MpMember *member)
{
    return member->index != 0 &&
           g_hash_table_contains(engine->picture->ghosts_of, GUINT_TO_POINTER(member->index)) &&
           mp_picture_link_usable(engine->picture, member->index) &&
           home_is_complete(engine, member);
}

static gboolean has_restores(const MpEngine *engine)
{
    for (guint i = 0; i < engine->groups->len && engine->picture->ghosts.n > 0; i++) {
        const MpGroup *group = g_ptr_array_index(engine->groups, i);

        for (guint k = 0; k < group->members->len; k++) {
            if (is_ready_for_routes(engine, g_ptr_array_index(group->members, k)))
                return TRUE;
        }
    }
    return FALSE;
}

/* Given back as soon as the device works and has its addresses; those of router advertisements come
 * by themselves. */
void mp_shadow_plan_restores(const MpEngine *engine, MpPlan *plan, gint64 now_us)
{
    const MpPictureRoute *entry = has_restores(engine) ? engine->picture->ghosts.first : NULL;
    const MpMember *member = NULL;
    guint last = 0, n = 0;

    for (; entry != NULL && n < MP_SHADOW_WINDOW; entry = entry->after) {
        MpOp *op;

        if (entry->disowned || entry->route.protocol == MP_RTPROT_RA ||
            entry->route.table != MP_TABLE_MAIN)
            continue;
        if (entry->route.oif != last) { /* most are of one device */
            last = entry->route.oif;
            member = mp_engine_member_by_index(engine, last);
            if (member != NULL && !is_ready_for_routes(engine, member))
                member = NULL;
        }
        if (member == NULL)
            continue;
        op = mp_plan_add(plan->build, MP_OP_ROUTE_ADD);
        op->route = entry->route;
        n += mp_oplog_is_held(engine->oplog, op, now_us) ? 0 : 1;
    }
}
