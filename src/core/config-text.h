/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A configuration file as logical lines: what the reader and the editor share. */
#pragma once

#include <glib.h>

#define MP_CONFIG_TEXT_MAX (1024u * 1024u) /* bytes of one file */

typedef enum {
    MP_LINE_BLANK,
    MP_LINE_COMMENT,
    MP_LINE_SECTION,
    MP_LINE_ASSIGNMENT,
    MP_LINE_OTHER, /* neither: an error in a section that is known */
} MpLineKind;

/* A line with those that continue it. */
typedef struct {
    MpLineKind kind;
    guint number; /* of its first line, 1-based */
    gsize start;  /* bytes of the text, the line end included */
    gsize end;
    gboolean open; /* ends in a backslash at the end of the file: what follows would be taken in */
    char *section; /* SECTION: the words between the brackets, single spaces between them */
    char *key;     /* ASSIGNMENT */
    char *value;   /* ASSIGNMENT, "" = empty; OTHER: the whole line */
    char *inner;   /* comment lines among the continuation, byte for byte; "" = none */
} MpLine;

/* All bytes of the text in order: the lines' spans follow each other without a gap (a byte order
 * mark belongs to the first). */
GPtrArray *mp_lines_split(const char *text, gsize length); /* MpLine*, owned */
