/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "member.h"

#include "data.h"
#include "decide.h"
#include "probing.h"

#include <string.h>

MpMember *mp_member_new(MpGroup *group, const MpInterfaceConfig *config)
{
    MpMember *member = g_new0(MpMember, 1);

    member->group = group;
    g_strlcpy(member->name, config->name, sizeof member->name);
    member->config = mp_interface_config_copy(config);
    member->state = MP_INTERFACE_MISSING;
    member->link_state = MP_LINK_DOWN;
    member->gone = MP_REASON_REMOVED;
    member->reason = MP_REASON_REMOVED;
    member->reclaim = TRUE;
    member->plugged = TRUE;
    for (guint i = 0; i < MP_N_SYSCTLS; i++)
        member->sysctl_found[i] = member->sysctl_set[i] = -1;
    return member;
}

void mp_member_free(MpMember *member)
{
    if (member == NULL)
        return;
    mp_interface_config_free(member->config);
    g_free(member);
}

static gboolean hwaddr_matches(const char *text, const guint8 *bytes, guint8 length)
{
    for (guint i = 0; i < length; i++) {
        char pair[4];

        g_snprintf(pair, sizeof pair, "%02x%s", bytes[i], i + 1 < length ? ":" : "");
        if (strncmp(text, pair, strlen(pair)) != 0)
            return FALSE;
        text += strlen(pair);
    }
    return length > 0 && *text == '\0';
}

gboolean mp_member_matches(const MpMember *member, const MpLink *link)
{
    const char *wanted = member->config->hardware_address;

    if (wanted == NULL)
        return strcmp(member->name, link->name) == 0;
    if (link->perm_hwaddr_len > 0)
        return hwaddr_matches(wanted, link->perm_hwaddr, link->perm_hwaddr_len);
    return hwaddr_matches(wanted, link->hwaddr, link->hwaddr_len);
}

gboolean mp_link_is_ethernet(const MpLink *link)
{
    return link->media == 1 && link->hwaddr_len == 6;
}

const char *mp_link_unsuitable(const MpLink *link)
{
    if (link->flags & MP_IFF_LOOPBACK)
        return "it is a loopback device";
    if (link->flags & MP_IFF_POINTOPOINT)
        return "it is a point-to-point device";
    if (link->master != 0)
        return "it is enslaved to a bridge or bond";
    if ((link->flags & MP_IFF_MULTICAST) == 0)
        return "it is not capable of multicast";
    if (link->flags & MP_IFF_NOARP)
        return "it does not resolve addresses (NOARP)";
    if (!mp_link_is_ethernet(link))
        return "it is not Ethernet-like";
    return NULL;
}

/* They go with the device. What is left of one that was renamed: mp_orphan_leave(). */
static void forget_settings(MpMember *member)
{
    for (guint i = 0; i < MP_N_SYSCTLS && !member->sysctls_recalled; i++)
        member->sysctl_found[i] = member->sysctl_set[i] = -1;
    member->sysctls_recalled = FALSE;
}

void mp_member_bind(MpMember *member, const MpLink *link, MpReason why)
{
    guint index = link != NULL ? link->index : 0;

    if (index == 0)
        member->gone = why;
    if (index == 0 && member->index != 0)
        member->last_index = member->index;
    if (index != member->index) {
        member->link_was_up = FALSE;
        member->sysctls_asked = member->sysctls_known = member->autoconf_asked = FALSE;
        member->reread = (MpReread){FALSE, 0};
        forget_settings(member);
    }
    member->index = index;
}

gboolean mp_member_is_working(const MpMember *member)
{
    return member->state == MP_INTERFACE_OK || member->state == MP_INTERFACE_UNKNOWN;
}

gboolean mp_member_is_functioning(const MpMember *member)
{
    return mp_member_is_working(member) ||
           (member->state == MP_INTERFACE_FAILED && member->reason == MP_REASON_GROUP_FAILURE);
}

static MpLinkState link_state_of(const MpPicture *picture, const MpLink *link)
{
    guint wanted = MP_IFF_UP | MP_IFF_RUNNING;

    if ((link->flags & wanted) != wanted || mp_picture_link_read_down(picture, link->index))
        return MP_LINK_DOWN;
    return link->operstate == MP_OPER_UNKNOWN ? MP_LINK_UNKNOWN : MP_LINK_UP;
}

/* Three link-ups within a minute are flapping: wait until the oldest is a minute old, twice as long
 * with each flap during the wait. */
static void note_link_up(MpMember *member, gint64 now_us)
{
    gboolean holding = member->hold_until_us > now_us && member->hold_reason == MP_REASON_FLAPPING;
    gint64 oldest;

    memmove(member->link_ups, member->link_ups + 1,
            sizeof member->link_ups - sizeof member->link_ups[0]);
    member->link_ups[MP_FLAP_COUNT - 1] = now_us;
    oldest = member->link_ups[0];
    if (holding)
        member->flap_hold_us = MIN(member->flap_hold_us * 2, MP_FLAP_HOLD_MAX_US);
    else if (oldest > 0 && now_us - oldest < MP_FLAP_WINDOW_US)
        member->flap_hold_us = MP_FLAP_WINDOW_US;
    else
        member->flap_hold_us = 0;
    if (member->flap_hold_us > 0) {
        member->hold_until_us = oldest + member->flap_hold_us;
        member->hold_reason = MP_REASON_FLAPPING;
    }
}

