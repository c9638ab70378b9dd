/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The cookies of probes: SipHash-2-4 (Aumasson and Bernstein, 2012) of a counter under a secret
 * key. A target that has seen any number of cookies cannot foretell one that it has not. */
#pragma once

#include <glib.h>

typedef struct {
    guint64 key[2]; /* from the system's generator, once a life of the daemon */
} MpCookieKey;

guint64 mp_siphash(const MpCookieKey *key, const guint8 *bytes, gsize size);
/* The cookie of the `number`th probe of `stream`, a number that is each stream's own. */
guint64 mp_cookie(const MpCookieKey *key, guint64 stream, guint64 number);
