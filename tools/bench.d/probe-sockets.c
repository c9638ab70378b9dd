/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* probe-sockets: what a probe and its answer cost, through one socket for all interfaces (the
 * daemon's own code: src/kernel/probes.h) and through one socket an interface. See --help. */
#include "icmp.h"
#include "probes.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define TICK_US 10000 /* the daemon's grid, at most */
#define IDENTIFIER 0x4950
#define INTERFACES_MAX 16384 /* a block of four addresses each, of 10.0.0.0/16 */

static const char usage[] =
    "usage: probe-sockets [INTERFACES [SECONDS]]\n"
    "\n"
    "Makes two network namespaces of its own and INTERFACES (1000) cables between them; then\n"
    "sends echoes at 1,000 and at 10,000 a second, round robin, every 10 ms what is due, for\n"
    "SECONDS (5) each: first through one socket for all interfaces, then through a socket bound\n"
    "to each. Told as JSON, for each design and rate: processor time of this process a probe\n"
    "(the answer is made in it, too, as cables of veth have no other end), and the kernel memory\n"
    "that opening the sockets took (of the whole machine's slab: keep it quiet meanwhile).\n"
    "Needs root and ip(8).\n";

typedef struct {
    guint n;
    MpProbe *probes; /* one of each interface */
} Lab;

/* One design. */
typedef struct {
    const char *name;
    void (*open)(const Lab *lab);
    void (*send)(const Lab *lab, guint first, guint n);
    /* FALSE: nothing came until then. */
    gboolean (*receive)(const Lab *lab, gint timeout_ms);
    void (*close)(const Lab *lab);
} Design;

static guint64 n_answers;

static void fail(const char *what)
{
    fprintf(stderr, "probe-sockets: %s: %s\n", what, strerror(errno));
    exit(1);
}

/* ---- the cables ---- */

static int namespace_enter_new(void)
{
    int fd;

    if (unshare(CLONE_NEWNET) < 0)
        fail("no network namespace");
    fd = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        fail("/proc/thread-self/ns/net");
    return fd;
}

static void batch_run(const char *lines)
{
    FILE *ip = popen("ip -batch -", "we");

    if (ip == NULL || fputs(lines, ip) < 0)
        fail("ip");
    if (pclose(ip) != 0) {
        fprintf(stderr, "probe-sockets: ip refused a line\n");
        exit(1);
    }
}

static MpAddress address_of(guint i, guint host)
{
    return (MpAddress){.family = MP_IPV4,
                       .prefix = 32,
                       .bytes = {10, 0, (guint8)(i / 64), (guint8)(i % 64 * 4 + host)}};
}

/* Neighbours are told, so that the machine's table of them, which all namespaces share, is not
 * filled. */
static void end_append(GString *lines, guint i, char end, guint host)
{
    char own[MP_ADDRESS_STRING_MAX], other[MP_ADDRESS_STRING_MAX];
    MpAddress here = address_of(i, host), there = address_of(i, 3 - host);

    mp_address_format_host(&here, own);
    mp_address_format_host(&there, other);
    g_string_append_printf(lines, "addr add %s/30 dev %c%u\n", own, end, i);
    g_string_append_printf(lines,
                           "link set %c%u address 02:00:0%u:00:%02x:%02x addrgenmode none up\n",
                           end, i, host, i / 256, i % 256);
    g_string_append_printf(lines, "neigh add %s lladdr 02:00:0%u:00:%02x:%02x dev %c%u\n", other,
                           3 - host, i / 256, i % 256, end, i);
}

static void lab_make(Lab *lab)
{
    int far = namespace_enter_new(), near = namespace_enter_new();
    g_autoptr(GString) near_lines = g_string_new(NULL);
    g_autoptr(GString) far_lines = g_string_new(NULL);

    for (guint i = 0; i < lab->n; i++) {
        g_string_append_printf(near_lines,
                               "link add n%u type veth peer name f%u netns /proc/%d/fd/%d\n", i, i,
                               (int)getpid(), far);
        end_append(near_lines, i, 'n', 1);
        end_append(far_lines, i, 'f', 2);
    }
    batch_run(near_lines->str);
    if (setns(far, CLONE_NEWNET) < 0)
        fail("setns");
    batch_run(far_lines->str);
    if (setns(near, CLONE_NEWNET) < 0)
        fail("setns");
    lab->probes = g_new0(MpProbe, lab->n);
    for (guint i = 0; i < lab->n; i++) {
        char name[IF_NAMESIZE];

        snprintf(name, sizeof name, "n%u", i);
        lab->probes[i].index = if_nametoindex(name);
        lab->probes[i].via = MP_VIA_ICMP;
        lab->probes[i].source = address_of(i, 1);
        lab->probes[i].target = address_of(i, 2);
    }
}

/* ---- one socket for all ---- */

static MpProbes *shared;

static void on_event(MpEvent *event, gpointer user_data)
{
    n_answers += event->kind == MP_EVENT_PROBE_ANSWER;
}

static void shared_open(const Lab *lab)
{
    g_autoptr(GError) error = NULL;

    shared = mp_probes_new(on_event, NULL, &error);
    if (shared == NULL) {
        fprintf(stderr, "probe-sockets: %s\n", error->message);
        exit(1);
    }
    mp_probes_send(shared, lab->probes, 1);
    if (mp_probes_fd(shared, MP_PROBE_ICMP) < 0)
        fail("no ICMP socket");
}

static void shared_send(const Lab *lab, guint first, guint n)
{
    mp_probes_send(shared, lab->probes + first, n);
}

static gboolean shared_receive(const Lab *lab, gint timeout_ms)
{
    struct pollfd wait = {.fd = mp_probes_fd(shared, MP_PROBE_ICMP), .events = POLLIN};

    if (poll(&wait, 1, timeout_ms) <= 0)
        return FALSE;
    mp_probes_read(shared, MP_PROBE_ICMP);
    return TRUE;
}

static void shared_close(const Lab *lab)
{
    g_clear_pointer(&shared, mp_probes_free);
}

/* ---- one socket an interface ---- */

static int *sockets;
static int waiter;
static MpInbox inbox;

static void separate_open(const Lab *lab)
{
    struct rlimit files;

    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    mp_inbox_init(&inbox);
    sockets = g_new(int, lab->n);
    waiter = epoll_create1(EPOLL_CLOEXEC);
    for (guint i = 0; i < lab->n; i++) {
        struct sockaddr_in source = {.sin_family = AF_INET};
        struct epoll_event wait = {.events = EPOLLIN, .data.u32 = i};
        int index = (int)lab->probes[i].index;

        memcpy(&source.sin_addr, lab->probes[i].source.bytes, 4);
        sockets[i] = mp_probe_socket_open(MP_PROBE_ICMP, IDENTIFIER);
        if (sockets[i] < 0 ||
            setsockopt(sockets[i], SOL_SOCKET, SO_BINDTOIFINDEX, &index, sizeof index) < 0 ||
            bind(sockets[i], (struct sockaddr *)&source, sizeof source) < 0 ||
            epoll_ctl(waiter, EPOLL_CTL_ADD, sockets[i], &wait) < 0)
            fail("no socket of an interface");
    }
}

/* Several sockets have no system call in common. */
static void separate_send(const Lab *lab, guint first, guint n)
{
    for (guint i = first; i < first + n; i++) {
        const MpProbe *probe = &lab->probes[i];
        MpEcho echo = {IDENTIFIER, probe->sequence, probe->cookie};
        struct sockaddr_in target = {.sin_family = AF_INET};
        guint8 bytes[MP_ECHO_SIZE];

        mp_icmp_write(bytes, &echo);
        memcpy(&target.sin_addr, probe->target.bytes, 4);
        if (sendto(sockets[i], bytes, sizeof bytes, MSG_DONTWAIT | MSG_DONTROUTE,
                   (struct sockaddr *)&target, sizeof target) < 0)
            fail("sendto");
    }
}

static gboolean separate_receive(const Lab *lab, gint timeout_ms)
{
    struct epoll_event events[MP_INBOX_ROOM];
    int n = epoll_wait(waiter, events, G_N_ELEMENTS(events), timeout_ms);

    for (int i = 0; i < n; i++) {
        guint received = mp_inbox_receive(&inbox, sockets[events[i].data.u32]);

        for (guint k = 0; k < received; k++) {
            MpInboxPacket packet = mp_inbox_packet(&inbox, k);
            MpAddress from, to;
            MpEcho echo;

            n_answers += mp_icmp_read_packet(packet.bytes, packet.size, IDENTIFIER, &echo, &from,
                                             &to) == MP_WIRE_OK;
        }
    }
    return n > 0;
}

static void separate_close(const Lab *lab)
{
    for (guint i = 0; i < lab->n; i++)
        close(sockets[i]);
    close(waiter);
    g_clear_pointer(&sockets, g_free);
}

/* ---- the measurement ---- */

static const Design designs[] = {
    {"one for all", shared_open, shared_send, shared_receive, shared_close},
    {"one an interface", separate_open, separate_send, separate_receive, separate_close},
};
static const guint rates[] = {1000, 10000};

static gint64 clock_us(clockid_t which)
{
    struct timespec now;

    clock_gettime(which, &now);
    return (gint64)now.tv_sec * G_USEC_PER_SEC + now.tv_nsec / 1000;
}

static guint64 slab_bytes(void)
{
    unsigned long long slab_kb = 0;
    char line[128];
    FILE *file = fopen("/proc/meminfo", "re");

    if (file == NULL)
        fail("/proc/meminfo");
    while (fgets(line, sizeof line, file) != NULL)
        if (sscanf(line, "Slab: %llu", &slab_kb) == 1)
            break;
    fclose(file);
    return slab_kb * 1024;
}

/* What is due, in pieces that do not wrap. */
static guint send_due(const Design *design, const Lab *lab, guint next, guint n)
{
    while (n > 0) {
        guint piece = MIN(n, lab->n - next);

        design->send(lab, next, piece);
        next = (next + piece) % lab->n;
        n -= piece;
    }
    return next;
}

/* Microseconds of processor time a probe. */
static double measure(const Design *design, const Lab *lab, guint rate, guint seconds)
{
    guint due = (guint)((guint64)rate * TICK_US / G_USEC_PER_SEC), next = 0;
    gint64 tick_us = clock_us(CLOCK_MONOTONIC);
    gint64 end_us = tick_us + (gint64)seconds * G_USEC_PER_SEC;
    gint64 before_us = clock_us(CLOCK_PROCESS_CPUTIME_ID), left_us;
    guint64 sent = 0;

    n_answers = 0;
    while (tick_us < end_us) {
        next = send_due(design, lab, next, due);
        sent += due;
        tick_us += TICK_US;
        while ((left_us = tick_us - clock_us(CLOCK_MONOTONIC)) > 0)
            design->receive(lab, (gint)(left_us / 1000) + 1);
    }
    while (design->receive(lab, 100))
        ;
    double cost_us = (double)(clock_us(CLOCK_PROCESS_CPUTIME_ID) - before_us) / (double)sent;
    if (n_answers < sent - sent / 100) {
        fprintf(stderr,
                "probe-sockets: only %" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT
                " probes were answered\n",
                n_answers, sent);
        exit(1);
    }
    return cost_us;
}

static guint number_argument(int n_args, char **args, int position, guint otherwise, guint most)
{
    char *end = NULL;
    unsigned long value;

    if (position >= n_args)
        return otherwise;
    value = strtoul(args[position], &end, 10);
    if (*end != '\0' || value < 1 || value > most) {
        fprintf(stderr, "probe-sockets: '%s' is not a number from 1 to %u\n", args[position], most);
        exit(2);
    }
    return (guint)value;
}

int main(int n_args, char **args)
{
    Lab lab = {0};
    guint seconds;
    double cost_us[G_N_ELEMENTS(designs)][G_N_ELEMENTS(rates)];

    if (n_args > 3 || (n_args > 1 && args[1][0] == '-')) {
        gboolean asked = n_args == 2 && strcmp(args[1], "--help") == 0;

        fputs(usage, asked ? stdout : stderr);
        return asked ? 0 : 2;
    }
    lab.n = number_argument(n_args, args, 1, 1000, INTERFACES_MAX);
    seconds = number_argument(n_args, args, 2, 5, 3600);
    lab_make(&lab);
    printf("{\"interfaces\": %u, \"designs\": [", lab.n);
    for (guint i = 0; i < G_N_ELEMENTS(designs); i++) {
        guint64 before = slab_bytes();

        designs[i].open(&lab);
        printf("%s{\"sockets\": \"%s\", \"slab_kb\": %.0f", i > 0 ? ", " : "", designs[i].name,
               ((double)slab_bytes() - (double)before) / 1024);
        for (guint k = 0; k < G_N_ELEMENTS(rates); k++) {
            cost_us[i][k] = measure(&designs[i], &lab, rates[k], seconds);
            printf(", \"us_at_%u\": %.2f", rates[k], cost_us[i][k]);
        }
        printf("}");
        designs[i].close(&lab);
    }
    printf("]");
    for (guint k = 0; k < G_N_ELEMENTS(rates); k++)
        printf(", \"ratio_at_%u\": %.2f", rates[k], cost_us[1][k] / cost_us[0][k]);
    printf("}\n");
    g_free(lab.probes);
    return 0;
}
