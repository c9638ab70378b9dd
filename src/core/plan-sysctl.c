/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The settings that a member needs (answers and requests by the right interface only, replies
 * accepted wherever they come in, no route over a dead link), and their old values when it leaves.
 */
#include "data.h"
#include "orphan.h"
#include "plan.h"

/* Members are on one medium: else a proxy (proxy_arp) would answer at one of them for neighbours
 * that a route leads to by another. */
static gint medium_id(const MpGroup *group)
{
    return MP_MEDIUM_ID_FIRST + (gint)(g_str_hash(group->config->name) & 0xffffff);
}

/* While an advertised address is with another member, its home makes none: the next advertisement
 * would put it there again. */
static gboolean has_advertised_away(const MpEngine *engine, const MpMember *member)
{
    for (guint i = 0; i < member->group->data->len; i++) {
        const MpData *data = g_ptr_array_index(member->group->data, i);

        if (data->home == member && mp_ifaddr_is_slaac(&data->original) &&
            mp_data_is_wanted(data) && data->host != NULL &&
            (data->host != member ||
             mp_picture_ifaddr(engine->picture, member->index, &data->address) == NULL))
            return TRUE;
    }
    return FALSE;
}

gint mp_sysctl_wanted(const MpEngine *engine, const MpMember *member, MpSysctl key)
{
    gint all, own;

    switch (key) {
    case MP_SYSCTL_ARP_IGNORE:
    case MP_SYSCTL_PROMOTE_SECONDARIES:
    case MP_SYSCTL_IGNORE_LINKDOWN4:
    case MP_SYSCTL_IGNORE_LINKDOWN6:
    case MP_SYSCTL_HASH_POLICY4:
    case MP_SYSCTL_HASH_POLICY6:
        return 1;
    case MP_SYSCTL_ARP_ANNOUNCE:
        return 2;
    case MP_SYSCTL_NEXTHOP_COMPAT:
    case MP_SYSCTL_ARP_FILTER: /* answers would be by whom a route leads to, one of several */
        return 0;
    case MP_SYSCTL_MEDIUM_ID:
        return medium_id(member->group);
    case MP_SYSCTL_RP_FILTER:
        /* Strict filtering drops what comes in by another member than it would go out by; the
         * larger value of all and device rules. */
        all = mp_picture_sysctl(engine->picture, 0, MP_SYSCTL_RP_FILTER_ALL);
        own = mp_picture_sysctl(engine->picture, member->index, key);
        return MAX(all, own) == 1 || own == 2 ? 2 : -1;
    case MP_SYSCTL_AUTOCONF:
        return has_advertised_away(engine, member) ? 0 : -1;
    case MP_SYSCTL_RP_FILTER_ALL:
        break;
    }
    return -1;
}

static void plan_set(GArray *ops, guint index, MpSysctl key, gint value)
{
    MpOp *op = mp_plan_add(ops, MP_OP_SYSCTL_SET);

    op->sysctl = (MpSysctlValue){.index = index, .key = key, .value = value};
}

static gboolean engine_has_groups(const MpEngine *engine)
{
    for (guint i = 0; i < engine->groups->len; i++) {
        if (!((MpGroup *)g_ptr_array_index(engine->groups, i))->deleted)
            return TRUE;
    }
    return FALSE;
}

/* What was found is stored. While each portion of new addresses makes another record, one that has
 * the settings is enough. */
static gboolean settings_are_stored(const MpEngine *engine)
{
    if (engine->portioned)
        return engine->record_stored >= engine->settings_serial && !engine->settings_dirty;
    return engine->record_stored >= engine->record_serial && !engine->record_dirty;
}

/* A value is put back only if it is still the one that we set. */
static void plan_key(const MpEngine *engine, MpPlan *plan, guint index, MpSysctl key, gint wanted,
                     gint found, gint set)
{
    gint value = mp_picture_sysctl(engine->picture, index, key);

    if (value < 0)
        return;
    if (wanted >= 0 && wanted != value && found >= 0 && settings_are_stored(engine))
        plan_set(plan->build, index, key, wanted);
    else if (wanted < 0 && set >= 0 && value == set && found >= 0 && found != value)
        plan_set(plan->clean, index, key, found);
}

void mp_plan_sysctls(const MpEngine *engine, MpPlan *plan)
{
    gboolean groups = engine_has_groups(engine);

    for (guint i = 0; i < engine->groups->len; i++) {
        const MpGroup *group = g_ptr_array_index(engine->groups, i);

        for (guint k = 0; k < group->members->len; k++) {
            const MpMember *member = g_ptr_array_index(group->members, k);
            gboolean leaving = member->leaving || group->deleted;

            if (leaving && member->index != 0 &&
                (!member->sysctls_known || member->reread.missing)) {
                plan->waits = TRUE;
                continue;
            }
            for (guint key = 0; key < MP_SYSCTL_FIRST_GLOBAL && member->index != 0; key++)
                plan_key(engine, plan, member->index, key,
                         leaving ? -1 : mp_sysctl_wanted(engine, member, key),
                         member->sysctl_found[key], member->sysctl_set[key]);
        }
    }
    mp_orphans_plan(engine, plan);
    if (!groups && engine->groups->len > 0 && !engine->globals_known) {
        plan->waits = TRUE;
        return;
    }
    for (guint key = MP_SYSCTL_FIRST_GLOBAL; key < MP_N_SYSCTLS; key++)
        plan_key(engine, plan, 0, key, groups ? mp_sysctl_wanted(engine, NULL, key) : -1,
                 engine->globals[key].found, engine->globals[key].set);
}
