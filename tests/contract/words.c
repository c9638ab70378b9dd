/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "contract.h"

#define STATIC_PROTOCOL 4 /* RTPROT_STATIC */

MpAddress address_of(const char *text)
{
    MpAddress address = {0};
    g_autoptr(GError) error = NULL;
    mp_address_parse(text, MP_PREFIX_OPTIONAL, &address, &error);
    g_assert_no_error(error);
    return address;
}

MpOp op_address(MpOpKind kind, guint index, const char *text)
{
    MpOp op = {.kind = kind};
    op.address = (MpIfaddr){
        .index = index,
        .address = address_of(text),
        .protocol = MP_PROTOCOL,
        .valid_s = MP_FOREVER,
        .preferred_s = MP_FOREVER,
    };
    if (op.address.address.family == MP_IPV6)
        op.address.flags = MP_IFA_NODAD;
    return op;
}

static MpRoute route_to(guint32 table, const char *dst)
{
    MpAddress network = address_of(dst);
    return (MpRoute){
        .family = network.family,
        .table = table,
        .dst = network,
        .metric = network.family == MP_IPV6 ? 1024 : 0,
        .type = MP_RTN_UNICAST,
        .protocol = MP_PROTOCOL,
        .scope = network.family == MP_IPV4 ? MP_SCOPE_LINK : MP_SCOPE_UNIVERSE,
        .n_hops = 1,
    };
}

MpOp op_route(MpOpKind kind, guint32 table, const char *dst, guint oif, const char *gateway)
{
    MpOp op = {.kind = kind, .route = route_to(table, dst)};
    op.route.oif = oif;
    if (gateway != NULL) {
        op.route.gateway = address_of(gateway);
        op.route.scope = MP_SCOPE_UNIVERSE;
    }
    return op;
}

MpOp op_route_nhid(MpOpKind kind, guint32 table, const char *dst, guint32 nhid)
{
    MpOp op = {.kind = kind, .route = route_to(table, dst)};
    op.route.nhid = nhid;
    return op;
}

MpOp op_nexthop(guint32 id, guint oif, guint8 family, const char *gateway)
{
    MpOp op = {.kind = MP_OP_NEXTHOP_SET};
    op.nexthop.id = id;
    op.nexthop.family = family;
    op.nexthop.protocol = MP_PROTOCOL;
    op.nexthop.oif = oif;
    if (gateway != NULL) {
        op.nexthop.gateway = address_of(gateway);
        op.nexthop.flags = MP_RTNH_ONLINK;
    }
    return op;
}

MpOp op_group(guint32 id, guint16 buckets, guint32 a, guint16 weight_a, guint32 b, guint16 weight_b)
{
    MpOp op = {.kind = MP_OP_NEXTHOP_SET};
    op.nexthop.id = id;
    op.nexthop.protocol = MP_PROTOCOL;
    op.nexthop.buckets = buckets;
    op.nexthop.n_members = b != 0 ? 2 : 1;
    op.nexthop.members[0] = (MpNexthopMember){a, weight_a};
    op.nexthop.members[1] = (MpNexthopMember){b, weight_b};
    return op;
}

MpOp op_rule(MpOpKind kind, guint8 family, guint32 table, gint32 suppress)
{
    MpOp op = {.kind = kind};
    op.rule = (MpRule){
        .family = family,
        .priority = MP_RULE_PRIORITY,
        .table = table,
        .suppress_prefix = suppress,
        .protocol = MP_PROTOCOL,
    };
    return op;
}

MpProbe probe_icmp(guint index, const char *source, const char *target, guint16 sequence)
{
    return (MpProbe){
        .index = index,
        .via = MP_VIA_ICMP,
        .source = address_of(source),
        .target = address_of(target),
        .sequence = sequence,
        .cookie = G_GUINT64_CONSTANT(0xc00c1e0000000000) | sequence,
    };
}

MpProbe probe_arp(Fixture *fixture, guint index, const char *sender, const char *target)
{
    MpProbe probe = {.index = index, .via = MP_VIA_ARP, .target = address_of(target)};
    if (sender != NULL)
        probe.source = address_of(sender);
    fixture_link_hwaddr(fixture, index, probe.hwaddr);
    return probe;
}

int submit(Fixture *fixture, MpOp op)
{
    return fixture_submit(fixture, &op, 1);
}

void foreign_address(Fixture *fixture, guint index, const char *text)
{
    MpOp op = op_address(MP_OP_ADDRESS_ADD, index, text);
    op.address.protocol = 0;
    fixture_address_add(fixture, &op.address);
}

MpRoute foreign_route(const char *dst, guint oif, const char *gateway, guint32 metric)
{
    MpOp op = op_route(MP_OP_ROUTE_ADD, MP_TABLE_MAIN, dst, oif, gateway);
    op.route.protocol = STATIC_PROTOCOL;
    if (metric != 0)
        op.route.metric = metric;
    return op.route;
}

const MpEvent *told_address(Fixture *fixture, MpEventKind kind, guint index, const char *text)
{
    MpAddress address = address_of(text);
    const MpEvent *event;
    for (guint n = 0; (event = fixture_event(fixture, kind, n)) != NULL; n++)
        if (event->address.index == index && mp_address_equal(&event->address.address, &address))
            return event;
    return NULL;
}

static gboolean is_route(const MpEvent *event, guint32 table, const MpAddress *dst)
{
    return event->route.table == table && mp_address_equal(&event->route.dst, dst);
}

