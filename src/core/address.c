/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "address.h"

#include <string.h>

#define IPV6_GROUPS 8

/* RFC 5952, 4.2: the longest run of two or more zero groups is left out, the first of equals. */
static void find_zeros(const guint8 bytes[16], guint *out_start, guint *out_length)
{
    guint start = 0, length = 0;

    *out_start = IPV6_GROUPS;
    *out_length = 1;
    for (guint i = 0; i < IPV6_GROUPS; i++) {
        if (bytes[2 * i] != 0 || bytes[2 * i + 1] != 0) {
            length = 0;
            continue;
        }
        if (length++ == 0)
            start = i;
        if (length > *out_length) {
            *out_start = start;
            *out_length = length;
        }
    }
}

static void format_ipv6(const guint8 bytes[16], char *buf, gsize size)
{
    guint start, length, i = 0;
    gsize used = 0;

    find_zeros(bytes, &start, &length);
    while (i < IPV6_GROUPS) {
        if (i == start) {
            used += (gsize)g_snprintf(buf + used, size - used, "::");
            i += length;
            continue;
        }
        used += (gsize)g_snprintf(buf + used, size - used, "%s%x",
                                  i > 0 && i != start + length ? ":" : "",
                                  bytes[2 * i] << 8 | bytes[2 * i + 1]);
        i++;
    }
}

char *mp_address_format_host(const MpAddress *address, char buf[MP_ADDRESS_STRING_MAX])
{
    const guint8 *bytes = address->bytes;

    if (address->family == MP_IPV4) {
        g_snprintf(buf, MP_ADDRESS_STRING_MAX, "%u.%u.%u.%u", bytes[0], bytes[1], bytes[2],
                   bytes[3]);
    } else if (address->family != MP_IPV6) {
        g_strlcpy(buf, "none", MP_ADDRESS_STRING_MAX);
    } else if (mp_address_is_mapped(address)) {
        g_snprintf(buf, MP_ADDRESS_STRING_MAX, "::ffff:%u.%u.%u.%u", bytes[12], bytes[13],
                   bytes[14], bytes[15]);
    } else {
        format_ipv6(bytes, buf, MP_ADDRESS_STRING_MAX);
    }
    return buf;
}

char *mp_address_format(const MpAddress *address, char buf[MP_ADDRESS_STRING_MAX])
{
    char host[MP_ADDRESS_STRING_MAX];

    mp_address_format_host(address, host);
    if (mp_address_is_none(address))
        g_strlcpy(buf, host, MP_ADDRESS_STRING_MAX);
    else
        g_snprintf(buf, MP_ADDRESS_STRING_MAX, "%s/%u", host, address->prefix);
    return buf;
}

char *mp_address_to_string(const MpAddress *address)
{
    char buf[MP_ADDRESS_STRING_MAX];

    return g_strdup(mp_address_format(address, buf));
}

guint mp_address_bits(const MpAddress *address)
{
    return address->family == MP_IPV4 ? 32 : 128;
}

gboolean mp_address_equal(const MpAddress *a, const MpAddress *b)
{
    return a->prefix == b->prefix && mp_address_equal_host(a, b);
}

gboolean mp_address_equal_host(const MpAddress *a, const MpAddress *b)
{
    return a->family == b->family && memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

guint mp_address_hash_host(gconstpointer data)
{
    const MpAddress *address = data;
    guint hash = address->family;

    for (guint i = 0; i < sizeof address->bytes; i++)
        hash = hash * 31u + address->bytes[i];
    return hash;
}

gint mp_address_compare(const MpAddress *a, const MpAddress *b)
{
    gint order = (gint)a->family - (gint)b->family;

    if (order == 0)
        order = memcmp(a->bytes, b->bytes, sizeof a->bytes);
    if (order == 0)
        order = (gint)a->prefix - (gint)b->prefix;
    return order;
}

guint mp_address_hash(gconstpointer address)
{
    const MpAddress *a = address;
    guint hash = 2166136261u; /* FNV-1a */

    hash = (hash ^ a->family) * 16777619u;
    hash = (hash ^ a->prefix) * 16777619u;
    for (guint i = 0; i < sizeof a->bytes; i++)
        hash = (hash ^ a->bytes[i]) * 16777619u;
    return hash;
}

gboolean mp_address_equal_ptr(gconstpointer a, gconstpointer b)
{
    return mp_address_equal(a, b);
}

MpAddress mp_address_network(const MpAddress *address)
{
    MpAddress network = *address;
    guint bits = address->prefix;

    for (guint i = 0; i < sizeof network.bytes; i++) {
        guint keep = bits > 8 ? 8 : bits;

        network.bytes[i] &= (guint8)(0xff00u >> keep);
        bits -= keep;
    }
    return network;
}

gboolean mp_address_contains(const MpAddress *prefix, const MpAddress *host)
{
    MpAddress cut = *host, network = mp_address_network(prefix);

    cut.prefix = prefix->prefix;
    cut = mp_address_network(&cut);
    return mp_address_equal_host(&cut, &network);
}

gboolean mp_address_is_link_local(const MpAddress *address)
{
    if (address->family == MP_IPV4)
        return address->bytes[0] == 169 && address->bytes[1] == 254;
    return address->family == MP_IPV6 && address->bytes[0] == 0xfe &&
           (address->bytes[1] & 0xc0) == 0x80;
}

gboolean mp_address_is_none(const MpAddress *address)
{
    return address->family == 0;
}

GArray *mp_addresses_new(void)
{
    return g_array_new(FALSE, FALSE, sizeof(MpAddress));
}

gboolean mp_addresses_equal(const GArray *a, const GArray *b)
{
    if (a->len != b->len)
        return FALSE;
    for (guint i = 0; i < a->len; i++) {
        if (!mp_address_equal(&g_array_index(a, MpAddress, i), &g_array_index(b, MpAddress, i)))
            return FALSE;
    }
    return TRUE;
}

gboolean mp_address_is_mapped(const MpAddress *address)
{
    static const guint8 prefix[12] = {[10] = 0xff, [11] = 0xff};

    return address->family == MP_IPV6 && memcmp(address->bytes, prefix, sizeof prefix) == 0;
}
