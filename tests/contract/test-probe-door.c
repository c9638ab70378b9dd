/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Probes on a real wire: what leaves, what comes in, what does not wake the door. */
#include "contract.h"
#include "real-kernel.h"
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define FLOOD 20000
#define ECHO_SIZE 16

/* ---- the lab: one cable, or several into one switch, with a router at the other end ---- */

static void command(Fixture *fixture, gboolean far, const char *format, ...) G_GNUC_PRINTF(3, 4);
static void command(Fixture *fixture, gboolean far, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *line = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    real_run(fixture, far, line);
}

static Fixture *lab_new(guint *out_eth0)
{
    Fixture *fixture = fixture_new();
    MpAddress v4 = address_of("192.0.2.1/24"), v6 = address_of("fe80::1/64");
    *out_eth0 = fixture_link_add(fixture, "eth0");
    foreign_address(fixture, *out_eth0, "192.0.2.10/24");
    foreign_address(fixture, *out_eth0, "fe80::10/64");
    fixture_peer_add(fixture, *out_eth0, &v4);
    fixture_peer_add(fixture, *out_eth0, &v6);
    settle(fixture);
    fixture_forget(fixture);
    return fixture;
}

static void send_probe(Fixture *fixture, MpProbe probe)
{
    fixture->kernel->probe(fixture->kernel, &probe, 1);
}

/* How often the loop had something to do. */
static guint wakes(Fixture *fixture)
{
    guint n = 0;
    while (g_main_context_iteration(fixture->context, FALSE))
        n++;
    return n;
}

static guint answers(Fixture *fixture)
{
    return fixture_count(fixture, MP_EVENT_PROBE_ANSWER);
}

/* A packet socket at the far end of a cable, without Ethernet headers. */
static int tap_open(Fixture *fixture, guint index, guint16 protocol)
{
    char name[IF_NAMESIZE];
    real_enter(fixture, TRUE);
    struct sockaddr_ll here = {
        .sll_family = AF_PACKET,
        .sll_protocol = g_htons(protocol),
        .sll_ifindex = (int)if_nametoindex(real_far_name(index, name)),
    };
    int tap = socket(AF_PACKET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    g_assert_cmpint(bind(tap, (void *)&here, sizeof here), ==, 0);
    real_enter(fixture, FALSE);
    return tap;
}

/* The first packet that came in at the tap of which this byte has this value; FALSE: none. */
static gboolean tap_find(int tap, guint at, guint8 value, guint8 *out, gsize size)
{
    struct sockaddr_ll from;
    socklen_t length = sizeof from;
    while (recvfrom(tap, out, size, 0, (void *)&from, &length) > 0)
        if (from.sll_pkttype != PACKET_OUTGOING && out[at] == value)
            return TRUE;
    return FALSE;
}

static int raw_open(Fixture *fixture, gboolean far, int family, int protocol)
{
    int size = 16 << 20, on = 0xffff;
    real_enter(fixture, far);
    int raw = socket(family, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol);
    real_enter(fixture, FALSE);
    g_assert_cmpint(raw, >=, 0);
    setsockopt(raw, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof size);
    if (family == AF_INET) /* all types: it is to read nothing */
        setsockopt(raw, SOL_RAW, 1, &on, sizeof on);
    return raw;
}

static void raw_send(int raw, guint index, const char *to, const guint8 *bytes, gsize size)
{
    MpAddress address = address_of(to);
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_scope_id = index};
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    memcpy(&v6.sin6_addr, address.bytes, 16);
    memcpy(&v4.sin_addr, address.bytes, 4);
    if (address.family == MP_IPV4)
        g_assert_cmpint(sendto(raw, bytes, size, 0, (void *)&v4, sizeof v4), ==, size);
    else
        g_assert_cmpint(sendto(raw, bytes, size, 0, (void *)&v6, sizeof v6), ==, size);
}

