/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A configuration file that is put together again from its own bytes and a few new ones. */
#pragma once

#include "config-text.h"

/* A section with the comments right above it; the first block is what stands before any. */
typedef struct {
    guint first, end; /* lines */
    char *section;    /* NULL = the first block */
    gboolean dropped;
} MpSpliceBlock;

typedef struct {
    const char *text;
    const char *line_end;
    GPtrArray *lines;   /* MpLine* */
    GPtrArray *blocks;  /* MpSpliceBlock* */
    char **replaced;    /* of each line: NULL = as it was */
    GString **inserted; /* of each line: what follows it, NULL = nothing */
    GString *out;
    gboolean out_open; /* what was put out would take in the next line */
} MpSplice;

/* `text` must outlive the splice. The caller takes `out` before or after clearing. */
void mp_splice_init(MpSplice *splice, const char *text);
void mp_splice_clear(MpSplice *splice);
const MpLine *mp_splice_line(const MpSplice *splice, guint i);
/* The last block of that name, or NULL. */
MpSpliceBlock *mp_splice_find_block(const MpSplice *splice, const char *section);
/* The lines (guint) of all sections of that name that assign the key, in order. */
GArray *mp_splice_find_assignments(const MpSplice *splice, const char *section, const char *key);
/* "Key=" with the white space that this assignment has around it. g_free(). */
char *mp_splice_prefix(const MpSplice *splice, guint i);
void mp_splice_end_line(const MpSplice *splice, GString *text);

/* In place of an assignment; comments among its lines outlive it. */
void mp_splice_replace(MpSplice *splice, guint i, const char *text);
/* At the end of the section's keys; the section is there. */
void mp_splice_insert(MpSplice *splice, const char *section, const char *text);

void mp_splice_put(MpSplice *splice, const char *text, gsize length);
void mp_splice_put_block(MpSplice *splice, const MpSpliceBlock *block);
/* Of a section that goes, the comments stay, set off from what follows. */
void mp_splice_put_comments(MpSplice *splice, const MpSpliceBlock *block);
void mp_splice_put_header(MpSplice *splice, const char *section);
