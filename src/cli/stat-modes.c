/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The rows of -a, -g, -i and -t. */
#include "lookup.h"
#include "stat.h"
#include <string.h>

static gboolean is_usable(IpmpInterface *interface)
{
    const char *state = ipmp_interface_get_state(interface);

    return strcmp(state, "ok") == 0 || strcmp(state, "unknown") == 0;
}

static gboolean is_ipv6(const char *address)
{
    return strchr(address, ':') != NULL;
}

/* Whether `address` is in the subnet of `data`; both with prefix length. */
static gboolean is_in_subnet(const char *address, const char *data)
{
    g_autofree char *bare = g_strndup(address, strcspn(address, "/"));
    g_autofree char *base = g_strndup(data, strcspn(data, "/"));
    const char *slash = strchr(data, '/');
    g_autoptr(GInetAddress) inet = g_inet_address_new_from_string(bare);
    g_autoptr(GInetAddress) network = g_inet_address_new_from_string(base);

    if (inet == NULL || network == NULL || slash == NULL ||
        g_inet_address_get_family(inet) != g_inet_address_get_family(network))
        return FALSE;
    guint64 length = g_ascii_strtoull(slash + 1, NULL, 10);
    const guint8 *a = g_inet_address_to_bytes(inet);
    const guint8 *b = g_inet_address_to_bytes(network);
    for (guint64 bit = 0; bit < MIN(length, g_inet_address_get_native_size(inet) * 8); bit++)
        if (((a[bit / 8] ^ b[bit / 8]) >> (7 - bit % 8) & 1) != 0)
            return FALSE;
    return TRUE;
}

/* Whether what is sent from `data` goes out by the member: for IPv4 it needs an address of that
 * subnet to ask for neighbours with, for IPv6 every member has its link-local one. */
static gboolean sends(IpmpInterface *interface, const char *data)
{
    const char *const *lists[] = {ipmp_interface_get_addresses(interface),
                                  ipmp_interface_get_test_addresses(interface)};

    if (!ipmp_interface_get_active(interface) || !is_usable(interface))
        return FALSE;
    if (is_ipv6(data))
        return TRUE;
    for (guint i = 0; i < G_N_ELEMENTS(lists); i++)
        for (guint k = 0; lists[i][k] != NULL; k++)
            if (is_in_subnet(lists[i][k], data))
                return TRUE;
    return FALSE;
}

static char *join_senders(Stat *stat, IpmpGroup *group, const char *address)
{
    g_auto(GStrv) names = ipmp_group_dup_interfaces(group);
    g_autoptr(GPtrArray) senders = g_ptr_array_new();

    for (guint i = 0; names[i] != NULL; i++) {
        IpmpInterface *interface = ipmp_client_get_interface(stat->ctl.client, names[i]);
        if (interface != NULL && sends(interface, address))
            g_ptr_array_add(senders, names[i]);
    }
    g_ptr_array_add(senders, NULL);
    return g_strjoinv(" ", (char **)senders->pdata);
}

gboolean stat_run_addresses(Stat *stat, GError **error)
{
    g_autoptr(GPtrArray) groups = ipmp_client_dup_groups(stat->ctl.client);

    for (guint i = 0; i < groups->len; i++) {
        g_autoptr(GVariant) addresses = ipmp_group_dup_addresses(groups->pdata[i]);
        for (gsize k = 0; k < g_variant_n_children(addresses); k++) {
            g_autoptr(GVariant) entry = g_variant_get_child_value(addresses, k);
            const char *address = ctl_lookup_string(entry, "address");
            gboolean up = strcmp(ctl_lookup_string(entry, "state"), "up") == 0;
            char **row = g_new0(char *, stat_count_fields(stat->mode) + 1);

            row[0] = stat_name(stat, address);
            row[1] = g_strdup(up ? "up" : "down");
            row[2] = g_strdup(ipmp_group_get_name(groups->pdata[i]));
            row[3] = g_strdup(up ? ctl_lookup_string(entry, "interface") : "");
            row[4] = up ? join_senders(stat, groups->pdata[i], address) : g_strdup("");
            stat_take_row(stat, row);
        }
    }
    stat_print_table(stat);
    return TRUE;
}

static void append_marked(GString *list, Stat *stat, const char *const *names, gboolean usable,
                          gboolean active, const char *format)
{
    for (guint i = 0; names[i] != NULL; i++) {
        IpmpInterface *interface = ipmp_client_get_interface(stat->ctl.client, names[i]);
        if (interface == NULL || is_usable(interface) != usable ||
            (usable && ipmp_interface_get_active(interface) != active))
            continue;
        g_string_append_printf(list, "%s%c%s%c", list->len > 0 ? " " : "", format[0], names[i],
                               format[1]);
    }
}

/* "eth1 (eth2) [eth0]": active, inactive, out of service. */
static char *join_members(Stat *stat, IpmpGroup *group)
{
    g_auto(GStrv) names = ipmp_group_dup_interfaces(group);
    const char *const *members = (const char *const *)names;
    g_autoptr(GPtrArray) active = g_ptr_array_new();
    GString *list = g_string_new(NULL);

    for (guint i = 0; names[i] != NULL; i++) {
        IpmpInterface *interface = ipmp_client_get_interface(stat->ctl.client, names[i]);
        if (interface != NULL && is_usable(interface) && ipmp_interface_get_active(interface))
            g_ptr_array_add(active, names[i]);
    }
    g_ptr_array_add(active, NULL);
    g_autofree char *plain = g_strjoinv(" ", (char **)active->pdata);
    g_string_append(list, plain);
    append_marked(list, stat, members, TRUE, FALSE, "()");
    append_marked(list, stat, members, FALSE, FALSE, "[]");
    return g_string_free(list, FALSE);
}

