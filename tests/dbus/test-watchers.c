/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Watchers of probes on a real bus: who is told what, how many there may be, and what becomes of
 * one that does not read. The results are made here. */
#include "watchers.h"

#include "error.h"
#include <string.h>
#include <systemd/sd-bus.h>

#define LATE_US (30 * G_USEC_PER_SEC)

typedef struct {
    GTestDBus *dbus;
    GDBusConnection *bus; /* the service's */
    IpmpdWatchers *watchers;
    gboolean watched;
    guint n_switched;
    MpSnapshot *snapshot;
} Fixture;

typedef struct {
    GDBusConnection *bus;
    const char *name;
    GString *heard; /* "eth0:7 eth1:8 " */
    guint n_heard;
    guint subscription;
} Peer;

static void on_watch(gboolean watched, gpointer user_data)
{
    Fixture *fixture = user_data;

    g_assert_cmpint(watched, !=, fixture->watched);
    fixture->watched = watched;
    fixture->n_switched++;
}

static GDBusConnection *connect_to(GTestDBus *dbus)
{
    g_autoptr(GError) error = NULL;
    GDBusConnection *bus =
        g_dbus_connection_new_for_address_sync(g_test_dbus_get_bus_address(dbus),
                                               G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
                                                   G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
                                               NULL, NULL, &error);

    g_assert_no_error(error);
    return bus;
}

static void set_up(Fixture *fixture, gconstpointer data)
{
    MpSnapshotGroup *group;
    MpDefaults defaults = mp_defaults_new();
    g_autoptr(MpGroupConfig) config = mp_group_config_new("front", &defaults);

    fixture->dbus = g_test_dbus_new(G_TEST_DBUS_NONE);
    g_test_dbus_up(fixture->dbus);
    fixture->bus = connect_to(fixture->dbus);
    fixture->watchers = ipmpd_watchers_new(fixture->bus, on_watch, fixture);
    fixture->snapshot = mp_snapshot_new();
    group = mp_snapshot_group_new("front", config);
    g_ptr_array_add(fixture->snapshot->groups, group);
    for (guint i = 0; i < 4; i++) {
        g_autofree char *name = g_strdup_printf("eth%u", i);
        g_ptr_array_add(group->interfaces, mp_snapshot_interface_new(name, "front"));
    }
}

static void close_bus(GDBusConnection *bus)
{
    g_dbus_connection_close_sync(bus, NULL, NULL);
    g_object_unref(bus);
}

static void tear_down(Fixture *fixture, gconstpointer data)
{
    ipmpd_watchers_free(fixture->watchers);
    mp_snapshot_unref(fixture->snapshot);
    close_bus(fixture->bus);
    while (g_main_context_iteration(NULL, FALSE))
        ;
    g_test_dbus_stop(fixture->dbus);
    g_object_unref(fixture->dbus);
}

static void on_signal(GDBusConnection *bus, const char *sender, const char *path,
                      const char *interface, const char *name, GVariant *values, gpointer user_data)
{
    Peer *peer = user_data;
    guint64 number;

    g_assert_cmpstr(name, ==, "ProbeCompleted");
    g_variant_get_child(values, 0, "t", &number);
    g_string_append_printf(peer->heard, "%s:%" G_GUINT64_FORMAT " ", strrchr(path, '/') + 1,
                           number);
    peer->n_heard++;
}

/* It listens whether or not it is a watcher. */
static Peer *peer_new(Fixture *fixture)
{
    Peer *peer = g_new0(Peer, 1);

    peer->bus = connect_to(fixture->dbus);
    peer->name = g_dbus_connection_get_unique_name(peer->bus);
    peer->heard = g_string_new(NULL);
    peer->subscription =
        g_dbus_connection_signal_subscribe(peer->bus, NULL, "org.ipmp.Interface", NULL, NULL, NULL,
                                           G_DBUS_SIGNAL_FLAGS_NONE, on_signal, peer, NULL);
    return peer;
}

static void peer_free(Peer *peer)
{
    if (peer->bus != NULL) {
        /* What has come meanwhile is not to be told to one that is gone. */
        g_dbus_connection_signal_unsubscribe(peer->bus, peer->subscription);
        close_bus(peer->bus);
    }
    g_string_free(peer->heard, TRUE);
    g_free(peer);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Peer, peer_free)

static void tell(Fixture *fixture, const char *interface, guint64 number, gboolean acked)
{
    MpProbeResult result = {.number = number, .acked = acked, .sent_us = 1000000};

    g_strlcpy(result.interface, interface, sizeof result.interface);
    g_assert_true(mp_address_parse("192.0.2.1", MP_PREFIX_FORBIDDEN, &result.target, NULL));
    ipmpd_watchers_tell(fixture->watchers, &result, 1);
}

