/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Batches: answered in order, idempotent, each operation for itself; and who did it. */
#include "contract.h"
#include <errno.h>

static void test_answers_in_order(void)
{
    Fixture *fixture = fixture_new();
    guint eth0 = fixture_link_add(fixture, "eth0");
    expect_link(fixture, eth0, TRUE, TRUE);
    fixture_forget(fixture);
    MpOp ops[64];
    for (guint i = 0; i < G_N_ELEMENTS(ops); i++) {
        g_autofree char *text = g_strdup_printf("192.0.2.%u/24", i + 1);
        ops[i] = op_address(MP_OP_ADDRESS_ADD, eth0, text);
    }
    ops[7] = (MpOp){.kind = MP_OP_SYSCTL_SET, .sysctl = {eth0, MP_SYSCTL_PROMOTE_SECONDARIES, 1}};
    g_assert_cmpint(fixture_submit(fixture, ops, G_N_ELEMENTS(ops)), ==, 0);
    g_assert_cmpuint(fixture_count(fixture, MP_EVENT_OP_DONE), ==, G_N_ELEMENTS(ops));
    guint64 last = 0;
    for (guint i = 0; i < G_N_ELEMENTS(ops); i++) {
        const MpEvent *done = fixture_event(fixture, MP_EVENT_OP_DONE, i);
        g_assert_cmpint(done->error, ==, 0);
        g_assert_cmpuint(done->op_id, ==, last + 1);
        last = done->op_id;
    }
    fixture_free(fixture);
}

/* The answer comes after what was notified because of it. */
static void test_effect_before_answer(void)
{
    Fixture *fixture = fixture_new();
    guint eth0 = fixture_link_add(fixture, "eth0");
    settle(fixture);
    fixture_forget(fixture);
    g_assert_cmpint(submit(fixture, op_address(MP_OP_ADDRESS_ADD, eth0, "192.0.2.10/24")), ==, 0);
    const MpEvent *told = told_address(fixture, MP_EVENT_ADDRESS, eth0, "192.0.2.10/24");
    const MpEvent *done = fixture_event(fixture, MP_EVENT_OP_DONE, 0);
    g_assert_cmpuint(position(fixture, told), <, position(fixture, done));
    g_assert_true(told->by_us);
    g_assert_cmpuint(told->port_id, !=, 0);
    g_assert_cmpuint(told->address.protocol, ==, MP_PROTOCOL);
    fixture_free(fixture);
}

/* Exactly one event of this kind, ours, before the answer. */
static void check_told_once(Fixture *fixture, MpOp op, MpEventKind kind)
{
    fixture_forget(fixture);
    g_assert_cmpint(submit(fixture, op), ==, 0);
    g_assert_cmpuint(fixture_count(fixture, kind), ==, 1);
    const MpEvent *told = fixture_event(fixture, kind, 0);
    g_assert_true(told->by_us);
    g_assert_cmpuint(position(fixture, told), <,
                     position(fixture, fixture_event(fixture, MP_EVENT_OP_DONE, 0)));
}

static void test_each_kind_is_told(void)
{
    Fixture *fixture = fixture_new();
    guint eth0 = fixture_link_add(fixture, "eth0");
    settle(fixture);
    check_told_once(fixture, op_address(MP_OP_ADDRESS_ADD, eth0, "192.0.2.10/32"),
                    MP_EVENT_ADDRESS);
    check_told_once(fixture, op_rule(MP_OP_RULE_ADD, MP_IPV6, MP_TABLE_MAIN, 0), MP_EVENT_RULE);
    check_told_once(fixture, op_nexthop(OUR_NEXTHOP, eth0, MP_IPV4, NULL), MP_EVENT_NEXTHOP);
    MpOp route = op_route_nhid(MP_OP_ROUTE_ADD, MP_TABLE_ROUTES, "198.51.100.0/24", OUR_NEXTHOP);
    check_told_once(fixture, route, MP_EVENT_ROUTE);
    route.kind = MP_OP_ROUTE_DEL;
    check_told_once(fixture, route, MP_EVENT_ROUTE_GONE);
    MpOp nexthop = {.kind = MP_OP_NEXTHOP_DEL, .nexthop.id = OUR_NEXTHOP};
    check_told_once(fixture, nexthop, MP_EVENT_NEXTHOP_GONE);
    check_told_once(fixture, op_rule(MP_OP_RULE_DEL, MP_IPV6, MP_TABLE_MAIN, 0),
                    MP_EVENT_RULE_GONE);
    check_told_once(fixture, op_address(MP_OP_ADDRESS_DEL, eth0, "192.0.2.10/32"),
                    MP_EVENT_ADDRESS_GONE);
    fixture_free(fixture);
}

