/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Probes as bytes: what is written, what is taken, what is refused and why. */
#include "arp.h"
#include "fuzz-probe.h"
#include "icmp.h"
#include "icmp6.h"

#include <string.h>

#define IDENTIFIER 0x1234

static const MpEcho sample = {IDENTIFIER, 0xfffe, G_GUINT64_CONSTANT(0x0102030405060708)};

static MpAddress address(const char *text)
{
    MpAddress parsed = {0};

    g_assert_true(mp_address_parse(text, MP_PREFIX_OPTIONAL, &parsed, NULL));
    return parsed;
}

/* The reply that a neighbour would give, in an IPv4 packet with `options` words of options. */
static gsize make_reply(guint8 out[80], guint options)
{
    gsize header = 20 + 4 * options, total = header + MP_ECHO_SIZE;

    memset(out, 1, 80); /* options: no-operation */
    memset(out, 0, 20);
    out[0] = (guint8)(0x45 + options);
    out[3] = (guint8)total;
    out[8] = 64;
    out[9] = 1;
    memcpy(out + 12, (const guint8[]){192, 0, 2, 1, 192, 0, 2, 9}, 8);
    mp_echo_write(out + header, 0, &sample, 0);
    return total;
}

static void check_echo(const MpEcho *echo)
{
    g_assert_cmpuint(echo->identifier, ==, sample.identifier);
    g_assert_cmpuint(echo->sequence, ==, sample.sequence);
    g_assert_cmpuint(echo->cookie, ==, sample.cookie);
}

static void test_icmp_bytes(void)
{
    /* The checksum: 0x0800 + 0x1234 + 0xfffe + 0x0102 + 0x0304 + 0x0506 + 0x0708, folded, inverted
     */
    static const guint8 expected[] = {8, 0, 0xd5, 0xb8, 0x12, 0x34, 0xff, 0xfe,
                                      1, 2, 3,    4,    5,    6,    7,    8};
    guint8 bytes[MP_ECHO_SIZE];

    mp_icmp_write(bytes, &sample);
    g_assert_cmpmem(bytes, sizeof bytes, expected, sizeof expected);
}

static void test_icmp_reply(void)
{
    for (guint options = 0; options <= 10; options++) {
        guint8 bytes[80];
        gsize size = make_reply(bytes, options);
        MpEcho echo;
        MpAddress from, to, expected_from = address("192.0.2.1"),
                            expected_to = address("192.0.2.9");

        g_assert_cmpint(mp_icmp_read_packet(bytes, size, IDENTIFIER, &echo, &from, &to), ==,
                        MP_WIRE_OK);
        check_echo(&echo);
        g_assert_true(mp_address_equal(&from, &expected_from));
        g_assert_true(mp_address_equal(&to, &expected_to));
        /* What the link padded the frame with is not of the packet. */
        g_assert_cmpint(mp_icmp_read_packet(bytes, sizeof bytes, IDENTIFIER, &echo, &from, &to), ==,
                        MP_WIRE_OK);
    }
}

static void test_icmp_truncated(void)
{
    for (guint options = 0; options <= 10; options++) {
        guint8 bytes[80];
        gsize size = make_reply(bytes, options);

        for (gsize cut = 0; cut < size; cut++) {
            g_autofree guint8 *exact = g_memdup2(bytes, cut);
            MpEcho echo = {0};
            MpAddress from = {0}, to = {0};

            g_assert_cmpint(mp_icmp_read_packet(exact, cut, IDENTIFIER, &echo, &from, &to), ==,
                            MP_WIRE_SHORT);
            g_assert_cmpuint(echo.cookie, ==, 0);
            g_assert_cmpuint(from.family, ==, 0);
        }
    }
}

