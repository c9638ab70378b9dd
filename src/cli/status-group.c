/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One group's section: its members, its addresses, what to do. */
#include "format.h"
#include "intl.h"
#include "lookup.h"
#include "status.h"
#include <string.h>

/* What a person can do about a reason; the first %s is the interface, the second its group. */
static const struct {
    const char *reason;
    const char *hint;
} hints[] = {
    {"link-down", N_("check the cable and the other end of %1$s")},
    {"admin-down", N_("somebody has set it down: ip link set %1$s up")},
    {"removed", N_("put %1$s in again, or let it go: ipmpctl remove %2$s %1$s")},
    {"moved-netns",
     N_("bring %1$s back from the other network namespace, or: ipmpctl remove %2$s %1$s")},
    {"renamed", N_("give %1$s its name back, or: ipmpctl remove %2$s %1$s")},
    {"enslaved", N_("take %1$s out of its bridge or bond")},
    {"probe-failure", N_("nothing answers through %1$s: ipmpctl targets %1$s")},
    {"group-failure", N_("no target answers anybody: check the switch and the router")},
    {"offline", N_("take it into service again: ipmpctl online %1$s")},
    {"duplicate-hwaddr", N_("give %1$s a hardware address of its own")},
};

gboolean ctl_status_is_trouble(const char *state)
{
    return strcmp(state, "failed") == 0 || strcmp(state, "offline") == 0 ||
           strcmp(state, "missing") == 0;
}

const char *ctl_status_role(IpmpInterface *interface)
{
    gboolean standby = ipmp_interface_get_standby(interface);

    if (ipmp_interface_get_active(interface))
        return standby ? _("active standby") : _("active");
    if (standby)
        return _("standby");
    return g_strv_contains(ipmp_interface_get_flags(interface), "inactive") ? _("inactive") : "";
}

char *ctl_status_since(IpmpInterface *interface, gint64 now_usec)
{
    const char *reason = ipmp_interface_get_reason(interface);
    gint64 hold_usec = (gint64)ipmp_interface_get_hold_until_usec(interface);
    gint64 since_usec = (gint64)ipmp_interface_get_state_since_usec(interface);
    gboolean trouble = ctl_status_is_trouble(ipmp_interface_get_state(interface));
    const char *colon = *reason != '\0' ? ": " : "";

    if (hold_usec > now_usec) {
        g_autofree char *span = ctl_format_span(hold_usec - now_usec);
        return g_strdup_printf(_("held for %s more%s%s"), span, colon, reason);
    }
    if (since_usec <= 0)
        return g_strdup(reason);
    g_autofree char *span = ctl_format_span(now_usec - since_usec);
    return trouble ? g_strdup_printf(_("%s ago%s%s"), span, colon, reason)
                   : g_strdup_printf(_("for %s%s%s"), span, colon, reason);
}

/* The formats are those of the table above, with positions that printf checks cannot see. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
static char *fill_hint(const char *hint, const char *interface, const char *group)
{
    return g_strdup_printf(hint, interface, group);
}
#pragma GCC diagnostic pop

char *ctl_status_hint(IpmpInterface *interface)
{
    const char *reason = ipmp_interface_get_reason(interface);
    g_autofree char *group = ipmp_interface_dup_group(interface);

    if (!ctl_status_is_trouble(ipmp_interface_get_state(interface)))
        return NULL;
    for (guint i = 0; i < G_N_ELEMENTS(hints); i++)
        if (strcmp(hints[i].reason, reason) == 0)
            return fill_hint(_(hints[i].hint), ipmp_interface_get_name(interface), group);
    return NULL;
}

static const char *inherited_note(gboolean inherited)
{
    return inherited ? _(" (default)") : "";
}

static void print_group_line(Ctl *ctl, IpmpGroup *group)
{
    const char *state = ipmp_group_get_state(group);
    CtlStyle style = ctl_output_state_style(state);
    guint current = ipmp_group_get_current_failure_detection_msec(group);
    guint wanted = ipmp_group_get_failure_detection_msec(group);
    g_autofree char *fdt = ctl_format_msec(wanted);
    g_autofree char *now = ctl_format_msec(current);
    g_autofree char *name = ctl_text_clean(ipmp_group_get_name(group));
    g_autofree char *raised = current > wanted ? g_strdup_printf(_(", now %s"), now)
                                               : g_strdup(current == 0 ? _(", no probes") : "");

    ctl_output_printf(&ctl->out, style, "%s ", ctl_output_state_symbol(&ctl->out, state));
    ctl_output_put(&ctl->out, CTL_STYLE_BOLD,
                   ipmp_group_get_anonymous(group) ? _("(no group)") : name);
    ctl_output_printf(&ctl->out, style, "  %s", ctl_state_word(state));
    if (ipmp_group_get_anonymous(group)) {
        ctl_output_printf(&ctl->out, CTL_STYLE_DIM, _("  only watched, detection %s%s\n"), fdt,
                          raised);
        return;
    }
    ctl_output_printf(&ctl->out, CTL_STYLE_DIM, _("  detection %s%s%s, failback %s%s%s\n"), fdt,
                      inherited_note(ipmp_group_get_failure_detection_inherited(group)), raised,
                      ctl_format_bool(ipmp_group_get_failback(group)),
                      inherited_note(ipmp_group_get_failback_inherited(group)),
                      ipmp_group_get_temporary(group) ? _(", temporary") : "");
}

typedef struct {
    const char *state;
    const char *text;
} Part;

static const Part link_words[] = {
    {"up", N_("link up")}, {"down", N_("link down")}, {"unknown", N_("link unknown")}, {NULL}};
static const Part probe_words[] = {{"ok", N_("probes ok")},
                                   {"failed", N_("probes failed")},
                                   {"unknown", N_("probes unknown")},
                                   {NULL}};

/* Nothing for a state that has no words, as that of probes that are not sent. */
static const char *find_part(const Part *parts, const char *state)
{
    for (; parts->state != NULL; parts++)
        if (strcmp(parts->state, state) == 0)
            return _(parts->text);
    return "";
}