static void note_repair_delay(MpMember *member, gint64 now_us)
{
    gint64 until_us = now_us + member->group->config->repair_delay_ms * MP_USEC_PER_MSEC;

    if (until_us <= now_us || until_us <= member->hold_until_us)
        return;
    member->hold_until_us = until_us;
    member->hold_reason = MP_REASON_REPAIR_DELAY;
}

/* A device that was used before is there again, with link at once: no better than one that is down
 * at first. Who joins, or has got its name back, had its link all the time. */
static gboolean is_plugged_with_link(const MpEngine *engine, const MpMember *member)
{
    return member->state == MP_INTERFACE_MISSING && member->seen && !engine->starting &&
           member->gone != MP_REASON_RENAMED;
}

static void follow_link(const MpEngine *engine, MpMember *member, gboolean up, gint64 now_us)
{
    if (up == member->link_was_up)
        return;
    member->link_was_up = up;
    if (!up) {
        member->link_losses++;
        return;
    }
    /* Who has to prove himself by probes needs no other hold. */
    if ((member->state == MP_INTERFACE_FAILED || is_plugged_with_link(engine, member)) &&
        !mp_probing_refuses(member)) {
        note_link_up(member, now_us);
        note_repair_delay(member, now_us);
    }
}

static gboolean is_of_link(MpReason reason)
{
    return reason == MP_REASON_LINK_DOWN || reason == MP_REASON_ADMIN_DOWN;
}

gboolean mp_member_is_up_to_probes(const MpEngine *engine, const MpMember *member)
{
    const MpLink *link = mp_picture_link(engine->picture, member->index);

    return mp_probing_refuses(member) && link != NULL && link->master == 0 && !member->duplicate &&
           !member->offline && link_state_of(engine->picture, link) != MP_LINK_DOWN;
}

/* What its probes say against it. When there is nobody else they prove nothing, and the data path
 * is left as if nobody probed. An interface that nobody fails over from may be called what it is.
 */
static gboolean is_refused(const MpMember *member, MpReason *reason)
{
    gboolean alone = mp_group_usable_others(member->group, member) == 0;

    if (mp_probing_refuses(member)) {
        *reason = alone                        ? MP_REASON_GROUP_FAILURE
                  : is_of_link(member->reason) ? member->reason
                                               : MP_REASON_PROBE_FAILURE;
        return TRUE;
    }
    if (!mp_probing_group_failed(member->group, member))
        return FALSE;
    *reason = member->group->anonymous ? MP_REASON_PROBE_FAILURE : MP_REASON_GROUP_FAILURE;
    return TRUE;
}

static MpReason reason_of_repair(const MpMember *member, MpProbeState probes)
{
    if (member->state == MP_INTERFACE_OFFLINE)
        return MP_REASON_ONLINE;
    if (member->state == MP_INTERFACE_MISSING)
        return member->seen ? MP_REASON_APPEARED : MP_REASON_JOINED;
    if (probes == MP_PROBE_OK)
        return MP_REASON_PROBE_REPAIR;
    if (mp_member_is_functioning(member) || member->reason == MP_REASON_PROBE_FAILURE)
        return probes == MP_PROBE_UNKNOWN ? MP_REASON_PROBING_ON : MP_REASON_PROBING_OFF;
    if (member->plugged) /* a device that appears is down at first */
        return member->seen ? MP_REASON_APPEARED : MP_REASON_JOINED;
    return MP_REASON_LINK_UP;
}

static void decide_with_link(MpMember *member, const MpLink *link, gboolean others_active,
                             gint64 now_us, MpInterfaceState *state, MpReason *reason)
{
    MpProbeState probes = mp_probing_state(member);

    if (member->link_state == MP_LINK_DOWN) {
        *state = MP_INTERFACE_FAILED;
        *reason = link->flags & MP_IFF_UP ? MP_REASON_LINK_DOWN : MP_REASON_ADMIN_DOWN;
        return;
    }
    /* Probes that are answered say more of it than its link's past. */
    if (member->hold_until_us > now_us && others_active && probes != MP_PROBE_OK) {
        *state = MP_INTERFACE_FAILED;
        *reason = member->hold_reason;
        return;
    }
    if (is_refused(member, reason)) {
        *state = MP_INTERFACE_FAILED;
        return;
    }
    *state = probes == MP_PROBE_UNKNOWN ? MP_INTERFACE_UNKNOWN : MP_INTERFACE_OK;
    *reason = member->state == *state ? member->reason : reason_of_repair(member, probes);
}

/* An IPv6 address stays where all others have too small an MTU for IPv6, any where they refuse it.
 */
