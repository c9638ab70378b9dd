/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* SETTING=VALUE of the command line. Only units are converted here: which values are allowed is the
 * service's to say. */
#pragma once

#include <glib.h>

typedef enum {
    CTL_SETTING_GROUP = 1 << 0,
    CTL_SETTING_DEFAULTS = 1 << 1,
} CtlSettingScope;

typedef struct {
    GVariantDict *settings; /* to be sent */
    GStrvBuilder *reset;    /* names of those that were set to "default" */
    guint n_reset;
} CtlSettings;

CtlSettings *ctl_settings_new(void);
void ctl_settings_free(CtlSettings *settings);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CtlSettings, ctl_settings_free)

/* Whether the word looks like SETTING=VALUE, known or not. */
gboolean ctl_setting_is(const char *word);
/* Takes one SETTING=VALUE in; the error is CTL_ERROR_USAGE and names what is allowed. */
gboolean ctl_settings_parse(CtlSettings *settings, CtlSettingScope scope, const char *word,
                            GError **error);
/* "10s", "1.5s", "500ms", "5min", "2h"; a bare number is seconds. */
gboolean ctl_duration_parse(const char *text, guint *out_msec, GError **error);
/* Names of the settings of a scope, each with "=", for help and completion; free with g_strfreev().
 */
char **ctl_setting_names(CtlSettingScope scope);
