/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Stamps of the wall clock, on the monotonic one. */
#include "stamp.h"

#define WALL G_GINT64_CONSTANT(1700000000000000) /* ahead of the monotonic clock by so much */
#define SECOND G_GINT64_CONSTANT(1000000)

static MpStampClock clock_at(gint64 now_us)
{
    MpStampClock clock = {0};
    mp_stamp_clock_read(&clock, WALL + now_us, now_us);
    return clock;
}

static void test_plain(void)
{
    MpStampClock clock = clock_at(10 * SECOND);
    g_assert_cmpint(mp_stamp_convert(&clock, WALL + 10 * SECOND - 300), ==, 10 * SECOND - 300);
    mp_stamp_clock_emptied(&clock);
    mp_stamp_clock_read(&clock, WALL + 11 * SECOND, 11 * SECOND);
    g_assert_cmpint(mp_stamp_convert(&clock, WALL + 10 * SECOND + 1), ==, 10 * SECOND + 1);
    g_assert_cmpint(mp_stamp_convert(&clock, WALL + 11 * SECOND), ==, 11 * SECOND);
}

/* However long we did not come to read, the answer was in time. */
static void test_late_reader(void)
{
    MpStampClock clock = clock_at(10 * SECOND);
    mp_stamp_clock_emptied(&clock);
    mp_stamp_clock_read(&clock, WALL + 99 * SECOND, 99 * SECOND);
    g_assert_cmpint(mp_stamp_convert(&clock, WALL + 11 * SECOND), ==, 11 * SECOND);
}

static void check_step(gint64 step_us, gboolean trusted)
{
    MpStampClock clock = clock_at(10 * SECOND);
    mp_stamp_clock_emptied(&clock);
    mp_stamp_clock_read(&clock, WALL + 11 * SECOND + step_us, 11 * SECOND);
    gint64 received_us = mp_stamp_convert(&clock, WALL + 11 * SECOND + step_us - 2 * SECOND / 10);
    g_assert_cmpint(received_us, ==, trusted ? 11 * SECOND - 2 * SECOND / 10 : 11 * SECOND);
    /* The reading after it may be believed again. */
    mp_stamp_clock_emptied(&clock);
    mp_stamp_clock_read(&clock, WALL + 12 * SECOND + step_us, 12 * SECOND);
    received_us = mp_stamp_convert(&clock, WALL + 12 * SECOND + step_us - 100);
    g_assert_cmpint(received_us, ==, 12 * SECOND - 100);
}

static void test_step(void)
{
    check_step(0, TRUE);
    check_step(MP_STAMP_STEP_US, TRUE);
    check_step(-MP_STAMP_STEP_US, TRUE);
    check_step(MP_STAMP_STEP_US + 2000, FALSE);
    check_step(-MP_STAMP_STEP_US - 2000, FALSE);
    check_step(3600 * SECOND, FALSE);
    check_step(-3600 * SECOND, FALSE);
}

/* Steering by less than a thousandth, over an hour without a reading, is no step. */
static void test_steered(void)
{
    MpStampClock clock = clock_at(10 * SECOND);
    gint64 now_us = 3610 * SECOND, wall_us = WALL + now_us + 3 * SECOND;
    mp_stamp_clock_read(&clock, wall_us, now_us);
    g_assert_cmpint(mp_stamp_convert(&clock, wall_us - 100), ==, now_us - 100);
}

static void test_impossible(void)
{
    MpStampClock clock = clock_at(10 * SECOND);
    mp_stamp_clock_emptied(&clock);
    mp_stamp_clock_read(&clock, WALL + 11 * SECOND, 11 * SECOND);
    /* From the future. */
    g_assert_cmpint(mp_stamp_convert(&clock, WALL + 11 * SECOND + 1), ==, 11 * SECOND);
    /* It would have been read the last time; a packet on its way into the socket would not. */
    gint64 least_us = 10 * SECOND - MP_STAMP_STEP_US;
    g_assert_cmpint(mp_stamp_convert(&clock, WALL + least_us), ==, least_us);
    g_assert_cmpint(mp_stamp_convert(&clock, WALL + least_us - 1), ==, 11 * SECOND);
    /* Not told. */
    g_assert_cmpint(mp_stamp_convert(&clock, 0), ==, 11 * SECOND);
}

/* What a full reading left behind may be older than that reading. */
static void test_left_behind(void)
{
    MpStampClock clock = clock_at(10 * SECOND);
    mp_stamp_clock_emptied(&clock);
    mp_stamp_clock_read(&clock, WALL + 12 * SECOND, 12 * SECOND); /* full */
    mp_stamp_clock_read(&clock, WALL + 13 * SECOND, 13 * SECOND);
    g_assert_cmpint(mp_stamp_convert(&clock, WALL + 11 * SECOND), ==, 11 * SECOND);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/wire/stamp/plain", test_plain);
    g_test_add_func("/wire/stamp/late-reader", test_late_reader);
    g_test_add_func("/wire/stamp/step", test_step);
    g_test_add_func("/wire/stamp/steered", test_steered);
    g_test_add_func("/wire/stamp/impossible", test_impossible);
    g_test_add_func("/wire/stamp/left-behind", test_left_behind);
    return g_test_run();
}
