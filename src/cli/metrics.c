/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What Prometheus wants to know, in its text format: families with help and type, names and units
 * that stay. A service that does not run is an answer, too: ipmp_up 0. */
#include "ctl.h"

#include <string.h>

typedef struct {
    const char *name;
    const char *type;
    const char *help;
} Family;

static const char *const group_states[] = {"ok", "degraded", "failed", NULL};
static const char *const interface_states[] = {"ok",      "failed",  "unknown",
                                               "offline", "missing", NULL};
static const char *const address_states[] = {"up", "down", "withdrawn", NULL};

/* Those of GetStatistics that only grow. */
static const struct {
    const char *key;
    Family family;
} counters[] = {
    {"probes-sent", {"ipmp_interface_probes_sent_total", "counter", "Probes that were sent."}},
    {"probes-acked",
     {"ipmp_interface_probes_acked_total", "counter", "Probes that were answered."}},
    {"probes-lost", {"ipmp_interface_probes_lost_total", "counter", "Probes without an answer."}},
    {"probes-missed",
     {"ipmp_interface_probes_missed_total", "counter",
      "Probes that were not sent in time, by a host that was too busy."}},
    {"replies-rejected",
     {"ipmp_interface_replies_rejected_total", "counter", "Answers that were not to be believed."}},
    {"link-losses", {"ipmp_interface_link_losses_total", "counter", "Times the link was lost."}},
    {"failures", {"ipmp_interface_failures_total", "counter", "Times the interface failed."}},
    {"repairs", {"ipmp_interface_repairs_total", "counter", "Times it was repaired."}},
    {"announcements",
     {"ipmp_interface_announcements_total", "counter",
      "Frames that told neighbours where an address is."}},
};

/* Of one interface. */
typedef struct {
    IpmpInterface *interface;
    char *labels; /* group="...",interface="..." */
    GVariant *statistics;
} Member;

static void member_free(gpointer data)
{
    Member *member = data;

    g_object_unref(member->interface);
    g_free(member->labels);
    g_variant_unref(member->statistics);
    g_free(member);
}

/* A label's value: what the format would take for its own is escaped. */
static char *label_escape(const char *text)
{
    GString *out = g_string_new(NULL);

    for (const char *at = text; *at != '\0'; at++) {
        if (*at == '\n')
            g_string_append(out, "\\n");
        else if (*at == '"' || *at == '\\')
            g_string_append_printf(out, "\\%c", *at);
        else
            g_string_append_c(out, *at);
    }
    return g_string_free(out, FALSE);
}

static char *labels_of(const char *group, const char *interface)
{
    g_autofree char *first = label_escape(group);
    g_autofree char *second = interface != NULL ? label_escape(interface) : NULL;

    return second != NULL ? g_strdup_printf("group=\"%s\",interface=\"%s\"", first, second)
                          : g_strdup_printf("group=\"%s\"", first);
}

static void put_family(GString *out, const Family *family)
{
    g_string_append_printf(out, "# HELP %s %s\n# TYPE %s %s\n", family->name, family->help,
                           family->name, family->type);
}

static void put_integer(GString *out, const char *name, const char *labels, guint64 value)
{
    g_string_append_printf(out, "%s{%s} %" G_GUINT64_FORMAT "\n", name, labels, value);
}

/* Seconds; no locale's comma. */
static void put_usec(GString *out, const char *name, const char *labels, guint64 usec)
{
    g_string_append_printf(out, "%s{%s} %" G_GUINT64_FORMAT ".%06u\n", name, labels,
                           usec / G_USEC_PER_SEC, (guint)(usec % G_USEC_PER_SEC));
}

static void put_states(GString *out, const char *name, const char *labels,
                       const char *const *states, const char *state)
{
    for (guint i = 0; states[i] != NULL; i++)
        g_string_append_printf(out, "%s{%s,state=\"%s\"} %d\n", name, labels, states[i],
                               g_strcmp0(states[i], state) == 0);
}

