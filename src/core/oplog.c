/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "oplog.h"

#include <string.h>

/* Which object an operation or an event is about; zeroed before it is filled, compared as bytes. */
typedef struct {
    guint8 what; /* 'a' address, 'n' nexthop, 'r' route, 'u' rule, 's' sysctl */
    guint8 family, tos, key;
    guint32 index, id, metric;
    MpAddress address;
    guint8 gateway[16], source[16]; /* of foreign routes */
} ObjectKey;

typedef struct {
    ObjectKey key;
    MpOp op;         /* the latest asked of this object */
    guint flying;    /* sent and not answered */
    gboolean seen;   /* the picture changed since it was sent */
    int error;       /* of the latest answer */
    gboolean ripe;   /* the hold of a refusal is over */
    gboolean anew;   /* to be told gone first: away and made anew is two wishes for one object */
    gint64 until_us; /* confirmed or tried again by then */
    gint64 retry_us; /* length of the hold, doubling */
    guint refusals;  /* in a row, of whatever was asked */
    MpOp *spoilt;    /* refused, when something else was asked of the object already; NULL = none */
    int spoilt_error;
    gint64 spoilt_until_us;
} Entry;

typedef struct {
    Entry *entry;
    MpOp op;
} Flight;

#define REFUSALS_MAX 3u

struct MpOplog {
    GHashTable *entries; /* ObjectKey (in the entry) -> Entry */
    GHashTable *flying;  /* id -> Flight */
    guint64 last_id;
    guint n_flying;
    MpOp answered;
};

static guint bytes_hash(const guint8 *bytes, gsize length)
{
    guint hash = length > 0 ? 2166136261u : 0;

    for (gsize i = 0; i < length; i++)
        hash = (hash ^ bytes[i]) * 16777619u;
    return hash;
}

static guint key_hash(gconstpointer data)
{
    return bytes_hash(data, sizeof(ObjectKey));
}

static gboolean key_equal(gconstpointer a, gconstpointer b)
{
    return memcmp(a, b, sizeof(ObjectKey)) == 0;
}

static void entry_free(gpointer data)
{
    Entry *entry = data;

    g_free(entry->spoilt);
    g_free(entry);
}

MpOplog *mp_oplog_new(void)
{
    MpOplog *log = g_new0(MpOplog, 1);

    log->entries = g_hash_table_new_full(key_hash, key_equal, NULL, entry_free);
    log->flying = g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL, g_free);
    return log;
}

void mp_oplog_free(MpOplog *log)
{
    if (log == NULL)
        return;
    g_hash_table_unref(log->flying);
    g_hash_table_unref(log->entries);
    g_free(log);
}

static void key_of_address(ObjectKey *key, const MpIfaddr *ifaddr)
{
    key->what = 'a';
    key->index = ifaddr->index;
    key->address = ifaddr->address;
}

static void key_of_route(ObjectKey *key, const MpRoute *route)
{
    key->what = 'r';
    key->family = route->family;
    key->tos = route->tos;
    key->index = route->table;
    key->metric = route->metric;
    key->address = route->dst;
    key->key = route->protocol;
    /* Foreign routes of one place are told apart by what they lead by, ours by their nexthop when
     * they are taken away. */
    key->id = route->nhid != 0 ? route->nhid : route->oif;
    if (route->protocol == MP_PROTOCOL || route->nhid != 0)
        return;
    memcpy(key->gateway, route->gateway.bytes, sizeof key->gateway);
    memcpy(key->source, route->prefsrc.bytes, sizeof key->source);
}

static void key_of_rule(ObjectKey *key, const MpRule *rule)
{
    key->what = 'u';
    key->family = rule->family;
    key->index = rule->table;
    key->metric = rule->priority;
    key->id = (guint32)rule->suppress_prefix ^ bytes_hash(rule->selector, rule->selector_len) ^
              g_str_hash(rule->oif);
    key->key = rule->action == 0 ? MP_RULE_LOOKUP : rule->action;
    key->address = rule->from;
}

static void key_of_fixed(ObjectKey *key, const MpFixed *fixed)
{
    key->what = 'f';
    key->index = fixed->index;
    key->address = fixed->address;
}

