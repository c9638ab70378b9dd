/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The detector of an interface, and of its group, in virtual time. */
#include "lab.h"

#include <string.h>

#define S MP_USEC_PER_SEC
#define FDT_MS 7000 /* the interval is one second */
#define PI S

static Lab *settled(guint members, guint targets)
{
    Lab *lab = lab_new(members, FDT_MS, 42);

    lab_set_targets(lab, MP_TARGET_ROUTER, 1, targets);
    lab_run(lab, 30 * S);
    for (guint member = 1; member <= members; member++)
        g_assert_cmpint(mp_detection_state(lab->detection, member), ==, MP_PROBE_OK);
    return lab;
}

static void check_states(Lab *lab, MpProbeState first, MpProbeState others)
{
    for (guint member = 1; member <= lab->n_members; member++)
        g_assert_cmpint(mp_detection_state(lab->detection, member), ==,
                        member == 1 ? first : others);
}

/* The schedule */

static void test_interval(void)
{
    g_assert_cmpint(mp_probe_interval_us(10 * S, 5), ==, 1428571);
    g_assert_cmpint(mp_probe_interval_us(10000, 1), ==, 3333);
    g_assert_cmpint(mp_probe_interval_us(10000, 50), ==, 192);
    g_assert_cmpint(mp_probe_detection_us(PI, 5), ==, FDT_MS * MP_USEC_PER_MSEC);
}

static void test_schedule(void)
{
    g_autoptr(Lab) lab = lab_new(1, FDT_MS, 1);
    gint64 start = lab->now_us;

    lab_set_targets(lab, MP_TARGET_ROUTER, 1, 1);
    lab_run(lab, 10000 * PI);
    /* One probe an interval, strictly; in its second half. */
    g_assert_cmpuint(lab->sent_by[1], >=, 10000);
    g_assert_cmpuint(lab->sent_by[1], <=, 10001);
    g_assert_cmpint(lab->first_sent_us - start, >=, 0);
    g_assert_cmpint(lab->first_sent_us - start, <=, PI);
    g_assert_cmpint(lab->gap_min_us, >=, PI / 2);
    g_assert_cmpint(lab->gap_min_us, <, PI / 2 + PI / 20);
    g_assert_cmpint(lab->gap_max_us, <=, 3 * PI / 2);
    g_assert_cmpint(lab->gap_max_us, >, 3 * PI / 2 - PI / 20);
    g_assert_cmpint(mp_prober_counts(lab_prober(lab, 1)).missed, ==, 0);
}

/* Of many that start together the first probes are anywhere in an interval. */
static void test_spread(void)
{
    guint early = 0, runs = 400;

    for (guint seed = 1; seed <= runs; seed++) {
        g_autoptr(Lab) lab = lab_new(1, FDT_MS, seed);
        gint64 start = lab->now_us;

        lab_set_targets(lab, MP_TARGET_ROUTER, 1, 1);
        lab_run(lab, 2 * PI);
        early += lab->first_sent_us - start < PI / 2;
    }
    g_assert_cmpuint(early, >, runs / 3);
    g_assert_cmpuint(early, <, 2 * runs / 3);
}

static void test_one_grid(void)
{
    g_autoptr(Lab) lab = settled(8 - 1, 1);
    guint probes = lab->sends, wakes = 0;
    gint64 last = 0;

    for (guint i = 0; i < 2000; i++) {
        gint64 next = mp_detection_deadline(lab->detection);

        wakes += next != last;
        last = next;
        lab_run(lab, next - lab->now_us);
    }
    /* With the tick of 10 ms and 50 places in half an interval, seven coincide now and then. */
    g_assert_cmpuint(wakes, <, lab->sends - probes);
}

static void test_missed(void)
{
    g_autoptr(Lab) lab = settled(2, 1);
    guint before = lab->sent_by[1];

    lab_freeze(lab, 20 * PI);
    g_assert_cmpuint(lab->sent_by[1], ==, before + 1); /* one, not twenty at once */
    g_assert_cmpint(mp_prober_counts(lab_prober(lab, 1)).missed, >=, 18);
    g_assert_cmpint(mp_prober_counts(lab_prober(lab, 1)).missed, <=, 20);
    lab_run(lab, 100 * PI);
    g_assert_cmpuint(lab->sent_by[1], >=, before + 100);
    g_assert_cmpuint(lab->sent_by[1], <=, before + 102);
    check_states(lab, MP_PROBE_OK, MP_PROBE_OK);
    g_assert_cmpint(mp_prober_counts(lab_prober(lab, 1)).lost, ==, 0);
}

/* However late: the next probe is still to come, it does not follow at once. */
static void test_no_burst(void)
{
    g_autoptr(Lab) lab = settled(2, 1);

    for (gint64 late = 0; late < 60; late++) {
        guint before = lab->sent_by[1];

        lab_freeze(lab, 2 * PI + late * PI / 10);
        g_assert_cmpuint(lab->sent_by[1], ==, before + 1);
        g_assert_cmpint(lab_prober(lab, 1)->next_us, >, lab->now_us);
    }
}

/* Frozen over and over, with an answer on its way each time. */
static void test_late_daemon_loses_nothing(void)
{
    g_autoptr(Lab) lab = settled(2, 1);

    lab->rtt_us[1] = 90000;
    for (guint i = 0; i < 200; i++)
        lab_freeze(lab, 5 * PI + i * 1000);
    lab_run(lab, 5 * PI);
    check_states(lab, MP_PROBE_OK, MP_PROBE_OK);
    g_assert_cmpuint(lab->convictions[1] + lab->convictions[2] + lab->group_failures, ==, 0);
}

