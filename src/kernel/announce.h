/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tells neighbours where addresses live, without a route, an address or a lock of the kernel's:
 * frames go straight to the device. */
#pragma once

#include "engine.h"

typedef struct MpAnnouncer MpAnnouncer;

/* Of the thread's network namespace. */
MpAnnouncer *mp_announcer_new(GError **error);
void mp_announcer_free(MpAnnouncer *announcer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MpAnnouncer, mp_announcer_free)

/* The frames of all of these MP_ACTION_ANNOUNCE (others are skipped, and devices that are not
 * Ethernet), in few system calls and without waiting: what a device does not take is lost. Returns
 * how many frames were taken. */
guint mp_announcer_send(MpAnnouncer *announcer, const MpAction *announcements, guint n);
