/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The record, the order of operations, failures of operations: docs/state-machines-addresses.md,
 * "Record" and "Plan". */
#include "harness.h"

#define TWO "front: eth0 eth1"
#define DATA "eth0 10.0.0.10/24 2001:db8::10/64; eth1 10.0.0.11/24"

static const MpOp *nth_op(const Scenario *s, guint n)
{
    return &g_array_index(s->ops, MpOp, n);
}

static gint first_kind(const Scenario *s, MpOpKind kind)
{
    for (guint i = 0; i < s->ops->len; i++)
        if (nth_op(s, i)->kind == kind)
            return (gint)i;
    return -1;
}

/* Record */

static void record_first(void)
{
    g_autoptr(Scenario) s = scenario_new("eth0 eth1");

    scenario_addresses(s, DATA);
    scenario_group(s, TWO);
    s->hold_record = TRUE;
    scenario_start(s);
    scenario_now(s);
    /* Until it is stored nothing that was the user's is changed. */
    g_assert_cmpuint(scenario_count_ops(s, MP_OP_SYSCTL_SET), ==, 0);
    g_assert_cmpuint(scenario_count_ops(s, MP_OP_ADDRESS_DEL), ==, 0);
    g_assert_cmpuint(s->unstored.length, >, 0);
    s->hold_record = FALSE;
    scenario_store_record(s);
    scenario_run(s);
    g_assert_cmpuint(scenario_count_ops(s, MP_OP_SYSCTL_SET), >, 0);
}

/* The directory is full from the start: what has to be carried is carried, and comes home; the
 * user's own stays where it was found all the time, ours does not. */
static void record_never_stored(void)
{
    g_autoptr(Scenario) s = scenario_new("eth0 eth1");

    scenario_addresses(s, "eth0 10.0.0.10/24 2001:db8::10/64");
    scenario_group(s, TWO);
    s->hold_record = TRUE;
    scenario_start(s);
    for (guint i = 0; i < 2; i++) {
        scenario_advance(s, 2000);
        expect_where(s, "10.0.0.10", "eth0");
        expect_where(s, "2001:db8::10", "eth0");
        scenario_carrier(s, "eth0", FALSE);
        scenario_advance(s, 2000);
        expect_where(s, "10.0.0.10", "eth0+eth1");
        expect_where(s, "2001:db8::10", "eth0+eth1");
        expect_address(s, "10.0.0.10", MP_ADDRESS_UP, "eth0");
        scenario_carrier(s, "eth0", TRUE);
    }
    scenario_advance(s, 2000);
    expect_where(s, "10.0.0.10", "eth0");
    g_assert_cmpuint(scenario_count_ops(s, MP_OP_SYSCTL_SET), ==, 0);
    s->hold_record = FALSE;
    scenario_store_record(s);
    scenario_run(s);
    scenario_delete(s, "front");
    expect_restored(s);
}

/* What was put elsewhere is a primary there, and goes at the moment at which another one comes,
 * which the kernel would take along: settings that are not recorded are not changed. */
static void record_never_stored_primary(void)
{
    g_autoptr(Scenario) s = scenario_new("eth0 eth1 eth2");

    scenario_addresses(s, "eth0 10.0.0.10/24; eth2 10.0.0.12/24");
    scenario_group(s, "front: eth0 eth1 eth2");
    s->hold_record = TRUE;
    scenario_start(s);
    scenario_advance(s, 2000);
    scenario_carrier(s, "eth0", FALSE);
    scenario_advance(s, 2000);
    expect_where(s, "10.0.0.10", "eth0+eth1");
    scenario_forget(s);
    scenario_carrier(s, "eth0", TRUE);
    scenario_carrier(s, "eth2", FALSE);
    scenario_advance(s, 2000);
    expect_where(s, "10.0.0.12", "eth2+eth1");
    g_assert_cmpint(scenario_find_op(s, MP_OP_ADDRESS_DEL, scenario_index(s, "eth1"), "10.0.0.10"),
                    <, 0);
    s->hold_record = FALSE;
    scenario_store_record(s);
    scenario_run(s);
    expect_where(s, "10.0.0.10", "eth0");
    expect_where(s, "10.0.0.12", "eth1");
}

static void record_never_waited_for(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO);

    s->hold_record = TRUE;
    scenario_forget(s);
    scenario_carrier(s, "eth0", FALSE);
    scenario_now(s);
    expect_where(s, "10.0.0.10", "eth1");
    expect_where(s, "2001:db8::10", "eth1");
    g_assert_cmpuint(s->announcements->len, >=, 4);
}

static void restart(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO);

    scenario_forget(s);
    scenario_restart(s);
    g_assert_cmpuint(s->ops->len, ==, 0);
    g_assert_cmpuint(s->announcements->len, ==, 0);
    expect_address(s, "10.0.0.10", MP_ADDRESS_UP, "eth0");
}

