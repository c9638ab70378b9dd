/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From the configuration in force to another: the difference, in memory; the kernel follows by the
 * plan. */
#include "engine-request.h"

#include "data.h"
#include "decide.h"
#include "facts.h"
#include "member.h"
#include "orphan.h"
#include "probing.h"
#include "shadow.h"
#include "stray.h"

#include <string.h>

void mp_group_free(MpGroup *group)
{
    mp_group_config_free(group->config);
    mp_probing_group_clear(group);
    g_ptr_array_unref(group->members);
    g_ptr_array_unref(group->data);
    g_free(group->placed);
    g_free(group);
}

MpGroup *mp_group_new(MpEngine *engine, const MpGroupConfig *config)
{
    MpGroup *group = g_new0(MpGroup, 1);

    group->config = mp_group_config_copy(config);
    group->members = g_ptr_array_new_with_free_func((GDestroyNotify)mp_member_free);
    group->data = g_ptr_array_new_with_free_func((GDestroyNotify)mp_data_free);
    group->state = MP_GROUP_FAILED;
    mp_probing_group_init(engine, group);
    return group;
}

MpGroup *mp_engine_group(const MpEngine *engine, const char *name)
{
    for (guint i = 0; i < engine->groups->len; i++) {
        MpGroup *group = g_ptr_array_index(engine->groups, i);

        if (strcmp(group->config->name, name) == 0)
            return group;
    }
    return NULL;
}

static void data_leave(MpEngine *engine, MpData *data, gboolean stays)
{
    if (data->removed || data->leaving)
        return;
    data->leaving = TRUE;
    memset(data->unfit, 0, sizeof data->unfit); /* its home is asked once more */
    data->suspect_until_us = data->guest_until_us = 0;
    data->announce_us = 0;
    if (!stays || !data->created)
        return;
    /* Declared, and at home on an interface that leaves: it stays there, as if it had been found.
     */
    mp_data_becomes_found(engine, data);
}

/* Its settings are read anew: what somebody changed meanwhile is not ours to put back. */
static void member_mark_leaving(MpMember *member)
{
    member->leaving = TRUE;
    member->sysctls_asked = member->sysctls_known = member->autoconf_asked = FALSE;
    member->mark_known = FALSE;
    member->reread = (MpReread){FALSE, 0};
}

static void member_leave(MpEngine *engine, MpMember *member)
{
    member_mark_leaving(member);
    for (guint i = 0; i < member->group->data->len; i++) {
        MpData *data = g_ptr_array_index(member->group->data, i);

        if (data->home == member)
            data_leave(engine, data, TRUE);
    }
}

static gboolean is_staying(const MpGroup *group)
{
    for (guint i = 0; i < group->members->len; i++) {
        if (!((const MpMember *)g_ptr_array_index(group->members, i))->leaving)
            return TRUE;
    }
    return FALSE;
}

/* Homeless ones that were found, when nobody is left in the group who could have them: each is at
 * home where it is, or with the first that there is. */
static void leave_homes(MpEngine *engine, MpGroup *group)
{
    MpMember *first = NULL;

    for (guint i = 0; i < group->members->len && first == NULL; i++) {
        MpMember *member = g_ptr_array_index(group->members, i);

        first = member->index != 0 ? member : NULL;
    }
    for (guint i = 0; i < group->data->len && !is_staying(group); i++) {
        MpData *data = g_ptr_array_index(group->data, i);

        if (data->created || data->withdrawn || (data->home != NULL && data->home->index != 0))
            continue;
        data->home = data->host != NULL && data->host->index != 0 ? data->host : first;
        if (data->home != NULL)
            data_leave(engine, data, TRUE);
    }
}

static void group_delete(MpEngine *engine, MpGroup *group, gint64 now_us)
{
    group->deleted = TRUE;
    for (guint i = 0; i < group->data->len; i++)
        data_leave(engine, g_ptr_array_index(group->data, i), FALSE);
    for (guint i = 0; i < group->members->len; i++)
        member_mark_leaving(g_ptr_array_index(group->members, i));
    leave_homes(engine, group);
    engine->globals_asked = engine->globals_known = FALSE;
    mp_notice_config(engine, group->config->name, NULL, MP_REASON_LEFT, "group deleted", now_us);
}

