/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* `ipmpctl status`: one line says how it is, one section a group says why. */
#include "status.h"
#include "format.h"
#include "intl.h"
#include "json.h"
#include <string.h>

#define MAX_TROUBLES 3 /* named in the first line */

static const struct {
    const char *state;
    CtlExit exit;
} exits[] = {
    {"ok", CTL_EXIT_DONE},
    {"degraded", CTL_EXIT_DEGRADED},
    {"failed", CTL_EXIT_FAILED},
};

static CtlExit exit_of_state(const char *state)
{
    for (guint i = 0; i < G_N_ELEMENTS(exits); i++)
        if (strcmp(exits[i].state, state) == 0)
            return exits[i].exit;
    return CTL_EXIT_FAILED;
}

static void add_trouble_of_interface(GPtrArray *troubles, IpmpInterface *interface)
{
    const char *state = ipmp_interface_get_state(interface);
    const char *reason = ipmp_interface_get_reason(interface);
    const char *name = ipmp_interface_get_name(interface);

    if (!ctl_status_is_trouble(state))
        return;
    if (*reason == '\0' || strcmp(reason, state) == 0)
        g_ptr_array_add(troubles, g_strdup_printf("%s %s", name, ctl_state_word(state)));
    else
        g_ptr_array_add(troubles,
                        g_strdup_printf("%s %s (%s)", name, ctl_state_word(state), reason));
}

/* A group's part of the first line, NULL when it is well. */
static char *describe_trouble(Ctl *ctl, IpmpGroup *group)
{
    g_autoptr(GPtrArray) troubles = g_ptr_array_new_with_free_func(g_free);
    g_auto(GStrv) names = ipmp_group_dup_interfaces(group);

    if (ipmp_group_get_anonymous(group) || names[0] == NULL)
        return NULL;
    for (guint i = 0; names[i] != NULL; i++) {
        IpmpInterface *interface = ipmp_client_get_interface(ctl->client, names[i]);
        if (interface != NULL)
            add_trouble_of_interface(troubles, interface);
    }
    if (troubles->len == 0)
        return NULL;
    g_ptr_array_add(troubles, NULL);
    g_autofree char *list = g_strjoinv(", ", (char **)troubles->pdata);
    gboolean failed = strcmp(ipmp_group_get_state(group), "failed") == 0;
    return g_strdup_printf(failed ? _("%s has no usable interface: %s") : "%s: %s",
                           ipmp_group_get_name(group), list);
}

static char *describe_troubles(Ctl *ctl, GPtrArray *groups)
{
    GString *text = g_string_new(NULL);
    guint n = 0;

    for (guint i = 0; i < groups->len; i++) {
        g_autofree char *trouble = describe_trouble(ctl, groups->pdata[i]);
        if (trouble == NULL || ++n > MAX_TROUBLES)
            continue;
        g_string_append_printf(text, "%s%s", n > 1 ? "; " : "", trouble);
    }
    if (n > MAX_TROUBLES)
        g_string_append_printf(text, _("; and %u more"), n - MAX_TROUBLES);
    return g_string_free(text, FALSE);
}

static char *describe_counts(Ctl *ctl, GPtrArray *groups)
{
    g_autoptr(GPtrArray) interfaces = ipmp_client_dup_interfaces(ctl->client);
    guint n_groups = 0, n_addresses = 0;

    for (guint i = 0; i < groups->len; i++) {
        g_autoptr(GVariant) addresses = ipmp_group_dup_addresses(groups->pdata[i]);
        n_groups += !ipmp_group_get_anonymous(groups->pdata[i]);
        n_addresses += g_variant_n_children(addresses);
    }
    g_autofree char *of_groups =
        g_strdup_printf(ngettext("%u group", "%u groups", n_groups), n_groups);
    g_autofree char *of_interfaces = g_strdup_printf(
        ngettext("%u interface", "%u interfaces", interfaces->len), interfaces->len);
    g_autofree char *of_addresses =
        g_strdup_printf(ngettext("%u data address", "%u data addresses", n_addresses), n_addresses);
    return g_strdup_printf("%s, %s, %s", of_groups, of_interfaces, of_addresses);
}

