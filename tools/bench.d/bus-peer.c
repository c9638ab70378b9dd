/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* bus-peer sd-bus|gdbus GROUPS MEMBERS: as many objects, properties and bytes as the service has,
 * on the bus by bare means: sd-bus's object manager, as systemd's daemons use it, or GDBus's. What
 * the figures of the service are held against; it takes the name of the service. */
#include "ipmp-dbus.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-bus.h>

#define MANAGED_ROOT "/org/ipmp"

static const char *const words[] = {"192.0.2.110/24", "192.0.2.10/24", NULL};

/* ---- GDBus ---- */
static void fill_interface(IpmpDbusInterface *skeleton, const char *name, const char *group)
{
    g_object_set(skeleton, "name", name, "index", 7, "hardware-address", "02:00:00:00:00:01",
                 "group", group, "state", "ok", "link-state", "up", "probe-state", "disabled",
                 "active", TRUE, "reason", "link-up", "state-since-usec", (guint64)1, "flags",
                 words, "test-addresses", words, "addresses", words, "target-mode", "disabled",
                 "targets", words, NULL);
}

static void fill_group(IpmpDbusGroup *skeleton, const char *name, const char *const *members)
{
    GVariantBuilder builder;

    g_variant_builder_init(&builder, G_VARIANT_TYPE("aa{sv}"));
    for (guint i = 0; members[i] != NULL; i++)
        g_variant_builder_add_parsed(&builder,
                                     "{'address': <'192.0.2.10/24'>, 'interface': <%o>, 'home': "
                                     "<%o>, 'state': <'up'>, 'source': <'config'>}",
                                     members[i], members[i]);
    g_object_set(skeleton, "name", name, "state", "ok", "reason", "", "config-path",
                 "/etc/ipmp/groups.d/group.conf", "failure-detection-msec", 10000, "probe-method",
                 "none", "probe-targets", words, "interfaces", members, "active-interfaces",
                 members, "inactive-interfaces", words + 2, "addresses",
                 g_variant_builder_end(&builder), NULL);
}

static void export_object(GDBusObjectManagerServer *server, const char *path,
                          GDBusInterfaceSkeleton *skeleton)
{
    g_autoptr(GDBusObjectSkeleton) object = g_dbus_object_skeleton_new(path);

    g_dbus_object_skeleton_add_interface(object, skeleton);
    g_dbus_object_manager_server_export(server, object);
}

static void export_group(GDBusObjectManagerServer *server, int group, int n_members)
{
    g_autoptr(IpmpDbusGroup) skeleton = ipmp_dbus_group_skeleton_new();
    g_autofree char *path = g_strdup_printf(MANAGED_ROOT "/group/g%d", group);
    g_autoptr(GStrvBuilder) paths = g_strv_builder_new();

    for (int i = 0; i < n_members; i++) {
        g_autoptr(IpmpDbusInterface) member = ipmp_dbus_interface_skeleton_new();
        g_autofree char *name = g_strdup_printf("e%d", group * n_members + i);
        g_autofree char *member_path = g_strdup_printf(MANAGED_ROOT "/interface/%s", name);
        g_strv_builder_add(paths, member_path);
        fill_interface(member, name, path);
        export_object(server, member_path, G_DBUS_INTERFACE_SKELETON(member));
    }
    g_auto(GStrv) members = g_strv_builder_end(paths);
    fill_group(skeleton, strrchr(path, '/') + 1, (const char *const *)members);
    export_object(server, path, G_DBUS_INTERFACE_SKELETON(skeleton));
}

static int run_gdbus(int n_groups, int n_members)
{
    g_autoptr(GDBusConnection) bus = g_bus_get_sync(G_BUS_TYPE_SYSTEM, NULL, NULL);
    g_autoptr(GDBusObjectManagerServer) server = g_dbus_object_manager_server_new(MANAGED_ROOT);
    g_autoptr(GMainLoop) loop = g_main_loop_new(NULL, FALSE);

    for (int i = 0; i < n_groups; i++)
        export_group(server, i, n_members);
    g_dbus_object_manager_server_set_connection(server, bus);
    g_bus_own_name_on_connection(bus, "org.ipmp", G_BUS_NAME_OWNER_FLAGS_NONE, NULL, NULL, NULL,
                                 NULL);
    g_main_loop_run(loop);
    return 0;
}

/* ---- sd-bus ---- */
typedef struct {
    char *path;
    char **members;
} Item;

static int get_string(sd_bus *bus, const char *path, const char *interface, const char *property,
                      sd_bus_message *reply, void *data, sd_bus_error *error)
{
    return sd_bus_message_append(reply, "s", "ok");
}

static int get_path(sd_bus *bus, const char *path, const char *interface, const char *property,
                    sd_bus_message *reply, void *data, sd_bus_error *error)
{
    return sd_bus_message_append(reply, "o", "/org/ipmp/group/g1");
}

static int get_number(sd_bus *bus, const char *path, const char *interface, const char *property,
                      sd_bus_message *reply, void *data, sd_bus_error *error)
{
    return sd_bus_message_append(reply, "u", 10000);
}

static int get_time(sd_bus *bus, const char *path, const char *interface, const char *property,
                    sd_bus_message *reply, void *data, sd_bus_error *error)
{
    return sd_bus_message_append(reply, "t", (uint64_t)1);
}

static int get_boolean(sd_bus *bus, const char *path, const char *interface, const char *property,
                       sd_bus_message *reply, void *data, sd_bus_error *error)
{
    return sd_bus_message_append(reply, "b", 1);
}

