/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "probes.h"
#include "arp.h"
#include "error.h"
#include "icmp.h"
#include "icmp6.h"
#include "stamp.h"
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#define CHUNK 256     /* probes a system call */
#define READ_MAX 4096 /* packets of one socket a turn */

/* All memory that a batch needs, so that sending allocates none. */
typedef struct {
    guint n;
    const MpProbe *probes[CHUNK];
    guint8 bytes[CHUNK][MP_ARP_SIZE];
    union {
        struct sockaddr_in in;
        struct sockaddr_in6 in6;
        struct sockaddr_ll ll;
    } to[CHUNK];
    union {
        struct cmsghdr header;
        guint8 data[CMSG_SPACE(sizeof(struct in6_pktinfo))];
    } control[CHUNK];
    struct iovec parts[CHUNK];
    struct mmsghdr messages[CHUNK];
} Outbox;

struct MpProbes {
    MpParseFunc tell;
    gpointer user_data;
    guint16 identifier;
    int fds[MP_N_PROBE_WAYS];
    MpStampClock clocks[MP_N_PROBE_WAYS];
    GHashTable *hwaddrs; /* index -> guint8[6]: what was last sent from, by ARP */
    Outbox outbox;
    MpInbox inbox;
};

G_STATIC_ASSERT(MP_ARP_SIZE >= MP_ECHO_SIZE);

MpProbes *mp_probes_new(MpParseFunc tell, gpointer user_data, GError **error)
{
    g_autoptr(MpProbes) probes = g_new0(MpProbes, 1);
    probes->tell = tell;
    probes->user_data = user_data;
    for (MpProbeWay way = 0; way < MP_N_PROBE_WAYS; way++)
        probes->fds[way] = -1;
    probes->hwaddrs = g_hash_table_new_full(NULL, NULL, NULL, g_free);
    mp_inbox_init(&probes->inbox);
    if (getrandom(&probes->identifier, sizeof probes->identifier, 0) !=
        (gssize)sizeof probes->identifier) {
        g_set_error(error, MP_ERROR, MP_ERROR_KERNEL, "no random bytes: %s", g_strerror(errno));
        return NULL;
    }
    return g_steal_pointer(&probes);
}

void mp_probes_free(MpProbes *probes)
{
    for (MpProbeWay way = 0; way < MP_N_PROBE_WAYS; way++)
        if (probes->fds[way] >= 0)
            close(probes->fds[way]);
    g_hash_table_unref(probes->hwaddrs);
    g_free(probes);
}

int mp_probes_fd(const MpProbes *probes, MpProbeWay way)
{
    return probes->fds[way];
}

/* ---- out ---- */

static gboolean way_of(const MpProbe *probe, MpProbeWay *out)
{
    if (probe->via == MP_VIA_ARP && probe->target.family == MP_IPV4)
        *out = MP_PROBE_ARP;
    else if (probe->via == MP_VIA_ICMP && probe->target.family == MP_IPV4)
        *out = MP_PROBE_ICMP;
    else if (probe->via == MP_VIA_ICMP && probe->target.family == MP_IPV6)
        *out = MP_PROBE_ICMP6;
    else
        return FALSE;
    return TRUE;
}

static void control_write(struct msghdr *message, int level, int type, const void *info, gsize size)
{
    struct cmsghdr *header = message->msg_control;
    header->cmsg_level = level;
    header->cmsg_type = type;
    header->cmsg_len = CMSG_LEN(size);
    message->msg_controllen = CMSG_SPACE(size);
    memcpy(CMSG_DATA(header), info, size);
}

static void icmp_compose(Outbox *outbox, guint i, const MpProbe *probe, guint16 identifier)
{
    MpEcho echo = {identifier, probe->sequence, probe->cookie};
    struct in_pktinfo info = {.ipi_ifindex = (int)probe->index};
    struct msghdr *message = &outbox->messages[i].msg_hdr;
    mp_icmp_write(outbox->bytes[i], &echo);
    outbox->parts[i].iov_len = MP_ECHO_SIZE;
    outbox->to[i].in = (struct sockaddr_in){.sin_family = AF_INET};
    memcpy(&outbox->to[i].in.sin_addr, probe->target.bytes, 4);
    message->msg_namelen = sizeof outbox->to[i].in;
    memcpy(&info.ipi_spec_dst, probe->source.bytes, 4);
    control_write(message, IPPROTO_IP, IP_PKTINFO, &info, sizeof info);
}

