/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* `ipmpctl targets`: whom each interface asks whether it works, and what they answer. */
#include "ctl.h"
#include "format.h"
#include "intl.h"
#include "json.h"
#include "lookup.h"
#include "table.h"
#include <string.h>

static void add_owned(CtlTable *table, char *text)
{
    ctl_table_add(table, CTL_STYLE_PLAIN, text);
    g_free(text);
}

static void add_interface_cells(CtlTable *table, IpmpInterface *interface)
{
    ctl_table_add(table, CTL_STYLE_PLAIN, ipmp_interface_get_name(interface));
    ctl_table_add(table, CTL_STYLE_PLAIN, ipmp_interface_get_target_mode(interface));
    add_owned(table, ctl_format_list(ipmp_interface_get_test_addresses(interface), "-"));
}

static char *format_answered(guint64 answered_usec)
{
    if (answered_usec == 0)
        return g_strdup("-");
    g_autofree char *span = ctl_format_span(g_get_real_time() - (gint64)answered_usec);
    return g_strdup_printf(_("%s ago"), span);
}

static void add_row(CtlTable *table, IpmpInterface *interface, GVariant *target)
{
    const char *state = ctl_lookup_string(target, "state");

    add_interface_cells(table, interface);
    ctl_table_add(table, CTL_STYLE_PLAIN, ctl_lookup_string(target, "address"));
    ctl_table_add(table, strcmp(state, "dead") == 0 ? CTL_STYLE_BAD : CTL_STYLE_PLAIN, state);
    ctl_table_add(table, CTL_STYLE_PLAIN, ctl_lookup_string(target, "source"));
    add_owned(table, ctl_format_rtt(ctl_lookup_count(target, "rtt-usec")));
    add_owned(table, ctl_format_rtt(ctl_lookup_count(target, "deviation-usec")));
    add_owned(table, format_answered(ctl_lookup_count(target, "last-answer-usec")));
}

static void add_empty_row(CtlTable *table, IpmpInterface *interface)
{
    add_interface_cells(table, interface);
    for (guint i = 0; i < 6; i++)
        ctl_table_add(table, CTL_STYLE_PLAIN, "-");
}

/* What the service says of a target, and of which interface it is one. Floating. */
static GVariant *describe(IpmpInterface *interface, GVariant *target)
{
    g_auto(GVariantDict) dict = G_VARIANT_DICT_INIT(target);

    g_variant_dict_insert(&dict, "interface", "s", ipmp_interface_get_name(interface));
    g_variant_dict_insert(&dict, "target-mode", "s", ipmp_interface_get_target_mode(interface));
    g_variant_dict_insert_value(
        &dict, "test-addresses",
        g_variant_new_strv(ipmp_interface_get_test_addresses(interface), -1));
    return g_variant_dict_end(&dict);
}

gboolean ctl_run_targets(Ctl *ctl, char **args, GError **error)
{
    static const char *const titles[] = {N_("INTERFACE"), N_("MODE"),      N_("TEST ADDRESSES"),
                                         N_("TARGET"),    N_("STATE"),     N_("SOURCE"),
                                         N_("RTT"),       N_("DEVIATION"), N_("ANSWERED")};
    g_autoptr(GPtrArray) interfaces = ctl_find_interfaces(ctl, args, error);
    g_autoptr(CtlTable) table = ctl_table_new(0, G_N_ELEMENTS(titles));
    g_autoptr(GVariantBuilder) list = g_variant_builder_new(G_VARIANT_TYPE("aa{sv}"));

    if (interfaces == NULL)
        return FALSE;
    ctl_table_add_header(table, titles);
    for (guint i = 0; i < interfaces->len; i++) {
        g_autoptr(GVariant) targets =
            ipmp_interface_get_targets_sync(interfaces->pdata[i], NULL, error);
        if (targets == NULL)
            return FALSE;
        for (gsize k = 0; k < g_variant_n_children(targets); k++) {
            g_autoptr(GVariant) target = g_variant_get_child_value(targets, k);
            g_variant_builder_add_value(list, describe(interfaces->pdata[i], target));
            add_row(table, interfaces->pdata[i], target);
        }
        if (g_variant_n_children(targets) == 0)
            add_empty_row(table, interfaces->pdata[i]);
    }
    if (ctl->options.json)
        ctl_json_print(ctl, g_variant_builder_end(list));
    else
        ctl_table_print(table, &ctl->out);
    return TRUE;
}
