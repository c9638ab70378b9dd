/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* UDP: numbered packets at a fixed rate; the other end puts its own count into each answer, so that
 * the sender can tell which way a packet was lost. */
#include "blast.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define BUFFER_BYTES (8 << 20)
#define ANSWER_WAIT_US 300000

typedef struct {
    int64_t run;       /* which run of the sender it is: a new one starts the count anew */
    uint32_t sequence; /* of the sender, from 0 */
    uint32_t count;    /* of the answerer: packets it has had, this one included */
    uint32_t refused;  /* of the answerer: answers that its kernel would not send */
    uint32_t padding;
} Packet;

typedef struct {
    int fd;
    int64_t run;
    uint32_t n_planned;
    _Atomic uint32_t n_sent;
    _Atomic uint32_t n_answered;
    _Atomic uint32_t refused_there;
    uint32_t refused_here;
    atomic_bool done;
    int64_t start_us;
    double rate;
    int64_t *sent_us;
    int64_t *answered_us;     /* 0 = never */
    _Atomic uint32_t *counts; /* 0 = never */
} Sender;

static int udp_socket(int family)
{
    int size = BUFFER_BYTES;
    int fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    if (fd < 0)
        blast_fail("socket");
    /* A stalled processor must not look like a lost packet. */
    setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size);
    setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof size);
    return fd;
}

int blast_udp_echo(const BlastPeer *local)
{
    struct timeval wait = {.tv_usec = 50000};
    int fd = udp_socket(local->address.ss_family);
    int64_t run = 0;
    uint32_t count = 0, refused = 0;

    if (bind(fd, (const struct sockaddr *)&local->address, local->length) < 0)
        blast_fail("bind");
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
    blast_say_ready();
    while (!blast_is_stopped()) {
        BlastPeer from = {.length = sizeof from.address};
        Packet packet;
        ssize_t n =
            recvfrom(fd, &packet, sizeof packet, 0, (struct sockaddr *)&from.address, &from.length);

        if (n != sizeof packet)
            continue;
        if (packet.run != run) {
            run = packet.run;
            count = refused = 0;
        }
        packet.count = ++count;
        packet.refused = refused;
        if (sendto(fd, &packet, sizeof packet, 0, (struct sockaddr *)&from.address, from.length) <
            0)
            refused++;
    }
    close(fd);
    return 0;
}

static void *receive_answers(void *data)
{
    Sender *sender = data;
    Packet packet;

    while (!atomic_load(&sender->done)) {
        ssize_t n = recv(sender->fd, &packet, sizeof packet, 0);

        if (n != sizeof packet || packet.run != sender->run || packet.sequence >= sender->n_planned)
            continue;
        if (atomic_load(&sender->counts[packet.sequence]) != 0)
            continue;
        sender->answered_us[packet.sequence] = blast_now_us();
        atomic_store(&sender->counts[packet.sequence], packet.count);
        atomic_store(&sender->refused_there, packet.refused);
        atomic_fetch_add(&sender->n_answered, 1);
    }
    return NULL;
}

/* One line for each run of lost packets: when the first of them was sent, how many, how many of
 * them on the way there, and how long no answer came. */
static void print_gap(const Sender *sender, uint32_t first, uint32_t next, uint32_t forward,
                      bool more)
{
    int64_t before = first > 0 ? sender->answered_us[first - 1] : sender->start_us;
    int64_t after = sender->answered_us[next];

    printf("%s{\"at_us\":%lld,\"lost\":%u,\"forward\":%u,\"backward\":%u,\"silence_us\":%lld}",
           more ? "," : "", (long long)sender->sent_us[first], next - first, forward,
           next - first - forward, (long long)(after - before));
}

