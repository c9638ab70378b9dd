/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "netlink-build.h"
#include "recorded.h"
#include <errno.h>
#include <linux/neighbour.h>
#include <linux/netlink.h>
#include <netlink/msg.h>

#define OURS (MP_NEXTHOP_ID_FIRST + 1)
#define STATIC 4

static void check_address(const MpAddress *address, const char *text)
{
    char buffer[MP_ADDRESS_STRING_MAX];
    g_assert_cmpstr(mp_address_format(address, buffer), ==, text);
}

static MpEvent parse_one(const char *name, MpEventKind kind)
{
    Told told = recorded_parse(name);
    g_assert_cmpuint(told.n, ==, 1);
    g_assert_cmpint(told.events[0].kind, ==, kind);
    return told.events[0];
}

static void test_link(void)
{
    MpEvent up = parse_one("link-up", MP_EVENT_LINK);
    g_assert_cmpuint(up.link.index, ==, 70);
    g_assert_cmpstr(up.link.name, ==, "eth0");
    g_assert_cmpstr(up.link.kind, ==, "veth");
    g_assert_cmpuint(up.link.media, ==, 1);
    g_assert_cmpuint(up.link.mtu, ==, 1500);
    g_assert_cmpuint(up.link.hwaddr_len, ==, 6);
    g_assert_cmpuint(up.link.operstate, ==, MP_OPER_UP);
    g_assert_cmpuint(up.link.master, ==, 0);
    g_assert_true(up.link.carrier);
    guint running = MP_IFF_UP | MP_IFF_RUNNING | MP_IFF_LOWER_UP;
    g_assert_cmpuint(up.link.flags & running, ==, running);
    MpEvent lost = parse_one("link-no-carrier", MP_EVENT_LINK);
    g_assert_false(lost.link.carrier);
    g_assert_cmpuint(lost.link.flags & running, ==, MP_IFF_UP);
    MpEvent down = parse_one("link-down", MP_EVENT_LINK);
    g_assert_cmpuint(down.link.flags & running, ==, 0);
    g_assert_cmpuint(parse_one("link-enslaved", MP_EVENT_LINK).link.master, !=, 0);
    MpEvent gone = parse_one("link-del", MP_EVENT_LINK_GONE);
    g_assert_cmpuint(gone.index, ==, 70);
    g_assert_false(gone.moved_netns);
}

/* A port that leaves its bridge is no device that is gone; a route for some sources is none for
 * all.
 */
static void test_not_ours_to_know(void)
{
    static const char *const names[] = {"bridge-port", "bridge-port-del",
                                        "route-v4-foreign-in-ours", "route-v6-from"};
    for (guint i = 0; i < G_N_ELEMENTS(names); i++)
        g_assert_cmpuint(recorded_parse(names[i]).n, ==, 0);
}

static void test_address(void)
{
    MpEvent v4 = parse_one("address-v4", MP_EVENT_ADDRESS);
    check_address(&v4.address.address, "192.0.2.10/24");
    g_assert_cmpuint(v4.address.index, ==, 70);
    g_assert_cmpstr(v4.address.label, ==, "eth0:a");
    g_assert_true(v4.address.has_broadcast);
    g_assert_cmpmem(v4.address.broadcast, 4, "\xc0\x00\x02\xff", 4);
    g_assert_cmpuint(v4.address.valid_s, ==, 3600);
    g_assert_cmpuint(v4.address.preferred_s, ==, 1800);
    g_assert_cmpint(v4.address.stamp_us, ==, 12345);
    g_assert_false(v4.address.has_peer);
    g_assert_cmpuint(v4.port_id, !=, 0);
    MpEvent peer = parse_one("address-v4-peer", MP_EVENT_ADDRESS);
    check_address(&peer.address.address, "192.0.2.20/32");
    g_assert_true(peer.address.has_peer);
    MpEvent v6 = parse_one("address-v6", MP_EVENT_ADDRESS);
    check_address(&v6.address.address, "2001:db8::10/64");
    g_assert_cmpuint(v6.address.flags, ==, MP_IFA_PERMANENT | MP_IFA_NODAD);
    g_assert_cmpuint(v6.address.valid_s, ==, MP_FOREVER);
    g_assert_cmpuint(v6.port_id, ==, 0);
    MpEvent gone = parse_one("address-v6-del", MP_EVENT_ADDRESS_GONE);
    check_address(&gone.address.address, "2001:db8::10/64");
}

