/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "facts-nexthop.h"

#include "facts.h"
#include "member.h"
#include "picture-private.h"

gboolean mp_facts_has_our_nexthop(const MpEngine *engine, guint index)
{
    GHashTableIter iter;
    const MpNexthop *nexthop;

    g_hash_table_iter_init(&iter, engine->picture->nexthops);
    while (g_hash_table_iter_next(&iter, NULL, (gpointer *)&nexthop)) {
        if (nexthop->protocol == MP_PROTOCOL && nexthop->oif == index)
            return TRUE;
    }
    return FALSE;
}

static const MpMember *member_of(const MpEngine *engine, guint32 id)
{
    const MpRoute by = {.nhid = id};

    return id != 0 ? mp_engine_member_of_route(engine, &by) : NULL;
}

gboolean mp_facts_has_nexthop(const MpEngine *engine, guint32 id)
{
    return member_of(engine, id) != NULL;
}

static gboolean is_lost(const MpEngine *engine, guint32 id)
{
    return g_hash_table_contains(engine->picture->lost, GUINT_TO_POINTER(id));
}

/* Record ------------------------------------------------------------------------------------------
 */

static void record_all(const MpEngine *engine, MpRecord *record, GHashTable *table, gboolean lost)
{
    GHashTableIter iter;
    const MpNexthop *nexthop;

    g_hash_table_iter_init(&iter, table);
    while (g_hash_table_iter_next(&iter, NULL, (gpointer *)&nexthop)) {
        const MpMember *member = member_of(engine, nexthop->id);
        MpRecordNexthop *entry;

        if (member == NULL || (!lost && is_lost(engine, nexthop->id)))
            continue;
        entry = g_new0(MpRecordNexthop, 1);
        entry->group = g_strdup(member->group->config->name);
        entry->device = nexthop->n_members == 0 ? g_strdup(member->name) : NULL;
        entry->nexthop = *nexthop;
        entry->flushed = lost;
        g_ptr_array_add(record->nexthops, entry);
    }
}

void mp_facts_record_nexthops(const MpEngine *engine, MpRecord *record)
{
    record_all(engine, record, engine->picture->lost, TRUE);
    record_all(engine, record, engine->picture->nexthops, FALSE);
}

/* Recall ------------------------------------------------------------------------------------------
 */

static const MpRecordNexthop *find(const MpRecord *past, guint32 id)
{
    for (guint i = 0; i < past->nexthops->len; i++) {
        const MpRecordNexthop *entry = g_ptr_array_index(past->nexthops, i);

        if (entry->nexthop.id == id)
            return entry;
    }
    return NULL;
}

static void recall_single(MpEngine *engine, const MpGroup *group, const MpRecordNexthop *entry)
{
    MpMember *member = mp_group_member(group, entry->device);
    MpNexthop nexthop = entry->nexthop;

    if (member == NULL || mp_picture_nexthop(engine->picture, nexthop.id) != NULL)
        return;
    /* Ours are there, so that the kernel has taken none since: its owner did. */
    if (!entry->flushed && member->index != 0 && nexthop.oif == member->index &&
        mp_facts_has_our_nexthop(engine, member->index))
        return;
    nexthop.oif = mp_facts_index_for(engine, member);
    mp_picture_remember_nexthop(engine->picture, &nexthop);
}

static gboolean has_member(const MpNexthop *group, guint32 id)
{
    for (guint i = 0; i < group->n_members; i++) {
        if (group->members[i].id == id)
            return TRUE;
    }
    return FALSE;
}

/* Of a group that is there: it is what the kernel has left of that one. */
static gboolean is_what_is_left(const MpNexthop *has, const MpNexthop *made)
{
    if (has->protocol != made->protocol || has->n_members == 0 || has->n_members >= made->n_members)
        return FALSE;
    for (guint i = 0; i < has->n_members; i++) {
        if (!has_member(made, has->members[i].id))
            return FALSE;
    }
    return TRUE;
}

static void recall_group(MpEngine *engine, const MpRecordNexthop *entry)
{
    const MpNexthop *made = &entry->nexthop, *has = mp_picture_nexthop(engine->picture, made->id);
    gboolean flushed = entry->flushed;

    if (has != NULL && !is_what_is_left(has, made))
        return;
    for (guint i = 0; i < made->n_members; i++)
        flushed |= is_lost(engine, made->members[i].id) &&
                   (has == NULL || !has_member(has, made->members[i].id));
    if (flushed)
        mp_picture_remember_nexthop(engine->picture, made);
}

void mp_facts_recall_nexthops(MpEngine *engine, const MpRecord *past, const MpGroup *group)
{
    for (guint pass = 0; pass < 2; pass++) { /* a group is judged by its members */
        for (guint i = 0; i < past->nexthops->len; i++) {
            const MpRecordNexthop *entry = g_ptr_array_index(past->nexthops, i);

            if (g_strcmp0(entry->group, group->config->name) != 0 ||
                (entry->nexthop.n_members > 0) != (pass == 1))
                continue;
            if (pass == 0)
                recall_single(engine, group, entry);
            else
                recall_group(engine, entry);
        }
    }
}

gboolean mp_facts_went_with_nexthop(const MpEngine *engine, const MpRecordRoute *entry)
{
    guint32 id = entry->route.nhid;
    const MpNexthop *has = mp_picture_nexthop(engine->picture, id);
    const MpRecordNexthop *made = find(engine->past, id);

    if (has == NULL)
        return is_lost(engine, id);
    /* The object was given back; the number may be another one's by now. */
    return entry->flushed && made != NULL && mp_nexthop_equal(has, &made->nexthop);
}
