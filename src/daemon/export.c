/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "export.h"

#include "bus-group.h"
#include "bus-interface.h"
#include "bus-manager.h"
#include "bus-value.h"
#include "names.h"

struct IpmpdExport {
    IpmpdService *service;
    GDBusObjectManagerServer *objects;
    IpmpdBusManager *manager;
    GHashTable *groups;     /* name -> IpmpdBusGroup */
    GHashTable *interfaces; /* name -> IpmpdBusInterface */
};

static void export_add(IpmpdExport *self, const char *path, gpointer skeleton)
{
    g_autoptr(IpmpDbusObjectSkeleton) object = ipmp_dbus_object_skeleton_new(path);

    g_dbus_object_skeleton_add_interface(G_DBUS_OBJECT_SKELETON(object), skeleton);
    g_dbus_object_manager_server_export(self->objects, G_DBUS_OBJECT_SKELETON(object));
}

static void update_group(IpmpdExport *self, const MpSnapshotGroup *group)
{
    const MpGroupConfig *config =
        mp_config_find(ipmpd_changes_get_config(self->service->changes), group->name);
    IpmpdBusGroup *skeleton = g_hash_table_lookup(self->groups, group->name);
    gboolean is_new = skeleton == NULL;

    if (is_new) {
        skeleton = ipmpd_bus_group_new(self->service, group->name);
        g_hash_table_insert(self->groups, g_strdup(group->name), skeleton);
    }
    ipmpd_bus_group_update(skeleton, group);
    if (config != NULL)
        ipmpd_bus_group_update_origin(skeleton, config);
    if (is_new) {
        g_autofree char *path = ipmpd_path_group(group->name);
        export_add(self, path, skeleton);
    }
}

static void update_interface(IpmpdExport *self, const MpSnapshotInterface *member)
{
    IpmpdBusInterface *skeleton = g_hash_table_lookup(self->interfaces, member->name);
    gboolean is_new = skeleton == NULL;

    if (is_new) {
        skeleton = ipmpd_bus_interface_new(self->service, member->name);
        g_hash_table_insert(self->interfaces, g_strdup(member->name), skeleton);
    }
    ipmpd_bus_interface_update(skeleton, member);
    if (is_new) {
        g_autofree char *path = ipmpd_path_interface(member->name);
        export_add(self, path, skeleton);
    }
}

static void drop_gone_groups(IpmpdExport *self)
{
    GHashTableIter iter;
    gpointer name;

    g_hash_table_iter_init(&iter, self->groups);
    while (g_hash_table_iter_next(&iter, &name, NULL)) {
        g_autofree char *path = NULL;

        if (mp_snapshot_find_group(self->service->snapshot, name) != NULL)
            continue;
        path = ipmpd_path_group(name);
        g_dbus_object_manager_server_unexport(self->objects, path);
        g_hash_table_iter_remove(&iter);
    }
}

static void drop_gone_interfaces(IpmpdExport *self)
{
    GHashTableIter iter;
    gpointer name;

    g_hash_table_iter_init(&iter, self->interfaces);
    while (g_hash_table_iter_next(&iter, &name, NULL)) {
        g_autofree char *path = NULL;

        if (mp_snapshot_find_interface(self->service->snapshot, name) != NULL)
            continue;
        path = ipmpd_path_interface(name);
        g_dbus_object_manager_server_unexport(self->objects, path);
        g_hash_table_iter_remove(&iter);
    }
}

void ipmpd_export_update(IpmpdExport *self)
{
    const MpSnapshot *snapshot = self->service->snapshot;

    drop_gone_groups(self);
    drop_gone_interfaces(self);
    for (guint i = 0; i < snapshot->groups->len; i++) {
        const MpSnapshotGroup *group = snapshot->groups->pdata[i];

        for (guint j = 0; j < group->interfaces->len; j++)
            update_interface(self, group->interfaces->pdata[j]);
        update_group(self, group);
    }
    ipmpd_bus_manager_update(self->manager);
}

static void flush_all(GHashTable *skeletons)
{
    GHashTableIter iter;
    gpointer skeleton;

    g_hash_table_iter_init(&iter, skeletons);
    while (g_hash_table_iter_next(&iter, NULL, &skeleton))
        g_dbus_interface_skeleton_flush(skeleton);
}

void ipmpd_export_flush(IpmpdExport *self)
{
    g_dbus_interface_skeleton_flush(G_DBUS_INTERFACE_SKELETON(self->manager));
    flush_all(self->groups);
    flush_all(self->interfaces);
}

