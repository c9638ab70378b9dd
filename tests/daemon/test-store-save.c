/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Writing: what goes where, what is refused, and that it is all or nothing. */
#include "place.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define GROUP(interface) "[Interface " interface "]\n"

static MpGroupConfig *group_of(MpConfig *config, const char *name)
{
    MpGroupConfig *group = mp_config_find(config, name);

    g_assert_nonnull(group);
    return group;
}

static void add_group(MpConfig *config, const char *name, const char *interface)
{
    MpGroupConfig *group = mp_group_config_new(name, &config->defaults);

    g_ptr_array_add(group->interfaces, mp_interface_config_new(interface));
    mp_config_put(config, group);
}

/* Saves; what a check says must be what saving says. */
static void save(Place *place, const MpConfig *before, MpConfig *after, gboolean temporary)
{
    g_autoptr(GError) error = NULL;

    g_assert_true(ipmpd_store_check(place->store, before, after, temporary, &error));
    g_assert_no_error(error);
    g_assert_true(ipmpd_store_save(place->store, before, after, temporary, &error));
    g_assert_no_error(error);
}

static void refuse(Place *place, const MpConfig *before, MpConfig *after, gboolean temporary,
                   MpError code, const char *text)
{
    g_autoptr(GError) check_error = NULL;
    g_autoptr(GError) error = NULL;

    g_assert_false(ipmpd_store_check(place->store, before, after, temporary, &check_error));
    g_assert_error(check_error, MP_ERROR, (gint)code);
    g_assert_false(ipmpd_store_save(place->store, before, after, temporary, &error));
    g_assert_error(error, MP_ERROR, (gint)code);
    g_test_message("%s", error->message);
    g_assert_nonnull(strstr(error->message, text));
    g_assert_cmpstr(error->message, ==, check_error->message);
}

/* What was written says what was meant. */
static void assert_on_disk(Place *place, const MpConfig *config)
{
    g_autoptr(MpConfig) again = place_load(place);

    g_assert_true(mp_config_equal(again, config));
    for (guint i = 0; i < config->groups->len; i++) {
        const MpGroupConfig *group = config->groups->pdata[i];

        g_assert_cmpint(group_of(again, group->name)->origin, ==, group->origin);
        g_assert_cmpstr(group_of(again, group->name)->path, ==, group->path);
    }
}

static void test_create(Place *place, gconstpointer data)
{
    g_autoptr(MpConfig) before = place_load(place);
    g_autoptr(MpConfig) after = mp_config_copy(before);
    g_autofree char *path = place_path(place, "etc/groups.d/front.conf");
    struct stat status;

    add_group(after, "front", "eth0");
    save(place, before, after, FALSE);
    g_assert_cmpint(group_of(after, "front")->origin, ==, MP_ORIGIN_ETC);
    g_assert_cmpstr(group_of(after, "front")->path, ==, path);
    g_assert_cmpint(stat(path, &status), ==, 0);
    g_assert_cmpuint(status.st_mode & 0777, ==, 0644);
    g_assert_cmpuint(place_count(place, "etc/groups.d"), ==, 1);
    assert_on_disk(place, after);
}

/* A group without anything must not become an empty file, which would say that there is none. */
static void test_create_empty(Place *place, gconstpointer data)
{
    g_autoptr(MpConfig) before = place_load(place);
    g_autoptr(MpConfig) after = mp_config_copy(before);

    mp_config_put(after, mp_group_config_new("front", &after->defaults));
    save(place, before, after, FALSE);
    assert_on_disk(place, after);
}

