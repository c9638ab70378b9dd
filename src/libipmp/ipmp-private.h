/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files of the library share and programs do not see. */
#pragma once

#include "ipmp-dbus.h"
#include "ipmp-property.h"
#include "ipmp.h"

#define IPMP_BUS_NAME "org.ipmp"
#define IPMP_ROOT_PATH "/org/ipmp"

/* What a client shares with its groups and interfaces, which may outlive it. */
typedef struct {
    GDBusConnection *connection;
    IpmpClient *client; /* not owned; NULL when it is gone */
    gboolean interactive;
} IpmpContext;

IpmpContext *ipmp_context_ref(IpmpContext *context);
void ipmp_context_unref(IpmpContext *context);
/* The object that a method answered with; `reply` (full, NULL when the call failed) is "(o)". */
IpmpGroup *ipmp_context_take_group(IpmpContext *context, GVariant *reply, GCancellable *cancellable,
                                   GError **error);
IpmpInterface *ipmp_context_take_interface(IpmpContext *context, GVariant *reply,
                                           GCancellable *cancellable, GError **error);

struct _IpmpGroup {
    GObject parent_instance;
    IpmpDbusGroup *proxy;
    IpmpContext *context;
};

struct _IpmpInterface {
    GObject parent_instance;
    IpmpDbusInterface *proxy;
    IpmpContext *context;
};

extern const IpmpProperty ipmp_group_properties[];
extern const guint ipmp_group_n_properties;
extern const IpmpProperty ipmp_interface_properties[];
extern const guint ipmp_interface_n_properties;

IpmpGroup *ipmp_group_new(IpmpDbusGroup *proxy, IpmpContext *context);
void ipmp_group_set_proxy(IpmpGroup *self, IpmpDbusGroup *proxy);
IpmpInterface *ipmp_interface_new(IpmpDbusInterface *proxy, IpmpContext *context);
void ipmp_interface_set_proxy(IpmpInterface *self, IpmpDbusInterface *proxy);

gboolean ipmp_error_convert(GError *foreign, GError **error);

/* Calls `method`; floating arguments are taken. The answer is a tuple (full), NULL for an error. */
GVariant *ipmp_call_sync(GDBusProxy *proxy, IpmpContext *context, const char *method,
                         GVariant *arguments, GCancellable *cancellable, GError **error);
/* `tag` is the public function, which finish compares. */
void ipmp_call_async(gpointer source, GDBusProxy *proxy, IpmpContext *context, const char *method,
                     GVariant *arguments, gpointer tag, GCancellable *cancellable,
                     GAsyncReadyCallback callback, gpointer user_data);
GVariant *ipmp_call_finish(gpointer source, GAsyncResult *result, gpointer tag, GError **error);
/* What an answer holds; they take it, and NULL stays NULL. */
gboolean ipmp_reply_is_there(GVariant *reply);
GVariant *ipmp_reply_take_variant(GVariant *reply);
char *ipmp_reply_take_string(GVariant *reply);

/* The dictionary, or an empty one for NULL. */
GVariant *ipmp_options_or_empty(GVariant *options);
/* "(a{sv})" with an empty one. Floating. */
GVariant *ipmp_no_options(void);
/* What a getter returns while a property is not known. */
const char *ipmp_string_or_empty(const char *string);
const char *const *ipmp_strv_or_empty(const char *const *strings);
/* Object paths to the names they stand for; free with g_strfreev(). */
char **ipmp_paths_to_names(const char *const *paths);
/* All properties of a proxy as a{sv}: kebab-case keys, names for object paths. Floating. */
GVariant *ipmp_proxy_describe(GDBusProxy *proxy);
/* The same for one dictionary that came over the bus. Floating. */
GVariant *ipmp_dictionary_name_paths(GVariant *dictionary);
/* The same for each dictionary of an array. Floating. */
GVariant *ipmp_dictionaries_name_paths(GVariant *dictionaries);
