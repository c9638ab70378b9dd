/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "intl.h"
#include "table.h"

#define CTL_TABLE_GAP 2

typedef struct {
    char *text;
    guint width;
    CtlStyle style;
} CtlCell;

struct CtlTable {
    guint indent;
    guint n_columns;
    gboolean has_header;
    guint *widths; /* of the widest cell */
    GArray *cells; /* CtlCell, row after row */
};

/* Bytes of `text` that fit into `width` columns, up to and with the blanks or the comma where it
 * may be broken; all of the first word if that is wider. */
gsize ctl_text_break(const char *text, guint width);
/* Widths of the columns with which the table is no wider than `columns` (0: unlimited), lists in
 * its cells being broken; NULL when there are none and it has titles to do without. Free with
 * g_free(). */
guint *ctl_table_fit(const CtlTable *table, guint columns);
