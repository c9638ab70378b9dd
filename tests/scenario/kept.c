/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What might have got lost: an address in many prefixes, one that changes its group while nobody is
 * there, one that was put back, one that the kernel flushed while messages were lost.
 * docs/state-machines-addresses.md, "Kept". */
#include "harness.h"

#define TWO "front: eth0 eth1"
#define DATA "eth0 10.0.0.10/24 2001:db8::10/64; eth1 10.0.0.11/24"

static void fail(Scenario *s, const char *link, gboolean fails)
{
    scenario_carrier(s, link, !fails);
    scenario_run(s);
}

static void put(Scenario *s, const char *link, const char *address, guint32 valid_s)
{
    MpOp op = {.kind = MP_OP_ADDRESS_ADD};

    op.address.index = scenario_index(s, link);
    op.address.address = scenario_parse(address);
    op.address.valid_s = op.address.preferred_s = valid_s;
    g_assert_cmpint(fake_kernel_apply(s->kernel, &op, FAKE_SOMEONE), ==, 0);
    while (!s->engine && fake_kernel_step(s->kernel))
        ; /* was told of before the daemon began */
}

static void expect_exactly(Scenario *s, const char *link, const char *addresses)
{
    g_autoptr(GString) seen = g_string_new(NULL);

    for (guint i = 0; i < fake_n_addresses(s->kernel); i++) {
        const MpIfaddr *a = fake_address_nth(s->kernel, i);
        g_autofree char *text = mp_address_to_string(&a->address);

        if (a->index == scenario_index(s, link) && a->address.family == MP_IPV4)
            g_string_append_printf(seen, "%s%s", seen->len ? " " : "", text);
    }
    g_assert_cmpstr(seen->str, ==, addresses);
}

static guint32 lifetime(Scenario *s, const char *link, const char *address)
{
    MpAddress key = scenario_parse(address);
    const MpIfaddr *found = fake_address_find_exact(s->kernel, scenario_index(s, link), &key);

    g_assert_nonnull(found);
    return found->valid_s;
}

#define THREE "10.0.0.10/24 10.0.0.10/16 10.0.0.10/25"

/* All of them are there again, also by another life, and what of them is a lease is one still. */
static void three_prefixes(void)
{
    g_autoptr(Scenario) s = scenario_new("eth0 eth1");

    scenario_addresses(s, "eth0 10.0.0.10/24 10.0.0.10/16; eth1 10.0.0.11/24");
    put(s, "eth0", "10.0.0.10/25", 5000);
    scenario_group(s, TWO);
    scenario_start(s);
    scenario_run(s);
    expect_exactly(s, "eth0", THREE);
    fail(s, "eth0", TRUE);
    expect_exactly(s, "eth0", "");
    expect_exactly(s, "eth1", "10.0.0.11/24 10.0.0.10/24");
    fail(s, "eth0", FALSE);
    expect_exactly(s, "eth0", THREE);
    g_assert_cmpuint(lifetime(s, "eth0", "10.0.0.10/24"), ==, MP_FOREVER);
    g_assert_cmpuint(lifetime(s, "eth0", "10.0.0.10/25"), <=, 5000);
    fail(s, "eth0", TRUE);
    scenario_restart(s);
    scenario_run(s);
    fail(s, "eth0", FALSE);
    expect_exactly(s, "eth0", THREE);
    g_assert_cmpuint(lifetime(s, "eth0", "10.0.0.10/25"), <=, 5000);
    fail(s, "eth0", TRUE);
    scenario_delete(s, "front");
    expect_exactly(s, "eth0", THREE);
}

/* What ends while it is away is not made again, and what is taken away at home neither. */
static void prefix_ends_while_away(void)
{
    g_autoptr(Scenario) s = scenario_new("eth0 eth1");

    scenario_addresses(s, "eth0 10.0.0.10/24 10.0.0.10/16; eth1 10.0.0.11/24");
    put(s, "eth0", "10.0.0.10/25", 100);
    scenario_group(s, TWO);
    scenario_start(s);
    scenario_run(s);
    fail(s, "eth0", TRUE);
    scenario_advance(s, 120000);
    fail(s, "eth0", FALSE);
    expect_exactly(s, "eth0", "10.0.0.10/24 10.0.0.10/16");
    scenario_delete_address(s, "eth0", "10.0.0.10/16", FAKE_SOMEONE);
    scenario_run(s);
    fail(s, "eth0", TRUE);
    fail(s, "eth0", FALSE);
    expect_exactly(s, "eth0", "10.0.0.10/24");
}