/* An echo by hand: only IPv4 wants the checksum. */
static gsize echo_make(guint8 out[64], guint8 type, guint16 identifier, guint16 sequence,
                       gsize size)
{
    guint32 sum = 0;
    memset(out, 0, size);
    out[0] = type;
    out[4] = (guint8)(identifier >> 8);
    out[5] = (guint8)identifier;
    out[6] = (guint8)(sequence >> 8);
    out[7] = (guint8)sequence;
    for (gsize i = 0; i + 1 < size; i += 2)
        sum += (guint32)(out[i] << 8 | out[i + 1]);
    sum = (sum & 0xffff) + (sum >> 16);
    sum = ~((sum & 0xffff) + (sum >> 16));
    out[2] = (guint8)(sum >> 8);
    out[3] = (guint8)sum;
    return size;
}

/* The identifier of the door, from what it sends; the answer to that is out of the way. */
static guint16 identifier_of(Fixture *fixture, guint eth0, gboolean v6)
{
    int tap = tap_open(fixture, eth0, v6 ? ETH_P_IPV6 : ETH_P_IP);
    guint8 packet[128] = {0};
    guint header = v6 ? 40 : 20;
    send_probe(fixture, v6 ? probe_icmp(eth0, "fe80::10", "fe80::1", 1)
                           : probe_icmp(eth0, "192.0.2.10", "192.0.2.1", 1));
    expect_answer(fixture, eth0, 1);
    g_assert_true(tap_find(tap, header, v6 ? 128 : 8, packet, sizeof packet));
    g_assert_cmpuint(packet[v6 ? 7 : 8], ==, 1); /* hop limit, time to live */
    close(tap);
    settle(fixture);
    wakes(fixture);
    fixture_forget(fixture);
    return (guint16)(packet[header + 4] << 8 | packet[header + 5]);
}

/* ---- what comes in ---- */

/* Other programs' echoes, there and back, thousands of them: not one dispatch. */
static void check_flood(gboolean v6)
{
    guint eth0;
    guint8 bytes[64];
    Fixture *fixture = lab_new(&eth0);
    guint16 own = identifier_of(fixture, eth0, v6);
    int near = v6 ? raw_open(fixture, FALSE, AF_INET6, IPPROTO_ICMPV6)
                  : raw_open(fixture, FALSE, AF_INET, IPPROTO_ICMP);
    int far = v6 ? raw_open(fixture, TRUE, AF_INET6, IPPROTO_ICMPV6)
                 : raw_open(fixture, TRUE, AF_INET, IPPROTO_ICMP);
    char name[IF_NAMESIZE];
    real_enter(fixture, TRUE);
    guint far_index = if_nametoindex(real_far_name(eth0, name));
    real_enter(fixture, FALSE);
    guint n = 0;
    for (guint i = 0; i < FLOOD; i++) {
        gsize size = echo_make(bytes, v6 ? 128 : 8, (guint16)(own + 1 + i % 1000), (guint16)i,
                               i % 2 == 0 ? ECHO_SIZE : 56);
        raw_send(near, eth0, v6 ? "fe80::1" : "192.0.2.1", bytes, size);
        raw_send(far, far_index, v6 ? "fe80::10" : "192.0.2.10", bytes, size);
        if (i % 100 == 0)
            n += wakes(fixture);
    }
    g_assert_cmpuint(n + wakes(fixture), ==, 0);
    g_assert_cmpuint(answers(fixture), ==, 0);
    /* That it wakes at all. */
    send_probe(fixture,
               probe_icmp(eth0, v6 ? "fe80::10" : "192.0.2.10", v6 ? "fe80::1" : "192.0.2.1", 2));
    expect_answer(fixture, eth0, 2);
    close(near);
    close(far);
    fixture_free(fixture);
}

static void test_flood(void)
{
    check_flood(FALSE);
}

static void test_flood6(void)
{
    check_flood(TRUE);
}

typedef struct {
    guint8 type;
    gint identifier; /* added to the door's */
    gsize size;
} Forgery;