/* Though by the states alone eth1 would do. */
static void restart_with_standby(void)
{
    g_autoptr(Scenario) s =
        scenario_new_group("eth0 eth1 eth2", "eth0 10.0.0.10/24; eth1 10.0.0.11/24",
                           "front: eth0 eth1 eth2,standby; failback=no");

    scenario_carrier(s, "eth0", FALSE);
    scenario_run(s);
    scenario_carrier(s, "eth0", TRUE);
    scenario_advance(s, 4000);
    expect_where(s, "10.0.0.10", "eth2");
    scenario_forget(s);
    scenario_restart(s);
    scenario_run(s);
    expect_where(s, "10.0.0.10", "eth2");
    expect_active(s, "eth1 eth2");
    g_assert_cmpuint(s->ops->len, ==, 0);
}

static void restart_while_failed(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO);

    scenario_carrier(s, "eth0", FALSE);
    scenario_run(s);
    scenario_forget(s);
    scenario_restart(s);
    g_assert_cmpuint(s->ops->len, ==, 0);
    g_assert_cmpuint(s->announcements->len, ==, 0);
    expect_address(s, "10.0.0.10", MP_ADDRESS_UP, "eth0");
    scenario_carrier(s, "eth0", TRUE);
    scenario_run(s);
    expect_where(s, "10.0.0.10", "eth0");
    expect_where(s, "2001:db8::10", "eth0");
    scenario_delete(s, "front");
    expect_restored(s);
}

static void facts_survive(void)
{
    g_autoptr(Scenario) s =
        scenario_new_group("eth0 eth1 eth2", DATA, "front: eth0 eth1 eth2,standby; failback=no");

    scenario_offline(s, "eth2", 1, -1);
    scenario_carrier(s, "eth0", FALSE);
    scenario_run(s);
    scenario_carrier(s, "eth0", TRUE);
    scenario_run(s);
    scenario_delete_address(s, "eth1", "10.0.0.11", FAKE_SOMEONE);
    scenario_run(s);
    scenario_restart(s);
    expect_interface(s, "eth2", MP_INTERFACE_OFFLINE, MP_REASON_OFFLINE);
    expect_active(s, "eth1");
    expect_address(s, "10.0.0.10", MP_ADDRESS_UP, "eth0");
    expect_address(s, "10.0.0.11", MP_ADDRESS_WITHDRAWN, "eth1");
    expect_where(s, "10.0.0.11", "");
}

/* Of a group that is not configured now a damaged record has only the routes: each record has them
 * once. */
static void routes_alone(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1 eth2", DATA, "front: eth0 eth1");
    guint n;

    scenario_route(s, "10.8.0.0/16 via 10.0.0.1 eth0");
    scenario_run(s);
    n = s->record->routes->len;
    g_assert_cmpuint(n, >, 0);
    scenario_stop(s);
    g_ptr_array_set_size(s->record->members, 0);
    g_ptr_array_set_size(s->record->addresses, 0);
    g_ptr_array_set_size(s->config->groups, 0);
    scenario_group(s, "back: eth2");
    scenario_start(s);
    scenario_run(s);
    for (guint i = 0; i < 3; i++) {
        scenario_offline(s, "eth2", 0, -1);
        scenario_online(s, "eth2", -1);
    }
    g_assert_cmpuint(s->record->routes->len, ==, n);
}

/* Killed after `n` operations of a failover; the next life finishes the job. */
static int refuse_after(FakeKernel *kernel, const MpOp *op, gpointer user_data)
{
    guint *left = user_data;

    return *left ? ((*left)--, 0) : EINTR;
}

static gboolean kill_after(guint n, gboolean unplug)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO);
    guint left = n;

    if (unplug)
        scenario_unplug(s, "eth0");
    else
        scenario_carrier(s, "eth0", FALSE);
    s->refuse = refuse_after;
    s->refuse_data = &left;
    scenario_turn(s);
    scenario_turn(s);
    scenario_stop(s);
    s->refuse = NULL;
    scenario_start(s);
    scenario_run(s);
    expect_where(s, "10.0.0.10", "eth1");
    expect_where(s, "2001:db8::10", "eth1");
    expect_address(s, "10.0.0.10", MP_ADDRESS_UP, "eth0");
    expect_address(s, "2001:db8::10", MP_ADDRESS_UP, "eth0");
    if (!unplug) {
        scenario_carrier(s, "eth0", TRUE);
        scenario_run(s);
        scenario_delete(s, "front");
        expect_restored(s);
    }
    return left > 0;
}

static void killed_in_failover(void)
{
    guint n = 0;

    while (!kill_after(n, FALSE))
        g_assert_cmpuint(++n, <, 200);
}

static void killed_in_unplug(void)
{
    guint n = 0;

    while (!kill_after(n, TRUE))
        g_assert_cmpuint(++n, <, 200);
}

