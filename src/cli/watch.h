/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "ctl.h"

typedef void (*CtlProbeFunc)(const char *interface, GVariant *probe, gpointer user_data);

/* Calls `function` for each probe that is answered or lost, of the named interfaces or of all, also
 * over restarts of the service, until interrupted (success). */
gboolean ctl_watch_probes(Ctl *ctl, char **names, CtlProbeFunc function, gpointer user_data,
                          GError **error);
