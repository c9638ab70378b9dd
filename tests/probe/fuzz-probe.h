/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a fuzzer calls; the tests call it with seeded damage. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Whatever the bytes are: nothing is read beyond them, and what is taken is what was written. The
 * first byte chooses the parser. Always 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
/* How many of the inputs were well-formed. */
extern unsigned fuzz_probe_taken;
