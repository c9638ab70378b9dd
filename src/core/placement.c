/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "placement.h"

#include "address.h"

/* As many are active as there are members that are not standbys. One that a repair left inactive is
 * not missed while nobody fails: `spared`. */
static guint members_wanted(const MpPlaceMember *members, guint n_members, gboolean spared)
{
    guint wanted = 0;

    for (guint i = 0; i < n_members; i++) {
        if (!members[i].standby && !(spared && members[i].inactive))
            wanted++;
    }
    return MAX(wanted, 1);
}

static guint members_lost(const MpPlaceMember *members, guint n_members)
{
    guint lost = 0;

    for (guint i = 0; i < n_members; i++) {
        if (members[i].was_active && !members[i].functioning)
            lost++;
    }
    return lost;
}

/* The next to be activated: a standby first, then one that a repair left inactive. */
static gint next_inactive(const MpPlaceMember *members, guint n_members)
{
    gint found = -1;

    for (guint i = 0; i < n_members; i++) {
        if (!members[i].functioning || members[i].active)
            continue;
        if (members[i].standby)
            return (gint)i;
        if (found < 0)
            found = (gint)i;
    }
    return found;
}

static void keep_active(MpPlaceMember *members, guint n_members, gboolean standbys, guint wanted,
                        guint *count)
{
    for (guint i = 0; i < n_members; i++) {
        MpPlaceMember *member = &members[i];

        if (!member->functioning || member->standby != standbys || member->inactive)
            continue;
        if (standbys && (!member->was_active || *count >= wanted))
            continue;
        member->active = TRUE;
        (*count)++;
    }
}

/* A lost member without a successor, in configuration order; after those that were active one that
 * never was: it is missing since the start, and what is declared at home there has no place yet. */
static void name_successor(MpPlaceMember *members, guint n_members, gint successor)
{
    for (guint pass = 0; pass < 2; pass++) {
        for (guint i = 0; i < n_members; i++) {
            gboolean lost = pass == 0 ? members[i].was_active : !members[i].standby;

            if (lost && !members[i].active && !members[i].functioning && members[i].successor < 0) {
                members[i].successor = successor;
                return;
            }
        }
    }
}

static gboolean is_unfit(const MpPlaceAddress *address, gint member)
{
    return (address->unfit & (G_GUINT64_CONSTANT(1) << member)) != 0;
}

static gboolean can_host(const MpPlaceMember *members, gint member, const MpPlaceAddress *address)
{
    if (member < 0 || !members[member].active)
        return FALSE;
    if (is_unfit(address, member))
        return FALSE;
    return address->family == MP_IPV4 ? members[member].can4 : members[member].can6;
}

/* What only waits for its link-local address may host, too: nobody is activated for that moment. */
static gboolean may_host(const MpPlaceMember *members, guint member, const MpPlaceAddress *address)
{
    return members[member].functioning && !is_unfit(address, (gint)member) &&
           (address->family == MP_IPV4 ? members[member].can4 : members[member].may6);
}

/* A standby that has it goes on with it until somebody else can have it. */
static gboolean keeps(const MpPlaceMember *members, const MpPlaceAddress *address)
{
    return address->host >= 0 && !members[address->host].active && members[address->host].standby &&
           members[address->host].was_active && may_host(members, (guint)address->host, address);
}

/* Who has to be activated for an address that nobody active takes; -1 = nobody. */
static gint needed_for(const MpPlaceMember *members, guint n_members, const MpPlaceAddress *address)
{
    gint found = -1;
    gboolean later = FALSE;

    for (guint i = 0; i < n_members; i++) {
        gboolean may = may_host(members, i, address);

        if (can_host(members, (gint)i, address))
            return -1;
        later = later || (members[i].active && may);
        if (!members[i].active && may &&
            (found < 0 || (members[i].standby && !members[found].standby)))
            found = (gint)i;
    }
    if (keeps(members, address))
        return address->host;
    return later ? -1 : found;
}

/* One more than rule 1 wants, while it is needed. */
static void activate_needed(MpPlaceMember *members, guint n_members,
                            const MpPlaceAddress *addresses, guint n_addresses)
{
    for (guint i = 0; i < n_addresses; i++) {
        gint needed = needed_for(members, n_members, &addresses[i]);

        if (needed < 0)
            continue;
        members[needed].active = TRUE;
        members[needed].inactive = FALSE;
    }
}

gboolean mp_placement_activate(MpPlaceMember *members, guint n_members,
                               const MpPlaceAddress *addresses, guint n_addresses)
{
    guint wanted, count = 0;
    gint next;
    gboolean changed = FALSE;

    for (guint i = 0; i < n_members; i++) {
        members[i].active = FALSE;
        members[i].successor = -1;
    }
    wanted = members_wanted(members, n_members, FALSE);
    keep_active(members, n_members, FALSE, wanted, &count);
    keep_active(members, n_members, TRUE, wanted, &count);
    wanted = MAX(members_wanted(members, n_members, TRUE),
                 MIN(wanted, count + members_lost(members, n_members)));
    while (count < wanted && (next = next_inactive(members, n_members)) >= 0) {
        members[next].active = TRUE;
        members[next].inactive = FALSE;
        name_successor(members, n_members, next);
        count++;
    }
    activate_needed(members, n_members, addresses, n_addresses);
    for (guint i = 0; i < n_members; i++)
        changed = changed || members[i].active != members[i].was_active;
    return changed;
}