/* Each but the last differs in one thing from what an answer looks like. */
static void check_forged(gboolean v6)
{
    guint eth0;
    guint8 bytes[64];
    char name[IF_NAMESIZE];
    guint8 reply = v6 ? 129 : 0, request = v6 ? 128 : 8;
    const Forgery forgeries[] = {
        {reply, 1, ECHO_SIZE},
        {reply, 0x100, ECHO_SIZE},
        {request, 0, ECHO_SIZE},
        {reply, 0, ECHO_SIZE - 8},
        {reply, 0, ECHO_SIZE - 1},
        {reply, 0, ECHO_SIZE + 1},
        {reply, 0, 56},
        {reply, 0, ECHO_SIZE},
    };
    Fixture *fixture = lab_new(&eth0);
    guint16 own = identifier_of(fixture, eth0, v6);
    int far = v6 ? raw_open(fixture, TRUE, AF_INET6, IPPROTO_ICMPV6)
                 : raw_open(fixture, TRUE, AF_INET, IPPROTO_ICMP);
    real_enter(fixture, TRUE);
    guint far_index = if_nametoindex(real_far_name(eth0, name));
    real_enter(fixture, FALSE);
    for (guint i = 0; i < G_N_ELEMENTS(forgeries); i++) {
        gsize size = echo_make(bytes, forgeries[i].type, (guint16)(own + forgeries[i].identifier),
                               (guint16)(100 + i), forgeries[i].size);
        raw_send(far, far_index, v6 ? "fe80::10" : "192.0.2.10", bytes, size);
        if (i + 1 < G_N_ELEMENTS(forgeries))
            g_assert_cmpuint(wakes(fixture), ==, 0);
    }
    const MpEvent *event = expect_answer(fixture, eth0, 100 + G_N_ELEMENTS(forgeries) - 1);
    g_assert_cmpuint(event->answer.cookie, ==, 0); /* for the engine to refuse */
    g_assert_cmpuint(answers(fixture), ==, 1);
    close(far);
    fixture_free(fixture);
}

static void test_forged(void)
{
    check_forged(FALSE);
}

static void test_forged6(void)
{
    check_forged(TRUE);
}

/* Who knows the identifier and floods us with it holds a turn only so long. */
static void test_bounded_turn(void)
{
    guint eth0;
    guint8 bytes[64];
    const guint n = 6000;
    Fixture *fixture = lab_new(&eth0);
    guint16 own = identifier_of(fixture, eth0, FALSE);
    int far = raw_open(fixture, TRUE, AF_INET, IPPROTO_ICMP);
    for (guint i = 0; i < n; i++)
        raw_send(far, 0, "192.0.2.10", bytes, echo_make(bytes, 0, own, (guint16)i, ECHO_SIZE));
    fixture->kernel->read_probes(fixture->kernel);
    guint first = answers(fixture);
    g_assert_cmpuint(first, <, n);
    g_assert_cmpuint(first, >, 0);
    while (answers(fixture) < n) {
        guint before = answers(fixture);
        fixture->kernel->read_probes(fixture->kernel);
        g_assert_cmpuint(answers(fixture), >, before);
    }
    close(far);
    fixture_free(fixture);
}

static void arp_send(int tap, guint index, const guint8 to[6], guint8 operation,
                     const guint8 sender[6], const guint8 target[6])
{
    guint8 arp[28] = {0, 1, 8, 0, 6, 4, 0, operation};
    struct sockaddr_ll there = {.sll_family = AF_PACKET,
                                .sll_protocol = g_htons(ETH_P_ARP),
                                .sll_ifindex = (int)index,
                                .sll_halen = 6};
    memcpy(there.sll_addr, to, 6);
    memcpy(arp + 8, sender, 6);
    memcpy(arp + 14, "\xc0\0\2\1", 4);
    memcpy(arp + 18, target, 6);
    g_assert_cmpint(sendto(tap, arp, sizeof arp, 0, (void *)&there, sizeof there), ==, sizeof arp);
}

