/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The history over a restart. */
#include "history-file.h"

#include "place.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define BOOT "5f0c9ad1-6e5b-4f0e-9a86-0f1d3b2c4e5a"
#define HEAD "ipmp-history 1 " BOOT "\n"

typedef struct {
    IpmpdHistory *history;
    IpmpdHistoryFile *file;
    char *directory;
} Life;

static void life_begin(Life *life, const Place *place, const char *boot)
{
    life->directory = place_path(place, "run");
    life->history = ipmpd_history_new(IPMPD_HISTORY_CAPACITY);
    life->file = ipmpd_history_file_open(life->directory, boot, life->history);
}

static void life_end(Life *life)
{
    ipmpd_history_file_free(life->file);
    ipmpd_history_free(life->history);
    g_free(life->directory);
}

static MpNotice notice_of(guint64 sequence)
{
    MpNotice notice = {.sequence = sequence,
                       .now_us = (gint64)sequence * 7,
                       .kind = MP_NOTICE_ADDRESS_MOVED,
                       .reason = MP_REASON_FAILOVER,
                       .group = "front",
                       .interface = "e\t\n\\\xff",
                       .from = "eth0",
                       .to = "eth1",
                       .detail = "a detail, \"quoted\""};

    if (sequence % 2 == 0)
        g_assert_true(
            mp_address_parse("2001:db8::10/64", MP_PREFIX_REQUIRED, &notice.address, NULL));
    return notice;
}

static void life_add(Life *life, guint64 first, guint64 last)
{
    for (guint64 sequence = first; sequence <= last; sequence++) {
        MpNotice notice = notice_of(sequence);

        ipmpd_history_add(life->history, &notice, (gint64)sequence * 10);
        ipmpd_history_file_add(life->file);
    }
}

/* From `last` back, so many. */
static void life_assert(const Life *life, guint64 last, guint n)
{
    g_assert_cmpuint(ipmpd_history_length(life->history), ==, n);
    for (guint i = 0; i < n; i++) {
        const IpmpdHistoryEntry *entry = ipmpd_history_get(life->history, i);
        MpNotice expected = notice_of(last - i);

        g_assert_cmpmem(&entry->notice, sizeof expected, &expected, sizeof expected);
        g_assert_cmpint(entry->wall_us, ==, (gint64)(last - i) * 10);
    }
}

/* Nothing is put in order at the end: as a kill. */
static void test_lives(Place *place, gconstpointer data)
{
    for (guint i = 0; i < 3; i++) {
        Life life;

        life_begin(&life, place, BOOT);
        life_assert(&life, i * 5, i * 5);
        life_add(&life, i * 5 + 1, i * 5 + 5);
        life_end(&life);
    }
}

static void test_other_boot(Place *place, gconstpointer data)
{
    Life life;

    life_begin(&life, place, "another");
    life_add(&life, 1, 5);
    life_end(&life);
    life_begin(&life, place, BOOT);
    life_assert(&life, 0, 0);
    life_add(&life, 1, 2);
    life_end(&life);
    life_begin(&life, place, BOOT);
    life_assert(&life, 2, 2);
    life_end(&life);
}

static void test_damaged(Place *place, gconstpointer data)
{
    static const char *const texts[] = {
        "",
        "{}",
        HEAD,
        HEAD "1\t2",
        HEAD "\n\n\t\t\t\t\t\t\t\t\t\t\n",
        HEAD "1\t7\t10\tno-kind\tfailover\t\ta\tb\tc\td\te\n",
        HEAD "0\t7\t10\taddress-moved\tfailover\t\ta\tb\tc\td\te\n",
        HEAD "1\t7\t10\taddress-moved\tfailover\t\ta\tb\tc\td\te\\\n",
        HEAD "1\t7\t10\taddress-moved\tfailover\tx\ta\tb\tc\td\te\n"};

    for (guint i = 0; i < G_N_ELEMENTS(texts); i++) {
        Life life;

        place_put(place, "run/history", texts[i]);
        life_begin(&life, place, BOOT);
        life_assert(&life, 0, 0);
        life_add(&life, 1, 3);
        life_end(&life);
        life_begin(&life, place, BOOT);
        life_assert(&life, 3, 3);
        life_end(&life);
    }
}

