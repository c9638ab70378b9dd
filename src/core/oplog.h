/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What has been asked of the kernel and not been seen yet: so that nothing is asked twice while it
 * is in flight, after success under an unchanged picture, or, after a refusal, before its time. */
#pragma once

#include "event.h"
#include "types.h"

#define MP_OP_CONFIRM_US                                                                           \
    (2 * MP_USEC_PER_SEC) /* a success that the picture does not show by then: dump */
#define MP_OP_RETRY_MIN_US MP_USEC_PER_SEC
#define MP_OP_RETRY_MAX_US (60 * MP_USEC_PER_SEC)

typedef struct MpOplog MpOplog;

MpOplog *mp_oplog_new(void);
void mp_oplog_free(MpOplog *log);

/* Whether `op` has to be sent now; if so it is noted and gets an id. */
gboolean mp_oplog_admit(MpOplog *log, MpOp *op, gint64 now_us);
/* The same question without the note. */
gboolean mp_oplog_admits(const MpOplog *log, const MpOp *op, gint64 now_us);
/* The latest wish for this object was granted, and what came of it not seen yet. */
gboolean mp_oplog_is_granted(const MpOplog *log, const MpOp *op);
/* It was asked to go from this device, and may be in the picture still. */
gboolean mp_oplog_is_leaving(const MpOplog *log, guint index, const MpAddress *address);
guint64 mp_oplog_last_id(const MpOplog *log);
/* A refusal does not count: the same may be asked again at once. */
void mp_oplog_forget(MpOplog *log, const MpOp *op);
/* Two operations on one object: away and made anew, say. */
gboolean mp_oplog_same_object(const MpOp *a, const MpOp *b);
/* The answer. Returns the operation (valid until the next call) or NULL for an unknown id. A
 * failure is held back for a second, doubling to a minute. */
const MpOp *mp_oplog_done(MpOplog *log, guint64 id, int error, gint64 now_us);
/* The picture of the object of `event` changed: what was asked of it has been seen, or undone.
 * TRUE: a refusal is forgotten by it, so that nothing wakes who waits for the end of the hold. */
gboolean mp_oplog_seen(MpOplog *log, const MpEvent *event);
/* A link changed: what was refused on it may be asked again. */
void mp_oplog_forgive(MpOplog *log, guint index);
guint mp_oplog_in_flight(const MpOplog *log);
/* Sent or answered with success and not yet seen. */
guint mp_oplog_unseen(const MpOplog *log);
/* Whether this exact operation was refused and is held back. */
gboolean mp_oplog_is_held(const MpOplog *log, const MpOp *op, gint64 now_us);
/* Successes that were not seen in time are dropped (TRUE = there were some: dump). */
gboolean mp_oplog_expire(MpOplog *log, gint64 now_us);
/* How long it is held back after its latest refusal; 0 = it was not refused. */
gint64 mp_oplog_hold_us(const MpOplog *log, const MpOp *op);
gint64 mp_oplog_deadline(const MpOplog *log);
