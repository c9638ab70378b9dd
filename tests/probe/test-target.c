/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The targets of one interface: order, turns, rests. */
#include "target.h"

#include <string.h>

#define INTERVAL_US 100000

static void add(MpTargets *targets, guint id, MpTargetSource source)
{
    MpAddress address = {MP_IPV4, 32, {192, 0, 2, (guint8)id}};

    g_assert_true(mp_targets_add(targets, id, &address, source));
}

static MpTargets make(guint n)
{
    MpTargets targets;

    mp_targets_init(&targets);
    for (guint id = 1; id <= n; id++)
        add(&targets, id, MP_TARGET_ROUTER);
    return targets;
}

static MpTargetState state_of(MpTargets *targets, guint id)
{
    return mp_targets_find(targets, id)->state;
}

/* "AAU": the states of 1, 2, 3. */
static void check(MpTargets *targets, const char *states)
{
    for (guint i = 0; states[i] != '\0'; i++) {
        char found = "AUSD"[state_of(targets, i + 1)];

        if (found != states[i])
            g_error("target %u is %c, not as in %s", i + 1, found, states);
    }
}

static void test_five_active(void)
{
    MpTargets targets = make(7);

    check(&targets, "AAAAAUU");
    g_assert_cmpuint(mp_targets_n_active(&targets), ==, MP_TARGETS_ACTIVE_MAX);
    g_assert_true(mp_targets_remove(&targets, 2));
    g_assert_false(mp_targets_remove(&targets, 2));
    g_assert_cmpint(state_of(&targets, 6), ==, MP_TARGET_ACTIVE);
    g_assert_cmpint(state_of(&targets, 7), ==, MP_TARGET_UNUSED);
    mp_targets_clear(&targets);
}

static void test_order_of_sources(void)
{
    MpTargets targets = make(0);
    static const guint expected[] = {5, 4, 6, 3, 2, 1};

    add(&targets, 1, MP_TARGET_NEIGHBOUR);
    add(&targets, 2, MP_TARGET_MULTICAST);
    add(&targets, 3, MP_TARGET_HOST_ROUTE);
    add(&targets, 4, MP_TARGET_ROUTER);
    add(&targets, 5, MP_TARGET_CONFIGURED);
    check(&targets, "AAAAA");
    add(&targets, 6, MP_TARGET_ROUTER); /* puts the last one out */
    check(&targets, "UAAAAA");
    for (guint i = 0; i < G_N_ELEMENTS(expected); i++)
        g_assert_cmpuint(g_array_index(targets.list, MpTarget, i).id, ==, expected[i]);
    mp_targets_clear(&targets);
}

static void test_round_robin(void)
{
    MpTargets targets = make(6);

    for (guint i = 0; i < 12; i++)
        g_assert_cmpuint(mp_targets_next(&targets)->id, ==, i % 5 + 1);
    mp_targets_find(&targets, 3)->held = TRUE;
    g_assert_cmpuint(mp_targets_next(&targets)->id, ==, 4);
    mp_targets_remove(&targets, 4); /* whose turn it just was: 6 comes in */
    g_assert_cmpuint(mp_targets_next(&targets)->id, ==, 1);
    mp_targets_clear(&targets);
    targets = make(0);
    g_assert_null(mp_targets_next(&targets));
    add(&targets, 1, MP_TARGET_ROUTER);
    mp_targets_find(&targets, 1)->held = TRUE;
    g_assert_null(mp_targets_next(&targets));
    mp_targets_clear(&targets);
}

static void answer_all(MpTargets *targets, guint n, gint64 rtt_us)
{
    for (guint id = 1; id <= n; id++)
        mp_targets_answered(targets, id, rtt_us, INTERVAL_US, 0);
}

static void test_slow(void)
{
    MpTargets targets = make(5);

    answer_all(&targets, 4, 1000);
    mp_targets_answered(&targets, 5, 1000, INTERVAL_US, 0);
    g_assert_false(mp_targets_answered(&targets, 5, 2000, INTERVAL_US, 0));
    g_assert_true(mp_targets_answered(&targets, 5, 200000, INTERVAL_US, 50));
    check(&targets, "AAAAS");
    g_assert_false(mp_targets_expire(&targets, 50 + MP_TARGET_REST_US - 1));
    g_assert_true(mp_targets_expire(&targets, 50 + MP_TARGET_REST_US));
    check(&targets, "AAAAA");
    g_assert_false(mp_rtt_is_known(&mp_targets_find(&targets, 5)->rtt));
    mp_targets_clear(&targets);
}

static void test_slow_wants_four(void)
{
    MpTargets targets = make(3);

    answer_all(&targets, 2, 1000);
    g_assert_false(mp_targets_answered(&targets, 3, 200000, INTERVAL_US, 0));
    add(&targets, 4, MP_TARGET_ROUTER);
    g_assert_false(mp_targets_answered(&targets, 3, 200000, INTERVAL_US, 0)); /* 4 is not known */
    mp_targets_answered(&targets, 4, 1000, INTERVAL_US, 0);
    g_assert_true(mp_targets_answered(&targets, 3, 200000, INTERVAL_US, 0));
    mp_targets_clear(&targets);
}

