/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "probe-socket.h"
#include "arp.h"

#include <netinet/in.h> /* before the kernel's own headers, which define less of the same */

#include <errno.h>
#include <linux/filter.h>
#include <linux/icmp.h>
#include <linux/if_arp.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <netinet/icmp6.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Probes to a target that is gone wait in the neighbour's queue for seconds and are charged to the
 * socket; with little room those of one interface would stop all others. */
#define SEND_BUFFER (16 << 20)
#define RECEIVE_BUFFER (8 << 20)

static gboolean option_set(int fd, int level, int name, int value)
{
    return setsockopt(fd, level, name, &value, sizeof value) == 0;
}

static gboolean options_common(int fd)
{
    /* What root may set, else what everybody may. */
    if (!option_set(fd, SOL_SOCKET, SO_SNDBUFFORCE, SEND_BUFFER))
        option_set(fd, SOL_SOCKET, SO_SNDBUF, SEND_BUFFER);
    if (!option_set(fd, SOL_SOCKET, SO_RCVBUFFORCE, RECEIVE_BUFFER))
        option_set(fd, SOL_SOCKET, SO_RCVBUF, RECEIVE_BUFFER);
    return option_set(fd, SOL_SOCKET, SO_TIMESTAMPNS, 1);
}

static gboolean filter_attach(int fd, struct sock_filter *code, guint n)
{
    struct sock_fprog program = {.len = (unsigned short)n, .filter = code};
    return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) == 0;
}

/* The IPv4 header comes first. */
static gboolean icmp_filter_attach(int fd, guint16 identifier)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 0), /* X: where the message begins */
        BPF_STMT(BPF_LD | BPF_H | BPF_IND, 4),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, identifier, 0, 6),
        BPF_STMT(BPF_LD | BPF_H | BPF_IND, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ICMP_ECHOREPLY << 8, 0, 4),
        BPF_STMT(BPF_LD | BPF_W | BPF_LEN, 0),
        BPF_STMT(BPF_ALU | BPF_SUB | BPF_X, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, MP_ECHO_SIZE, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, MP_INBOX_BYTES),
        BPF_STMT(BPF_RET | BPF_K, 0),
    };
    /* Bits are types that stay out. This one comes before the packet is even copied for us. */
    struct icmp_filter types = {.data = ~(1u << ICMP_ECHOREPLY)};
    return filter_attach(fd, code, G_N_ELEMENTS(code)) &&
           setsockopt(fd, SOL_RAW, ICMP_FILTER, &types, sizeof types) == 0;
}

static gboolean icmp6_filter_attach(int fd, guint16 identifier)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 4),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, identifier, 0, 5),
        BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ICMP6_ECHO_REPLY << 8, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_LEN, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, MP_ECHO_SIZE, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, MP_INBOX_BYTES),
        BPF_STMT(BPF_RET | BPF_K, 0),
    };
    struct icmp6_filter types;
    ICMP6_FILTER_SETBLOCKALL(&types);
    ICMP6_FILTER_SETPASS(ICMP6_ECHO_REPLY, &types);
    return filter_attach(fd, code, G_N_ELEMENTS(code)) &&
           setsockopt(fd, IPPROTO_ICMPV6, ICMP6_FILTER, &types, sizeof types) == 0;
}

/* Replies to a hardware address of ours; without the Ethernet header. */
static gboolean arp_filter_attach(int fd)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 6),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARPOP_REPLY, 0, 9),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (guint32)(SKF_AD_OFF + SKF_AD_PKTTYPE)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PACKET_HOST, 0, 7),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARPHRD_ETHER << 16 | ETH_P_IP, 0, 5),
        BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 4),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETH_ALEN << 8 | 4, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_LEN, 0),
        BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, MP_ARP_SIZE, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, MP_INBOX_BYTES),
        BPF_STMT(BPF_RET | BPF_K, 0),
    };
    return filter_attach(fd, code, G_N_ELEMENTS(code));
}

static gboolean icmp_set_up(int fd, guint16 identifier)
{
    return icmp_filter_attach(fd, identifier) && options_common(fd) &&
           option_set(fd, IPPROTO_IP, IP_PKTINFO, 1) &&
           /* Too short ever to be cut to pieces: no identification has to be drawn for it. */
           option_set(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_PROBE) &&
           option_set(fd, IPPROTO_IP, IP_TTL, MP_PROBE_TTL) &&
           option_set(fd, IPPROTO_IP, IP_MULTICAST_TTL, MP_PROBE_TTL) &&
           option_set(fd, IPPROTO_IP, IP_MULTICAST_LOOP, 0);
}