static void emit_interface_state(IpmpdExport *self, const MpNotice *notice)
{
    IpmpDbusInterface *object = g_hash_table_lookup(self->interfaces, notice->interface);

    if (object != NULL)
        ipmp_dbus_interface_emit_state_changed(object, notice->from, notice->to,
                                               ipmpd_value_reason(notice->reason));
}

static void emit_group_state(IpmpDbusGroup *object, const MpNotice *notice)
{
    const char *failed = mp_group_state_to_string(MP_GROUP_FAILED);

    if (g_str_equal(notice->to, failed))
        ipmp_dbus_group_emit_failed(object);
    else if (g_str_equal(notice->from, failed))
        ipmp_dbus_group_emit_repaired(object);
}

static void emit_address_moved(IpmpDbusGroup *object, const MpNotice *notice)
{
    g_autofree char *from = ipmpd_path_interface_or_root(notice->from);
    g_autofree char *to = ipmpd_path_interface_or_root(notice->to);
    char address[MP_ADDRESS_STRING_MAX];

    ipmp_dbus_group_emit_address_moved(object, mp_address_format(&notice->address, address), from,
                                       to, ipmpd_value_reason(notice->reason));
}

void ipmpd_export_emit(IpmpdExport *self, const IpmpdHistoryEntry *entry)
{
    const MpNotice *notice = &entry->notice;
    IpmpDbusGroup *group = g_hash_table_lookup(self->groups, notice->group);

    ipmp_dbus_manager_emit_event(IPMP_DBUS_MANAGER(self->manager), ipmpd_value_event(entry));
    if (notice->kind == MP_NOTICE_INTERFACE_STATE)
        emit_interface_state(self, notice);
    else if (notice->kind == MP_NOTICE_GROUP_STATE && group != NULL)
        emit_group_state(group, notice);
    else if (notice->kind == MP_NOTICE_ADDRESS_MOVED && group != NULL)
        emit_address_moved(group, notice);
}

GPtrArray *ipmpd_export_list_groups(IpmpdExport *self)
{
    const MpSnapshot *snapshot = self->service->snapshot;
    GPtrArray *list = g_ptr_array_new();

    for (guint i = 0; i < snapshot->groups->len; i++) {
        const MpSnapshotGroup *group = snapshot->groups->pdata[i];
        g_ptr_array_add(list, g_hash_table_lookup(self->groups, group->name));
    }
    return list;
}

GPtrArray *ipmpd_export_list_interfaces(IpmpdExport *self)
{
    const MpSnapshot *snapshot = self->service->snapshot;
    GPtrArray *list = g_ptr_array_new();

    for (guint i = 0; i < snapshot->groups->len; i++) {
        const MpSnapshotGroup *group = snapshot->groups->pdata[i];

        for (guint j = 0; j < group->interfaces->len; j++) {
            const MpSnapshotInterface *member = group->interfaces->pdata[j];
            g_ptr_array_add(list, g_hash_table_lookup(self->interfaces, member->name));
        }
    }
    return list;
}

IpmpdExport *ipmpd_export_new(GDBusConnection *bus, IpmpdService *service, GError **error)
{
    g_autoptr(IpmpdExport) self = g_new0(IpmpdExport, 1);

    self->service = service;
    self->objects = g_dbus_object_manager_server_new(IPMPD_PATH);
    self->manager = ipmpd_bus_manager_new(service);
    self->groups = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_object_unref);
    self->interfaces = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_object_unref);
    ipmpd_export_update(self);
    if (!g_dbus_interface_skeleton_export(G_DBUS_INTERFACE_SKELETON(self->manager), bus, IPMPD_PATH,
                                          error))
        return NULL;
    g_dbus_object_manager_server_set_connection(self->objects, bus);
    return g_steal_pointer(&self);
}

void ipmpd_export_free(IpmpdExport *self)
{
    GDBusInterfaceSkeleton *manager = G_DBUS_INTERFACE_SKELETON(self->manager);

    if (g_dbus_interface_skeleton_get_connection(manager) != NULL)
        g_dbus_interface_skeleton_unexport(manager);
    g_dbus_object_manager_server_set_connection(self->objects, NULL);
    g_object_unref(self->manager);
    g_object_unref(self->objects);
    g_hash_table_unref(self->groups);
    g_hash_table_unref(self->interfaces);
    g_free(self);
}
