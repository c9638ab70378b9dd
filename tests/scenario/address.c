/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The life of a data address, and others' hands on it: docs/state-machines-addresses.md, "Data
 * address". */
#include "harness.h"

#define TWO "front: eth0 eth1"
#define DATA "eth0 10.0.0.10/24 2001:db8::10/64; eth1 10.0.0.11/24"

static void declared(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", "", "front: eth0,10.0.0.10/24 eth1");
    MpAddress host = scenario_parse("10.0.0.10");

    expect_where(s, "10.0.0.10", "eth0");
    expect_address(s, "10.0.0.10", MP_ADDRESS_UP, "eth0");
    g_assert_cmpuint(fake_address_find(s->kernel, scenario_index(s, "eth0"), &host)->address.prefix,
                     ==, 24);
}

static void declared_later(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO);

    scenario_carrier(s, "eth0", FALSE);
    scenario_run(s);
    scenario_group(s, "front: eth0,10.0.0.20/24,2001:db8::20/64 eth1");
    scenario_apply(s, -1);
    expect_where(s, "10.0.0.20", "eth1");
    expect_where(s, "2001:db8::20", "eth1");
    expect_address(s, "10.0.0.20", MP_ADDRESS_UP, "eth0");
    expect_notice(s, MP_NOTICE_ADDRESS_STATE, MP_REASON_ADDED, NULL);
    expect_notice(s, MP_NOTICE_ADDRESS_MOVED, MP_REASON_ADDED, NULL);
}

static void removed_by_request(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, "front: eth0,10.0.0.20/24 eth1");
    MpAddress host = scenario_parse("10.0.0.20");

    scenario_release(s, &host);
    scenario_group(s, TWO);
    scenario_apply(s, -1);
    expect_where(s, "10.0.0.20", "");
    expect_where(s, "10.0.0.10", "eth0");
}

static void adopted(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO);

    expect_address(s, "10.0.0.10", MP_ADDRESS_UP, "eth0");
    expect_address(s, "2001:db8::10", MP_ADDRESS_UP, "eth0");
    expect_notice(s, MP_NOTICE_ADDRESS_STATE, MP_REASON_ADOPTED, NULL);
    /* In place: on its member nothing was touched, nobody was told what they knew. */
    for (guint i = 0; i < s->ops->len; i++) {
        const MpOp *op = &g_array_index(s->ops, MpOp, i);

        if (op->kind == MP_OP_ADDRESS_ADD || op->kind == MP_OP_ADDRESS_DEL)
            g_assert_cmpuint(op->address.index, ==, MP_LOOPBACK_INDEX);
    }
    g_assert_cmpuint(s->announcements->len, ==, 0);
}

static void adopted_later(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO);

    scenario_addresses(s, "eth0 10.0.0.20/24");
    scenario_run(s);
    expect_address(s, "10.0.0.20", MP_ADDRESS_UP, "eth0");
    scenario_carrier(s, "eth0", FALSE);
    scenario_run(s);
    expect_where(s, "10.0.0.20", "eth1");
}

static char *many_addresses(guint n)
{
    GString *text = g_string_new("eth0");

    for (guint i = 0; i < n; i++)
        g_string_append_printf(text, " 10.1.%u.%u/16", i / 250, i % 250 + 1);
    return g_string_free(text, FALSE);
}

static guint count_full(Scenario *s)
{
    guint n = 0;

    for (guint i = 0; i < s->notices->len; i++) {
        const MpNotice *notice = &g_array_index(s->notices, MpNotice, i);

        n += notice->kind == MP_NOTICE_KERNEL && notice->reason == MP_REASON_REFUSED;
    }
    return n;
}

/* 4,096 and two more: these are told of, not touched, and the first that there is room for is one.
 */
static void more_than_a_group_may_have(void)
{
    g_autofree char *just = many_addresses(MP_GROUP_ADDRESSES_MAX);
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", just, TWO);
    const MpNotice *notice;

    expect_address(s, "10.1.16.96", MP_ADDRESS_UP, "eth0"); /* the last */
    g_assert_cmpuint(count_full(s), ==, 0);
    scenario_addresses(s, "eth0 10.1.200.1/16; eth0 10.1.200.2/16");
    scenario_run(s);
    notice = scenario_find_notice(s, MP_NOTICE_KERNEL, MP_REASON_REFUSED, "eth0");
    g_assert_nonnull(notice);
    g_assert_cmpstr(notice->detail, ==,
                    "10.1.200.1/16 will not move: the group has 4096 addresses");
    g_assert_cmpuint(count_full(s), ==, 1);
    expect_forgotten(s, "10.1.200.1");
    expect_where(s, "10.1.200.1", "eth0");
    expect_where(s, "10.1.200.2", "eth0");
}

static void not_adopted(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1 eth9", DATA "; eth9 10.9.0.1/24", TWO);

    scenario_carrier(s, "eth9", FALSE);
    scenario_run(s);
    expect_where(s, "10.9.0.1", "eth9");
    expect_where(s, "fe80::ff:fe00:19", "eth9");
}

