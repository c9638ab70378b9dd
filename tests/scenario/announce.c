/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who is told, when, and how many at a time, and what members need to answer rightly:
 * docs/state-machines-addresses.md, "Announcements" and "Joining". */
#include "harness.h"

#define TWO "front: eth0 eth1; method=none"
#define THREE "front: eth0 eth1 eth2; method=none"

static const Announced *nth(const Scenario *s, guint n)
{
    return &g_array_index(s->announcements, Announced, n);
}

/* The peers of the last announcement of an address, "10.0.0.1 10.0.0.2"; g_free(). */
static char *peers_of(const Scenario *s, const char *address)
{
    MpAddress wanted = scenario_parse(address);
    GString *text = g_string_new(NULL);

    for (guint i = s->announcements->len; i-- > 0;) {
        const Announced *told = nth(s, i);

        if (!mp_address_equal_host(&told->address, &wanted))
            continue;
        for (guint k = 0; k < told->n_peers; k++) {
            char peer[MP_ADDRESS_STRING_MAX];

            g_string_append_printf(text, "%s%s", k > 0 ? " " : "",
                                   mp_address_format_host(&told->peers[k], peer));
        }
        return g_string_free(text, FALSE);
    }
    g_error("%s was never announced", address);
}

static void expect_peers(const Scenario *s, const char *address, const char *peers)
{
    g_autofree char *has = peers_of(s, address);

    g_assert_cmpstr(has, ==, peers);
}

static void routers(void)
{
    g_autoptr(Scenario) s = scenario_new_group(
        "eth0 eth1", "eth0 10.0.0.10/24 10.7.0.10/24 10.9.9.9/32 2001:db8::10/64", TWO);

    scenario_route(s, "10.9.0.0/16 via 10.0.0.3 eth0");
    scenario_route(s, "default via 10.0.0.1 eth0");
    scenario_route(s, "10.8.0.0/16 via 10.7.0.1 eth0");
    scenario_route(s, "default via fe80::1 eth0");
    scenario_run(s);
    scenario_carrier(s, "eth0", FALSE);
    scenario_run(s);
    expect_peers(s, "10.0.0.10", "10.0.0.3 10.0.0.1");
    expect_peers(s, "10.7.0.10", "10.7.0.1");
    expect_peers(s, "10.9.9.9", "10.0.0.3 10.0.0.1 10.7.0.1");
    expect_peers(s, "2001:db8::10", "fe80::1");
}

static void targets(void)
{
    g_autoptr(Scenario) s =
        scenario_new_group("eth0 eth1", "eth0 10.0.0.10/24 2001:db8::10/64",
                           "front: eth0 eth1; target=10.0.0.7 target=10.5.0.1 target=fe80::7");

    scenario_route(s, "default via 10.0.0.1 eth0");
    scenario_run(s);
    scenario_carrier(s, "eth0", FALSE);
    scenario_run(s);
    expect_peers(s, "10.0.0.10", "10.0.0.1 10.0.0.7");
    expect_peers(s, "2001:db8::10", "fe80::7");
}

static void nobody_known(void)
{
    g_autoptr(Scenario) s = scenario_new_group(
        "eth0 eth1", "eth0 10.0.0.10/24 10.6.0.1/24 10.4.0.0/31 10.5.0.1/31", TWO);

    scenario_carrier(s, "eth0", FALSE);
    scenario_run(s);
    expect_peers(s, "10.0.0.10", "10.0.0.1");
    expect_peers(s, "10.6.0.1", "10.6.0.2");
    expect_peers(s, "10.4.0.0", "10.4.0.1");
    expect_peers(s, "10.5.0.1", "10.5.0.0");
}

/* Announcements of this device since `from`, and the instant of the last one. */
static guint told_by(Scenario *s, const char *link, guint from, gint64 *out_last_us)
{
    guint n = 0;

    for (guint i = from; i < s->announcements->len; i++) {
        if (nth(s, i)->index != scenario_index(s, link))
            continue;
        *out_last_us = nth(s, i)->now_us;
        n++;
    }
    return n;
}

