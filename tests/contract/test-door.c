/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What only the real door can show: frames on the wire, dumps in the middle of changes, large
 * batches, the kernel's words. */
#include "contract.h"
#include "frame.h"
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define N_ROUTES 3000
#define ROUNDS 20
#define SLOW_TURN_US (50 * 1000)
#define SLOW_TURNS_MAX 8

/* ---- dumps while routes change ---- */

/* A picture as the engine keeps it: what is told is there, what a dump leaves out is swept. */
typedef struct {
    GHashTable *routes; /* text of dst, gateway -> whether it was seen since DUMP_BEGIN */
    guint position;     /* events before this have been taken in */
    guint ended, interrupted, swept;
} Mirror;

static char *route_text(const MpRoute *route)
{
    char dst[MP_ADDRESS_STRING_MAX], gateway[MP_ADDRESS_STRING_MAX];
    return g_strdup_printf(
        "%s %s", mp_address_format(&route->dst, dst),
        mp_address_is_none(&route->gateway) ? "-" : mp_address_format(&route->gateway, gateway));
}

static void mirror_unsee(Mirror *mirror)
{
    GHashTableIter iter;
    g_hash_table_iter_init(&iter, mirror->routes);
    while (g_hash_table_iter_next(&iter, NULL, NULL))
        g_hash_table_iter_replace(&iter, GINT_TO_POINTER(FALSE));
}

static gboolean is_unseen(gpointer key, gpointer value, gpointer user_data)
{
    return !GPOINTER_TO_INT(value);
}

/* Those of other gateways, as the notification of a replacement does not name what it replaced. */
static void mirror_replace(Mirror *mirror, const MpRoute *route)
{
    char dst[MP_ADDRESS_STRING_MAX];
    g_autofree char *prefix = g_strdup_printf("%s ", mp_address_format(&route->dst, dst));
    GHashTableIter iter;
    gpointer key;
    g_hash_table_iter_init(&iter, mirror->routes);
    while (g_hash_table_iter_next(&iter, &key, NULL))
        if (g_str_has_prefix(key, prefix))
            g_hash_table_iter_remove(&iter);
}

static void mirror_take(Mirror *mirror, const MpEvent *event)
{
    switch (event->kind) {
    case MP_EVENT_ROUTE:
        if (event->replaced)
            mirror_replace(mirror, &event->route);
        g_hash_table_insert(mirror->routes, route_text(&event->route), GINT_TO_POINTER(TRUE));
        break;
    case MP_EVENT_ROUTE_GONE: {
        g_autofree char *text = route_text(&event->route);
        g_hash_table_remove(mirror->routes, text);
        break;
    }
    case MP_EVENT_DUMP_BEGIN:
        mirror_unsee(mirror);
        break;
    case MP_EVENT_DUMP_END:
        if (event->dump != MP_DUMP_ROUTES)
            break;
        mirror->ended++;
        if (event->error != 0)
            mirror->interrupted++;
        else
            mirror->swept += g_hash_table_foreach_remove(mirror->routes, is_unseen, NULL);
        break;
    default:
        break;
    }
}

static void mirror_update(Mirror *mirror, Fixture *fixture)
{
    for (; mirror->position < fixture->events->len; mirror->position++)
        mirror_take(mirror, &g_array_index(fixture->events, MpEvent, mirror->position));
}

static MpOp numbered_route(MpOpKind kind, guint index, guint n, guint gateway)
{
    g_autofree char *dst = g_strdup_printf("10.%u.%u.0/24", n / 256, n % 256);
    g_autofree char *via = g_strdup_printf("192.0.2.%u", gateway);
    MpOp op = op_route(kind, MP_TABLE_MAIN, dst, index, via);
    op.route.protocol = 4; /* static */
    return op;
}

