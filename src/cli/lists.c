/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The commands that list. Each has the same content as JSON. */
#include "ctl.h"
#include "format.h"
#include "intl.h"
#include "json.h"
#include "lookup.h"
#include "table.h"
#include <string.h>

/* An array of what `describe` says of each object. */
static void print_described(const Ctl *ctl, GPtrArray *objects, GVariant *(*describe)(gpointer))
{
    GVariantBuilder builder;

    g_variant_builder_init(&builder, G_VARIANT_TYPE("aa{sv}"));
    for (guint i = 0; i < objects->len; i++) {
        g_autoptr(GVariant) description = describe(objects->pdata[i]);
        g_variant_builder_add_value(&builder, description);
    }
    ctl_json_print(ctl, g_variant_builder_end(&builder));
}

static GVariant *describe_group(gpointer group)
{
    return ipmp_group_describe(group);
}

static GVariant *describe_interface(gpointer interface)
{
    return ipmp_interface_describe(interface);
}

static void add_owned(CtlTable *table, char *text)
{
    ctl_table_add(table, CTL_STYLE_PLAIN, text);
    g_free(text);
}

static void add_group_row(CtlTable *table, IpmpGroup *group)
{
    g_auto(GStrv) interfaces = ipmp_group_dup_interfaces(group);
    g_autoptr(GVariant) addresses = ipmp_group_dup_addresses(group);

    ctl_table_add(table, CTL_STYLE_PLAIN,
                  ipmp_group_get_anonymous(group) ? _("(no group)") : ipmp_group_get_name(group));
    ctl_table_add_state(table, ipmp_group_get_state(group));
    add_owned(table, ctl_format_msec(ipmp_group_get_failure_detection_msec(group)));
    ctl_table_add(
        table, CTL_STYLE_PLAIN,
        ipmp_group_get_anonymous(group) ? "-" : ctl_format_bool(ipmp_group_get_failback(group)));
    ctl_table_addf(table, CTL_STYLE_PLAIN, "%u", (guint)g_variant_n_children(addresses));
    add_owned(table, ctl_format_list((const char *const *)interfaces, "-"));
}

gboolean ctl_run_groups(Ctl *ctl, char **args, GError **error)
{
    static const char *const titles[] = {N_("GROUP"),    N_("STATE"),     N_("FDT"),
                                         N_("FAILBACK"), N_("ADDRESSES"), N_("INTERFACES")};
    g_autoptr(GPtrArray) groups = ipmp_client_dup_groups(ctl->client);

    if (ctl->options.json) {
        print_described(ctl, groups, describe_group);
        return TRUE;
    }
    g_autoptr(CtlTable) table = ctl_table_new(0, G_N_ELEMENTS(titles));
    ctl_table_add_header(table, titles);
    for (guint i = 0; i < groups->len; i++)
        add_group_row(table, groups->pdata[i]);
    ctl_table_print(table, &ctl->out);
    return TRUE;
}

/* Of the link or the probes: in colour only where it is a reason for the state. */
static void add_part_state(CtlTable *table, const char *state)
{
    CtlStyle style = ctl_output_state_style(state);

    ctl_table_add(table, style == CTL_STYLE_BAD ? style : CTL_STYLE_PLAIN, ctl_state_word(state));
}

