/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "netlink-socket.h"
#include "error.h"
#include <errno.h>
#include <linux/filter.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <netlink/netlink.h>
#include <netlink/socket.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>

#define RECEIVE_BUFFER (8 << 20) /* the default loses messages after 256 addresses */
#define SEND_BUFFER (1 << 20)    /* a whole batch is one message to the socket */
#define DATAGRAM_MAX (256 << 10) /* dumps come in 32 KiB, single links with many VFs in more */

struct MpNetlinkSocket {
    struct nl_sock *nl;
    guint8 datagram[DATAGRAM_MAX];
};

/* What root may set, else what everybody may. */
static void buffer_set(int fd, int forced, int plain, int size)
{
    if (setsockopt(fd, SOL_SOCKET, forced, &size, sizeof size) < 0)
        setsockopt(fd, SOL_SOCKET, plain, &size, sizeof size);
}

MpNetlinkSocket *mp_netlink_socket_new(GError **error)
{
    g_autoptr(MpNetlinkSocket) socket = g_new0(MpNetlinkSocket, 1);
    socket->nl = nl_socket_alloc();
    int failed = socket->nl != NULL ? nl_connect(socket->nl, NETLINK_ROUTE) : -NLE_NOMEM;
    if (failed == 0)
        failed = nl_socket_set_nonblocking(socket->nl);
    if (failed != 0) {
        g_set_error(error, MP_ERROR, MP_ERROR_KERNEL, "cannot open a netlink socket: %s",
                    nl_geterror(failed));
        return NULL;
    }
    int fd = nl_socket_get_fd(socket->nl);
    buffer_set(fd, SO_RCVBUFFORCE, SO_RCVBUF, RECEIVE_BUFFER);
    buffer_set(fd, SO_SNDBUFFORCE, SO_SNDBUF, SEND_BUFFER);
    return g_steal_pointer(&socket);
}

void mp_netlink_socket_free(MpNetlinkSocket *socket)
{
    nl_socket_free(socket->nl);
    g_free(socket);
}

int mp_netlink_socket_fd(const MpNetlinkSocket *socket)
{
    return nl_socket_get_fd(socket->nl);
}

guint32 mp_netlink_socket_port(const MpNetlinkSocket *socket)
{
    return nl_socket_get_local_port(socket->nl);
}

gboolean mp_netlink_socket_join(MpNetlinkSocket *socket, int group, GError **error)
{
    int failed = nl_socket_add_membership(socket->nl, group);
    if (failed != 0)
        g_set_error(error, MP_ERROR, MP_ERROR_KERNEL, "cannot join netlink group %d: %s", group,
                    nl_geterror(failed));
    return failed == 0;
}

gboolean mp_netlink_socket_filter(MpNetlinkSocket *socket, GError **error)
{
    /* The filter loads big-endian, the header is the machine's. */
    const guint state = NLMSG_HDRLEN + offsetof(struct ndmsg, ndm_state);
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_H | BPF_ABS, offsetof(struct nlmsghdr, nlmsg_type)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, GUINT16_TO_BE(RTM_NEWNEIGH), 0, 3),
        BPF_STMT(BPF_LD | BPF_H | BPF_ABS, state),
        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, GUINT16_TO_BE(NUD_PERMANENT), 1, 0),
        BPF_STMT(BPF_RET | BPF_K, 0),
        BPF_STMT(BPF_RET | BPF_K, G_MAXUINT32),
    };
    struct sock_fprog program = {G_N_ELEMENTS(code), code};
    if (setsockopt(nl_socket_get_fd(socket->nl), SOL_SOCKET, SO_ATTACH_FILTER, &program,
                   sizeof program) == 0)
        return TRUE;
    g_set_error(error, MP_ERROR, MP_ERROR_KERNEL, "cannot filter a netlink socket: %s",
                g_strerror(errno));
    return FALSE;
}

gboolean mp_netlink_socket_set(MpNetlinkSocket *socket, int option, GError **error)
{
    int on = 1;
    if (setsockopt(nl_socket_get_fd(socket->nl), SOL_NETLINK, option, &on, sizeof on) == 0)
        return TRUE;
    g_set_error(error, MP_ERROR, MP_ERROR_KERNEL, "cannot set netlink socket option %d: %s", option,
                g_strerror(errno));
    return FALSE;
}

int mp_netlink_socket_send(MpNetlinkSocket *socket, const guint8 *data, gsize length)
{
    struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
    ssize_t sent =
        sendto(nl_socket_get_fd(socket->nl), data, length, 0, (void *)&kernel, sizeof kernel);
    return sent < 0 ? errno : (gsize)sent != length ? EMSGSIZE : 0;
}

MpReceive mp_netlink_socket_receive(MpNetlinkSocket *socket, const guint8 **out_data,
                                    gsize *out_length)
{
    for (;;) {
        struct sockaddr_nl from = {0};
        struct iovec part = {socket->datagram, sizeof socket->datagram};
        struct msghdr message = {
            .msg_name = &from,
            .msg_namelen = sizeof from,
            .msg_iov = &part,
            .msg_iovlen = 1,
        };
        ssize_t length = recvmsg(nl_socket_get_fd(socket->nl), &message, MSG_DONTWAIT);
        if (length < 0 && errno == EINTR)
            continue;
        if (length < 0)
            return errno == ENOBUFS ? MP_RECEIVE_OVERFLOW : MP_RECEIVE_NOTHING;
        if (from.nl_pid != 0)
            continue;
        if ((message.msg_flags & MSG_TRUNC) != 0)
            return MP_RECEIVE_OVERFLOW;
        *out_data = socket->datagram;
        *out_length = (gsize)length;
        return MP_RECEIVE_DATAGRAM;
    }
}

gboolean mp_netlink_split(const guint8 **data, gsize *left, const guint8 **out_message,
                          gsize *out_length)
{
    struct nlmsghdr header;
    if (*left < sizeof header)
        return FALSE;
    memcpy(&header, *data, sizeof header);
    if (header.nlmsg_len < sizeof header || header.nlmsg_len > *left)
        return FALSE;
    *out_message = *data;
    *out_length = header.nlmsg_len;
    gsize step = MIN((gsize)NLMSG_ALIGN(header.nlmsg_len), *left);
    *data += step;
    *left -= step;
    return TRUE;
}