/* ARP that is no reply to us neither wakes nor is told; what contradicts itself is not told. */
static void test_forged_arp(void)
{
    static const guint8 all[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff},
                        other[6] = {2, 0, 0, 0, 0, 9};
    const guint8 *peer = (const guint8 *)FIXTURE_PEER_HWADDR;
    guint eth0;
    char name[IF_NAMESIZE];
    Fixture *fixture = lab_new(&eth0);
    MpProbe probe = probe_arp(fixture, eth0, NULL, "192.0.2.1");
    send_probe(fixture, probe);
    expect_answer(fixture, eth0, 0);
    wakes(fixture);
    fixture_forget(fixture);
    int tap = tap_open(fixture, eth0, ETH_P_LOOP);
    real_enter(fixture, TRUE);
    guint far_index = if_nametoindex(real_far_name(eth0, name));
    real_enter(fixture, FALSE);
    arp_send(tap, far_index, all, 2, peer, peer);                  /* gratuitous */
    arp_send(tap, far_index, other, 2, peer, probe.hwaddr);        /* to another station */
    arp_send(tap, far_index, probe.hwaddr, 1, peer, probe.hwaddr); /* a request */
    g_assert_cmpuint(wakes(fixture), ==, 0);
    arp_send(tap, far_index, probe.hwaddr, 2, peer, other); /* inside for another one */
    arp_send(tap, far_index, probe.hwaddr, 2, probe.hwaddr, probe.hwaddr); /* from ourselves */
    g_assert_cmpuint(wakes(fixture), >, 0);
    g_assert_cmpuint(answers(fixture), ==, 0);
    arp_send(tap, far_index, probe.hwaddr, 2, peer, probe.hwaddr);
    expect_answer(fixture, eth0, 0);
    g_assert_cmpuint(answers(fixture), ==, 1);
    close(tap);
    fixture_free(fixture);
}

/* The stamp is the kernel's: however late we read, the answer came when it came. */
static void test_stamp(void)
{
    const gint64 late_us = 100 * MP_USEC_PER_MSEC;
    guint eth0;
    Fixture *fixture = lab_new(&eth0);
    MpProbe probes[] = {probe_icmp(eth0, "192.0.2.10", "192.0.2.1", 1),
                        probe_icmp(eth0, "fe80::10", "fe80::1", 2),
                        probe_arp(fixture, eth0, NULL, "192.0.2.1")};
    /* Neighbours know each other, and stamping is on, when the second volley leaves. */
    for (guint round = 0; round < 2; round++) {
        fixture_forget(fixture);
        gint64 before_us = g_get_monotonic_time();
        fixture->kernel->probe(fixture->kernel, probes, G_N_ELEMENTS(probes));
        do /* what keeps us from reading */
            command(fixture, FALSE, "true");
        while (g_get_monotonic_time() < before_us + late_us);
        for (guint16 sequence = 0; sequence < 3; sequence++) {
            gint64 received_us = expect_answer(fixture, eth0, sequence)->answer.received_us;
            g_assert_cmpint(received_us, >=, before_us);
            if (round == 1)
                g_assert_cmpint(received_us, <, before_us + late_us / 2);
        }
    }
    fixture_free(fixture);
}

/* ---- what leaves ---- */

static guint n_raw_sockets(void)
{
    guint n = 0;
    static const char *const files[] = {"/proc/thread-self/net/raw", "/proc/thread-self/net/raw6"};
    for (guint i = 0; i < G_N_ELEMENTS(files); i++) {
        g_autofree char *text = NULL;
        g_assert_true(g_file_get_contents(files[i], &text, NULL, NULL));
        for (const char *at = strchr(text, '\n'); at != NULL && at[1] != '\0';
             at = strchr(at + 1, '\n'))
            n++;
    }
    return n;
}

