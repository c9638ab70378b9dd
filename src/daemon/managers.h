/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which members NetworkManager or systemd-networkd configures, by the word of their bus and files.
 * Neither is started for it, and nothing of theirs is changed. */
#pragma once

#include "manager.h"
#include "snapshot.h"

#include <gio/gio.h>

void ipmpd_managers_look(GDBusConnection *bus, const MpSnapshot *snapshot,
                         GCancellable *cancellable, GAsyncReadyCallback callback,
                         gpointer user_data);
/* MpManager, g_array_unref(); NULL (MP_ERROR_FAILED) only when it was cancelled. A program that
 * does not answer is not there. */
GArray *ipmpd_managers_finish(GAsyncResult *result, GError **error);
