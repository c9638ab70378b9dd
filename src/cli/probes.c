/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* `ipmpctl probes`: the results of probes as they come. */
#include "format.h"
#include "json.h"
#include "lookup.h"
#include "loop.h"
#include <string.h>

static void print_probe(const Ctl *ctl, const char *interface, GVariant *probe)
{
    g_autofree char *time = ctl_format_time(ctl_lookup_count(probe, "sent-usec"));
    g_autofree char *rtt = ctl_format_rtt(ctl_lookup_count(probe, "rtt-usec"));
    g_autofree char *average = ctl_format_rtt(ctl_lookup_count(probe, "average-usec"));
    const char *result = ctl_lookup_string(probe, "result");

    ctl_output_printf(&ctl->out, CTL_STYLE_DIM, "%s  ", time);
    ctl_output_printf(&ctl->out, strcmp(result, "acked") == 0 ? CTL_STYLE_PLAIN : CTL_STYLE_BAD,
                      "%-15s %6" G_GUINT64_FORMAT "  %-5s  %10s  average %10s  %s\n", interface,
                      ctl_lookup_count(probe, "sequence"), result, rtt, average,
                      ctl_lookup_string(probe, "target"));
}

static void on_probe(IpmpInterface *interface, GVariant *probe, gpointer user_data)
{
    CtlLoop *loop = user_data;
    const char *name = ipmp_interface_get_name(interface);

    if (loop->ctl->options.json) {
        g_auto(GVariantDict) dict = G_VARIANT_DICT_INIT(probe);
        g_variant_dict_insert(&dict, "interface", "s", name);
        ctl_json_print_line(loop->ctl, g_variant_dict_end(&dict));
    } else {
        print_probe(loop->ctl, name, probe);
    }
    ctl_loop_written(loop);
}

gboolean ctl_run_probes(Ctl *ctl, char **args, GError **error)
{
    g_autoptr(GPtrArray) interfaces = ctl_find_interfaces(ctl, args, error);
    CtlLoop loop;

    if (interfaces == NULL)
        return FALSE;
    if (!ipmp_client_watch_probes_sync(
            ctl->client, args[0] != NULL ? (const char *const *)args : NULL, NULL, error))
        return FALSE;
    ctl_loop_init(&loop, ctl);
    for (guint i = 0; i < interfaces->len; i++)
        g_signal_connect(interfaces->pdata[i], "probe-completed", G_CALLBACK(on_probe), &loop);
    gboolean finished = ctl_loop_run(&loop, error);
    for (guint i = 0; i < interfaces->len; i++)
        g_signal_handlers_disconnect_by_data(interfaces->pdata[i], &loop);
    return finished;
}
