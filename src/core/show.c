/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "show.h"

#include "data.h"
#include "member.h"
#include "plan-neighbour.h"
#include "probing.h"
#include "tracking.h"

#include <string.h>

static char *hwaddr_to_string(const guint8 *bytes, guint length)
{
    GString *text = g_string_new(NULL);

    for (guint i = 0; i < length; i++)
        g_string_append_printf(text, "%s%02x", i > 0 ? ":" : "", bytes[i]);
    return g_string_free(text, FALSE);
}

static void show_target(MpSnapshotInterface *shown, const MpTarget *target)
{
    MpSnapshotTarget entry = {.address = target->address,
                              .source = target->source,
                              .state = target->state,
                              .rtt_us = mp_rtt_average_us(&target->rtt),
                              .deviation_us = mp_rtt_deviation_us(&target->rtt),
                              .answered_us = target->answered_us};

    if (entry.rtt_us > 0 && (shown->rtt_us == 0 || entry.rtt_us < shown->rtt_us))
        shown->rtt_us = entry.rtt_us;
    g_array_append_val(shown->targets, entry);
}

static void show_probes(MpSnapshotInterface *shown, const MpMember *member)
{
    const MpProber *prober = mp_detection_find(member->group->detection, member->id);

    shown->probes = mp_member_probe_counts(member);
    if (prober == NULL)
        return;
    for (guint i = 0; i < MP_N_STREAMS; i++) {
        const GArray *list = prober->streams[i].targets.list;

        for (guint k = 0; k < list->len; k++)
            show_target(shown, &g_array_index(list, MpTarget, k));
    }
}

static MpSnapshotInterface *show_interface(const MpEngine *engine, const MpMember *member)
{
    MpSnapshotInterface *shown =
        mp_snapshot_interface_new(member->name, member->group->config->name);
    const MpLink *link = mp_picture_link(engine->picture, member->index);

    shown->index = member->index;
    if (link != NULL) {
        g_free(shown->hardware_address);
        shown->hardware_address = hwaddr_to_string(link->hwaddr, link->hwaddr_len);
    }
    shown->state = member->state;
    shown->link_state = member->link_state;
    shown->probe_state = mp_probing_state(member);
    shown->target_mode = mp_probing_mode(member);
    show_probes(shown, member);
    shown->active = member->active;
    shown->via_gateways = mp_member_has_gateways(engine, member);
    shown->standby = member->config->standby;
    shown->inactive = mp_member_is_functioning(member) && !member->active;
    shown->duplicate = member->duplicate;
    shown->conflict = member->conflict;
    shown->reason = member->reason;
    shown->state_since_us = member->since_us;
    shown->hold_until_us = member->state == MP_INTERFACE_FAILED ? member->hold_until_us : 0;
    g_array_append_vals(shown->test_addresses, member->config->test_addresses->data,
                        member->config->test_addresses->len);
    shown->link_losses = member->link_losses;
    shown->failures = member->failures;
    shown->repairs = member->repairs;
    shown->announcements = member->announcements;
    return shown;
}

/* One that is giving back and will be watched then: as if it were already, so that it does not seem
 * to be gone meanwhile. */
static MpSnapshotInterface *show_leaving(const MpEngine *engine, const MpMember *member)
{
    MpSnapshotInterface *shown = show_interface(engine, member);

    g_free(shown->group);
    shown->group = g_strdup("");
    shown->active = shown->standby = shown->inactive = FALSE;
    g_array_set_size(shown->test_addresses, 0);
    return shown;
}

/* Where the kernel has it: at its host, or where it still is while it moves. */
static const MpMember *data_place(const MpEngine *engine, const MpData *data)
{
    guint index = mp_data_host_index(data);

    if (index != 0 && mp_picture_ifaddr(engine->picture, index, &data->address) != NULL)
        return data->host;
    for (guint i = 0; i < data->group->members->len; i++) {
        const MpMember *member = g_ptr_array_index(data->group->members, i);

        if (member->index != 0 &&
            mp_picture_ifaddr(engine->picture, member->index, &data->address) != NULL)
            return member;
    }
    return NULL;
}

static void show_data(const MpEngine *engine, MpSnapshotGroup *shown, const MpData *data)
{
    const MpMember *place = data_place(engine, data), *home = mp_data_home(data);
    MpSnapshotAddress *address = mp_snapshot_address_new(
        &data->address, place != NULL ? place->name : NULL, home != NULL ? home->name : NULL);

    address->state = mp_data_state(data);
    if (place == NULL && address->state == MP_ADDRESS_UP)
        address->state = MP_ADDRESS_DOWN;
    address->source = data->source;
    g_ptr_array_add(shown->addresses, address);
    for (guint i = 0; place != NULL && i < shown->interfaces->len; i++) {
        MpSnapshotInterface *interface = g_ptr_array_index(shown->interfaces, i);

        if (strcmp(interface->name, place->name) == 0)
            g_array_append_val(interface->addresses, data->address);
    }
}

static MpSnapshotGroup *show_group(const MpEngine *engine, const MpGroup *group)
{
    MpSnapshotGroup *shown = mp_snapshot_group_new(group->config->name, group->config);

    shown->detection_ms =
        (guint)((mp_detection_in_force_us(group->detection) + MP_USEC_PER_MSEC / 2) /
                MP_USEC_PER_MSEC);
    shown->state = group->state;
    shown->reason = group->reason;
    shown->failovers = group->failovers;
    shown->last_failover_us = group->last_failover_us;
    for (guint i = 0; i < group->members->len; i++) {
        const MpMember *member = g_ptr_array_index(group->members, i);

        if (!member->leaving)
            g_ptr_array_add(shown->interfaces, show_interface(engine, member));
    }
    for (guint i = 0; i < group->data->len; i++) {
        const MpData *data = g_ptr_array_index(group->data, i);

        if (!data->leaving && !data->removed)
            show_data(engine, shown, data);
    }
    return shown;
}

