/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config-splice.h"

#include <string.h>

static void block_free(MpSpliceBlock *block)
{
    g_free(block->section);
    g_free(block);
}

const MpLine *mp_splice_line(const MpSplice *splice, guint i)
{
    return splice->lines->pdata[i];
}

/* Where the comments begin that stand right above line i. */
static guint comments_above(const MpSplice *splice, guint i, guint first)
{
    while (i > first && mp_splice_line(splice, i - 1)->kind == MP_LINE_COMMENT)
        i--;
    return i;
}

static MpSpliceBlock *add_block(MpSplice *splice, guint first, const char *section)
{
    MpSpliceBlock *block = g_new0(MpSpliceBlock, 1);

    block->first = first;
    block->section = g_strdup(section);
    g_ptr_array_add(splice->blocks, block);
    return block;
}

/* That of the first line. */
static const char *line_end_of(const char *text)
{
    const char *feed = strchr(text, '\n');

    return feed != NULL && feed > text && feed[-1] == '\r' ? "\r\n" : "\n";
}

void mp_splice_init(MpSplice *splice, const char *text)
{
    MpSpliceBlock *block;

    *splice = (MpSplice){.text = text, .out = g_string_new(NULL)};
    splice->lines = mp_lines_split(text, strlen(text));
    splice->blocks = g_ptr_array_new_with_free_func((GDestroyNotify)block_free);
    splice->replaced = g_new0(char *, splice->lines->len + 1);
    splice->inserted = g_new0(GString *, splice->lines->len + 1);
    splice->line_end = line_end_of(text);
    block = add_block(splice, 0, NULL);
    for (guint i = 0; i < splice->lines->len; i++) {
        if (mp_splice_line(splice, i)->kind != MP_LINE_SECTION)
            continue;
        block->end = comments_above(splice, i, block->first);
        block = add_block(splice, block->end, mp_splice_line(splice, i)->section);
    }
    block->end = splice->lines->len;
}

void mp_splice_clear(MpSplice *splice)
{
    for (guint i = 0; i < splice->lines->len; i++) {
        g_free(splice->replaced[i]);
        if (splice->inserted[i] != NULL)
            g_string_free(splice->inserted[i], TRUE);
    }
    g_free(splice->replaced);
    g_free(splice->inserted);
    g_ptr_array_unref(splice->lines);
    g_ptr_array_unref(splice->blocks);
}

MpSpliceBlock *mp_splice_find_block(const MpSplice *splice, const char *section)
{
    MpSpliceBlock *found = NULL;

    for (guint i = 0; i < splice->blocks->len; i++) {
        MpSpliceBlock *block = splice->blocks->pdata[i];

        if (g_strcmp0(block->section, section) == 0)
            found = block;
    }
    return found;
}

GArray *mp_splice_find_assignments(const MpSplice *splice, const char *section, const char *key)
{
    GArray *found = g_array_new(FALSE, FALSE, sizeof(guint));

    for (guint b = 0; b < splice->blocks->len; b++) {
        const MpSpliceBlock *block = splice->blocks->pdata[b];

        if (g_strcmp0(block->section, section) != 0)
            continue;
        for (guint i = block->first; i < block->end; i++) {
            const MpLine *line = mp_splice_line(splice, i);

            if (line->kind == MP_LINE_ASSIGNMENT && g_str_equal(line->key, key))
                g_array_append_val(found, i);
        }
    }
    return found;
}

void mp_splice_end_line(const MpSplice *splice, GString *text)
{
    if (text->len > 0 && text->str[text->len - 1] != '\n')
        g_string_append(text, splice->line_end);
}

void mp_splice_replace(MpSplice *splice, guint i, const char *text)
{
    GString *replacement = g_string_new(mp_splice_line(splice, i)->inner);

    mp_splice_end_line(splice, replacement);
    g_string_append(replacement, text);
    g_free(splice->replaced[i]);
    splice->replaced[i] = g_string_free(replacement, FALSE);
}

char *mp_splice_prefix(const MpSplice *splice, guint i)
{
    const MpLine *line = mp_splice_line(splice, i);
    const char *start = splice->text + line->start;
    const char *feed = memchr(start, '\n', line->end - line->start);
    const char *end = feed != NULL ? feed : splice->text + line->end;
    const char *equals = memchr(start, '=', (gsize)(end - start));

    if (equals == NULL)
        return g_strdup_printf("%s=", line->key);
    equals++;
    while (equals < end && (*equals == ' ' || *equals == '\t'))
        equals++;
    return g_strndup(start, (gsize)(equals - start));
}

/* The last assignment or the header of the section's last block: there is one. */
static guint insertion_place(const MpSplice *splice, const char *section)
{
    const MpSpliceBlock *block = mp_splice_find_block(splice, section);
    guint place = block->first;

    for (guint i = block->first; i < block->end; i++) {
        MpLineKind kind = mp_splice_line(splice, i)->kind;

        if (kind == MP_LINE_SECTION || kind == MP_LINE_ASSIGNMENT)
            place = i;
    }
    return place;
}

void mp_splice_insert(MpSplice *splice, const char *section, const char *text)
{
    guint place = insertion_place(splice, section);

    if (splice->inserted[place] == NULL)
        splice->inserted[place] = g_string_new(NULL);
    g_string_append(splice->inserted[place], text);
}

void mp_splice_put(MpSplice *splice, const char *text, gsize length)
{
    if (length == 0)
        return;
    mp_splice_end_line(splice, splice->out);
    if (splice->out_open)
        g_string_append(splice->out, splice->line_end);
    splice->out_open = FALSE;
    g_string_append_len(splice->out, text, (gssize)length);
}

void mp_splice_put_block(MpSplice *splice, const MpSpliceBlock *block)
{
    for (guint i = block->first; i < block->end; i++) {
        const MpLine *line = mp_splice_line(splice, i);
        const char *text = splice->replaced[i];

        if (text != NULL) {
            mp_splice_put(splice, text, strlen(text));
        } else {
            mp_splice_put(splice, splice->text + line->start, line->end - line->start);
            splice->out_open = line->open;
        }
        if (splice->inserted[i] != NULL)
            mp_splice_put(splice, splice->inserted[i]->str, splice->inserted[i]->len);
    }
}

void mp_splice_put_comments(MpSplice *splice, const MpSpliceBlock *block)
{
    gboolean any = FALSE;

    for (guint i = block->first; i < block->end; i++) {
        const MpLine *line = mp_splice_line(splice, i);
        gboolean comment = line->kind == MP_LINE_COMMENT;
        const char *text = comment ? splice->text + line->start : line->inner;
        gsize length = comment ? line->end - line->start : strlen(line->inner);

        mp_splice_put(splice, text, length);
        any |= length > 0;
    }
    if (any)
        mp_splice_put(splice, splice->line_end, strlen(splice->line_end));
}

static gboolean out_ends_in_blank_line(const MpSplice *splice)
{
    return splice->out->len == 0 || g_str_has_suffix(splice->out->str, "\n\n") ||
           g_str_has_suffix(splice->out->str, "\n\r\n");
}

void mp_splice_put_header(MpSplice *splice, const char *section)
{
    g_autofree char *header = g_strdup_printf("[%s]%s", section, splice->line_end);

    mp_splice_end_line(splice, splice->out);
    if (!out_ends_in_blank_line(splice))
        mp_splice_put(splice, splice->line_end, strlen(splice->line_end));
    mp_splice_put(splice, header, strlen(header));
}
