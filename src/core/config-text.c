/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config-text.h"

#include <string.h>

#define BYTE_ORDER_MARK "\xef\xbb\xbf"

static void line_free(MpLine *line)
{
    g_free(line->section);
    g_free(line->key);
    g_free(line->value);
    g_free(line->inner);
    g_free(line);
}

/* Up to and with the line feed. */
static gsize physical_end(const char *text, gsize length, gsize start)
{
    const char *feed = memchr(text + start, '\n', length - start);

    return feed != NULL ? (gsize)(feed - text) + 1 : length;
}

/* The words of a physical line, without its end and without white space before them. */
static char *physical_words(const char *text, gsize start, gsize end)
{
    g_autofree char *words = NULL;

    while (end > start && (text[end - 1] == '\n' || text[end - 1] == '\r'))
        end--;
    words = g_strndup(text + start, end - start);
    return g_strdup(g_strchug(words));
}

static gboolean is_comment(const char *words)
{
    return *words == '#' || *words == ';';
}

/* An odd number of backslashes at the end: the last is not escaped itself. */
static gboolean is_continued(const char *words)
{
    gsize n = 0, length = strlen(words);

    while (n < length && words[length - 1 - n] == '\\')
        n++;
    return n % 2 == 1;
}

static char *section_words(const char *words)
{
    g_autofree char *inside = g_strndup(words + 1, strlen(words) - 2);
    GString *section = g_string_new(NULL);
    g_auto(GStrv) parts = g_strsplit_set(inside, " \t", -1);

    for (gsize i = 0; parts[i] != NULL; i++) {
        if (*parts[i] != '\0')
            g_string_append_printf(section, "%s%s", section->len > 0 ? " " : "", parts[i]);
    }
    return g_string_free(section, FALSE);
}

static void line_classify(MpLine *line, char *words)
{
    char *equals;

    g_strstrip(words);
    if (*words == '\0') {
        line->kind = MP_LINE_BLANK;
        return;
    }
    if (words[0] == '[' && g_str_has_suffix(words, "]")) {
        line->kind = MP_LINE_SECTION;
        line->section = section_words(words);
        return;
    }
    equals = strchr(words, '=');
    if (words[0] == '[' || equals == NULL || equals == words) {
        line->kind = MP_LINE_OTHER;
        line->value = g_strdup(words);
        return;
    }
    line->kind = MP_LINE_ASSIGNMENT;
    line->key = g_strchomp(g_strndup(words, (gsize)(equals - words)));
    line->value = g_strdup(g_strstrip(equals + 1));
}

/* Takes in what continues the line: from *start on, to where it ends. */
static void line_read(MpLine *line, const char *text, gsize length, gsize *start, guint *number)
{
    GString *words = g_string_new(NULL), *inner = g_string_new(NULL);

    line->open = TRUE;
    while (line->open && *start < length) {
        gsize end = physical_end(text, length, *start);
        g_autofree char *piece = physical_words(text, *start, end);

        if (is_comment(piece)) {
            g_string_append_len(inner, text + *start, (gssize)(end - *start));
        } else {
            line->open = is_continued(piece);
            if (line->open)
                piece[strlen(piece) - 1] = ' ';
            g_string_append(words, piece);
        }
        *start = end;
        (*number)++;
    }
    line_classify(line, words->str);
    g_string_free(words, TRUE);
    line->inner = g_string_free(inner, FALSE);
}

GPtrArray *mp_lines_split(const char *text, gsize length)
{
    GPtrArray *lines = g_ptr_array_new_with_free_func((GDestroyNotify)line_free);
    gsize start = 0, mark = 0;
    guint number = 1;

    if (length >= strlen(BYTE_ORDER_MARK) && memcmp(text, BYTE_ORDER_MARK, 3) == 0)
        mark = strlen(BYTE_ORDER_MARK);
    for (start = mark; start < length;) {
        MpLine *line = g_new0(MpLine, 1);
        gsize end = physical_end(text, length, start);
        g_autofree char *words = physical_words(text, start, end);

        line->number = number;
        line->start = start == mark ? 0 : start;
        if (is_comment(words)) {
            line->kind = MP_LINE_COMMENT;
            line->inner = g_strdup("");
            start = end;
            number++;
        } else {
            line_read(line, text, length, &start, &number);
        }
        line->end = start;
        g_ptr_array_add(lines, line);
    }
    return lines;
}