static void routes_fill(Fixture *fixture, guint index, guint n_routes)
{
    g_autofree MpOp *ops = g_new(MpOp, n_routes);
    for (guint n = 0; n < n_routes; n++)
        ops[n] = numbered_route(MP_OP_ROUTE_ADD, index, n, 1);
    g_assert_cmpint(fixture_submit(fixture, ops, n_routes), ==, 0);
    g_assert_cmpuint(fixture_count(fixture, MP_EVENT_OP_DONE), ==, n_routes);
}

/* Somebody changes any route in any way, right now. */
static void route_disturb(Fixture *fixture, GRand *rand, guint index)
{
    guint n = (guint)g_rand_int_range(rand, 0, N_ROUTES);
    MpOp op = numbered_route(MP_OP_ROUTE_REPLACE, index, n, 1);
    switch (g_rand_int_range(rand, 0, 3)) {
    case 0:
        op.kind = MP_OP_ROUTE_DEL;
        break;
    case 1:
        op.kind = MP_OP_ROUTE_ADD;
        break;
    default: /* now and then, as it costs a dump */
        if (g_rand_int_range(rand, 0, 50) == 0)
            op = numbered_route(MP_OP_ROUTE_REPLACE, index, n, (guint)g_rand_int_range(rand, 2, 5));
        else
            op.kind = MP_OP_ROUTE_ADD;
        break;
    }
    fixture->kernel->submit(fixture->kernel, &op, 1);
}

static void check_same(GHashTable *mirrored, GHashTable *real)
{
    GHashTableIter iter;
    gpointer key;
    g_hash_table_iter_init(&iter, mirrored);
    while (g_hash_table_iter_next(&iter, &key, NULL))
        if (!g_hash_table_contains(real, key))
            g_error("the mirror has %s, the kernel has not", (char *)key);
    g_assert_cmpuint(g_hash_table_size(mirrored), ==, g_hash_table_size(real));
}

static void mirror_init(Mirror *mirror)
{
    *mirror = (Mirror){.routes = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL)};
}

static void test_dump_among_changes(void)
{
    Fixture *fixture = fixture_new();
    guint eth0 = fixture_link_add(fixture, "eth0");
    g_autoptr(GRand) rand = g_rand_new_with_seed(73);
    Mirror mirror;
    mirror_init(&mirror);
    foreign_address(fixture, eth0, "192.0.2.10/24");
    routes_fill(fixture, eth0, N_ROUTES);
    mirror_update(&mirror, fixture);
    for (guint round = 1; round <= ROUNDS; round++) {
        fixture->kernel->dump(fixture->kernel, MP_DUMP_ROUTES);
        while (mirror.ended < round) {
            route_disturb(fixture, rand, eth0);
            g_main_context_iteration(fixture->context, TRUE);
            mirror_update(&mirror, fixture);
        }
    }
    /* Every removal was notified, so no dump may have swept anything. */
    g_assert_cmpuint(mirror.swept, ==, 0);
    g_assert_cmpuint(mirror.interrupted, <, ROUNDS);
    settle(fixture);
    mirror_update(&mirror, fixture);
    fixture_forget(fixture);
    fixture_dump(fixture, MP_DUMP_ROUTES);
    Mirror clean;
    mirror_init(&clean);
    mirror_update(&clean, fixture);
    check_same(mirror.routes, clean.routes);
    g_hash_table_destroy(mirror.routes);
    g_hash_table_destroy(clean.routes);
    fixture_free(fixture);
}

/* A link event does not wait for the rest of a long dump. */
static void test_link_overtakes_dump(void)
{
    Fixture *fixture = fixture_new();
    guint eth0 = fixture_link_add(fixture, "eth0");
    foreign_address(fixture, eth0, "192.0.2.10/24");
    routes_fill(fixture, eth0, 4 * N_ROUTES); /* who pulls the cable takes a while, too */
    settle(fixture);
    fixture_forget(fixture);
    fixture->kernel->dump(fixture->kernel, MP_DUMP_ROUTES);
    while (fixture_count(fixture, MP_EVENT_DUMP_BEGIN) == 0)
        g_main_context_iteration(fixture->context, TRUE);
    fixture_link_set_carrier(fixture, eth0, FALSE);
    const MpEvent *link = expect_link(fixture, eth0, TRUE, FALSE);
    g_assert_cmpuint(fixture_count(fixture, MP_EVENT_DUMP_END), ==, 0);
    /* What had been read of the dump before may be told behind it. */
    g_assert_cmpuint(fixture->events->len - position(fixture, link), <, N_ROUTES);
    fixture_free(fixture);
}

