/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The composition root: makes the parts, knows all of them, and is known by none. */
#pragma once

#include "seat.h"

typedef struct {
    const char *config_dir;
    const char *runtime_dir;
    const char *vendor_dir;
} IpmpdDirectories;

/* Runs until SIGTERM, SIGINT or a fault that cannot be mended here; everything in the kernel and on
 * disk is left in place. The engine runs in the seat's thread, so that this is called in another.
 * Returns the exit status. Call once in the life of a process. */
int ipmpd_daemon_run(const IpmpdDirectories *directories, IpmpdSeat *seat);
