/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config-file.h"
#include "unit.h"

static void test_good(void)
{
    static const struct {
        const char *text;
        guint ms;
    } cases[] = {
        {"0", 0},
        {"10s", 10000},
        {"250ms", 250},
        {"1min", 60000},
        {"1h", 3600000},
        {"10", 10000},
        {"1.5s", 1500},
        {"0.5", 500},
        {"0.25s", 250},
        {"1.125", 1125},
        {"0.001h", 3600},
        {"0.5min", 30000},
        {"1.000ms", 1},
        {"0.001", 1},
        {"010s", 10000},
        {"0ms", 0},
        {"4294967295ms", G_MAXUINT},
        {"4294967.295s", G_MAXUINT},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        guint ms = 12345;

        mp_duration_parse(cases[i].text, &ms, &error);
        g_assert_no_error(error);
        g_assert_cmpuint(ms, ==, cases[i].ms);
    }
}

static void test_bad(void)
{
    static const struct {
        const char *text, *wrong;
    } cases[] = {
        {"", "\"\" is not a duration: it does not begin with a digit"},
        {"s", "it does not begin with a digit"},
        {"-1s", "it does not begin with a digit"},
        {"+1s", "it does not begin with a digit"},
        {" 1s", "it does not begin with a digit"},
        {".5s", "it does not begin with a digit"},
        {"1.s", "it does not have one to three decimals"},
        {"1.2345s", "it does not have one to three decimals"},
        {"1.2.3s", "its unit is unknown"},
        {"1 s", "its unit is unknown"},
        {"1S", "its unit is unknown"},
        {"1us", "its unit is unknown"},
        {"1d", "its unit is unknown"},
        {"1m", "its unit is unknown"},
        {"1s ", "its unit is unknown"},
        {"1min30s", "its unit is unknown"},
        {"0x10", "its unit is unknown"},
        {"1e3", "its unit is unknown"},
        {"0.5ms", "it is finer than a millisecond"},
        {"1.001ms", "it is finer than a millisecond"},
        {"4294967296ms", "it is too long"},
        {"4294967.296", "it is too long"},
        {"1194h", "it is too long"},
        {"99999999999999999999999999999999h", "it is too long"},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        GError *error = NULL;
        guint ms = 12345;

        g_assert_false(mp_duration_parse(cases[i].text, &ms, &error));
        g_assert_cmpuint(ms, ==, 12345);
        unit_assert_error(error, MP_ERROR_INVALID_ARGUMENT, cases[i].wrong);
    }
}

static void test_bad_says_what_is_allowed(void)
{
    GError *error = NULL;
    guint ms;

    mp_duration_parse("soon", &ms, &error);
    unit_assert_error(error, MP_ERROR_INVALID_ARGUMENT,
                      "\"soon\" is not a duration: it does not begin with a digit; allowed is one "
                      "such as 250ms, 1.5s, 10s, 1min, 1h, or a plain number of seconds");
}

static void test_format(void)
{
    static const struct {
        guint ms;
        const char *text;
    } cases[] = {
        {0, "0"},
        {1, "1ms"},
        {250, "250ms"},
        {999, "999ms"},
        {1000, "1s"},
        {1001, "1.001s"},
        {1010, "1.01s"},
        {1500, "1.5s"},
        {10000, "10s"},
        {59999, "59.999s"},
        {60000, "1min"},
        {90000, "90s"},
        {3600000, "1h"},
        {3660000, "61min"},
        {86400000, "24h"},
        {3600001, "3600.001s"},
        {G_MAXUINT, "4294967.295s"},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *text = mp_duration_format(cases[i].ms);

        g_assert_cmpstr(text, ==, cases[i].text);
    }
}

static void test_round_trip(void)
{
    g_autoptr(GRand) random = g_rand_new_with_seed(4711);

    for (guint i = 0; i < 5000; i++) {
        guint ms = g_rand_int(random) >> g_rand_int_range(random, 0, 32), back = ms + 1;
        g_autofree char *text = mp_duration_format(ms);

        g_assert_true(mp_duration_parse(text, &back, NULL));
        g_assert_cmpuint(back, ==, ms);
    }
}

static void test_booleans(void)
{
    static const char *const words[][2] = {
        {"no", "yes"}, {"false", "true"}, {"off", "on"}, {"0", "1"},
        {"NO", "YES"}, {"False", "True"}, {"oFF", "On"},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(words); i++) {
        gboolean value = TRUE;

        g_assert_true(mp_boolean_parse(words[i][0], &value, NULL));
        g_assert_cmpint(value, ==, FALSE);
        g_assert_true(mp_boolean_parse(words[i][1], &value, NULL));
        g_assert_cmpint(value, ==, TRUE);
    }
}

static void test_bad_booleans(void)
{
    static const char *const words[] = {"", "y", "n", "2", "yes ", "maybe", "ja"};

    for (gsize i = 0; i < G_N_ELEMENTS(words); i++) {
        g_autofree char *wrong = g_strdup_printf(
            "\"%s\" is not yes or no; allowed are yes, true, on, 1, no, false, off, 0", words[i]);
        gboolean value = 42;
        GError *error = NULL;

        g_assert_false(mp_boolean_parse(words[i], &value, &error));
        g_assert_cmpint(value, ==, 42);
        unit_assert_error(error, MP_ERROR_INVALID_ARGUMENT, wrong);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/duration/good", test_good);
    g_test_add_func("/duration/bad", test_bad);
    g_test_add_func("/duration/bad-says-what-is-allowed", test_bad_says_what_is_allowed);
    g_test_add_func("/duration/format", test_format);
    g_test_add_func("/duration/round-trip", test_round_trip);
    g_test_add_func("/boolean/good", test_booleans);
    g_test_add_func("/boolean/bad", test_bad_booleans);
    return g_test_run();
}
