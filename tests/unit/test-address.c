/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "address.h"

#include "unit.h"

#include <string.h>

/* What is read, and how it is written again. */
static void test_parse_good(void)
{
    static const struct {
        const char *text, *written;
    } cases[] = {
        {"192.0.2.1/24", "192.0.2.1/24"},
        {"0.0.0.0/0", "0.0.0.0/0"},
        {"255.255.255.255/32", "255.255.255.255/32"},
        {"::/0", "::/0"},
        {"::1/128", "::1/128"},
        {"1::/16", "1::/16"},
        {"2001:db8::10/64", "2001:db8::10/64"},
        {"2001:0DB8:0:0:0:0:0:00A0/64", "2001:db8::a0/64"},
        {"1:2:3:4:5:6:7:8/1", "1:2:3:4:5:6:7:8/1"},
        {"1:2:3:4:5:6:7::/64", "1:2:3:4:5:6:7:0/64"},
        {"::2:3:4:5:6:7:8/64", "0:2:3:4:5:6:7:8/64"},
        {"1:0:0:2:0:0:0:3/64", "1:0:0:2::3/64"},
        {"1:0:0:2:0:0:3:4/64", "1::2:0:0:3:4/64"},
        {"1:0:2:0:3:0:4:0/64", "1:0:2:0:3:0:4:0/64"},
        {"::ffff:192.0.2.1/96", "::ffff:192.0.2.1/96"},
        {"::FFFF:c000:201/96", "::ffff:192.0.2.1/96"},
        {"64:ff9b::192.0.2.33/96", "64:ff9b::c000:221/96"},
        {"1:2:3:4:5:6:192.0.2.1/64", "1:2:3:4:5:6:c000:201/64"},
        {"::192.0.2.1/96", "::c000:201/96"},
        {"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128",
         "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128"},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        g_autofree char *written = NULL;
        MpAddress address;

        mp_address_parse(cases[i].text, MP_PREFIX_REQUIRED, &address, &error);
        g_assert_no_error(error);
        written = mp_address_to_string(&address);
        g_assert_cmpstr(written, ==, cases[i].written);
    }
}

static void test_parse_bad(void)
{
    static const struct {
        const char *text, *wrong;
    } cases[] = {
        {"", "it is empty"},
        {"192.0.2.1", "it has no prefix length"},
        {"::1", "it has no prefix length"},
        {"192.0.2.1/", "the prefix length is missing"},
        {"192.0.2.1/x", "the prefix length is missing"},
        {"192.0.2.1/-1", "the prefix length is missing"},
        {"192.0.2.1/33", "the prefix length is larger than 32"},
        {"192.0.2.1/4294967320", "the prefix length is larger than 32"},
        {"::1/129", "the prefix length is larger than 128"},
        {"192.0.2.1/024", "the prefix length has a leading zero"},
        {"192.0.2.1/24/24", "something follows the prefix length"},
        {"192.0.2.1/24 ", "something follows the prefix length"},
        {" 192.0.2.1/24", "a number from 0 to 255 is missing"},
        {"192.0.2/24", "it does not have four numbers"},
        {"192.0.2", "it does not have four numbers"},
        {"192.0.2.1.5/24", "something follows the address"},
        {"192.0..1/24", "a number from 0 to 255 is missing"},
        {"192.0.2./24", "a number from 0 to 255 is missing"},
        {"192.0.2.256/24", "a number is larger than 255"},
        {"192.0.2.99999999999/24", "a number is larger than 255"},
        {"192.0.2.01/24", "a number has a leading zero"},
        {"0300.0.2.1/24", "a number has a leading zero"},
        {"0xc0.0.2.1/24", "it does not have four numbers"},
        {"192.0.2.1 /24", "something follows the address"},
        {"router/24", "a number from 0 to 255 is missing"},
        {"/24", "a number from 0 to 255 is missing"},
        {"fe80::1%eth0/64", "it has a scope"},
        {"192.0.2.1%eth0/24", "it has a scope"},
        {"1:2:3:4:5:6:7/64", "it has fewer than eight groups"},
        {"1:2:3:4:5:6:7:8:9/64", "it has more than eight groups"},
        {"1:2:3:4:5:6:7:192.0.2.1/64", "it has more than eight groups"},
        {"1:2:3:4:5:6:7:8::/64", "\"::\" stands for no group"},
        {"::1:2:3:4:5:6:7:8/64", "\"::\" stands for no group"},
        {"1::2::3/64", "something follows the address"},
        {":::/64", "a group of hexadecimal digits is missing"},
        {":1/64", "a group of hexadecimal digits is missing"},
        {"1:/64", "a group of hexadecimal digits is missing"},
        {"1::2:/64", "a group of hexadecimal digits is missing"},
        {"12345::/64", "a group has more than four hexadecimal digits"},
        {"g::/64", "a group of hexadecimal digits is missing"},
        {"::192.0.2/96", "it does not have four numbers"},
        {"::192.0.2.300/96", "a number is larger than 255"},
        {"192.0.2.1:80", "it has fewer than eight groups"},
        {"[::1]/64", "a group of hexadecimal digits is missing"},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        MpAddress address = unit_address("198.51.100.7/24"), before = address;
        GError *error = NULL;

        g_assert_false(mp_address_parse(cases[i].text, MP_PREFIX_REQUIRED, &address, &error));
        g_assert_true(mp_address_equal(&address, &before));
        unit_assert_error(error, MP_ERROR_INVALID_ARGUMENT, cases[i].wrong);
    }
}

