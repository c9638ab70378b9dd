/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "place.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static IpmpdStore *place_store(const Place *place)
{
    g_autofree char *etc = place_path(place, "etc");
    g_autofree char *run = place_path(place, "run");
    g_autofree char *usr = place_path(place, "usr");

    return ipmpd_store_new(etc, run, usr);
}

void place_set_up(Place *place, gconstpointer data)
{
    place->top = g_dir_make_tmp("ipmp-store-XXXXXX", NULL);
    g_assert_nonnull(place->top);
    place->store = place_store(place);
}

static int on_remove(const char *path, const struct stat *status, int kind, struct FTW *walk)
{
    return remove(path);
}

void place_tear_down(Place *place, gconstpointer data)
{
    ipmpd_store_free(place->store);
    g_assert_cmpint(nftw(place->top, on_remove, 8, FTW_DEPTH | FTW_PHYS), ==, 0);
    g_free(place->top);
}

char *place_path(const Place *place, const char *path)
{
    return g_build_filename(place->top, path, NULL);
}

static void parent_make(const char *path)
{
    g_autofree char *directory = g_path_get_dirname(path);

    g_assert_cmpint(g_mkdir_with_parents(directory, 0755), ==, 0);
}

void place_put(const Place *place, const char *path, const char *text)
{
    g_autofree char *full = place_path(place, path);
    g_autoptr(GError) error = NULL;

    parent_make(full);
    g_file_set_contents(full, text, -1, &error);
    g_assert_no_error(error);
}

void place_link(const Place *place, const char *path, const char *target)
{
    g_autofree char *full = place_path(place, path);

    parent_make(full);
    g_assert_cmpint(symlink(target, full), ==, 0);
}

char *place_text(const Place *place, const char *path)
{
    g_autofree char *full = place_path(place, path);
    char *text = NULL;

    g_file_get_contents(full, &text, NULL, NULL);
    return text;
}

void place_assert_text(const Place *place, const char *path, const char *text)
{
    g_autofree char *found = place_text(place, path);

    g_assert_cmpstr(found, ==, text);
}

void place_assert_absent(const Place *place, const char *path)
{
    g_autofree char *full = place_path(place, path);
    struct stat status;

    g_assert_cmpint(lstat(full, &status), ==, -1);
    g_assert_cmpint(errno, ==, ENOENT);
}

guint place_count(const Place *place, const char *directory)
{
    g_autofree char *full = place_path(place, directory);
    g_autoptr(GDir) dir = g_dir_open(full, 0, NULL);
    guint n = 0;

    while (dir != NULL && g_dir_read_name(dir) != NULL)
        n++;
    return n;
}

MpConfig *place_load(Place *place)
{
    g_auto(GStrv) errors = NULL;
    g_auto(GStrv) warnings = NULL;
    g_autoptr(MpConfig) config = ipmpd_store_load(place->store, &errors, &warnings);

    g_assert_cmpstr(errors[0], ==, NULL);
    g_assert_cmpstr(warnings[0], ==, NULL);
    return g_steal_pointer(&config);
}

MpConfig *place_load_one_error(Place *place, const char *path, const char *text)
{
    g_auto(GStrv) errors = NULL;
    g_auto(GStrv) warnings = NULL;
    g_autoptr(MpConfig) config = ipmpd_store_load(place->store, &errors, &warnings);
    g_autofree char *start = place_path(place, path);

    g_assert_cmpuint(g_strv_length(errors), ==, 1);
    g_test_message("%s", errors[0]);
    g_assert_true(g_str_has_prefix(errors[0], start));
    g_assert_nonnull(strstr(errors[0], text));
    return g_steal_pointer(&config);
}
