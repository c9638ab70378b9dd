/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What one watcher of probes is told, and when: no more in a second than a person or a screen can
 * use. What comes faster waits, one result for each interface: the latest, but a lost one does not
 * give way to an answered one. */
#pragma once

#include "probe.h"

/* At most 100 in any second: ten at once, and from then on one each time there is room again. */
#define IPMPD_WATCH_BURST 10
#define IPMPD_WATCH_SPACING_US G_GINT64_CONSTANT(11112)

typedef struct IpmpdWatchQueue IpmpdWatchQueue;

IpmpdWatchQueue *ipmpd_watch_queue_new(void);
void ipmpd_watch_queue_free(IpmpdWatchQueue *queue);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(IpmpdWatchQueue, ipmpd_watch_queue_free)

void ipmpd_watch_queue_put(IpmpdWatchQueue *queue, const MpProbeResult *result);
/* What waits of this interface is not wanted any more. */
void ipmpd_watch_queue_drop(IpmpdWatchQueue *queue, const char *interface);
/* The next one, if there is room for it at `now_us`; the interface that has waited longest is
 * first. */
gboolean ipmpd_watch_queue_take(IpmpdWatchQueue *queue, gint64 now_us, MpProbeResult *out);
/* From when on ipmpd_watch_queue_take() gives one; G_MAXINT64: nothing waits. */
gint64 ipmpd_watch_queue_due_us(const IpmpdWatchQueue *queue);
