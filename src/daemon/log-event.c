/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a notice says to a person. */
#include "log.h"

static const char *place_word(const char *interface)
{
    return *interface != '\0' ? interface : "nowhere";
}

static void append_reason(GString *text, const MpNotice *notice)
{
    if (notice->reason != MP_REASON_NONE)
        g_string_append_printf(text, " (%s)", mp_reason_to_string(notice->reason));
}

static void append_detail(GString *text, const MpNotice *notice)
{
    if (*notice->detail != '\0')
        g_string_append_printf(text, ": %s", notice->detail);
}

/* "eth0 is failed, was ok (link-down)" */
static void append_state(GString *text, const MpNotice *notice)
{
    g_string_append_printf(text, "%s is %s", *notice->interface ? notice->interface : "group",
                           notice->to);
    if (*notice->from != '\0')
        g_string_append_printf(text, ", was %s", notice->from);
    append_reason(text, notice);
    append_detail(text, notice);
}

/* "192.0.2.10/24 moved from eth0 to eth1 (failover)" */
static void append_moved(GString *text, const MpNotice *notice)
{
    char address[MP_ADDRESS_STRING_MAX];

    g_string_append_printf(text, "%s moved from %s to %s",
                           mp_address_format(&notice->address, address), place_word(notice->from),
                           place_word(notice->to));
    append_reason(text, notice);
    append_detail(text, notice);
}

/* "192.0.2.10/24 of eth0: withdrawn" */
static void append_address(GString *text, const MpNotice *notice)
{
    char address[MP_ADDRESS_STRING_MAX];

    g_string_append(text, mp_address_format(&notice->address, address));
    if (*notice->interface != '\0')
        g_string_append_printf(text, " of %s", notice->interface);
    g_string_append_printf(text, ": %s", mp_reason_to_string(notice->reason));
    append_detail(text, notice);
}

/* "eth1: activated" */
static void append_role(GString *text, const MpNotice *notice)
{
    g_string_append_printf(text, "%s: %s", notice->interface, mp_reason_to_string(notice->reason));
    append_detail(text, notice);
}

/* "eth2: member added (joined)", "group deleted (left)" */
static void append_configuration(GString *text, const MpNotice *notice)
{
    if (*notice->interface != '\0')
        g_string_append_printf(text, "%s: ", notice->interface);
    g_string_append(text, *notice->detail != '\0' ? notice->detail : "configuration changed");
    append_reason(text, notice);
}

/* "kernel: messages were lost (resync)" */
static void append_kernel(GString *text, const MpNotice *notice)
{
    g_string_append(text, "kernel");
    if (*notice->interface != '\0')
        g_string_append_printf(text, ": %s", notice->interface);
    append_detail(text, notice);
    append_reason(text, notice);
}

/* "eth0: 192.0.2.1 192.0.2.2 (targets-changed)", "10.00s to 21.40s (fdt-raised)" */
static void append_probing(GString *text, const MpNotice *notice)
{
    if (*notice->interface != '\0')
        g_string_append_printf(text, "%s: ", notice->interface);
    g_string_append(text, *notice->detail != '\0' ? notice->detail : "probing");
    append_reason(text, notice);
}

typedef void (*AppendFunc)(GString *text, const MpNotice *notice);

static const AppendFunc append_funcs[] = {
    [MP_NOTICE_INTERFACE_STATE] = append_state,
    [MP_NOTICE_GROUP_STATE] = append_state,
    [MP_NOTICE_ADDRESS_MOVED] = append_moved,
    [MP_NOTICE_ADDRESS_STATE] = append_address,
    [MP_NOTICE_ROLE] = append_role,
    [MP_NOTICE_CONFIGURATION] = append_configuration,
    [MP_NOTICE_KERNEL] = append_kernel,
    [MP_NOTICE_PROBING] = append_probing,
};
G_STATIC_ASSERT(G_N_ELEMENTS(append_funcs) == MP_N_NOTICE_KINDS);

char *ipmpd_log_event_text(const MpNotice *notice)
{
    GString *text = g_string_new(NULL);

    if (*notice->group != '\0')
        g_string_append_printf(text, "%s: ", notice->group);
    append_funcs[notice->kind](text, notice);
    return g_string_free(text, FALSE);
}
