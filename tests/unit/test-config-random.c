/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Random configurations and random damage, from fixed seeds: what must hold for every text. */
#include "config-file.h"
#include "config-text.h"

#include "unit.h"

#include <string.h>

#define ROUNDS 400

static gboolean one_in(GRand *random, gint n)
{
    return g_rand_int_range(random, 0, n) == 0;
}

static void add_addresses(GRand *random, GArray *list, guint *next)
{
    for (gint n = g_rand_int_range(random, 0, 4); n > 0; n--) {
        g_autofree char *text =
            one_in(random, 3) ? g_strdup_printf("2001:db8::%x/64", ++*next)
                              : g_strdup_printf("10.0.%u.%u/16", *next / 200, *next % 200 + 1);

        (*next)++;
        unit_add(list, text);
    }
}

static void random_settings(GRand *random, MpGroupConfig *group)
{
    if (one_in(random, 2)) {
        group->failure_detection_ms = (guint)g_rand_int_range(random, MP_FDT_MIN_MS, MP_FDT_MAX_MS);
        group->failure_detection_inherited = FALSE;
    }
    if (one_in(random, 2)) {
        group->failback = g_rand_boolean(random);
        group->failback_inherited = FALSE;
    }
    group->probe_method = (MpProbeMethod)g_rand_int_range(random, 0, MP_N_PROBE_METHODS);
    group->probe_targets_only = g_rand_boolean(random);
    if (one_in(random, 2))
        group->probe_failures = (guint)g_rand_int_range(random, 1, MP_PROBE_COUNT_MAX + 1);
    if (one_in(random, 2))
        group->probe_repairs = (guint)g_rand_int_range(random, 1, MP_PROBE_COUNT_MAX + 1);
    if (one_in(random, 2))
        group->repair_delay_ms = (guint)g_rand_int_range(random, 0, MP_REPAIR_DELAY_MAX_MS + 1);
    for (gint i = g_rand_int_range(random, 0, 4); i > 0; i--) {
        g_autofree char *target = g_strdup_printf("10.0.255.%d", i);

        unit_add(group->probe_targets, target);
    }
}

static void random_member(GRand *random, MpGroupConfig *group, guint i, guint *next)
{
    g_autofree char *name = g_strdup_printf("eth%u", i);
    MpInterfaceConfig *member = unit_member(group, name);

    member->standby = one_in(random, 3);
    if (!member->standby)
        add_addresses(random, member->addresses, next);
    if (one_in(random, 2)) {
        g_autofree char *test = g_strdup_printf("10.0.254.%u/16", i + 1);

        unit_add(member->test_addresses, test);
    }
    if (one_in(random, 3))
        member->hardware_address = g_strdup_printf("02:00:00:00:00:%02x", i + 1);
}

static void shuffle(GRand *random, GPtrArray *array)
{
    for (guint i = array->len; i > 1; i--) {
        guint j = (guint)g_rand_int_range(random, 0, (gint)i);
        gpointer swap = array->pdata[j];

        array->pdata[j] = array->pdata[i - 1];
        array->pdata[i - 1] = swap;
    }
}

static MpGroupConfig *random_group(GRand *random)
{
    MpGroupConfig *group = unit_group("front");
    guint next = 0;

    random_settings(random, group);
    add_addresses(random, group->addresses, &next);
    for (guint i = 0; i < 5; i++) {
        if (g_rand_boolean(random))
            random_member(random, group, i, &next);
    }
    shuffle(random, group->interfaces);
    return group;
}

/* Comments, blank lines, unknown keys and sections, between any two lines. A text that ends in a
 * backslash is one line longer than it looks, so nothing is put there. */
