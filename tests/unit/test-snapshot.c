/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "snapshot.h"

#include "unit.h"

static void set_text(char **text, const char *value)
{
    g_free(*text);
    *text = g_strdup(value);
}

static void add_group(MpSnapshot *snapshot, const char *name, MpGroupState state)
{
    g_autoptr(MpGroupConfig) config = unit_group(name);
    MpSnapshotGroup *group = mp_snapshot_group_new(name, config);

    group->state = state;
    g_ptr_array_add(snapshot->groups, group);
}

static MpSnapshotGroup *group_at(const MpSnapshot *snapshot, guint i)
{
    return snapshot->groups->pdata[i];
}

static void add_interface(MpSnapshot *snapshot, guint group, const char *name)
{
    g_ptr_array_add(group_at(snapshot, group)->interfaces,
                    mp_snapshot_interface_new(name, group_at(snapshot, group)->name));
}

static MpSnapshot *full_snapshot(void)
{
    MpSnapshot *snapshot = mp_snapshot_new();
    MpAddress address = unit_address("192.0.2.10/24");

    add_group(snapshot, "front", MP_GROUP_OK);
    add_interface(snapshot, 0, "eth0");
    g_ptr_array_add(group_at(snapshot, 0)->addresses,
                    mp_snapshot_address_new(&address, "eth0", "eth1"));
    g_ptr_array_add(snapshot->devices, mp_snapshot_device_new("eth0", 3));
    return snapshot;
}

static void test_new(void)
{
    g_autoptr(MpSnapshot) snapshot = full_snapshot();
    const MpSnapshotGroup *group = group_at(snapshot, 0);
    const MpSnapshotInterface *interface = group->interfaces->pdata[0];
    const MpSnapshotAddress *address = group->addresses->pdata[0];
    const MpSnapshotDevice *device = snapshot->devices->pdata[0];

    g_assert_false(snapshot->ready);
    g_assert_cmpuint(snapshot->defaults.failure_detection_ms, ==, MP_FDT_DEFAULT_MS);
    g_assert_cmpstr(group->config->name, ==, "front");
    g_assert_cmpstr(interface->group, ==, "front");
    g_assert_cmpstr(interface->hardware_address, ==, "");
    g_assert_cmpstr(address->interface, ==, "eth0");
    g_assert_cmpstr(address->home, ==, "eth1");
    g_assert_cmpuint(device->index, ==, 3);
    g_assert_cmpstr(device->hardware_address, ==, "");
    g_assert_cmpstr(device->media, ==, "other");
    g_assert_cmpstr(device->reason, ==, "");
    g_assert_null(device->group);
}

static void test_homeless(void)
{
    MpAddress value = unit_address("192.0.2.10/24");
    MpSnapshotAddress *address = mp_snapshot_address_new(&value, NULL, NULL);

    g_assert_null(address->interface);
    g_assert_null(address->home);
    mp_snapshot_address_free(address);
}

static void test_ref(void)
{
    MpSnapshot *snapshot = full_snapshot();

    g_assert_true(mp_snapshot_ref(snapshot) == snapshot);
    mp_snapshot_unref(snapshot);
    g_assert_cmpuint(snapshot->groups->len, ==, 1);
    mp_snapshot_unref(snapshot);
}

static void test_find(void)
{
    g_autoptr(MpSnapshot) snapshot = full_snapshot();

    add_group(snapshot, "back", MP_GROUP_OK);
    add_interface(snapshot, 1, "eth5");
    g_assert_cmpstr(mp_snapshot_find_group(snapshot, "back")->name, ==, "back");
    g_assert_null(mp_snapshot_find_group(snapshot, "side"));
    g_assert_cmpstr(mp_snapshot_find_interface(snapshot, "eth5")->group, ==, "back");
    g_assert_cmpstr(mp_snapshot_find_interface(snapshot, "eth0")->group, ==, "front");
    g_assert_null(mp_snapshot_find_interface(snapshot, "eth9"));
}

/* The worst of the groups that have members. */
static void test_state(void)
{
    g_autoptr(MpSnapshot) snapshot = mp_snapshot_new();

    g_assert_cmpint(mp_snapshot_state(snapshot), ==, MP_GROUP_OK);
    add_group(snapshot, "empty", MP_GROUP_FAILED);
    g_assert_cmpint(mp_snapshot_state(snapshot), ==, MP_GROUP_OK);
    add_group(snapshot, "front", MP_GROUP_DEGRADED);
    add_interface(snapshot, 1, "eth0");
    g_assert_cmpint(mp_snapshot_state(snapshot), ==, MP_GROUP_DEGRADED);
    add_group(snapshot, "good", MP_GROUP_OK);
    add_interface(snapshot, 2, "eth1");
    g_assert_cmpint(mp_snapshot_state(snapshot), ==, MP_GROUP_DEGRADED);
    add_interface(snapshot, 0, "eth2");
    g_assert_cmpint(mp_snapshot_state(snapshot), ==, MP_GROUP_FAILED);
}

typedef void (*Change)(MpSnapshot *snapshot);

#define CHANGE(name, statement)                                                                    \
    static void change_##name(MpSnapshot *snapshot)                                                \
    {                                                                                              \
        MpSnapshotGroup *group = group_at(snapshot, 0);                                            \
        MpSnapshotInterface *interface = group->interfaces->pdata[0];                              \
        MpSnapshotAddress *address = group->addresses->pdata[0];                                   \
        MpSnapshotDevice *device = snapshot->devices->pdata[0];                                    \
        MpGroupConfig *config = (MpGroupConfig *)group->config;                                    \
                                                                                                   \
        g_assert_true(group &&interface &&address &&device &&config);                              \
        statement;                                                                                 \
    }

