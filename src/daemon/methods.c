/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "authority.h"
#include "bus-error.h"
#include "names.h"

/* Ten times what the largest group needs. Arguments are parsed before anybody is asked whether the
 * caller may: without a limit anybody could have us read 32 MiB of names. */
#define PARAMETERS_MAX (1u << 20) /* bytes */

static const IpmpdMethod methods[] = {
    {IPMPD_MANAGER, "CreateGroup", IPMPD_ACTION_MANAGE_GROUPS},
    {IPMPD_MANAGER, "GetGroup", NULL},
    {IPMPD_MANAGER, "GetInterface", NULL},
    {IPMPD_MANAGER, "ListDevices", NULL},
    {IPMPD_MANAGER, "SetDefaults", IPMPD_ACTION_MANAGE_GROUPS},
    {IPMPD_MANAGER, "Reload", IPMPD_ACTION_MANAGE_GROUPS},
    {IPMPD_MANAGER, "WatchProbes", IPMPD_ACTION_WATCH_PROBES},
    {IPMPD_MANAGER, "UnwatchProbes", NULL},
    {IPMPD_MANAGER, "History", NULL},
    {IPMPD_MANAGER, "Check", IPMPD_ACTION_WATCH_PROBES},
    {IPMPD_MANAGER, "Describe", NULL},
    {IPMPD_GROUP, "AddInterface", IPMPD_ACTION_CONFIGURE},
    {IPMPD_GROUP, "RemoveInterface", IPMPD_ACTION_CONFIGURE},
    {IPMPD_GROUP, "AddAddress", IPMPD_ACTION_CONFIGURE},
    {IPMPD_GROUP, "RemoveAddress", IPMPD_ACTION_CONFIGURE},
    {IPMPD_GROUP, "Configure", IPMPD_ACTION_CONFIGURE},
    {IPMPD_GROUP, "Save", IPMPD_ACTION_CONFIGURE},
    {IPMPD_GROUP, "Delete", IPMPD_ACTION_MANAGE_GROUPS},
    {IPMPD_INTERFACE, "Offline", IPMPD_ACTION_CHANGE_STATE},
    {IPMPD_INTERFACE, "Online", IPMPD_ACTION_CHANGE_STATE},
    {IPMPD_INTERFACE, "SetStandby", IPMPD_ACTION_CONFIGURE},
    {IPMPD_INTERFACE, "SetTestAddresses", IPMPD_ACTION_CONFIGURE},
    {IPMPD_INTERFACE, "GetTargets", NULL},
    {IPMPD_INTERFACE, "GetStatistics", NULL},
};

const IpmpdMethod *ipmpd_method_table(guint *out_n)
{
    *out_n = G_N_ELEMENTS(methods);
    return methods;
}

const IpmpdMethod *ipmpd_method_find(const char *interface, const char *method)
{
    for (guint i = 0; i < G_N_ELEMENTS(methods); i++) {
        if (g_str_equal(methods[i].interface, interface) && g_str_equal(methods[i].method, method))
            return &methods[i];
    }
    return NULL;
}

static GDBusInterfaceVTable *skeleton_get_own_vtable(gpointer skeleton)
{
    /* Ours are final classes: the parent is the generated one. */
    GDBusInterfaceSkeletonClass *generated = g_type_class_peek_parent(G_OBJECT_GET_CLASS(skeleton));

    return generated->get_vtable(skeleton);
}

static void guard_call_method(GDBusConnection *connection, const char *sender, const char *path,
                              const char *interface, const char *method, GVariant *parameters,
                              GDBusMethodInvocation *invocation, gpointer skeleton)
{
    if (ipmpd_method_find(interface, method) == NULL) {
        g_autoptr(GError) error = g_error_new(IPMPD_ACCESS, IPMPD_ACCESS_DENIED,
                                              "%s.%s is not open to anybody", interface, method);
        ipmpd_error_return(invocation, error);
        return;
    }
    if (g_variant_get_size(parameters) > PARAMETERS_MAX) {
        g_autoptr(GError) error =
            g_error_new(MP_ERROR, MP_ERROR_LIMIT_REACHED,
                        "the arguments of %s are %" G_GSIZE_FORMAT " bytes, at most %u are allowed",
                        method, g_variant_get_size(parameters), PARAMETERS_MAX);
        ipmpd_error_return(invocation, error);
        return;
    }
    skeleton_get_own_vtable(skeleton)->method_call(connection, sender, path, interface, method,
                                                   parameters, invocation, skeleton);
}

static GVariant *guard_get_property(GDBusConnection *connection, const char *sender,
                                    const char *path, const char *interface, const char *property,
                                    GError **error, gpointer skeleton)
{
    return skeleton_get_own_vtable(skeleton)->get_property(connection, sender, path, interface,
                                                           property, error, skeleton);
}

GDBusInterfaceVTable *ipmpd_method_guard(void)
{
    /* No set_property: no property can be written, whatever the XML may come to say. GDBus takes
     * the table as const, but the class's slot does not. */
    static const GDBusInterfaceVTable guard = {guard_call_method, guard_get_property, NULL, {0}};

    return (GDBusInterfaceVTable *)&guard;
}
