/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who heard whom: what came of letting each member of a group call once on its link and listening
 * at the others. A member that hears nobody and is heard by nobody is on another link. */
#pragma once

#include "objects.h"
#include "snapshot.h"

/* A member that can call and listen: present, with link, in service. */
typedef struct {
    guint index;        /* its device */
    guint first, count; /* the ports of its group: their places */
    guint8 hwaddr[6];
    gboolean called; /* its device took what was sent */
    guint64 heard;   /* bit i: the port at first + i was heard here */
    gint settings[MP_SYSCTL_FIRST_GLOBAL];
} MpHearingPort;

G_STATIC_ASSERT(MP_GROUP_INTERFACES_MAX <= 64);

/* A device of no group that could be on the link of one. */
typedef struct {
    guint index;
    char *name;
    gboolean answers; /* ARP for any address of the host, on whichever device that is */
    GArray *heard;    /* guint: devices, one of each group */
} MpBystander;

typedef struct {
    GArray *ports;      /* MpHearingPort, group by group; groups of a single port are left out */
    GHashTable *places; /* index of a device -> place + 1 */
    gint settings[MP_SYSCTL_FIRST_GLOBAL]; /* of all devices; -1 = none, or not read */
    GPtrArray *bystanders;                 /* MpBystander*; none where nobody calls */
} MpHearing;

/* Nobody has been heard yet. */
MpHearing *mp_hearing_new(const MpSnapshot *snapshot);
void mp_hearing_free(MpHearing *hearing);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MpHearing, mp_hearing_free)

/* The port of a device that has called, or NULL. */
const MpHearingPort *mp_hearing_find(const MpHearing *hearing, guint index);
/* At the device `index`, a port or a bystander, somebody was heard by this hardware address;
 * strangers are left out. */
void mp_hearing_note(MpHearing *hearing, guint index, const guint8 hwaddr[6]);
/* Whether it hears all others of its group, and all of them hear it: nothing is left to learn. */
gboolean mp_hearing_is_complete(const MpHearing *hearing, const MpHearingPort *port);
gboolean mp_hearing_heard(const MpHearing *hearing, guint listener, guint caller); /* devices */