static void test_failure_in_the_middle(void)
{
    Fixture *fixture = fixture_new();
    guint eth0 = fixture_link_add(fixture, "eth0");
    MpOp ops[] = {
        op_address(MP_OP_ADDRESS_ADD, eth0, "192.0.2.10/24"),
        op_route_nhid(MP_OP_ROUTE_ADD, MP_TABLE_MAIN, "198.51.100.0/24", OUR_NEXTHOP + 7),
        op_address(MP_OP_ADDRESS_ADD, eth0, "192.0.2.11/24"),
    };
    g_assert_cmpint(fixture_submit(fixture, ops, G_N_ELEMENTS(ops)), ==, 0);
    g_assert_cmpint(fixture_event(fixture, MP_EVENT_OP_DONE, 0)->error, ==, 0);
    g_assert_cmpint(fixture_event(fixture, MP_EVENT_OP_DONE, 1)->error, ==, EINVAL);
    g_assert_nonnull(ask_address(fixture, eth0, "192.0.2.10/24"));
    g_assert_nonnull(ask_address(fixture, eth0, "192.0.2.11/24"));
    fixture_free(fixture);
}

static void check_address_cycle(Fixture *fixture, guint index, const char *text)
{
    MpOp add = op_address(MP_OP_ADDRESS_ADD, index, text);
    MpOp del = op_address(MP_OP_ADDRESS_DEL, index, text);
    g_assert_cmpint(submit(fixture, add), ==, 0);
    g_assert_cmpint(submit(fixture, add), ==, 0);
    g_assert_nonnull(ask_address(fixture, index, text));
    g_assert_cmpint(submit(fixture, del), ==, 0);
    g_assert_cmpint(submit(fixture, del), ==, 0);
    g_assert_null(ask_address(fixture, index, text));
    del.address.index = 9999; /* no such device */
    g_assert_cmpint(submit(fixture, del), ==, 0);
    add.address.index = 9999;
    g_assert_cmpint(submit(fixture, add), ==, ENODEV);
}

static void test_address_cycle(void)
{
    Fixture *fixture = fixture_new();
    guint eth0 = fixture_link_add(fixture, "eth0");
    check_address_cycle(fixture, eth0, "192.0.2.10/24");
    check_address_cycle(fixture, eth0, "2001:db8::10/64");
    fixture_free(fixture);
}

static void test_address_attributes(void)
{
    Fixture *fixture = fixture_new();
    guint eth0 = fixture_link_add(fixture, "eth0");
    MpOp op = op_address(MP_OP_ADDRESS_ADD, eth0, "192.0.2.10/24");
    op.address.flags = MP_IFA_NOPREFIXROUTE;
    op.address.metric = 77;
    op.address.has_broadcast = TRUE;
    memcpy(op.address.broadcast, "\xc0\x00\x02\xff", 4);
    g_strlcpy(op.address.label, "eth0:home", sizeof op.address.label);
    op.address.valid_s = 1000;
    op.address.preferred_s = 500;
    g_assert_cmpint(submit(fixture, op), ==, 0);
    const MpIfaddr *got = &ask_address(fixture, eth0, "192.0.2.10/24")->address;
    g_assert_cmpuint(got->flags & MP_IFA_NOPREFIXROUTE, !=, 0);
    g_assert_cmpuint(got->metric, ==, 77);
    g_assert_true(got->has_broadcast);
    g_assert_cmpmem(got->broadcast, 4, "\xc0\x00\x02\xff", 4);
    g_assert_cmpstr(got->label, ==, "eth0:home");
    g_assert_cmpuint(got->valid_s, >=, 990);
    g_assert_cmpuint(got->valid_s, <=, 1000);
    g_assert_cmpuint(got->preferred_s, <=, 500);
    /* In place: new lifetimes, another mark. */
    op.address.valid_s = op.address.preferred_s = MP_FOREVER;
    op.address.protocol = 0;
    g_assert_cmpint(submit(fixture, op), ==, 0);
    got = &ask_address(fixture, eth0, "192.0.2.10/24")->address;
    g_assert_cmpuint(got->valid_s, ==, MP_FOREVER);
    fixture_free(fixture);
}

