/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* org.ipmp.Interface: mirrors a member out, turns calls into requests. Decides nothing. */
#pragma once

#include "ipmp-dbus.h"
#include "service.h"

#define IPMPD_TYPE_BUS_INTERFACE (ipmpd_bus_interface_get_type())
G_DECLARE_FINAL_TYPE(IpmpdBusInterface, ipmpd_bus_interface, IPMPD, BUS_INTERFACE,
                     IpmpDbusInterfaceSkeleton)

IpmpdBusInterface *ipmpd_bus_interface_new(IpmpdService *service, const char *name);
void ipmpd_bus_interface_update(IpmpdBusInterface *self, const MpSnapshotInterface *member);
