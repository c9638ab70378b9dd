/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a client knows without asking. */
#include "ipmp-client-private.h"
#include <string.h>

const char *ipmp_string_or_empty(const char *string)
{
    return string != NULL ? string : "";
}

const char *const *ipmp_strv_or_empty(const char *const *strings)
{
    static const char *const empty[] = {NULL};

    return strings != NULL ? strings : empty;
}

/**
 * ipmp_client_get_running:
 * @self: a client
 *
 * Returns: whether the service is on the bus
 */
gboolean ipmp_client_get_running(IpmpClient *self)
{
    g_return_val_if_fail(IPMP_IS_CLIENT(self), FALSE);
    return self->running;
}

/**
 * ipmp_client_get_interactive:
 * @self: a client
 *
 * Returns: what [method@Ipmp.Client.set_interactive] has set
 */
gboolean ipmp_client_get_interactive(IpmpClient *self)
{
    g_return_val_if_fail(IPMP_IS_CLIENT(self), FALSE);
    return self->context->interactive;
}

/**
 * ipmp_client_set_interactive:
 * @self: a client
 * @interactive: whether a person is there to answer questions
 *
 * Lets the service ask for a password where one would help. Calls then wait as long as it takes.
 */
void ipmp_client_set_interactive(IpmpClient *self, gboolean interactive)
{
    g_return_if_fail(IPMP_IS_CLIENT(self));
    if (self->context->interactive == !!interactive)
        return;
    self->context->interactive = !!interactive;
    g_object_notify(G_OBJECT(self), "interactive");
}

/**
 * ipmp_client_get_connection:
 * @self: a client
 *
 * Returns: (transfer none): the bus connection in use
 */
GDBusConnection *ipmp_client_get_connection(IpmpClient *self)
{
    g_return_val_if_fail(IPMP_IS_CLIENT(self), NULL);
    return self->connection;
}

/**
 * ipmp_client_get_version:
 * @self: a client
 *
 * Returns: (transfer none): the version of the service
 */
const char *ipmp_client_get_version(IpmpClient *self)
{
    g_return_val_if_fail(IPMP_IS_CLIENT(self), NULL);
    return ipmp_string_or_empty(ipmp_dbus_manager_get_version(self->manager));
}

/**
 * ipmp_client_get_state:
 * @self: a client
 *
 * Returns: (transfer none): "ok", "degraded" or "failed": the worst of the groups with members
 */
const char *ipmp_client_get_state(IpmpClient *self)
{
    g_return_val_if_fail(IPMP_IS_CLIENT(self), NULL);
    return ipmp_string_or_empty(ipmp_dbus_manager_get_state(self->manager));
}

/**
 * ipmp_client_get_default_failure_detection_msec:
 * @self: a client
 *
 * Returns: milliseconds within which probes shall find a failure
 */
guint ipmp_client_get_default_failure_detection_msec(IpmpClient *self)
{
    g_return_val_if_fail(IPMP_IS_CLIENT(self), 0);
    return ipmp_dbus_manager_get_default_failure_detection_msec(self->manager);
}

/**
 * ipmp_client_get_default_failback:
 * @self: a client
 *
 * Returns: whether addresses return to a repaired interface
 */
gboolean ipmp_client_get_default_failback(IpmpClient *self)
{
    g_return_val_if_fail(IPMP_IS_CLIENT(self), FALSE);
    return ipmp_dbus_manager_get_default_failback(self->manager);
}

/**
 * ipmp_client_get_track_ungrouped:
 * @self: a client
 *
 * Returns: whether interfaces of no group are watched
 */
gboolean ipmp_client_get_track_ungrouped(IpmpClient *self)
{
    g_return_val_if_fail(IPMP_IS_CLIENT(self), FALSE);
    return ipmp_dbus_manager_get_track_ungrouped(self->manager);
}

/**
 * ipmp_client_get_link_poll_msec:
 * @self: a client
 *
 * Returns: milliseconds between two looks at the carrier; 0 for never
 */
