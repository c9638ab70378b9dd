/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "orphan.h"

#include "facts.h"

#include <string.h>

static MpOrphan *find(const MpEngine *engine, guint index)
{
    for (guint i = 0; i < engine->orphans->len; i++) {
        MpOrphan *orphan = &g_array_index(engine->orphans, MpOrphan, i);

        if (orphan->index == index)
            return orphan;
    }
    return NULL;
}

void mp_orphan_note_read(MpEngine *engine, guint index)
{
    MpOrphan *orphan = find(engine, index);

    if (orphan == NULL || orphan->known)
        return;
    orphan->known = engine->dirty = TRUE;
}

static MpOrphan *add(MpEngine *engine, guint index)
{
    MpOrphan orphan = {.index = index};

    for (guint key = 0; key < MP_N_SYSCTLS; key++)
        orphan.found[key] = orphan.set[key] = -1;
    g_array_append_val(engine->orphans, orphan);
    engine->record_dirty = engine->dirty = TRUE;
    return &g_array_index(engine->orphans, MpOrphan, engine->orphans->len - 1);
}

/* Put back only if it is still what we set. */
static gboolean is_ours(const MpEngine *engine, guint index, guint key, gint found, gint set)
{
    gint value = mp_picture_sysctl(engine->picture, index, key);

    return set >= 0 && found >= 0 && found != set && value == set;
}

void mp_orphan_leave(MpEngine *engine, MpMember *member, gboolean settled)
{
    MpOrphan *orphan = NULL;

    for (guint key = 0; key < MP_SYSCTL_FIRST_GLOBAL && member->index != 0; key++) {
        gint found = member->sysctl_found[key], set = member->sysctl_set[key];

        /* What we set, or put back, may be on its way. */
        if (settled ? is_ours(engine, member->index, key, found, set)
                    : found >= 0 && set >= 0 && found != set) {
            orphan = orphan != NULL ? orphan : add(engine, member->index);
            orphan->found[key] = found;
            orphan->set[key] = set;
        }
        member->sysctl_found[key] = member->sysctl_set[key] = -1;
    }
}

void mp_orphan_take(MpEngine *engine, MpMember *member)
{
    const MpOrphan *orphan = find(engine, member->index);

    if (orphan == NULL)
        return;
    memcpy(member->sysctl_found, orphan->found, sizeof member->sysctl_found);
    memcpy(member->sysctl_set, orphan->set, sizeof member->sysctl_set);
    g_array_remove_index(engine->orphans, (guint)(orphan - (MpOrphan *)engine->orphans->data));
    engine->record_dirty = TRUE;
}

static gboolean has_any(const MpEngine *engine, const MpOrphan *orphan)
{
    for (guint key = 0; key < MP_SYSCTL_FIRST_GLOBAL; key++) {
        if (is_ours(engine, orphan->index, key, orphan->found[key], orphan->set[key]))
            return TRUE;
    }
    return FALSE;
}

void mp_orphans_prune(MpEngine *engine)
{
    for (guint i = engine->orphans->len; i > 0; i--) {
        const MpOrphan *orphan = &g_array_index(engine->orphans, MpOrphan, i - 1);

        if (mp_picture_link(engine->picture, orphan->index) != NULL &&
            (!orphan->known || orphan->reread.missing || has_any(engine, orphan)))
            continue;
        g_array_remove_index(engine->orphans, i - 1);
        engine->record_dirty = engine->dirty = TRUE;
    }
}

void mp_orphans_plan(const MpEngine *engine, MpPlan *plan)
{
    for (guint i = 0; i < engine->orphans->len; i++) {
        const MpOrphan *orphan = &g_array_index(engine->orphans, MpOrphan, i);

        if (mp_picture_link(engine->picture, orphan->index) == NULL)
            continue; /* nobody will answer any more: mp_orphans_prune() */
        plan->waits = plan->waits || !orphan->known || orphan->reread.missing;
        for (guint key = 0; orphan->known && key < MP_SYSCTL_FIRST_GLOBAL; key++) {
            if (is_ours(engine, orphan->index, key, orphan->found[key], orphan->set[key]))
                mp_plan_add(plan->clean, MP_OP_SYSCTL_SET)->sysctl =
                    (MpSysctlValue){orphan->index, key, orphan->found[key]};
        }
    }
}

void mp_orphans_record(const MpEngine *engine, MpRecord *record)
{
    for (guint i = 0; i < engine->orphans->len; i++) {
        const MpOrphan *orphan = &g_array_index(engine->orphans, MpOrphan, i);
        const MpLink *link = mp_picture_link(engine->picture, orphan->index);

        for (guint key = 0; link != NULL && key < MP_SYSCTL_FIRST_GLOBAL; key++) {
            MpRecordSysctl *entry;

            if (orphan->found[key] < 0)
                continue;
            entry = g_new0(MpRecordSysctl, 1);
            entry->device = g_strdup(link->name);
            entry->index = orphan->index;
            entry->key = key;
            entry->found = orphan->found[key];
            entry->set = orphan->set[key];
            g_ptr_array_add(record->sysctls, entry);
        }
    }
}

/* Of a group that is not configured now (its file has an error, say) nothing is touched. */
static gboolean is_stranded(const MpEngine *engine, const char *device)
{
    for (guint i = 0; i < engine->past->members->len; i++) {
        const MpRecordMember *entry = g_ptr_array_index(engine->past->members, i);

        if (strcmp(entry->interface, device) == 0 && !mp_facts_is_recalled(engine, entry->group))
            return TRUE;
    }
    return FALSE;
}

void mp_orphans_recall(MpEngine *engine)
{
    const MpRecord *past = engine->past;

    for (guint i = 0; past != NULL && i < past->sysctls->len; i++) {
        const MpRecordSysctl *entry = g_ptr_array_index(past->sysctls, i);
        MpOrphan *orphan;

        if (entry->device == NULL || mp_picture_link(engine->picture, entry->index) == NULL ||
            mp_engine_member_by_index(engine, entry->index) != NULL ||
            is_stranded(engine, entry->device))
            continue;
        orphan = find(engine, entry->index);
        if (orphan == NULL)
            orphan = add(engine, entry->index);
        orphan->found[entry->key] = entry->found;
        orphan->set[entry->key] = entry->set;
    }
}
