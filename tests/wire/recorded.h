/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Messages as a kernel has sent them (record.py). */
#pragma once

#include "netlink-parse.h"
#include <string.h>

#define RECORDED_EVENTS_MAX 8

typedef struct {
    MpEvent events[RECORDED_EVENTS_MAX];
    guint n;
} Told;

static inline void on_told(MpEvent *event, gpointer user_data)
{
    Told *told = user_data;
    g_assert_cmpuint(told->n, <, RECORDED_EVENTS_MAX);
    told->events[told->n++] = *event;
}

static inline GBytes *recorded_load(const char *name)
{
    g_autofree char *file = g_strconcat(name, ".nl", NULL);
    g_autofree char *path = g_test_build_filename(G_TEST_DIST, "recorded", file, NULL);
    g_autoptr(GError) error = NULL;
    char *data = NULL;
    gsize length = 0;
    g_file_get_contents(path, &data, &length, &error);
    g_assert_no_error(error);
    return g_bytes_new_take(data, length);
}

static inline Told recorded_parse(const char *name)
{
    g_autoptr(GBytes) bytes = recorded_load(name);
    Told told = {.n = 0};
    gsize length;
    const void *data = g_bytes_get_data(bytes, &length);
    g_assert_cmpuint(mp_netlink_parse(data, length, 12345, on_told, &told), ==, told.n);
    return told;
}
