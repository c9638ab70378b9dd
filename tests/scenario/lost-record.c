/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Killed, and the record is lost, damaged or of a newer version: docs/state-machines-addresses.md,
 * "Record lost". */
#include "harness.h"

#define TWO "front: eth0 eth1"
#define DATA                                                                                       \
    "eth0 10.0.0.10/24 2001:db8::10/64; "                                                          \
    "eth1 10.0.0.11/24 2001:db8::11/64"
#define DECLARED "front: eth0,10.0.0.10/24,2001:db8::10/64 eth1,10.0.0.11/24,2001:db8::11/64"

static void lose(Scenario *s)
{
    scenario_stop(s);
    g_clear_pointer(&s->record, mp_record_unref);
    scenario_forget(s);
    scenario_start(s);
    scenario_run(s);
}

static guint count_address_ops(Scenario *s)
{
    return scenario_count_ops(s, MP_OP_ADDRESS_ADD) + scenario_count_ops(s, MP_OP_ADDRESS_DEL);
}

/* On a device for good, as anybody's, or nobody has it any more. */
static void expect_given_back(Scenario *s, const char *address, const char *where)
{
    MpAddress parsed = scenario_parse(address);
    const MpIfaddr *has = fake_address_find(s->kernel, scenario_index(s, where), &parsed);

    expect_where(s, address, where);
    g_assert_nonnull(has);
    g_assert_cmpuint(has->protocol, !=, MP_PROTOCOL);
    g_assert_cmpuint(has->flags & MP_IFA_NOPREFIXROUTE, ==, 0);
}

static void healthy(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO);

    lose(s);
    g_assert_cmpuint(count_address_ops(s), ==, 0);
    g_assert_cmpuint(s->announcements->len, ==, 0);
    expect_address(s, "10.0.0.10", MP_ADDRESS_UP, "eth0");
    expect_address(s, "2001:db8::11", MP_ADDRESS_UP, "eth1");
}

static void healthy_declared(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", "", DECLARED);

    lose(s);
    g_assert_cmpuint(count_address_ops(s), ==, 0);
    g_assert_cmpuint(s->announcements->len, ==, 0);
    expect_address(s, "10.0.0.10", MP_ADDRESS_UP, "eth0");
    expect_address(s, "2001:db8::11", MP_ADDRESS_UP, "eth1");
    scenario_delete(s, "front");
    expect_where(s, "10.0.0.10", "");
    expect_where(s, "2001:db8::10", "");
}

static void failed_over(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO);

    scenario_carrier(s, "eth0", FALSE);
    scenario_run(s);
    lose(s);
    g_assert_cmpuint(count_address_ops(s), ==, 0);
    expect_where(s, "10.0.0.10", "eth1");
    expect_where(s, "2001:db8::10", "eth1");
    expect_address(s, "10.0.0.10", MP_ADDRESS_UP, NULL);
    expect_address(s, "2001:db8::10", MP_ADDRESS_UP, NULL);
    expect_address(s, "10.0.0.11", MP_ADDRESS_UP, "eth1");
    scenario_carrier(s, "eth0", TRUE);
    scenario_run(s); /* homeless ones are spread: those of eth1 stay there */
    expect_where(s, "10.0.0.10", "eth0");
    expect_where(s, "2001:db8::10", "eth0");
    scenario_delete(s, "front");
    expect_given_back(s, "10.0.0.10/24", "eth0");
    expect_given_back(s, "2001:db8::10/64", "eth0");
    expect_given_back(s, "10.0.0.11/24", "eth1");
}

static void failed_over_declared(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", "", DECLARED);

    scenario_carrier(s, "eth0", FALSE);
    scenario_run(s);
    lose(s);
    g_assert_cmpuint(count_address_ops(s), ==, 0);
    expect_where(s, "10.0.0.10", "eth1");
    expect_address(s, "2001:db8::10", MP_ADDRESS_UP, "eth0");
    scenario_carrier(s, "eth0", TRUE);
    scenario_run(s);
    expect_where(s, "10.0.0.10", "eth0");
    expect_where(s, "2001:db8::10", "eth0");
    scenario_delete(s, "front");
    expect_where(s, "10.0.0.10", "");
    expect_where(s, "2001:db8::10", "");
}

/* The request is forgotten with the record: the member is in use again. */
static void offline(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO);

    scenario_offline(s, "eth0", 1, -1);
    lose(s);
    expect_state(s, "eth0", MP_INTERFACE_OK);
    expect_address(s, "10.0.0.10", MP_ADDRESS_UP, NULL);
    expect_address(s, "2001:db8::10", MP_ADDRESS_UP, NULL);
    scenario_remove_member(s, "front", "eth1");
    scenario_apply(s, -1);
    expect_given_back(s, "10.0.0.11/24", "eth1");
    expect_where(s, "10.0.0.10", "eth0");
    expect_where(s, "2001:db8::10", "eth0");
}

