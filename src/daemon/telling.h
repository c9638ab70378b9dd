/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whether neighbours are being told where addresses are going: one byte that outlives a kill. It is
 * memory, shared with a file in the runtime directory, since nothing may be written between a loss
 * of link and the last word to the neighbours. */
#pragma once

#include <glib.h>

/* The byte as an earlier life left it; 0 when there was none. NULL: there is no room, or no access;
 * `error` tells (MP_ERROR_FAILED). */
guint8 *ipmpd_telling_map(const char *path, GError **error);
void ipmpd_telling_unmap(guint8 *telling);
