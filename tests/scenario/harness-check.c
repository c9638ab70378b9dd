/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The invariants of docs/state-machines.md. */
#include "harness.h"

#include "oplog.h"
#include "state.h"

void scenario_fail(Scenario *s, const char *invariant, const char *format, ...)
{
    va_list arguments;
    g_autofree char *text = NULL;

    va_start(arguments, format);
    text = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    if (s->failure)
        return;
    s->failure = g_strdup_printf("%s: %s (at %.6f s)", invariant, text,
                                 (double)fake_kernel_now(s->kernel) / 1e6);
    if (!s->collect)
        g_error("%s", s->failure);
}

static guint count_hosts(Scenario *s, const MpSnapshotGroup *group, const MpAddress *address,
                         const char **out_name)
{
    guint n = 0;

    for (guint i = 0; i < group->interfaces->len; i++) {
        const MpSnapshotInterface *member = group->interfaces->pdata[i];

        if (!member->index || !fake_address_find(s->kernel, member->index, address))
            continue;
        *out_name = member->name;
        n++;
    }
    return n;
}

void scenario_know(Scenario *s, const MpAddress *address)
{
    MpAddress key = *address;

    key.prefix = 0;
    g_hash_table_add(s->known, g_memdup2(&key, sizeof key));
}

static void protect(Scenario *s, const MpAddress *address)
{
    MpAddress key = *address;

    key.prefix = 0;
    if (!g_hash_table_contains(s->mortal, &key) &&
        fake_address_is_usable(s->kernel, MP_LOOPBACK_INDEX, address))
        g_hash_table_add(s->protected, g_memdup2(&key, sizeof key));
}

void scenario_release(Scenario *s, const MpAddress *address)
{
    MpAddress key = *address;

    key.prefix = 0;
    g_hash_table_remove(s->protected, &key);
}

static const MpSnapshotInterface *find_member(const MpSnapshotGroup *group, const char *name)
{
    for (guint i = 0; i < group->interfaces->len; i++) {
        const MpSnapshotInterface *member = group->interfaces->pdata[i];

        if (g_str_equal(member->name, name))
            return member;
    }
    return NULL;
}

static void check_address(Scenario *s, const MpSnapshotGroup *group,
                          const MpSnapshotAddress *address, gboolean any_active)
{
    char text[MP_ADDRESS_STRING_MAX];
    const char *name = NULL;
    guint n = count_hosts(s, group, &address->address, &name);

    mp_address_format(&address->address, text);
    if (address->state == MP_ADDRESS_WITHDRAWN) {
        if (n || fake_address_find(s->kernel, MP_LOOPBACK_INDEX, &address->address))
            scenario_fail(s, "I1", "%s is withdrawn and still there", text);
        return;
    }
    if (any_active && n != 1)
        scenario_fail(s, "I1", "%s is on %u members", text, n);
    /* With nobody active one that others put somewhere is left there. */
    if (any_active && n == 1 && g_strcmp0(name, address->interface))
        scenario_fail(s, "I1", "%s is on %s, the snapshot says %s", text, name,
                      address->interface ? address->interface : "nowhere");
    if (n == 1 && any_active && !find_member(group, name)->active)
        scenario_fail(s, "I1", "%s is on %s, which is not active", text, name);
    if (any_active != (address->state == MP_ADDRESS_UP))
        scenario_fail(s, "I1", "%s is %s with %s active", text,
                      mp_address_state_to_string(address->state),
                      any_active ? "someone" : "nobody");
    if (s->config->defaults.anchor &&
        !fake_address_find(s->kernel, MP_LOOPBACK_INDEX, &address->address))
        scenario_fail(s, "I1", "%s is not anchored", text);
    if (s->config->defaults.anchor)
        protect(s, &address->address);
}

static gboolean has_linklocal(Scenario *s, guint index)
{
    for (guint i = 0; i < fake_n_addresses(s->kernel); i++) {
        const MpIfaddr *a = fake_address_nth(s->kernel, i);

        if (a->index == index && a->address.family == MP_IPV6 && a->scope == MP_SCOPE_LINK &&
            !(a->flags & MP_IFA_TENTATIVE))
            return TRUE;
    }
    return FALSE;
}

