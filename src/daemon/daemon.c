/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "daemon.h"

#include "bus-gate.h"
#include "clock.h"
#include "error.h"
#include "export.h"
#include "keeper.h"
#include "log.h"
#include "names.h"
#include "notify.h"
#include "recorder.h"
#include <glib-unix.h>
#include <stdlib.h>

#define FLUSH_MS 2000

typedef struct {
    GMainLoop *loop;
    IpmpdSeat *seat; /* for the engine */
    int status;
    IpmpdNotify *notify;
    IpmpdStore *store;
    IpmpdRecorder *recorder;
    IpmpdKeeper *keeper;
    IpmpdHistoryFile *history_file;
    GDBusConnection *bus;
    IpmpdBusGate *gate;
    IpmpdService service;
    guint name_id; /* 0: not asked for yet */
    gboolean stopping;
} Daemon;

static void daemon_fail(Daemon *self, const char *text)
{
    ipmpd_log_error(IPMPD_TOPIC_DAEMON, "%s", text);
    self->status = EXIT_FAILURE;
    g_main_loop_quit(self->loop);
}

static char *daemon_summarise(Daemon *self)
{
    const MpSnapshot *snapshot = self->service.snapshot;
    guint n_groups = 0, n_interfaces = 0;

    for (guint i = 0; i < snapshot->groups->len; i++) {
        const MpSnapshotGroup *group = snapshot->groups->pdata[i];

        n_groups += !group->anonymous;
        n_interfaces += group->interfaces->len;
    }
    return g_strdup_printf("%s: groups %u, interfaces %u",
                           mp_group_state_to_string(mp_snapshot_state(snapshot)), n_groups,
                           n_interfaces);
}

/* The bus */

static void on_name_acquired(GDBusConnection *bus, const char *name, gpointer user_data)
{
    Daemon *self = user_data;
    g_autofree char *summary = daemon_summarise(self);

    ipmpd_log_info(IPMPD_TOPIC_BUS, "%s is ours", name);
    ipmpd_notify_ready(self->notify, summary);
}

static void on_name_lost(GDBusConnection *bus, const char *name, gpointer user_data)
{
    daemon_fail(user_data, bus == NULL ? "the connection to the bus is lost"
                                       : "the name " IPMPD_BUS_NAME
                                         " is not to be had: another ipmpd runs, or the bus does "
                                         "not allow this user to own it");
}

static void daemon_export(Daemon *self)
{
    g_autoptr(GError) error = NULL;

    self->service.export = ipmpd_export_new(self->bus, &self->service, &error);
    if (self->service.export == NULL) {
        daemon_fail(self, error->message);
        return;
    }
    self->name_id =
        g_bus_own_name_on_connection(self->bus, IPMPD_BUS_NAME, G_BUS_NAME_OWNER_FLAGS_DO_NOT_QUEUE,
                                     on_name_acquired, on_name_lost, self, NULL);
}

/* The configuration in force or the list of refused files is another. */
static void on_changed(gpointer user_data)
{
    Daemon *self = user_data;

    if (self->service.export != NULL)
        ipmpd_export_update(self->service.export);
}

/* The engine */

static void on_snapshot(MpSnapshot *snapshot, gpointer user_data)
{
    Daemon *self = user_data;
    g_autofree char *summary = NULL;

    mp_snapshot_unref(self->service.snapshot);
    self->service.snapshot = mp_snapshot_ref(snapshot);
    summary = daemon_summarise(self);
    ipmpd_notify_status(self->notify, summary);
    if (self->service.export != NULL)
        ipmpd_export_update(self->service.export);
    else if (snapshot->ready && !self->stopping)
        daemon_export(self);
}

static void on_notice(const MpNotice *notice, gpointer user_data)
{
    Daemon *self = user_data;
    const IpmpdHistoryEntry *entry =
        ipmpd_history_add(self->service.history, notice, ipmpd_clock_wall_us(notice->now_us));

    /* Before it is told: its sequence is not given twice, even if the next life begins now. */
    ipmpd_history_file_add(self->history_file);
    ipmpd_log_event(notice);
    if (self->service.export != NULL)
        ipmpd_export_emit(self->service.export, entry);
}

