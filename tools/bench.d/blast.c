/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* blast: a steady stream of packets and how many of them came through, told as JSON.
 *
 *   blast udp-echo ADDRESS PORT                          answer every packet, until SIGTERM
 *   blast udp ADDRESS PORT [RATE [SECONDS [SOURCE]]]     RATE packets a second there and back
 *   blast tcp-echo ADDRESS PORT                          the same on connections
 *   blast tcp ADDRESS PORT [RATE [SECONDS [SOURCE]]]     one connection, RATE rounds a second
 *
 * Each says "ready" once it listens to signals and has its socket; then SIGTERM ends with the
 * report, SIGUSR1 asks for one in between. */
#include "blast.h"

#include <errno.h>
#include <netdb.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static volatile sig_atomic_t stopped;
static volatile sig_atomic_t asked;

static void on_stop(int number)
{
    stopped = 1;
}

static void on_ask(int number)
{
    asked = 1;
}

int64_t blast_now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

void blast_fail(const char *what)
{
    fprintf(stderr, "blast: %s: %s\n", what, strerror(errno));
    exit(1);
}

void blast_say_ready(void)
{
    printf("ready\n");
    fflush(stdout);
}

bool blast_is_stopped(void)
{
    return stopped != 0;
}

bool blast_is_asked(void)
{
    bool was_asked = asked != 0;

    asked = 0;
    return was_asked;
}

BlastPeer blast_peer_parse(const char *address, const char *port)
{
    struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
                             .ai_socktype = SOCK_DGRAM};
    struct addrinfo *found = NULL;
    BlastPeer peer = {0};
    int status = getaddrinfo(address, port, &hints, &found);

    if (status != 0) {
        fprintf(stderr, "blast: %s port %s: %s\n", address, port, gai_strerror(status));
        exit(2);
    }
    memcpy(&peer.address, found->ai_addr, found->ai_addrlen);
    peer.length = found->ai_addrlen;
    freeaddrinfo(found);
    return peer;
}

static void handle_signals(void)
{
    struct sigaction stop = {.sa_handler = on_stop};
    struct sigaction ask = {.sa_handler = on_ask};

    sigaction(SIGTERM, &stop, NULL);
    sigaction(SIGINT, &stop, NULL);
    sigaction(SIGUSR1, &ask, NULL);
    signal(SIGPIPE, SIG_IGN);
}

static double number_argument(int n_args, char **args, int position, double otherwise, double least)
{
    char *end = NULL;
    double value;

    if (position >= n_args)
        return otherwise;
    value = strtod(args[position], &end);
    if (*end != '\0' || value < least) {
        fprintf(stderr, "blast: '%s' is not a number of at least %g\n", args[position], least);
        exit(2);
    }
    return value;
}

int main(int n_args, char **args)
{
    BlastPeer peer;
    const char *source = n_args > 6 ? args[6] : NULL;
    double rate, seconds;

    if (n_args < 4 || n_args > 7) {
        fprintf(stderr,
                "usage: blast udp-echo|udp|tcp-echo|tcp ADDRESS PORT [RATE [SECONDS [SOURCE]]]\n");
        return 2;
    }
    peer = blast_peer_parse(args[2], args[3]);
    rate = number_argument(n_args, args, 4, 1000, 0.1);
    seconds = number_argument(n_args, args, 5, 600, 0.1);
    handle_signals();
    if (strcmp(args[1], "udp-echo") == 0)
        return blast_udp_echo(&peer);
    if (strcmp(args[1], "udp") == 0)
        return blast_udp_send(&peer, source, rate, seconds);
    if (strcmp(args[1], "tcp-echo") == 0)
        return blast_tcp_echo(&peer);
    if (strcmp(args[1], "tcp") == 0)
        return blast_tcp_talk(&peer, source, rate, seconds);
    fprintf(stderr, "blast: '%s' is none of udp-echo, udp, tcp-echo, tcp\n", args[1]);
    return 2;
}