gboolean ctl_run_interfaces(Ctl *ctl, char **args, GError **error)
{
    static const char *const titles[] = {N_("INTERFACE"), N_("GROUP"),         N_("STATE"),
                                         N_("LINK"),      N_("PROBE"),         N_("REASON"),
                                         N_("FLAGS"),     N_("TEST ADDRESSES")};
    g_autoptr(GPtrArray) interfaces = ipmp_client_dup_interfaces(ctl->client);

    if (ctl->options.json) {
        print_described(ctl, interfaces, describe_interface);
        return TRUE;
    }
    g_autoptr(CtlTable) table = ctl_table_new(0, G_N_ELEMENTS(titles));
    ctl_table_add_header(table, titles);
    for (guint i = 0; i < interfaces->len; i++) {
        IpmpInterface *interface = interfaces->pdata[i];
        g_autofree char *flags = g_strjoinv(",", (char **)ipmp_interface_get_flags(interface));
        ctl_table_add(table, CTL_STYLE_PLAIN, ipmp_interface_get_name(interface));
        g_autofree char *group = ipmp_interface_dup_group(interface);
        ctl_table_add(table, CTL_STYLE_PLAIN, *group != '\0' ? group : _("(no group)"));
        ctl_table_add_state(table, ipmp_interface_get_state(interface));
        add_part_state(table, ipmp_interface_get_link_state(interface));
        add_part_state(table, ipmp_interface_get_probe_state(interface));
        ctl_table_add(table, CTL_STYLE_PLAIN, ipmp_interface_get_reason(interface));
        ctl_table_add(table, CTL_STYLE_PLAIN, flags);
        add_owned(table, ctl_format_list(ipmp_interface_get_test_addresses(interface), "-"));
    }
    ctl_table_print(table, &ctl->out);
    return TRUE;
}

static const char *string_or_dash(const char *string)
{
    return *string != '\0' ? string : "-";
}

/* The dictionary with one entry more, in front. Floating. */
static GVariant *with_name(const char *key, const char *name, GVariant *dictionary)
{
    GVariantBuilder builder;
    GVariantIter iter;
    GVariant *entry;

    g_variant_builder_init(&builder, G_VARIANT_TYPE_VARDICT);
    g_variant_builder_add(&builder, "{sv}", key, g_variant_new_string(name));
    g_variant_iter_init(&iter, dictionary);
    while ((entry = g_variant_iter_next_value(&iter)) != NULL) {
        g_variant_builder_add_value(&builder, entry);
        g_variant_unref(entry);
    }
    return g_variant_builder_end(&builder);
}

gboolean ctl_run_addresses(Ctl *ctl, char **args, GError **error)
{
    static const char *const titles[] = {N_("ADDRESS"),   N_("STATE"), N_("GROUP"),
                                         N_("INTERFACE"), N_("HOME"),  N_("SOURCE")};
    g_autoptr(GPtrArray) groups = ipmp_client_dup_groups(ctl->client);
    g_autoptr(CtlTable) table = ctl_table_new(0, G_N_ELEMENTS(titles));
    GVariantBuilder list;

    g_variant_builder_init(&list, G_VARIANT_TYPE("aa{sv}"));
    ctl_table_add_header(table, titles);
    for (guint i = 0; i < groups->len; i++) {
        const char *group = ipmp_group_get_name(groups->pdata[i]);
        g_autoptr(GVariant) addresses = ipmp_group_dup_addresses(groups->pdata[i]);
        for (gsize k = 0; k < g_variant_n_children(addresses); k++) {
            g_autoptr(GVariant) address = g_variant_get_child_value(addresses, k);
            g_variant_builder_add_value(&list, with_name("group", group, address));
            ctl_table_add(table, CTL_STYLE_PLAIN, ctl_lookup_string(address, "address"));
            ctl_table_add_state(table, ctl_lookup_string(address, "state"));
            ctl_table_add(table, CTL_STYLE_PLAIN, string_or_dash(group));
            ctl_table_add(table, CTL_STYLE_PLAIN,
                          string_or_dash(ctl_lookup_string(address, "interface")));
            ctl_table_add(table, CTL_STYLE_PLAIN,
                          string_or_dash(ctl_lookup_string(address, "home")));
            ctl_table_add(table, CTL_STYLE_PLAIN, ctl_lookup_string(address, "source"));
        }
    }
    g_autoptr(GVariant) all = g_variant_ref_sink(g_variant_builder_end(&list));
    if (ctl->options.json)
        ctl_json_print(ctl, all);
    else
        ctl_table_print(table, &ctl->out);
    return TRUE;
}

