/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "watch.h"
#include "loop.h"

typedef struct {
    CtlLoop loop;
    char **args;   /* names of interfaces; none: all */
    GError *error; /* why it could not go on */
    CtlProbeFunc function;
    gpointer user_data;
} Probes;

static void on_probe(IpmpInterface *interface, GVariant *probe, gpointer user_data)
{
    Probes *self = user_data;

    self->function(ipmp_interface_get_name(interface), probe, self->user_data);
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

gboolean ctl_watch_probes(Ctl *ctl, char **names, CtlProbeFunc function, gpointer user_data,
                          GError **error)
{
    g_autoptr(GPtrArray) interfaces = ctl_find_interfaces(ctl, names, error);
    Probes self = {.args = names, .function = function, .user_data = user_data};
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