static gboolean functions(const MpSnapshotInterface *member)
{
    return member->state == MP_INTERFACE_OK || member->state == MP_INTERFACE_UNKNOWN ||
           (member->state == MP_INTERFACE_FAILED && member->reason == MP_REASON_GROUP_FAILURE);
}

/* Its link-local address may be on its way. */
static gboolean may_get_linklocal(Scenario *s, const MpSnapshotInterface *member)
{
    const MpLink *link = fake_link_peek(s->kernel, member->index);
    const MpMember *known = mp_engine_member(s->engine, member->name);

    return link && link->mtu >= MP_IPV6_MTU_MIN && known && known->linkless_us != MP_NO_TIME;
}

/* Rule 9: somebody is active on whom addresses of this family work, or has to be. */
static gboolean any_eligible(Scenario *s, const MpSnapshotGroup *group, guint8 family)
{
    gboolean any_linklocal = FALSE, any = FALSE, spare = FALSE, later = FALSE;

    for (guint i = 0; i < group->interfaces->len; i++)
        any_linklocal |=
            has_linklocal(s, ((MpSnapshotInterface *)group->interfaces->pdata[i])->index);
    for (guint i = 0; i < group->interfaces->len; i++) {
        const MpSnapshotInterface *member = group->interfaces->pdata[i];
        const MpLink *link = fake_link_peek(s->kernel, member->index);
        gboolean works =
            link && (family == MP_IPV4 || (fake_link_has_ipv6(s->kernel, link->index) &&
                                           (!any_linklocal || has_linklocal(s, member->index))));

        any |= member->active && works;
        spare |= functions(member) && works;
        later |= member->active && may_get_linklocal(s, member);
    }
    return any || (spare && !later);
}

static void check_group(Scenario *s, const MpSnapshotGroup *group)
{
    gboolean any_active = FALSE;

    for (guint i = 0; i < group->interfaces->len; i++)
        any_active |= ((MpSnapshotInterface *)group->interfaces->pdata[i])->active;
    for (guint i = 0; i < group->addresses->len; i++) {
        const MpSnapshotAddress *address = group->addresses->pdata[i];

        scenario_know(s, &address->address);
        if (!any_active || address->state == MP_ADDRESS_WITHDRAWN ||
            any_eligible(s, group, address->address.family))
            check_address(s, group, address, any_active);
    }
}

static void check_placement(Scenario *s)
{
    g_autoptr(MpSnapshot) snapshot = mp_engine_snapshot(s->engine);

    for (guint i = 0; i < snapshot->groups->len; i++)
        check_group(s, snapshot->groups->pdata[i]);
}

static const MpRule *find_test_rule(Scenario *s, guint32 table, const MpAddress *from)
{
    for (guint i = 0; i < fake_n_rules(s->kernel); i++) {
        const MpRule *rule = fake_rule_nth(s->kernel, i);

        if (rule->priority == MP_RULE_PRIORITY_TEST && rule->table == table &&
            mp_address_equal(&rule->from, from))
            return rule;
    }
    return NULL;
}

static void check_test(Scenario *s, const MpSnapshotInterface *member, const MpAddress *test)
{
    guint32 table = MP_TABLE_TEST_FIRST + member->index;
    const MpLink *link = fake_link_peek(s->kernel, member->index);
    const MpIfaddr *address = fake_address_find(s->kernel, member->index, test);
    MpAddress host = *test, neighbour = *test;
    const MpRoute *route;

    host.prefix = 32;
    neighbour.bytes[3] ^= 1;
    route = fake_route_lookup(s->kernel, table, &neighbour);
    if (!address || address->address.prefix != 32 || address->scope != MP_SCOPE_LINK)
        scenario_fail(s, "I9", "%s has no test address", member->name);
    if (!find_test_rule(s, table, &host))
        scenario_fail(s, "I9", "nothing leads to the table of %s", member->name);
    if ((link->flags & MP_IFF_UP) && fake_kernel_now(s->kernel) >= s->patient_until_us &&
        (!route || route->oif != member->index || !mp_address_equal_host(&route->prefsrc, test)))
        scenario_fail(s, "I9", "%s does not lead to its neighbours", member->name);
}