static void killed_in_setup(void)
{
    for (guint n = 0; n < 60; n++) {
        g_autoptr(Scenario) s = scenario_new("eth0 eth1");
        guint left = n;

        scenario_addresses(s, DATA);
        scenario_group(s, TWO);
        s->refuse = refuse_after;
        s->refuse_data = &left;
        scenario_start(s);
        for (guint turn = 0; turn < 6 && left; turn++)
            scenario_turn(s);
        scenario_stop(s);
        s->refuse = NULL;
        scenario_start(s);
        scenario_run(s);
        expect_where(s, "10.0.0.10", "eth0");
        scenario_delete(s, "front");
        expect_restored(s);
    }
}

static void killed_in_teardown(void)
{
    for (guint n = 0; n < 60; n++) {
        g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO);
        guint left = n;

        g_hash_table_remove_all(s->protected);
        s->refuse = refuse_after;
        s->refuse_data = &left;
        g_assert_true(mp_config_drop(s->config, "front"));
        mp_engine_configure(s->engine, s->config, FALSE, 99, fake_kernel_now(s->kernel), NULL);
        for (guint turn = 0; turn < 6 && left; turn++)
            scenario_turn(s);
        scenario_stop(s);
        s->refuse = NULL;
        scenario_start(s);
        scenario_run(s);
        expect_restored(s);
    }
}

/* Plan */

static void order_of_failover(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO);
    guint eth1 = scenario_index(s, "eth1");
    gint add, del;

    scenario_forget(s);
    scenario_carrier(s, "eth0", FALSE);
    scenario_run(s);
    add = scenario_find_op(s, MP_OP_ADDRESS_ADD, eth1, "10.0.0.10");
    del = scenario_find_op(s, MP_OP_ADDRESS_DEL, scenario_index(s, "eth0"), "10.0.0.10");
    g_assert_cmpint(add, >=, 0);
    g_assert_cmpint(add, <, del);
    if (first_kind(s, MP_OP_NEXTHOP_SET) >= 0)
        g_assert_cmpint(add, <, first_kind(s, MP_OP_NEXTHOP_SET));
    g_assert_cmpint(first_kind(s, MP_OP_NEXTHOP_SET), <, del);
}

static void secondaries_first(void)
{
    g_autoptr(Scenario) s = scenario_new_group(
        "eth0 eth1", "eth0 10.0.0.10/24 10.0.0.12/24 10.0.0.13/24; eth1 10.0.0.11/24", TWO);
    guint eth0 = scenario_index(s, "eth0");

    scenario_forget(s);
    scenario_carrier(s, "eth0", FALSE);
    scenario_run(s);
    g_assert_cmpint(scenario_find_op(s, MP_OP_ADDRESS_DEL, eth0, "10.0.0.13"), <,
                    scenario_find_op(s, MP_OP_ADDRESS_DEL, eth0, "10.0.0.10"));
    scenario_carrier(s, "eth0", TRUE);
    scenario_run(s);
    scenario_delete(s, "front");
    expect_restored(s);
}

static void ipv6_waits_for_its_message(void)
{
    g_autoptr(Scenario) s =
        scenario_new_group("eth0 eth1", "eth0 2001:db8::10/64", TWO "; anchor=no");
    MpAddress host = scenario_parse("2001:db8::10");
    MpAddress key = host;

    key.prefix = 0;
    g_hash_table_add(s->protected, g_memdup2(&key, sizeof key)); /* I5 without the anchor */
    scenario_offline(s, "eth0", 1, -1);
    expect_where(s, "2001:db8::10", "eth1");
    scenario_online(s, "eth0", -1);
    expect_where(s, "2001:db8::10", "eth0");
}

static void last_address_kept_company(void)
{
    g_autoptr(Scenario) s = scenario_new("eth0 eth1");
    MpAddress far = scenario_parse("10.9.9.9");

    scenario_addresses(s, "eth0 10.0.0.10/24; eth1 10.0.0.11/24");
    scenario_route(s, "10.9.0.0/16 via 10.0.0.1 eth0");
    scenario_group(s, TWO);
    scenario_start(s);
    scenario_run(s);
    scenario_carrier(s, "eth0", FALSE);
    scenario_run(s);
    /* Had the last IPv4 address gone from eth0, so would have the owner's route in main. */
    g_assert_nonnull(fake_route_lookup(s->kernel, MP_TABLE_MAIN, &far));
    scenario_carrier(s, "eth0", TRUE);
    scenario_run(s);
    scenario_delete(s, "front");
    expect_restored(s);
}

