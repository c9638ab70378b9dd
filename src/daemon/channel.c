/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "channel.h"

struct IpmpdChannel {
    GMutex mutex;
    GPtrArray *items; /* under the mutex */
    gpointer latest;  /* under the mutex */
    GSource *source;
    IpmpdChannelSink sink;
};

typedef struct {
    GSource source;
    IpmpdChannel *channel;
} ChannelSource;

static GPtrArray *channel_swap(IpmpdChannel *channel, gpointer *out_latest)
{
    /* Made before the mutex is held: the other thread must not wait for an allocation of ours. */
    GPtrArray *items = g_ptr_array_new_with_free_func(channel->sink.item_free);
    GPtrArray *old = NULL;

    g_mutex_lock(&channel->mutex);
    old = channel->items;
    channel->items = items;
    *out_latest = g_steal_pointer(&channel->latest);
    g_mutex_unlock(&channel->mutex);
    return old;
}

static gboolean on_source_dispatch(GSource *source, GSourceFunc callback, gpointer user_data)
{
    IpmpdChannel *channel = ((ChannelSource *)source)->channel;
    GPtrArray *items = NULL;
    gpointer latest = NULL;

    /* Before the taking: what is pushed after it wakes us anew. */
    g_source_set_ready_time(source, -1);
    items = channel_swap(channel, &latest);
    channel->sink.receive(items, latest, channel->sink.user_data); /* may free the channel */
    return G_SOURCE_CONTINUE;
}

static GSourceFuncs source_funcs = {.dispatch = on_source_dispatch};

IpmpdChannel *ipmpd_channel_new(GMainContext *context, gint priority, const IpmpdChannelSink *sink)
{
    IpmpdChannel *channel = g_new0(IpmpdChannel, 1);

    g_mutex_init(&channel->mutex);
    channel->items = g_ptr_array_new_with_free_func(sink->item_free);
    channel->sink = *sink;
    channel->source = g_source_new(&source_funcs, sizeof(ChannelSource));
    ((ChannelSource *)channel->source)->channel = channel;
    g_source_set_static_name(channel->source, "ipmpd channel");
    g_source_set_priority(channel->source, priority);
    g_source_attach(channel->source, context);
    return channel;
}

void ipmpd_channel_free(IpmpdChannel *channel)
{
    if (channel == NULL)
        return;
    g_source_destroy(channel->source);
    g_source_unref(channel->source);
    g_ptr_array_unref(channel->items);
    if (channel->latest != NULL)
        channel->sink.latest_free(channel->latest);
    g_mutex_clear(&channel->mutex);
    g_free(channel);
}

void ipmpd_channel_push_all(IpmpdChannel *channel, GPtrArray *items, gpointer latest)
{
    gpointer old = NULL;

    g_mutex_lock(&channel->mutex);
    for (guint i = 0; i < items->len; i++)
        g_ptr_array_add(channel->items, g_steal_pointer(&items->pdata[i]));
    if (latest != NULL) {
        old = channel->latest;
        channel->latest = latest;
    }
    g_mutex_unlock(&channel->mutex);
    g_source_set_ready_time(channel->source, 0);
    g_ptr_array_set_size(items, 0);
    if (old != NULL)
        channel->sink.latest_free(old);
}

void ipmpd_channel_push(IpmpdChannel *channel, gpointer item)
{
    g_mutex_lock(&channel->mutex);
    g_ptr_array_add(channel->items, item);
    g_mutex_unlock(&channel->mutex);
    g_source_set_ready_time(channel->source, 0);
}

GPtrArray *ipmpd_channel_take(IpmpdChannel *channel)
{
    gpointer latest = NULL;
    GPtrArray *items = channel_swap(channel, &latest);

    if (latest != NULL)
        channel->sink.latest_free(latest);
    return items;
}
