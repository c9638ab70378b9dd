/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Every reason that there is, and a scenario that has it told. A reason without one fails. */
#include "harness-network.h"

#define DATA "eth0 10.0.0.10/24; eth1 10.0.0.11/24"
#define TWO "front: eth0 eth1"
#define PROBED                                                                                     \
    "front: eth0,test=10.0.0.20/24 eth1,test=10.0.0.21/24 eth2,test=10.0.0.22/24; method=icmp "    \
    "fdt=1000 target=10.0.0.1"

static Scenario *two(void)
{
    return scenario_new_group("eth0 eth1", DATA, TWO);
}

static Scenario *probed(void)
{
    Scenario *s = scenario_new("eth0 eth1 eth2");

    network_hosts(s, "10.0.0.1");
    scenario_addresses(s, DATA "; eth2 10.0.0.12/24");
    scenario_group(s, PROBED);
    scenario_start(s);
    scenario_advance(s, 15000);
    return s;
}

static void configure(Scenario *s, const char *text)
{
    g_hash_table_remove_all(s->protected); /* some are taken out */
    scenario_group(s, text);
    scenario_apply(s, -1);
}

/* Link, and how it comes and goes. */
static Scenario *link_events(void)
{
    Scenario *s = two();

    scenario_carrier(s, "eth0", FALSE);
    scenario_run(s);
    scenario_carrier(s, "eth0", TRUE);
    scenario_run(s);
    scenario_up(s, "eth0", FALSE);
    scenario_run(s);
    scenario_up(s, "eth0", TRUE);
    scenario_advance(s, 4000);
    scenario_carrier(s, "eth0", FALSE); /* the third within a minute */
    scenario_run(s);
    scenario_carrier(s, "eth0", TRUE);
    scenario_run(s);
    return s;
}

static Scenario *device_events(void)
{
    Scenario *s = two();

    scenario_unplug(s, "eth0");
    scenario_run(s);
    scenario_plug(s, "eth0");
    scenario_run(s);
    fake_link_enslave(s->kernel, scenario_index(s, "eth0"), 77);
    scenario_run(s);
    fake_link_enslave(s->kernel, scenario_index(s, "eth0"), 0);
    scenario_run(s);
    fake_link_rename(s->kernel, scenario_index(s, "eth0"), "lan0");
    scenario_run(s);
    fake_link_rename(s->kernel, scenario_index(s, "lan0"), "eth0");
    scenario_run(s);
    fake_link_set_hwaddr(s->kernel, scenario_index(s, "eth0"), "02:00:00:00:00:11");
    scenario_run(s);
    fake_link_move_netns(s->kernel, scenario_index(s, "eth1"));
    scenario_run(s);
    return s;
}

static Scenario *repair_delayed(void)
{
    Scenario *s = scenario_new_group("eth0 eth1", DATA, TWO "; repair=5000");

    scenario_carrier(s, "eth0", FALSE);
    scenario_run(s);
    scenario_carrier(s, "eth0", TRUE);
    scenario_run(s);
    return s;
}

static Scenario *probe_events(void)
{
    Scenario *s = probed();

    network_path(s, "eth0", PATH_BROKEN);
    scenario_advance(s, 5000);
    network_path(s, "eth0", PATH_OK);
    scenario_advance(s, 10000);
    network_alive(s, "10.0.0.1", FALSE);
    scenario_advance(s, 10000);
    configure(s, "front: eth0 eth1 eth2; method=none");
    configure(s, PROBED);
    scenario_advance(s, 2000);
    return s;
}

static Scenario *slow_target(void)
{
    Scenario *s = probed();

    network_rtt(s, "10.0.0.1", 700);
    scenario_advance(s, 60000);
    network_rtt(s, "10.0.0.1", 1);
    scenario_advance(s, 400000);
    return s;
}

static Scenario *requests(void)
{
    Scenario *s = scenario_new_group("eth0 eth1 eth2", DATA, "front: eth0 eth1 eth2,standby");

    scenario_offline(s, "eth0", 1, -1);
    scenario_online(s, "eth0", -1);
    configure(s, "front: eth0,standby eth1 eth2,standby");
    configure(s, "front: eth0 eth1 eth2,standby");
    configure(s, "front: eth0 eth1 eth2,standby; 10.0.0.77/24 10.0.0.78/24 10.0.0.79/24");
    configure(s, "front: eth0 eth1 eth2; 10.0.0.77/24 10.0.0.78/24 10.0.0.79/24");
    configure(s, "front: eth0 eth1 eth2");
    configure(s, "front: eth0 eth1");
    configure(s, "front: eth0 eth1 eth2");
    scenario_group(s, "back: eth7");
    scenario_apply(s, -1);
    return s;
}

static Scenario *others(void)
{
    Scenario *s = two();

    scenario_delete_address(s, "eth1", "10.0.0.11", FAKE_SOMEONE);
    scenario_run(s);
    fake_kernel_overflow(s->kernel);
    scenario_run(s);
    return s;
}

