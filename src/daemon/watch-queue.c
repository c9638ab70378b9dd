/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "watch-queue.h"

struct IpmpdWatchQueue {
    GQueue waiting;    /* MpProbeResult*, the one that came first is first */
    GHashTable *links; /* interface -> its GList in `waiting` */
    gint64 full_us;    /* when the whole burst is free again */
};

IpmpdWatchQueue *ipmpd_watch_queue_new(void)
{
    IpmpdWatchQueue *queue = g_new0(IpmpdWatchQueue, 1);

    g_queue_init(&queue->waiting);
    queue->links = g_hash_table_new(g_str_hash, g_str_equal);
    return queue;
}

void ipmpd_watch_queue_free(IpmpdWatchQueue *queue)
{
    g_hash_table_unref(queue->links);
    g_queue_clear_full(&queue->waiting, g_free);
    g_free(queue);
}

void ipmpd_watch_queue_put(IpmpdWatchQueue *queue, const MpProbeResult *result)
{
    GList *link = g_hash_table_lookup(queue->links, result->interface);
    MpProbeResult *waiting;

    if (link == NULL) {
        waiting = g_memdup2(result, sizeof *result);
        g_queue_push_tail(&queue->waiting, waiting);
        g_hash_table_insert(queue->links, waiting->interface, queue->waiting.tail);
        return;
    }
    waiting = link->data;
    if (waiting->acked || !result->acked)
        *waiting = *result; /* the same name, which is the key */
}

static void queue_remove(IpmpdWatchQueue *queue, GList *link)
{
    MpProbeResult *result = link->data;

    g_hash_table_remove(queue->links, result->interface);
    g_queue_delete_link(&queue->waiting, link);
    g_free(result);
}

void ipmpd_watch_queue_drop(IpmpdWatchQueue *queue, const char *interface)
{
    GList *link = g_hash_table_lookup(queue->links, interface);

    if (link != NULL)
        queue_remove(queue, link);
}

gint64 ipmpd_watch_queue_due_us(const IpmpdWatchQueue *queue)
{
    if (queue->waiting.head == NULL)
        return G_MAXINT64;
    return queue->full_us - (IPMPD_WATCH_BURST - 1) * IPMPD_WATCH_SPACING_US;
}

gboolean ipmpd_watch_queue_take(IpmpdWatchQueue *queue, gint64 now_us, MpProbeResult *out)
{
    if (ipmpd_watch_queue_due_us(queue) > now_us)
        return FALSE;
    *out = *(MpProbeResult *)queue->waiting.head->data;
    queue_remove(queue, queue->waiting.head);
    queue->full_us = MAX(queue->full_us, now_us) + IPMPD_WATCH_SPACING_US;
    return TRUE;
}
