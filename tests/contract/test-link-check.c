/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The check of links on the real kernel: members whose cables end in bridges. */
#include "link-check.h"

#include "error.h"
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define MEMBERS_MAX 4
#define DEADLINE_S 10

typedef struct {
    int near, far; /* the namespaces: of the members, of the bridges */
    MpSnapshot *snapshot;
    MpSnapshotInterface *members[MEMBERS_MAX];
    guint n;
} Links;

static int namespace_enter_new(void)
{
    int fd;

    g_assert_cmpint(unshare(CLONE_NEWNET), ==, 0);
    fd = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
    g_assert_cmpint(fd, >=, 0);
    return fd;
}

/* ip(8) or bridge(8) in a namespace. */
static void run_in(const Links *links, int namespace, const char *format, ...) G_GNUC_PRINTF(3, 4);
static void run_in(const Links *links, int namespace, const char *format, ...)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *line = NULL;
    va_list arguments;
    int status = -1;

    va_start(arguments, format);
    line = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    g_assert_cmpint(setns(namespace, CLONE_NEWNET), ==, 0);
    g_spawn_command_line_sync(line, NULL, NULL, &status, &error);
    g_assert_cmpint(setns(links->near, CLONE_NEWNET), ==, 0);
    g_assert_no_error(error);
    if (!g_spawn_check_wait_status(status, &error))
        g_error("%s: %s", line, error->message);
}

static void add_bridge(const Links *links, const char *name)
{
    run_in(links, links->far, "ip link add name %s type bridge stp_state 0 forward_delay 0", name);
    run_in(links, links->far, "ip link set %s up", name);
}

/* All in one group. */
static void links_open(Links *links)
{
    g_autoptr(MpGroupConfig) config = NULL;
    MpDefaults defaults = mp_defaults_new();

    *links = (Links){.snapshot = mp_snapshot_new()};
    links->far = namespace_enter_new();
    links->near = namespace_enter_new();
    config = mp_group_config_new("front", &defaults);
    g_ptr_array_add(links->snapshot->groups, mp_snapshot_group_new("front", config));
    add_bridge(links, "bra");
    add_bridge(links, "brb");
}

static void links_close(Links *links)
{
    mp_snapshot_unref(links->snapshot);
    close(links->near);
    close(links->far);
}

static void add_member(Links *links, const char *bridge)
{
    MpSnapshotGroup *group = links->snapshot->groups->pdata[0];
    guint i = links->n++;
    g_autofree char *name = g_strdup_printf("eth%u", i);
    MpSnapshotInterface *member = mp_snapshot_interface_new(name, "front");

    run_in(links, links->near,
           "ip link add eth%u address 02:00:00:00:00:1%u type veth peer name p%u netns "
           "/proc/%d/fd/%d",
           i, i, i, (int)getpid(), links->far);
    run_in(links, links->far, "ip link set p%u master %s up", i, bridge);
    run_in(links, links->near, "ip link set eth%u up", i);
    member->index = if_nametoindex(name);
    g_free(member->hardware_address);
    member->hardware_address = g_strdup_printf("02:00:00:00:00:1%u", i);
    g_ptr_array_add(group->interfaces, member);
    links->members[i] = member;
}

typedef struct {
    MpHearing *hearing;
    GError *error;
    gboolean done, late;
} Outcome;

static void on_heard(GObject *source, GAsyncResult *result, gpointer user_data)
{
    Outcome *outcome = user_data;

    outcome->hearing = mp_link_check_finish(result, &outcome->error);
    outcome->done = TRUE;
}

static gboolean on_late(gpointer user_data)
{
    ((Outcome *)user_data)->late = TRUE;
    return G_SOURCE_REMOVE;
}

static Outcome run_hearing(MpHearing *hearing, GCancellable *cancellable)
{
    Outcome outcome = {NULL, NULL, FALSE, FALSE};
    guint late = g_timeout_add_seconds(DEADLINE_S, on_late, &outcome);

    mp_link_check_run(hearing, cancellable, on_heard, &outcome);
    if (cancellable != NULL)
        g_cancellable_cancel(cancellable);
    while (!outcome.done && !outcome.late)
        g_main_context_iteration(NULL, TRUE);
    g_assert_false(outcome.late);
    g_source_remove(late);
    return outcome;
}

static MpHearing *run(Links *links)
{
    Outcome outcome = run_hearing(mp_hearing_new(links->snapshot), NULL);

    g_assert_no_error(outcome.error);
    return outcome.hearing;
}

