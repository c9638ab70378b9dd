/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What an earlier life of the daemon had learned is used, and convicts nobody by itself. */
#include "lab.h"

#define S MP_USEC_PER_SEC
#define FDT_MS 7000 /* the interval is one second */
#define PI S

/* As after a restart: two members, and what was known of them before they have targets. */
static Lab *recalled(guint targets, gboolean answered)
{
    Lab *lab = lab_new(2, FDT_MS, 42);

    for (guint n = 1; n <= targets; n++) {
        MpTarget known = {.address = lab_target(n),
                          .state = MP_TARGET_ACTIVE,
                          .answered_us = 5,
                          .rtt = {8 * 700, 4 * 100, 20}};

        for (guint member = 1; member <= 2; member++)
            mp_detection_recall_estimate(lab->detection, member, &known);
    }
    lab_set_targets(lab, MP_TARGET_ROUTER, 1, targets);
    for (guint n = 1; n <= targets; n++) {
        MpAddress address = lab_target(n);

        mp_detection_recall_target(lab->detection, &address, MP_TARGET_ROUTER, answered);
    }
    return lab;
}

static MpTarget *target_of(Lab *lab, guint member, guint n)
{
    MpAddress address = lab_target(n);

    return mp_targets_find_address(&lab_prober(lab, member)->streams[0].targets, &address);
}

static void test_estimates(void)
{
    g_autoptr(Lab) lab = recalled(2, TRUE);

    for (guint member = 1; member <= 2; member++) {
        g_assert_cmpint(mp_rtt_average_us(&target_of(lab, member, 2)->rtt), ==, 700);
        g_assert_cmpint(mp_rtt_deviation_us(&target_of(lab, member, 2)->rtt), ==, 100);
        g_assert_cmpint(target_of(lab, member, 2)->answered_us, ==, 5);
    }
    g_assert_true(mp_detection_can_convict(lab->detection));
    lab_set_targets(lab, MP_TARGET_ROUTER, 1, 1);
    lab_set_targets(lab, MP_TARGET_ROUTER, 1, 2); /* once: who comes again is new */
    g_assert_false(mp_rtt_is_known(&target_of(lab, 1, 2)->rtt));
    g_assert_true(mp_rtt_is_known(&target_of(lab, 1, 1)->rtt));
}

static void test_rest(void)
{
    g_autoptr(Lab) lab = lab_new(1, FDT_MS, 42);
    MpTarget dead = {
        .address = lab_target(2), .state = MP_TARGET_DEAD, .rest_until_us = lab->now_us + 20 * S};

    mp_detection_recall_estimate(lab->detection, 1, &dead);
    lab_set_targets(lab, MP_TARGET_ROUTER, 1, 2);
    g_assert_cmpint(target_of(lab, 1, 2)->state, ==, MP_TARGET_DEAD);
    lab_run(lab, 19 * S);
    g_assert_cmpuint(lab->sent_to[2], ==, 0);
    lab_run(lab, 10 * S);
    g_assert_cmpint(target_of(lab, 1, 2)->state, ==, MP_TARGET_ACTIVE);
    g_assert_cmpuint(lab->sent_to[2], >, 0);
}

static void test_interval(void)
{
    g_autoptr(Lab) lab = recalled(1, TRUE);

    lab->rtt_us[1] = 2 * PI;
    mp_detection_recall_interval(lab->detection, PI / 2, lab->now_us); /* not below */
    g_assert_cmpint(lab->detection->rules.interval_us, ==, PI);
    mp_detection_recall_interval(lab->detection, G_MAXINT64 / 64, lab->now_us); /* nor beyond */
    g_assert_cmpint(lab->detection->rules.interval_us, ==, PI);
    mp_detection_recall_interval(lab->detection, 8 * PI, lab->now_us);
    g_assert_cmpint(mp_detection_in_force_us(lab->detection), ==, 8 * FDT_MS * MP_USEC_PER_MSEC);
    lab_run(lab, 400 * PI);
    g_assert_cmpuint(lab->raised, ==, 0); /* it need not be learned again */
    g_assert_cmpuint(lab->convictions[1] + lab->convictions[2] + lab->group_failures, ==, 0);
    lab->rtt_us[1] = 200;
    lab_run(lab, 4000 * PI);
    g_assert_cmpint(lab->detection->rules.interval_us, ==, PI);
}

