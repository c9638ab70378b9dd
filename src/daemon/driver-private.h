/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The two halves of the driver: driver.c lives in the main thread, driver-thread.c is the engine
 * thread. Values go between them through two channels. */
#pragma once

#include "channel.h"
#include "driver.h"
#include "kernel.h"

/* Makes the door to the kernel, in the engine thread. */
typedef MpKernel *(*IpmpdKernelFunc)(GMainContext *context, const MpKernelSink *sink,
                                     gpointer user_data, GError **error);

/* ipmpd_driver_new() with another kernel; `seat` NULL: in a thread of its own. */
IpmpdDriver *ipmpd_driver_new_full(const IpmpdHeritage *heritage, const IpmpdDriverSink *sink,
                                   IpmpdKernelFunc make_kernel, gpointer user_data, IpmpdSeat *seat,
                                   GError **error);

/* Down: what the main thread asks. */
typedef enum {
    IPMPD_DRIVER_CONFIGURE,
    IPMPD_DRIVER_OFFLINE,
    IPMPD_DRIVER_ONLINE,
    IPMPD_DRIVER_REMOVE_ADOPTED,
    IPMPD_DRIVER_RECORD_STORED,
    IPMPD_DRIVER_LOOK,
    IPMPD_DRIVER_WATCH,
    IPMPD_DRIVER_LEARN,
    IPMPD_DRIVER_QUIT,
} IpmpdDriverCommandKind;

typedef struct {
    IpmpdDriverCommandKind kind;
    guint64 id;       /* of the request; RECORD_STORED: the serial */
    MpConfig *config; /* CONFIGURE */
    gboolean at_start;
    gboolean watch;  /* WATCH */
    char *interface; /* OFFLINE, ONLINE, LOOK */
    guint min_redundancy;
    char *group;       /* REMOVE_ADOPTED */
    MpAddress address; /* REMOVE_ADOPTED */
} IpmpdDriverCommand;

void ipmpd_driver_command_free(IpmpdDriverCommand *command);

/* Up: what the engine thread tells; snapshots are the channel's latest value. */
typedef enum {
    IPMPD_TOLD_NOTICE,
    IPMPD_TOLD_RECORD,
    IPMPD_TOLD_DONE,
    IPMPD_TOLD_PROBES,
    IPMPD_TOLD_LEARNED,
    IPMPD_TOLD_FAILED, /* the thread has ended */
    IPMPD_TOLD_INFO,   /* for the journal */
} IpmpdToldKind;

typedef struct {
    IpmpdToldKind kind;
    MpNotice notice;
    MpRecord *record;
    guint64 request;  /* DONE */
    MpSnapshot *seen; /* DONE of LOOK */
    GArray *results;  /* PROBES: MpProbeResult */
    MpLearned *learned;
    GError *error; /* DONE: NULL = success; FAILED */
    char *text;    /* INFO */
} IpmpdTold;

void ipmpd_told_free(IpmpdTold *told);

typedef struct IpmpdThread IpmpdThread;

/* Returns when the engine and the kernel door are there, or with an error. `up` must outlive it. */
IpmpdThread *ipmpd_thread_start(const IpmpdHeritage *heritage, IpmpdKernelFunc make_kernel,
                                gpointer user_data, IpmpdChannel *up, IpmpdSeat *seat,
                                GError **error);
/* Takes the command. */
void ipmpd_thread_command(IpmpdThread *thread, IpmpdDriverCommand *command);
/* By the main thread: so many results were told on, there is room for others. */
void ipmpd_thread_results_taken(IpmpdThread *thread, guint n);
/* How often its loop has gone round; it is made to do so again. */
guint ipmpd_thread_rounds(IpmpdThread *thread);
/* Waits until the thread has ended. */
void ipmpd_thread_stop(IpmpdThread *thread);