static void expect_withdrawn(Scenario *s, const char *address)
{
    expect_address(s, address, MP_ADDRESS_WITHDRAWN, "eth0");
    expect_where(s, address, "");
    expect_notice(s, MP_NOTICE_ADDRESS_STATE, MP_REASON_WITHDRAWN, NULL);
}

static void withdrawn(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO);

    scenario_delete_address(s, "eth0", "10.0.0.10", FAKE_SOMEONE);
    scenario_run(s);
    expect_withdrawn(s, "10.0.0.10");
}

/* A manager that configures a device anew takes all off and puts it on again. */
static void put_back(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO);

    scenario_forget(s);
    scenario_delete_address(s, "eth0", "10.0.0.10", FAKE_SOMEONE);
    scenario_delete_address(s, "eth0", "2001:db8::10", FAKE_SOMEONE);
    scenario_advance(s, 150);
    scenario_addresses(s, "eth0 10.0.0.10/24 2001:db8::10/64");
    scenario_run(s);
    expect_where(s, "10.0.0.10", "eth0");
    expect_where(s, "2001:db8::10", "eth0");
    g_assert_null(scenario_find_notice(s, MP_NOTICE_ADDRESS_STATE, MP_REASON_WITHDRAWN, NULL));
    g_assert_cmpuint(scenario_count_ops(s, MP_OP_ADDRESS_DEL), ==, 0); /* nor the anchor */
}

static void guest(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO);

    scenario_carrier(s, "eth0", FALSE);
    scenario_run(s);
    scenario_addresses(s, "eth0 10.0.0.10/24");
    scenario_advance(s, 1900);
    expect_where(s, "10.0.0.10", "eth1+eth0");
    scenario_advance(s, 200);
    expect_where(s, "10.0.0.10", "eth1");
    /* With link it would be answered for there. */
    scenario_offline(s, "eth1", 0, -1);
    scenario_carrier(s, "eth0", TRUE);
    scenario_run(s);
    scenario_online(s, "eth1", -1);
    scenario_run(s);
    scenario_addresses(s, "eth1 10.0.0.10/24");
    scenario_advance(s, 50);
    expect_where(s, "10.0.0.10", "eth0");
}

/* First to the new one, and then off the old one: what was put there could not stay so long. */
static void moved_by_hand(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO);

    scenario_addresses(s, "eth1 10.0.0.10/24 2001:db8::10/64");
    scenario_advance(s, 30000);
    expect_where(s, "10.0.0.10", "eth0");
    scenario_delete_address(s, "eth0", "10.0.0.10", FAKE_SOMEONE);
    scenario_delete_address(s, "eth0", "2001:db8::10", FAKE_SOMEONE);
    scenario_run(s);
    expect_where(s, "10.0.0.10", "eth1");
    expect_where(s, "2001:db8::10", "eth1");
    expect_address(s, "10.0.0.10", MP_ADDRESS_UP, "eth1");
    expect_address(s, "2001:db8::10", MP_ADDRESS_UP, "eth1");
    scenario_restart(s);
    scenario_run(s);
    expect_address(s, "10.0.0.10", MP_ADDRESS_UP, "eth1");
    scenario_delete_address(s, "eth1", "10.0.0.10", FAKE_SOMEONE);
    scenario_run(s);
    expect_address(s, "10.0.0.10", MP_ADDRESS_WITHDRAWN, "eth1");
}

/* With duplicate address detection. */
static void put_looking(Scenario *s, const char *link, const char *address, guint32 valid_s)
{
    MpOp op = {.kind = MP_OP_ADDRESS_ADD, .address = {.index = scenario_index(s, link)}};

    op.address.address = scenario_parse(address);
    op.address.valid_s = op.address.preferred_s = valid_s;
    g_assert_cmpint(fake_kernel_apply(s->kernel, &op, FAKE_SOMEONE), ==, 0);
}

static void expect_usable(Scenario *s, const char *link, const char *address)
{
    MpAddress host = scenario_parse(address);
    const MpIfaddr *a = fake_address_find(s->kernel, scenario_index(s, link), &host);

    g_assert_nonnull(a);
    g_assert_cmpuint(a->flags & (MP_IFA_TENTATIVE | MP_IFA_DADFAILED), ==, 0);
}

/* The standby is looked at first: what is to be the host finds itself there. */
static void looked_for_twice(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, "front: eth0 eth1,standby");

    put_looking(s, "eth0", "2001:db8::20/64", 0);
    put_looking(s, "eth1", "2001:db8::20/64", 0);
    scenario_advance(s, 3000);
    expect_where(s, "2001:db8::20", "eth0");
    expect_usable(s, "eth0", "2001:db8::20");
    expect_address(s, "2001:db8::20", MP_ADDRESS_UP, NULL);
}

static Scenario *new_with_home_offline(void)
{
    Scenario *s = scenario_new_group("eth0 eth1", DATA, TWO);

    scenario_offline(s, "eth0", 1, -1);
    scenario_run(s);
    expect_where(s, "2001:db8::10", "eth1");
    return s;
}