/* The last line was being written: the others are there. */
static void test_torn(Place *place, gconstpointer data)
{
    g_autofree char *text = NULL;
    Life life;

    life_begin(&life, place, BOOT);
    life_add(&life, 1, 4);
    life_end(&life);
    text = place_text(place, "run/history");
    for (gsize length = strlen(text) - 1; length > strlen(HEAD); length -= 5) {
        guint lines = 0;

        text[length] = '\0';
        for (const char *at = text; (at = strchr(at, '\n')) != NULL; at++)
            lines++;
        place_put(place, "run/history", text);
        life_begin(&life, place, BOOT);
        life_assert(&life, lines - 1, lines - 1);
        life_end(&life);
    }
}

/* Somebody has taken the file, or the whole directory away. */
static void test_taken_away(Place *place, gconstpointer data)
{
    g_autofree char *path = place_path(place, "run/history");
    Life life;

    life_begin(&life, place, BOOT);
    life_add(&life, 1, 3);
    g_assert_cmpint(remove(path), ==, 0);
    life_add(&life, 4, 5);
    place_put(place, "run/history", "nonsense");
    life_add(&life, 6, 6);
    life_end(&life);
    life_begin(&life, place, BOOT);
    life_assert(&life, 6, 6);
    life_end(&life);
}

static guint n_told; /* errors and notices of the log */

static GLogWriterOutput on_log(GLogLevelFlags level, const GLogField *fields, gsize n_fields,
                               gpointer user_data)
{
    n_told += (level & (G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_MESSAGE)) != 0;
    return G_LOG_WRITER_HANDLED;
}

/* What cannot be written now is told once, and written when it can be. */
static void test_troubled(Place *place, gconstpointer data)
{
    g_autofree char *path = place_path(place, "run/history");
    Life life;

    life_begin(&life, place, BOOT);
    life_add(&life, 1, 3);
    g_assert_cmpint(remove(path), ==, 0);
    g_assert_cmpint(mkdir(path, 0755), ==, 0); /* nobody can write there */
    n_told = 0;
    life_add(&life, 4, 8);
    g_assert_cmpuint(n_told, ==, 1);
    g_assert_cmpint(remove(path), ==, 0);
    ipmpd_history_file_retry(life.file);
    g_assert_cmpuint(n_told, ==, 2);
    life_end(&life);
    life_begin(&life, place, BOOT);
    life_assert(&life, 8, 8);
    life_end(&life);
}

static void test_bounded(Place *place, gconstpointer data)
{
    g_autofree char *path = place_path(place, "run/history");
    struct stat status;
    off_t line;
    Life life;

    life_begin(&life, place, BOOT);
    life_add(&life, 1, 1);
    g_assert_cmpint(stat(path, &status), ==, 0);
    line = status.st_size;
    life_add(&life, 2, 5 * IPMPD_HISTORY_CAPACITY);
    g_assert_cmpint(stat(path, &status), ==, 0);
    g_assert_cmpint(status.st_size, <, 3 * (off_t)IPMPD_HISTORY_CAPACITY * line);
    life_end(&life);
    life_begin(&life, place, BOOT);
    life_assert(&life, 5 * IPMPD_HISTORY_CAPACITY, IPMPD_HISTORY_CAPACITY);
    life_end(&life);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_log_set_writer_func(on_log, NULL, NULL);
#define ADD(name, function)                                                                        \
    g_test_add("/history-file/" name, Place, NULL, place_set_up, function, place_tear_down)
    ADD("lives", test_lives);
    ADD("other-boot", test_other_boot);
    ADD("damaged", test_damaged);
    ADD("torn", test_torn);
    ADD("taken-away", test_taken_away);
    ADD("troubled", test_troubled);
    ADD("bounded", test_bounded);
    return g_test_run();
}
