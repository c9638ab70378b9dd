/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Members that are probed: docs/state-machines-probing.md, "Probing". */
#include "harness-network.h"

#define DATA "eth0 10.0.0.10/24; eth1 10.0.0.11/24"
#define MEMBERS "front: eth0,test=10.0.0.21/24 eth1,test=10.0.0.22/24"
#define STANDBY "front: eth0,test=10.0.0.21/24 eth1,test=10.0.0.22/24,standby"
#define PROBED "; method=auto fdt=1000 target=10.0.0.1"
#define FDT_MS 1000
#define REPAIR_MS 2000 /* ten intervals, and a bit */

/* At rest, probed, with answers. */
static Scenario *probed(const char *group)
{
    Scenario *s = scenario_new("eth0 eth1");

    network_hosts(s, "10.0.0.1");
    scenario_addresses(s, DATA);
    scenario_group(s, group);
    scenario_start(s);
    scenario_run(s);
    until_state(s, "eth0", MP_INTERFACE_OK, FDT_MS);
    until_state(s, "eth1", MP_INTERFACE_OK, FDT_MS);
    scenario_forget(s);
    return s;
}

static void convict(Scenario *s, const char *link)
{
    network_path(s, link, PATH_BROKEN);
    until_state(s, link, MP_INTERFACE_FAILED, FDT_MS);
    scenario_run(s);
}

static void first_answer(void)
{
    g_autoptr(Scenario) s = scenario_new("eth0 eth1");

    network_hosts(s, "10.0.0.1");
    scenario_addresses(s, DATA);
    scenario_group(s, MEMBERS PROBED);
    scenario_start(s);
    scenario_run(s);
    expect_state(s, "eth0", MP_INTERFACE_UNKNOWN);
    expect_probes(s, "eth0", MP_PROBE_UNKNOWN);
    expect_active(s, "eth0 eth1");
    scenario_forget(s);
    until_state(s, "eth0", MP_INTERFACE_OK, FDT_MS);
    expect_interface(s, "eth0", MP_INTERFACE_OK, MP_REASON_PROBE_REPAIR);
    g_assert_cmpuint(acked_probes(s, "eth0"), ==, 1);
    until_state(s, "eth1", MP_INTERFACE_OK, FDT_MS);
    expect_group(s, "front", MP_GROUP_OK);
    scenario_run(s);
    g_assert_cmpuint(s->ops->len, ==, 0);
}

static void never_answered(void)
{
    g_autoptr(Scenario) s = scenario_new("eth0 eth1");

    scenario_addresses(s, DATA);
    scenario_group(s, MEMBERS PROBED);
    scenario_start(s);
    scenario_run(s);
    scenario_forget(s);
    scenario_advance(s, 60000);
    expect_state(s, "eth0", MP_INTERFACE_UNKNOWN);
    expect_state(s, "eth1", MP_INTERFACE_UNKNOWN);
    expect_group(s, "front", MP_GROUP_OK);
    g_assert_cmpuint(s->ops->len, ==, 0);
}

static void dead_from_start(void)
{
    g_autoptr(Scenario) s = scenario_new("eth0 eth1");

    network_hosts(s, "10.0.0.1");
    network_path(s, "eth0", PATH_BROKEN);
    scenario_addresses(s, DATA);
    scenario_group(s, MEMBERS PROBED);
    scenario_start(s);
    scenario_run(s);
    until_state(s, "eth0", MP_INTERFACE_FAILED, 2 * FDT_MS);
    expect_interface(s, "eth0", MP_INTERFACE_FAILED, MP_REASON_PROBE_FAILURE);
    expect_where(s, "10.0.0.10", "eth1");
}

