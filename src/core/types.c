/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "types.h"

#include "words.h"

#include <string.h>

static const char *const interface_states[] = {
    [MP_INTERFACE_OK] = "ok",           [MP_INTERFACE_FAILED] = "failed",
    [MP_INTERFACE_UNKNOWN] = "unknown", [MP_INTERFACE_OFFLINE] = "offline",
    [MP_INTERFACE_MISSING] = "missing",
};
G_STATIC_ASSERT(G_N_ELEMENTS(interface_states) == MP_N_INTERFACE_STATES);

static const char *const link_states[] = {
    [MP_LINK_UP] = "up",
    [MP_LINK_DOWN] = "down",
    [MP_LINK_UNKNOWN] = "unknown",
};
G_STATIC_ASSERT(G_N_ELEMENTS(link_states) == MP_N_LINK_STATES);

static const char *const probe_states[] = {
    [MP_PROBE_OK] = "ok",
    [MP_PROBE_FAILED] = "failed",
    [MP_PROBE_UNKNOWN] = "unknown",
    [MP_PROBE_DISABLED] = "disabled",
};
G_STATIC_ASSERT(G_N_ELEMENTS(probe_states) == MP_N_PROBE_STATES);

static const char *const group_states[] = {
    [MP_GROUP_OK] = "ok",
    [MP_GROUP_DEGRADED] = "degraded",
    [MP_GROUP_FAILED] = "failed",
};
G_STATIC_ASSERT(G_N_ELEMENTS(group_states) == MP_N_GROUP_STATES);

static const char *const address_states[] = {
    [MP_ADDRESS_UP] = "up",
    [MP_ADDRESS_DOWN] = "down",
    [MP_ADDRESS_WITHDRAWN] = "withdrawn",
};
G_STATIC_ASSERT(G_N_ELEMENTS(address_states) == MP_N_ADDRESS_STATES);

static const char *const address_sources[] = {
    [MP_SOURCE_CONFIG] = "config",
    [MP_SOURCE_ADOPTED] = "adopted",
};
G_STATIC_ASSERT(G_N_ELEMENTS(address_sources) == MP_N_ADDRESS_SOURCES);

static const char *const probe_methods[] = {
    [MP_METHOD_AUTO] = "auto",
    [MP_METHOD_ICMP] = "icmp",
    [MP_METHOD_ARP] = "arp",
    [MP_METHOD_NONE] = "none",
};
G_STATIC_ASSERT(G_N_ELEMENTS(probe_methods) == MP_N_PROBE_METHODS);

static const char *const target_modes[] = {
    [MP_MODE_DISABLED] = "disabled",     [MP_MODE_CONFIGURED] = "configured",
    [MP_MODE_ROUTES] = "routes",         [MP_MODE_MULTICAST] = "multicast",
    [MP_MODE_NEIGHBOURS] = "neighbours", [MP_MODE_ARP] = "arp",
};
G_STATIC_ASSERT(G_N_ELEMENTS(target_modes) == MP_N_TARGET_MODES);

static const char *const reasons[] = {
    [MP_REASON_NONE] = "none",
    [MP_REASON_LINK_DOWN] = "link-down",
    [MP_REASON_ADMIN_DOWN] = "admin-down",
    [MP_REASON_REMOVED] = "removed",
    [MP_REASON_MOVED_NETNS] = "moved-netns",
    [MP_REASON_RENAMED] = "renamed",
    [MP_REASON_ENSLAVED] = "enslaved",
    [MP_REASON_PROBE_FAILURE] = "probe-failure",
    [MP_REASON_GROUP_FAILURE] = "group-failure",
    [MP_REASON_OFFLINE] = "offline",
    [MP_REASON_DUPLICATE_HWADDR] = "duplicate-hwaddr",
    [MP_REASON_FLAPPING] = "flapping",
    [MP_REASON_REPAIR_DELAY] = "repair-delay",
    [MP_REASON_LINK_UP] = "link-up",
    [MP_REASON_PROBE_REPAIR] = "probe-repair",
    [MP_REASON_ONLINE] = "online",
    [MP_REASON_APPEARED] = "appeared",
    [MP_REASON_JOINED] = "joined",
    [MP_REASON_LEFT] = "left",
    [MP_REASON_ACTIVATED] = "activated",
    [MP_REASON_DEACTIVATED] = "deactivated",
    [MP_REASON_STANDBY_SET] = "standby-set",
    [MP_REASON_STANDBY_CLEARED] = "standby-cleared",
    [MP_REASON_FAILOVER] = "failover",
    [MP_REASON_FAILBACK] = "failback",
    [MP_REASON_REBALANCE] = "rebalance",
    [MP_REASON_REFUSED] = "refused",
    [MP_REASON_WITHDRAWN] = "withdrawn",
    [MP_REASON_ADOPTED] = "adopted",
    [MP_REASON_ADDED] = "added",
    [MP_REASON_REMOVED_BY_REQUEST] = "removed-by-request",
    [MP_REASON_RESTORED] = "restored",
    [MP_REASON_FDT_RAISED] = "fdt-raised",
    [MP_REASON_FDT_LOWERED] = "fdt-lowered",
    [MP_REASON_TARGETS_CHANGED] = "targets-changed",
    [MP_REASON_PROBING_OFF] = "probing-off",
    [MP_REASON_PROBING_ON] = "probing-on",
    [MP_REASON_CONFIG] = "config",
    [MP_REASON_RESYNC] = "resync",
};
G_STATIC_ASSERT(G_N_ELEMENTS(reasons) == MP_N_REASONS);

