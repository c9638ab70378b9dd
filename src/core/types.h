/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The closed lists of words that the code, the bus, the manual and the tests share. */
#pragma once

#include <glib.h>

/* Limits, named once; the manual (ipmp.conf(5)) and the tests name the same. */
#define MP_GROUP_NAME_MAX 31     /* characters */
#define MP_INTERFACE_NAME_MAX 15 /* characters: IFNAMSIZ - 1 */
#define MP_GROUPS_MAX 256
#define MP_GROUP_INTERFACES_MAX 64  /* members of one group */
#define MP_GROUP_ADDRESSES_MAX 4096 /* data addresses of one group */
#define MP_GROUP_TARGETS_MAX 64
#define MP_INTERFACES_MAX 4096 /* members of all groups */
#define MP_ADDRESSES_MAX 65536 /* data addresses that all files name */
#define MP_FDT_MIN_MS 10u
#define MP_FDT_MAX_MS 3600000u
#define MP_FDT_DEFAULT_MS 10000u
#define MP_REPAIR_DELAY_MAX_MS 600000u
#define MP_LINK_POLL_DEFAULT_MS 10u
#define MP_LINK_POLL_MAX_MS 10000u
#define MP_PROBE_FAILURES_DEFAULT 5u
#define MP_PROBE_REPAIRS_DEFAULT 10u
#define MP_PROBE_COUNT_MAX                                                                         \
    50u /* ProbeFailures, ProbeRepairs: 1..50, inside the 52-probe window                          \
         */

#define MP_USEC_PER_MSEC G_GINT64_CONSTANT(1000)
#define MP_USEC_PER_SEC G_GINT64_CONSTANT(1000000)

typedef enum {
    MP_INTERFACE_OK,
    MP_INTERFACE_FAILED,
    MP_INTERFACE_UNKNOWN,
    MP_INTERFACE_OFFLINE,
    MP_INTERFACE_MISSING,
} MpInterfaceState;
#define MP_N_INTERFACE_STATES 5

typedef enum { MP_LINK_UP, MP_LINK_DOWN, MP_LINK_UNKNOWN } MpLinkState;
#define MP_N_LINK_STATES 3

typedef enum { MP_PROBE_OK, MP_PROBE_FAILED, MP_PROBE_UNKNOWN, MP_PROBE_DISABLED } MpProbeState;
#define MP_N_PROBE_STATES 4

typedef enum { MP_GROUP_OK, MP_GROUP_DEGRADED, MP_GROUP_FAILED } MpGroupState;
#define MP_N_GROUP_STATES 3

typedef enum { MP_ADDRESS_UP, MP_ADDRESS_DOWN, MP_ADDRESS_WITHDRAWN } MpAddressState;
#define MP_N_ADDRESS_STATES 3

typedef enum { MP_SOURCE_CONFIG, MP_SOURCE_ADOPTED } MpAddressSource;
#define MP_N_ADDRESS_SOURCES 2

typedef enum { MP_METHOD_AUTO, MP_METHOD_ICMP, MP_METHOD_ARP, MP_METHOD_NONE } MpProbeMethod;
#define MP_N_PROBE_METHODS 4

/* What an interface's targets are: ipmpstat's MODE. */
typedef enum {
    MP_MODE_DISABLED, /* not probed */
    MP_MODE_CONFIGURED,
    MP_MODE_ROUTES,    /* routers, and host routes */
    MP_MODE_MULTICAST, /* found by asking all, or still looked for */
    MP_MODE_NEIGHBOURS,
    MP_MODE_ARP,
} MpTargetMode;
#define MP_N_TARGET_MODES 6