CHANGE(ready, snapshot->ready = TRUE)
CHANGE(defaults, snapshot->defaults.anchor = FALSE)
CHANGE(groups, add_group(snapshot, "more", MP_GROUP_OK))
CHANGE(devices, g_ptr_array_set_size(snapshot->devices, 0))
CHANGE(group_name, set_text(&group->name, "other"))
CHANGE(group_state, group->state = MP_GROUP_FAILED)
CHANGE(group_reason, group->reason = MP_REASON_LINK_DOWN)
CHANGE(failovers, group->failovers++)
CHANGE(last_failover, group->last_failover_us++)
CHANGE(config, config->probe_failures++)
CHANGE(origin, config->origin = MP_ORIGIN_RUNTIME)
CHANGE(path, config->path = g_strdup("/etc/x"))
CHANGE(interfaces, add_interface(snapshot, 0, "eth7"))
CHANGE(addresses, g_ptr_array_set_size(group->addresses, 0))
CHANGE(name, set_text(&interface->name, "eth8"))
CHANGE(its_group, set_text(&interface->group, "x"))
CHANGE(index, interface->index++)
CHANGE(hardware, set_text(&interface->hardware_address, "02:00:00:00:00:01"))
CHANGE(state, interface->state = MP_INTERFACE_FAILED)
CHANGE(link_state, interface->link_state = MP_LINK_DOWN)
CHANGE(probe_state, interface->probe_state = MP_PROBE_DISABLED)
CHANGE(active, interface->active = TRUE)
CHANGE(standby, interface->standby = TRUE)
CHANGE(inactive, interface->inactive = TRUE)
CHANGE(duplicate, interface->duplicate = TRUE)
CHANGE(conflict, interface->conflict = TRUE)
CHANGE(reason, interface->reason = MP_REASON_OFFLINE)
CHANGE(since, interface->state_since_us++)
CHANGE(hold, interface->hold_until_us++)
CHANGE(test_addresses, unit_add(interface->test_addresses, "192.0.2.110/24"))
CHANGE(data_addresses, unit_add(interface->addresses, "192.0.2.10/24"))
CHANGE(address, address->address.prefix++)
CHANGE(address_interface, g_clear_pointer(&address->interface, g_free))
CHANGE(address_home, g_clear_pointer(&address->home, g_free))
CHANGE(address_state, address->state = MP_ADDRESS_DOWN)
CHANGE(address_source, address->source = MP_SOURCE_ADOPTED)
CHANGE(device_name, set_text(&device->name, "eth9"))
CHANGE(device_index, device->index++)
CHANGE(device_hardware, set_text(&device->hardware_address, "02:00:00:00:00:01"))
CHANGE(device_media, set_text(&device->media, "ethernet"))
CHANGE(device_group, set_text(&device->group, "front"))
CHANGE(device_addresses, unit_add(device->addresses, "192.0.2.10/24"))
CHANGE(device_suitable, device->suitable = TRUE)
CHANGE(device_reason, set_text(&device->reason, "loopback"))

static void test_differs(void)
{
    static const Change changes[] = {
        change_ready,           change_defaults,      change_groups,
        change_devices,         change_group_name,    change_group_state,
        change_group_reason,    change_failovers,     change_last_failover,
        change_config,          change_origin,        change_path,
        change_interfaces,      change_addresses,     change_name,
        change_its_group,       change_index,         change_hardware,
        change_state,           change_link_state,    change_probe_state,
        change_active,          change_standby,       change_inactive,
        change_duplicate,       change_conflict,      change_reason,
        change_since,           change_hold,          change_test_addresses,
        change_data_addresses,  change_address,       change_address_interface,
        change_address_home,    change_address_state, change_address_source,
        change_device_name,     change_device_index,  change_device_hardware,
        change_device_media,    change_device_group,  change_device_addresses,
        change_device_suitable, change_device_reason,
    };

    for (gsize i = 0; i < G_N_ELEMENTS(changes); i++) {
        g_autoptr(MpSnapshot) snapshot = full_snapshot(), other = full_snapshot();

        g_assert_true(mp_snapshot_equal(snapshot, other));
        changes[i](other);
        g_assert_false(mp_snapshot_equal(snapshot, other));
        g_assert_false(mp_snapshot_equal(other, snapshot));
    }
}

/* What changes without anyone being told. */
static void test_equal(void)
{
    g_autoptr(MpSnapshot) snapshot = full_snapshot(), other = full_snapshot();
    MpSnapshotInterface *interface = mp_snapshot_find_interface(other, "eth0");

    other->serial = 99;
    interface->link_losses = 1;
    interface->failures = 2;
    interface->repairs = 3;
    interface->announcements = 4;
    g_assert_true(mp_snapshot_equal(snapshot, other));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/snapshot/new", test_new);
    g_test_add_func("/snapshot/homeless", test_homeless);
    g_test_add_func("/snapshot/ref", test_ref);
    g_test_add_func("/snapshot/find", test_find);
    g_test_add_func("/snapshot/state", test_state);
    g_test_add_func("/snapshot/differs", test_differs);
    g_test_add_func("/snapshot/equal", test_equal);
    return g_test_run();
}