static void failure(void)
{
    g_autoptr(Scenario) s = probed(MEMBERS PROBED);

    network_path(s, "eth0", PATH_BROKEN);
    until_state(s, "eth0", MP_INTERFACE_FAILED, FDT_MS);
    expect_interface(s, "eth0", MP_INTERFACE_FAILED, MP_REASON_PROBE_FAILURE);
    expect_probes(s, "eth0", MP_PROBE_FAILED);
    expect_where(s, "10.0.0.10", "eth1");
    scenario_run(s);
    expect_group(s, "front", MP_GROUP_DEGRADED);
    expect_active(s, "eth1");
    expect_notice(s, MP_NOTICE_INTERFACE_STATE, MP_REASON_PROBE_FAILURE, "eth0");
    /* What it is probed from stays. */
    expect_where(s, "10.0.0.21", "eth0");
}

static void one_way(void)
{
    g_autoptr(Scenario) s = probed(MEMBERS PROBED);

    network_path(s, "eth1", PATH_NO_ANSWERS);
    until_state(s, "eth1", MP_INTERFACE_FAILED, FDT_MS);
    scenario_run(s);
    expect_where(s, "10.0.0.11", "eth0");
}

static void repair(void)
{
    g_autoptr(Scenario) s = probed(MEMBERS PROBED);
    guint64 before;

    convict(s, "eth0");
    before = acked_probes(s, "eth0");
    network_path(s, "eth0", PATH_OK);
    until_state(s, "eth0", MP_INTERFACE_OK, REPAIR_MS);
    g_assert_cmpuint(acked_probes(s, "eth0") - before, ==, 10);
    expect_interface(s, "eth0", MP_INTERFACE_OK, MP_REASON_PROBE_REPAIR);
    scenario_run(s);
    expect_where(s, "10.0.0.10", "eth0");
    expect_group(s, "front", MP_GROUP_OK);
}

static void repair_interrupted(void)
{
    g_autoptr(Scenario) s = probed(MEMBERS PROBED);
    guint64 before;

    convict(s, "eth0");
    network_path(s, "eth0", PATH_OK);
    scenario_advance(s, REPAIR_MS / 2);
    expect_state(s, "eth0", MP_INTERFACE_FAILED);
    network_path(s, "eth0", PATH_BROKEN);
    scenario_advance(s, 400);
    network_path(s, "eth0", PATH_OK);
    before = acked_probes(s, "eth0");
    until_state(s, "eth0", MP_INTERFACE_OK, REPAIR_MS);
    g_assert_cmpuint(acked_probes(s, "eth0") - before, ==, 10);
}

static void repair_no_failback(void)
{
    g_autoptr(Scenario) s = probed(MEMBERS PROBED " failback=no");

    convict(s, "eth0");
    network_path(s, "eth0", PATH_OK);
    until_state(s, "eth0", MP_INTERFACE_OK, REPAIR_MS);
    scenario_run(s);
    expect_where(s, "10.0.0.10", "eth1");
    expect_active(s, "eth1");
    /* Its first answers after a start are no repair. */
    scenario_restart(s);
    scenario_advance(s, REPAIR_MS);
    expect_active(s, "eth1");
}

static void link_back(void)
{
    g_autoptr(Scenario) s = probed(MEMBERS PROBED);
    guint64 before;

    scenario_carrier(s, "eth0", FALSE);
    scenario_run(s);
    expect_interface(s, "eth0", MP_INTERFACE_FAILED, MP_REASON_LINK_DOWN);
    network_forget(s);
    scenario_advance(s, 5000);
    g_assert_cmpuint(network_count(s, "eth0"), ==, 0);
    before = acked_probes(s, "eth0");
    scenario_carrier(s, "eth0", TRUE);
    scenario_run(s);
    expect_interface(s, "eth0", MP_INTERFACE_FAILED, MP_REASON_LINK_DOWN);
    expect_where(s, "10.0.0.10", "eth1");
    until_state(s, "eth0", MP_INTERFACE_OK, REPAIR_MS);
    g_assert_cmpuint(acked_probes(s, "eth0") - before, ==, 10);
    expect_interface(s, "eth0", MP_INTERFACE_OK, MP_REASON_PROBE_REPAIR);
    scenario_run(s);
    expect_where(s, "10.0.0.10", "eth0");
}

