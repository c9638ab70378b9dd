/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ARP for IPv4 over Ethernet as bytes (RFC 826), without the Ethernet header: a packet socket of
 * datagrams writes that. */
#pragma once

#include "echo.h"

#define MP_ARP_SIZE 28 /* bytes */

typedef enum { MP_ARP_REQUEST = 1, MP_ARP_REPLY = 2 } MpArpOperation;

typedef struct {
    MpArpOperation operation;
    guint8 sender_hwaddr[6];
    MpAddress sender; /* 0.0.0.0 in a probe of RFC 5227: no neighbour's table learns from it */
    guint8 target_hwaddr[6];
    MpAddress target;
} MpArp;

/* The request that asks who has `target`; `sender` of family 0: an RFC 5227 probe. */
MpArp mp_arp_request(const guint8 hwaddr[6], const MpAddress *sender, const MpAddress *target);
void mp_arp_write(guint8 out[MP_ARP_SIZE], const MpArp *arp);
/* Bytes after the 28th are padding of the frame. On anything but MP_WIRE_OK *out is left alone. */
MpWire mp_arp_read(const guint8 *bytes, gsize size, MpArp *out);
/* Whether `reply` answers `request`: from the address that was asked for, by a station that is not
 * ourselves, to us by both of our addresses. `expected`: the hardware address that the target is
 * known to have, NULL = not known. */
gboolean mp_arp_answers(const MpArp *reply, const MpArp *request, const guint8 *expected);
