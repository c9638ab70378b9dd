/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The door to the kernel: a dozen operations down, one callback up. The real one (netlink) and the
 * one of the tests (tests/fake) keep the same contract: tests/contract. All calls and the callback
 * in one thread. */
#pragma once

#include "engine.h"

typedef struct MpKernel MpKernel;
/* One event; during mp_kernel_dispatch() of the source or (LINK_READ, SYSCTL, PROBE_ANSWER,
 * PROBE_NOT_SENT) during the call itself. */
typedef void (*MpKernelEventFunc)(const MpEvent *event, gpointer user_data);
/* After the last event of a batch: time to settle. */
typedef void (*MpKernelBatchFunc)(gpointer user_data);

typedef struct {
    MpKernelEventFunc event;
    MpKernelBatchFunc batch;
    gpointer user_data;
} MpKernelSink;

struct MpKernel {
    /* Send all as one batch, in this order; each is answered by one OP_DONE event, later, in this
     * order. */
    void (*submit)(MpKernel *self, const MpOp *ops, guint n_ops);
    /* Frames for all of them, one sendmmsg. Errors are the link's business and are not told. */
    void (*announce)(MpKernel *self, const MpAction *announcements, guint n);
    /* One LINK_READ event each before it returns; none for those whose driver cannot tell. */
    void (*read_links)(MpKernel *self, const guint *indexes, guint n);
    /* SYSCTL events of this device (0: the globals) before it returns. */
    void (*read_sysctls)(MpKernel *self, guint index);
    /* DUMP_BEGIN, objects, DUMP_END for each kind, later; several calls may be merged. */
    void (*dump)(MpKernel *self, MpDump what);
    /* Send all, each on its device. PROBE_NOT_SENT events come before it returns. */
    void (*probe)(MpKernel *self, const MpProbe *probes, guint n);
    /* PROBE_ANSWER events for all that has come in (thousands at most, lest a flood of forged ones
     * holds the turn), before it returns. The source does the same when there is something to
     * read; this is for a turn that is about to judge what was lost. */
    void (*read_probes)(MpKernel *self);
    /* Whether an answer wakes the source at once (as it does from the beginning), or waits for
     * read_probes(): its time is the kernel's stamp, whenever it is read. */
    void (*wait_probes)(MpKernel *self, gboolean wait);
    /* NEIGHBOUR events of the device's tables of both families and NEIGHBOURS_END, later. */
    void (*read_neighbours)(MpKernel *self, guint index);
    void (*free)(MpKernel *self);
};

void mp_kernel_free(MpKernel *kernel);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MpKernel, mp_kernel_free)

/* rtnetlink in the network namespace of the calling thread; its GSource is attached to `context`.
 */
MpKernel *mp_kernel_netlink_new(GMainContext *context, const MpKernelSink *sink, GError **error);
