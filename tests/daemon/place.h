/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Three configuration directories of a test's own, and a store over them. */
#pragma once

#include "error.h"
#include "store.h"

typedef struct {
    char *top; /* has etc, run and usr */
    IpmpdStore *store;
} Place;

void place_set_up(Place *place, gconstpointer data);
void place_tear_down(Place *place, gconstpointer data);

char *place_path(const Place *place, const char *path); /* g_free() */
/* `path` under the top; directories are made. */
void place_put(const Place *place, const char *path, const char *text);
void place_link(const Place *place, const char *path, const char *target);
/* NULL: there is no such file, not even a dangling link. */
char *place_text(const Place *place, const char *path);
void place_assert_text(const Place *place, const char *path, const char *text);
void place_assert_absent(const Place *place, const char *path);
/* Names of all files under `directory`, hidden ones too: nothing may be left behind. */
guint place_count(const Place *place, const char *directory);

/* A load without errors. */
MpConfig *place_load(Place *place);
/* A load that must have exactly one error, which starts with `path` under the top and has `text`.
 */
MpConfig *place_load_one_error(Place *place, const char *path, const char *text);