static void looked_for_at_home(void)
{
    g_autoptr(Scenario) s = new_with_home_offline();

    put_looking(s, "eth0", "2001:db8::10/64", 0);
    scenario_online(s, "eth0", -1);
    scenario_advance(s, 100);
    expect_where(s, "2001:db8::10", "eth0");
    expect_usable(s, "eth0", "2001:db8::10");
}

/* While the record is not stored it waits, and the kernel deletes what has an end and found itself:
 * that is no removal by its owner. */
static void looked_for_and_deleted(void)
{
    g_autoptr(Scenario) s = new_with_home_offline();
    MpAddress host = scenario_parse("2001:db8::10");

    scenario_mark_mortal(s, &host);
    s->hold_record = TRUE;
    put_looking(s, "eth0", "2001:db8::10/64", 600);
    g_assert_true(
        mp_engine_online(s->engine, "eth0", ++s->request, fake_kernel_now(s->kernel), NULL));
    scenario_advance(s, 3000);
    s->hold_record = FALSE;
    scenario_run(s);
    expect_where(s, "2001:db8::10", "eth0");
    expect_usable(s, "eth0", "2001:db8::10");
    expect_address(s, "2001:db8::10", MP_ADDRESS_UP, "eth0");
}

/* Long after it was put elsewhere it is only taken away. */
static void put_then_deleted(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO);

    scenario_addresses(s, "eth1 10.0.0.10/24");
    scenario_advance(s, 61000);
    scenario_delete_address(s, "eth0", "10.0.0.10", FAKE_SOMEONE);
    scenario_run(s);
    expect_where(s, "10.0.0.10", "");
    expect_address(s, "10.0.0.10", MP_ADDRESS_WITHDRAWN, "eth0");
}

/* What is no member's device any more is nowhere to follow to. */
static void put_then_renamed(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1 eth2", DATA, "front: eth0 eth1 eth2");

    scenario_addresses(s, "eth2 10.0.0.10/24");
    scenario_run(s);
    fake_link_rename(s->kernel, scenario_index(s, "eth2"), "lan2");
    scenario_delete_address(s, "eth0", "10.0.0.10", FAKE_SOMEONE);
    scenario_run(s);
    expect_where(s, "10.0.0.10", "");
    expect_address(s, "10.0.0.10", MP_ADDRESS_WITHDRAWN, "eth0");
}

/* networkd, when the carrier is back: first the address, then the routes by it. */
static void guest_at_home(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, "front: eth0 eth1; repair=5000");

    scenario_carrier(s, "eth0", FALSE);
    scenario_run(s);
    scenario_carrier(s, "eth0", TRUE);
    scenario_advance(s, 100);
    scenario_addresses(s, "eth0 10.0.0.10/24");
    scenario_advance(s, 400);
    expect_where(s, "10.0.0.10", "eth1+eth0");
    scenario_advance(s, 200);
    expect_where(s, "10.0.0.10", "eth1");
    scenario_advance(s, 6000);
    expect_where(s, "10.0.0.10", "eth0");
}

/* Before anybody could move it: networkd drops what it has put there with the carrier. */
static void habit(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO);

    scenario_carrier(s, "eth0", FALSE);
    scenario_delete_address(s, "eth0", "10.0.0.10", FAKE_SOMEONE);
    scenario_delete_address(s, "eth0", "2001:db8::10", FAKE_SOMEONE);
    scenario_run(s);
    expect_where(s, "10.0.0.10", "eth1");
    expect_where(s, "2001:db8::10", "eth1");
    expect_address(s, "10.0.0.10", MP_ADDRESS_UP, "eth0");
}

static void withdrawn_by_ioctl(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO);

    scenario_delete_address(s, "eth0", "10.0.0.10", 0);
    scenario_run(s);
    expect_withdrawn(s, "10.0.0.10");
}

static void withdrawn_ipv6(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO);

    scenario_delete_address(s, "eth0", "2001:db8::10", FAKE_SOMEONE);
    scenario_run(s);
    expect_withdrawn(s, "2001:db8::10");
}

static void withdrawn_away(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO);

    scenario_carrier(s, "eth0", FALSE);
    scenario_run(s);
    scenario_delete_address(s, "eth1", "10.0.0.10", FAKE_SOMEONE);
    scenario_run(s);
    expect_withdrawn(s, "10.0.0.10");
    scenario_carrier(s, "eth0", TRUE);
    scenario_run(s);
    expect_withdrawn(s, "10.0.0.10");
}

static void withdrawn_while_down(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0", "eth0 10.0.0.10/24", "front: eth0");

    scenario_up(s, "eth0", FALSE);
    scenario_run(s);
    scenario_delete_address(s, "eth0", "10.0.0.10", FAKE_SOMEONE);
    scenario_run(s);
    expect_withdrawn(s, "10.0.0.10");
}

