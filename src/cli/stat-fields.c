/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Titles, columns, and the form for programs. The titles are what -o takes: never translated. */
#include "intl.h"
#include "stat.h"
#include "suggest.h"
#include <string.h>

#define EMPTY "--"

guint stat_count_fields(const StatMode *mode)
{
    guint n = 0;

    while (mode->fields[n].name != NULL)
        n++;
    return n;
}

static gboolean add_field(Stat *stat, const char *name, GError **error)
{
    g_autofree char *upper = g_ascii_strup(name, -1);
    g_autoptr(GPtrArray) names = g_ptr_array_new();

    for (guint i = 0; i < stat_count_fields(stat->mode); i++) {
        g_ptr_array_add(names, (char *)stat->mode->fields[i].name);
        if (strcmp(stat->mode->fields[i].name, upper) == 0) {
            stat->chosen = g_renew(guint, stat->chosen, stat->n_chosen + 1);
            stat->chosen[stat->n_chosen++] = i;
            return TRUE;
        }
    }
    g_ptr_array_add(names, NULL);
    g_autofree char *list = g_strjoinv(", ", (char **)names->pdata);
    const char *near = ctl_suggest(upper, (const char *const *)names->pdata);
    if (near != NULL)
        g_set_error(error, CTL_ERROR, CTL_ERROR_USAGE,
                    _("-o: -%c has no field '%s'; did you mean '%s'?"), stat->mode->letter, name,
                    near);
    else
        g_set_error(error, CTL_ERROR, CTL_ERROR_USAGE, _("-o: -%c has no field '%s'; it has %s"),
                    stat->mode->letter, name, list);
    return FALSE;
}

gboolean stat_choose_fields(Stat *stat, const char *list, GError **error)
{
    gboolean all = list == NULL || g_ascii_strcasecmp(list, "all") == 0;
    g_auto(GStrv) names = g_strsplit(all ? "" : list, ",", -1);

    for (guint i = 0; all && i < stat_count_fields(stat->mode); i++)
        if (!add_field(stat, stat->mode->fields[i].name, error))
            return FALSE;
    if (!all && names[0] == NULL)
        return add_field(stat, "", error);
    for (guint i = 0; names[i] != NULL; i++)
        if (!add_field(stat, names[i], error))
            return FALSE;
    return TRUE;
}

void stat_take_row(Stat *stat, char **row)
{
    g_ptr_array_add(stat->rows, row);
}

static void print_parsable(const Stat *stat, const char *text)
{
    for (const char *p = text; *p != '\0'; p++) {
        if (*p == ':' || *p == '\\')
            fputc('\\', stat->ctl.out.stream);
        fputc(*p, stat->ctl.out.stream);
    }
}

static void print_cell(const Stat *stat, const char *text, guint width, gboolean last)
{
    const char *shown = *text != '\0' ? text : EMPTY;
    guint used = ctl_text_width(shown);

    ctl_output_put(&stat->ctl.out, CTL_STYLE_PLAIN, shown);
    if (!last)
        fprintf(stat->ctl.out.stream, "%*s", (int)(used < width ? width - used : 1), "");
}

void stat_print_row(const Stat *stat, const guint *widths, const char *const *row)
{
    for (guint i = 0; i < stat->n_chosen; i++) {
        guint field = stat->chosen[i];
        g_autofree char *text = ctl_text_clean(row[field]);

        if (stat->parsable && i > 0)
            fputc(':', stat->ctl.out.stream);
        if (stat->parsable)
            print_parsable(stat, text);
        else
            print_cell(stat, text, widths != NULL ? widths[field] : stat->mode->fields[field].width,
                       i + 1 == stat->n_chosen);
    }
    fputc('\n', stat->ctl.out.stream);
}

void stat_print_titles(const Stat *stat, const guint *widths)
{
    g_autofree const char **titles = g_new0(const char *, stat_count_fields(stat->mode) + 1);

    for (guint i = 0; i < stat_count_fields(stat->mode); i++)
        titles[i] = stat->mode->fields[i].name;
    if (!stat->parsable)
        stat_print_row(stat, widths, titles);
}

void stat_print_table(Stat *stat)
{
    guint n = stat_count_fields(stat->mode);
    g_autofree guint *widths = g_new0(guint, n);

    for (guint i = 0; i < n; i++) {
        widths[i] = stat->mode->fields[i].width;
        for (guint k = 0; k < stat->rows->len; k++) {
            g_autofree char *text = ctl_text_clean(((char **)stat->rows->pdata[k])[i]);
            widths[i] = MAX(widths[i], ctl_text_width(text) + 1);
        }
    }
    stat_print_titles(stat, widths);
    for (guint k = 0; k < stat->rows->len; k++)
        stat_print_row(stat, widths, stat->rows->pdata[k]);
}