/* eth2 comes with another member's address, and one of its own is that one's secondary there. */
static void secondaries_of_a_newcomer(void)
{
    g_autoptr(Scenario) s = scenario_new("eth0 eth1 eth2");
    MpAddress own = scenario_parse("10.0.0.12/24");

    s->config->defaults.anchor = FALSE;
    scenario_addresses(s, DATA "; eth2 10.0.0.11/24 10.0.0.12/24");
    scenario_group(s, TWO);
    scenario_start(s);
    scenario_run(s);
    g_hash_table_add(s->protected, g_memdup2(&own, sizeof own)); /* I5 without the anchor */
    scenario_group(s, "front: eth0 eth1 eth2");
    scenario_apply(s, -1);
    expect_where(s, "10.0.0.11", "eth1");
    expect_where(s, "10.0.0.12", "eth2");
}

static void slow_answers(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO);

    fake_kernel_hold_acks(s->kernel, TRUE);
    scenario_carrier(s, "eth0", FALSE);
    scenario_advance(s, 2000);
    fake_kernel_hold_acks(s->kernel, FALSE);
    scenario_run(s);
    expect_where(s, "10.0.0.10", "eth1");
    expect_where(s, "2001:db8::10", "eth1");
}

static void dumps_fail(void)
{
    g_autoptr(Scenario) s = scenario_new("eth0 eth1");

    scenario_addresses(s, DATA);
    scenario_group(s, TWO);
    fake_kernel_fail_dumps(s->kernel, 3);
    scenario_start(s);
    scenario_run(s);
    expect_address(s, "10.0.0.10", MP_ADDRESS_UP, "eth0");
}

static int refuse_once(FakeKernel *kernel, const MpOp *op, gpointer user_data)
{
    guint *when = user_data;

    return *when && --*when == 0 ? ENOBUFS : 0;
}

static void passing_failure(void)
{
    for (guint n = 1; n < 40; n++) {
        g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO);
        guint when = n;

        s->refuse = refuse_once;
        s->refuse_data = &when;
        scenario_carrier(s, "eth0", FALSE);
        scenario_advance(s, 5000);
        expect_where(s, "10.0.0.10", "eth1");
        expect_where(s, "2001:db8::10", "eth1");
    }
}

static void lost_messages(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO);

    scenario_carrier(s, "eth0", FALSE);
    fake_kernel_overflow(s->kernel);
    scenario_run(s);
    expect_state(s, "eth0", MP_INTERFACE_FAILED);
    expect_where(s, "10.0.0.10", "eth1");
}

static void own_route_deleted(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO);
    MpAddress near = scenario_parse("10.0.0.77");
    MpOp op = {.kind = MP_OP_ROUTE_DEL};

    op.route = *fake_route_lookup(s->kernel, MP_TABLE_MAIN, &near);
    g_assert_cmpuint(op.route.protocol, ==, MP_PROTOCOL);
    g_assert_cmpint(fake_kernel_apply(s->kernel, &op, FAKE_SOMEONE), ==, 0);
    scenario_run(s);
    g_assert_cmpuint(fake_route_lookup(s->kernel, MP_TABLE_MAIN, &near)->protocol, ==, MP_PROTOCOL);
}

static guint count_own_rules(const Scenario *s)
{
    guint n = 0;

    for (guint i = 0; i < fake_n_rules(s->kernel); i++)
        n += fake_rule_nth(s->kernel, i)->protocol == MP_PROTOCOL;
    return n;
}

static void own_rule_deleted(void)
{
    g_autoptr(Scenario) s = scenario_new("eth0 eth1");
    g_autofree char *settled = NULL, *healed = NULL;
    MpOp op = {.kind = MP_OP_RULE_DEL};

    scenario_addresses(s, DATA);
    scenario_route(s, "default via 10.0.0.1 eth0");
    scenario_group(s, TWO);
    scenario_start(s);
    scenario_run(s);
    settled = fake_kernel_picture(s->kernel);
    g_assert_cmpuint(count_own_rules(s), >, 0);
    for (guint i = fake_n_rules(s->kernel); i-- > 0;) {
        op.rule = *fake_rule_nth(s->kernel, i);
        if (op.rule.protocol == MP_PROTOCOL)
            break;
    }
    g_assert_cmpint(fake_kernel_apply(s->kernel, &op, FAKE_SOMEONE), ==, 0);
    scenario_run(s);
    healed = fake_kernel_picture(s->kernel);
    g_assert_cmpstr(settled, ==, healed);
}

static void own_nexthop_deleted(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO);
    MpAddress near = scenario_parse("10.0.0.77");
    MpOp op = {.kind = MP_OP_NEXTHOP_DEL};

    op.nexthop.id = fake_route_lookup(s->kernel, MP_TABLE_MAIN, &near)->nhid;
    g_assert_cmpint(fake_kernel_apply(s->kernel, &op, FAKE_SOMEONE), ==, 0);
    scenario_run(s);
    g_assert_cmpuint(fake_route_lookup(s->kernel, MP_TABLE_MAIN, &near)->protocol, ==, MP_PROTOCOL);
}

