/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Ethernet frames that tell neighbours where an address lives: pure byte builders. */
#pragma once

#include "address.h"

#define MP_FRAME_MAX 86
#define MP_FRAME_ARP_SIZE 42
#define MP_FRAME_ND_SIZE 86

typedef enum {
    MP_FRAME_ARP_REQUEST = 1,
    MP_FRAME_ARP_REPLY = 2,
} MpFrameArp;

/* RFC 826, broadcast: `sender` is at `hwaddr`, asked of (told to) `target`. With target == sender
 * it is gratuitous (RFC 5227); then a reply names hwaddr as its target hardware address, without
 * which Linux does not take it for gratuitous. Returns the size. */
guint mp_frame_arp(guint8 out[MP_FRAME_MAX], MpFrameArp operation, const guint8 hwaddr[6],
                   const MpAddress *sender, const MpAddress *target);
/* RFC 4861, 7.2.6: unsolicited neighbour advertisement to all nodes, with the override flag and
 * the target link-layer address. Returns the size. */
guint mp_frame_neighbour_advertisement(guint8 out[MP_FRAME_MAX], const guint8 hwaddr[6],
                                       const MpAddress *address);
/* RFC 4861, 7.2.2: neighbour solicitation for `target`, to its solicited-node multicast address,
 * from `address` at `hwaddr`: whoever has the target learns where the sender is. Returns the size.
 */
guint mp_frame_neighbour_solicitation(guint8 out[MP_FRAME_MAX], const guint8 hwaddr[6],
                                      const MpAddress *address, const MpAddress *target);
