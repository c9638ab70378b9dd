/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What was notified while a dump runs. The kernel makes the pieces of a dump ahead of our reading,
 * so a dumped object can be older than a notification that was told before it: then it is stale. */
#pragma once

#include "event.h"

typedef struct MpNotified MpNotified;

typedef enum {
    MP_DUMPED_GOOD,
    MP_DUMPED_STALE,     /* has been told already, newer */
    MP_DUMPED_AMBIGUOUS, /* may be one that was replaced: the dump proves nothing */
} MpDumped;

MpNotified *mp_notified_new(void);
void mp_notified_free(MpNotified *notified);
void mp_notified_clear(MpNotified *notified);
/* An event that was notified, of the kind that is being dumped. FALSE: too many to remember. */
gboolean mp_notified_add(MpNotified *notified, const MpEvent *event);
MpDumped mp_notified_judge(MpNotified *notified, const MpEvent *dumped);

/* Which dump would tell the objects that this event is about; 0: none. */
MpDump mp_event_dump(MpEventKind kind);
