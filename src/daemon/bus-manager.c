/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bus-manager.h"

#include "arguments.h"
#include "bus-check.h"
#include "bus-error.h"
#include "bus-properties.h"
#include "bus-value.h"
#include "bus-watch.h"
#include "describe.h"
#include "export.h"
#include "names.h"

struct _IpmpdBusManager {
    IpmpDbusManagerSkeleton parent;
    IpmpdService *service;
};

static void interface_init(IpmpDbusManagerIface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE(IpmpdBusManager, ipmpd_bus_manager, IPMP_DBUS_TYPE_MANAGER_SKELETON,
                              G_IMPLEMENT_INTERFACE(IPMP_DBUS_TYPE_MANAGER, interface_init))

static const IpmpdChange create_group = {IPMPD_CHANGE_EDIT, IPMPD_OBJECT_MANAGER,
                                         ipmpd_edit_create_group};
static const IpmpdChange set_defaults = {IPMPD_CHANGE_EDIT, IPMPD_OBJECT_MANAGER,
                                         ipmpd_edit_set_defaults};
static const IpmpdChange reload = {IPMPD_CHANGE_RELOAD, IPMPD_OBJECT_MANAGER, NULL};

static const IpmpdArgument no_options[] = {{NULL, NULL}};

static gboolean manager_change(IpmpDbusManager *object, GDBusMethodInvocation *invocation,
                               const IpmpdChange *change, const char *group, char *reply_path)
{
    IpmpdService *service = IPMPD_BUS_MANAGER(object)->service;
    GVariant *parameters = g_dbus_method_invocation_get_parameters(invocation);

    ipmpd_service_change(service, invocation, change,
                         ipmpd_order_new(group, NULL, NULL, parameters), reply_path);
    return TRUE;
}

static gboolean handle_create_group(IpmpDbusManager *object, GDBusMethodInvocation *invocation,
                                    const char *name, const char *const *interfaces,
                                    GVariant *options)
{
    return manager_change(object, invocation, &create_group, name, ipmpd_path_group(name));
}

static gboolean handle_set_defaults(IpmpDbusManager *object, GDBusMethodInvocation *invocation,
                                    GVariant *settings, GVariant *options)
{
    return manager_change(object, invocation, &set_defaults, NULL, NULL);
}

static gboolean handle_reload(IpmpDbusManager *object, GDBusMethodInvocation *invocation,
                              GVariant *options)
{
    return manager_change(object, invocation, &reload, NULL, NULL);
}

static void return_missing(GDBusMethodInvocation *invocation, MpError code, const char *what,
                           const char *name)
{
    g_autoptr(GError) error = g_error_new(MP_ERROR, code, "there is no %s \"%s\"", what, name);

    ipmpd_error_return(invocation, error);
}

static gboolean handle_get_group(IpmpDbusManager *object, GDBusMethodInvocation *invocation,
                                 const char *name)
{
    IpmpdService *service = IPMPD_BUS_MANAGER(object)->service;
    g_autofree char *path = ipmpd_path_group(name);

    if (mp_snapshot_find_group(service->snapshot, name) == NULL)
        return_missing(invocation, MP_ERROR_NO_SUCH_GROUP, "group", name);
    else
        ipmp_dbus_manager_complete_get_group(object, invocation, path);
    return TRUE;
}

static gboolean handle_get_interface(IpmpDbusManager *object, GDBusMethodInvocation *invocation,
                                     const char *name)
{
    IpmpdService *service = IPMPD_BUS_MANAGER(object)->service;
    g_autofree char *path = ipmpd_path_interface(name);

    if (mp_snapshot_find_interface(service->snapshot, name) == NULL)
        return_missing(invocation, MP_ERROR_NO_SUCH_INTERFACE, "member", name);
    else
        ipmp_dbus_manager_complete_get_interface(object, invocation, path);
    return TRUE;
}

/* FALSE: answered with an error. */
static gboolean options_accept(GDBusMethodInvocation *invocation, GVariant *options,
                               const IpmpdArgument *allowed)
{
    g_autoptr(GError) error = NULL;

    if (ipmpd_arguments_check(options, allowed, "option", &error))
        return TRUE;
    ipmpd_error_return(invocation, error);
    return FALSE;
}

static gboolean handle_list_devices(IpmpDbusManager *object, GDBusMethodInvocation *invocation,
                                    GVariant *options)
{
    IpmpdService *service = IPMPD_BUS_MANAGER(object)->service;
    GVariantBuilder b;

    if (!options_accept(invocation, options, no_options))
        return TRUE;
    g_variant_builder_init(&b, G_VARIANT_TYPE("aa{sv}"));
    for (guint i = 0; i < service->snapshot->devices->len; i++)
        g_variant_builder_add_value(&b, ipmpd_value_device(service->snapshot->devices->pdata[i]));
    ipmp_dbus_manager_complete_list_devices(object, invocation, g_variant_builder_end(&b));
    return TRUE;
}

static gboolean handle_history(IpmpDbusManager *object, GDBusMethodInvocation *invocation,
                               guint limit)
{
    IpmpdService *service = IPMPD_BUS_MANAGER(object)->service;
    GVariantBuilder b;

    if (limit < 1 || limit > IPMPD_HISTORY_CAPACITY) {
        g_autoptr(GError) error =
            g_error_new(MP_ERROR, MP_ERROR_INVALID_ARGUMENT, "limit: %u is not in 1 to %u", limit,
                        IPMPD_HISTORY_CAPACITY);
        ipmpd_error_return(invocation, error);
        return TRUE;
    }
    g_variant_builder_init(&b, G_VARIANT_TYPE("aa{sv}"));
    for (guint i = 0; i < MIN(limit, ipmpd_history_length(service->history)); i++)
        g_variant_builder_add_value(&b, ipmpd_value_event(ipmpd_history_get(service->history, i)));
    ipmp_dbus_manager_complete_history(object, invocation, g_variant_builder_end(&b));
    return TRUE;
}

static gboolean handle_describe(IpmpDbusManager *object, GDBusMethodInvocation *invocation)
{
    IpmpdService *service = IPMPD_BUS_MANAGER(object)->service;
    g_autoptr(GPtrArray) groups = ipmpd_export_list_groups(service->export);
    g_autoptr(GPtrArray) interfaces = ipmpd_export_list_interfaces(service->export);
    g_autofree char *json = ipmpd_describe(G_DBUS_INTERFACE_SKELETON(object), groups, interfaces);

    ipmp_dbus_manager_complete_describe(object, invocation, json);
    return TRUE;
}

static gboolean handle_watch_probes(IpmpDbusManager *object, GDBusMethodInvocation *invocation,
                                    GVariant *options)
{
    ipmpd_bus_watch_probes(IPMPD_BUS_MANAGER(object)->service, invocation, options);
    return TRUE;
}

static gboolean handle_unwatch_probes(IpmpDbusManager *object, GDBusMethodInvocation *invocation,
                                      GVariant *options)
{
    ipmpd_bus_unwatch_probes(IPMPD_BUS_MANAGER(object)->service, invocation, options);
    return TRUE;
}

static gboolean handle_check(IpmpDbusManager *object, GDBusMethodInvocation *invocation,
                             GVariant *options)
{
    ipmpd_bus_check(IPMPD_BUS_MANAGER(object)->service, invocation, options);
    return TRUE;
}

static void interface_init(IpmpDbusManagerIface *iface)
{
    iface->handle_create_group = handle_create_group;
    iface->handle_get_group = handle_get_group;
    iface->handle_get_interface = handle_get_interface;
    iface->handle_list_devices = handle_list_devices;
    iface->handle_set_defaults = handle_set_defaults;
    iface->handle_reload = handle_reload;
    iface->handle_watch_probes = handle_watch_probes;
    iface->handle_unwatch_probes = handle_unwatch_probes;
    iface->handle_history = handle_history;
    iface->handle_check = handle_check;
    iface->handle_describe = handle_describe;
}

static void ipmpd_bus_manager_init(IpmpdBusManager *self)
{
    ipmpd_bus_properties_follow(G_DBUS_INTERFACE_SKELETON(self));
}

static GDBusInterfaceVTable *ipmpd_bus_manager_get_vtable(GDBusInterfaceSkeleton *skeleton)
{
    return ipmpd_method_guard();
}

static void ipmpd_bus_manager_class_init(IpmpdBusManagerClass *klass)
{
    G_DBUS_INTERFACE_SKELETON_CLASS(klass)->get_vtable = ipmpd_bus_manager_get_vtable;
    ipmpd_bus_properties_keep(G_DBUS_INTERFACE_SKELETON_CLASS(klass));
}

IpmpdBusManager *ipmpd_bus_manager_new(IpmpdService *service)
{
    IpmpdBusManager *self = g_object_new(IPMPD_TYPE_BUS_MANAGER, "version", IPMPD_VERSION, NULL);

    self->service = service;
    return self;
}

static void update_paths(IpmpDbusManager *object, const MpSnapshot *snapshot)
{
    g_autoptr(GStrvBuilder) groups = g_strv_builder_new();
    g_autoptr(GStrvBuilder) interfaces = g_strv_builder_new();
    g_auto(GStrv) group_paths = NULL;
    g_auto(GStrv) interface_paths = NULL;

    for (guint i = 0; i < snapshot->groups->len; i++) {
        const MpSnapshotGroup *group = snapshot->groups->pdata[i];
        g_autofree char *path = ipmpd_path_group(group->name);

        g_strv_builder_add(groups, path);
        for (guint j = 0; j < group->interfaces->len; j++) {
            const MpSnapshotInterface *member = group->interfaces->pdata[j];
            g_autofree char *member_path = ipmpd_path_interface(member->name);

            g_strv_builder_add(interfaces, member_path);
        }
    }
    group_paths = g_strv_builder_end(groups);
    interface_paths = g_strv_builder_end(interfaces);
    ipmp_dbus_manager_set_groups(object, (const char *const *)group_paths);
    ipmp_dbus_manager_set_interfaces(object, (const char *const *)interface_paths);
}

void ipmpd_bus_manager_update(IpmpdBusManager *self)
{
    IpmpDbusManager *object = IPMP_DBUS_MANAGER(self);
    const MpSnapshot *snapshot = self->service->snapshot;
    const MpDefaults *defaults = &snapshot->defaults;

    ipmp_dbus_manager_set_state(object, mp_group_state_to_string(mp_snapshot_state(snapshot)));
    ipmp_dbus_manager_set_default_failure_detection_msec(object, defaults->failure_detection_ms);
    ipmp_dbus_manager_set_default_failback(object, defaults->failback);
    ipmp_dbus_manager_set_track_ungrouped(object, defaults->track_ungrouped);
    ipmp_dbus_manager_set_link_poll_msec(object, defaults->link_poll_ms);
    ipmp_dbus_manager_set_config_errors(object, ipmpd_changes_get_errors(self->service->changes));
    update_paths(object, snapshot);
}
