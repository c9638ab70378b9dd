/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "shadow-private.h"

#define N_SLOTS (MP_TABLE_SHADOW_LAST - MP_TABLE_SHADOW_FIRST + 1)

/* Tables ------------------------------------------------------------------------------------------
 */

void mp_shadow_tables_init(MpShadowTables *tables)
{
    for (guint i = 0; i < 2; i++) {
        tables->copies[i] = g_hash_table_new(NULL, NULL);
        tables->filled[i] = g_hash_table_new(NULL, NULL);
    }
    tables->rules_serial = 0;
}

void mp_shadow_tables_clear(MpShadowTables *tables)
{
    for (guint i = 0; i < 2; i++) {
        g_hash_table_unref(tables->copies[i]);
        g_hash_table_unref(tables->filled[i]);
    }
}

static guint which(guint8 family)
{
    return family == MP_IPV6;
}

static gboolean is_foreign(const MpRule *rule, guint8 family)
{
    return rule->family == family && rule->protocol != MP_PROTOCOL;
}

static gboolean is_lookup(const MpRule *rule)
{
    return (rule->action == 0 || rule->action == MP_RULE_LOOKUP) && rule->table != 0;
}

static gint by_number(gconstpointer a, gconstpointer b)
{
    guint32 left = *(const guint32 *)a, right = *(const guint32 *)b;

    return left < right ? -1 : left > right;
}

static gboolean leads_to_table_of_others(const MpRule *rule)
{
    return is_foreign(rule, rule->family) && is_lookup(rule) && rule->table != MP_TABLE_MAIN &&
           rule->table != MP_TABLE_LOCAL && !mp_table_is_ours(rule->table);
}

/* In the order of their numbers, so that the next life finds the same. */
static GArray *tables_of_others(const MpPicture *picture)
{
    GArray *found = g_array_new(FALSE, FALSE, sizeof(guint32));

    for (guint i = 0; i < picture->rules->len; i++) {
        const MpRule *rule = &g_array_index(picture->rules, MpRule, i);

        if (leads_to_table_of_others(rule))
            g_array_append_val(found, rule->table);
    }
    g_array_sort(found, by_number);
    return found;
}

/* A table of others -> that of its copies, whatever the family. */
static GHashTable *places_for(const GArray *found)
{
    g_autoptr(GHashTable) taken = g_hash_table_new(NULL, NULL);
    GHashTable *places = g_hash_table_new(NULL, NULL);

    for (guint i = 0; i < found->len; i++) {
        guint32 table = g_array_index(found, guint32, i);
        guint32 slot = table % N_SLOTS;

        if (g_hash_table_contains(places, GUINT_TO_POINTER(table)))
            continue;
        while (!g_hash_table_add(taken, GUINT_TO_POINTER(slot)))
            slot = (slot + 1) % N_SLOTS;
        g_hash_table_insert(places, GUINT_TO_POINTER(table),
                            GUINT_TO_POINTER(MP_TABLE_SHADOW_FIRST + slot));
    }
    return places;
}

static gboolean same_tables(GHashTable *a, GHashTable *b)
{
    GHashTableIter iter;
    gpointer key, value;

    if (g_hash_table_size(a) != g_hash_table_size(b))
        return FALSE;
    g_hash_table_iter_init(&iter, a);
    while (g_hash_table_iter_next(&iter, &key, &value)) {
        if (g_hash_table_lookup(b, key) != value)
            return FALSE;
    }
    return TRUE;
}

static gboolean family_update(MpShadowTables *tables, const MpPicture *picture, guint8 family,
                              GHashTable *places)
{
    GHashTable *before = tables->copies[which(family)], *after = g_hash_table_new(NULL, NULL);
    gboolean changed;

    for (guint i = 0; i < picture->rules->len; i++) {
        const MpRule *rule = &g_array_index(picture->rules, MpRule, i);
        gpointer table = GUINT_TO_POINTER(rule->table);

        if (rule->family == family && leads_to_table_of_others(rule))
            g_hash_table_insert(after, table, g_hash_table_lookup(places, table));
    }
    changed = !same_tables(before, after);
    tables->copies[which(family)] = after;
    g_hash_table_unref(before);
    return changed;
}

gboolean mp_shadow_tables_update(MpShadowTables *tables, const MpPicture *picture)
{
    g_autoptr(GArray) found = tables_of_others(picture);
    g_autoptr(GHashTable) places = places_for(found);
    gboolean changed = FALSE;

    changed |= family_update(tables, picture, MP_IPV4, places);
    changed |= family_update(tables, picture, MP_IPV6, places);
    tables->rules_serial = picture->rules_serial;
    return changed;
}

