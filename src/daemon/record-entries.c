/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "error.h"
#include "record-fields.h"

#define ADDRESS_FIELD(name, kind, member)                                                          \
    {                                                                                              \
        name, IPMPD_FIELD_##kind, G_STRUCT_OFFSET(MpRecordAddress, member)                         \
    }
#define YOUNGER_ADDRESS_FIELD(name, kind, member)                                                  \
    {                                                                                              \
        name, IPMPD_FIELD_##kind, G_STRUCT_OFFSET(MpRecordAddress, member), TRUE                   \
    }
#define SYSCTL_FIELD(name, kind, member)                                                           \
    {                                                                                              \
        name, IPMPD_FIELD_##kind, G_STRUCT_OFFSET(MpRecordSysctl, member)                          \
    }
#define YOUNGER_SYSCTL_FIELD(name, kind, member)                                                   \
    {                                                                                              \
        name, IPMPD_FIELD_##kind, G_STRUCT_OFFSET(MpRecordSysctl, member), TRUE                    \
    }
#define ROUTE_FIELD(name, kind, member)                                                            \
    {                                                                                              \
        name, IPMPD_FIELD_##kind, G_STRUCT_OFFSET(MpRecordRoute, member)                           \
    }
#define YOUNGER_MEMBER_FIELD(name, kind, member)                                                   \
    {                                                                                              \
        name, IPMPD_FIELD_##kind, G_STRUCT_OFFSET(MpRecordMember, member), TRUE                    \
    }
#define YOUNGER_ROUTE_FIELD(name, kind, member)                                                    \
    {                                                                                              \
        name, IPMPD_FIELD_##kind, G_STRUCT_OFFSET(MpRecordRoute, member), TRUE                     \
    }
#define MEMBER_FIELD(name, kind, member)                                                           \
    {                                                                                              \
        name, IPMPD_FIELD_##kind, G_STRUCT_OFFSET(MpRecordMember, member)                          \
    }

#define NEXTHOP_FIELD(name, kind, member)                                                          \
    {                                                                                              \
        name, IPMPD_FIELD_##kind, G_STRUCT_OFFSET(MpRecordNexthop, member)                         \
    }

static const IpmpdField address_fields[] = {
    ADDRESS_FIELD("address", ADDRESS, address),
    ADDRESS_FIELD("group", GROUP, group),
    ADDRESS_FIELD("home", INTERFACE_OR_NULL, home),
    ADDRESS_FIELD("source", SOURCE, source),
    ADDRESS_FIELD("withdrawn", BOOL, withdrawn),
    YOUNGER_ADDRESS_FIELD("removed", BOOL, removed),
    YOUNGER_ADDRESS_FIELD("other", BOOL, other),
    YOUNGER_ADDRESS_FIELD("second-prefix", U8, second_prefix),
    ADDRESS_FIELD("created", BOOL, created),
    ADDRESS_FIELD("order", U32, order),
    ADDRESS_FIELD("original-index", U32, original.index),
    ADDRESS_FIELD("original-address", ADDRESS_OR_NULL, original.address),
    ADDRESS_FIELD("has-peer", BOOL, original.has_peer),
    ADDRESS_FIELD("flags", U32, original.flags),
    ADDRESS_FIELD("scope", U8, original.scope),
    ADDRESS_FIELD("protocol", U8, original.protocol),
    ADDRESS_FIELD("metric", U32, original.metric),
    ADDRESS_FIELD("label", LABEL, original.label),
    ADDRESS_FIELD("has-broadcast", BOOL, original.has_broadcast),
    ADDRESS_FIELD("broadcast", BROADCAST, original.broadcast),
    ADDRESS_FIELD("valid-sec", U32, original.valid_s),
    ADDRESS_FIELD("preferred-sec", U32, original.preferred_s),
    ADDRESS_FIELD("told-boot-usec", TIME, original.stamp_us),
};