static void on_record(MpRecord *record, gpointer user_data)
{
    Daemon *self = user_data;

    ipmpd_recorder_store(self->recorder, record);
}

static void on_stored(guint64 serial, gpointer user_data)
{
    Daemon *self = user_data;

    ipmpd_driver_record_stored(self->service.driver, serial);
}

static void on_probes(const MpProbeResult *results, guint n, gpointer user_data)
{
    Daemon *self = user_data;

    ipmpd_watchers_tell(self->service.watchers, results, n);
}

static void on_watch(gboolean watched, gpointer user_data)
{
    Daemon *self = user_data;

    ipmpd_driver_watch(self->service.driver, watched);
}

static void on_ask(gpointer user_data)
{
    Daemon *self = user_data;

    ipmpd_history_file_retry(self->history_file);
    ipmpd_driver_learn(self->service.driver);
}

static void on_learned(MpLearned *learned, gpointer user_data)
{
    Daemon *self = user_data;

    ipmpd_keeper_take(self->keeper, learned);
}

static void on_failed(const GError *error, gpointer user_data)
{
    daemon_fail(user_data, error->message);
}

static void on_configured(GObject *source, GAsyncResult *result, gpointer user_data)
{
    Daemon *self = user_data;
    g_autoptr(GError) error = NULL;

    if (ipmpd_driver_finish(self->service.driver, result, &error))
        return;
    if (self->service.driver != NULL)
        daemon_fail(self, error->message);
}

/* Signals */

static gboolean on_quit(gpointer user_data)
{
    Daemon *self = user_data;

    ipmpd_notify_stopping(self->notify);
    g_main_loop_quit(self->loop);
    return G_SOURCE_CONTINUE;
}

static void on_reloaded(GObject *source, GAsyncResult *result, gpointer user_data)
{
    Daemon *self = user_data;
    g_autoptr(GError) error = NULL;
    g_autofree char *summary = daemon_summarise(self);

    if (ipmpd_changes_finish(result, &error))
        ipmpd_log_notice(IPMPD_TOPIC_CONFIG, "the configuration was read again");
    else
        ipmpd_log_error(IPMPD_TOPIC_CONFIG, "the configuration was not changed: %s",
                        error->message);
    ipmpd_notify_ready(self->notify, summary);
}

static gboolean on_hangup(gpointer user_data)
{
    static const IpmpdChange reload = {IPMPD_CHANGE_RELOAD, IPMPD_OBJECT_MANAGER, NULL};
    Daemon *self = user_data;
    g_autoptr(GVariant) parameters = g_variant_ref_sink(g_variant_new("(a{sv})", NULL));
    IpmpdOrder *order = ipmpd_order_new(NULL, NULL, NULL, parameters);

    ipmpd_notify_reloading(self->notify);
    ipmpd_changes_submit(self->service.changes, &reload, order, (IpmpdTicket){0}, on_reloaded,
                         self);
    return G_SOURCE_CONTINUE;
}

/* Life */

/* The main loop lives, or this would not be asked. */
static gboolean on_watchdog(gpointer user_data)
{
    Daemon *self = user_data;

    return self->service.driver == NULL || ipmpd_driver_is_alive(self->service.driver);
}

static MpConfig *daemon_load(Daemon *self, GStrv *out_errors)
{
    g_auto(GStrv) warnings = NULL;
    MpConfig *config = ipmpd_store_load(self->store, out_errors, &warnings);

    for (guint i = 0; warnings[i] != NULL; i++)
        ipmpd_log_warning(IPMPD_TOPIC_CONFIG, "%s", warnings[i]);
    for (guint i = 0; (*out_errors)[i] != NULL; i++)
        ipmpd_log_error(IPMPD_TOPIC_CONFIG, "%s", (*out_errors)[i]);
    return config;
}

static MpRecord *daemon_read_record(Daemon *self)
{
    g_autoptr(GError) error = NULL;
    MpRecord *record = ipmpd_store_read_record(self->store, &error);

    if (error != NULL)
        ipmpd_log_error(IPMPD_TOPIC_RECORD, "%s", error->message);
    return record;
}

