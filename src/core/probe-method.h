/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How each family of an interface is probed, from the configuration and the addresses that are
 * there: behaviour, section 5. */
#pragma once

#include "state.h"

/* A member without a link-local address is on its way to one: so long it stays as it was. */
#define MP_LINK_LOCAL_GRACE_US (3 * MP_USEC_PER_SEC)

/* So long ARP goes on without a router to ask. */
#define MP_ROUTER_GRACE_US (3 * MP_USEC_PER_SEC)

typedef struct {
    MpProbeVia via;
    MpAddress source; /* with its prefix; family 0: none */
} MpProbeWay;

/* `now` is how it is probed at present. `out_pending`: it will soon be known. */
MpProbeWay mp_probe_method_ipv6(const MpEngine *engine, const MpMember *member,
                                const MpProbeWay *now, gint64 now_us, gboolean *out_pending);
/* `by_ipv6`: the other family is probed, or will soon be. */
MpProbeWay mp_probe_method_ipv4(const MpEngine *engine, const MpMember *member,
                                const MpProbeWay *now, gint64 now_us, gboolean by_ipv6);

/* Since when there is no link-local address. `had_link`: at the latest look. */
void mp_probe_method_note(const MpEngine *engine, MpMember *member, gboolean had_link,
                          gint64 now_us);
/* Since when ARP has nobody to ask. */
void mp_probe_method_note_routers(MpGroup *group, gint64 now_us);
/* When one of these has lasted long enough; G_MAXINT64 = never. Of one that has link. */
gint64 mp_probe_method_deadline(const MpMember *member, const MpProber *prober);