static void test_route(void)
{
    MpEvent connected = parse_one("route-v4-connected", MP_EVENT_ROUTE);
    check_address(&connected.route.dst, "192.0.2.0/24");
    g_assert_cmpuint(connected.route.protocol, ==, MP_RTPROT_KERNEL);
    g_assert_cmpuint(connected.route.scope, ==, MP_SCOPE_LINK);
    MpEvent route = parse_one("route-v4-static", MP_EVENT_ROUTE);
    check_address(&route.route.dst, "198.51.100.0/24");
    check_address(&route.route.gateway, "192.0.2.1/32");
    check_address(&route.route.prefsrc, "192.0.2.10/32");
    g_assert_cmpuint(route.route.metric, ==, 50);
    g_assert_cmpuint(route.route.protocol, ==, STATIC);
    g_assert_cmpuint(route.route.oif, ==, 70);
    g_assert_cmphex(route.route.metrics_mask, ==, 1u << 1 | 1u << 2); /* lock, mtu */
    g_assert_cmpuint(route.route.metrics[2], ==, 1300);
    MpEvent via = parse_one("route-v4-via", MP_EVENT_ROUTE);
    g_assert_cmpuint(via.route.family, ==, MP_IPV4);
    check_address(&via.route.gateway, "fe80::1/128");
    MpEvent throw = parse_one("route-v4-throw", MP_EVENT_ROUTE);
    g_assert_cmpuint(throw.route.type, ==, MP_RTN_THROW);
    g_assert_cmpuint(throw.route.table, ==, MP_TABLE_ROUTES);
    MpEvent test = parse_one("route-v4-test", MP_EVENT_ROUTE);
    g_assert_cmpuint(test.route.table, ==, MP_TABLE_TEST_FIRST + 70);
    g_assert_cmpuint(test.route.oif, ==, 70);
    g_assert_cmpuint(test.route.protocol, ==, MP_PROTOCOL);
    check_address(&test.route.prefsrc, "192.0.2.10/32");
    MpEvent ra = parse_one("route-v6-ra", MP_EVENT_ROUTE);
    check_address(&ra.route.dst, "::/0");
    g_assert_cmpuint(ra.route.protocol, ==, MP_RTPROT_RA);
    g_assert_cmpuint(ra.route.preference, ==, 1);
    g_assert_true(ra.route.has_expires);
    g_assert_cmpuint(ra.route.expires_s, >=, 599);
    g_assert_cmpuint(ra.route.expires_s, <=, 600);
}

static void test_multipath(void)
{
    Told told = recorded_parse("route-v4-multipath");
    g_assert_cmpuint(told.n, ==, 2);
    check_address(&told.events[0].route.gateway, "192.0.2.1/32");
    check_address(&told.events[1].route.gateway, "192.0.2.2/32");
    g_assert_cmpuint(told.events[0].route.hop_weight, ==, 2);
    g_assert_cmpuint(told.events[1].route.hop_weight, ==, 0);
    for (guint i = 0; i < 2; i++) {
        g_assert_cmpuint(told.events[i].route.hop, ==, i);
        g_assert_cmpuint(told.events[i].route.n_hops, ==, 2);
        g_assert_cmpuint(told.events[i].route.oif, ==, 70);
        check_address(&told.events[i].route.dst, "198.51.101.0/24");
    }
    told = recorded_parse("route-v6-multipath");
    g_assert_cmpuint(told.n, ==, 2);
    check_address(&told.events[1].route.gateway, "2001:db8::2/128");
}

/* The hops that the kernel quotes of a nexthop group are not the route's own. */
/* Of others, in a table of theirs. */
static void test_route_other_table(void)
{
    g_assert_cmpuint(parse_one("route-v4-other-table", MP_EVENT_ROUTE).route.table, ==, 1234);
}

static void test_route_by_nexthop(void)
{
    MpEvent route = parse_one("route-v4-nhid", MP_EVENT_ROUTE);
    g_assert_cmpuint(route.route.nhid, ==, OURS + 4);
    g_assert_false(route.replaced);
    route = parse_one("route-v4-replaced", MP_EVENT_ROUTE);
    g_assert_cmpuint(route.route.nhid, ==, OURS + 3);
    g_assert_cmpuint(route.route.n_hops, ==, 1);
    g_assert_true(route.replaced);
    route = parse_one("route-v4-del", MP_EVENT_ROUTE_GONE);
    g_assert_cmpuint(route.route.nhid, ==, OURS + 3);
}

