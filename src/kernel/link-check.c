/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "link-check.h"

#include "arp.h"
#include "error.h"
#include "sysctl.h"
#include <arpa/inet.h>
#include <errno.h>
#include <glib-unix.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define ROUNDS 4u     /* a frame may be lost */
#define ROUND_MS 100u /* between them, and after the last one */
#define RECEIVE_BUFFER (4 << 20)
#define READS_AT_ONCE 1024u /* so that a flood does not keep the loop */
#define CALLS_AT_ONCE 64u   /* then what came in is read, before the buffer is full */

static const MpAddress nobody = {.family = MP_IPV4, .prefix = 32, .bytes = {192, 0, 0, 8}};

typedef struct {
    MpHearing *hearing; /* NULL: given away */
    int socket;
    GSource *input, *timer, *stop; /* NULL: ended */
    guint round;
} Check;

static void source_end(GSource **source)
{
    if (*source == NULL)
        return;
    g_source_destroy(*source);
    g_clear_pointer(source, g_source_unref);
}

static void check_free(gpointer data)
{
    Check *check = data;

    source_end(&check->input);
    source_end(&check->timer);
    source_end(&check->stop);
    if (check->socket >= 0)
        close(check->socket);
    g_clear_pointer(&check->hearing, mp_hearing_free);
    g_free(check);
}

/* Of all ARP that passes the host only the calls are taken. */
static gboolean socket_filter(int fd)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 6), /* operation */
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, MP_ARP_REQUEST, 0, 5),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 14), /* sender */
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 24), /* target */
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0xc0000008, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, MP_ARP_SIZE),
        BPF_STMT(BPF_RET | BPF_K, 0),
    };
    struct sock_fprog program = {G_N_ELEMENTS(code), code};

    return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) == 0;
}

/* One for all devices, which hears from when it is bound. */
static int socket_open(GError **error)
{
    struct sockaddr_ll all = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ARP)};
    int size = RECEIVE_BUFFER;
    int fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size) < 0)
        setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    if (fd >= 0 && socket_filter(fd) && bind(fd, (struct sockaddr *)&all, sizeof all) == 0)
        return fd;
    g_set_error(error, MP_ERROR, MP_ERROR_KERNEL, "cannot open a packet socket: %s",
                g_strerror(errno));
    if (fd >= 0)
        close(fd);
    return -1;
}

/* FALSE: nothing was there. */
static gboolean check_read_one(Check *check)
{
    guint8 bytes[MP_ARP_SIZE];
    struct sockaddr_ll from = {0};
    socklen_t length = sizeof from;
    ssize_t size =
        recvfrom(check->socket, bytes, sizeof bytes, 0, (struct sockaddr *)&from, &length);
    MpArp arp;

    if (size < 0)
        return errno != EAGAIN; /* ENETDOWN of a device: the others go on */
    /* Neither our own on their way out, nor those with the tag of a VLAN that is not ours. */
    if (from.sll_pkttype == PACKET_BROADCAST && mp_arp_read(bytes, (gsize)size, &arp) == MP_WIRE_OK)
        mp_hearing_note(check->hearing, (guint)from.sll_ifindex, arp.sender_hwaddr);
    return TRUE;
}

static void check_read(Check *check)
{
    for (guint i = 0; i < READS_AT_ONCE && check_read_one(check); i++)
        ;
}

static void check_call(Check *check, MpHearingPort *port)
{
    guint8 bytes[MP_ARP_SIZE];
    MpAddress none = {0};
    MpArp arp = mp_arp_request(port->hwaddr, &none, &nobody);
    struct sockaddr_ll to = {
        .sll_family = AF_PACKET,
        .sll_protocol = htons(ETH_P_ARP),
        .sll_ifindex = (int)port->index,
        .sll_halen = ETH_ALEN,
    };

    memset(to.sll_addr, 0xff, ETH_ALEN);
    mp_arp_write(bytes, &arp);
    if (sendto(check->socket, bytes, sizeof bytes, MSG_DONTWAIT, (struct sockaddr *)&to,
               sizeof to) == (ssize_t)sizeof bytes)
        port->called = TRUE;
}

/* Only those of whom something is not known yet. */
static void check_call_all(Check *check)
{
    GArray *ports = check->hearing->ports;
    guint n = 0;

    for (guint i = 0; i < ports->len; i++) {
        MpHearingPort *port = &g_array_index(ports, MpHearingPort, i);

        if (port->called && mp_hearing_is_complete(check->hearing, port))
            continue;
        check_call(check, port);
        if (++n % CALLS_AT_ONCE == 0)
            check_read(check);
    }
}

static gboolean check_is_complete(const Check *check)
{
    const GArray *ports = check->hearing->ports;

    for (guint i = 0; i < ports->len; i++) {
        if (!mp_hearing_is_complete(check->hearing, &g_array_index(ports, MpHearingPort, i)))
            return FALSE;
    }
    return TRUE;
}