static void withdrawn_declared_again(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO);

    scenario_delete_address(s, "eth0", "10.0.0.10", FAKE_SOMEONE);
    scenario_run(s);
    scenario_group(s, "front: eth0,10.0.0.10/24 eth1");
    scenario_apply(s, -1);
    expect_where(s, "10.0.0.10", "eth0");
    expect_address(s, "10.0.0.10", MP_ADDRESS_UP, "eth0");
}

/* It is his from then on, and stays when it is not declared any more, wherever it is. */
static void declared_put_again(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", "eth0 10.0.0.10/24 2001:db8::10/64",
                                               "front: eth0,10.0.0.60/24,2001:db8::60/64 eth1");

    scenario_delete_address(s, "eth0", "10.0.0.60/24", FAKE_SOMEONE);
    scenario_delete_address(s, "eth0", "2001:db8::60/64", FAKE_SOMEONE);
    scenario_advance(s, 5000);
    scenario_addresses(s, "eth0 10.0.0.60/24 2001:db8::60/64");
    scenario_run(s);
    scenario_carrier(s, "eth0", FALSE);
    scenario_run(s);
    expect_where(s, "10.0.0.60", "eth1");
    scenario_group(s, "front: eth0 eth1");
    scenario_apply(s, -1);
    scenario_restart(s);
    scenario_carrier(s, "eth0", TRUE);
    scenario_run(s);
    scenario_delete(s, "front");
    expect_where(s, "10.0.0.60", "eth0");
    expect_where(s, "2001:db8::60", "eth0");
}

/* It does not go with the group; its prefix is the one that was declared. */
static void declared_in_another_prefix(void)
{
    g_autoptr(Scenario) s =
        scenario_new_group("eth0 eth1", "eth0 10.0.0.60/16 10.0.0.61/16 2001:db8::60/48",
                           "front: eth0,10.0.0.61/24 eth1; 10.0.0.60/24 2001:db8::60/64");

    scenario_restart(s);
    scenario_run(s);
    scenario_delete(s, "front");
    expect_where(s, "10.0.0.60", "eth1");
    expect_where(s, "10.0.0.61", "eth0");
    expect_where(s, "2001:db8::60", "eth0");
}

/* What is put beside it is taken off; it is his all the same. */
static void declared_put_on_another(void)
{
    g_autoptr(Scenario) s =
        scenario_new_group("eth0 eth1", "", "front: eth0,10.0.0.60/24,2001:db8::60/64 eth1");
    MpAddress address = scenario_parse("10.0.0.60");

    scenario_addresses(s, "eth1 10.0.0.60/24 2001:db8::60/64");
    scenario_run(s);
    scenario_advance(s, 5000);
    expect_where(s, "10.0.0.60", "eth0");
    scenario_group(s, "front: eth0 eth1");
    scenario_apply(s, -1);
    scenario_restart(s);
    scenario_run(s);
    expect_where(s, "10.0.0.60", "eth0");
    expect_where(s, "2001:db8::60", "eth0");
    scenario_release(s, &address);
    g_assert_true(mp_engine_remove_adopted(s->engine, "front", &address, 0,
                                           fake_kernel_now(s->kernel), NULL));
    scenario_run(s);
    expect_where(s, "10.0.0.60", "");
}

static void withdrawn_added_again(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO);

    scenario_delete_address(s, "eth0", "10.0.0.10", FAKE_SOMEONE);
    scenario_run(s);
    scenario_addresses(s, "eth1 10.0.0.10/24");
    scenario_run(s);
    expect_where(s, "10.0.0.10", "eth1");
    expect_address(s, "10.0.0.10", MP_ADDRESS_UP, "eth1");
}

static void flushed_admin_down(void)
{
    g_autoptr(Scenario) s =
        scenario_new_group("eth0", "eth0 10.0.0.10/24 2001:db8::10/64", "front: eth0");

    scenario_up(s, "eth0", FALSE);
    scenario_run(s);
    expect_address(s, "2001:db8::10", MP_ADDRESS_DOWN, "eth0");
    scenario_up(s, "eth0", TRUE);
    scenario_advance(s, 4000);
    expect_where(s, "2001:db8::10", "eth0");
}

static void flushed_unplugged(void)
{
    g_autoptr(Scenario) s =
        scenario_new_group("eth0", "eth0 10.0.0.10/24 2001:db8::10/64", "front: eth0");

    scenario_unplug(s, "eth0");
    scenario_run(s);
    expect_address(s, "10.0.0.10", MP_ADDRESS_DOWN, "eth0");
    scenario_plug(s, "eth0");
    scenario_advance(s, 4000);
    expect_where(s, "10.0.0.10", "eth0");
    expect_where(s, "2001:db8::10", "eth0");
}

static void flushed_down_then_unplugged(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0", "eth0 10.0.0.10/24", "front: eth0");

    scenario_up(s, "eth0", FALSE);
    scenario_run(s);
    scenario_unplug(s, "eth0");
    scenario_run(s);
    expect_address(s, "10.0.0.10", MP_ADDRESS_DOWN, "eth0");
    expect_where(s, "10.0.0.10", "lo");
}

