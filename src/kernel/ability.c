/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ability.h"

#include "error.h"
#include "netlink-socket.h"
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/utsname.h>

/* Of the parser, which refuses before anybody looks at what the attribute is for. */
static const char UNKNOWN[] = "Unknown attribute type";

typedef struct {
    struct nlmsghdr header;
    struct ifaddrmsg body;
    struct nlattr attribute;
    guint32 value;
} Request;

/* The whole request is given back with a refusal, unless capped, and then the words. */
static gboolean refusal_says_unknown(const guint8 *message, gsize length)
{
    return memmem(message, length, UNKNOWN, sizeof UNKNOWN) != NULL;
}

gboolean mp_ability_address_attribute(guint16 attribute, gboolean *out_known, GError **error)
{
    Request request = {
        .header = {sizeof request, RTM_GETADDR, NLM_F_REQUEST | NLM_F_DUMP, 1, 0},
        .body = {.ifa_family = AF_INET},
        .attribute = {sizeof request.attribute + sizeof request.value, attribute},
    };
    g_autoptr(MpNetlinkSocket) socket = mp_netlink_socket_new(error);
    const guint8 *data;
    gsize length;

    *out_known = TRUE;
    if (socket == NULL || !mp_netlink_socket_set(socket, NETLINK_EXT_ACK, error) ||
        !mp_netlink_socket_set(socket, NETLINK_GET_STRICT_CHK, error))
        return FALSE;
    /* The kernel has answered when it has taken the request. */
    if (mp_netlink_socket_send(socket, (const guint8 *)&request, sizeof request) == 0 &&
        mp_netlink_socket_receive(socket, &data, &length) == MP_RECEIVE_DATAGRAM)
        *out_known = !refusal_says_unknown(data, length);
    return TRUE;
}

gboolean mp_ability_check(GError **error)
{
    struct utsname name;
    gboolean known;

    if (!mp_ability_address_attribute(IFA_PROTO, &known, error))
        return FALSE;
    if (known)
        return TRUE;
    uname(&name);
    g_set_error(
        error, MP_ERROR, MP_ERROR_KERNEL,
        "this kernel (%s %s) cannot mark addresses (IFA_PROTO): Linux 5.18 or newer is needed",
        name.sysname, name.release);
    return FALSE;
}
