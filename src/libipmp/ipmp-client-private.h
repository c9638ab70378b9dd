/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "ipmp-private.h"

struct _IpmpClient {
    GObject parent_instance;
    GDBusConnection *connection;
    IpmpDbusManager *manager;
    GDBusObjectManagerClient *objects;
    GHashTable *groups;     /* object path -> IpmpGroup */
    GHashTable *interfaces; /* object path -> IpmpInterface */
    IpmpContext *context;
    gboolean running;
    /* whose probes are watched, for a service that is started anew */
    gboolean watches_all;
    GHashTable *watched;     /* names, beside or instead of all */
    GHashTable *not_watched; /* names, of all */
};

extern const IpmpProperty ipmp_client_properties[];
extern const guint ipmp_client_n_properties;

/* Take an object in, or give it a new proxy when it is known; the result belongs to the client. */
IpmpGroup *ipmp_client_take_group(IpmpClient *self, IpmpDbusGroup *proxy);
IpmpInterface *ipmp_client_take_interface(IpmpClient *self, IpmpDbusInterface *proxy);
/* Asks a service that has just come for the probes that are watched. */
void ipmp_client_watch_again(IpmpClient *self);
