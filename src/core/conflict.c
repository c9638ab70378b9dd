/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "conflict.h"

#include "engine-request.h"

#include <string.h>

static const MpAddress *test_address(const MpMember *member)
{
    for (guint i = 0; i < member->config->test_addresses->len; i++) {
        const MpAddress *test = &g_array_index(member->config->test_addresses, MpAddress, i);

        if (test->family == MP_IPV4)
            return test;
    }
    return NULL;
}

/* It is on the device, and the device on the link. */
static gboolean is_in_use(const MpEngine *engine, const MpMember *member, const MpAddress *test)
{
    MpAddress host;

    if (test == NULL)
        return FALSE;
    host = *test;
    host.prefix = (guint8)mp_address_bits(test);
    return !member->leaving && mp_picture_link_usable(engine->picture, member->index) &&
           mp_picture_ifaddr(engine->picture, member->index, &host) != NULL;
}

static void ask(MpEngine *engine, const MpMember *member, const MpAddress *test)
{
    const MpLink *link = mp_picture_link(engine->picture, member->index);
    MpProbe probe = {.index = member->index, .via = MP_VIA_ARP, .target = *test};

    memcpy(probe.hwaddr, link->hwaddr, sizeof probe.hwaddr);
    g_array_append_val(engine->probes, probe);
}

static void tell(MpEngine *engine, MpMember *member, gboolean conflict, const guint8 *hwaddr,
                 gint64 now_us)
{
    const MpProber *prober = mp_detection_find(member->group->detection, member->id);
    char detail[sizeof((MpNotice *)0)->detail], address[MP_ADDRESS_STRING_MAX];

    member->conflict = conflict;
    engine->dirty = engine->visible_dirty = TRUE;
    if (!conflict && !mp_prober_is_enabled(prober))
        return; /* that it is probed again is told when it is */
    mp_address_format_host(test_address(member), address);
    if (conflict)
        g_snprintf(detail, sizeof detail,
                   "test address %s is also that of %02x:%02x:%02x:%02x:%02x:%02x", address,
                   hwaddr[0], hwaddr[1], hwaddr[2], hwaddr[3], hwaddr[4], hwaddr[5]);
    else
        g_snprintf(detail, sizeof detail, "test address %s is nobody else's any more", address);
    mp_notice_probing(engine, member->group, member,
                      conflict ? MP_REASON_PROBING_OFF : MP_REASON_PROBING_ON, detail, now_us);
}

/* Asked often enough, or about to ask again. */
static void schedule(MpMember *member, gint64 now_us)
{
    if (member->conflict)
        member->conflict_us = now_us + MP_CONFLICT_AGAIN_US;
    else if (member->conflict_asks < MP_CONFLICT_ASKS)
        member->conflict_us = now_us + MP_CONFLICT_ASK_US;
    else
        member->conflict_us = G_MAXINT64;
}

void mp_conflict_forget(MpMember *member)
{
    member->conflict = FALSE;
    member->conflict_asks = 0;
    member->conflict_us = 0;
}

void mp_conflict_update(MpEngine *engine, MpMember *member, gint64 now_us)
{
    const MpAddress *test = test_address(member);

    if (!is_in_use(engine, member, test)) {
        mp_conflict_forget(member);
        return;
    }
    if (now_us < member->conflict_us)
        return;
    if (member->conflict && !member->conflict_heard)
        tell(engine, member, FALSE, NULL, now_us);
    member->conflict_heard = FALSE;
    member->conflict_asks++;
    ask(engine, member, test);
    schedule(member, now_us);
}

static gboolean is_of_host(const MpEngine *engine, const guint8 *hwaddr)
{
    GHashTableIter iter;
    MpPictureLink *entry;

    g_hash_table_iter_init(&iter, engine->picture->links);
    while (g_hash_table_iter_next(&iter, NULL, (gpointer *)&entry)) {
        if (entry->link.hwaddr_len == 6 && memcmp(entry->link.hwaddr, hwaddr, 6) == 0)
            return TRUE;
    }
    return FALSE;
}

gboolean mp_conflict_handle(MpEngine *engine, MpMember *member, const MpProbeAnswer *answer,
                            gint64 now_us)
{
    const MpAddress *test = test_address(member);

    if (answer->via != MP_VIA_ARP || test == NULL || !mp_address_equal_host(test, &answer->from))
        return FALSE;
    /* Another interface of ours on the link may speak for all addresses of the host. */
    if (is_of_host(engine, answer->hwaddr))
        return TRUE;
    member->conflict_heard = TRUE;
    if (!member->conflict) {
        tell(engine, member, TRUE, answer->hwaddr, now_us);
        schedule(member, now_us);
    }
    return TRUE;
}

gint64 mp_conflict_deadline(const MpMember *member)
{
    return member->conflict_us == 0 ? G_MAXINT64 : member->conflict_us;
}