/* Groups */

static void put_addresses(GString *out, const char *labels, IpmpGroup *group)
{
    g_autoptr(GVariant) addresses = ipmp_group_dup_addresses(group);
    guint counts[G_N_ELEMENTS(address_states) - 1] = {0};

    for (gsize i = 0; i < g_variant_n_children(addresses); i++) {
        g_autoptr(GVariant) address = g_variant_get_child_value(addresses, i);
        const char *state = "";

        g_variant_lookup(address, "state", "&s", &state);
        for (guint n = 0; n < G_N_ELEMENTS(counts); n++)
            counts[n] += g_str_equal(state, address_states[n]);
    }
    for (guint n = 0; n < G_N_ELEMENTS(counts); n++)
        g_string_append_printf(out, "ipmp_group_addresses{%s,state=\"%s\"} %u\n", labels,
                               address_states[n], counts[n]);
}

typedef void (*GroupFunc)(GString *out, const char *labels, IpmpGroup *group);

static void put_group_state(GString *out, const char *labels, IpmpGroup *group)
{
    put_states(out, "ipmp_group_state", labels, group_states, ipmp_group_get_state(group));
}

static void put_group_failovers(GString *out, const char *labels, IpmpGroup *group)
{
    put_integer(out, "ipmp_group_failovers_total", labels, ipmp_group_get_failovers(group));
}

static void put_group_last(GString *out, const char *labels, IpmpGroup *group)
{
    put_usec(out, "ipmp_group_last_failover_timestamp_seconds", labels,
             ipmp_group_get_last_failover_usec(group));
}

static void put_group_detection(GString *out, const char *labels, IpmpGroup *group)
{
    put_usec(out, "ipmp_group_failure_detection_seconds", labels,
             (guint64)ipmp_group_get_current_failure_detection_msec(group) * 1000);
}

static const struct {
    Family family;
    GroupFunc put;
} group_families[] = {
    {{"ipmp_group_state", "gauge", "1 for the state that the group is in."}, put_group_state},
    {{"ipmp_group_failovers_total", "counter", "Times addresses left a member that failed."},
     put_group_failovers},
    {{"ipmp_group_last_failover_timestamp_seconds", "gauge", "When it was last, 0: never."},
     put_group_last},
    {{"ipmp_group_failure_detection_seconds", "gauge", "How soon probes find a failure now."},
     put_group_detection},
    {{"ipmp_group_addresses", "gauge", "Data addresses by state."}, put_addresses},
};

static void put_groups(GString *out, GPtrArray *groups)
{
    for (guint i = 0; i < G_N_ELEMENTS(group_families); i++) {
        put_family(out, &group_families[i].family);
        for (guint n = 0; n < groups->len; n++) {
            g_autofree char *labels = labels_of(ipmp_group_get_name(groups->pdata[n]), NULL);

            group_families[i].put(out, labels, groups->pdata[n]);
        }
    }
}

/* Interfaces */

static void put_member_states(GString *out, GPtrArray *members)
{
    static const Family state = {"ipmp_interface_state", "gauge",
                                 "1 for the state that the interface is in."};
    static const Family link = {"ipmp_interface_link_up", "gauge",
                                "Whether the link is up, or cannot be told."};
    static const Family active = {"ipmp_interface_active", "gauge",
                                  "Whether it carries data addresses, or may."};
    static const Family standby = {"ipmp_interface_standby", "gauge",
                                   "Whether it is kept for failures of others."};

    put_family(out, &state);
    for (guint i = 0; i < members->len; i++) {
        const Member *member = members->pdata[i];

        put_states(out, state.name, member->labels, interface_states,
                   ipmp_interface_get_state(member->interface));
    }
    put_family(out, &link);
    for (guint i = 0; i < members->len; i++) {
        const Member *member = members->pdata[i];
        const char *word = ipmp_interface_get_link_state(member->interface);

        put_integer(out, link.name, member->labels, g_strcmp0(word, "down") != 0);
    }
    put_family(out, &active);
    for (guint i = 0; i < members->len; i++) {
        const Member *member = members->pdata[i];

        put_integer(out, active.name, member->labels,
                    (guint64)ipmp_interface_get_active(member->interface));
    }
    put_family(out, &standby);
    for (guint i = 0; i < members->len; i++) {
        const Member *member = members->pdata[i];

        put_integer(out, standby.name, member->labels,
                    (guint64)ipmp_interface_get_standby(member->interface));
    }
}