const MpEvent *told_route(Fixture *fixture, MpEventKind kind, guint32 table, const char *dst)
{
    MpAddress network = address_of(dst);
    const MpEvent *event;
    for (guint n = 0; (event = fixture_event(fixture, kind, n)) != NULL; n++)
        if (is_route(event, table, &network))
            return event;
    return NULL;
}

guint told_routes(Fixture *fixture, MpEventKind kind, guint32 table, const char *dst)
{
    MpAddress network = address_of(dst);
    const MpEvent *event;
    guint count = 0;
    for (guint n = 0; (event = fixture_event(fixture, kind, n)) != NULL; n++)
        count += is_route(event, table, &network) ? 1 : 0;
    return count;
}

const MpEvent *told_nexthop(Fixture *fixture, MpEventKind kind, guint32 id)
{
    const MpEvent *event;
    for (guint n = 0; (event = fixture_event(fixture, kind, n)) != NULL; n++)
        if (event->nexthop.id == id)
            return event;
    return NULL;
}

guint position(Fixture *fixture, const MpEvent *event)
{
    return (guint)(event - (const MpEvent *)(gpointer)fixture->events->data);
}

/* What is waited for, whichever it is about. */
typedef struct {
    MpEventKind kind;
    guint index;
    guint32 table;
    const char *text;
    gboolean up, carrier;
    guint16 sequence;
    const MpEvent *found;
} Wait;

static gboolean is_told_address(Fixture *fixture, gpointer user_data)
{
    Wait *wait = user_data;
    wait->found = told_address(fixture, wait->kind, wait->index, wait->text);
    return wait->found != NULL;
}

static gboolean is_told_route(Fixture *fixture, gpointer user_data)
{
    Wait *wait = user_data;
    wait->found = told_route(fixture, wait->kind, wait->table, wait->text);
    return wait->found != NULL;
}

static gboolean is_told_link(Fixture *fixture, gpointer user_data)
{
    Wait *wait = user_data;
    for (guint n = 0; (wait->found = fixture_event(fixture, MP_EVENT_LINK, n)) != NULL; n++) {
        const MpLink *link = &wait->found->link;
        if (link->index == wait->index && ((link->flags & MP_IFF_UP) != 0) == wait->up &&
            link->carrier == wait->carrier &&
            ((link->flags & MP_IFF_RUNNING) != 0) == (wait->up && wait->carrier))
            return TRUE;
    }
    return FALSE;
}

static gboolean is_told_gone(Fixture *fixture, gpointer user_data)
{
    Wait *wait = user_data;
    for (guint n = 0; (wait->found = fixture_event(fixture, MP_EVENT_LINK_GONE, n)) != NULL; n++)
        if (wait->found->index == wait->index)
            return TRUE;
    return FALSE;
}

static gboolean is_told_answer(Fixture *fixture, gpointer user_data)
{
    Wait *wait = user_data;
    for (guint n = 0; (wait->found = fixture_event(fixture, MP_EVENT_PROBE_ANSWER, n)) != NULL; n++)
        if (wait->found->answer.index == wait->index &&
            wait->found->answer.sequence == wait->sequence)
            return TRUE;
    return FALSE;
}

static const MpEvent *expect(Fixture *fixture, FixturePredicate predicate, Wait wait)
{
    g_assert_true(fixture_run_until(fixture, predicate, &wait));
    return wait.found;
}

const MpEvent *expect_address(Fixture *fixture, MpEventKind kind, guint index, const char *text)
{
    return expect(fixture, is_told_address, (Wait){.kind = kind, .index = index, .text = text});
}

const MpEvent *expect_route(Fixture *fixture, MpEventKind kind, guint32 table, const char *dst)
{
    return expect(fixture, is_told_route, (Wait){.kind = kind, .table = table, .text = dst});
}

const MpEvent *expect_link(Fixture *fixture, guint index, gboolean up, gboolean carrier)
{
    return expect(fixture, is_told_link, (Wait){.index = index, .up = up, .carrier = carrier});
}

const MpEvent *expect_gone(Fixture *fixture, guint index)
{
    return expect(fixture, is_told_gone, (Wait){.index = index});
}

const MpEvent *expect_answer(Fixture *fixture, guint index, guint16 sequence)
{
    return expect(fixture, is_told_answer, (Wait){.index = index, .sequence = sequence});
}

void settle(Fixture *fixture)
{
    fixture_dump(fixture, MP_DUMP_RULES);
}

const MpEvent *ask_address(Fixture *fixture, guint index, const char *text)
{
    settle(fixture);
    fixture_forget(fixture);
    fixture_dump(fixture, MP_DUMP_ADDRESSES);
    return told_address(fixture, MP_EVENT_ADDRESS, index, text);
}

const MpEvent *ask_route(Fixture *fixture, guint32 table, const char *dst)
{
    settle(fixture);
    fixture_forget(fixture);
    fixture_dump(fixture, MP_DUMP_ROUTES);
    return told_route(fixture, MP_EVENT_ROUTE, table, dst);
}

const MpEvent *ask_nexthop(Fixture *fixture, guint32 id)
{
    settle(fixture);
    fixture_forget(fixture);
    fixture_dump(fixture, MP_DUMP_NEXTHOPS);
    return told_nexthop(fixture, MP_EVENT_NEXTHOP, id);
}
