/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "address.h"

#include "error.h"

#include <string.h>

/* Text is read by hand: inet_pton() is a matter of the C library, and takes or refuses what it
 * likes without a word why. Each reader moves *cursor and returns NULL, or what was wrong. */

#define IPV6_GROUPS 8

static const char *read_octet(const char **cursor, guint8 *out)
{
    const char *p = *cursor;
    guint value = 0;

    if (!g_ascii_isdigit(*p))
        return "a number from 0 to 255 is missing";
    if (p[0] == '0' && g_ascii_isdigit(p[1]))
        return "a number has a leading zero";
    for (; g_ascii_isdigit(*p); p++) {
        value = value * 10 + (guint)g_ascii_digit_value(*p);
        if (value > 255)
            return "a number is larger than 255";
    }
    *out = (guint8)value;
    *cursor = p;
    return NULL;
}

static const char *read_ipv4(const char **cursor, guint8 bytes[4])
{
    for (guint i = 0; i < 4; i++) {
        const char *wrong;

        if (i > 0 && *(*cursor)++ != '.')
            return "it does not have four numbers";
        wrong = read_octet(cursor, &bytes[i]);
        if (wrong != NULL)
            return wrong;
    }
    return NULL;
}

static const char *read_group(const char **cursor, guint8 bytes[2])
{
    const char *p = *cursor;
    guint value = 0, n = 0;

    for (; g_ascii_isxdigit(*p); p++, n++)
        value = value * 16 + (guint)g_ascii_xdigit_value(*p);
    if (n == 0)
        return "a group of hexadecimal digits is missing";
    if (n > 4)
        return "a group has more than four hexadecimal digits";
    bytes[0] = (guint8)(value >> 8);
    bytes[1] = (guint8)(value & 0xff);
    *cursor = p;
    return NULL;
}

/* Whether what comes is dotted: digits and then a dot. */
static gboolean is_dotted(const char *p)
{
    while (g_ascii_isdigit(*p))
        p++;
    return *p == '.';
}

static gboolean ends_address(char c)
{
    return c == '\0' || c == '/';
}

/* Groups up to the end or a "::", at most eight in all; *n counts them. */
static const char *read_groups(const char **cursor, guint8 bytes[16], guint *n)
{
    for (;;) {
        const char *wrong;

        if (*n == IPV6_GROUPS)
            return "it has more than eight groups";
        if (is_dotted(*cursor)) {
            if (*n > IPV6_GROUPS - 2)
                return "it has more than eight groups";
            wrong = read_ipv4(cursor, bytes + 2 * *n);
            *n += 2;
            return wrong;
        }
        wrong = read_group(cursor, bytes + 2 * *n);
        if (wrong != NULL)
            return wrong;
        (*n)++;
        if (**cursor != ':' || (*cursor)[1] == ':')
            return NULL;
        (*cursor)++;
    }
}

static const char *read_ipv6(const char **cursor, guint8 bytes[16])
{
    guint8 tail[16] = {0};
    guint n_head = 0, n_tail = 0;
    const char *wrong = NULL;

    if (!g_str_has_prefix(*cursor, "::"))
        wrong = read_groups(cursor, bytes, &n_head);
    if (wrong != NULL)
        return wrong;
    if (!g_str_has_prefix(*cursor, "::"))
        return n_head == IPV6_GROUPS ? NULL : "it has fewer than eight groups";

    *cursor += 2;
    if (!ends_address(**cursor))
        wrong = read_groups(cursor, tail, &n_tail);
    if (wrong != NULL)
        return wrong;
    if (n_head + n_tail >= IPV6_GROUPS)
        return "\"::\" stands for no group";
    memcpy(bytes + 16 - 2 * n_tail, tail, 2 * n_tail);
    return NULL;
}

