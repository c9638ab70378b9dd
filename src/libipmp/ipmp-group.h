/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "ipmp-interface.h"

G_BEGIN_DECLS

#define IPMP_TYPE_GROUP (ipmp_group_get_type())
G_DECLARE_FINAL_TYPE(IpmpGroup, ipmp_group, IPMP, GROUP, GObject)

const char *ipmp_group_get_object_path(IpmpGroup *self);
const char *ipmp_group_get_name(IpmpGroup *self);
const char *ipmp_group_get_state(IpmpGroup *self);
const char *ipmp_group_get_reason(IpmpGroup *self);
gboolean ipmp_group_get_anonymous(IpmpGroup *self);
gboolean ipmp_group_get_temporary(IpmpGroup *self);
const char *ipmp_group_get_config_path(IpmpGroup *self);
guint ipmp_group_get_failure_detection_msec(IpmpGroup *self);
guint ipmp_group_get_current_failure_detection_msec(IpmpGroup *self);
gboolean ipmp_group_get_failure_detection_inherited(IpmpGroup *self);
gboolean ipmp_group_get_failback(IpmpGroup *self);
gboolean ipmp_group_get_failback_inherited(IpmpGroup *self);
const char *ipmp_group_get_probe_method(IpmpGroup *self);
const char *const *ipmp_group_get_probe_targets(IpmpGroup *self);
gboolean ipmp_group_get_probe_targets_only(IpmpGroup *self);
guint ipmp_group_get_probe_failures(IpmpGroup *self);
guint ipmp_group_get_probe_repairs(IpmpGroup *self);
guint ipmp_group_get_repair_delay_msec(IpmpGroup *self);
guint64 ipmp_group_get_failovers(IpmpGroup *self);
guint64 ipmp_group_get_last_failover_usec(IpmpGroup *self);
char **ipmp_group_dup_interfaces(IpmpGroup *self);
char **ipmp_group_dup_active_interfaces(IpmpGroup *self);
char **ipmp_group_dup_inactive_interfaces(IpmpGroup *self);
GVariant *ipmp_group_dup_addresses(IpmpGroup *self);
GVariant *ipmp_group_describe(IpmpGroup *self);

IpmpInterface *ipmp_group_add_interface_sync(IpmpGroup *self, const char *name, GVariant *options,
                                             GCancellable *cancellable, GError **error);
void ipmp_group_add_interface_async(IpmpGroup *self, const char *name, GVariant *options,
                                    GCancellable *cancellable, GAsyncReadyCallback callback,
                                    gpointer user_data);
IpmpInterface *ipmp_group_add_interface_finish(IpmpGroup *self, GAsyncResult *result,
                                               GError **error);

gboolean ipmp_group_remove_interface_sync(IpmpGroup *self, const char *name, GVariant *options,
                                          GCancellable *cancellable, GError **error);
void ipmp_group_remove_interface_async(IpmpGroup *self, const char *name, GVariant *options,
                                       GCancellable *cancellable, GAsyncReadyCallback callback,
                                       gpointer user_data);
gboolean ipmp_group_remove_interface_finish(IpmpGroup *self, GAsyncResult *result, GError **error);

gboolean ipmp_group_add_address_sync(IpmpGroup *self, const char *address, GVariant *options,
                                     GCancellable *cancellable, GError **error);
void ipmp_group_add_address_async(IpmpGroup *self, const char *address, GVariant *options,
                                  GCancellable *cancellable, GAsyncReadyCallback callback,
                                  gpointer user_data);
gboolean ipmp_group_add_address_finish(IpmpGroup *self, GAsyncResult *result, GError **error);

gboolean ipmp_group_remove_address_sync(IpmpGroup *self, const char *address, GVariant *options,
                                        GCancellable *cancellable, GError **error);
void ipmp_group_remove_address_async(IpmpGroup *self, const char *address, GVariant *options,
                                     GCancellable *cancellable, GAsyncReadyCallback callback,
                                     gpointer user_data);
gboolean ipmp_group_remove_address_finish(IpmpGroup *self, GAsyncResult *result, GError **error);

gboolean ipmp_group_configure_sync(IpmpGroup *self, GVariant *settings, GVariant *options,
                                   GCancellable *cancellable, GError **error);
void ipmp_group_configure_async(IpmpGroup *self, GVariant *settings, GVariant *options,
                                GCancellable *cancellable, GAsyncReadyCallback callback,
                                gpointer user_data);
gboolean ipmp_group_configure_finish(IpmpGroup *self, GAsyncResult *result, GError **error);

gboolean ipmp_group_save_sync(IpmpGroup *self, GCancellable *cancellable, GError **error);
void ipmp_group_save_async(IpmpGroup *self, GCancellable *cancellable, GAsyncReadyCallback callback,
                           gpointer user_data);
gboolean ipmp_group_save_finish(IpmpGroup *self, GAsyncResult *result, GError **error);

gboolean ipmp_group_delete_sync(IpmpGroup *self, GVariant *options, GCancellable *cancellable,
                                GError **error);
void ipmp_group_delete_async(IpmpGroup *self, GVariant *options, GCancellable *cancellable,
                             GAsyncReadyCallback callback, gpointer user_data);
gboolean ipmp_group_delete_finish(IpmpGroup *self, GAsyncResult *result, GError **error);

G_END_DECLS