static guint32 copy_of(const MpShadowTables *tables, guint8 family, guint32 table)
{
    return GPOINTER_TO_UINT(
        g_hash_table_lookup(tables->copies[which(family)], GUINT_TO_POINTER(table)));
}

guint32 mp_shadow_table_for(const MpShadowTables *tables, const MpRoute *route)
{
    if (route->table == MP_TABLE_MAIN)
        return route->dst.prefix == 0 ? MP_TABLE_DEFAULTS : MP_TABLE_ROUTES;
    return copy_of(tables, route->family, route->table);
}

void mp_shadow_tables_count(MpShadowTables *tables, guint8 family, guint32 table, gint by)
{
    GHashTable *filled = tables->filled[which(family)];
    gint n = GPOINTER_TO_INT(g_hash_table_lookup(filled, GUINT_TO_POINTER(table))) + by;

    if (n != 0)
        g_hash_table_insert(filled, GUINT_TO_POINTER(table), GINT_TO_POINTER(n));
    else
        g_hash_table_remove(filled, GUINT_TO_POINTER(table));
}

static gboolean is_filled(const MpShadow *shadow, guint8 family, guint32 table)
{
    return g_hash_table_contains(shadow->tables.filled[which(family)], GUINT_TO_POINTER(table));
}

/* Wanted ------------------------------------------------------------------------------------------
 */

static void want(GArray *wanted, const MpRule *theirs, guint32 table, gint32 suppress_prefix)
{
    MpRule ours = *theirs;

    ours.priority--;
    ours.protocol = MP_PROTOCOL;
    ours.table = table;
    ours.suppress_prefix = suppress_prefix;
    g_array_append_val(wanted, ours);
}

/* Main is asked for its defaults last, since what else it has is more specific than a default. */
static void want_for_main(GArray *wanted, const MpShadow *shadow, const MpRule *rule)
{
    if (shadow->n_ruled[which(rule->family)] == 0)
        return;
    /* Without defaults is how our first table is. IPv6 judges by the prefix that is cached with a
     * nexthop, which is not every route's. */
    if (rule->suppress_prefix > 0 && rule->family == MP_IPV6)
        return;
    want(wanted, rule, MP_TABLE_ROUTES, rule->suppress_prefix > 0 ? rule->suppress_prefix : -1);
    if (rule->suppress_prefix >= 0)
        return;
    want(wanted, rule, MP_TABLE_MAIN, 0);
    want(wanted, rule, MP_TABLE_DEFAULTS, -1);
}

static void want_for(GArray *wanted, const MpShadow *shadow, const MpRule *rule)
{
    guint32 copy = copy_of(&shadow->tables, rule->family, rule->table);

    if (!is_lookup(rule))
        return;
    if (rule->table == MP_TABLE_MAIN)
        want_for_main(wanted, shadow, rule);
    else if (copy != 0 && is_filled(shadow, rule->family, copy))
        want(wanted, rule, copy, rule->suppress_prefix);
}

/* Of several rules of one priority those that come first must be met first, copied or not. */
static void want_for_priority(GArray *wanted, const MpShadow *shadow, const MpRule *rules, guint n)
{
    guint keep = wanted->len;

    for (guint i = 0; i < n && !rules[i].unreadable && rules[i].priority > 0; i++) {
        guint before = wanted->len;

        want_for(wanted, shadow, &rules[i]);
        if (wanted->len > before)
            keep = wanted->len;
        else
            want(wanted, &rules[i], rules[i].table, rules[i].suppress_prefix);
    }
    g_array_set_size(wanted, keep);
}

static gint by_priority(gconstpointer a, gconstpointer b)
{
    const MpRule *left = a, *right = b;

    return left->priority < right->priority ? -1 : left->priority > right->priority;
}

/* In the order in which the kernel asks them. */
static GArray *foreign_rules(const MpPicture *picture, guint8 family)
{
    GArray *rules = g_array_new(FALSE, FALSE, sizeof(MpRule));

    for (guint i = 0; i < picture->rules->len; i++) {
        const MpRule *rule = &g_array_index(picture->rules, MpRule, i);

        if (is_foreign(rule, family))
            g_array_append_val(rules, *rule);
    }
    g_array_sort(rules, by_priority);
    return rules;
}

