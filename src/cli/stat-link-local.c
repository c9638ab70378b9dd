/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Test addresses of IPv6: nobody configures them, they are the link-local ones that the kernel has
 * made. */
#include "stat.h"
#include <stdio.h>
#include <string.h>

#define ADDRESSES "/proc/net/if_inet6"
#define SCOPE_LINK 0x20
#define NOT_USABLE 0x48 /* not yet known to be unique, or known not to be */

/* "fe80000000000000020000fffe000010 0b 40 20 80     eth0": hexadecimal all. NULL: of another
 * interface, or not to be sent from. */
static char *parse_link_local(const char *line, IpmpInterface *interface)
{
    char digits[33], name[17];
    unsigned index, scope, flags;
    guint8 bytes[16];
    g_autoptr(GInetAddress) inet = NULL;

    if (sscanf(line, "%32s %x %*x %x %x %16s", digits, &index, &scope, &flags, name) != 5 ||
        strlen(digits) != 32 || index != ipmp_interface_get_index(interface) ||
        !g_str_equal(name, ipmp_interface_get_name(interface)) || scope != SCOPE_LINK ||
        (flags & NOT_USABLE) != 0)
        return NULL;
    for (guint i = 0; i < G_N_ELEMENTS(bytes); i++)
        bytes[i] = (guint8)(g_ascii_xdigit_value(digits[2 * i]) << 4 |
                            g_ascii_xdigit_value(digits[2 * i + 1]));
    inet = g_inet_address_new_from_bytes(bytes, G_SOCKET_FAMILY_IPV6);
    return g_inet_address_to_string(inet);
}

char *stat_find_link_local(IpmpInterface *interface)
{
    g_autofree char *text = NULL;

    if (!g_file_get_contents(ADDRESSES, &text, NULL, NULL))
        return g_strdup(""); /* a kernel without IPv6 */
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (guint i = 0; lines[i] != NULL; i++) {
        char *found = parse_link_local(lines[i], interface);
        if (found != NULL)
            return found;
    }
    return g_strdup("");
}
