/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* `ipmpctl check`: what would keep a failover from working, the worst first. */
#include "ctl.h"
#include "intl.h"
#include "json.h"
#include "lookup.h"
#include <string.h>

typedef struct {
    const char *word;
    CtlStyle style;
    CtlExit exit;
} Severity;

static const Severity severities[] = {
    {NC_("severity", "error"), CTL_STYLE_BAD, CTL_EXIT_FAILED},
    {NC_("severity", "warning"), CTL_STYLE_WARN, CTL_EXIT_DEGRADED},
    {NC_("severity", "info"), CTL_STYLE_PLAIN, CTL_EXIT_DONE},
};

/* A word that a later service may have is taken for the worst. */
static const Severity *find_severity(GVariant *item)
{
    const char *word = ctl_lookup_string(item, "severity");

    for (guint i = 0; i < G_N_ELEMENTS(severities); i++) {
        if (strcmp(severities[i].word, word) == 0)
            return &severities[i];
    }
    return &severities[0];
}

/* Columns of the longest severity. */
static guint severity_width(void)
{
    guint width = 0;

    for (guint i = 0; i < G_N_ELEMENTS(severities); i++)
        width = MAX(width, ctl_text_width(g_dpgettext2(NULL, "severity", severities[i].word)));
    return width;
}

static void print_item(const Ctl *ctl, GVariant *item)
{
    const char *word = g_dpgettext2(NULL, "severity", ctl_lookup_string(item, "severity"));
    g_autofree char *severity = ctl_text_clean(word);
    g_autofree char *message = ctl_text_clean(ctl_lookup_string(item, "message"));
    g_autofree char *advice = ctl_text_clean(ctl_lookup_string(item, "advice"));
    guint width = severity_width();
    guint used = ctl_text_width(severity);

    ctl_output_put(&ctl->out, find_severity(item)->style, severity);
    fprintf(ctl->out.stream, "%*s", (int)(used < width ? width - used : 0), "");
    ctl_output_printf(&ctl->out, CTL_STYLE_PLAIN, "  %s\n", message);
    if (*advice != '\0')
        ctl_output_printf(&ctl->out, CTL_STYLE_DIM, "%*s  %s %s\n", (int)width, "",
                          ctl_output_arrow(&ctl->out), advice);
}

gboolean ctl_run_check(Ctl *ctl, char **args, GError **error)
{
    g_autoptr(GVariant) advice = ipmp_client_check_sync(ctl->client, NULL, error);

    if (advice == NULL)
        return FALSE;
    for (gsize i = 0; i < g_variant_n_children(advice); i++) {
        g_autoptr(GVariant) item = g_variant_get_child_value(advice, i);

        ctl->exit = MAX(ctl->exit, find_severity(item)->exit);
        if (!ctl->options.json)
            print_item(ctl, item);
    }
    if (ctl->options.json)
        ctl_json_print(ctl, advice);
    else if (g_variant_n_children(advice) == 0)
        ctl_output_put(&ctl->out, CTL_STYLE_GOOD, _("Nothing stands in the way of a failover.\n"));
    return TRUE;
}
