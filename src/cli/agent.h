/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* Asks for passwords on this terminal, if there is one and polkit is there to want them; without
 * either, nothing happens. The result ends it: g_clear_pointer(&agent, ctl_agent_stop). */
typedef struct CtlAgent CtlAgent;

CtlAgent *ctl_agent_start(void);
void ctl_agent_stop(CtlAgent *agent);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CtlAgent, ctl_agent_stop)
