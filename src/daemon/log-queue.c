/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "log-queue.h"

#include "clock.h"

#include <string.h>

struct IpmpdLogQueue {
    GLogWriterFunc writer;
    gpointer writer_data;
    GMutex mutex;
    GCond cond; /* one came, or all are written */
    GQueue entries;
    gboolean writing;
    guint dropped; /* since the last one that was not */
};

typedef struct {
    GLogLevelFlags level;
    GLogField *fields;
    gsize n_fields;
} LogItem;

static LogItem *item_new(GLogLevelFlags level, const GLogField *fields, gsize n_fields)
{
    LogItem *item = g_new0(LogItem, 1);

    item->level = level;
    item->fields = g_new(GLogField, n_fields);
    item->n_fields = n_fields;
    for (gsize i = 0; i < n_fields; i++) {
        gsize length = fields[i].length < 0 ? strlen(fields[i].value) + 1 : (gsize)fields[i].length;

        item->fields[i] = (GLogField){g_strdup(fields[i].key), g_memdup2(fields[i].value, length),
                                      fields[i].length};
    }
    return item;
}

static void item_free(LogItem *item)
{
    for (gsize i = 0; i < item->n_fields; i++) {
        g_free((gpointer)item->fields[i].key);
        g_free((gpointer)item->fields[i].value);
    }
    g_free(item->fields);
    g_free(item);
}

static LogItem *item_of_dropped(guint n)
{
    g_autofree char *message = g_strdup_printf(
        "the journal did not read: %u entries are missing here, the history has them", n);
    const GLogField fields[] = {{"MESSAGE", message, -1},
                                {"PRIORITY", "4", -1},
                                {"SYSLOG_IDENTIFIER", "ipmpd", -1},
                                {"IPMP_TOPIC", "daemon", -1}};

    return item_new(G_LOG_LEVEL_WARNING, fields, G_N_ELEMENTS(fields));
}

static LogItem *queue_take(IpmpdLogQueue *queue)
{
    LogItem *item;

    g_mutex_lock(&queue->mutex);
    queue->writing = FALSE;
    while (g_queue_is_empty(&queue->entries)) {
        g_cond_broadcast(&queue->cond);
        g_cond_wait(&queue->cond, &queue->mutex);
    }
    item = g_queue_pop_head(&queue->entries);
    queue->writing = TRUE;
    g_mutex_unlock(&queue->mutex);
    return item;
}

static gpointer on_run(gpointer user_data)
{
    IpmpdLogQueue *queue = user_data;

    for (;;) {
        LogItem *item = queue_take(queue);

        queue->writer(item->level, item->fields, item->n_fields, queue->writer_data);
        item_free(item);
    }
    return NULL;
}

IpmpdLogQueue *ipmpd_log_queue_new(GLogWriterFunc writer, gpointer writer_data)
{
    IpmpdLogQueue *queue = g_new0(IpmpdLogQueue, 1);

    queue->writer = writer;
    queue->writer_data = writer_data;
    g_mutex_init(&queue->mutex);
    g_cond_init(&queue->cond);
    g_queue_init(&queue->entries);
    g_thread_unref(g_thread_new("ipmpd-log", on_run, queue));
    return queue;
}

GLogWriterOutput ipmpd_log_queue_write(GLogLevelFlags level, const GLogField *fields,
                                       gsize n_fields, gpointer user_data)
{
    IpmpdLogQueue *queue = user_data;

    if (level & (G_LOG_FLAG_FATAL | G_LOG_LEVEL_ERROR))
        return queue->writer(level, fields, n_fields, queue->writer_data);
    g_mutex_lock(&queue->mutex);
    if (queue->entries.length >= IPMPD_LOG_QUEUE_MAX) {
        queue->dropped++;
    } else {
        if (queue->dropped > 0)
            g_queue_push_tail(&queue->entries, item_of_dropped(queue->dropped));
        queue->dropped = 0;
        g_queue_push_tail(&queue->entries, item_new(level, fields, n_fields));
        g_cond_broadcast(&queue->cond);
    }
    g_mutex_unlock(&queue->mutex);
    return G_LOG_WRITER_HANDLED;
}

gboolean ipmpd_log_queue_flush(IpmpdLogQueue *queue)
{
    gint64 end_us = ipmpd_clock_monotonic_us() + IPMPD_LOG_END_US;
    gboolean waited = TRUE, done;

    g_mutex_lock(&queue->mutex);
    while ((!g_queue_is_empty(&queue->entries) || queue->writing) && waited)
        waited = g_cond_wait_until(&queue->cond, &queue->mutex, end_us);
    done = g_queue_is_empty(&queue->entries) && !queue->writing;
    g_mutex_unlock(&queue->mutex);
    return done;
}
