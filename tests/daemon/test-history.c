/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "history.h"

static void add(IpmpdHistory *history, guint64 sequence)
{
    MpNotice notice = {.sequence = sequence};
    const IpmpdHistoryEntry *entry = ipmpd_history_add(history, &notice, (gint64)sequence * 10);

    g_assert_cmpuint(entry->notice.sequence, ==, sequence);
    g_assert_cmpint(entry->wall_us, ==, (gint64)sequence * 10);
}

/* The newest first, and no more than the capacity. */
static void test_order(void)
{
    const guint capacities[] = {1, 2, 3, 7};

    for (guint c = 0; c < G_N_ELEMENTS(capacities); c++) {
        g_autoptr(IpmpdHistory) history = ipmpd_history_new(capacities[c]);

        g_assert_cmpuint(ipmpd_history_length(history), ==, 0);
        g_assert_null(ipmpd_history_get(history, 0));
        for (guint64 sequence = 1; sequence <= 20; sequence++) {
            guint length = (guint)MIN(sequence, capacities[c]);

            add(history, sequence);
            g_assert_cmpuint(ipmpd_history_length(history), ==, length);
            for (guint i = 0; i < length; i++)
                g_assert_cmpuint(ipmpd_history_get(history, i)->notice.sequence, ==, sequence - i);
            g_assert_null(ipmpd_history_get(history, length));
        }
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/history/order", test_order);
    return g_test_run();
}
