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
    g_autofree char *excerpt = NULL;

    if (wrong == NULL)
        return TRUE;
    excerpt = mp_error_excerpt(text);
    g_set_error(error, MP_ERROR, MP_ERROR_INVALID_ARGUMENT,
                "\"%s\" is not an IP address: %s; allowed is %s", excerpt, wrong, allowed[rule]);
    return FALSE;
}
