/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What meets in corners: several standbys, one member alone, refusals.
 * docs/state-machines-addresses.md, "Corners". */
#include "harness.h"

#define TWO "front: eth0 eth1"
#define DATA "eth0 10.0.0.10/24 2001:db8::10/64; eth1 10.0.0.11/24"

static void fail(Scenario *s, const char *link, gboolean fails)
{
    scenario_carrier(s, link, !fails);
    scenario_run(s);
}

static void several_standbys(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1 eth2 eth3", DATA,
                                               "front: eth0 eth1 eth2,standby eth3,standby");

    expect_active(s, "eth0 eth1");
    fail(s, "eth0", TRUE);
    expect_active(s, "eth1 eth2");
    expect_where(s, "10.0.0.10", "eth2");
    fail(s, "eth1", TRUE);
    expect_active(s, "eth2 eth3");
    expect_where(s, "10.0.0.11", "eth3");
    fail(s, "eth2", TRUE); /* nobody is left to be activated */
    expect_active(s, "eth3");
    expect_where(s, "10.0.0.10", "eth3");
    fail(s, "eth1", FALSE);
    fail(s, "eth0", FALSE);
    fail(s, "eth2", FALSE);
    expect_active(s, "eth0 eth1");
    expect_where(s, "10.0.0.10", "eth0");
    expect_where(s, "10.0.0.11", "eth1");
    scenario_delete(s, "front");
    expect_restored(s);
}

static void standby_between(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1 eth2 eth3", DATA,
                                               "front: eth0 eth1 eth2,standby eth3,standby");

    fail(s, "eth2", TRUE); /* the first standby is out before it is needed */
    fail(s, "eth0", TRUE);
    expect_active(s, "eth1 eth3");
    expect_where(s, "10.0.0.10", "eth3");
    scenario_forget(s);
    fail(s, "eth2", FALSE); /* it is not preferred to one that is active */
    expect_active(s, "eth1 eth3");
    expect_where(s, "10.0.0.10", "eth3");
}

static void single_link_lost(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0", "eth0 10.0.0.10/24", "front: eth0");

    scenario_forget(s);
    fail(s, "eth0", TRUE);
    expect_group(s, "front", MP_GROUP_FAILED);
    expect_where(s, "10.0.0.10", "eth0");
    expect_address(s, "10.0.0.10", MP_ADDRESS_DOWN, "eth0");
    fail(s, "eth0", FALSE);
    expect_group(s, "front", MP_GROUP_OK);
    expect_address(s, "10.0.0.10", MP_ADDRESS_UP, "eth0");
    g_assert_cmpuint(scenario_count_ops(s, MP_OP_ADDRESS_DEL), ==, 0);
}

static void single_unplugged(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0", "eth0 10.0.0.10/24", "front: eth0");

    scenario_unplug(s, "eth0");
    scenario_run(s);
    expect_where(s, "10.0.0.10", "lo");
    scenario_plug(s, "eth0");
    scenario_run(s);
    expect_address(s, "10.0.0.10", MP_ADDRESS_UP, "eth0");
    scenario_delete(s, "front");
    expect_where(s, "10.0.0.10", "eth0");
}

static void single_standby(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0", "eth0 10.0.0.10/24", "front: eth0,standby");

    expect_active(s, "eth0"); /* somebody has to be */
    expect_where(s, "10.0.0.10", "eth0");
    scenario_offline(s, "eth0", 1, MP_ERROR_MINIMUM_REDUNDANCY);
    scenario_delete(s, "front");
    expect_restored(s);
}

static void single_is_joined(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, "front: eth0");

    fail(s, "eth0", TRUE);
    expect_where(s, "10.0.0.10", "eth0");
    scenario_group(s, TWO);
    scenario_apply(s, -1);
    expect_where(s, "10.0.0.10", "eth1");
    expect_where(s, "2001:db8::10", "eth1");
    fail(s, "eth0", FALSE);
    expect_where(s, "10.0.0.10", "eth0");
}

static void no_failback_unplugged(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO "; failback=no");

    scenario_unplug(s, "eth0");
    scenario_run(s);
    expect_where(s, "10.0.0.10", "eth1");
    scenario_plug(s, "eth0");
    scenario_run(s);
    expect_interface(s, "eth0", MP_INTERFACE_OK, MP_REASON_APPEARED);
    expect_active(s, "eth1");
    expect_where(s, "10.0.0.10", "eth1");
    expect_where(s, "2001:db8::10", "eth1");
    scenario_restart(s);
    scenario_run(s);
    expect_active(s, "eth1");
    scenario_unplug(s, "eth1");
    scenario_run(s);
    expect_active(s, "eth0");
    expect_where(s, "10.0.0.10", "eth0");
    expect_where(s, "10.0.0.11", "eth0");
}