gboolean stat_run_groups(Stat *stat, GError **error)
{
    g_autoptr(GPtrArray) groups = ipmp_client_dup_groups(stat->ctl.client);

    for (guint i = 0; i < groups->len; i++) {
        IpmpGroup *group = groups->pdata[i];
        guint msec = ipmp_group_get_current_failure_detection_msec(group);
        char **row;

        if (ipmp_group_get_anonymous(group))
            continue;
        row = g_new0(char *, stat_count_fields(stat->mode) + 1);
        row[0] = g_strdup(ipmp_group_get_name(group));
        row[1] = g_strdup(ipmp_group_get_name(group));
        row[2] = g_strdup(ipmp_group_get_state(group));
        row[3] =
            msec > 0 ? g_strdup_printf("%u.%02us", msec / 1000, msec % 1000 / 10) : g_strdup("");
        row[4] = join_members(stat, group);
        stat_take_row(stat, row);
    }
    stat_print_table(stat);
    return TRUE;
}

/* Seven places. Those for who answers multicast and broadcast are never taken here: Linux receives
 * them on each member. */
static char *format_flags(IpmpInterface *interface)
{
    const char *const *flags = ipmp_interface_get_flags(interface);
    gboolean out = g_strv_contains(flags, "offline") || g_strv_contains(flags, "missing") ||
                   strcmp(ipmp_interface_get_reason(interface), "admin-down") == 0;

    return g_strdup_printf("%c%c---%c%c", g_strv_contains(flags, "inactive") ? 'i' : '-',
                           g_strv_contains(flags, "standby") ? 's' : '-', out ? 'd' : '-',
                           g_strv_contains(flags, "duplicate") ? 'h' : '-');
}

gboolean stat_run_interfaces(Stat *stat, GError **error)
{
    g_autoptr(GPtrArray) interfaces = ipmp_client_dup_interfaces(stat->ctl.client);

    for (guint i = 0; i < interfaces->len; i++) {
        IpmpInterface *interface = interfaces->pdata[i];
        char **row = g_new0(char *, stat_count_fields(stat->mode) + 1);

        row[0] = g_strdup(ipmp_interface_get_name(interface));
        row[1] = g_strdup(ipmp_interface_get_active(interface) ? "yes" : "no");
        row[2] = ipmp_interface_dup_group(interface);
        row[3] = format_flags(interface);
        row[4] = g_strdup(ipmp_interface_get_link_state(interface));
        row[5] = g_strdup(ipmp_interface_get_probe_state(interface));
        row[6] = g_strdup(ipmp_interface_get_state(interface));
        stat_take_row(stat, row);
    }
    stat_print_table(stat);
    return TRUE;
}

/* The targets of a family, in firing order. */
static char *join_targets(Stat *stat, IpmpInterface *interface, gboolean ipv6)
{
    const char *const *targets = ipmp_interface_get_targets(interface);
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);

    for (guint i = 0; targets[i] != NULL; i++)
        if (is_ipv6(targets[i]) == ipv6)
            g_ptr_array_add(names, stat_name(stat, targets[i]));
    g_ptr_array_add(names, NULL);
    return g_strjoinv(" ", (char **)names->pdata);
}

static void take_target_row(Stat *stat, IpmpInterface *interface, char *test_address, char *targets)
{
    char **row = g_new0(char *, stat_count_fields(stat->mode) + 1);

    row[0] = g_strdup(ipmp_interface_get_name(interface));
    row[1] = g_strdup(ipmp_interface_get_target_mode(interface));
    row[2] = test_address;
    row[3] = targets;
    stat_take_row(stat, row);
}

/* A row a family that has a test address or targets, one at least. */
static void take_target_rows(Stat *stat, IpmpInterface *interface)
{
    const char *const *tests = ipmp_interface_get_test_addresses(interface);
    guint rows = 0;

    for (gboolean ipv6 = FALSE; ipv6 <= TRUE; ipv6++) {
        g_autofree char *targets = join_targets(stat, interface, ipv6);
        guint of_family = 0;

        for (guint i = 0; tests[i] != NULL; i++) {
            if (is_ipv6(tests[i]) != ipv6)
                continue;
            take_target_row(stat, interface, stat_name(stat, tests[i]), g_strdup(targets));
            of_family++;
        }
        if (of_family == 0 && *targets != '\0') {
            take_target_row(stat, interface, ipv6 ? stat_find_link_local(interface) : g_strdup(""),
                            g_strdup(targets));
            of_family++;
        }
        rows += of_family;
    }
    if (rows == 0)
        take_target_row(stat, interface, g_strdup(""), g_strdup(""));
}

gboolean stat_run_targets(Stat *stat, GError **error)
{
    g_autoptr(GPtrArray) interfaces = ipmp_client_dup_interfaces(stat->ctl.client);

    for (guint i = 0; i < interfaces->len; i++)
        take_target_rows(stat, interfaces->pdata[i]);
    stat_print_table(stat);
    return TRUE;
}