static GArray *wanted_rules(const MpPicture *picture, const MpShadow *shadow, guint8 family)
{
    g_autoptr(GArray) rules = foreign_rules(picture, family);
    GArray *wanted = g_array_new(FALSE, FALSE, sizeof(MpRule));
    guint end;

    for (guint first = 0; first < rules->len; first = end) {
        const MpRule *rule = &g_array_index(rules, MpRule, first);

        for (end = first + 1; end < rules->len; end++) {
            if (g_array_index(rules, MpRule, end).priority != rule->priority)
                break;
        }
        want_for_priority(wanted, shadow, rule, end - first);
    }
    return wanted;
}

/* Plan --------------------------------------------------------------------------------------------
 */

static gboolean is_ours(const MpRule *rule, guint8 family)
{
    return rule->family == family && rule->protocol == MP_PROTOCOL &&
           !mp_table_is_device(rule->table);
}

/* What would stand behind one that the kernel refuses must not stand without it: our defaults would
 * hide what main has more specific. */
static void plan_anew(const MpEngine *engine, MpPlan *plan, const MpRule *wanted, guint n,
                      gint64 now_us)
{
    gboolean refused = FALSE;

    for (guint i = 0; i < n; i++) {
        const MpOp add = {.kind = MP_OP_RULE_ADD, .rule = wanted[i]};
        const MpOp away = {.kind = MP_OP_RULE_DEL, .rule = wanted[i]};

        if (mp_picture_has_rule(engine->picture, &wanted[i])) {
            mp_plan_add(plan->build, MP_OP_RULE_DEL)->rule = wanted[i];
            if (mp_oplog_is_held(engine->oplog, &away, now_us))
                return; /* it stands before all of them still */
        }
        if (refused)
            continue;
        mp_plan_add(plan->build, MP_OP_RULE_ADD)->rule = wanted[i];
        refused = mp_oplog_is_held(engine->oplog, &add, now_us);
        if (!refused && !mp_oplog_admits(engine->oplog, &add, now_us))
            return; /* on its way: the others after it */
    }
}

/* Rules of one priority stand in the order of their making: from the first that is missing, or
 * stands before one of others, on, all are made anew. */
static void plan_priority(const MpEngine *engine, MpPlan *plan, const MpRule *wanted, guint n,
                          gint64 now_us)
{
    const MpPicture *picture = engine->picture;
    guint right = 0, n_there = 0;

    for (guint i = 0; i < picture->rules->len; i++) {
        const MpRule *rule = &g_array_index(picture->rules, MpRule, i);

        if (rule->priority != wanted->priority)
            continue;
        n_there += is_ours(rule, wanted->family) ? 1 : 0;
        if (is_foreign(rule, wanted->family))
            right = 0;
        else if (right < n && mp_rule_equal(rule, &wanted[right]))
            right++;
    }
    /* The first time only when all copies are on their way: some of them alone could hide others.
     */
    if (n_there == 0 && (engine->shadow->passing || picture->changed.length > 0))
        return;
    plan_anew(engine, plan, wanted + right, n - right, now_us);
}

static gboolean is_wanted(const GArray *wanted, const MpRule *rule)
{
    for (guint i = 0; i < wanted->len; i++) {
        if (mp_rule_equal(&g_array_index(wanted, MpRule, i), rule))
            return TRUE;
    }
    return FALSE;
}

void mp_shadow_plan_rules(const MpEngine *engine, MpPlan *plan, guint8 family, gint64 now_us)
{
    const MpPicture *picture = engine->picture;
    g_autoptr(GArray) wanted = NULL;
    guint end;

    if ((picture->running & MP_DUMP_RULES) != 0)
        return; /* half of them are not in the picture */
    wanted = wanted_rules(picture, engine->shadow, family);
    for (guint first = 0; first < wanted->len; first = end) {
        const MpRule *rule = &g_array_index(wanted, MpRule, first);

        for (end = first + 1; end < wanted->len; end++) {
            if (g_array_index(wanted, MpRule, end).priority != rule->priority)
                break;
        }
        plan_priority(engine, plan, rule, end - first, now_us);
    }
    /* The last first: until all are gone a packet finds its way by those before. */
    for (guint i = picture->rules->len; i > 0; i--) {
        const MpRule *rule = &g_array_index(picture->rules, MpRule, i - 1);

        if (is_ours(rule, family) && !is_wanted(wanted, rule))
            mp_plan_add(plan->clean, MP_OP_RULE_DEL)->rule = *rule;
    }
}