static guint show_all_leaving(const MpEngine *engine, MpSnapshotGroup *shown)
{
    guint usable = 0;

    for (guint i = 0; i < engine->groups->len; i++) {
        const MpGroup *group = g_ptr_array_index(engine->groups, i);

        for (guint k = 0; k < group->members->len; k++) {
            const MpMember *member = g_ptr_array_index(group->members, k);

            if (!mp_tracking_awaits(engine, member))
                continue;
            usable += mp_member_is_working(member);
            g_ptr_array_add(shown->interfaces, show_leaving(engine, member));
        }
    }
    return usable;
}

/* Interfaces of no group, which are only watched, as one group without a name. */
static MpSnapshotGroup *show_tracked(const MpEngine *engine)
{
    g_autoptr(MpGroupConfig) config = mp_group_config_new("", &engine->config->defaults);
    MpSnapshotGroup *shown = mp_snapshot_group_new("", config);
    guint usable = 0;

    shown->anonymous = TRUE;
    shown->detection_ms = config->failure_detection_ms;
    for (guint i = 0; i < engine->tracked->len; i++) {
        const MpGroup *group = g_ptr_array_index(engine->tracked, i);
        const MpMember *member = g_ptr_array_index(group->members, 0);
        gint64 detection_us = mp_detection_in_force_us(group->detection);

        shown->detection_ms = MAX(shown->detection_ms, (guint)(detection_us / MP_USEC_PER_MSEC));
        usable += mp_member_is_working(member);
        g_ptr_array_add(shown->interfaces, show_interface(engine, member));
        if (!mp_member_is_working(member))
            shown->reason = member->reason;
    }
    usable += show_all_leaving(engine, shown);
    shown->state = usable == 0                       ? MP_GROUP_FAILED
                   : usable < shown->interfaces->len ? MP_GROUP_DEGRADED
                                                     : MP_GROUP_OK;
    return shown;
}

static void show_device_addresses(const MpEngine *engine, MpSnapshotDevice *shown)
{
    const GPtrArray *list = mp_picture_addresses(engine->picture, shown->index);

    for (guint i = 0; i < list->len; i++) {
        const MpPictureAddress *entry = g_ptr_array_index(list, i);

        g_array_append_val(shown->addresses, entry->ifaddr.address);
    }
}

static MpSnapshotDevice *show_device(const MpEngine *engine, const MpLink *link)
{
    MpSnapshotDevice *shown = mp_snapshot_device_new(link->name, link->index);
    const MpMember *member = mp_engine_member_by_index(engine, link->index);
    const char *unsuitable = mp_link_unsuitable(link);

    g_free(shown->hardware_address);
    shown->hardware_address = hwaddr_to_string(link->hwaddr, link->hwaddr_len);
    g_free(shown->media);
    shown->media = g_strdup(link->flags & MP_IFF_LOOPBACK ? "loopback"
                            : link->media == 1            ? "ethernet"
                                                          : "other");
    if (member != NULL && !member->leaving)
        shown->group = g_strdup(member->group->config->name);
    shown->suitable = unsuitable == NULL;
    g_free(shown->reason);
    shown->reason = g_strdup(unsuitable != NULL ? unsuitable : "");
    show_device_addresses(engine, shown);
    return shown;
}

static gint by_index(gconstpointer a, gconstpointer b)
{
    const MpSnapshotDevice *const *left = a, *const *right = b;

    return (gint)(*left)->index - (gint)(*right)->index;
}

static gint by_name(gconstpointer a, gconstpointer b)
{
    const MpSnapshotGroup *const *left = a, *const *right = b;

    return strcmp((*left)->name, (*right)->name);
}

MpSnapshot *mp_show_interface(const MpEngine *engine, const char *name)
{
    MpSnapshot *snapshot = mp_snapshot_new();
    const MpMember *member = mp_engine_member(engine, name);
    MpSnapshotGroup *shown;

    for (guint i = 0; member == NULL && i < engine->tracked->len; i++)
        member = mp_group_member(g_ptr_array_index(engine->tracked, i), name);
    snapshot->ready = engine->started;
    if (member == NULL || (member->leaving && !mp_tracking_awaits(engine, member)))
        return snapshot;
    shown = mp_snapshot_group_new(member->group->config->name, member->group->config);
    g_ptr_array_add(shown->interfaces, member->leaving ? show_leaving(engine, member)
                                                       : show_interface(engine, member));
    g_ptr_array_add(snapshot->groups, shown);
    return snapshot;
}

MpSnapshot *mp_show_snapshot(const MpEngine *engine)
{
    MpSnapshot *snapshot = mp_snapshot_new();
    GHashTableIter iter;
    MpPictureLink *entry;

    snapshot->ready = engine->started;
    snapshot->defaults = engine->config->defaults;
    for (guint i = 0; i < engine->groups->len; i++) {
        const MpGroup *group = g_ptr_array_index(engine->groups, i);

        if (!group->deleted)
            g_ptr_array_add(snapshot->groups, show_group(engine, group));
    }
    if (engine->config->defaults.track_ungrouped)
        g_ptr_array_add(snapshot->groups, show_tracked(engine));
    g_ptr_array_sort(snapshot->groups, by_name);
    g_hash_table_iter_init(&iter, engine->picture->links);
    while (g_hash_table_iter_next(&iter, NULL, (gpointer *)&entry))
        g_ptr_array_add(snapshot->devices, show_device(engine, &entry->link));
    g_ptr_array_sort(snapshot->devices, by_index);
    return snapshot;
}