static void test_not_sent_is_missed(void)
{
    g_autoptr(Lab) lab = settled(2, 1);
    MpProber *prober = lab_prober(lab, 1);
    MpProbeCounts before = mp_prober_counts(prober);
    MpProbeAction action = {0};

    mp_detection_expire(lab->detection, prober->next_us);
    while (action.kind != MP_PROBE_SEND || action.member != 1)
        g_assert_true(mp_detection_pop(lab->detection, &action));
    mp_detection_not_sent(lab->detection, 1, MP_IPV4, action.send.sequence);
    lab_run(lab, 5 * PI);
    g_assert_cmpuint(mp_prober_counts(prober).lost, ==, before.lost);
    g_assert_cmpuint(mp_prober_counts(prober).missed, ==, before.missed + 1);
}

static void test_sent_late(void)
{
    g_autoptr(Lab) lab = settled(2, 1);
    MpProber *prober = lab_prober(lab, 1);
    MpProbeAction action = {0};
    gint64 deadline;

    lab->dead[1] = TRUE;
    mp_detection_expire(lab->detection, prober->next_us);
    while (action.kind != MP_PROBE_SEND || action.member != 1)
        g_assert_true(mp_detection_pop(lab->detection, &action));
    deadline = mp_window_deadline(&prober->streams[0].window);
    mp_detection_sent(lab->detection, 1, MP_IPV4, action.send.sequence, lab->now_us + PI);
    g_assert_cmpint(mp_window_deadline(&prober->streams[0].window), >, deadline);
}

/* Losses and answers */

static void test_patience(void)
{
    static const struct {
        gint64 conservative, interval, patience;
    } cases[] = {
        {0, PI, PI},          /* not known: the interval */
        {300000, PI, 300000}, /* CRTT */
        {2 * PI, PI, 2 * PI}, /* even beyond the interval */
        {60, PI, 10000},      /* but nothing is late within 10 ms */
        {60, 99999, 99999},   /* fast: never before the interval */
        {0, 99999, 99999},    {150000, 99999, 150000}, {60, 100000, 10000},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++)
        g_assert_cmpint(mp_probe_patience_us(cases[i].conservative, cases[i].interval), ==,
                        cases[i].patience);
}

static void test_answers_that_do_not_count(void)
{
    g_autoptr(Lab) lab = settled(2, 2);
    MpProber *prober = lab_prober(lab, 1);
    MpSlot *slot = &prober->streams[0].window.slots[0];
    MpProbeReply reply = {.member = 1, .via = MP_VIA_ICMP, .from = lab_target(1)};

    mp_detection_expire(lab->detection, prober->next_us);
    slot =
        mp_window_find(&prober->streams[0].window, (guint16)(prober->streams[0].window.next - 1));
    reply.from = mp_targets_find(&prober->streams[0].targets, slot->target)->address;
    reply.sequence = (guint16)slot->number;
    reply.cookie = slot->cookie + 1;
    reply.received_us = slot->sent_us + 100;
    g_assert_cmpint(mp_detection_handle(lab->detection, &reply, reply.received_us), ==,
                    MP_ANSWER_FORGED);
    reply.cookie--;
    reply.member = 2; /* came in on another interface: its own cookies are others */
    g_assert_cmpint(mp_detection_handle(lab->detection, &reply, reply.received_us), !=,
                    MP_ANSWER_ACKED);
    reply.member = 3;
    g_assert_cmpint(mp_detection_handle(lab->detection, &reply, reply.received_us), ==,
                    MP_ANSWER_UNKNOWN);
    reply.member = 1;
    reply.from = lab_target(9);
    g_assert_cmpint(mp_detection_handle(lab->detection, &reply, reply.received_us), ==,
                    MP_ANSWER_STRANGER);
    reply.from = lab_target(slot->target == 1 ? 2 : 1); /* a target, but not the one */
    g_assert_cmpint(mp_detection_handle(lab->detection, &reply, reply.received_us), ==,
                    MP_ANSWER_STRANGER);
    reply.from = lab_target(slot->target);
    reply.via = MP_VIA_ARP;
    g_assert_cmpint(mp_detection_handle(lab->detection, &reply, reply.received_us), ==,
                    MP_ANSWER_UNKNOWN);
    reply.via = MP_VIA_ICMP;
    reply.sequence++;
    g_assert_cmpint(mp_detection_handle(lab->detection, &reply, reply.received_us), ==,
                    MP_ANSWER_UNKNOWN);
    reply.sequence--;
    g_assert_cmpint(mp_detection_handle(lab->detection, &reply, reply.received_us), ==,
                    MP_ANSWER_ACKED);
    g_assert_cmpint(mp_detection_handle(lab->detection, &reply, reply.received_us), ==,
                    MP_ANSWER_REPEATED);
    g_assert_cmpuint(mp_prober_counts(prober).rejected, ==, 6);
    g_assert_cmpuint(mp_prober_counts(lab_prober(lab, 2)).rejected, ==, 1);
}

/* A forger who answers everything at once, without the cookie, keeps nothing alive. */
static void test_forger(void)
{
    g_autoptr(Lab) lab = settled(2, 1);

    lab->broken[1] = TRUE;
    for (guint i = 0; i < 700 && mp_detection_state(lab->detection, 1) == MP_PROBE_OK; i++) {
        MpWindow *window = &lab_prober(lab, 1)->streams[0].window;
        MpProbeReply reply = {.member = 1,
                              .via = MP_VIA_ICMP,
                              .from = lab_target(1),
                              .sequence = (guint16)(window->next - 1),
                              .cookie = i,
                              .received_us = lab->now_us};

        mp_detection_handle(lab->detection, &reply, lab->now_us);
        lab_run(lab, PI / 100);
    }
    check_states(lab, MP_PROBE_FAILED, MP_PROBE_OK);
}

/* Verdicts */

static void test_failure(void)
{
    for (guint targets = 1; targets <= 5; targets++) {
        g_autoptr(Lab) lab = settled(2, targets);
        gint64 broken_us = lab->now_us;

        lab->broken[1] = TRUE;
        lab_run(lab, 4 * PI);
        check_states(lab, MP_PROBE_OK, MP_PROBE_OK);
        lab_run(lab, 3 * PI);
        check_states(lab, MP_PROBE_FAILED, MP_PROBE_OK);
        g_assert_cmpint(lab->verdict_us[1] - broken_us, <=, FDT_MS * MP_USEC_PER_MSEC);
        g_assert_cmpuint(lab->convictions[1], ==, 1);
        g_assert_cmpuint(lab->group_failures, ==, 0);
    }
}