static void anchor_deleted(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO);

    scenario_delete_address(s, "lo", "10.0.0.10", FAKE_SOMEONE);
    scenario_run(s); /* I1 asks for the anchor, whoever took it */
    expect_address(s, "10.0.0.10", MP_ADDRESS_UP, "eth0");
}

static void delete_restores(void)
{
    g_autoptr(Scenario) s = scenario_new("eth0 eth1 eth2");

    scenario_addresses(s,
                       "eth0 10.0.0.10/24 10.0.0.12/24 10.5.0.1/16 2001:db8::10/64 2001:db8::12/64;"
                       " eth1 10.0.0.11/24");
    scenario_route(s, "default via 10.0.0.1 eth0");
    scenario_route(s, "10.9.0.0/16 via 10.0.0.1 eth0");
    fake_sysctl_set(s->kernel, scenario_index(s, "eth1"), MP_SYSCTL_RP_FILTER, 1);
    scenario_group(s,
                   "front: eth0,10.0.0.99/24 eth1,test=10.0.0.211/24 eth2,standby; 10.0.0.98/24");
    scenario_start(s);
    scenario_run(s);
    scenario_delete(s, "front");
    expect_restored(s);
}

/* More than are looked at in one turn. */
#define MANY_ROUTES 700u

static Scenario *many_routes_lab(void)
{
    Scenario *s = scenario_new("eth0 eth1 eth9");

    scenario_addresses(s, "eth0 10.0.0.10/24; eth1 10.0.0.11/24; eth9 20.5.1.1/24");
    for (guint i = 0; i < MANY_ROUTES; i++) {
        g_autofree char *text =
            g_strdup_printf("20.%u.%u.0/24 via 10.0.0.1 eth0", i / 250, i % 250);

        scenario_route(s, text);
    }
    scenario_route(s, "20.0.0.0/8 via 10.0.0.1 eth0");
    scenario_group(s, "front: eth0 eth1");
    scenario_start(s);
    scenario_run(s);
    return s;
}

static guint n_route_ops(const Scenario *s)
{
    guint n = 0;

    for (guint i = 0; i < s->ops->len; i++) {
        const MpOp *op = &g_array_index(s->ops, MpOp, i);

        n += op->kind >= MP_OP_ROUTE_PREPEND && op->kind <= MP_OP_ROUTE_DEL ? 1 : 0;
    }
    return n;
}

/* Nexthop groups are what moves: not one route is touched, however many there are. */
static void many_routes(void)
{
    g_autoptr(Scenario) s = many_routes_lab();
    MpAddress inner = scenario_parse("20.5.1.7");
    const MpRoute *thrown = fake_route_lookup(s->kernel, MP_TABLE_ROUTES, &inner);

    g_assert_cmpuint(n_route_ops(s), ==, MANY_ROUTES + 5); /* the /8, the throw, the connected */
    g_assert_nonnull(thrown);
    g_assert_cmpuint(thrown->type, ==, MP_RTN_THROW);
    scenario_forget(s);
    scenario_carrier(s, "eth0", FALSE);
    scenario_run(s);
    scenario_carrier(s, "eth0", TRUE);
    scenario_run(s);
    g_assert_cmpuint(s->ops->len, >, 0);
    g_assert_cmpuint(n_route_ops(s), ==, 0);
    scenario_delete_route(s, "20.0.0.0/8 via 10.0.0.1 eth0");
    scenario_run(s);
    g_assert_cmpuint(n_route_ops(s), ==, 2); /* its copy, and the throw with it */
    scenario_route(s, "20.0.0.0/8 via 10.0.0.1 eth0");
    scenario_run(s);
    scenario_delete(s, "front");
    expect_restored(s);
}

/* The kernel flushes all of them with the device; they are given back with it, also by another
 * life. */
static void many_routes_flushed(void)
{
    g_autoptr(Scenario) s = many_routes_lab();
    MpAddress inner = scenario_parse("20.1.7.1");

    scenario_up(s, "eth0", FALSE);
    scenario_run(s);
    g_assert_cmpuint(fake_route_lookup(s->kernel, MP_TABLE_ROUTES, &inner)->nhid, !=, 0);
    g_assert_null(fake_route_lookup(s->kernel, MP_TABLE_MAIN, &inner));
    scenario_restart(s); /* known by the record alone now */
    scenario_run(s);
    scenario_up(s, "eth0", TRUE);
    scenario_run(s);
    g_assert_nonnull(fake_route_lookup(s->kernel, MP_TABLE_MAIN, &inner));
    scenario_delete(s, "front");
    expect_restored(s);
}

