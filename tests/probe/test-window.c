/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The ring of 52 probes. */
#include "window.h"

#include <string.h>

/* Sends one probe a letter, 10 us apart, each to be judged at once: A acked, L lost, S waited for,
 * M multicast, T acked late. To target 1. */
static void fill(MpWindow *window, const char *fates)
{
    for (gint64 at = 10 * (gint64)window->next; *fates != '\0'; fates++, at += 10) {
        MpSlot *slot = mp_window_send(window, *fates == 'M' ? 0 : 1, 7, at,
                                      *fates == 'S' ? G_MAXINT64 : at + 5);

        if (*fates == 'A')
            mp_window_answer(window, slot, 7, at + 3);
        if (*fates == 'L' || *fates == 'T')
            g_assert_true(mp_window_judge(window, at + 5) == slot);
        if (*fates == 'T')
            g_assert_cmpint(mp_window_answer(window, slot, 7, at + 6), ==, MP_ANSWER_LATE);
    }
}

static void test_runs(void)
{
    static const struct {
        const char *fates;
        guint losses, answers;
        gint64 first_us;
    } cases[] = {
        {"", 0, 0, MP_NO_TIME},
        {"S", 0, 0, MP_NO_TIME},
        {"A", 0, 1, MP_NO_TIME},
        {"L", 1, 0, 0},
        {"LLLLL", 5, 0, 0},
        {"ALLLLL", 5, 0, 10},
        {"LLLLLA", 0, 1, MP_NO_TIME},
        {"LLALL", 2, 0, 30},
        {"ALLS", 2, 0, 10},
        {"ALSLSS", 2, 0, 10},
        {"AASS", 0, 2, MP_NO_TIME},
        {"AALAAA", 0, 3, MP_NO_TIME},
        {"LMLM", 2, 0, 0},
        {"LMAMA", 0, 2, MP_NO_TIME},
        {"LLTLL", 2, 0, 30},
        {"LLT", 0, 1, MP_NO_TIME},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        MpWindow window = {0};
        gint64 first_us;

        fill(&window, cases[i].fates);
        g_assert_cmpuint(mp_window_losses(&window, &first_us), ==, cases[i].losses);
        g_assert_cmpint(first_us, ==, cases[i].first_us);
        g_assert_cmpuint(mp_window_answers(&window, G_MAXUINT, NULL, 0), ==, cases[i].answers);
    }
}

static void test_late_answer(void)
{
    MpWindow window = {0};
    gint64 first_us;

    fill(&window, "ALLLL");
    g_assert_cmpint(mp_window_answer(&window, mp_window_find(&window, 2), 7, 99), ==,
                    MP_ANSWER_LATE);
    g_assert_cmpuint(mp_window_losses(&window, &first_us), ==, 2);
    g_assert_cmpuint(window.counts.lost, ==, 4);
    g_assert_cmpuint(window.counts.late, ==, 1);
    g_assert_cmpuint(window.counts.acked, ==, 2);
    /* Judged before it was read, but received in time. */
    g_assert_cmpint(mp_window_answer(&window, mp_window_find(&window, 3), 7, 34), ==,
                    MP_ANSWER_ACKED);
    g_assert_false(mp_window_find(&window, 3)->late);
    g_assert_cmpuint(window.counts.late, ==, 2);
}

static void test_rejected(void)
{
    MpWindow window = {0};

    g_assert_null(mp_window_find(&window, 0));
    g_assert_cmpint(mp_window_answer(&window, NULL, 7, 5), ==, MP_ANSWER_UNKNOWN);
    fill(&window, "AS");
    g_assert_cmpint(mp_window_answer(&window, mp_window_find(&window, 0), 7, 5), ==,
                    MP_ANSWER_REPEATED);
    g_assert_cmpint(mp_window_answer(&window, mp_window_find(&window, 1), 8, 15), ==,
                    MP_ANSWER_FORGED);
    g_assert_null(mp_window_find(&window, 2));
    g_assert_null(mp_window_find(&window, 0xffff));
    g_assert_cmpuint(window.counts.rejected, ==, 3);
    g_assert_cmpuint(mp_window_pending(&window), ==, 1);
}

static void test_beyond_the_window(void)
{
    MpWindow window = {0};
    gint64 first_us;

    fill(&window, "L");
    for (guint i = 1; i < MP_WINDOW_SIZE; i++)
        fill(&window, "A");
    g_assert_nonnull(mp_window_find(&window, 0));
    fill(&window, "A");
    g_assert_null(mp_window_find(&window, 0));
    g_assert_cmpuint(mp_window_answers(&window, G_MAXUINT, NULL, 0), ==, MP_WINDOW_SIZE);
    for (guint i = 0; i < 2 * MP_WINDOW_SIZE; i++)
        fill(&window, "L");
    g_assert_cmpuint(mp_window_losses(&window, &first_us), ==, MP_WINDOW_SIZE);
    /* One that is still waited for when its place is needed was lost. */
    window = (MpWindow){0};
    for (guint i = 0; i <= MP_WINDOW_SIZE; i++)
        fill(&window, "S");
    g_assert_cmpuint(window.counts.lost, ==, 1);
    g_assert_cmpuint(mp_window_pending(&window), ==, MP_WINDOW_SIZE);
}