static void flushed_small_mtu(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO);
    MpAddress far = scenario_parse("2001:db8:9::1");

    scenario_route(s, "default via fe80::1 eth0");
    scenario_run(s);
    fake_link_set_mtu(s->kernel, scenario_index(s, "eth0"), 1000);
    scenario_run(s);
    expect_where(s, "2001:db8::10", "eth1");
    expect_where(s, "10.0.0.10", "eth0");
    expect_address(s, "2001:db8::10", MP_ADDRESS_UP, "eth0");
    g_assert_nonnull(fake_route_lookup(s->kernel, MP_TABLE_DEFAULTS, &far));
}

static void add_lease(Scenario *s, const char *link, guint32 valid_s)
{
    MpOp op = {.kind = MP_OP_ADDRESS_ADD, .address = {.valid_s = valid_s, .preferred_s = valid_s}};

    op.address.index = scenario_index(s, link);
    op.address.address = scenario_parse("10.0.0.30/24");
    g_assert_cmpint(fake_kernel_apply(s->kernel, &op, FAKE_SOMEONE), ==, 0);
}

static void lease_expires(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO);

    add_lease(s, "eth0", 60);
    scenario_run(s);
    scenario_carrier(s, "eth0", FALSE);
    scenario_run(s);
    expect_where(s, "10.0.0.30", "eth1");
    scenario_advance(s, 62000);
    expect_where(s, "10.0.0.30", "");
}

static void lease_renewed(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO);

    add_lease(s, "eth0", 60);
    scenario_run(s);
    scenario_carrier(s, "eth0", FALSE);
    scenario_advance(s, 30000);
    add_lease(s, "eth0", 60); /* by its owner, who knows nothing */
    scenario_run(s);
    expect_where(s, "10.0.0.30", "eth1");
    scenario_advance(s, 45000);
    expect_where(s, "10.0.0.30", "eth1");
    scenario_advance(s, 20000);
    expect_where(s, "10.0.0.30", "");
}

/* By the kernel, of an advertised prefix. */
static void advertise(Scenario *s, const char *link, const char *address, guint32 valid_s)
{
    MpOp op = {.kind = MP_OP_ADDRESS_ADD, .address = {.valid_s = valid_s, .preferred_s = valid_s}};

    op.address.index = scenario_index(s, link);
    op.address.address = scenario_parse(address);
    op.address.protocol = MP_IFAPROT_RA;
    op.address.flags = MP_IFA_MANAGETEMPADDR;
    g_assert_cmpint(fake_kernel_apply(s->kernel, &op, FAKE_SOMEONE), ==, 0);
}

static gint autoconf(Scenario *s, const char *link)
{
    return fake_sysctl_get(s->kernel, scenario_index(s, link), MP_SYSCTL_AUTOCONF);
}

static Scenario *advertised_new(void)
{
    Scenario *s = scenario_new("eth0 eth1");

    fake_sysctl_set(s->kernel, scenario_index(s, "eth0"), MP_SYSCTL_AUTOCONF, 1);
    fake_sysctl_set(s->kernel, scenario_index(s, "eth1"), MP_SYSCTL_AUTOCONF, 1);
    advertise(s, "eth0", "2001:db8::a0/64", 60);
    advertise(s, "eth1", "2001:db8::a1/64", 60);
    scenario_group(s, TWO);
    scenario_start(s);
    scenario_advance(s, 3000); /* they are tentative at first */
    return s;
}

static void advertised(void)
{
    g_autoptr(Scenario) s = advertised_new();
    MpAddress address = scenario_parse("2001:db8::a0");
    const MpIfaddr *copy, *home;

    expect_address(s, "2001:db8::a0", MP_ADDRESS_UP, "eth0");
    scenario_carrier(s, "eth0", FALSE);
    scenario_run(s);
    expect_where(s, "2001:db8::a0", "eth1");
    copy = fake_address_find(s->kernel, scenario_index(s, "eth1"), &address);
    g_assert_cmpuint(copy->flags & MP_IFA_MANAGETEMPADDR, ==, 0);
    g_assert_cmpint(autoconf(s, "eth0"), ==, 0);
    g_assert_cmpint(autoconf(s, "eth1"), ==, 1);
    scenario_carrier(s, "eth0", TRUE);
    scenario_run(s);
    expect_where(s, "2001:db8::a0", "eth0");
    home = fake_address_find(s->kernel, scenario_index(s, "eth0"), &address);
    g_assert_cmpuint(home->flags & MP_IFA_MANAGETEMPADDR, !=, 0);
    g_assert_cmpuint(home->protocol, ==, MP_IFAPROT_RA);
    g_assert_cmpint(autoconf(s, "eth0"), ==, 1);
}

static void advertised_again(void)
{
    g_autoptr(Scenario) s = advertised_new();

    scenario_carrier(s, "eth0", FALSE);
    scenario_advance(s, 40000);
    advertise(s, "eth1", "2001:db8::a1/64", 60);
    scenario_advance(s, 40000);
    expect_where(s, "2001:db8::a0", "eth1");
    scenario_advance(s, 30000); /* nobody has advertised it any more */
    expect_where(s, "2001:db8::a0", "");
    scenario_run(s);
    g_assert_cmpint(autoconf(s, "eth0"), ==, 1);
}

