/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The real door: one source over the sockets. What is told in one turn of the loop, in this order:
 * notifications (the socket is drained), what came in for probes, pieces of dumps, answers to
 * operations, neighbours. So an operation's answer comes after what the kernel notified because of
 * it (IPv6 addresses excepted: the kernel adds and notifies them later, in a worker, and without a
 * port id). */
#include "ability.h"
#include "announce.h"
#include "commands.h"
#include "dump.h"
#include "error.h"
#include "kernel.h"
#include "link-read.h"
#include "names.h"
#include "neighbours.h"
#include "netlink-build.h"
#include "netlink-parse.h"
#include "netlink-socket.h"
#include "probes.h"
#include "sysctl.h"
#include <linux/rtnetlink.h>
#include <string.h>
#include <unistd.h>

#define DRAIN_MAX 8192     /* datagrams a turn: somebody's storm must not keep us from settling */
#define DUMP_BUDGET_US 500 /* of a turn for dumps: a link that is read waits no longer for them */
#define DUMP_SHARE                                                                                 \
    2 /* ... or half as long as what else went on since: with ten thousands of                     \
       * addresses a turn takes so long that a dump would never end */

typedef struct {
    MpKernel door;
    MpKernelSink sink;
    GSource *source;
    MpNetlinkSocket *monitor;
    MpCommands *commands;
    MpDumper *dumper;
    gint64 dump_stepped_us; /* end of the last step, while there is more; 0 = none */
    MpAnnouncer *announcer;
    MpProbes *probes;
    MpNeighbours *neighbours;
    MpNames *names;
    int link_reader;
    guint32 port; /* of our commands */
    guint told;   /* events of this turn */
    gboolean dump_waited;
    gboolean probes_wait; /* answers wait to be read */
} Netlink;

typedef struct {
    GSource base;
    Netlink *netlink;
    gpointer monitor_tag, commands_tag, dumper_tag;
    gpointer probe_tags[MP_N_PROBE_WAYS], neighbours_tag; /* NULL: not opened yet */
} NetlinkSource;

static const int GROUPS[] = {
    RTNLGRP_LINK,         RTNLGRP_IPV4_IFADDR,  RTNLGRP_IPV6_IFADDR, RTNLGRP_IPV4_ROUTE,
    RTNLGRP_IPV6_ROUTE,   RTNLGRP_NEXTHOP,      RTNLGRP_IPV4_RULE,   RTNLGRP_IPV6_RULE,
    RTNLGRP_IPV4_NETCONF, RTNLGRP_IPV6_NETCONF, RTNLGRP_NEIGH,
};

/* The kernel labels an IPv4 address with its device's name when nobody asks for another. */
static void label_trim(Netlink *netlink, MpIfaddr *address)
{
    const char *name = mp_names_get(netlink->names, address->index);
    if (name != NULL && strcmp(name, address->label) == 0)
        address->label[0] = '\0';
}

static void on_event(MpEvent *event, gpointer user_data)
{
    Netlink *netlink = user_data;
    if (event->kind == MP_EVENT_LINK || event->kind == MP_EVENT_LINK_GONE)
        mp_names_learn(netlink->names, event);
    else if (event->kind == MP_EVENT_ADDRESS || event->kind == MP_EVENT_ADDRESS_GONE)
        label_trim(netlink, &event->address);
    if (event->kind == MP_EVENT_LINK_GONE)
        mp_probes_forget(netlink->probes, event->index);
    netlink->told++;
    netlink->sink.event(event, netlink->sink.user_data);
}

static void on_notification(MpEvent *event, gpointer user_data)
{
    Netlink *netlink = user_data;
    if (event->kind == MP_EVENT_NEIGHBOUR)
        return; /* read when it is asked for */
    event->by_us = event->port_id == netlink->port;
    mp_dumper_note(netlink->dumper, event);
    on_event(event, netlink);
}

static gboolean is_helpers(const Netlink *netlink, const guint8 *message)
{
    struct nlmsghdr header;
    memcpy(&header, message, sizeof header);
    return header.nlmsg_pid == netlink->port && (header.nlmsg_seq & MP_SEQUENCE_HELPER) != 0;
}