static int get_words(sd_bus *bus, const char *path, const char *interface, const char *property,
                     sd_bus_message *reply, void *data, sd_bus_error *error)
{
    return sd_bus_message_append_strv(reply, (char **)words);
}

static int get_members(sd_bus *bus, const char *path, const char *interface, const char *property,
                       sd_bus_message *reply, void *data, sd_bus_error *error)
{
    const Item *item = data;
    int r = sd_bus_message_open_container(reply, 'a', "o");

    for (char **member = item->members; r >= 0 && *member != NULL; member++)
        r = sd_bus_message_append(reply, "o", *member);
    return r < 0 ? r : sd_bus_message_close_container(reply);
}

static int get_addresses(sd_bus *bus, const char *path, const char *interface, const char *property,
                         sd_bus_message *reply, void *data, sd_bus_error *error)
{
    const Item *item = data;
    int r = sd_bus_message_open_container(reply, 'a', "a{sv}");

    for (char **member = item->members; r >= 0 && *member != NULL; member++)
        r = sd_bus_message_append(reply, "a{sv}", 5, "address", "s", "192.0.2.10/24", "interface",
                                  "o", *member, "home", "o", *member, "state", "s", "up", "source",
                                  "s", "config");
    return r < 0 ? r : sd_bus_message_close_container(reply);
}

#define ROW(name, type, get)                                                                       \
    SD_BUS_PROPERTY(name, type, get, 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE)

static const sd_bus_vtable interface_table[] = {
    SD_BUS_VTABLE_START(0),
    ROW("Name", "s", get_string),
    ROW("Index", "u", get_number),
    ROW("HardwareAddress", "s", get_string),
    ROW("Group", "o", get_path),
    ROW("State", "s", get_string),
    ROW("LinkState", "s", get_string),
    ROW("ProbeState", "s", get_string),
    ROW("Active", "b", get_boolean),
    ROW("Standby", "b", get_boolean),
    ROW("Reason", "s", get_string),
    ROW("StateSinceUSec", "t", get_time),
    ROW("HoldUntilUSec", "t", get_time),
    ROW("Flags", "as", get_words),
    ROW("TestAddresses", "as", get_words),
    ROW("Addresses", "as", get_words),
    ROW("TargetMode", "s", get_string),
    ROW("Targets", "as", get_words),
    SD_BUS_VTABLE_END,
};

static const sd_bus_vtable group_table[] = {
    SD_BUS_VTABLE_START(0),
    ROW("Name", "s", get_string),
    ROW("State", "s", get_string),
    ROW("Reason", "s", get_string),
    ROW("Anonymous", "b", get_boolean),
    ROW("Temporary", "b", get_boolean),
    ROW("ConfigPath", "s", get_string),
    ROW("FailureDetectionMSec", "u", get_number),
    ROW("FailureDetectionInherited", "b", get_boolean),
    ROW("CurrentFailureDetectionMSec", "u", get_number),
    ROW("Failback", "b", get_boolean),
    ROW("FailbackInherited", "b", get_boolean),
    ROW("ProbeMethod", "s", get_string),
    ROW("ProbeTargets", "as", get_words),
    ROW("ProbeTargetsOnly", "b", get_boolean),
    ROW("ProbeFailures", "u", get_number),
    ROW("ProbeRepairs", "u", get_number),
    ROW("RepairDelayMSec", "u", get_number),
    ROW("Interfaces", "ao", get_members),
    ROW("ActiveInterfaces", "ao", get_members),
    ROW("InactiveInterfaces", "ao", get_members),
    ROW("Addresses", "aa{sv}", get_addresses),
    ROW("Failovers", "t", get_time),
    ROW("LastFailoverUSec", "t", get_time),
    SD_BUS_VTABLE_END,
};

static void add(sd_bus *bus, const char *interface, const sd_bus_vtable *table, Item *item)
{
    if (sd_bus_add_object_vtable(bus, NULL, item->path, interface, table, item) < 0)
        abort();
}

static void add_group(sd_bus *bus, int group, int n_members)
{
    Item *item = g_new0(Item, 1);

    item->path = g_strdup_printf(MANAGED_ROOT "/group/g%d", group);
    item->members = g_new0(char *, n_members + 1);
    for (int i = 0; i < n_members; i++) {
        Item *member = g_new0(Item, 1);
        member->path = g_strdup_printf(MANAGED_ROOT "/interface/e%d", group * n_members + i);
        item->members[i] = member->path;
        add(bus, "org.ipmp.Interface", interface_table, member);
    }
    add(bus, "org.ipmp.Group", group_table, item);
}

static int run_sd_bus(int n_groups, int n_members)
{
    sd_bus *bus = NULL;

    if (sd_bus_open_system(&bus) < 0 || sd_bus_add_object_manager(bus, NULL, MANAGED_ROOT) < 0)
        return 1;
    for (int i = 0; i < n_groups; i++)
        add_group(bus, i, n_members);
    if (sd_bus_request_name(bus, "org.ipmp", 0) < 0)
        return 1;
    for (;;) {
        int r = sd_bus_process(bus, NULL);
        if (r < 0 || (r == 0 && sd_bus_wait(bus, UINT64_MAX) < 0))
            return 1;
    }
}

int main(int argc, char **argv)
{
    if (argc != 4)
        return 2;
    if (strcmp(argv[1], "gdbus") == 0)
        return run_gdbus(atoi(argv[2]), atoi(argv[3]));
    return run_sd_bus(atoi(argv[2]), atoi(argv[3]));
}
