/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Every operation of every kind of change is refused, once and for good, with everything that a
 * kernel can say; and the daemon dies after each of them and after each record. */
#include "harness-network.h"

#include "oplog.h"

#define DATA "eth0 10.0.0.10/24 10.0.0.12/24 2001:db8::10/64; eth1 10.0.0.11/24 2001:db8::11/64"
#define LINKS "eth0 eth1 eth2"
#define GROUP "front: eth0 eth1 eth2,standby"
#define MANY 400u /* operations in a case are far fewer */
#define LIFT_MS 700000

static const int errors[] = {EPERM,      EACCES,    ENOMEM,      ENOBUFS,       EBUSY, ENODEV,
                             ENETDOWN,   EEXIST,    ENOENT,      EINVAL,        ESRCH, EOPNOTSUPP,
                             EADDRINUSE, ENOTEMPTY, ENETUNREACH, EADDRNOTAVAIL, EINTR, ENOSPC};

/* What happens, after a start that may be part of it. */
typedef struct {
    const char *name;
    void (*before)(Scenario *s);
    void (*act)(Scenario *s); /* NULL: the start is what is looked at */
} Case;

static void configure(Scenario *s, const char *text)
{
    scenario_group(s, text);
    s->outside++;
    mp_engine_configure(s->engine, s->config, FALSE, ++s->request, fake_kernel_now(s->kernel),
                        NULL);
}

static void fail(Scenario *s)
{
    scenario_carrier(s, "eth0", FALSE);
}

static void fail_and_rest(Scenario *s)
{
    fail(s);
    scenario_run(s);
}

static void repair(Scenario *s)
{
    scenario_carrier(s, "eth0", TRUE);
}

static void unplug(Scenario *s)
{
    scenario_unplug(s, "eth0");
}

static void set_down(Scenario *s)
{
    scenario_up(s, "eth0", FALSE);
}

static void take_offline(Scenario *s)
{
    s->outside++;
    mp_engine_offline(s->engine, "eth0", 1, ++s->request, fake_kernel_now(s->kernel), NULL);
}

static void make_standby(Scenario *s)
{
    configure(s, "front: eth0,standby eth1 eth2,standby");
}

static void declare(Scenario *s)
{
    configure(s, GROUP "; 10.0.0.77/24 2001:db8::77/64");
}

static void take_member_away(Scenario *s)
{
    g_hash_table_remove_all(s->protected);
    configure(s, "front: eth1 eth2,standby");
}

static void delete (Scenario *s)
{
    g_hash_table_remove_all(s->protected);
    s->outside++;
    mp_config_drop(s->config, "front");
    mp_engine_configure(s->engine, s->config, FALSE, ++s->request, fake_kernel_now(s->kernel),
                        NULL);
}

static void add_routes(Scenario *s)
{
    scenario_route(s, "10.9.0.0/16 via 10.0.0.1 eth0");
    scenario_route(s, "default via 10.0.0.1 eth1");
    scenario_route(s, "2001:db8:9::/48 via fe80::1 eth0");
}

static void add_test_address(Scenario *s)
{
    configure(s, "front: eth0,test=10.0.0.210/24 eth1 eth2,standby; target=10.0.0.1");
}

static void set_down_and_rest(Scenario *s)
{
    set_down(s);
    scenario_run(s);
}

/* The routes that the kernel flushed are given back. */
static void set_up(Scenario *s)
{
    scenario_up(s, "eth0", TRUE);
}

/* A member without an IPv4 address sends through a gateway that its probes have confirmed. */
static void send_without_address(Scenario *s)
{
    network_hosts(s, "10.0.0.1");
    scenario_route(s, "default via 10.0.0.1 eth1");
    configure(s, "front: eth0 eth1 eth2; method=arp fdt=1000 target=10.0.0.1");
}

static void send_and_rest(Scenario *s)
{
    send_without_address(s);
    scenario_advance(s, 10000);
}