/* "eth0: eth1 eth2" for each that took part. */
static void expect(Links *links, const char *lines)
{
    g_autoptr(MpHearing) hearing = run(links);
    g_autoptr(GString) text = g_string_new(NULL);

    for (guint i = 0; i < links->n; i++) {
        if (mp_hearing_find(hearing, links->members[i]->index) == NULL)
            continue;
        g_string_append_printf(text, "%s:", links->members[i]->name);
        for (guint j = 0; j < links->n; j++) {
            if (mp_hearing_heard(hearing, links->members[i]->index, links->members[j]->index))
                g_string_append_printf(text, " %s", links->members[j]->name);
        }
        g_string_append_c(text, '\n');
    }
    g_assert_cmpstr(text->str, ==, lines);
}

static void test_one_link(void)
{
    Links links;

    links_open(&links);
    for (guint i = 0; i < 3; i++)
        add_member(&links, "bra");
    expect(&links, "eth0: eth1 eth2\neth1: eth0 eth2\neth2: eth0 eth1\n");
    links_close(&links);
}

static void test_another_link(void)
{
    Links links;

    links_open(&links);
    add_member(&links, "bra");
    add_member(&links, "bra");
    add_member(&links, "brb");
    expect(&links, "eth0: eth1\neth1: eth0\neth2:\n");
    links_close(&links);
}

/* The switch passes nothing between these two, and everything between others. */
static void test_isolated_ports(void)
{
    Links links;

    links_open(&links);
    for (guint i = 0; i < 3; i++)
        add_member(&links, "bra");
    run_in(&links, links.far, "bridge link set dev p0 isolated on");
    run_in(&links, links.far, "bridge link set dev p1 isolated on");
    expect(&links, "eth0: eth2\neth1: eth2\neth2: eth0 eth1\n");
    links_close(&links);
}

/* One that was seen with link and is down by now does not call, and harms nobody. */
static void test_down(void)
{
    Links links;

    links_open(&links);
    for (guint i = 0; i < 3; i++)
        add_member(&links, "bra");
    run_in(&links, links.near, "ip link set eth1 down");
    expect(&links, "eth0: eth2\neth2: eth0\n");
    run_in(&links, links.near, "ip link del eth1");
    expect(&links, "eth0: eth2\neth2: eth0\n");
    links_close(&links);
}

static void test_nobody(void)
{
    Links links;

    links_open(&links);
    add_member(&links, "bra");
    expect(&links, "");
    links_close(&links);
}

/* ---- what goes over the wire ---- */

static int listen_at(const Links *links, const char *name)
{
    struct sockaddr_ll all = {.sll_family = AF_PACKET, .sll_protocol = g_htons(ETH_P_ARP)};
    int fd;

    g_assert_cmpint(setns(links->far, CLONE_NEWNET), ==, 0);
    all.sll_ifindex = (int)if_nametoindex(name);
    fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, g_htons(ETH_P_ARP));
    g_assert_cmpint(fd, >=, 0);
    g_assert_cmpint(bind(fd, (struct sockaddr *)&all, sizeof all), ==, 0);
    g_assert_cmpint(setns(links->near, CLONE_NEWNET), ==, 0);
    return fd;
}

/* How many calls of eth0 and eth1 came; each is the probe of RFC 5227, byte for byte. */
static void count_calls(int fd, guint counts[2])
{
    guint8 frame[128];
    ssize_t size;

    counts[0] = counts[1] = 0;
    while ((size = recv(fd, frame, sizeof frame, 0)) >= 0) {
        const guint8 member = frame[11];
        const guint8 call[42] = {
            0xff, 0xff, 0xff, 0xff, 0xff, 0xff,   2,   0, 0, 0, 0, member, 8, 6, /* broadcast */
            0,    1,    8,    0,    6,    4,      0,   1,                        /* a request */
            2,    0,    0,    0,    0,    member,                                /* its sender */
            0,    0,    0,    0,                                                 /* is nobody yet */
            0,    0,    0,    0,    0,    0,      192, 0, 0, 8,                  /* RFC 7600 */
        };

        g_assert_cmpmem(frame, MIN((gsize)size, sizeof call), call, sizeof call);
        g_assert_true(member == 0x10 || member == 0x11);
        counts[member - 0x10]++;
    }
}

static void test_wire(void)
{
    Links links;
    guint counts[2];
    int listener;

    links_open(&links);
    add_member(&links, "bra");
    add_member(&links, "bra");
    listener = listen_at(&links, "bra");
    /* Who is heard at once is not asked again; on a machine that stands still nobody is. */
    for (guint attempt = 1;; attempt++) {
        expect(&links, "eth0: eth1\neth1: eth0\n");
        count_calls(listener, counts);
        if (counts[0] == 1 && counts[1] == 1)
            break;
        g_assert_cmpuint(attempt, <, 5);
    }
    run_in(&links, links.far, "ip link set p1 master brb");
    expect(&links, "eth0:\neth1:\n");
    count_calls(listener, counts);
    g_assert_cmpuint(counts[0], ==, 4);
    g_assert_cmpuint(counts[1], ==, 0);
    close(listener);
    links_close(&links);
}