/* One byte made another: what comes of it. */
static void test_icmp_refused(void)
{
    static const struct {
        guint at;
        guint8 value;
        MpWire wire;
    } cases[] = {
        {0, 0x65, MP_WIRE_MALFORMED},                           /* IPv6 */
        {0, 0x44, MP_WIRE_MALFORMED},                           /* a header of 16 bytes */
        {0, 0x40, MP_WIRE_MALFORMED},                           /* of none */
        {0, 0x46, MP_WIRE_FOREIGN},                             /* options that eat half a cookie */
        {0, 0x4f, MP_WIRE_MALFORMED},                           /* a header longer than all */
        {3, 19, MP_WIRE_MALFORMED},                             /* all shorter than the header */
        {3, 20, MP_WIRE_SHORT},                                 /* no message */
        {3, 27, MP_WIRE_SHORT},                                 /* half a message */
        {3, 35, MP_WIRE_FOREIGN},                               /* half a cookie */
        {2, 1, MP_WIRE_SHORT},                                  /* claims 292 bytes */
        {6, 0x20, MP_WIRE_FOREIGN},                             /* more fragments */
        {7, 1, MP_WIRE_FOREIGN},                                /* not the first fragment */
        {9, 17, MP_WIRE_FOREIGN},                               /* UDP */
        {20, 8, MP_WIRE_FOREIGN},                               /* a request */
        {20, 3, MP_WIRE_FOREIGN},                               /* destination unreachable */
        {21, 1, MP_WIRE_FOREIGN},                               /* a code */
        {22, 0, MP_WIRE_CHECKSUM},    {24, 0, MP_WIRE_FOREIGN}, /* of another program */
        {25, 0, MP_WIRE_FOREIGN},     {26, 0, MP_WIRE_CHECKSUM}, /* the sequence */
        {35, 0, MP_WIRE_CHECKSUM},                               /* the cookie */
    };

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        guint8 bytes[80];
        gsize size = make_reply(bytes, 0);
        MpEcho echo;
        MpAddress from, to;
        MpWire wire;

        bytes[cases[i].at] = cases[i].value;
        wire = mp_icmp_read_packet(bytes, size, IDENTIFIER, &echo, &from, &to);
        if (wire != cases[i].wire)
            g_error("case %zu: %s", i, mp_wire_to_string(wire));
    }
}

static void test_icmp_without_header(void)
{
    guint8 bytes[80];
    MpEcho echo;

    make_reply(bytes, 0);
    g_assert_cmpint(mp_icmp_read(bytes + 20, MP_ECHO_SIZE, IDENTIFIER, &echo), ==, MP_WIRE_OK);
    check_echo(&echo);
    g_assert_cmpint(mp_icmp_read(bytes + 20, MP_ECHO_SIZE, IDENTIFIER + 1, &echo), ==,
                    MP_WIRE_FOREIGN);
    for (gsize cut = 0; cut < MP_ECHO_SIZE; cut++)
        g_assert_cmpint(mp_icmp_read(bytes + 20, cut, IDENTIFIER, &echo), ==,
                        cut < 8 ? MP_WIRE_SHORT : MP_WIRE_FOREIGN);
}

static void test_icmp6_bytes(void)
{
    /* RFC 8200, 8.1: fe80:: + 1, ff02:: + 1, length 16, next header 58, then the message. */
    static const guint8 expected[] = {0x80, 0, 0x5f, 0xe8, 0x12, 0x34, 0xff, 0xfe,
                                      1,    2, 3,    4,    5,    6,    7,    8};
    MpAddress from = address("fe80::1"), to = address("ff02::1");
    guint8 bytes[MP_ECHO_SIZE];

    mp_icmp6_write(bytes, &sample, &from, &to);
    g_assert_cmpmem(bytes, sizeof bytes, expected, sizeof expected);
}

static void test_icmp6_reply(void)
{
    MpAddress from = address("fe80::1"), to = address("fe80::2"), other = address("fe80::3");
    guint8 bytes[MP_ECHO_SIZE];
    MpEcho echo = {0};

    mp_icmp6_write(bytes, &sample, &from, &to);
    g_assert_cmpint(mp_icmp6_read(bytes, sizeof bytes, IDENTIFIER, &from, &to, &echo), ==,
                    MP_WIRE_FOREIGN); /* a request */
    bytes[0] = 129;                   /* the checksum is still the request's */
    g_assert_cmpint(mp_icmp6_read(bytes, sizeof bytes, IDENTIFIER, &from, &to, &echo), ==,
                    MP_WIRE_CHECKSUM);
    g_assert_cmpuint(echo.cookie, ==, 0);
    bytes[2] -= 1; /* one type more, one less in the sum */
    g_assert_cmpint(mp_icmp6_read(bytes, sizeof bytes, IDENTIFIER, &from, &to, &echo), ==,
                    MP_WIRE_OK);
    check_echo(&echo);
    g_assert_cmpint(mp_icmp6_read(bytes, sizeof bytes, IDENTIFIER, &other, &to, &echo), ==,
                    MP_WIRE_CHECKSUM);
    g_assert_cmpint(mp_icmp6_read(bytes, sizeof bytes, IDENTIFIER, NULL, NULL, &echo), ==,
                    MP_WIRE_OK);
    g_assert_cmpint(mp_icmp6_read(bytes, sizeof bytes, 1, &from, &to, &echo), ==, MP_WIRE_FOREIGN);
    for (gsize cut = 0; cut < MP_ECHO_SIZE; cut++) {
        g_autofree guint8 *exact = g_memdup2(bytes, cut);

        g_assert_cmpint(mp_icmp6_read(exact, cut, IDENTIFIER, &from, &to, &echo), ==,
                        cut < 8 ? MP_WIRE_SHORT : MP_WIRE_FOREIGN);
    }
}

