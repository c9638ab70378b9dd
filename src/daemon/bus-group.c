/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bus-group.h"

#include "bus-error.h"
#include "bus-properties.h"
#include "bus-value.h"
#include "clock.h"
#include "names.h"

struct _IpmpdBusGroup {
    IpmpDbusGroupSkeleton parent;
    IpmpdService *service;
    char *name;
    gint64 last_failover_us; /* as told last */
};

static void interface_init(IpmpDbusGroupIface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE(IpmpdBusGroup, ipmpd_bus_group, IPMP_DBUS_TYPE_GROUP_SKELETON,
                              G_IMPLEMENT_INTERFACE(IPMP_DBUS_TYPE_GROUP, interface_init))

#define EDIT(name)                                                                                 \
    static const IpmpdChange name = {IPMPD_CHANGE_EDIT, IPMPD_OBJECT_GROUP, ipmpd_edit_##name}

EDIT(add_interface);
EDIT(remove_interface);
EDIT(add_address);
EDIT(remove_address);
EDIT(configure);
EDIT(save);
EDIT(delete);

#undef EDIT

static const IpmpdChange take_back_address = {IPMPD_CHANGE_TAKE_BACK, IPMPD_OBJECT_GROUP,
                                              ipmpd_edit_add_address};
static const IpmpdChange remove_adopted = {IPMPD_CHANGE_REMOVE_ADOPTED, IPMPD_OBJECT_GROUP, NULL};

/* `reply_path` is taken. */
static gboolean group_change(IpmpDbusGroup *object, GDBusMethodInvocation *invocation,
                             const IpmpdChange *change, const char *interface, const char *address,
                             char *reply_path)
{
    IpmpdBusGroup *self = IPMPD_BUS_GROUP(object);
    GVariant *parameters = g_dbus_method_invocation_get_parameters(invocation);

    if (*self->name == '\0') {
        g_free(reply_path);
        ipmpd_error_return_literal(invocation, MP_ERROR_NOT_SUPPORTED,
                                   "the anonymous group is only watched");
        return TRUE;
    }
    ipmpd_service_change(self->service, invocation, change,
                         ipmpd_order_new(self->name, interface, address, parameters), reply_path);
    return TRUE;
}

static gboolean handle_add_interface(IpmpDbusGroup *object, GDBusMethodInvocation *invocation,
                                     const char *name, GVariant *options)
{
    return group_change(object, invocation, &add_interface, name, NULL, ipmpd_path_interface(name));
}

static gboolean handle_remove_interface(IpmpDbusGroup *object, GDBusMethodInvocation *invocation,
                                        const char *name, GVariant *options)
{
    return group_change(object, invocation, &remove_interface, name, NULL, NULL);
}

static const MpSnapshotAddress *find_address(IpmpdBusGroup *self, const char *text)
{
    const MpSnapshotGroup *group = mp_snapshot_find_group(self->service->snapshot, self->name);
    MpAddress address;

    if (group == NULL || !mp_address_parse(text, MP_PREFIX_REQUIRED, &address, NULL))
        return NULL;
    for (guint i = 0; i < group->addresses->len; i++) {
        const MpSnapshotAddress *entry = group->addresses->pdata[i];

        if (mp_address_equal(&entry->address, &address))
            return entry;
    }
    return NULL;
}

static gboolean handle_add_address(IpmpDbusGroup *object, GDBusMethodInvocation *invocation,
                                   const char *address, GVariant *options)
{
    const MpSnapshotAddress *entry = find_address(IPMPD_BUS_GROUP(object), address);
    gboolean withdrawn = entry != NULL && entry->state == MP_ADDRESS_WITHDRAWN;
    const char *home = NULL;

    /* Of another type it is refused with the other options. */
    g_variant_lookup(options, "interface", "&s", &home);
    return group_change(object, invocation, withdrawn ? &take_back_address : &add_address, home,
                        address, NULL);
}

static gboolean handle_remove_address(IpmpDbusGroup *object, GDBusMethodInvocation *invocation,
                                      const char *address, GVariant *options)
{
    const MpSnapshotAddress *entry = find_address(IPMPD_BUS_GROUP(object), address);
    gboolean adopted = entry != NULL && entry->source == MP_SOURCE_ADOPTED;

    return group_change(object, invocation, adopted ? &remove_adopted : &remove_address, NULL,
                        address, NULL);
}

static gboolean handle_configure(IpmpDbusGroup *object, GDBusMethodInvocation *invocation,
                                 GVariant *settings, GVariant *options)
{
    return group_change(object, invocation, &configure, NULL, NULL, NULL);
}

static gboolean handle_save(IpmpDbusGroup *object, GDBusMethodInvocation *invocation,
                            GVariant *options)
{
    return group_change(object, invocation, &save, NULL, NULL, NULL);
}

static gboolean handle_delete(IpmpDbusGroup *object, GDBusMethodInvocation *invocation,
                              GVariant *options)
{
    return group_change(object, invocation, &delete, NULL, NULL, NULL);
}

static void interface_init(IpmpDbusGroupIface *iface)
{
    iface->handle_add_interface = handle_add_interface;
    iface->handle_remove_interface = handle_remove_interface;
    iface->handle_add_address = handle_add_address;
    iface->handle_remove_address = handle_remove_address;
    iface->handle_configure = handle_configure;
    iface->handle_save = handle_save;
    iface->handle_delete = handle_delete;
}

static void ipmpd_bus_group_init(IpmpdBusGroup *self)
{
    ipmpd_bus_properties_follow(G_DBUS_INTERFACE_SKELETON(self));
}

static void ipmpd_bus_group_finalize(GObject *object)
{
    g_free(IPMPD_BUS_GROUP(object)->name);
    G_OBJECT_CLASS(ipmpd_bus_group_parent_class)->finalize(object);
}

static GDBusInterfaceVTable *ipmpd_bus_group_get_vtable(GDBusInterfaceSkeleton *skeleton)
{
    return ipmpd_method_guard();
}

static void ipmpd_bus_group_class_init(IpmpdBusGroupClass *klass)
{
    G_OBJECT_CLASS(klass)->finalize = ipmpd_bus_group_finalize;
    G_DBUS_INTERFACE_SKELETON_CLASS(klass)->get_vtable = ipmpd_bus_group_get_vtable;
    ipmpd_bus_properties_keep(G_DBUS_INTERFACE_SKELETON_CLASS(klass));
}

IpmpdBusGroup *ipmpd_bus_group_new(IpmpdService *service, const char *name)
{
    IpmpdBusGroup *self =
        g_object_new(IPMPD_TYPE_BUS_GROUP, "name", name, "anonymous", *name == '\0', NULL);

    self->service = service;
    self->name = g_strdup(name);
    return self;
}

static gboolean is_member(const MpSnapshotInterface *member)
{
    return TRUE;
}

static gboolean is_active(const MpSnapshotInterface *member)
{
    return member->active;
}

static gboolean is_inactive(const MpSnapshotInterface *member)
{
    return member->inactive;
}

static GStrv member_paths(const MpSnapshotGroup *group,
                          gboolean (*wanted)(const MpSnapshotInterface *member))
{
    g_autoptr(GStrvBuilder) paths = g_strv_builder_new();

    for (guint i = 0; i < group->interfaces->len; i++) {
        const MpSnapshotInterface *member = group->interfaces->pdata[i];

        if (wanted(member)) {
            g_autofree char *path = ipmpd_path_interface(member->name);
            g_strv_builder_add(paths, path);
        }
    }
    return g_strv_builder_end(paths);
}

/* 0: nothing is probed. */
static guint current_detection_ms(const MpSnapshotGroup *group)
{
    for (guint i = 0; i < group->interfaces->len; i++) {
        const MpSnapshotInterface *member = group->interfaces->pdata[i];

        if (member->probe_state != MP_PROBE_DISABLED)
            return group->detection_ms;
    }
    return 0;
}

static void update_members(IpmpDbusGroup *object, const MpSnapshotGroup *group)
{
    g_auto(GStrv) all = member_paths(group, is_member);
    g_auto(GStrv) active = member_paths(group, is_active);
    g_auto(GStrv) inactive = member_paths(group, is_inactive);

    ipmp_dbus_group_set_interfaces(object, (const char *const *)all);
    ipmp_dbus_group_set_active_interfaces(object, (const char *const *)active);
    ipmp_dbus_group_set_inactive_interfaces(object, (const char *const *)inactive);
}

static void update_settings(IpmpDbusGroup *object, const MpGroupConfig *config)
{
    g_auto(GStrv) targets = ipmpd_value_hosts(config->probe_targets);

    ipmp_dbus_group_set_failure_detection_msec(object, config->failure_detection_ms);
    ipmp_dbus_group_set_failure_detection_inherited(object, config->failure_detection_inherited);
    ipmp_dbus_group_set_failback(object, config->failback);
    ipmp_dbus_group_set_failback_inherited(object, config->failback_inherited);
    ipmp_dbus_group_set_probe_method(object, mp_probe_method_to_string(config->probe_method));
    ipmp_dbus_group_set_probe_targets(object, (const char *const *)targets);
    ipmp_dbus_group_set_probe_targets_only(object, config->probe_targets_only);
    ipmp_dbus_group_set_probe_failures(object, config->probe_failures);
    ipmp_dbus_group_set_probe_repairs(object, config->probe_repairs);
    ipmp_dbus_group_set_repair_delay_msec(object, config->repair_delay_ms);
}

void ipmpd_bus_group_update_origin(IpmpdBusGroup *self, const MpGroupConfig *config)
{
    IpmpDbusGroup *object = IPMP_DBUS_GROUP(self);

    ipmp_dbus_group_set_temporary(object, config->origin == MP_ORIGIN_RUNTIME);
    ipmp_dbus_group_set_config_path(object, config->path != NULL ? config->path : "");
}

void ipmpd_bus_group_update(IpmpdBusGroup *self, const MpSnapshotGroup *group)
{
    IpmpDbusGroup *object = IPMP_DBUS_GROUP(self);

    ipmp_dbus_group_set_state(object, mp_group_state_to_string(group->state));
    ipmp_dbus_group_set_reason(object, ipmpd_value_reason(group->reason));
    ipmp_dbus_group_set_current_failure_detection_msec(object, current_detection_ms(group));
    ipmp_dbus_group_set_addresses(object, ipmpd_value_group_addresses(group));
    ipmp_dbus_group_set_failovers(object, group->failovers);
    if (self->last_failover_us != group->last_failover_us)
        ipmp_dbus_group_set_last_failover_usec(
            object, (guint64)ipmpd_clock_wall_us(group->last_failover_us));
    self->last_failover_us = group->last_failover_us;
    if (group->config != NULL)
        update_settings(object, group->config);
    update_members(object, group);
}