static gint by_config(gconstpointer a, gconstpointer b, gpointer user_data)
{
    const MpMember *const *left = a, *const *right = b;
    const GPtrArray *order = user_data;
    gint at[2] = {G_MAXINT, G_MAXINT};

    for (guint i = 0; i < order->len; i++) {
        const MpInterfaceConfig *config = g_ptr_array_index(order, i);

        if (strcmp(config->name, (*left)->name) == 0)
            at[0] = (gint)i;
        if (strcmp(config->name, (*right)->name) == 0)
            at[1] = (gint)i;
    }
    return at[0] < at[1] ? -1 : at[0] > at[1];
}

static void member_configure(MpEngine *engine, MpMember *member, const MpInterfaceConfig *config,
                             gint64 now_us)
{
    gboolean standby = member->config->standby;

    mp_interface_config_free(member->config);
    member->config = mp_interface_config_copy(config);
    engine->discovered = 0; /* what is a standby's or a test address may be the group's now */
    if (standby == config->standby)
        return;
    member->inactive = FALSE;
    mp_notice_role(engine, member,
                   config->standby ? MP_REASON_STANDBY_SET : MP_REASON_STANDBY_CLEARED, now_us);
}

static MpMember *member_join(MpEngine *engine, MpGroup *group, const MpInterfaceConfig *config,
                             gint64 now_us)
{
    MpMember *member = mp_member_new(group, config);

    member->id = ++engine->last_member_id;
    member->since_us = now_us;
    g_ptr_array_add(group->members, member);
    engine->discovered = 0; /* its addresses are to be adopted */
    if (engine->started) {
        mp_engine_look_for(engine, member);
        mp_notice_config(engine, group->config->name, member->name, MP_REASON_JOINED,
                         "interface added", now_us);
    }
    return member;
}

static void configure_members(MpEngine *engine, MpGroup *group, const MpGroupConfig *config,
                              gint64 now_us)
{
    for (guint i = 0; i < group->members->len; i++) {
        MpMember *member = g_ptr_array_index(group->members, i);

        if (member->leaving || mp_group_config_find(config, member->name) != NULL)
            continue;
        member_leave(engine, member);
        mp_notice_config(engine, group->config->name, member->name, MP_REASON_LEFT,
                         "interface removed", now_us);
    }
    if (config->interfaces->len == 0)
        leave_homes(engine, group);
    for (guint i = 0; i < config->interfaces->len; i++) {
        const MpInterfaceConfig *interface = g_ptr_array_index(config->interfaces, i);
        MpMember *member = mp_group_member(group, interface->name);

        if (member == NULL)
            member_join(engine, group, interface, now_us);
        else
            member_configure(engine, member, interface, now_us);
    }
    g_ptr_array_sort_with_data(group->members, by_config, config->interfaces);
    g_free(group->placed);
    group->placed = g_new0(MpPlaceMember, group->members->len + 1);
}

static void set_add(GHashTable *set, const GArray *addresses)
{
    for (guint i = 0; i < addresses->len; i++)
        g_hash_table_add(set, &g_array_index(addresses, MpAddress, i));
}

/* All that is declared: MpAddress, the configuration's. */
static GHashTable *declared_addresses(const MpGroupConfig *config)
{
    GHashTable *set = g_hash_table_new(mp_address_hash, mp_address_equal_ptr);

    set_add(set, config->addresses);
    for (guint i = 0; i < config->interfaces->len; i++)
        set_add(set, ((const MpInterfaceConfig *)config->interfaces->pdata[i])->addresses);
    return set;
}

/* On lo alone it is only since the group wants it, and where it was found is of the group no more.
 */
static gboolean data_is_somewhere(const MpData *data)
{
    return mp_data_host_index(data) != 0 || data->home != NULL;
}

/* No longer declared: what we made goes; what was found before it was declared is only adopted
 * again. */
