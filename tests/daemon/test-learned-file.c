/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "learned-file.h"

#include "error.h"
#include "place.h"

#include <string.h>

#define BOOT "5f0c9ad1-6e5b-4f0e-9a86-0f1d3b2c4e5a"
#define NOW_US ((gint64)5000 * MP_USEC_PER_SEC)
#define MUTATIONS 2000

static MpLearned *learned_made(gint64 told_us)
{
    MpLearned *learned = mp_learned_new();
    MpLearnedInterval *interval = g_new0(MpLearnedInterval, 1);
    MpLearnedTarget *target = g_new0(MpLearnedTarget, 1);
    MpLearnedEstimate *estimate = g_new0(MpLearnedEstimate, 1);

    learned->told_us = told_us;
    *interval = (MpLearnedInterval){g_strdup("front"), NULL, 1000, 5, 300000, told_us - 3};
    *target = (MpLearnedTarget){
        NULL, g_strdup("eth7"), {MP_IPV4, 32, {192, 0, 2, 1}}, MP_TARGET_MULTICAST, FALSE, TRUE};
    *estimate = (MpLearnedEstimate){g_strdup("eth0"),
                                    {MP_IPV6, 128, {0xfe, 0x80, [15] = 1}},
                                    MP_TARGET_SLOW,
                                    told_us + 9,
                                    told_us - 1,
                                    800,
                                    90,
                                    12};
    g_ptr_array_add(learned->intervals, interval);
    g_ptr_array_add(learned->targets, target);
    g_ptr_array_add(learned->estimates, estimate);
    return learned;
}

static void assert_same(const MpLearned *a, const MpLearned *b)
{
    const MpLearnedEstimate *x = a->estimates->pdata[0], *y = b->estimates->pdata[0];

    g_assert_false(mp_learned_differs(a, b));
    g_assert_cmpint(a->told_us, ==, b->told_us);
    g_assert_cmpint(x->rest_until_us, ==, y->rest_until_us);
    g_assert_cmpint(x->answered_us, ==, y->answered_us);
    g_assert_cmpint(x->average8_us, ==, y->average8_us);
    g_assert_cmpint(x->deviation4_us, ==, y->deviation4_us);
    g_assert_cmpuint(x->samples, ==, y->samples);
}

static void test_round_trip(void)
{
    g_autoptr(MpLearned) learned = learned_made(NOW_US - 10);
    g_autofree char *text = ipmpd_learned_to_json(learned, BOOT, 77);
    g_autoptr(GError) error = NULL;
    g_autoptr(MpLearned) read =
        ipmpd_learned_from_json(text, strlen(text), BOOT, 77, NOW_US, &error);

    g_assert_no_error(error);
    assert_same(learned, read);
    g_assert_null(ipmpd_learned_from_json(text, strlen(text), "other", 77, NOW_US, &error));
    g_assert_no_error(error);
}

static void assert_refused(const char *text, gint64 now_us, const char *why)
{
    g_autoptr(GError) error = NULL;

    g_assert_null(ipmpd_learned_from_json(text, strlen(text), BOOT, 0, now_us, &error));
    g_assert_error(error, MP_ERROR, MP_ERROR_FAILED);
    if (strstr(error->message, why) == NULL)
        g_error("\"%s\" does not say \"%s\"", error->message, why);
}

static char *replaced(const char *text, const char *old, const char *new)
{
    g_auto(GStrv) parts = g_strsplit(text, old, 2);

    g_assert_cmpuint(g_strv_length(parts), ==, 2);
    return g_strjoinv(new, parts);
}

