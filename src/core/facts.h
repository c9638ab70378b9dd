/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Between the engine's memory and the record that outlives it. */
#pragma once

#include "state.h"

/* The index of its device; of one that is missing, one that stands for it. */
guint mp_facts_index_for(MpEngine *engine, MpMember *member);
/* The facts of a stored record about this group, before the first decision. */
void mp_facts_recall_group(MpEngine *engine, MpGroup *group);
gboolean mp_facts_is_recalled(const MpEngine *engine, const char *group);
/* Other members carry the group than when the record was made. */
gboolean mp_facts_activity_differs(const MpEngine *engine, const MpGroup *group);
/* The device that the life before recorded for it: none has come in its place. */
gboolean mp_facts_is_same_device(const MpEngine *engine, const MpMember *member);
/* Our ways by that device to connected prefixes of IPv6 are there. */
gboolean mp_facts_has_kept_ipv6(const MpEngine *engine, const MpGroup *group, guint index);
/* Whether the record has groups that are not configured: what is theirs in the kernel is not to be
 * touched. */
gboolean mp_facts_has_stranded(const MpEngine *engine);
/* Whether this address is one of theirs. */
gboolean mp_facts_is_stranded(const MpEngine *engine, const MpAddress *address);
void mp_facts_recall_globals(MpEngine *engine);
/* Whether a global setting is ours still, though nobody needs it: the kernel refused. */
gboolean mp_facts_has_globals(const MpEngine *engine);
/* A value was read: the first one is what the user had. */
/* FALSE: it was read for the sake of another one, and is left as somebody may have changed it. */
gboolean mp_facts_wants_sysctl(MpEngine *engine, const MpSysctlValue *value);
void mp_facts_note_sysctl(MpEngine *engine, const MpSysctlValue *value);
/* Advertised addresses have left their homes, or are back: whether their homes make any. */
void mp_facts_note_autoconf(MpEngine *engine);
/* If something changed that has to outlive us: a new record to be stored, as an action. */
void mp_facts_publish(MpEngine *engine, gint64 now_us);
/* When routes that are not in the latest record have to come into one. */
gint64 mp_facts_deadline(const MpEngine *engine);
void mp_facts_expire(MpEngine *engine, gint64 now_us);