static MpLearned *daemon_read_learned(Daemon *self)
{
    g_autoptr(GError) error = NULL;
    MpLearned *learned = ipmpd_store_read_learned(self->store, &error);

    if (error != NULL)
        ipmpd_log_notice(IPMPD_TOPIC_RECORD,
                         "what probing had learned is not used, it begins anew: %s",
                         error->message);
    return learned;
}

static guint8 *daemon_map_telling(Daemon *self)
{
    g_autoptr(GError) error = NULL;
    guint8 *telling = ipmpd_store_telling(self->store, &error);

    if (telling == NULL)
        ipmpd_log_warning(IPMPD_TOPIC_RECORD,
                          "killed in the midst of a move neighbours would not be told again: %s",
                          error->message);
    return telling;
}

static gboolean daemon_start_engine(Daemon *self, GError **error)
{
    const IpmpdDriverSink sink = {on_snapshot, on_notice,  on_record, on_probes,
                                  on_failed,   on_learned, self};
    g_autoptr(MpRecord) record = daemon_read_record(self);
    g_autoptr(MpLearned) learned = daemon_read_learned(self);
    const IpmpdHistoryEntry *last = ipmpd_history_get(self->service.history, 0);
    const IpmpdHeritage heritage = {record, learned, last != NULL ? last->notice.sequence : 0,
                                    daemon_map_telling(self)};
    GStrv errors = NULL;
    MpConfig *config;

    self->service.driver = ipmpd_driver_new(&heritage, &sink, self->seat, error);
    if (self->service.driver == NULL)
        return FALSE;
    config = daemon_load(self, &errors);
    self->service.changes =
        ipmpd_changes_new(self->service.driver, self->store, config, errors, on_changed, self);
    self->service.checker =
        ipmpd_checker_new(self->service.driver, self->service.changes, self->bus);
    ipmpd_driver_configure(self->service.driver, config, TRUE, on_configured, self);
    return TRUE;
}

/* Looked at before the engine is: the name itself is asked for when everything is exported, and by
 * then a second service with other files would have put back what the first one holds. */
static gboolean daemon_is_alone(Daemon *self, GError **error)
{
    g_autoptr(GVariant) reply = g_dbus_connection_call_sync(
        self->bus, "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus",
        "NameHasOwner", g_variant_new("(s)", IPMPD_BUS_NAME), G_VARIANT_TYPE("(b)"),
        G_DBUS_CALL_FLAGS_NONE, -1, NULL, error);
    gboolean owned = FALSE;

    if (reply == NULL)
        return FALSE;
    g_variant_get(reply, "(b)", &owned);
    if (owned)
        g_set_error_literal(error, MP_ERROR, MP_ERROR_EXISTS,
                            "another ipmpd runs: " IPMPD_BUS_NAME " is on the bus already");
    return !owned;
}

static gboolean daemon_start(Daemon *self, const IpmpdDirectories *directories, GError **error)
{
    self->loop = g_main_loop_new(NULL, FALSE);
    self->notify = ipmpd_notify_new(on_watchdog, self);
    self->store =
        ipmpd_store_new(directories->config_dir, directories->runtime_dir, directories->vendor_dir);
    self->recorder = ipmpd_recorder_new(self->store, on_stored, self);
    self->keeper = ipmpd_keeper_new(self->store, on_ask, self);
    self->service.authority = ipmpd_authority_new();
    self->service.history = ipmpd_history_new(IPMPD_HISTORY_CAPACITY);
    self->history_file = ipmpd_store_open_history(self->store, self->service.history);
    self->service.snapshot = mp_snapshot_new();
    self->bus = g_bus_get_sync(G_BUS_TYPE_SYSTEM, NULL, error);
    if (self->bus == NULL)
        return FALSE;
    /* That is for us to decide: see on_name_lost(). */
    g_dbus_connection_set_exit_on_close(self->bus, FALSE);
    if (!daemon_is_alone(self, error))
        return FALSE;
    self->gate = ipmpd_bus_gate_new(self->bus);
    self->service.watchers = ipmpd_watchers_new(self->bus, on_watch, self);
    return daemon_start_engine(self, error);
}

