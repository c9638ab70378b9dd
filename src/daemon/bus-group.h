/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* org.ipmp.Group: mirrors a group out, turns calls into requests. Decides nothing. */
#pragma once

#include "ipmp-dbus.h"
#include "service.h"

#define IPMPD_TYPE_BUS_GROUP (ipmpd_bus_group_get_type())
G_DECLARE_FINAL_TYPE(IpmpdBusGroup, ipmpd_bus_group, IPMPD, BUS_GROUP, IpmpDbusGroupSkeleton)

IpmpdBusGroup *ipmpd_bus_group_new(IpmpdService *service, const char *name);
void ipmpd_bus_group_update(IpmpdBusGroup *self, const MpSnapshotGroup *group);
/* Where its file is; not in snapshots, since it is settled after the kernel has taken a change. */
void ipmpd_bus_group_update_origin(IpmpdBusGroup *self, const MpGroupConfig *config);
