/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reading all files of configuration. */
#include "config-file.h"
#include "error.h"
#include "store-private.h"
#include <errno.h>
#include <string.h>

#define DEFAULTS_NAME "ipmp.conf"
#define GROUPS_DIRECTORY "groups.d"
#define SUFFIX ".conf"

/* Places */

static char *place_path(const IpmpdStore *store, MpOrigin origin, const char *group)
{
    g_autofree char *name = NULL;

    if (group == NULL) {
        return origin != MP_ORIGIN_VENDOR
                   ? g_build_filename(store->directories[origin], DEFAULTS_NAME, NULL)
                   : NULL;
    }
    name = g_strconcat(group, SUFFIX, NULL);
    return g_build_filename(store->directories[origin], GROUPS_DIRECTORY, name, NULL);
}

IpmpdPlace *ipmpd_place_read(const IpmpdStore *store, const char *group)
{
    IpmpdPlace *place = g_new0(IpmpdPlace, 1);

    place->group = g_strdup(group);
    for (guint i = 0; i < IPMPD_N_ORIGINS; i++) {
        place->paths[i] = place_path(store, i, group);
        if (place->paths[i] != NULL)
            place->files[i] = ipmpd_file_read(place->paths[i], IPMPD_FILE_TEXT_MAX);
    }
    return place;
}

void ipmpd_place_free(IpmpdPlace *place)
{
    for (guint i = 0; i < IPMPD_N_ORIGINS; i++) {
        g_free(place->paths[i]);
        g_clear_pointer(&place->files[i], ipmpd_file_unref);
    }
    g_free(place->group);
    g_free(place);
}

gboolean ipmpd_place_find(const IpmpdPlace *place, MpOrigin *out_origin)
{
    for (guint i = 0; i < IPMPD_N_ORIGINS; i++) {
        if (place->files[i] != NULL && place->files[i]->kind != IPMPD_FILE_ABSENT) {
            *out_origin = i;
            return TRUE;
        }
    }
    return FALSE;
}

/* Messages */

static void add_message(GStrvBuilder *builder, const char *path, guint line, const char *message)
{
    g_autofree char *entry = g_strdup_printf("%s:%u: %s", path, line, message);

    g_strv_builder_add(builder, entry);
}

static void add_warnings(IpmpdReading *reading, const char *path, const GPtrArray *warnings)
{
    for (guint i = 0; i < warnings->len; i++) {
        const MpConfigWarning *warning = warnings->pdata[i];

        add_message(reading->warnings, path, warning->line, warning->message);
    }
}

static GPtrArray *warnings_new(void)
{
    return g_ptr_array_new_with_free_func((GDestroyNotify)mp_config_warning_free);
}

/* Whether `message` has `word` as a word of its own. */
static gboolean message_names(const char *message, const char *word)
{
    for (const char *at = strstr(message, word); at != NULL; at = strstr(at + 1, word)) {
        char before = at == message ? ' ' : at[-1];
        char after = at[strlen(word)];

        if (strchr(" \"'(", before) != NULL &&
            (after == '\0' || strchr(" ,;:.\"')", after) != NULL))
            return TRUE;
    }
    return FALSE;
}

/* What clashes with another file has no line of its own: the first one with a value that the
 * message names is where a person has to look. */
static guint text_find_line(const char *text, const char *message)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

    for (guint i = 0; lines[i] != NULL; i++) {
        const char *equals = strchr(lines[i], '=');
        const char *values = lines[i][0] == '[' ? lines[i] + 1 : equals != NULL ? equals + 1 : "";
        g_auto(GStrv) words = g_strsplit_set(values, " \t\r]", -1);

        for (guint w = 0; strchr("#;", lines[i][0]) == NULL && words[w] != NULL; w++) {
            if (strlen(words[w]) > 1 && message_names(message, words[w]))
                return i + 1;
        }
    }
    return 1;
}

/* Scanning */

static gboolean entry_is_file(const char *directory, const char *name)
{
    g_autofree char *path = g_build_filename(directory, name, NULL);

    return name[0] != '.' && g_str_has_suffix(name, SUFFIX) &&
           !g_file_test(path, G_FILE_TEST_IS_DIR);
}

static void scan_entry(IpmpdReading *reading, const char *directory, const char *name,
                       GHashTable *groups)
{
    g_autofree char *group = g_strndup(name, strlen(name) - strlen(SUFFIX));
    g_autofree char *path = g_build_filename(directory, name, NULL);
    g_autofree char *shown = g_utf8_make_valid(path, -1);
    g_autofree char *message = NULL;

    if (mp_group_name_is_valid(group)) {
        g_hash_table_add(groups, g_steal_pointer(&group));
        return;
    }
    message = g_strdup_printf("the file's name is not the name of a group: 1 to %d letters, "
                              "digits, '_', '.', '-', the first a letter or digit",
                              MP_GROUP_NAME_MAX);
    add_message(reading->errors, shown, 1, message);
}

