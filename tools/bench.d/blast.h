/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the modes of blast share. All times are microseconds of CLOCK_MONOTONIC, so that they can be
 * compared with those of other programs on the machine. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

typedef struct {
    struct sockaddr_storage address;
    socklen_t length;
} BlastPeer;

int64_t blast_now_us(void);
/* Numeric address and port, or exit with a message. */
BlastPeer blast_peer_parse(const char *address, const char *port);
/* Exits with a message that names what was tried. */
void blast_fail(const char *what) __attribute__((noreturn));
void blast_say_ready(void);
/* SIGTERM and SIGINT were seen: finish and report. */
bool blast_is_stopped(void);
/* SIGUSR1 was seen since the last call: report, go on. */
bool blast_is_asked(void);

int blast_udp_echo(const BlastPeer *local);
int blast_udp_send(const BlastPeer *peer, const char *source, double rate, double seconds);
int blast_tcp_echo(const BlastPeer *local);
int blast_tcp_talk(const BlastPeer *peer, const char *source, double rate, double seconds);