/* What was sent before has come when the answer to a call has. */
static void on_answer(GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GVariant) reply =
        g_dbus_connection_call_finish(G_DBUS_CONNECTION(source), result, &error);

    g_assert_no_error(error);
    *(gboolean *)user_data = TRUE;
}

static void settle_one(GDBusConnection *from, const char *to)
{
    gboolean done = FALSE;

    g_dbus_connection_call(from, to, "/", "org.freedesktop.DBus.Peer", "Ping", NULL, NULL,
                           G_DBUS_CALL_FLAGS_NONE, -1, NULL, on_answer, &done);
    while (!done)
        g_main_context_iteration(NULL, TRUE);
}

static void settle(Fixture *fixture, Peer *peer)
{
    settle_one(fixture->bus, peer->name);
    while (g_main_context_iteration(NULL, FALSE))
        ;
}

#define NAMES(...) ((const char *const[]){__VA_ARGS__, NULL})

static void watch(Fixture *fixture, Peer *peer, const char *const *interfaces)
{
    g_autoptr(GError) error = NULL;

    ipmpd_watchers_add(fixture->watchers, peer->name, 1000, interfaces, &error);
    g_assert_no_error(error);
}

static void unwatch(Fixture *fixture, Peer *peer, const char *const *interfaces)
{
    g_autoptr(GError) error = NULL;

    ipmpd_watchers_remove(fixture->watchers, peer->name, interfaces, fixture->snapshot, &error);
    g_assert_no_error(error);
}

/* One of each interface. */
static void assert_hears(Fixture *fixture, Peer *peer, const char *heard)
{
    g_string_set_size(peer->heard, 0);
    for (guint i = 0; i < 4; i++) {
        g_autofree char *name = g_strdup_printf("eth%u", i);
        tell(fixture, name, i, TRUE);
    }
    settle(fixture, peer);
    g_assert_cmpstr(peer->heard->str, ==, heard);
}

static void test_who_watches_is_told_and_nobody_else(Fixture *fixture, gconstpointer data)
{
    g_autoptr(Peer) watcher = peer_new(fixture), other = peer_new(fixture);

    settle(fixture, other); /* its match is there */
    watch(fixture, watcher, NULL);
    g_assert_true(fixture->watched);
    assert_hears(fixture, watcher, "eth0:0 eth1:1 eth2:2 eth3:3 ");
    settle(fixture, other);
    g_assert_cmpuint(other->n_heard, ==, 0);
}

static void test_a_further_call_adds(Fixture *fixture, gconstpointer data)
{
    g_autoptr(Peer) watcher = peer_new(fixture);

    watch(fixture, watcher, NAMES("eth0"));
    assert_hears(fixture, watcher, "eth0:0 ");
    watch(fixture, watcher, NAMES("eth2", "eth0"));
    assert_hears(fixture, watcher, "eth0:0 eth2:2 ");
    watch(fixture, watcher, NULL);
    g_assert_cmpuint(fixture->n_switched, ==, 1);
    assert_hears(fixture, watcher, "eth0:0 eth1:1 eth2:2 eth3:3 ");
}

static void test_some_are_left_out(Fixture *fixture, gconstpointer data)
{
    g_autoptr(Peer) watcher = peer_new(fixture);

    watch(fixture, watcher, NULL);
    unwatch(fixture, watcher, NAMES("eth1", "eth3"));
    assert_hears(fixture, watcher, "eth0:0 eth2:2 ");
    watch(fixture, watcher, NAMES("eth3"));
    assert_hears(fixture, watcher, "eth0:0 eth2:2 eth3:3 ");
    unwatch(fixture, watcher, NULL);
    g_assert_false(fixture->watched);
    assert_hears(fixture, watcher, "");
    unwatch(fixture, watcher, NULL); /* so already */
}

static void test_without_a_name_it_watches_no_more(Fixture *fixture, gconstpointer data)
{
    g_autoptr(Peer) watcher = peer_new(fixture);

    watch(fixture, watcher, NAMES("eth0", "eth1"));
    unwatch(fixture, watcher, NAMES("eth0"));
    assert_hears(fixture, watcher, "eth1:1 ");
    g_assert_true(fixture->watched);
    unwatch(fixture, watcher, NAMES("eth1"));
    g_assert_false(fixture->watched);
}

