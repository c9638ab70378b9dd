/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The estimate of round trip times, and cookies. */
#include "cookie.h"
#include "rtt.h"

/* avg, dev and CRTT after each of the measured times, by hand. */
static void test_sequence(void)
{
    static const struct {
        gint64 measured, average, deviation, conservative;
    } steps[] = {
        {1000, 1000, 500, 3000}, {1000, 1000, 375, 2500}, {1800, 1100, 481, 3025},
        {1100, 1100, 361, 2544}, {300, 1000, 470, 2883},  {0, 875, 603, 3288},
    };
    MpRtt rtt = {0};

    g_assert_false(mp_rtt_is_known(&rtt));
    g_assert_cmpint(mp_rtt_conservative_us(&rtt), ==, 0);
    for (gsize i = 0; i < G_N_ELEMENTS(steps); i++) {
        mp_rtt_add(&rtt, steps[i].measured);
        g_assert_true(mp_rtt_is_known(&rtt));
        g_assert_cmpint(mp_rtt_average_us(&rtt), ==, steps[i].average);
        g_assert_cmpint(mp_rtt_deviation_us(&rtt), ==, steps[i].deviation);
        g_assert_cmpint(mp_rtt_conservative_us(&rtt), ==, steps[i].conservative);
    }
}

static void test_borders(void)
{
    MpRtt rtt = {0};

    mp_rtt_add(&rtt, -5); /* a clock that was read twice: not below nothing */
    g_assert_true(mp_rtt_is_known(&rtt));
    g_assert_cmpint(mp_rtt_conservative_us(&rtt), ==, 0);
    mp_rtt_add(&rtt, 0);
    g_assert_cmpint(mp_rtt_conservative_us(&rtt), ==, 0);
    rtt = (MpRtt){0};
    mp_rtt_add(&rtt, 1);
    g_assert_cmpint(mp_rtt_average_us(&rtt), ==, 1);
    g_assert_cmpint(mp_rtt_conservative_us(&rtt), ==, 3);
    rtt = (MpRtt){0};
    mp_rtt_add(&rtt, G_GINT64_CONSTANT(3600000000)); /* an hour */
    g_assert_cmpint(mp_rtt_conservative_us(&rtt), ==, G_GINT64_CONSTANT(10800000000));
}

/* The scaled integers stay within a microsecond or two of the rule in real numbers. */
static void test_against_reals(void)
{
    g_autoptr(GRand) random = g_rand_new_with_seed(11);

    for (guint run = 0; run < 200; run++) {
        double scale = 10.0 * g_rand_double_range(random, 1, 100000), average = 0, deviation = 0;
        MpRtt rtt = {0};

        for (guint i = 0; i < 500; i++) {
            gint64 measured = (gint64)(scale * g_rand_double(random));
            double error = (double)measured - average;

            mp_rtt_add(&rtt, measured);
            average = i == 0 ? (double)measured : average + error / 8;
            deviation = i == 0 ? (double)measured / 2
                               : deviation + ((error < 0 ? -error : error) - deviation) / 4;
            g_assert_cmpfloat_with_epsilon((double)mp_rtt_average_us(&rtt), average, 3);
            g_assert_cmpfloat_with_epsilon((double)mp_rtt_deviation_us(&rtt), deviation, 4);
        }
    }
}

static void test_settles(void)
{
    MpRtt rtt = {0};

    mp_rtt_add(&rtt, 100000);
    for (guint i = 0; i < 200; i++)
        mp_rtt_add(&rtt, 400);
    g_assert_cmpint(mp_rtt_average_us(&rtt), >=, 400);
    g_assert_cmpint(mp_rtt_average_us(&rtt), <=, 401);
    g_assert_cmpint(mp_rtt_conservative_us(&rtt), <=, 410);
}

static void test_siphash(void)
{
    /* The vectors of the paper: key 00..0f, message 00, 01, ... */
    static const struct {
        gsize size;
        guint64 hash;
    } cases[] = {
        {0, G_GUINT64_CONSTANT(0x726fdb47dd0e0e31)},
        {1, G_GUINT64_CONSTANT(0x74f839c593dc67fd)},
        {15, G_GUINT64_CONSTANT(0xa129ca6149be45e5)},
    };
    MpCookieKey key = {
        {G_GUINT64_CONSTANT(0x0706050403020100), G_GUINT64_CONSTANT(0x0f0e0d0c0b0a0908)}};
    guint8 message[16];

    for (guint8 i = 0; i < sizeof message; i++)
        message[i] = i;
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++)
        g_assert_cmpuint(mp_siphash(&key, message, cases[i].size), ==, cases[i].hash);
}

static void test_cookies_differ(void)
{
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);

    for (guint64 key = 0; key < 3; key++) {
        MpCookieKey secret = {{key, 7}};

        for (guint64 stream = 0; stream < 10; stream++) {
            for (guint64 number = 0; number < 500; number++) {
                guint64 cookie = mp_cookie(&secret, stream, number);

                g_assert_true(g_hash_table_add(seen, g_memdup2(&cookie, sizeof cookie)));
            }
        }
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/rtt/sequence", test_sequence);
    g_test_add_func("/rtt/borders", test_borders);
    g_test_add_func("/rtt/against-reals", test_against_reals);
    g_test_add_func("/rtt/settles", test_settles);
    g_test_add_func("/cookie/siphash", test_siphash);
    g_test_add_func("/cookie/differ", test_cookies_differ);
    return g_test_run();
}