static void put_member_counters(GString *out, GPtrArray *members)
{
    static const Family rtt = {"ipmp_interface_rtt_seconds", "gauge",
                               "Mean round trip of probes, 0: not known."};
    guint64 value = 0;

    for (guint i = 0; i < G_N_ELEMENTS(counters); i++) {
        put_family(out, &counters[i].family);
        for (guint n = 0; n < members->len; n++) {
            const Member *member = members->pdata[n];

            value = 0;
            g_variant_lookup(member->statistics, counters[i].key, "t", &value);
            put_integer(out, counters[i].family.name, member->labels, value);
        }
    }
    put_family(out, &rtt);
    for (guint n = 0; n < members->len; n++) {
        const Member *member = members->pdata[n];

        value = 0;
        g_variant_lookup(member->statistics, "rtt-usec", "t", &value);
        put_usec(out, rtt.name, member->labels, value);
    }
}

/* One that went away meanwhile is left out: it is no failure. */
static GPtrArray *members_of(IpmpClient *client)
{
    g_autoptr(GPtrArray) interfaces = ipmp_client_dup_interfaces(client);
    GPtrArray *members = g_ptr_array_new_with_free_func(member_free);

    for (guint i = 0; i < interfaces->len; i++) {
        IpmpInterface *interface = interfaces->pdata[i];
        GVariant *statistics = ipmp_interface_get_statistics_sync(interface, NULL, NULL);
        g_autofree char *group = ipmp_interface_dup_group(interface);
        Member *member;

        if (statistics == NULL)
            continue;
        member = g_new0(Member, 1);
        member->interface = g_object_ref(interface);
        member->labels = labels_of(group != NULL ? group : "", ipmp_interface_get_name(interface));
        member->statistics = statistics;
        g_ptr_array_add(members, member);
    }
    return members;
}

static void put_service(GString *out, IpmpClient *client)
{
    static const Family errors = {"ipmp_config_errors", "gauge",
                                  "Faults in configuration files that are not in force."};
    static const Family info = {"ipmp_info", "gauge", "The version of the service."};
    g_autofree char *version = label_escape(ipmp_client_get_version(client));

    put_family(out, &info);
    g_string_append_printf(out, "ipmp_info{version=\"%s\"} 1\n", version);
    put_family(out, &errors);
    g_string_append_printf(out, "ipmp_config_errors %u\n",
                           g_strv_length((char **)ipmp_client_get_config_errors(client)));
}

gboolean ctl_run_metrics(Ctl *ctl, char **args, GError **error)
{
    static const Family up = {"ipmp_up", "gauge", "Whether the service answers."};
    g_autoptr(GString) out = g_string_new(NULL);
    g_autoptr(GError) local_error = NULL;
    gboolean running = ctl_connect(ctl, FALSE, &local_error);

    put_family(out, &up);
    g_string_append_printf(out, "ipmp_up %d\n", running);
    if (running) {
        g_autoptr(GPtrArray) groups = ipmp_client_dup_groups(ctl->client);
        g_autoptr(GPtrArray) members = members_of(ctl->client);

        put_service(out, ctl->client);
        put_groups(out, groups);
        put_member_states(out, members);
        put_member_counters(out, members);
    }
    fputs(out->str, ctl->out.stream);
    return TRUE;
}