static char *decorate(GRand *random, const char *text)
{
    static const char *const ornaments[] = {
        "", "# keep me", "  ; me too", "Unknown=value", "Unknown=a \\\n# within\n b", "\t"};
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    const char *line_end = one_in(random, 3) ? "\r\n" : "\n";
    GString *out = g_string_new(NULL);
    gboolean inside = FALSE;

    for (gsize i = 0; lines[i] != NULL; i++) {
        gsize pick = (gsize)g_rand_int_range(random, 0, G_N_ELEMENTS(ornaments));

        inside |= *lines[i] == '[';
        g_string_append_printf(out, "%s%s", lines[i], line_end);
        if (one_in(random, 3) && (inside || strchr(ornaments[pick], '=') == NULL))
            g_string_append_printf(out, "%s%s", ornaments[pick], line_end);
    }
    if (one_in(random, 3))
        g_string_append(out, "[Strange section]\nKey=value\n");
    if (one_in(random, 2))
        g_string_truncate(out, out->len - strlen(line_end));
    return g_string_free(out, FALSE);
}

static MpGroupConfig *read_group(const char *text, GError **error)
{
    MpDefaults defaults = mp_defaults_new();

    return mp_config_parse_group(text, strlen(text), "front.conf", "front", &defaults, NULL, error);
}

static char *edit_and_check(const char *text, const MpGroupConfig *config)
{
    char *edited = mp_config_edit_group(text, config);
    GError *error = NULL;
    g_autoptr(MpGroupConfig) back = read_group(edited, &error);

    g_assert_no_error(error);
    g_assert_true(mp_group_config_equal(config, back));
    return edited;
}

/* The comments of a text, each with how often it is there. */
static GHashTable *count_comments(const char *text)
{
    GHashTable *counts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

    for (gsize i = 0; lines[i] != NULL; i++) {
        char *line = g_strstrip(lines[i]);
        guint n = GPOINTER_TO_UINT(g_hash_table_lookup(counts, line));

        if (*line == '#' || *line == ';')
            g_hash_table_insert(counts, g_strdup(line), GUINT_TO_POINTER(n + 1));
    }
    return counts;
}

static void assert_comments_kept(const char *before, const char *after)
{
    g_autoptr(GHashTable) old = count_comments(before), new = count_comments(after);
    GHashTableIter iter;
    gpointer comment, n;

    g_hash_table_iter_init(&iter, old);
    while (g_hash_table_iter_next(&iter, &comment, &n))
        g_assert_true(g_hash_table_lookup(new, comment) == n);
}

/* From any configuration to any other by editing, again and again, and the comments live on. */
static void test_edit(void)
{
    g_autoptr(GRand) random = g_rand_new_with_seed(20240229);

    for (guint round = 0; round < ROUNDS; round++) {
        g_autoptr(MpGroupConfig) first = random_group(random), second = random_group(random);
        g_autofree char *plain = edit_and_check(NULL, first);
        g_autofree char *text = decorate(random, plain);
        g_autofree char *same = edit_and_check(text, first);
        g_autofree char *other = edit_and_check(text, second);
        g_autofree char *again = edit_and_check(other, second);
        g_autofree char *back = edit_and_check(other, first);

        g_assert_true(mp_group_config_validate(first, NULL));
        g_assert_cmpstr(same, ==, text);
        g_assert_cmpstr(again, ==, other);
        assert_comments_kept(text, other);
        assert_comments_kept(other, back);
    }
}

static void test_edit_defaults(void)
{
    g_autoptr(GRand) random = g_rand_new_with_seed(7);
    g_autofree char *text = NULL;

    for (guint round = 0; round < ROUNDS; round++) {
        MpDefaults defaults = mp_defaults_new(), back;
        char *edited;

        defaults.failback = g_rand_boolean(random);
        defaults.anchor = g_rand_boolean(random);
        defaults.track_ungrouped = g_rand_boolean(random);
        if (g_rand_boolean(random))
            defaults.link_poll_ms = (guint)g_rand_int_range(random, 0, MP_LINK_POLL_MAX_MS + 1);
        if (g_rand_boolean(random))
            defaults.failure_detection_ms =
                (guint)g_rand_int_range(random, MP_FDT_MIN_MS, MP_FDT_MAX_MS);
        edited = mp_config_edit_defaults(text, &defaults);
        g_assert_true(mp_config_parse_defaults(edited, strlen(edited), "d", &back, NULL, NULL));
        g_assert_true(mp_defaults_equal(&defaults, &back));
        g_free(text);
        text = edited;
    }
}