static void netlink_overflow(Netlink *netlink)
{
    MpEvent event = {.kind = MP_EVENT_OVERFLOW};
    mp_dumper_spoil(netlink->dumper);
    on_event(&event, netlink);
}

static void netlink_drain(Netlink *netlink)
{
    gint64 now_us = g_get_monotonic_time();
    const guint8 *data, *message;
    gsize left, length;
    for (guint i = 0; i < DRAIN_MAX; i++) {
        switch (mp_netlink_socket_receive(netlink->monitor, &data, &left)) {
        case MP_RECEIVE_NOTHING:
            return;
        case MP_RECEIVE_OVERFLOW:
            netlink_overflow(netlink);
            break;
        case MP_RECEIVE_DATAGRAM:
            while (mp_netlink_split(&data, &left, &message, &length))
                if (!is_helpers(netlink, message))
                    mp_netlink_parse(message, length, now_us, on_notification, netlink);
            break;
        }
    }
}

static gint64 dump_budget_us(const Netlink *netlink, gint64 now_us)
{
    gint64 since_us = netlink->dump_stepped_us != 0 ? now_us - netlink->dump_stepped_us : 0;
    return MAX(DUMP_BUDGET_US, since_us / DUMP_SHARE);
}

/* Ends early when something was notified: what that asks for is more urgent than a dump. */
static void netlink_dump_step(Netlink *netlink)
{
    gint64 now_us = g_get_monotonic_time();
    gint64 end_us = now_us + dump_budget_us(netlink, now_us);
    gboolean quiet = TRUE;
    while (quiet && mp_dumper_is_ready(netlink->dumper) && now_us < end_us) {
        mp_dumper_receive(netlink->dumper, now_us);
        guint told = netlink->told;
        netlink_drain(netlink);
        quiet = told == netlink->told;
        mp_dumper_deliver(netlink->dumper);
        now_us = g_get_monotonic_time();
    }
    netlink->dump_stepped_us = mp_dumper_is_ready(netlink->dumper) ? now_us : 0;
}

/* After notifications the dump waits a turn, so that they are settled first; but only one, lest a
 * storm stops it for ever. */
static gboolean netlink_dump_is_due(Netlink *netlink)
{
    gboolean due = netlink->told == 0 || netlink->dump_waited;
    netlink->dump_waited = !due;
    return due;
}

static void netlink_tell_answers(Netlink *netlink)
{
    MpEvent event;
    mp_commands_receive(netlink->commands);
    while (mp_commands_take(netlink->commands, &event))
        on_event(&event, netlink);
}

static gboolean source_is_ready(const Netlink *netlink)
{
    return mp_commands_has_answer(netlink->commands) || mp_dumper_is_ready(netlink->dumper) ||
           mp_neighbours_is_ready(netlink->neighbours);
}

static gboolean has_woken(GSource *base, gpointer tag)
{
    return tag != NULL && g_source_query_unix_fd(base, tag) != 0;
}

static gboolean probes_have_woken(const NetlinkSource *source)
{
    for (MpProbeWay way = 0; way < MP_N_PROBE_WAYS; way++)
        if (has_woken((GSource *)source, source->probe_tags[way]))
            return TRUE;
    return FALSE;
}

static void watch(GSource *base, int fd, gpointer *tag, GIOCondition condition)
{
    if (fd >= 0 && *tag == NULL)
        *tag = g_source_add_unix_fd(base, fd, condition);
}

static GIOCondition probe_condition(const Netlink *netlink)
{
    return netlink->probes_wait ? 0 : G_IO_IN | G_IO_ERR;
}

/* Sockets that are opened when they are first needed. */
static void source_watch_late(NetlinkSource *source)
{
    Netlink *netlink = source->netlink;
    for (MpProbeWay way = 0; way < MP_N_PROBE_WAYS; way++)
        watch(&source->base, mp_probes_fd(netlink->probes, way), &source->probe_tags[way],
              probe_condition(netlink));
    watch(&source->base, mp_neighbours_fd(netlink->neighbours), &source->neighbours_tag,
          G_IO_IN | G_IO_ERR);
}

static gboolean source_prepare(GSource *base, gint *timeout)
{
    *timeout = -1;
    return source_is_ready(((NetlinkSource *)base)->netlink);
}

