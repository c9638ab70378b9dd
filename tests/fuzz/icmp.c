/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Two bytes of identifier, then what a raw ICMP socket hands out. */
#include "fuzz.h"

#include "icmp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    guint16 identifier;
    MpEcho echo;
    MpAddress from, to;

    if (size < 2)
        return 0;
    identifier = (guint16)(data[0] << 8 | data[1]);
    if (mp_icmp_read_packet(data + 2, size - 2, identifier, &echo, &from, &to) == MP_WIRE_OK) {
        g_assert_cmpuint(size - 2, >=, 20 + MP_ECHO_SIZE);
        g_assert_cmpuint(echo.identifier, ==, identifier);
        g_assert_true(from.family == MP_IPV4 && from.prefix == 32);
        g_assert_true(to.family == MP_IPV4 && to.prefix == 32);
    }
    if (mp_icmp_read(data + 2, size - 2, identifier, &echo) == MP_WIRE_OK)
        g_assert_cmpuint(echo.identifier, ==, identifier);
    return 0;
}