static const MpSnapshotInterface *member_of_table(const MpSnapshot *snapshot, guint32 table)
{
    for (guint g = 0; g < snapshot->groups->len; g++) {
        const MpSnapshotGroup *group = snapshot->groups->pdata[g];

        for (guint i = 0; i < group->interfaces->len; i++) {
            const MpSnapshotInterface *member = group->interfaces->pdata[i];

            if (member->index && table == MP_TABLE_TEST_FIRST + member->index)
                return member;
        }
    }
    return NULL;
}

/* Whether there is a reason for it in this table: a test address, or (IPv6) a link-local. */
static gboolean is_test_sender(Scenario *s, const MpSnapshot *snapshot, guint32 table,
                               const MpAddress *from)
{
    const MpSnapshotInterface *member = member_of_table(snapshot, table);

    if (member && from->family != MP_IPV4)
        return has_linklocal(s, member->index);
    for (guint t = 0; member && t < member->test_addresses->len; t++)
        if (mp_address_equal_host(from, &g_array_index(member->test_addresses, MpAddress, t)))
            return TRUE;
    return FALSE;
}

static void check_no_leftovers(Scenario *s, const MpSnapshot *snapshot)
{
    for (guint i = 0; i < fake_n_rules(s->kernel); i++) {
        const MpRule *rule = fake_rule_nth(s->kernel, i);

        if (rule->priority == MP_RULE_PRIORITY_TEST && mp_table_is_test(rule->table) &&
            !is_test_sender(s, snapshot, rule->table, &rule->from))
            scenario_fail(s, "I9", "a rule to table %u is left over", rule->table);
    }
    for (guint i = 0; i < fake_n_routes(s->kernel); i++) {
        const MpRoute *route = fake_route_nth(s->kernel, i);

        if (route->table >= MP_TABLE_TEST_FIRST && route->table <= MP_TABLE_TEST_LAST &&
            !is_test_sender(s, snapshot, route->table, &route->prefsrc))
            scenario_fail(s, "I9", "table %u is left over", route->table);
    }
}

/* I9 */
static void check_tests(Scenario *s)
{
    g_autoptr(MpSnapshot) snapshot = mp_engine_snapshot(s->engine);

    for (guint g = 0; g < snapshot->groups->len; g++) {
        const MpSnapshotGroup *group = snapshot->groups->pdata[g];

        for (guint i = 0; i < group->interfaces->len; i++) {
            const MpSnapshotInterface *member = group->interfaces->pdata[i];

            for (guint t = 0; member->index && t < member->test_addresses->len; t++)
                if (g_array_index(member->test_addresses, MpAddress, t).family == MP_IPV4)
                    check_test(s, member, &g_array_index(member->test_addresses, MpAddress, t));
        }
    }
    check_no_leftovers(s, snapshot);
}

/* I11: only who works is active, or who has failed with everybody. */
static void check_active(Scenario *s, const MpSnapshotInterface *member)
{
    gboolean functioning = functions(member);

    if (member->active && !functioning)
        scenario_fail(s, "I11", "%s is active, and %s (%s)", member->name,
                      mp_interface_state_to_string(member->state),
                      mp_reason_to_string(member->reason));
    if (functioning && member->link_state == MP_LINK_DOWN)
        scenario_fail(s, "I11", "%s functions without link", member->name);
}

static void check_actives(Scenario *s)
{
    g_autoptr(MpSnapshot) snapshot = mp_engine_snapshot(s->engine);

    for (guint g = 0; g < snapshot->groups->len; g++) {
        const MpSnapshotGroup *group = snapshot->groups->pdata[g];

        for (guint i = 0; i < group->interfaces->len; i++)
            check_active(s, group->interfaces->pdata[i]);
    }
}

static guint count_convictions(const Scenario *s)
{
    guint n = 0;

    for (guint i = 0; i < s->notices->len; i++) {
        const MpNotice *notice = &g_array_index(s->notices, MpNotice, i);

        n += notice->kind == MP_NOTICE_INTERFACE_STATE && notice->reason == MP_REASON_PROBE_FAILURE;
    }
    return n;
}