static void ipv6_disabled(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO);
    MpAddress address = scenario_parse("2001:db8::10");

    scenario_release(s, &address);
    fake_link_set_ipv6(s->kernel, scenario_index(s, "eth0"), FALSE);
    s->outside++;
    scenario_run(s);
    expect_address(s, "2001:db8::10", MP_ADDRESS_WITHDRAWN, "eth0");
    expect_where(s, "2001:db8::10", "");
    expect_where(s, "10.0.0.10", "eth0");
    fake_link_set_ipv6(s->kernel, scenario_index(s, "eth0"), TRUE);
    s->outside++;
    scenario_run(s);
    expect_where(s, "2001:db8::10", "");
}

static void deaf_then_down(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO);

    scenario_up(s, "eth0", FALSE); /* the kernel flushes IPv6 */
    fake_kernel_overflow(s->kernel);
    scenario_run(s);
    expect_where(s, "2001:db8::10", "eth1");
    expect_where(s, "10.0.0.10", "eth1");
    scenario_up(s, "eth0", TRUE);
    scenario_advance(s, 3000);
    expect_where(s, "2001:db8::10", "eth0");
}

static void deaf_then_deleted(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO);

    scenario_delete_address(s, "eth0", "2001:db8::10", 0);
    fake_kernel_overflow(s->kernel);
    scenario_run(s);
    expect_address(s, "2001:db8::10", MP_ADDRESS_WITHDRAWN, "eth0");
    expect_where(s, "2001:db8::10", "");
}

static void replugged_under_another_name(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", "eth0 10.0.0.10/24; eth1 10.0.0.11/24",
                                               "front: lan0,hw=02:00:00:00:00:10 eth1");
    guint index;

    expect_where(s, "10.0.0.10", "eth0");
    scenario_unplug(s, "eth0");
    scenario_run(s);
    expect_state(s, "lan0", MP_INTERFACE_MISSING);
    expect_where(s, "10.0.0.10", "eth1");
    index = fake_link_add(s->kernel, "usb7", "02:00:00:00:00:10");
    fake_link_set_up(s->kernel, index, TRUE);
    s->outside++;
    scenario_run(s);
    expect_state(s, "lan0", MP_INTERFACE_OK);
    expect_where(s, "10.0.0.10", "usb7");
    expect_address(s, "10.0.0.10", MP_ADDRESS_UP, "lan0");
}

/* Refused by one after another. */
static int refuse_in_turns(FakeKernel *kernel, const MpOp *op, gpointer user_data)
{
    const guint *refusing = user_data;

    if (op->kind != MP_OP_ADDRESS_ADD || op->address.address.family != MP_IPV6)
        return 0;
    return op->address.index == refusing[0] || op->address.index == refusing[1] ? EACCES : 0;
}

static void refused_in_turns(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1 eth2 eth3", "eth0 2001:db8::1/64",
                                               "front: eth0 eth1 eth2 eth3");
    guint refusing[] = {scenario_index(s, "eth1"), scenario_index(s, "eth2")};

    s->refuse = refuse_in_turns;
    s->refuse_data = refusing;
    scenario_carrier(s, "eth0", FALSE);
    scenario_run(s);
    expect_where(s, "2001:db8::1", "eth3");
    scenario_carrier(s, "eth0", TRUE);
    scenario_run(s);
    expect_where(s, "2001:db8::1", "eth0");
    scenario_delete(s, "front");
    expect_restored(s);
}

static void put(Scenario *s, const char *link, const char *address, guint32 valid_s)
{
    MpOp op = {.kind = MP_OP_ADDRESS_ADD};

    op.address.index = scenario_index(s, link);
    op.address.address = scenario_parse(address);
    op.address.valid_s = op.address.preferred_s = valid_s;
    if (valid_s)
        scenario_mark_mortal(s, &op.address.address);
    g_assert_cmpint(fake_kernel_apply(s->kernel, &op, FAKE_SOMEONE), ==, 0);
}

