/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bus-properties.h"

#define KEPT "ipmpd-bus-properties"

static GVariant *properties_get(GDBusInterfaceSkeleton *skeleton)
{
    GVariant *properties = g_object_get_data(G_OBJECT(skeleton), KEPT);

    if (properties == NULL) {
        gpointer generated = g_type_class_peek(g_type_parent(G_OBJECT_TYPE(skeleton)));
        properties = g_variant_take_ref(
            G_DBUS_INTERFACE_SKELETON_CLASS(generated)->get_properties(skeleton));
        g_variant_get_data(properties); /* from now on it is bytes, no tree of values */
        g_object_set_data_full(G_OBJECT(skeleton), KEPT, properties,
                               (GDestroyNotify)g_variant_unref);
    }
    return g_variant_ref(properties);
}

static void on_notify(GObject *skeleton)
{
    g_object_set_data(skeleton, KEPT, NULL);
}

void ipmpd_bus_properties_keep(GDBusInterfaceSkeletonClass *klass)
{
    klass->get_properties = properties_get;
}

void ipmpd_bus_properties_follow(GDBusInterfaceSkeleton *skeleton)
{
    g_signal_connect(skeleton, "notify", G_CALLBACK(on_notify), NULL);
}