static void admin_up(void)
{
    g_autoptr(Scenario) s = probed(MEMBERS PROBED);

    scenario_up(s, "eth0", FALSE);
    scenario_run(s);
    scenario_up(s, "eth0", TRUE);
    scenario_run(s);
    expect_interface(s, "eth0", MP_INTERFACE_FAILED, MP_REASON_ADMIN_DOWN);
    until_state(s, "eth0", MP_INTERFACE_OK, REPAIR_MS);
    scenario_run(s);
    expect_where(s, "10.0.0.10", "eth0");
}

/* Four times within a minute, which would be flapping. */
static void no_hold(void)
{
    g_autoptr(Scenario) s = probed(MEMBERS PROBED " repair=30000");

    for (guint i = 0; i < 4; i++) {
        scenario_carrier(s, "eth0", FALSE);
        scenario_advance(s, 1000);
        scenario_carrier(s, "eth0", TRUE);
        until_state(s, "eth0", MP_INTERFACE_OK, REPAIR_MS);
    }
    g_assert_null(scenario_find_notice(s, MP_NOTICE_INTERFACE_STATE, MP_REASON_FLAPPING, "eth0"));
    g_assert_null(
        scenario_find_notice(s, MP_NOTICE_INTERFACE_STATE, MP_REASON_REPAIR_DELAY, "eth0"));
}

static void link_back_alone(void)
{
    g_autoptr(Scenario) s = probed(MEMBERS PROBED);

    scenario_carrier(s, "eth0", FALSE);
    scenario_run(s);
    scenario_carrier(s, "eth1", FALSE);
    scenario_run(s);
    expect_group(s, "front", MP_GROUP_FAILED);
    scenario_carrier(s, "eth0", TRUE);
    scenario_now(s);
    expect_state(s, "eth0", MP_INTERFACE_UNKNOWN);
    scenario_run(s);
    expect_where(s, "10.0.0.10", "eth0");
    expect_where(s, "10.0.0.11", "eth0");
    /* The second has to prove itself. */
    scenario_carrier(s, "eth1", TRUE);
    scenario_run(s);
    expect_state(s, "eth1", MP_INTERFACE_FAILED);
    until_state(s, "eth1", MP_INTERFACE_OK, REPAIR_MS);
}

static void left_alone(void)
{
    g_autoptr(Scenario) s = probed(MEMBERS PROBED);

    convict(s, "eth0");
    scenario_carrier(s, "eth1", FALSE);
    scenario_now(s);
    expect_interface(s, "eth0", MP_INTERFACE_FAILED, MP_REASON_GROUP_FAILURE);
    scenario_run(s);
    expect_where(s, "10.0.0.10", "eth0");
    expect_where(s, "10.0.0.11", "eth0");
    expect_address(s, "10.0.0.11", MP_ADDRESS_UP, "eth1");
    expect_group(s, "front", MP_GROUP_FAILED);
    /* Whoever has link again is better than one that is known not to work. */
    scenario_carrier(s, "eth1", TRUE);
    scenario_now(s);
    expect_interface(s, "eth1", MP_INTERFACE_FAILED, MP_REASON_GROUP_FAILURE);
    expect_interface(s, "eth0", MP_INTERFACE_FAILED, MP_REASON_PROBE_FAILURE);
    scenario_run(s);
    expect_where(s, "10.0.0.10", "eth1");
    until_state(s, "eth1", MP_INTERFACE_OK, REPAIR_MS);
    expect_group(s, "front", MP_GROUP_DEGRADED);
}

/* As new: it is used before it is answered. */
static void expect_online(Scenario *s, const char *name)
{
    const MpNotice *notice =
        scenario_find_notice(s, MP_NOTICE_INTERFACE_STATE, MP_REASON_ONLINE, name);

    g_assert_nonnull(notice);
    g_assert_cmpstr(notice->to, ==, "unknown");
}

