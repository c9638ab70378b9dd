/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The gate between GDBus's thread and the main loop: what is not handled yet is not read. */
#include "bus-gate.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define N_CALLS 6000u /* several times what a socket's buffer takes */
#define STUCK_MS 300  /* no room for so long: nobody reads */
#define LATE_MS 30000 /* where somebody is to read */

typedef struct {
    int peer;
    GDBusConnection *bus;
    IpmpdBusGate *gate;
    guint registration;
    guint n_handled;
    GByteArray *rest; /* not written yet */
} Fixture;

static const char XML[] = "<node><interface name='org.ipmp.Manager'>"
                          "<method name='Describe'/><method name='Reload'/></interface></node>";

static void on_call(GDBusConnection *bus, const char *sender, const char *path,
                    const char *interface, const char *method, GVariant *parameters,
                    GDBusMethodInvocation *invocation, gpointer user_data)
{
    Fixture *fixture = user_data;

    fixture->n_handled++;
    g_object_unref(invocation); /* all of them want no answer */
}

static void set_up(Fixture *fixture, gconstpointer data)
{
    static const GDBusInterfaceVTable vtable = {on_call, NULL, NULL, {0}};
    g_autoptr(GDBusNodeInfo) node = g_dbus_node_info_new_for_xml(XML, NULL);
    g_autoptr(GSocketConnection) stream = NULL;
    g_autoptr(GSocket) socket = NULL;
    int ends[2];

    g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), ==, 0);
    fixture->peer = ends[0];
    socket = g_socket_new_from_fd(ends[1], NULL);
    stream = g_socket_connection_factory_create_connection(socket);
    /* No authentication: the peer is a plain socket. */
    fixture->bus = g_dbus_connection_new_sync(G_IO_STREAM(stream), NULL,
                                              G_DBUS_CONNECTION_FLAGS_NONE, NULL, NULL, NULL);
    g_assert_nonnull(fixture->bus);
    fixture->gate = ipmpd_bus_gate_new(fixture->bus);
    fixture->registration = g_dbus_connection_register_object(
        fixture->bus, "/org/ipmp", node->interfaces[0], &vtable, fixture, NULL, NULL);
    fixture->rest = g_byte_array_new();
}

static void tear_down(Fixture *fixture, gconstpointer data)
{
    g_clear_pointer(&fixture->gate, ipmpd_bus_gate_free);
    g_dbus_connection_unregister_object(fixture->bus, fixture->registration);
    g_dbus_connection_close_sync(fixture->bus, NULL, NULL);
    g_object_unref(fixture->bus);
    close(fixture->peer);
    g_byte_array_unref(fixture->rest);
}

static void add_call(Fixture *fixture, const char *method, guint serial)
{
    g_autoptr(GDBusMessage) message =
        g_dbus_message_new_method_call(NULL, "/org/ipmp", "org.ipmp.Manager", method);
    g_autofree guchar *blob = NULL;
    gsize size;

    g_dbus_message_set_flags(message, G_DBUS_MESSAGE_FLAGS_NO_REPLY_EXPECTED);
    g_dbus_message_set_serial(message, serial);
    blob = g_dbus_message_to_blob(message, &size, G_DBUS_CAPABILITY_FLAGS_NONE, NULL);
    g_byte_array_append(fixture->rest, blob, (guint)size);
}

static void add_calls(Fixture *fixture, const char *method)
{
    for (guint i = 0; i < N_CALLS; i++)
        add_call(fixture, method, i + 1);
}

/* Writes until all is written, or nobody reads. */
static void write_rest(Fixture *fixture, int patience_ms)
{
    while (fixture->rest->len > 0) {
        struct pollfd room = {fixture->peer, POLLOUT, 0};
        ssize_t n;

        if (poll(&room, 1, patience_ms) == 0)
            return;
        n = send(fixture->peer, fixture->rest->data, fixture->rest->len, MSG_DONTWAIT);
        g_assert_true(n > 0 || errno == EAGAIN);
        if (n > 0)
            g_byte_array_remove_range(fixture->rest, 0, (guint)n);
    }
}

static void write_and_handle_rest(Fixture *fixture)
{
    gint64 deadline = g_get_monotonic_time() + 60 * G_USEC_PER_SEC;

    while ((fixture->rest->len > 0 || fixture->n_handled < N_CALLS) &&
           g_get_monotonic_time() < deadline) {
        ssize_t n = send(fixture->peer, fixture->rest->data, fixture->rest->len, MSG_DONTWAIT);

        struct pollfd room = {fixture->peer, POLLOUT, 0};

        if (n > 0)
            g_byte_array_remove_range(fixture->rest, 0, (guint)n);
        /* Not spinning, so that the reader gets its turn also where threads take turns. */
        if (!g_main_context_iteration(NULL, fixture->rest->len == 0))
            poll(&room, 1, 1);
    }
}

static void test_what_is_not_handled_is_not_read(Fixture *fixture, gconstpointer data)
{
    add_calls(fixture, "Reload");
    write_rest(fixture, STUCK_MS);
    g_assert_cmpuint(fixture->rest->len, >, 0);
    g_assert_cmpuint(fixture->n_handled, ==, 0);
    write_and_handle_rest(fixture);
    g_assert_cmpuint(fixture->rest->len, ==, 0);
    g_assert_cmpuint(fixture->n_handled, ==, N_CALLS);
}

static void test_no_more_than_a_handful_at_once(Fixture *fixture, gconstpointer data)
{
    add_calls(fixture, "Reload");
    write_rest(fixture, STUCK_MS);
    while (fixture->n_handled == 0)
        g_main_context_iteration(NULL, TRUE);
    g_assert_cmpuint(fixture->n_handled, <=, IPMPD_BUS_GATE_MAX);
}

static void test_reading_that_wants_no_answer_is_dropped(Fixture *fixture, gconstpointer data)
{
    add_calls(fixture, "Describe");
    write_rest(fixture, LATE_MS);
    g_assert_cmpuint(fixture->rest->len, ==, 0); /* although nobody has handled one */
    add_call(fixture, "Reload", N_CALLS + 1);
    write_rest(fixture, LATE_MS);
    while (fixture->n_handled == 0)
        g_main_context_iteration(NULL, TRUE);
    g_assert_cmpuint(fixture->n_handled, ==, 1);
}

static void test_a_closed_gate_lets_nobody_in(Fixture *fixture, gconstpointer data)
{
    add_calls(fixture, "Reload");
    write_rest(fixture, STUCK_MS);
    g_assert_cmpuint(fixture->rest->len, >, 0);
    ipmpd_bus_gate_close(fixture->gate);
    write_rest(fixture, LATE_MS);
    g_assert_cmpuint(fixture->rest->len, ==, 0);
    while (g_main_context_iteration(NULL, FALSE))
        ;
    /* Those that were inside. */
    g_assert_cmpuint(fixture->n_handled, ==, IPMPD_BUS_GATE_MAX);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(name) g_test_add("/gate/" #name, Fixture, NULL, set_up, test_##name, tear_down)
    ADD(what_is_not_handled_is_not_read);
    ADD(no_more_than_a_handful_at_once);
    ADD(reading_that_wants_no_answer_is_dropped);
    ADD(a_closed_gate_lets_nobody_in);
#undef ADD
    return g_test_run();
}