static void test_unknown_names_are_refused(Fixture *fixture, gconstpointer data)
{
    g_autoptr(Peer) watcher = peer_new(fixture);
    g_autoptr(GError) error = NULL, gone = NULL, none = NULL;

    g_assert_false(ipmpd_watchers_check(NAMES("eth0", "eth9"), fixture->snapshot, &error));
    g_assert_error(error, MP_ERROR, MP_ERROR_NO_SUCH_INTERFACE);
    g_assert_nonnull(strstr(error->message, "eth9"));
    g_assert_false(ipmpd_watchers_check(NAMES(NULL), fixture->snapshot, &none));
    g_assert_error(none, MP_ERROR, MP_ERROR_INVALID_ARGUMENT);
    watch(fixture, watcher, NAMES("eth0", "eth7")); /* which has gone since */
    unwatch(fixture, watcher, NAMES("eth7"));
    g_assert_false(ipmpd_watchers_remove(fixture->watchers, watcher->name, NAMES("eth0", "eth7"),
                                         fixture->snapshot, &gone));
    g_assert_error(gone, MP_ERROR, MP_ERROR_NO_SUCH_INTERFACE);
    assert_hears(fixture, watcher, "eth0:0 "); /* nothing was changed */
}

/* Millions of them would hold up the service, whoever sends them. */
static void test_long_lists_are_refused(Fixture *fixture, gconstpointer data)
{
    g_autoptr(Peer) watcher = peer_new(fixture);
    g_autoptr(GError) error = NULL, other = NULL;
    g_autofree const char **names = g_new0(const char *, IPMPD_WATCH_NAMES_MAX + 2);

    for (guint i = 0; i < IPMPD_WATCH_NAMES_MAX; i++)
        names[i] = "eth3";
    g_assert_true(ipmpd_watchers_check(names, fixture->snapshot, NULL));
    names[IPMPD_WATCH_NAMES_MAX] = "eth3";
    g_assert_false(ipmpd_watchers_check(names, fixture->snapshot, &error));
    g_assert_error(error, MP_ERROR, MP_ERROR_LIMIT_REACHED);
    g_assert_false(
        ipmpd_watchers_remove(fixture->watchers, watcher->name, names, fixture->snapshot, &other));
    g_assert_error(other, MP_ERROR, MP_ERROR_LIMIT_REACHED);
}

static gboolean wait_for(gboolean *condition, gboolean value)
{
    gint64 deadline_us = g_get_monotonic_time() + LATE_US;

    while (*condition != value && g_get_monotonic_time() < deadline_us)
        g_main_context_iteration(NULL, FALSE);
    return *condition == value;
}

static void test_it_ends_with_the_watcher(Fixture *fixture, gconstpointer data)
{
    g_autoptr(Peer) watcher = peer_new(fixture), gone = peer_new(fixture);

    watch(fixture, watcher, NULL);
    close_bus(g_steal_pointer(&watcher->bus));
    g_assert_true(wait_for(&fixture->watched, FALSE));
    /* One that has left before its call was handled. */
    gone->name = g_intern_string(gone->name);
    close_bus(g_steal_pointer(&gone->bus));
    watch(fixture, gone, NULL);
    g_assert_true(fixture->watched);
    g_assert_true(wait_for(&fixture->watched, FALSE));
}

static void test_there_are_only_so_many(Fixture *fixture, gconstpointer data)
{
    g_autoptr(GPtrArray) peers = g_ptr_array_new_with_free_func((GDestroyNotify)peer_free);
    g_autoptr(GError) of_user = NULL, of_all = NULL, error = NULL;

    for (guint i = 0; i < IPMPD_WATCHERS_MAX + 1; i++)
        g_ptr_array_add(peers, peer_new(fixture));
    for (guint i = 0; i < IPMPD_WATCHERS_MAX; i++) {
        Peer *peer = peers->pdata[i];

        if (i == IPMPD_WATCHERS_USER_MAX) {
            g_assert_false(ipmpd_watchers_add(fixture->watchers, peer->name, 1000, NULL, &of_user));
            g_assert_error(of_user, MP_ERROR, MP_ERROR_LIMIT_REACHED);
            g_assert_nonnull(strstr(of_user->message, "user 1000"));
        }
        g_assert_true(ipmpd_watchers_add(fixture->watchers, peer->name,
                                         1000 + i / IPMPD_WATCHERS_USER_MAX, NULL, &error));
    }
    Peer *last = peers->pdata[IPMPD_WATCHERS_MAX];
    g_assert_false(ipmpd_watchers_add(fixture->watchers, last->name, 2000, NULL, &of_all));
    g_assert_error(of_all, MP_ERROR, MP_ERROR_LIMIT_REACHED);
    watch(fixture, peers->pdata[0], NULL); /* who watches may call again */
    unwatch(fixture, peers->pdata[0], NULL);
    watch(fixture, last, NULL);
}

