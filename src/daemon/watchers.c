/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "watchers.h"

#include "clock.h"
#include "deadline.h"
#include "error.h"
#include "names.h"
#include "watch-queue.h"

/* Each has one question "have you read this?" open at the most; half of what it may be behind is
 * left to send meanwhile. */
#define ASK_EVERY (IPMPD_WATCH_AHEAD / 2)

struct IpmpdWatchers {
    GDBusConnection *bus;
    void (*watch)(gboolean watched, gpointer user_data);
    gpointer user_data;
    GHashTable *peers; /* unique name -> Watcher */
};

/* The table, the watch for its name and an open question hold a reference each. */
typedef struct {
    IpmpdWatchers *owner; /* NULL: does not watch any more */
    char *name;
    guint uid;
    guint name_id;
    gboolean all;
    GHashTable *interfaces; /* those that it watches, or with `all` those that it does not */
    IpmpdWatchQueue *queue;
    GSource *deadline;
    guint64 sent, asked, read; /* signals: sent, before the latest question, surely read */
    gboolean is_asked;
} Watcher;

static void watcher_clear(gpointer data)
{
    Watcher *self = data;

    g_free(self->name);
    g_hash_table_unref(self->interfaces);
    ipmpd_watch_queue_free(self->queue);
    g_source_unref(self->deadline);
}

static void watcher_unref(gpointer watcher)
{
    g_rc_box_release_full(watcher, watcher_clear);
}

/* Out of the table. */
static void watcher_end(gpointer data)
{
    Watcher *self = data;

    self->owner = NULL;
    g_bus_unwatch_name(self->name_id);
    g_source_destroy(self->deadline);
    watcher_unref(self);
}

static gboolean watcher_wants(const Watcher *self, const char *interface)
{
    return g_hash_table_contains(self->interfaces, interface) != self->all;
}

/* Sending */

static void watcher_emit(Watcher *self, const MpProbeResult *result)
{
    g_autofree char *path = ipmpd_path_interface(result->interface);
    char target[MP_ADDRESS_STRING_MAX];

    self->sent++;
    g_dbus_connection_emit_signal(
        self->owner->bus, self->name, path, IPMPD_INTERFACE, "ProbeCompleted",
        g_variant_new("(tssttttt)", result->number, mp_address_format_host(&result->target, target),
                      result->acked ? "acked" : "lost",
                      (guint64)ipmpd_clock_wall_us(result->sent_us), (guint64)result->network_us,
                      (guint64)result->rtt_us, (guint64)result->average_us,
                      (guint64)result->deviation_us),
        NULL);
}

static void watcher_send(Watcher *self);

/* Any answer will do, also an error: it has read what was sent before the question. */
static void on_read(GObject *source, GAsyncResult *result, gpointer user_data)
{
    Watcher *self = user_data;
    GVariant *reply = g_dbus_connection_call_finish(G_DBUS_CONNECTION(source), result, NULL);

    g_clear_pointer(&reply, g_variant_unref);
    self->is_asked = FALSE;
    self->read = self->asked;
    if (self->owner != NULL)
        watcher_send(self);
    watcher_unref(self);
}

static void watcher_ask(Watcher *self)
{
    self->is_asked = TRUE;
    self->asked = self->sent;
    g_dbus_connection_call(self->owner->bus, self->name, "/", "org.freedesktop.DBus.Peer", "Ping",
                           NULL, NULL, G_DBUS_CALL_FLAGS_NO_AUTO_START, G_MAXINT, NULL, on_read,
                           g_rc_box_acquire(self));
}