/* The lease of the one that is away ends: another prefix lasts. */
static void lease_leaves_another(void)
{
    g_autoptr(Scenario) s = scenario_new("eth0 eth1");
    MpAddress first = scenario_parse("10.0.0.10/24");

    put(s, "eth0", "10.0.0.10/24", 100);
    put(s, "eth0", "10.0.0.10/16", 0);
    scenario_addresses(s, "eth1 10.0.0.11/24");
    scenario_group(s, TWO);
    scenario_start(s);
    scenario_run(s);
    fail(s, "eth0", TRUE);
    expect_exactly(s, "eth1", "10.0.0.11/24 10.0.0.10/24");
    scenario_mark_mortal(s, &first);
    scenario_advance(s, 120000);
    scenario_run(s);
    expect_exactly(s, "eth1", "10.0.0.11/24 10.0.0.10/16");
    expect_address(s, "10.0.0.10", MP_ADDRESS_UP, "eth0");
    fail(s, "eth0", FALSE);
    expect_exactly(s, "eth0", "10.0.0.10/16");
}

/* A manager renews the second one at home while both are away. */
static void prefix_renewed_while_away(void)
{
    g_autoptr(Scenario) s = scenario_new("eth0 eth1");

    scenario_addresses(s, "eth0 10.0.0.10/24; eth1 10.0.0.11/24");
    put(s, "eth0", "10.0.0.10/16", 300);
    scenario_group(s, TWO);
    scenario_start(s);
    scenario_run(s);
    fail(s, "eth0", TRUE);
    put(s, "eth0", "10.0.0.10/16", 9000);
    scenario_advance(s, 5000);
    scenario_run(s);
    expect_exactly(s, "eth0", "");
    expect_exactly(s, "eth1", "10.0.0.11/24 10.0.0.10/24");
    fail(s, "eth0", FALSE);
    expect_exactly(s, "eth0", "10.0.0.10/24 10.0.0.10/16");
    g_assert_cmpuint(lifetime(s, "eth0", "10.0.0.10/16"), >, 8000);
}

/* Away from home when the daemon was killed, and in the next life its home is another group's. */
static void home_of_another_group(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO);

    fail(s, "eth0", TRUE);
    expect_where(s, "10.0.0.10", "eth1");
    expect_where(s, "2001:db8::10", "eth1");
    scenario_stop(s);
    scenario_group(s, "front: eth1");
    scenario_group(s, "back: eth0");
    scenario_start(s);
    scenario_run(s);
    expect_where(s, "10.0.0.10", "lo"); /* nobody there can carry it */
    expect_address(s, "10.0.0.10", MP_ADDRESS_DOWN, "eth0");
    fail(s, "eth0", FALSE);
    expect_where(s, "10.0.0.10", "eth0");
    expect_address(s, "10.0.0.10", MP_ADDRESS_UP, "eth0");
    expect_address(s, "2001:db8::10", MP_ADDRESS_UP, "eth0");
    scenario_delete(s, "front");
    scenario_delete(s, "back");
    expect_restored(s);
}

/* The same, and its home is not there either. */
static void missing_home_of_another_group(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO);

    scenario_unplug(s, "eth0");
    scenario_run(s);
    expect_where(s, "10.0.0.10", "eth1");
    scenario_stop(s);
    scenario_group(s, "front: eth1");
    scenario_group(s, "back: eth0");
    scenario_start(s);
    scenario_run(s);
    expect_where(s, "10.0.0.10", "lo");
    scenario_plug(s, "eth0");
    scenario_advance(s, 3000);
    expect_where(s, "10.0.0.10", "eth0");
    expect_where(s, "2001:db8::10", "eth0");
}

/* Withdrawn, put back, and moved before any record could tell. */
static void put_back_unrecorded(gboolean unplugged)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO);

    scenario_delete_address(s, "eth0", "10.0.0.10", FAKE_SOMEONE);
    scenario_delete_address(s, "eth0", "2001:db8::10", 0);
    scenario_advance(s, 1000);
    expect_address(s, "10.0.0.10", MP_ADDRESS_WITHDRAWN, "eth0");
    expect_address(s, "2001:db8::10", MP_ADDRESS_WITHDRAWN, "eth0");
    s->hold_record = TRUE;
    scenario_addresses(s, "eth0 10.0.0.10/24 2001:db8::10/64");
    scenario_now(s);
    if (unplugged)
        scenario_unplug(s, "eth0");
    else
        scenario_carrier(s, "eth0", FALSE);
    scenario_now(s);
    scenario_stop(s);
    s->hold_record = FALSE;
    scenario_start(s);
    scenario_run(s);
    expect_where(s, "10.0.0.10", "eth1");
    expect_where(s, "2001:db8::10", "eth1");
    expect_address(s, "10.0.0.10", MP_ADDRESS_UP, "eth0");
}

