/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* WatchProbes and UnwatchProbes of org.ipmp.Manager. */
#pragma once

#include "service.h"

/* Both take the invocation. */
void ipmpd_bus_watch_probes(IpmpdService *service, GDBusMethodInvocation *invocation,
                            GVariant *options);
void ipmpd_bus_unwatch_probes(IpmpdService *service, GDBusMethodInvocation *invocation,
                              GVariant *options);