static void test_slow_wants_others_fast(void)
{
    MpTargets targets = make(5);

    answer_all(&targets, 3, 1000);
    mp_targets_answered(&targets, 4, INTERVAL_US / 6 + 1, INTERVAL_US,
                        0); /* CRTT: half and a bit */
    g_assert_false(mp_targets_answered(&targets, 5, 200000, INTERVAL_US, 0));
    for (guint i = 0; i < 20; i++)
        mp_targets_answered(&targets, 4, 1000, INTERVAL_US, 0);
    g_assert_true(mp_targets_answered(&targets, 5, 200000, INTERVAL_US, 0));
    mp_targets_clear(&targets);
}

static void probe(MpWindow *window, guint target, gboolean answered)
{
    gint64 at = 10 * (gint64)window->next;
    MpSlot *slot = mp_window_send(window, target, 0, at, at);

    if (answered)
        mp_window_answer(window, slot, 0, at);
    else
        mp_window_judge(window, at);
}

static void test_dead(void)
{
    MpTargets targets = make(6);
    MpWindow window = {0};

    for (guint i = 0; i < 5; i++) {
        check(&targets, "AAAAAU");
        probe(&window, 2, FALSE);
        g_assert_cmpint(mp_targets_lost(&targets, 2, &window, 7), ==, i == 4);
        probe(&window, 1, TRUE);
    }
    check(&targets, "ADAAAA");
    g_assert_false(mp_targets_expire(&targets, 6 + MP_TARGET_REST_US));
    g_assert_true(mp_targets_expire(&targets, 7 + MP_TARGET_REST_US));
    check(&targets, "AUAAAA"); /* what took its place keeps it */
    mp_targets_clear(&targets);
}

static void test_dead_wants_an_answer_of_others(void)
{
    MpTargets targets = make(2);
    MpWindow window = {0};

    probe(&window, 1, TRUE);
    for (guint i = 0; i < 8; i++) {
        probe(&window, 2, FALSE);
        g_assert_false(mp_targets_lost(&targets, 2, &window, 0));
        probe(&window, 1, FALSE);
        g_assert_false(mp_targets_lost(&targets, 1, &window, 0));
    }
    probe(&window, 1, TRUE);
    g_assert_true(mp_targets_lost(&targets, 2, &window, 0));
    mp_targets_clear(&targets);
}

static void test_dead_wants_five(void)
{
    MpTargets targets = make(2);
    MpWindow window = {0};

    for (guint i = 0; i < 20; i++) {
        probe(&window, 2, i % 5 == 4);
        probe(&window, 1, TRUE);
        g_assert_false(mp_targets_lost(&targets, 2, &window, 0));
    }
    mp_targets_clear(&targets);
}

static void test_nobody_else_to_ask(void)
{
    MpTargets targets = make(2);

    mp_targets_find(&targets, 1)->state = MP_TARGET_DEAD;
    mp_targets_find(&targets, 1)->rest_until_us = 100;
    mp_targets_remove(&targets, 2);
    check(&targets, "A");
    mp_targets_clear(&targets);
}

static void test_returns_last_of_its_source(void)
{
    MpTargets targets = make(3);
    guint resting[3];

    add(&targets, 4, MP_TARGET_MULTICAST);
    mp_targets_find(&targets, 1)->state = MP_TARGET_DEAD;
    g_assert_cmpuint(mp_targets_resting(&targets, resting, 3), ==, 1);
    g_assert_cmpuint(resting[0], ==, 1);
    g_assert_true(mp_targets_expire(&targets, 0));
    g_assert_cmpuint(g_array_index(targets.list, MpTarget, 2).id, ==, 1);
    check(&targets, "AAAA");
    mp_targets_clear(&targets);
}

static void test_words(void)
{
    for (guint i = 0; i < MP_N_TARGET_STATES; i++)
        g_assert_cmpuint(strlen(mp_target_state_to_string((MpTargetState)i)), >, 3);
    for (guint i = 0; i < MP_N_TARGET_SOURCES; i++)
        g_assert_cmpuint(strlen(mp_target_source_to_string((MpTargetSource)i)), >, 3);
    g_assert_false(mp_target_source_is_discovered(MP_TARGET_HOST_ROUTE));
    g_assert_true(mp_target_source_is_discovered(MP_TARGET_NEIGHBOUR));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/target/five-active", test_five_active);
    g_test_add_func("/target/order-of-sources", test_order_of_sources);
    g_test_add_func("/target/round-robin", test_round_robin);
    g_test_add_func("/target/slow", test_slow);
    g_test_add_func("/target/slow-wants-four", test_slow_wants_four);
    g_test_add_func("/target/slow-wants-others-fast", test_slow_wants_others_fast);
    g_test_add_func("/target/dead", test_dead);
    g_test_add_func("/target/dead-wants-others", test_dead_wants_an_answer_of_others);
    g_test_add_func("/target/dead-wants-five", test_dead_wants_five);
    g_test_add_func("/target/nobody-else", test_nobody_else_to_ask);
    g_test_add_func("/target/returns-last", test_returns_last_of_its_source);
    g_test_add_func("/target/words", test_words);
    return g_test_run();
}
