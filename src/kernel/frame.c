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

guint mp_frame_neighbour_advertisement(guint8 out[MP_FRAME_MAX], const guint8 hwaddr[6],
                                       const MpAddress *address)
{
    static const guint8 all_nodes_hwaddr[6] = {0x33, 0x33, 0, 0, 0, 1};
    static const guint8 all_nodes[16] = {0xff, 0x02, [15] = 1};
    static const guint8 version_class_flow[4] = {0x60};
    static const guint8 icmpv6_hop_limit_255[2] = {58, 255};
    static const guint8 type_code_checksum[4] = {136};
    static const guint8 override[4] = {0x20};
    static const guint8 option[2] = {2, 1}; /* target link-layer address, one unit of eight */
    const guint body_size = 32;
    Writer writer = {out};
    write_ethernet(&writer, all_nodes_hwaddr, hwaddr, 0x86dd);
    write_bytes(&writer, version_class_flow, sizeof version_class_flow);
    write_u16(&writer, (guint16)body_size);
    write_bytes(&writer, icmpv6_hop_limit_255, sizeof icmpv6_hop_limit_255);
    guint8 *addresses = writer.next;
    write_bytes(&writer, address->bytes, 16);
    write_bytes(&writer, all_nodes, sizeof all_nodes);
    guint8 *body = writer.next;
    write_bytes(&writer, type_code_checksum, sizeof type_code_checksum);
    write_bytes(&writer, override, sizeof override);
    write_bytes(&writer, address->bytes, 16);
    write_bytes(&writer, option, sizeof option);
    write_bytes(&writer, hwaddr, 6);
    Writer checksum = {body + 2};
    write_u16(&checksum, icmpv6_checksum(addresses, body, body_size));
    return (guint)(writer.next - out);
}