/* At this very moment a quiet period may be over. */
static void check_silence(Scenario *s, const char *invariant, const char *after)
{
    guint n_ops = s->ops->len, n_convictions = count_convictions(s);

    scenario_now(s);
    if (s->ops->len > n_ops && count_convictions(s) == n_convictions) {
        g_autofree char *op = mp_op_to_string(&g_array_index(s->ops, MpOp, n_ops));

        scenario_fail(s, invariant, "after %s: %s", after, op);
    }
}

void scenario_check_rest(Scenario *s)
{
    MpKernel *door = fake_kernel_door(s->kernel);

    if (s->failure || s->hold_record || s->deaf)
        return;
    s->blind = FALSE;
    if (!s->refusing) {
        check_placement(s);
        check_tests(s);
        check_actives(s);
    }
    /* An answer to nothing: everything is decided once more. */
    mp_engine_handle(s->engine, &(MpEvent){.kind = MP_EVENT_OP_DONE}, fake_kernel_now(s->kernel));
    mp_engine_expire(s->engine, fake_kernel_now(s->kernel));
    check_silence(s, "I2", "a further decision");
    if (s->refusing)
        return; /* what was refused is asked again once its object was seen */
    door->dump(door, MP_DUMP_ALL);
    check_silence(s, "I3", "reading everything anew");
}

void scenario_check_instant(Scenario *s)
{
    GHashTableIter iter;
    gpointer key;

    g_hash_table_iter_init(&iter, s->protected);
    while (g_hash_table_iter_next(&iter, &key, NULL)) {
        gboolean there = FALSE;

        for (guint i = 0; i < fake_n_addresses(s->kernel) && !there; i++) {
            guint index = fake_address_nth(s->kernel, i)->index;

            there = fake_address_is_usable(s->kernel, index, key);
        }
        if (!there) {
            g_autofree char *text = mp_address_to_string(key);

            scenario_fail(s, "I5", "%s is nowhere for a moment", text);
            return;
        }
    }
}

static gboolean same_op(const MpOp *a, const MpOp *b)
{
    switch (a->kind == b->kind ? a->kind : MP_N_OP_KINDS) {
    case MP_OP_SYSCTL_SET:
        return a->sysctl.index == b->sysctl.index && a->sysctl.key == b->sysctl.key &&
               a->sysctl.value == b->sysctl.value;
    case MP_OP_ADDRESS_ADD:
        return mp_ifaddr_same_key(&a->address, &b->address) &&
               a->address.flags == b->address.flags && a->address.valid_s == b->address.valid_s &&
               a->address.protocol == b->address.protocol && a->address.metric == b->address.metric;
    case MP_OP_ADDRESS_DEL:
        return mp_ifaddr_same_key(&a->address, &b->address);
    case MP_OP_NEXTHOP_SET:
        return mp_nexthop_equal(&a->nexthop, &b->nexthop);
    case MP_OP_NEXTHOP_DEL:
        return a->nexthop.id == b->nexthop.id;
    case MP_OP_ROUTE_PREPEND:
    case MP_OP_ROUTE_REPLACE:
    case MP_OP_ROUTE_ADD:
    case MP_OP_ROUTE_DEL:
        return mp_route_equal(&a->route, &b->route);
    case MP_OP_RULE_ADD:
    case MP_OP_RULE_DEL:
        return mp_rule_equal(&a->rule, &b->rule);
    case MP_OP_NEIGHBOUR_SET:
        return mp_fixed_same_key(&a->fixed, &b->fixed) &&
               memcmp(a->fixed.hwaddr, b->fixed.hwaddr, sizeof a->fixed.hwaddr) == 0;
    case MP_OP_NEIGHBOUR_DEL:
        return mp_fixed_same_key(&a->fixed, &b->fixed);
    }
    return FALSE;
}

