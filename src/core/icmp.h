/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ICMP echo over IPv4 as bytes (RFC 792). */
#pragma once

#include "echo.h"

/* An echo request, as it is handed to an ICMP socket. */
void mp_icmp_write(guint8 out[MP_ECHO_SIZE], const MpEcho *echo);
/* An echo reply as a raw socket hands it out, IPv4 header first (options are skipped, fragments
 * refused). `from` and `to`: of the header. On anything but MP_WIRE_OK the out arguments are left
 * alone. */
MpWire mp_icmp_read_packet(const guint8 *bytes, gsize size, guint16 identifier, MpEcho *out,
                           MpAddress *out_from, MpAddress *out_to);
/* The same without the IPv4 header, as a datagram ICMP socket hands it out. */
MpWire mp_icmp_read(const guint8 *bytes, gsize size, guint16 identifier, MpEcho *out);