static void test_change_keeps_comments(Place *place, gconstpointer data)
{
    g_autoptr(MpConfig) before = NULL;
    g_autoptr(MpConfig) after = NULL;
    g_autofree char *path = place_path(place, "etc/groups.d/front.conf");
    g_autofree char *text = NULL;
    struct stat status;

    place_put(place, "etc/groups.d/front.conf",
              "# ours\n[Group]\nProbeFailures=4 \n" GROUP("eth0"));
    g_assert_cmpint(chmod(path, 0640), ==, 0);
    before = place_load(place);
    after = mp_config_copy(before);
    group_of(after, "front")->probe_failures = 9;
    save(place, before, after, FALSE);
    text = place_text(place, "etc/groups.d/front.conf");
    g_assert_true(g_str_has_prefix(text, "# ours\n[Group]\nProbeFailures=9"));
    g_assert_cmpint(stat(path, &status), ==, 0);
    g_assert_cmpuint(status.st_mode & 0777, ==, 0640);
    assert_on_disk(place, after);
}

static void test_nothing_to_do(Place *place, gconstpointer data)
{
    g_autoptr(MpConfig) before = NULL;
    g_autoptr(MpConfig) after = NULL;

    place_put(place, "usr/groups.d/front.conf", GROUP("eth0"));
    before = place_load(place);
    after = mp_config_copy(before);
    save(place, before, after, FALSE);
    g_assert_cmpuint(place_count(place, "etc/groups.d"), ==, 0);
    assert_on_disk(place, after);
}

/* New defaults change what groups inherit, but not what their files say. */
static void test_defaults(Place *place, gconstpointer data)
{
    g_autoptr(MpConfig) before = NULL;
    g_autoptr(MpConfig) after = NULL;
    g_autofree char *text = NULL;

    place_put(place, "etc/ipmp.conf", "[Defaults]\n# quick\nFailureDetectionTime=2s\n");
    place_put(place, "usr/groups.d/front.conf", GROUP("eth0"));
    place_put(place, "run/groups.d/back.conf", GROUP("eth1"));
    before = place_load(place);
    after = mp_config_copy(before);
    after->defaults.failure_detection_ms = 500;
    mp_config_inherit(after);
    save(place, before, after, FALSE);
    text = place_text(place, "etc/ipmp.conf");
    g_assert_true(g_str_has_prefix(text, "[Defaults]\n# quick\nFailureDetectionTime=500ms"));
    place_assert_absent(place, "etc/groups.d/front.conf");
    assert_on_disk(place, after);
}

static void test_defaults_temporary(Place *place, gconstpointer data)
{
    g_autoptr(MpConfig) before = NULL;
    g_autoptr(MpConfig) after = NULL;
    g_autoptr(MpConfig) later = NULL;

    place_put(place, "etc/ipmp.conf", "[Defaults]\nFailureDetectionTime=2s\n");
    before = place_load(place);
    after = mp_config_copy(before);
    after->defaults.failback = FALSE;
    save(place, before, after, TRUE);
    place_assert_text(place, "etc/ipmp.conf", "[Defaults]\nFailureDetectionTime=2s\n");
    assert_on_disk(place, after);
    later = mp_config_copy(after);
    later->defaults.failback = TRUE;
    refuse(place, after, later, FALSE, MP_ERROR_BUSY, "run/ipmp.conf");
    save(place, after, later, TRUE);
    assert_on_disk(place, later);
}

static void test_defaults_refused_before(Place *place, gconstpointer data)
{
    g_auto(GStrv) errors = NULL;
    g_auto(GStrv) warnings = NULL;
    g_autoptr(MpConfig) before = NULL;
    g_autoptr(MpConfig) after = NULL;

    place_put(place, "etc/ipmp.conf", "[Defaults]\nFailback=perhaps\n");
    before = ipmpd_store_load(place->store, &errors, &warnings);
    after = mp_config_copy(before);
    after->defaults.failback = FALSE;
    refuse(place, before, after, FALSE, MP_ERROR_INVALID_CONFIG, "etc/ipmp.conf");
    place_assert_text(place, "etc/ipmp.conf", "[Defaults]\nFailback=perhaps\n");
}

