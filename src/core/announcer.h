/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* When neighbours are told where an address lives: before it is there (Linux accepts it on any
 * device), when it is, and again at 100, 500 and 1500 ms, for frames that are lost and switches
 * that learn late. The first word of a move is never held back; all others are, so that hundreds of
 * addresses do not flood the link: MP_ANNOUNCE_BURST addresses in MP_ANNOUNCE_PAUSE_US, 3,200 a
 * second. */
#pragma once

#include "state.h"

#define MP_ANNOUNCE_BURST 32u /* addresses, each with up to 2 + MP_ANNOUNCE_PEERS_MAX frames */
#define MP_ANNOUNCE_PAUSE_US (10 * MP_USEC_PER_MSEC)

/* A move was decided: the first word goes out before anything else. */
void mp_announcer_move(MpEngine *engine, MpData *data, gint64 now_us);
/* It has arrived: said again (with hundreds a little later), and the repeats are
 * scheduled. */
void mp_announcer_arrived(MpEngine *engine, MpData *data, gint64 now_us);
/* Addresses that neighbours may know by a hardware address that is not theirs: their member's has
 * changed, or another member answered for them until its settings were made. */
void mp_announcer_look(MpEngine *engine, gint64 now_us);
void mp_announcer_expire(MpEngine *engine, gint64 now_us);
gint64 mp_announcer_deadline(const MpEngine *engine);
