/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is asked of the engine: a new configuration, offline, online; and how an answer is known to
 * be due. */
#pragma once

#include "state.h"

/* engine-check.c: whether the host can give what is configured. Errors: MP_ERROR_*. */
gboolean mp_engine_check(const MpEngine *engine, const MpConfig *config, GError **error);

/* engine-apply.c */
MpGroup *mp_group_new(MpEngine *engine, const MpGroupConfig *config);
void mp_group_free(MpGroup *group);
MpGroup *mp_engine_group(const MpEngine *engine, const char *name);
void mp_engine_apply(MpEngine *engine, const MpConfig *config, gint64 now_us);
/* What was taken back by an undo while it was still being given back: made anew, once it is gone.
 */
void mp_engine_apply_again(MpEngine *engine, gint64 now_us);
void mp_engine_give_back_past(MpEngine *engine, const MpConfig *config);

/* The kernel was seen whole for the first time and the configuration is known: the first decision
 * may be made. */
void mp_engine_begin(MpEngine *engine, gint64 now_us);
/* engine-request.c */
void mp_request_clear(MpRequest *request);
/* The kernel refused this for good: whoever waits is told. */
void mp_engine_note_refusal(MpEngine *engine, const MpOp *op, const char *detail);
/* After a decision: what was given back is forgotten, requests that are in the kernel are answered.
 */
void mp_engine_finish(MpEngine *engine, gint64 now_us);
gint64 mp_engine_request_deadline(const MpEngine *engine);

/* engine.c */
MpAction *mp_engine_act(MpEngine *engine, MpActionKind kind);
void mp_engine_ask_dump(MpEngine *engine, MpDump what);
/* engine-event.c: with an IPv6 address its routes may have lost their source, as a dump will show.
 */
gboolean mp_engine_doubts_sources(const MpEngine *engine);
/* engine-event.c: bind a member to the device that it is configured for, if it is there. */
void mp_engine_look_for(MpEngine *engine, MpMember *member);