static void test_failures_setting(void)
{
    for (guint failures = 1; failures <= MP_PROBE_COUNT_MAX; failures++) {
        g_autoptr(Lab) lab = settled(2, 2);
        MpDetectionSettings settings = {FDT_MS, failures, 10, FALSE};
        gint64 broken_us;

        mp_detection_configure(lab->detection, &settings, lab->now_us);
        lab_run(lab, 10 * PI);
        broken_us = lab->now_us;
        lab->broken[1] = TRUE;
        g_assert_true(lab_run_until_state(lab, 1, MP_PROBE_FAILED, 2 * FDT_MS * MP_USEC_PER_MSEC));
        g_assert_cmpint(lab->verdict_us[1] - broken_us, <=,
                        FDT_MS * MP_USEC_PER_MSEC + 12000); /* patience of 10 ms */
        g_assert_cmpuint(lab_prober(lab, 1)->losses, ==, failures);
    }
}

static void test_repair(void)
{
    for (guint repairs = 1; repairs <= MP_PROBE_COUNT_MAX; repairs += 7) {
        g_autoptr(Lab) lab = settled(2, 3);
        MpDetectionSettings settings = {FDT_MS, 5, repairs, FALSE};
        guint64 acked;

        mp_detection_configure(lab->detection, &settings, lab->now_us);
        lab->broken[1] = TRUE;
        lab_run(lab, 100 * PI);
        check_states(lab, MP_PROBE_FAILED, MP_PROBE_OK);
        acked = mp_prober_counts(lab_prober(lab, 1)).acked;
        lab->broken[1] = FALSE;
        g_assert_true(lab_run_until_state(lab, 1, MP_PROBE_OK, 60 * PI));
        g_assert_cmpuint(mp_prober_counts(lab_prober(lab, 1)).acked - acked, ==, repairs);
    }
}

static void test_repair_interrupted(void)
{
    g_autoptr(Lab) lab = settled(2, 1);
    guint64 acked;

    lab->broken[1] = TRUE;
    lab_run(lab, 20 * PI);
    lab->broken[1] = FALSE;
    lab_run(lab, 7 * PI);
    lab->broken[1] = TRUE;
    lab_run(lab, PI);
    lab->broken[1] = FALSE;
    acked = mp_prober_counts(lab_prober(lab, 1)).acked;
    lab_run(lab, 8 * PI);
    check_states(lab, MP_PROBE_FAILED, MP_PROBE_OK);
    g_assert_true(lab_run_until_state(lab, 1, MP_PROBE_OK, 4 * PI));
    g_assert_cmpuint(mp_prober_counts(lab_prober(lab, 1)).acked - acked, ==, 10);
}

static void test_repair_despite_dead_target(void)
{
    g_autoptr(Lab) lab = settled(2, 3);

    lab->broken[1] = TRUE;
    lab_run(lab, 20 * PI);
    lab->dead[2] = TRUE;
    lab->broken[1] = FALSE;
    /* Fifteen probes until the target is known to be dead, and then the answers so far count. */
    g_assert_true(lab_run_until_state(lab, 1, MP_PROBE_OK, 18 * PI));
}

static void test_one_of_three_targets_gone(void)
{
    g_autoptr(Lab) lab = settled(2, 3);

    lab->dead[2] = TRUE;
    lab_run(lab, 18 * PI);
    check_states(lab, MP_PROBE_OK, MP_PROBE_OK);
    g_assert_cmpint(mp_targets_find(&lab_prober(lab, 1)->streams[0].targets, 2)->state, ==,
                    MP_TARGET_DEAD);
    lab_run(lab, 600 * PI);
    g_assert_cmpuint(lab->convictions[1] + lab->convictions[2] + lab->group_failures, ==, 0);
}

static void test_late_answers(void)
{
    g_autoptr(Lab) lab = settled(2, 1);

    lab->rtt_us[1] = 1450000; /* far beyond the CRTT so far */
    lab_run(lab, 3 * PI);
    g_assert_cmpuint(mp_prober_counts(lab_prober(lab, 1)).late, >=, 1);
    lab_run(lab, 100 * PI);
    check_states(lab, MP_PROBE_OK, MP_PROBE_OK);
    g_assert_cmpuint(lab->group_failures, ==, 0);
}

static void test_both_families(void)
{
    g_autoptr(Lab) lab = settled(2, 1);
    MpAddress source = {MP_IPV6, 64, {0xfe, 0x80, [15] = 1}}, target = {MP_IPV6, 128, {0xfe, 0x80}};
    g_autoptr(GArray) targets = mp_addresses_new();
    MpAddress router = lab_target(1);

    target.bytes[15] = 9; /* the lab does not answer IPv6 */
    lab->dead[0] = TRUE;
    g_array_append_val(targets, router);
    g_array_append_val(targets, target);
    for (guint member = 1; member <= 2; member++)
        mp_detection_set(lab->detection, member, MP_IPV6, MP_VIA_ICMP, &source, lab->now_us);
    mp_detection_set_targets(lab->detection, MP_TARGET_ROUTER, targets, lab->now_us);
    lab_run(lab, 60 * PI);
    g_assert_cmpuint(mp_window_pending(&lab_prober(lab, 1)->streams[1].window), <=, 2);
    g_assert_cmpuint(lab_prober(lab, 1)->streams[1].window.counts.lost, >, 50);
    g_assert_cmpuint(lab_prober(lab, 1)->losses, ==, 0);
}

