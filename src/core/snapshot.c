/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "snapshot.h"

MpSnapshot *mp_snapshot_new(void)
{
    MpSnapshot *snapshot = g_new0(MpSnapshot, 1);

    snapshot->ref_count = 1;
    snapshot->defaults = mp_defaults_new();
    snapshot->groups = g_ptr_array_new_with_free_func((GDestroyNotify)mp_snapshot_group_free);
    snapshot->devices = g_ptr_array_new_with_free_func((GDestroyNotify)mp_snapshot_device_free);
    return snapshot;
}

MpSnapshot *mp_snapshot_ref(MpSnapshot *snapshot)
{
    g_atomic_int_inc(&snapshot->ref_count);
    return snapshot;
}

void mp_snapshot_unref(MpSnapshot *snapshot)
{
    if (!g_atomic_int_dec_and_test(&snapshot->ref_count))
        return;
    g_ptr_array_unref(snapshot->groups);
    g_ptr_array_unref(snapshot->devices);
    g_free(snapshot);
}

MpSnapshotGroup *mp_snapshot_group_new(const char *name, const MpGroupConfig *config)
{
    MpSnapshotGroup *group = g_new0(MpSnapshotGroup, 1);

    group->config = mp_group_config_copy(config);
    group->name = g_strdup(name);
    group->interfaces = g_ptr_array_new_with_free_func((GDestroyNotify)mp_snapshot_interface_free);
    group->addresses = g_ptr_array_new_with_free_func((GDestroyNotify)mp_snapshot_address_free);
    return group;
}

void mp_snapshot_group_free(MpSnapshotGroup *group)
{
    mp_group_config_free((MpGroupConfig *)group->config);
    g_free(group->name);
    g_ptr_array_unref(group->interfaces);
    g_ptr_array_unref(group->addresses);
    g_free(group);
}

MpSnapshotInterface *mp_snapshot_interface_new(const char *name, const char *group)
{
    MpSnapshotInterface *interface = g_new0(MpSnapshotInterface, 1);

    interface->name = g_strdup(name);
    interface->group = g_strdup(group);
    interface->hardware_address = g_strdup("");
    interface->test_addresses = mp_addresses_new();
    interface->addresses = mp_addresses_new();
    interface->targets = g_array_new(FALSE, TRUE, sizeof(MpSnapshotTarget));
    return interface;
}

void mp_snapshot_interface_free(MpSnapshotInterface *interface)
{
    g_free(interface->name);
    g_free(interface->group);
    g_free(interface->hardware_address);
    g_array_unref(interface->test_addresses);
    g_array_unref(interface->addresses);
    g_array_unref(interface->targets);
    g_free(interface);
}

MpSnapshotAddress *mp_snapshot_address_new(const MpAddress *address, const char *interface,
                                           const char *home)
{
    MpSnapshotAddress *entry = g_new0(MpSnapshotAddress, 1);

    entry->address = *address;
    entry->interface = g_strdup(interface);
    entry->home = g_strdup(home);
    return entry;
}

void mp_snapshot_address_free(MpSnapshotAddress *address)
{
    g_free(address->interface);
    g_free(address->home);
    g_free(address);
}

MpSnapshotDevice *mp_snapshot_device_new(const char *name, guint index)
{
    MpSnapshotDevice *device = g_new0(MpSnapshotDevice, 1);

    device->name = g_strdup(name);
    device->index = index;
    device->hardware_address = g_strdup("");
    device->media = g_strdup("other");
    device->addresses = mp_addresses_new();
    device->reason = g_strdup("");
    return device;
}

void mp_snapshot_device_free(MpSnapshotDevice *device)
{
    g_free(device->name);
    g_free(device->hardware_address);
    g_free(device->media);
    g_free(device->group);
    g_array_unref(device->addresses);
    g_free(device->reason);
    g_free(device);
}

MpSnapshotGroup *mp_snapshot_find_group(const MpSnapshot *snapshot, const char *name)
{
    for (guint i = 0; i < snapshot->groups->len; i++) {
        MpSnapshotGroup *group = snapshot->groups->pdata[i];

        if (g_str_equal(group->name, name))
            return group;
    }
    return NULL;
}

MpSnapshotInterface *mp_snapshot_find_interface(const MpSnapshot *snapshot, const char *name)
{
    for (guint i = 0; i < snapshot->groups->len; i++) {
        const MpSnapshotGroup *group = snapshot->groups->pdata[i];

        for (guint j = 0; j < group->interfaces->len; j++) {
            MpSnapshotInterface *interface = group->interfaces->pdata[j];

            if (g_str_equal(interface->name, name))
                return interface;
        }
    }
    return NULL;
}

