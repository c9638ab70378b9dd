/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dump.h"
#include "netlink-socket.h"
#include "notified.h"
#include <errno.h>
#include <linux/fib_rules.h>
#include <linux/if_addr.h>
#include <linux/neighbour.h>
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <string.h>

#ifndef RTEXT_FILTER_SKIP_STATS
#define RTEXT_FILTER_SKIP_STATS (1 << 3)
#endif

/* One request to the kernel; several make up a kind. */
typedef struct {
    MpDump kind;
    int type;
    guint8 family;
} Stage;

/* What a later kind names (devices, nexthops) has been told before it. */
static const Stage STAGES[] = {
    {MP_DUMP_LINKS, RTM_GETLINK, AF_UNSPEC},    {MP_DUMP_ADDRESSES, RTM_GETADDR, AF_INET},
    {MP_DUMP_ADDRESSES, RTM_GETADDR, AF_INET6}, {MP_DUMP_RULES, RTM_GETRULE, AF_INET},
    {MP_DUMP_RULES, RTM_GETRULE, AF_INET6},     {MP_DUMP_NEXTHOPS, RTM_GETNEXTHOP, AF_UNSPEC},
    {MP_DUMP_ROUTES, RTM_GETROUTE, AF_INET},    {MP_DUMP_ROUTES, RTM_GETROUTE, AF_INET6},
    {MP_DUMP_FIXED, RTM_GETNEIGH, AF_INET},
};

struct MpDumper {
    MpNetlinkSocket *socket;
    MpParseFunc tell;
    gpointer user_data;
    MpDump wanted;
    MpDump kind;        /* that is being dumped, 0 = none */
    guint stage;        /* index into STAGES, while kind is set */
    gboolean asked;     /* the stage's request is out */
    gboolean waiting;   /* ... and nothing has come yet */
    guint32 sequence;   /* of the request */
    int error;          /* of this kind so far */
    const guint8 *data; /* received, not yet delivered */
    gsize length;
    gint64 stamp_us;
    MpNotified *notified;
};

MpDumper *mp_dumper_new(MpParseFunc tell, gpointer user_data, GError **error)
{
    g_autoptr(MpDumper) dumper = g_new0(MpDumper, 1);
    dumper->tell = tell;
    dumper->user_data = user_data;
    dumper->notified = mp_notified_new();
    dumper->socket = mp_netlink_socket_new(error);
    /* Strict: the kernel leaves the cached routes out. */
    if (dumper->socket == NULL ||
        !mp_netlink_socket_set(dumper->socket, NETLINK_GET_STRICT_CHK, error))
        return NULL;
    return g_steal_pointer(&dumper);
}

void mp_dumper_free(MpDumper *dumper)
{
    g_clear_pointer(&dumper->socket, mp_netlink_socket_free);
    mp_notified_free(dumper->notified);
    g_free(dumper);
}

int mp_dumper_fd(const MpDumper *dumper)
{
    return mp_netlink_socket_fd(dumper->socket);
}

void mp_dumper_request(MpDumper *dumper, MpDump what)
{
    dumper->wanted |= what;
}

gboolean mp_dumper_is_ready(const MpDumper *dumper)
{
    return dumper->kind != 0 ? !dumper->waiting : dumper->wanted != 0;
}

void mp_dumper_wake(MpDumper *dumper)
{
    dumper->waiting = FALSE;
}

void mp_dumper_spoil(MpDumper *dumper)
{
    if (dumper->kind != 0 && dumper->error == 0)
        dumper->error = EINTR;
}

void mp_dumper_note(MpDumper *dumper, const MpEvent *event)
{
    if (dumper->kind != 0 && mp_event_dump(event->kind) == dumper->kind &&
        !mp_notified_add(dumper->notified, event))
        mp_dumper_spoil(dumper);
}

static void dumper_mark(MpDumper *dumper, MpEventKind kind)
{
    MpEvent event = {.kind = kind, .dump = dumper->kind};
    if (kind == MP_EVENT_DUMP_END)
        event.error = dumper->error;
    dumper->tell(&event, dumper->user_data);
}

static void dumper_begin(MpDumper *dumper)
{
    guint stage = 0;
    while (stage < G_N_ELEMENTS(STAGES) && (STAGES[stage].kind & dumper->wanted) == 0)
        stage++;
    if (stage == G_N_ELEMENTS(STAGES)) {
        dumper->wanted = 0; /* bits that no stage knows */
        return;
    }
    dumper->stage = stage;
    dumper->kind = STAGES[stage].kind;
    dumper->wanted &= ~dumper->kind;
    dumper->error = 0;
    dumper_mark(dumper, MP_EVENT_DUMP_BEGIN);
}

/* This stage is over; the kind too if it was its last. */
static void dumper_advance(MpDumper *dumper)
{
    dumper->asked = FALSE;
    dumper->stage++;
    if (dumper->stage < G_N_ELEMENTS(STAGES) && STAGES[dumper->stage].kind == dumper->kind)
        return;
    mp_notified_clear(dumper->notified);
    dumper_mark(dumper, MP_EVENT_DUMP_END);
    dumper->kind = 0;
}