static void add_member_row(Ctl *ctl, CtlTable *table, IpmpInterface *interface, gint64 now_usec)
{
    const char *state = ipmp_interface_get_state(interface);
    const char *link = ipmp_interface_get_link_state(interface);
    const char *probe = ipmp_interface_get_probe_state(interface);
    CtlStyle style = ctl_output_state_style(state);
    g_autofree char *since = ctl_status_since(interface, now_usec);

    ctl_table_addf(table, style, "%s %s", ctl_output_state_symbol(&ctl->out, state),
                   ipmp_interface_get_name(interface));
    ctl_table_add(table, style, ctl_state_word(state));
    ctl_table_add(table, strcmp(link, "down") == 0 ? CTL_STYLE_BAD : CTL_STYLE_PLAIN,
                  strcmp(state, "missing") != 0 ? find_part(link_words, link) : "");
    /* one that is offline is not probed: what probes said before is not news */
    ctl_table_add(table, strcmp(probe, "failed") == 0 ? CTL_STYLE_BAD : CTL_STYLE_PLAIN,
                  strcmp(state, "offline") != 0 ? find_part(probe_words, probe) : "");
    ctl_table_add(table, CTL_STYLE_PLAIN, ctl_status_role(interface));
    ctl_table_add(table, ctl_status_is_trouble(state) ? CTL_STYLE_PLAIN : CTL_STYLE_DIM, since);
}

static void print_hint(Ctl *ctl, const char *subject, const char *hint)
{
    g_autofree char *text = ctl_text_clean(hint);
    g_autofree char *name = ctl_text_clean(subject);

    ctl_output_printf(&ctl->out, CTL_STYLE_DIM, "  %s %s: %s\n", ctl_output_arrow(&ctl->out), name,
                      text);
}

static void print_members(Ctl *ctl, IpmpGroup *group, gint64 now_usec)
{
    g_auto(GStrv) names = ipmp_group_dup_interfaces(group);
    g_autoptr(CtlTable) table = ctl_table_new(2, 6);

    for (guint i = 0; names[i] != NULL; i++) {
        IpmpInterface *interface = ipmp_client_get_interface(ctl->client, names[i]);
        if (interface != NULL)
            add_member_row(ctl, table, interface, now_usec);
    }
    ctl_table_print(table, &ctl->out);
    if (names[0] == NULL)
        ctl_output_printf(&ctl->out, CTL_STYLE_DIM,
                          _("  no interfaces yet: ipmpctl add %s INTERFACE\n"),
                          ipmp_group_get_name(group));
}

/* A healthy address says where it is; another one first that it is not. */
static void add_address_row(CtlTable *table, GVariant *address)
{
    const char *state = ctl_lookup_string(address, "state");
    const char *where = ctl_lookup_string(address, "interface");
    const char *home = ctl_lookup_string(address, "home");
    gboolean up = strcmp(state, "up") == 0;

    ctl_table_add(table, CTL_STYLE_PLAIN, ctl_lookup_string(address, "address"));
    if (up)
        ctl_table_addf(table, CTL_STYLE_PLAIN, _("on %s"), where);
    else if (*where != '\0')
        ctl_table_addf(table, ctl_output_state_style(state), _("%s on %s"), ctl_state_word(state),
                       where);
    else
        ctl_table_add_state(table, state);
    if (*home != '\0' && strcmp(home, where) != 0)
        ctl_table_addf(table, up ? CTL_STYLE_WARN : CTL_STYLE_PLAIN, _("(home %s)"), home);
    else
        ctl_table_add(table, CTL_STYLE_PLAIN, "");
}

static void print_addresses(Ctl *ctl, IpmpGroup *group)
{
    g_autoptr(GVariant) addresses = ipmp_group_dup_addresses(group);
    g_autoptr(CtlTable) table = ctl_table_new(2, 3);

    for (gsize i = 0; i < g_variant_n_children(addresses); i++) {
        g_autoptr(GVariant) address = g_variant_get_child_value(addresses, i);
        add_address_row(table, address);
    }
    ctl_table_print(table, &ctl->out);
}

static void print_hints(Ctl *ctl, IpmpGroup *group)
{
    g_auto(GStrv) names = ipmp_group_dup_interfaces(group);
    g_autoptr(GVariant) addresses = ipmp_group_dup_addresses(group);

    for (guint i = 0; names[i] != NULL; i++) {
        IpmpInterface *interface = ipmp_client_get_interface(ctl->client, names[i]);
        g_autofree char *hint = interface != NULL ? ctl_status_hint(interface) : NULL;
        if (hint != NULL)
            print_hint(ctl, names[i], hint);
    }
    for (gsize i = 0; i < g_variant_n_children(addresses); i++) {
        g_autoptr(GVariant) address = g_variant_get_child_value(addresses, i);
        const char *text = ctl_lookup_string(address, "address");
        if (strcmp(ctl_lookup_string(address, "state"), "withdrawn") != 0)
            continue;
        g_autofree char *hint =
            g_strdup_printf(_("another program has deleted it; back: ipmpctl add-address %s %s"),
                            ipmp_group_get_name(group), text);
        print_hint(ctl, text, hint);
    }
}

void ctl_status_print_group(Ctl *ctl, IpmpGroup *group, gint64 now_usec)
{
    print_group_line(ctl, group);
    print_members(ctl, group, now_usec);
    print_addresses(ctl, group);
    print_hints(ctl, group);
}
