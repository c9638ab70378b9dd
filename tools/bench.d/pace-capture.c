/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How late probes leave, seen from outside. Each device's probe is due at some moment of the second
 * half of its interval, on a grid of ticks that all devices share, and all that is due is sent with
 * one wake-up. So each was at least as late as what is left over of the tick, and as what it is
 * behind the end of its half; and at most as late as the time since the wake-up before, which would
 * have sent it, and as what it is behind the begin of its half. That begin is found as the first
 * moment of an interval at which the device ever sent. */
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
#define FRAMES_MAX (2u << 20)
#define WAKE_UP_NS 200000 /* a longer pause than this and the next frame is of another wake-up */

typedef struct {
    int64_t at_ns;
    int64_t wake_up_ns;  /* first frame of its wake-up */
    int64_t previous_ns; /* first frame of the wake-up before, 0 for none */
    int device;
} Frame;

typedef struct {
    Frame *frames;
    uint64_t n, wake_ups, beyond; /* beyond: there was no room for so many */
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

static void watch_frame(Watch *watch, int64_t at_ns, int device)
{
    Frame *frame = &watch->frames[watch->n];
    const Frame *last = watch->n > 0 ? frame - 1 : NULL;

    if (watch->n == FRAMES_MAX) {
        watch->beyond++;
        return;
    }
    *frame = (Frame){at_ns, at_ns, 0, device};
    if (last != NULL && at_ns - last->at_ns <= WAKE_UP_NS) {
        frame->wake_up_ns = last->wake_up_ns;
        frame->previous_ns = last->previous_ns;
    } else {
        frame->previous_ns = last == NULL ? 0 : last->wake_up_ns;
        watch->wake_ups++;
    }
    watch->n++;
}

static void drain(int socket, Watch *watch, int64_t offset_ns)
{
    char data[64], control[256];
    struct sockaddr_ll from;

    for (;;) {
        struct iovec part = {data, sizeof data};
        struct msghdr message = {.msg_name = &from,
                                 .msg_namelen = sizeof from,
                                 .msg_iov = &part,
                                 .msg_iovlen = 1,
                                 .msg_control = control,
                                 .msg_controllen = sizeof control};
        int64_t stamp;

        if (recvmsg(socket, &message, 0) < 0)
            return;
        stamp = stamp_of(&message);
        if (stamp != 0)
            watch_frame(watch, stamp - offset_ns, from.sll_ifindex);
    }
}

static int64_t period_ns; /* for the comparison, which is given nothing else */

static int compare_phases(const void *a, const void *b)
{
    const Frame *left = *(Frame *const *)a, *right = *(Frame *const *)b;
    int64_t one = left->at_ns % period_ns, other = right->at_ns % period_ns;

    if (left->device != right->device)
        return left->device < right->device ? -1 : 1;
    return (one > other) - (one < other);
}

/* In a circle of moments the half in which the device sends begins behind the longest pause. */
static int64_t half_begin(Frame *const *frames, uint64_t n)
{
    int64_t longest = -1, begin = 0, last = frames[n - 1]->at_ns % period_ns - period_ns;

    for (uint64_t i = 0; i < n; i++) {
        int64_t phase = frames[i]->at_ns % period_ns;

        if (phase - last > longest) {
            longest = phase - last;
            begin = phase;
        }
        last = phase;
    }
    return begin;
}

static void judge(const Frame *frame, int64_t begin, int64_t tick_ns, PaceSample *least,
                  PaceSample *most)
{
    int64_t into_tick = frame->at_ns % tick_ns;
    int64_t into_half = (frame->at_ns % period_ns - begin + period_ns) % period_ns;
    int64_t since = frame->at_ns - frame->previous_ns;
    int64_t low = into_half - period_ns / 2, high = into_tick;

    if (frame->previous_ns == 0)
        return;
    if (since > tick_ns)
        high += (since - into_tick) / tick_ns * tick_ns;
    if (high > into_half)
        high = into_half;
    if (low < into_tick)
        low = into_tick;
    pace_sample_add(least, (uint64_t)low / 1000);
    pace_sample_add(most, (uint64_t)(high > low ? high : low) / 1000);
}

static void judge_all(Watch *watch, int64_t tick_ns, PaceSample *least, PaceSample *most)
{
    Frame **sorted = calloc(watch->n + 1, sizeof(Frame *));

    if (sorted == NULL)
        pace_fail("memory");
    for (uint64_t i = 0; i < watch->n; i++)
        sorted[i] = &watch->frames[i];
    qsort(sorted, watch->n, sizeof(Frame *), compare_phases);
    for (uint64_t first = 0, next; first < watch->n; first = next) {
        int64_t begin;

        for (next = first; next < watch->n && sorted[next]->device == sorted[first]->device;)
            next++;
        begin = half_begin(sorted + first, next - first);
        for (uint64_t i = first; i < next; i++)
            judge(sorted[i], begin, tick_ns, least, most);
    }
    free(sorted);
}

static void report(Watch *watch, int64_t tick_ns, unsigned dropped, int64_t shift_ns)
{
    PaceSample least, most;

    pace_sample_init(&least);
    pace_sample_init(&most);
    judge_all(watch, tick_ns, &least, &most);
    printf(
        "{\"frames\": %llu, \"wake_ups\": %llu, \"dropped\": %llu, \"clock_shift_us\": %lld, "
        "\"median_us\": %u, \"p999_us\": %u, \"least_worst_us\": %llu, \"most_worst_us\": %llu}\n",
        (unsigned long long)least.count, (unsigned long long)watch->wake_ups,
        (unsigned long long)(dropped + watch->beyond), (long long)shift_ns / 1000,
        pace_sample_quantile(&most, 0.5), pace_sample_quantile(&most, 0.999),
        (unsigned long long)least.worst, (unsigned long long)most.worst);
    pace_sample_clear(&least);
    pace_sample_clear(&most);
}

int pace_capture(int64_t tick_us, int64_t interval_us)
{
    Watch watch = {.frames = calloc(FRAMES_MAX, sizeof *watch.frames)};
    struct timespec pause = {0, DRAIN_NS};
    int fd = socket_open();
    int64_t offset = clock_offset_ns();
    struct tpacket_stats counted = {0};
    socklen_t length = sizeof counted;

    if (watch.frames == NULL)
        pace_fail("memory");
    period_ns = interval_us * 1000;
    pace_say_ready();
    while (!pace_is_stopped()) {
        nanosleep(&pause, NULL);
        drain(fd, &watch, offset);
    }
    drain(fd, &watch, offset);
    if (getsockopt(fd, SOL_PACKET, PACKET_STATISTICS, &counted, &length) < 0)
        pace_fail("PACKET_STATISTICS");
    report(&watch, tick_us * 1000, counted.tp_drops, clock_offset_ns() - offset);
    close(fd);
    free(watch.frames);
    return 0;
}
