/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who watches probes: callers of WatchProbes, few of them and few of each user. The results go to
 * each of them alone, no faster than IpmpdWatchQueue lets them, and no more than
 * IPMPD_WATCH_AHEAD that it may not have read: what a watcher does not read would fill the bus,
 * which in the end would stop to read from the service. */
#pragma once

#include "probe.h"
#include "snapshot.h"
#include <gio/gio.h>

#define IPMPD_WATCHERS_MAX 8u
#define IPMPD_WATCHERS_USER_MAX 2u
#define IPMPD_WATCH_AHEAD 100u
#define IPMPD_WATCH_NAMES_MAX 4096u /* of a call: each is looked for */

typedef struct IpmpdWatchers IpmpdWatchers;

/* `watch` is called when the first one comes and when the last one has gone. */
IpmpdWatchers *ipmpd_watchers_new(GDBusConnection *bus,
                                  void (*watch)(gboolean watched, gpointer user_data),
                                  gpointer user_data);
void ipmpd_watchers_free(IpmpdWatchers *self);

/* Whether the service has all these interfaces. NULL, all of them: yes. Errors: INVALID_ARGUMENT
 * (none is named), LIMIT_REACHED (too many are), NO_SUCH_INTERFACE, naming it. */
gboolean ipmpd_watchers_check(const char *const *interfaces, const MpSnapshot *snapshot,
                              GError **error);
/* The peer `name` of that user watches these interfaces too, from now until it leaves the bus;
 * NULL: all, also those to come. Errors: LIMIT_REACHED. */
gboolean ipmpd_watchers_add(IpmpdWatchers *self, const char *name, guint uid,
                            const char *const *interfaces, GError **error);
/* It does not watch these any more; NULL: none at all. Errors: as of ipmpd_watchers_check(), but
 * interfaces that it watches by name may be gone. */
gboolean ipmpd_watchers_remove(IpmpdWatchers *self, const char *name, const char *const *interfaces,
                               const MpSnapshot *snapshot, GError **error);

void ipmpd_watchers_tell(IpmpdWatchers *self, const MpProbeResult *results, guint n);