/* What there is room for now; the rest when there is. */
static void watcher_send(Watcher *self)
{
    gint64 now_us = ipmpd_clock_monotonic_us();
    gboolean keeps_up;
    MpProbeResult result;

    while (self->sent - self->read < IPMPD_WATCH_AHEAD &&
           ipmpd_watch_queue_take(self->queue, now_us, &result)) {
        watcher_emit(self, &result);
        if (!self->is_asked && self->sent - self->read >= ASK_EVERY)
            watcher_ask(self);
    }
    keeps_up = self->sent - self->read < IPMPD_WATCH_AHEAD;
    /* Else the answer goes on with it. */
    ipmpd_deadline_set(self->deadline,
                       keeps_up ? ipmpd_watch_queue_due_us(self->queue) : G_MAXINT64);
}

static void on_deadline(gpointer user_data)
{
    watcher_send(user_data);
}

void ipmpd_watchers_tell(IpmpdWatchers *self, const MpProbeResult *results, guint n)
{
    GHashTableIter iter;
    gpointer value;

    g_hash_table_iter_init(&iter, self->peers);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        Watcher *watcher = value;

        for (guint i = 0; i < n; i++) {
            if (!watcher_wants(watcher, results[i].interface))
                continue;
            ipmpd_watch_queue_put(watcher->queue, &results[i]);
            watcher_send(watcher);
        }
    }
}

/* Coming and going */

static void watchers_end(IpmpdWatchers *self, const char *name)
{
    if (g_hash_table_remove(self->peers, name) && g_hash_table_size(self->peers) == 0)
        self->watch(FALSE, self->user_data);
}

static void on_vanished(GDBusConnection *bus, const char *name, gpointer user_data)
{
    Watcher *self = user_data;

    if (self->owner != NULL)
        watchers_end(self->owner, name);
}

static guint watchers_count_user(IpmpdWatchers *self, guint uid)
{
    GHashTableIter iter;
    gpointer value;
    guint n = 0;

    g_hash_table_iter_init(&iter, self->peers);
    while (g_hash_table_iter_next(&iter, NULL, &value))
        n += ((Watcher *)value)->uid == uid;
    return n;
}

static gboolean watchers_have_room(IpmpdWatchers *self, guint uid, GError **error)
{
    guint n = g_hash_table_size(self->peers), n_user = watchers_count_user(self, uid);

    if (n < IPMPD_WATCHERS_MAX && n_user < IPMPD_WATCHERS_USER_MAX)
        return TRUE;
    if (n_user >= IPMPD_WATCHERS_USER_MAX)
        g_set_error(error, MP_ERROR, MP_ERROR_LIMIT_REACHED,
                    "user %u watches probes %u times already, and no user may more often", uid,
                    n_user);
    else
        g_set_error(error, MP_ERROR, MP_ERROR_LIMIT_REACHED,
                    "%u programs watch probes already, and no more may at a time", n);
    return FALSE;
}

static Watcher *watchers_insert(IpmpdWatchers *self, const char *name, guint uid)
{
    Watcher *watcher = g_rc_box_new0(Watcher);

    watcher->owner = self;
    watcher->name = g_strdup(name);
    watcher->uid = uid;
    watcher->interfaces = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    watcher->queue = ipmpd_watch_queue_new();
    watcher->deadline =
        ipmpd_deadline_new(g_main_context_get_thread_default(), on_deadline, watcher);
    /* Tells of one that has left before, too. */
    watcher->name_id =
        g_bus_watch_name_on_connection(self->bus, name, G_BUS_NAME_WATCHER_FLAGS_NONE, NULL,
                                       on_vanished, g_rc_box_acquire(watcher), watcher_unref);
    g_hash_table_insert(self->peers, watcher->name, watcher);
    if (g_hash_table_size(self->peers) == 1)
        self->watch(TRUE, self->user_data);
    return watcher;
}

static gboolean check_length(const char *const *interfaces, GError **error)
{
    guint n = g_strv_length((char **)interfaces);

    if (n > 0 && n <= IPMPD_WATCH_NAMES_MAX)
        return TRUE;
    if (n == 0)
        g_set_error_literal(error, MP_ERROR, MP_ERROR_INVALID_ARGUMENT,
                            "\"interfaces\": none is named; for all of them leave the option out");
    else
        g_set_error(error, MP_ERROR, MP_ERROR_LIMIT_REACHED,
                    "\"interfaces\": %u are named, at most %u may be", n, IPMPD_WATCH_NAMES_MAX);
    return FALSE;
}