static void print_first_line(Ctl *ctl, GPtrArray *groups)
{
    const char *state = ipmp_client_get_state(ctl->client);
    CtlStyle style = ctl_output_state_style(state);
    g_autofree char *troubles = describe_troubles(ctl, groups);
    g_autofree char *counts = describe_counts(ctl, groups);
    g_autofree char *text = ctl_text_clean(*troubles != '\0' ? troubles : counts);

    ctl_output_printf(&ctl->out, style, "%s %s", ctl_output_state_symbol(&ctl->out, state),
                      ctl_state_word(state));
    ctl_output_printf(&ctl->out, CTL_STYLE_BOLD, "  %s", text);
    ctl_output_put(&ctl->out, CTL_STYLE_PLAIN, "\n");
}

static void print_config_errors(Ctl *ctl)
{
    const char *const *errors = ipmp_client_get_config_errors(ctl->client);

    if (errors[0] == NULL)
        return;
    ctl_output_printf(&ctl->out, CTL_STYLE_BAD, "\n%s\n",
                      _("These configuration files are not in force:"));
    for (guint i = 0; errors[i] != NULL; i++) {
        g_autofree char *text = ctl_text_clean(errors[i]);
        ctl_output_printf(&ctl->out, CTL_STYLE_PLAIN, "  %s\n", text);
    }
    ctl_output_printf(&ctl->out, CTL_STYLE_DIM, "  %s %s\n", ctl_output_arrow(&ctl->out),
                      _("correct them, then: ipmpctl reload"));
}

static void print_all(Ctl *ctl, gint64 now_usec)
{
    g_autoptr(GPtrArray) groups = ipmp_client_dup_groups(ctl->client);

    print_first_line(ctl, groups);
    print_config_errors(ctl);
    for (guint i = 0; i < groups->len; i++) {
        ctl_output_put(&ctl->out, CTL_STYLE_PLAIN, "\n");
        ctl_status_print_group(ctl, groups->pdata[i], now_usec);
    }
    if (groups->len == 0)
        ctl_output_printf(&ctl->out, CTL_STYLE_DIM, "  %s %s\n", ctl_output_arrow(&ctl->out),
                          _("make one: ipmpctl create GROUP INTERFACE..."));
}

static gboolean print_one(Ctl *ctl, const char *name, gint64 now_usec, GError **error)
{
    IpmpGroup *group = ipmp_client_get_group(ctl->client, name);
    IpmpInterface *interface = ipmp_client_get_interface(ctl->client, name);

    if (group == NULL && interface == NULL)
        return ctl_find_group(ctl, name, error) != NULL;
    if (ctl->options.json) {
        g_autoptr(GVariant) all =
            group != NULL ? ipmp_group_describe(group) : ipmp_interface_describe(interface);
        ctl_json_print(ctl, all);
    } else if (group != NULL) {
        ctl_status_print_group_detail(ctl, group, now_usec);
    } else {
        ctl_status_print_interface_detail(ctl, interface, now_usec);
    }
    return TRUE;
}

gboolean ctl_run_status(Ctl *ctl, char **args, GError **error)
{
    gint64 now_usec = g_get_real_time();

    ctl->exit = exit_of_state(ipmp_client_get_state(ctl->client));
    if (args[0] != NULL)
        return print_one(ctl, args[0], now_usec, error);
    if (!ctl->options.json) {
        print_all(ctl, now_usec);
        return TRUE;
    }
    g_autofree char *json = ipmp_client_describe_sync(ctl->client, NULL, error);
    if (json == NULL)
        return FALSE;
    fprintf(ctl->out.stream, "%s\n", g_strchomp(json));
    return TRUE;
}
