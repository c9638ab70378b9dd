/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The keys of the configuration files, as tables that the reader and the editor walk. */
#pragma once

#include "config.h"

typedef enum {
    MP_KEY_BOOLEAN,
    MP_KEY_DURATION,
    MP_KEY_COUNT,
    MP_KEY_METHOD,
    MP_KEY_HARDWARE,
    MP_KEY_DATA, /* lists from here on */
    MP_KEY_TEST,
    MP_KEY_TARGETS,
} MpKeyType;

typedef struct {
    const char *name; /* NULL ends a table */
    MpKeyType type;
    gsize offset;    /* of the value in MpDefaults, MpGroupConfig, MpInterfaceConfig */
    gsize inherited; /* of the gboolean that tells that the value is not its own; 0 = has none */
    guint min, max;  /* durations (ms) and counts */
} MpKey;

extern const MpKey mp_defaults_keys[];
extern const MpKey mp_group_keys[];
extern const MpKey mp_interface_keys[];

const MpKey *mp_key_find(const MpKey *keys, const char *name); /* NULL: unknown */
gboolean mp_key_is_list(const MpKey *key);
/* Set the value from the text of an assignment; a list is added to, or emptied by "". The error
 * says what was wrong and what is allowed. */
gboolean mp_key_assign(const MpKey *key, gpointer values, const char *text, GError **error);
/* Add the addresses in `text`, separated by white space. */
gboolean mp_key_read_list(const MpKey *key, const char *text, GArray *list, GError **error);
GArray *mp_key_list(const MpKey *key, gconstpointer values); /* borrowed */
gboolean mp_key_equal(const MpKey *key, gconstpointer a, gconstpointer b);
char *mp_key_format(const MpKey *key, gconstpointer values);          /* a scalar; g_free() */
char *mp_key_format_word(const MpKey *key, const MpAddress *address); /* of a list; g_free() */
