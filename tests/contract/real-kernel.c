/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The kernel that this test runs on, in network namespaces of its own: one for the door, one for
 * the far ends of the cables. Foreign changes go through a netlink socket of their own. */
#include "real-kernel.h"
#include "netlink-build.h"
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <netlink/socket.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/utsname.h>
#include <unistd.h>

typedef struct {
    int near, far; /* the namespaces */
    struct nl_sock *foreign;
    guint links;
} Real;

static gboolean is_before(int major, int minor)
{
    struct utsname kernel;
    int has_major, has_minor;
    g_assert_cmpint(uname(&kernel), ==, 0);
    g_assert_cmpint(sscanf(kernel.release, "%d.%d", &has_major, &has_minor), ==, 2);
    return has_major < major || (has_major == major && has_minor < minor);
}

/* 6.1 does not, 6.18 does; those between have not been seen. */
gboolean fixture_kernel_tells_linkdown6(Fixture *fixture G_GNUC_UNUSED)
{
    return !is_before(6, 18);
}

static int namespace_enter_new(void)
{
    g_assert_cmpint(unshare(CLONE_NEWNET), ==, 0);
    int fd = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
    g_assert_cmpint(fd, >=, 0);
    return fd;
}

/* ip(8) in the namespace; the words are separated by blanks. */
static void run_in(int namespace, int back, const char *format, ...) G_GNUC_PRINTF(3, 4);
static void run_in(int namespace, int back, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *line = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    g_autoptr(GError) error = NULL;
    int status = -1;
    g_assert_cmpint(setns(namespace, CLONE_NEWNET), ==, 0);
    g_spawn_command_line_sync(line, NULL, NULL, &status, &error);
    g_assert_cmpint(setns(back, CLONE_NEWNET), ==, 0);
    g_assert_no_error(error);
    if (!g_spawn_check_wait_status(status, &error))
        g_error("%s: %s", line, error->message);
}

void fixture_kernel_open(Fixture *fixture, const MpKernelSink *sink)
{
    Real *real = g_new0(Real, 1);
    g_autoptr(GError) error = NULL;
    fixture->impl = real;
    real->far = namespace_enter_new();
    real->near = namespace_enter_new();
    run_in(real->near, real->near, "ip link set lo up");
    fixture->kernel = mp_kernel_netlink_new(fixture->context, sink, &error);
    g_assert_no_error(error);
    real->foreign = nl_socket_alloc();
    g_assert_cmpint(nl_connect(real->foreign, NETLINK_ROUTE), ==, 0);
}

void fixture_kernel_close(Fixture *fixture)
{
    Real *real = fixture->impl;
    g_clear_pointer(&fixture->kernel, mp_kernel_free);
    nl_socket_free(real->foreign);
    close(real->near);
    close(real->far);
    g_free(real);
}

gboolean fixture_kernel_may_tell(Fixture *fixture)
{
    return TRUE;
}

static const char *name_of(guint index, char name[IF_NAMESIZE])
{
    g_assert_nonnull(if_indextoname(index, name));
    return name;
}

guint fixture_link_add(Fixture *fixture, const char *name)
{
    Real *real = fixture->impl;
    /* The far end has another index than ours: with the same the kernel takes the pair for a real
     * card, whose carrier changes it tells up to a second late. */
    guint index = 100 + real->links++;
    run_in(real->near, real->near,
           "ip link add %s index %u type veth peer name far%u netns /proc/%d/fd/%d", name, index,
           index, (int)getpid(), real->far);
    run_in(real->far, real->near, "ip link set far%u addrgenmode none up", index);
    run_in(real->near, real->near, "ip link set %s addrgenmode none up", name);
    return index;
}

void fixture_link_set_carrier(Fixture *fixture, guint index, gboolean carrier)
{
    Real *real = fixture->impl;
    run_in(real->far, real->near, "ip link set far%u %s", index, carrier ? "up" : "down");
}

void fixture_link_set_up(Fixture *fixture, guint index, gboolean up)
{
    Real *real = fixture->impl;
    char name[IF_NAMESIZE];
    run_in(real->near, real->near, "ip link set %s %s", name_of(index, name), up ? "up" : "down");
}

void fixture_link_set_mtu(Fixture *fixture, guint index, guint mtu)
{
    Real *real = fixture->impl;
    char name[IF_NAMESIZE];
    run_in(real->near, real->near, "ip link set %s mtu %u", name_of(index, name), mtu);
}

void fixture_link_rename(Fixture *fixture, guint index, const char *name)
{
    Real *real = fixture->impl;
    char old[IF_NAMESIZE];
    name_of(index, old);
    /* Before that a device must be down to be renamed. */
    if (is_before(6, 2))
        run_in(real->near, real->near, "ip link set %s down", old);
    run_in(real->near, real->near, "ip link set %s name %s", old, name);
    if (is_before(6, 2))
        run_in(real->near, real->near, "ip link set %s up", name);
}

void fixture_link_delete(Fixture *fixture, guint index)
{
    Real *real = fixture->impl;
    char name[IF_NAMESIZE];
    run_in(real->near, real->near, "ip link del %s", name_of(index, name));
}

void fixture_link_move_netns(Fixture *fixture, guint index)
{
    Real *real = fixture->impl;
    char name[IF_NAMESIZE];
    run_in(real->near, real->near, "ip link set %s netns /proc/%d/fd/%d", name_of(index, name),
           (int)getpid(), real->far);
}

char *real_far_name(guint index, char name[IF_NAMESIZE])
{
    g_snprintf(name, IF_NAMESIZE, "far%u", index);
    return name;
}

