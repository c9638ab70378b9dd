/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ctl.h"
#include "intl.h"
#include <errno.h>

gboolean ctl_connect(Ctl *ctl, gboolean interactive, GError **error)
{
    ctl->client = ipmp_client_new_sync(NULL, NULL, error);
    if (ctl->client == NULL) {
        if (g_error_matches(*error, IPMP_ERROR, IPMP_ERROR_UNREACHABLE))
            g_prefix_error(error, "%s: ", _("the service, org.ipmp, cannot be reached"));
        return FALSE;
    }
    if (!ipmp_client_get_running(ctl->client)) {
        g_set_error_literal(error, IPMP_ERROR, IPMP_ERROR_UNREACHABLE,
                            _("the service, org.ipmp, is not on the system bus"));
        return FALSE;
    }
    ipmp_client_set_interactive(ctl->client, interactive);
    return TRUE;
}

gboolean ctl_finish_output(Ctl *ctl, GError **error)
{
    if (fflush(ctl->out.stream) == 0 && !ferror(ctl->out.stream))
        return TRUE;
    g_set_error(error, CTL_ERROR, CTL_ERROR_OUTPUT, _("standard output: %s"), g_strerror(errno));
    return FALSE;
}