guint ipmp_client_get_link_poll_msec(IpmpClient *self)
{
    g_return_val_if_fail(IPMP_IS_CLIENT(self), 0);
    return ipmp_dbus_manager_get_link_poll_msec(self->manager);
}

/**
 * ipmp_client_get_config_errors:
 * @self: a client
 *
 * Returns: (transfer none) (array zero-terminated=1): "PATH:LINE: reason" for each refused file
 */
const char *const *ipmp_client_get_config_errors(IpmpClient *self)
{
    g_return_val_if_fail(IPMP_IS_CLIENT(self), NULL);
    return ipmp_strv_or_empty(ipmp_dbus_manager_get_config_errors(self->manager));
}

/* By name; the anonymous group, whose name is empty, comes last. */
static int compare_groups(gconstpointer a, gconstpointer b)
{
    IpmpGroup *const *left = a, *const *right = b;
    const char *left_name = ipmp_group_get_name(*left), *right_name = ipmp_group_get_name(*right);

    if (*left_name == '\0' || *right_name == '\0')
        return (*left_name == '\0') - (*right_name == '\0');
    return strcmp(left_name, right_name);
}

/**
 * ipmp_client_dup_groups:
 * @self: a client
 *
 * Returns: (transfer container) (element-type IpmpGroup): the groups, by name
 */
GPtrArray *ipmp_client_dup_groups(IpmpClient *self)
{
    GPtrArray *groups = g_ptr_array_new_with_free_func(g_object_unref);
    GHashTableIter iter;
    gpointer group;

    g_return_val_if_fail(IPMP_IS_CLIENT(self), groups);
    g_hash_table_iter_init(&iter, self->groups);
    while (g_hash_table_iter_next(&iter, NULL, &group))
        g_ptr_array_add(groups, g_object_ref(group));
    g_ptr_array_sort(groups, compare_groups);
    return groups;
}

/**
 * ipmp_client_dup_interfaces:
 * @self: a client
 *
 * Returns: (transfer container) (element-type IpmpInterface): the interfaces, by group and in order
 *   of configuration
 */
GPtrArray *ipmp_client_dup_interfaces(IpmpClient *self)
{
    GPtrArray *interfaces = g_ptr_array_new_with_free_func(g_object_unref);
    g_autoptr(GPtrArray) groups = NULL;

    g_return_val_if_fail(IPMP_IS_CLIENT(self), interfaces);
    groups = ipmp_client_dup_groups(self);
    for (guint i = 0; i < groups->len; i++) {
        g_auto(GStrv) names = ipmp_group_dup_interfaces(groups->pdata[i]);
        for (guint k = 0; names[k] != NULL; k++) {
            IpmpInterface *interface = ipmp_client_get_interface(self, names[k]);
            if (interface != NULL)
                g_ptr_array_add(interfaces, g_object_ref(interface));
        }
    }
    return interfaces;
}

/**
 * ipmp_client_get_group:
 * @self: a client
 * @name: name of a group
 *
 * Returns: (transfer none) (nullable): the group, %NULL when there is none
 */
IpmpGroup *ipmp_client_get_group(IpmpClient *self, const char *name)
{
    g_autofree char *path = NULL;

    g_return_val_if_fail(IPMP_IS_CLIENT(self) && name != NULL, NULL);
    path = ipmp_path_for_group(name);
    return g_hash_table_lookup(self->groups, path);
}

/**
 * ipmp_client_get_interface:
 * @self: a client
 * @name: name of an interface
 *
 * Returns: (transfer none) (nullable): the interface, %NULL when no group has it
 */
IpmpInterface *ipmp_client_get_interface(IpmpClient *self, const char *name)
{
    g_autofree char *path = NULL;

    g_return_val_if_fail(IPMP_IS_CLIENT(self) && name != NULL, NULL);
    path = ipmp_path_for_interface(name);
    return g_hash_table_lookup(self->interfaces, path);
}