static void test_parse_message(void)
{
    MpAddress address;
    GError *error = NULL;
    g_autofree char *long_text = g_strnfill(5000, 'x');

    mp_address_parse("10.1", MP_PREFIX_REQUIRED, &address, &error);
    unit_assert_error(error, MP_ERROR_INVALID_ARGUMENT,
                      "\"10.1\" is not an IP address: it does not have four numbers; allowed is "
                      "an address with prefix length such as 192.0.2.10/24 or 2001:db8::10/64");
    mp_address_parse(long_text, MP_PREFIX_OPTIONAL, &address, &error);
    g_assert_cmpuint(strlen(error->message), <, 300);
    unit_assert_error(error, MP_ERROR_INVALID_ARGUMENT, "xxx...\" is not an IP address");
}

static void test_prefix_rules(void)
{
    static const struct {
        const char *text;
        MpPrefixRule rule;
        guint prefix; /* 999 = refused */
    } cases[] = {
        {"192.0.2.1", MP_PREFIX_FORBIDDEN, 32},     {"2001:db8::1", MP_PREFIX_FORBIDDEN, 128},
        {"192.0.2.1/24", MP_PREFIX_FORBIDDEN, 999}, {"192.0.2.1/32", MP_PREFIX_FORBIDDEN, 999},
        {"192.0.2.1", MP_PREFIX_OPTIONAL, 32},      {"192.0.2.1/24", MP_PREFIX_OPTIONAL, 24},
        {"2001:db8::1", MP_PREFIX_OPTIONAL, 128},   {"2001:db8::1/0", MP_PREFIX_OPTIONAL, 0},
        {"192.0.2.1", MP_PREFIX_REQUIRED, 999},     {"192.0.2.1/0", MP_PREFIX_REQUIRED, 0},
    };
    static const char *const allowed[] = {
        [MP_PREFIX_REQUIRED] = "it has no prefix length; allowed is an address with prefix length",
        [MP_PREFIX_FORBIDDEN] = "it has a prefix length; allowed is an address without prefix",
    };

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        MpAddress address;
        GError *error = NULL;
        gboolean good = mp_address_parse(cases[i].text, cases[i].rule, &address, &error);

        g_assert_cmpint(good, ==, cases[i].prefix != 999);
        if (good)
            g_assert_cmpuint(address.prefix, ==, cases[i].prefix);
        else
            unit_assert_error(error, MP_ERROR_INVALID_ARGUMENT, allowed[cases[i].rule]);
    }
}

