/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "channel.h"

#include <glib-unix.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct IpmpdChannel {
    int fd; /* wakes the receiver; -1: there was no descriptor left */
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

/* Not by the ready time of the source, but where there is no descriptor: GLib wakes the receiver
 * with the lock of its context held. One of a higher priority takes the processor from us there and
 * then, and waits for that lock until we have a turn again, beside all others of our priority. */
static void channel_wake(IpmpdChannel *channel)
{
    if (channel->fd < 0 || eventfd_write(channel->fd, 1) < 0)
        g_source_set_ready_time(channel->source, 0);
}

static void channel_clear_wake(IpmpdChannel *channel)
{
    eventfd_t n;

    if (channel->fd >= 0)
        eventfd_read(channel->fd, &n);
    if (g_source_get_ready_time(channel->source) >= 0)
        g_source_set_ready_time(channel->source, -1);
}

static gboolean on_source_dispatch(GSource *source, GSourceFunc callback, gpointer user_data)
{
    IpmpdChannel *channel = ((ChannelSource *)source)->channel;
    GPtrArray *items = NULL;
    gpointer latest = NULL;

    /* Before the taking: what is pushed after it wakes us anew. */
    channel_clear_wake(channel);
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
    channel->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (channel->fd >= 0)
        g_source_add_unix_fd(channel->source, channel->fd, G_IO_IN);
    /* Else the loop takes the descriptor out before each call, and wakes itself when it puts it in
     * again. */
    g_source_set_can_recurse(channel->source, TRUE);
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
    if (channel->fd >= 0)
        close(channel->fd);
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
    channel_wake(channel);
    g_ptr_array_set_size(items, 0);
    if (old != NULL)
        channel->sink.latest_free(old);
}

void ipmpd_channel_push(IpmpdChannel *channel, gpointer item)
{
    g_mutex_lock(&channel->mutex);
    g_ptr_array_add(channel->items, item);
    g_mutex_unlock(&channel->mutex);
    channel_wake(channel);
}

GPtrArray *ipmpd_channel_take(IpmpdChannel *channel)
{
    gpointer latest = NULL;
    GPtrArray *items = channel_swap(channel, &latest);

    if (latest != NULL)
        channel->sink.latest_free(latest);
    return items;
}