static void test_silent(void)
{
    g_autoptr(Lab) lab = recalled(2, TRUE);

    lab->dead[1] = lab->dead[2] = TRUE;
    lab_run(lab, 4 * FDT_MS * MP_USEC_PER_MSEC - 2 * PI);
    g_assert_cmpuint(lab->group_failures, ==, 0); /* quiet */
    lab_run(lab, 100 * PI);
    g_assert_cmpuint(lab->group_failures, ==, 1);
    g_assert_cmpuint(lab->convictions[1] + lab->convictions[2], ==, 0);
    lab->dead[1] = lab->dead[2] = FALSE;
    lab_run(lab, 30 * PI);
    g_assert_cmpuint(lab->group_repairs, ==, 1);
    g_assert_cmpuint(lab->convictions[1] + lab->convictions[2], ==, 0);
}

static void test_one_path(void)
{
    g_autoptr(Lab) lab = recalled(2, TRUE);

    lab->broken[1] = TRUE;
    lab_run(lab, 3 * FDT_MS * MP_USEC_PER_MSEC);
    g_assert_cmpuint(lab->convictions[1], ==, 1);
    g_assert_cmpuint(lab->convictions[2] + lab->group_failures, ==, 0);
}

static void test_never_answered(void)
{
    g_autoptr(Lab) lab = recalled(1, FALSE);

    lab->dead[1] = TRUE;
    lab_run(lab, 300 * PI);
    g_assert_cmpuint(lab->convictions[1] + lab->convictions[2] + lab->group_failures, ==, 0);
}

static void test_found(void)
{
    g_autoptr(Lab) lab = lab_new(2, FDT_MS, 42);
    MpAddress found = lab_target(1), told = lab_target(2);

    mp_detection_recall_target(lab->detection, &found, MP_TARGET_MULTICAST, TRUE);
    mp_detection_recall_target(lab->detection, &told, MP_TARGET_ROUTER,
                               TRUE); /* is none any more */
    g_assert_cmpuint(lab->detection->targets->len, ==, 1);
    lab_set_targets(lab, MP_TARGET_CONFIGURED, 1, 0);
    g_assert_nonnull(target_of(lab, 1, 1));
    lab_run(lab, 10 * S);
    g_assert_cmpint(mp_detection_state(lab->detection, 1), ==, MP_PROBE_OK);
    g_assert_cmpint(mp_detection_state(lab->detection, 2), ==, MP_PROBE_OK);
}

static void test_targets_only(void)
{
    g_autoptr(Lab) lab = lab_new(1, FDT_MS, 42);
    MpDetectionSettings settings = {FDT_MS, 5, 10, TRUE};
    MpAddress found = lab_target(1);

    mp_detection_configure(lab->detection, &settings, lab->now_us);
    mp_detection_recall_target(lab->detection, &found, MP_TARGET_MULTICAST, TRUE);
    g_assert_cmpuint(lab->detection->targets->len, ==, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/recalled/estimates", test_estimates);
    g_test_add_func("/recalled/rest", test_rest);
    g_test_add_func("/recalled/interval", test_interval);
    g_test_add_func("/recalled/silent", test_silent);
    g_test_add_func("/recalled/one-path", test_one_path);
    g_test_add_func("/recalled/never-answered", test_never_answered);
    g_test_add_func("/recalled/found", test_found);
    g_test_add_func("/recalled/targets-only", test_targets_only);
    return g_test_run();
}
