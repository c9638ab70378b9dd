/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "engine-request.h"

#include "data.h"
#include "decide.h"
#include "error.h"
#include "facts.h"
#include "member.h"
#include "plan.h"
#include "shadow.h"

#include <string.h>

/* Longer than any batch of operations takes; a request that has not settled by then is answered
 * with what is known. */
#define REQUEST_US (10 * MP_USEC_PER_SEC)

void mp_group_free(MpGroup *group)
{
    mp_group_config_free(group->config);
    g_ptr_array_unref(group->members);
    g_ptr_array_unref(group->data);
    g_free(group->placed);
    g_free(group);
}

static MpGroup *group_new(const MpGroupConfig *config)
{
    MpGroup *group = g_new0(MpGroup, 1);

    group->config = mp_group_config_copy(config);
    group->members = g_ptr_array_new_with_free_func((GDestroyNotify)mp_member_free);
    group->data = g_ptr_array_new_with_free_func((GDestroyNotify)mp_data_free);
    group->state = MP_GROUP_FAILED;
    return group;
}

static MpGroup *engine_group(const MpEngine *engine, const char *name)
{
    for (guint i = 0; i < engine->groups->len; i++) {
        MpGroup *group = g_ptr_array_index(engine->groups, i);

        if (strcmp(group->config->name, name) == 0)
            return group;
    }
    return NULL;
}

/* Checks against the host -------------------------------------------------------------------------
 */

static const MpLink *link_for(const MpEngine *engine, const MpInterfaceConfig *config)
{
    MpMember probe = {.config = (MpInterfaceConfig *)config};
    GHashTableIter iter;
    MpPictureLink *entry;

    g_strlcpy(probe.name, config->name, sizeof probe.name);
    g_hash_table_iter_init(&iter, engine->picture->links);
    while (g_hash_table_iter_next(&iter, NULL, (gpointer *)&entry)) {
        if (mp_member_matches(&probe, &entry->link))
            return &entry->link;
    }
    return NULL;
}

static gboolean check_pair(const MpInterfaceConfig *config, const MpLink *link,
                           const MpInterfaceConfig *other, const MpLink *theirs, GError **error)
{
    if (link->media != theirs->media) {
        g_set_error(error, MP_ERROR, MP_ERROR_MEDIA_MISMATCH, "%s is of another media type than %s",
                    config->name, other->name);
        return FALSE;
    }
    if (link->hwaddr_len == theirs->hwaddr_len &&
        memcmp(link->hwaddr, theirs->hwaddr, link->hwaddr_len) == 0) {
        g_set_error(error, MP_ERROR, MP_ERROR_DUPLICATE_HARDWARE_ADDRESS,
                    "%s has the same hardware address as %s: each member of a group needs its own",
                    config->name, other->name);
        return FALSE;
    }
    return TRUE;
}

static gboolean refuse_unsuitable(const MpInterfaceConfig *config, const char *why, GError **error)
{
    g_set_error(error, MP_ERROR, MP_ERROR_NOT_SUITABLE, "%s cannot be in a group: %s", config->name,
                why);
    return FALSE;
}

static gboolean check_newcomer(const MpEngine *engine, const MpGroupConfig *group, guint at,
                               GError **error)
{
    const MpInterfaceConfig *config = g_ptr_array_index(group->interfaces, at);
    const MpLink *link = link_for(engine, config);
    const char *unsuitable = link != NULL ? mp_link_unsuitable(link) : NULL;

    /* Of two media with a wire the mismatch is the more telling word. */
    if (unsuitable != NULL &&
        (mp_link_is_ethernet(link) || (link->flags & (MP_IFF_LOOPBACK | MP_IFF_POINTOPOINT)) != 0))
        return refuse_unsuitable(config, unsuitable, error);
    for (guint i = 0; link != NULL && i < group->interfaces->len; i++) {
        const MpInterfaceConfig *other = g_ptr_array_index(group->interfaces, i);
        const MpLink *theirs = i != at ? link_for(engine, other) : NULL;

        if (theirs != NULL && !check_pair(config, link, other, theirs, error))
            return FALSE;
    }
    return unsuitable == NULL || refuse_unsuitable(config, unsuitable, error);
}