typedef gboolean (*CheckFunc)(const MpAddress *address, GError **error);

typedef struct {
    const char *text;
    const char *wrong; /* NULL = good */
} CheckCase;

static void check_cases(CheckFunc check, const CheckCase *cases, gsize n)
{
    for (gsize i = 0; i < n; i++) {
        MpAddress address = unit_address(cases[i].text);
        GError *error = NULL;
        gboolean good = check(&address, &error);

        if (cases[i].wrong == NULL) {
            g_assert_no_error(error);
            g_assert_true(good);
        } else {
            g_assert_false(good);
            unit_assert_error(error, MP_ERROR_INVALID_ARGUMENT, cases[i].wrong);
        }
    }
}

static void test_check_data(void)
{
    static const CheckCase cases[] = {
        {"192.0.2.10/24", NULL},
        {"10.0.0.1/8", NULL},
        {"1.0.0.1/8", NULL},
        {"223.255.255.254/24", NULL},
        {"192.0.2.0/31", NULL},
        {"192.0.2.255/31", NULL},
        {"192.0.2.0/32", NULL},
        {"192.0.2.1/1", NULL},
        {"2001:db8::10/64", NULL},
        {"fd00::1/8", NULL},
        {"2001:db8::/127", NULL},
        {"2001:db8::/128", NULL},
        {"2001:db8::ffff:ffff:ffff:ffff/64", NULL},
        {"0.0.0.0/32", "0.0.0.0/32 cannot be a data address: it is of 0.0.0.0/8, which names no "
                       "host; allowed is a global unicast address"},
        {"0.1.2.3/8", "it is of 0.0.0.0/8"},
        {"127.0.0.1/8", "it is a loopback address"},
        {"127.255.255.254/8", "it is a loopback address"},
        {"224.0.0.1/24", "it is a multicast address"},
        {"239.255.255.255/32", "it is a multicast address"},
        {"240.0.0.1/24", "it is of the reserved range 240.0.0.0/4"},
        {"255.255.255.255/32", "it is of the reserved range 240.0.0.0/4"},
        {"169.254.0.1/16", "it is a link-local address"},
        {"192.0.2.0/24", "it is the network address of its subnet"},
        {"192.0.2.4/30", "it is the network address of its subnet"},
        {"192.0.2.255/24", "it is the broadcast address of its subnet"},
        {"192.0.2.7/30", "it is the broadcast address of its subnet"},
        {"192.0.2.10/0", "its prefix length is 0"},
        {"2001:db8::10/0", "its prefix length is 0"},
        {"::/128", "it is the unspecified address"},
        {"::1/128", "it is a loopback address"},
        {"ff02::1/64", "it is a multicast address"},
        {"ffff::1/64", "it is a multicast address"},
        {"fe80::1/64", "it is a link-local address"},
        {"febf::1/64", "it is a link-local address"},
        {"::ffff:192.0.2.1/128", "it is an IPv4-mapped address"},
        {"2001:db8::/64", "it is the subnet-router anycast address of its subnet"},
        {"2001:db8::/126", "it is the subnet-router anycast address of its subnet"},
    };

    check_cases(mp_address_check_data, cases, G_N_ELEMENTS(cases));
}

static void test_check_test(void)
{
    static const CheckCase cases[] = {
        {"192.0.2.110/24", NULL},
        {"10.1.2.3/8", NULL},
        {"169.254.3.4/16", NULL},
        {"fe80::1/64", NULL},
        {"2001:db8::110/64", "2001:db8::110/64 cannot be a test address: it is IPv6, where probes "
                             "go from the link-local address; allowed is an IPv4 unicast address"},
        {"192.0.2.255/24", "it is the broadcast address of its subnet"},
        {"127.0.0.1/8", "it is a loopback address"},
        {"224.0.0.9/24", "it is a multicast address"},
    };

    check_cases(mp_address_check_test, cases, G_N_ELEMENTS(cases));
}

