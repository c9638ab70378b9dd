/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What ICMP and ICMPv6 echoes have in common (RFC 792, RFC 4443): eight bytes of header, then the
 * cookie. Nobody who has not seen the probe can answer it: the identifier and the sequence are
 * guessed easily, the cookie is not. */
#pragma once

#include "address.h"

#define MP_ECHO_SIZE 16 /* bytes: header and cookie */

typedef struct {
    guint16 identifier; /* of the daemon */
    guint16 sequence;
    guint64 cookie;
} MpEcho;

/* What became of received bytes. */
typedef enum {
    MP_WIRE_OK,
    MP_WIRE_SHORT,     /* ends before it says so itself */
    MP_WIRE_MALFORMED, /* contradicts its format */
    MP_WIRE_CHECKSUM,
    MP_WIRE_FOREIGN, /* well-formed, but no answer to a probe of ours */
} MpWire;
#define MP_N_WIRES 5

const char *mp_wire_to_string(MpWire wire);

/* One's complement sum of RFC 1071 over `size` bytes, added to the unfolded `sum` of what came
 * before (an even number of bytes). */
guint32 mp_checksum_add(guint32 sum, const guint8 *bytes, gsize size);
/* The checksum to be written, 0 if `sum` had the right one in it. */
guint16 mp_checksum_fold(guint32 sum);

/* The message with its checksum, which starts from `sum` (of a pseudo header, or 0). */
void mp_echo_write(guint8 out[MP_ECHO_SIZE], guint8 type, const MpEcho *echo, guint32 sum);
/* A message of `type` and `identifier`. On anything but MP_WIRE_OK *out is left alone. */
MpWire mp_echo_read(const guint8 *bytes, gsize size, guint8 type, guint16 identifier, MpEcho *out);