/* A label that is the device's name is told as none. */
static void test_plain_label(void)
{
    Fixture *fixture = fixture_new();
    guint eth0 = fixture_link_add(fixture, "eth0");
    foreign_address(fixture, eth0, "192.0.2.10/24");
    g_assert_cmpstr(expect_address(fixture, MP_EVENT_ADDRESS, eth0, "192.0.2.10/24")->address.label,
                    ==, "");
    fixture_free(fixture);
}

static void test_foreign_port(void)
{
    Fixture *fixture = fixture_new();
    guint eth0 = fixture_link_add(fixture, "eth0");
    foreign_address(fixture, eth0, "192.0.2.10/24");
    const MpEvent *told = expect_address(fixture, MP_EVENT_ADDRESS, eth0, "192.0.2.10/24");
    g_assert_cmpuint(told->port_id, !=, 0);
    g_assert_false(told->by_us);
    fixture_free(fixture);
}

static void test_ipv6_address_has_no_port(void)
{
    Fixture *fixture = fixture_new();
    guint eth0 = fixture_link_add(fixture, "eth0");
    g_assert_cmpint(submit(fixture, op_address(MP_OP_ADDRESS_ADD, eth0, "2001:db8::10/64")), ==, 0);
    const MpEvent *told = expect_address(fixture, MP_EVENT_ADDRESS, eth0, "2001:db8::10/64");
    g_assert_cmpuint(told->port_id, ==, 0);
    g_assert_false(told->by_us);
    g_assert_cmpuint(told->address.flags & MP_IFA_TENTATIVE, ==, 0);
    fixture_free(fixture);
}

static gint sysctl_told(Fixture *fixture, guint index, MpSysctl key)
{
    fixture_forget(fixture);
    fixture->kernel->read_sysctls(fixture->kernel, index);
    const MpEvent *event;
    for (guint n = 0; (event = fixture_event(fixture, MP_EVENT_SYSCTL, n)) != NULL; n++)
        if (event->sysctl.key == key && event->sysctl.index == index)
            return event->sysctl.value;
    g_assert_not_reached();
}

static void test_sysctls(void)
{
    Fixture *fixture = fixture_new();
    guint dotted = fixture_link_add(fixture, "eth0.7");
    expect_link(fixture, dotted, TRUE, TRUE);
    g_assert_cmpint(sysctl_told(fixture, dotted, MP_SYSCTL_ARP_IGNORE), ==, 0);
    g_assert_cmpuint(fixture_count(fixture, MP_EVENT_SYSCTL), ==, MP_SYSCTL_FIRST_GLOBAL);
    g_assert_cmpint(sysctl_told(fixture, 0, MP_SYSCTL_HASH_POLICY4), ==, 0);
    g_assert_cmpuint(fixture_count(fixture, MP_EVENT_SYSCTL), ==,
                     MP_N_SYSCTLS - MP_SYSCTL_FIRST_GLOBAL);
    MpOp ops[] = {
        {.kind = MP_OP_SYSCTL_SET, .sysctl = {dotted, MP_SYSCTL_ARP_IGNORE, 1}},
        {.kind = MP_OP_SYSCTL_SET, .sysctl = {0, MP_SYSCTL_HASH_POLICY4, 1}},
    };
    g_assert_cmpint(fixture_submit(fixture, ops, G_N_ELEMENTS(ops)), ==, 0);
    g_assert_cmpint(sysctl_told(fixture, dotted, MP_SYSCTL_ARP_IGNORE), ==, 1);
    g_assert_cmpint(sysctl_told(fixture, 0, MP_SYSCTL_HASH_POLICY4), ==, 1);
    ops[0].sysctl.index = 9999;
    g_assert_cmpint(submit(fixture, ops[0]), ==, ENODEV);
    fixture_free(fixture);
}

