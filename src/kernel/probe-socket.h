/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The sockets that probes leave by and answers come in by: one for each way, for all interfaces.
 *
 * A filter in the kernel lets in what can be an answer to a probe of this door and nothing else;
 * whoever pings on this host does not wake us. */
#pragma once

#include <glib.h>
#include <sys/socket.h>

typedef enum { MP_PROBE_ICMP, MP_PROBE_ICMP6, MP_PROBE_ARP } MpProbeWay;
#define MP_N_PROBE_WAYS 3

#define MP_INBOX_ROOM 64     /* packets a system call */
#define MP_INBOX_BYTES 128   /* more than the longest IPv4 header and an echo */
#define MP_INBOX_CONTROL 128 /* packet info and the stamp */
#define MP_PROBE_TTL 1       /* nothing of ours passes a router, nor comes back through one */

/* All memory that a reading needs. */
typedef struct {
    guint8 bytes[MP_INBOX_ROOM][MP_INBOX_BYTES];
    struct sockaddr_storage from[MP_INBOX_ROOM];
    struct {
        guint8 data[MP_INBOX_CONTROL];
    } __attribute__((aligned(8))) control[MP_INBOX_ROOM];
    struct iovec parts[MP_INBOX_ROOM];
    struct mmsghdr messages[MP_INBOX_ROOM];
} MpInbox;

/* One packet in it. */
typedef struct {
    const guint8 *bytes;
    gsize size;
    guint index;                         /* of the device, 0 = not told */
    const struct sockaddr_storage *from; /* of the socket's family */
    gint64 stamp_us;                     /* the wall clock's, 0 = not told */
} MpInboxPacket;

/* Never blocks. -1 and errno. `identifier`: of the echoes that are to come in. */
int mp_probe_socket_open(MpProbeWay way, guint16 identifier);

void mp_inbox_init(MpInbox *inbox);
/* How many came in; fewer than MP_INBOX_ROOM: the socket is empty now. */
guint mp_inbox_receive(MpInbox *inbox, int fd);
MpInboxPacket mp_inbox_packet(const MpInbox *inbox, guint n);