void scenario_op_done(Scenario *s, guint64 id, int error)
{
    /* What was asked for will be taken back. */
    if (error && s->engine && s->engine->requests->len)
        g_hash_table_remove_all(s->protected);
    for (guint i = 0; i < s->flying->len; i++) {
        Asked asked = g_array_index(s->flying, Asked, i);

        if (asked.op.id != id)
            continue;
        if (s->succeeded->len > 200)
            g_array_remove_range(s->succeeded, 0, 100);
        if (!error)
            g_array_append_val(s->succeeded, asked);
        else if (asked.op.kind == MP_OP_ROUTE_REPLACE && mp_table_is_test(asked.op.route.table))
            s->patient_until_us = fake_kernel_now(s->kernel) + MP_OP_RETRY_MAX_US;
        g_array_remove_index(s->flying, i);
        return;
    }
}

/* Both about one object of the kernel, whatever they want of it. */
static gboolean same_object(const MpOp *a, const MpOp *b)
{
    gboolean address = a->kind == MP_OP_ADDRESS_ADD || a->kind == MP_OP_ADDRESS_DEL;
    gboolean nexthop = a->kind == MP_OP_NEXTHOP_SET || a->kind == MP_OP_NEXTHOP_DEL;
    gboolean rule = a->kind == MP_OP_RULE_ADD || a->kind == MP_OP_RULE_DEL;
    gboolean route = a->kind >= MP_OP_ROUTE_PREPEND && a->kind <= MP_OP_ROUTE_DEL;

    if (address && (b->kind == MP_OP_ADDRESS_ADD || b->kind == MP_OP_ADDRESS_DEL))
        return mp_ifaddr_same_key(&a->address, &b->address);
    if (nexthop && (b->kind == MP_OP_NEXTHOP_SET || b->kind == MP_OP_NEXTHOP_DEL))
        return a->nexthop.id == b->nexthop.id;
    if (rule && (b->kind == MP_OP_RULE_ADD || b->kind == MP_OP_RULE_DEL))
        return mp_rule_equal(&a->rule, &b->rule);
    if (route && b->kind >= MP_OP_ROUTE_PREPEND && b->kind <= MP_OP_ROUTE_DEL)
        return a->route.table == b->route.table && a->route.metric == b->route.metric &&
               mp_address_equal(&a->route.dst, &b->route.dst);
    if (a->kind >= MP_OP_NEIGHBOUR_SET && b->kind >= MP_OP_NEIGHBOUR_SET)
        return mp_fixed_same_key(&a->fixed, &b->fixed);
    return a->kind == b->kind && same_op(a, b);
}

/* I4. The latest wish for the object counts: between two alike there may have been another. */
static void check_repeat(Scenario *s, const MpOp *op, const char *text)
{
    for (guint i = 0; i < s->flying->len; i++) {
        const Asked *asked = &g_array_index(s->flying, Asked, i);

        if (asked->outside == s->outside && same_op(&asked->op, op))
            scenario_fail(s, "I4", "asked for again in turns: %s", text);
    }
    for (guint i = s->flying->len; i-- > 0;) {
        const MpOp *latest = &g_array_index(s->flying, Asked, i).op;

        if (same_op(latest, op))
            scenario_fail(s, "I4", "asked for again while in flight: %s", text);
        if (same_object(latest, op))
            return;
    }
    for (guint i = s->succeeded->len; i-- > 0;) {
        const Asked *entry = &g_array_index(s->succeeded, Asked, i);

        /* Where some of it is refused, the kernel may take other things along. */
        if (entry->outside == s->outside && same_op(&entry->op, op) && !s->refusing)
            scenario_fail(s, "I4", "asked for again after success: %s", text);
        if (same_object(&entry->op, op))
            return;
    }
}

static gboolean has_asked(Scenario *s, const GArray *list, const MpOp *op)
{
    for (guint i = 0; i < list->len; i++) {
        const Asked *asked = &g_array_index(list, Asked, i);

        if (asked->outside == s->outside && same_op(&asked->op, op))
            return TRUE;
    }
    return FALSE;
}

/* Of IPv6 the kernel does not say who took it: whether we have asked for that, and nothing else has
 * changed since. */
gboolean scenario_has_deleted(Scenario *s, const MpIfaddr *address)
{
    MpOp op = {.kind = MP_OP_ADDRESS_DEL, .address = *address};

    return has_asked(s, s->flying, &op) || has_asked(s, s->succeeded, &op);
}

