/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "announce.h"
#include "error.h"
#include "frame.h"
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define CHUNK 1024 /* frames a system call: UIO_MAXIOV */
#define FRAMES_PER_ADDRESS_MAX (2 + MP_ANNOUNCE_PEERS_MAX)
#define SEND_BUFFER (8 << 20) /* holds a volley of thousands, as a full one is not waited for */

/* All memory that a volley needs, so that sending allocates none. */
struct MpAnnouncer {
    int socket;
    guint n;
    guint sent;
    guint8 frames[CHUNK][MP_FRAME_MAX];
    struct sockaddr_ll to[CHUNK];
    struct iovec parts[CHUNK];
    struct mmsghdr messages[CHUNK];
};

MpAnnouncer *mp_announcer_new(GError **error)
{
    g_autoptr(MpAnnouncer) announcer = g_new0(MpAnnouncer, 1);
    /* Protocol 0: it receives nothing. */
    announcer->socket = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (announcer->socket < 0) {
        g_set_error(error, MP_ERROR, MP_ERROR_KERNEL, "cannot open a packet socket: %s",
                    g_strerror(errno));
        return NULL;
    }
    int size = SEND_BUFFER;
    if (setsockopt(announcer->socket, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof size) < 0)
        setsockopt(announcer->socket, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    return g_steal_pointer(&announcer);
}

void mp_announcer_free(MpAnnouncer *announcer)
{
    if (announcer->socket >= 0)
        close(announcer->socket);
    g_free(announcer);
}

static void announcer_flush(MpAnnouncer *announcer)
{
    guint done = 0;
    while (done < announcer->n) {
        int sent = sendmmsg(announcer->socket, announcer->messages + done, announcer->n - done,
                            MSG_DONTWAIT);
        if (sent > 0)
            announcer->sent += (guint)sent;
        /* One that fails stops the call: its device is down or gone, the next may be another's. */
        done += sent > 0 ? (guint)sent : 1;
    }
    announcer->n = 0;
}

/* Room for the next frame; the caller has flushed when there was none. */
static guint8 *announcer_next(MpAnnouncer *announcer)
{
    return announcer->frames[announcer->n];
}

static void announcer_commit(MpAnnouncer *announcer, guint index, guint16 protocol, guint size)
{
    guint i = announcer->n++;
    const guint8 *frame = announcer->frames[i];
    announcer->to[i] = (struct sockaddr_ll){
        .sll_family = AF_PACKET,
        .sll_protocol = htons(protocol),
        .sll_ifindex = (int)index,
        .sll_halen = ETH_ALEN,
    };
    memcpy(announcer->to[i].sll_addr, frame, ETH_ALEN);
    announcer->parts[i] = (struct iovec){announcer->frames[i], size};
    announcer->messages[i] = (struct mmsghdr){.msg_hdr = {
                                                  .msg_name = &announcer->to[i],
                                                  .msg_namelen = sizeof announcer->to[i],
                                                  .msg_iov = &announcer->parts[i],
                                                  .msg_iovlen = 1,
                                              }};
}

static void announce_arp(MpAnnouncer *announcer, const MpAction *action, MpFrameArp operation,
                         const MpAddress *target)
{
    guint size = mp_frame_arp(announcer_next(announcer), operation, action->announce.hwaddr,
                              &action->announce.address, target);
    announcer_commit(announcer, action->announce.index, ETH_P_ARP, size);
}

/* What nearly every neighbour learns from. */
static void announce_first(MpAnnouncer *announcer, const MpAction *action)
{
    const MpAddress *own = &action->announce.address;
    if (own->family == MP_IPV4) {
        announce_arp(announcer, action, MP_FRAME_ARP_REQUEST, own);
        return;
    }
    guint size =
        mp_frame_neighbour_advertisement(announcer_next(announcer), action->announce.hwaddr, own);
    announcer_commit(announcer, action->announce.index, ETH_P_IPV6, size);
}

/* For those that do not learn from that. */
static void announce_rest(MpAnnouncer *announcer, const MpAction *action)
{
    const MpAddress *own = &action->announce.address;
    if (own->family == MP_IPV4)
        announce_arp(announcer, action, MP_FRAME_ARP_REPLY, own);
    for (guint i = 0; i < action->announce.n_peers; i++) {
        const MpAddress *peer = &action->announce.peers[i];
        if (own->family == MP_IPV4) {
            announce_arp(announcer, action, MP_FRAME_ARP_REQUEST, peer);
            continue;
        }
        guint size = mp_frame_neighbour_solicitation(announcer_next(announcer),
                                                     action->announce.hwaddr, own, peer);
        announcer_commit(announcer, action->announce.index, ETH_P_IPV6, size);
    }
}

static void announce_all(MpAnnouncer *announcer, const MpAction *announcements, guint n,
                         void (*announce)(MpAnnouncer *, const MpAction *))
{
    for (guint i = 0; i < n; i++) {
        const MpAction *action = &announcements[i];
        if (action->kind != MP_ACTION_ANNOUNCE || action->announce.hwaddr_len != ETH_ALEN ||
            mp_address_is_none(&action->announce.address))
            continue;
        if (announcer->n + FRAMES_PER_ADDRESS_MAX > CHUNK)
            announcer_flush(announcer);
        announce(announcer, action);
    }
}

/* One word about each address before a second one about any: of a thousand the last waits for a
 * thousand frames, not for all of them. */
guint mp_announcer_send(MpAnnouncer *announcer, const MpAction *announcements, guint n)
{
    announcer->sent = 0;
    announce_all(announcer, announcements, n, announce_first);
    announce_all(announcer, announcements, n, announce_rest);
    announcer_flush(announcer);
    return announcer->sent;
}