static void put_back_unplugged(void)
{
    put_back_unrecorded(TRUE);
}

static void put_back_link_lost(void)
{
    put_back_unrecorded(FALSE);
}

/* The same, and the other one is unplugged, too: nothing but its anchor is left. */
static void put_back_all_unplugged(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO);

    scenario_unplug(s, "eth1");
    scenario_delete_address(s, "eth0", "10.0.0.10", FAKE_SOMEONE);
    scenario_delete_address(s, "eth0", "2001:db8::10", 0);
    scenario_advance(s, 1000);
    expect_address(s, "10.0.0.10", MP_ADDRESS_WITHDRAWN, "eth0");
    s->hold_record = TRUE;
    scenario_addresses(s, "eth0 10.0.0.10/24 2001:db8::10/64");
    scenario_now(s);
    scenario_unplug(s, "eth0");
    scenario_now(s);
    scenario_stop(s);
    s->hold_record = FALSE;
    scenario_start(s);
    scenario_run(s);
    expect_where(s, "10.0.0.10", "lo");
    expect_address(s, "10.0.0.10", MP_ADDRESS_DOWN, "eth0");
    scenario_plug(s, "eth1");
    scenario_advance(s, 3000);
    expect_where(s, "10.0.0.10", "eth1");
    expect_where(s, "2001:db8::10", "eth1");
}

static int refuse_removals(FakeKernel *kernel, const MpOp *op, gpointer user_data)
{
    return op->kind == MP_OP_ADDRESS_DEL ? ENOMEM : 0;
}

/* Killed before the anchor of a withdrawn one was taken off: its device is there, it stays so. */
static void withdrawn_then_killed(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO);

    s->refuse = refuse_removals;
    s->refusing = TRUE;
    scenario_delete_address(s, "eth0", "10.0.0.10", FAKE_SOMEONE);
    scenario_delete_address(s, "eth0", "2001:db8::10", 0);
    scenario_advance(s, 1000);
    expect_where(s, "10.0.0.10", "lo");
    expect_where(s, "2001:db8::10", "lo");
    scenario_stop(s);
    s->refuse = NULL;
    s->refusing = FALSE;
    scenario_start(s);
    scenario_run(s);
    expect_where(s, "10.0.0.10", "");
    expect_address(s, "10.0.0.10", MP_ADDRESS_WITHDRAWN, "eth0");
    expect_where(s, "2001:db8::10", "");
    expect_address(s, "2001:db8::10", MP_ADDRESS_WITHDRAWN, "eth0");
}

/* Of a device that was down for a moment while messages were lost the kernel has flushed IPv6. */
static void deaf_then_down_and_up(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO);

    scenario_up(s, "eth0", FALSE);
    scenario_up(s, "eth0", TRUE);
    fake_kernel_overflow(s->kernel);
    scenario_advance(s, 5000);
    expect_where(s, "2001:db8::10", "eth0");
    expect_address(s, "2001:db8::10", MP_ADDRESS_UP, "eth0");
    expect_where(s, "10.0.0.10", "eth0");
}

/* So it has where packets were too small for it. */
static void deaf_then_small_mtu_and_back(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO);

    fake_link_set_mtu(s->kernel, scenario_index(s, "eth0"), 1200);
    fake_link_set_mtu(s->kernel, scenario_index(s, "eth0"), 1500);
    fake_kernel_overflow(s->kernel);
    scenario_advance(s, 5000);
    expect_where(s, "2001:db8::10", "eth0");
    expect_address(s, "2001:db8::10", MP_ADDRESS_UP, "eth0");
}

/* Deleted while nobody was there: what the kernel flushes with IPv6 is there still. */
static void deleted_ipv6_while_away(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO);
    MpAddress address = scenario_parse("2001:db8::10");

    scenario_stop(s);
    scenario_release(s, &address);
    scenario_delete_address(s, "eth0", "2001:db8::10", FAKE_SOMEONE);
    scenario_start(s);
    scenario_run(s);
    expect_address(s, "2001:db8::10", MP_ADDRESS_WITHDRAWN, "eth0");
    expect_where(s, "2001:db8::10", "");
    expect_where(s, "10.0.0.10", "eth0");
}

