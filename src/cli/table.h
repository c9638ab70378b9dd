/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The one printer of columns. Cells are added row by row; a column is as wide as its widest cell,
 * two blanks apart; a column without any text takes no room; lines have no blanks at the end. On a
 * terminal that is too narrow for that, lists in cells go on in the next line of their column;
 * where that is not enough, each row becomes a block of lines, a title and a cell each. */
#pragma once

#include "output.h"

typedef struct CtlTable CtlTable;

CtlTable *ctl_table_new(guint indent, guint n_columns);
void ctl_table_free(CtlTable *table);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CtlTable, ctl_table_free)

/* The first row, of bold cells: as many as there are columns, marked with N_(). */
void ctl_table_add_header(CtlTable *table, const char *const *titles);
/* Says that the first row, which was added cell by cell, is one of titles. */
void ctl_table_mark_header(CtlTable *table);
/* The next cell; the row is complete after n_columns. */
void ctl_table_add(CtlTable *table, CtlStyle style, const char *text);
void ctl_table_addf(CtlTable *table, CtlStyle style, const char *format, ...) G_GNUC_PRINTF(3, 4);
/* The word for a state, in its colour. */
void ctl_table_add_state(CtlTable *table, const char *state);
void ctl_table_print(const CtlTable *table, const CtlOutput *output);
