/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config-file.h"
#include "config-keys.h"
#include "config-reader.h"
#include "config-splice.h"
#include "config-text.h"

#include <string.h>

#define LINE_COLUMNS 96 /* a list that would be longer goes on in an assignment of its own */

/* One or more assignments with all the words; "" when there is none. */
static char *format_list(const MpSplice *splice, const char *prefix, const MpKey *key,
                         const GArray *addresses)
{
    GString *text = g_string_new(NULL);
    gsize start = 0;

    for (guint i = 0; i < addresses->len; i++) {
        g_autofree char *word = mp_key_format_word(key, &g_array_index(addresses, MpAddress, i));

        if (i > 0 && text->len - start + 1 + strlen(word) <= LINE_COLUMNS) {
            g_string_append_printf(text, " %s", word);
            continue;
        }
        if (i > 0)
            g_string_append(text, splice->line_end);
        start = text->len;
        g_string_append_printf(text, "%s%s", prefix, word);
    }
    mp_splice_end_line(splice, text);
    return g_string_free(text, FALSE);
}

static char *format_values(const MpSplice *splice, const char *prefix, const MpKey *key,
                           gconstpointer values)
{
    g_autofree char *word = NULL;

    if (mp_key_is_list(key))
        return format_list(splice, prefix, key, mp_key_list(key, values));
    word = mp_key_format(key, values);
    return g_strdup_printf("%s%s%s", prefix, word, splice->line_end);
}

static void insert_key(MpSplice *splice, const char *section, const MpKey *key,
                       gconstpointer values)
{
    g_autofree char *prefix = g_strdup_printf("%s=", key->name);
    g_autofree char *text = format_values(splice, prefix, key, values);

    mp_splice_insert(splice, section, text);
}

static void remove_assignments(MpSplice *splice, const GArray *lines)
{
    for (guint i = 0; i < lines->len; i++)
        mp_splice_replace(splice, g_array_index(lines, guint, i), "");
}

static void replace_scalar(MpSplice *splice, guint line, const MpKey *key, gconstpointer values)
{
    g_autofree char *prefix = mp_splice_prefix(splice, line);
    g_autofree char *text = format_values(splice, prefix, key, values);

    mp_splice_replace(splice, line, text);
}

/* Of the words of this line, those that come next in the wanted list. */
static GArray *keep_words(const MpSplice *splice, guint line, const MpKey *key,
                          const GArray *wanted, guint *next, gboolean *out_all)
{
    g_autoptr(GArray) words = mp_addresses_new();
    GArray *kept = mp_addresses_new();

    mp_key_read_list(key, mp_splice_line(splice, line)->value, words, NULL);
    for (guint i = 0; i < words->len; i++) {
        const MpAddress *word = &g_array_index(words, MpAddress, i);

        if (*next < wanted->len &&
            mp_address_equal(word, &g_array_index(wanted, MpAddress, *next))) {
            g_array_append_vals(kept, word, 1);
            (*next)++;
        }
    }
    *out_all = kept->len == words->len;
    return kept;
}

/* After the last one that empties the list; those before it count for nothing and stay. */
static guint first_that_counts(const MpSplice *splice, const GArray *lines)
{
    guint first = 0;

    for (guint i = 0; i < lines->len; i++) {
        if (*mp_splice_line(splice, g_array_index(lines, guint, i))->value == '\0')
            first = i + 1;
    }
    return first;
}

/* Each line keeps what it has of the wanted list; the last gets what is still missing. The list is
 * not empty, and neither are the lines. */
static void replace_list(MpSplice *splice, const GArray *lines, const MpKey *key,
                         const GArray *wanted)
{
    guint next = 0;

    for (guint i = first_that_counts(splice, lines); i < lines->len; i++) {
        guint line = g_array_index(lines, guint, i);
        gboolean all;
        g_autoptr(GArray) kept = keep_words(splice, line, key, wanted, &next, &all);
        g_autofree char *prefix = mp_splice_prefix(splice, line);
        g_autofree char *text = NULL;

        if (i + 1 == lines->len && next < wanted->len) {
            g_array_append_vals(kept, &g_array_index(wanted, MpAddress, next), wanted->len - next);
            all = FALSE;
        }
        text = format_list(splice, prefix, key, kept);
        if (!all)
            mp_splice_replace(splice, line, text);
    }
}