static void test_nexthop(void)
{
    MpEvent v4 = parse_one("nexthop-v4", MP_EVENT_NEXTHOP);
    g_assert_cmpuint(v4.nexthop.id, ==, OURS);
    g_assert_cmpuint(v4.nexthop.family, ==, MP_IPV4);
    g_assert_cmpuint(v4.nexthop.oif, ==, 70);
    g_assert_cmpuint(v4.nexthop.flags, ==, MP_RTNH_ONLINK);
    g_assert_cmpuint(v4.nexthop.protocol, ==, MP_PROTOCOL);
    check_address(&v4.nexthop.gateway, "192.0.2.1/32");
    MpEvent v6 = parse_one("nexthop-v6", MP_EVENT_NEXTHOP);
    g_assert_cmpuint(v6.nexthop.family, ==, MP_IPV6);
    g_assert_true(mp_address_is_none(&v6.nexthop.gateway));
    g_assert_cmpuint(parse_one("nexthop-foreign", MP_EVENT_NEXTHOP).nexthop.id, ==, 77);
    MpEvent group = parse_one("nexthop-group", MP_EVENT_NEXTHOP);
    g_assert_cmpuint(group.nexthop.family, ==, 0);
    g_assert_cmpuint(group.nexthop.n_members, ==, 1);
    g_assert_cmpuint(group.nexthop.buckets, ==, 0);
    MpEvent resilient = parse_one("nexthop-resilient", MP_EVENT_NEXTHOP);
    g_assert_cmpuint(resilient.nexthop.n_members, ==, 2);
    g_assert_cmpuint(resilient.nexthop.members[0].id, ==, OURS);
    g_assert_cmpuint(resilient.nexthop.members[0].weight, ==, 256);
    g_assert_cmpuint(resilient.nexthop.members[1].weight, ==, 1);
    g_assert_cmpuint(resilient.nexthop.buckets, ==, 64);
    g_assert_cmpuint(parse_one("nexthop-del", MP_EVENT_NEXTHOP_GONE).nexthop.id, ==, OURS + 4);
}

static void test_rule(void)
{
    MpEvent v4 = parse_one("rule-v4", MP_EVENT_RULE);
    g_assert_cmpuint(v4.rule.priority, ==, MP_RULE_PRIORITY);
    g_assert_cmpuint(v4.rule.table, ==, MP_TABLE_MAIN);
    g_assert_cmpint(v4.rule.suppress_prefix, ==, 0);
    g_assert_cmpuint(v4.rule.protocol, ==, MP_PROTOCOL);
    g_assert_true(mp_address_is_none(&v4.rule.from));
    MpEvent test = parse_one("rule-v4-test", MP_EVENT_RULE);
    g_assert_cmpuint(test.rule.priority, ==, MP_RULE_PRIORITY_TEST);
    g_assert_cmpuint(test.rule.table, ==, MP_TABLE_TEST_FIRST + 70);
    check_address(&test.rule.from, "192.0.2.10/32");
    g_assert_cmpuint(test.rule.selector_len, ==, 0);
    MpEvent others = parse_one("rule-v4-others", MP_EVENT_RULE);
    g_assert_cmpuint(others.rule.table, ==, 1234);
    g_assert_cmpuint(others.rule.action, ==, MP_RULE_LOOKUP);
    g_assert_cmpint(others.rule.suppress_prefix, ==, 1);
    check_address(&others.rule.from, "192.0.2.0/24");
    g_assert_false(others.rule.unreadable);
    g_assert_cmpuint(others.rule.selector_len, >, 4 * 8);
    MpEvent v6 = parse_one("rule-v6", MP_EVENT_RULE);
    check_address(&v6.rule.from, "2001:db8::/64");
    g_assert_cmpuint(v6.rule.table, ==, MP_TABLE_ROUTES);
    g_assert_cmpint(v6.rule.suppress_prefix, ==, -1);
    g_assert_cmpint(parse_one("rule-v6-del", MP_EVENT_RULE_GONE).rule.family, ==, MP_IPV6);
}