static void icmp6_compose(Outbox *outbox, guint i, const MpProbe *probe, guint16 identifier)
{
    MpEcho echo = {identifier, probe->sequence, probe->cookie};
    struct in6_pktinfo info = {.ipi6_ifindex = probe->index};
    struct msghdr *message = &outbox->messages[i].msg_hdr;
    mp_icmp6_write(outbox->bytes[i], &echo, &probe->source, &probe->target);
    outbox->parts[i].iov_len = MP_ECHO_SIZE;
    outbox->to[i].in6 =
        (struct sockaddr_in6){.sin6_family = AF_INET6, .sin6_scope_id = probe->index};
    memcpy(&outbox->to[i].in6.sin6_addr, probe->target.bytes, 16);
    message->msg_namelen = sizeof outbox->to[i].in6;
    memcpy(&info.ipi6_addr, probe->source.bytes, 16);
    control_write(message, IPPROTO_IPV6, IPV6_PKTINFO, &info, sizeof info);
}

static void arp_compose(Outbox *outbox, guint i, const MpProbe *probe)
{
    MpArp arp = mp_arp_request(probe->hwaddr, &probe->source, &probe->target);
    struct sockaddr_ll *to = &outbox->to[i].ll;
    mp_arp_write(outbox->bytes[i], &arp);
    outbox->parts[i].iov_len = MP_ARP_SIZE;
    *to = (struct sockaddr_ll){
        .sll_family = AF_PACKET,
        .sll_protocol = g_htons(ETH_P_ARP),
        .sll_ifindex = (int)probe->index,
        .sll_halen = ETH_ALEN,
    };
    if (probe->unicast)
        memcpy(to->sll_addr, probe->target_hwaddr, ETH_ALEN);
    else
        memset(to->sll_addr, 0xff, ETH_ALEN);
    outbox->messages[i].msg_hdr.msg_namelen = sizeof *to;
    outbox->messages[i].msg_hdr.msg_control = NULL;
}

static void hwaddr_remember(MpProbes *probes, const MpProbe *probe)
{
    gpointer key = GUINT_TO_POINTER(probe->index);
    const guint8 *known = g_hash_table_lookup(probes->hwaddrs, key);
    if (known == NULL || memcmp(known, probe->hwaddr, ETH_ALEN) != 0)
        g_hash_table_insert(probes->hwaddrs, key, g_memdup2(probe->hwaddr, ETH_ALEN));
}

static void probes_compose(MpProbes *probes, MpProbeWay way, const MpProbe *probe)
{
    Outbox *outbox = &probes->outbox;
    guint i = outbox->n++;
    outbox->probes[i] = probe;
    outbox->parts[i].iov_base = outbox->bytes[i];
    outbox->messages[i].msg_hdr = (struct msghdr){
        .msg_name = &outbox->to[i],
        .msg_iov = &outbox->parts[i],
        .msg_iovlen = 1,
        .msg_control = &outbox->control[i],
    };
    if (way == MP_PROBE_ICMP)
        icmp_compose(outbox, i, probe, probes->identifier);
    else if (way == MP_PROBE_ICMP6)
        icmp6_compose(outbox, i, probe, probes->identifier);
    else
        arp_compose(outbox, i, probe);
}

static void tell_not_sent(MpProbes *probes, const MpProbe *probe)
{
    MpEvent event = {.kind = MP_EVENT_PROBE_NOT_SENT, .index = probe->index};
    event.probe = *probe;
    probes->tell(&event, probes->user_data);
}

/* Of ours, that is, and not of the path: those of a device that is down are lost. */
static gboolean is_shortage(int error)
{
    return error == EAGAIN || error == ENOBUFS || error == ENOMEM;
}

static void probes_flush(MpProbes *probes, MpProbeWay way)
{
    Outbox *outbox = &probes->outbox;
    /* Targets are on the link: not by a gateway, whatever routes say. Without any route to one the
     * kernel takes it to be on the device that is named. */
    int flags = MSG_DONTWAIT | (way == MP_PROBE_ICMP ? MSG_DONTROUTE : 0);
    guint done = 0;
    while (done < outbox->n) {
        int sent = sendmmsg(probes->fds[way], outbox->messages + done, outbox->n - done, flags);
        /* The first that fails ends the call. */
        if (sent <= 0 && is_shortage(errno))
            tell_not_sent(probes, outbox->probes[done]);
        done += sent > 0 ? (guint)sent : 1;
    }
    outbox->n = 0;
}

/* The probe's way is open, at the latest now. */
static gboolean way_open(MpProbes *probes, MpProbeWay way)
{
    if (probes->fds[way] < 0)
        probes->fds[way] = mp_probe_socket_open(way, probes->identifier);
    return probes->fds[way] >= 0;
}