static void key_of_op(ObjectKey *key, const MpOp *op)
{
    memset(key, 0, sizeof *key);
    switch (op->kind) {
    case MP_OP_SYSCTL_SET:
        key->what = 's';
        key->index = op->sysctl.index;
        key->key = (guint8)op->sysctl.key;
        break;
    case MP_OP_ADDRESS_ADD:
    case MP_OP_ADDRESS_DEL:
        key_of_address(key, &op->address);
        break;
    case MP_OP_NEXTHOP_SET:
    case MP_OP_NEXTHOP_DEL:
        key->what = 'n';
        key->id = op->nexthop.id;
        break;
    case MP_OP_ROUTE_PREPEND:
    case MP_OP_ROUTE_REPLACE:
    case MP_OP_ROUTE_ADD:
    case MP_OP_ROUTE_DEL:
        key_of_route(key, &op->route);
        break;
    case MP_OP_RULE_ADD:
    case MP_OP_RULE_DEL:
        key_of_rule(key, &op->rule);
        break;
    case MP_OP_NEIGHBOUR_SET:
    case MP_OP_NEIGHBOUR_DEL:
        key_of_fixed(key, &op->fixed);
        break;
    }
}

static gboolean key_of_event(ObjectKey *key, const MpEvent *event)
{
    memset(key, 0, sizeof *key);
    switch (event->kind) {
    case MP_EVENT_ADDRESS:
    case MP_EVENT_ADDRESS_GONE:
        key_of_address(key, &event->address);
        return TRUE;
    case MP_EVENT_ROUTE:
    case MP_EVENT_ROUTE_GONE:
        key_of_route(key, &event->route);
        return TRUE;
    case MP_EVENT_NEXTHOP:
    case MP_EVENT_NEXTHOP_GONE:
        key->what = 'n';
        key->id = event->nexthop.id;
        return TRUE;
    case MP_EVENT_RULE:
    case MP_EVENT_RULE_GONE:
        key_of_rule(key, &event->rule);
        return TRUE;
    case MP_EVENT_FIXED:
    case MP_EVENT_FIXED_GONE:
        key_of_fixed(key, &event->fixed);
        return TRUE;
    case MP_EVENT_SYSCTL:
        key->what = 's';
        key->index = event->sysctl.index;
        key->key = (guint8)event->sysctl.key;
        return TRUE;
    default:
        return FALSE;
    }
}

static gboolean ifaddr_same_wish(const MpIfaddr *a, const MpIfaddr *b)
{
    return a->flags == b->flags && a->scope == b->scope && a->protocol == b->protocol &&
           a->metric == b->metric && strcmp(a->label, b->label) == 0 &&
           a->has_broadcast == b->has_broadcast &&
           (a->valid_s == MP_FOREVER) == (b->valid_s == MP_FOREVER);
}

static gboolean op_same_wish(const MpOp *a, const MpOp *b)
{
    if (a->kind != b->kind)
        return FALSE;
    switch (a->kind) {
    case MP_OP_SYSCTL_SET:
        return a->sysctl.value == b->sysctl.value;
    case MP_OP_ADDRESS_ADD:
        return ifaddr_same_wish(&a->address, &b->address);
    case MP_OP_NEXTHOP_SET:
        return mp_nexthop_equal(&a->nexthop, &b->nexthop);
    case MP_OP_ROUTE_PREPEND:
    case MP_OP_ROUTE_REPLACE:
    case MP_OP_ROUTE_ADD:
        return mp_route_equal(&a->route, &b->route);
    case MP_OP_NEIGHBOUR_SET:
        return memcmp(a->fixed.hwaddr, b->fixed.hwaddr, sizeof a->fixed.hwaddr) == 0;
    default:
        return TRUE; /* the key says it all */
    }
}

/* Another wish for the same object is no repetition, unless there is no end of them: two that are
 * refused in turns would never rest. */
static gboolean entry_is_about(const Entry *entry, const MpOp *op)
{
    return op_same_wish(&entry->op, op) || (entry->error != 0 && entry->refusals > REFUSALS_MAX);
}

static gboolean entry_admits(const Entry *entry, const MpOp *op, gint64 now_us)
{
    if (!entry_is_about(entry, op))
        return TRUE;
    if (entry->flying > 0)
        return FALSE;
    return entry->ripe || now_us >= entry->until_us;
}

gboolean mp_oplog_admits(const MpOplog *log, const MpOp *op, gint64 now_us)
{
    ObjectKey key;
    const Entry *entry;

    key_of_op(&key, op);
    entry = g_hash_table_lookup(log->entries, &key);
    return entry == NULL || entry_admits(entry, op, now_us);
}

