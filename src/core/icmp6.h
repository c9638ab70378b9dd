/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ICMPv6 echo as bytes (RFC 4443), with the checksum over the pseudo header (RFC 8200, 8.1). */
#pragma once

#include "echo.h"

/* An echo request. A raw ICMPv6 socket writes the same checksum once more. */
void mp_icmp6_write(guint8 out[MP_ECHO_SIZE], const MpEcho *echo, const MpAddress *from,
                    const MpAddress *to);
/* An echo reply without the IPv6 header, as sockets hand it out. `from` and `to` NULL: the kernel
 * has checked the checksum. On anything but MP_WIRE_OK *out is left alone. */
MpWire mp_icmp6_read(const guint8 *bytes, gsize size, guint16 identifier, const MpAddress *from,
                     const MpAddress *to, MpEcho *out);