static const char *const notice_kinds[] = {
    [MP_NOTICE_INTERFACE_STATE] = "interface-state",
    [MP_NOTICE_GROUP_STATE] = "group-state",
    [MP_NOTICE_ADDRESS_MOVED] = "address-moved",
    [MP_NOTICE_ADDRESS_STATE] = "address-state",
    [MP_NOTICE_ROLE] = "role",
    [MP_NOTICE_CONFIGURATION] = "configuration",
    [MP_NOTICE_KERNEL] = "kernel",
    [MP_NOTICE_PROBING] = "probing",
};
G_STATIC_ASSERT(G_N_ELEMENTS(notice_kinds) == MP_N_NOTICE_KINDS);

const char *mp_interface_state_to_string(MpInterfaceState state)
{
    return MP_WORD(interface_states, state);
}

const char *mp_link_state_to_string(MpLinkState state)
{
    return MP_WORD(link_states, state);
}

const char *mp_probe_state_to_string(MpProbeState state)
{
    return MP_WORD(probe_states, state);
}

const char *mp_group_state_to_string(MpGroupState state)
{
    return MP_WORD(group_states, state);
}

const char *mp_address_state_to_string(MpAddressState state)
{
    return MP_WORD(address_states, state);
}

const char *mp_address_source_to_string(MpAddressSource source)
{
    return MP_WORD(address_sources, source);
}

const char *mp_probe_method_to_string(MpProbeMethod method)
{
    return MP_WORD(probe_methods, method);
}

const char *mp_reason_to_string(MpReason reason)
{
    return MP_WORD(reasons, reason);
}

const char *mp_target_mode_to_string(MpTargetMode mode)
{
    return MP_WORD(target_modes, mode);
}

const char *mp_notice_kind_to_string(MpNoticeKind kind)
{
    return MP_WORD(notice_kinds, kind);
}

gboolean mp_interface_state_from_string(const char *word, MpInterfaceState *out)
{
    gint found = MP_WORD_FIND(interface_states, word);

    if (found >= 0)
        *out = (MpInterfaceState)found;
    return found >= 0;
}

gboolean mp_address_source_from_string(const char *word, MpAddressSource *out)
{
    gint found = MP_WORD_FIND(address_sources, word);

    if (found >= 0)
        *out = (MpAddressSource)found;
    return found >= 0;
}

gboolean mp_probe_method_from_string(const char *word, MpProbeMethod *out)
{
    gint found = MP_WORD_FIND(probe_methods, word);

    if (found >= 0)
        *out = (MpProbeMethod)found;
    return found >= 0;
}

gboolean mp_reason_from_string(const char *word, MpReason *out)
{
    gint found = MP_WORD_FIND(reasons, word);

    if (found >= 0)
        *out = (MpReason)found;
    return found >= 0;
}

gboolean mp_group_name_is_valid(const char *name)
{
    gsize length = strlen(name);

    if (length == 0 || length > MP_GROUP_NAME_MAX || !g_ascii_isalnum(name[0]))
        return FALSE;
    for (gsize i = 1; i < length; i++) {
        if (!g_ascii_isalnum(name[i]) && strchr("_.-", name[i]) == NULL)
            return FALSE;
    }
    return TRUE;
}

/* The kernel's own idea of white space is that of Latin-1, where 0xa0 is a space. */
static gboolean byte_is_taken_in_a_name(guchar byte)
{
    return !(byte == ' ' || (byte >= '\t' && byte <= '\r') || byte == 0xa0 || byte == '/' ||
             byte == ':');
}

gboolean mp_interface_name_is_valid(const char *name)
{
    /* The last two are directories of net.ipv4.conf, so the kernel has no device of that name. */
    static const char *const taken[] = {".", "..", "all", "default", NULL};
    gsize length = strlen(name);

    if (length == 0 || length > MP_INTERFACE_NAME_MAX || g_strv_contains(taken, name))
        return FALSE;
    for (gsize i = 0; i < length; i++) {
        if (!byte_is_taken_in_a_name((guchar)name[i]))
            return FALSE;
    }
    return TRUE;
}
