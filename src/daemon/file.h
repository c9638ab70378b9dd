/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A small file of text as it was found: a value, so that it can be told later whether somebody has
 * changed it. */
#pragma once

#include <glib.h>
#include <sys/stat.h>

#define IPMPD_FILE_TEXT_MAX (1u << 20) /* bytes; what is longer is read to one byte more */

typedef enum {
    IPMPD_FILE_ABSENT,
    IPMPD_FILE_TEXT,
    IPMPD_FILE_MASK, /* empty or a symbolic link to /dev/null: says that there is nothing */
    IPMPD_FILE_BAD,  /* there, but cannot be read: `problem` */
} IpmpdFileKind;

typedef struct {
    IpmpdFileKind kind;
    char *text; /* TEXT; a NUL follows the last byte */
    gsize length;
    char *target;  /* the file itself when `path` leads there through symbolic links, else NULL */
    char *problem; /* BAD */
    struct stat status; /* TEXT, MASK */
} IpmpdFile;

/* At most `max` + 1 bytes are read. Never NULL. */
IpmpdFile *ipmpd_file_read(const char *path, gsize max);
IpmpdFile *ipmpd_file_ref(IpmpdFile *file);
void ipmpd_file_unref(IpmpdFile *file);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(IpmpdFile, ipmpd_file_unref)

/* The same content. One that was only touched, or replaced by its like, is the same. NULL is an
 * absent file. */
gboolean ipmpd_file_same(const IpmpdFile *a, const IpmpdFile *b);
