/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* `ipmpctl status NAME`: everything about one group or one interface. */
#include "format.h"
#include "intl.h"
#include "status.h"
#include <string.h>

static void add_row(CtlTable *table, const char *title, CtlStyle style, const char *value)
{
    ctl_table_addf(table, CTL_STYLE_DIM, _("%s:"), title);
    ctl_table_add(table, style, *value != '\0' ? value : "-");
}

static void add_owned_row(CtlTable *table, const char *title, char *value)
{
    add_row(table, title, CTL_STYLE_PLAIN, value);
    g_free(value);
}

static void add_list_row(CtlTable *table, const char *title, const char *const *values)
{
    add_owned_row(table, title, ctl_format_list(values, "-"));
}

static void add_probe_rows(CtlTable *table, IpmpGroup *group)
{
    gboolean only = ipmp_group_get_probe_targets_only(group);

    add_row(table, _("Probe method"), CTL_STYLE_PLAIN, ipmp_group_get_probe_method(group));
    add_list_row(table, only ? _("Probe targets, only") : _("Probe targets"),
                 ipmp_group_get_probe_targets(group));
    add_owned_row(table, _("Failed after"),
                  g_strdup_printf(ngettext("%u lost probe", "%u lost probes",
                                           ipmp_group_get_probe_failures(group)),
                                  ipmp_group_get_probe_failures(group)));
    add_owned_row(
        table, _("Repaired after"),
        g_strdup_printf(ngettext("%u answer", "%u answers", ipmp_group_get_probe_repairs(group)),
                        ipmp_group_get_probe_repairs(group)));
    add_owned_row(table, _("Repair delay"),
                  ctl_format_msec(ipmp_group_get_repair_delay_msec(group)));
}

static void add_failover_row(CtlTable *table, IpmpGroup *group)
{
    guint64 count = ipmp_group_get_failovers(group);
    guint64 last_usec = ipmp_group_get_last_failover_usec(group);

    if (last_usec == 0) {
        add_owned_row(table, _("Failovers"), g_strdup_printf("%" G_GUINT64_FORMAT, count));
    } else {
        g_autofree char *date = ctl_format_date(last_usec);
        g_autofree char *number = g_strdup_printf("%" G_GUINT64_FORMAT, count);
        add_owned_row(table, _("Failovers"), g_strdup_printf(_("%s, the last %s"), number, date));
    }
}

void ctl_status_print_group_detail(Ctl *ctl, IpmpGroup *group, gint64 now_usec)
{
    g_autoptr(CtlTable) table = ctl_table_new(2, 2);

    ctl_status_print_group(ctl, group, now_usec);
    add_row(table, _("Reason"), CTL_STYLE_PLAIN, ipmp_group_get_reason(group));
    add_probe_rows(table, group);
    add_failover_row(table, group);
    add_row(table, _("Configuration"), CTL_STYLE_PLAIN, ipmp_group_get_config_path(group));
    ctl_output_put(&ctl->out, CTL_STYLE_PLAIN, "\n");
    ctl_table_print(table, &ctl->out);
}

static void print_interface_line(Ctl *ctl, IpmpInterface *interface, gint64 now_usec)
{
    const char *state = ipmp_interface_get_state(interface);
    CtlStyle style = ctl_output_state_style(state);
    g_autofree char *since = ctl_status_since(interface, now_usec);
    g_autofree char *name = ctl_text_clean(ipmp_interface_get_name(interface));

    ctl_output_printf(&ctl->out, style, "%s ", ctl_output_state_symbol(&ctl->out, state));
    ctl_output_put(&ctl->out, CTL_STYLE_BOLD, name);
    ctl_output_printf(&ctl->out, style, "  %s", ctl_state_word(state));
    ctl_output_printf(&ctl->out, CTL_STYLE_PLAIN, "  %s\n", since);
}

static void add_interface_rows(CtlTable *table, IpmpInterface *interface)
{
    guint index = ipmp_interface_get_index(interface);
    g_autofree char *group = ipmp_interface_dup_group(interface);

    add_row(table, _("Group"), CTL_STYLE_PLAIN, *group != '\0' ? group : _("(no group)"));
    add_row(table, _("Role"), CTL_STYLE_PLAIN, ctl_status_role(interface));
    add_row(table, _("Link"), CTL_STYLE_PLAIN,
            ctl_state_word(ipmp_interface_get_link_state(interface)));
    add_row(table, _("Probes"), CTL_STYLE_PLAIN,
            ctl_state_word(ipmp_interface_get_probe_state(interface)));
    add_list_row(table, _("Flags"), ipmp_interface_get_flags(interface));
    add_owned_row(table, _("Index"), index > 0 ? g_strdup_printf("%u", index) : g_strdup("-"));
    add_row(table, _("Hardware address"), CTL_STYLE_PLAIN,
            ipmp_interface_get_hardware_address(interface));
    add_list_row(table, _("Data addresses"), ipmp_interface_get_addresses(interface));
    add_list_row(table, _("Test addresses"), ipmp_interface_get_test_addresses(interface));
    add_row(table, _("Target mode"), CTL_STYLE_PLAIN, ipmp_interface_get_target_mode(interface));
    add_list_row(table, _("Targets"), ipmp_interface_get_targets(interface));
}

void ctl_status_print_interface_detail(Ctl *ctl, IpmpInterface *interface, gint64 now_usec)
{
    g_autoptr(CtlTable) table = ctl_table_new(2, 2);
    g_autofree char *hint = ctl_status_hint(interface);

    print_interface_line(ctl, interface, now_usec);
    add_interface_rows(table, interface);
    ctl_table_print(table, &ctl->out);
    if (hint != NULL) {
        g_autofree char *text = ctl_text_clean(hint);
        ctl_output_printf(&ctl->out, CTL_STYLE_DIM, "  %s %s\n", ctl_output_arrow(&ctl->out), text);
    }
}