static gboolean is_data(Scenario *s, const MpAddress *address)
{
    g_autoptr(MpSnapshot) snapshot = mp_engine_snapshot(s->engine);

    for (guint g = 0; g < snapshot->groups->len; g++) {
        const MpSnapshotGroup *group = snapshot->groups->pdata[g];

        for (guint i = 0; i < group->addresses->len; i++)
            if (mp_address_equal_host(&((MpSnapshotAddress *)group->addresses->pdata[i])->address,
                                      address))
                return TRUE;
    }
    return FALSE;
}

static const MpRoute *find_same_route(Scenario *s, const MpRoute *wanted, gboolean exact)
{
    for (guint i = 0; i < fake_n_routes(s->kernel); i++) {
        const MpRoute *r = fake_route_nth(s->kernel, i);

        if (r->family != wanted->family || r->table != wanted->table || r->tos != wanted->tos ||
            r->metric != wanted->metric || !mp_address_equal(&r->dst, &wanted->dst))
            continue;
        if (!exact || (r->nhid == wanted->nhid && r->protocol == wanted->protocol &&
                       (r->nhid || r->oif == wanted->oif)))
            return r;
    }
    return NULL;
}

static gboolean was_data(const Scenario *s, const MpAddress *address)
{
    MpAddress key = *address;

    key.prefix = 0;
    return g_hash_table_contains(s->known, &key);
}

/* A group may have lost members. */
static gboolean is_whole(Scenario *s, guint32 id)
{
    const MpNexthop *has = fake_nexthop_find(s->kernel, id);

    return has && !has->n_members;
}

static gboolean is_recorded(const Scenario *s, const MpAddress *address)
{
    for (guint i = 0; s->record && i < s->record->addresses->len; i++) {
        const MpRecordAddress *entry = s->record->addresses->pdata[i];

        if (mp_address_equal_host(&entry->address, address))
            return TRUE;
    }
    return FALSE;
}

/* I14 */
static void check_recorded(Scenario *s, const MpOp *op, const char *text)
{
    const MpIfaddr *address =
        op->kind == MP_OP_ADDRESS_DEL
            ? fake_address_find(s->kernel, op->address.index, &op->address.address)
            : NULL;

    if (address && address->protocol != MP_PROTOCOL && !is_recorded(s, &address->address))
        scenario_fail(s, "I14", "takes away what no stored record knows: %s", text);
}

/* Put back as its owner made it: the kernel took its source. */
static gboolean gives_source(const MpRoute *has, const MpOp *op)
{
    MpRoute bare = op->route;

    bare.prefsrc = has->prefsrc;
    return op->kind == MP_OP_ROUTE_REPLACE && has->family == MP_IPV6 && has->prefsrc.family == 0 &&
           mp_route_equal(has, &bare);
}

/* I6 */
static void check_foreign(Scenario *s, const MpOp *op, const char *text)
{
    const MpIfaddr *address;
    const MpRoute *route;
    const MpFixed *fixed;

    switch (op->kind) {
    case MP_OP_ADDRESS_ADD:
    case MP_OP_ADDRESS_DEL:
        address = fake_address_find(s->kernel, op->address.index, &op->address.address);
        if (address && address->protocol != MP_PROTOCOL && !is_data(s, &address->address) &&
            !was_data(s, &address->address))
            scenario_fail(s, "I6", "touches a foreign address: %s", text);
        break;
    case MP_OP_ROUTE_REPLACE:
    case MP_OP_ROUTE_DEL:
        route = find_same_route(s, &op->route, op->kind == MP_OP_ROUTE_DEL);
        if (route && route->protocol != MP_PROTOCOL && !gives_source(route, op))
            scenario_fail(s, "I6", "touches a foreign route: %s", text);
        break;
    case MP_OP_NEXTHOP_SET:
    case MP_OP_NEXTHOP_DEL:
        /* One that was flushed may be given back. */
        if ((op->nexthop.id < MP_NEXTHOP_ID_FIRST || op->nexthop.id > MP_NEXTHOP_ID_LAST) &&
            (op->kind == MP_OP_NEXTHOP_DEL || (!op->exclusive && is_whole(s, op->nexthop.id))))
            scenario_fail(s, "I6", "touches a foreign nexthop: %s", text);
        break;
    case MP_OP_RULE_DEL:
        if (op->rule.protocol != MP_PROTOCOL)
            scenario_fail(s, "I6", "touches a foreign rule: %s", text);
        break;
    case MP_OP_NEIGHBOUR_SET:
    case MP_OP_NEIGHBOUR_DEL:
        fixed = fake_fixed_find(s->kernel, op->fixed.index, &op->fixed.address);
        if (fixed && fixed->protocol != MP_PROTOCOL)
            scenario_fail(s, "I6", "touches a foreign neighbour: %s", text);
        break;
    default:
        break;
    }
}

