/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "ipmp-group.h"
#include "ipmp-interface.h"

G_BEGIN_DECLS

#define IPMP_TYPE_CLIENT (ipmp_client_get_type())
G_DECLARE_FINAL_TYPE(IpmpClient, ipmp_client, IPMP, CLIENT, GObject)

IpmpClient *ipmp_client_new_sync(GDBusConnection *connection, GCancellable *cancellable,
                                 GError **error);
void ipmp_client_new_async(GDBusConnection *connection, GCancellable *cancellable,
                           GAsyncReadyCallback callback, gpointer user_data);
IpmpClient *ipmp_client_new_finish(GAsyncResult *result, GError **error);

GDBusConnection *ipmp_client_get_connection(IpmpClient *self);
gboolean ipmp_client_get_running(IpmpClient *self);
gboolean ipmp_client_get_interactive(IpmpClient *self);
void ipmp_client_set_interactive(IpmpClient *self, gboolean interactive);

const char *ipmp_client_get_version(IpmpClient *self);
const char *ipmp_client_get_state(IpmpClient *self);
guint ipmp_client_get_default_failure_detection_msec(IpmpClient *self);
gboolean ipmp_client_get_default_failback(IpmpClient *self);
gboolean ipmp_client_get_track_ungrouped(IpmpClient *self);
guint ipmp_client_get_link_poll_msec(IpmpClient *self);
const char *const *ipmp_client_get_config_errors(IpmpClient *self);

GPtrArray *ipmp_client_dup_groups(IpmpClient *self);
GPtrArray *ipmp_client_dup_interfaces(IpmpClient *self);
IpmpGroup *ipmp_client_get_group(IpmpClient *self, const char *name);
IpmpInterface *ipmp_client_get_interface(IpmpClient *self, const char *name);

IpmpGroup *ipmp_client_create_group_sync(IpmpClient *self, const char *name,
                                         const char *const *interfaces, GVariant *options,
                                         GCancellable *cancellable, GError **error);
void ipmp_client_create_group_async(IpmpClient *self, const char *name,
                                    const char *const *interfaces, GVariant *options,
                                    GCancellable *cancellable, GAsyncReadyCallback callback,
                                    gpointer user_data);
IpmpGroup *ipmp_client_create_group_finish(IpmpClient *self, GAsyncResult *result, GError **error);

IpmpGroup *ipmp_client_find_group_sync(IpmpClient *self, const char *name,
                                       GCancellable *cancellable, GError **error);
void ipmp_client_find_group_async(IpmpClient *self, const char *name, GCancellable *cancellable,
                                  GAsyncReadyCallback callback, gpointer user_data);
IpmpGroup *ipmp_client_find_group_finish(IpmpClient *self, GAsyncResult *result, GError **error);

IpmpInterface *ipmp_client_find_interface_sync(IpmpClient *self, const char *name,
                                               GCancellable *cancellable, GError **error);
void ipmp_client_find_interface_async(IpmpClient *self, const char *name, GCancellable *cancellable,
                                      GAsyncReadyCallback callback, gpointer user_data);
IpmpInterface *ipmp_client_find_interface_finish(IpmpClient *self, GAsyncResult *result,
                                                 GError **error);

gboolean ipmp_client_set_defaults_sync(IpmpClient *self, GVariant *settings, GVariant *options,
                                       GCancellable *cancellable, GError **error);
void ipmp_client_set_defaults_async(IpmpClient *self, GVariant *settings, GVariant *options,
                                    GCancellable *cancellable, GAsyncReadyCallback callback,
                                    gpointer user_data);
gboolean ipmp_client_set_defaults_finish(IpmpClient *self, GAsyncResult *result, GError **error);

gboolean ipmp_client_reload_sync(IpmpClient *self, GCancellable *cancellable, GError **error);
void ipmp_client_reload_async(IpmpClient *self, GCancellable *cancellable,
                              GAsyncReadyCallback callback, gpointer user_data);
gboolean ipmp_client_reload_finish(IpmpClient *self, GAsyncResult *result, GError **error);

GVariant *ipmp_client_list_devices_sync(IpmpClient *self, GCancellable *cancellable,
                                        GError **error);
void ipmp_client_list_devices_async(IpmpClient *self, GCancellable *cancellable,
                                    GAsyncReadyCallback callback, gpointer user_data);
GVariant *ipmp_client_list_devices_finish(IpmpClient *self, GAsyncResult *result, GError **error);

GVariant *ipmp_client_history_sync(IpmpClient *self, guint limit, GCancellable *cancellable,
                                   GError **error);
void ipmp_client_history_async(IpmpClient *self, guint limit, GCancellable *cancellable,
                               GAsyncReadyCallback callback, gpointer user_data);
GVariant *ipmp_client_history_finish(IpmpClient *self, GAsyncResult *result, GError **error);

GVariant *ipmp_client_check_sync(IpmpClient *self, GCancellable *cancellable, GError **error);
void ipmp_client_check_async(IpmpClient *self, GCancellable *cancellable,
                             GAsyncReadyCallback callback, gpointer user_data);
GVariant *ipmp_client_check_finish(IpmpClient *self, GAsyncResult *result, GError **error);

char *ipmp_client_describe_sync(IpmpClient *self, GCancellable *cancellable, GError **error);
void ipmp_client_describe_async(IpmpClient *self, GCancellable *cancellable,
                                GAsyncReadyCallback callback, gpointer user_data);
char *ipmp_client_describe_finish(IpmpClient *self, GAsyncResult *result, GError **error);

gboolean ipmp_client_watch_probes_sync(IpmpClient *self, const char *const *interfaces,
                                       GCancellable *cancellable, GError **error);
void ipmp_client_watch_probes_async(IpmpClient *self, const char *const *interfaces,
                                    GCancellable *cancellable, GAsyncReadyCallback callback,
                                    gpointer user_data);
gboolean ipmp_client_watch_probes_finish(IpmpClient *self, GAsyncResult *result, GError **error);

gboolean ipmp_client_unwatch_probes_sync(IpmpClient *self, const char *const *interfaces,
                                         GCancellable *cancellable, GError **error);
void ipmp_client_unwatch_probes_async(IpmpClient *self, const char *const *interfaces,
                                      GCancellable *cancellable, GAsyncReadyCallback callback,
                                      gpointer user_data);
gboolean ipmp_client_unwatch_probes_finish(IpmpClient *self, GAsyncResult *result, GError **error);

GVariant *ipmp_client_call_sync(IpmpClient *self, const char *object_path,
                                const char *interface_name, const char *method,
                                GVariant *parameters, GCancellable *cancellable, GError **error);
void ipmp_client_call_async(IpmpClient *self, const char *object_path, const char *interface_name,
                            const char *method, GVariant *parameters, GCancellable *cancellable,
                            GAsyncReadyCallback callback, gpointer user_data);
GVariant *ipmp_client_call_finish(IpmpClient *self, GAsyncResult *result, GError **error);

G_END_DECLS