static const Case cases[] = {
    {"adoption", NULL, NULL},
    {"failover", NULL, fail},
    {"unplug", NULL, unplug},
    {"admin-down", NULL, set_down},
    {"failback", fail_and_rest, repair},
    {"offline", NULL, take_offline},
    {"standby", NULL, make_standby},
    {"declare", NULL, declare},
    {"member", NULL, take_member_away},
    {"delete", NULL, delete},
    {"routes", NULL, add_routes},
    {"test-address", NULL, add_test_address},
    {"admin-up", set_down_and_rest, set_up},
    {"gateway", NULL, send_without_address},
    {"no-gateway", send_and_rest, make_standby},
};

/* Which operation is refused. */
typedef struct {
    guint at, seen;
    int error;
    gboolean forever, hit;
    MpOp op;
} Refusal;

static int on_refuse(FakeKernel *kernel, const MpOp *op, gpointer user_data)
{
    Refusal *refusal = user_data;

    if (refusal->seen++ == refusal->at) {
        refusal->hit = TRUE;
        refusal->op = *op;
        return refusal->error;
    }
    return refusal->hit && refusal->forever && op->kind == refusal->op.kind &&
                   mp_oplog_same_object(op, &refusal->op)
               ? refusal->error
               : 0;
}

static Scenario *begin(const Case *c)
{
    Scenario *s = scenario_new(LINKS);

    s->collect = TRUE;
    scenario_addresses(s, DATA);
    scenario_route(s, "10.8.0.0/16 via 10.0.0.1 eth0");
    scenario_group(s, GROUP);
    if (!c->act)
        return s;
    scenario_start(s);
    scenario_run(s);
    if (c->before)
        c->before(s);
    return s;
}

static void act(const Case *c, Scenario *s)
{
    if (c->act)
        c->act(s);
    else
        scenario_start(s);
}

/* Whatever it was, everything is as before in the end. */
static void restore(Scenario *s)
{
    if (!fake_link_index(s->kernel, "eth0"))
        scenario_plug(s, "eth0");
    scenario_up(s, "eth0", TRUE);
    scenario_carrier(s, "eth0", TRUE);
    scenario_run(s);
    if (s->failure)
        return;
    /* A deletion that was refused is asked for again. */
    g_hash_table_remove_all(s->protected);
    if (mp_config_find(s->config, "front"))
        mp_config_drop(s->config, "front");
    s->outside++;
    mp_engine_configure(s->engine, s->config, FALSE, ++s->request, fake_kernel_now(s->kernel),
                        NULL);
    scenario_run(s);
}

static guint count_on_devices(Scenario *s, const char *address)
{
    MpAddress host = scenario_parse(address);
    guint n = 0;

    for (guint i = 0; i < fake_n_addresses(s->kernel); i++)
        n += fake_address_nth(s->kernel, i)->index != MP_LOOPBACK_INDEX &&
             mp_address_equal_host(&fake_address_nth(s->kernel, i)->address, &host);
    return n;
}

/* After Delete: each once, and nothing of ours. */
static void check_end(Scenario *s)
{
    static const char *const found[] = {"10.0.0.10", "10.0.0.11", "10.0.0.12", "2001:db8::10",
                                        "2001:db8::11"};

    for (guint i = 0; i < G_N_ELEMENTS(found); i++)
        if (count_on_devices(s, found[i]) != 1)
            scenario_fail(s, "I8", "%s is on %u devices", found[i], count_on_devices(s, found[i]));
    for (guint i = 0; i < fake_n_addresses(s->kernel); i++)
        if (fake_address_nth(s->kernel, i)->protocol == MP_PROTOCOL)
            scenario_fail(s, "I8", "an address of ours is left");
    for (guint i = 0; i < fake_n_routes(s->kernel); i++)
        if (fake_route_nth(s->kernel, i)->protocol == MP_PROTOCOL)
            scenario_fail(s, "I8", "a route of ours is left");
    for (guint i = 0; i < fake_n_rules(s->kernel); i++)
        if (fake_rule_nth(s->kernel, i)->protocol == MP_PROTOCOL)
            scenario_fail(s, "I8", "a rule of ours is left");
    for (guint i = 0; i < fake_n_nexthops(s->kernel); i++)
        if (fake_nexthop_nth(s->kernel, i)->protocol == MP_PROTOCOL)
            scenario_fail(s, "I8", "a nexthop of ours is left");
    for (guint link = 2; link < 5; link++)
        for (guint key = 0; key < MP_SYSCTL_FIRST_GLOBAL; key++)
            if (fake_sysctl_get(s->kernel, link, key) > 0)
                scenario_fail(s, "I8", "a setting of ours is left on %u", link);
}

