/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The objects on the bus: one for each group and member of the service's snapshot, kept equal to
 * it. Changes of properties are told once an object and turn of the loop. */
#pragma once

#include "service.h"

typedef struct IpmpdExport IpmpdExport;

/* Everything at /org/ipmp, from the service's snapshot. Errors: of GDBus, when something is there
 * already. */
IpmpdExport *ipmpd_export_new(GDBusConnection *bus, IpmpdService *service, GError **error);
void ipmpd_export_free(IpmpdExport *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(IpmpdExport, ipmpd_export_free)

/* The service's snapshot, configuration or errors are others now. */
void ipmpd_export_update(IpmpdExport *self);
/* Tell changed properties now, not at the end of the turn. */
void ipmpd_export_flush(IpmpdExport *self);
/* Something happened: Event, and the signals of the object that it happened to. */
void ipmpd_export_emit(IpmpdExport *self, const IpmpdHistoryEntry *entry);

/* GDBusInterfaceSkeleton, in the order of the snapshot; borrowed elements. g_ptr_array_unref(). */
GPtrArray *ipmpd_export_list_groups(IpmpdExport *self);
GPtrArray *ipmpd_export_list_interfaces(IpmpdExport *self);