static const guint8 our_hwaddr[6] = {2, 0, 0, 0, 0, 9};
static const guint8 their_hwaddr[6] = {2, 0, 0, 0, 0, 1};

static void test_arp_bytes(void)
{
    static const guint8 probe[MP_ARP_SIZE] = {0, 1, 8, 0, 6, 4, 0, 1, 2, 0, 0,   0, 0, 9,
                                              0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 192, 0, 2, 1};
    MpAddress none = {0}, sender = address("192.0.2.9/24"), target = address("192.0.2.1");
    MpArp arp = mp_arp_request(our_hwaddr, &none, &target), read;
    guint8 bytes[MP_ARP_SIZE];

    mp_arp_write(bytes, &arp);
    g_assert_cmpmem(bytes, sizeof bytes, probe, sizeof probe);
    arp = mp_arp_request(our_hwaddr, &sender, &target);
    mp_arp_write(bytes, &arp);
    g_assert_cmpmem(bytes + 14, 4, sender.bytes, 4);
    g_assert_cmpint(mp_arp_read(bytes, sizeof bytes, &read), ==, MP_WIRE_OK);
    g_assert_cmpmem(&read, sizeof read, &arp, sizeof arp);
}

static MpArp arp_reply_to(const MpArp *request)
{
    MpArp reply = {.operation = MP_ARP_REPLY, .sender = request->target, .target = request->sender};

    memcpy(reply.sender_hwaddr, their_hwaddr, 6);
    memcpy(reply.target_hwaddr, request->sender_hwaddr, 6);
    return reply;
}

static void test_arp_refused(void)
{
    static const struct {
        guint at;
        guint8 value;
        MpWire wire;
    } cases[] = {
        {0, 1, MP_WIRE_MALFORMED}, {1, 6, MP_WIRE_MALFORMED}, {2, 0x86, MP_WIRE_MALFORMED},
        {3, 1, MP_WIRE_MALFORMED}, {4, 8, MP_WIRE_MALFORMED}, {5, 16, MP_WIRE_MALFORMED},
        {6, 1, MP_WIRE_FOREIGN},   {7, 0, MP_WIRE_FOREIGN},   {7, 3, MP_WIRE_FOREIGN},
        {7, 1, MP_WIRE_OK},        {27, 0xff, MP_WIRE_OK},
    };
    MpAddress none = {0}, target = address("192.0.2.1");
    MpArp request = mp_arp_request(our_hwaddr, &none, &target), reply = arp_reply_to(&request),
          read;
    guint8 good[MP_ARP_SIZE];

    mp_arp_write(good, &reply);
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        guint8 bytes[MP_ARP_SIZE];

        memcpy(bytes, good, sizeof bytes);
        bytes[cases[i].at] = cases[i].value;
        g_assert_cmpint(mp_arp_read(bytes, sizeof bytes, &read), ==, cases[i].wire);
    }
    for (gsize cut = 0; cut < MP_ARP_SIZE; cut++) {
        g_autofree guint8 *exact = g_memdup2(good, cut);

        g_assert_cmpint(mp_arp_read(exact, cut, &read), ==, MP_WIRE_SHORT);
    }
}