/* A host that is not probed pays nothing; one that cannot have the socket is told. */
static void test_opened_late(void)
{
    guint eth0;
    Fixture *fixture = lab_new(&eth0);
    struct rlimit files, none;
    g_assert_cmpuint(n_raw_sockets(), ==, 0);
    getrlimit(RLIMIT_NOFILE, &files);
    none = files;
    none.rlim_cur = 0;
    MpProbe probes[] = {probe_icmp(eth0, "192.0.2.10", "192.0.2.1", 1),
                        probe_icmp(eth0, "192.0.2.10", "192.0.2.1", 2)};
    setrlimit(RLIMIT_NOFILE, &none);
    fixture->kernel->probe(fixture->kernel, probes, G_N_ELEMENTS(probes));
    setrlimit(RLIMIT_NOFILE, &files);
    g_assert_cmpuint(fixture_count(fixture, MP_EVENT_PROBE_NOT_SENT), ==, 2);
    const MpEvent *refused = fixture_event(fixture, MP_EVENT_PROBE_NOT_SENT, 1);
    g_assert_cmpuint(refused->index, ==, eth0);
    g_assert_cmpuint(refused->probe.sequence, ==, 2);
    fixture->kernel->probe(fixture->kernel, probes, G_N_ELEMENTS(probes));
    expect_answer(fixture, eth0, 2);
    g_assert_cmpuint(n_raw_sockets(), ==, 1);
    fixture_free(fixture);
}

/* A test address alone on its device: without a route to the target, or with one that leads by a
 * gateway which is not there; the return path is looked up by the rule. */
static void test_address_alone(void)
{
    guint eth0;
    Fixture *fixture = fixture_new();
    MpAddress peer = address_of("192.0.2.1/24");
    eth0 = fixture_link_add(fixture, "eth0");
    fixture_peer_add(fixture, eth0, &peer);
    command(fixture, FALSE, "ip addr add 192.0.2.210/32 dev eth0 scope link noprefixroute");
    g_autofree char *routes = real_output(fixture, FALSE, "ip route show table main");
    g_assert_cmpstr(routes, ==, "");
    guint16 sequence = 1;
    send_probe(fixture, probe_icmp(eth0, "192.0.2.210", "192.0.2.1", sequence));
    expect_answer(fixture, eth0, sequence);
    command(fixture, FALSE,
            "ip route add 192.0.2.0/24 dev eth0 scope link src 192.0.2.210 "
            "table 9001");
    command(fixture, FALSE, "ip rule add from 192.0.2.210 lookup 9001");
    for (guint rp_filter = 0; rp_filter <= 2; rp_filter++) {
        command(fixture, FALSE, "sysctl -qw net.ipv4.conf.eth0.rp_filter=%u", rp_filter);
        send_probe(fixture, probe_icmp(eth0, "192.0.2.210", "192.0.2.1", ++sequence));
        expect_answer(fixture, eth0, sequence);
    }
    command(fixture, FALSE, "ip rule del from 192.0.2.210 lookup 9001");
    command(fixture, FALSE, "sysctl -qw net.ipv4.conf.eth0.rp_filter=0");
    command(fixture, FALSE, "ip route add default via 192.0.2.254 dev eth0 onlink");
    send_probe(fixture, probe_icmp(eth0, "192.0.2.210", "192.0.2.1", ++sequence));
    expect_answer(fixture, eth0, sequence);
    fixture_free(fixture);
}