/* How often an operation of this kind was refused so. */
typedef guint Matrix[MP_N_OP_KINDS][G_N_ELEMENTS(errors)];

/* FALSE: there are fewer operations than that. */
static gboolean refuse_one(const Case *c, guint at, guint number, gboolean forever, Matrix matrix)
{
    int error = errors[number];
    g_autoptr(Scenario) s = begin(c);
    Refusal refusal = {.at = at, .error = error, .forever = forever};

    s->refuse = on_refuse;
    s->refuse_data = &refusal;
    s->refusing = TRUE;
    act(c, s);
    scenario_run(s);
    if (!s->failure)
        scenario_advance(s, 20000);
    refusal.forever = FALSE;
    refusal.at = G_MAXUINT;
    if (!s->failure)
        scenario_advance(s, LIFT_MS);
    s->refusing = FALSE;
    if (!s->failure)
        scenario_run(s);
    if (!s->failure)
        restore(s);
    if (!s->failure)
        check_end(s);
    if (s->failure) {
        g_autofree char *op = mp_op_to_string(&refusal.op);

        g_error("%s, operation %u (%s), %s %s: %s", c->name, at, op, g_strerror(error),
                forever ? "for good" : "once", s->failure);
    }
    if (refusal.hit)
        matrix[refusal.op.kind][number]++;
    return refusal.hit;
}

/* The plain build has them all. */
#ifdef __SANITIZE_ADDRESS__
static const gboolean is_sample = TRUE;
#else
static const gboolean is_sample = FALSE;
#endif

static gboolean is_skipped(guint number)
{
    return is_sample && number % 9 != 0;
}

/* A new kind of operation has to occur in some case. */
static void check_matrix(Matrix matrix)
{
    for (guint kind = 0; kind < MP_N_OP_KINDS; kind++)
        for (guint e = 0; e < G_N_ELEMENTS(errors); e++)
            if (!matrix[kind][e])
                g_test_fail_printf("%s was never refused with %s", mp_op_kind_to_string(kind),
                                   g_strerror(errors[e]));
}

static void refused(gboolean forever)
{
    Matrix matrix = {0};
    guint number = 0;

    for (guint c = 0; c < G_N_ELEMENTS(cases); c++) {
        gboolean any = TRUE;
        guint at;

        for (at = 0; any && at < MANY; at++) {
            any = FALSE;
            for (guint e = 0; e < G_N_ELEMENTS(errors); e++)
                if (!is_skipped(number++ + at))
                    any |= refuse_one(&cases[c], at, e, forever, matrix);
        }
        g_test_message("%s: %u operations", cases[c].name, at - 1);
        g_assert_cmpuint(at, >, 1);
        g_assert_cmpuint(at, <, MANY);
    }
    if (!is_sample)
        check_matrix(matrix);
}

static void refused_once(void)
{
    refused(FALSE);
}

static void refused_for_good(void)
{
    refused(TRUE);
}

/* The daemon dies after so many operations, or when so many records were stored. */
typedef struct {
    Scenario *s;
    guint ops, records;
    guint64 first_serial;
    gboolean dead;
} Death;

static int on_death(FakeKernel *kernel, const MpOp *op, gpointer user_data)
{
    Death *death = user_data;
    Scenario *s = death->s;

    if (death->records != G_MAXUINT && s->record &&
        s->record->serial >= death->first_serial + death->records)
        death->dead = TRUE;
    if (!death->ops)
        death->dead = TRUE;
    if (death->dead) {
        s->hold_record = TRUE;
        return EINTR;
    }
    death->ops--;
    return 0;
}

static gboolean kill_one(const Case *c, guint ops, guint records)
{
    g_autoptr(Scenario) s = begin(c);
    Death death = {.s = s, .ops = ops, .records = records};

    death.first_serial = s->record ? s->record->serial : 0;
    s->refuse = on_death;
    s->refuse_data = &death;
    act(c, s);
    for (guint turn = 0; turn < 60 && !death.dead && !s->failure; turn++)
        scenario_turn(s);
    scenario_stop(s);
    s->refuse = NULL;
    s->hold_record = FALSE;
    scenario_start(s);
    scenario_run(s);
    if (!s->failure)
        scenario_advance(s, 70000);
    if (!s->failure)
        restore(s);
    if (!s->failure)
        check_end(s);
    if (s->failure)
        g_error("%s, killed after %u operations, %u records: %s", c->name, ops, records,
                s->failure);
    return death.dead;
}

