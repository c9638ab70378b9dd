/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "advice-private.h"

#include "words.h"

static const char *const severities[] = {
    [MP_SEVERITY_INFO] = "info",
    [MP_SEVERITY_WARNING] = "warning",
    [MP_SEVERITY_ERROR] = "error",
};
G_STATIC_ASSERT(G_N_ELEMENTS(severities) == MP_N_SEVERITIES);

static const char *const codes[] = {
    [MP_ADVICE_CONFIG_ERROR] = "config-error",
    [MP_ADVICE_GROUP_FAILED] = "group-failed",
    [MP_ADVICE_NO_MEMBERS] = "no-members",
    [MP_ADVICE_SINGLE_MEMBER] = "single-member",
    [MP_ADVICE_ALL_STANDBY] = "all-standby",
    [MP_ADVICE_NO_ADDRESSES] = "no-addresses",
    [MP_ADVICE_ADDRESS_DOWN] = "address-down",
    [MP_ADVICE_ADDRESS_WITHDRAWN] = "address-withdrawn",
    [MP_ADVICE_FAILED] = "failed",
    [MP_ADVICE_MISSING] = "missing",
    [MP_ADVICE_OFFLINE] = "offline",
    [MP_ADVICE_ENSLAVED] = "enslaved",
    [MP_ADVICE_DUPLICATE_HWADDR] = "duplicate-hwaddr",
    [MP_ADVICE_LINK_UNKNOWN] = "link-unknown",
    [MP_ADVICE_NO_IPV6] = "no-ipv6",
    [MP_ADVICE_NO_OUTBOUND] = "no-outbound",
    [MP_ADVICE_NOT_ON_LINK] = "not-on-link",
    [MP_ADVICE_ONE_WAY] = "one-way",
    [MP_ADVICE_ARP_FLUX] = "arp-flux",
    [MP_ADVICE_SETTING] = "setting",
    [MP_ADVICE_NO_DETECTION] = "no-detection",
    [MP_ADVICE_NOT_PROBED] = "not-probed",
    [MP_ADVICE_TEST_ADDRESS_CONFLICT] = "test-address-conflict",
    [MP_ADVICE_NO_TARGETS] = "no-targets",
    [MP_ADVICE_TARGET_SILENT] = "target-silent",
    [MP_ADVICE_DETECTION_RAISED] = "detection-raised",
    [MP_ADVICE_NETWORK_MANAGER] = "network-manager",
    [MP_ADVICE_NETWORKD] = "networkd",
};
G_STATIC_ASSERT(G_N_ELEMENTS(codes) == MP_N_ADVICE_CODES);

const char *mp_severity_to_string(MpSeverity severity)
{
    return MP_WORD(severities, severity);
}

const char *mp_advice_code_to_string(MpAdviceCode code)
{
    return MP_WORD(codes, code);
}

void mp_advice_free(MpAdvice *advice)
{
    g_free(advice->group);
    g_free(advice->interface);
    g_free(advice->message);
    g_free(advice->advice);
    g_free(advice);
}

void mp_advice_add(const MpAdviceGroup *self, MpSeverity severity, MpAdviceCode code,
                   const MpSnapshotInterface *member, char *message, char *advice)
{
    MpAdvice *entry = g_new0(MpAdvice, 1);

    entry->severity = severity;
    entry->code = code;
    entry->group = g_strdup(self->group != NULL ? self->group->name : "");
    entry->interface = g_strdup(member != NULL ? member->name : "");
    entry->message = message;
    entry->advice = advice;
    g_ptr_array_add(self->list, entry);
}

gboolean mp_advice_member_works(const MpSnapshotInterface *member)
{
    return member->state == MP_INTERFACE_OK || member->state == MP_INTERFACE_UNKNOWN;
}

guint mp_advice_count_addresses(const MpSnapshotGroup *group, guint8 family)
{
    guint n = 0;

    for (guint i = 0; i < group->addresses->len; i++) {
        const MpSnapshotAddress *address = group->addresses->pdata[i];

        n += address->address.family == family;
    }
    return n;
}

char *mp_advice_join(const GPtrArray *names)
{
    GString *text = g_string_new(NULL);

    for (guint i = 0; i < names->len; i++) {
        const char *between = i == 0 ? "" : i + 1 == names->len ? " and " : ", ";

        g_string_append_printf(text, "%s%s", between, (const char *)names->pdata[i]);
    }
    return g_string_free(text, FALSE);
}

static void advise_of_files(const MpAdviceGroup *self)
{
    const char *const *errors = self->input->config_errors;

    for (guint i = 0; errors != NULL && errors[i] != NULL; i++)
        mp_advice_add(self, MP_SEVERITY_ERROR, MP_ADVICE_CONFIG_ERROR, NULL,
                      g_strdup_printf("a configuration file is not in force: %s", errors[i]),
                      g_strdup("correct the file, then: ipmpctl reload"));
}

/* Not a sort of GLib's, which would not keep the order of equals. */
static GPtrArray *worst_first(GPtrArray *list)
{
    GPtrArray *sorted = g_ptr_array_new_with_free_func((GDestroyNotify)mp_advice_free);

    for (gint severity = MP_N_SEVERITIES - 1; severity >= 0; severity--) {
        for (guint i = 0; i < list->len; i++) {
            MpAdvice *advice = list->pdata[i];

            if (advice->severity == (MpSeverity)severity)
                g_ptr_array_add(sorted, advice);
        }
    }
    g_ptr_array_unref(list);
    return sorted;
}

GPtrArray *mp_advice_make(const MpAdviceInput *input)
{
    MpAdviceGroup self = {input, NULL, g_ptr_array_new()};

    advise_of_files(&self);
    for (guint i = 0; i < input->snapshot->groups->len; i++) {
        self.group = input->snapshot->groups->pdata[i];
        if (self.group->anonymous)
            continue;
        mp_advice_of_group(&self);
        mp_advice_of_members(&self);
        mp_advice_of_link(&self);
        mp_advice_of_settings(&self);
        mp_advice_of_probes(&self);
        mp_advice_of_managers(&self);
    }
    return worst_first(self.list);
}