static void test_arp_answers(void)
{
    static const guint8 other[6] = {2, 0, 0, 0, 0, 7}, none_hwaddr[6] = {0},
                        group[6] = {3, 0, 0, 0, 0, 7};
    MpAddress none = {0}, sender = address("192.0.2.9"), target = address("192.0.2.1");
    MpArp probe = mp_arp_request(our_hwaddr, &none, &target);
    MpArp request = mp_arp_request(our_hwaddr, &sender, &target);
    MpArp good = arp_reply_to(&request), bad;

    g_assert_true(mp_arp_answers(&good, &request, NULL));
    g_assert_true(mp_arp_answers(&good, &request, their_hwaddr));
    g_assert_false(mp_arp_answers(&good, &request, other));
    g_assert_false(mp_arp_answers(&good, &probe, NULL)); /* told to an address, asked by none */
    bad = arp_reply_to(&probe);
    g_assert_true(mp_arp_answers(&bad, &probe, NULL));
    g_assert_false(mp_arp_answers(&bad, &request, NULL));
    bad = good;
    bad.operation = MP_ARP_REQUEST;
    g_assert_false(mp_arp_answers(&bad, &request, NULL));
    bad = good;
    bad.sender = address("192.0.2.2");
    g_assert_false(mp_arp_answers(&bad, &request, NULL));
    bad = good;
    memcpy(bad.target_hwaddr, other, 6);
    g_assert_false(mp_arp_answers(&bad, &request, NULL));
    bad = good;
    memcpy(bad.sender_hwaddr, our_hwaddr, 6); /* our own frame, looped back */
    g_assert_false(mp_arp_answers(&bad, &request, NULL));
    memcpy(bad.sender_hwaddr, none_hwaddr, 6);
    g_assert_false(mp_arp_answers(&bad, &request, NULL));
    memcpy(bad.sender_hwaddr, group, 6);
    g_assert_false(mp_arp_answers(&bad, &request, NULL));
}

static void test_words(void)
{
    for (guint i = 0; i < MP_N_WIRES; i++) {
        for (guint k = 0; k < i; k++)
            g_assert_cmpstr(mp_wire_to_string((MpWire)i), !=, mp_wire_to_string((MpWire)k));
    }
}

static void damage(GRand *random, guint8 *bytes, gsize size)
{
    static const guint8 nasty[] = {0, 1, 4, 0x0f, 0x40, 0x45, 0x4f, 0x7f, 0x80, 0xff};
    gint32 n = g_rand_int_range(random, 0, 4);

    for (gint32 i = 0; i < n; i++) {
        gsize at = (gsize)g_rand_int_range(random, 0, (gint32)size);

        if (g_rand_boolean(random))
            bytes[at] = nasty[g_rand_int_range(random, 0, G_N_ELEMENTS(nasty))];
        else
            bytes[at] ^= (guint8)(1u << g_rand_int_range(random, 0, 8));
    }
}

static gsize make_input(guint kind, guint options, guint8 out[96])
{
    MpAddress none = {0}, target = address("192.0.2.1");
    MpArp request = mp_arp_request(our_hwaddr, &none, &target);
    gsize size = MP_ECHO_SIZE;

    memset(out, 0, 96);
    out[0] = (guint8)kind;
    out[1] = IDENTIFIER >> 8;
    out[2] = IDENTIFIER & 0xff;
    if (kind == 0)
        size = make_reply(out + 3, options);
    else if (kind == 3)
        mp_arp_write(out + 3, &request);
    else
        mp_echo_write(out + 3, kind == 1 ? 0 : 129, &sample, 0);
    return 3 + (kind == 3 ? MP_ARP_SIZE : size);
}

static void test_mutations(void)
{
    g_autoptr(GRand) random = g_rand_new_with_seed(3);

    fuzz_probe_taken = 0;
    for (guint round = 0; round < 200000; round++) {
        guint8 input[96];
        gsize size = make_input(round % 4, (guint)g_rand_int_range(random, 0, 11), input);
        g_autofree guint8 *exact = NULL;

        damage(random, input + 3, size - 3);
        if (g_rand_int_range(random, 0, 4) == 0)
            size = (gsize)g_rand_int_range(random, 0, (gint32)size + 1);
        exact = g_memdup2(input, size);
        LLVMFuzzerTestOneInput(exact, size);
    }
    /* Enough survived to have been worth it, and enough did not. */
    g_assert_cmpuint(fuzz_probe_taken, >, 40000);
    g_assert_cmpuint(fuzz_probe_taken, <, 160000);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/icmp/bytes", test_icmp_bytes);
    g_test_add_func("/icmp/reply", test_icmp_reply);
    g_test_add_func("/icmp/truncated", test_icmp_truncated);
    g_test_add_func("/icmp/refused", test_icmp_refused);
    g_test_add_func("/icmp/without-header", test_icmp_without_header);
    g_test_add_func("/icmp6/bytes", test_icmp6_bytes);
    g_test_add_func("/icmp6/reply", test_icmp6_reply);
    g_test_add_func("/arp/bytes", test_arp_bytes);
    g_test_add_func("/arp/refused", test_arp_refused);
    g_test_add_func("/arp/answers", test_arp_answers);
    g_test_add_func("/wire/words", test_words);
    g_test_add_func("/wire/mutations", test_mutations);
    return g_test_run();
}