static void advertised_restart(void)
{
    g_autoptr(Scenario) s = advertised_new();

    scenario_carrier(s, "eth0", FALSE);
    scenario_run(s);
    scenario_restart(s);
    scenario_run(s);
    g_assert_cmpint(autoconf(s, "eth0"), ==, 0);
    scenario_delete(s, "front");
    g_assert_cmpint(autoconf(s, "eth0"), ==, 1);
    expect_where(s, "2001:db8::a0", "eth0");
}

/* By somebody, after the member has joined; what else he has changed is not touched either. */
static void advertised_turned_off(void)
{
    g_autoptr(Scenario) s = advertised_new();
    guint eth0 = scenario_index(s, "eth0");

    fake_sysctl_set(s->kernel, eth0, MP_SYSCTL_AUTOCONF, 0);
    fake_sysctl_set(s->kernel, eth0, MP_SYSCTL_ARP_IGNORE, 2);
    for (guint i = 0; i < 2; i++) {
        gint value = i == 0 ? 0 : 1;

        fake_sysctl_set(s->kernel, eth0, MP_SYSCTL_AUTOCONF, value);
        scenario_carrier(s, "eth0", FALSE);
        scenario_run(s);
        expect_where(s, "2001:db8::a0", "eth1");
        g_assert_cmpint(autoconf(s, "eth0"), ==, 0);
        scenario_carrier(s, "eth0", TRUE);
        scenario_run(s);
        expect_where(s, "2001:db8::a0", "eth0");
        g_assert_cmpint(autoconf(s, "eth0"), ==, value);
    }
    g_assert_cmpint(fake_sysctl_get(s->kernel, eth0, MP_SYSCTL_ARP_IGNORE), ==, 2);
    scenario_carrier(s, "eth0", FALSE);
    scenario_run(s);
    scenario_delete(s, "front");
    g_assert_cmpint(autoconf(s, "eth0"), ==, 1);
}

/* Made by the kernel beside an advertised one (RFC 8981), and listed before it. */
static void add_temporary(Scenario *s, const char *link, const char *address)
{
    MpOp op = {.kind = MP_OP_ADDRESS_ADD, .address = {.valid_s = 60, .preferred_s = 50}};

    op.address.index = scenario_index(s, link);
    op.address.address = scenario_parse(address);
    g_assert_cmpint(fake_kernel_apply(s->kernel, &op, FAKE_SOMEONE), ==, 0);
    fake_address_make_temporary(s->kernel, op.address.index, &op.address.address);
}

static void temporary(void)
{
    g_autoptr(Scenario) s = scenario_new("eth0 eth1");
    MpAddress address = scenario_parse("2001:db8::7a"), source = scenario_parse("2001:db8::a0");
    const MpIfaddr *copy;
    const MpRoute *route;

    add_temporary(s, "eth0", "2001:db8::7a/64");
    advertise(s, "eth0", "2001:db8::a0/64", 600);
    scenario_group(s, TWO);
    scenario_start(s);
    scenario_advance(s, 3000);
    expect_address(s, "2001:db8::7a", MP_ADDRESS_UP, "eth0");
    route = fake_route_lookup(s->kernel, MP_TABLE_MAIN, &source);
    g_assert_true(mp_address_equal_host(&route->prefsrc, &source));
    scenario_carrier(s, "eth0", FALSE);
    scenario_run(s);
    expect_where(s, "2001:db8::7a", "eth1");
    copy = fake_address_find(s->kernel, scenario_index(s, "eth1"), &address);
    g_assert_cmpuint(copy->flags & MP_IFA_TEMPORARY, ==, 0);
    g_assert_cmpuint(copy->valid_s, <=, 57);
    advertise(s, "eth1", "2001:db8::a1/64", 600); /* prolongs the public one alone */
    scenario_carrier(s, "eth0", TRUE);
    scenario_run(s);
    expect_where(s, "2001:db8::7a", "eth0");
    scenario_advance(s, 60000);
    expect_where(s, "2001:db8::7a", "");
    expect_where(s, "2001:db8::a0", "eth0");
    expect_forgotten(s, "2001:db8::7a"); /* else there would be more of them day by day */
}

static void advertised_standby(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, "front: eth0 eth1,standby");

    advertise(s, "eth1", "2001:db8::a1/64", 60);
    scenario_advance(s, 3000);
    expect_where(s, "2001:db8::a1", "eth1");
}

/* From now on it is one like any other. */
static void advertised_standby_cleared(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", "eth0 10.0.0.10/24 2001:db8::10/64",
                                               "front: eth0 eth1,standby");

    advertise(s, "eth1", "2001:db8::a1/64", 60);
    scenario_advance(s, 3000);
    scenario_group(s, TWO);
    scenario_apply(s, -1);
    scenario_run(s);
    expect_address(s, "2001:db8::a1", MP_ADDRESS_UP, "eth1");
    scenario_carrier(s, "eth1", FALSE);
    scenario_run(s);
    expect_where(s, "2001:db8::a1", "eth0");
}