static gboolean source_check(GSource *base)
{
    NetlinkSource *source = (NetlinkSource *)base;
    return source_is_ready(source->netlink) || has_woken(base, source->monitor_tag) ||
           has_woken(base, source->commands_tag) || has_woken(base, source->dumper_tag) ||
           has_woken(base, source->neighbours_tag) || probes_have_woken(source);
}

static gboolean source_dispatch(GSource *base, GSourceFunc callback, gpointer user_data)
{
    NetlinkSource *source = (NetlinkSource *)base;
    Netlink *netlink = source->netlink;
    netlink->told = 0;
    netlink_drain(netlink);
    for (MpProbeWay way = 0; way < MP_N_PROBE_WAYS; way++)
        if (has_woken(base, source->probe_tags[way]))
            mp_probes_read(netlink->probes, way);
    if (has_woken(base, source->dumper_tag))
        mp_dumper_wake(netlink->dumper);
    if (netlink_dump_is_due(netlink))
        netlink_dump_step(netlink);
    netlink_tell_answers(netlink);
    if (has_woken(base, source->neighbours_tag))
        mp_neighbours_wake(netlink->neighbours);
    mp_neighbours_step(netlink->neighbours);
    source_watch_late(source);
    if (netlink->told > 0)
        netlink->sink.batch(netlink->sink.user_data);
    return G_SOURCE_CONTINUE;
}

static GSourceFuncs source_funcs = {
    .prepare = source_prepare,
    .check = source_check,
    .dispatch = source_dispatch,
};

static void netlink_submit(MpKernel *door, const MpOp *ops, guint n_ops)
{
    mp_commands_submit(((Netlink *)door)->commands, ops, n_ops);
}

static void netlink_announce(MpKernel *door, const MpAction *announcements, guint n)
{
    mp_announcer_send(((Netlink *)door)->announcer, announcements, n);
}

static void netlink_read_links(MpKernel *door, const guint *indexes, guint n)
{
    Netlink *netlink = (Netlink *)door;
    MpEvent event = {.kind = MP_EVENT_LINK_READ};
    for (guint i = 0; i < n; i++) {
        const char *name = mp_names_get(netlink->names, indexes[i]);
        event.index = indexes[i];
        if (name != NULL && mp_link_read(netlink->link_reader, name, &event.up))
            netlink->sink.event(&event, netlink->sink.user_data);
    }
}

static void netlink_read_sysctls(MpKernel *door, guint index)
{
    Netlink *netlink = (Netlink *)door;
    const char *device = index != 0 ? mp_names_get(netlink->names, index) : NULL;
    MpSysctl first = index != 0 ? 0 : MP_SYSCTL_FIRST_GLOBAL;
    MpSysctl end = index != 0 ? MP_SYSCTL_FIRST_GLOBAL : MP_N_SYSCTLS;
    for (MpSysctl key = first; key < end; key++) {
        MpEvent event = {.kind = MP_EVENT_SYSCTL};
        event.sysctl = (MpSysctlValue){index, key, mp_sysctl_read(key, device, index)};
        netlink->sink.event(&event, netlink->sink.user_data);
    }
}

static void netlink_dump(MpKernel *door, MpDump what)
{
    mp_dumper_request(((Netlink *)door)->dumper, what);
}

static void netlink_probe(MpKernel *door, const MpProbe *probes, guint n)
{
    Netlink *netlink = (Netlink *)door;
    mp_probes_send(netlink->probes, probes, n);
    source_watch_late((NetlinkSource *)netlink->source);
}

static void netlink_read_probes(MpKernel *door)
{
    for (MpProbeWay way = 0; way < MP_N_PROBE_WAYS; way++)
        mp_probes_read(((Netlink *)door)->probes, way);
}

static void netlink_wait_probes(MpKernel *door, gboolean wait)
{
    Netlink *netlink = (Netlink *)door;
    NetlinkSource *source = (NetlinkSource *)netlink->source;
    if (netlink->probes_wait == wait)
        return;
    netlink->probes_wait = wait;
    for (MpProbeWay way = 0; way < MP_N_PROBE_WAYS; way++)
        if (source->probe_tags[way] != NULL)
            g_source_modify_unix_fd(&source->base, source->probe_tags[way],
                                    probe_condition(netlink));
}