static gint fewest(const MpPlaceMember *members, guint n_members, const MpPlaceAddress *address)
{
    gint best = -1;

    for (guint i = 0; i < n_members; i++) {
        if (can_host(members, (gint)i, address) &&
            (best < 0 || members[i].load < members[best].load))
            best = (gint)i;
    }
    return best;
}

/* Where an address belongs whose place is not in question, -1 = it has to be found one. */
static gint fixed_host(const MpPlaceMember *members, const MpPlaceAddress *address)
{
    if (can_host(members, address->home, address) &&
        (members[address->home].reclaim || address->host < 0))
        return address->home;
    if (can_host(members, address->host, address))
        return address->host;
    return -1;
}

static gint found_host(const MpPlaceMember *members, guint n_members, const MpPlaceAddress *address)
{
    gint lost = address->host >= 0 ? address->host : address->home;
    gint successor = lost >= 0 ? members[lost].successor : -1;

    if (can_host(members, successor, address))
        return successor;
    return fewest(members, n_members, address);
}

static MpReason move_reason(const MpPlaceMember *members, const MpPlaceAddress *address, gint to)
{
    if (address->host < 0)
        return to == address->home || address->home < 0 ? MP_REASON_ADDED : MP_REASON_FAILOVER;
    if (to == address->home)
        return MP_REASON_FAILBACK;
    if (!members[address->host].functioning)
        return MP_REASON_FAILOVER;
    if (!members[address->host].active)
        return MP_REASON_DEACTIVATED;
    /* Else it cannot have the family any more: a small MTU, no link-local address. */
    return is_unfit(address, address->host) ? MP_REASON_REFUSED : MP_REASON_FAILOVER;
}

static void assign(MpPlaceMember *members, MpPlaceAddress *address, gint to, MpReason reason)
{
    if (to != address->host)
        address->reason = reason;
    address->host = to;
    members[to].load++;
}

/* Take one homeless address from the member with the most of those that can give any to where it
 * evens out; FALSE = even already. */
static gboolean rebalance_one(MpPlaceMember *members, guint n_members, MpPlaceAddress *addresses,
                              guint n_addresses)
{
    MpPlaceAddress *best = NULL;
    gint best_to = -1;

    for (guint i = 0; i < n_addresses; i++) {
        MpPlaceAddress *address = &addresses[i];
        gint to;

        if (address->home >= 0 || address->host < 0 || !members[address->host].active ||
            (best != NULL && members[address->host].load <= members[best->host].load))
            continue;
        to = fewest(members, n_members, address);
        if (to < 0 || members[to].load + 1 >= members[address->host].load)
            continue;
        best = address;
        best_to = to;
    }
    if (best == NULL)
        return FALSE;
    members[best->host].load--;
    assign(members, best, best_to, MP_REASON_REBALANCE);
    return TRUE;
}

void mp_placement_place(MpPlaceMember *members, guint n_members, MpPlaceAddress *addresses,
                        guint n_addresses, gboolean rebalance)
{
    g_autofree gboolean *placed = g_new0(gboolean, n_addresses + 1);

    for (guint i = 0; i < n_members; i++)
        members[i].load = 0;
    for (guint i = 0; i < n_addresses; i++) {
        gint to = fixed_host(members, &addresses[i]);

        addresses[i].reason = MP_REASON_NONE;
        if (to < 0)
            continue;
        assign(members, &addresses[i], to, move_reason(members, &addresses[i], to));
        placed[i] = TRUE;
    }
    for (guint i = 0; i < n_addresses; i++) {
        gint to = placed[i] ? -1 : found_host(members, n_members, &addresses[i]);

        if (to >= 0)
            assign(members, &addresses[i], to, move_reason(members, &addresses[i], to));
    }
    while (rebalance && rebalance_one(members, n_members, addresses, n_addresses))
        continue;
}

gint mp_placement_heir(const MpPlaceMember *members, guint n_members, gint member, guint8 family)
{
    gint best = -1;

    for (guint i = 0; i < n_members; i++) {
        if ((gint)i == member || !members[i].functioning ||
            !(family == MP_IPV4 ? members[i].can4 : members[i].can6))
            continue;
        if (members[i].standby && !members[i].active)
            return (gint)i;
        if (best < 0 || (!members[i].active && members[best].active) ||
            (members[i].active == members[best].active && members[i].load < members[best].load))
            best = (gint)i;
    }
    return best;
}