/* What is left is told in whole seconds, at every reading from another instant. */
static void lease_read_again(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO);

    add_lease(s, "eth0", 40);
    scenario_carrier(s, "eth0", FALSE);
    scenario_advance(s, 3000);
    add_lease(s, "eth0", 40);
    for (guint i = 0; i < 30; i++)
        scenario_advance(s, 70); /* I3 at the end of each */
    expect_where(s, "10.0.0.30", "eth1");
}

static void lost_messages_deleted(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO);

    scenario_delete_address(s, "eth0", "10.0.0.10", FAKE_SOMEONE);
    fake_kernel_overflow(s->kernel);
    scenario_run(s);
    expect_address(s, "10.0.0.10", MP_ADDRESS_WITHDRAWN, "eth0");
    expect_where(s, "10.0.0.10", "");
    expect_notice(s, MP_NOTICE_KERNEL, MP_REASON_RESYNC, NULL);
}

static void lost_messages_unplugged(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO);

    scenario_unplug(s, "eth0");
    scenario_plug(s, "eth0");
    fake_kernel_overflow(s->kernel);
    scenario_advance(s, 4000);
    /* Another index: the kernel took it along. */
    expect_where(s, "10.0.0.10", "eth0");
    expect_where(s, "2001:db8::10", "eth0");
}

/* The word that eth0 went down is lost, those of its address and of its end are not; then it is
 * there again, under another index. */
static void lost_messages_before_the_end(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO);

    fake_link_set_up(s->kernel, scenario_index(s, "eth0"), FALSE);
    fake_kernel_overflow(s->kernel);
    scenario_unplug(s, "eth0");
    scenario_plug(s, "eth0");
    scenario_run(s);
    expect_address(s, "10.0.0.10", MP_ADDRESS_UP, "eth0");
}

static void lost_messages_while_moving(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO);

    scenario_carrier(s, "eth0", FALSE);
    scenario_turn(s);
    fake_kernel_overflow(s->kernel);
    scenario_run(s);
    expect_where(s, "10.0.0.10", "eth1");
    expect_where(s, "2001:db8::10", "eth1");
    expect_address(s, "2001:db8::10", MP_ADDRESS_UP, "eth0");
}

static void deleted_while_away(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO);

    scenario_stop(s);
    scenario_delete_address(s, "eth0", "10.0.0.10", FAKE_SOMEONE);
    scenario_start(s);
    scenario_run(s);
    expect_address(s, "10.0.0.10", MP_ADDRESS_WITHDRAWN, "eth0");
    expect_where(s, "10.0.0.10", "");
}

/* It has its old name, number and hardware address, and nothing of what was on it. */
static void renewed_while_away(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO);

    scenario_stop(s);
    fake_link_replug(s->kernel, scenario_index(s, "eth0"));
    scenario_start(s);
    scenario_run(s);
    expect_address(s, "10.0.0.10", MP_ADDRESS_UP, "eth0");
    expect_where(s, "10.0.0.10", "eth0");
    scenario_stop(s);
    scenario_delete_address(s, "eth0", "10.0.0.10", FAKE_SOMEONE);
    scenario_start(s);
    scenario_run(s);
    expect_address(s, "10.0.0.10", MP_ADDRESS_WITHDRAWN, "eth0");
}

/* What is set on the new device does not make it the old one to the life after the next. */
static void renewed_while_away_twice(void)
{
    for (guint ms = 0; ms < 260; ms += 10) {
        g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO);

        scenario_stop(s);
        fake_link_replug(s->kernel, scenario_index(s, "eth0"));
        scenario_start(s);
        scenario_advance(s, ms);
        scenario_stop(s);
        scenario_start(s);
        scenario_run(s);
        expect_address(s, "10.0.0.10", MP_ADDRESS_UP, "eth0");
        expect_where(s, "10.0.0.10", "eth0");
    }
}

static void lost_messages_renewed(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO);

    fake_link_replug(s->kernel, scenario_index(s, "eth0"));
    fake_kernel_overflow(s->kernel);
    scenario_run(s);
    expect_address(s, "10.0.0.10", MP_ADDRESS_UP, "eth0");
    expect_where(s, "10.0.0.10", "eth0");
    scenario_delete(s, "front");
    expect_restored(s);
}

static void flushed_while_away(void)
{
    g_autoptr(Scenario) s =
        scenario_new_group("eth0 eth1", "eth0 2001:db8::10/64; eth1 2001:db8::11/64", TWO);

    scenario_stop(s);
    scenario_up(s, "eth0", FALSE);
    scenario_up(s, "eth0", TRUE);
    scenario_start(s);
    scenario_run(s);
    expect_address(s, "2001:db8::10", MP_ADDRESS_UP, "eth0");
    expect_where(s, "2001:db8::10", "eth0");
}