/* A flood, for so long. */
static gboolean on_flood(gpointer user_data)
{
    Fixture *fixture = user_data;
    static guint64 number;

    for (guint i = 0; i < 4; i++) {
        g_autofree char *name = g_strdup_printf("eth%u", i);
        tell(fixture, name, number++, i % 2);
    }
    return G_SOURCE_CONTINUE;
}

static void flood(Fixture *fixture, gint64 time_us)
{
    gint64 end_us = g_get_monotonic_time() + time_us;
    guint id = g_timeout_add(2, on_flood, fixture);

    while (g_get_monotonic_time() < end_us)
        g_main_context_iteration(NULL, TRUE);
    g_source_remove(id);
}

static void test_a_flood_is_told_at_a_steady_rate(Fixture *fixture, gconstpointer data)
{
    g_autoptr(Peer) watcher = peer_new(fixture);

    watch(fixture, watcher, NULL);
    flood(fixture, 3 * G_USEC_PER_SEC);
    settle(fixture, watcher);
    g_assert_cmpuint(watcher->n_heard, <=, 300);
    g_assert_cmpuint(watcher->n_heard, >=, 150); /* it is not stopped while it reads */
}

/* How many signals come until the one of this number has; it is counted too. */
static guint read_until(sd_bus *bus, guint64 wanted)
{
    gint64 deadline_us = g_get_monotonic_time() + LATE_US;
    guint64 number = G_MAXUINT64;
    guint n = 0;

    while (number != wanted && g_get_monotonic_time() < deadline_us) {
        sd_bus_message *message = NULL;

        if (sd_bus_process(bus, &message) == 0)
            g_main_context_iteration(NULL, FALSE);
        if (message != NULL && sd_bus_message_is_signal(message, NULL, "ProbeCompleted") > 0) {
            g_assert_cmpint(sd_bus_message_read(message, "t", &number), >=, 0);
            n++;
        }
        sd_bus_message_unref(message);
    }
    g_assert_cmpuint(number, ==, wanted);
    return n;
}

/* It has the bus library that reads only when it is told to. */
static sd_bus *start_lazy(Fixture *fixture, const char **out_name)
{
    sd_bus *lazy = NULL;

    g_assert_cmpint(sd_bus_new(&lazy), >=, 0);
    g_assert_cmpint(sd_bus_set_address(lazy, g_test_dbus_get_bus_address(fixture->dbus)), >=, 0);
    g_assert_cmpint(sd_bus_set_bus_client(lazy, 1), >=, 0);
    g_assert_cmpint(sd_bus_start(lazy), >=, 0);
    g_assert_cmpint(sd_bus_get_unique_name(lazy, out_name), >=, 0);
    return lazy;
}

static void test_who_does_not_read_is_not_sent_more(Fixture *fixture, gconstpointer data)
{
    g_autoptr(Peer) reader = peer_new(fixture);
    Peer lazy_peer = {0};
    sd_bus *lazy = start_lazy(fixture, &lazy_peer.name);
    const guint64 mark = G_GUINT64_CONSTANT(1) << 40;
    guint n;

    watch(fixture, &lazy_peer, NULL);
    watch(fixture, reader, NULL);
    flood(fixture, 3 * G_USEC_PER_SEC);
    settle(fixture, reader);
    /* The other one has nothing to do with it; a machine that has no time hears less a second. */
    for (guint i = 0; i < 20 && reader->n_heard < 150; i++) {
        flood(fixture, G_USEC_PER_SEC);
        settle(fixture, reader);
    }
    g_assert_cmpuint(reader->n_heard, >=, 150);

    /* What waits for it is one of each interface; that of eth0 gives way to this one. */
    tell(fixture, "eth0", mark, FALSE);
    n = read_until(lazy, mark);
    g_assert_cmpuint(n, >, IPMPD_WATCH_AHEAD);
    g_assert_cmpuint(n, <=, IPMPD_WATCH_AHEAD + 4);
    tell(fixture, "eth0", mark + 1, FALSE); /* and it goes on */
    read_until(lazy, mark + 1);
    sd_bus_flush_close_unref(lazy);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(name) g_test_add("/watchers/" #name, Fixture, NULL, set_up, test_##name, tear_down)
    ADD(who_watches_is_told_and_nobody_else);
    ADD(a_further_call_adds);
    ADD(some_are_left_out);
    ADD(without_a_name_it_watches_no_more);
    ADD(unknown_names_are_refused);
    ADD(long_lists_are_refused);
    ADD(it_ends_with_the_watcher);
    ADD(there_are_only_so_many);
    ADD(a_flood_is_told_at_a_steady_rate);
    ADD(who_does_not_read_is_not_sent_more);
#undef ADD
    return g_test_run();
}
