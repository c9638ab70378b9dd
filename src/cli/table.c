/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "table.h"
#include "table-private.h"
#include <string.h>

static void cell_clear(gpointer cell)
{
    g_free(((CtlCell *)cell)->text);
}

CtlTable *ctl_table_new(guint indent, guint n_columns)
{
    CtlTable *table = g_new0(CtlTable, 1);

    table->indent = indent;
    table->n_columns = n_columns;
    table->widths = g_new0(guint, n_columns);
    table->cells = g_array_new(FALSE, FALSE, sizeof(CtlCell));
    g_array_set_clear_func(table->cells, cell_clear);
    return table;
}

void ctl_table_free(CtlTable *table)
{
    g_array_unref(table->cells);
    g_free(table->widths);
    g_free(table);
}

void ctl_table_add(CtlTable *table, CtlStyle style, const char *text)
{
    guint column = table->cells->len % table->n_columns;
    CtlCell cell = {.text = ctl_text_clean(text != NULL ? text : ""), .style = style};

    cell.width = ctl_text_width(cell.text);
    table->widths[column] = MAX(table->widths[column], cell.width);
    g_array_append_val(table->cells, cell);
}

void ctl_table_addf(CtlTable *table, CtlStyle style, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    g_autofree char *text = g_strdup_vprintf(format, args);
    va_end(args);
    ctl_table_add(table, style, text);
}

void ctl_table_add_state(CtlTable *table, const char *state)
{
    ctl_table_add(table, ctl_output_state_style(state), ctl_state_word(state));
}

void ctl_table_add_header(CtlTable *table, const char *const *titles)
{
    for (guint i = 0; i < table->n_columns; i++)
        ctl_table_add(table, CTL_STYLE_BOLD, *titles[i] != '\0' ? _(titles[i]) : "");
    ctl_table_mark_header(table);
}

void ctl_table_mark_header(CtlTable *table)
{
    table->has_header = TRUE;
}

static void put_blanks(const CtlOutput *output, guint n)
{
    fprintf(output->stream, "%*s", (int)n, "");
}

/* One line of a row: of each cell the part that is up; `rest` is moved on behind it. */
static gboolean print_line(const CtlTable *table, const CtlOutput *output, const CtlCell *row,
                           const guint *widths, const char **rest)
{
    guint blanks = table->indent; /* owed: only paid when something follows */
    gboolean more = FALSE;

    for (guint i = 0; i < table->n_columns; i++) {
        gsize length = ctl_text_break(rest[i], widths[i]);
        g_autofree char *part = g_strchomp(g_strndup(rest[i], length));
        guint width = ctl_text_width(part);

        rest[i] += length;
        more |= *rest[i] != '\0';
        if (width > 0) {
            put_blanks(output, blanks);
            ctl_output_put(output, row[i].style, part);
            blanks = 0;
        }
        if (widths[i] > 0)
            blanks += widths[i] - MIN(width, widths[i]) + CTL_TABLE_GAP;
    }
    fputc('\n', output->stream);
    return more;
}

static void print_rows(const CtlTable *table, const CtlOutput *output, const guint *widths)
{
    g_autofree const char **rest = g_new0(const char *, table->n_columns);

    for (guint row = 0; row + table->n_columns <= table->cells->len; row += table->n_columns) {
        const CtlCell *cells = &g_array_index(table->cells, CtlCell, row);

        for (guint i = 0; i < table->n_columns; i++)
            rest[i] = cells[i].text;
        while (print_line(table, output, cells, widths, rest))
            continue;
    }
}

/* Where columns have no room: a block a row, a line a cell, with the title in front. */
static void print_blocks(const CtlTable *table, const CtlOutput *output)
{
    const CtlCell *titles = &g_array_index(table->cells, CtlCell, 0);
    guint width = 0;

    for (guint i = 0; i < table->n_columns; i++)
        width = MAX(width, titles[i].width);
    for (guint k = table->n_columns; k < table->cells->len; k++) {
        const CtlCell *cell = &g_array_index(table->cells, CtlCell, k);
        const CtlCell *title = &titles[k % table->n_columns];

        if (k % table->n_columns == 0 && k > table->n_columns)
            fputc('\n', output->stream);
        if (cell->width == 0)
            continue;
        put_blanks(output, table->indent);
        ctl_output_put(output, title->style, title->text);
        put_blanks(output, width - title->width + CTL_TABLE_GAP);
        ctl_output_put(output, cell->style, cell->text);
        fputc('\n', output->stream);
    }
}

void ctl_table_print(const CtlTable *table, const CtlOutput *output)
{
    g_autofree guint *widths = ctl_table_fit(table, output->columns);

    if (widths != NULL)
        print_rows(table, output, widths);
    else
        print_blocks(table, output);
}