static void deliver_answers(void)
{
    while (g_main_context_iteration(NULL, FALSE))
        ;
}

/* Nobody new comes: those whose calls were read before have an answer, or wait for one. */
static void daemon_leave_bus(Daemon *self)
{
    self->stopping = TRUE;
    /* First, since what follows waits for the bus, whose thread may be held at the gate. */
    if (self->gate != NULL)
        ipmpd_bus_gate_close(self->gate);
    g_clear_handle_id(&self->name_id, g_bus_unown_name);
    deliver_answers();
    /* A call that had passed the gate, and is told of only now, finds no object. */
    g_clear_pointer(&self->service.export, ipmpd_export_free);
}

static void on_flushed(GObject *source, GAsyncResult *result, gpointer user_data)
{
    gboolean *flushed = user_data;

    g_dbus_connection_flush_finish(G_DBUS_CONNECTION(source), result, NULL);
    *flushed = TRUE;
}

static gboolean on_flush_late(gpointer user_data)
{
    gboolean *late = user_data;

    *late = TRUE;
    return G_SOURCE_REMOVE;
}

/* GLib flushes in a thread of its own. Where memory is short there is none, and nobody tells: as
 * long as this process is here no other one can look after the addresses. */
static void flush_for_a_while(GDBusConnection *bus)
{
    gboolean flushed = FALSE, late = FALSE;
    guint timer = g_timeout_add(FLUSH_MS, on_flush_late, &late);

    g_dbus_connection_flush(bus, NULL, on_flushed, &flushed);
    while (!flushed && !late)
        g_main_context_iteration(NULL, TRUE);
    if (!late)
        g_source_remove(timer);
}

/* From the outside in: who waits is answered, then the parts go. */
static void daemon_stop(Daemon *self)
{
    daemon_leave_bus(self);
    g_clear_pointer(&self->service.authority, ipmpd_authority_free);
    if (self->service.changes != NULL)
        ipmpd_changes_stop(self->service.changes);
    if (self->service.checker != NULL)
        ipmpd_checker_stop(self->service.checker);
    if (self->keeper != NULL)
        ipmpd_keeper_end(self->keeper);
    g_clear_pointer(&self->service.driver, ipmpd_driver_free);
    deliver_answers();
    g_clear_pointer(&self->service.checker, ipmpd_checker_free);
    g_clear_pointer(&self->service.changes, ipmpd_changes_free);
    deliver_answers();
    g_clear_pointer(&self->service.watchers, ipmpd_watchers_free);
    if (self->bus != NULL)
        flush_for_a_while(self->bus);
    g_clear_pointer(&self->gate, ipmpd_bus_gate_free);
    g_clear_object(&self->bus);
    g_clear_pointer(&self->recorder, ipmpd_recorder_free);
    g_clear_pointer(&self->keeper, ipmpd_keeper_free);
    g_clear_pointer(&self->history_file, ipmpd_history_file_free);
    g_clear_pointer(&self->service.history, ipmpd_history_free);
    g_clear_pointer(&self->service.snapshot, mp_snapshot_unref);
    g_clear_pointer(&self->store, ipmpd_store_free);
    g_clear_pointer(&self->notify, ipmpd_notify_free);
    g_clear_pointer(&self->loop, g_main_loop_unref);
}

int ipmpd_daemon_run(const IpmpdDirectories *directories, IpmpdSeat *seat)
{
    Daemon self = {.status = EXIT_SUCCESS, .seat = seat};
    guint signals[] = {
        g_unix_signal_add(SIGTERM, on_quit, &self),
        g_unix_signal_add(SIGINT, on_quit, &self),
        g_unix_signal_add(SIGHUP, on_hangup, &self),
    };
    g_autoptr(GError) error = NULL;

    if (daemon_start(&self, directories, &error)) {
        g_main_loop_run(self.loop);
    } else {
        ipmpd_log_error(IPMPD_TOPIC_DAEMON, "%s", error->message);
        self.status = EXIT_FAILURE;
    }
    for (guint i = 0; i < G_N_ELEMENTS(signals); i++)
        g_source_remove(signals[i]);
    daemon_stop(&self);
    return self.status;
}