static void killed(void)
{
    for (guint c = 0; c < G_N_ELEMENTS(cases); c++) {
        guint n = 0;

        while (kill_one(&cases[c], n, G_MAXUINT))
            g_assert_cmpuint(++n, <, MANY);
        g_assert_cmpuint(n, >, 0);
    }
}

static void killed_at_records(void)
{
    for (guint c = 0; c < G_N_ELEMENTS(cases); c++)
        for (guint n = 0; n < 12; n++)
            kill_one(&cases[c], MANY, n);
}

/* Rows for what these have found. */

static int refuse_adds(FakeKernel *kernel, const MpOp *op, gpointer user_data)
{
    return op->kind == MP_OP_ADDRESS_ADD && op->address.index != MP_LOOPBACK_INDEX ? EPERM : 0;
}

static void refused_by_all(void)
{
    g_autoptr(Scenario) s =
        scenario_new_group("eth0 eth1", "eth0 10.0.0.10/24; eth1 10.0.0.11/24", "front: eth0 eth1");

    s->refuse = refuse_adds;
    s->refusing = TRUE;
    scenario_unplug(s, "eth0");
    scenario_run(s);
    expect_where(s, "10.0.0.10", "lo");
    s->refuse = NULL;
    scenario_advance(s, 61000);
    s->refusing = FALSE;
    scenario_run(s);
    expect_where(s, "10.0.0.10", "eth1");
}

static void in_two_groups(void)
{
    g_autoptr(Scenario) s = scenario_new("eth0 eth1 eth2");

    scenario_addresses(s, "eth0 10.0.0.10/24; eth1 10.0.0.11/24; eth2 10.5.0.10/24");
    scenario_group(s, "front: eth0 eth1");
    scenario_group(s, "back: eth2");
    scenario_start(s);
    scenario_run(s);
    scenario_addresses(s, "eth2 10.0.0.10/24");
    scenario_run(s);
    expect_where(s, "10.0.0.10", "eth0+eth2");
    expect_address(s, "10.0.0.10", MP_ADDRESS_UP, "eth0");
    scenario_delete_address(s, "eth0", "10.0.0.10", FAKE_SOMEONE);
    scenario_advance(s, 1000);
    scenario_run(s);
    expect_where(s, "10.0.0.10", "eth2");
    expect_address(s, "10.0.0.10", MP_ADDRESS_UP, "eth2");
}

static void renamed_then_deleted(void)
{
    g_autoptr(Scenario) s =
        scenario_new_group("eth0 eth1", "eth0 10.0.0.10/24; eth1 10.0.0.11/24", "front: eth0 eth1");
    guint index = scenario_index(s, "eth0");

    fake_link_rename(s->kernel, index, "lan0");
    scenario_run(s);
    g_assert_cmpint(fake_sysctl_get(s->kernel, index, MP_SYSCTL_ARP_IGNORE), ==, 0);
    scenario_delete(s, "front");
    g_assert_cmpint(fake_sysctl_get(s->kernel, index, MP_SYSCTL_ARP_IGNORE), ==, 0);
}

/* What was set is on its way, and nobody knows yet whether it arrived. */
static void deleted_then_renamed(void)
{
    g_autoptr(Scenario) s = scenario_new("eth0 eth1");
    guint index = scenario_index(s, "eth0");

    scenario_addresses(s, "eth0 10.0.0.10/24; eth1 10.0.0.11/24");
    scenario_group(s, "front: eth0 eth1");
    scenario_start(s);
    fake_kernel_hold_acks(s->kernel, TRUE);
    scenario_now(s);
    g_assert_cmpint(fake_sysctl_get(s->kernel, index, MP_SYSCTL_ARP_IGNORE), ==, 1);
    fake_link_rename(s->kernel, index, "lan0");
    delete (s);
    fake_kernel_hold_acks(s->kernel, FALSE);
    scenario_run(s);
    for (guint key = 0; key < MP_SYSCTL_FIRST_GLOBAL; key++)
        g_assert_cmpint(fake_sysctl_get(s->kernel, index, key), <=, 0);
}