static void test_sequence_wraps(void)
{
    MpWindow window = {.next = 0x1fffe};

    for (guint i = 0; i < 4; i++)
        mp_window_send(&window, 1, i, i, 100);
    g_assert_cmpuint(mp_window_find(&window, 0xfffe)->cookie, ==, 0);
    g_assert_cmpuint(mp_window_find(&window, 0xffff)->cookie, ==, 1);
    g_assert_cmpuint(mp_window_find(&window, 0)->cookie, ==, 2);
    g_assert_cmpuint(mp_window_find(&window, 1)->cookie, ==, 3);
    g_assert_null(mp_window_find(&window, 2));
}

static void test_judged_at_the_deadline(void)
{
    MpWindow window = {0};

    mp_window_send(&window, 1, 0, 0, 100);
    mp_window_send(&window, 1, 0, 10, 50);
    g_assert_cmpint(mp_window_deadline(&window), ==, 50);
    g_assert_null(mp_window_judge(&window, 49));
    g_assert_cmpuint(mp_window_judge(&window, 50)->number, ==, 1);
    g_assert_null(mp_window_judge(&window, 99));
    g_assert_cmpuint(mp_window_judge(&window, 100)->number, ==, 0);
    g_assert_cmpint(mp_window_deadline(&window), ==, G_MAXINT64);
}

static void test_forgotten(void)
{
    MpWindow window = {0};
    gint64 first_us;

    fill(&window, "ALLL");
    mp_window_forgive(&window);
    g_assert_cmpuint(mp_window_losses(&window, &first_us), ==, 0);
    fill(&window, "LL");
    g_assert_cmpuint(mp_window_losses(&window, &first_us), ==, 2);
    mp_window_forget(&window, 1);
    g_assert_cmpuint(mp_window_losses(&window, &first_us), ==, 0);
    fill(&window, "LLS");
    mp_window_clear(&window);
    g_assert_cmpuint(mp_window_losses(&window, &first_us), ==, 0);
    g_assert_null(mp_window_find(&window, (guint16)(window.next - 1)));
    g_assert_cmpuint(window.counts.lost, ==, 7);
}

static void test_resting_targets_do_not_interrupt(void)
{
    MpWindow window = {0};
    const guint resting[] = {2};

    for (guint i = 0; i < 12; i++) {
        MpSlot *slot = mp_window_send(&window, i % 3 == 1 ? 2 : 1, 7, i, i);

        if (i % 3 == 1)
            mp_window_judge(&window, i);
        else
            mp_window_answer(&window, slot, 7, i);
    }
    g_assert_cmpuint(mp_window_answers(&window, G_MAXUINT, NULL, 0), ==, 1);
    g_assert_cmpuint(mp_window_answers(&window, G_MAXUINT, resting, 1), ==, 8);
    g_assert_cmpuint(mp_window_answers(&window, 5, resting, 1), ==, 5);
}

/* Random fates against a plain list. */
static void test_against_a_list(void)
{
    g_autoptr(GRand) random = g_rand_new_with_seed(52);

    for (guint round = 0; round < 300; round++) {
        MpWindow window = {0};
        g_autoptr(GString) fates = g_string_new(NULL);

        for (guint i = 0; i < 150; i++) {
            char one[2] = {"AALLSMT"[g_rand_int_range(random, 0, 7)], '\0'};
            guint losses = 0, answers = 0;
            gint64 first_us;

            fill(&window, one);
            g_string_append(fates, one);
            for (gsize k = fates->len; k-- > 0 && fates->len - k <= MP_WINDOW_SIZE;) {
                if (fates->str[k] == 'A' || fates->str[k] == 'T')
                    break;
                losses += fates->str[k] == 'L';
            }
            for (gsize k = fates->len; k-- > 0 && fates->len - k <= MP_WINDOW_SIZE;) {
                if (fates->str[k] == 'L')
                    break;
                answers += fates->str[k] == 'A' || fates->str[k] == 'T';
            }
            g_assert_cmpuint(mp_window_losses(&window, &first_us), ==, losses);
            g_assert_cmpuint(mp_window_answers(&window, G_MAXUINT, NULL, 0), ==, answers);
        }
    }
}

static void test_words(void)
{
    for (guint i = 0; i < MP_N_SLOT_STATES; i++)
        g_assert_cmpuint(strlen(mp_slot_state_to_string((MpSlotState)i)), >, 3);
    for (guint i = 0; i < MP_N_ANSWERS; i++)
        g_assert_cmpuint(strlen(mp_answer_to_string((MpAnswer)i)), >, 3);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/window/runs", test_runs);
    g_test_add_func("/window/late-answer", test_late_answer);
    g_test_add_func("/window/rejected", test_rejected);
    g_test_add_func("/window/beyond", test_beyond_the_window);
    g_test_add_func("/window/sequence-wraps", test_sequence_wraps);
    g_test_add_func("/window/judged-at-deadline", test_judged_at_the_deadline);
    g_test_add_func("/window/forgotten", test_forgotten);
    g_test_add_func("/window/resting-targets", test_resting_targets_do_not_interrupt);
    g_test_add_func("/window/against-a-list", test_against_a_list);
    g_test_add_func("/window/words", test_words);
    return g_test_run();
}