static void probes_send_way(MpProbes *probes, MpProbeWay way, const MpProbe *batch, guint n)
{
    MpProbeWay its;
    for (guint i = 0; i < n; i++) {
        if (!way_of(&batch[i], &its) || its != way)
            continue;
        if (!way_open(probes, way)) {
            tell_not_sent(probes, &batch[i]);
            continue;
        }
        if (way == MP_PROBE_ARP)
            hwaddr_remember(probes, &batch[i]);
        if (probes->outbox.n == CHUNK)
            probes_flush(probes, way);
        probes_compose(probes, way, &batch[i]);
    }
    probes_flush(probes, way);
}

void mp_probes_send(MpProbes *probes, const MpProbe *batch, guint n)
{
    for (MpProbeWay way = 0; way < MP_N_PROBE_WAYS; way++)
        probes_send_way(probes, way, batch, n);
}

/* ---- in ---- */

static gboolean icmp_parse(const MpProbes *probes, const MpInboxPacket *packet, MpProbeAnswer *out)
{
    MpEcho echo;
    MpAddress to;
    if (mp_icmp_read_packet(packet->bytes, packet->size, probes->identifier, &echo, &out->from,
                            &to) != MP_WIRE_OK)
        return FALSE;
    out->via = MP_VIA_ICMP;
    out->sequence = echo.sequence;
    out->cookie = echo.cookie;
    return TRUE;
}

static gboolean icmp6_parse(const MpProbes *probes, const MpInboxPacket *packet, MpProbeAnswer *out)
{
    MpEcho echo;
    struct sockaddr_in6 from;
    if (mp_icmp6_read(packet->bytes, packet->size, probes->identifier, NULL, NULL, &echo) !=
        MP_WIRE_OK)
        return FALSE;
    memcpy(&from, packet->from, sizeof from);
    out->via = MP_VIA_ICMP;
    out->from = (MpAddress){.family = MP_IPV6, .prefix = 128};
    memcpy(out->from.bytes, &from.sin6_addr, 16);
    out->sequence = echo.sequence;
    out->cookie = echo.cookie;
    return TRUE;
}

/* To the hardware address that was asked from, by somebody else. */
static gboolean arp_parse(const MpProbes *probes, const MpInboxPacket *packet, MpProbeAnswer *out)
{
    MpArp arp;
    const guint8 *own = g_hash_table_lookup(probes->hwaddrs, GUINT_TO_POINTER(packet->index));
    if (own == NULL || mp_arp_read(packet->bytes, packet->size, &arp) != MP_WIRE_OK ||
        arp.operation != MP_ARP_REPLY || memcmp(arp.target_hwaddr, own, ETH_ALEN) != 0 ||
        memcmp(arp.sender_hwaddr, own, ETH_ALEN) == 0)
        return FALSE;
    out->via = MP_VIA_ARP;
    out->from = arp.sender;
    memcpy(out->hwaddr, arp.sender_hwaddr, ETH_ALEN);
    return TRUE;
}

static gboolean answer_parse(const MpProbes *probes, MpProbeWay way, const MpInboxPacket *packet,
                             MpProbeAnswer *out)
{
    switch (way) {
    case MP_PROBE_ICMP:
        return icmp_parse(probes, packet, out);
    case MP_PROBE_ICMP6:
        return icmp6_parse(probes, packet, out);
    default:
        return arp_parse(probes, packet, out);
    }
}

static void probes_tell(MpProbes *probes, MpProbeWay way, guint n)
{
    MpInboxPacket packet = mp_inbox_packet(&probes->inbox, n);
    MpEvent event = {.kind = MP_EVENT_PROBE_ANSWER, .index = packet.index};
    MpProbeAnswer answer = {.index = packet.index};
    if (packet.index == 0 || !answer_parse(probes, way, &packet, &answer))
        return;
    answer.received_us = mp_stamp_convert(&probes->clocks[way], packet.stamp_us);
    event.answer = answer;
    probes->tell(&event, probes->user_data);
}

void mp_probes_read(MpProbes *probes, MpProbeWay way)
{
    MpStampClock *clock = &probes->clocks[way];
    guint n = MP_INBOX_ROOM;
    if (probes->fds[way] < 0)
        return;
    for (guint total = 0; n == MP_INBOX_ROOM && total < READ_MAX; total += n) {
        n = mp_inbox_receive(&probes->inbox, probes->fds[way]);
        /* The wall clock first: when we are held up in between, an answer seems later, not sooner
         * than it was sent for. */
        gint64 wall_us = g_get_real_time();
        mp_stamp_clock_read(clock, wall_us, g_get_monotonic_time());
        for (guint i = 0; i < n; i++)
            probes_tell(probes, way, i);
    }
    if (n < MP_INBOX_ROOM)
        mp_stamp_clock_emptied(clock);
}

void mp_probes_forget(MpProbes *probes, guint index)
{
    g_hash_table_remove(probes->hwaddrs, GUINT_TO_POINTER(index));
}
