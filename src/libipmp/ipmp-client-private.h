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
    IpmpCallPolicy *policy;
    gboolean running;
};