static void test_check_target(void)
{
    static const CheckCase cases[] = {
        {"192.0.2.1", NULL},
        {"192.0.2.0", NULL},
        {"2001:db8::1", NULL},
        {"fe80::1", NULL},
        {"169.254.1.1", NULL},
        {"224.0.0.1", "224.0.0.1/32 cannot be a probe target: it is a multicast address; allowed "
                      "is a unicast address"},
        {"ff02::1", "it is a multicast address"},
        {"127.0.0.1", "it is a loopback address"},
        {"::", "it is the unspecified address"},
        {"0.0.0.0", "it is of 0.0.0.0/8"},
    };

    check_cases(mp_address_check_target, cases, G_N_ELEMENTS(cases));
}

static void test_parse_data(void)
{
    MpAddress address = {0};
    GError *error = NULL;

    g_assert_true(mp_address_parse_data("192.0.2.10/24", &address, &error));
    g_assert_no_error(error);
    g_assert_cmpuint(address.prefix, ==, 24);
    g_assert_false(mp_address_parse_data("192.0.2.10", &address, &error));
    unit_assert_error(error, MP_ERROR_INVALID_ARGUMENT, "it has no prefix length");
    g_assert_false(mp_address_parse_data("fe80::1/64", &address, &error));
    unit_assert_error(error, MP_ERROR_INVALID_ARGUMENT, "link-local");
    g_assert_cmpuint(address.family, ==, MP_IPV4);
}

static void test_format(void)
{
    char buf[MP_ADDRESS_STRING_MAX];
    MpAddress none = {0}, longest = unit_address("fabc:fabc:fabc:fabc:fabc:fabc:fabc:fabc/128");
    MpAddress address = unit_address("192.0.2.1/24");

    g_assert_true(mp_address_format(&address, buf) == buf);
    g_assert_cmpstr(buf, ==, "192.0.2.1/24");
    g_assert_cmpstr(mp_address_format_host(&address, buf), ==, "192.0.2.1");
    g_assert_cmpstr(mp_address_format(&none, buf), ==, "none");
    g_assert_cmpstr(mp_address_format_host(&none, buf), ==, "none");
    g_assert_cmpuint(strlen(mp_address_format(&longest, buf)), ==, 43);
    g_assert_true(mp_address_is_none(&none));
    g_assert_false(mp_address_is_none(&address));
}

static MpAddress random_address(GRand *random)
{
    MpAddress address = {.family = g_rand_boolean(random) ? MP_IPV4 : MP_IPV6};
    guint n = address.family == MP_IPV4 ? 4 : 16;

    /* Many zeros, so that runs of them are common. */
    for (guint i = 0; i < n; i++)
        address.bytes[i] = g_rand_boolean(random) ? 0 : (guint8)g_rand_int_range(random, 0, 256);
    address.prefix = (guint8)g_rand_int_range(random, 0, (gint)mp_address_bits(&address) + 1);
    return address;
}

static void test_round_trip(void)
{
    g_autoptr(GRand) random = g_rand_new_with_seed(1);

    for (guint i = 0; i < 5000; i++) {
        MpAddress address = random_address(random), back;
        char text[MP_ADDRESS_STRING_MAX];

        mp_address_format(&address, text);
        g_assert_true(mp_address_parse(text, MP_PREFIX_REQUIRED, &back, NULL));
        g_assert_true(mp_address_equal(&address, &back));
        g_assert_cmpuint(mp_address_hash(&address), ==, mp_address_hash(&back));
    }
}

