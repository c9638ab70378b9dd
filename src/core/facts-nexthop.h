/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Nexthop objects of others by members: with the link the kernel takes them, and the routes by
 * them, so that they have to outlive us as routes do. */
#pragma once

#include "state.h"

/* One of ours by that device is there. */
gboolean mp_facts_has_our_nexthop(const MpEngine *engine, guint index);
/* It is one of others by a member: its change is to be recorded. */
gboolean mp_facts_has_nexthop(const MpEngine *engine, guint32 id);
void mp_facts_record_nexthops(const MpEngine *engine, MpRecord *record);
/* Before the routes by them. */
void mp_facts_recall_nexthops(MpEngine *engine, const MpRecord *past, const MpGroup *group);
/* Of a route by a nexthop object: it went with that, or was to be given back. */
gboolean mp_facts_went_with_nexthop(const MpEngine *engine, const MpRecordRoute *entry);
