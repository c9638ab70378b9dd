/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config-file.h"

#include "config-keys.h"
#include "config-reader.h"
#include "config-text.h"
#include "config-validate.h"
#include "error.h"

#include <string.h>

#define INTERFACE_SECTION "Interface"

/* Reading of one file: in which section we are, and what its keys are put into. */
typedef struct {
    const char *path;
    GPtrArray *lines;    /* MpLine* */
    GPtrArray *warnings; /* MpConfigWarning*, or NULL */
    const char *section; /* of the line before, NULL = none yet */
    const MpKey *keys;   /* NULL = a section that is not known */
    gpointer values;
    MpGroupConfig *group; /* NULL: reading defaults */
    MpDefaults *defaults;
} Reader;

void mp_config_warning_free(MpConfigWarning *warning)
{
    g_free(warning->message);
    g_free(warning);
}

G_GNUC_PRINTF(3, 4)
static void warn(const Reader *reader, const MpLine *line, const char *format, ...)
{
    MpConfigWarning *warning;
    va_list args;

    if (reader->warnings == NULL)
        return;
    warning = g_new0(MpConfigWarning, 1);
    warning->line = line->number;
    va_start(args, format);
    warning->message = g_strdup_vprintf(format, args);
    va_end(args);
    g_ptr_array_add(reader->warnings, warning);
}

/* Always FALSE. */
G_GNUC_PRINTF(4, 5)
static gboolean refuse(GError **error, const char *path, guint line, const char *format, ...)
{
    g_autofree char *message = NULL;
    va_list args;

    va_start(args, format);
    message = g_strdup_vprintf(format, args);
    va_end(args);
    g_set_error(error, MP_ERROR, MP_ERROR_INVALID_CONFIG, "%s:%u: %s", path, line, message);
    return FALSE;
}

static gboolean refuse_assignment(GError **error, const char *path, const MpLine *line,
                                  const char *reason)
{
    g_autofree char *value = mp_error_excerpt(line->value);

    return refuse(error, path, line->number, "%s=%s: %s", line->key, value, reason);
}

static guint line_of_byte(const char *text, gsize byte)
{
    guint line = 1;

    for (gsize i = 0; i < byte; i++)
        line += text[i] == '\n';
    return line;
}

static gboolean check_text(const char *text, gsize length, const char *path, GError **error)
{
    const char *end;

    if (length > MP_CONFIG_TEXT_MAX)
        return refuse(error, path, 1,
                      "the file has %" G_GSIZE_FORMAT " bytes; allowed are at most %u", length,
                      MP_CONFIG_TEXT_MAX);
    if (g_utf8_validate_len(text, length, &end))
        return TRUE;
    return refuse(error, path, line_of_byte(text, (gsize)(end - text)),
                  *end == '\0' ? "a byte is NUL; allowed is UTF-8 text"
                               : "a byte is not of UTF-8; allowed is UTF-8 text");
}

static const MpLine *find_section(const Reader *reader, const char *section, const MpLine *before)
{
    for (guint i = 0; i < reader->lines->len && reader->lines->pdata[i] != before; i++) {
        const MpLine *line = reader->lines->pdata[i];

        if (line->kind == MP_LINE_SECTION && g_str_equal(line->section, section))
            return line;
    }
    return NULL;
}

static gboolean enter_interface(Reader *reader, const MpLine *line, GError **error)
{
    const char *name = strchr(line->section, ' ');
    g_autofree char *excerpt = mp_error_excerpt(line->section);
    MpInterfaceConfig *interface;

    name = name != NULL ? name + 1 : "";
    if (!mp_interface_name_is_valid(name))
        return refuse(error, reader->path, line->number,
                      "[%s]: not an interface name; allowed is [Interface NAME], NAME of 1 to %d "
                      "bytes without white space, \"/\" and \":\"",
                      excerpt, MP_INTERFACE_NAME_MAX);
    if (mp_group_config_find(reader->group, name) != NULL)
        return refuse(error, reader->path, line->number,
                      "[%s]: the section is there already, in line %u; allowed is one", excerpt,
                      find_section(reader, line->section, line)->number);
    if (reader->group->interfaces->len == MP_GROUP_INTERFACES_MAX)
        return refuse(error, reader->path, line->number, "[%s]: allowed are at most %d interfaces",
                      excerpt, MP_GROUP_INTERFACES_MAX);
    interface = mp_interface_config_new(name);
    g_ptr_array_add(reader->group->interfaces, interface);
    reader->keys = mp_interface_keys;
    reader->values = interface;
    return TRUE;
}