static void test_unknown_until_answered(void)
{
    g_autoptr(Lab) lab = lab_new(2, FDT_MS, 5);

    lab->dead[1] = TRUE;
    lab_set_targets(lab, MP_TARGET_CONFIGURED, 1, 1);
    lab_run(lab, 300 * PI); /* targets that never answered anybody convict nobody */
    check_states(lab, MP_PROBE_UNKNOWN, MP_PROBE_UNKNOWN);
    g_assert_cmpuint(lab->group_failures, ==, 0);
    lab->dead[1] = FALSE;
    lab_run(lab, 3 * PI); /* the first answer convicts nobody who has not had his chance */
    check_states(lab, MP_PROBE_OK, MP_PROBE_OK);
    g_assert_cmpuint(lab->convictions[1] + lab->convictions[2], ==, 0);
}

static void test_quiet_period(void)
{
    g_autoptr(Lab) lab = lab_new(2, FDT_MS, 5);
    MpProber *prober = lab_prober(lab, 1);
    gint64 start = prober->started_us;

    g_assert_true(mp_prober_is_quiet(prober, FALSE, start + 28 * S - 1));
    g_assert_false(mp_prober_is_quiet(prober, FALSE, start + 28 * S)); /* 4 x FDT */
    g_assert_true(mp_prober_is_quiet(prober, TRUE, start + 7 * S - 1));
    g_assert_false(mp_prober_is_quiet(prober, TRUE, start + 7 * S)); /* FDT */
    lab->detection->rules.interval_us = 1000;
    g_assert_true(mp_prober_is_quiet(prober, FALSE, start + S - 1));
    g_assert_false(mp_prober_is_quiet(prober, FALSE, start + S)); /* at least a second */
    lab->detection->rules.interval_us = 100 * S;
    g_assert_true(mp_prober_is_quiet(prober, FALSE, start + 40 * S - 1));
    g_assert_false(mp_prober_is_quiet(prober, FALSE, start + 40 * S)); /* at most forty */
    prober->answered = TRUE;
    g_assert_false(mp_prober_is_quiet(prober, FALSE, start));
}

/* A member that never worked is convicted one FDT after another one has had answers. */
static void test_dead_from_the_start(void)
{
    g_autoptr(Lab) lab = lab_new(2, FDT_MS, 6);

    lab->broken[1] = TRUE;
    lab_set_targets(lab, MP_TARGET_ROUTER, 1, 1);
    lab_run(lab, 7 * PI - 1);
    check_states(lab, MP_PROBE_UNKNOWN, MP_PROBE_OK);
    lab_run(lab, 2 * PI);
    check_states(lab, MP_PROBE_FAILED, MP_PROBE_OK);
}

static void test_link(void)
{
    g_autoptr(Lab) lab = settled(2, 1);
    guint sent;

    mp_detection_set_link(lab->detection, 1, FALSE, lab->now_us);
    check_states(lab, MP_PROBE_FAILED, MP_PROBE_OK);
    sent = lab->sent_by[1];
    lab_run(lab, 20 * PI);
    g_assert_cmpuint(lab->sent_by[1], ==, sent);
    mp_detection_set_link(lab->detection, 1, TRUE, lab->now_us);
    lab_run(lab, 9 * PI);
    check_states(lab, MP_PROBE_FAILED, MP_PROBE_OK);
    lab_run(lab, 2 * PI);
    check_states(lab, MP_PROBE_OK, MP_PROBE_OK);
}

static void test_disabled(void)
{
    g_autoptr(Lab) lab = settled(2, 1);
    MpAddress none = {0};
    guint sent;

    mp_detection_set(lab->detection, 1, MP_IPV4, MP_VIA_NONE, &none, lab->now_us);
    check_states(lab, MP_PROBE_DISABLED, MP_PROBE_OK);
    lab_run(lab, PI);
    sent = lab->sent_by[1];
    lab_run(lab, 20 * PI);
    g_assert_cmpuint(lab->sent_by[1], ==, sent);
    g_assert_cmpuint(lab_prober(lab, 1)->streams[0].targets.list->len, ==, 0);
}

static void test_restart(void)
{
    g_autoptr(Lab) lab = settled(2, 1);

    lab->broken[1] = TRUE;
    lab_run(lab, 4 * PI);
    mp_detection_restart(lab->detection, 1, lab->now_us);
    g_assert_cmpuint(lab_prober(lab, 1)->losses, ==, 0);
    lab_run(lab, 6 * PI);
    check_states(lab, MP_PROBE_OK, MP_PROBE_OK); /* quiet: one FDT, since the other answers */
    lab_run(lab, 3 * PI);
    check_states(lab, MP_PROBE_FAILED, MP_PROBE_OK);
}

/* Group failure */

static void test_group_failure(void)
{
    for (guint members = 1; members <= 4; members++) {
        g_autoptr(Lab) lab = settled(members, 1);

        lab->dead[1] = TRUE;
        lab_run(lab, 10 * PI);
        check_states(lab, MP_PROBE_FAILED, MP_PROBE_FAILED);
        g_assert_cmpuint(lab->group_failures, ==, 1);
        lab_run(lab, 200 * PI);
        for (guint member = 1; member <= members; member++)
            g_assert_cmpuint(lab->convictions[member], ==, 0);
        lab->dead[1] = FALSE;
        lab_run(lab, 9 * PI);
        g_assert_cmpuint(lab->group_repairs, ==, 0);
        lab_run(lab, 2 * PI);
        g_assert_cmpuint(lab->group_repairs, ==, 1);
        check_states(lab, MP_PROBE_OK, MP_PROBE_OK);
        lab_run(lab, 50 * PI);
        for (guint member = 1; member <= members; member++)
            g_assert_cmpuint(lab->convictions[member], ==, 0);
    }
}