static const char *read_prefix(const char **cursor, guint bits, guint8 *out)
{
    const char *p = *cursor;
    guint value = 0;

    if (!g_ascii_isdigit(*p))
        return "the prefix length is missing";
    if (p[0] == '0' && g_ascii_isdigit(p[1]))
        return "the prefix length has a leading zero";
    for (; g_ascii_isdigit(*p); p++) {
        value = value * 10 + (guint)g_ascii_digit_value(*p);
        if (value > bits)
            return bits == 32 ? "the prefix length is larger than 32"
                              : "the prefix length is larger than 128";
    }
    *out = (guint8)value;
    *cursor = p;
    return NULL;
}

static const char *read_address(const char *text, MpPrefixRule rule, MpAddress *out)
{
    const char *cursor = text, *wrong;
    MpAddress address = {0};

    if (*text == '\0')
        return "it is empty";
    address.family = strchr(text, ':') != NULL ? MP_IPV6 : MP_IPV4;
    address.prefix = (guint8)mp_address_bits(&address);
    wrong = address.family == MP_IPV4 ? read_ipv4(&cursor, address.bytes)
                                      : read_ipv6(&cursor, address.bytes);
    if (wrong != NULL)
        return wrong;

    if (*cursor == '%')
        return "it has a scope";
    if (*cursor == '/' && rule == MP_PREFIX_FORBIDDEN)
        return "it has a prefix length";
    if (*cursor != '/' && *cursor != '\0')
        return "something follows the address";
    if (*cursor == '\0' && rule == MP_PREFIX_REQUIRED)
        return "it has no prefix length";
    if (*cursor == '/') {
        cursor++;
        wrong = read_prefix(&cursor, mp_address_bits(&address), &address.prefix);
        if (wrong == NULL && *cursor != '\0')
            wrong = "something follows the prefix length";
    }
    if (wrong == NULL)
        *out = address;
    return wrong;
}

gboolean mp_address_parse(const char *text, MpPrefixRule rule, MpAddress *out, GError **error)
{
    static const char *const allowed[] = {
        [MP_PREFIX_REQUIRED] = "an address with prefix length such as 192.0.2.10/24 or "
                               "2001:db8::10/64",
        [MP_PREFIX_FORBIDDEN] = "an address without prefix length such as 192.0.2.10 or "
                                "2001:db8::10",
        [MP_PREFIX_OPTIONAL] = "an address such as 192.0.2.10, 192.0.2.10/24 or 2001:db8::10/64",
    };
    const char *wrong = read_address(text, rule, out);

    if (wrong == NULL)
        return TRUE;
    g_set_error(error, MP_ERROR, MP_ERROR_INVALID_ARGUMENT,
                "\"%s\" is not an IP address: %s; allowed is %s", text, wrong, allowed[rule]);
    return FALSE;
}

gboolean mp_address_parse_data(const char *text, MpAddress *out, GError **error)
{
    MpAddress address;

    if (!mp_address_parse(text, MP_PREFIX_REQUIRED, &address, error) ||
        !mp_address_check_data(&address, error))
        return FALSE;
    *out = address;
    return TRUE;
}

static const char *wrong_for_unicast4(const guint8 *bytes)
{
    if (bytes[0] == 0)
        return "it is of 0.0.0.0/8, which names no host";
    if (bytes[0] == 127)
        return "it is a loopback address";
    if (bytes[0] >= 224 && bytes[0] < 240)
        return "it is a multicast address";
    if (bytes[0] >= 240)
        return "it is of the reserved range 240.0.0.0/4";
    return NULL;
}

static gboolean is_mapped(const guint8 *bytes)
{
    static const guint8 prefix[12] = {[10] = 0xff, [11] = 0xff};

    return memcmp(bytes, prefix, sizeof prefix) == 0;
}

static const char *wrong_for_unicast6(const guint8 *bytes)
{
    static const guint8 zeros[16];

    if (bytes[0] == 0xff)
        return "it is a multicast address";
    if (memcmp(bytes, zeros, 15) == 0 && bytes[15] <= 1)
        return bytes[15] == 0 ? "it is the unspecified address" : "it is a loopback address";
    if (is_mapped(bytes))
        return "it is an IPv4-mapped address";
    return NULL;
}

