/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "arp.h"

#include <string.h>

/* Ethernet, IPv4, and the lengths of their addresses. */
static const guint8 preamble[] = {0, 1, 0x08, 0x00, 6, 4};

static MpAddress ipv4(const guint8 *bytes)
{
    MpAddress address = {.family = MP_IPV4, .prefix = 32};

    memcpy(address.bytes, bytes, 4);
    return address;
}

MpArp mp_arp_request(const guint8 hwaddr[6], const MpAddress *sender, const MpAddress *target)
{
    MpArp arp = {.operation = MP_ARP_REQUEST};

    memcpy(arp.sender_hwaddr, hwaddr, 6);
    arp.sender = ipv4(sender->bytes); /* of family 0 it is all zero */
    arp.target = ipv4(target->bytes);
    return arp;
}

void mp_arp_write(guint8 out[MP_ARP_SIZE], const MpArp *arp)
{
    memcpy(out, preamble, sizeof preamble);
    out[6] = 0;
    out[7] = (guint8)arp->operation;
    memcpy(out + 8, arp->sender_hwaddr, 6);
    memcpy(out + 14, arp->sender.bytes, 4);
    memcpy(out + 18, arp->target_hwaddr, 6);
    memcpy(out + 24, arp->target.bytes, 4);
}

MpWire mp_arp_read(const guint8 *bytes, gsize size, MpArp *out)
{
    if (size < MP_ARP_SIZE)
        return MP_WIRE_SHORT;
    if (memcmp(bytes, preamble, sizeof preamble) != 0)
        return MP_WIRE_MALFORMED;
    if (bytes[6] != 0 || (bytes[7] != MP_ARP_REQUEST && bytes[7] != MP_ARP_REPLY))
        return MP_WIRE_FOREIGN;
    out->operation = (MpArpOperation)bytes[7];
    memcpy(out->sender_hwaddr, bytes + 8, 6);
    out->sender = ipv4(bytes + 14);
    memcpy(out->target_hwaddr, bytes + 18, 6);
    out->target = ipv4(bytes + 24);
    return MP_WIRE_OK;
}

static gboolean hwaddr_is_unicast(const guint8 hwaddr[6])
{
    static const guint8 none[6] = {0};

    return (hwaddr[0] & 1) == 0 && memcmp(hwaddr, none, 6) != 0;
}

gboolean mp_arp_answers(const MpArp *reply, const MpArp *request, const guint8 *expected)
{
    return reply->operation == MP_ARP_REPLY &&
           mp_address_equal_host(&reply->sender, &request->target) &&
           mp_address_equal_host(&reply->target, &request->sender) &&
           memcmp(reply->target_hwaddr, request->sender_hwaddr, 6) == 0 &&
           hwaddr_is_unicast(reply->sender_hwaddr) &&
           memcmp(reply->sender_hwaddr, request->sender_hwaddr, 6) != 0 &&
           (expected == NULL || memcmp(reply->sender_hwaddr, expected, 6) == 0);
}