static void netlink_read_neighbours(MpKernel *door, guint index)
{
    mp_neighbours_request(((Netlink *)door)->neighbours, index);
}

static void netlink_free(MpKernel *door)
{
    Netlink *netlink = (Netlink *)door;
    if (netlink->source != NULL) {
        g_source_destroy(netlink->source);
        g_source_unref(netlink->source);
    }
    g_clear_pointer(&netlink->monitor, mp_netlink_socket_free);
    g_clear_pointer(&netlink->commands, mp_commands_free);
    g_clear_pointer(&netlink->dumper, mp_dumper_free);
    g_clear_pointer(&netlink->announcer, mp_announcer_free);
    g_clear_pointer(&netlink->probes, mp_probes_free);
    g_clear_pointer(&netlink->neighbours, mp_neighbours_free);
    g_clear_pointer(&netlink->names, mp_names_free);
    if (netlink->link_reader >= 0)
        close(netlink->link_reader);
    g_free(netlink);
}

static gboolean monitor_open(Netlink *netlink, GError **error)
{
    netlink->monitor = mp_netlink_socket_new(error);
    if (netlink->monitor == NULL || !mp_netlink_socket_filter(netlink->monitor, error))
        return FALSE;
    for (guint i = 0; i < G_N_ELEMENTS(GROUPS); i++)
        if (!mp_netlink_socket_join(netlink->monitor, GROUPS[i], error))
            return FALSE;
    return TRUE;
}

static gboolean netlink_open(Netlink *netlink, GError **error)
{
    if (!mp_ability_check(error))
        return FALSE;
    netlink->names = mp_names_new();
    if (!monitor_open(netlink, error))
        return FALSE;
    netlink->commands = mp_commands_new(netlink->names, error);
    if (netlink->commands == NULL)
        return FALSE;
    netlink->port = mp_commands_port(netlink->commands);
    netlink->dumper = mp_dumper_new(on_event, netlink, error);
    if (netlink->dumper == NULL)
        return FALSE;
    netlink->announcer = mp_announcer_new(error);
    if (netlink->announcer == NULL)
        return FALSE;
    netlink->probes = mp_probes_new(on_event, netlink, error);
    if (netlink->probes == NULL)
        return FALSE;
    netlink->neighbours = mp_neighbours_new(on_event, netlink);
    netlink->link_reader = mp_link_reader_open(error);
    return netlink->link_reader >= 0;
}

static void source_attach(Netlink *netlink, GMainContext *context)
{
    GSource *base = g_source_new(&source_funcs, sizeof(NetlinkSource));
    NetlinkSource *source = (NetlinkSource *)base;
    GIOCondition ready = G_IO_IN | G_IO_ERR;
    source->netlink = netlink;
    source->monitor_tag = g_source_add_unix_fd(base, mp_netlink_socket_fd(netlink->monitor), ready);
    source->commands_tag = g_source_add_unix_fd(base, mp_commands_fd(netlink->commands), ready);
    source->dumper_tag = g_source_add_unix_fd(base, mp_dumper_fd(netlink->dumper), ready);
    g_source_set_static_name(base, "ipmp rtnetlink");
    g_source_set_priority(base, G_PRIORITY_HIGH);
    /* Else the loop takes all descriptors out before each turn and wakes itself for each that it
     * puts in again. */
    g_source_set_can_recurse(base, TRUE);
    g_source_attach(base, context);
    netlink->source = base;
}

MpKernel *mp_kernel_netlink_new(GMainContext *context, const MpKernelSink *sink, GError **error)
{
    Netlink *netlink = g_new0(Netlink, 1);
    netlink->door = (MpKernel){
        .submit = netlink_submit,
        .announce = netlink_announce,
        .read_links = netlink_read_links,
        .read_sysctls = netlink_read_sysctls,
        .dump = netlink_dump,
        .probe = netlink_probe,
        .read_probes = netlink_read_probes,
        .wait_probes = netlink_wait_probes,
        .read_neighbours = netlink_read_neighbours,
        .free = netlink_free,
    };
    netlink->sink = *sink;
    netlink->link_reader = -1;
    g_autoptr(MpKernel) door = &netlink->door;
    if (!netlink_open(netlink, error))
        return NULL;
    source_attach(netlink, context);
    return g_steal_pointer(&door);
}
