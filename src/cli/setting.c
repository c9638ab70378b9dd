/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "setting.h"
#include "error.h"
#include "intl.h"
#include "suggest.h"
#include <string.h>

typedef enum { KIND_DURATION, KIND_COUNT, KIND_BOOL, KIND_WORD, KIND_LIST } Kind;

#define BOTH (CTL_SETTING_GROUP | CTL_SETTING_DEFAULTS)

static const struct {
    const char *name;
    const char *key; /* on the bus */
    Kind kind;
    CtlSettingScope scope;
} settings_table[] = {
    {"fdt", "failure-detection-msec", KIND_DURATION, BOTH},
    {"failback", "failback", KIND_BOOL, BOTH},
    {"probe", "probe-method", KIND_WORD, CTL_SETTING_GROUP},
    {"targets", "probe-targets", KIND_LIST, CTL_SETTING_GROUP},
    {"targets-only", "probe-targets-only", KIND_BOOL, CTL_SETTING_GROUP},
    {"failures", "probe-failures", KIND_COUNT, CTL_SETTING_GROUP},
    {"repairs", "probe-repairs", KIND_COUNT, CTL_SETTING_GROUP},
    {"repair-delay", "repair-delay-msec", KIND_DURATION, CTL_SETTING_GROUP},
    {"track-ungrouped", "track-ungrouped", KIND_BOOL, CTL_SETTING_DEFAULTS},
    {"link-poll", "link-poll-msec", KIND_DURATION, CTL_SETTING_DEFAULTS},
};

/* Those of the configuration files; the first is that of a plain number. */
static const struct {
    const char *name;
    double msec;
} units[] = {
    {"", 1000}, {"ms", 1}, {"s", 1000}, {"min", 60000}, {"h", 3600000},
};

static const struct {
    const char *word;
    gboolean value;
} booleans[] = {
    {"yes", TRUE}, {"true", TRUE},   {"on", TRUE},   {"1", TRUE},
    {"no", FALSE}, {"false", FALSE}, {"off", FALSE}, {"0", FALSE},
};

CtlSettings *ctl_settings_new(void)
{
    CtlSettings *settings = g_new0(CtlSettings, 1);

    settings->settings = g_variant_dict_new(NULL);
    settings->reset = g_strv_builder_new();
    return settings;
}

void ctl_settings_free(CtlSettings *settings)
{
    g_variant_dict_unref(settings->settings);
    g_strv_builder_unref(settings->reset);
    g_free(settings);
}

static double unit_msec(const char *unit)
{
    for (guint i = 0; i < G_N_ELEMENTS(units); i++)
        if (strcmp(units[i].name, unit) == 0)
            return units[i].msec;
    return -1;
}

gboolean ctl_duration_parse(const char *text, guint *out_msec, GError **error)
{
    const char *unit = text + strspn(text, "0123456789.");
    char *end = NULL;
    double msec = -1;

    if (g_ascii_isdigit(*text))
        msec = g_ascii_strtod(text, &end) * unit_msec(unit);
    if (end != unit || !(msec >= 0 && msec <= G_MAXUINT32)) {
        g_set_error(error, CTL_ERROR, CTL_ERROR_USAGE,
                    _("'%s' is no length of time: write 500ms, 10s, 1.5s, 5min or 1h"), text);
        return FALSE;
    }
    *out_msec = (guint)(msec + 0.5);
    return TRUE;
}

static GVariant *parse_count(const char *text, GError **error)
{
    guint64 number;

    if (!g_ascii_string_to_unsigned(text, 10, 0, G_MAXUINT32, &number, NULL)) {
        g_set_error(error, CTL_ERROR, CTL_ERROR_USAGE, _("'%s' is no whole number"), text);
        return NULL;
    }
    return g_variant_new_uint32((guint32)number);
}

static GVariant *parse_bool(const char *text, GError **error)
{
    for (guint i = 0; i < G_N_ELEMENTS(booleans); i++)
        if (g_ascii_strcasecmp(text, booleans[i].word) == 0)
            return g_variant_new_boolean(booleans[i].value);
    g_set_error(error, CTL_ERROR, CTL_ERROR_USAGE, _("'%s' is neither yes nor no"), text);
    return NULL;
}

static GVariant *parse_list(const char *text)
{
    g_auto(GStrv) words = g_strsplit_set(text, ", ", -1);
    guint kept = 0;

    for (guint i = 0; words[i] != NULL; i++) {
        if (*words[i] == '\0')
            g_free(words[i]);
        else
            words[kept++] = words[i];
    }
    words[kept] = NULL;
    return g_variant_new_strv((const char *const *)words, -1);
}

static GVariant *parse_value(Kind kind, const char *text, GError **error)
{
    guint msec;

    switch (kind) {
    case KIND_DURATION:
        return ctl_duration_parse(text, &msec, error) ? g_variant_new_uint32(msec) : NULL;
    case KIND_COUNT:
        return parse_count(text, error);
    case KIND_BOOL:
        return parse_bool(text, error);
    case KIND_WORD:
        return g_variant_new_string(text);
    case KIND_LIST:
        return parse_list(text);
    }
    g_return_val_if_reached(NULL);
}

char **ctl_setting_names(CtlSettingScope scope)
{
    g_autoptr(GStrvBuilder) names = g_strv_builder_new();

    for (guint i = 0; i < G_N_ELEMENTS(settings_table); i++) {
        if ((settings_table[i].scope & scope) == 0)
            continue;
        g_autofree char *name = g_strconcat(settings_table[i].name, "=", NULL);
        g_strv_builder_add(names, name);
    }
    return g_strv_builder_end(names);
}

static void set_unknown_error(const char *name, CtlSettingScope scope, GError **error)
{
    g_auto(GStrv) names = ctl_setting_names(scope);
    g_autofree char *list = g_strjoinv(" ", names);
    g_autofree char *given = g_strconcat(name, "=", NULL);
    const char *near = ctl_suggest(given, (const char *const *)names);
    g_autofree char *question =
        near != NULL ? g_strdup_printf(_("; did you mean %s?"), near) : g_strdup("");

    g_set_error(error, CTL_ERROR, CTL_ERROR_USAGE,
                _("there is no setting '%s' here%s\n  settings: %s"), name, question, list);
}

gboolean ctl_setting_is(const char *word)
{
    return strchr(word, '=') != NULL;
}

gboolean ctl_settings_parse(CtlSettings *settings, CtlSettingScope scope, const char *word,
                            GError **error)
{
    const char *equals = strchr(word, '=');
    g_autofree char *name = g_strndup(word, equals != NULL ? (gsize)(equals - word) : strlen(word));

    for (guint i = 0; i < G_N_ELEMENTS(settings_table); i++) {
        if ((settings_table[i].scope & scope) == 0 || strcmp(settings_table[i].name, name) != 0)
            continue;
        if (equals == NULL) {
            g_set_error(error, CTL_ERROR, CTL_ERROR_USAGE, _("'%s' needs a value: %s=VALUE"), name,
                        name);
            return FALSE;
        }
        if (strcmp(equals + 1, "default") == 0) {
            g_strv_builder_add(settings->reset, settings_table[i].key);
            settings->n_reset++;
            return TRUE;
        }
        GVariant *value = parse_value(settings_table[i].kind, equals + 1, error);
        if (value == NULL) {
            g_prefix_error(error, "%s: ", name);
            return FALSE;
        }
        g_variant_dict_insert_value(settings->settings, settings_table[i].key, value);
        return TRUE;
    }
    set_unknown_error(name, scope, error);
    return FALSE;
}
