/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whether the members of a group are on one link: each calls a few times, all listen. The calls are
 * ARP probes (RFC 5227) for the dummy address 192.0.0.8 (RFC 7600), which nobody has: their sender
 * is 0.0.0.0, so that no neighbour learns anything from them, and nobody who is just acquiring an
 * address is disturbed. */
#pragma once

#include "hearing.h"
#include <gio/gio.h>

#define MP_LINK_CHECK_PORTS_MAX 4096u

/* Takes `hearing`; the answer comes to the thread-default context of the caller, at once when all
 * have heard all, and after half a second at the latest. Cancelling ends it early, with an error.
 * In the network namespace of the calling thread. */
void mp_link_check_run(MpHearing *hearing, GCancellable *cancellable, GAsyncReadyCallback callback,
                       gpointer user_data);
/* `hearing` again, filled. Errors: LIMIT_REACHED, KERNEL, and G_IO_ERROR_CANCELLED. */
MpHearing *mp_link_check_finish(GAsyncResult *result, GError **error);
