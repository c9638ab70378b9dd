/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "plan-test.h"

#include "plan-gate.h"

#define METRIC_IPV6 1024 /* what the kernel makes of none */

static void plan_test_address(const MpEngine *engine, MpPlan *plan, const MpMember *member,
                              const MpAddress *test)
{
    MpIfaddr ifaddr = {.index = member->index, .protocol = MP_PROTOCOL, .scope = MP_SCOPE_LINK};

    ifaddr.address = *test;
    ifaddr.address.prefix = (guint8)mp_address_bits(test);
    ifaddr.flags = MP_IFA_NOPREFIXROUTE;
    ifaddr.valid_s = ifaddr.preferred_s = MP_FOREVER;
    if (mp_picture_ifaddr(engine->picture, ifaddr.index, &ifaddr.address) == NULL)
        mp_plan_add(plan->build, MP_OP_ADDRESS_ADD)->address = ifaddr;
}

static gboolean member_tests(const MpMember *member)
{
    return member->index != 0 && !member->leaving;
}

/* The IPv4 one, NULL = none. */
static const MpAddress *test_address4(const MpMember *member)
{
    const GArray *tests = member->config->test_addresses;

    for (guint i = 0; i < tests->len; i++) {
        const MpAddress *test = &g_array_index(tests, MpAddress, i);

        if (test->family == MP_IPV4)
            return test;
    }
    return NULL;
}

void mp_plan_test_addresses(const MpEngine *engine, MpPlan *plan)
{
    for (guint i = 0; i < engine->groups->len; i++) {
        const MpGroup *group = g_ptr_array_index(engine->groups, i);

        for (guint k = 0; k < group->members->len; k++) {
            const MpMember *member = g_ptr_array_index(group->members, k);
            const MpAddress *test = test_address4(member);

            if (test != NULL && member_tests(member))
                plan_test_address(engine, plan, member, test);
        }
    }
}

gboolean mp_test_address_is_wanted(const MpEngine *engine, const MpIfaddr *ifaddr)
{
    const MpMember *member = mp_engine_member_by_index(engine, ifaddr->index);
    const MpAddress *test = member != NULL ? test_address4(member) : NULL;

    return test != NULL && member_tests(member) && mp_address_equal_host(test, &ifaddr->address);
}

/* What is wanted ----------------------------------------------------------------------------------
 */

typedef struct {
    const MpEngine *engine;
    GArray *routes; /* MpRoute */
    GArray *rules;  /* MpRule */
} Wanted;

static void want_rule(Wanted *wanted, const MpMember *member, const MpAddress *from)
{
    MpRule rule = {.family = from->family,
                   .priority = MP_RULE_PRIORITY_TEST,
                   .table = mp_table_test(member->index),
                   .suppress_prefix = -1,
                   .protocol = MP_PROTOCOL,
                   .from = *from};

    rule.from.prefix = (guint8)mp_address_bits(from);
    g_array_append_val(wanted->rules, rule);
}

/* On a device that is down the kernel takes no route; with the cable out it keeps them. */
static void want_route(Wanted *wanted, const MpMember *member, const MpAddress *dst,
                       const MpAddress *source)
{
    const MpLink *link = mp_picture_link(wanted->engine->picture, member->index);
    MpRoute route = {.family = dst->family,
                     .table = mp_table_test(member->index),
                     .dst = *dst,
                     .type = MP_RTN_UNICAST,
                     .protocol = MP_PROTOCOL,
                     .oif = member->index,
                     .n_hops = 1};

    if (link == NULL || (link->flags & MP_IFF_UP) == 0)
        return;
    if (dst->family == MP_IPV4) {
        route.scope = MP_SCOPE_LINK;
        route.prefsrc = *source;
        route.prefsrc.prefix = (guint8)mp_address_bits(source);
    } else {
        route.metric = METRIC_IPV6;
    }
    g_array_append_val(wanted->routes, route);
}

/* An address without a subnet has no neighbours to ask. */
static void want_ipv4(Wanted *wanted, const MpMember *member)
{
    const MpAddress *test = test_address4(member);
    MpAddress subnet;

    if (test == NULL || test->prefix == mp_address_bits(test))
        return;
    subnet = mp_address_network(test);
    want_route(wanted, member, &subnet, test);
    want_rule(wanted, member, test);
}

static gboolean is_global6(const MpAddress *target)
{
    return target->family == MP_IPV6 && !mp_address_is_link_local(target);
}

static gboolean has_global6(const GArray *targets)
{
    for (guint i = 0; i < targets->len; i++) {
        if (is_global6(&g_array_index(targets, MpAddress, i)))
            return TRUE;
    }
    return FALSE;
}

static gboolean is_sender(const MpMember *member, const MpIfaddr *ifaddr)
{
    return ifaddr->index == member->index && ifaddr->address.family == MP_IPV6 &&
           mp_address_is_link_local(&ifaddr->address) &&
           (ifaddr->flags & (MP_IFA_TENTATIVE | MP_IFA_DADFAILED)) == 0;
}