static void offline_declared(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", "", DECLARED);

    scenario_offline(s, "eth0", 1, -1);
    lose(s);
    expect_state(s, "eth0", MP_INTERFACE_OK);
    expect_where(s, "10.0.0.10", "eth0");
    expect_where(s, "2001:db8::10", "eth0");
}

/* Nobody had it: the anchor alone is left, which does not tell the subnet. */
static void nobody_present(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, "front: eth0 eth1; 10.0.0.77/24");

    scenario_unplug(s, "eth0");
    scenario_unplug(s, "eth1");
    scenario_run(s);
    lose(s);
    expect_where(s, "10.0.0.10", "lo");
    expect_where(s, "2001:db8::10", "lo");
    scenario_plug(s, "eth1");
    scenario_run(s);
    expect_where(s, "10.0.0.10", "eth1");
    expect_where(s, "10.0.0.11", "eth1");
    expect_where(s, "2001:db8::10", "eth1");
    scenario_delete(s, "front");
    expect_given_back(s, "10.0.0.10/24", "eth1"); /* as of the declared one's subnet */
    expect_where(s, "2001:db8::10", "eth1");
    expect_where(s, "10.0.0.77", "");
}

/* A newer version's file may have a key that this one does not know. */
static void file_has_an_error(void)
{
    g_autoptr(Scenario) s = scenario_new_group(
        "eth0 eth1 eth2 eth3", DATA "; eth2 10.5.0.10/24; eth3 10.5.0.11/24", "front: eth0 eth1");
    g_autoptr(MpConfig) whole = NULL;

    scenario_group(s, "back: eth2 eth3");
    scenario_apply(s, -1);
    scenario_carrier(s, "eth2", FALSE);
    scenario_carrier(s, "eth0", FALSE);
    scenario_run(s);
    whole = mp_config_copy(s->config);
    g_assert_true(mp_config_drop(s->config, "back"));
    s->config->partial = TRUE;
    lose(s);
    expect_where(s, "10.5.0.10", "eth3");
    expect_where(s, "10.0.0.10", "eth1");
    scenario_restart(s); /* its record does not tell of the other group either */
    scenario_run(s);
    expect_where(s, "10.5.0.10", "eth3");
    mp_config_free(s->config);
    s->config = g_steal_pointer(&whole);
    scenario_apply(s, -1);
    expect_address(s, "10.5.0.10", MP_ADDRESS_UP, NULL);
    expect_where(s, "10.5.0.10", "eth3");
    scenario_delete(s, "back");
    expect_given_back(s, "10.5.0.10/24", "eth3");
}

static void group_taken_out(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO);

    scenario_carrier(s, "eth0", FALSE);
    scenario_run(s);
    g_assert_true(mp_config_drop(s->config, "front"));
    lose(s);
    expect_given_back(s, "10.0.0.10/24", "eth1");
    expect_given_back(s, "2001:db8::10/64", "eth1");
    expect_given_back(s, "10.0.0.11/24", "eth1");
}

/* The record is there, and knows better. */
static void memberless(void)
{
    g_autoptr(Scenario) s =
        scenario_new_group("eth0", "", "front: eth0; 10.0.0.10/24 2001:db8::10/64");

    scenario_remove_member(s, "front", "eth0");
    scenario_group(s, "front: ; 10.0.0.10/24 2001:db8::10/64");
    g_hash_table_remove_all(s->protected);
    scenario_apply(s, -1);
    expect_where(s, "2001:db8::10", "lo");
    scenario_group(s, "front: ; 10.0.0.10/24");
    g_hash_table_remove_all(s->protected);
    scenario_group(s, "back: ");
    scenario_restart(s);
    expect_where(s, "10.0.0.10", "lo");
    expect_where(s, "2001:db8::10", "");
}

/* A manager's address, unplugged before the record could tell of it: not on the dead device any
 * more, but ours alone. */
