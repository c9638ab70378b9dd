/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reading: which file counts, what is refused and how that is said; and the record. */
#include "place.h"
#include "telling.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define GROUP(interface) "[Interface " interface "]\n"

static void assert_groups(const MpConfig *config, const char *names)
{
    g_autoptr(GString) found = g_string_new(NULL);

    for (guint i = 0; i < config->groups->len; i++) {
        const MpGroupConfig *group = config->groups->pdata[i];

        g_string_append_printf(found, "%s%s", i > 0 ? " " : "", group->name);
    }
    g_assert_cmpstr(found->str, ==, names);
}

static void assert_origin(const Place *place, const MpConfig *config, const char *group,
                          MpOrigin origin, const char *path)
{
    const MpGroupConfig *found = mp_config_find(config, group);
    g_autofree char *full = place_path(place, path);

    g_assert_nonnull(found);
    g_assert_cmpint(found->origin, ==, origin);
    g_assert_cmpstr(found->path, ==, full);
}

static void test_nothing(Place *place, gconstpointer data)
{
    g_autoptr(MpConfig) config = place_load(place);
    MpDefaults built_in = mp_defaults_new();

    assert_groups(config, "");
    g_assert_true(mp_defaults_equal(&config->defaults, &built_in));
}

/* Of the same name the first of run, etc, usr is used, whole. */
static void test_precedence(Place *place, gconstpointer data)
{
    g_autoptr(MpConfig) config = NULL;

    place_put(place, "usr/groups.d/a.conf", GROUP("u0") GROUP("u9"));
    place_put(place, "usr/groups.d/b.conf", GROUP("u1"));
    place_put(place, "usr/groups.d/c.conf", GROUP("u2"));
    place_put(place, "etc/groups.d/b.conf", GROUP("e1"));
    place_put(place, "etc/groups.d/c.conf", GROUP("e2"));
    place_put(place, "run/groups.d/c.conf", GROUP("r2"));
    config = place_load(place);
    assert_groups(config, "a b c");
    assert_origin(place, config, "a", MP_ORIGIN_VENDOR, "usr/groups.d/a.conf");
    assert_origin(place, config, "b", MP_ORIGIN_ETC, "etc/groups.d/b.conf");
    assert_origin(place, config, "c", MP_ORIGIN_RUNTIME, "run/groups.d/c.conf");
    g_assert_nonnull(mp_group_config_find(mp_config_find(config, "b"), "e1"));
    g_assert_null(mp_group_config_find(mp_config_find(config, "b"), "u1"));
    g_assert_nonnull(mp_group_config_find(mp_config_find(config, "c"), "r2"));
}

/* An empty file and a link to /dev/null say that there is no such group. */
static void test_masks(Place *place, gconstpointer data)
{
    g_autoptr(MpConfig) config = NULL;

    place_put(place, "usr/groups.d/a.conf", GROUP("u0"));
    place_put(place, "usr/groups.d/b.conf", GROUP("u1"));
    place_put(place, "etc/groups.d/c.conf", GROUP("e2"));
    place_link(place, "etc/groups.d/a.conf", "/dev/null");
    place_put(place, "etc/groups.d/b.conf", "");
    place_link(place, "run/groups.d/c.conf", "/dev/null");
    config = place_load(place);
    assert_groups(config, "");
}

static void test_defaults(Place *place, gconstpointer data)
{
    g_autoptr(MpConfig) config = NULL;
    g_autoptr(MpConfig) temporary = NULL;

    place_put(place, "etc/ipmp.conf", "[Defaults]\nFailureDetectionTime=2s\n");
    place_put(place, "etc/groups.d/a.conf", GROUP("e0"));
    place_put(place, "usr/ipmp.conf", "[Defaults]\nFailureDetectionTime=7s\nFailback=no\n");
    config = place_load(place);
    g_assert_cmpuint(config->defaults.failure_detection_ms, ==, 2000);
    g_assert_true(config->defaults.failback);
    g_assert_cmpuint(mp_config_find(config, "a")->failure_detection_ms, ==, 2000);
    place_put(place, "run/ipmp.conf", "[Defaults]\nFailureDetectionTime=3s\n");
    temporary = place_load(place);
    g_assert_cmpuint(temporary->defaults.failure_detection_ms, ==, 3000);
}

