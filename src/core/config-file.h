/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The text of ipmp.conf and of groups.d files: systemd's syntax, read strictly; edited in place so
 * that comments, order and unknown keys stay. Text in, text out: no file is opened here. */
#pragma once

#include "config.h"

typedef struct {
    guint line; /* 1-based */
    char *message;
} MpConfigWarning;
void mp_config_warning_free(MpConfigWarning *warning);

/* Each returns FALSE with MP_ERROR_INVALID_CONFIG "PATH:LINE: KEY=VALUE: reason, what is allowed".
 * `path` is only for messages. Unknown keys and sections become warnings (GPtrArray of
 * MpConfigWarning, may be NULL). `length` bytes of text, which may hold NUL bytes and invalid UTF-8
 * (both are errors). At most 1 MiB. */
gboolean mp_config_parse_defaults(const char *text, gsize length, const char *path, MpDefaults *out,
                                  GPtrArray *warnings, GError **error);
MpGroupConfig *mp_config_parse_group(const char *text, gsize length, const char *path,
                                     const char *group, const MpDefaults *defaults,
                                     GPtrArray *warnings, GError **error);

/* The text with the keys that differ between what it says and `config` changed, added or removed;
 * everything else byte for byte as it was. `text` may be NULL or "" (a new file). Parsing the
 * result gives `config` again. A text that would be refused is kept as comments below a new one. */
char *mp_config_edit_defaults(const char *text, const MpDefaults *config);
char *mp_config_edit_group(const char *text, const MpGroupConfig *config);

/* "10s", "250ms", "1min", "1h", "0", plain numbers are seconds; at most three decimals.
 * Milliseconds out. */
gboolean mp_duration_parse(const char *text, guint *out_ms, GError **error);
/* Exact, in the unit that reads best: 250 -> "250ms", 1500 -> "1.5s", 60000 -> "1min", 0 -> "0".
 * g_free(). */
char *mp_duration_format(guint ms);
gboolean mp_boolean_parse(const char *text, gboolean *out,
                          GError **error); /* yes/no/true/false/on/off/1/0 */
