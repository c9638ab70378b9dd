/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "table.h"

#define GAP 2

typedef struct {
    char *text;
    guint width;
    CtlStyle style;
} Cell;

struct CtlTable {
    guint indent;
    guint n_columns;
    guint *widths;
    GArray *cells; /* Cell, row after row */
};

static void cell_clear(gpointer cell)
{
    g_free(((Cell *)cell)->text);
}

CtlTable *ctl_table_new(guint indent, guint n_columns)
{
    CtlTable *table = g_new0(CtlTable, 1);

    table->indent = indent;
    table->n_columns = n_columns;
    table->widths = g_new0(guint, n_columns);
    table->cells = g_array_new(FALSE, FALSE, sizeof(Cell));
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
    Cell cell = {.text = ctl_text_clean(text != NULL ? text : ""), .style = style};

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

void ctl_table_add_header(CtlTable *table, const char *const *titles)
{
    for (guint i = 0; i < table->n_columns; i++)
        ctl_table_add(table, CTL_STYLE_BOLD, titles[i]);
}

void ctl_table_print(const CtlTable *table, const CtlOutput *output)
{
    for (guint row = 0; row + table->n_columns <= table->cells->len; row += table->n_columns) {
        guint blanks = table->indent; /* owed: only paid when something follows */
        for (guint i = 0; i < table->n_columns; i++) {
            const Cell *cell = &g_array_index(table->cells, Cell, row + i);
            if (cell->width > 0) {
                fprintf(output->stream, "%*s", (int)blanks, "");
                ctl_output_put(output, cell->style, cell->text);
                blanks = 0;
            }
            if (table->widths[i] > 0)
                blanks += table->widths[i] - cell->width + GAP;
        }
        fputc('\n', output->stream);
    }
}
