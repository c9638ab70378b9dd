/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The engine thread with a real engine and a kernel in memory, seen from the main thread. */
#include "error.h"
#include "world.h"

#include <string.h>

#define PATIENCE_US (20 * G_USEC_PER_SEC)

typedef struct {
    World world;
    IpmpdDriver *driver;
    GPtrArray *heard; /* char*: "notice 1", "snapshot", "record", "done", in the order of arrival */
    MpSnapshot *snapshot;
    guint64 sequence; /* of the last notice */
    guint64 record_serial;
    gboolean keeps_records;
    guint8 telling;
    GError *answer; /* of the last request */
    gboolean frees_when_answered;
} Rig;

static void rig_hear(Rig *rig, const char *what)
{
    g_ptr_array_add(rig->heard, g_strdup(what));
}

static void on_snapshot(MpSnapshot *snapshot, gpointer user_data)
{
    Rig *rig = user_data;

    g_clear_pointer(&rig->snapshot, mp_snapshot_unref);
    rig->snapshot = mp_snapshot_ref(snapshot);
    rig_hear(rig, "snapshot");
}

/* Every one, in order. */
static void on_notice(const MpNotice *notice, gpointer user_data)
{
    Rig *rig = user_data;

    g_assert_cmpuint(notice->sequence, ==, rig->sequence + 1);
    rig->sequence = notice->sequence;
    rig_hear(rig, "notice");
}

static void on_record(MpRecord *record, gpointer user_data)
{
    Rig *rig = user_data;

    rig_hear(rig, "record");
    rig->record_serial = record->serial;
    if (rig->keeps_records)
        ipmpd_driver_record_stored(rig->driver, record->serial);
}

static void on_probes(const MpProbeResult *results, guint n, gpointer user_data)
{
    rig_hear(user_data, "probes");
}

static void on_failed(const GError *error, gpointer user_data)
{
    rig_hear(user_data, "failed");
}

static void on_answer(GObject *source, GAsyncResult *result, gpointer user_data)
{
    Rig *rig = user_data;

    g_clear_error(&rig->answer);
    ipmpd_driver_finish(rig->driver, result, &rig->answer);
    rig_hear(rig, "done");
    if (rig->frees_when_answered)
        g_clear_pointer(&rig->driver, ipmpd_driver_free);
}

static GLogWriterOutput on_log(GLogLevelFlags level, const GLogField *fields, gsize n_fields,
                               gpointer user_data)
{
    if (level & (G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_WARNING | G_LOG_LEVEL_ERROR)) {
        g_log_writer_standard_streams(level, fields, n_fields, NULL);
        abort();
    }
    return G_LOG_WRITER_HANDLED;
}

static void rig_set_up(Rig *rig, gconstpointer data)
{
    const IpmpdDriverSink sink = {on_snapshot, on_notice, on_record, on_probes,
                                  on_failed,   NULL,      rig};
    const IpmpdHeritage heritage = {.telling = &rig->telling};
    g_autoptr(GError) error = NULL;

    world_init(&rig->world);
    rig->heard = g_ptr_array_new_with_free_func(g_free);
    rig->keeps_records = TRUE;
    rig->telling = data != NULL;
    rig->driver = ipmpd_driver_new_full(&heritage, &sink, world_make, &rig->world, NULL, &error);
    g_assert_no_error(error);
}

static void rig_tear_down(Rig *rig, gconstpointer data)
{
    g_clear_pointer(&rig->driver, ipmpd_driver_free);
    while (g_main_context_iteration(NULL, FALSE))
        ;
    g_assert_false(g_ptr_array_find_with_equal_func(rig->heard, "failed", g_str_equal, NULL));
    g_clear_pointer(&rig->snapshot, mp_snapshot_unref);
    g_clear_error(&rig->answer);
    g_ptr_array_unref(rig->heard);
    world_clear(&rig->world);
}

static gboolean on_out_of_patience(gpointer user_data)
{
    g_error("waited in vain for %s", (const char *)user_data);
    return G_SOURCE_REMOVE;
}