gboolean mp_oplog_is_granted(const MpOplog *log, const MpOp *op)
{
    ObjectKey key;
    const Entry *entry;

    key_of_op(&key, op);
    entry = g_hash_table_lookup(log->entries, &key);
    return entry != NULL && entry->flying == 0 && entry->error == 0;
}

gboolean mp_oplog_is_leaving(const MpOplog *log, guint index, const MpAddress *address)
{
    MpIfaddr ifaddr = {.index = index, .address = *address};
    ObjectKey key;
    const Entry *entry;

    memset(&key, 0, sizeof key);
    key_of_address(&key, &ifaddr);
    entry = g_hash_table_lookup(log->entries, &key);
    return entry != NULL && entry->op.kind == MP_OP_ADDRESS_DEL &&
           (entry->flying > 0 || entry->error == 0);
}

guint64 mp_oplog_last_id(const MpOplog *log)
{
    return log->last_id;
}

gboolean mp_oplog_same_object(const MpOp *a, const MpOp *b)
{
    ObjectKey left, right;

    key_of_op(&left, a);
    key_of_op(&right, b);
    return key_equal(&left, &right);
}

gboolean mp_oplog_admit(MpOplog *log, MpOp *op, gint64 now_us)
{
    ObjectKey key;
    Entry *entry;
    Flight *flight;

    key_of_op(&key, op);
    entry = g_hash_table_lookup(log->entries, &key);
    if (entry != NULL && !entry_admits(entry, op, now_us))
        return FALSE;
    if (entry == NULL) {
        entry = g_new0(Entry, 1);
        entry->key = key;
        g_hash_table_insert(log->entries, &entry->key, entry);
    } else if (!entry_is_about(entry, op) && entry->flying == 0) { /* else it is one of a pair */
        entry->retry_us = 0;
    }
    entry->anew = op->kind == MP_OP_ADDRESS_ADD && entry->op.kind == MP_OP_ADDRESS_DEL &&
                  entry->error == 0 && !entry->seen;
    op->id = ++log->last_id;
    entry->op = *op;
    entry->seen = FALSE;
    entry->ripe = FALSE;
    entry->error = 0;
    entry->flying++;
    log->n_flying++;
    flight = g_new(Flight, 1);
    *flight = (Flight){entry, *op};
    g_hash_table_insert(log->flying, &flight->op.id, flight);
    return TRUE;
}

/* Seen, or of no interest any more. What was refused before it is remembered in its stead: away and
 * made anew, of which only the second was granted, would be asked for again without end. */
static void entry_drop(MpOplog *log, Entry *entry)
{
    if (entry->flying > 0)
        return;
    if (entry->spoilt == NULL) {
        g_hash_table_remove(log->entries, &entry->key);
        return;
    }
    entry->op = *entry->spoilt;
    entry->error = entry->spoilt_error;
    entry->until_us = entry->spoilt_until_us;
    entry->ripe = FALSE;
    g_clear_pointer(&entry->spoilt, g_free);
}

static void entry_spoil(Entry *entry, const MpOp *op, int error, gint64 now_us)
{
    entry->retry_us = CLAMP(entry->retry_us * 2, MP_OP_RETRY_MIN_US, MP_OP_RETRY_MAX_US);
    g_free(entry->spoilt);
    entry->spoilt = g_memdup2(op, sizeof *op);
    entry->spoilt_error = error;
    entry->spoilt_until_us = now_us + entry->retry_us;
}

void mp_oplog_forget(MpOplog *log, const MpOp *op)
{
    ObjectKey key;
    Entry *entry;

    key_of_op(&key, op);
    entry = g_hash_table_lookup(log->entries, &key);
    if (entry == NULL)
        return;
    g_clear_pointer(&entry->spoilt, g_free);
    entry_drop(log, entry);
}