/* Two cables into one switch; the data address is on the first, the test address on the second. */
static void test_no_poison(void)
{
    guint8 first[6], second[6];
    Fixture *fixture = fixture_new();
    guint eth0 = fixture_link_add(fixture, "eth0"), eth1 = fixture_link_add(fixture, "eth1");
    command(fixture, TRUE, "ip link add br0 type bridge");
    command(fixture, TRUE, "ip link set far%u master br0", eth0);
    command(fixture, TRUE, "ip link set far%u master br0", eth1);
    command(fixture, TRUE, "ip link set br0 address 02:00:00:00:00:f1 addrgenmode none up");
    command(fixture, TRUE, "ip addr add 192.0.2.1/24 dev br0");
    command(fixture, FALSE,
            "sysctl -qw net.ipv4.conf.all.arp_ignore=1 "
            "net.ipv4.conf.all.arp_announce=2 net.ipv4.conf.all.rp_filter=2");
    foreign_address(fixture, eth0, "192.0.2.10/24");
    command(fixture, FALSE, "ip addr add 192.0.2.211/32 dev eth1 scope link noprefixroute");
    fixture_link_hwaddr(fixture, eth0, first);
    fixture_link_hwaddr(fixture, eth1, second);
    send_probe(fixture, probe_icmp(eth0, "192.0.2.10", "192.0.2.1", 1));
    expect_answer(fixture, eth0, 1);
    MpProbe probes[] = {
        probe_icmp(eth1, "192.0.2.211", "192.0.2.1", 2),
        probe_arp(fixture, eth1, NULL, "192.0.2.1"),
        probe_arp(fixture, eth1, NULL, "192.0.2.1"),
    };
    probes[2].unicast = TRUE;
    memcpy(probes[2].target_hwaddr, FIXTURE_PEER_HWADDR, 6);
    fixture->kernel->probe(fixture->kernel, probes, G_N_ELEMENTS(probes));
    expect_answer(fixture, eth1, 2);
    expect_answer(fixture, eth1, 0);
    settle(fixture);
    g_assert_cmpuint(answers(fixture), ==, 4); /* both ARP probes as well */
    g_autofree char *table = real_output(fixture, TRUE, "ip -4 neigh show dev br0");
    g_auto(GStrv) lines = g_strsplit(g_strstrip(table), "\n", 0);
    g_assert_cmpuint(g_strv_length(lines), ==, 2);
    for (guint i = 0; i < 2; i++) {
        const guint8 *hwaddr = g_str_has_prefix(lines[i], "192.0.2.10 ") ? first : second;
        g_autofree char *entry = g_strdup_printf(
            "192.0.2.%s lladdr %02x:%02x:%02x:%02x:%02x:%02x ", hwaddr == first ? "10" : "211",
            hwaddr[0], hwaddr[1], hwaddr[2], hwaddr[3], hwaddr[4], hwaddr[5]);
        g_assert_true(g_str_has_prefix(lines[i], entry));
    }
    g_assert_cmpstr(lines[0], !=, lines[1]);
    fixture_free(fixture);
}

/* The door's own socket, of those that this process has. */
static int door_socket(void)
{
    for (int fd = 3; fd < 1024; fd++) {
        int protocol = 0, type = 0;
        socklen_t size = sizeof(int);
        if (getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &protocol, &size) == 0 &&
            getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_RAW &&
            protocol == IPPROTO_ICMP)
            return fd;
    }
    g_assert_not_reached();
}

#define DEAD 200
#define DEAD_PROBES (DEAD * 25)

static MpProbe *probes_to_the_dead(guint index)
{
    MpProbe *probes = g_new(MpProbe, DEAD_PROBES);
    for (guint i = 0; i < DEAD_PROBES; i++) {
        probes[i] = probe_icmp(index, "198.51.100.10", "198.51.100.20", (guint16)i);
        probes[i].target.bytes[3] = (guint8)(20 + i % DEAD);
    }
    return probes;
}

/* Probes to targets that are gone wait in the kernel, charged to the socket that all share: there
 * is room for many, and when there is none, that is told. */