static gboolean has_heir(const MpEngine *engine, const MpMember *member, const MpData *data)
{
    for (guint i = 0; i < member->group->members->len; i++) {
        const MpMember *other = g_ptr_array_index(member->group->members, i);
        const MpLink *link = mp_picture_link(engine->picture, other->index);

        if (other != member && link != NULL && mp_member_is_functioning(other) && !other->leaving &&
            !other->offline && mp_member_can_host(engine, other, data->address.family) &&
            mp_data_fits(data, link))
            return TRUE;
    }
    return FALSE;
}

/* Its addresses leave first, if there is somebody to take them. What another program puts on it
 * later does not bring it back. */
static gboolean is_drained(const MpEngine *engine, const MpMember *member)
{
    if (member->state == MP_INTERFACE_OFFLINE || mp_group_usable_others(member->group, member) == 0)
        return TRUE;
    for (guint i = 0; i < member->group->data->len; i++) {
        const MpData *data = g_ptr_array_index(member->group->data, i);

        if (mp_data_is_wanted(data) &&
            mp_picture_ifaddr(engine->picture, member->index, &data->address) != NULL &&
            has_heir(engine, member, data))
            return FALSE;
    }
    return TRUE;
}

static void decide(const MpEngine *engine, MpMember *member, gboolean others_active, gint64 now_us,
                   MpInterfaceState *state, MpReason *reason)
{
    const MpLink *link = mp_picture_link(engine->picture, member->index);

    member->link_state = link != NULL ? link_state_of(engine->picture, link) : MP_LINK_DOWN;
    follow_link(engine, member, link != NULL && member->link_state != MP_LINK_DOWN, now_us);
    if (link == NULL) {
        *state = MP_INTERFACE_MISSING;
        *reason = member->gone;
    } else if (member->offline && is_drained(engine, member)) {
        *state = MP_INTERFACE_OFFLINE;
        *reason = MP_REASON_OFFLINE;
    } else if (member->duplicate) {
        *state = MP_INTERFACE_OFFLINE;
        *reason = MP_REASON_DUPLICATE_HWADDR;
    } else if (link->master != 0) {
        *state = MP_INTERFACE_OFFLINE;
        *reason = MP_REASON_ENSLAVED;
    } else {
        decide_with_link(member, link, others_active, now_us, state, reason);
    }
}

/* What a change of state means for the facts: a repair under Failback=no leaves the interface
 * inactive; whoever joins, is put online or is repaired under Failback=yes has its addresses back.
 */
static void note_change(const MpEngine *engine, MpMember *member, gboolean was_functioning,
                        gboolean others_active)
{
    if (engine->starting) {
        member->seen = member->seen || mp_member_is_functioning(member);
        return;
    }
    if (!mp_member_is_functioning(member)) {
        if (was_functioning && member->state != MP_INTERFACE_OFFLINE)
            member->failures++;
        return;
    }
    if (was_functioning)
        return;
    member->hold_until_us = 0;
    member->reclaim = TRUE;
    member->inactive = FALSE;
    if (member->reason == MP_REASON_LINK_UP || member->reason == MP_REASON_APPEARED ||
        member->reason == MP_REASON_PROBE_REPAIR || member->reason == MP_REASON_PROBING_OFF) {
        member->repairs++;
        /* What works for the first time since the start of the host joins: a device that appears is
         * down at first. */
        if (!member->group->config->failback && others_active && member->seen) {
            member->reclaim = FALSE;
            member->inactive = !member->config->standby;
        }
    }
    member->seen = TRUE;
}

gboolean mp_member_update(MpEngine *engine, MpMember *member, gboolean others_active, gint64 now_us)
{
    MpInterfaceState from = member->state, state = from;
    MpReason reason = member->reason;
    gboolean was_functioning = mp_member_is_functioning(member);
    MpLinkState link_from = member->link_state;
    gint64 hold_from = member->hold_until_us;

    decide(engine, member, others_active, now_us, &state, &reason);
    if (link_from != member->link_state || hold_from != member->hold_until_us)
        engine->visible_dirty = TRUE;
    if (state == from && reason == member->reason)
        return FALSE;
    member->state = state;
    member->reason = reason;
    member->since_us = now_us;
    engine->visible_dirty = TRUE;
    if (state == MP_INTERFACE_MISSING)
        member->plugged = TRUE;
    else if (engine->starting || mp_member_is_functioning(member))
        member->plugged = FALSE;
    if (state != from || was_functioning != mp_member_is_functioning(member)) {
        gboolean inactive = member->inactive, seen = member->seen;

        note_change(engine, member, was_functioning, others_active);
        if (inactive != member->inactive || seen != member->seen)
            engine->record_dirty = TRUE;
    }
    return TRUE;
}

MpProbeCounts mp_member_probe_counts(const MpMember *member)
{
    const MpProber *prober = mp_detection_find(member->group->detection, member->id);
    MpProbeCounts now = {0};

    if (prober != NULL)
        now = mp_prober_counts(prober);
    return mp_probe_counts_sum(&member->probed, &now);
}
