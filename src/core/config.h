/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The configuration as values: what the files say, after inheritance. Immutable once it was handed
 * over; a change is a copy, changed, handed over whole. */
#pragma once

#include "address.h"
#include "types.h"

typedef struct {
    guint failure_detection_ms;
    gboolean failback;
    gboolean track_ungrouped;
    guint link_poll_ms; /* 0 = never */
    gboolean anchor;
} MpDefaults;

typedef struct {
    char *name;
    gboolean standby;
    GArray *test_addresses; /* MpAddress */
    GArray *addresses;      /* MpAddress: data addresses at home here */
    char *hardware_address; /* "02:00:00:00:00:01", lower case, or NULL */
} MpInterfaceConfig;

/* Where a group's file came from; the order is the order of precedence. */
typedef enum { MP_ORIGIN_RUNTIME, MP_ORIGIN_ETC, MP_ORIGIN_VENDOR } MpOrigin;

typedef struct {
    char *name;
    MpOrigin origin; /* MP_ORIGIN_RUNTIME = temporary */
    char *path;      /* file, or NULL before the first save */

    guint failure_detection_ms; /* in force: own or inherited */
    gboolean failure_detection_inherited;
    gboolean failback;
    gboolean failback_inherited;
    MpProbeMethod probe_method;
    GArray *probe_targets; /* MpAddress */
    gboolean probe_targets_only;
    guint probe_failures;
    guint probe_repairs;
    guint repair_delay_ms;
    GArray *addresses;     /* MpAddress: homeless ones */
    GPtrArray *interfaces; /* MpInterfaceConfig*, configuration order */
} MpGroupConfig;

typedef struct {
    MpDefaults defaults;
    GPtrArray *groups; /* MpGroupConfig*, sorted by name */
    gboolean partial;  /* a file had an error: a group that is not here may well be wanted */
} MpConfig;

MpDefaults mp_defaults_new(void); /* the built-in values */

MpInterfaceConfig *mp_interface_config_new(const char *name);
MpInterfaceConfig *mp_interface_config_copy(const MpInterfaceConfig *config);
void mp_interface_config_free(MpInterfaceConfig *config);

/* A group with built-in values that inherits from `defaults`. */
MpGroupConfig *mp_group_config_new(const char *name, const MpDefaults *defaults);
MpGroupConfig *mp_group_config_copy(const MpGroupConfig *config);
void mp_group_config_free(MpGroupConfig *config);
MpInterfaceConfig *mp_group_config_find(const MpGroupConfig *config, const char *interface);

MpConfig *mp_config_new(void);
MpConfig *mp_config_copy(const MpConfig *config); /* deep */
void mp_config_free(MpConfig *config);
MpGroupConfig *mp_config_find(const MpConfig *config, const char *group);
/* Put `group` in (taking it), replacing one of the same name; keeps the order. */
void mp_config_put(MpConfig *config, MpGroupConfig *group);
gboolean mp_config_drop(MpConfig *config, const char *group); /* FALSE: no such group */
/* The group that has `interface` as a member, or NULL. */
MpGroupConfig *mp_config_find_interface(const MpConfig *config, const char *interface);
/* After a change of defaults: inherited values of every group follow. */
void mp_config_inherit(MpConfig *config);

/* What can be said without looking at the host: names, limits, an interface in two groups, an
 * address twice, a test address twice (TEST_ADDRESS_CONFLICT), data address on a standby (STANDBY),
 * targets outside every subnet of the group, hardware address syntax. The error names the value and
 * what is allowed. */
gboolean mp_config_validate(const MpConfig *config, GError **error);
/* What can be said of one group alone. */
gboolean mp_group_config_validate(const MpGroupConfig *config, GError **error);
gboolean mp_defaults_equal(const MpDefaults *a, const MpDefaults *b);
gboolean mp_config_equal(const MpConfig *a, const MpConfig *b);
gboolean mp_group_config_equal(const MpGroupConfig *a,
                               const MpGroupConfig *b); /* origin and path left out */

G_DEFINE_AUTOPTR_CLEANUP_FUNC(MpInterfaceConfig, mp_interface_config_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MpGroupConfig, mp_group_config_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MpConfig, mp_config_free)