/* When the router dies, whichever member comes to its fifth loss first: never its fault. */
static void test_group_failure_any_order(void)
{
    for (guint32 seed = 0; seed < 300; seed++) {
        g_autoptr(Lab) lab = lab_new(3, FDT_MS, seed);

        lab_set_targets(lab, MP_TARGET_ROUTER, 1, 2);
        lab_run(lab, 20 * PI + seed * 7919);
        lab->dead[1] = lab->dead[2] = TRUE;
        lab_run(lab, 9 * PI);
        g_assert_cmpuint(lab->group_failures, ==, 1);
        g_assert_cmpuint(lab->convictions[1] + lab->convictions[2] + lab->convictions[3], ==, 0);
    }
}

/* The same, when one lost a probe by chance just before, and so is first by far. */
static void test_group_failure_after_a_loss(void)
{
    for (guint32 seed = 0; seed < 100; seed++) {
        g_autoptr(Lab) lab = lab_new(2, FDT_MS, seed);

        lab_set_targets(lab, MP_TARGET_ROUTER, 1, 1);
        lab_run(lab, 20 * PI + PI / 2); /* where probes are sent */
        lab->broken[1] = TRUE;
        lab_run(lab, PI / 2 - 1);
        lab->broken[1] = FALSE;
        lab->dead[1] = TRUE;
        lab_run(lab, 9 * PI);
        g_assert_cmpuint(lab->group_failures, ==, 1);
        g_assert_cmpuint(lab->convictions[1] + lab->convictions[2], ==, 0);
    }
}

static void test_group_failure_ends_for_one(void)
{
    g_autoptr(Lab) lab = settled(2, 1);

    lab->dead[1] = TRUE;
    lab_run(lab, 20 * PI);
    lab->dead[1] = FALSE;
    lab->broken[2] = TRUE; /* the switch is back, one cable is not */
    lab_run(lab, 12 * PI);
    g_assert_cmpuint(lab->group_repairs, ==, 1);
    lab_run(lab, 7 * PI);
    check_states(lab, MP_PROBE_OK, MP_PROBE_FAILED);
}

static void test_convicted_then_group(void)
{
    g_autoptr(Lab) lab = settled(2, 1);

    lab->broken[1] = TRUE;
    lab_run(lab, 10 * PI);
    check_states(lab, MP_PROBE_FAILED, MP_PROBE_OK);
    lab->dead[1] = TRUE;
    lab_run(lab, 10 * PI);
    g_assert_cmpuint(lab->group_failures, ==, 1);
    g_assert_cmpuint(lab->convictions[2], ==, 0);
    lab->dead[1] = FALSE;
    lab_run(lab, 12 * PI);
    check_states(lab, MP_PROBE_FAILED, MP_PROBE_OK);
}

static void test_unprobed_member_is_proof(void)
{
    g_autoptr(Lab) lab = settled(2, 1);
    MpAddress none = {0};

    mp_detection_set(lab->detection, 2, MP_IPV4, MP_VIA_NONE, &none, lab->now_us);
    lab->dead[1] = TRUE;
    lab_run(lab, 10 * PI);
    check_states(lab, MP_PROBE_FAILED, MP_PROBE_DISABLED);
    g_assert_cmpuint(lab->convictions[1], ==, 1);
    g_assert_cmpuint(lab->group_failures, ==, 0);
}

static void test_member_without_link_is_no_proof(void)
{
    g_autoptr(Lab) lab = settled(2, 1);
    MpAddress none = {0};

    mp_detection_set(lab->detection, 2, MP_IPV4, MP_VIA_NONE, &none, lab->now_us);
    mp_detection_set_link(lab->detection, 2, FALSE, lab->now_us);
    lab->dead[1] = TRUE;
    lab_run(lab, 10 * PI);
    g_assert_cmpuint(lab->convictions[1], ==, 0);
    g_assert_cmpuint(lab->group_failures, ==, 1);
    mp_detection_set_link(lab->detection, 2, TRUE, lab->now_us); /* and now it is */
    lab_run(lab, 7 * PI);
    g_assert_cmpuint(lab->convictions[1], ==, 1);
}

static void test_flush(void)
{
    g_autoptr(Lab) lab = lab_new(2, FDT_MS, 9);

    lab->multicast[1] = lab->multicast[2] = lab->multicast[3] = TRUE;
    lab_run(lab, 20 * PI);
    check_states(lab, MP_PROBE_OK, MP_PROBE_OK);
    g_assert_cmpuint(lab->detection->targets->len, ==, 3);
    lab->dead[1] = lab->dead[2] = lab->dead[3] = TRUE;
    lab->multicast[4] = TRUE; /* a new neighbour */
    lab_run(lab, 10 * PI);
    g_assert_cmpuint(lab->group_failures, ==, 1);
    lab_run(lab, 14 * PI);
    g_assert_cmpuint(lab->group_repairs, ==, 1);
    g_assert_cmpuint(lab->detection->targets->len, ==, 1);
    check_states(lab, MP_PROBE_OK, MP_PROBE_OK);
}

/* Targets */

static void test_found_by_one(void)
{
    g_autoptr(Lab) lab = lab_new(3, FDT_MS, 10);

    lab->broken[2] = lab->broken[3] = TRUE;
    lab->multicast[1] = lab->multicast[2] = lab->multicast[3] = TRUE;
    lab_run(lab, 3 * PI);
    for (guint member = 1; member <= 3; member++)
        g_assert_cmpuint(mp_targets_n_active(&lab_prober(lab, member)->streams[0].targets), ==, 3);
}

static void test_discovery_paced(void)
{
    g_autoptr(Lab) lab = lab_new(1, 70, 11); /* an interval of 10 ms */

    lab_run(lab, 10 * S);
    g_assert_cmpuint(lab->multicasts, >, 10);
    g_assert_cmpuint(lab->multicasts, <=, 22);
    g_assert_cmpuint(lab->seeks, >=, 2);
    g_assert_cmpuint(lab->seeks, <=, 3);
}