static void second_failover(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1 eth2", "eth0 10.0.0.10/24", THREE);
    gint64 last_us = 0, failed_us;
    guint from;

    scenario_carrier(s, "eth0", FALSE);
    scenario_advance(s, 200);
    expect_where(s, "10.0.0.10", "eth1");
    g_assert_cmpuint(told_by(s, "eth1", 0, &last_us), >=, 3);
    from = s->announcements->len;
    failed_us = fake_kernel_now(s->kernel);
    scenario_carrier(s, "eth1", FALSE);
    scenario_advance(s, 3000);
    g_assert_cmpuint(told_by(s, "eth1", from, &last_us), ==, 0);
    g_assert_cmpuint(told_by(s, "eth2", from, &last_us), ==, 5); /* before, 0, 100, 500, 1500 */
    g_assert_cmpint(last_us, ==, failed_us + 1500 * MP_USEC_PER_MSEC);
}

#define MANY 100u

/* How many are told in the ten milliseconds that begin with each announcement, at most. */
static guint most_at_once(const Scenario *s, guint from)
{
    guint most = 0;

    for (guint i = from; i < s->announcements->len; i++) {
        guint n = 0;

        for (guint k = i; k < s->announcements->len; k++)
            n += nth(s, k)->now_us < nth(s, i)->now_us + 10 * MP_USEC_PER_MSEC;
        most = MAX(most, n);
    }
    return most;
}

static guint count_told(const Scenario *s, const char *address, guint from)
{
    MpAddress wanted = scenario_parse(address);
    guint n = 0;

    for (guint i = from; i < s->announcements->len; i++)
        n += mp_address_equal_host(&nth(s, i)->address, &wanted);
    return n;
}

static char *many_addresses(void)
{
    GString *text = g_string_new("eth0");

    for (guint i = 0; i < MANY; i++)
        g_string_append_printf(text, " 10.0.1.%u/16", i);
    return g_string_free(text, FALSE);
}

static void hundreds(void)
{
    g_autofree char *addresses = many_addresses();
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", addresses, TWO);
    gint64 start_us = fake_kernel_now(s->kernel), end_us;

    scenario_forget(s);
    scenario_carrier(s, "eth0", FALSE);
    scenario_advance(s, 3000);
    /* The first word of each goes out at once, before anything else does. */
    for (guint i = 0; i < MANY; i++)
        g_assert_cmpint(nth(s, i)->now_us, ==, start_us);
    g_assert_cmpuint(most_at_once(s, MANY), <=, 32);
    for (guint i = 0; i < MANY; i++) {
        g_autofree char *address = g_strdup_printf("10.0.1.%u", i);

        g_assert_cmpuint(count_told(s, address, 0), ==, 5);
    }
    end_us = nth(s, s->announcements->len - 1)->now_us;
    g_assert_cmpint(end_us, >=, start_us + 1500 * MP_USEC_PER_MSEC);
    g_assert_cmpint(end_us, <=, start_us + 1600 * MP_USEC_PER_MSEC);
}

static guint count_of(const Scenario *s, const char *address, guint index)
{
    MpAddress wanted = scenario_parse(address);
    guint count = 0;

    for (guint i = 0; i < s->announcements->len; i++)
        count += mp_address_equal_host(&nth(s, i)->address, &wanted) && nth(s, i)->index == index;
    return count;
}