static void test_neighbour(void)
{
    MpEvent v4 = parse_one("neighbour-v4", MP_EVENT_NEIGHBOUR);
    check_address(&v4.neighbour.address, "192.0.2.1/32");
    g_assert_cmpuint(v4.index, ==, 70);
    g_assert_false(v4.neighbour.router);
    MpEvent router = parse_one("neighbour-v6-router", MP_EVENT_NEIGHBOUR);
    check_address(&router.neighbour.address, "fe80::1/128");
    g_assert_true(router.neighbour.router);
    g_assert_false(parse_one("neighbour-v6", MP_EVENT_NEIGHBOUR).neighbour.router);
    g_assert_cmpuint(recorded_parse("neighbour-v4-failed").n, ==, 0);
    g_assert_cmpuint(recorded_parse("neighbour-v4-noarp").n, ==, 0);
    g_assert_cmpuint(recorded_parse("neighbour-v6-global").n, ==, 0);
}

/* A state that says nothing of its being there; multicast and broadcast entries. */
static void test_neighbour_states(void)
{
    static const struct {
        guint16 state;
        guint n;
    } states[] = {{NUD_INCOMPLETE, 0}, {NUD_REACHABLE, 1}, {NUD_STALE, 1},
                  {NUD_DELAY, 1},      {NUD_PROBE, 1},     {NUD_FAILED, 0},
                  {NUD_NOARP, 0},      {NUD_PERMANENT, 2}, {NUD_NONE, 0}};
    static const guint8 no_stations[][4] = {
        {224, 0, 0, 1}, {255, 255, 255, 255}, {0, 0, 0, 0}, {127, 0, 0, 1}};
    g_autoptr(GBytes) whole = recorded_load("neighbour-v4");
    gsize length;
    const guint8 *original = g_bytes_get_data(whole, &length);
    g_autofree guint8 *copy = g_memdup2(original, length);
    gsize state_at = NLMSG_HDRLEN + offsetof(struct ndmsg, ndm_state);
    gsize address_at = NLMSG_HDRLEN + sizeof(struct ndmsg) + NLA_HDRLEN; /* NDA_DST comes first */
    for (guint i = 0; i < G_N_ELEMENTS(states); i++) {
        Told told = {.n = 0};
        memcpy(copy + state_at, &states[i].state, sizeof states[i].state);
        g_assert_cmpuint(mp_netlink_parse(copy, length, 0, on_told, &told), ==, states[i].n);
    }
    memcpy(copy, original, length);
    g_assert_cmpmem(copy + address_at, 4, "\xc0\0\2\1", 4);
    for (guint i = 0; i < G_N_ELEMENTS(no_stations); i++) {
        Told told = {.n = 0};
        memcpy(copy + address_at, no_stations[i], 4);
        g_assert_cmpuint(mp_netlink_parse(copy, length, 0, on_told, &told), ==, 0);
    }
}

/* Permanent ones are objects of the kernel's, told and taken back; whose they are stands there. */
static void test_neighbour_fixed(void)
{
    static const guint8 hwaddr[6] = {2, 0, 0, 0, 0, 7};
    MpOp op = {.kind = MP_OP_NEIGHBOUR_SET};
    op.fixed = (MpFixed){70, {MP_IPV4, 32, {192, 0, 2, 1}}, {2, 0, 0, 0, 0, 7}, MP_PROTOCOL};
    for (guint gone = 0; gone < 2; gone++) {
        g_autoptr(GByteArray) bytes = g_byte_array_new();
        struct nl_msg *scratch = nlmsg_alloc_size(MP_SCRATCH_SIZE);
        Told told = {.n = 0};
        op.kind = gone ? MP_OP_NEIGHBOUR_DEL : MP_OP_NEIGHBOUR_SET;
        g_assert_true(mp_netlink_build(&op, 1, 1, scratch, bytes));
        nlmsg_free(scratch);
        mp_netlink_parse(bytes->data, bytes->len, 0, on_told, &told);
        g_assert_cmpuint(told.n, ==, gone ? 1 : 2); /* and one that is there */
        const MpEvent *event = &told.events[told.n - 1];
        g_assert_cmpint(event->kind, ==, gone ? MP_EVENT_FIXED_GONE : MP_EVENT_FIXED);
        g_assert_true(mp_fixed_same_key(&event->fixed, &op.fixed));
        if (!gone)
            g_assert_cmpmem(event->fixed.hwaddr, 6, hwaddr, 6);
        g_assert_cmpuint(event->fixed.protocol, ==, gone ? 0 : MP_PROTOCOL);
    }
}