/* Its settings are asked for, and nobody is there to answer. */
static void renamed_then_removed(void)
{
    g_autoptr(Scenario) s =
        scenario_new_group("eth0 eth1", "eth0 10.0.0.10/24; eth1 10.0.0.11/24", "front: eth0 eth1");
    guint index = scenario_index(s, "eth0");

    fake_link_rename(s->kernel, index, "lan0");
    scenario_plug(s, "eth0");
    fake_link_delete(s->kernel, index);
    scenario_run(s);
    expect_where(s, "10.0.0.10", "eth0");
    scenario_delete(s, "front");
    expect_where(s, "10.0.0.10", "eth0");
}

static int busy_for_back(FakeKernel *kernel, const MpOp *op, gpointer user_data)
{
    MpAddress back = scenario_parse("10.5.0.10");

    return op->kind == MP_OP_ADDRESS_ADD && op->address.index != MP_LOOPBACK_INDEX &&
                   mp_address_equal_host(&op->address.address, &back)
               ? EBUSY
               : 0;
}

static int never_for_back(FakeKernel *kernel, const MpOp *op, gpointer user_data)
{
    return busy_for_back(kernel, op, user_data) ? EPERM : 0;
}

static Scenario *two_groups(void)
{
    Scenario *s = scenario_new("eth0 eth1 eth2 eth3");

    scenario_addresses(s, "eth0 10.0.0.10/24; eth1 10.0.0.11/24; eth2 10.5.0.10/24");
    scenario_group(s, "front: eth0 eth1");
    scenario_group(s, "back: eth2 eth3");
    scenario_start(s);
    scenario_run(s);
    s->refusing = TRUE;
    return s;
}

static gboolean is_answered(Scenario *s, GError **out_error)
{
    guint64 request = s->request;
    gpointer error = NULL;
    gboolean answered = g_hash_table_lookup_extended(s->done, &request, NULL, &error);

    *out_error = error;
    return answered;
}

/* What another group waits for holds up nobody. */
static void another_waits(void)
{
    g_autoptr(Scenario) s = two_groups();
    GError *error;

    s->refuse = busy_for_back;
    scenario_carrier(s, "eth2", FALSE);
    scenario_advance(s, 10);
    take_offline(s);
    scenario_advance(s, 500);
    g_assert_true(is_answered(s, &error));
    g_assert_no_error(error);
    expect_state(s, "eth0", MP_INTERFACE_OFFLINE);
}

/* What is refused of another group fails no request. */
static void another_is_refused(void)
{
    g_autoptr(Scenario) s = two_groups();
    GError *error;

    s->refuse = never_for_back;
    scenario_carrier(s, "eth2", FALSE);
    scenario_group(s, "front: eth0 eth1; 10.0.0.77/24");
    s->outside++;
    g_assert_true(mp_engine_configure(s->engine, s->config, FALSE, ++s->request,
                                      fake_kernel_now(s->kernel), NULL));
    scenario_advance(s, 500);
    g_assert_true(is_answered(s, &error));
    g_assert_no_error(error);
    expect_where(s, "10.0.0.77", "eth0");
    take_offline(s);
    scenario_advance(s, 500);
    g_assert_true(is_answered(s, &error));
    g_assert_no_error(error);
}

static const Row rows[] = {
    {"/faults/refused-by-all", refused_by_all},
    {"/faults/in-two-groups", in_two_groups},
    {"/faults/renamed-then-deleted", renamed_then_deleted},
    {"/faults/deleted-then-renamed", deleted_then_renamed},
    {"/faults/renamed-then-removed", renamed_then_removed},
    {"/faults/another-waits", another_waits},
    {"/faults/another-is-refused", another_is_refused},
    {"/faults/refused-once", refused_once},
    {"/faults/refused-for-good", refused_for_good},
    {"/faults/killed", killed},
    {"/faults/killed-at-records", killed_at_records},
};

int main(int argc, char **argv)
{
    return scenario_main(argc, argv, rows, G_N_ELEMENTS(rows));
}
