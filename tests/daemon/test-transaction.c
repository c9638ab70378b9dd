/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* All or nothing, also when the last of several renames cannot be. */
#include "place.h"
#include "transaction.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What is there when the change is planned. */
static IpmpdFile *look(const Place *place, const char *path)
{
    g_autofree char *full = place_path(place, path);

    return ipmpd_file_read(full, IPMPD_FILE_TEXT_MAX);
}

static void plan_write(IpmpdTransaction *transaction, const Place *place, const char *path,
                       const char *text)
{
    g_autofree char *full = place_path(place, path);
    g_autoptr(IpmpdFile) was = look(place, path);

    ipmpd_transaction_write(transaction, full, text, was);
}

static void plan_remove(IpmpdTransaction *transaction, const Place *place, const char *path)
{
    g_autofree char *full = place_path(place, path);
    g_autoptr(IpmpdFile) was = look(place, path);

    ipmpd_transaction_remove(transaction, full, was);
}

static void plan_mask(IpmpdTransaction *transaction, const Place *place, const char *path)
{
    g_autofree char *full = place_path(place, path);
    g_autoptr(IpmpdFile) was = look(place, path);

    ipmpd_transaction_mask(transaction, full, was);
}

static void assert_mask(const Place *place, const char *path)
{
    g_autofree char *full = place_path(place, path);
    g_autofree char *target = g_file_read_link(full, NULL);

    g_assert_cmpstr(target, ==, "/dev/null");
}

/* One step of each kind; `d/last` does not exist yet. */
static IpmpdTransaction *plan_all(const Place *place)
{
    IpmpdTransaction *transaction = ipmpd_transaction_new();

    place_put(place, "d/write", "old");
    place_put(place, "d/remove", "old");
    place_put(place, "d/mask", "old");
    place_link(place, "d/link", "/dev/null");
    plan_write(transaction, place, "d/write", "new");
    plan_write(transaction, place, "d/create", "new");
    plan_write(transaction, place, "d/link", "new");
    plan_remove(transaction, place, "d/remove");
    plan_mask(transaction, place, "d/mask");
    plan_mask(transaction, place, "d/new-mask");
    plan_write(transaction, place, "d/last", "new");
    return transaction;
}

static void assert_untouched(const Place *place)
{
    place_assert_text(place, "d/write", "old");
    place_assert_text(place, "d/remove", "old");
    place_assert_text(place, "d/mask", "old");
    assert_mask(place, "d/link");
    place_assert_absent(place, "d/create");
    place_assert_absent(place, "d/new-mask");
}

static void test_commit(Place *place, gconstpointer data)
{
    g_autoptr(IpmpdTransaction) transaction = plan_all(place);
    g_autoptr(GError) error = NULL;

    g_assert_true(ipmpd_transaction_check(transaction, &error));
    g_assert_true(ipmpd_transaction_commit(transaction, &error));
    g_assert_no_error(error);
    place_assert_text(place, "d/write", "new");
    place_assert_text(place, "d/create", "new");
    place_assert_text(place, "d/link", "new");
    place_assert_text(place, "d/last", "new");
    place_assert_absent(place, "d/remove");
    assert_mask(place, "d/mask");
    assert_mask(place, "d/new-mask");
    g_assert_cmpuint(place_count(place, "d"), ==, 6);
}

/* Somebody has made the last file meanwhile. */
static void test_created_meanwhile(Place *place, gconstpointer data)
{
    g_autoptr(IpmpdTransaction) transaction = plan_all(place);
    g_autoptr(GError) error = NULL;

    place_put(place, "d/last", "by hand");
    g_assert_false(ipmpd_transaction_commit(transaction, &error));
    g_assert_error(error, MP_ERROR, MP_ERROR_CONFIG_CHANGED);
    g_assert_nonnull(strstr(error->message, "d/last"));
    place_assert_text(place, "d/last", "by hand");
    assert_untouched(place);
    g_assert_cmpuint(place_count(place, "d"), ==, 5);
}

static void assert_refused(Place *place, IpmpdTransaction *transaction, MpError code, guint left)
{
    g_autoptr(GError) error = NULL;

    g_assert_false(ipmpd_transaction_commit(transaction, &error));
    g_assert_error(error, MP_ERROR, (gint)code);
    g_test_message("%s", error->message);
    assert_untouched(place);
    g_assert_cmpuint(place_count(place, "d"), ==, left);
}

/* Changed or deleted between the look and the rename: the other's hand wins. */
static void test_changed_meanwhile(Place *place, gconstpointer data)
{
    g_autoptr(IpmpdTransaction) write = plan_all(place);
    g_autoptr(IpmpdTransaction) removal = ipmpd_transaction_new();
    g_autofree char *other = place_path(place, "d/other");

    place_put(place, "d/other", "old");
    plan_write(write, place, "d/other", "new");
    plan_remove(removal, place, "d/other");
    place_put(place, "d/other", "by hand");
    assert_refused(place, write, MP_ERROR_CONFIG_CHANGED, 5);
    place_assert_text(place, "d/other", "by hand");
    assert_refused(place, removal, MP_ERROR_CONFIG_CHANGED, 5);
    place_assert_text(place, "d/other", "by hand");
    g_assert_cmpint(unlink(other), ==, 0);
    assert_refused(place, write, MP_ERROR_CONFIG_CHANGED, 4);
    assert_refused(place, removal, MP_ERROR_CONFIG_CHANGED, 4);
}

/* The first phase fails: the last directory cannot be made. */
static void test_no_directory(Place *place, gconstpointer data)
{
    g_autoptr(IpmpdTransaction) transaction = plan_all(place);
    g_autoptr(GError) error = NULL;

    place_put(place, "file", "a file");
    plan_write(transaction, place, "file/x", "new");
    g_assert_false(ipmpd_transaction_check(transaction, &error));
    g_assert_error(error, MP_ERROR, MP_ERROR_FAILED);
    assert_refused(place, transaction, MP_ERROR_FAILED, 4);
}

static void test_directories_are_made(Place *place, gconstpointer data)
{
    g_autoptr(IpmpdTransaction) transaction = ipmpd_transaction_new();
    g_autoptr(GError) error = NULL;

    plan_write(transaction, place, "a/b/c", "new");
    g_assert_true(ipmpd_transaction_check(transaction, &error));
    g_assert_true(ipmpd_transaction_commit(transaction, &error));
    g_assert_no_error(error);
    place_assert_text(place, "a/b/c", "new");
}

#define ADD(name, func)                                                                            \
    g_test_add("/transaction/" name, Place, NULL, place_set_up, func, place_tear_down)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("commit", test_commit);
    ADD("created-meanwhile", test_created_meanwhile);
    ADD("changed-meanwhile", test_changed_meanwhile);
    ADD("no-directory", test_no_directory);
    ADD("directories-are-made", test_directories_are_made);
    return g_test_run();
}