static guint count_of_host(Scenario *s, const char *address)
{
    MpAddress host = scenario_parse(address);
    guint n = 0;

    for (guint i = 0; i < fake_n_addresses(s->kernel); i++)
        n += fake_address_nth(s->kernel, i)->index != MP_LOOPBACK_INDEX &&
             mp_address_equal_host(&fake_address_nth(s->kernel, i)->address, &host);
    return n;
}

/* Its owner replaces it, the new one first: what he has made is followed, what he took away is not
 * made again. */
static void other_prefix(void)
{
    g_autoptr(Scenario) s =
        scenario_new_group("eth0 eth1", "eth0 10.0.0.10/24; eth1 10.0.0.11/24", "front: eth0 eth1");
    MpAddress now = scenario_parse("10.0.0.10/16");

    put(s, "eth0", "10.0.0.10/16", 0);
    scenario_run(s);
    g_assert_cmpuint(count_of_host(s, "10.0.0.10"), ==, 2);
    scenario_forget(s);
    scenario_delete_address(s, "eth0", "10.0.0.10/24", FAKE_SOMEONE);
    scenario_advance(s, 1000);
    scenario_run(s);
    g_assert_cmpuint(count_of_host(s, "10.0.0.10"), ==, 1);
    g_assert_nonnull(fake_address_find_exact(s->kernel, scenario_index(s, "eth0"), &now));
    g_assert_cmpuint(scenario_count_ops(s, MP_OP_ADDRESS_ADD), ==, 0);
    expect_address(s, "10.0.0.10", MP_ADDRESS_UP, "eth0");
    scenario_carrier(s, "eth0", FALSE);
    scenario_run(s);
    g_assert_nonnull(fake_address_find_exact(s->kernel, scenario_index(s, "eth1"), &now));
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

/* It has both at home: both are there again after a failover, also by another life. */
static void two_prefixes(void)
{
    g_autoptr(Scenario) s = scenario_new("eth0 eth1");
    MpOp taken = {.kind = MP_OP_ADDRESS_DEL, .address = {.index = scenario_index(s, "eth0")}};

    scenario_addresses(s, "eth0 10.0.0.10/24 10.0.0.10/16; eth1 10.0.0.11/24");
    scenario_group(s, TWO);
    scenario_start(s);
    scenario_run(s);
    fail(s, "eth0", TRUE);
    expect_exactly(s, "eth0", "");
    expect_exactly(s, "eth1", "10.0.0.11/24 10.0.0.10/24");
    fail(s, "eth0", FALSE);
    expect_exactly(s, "eth0", "10.0.0.10/24 10.0.0.10/16");
    fail(s, "eth0", TRUE);
    scenario_restart(s);
    scenario_run(s);
    fail(s, "eth0", FALSE);
    expect_exactly(s, "eth0", "10.0.0.10/24 10.0.0.10/16");
    fail(s, "eth0", TRUE);
    scenario_delete(s, "front");
    expect_exactly(s, "eth0", "10.0.0.10/24 10.0.0.10/16");
    expect_exactly(s, "eth1", "10.0.0.11/24");
    fail(s, "eth0", FALSE);
    scenario_group(s, TWO);
    scenario_apply(s, -1);
    taken.address.address = scenario_parse("10.0.0.10/16"); /* the second one alone */
    g_assert_cmpint(fake_kernel_apply(s->kernel, &taken, FAKE_SOMEONE), ==, 0);
    scenario_run(s);
    fail(s, "eth0", TRUE);
    fail(s, "eth0", FALSE);
    expect_exactly(s, "eth0", "10.0.0.10/24");
}

static int refuse_second(FakeKernel *kernel, const MpOp *op, gpointer user_data)
{
    return op->kind == MP_OP_ADDRESS_ADD && op->address.address.prefix == 16 ? EPERM : 0;
}

/* That the second one is refused does not cost the first. */
static void two_prefixes_refused(void)
{
    for (guint away = 0; away < 2; away++) {
        g_autoptr(Scenario) s = scenario_new("eth0 eth1");

        scenario_addresses(s, "eth0 10.0.0.10/24 10.0.0.10/16; eth1 10.0.0.11/24");
        scenario_group(s, TWO);
        scenario_start(s);
        scenario_run(s);
        fail(s, "eth0", TRUE);
        s->refuse = refuse_second;
        s->refusing = TRUE;
        if (!away) {
            fail(s, "eth0", FALSE);
            expect_exactly(s, "eth0", "10.0.0.10/24");
            expect_address(s, "10.0.0.10", MP_ADDRESS_UP, "eth0");
        }
        scenario_delete(s, "front");
        expect_exactly(s, "eth0", "10.0.0.10/24");
    }
}

/* What is declared is as it is declared. */
static void other_prefix_declared(void)
{
    g_autoptr(Scenario) s =
        scenario_new_group("eth0 eth1", "eth1 10.0.0.11/24", "front: eth0,10.0.0.10/24 eth1");
    MpAddress declared = scenario_parse("10.0.0.10/24");

    put(s, "eth0", "10.0.0.10/16", 0);
    scenario_run(s);
    g_assert_cmpuint(count_of_host(s, "10.0.0.10"), ==, 1);
    g_assert_nonnull(fake_address_find_exact(s->kernel, scenario_index(s, "eth0"), &declared));
}

/* IPv6 has it once: the one makes room for the other. */
static void other_prefix_declared_ipv6(void)
{
    g_autoptr(Scenario) s = scenario_new_group(
        "eth0 eth1", "eth0 2001:db8::10/128; eth1 10.0.0.11/24 2001:db8::11/64", TWO);
    MpAddress host = scenario_parse("2001:db8::10");

    scenario_group(s, "front: eth0,2001:db8::10/64 eth1");
    scenario_apply(s, -1);
    g_assert_cmpuint(fake_address_find(s->kernel, scenario_index(s, "eth0"), &host)->address.prefix,
                     ==, 64);
    expect_address(s, "2001:db8::10", MP_ADDRESS_UP, "eth0");
}

/* Put at home in another prefix while nobody can carry it: when that lease ends, it is withdrawn,
 * once. */
static void other_prefix_lease(void)
{
    g_autoptr(Scenario) s =
        scenario_new_group("eth0 eth1", "eth0 10.0.0.12/32; eth1 10.0.0.11/24", "front: eth0 eth1");

    scenario_carrier(s, "eth0", FALSE);
    scenario_run(s);
    scenario_unplug(s, "eth1");
    scenario_run(s);
    expect_where(s, "10.0.0.12", "lo");
    put(s, "eth0", "10.0.0.12/24", 40);
    scenario_run(s);
    scenario_advance(s, 50000);
    scenario_run(s);
    g_assert_cmpuint(count_of_host(s, "10.0.0.12"), ==, 0);
    expect_address(s, "10.0.0.12", MP_ADDRESS_WITHDRAWN, "eth0");
}

static void expect_prefix(Scenario *s, const char *address, guint prefix)
{
    g_autoptr(MpSnapshot) snapshot = mp_engine_snapshot(s->engine);
    const MpSnapshotGroup *group = snapshot->groups->pdata[0];
    MpAddress host = scenario_parse(address);

    for (guint i = 0; i < group->addresses->len; i++) {
        const MpAddress *seen = &((MpSnapshotAddress *)group->addresses->pdata[i])->address;

        if (!mp_address_equal_host(seen, &host))
            continue;
        g_assert_cmpuint(seen->prefix, ==, prefix);
        return;
    }
    g_error("%s is no data address", address);
}

/* The first of two in two prefixes ends on a device that is down, where the kernel might have
 * flushed it. */
static void other_prefix_down(void)
{
    g_autoptr(Scenario) s = scenario_new("eth0 eth1");
    MpAddress now = scenario_parse("10.0.0.14/25");

    put(s, "eth1", "10.0.0.14/32", 40);
    scenario_addresses(s, "eth0 10.0.0.10/24");
    scenario_start(s);
    scenario_group(s, TWO);
    scenario_apply(s, -1);
    scenario_carrier(s, "eth0", FALSE);
    scenario_up(s, "eth1", FALSE);
    scenario_run(s);
    put(s, "eth1", "10.0.0.14/25", 0);
    scenario_advance(s, 50000);
    scenario_run(s);
    g_assert_cmpuint(count_of_host(s, "10.0.0.14"), ==, 1);
    expect_prefix(s, "10.0.0.14", 25);
    scenario_up(s, "eth1", TRUE);
    scenario_run(s);
    g_assert_nonnull(fake_address_find_exact(s->kernel, scenario_index(s, "eth1"), &now));
    expect_address(s, "10.0.0.14", MP_ADDRESS_UP, "eth1");
}

static int refuse_on_eth1(FakeKernel *kernel, const MpOp *op, gpointer user_data)
{
    return op->kind == MP_OP_ADDRESS_ADD && op->address.index == scenario_index(user_data, "eth1")
               ? EPERM
               : 0;
}

/* Refused once, needed later. */
static void refused_long_ago(void)
{
    g_autoptr(Scenario) s = scenario_new_group(
        "eth0 eth1 eth2", "eth0 10.0.0.10/24; eth1 10.0.0.11/24", "front: eth0 eth1");

    s->refuse = refuse_on_eth1;
    s->refuse_data = s;
    s->refusing = TRUE;
    scenario_carrier(s, "eth0", FALSE);
    scenario_run(s);
    scenario_carrier(s, "eth0", TRUE);
    scenario_run(s);
    expect_where(s, "10.0.0.10", "eth0");
    s->refuse = NULL;
    s->refusing = FALSE;
    scenario_carrier(s, "eth2", FALSE); /* which has nothing to do with it */
    scenario_advance(s, 130000);
    scenario_carrier(s, "eth0", FALSE);
    scenario_now(s);
    expect_where(s, "10.0.0.10", "eth1");
}

/* Of the move the record does not know, and the device that has it is no member any more. */
static void moved_then_renamed(void)
{
    g_autoptr(Scenario) s =
        scenario_new_group("eth0 eth1", "eth0 10.0.0.10/24; eth1 10.0.0.11/24", "front: eth0 eth1");

    s->hold_record = TRUE;
    fake_link_enslave(s->kernel, scenario_index(s, "eth0"), 77);
    scenario_now(s);
    expect_where(s, "10.0.0.10", "eth1");
    scenario_stop(s);
    s->hold_record = FALSE;
    fake_link_rename(s->kernel, scenario_index(s, "eth1"), "lan1");
    scenario_start(s);
    scenario_run(s);
    expect_address(s, "10.0.0.10", MP_ADDRESS_DOWN, "eth0");
    fake_link_rename(s->kernel, scenario_index(s, "lan1"), "eth1");
    scenario_run(s);
    expect_where(s, "10.0.0.10", "eth1");
}

/* The same of one that has just come home, where it bears no mark of ours. */
static void returned_then_renamed(void)
{
    g_autoptr(Scenario) s =
        scenario_new_group("eth0 eth1", "eth0 10.0.0.10/24; eth1 10.0.0.11/24", "front: eth0 eth1");

    scenario_carrier(s, "eth0", FALSE);
    scenario_run(s);
    expect_where(s, "10.0.0.10", "eth1");
    s->hold_record = TRUE;
    scenario_carrier(s, "eth0", TRUE);
    scenario_now(s);
    expect_where(s, "10.0.0.10", "eth0");
    scenario_stop(s);
    s->hold_record = FALSE;
    fake_link_rename(s->kernel, scenario_index(s, "eth0"), "lan0");
    scenario_start(s);
    scenario_run(s);
    expect_where(s, "10.0.0.10", "eth1");
    expect_address(s, "10.0.0.10", MP_ADDRESS_UP, "eth0");
}

static const Row rows[] = {
    {"/corners/several-standbys", several_standbys},
    {"/corners/standby-between", standby_between},
    {"/corners/single-link-lost", single_link_lost},
    {"/corners/single-unplugged", single_unplugged},
    {"/corners/single-standby", single_standby},
    {"/corners/single-is-joined", single_is_joined},
    {"/corners/no-failback-unplugged", no_failback_unplugged},
    {"/corners/ipv6-disabled", ipv6_disabled},
    {"/corners/deaf-then-down", deaf_then_down},
    {"/corners/deaf-then-deleted", deaf_then_deleted},
    {"/corners/replugged-under-another-name", replugged_under_another_name},
    {"/corners/other-prefix", other_prefix},
    {"/corners/two-prefixes", two_prefixes},
    {"/corners/two-prefixes-refused", two_prefixes_refused},
    {"/corners/other-prefix-declared", other_prefix_declared},
    {"/corners/other-prefix-declared-ipv6", other_prefix_declared_ipv6},
    {"/corners/other-prefix-lease", other_prefix_lease},
    {"/corners/other-prefix-down", other_prefix_down},
    {"/corners/refused-long-ago", refused_long_ago},
    {"/corners/moved-then-renamed", moved_then_renamed},
    {"/corners/returned-then-renamed", returned_then_renamed},
    {"/corners/refused-in-turns", refused_in_turns},
};

int main(int argc, char **argv)
{
    return scenario_main(argc, argv, rows, G_N_ELEMENTS(rows));
}