/* Until it was told not to, it answered for the addresses of all others. */
static void new_device(void)
{
    g_autoptr(Scenario) s =
        scenario_new_group("eth0 eth1", "eth0 10.0.0.10/24 2001:db8::10/64", TWO);

    scenario_advance(s, 3000);
    scenario_forget(s);
    scenario_unplug(s, "eth1");
    scenario_run(s);
    g_assert_cmpuint(s->announcements->len, ==, 0);
    scenario_plug(s, "eth1");
    scenario_run(s);
    scenario_advance(s, 3000);
    g_assert_cmpuint(count_of(s, "10.0.0.10", scenario_index(s, "eth0")), ==, 4);
    g_assert_cmpuint(s->announcements->len, ==, 4);
}

/* What was said last in that life is not known. */
static void killed_while_telling(void)
{
    g_autoptr(Scenario) s = scenario_new_group(
        "eth0 eth1", "eth0 10.0.0.10/24 2001:db8::10/64; eth1 10.0.0.11/24", TWO);

    for (guint i = 0; i < 2; i++) {
        s->say_again = i > 0;
        scenario_stop(s);
        scenario_forget(s);
        scenario_start(s);
        scenario_run(s);
        scenario_advance(s, 3000);
        g_assert_cmpuint(s->announcements->len, ==, i * 6);
    }
    g_assert_cmpuint(count_of(s, "10.0.0.10", scenario_index(s, "eth0")), ==, 2);
    g_assert_cmpuint(count_of(s, "10.0.0.11", scenario_index(s, "eth1")), ==, 2);
    g_assert_cmpuint(count_of(s, "2001:db8::10", scenario_index(s, "eth0")), ==, 2);
}

/* Of a thousand that are only said again those that move meanwhile are not kept waiting. */
static void moved_while_said_again(void)
{
    g_autoptr(GString) addresses = g_string_new("eth0 10.0.0.10/24; eth2");
    g_autoptr(Scenario) s = NULL;

    for (guint i = 0; i < 1000; i++)
        g_string_append_printf(addresses, " 10.1.%u.%u/16", 1 + i / 200, 1 + i % 200);
    s = scenario_new_group("eth0 eth1 eth2 eth3", addresses->str, TWO);
    scenario_group(s, "back: eth2 eth3");
    scenario_apply(s, -1);
    scenario_run(s);
    scenario_stop(s);
    s->say_again = TRUE;
    scenario_start(s);
    scenario_now(s);
    scenario_carrier(s, "eth0", FALSE);
    scenario_now(s);
    scenario_advance(s, 250);
    g_assert_cmpuint(count_of(s, "10.0.0.10", scenario_index(s, "eth1")), >=, 3);
    scenario_forget(s);
    scenario_advance(s, 5000);
    for (guint i = 0; i < 1000; i++) {
        g_autofree char *address = g_strdup_printf("10.1.%u.%u", 1 + i / 200, 1 + i % 200);

        g_assert_cmpuint(count_of(s, address, scenario_index(s, "eth2")), >=, 1);
    }
}

/* Nobody can tell on whose link it is. */
static void new_device_of_another_group(void)
{
    g_autoptr(Scenario) s =
        scenario_new_group("eth0 eth1 eth2", "eth0 10.0.0.10/24; eth2 10.0.0.20/24", TWO);

    scenario_group(s, "back: eth2");
    scenario_apply(s, -1);
    scenario_run(s);
    scenario_advance(s, 3000);
    scenario_unplug(s, "eth2");
    scenario_run(s);
    scenario_stop(s);
    scenario_plug(s, "eth2");
    scenario_carrier(s, "eth2", FALSE);
    scenario_forget(s);
    scenario_start(s);
    scenario_run(s);
    scenario_advance(s, 3000);
    g_assert_cmpuint(count_of(s, "10.0.0.10", scenario_index(s, "eth0")), ==, 4);
    g_assert_cmpuint(s->announcements->len, ==, 4);
}

static gint setting(Scenario *s, const char *link, MpSysctl key)
{
    return fake_sysctl_get(s->kernel, scenario_index(s, link), key);
}

