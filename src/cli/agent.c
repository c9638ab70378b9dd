/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define POLKIT_AGENT_I_KNOW_API_IS_SUBJECT_TO_CHANGE
#include "agent.h"
#include <polkitagent/polkitagent.h>
#include <unistd.h>

struct CtlAgent {
    PolkitAgentListener *listener;
    gpointer registration;
};

CtlAgent *ctl_agent_start(void)
{
    /* root is never asked, and without a terminal there is nobody to ask */
    if (geteuid() == 0 || !isatty(STDIN_FILENO))
        return NULL;

    g_autoptr(PolkitAgentListener) listener = polkit_agent_text_listener_new(NULL, NULL);
    if (listener == NULL)
        return NULL;
    g_autoptr(PolkitSubject) self = polkit_unix_process_new_for_owner(getpid(), 0, (gint)getuid());
    /* a thread of its own, since the calls that are asked about block this one */
    gpointer registration = polkit_agent_listener_register(
        listener, POLKIT_AGENT_REGISTER_FLAGS_RUN_IN_THREAD, self, NULL, NULL, NULL);
    if (registration == NULL)
        return NULL;

    CtlAgent *agent = g_new0(CtlAgent, 1);
    agent->listener = g_steal_pointer(&listener);
    agent->registration = registration;
    return agent;
}

void ctl_agent_stop(CtlAgent *agent)
{
    polkit_agent_listener_unregister(agent->registration);
    g_object_unref(agent->listener);
    g_free(agent);
}