static const IpmpdField sysctl_fields[] = {
    SYSCTL_FIELD("device", INTERFACE_OR_NULL, device),
    YOUNGER_SYSCTL_FIELD("device-index", U32, index),
    SYSCTL_FIELD("key", SYSCTL, key),
    SYSCTL_FIELD("found", INT, found),
    SYSCTL_FIELD("set", INT, set),
};

static const IpmpdField route_fields[] = {
    ROUTE_FIELD("group", GROUP, group),
    ROUTE_FIELD("device", INTERFACE, device),
    ROUTE_FIELD("flushed", BOOL, flushed),
    ROUTE_FIELD("family", U8, route.family),
    ROUTE_FIELD("table", U32, route.table),
    ROUTE_FIELD("destination", ADDRESS, route.dst),
    ROUTE_FIELD("tos", U8, route.tos),
    ROUTE_FIELD("metric", U32, route.metric),
    ROUTE_FIELD("type", U8, route.type),
    ROUTE_FIELD("protocol", U8, route.protocol),
    ROUTE_FIELD("scope", U8, route.scope),
    ROUTE_FIELD("preference", U8, route.preference),
    ROUTE_FIELD("source", ADDRESS_OR_NULL, route.prefsrc),
    ROUTE_FIELD("nexthop-id", U32, route.nhid),
    ROUTE_FIELD("index", U32, route.oif),
    ROUTE_FIELD("gateway", ADDRESS_OR_NULL, route.gateway),
    ROUTE_FIELD("hop-flags", U8, route.hop_flags),
    ROUTE_FIELD("hop", U8, route.hop),
    ROUTE_FIELD("hops", U8, route.n_hops),
    YOUNGER_ROUTE_FIELD("hop-weight", U8, route.hop_weight),
    ROUTE_FIELD("metrics-mask", U32, route.metrics_mask),
    ROUTE_FIELD("metrics", METRICS, route.metrics),
    ROUTE_FIELD("has-expires", BOOL, route.has_expires),
    ROUTE_FIELD("expires-sec", U32, route.expires_s),
    ROUTE_FIELD("told-boot-usec", TIME, route.stamp_us),
    YOUNGER_ROUTE_FIELD("also", ADDRESSES, also),
    YOUNGER_ROUTE_FIELD("disowned", BOOL, disowned),
};

static const IpmpdField member_fields[] = {
    MEMBER_FIELD("group", GROUP, group),
    MEMBER_FIELD("interface", INTERFACE, interface),
    MEMBER_FIELD("offline", BOOL, offline),
    MEMBER_FIELD("inactive", BOOL, inactive),
    MEMBER_FIELD("present-before", BOOL, seen),
    YOUNGER_MEMBER_FIELD("convicted", BOOL, convicted),
    YOUNGER_MEMBER_FIELD("duplicate", BOOL, duplicate),
    YOUNGER_MEMBER_FIELD("active", U32, active),
    YOUNGER_MEMBER_FIELD("index", U32, index),
};

static const IpmpdField nexthop_fields[] = {
    NEXTHOP_FIELD("group", GROUP, group),
    NEXTHOP_FIELD("device", INTERFACE_OR_NULL, device),
    NEXTHOP_FIELD("flushed", BOOL, flushed),
    NEXTHOP_FIELD("id", U32, nexthop.id),
    NEXTHOP_FIELD("family", U8, nexthop.family),
    NEXTHOP_FIELD("protocol", U8, nexthop.protocol),
    NEXTHOP_FIELD("index", U32, nexthop.oif),
    NEXTHOP_FIELD("gateway", ADDRESS_OR_NULL, nexthop.gateway),
    NEXTHOP_FIELD("hop-flags", U8, nexthop.flags),
    NEXTHOP_FIELD("hops", HOPS, nexthop.n_members),
    NEXTHOP_FIELD("buckets", U16, nexthop.buckets),
    NEXTHOP_FIELD("idle-timer", U32, nexthop.idle_timer),
    NEXTHOP_FIELD("unbalanced-timer", U32, nexthop.unbalanced_timer),
};