static void undeclare(MpEngine *engine, MpGroup *group, const MpGroupConfig *config, gint64 now_us)
{
    g_autoptr(GHashTable) declared = declared_addresses(config);

    for (guint i = 0; i < group->data->len; i++) {
        MpData *data = g_ptr_array_index(group->data, i);

        if (!data->configured || g_hash_table_contains(declared, &data->address))
            continue;
        data->configured = FALSE;
        data->source = MP_SOURCE_ADOPTED;
        engine->record_dirty = TRUE;
        if (data->leaving || (!data->created && !data->withdrawn && data_is_somewhere(data)))
            continue;
        data->removed = data->created = TRUE; /* what is put there from now on is not meant */
        data->announce_us = 0;
        mp_notice_address(engine, data, MP_REASON_REMOVED_BY_REQUEST, now_us);
    }
}

static void declare_all(MpEngine *engine, MpGroup *group, const GArray *addresses, MpMember *home,
                        gint64 now_us)
{
    for (guint i = 0; i < addresses->len; i++) {
        const MpAddress *address = &g_array_index(addresses, MpAddress, i);
        const MpData *data = g_hash_table_lookup(engine->data, address);

        if (data == NULL || !data->configured || data->home != home || data->removed ||
            data->leaving)
            mp_data_declare(engine, group, address, home, now_us);
    }
}

static void configure_addresses(MpEngine *engine, MpGroup *group, const MpGroupConfig *config,
                                gint64 now_us)
{
    guint before = group->data->len;

    undeclare(engine, group, config, now_us);
    declare_all(engine, group, config->addresses, NULL, now_us);
    for (guint i = 0; i < config->interfaces->len; i++) {
        const MpInterfaceConfig *interface = g_ptr_array_index(config->interfaces, i);
        MpMember *member = mp_group_member(group, interface->name);

        /* One whose removal is taken back joins anew when it is over. */
        if (!member->leaving)
            declare_all(engine, group, interface->addresses, member, now_us);
    }
    group->rebalance = engine->started && (group->rebalance || before != group->data->len);
}

/* Failback turned on: whoever waits has its addresses back. */
static void configure_failback(MpGroup *group, const MpGroupConfig *config)
{
    if (group->config->failback || !config->failback)
        return;
    for (guint i = 0; i < group->members->len; i++) {
        MpMember *member = g_ptr_array_index(group->members, i);

        member->inactive = FALSE;
        member->reclaim = TRUE;
    }
}

/* In force at once, for those whose repair waits for it; flapping holds them longer, maybe. */
static void configure_repair_delay(MpGroup *group, const MpGroupConfig *config)
{
    gint64 more_us =
        ((gint64)config->repair_delay_ms - group->config->repair_delay_ms) * MP_USEC_PER_MSEC;

    for (guint i = 0; i < group->members->len; i++) {
        MpMember *member = g_ptr_array_index(group->members, i);

        gint64 flapping_us =
            member->flap_hold_us > 0 ? member->link_ups[0] + member->flap_hold_us : 0;

        if (member->hold_until_us == 0 || member->hold_reason != MP_REASON_REPAIR_DELAY)
            continue;
        member->hold_until_us += more_us;
        if (member->hold_until_us < flapping_us) {
            member->hold_until_us = flapping_us;
            member->hold_reason = MP_REASON_FLAPPING;
        }
    }
}

static void group_configure(MpEngine *engine, MpGroup *group, const MpGroupConfig *config,
                            gint64 now_us)
{
    configure_failback(group, config);
    configure_repair_delay(group, config);
    configure_members(engine, group, config, now_us);
    configure_addresses(engine, group, config, now_us);
    mp_group_config_free(group->config);
    group->config = mp_group_config_copy(config);
    group->targets_dirty = TRUE;
}

static void group_create(MpEngine *engine, const MpGroupConfig *config, gint64 now_us)
{
    MpGroup *group = mp_group_new(engine, config);

    g_ptr_array_add(engine->groups, group);
    configure_members(engine, group, config, now_us);
    configure_addresses(engine, group, config, now_us);
    if (engine->started) {
        mp_facts_recall_group(engine, group);
        mp_decide_duplicates(engine, group, NULL);
        mp_notice_config(engine, config->name, NULL, MP_REASON_CONFIG, "group created", now_us);
    }
    engine->discovered = 0; /* its members' addresses are to be adopted */
}