static int refuse_addresses(FakeKernel *kernel, const MpOp *op, gpointer user_data)
{
    Scenario *s = user_data;

    return op->kind == MP_OP_ADDRESS_ADD && op->address.index == scenario_index(s, "eth2") ? EACCES
                                                                                           : 0;
}

static Scenario *refused(void)
{
    Scenario *s = scenario_new_group("eth0 eth1 eth2", DATA, "front: eth0 eth1 eth2");

    s->refuse = refuse_addresses;
    s->refuse_data = s;
    scenario_carrier(s, "eth0", FALSE);
    scenario_run(s);
    return s;
}

/* A member that leaves has what was found on it given back. */
static Scenario *given_back(void)
{
    Scenario *s = two();

    scenario_carrier(s, "eth0", FALSE);
    scenario_run(s);
    scenario_delete(s, "front");
    return s;
}

static Scenario *(*const scenes[])(void) = {
    [MP_REASON_LINK_DOWN] = link_events,
    [MP_REASON_ADMIN_DOWN] = link_events,
    [MP_REASON_REMOVED] = device_events,
    [MP_REASON_MOVED_NETNS] = device_events,
    [MP_REASON_RENAMED] = device_events,
    [MP_REASON_ENSLAVED] = device_events,
    [MP_REASON_PROBE_FAILURE] = probe_events,
    [MP_REASON_GROUP_FAILURE] = probe_events,
    [MP_REASON_OFFLINE] = requests,
    [MP_REASON_DUPLICATE_HWADDR] = device_events,
    [MP_REASON_FLAPPING] = link_events,
    [MP_REASON_REPAIR_DELAY] = repair_delayed,
    [MP_REASON_LINK_UP] = link_events,
    [MP_REASON_PROBE_REPAIR] = probe_events,
    [MP_REASON_ONLINE] = requests,
    [MP_REASON_APPEARED] = device_events,
    [MP_REASON_JOINED] = two,
    [MP_REASON_LEFT] = given_back,
    [MP_REASON_ACTIVATED] = requests,
    [MP_REASON_DEACTIVATED] = requests,
    [MP_REASON_STANDBY_SET] = requests,
    [MP_REASON_STANDBY_CLEARED] = requests,
    [MP_REASON_FAILOVER] = link_events,
    [MP_REASON_FAILBACK] = link_events,
    [MP_REASON_REBALANCE] = requests,
    [MP_REASON_REFUSED] = refused,
    [MP_REASON_WITHDRAWN] = others,
    [MP_REASON_ADOPTED] = two,
    [MP_REASON_ADDED] = requests,
    [MP_REASON_REMOVED_BY_REQUEST] = requests,
    [MP_REASON_RESTORED] = given_back,
    [MP_REASON_FDT_RAISED] = slow_target,
    [MP_REASON_FDT_LOWERED] = slow_target,
    [MP_REASON_TARGETS_CHANGED] = probe_events,
    [MP_REASON_PROBING_OFF] = probe_events,
    [MP_REASON_PROBING_ON] = probe_events,
    [MP_REASON_CONFIG] = requests,
    [MP_REASON_RESYNC] = others,
};
G_STATIC_ASSERT(G_N_ELEMENTS(scenes) == MP_N_REASONS);

static gboolean is_told(const Scenario *s, MpReason reason)
{
    for (guint i = 0; i < s->notices->len; i++)
        if (g_array_index(s->notices, MpNotice, i).reason == reason)
            return TRUE;
    return FALSE;
}

static void every_reason(void)
{
    for (guint reason = MP_REASON_NONE + 1; reason < MP_N_REASONS; reason++) {
        g_autoptr(Scenario) s = NULL;

        if (!scenes[reason])
            g_error("no scenario has the reason %s", mp_reason_to_string(reason));
        s = scenes[reason]();
        if (!is_told(s, reason))
            g_error("the scenario does not have the reason %s", mp_reason_to_string(reason));
    }
}

/* Nothing is told without one. */
static void always_a_reason(void)
{
    for (guint reason = MP_REASON_NONE + 1; reason < MP_N_REASONS; reason++) {
        g_autoptr(Scenario) s = scenes[reason]();

        for (guint i = 0; i < s->notices->len; i++) {
            const MpNotice *notice = &g_array_index(s->notices, MpNotice, i);

            if (notice->reason == MP_REASON_NONE)
                g_error("%s of %s is told without a reason", mp_notice_kind_to_string(notice->kind),
                        notice->interface);
        }
    }
}

static const Row rows[] = {{"/reasons/every-one", every_reason},
                           {"/reasons/always", always_a_reason}};

int main(int argc, char **argv)
{
    return scenario_main(argc, argv, rows, G_N_ELEMENTS(rows));
}