static void report(const Sender *sender)
{
    uint32_t n = atomic_load(&sender->n_sent);
    uint32_t lost = 0, forward = 0, longest = 0, last_count = 0, expected = 0;
    int64_t slowest_us = 0;
    bool more = false;

    while (n > 0 && atomic_load(&sender->counts[n - 1]) == 0)
        n--; /* the end is told as "unanswered": it may be still under way */
    expected = atomic_load(&sender->n_sent) - n;
    printf("{\"gaps\":[");
    for (uint32_t i = 0, first = 0; i < n; i++) {
        uint32_t count = atomic_load(&sender->counts[i]);

        if (count == 0)
            continue;
        if (i > first) {
            uint32_t gone = i - first;
            uint32_t arrived = count - last_count - 1;
            uint32_t there = gone > arrived ? gone - arrived : 0;

            print_gap(sender, first, i, there, more);
            more = true;
            lost += gone;
            forward += there;
            longest = gone > longest ? gone : longest;
        }
        if (sender->answered_us[i] - sender->sent_us[i] > slowest_us)
            slowest_us = sender->answered_us[i] - sender->sent_us[i];
        last_count = count;
        first = i + 1;
    }
    printf("],\"sent\":%u,\"answered\":%u,\"unanswered\":%u,\"lost\":%u,\"forward\":%u,"
           "\"backward\":%u,\"longest\":%u,\"refused_here\":%u,\"refused_there\":%u,"
           "\"slowest_us\":%lld,\"start_us\":%lld,\"rate\":%g}\n",
           n + expected, atomic_load(&sender->n_answered), expected, lost, forward, lost - forward,
           longest, sender->refused_here, atomic_load(&sender->refused_there),
           (long long)slowest_us, (long long)sender->start_us, sender->rate);
    fflush(stdout);
}

static void sleep_until(int64_t due_us)
{
    struct timespec due = {.tv_sec = due_us / 1000000, .tv_nsec = due_us % 1000000 * 1000};

    /* a signal may cut it short: the packet is then a little early, the next one on time again */
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &due, NULL);
}

static void send_all(Sender *sender)
{
    sender->start_us = blast_now_us();
    for (uint32_t i = 0; i < sender->n_planned && !blast_is_stopped(); i++) {
        int64_t due_us = sender->start_us + (int64_t)(i * 1e6 / sender->rate);
        Packet packet = {.run = sender->run, .sequence = i};

        if (due_us > blast_now_us() + 20)
            sleep_until(due_us);
        sender->sent_us[i] = blast_now_us();
        if (send(sender->fd, &packet, sizeof packet, 0) < 0)
            sender->refused_here++;
        atomic_store(&sender->n_sent, i + 1);
        if (blast_is_asked())
            report(sender);
    }
}

static void wait_for_answers(const Sender *sender)
{
    int64_t until_us = blast_now_us() + ANSWER_WAIT_US;

    while (blast_now_us() < until_us &&
           atomic_load(&sender->n_answered) < atomic_load(&sender->n_sent))
        sleep_until(blast_now_us() + 2000);
}

static void udp_connect(int fd, const BlastPeer *peer, const char *source)
{
    struct timeval wait = {.tv_usec = 50000};

    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
    if (source) {
        BlastPeer local = blast_peer_parse(source, "0");

        if (bind(fd, (struct sockaddr *)&local.address, local.length) < 0)
            blast_fail("bind");
    }
    if (connect(fd, (const struct sockaddr *)&peer->address, peer->length) < 0)
        blast_fail("connect");
}

int blast_udp_send(const BlastPeer *peer, const char *source, double rate, double seconds)
{
    Sender sender = {.rate = rate, .run = blast_now_us(), .n_planned = (uint32_t)(rate * seconds)};
    pthread_t receiver;

    sender.fd = udp_socket(peer->address.ss_family);
    udp_connect(sender.fd, peer, source);
    sender.sent_us = calloc(sender.n_planned, sizeof *sender.sent_us);
    sender.answered_us = calloc(sender.n_planned, sizeof *sender.answered_us);
    sender.counts = calloc(sender.n_planned, sizeof *sender.counts);
    if (!sender.sent_us || !sender.answered_us || !sender.counts)
        blast_fail("memory");
    if ((errno = pthread_create(&receiver, NULL, receive_answers, &sender)) != 0)
        blast_fail("thread");
    blast_say_ready();
    send_all(&sender);
    wait_for_answers(&sender);
    atomic_store(&sender.done, true);
    pthread_join(receiver, NULL);
    report(&sender);
    free(sender.sent_us);
    free(sender.answered_us);
    free(sender.counts);
    close(sender.fd);
    return 0;
}
