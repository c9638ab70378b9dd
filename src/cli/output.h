/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Text for a person: colour where it is wanted, only characters that the locale has. */
#pragma once

#include <glib.h>
#include <stdio.h>

typedef enum {
    CTL_STYLE_PLAIN,
    CTL_STYLE_GOOD,
    CTL_STYLE_WARN,
    CTL_STYLE_BAD,
    CTL_STYLE_DIM,
    CTL_STYLE_BOLD,
} CtlStyle;
#define CTL_N_STYLES 6

typedef struct {
    FILE *stream;
    const char *charset; /* of the locale */
    gboolean terminal;
    gboolean colour;
    gboolean utf8;
    guint columns; /* of the terminal; 0: unlimited */
} CtlOutput;

/* Colour when the stream is a terminal that can, and NO_COLOR does not forbid it. */
void ctl_output_init(CtlOutput *output, FILE *stream);
/* "auto" leaves it as it is, "always" and "never" overrule; FALSE for another word. */
gboolean ctl_output_set_colour(CtlOutput *output, const char *when);
/* `text` is UTF-8; control characters in it, which a name may hold, are shown and not obeyed. */
void ctl_output_put(const CtlOutput *output, CtlStyle style, const char *text);
void ctl_output_printf(const CtlOutput *output, CtlStyle style, const char *format, ...)
    G_GNUC_PRINTF(3, 4);

/* How a state ("ok", "degraded", "failed", "unknown", "offline", "missing", "up", "down",
 * "withdrawn", "disabled") looks: its style, a symbol of one column, told apart without colour too,
 * and its word in the reader's language (itself when it is not known). */
CtlStyle ctl_output_state_style(const char *state);
const char *ctl_output_state_symbol(const CtlOutput *output, const char *state);
const char *ctl_state_word(const char *state);
/* An arrow, "→" or "->". */
const char *ctl_output_arrow(const CtlOutput *output);

/* `text` without control characters; free with g_free(). */
char *ctl_text_clean(const char *text);
/* Columns of a terminal that UTF-8 text takes. */
guint ctl_text_width(const char *text);