static char *mutate(GRand *random, const char *text)
{
    static const char *const pieces[] = {"\\",
                                         "\n",
                                         "=",
                                         "[",
                                         "]",
                                         "#",
                                         " ",
                                         "\r\n",
                                         "\xff",
                                         "[Group]\n",
                                         "[Interface eth0]\n",
                                         "\\\n",
                                         "Addresses=",
                                         "99999999999",
                                         "::",
                                         "/",
                                         "\xc3\xa9",
                                         "Standby=yes\n",
                                         "[Defaults]\n"};
    GString *out = g_string_new(text);

    for (gint n = g_rand_int_range(random, 1, 6); n > 0; n--) {
        gssize at = g_rand_int_range(random, 0, (gint)out->len + 1);
        gssize wanted = g_rand_int_range(random, 0, 12);
        gssize cut = MIN(wanted, (gssize)out->len - at);

        if (g_rand_boolean(random))
            g_string_erase(out, at, cut);
        else
            g_string_insert(out, at, pieces[g_rand_int_range(random, 0, G_N_ELEMENTS(pieces))]);
    }
    return g_string_free(out, FALSE);
}

/* Damaged text is read or refused with a line that exists; edited, it is good whatever it was. */
static void test_damage(void)
{
    g_autoptr(GRand) random = g_rand_new_with_seed(1337);
    guint n_read = 0, n_refused = 0;

    for (guint round = 0; round < ROUNDS; round++) {
        g_autoptr(MpGroupConfig) config = random_group(random), wish = random_group(random);
        g_autofree char *plain = mp_config_edit_group(NULL, config);
        g_autofree char *decorated = decorate(random, plain);
        g_autofree char *text = mutate(random, decorated);
        g_autoptr(GError) error = NULL;
        g_autoptr(MpGroupConfig) group = read_group(text, &error);
        g_autofree char *edited = edit_and_check(text, wish);
        guint64 line;

        if (group != NULL) {
            g_assert_true(mp_group_config_validate(group, NULL));
            n_read++;
            continue;
        }
        g_assert_error(error, MP_ERROR, MP_ERROR_INVALID_CONFIG);
        g_assert_true(g_utf8_validate(error->message, -1, NULL));
        g_assert_true(g_str_has_prefix(error->message, "front.conf:"));
        line = g_ascii_strtoull(error->message + strlen("front.conf:"), NULL, 10);
        g_assert_cmpuint(line, >=, 1);
        n_refused++;
    }
    /* The damage is neither always fatal nor never. */
    g_assert_cmpuint(n_read, >, ROUNDS / 20);
    g_assert_cmpuint(n_refused, >, ROUNDS / 20);
}

static void test_noise(void)
{
    g_autoptr(GRand) random = g_rand_new_with_seed(42);
    MpDefaults defaults = mp_defaults_new(), out;

    for (guint round = 0; round < ROUNDS * 5; round++) {
        char text[64];
        gsize length = (gsize)g_rand_int_range(random, 0, sizeof text);
        g_autoptr(GError) error = NULL;
        g_autoptr(MpGroupConfig) group = NULL;
        gboolean good;

        for (gsize i = 0; i < length; i++)
            text[i] = (char)g_rand_int_range(random, 0, one_in(random, 4) ? 256 : 128);
        group = mp_config_parse_group(text, length, "noise", "front", &defaults, NULL, &error);
        g_assert_true((group != NULL) == (error == NULL));
        g_assert_true(group == NULL || mp_group_config_validate(group, NULL));
        good = mp_config_parse_defaults(text, length, "noise", &out, NULL, NULL);
        g_assert_true(!good || (out.failure_detection_ms >= MP_FDT_MIN_MS &&
                                out.link_poll_ms <= MP_LINK_POLL_MAX_MS));
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/config-random/edit", test_edit);
    g_test_add_func("/config-random/edit-defaults", test_edit_defaults);
    g_test_add_func("/config-random/damage", test_damage);
    g_test_add_func("/config-random/noise", test_noise);
    return g_test_run();
}