/* Of these the kernel tells by itself. */
static void test_sysctls_told(void)
{
    Fixture *fixture = fixture_new();
    guint eth0 = fixture_link_add(fixture, "eth0");
    MpOp ops[] = {
        {.kind = MP_OP_SYSCTL_SET, .sysctl = {eth0, MP_SYSCTL_RP_FILTER, 2}},
        {.kind = MP_OP_SYSCTL_SET, .sysctl = {eth0, MP_SYSCTL_IGNORE_LINKDOWN4, 1}},
        {.kind = MP_OP_SYSCTL_SET, .sysctl = {eth0, MP_SYSCTL_IGNORE_LINKDOWN6, 1}},
    };
    expect_link(fixture, eth0, TRUE, TRUE);
    settle(fixture);
    fixture_forget(fixture);
    g_assert_cmpint(fixture_submit(fixture, ops, G_N_ELEMENTS(ops)), ==, 0);
    settle(fixture);
    for (guint i = 0; i < G_N_ELEMENTS(ops); i++) {
        const MpEvent *event;
        gboolean told = FALSE;
        for (guint n = 0; (event = fixture_event(fixture, MP_EVENT_SYSCTL, n)) != NULL; n++)
            told |= event->sysctl.index == eth0 && event->sysctl.key == ops[i].sysctl.key &&
                    event->sysctl.value == ops[i].sysctl.value;
        g_assert_true(told || (ops[i].sysctl.key == MP_SYSCTL_IGNORE_LINKDOWN6 &&
                               !fixture_kernel_tells_linkdown6(fixture)));
    }
    fixture_free(fixture);
}

/* A device whose packets are too small for IPv6 has no settings of it; they begin anew. */
static void test_sysctls_mtu(void)
{
    Fixture *fixture = fixture_new();
    guint eth0 = fixture_link_add(fixture, "eth0");
    MpOp op = {.kind = MP_OP_SYSCTL_SET, .sysctl = {eth0, MP_SYSCTL_IGNORE_LINKDOWN6, 1}};
    expect_link(fixture, eth0, TRUE, TRUE);
    g_assert_cmpint(submit(fixture, op), ==, 0);
    fixture_link_set_mtu(fixture, eth0, 1000);
    settle(fixture);
    g_assert_cmpint(sysctl_told(fixture, eth0, MP_SYSCTL_IGNORE_LINKDOWN6), ==, -1);
    g_assert_cmpint(sysctl_told(fixture, eth0, MP_SYSCTL_AUTOCONF), ==, -1);
    g_assert_cmpint(submit(fixture, op), ==, ENOENT);
    fixture_link_set_mtu(fixture, eth0, 1500);
    settle(fixture);
    const MpEvent *event = fixture_event(fixture, MP_EVENT_SYSCTL, 0);
    gint told = -1;
    for (guint n = 0; (event = fixture_event(fixture, MP_EVENT_SYSCTL, n)) != NULL; n++)
        if (event->sysctl.key == MP_SYSCTL_IGNORE_LINKDOWN6 && event->sysctl.index == eth0)
            told = event->sysctl.value;
    g_assert_cmpint(told, ==, 0);
    g_assert_cmpint(sysctl_told(fixture, eth0, MP_SYSCTL_IGNORE_LINKDOWN6), ==, 0);
    fixture_free(fixture);
}

