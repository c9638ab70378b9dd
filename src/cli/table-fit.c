/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tables on a terminal that is not wide enough for them. */
#include "table-private.h"
#include <string.h>

gsize ctl_text_break(const char *text, guint width)
{
    const char *end = text; /* of what is taken */
    guint used = 0;

    while (*end != '\0') {
        const char *word = end;
        while (*word != '\0' && *word != ' ' && *word != ',')
            word = g_utf8_next_char(word);
        while (*word == ',')
            word++;
        g_autofree char *piece = g_strndup(end, (gsize)(word - end));
        guint piece_width = ctl_text_width(piece);
        if (used > 0 && used + piece_width > width)
            break;
        while (*word == ' ') {
            word++;
            piece_width++;
        }
        used += piece_width;
        end = word;
    }
    return (gsize)(end - text);
}

/* Columns that the longest word of a cell takes, which cannot be broken. */
static guint widest_word(const char *text)
{
    guint widest = 0;

    while (*text != '\0') {
        gsize length = ctl_text_break(text, 0);
        g_autofree char *word = g_strchomp(g_strndup(text, length));
        widest = MAX(widest, ctl_text_width(word));
        text += length;
    }
    return widest;
}

static guint total_width(const CtlTable *table, const guint *widths)
{
    guint total = table->indent, gap = 0;

    for (guint i = 0; i < table->n_columns; i++) {
        if (widths[i] == 0)
            continue;
        total += gap + widths[i];
        gap = CTL_TABLE_GAP;
    }
    return total;
}

static guint *least_widths(const CtlTable *table)
{
    guint *least = g_new0(guint, table->n_columns);

    for (guint k = 0; k < table->cells->len; k++) {
        guint column = k % table->n_columns;
        least[column] =
            MAX(least[column], widest_word(g_array_index(table->cells, CtlCell, k).text));
    }
    return least;
}

guint *ctl_table_fit(const CtlTable *table, guint columns)
{
    g_autofree guint *widths = g_memdup2(table->widths, sizeof(guint) * table->n_columns);
    g_autofree guint *least = NULL;

    if (columns == 0 || total_width(table, widths) <= columns)
        return g_steal_pointer(&widths);
    least = least_widths(table);
    while (total_width(table, widths) > columns) {
        guint widest = table->n_columns;
        for (guint i = 0; i < table->n_columns; i++)
            if (widths[i] > least[i] && (widest == table->n_columns || widths[i] > widths[widest]))
                widest = i;
        if (widest == table->n_columns)
            break;
        widths[widest]--;
    }
    if (total_width(table, widths) <= columns)
        return g_steal_pointer(&widths);
    /* without titles there is nothing to put in front: the terminal breaks the lines */
    return table->has_header ? NULL : g_memdup2(table->widths, sizeof(guint) * table->n_columns);
}
