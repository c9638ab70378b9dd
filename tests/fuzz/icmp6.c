/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Two bytes of identifier, then what an ICMPv6 socket hands out, with and without the checksum. */
#include "fuzz.h"

#include "icmp6.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    MpAddress from = {.family = MP_IPV6, .prefix = 128}, to = from;
    guint16 identifier;
    MpEcho echo;

    if (size < 2)
        return 0;
    identifier = (guint16)(data[0] << 8 | data[1]);
    if (mp_icmp6_read(data + 2, size - 2, identifier, NULL, NULL, &echo) == MP_WIRE_OK) {
        g_assert_cmpuint(size - 2, ==, MP_ECHO_SIZE);
        g_assert_cmpuint(echo.identifier, ==, identifier);
    }
    if (mp_icmp6_read(data + 2, size - 2, identifier, &from, &to, &echo) == MP_WIRE_OK)
        g_assert_cmpuint(echo.identifier, ==, identifier);
    return 0;
}