static void test_told_before_found(void)
{
    g_autoptr(Lab) lab = lab_new(2, FDT_MS, 12);
    guint multicasts;

    lab->multicast[1] = lab->multicast[2] = TRUE;
    lab_run(lab, 5 * PI);
    lab_set_targets(lab, MP_TARGET_ROUTER, 5, 5);
    g_assert_cmpuint(lab_prober(lab, 1)->streams[0].targets.list->len, ==, 1);
    multicasts = lab->multicasts;
    lab_run(lab, 20 * PI);
    g_assert_cmpuint(lab->multicasts, ==, multicasts);
    lab_set_targets(lab, MP_TARGET_ROUTER, 5, 4); /* the router is gone */
    g_assert_cmpuint(lab_prober(lab, 1)->streams[0].targets.list->len, ==, 2);
}

static void test_targets_only(void)
{
    g_autoptr(Lab) lab = lab_new(2, FDT_MS, 13);
    MpDetectionSettings settings = {FDT_MS, 5, 10, TRUE};
    guint multicasts;

    lab_set_targets(lab, MP_TARGET_ROUTER, 1, 1);
    lab_set_targets(lab, MP_TARGET_CONFIGURED, 2, 2);
    mp_detection_configure(lab->detection, &settings, lab->now_us);
    g_assert_cmpuint(lab->detection->targets->len, ==, 1);
    lab_set_targets(lab, MP_TARGET_ROUTER, 1, 1);
    g_assert_cmpuint(lab->detection->targets->len, ==, 1);
    lab_set_targets(lab, MP_TARGET_CONFIGURED, 2, 1);
    multicasts = lab->multicasts;
    lab_run(lab, 20 * PI);
    g_assert_cmpuint(lab->multicasts, ==, multicasts);
}

static gboolean is_own(const MpAddress *address, gconstpointer own)
{
    return mp_address_equal_host(address, own);
}

static void test_own_addresses(void)
{
    g_autoptr(Lab) lab = lab_new(2, FDT_MS, 14);
    MpAddress own = lab_target(2);

    lab_set_targets(lab, MP_TARGET_ROUTER, 1, 3);
    mp_detection_set_own(lab->detection, is_own, &own);
    mp_detection_drop_own(lab->detection, &own, lab->now_us);
    g_assert_cmpuint(lab->detection->targets->len, ==, 2);
    lab_set_targets(lab, MP_TARGET_CONFIGURED, 2, 2);
    g_assert_cmpuint(lab->detection->targets->len, ==, 2);
}

static void test_other_subnet(void)
{
    g_autoptr(Lab) lab = lab_new(1, FDT_MS, 15);
    g_autoptr(GArray) targets = mp_addresses_new();
    MpAddress address = {MP_IPV4, 32, {198, 51, 100, 1}};

    g_array_append_val(targets, address);
    mp_detection_set_targets(lab->detection, MP_TARGET_ROUTER, targets, lab->now_us);
    g_assert_cmpuint(lab_prober(lab, 1)->streams[0].targets.list->len, ==, 0);
}

static void test_kept_on_reload(void)
{
    g_autoptr(Lab) lab = settled(2, 3);
    MpDetectionSettings settings = {FDT_MS / 2, 5, 10, FALSE};
    guint samples = mp_targets_find(&lab_prober(lab, 1)->streams[0].targets, 1)->rtt.samples;

    mp_detection_configure(lab->detection, &settings, lab->now_us);
    lab_set_targets(lab, MP_TARGET_ROUTER, 1, 2);
    g_assert_cmpuint(mp_targets_find(&lab_prober(lab, 1)->streams[0].targets, 1)->rtt.samples, ==,
                     samples);
    g_assert_null(mp_targets_find(&lab_prober(lab, 1)->streams[0].targets, 3));
    check_states(lab, MP_PROBE_OK, MP_PROBE_OK);
    g_assert_cmpint(lab->detection->rules.interval_us, ==, PI / 2);
}

/* The interval */

static void test_raised(void)
{
    g_autoptr(Lab) lab = settled(2, 1);

    lab->rtt_us[1] = 3 * PI;
    lab_run(lab, 30 * PI);
    g_assert_cmpuint(lab->raised, >=, 1);
    g_assert_cmpint(lab->detection->rules.interval_us, >, 3 * PI);
    g_assert_cmpint(mp_detection_in_force_us(lab->detection), ==,
                    7 * lab->detection->rules.interval_us);
    lab_run(lab, 600 * PI);
    check_states(lab, MP_PROBE_OK, MP_PROBE_OK);
    g_assert_cmpuint(lab->convictions[1] + lab->convictions[2] + lab->group_failures, ==, 0);
}

static void test_lowered(void)
{
    g_autoptr(Lab) lab = settled(2, 1);

    lab->detection->rules.interval_us = 8 * PI;
    lab->detection->raised_us = lab->now_us;
    lab_run(lab, 59 * S);
    g_assert_cmpuint(lab->lowered, ==, 0);
    lab_run(lab, 12 * S);
    g_assert_cmpuint(lab->lowered, ==, 1);
    g_assert_cmpint(lab->detection->rules.interval_us, ==, 4 * PI);
    lab_run(lab, 200 * S);
    g_assert_cmpuint(lab->lowered, ==, 3);
    g_assert_cmpint(lab->detection->rules.interval_us, ==, PI); /* and never below */
}

static void test_median(void)
{
    g_autoptr(Lab) lab = lab_new(2, FDT_MS, 16);

    lab->rtt_us[1] = 3 * PI; /* one of three: the median is what it was */
    lab_set_targets(lab, MP_TARGET_ROUTER, 1, 3);
    g_assert_cmpint(mp_detection_median_us(lab->detection), ==, 0);
    lab_run(lab, 100 * PI);
    g_assert_cmpuint(lab->raised, ==, 0);
    g_assert_cmpint(mp_detection_median_us(lab->detection), <, 1000);
    check_states(lab, MP_PROBE_OK, MP_PROBE_OK);
}

/* ARP without an address */

static void set_arp(Lab *lab, guint member, gboolean with_address)
{
    MpAddress source = {0};

    if (with_address)
        source = lab_test_address(member);
    mp_detection_set(lab->detection, member, MP_IPV4, MP_VIA_ARP, &source, lab->now_us);
}

