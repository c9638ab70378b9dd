/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The kernel in memory behind a door that writes down who calls, for a real engine thread in real
 * time. */
#pragma once

#include "channel.h"
#include "driver-private.h"
#include "fake-kernel.h"

typedef struct {
    MpKernel door;    /* ours: first, so that a door is a world */
    MpKernel *inner;  /* the fake's */
    FakeKernel *fake; /* of the engine thread */
    IpmpdChannel *jobs;
    GMutex mutex;
    GCond cond;
    GPtrArray *calls; /* under the mutex: char*, "announce 2", "submit 3 address-add ..." */
} World;

typedef void (*WorldFunc)(World *world);

void world_init(World *world);
void world_clear(World *world);
/* IpmpdKernelFunc; user_data is the world. eth0, eth1: up, with the cable in. */
MpKernel *world_make(GMainContext *context, const MpKernelSink *sink, gpointer user_data,
                     GError **error);

/* Have `func` run in the engine thread, then everything told that comes of it; returns at once. */
void world_do(World *world, WorldFunc func);
guint world_n_calls(World *world);
char *world_call(World *world, guint nth); /* g_free() */
/* Wait, without running the main loop, for a call, from that one on, that has `words`. */
gboolean world_wait_call(World *world, guint from, const char *words, gint64 until_us,
                         guint *out_nth);