static void offline(void)
{
    g_autoptr(Scenario) s = probed(MEMBERS PROBED);
    guint64 acked = acked_probes(s, "eth0");

    g_assert_cmpuint(acked, >, 0);
    scenario_offline(s, "eth0", 1, -1);
    expect_probes(s, "eth0", MP_PROBE_DISABLED);
    network_forget(s);
    scenario_advance(s, 5000);
    g_assert_cmpuint(network_count(s, "eth0"), ==, 0);
    g_assert_cmpuint(acked_probes(s, "eth0"), >=, acked); /* what was counted stays so */
    g_assert_cmpuint(network_count(s, "eth1"), >, 20);
    scenario_online(s, "eth0", -1);
    expect_online(s, "eth0");
    expect_where(s, "10.0.0.10", "eth0");
    until_state(s, "eth0", MP_INTERFACE_OK, FDT_MS);
    g_assert_cmpuint(acked_probes(s, "eth0"), >, acked);
}

static void offline_convicted(void)
{
    g_autoptr(Scenario) s = probed(MEMBERS PROBED);

    convict(s, "eth0");
    scenario_offline(s, "eth0", 1, -1);
    network_path(s, "eth0", PATH_OK);
    scenario_advance(s, 5000);
    scenario_online(s, "eth0", -1);
    expect_online(s, "eth0");
    expect_where(s, "10.0.0.10", "eth0");
}

static void standby(void)
{
    g_autoptr(Scenario) s = probed(STANDBY PROBED);

    network_forget(s);
    scenario_advance(s, 5000);
    g_assert_cmpuint(network_count(s, "eth1"), >, 20);
    convict(s, "eth1");
    expect_active(s, "eth0");
    network_forget(s);
    scenario_advance(s, 5000);
    g_assert_cmpuint(network_count(s, "eth1"), >, 20);
    network_path(s, "eth1", PATH_OK);
    until_state(s, "eth1", MP_INTERFACE_OK, REPAIR_MS);
    convict(s, "eth0");
    expect_active(s, "eth1");
    expect_where(s, "10.0.0.10", "eth1");
}

static void inactive(void)
{
    g_autoptr(Scenario) s = probed(MEMBERS PROBED " failback=no");

    convict(s, "eth0");
    network_path(s, "eth0", PATH_OK);
    until_state(s, "eth0", MP_INTERFACE_OK, REPAIR_MS);
    expect_active(s, "eth1");
    network_path(s, "eth0", PATH_BROKEN);
    until_state(s, "eth0", MP_INTERFACE_FAILED, FDT_MS);
    expect_active(s, "eth1");
}

static void hwaddr_changes(void)
{
    g_autoptr(Scenario) s = probed(MEMBERS PROBED);
    gint64 took_ms;

    network_path(s, "eth0", PATH_BROKEN);
    scenario_advance(s, 600);
    fake_link_set_hwaddr(s->kernel, scenario_index(s, "eth0"), "02:00:00:00:00:77");
    scenario_now(s);
    expect_state(s, "eth0", MP_INTERFACE_OK);
    took_ms = until_state(s, "eth0", MP_INTERFACE_FAILED, 2 * FDT_MS);
    g_assert_cmpint(took_ms, >=, FDT_MS - 100);
}

static void plugged_again(void)
{
    g_autoptr(Scenario) s = probed(MEMBERS PROBED);
    guint64 before;

    scenario_unplug(s, "eth0");
    scenario_run(s);
    expect_where(s, "10.0.0.10", "eth1");
    before = acked_probes(s, "eth0");
    scenario_plug(s, "eth0");
    scenario_advance(s, 10);
    expect_interface(s, "eth0", MP_INTERFACE_FAILED, MP_REASON_PROBE_FAILURE); /* it is there */
    expect_where(s, "10.0.0.10", "eth1");
    until_state(s, "eth0", MP_INTERFACE_OK, REPAIR_MS);
    g_assert_cmpuint(acked_probes(s, "eth0") - before, ==, 10);
    scenario_run(s);
    expect_where(s, "10.0.0.10", "eth0");
}

