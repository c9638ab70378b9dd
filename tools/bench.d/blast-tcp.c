/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* TCP: one connection, a numbered word there and back in each round; a round that takes long is a
 * stall, a wrong word or an end of the connection is an error. */
#include "blast.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define MAX_CONNECTIONS 16
#define ROUND_LIMIT_US 20000000

typedef struct {
    int64_t rounds;
    int64_t stall_us; /* the longest */
    int64_t stall_at_us;
    int64_t last_us; /* when the last answer came */
    const char *error;
} Talk;

static void send_without_delay(int fd)
{
    int on = 1;

    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

static int listen_on(const BlastPeer *local)
{
    int on = 1;
    int fd = socket(local->address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0)
        blast_fail("socket");
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(fd, (const struct sockaddr *)&local->address, local->length) < 0)
        blast_fail("bind");
    if (listen(fd, MAX_CONNECTIONS) < 0)
        blast_fail("listen");
    blast_say_ready();
    return fd;
}

/* Returns false when the connection has ended. */
static bool echo_once(int fd)
{
    char bytes[4096];
    ssize_t n = recv(fd, bytes, sizeof bytes, 0);

    return n > 0 && send(fd, bytes, (size_t)n, 0) == n;
}

int blast_tcp_echo(const BlastPeer *local)
{
    struct pollfd polled[MAX_CONNECTIONS + 1] = {{.fd = listen_on(local), .events = POLLIN}};
    nfds_t n_polled = 1;

    while (!blast_is_stopped()) {
        if (poll(polled, n_polled, 50) <= 0)
            continue;
        for (nfds_t i = n_polled - 1; i > 0; i--)
            if (polled[i].revents != 0 && !echo_once(polled[i].fd)) {
                close(polled[i].fd);
                polled[i] = polled[--n_polled];
            }
        if (polled[0].revents != 0 && n_polled <= MAX_CONNECTIONS) {
            int fd = accept(polled[0].fd, NULL, NULL);

            if (fd < 0)
                continue;
            send_without_delay(fd);
            polled[n_polled++] = (struct pollfd){.fd = fd, .events = POLLIN};
        }
    }
    while (n_polled > 0)
        close(polled[--n_polled].fd);
    return 0;
}

static void print_talk(const Talk *talk)
{
    printf("{\"rounds\":%lld,\"stall_us\":%lld,\"stall_at_us\":%lld,\"last_us\":%lld,"
           "\"error\":\"%s\"}\n",
           (long long)talk->rounds, (long long)talk->stall_us, (long long)talk->stall_at_us,
           (long long)talk->last_us, talk->error ? talk->error : "");
    fflush(stdout);
}

/* Reads the answer, answering SIGUSR1 while it waits; NULL or what went wrong. */
static const char *read_answer(int fd, int64_t word, int64_t begun_us, const Talk *talk)
{
    int64_t answer = 0;
    size_t have = 0;

    while (have < sizeof answer) {
        ssize_t n = recv(fd, (char *)&answer + have, sizeof answer - have, 0);

        if (blast_is_asked())
            print_talk(talk);
        if (n == 0)
            return "the other end closed the connection";
        if (n < 0 && errno != EAGAIN && errno != EINTR)
            return strerror(errno);
        if (n < 0 && blast_now_us() - begun_us > ROUND_LIMIT_US)
            return "no answer in 20 s";
        have += n > 0 ? (size_t)n : 0;
    }
    return answer == word ? NULL : "a wrong answer";
}

static const char *talk_round(int fd, Talk *talk)
{
    int64_t begun_us = blast_now_us();
    int64_t word = talk->rounds + 1;
    const char *error;

    if (send(fd, &word, sizeof word, 0) != sizeof word)
        return strerror(errno);
    error = read_answer(fd, word, begun_us, talk);
    if (error)
        return error;
    talk->rounds++;
    talk->last_us = blast_now_us();
    if (talk->last_us - begun_us > talk->stall_us) {
        talk->stall_us = talk->last_us - begun_us;
        talk->stall_at_us = begun_us;
    }
    return NULL;
}

static int tcp_connect(const BlastPeer *peer, const char *source)
{
    struct timeval wait = {.tv_usec = 50000};
    int fd = socket(peer->address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0)
        blast_fail("socket");
    if (source) {
        BlastPeer local = blast_peer_parse(source, "0");

        if (bind(fd, (struct sockaddr *)&local.address, local.length) < 0)
            blast_fail("bind");
    }
    if (connect(fd, (const struct sockaddr *)&peer->address, peer->length) < 0)
        blast_fail("connect");
    send_without_delay(fd);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
    return fd;
}

int blast_tcp_talk(const BlastPeer *peer, const char *source, double rate, double seconds)
{
    int fd = tcp_connect(peer, source);
    int64_t end_us = blast_now_us() + (int64_t)(seconds * 1e6);
    struct timespec pause = {.tv_sec = (time_t)(1 / rate),
                             .tv_nsec = (long)(1e9 / rate) % 1000000000};
    Talk talk = {0};

    blast_say_ready();
    while (!blast_is_stopped() && !talk.error && blast_now_us() < end_us) {
        talk.error = talk_round(fd, &talk);
        if (blast_is_asked())
            print_talk(&talk);
        nanosleep(&pause, NULL);
    }
    print_talk(&talk);
    close(fd);
    return talk.error ? 1 : 0;
}