static void small_mtu_while_away(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO);

    scenario_stop(s);
    fake_link_set_mtu(s->kernel, scenario_index(s, "eth0"), 1200);
    fake_link_set_mtu(s->kernel, scenario_index(s, "eth0"), 1500);
    scenario_start(s);
    scenario_run(s);
    expect_address(s, "2001:db8::10", MP_ADDRESS_UP, "eth0");
    expect_where(s, "2001:db8::10", "eth0");
}

/* Home again from where the last record has it, and then the kernel took it there. */
static void killed_at_home(void (*take)(Scenario *s))
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO);

    scenario_carrier(s, "eth0", FALSE);
    scenario_run(s);
    s->hold_record = TRUE;
    scenario_carrier(s, "eth0", TRUE);
    scenario_advance(s, 100);
    expect_where(s, "10.0.0.10", "eth0");
    expect_where(s, "2001:db8::10", "eth0");
    scenario_stop(s);
    s->hold_record = FALSE;
    g_hash_table_remove_all(s->protected);
    take(s);
    scenario_start(s);
    scenario_run(s);
    expect_address(s, "10.0.0.10", MP_ADDRESS_UP, "eth0");
    expect_where(s, "10.0.0.10", "eth0");
    expect_address(s, "2001:db8::10", MP_ADDRESS_UP, "eth0");
    expect_where(s, "2001:db8::10", "eth0");
}

static void set_down(Scenario *s)
{
    scenario_up(s, "eth0", FALSE);
    scenario_up(s, "eth0", TRUE);
}

static void set_down_beside_disabled(Scenario *s)
{
    fake_link_set_ipv6(s->kernel, scenario_index(s, "eth1"), FALSE);
    set_down(s);
}

static void replug(Scenario *s)
{
    scenario_unplug(s, "eth0");
    scenario_plug(s, "eth0");
}

static void killed_at_home_then_down(void)
{
    killed_at_home(set_down);
}

static void killed_at_home_beside_disabled(void)
{
    killed_at_home(set_down_beside_disabled);
}

static void killed_at_home_then_replugged(void)
{
    killed_at_home(replug);
}

/* Where IPv6 is off it was somebody. */
static void deaf_then_disabled(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO);
    MpAddress address = scenario_parse("2001:db8::10");

    scenario_release(s, &address);
    fake_link_set_ipv6(s->kernel, scenario_index(s, "eth0"), FALSE);
    fake_kernel_overflow(s->kernel);
    scenario_advance(s, 5000);
    expect_address(s, "2001:db8::10", MP_ADDRESS_WITHDRAWN, "eth0");
    expect_where(s, "2001:db8::10", "");
    expect_where(s, "10.0.0.10", "eth0");
}

static const Row rows[] = {
    {"/kept/three-prefixes", three_prefixes},
    {"/kept/prefix-ends-while-away", prefix_ends_while_away},
    {"/kept/lease-leaves-another", lease_leaves_another},
    {"/kept/prefix-renewed-while-away", prefix_renewed_while_away},
    {"/kept/home-of-another-group", home_of_another_group},
    {"/kept/missing-home-of-another-group", missing_home_of_another_group},
    {"/kept/put-back-then-unplugged", put_back_unplugged},
    {"/kept/put-back-then-link-lost", put_back_link_lost},
    {"/kept/put-back-all-unplugged", put_back_all_unplugged},
    {"/kept/withdrawn-then-killed", withdrawn_then_killed},
    {"/kept/deaf-then-down-and-up", deaf_then_down_and_up},
    {"/kept/deaf-then-small-mtu-and-back", deaf_then_small_mtu_and_back},
    {"/kept/deleted-ipv6-while-away", deleted_ipv6_while_away},
    {"/kept/small-mtu-while-away", small_mtu_while_away},
    {"/kept/deaf-then-disabled", deaf_then_disabled},
    {"/kept/killed-at-home-then-down", killed_at_home_then_down},
    {"/kept/killed-at-home-beside-disabled", killed_at_home_beside_disabled},
    {"/kept/killed-at-home-then-replugged", killed_at_home_then_replugged},
};

int main(int argc, char **argv)
{
    return scenario_main(argc, argv, rows, G_N_ELEMENTS(rows));
}
