/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How late probes leave, seen from outside. The service plans each for a multiple of a tick and
 * sends all that is due with one wake-up: so what is left over of the tick is how late a probe was,
 * unless it was late by more than a tick. Then it was certainly due after the wake-up before, for
 * that one would have sent it. So there are two numbers: at least as late, at most as late; they
 * are the same whenever less than a tick has passed since the wake-up before. */
#include "pace.h"

#include <arpa/inet.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <netinet/ip_icmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define DRAIN_NS 20000000 /* how often the socket is emptied; the kernel has stamped by then */
#define SOCKET_BYTES (32 << 20)
#define WAKE_UP_NS 200000 /* a longer pause than this and the next frame is of another wake-up */

typedef struct {
    int64_t tick_ns;
    int64_t last_ns;     /* the frame before */
    int64_t wake_up_ns;  /* first frame of this wake-up */
    int64_t previous_ns; /* first frame of the one before, 0 for none */
    uint64_t wake_ups;
    PaceSample least, most; /* us */
} Watch;

/* Outgoing echo requests of IPv4, of which the network header is what the socket is given. */
static void filter_attach(int socket)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)(SKF_AD_OFF + SKF_AD_PKTTYPE)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PACKET_OUTGOING, 0, 8),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)(SKF_AD_OFF + SKF_AD_PROTOCOL)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETH_P_IP, 0, 6),
        BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 9),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_ICMP, 0, 4),
        BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 0),
        BPF_STMT(BPF_LD | BPF_B | BPF_IND, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ICMP_ECHO, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, 64),
        BPF_STMT(BPF_RET | BPF_K, 0),
    };
    struct sock_fprog program = {sizeof code / sizeof code[0], code};

    if (setsockopt(socket, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) < 0)
        pace_fail("the packet filter");
}

static int socket_open(void)
{
    /* No protocol until the filter is there: nothing else may come in. */
    int fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    struct sockaddr_ll all = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL)};
    int on = 1, bytes = SOCKET_BYTES;

    if (fd < 0)
        pace_fail("a packet socket");
    filter_attach(fd);
    if (setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on) < 0 ||
        setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof bytes) < 0 ||
        bind(fd, (struct sockaddr *)&all, sizeof all) < 0)
        pace_fail("the packet socket");
    return fd;
}

static int64_t clock_offset_ns(void)
{
    struct timespec wall;
    int64_t before = pace_now_ns();

    clock_gettime(CLOCK_REALTIME, &wall);
    return wall.tv_sec * PACE_NSEC_PER_SEC + wall.tv_nsec - (before + pace_now_ns()) / 2;
}

static int64_t stamp_of(struct msghdr *message)
{
    for (struct cmsghdr *part = CMSG_FIRSTHDR(message); part; part = CMSG_NXTHDR(message, part)) {
        if (part->cmsg_level == SOL_SOCKET && part->cmsg_type == SCM_TIMESTAMPNS) {
            const struct timespec *stamp = (const struct timespec *)CMSG_DATA(part);

            return stamp->tv_sec * PACE_NSEC_PER_SEC + stamp->tv_nsec;
        }
    }
    return 0;
}

static void watch_frame(Watch *watch, int64_t at_ns)
{
    int64_t least = at_ns % watch->tick_ns, most = least;

    if (at_ns - watch->last_ns > WAKE_UP_NS) {
        watch->previous_ns = watch->wake_up_ns;
        watch->wake_up_ns = at_ns;
        watch->wake_ups++;
    }
    watch->last_ns = at_ns;
    if (watch->previous_ns == 0)
        return;
    if (at_ns - watch->previous_ns > watch->tick_ns)
        most += (at_ns - watch->previous_ns - least) / watch->tick_ns * watch->tick_ns;
    pace_sample_add(&watch->least, (uint64_t)least / 1000);
    pace_sample_add(&watch->most, (uint64_t)most / 1000);
}

static void drain(int socket, Watch *watch, int64_t offset_ns)
{
    char frame[64], control[256];

    for (;;) {
        struct iovec part = {frame, sizeof frame};
        struct msghdr message = {.msg_iov = &part,
                                 .msg_iovlen = 1,
                                 .msg_control = control,
                                 .msg_controllen = sizeof control};
        int64_t stamp;

        if (recvmsg(socket, &message, 0) < 0)
            return;
        stamp = stamp_of(&message);
        if (stamp != 0)
            watch_frame(watch, stamp - offset_ns);
    }
}

int pace_capture(int64_t tick_us)
{
    Watch watch = {.tick_ns = tick_us * 1000};
    struct timespec pause = {0, DRAIN_NS};
    int fd = socket_open();
    int64_t offset = clock_offset_ns();
    struct tpacket_stats counted = {0};
    socklen_t length = sizeof counted;

    pace_sample_init(&watch.least);
    pace_sample_init(&watch.most);
    pace_say_ready();
    while (!pace_is_stopped()) {
        nanosleep(&pause, NULL);
        drain(fd, &watch, offset);
    }
    drain(fd, &watch, offset);
    if (getsockopt(fd, SOL_PACKET, PACKET_STATISTICS, &counted, &length) < 0)
        pace_fail("PACKET_STATISTICS");
    printf(
        "{\"frames\": %llu, \"wake_ups\": %llu, \"dropped\": %u, \"clock_shift_us\": %lld, "
        "\"median_us\": %u, \"p999_us\": %u, \"least_worst_us\": %llu, \"most_worst_us\": %llu}\n",
        (unsigned long long)watch.least.count, (unsigned long long)watch.wake_ups, counted.tp_drops,
        (long long)(clock_offset_ns() - offset) / 1000, pace_sample_quantile(&watch.least, 0.5),
        pace_sample_quantile(&watch.least, 0.999), (unsigned long long)watch.least.worst,
        (unsigned long long)watch.most.worst);
    close(fd);
    return 0;
}