static void edit_key(MpSplice *splice, const char *section, const MpKey *key, gconstpointer values,
                     gconstpointer pristine)
{
    g_autoptr(GArray) lines = mp_splice_find_assignments(splice, section, key->name);

    if (mp_key_equal(key, values, pristine))
        remove_assignments(splice, lines);
    else if (lines->len == 0 ||
             (mp_key_is_list(key) && first_that_counts(splice, lines) == lines->len))
        insert_key(splice, section, key, values);
    else if (mp_key_is_list(key))
        replace_list(splice, lines, key, mp_key_list(key, values));
    else
        replace_scalar(splice, g_array_index(lines, guint, lines->len - 1), key, values);
}

static gboolean keys_equal(const MpKey *keys, gconstpointer a, gconstpointer b)
{
    while (keys->name != NULL && mp_key_equal(keys, a, b))
        keys++;
    return keys->name == NULL;
}

static void edit_keys(MpSplice *splice, const char *section, const MpKey *keys,
                      gconstpointer before, gconstpointer after, gconstpointer pristine)
{
    for (const MpKey *key = keys; key->name != NULL; key++) {
        if (!mp_key_equal(key, before, after))
            edit_key(splice, section, key, after, pristine);
    }
}

static void put_out_new(MpSplice *splice, const char *section, const MpKey *keys,
                        gconstpointer values, gconstpointer pristine)
{
    mp_splice_put_header(splice, section);
    for (const MpKey *key = keys; key->name != NULL; key++) {
        g_autofree char *prefix = g_strdup_printf("%s=", key->name);
        g_autofree char *text = NULL;

        if (mp_key_equal(key, values, pristine))
            continue;
        text = format_values(splice, prefix, key, values);
        mp_splice_put(splice, text, strlen(text));
    }
}

static char *interface_section(const char *name)
{
    return g_strdup_printf("Interface %s", name);
}

static gboolean is_interface_block(const MpSpliceBlock *block)
{
    return block->section != NULL && g_str_has_prefix(block->section, "Interface ");
}

/* The next place in the text for an interface gets the next one of the configuration, so that
 * their order becomes that of the configuration while nothing moves that need not. */
static void put_out_interface(MpSplice *splice, const MpInterfaceConfig *interface)
{
    g_autofree char *section = interface_section(interface->name);
    g_autoptr(MpInterfaceConfig) pristine = mp_interface_config_new(interface->name);
    const MpSpliceBlock *block = mp_splice_find_block(splice, section);

    if (block != NULL)
        mp_splice_put_block(splice, block);
    else
        put_out_new(splice, section, mp_interface_keys, interface, pristine);
}

static void edit_interfaces(MpSplice *splice, const MpGroupConfig *before,
                            const MpGroupConfig *after)
{
    for (guint i = 0; i < before->interfaces->len; i++) {
        const MpInterfaceConfig *old = before->interfaces->pdata[i];
        const MpInterfaceConfig *new = mp_group_config_find(after, old->name);
        g_autoptr(MpInterfaceConfig) pristine = mp_interface_config_new(old->name);
        g_autofree char *section = interface_section(old->name);

        if (new == NULL)
            mp_splice_find_block(splice, section)->dropped = TRUE;
        else
            edit_keys(splice, section, mp_interface_keys, old, new, pristine);
    }
}

