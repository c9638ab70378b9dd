/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the commands share: the connection, the options, the table they stand in. */
#pragma once

#include "error.h"
#include "ipmp.h"
#include "output.h"

typedef struct {
    /* of every command */
    gboolean json;
    gboolean quiet;
    gboolean no_ask_password;
    gboolean no_pager;
    char *colour; /* when: "auto", "always", "never"; NULL: not given */
    gboolean help;
    gboolean version;
    /* of some, see CtlVerb.options */
    gboolean temporary;
    gboolean standby;
    char **standbys;
    char **test_addresses;
    char **addresses;
    char *interface;
    gboolean deprecated;
    int min_redundancy; /* -1: not given */
    int limit;
} CtlOptions;

/* Which options a command takes, beside those of every command. */
typedef enum {
    CTL_OPTION_TEMPORARY = 1 << 0,
    CTL_OPTION_STANDBY_FLAG = 1 << 1,
    CTL_OPTION_STANDBY_NAME = 1 << 2,
    CTL_OPTION_TEST_ADDRESS = 1 << 3,
    CTL_OPTION_ADDRESS = 1 << 4,
    CTL_OPTION_INTERFACE = 1 << 5,
    CTL_OPTION_DEPRECATED = 1 << 6,
    CTL_OPTION_MIN_REDUNDANCY = 1 << 7,
    CTL_OPTION_LIMIT = 1 << 8,
} CtlOption;

typedef struct {
    CtlOptions options;
    CtlOutput out;
    IpmpClient *client;
    const struct CtlVerb *verb;
    CtlExit exit; /* what a command that succeeds exits with */
} Ctl;

typedef struct CtlVerb {
    const char *name;
    const char *args;
    const char *help;
    guint min_args;
    guint max_args; /* G_MAXUINT: any number */
    CtlOption options;
    gboolean changes; /* something, so that a password may be asked for */
    gboolean alone;   /* connects by itself, if at all */
    gboolean paged;   /* may be longer than a screen */
    gboolean (*run)(Ctl *ctl, char **args, GError **error);
} CtlVerb;

/* The table's end has no name; verbs without help are not listed. */
extern const CtlVerb ctl_verbs[];

gboolean ctl_run_status(Ctl *ctl, char **args, GError **error);

gboolean ctl_run_groups(Ctl *ctl, char **args, GError **error);
gboolean ctl_run_interfaces(Ctl *ctl, char **args, GError **error);
gboolean ctl_run_addresses(Ctl *ctl, char **args, GError **error);
gboolean ctl_run_devices(Ctl *ctl, char **args, GError **error);
gboolean ctl_run_targets(Ctl *ctl, char **args, GError **error);
gboolean ctl_run_statistics(Ctl *ctl, char **args, GError **error);
gboolean ctl_run_metrics(Ctl *ctl, char **args, GError **error);
gboolean ctl_run_check(Ctl *ctl, char **args, GError **error);

gboolean ctl_run_create(Ctl *ctl, char **args, GError **error);
gboolean ctl_run_delete(Ctl *ctl, char **args, GError **error);
gboolean ctl_run_save(Ctl *ctl, char **args, GError **error);
gboolean ctl_run_add(Ctl *ctl, char **args, GError **error);
gboolean ctl_run_remove(Ctl *ctl, char **args, GError **error);
gboolean ctl_run_add_address(Ctl *ctl, char **args, GError **error);
gboolean ctl_run_remove_address(Ctl *ctl, char **args, GError **error);
gboolean ctl_run_set(Ctl *ctl, char **args, GError **error);
gboolean ctl_run_defaults(Ctl *ctl, char **args, GError **error);
gboolean ctl_run_standby(Ctl *ctl, char **args, GError **error);
gboolean ctl_run_test_addresses(Ctl *ctl, char **args, GError **error);
gboolean ctl_run_offline(Ctl *ctl, char **args, GError **error);
gboolean ctl_run_online(Ctl *ctl, char **args, GError **error);
gboolean ctl_run_reload(Ctl *ctl, char **args, GError **error);

gboolean ctl_run_monitor(Ctl *ctl, char **args, GError **error);
gboolean ctl_run_history(Ctl *ctl, char **args, GError **error);
gboolean ctl_run_probes(Ctl *ctl, char **args, GError **error);

gboolean ctl_run_complete(Ctl *ctl, char **args, GError **error);

/* Makes ctl->client, with the service running, or fails. Interactive: the service may have a
 * password asked for. `error` must not be NULL. */
gboolean ctl_connect(Ctl *ctl, gboolean interactive, GError **error);
/* An answer that could not be written is not an answer: a full disk must not look like success. */
gboolean ctl_finish_output(Ctl *ctl, GError **error);
/* The group or interface of that name, or NULL and an error that suggests a similar name. */
IpmpGroup *ctl_find_group(Ctl *ctl, const char *name, GError **error);
IpmpInterface *ctl_find_interface(Ctl *ctl, const char *name, GError **error);
/* Adds a similar address to what the service said about one that it does not know. */
void ctl_suggest_address(Ctl *ctl, const char *address, GError *error);
/* The named interfaces, all for an empty list; NULL and an error when one does not exist. */
GPtrArray *ctl_find_interfaces(Ctl *ctl, char **names, GError **error);