static void test_arp(void)
{
    g_autoptr(Lab) lab = lab_new(2, FDT_MS, 17);

    set_arp(lab, 1, FALSE);
    set_arp(lab, 2, TRUE);
    lab_set_targets(lab, MP_TARGET_ROUTER, 1, 1);
    lab_run(lab, 30 * PI);
    check_states(lab, MP_PROBE_OK, MP_PROBE_OK);
    lab->broken[1] = TRUE;
    lab_run(lab, 8 * PI);
    check_states(lab, MP_PROBE_FAILED, MP_PROBE_OK);
    lab->broken[1] = FALSE;
    lab_run(lab, 12 * PI);
    check_states(lab, MP_PROBE_OK, MP_PROBE_OK);
    g_assert_cmpuint(lab->multicasts, ==, 0);
}

static void test_arp_silent_target(void)
{
    g_autoptr(Lab) lab = lab_new(2, FDT_MS, 18);
    guint sent[3];

    set_arp(lab, 1, FALSE);
    set_arp(lab, 2, TRUE);
    lab_set_targets(lab, MP_TARGET_ROUTER, 1, 1);
    lab_run(lab, 30 * PI);
    lab->dead[1] = TRUE;
    lab_run(lab, 5 * PI);
    memcpy(sent, lab->sent_by, sizeof sent);
    lab_run(lab, 100 * PI);
    /* The one without an address keeps still, but for one a minute. */
    g_assert_cmpuint(lab->sent_by[1], <=, sent[1] + (guint)(100 * PI / (60 * S)) + 1);
    g_assert_cmpuint(lab->sent_by[2], >=, sent[2] + 99);
    check_states(lab, MP_PROBE_FAILED, MP_PROBE_FAILED); /* as a group, though one has few losses */
    g_assert_true(lab->detection->failed);
    lab->dead[1] = FALSE;
    lab_run(lab, 3 * PI);
    g_assert_cmpuint(lab->sent_by[1], >, sent[1]);
    lab_run(lab, 12 * PI);
    g_assert_false(lab->detection->failed);
    check_states(lab, MP_PROBE_OK, MP_PROBE_OK);
}

/* The target was away for a moment, and meanwhile the path of the only one that asks it by name
 * broke: the other one finds it there again, and so who is wrong. */
static void test_arp_silent_then_broken(void)
{
    g_autoptr(Lab) lab = lab_new(2, FDT_MS, 18);

    set_arp(lab, 1, FALSE);
    set_arp(lab, 2, TRUE);
    lab_set_targets(lab, MP_TARGET_ROUTER, 1, 1);
    lab_run(lab, 30 * PI);
    lab->dead[1] = TRUE;
    lab_run(lab, 4 * PI);
    lab->broken[2] = TRUE;
    lab->dead[1] = FALSE;
    lab_run(lab, 60 * S + 20 * PI);
    check_states(lab, MP_PROBE_OK, MP_PROBE_FAILED);
    g_assert_false(lab->detection->failed);
}

static void test_arp_nobody_has_an_address(void)
{
    g_autoptr(Lab) lab = lab_new(3, FDT_MS, 19);
    guint sent;

    for (guint member = 1; member <= 3; member++)
        set_arp(lab, member, FALSE);
    lab->dead[1] = TRUE;
    lab_set_targets(lab, MP_TARGET_ROUTER, 1, 1);
    lab_run(lab, 600 * S);
    g_assert_cmpuint(lab->sends, >=, 9); /* one a minute, of all together */
    g_assert_cmpuint(lab->sends, <=, 11);
    check_states(lab, MP_PROBE_UNKNOWN, MP_PROBE_UNKNOWN);
    lab->dead[1] = FALSE;
    sent = lab->sends;
    lab_run(lab, 75 * S);
    check_states(lab, MP_PROBE_OK, MP_PROBE_OK);
    g_assert_cmpuint(lab->sends, >, sent + 10);
}

/* Random losses: what is lost now and then, convicts nobody at 1 %, and a broken path is found
 * within the FDT (half an interval more for each answer that was lost of the one who proves). */
static void test_random_losses(void)
{
    for (guint32 seed = 0; seed < 60; seed++) {
        g_autoptr(Lab) lab = lab_new(3, FDT_MS, seed);
        gint64 broken_us;

        lab_set_targets(lab, MP_TARGET_ROUTER, 1, 1 + seed % 5);
        lab->loss[1] = lab->loss[2] = lab->loss[3] = 0.01;
        lab_run(lab, 5000 * PI);
        g_assert_cmpuint(lab->group_failures, ==, 0);
        g_assert_cmpuint(lab->convictions[1] + lab->convictions[2] + lab->convictions[3], ==, 0);
        broken_us = lab->now_us;
        lab->broken[1] = TRUE;
        g_assert_true(lab_run_until_state(lab, 1, MP_PROBE_FAILED, 10 * PI));
        g_assert_cmpint(lab->verdict_us[1] - broken_us, <=, FDT_MS * MP_USEC_PER_MSEC);
    }
}

/* Anything at any time: no assertion, no state that nobody can leave. */
static void disturb(Lab *lab, GRand *random)
{
    guint member = (guint)g_rand_int_range(random, 1, 4);
    guint target = (guint)g_rand_int_range(random, 1, LAB_TARGETS_MAX);

    switch (g_rand_int_range(random, 0, 9)) {
    case 0:
        lab->broken[member] = !lab->broken[member];
        break;
    case 1:
        lab->dead[target] = !lab->dead[target];
        break;
    case 2:
        lab->rtt_us[target] = g_rand_int_range(random, 1, 3000000);
        break;
    case 3:
        mp_detection_set_link(lab->detection, member, g_rand_boolean(random), lab->now_us);
        break;
    case 4:
        lab_set_targets(lab, (MpTargetSource)g_rand_int_range(random, 0, 3), target,
                        target + (guint)g_rand_int_range(random, 0, 2) - 1);
        break;
    case 5:
        set_arp(lab, member, g_rand_boolean(random));
        break;
    case 6: {
        MpAddress source = lab_test_address(member);

        mp_detection_set(lab->detection, member, MP_IPV4, MP_VIA_ICMP, &source, lab->now_us);
        break;
    }
    case 7:
        lab->multicast[target] = !lab->multicast[target];
        break;
    default:
        lab_freeze(lab, g_rand_int_range(random, 1, 20000000));
    }
}

