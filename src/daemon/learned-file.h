/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What was learned by probing as JSON text, {"version": 1, "boot-id": "...", ...}; as
 * record-file.h.
 */
#pragma once

#include "learned.h"

/* g_free(). */
char *ipmpd_learned_to_json(const MpLearned *learned, const char *boot_id, gint64 boot_offset_us);
/* NULL without error: of another boot. Errors: MP_ERROR_FAILED; also when it is of another version,
 * or so old at `now_us` (monotonic) that it says nothing any more. */
MpLearned *ipmpd_learned_from_json(const char *text, gsize length, const char *boot_id,
                                   gint64 boot_offset_us, gint64 now_us, GError **error);