gboolean ipmpd_watchers_check(const char *const *interfaces, const MpSnapshot *snapshot,
                              GError **error)
{
    if (interfaces == NULL)
        return TRUE;
    if (!check_length(interfaces, error))
        return FALSE;
    for (guint i = 0; interfaces[i] != NULL; i++) {
        if (mp_snapshot_find_interface(snapshot, interfaces[i]) == NULL) {
            g_set_error(error, MP_ERROR, MP_ERROR_NO_SUCH_INTERFACE,
                        "\"interfaces\": there is no interface \"%s\"", interfaces[i]);
            return FALSE;
        }
    }
    return TRUE;
}

/* In the set or out of it. */
static void watcher_mark(Watcher *self, const char *interface, gboolean in)
{
    if (in)
        g_hash_table_add(self->interfaces, g_strdup(interface));
    else
        g_hash_table_remove(self->interfaces, interface);
}

gboolean ipmpd_watchers_add(IpmpdWatchers *self, const char *name, guint uid,
                            const char *const *interfaces, GError **error)
{
    Watcher *watcher = g_hash_table_lookup(self->peers, name);

    if (watcher == NULL) {
        if (!watchers_have_room(self, uid, error))
            return FALSE;
        watcher = watchers_insert(self, name, uid);
    }
    if (interfaces == NULL) {
        watcher->all = TRUE;
        g_hash_table_remove_all(watcher->interfaces);
        return TRUE;
    }
    for (guint i = 0; interfaces[i] != NULL; i++)
        watcher_mark(watcher, interfaces[i], !watcher->all);
    return TRUE;
}

static gboolean watcher_check(const Watcher *self, const char *const *interfaces,
                              const MpSnapshot *snapshot, GError **error)
{
    if (interfaces == NULL)
        return TRUE;
    if (!check_length(interfaces, error))
        return FALSE;
    for (guint i = 0; interfaces[i] != NULL; i++) {
        const char *const one[] = {interfaces[i], NULL};
        gboolean named = self != NULL && g_hash_table_contains(self->interfaces, interfaces[i]);

        if (!named && !ipmpd_watchers_check(one, snapshot, error))
            return FALSE;
    }
    return TRUE;
}

gboolean ipmpd_watchers_remove(IpmpdWatchers *self, const char *name, const char *const *interfaces,
                               const MpSnapshot *snapshot, GError **error)
{
    Watcher *watcher = g_hash_table_lookup(self->peers, name);

    if (!watcher_check(watcher, interfaces, snapshot, error))
        return FALSE;
    if (watcher == NULL)
        return TRUE;
    for (guint i = 0; interfaces != NULL && interfaces[i] != NULL; i++) {
        watcher_mark(watcher, interfaces[i], watcher->all);
        ipmpd_watch_queue_drop(watcher->queue, interfaces[i]);
    }
    if (interfaces == NULL || (!watcher->all && g_hash_table_size(watcher->interfaces) == 0))
        watchers_end(self, name);
    return TRUE;
}

/* Life */

IpmpdWatchers *ipmpd_watchers_new(GDBusConnection *bus,
                                  void (*watch)(gboolean watched, gpointer user_data),
                                  gpointer user_data)
{
    IpmpdWatchers *self = g_new0(IpmpdWatchers, 1);

    self->bus = g_object_ref(bus);
    self->watch = watch;
    self->user_data = user_data;
    self->peers = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, watcher_end);
    return self;
}

void ipmpd_watchers_free(IpmpdWatchers *self)
{
    g_hash_table_unref(self->peers);
    g_object_unref(self->bus);
    g_free(self);
}