/* The call of eth1 as it comes to eth0 by its far end, with a VLAN's tag or without. */
static void send_call(int fd, gboolean tagged)
{
    const guint8 frame[46] = {
        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2,   0, 0, 0, 0, 0x11, /* broadcast */
        0x81, 0,    0,    20,                                      /* VLAN 20 */
        8,    6,    0,    1,    8,    0,    6,   4, 0, 1,          /* a request */
        2,    0,    0,    0,    0,    0x11, 0,   0, 0, 0,          /* its sender is nobody yet */
        0,    0,    0,    0,    0,    0,    192, 0, 0, 8,
    };
    guint8 plain[42];

    memcpy(plain, frame, 12);
    memcpy(plain + 12, frame + 16, sizeof plain - 12);
    if (tagged)
        g_assert_cmpint(send(fd, frame, sizeof frame, 0), ==, sizeof frame);
    else
        g_assert_cmpint(send(fd, plain, sizeof plain, 0), ==, sizeof plain);
}

/* The port of eth0 is a trunk, which carries the VLAN of eth1 with its tag: eth0 is not in that. */
static void test_trunk(void)
{
    Links links;
    int trunk;

    links_open(&links);
    add_member(&links, "bra");
    add_member(&links, "brb");
    trunk = listen_at(&links, "p0");
    for (guint tagged = FALSE; tagged <= TRUE; tagged++) {
        Outcome outcome = {NULL, NULL, FALSE, FALSE};
        guint late = g_timeout_add_seconds(DEADLINE_S, on_late, &outcome);

        mp_link_check_run(mp_hearing_new(links.snapshot), NULL, on_heard, &outcome);
        send_call(trunk, (gboolean)tagged);
        while (!outcome.done && !outcome.late)
            g_main_context_iteration(NULL, TRUE);
        g_assert_false(outcome.late);
        g_source_remove(late);
        g_assert_no_error(outcome.error);
        g_assert_cmpint(
            mp_hearing_heard(outcome.hearing, links.members[0]->index, links.members[1]->index), ==,
            !tagged);
        mp_hearing_free(outcome.hearing);
    }
    close(trunk);
    links_close(&links);
}

static void test_cancelled(void)
{
    Links links;
    g_autoptr(GCancellable) cancellable = g_cancellable_new();
    Outcome outcome;

    links_open(&links);
    add_member(&links, "bra");
    add_member(&links, "brb");
    outcome = run_hearing(mp_hearing_new(links.snapshot), cancellable);
    g_assert_error(outcome.error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
    g_assert_null(outcome.hearing);
    g_clear_error(&outcome.error);
    links_close(&links);
}

static void test_limit(void)
{
    Links links;
    Outcome outcome;
    MpDefaults defaults = mp_defaults_new();

    links_open(&links);
    for (guint i = 0; i < MP_LINK_CHECK_PORTS_MAX + 2; i++) {
        g_autofree char *name = g_strdup_printf("x%u", i);
        MpSnapshotInterface *member = mp_snapshot_interface_new(name, name);

        if (i % 2 == 0) {
            g_autoptr(MpGroupConfig) config = mp_group_config_new(name, &defaults);

            g_ptr_array_add(links.snapshot->groups, mp_snapshot_group_new(name, config));
        }
        member->index = 1000 + i;
        g_free(member->hardware_address);
        member->hardware_address = g_strdup_printf("02:00:00:00:%02x:%02x", i >> 8, i & 0xff);
        g_ptr_array_add(((MpSnapshotGroup *)g_ptr_array_index(links.snapshot->groups,
                                                              links.snapshot->groups->len - 1))
                            ->interfaces,
                        member);
    }
    outcome = run_hearing(mp_hearing_new(links.snapshot), NULL);
    g_assert_error(outcome.error, MP_ERROR, MP_ERROR_LIMIT_REACHED);
    g_assert_nonnull(strstr(outcome.error->message, "4098"));
    g_assert_nonnull(strstr(outcome.error->message, "4096"));
    g_clear_error(&outcome.error);
    links_close(&links);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/link-check/one-link", test_one_link);
    g_test_add_func("/link-check/another-link", test_another_link);
    g_test_add_func("/link-check/isolated-ports", test_isolated_ports);
    g_test_add_func("/link-check/trunk", test_trunk);
    g_test_add_func("/link-check/down", test_down);
    g_test_add_func("/link-check/nobody", test_nobody);
    g_test_add_func("/link-check/wire", test_wire);
    g_test_add_func("/link-check/cancelled", test_cancelled);
    g_test_add_func("/link-check/limit", test_limit);
    return g_test_run();
}