/* The fixed header of each type has its own size; the family is set, all the rest is zero. */
static gsize stage_header_size(const Stage *stage)
{
    switch (stage->kind) {
    case MP_DUMP_LINKS:
        return sizeof(struct ifinfomsg);
    case MP_DUMP_ADDRESSES:
        return sizeof(struct ifaddrmsg);
    case MP_DUMP_ROUTES:
        return sizeof(struct rtmsg);
    case MP_DUMP_NEXTHOPS:
        return sizeof(struct nhmsg);
    case MP_DUMP_FIXED:
        return sizeof(struct ndmsg);
    default:
        return sizeof(struct fib_rule_hdr);
    }
}

static int dumper_ask(MpDumper *dumper)
{
    const Stage *stage = &STAGES[dumper->stage];
    guint8 header[32] = {stage->family};
    struct nl_msg *message = nlmsg_alloc_simple(stage->type, NLM_F_REQUEST | NLM_F_DUMP);
    nlmsg_append(message, header, stage_header_size(stage), NLMSG_ALIGNTO);
    if (stage->kind == MP_DUMP_LINKS)
        nla_put_u32(message, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
    nlmsg_hdr(message)->nlmsg_seq = ++dumper->sequence;
    int error = mp_netlink_socket_send(dumper->socket, (const guint8 *)nlmsg_hdr(message),
                                       nlmsg_hdr(message)->nlmsg_len);
    nlmsg_free(message);
    return error;
}

void mp_dumper_receive(MpDumper *dumper, gint64 now_us)
{
    dumper->length = 0;
    dumper->stamp_us = now_us;
    if (dumper->kind == 0)
        dumper_begin(dumper);
    if (dumper->kind == 0)
        return;
    if (!dumper->asked) {
        int error = dumper_ask(dumper);
        if (error != 0) {
            dumper->error = error;
            dumper_advance(dumper);
            return;
        }
        dumper->asked = TRUE;
    }
    switch (mp_netlink_socket_receive(dumper->socket, &dumper->data, &dumper->length)) {
    case MP_RECEIVE_DATAGRAM:
        break;
    case MP_RECEIVE_NOTHING:
        dumper->waiting = TRUE;
        dumper->length = 0;
        break;
    case MP_RECEIVE_OVERFLOW:
        mp_dumper_spoil(dumper);
        dumper->length = 0;
        break;
    }
}

static void on_dumped(MpEvent *event, gpointer user_data)
{
    MpDumper *dumper = user_data;
    if (event->kind == MP_EVENT_NEIGHBOUR)
        return;         /* nobody has asked for the others */
    event->port_id = 0; /* in a dump it is the reader's own */
    event->replaced = event->prepended = FALSE;
    switch (mp_notified_judge(dumper->notified, event)) {
    case MP_DUMPED_GOOD:
        dumper->tell(event, dumper->user_data);
        break;
    case MP_DUMPED_STALE:
        break;
    case MP_DUMPED_AMBIGUOUS:
        mp_dumper_spoil(dumper);
        break;
    }
}

/* Tables and families that do not exist are empty. */
static int stage_error(int error)
{
    return error == ENOENT || error == EAFNOSUPPORT || error == EOPNOTSUPP ? 0 : error;
}

static void stage_finish(MpDumper *dumper, int error)
{
    if (dumper->error == 0)
        dumper->error = stage_error(error);
    dumper_advance(dumper);
}

/* The payload of NLMSG_DONE: 0 or a negative errno. */
static int done_error(const guint8 *message, gsize length)
{
    gint32 result = 0;
    if (length >= NLMSG_HDRLEN + sizeof result)
        memcpy(&result, message + NLMSG_HDRLEN, sizeof result);
    return result < 0 && result > G_MININT ? -result : 0;
}

/* FALSE: that was the last of the stage. */
static gboolean dumper_deliver_one(MpDumper *dumper, const guint8 *message, gsize length)
{
    struct nlmsghdr header;
    memcpy(&header, message, sizeof header);
    if (header.nlmsg_seq != dumper->sequence)
        return TRUE;
    if ((header.nlmsg_flags & NLM_F_DUMP_INTR) != 0)
        mp_dumper_spoil(dumper);
    if (header.nlmsg_type == NLMSG_DONE) {
        stage_finish(dumper, done_error(message, length));
        return FALSE;
    }
    if (header.nlmsg_type == NLMSG_ERROR) {
        guint32 sequence;
        int error = EIO;
        char text[1];
        mp_netlink_parse_answer(message, length, &sequence, &error, text, sizeof text);
        stage_finish(dumper, error);
        return FALSE;
    }
    mp_netlink_parse(message, length, dumper->stamp_us, on_dumped, dumper);
    return TRUE;
}

void mp_dumper_deliver(MpDumper *dumper)
{
    const guint8 *message;
    gsize length;
    gboolean more = TRUE;
    while (more && mp_netlink_split(&dumper->data, &dumper->length, &message, &length))
        more = dumper_deliver_one(dumper, message, length);
    dumper->length = 0;
}
