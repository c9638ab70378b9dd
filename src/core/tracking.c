/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tracking.h"

#include "decide.h"
#include "engine-request.h"
#include "member.h"
#include "probing.h"

#include <string.h>

/* What Solaris calls plumbed: taken into use, by being brought up or by an address. */
static gboolean is_in_use(const MpEngine *engine, const MpLink *link)
{
    return (link->flags & MP_IFF_UP) != 0 ||
           mp_picture_addresses(engine->picture, link->index)->len > 0;
}

static gboolean is_worth_it(const MpEngine *engine, const MpLink *link)
{
    return engine->config->defaults.track_ungrouped && mp_link_unsuitable(link) == NULL &&
           is_in_use(engine, link);
}

static gboolean is_tracked(const MpEngine *engine, const MpLink *link)
{
    return is_worth_it(engine, link) && mp_engine_member(engine, link->name) == NULL &&
           mp_engine_member_by_index(engine, link->index) == NULL;
}

gboolean mp_tracking_awaits(const MpEngine *engine, const MpMember *member)
{
    const MpLink *link = mp_picture_link(engine->picture, member->index);

    return member->leaving && link != NULL && strcmp(link->name, member->name) == 0 &&
           is_worth_it(engine, link) && mp_engine_member(engine, member->name) == member;
}

static MpMember *member_at(const MpEngine *engine, guint i)
{
    const MpGroup *group = g_ptr_array_index(engine->tracked, i);

    return g_ptr_array_index(group->members, 0);
}

static gboolean is_known(const MpEngine *engine, const MpLink *link)
{
    for (guint i = 0; i < engine->tracked->len; i++) {
        if (member_at(engine, i)->index == link->index)
            return TRUE;
    }
    return FALSE;
}

static void drop_others(MpEngine *engine)
{
    for (guint i = engine->tracked->len; i > 0; i--) {
        const MpMember *member = member_at(engine, i - 1);
        const MpLink *link = mp_picture_link(engine->picture, member->index);

        if (link != NULL && strcmp(link->name, member->name) == 0 && is_tracked(engine, link))
            continue;
        g_ptr_array_remove_index(engine->tracked, i - 1);
        engine->visible_dirty = TRUE;
    }
    /* What is gone must not be found by an answer that comes meanwhile. */
    mp_probing_index(engine);
}

static void track(MpEngine *engine, const MpLink *link, gint64 now_us)
{
    g_autoptr(MpGroupConfig) config = mp_group_config_new("", &engine->config->defaults);
    g_autoptr(MpInterfaceConfig) interface = mp_interface_config_new(link->name);
    MpGroup *group = mp_group_new(engine, config);
    MpMember *member = mp_member_new(group, interface);

    group->anonymous = TRUE;
    member->id = ++engine->last_member_id;
    member->since_us = now_us;
    mp_member_bind(member, link, MP_REASON_NONE);
    g_ptr_array_add(group->members, member);
    g_ptr_array_add(engine->tracked, group);
    engine->visible_dirty = TRUE;
}

static gint by_index(gconstpointer a, gconstpointer b)
{
    const MpGroup *const *left = a, *const *right = b;
    const MpMember *one = g_ptr_array_index((*left)->members, 0);
    const MpMember *other = g_ptr_array_index((*right)->members, 0);

    return one->index < other->index ? -1 : one->index > other->index;
}

void mp_tracking_update(MpEngine *engine, gint64 now_us)
{
    GHashTableIter iter;
    MpPictureLink *entry;

    if (engine->tracked->len > 0)
        drop_others(engine);
    if (!engine->config->defaults.track_ungrouped)
        return;
    g_hash_table_iter_init(&iter, engine->picture->links);
    while (g_hash_table_iter_next(&iter, NULL, (gpointer *)&entry)) {
        if (!is_known(engine, &entry->link) && is_tracked(engine, &entry->link))
            track(engine, &entry->link, now_us);
    }
    g_ptr_array_sort(engine->tracked, by_index);
}

void mp_tracking_decide(MpEngine *engine, gint64 now_us)
{
    for (guint i = 0; i < engine->tracked->len; i++) {
        MpGroup *group = g_ptr_array_index(engine->tracked, i);
        guint inherited = engine->config->defaults.failure_detection_ms;

        if (group->config->failure_detection_ms != inherited)
            group->config->failure_detection_ms = inherited;
        mp_probing_update(engine, group, now_us);
        mp_decide_tracked(engine, group, now_us);
    }
}