static void delete_after_failover(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1 eth2", DATA, "front: eth0 eth1 eth2");

    scenario_carrier(s, "eth0", FALSE);
    scenario_run(s);
    scenario_offline(s, "eth1", 1, -1);
    scenario_carrier(s, "eth0", TRUE);
    scenario_run(s);
    scenario_delete(s, "front");
    expect_restored(s);
}

static void delete_while_failed(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO);

    scenario_carrier(s, "eth0", FALSE);
    scenario_run(s);
    scenario_delete(s, "front");
    scenario_carrier(s, "eth0", TRUE);
    scenario_run(s);
    expect_restored(s);
}

static void sysctl_changed_by_others(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO);
    guint eth0 = scenario_index(s, "eth0");

    g_assert_cmpint(fake_sysctl_get(s->kernel, eth0, MP_SYSCTL_ARP_IGNORE), ==, 1);
    fake_sysctl_set(s->kernel, eth0, MP_SYSCTL_ARP_IGNORE, 2);
    scenario_delete(s, "front");
    /* It is no longer the value that we set: not ours to put back. */
    g_assert_cmpint(fake_sysctl_get(s->kernel, eth0, MP_SYSCTL_ARP_IGNORE), ==, 2);
}

/* Of the filter the kernel tells; then all are read again. */
static void sysctl_set_again(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO);
    guint eth0 = scenario_index(s, "eth0");

    fake_sysctl_set(s->kernel, eth0, MP_SYSCTL_ARP_IGNORE, 2);
    fake_sysctl_set(s->kernel, eth0, MP_SYSCTL_RP_FILTER, 1);
    scenario_run(s);
    g_assert_cmpint(fake_sysctl_get(s->kernel, eth0, MP_SYSCTL_ARP_IGNORE), ==, 1);
    g_assert_cmpint(fake_sysctl_get(s->kernel, eth0, MP_SYSCTL_RP_FILTER), ==, 2);
    scenario_restart(s);
    scenario_delete(s, "front");
    g_assert_cmpint(fake_sysctl_get(s->kernel, eth0, MP_SYSCTL_ARP_IGNORE), ==, 2);
    g_assert_cmpint(fake_sysctl_get(s->kernel, eth0, MP_SYSCTL_RP_FILTER), ==, 1);
}

/* The word of it is lost with others. */
static void sysctl_lost(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO);
    guint eth0 = scenario_index(s, "eth0");

    fake_sysctl_set(s->kernel, eth0, MP_SYSCTL_RP_FILTER, 1);
    fake_kernel_overflow(s->kernel);
    fake_sysctl_set(s->kernel, 0, MP_SYSCTL_RP_FILTER_ALL, 1);
    scenario_run(s);
    g_assert_cmpint(fake_sysctl_get(s->kernel, eth0, MP_SYSCTL_RP_FILTER), ==, 2);
    scenario_delete(s, "front");
    g_assert_cmpint(fake_sysctl_get(s->kernel, eth0, MP_SYSCTL_RP_FILTER), ==, 1);
}

/* What was found on the old device is not put on the new one. */
static void sysctl_of_another_device(void)
{
    g_autoptr(Scenario) s = scenario_new("eth0 eth1");
    guint eth0 = scenario_index(s, "eth0");

    scenario_addresses(s, DATA);
    fake_sysctl_set(s->kernel, eth0, MP_SYSCTL_ARP_FILTER, 1);
    scenario_group(s, TWO);
    scenario_start(s);
    scenario_run(s);
    g_assert_cmpint(fake_sysctl_get(s->kernel, eth0, MP_SYSCTL_ARP_FILTER), ==, 0);
    scenario_stop(s);
    fake_link_replug(s->kernel, eth0);
    scenario_start(s);
    scenario_run(s);
    g_assert_cmpint(fake_sysctl_get(s->kernel, eth0, MP_SYSCTL_ARP_IGNORE), ==, 1);
    scenario_delete(s, "front");
    g_assert_cmpint(fake_sysctl_get(s->kernel, eth0, MP_SYSCTL_ARP_FILTER), ==, 0);
    g_assert_cmpint(fake_sysctl_get(s->kernel, eth0, MP_SYSCTL_ARP_IGNORE), ==, 0);
}

/* What is said of all devices counts for each. */
static void sysctl_of_all(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO);
    guint eth0 = scenario_index(s, "eth0");
    gint before = fake_sysctl_get(s->kernel, eth0, MP_SYSCTL_RP_FILTER);

    g_assert_cmpint(before, ==, 0);
    fake_sysctl_set(s->kernel, 0, MP_SYSCTL_RP_FILTER_ALL, 1);
    scenario_run(s);
    g_assert_cmpint(fake_sysctl_get(s->kernel, eth0, MP_SYSCTL_RP_FILTER), ==, 2);
    scenario_delete(s, "front");
    g_assert_cmpint(fake_sysctl_get(s->kernel, eth0, MP_SYSCTL_RP_FILTER), ==, 0);
}

