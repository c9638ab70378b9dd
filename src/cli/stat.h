/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ipmpstat: one mode a run, each a table of fields of which some are shown. */
#pragma once

#include "ctl.h"

typedef struct Stat Stat;
typedef struct StatNames StatNames;

typedef struct {
    const char *name;
    guint width; /* with the blank behind it */
} StatField;

typedef struct {
    char letter;
    const StatField *fields; /* the end has no name */
    gboolean (*run)(Stat *stat, GError **error);
} StatMode;

struct Stat {
    Ctl ctl;
    const StatMode *mode;
    StatNames *names; /* NULL: addresses as numbers */
    gboolean parsable;
    guint *chosen; /* fields in the order in which they are shown */
    guint n_chosen;
    GPtrArray *rows; /* of tables: arrays of as many strings as there are fields */
};

/* stat-fields.c */
guint stat_count_fields(const StatMode *mode);
/* Which fields: "all", names separated by commas in any case, or NULL for all. */
gboolean stat_choose_fields(Stat *stat, const char *list, GError **error);
/* Takes a row, an empty string for what there is nothing to say about. */
void stat_take_row(Stat *stat, char **row);
/* The titles and what was taken. */
void stat_print_table(Stat *stat);
void stat_print_titles(const Stat *stat, const guint *widths);
/* One row; with NULL as wide as the fields say. */
void stat_print_row(const Stat *stat, const guint *widths, const char *const *row);

/* stat-names.c: names of hosts for addresses, as long as somebody answers who knows them. */
StatNames *stat_names_new(void);
void stat_names_free(StatNames *names);
/* `address` may have a prefix length, which goes. Its name, or itself. Free with g_free(). */
char *stat_name(const Stat *stat, const char *address);

/* stat-link-local.c: the link-local address of an interface of this host, "" for none. Free with
 * g_free(). */
char *stat_find_link_local(IpmpInterface *interface);

gboolean stat_run_addresses(Stat *stat, GError **error);
gboolean stat_run_groups(Stat *stat, GError **error);
gboolean stat_run_interfaces(Stat *stat, GError **error);
gboolean stat_run_targets(Stat *stat, GError **error);
gboolean stat_run_probes(Stat *stat, GError **error);