static void test_defaults_error(Place *place, gconstpointer data)
{
    g_autoptr(MpConfig) config = NULL;
    MpDefaults built_in = mp_defaults_new();

    place_put(place, "etc/ipmp.conf", "[Defaults]\nFailback=no\nFailureDetectionTime=soon\n");
    place_put(place, "etc/groups.d/a.conf", GROUP("e0"));
    config = place_load_one_error(place, "etc/ipmp.conf:3:", "soon");
    g_assert_true(mp_defaults_equal(&config->defaults, &built_in));
    assert_groups(config, "a");
}

/* Hidden files, directories and other endings are nobody's; a name that cannot be a group's is
 * told.
 */
static void test_names(Place *place, gconstpointer data)
{
    g_autoptr(MpConfig) config = NULL;

    place_put(place, "etc/groups.d/a.conf", GROUP("e0"));
    place_put(place, "etc/groups.d/.hidden.conf", "nonsense");
    place_put(place, "etc/groups.d/a.conf~", "nonsense");
    place_put(place, "etc/groups.d/README", "nonsense");
    place_put(place, "etc/groups.d/dir.conf/x", "nonsense");
    place_put(place, "etc/groups.d/-x.conf", GROUP("e1"));
    config = place_load_one_error(place, "etc/groups.d/-x.conf:1:", "name of a group");
    assert_groups(config, "a");
}

/* A wrong value costs that file alone, and does not bring the one beneath to life. */
static void test_wrong_value(Place *place, gconstpointer data)
{
    g_autoptr(MpConfig) config = NULL;

    place_put(place, "etc/groups.d/a.conf", "[Group]\nFailback=perhaps\n" GROUP("e0"));
    place_put(place, "usr/groups.d/a.conf", GROUP("u0"));
    place_put(place, "etc/groups.d/b.conf", GROUP("e1"));
    config = place_load_one_error(place, "etc/groups.d/a.conf:2:", "perhaps");
    assert_groups(config, "b");
}

static void test_warnings(Place *place, gconstpointer data)
{
    g_auto(GStrv) errors = NULL;
    g_auto(GStrv) warnings = NULL;
    g_autofree char *start = place_path(place, "etc/groups.d/a.conf:2: ");
    g_autoptr(MpConfig) config = NULL;

    place_put(place, "etc/groups.d/a.conf", "[Group]\nColour=green\n" GROUP("e0"));
    config = ipmpd_store_load(place->store, &errors, &warnings);
    g_assert_cmpstr(errors[0], ==, NULL);
    g_assert_cmpuint(g_strv_length(warnings), ==, 1);
    g_assert_true(g_str_has_prefix(warnings[0], start));
    g_assert_nonnull(strstr(warnings[0], "Colour"));
    assert_groups(config, "a");
}

static void test_unreadable(Place *place, gconstpointer data)
{
    g_autofree char *fifo = place_path(place, "etc/groups.d/pipe.conf");
    g_autofree char *big = g_strnfill((1 << 20) + 1, '\n');
    g_auto(GStrv) errors = NULL;
    g_auto(GStrv) warnings = NULL;
    g_autoptr(MpConfig) config = NULL;
    const char *const wanted[] = {
        "big.conf:", "dangling.conf:1: is a symbolic link that leads nowhere",
        "loop.conf:1: cannot be read: ", "nul.conf:", "pipe.conf:1: is not a regular"};
    g_autofree char *nul = place_path(place, "etc/groups.d/nul.conf");

    place_put(place, "etc/groups.d/good.conf", GROUP("e0"));
    place_put(place, "etc/groups.d/big.conf", big);
    place_link(place, "etc/groups.d/dangling.conf", "nowhere");
    place_link(place, "etc/groups.d/loop.conf", "loop.conf");
    g_assert_true(g_file_set_contents(nul, "[Group]\n\0\n", 10, NULL));
    g_assert_cmpint(mkfifo(fifo, 0644), ==, 0);
    config = ipmpd_store_load(place->store, &errors, &warnings);
    assert_groups(config, "good");
    g_assert_cmpuint(g_strv_length(errors), ==, G_N_ELEMENTS(wanted));
    for (guint i = 0; i < G_N_ELEMENTS(wanted); i++)
        g_assert_nonnull(strstr(errors[i], wanted[i]));
}

