/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Dumps, in steps that leave room for notifications in between.
 *
 * Each kind that is asked for comes as DUMP_BEGIN, objects, DUMP_END; the kinds in the order links,
 * addresses, rules, nexthops, routes. The user of a dumper alternates
 *
 *     mp_dumper_receive()     takes a piece from the kernel
 *     (the monitor socket is drained: its events are told, and shown to mp_dumper_note())
 *     mp_dumper_deliver()     tells the piece
 *
 * so that the sink sees a coherent story: what is notified between BEGIN and END wins over what is
 * dumped (an older dumped object is left out), all that was notified before a piece was made is
 * told before it, and whatever is neither dumped nor notified between BEGIN and END is not there.
 * Asking for a kind that is being dumped makes another dump of it afterwards. DUMP_END has EINTR
 * when the kernel or too many notifications made the dump worthless. */
#pragma once

#include "event.h"
#include "netlink-parse.h"

typedef struct MpDumper MpDumper;

MpDumper *mp_dumper_new(MpParseFunc tell, gpointer user_data, GError **error);
void mp_dumper_free(MpDumper *dumper);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MpDumper, mp_dumper_free)

int mp_dumper_fd(const MpDumper *dumper);
void mp_dumper_request(MpDumper *dumper, MpDump what);
/* Something to receive or to ask for, right now. */
gboolean mp_dumper_is_ready(const MpDumper *dumper);
/* The kernel owes a piece: wait for mp_dumper_fd(), then tell so by mp_dumper_wake(). */
void mp_dumper_wake(MpDumper *dumper);

void mp_dumper_receive(MpDumper *dumper, gint64 now_us);
void mp_dumper_note(MpDumper *dumper, const MpEvent *event);
void mp_dumper_deliver(MpDumper *dumper);
/* Notifications were lost: the dump that runs is worthless. */
void mp_dumper_spoil(MpDumper *dumper);