/* Where a turn takes long (ten thousands of addresses are placed) a dump has as much of the time as
 * it needs, else what waits for its end would wait for minutes. */
static void test_dump_among_slow_turns(void)
{
    Fixture *fixture = fixture_new();
    guint eth0 = fixture_link_add(fixture, "eth0"), turns = 0;
    foreign_address(fixture, eth0, "192.0.2.10/24");
    routes_fill(fixture, eth0, 4 * N_ROUTES);
    settle(fixture);
    fixture_forget(fixture);
    fixture->kernel->dump(fixture->kernel, MP_DUMP_ROUTES);
    while (fixture_count(fixture, MP_EVENT_DUMP_END) == 0) {
        gint64 end_us = g_get_monotonic_time() + SLOW_TURN_US;
        turns += g_main_context_iteration(fixture->context, FALSE) ? 1 : 0;
        while (g_get_monotonic_time() < end_us)
            continue;
    }
    g_test_message("%u turns", turns);
    g_assert_cmpuint(turns, <, SLOW_TURNS_MAX);
    g_assert_cmpuint(fixture_count(fixture, MP_EVENT_ROUTE), >=, 4 * N_ROUTES);
    fixture_free(fixture);
}

/* ---- batches ---- */

static void test_large_batch(void)
{
    Fixture *fixture = fixture_new();
    guint eth0 = fixture_link_add(fixture, "eth0");
    const guint n = 10000; /* several system calls, megabytes of answers */
    g_autofree MpOp *ops = g_new(MpOp, n);
    for (guint i = 0; i < n; i++) {
        g_autofree char *text = g_strdup_printf("10.%u.%u.1/32", i / 256, i % 256);
        ops[i] = op_address(MP_OP_ADDRESS_ADD, eth0, text);
    }
    g_assert_cmpint(fixture_submit(fixture, ops, n), ==, 0);
    const MpEvent *event;
    guint answered = 0;
    for (guint i = 0; i < fixture->events->len; i++) {
        event = &g_array_index(fixture->events, MpEvent, i);
        if (event->kind != MP_EVENT_OP_DONE)
            continue;
        g_assert_cmpint(event->error, ==, 0);
        g_assert_cmpuint(event->op_id, ==, ++answered);
    }
    g_assert_cmpuint(answered, ==, n);
    g_assert_cmpuint(fixture_count(fixture, MP_EVENT_OVERFLOW), ==, 0);
    fixture_free(fixture);
}

static void test_kernels_words(void)
{
    Fixture *fixture = fixture_new();
    MpOp op = op_route_nhid(MP_OP_ROUTE_ADD, MP_TABLE_MAIN, "198.51.100.0/24", OUR_NEXTHOP);
    g_assert_cmpint(submit(fixture, op), ==, EINVAL);
    g_assert_cmpstr(fixture_event(fixture, MP_EVENT_OP_DONE, 0)->text, ==,
                    "Nexthop id does not exist");
    fixture_free(fixture);
}

/* ---- hands that carry no port id, though the device is up ---- */

static void check_gone_without_port(Fixture *fixture, guint index, const char *text)
{
    const MpEvent *gone = expect_address(fixture, MP_EVENT_ADDRESS_GONE, index, text);
    g_assert_cmpuint(gone->port_id, ==, 0);
    g_assert_false(gone->by_us);
    const MpEvent *link;
    for (guint n = 0; (link = fixture_event(fixture, MP_EVENT_LINK, n)) != NULL; n++)
        g_assert_cmpuint(link->link.flags & MP_IFF_UP, !=, 0);
}

