/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is worth writing down anew, each field by itself. */
#include "learned.h"

#include <string.h>

#define SECOND MP_USEC_PER_SEC

typedef struct {
    MpLearned *learned;
    MpLearnedInterval *interval;
    MpLearnedTarget *target;
    MpLearnedEstimate *estimate;
} Made;

static Made learned_made(void)
{
    Made made = {mp_learned_new(), g_new0(MpLearnedInterval, 1), g_new0(MpLearnedTarget, 1),
                 g_new0(MpLearnedEstimate, 1)};

    *made.interval = (MpLearnedInterval){g_strdup("front"), NULL, 1000, 5, 300000, SECOND};
    *made.target = (MpLearnedTarget){
        NULL, g_strdup("eth7"), {MP_IPV4, 32, {192, 0, 2, 1}}, MP_TARGET_ROUTER, FALSE, FALSE};
    *made.estimate = (MpLearnedEstimate){g_strdup("eth0"),
                                         {MP_IPV4, 32, {192, 0, 2, 1}},
                                         MP_TARGET_SLOW,
                                         9 * SECOND,
                                         8 * SECOND,
                                         8000,
                                         400,
                                         12};
    g_ptr_array_add(made.learned->intervals, made.interval);
    g_ptr_array_add(made.learned->targets, made.target);
    g_ptr_array_add(made.learned->estimates, made.estimate);
    return made;
}

static void rename_to(char **name, const char *to)
{
    g_free(*name);
    *name = g_strdup(to);
}

/* One CHANGE of MADE is one that has to be written down, or is none. */
#define ASSERT_TOLD(worth, change)                                                                 \
    do {                                                                                           \
        Made was = learned_made(), made = learned_made();                                          \
        change;                                                                                    \
        if (mp_learned_differs(was.learned, made.learned) != (worth))                              \
            g_error("%s: expected %s", #change, (worth) ? "a difference" : "none");                \
        if (mp_learned_differs(made.learned, was.learned) != (worth))                              \
            g_error("%s, the other way round: expected %s", #change,                               \
                    (worth) ? "a difference" : "none");                                            \
        mp_learned_unref(was.learned);                                                             \
        mp_learned_unref(made.learned);                                                            \
    } while (0)

static void test_interval(void)
{
    ASSERT_TOLD(FALSE, (void)made);
    ASSERT_TOLD(TRUE, rename_to(&made.interval->group, "back"));
    ASSERT_TOLD(TRUE, rename_to(&made.interval->interface, "eth0"));
    ASSERT_TOLD(TRUE, made.interval->detection_ms++);
    ASSERT_TOLD(TRUE, made.interval->failures++);
    ASSERT_TOLD(TRUE, made.interval->interval_us++);
    ASSERT_TOLD(TRUE, made.interval->raised_us++);
}

static void test_target(void)
{
    ASSERT_TOLD(TRUE, rename_to(&made.target->group, "back"));
    ASSERT_TOLD(TRUE, rename_to(&made.target->interface, "eth8"));
    ASSERT_TOLD(TRUE, made.target->address.bytes[3]++);
    ASSERT_TOLD(TRUE, made.target->source = MP_TARGET_CONFIGURED);
    ASSERT_TOLD(TRUE, made.target->heard = TRUE);
    ASSERT_TOLD(TRUE, made.target->answered = TRUE);
}

static void test_estimate(void)
{
    ASSERT_TOLD(TRUE, rename_to(&made.estimate->interface, "eth1"));
    ASSERT_TOLD(TRUE, made.estimate->address.bytes[3]++);
    ASSERT_TOLD(TRUE, made.estimate->state = MP_TARGET_UNUSED);
    /* its rest and its last answer go on with the clock */
    ASSERT_TOLD(FALSE, made.estimate->rest_until_us++);
    ASSERT_TOLD(FALSE, made.estimate->answered_us += SECOND);
    /* a quarter of a round trip */
    ASSERT_TOLD(FALSE, made.estimate->average8_us = 10000);
    ASSERT_TOLD(TRUE, made.estimate->average8_us = 11000);
    ASSERT_TOLD(FALSE, made.estimate->deviation4_us = 1400);
    ASSERT_TOLD(TRUE, made.estimate->deviation4_us = 2400);
    /* from eight on there are enough */
    ASSERT_TOLD(FALSE, made.estimate->samples = 8);
    ASSERT_TOLD(FALSE, made.estimate->samples = 5000);
    ASSERT_TOLD(TRUE, made.estimate->samples = 7);
}

static void test_one_more(void)
{
    ASSERT_TOLD(TRUE, g_ptr_array_set_size(made.learned->intervals, 0));
    ASSERT_TOLD(TRUE, g_ptr_array_set_size(made.learned->targets, 0));
    ASSERT_TOLD(TRUE, g_ptr_array_set_size(made.learned->estimates, 0));
    ASSERT_TOLD(FALSE, made.learned->told_us += SECOND);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/learned/interval", test_interval);
    g_test_add_func("/learned/target", test_target);
    g_test_add_func("/learned/estimate", test_estimate);
    g_test_add_func("/learned/one-more", test_one_more);
    return g_test_run();
}