static char *edit_group(const char *text, const MpGroupConfig *before, const MpGroupConfig *after)
{
    MpDefaults defaults = mp_defaults_new();
    g_autoptr(MpGroupConfig) pristine = mp_group_config_new(after->name, &defaults);
    gboolean has_group;
    guint next = 0;
    MpSplice splice;

    mp_splice_init(&splice, text);
    has_group = mp_splice_find_block(&splice, "Group") != NULL;
    if (has_group)
        edit_keys(&splice, "Group", mp_group_keys, before, after, pristine);
    edit_interfaces(&splice, before, after);
    for (guint i = 0; i < splice.blocks->len; i++) {
        const MpSpliceBlock *block = splice.blocks->pdata[i];

        if (block->dropped)
            mp_splice_put_comments(&splice, block);
        else if (is_interface_block(block))
            put_out_interface(&splice, after->interfaces->pdata[next++]);
        else
            mp_splice_put_block(&splice, block);
    }
    if (!has_group && !keys_equal(mp_group_keys, after, pristine))
        put_out_new(&splice, "Group", mp_group_keys, after, pristine);
    while (next < after->interfaces->len)
        put_out_interface(&splice, after->interfaces->pdata[next++]);
    mp_splice_clear(&splice);
    return g_string_free(splice.out, FALSE);
}

static char *edit_defaults(const char *text, const MpDefaults *before, const MpDefaults *after)
{
    MpDefaults pristine = mp_defaults_new();
    gboolean has_defaults;
    MpSplice splice;

    mp_splice_init(&splice, text);
    has_defaults = mp_splice_find_block(&splice, "Defaults") != NULL;
    if (has_defaults)
        edit_keys(&splice, "Defaults", mp_defaults_keys, before, after, &pristine);
    for (guint i = 0; i < splice.blocks->len; i++)
        mp_splice_put_block(&splice, splice.blocks->pdata[i]);
    if (!has_defaults && !keys_equal(mp_defaults_keys, after, &pristine))
        put_out_new(&splice, "Defaults", mp_defaults_keys, after, &pristine);
    mp_splice_clear(&splice);
    return g_string_free(splice.out, FALSE);
}

/* What the service cannot read it must not lose either: kept, as far as a file may be long. */
static char *keep_refused(char *fresh, const char *text)
{
    GString *out = g_string_new(fresh);
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    g_auto(GStrv) lines = g_strsplit(valid, "\n", -1);

    g_free(fresh);
    g_string_append(out, "\n# What was here before, and could not be read:\n");
    for (gsize i = 0; lines[i] != NULL; i++) {
        if (out->len + strlen(lines[i]) + 3 <= MP_CONFIG_TEXT_MAX)
            g_string_append_printf(out, "# %s\n", g_strchomp(lines[i]));
    }
    return g_string_free(out, FALSE);
}

char *mp_config_edit_group(const char *text, const MpGroupConfig *config)
{
    MpDefaults defaults = mp_defaults_new();
    g_autoptr(MpGroupConfig) before = mp_group_config_new(config->name, &defaults);
    g_autoptr(MpGroupConfig) read = NULL;
    g_autofree char *fresh =
        g_strdup_printf("# IP multipathing group %s; see ipmp.conf(5). The service changes this "
                        "file in place:\n# comments and order stay.\n\n[Group]\n",
                        config->name);

    if (text == NULL || *text == '\0')
        return edit_group(fresh, before, config);
    read = mp_config_read_group(text, strlen(text), "", config->name, &defaults, NULL, NULL);
    if (read == NULL)
        return keep_refused(edit_group(fresh, before, config), text);
    return edit_group(text, read, config);
}

char *mp_config_edit_defaults(const char *text, const MpDefaults *config)
{
    static const char fresh[] = "# Defaults of all IP multipathing groups; see ipmp.conf(5). The "
                                "service changes this file in\n# place: comments and order "
                                "stay.\n\n[Defaults]\n";
    MpDefaults before = mp_defaults_new();

    if (text == NULL || *text == '\0')
        return edit_defaults(fresh, &before, config);
    if (!mp_config_parse_defaults(text, strlen(text), "", &before, NULL, NULL))
        return keep_refused(edit_defaults(fresh, &before, config), text);
    return edit_defaults(text, &before, config);
}