/* A moment ago will do: its answers may be slow. */
#define TOLD_US (3 * MP_USEC_PER_SEC)

void scenario_note_told(Scenario *s, const Announced *told)
{
    MpAddress key = told->address;

    key.prefix = 0;
    g_hash_table_replace(s->told, g_memdup2(&key, sizeof key), g_memdup2(told, sizeof *told));
}

/* The latest word counts: whoever heard another one since is misled. */
static gboolean was_announced(const Scenario *s, const MpOp *op)
{
    MpAddress key = op->address.address;
    const Announced *told;

    key.prefix = 0;
    told = g_hash_table_lookup(s->told, &key);
    return told && told->index == op->address.index &&
           told->now_us >= fake_kernel_now(s->kernel) - TOLD_US;
}

/* What is kept on a member that carries nothing is told to nobody. */
static gboolean is_active(Scenario *s, guint index)
{
    g_autoptr(MpSnapshot) snapshot = mp_engine_snapshot(s->engine);

    for (guint g = 0; g < snapshot->groups->len; g++) {
        const MpSnapshotGroup *group = snapshot->groups->pdata[g];

        for (guint i = 0; i < group->interfaces->len; i++) {
            const MpSnapshotInterface *member = group->interfaces->pdata[i];

            if (member->index == index)
                return member->active;
        }
    }
    return FALSE;
}

/* Away for an instant, to be made anew in another form: nobody has to be told. */
static gboolean is_made_anew(const Scenario *s, const MpOp *op)
{
    const MpOp *before = s->ops->len ? &g_array_index(s->ops, MpOp, s->ops->len - 1) : NULL;

    return before && before->kind == MP_OP_ADDRESS_DEL &&
           mp_ifaddr_same_key(&before->address, &op->address);
}

/* I7: the first volley goes out before the address is asked for; among more than fit into a portion
 * only of what others miss, which `/plan/portions` looks at. */
static void check_told(Scenario *s, const MpOp *op, const char *text)
{
    const MpLink *link;

    if (op->kind != MP_OP_ADDRESS_ADD || op->address.index == MP_LOOPBACK_INDEX ||
        !is_data(s, &op->address.address) ||
        fake_address_find(s->kernel, op->address.index, &op->address.address) || s->portion > 0)
        return;
    link = fake_link_peek(s->kernel, op->address.index);
    if (link && is_active(s, link->index) && !was_announced(s, op) && !is_made_anew(s, op))
        scenario_fail(s, "I7", "not announced first: %s", text);
}

void scenario_check_op(Scenario *s, const MpOp *op)
{
    g_autofree char *text = mp_op_to_string(op);

    check_repeat(s, op, text);
    check_foreign(s, op, text);
    check_recorded(s, op, text);
    check_told(s, op, text);
}

/* I7: only the interface that has the address, or is just getting it, speaks for it. */
void scenario_check_turn(Scenario *s, guint first_announcement)
{
    for (guint i = first_announcement; i < s->announcements->len; i++) {
        const Announced *told = &g_array_index(s->announcements, Announced, i);
        g_autofree char *text = mp_address_to_string(&told->address);

        /* Who was not told, or not yet, that it is gone cannot know. */
        if (!s->blind && !s->deaf && !fake_address_find(s->kernel, told->index, &told->address) &&
            scenario_find_op(s, MP_OP_ADDRESS_ADD, told->index, text) < 0)
            scenario_fail(s, "I7", "%s is announced by %u, which has it not", text, told->index);
    }
}
