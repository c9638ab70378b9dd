/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The engine thread: the one place that has both the engine and a clock. It has its own
 * GMainContext with the kernel door and one deadline source, and never waits for the bus, polkit,
 * the disk or the journal. The other thread (the main one) sees it through this header alone:
 * requests go down, snapshots, notices and records come up. */
#pragma once

#include "engine.h"
#include "seat.h"
#include <gio/gio.h>

typedef struct IpmpdDriver IpmpdDriver;

/* All called in the main thread's default context. */
typedef struct {
    void (*snapshot)(MpSnapshot *snapshot, /* borrowed */
                     gpointer user_data);  /* the latest; older ones may be skipped */
    void (*notice)(const MpNotice *notice,
                   gpointer user_data); /* every one, in order, before the snapshot with it */
    void (*record)(MpRecord *record,    /* borrowed; the latest, older ones may be skipped */
                   gpointer user_data); /* store it, then ipmpd_driver_record_stored() */
    void (*probes)(const MpProbeResult *results, guint n,
                   gpointer user_data); /* while they are watched; monotonic times */
    void (*failed)(const GError *error, gpointer user_data); /* the thread cannot go on */
    void (*learned)(MpLearned *learned, /* borrowed; after ipmpd_driver_learn(), and at the end */
                    gpointer user_data);
    gpointer user_data;
} IpmpdDriverSink;

/* What an earlier life has left. */
typedef struct {
    const MpRecord *record;   /* or NULL */
    const MpLearned *learned; /* or NULL */
    guint64 sequence;         /* of its last notice; 0 = none */
    guint8 *telling; /* or NULL; telling.h: read at the start, then the driver's until its end */
} IpmpdHeritage;

/* Starts the engine in the seat's thread, until ipmpd_driver_free(). `heritage` may be NULL.
 * Errors: MP_ERROR_KERNEL. */
IpmpdDriver *ipmpd_driver_new(const IpmpdHeritage *heritage, const IpmpdDriverSink *sink,
                              IpmpdSeat *seat, GError **error);
/* Stops the thread, leaving everything in the kernel as it is; a record that has not been told yet
 * is told once more, pending requests are answered with MP_ERROR_FAILED. Good in any callback. */
void ipmpd_driver_free(IpmpdDriver *driver);

/* The result comes when what was asked is in the kernel or has been refused or failed (MP_ERROR_*).
 * `config` is copied. */
void ipmpd_driver_configure(IpmpdDriver *driver, const MpConfig *config, gboolean at_start,
                            GAsyncReadyCallback callback, gpointer user_data);
void ipmpd_driver_offline(IpmpdDriver *driver, const char *interface, guint min_redundancy,
                          GAsyncReadyCallback callback, gpointer user_data);
void ipmpd_driver_online(IpmpdDriver *driver, const char *interface, GAsyncReadyCallback callback,
                         gpointer user_data);
/* Take an adopted address, one that is in no file, from the host. */
void ipmpd_driver_remove_adopted(IpmpdDriver *driver, const char *group, const MpAddress *address,
                                 GAsyncReadyCallback callback, gpointer user_data);
gboolean ipmpd_driver_finish(IpmpdDriver *driver, GAsyncResult *result,
                             GError **error); /* of all four */

/* A snapshot with round-trip times and counters as they are now: of one interface, which is cheap
 * for the engine however many there are (nothing in it: there is none of that name), or of all,
 * NULL. */
void ipmpd_driver_look(IpmpdDriver *driver, const char *interface, GAsyncReadyCallback callback,
                       gpointer user_data);
MpSnapshot *ipmpd_driver_look_finish(IpmpdDriver *driver, GAsyncResult *result,
                                     GError **error); /* a reference */
/* Whether anybody wants the results of probes. */
void ipmpd_driver_watch(IpmpdDriver *driver, gboolean watch);

/* Whether the thread's loop has gone round since this was asked last (the first time: ever); makes
 * it go round once more. Ask seldom: it wakes the thread. */
gboolean ipmpd_driver_is_alive(IpmpdDriver *driver);

/* Tell sink.learned what is learned by now; nothing comes while something more urgent goes on. */
void ipmpd_driver_learn(IpmpdDriver *driver);

void ipmpd_driver_record_stored(IpmpdDriver *driver, guint64 serial);
