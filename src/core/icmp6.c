/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "icmp6.h"

#define ECHO_REQUEST 128
#define ECHO_REPLY 129
#define NEXT_HEADER_ICMPV6 58

static guint32 pseudo_header(const MpAddress *from, const MpAddress *to, gsize size)
{
    guint32 sum = (guint32)size + NEXT_HEADER_ICMPV6;

    sum = mp_checksum_add(sum, from->bytes, sizeof from->bytes);
    return mp_checksum_add(sum, to->bytes, sizeof to->bytes);
}

void mp_icmp6_write(guint8 out[MP_ECHO_SIZE], const MpEcho *echo, const MpAddress *from,
                    const MpAddress *to)
{
    mp_echo_write(out, ECHO_REQUEST, echo, pseudo_header(from, to, MP_ECHO_SIZE));
}

MpWire mp_icmp6_read(const guint8 *bytes, gsize size, guint16 identifier, const MpAddress *from,
                     const MpAddress *to, MpEcho *out)
{
    MpEcho echo;
    MpWire wire = mp_echo_read(bytes, size, ECHO_REPLY, identifier, &echo);

    if (wire != MP_WIRE_OK)
        return wire;
    if (from != NULL && to != NULL &&
        mp_checksum_fold(mp_checksum_add(pseudo_header(from, to, size), bytes, size)) != 0)
        return MP_WIRE_CHECKSUM;
    *out = echo;
    return MP_WIRE_OK;
}
