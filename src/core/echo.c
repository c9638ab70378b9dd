/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "echo.h"

#include "words.h"

#include <string.h>

static const char *const wires[] = {
    [MP_WIRE_OK] = "ok",
    [MP_WIRE_SHORT] = "short",
    [MP_WIRE_MALFORMED] = "malformed",
    [MP_WIRE_CHECKSUM] = "checksum",
    [MP_WIRE_FOREIGN] = "foreign",
};
G_STATIC_ASSERT(G_N_ELEMENTS(wires) == MP_N_WIRES);

const char *mp_wire_to_string(MpWire wire)
{
    return MP_WORD(wires, wire);
}

static guint16 get_u16(const guint8 *bytes)
{
    return (guint16)(bytes[0] << 8 | bytes[1]);
}

static void put_u16(guint8 *bytes, guint16 value)
{
    bytes[0] = (guint8)(value >> 8);
    bytes[1] = (guint8)value;
}

guint32 mp_checksum_add(guint32 sum, const guint8 *bytes, gsize size)
{
    for (gsize i = 0; i + 1 < size; i += 2) {
        sum += get_u16(bytes + i);
        sum = (sum & 0xffff) + (sum >> 16);
    }
    if (size % 2 != 0)
        sum += (guint32)bytes[size - 1] << 8;
    return sum;
}

guint16 mp_checksum_fold(guint32 sum)
{
    while (sum >> 16 != 0)
        sum = (sum & 0xffff) + (sum >> 16);
    return (guint16)~sum;
}

void mp_echo_write(guint8 out[MP_ECHO_SIZE], guint8 type, const MpEcho *echo, guint32 sum)
{
    guint64 cookie = GUINT64_TO_BE(echo->cookie);

    memset(out, 0, MP_ECHO_SIZE);
    out[0] = type;
    put_u16(out + 4, echo->identifier);
    put_u16(out + 6, echo->sequence);
    memcpy(out + 8, &cookie, sizeof cookie);
    put_u16(out + 2, mp_checksum_fold(mp_checksum_add(sum, out, MP_ECHO_SIZE)));
}

MpWire mp_echo_read(const guint8 *bytes, gsize size, guint8 type, guint16 identifier, MpEcho *out)
{
    guint64 cookie;

    if (size < 8)
        return MP_WIRE_SHORT;
    /* What we sent comes back byte for byte, so any other size is somebody else's. */
    if (bytes[0] != type || bytes[1] != 0 || size != MP_ECHO_SIZE ||
        get_u16(bytes + 4) != identifier)
        return MP_WIRE_FOREIGN;
    memcpy(&cookie, bytes + 8, sizeof cookie);
    out->identifier = identifier;
    out->sequence = get_u16(bytes + 6);
    out->cookie = GUINT64_FROM_BE(cookie);
    return MP_WIRE_OK;
}
