/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What happens and what has happened: one line an event, the same live and in the history. */
#include "ctl.h"
#include "format.h"
#include "intl.h"
#include "json.h"
#include "lookup.h"
#include "loop.h"
#include <string.h>

#define LIMIT_MAX 10000 /* the service keeps no more */

static CtlStyle event_style(GVariant *event)
{
    const char *kind = ctl_lookup_string(event, "event");

    if (g_str_has_suffix(kind, "-state"))
        return ctl_output_state_style(ctl_lookup_string(event, "to"));
    return CTL_STYLE_PLAIN;
}

/* What it is about: "192.0.2.10/24 (front)", "eth0 (front)", "front". */
static char *event_subject(GVariant *event)
{
    const char *group = ctl_lookup_string(event, "group");
    const char *interface = ctl_lookup_string(event, "interface");
    const char *address = ctl_lookup_string(event, "address");
    const char *subject = *address != '\0' ? address : interface;

    if (*subject == '\0')
        return g_strdup(group);
    if (*group == '\0')
        return g_strdup(subject);
    return g_strdup_printf("%s (%s)", subject, group);
}

/* "eth0 (front): ok -> failed, link-down": every part but the kind may be missing. */
static char *event_text(const CtlOutput *output, GVariant *event)
{
    g_autofree char *subject = event_subject(event);
    gboolean of_state = g_str_has_suffix(ctl_lookup_string(event, "event"), "-state");
    const char *from = ctl_lookup_string(event, "from");
    const char *to = ctl_lookup_string(event, "to");
    const char *reason = ctl_lookup_string(event, "reason");
    const char *detail = ctl_lookup_string(event, "detail");
    g_autoptr(GPtrArray) parts = g_ptr_array_new();
    g_autofree char *change = NULL;

    if (strcmp(ctl_lookup_string(event, "event"), "address-moved") == 0) {
        from = *from != '\0' ? from : _("nowhere");
        to = *to != '\0' ? to : _("nowhere");
    }
    if (*reason != '\0' && strcmp(reason, to) == 0)
        reason = "";
    from = of_state ? ctl_state_word(from) : from;
    to = of_state ? ctl_state_word(to) : to;
    if (*from != '\0' && *to != '\0')
        change = g_strdup_printf("%s %s %s", from, ctl_output_arrow(output), to);
    else
        change = g_strdup(*to != '\0' ? to : from);
    if (*change != '\0')
        g_ptr_array_add(parts, change);
    if (*reason != '\0')
        g_ptr_array_add(parts, (char *)reason);
    if (*detail != '\0')
        g_ptr_array_add(parts, (char *)detail);
    g_ptr_array_add(parts, NULL);
    g_autofree char *what = g_strjoinv(", ", (char **)parts->pdata);
    g_autofree char *text =
        g_strdup_printf("%-15s  %s%s%s", ctl_lookup_string(event, "event"), subject,
                        *subject != '\0' && *what != '\0' ? ": " : "", what);
    return ctl_text_clean(text);
}

static void print_event(const Ctl *ctl, GVariant *event, char *(*format_time)(guint64))
{
    g_autofree char *text = event_text(&ctl->out, event);
    g_autofree char *time = format_time(ctl_lookup_count(event, "usec"));

    ctl_output_printf(&ctl->out, CTL_STYLE_DIM, "%s  ", time);
    ctl_output_put(&ctl->out, event_style(event), text);
    ctl_output_put(&ctl->out, CTL_STYLE_PLAIN, "\n");
}

static void on_event(IpmpClient *client, GVariant *event, gpointer user_data)
{
    CtlLoop *loop = user_data;

    if (loop->ctl->options.json)
        ctl_json_print_line(loop->ctl, event);
    else
        print_event(loop->ctl, event, ctl_format_time);
    ctl_loop_written(loop);
}

/* The service may be restarted while we look: say so, and go on. */
static void on_running(IpmpClient *client, GParamSpec *pspec, gpointer user_data)
{
    CtlLoop *loop = user_data;
    gboolean running = ipmp_client_get_running(client);

    if (loop->ctl->options.json) {
        ctl_json_print_line(loop->ctl,
                            g_variant_new_parsed("{'event': <'service'>, 'usec': <%x>, 'to': <%s>}",
                                                 g_get_real_time(), running ? "running" : "gone"));
    } else {
        g_autofree char *time = ctl_format_time((guint64)g_get_real_time());
        ctl_output_printf(&loop->ctl->out, CTL_STYLE_DIM, "%s  ", time);
        ctl_output_printf(&loop->ctl->out, running ? CTL_STYLE_GOOD : CTL_STYLE_BAD, "%-15s  %s\n",
                          "service", running ? _("is running") : _("has gone away"));
    }
    ctl_loop_written(loop);
}

gboolean ctl_run_monitor(Ctl *ctl, char **args, GError **error)
{
    CtlLoop loop;

    ctl_loop_init(&loop, ctl);
    g_signal_connect(ctl->client, "event", G_CALLBACK(on_event), &loop);
    g_signal_connect(ctl->client, "notify::running", G_CALLBACK(on_running), &loop);
    if (!ctl->options.json && !ctl->options.quiet)
        ctl_output_printf(&ctl->out, CTL_STYLE_DIM,
                          _("Watching. The state is %s. Ctrl-C ends this.\n"),
                          ctl_state_word(ipmp_client_get_state(ctl->client)));
    return ctl_loop_run(&loop, error);
}

/* Oldest first, as a log is read: the service answers newest first. */
static GVariant *reverse(GVariant *events)
{
    GVariantBuilder builder;

    g_variant_builder_init(&builder, G_VARIANT_TYPE("aa{sv}"));
    for (gsize i = g_variant_n_children(events); i > 0; i--) {
        g_autoptr(GVariant) event = g_variant_get_child_value(events, i - 1);
        g_variant_builder_add_value(&builder, event);
    }
    return g_variant_ref_sink(g_variant_builder_end(&builder));
}

gboolean ctl_run_history(Ctl *ctl, char **args, GError **error)
{
    if (ctl->options.limit < 1 || ctl->options.limit > LIMIT_MAX) {
        g_set_error(error, CTL_ERROR, CTL_ERROR_USAGE, _("-n: %d is not in 1-%d"),
                    ctl->options.limit, LIMIT_MAX);
        return FALSE;
    }
    g_autoptr(GVariant) latest =
        ipmp_client_history_sync(ctl->client, (guint)ctl->options.limit, NULL, error);
    if (latest == NULL)
        return FALSE;
    g_autoptr(GVariant) events = reverse(latest);
    if (ctl->options.json) {
        ctl_json_print(ctl, events);
        return TRUE;
    }
    for (gsize i = 0; i < g_variant_n_children(events); i++) {
        g_autoptr(GVariant) event = g_variant_get_child_value(events, i);
        print_event(ctl, event, ctl_format_date);
    }
    return TRUE;
}