/* The larger one of both is in force. */
static void look_at_bystanders(MpHearing *hearing)
{
    gint all = mp_sysctl_read(MP_SYSCTL_ARP_IGNORE, "all", 0);

    for (guint i = 0; i < hearing->bystanders->len; i++) {
        MpBystander *bystander = hearing->bystanders->pdata[i];

        bystander->answers = bystander->heard->len > 0 && all <= 0 &&
                             mp_sysctl_read(MP_SYSCTL_ARP_IGNORE, bystander->name, 0) == 0;
    }
}

static void read_settings(gint settings[MP_SYSCTL_FIRST_GLOBAL], const char *device)
{
    for (guint key = 0; key < MP_SYSCTL_FIRST_GLOBAL; key++)
        settings[key] = mp_sysctl_read(key, device, 0);
}

static void look_at_settings(MpHearing *hearing)
{
    char name[IF_NAMESIZE];

    read_settings(hearing->settings, "all");
    for (guint i = 0; i < hearing->ports->len; i++) {
        MpHearingPort *port = &g_array_index(hearing->ports, MpHearingPort, i);

        if (if_indextoname(port->index, name) != NULL)
            read_settings(port->settings, name);
    }
}

static void check_end(GTask *task)
{
    Check *check = g_task_get_task_data(task);

    look_at_bystanders(check->hearing);
    look_at_settings(check->hearing);
    source_end(&check->input);
    source_end(&check->timer);
    source_end(&check->stop);
    if (!g_task_return_error_if_cancelled(task))
        g_task_return_pointer(task, g_steal_pointer(&check->hearing),
                              (GDestroyNotify)mp_hearing_free);
}

static gboolean on_input(gint fd, GIOCondition condition, gpointer user_data)
{
    g_autoptr(GTask) task = g_object_ref(user_data);
    Check *check = g_task_get_task_data(task);

    check_read(check);
    /* Bystanders get the time of a round, since nobody knows which of them are on a link. */
    if (!check_is_complete(check) || check->hearing->bystanders->len > 0)
        return G_SOURCE_CONTINUE;
    check_end(task);
    return G_SOURCE_REMOVE;
}

static gboolean on_round(gpointer user_data)
{
    g_autoptr(GTask) task = g_object_ref(user_data);
    Check *check = g_task_get_task_data(task);

    check_read(check);
    if (check->round == ROUNDS || check_is_complete(check)) {
        check_end(task);
        return G_SOURCE_REMOVE;
    }
    check->round++;
    check_call_all(check);
    return G_SOURCE_CONTINUE;
}

static gboolean on_cancelled(GCancellable *cancellable, gpointer user_data)
{
    g_autoptr(GTask) task = g_object_ref(user_data);

    check_end(task);
    return G_SOURCE_REMOVE;
}

/* A source of the task's context, which holds the task. */
static GSource *check_attach(GTask *task, GSource *source, GSourceFunc callback)
{
    g_source_set_callback(source, callback, g_object_ref(task), g_object_unref);
    g_source_attach(source, g_task_get_context(task));
    return source;
}

static void check_start(GTask *task)
{
    Check *check = g_task_get_task_data(task);
    GCancellable *cancellable = g_task_get_cancellable(task);

    check->input =
        check_attach(task, g_unix_fd_source_new(check->socket, G_IO_IN), G_SOURCE_FUNC(on_input));
    check->timer = check_attach(task, g_timeout_source_new(ROUND_MS), on_round);
    if (cancellable != NULL)
        check->stop =
            check_attach(task, g_cancellable_source_new(cancellable), G_SOURCE_FUNC(on_cancelled));
    check->round = 1;
    check_call_all(check);
}

void mp_link_check_run(MpHearing *hearing, GCancellable *cancellable, GAsyncReadyCallback callback,
                       gpointer user_data)
{
    g_autoptr(GTask) task = g_task_new(NULL, cancellable, callback, user_data);
    Check *check = g_new0(Check, 1);
    GError *error = NULL;

    check->hearing = hearing;
    check->socket = -1;
    g_task_set_task_data(task, check, check_free);
    if (hearing->ports->len > MP_LINK_CHECK_PORTS_MAX) {
        g_task_return_new_error(task, MP_ERROR, MP_ERROR_LIMIT_REACHED,
                                "%u interfaces cannot be checked at once, at most %u",
                                hearing->ports->len, MP_LINK_CHECK_PORTS_MAX);
        return;
    }
    if (hearing->ports->len == 0) {
        g_task_return_pointer(task, g_steal_pointer(&check->hearing),
                              (GDestroyNotify)mp_hearing_free);
        return;
    }
    check->socket = socket_open(&error);
    if (check->socket < 0)
        g_task_return_error(task, error);
    else
        check_start(task);
}

MpHearing *mp_link_check_finish(GAsyncResult *result, GError **error)
{
    return g_task_propagate_pointer(G_TASK(result), error);
}