static gint name_compare(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void scan_directory(IpmpdReading *reading, const char *parent, GHashTable *groups)
{
    g_autofree char *directory = g_build_filename(parent, GROUPS_DIRECTORY, NULL);
    g_autoptr(GError) local_error = NULL;
    g_autoptr(GDir) dir = g_dir_open(directory, 0, &local_error);
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    const char *name = NULL;

    if (dir == NULL) {
        if (!g_error_matches(local_error, G_FILE_ERROR, G_FILE_ERROR_NOENT))
            add_message(reading->errors, directory, 1, local_error->message);
        return;
    }
    while ((name = g_dir_read_name(dir)) != NULL) {
        if (entry_is_file(directory, name))
            g_ptr_array_add(names, g_strdup(name));
    }
    g_ptr_array_sort(names, name_compare);
    for (guint i = 0; i < names->len; i++)
        scan_entry(reading, directory, names->pdata[i], groups);
}

/* Reading */

/* The file of `place` that counts, NULL if there is none with a text; an unreadable one is an
 * error. */
static const IpmpdFile *place_effective(IpmpdReading *reading, const IpmpdPlace *place,
                                        MpOrigin *out_origin)
{
    const IpmpdFile *file = NULL;

    if (!ipmpd_place_find(place, out_origin))
        return NULL;
    file = place->files[*out_origin];
    if (file->kind == IPMPD_FILE_BAD)
        add_message(reading->errors, place->paths[*out_origin], 1, file->problem);
    return file->kind == IPMPD_FILE_TEXT ? file : NULL;
}

static void reading_keep_files(IpmpdReading *reading, const IpmpdPlace *place)
{
    for (guint i = 0; i < IPMPD_N_ORIGINS; i++) {
        if (place->files[i] != NULL && place->files[i]->kind != IPMPD_FILE_ABSENT)
            g_hash_table_insert(reading->files, g_strdup(place->paths[i]),
                                ipmpd_file_ref(place->files[i]));
    }
}

static void read_defaults(IpmpdReading *reading, const IpmpdStore *store)
{
    g_autoptr(IpmpdPlace) place = ipmpd_place_read(store, NULL);
    g_autoptr(GPtrArray) warnings = warnings_new();
    g_autoptr(GError) local_error = NULL;
    MpDefaults defaults = mp_defaults_new();
    const IpmpdFile *file = NULL;
    MpOrigin origin;

    reading_keep_files(reading, place);
    file = place_effective(reading, place, &origin);
    if (file == NULL)
        return;
    if (!mp_config_parse_defaults(file->text, file->length, place->paths[origin], &defaults,
                                  warnings, &local_error))
        g_strv_builder_add(reading->errors, local_error->message);
    else
        reading->config->defaults = defaults;
    add_warnings(reading, place->paths[origin], warnings);
}

static void read_group(IpmpdReading *reading, const IpmpdStore *store, const char *name)
{
    g_autoptr(IpmpdPlace) place = ipmpd_place_read(store, name);
    g_autoptr(GPtrArray) warnings = warnings_new();
    g_autoptr(GError) local_error = NULL;
    MpGroupConfig *group = NULL;
    const IpmpdFile *file = NULL;
    MpOrigin origin;

    reading_keep_files(reading, place);
    file = place_effective(reading, place, &origin);
    if (file == NULL)
        return;
    group = mp_config_parse_group(file->text, file->length, place->paths[origin], name,
                                  &reading->config->defaults, warnings, &local_error);
    add_warnings(reading, place->paths[origin], warnings);
    if (group == NULL) {
        g_strv_builder_add(reading->errors, local_error->message);
        return;
    }
    group->origin = origin;
    g_free(group->path);
    group->path = g_strdup(place->paths[origin]);
    mp_config_put(reading->config, group);
}

/* What files say of each other: of two that clash the later, by name, is refused. */
static void reading_resolve(IpmpdReading *reading)
{
    g_autoptr(MpConfig) all = NULL;

    if (mp_config_validate(reading->config, NULL))
        return;
    all = g_steal_pointer(&reading->config);
    reading->config = mp_config_new();
    reading->config->defaults = all->defaults;
    for (guint i = 0; i < all->groups->len; i++) {
        const MpGroupConfig *group = all->groups->pdata[i];
        const IpmpdFile *file = g_hash_table_lookup(reading->files, group->path);
        g_autoptr(GError) local_error = NULL;

        mp_config_put(reading->config, mp_group_config_copy(group));
        if (!mp_config_validate(reading->config, &local_error)) {
            add_message(reading->errors, group->path,
                        text_find_line(file->text, local_error->message), local_error->message);
            mp_config_drop(reading->config, group->name);
        }
    }
}

IpmpdReading *ipmpd_reading_new(const IpmpdStore *store)
{
    IpmpdReading *reading = g_new0(IpmpdReading, 1);
    g_autoptr(GHashTable) groups = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autoptr(GList) names = NULL;

    reading->config = mp_config_new();
    reading->errors = g_strv_builder_new();
    reading->warnings = g_strv_builder_new();
    reading->files =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)ipmpd_file_unref);
    read_defaults(reading, store);
    for (guint i = 0; i < IPMPD_N_ORIGINS; i++)
        scan_directory(reading, store->directories[i], groups);
    names = g_list_sort(g_hash_table_get_keys(groups), (GCompareFunc)strcmp);
    for (GList *at = names; at != NULL; at = at->next)
        read_group(reading, store, at->data);
    reading_resolve(reading);
    return reading;
}

void ipmpd_reading_free(IpmpdReading *reading)
{
    g_clear_pointer(&reading->config, mp_config_free);
    g_hash_table_unref(reading->files);
    g_strv_builder_unref(reading->errors);
    g_strv_builder_unref(reading->warnings);
    g_free(reading);
}