static gboolean is_interface_section(const char *section)
{
    gsize length = strlen(INTERFACE_SECTION);

    return strncmp(section, INTERFACE_SECTION, length) == 0 &&
           (section[length] == '\0' || section[length] == ' ');
}

static gboolean enter_section(Reader *reader, const MpLine *line, GError **error)
{
    reader->section = line->section;
    if (reader->group != NULL && is_interface_section(line->section))
        return enter_interface(reader, line, error);
    if (reader->group != NULL && g_str_equal(line->section, "Group")) {
        reader->keys = mp_group_keys;
        reader->values = reader->group;
    } else if (reader->group == NULL && g_str_equal(line->section, "Defaults")) {
        reader->keys = mp_defaults_keys;
        reader->values = reader->defaults;
    } else {
        g_autofree char *excerpt = mp_error_excerpt(line->section);

        reader->keys = NULL;
        warn(reader, line, "unknown section [%s]; known are %s", excerpt,
             reader->group != NULL ? "[Group], [Interface NAME]" : "[Defaults]");
    }
    return TRUE;
}

static gboolean assign(Reader *reader, const MpLine *line, GError **error)
{
    g_autoptr(GError) wrong = NULL;
    const MpKey *key = mp_key_find(reader->keys, line->key);

    if (key == NULL) {
        g_autofree char *excerpt = mp_error_excerpt(line->key);

        warn(reader, line, "unknown key %s in [%s]", excerpt, reader->section);
        return TRUE;
    }
    if (mp_key_assign(key, reader->values, line->value, &wrong))
        return TRUE;
    return refuse_assignment(error, reader->path, line, wrong->message);
}

static gboolean read_line(Reader *reader, const MpLine *line, GError **error)
{
    g_autofree char *excerpt = NULL;

    if (line->kind == MP_LINE_SECTION)
        return enter_section(reader, line, error);
    if (line->kind == MP_LINE_BLANK || line->kind == MP_LINE_COMMENT ||
        (reader->section != NULL && reader->keys == NULL))
        return TRUE;
    if (line->kind == MP_LINE_ASSIGNMENT && reader->section == NULL)
        return refuse_assignment(error, reader->path, line,
                                 "stands before the first section; allowed is below one");
    if (line->kind == MP_LINE_ASSIGNMENT)
        return assign(reader, line, error);
    excerpt = mp_error_excerpt(line->value);
    return refuse(error, reader->path, line->number,
                  "%s: neither a section nor an assignment; allowed are [Section], Key=value, and "
                  "comments that begin with # or ;",
                  excerpt);
}

static gboolean read_lines(Reader *reader, const char *text, gsize length, GError **error)
{
    if (!check_text(text, length, reader->path, error))
        return FALSE;
    reader->lines = mp_lines_split(text, length);
    for (guint i = 0; i < reader->lines->len; i++) {
        if (!read_line(reader, reader->lines->pdata[i], error))
            return FALSE;
    }
    return TRUE;
}

static void reader_clear(Reader *reader)
{
    g_clear_pointer(&reader->lines, g_ptr_array_unref);
}