/* Neighbours know it where it was: whoever put it elsewhere has not told them. */
static void put_elsewhere_while_away(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO);

    scenario_stop(s);
    scenario_delete_address(s, "eth0", "10.0.0.10", FAKE_SOMEONE);
    scenario_addresses(s, "eth1 10.0.0.10/24");
    scenario_carrier(s, "eth0", FALSE);
    scenario_forget(s);
    scenario_start(s);
    scenario_run(s);
    expect_where(s, "10.0.0.10", "eth1");
    g_assert_cmpuint(s->announcements->len, >, 0);
}

static int refuse_addresses(FakeKernel *kernel, const MpOp *op, gpointer user_data)
{
    return op->kind == MP_OP_ADDRESS_ADD ? ENOMEM : 0;
}

/* Flushed, made on another member, and killed before that one had told anybody. */
static void flushed_then_killed(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO);

    s->refuse = refuse_addresses;
    s->refusing = TRUE;
    fake_link_set_mtu(s->kernel, scenario_index(s, "eth0"), 1200);
    scenario_advance(s, 50);
    scenario_stop(s);
    s->refuse = NULL;
    s->refusing = FALSE;
    scenario_addresses(s, "eth1 2001:db8::10/64");
    scenario_forget(s);
    scenario_start(s);
    scenario_run(s);
    expect_where(s, "2001:db8::10", "eth1");
    g_assert_cmpuint(s->announcements->len, >, 0);
}

static void twice_found(void)
{
    g_autoptr(Scenario) s =
        scenario_new_group("eth0 eth1", "eth0 10.0.0.10/24; eth1 10.0.0.10/24", TWO);

    expect_where(s, "10.0.0.10", "eth0");
    expect_address(s, "10.0.0.10", MP_ADDRESS_UP, "eth0");
}

static const Row rows[] = {
    {"/address/declared", declared},
    {"/address/declared-later", declared_later},
    {"/address/removed-by-request", removed_by_request},
    {"/address/adopted", adopted},
    {"/address/adopted-later", adopted_later},
    {"/address/more-than-a-group-may-have", more_than_a_group_may_have},
    {"/address/not-adopted", not_adopted},
    {"/address/withdrawn", withdrawn},
    {"/address/put-back", put_back},
    {"/address/guest", guest},
    {"/address/guest-at-home", guest_at_home},
    {"/address/moved-by-hand", moved_by_hand},
    {"/address/looked-for-twice", looked_for_twice},
    {"/address/looked-for-at-home", looked_for_at_home},
    {"/address/looked-for-and-deleted", looked_for_and_deleted},
    {"/address/put-then-deleted", put_then_deleted},
    {"/address/put-then-renamed", put_then_renamed},
    {"/address/habit", habit},
    {"/address/withdrawn-by-ioctl", withdrawn_by_ioctl},
    {"/address/withdrawn-ipv6", withdrawn_ipv6},
    {"/address/withdrawn-away", withdrawn_away},
    {"/address/withdrawn-while-down", withdrawn_while_down},
    {"/address/withdrawn-declared-again", withdrawn_declared_again},
    {"/address/withdrawn-added-again", withdrawn_added_again},
    {"/address/declared-put-again", declared_put_again},
    {"/address/declared-in-another-prefix", declared_in_another_prefix},
    {"/address/declared-put-on-another", declared_put_on_another},
    {"/address/flushed-admin-down", flushed_admin_down},
    {"/address/flushed-unplugged", flushed_unplugged},
    {"/address/flushed-down-then-unplugged", flushed_down_then_unplugged},
    {"/address/flushed-small-mtu", flushed_small_mtu},
    {"/address/lease-expires", lease_expires},
    {"/address/lease-renewed", lease_renewed},
    {"/address/advertised", advertised},
    {"/address/advertised-again", advertised_again},
    {"/address/advertised-restart", advertised_restart},
    {"/address/advertised-turned-off", advertised_turned_off},
    {"/address/advertised-standby", advertised_standby},
    {"/address/advertised-standby-cleared", advertised_standby_cleared},
    {"/address/temporary", temporary},
    {"/address/lease-read-again", lease_read_again},
    {"/address/lost-messages-deleted", lost_messages_deleted},
    {"/address/lost-messages-unplugged", lost_messages_unplugged},
    {"/address/lost-messages-before-the-end", lost_messages_before_the_end},
    {"/address/lost-messages-while-moving", lost_messages_while_moving},
    {"/address/deleted-while-away", deleted_while_away},
    {"/address/renewed-while-away", renewed_while_away},
    {"/address/renewed-while-away-twice", renewed_while_away_twice},
    {"/address/lost-messages-renewed", lost_messages_renewed},
    {"/address/flushed-while-away", flushed_while_away},
    {"/address/put-elsewhere-while-away", put_elsewhere_while_away},
    {"/address/flushed-then-killed", flushed_then_killed},
    {"/address/twice-found", twice_found},
};

int main(int argc, char **argv)
{
    return scenario_main(argc, argv, rows, G_N_ELEMENTS(rows));
}
