/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The record: what the kernel cannot tell after a restart of the daemon. A value; the daemon stores
 * it in the runtime directory (behaviour, section 8). */
#pragma once

#include "objects.h"
#include "types.h"

typedef struct {
    MpAddress address;
    char *group;
    char *home; /* interface name, NULL = homeless */
    MpAddressSource source;
    gboolean withdrawn;
    gboolean removed;     /* by request: what is left of it goes */
    gboolean created;     /* the address was not in the kernel before us: removed at the end */
    gboolean other;       /* it was at home in this prefix, too: of the entry before this one */
    guint8 second_prefix; /* the same, as earlier versions tell it of one; 0 = it was not */
    MpIfaddr original; /* as found at home; `created`: as we would make it. `index` is the device on
                          which it was when the record was made, 0 = none */
    guint order;       /* place in the list of its device when it was found */
    gint64 told_boot_us; /* CLOCK_BOOTTIME when the lifetimes in `original` were told; for finite
                            ones */
} MpRecordAddress;

typedef struct {
    char *device; /* NULL for a global */
    guint index;  /* of the device then; 0 = an older record does not say */
    MpSysctl key;
    gint found; /* the value before us */
    gint set;   /* the value that we set */
} MpRecordSysctl;

typedef struct {
    char *group;
    char *device; /* of route.oif: indexes change */
    MpRoute route;
    GArray *also;      /* MpAddress: more destinations, all else the same; NULL = none */
    gboolean flushed;  /* known to have been flushed by the kernel: to be given back */
    gboolean disowned; /* taken away by its owner without link: remembered, not to be given back */
} MpRecordRoute;

typedef struct {
    char *group;
    char *device;      /* of nexthop.oif: indexes change; NULL: a group of several */
    MpNexthop nexthop; /* of others, as its owner made it */
    gboolean flushed;  /* known to have been taken by the kernel, or a member of it */
} MpRecordNexthop;

typedef struct {
    char *group;
    char *interface;
    gboolean offline;   /* by request */
    gboolean inactive;  /* repaired under Failback=no */
    gboolean convicted; /* by its probes: it has to be repaired first */
    gboolean seen; /* was present since the start of the host: a return is a repair, not a join */
    gboolean duplicate; /* of two with one hardware address the one that came later */
    guint active;       /* 1 = it carried data addresses or could, 2 = not; 0 = an older record does
                           not say */
    guint index;        /* of its device, also if that had got another name; 0 = it was missing */
} MpRecordMember;

typedef struct {
    gint ref_count;
    guint64 serial;       /* grows with each change */
    GPtrArray *addresses; /* MpRecordAddress* */
    GPtrArray *sysctls;
    GPtrArray *routes; /* may be of other records, too: not to be changed once they are made */
    GPtrArray *members;
    GPtrArray *nexthops;
} MpRecord;

MpRecord *mp_record_new(void);
MpRecord *mp_record_copy(const MpRecord *record); /* deep */
MpRecord *mp_record_ref(MpRecord *record);
void mp_record_unref(MpRecord *record);
void mp_record_address_free(MpRecordAddress *entry);
void mp_record_sysctl_free(MpRecordSysctl *entry);
void mp_record_route_free(MpRecordRoute *entry);
void mp_record_member_free(MpRecordMember *entry);
void mp_record_nexthop_free(MpRecordNexthop *entry);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MpRecord, mp_record_unref)