static void check_dead_targets(int room)
{
    guint eth0;
    Fixture *fixture = lab_new(&eth0);
    guint eth1 = fixture_link_add(fixture, "eth1");
    g_autofree MpProbe *probes = probes_to_the_dead(eth1);
    MpProbe live = probe_icmp(eth0, "192.0.2.10", "192.0.2.1", 4711);
    foreign_address(fixture, eth1, "198.51.100.10/24");
    identifier_of(fixture, eth0, FALSE);
    if (room > 0)
        g_assert_cmpint(setsockopt(door_socket(), SOL_SOCKET, SO_SNDBUF, &room, sizeof room), ==,
                        0);
    fixture->kernel->probe(fixture->kernel, probes, DEAD_PROBES);
    guint refused = fixture_count(fixture, MP_EVENT_PROBE_NOT_SENT);
    send_probe(fixture, live);
    if (room == 0) {
        g_assert_cmpuint(refused, ==, 0);
        expect_answer(fixture, eth0, 4711);
    } else {
        g_assert_cmpuint(refused, >, DEAD_PROBES / 2);
        g_assert_cmpuint(fixture_count(fixture, MP_EVENT_PROBE_NOT_SENT), ==, refused + 1);
        const MpEvent *last = fixture_event(fixture, MP_EVENT_PROBE_NOT_SENT, refused);
        g_assert_cmpuint(last->index, ==, eth0);
        g_assert_cmpuint(last->probe.sequence, ==, 4711);
    }
    fixture_free(fixture);
}

static void test_dead_targets(void)
{
    check_dead_targets(0);
}

static void test_no_room(void)
{
    check_dead_targets(100 << 10); /* about what a socket has by default */
}

/* ---- neighbours ---- */

static gboolean have_ended(Fixture *fixture, gpointer user_data)
{
    return fixture_count(fixture, MP_EVENT_NEIGHBOURS_END) > 0;
}

/* A table of several pieces, with entries of all states. */
static void test_neighbours(void)
{
    const guint n = 1000;
    guint eth0;
    g_autofree char *path = NULL;
    g_autoptr(GString) lines = g_string_new(NULL);
    g_autoptr(GError) error = NULL;
    Fixture *fixture = lab_new(&eth0);
    close(g_file_open_tmp("ipmp-contract-XXXXXX", &path, &error));
    g_assert_no_error(error);
    for (guint i = 0; i < n; i++) /* permanent ones are not charged to the table's limit */
        g_string_append_printf(lines, "neigh add 10.0.%u.%u lladdr 02:00:00:00:01:01 dev eth0\n",
                               i / 250, 1 + i % 250);
    g_string_append(lines, "neigh add 10.1.0.1 dev eth0 nud failed\n"
                           "neigh add 10.1.0.2 lladdr 02:00:00:00:01:01 dev eth0 nud noarp\n"
                           "neigh add proxy 10.1.0.3 dev eth0\n");
    g_assert_true(g_file_set_contents(path, lines->str, (gssize)lines->len, &error));
    command(fixture, FALSE, "ip -batch %s", path);
    unlink(path);
    fixture_forget(fixture);
    fixture->kernel->read_neighbours(fixture->kernel, eth0);
    g_assert_true(fixture_run_until(fixture, have_ended, NULL));
    g_assert_cmpuint(fixture_count(fixture, MP_EVENT_NEIGHBOUR), ==, n);
    g_assert_cmpuint(fixture->batches, >, 1); /* in pieces */
    fixture_free(fixture);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/probe-door/flood", test_flood);
    g_test_add_func("/probe-door/flood6", test_flood6);
    g_test_add_func("/probe-door/forged", test_forged);
    g_test_add_func("/probe-door/forged6", test_forged6);
    g_test_add_func("/probe-door/forged-arp", test_forged_arp);
    g_test_add_func("/probe-door/bounded-turn", test_bounded_turn);
    g_test_add_func("/probe-door/stamp", test_stamp);
    g_test_add_func("/probe-door/opened-late", test_opened_late);
    g_test_add_func("/probe-door/address-alone", test_address_alone);
    g_test_add_func("/probe-door/no-poison", test_no_poison);
    g_test_add_func("/probe-door/dead-targets", test_dead_targets);
    g_test_add_func("/probe-door/no-room", test_no_room);
    g_test_add_func("/probe-door/neighbours", test_neighbours);
    return g_test_run();
}
