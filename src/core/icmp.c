/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "icmp.h"

#include <string.h>

#define ECHO_REPLY 0
#define ECHO_REQUEST 8
#define HEADER_MIN 20
#define PROTOCOL_ICMP 1

void mp_icmp_write(guint8 out[MP_ECHO_SIZE], const MpEcho *echo)
{
    mp_echo_write(out, ECHO_REQUEST, echo, 0);
}

MpWire mp_icmp_read(const guint8 *bytes, gsize size, guint16 identifier, MpEcho *out)
{
    MpEcho echo;
    MpWire wire = mp_echo_read(bytes, size, ECHO_REPLY, identifier, &echo);

    if (wire != MP_WIRE_OK)
        return wire;
    if (mp_checksum_fold(mp_checksum_add(0, bytes, size)) != 0)
        return MP_WIRE_CHECKSUM;
    *out = echo;
    return MP_WIRE_OK;
}

/* Where the message begins in an IPv4 packet, and how long it is. */
static MpWire find_message(const guint8 *bytes, gsize size, gsize *out_header, gsize *out_total)
{
    gsize header, total;

    if (size < HEADER_MIN)
        return MP_WIRE_SHORT;
    header = (bytes[0] & 0x0fu) * 4u;
    total = (gsize)bytes[2] << 8 | bytes[3];
    if (bytes[0] >> 4 != 4 || header < HEADER_MIN || total < header)
        return MP_WIRE_MALFORMED;
    if (size < total)
        return MP_WIRE_SHORT;
    /* An echo of ours never needs fragments: more-fragments, or an offset. */
    if (bytes[9] != PROTOCOL_ICMP || (bytes[6] & 0x3f) != 0 || bytes[7] != 0)
        return MP_WIRE_FOREIGN;
    *out_header = header;
    *out_total = total;
    return MP_WIRE_OK;
}

static MpAddress read_address(const guint8 *bytes)
{
    MpAddress address = {.family = MP_IPV4, .prefix = 32};

    memcpy(address.bytes, bytes, 4);
    return address;
}

MpWire mp_icmp_read_packet(const guint8 *bytes, gsize size, guint16 identifier, MpEcho *out,
                           MpAddress *out_from, MpAddress *out_to)
{
    gsize header, total;
    MpWire wire = find_message(bytes, size, &header, &total);

    if (wire == MP_WIRE_OK)
        wire = mp_icmp_read(bytes + header, total - header, identifier, out);
    if (wire != MP_WIRE_OK)
        return wire;
    *out_from = read_address(bytes + 12);
    *out_to = read_address(bytes + 16);
    return MP_WIRE_OK;
}
