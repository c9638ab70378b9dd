/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "netlink-attr.h"
#include <linux/netlink.h>
#include <string.h>

gboolean mp_attr_collect(const guint8 *data, gsize length, MpAttr *table, guint n)
{
    memset(table, 0, n * sizeof *table);
    while (length >= NLA_HDRLEN) {
        struct nlattr header; /* copied: the bytes need not be aligned */
        memcpy(&header, data, sizeof header);
        if (header.nla_len < NLA_HDRLEN || header.nla_len > length)
            return FALSE;
        guint type = header.nla_type & NLA_TYPE_MASK;
        if (type < n)
            table[type] = (MpAttr){data + NLA_HDRLEN, (guint16)(header.nla_len - NLA_HDRLEN)};
        gsize step = MIN((gsize)NLA_ALIGN(header.nla_len), length);
        data += step;
        length -= step;
    }
    return TRUE;
}

guint8 mp_attr_u8(MpAttr attr, guint8 fallback)
{
    return attr.data != NULL && attr.length == 1 ? attr.data[0] : fallback;
}

guint16 mp_attr_u16(MpAttr attr, guint16 fallback)
{
    guint16 value = fallback;
    if (attr.data != NULL && attr.length == sizeof value)
        memcpy(&value, attr.data, sizeof value);
    return value;
}

guint32 mp_attr_u32(MpAttr attr, guint32 fallback)
{
    guint32 value = fallback;
    if (attr.data != NULL && attr.length == sizeof value)
        memcpy(&value, attr.data, sizeof value);
    return value;
}

gboolean mp_attr_address(MpAttr attr, guint8 family, guint8 prefix, MpAddress *out)
{
    guint size = family == MP_IPV4 ? 4 : 16;
    if (attr.data == NULL || attr.length != size || prefix > size * 8)
        return FALSE;
    MpAddress address = {.family = family, .prefix = prefix};
    memcpy(address.bytes, attr.data, size);
    *out = address;
    return TRUE;
}

void mp_attr_string(MpAttr attr, char *out, gsize size)
{
    gsize length = attr.data != NULL ? strnlen((const char *)attr.data, attr.length) : 0;
    length = MIN(length, size - 1);
    if (length > 0)
        memcpy(out, attr.data, length);
    out[length] = '\0';
}