/* Something that is no directory where one should be. */
static void test_no_directory(Place *place, gconstpointer data)
{
    g_autoptr(MpConfig) config = NULL;

    place_put(place, "etc/groups.d", "a file");
    place_put(place, "run/groups.d/a.conf", GROUP("e0"));
    config = place_load_one_error(place, "etc/groups.d:1:", "directory");
    assert_groups(config, "a");
}

/* Of two files that clash, the later by name is refused, at the line where the clash is. */
static void test_clash(Place *place, gconstpointer data)
{
    g_autoptr(MpConfig) config = NULL;

    place_put(place, "run/groups.d/b.conf",
              "# e0 is meant\n[Group]\n\n[Interface e1]\n" GROUP("e0"));
    place_put(place, "etc/groups.d/a.conf", GROUP("e0"));
    place_put(place, "etc/groups.d/c.conf", GROUP("e1"));
    config = place_load_one_error(place, "run/groups.d/b.conf:5:", "e0");
    assert_groups(config, "a c");
}

static void test_clash_of_addresses(Place *place, gconstpointer data)
{
    g_autoptr(MpConfig) config = NULL;

    place_put(place, "etc/groups.d/a.conf", GROUP("e0") "Addresses=192.0.2.1/24\n");
    place_put(place, "etc/groups.d/b.conf",
              GROUP("e1") "Standby=no\nAddresses=192.0.2.2/24 192.0.2.1/24\n");
    config = place_load_one_error(place, "etc/groups.d/b.conf:3:", "192.0.2.1/24");
    assert_groups(config, "a");
}

static void test_reload(Place *place, gconstpointer data)
{
    g_autoptr(MpConfig) config = NULL;
    g_autoptr(MpConfig) again = NULL;
    g_auto(GStrv) warnings = NULL;
    g_autoptr(GError) error = NULL;

    place_put(place, "etc/groups.d/a.conf", GROUP("e0"));
    config = place_load(place);
    place_put(place, "etc/groups.d/b.conf", GROUP("e1") "Colour=green\n");
    again = ipmpd_store_reload(place->store, &warnings, &error);
    g_assert_no_error(error);
    assert_groups(again, "a b");
    g_assert_cmpuint(g_strv_length(warnings), ==, 1);
}

/* All errors are told, nothing is taken, and what was remembered stays: a file that is edited by
 * hand since the last good reading is still known to be. */
static void test_reload_error(Place *place, gconstpointer data)
{
    g_autoptr(MpConfig) config = NULL;
    g_autoptr(MpConfig) after = NULL;
    g_auto(GStrv) warnings = NULL;
    g_autoptr(GError) error = NULL;
    g_autoptr(GError) save_error = NULL;

    place_put(place, "etc/groups.d/a.conf", GROUP("e0"));
    config = place_load(place);
    place_put(place, "etc/groups.d/a.conf", GROUP("e0") "# by hand\n");
    place_put(place, "etc/groups.d/b.conf", "[Group]\nFailback=perhaps\n");
    place_put(place, "etc/groups.d/c.conf", "[Group]\nFailback=never\n");
    g_assert_null(ipmpd_store_reload(place->store, &warnings, &error));
    g_assert_error(error, MP_ERROR, MP_ERROR_INVALID_CONFIG);
    g_assert_nonnull(strstr(error->message, "b.conf:2:"));
    g_assert_nonnull(strstr(error->message, "c.conf:2:"));
    g_assert_null(warnings);
    after = mp_config_copy(config);
    mp_config_find(after, "a")->probe_failures = 7;
    g_assert_false(ipmpd_store_save(place->store, config, after, FALSE, &save_error));
    g_assert_error(save_error, MP_ERROR, MP_ERROR_CONFIG_CHANGED);
}