/* Its MTU is made too small for IPv6 while the address is on its way to it. */
static int shrink_heir(FakeKernel *kernel, const MpOp *op, gpointer user_data)
{
    Scenario *s = user_data;
    guint heir = scenario_index(s, "eth1");

    if (op->kind != MP_OP_ADDRESS_ADD || op->address.index != heir ||
        op->address.address.family != MP_IPV6)
        return 0;
    s->refuse = NULL;
    fake_link_set_mtu(kernel, heir, 1000);
    return ENODEV;
}

static void small_mtu(void)
{
    g_autoptr(Scenario) s = scenario_new_group("eth0 eth1", "eth0 2001:db8::10/64", TWO);

    s->refuse = shrink_heir;
    s->refuse_data = s;
    scenario_carrier(s, "eth0", FALSE);
    scenario_advance(s, 60000);
    expect_where(s, "2001:db8::10", "eth0"); /* until somebody has it */
    scenario_forget(s);
    fake_link_set_mtu(s->kernel, scenario_index(s, "eth1"), 1500);
    scenario_advance(s, 60000); /* I7: told before it is asked for */
    expect_where(s, "2001:db8::10", "eth1");
    g_assert_cmpuint(count_told(s, "2001:db8::10", 0), ==, 5);
}

/* One medium, or a proxy would answer at one member for what is beside another. */
static void settings(void)
{
    g_autoptr(Scenario) s = scenario_new("eth0 eth1 eth2 eth3");
    gint medium;

    scenario_addresses(s, "eth0 10.0.0.10/24; eth2 10.8.0.10/24");
    for (guint i = 0; i < 2; i++)
        fake_sysctl_set(s->kernel, scenario_index(s, i == 0 ? "eth0" : "eth2"),
                        MP_SYSCTL_ARP_FILTER, 1);
    scenario_group(s, TWO);
    scenario_group(s, "back: eth2 eth3");
    scenario_start(s);
    scenario_run(s);
    medium = setting(s, "eth0", MP_SYSCTL_MEDIUM_ID);
    g_assert_cmpint(medium, >, 0);
    g_assert_cmpint(setting(s, "eth1", MP_SYSCTL_MEDIUM_ID), ==, medium);
    g_assert_cmpint(setting(s, "eth2", MP_SYSCTL_MEDIUM_ID), ==,
                    setting(s, "eth3", MP_SYSCTL_MEDIUM_ID));
    g_assert_cmpint(setting(s, "eth2", MP_SYSCTL_MEDIUM_ID), !=, medium);
    g_assert_cmpint(setting(s, "eth0", MP_SYSCTL_ARP_IGNORE), ==, 1);
    g_assert_cmpint(setting(s, "eth0", MP_SYSCTL_ARP_ANNOUNCE), ==, 2);
    g_assert_cmpint(setting(s, "eth0", MP_SYSCTL_ARP_FILTER), ==, 0);
    scenario_delete(s, "back");
    g_assert_cmpint(setting(s, "eth2", MP_SYSCTL_ARP_FILTER), ==, 1);
    g_assert_cmpint(setting(s, "eth2", MP_SYSCTL_MEDIUM_ID), ==, 0);
    g_assert_cmpint(setting(s, "eth0", MP_SYSCTL_MEDIUM_ID), ==, medium);
}

static const Row rows[] = {
    {"/joining/settings", settings},
    {"/announce/routers", routers},
    {"/announce/targets", targets},
    {"/announce/nobody-known", nobody_known},
    {"/announce/second-failover", second_failover},
    {"/announce/hundreds", hundreds},
    {"/announce/small-mtu", small_mtu},
    {"/announce/new-device", new_device},
    {"/announce/killed-while-telling", killed_while_telling},
    {"/announce/moved-while-said-again", moved_while_said_again},
    {"/announce/new-device-of-another-group", new_device_of_another_group},
};

int main(int argc, char **argv)
{
    return scenario_main(argc, argv, rows, G_N_ELEMENTS(rows));
}