static gboolean address_check(const void *data, GError **error)
{
    const MpRecordAddress *entry = data;

    if (mp_address_is_none(&entry->original.address) ||
        mp_address_equal(&entry->original.address, &entry->address))
        return TRUE;
    g_set_error(error, MP_ERROR, MP_ERROR_FAILED,
                "\"original-address\" is another address than \"address\"");
    return FALSE;
}

static gboolean sysctl_check(const void *data, GError **error)
{
    const MpRecordSysctl *entry = data;

    if ((entry->device == NULL) == (entry->key >= MP_SYSCTL_FIRST_GLOBAL))
        return TRUE;
    g_set_error(error, MP_ERROR, MP_ERROR_FAILED, "\"key\": %s %s a \"device\"",
                mp_sysctl_to_string(entry->key),
                entry->device == NULL ? "must have" : "does not have");
    return FALSE;
}

static gboolean route_check(const void *data, GError **error)
{
    const MpRecordRoute *entry = data;

    if (entry->route.family != entry->route.dst.family) {
        g_set_error(error, MP_ERROR, MP_ERROR_FAILED,
                    "\"family\" is %u, but \"destination\" is of family %u", entry->route.family,
                    entry->route.dst.family);
        return FALSE;
    }
    for (guint i = 0; entry->also != NULL && i < entry->also->len; i++) {
        if (g_array_index(entry->also, MpAddress, i).family == entry->route.family)
            continue;
        g_set_error(error, MP_ERROR, MP_ERROR_FAILED,
                    "\"also\" has an address of another family than %u", entry->route.family);
        return FALSE;
    }
    if (entry->route.n_hops > 0 && entry->route.hop >= entry->route.n_hops) {
        g_set_error(error, MP_ERROR, MP_ERROR_FAILED,
                    "\"hop\" is %u, must be less than \"hops\", %u", entry->route.hop,
                    entry->route.n_hops);
        return FALSE;
    }
    return TRUE;
}

static gboolean nexthop_check(const void *data, GError **error)
{
    const MpRecordNexthop *entry = data;

    if (entry->nexthop.id == 0)
        g_set_error(error, MP_ERROR, MP_ERROR_FAILED, "\"id\" is 0");
    else if ((entry->device != NULL) == (entry->nexthop.n_members > 0))
        g_set_error(error, MP_ERROR, MP_ERROR_FAILED, "must have either a \"device\" or \"hops\"");
    else
        return TRUE;
    return FALSE;
}

const IpmpdEntryKind ipmpd_entry_kinds[] = {
    {"addresses", address_fields, G_N_ELEMENTS(address_fields), sizeof(MpRecordAddress),
     (GDestroyNotify)mp_record_address_free, G_STRUCT_OFFSET(MpRecord, addresses), address_check},
    {"sysctls", sysctl_fields, G_N_ELEMENTS(sysctl_fields), sizeof(MpRecordSysctl),
     (GDestroyNotify)mp_record_sysctl_free, G_STRUCT_OFFSET(MpRecord, sysctls), sysctl_check},
    {"routes", route_fields, G_N_ELEMENTS(route_fields), sizeof(MpRecordRoute),
     (GDestroyNotify)mp_record_route_free, G_STRUCT_OFFSET(MpRecord, routes), route_check},
    {"members", member_fields, G_N_ELEMENTS(member_fields), sizeof(MpRecordMember),
     (GDestroyNotify)mp_record_member_free, G_STRUCT_OFFSET(MpRecord, members), NULL},
    {"nexthops", nexthop_fields, G_N_ELEMENTS(nexthop_fields), sizeof(MpRecordNexthop),
     (GDestroyNotify)mp_record_nexthop_free, G_STRUCT_OFFSET(MpRecord, nexthops), nexthop_check,
     TRUE},
};
G_STATIC_ASSERT(G_N_ELEMENTS(ipmpd_entry_kinds) == IPMPD_N_ENTRY_KINDS);
