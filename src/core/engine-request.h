/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is asked of the engine: a new configuration, offline, online; and how an answer is known to
 * be due. */
#pragma once

#include "state.h"

void mp_group_free(MpGroup *group);
void mp_request_clear(MpRequest *request);

/* The kernel was seen whole for the first time and the configuration is known: the first decision
 * may be made. */
void mp_engine_begin(MpEngine *engine, gint64 now_us);
/* The kernel refused this for good: whoever waits is told. */
void mp_engine_note_refusal(MpEngine *engine, const MpOp *op, const char *detail);
/* After a decision: what was given back is forgotten, requests that are in the kernel are answered.
 */
void mp_engine_finish(MpEngine *engine, gint64 now_us);
gint64 mp_engine_request_deadline(const MpEngine *engine);

/* engine.c */
void mp_engine_ask_dump(MpEngine *engine, MpDump what);
/* Bind a member to the device that it is configured for, if it is there. */
void mp_engine_look_for(MpEngine *engine, MpMember *member);