static void want_ipv6(Wanted *wanted, const MpMember *member)
{
    const GPtrArray *addresses = wanted->engine->picture->addresses;
    const GArray *targets = member->group->config->probe_targets;

    if (!has_global6(targets) || !mp_picture_has_link_local(wanted->engine->picture, member->index))
        return;
    for (guint i = 0; i < targets->len; i++) {
        MpAddress target = g_array_index(targets, MpAddress, i);

        target.prefix = (guint8)mp_address_bits(&target);
        if (is_global6(&target))
            want_route(wanted, member, &target, NULL);
    }
    for (guint i = 0; i < addresses->len; i++) {
        const MpIfaddr *ifaddr = &((MpPictureAddress *)g_ptr_array_index(addresses, i))->ifaddr;

        if (is_sender(member, ifaddr))
            want_rule(wanted, member, &ifaddr->address);
    }
}

/* Plan --------------------------------------------------------------------------------------------
 */

static gboolean is_device_route(const MpRoute *route)
{
    return route->protocol == MP_PROTOCOL && mp_table_is_device(route->table);
}

static guint route_hash(gconstpointer data)
{
    const MpRoute *route = data;

    return mp_address_hash(&route->dst) ^ (route->table * 31u);
}

static gboolean route_equal(gconstpointer a, gconstpointer b)
{
    return mp_route_equal(a, b);
}

/* Of a subnet that got another source the old route is replaced. */
static void plan_routes(const Wanted *wanted, MpPlan *plan)
{
    const MpPicture *picture = wanted->engine->picture;

    for (guint i = 0; i < wanted->routes->len; i++) {
        const MpRoute *route = &g_array_index(wanted->routes, MpRoute, i);
        const MpPictureRoute *has = mp_picture_route_place(picture, route);

        while (has != NULL && !mp_route_equal(&has->route, route))
            has = mp_picture_route_place_next(has);
        if (has == NULL)
            mp_plan_add(plan->build, MP_OP_ROUTE_REPLACE)->route = *route;
    }
}

static void clean_routes(const Wanted *wanted, MpPlan *plan)
{
    g_autoptr(GHashTable) kept = g_hash_table_new(route_hash, route_equal);

    for (guint i = 0; i < wanted->routes->len; i++)
        g_hash_table_add(kept, &g_array_index(wanted->routes, MpRoute, i));
    for (const MpPictureRoute *entry = wanted->engine->picture->tests.first; entry != NULL;
         entry = entry->after) {
        const MpRoute *has = &entry->route;

        if (is_device_route(has) && !g_hash_table_contains(kept, has))
            mp_plan_add(plan->clean, MP_OP_ROUTE_DEL)->route = *has;
    }
}

static guint rule_hash(gconstpointer data)
{
    const MpRule *rule = data;

    return mp_address_hash(&rule->from) ^ (rule->table * 31u);
}

static gboolean rule_equal(gconstpointer a, gconstpointer b)
{
    return mp_rule_equal(a, b);
}

static void plan_rules(const Wanted *wanted, MpPlan *plan)
{
    const GArray *rules = wanted->engine->picture->rules;
    g_autoptr(GHashTable) has = g_hash_table_new(rule_hash, rule_equal);
    GHashTableIter iter;
    gpointer left;

    for (guint i = 0; i < rules->len; i++) {
        MpRule *rule = &g_array_index(rules, MpRule, i);

        if (rule->protocol == MP_PROTOCOL && mp_table_is_device(rule->table))
            g_hash_table_add(has, rule);
    }
    for (guint i = 0; i < wanted->rules->len; i++) {
        const MpRule *rule = &g_array_index(wanted->rules, MpRule, i);

        if (!g_hash_table_remove(has, rule))
            mp_plan_add(plan->build, MP_OP_RULE_ADD)->rule = *rule;
    }
    g_hash_table_iter_init(&iter, has);
    while (g_hash_table_iter_next(&iter, &left, NULL))
        mp_plan_add(plan->clean, MP_OP_RULE_DEL)->rule = *(const MpRule *)left;
}

void mp_plan_device_tables(const MpEngine *engine, MpPlan *plan)
{
    Wanted wanted = {.engine = engine};
    g_autoptr(GHashTable) ruled = mp_gates_ruled(engine->picture);

    wanted.routes = g_array_new(FALSE, FALSE, sizeof(MpRoute));
    wanted.rules = g_array_new(FALSE, FALSE, sizeof(MpRule));
    for (guint i = 0; i < engine->groups->len; i++) {
        const MpGroup *group = g_ptr_array_index(engine->groups, i);

        for (guint k = 0; k < group->members->len; k++) {
            const MpMember *member = g_ptr_array_index(group->members, k);

            if (!member_tests(member))
                continue;
            want_ipv4(&wanted, member);
            want_ipv6(&wanted, member);
            mp_gates_want(engine, member, ruled, wanted.routes, wanted.rules);
        }
    }
    plan_routes(&wanted, plan);
    /* Until a dump is complete half of them are not in the picture. */
    if ((engine->picture->running & MP_DUMP_RULES) != 0)
        plan->waits = TRUE;
    else
        plan_rules(&wanted, plan);
    clean_routes(&wanted, plan);
    g_array_unref(wanted.routes);
    g_array_unref(wanted.rules);
}