static void test_refused(void)
{
    static const struct {
        const char *old, *new, *why;
    } rows[] = {
        {"\"version\" : 1", "\"version\" : 2", "\"version\" is 2, only 1 is understood"},
        {"\"told-boot-usec\"", "\"x\"", "\"told-boot-usec\" is missing"},
        {"\"slow\"", "\"tired\"", "\"state\" must be a state"},
        {"\"multicast\"", "\"x\"", "\"source\" must be a source"},
        {"\"front\"", "null", "either a \"group\" or an \"interface\""},
        {"\"interval-usec\" : 300000", "\"interval-usec\" : 0", "above 0"},
        {"\"average8-usec\" : 800", "\"average8-usec\" : -1", "from 0 to"},
        {"\"samples\" : 12", "\"samples\" : 4294967296", "from 0 to 4294967295"},
        {"\"answered\" : true", "\"answered\" : 1", "true or false"},
        {"\"estimates\"", "\"x\"", "\"estimates\" must be a list"},
    };
    g_autoptr(MpLearned) learned = learned_made(NOW_US);
    g_autofree char *text = ipmpd_learned_to_json(learned, BOOT, 0);

    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *bad = replaced(text, rows[i].old, rows[i].new);

        assert_refused(bad, NOW_US, rows[i].why);
    }
    assert_refused("", NOW_US, "");
    assert_refused("[]", NOW_US, "one JSON object");
    assert_refused(text, NOW_US + MP_LEARNED_AGE_MAX_US + 1, "written 600 s ago");
    assert_refused(text, NOW_US - MP_LEARNED_AGE_MAX_US - 1, "written");
}

static void test_mutations(void)
{
    g_autoptr(MpLearned) learned = learned_made(NOW_US);
    g_autofree char *text = ipmpd_learned_to_json(learned, BOOT, 0);
    gsize length = strlen(text);

    for (guint i = 0; i < MUTATIONS; i++) {
        g_autofree char *bad = g_strdup(text);
        g_autoptr(GError) error = NULL;
        g_autoptr(MpLearned) read = NULL;

        bad[g_test_rand_int_range(0, (gint)length)] = (char)g_test_rand_int_range(0, 256);
        read = ipmpd_learned_from_json(bad, length, BOOT, 0, NOW_US, &error);
        g_assert_true(read == NULL || error == NULL);
    }
}

static void test_differs(void)
{
    g_autoptr(MpLearned) one = learned_made(NOW_US), other = learned_made(NOW_US + 5);
    MpLearnedEstimate *estimate = other->estimates->pdata[0];

    ((MpLearnedInterval *)other->intervals->pdata[0])->raised_us -= 5;
    g_assert_false(mp_learned_differs(one, other)); /* the time alone */
    estimate->average8_us += 150;
    g_assert_false(mp_learned_differs(one, other));
    estimate->average8_us += 150;
    g_assert_true(mp_learned_differs(one, other));
    estimate->average8_us -= 300;
    estimate->state = MP_TARGET_DEAD;
    g_assert_true(mp_learned_differs(one, other));
    estimate->state = MP_TARGET_SLOW;
    ((MpLearnedTarget *)other->targets->pdata[0])->answered = FALSE;
    g_assert_true(mp_learned_differs(one, other));
}

static void test_store(Place *place, gconstpointer data)
{
    g_autoptr(MpLearned) learned = learned_made(g_get_monotonic_time());
    g_autoptr(GError) error = NULL;
    g_autoptr(MpLearned) read = NULL;

    g_assert_null(ipmpd_store_read_learned(place->store, &error));
    g_assert_no_error(error);
    g_assert_true(ipmpd_store_write_learned(place->store, learned, &error));
    read = ipmpd_store_read_learned(place->store, &error);
    g_assert_no_error(error);
    g_assert_false(mp_learned_differs(learned, read));
    place_put(place, "run/learned.json", "{\"version\":");
    g_assert_null(ipmpd_store_read_learned(place->store, &error));
    g_assert_error(error, MP_ERROR, MP_ERROR_FAILED);
    g_assert_nonnull(strstr(error->message, "learned.json: "));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/learned-file/round-trip", test_round_trip);
    g_test_add_func("/learned-file/refused", test_refused);
    g_test_add_func("/learned-file/mutations", test_mutations);
    g_test_add_func("/learned-file/differs", test_differs);
    g_test_add("/learned-file/store", Place, NULL, place_set_up, test_store, place_tear_down);
    return g_test_run();
}