/* Whatever is cut off, nothing is told of the rest. */
static void test_truncated(void)
{
    static const char *const names[] = {"link-up",           "address-v4", "route-v4-multipath",
                                        "nexthop-resilient", "rule-v4",    "neighbour-v4"};
    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autoptr(GBytes) whole = recorded_load(names[i]);
        for (gsize length = 0; length < g_bytes_get_size(whole); length++) {
            g_autofree guint8 *part = g_memdup2(g_bytes_get_data(whole, NULL), length);
            Told told = {.n = 0};
            g_assert_cmpuint(mp_netlink_parse(part, length, 0, on_told, &told), ==, 0);
        }
    }
}

static gsize answer_make(guint8 *out, guint16 flags, gint32 error, const char *text)
{
    struct {
        struct nlmsghdr header;
        struct nlmsgerr answer;
        struct nlattr attr;
        char text[100];
    } message = {
        .header = {.nlmsg_type = NLMSG_ERROR, .nlmsg_flags = flags},
        .answer = {.error = error, .msg = {.nlmsg_seq = 99, .nlmsg_len = 16}},
    };
    gsize size = sizeof message.header + sizeof message.answer;
    if (text != NULL) {
        message.attr.nla_type = NLMSGERR_ATTR_MSG;
        message.attr.nla_len = (guint16)(NLA_HDRLEN + strlen(text) + 1);
        g_strlcpy(message.text, text, sizeof message.text);
        size += message.attr.nla_len;
    }
    message.header.nlmsg_len = (guint32)size;
    memcpy(out, &message, size);
    return size;
}

static void test_answer(void)
{
    guint8 bytes[256];
    guint32 sequence = 0;
    int error = -1;
    char text[12];
    gsize size = answer_make(bytes, NLM_F_CAPPED, 0, NULL);
    g_assert_true(mp_netlink_parse_answer(bytes, size, &sequence, &error, text, sizeof text));
    g_assert_cmpuint(sequence, ==, 99);
    g_assert_cmpint(error, ==, 0);
    g_assert_cmpstr(text, ==, "");
    size = answer_make(bytes, NLM_F_CAPPED | NLM_F_ACK_TLVS, -EINVAL, "Nexthop id does not exist");
    g_assert_true(mp_netlink_parse_answer(bytes, size, &sequence, &error, text, sizeof text));
    g_assert_cmpint(error, ==, EINVAL);
    g_assert_cmpstr(text, ==, "Nexthop id ");
    for (gsize cut = 0; cut < size; cut++) {
        g_autofree guint8 *part = g_memdup2(bytes, cut);
        g_assert_false(mp_netlink_parse_answer(part, cut, &sequence, &error, text, sizeof text));
    }
    size = answer_make(bytes, 0, G_MININT32, NULL);
    g_assert_false(mp_netlink_parse_answer(bytes, size, &sequence, &error, text, sizeof text));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/wire/parse/link", test_link);
    g_test_add_func("/wire/parse/not-ours-to-know", test_not_ours_to_know);
    g_test_add_func("/wire/parse/address", test_address);
    g_test_add_func("/wire/parse/route", test_route);
    g_test_add_func("/wire/parse/multipath", test_multipath);
    g_test_add_func("/wire/parse/route-by-nexthop", test_route_by_nexthop);
    g_test_add_func("/wire/parse/nexthop", test_nexthop);
    g_test_add_func("/wire/parse/route-other-table", test_route_other_table);
    g_test_add_func("/wire/parse/rule", test_rule);
    g_test_add_func("/wire/parse/neighbour", test_neighbour);
    g_test_add_func("/wire/parse/neighbour-states", test_neighbour_states);
    g_test_add_func("/wire/parse/neighbour-fixed", test_neighbour_fixed);
    g_test_add_func("/wire/parse/truncated", test_truncated);
    g_test_add_func("/wire/parse/answer", test_answer);
    return g_test_run();
}