void real_run(Fixture *fixture, gboolean far, const char *line)
{
    Real *real = fixture->impl;
    run_in(far ? real->far : real->near, real->near, "%s", line);
}

char *real_output(Fixture *fixture, gboolean far, const char *line)
{
    g_autoptr(GError) error = NULL;
    char *output = NULL;
    real_enter(fixture, far);
    g_spawn_command_line_sync(line, &output, NULL, NULL, &error);
    real_enter(fixture, FALSE);
    g_assert_no_error(error);
    return output;
}

void real_enter(Fixture *fixture, gboolean far)
{
    Real *real = fixture->impl;
    g_assert_cmpint(setns(far ? real->far : real->near, CLONE_NEWNET), ==, 0);
}

void fixture_link_hwaddr(Fixture *fixture, guint index, guint8 out[6])
{
    struct ifreq request = {0};
    int any = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    name_of(index, request.ifr_name);
    g_assert_cmpint(ioctl(any, SIOCGIFHWADDR, &request), ==, 0);
    close(any);
    memcpy(out, request.ifr_hwaddr.sa_data, 6);
}

void fixture_peer_add(Fixture *fixture, guint index, const MpAddress *address)
{
    Real *real = fixture->impl;
    char text[MP_ADDRESS_STRING_MAX];
    mp_address_format(address, text);
    run_in(real->far, real->near, "sysctl -qw net.ipv4.icmp_echo_ignore_broadcasts=0");
    run_in(real->far, real->near, "ip link set far%u address 02:00:00:00:00:f1", index);
    run_in(real->far, real->near, "ip addr add %s dev far%u%s", text, index,
           address->family == MP_IPV6 ? " nodad" : "");
}

void fixture_neighbour_add(Fixture *fixture, guint index, const MpNeighbour *neighbour)
{
    Real *real = fixture->impl;
    char name[IF_NAMESIZE], text[MP_ADDRESS_STRING_MAX];
    run_in(real->near, real->near,
           "ip neigh replace %s lladdr 02:00:00:00:00:f1 dev %s nud stale%s",
           mp_address_format_host(&neighbour->address, text), name_of(index, name),
           neighbour->router ? " router" : "");
}

/* One message for these operations, by somebody else. Returns the errno. */
static int foreign_apply(Fixture *fixture, const MpOp *ops, guint n)
{
    Real *real = fixture->impl;
    struct nl_msg *scratch = nlmsg_alloc_size(MP_SCRATCH_SIZE);
    g_autoptr(GByteArray) buffer = g_byte_array_new();
    guint32 sequence = nl_socket_use_seq(real->foreign);
    g_assert_true(mp_netlink_build(ops, n, sequence, scratch, buffer));
    nlmsg_free(scratch);
    g_assert_cmpint(nl_sendto(real->foreign, buffer->data, buffer->len), >=, 0);
    return -nl_wait_for_ack(real->foreign);
}

void fixture_address_add(Fixture *fixture, const MpIfaddr *address)
{
    MpOp op = {.kind = MP_OP_ADDRESS_ADD, .address = *address};
    if (op.address.valid_s == 0)
        op.address.valid_s = op.address.preferred_s = MP_FOREVER;
    g_assert_cmpint(foreign_apply(fixture, &op, 1), ==, 0);
}

void fixture_address_del(Fixture *fixture, const MpIfaddr *address)
{
    MpOp op = {.kind = MP_OP_ADDRESS_DEL, .address = *address};
    g_assert_cmpint(foreign_apply(fixture, &op, 1), ==, 0);
}

void fixture_route_add(Fixture *fixture, const MpRoute *route)
{
    MpOp op = {.kind = MP_OP_ROUTE_ADD, .route = *route};
    g_assert_cmpint(foreign_apply(fixture, &op, 1), ==, 0);
}

void fixture_route_del(Fixture *fixture, const MpRoute *route)
{
    MpOp op = {.kind = MP_OP_ROUTE_DEL, .route = *route};
    g_assert_cmpint(foreign_apply(fixture, &op, 1), ==, 0);
}

void fixture_route_add_multipath(Fixture *fixture, const MpRoute *route, const guint *oifs,
                                 const MpAddress *gateways, guint n)
{
    g_autofree MpOp *ops = g_new0(MpOp, n);
    for (guint i = 0; i < n; i++) {
        ops[i] = (MpOp){.kind = MP_OP_ROUTE_ADD, .route = *route};
        ops[i].route.oif = oifs[i];
        ops[i].route.gateway = gateways[i];
        ops[i].route.hop = (guint8)i;
        ops[i].route.n_hops = (guint8)n;
    }
    guint joined = mp_netlink_joined(ops, n);
    for (guint i = 0; i < n; i += joined)
        g_assert_cmpint(foreign_apply(fixture, ops + i, joined), ==, 0);
}

/* Each change of a name is a message of about 2 KiB with its overhead, the door's buffer 16 MiB. */
void fixture_overflow(Fixture *fixture)
{
    Real *real = fixture->impl;
    const guint n = 20000;
    g_autofree char *path = NULL;
    g_autoptr(GString) lines = g_string_new(NULL);
    g_autoptr(GError) error = NULL;
    int file = g_file_open_tmp("ipmp-contract-XXXXXX", &path, &error);
    g_assert_no_error(error);
    close(file);
    for (guint i = 0; i < n; i++)
        g_string_append_printf(lines, "link set dev lo alias a%u\n", i);
    g_assert_true(g_file_set_contents(path, lines->str, (gssize)lines->len, &error));
    run_in(real->near, real->near, "ip -batch %s", path);
    unlink(path);
}
