/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The socket that changes things: batches down, answers up, in the order of the operations. */
#pragma once

#include "event.h"
#include "names.h"

typedef struct MpCommands MpCommands;

/* `names` stays the caller's. */
MpCommands *mp_commands_new(MpNames *names, GError **error);
void mp_commands_free(MpCommands *commands);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MpCommands, mp_commands_free)

int mp_commands_fd(const MpCommands *commands);
guint32 mp_commands_port(const MpCommands *commands);
/* Carries out all of them, in order. */
void mp_commands_submit(MpCommands *commands, const MpOp *ops, guint n_ops);
/* Reads answers that have come meanwhile (rtnetlink has answered before submit() returns). */
void mp_commands_receive(MpCommands *commands);
gboolean mp_commands_has_answer(const MpCommands *commands);
/* The next answer as an MP_EVENT_OP_DONE; FALSE: none, or the next in order is not there yet. */
gboolean mp_commands_take(MpCommands *commands, MpEvent *out);