static gboolean check_address(const MpEngine *engine, const char *group, const MpAddress *address,
                              GError **error)
{
    const MpData *data = g_hash_table_lookup(engine->data, address);
    char text[MP_ADDRESS_STRING_MAX];

    if (data == NULL || strcmp(data->group->config->name, group) == 0 || data->group->deleted)
        return TRUE;
    g_set_error(error, MP_ERROR, MP_ERROR_EXISTS, "%s is a data address of group %s already",
                mp_address_format_host(address, text), data->group->config->name);
    return FALSE;
}

static gboolean check_addresses(const MpEngine *engine, const char *group, const GArray *addresses,
                                GError **error)
{
    for (guint i = 0; i < addresses->len; i++) {
        if (!check_address(engine, group, &g_array_index(addresses, MpAddress, i), error))
            return FALSE;
    }
    return TRUE;
}

static gboolean check_group(const MpEngine *engine, const MpGroupConfig *config, GError **error)
{
    const MpGroup *known = engine_group(engine, config->name);

    if (known != NULL && known->deleted) {
        g_set_error(error, MP_ERROR, MP_ERROR_BUSY, "group %s is still being given back: try again",
                    config->name);
        return FALSE;
    }
    if (!check_addresses(engine, config->name, config->addresses, error))
        return FALSE;
    for (guint i = 0; i < config->interfaces->len; i++) {
        const MpInterfaceConfig *interface = g_ptr_array_index(config->interfaces, i);
        MpMember *member = known != NULL ? mp_group_member(known, interface->name) : NULL;
        MpMember *elsewhere = mp_engine_member(engine, interface->name);

        if (elsewhere != NULL && elsewhere->leaving) {
            g_set_error(error, MP_ERROR, MP_ERROR_BUSY, "%s is still being given back: try again",
                        interface->name);
            return FALSE;
        }
        if (!check_addresses(engine, config->name, interface->addresses, error))
            return FALSE;
        if (member == NULL && !check_newcomer(engine, config, i, error))
            return FALSE;
    }
    return TRUE;
}

static gboolean check_config(const MpEngine *engine, const MpConfig *config, GError **error)
{
    for (guint i = 0; i < config->groups->len; i++) {
        if (!check_group(engine, g_ptr_array_index(config->groups, i), error))
            return FALSE;
    }
    return TRUE;
}

/* Applying the difference -------------------------------------------------------------------------
 */

static void data_leave(MpEngine *engine, MpData *data, gboolean stays)
{
    if (data->removed || data->leaving)
        return;
    data->leaving = TRUE;
    data->suspect_until_us = 0;
    data->announce_us = 0;
    if (!stays || !data->created)
        return;
    /* Declared, and at home on an interface that leaves: it stays there, as if it had been found.
     */
    data->created = FALSE;
    data->foreign = TRUE;
    data->original.protocol = 0;
    data->original.flags = 0;
}

static void member_leave(MpEngine *engine, MpMember *member)
{
    member->leaving = TRUE;
    for (guint i = 0; i < member->group->data->len; i++) {
        MpData *data = g_ptr_array_index(member->group->data, i);

        if (data->home == member)
            data_leave(engine, data, TRUE);
    }
}

