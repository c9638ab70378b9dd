/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* When neighbours are told where an address lives: before it is there (Linux accepts it on any
 * device), when it is, and again at 100, 500 and 1500 ms, for frames that are lost and switches
 * that learn late. */
#pragma once

#include "state.h"

/* A move was decided: the first word goes out before anything else. */
void mp_announcer_move(MpEngine *engine, MpData *data, gint64 now_us);
/* It has arrived: said again, and the repeats are scheduled. */
void mp_announcer_arrived(MpEngine *engine, MpData *data, gint64 now_us);
void mp_announcer_expire(MpEngine *engine, gint64 now_us);
gint64 mp_announcer_deadline(const MpEngine *engine);
