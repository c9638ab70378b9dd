/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "address.h"

#include "error.h"

#include <string.h>

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

static const char *wrong_for_unicast6(const guint8 *bytes)
{
    static const guint8 zeros[16];

    if (bytes[0] == 0xff)
        return "it is a multicast address";
    if (memcmp(bytes, zeros, 15) == 0 && bytes[15] <= 1)
        return bytes[15] == 0 ? "it is the unspecified address" : "it is a loopback address";
    return NULL;
}

static const char *wrong_for_unicast(const MpAddress *address)
{
    if (mp_address_is_mapped(address))
        return "it is an IPv4-mapped address";
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

gboolean mp_address_parse_data(const char *text, MpAddress *out, GError **error)
{
    MpAddress address;

    if (!mp_address_parse(text, MP_PREFIX_REQUIRED, &address, error) ||
        !mp_address_check_data(&address, error))
        return FALSE;
    *out = address;
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
    g_autofree char *excerpt = NULL;

    if (wrong == NULL)
        return g_ascii_strdown(text, -1);
    excerpt = mp_error_excerpt(text);
    g_set_error(error, MP_ERROR, MP_ERROR_INVALID_ARGUMENT,
                "\"%s\" is not a hardware address: %s; allowed is one such as 02:00:00:00:00:01",
                excerpt, wrong);
    return NULL;
}