#define WAIT_FOR(condition)                                                                        \
    G_STMT_START                                                                                   \
    {                                                                                              \
        guint patience =                                                                           \
            g_timeout_add(PATIENCE_US / 1000, on_out_of_patience, (gpointer) #condition);          \
        while (!(condition))                                                                       \
            g_main_context_iteration(NULL, TRUE);                                                  \
        g_source_remove(patience);                                                                 \
    }                                                                                              \
    G_STMT_END

static guint n_heard(const Rig *rig, const char *what)
{
    guint n = 0;

    for (guint i = 0; i < rig->heard->len; i++)
        n += g_str_equal(rig->heard->pdata[i], what);
    return n;
}

/* eth0 with 192.0.2.10 and .11, eth1 with nothing. */
static MpConfig *front_config(void)
{
    MpConfig *config = mp_config_new();
    MpGroupConfig *group = mp_group_config_new("front", &config->defaults);
    MpInterfaceConfig *first = mp_interface_config_new("eth0");
    MpAddress address = {.family = MP_IPV4, .prefix = 24, .bytes = {192, 0, 2, 10}};

    config->defaults.link_poll_ms = 0;
    g_array_append_val(first->addresses, address);
    address.bytes[3] = 11;
    g_array_append_val(first->addresses, address);
    g_ptr_array_add(group->interfaces, first);
    g_ptr_array_add(group->interfaces, mp_interface_config_new("eth1"));
    mp_config_put(config, group);
    return config;
}

static void ask_front(Rig *rig)
{
    g_autoptr(MpConfig) config = front_config();

    ipmpd_driver_configure(rig->driver, config, TRUE, on_answer, rig);
}

/* The group is in the kernel and has been told. */
static void start_front(Rig *rig)
{
    ask_front(rig);
    WAIT_FOR(n_heard(rig, "done") == 1);
    g_assert_no_error(rig->answer);
}

/* Where the group's nth address is; NULL = nowhere. */
static const char *place_of(const Rig *rig, guint nth)
{
    const MpSnapshotGroup *group =
        rig->snapshot != NULL ? mp_snapshot_find_group(rig->snapshot, "front") : NULL;

    if (group == NULL || nth >= group->addresses->len)
        return NULL;
    return ((const MpSnapshotAddress *)group->addresses->pdata[nth])->interface;
}

static gboolean all_are_on(const Rig *rig, const char *interface)
{
    return g_strcmp0(place_of(rig, 0), interface) == 0 &&
           g_strcmp0(place_of(rig, 1), interface) == 0;
}

static void pull_cable(World *world)
{
    fake_link_set_carrier(world->fake, fake_link_index(world->fake, "eth0"), FALSE);
}

static void put_cable(World *world)
{
    fake_link_set_carrier(world->fake, fake_link_index(world->fake, "eth0"), TRUE);
}

static void hold_answers(World *world)
{
    fake_kernel_hold_acks(world->fake, TRUE);
}

/* Who asked is answered when the picture with what was asked has been told. */
static void test_configure(Rig *rig, gconstpointer data)
{
    start_front(rig);
    g_assert_true(rig->snapshot->ready);
    g_assert_true(all_are_on(rig, "eth0"));
    g_assert_cmpuint(n_heard(rig, "record"), >, 0);
}

/* A lost cable: the frames go out before any operation, all in one call, then the operations. */
static void test_failover(Rig *rig, gconstpointer data)
{
    guint from, announced, submitted;
    g_autofree char *announcement = NULL;

    start_front(rig);
    from = world_n_calls(&rig->world);
    world_do(&rig->world, pull_cable);
    WAIT_FOR(all_are_on(rig, "eth1"));
    g_assert_true(world_wait_call(&rig->world, from, "announce", 0, &announced));
    g_assert_true(world_wait_call(&rig->world, from, "submit", 0, &submitted));
    g_assert_cmpuint(announced, <, submitted);
    announcement = world_call(&rig->world, announced);
    g_assert_cmpstr(announcement, ==, "announce 2");
    g_assert_cmpuint(rig->sequence, >, 0);
}

/* The main thread does nothing for a while: the failover does not wait for it, and afterwards it
 * hears every notice, but of the pictures only the last, and that behind the notices. */
static void test_blocked_main_thread(Rig *rig, gconstpointer data)
{
    guint64 sequence;
    guint from, nth, last;

    start_front(rig);
    sequence = rig->sequence;
    for (guint i = 0; i < 2; i++) {
        from = world_n_calls(&rig->world);
        world_do(&rig->world, i == 0 ? pull_cable : put_cable);
        g_assert_true(world_wait_call(&rig->world, from, "submit",
                                      g_get_monotonic_time() + 200 * 1000, &nth));
    }
    g_assert_cmpuint(rig->sequence, ==, sequence);
    g_ptr_array_set_size(rig->heard, 0);
    WAIT_FOR(n_heard(rig, "snapshot") == 1);
    g_assert_cmpuint(rig->sequence, >, sequence + 1);
    last = rig->heard->len - 1;
    g_assert_cmpstr(rig->heard->pdata[last], ==, "snapshot");
    WAIT_FOR(all_are_on(rig, "eth0"));
}

static void test_refused(Rig *rig, gconstpointer data)
{
    start_front(rig);
    ipmpd_driver_offline(rig->driver, "eth7", 1, on_answer, rig);
    WAIT_FOR(n_heard(rig, "done") == 2);
    g_assert_error(rig->answer, MP_ERROR, MP_ERROR_NO_SUCH_INTERFACE);
    g_assert_nonnull(strstr(rig->answer->message, "eth7"));
    ipmpd_driver_offline(rig->driver, "eth0", 5, on_answer, rig);
    WAIT_FOR(n_heard(rig, "done") == 3);
    g_assert_error(rig->answer, MP_ERROR, MP_ERROR_MINIMUM_REDUNDANCY);
    g_assert_true(all_are_on(rig, "eth0"));
}

static void test_offline_and_online(Rig *rig, gconstpointer data)
{
    start_front(rig);
    ipmpd_driver_offline(rig->driver, "eth0", 1, on_answer, rig);
    WAIT_FOR(n_heard(rig, "done") == 2);
    g_assert_no_error(rig->answer);
    g_assert_true(all_are_on(rig, "eth1"));
    ipmpd_driver_online(rig->driver, "eth0", on_answer, rig);
    WAIT_FOR(n_heard(rig, "done") == 3);
    g_assert_no_error(rig->answer);
    WAIT_FOR(all_are_on(rig, "eth0"));
}

/* Nothing that is the user's is changed before the record is stored. */
static void test_record_first(Rig *rig, gconstpointer data)
{
    guint nth;

    rig->keeps_records = FALSE;
    ask_front(rig);
    WAIT_FOR(n_heard(rig, "record") > 0);
    /* A question that is refused comes back when the engine has been through a turn. */
    ipmpd_driver_offline(rig->driver, "eth7", 1, on_answer, rig);
    WAIT_FOR(n_heard(rig, "done") == 1);
    g_assert_error(rig->answer, MP_ERROR, MP_ERROR_NO_SUCH_INTERFACE);
    g_assert_false(world_wait_call(&rig->world, 0, "sysctl-set", 0, &nth));
    rig->keeps_records = TRUE;
    ipmpd_driver_record_stored(rig->driver, rig->record_serial);
    WAIT_FOR(n_heard(rig, "done") == 2);
    g_assert_no_error(rig->answer);
    g_assert_true(world_wait_call(&rig->world, 0, "sysctl-set", 0, &nth));
}

static gboolean on_tick(gpointer user_data)
{
    return G_SOURCE_CONTINUE;
}

/* The thread does not say when it clears it. */
static void wait_until_told(Rig *rig)
{
    guint tick = g_timeout_add(10, on_tick, NULL);

    WAIT_FOR(rig->telling == 0);
    g_source_remove(tick);
}

/* From the first word until all is said, there, and recorded. */
static void test_telling(Rig *rig, gconstpointer data)
{
    start_front(rig);
    wait_until_told(rig);
    rig->keeps_records = FALSE;
    world_do(&rig->world, pull_cable);
    WAIT_FOR(all_are_on(rig, "eth1"));
    g_assert_cmpuint(rig->telling, ==, 1);
    rig->keeps_records = TRUE;
    ipmpd_driver_record_stored(rig->driver, rig->record_serial);
    wait_until_told(rig);
}

static void test_telling_again(Rig *rig, gconstpointer data)
{
    guint nth;

    start_front(rig);
    wait_until_told(rig);
    g_assert_true(world_wait_call(&rig->world, 0, "announce 2", 0, &nth));
}

/* Who still waits when the service ends is told so. */
static void test_free_with_pending(Rig *rig, gconstpointer data)
{
    world_do(&rig->world, hold_answers);
    ask_front(rig);
    ipmpd_driver_offline(rig->driver, "eth0", 0, on_answer, rig);
    WAIT_FOR(n_heard(rig, "record") > 0);
    g_ptr_array_set_size(rig->heard, 0);
    g_clear_pointer(&rig->driver, ipmpd_driver_free);
    WAIT_FOR(n_heard(rig, "done") >= 1);
    g_assert_error(rig->answer, MP_ERROR, MP_ERROR_FAILED);
    g_assert_nonnull(strstr(rig->answer->message, "stopping"));
}

/* At once after the start, when nothing has run yet. */
static void test_free_at_once(Rig *rig, gconstpointer data)
{
    ask_front(rig);
    g_clear_pointer(&rig->driver, ipmpd_driver_free);
    WAIT_FOR(n_heard(rig, "done") == 1);
    g_assert_error(rig->answer, MP_ERROR, MP_ERROR_FAILED);
}

static void test_free_in_callback(Rig *rig, gconstpointer data)
{
    rig->frees_when_answered = TRUE;
    ask_front(rig);
    WAIT_FOR(n_heard(rig, "done") == 1);
    g_assert_no_error(rig->answer);
    g_assert_null(rig->driver);
    ipmpd_driver_record_stored(rig->driver, 1);
}

/* The loops */

typedef struct {
    GMutex gate; /* held by the test: the engine's thread hangs */
    gint entered;
    GThread *thread;
} Hold;

static Hold hold;

static void on_held(World *world)
{
    hold.thread = g_thread_self();
    g_atomic_int_set(&hold.entered, 1);
    g_mutex_lock(&hold.gate);
    g_mutex_unlock(&hold.gate);
}

/* Nothing of both wakes the main loop. */
static void hold_wait(void)
{
    while (!g_atomic_int_get(&hold.entered))
        g_thread_yield();
}

static gboolean comes_alive(IpmpdDriver *driver)
{
    gint64 until_us = g_get_monotonic_time() + PATIENCE_US;

    while (!ipmpd_driver_is_alive(driver)) {
        if (g_get_monotonic_time() > until_us)
            return FALSE;
        g_thread_yield();
    }
    return TRUE;
}

/* Idle or busy it goes round when it is looked at; a thread that hangs does not, and does again. */
static void test_alive(Rig *rig, gconstpointer data)
{
    for (guint i = 0; i < 3; i++)
        g_assert_true(comes_alive(rig->driver));
    g_atomic_int_set(&hold.entered, 0);
    g_mutex_lock(&hold.gate);
    world_do(&rig->world, on_held);
    hold_wait();
    ipmpd_driver_is_alive(rig->driver);
    for (guint i = 0; i < 1000; i++) {
        g_assert_false(ipmpd_driver_is_alive(rig->driver));
        g_thread_yield();
    }
    g_mutex_unlock(&hold.gate);
    g_assert_true(comes_alive(rig->driver));
}

static gpointer on_serve(gpointer seat)
{
    ipmpd_seat_serve(seat);
    return NULL;
}

/* One driver after the other in a thread that was there before. */
static void test_seat(Rig *rig, gconstpointer data)
{
    const IpmpdDriverSink sink = {on_snapshot, on_notice, on_record, on_probes,
                                  on_failed,   NULL,      rig};
    IpmpdSeat *seat = ipmpd_seat_new();
    GThread *server = g_thread_new("server", on_serve, seat);

    for (guint i = 0; i < 2; i++) {
        g_autoptr(GError) error = NULL;

        g_clear_pointer(&rig->driver, ipmpd_driver_free);
        world_clear(&rig->world);
        world_init(&rig->world);
        rig->sequence = 0;
        rig->driver = ipmpd_driver_new_full(NULL, &sink, world_make, &rig->world, seat, &error);
        g_assert_no_error(error);
        g_atomic_int_set(&hold.entered, 0);
        world_do(&rig->world, on_held);
        hold_wait();
        g_assert_true(hold.thread == server);
        ask_front(rig);
        WAIT_FOR(n_heard(rig, "done") == i + 1);
    }
    g_clear_pointer(&rig->driver, ipmpd_driver_free);
    ipmpd_seat_close(seat);
    g_thread_join(server);
    ipmpd_seat_free(seat);
}

static MpKernel *make_none(GMainContext *context, const MpKernelSink *sink, gpointer user_data,
                           GError **error)
{
    g_set_error(error, MP_ERROR, MP_ERROR_KERNEL, "no netlink here");
    return NULL;
}

static void test_no_kernel(void)
{
    const IpmpdDriverSink sink = {on_snapshot, on_notice, on_record, on_probes,
                                  on_failed,   NULL,      NULL};
    g_autoptr(GError) error = NULL;

    g_assert_null(ipmpd_driver_new_full(NULL, &sink, make_none, NULL, NULL, &error));
    g_assert_error(error, MP_ERROR, MP_ERROR_KERNEL);
}

#define ADD(name, func) g_test_add("/driver/" name, Rig, NULL, rig_set_up, func, rig_tear_down)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_log_set_writer_func(on_log, NULL, NULL);
    ADD("configure", test_configure);
    ADD("failover", test_failover);
    ADD("blocked-main-thread", test_blocked_main_thread);
    ADD("refused", test_refused);
    ADD("offline-and-online", test_offline_and_online);
    ADD("record-first", test_record_first);
    ADD("telling", test_telling);
    g_test_add("/driver/telling-again", Rig, "", rig_set_up, test_telling_again, rig_tear_down);
    ADD("free-with-pending", test_free_with_pending);
    ADD("alive", test_alive);
    ADD("seat", test_seat);
    ADD("free-at-once", test_free_at_once);
    ADD("free-in-callback", test_free_in_callback);
    g_test_add_func("/driver/no-kernel", test_no_kernel);
    return g_test_run();
}