static gboolean icmp6_set_up(int fd, guint16 identifier)
{
    return icmp6_filter_attach(fd, identifier) && options_common(fd) &&
           option_set(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1) &&
           option_set(fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS, MP_PROBE_TTL) &&
           option_set(fd, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, MP_PROBE_TTL) &&
           option_set(fd, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, 0);
}

/* It was opened for no protocol: nothing comes in before the filter is there. */
static gboolean arp_set_up(int fd)
{
    struct sockaddr_ll all = {.sll_family = AF_PACKET, .sll_protocol = g_htons(ETH_P_ARP)};
    return arp_filter_attach(fd) && options_common(fd) &&
           bind(fd, (struct sockaddr *)&all, sizeof all) == 0;
}

static gboolean set_up(int fd, MpProbeWay way, guint16 identifier)
{
    switch (way) {
    case MP_PROBE_ICMP:
        return icmp_set_up(fd, identifier);
    case MP_PROBE_ICMP6:
        return icmp6_set_up(fd, identifier);
    default:
        return arp_set_up(fd);
    }
}

int mp_probe_socket_open(MpProbeWay way, guint16 identifier)
{
    static const struct {
        int family, type, protocol;
    } kinds[MP_N_PROBE_WAYS] = {
        [MP_PROBE_ICMP] = {AF_INET, SOCK_RAW, IPPROTO_ICMP},
        [MP_PROBE_ICMP6] = {AF_INET6, SOCK_RAW, IPPROTO_ICMPV6},
        [MP_PROBE_ARP] = {AF_PACKET, SOCK_DGRAM, 0},
    };
    int fd = socket(kinds[way].family, kinds[way].type | SOCK_CLOEXEC | SOCK_NONBLOCK,
                    kinds[way].protocol);
    if (fd < 0)
        return -1;
    if (!set_up(fd, way, identifier)) {
        int error = errno;
        close(fd);
        errno = error;
        return -1;
    }
    /* What came in before the filter was there. */
    guint8 byte;
    while (recv(fd, &byte, sizeof byte, MSG_DONTWAIT) >= 0)
        ;
    return fd;
}

void mp_inbox_init(MpInbox *inbox)
{
    for (guint i = 0; i < MP_INBOX_ROOM; i++) {
        inbox->parts[i] = (struct iovec){inbox->bytes[i], sizeof inbox->bytes[i]};
        inbox->messages[i].msg_hdr = (struct msghdr){
            .msg_name = &inbox->from[i],
            .msg_iov = &inbox->parts[i],
            .msg_iovlen = 1,
            .msg_control = &inbox->control[i],
        };
    }
}

guint mp_inbox_receive(MpInbox *inbox, int fd)
{
    for (guint i = 0; i < MP_INBOX_ROOM; i++) {
        inbox->messages[i].msg_hdr.msg_namelen = sizeof inbox->from[i];
        inbox->messages[i].msg_hdr.msg_controllen = sizeof inbox->control[i];
    }
    int received = recvmmsg(fd, inbox->messages, MP_INBOX_ROOM, MSG_DONTWAIT, NULL);
    return received > 0 ? (guint)received : 0;
}

static void control_read(const struct cmsghdr *control, MpInboxPacket *packet)
{
    const void *data = CMSG_DATA(control);
    if (control->cmsg_level == SOL_SOCKET && control->cmsg_type == SCM_TIMESTAMPNS) {
        struct timespec stamp;
        memcpy(&stamp, data, sizeof stamp);
        packet->stamp_us = (gint64)stamp.tv_sec * G_USEC_PER_SEC + stamp.tv_nsec / 1000;
    } else if (control->cmsg_level == IPPROTO_IP && control->cmsg_type == IP_PKTINFO) {
        struct in_pktinfo info;
        memcpy(&info, data, sizeof info);
        packet->index = (guint)info.ipi_ifindex;
    } else if (control->cmsg_level == IPPROTO_IPV6 && control->cmsg_type == IPV6_PKTINFO) {
        struct in6_pktinfo info;
        memcpy(&info, data, sizeof info);
        packet->index = info.ipi6_ifindex;
    }
}

MpInboxPacket mp_inbox_packet(const MpInbox *inbox, guint n)
{
    struct msghdr header = inbox->messages[n].msg_hdr;
    MpInboxPacket packet = {
        .bytes = inbox->bytes[n],
        .size = MIN(inbox->messages[n].msg_len, MP_INBOX_BYTES),
        .from = &inbox->from[n],
    };
    struct sockaddr_ll link;
    memcpy(&link, packet.from, sizeof link);
    if (link.sll_family == AF_PACKET)
        packet.index = (guint)link.sll_ifindex;
    for (struct cmsghdr *control = CMSG_FIRSTHDR(&header); control != NULL;
         control = CMSG_NXTHDR(&header, control))
        control_read(control, &packet);
    return packet;
}