const MpOp *mp_oplog_done(MpOplog *log, guint64 id, int error, gint64 now_us)
{
    Flight *flight = g_hash_table_lookup(log->flying, &id);
    Entry *entry;

    if (flight == NULL)
        return NULL;
    entry = flight->entry;
    log->answered = flight->op;
    g_hash_table_remove(log->flying, &id);
    entry->flying--;
    log->n_flying--;
    if (entry->op.id != id) { /* overtaken by a later wish for the same object */
        if (error != 0) {
            entry_spoil(entry, &log->answered, error, now_us);
            entry->anew = FALSE;
        }
        return &log->answered;
    }
    entry->error = error;
    entry->refusals = error != 0 ? entry->refusals + 1 : 0;
    if (error != 0) {
        g_clear_pointer(&entry->spoilt, g_free);
        entry->retry_us = CLAMP(entry->retry_us * 2, MP_OP_RETRY_MIN_US, MP_OP_RETRY_MAX_US);
        entry->until_us = now_us + entry->retry_us;
    } else {
        entry->until_us = now_us + MP_OP_CONFIRM_US;
        if (entry->seen)
            entry_drop(log, entry);
    }
    return &log->answered;
}

gboolean mp_oplog_seen(MpOplog *log, const MpEvent *event)
{
    ObjectKey key;
    Entry *entry;
    gboolean refused;

    if (!key_of_event(&key, event))
        return FALSE;
    entry = g_hash_table_lookup(log->entries, &key);
    if (entry == NULL)
        return FALSE;
    if (entry->anew && event->kind == MP_EVENT_ADDRESS_GONE) {
        entry->anew = FALSE; /* of IPv6 the other half may be granted by now, and not told yet */
        return FALSE;
    }
    refused = entry->flying == 0 && entry->error != 0;
    entry->seen = TRUE;
    entry_drop(log, entry);
    return refused;
}

void mp_oplog_forgive(MpOplog *log, guint index)
{
    GHashTableIter iter;
    Entry *entry;

    g_hash_table_iter_init(&iter, log->entries);
    while (g_hash_table_iter_next(&iter, NULL, (gpointer *)&entry)) {
        gboolean about =
            entry->key.what == 'n' || entry->key.what == 'r' || entry->key.index == index;

        if (entry->flying == 0 && entry->error != 0 && about)
            g_hash_table_iter_remove(&iter);
    }
}

guint mp_oplog_in_flight(const MpOplog *log)
{
    return log->n_flying;
}

guint mp_oplog_unseen(const MpOplog *log)
{
    GHashTableIter iter;
    Entry *entry;
    guint unseen = 0;

    g_hash_table_iter_init(&iter, log->entries);
    while (g_hash_table_iter_next(&iter, NULL, (gpointer *)&entry)) {
        if (entry->flying > 0 || entry->error == 0)
            unseen++;
    }
    return unseen;
}

gboolean mp_oplog_is_held(const MpOplog *log, const MpOp *op, gint64 now_us)
{
    ObjectKey key;
    Entry *entry;

    key_of_op(&key, op);
    entry = g_hash_table_lookup(log->entries, &key);
    return entry != NULL && entry->flying == 0 && entry->error != 0 && !entry->ripe &&
           now_us < entry->until_us && entry_is_about(entry, op);
}

gboolean mp_oplog_expire(MpOplog *log, gint64 now_us)
{
    GHashTableIter iter;
    Entry *entry;
    gboolean unseen = FALSE;

    g_hash_table_iter_init(&iter, log->entries);
    while (g_hash_table_iter_next(&iter, NULL, (gpointer *)&entry)) {
        if (entry->flying > 0 || now_us < entry->until_us)
            continue;
        if (entry->error != 0 && !entry->ripe) {
            /* Kept for a while, so that the next refusal is held longer. */
            entry->ripe = TRUE;
            entry->until_us = now_us + 2 * MP_OP_RETRY_MAX_US;
            continue;
        }
        unseen = unseen || entry->error == 0;
        g_hash_table_iter_remove(&iter);
    }
    return unseen;
}

gint64 mp_oplog_hold_us(const MpOplog *log, const MpOp *op)
{
    ObjectKey key;
    const Entry *entry;

    key_of_op(&key, op);
    entry = g_hash_table_lookup(log->entries, &key);
    return entry != NULL && entry->error != 0 ? entry->retry_us : 0;
}

gint64 mp_oplog_deadline(const MpOplog *log)
{
    GHashTableIter iter;
    Entry *entry;
    gint64 deadline = G_MAXINT64;

    g_hash_table_iter_init(&iter, log->entries);
    while (g_hash_table_iter_next(&iter, NULL, (gpointer *)&entry)) {
        if (entry->flying == 0)
            deadline = MIN(deadline, entry->until_us);
    }
    return deadline;
}
