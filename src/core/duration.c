/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config-file.h"
#include "error.h"

#include <string.h>

#define DECIMALS_MAX 3

typedef struct {
    const char *name;
    guint ms;
} Unit;

/* The first is that of a plain number. */
static const Unit units[] = {
    {"", 1000}, {"ms", 1}, {"s", 1000}, {"min", 60000}, {"h", 3600000},
};

static const Unit *find_unit(const char *name)
{
    for (gsize i = 0; i < G_N_ELEMENTS(units); i++) {
        if (g_str_equal(units[i].name, name))
            return &units[i];
    }
    return NULL;
}

/* Digits up to anything else; what is too large stays too large. */
static guint64 read_digits(const char **cursor, guint *out_n)
{
    guint64 value = 0;
    const char *p = *cursor;

    for (; g_ascii_isdigit(*p); p++)
        value = MIN(value * 10 + (guint64)g_ascii_digit_value(*p), (guint64)G_MAXUINT + 1);
    *out_n = (guint)MIN(p - *cursor, G_MAXINT);
    *cursor = p;
    return value;
}

static const char *read_duration(const char *text, guint *out_ms)
{
    const char *cursor = text;
    guint n_digits, n_decimals = 0;
    guint64 thousandths, decimals = 0;
    const Unit *unit;

    thousandths = read_digits(&cursor, &n_digits) * 1000;
    if (n_digits == 0)
        return "it does not begin with a digit";
    if (*cursor == '.') {
        cursor++;
        decimals = read_digits(&cursor, &n_decimals);
        if (n_decimals == 0 || n_decimals > DECIMALS_MAX)
            return "it does not have one to three decimals";
    }
    for (; n_decimals < DECIMALS_MAX; n_decimals++)
        decimals *= 10;
    unit = find_unit(cursor);
    if (unit == NULL)
        return "its unit is unknown";
    thousandths = (thousandths + decimals) * unit->ms;
    if (thousandths % 1000 != 0)
        return "it is finer than a millisecond";
    if (thousandths / 1000 > G_MAXUINT)
        return "it is too long";
    *out_ms = (guint)(thousandths / 1000);
    return NULL;
}

gboolean mp_duration_parse(const char *text, guint *out_ms, GError **error)
{
    const char *wrong = read_duration(text, out_ms);
    g_autofree char *excerpt = NULL;

    if (wrong == NULL)
        return TRUE;
    excerpt = mp_error_excerpt(text);
    g_set_error(error, MP_ERROR, MP_ERROR_INVALID_ARGUMENT,
                "\"%s\" is not a duration: %s; allowed is one such as 250ms, 1.5s, 10s, 1min, 1h, "
                "or a plain number of seconds",
                excerpt, wrong);
    return FALSE;
}

char *mp_duration_format(guint ms)
{
    g_autofree char *decimals = NULL;
    gsize length;

    if (ms == 0)
        return g_strdup("0");
    if (ms % 3600000 == 0)
        return g_strdup_printf("%uh", ms / 3600000);
    if (ms % 60000 == 0)
        return g_strdup_printf("%umin", ms / 60000);
    if (ms % 1000 == 0)
        return g_strdup_printf("%us", ms / 1000);
    if (ms < 1000)
        return g_strdup_printf("%ums", ms);
    decimals = g_strdup_printf("%03u", ms % 1000);
    length = strlen(decimals);
    while (decimals[length - 1] == '0')
        decimals[--length] = '\0';
    return g_strdup_printf("%u.%ss", ms / 1000, decimals);
}

gboolean mp_boolean_parse(const char *text, gboolean *out, GError **error)
{
    static const char *const words[][2] = {
        {"no", "yes"}, {"false", "true"}, {"off", "on"}, {"0", "1"}};
    g_autofree char *excerpt = NULL;

    for (gsize i = 0; i < G_N_ELEMENTS(words); i++) {
        for (gint value = FALSE; value <= TRUE; value++) {
            if (g_ascii_strcasecmp(text, words[i][value]) == 0) {
                *out = value;
                return TRUE;
            }
        }
    }
    excerpt = mp_error_excerpt(text);
    g_set_error(error, MP_ERROR, MP_ERROR_INVALID_ARGUMENT,
                "\"%s\" is not yes or no; allowed are yes, true, on, 1, no, false, off, 0",
                excerpt);
    return FALSE;
}