static const MpFixed *ask_fixed(Fixture *fixture, guint index)
{
    const MpEvent *event;
    fixture_forget(fixture);
    fixture_dump(fixture, MP_DUMP_FIXED);
    for (guint n = 0; (event = fixture_event(fixture, MP_EVENT_FIXED, n)) != NULL; n++)
        if (event->fixed.index == index)
            return &event->fixed;
    return NULL;
}

static void check_fixed(const MpFixed *has, const MpFixed *expected)
{
    g_assert_nonnull(has);
    g_assert_true(mp_fixed_same_key(has, expected));
    g_assert_cmpmem(has->hwaddr, sizeof has->hwaddr, expected->hwaddr, sizeof expected->hwaddr);
    g_assert_cmpuint(has->protocol, ==, MP_PROTOCOL);
}

/* Permanent neighbours: made, made otherwise, dumped, taken away; and with the device. */
static void test_neighbours_fixed(void)
{
    Fixture *fixture = fixture_new();
    guint eth0 = fixture_link_add(fixture, "eth0");
    MpOp op = {.kind = MP_OP_NEIGHBOUR_SET,
               .fixed = {.index = eth0, .hwaddr = {2, 0, 0, 0, 0, 7}, .protocol = MP_PROTOCOL}};
    op.fixed.address = address_of("192.0.2.1");
    expect_link(fixture, eth0, TRUE, TRUE);
    settle(fixture);
    check_told_once(fixture, op, MP_EVENT_FIXED);
    check_fixed(ask_fixed(fixture, eth0), &op.fixed);
    op.fixed.hwaddr[5] = 8;
    check_told_once(fixture, op, MP_EVENT_FIXED);
    check_fixed(ask_fixed(fixture, eth0), &op.fixed);
    op.kind = MP_OP_NEIGHBOUR_DEL;
    fixture_forget(fixture);
    g_assert_cmpint(submit(fixture, op), ==, 0);
    g_assert_cmpuint(fixture_count(fixture, MP_EVENT_FIXED_GONE), ==, 1);
    g_assert_false(fixture_event(fixture, MP_EVENT_FIXED_GONE, 0)->by_us); /* whoever it was */
    g_assert_null(ask_fixed(fixture, eth0));
    g_assert_cmpint(fixture_submit(fixture, &op, 1), ==, 0); /* gone is gone */
    op.kind = MP_OP_NEIGHBOUR_SET;
    g_assert_cmpint(fixture_submit(fixture, &op, 1), ==, 0);
    fixture_link_set_up(fixture, eth0, FALSE);
    settle(fixture);
    g_assert_null(ask_fixed(fixture, eth0));
    op.fixed.index = 4000;
    g_assert_cmpint(fixture_submit(fixture, &op, 1), !=, 0);
    fixture_free(fixture);
}

void contract_add_operations(void)
{
    g_test_add_func("/contract/op/neighbours-fixed", test_neighbours_fixed);
    g_test_add_func("/contract/op/sysctls-told", test_sysctls_told);
    g_test_add_func("/contract/op/answers-in-order", test_answers_in_order);
    g_test_add_func("/contract/op/effect-before-answer", test_effect_before_answer);
    g_test_add_func("/contract/op/each-kind-is-told", test_each_kind_is_told);
    g_test_add_func("/contract/op/failure-in-the-middle", test_failure_in_the_middle);
    g_test_add_func("/contract/op/address-cycle", test_address_cycle);
    g_test_add_func("/contract/op/address-attributes", test_address_attributes);
    g_test_add_func("/contract/op/plain-label", test_plain_label);
    g_test_add_func("/contract/op/foreign-port", test_foreign_port);
    g_test_add_func("/contract/op/ipv6-address-has-no-port", test_ipv6_address_has_no_port);
    g_test_add_func("/contract/op/sysctls", test_sysctls);
    g_test_add_func("/contract/op/sysctls-mtu", test_sysctls_mtu);
}