/* The engine could not have what the files say now: they are as if never read. */
static void test_undo_reload(Place *place, gconstpointer data)
{
    g_autoptr(MpConfig) config = NULL;
    g_autoptr(MpConfig) reloaded = NULL;
    g_autoptr(MpConfig) after = NULL;
    g_auto(GStrv) warnings = NULL;
    g_autoptr(GError) error = NULL;

    place_put(place, "etc/groups.d/a.conf", GROUP("e0"));
    config = place_load(place);
    place_put(place, "etc/groups.d/a.conf", GROUP("e1"));
    reloaded = ipmpd_store_reload(place->store, &warnings, &error);
    g_assert_no_error(error);
    ipmpd_store_undo_reload(place->store);
    after = mp_config_copy(config);
    mp_config_find(after, "a")->probe_failures = 7;
    g_assert_false(ipmpd_store_save(place->store, config, after, FALSE, &error));
    g_assert_error(error, MP_ERROR, MP_ERROR_CONFIG_CHANGED);
    place_assert_text(place, "etc/groups.d/a.conf", GROUP("e1"));
}

/* The record */

static MpRecord *record_sample(void)
{
    MpRecord *record = mp_record_new();
    MpRecordMember *member = g_new0(MpRecordMember, 1);

    record->serial = 41;
    member->group = g_strdup("front");
    member->interface = g_strdup("eth0");
    member->inactive = TRUE;
    g_ptr_array_add(record->members, member);
    return record;
}