static void test_vendor_is_copied(Place *place, gconstpointer data)
{
    g_autoptr(MpConfig) before = NULL;
    g_autoptr(MpConfig) after = NULL;
    g_autofree char *text = NULL;

    place_put(place, "usr/groups.d/front.conf", "# theirs\n" GROUP("eth0"));
    before = place_load(place);
    after = mp_config_copy(before);
    group_of(after, "front")->probe_failures = 9;
    save(place, before, after, FALSE);
    text = place_text(place, "etc/groups.d/front.conf");
    g_assert_nonnull(strstr(text, "# theirs\n"));
    g_assert_nonnull(strstr(text, "ProbeFailures=9\n"));
    place_assert_text(place, "usr/groups.d/front.conf", "# theirs\n" GROUP("eth0"));
    g_assert_cmpint(group_of(after, "front")->origin, ==, MP_ORIGIN_ETC);
    assert_on_disk(place, after);
}

/* A temporary change is a whole file of its own, which no permanent change may hide behind. */
static void test_temporary(Place *place, gconstpointer data)
{
    g_autoptr(MpConfig) before = NULL;
    g_autoptr(MpConfig) after = NULL;
    g_autoptr(MpConfig) later = NULL;

    place_put(place, "etc/groups.d/front.conf", "# ours\n" GROUP("eth0"));
    before = place_load(place);
    after = mp_config_copy(before);
    group_of(after, "front")->probe_failures = 9;
    save(place, before, after, TRUE);
    g_assert_cmpint(group_of(after, "front")->origin, ==, MP_ORIGIN_RUNTIME);
    place_assert_text(place, "etc/groups.d/front.conf", "# ours\n" GROUP("eth0"));
    assert_on_disk(place, after);
    later = mp_config_copy(after);
    group_of(later, "front")->probe_repairs = 3;
    refuse(place, after, later, FALSE, MP_ERROR_BUSY, "ipmpctl save front");
    mp_config_drop(later, "front");
    refuse(place, after, later, FALSE, MP_ERROR_BUSY, "ipmpctl save front");
}

/* `ipmpctl save`: the same group, said to be permanent. */
static void test_promotion(Place *place, gconstpointer data)
{
    g_autoptr(MpConfig) before = NULL;
    g_autoptr(MpConfig) after = NULL;
    const char text[] = "# now\n[Group]\nProbeFailures=9\n" GROUP("eth0");

    place_put(place, "etc/groups.d/front.conf", "# before\n" GROUP("eth0"));
    place_put(place, "run/groups.d/front.conf", text);
    before = place_load(place);
    after = mp_config_copy(before);
    group_of(after, "front")->origin = MP_ORIGIN_ETC;
    save(place, before, after, FALSE);
    place_assert_absent(place, "run/groups.d/front.conf");
    place_assert_text(place, "etc/groups.d/front.conf", text);
    assert_on_disk(place, after);
}

static void test_delete(Place *place, gconstpointer data)
{
    g_autoptr(MpConfig) before = NULL;
    g_autoptr(MpConfig) after = NULL;

    place_put(place, "etc/groups.d/front.conf", GROUP("eth0"));
    before = place_load(place);
    after = mp_config_copy(before);
    mp_config_drop(after, "front");
    save(place, before, after, FALSE);
    g_assert_cmpuint(place_count(place, "etc/groups.d"), ==, 0);
    assert_on_disk(place, after);
}

/* A vendor's file stays, masked; the group can be made again. */
static void test_delete_of_vendor(Place *place, gconstpointer data)
{
    g_autoptr(MpConfig) before = NULL;
    g_autoptr(MpConfig) after = NULL;
    g_autoptr(MpConfig) again = NULL;
    g_autofree char *path = place_path(place, "etc/groups.d/front.conf");
    g_autofree char *target = NULL;

    place_put(place, "usr/groups.d/front.conf", GROUP("eth0"));
    place_put(place, "etc/groups.d/front.conf", GROUP("eth1"));
    before = place_load(place);
    after = mp_config_copy(before);
    mp_config_drop(after, "front");
    save(place, before, after, FALSE);
    target = g_file_read_link(path, NULL);
    g_assert_cmpstr(target, ==, "/dev/null");
    assert_on_disk(place, after);
    again = mp_config_copy(after);
    add_group(again, "front", "eth2");
    save(place, after, again, FALSE);
    g_assert_false(g_file_test(path, G_FILE_TEST_IS_SYMLINK));
    g_assert_cmpuint(place_count(place, "etc/groups.d"), ==, 1);
    assert_on_disk(place, again);
}

