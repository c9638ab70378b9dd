/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "neighbours.h"
#include "netlink-socket.h"
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <string.h>

static const guint8 FAMILIES[] = {AF_INET, AF_INET6};

struct MpNeighbours {
    MpParseFunc tell;
    gpointer user_data;
    MpNetlinkSocket *socket;
    GArray *wanted;   /* indexes; the first is being read */
    guint stage;      /* of FAMILIES */
    gboolean asked;   /* ... and the request is out */
    gboolean waiting; /* ... and nothing has come yet */
    guint32 sequence; /* of the request */
};

MpNeighbours *mp_neighbours_new(MpParseFunc tell, gpointer user_data)
{
    MpNeighbours *neighbours = g_new0(MpNeighbours, 1);
    neighbours->tell = tell;
    neighbours->user_data = user_data;
    neighbours->wanted = g_array_new(FALSE, FALSE, sizeof(guint));
    return neighbours;
}

void mp_neighbours_free(MpNeighbours *neighbours)
{
    g_clear_pointer(&neighbours->socket, mp_netlink_socket_free);
    g_array_unref(neighbours->wanted);
    g_free(neighbours);
}

int mp_neighbours_fd(const MpNeighbours *neighbours)
{
    return neighbours->socket != NULL ? mp_netlink_socket_fd(neighbours->socket) : -1;
}

void mp_neighbours_request(MpNeighbours *neighbours, guint index)
{
    g_array_append_val(neighbours->wanted, index);
}

gboolean mp_neighbours_is_ready(const MpNeighbours *neighbours)
{
    return neighbours->wanted->len > 0 && !neighbours->waiting;
}

void mp_neighbours_wake(MpNeighbours *neighbours)
{
    neighbours->waiting = FALSE;
}

static gboolean neighbours_open(MpNeighbours *neighbours)
{
    if (neighbours->socket != NULL)
        return TRUE;
    g_autoptr(MpNetlinkSocket) socket = mp_netlink_socket_new(NULL);
    /* Strict: the kernel sends this device's entries instead of all. */
    if (socket != NULL && mp_netlink_socket_set(socket, NETLINK_GET_STRICT_CHK, NULL))
        neighbours->socket = g_steal_pointer(&socket);
    return neighbours->socket != NULL;
}

static guint neighbours_index(const MpNeighbours *neighbours)
{
    return g_array_index(neighbours->wanted, guint, 0);
}

static gboolean neighbours_ask(MpNeighbours *neighbours)
{
    if (!neighbours_open(neighbours))
        return FALSE;
    struct ndmsg header = {.ndm_family = FAMILIES[neighbours->stage]};
    struct nl_msg *message = nlmsg_alloc_simple(RTM_GETNEIGH, NLM_F_REQUEST | NLM_F_DUMP);
    nlmsg_append(message, &header, sizeof header, NLMSG_ALIGNTO);
    nla_put_u32(message, NDA_IFINDEX, neighbours_index(neighbours));
    nlmsg_hdr(message)->nlmsg_seq = ++neighbours->sequence;
    int error = mp_netlink_socket_send(neighbours->socket, (const guint8 *)nlmsg_hdr(message),
                                       nlmsg_hdr(message)->nlmsg_len);
    nlmsg_free(message);
    return error == 0;
}

/* This family is over; the device too if it was the last. */
static void neighbours_advance(MpNeighbours *neighbours)
{
    neighbours->asked = FALSE;
    if (++neighbours->stage < G_N_ELEMENTS(FAMILIES))
        return;
    MpEvent end = {.kind = MP_EVENT_NEIGHBOURS_END, .index = neighbours_index(neighbours)};
    neighbours->stage = 0;
    g_array_remove_index(neighbours->wanted, 0);
    neighbours->tell(&end, neighbours->user_data);
}

static void on_neighbour(MpEvent *event, gpointer user_data)
{
    MpNeighbours *neighbours = user_data;
    if (event->kind == MP_EVENT_NEIGHBOUR && event->index == neighbours_index(neighbours))
        neighbours->tell(event, neighbours->user_data);
}

/* FALSE: that was the last. */
static gboolean neighbours_take(MpNeighbours *neighbours, const guint8 *message, gsize length)
{
    struct nlmsghdr header;
    memcpy(&header, message, sizeof header);
    if (header.nlmsg_seq != neighbours->sequence)
        return TRUE;
    if (header.nlmsg_type == NLMSG_DONE || header.nlmsg_type == NLMSG_ERROR)
        return FALSE;
    mp_netlink_parse(message, length, 0, on_neighbour, neighbours);
    return TRUE;
}

static void neighbours_receive(MpNeighbours *neighbours)
{
    const guint8 *data, *message;
    gsize left, length;
    gboolean more = TRUE;
    switch (mp_netlink_socket_receive(neighbours->socket, &data, &left)) {
    case MP_RECEIVE_NOTHING:
        neighbours->waiting = TRUE;
        break;
    case MP_RECEIVE_OVERFLOW: /* what is left of it is not taken for the next one's */
        neighbours_advance(neighbours);
        break;
    case MP_RECEIVE_DATAGRAM:
        while (more && mp_netlink_split(&data, &left, &message, &length))
            more = neighbours_take(neighbours, message, length);
        if (!more)
            neighbours_advance(neighbours);
        break;
    }
}

void mp_neighbours_step(MpNeighbours *neighbours)
{
    if (!mp_neighbours_is_ready(neighbours))
        return;
    if (neighbours->asked) {
        neighbours_receive(neighbours);
    } else if (neighbours_ask(neighbours)) {
        neighbours->asked = TRUE;
    } else {
        neighbours_advance(neighbours);
    }
}
