/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* org.ipmp.Manager: mirrors the whole out, turns calls into requests. Decides nothing. */
#pragma once

#include "ipmp-dbus.h"
#include "service.h"

#define IPMPD_TYPE_BUS_MANAGER (ipmpd_bus_manager_get_type())
G_DECLARE_FINAL_TYPE(IpmpdBusManager, ipmpd_bus_manager, IPMPD, BUS_MANAGER,
                     IpmpDbusManagerSkeleton)

IpmpdBusManager *ipmpd_bus_manager_new(IpmpdService *service);
/* From the service's snapshot and errors. */
void ipmpd_bus_manager_update(IpmpdBusManager *self);