/* Gone until reboot; created anew for good, the temporary deletion is over. */
static void test_delete_temporarily(Place *place, gconstpointer data)
{
    g_autoptr(MpConfig) before = NULL;
    g_autoptr(MpConfig) after = NULL;
    g_autoptr(MpConfig) again = NULL;

    place_put(place, "etc/groups.d/front.conf", "# ours\n" GROUP("eth0"));
    before = place_load(place);
    after = mp_config_copy(before);
    mp_config_drop(after, "front");
    save(place, before, after, TRUE);
    place_assert_text(place, "etc/groups.d/front.conf", "# ours\n" GROUP("eth0"));
    assert_on_disk(place, after);
    again = mp_config_copy(after);
    add_group(again, "front", "eth2");
    save(place, after, again, FALSE);
    place_assert_absent(place, "run/groups.d/front.conf");
    assert_on_disk(place, again);
}

static void test_delete_of_temporary(Place *place, gconstpointer data)
{
    for (guint temporary = 0; temporary < 2; temporary++) {
        g_autoptr(MpConfig) before = NULL;
        g_autoptr(MpConfig) after = NULL;

        place_put(place, "run/groups.d/front.conf", GROUP("eth0"));
        before = place_load(place);
        after = mp_config_copy(before);
        mp_config_drop(after, "front");
        save(place, before, after, (gboolean)temporary);
        g_assert_cmpuint(place_count(place, "run/groups.d"), ==, 0);
        g_assert_cmpuint(place_count(place, "etc/groups.d"), ==, 0);
        assert_on_disk(place, after);
    }
}

/* Changed, deleted, replaced or added by hand: not ours to write over. */
static void test_changed_by_hand(Place *place, gconstpointer data)
{
    const char *const files[] = {"etc/groups.d/front.conf", "usr/groups.d/front.conf",
                                 "run/groups.d/front.conf"};
    g_autofree char *path = place_path(place, files[0]);

    for (guint i = 0; i < G_N_ELEMENTS(files); i++) {
        g_autoptr(MpConfig) before = NULL;
        g_autoptr(MpConfig) after = NULL;
        g_autofree char *changed = place_path(place, files[i]);

        place_put(place, files[0], GROUP("eth0"));
        before = place_load(place);
        after = mp_config_copy(before);
        group_of(after, "front")->probe_failures = 9;
        place_put(place, files[i], "# by hand\n" GROUP("eth0"));
        refuse(place, before, after, FALSE, MP_ERROR_CONFIG_CHANGED, changed);
        refuse(place, before, after, TRUE, MP_ERROR_CONFIG_CHANGED, changed);
        place_assert_text(place, files[i], "# by hand\n" GROUP("eth0"));
        mp_config_drop(after, "front");
        refuse(place, before, after, FALSE, MP_ERROR_CONFIG_CHANGED, changed);
        g_assert_cmpint(unlink(changed), ==, 0);
    }
    place_put(place, files[0], GROUP("eth0"));
    {
        g_autoptr(MpConfig) before = place_load(place);
        g_autoptr(MpConfig) after = mp_config_copy(before);

        group_of(after, "front")->probe_failures = 9;
        g_assert_cmpint(unlink(path), ==, 0);
        refuse(place, before, after, FALSE, MP_ERROR_CONFIG_CHANGED, path);
    }
}

