/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How fast a watcher of probes is told, and what is told when there is more. In virtual time. */
#include "watch-queue.h"

#include <string.h>

static MpProbeResult make(const char *interface, guint64 number, gboolean acked)
{
    MpProbeResult result = {.number = number, .acked = acked};

    g_strlcpy(result.interface, interface, sizeof result.interface);
    return result;
}

static void put(IpmpdWatchQueue *queue, const char *interface, guint64 number, gboolean acked)
{
    MpProbeResult result = make(interface, number, acked);

    ipmpd_watch_queue_put(queue, &result);
}

static guint take_all(IpmpdWatchQueue *queue, gint64 now_us)
{
    MpProbeResult result;
    guint n = 0;

    while (ipmpd_watch_queue_take(queue, now_us, &result))
        n++;
    return n;
}

static void use_up(IpmpdWatchQueue *queue, gint64 now_us)
{
    for (guint i = 0; i < IPMPD_WATCH_BURST; i++) {
        put(queue, "used", i, TRUE);
        g_assert_cmpuint(take_all(queue, now_us), ==, 1);
    }
}

static void assert_next(IpmpdWatchQueue *queue, gint64 now_us, const char *interface,
                        guint64 number, gboolean acked)
{
    MpProbeResult result;

    g_assert_true(ipmpd_watch_queue_take(queue, now_us, &result));
    g_assert_cmpstr(result.interface, ==, interface);
    g_assert_cmpuint(result.number, ==, number);
    g_assert_cmpint(result.acked, ==, acked);
}

static void test_what_comes_slowly_is_told_at_once(void)
{
    g_autoptr(IpmpdWatchQueue) queue = ipmpd_watch_queue_new();

    g_assert_cmpint(ipmpd_watch_queue_due_us(queue), ==, G_MAXINT64);
    for (guint i = 0; i < 1000; i++) {
        gint64 now_us = 5000000 + i * IPMPD_WATCH_SPACING_US;

        put(queue, "eth0", i, i % 3 != 0);
        g_assert_cmpint(ipmpd_watch_queue_due_us(queue), <=, now_us);
        assert_next(queue, now_us, "eth0", i, i % 3 != 0);
        g_assert_cmpint(ipmpd_watch_queue_due_us(queue), ==, G_MAXINT64);
    }
}

/* Each moment of a long and uneven time: no second in it has more than 100. */
static void test_no_second_has_more_than_a_hundred(void)
{
    g_autoptr(IpmpdWatchQueue) queue = ipmpd_watch_queue_new();
    g_autoptr(GRand) random = g_rand_new_with_seed(7);
    g_autoptr(GArray) times = g_array_new(FALSE, FALSE, sizeof(gint64));
    gint64 now_us = 0;
    guint most = 0;

    for (guint i = 0; i < 50000; i++) {
        g_autofree char *name = g_strdup_printf("eth%d", g_rand_int_range(random, 0, 64));
        MpProbeResult result;

        now_us += g_rand_int_range(random, 0, g_rand_int_range(random, 1, 100) == 1 ? 200000 : 900);
        put(queue, name, i, g_rand_boolean(random));
        while (ipmpd_watch_queue_take(queue, now_us, &result))
            g_array_append_val(times, now_us);
    }
    for (guint first = 0, last = 0; last < times->len; last++) {
        while (g_array_index(times, gint64, last) - g_array_index(times, gint64, first) >= 1000000)
            first++;
        most = MAX(most, last - first + 1);
    }
    g_assert_cmpuint(most, <=, 100);
    g_assert_cmpuint(most, >, 90); /* and what is allowed is used */
}

static void test_of_those_that_wait_the_latest_is_told(void)
{
    g_autoptr(IpmpdWatchQueue) queue = ipmpd_watch_queue_new();

    use_up(queue, 0);
    put(queue, "eth0", 1, TRUE);
    put(queue, "eth0", 2, TRUE);
    put(queue, "eth0", 3, TRUE);
    g_assert_cmpuint(take_all(queue, 0), ==, 0);
    g_assert_cmpint(ipmpd_watch_queue_due_us(queue), ==, IPMPD_WATCH_SPACING_US);
    g_assert_cmpuint(take_all(queue, IPMPD_WATCH_SPACING_US - 1), ==, 0);
    assert_next(queue, IPMPD_WATCH_SPACING_US, "eth0", 3, TRUE);
    g_assert_cmpuint(take_all(queue, G_USEC_PER_SEC), ==, 0);
}

static void test_a_lost_one_gives_way_to_a_lost_one_alone(void)
{
    g_autoptr(IpmpdWatchQueue) queue = ipmpd_watch_queue_new();

    use_up(queue, 0);
    put(queue, "eth0", 1, TRUE);
    put(queue, "eth0", 2, FALSE);
    put(queue, "eth0", 3, TRUE);
    put(queue, "eth1", 1, FALSE);
    put(queue, "eth1", 2, TRUE);
    put(queue, "eth1", 3, FALSE);
    put(queue, "eth1", 4, TRUE);
    assert_next(queue, G_USEC_PER_SEC, "eth0", 2, FALSE);
    assert_next(queue, G_USEC_PER_SEC, "eth1", 3, FALSE);
}

static void test_who_waits_longest_is_first(void)
{
    g_autoptr(IpmpdWatchQueue) queue = ipmpd_watch_queue_new();

    use_up(queue, 0);
    put(queue, "eth1", 1, TRUE);
    put(queue, "eth0", 1, TRUE);
    put(queue, "eth2", 1, TRUE);
    put(queue, "eth1", 2, TRUE);
    assert_next(queue, G_USEC_PER_SEC, "eth1", 2, TRUE);
    put(queue, "eth1", 3, TRUE);
    assert_next(queue, G_USEC_PER_SEC, "eth0", 1, TRUE);
    assert_next(queue, G_USEC_PER_SEC, "eth2", 1, TRUE);
    assert_next(queue, G_USEC_PER_SEC, "eth1", 3, TRUE);
}

static void test_what_is_not_wanted_is_dropped(void)
{
    g_autoptr(IpmpdWatchQueue) queue = ipmpd_watch_queue_new();

    use_up(queue, 0);
    put(queue, "eth0", 1, FALSE);
    put(queue, "eth1", 1, TRUE);
    ipmpd_watch_queue_drop(queue, "eth0");
    ipmpd_watch_queue_drop(queue, "eth7");
    put(queue, "eth0", 2, TRUE);
    assert_next(queue, G_USEC_PER_SEC, "eth1", 1, TRUE);
    assert_next(queue, G_USEC_PER_SEC, "eth0", 2, TRUE);
    ipmpd_watch_queue_drop(queue, "eth0");
    g_assert_cmpint(ipmpd_watch_queue_due_us(queue), ==, G_MAXINT64);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(name) g_test_add_func("/watch-queue/" #name, test_##name)
    ADD(what_comes_slowly_is_told_at_once);
    ADD(no_second_has_more_than_a_hundred);
    ADD(of_those_that_wait_the_latest_is_told);
    ADD(a_lost_one_gives_way_to_a_lost_one_alone);
    ADD(who_waits_longest_is_first);
    ADD(what_is_not_wanted_is_dropped);
#undef ADD
    return g_test_run();
}
