/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A queue into the main context of another thread, with a place for one value of which only the
 * latest counts. Pushing takes a mutex for a few instructions and never waits for the receiver. */
#pragma once

#include <glib.h>

typedef struct IpmpdChannel IpmpdChannel;

typedef struct {
    /* Called in the receiving context with everything that has come since: the items in the order
     * of their pushing (the callee owns the array) and the latest value, NULL if there was none
     * (the callee owns it). Every item that was pushed before the value, or with it, is among the
     * items or was delivered before. */
    void (*receive)(GPtrArray *items, gpointer latest, gpointer user_data);
    GDestroyNotify item_free; /* what nobody has taken */
    GDestroyNotify latest_free;
    gpointer user_data;
} IpmpdChannelSink;

/* `context` NULL = the default one. */
IpmpdChannel *ipmpd_channel_new(GMainContext *context, gint priority, const IpmpdChannelSink *sink);
/* In the thread of the receiver, or when that has ended; nothing is received afterwards. No push
 * may be under way. */
void ipmpd_channel_free(IpmpdChannel *channel);

/* From any thread. Takes the item. */
void ipmpd_channel_push(IpmpdChannel *channel, gpointer item);
/* Several at once, with one waking: takes what is in `items`, which stays the caller's, empty, and
 * `latest`, unless that is NULL. */
void ipmpd_channel_push_all(IpmpdChannel *channel, GPtrArray *items, gpointer latest);
/* By the receiver: what has not been delivered yet, which is then not delivered.
 * g_ptr_array_unref().
 */
GPtrArray *ipmpd_channel_take(IpmpdChannel *channel);
