/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The record as JSON text, {"version": 1, "boot-id": "...", ...}: written whole, read strictly.
 * Text in, text out: no file is opened here.
 *
 * Times are CLOCK_BOOTTIME in the text; `boot_offset_us` is what that is ahead of the engine's
 * monotonic clock (ipmpd_clock_boot_offset_us). */
#pragma once

#include "record.h"

/* g_free(). */
char *ipmpd_record_to_json(const MpRecord *record, const char *boot_id, gint64 boot_offset_us);
/* NULL without error: a record of another boot. Otherwise every field of every entry must be there
 * and right (MP_ERROR_FAILED: which one, of which entry, what is wrong); fields that are not known
 * are left alone. `length` bytes of text. */
MpRecord *ipmpd_record_from_json(const char *text, gsize length, const char *boot_id,
                                 gint64 boot_offset_us, GError **error);