/* Reflexive, antisymmetric, and the same word as equality. */
static void test_order(void)
{
    static const char *const ascending[] = {
        "0.0.0.0/0",    "0.0.0.0/8", "10.0.0.1/8",     "10.0.0.1/24",
        "192.0.2.1/24", "::/0",      "2001:db8::1/64", "2001:db8::1/128",
    };

    for (gsize i = 0; i < G_N_ELEMENTS(ascending); i++) {
        for (gsize j = 0; j < G_N_ELEMENTS(ascending); j++) {
            MpAddress a = unit_address(ascending[i]), b = unit_address(ascending[j]);
            gint order = mp_address_compare(&a, &b);

            g_assert_cmpint(order < 0, ==, i < j);
            g_assert_cmpint(order > 0, ==, i > j);
            g_assert_cmpint(mp_address_equal(&a, &b), ==, i == j);
            g_assert_cmpint(mp_address_equal_ptr(&a, &b), ==, i == j);
            if (i != j)
                g_assert_cmpuint(mp_address_hash(&a), !=, mp_address_hash(&b));
        }
    }
}

static void test_equal_host(void)
{
    MpAddress a = unit_address("192.0.2.1/24"), b = unit_address("192.0.2.1/25");
    MpAddress c = unit_address("192.0.2.2/24"), d = unit_address("::/24"),
              zero = {.family = MP_IPV4};

    g_assert_true(mp_address_equal_host(&a, &b));
    g_assert_false(mp_address_equal(&a, &b));
    g_assert_false(mp_address_equal_host(&a, &c));
    g_assert_false(mp_address_equal_host(&d, &zero));
}

static void test_network(void)
{
    static const struct {
        const char *text, *network;
    } cases[] = {
        {"192.0.2.129/24", "192.0.2.0/24"},
        {"192.0.2.129/25", "192.0.2.128/25"},
        {"192.0.2.255/31", "192.0.2.254/31"},
        {"192.0.2.255/32", "192.0.2.255/32"},
        {"255.255.255.255/1", "128.0.0.0/1"},
        {"192.0.2.1/0", "0.0.0.0/0"},
        {"2001:db8:1:2:3:4:5:6/64", "2001:db8:1:2::/64"},
        {"2001:db8:1:2:3:4:5:7/127", "2001:db8:1:2:3:4:5:6/127"},
        {"2001:db8:1:2:3:4:5:7/128", "2001:db8:1:2:3:4:5:7/128"},
        {"ffff:ffff::/20", "ffff:f000::/20"},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        MpAddress address = unit_address(cases[i].text), want = unit_address(cases[i].network);
        MpAddress network = mp_address_network(&address);

        g_assert_true(mp_address_equal(&network, &want));
    }
}

static void test_contains(void)
{
    static const struct {
        const char *prefix, *host;
        gboolean inside;
    } cases[] = {
        {"192.0.2.10/24", "192.0.2.0", TRUE},
        {"192.0.2.10/24", "192.0.2.255", TRUE},
        {"192.0.2.10/24", "192.0.3.0", FALSE},
        {"192.0.2.10/24", "192.0.1.255", FALSE},
        {"192.0.2.10/32", "192.0.2.10", TRUE},
        {"192.0.2.10/32", "192.0.2.11", FALSE},
        {"0.0.0.0/0", "198.51.100.1", TRUE},
        {"0.0.0.0/0", "::", FALSE},
        {"::/0", "0.0.0.0", FALSE},
        {"2001:db8::/64", "2001:db8::ffff", TRUE},
        {"2001:db8::/64", "2001:db8:0:1::", FALSE},
        {"::/0", "2001:db8::1", TRUE},
        {"192.0.2.10/24", "192.0.2.77/8", TRUE},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        MpAddress prefix = unit_address(cases[i].prefix), host = unit_address(cases[i].host);

        g_assert_cmpint(mp_address_contains(&prefix, &host), ==, cases[i].inside);
    }
}

