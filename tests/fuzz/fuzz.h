/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What libFuzzer, or replay.c with a corpus, calls: whatever the bytes are, nothing is read beyond
 * them, nothing leaks, and what is taken is well-formed. Always 0. */
#pragma once

#include <glib.h>
#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
