/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Probes, what answers them, and the tables of neighbours. */
#include "contract.h"
#include <string.h>

static void send_probe(Fixture *fixture, MpProbe probe)
{
    fixture->kernel->probe(fixture->kernel, &probe, 1);
}

static Fixture *fixture_with_peer(guint *out_eth0, const char *own, const char *peer)
{
    Fixture *fixture = fixture_new();
    MpAddress address = address_of(peer);
    *out_eth0 = fixture_link_add(fixture, "eth0");
    if (own != NULL)
        foreign_address(fixture, *out_eth0, own);
    fixture_peer_add(fixture, *out_eth0, &address);
    settle(fixture);
    fixture_forget(fixture);
    return fixture;
}

static void check_host(const MpAddress *address, const char *text)
{
    char buffer[MP_ADDRESS_STRING_MAX];
    g_assert_cmpstr(mp_address_format(address, buffer), ==, text);
}

/* An answer comes by itself, with all that says whose it is, and is settled for. */
static void check_echo(const char *own, const char *peer, const char *source, const char *target,
                       const char *from)
{
    guint eth0;
    Fixture *fixture = fixture_with_peer(&eth0, own, peer);
    guint batches = fixture->batches;
    gint64 before_us = g_get_monotonic_time();
    MpProbe probe = probe_icmp(eth0, source, target, 4711);
    send_probe(fixture, probe);
    const MpEvent *event = expect_answer(fixture, eth0, 4711);
    gint64 after_us = g_get_monotonic_time();
    g_assert_cmpuint(event->index, ==, eth0);
    g_assert_cmpint(event->answer.via, ==, MP_VIA_ICMP);
    check_host(&event->answer.from, from);
    g_assert_cmpuint(event->answer.cookie, ==, probe.cookie);
    g_assert_cmpint(event->answer.received_us, >=, before_us);
    g_assert_cmpint(event->answer.received_us, <=, after_us);
    g_assert_cmpuint(fixture->batches, >, batches);
    g_assert_cmpuint(fixture_count(fixture, MP_EVENT_PROBE_ANSWER), ==, 1);
    g_assert_cmpuint(fixture_count(fixture, MP_EVENT_PROBE_NOT_SENT), ==, 0);
    fixture_free(fixture);
}

static void test_icmp(void)
{
    check_echo("192.0.2.10/24", "192.0.2.1/24", "192.0.2.10", "192.0.2.1", "192.0.2.1/32");
}

static void test_icmp6(void)
{
    check_echo("fe80::10/64", "fe80::1/64", "fe80::10", "fe80::1", "fe80::1/128");
}

/* Those who answer do it by their own address. */
static void test_to_all(void)
{
    check_echo("192.0.2.10/24", "192.0.2.1/24", "192.0.2.10", "224.0.0.1", "192.0.2.1/32");
    check_echo("fe80::10/64", "fe80::1/64", "fe80::10", "ff02::1", "fe80::1/128");
}

static void check_arp(const char *own, const char *sender)
{
    guint eth0;
    Fixture *fixture = fixture_with_peer(&eth0, own, "192.0.2.1/24");
    send_probe(fixture, probe_arp(fixture, eth0, sender, "192.0.2.1"));
    const MpEvent *event = expect_answer(fixture, eth0, 0);
    g_assert_cmpint(event->answer.via, ==, MP_VIA_ARP);
    check_host(&event->answer.from, "192.0.2.1/32");
    g_assert_cmpmem(event->answer.hwaddr, 6, FIXTURE_PEER_HWADDR, 6);
    g_assert_cmpuint(fixture_count(fixture, MP_EVENT_PROBE_ANSWER), ==, 1);
    fixture_free(fixture);
}

/* Also from a device that has no address. */
static void test_arp(void)
{
    check_arp("192.0.2.10/24", "192.0.2.10");
    check_arp("192.0.2.10/24", NULL);
    check_arp(NULL, NULL);
}

