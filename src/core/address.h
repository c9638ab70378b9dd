/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An IP address with a prefix length: a plain value, compared and hashed by content. */
#pragma once

#include <glib.h>

#define MP_IPV4 4
#define MP_IPV6 6
#define MP_ADDRESS_STRING_MAX 56 /* "…/128" and the closing zero */

typedef struct {
    guint8 family;    /* MP_IPV4, MP_IPV6; 0 = none */
    guint8 prefix;    /* prefix length, bits */
    guint8 bytes[16]; /* network order; IPv4 in the first four, the rest zero */
} MpAddress;

typedef enum {
    MP_PREFIX_REQUIRED,  /* "192.0.2.1/24" */
    MP_PREFIX_FORBIDDEN, /* "192.0.2.1": prefix becomes 32 or 128 */
    MP_PREFIX_OPTIONAL,
} MpPrefixRule;

/* Strict: no leading zeros that could be octal, no scope ids, no white space. The error
 * (MP_ERROR_INVALID_ARGUMENT) names the text, what was wrong and what is allowed. */
gboolean mp_address_parse(const char *text, MpPrefixRule rule, MpAddress *out, GError **error);
/* Parse, and insist that it can be a data address: global unicast (no loopback, multicast,
 * unspecified, IPv4 link-local/broadcast/class E, IPv6 link-local, IPv4-mapped), not a subnet's
 * network or broadcast address when the prefix is shorter than 31. */
gboolean mp_address_parse_data(const char *text, MpAddress *out, GError **error);
/* The same question of a value: whether it can be a data address; a test address (IPv4 unicast, or
 * an IPv6 link-local); a probe target (any unicast address, the prefix length means nothing). */
gboolean mp_address_check_data(const MpAddress *address, GError **error);
gboolean mp_address_check_test(const MpAddress *address, GError **error);
gboolean mp_address_check_target(const MpAddress *address, GError **error);
/* "192.0.2.1/24"; IPv6 by RFC 5952. Writes at most MP_ADDRESS_STRING_MAX bytes, returns buf. */
char *mp_address_format(const MpAddress *address, char buf[MP_ADDRESS_STRING_MAX]);
/* The same without the prefix length. */
char *mp_address_format_host(const MpAddress *address, char buf[MP_ADDRESS_STRING_MAX]);
char *mp_address_to_string(const MpAddress *address); /* g_free() */

guint mp_address_bits(const MpAddress *address);                        /* 32 or 128 */
gboolean mp_address_equal(const MpAddress *a, const MpAddress *b);      /* family, prefix, bytes */
gboolean mp_address_equal_host(const MpAddress *a, const MpAddress *b); /* family, bytes */
guint mp_address_hash_host(gconstpointer address);                      /* of the same */
gint mp_address_compare(const MpAddress *a,
                        const MpAddress *b);  /* a total order: family, bytes, prefix */
guint mp_address_hash(gconstpointer address); /* with mp_address_equal_ptr: GHashTable keys */
gboolean mp_address_equal_ptr(gconstpointer a, gconstpointer b);

/* The address with its host bits cleared. */
MpAddress mp_address_network(const MpAddress *address);
/* Whether `host` lies in the network of `prefix`. */
gboolean mp_address_contains(const MpAddress *prefix, const MpAddress *host);
gboolean mp_address_is_link_local(const MpAddress *address); /* 169.254/16, fe80::/10 */
gboolean mp_address_is_mapped(const MpAddress *address);     /* ::ffff:0:0/96 */
gboolean mp_address_is_none(const MpAddress *address);       /* family 0 */

/* A list of addresses: GArray of MpAddress, compared in order. */
GArray *mp_addresses_new(void);
gboolean mp_addresses_equal(const GArray *a, const GArray *b);

/* "02:00:00:00:00:01" in lower case from either case, g_free(); NULL with
 * MP_ERROR_INVALID_ARGUMENT. */
char *mp_hardware_address_parse(const char *text, GError **error);