/* Same size, same time: the content decides. Touched only: nothing has changed. */
static void test_changed_content(Place *place, gconstpointer data)
{
    g_autoptr(MpConfig) before = NULL;
    g_autoptr(MpConfig) after = NULL;
    g_autofree char *path = place_path(place, "etc/groups.d/front.conf");
    struct timespec times[2] = {{.tv_sec = 1000000000}, {.tv_sec = 1000000000}};
    g_autoptr(GError) error = NULL;

    place_put(place, "etc/groups.d/front.conf", "# a\n" GROUP("eth0"));
    g_assert_cmpint(utimensat(AT_FDCWD, path, times, 0), ==, 0);
    before = place_load(place);
    after = mp_config_copy(before);
    group_of(after, "front")->probe_failures = 9;
    place_put(place, "etc/groups.d/front.conf", "# b\n" GROUP("eth0"));
    g_assert_cmpint(utimensat(AT_FDCWD, path, times, 0), ==, 0);
    refuse(place, before, after, FALSE, MP_ERROR_CONFIG_CHANGED, path);
    place_put(place, "etc/groups.d/front.conf", "# a\n" GROUP("eth0"));
    save(place, before, after, FALSE);
    assert_on_disk(place, after);
}

/* Saving again after saving: our own writing is not somebody's hand. */
static void test_twice(Place *place, gconstpointer data)
{
    g_autoptr(MpConfig) config = place_load(place);

    for (guint i = 1; i < 5; i++) {
        g_autoptr(MpConfig) after = mp_config_copy(config);

        if (i == 1)
            add_group(after, "front", "eth0");
        group_of(after, "front")->probe_failures = 10 + i;
        save(place, config, after, i > 2);
        mp_config_free(config);
        config = g_steal_pointer(&after);
    }
    assert_on_disk(place, config);
}

static void test_refused_before(Place *place, gconstpointer data)
{
    g_auto(GStrv) errors = NULL;
    g_auto(GStrv) warnings = NULL;
    g_autoptr(MpConfig) before = NULL;
    g_autoptr(MpConfig) after = NULL;

    place_put(place, "etc/groups.d/front.conf", "[Group]\nFailback=perhaps\n");
    before = ipmpd_store_load(place->store, &errors, &warnings);
    after = mp_config_copy(before);
    add_group(after, "front", "eth0");
    refuse(place, before, after, FALSE, MP_ERROR_INVALID_CONFIG, "etc/groups.d/front.conf");
    refuse(place, before, after, TRUE, MP_ERROR_INVALID_CONFIG, "etc/groups.d/front.conf");
    place_assert_text(place, "etc/groups.d/front.conf", "[Group]\nFailback=perhaps\n");
}

/* The file behind a link is replaced, the link stays. */
static void test_symbolic_link(Place *place, gconstpointer data)
{
    g_autoptr(MpConfig) before = NULL;
    g_autoptr(MpConfig) after = NULL;
    g_autofree char *path = place_path(place, "etc/groups.d/front.conf");
    g_autofree char *text = NULL;

    place_put(place, "elsewhere/f", "# far\n" GROUP("eth0"));
    place_link(place, "etc/groups.d/front.conf", "../../elsewhere/f");
    before = place_load(place);
    after = mp_config_copy(before);
    group_of(after, "front")->probe_failures = 9;
    save(place, before, after, FALSE);
    g_assert_true(g_file_test(path, G_FILE_TEST_IS_SYMLINK));
    text = place_text(place, "elsewhere/f");
    g_assert_nonnull(strstr(text, "# far\n"));
    g_assert_nonnull(strstr(text, "ProbeFailures=9"));
    g_assert_cmpuint(place_count(place, "elsewhere"), ==, 1);
    assert_on_disk(place, after);
    mp_config_free(before);
    before = mp_config_copy(after);
    mp_config_drop(after, "front");
    save(place, before, after, FALSE);
    place_assert_absent(place, "etc/groups.d/front.conf");
    g_assert_cmpuint(place_count(place, "elsewhere"), ==, 1);
}

static void test_owner(Place *place, gconstpointer data)
{
    g_autoptr(MpConfig) before = NULL;
    g_autoptr(MpConfig) after = NULL;
    g_autofree char *path = place_path(place, "etc/groups.d/front.conf");
    struct stat status;

    if (geteuid() != 0) {
        g_test_skip("only root can give files away");
        return;
    }
    place_put(place, "etc/groups.d/front.conf", GROUP("eth0"));
    g_assert_cmpint(chown(path, 1234, 4321), ==, 0);
    before = place_load(place);
    after = mp_config_copy(before);
    group_of(after, "front")->probe_failures = 9;
    save(place, before, after, FALSE);
    g_assert_cmpint(stat(path, &status), ==, 0);
    g_assert_cmpuint(status.st_uid, ==, 1234);
    g_assert_cmpuint(status.st_gid, ==, 4321);
}