static void test_kinds(void)
{
    static const struct {
        const char *text;
        gboolean link_local, mapped;
    } cases[] = {
        {"169.254.0.0", TRUE, FALSE},     {"169.254.255.255", TRUE, FALSE},
        {"169.253.1.1", FALSE, FALSE},    {"170.254.1.1", FALSE, FALSE},
        {"fe80::1", TRUE, FALSE},         {"febf:ffff::", TRUE, FALSE},
        {"fec0::1", FALSE, FALSE},        {"fe7f::1", FALSE, FALSE},
        {"ff80::1", FALSE, FALSE},        {"::ffff:1.2.3.4", FALSE, TRUE},
        {"::fffe:1.2.3.4", FALSE, FALSE}, {"1.2.3.4", FALSE, FALSE},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        MpAddress address = unit_address(cases[i].text);

        g_assert_cmpint(mp_address_is_link_local(&address), ==, cases[i].link_local);
        g_assert_cmpint(mp_address_is_mapped(&address), ==, cases[i].mapped);
    }
}

static void test_lists(void)
{
    g_autoptr(GArray) a = mp_addresses_new(), b = mp_addresses_new();

    g_assert_true(mp_addresses_equal(a, b));
    unit_add(a, "192.0.2.1/24");
    g_assert_false(mp_addresses_equal(a, b));
    unit_add(b, "192.0.2.1/25");
    g_assert_false(mp_addresses_equal(a, b));
    g_array_set_size(b, 0);
    unit_add(b, "192.0.2.1/24");
    g_assert_true(mp_addresses_equal(a, b));
}

static void test_hardware(void)
{
    static const struct {
        const char *text, *wrong;
    } bad[] = {
        {"", "\"\" is not a hardware address: it does not have six pairs of hexadecimal digits; "
             "allowed is one such as 02:00:00:00:00:01"},
        {"02:00:00:00:00", "it does not have six pairs"},
        {"02:00:00:00:00:01:02", "it does not have six pairs"},
        {"02-00-00-00-00-01", "it is not made of pairs of hexadecimal digits and colons"},
        {"02:00:00:00:00:0g", "it is not made of pairs of hexadecimal digits and colons"},
        {"0:200:00:00:00:01", "it is not made of pairs of hexadecimal digits and colons"},
        {"00:00:00:00:00:00", "it is all zero"},
        {"01:00:5e:00:00:01", "it is a multicast address"},
        {"ff:ff:ff:ff:ff:ff", "it is a multicast address"},
    };
    g_autofree char *upper = mp_hardware_address_parse("02:AB:cd:EF:00:01", NULL);

    g_assert_cmpstr(upper, ==, "02:ab:cd:ef:00:01");
    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
        GError *error = NULL;

        g_assert_null(mp_hardware_address_parse(bad[i].text, &error));
        unit_assert_error(error, MP_ERROR_INVALID_ARGUMENT, bad[i].wrong);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/address/parse/good", test_parse_good);
    g_test_add_func("/address/parse/bad", test_parse_bad);
    g_test_add_func("/address/parse/message", test_parse_message);
    g_test_add_func("/address/parse/prefix-rules", test_prefix_rules);
    g_test_add_func("/address/parse/data", test_parse_data);
    g_test_add_func("/address/check/data", test_check_data);
    g_test_add_func("/address/check/test", test_check_test);
    g_test_add_func("/address/check/target", test_check_target);
    g_test_add_func("/address/format", test_format);
    g_test_add_func("/address/round-trip", test_round_trip);
    g_test_add_func("/address/order", test_order);
    g_test_add_func("/address/equal-host", test_equal_host);
    g_test_add_func("/address/network", test_network);
    g_test_add_func("/address/contains", test_contains);
    g_test_add_func("/address/kinds", test_kinds);
    g_test_add_func("/address/lists", test_lists);
    g_test_add_func("/address/hardware", test_hardware);
    return g_test_run();
}