/* What is there to be read is told before the call returns. */
static void test_read_at_once(void)
{
    guint eth0;
    Fixture *fixture = fixture_with_peer(&eth0, "192.0.2.10/24", "192.0.2.1/24");
    send_probe(fixture, probe_icmp(eth0, "192.0.2.10", "192.0.2.1", 1));
    expect_answer(fixture, eth0, 1); /* the neighbours know each other now */
    send_probe(fixture, probe_icmp(eth0, "192.0.2.10", "192.0.2.1", 2));
    gint64 end_us = g_get_monotonic_time() + 5 * MP_USEC_PER_SEC;
    while (fixture_count(fixture, MP_EVENT_PROBE_ANSWER) < 2) {
        fixture->kernel->read_probes(fixture->kernel);
        g_assert_cmpint(g_get_monotonic_time(), <, end_us);
    }
    /* And is not told again. */
    settle(fixture);
    g_assert_cmpuint(fixture_count(fixture, MP_EVENT_PROBE_ANSWER), ==, 2);
    fixture_free(fixture);
}

/* Answers that are let wait wake nobody, and are told when they are asked for, or let come again.
 */
static void test_wait(void)
{
    guint eth0;
    Fixture *fixture = fixture_with_peer(&eth0, "192.0.2.10/24", "192.0.2.1/24");
    send_probe(fixture, probe_icmp(eth0, "192.0.2.10", "192.0.2.1", 1));
    expect_answer(fixture, eth0, 1); /* the neighbours know each other now */
    fixture->kernel->wait_probes(fixture->kernel, TRUE);
    send_probe(fixture, probe_icmp(eth0, "192.0.2.10", "192.0.2.1", 2));
    settle(fixture);
    g_assert_cmpuint(fixture_count(fixture, MP_EVENT_PROBE_ANSWER), ==, 1);
    fixture->kernel->read_probes(fixture->kernel);
    g_assert_cmpuint(fixture_count(fixture, MP_EVENT_PROBE_ANSWER), ==, 2);
    send_probe(fixture, probe_icmp(eth0, "192.0.2.10", "192.0.2.1", 3));
    settle(fixture);
    g_assert_cmpuint(fixture_count(fixture, MP_EVENT_PROBE_ANSWER), ==, 2);
    fixture->kernel->wait_probes(fixture->kernel, FALSE);
    expect_answer(fixture, eth0, 3);
    fixture_free(fixture);
}

/* Those which cannot leave are lost, without a word, and hold up no other. */
static void test_batch(void)
{
    guint eth0;
    Fixture *fixture = fixture_with_peer(&eth0, "192.0.2.10/24", "192.0.2.1/24");
    guint eth1 = fixture_link_add(fixture, "eth1");
    foreign_address(fixture, eth1, "198.51.100.10/24");
    fixture_link_set_up(fixture, eth1, FALSE);
    MpProbe probes[] = {
        probe_icmp(9999, "192.0.2.10", "192.0.2.1", 1),
        probe_icmp(eth1, "198.51.100.10", "198.51.100.1", 2),
        probe_arp(fixture, eth1, NULL, "198.51.100.1"),
        probe_icmp(eth0, "192.0.2.10", "192.0.2.1", 3),
        probe_icmp(eth1, "198.51.100.10", "198.51.100.1", 4),
        probe_arp(fixture, eth0, NULL, "192.0.2.1"),
    };
    fixture->kernel->probe(fixture->kernel, probes, G_N_ELEMENTS(probes));
    expect_answer(fixture, eth0, 3);
    expect_answer(fixture, eth0, 0);
    g_assert_cmpuint(fixture_count(fixture, MP_EVENT_PROBE_ANSWER), ==, 2);
    g_assert_cmpuint(fixture_count(fixture, MP_EVENT_PROBE_NOT_SENT), ==, 0);
    fixture_free(fixture);
}

/* Each on its own device, and the answer says on which it came. */
static void test_device(void)
{
    guint eth0;
    Fixture *fixture = fixture_with_peer(&eth0, "192.0.2.10/24", "192.0.2.1/24");
    guint eth1 = fixture_link_add(fixture, "eth1");
    MpAddress peer = address_of("198.51.100.1/24");
    foreign_address(fixture, eth1, "198.51.100.10/24");
    fixture_peer_add(fixture, eth1, &peer);
    MpProbe probes[] = {
        probe_icmp(eth1, "198.51.100.10", "198.51.100.1", 1),
        probe_icmp(eth0, "192.0.2.10", "192.0.2.1", 2),
    };
    fixture->kernel->probe(fixture->kernel, probes, G_N_ELEMENTS(probes));
    check_host(&expect_answer(fixture, eth1, 1)->answer.from, "198.51.100.1/32");
    check_host(&expect_answer(fixture, eth0, 2)->answer.from, "192.0.2.1/32");
    settle(fixture);
    g_assert_cmpuint(fixture_count(fixture, MP_EVENT_PROBE_ANSWER), ==, 2);
    fixture_free(fixture);
}