/* A directory that cannot be: the check says so already. */
static void test_no_directory(Place *place, gconstpointer data)
{
    g_autoptr(MpConfig) before = place_load(place);
    g_autoptr(MpConfig) after = mp_config_copy(before);

    place_put(place, "etc", "a file");
    add_group(after, "front", "eth0");
    refuse(place, before, after, FALSE, MP_ERROR_FAILED, "etc/groups.d");
}

/* Writing fails: every file is as before, also those that came first, and nothing is left. */
static void assert_untouched(Place *place, const MpConfig *before)
{
    place_assert_text(place, "etc/groups.d/a.conf", "# a\n" GROUP("eth0"));
    place_assert_text(place, "etc/groups.d/b.conf", "# b\n" GROUP("eth1"));
    g_assert_cmpuint(place_count(place, "etc/groups.d"), ==, 2);
    assert_on_disk(place, before);
}

static MpConfig *two_groups(Place *place)
{
    place_put(place, "etc/groups.d/a.conf", "# a\n" GROUP("eth0"));
    place_put(place, "etc/groups.d/b.conf", "# b\n" GROUP("eth1"));
    return place_load(place);
}

static void test_no_room(Place *place, gconstpointer data)
{
    g_autoptr(MpConfig) before = two_groups(place);
    g_autoptr(MpConfig) after = mp_config_copy(before);
    MpGroupConfig *big = group_of(after, "b");
    g_autoptr(GError) error = NULL;
    struct rlimit limit, old;

    for (guint i = 1; i < 200; i++) {
        MpAddress address = {.family = MP_IPV4, .prefix = 24, .bytes = {198, 51, 100, (guint8)i}};

        g_array_append_val(big->addresses, address);
    }
    group_of(after, "a")->probe_failures = 9;
    g_assert_cmpint(getrlimit(RLIMIT_FSIZE, &old), ==, 0);
    limit = (struct rlimit){1024, old.rlim_max};
    signal(SIGXFSZ, SIG_IGN);
    g_assert_cmpint(setrlimit(RLIMIT_FSIZE, &limit), ==, 0);
    g_assert_false(ipmpd_store_save(place->store, before, after, FALSE, &error));
    g_assert_cmpint(setrlimit(RLIMIT_FSIZE, &old), ==, 0);
    g_assert_error(error, MP_ERROR, MP_ERROR_FAILED);
    g_assert_nonnull(strstr(error->message, "etc/groups.d/b.conf"));
    assert_untouched(place, before);
}

#define ADD(name, func)                                                                            \
    g_test_add("/store-save/" name, Place, NULL, place_set_up, func, place_tear_down)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("create", test_create);
    ADD("create-empty", test_create_empty);
    ADD("change-keeps-comments", test_change_keeps_comments);
    ADD("nothing-to-do", test_nothing_to_do);
    ADD("defaults", test_defaults);
    ADD("defaults-temporary", test_defaults_temporary);
    ADD("defaults-refused-before", test_defaults_refused_before);
    ADD("vendor-is-copied", test_vendor_is_copied);
    ADD("temporary", test_temporary);
    ADD("promotion", test_promotion);
    ADD("delete", test_delete);
    ADD("delete-of-vendor", test_delete_of_vendor);
    ADD("delete-temporarily", test_delete_temporarily);
    ADD("delete-of-temporary", test_delete_of_temporary);
    ADD("changed-by-hand", test_changed_by_hand);
    ADD("changed-content", test_changed_content);
    ADD("twice", test_twice);
    ADD("refused-before", test_refused_before);
    ADD("symbolic-link", test_symbolic_link);
    ADD("owner", test_owner);
    ADD("no-directory", test_no_directory);
    ADD("no-room", test_no_room);
    return g_test_run();
}
