/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the other thread may see: an immutable picture of everything that is told on the bus.
 * Strings and arrays belong to the snapshot; it is shared by reference between threads and never
 * changed after it was made. */
#pragma once

#include "config.h"
#include "target.h"
#include "types.h"

typedef struct {
    MpAddress address;
    char *interface; /* where it is configured now, NULL = nowhere */
    char *home;      /* NULL = homeless */
    MpAddressState state;
    MpAddressSource source;
} MpSnapshotAddress;

/* A target of an interface; round-trip times and `answered_us` are never compared. */
typedef struct {
    MpAddress address;
    MpTargetSource source;
    MpTargetState state;
    gint64 rtt_us, deviation_us; /* 0 = not known */
    gint64 answered_us;          /* monotonic, of its latest answer; 0 = none yet */
} MpSnapshotTarget;

typedef struct {
    char *name;
    char *group;            /* "" = of none: tracked */
    guint index;            /* 0 = missing */
    char *hardware_address; /* "" when missing */
    MpInterfaceState state;
    MpLinkState link_state;
    MpProbeState probe_state;
    MpTargetMode target_mode;
    gboolean active;
    gboolean via_gateways; /* of IPv4 it sends only what a gateway takes, having no address */
    gboolean standby;
    gboolean inactive;  /* functioning, carries no data */
    gboolean duplicate; /* hardware address */
    gboolean conflict;  /* another host has its IPv4 test address */
    MpReason reason;
    gint64 state_since_us;  /* monotonic */
    gint64 hold_until_us;   /* monotonic; 0 = none */
    GArray *test_addresses; /* MpAddress */
    GArray *addresses;      /* MpAddress: data addresses on it now */
    GArray *targets;        /* MpSnapshotTarget, firing order */
    gint64 rtt_us;          /* the least of its targets; never compared */
    MpProbeCounts probes;   /* counters: never compared */
    guint64 link_losses, failures, repairs, announcements; /* counters: never compared */
} MpSnapshotInterface;

typedef struct {
    const MpGroupConfig *config; /* in force; belongs to the snapshot */
    char *name;
    gboolean anonymous; /* interfaces of no group, which are only watched; name "" */
    guint detection_ms; /* FDT in force now */
    MpGroupState state;
    MpReason reason;
    GPtrArray *interfaces; /* MpSnapshotInterface*, configuration order */
    GPtrArray *addresses;  /* MpSnapshotAddress*, by address */
    guint64 failovers;
    gint64 last_failover_us; /* monotonic; 0 = never */
} MpSnapshotGroup;

/* A device of the host, member or not (ListDevices). */
typedef struct {
    char *name;
    guint index;
    char *hardware_address;
    char *media;       /* "ethernet", "loopback", "other" */
    char *group;       /* NULL = of none */
    GArray *addresses; /* MpAddress */
    gboolean suitable;
    char *reason; /* why not suitable, "" = suitable */
} MpSnapshotDevice;

typedef struct {
    gint ref_count;
    guint64 serial;
    gboolean ready; /* the first dump of the kernel is in and the first plan was done */
    MpDefaults defaults;
    GPtrArray *groups;  /* MpSnapshotGroup*, by name */
    GPtrArray *devices; /* MpSnapshotDevice*, by index */
} MpSnapshot;

MpSnapshot *mp_snapshot_new(void);
MpSnapshot *mp_snapshot_ref(MpSnapshot *snapshot);
void mp_snapshot_unref(MpSnapshot *snapshot);
MpSnapshotGroup *mp_snapshot_group_new(const char *name,
                                       const MpGroupConfig *config); /* copies config */
void mp_snapshot_group_free(MpSnapshotGroup *group);
MpSnapshotInterface *mp_snapshot_interface_new(const char *name, const char *group);
void mp_snapshot_interface_free(MpSnapshotInterface *interface);
MpSnapshotAddress *mp_snapshot_address_new(const MpAddress *address, const char *interface,
                                           const char *home);
void mp_snapshot_address_free(MpSnapshotAddress *address);
MpSnapshotDevice *mp_snapshot_device_new(const char *name, guint index);
void mp_snapshot_device_free(MpSnapshotDevice *device);

MpSnapshotGroup *mp_snapshot_find_group(const MpSnapshot *snapshot, const char *name);
MpSnapshotInterface *mp_snapshot_find_interface(const MpSnapshot *snapshot, const char *name);
/* The worst state of the groups that have members, the anonymous one aside; ok when there is none.
 */
MpGroupState mp_snapshot_state(const MpSnapshot *snapshot);
/* Whether a client could tell them apart (counters and serial left out). */
gboolean mp_snapshot_equal(const MpSnapshot *a, const MpSnapshot *b);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MpSnapshot, mp_snapshot_unref)