static void add_device_row(CtlTable *table, GVariant *device)
{
    g_autofree const char **addresses = NULL;
    gboolean suitable = FALSE;
    const char *group = ctl_lookup_string(device, "group");

    g_variant_lookup(device, "suitable", "b", &suitable);
    g_variant_lookup(device, "addresses", "^a&s", &addresses);
    ctl_table_add(table, CTL_STYLE_PLAIN, ctl_lookup_string(device, "name"));
    ctl_table_add(table, CTL_STYLE_PLAIN, string_or_dash(group));
    if (*group != '\0')
        ctl_table_add(table, CTL_STYLE_PLAIN, _("member"));
    else if (suitable)
        ctl_table_add(table, CTL_STYLE_PLAIN, _("yes"));
    else
        ctl_table_addf(table, CTL_STYLE_DIM, _("no: %s"), ctl_lookup_string(device, "reason"));
    ctl_table_add(table, CTL_STYLE_PLAIN, ctl_lookup_string(device, "media"));
    ctl_table_add(table, CTL_STYLE_PLAIN,
                  string_or_dash(ctl_lookup_string(device, "hardware-address")));
    add_owned(table, ctl_format_list(addresses, "-"));
}

gboolean ctl_run_devices(Ctl *ctl, char **args, GError **error)
{
    static const char *const titles[] = {N_("DEVICE"),           N_("GROUP"),
                                         N_("SUITABLE"),         N_("MEDIA"),
                                         N_("HARDWARE ADDRESS"), N_("ADDRESSES")};
    g_autoptr(GVariant) devices = ipmp_client_list_devices_sync(ctl->client, NULL, error);

    if (devices == NULL)
        return FALSE;
    if (ctl->options.json) {
        ctl_json_print(ctl, devices);
        return TRUE;
    }
    g_autoptr(CtlTable) table = ctl_table_new(0, G_N_ELEMENTS(titles));
    ctl_table_add_header(table, titles);
    for (gsize i = 0; i < g_variant_n_children(devices); i++) {
        g_autoptr(GVariant) device = g_variant_get_child_value(devices, i);
        add_device_row(table, device);
    }
    ctl_table_print(table, &ctl->out);
    return TRUE;
}

/* One row a counter, one column an interface: their number is open. */
static void print_statistics(const Ctl *ctl, GPtrArray *interfaces, GPtrArray *statistics)
{
    g_autoptr(CtlTable) table = ctl_table_new(0, interfaces->len + 1);
    GVariantIter iter;
    char *key;

    if (interfaces->len == 0)
        return;
    ctl_table_add(table, CTL_STYLE_BOLD, _("COUNTER"));
    for (guint i = 0; i < interfaces->len; i++)
        ctl_table_add(table, CTL_STYLE_BOLD, ipmp_interface_get_name(interfaces->pdata[i]));
    ctl_table_mark_header(table);
    g_variant_iter_init(&iter, statistics->pdata[0]);
    while (g_variant_iter_loop(&iter, "{st}", &key, NULL)) { /* look-ups move borrowed keys */
        ctl_table_add(table, CTL_STYLE_PLAIN, key);
        for (guint i = 0; i < interfaces->len; i++)
            ctl_table_addf(table, CTL_STYLE_PLAIN, "%" G_GUINT64_FORMAT,
                           ctl_lookup_count(statistics->pdata[i], key));
    }
    ctl_table_print(table, &ctl->out);
}

gboolean ctl_run_statistics(Ctl *ctl, char **args, GError **error)
{
    g_autoptr(GPtrArray) interfaces = ctl_find_interfaces(ctl, args, error);
    g_autoptr(GPtrArray) statistics =
        g_ptr_array_new_with_free_func((GDestroyNotify)g_variant_unref);
    g_autoptr(GVariantBuilder) all = g_variant_builder_new(G_VARIANT_TYPE("a{sa{st}}"));

    if (interfaces == NULL)
        return FALSE;
    for (guint i = 0; i < interfaces->len; i++) {
        GVariant *counters = ipmp_interface_get_statistics_sync(interfaces->pdata[i], NULL, error);
        if (counters == NULL)
            return FALSE;
        g_ptr_array_add(statistics, counters);
        g_variant_builder_add(all, "{s@a{st}}", ipmp_interface_get_name(interfaces->pdata[i]),
                              counters);
    }
    if (ctl->options.json)
        ctl_json_print(ctl, g_variant_builder_end(all));
    else
        print_statistics(ctl, interfaces, statistics);
    return TRUE;
}