static gboolean have_ended(Fixture *fixture, gpointer user_data)
{
    return fixture_count(fixture, MP_EVENT_NEIGHBOURS_END) >= GPOINTER_TO_UINT(user_data);
}

static void test_neighbours(void)
{
    Fixture *fixture = fixture_new();
    guint eth0 = fixture_link_add(fixture, "eth0"), eth1 = fixture_link_add(fixture, "eth1");
    MpNeighbour plain = {.address = address_of("192.0.2.1")};
    MpNeighbour router = {.address = address_of("fe80::1"), .router = TRUE};
    MpNeighbour other = {.address = address_of("192.0.2.2")};
    fixture_neighbour_add(fixture, eth0, &plain);
    fixture_neighbour_add(fixture, eth1, &other);
    fixture_neighbour_add(fixture, eth0, &router);
    fixture_forget(fixture);
    fixture->kernel->read_neighbours(fixture->kernel, eth0);
    g_assert_cmpuint(fixture_count(fixture, MP_EVENT_NEIGHBOUR), ==, 0); /* later */
    g_assert_true(fixture_run_until(fixture, have_ended, GUINT_TO_POINTER(1)));
    g_assert_cmpuint(fixture_count(fixture, MP_EVENT_NEIGHBOUR), ==, 2);
    const MpEvent *first = fixture_event(fixture, MP_EVENT_NEIGHBOUR, 0);
    const MpEvent *second = fixture_event(fixture, MP_EVENT_NEIGHBOUR, 1);
    check_host(&first->neighbour.address, "192.0.2.1/32");
    g_assert_cmpuint(first->index, ==, eth0);
    g_assert_false(first->neighbour.router);
    check_host(&second->neighbour.address, "fe80::1/128");
    g_assert_true(second->neighbour.router);
    const MpEvent *end = fixture_event(fixture, MP_EVENT_NEIGHBOURS_END, 0);
    g_assert_cmpuint(end->index, ==, eth0);
    g_assert_cmpuint(position(fixture, second), <, position(fixture, end));
    fixture_free(fixture);
}

/* Each question has its end, in their order, also about what is not there. */
static void test_neighbours_end(void)
{
    Fixture *fixture = fixture_new();
    guint eth0 = fixture_link_add(fixture, "eth0");
    fixture_forget(fixture);
    fixture->kernel->read_neighbours(fixture->kernel, 9999);
    fixture->kernel->read_neighbours(fixture->kernel, eth0);
    g_assert_true(fixture_run_until(fixture, have_ended, GUINT_TO_POINTER(2)));
    g_assert_cmpuint(fixture_event(fixture, MP_EVENT_NEIGHBOURS_END, 0)->index, ==, 9999);
    g_assert_cmpuint(fixture_event(fixture, MP_EVENT_NEIGHBOURS_END, 1)->index, ==, eth0);
    g_assert_cmpuint(fixture_count(fixture, MP_EVENT_NEIGHBOUR), ==, 0);
    fixture_free(fixture);
}

void contract_add_probes(void)
{
    g_test_add_func("/contract/probe/icmp", test_icmp);
    g_test_add_func("/contract/probe/icmp6", test_icmp6);
    g_test_add_func("/contract/probe/to-all", test_to_all);
    g_test_add_func("/contract/probe/arp", test_arp);
    g_test_add_func("/contract/probe/read-at-once", test_read_at_once);
    g_test_add_func("/contract/probe/wait", test_wait);
    g_test_add_func("/contract/probe/batch", test_batch);
    g_test_add_func("/contract/probe/device", test_device);
    g_test_add_func("/contract/neighbours/table", test_neighbours);
    g_test_add_func("/contract/neighbours/end", test_neighbours_end);
}
