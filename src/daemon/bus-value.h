/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Values of the house as values of the bus. */
#pragma once

#include "history.h"
#include "snapshot.h"
#include <gio/gio.h>

/* Text of unknown origin as a string that the bus takes. Floating. */
GVariant *ipmpd_value_text(const char *text);
/* Addresses with their prefix lengths, or without. g_strfreev(). */
GStrv ipmpd_value_addresses(const GArray *addresses);
GStrv ipmpd_value_hosts(const GArray *addresses);
/* The word, "" for MP_REASON_NONE, which is never told. */
const char *ipmpd_value_reason(MpReason reason);
/* The Addresses property of a group: aa{sv}, floating. */
GVariant *ipmpd_value_group_addresses(const MpSnapshotGroup *group);
/* One row of GetTargets: a{sv}, floating. */
GVariant *ipmpd_value_target(const MpSnapshotTarget *target);
/* The counters of GetStatistics: a{st}, floating. */
GVariant *ipmpd_value_statistics(const MpSnapshotInterface *member);
/* One row of ListDevices: a{sv}, floating. */
GVariant *ipmpd_value_device(const MpSnapshotDevice *device);
/* An entry of the history, as History and Event tell it: a{sv}, floating. */
GVariant *ipmpd_value_event(const IpmpdHistoryEntry *entry);