static const char *wrong_for_unicast(const MpAddress *address)
{
    return address->family == MP_IPV4 ? wrong_for_unicast4(address->bytes)
                                      : wrong_for_unicast6(address->bytes);
}

/* Whether all host bits are `bit`. */
static gboolean host_bits_are(const MpAddress *address, gboolean bit)
{
    for (guint i = address->prefix; i < mp_address_bits(address); i++) {
        if (((address->bytes[i / 8] >> (7 - i % 8)) & 1) != (bit ? 1 : 0))
            return FALSE;
    }
    return TRUE;
}

/* An address of its own on a subnet: RFC 3021 and RFC 6164 make both ends of the shortest ones
 * usable. */
static const char *wrong_for_host(const MpAddress *address)
{
    const char *wrong = wrong_for_unicast(address);

    if (wrong != NULL)
        return wrong;
    if (address->prefix == 0)
        return "its prefix length is 0";
    if (address->prefix >= mp_address_bits(address) - 1)
        return NULL;
    if (host_bits_are(address, FALSE))
        return address->family == MP_IPV4 ? "it is the network address of its subnet"
                                          : "it is the subnet-router anycast address of its subnet";
    if (address->family == MP_IPV4 && host_bits_are(address, TRUE))
        return "it is the broadcast address of its subnet";
    return NULL;
}

static gboolean refuse(const MpAddress *address, const char *use, const char *wrong,
                       const char *allowed, GError **error)
{
    char buf[MP_ADDRESS_STRING_MAX];

    g_set_error(error, MP_ERROR, MP_ERROR_INVALID_ARGUMENT, "%s cannot be a %s: %s; allowed is %s",
                mp_address_format(address, buf), use, wrong, allowed);
    return FALSE;
}

gboolean mp_address_check_data(const MpAddress *address, GError **error)
{
    const char *wrong = wrong_for_host(address);

    if (wrong == NULL && mp_address_is_link_local(address))
        wrong = "it is a link-local address";
    return wrong == NULL ||
           refuse(address, "data address", wrong, "a global unicast address", error);
}

gboolean mp_address_check_test(const MpAddress *address, GError **error)
{
    const char *wrong = wrong_for_host(address);

    if (wrong == NULL && address->family == MP_IPV6 && !mp_address_is_link_local(address))
        wrong = "it is IPv6, where probes go from the link-local address";
    return wrong == NULL ||
           refuse(address, "test address", wrong, "an IPv4 unicast address", error);
}

gboolean mp_address_check_target(const MpAddress *address, GError **error)
{
    const char *wrong = wrong_for_unicast(address);

    return wrong == NULL || refuse(address, "probe target", wrong, "a unicast address", error);
}

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
    } else if (is_mapped(bytes)) {
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

/* "02:00:00:00:00:01": six pairs, and nothing that no device can have. */
static const char *wrong_for_hardware(const char *text)
{
    static const char zeros[] = "00:00:00:00:00:00";

    if (strlen(text) != strlen(zeros))
        return "it does not have six pairs of hexadecimal digits";
    for (guint i = 0; text[i] != '\0'; i++) {
        if (i % 3 == 2 ? text[i] != ':' : !g_ascii_isxdigit(text[i]))
            return "it is not made of pairs of hexadecimal digits and colons";
    }
    if (g_str_equal(text, zeros))
        return "it is all zero";
    if ((g_ascii_xdigit_value(text[1]) & 1) != 0)
        return "it is a multicast address";
    return NULL;
}

char *mp_hardware_address_parse(const char *text, GError **error)
{
    const char *wrong = wrong_for_hardware(text);

    if (wrong == NULL)
        return g_ascii_strdown(text, -1);
    g_set_error(error, MP_ERROR, MP_ERROR_INVALID_ARGUMENT,
                "\"%s\" is not a hardware address: %s; allowed is one such as 02:00:00:00:00:01",
                text, wrong);
    return NULL;
}
