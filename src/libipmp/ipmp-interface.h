/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define IPMP_TYPE_INTERFACE (ipmp_interface_get_type())
G_DECLARE_FINAL_TYPE(IpmpInterface, ipmp_interface, IPMP, INTERFACE, GObject)

const char *ipmp_interface_get_object_path(IpmpInterface *self);
const char *ipmp_interface_get_name(IpmpInterface *self);
guint ipmp_interface_get_index(IpmpInterface *self);
const char *ipmp_interface_get_hardware_address(IpmpInterface *self);
char *ipmp_interface_dup_group(IpmpInterface *self);
const char *ipmp_interface_get_state(IpmpInterface *self);
const char *ipmp_interface_get_link_state(IpmpInterface *self);
const char *ipmp_interface_get_probe_state(IpmpInterface *self);
gboolean ipmp_interface_get_active(IpmpInterface *self);
gboolean ipmp_interface_get_standby(IpmpInterface *self);
const char *ipmp_interface_get_reason(IpmpInterface *self);
guint64 ipmp_interface_get_state_since_usec(IpmpInterface *self);
guint64 ipmp_interface_get_hold_until_usec(IpmpInterface *self);
const char *const *ipmp_interface_get_flags(IpmpInterface *self);
const char *const *ipmp_interface_get_test_addresses(IpmpInterface *self);
const char *const *ipmp_interface_get_addresses(IpmpInterface *self);
const char *ipmp_interface_get_target_mode(IpmpInterface *self);
const char *const *ipmp_interface_get_targets(IpmpInterface *self);
GVariant *ipmp_interface_describe(IpmpInterface *self);

gboolean ipmp_interface_offline_sync(IpmpInterface *self, GVariant *options,
                                     GCancellable *cancellable, GError **error);
void ipmp_interface_offline_async(IpmpInterface *self, GVariant *options, GCancellable *cancellable,
                                  GAsyncReadyCallback callback, gpointer user_data);
gboolean ipmp_interface_offline_finish(IpmpInterface *self, GAsyncResult *result, GError **error);

gboolean ipmp_interface_online_sync(IpmpInterface *self, GVariant *options,
                                    GCancellable *cancellable, GError **error);
void ipmp_interface_online_async(IpmpInterface *self, GVariant *options, GCancellable *cancellable,
                                 GAsyncReadyCallback callback, gpointer user_data);
gboolean ipmp_interface_online_finish(IpmpInterface *self, GAsyncResult *result, GError **error);

gboolean ipmp_interface_set_standby_sync(IpmpInterface *self, gboolean standby, GVariant *options,
                                         GCancellable *cancellable, GError **error);
void ipmp_interface_set_standby_async(IpmpInterface *self, gboolean standby, GVariant *options,
                                      GCancellable *cancellable, GAsyncReadyCallback callback,
                                      gpointer user_data);
gboolean ipmp_interface_set_standby_finish(IpmpInterface *self, GAsyncResult *result,
                                           GError **error);

gboolean ipmp_interface_set_test_addresses_sync(IpmpInterface *self, const char *const *addresses,
                                                GVariant *options, GCancellable *cancellable,
                                                GError **error);
void ipmp_interface_set_test_addresses_async(IpmpInterface *self, const char *const *addresses,
                                             GVariant *options, GCancellable *cancellable,
                                             GAsyncReadyCallback callback, gpointer user_data);
gboolean ipmp_interface_set_test_addresses_finish(IpmpInterface *self, GAsyncResult *result,
                                                  GError **error);

GVariant *ipmp_interface_get_targets_sync(IpmpInterface *self, GCancellable *cancellable,
                                          GError **error);
void ipmp_interface_get_targets_async(IpmpInterface *self, GCancellable *cancellable,
                                      GAsyncReadyCallback callback, gpointer user_data);
GVariant *ipmp_interface_get_targets_finish(IpmpInterface *self, GAsyncResult *result,
                                            GError **error);

GVariant *ipmp_interface_get_statistics_sync(IpmpInterface *self, GCancellable *cancellable,
                                             GError **error);
void ipmp_interface_get_statistics_async(IpmpInterface *self, GCancellable *cancellable,
                                         GAsyncReadyCallback callback, gpointer user_data);
GVariant *ipmp_interface_get_statistics_finish(IpmpInterface *self, GAsyncResult *result,
                                               GError **error);

G_END_DECLS
