/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "objects.h"

#include "types.h"
#include "words.h"

#include <string.h>

static const char *const sysctls[] = {
    [MP_SYSCTL_ARP_IGNORE] = "arp_ignore",
    [MP_SYSCTL_ARP_ANNOUNCE] = "arp_announce",
    [MP_SYSCTL_ARP_FILTER] = "arp_filter",
    [MP_SYSCTL_MEDIUM_ID] = "medium_id",
    [MP_SYSCTL_RP_FILTER] = "rp_filter",
    [MP_SYSCTL_PROMOTE_SECONDARIES] = "promote_secondaries",
    [MP_SYSCTL_IGNORE_LINKDOWN4] = "ignore_routes_with_linkdown4",
    [MP_SYSCTL_IGNORE_LINKDOWN6] = "ignore_routes_with_linkdown6",
    [MP_SYSCTL_AUTOCONF] = "autoconf",
    [MP_SYSCTL_HASH_POLICY4] = "fib_multipath_hash_policy4",
    [MP_SYSCTL_HASH_POLICY6] = "fib_multipath_hash_policy6",
    [MP_SYSCTL_NEXTHOP_COMPAT] = "nexthop_compat_mode",
    [MP_SYSCTL_RP_FILTER_ALL] = "rp_filter_all",
};
G_STATIC_ASSERT(G_N_ELEMENTS(sysctls) == MP_N_SYSCTLS);

/* The kernel sets these two as links come and go; they are no part of what a route is. */
#define HOP_FLAGS_TOLD (MP_RTNH_DEAD | MP_RTNH_LINKDOWN)

#define END_SLACK_US (3 * MP_USEC_PER_SEC)

const char *mp_sysctl_to_string(MpSysctl key)
{
    return MP_WORD(sysctls, key);
}

gboolean mp_sysctl_from_string(const char *word, MpSysctl *out)
{
    gint found = MP_WORD_FIND(sysctls, word);

    if (found >= 0)
        *out = (MpSysctl)found;
    return found >= 0;
}

guint32 mp_table_test(guint index)
{
    return MP_TABLE_TEST_FIRST + (index & (MP_TABLE_TEST_LAST - MP_TABLE_TEST_FIRST));
}

gboolean mp_table_is_test(guint32 table)
{
    return table >= MP_TABLE_TEST_FIRST && table <= MP_TABLE_TEST_LAST;
}

guint32 mp_table_gate(guint index)
{
    return MP_TABLE_GATE_FIRST + (index & (MP_TABLE_GATE_LAST - MP_TABLE_GATE_FIRST));
}

gboolean mp_table_is_device(guint32 table)
{
    return table >= MP_TABLE_GATE_FIRST && table <= MP_TABLE_TEST_LAST;
}

gint64 mp_ifaddr_end_us(const MpIfaddr *ifaddr)
{
    return ifaddr->valid_s == MP_FOREVER ? G_MAXINT64
                                         : ifaddr->stamp_us + ifaddr->valid_s * MP_USEC_PER_SEC;
}

gboolean mp_ifaddr_same_end(const MpIfaddr *a, const MpIfaddr *b)
{
    gint64 end_a = mp_ifaddr_end_us(a), end_b = mp_ifaddr_end_us(b);

    return end_a == end_b ||
           (MAX(end_a, end_b) != G_MAXINT64 && ABS(end_a - end_b) <= END_SLACK_US);
}

gboolean mp_ifaddr_same_key(const MpIfaddr *a, const MpIfaddr *b)
{
    return a->index == b->index && mp_address_equal(&a->address, &b->address);
}

gboolean mp_table_is_ours(guint32 table)
{
    return table == MP_TABLE_ROUTES || table == MP_TABLE_DEFAULTS ||
           (table >= MP_TABLE_GATE_FIRST && table <= MP_TABLE_SHADOW_LAST);
}

static gboolean hop_flags_equal(guint8 a, guint8 b)
{
    return (a & ~HOP_FLAGS_TOLD) == (b & ~HOP_FLAGS_TOLD);
}

static gboolean metrics_equal(const MpRoute *a, const MpRoute *b)
{
    if (a->metrics_mask != b->metrics_mask)
        return FALSE;
    for (guint i = 0; i < MP_RTAX_MAX; i++) {
        if ((a->metrics_mask & (1u << i)) != 0 && a->metrics[i] != b->metrics[i])
            return FALSE;
    }
    return TRUE;
}

static gboolean route_keys_equal(const MpRoute *a, const MpRoute *b)
{
    return a->family == b->family && a->table == b->table && mp_address_equal(&a->dst, &b->dst) &&
           a->tos == b->tos && a->metric == b->metric;
}

static gboolean route_hops_equal(const MpRoute *a, const MpRoute *b)
{
    return a->nhid == b->nhid && a->oif == b->oif &&
           mp_address_equal_host(&a->gateway, &b->gateway) &&
           hop_flags_equal(a->hop_flags, b->hop_flags) && a->hop == b->hop &&
           a->n_hops == b->n_hops && a->hop_weight == b->hop_weight;
}

gboolean mp_route_equal(const MpRoute *a, const MpRoute *b)
{
    return route_keys_equal(a, b) && a->type == b->type && a->protocol == b->protocol &&
           a->scope == b->scope && a->preference == b->preference &&
           mp_address_equal_host(&a->prefsrc, &b->prefsrc) && route_hops_equal(a, b) &&
           metrics_equal(a, b);
}

static gboolean members_equal(const MpNexthop *a, const MpNexthop *b)
{
    if (a->n_members != b->n_members)
        return FALSE;
    for (guint i = 0; i < a->n_members; i++) {
        if (a->members[i].id != b->members[i].id || a->members[i].weight != b->members[i].weight)
            return FALSE;
    }
    return TRUE;
}

gboolean mp_nexthop_equal(const MpNexthop *a, const MpNexthop *b)
{
    return a->id == b->id && a->family == b->family && a->protocol == b->protocol &&
           a->oif == b->oif && mp_address_equal_host(&a->gateway, &b->gateway) &&
           hop_flags_equal(a->flags, b->flags) && members_equal(a, b) && a->buckets == b->buckets;
}

static guint8 rule_action(const MpRule *rule)
{
    return rule->action != 0 ? rule->action : MP_RULE_LOOKUP;
}

gboolean mp_rule_equal(const MpRule *a, const MpRule *b)
{
    return a->family == b->family && a->priority == b->priority && a->table == b->table &&
           a->suppress_prefix == b->suppress_prefix && a->protocol == b->protocol &&
           mp_address_equal(&a->from, &b->from) && strcmp(a->oif, b->oif) == 0 &&
           rule_action(a) == rule_action(b) && a->unreadable == b->unreadable &&
           a->selector_len == b->selector_len &&
           memcmp(a->selector, b->selector, a->selector_len) == 0;
}

gboolean mp_fixed_same_key(const MpFixed *a, const MpFixed *b)
{
    return a->index == b->index && mp_address_equal_host(&a->address, &b->address);
}

guint mp_fixed_hash(gconstpointer fixed)
{
    const MpFixed *one = fixed;
    MpAddress host = one->address;

    host.prefix = 0;
    return mp_address_hash(&host) ^ (one->index * 2654435761u);
}
