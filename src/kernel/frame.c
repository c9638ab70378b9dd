/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "frame.h"
#include <string.h>

typedef struct {
    guint8 *next;
} Writer;

static void write_bytes(Writer *writer, const void *data, gsize size)
{
    memcpy(writer->next, data, size);
    writer->next += size;
}

static void write_u16(Writer *writer, guint16 value)
{
    guint8 bytes[2] = {(guint8)(value >> 8), (guint8)value};
    write_bytes(writer, bytes, sizeof bytes);
}

static void write_ethernet(Writer *writer, const guint8 to[6], const guint8 from[6], guint16 type)
{
    write_bytes(writer, to, 6);
    write_bytes(writer, from, 6);
    write_u16(writer, type);
}

guint mp_frame_arp(guint8 out[MP_FRAME_MAX], MpFrameArp operation, const guint8 hwaddr[6],
                   const MpAddress *sender, const MpAddress *target)
{
    static const guint8 broadcast[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
    static const guint8 unknown[6] = {0};
    static const guint8 ethernet_ipv4[6] = {0, 1, 0x08, 0x00, 6, 4};
    Writer writer = {out};
    write_ethernet(&writer, broadcast, hwaddr, 0x0806);
    write_bytes(&writer, ethernet_ipv4, sizeof ethernet_ipv4);
    write_u16(&writer, (guint16)operation);
    write_bytes(&writer, hwaddr, 6);
    write_bytes(&writer, sender->bytes, 4);
    write_bytes(&writer, operation == MP_FRAME_ARP_REPLY ? hwaddr : unknown, 6);
    write_bytes(&writer, target->bytes, 4);
    return (guint)(writer.next - out);
}

/* RFC 1071, over the pseudo header of RFC 8200, 8.1, and an even number of bytes. */
static guint16 icmpv6_checksum(const guint8 addresses[32], const guint8 *body, guint size)
{
    guint32 sum = size + 58;
    for (guint i = 0; i < 32; i += 2)
        sum += (guint32)(addresses[i] << 8 | addresses[i + 1]);
    for (guint i = 0; i < size; i += 2)
        sum += (guint32)(body[i] << 8 | body[i + 1]);
    while (sum >> 16 != 0)
        sum = (sum & 0xffff) + (sum >> 16);
    return (guint16)~sum;
}

#define ND_BODY_SIZE 32

/* One option follows the target: `option`, with the sender's link-layer address. */
static guint write_nd(guint8 out[MP_FRAME_MAX], const guint8 hwaddr[6], const guint8 addresses[32],
                      const guint8 head[8], const MpAddress *target, const guint8 option[2])
{
    const guint8 *group = addresses + 16;
    guint8 to[6] = {0x33, 0x33, group[12], group[13], group[14], group[15]};
    static const guint8 version_class_flow[4] = {0x60};
    static const guint8 icmpv6_hop_limit_255[2] = {58, 255};
    Writer writer = {out};
    write_ethernet(&writer, to, hwaddr, 0x86dd);
    write_bytes(&writer, version_class_flow, sizeof version_class_flow);
    write_u16(&writer, ND_BODY_SIZE);
    write_bytes(&writer, icmpv6_hop_limit_255, sizeof icmpv6_hop_limit_255);
    write_bytes(&writer, addresses, 32);
    guint8 *body = writer.next;
    write_bytes(&writer, head, 8);
    write_bytes(&writer, target->bytes, 16);
    write_bytes(&writer, option, 2);
    write_bytes(&writer, hwaddr, 6);
    Writer checksum = {body + 2};
    write_u16(&checksum, icmpv6_checksum(addresses, body, ND_BODY_SIZE));
    return (guint)(writer.next - out);
}

guint mp_frame_neighbour_advertisement(guint8 out[MP_FRAME_MAX], const guint8 hwaddr[6],
                                       const MpAddress *address)
{
    static const guint8 type_and_override[8] = {136, [4] = 0x20};
    static const guint8 target_hwaddr[2] = {2, 1}; /* one unit of eight */
    guint8 addresses[32] = {[16] = 0xff, 0x02, [31] = 1};
    memcpy(addresses, address->bytes, 16);
    return write_nd(out, hwaddr, addresses, type_and_override, address, target_hwaddr);
}

guint mp_frame_neighbour_solicitation(guint8 out[MP_FRAME_MAX], const guint8 hwaddr[6],
                                      const MpAddress *address, const MpAddress *target)
{
    static const guint8 type[8] = {135};
    static const guint8 source_hwaddr[2] = {1, 1};
    guint8 addresses[32] = {[16] = 0xff, 0x02, [27] = 1, 0xff};
    memcpy(addresses, address->bytes, 16);
    memcpy(addresses + 29, target->bytes + 13, 3);
    return write_nd(out, hwaddr, addresses, type, target, source_hwaddr);
}