static void refused_request(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO);
    g_autofree char *settled = fake_kernel_picture(s->kernel), *after = NULL;

    scenario_forget(s);
    scenario_group(s, "front: eth0 eth1 lo,10.0.0.99/24");
    scenario_apply(s, MP_ERROR_NOT_SUITABLE);
    after = fake_kernel_picture(s->kernel);
    g_assert_cmpstr(settled, ==, after);
    g_assert_cmpuint(s->ops->len, ==, 0);
}

static guint count_placed(Scenario *s)
{
    guint placed = 0;

    for (guint i = 10; i < 18; i++) {
        g_autofree char *address = g_strdup_printf("10.0.0.%u", i);
        g_autofree char *where = scenario_where(s, address);

        placed += strcmp(where, "eth0") == 0;
    }
    return placed;
}

/* Of new addresses, anchors included: what else there is to do waits for nothing. */
static void turn_of_at_most(Scenario *s, guint limit)
{
    guint before = s->ops->len, asked = 0;
    MpAddress fresh = scenario_parse("10.0.0.0/24");

    g_assert_true(scenario_turn(s) || scenario_jump(s, G_MAXINT64));
    for (guint i = before; i < s->ops->len; i++) {
        const MpOp *op = &g_array_index(s->ops, MpOp, i);

        asked += op->kind == MP_OP_ADDRESS_ADD && mp_address_contains(&fresh, &op->address.address);
    }
    g_assert_cmpuint(asked, <=, limit);
}

/* What others miss does not wait for what has never been there. */
static void portions(void)
{
    g_autoptr(Scenario) s = scenario_new("eth0 eth1 eth2 eth3");
    g_autofree char *where = NULL;
    MpAddress moved = scenario_parse("10.1.0.10");

    moved.prefix = 0;
    scenario_addresses(s, "eth2 10.1.0.10/24");
    scenario_group(s,
                   "front: eth0,10.0.0.10/24,10.0.0.11/24,10.0.0.12/24,10.0.0.13/24,10.0.0.14/24,"
                   "10.0.0.15/24,10.0.0.16/24,10.0.0.17/24 eth1");
    scenario_group(s, "rear: eth2 eth3");
    s->portion = 2;
    scenario_start(s);
    while (count_placed(s) == 0)
        turn_of_at_most(s, G_MAXUINT); /* it jumps to the first moment at which there is one */
    g_assert_false(mp_engine_is_quiescent(s->engine));
    scenario_carrier(s, "eth2", FALSE);
    while (g_strcmp0(where, "eth3") != 0) {
        turn_of_at_most(s, 2); /* it moves */
        g_free(where);
        where = scenario_where(s, "10.1.0.10");
    }
    g_assert_cmpuint(count_placed(s), <, 8);
    g_assert_true(g_hash_table_contains(s->told, &moved)); /* before it was asked for */
    while (count_placed(s) < 8)
        turn_of_at_most(s, 2); /* it is taken from where it was */
    scenario_run(s);
    scenario_delete(s, "rear");
    scenario_delete(s, "front");
}

/* Some group object leads by it. */
static gboolean sends_by(Scenario *s, guint index)
{
    for (guint i = 0; i < fake_n_nexthops(s->kernel); i++) {
        const MpNexthop *group = fake_nexthop_nth(s->kernel, i);

        for (guint k = 0; k < group->n_members; k++) {
            const MpNexthop *single = fake_nexthop_find(s->kernel, group->members[k].id);

            if (single != NULL && single->oif == index)
                return TRUE;
        }
    }
    return FALSE;
}

/* Nor do settings of devices and routes. */
static void portions_rest(void)
{
    g_autoptr(Scenario) s = scenario_new("eth0 eth1 eth2 eth3");
    guint eth2 = scenario_index(s, "eth2"), eth3 = scenario_index(s, "eth3");

    scenario_addresses(s, "eth2 10.1.0.10/24; eth3 10.1.0.11/24");
    scenario_route(s, "10.8.0.0/16 via 10.1.0.1 eth2");
    scenario_group(s,
                   "front: eth0,10.0.0.10/24,10.0.0.11/24,10.0.0.12/24,10.0.0.13/24,10.0.0.14/24,"
                   "10.0.0.15/24,10.0.0.16/24,10.0.0.17/24 eth1");
    scenario_group(s, "rear: eth2 eth3");
    s->portion = 1;
    s->hold_record = TRUE;
    scenario_start(s);
    for (guint turn = 0; count_placed(s) < 7; turn++) { /* to store one takes longer than to hear */
        g_assert_true(scenario_turn(s) || scenario_jump(s, G_MAXINT64));
        if (turn % 2 == 1)
            scenario_store_record(s);
    }
    s->hold_record = FALSE;
    scenario_store_record(s);
    g_assert_cmpuint(count_placed(s), <, 8);
    g_assert_cmpint(fake_sysctl_get(s->kernel, eth2, MP_SYSCTL_ARP_IGNORE), ==, 1);
    g_assert_true(sends_by(s, eth2) && sends_by(s, eth3));
    scenario_run(s);
    scenario_delete(s, "rear");
    scenario_delete(s, "front");
}

