/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Probes out, answers in: batches through one socket for each way (probe-socket.h).
 *
 * A socket is opened with the first probe of its way: a host that is not probed pays nothing, not
 * even the look of the kernel's filter at each packet; one without IPv6 probes by IPv4. Rights are
 * no question by then, as the door's announcements need the same. While it cannot be opened, its
 * probes are told as not sent.
 *
 * What is checked here is what the packet itself says: the identifier of this door, the format, and
 * in ARP the hardware addresses. Whose answer it is, is the engine's to decide. */
#pragma once

#include "netlink-parse.h"
#include "probe-socket.h"

typedef struct MpProbes MpProbes;

/* `tell`: PROBE_ANSWER and PROBE_NOT_SENT. Errors: MP_ERROR_KERNEL. */
MpProbes *mp_probes_new(MpParseFunc tell, gpointer user_data, GError **error);
void mp_probes_free(MpProbes *probes);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MpProbes, mp_probes_free)

/* -1: not opened yet. */
int mp_probes_fd(const MpProbes *probes, MpProbeWay way);
/* Each on its device, one system call for all of a way. One that cannot leave (its device is down)
 * holds up no other; one for which there is no room is told. */
void mp_probes_send(MpProbes *probes, const MpProbe *batch, guint n);
/* All that came in, or so much that a flood of forged answers does not hold the turn for ever. */
void mp_probes_read(MpProbes *probes, MpProbeWay way);
/* The device is gone. */
void mp_probes_forget(MpProbes *probes, guint index);