static void not_yet(gboolean all)
{
    g_autoptr(Scenario) s =
        scenario_new_group("eth0 eth1", "eth0 10.0.0.10/24; eth1 10.0.0.11/24", TWO);

    s->hold_record = TRUE;
    scenario_addresses(s, "eth0 10.0.0.12/24 2001:db8::12/64");
    scenario_now(s);
    scenario_unplug(s, "eth0");
    if (all)
        scenario_unplug(s, "eth1");
    scenario_now(s);
    expect_where(s, "10.0.0.12", all ? "lo" : "eth1");
    scenario_stop(s);
    s->hold_record = FALSE;
    scenario_start(s);
    scenario_run(s);
    if (all)
        scenario_plug(s, "eth1");
    scenario_run(s);
    expect_where(s, "10.0.0.12", "eth1");
    expect_where(s, "2001:db8::12", "eth1");
    expect_address(s, "10.0.0.10", MP_ADDRESS_UP, "eth0");
    expect_address(s, "10.0.0.12", MP_ADDRESS_UP, NULL);
    scenario_delete(s, "front");
    expect_given_back(s, "10.0.0.12/24", "eth1");
    expect_given_back(s, "2001:db8::12/64", "eth1");
}

static void not_yet_recorded(void)
{
    not_yet(FALSE);
}

static void not_yet_recorded_on_lo(void)
{
    not_yet(TRUE);
}

static int refuse_all(FakeKernel *kernel, const MpOp *op, gpointer user_data)
{
    return EINTR;
}

/* What was taken out is not taken for one of those. */
static void removed_then_killed(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO "; 10.0.0.77/24");

    scenario_group(s, TWO);
    g_hash_table_remove_all(s->protected);
    g_assert_true(mp_engine_configure(s->engine, s->config, FALSE, ++s->request,
                                      fake_kernel_now(s->kernel), NULL));
    s->refuse = refuse_all;
    scenario_now(s); /* told to the record, and to nobody else */
    scenario_stop(s);
    s->refuse = NULL;
    expect_where(s, "10.0.0.77", "eth0");
    scenario_start(s);
    scenario_run(s);
    expect_where(s, "10.0.0.77", "");
    expect_forgotten(s, "10.0.0.77");
}

static int refuse_anchors(FakeKernel *kernel, const MpOp *op, gpointer user_data)
{
    return op->kind == MP_OP_ADDRESS_DEL && op->address.index == MP_LOOPBACK_INDEX ? EPERM : 0;
}

/* Nor what its owner has again on a device that has left. */
static void left_then_killed(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", DATA, TWO);
    MpAddress anchor = scenario_parse("10.0.0.10/32");

    s->refuse = refuse_anchors;
    s->refusing = TRUE;
    scenario_remove_member(s, "front", "eth0");
    scenario_apply(s, -1);
    scenario_stop(s);
    s->refuse = NULL;
    s->refusing = FALSE;
    g_assert_nonnull(fake_address_find(s->kernel, MP_LOOPBACK_INDEX, &anchor));
    scenario_start(s);
    scenario_run(s);
    expect_where(s, "10.0.0.10", "eth0");
    expect_where(s, "2001:db8::10", "eth0");
    expect_forgotten(s, "10.0.0.10");
    g_assert_null(fake_address_find(s->kernel, MP_LOOPBACK_INDEX, &anchor));
}

/* Nor is an anchor of a group that was deleted kept for ever. */
static void deleted_then_killed(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", "", TWO "; 10.0.0.77/24");
    MpAddress anchor = scenario_parse("10.0.0.77/32");

    s->refuse = refuse_anchors;
    s->refusing = TRUE;
    scenario_delete(s, "front");
    scenario_stop(s);
    s->refuse = NULL;
    s->refusing = FALSE;
    g_assert_nonnull(fake_address_find(s->kernel, MP_LOOPBACK_INDEX, &anchor));
    scenario_start(s);
    scenario_run(s);
    g_assert_null(fake_address_find(s->kernel, MP_LOOPBACK_INDEX, &anchor));
}

static const Row rows[] = {
    {"/lost-record/healthy", healthy},
    {"/lost-record/healthy-declared", healthy_declared},
    {"/lost-record/failed-over", failed_over},
    {"/lost-record/failed-over-declared", failed_over_declared},
    {"/lost-record/offline", offline},
    {"/lost-record/offline-declared", offline_declared},
    {"/lost-record/nobody-present", nobody_present},
    {"/lost-record/file-has-an-error", file_has_an_error},
    {"/lost-record/group-taken-out", group_taken_out},
    {"/lost-record/memberless", memberless},
    {"/lost-record/not-yet-recorded", not_yet_recorded},
    {"/lost-record/not-yet-recorded-on-lo", not_yet_recorded_on_lo},
    {"/lost-record/removed-then-killed", removed_then_killed},
    {"/lost-record/left-then-killed", left_then_killed},
    {"/lost-record/deleted-then-killed", deleted_then_killed},
};

int main(int argc, char **argv)
{
    return scenario_main(argc, argv, rows, G_N_ELEMENTS(rows));
}