MpGroupState mp_snapshot_state(const MpSnapshot *snapshot)
{
    MpGroupState worst = MP_GROUP_OK;

    for (guint i = 0; i < snapshot->groups->len; i++) {
        const MpSnapshotGroup *group = snapshot->groups->pdata[i];

        if (group->interfaces->len > 0 && !group->anonymous)
            worst = MAX(worst, group->state);
    }
    return worst;
}

typedef gboolean (*EqualFunc)(gconstpointer a, gconstpointer b);

static gboolean lists_equal(const GPtrArray *a, const GPtrArray *b, EqualFunc equal)
{
    if (a->len != b->len)
        return FALSE;
    for (guint i = 0; i < a->len; i++) {
        if (!equal(a->pdata[i], b->pdata[i]))
            return FALSE;
    }
    return TRUE;
}

static gboolean address_equal(gconstpointer pa, gconstpointer pb)
{
    const MpSnapshotAddress *a = pa, *b = pb;

    return mp_address_equal(&a->address, &b->address) &&
           g_strcmp0(a->interface, b->interface) == 0 && g_strcmp0(a->home, b->home) == 0 &&
           a->state == b->state && a->source == b->source;
}

static gboolean interface_states_equal(const MpSnapshotInterface *a, const MpSnapshotInterface *b)
{
    return a->state == b->state && a->link_state == b->link_state &&
           a->probe_state == b->probe_state && a->active == b->active &&
           a->via_gateways == b->via_gateways && a->standby == b->standby &&
           a->inactive == b->inactive && a->duplicate == b->duplicate &&
           a->conflict == b->conflict && a->reason == b->reason &&
           a->state_since_us == b->state_since_us && a->hold_until_us == b->hold_until_us;
}

/* Who is asked, in which order, and which of them rest: not how fast they answer. */
static gboolean targets_equal(const GArray *a, const GArray *b)
{
    if (a->len != b->len)
        return FALSE;
    for (guint i = 0; i < a->len; i++) {
        const MpSnapshotTarget *one = &g_array_index(a, MpSnapshotTarget, i);
        const MpSnapshotTarget *other = &g_array_index(b, MpSnapshotTarget, i);

        if (!mp_address_equal(&one->address, &other->address) || one->source != other->source ||
            one->state != other->state)
            return FALSE;
    }
    return TRUE;
}

static gboolean interface_equal(gconstpointer pa, gconstpointer pb)
{
    const MpSnapshotInterface *a = pa, *b = pb;

    return g_str_equal(a->name, b->name) && g_strcmp0(a->group, b->group) == 0 &&
           a->index == b->index && g_str_equal(a->hardware_address, b->hardware_address) &&
           interface_states_equal(a, b) && a->target_mode == b->target_mode &&
           targets_equal(a->targets, b->targets) &&
           mp_addresses_equal(a->test_addresses, b->test_addresses) &&
           mp_addresses_equal(a->addresses, b->addresses);
}

/* Origin and path are told on the bus (Temporary, ConfigPath), so they count here. */
static gboolean config_equal(const MpGroupConfig *a, const MpGroupConfig *b)
{
    return a->origin == b->origin && g_strcmp0(a->path, b->path) == 0 &&
           mp_group_config_equal(a, b);
}

static gboolean group_equal(gconstpointer pa, gconstpointer pb)
{
    const MpSnapshotGroup *a = pa, *b = pb;

    return g_str_equal(a->name, b->name) && a->state == b->state && a->reason == b->reason &&
           a->anonymous == b->anonymous && a->detection_ms == b->detection_ms &&
           a->failovers == b->failovers && a->last_failover_us == b->last_failover_us &&
           config_equal(a->config, b->config) &&
           lists_equal(a->interfaces, b->interfaces, interface_equal) &&
           lists_equal(a->addresses, b->addresses, address_equal);
}

static gboolean device_equal(gconstpointer pa, gconstpointer pb)
{
    const MpSnapshotDevice *a = pa, *b = pb;

    return g_str_equal(a->name, b->name) && a->index == b->index &&
           g_str_equal(a->hardware_address, b->hardware_address) &&
           g_str_equal(a->media, b->media) && g_strcmp0(a->group, b->group) == 0 &&
           mp_addresses_equal(a->addresses, b->addresses) && a->suitable == b->suitable &&
           g_str_equal(a->reason, b->reason);
}

gboolean mp_snapshot_equal(const MpSnapshot *a, const MpSnapshot *b)
{
    return a->ready == b->ready && mp_defaults_equal(&a->defaults, &b->defaults) &&
           lists_equal(a->groups, b->groups, group_equal) &&
           lists_equal(a->devices, b->devices, device_equal);
}
