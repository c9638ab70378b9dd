/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* `ipmpctl probes`: the results of probes as they come. */
#include "format.h"
#include "json.h"
#include "lookup.h"
#include "loop.h"
#include <string.h>

typedef struct {
    CtlLoop loop;
    char **args;   /* names of interfaces; none: all */
    GError *error; /* why it could not go on */
} Probes;

static void print_probe(const Ctl *ctl, const char *interface, GVariant *probe)
{
    g_autofree char *time = ctl_format_time(ctl_lookup_count(probe, "sent-usec"));
    g_autofree char *rtt = ctl_format_rtt(ctl_lookup_count(probe, "rtt-usec"));
    g_autofree char *average = ctl_format_rtt(ctl_lookup_count(probe, "average-usec"));
    g_autofree char *name = ctl_text_clean(interface);
    const char *result = ctl_lookup_string(probe, "result");

    ctl_output_printf(&ctl->out, CTL_STYLE_DIM, "%s  ", time);
    ctl_output_printf(&ctl->out, strcmp(result, "acked") == 0 ? CTL_STYLE_PLAIN : CTL_STYLE_BAD,
                      "%-15s %6" G_GUINT64_FORMAT "  %-5s  %10s  average %10s  %s\n", name,
                      ctl_lookup_count(probe, "sequence"), result, rtt, average,
                      ctl_lookup_string(probe, "target"));
}

static void on_probe(IpmpInterface *interface, GVariant *probe, gpointer user_data)
{
    Probes *self = user_data;
    const char *name = ipmp_interface_get_name(interface);

    if (self->loop.ctl->options.json) {
        g_auto(GVariantDict) dict = G_VARIANT_DICT_INIT(probe);
        g_variant_dict_insert(&dict, "interface", "s", name);
        ctl_json_print_line(self->loop.ctl, g_variant_dict_end(&dict));
    } else {
        print_probe(self->loop.ctl, name, probe);
    }
    ctl_loop_written(&self->loop);
}

static gboolean wants(const Probes *self, IpmpInterface *interface)
{
    return self->args[0] == NULL ||
           g_strv_contains((const char *const *)self->args, ipmp_interface_get_name(interface));
}

static gulong find_handler(Probes *self, IpmpInterface *interface)
{
    return g_signal_handler_find(interface, G_SIGNAL_MATCH_FUNC | G_SIGNAL_MATCH_DATA, 0, 0, NULL,
                                 on_probe, self);
}

/* Also those that have come since. */
static void follow(Probes *self)
{
    g_autoptr(GPtrArray) interfaces = ipmp_client_dup_interfaces(self->loop.ctl->client);

    for (guint i = 0; i < interfaces->len; i++)
        if (wants(self, interfaces->pdata[i]) && find_handler(self, interfaces->pdata[i]) == 0)
            g_signal_connect(interfaces->pdata[i], "probe-completed", G_CALLBACK(on_probe), self);
}

static void unfollow(Probes *self)
{
    g_autoptr(GPtrArray) interfaces = ipmp_client_dup_interfaces(self->loop.ctl->client);

    for (guint i = 0; i < interfaces->len; i++)
        g_signal_handlers_disconnect_by_data(interfaces->pdata[i], self);
}

static gboolean watch(Probes *self, GError **error)
{
    return ipmp_client_watch_probes_sync(
        self->loop.ctl->client, self->args[0] != NULL ? (const char *const *)self->args : NULL,
        NULL, error);
}

/* A service that was started anew does not know us. */
static void on_running(IpmpClient *client, GParamSpec *pspec, gpointer user_data)
{
    Probes *self = user_data;

    if (ipmp_client_get_running(client) && !watch(self, &self->error))
        g_main_loop_quit(self->loop.main);
}

gboolean ctl_run_probes(Ctl *ctl, char **args, GError **error)
{
    g_autoptr(GPtrArray) interfaces = ctl_find_interfaces(ctl, args, error);
    Probes self = {.args = args};
    gboolean finished;

    if (interfaces == NULL)
        return FALSE;
    ctl_loop_init(&self.loop, ctl);
    follow(&self);
    if (!watch(&self, error)) {
        unfollow(&self);
        g_main_loop_unref(self.loop.main);
        return FALSE;
    }
    g_signal_connect_swapped(ctl->client, "changed", G_CALLBACK(follow), &self);
    g_signal_connect(ctl->client, "notify::running", G_CALLBACK(on_running), &self);
    finished = ctl_loop_run(&self.loop, error); /* which leaves the client's signals */
    unfollow(&self);
    if (self.error == NULL)
        return finished;
    if (finished)
        g_propagate_error(error, self.error);
    else
        g_error_free(self.error);
    return FALSE;
}