static void test_record(Place *place, gconstpointer data)
{
    g_autoptr(MpRecord) record = record_sample();
    g_autoptr(MpRecord) again = NULL;
    g_autoptr(GError) error = NULL;

    g_assert_null(ipmpd_store_read_record(place->store, &error));
    g_assert_no_error(error);
    g_assert_true(ipmpd_store_write_record(place->store, record, &error));
    record->serial = 42;
    g_assert_true(ipmpd_store_write_record(place->store, record, &error));
    g_assert_no_error(error);
    again = ipmpd_store_read_record(place->store, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(again->serial, ==, 42);
    g_assert_cmpuint(again->members->len, ==, 1);
    g_assert_true(((MpRecordMember *)again->members->pdata[0])->inactive);
    g_assert_cmpuint(place_count(place, "run"), ==, 1);
}

static void test_record_other_boot(Place *place, gconstpointer data)
{
    g_autoptr(GError) error = NULL;

    place_put(place, "run/record.json", "{\"version\": 1, \"boot-id\": \"x\", \"serial\": 1}");
    g_assert_null(ipmpd_store_read_record(place->store, &error));
    g_assert_no_error(error);
    place_assert_absent(place, "run/record.json.bad");
}

static void test_record_damaged(Place *place, gconstpointer data)
{
    const char *const texts[] = {"", "{", "nonsense"};

    for (guint i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(GError) second = NULL;

        place_put(place, "run/record.json", texts[i]);
        g_assert_null(ipmpd_store_read_record(place->store, &error));
        g_assert_error(error, MP_ERROR, MP_ERROR_FAILED);
        g_assert_nonnull(strstr(error->message, "record.json.bad"));
        place_assert_absent(place, "run/record.json");
        place_assert_text(place, "run/record.json.bad", texts[i]);
        g_assert_null(ipmpd_store_read_record(place->store, &second));
        g_assert_no_error(second);
    }
}

/* As by a power failure or a full disk; and after a return to an older version. */
static void test_record_truncated_or_newer(Place *place, gconstpointer data)
{
    g_autoptr(MpRecord) record = record_sample();
    g_autofree char *whole = NULL, *newer = NULL;
    g_auto(GStrv) parts = NULL;
    const char *texts[2];

    g_assert_true(ipmpd_store_write_record(place->store, record, NULL));
    whole = place_text(place, "run/record.json");
    parts = g_strsplit(whole, "\"version\" : 1", 2);
    g_assert_cmpuint(g_strv_length(parts), ==, 2);
    newer = g_strjoin("\"version\" : 2", parts[0], parts[1], NULL);
    whole[strlen(whole) / 2] = '\0';
    texts[0] = whole;
    texts[1] = newer;
    for (guint i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(GError) second = NULL;

        place_put(place, "run/record.json", texts[i]);
        g_assert_null(ipmpd_store_read_record(place->store, &error));
        g_assert_error(error, MP_ERROR, MP_ERROR_FAILED);
        g_assert_nonnull(strstr(error->message, "record.json.bad"));
        g_assert_true(i == 0 || strstr(error->message, "\"version\" is 2") != NULL);
        place_assert_text(place, "run/record.json.bad", texts[i]);
        place_assert_absent(place, "run/record.json");
        g_assert_null(ipmpd_store_read_record(place->store, &second)); /* said once */
        g_assert_no_error(second);
        g_assert_true(ipmpd_store_write_record(place->store, record, NULL));
        place_assert_text(place, "run/record.json.bad", texts[i]); /* kept */
    }
}

/* What is written there outlives the service; a place that is none is told. */
static void test_telling(Place *place, gconstpointer data)
{
    g_autofree char *path = place_path(place, "run/telling");
    g_autoptr(GError) error = NULL;
    guint8 *telling = ipmpd_store_telling(place->store, &error);

    g_assert_no_error(error);
    g_assert_cmpuint(*telling, ==, 0);
    *telling = 1;
    telling = ipmpd_telling_map(path, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(*telling, ==, 1);
    ipmpd_telling_unmap(telling);
    g_assert_cmpint(unlink(path), ==, 0);
    g_assert_cmpint(symlink("/dev/null", path), ==, 0);
    g_assert_null(ipmpd_telling_map(path, &error));
    g_assert_error(error, MP_ERROR, MP_ERROR_FAILED);
    g_assert_nonnull(strstr(error->message, path));
}

static void test_record_cannot_be_written(Place *place, gconstpointer data)
{
    g_autoptr(MpRecord) record = record_sample();
    g_autoptr(GError) error = NULL;

    place_put(place, "run", "a file");
    g_assert_false(ipmpd_store_write_record(place->store, record, &error));
    g_assert_error(error, MP_ERROR, MP_ERROR_FAILED);
    g_assert_nonnull(strstr(error->message, place->top));
}

#define ADD(name, func) g_test_add("/store/" name, Place, NULL, place_set_up, func, place_tear_down)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("nothing", test_nothing);
    ADD("precedence", test_precedence);
    ADD("masks", test_masks);
    ADD("defaults", test_defaults);
    ADD("defaults-error", test_defaults_error);
    ADD("names", test_names);
    ADD("wrong-value", test_wrong_value);
    ADD("warnings", test_warnings);
    ADD("unreadable", test_unreadable);
    ADD("no-directory", test_no_directory);
    ADD("clash", test_clash);
    ADD("clash-of-addresses", test_clash_of_addresses);
    ADD("reload", test_reload);
    ADD("reload-error", test_reload_error);
    ADD("undo-reload", test_undo_reload);
    ADD("record", test_record);
    ADD("record-other-boot", test_record_other_boot);
    ADD("record-damaged", test_record_damaged);
    ADD("record-truncated-or-newer", test_record_truncated_or_newer);
    ADD("telling", test_telling);
    ADD("record-cannot-be-written", test_record_cannot_be_written);
    return g_test_run();
}
