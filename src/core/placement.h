/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who is active, and where each data address belongs: behaviour, section 6, rules 1 to 6 and 9, as
 * pure functions of plain values. Members and addresses are numbered; -1 is nobody. */
#pragma once

#include "types.h"

typedef struct {
    gboolean functioning; /* and not about to leave */
    gboolean standby;
    gboolean inactive; /* in, out: repaired under Failback=no */
    gboolean reclaim;  /* what is at home here returns while it is active */
    gboolean was_active;
    gboolean can4, can6; /* takes addresses of the family */
    gboolean may6;       /* the same, or its link-local address is on its way */
    /* out */
    gboolean active;
    gint successor; /* of a member that was lost: who was activated in its place, -1 = nobody */
    guint load;     /* addresses that it has up */
} MpPlaceMember;

typedef struct {
    gint home, host; /* host: where it is now; out: where it belongs */
    guint8 family;
    guint64 unfit; /* bit per member whose kernel refused it */
    /* out */
    MpReason reason; /* of a move: failover, failback, rebalance, standby-set... */
} MpPlaceAddress;

/* Rules 1 to 3 and 9: fills active, successor; clears inactive of whoever is activated. Returns
 * whether a member was activated or lost. */
gboolean mp_placement_activate(MpPlaceMember *members, guint n_members,
                               const MpPlaceAddress *addresses, guint n_addresses);
/* Rules 2 to 6: fills host and reason. */
void mp_placement_place(MpPlaceMember *members, guint n_members, MpPlaceAddress *addresses,
                        guint n_addresses, gboolean rebalance);
/* Who would carry the group's traffic if `member` failed now; -1 = nobody. */
gint mp_placement_heir(const MpPlaceMember *members, guint n_members, gint member, guint8 family);