/* But for those whose source is not there yet: the kernel would refuse them. */
static void portions_sources(void)
{
    g_autoptr(Scenario) s = scenario_new("eth0 eth1");

    scenario_group(s, "front: eth0,10.0.0.10/24,10.2.0.10/24,10.3.0.10/24,2001:db8::1/64,"
                      "2001:db8:1::1/64,2001:db8:2::1/64 eth1");
    s->portion = 1;
    scenario_start(s);
    scenario_run(s);
    g_assert_null(scenario_find_notice(s, MP_NOTICE_KERNEL, MP_REASON_REFUSED, NULL));
    scenario_delete(s, "front");
}

static int refuse_twelve(FakeKernel *kernel, const MpOp *op, gpointer user_data)
{
    MpAddress twelve = scenario_parse("10.0.0.12");

    (void)kernel;
    (void)user_data;
    return op->kind == MP_OP_ADDRESS_ADD && op->address.index != MP_LOOPBACK_INDEX &&
                   mp_address_equal_host(&op->address.address, &twelve)
               ? EINVAL
               : 0;
}

/* It is told and announced when it is there, whenever that is. */
static void portions_refused(void)
{
    g_autoptr(Scenario) s = scenario_new("eth0");
    MpAddress twelve = scenario_parse("10.0.0.12");

    twelve.prefix = 0;
    scenario_group(s, "front: eth0,10.0.0.10/24,10.0.0.11/24,10.0.0.12/24");
    s->portion = 1;
    s->refusing = TRUE;
    s->refuse = refuse_twelve;
    scenario_start(s);
    scenario_advance(s, 5000);
    expect_where(s, "10.0.0.12", "lo");
    s->refuse = NULL;
    scenario_advance(s, 600000);
    s->refusing = FALSE;
    scenario_run(s);
    expect_where(s, "10.0.0.12", "eth0");
    g_assert_true(g_hash_table_contains(s->told, &twelve));
    scenario_delete(s, "front");
}

static const Row rows[] = {
    {"/plan/portions", portions},
    {"/plan/portions-refused", portions_refused},
    {"/plan/portions-sources", portions_sources},
    {"/plan/portions-rest", portions_rest},
    {"/record/first", record_first},
    {"/record/never-stored", record_never_stored},
    {"/record/never-stored-primary", record_never_stored_primary},
    {"/record/never-waited-for", record_never_waited_for},
    {"/record/restart", restart},
    {"/record/restart-while-failed", restart_while_failed},
    {"/record/restart-with-standby", restart_with_standby},
    {"/record/facts-survive", facts_survive},
    {"/record/routes-alone", routes_alone},
    {"/record/killed-in-failover", killed_in_failover},
    {"/record/killed-in-unplug", killed_in_unplug},
    {"/record/killed-in-setup", killed_in_setup},
    {"/record/killed-in-teardown", killed_in_teardown},
    {"/plan/order-of-failover", order_of_failover},
    {"/plan/secondaries-first", secondaries_first},
    {"/plan/secondaries-of-a-newcomer", secondaries_of_a_newcomer},
    {"/plan/ipv6-waits-for-its-message", ipv6_waits_for_its_message},
    {"/plan/last-address-kept-company", last_address_kept_company},
    {"/plan/slow-answers", slow_answers},
    {"/plan/dumps-fail", dumps_fail},
    {"/plan/passing-failure", passing_failure},
    {"/plan/lost-messages", lost_messages},
    {"/plan/own-route-deleted", own_route_deleted},
    {"/plan/own-rule-deleted", own_rule_deleted},
    {"/plan/own-nexthop-deleted", own_nexthop_deleted},
    {"/plan/anchor-deleted", anchor_deleted},
    {"/plan/delete-restores", delete_restores},
    {"/plan/many-routes", many_routes},
    {"/plan/many-routes-flushed", many_routes_flushed},
    {"/plan/delete-after-failover", delete_after_failover},
    {"/plan/delete-while-failed", delete_while_failed},
    {"/plan/sysctl-changed-by-others", sysctl_changed_by_others},
    {"/plan/sysctl-set-again", sysctl_set_again},
    {"/plan/sysctl-lost", sysctl_lost},
    {"/plan/sysctl-of-another-device", sysctl_of_another_device},
    {"/plan/sysctl-of-all", sysctl_of_all},
    {"/plan/refused-request", refused_request},
};

int main(int argc, char **argv)
{
    return scenario_main(argc, argv, rows, G_N_ELEMENTS(rows));
}