static void test_streams(void)
{
    for (guint32 seed = 0; seed < 60; seed++) {
        g_autoptr(GRand) random = g_rand_new_with_seed(seed);
        g_autoptr(Lab) lab = lab_new(3, FDT_MS, seed);

        for (guint i = 0; i < 200; i++) {
            disturb(lab, random);
            lab_run(lab, g_rand_int_range(random, 1, 10000000));
            g_assert_cmpint(mp_detection_deadline(lab->detection), >=, lab->now_us);
        }
        /* All is well again: so must be the verdicts, once slow and dead ones have rested and the
         * interval is what it was. */
        for (guint i = 0; i < LAB_TARGETS_MAX; i++) {
            lab->rtt_us[i] = 200;
            lab->dead[i] = FALSE;
            lab->broken[i] = FALSE;
        }
        for (guint member = 1; member <= 3; member++) {
            MpAddress source = lab_test_address(member);

            mp_detection_set(lab->detection, member, MP_IPV4, MP_VIA_ICMP, &source, lab->now_us);
            mp_detection_set_link(lab->detection, member, TRUE, lab->now_us);
        }
        lab_set_targets(lab, MP_TARGET_CONFIGURED, 1, 2);
        lab_run(lab, 1500 * S);
        check_states(lab, MP_PROBE_OK, MP_PROBE_OK);
        g_assert_cmpint(lab->detection->rules.interval_us, ==, PI);
    }
}

static void test_words(void)
{
    for (guint i = 0; i < MP_N_PROBE_VIAS; i++)
        g_assert_cmpuint(strlen(mp_probe_via_to_string((MpProbeVia)i)), >, 2);
    for (guint i = 0; i < MP_N_PROBE_ACTION_KINDS; i++)
        g_assert_cmpuint(strlen(mp_probe_action_kind_to_string((MpProbeActionKind)i)), >, 3);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/schedule/interval", test_interval);
    g_test_add_func("/schedule/second-half", test_schedule);
    g_test_add_func("/schedule/spread", test_spread);
    g_test_add_func("/schedule/one-grid", test_one_grid);
    g_test_add_func("/schedule/missed", test_missed);
    g_test_add_func("/schedule/no-burst", test_no_burst);
    g_test_add_func("/schedule/late-daemon", test_late_daemon_loses_nothing);
    g_test_add_func("/schedule/not-sent", test_not_sent_is_missed);
    g_test_add_func("/schedule/sent-late", test_sent_late);
    g_test_add_func("/loss/patience", test_patience);
    g_test_add_func("/loss/rejected", test_answers_that_do_not_count);
    g_test_add_func("/loss/forger", test_forger);
    g_test_add_func("/loss/late-answers", test_late_answers);
    g_test_add_func("/verdict/failure", test_failure);
    g_test_add_func("/verdict/failures-setting", test_failures_setting);
    g_test_add_func("/verdict/repair", test_repair);
    g_test_add_func("/verdict/repair-interrupted", test_repair_interrupted);
    g_test_add_func("/verdict/repair-despite-dead", test_repair_despite_dead_target);
    g_test_add_func("/verdict/one-target-gone", test_one_of_three_targets_gone);
    g_test_add_func("/verdict/both-families", test_both_families);
    g_test_add_func("/verdict/unknown", test_unknown_until_answered);
    g_test_add_func("/verdict/quiet", test_quiet_period);
    g_test_add_func("/verdict/dead-from-start", test_dead_from_the_start);
    g_test_add_func("/verdict/link", test_link);
    g_test_add_func("/verdict/disabled", test_disabled);
    g_test_add_func("/verdict/restart", test_restart);
    g_test_add_func("/verdict/random-losses", test_random_losses);
    g_test_add_func("/verdict/streams", test_streams);
    g_test_add_func("/group-failure/router-gone", test_group_failure);
    g_test_add_func("/group-failure/any-order", test_group_failure_any_order);
    g_test_add_func("/group-failure/after-a-loss", test_group_failure_after_a_loss);
    g_test_add_func("/group-failure/ends-for-one", test_group_failure_ends_for_one);
    g_test_add_func("/group-failure/convicted-before", test_convicted_then_group);
    g_test_add_func("/group-failure/unprobed-proves", test_unprobed_member_is_proof);
    g_test_add_func("/group-failure/no-link-no-proof", test_member_without_link_is_no_proof);
    g_test_add_func("/group-failure/flush", test_flush);
    g_test_add_func("/targets/found-by-one", test_found_by_one);
    g_test_add_func("/targets/discovery-paced", test_discovery_paced);
    g_test_add_func("/targets/told-before-found", test_told_before_found);
    g_test_add_func("/targets/only", test_targets_only);
    g_test_add_func("/targets/own", test_own_addresses);
    g_test_add_func("/targets/other-subnet", test_other_subnet);
    g_test_add_func("/targets/kept-on-reload", test_kept_on_reload);
    g_test_add_func("/interval/raised", test_raised);
    g_test_add_func("/interval/lowered", test_lowered);
    g_test_add_func("/interval/median", test_median);
    g_test_add_func("/arp/answers", test_arp);
    g_test_add_func("/arp/silent-target", test_arp_silent_target);
    g_test_add_func("/arp/silent-then-broken", test_arp_silent_then_broken);
    g_test_add_func("/arp/nobody-has-an-address", test_arp_nobody_has_an_address);
    g_test_add_func("/words", test_words);
    return g_test_run();
}
