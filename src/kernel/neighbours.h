/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Neighbour tables of single devices, when asked for: a piece a turn, so that what is more urgent
 * waits for no table. The socket is opened with the first question. */
#pragma once

#include "netlink-parse.h"

typedef struct MpNeighbours MpNeighbours;

/* `tell`: NEIGHBOUR of both families, then NEIGHBOURS_END, also when the kernel gave nothing. */
MpNeighbours *mp_neighbours_new(MpParseFunc tell, gpointer user_data);
void mp_neighbours_free(MpNeighbours *neighbours);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MpNeighbours, mp_neighbours_free)

int mp_neighbours_fd(const MpNeighbours *neighbours); /* -1: not opened yet */
void mp_neighbours_request(MpNeighbours *neighbours, guint index);
/* Something to do, right now. */
gboolean mp_neighbours_is_ready(const MpNeighbours *neighbours);
/* There is something to read. */
void mp_neighbours_wake(MpNeighbours *neighbours);
/* Ask, or take one piece. */
void mp_neighbours_step(MpNeighbours *neighbours);
