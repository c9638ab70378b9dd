/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "notified.h"

#define NOTIFIED_MAX 16384 /* a dump with more changes than that is better made anew */

struct MpNotified {
    GHashTable *objects; /* set of MpEvent, by the identity of what they are about */
    GHashTable *keys;    /* set of MpEvent: routes that replaced another one of their key */
};

MpDump mp_event_dump(MpEventKind kind)
{
    switch (kind) {
    case MP_EVENT_LINK:
    case MP_EVENT_LINK_GONE:
        return MP_DUMP_LINKS;
    case MP_EVENT_ADDRESS:
    case MP_EVENT_ADDRESS_GONE:
        return MP_DUMP_ADDRESSES;
    case MP_EVENT_ROUTE:
    case MP_EVENT_ROUTE_GONE:
        return MP_DUMP_ROUTES;
    case MP_EVENT_NEXTHOP:
    case MP_EVENT_NEXTHOP_GONE:
        return MP_DUMP_NEXTHOPS;
    case MP_EVENT_RULE:
    case MP_EVENT_RULE_GONE:
        return MP_DUMP_RULES;
    case MP_EVENT_FIXED:
    case MP_EVENT_FIXED_GONE:
        return MP_DUMP_FIXED;
    default:
        return 0;
    }
}

static guint link_index(const MpEvent *event)
{
    return event->kind == MP_EVENT_LINK_GONE ? event->index : event->link.index;
}

static guint event_hash(gconstpointer data)
{
    const MpEvent *event = data;
    switch (mp_event_dump(event->kind)) {
    case MP_DUMP_LINKS:
        return link_index(event);
    case MP_DUMP_ADDRESSES:
        return mp_address_hash(&event->address.address) ^ event->address.index;
    case MP_DUMP_ROUTES:
        return mp_address_hash(&event->route.dst) ^ event->route.table ^ event->route.metric;
    case MP_DUMP_NEXTHOPS:
        return event->nexthop.id;
    case MP_DUMP_RULES:
        return event->rule.priority ^ event->rule.table ^ event->rule.family;
    case MP_DUMP_FIXED:
        return mp_fixed_hash(&event->fixed);
    default:
        return 0;
    }
}

static gboolean route_same_key(const MpRoute *a, const MpRoute *b)
{
    return a->family == b->family && a->table == b->table && a->tos == b->tos &&
           a->metric == b->metric && mp_address_equal(&a->dst, &b->dst);
}

static gboolean route_same(const MpRoute *a, const MpRoute *b)
{
    return route_same_key(a, b) && a->type == b->type && a->protocol == b->protocol &&
           a->nhid == b->nhid && a->oif == b->oif && mp_address_equal(&a->gateway, &b->gateway) &&
           mp_address_equal_host(&a->prefsrc, &b->prefsrc);
}

static gboolean event_equal(gconstpointer left, gconstpointer right)
{
    const MpEvent *a = left, *b = right;
    MpDump dump = mp_event_dump(a->kind);
    if (dump != mp_event_dump(b->kind))
        return FALSE;
    switch (dump) {
    case MP_DUMP_LINKS:
        return link_index(a) == link_index(b);
    case MP_DUMP_ADDRESSES:
        return mp_ifaddr_same_key(&a->address, &b->address);
    case MP_DUMP_ROUTES:
        return route_same(&a->route, &b->route);
    case MP_DUMP_NEXTHOPS:
        return a->nexthop.id == b->nexthop.id;
    case MP_DUMP_RULES:
        return mp_rule_equal(&a->rule, &b->rule);
    case MP_DUMP_FIXED:
        return mp_fixed_same_key(&a->fixed, &b->fixed);
    default:
        return FALSE;
    }
}

static gboolean event_equal_key(gconstpointer left, gconstpointer right)
{
    return route_same_key(&((const MpEvent *)left)->route, &((const MpEvent *)right)->route);
}

MpNotified *mp_notified_new(void)
{
    MpNotified *notified = g_new0(MpNotified, 1);
    notified->objects = g_hash_table_new_full(event_hash, event_equal, g_free, NULL);
    notified->keys = g_hash_table_new_full(event_hash, event_equal_key, g_free, NULL);
    return notified;
}

void mp_notified_free(MpNotified *notified)
{
    g_hash_table_destroy(notified->objects);
    g_hash_table_destroy(notified->keys);
    g_free(notified);
}

void mp_notified_clear(MpNotified *notified)
{
    g_hash_table_remove_all(notified->objects);
    g_hash_table_remove_all(notified->keys);
}

gboolean mp_notified_add(MpNotified *notified, const MpEvent *event)
{
    if (g_hash_table_size(notified->objects) >= NOTIFIED_MAX)
        return FALSE;
    if (!g_hash_table_contains(notified->objects, event))
        g_hash_table_add(notified->objects, g_memdup2(event, sizeof *event));
    if (event->kind == MP_EVENT_ROUTE && event->replaced &&
        !g_hash_table_contains(notified->keys, event))
        g_hash_table_add(notified->keys, g_memdup2(event, sizeof *event));
    return TRUE;
}

MpDumped mp_notified_judge(MpNotified *notified, const MpEvent *dumped)
{
    if (g_hash_table_contains(notified->objects, dumped))
        return MP_DUMPED_STALE;
    if (dumped->kind == MP_EVENT_ROUTE && g_hash_table_contains(notified->keys, dumped))
        return MP_DUMPED_AMBIGUOUS;
    return MP_DUMPED_GOOD;
}