gboolean mp_config_parse_defaults(const char *text, gsize length, const char *path, MpDefaults *out,
                                  GPtrArray *warnings, GError **error)
{
    MpDefaults defaults = mp_defaults_new();
    Reader reader = {.path = path, .warnings = warnings, .defaults = &defaults};
    gboolean good = read_lines(&reader, text, length, error);

    if (good)
        *out = defaults;
    reader_clear(&reader);
    return good;
}

/* The same word, or the same address in another spelling. */
static gboolean word_is(const char *word, const char *wanted)
{
    MpAddress a, b;

    return g_str_equal(word, wanted) ||
           (mp_address_parse(word, MP_PREFIX_OPTIONAL, &a, NULL) &&
            mp_address_parse(wanted, MP_PREFIX_OPTIONAL, &b, NULL) && mp_address_equal(&a, &b));
}

static gboolean value_has_word(const char *value, const char *wanted)
{
    g_auto(GStrv) words = g_strsplit_set(value, " \t", -1);

    for (gsize i = 0; words[i] != NULL; i++) {
        if (word_is(words[i], wanted))
            return TRUE;
    }
    return *wanted == '\0';
}

static gboolean section_is(const char *section, const char *interface)
{
    if (*interface == '\0')
        return g_str_equal(section, "Group");
    return is_interface_section(section) && g_str_has_suffix(section, interface) &&
           strlen(section) == strlen(INTERFACE_SECTION) + 1 + strlen(interface);
}

/* The last line that says it: the assignment with the word, else any of the key, else the section.
 */
static const MpLine *find_fault(const Reader *reader, const MpConfigFault *fault)
{
    const MpLine *section = NULL, *assignment = NULL, *exact = NULL;
    gboolean inside = FALSE;

    for (guint i = 0; i < reader->lines->len; i++) {
        const MpLine *line = reader->lines->pdata[i];

        if (line->kind == MP_LINE_SECTION) {
            inside = section_is(line->section, fault->interface);
            section = inside ? line : section;
        }
        if (!inside || line->kind != MP_LINE_ASSIGNMENT || g_strcmp0(line->key, fault->key) != 0)
            continue;
        assignment = line;
        if (value_has_word(line->value, fault->value))
            exact = line;
    }
    if (exact != NULL)
        return exact;
    return assignment != NULL ? assignment : section;
}

static gboolean check_group(const Reader *reader, GError **error)
{
    g_autoptr(GError) wrong = NULL;
    MpConfigFault fault;
    const MpLine *line;

    if (mp_group_config_check(reader->group, &fault, &wrong))
        return TRUE;
    line = find_fault(reader, &fault);
    if (line != NULL && line->kind == MP_LINE_ASSIGNMENT)
        return refuse_assignment(error, reader->path, line, wrong->message);
    return refuse(error, reader->path, line != NULL ? line->number : 1, "%s", wrong->message);
}

static MpGroupConfig *parse_group(const char *text, gsize length, MpGroupConfig *group,
                                  gboolean check, GPtrArray *warnings, GError **error)
{
    Reader reader = {.path = group->path, .warnings = warnings, .group = group};
    gboolean good =
        read_lines(&reader, text, length, error) && (!check || check_group(&reader, error));

    reader_clear(&reader);
    if (good)
        return group;
    mp_group_config_free(group);
    return NULL;
}

static MpGroupConfig *group_at(const char *group, const char *path, const MpDefaults *defaults)
{
    MpGroupConfig *config = mp_group_config_new(group, defaults);

    config->path = g_strdup(path);
    return config;
}

MpGroupConfig *mp_config_parse_group(const char *text, gsize length, const char *path,
                                     const char *group, const MpDefaults *defaults,
                                     GPtrArray *warnings, GError **error)
{
    return parse_group(text, length, group_at(group, path, defaults), TRUE, warnings, error);
}

MpGroupConfig *mp_config_read_group(const char *text, gsize length, const char *path,
                                    const char *group, const MpDefaults *defaults,
                                    GPtrArray *warnings, GError **error)
{
    return parse_group(text, length, group_at(group, path, defaults), FALSE, warnings, error);
}