static void test_expiry(void)
{
    Fixture *fixture = fixture_new();
    guint eth0 = fixture_link_add(fixture, "eth0");
    expect_link(fixture, eth0, TRUE, TRUE);
    fixture_forget(fixture);
    MpOp v4 = op_address(MP_OP_ADDRESS_ADD, eth0, "192.0.2.10/24");
    MpOp v6 = op_address(MP_OP_ADDRESS_ADD, eth0, "2001:db8::10/64");
    v4.address.valid_s = v4.address.preferred_s = 1;
    v6.address.valid_s = v6.address.preferred_s = 1;
    fixture_address_add(fixture, &v4.address);
    fixture_address_add(fixture, &v6.address);
    check_gone_without_port(fixture, eth0, "192.0.2.10/24");
    check_gone_without_port(fixture, eth0, "2001:db8::10/64");
    fixture_free(fixture);
}

/* As ifconfig and udhcpc do it. */
static void test_ioctl(void)
{
    Fixture *fixture = fixture_new();
    guint eth0 = fixture_link_add(fixture, "eth0");
    expect_link(fixture, eth0, TRUE, TRUE);
    fixture_forget(fixture);
    foreign_address(fixture, eth0, "192.0.2.10/24");
    struct ifreq request = {.ifr_name = "eth0"};
    request.ifr_addr.sa_family = AF_INET; /* 0.0.0.0: none */
    int any = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    g_assert_cmpint(ioctl(any, SIOCSIFADDR, &request), ==, 0);
    close(any);
    check_gone_without_port(fixture, eth0, "192.0.2.10/24");
    fixture_free(fixture);
}

/* ---- announcements ---- */

typedef struct {
    int socket;
    guint8 frames[4096][MP_FRAME_MAX];
    guint n;
} Ear;

/* The tap sees what leaves the device too, so it listens there. */
static void ear_open(Ear *ear, guint index)
{
    struct sockaddr_ll here = {
        .sll_family = AF_PACKET, .sll_protocol = g_htons(ETH_P_ALL), .sll_ifindex = (int)index};
    int size = 16 << 20;
    memset(ear, 0, sizeof *ear);
    ear->socket = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, g_htons(ETH_P_ALL));
    g_assert_cmpint(bind(ear->socket, (void *)&here, sizeof here), ==, 0);
    setsockopt(ear->socket, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size);
}

/* The kernel's own frames (multicast reports) are none of ours. */
static gboolean is_announcement(const guint8 *frame, gssize size)
{
    return (size == MP_FRAME_ARP_SIZE && frame[12] == 0x08 && frame[13] == 0x06) ||
           (size == MP_FRAME_ND_SIZE && frame[12] == 0x86 &&
            (frame[54] == 136 || frame[54] == 135));
}

static void ear_listen(Ear *ear)
{
    guint8 frame[2048];
    gssize size;
    while ((size = recv(ear->socket, frame, sizeof frame, 0)) > 0)
        if (is_announcement(frame, size) && ear->n < G_N_ELEMENTS(ear->frames))
            memcpy(ear->frames[ear->n++], frame, MIN((gsize)size, MP_FRAME_MAX));
}

static MpAction announcement(guint index, const char *address)
{
    MpAction action = {.kind = MP_ACTION_ANNOUNCE};
    action.announce.index = index;
    action.announce.hwaddr_len = 6;
    memcpy(action.announce.hwaddr, "\x02\0\0\0\0\x11", 6);
    action.announce.address = address_of(address);
    return action;
}