static void restart(void)
{
    g_autoptr(Scenario) s = probed(MEMBERS PROBED);

    convict(s, "eth0");
    scenario_forget(s);
    scenario_restart(s);
    expect_interface(s, "eth0", MP_INTERFACE_FAILED, MP_REASON_PROBE_FAILURE);
    expect_where(s, "10.0.0.10", "eth1");
    /* Nothing, but for a nexthop that nobody uses. */
    g_assert_cmpuint(s->ops->len, ==, scenario_count_ops(s, MP_OP_NEXTHOP_DEL));
    scenario_advance(s, 20000);
    expect_interface(s, "eth0", MP_INTERFACE_FAILED, MP_REASON_PROBE_FAILURE);
    network_path(s, "eth0", PATH_OK);
    until_state(s, "eth0", MP_INTERFACE_OK, REPAIR_MS);
    g_assert_cmpuint(acked_probes(s, "eth0"), ==, 10);
    scenario_run(s);
    expect_where(s, "10.0.0.10", "eth0");
}

static void no_room(void)
{
    g_autoptr(Scenario) s = probed(MEMBERS PROBED);

    network_no_room(s, "eth0", TRUE);
    scenario_advance(s, 10000);
    expect_state(s, "eth0", MP_INTERFACE_OK);
    network_no_room(s, "eth0", FALSE);
    convict(s, "eth0");
}

static void set_offline_while_proving(void)
{
    g_autoptr(Scenario) s = probed(MEMBERS PROBED);

    scenario_carrier(s, "eth0", FALSE);
    scenario_run(s);
    scenario_carrier(s, "eth0", TRUE);
    scenario_run(s);
    /* eth0 is not usable yet: eth1 may not go. */
    scenario_offline(s, "eth1", 1, MP_ERROR_MINIMUM_REDUNDANCY);
    until_state(s, "eth0", MP_INTERFACE_OK, REPAIR_MS);
    scenario_offline(s, "eth1", 1, -1);
}

static void watched(void)
{
    g_autoptr(Scenario) s = probed(MEMBERS PROBED);
    g_autoptr(GArray) results = NULL;
    guint acked = 0, lost = 0;

    g_assert_null(mp_engine_take_results(s->engine));
    mp_engine_watch(s->engine, TRUE);
    network_path(s, "eth0", PATH_BROKEN);
    scenario_advance(s, FDT_MS);
    results = mp_engine_take_results(s->engine);
    g_assert_nonnull(results);
    for (guint i = 0; i < results->len; i++) {
        const MpProbeResult *result = &g_array_index(results, MpProbeResult, i);

        if (result->acked)
            g_assert_cmpint(result->network_us, ==, 1000);
        acked += result->acked && g_str_equal(result->interface, "eth1");
        lost += !result->acked && g_str_equal(result->interface, "eth0");
    }
    g_assert_cmpuint(acked, >=, 5);
    g_assert_cmpuint(lost, >=, 5);
    mp_engine_watch(s->engine, FALSE);
    scenario_advance(s, FDT_MS);
    g_assert_null(mp_engine_take_results(s->engine));
}

static const Row rows[] = {
    {"/probing/first-answer", first_answer},
    {"/probing/never-answered", never_answered},
    {"/probing/dead-from-start", dead_from_start},
    {"/probing/failure", failure},
    {"/probing/one-way", one_way},
    {"/probing/repair", repair},
    {"/probing/repair-interrupted", repair_interrupted},
    {"/probing/repair-no-failback", repair_no_failback},
    {"/probing/link-back", link_back},
    {"/probing/admin-up", admin_up},
    {"/probing/no-hold", no_hold},
    {"/probing/link-back-alone", link_back_alone},
    {"/probing/left-alone", left_alone},
    {"/probing/offline", offline},
    {"/probing/offline-convicted", offline_convicted},
    {"/probing/offline-refused", set_offline_while_proving},
    {"/probing/standby", standby},
    {"/probing/inactive", inactive},
    {"/probing/hwaddr-changes", hwaddr_changes},
    {"/probing/plugged-again", plugged_again},
    {"/probing/restart", restart},
    {"/probing/no-room", no_room},
    {"/probing/watched", watched},
};

int main(int argc, char **argv)
{
    return scenario_main(argc, argv, rows, G_N_ELEMENTS(rows));
}