static void group_delete(MpEngine *engine, MpGroup *group, gint64 now_us)
{
    group->deleted = TRUE;
    for (guint i = 0; i < group->data->len; i++)
        data_leave(engine, g_ptr_array_index(group->data, i), FALSE);
    for (guint i = 0; i < group->members->len; i++)
        ((MpMember *)g_ptr_array_index(group->members, i))->leaving = TRUE;
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

static gboolean array_has(const GArray *addresses, const MpAddress *address)
{
    for (guint i = 0; i < addresses->len; i++) {
        if (mp_address_equal(&g_array_index(addresses, MpAddress, i), address))
            return TRUE;
    }
    return FALSE;
}

static gboolean config_has_address(const MpGroupConfig *config, const MpAddress *address)
{
    if (array_has(config->addresses, address))
        return TRUE;
    for (guint i = 0; i < config->interfaces->len; i++) {
        const MpInterfaceConfig *interface = g_ptr_array_index(config->interfaces, i);

        if (array_has(interface->addresses, address))
            return TRUE;
    }
    return FALSE;
}

/* No longer declared: what we made goes; what was found before it was declared is only adopted
 * again. */
static void undeclare(MpEngine *engine, MpGroup *group, const MpGroupConfig *config, gint64 now_us)
{
    for (guint i = 0; i < group->data->len; i++) {
        MpData *data = g_ptr_array_index(group->data, i);

        if (!data->configured || config_has_address(config, &data->address))
            continue;
        data->configured = FALSE;
        data->source = MP_SOURCE_ADOPTED;
        engine->record_dirty = TRUE;
        if (data->leaving || (!data->created && !data->withdrawn))
            continue;
        data->removed = TRUE;
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

        declare_all(engine, group, interface->addresses, mp_group_member(group, interface->name),
                    now_us);
    }
    group->rebalance = group->rebalance || before != group->data->len;
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

static void group_configure(MpEngine *engine, MpGroup *group, const MpGroupConfig *config,
                            gint64 now_us)
{
    configure_failback(group, config);
    configure_members(engine, group, config, now_us);
    configure_addresses(engine, group, config, now_us);
    mp_group_config_free(group->config);
    group->config = mp_group_config_copy(config);
}

static void group_create(MpEngine *engine, const MpGroupConfig *config, gint64 now_us)
{
    MpGroup *group = group_new(config);

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

static void apply_config(MpEngine *engine, const MpConfig *config, gint64 now_us)
{
    for (guint i = 0; i < engine->groups->len; i++) {
        MpGroup *group = g_ptr_array_index(engine->groups, i);

        if (!group->deleted && mp_config_find(config, group->config->name) == NULL)
            group_delete(engine, group, now_us);
    }
    for (guint i = 0; i < config->groups->len; i++) {
        const MpGroupConfig *wanted = g_ptr_array_index(config->groups, i);
        MpGroup *group = engine_group(engine, wanted->name);

        if (group == NULL)
            group_create(engine, wanted, now_us);
        else if (!mp_group_config_equal(group->config, wanted))
            group_configure(engine, group, wanted, now_us);
        else {
            /* Only where it is written has changed. */
            mp_group_config_free(group->config);
            group->config = mp_group_config_copy(wanted);
        }
    }
    mp_config_free(engine->config);
    engine->config = mp_config_copy(config);
    engine->poll_us = 0;
    mp_shadow_touch(engine->shadow);
    engine->dirty = engine->visible_dirty = engine->record_dirty = TRUE;
}

/* Groups of an earlier life that no file wants any more: as if they were deleted now. Where a file
 * has an error nobody knows what it wants, and nothing of such a group is touched. */
static void give_back_past(MpEngine *engine, const MpConfig *config)
{
    const MpRecord *past = engine->past;

    for (guint i = 0; past != NULL && !config->partial && i < past->members->len; i++) {
        const MpRecordMember *entry = g_ptr_array_index(past->members, i);
        g_autoptr(MpGroupConfig) gone = NULL;
        MpGroup *group;

        if (mp_facts_is_recalled(engine, entry->group) ||
            engine_group(engine, entry->group) != NULL)
            continue;
        gone = mp_group_config_new(entry->group, &config->defaults);
        group = group_new(gone);
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
    give_back_past(engine, engine->config);
    engine->dirty = engine->visible_dirty = engine->record_dirty = TRUE;
}

/* Requests ----------------------------------------------------------------------------------------
 */

void mp_request_clear(MpRequest *request)
{
    g_clear_pointer(&request->undo, mp_config_free);
    g_clear_error(&request->error);
}

static MpRequest *request_add(MpEngine *engine, guint64 id, gint64 now_us)
{
    MpRequest request = {.id = id, .deadline_us = now_us + REQUEST_US};

    g_array_append_val(engine->requests, request);
    engine->dirty = TRUE;
    return &g_array_index(engine->requests, MpRequest, engine->requests->len - 1);
}

gboolean mp_engine_configure(MpEngine *engine, const MpConfig *config, gboolean at_start,
                             guint64 request, gint64 now_us, GError **error)
{
    g_autoptr(MpConfig) before = NULL;

    if (!mp_config_validate(config, error))
        return FALSE;
    if (!at_start && !check_config(engine, config, error))
        return FALSE;
    before = mp_config_copy(engine->config);
    apply_config(engine, config, now_us);
    if (engine->started)
        give_back_past(engine, config);
    engine->configured = TRUE;
    if (request != 0) {
        MpRequest *waiting = request_add(engine, request, now_us);

        waiting->undo = at_start ? NULL : g_steal_pointer(&before);
    }
    return TRUE;
}

static MpMember *find_interface(MpEngine *engine, const char *interface, GError **error)
{
    MpMember *member = mp_engine_member(engine, interface);

    if (member != NULL && !member->leaving)
        return member;
    g_set_error(error, MP_ERROR, MP_ERROR_NO_SUCH_INTERFACE, "%s is not a member of any group",
                interface);
    return NULL;
}

gboolean mp_engine_offline(MpEngine *engine, const char *interface, guint min_redundancy,
                           guint64 request, gint64 now_us, GError **error)
{
    MpMember *member = find_interface(engine, interface, error);
    guint others;

    if (member == NULL)
        return FALSE;
    others = mp_group_usable_others(member->group, member);
    if (!member->offline && others < min_redundancy) {
        g_set_error(error, MP_ERROR, MP_ERROR_MINIMUM_REDUNDANCY,
                    "group %s would be left with %u usable interfaces, %u are wanted: repair or "
                    "add one, or ask for "
                    "a min-redundancy of %u",
                    member->group->config->name, others, min_redundancy, others);
        return FALSE;
    }
    member->offline = TRUE;
    member->inactive = FALSE;
    engine->record_dirty = engine->visible_dirty = engine->dirty = TRUE;
    if (request != 0)
        request_add(engine, request, now_us);
    return TRUE;
}

gboolean mp_engine_online(MpEngine *engine, const char *interface, guint64 request, gint64 now_us,
                          GError **error)
{
    MpMember *member = find_interface(engine, interface, error);

    if (member == NULL)
        return FALSE;
    if (member->duplicate) {
        g_set_error(error, MP_ERROR, MP_ERROR_DUPLICATE_HARDWARE_ADDRESS,
                    "%s has the hardware address of another member: give it one of its own, it "
                    "comes back by itself then",
                    interface);
        return FALSE;
    }
    if (member->offline)
        engine->record_dirty = TRUE;
    member->offline = FALSE;
    engine->visible_dirty = engine->dirty = TRUE;
    if (request != 0)
        request_add(engine, request, now_us);
    return TRUE;
}

gboolean mp_engine_remove_adopted(MpEngine *engine, const char *group, const MpAddress *address,
                                  guint64 request, gint64 now_us, GError **error)
{
    MpData *data = g_hash_table_lookup(engine->data, address);
    char text[MP_ADDRESS_STRING_MAX];

    if (data == NULL || data->leaving || data->removed ||
        strcmp(data->group->config->name, group) != 0) {
        g_set_error(error, MP_ERROR, MP_ERROR_NO_SUCH_ADDRESS,
                    "%s is not a data address of group %s", mp_address_format_host(address, text),
                    group);
        return FALSE;
    }
    data->removed = TRUE;
    data->suspect_until_us = data->announce_us = 0;
    engine->record_dirty = engine->visible_dirty = engine->dirty = TRUE;
    mp_shadow_touch(engine->shadow);
    mp_notice_address(engine, data, MP_REASON_REMOVED_BY_REQUEST, now_us);
    if (request != 0)
        request_add(engine, request, now_us);
    return TRUE;
}

void mp_engine_note_refusal(MpEngine *engine, const MpOp *op, const char *detail)
{
    for (guint i = 0; i < engine->requests->len; i++) {
        MpRequest *request = &g_array_index(engine->requests, MpRequest, i);

        if (request->error == NULL &&
            (op->kind == MP_OP_ADDRESS_ADD || op->kind == MP_OP_SYSCTL_SET))
            request->error = g_error_new_literal(MP_ERROR, MP_ERROR_KERNEL, detail);
    }
}

/* Finishing ---------------------------------------------------------------------------------------
 */

static void forget_data(MpEngine *engine, MpGroup *group)
{
    for (guint i = group->data->len; i > 0; i--) {
        MpData *data = g_ptr_array_index(group->data, i - 1);

        if (!data->removed && !data->leaving)
            continue;
        g_hash_table_remove(engine->data, &data->address);
        g_ptr_array_remove_index(group->data, i - 1);
        engine->discovered = 0; /* given back on a member that stays, it is one that is found */
        engine->record_dirty = engine->visible_dirty = engine->dirty = TRUE;
    }
}

static gboolean is_referred_to(const MpGroup *group, const MpMember *member)
{
    for (guint i = 0; i < group->data->len; i++) {
        const MpData *data = g_ptr_array_index(group->data, i);

        if (data->home == member || data->host == member)
            return TRUE;
    }
    return FALSE;
}

static void forget_members(MpEngine *engine, MpGroup *group)
{
    for (guint i = group->members->len; i > 0; i--) {
        MpMember *member = g_ptr_array_index(group->members, i - 1);

        if (!member->leaving || is_referred_to(group, member))
            continue;
        mp_shadow_forget(engine->shadow, group, member);
        mp_picture_drop_ghosts(engine->picture, member->index);
        g_ptr_array_remove_index(group->members, i - 1);
        g_clear_pointer(&group->placed, g_free);
        engine->record_dirty = engine->visible_dirty = engine->dirty = TRUE;
    }
}

static void forget_leavers(MpEngine *engine)
{
    for (guint i = engine->groups->len; i > 0; i--) {
        MpGroup *group = g_ptr_array_index(engine->groups, i - 1);

        forget_data(engine, group);
        forget_members(engine, group);
        if (!group->deleted || group->members->len > 0 || group->data->len > 0)
            continue;
        mp_shadow_forget(engine->shadow, group, NULL);
        g_ptr_array_remove_index(engine->groups, i - 1);
        engine->record_dirty = engine->visible_dirty = engine->dirty = TRUE;
    }
    if (engine->groups->len == 0) {
        engine->globals_asked = FALSE;
        for (guint i = 0; i < MP_N_SYSCTLS; i++)
            engine->globals[i] = (MpGlobalSysctl){.found = -1, .set = -1};
    }
}

static gboolean is_settled(const MpEngine *engine)
{
    GHashTableIter iter;
    MpData *data;

    if (engine->dirty || engine->pending > 0 || mp_oplog_unseen(engine->oplog) > 0 ||
        engine->record_dirty || engine->record_stored < engine->record_serial)
        return FALSE;
    for (guint i = 0; i < engine->actions->length; i++) {
        const MpAction *action = g_queue_peek_nth(engine->actions, i);

        if (action->kind == MP_ACTION_READ_SYSCTLS || action->kind == MP_ACTION_OP)
            return FALSE;
    }
    g_hash_table_iter_init(&iter, engine->data);
    while (g_hash_table_iter_next(&iter, NULL, (gpointer *)&data)) {
        if (data->moving && data->host != NULL && data->host->active)
            return FALSE;
    }
    return TRUE;
}

static void answer(MpEngine *engine, guint at)
{
    MpRequest *request = &g_array_index(engine->requests, MpRequest, at);
    MpAction *action = g_new0(MpAction, 1);

    action->kind = MP_ACTION_DONE;
    action->done.request = request->id;
    action->done.error = g_steal_pointer(&request->error);
    g_queue_push_tail(engine->notices, action);
    mp_request_clear(request);
    g_array_remove_index(engine->requests, at);
}

/* What the kernel refused is taken back whole: the caller is told that nothing was changed, and
 * nothing is. */
static gboolean undo(MpEngine *engine, MpRequest *request, gint64 now_us)
{
    g_autoptr(MpConfig) before = g_steal_pointer(&request->undo);

    if (before == NULL)
        return FALSE;
    apply_config(engine, before, now_us);
    return TRUE;
}

static void answer_requests(MpEngine *engine, gint64 now_us)
{
    gboolean settled = is_settled(engine);

    for (guint i = engine->requests->len; i > 0; i--) {
        MpRequest *request = &g_array_index(engine->requests, MpRequest, i - 1);
        gboolean due = now_us >= request->deadline_us;

        if (!settled && !due)
            continue;
        if (due && !settled && request->error == NULL)
            request->error = g_error_new_literal(MP_ERROR, MP_ERROR_KERNEL,
                                                 "the kernel has not settled in 10 s");
        if (request->error != NULL && undo(engine, request, now_us)) {
            request->deadline_us = now_us + REQUEST_US;
            return;
        }
        answer(engine, i - 1);
    }
}

void mp_engine_finish(MpEngine *engine, gint64 now_us)
{
    if (engine->pending == 0 && mp_oplog_unseen(engine->oplog) == 0)
        forget_leavers(engine);
    if (engine->dirty) { /* one more look without those that left */
        mp_engine_settle(engine, now_us);
        return;
    }
    answer_requests(engine, now_us);
    if (engine->dirty)
        mp_engine_settle(engine, now_us);
}

gint64 mp_engine_request_deadline(const MpEngine *engine)
{
    gint64 deadline = G_MAXINT64;

    for (guint i = 0; i < engine->requests->len; i++)
        deadline = MIN(deadline, g_array_index(engine->requests, MpRequest, i).deadline_us);
    return deadline;
}