static void test_announce(void)
{
    Fixture *fixture = fixture_new();
    guint eth0 = fixture_link_add(fixture, "eth0");
    g_autofree Ear *ear = g_new(Ear, 1);
    ear_open(ear, eth0);
    MpAction actions[] = {
        announcement(9999, "192.0.2.9/24"), /* no such device: the others go out all the same */
        announcement(eth0, "192.0.2.10/24"),
        announcement(eth0, "192.0.2.11/24"),
        announcement(eth0, "2001:db8::10/64"),
    };
    actions[1].announce.n_peers = 1;
    actions[1].announce.peers[0] = address_of("192.0.2.1");
    actions[3].announce.n_peers = 1;
    actions[3].announce.peers[0] = address_of("fe80::1");
    actions[2].announce.hwaddr_len = 20; /* no Ethernet: left out */
    fixture->kernel->announce(fixture->kernel, actions, G_N_ELEMENTS(actions));
    ear_listen(ear);
    guint8 expected[MP_FRAME_MAX];
    const guint8 *hwaddr = actions[1].announce.hwaddr;
    MpAddress own = address_of("192.0.2.10"), gateway = address_of("192.0.2.1"),
              v6 = address_of("2001:db8::10"), router = address_of("fe80::1");
    g_assert_cmpuint(ear->n, ==, 5);
    mp_frame_arp(expected, MP_FRAME_ARP_REQUEST, hwaddr, &own, &own);
    g_assert_cmpmem(ear->frames[0], MP_FRAME_ARP_SIZE, expected, MP_FRAME_ARP_SIZE);
    mp_frame_neighbour_advertisement(expected, hwaddr, &v6); /* a first word about each */
    g_assert_cmpmem(ear->frames[1], MP_FRAME_ND_SIZE, expected, MP_FRAME_ND_SIZE);
    mp_frame_arp(expected, MP_FRAME_ARP_REPLY, hwaddr, &own, &own);
    g_assert_cmpmem(ear->frames[2], MP_FRAME_ARP_SIZE, expected, MP_FRAME_ARP_SIZE);
    mp_frame_arp(expected, MP_FRAME_ARP_REQUEST, hwaddr, &own, &gateway);
    g_assert_cmpmem(ear->frames[3], MP_FRAME_ARP_SIZE, expected, MP_FRAME_ARP_SIZE);
    mp_frame_neighbour_solicitation(expected, hwaddr, &v6, &router);
    g_assert_cmpmem(ear->frames[4], MP_FRAME_ND_SIZE, expected, MP_FRAME_ND_SIZE);
    close(ear->socket);
    fixture_free(fixture);
}

/* More frames than fit one system call. */
static void test_announce_many(void)
{
    Fixture *fixture = fixture_new();
    guint eth0 = fixture_link_add(fixture, "eth0");
    const guint n = 1500;
    g_autofree Ear *ear = g_new(Ear, 1);
    g_autofree MpAction *actions = g_new(MpAction, n);
    ear_open(ear, eth0);
    for (guint i = 0; i < n; i++) {
        g_autofree char *text = g_strdup_printf("10.0.%u.%u/16", i / 256, i % 256);
        actions[i] = announcement(eth0, text);
    }
    fixture->kernel->announce(fixture->kernel, actions, n);
    ear_listen(ear);
    g_assert_cmpuint(ear->n, ==, 2 * n);
    g_assert_cmpmem(ear->frames[n - 1] + 28, 4, actions[n - 1].announce.address.bytes, 4);
    g_assert_cmpmem(ear->frames[2 * n - 1] + 28, 4, actions[n - 1].announce.address.bytes, 4);
    close(ear->socket);
    fixture_free(fixture);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/door/dump-among-changes", test_dump_among_changes);
    g_test_add_func("/door/link-overtakes-dump", test_link_overtakes_dump);
    g_test_add_func("/door/dump-among-slow-turns", test_dump_among_slow_turns);
    g_test_add_func("/door/large-batch", test_large_batch);
    g_test_add_func("/door/kernels-words", test_kernels_words);
    g_test_add_func("/door/expiry", test_expiry);
    g_test_add_func("/door/ioctl", test_ioctl);
    g_test_add_func("/door/announce", test_announce);
    g_test_add_func("/door/announce-many", test_announce_many);
    return g_test_run();
}