void mp_engine_apply(MpEngine *engine, const MpConfig *config, gint64 now_us)
{
    for (guint i = 0; i < engine->groups->len; i++) {
        MpGroup *group = g_ptr_array_index(engine->groups, i);

        if (!group->deleted && mp_config_find(config, group->config->name) == NULL)
            group_delete(engine, group, now_us);
    }
    for (guint i = 0; i < config->groups->len; i++) {
        const MpGroupConfig *wanted = g_ptr_array_index(config->groups, i);
        MpGroup *group = mp_engine_group(engine, wanted->name);

        if (group == NULL)
            group_create(engine, wanted, now_us);
        else if (group->deleted)
            continue; /* its deletion is taken back: made again when it is over */
        else if (!mp_group_config_equal(group->config, wanted))
            group_configure(engine, group, wanted, now_us);
        else {
            /* Only where it is written has changed. */
            mp_group_config_free(group->config);
            group->config = mp_group_config_copy(wanted);
        }
    }
    if (config->defaults.link_poll_ms == 0)
        mp_picture_forget_reads(engine->picture);
    mp_config_free(engine->config);
    engine->config = mp_config_copy(config);
    engine->poll_us = G_MAXINT64;
    mp_shadow_touch(engine->shadow);
    engine->routes_seen = 0;
    engine->dirty = engine->visible_dirty = engine->record_dirty = TRUE;
}

static gboolean lacks_member(const MpGroup *group, const MpGroupConfig *wanted)
{
    for (guint i = 0; i < wanted->interfaces->len; i++) {
        const MpInterfaceConfig *interface = g_ptr_array_index(wanted->interfaces, i);

        if (mp_group_member(group, interface->name) == NULL)
            return TRUE;
    }
    return FALSE;
}

void mp_engine_apply_again(MpEngine *engine, gint64 now_us)
{
    for (guint i = 0; i < engine->config->groups->len; i++) {
        const MpGroupConfig *wanted = g_ptr_array_index(engine->config->groups, i);
        MpGroup *group = mp_engine_group(engine, wanted->name);

        if (group == NULL)
            group_create(engine, wanted, now_us);
        else if (!group->deleted && lacks_member(group, wanted))
            group_configure(engine, group, wanted, now_us);
    }
}

/* Groups of an earlier life that no file wants any more: as if they were deleted now. Where a file
 * has an error nobody knows what it wants, and nothing of such a group is touched. */
void mp_engine_give_back_past(MpEngine *engine, const MpConfig *config)
{
    const MpRecord *past = engine->past;

    for (guint i = 0; past != NULL && !config->partial && i < past->members->len; i++) {
        const MpRecordMember *entry = g_ptr_array_index(past->members, i);
        g_autoptr(MpGroupConfig) gone = NULL;
        MpGroup *group;

        if (mp_facts_is_recalled(engine, entry->group) ||
            mp_engine_group(engine, entry->group) != NULL)
            continue;
        gone = mp_group_config_new(entry->group, &config->defaults);
        group = mp_group_new(engine, gone);
        group->deleted = TRUE;
        g_ptr_array_add(engine->groups, group);
        mp_facts_recall_group(engine, group);
    }
}

void mp_engine_begin(MpEngine *engine, gint64 now_us)
{
    if (!engine->configured)
        return;
    engine->started = engine->starting = TRUE;
    for (guint i = 0; i < engine->groups->len; i++) {
        MpGroup *group = g_ptr_array_index(engine->groups, i);

        for (guint k = 0; k < group->members->len; k++)
            mp_engine_look_for(engine, g_ptr_array_index(group->members, k));
        mp_facts_recall_group(engine, group);
        mp_decide_duplicates(engine, group, NULL);
    }
    mp_engine_give_back_past(engine, engine->config);
    mp_orphans_recall(engine);
    mp_strays_collect(engine);
    engine->dirty = engine->visible_dirty = engine->record_dirty = TRUE;
}
