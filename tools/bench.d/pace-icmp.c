/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The least that a prober must do: a tick of 1 ms, what is due is sent, what came is taken. */
#include "pace.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/ip_icmp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define TICK_NS 1000000
#define PAYLOAD_BYTES 56

typedef struct {
    struct icmphdr header;
    char payload[PAYLOAD_BYTES];
} Echo;

typedef struct {
    int socket;
    struct sockaddr_in *targets;
    unsigned n_targets;
    uint64_t sent, refused, answered;
} Prober;

static void targets_parse(Prober *prober, char *const *targets, unsigned n)
{
    prober->targets = calloc(n, sizeof *prober->targets);
    if (prober->targets == NULL)
        pace_fail("memory");
    prober->n_targets = n;
    for (unsigned i = 0; i < n; i++) {
        prober->targets[i].sin_family = AF_INET;
        if (inet_pton(AF_INET, targets[i], &prober->targets[i].sin_addr) != 1) {
            fprintf(stderr, "pace: '%s' is not an IPv4 address\n", targets[i]);
            exit(2);
        }
    }
}

static void send_due(Prober *prober, uint64_t due)
{
    for (; prober->sent + prober->refused < due && !pace_is_stopped();) {
        uint64_t turn = prober->sent + prober->refused;
        const struct sockaddr_in *to = &prober->targets[turn % prober->n_targets];
        Echo echo = {.header = {.type = ICMP_ECHO, .un.echo.sequence = htons((uint16_t)turn)}};

        if (sendto(prober->socket, &echo, sizeof echo, 0, (const struct sockaddr *)to,
                   sizeof *to) == (ssize_t)sizeof echo)
            prober->sent++;
        else if (errno == EINTR)
            continue;
        else if (errno == EAGAIN || errno == ENOBUFS)
            prober->refused++;
        else
            pace_fail("an echo request");
    }
}

static void take_answers(Prober *prober)
{
    char answer[256];

    while (recv(prober->socket, answer, sizeof answer, 0) > 0)
        prober->answered++;
}

int pace_icmp(double rate, double seconds, char *const *targets, unsigned n_targets)
{
    Prober prober = {.socket =
                         socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_ICMP)};
    int bytes = 2 << 20;
    int timer = pace_timer_new(TICK_NS);
    struct pollfd polled[] = {{timer, POLLIN, 0}, {prober.socket, POLLIN, 0}};
    int64_t begin;

    if (prober.socket < 0)
        pace_fail("an ICMP socket (net.ipv4.ping_group_range)");
    if (setsockopt(prober.socket, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes) < 0)
        pace_fail("SO_RCVBUF");
    targets_parse(&prober, targets, n_targets);
    pace_say_ready();
    begin = pace_now_ns();
    while (!pace_is_stopped()) {
        uint64_t expired;
        double elapsed;

        if (poll(polled, 2, -1) < 0)
            continue;
        elapsed = (double)(pace_now_ns() - begin) / PACE_NSEC_PER_SEC;
        if (seconds > 0 && elapsed >= seconds)
            break;
        if (read(timer, &expired, sizeof expired) == (ssize_t)sizeof expired)
            send_due(&prober, (uint64_t)(elapsed * rate));
        take_answers(&prober);
    }
    printf("{\"seconds\": %.3f, \"sent\": %llu, \"refused\": %llu, \"answered\": %llu}\n",
           (double)(pace_now_ns() - begin) / PACE_NSEC_PER_SEC, (unsigned long long)prober.sent,
           (unsigned long long)prober.refused, (unsigned long long)prober.answered);
    close(timer);
    close(prober.socket);
    free(prober.targets);
    return 0;
}
