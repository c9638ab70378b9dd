/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bus-interface.h"

#include "bus-error.h"
#include "bus-properties.h"
#include "bus-value.h"
#include "clock.h"
#include "names.h"

struct _IpmpdBusInterface {
    IpmpDbusInterfaceSkeleton parent;
    IpmpdService *service;
    char *name;
    char *group;
    /* What was told last: the same moment converted to wall-clock time again would differ by some
     * microseconds, and be a change. */
    gint64 state_since_us;
    gint64 hold_until_us;
};

static void interface_init(IpmpDbusInterfaceIface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE(IpmpdBusInterface, ipmpd_bus_interface,
                              IPMP_DBUS_TYPE_INTERFACE_SKELETON,
                              G_IMPLEMENT_INTERFACE(IPMP_DBUS_TYPE_INTERFACE, interface_init))

static const IpmpdChange offline = {IPMPD_CHANGE_OFFLINE, IPMPD_OBJECT_INTERFACE, NULL};
static const IpmpdChange online = {IPMPD_CHANGE_ONLINE, IPMPD_OBJECT_INTERFACE, NULL};
static const IpmpdChange set_standby = {IPMPD_CHANGE_EDIT, IPMPD_OBJECT_INTERFACE,
                                        ipmpd_edit_set_standby};
static const IpmpdChange set_test_addresses = {IPMPD_CHANGE_EDIT, IPMPD_OBJECT_INTERFACE,
                                               ipmpd_edit_set_test_addresses};

static gboolean interface_change(IpmpDbusInterface *object, GDBusMethodInvocation *invocation,
                                 const IpmpdChange *change)
{
    IpmpdBusInterface *self = IPMPD_BUS_INTERFACE(object);
    GVariant *parameters = g_dbus_method_invocation_get_parameters(invocation);

    if (*self->group == '\0')
        ipmpd_error_return_literal(invocation, MP_ERROR_NOT_SUPPORTED,
                                   "an interface of no group is only watched");
    else
        ipmpd_service_change(self->service, invocation, change,
                             ipmpd_order_new(self->group, self->name, NULL, parameters), NULL);
    return TRUE;
}

static gboolean handle_offline(IpmpDbusInterface *object, GDBusMethodInvocation *invocation,
                               GVariant *options)
{
    return interface_change(object, invocation, &offline);
}

static gboolean handle_online(IpmpDbusInterface *object, GDBusMethodInvocation *invocation,
                              GVariant *options)
{
    return interface_change(object, invocation, &online);
}

static gboolean handle_set_standby(IpmpDbusInterface *object, GDBusMethodInvocation *invocation,
                                   gboolean standby, GVariant *options)
{
    return interface_change(object, invocation, &set_standby);
}

static gboolean handle_set_test_addresses(IpmpDbusInterface *object,
                                          GDBusMethodInvocation *invocation,
                                          const char *const *addresses, GVariant *options)
{
    return interface_change(object, invocation, &set_test_addresses);
}

/* Round-trip times and counters are asked of the engine: what is exported has them as they were. */
typedef struct {
    IpmpdBusInterface *self;
    GDBusMethodInvocation *invocation; /* taken by the answer */
    void (*answer)(IpmpDbusInterface *object, GDBusMethodInvocation *invocation,
                   const MpSnapshotInterface *member);
} Look;

static void look_free(Look *look)
{
    g_object_unref(look->self);
    g_free(look);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Look, look_free)

static void on_seen(GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr(Look) look = user_data;
    g_autoptr(GError) error = NULL;
    g_autoptr(MpSnapshot) snapshot =
        ipmpd_driver_look_finish(look->self->service->driver, result, &error);
    const MpSnapshotInterface *member =
        snapshot != NULL ? mp_snapshot_find_interface(snapshot, look->self->name) : NULL;

    if (snapshot == NULL)
        ipmpd_error_return(look->invocation, error);
    else if (member == NULL)
        ipmpd_error_return_literal(look->invocation, MP_ERROR_NO_SUCH_INTERFACE,
                                   "the interface has just left its group");
    else
        look->answer(IPMP_DBUS_INTERFACE(look->self), look->invocation, member);
}

static gboolean interface_look(IpmpDbusInterface *object, GDBusMethodInvocation *invocation,
                               void (*answer)(IpmpDbusInterface *object,
                                              GDBusMethodInvocation *invocation,
                                              const MpSnapshotInterface *member))
{
    Look *look = g_new0(Look, 1);

    look->self = g_object_ref(IPMPD_BUS_INTERFACE(object));
    look->invocation = invocation;
    look->answer = answer;
    ipmpd_driver_look(look->self->service->driver, look->self->name, on_seen, look);
    return TRUE;
}

static void answer_targets(IpmpDbusInterface *object, GDBusMethodInvocation *invocation,
                           const MpSnapshotInterface *member)
{
    GVariantBuilder b;

    g_variant_builder_init(&b, G_VARIANT_TYPE("aa{sv}"));
    for (guint i = 0; i < member->targets->len; i++)
        g_variant_builder_add_value(
            &b, ipmpd_value_target(&g_array_index(member->targets, MpSnapshotTarget, i)));
    ipmp_dbus_interface_complete_get_targets(object, invocation, g_variant_builder_end(&b));
}

static gboolean handle_get_targets(IpmpDbusInterface *object, GDBusMethodInvocation *invocation)
{
    return interface_look(object, invocation, answer_targets);
}

static void answer_statistics(IpmpDbusInterface *object, GDBusMethodInvocation *invocation,
                              const MpSnapshotInterface *member)
{
    ipmp_dbus_interface_complete_get_statistics(object, invocation, ipmpd_value_statistics(member));
}

static gboolean handle_get_statistics(IpmpDbusInterface *object, GDBusMethodInvocation *invocation)
{
    return interface_look(object, invocation, answer_statistics);
}

static void interface_init(IpmpDbusInterfaceIface *iface)
{
    iface->handle_offline = handle_offline;
    iface->handle_online = handle_online;
    iface->handle_set_standby = handle_set_standby;
    iface->handle_set_test_addresses = handle_set_test_addresses;
    iface->handle_get_targets = handle_get_targets;
    iface->handle_get_statistics = handle_get_statistics;
}

static void ipmpd_bus_interface_init(IpmpdBusInterface *self)
{
    ipmpd_bus_properties_follow(G_DBUS_INTERFACE_SKELETON(self));
    self->group = g_strdup("");
}

static void ipmpd_bus_interface_finalize(GObject *object)
{
    IpmpdBusInterface *self = IPMPD_BUS_INTERFACE(object);

    g_free(self->name);
    g_free(self->group);
    G_OBJECT_CLASS(ipmpd_bus_interface_parent_class)->finalize(object);
}

static GDBusInterfaceVTable *ipmpd_bus_interface_get_vtable(GDBusInterfaceSkeleton *skeleton)
{
    return ipmpd_method_guard();
}

static void ipmpd_bus_interface_class_init(IpmpdBusInterfaceClass *klass)
{
    G_OBJECT_CLASS(klass)->finalize = ipmpd_bus_interface_finalize;
    G_DBUS_INTERFACE_SKELETON_CLASS(klass)->get_vtable = ipmpd_bus_interface_get_vtable;
    ipmpd_bus_properties_keep(G_DBUS_INTERFACE_SKELETON_CLASS(klass));
}

IpmpdBusInterface *ipmpd_bus_interface_new(IpmpdService *service, const char *name)
{
    IpmpdBusInterface *self = g_object_new(IPMPD_TYPE_BUS_INTERFACE, "name", name, NULL);

    self->service = service;
    self->name = g_strdup(name);
    return self;
}

static void update_flags(IpmpDbusInterface *object, const MpSnapshotInterface *member)
{
    const char *flags[8] = {NULL};
    guint n = 0;

    if (member->index != 0 && member->link_state != MP_LINK_DOWN)
        flags[n++] = "running";
    if (member->state == MP_INTERFACE_FAILED)
        flags[n++] = "failed";
    if (member->standby)
        flags[n++] = "standby";
    if (member->inactive)
        flags[n++] = "inactive";
    if (member->state == MP_INTERFACE_OFFLINE)
        flags[n++] = "offline";
    if (member->duplicate)
        flags[n++] = "duplicate";
    if (member->state == MP_INTERFACE_MISSING)
        flags[n++] = "missing";
    ipmp_dbus_interface_set_flags(object, flags);
}

static void update_times(IpmpdBusInterface *self, const MpSnapshotInterface *member)
{
    IpmpDbusInterface *object = IPMP_DBUS_INTERFACE(self);

    if (self->state_since_us != member->state_since_us)
        ipmp_dbus_interface_set_state_since_usec(
            object, (guint64)ipmpd_clock_wall_us(member->state_since_us));
    if (self->hold_until_us != member->hold_until_us)
        ipmp_dbus_interface_set_hold_until_usec(
            object, (guint64)ipmpd_clock_wall_us(member->hold_until_us));
    self->state_since_us = member->state_since_us;
    self->hold_until_us = member->hold_until_us;
}

static void update_addresses(IpmpDbusInterface *object, const MpSnapshotInterface *member)
{
    g_auto(GStrv) addresses = ipmpd_value_addresses(member->addresses);
    g_auto(GStrv) test_addresses = ipmpd_value_addresses(member->test_addresses);

    ipmp_dbus_interface_set_addresses(object, (const char *const *)addresses);
    ipmp_dbus_interface_set_test_addresses(object, (const char *const *)test_addresses);
}

/* Those that are asked in turn; GetTargets tells of the others. */
static void update_targets(IpmpDbusInterface *object, const MpSnapshotInterface *member)
{
    g_autoptr(GStrvBuilder) builder = g_strv_builder_new();
    g_auto(GStrv) targets = NULL;

    for (guint i = 0; i < member->targets->len; i++) {
        const MpSnapshotTarget *target = &g_array_index(member->targets, MpSnapshotTarget, i);
        char buf[MP_ADDRESS_STRING_MAX];

        if (target->state == MP_TARGET_ACTIVE)
            g_strv_builder_add(builder, mp_address_format_host(&target->address, buf));
    }
    targets = g_strv_builder_end(builder);
    ipmp_dbus_interface_set_targets(object, (const char *const *)targets);
    ipmp_dbus_interface_set_target_mode(object, mp_target_mode_to_string(member->target_mode));
}

void ipmpd_bus_interface_update(IpmpdBusInterface *self, const MpSnapshotInterface *member)
{
    IpmpDbusInterface *object = IPMP_DBUS_INTERFACE(self);
    g_autofree char *group = ipmpd_path_group(member->group);

    g_free(self->group);
    self->group = g_strdup(member->group);
    ipmp_dbus_interface_set_index(object, member->index);
    ipmp_dbus_interface_set_hardware_address(object, member->hardware_address);
    ipmp_dbus_interface_set_group(object, group);
    ipmp_dbus_interface_set_state(object, mp_interface_state_to_string(member->state));
    ipmp_dbus_interface_set_link_state(object, mp_link_state_to_string(member->link_state));
    ipmp_dbus_interface_set_probe_state(object, mp_probe_state_to_string(member->probe_state));
    ipmp_dbus_interface_set_active(object, member->active);
    ipmp_dbus_interface_set_standby(object, member->standby);
    ipmp_dbus_interface_set_reason(object, ipmpd_value_reason(member->reason));
    update_flags(object, member);
    update_times(self, member);
    update_addresses(object, member);
    update_targets(object, member);
}
