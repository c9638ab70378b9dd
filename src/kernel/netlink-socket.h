/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An rtnetlink socket: opened by libnl, read by us. */
#pragma once

#include <glib.h>

typedef struct MpNetlinkSocket MpNetlinkSocket;

typedef enum {
    MP_RECEIVE_DATAGRAM, /* *out_length bytes */
    MP_RECEIVE_NOTHING,  /* nothing waits */
    MP_RECEIVE_OVERFLOW, /* the kernel has dropped messages, or one was too large for us */
} MpReceive;

/* A socket with a large receive buffer, that never blocks. Errors: MP_ERROR_KERNEL. */
MpNetlinkSocket *mp_netlink_socket_new(GError **error);
void mp_netlink_socket_free(MpNetlinkSocket *socket);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MpNetlinkSocket, mp_netlink_socket_free)

int mp_netlink_socket_fd(const MpNetlinkSocket *socket);
guint32 mp_netlink_socket_port(const MpNetlinkSocket *socket);
gboolean mp_netlink_socket_join(MpNetlinkSocket *socket, int group, GError **error);
/* Of neighbours only permanent ones, and that one is gone: the kernel tells each state of each. */
gboolean mp_netlink_socket_filter(MpNetlinkSocket *socket, GError **error);
/* SOL_NETLINK options such as NETLINK_EXT_ACK. */
gboolean mp_netlink_socket_set(MpNetlinkSocket *socket, int option, GError **error);

/* All of it in one system call; 0 or errno. */
int mp_netlink_socket_send(MpNetlinkSocket *socket, const guint8 *data, gsize length);
/* The next datagram of the kernel itself; other senders' are dropped. It stays until the next
 * call. */
MpReceive mp_netlink_socket_receive(MpNetlinkSocket *socket, const guint8 **out_data,
                                    gsize *out_length);

/* Takes the next message off a datagram; FALSE: there is none, or what is left is malformed. */
gboolean mp_netlink_split(const guint8 **data, gsize *left, const guint8 **out_message,
                          gsize *out_length);
