/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "op.h"

#include "words.h"

static const char *const kinds[] = {
    [MP_OP_SYSCTL_SET] = "sysctl-set",       [MP_OP_ADDRESS_ADD] = "address-add",
    [MP_OP_ADDRESS_DEL] = "address-del",     [MP_OP_NEXTHOP_SET] = "nexthop-set",
    [MP_OP_NEXTHOP_DEL] = "nexthop-del",     [MP_OP_ROUTE_PREPEND] = "route-prepend",
    [MP_OP_ROUTE_REPLACE] = "route-replace", [MP_OP_ROUTE_ADD] = "route-add",
    [MP_OP_ROUTE_DEL] = "route-del",         [MP_OP_RULE_ADD] = "rule-add",
    [MP_OP_RULE_DEL] = "rule-del",           [MP_OP_NEIGHBOUR_SET] = "neighbour-set",
    [MP_OP_NEIGHBOUR_DEL] = "neighbour-del",
};
G_STATIC_ASSERT(G_N_ELEMENTS(kinds) == MP_N_OP_KINDS);

const char *mp_op_kind_to_string(MpOpKind kind)
{
    return MP_WORD(kinds, kind);
}

static void append_host(GString *text, const char *word, const MpAddress *address)
{
    char buf[MP_ADDRESS_STRING_MAX];

    if (!mp_address_is_none(address))
        g_string_append_printf(text, " %s %s", word, mp_address_format_host(address, buf));
}

static void append_number(GString *text, const char *word, guint32 number)
{
    if (number != 0)
        g_string_append_printf(text, " %s %u", word, number);
}

static void append_sysctl(GString *text, const MpSysctlValue *sysctl)
{
    g_string_append_printf(text, " %s=%d", mp_sysctl_to_string(sysctl->key), sysctl->value);
    append_number(text, "dev", sysctl->index);
}

static void append_address(GString *text, const MpIfaddr *address)
{
    char buf[MP_ADDRESS_STRING_MAX];

    g_string_append_printf(text, " %s dev %u", mp_address_format(&address->address, buf),
                           address->index);
}

static void append_nexthop(GString *text, const MpNexthop *nexthop)
{
    g_string_append_printf(text, " id 0x%x", nexthop->id);
    for (guint i = 0; i < nexthop->n_members; i++)
        g_string_append_printf(text, " %s0x%x*%u", i == 0 ? "group " : "", nexthop->members[i].id,
                               nexthop->members[i].weight);
    append_host(text, "via", &nexthop->gateway);
    append_number(text, "dev", nexthop->oif);
    append_number(text, "buckets", nexthop->buckets);
}

static void append_route(GString *text, const MpRoute *route)
{
    char buf[MP_ADDRESS_STRING_MAX];

    g_string_append_printf(text, " %s table %u", mp_address_format(&route->dst, buf), route->table);
    append_number(text, "type", route->type == MP_RTN_UNICAST ? 0 : route->type);
    append_number(text, "tos", route->tos);
    append_number(text, "metric", route->metric);
    if (route->nhid != 0)
        g_string_append_printf(text, " nhid 0x%x", route->nhid);
    append_host(text, "via", &route->gateway);
    append_number(text, "dev", route->oif);
    append_host(text, "src", &route->prefsrc);
    append_number(text, "proto", route->protocol);
    if (route->n_hops > 1)
        g_string_append_printf(text, " hop %u of %u", route->hop + 1u, route->n_hops);
}

static void append_rule(GString *text, const MpRule *rule)
{
    char buf[MP_ADDRESS_STRING_MAX];

    g_string_append_printf(text, " ipv%u priority %u table %u", rule->family, rule->priority,
                           rule->table);
    if (!mp_address_is_none(&rule->from))
        g_string_append_printf(text, " from %s", mp_address_format(&rule->from, buf));
    if (rule->suppress_prefix >= 0)
        g_string_append_printf(text, " suppress-prefix %d", rule->suppress_prefix);
}

static void append_fixed(GString *text, const MpFixed *fixed)
{
    char buf[MP_ADDRESS_STRING_MAX];

    g_string_append_printf(text, " %s dev %u", mp_address_format_host(&fixed->address, buf),
                           fixed->index);
}

char *mp_op_to_string(const MpOp *op)
{
    GString *text = g_string_new(mp_op_kind_to_string(op->kind));

    switch (op->kind) {
    case MP_OP_SYSCTL_SET:
        append_sysctl(text, &op->sysctl);
        break;
    case MP_OP_ADDRESS_ADD:
    case MP_OP_ADDRESS_DEL:
        append_address(text, &op->address);
        break;
    case MP_OP_NEXTHOP_SET:
        append_nexthop(text, &op->nexthop);
        break;
    case MP_OP_NEXTHOP_DEL:
        g_string_append_printf(text, " id 0x%x", op->nexthop.id);
        break;
    case MP_OP_ROUTE_PREPEND:
    case MP_OP_ROUTE_REPLACE:
    case MP_OP_ROUTE_ADD:
    case MP_OP_ROUTE_DEL:
        append_route(text, &op->route);
        break;
    case MP_OP_RULE_ADD:
    case MP_OP_RULE_DEL:
        append_rule(text, &op->rule);
        break;
    case MP_OP_NEIGHBOUR_SET:
    case MP_OP_NEIGHBOUR_DEL:
        append_fixed(text, &op->fixed);
        break;
    }
    return g_string_free(text, FALSE);
}
