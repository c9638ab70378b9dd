/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A journal that does not read holds up nobody. */
#include "log-queue.h"

#include <string.h>

typedef struct {
    GMutex mutex; /* held: the journal hangs */
    gint begun;   /* atomic: entries that it was given */
    GPtrArray *lines;
} Sluggish;

static GLogWriterOutput on_write(GLogLevelFlags level, const GLogField *fields, gsize n_fields,
                                 gpointer user_data)
{
    Sluggish *journal = user_data;

    g_atomic_int_inc(&journal->begun);
    g_mutex_lock(&journal->mutex);
    g_ptr_array_add(journal->lines,
                    g_strndup(fields[0].value, fields[0].length < 0 ? strlen(fields[0].value)
                                                                    : (gsize)fields[0].length));
    g_mutex_unlock(&journal->mutex);
    return G_LOG_WRITER_HANDLED;
}

static void write_number(IpmpdLogQueue *queue, guint number)
{
    g_autofree char *text = g_strdup_printf("%u", number);
    const GLogField field = {"MESSAGE", text, number % 2 == 0 ? -1 : (gssize)strlen(text)};

    g_assert_cmpint(ipmpd_log_queue_write(G_LOG_LEVEL_MESSAGE, &field, 1, queue), ==,
                    G_LOG_WRITER_HANDLED);
}

static void test_hangs(void)
{
    static Sluggish journal;
    const guint dropped = 100, n = IPMPD_LOG_QUEUE_MAX + 1;
    IpmpdLogQueue *queue;

    journal.lines = g_ptr_array_new_with_free_func(g_free);
    g_mutex_init(&journal.mutex);
    queue = ipmpd_log_queue_new(on_write, &journal);
    g_mutex_lock(&journal.mutex);
    write_number(queue, 0);
    while (g_atomic_int_get(&journal.begun) == 0)
        g_thread_yield();
    for (guint i = 1; i < n + dropped; i++) /* returns, or this would not end */
        write_number(queue, i);
    g_assert_false(ipmpd_log_queue_flush(queue));
    g_mutex_unlock(&journal.mutex);
    g_assert_true(ipmpd_log_queue_flush(queue));
    g_assert_cmpuint(journal.lines->len, ==, n);
    for (guint i = 0; i < n; i++)
        g_assert_cmpuint((guint)g_ascii_strtoull(journal.lines->pdata[i], NULL, 10), ==, i);
    write_number(queue, n);
    g_assert_true(ipmpd_log_queue_flush(queue));
    g_assert_cmpuint(journal.lines->len, ==, n + 2);
    g_assert_nonnull(strstr(journal.lines->pdata[n], ": 100 "));
    g_assert_cmpuint((guint)g_ascii_strtoull(journal.lines->pdata[n + 1], NULL, 10), ==, n);
    g_ptr_array_unref(journal.lines);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/log-queue/hangs", test_hangs);
    return g_test_run();
}
