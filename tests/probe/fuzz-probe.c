/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* clang -fsanitize=fuzzer,address with the core library makes a fuzzer of this file. */
#include "fuzz-probe.h"

#include "arp.h"
#include "icmp.h"
#include "icmp6.h"

#include <string.h>

unsigned fuzz_probe_taken;

static void check_ipv4(const MpAddress *address)
{
    g_assert_cmpuint(address->family, ==, MP_IPV4);
    g_assert_cmpuint(address->prefix, ==, 32);
}

static MpWire fuzz_icmp(const guint8 *bytes, gsize size, guint16 identifier)
{
    MpEcho echo;
    MpAddress from, to;
    MpWire wire = mp_icmp_read_packet(bytes, size, identifier, &echo, &from, &to);

    if (wire == MP_WIRE_OK) {
        g_assert_cmpuint(size, >=, 20 + MP_ECHO_SIZE);
        g_assert_cmpuint(echo.identifier, ==, identifier);
        check_ipv4(&from);
        check_ipv4(&to);
    }
    return wire;
}

static MpWire fuzz_icmp6(const guint8 *bytes, gsize size, guint16 identifier)
{
    MpEcho echo;
    MpWire wire = mp_icmp6_read(bytes, size, identifier, NULL, NULL, &echo);

    if (wire == MP_WIRE_OK)
        g_assert_cmpuint(size, ==, MP_ECHO_SIZE);
    return wire;
}

static MpWire fuzz_arp(const guint8 *bytes, gsize size)
{
    MpArp arp;
    guint8 again[MP_ARP_SIZE];
    MpWire wire = mp_arp_read(bytes, size, &arp);

    if (wire == MP_WIRE_OK) {
        mp_arp_write(again, &arp);
        g_assert_cmpmem(again, MP_ARP_SIZE, bytes, MP_ARP_SIZE);
    }
    return wire;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    MpEcho echo;
    MpWire wire;

    if (size < 3)
        return 0;
    switch (data[0] % 4) {
    case 0:
        wire = fuzz_icmp(data + 3, size - 3, (guint16)(data[1] << 8 | data[2]));
        break;
    case 1:
        wire = mp_icmp_read(data + 3, size - 3, (guint16)(data[1] << 8 | data[2]), &echo);
        break;
    case 2:
        wire = fuzz_icmp6(data + 3, size - 3, (guint16)(data[1] << 8 | data[2]));
        break;
    default:
        wire = fuzz_arp(data + 3, size - 3);
    }
    fuzz_probe_taken += wire == MP_WIRE_OK;
    return 0;
}
