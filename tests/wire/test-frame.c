/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "frame.h"
#include <string.h>

static const guint8 HWADDR[6] = {0x02, 0, 0, 0, 0, 0x11};
static const MpAddress V4 = {MP_IPV4, 24, {192, 0, 2, 10}};
static const MpAddress GATEWAY = {MP_IPV4, 32, {192, 0, 2, 1}};
static const MpAddress V6 = {MP_IPV6, 64, {0x20, 0x01, 0x0d, 0xb8, [15] = 0x10}};

static void test_gratuitous_request(void)
{
    static const guint8 expected[] = {
        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2,   0, 0, 0,  0, 0x11, 0x08, 0x06, /* Ethernet, ARP */
        0,    1,    8,    0,    6,    4,    0,   1,                             /* request */
        2,    0,    0,    0,    0,    0x11, 192, 0, 2, 10,                      /* sender */
        0,    0,    0,    0,    0,    0,    192, 0, 2, 10,                      /* target */
    };
    guint8 frame[MP_FRAME_MAX];
    guint size = mp_frame_arp(frame, MP_FRAME_ARP_REQUEST, HWADDR, &V4, &V4);
    g_assert_cmpuint(size, ==, MP_FRAME_ARP_SIZE);
    g_assert_cmpmem(frame, size, expected, sizeof expected);
}

static void test_gratuitous_reply(void)
{
    static const guint8 expected[] = {
        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2,   0, 0, 0,  0, 0x11, 0x08, 0x06, /* Ethernet, ARP */
        0,    1,    8,    0,    6,    4,    0,   2,                             /* reply */
        2,    0,    0,    0,    0,    0x11, 192, 0, 2, 10,                      /* sender */
        2,    0,    0,    0,    0,    0x11, 192, 0, 2, 10,                      /* target */
    };
    guint8 frame[MP_FRAME_MAX];
    guint size = mp_frame_arp(frame, MP_FRAME_ARP_REPLY, HWADDR, &V4, &V4);
    g_assert_cmpmem(frame, size, expected, sizeof expected);
}

static void test_gateway_request(void)
{
    guint8 frame[MP_FRAME_MAX];
    guint size = mp_frame_arp(frame, MP_FRAME_ARP_REQUEST, HWADDR, &V4, &GATEWAY);
    g_assert_cmpuint(size, ==, MP_FRAME_ARP_SIZE);
    g_assert_cmpuint(frame[21], ==, 1);
    g_assert_cmpmem(frame + 28, 4, V4.bytes, 4);
    g_assert_cmpmem(frame + 38, 4, GATEWAY.bytes, 4);
}

static void test_neighbour_advertisement(void)
{
    static const guint8 expected[] = {
        0x33, 0x33, 0,    0,    0,    1,    2,  0,   0,    0, 0, 0x11, 0x86, 0xdd, /* Ethernet, IPv6
                                                                                    */
        0x60, 0,    0,    0,    0,    32,   58, 255, /* 32 bytes, ICMPv6 */
        0x20, 0x01, 0x0d, 0xb8, 0,    0,    0,  0,   0,    0, 0, 0,    0,    0,    0,
        0x10, 0xff, 0x02, 0,    0,    0,    0,  0,   0,    0, 0, 0,    0,    0,    0,
        0,    0x01, 136,  0,    0xf8, 0xfc, /* advertisement, checksum */
        0x20, 0,    0,    0,                /* override */
        0x20, 0x01, 0x0d, 0xb8, 0,    0,    0,  0,   0,    0, 0, 0,    0,    0,    0,
        0x10, 2,    1,    2,    0,    0,    0,  0,   0x11, /* target link-layer address */
    };
    guint8 frame[MP_FRAME_MAX];
    guint size = mp_frame_neighbour_advertisement(frame, HWADDR, &V6);
    g_assert_cmpuint(size, ==, MP_FRAME_ND_SIZE);
    g_assert_cmpmem(frame, size, expected, sizeof expected);
}

static void test_neighbour_solicitation(void)
{
    static const MpAddress router = {MP_IPV6, 128, {0xfe, 0x80, [13] = 0xaa, 0xbb, 0xcc}};
    static const guint8 expected[] = {
        0x33, 0x33, 0xff, 0xaa, 0xbb, 0xcc, 2,  0,   0, 0,    0, 0x11, 0x86, 0xdd,
        0x60, 0,    0,    0,    0,    32,   58, 255, /* 32 bytes, ICMPv6 */
        0x20, 0x01, 0x0d, 0xb8, 0,    0,    0,  0,   0, 0,    0, 0,    0,    0,
        0,    0x10, 0xff, 0x02, 0,    0,    0,  0,   0, 0,    0, 0,    0,    1,
        0xff, 0xaa, 0xbb, 0xcc, 135,  0,    0,  0,   0, 0,    0, 0, /* checksum: below */
        0xfe, 0x80, 0,    0,    0,    0,    0,  0,   0, 0,    0, 0,    0,    0xaa,
        0xbb, 0xcc, 1,    1,    2,    0,    0,  0,   0, 0x11, /* source link-layer address */
    };
    guint8 frame[MP_FRAME_MAX];
    guint size = mp_frame_neighbour_solicitation(frame, HWADDR, &V6, &router);
    guint64 sum = 58 + 32;
    for (guint i = 14 + 8; i < size; i += 2)
        sum += (guint64)(frame[i] << 8 | frame[i + 1]);
    g_assert_cmpuint(sum % 0xffff, ==, 0);
    frame[56] = frame[57] = 0;
    g_assert_cmpmem(frame, size, expected, sizeof expected);
}

/* By the definition: all 16 bit words, the checksum's too, add up to 0xffff. */
static void test_checksum(void)
{
    g_autoptr(GRand) rand = g_rand_new_with_seed(73);
    for (guint round = 0; round < 1000; round++) {
        guint8 frame[MP_FRAME_MAX], hwaddr[6];
        MpAddress address = {MP_IPV6, 64, {0}};
        for (guint i = 0; i < 16; i++)
            address.bytes[i] = (guint8)g_rand_int(rand);
        for (guint i = 0; i < 6; i++)
            hwaddr[i] = (guint8)g_rand_int(rand);
        guint size = mp_frame_neighbour_advertisement(frame, hwaddr, &address);
        guint64 sum = 58 + 32;
        for (guint i = 14 + 8; i < size; i += 2)
            sum += (guint64)(frame[i] << 8 | frame[i + 1]);
        g_assert_cmpuint(sum % 0xffff, ==, 0);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/wire/frame/gratuitous-request", test_gratuitous_request);
    g_test_add_func("/wire/frame/gratuitous-reply", test_gratuitous_reply);
    g_test_add_func("/wire/frame/gateway-request", test_gateway_request);
    g_test_add_func("/wire/frame/neighbour-advertisement", test_neighbour_advertisement);
    g_test_add_func("/wire/frame/neighbour-solicitation", test_neighbour_solicitation);
    g_test_add_func("/wire/frame/checksum", test_checksum);
    return g_test_run();
}