/* Why something was decided: behaviour, section 9. "none" is never told on the bus. */
typedef enum {
    MP_REASON_NONE,
    MP_REASON_LINK_DOWN,
    MP_REASON_ADMIN_DOWN,
    MP_REASON_REMOVED,
    MP_REASON_MOVED_NETNS,
    MP_REASON_RENAMED,
    MP_REASON_ENSLAVED,
    MP_REASON_PROBE_FAILURE,
    MP_REASON_GROUP_FAILURE,
    MP_REASON_OFFLINE,
    MP_REASON_DUPLICATE_HWADDR,
    MP_REASON_FLAPPING,
    MP_REASON_REPAIR_DELAY,
    MP_REASON_LINK_UP,
    MP_REASON_PROBE_REPAIR,
    MP_REASON_ONLINE,
    MP_REASON_APPEARED,
    MP_REASON_JOINED,
    MP_REASON_LEFT,
    MP_REASON_ACTIVATED,
    MP_REASON_DEACTIVATED,
    MP_REASON_STANDBY_SET,
    MP_REASON_STANDBY_CLEARED,
    MP_REASON_FAILOVER,
    MP_REASON_FAILBACK,
    MP_REASON_REBALANCE,
    MP_REASON_REFUSED,
    MP_REASON_WITHDRAWN,
    MP_REASON_ADOPTED,
    MP_REASON_ADDED,
    MP_REASON_REMOVED_BY_REQUEST,
    MP_REASON_RESTORED,
    MP_REASON_FDT_RAISED,
    MP_REASON_FDT_LOWERED,
    MP_REASON_TARGETS_CHANGED,
    MP_REASON_PROBING_OFF,
    MP_REASON_PROBING_ON,
    MP_REASON_CONFIG,
    MP_REASON_RESYNC,
} MpReason;
#define MP_N_REASONS 39

/* What an entry of the history is about (History's `event`). */
typedef enum {
    MP_NOTICE_INTERFACE_STATE, /* from, to: states; reason */
    MP_NOTICE_GROUP_STATE,     /* from, to: states; reason */
    MP_NOTICE_ADDRESS_MOVED,   /* address, from, to: interface names, "" = nowhere */
    MP_NOTICE_ADDRESS_STATE,   /* address: adopted, added, withdrawn, removed */
    MP_NOTICE_ROLE,            /* interface activated, deactivated, standby set or cleared */
    MP_NOTICE_CONFIGURATION,   /* a group or the defaults were changed, created, deleted */
    MP_NOTICE_KERNEL,          /* resync after lost messages, a refused operation */
    MP_NOTICE_PROBING, /* of an interface or a group: turned on or off, targets or FDT in force */
} MpNoticeKind;
#define MP_N_NOTICE_KINDS 8

/* Each _to_string() returns a static string, never NULL for a value of the list; each
 * _from_string() returns FALSE and leaves *out alone for a word that is not in the list. */
const char *mp_interface_state_to_string(MpInterfaceState state);
const char *mp_link_state_to_string(MpLinkState state);
const char *mp_probe_state_to_string(MpProbeState state);
const char *mp_group_state_to_string(MpGroupState state);
const char *mp_address_state_to_string(MpAddressState state);
const char *mp_address_source_to_string(MpAddressSource source);
const char *mp_probe_method_to_string(MpProbeMethod method);
const char *mp_target_mode_to_string(MpTargetMode mode);
const char *mp_reason_to_string(MpReason reason);
const char *mp_notice_kind_to_string(MpNoticeKind kind);

gboolean mp_interface_state_from_string(const char *word, MpInterfaceState *out);
gboolean mp_address_source_from_string(const char *word, MpAddressSource *out);
gboolean mp_probe_method_from_string(const char *word, MpProbeMethod *out);
gboolean mp_reason_from_string(const char *word, MpReason *out);

/* A group's name: 1-31 characters, [A-Za-z0-9][A-Za-z0-9_.-]*. */
gboolean mp_group_name_is_valid(const char *name);
/* An interface's name as the kernel takes it: 1-15 bytes, no '/', no white space, not "." or "..".
 */
gboolean mp_interface_name_is_valid(const char *name);
