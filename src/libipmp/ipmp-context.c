/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a client, its groups and its interfaces have in common, and how an object that a method
 * answered with becomes one of ours. */
#include "ipmp-client-private.h"

IpmpContext *ipmp_context_ref(IpmpContext *context)
{
    return g_atomic_rc_box_acquire(context);
}

static void context_clear(gpointer data)
{
    IpmpContext *context = data;

    g_clear_object(&context->connection);
}

void ipmp_context_unref(IpmpContext *context)
{
    g_atomic_rc_box_release_full(context, context_clear);
}

/* In the order of the bus the object comes before the answer that names it: who does not wait knows
 * it already. Who waited has its signal still before him, and asks for what it says; one that is
 * gone again by then says nothing. */
IpmpGroup *ipmp_context_take_group(IpmpContext *context, GVariant *reply, GCancellable *cancellable,
                                   GError **error)
{
    g_autoptr(GVariant) owned = reply;
    g_autoptr(IpmpDbusGroup) proxy = NULL;
    IpmpGroup *group = NULL;
    GError *foreign = NULL;
    const char *path;

    if (owned == NULL)
        return NULL;
    g_variant_get(owned, "(&o)", &path);
    if (context->client != NULL)
        group = g_hash_table_lookup(context->client->groups, path);
    if (group != NULL)
        return g_object_ref(group);
    proxy =
        ipmp_dbus_group_proxy_new_sync(context->connection, G_DBUS_PROXY_FLAGS_DO_NOT_AUTO_START,
                                       IPMP_BUS_NAME, path, cancellable, &foreign);
    if (proxy == NULL) {
        ipmp_error_convert(foreign, error);
        return NULL;
    }
    if (context->client != NULL && ipmp_dbus_group_get_name(proxy) != NULL)
        return g_object_ref(ipmp_client_take_group(context->client, proxy));
    return ipmp_group_new(proxy, context);
}

IpmpInterface *ipmp_context_take_interface(IpmpContext *context, GVariant *reply,
                                           GCancellable *cancellable, GError **error)
{
    g_autoptr(GVariant) owned = reply;
    g_autoptr(IpmpDbusInterface) proxy = NULL;
    IpmpInterface *interface = NULL;
    GError *foreign = NULL;
    const char *path;

    if (owned == NULL)
        return NULL;
    g_variant_get(owned, "(&o)", &path);
    if (context->client != NULL)
        interface = g_hash_table_lookup(context->client->interfaces, path);
    if (interface != NULL)
        return g_object_ref(interface);
    proxy = ipmp_dbus_interface_proxy_new_sync(context->connection,
                                               G_DBUS_PROXY_FLAGS_DO_NOT_AUTO_START, IPMP_BUS_NAME,
                                               path, cancellable, &foreign);
    if (proxy == NULL) {
        ipmp_error_convert(foreign, error);
        return NULL;
    }
    if (context->client != NULL && ipmp_dbus_interface_get_name(proxy) != NULL)
        return g_object_ref(ipmp_client_take_interface(context->client, proxy));
    return ipmp_interface_new(proxy, context);
}
