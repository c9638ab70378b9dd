/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What happens to links, addresses, requests and the network: each step by name. */
#include "random-world.h"

const DoKind dos[N_DOS] = {
    [DO_CARRIER] = {"carrier", 20},
    [DO_ADMIN] = {"admin", 8},
    [DO_UNPLUG] = {"unplug", 6},
    [DO_ADDRESS_ADD] = {"address-add", 6},
    [DO_ADDRESS_DEL] = {"address-del", 5},
    [DO_LEASE] = {"lease", 2},
    [DO_OFFLINE] = {"offline", 3},
    [DO_ONLINE] = {"online", 4},
    [DO_STANDBY] = {"standby", 3},
    [DO_FAILBACK] = {"failback", 2},
    [DO_DECLARE] = {"declare", 4},
    [DO_MEMBER] = {"member", 3},
    [DO_HWADDR] = {"hwaddr", 2},
    [DO_ENSLAVE] = {"enslave", 2},
    [DO_RENAME] = {"rename", 2},
    [DO_MTU] = {"mtu", 2},
    [DO_ROUTE] = {"route", 4},
    [DO_OVERFLOW] = {"overflow", 3},
    [DO_HOLD_ACKS] = {"hold-acks", 3},
    [DO_LINKWATCH] = {"linkwatch", 3},
    [DO_RESTART] = {"restart", 3},
    [DO_TEST] = {"test", 3},
    [DO_FLUSH] = {"flush", 3},
    [DO_PROBING] = {"probing", 2},
    [DO_HOST] = {"host", 4},
    [DO_PATH] = {"path", 6},
    [DO_NO_ROOM] = {"no-room", 2},
    [DO_TURN] = {"turn", 20},
    [DO_TIME] = {"time", 10},
    [DO_REST] = {"rest", 30},
    [DO_NETNS] = {"netns", 2},
    [DO_IPV6] = {"ipv6", 3},
    [DO_REFUSE] = {"refuse", 4},
    [DO_RELIEF] = {"relief", 6},
    [DO_DEAF] = {"deaf", 3},
    [DO_DUMPS_FAIL] = {"dumps-fail", 2},
    [DO_READ_LIES] = {"read-lies", 2},
    [DO_KILL] = {"kill", 4},
    [DO_HOLD_RECORD] = {"hold-record", 3},
    [DO_RELOAD] = {"reload", 2},
    [DO_GROUP] = {"group", 2},
    [DO_RULE] = {"rule", 2},
    [DO_TABLE] = {"table", 3},
    [DO_OURS_GONE] = {"ours-gone", 5},
    [DO_PREFIX] = {"prefix", 3},
    [DO_DETECTION] = {"detection", 2},
    [DO_NEXTHOP] = {"nexthop", 5},
    [DO_BY_NEXTHOP] = {"by-nexthop", 5},
    [DO_MULTIPATH] = {"multipath", 3},
    [DO_TEMPORARY] = {"temporary", 4},
    [DO_ADVERTISE] = {"advertise", 4},
    [DO_SETTING] = {"setting", 5},
    [DO_FILTER_ALL] = {"filter-all", 2},
    [DO_NEIGHBOUR] = {"neighbour", 2},
    [DO_REPLUG] = {"replug", 3},
    [DO_NAMELESS] = {"nameless", 2},
    [DO_LOOKED_FOR] = {"looked-for", 4},
};

static const char *const addresses[N_ADDRESSES] = {
    "10.0.0.10/24", "10.0.0.11/24", "10.0.0.12/24",   "10.1.0.13/16",
    "10.0.0.14/32", "10.0.0.15/24", "2001:db8::1/64", "2001:db8::2/64"};

/* Of members; %u is their number. The last one is of a subnet that has nothing else. */
static const char *const tests[N_TESTS] = {"", ",test=10.0.0.21%u/24", ",test=10.0.0.22%u/25",
                                           ",test=172.16.0.%u/16"};

/* FDT is long, so that the streams do not consist of probes. A target has to be in a subnet. */
#define N_METHODS 4
#define SUBNET "10.0.0.30/24"
static const char *const methods[N_METHODS] = {
    "method=none", "method=auto fdt=10000 target=10.0.0.1 " SUBNET,
    "method=arp fdt=10000 target=10.0.0.1 " SUBNET, "method=icmp fdt=10000"};
/* Each subnet has one: whoever has nobody to ask cannot be repaired. */
static const char *const hosts[N_HOSTS] = {"10.0.0.1", "2001:db8::99", "fe80::1", "172.16.0.99",
                                           "10.0.0.200"};
#define RECOVERY_MS 200000
#define FRONT 4 /* links from here on are of the other group; the one before is of none */

static char *link_name(const World *w, guint n)
{
    return g_strdup_printf("eth%u", n % w->n_links);
}

guint world_link(const World *w, guint n)
{
    g_autofree char *name = link_name(w, n);

    return fake_link_index(w->s->kernel, name);
}

MpAddress world_address(guint n)
{
    return scenario_parse(addresses[n % N_ADDRESSES]);
}

static void append_member(const World *w, GString *text, guint n)
{
    g_auto(GStrv) test = g_strsplit(tests[w->test[n]], "%u", 2);

    g_string_append_printf(text, " eth%u%s", n, w->standby[n] ? ",standby" : "");
    if (test[0] && test[1])
        g_string_append_printf(text, "%s%u%s", test[0], n + 1, test[1]);
    else if (test[0])
        g_string_append(text, test[0]);
}

static void configure_front(World *w)
{
    g_autoptr(GString) text = g_string_new("front:");

    for (guint i = 0; i < FRONT; i++)
        if (w->member[i])
            append_member(w, text, i);
    g_string_append_printf(text, "; %s target=2001:db8::99 failback=%s", methods[w->method],
                           w->no_failback ? "no" : "yes");
    if (w->fast)
        g_string_append(text, " fdt=1000");
    if (w->delayed)
        g_string_append(text, " repair=5000");
    for (guint i = 0; i < N_ADDRESSES; i++)
        if (w->declared[i])
            g_string_append_printf(text, " %s", addresses[i]);
    scenario_group(w->s, text->str);
}

/* The second group is on a link of its own. */
static void configure_back(World *w)
{
    g_autoptr(GString) text = g_string_new("back:");

    for (guint i = FRONT; i < w->n_links; i++)
        if (w->member[i])
            append_member(w, text, i);
    g_string_append(text, "; 10.5.0.77/24");
    scenario_group(w->s, text->str);
}

/* The configuration as the world has it. FALSE: the engine will not have it, and keeps the old. */
gboolean world_configure(World *w)
{
    Scenario *s = w->s;
    g_autoptr(MpConfig) before = mp_config_copy(s->config);
    g_autoptr(GError) error = NULL;

    configure_front(w);
    if (w->no_back)
        mp_config_drop(s->config, "back");
    else if (w->n_links > FRONT)
        configure_back(w);
    s->outside++;
    /* The engine has another configuration than was asked for here. */
    if (s->undone)
        g_hash_table_remove_all(s->protected);
    if (!s->engine || mp_engine_configure(s->engine, s->config, FALSE, ++s->request,
                                          fake_kernel_now(s->kernel), &error))
        return TRUE;
    mp_config_free(s->config);
    s->config = g_steal_pointer(&before);
    return FALSE;
}

static void toggle(World *w, gboolean *what)
{
    *what = !*what;
    if (!world_configure(w))
        *what = !*what;
}

static gboolean is_in_prefix(gpointer key, gpointer value, gpointer user_data)
{
    return mp_address_contains(user_data, key);
}

static void do_address(World *w, guint link, guint n, gboolean add, guint32 valid_s)
{
    MpOp op = {.kind = add ? MP_OP_ADDRESS_ADD : MP_OP_ADDRESS_DEL};

    op.address.index = link;
    op.address.address = scenario_parse(addresses[n % N_ADDRESSES]);
    op.address.flags = op.address.address.family == MP_IPV6 ? MP_IFA_NODAD : 0;
    op.address.valid_s = op.address.preferred_s = valid_s;
    if (valid_s)
        scenario_mark_mortal(w->s, &op.address.address);
    /* With a primary its secondaries may go, as they would for anybody. */
    if (!add)
        g_hash_table_foreach_remove(w->s->protected, is_in_prefix, &op.address.address);
    fake_kernel_apply(w->s->kernel, &op, n & 1 ? FAKE_SOMEONE : 0);
}

static void do_route(World *w, guint link, guint n)
{
    static const char *const prefixes[] = {"0.0.0.0/0", "10.9.0.0/16", "10.9.1.0/24", "::/0"};
    MpOp op = {.kind = n & 4 ? MP_OP_ROUTE_DEL : MP_OP_ROUTE_ADD};
    MpRoute *r = &op.route;

    r->dst = scenario_parse(prefixes[n % 4]);
    r->family = r->dst.family;
    r->gateway = scenario_parse(r->family == MP_IPV4 ? "10.0.0.1" : "fe80::1");
    r->table = MP_TABLE_MAIN;
    r->type = MP_RTN_UNICAST;
    r->protocol = 4;
    r->oif = link;
    r->n_hops = 1;
    if (w->generation > 2 && r->family == MP_IPV6 && n & 8)
        r->prefsrc = scenario_parse("2001:db8::1");
    fake_kernel_apply(w->s->kernel, &op, FAKE_SOMEONE);
}

static void do_unplug(World *w, guint n, guint link)
{
    g_autofree char *name = link_name(w, n);

    if (link)
        fake_link_delete(w->s->kernel, link);
    else
        scenario_plug(w->s, name);
}

static void do_rename(World *w, guint n, guint link)
{
    g_autofree char *name = link_name(w, n);
    g_autofree char *other = g_strdup_printf("lan%u", n % w->n_links);
    guint renamed = fake_link_index(w->s->kernel, other);

    if (renamed && !link)
        fake_link_rename(w->s->kernel, renamed, name);
    else if (renamed)
        fake_link_delete(w->s->kernel, renamed);
    else if (link)
        fake_link_rename(w->s->kernel, link, other);
}

static void do_link(World *w, const Step *step, guint link)
{
    FakeKernel *kernel = w->s->kernel;
    const MpLink *now = fake_link_peek(kernel, link);
    g_autofree char *hwaddr = g_strdup_printf(
        "02:00:00:00:00:%02x", 0x10 + (step->b & 1 ? step->b : step->a) % w->n_links);

    switch (step->what) {
    case DO_CARRIER:
        fake_link_set_carrier(kernel, link, step->b & 1);
        break;
    case DO_ADMIN:
        fake_link_set_up(kernel, link, step->b % 3 > 0);
        break;
    case DO_HWADDR:
        fake_link_set_hwaddr(kernel, link, hwaddr);
        break;
    case DO_ENSLAVE:
        fake_link_enslave(kernel, link, now->master ? 0 : 77);
        break;
    case DO_MTU:
        world_forget_settings(w, link, MP_SYSCTL_IGNORE_LINKDOWN6);
        fake_link_set_mtu(kernel, link, now->mtu < 1280 ? 1500 : 1000);
        break;
    case DO_LINKWATCH:
        fake_link_set_linkwatch(kernel, link, step->b % 2);
        if (step->b % 2 == FAKE_TELL_AT_ONCE)
            fake_link_release(kernel, link);
        break;
    default:
        break;
    }
}

static gboolean is_on_no_member(gpointer key, gpointer value, gpointer user_data)
{
    g_autofree char *text = mp_address_to_string(key);
    g_autofree char *where = NULL;

    *strchr(text, '/') = '\0';
    where = scenario_where(user_data, text);
    return g_str_equal(where, "lo") || g_str_equal(where, "eth3");
}

/* Whether somebody took an address away or the kernel did is not known after lost messages, nor
 * after our own absence: withdrawn. */
static void do_overflow(World *w)
{
    g_hash_table_foreach_remove(w->s->protected, is_on_no_member, w->s);
    world_note_gone(w, FALSE);
    w->s->blind = TRUE;
    fake_kernel_overflow(w->s->kernel);
}

/* The next life has the configuration as it is here, of which the one before may have taken
 * something back. */
void world_agree(World *w)
{
    if (w->s->undone)
        g_hash_table_remove_all(w->s->protected);
    w->s->undone = FALSE;
    world_note_gone(w, FALSE);
}

static void change(World *w, guint *what, guint to)
{
    guint from = *what;

    *what = to;
    if (!world_configure(w))
        *what = from;
}

static void do_network(World *w, const Step *step)
{
    g_autofree char *name = link_name(w, step->a);

    if (step->what == DO_HOST)
        network_alive(w->s, hosts[step->a % N_HOSTS], step->b & 1);
    else if (step->what == DO_PATH)
        network_path(w->s, name, step->b & 1 ? PATH_OK : step->b % 3);
    else
        network_no_room(w->s, name, step->b % 4 == 0);
}

/* Somebody takes away what belongs to a device's test address. */
static void do_flush(World *w, guint link, guint n)
{
    FakeKernel *kernel = w->s->kernel;
    MpOp op = {.kind = n % 3 == 0   ? MP_OP_RULE_DEL
                       : n % 3 == 1 ? MP_OP_ROUTE_DEL
                                    : MP_OP_ADDRESS_DEL};
    gboolean found = FALSE;

    for (guint i = 0; op.kind == MP_OP_RULE_DEL && i < fake_n_rules(kernel) && !found; i++) {
        op.rule = *fake_rule_nth(kernel, i);
        found = op.rule.table == MP_TABLE_TEST_FIRST + link;
    }
    for (guint i = 0; op.kind == MP_OP_ROUTE_DEL && i < fake_n_routes(kernel) && !found; i++) {
        op.route = *fake_route_nth(kernel, i);
        found = op.route.table == MP_TABLE_TEST_FIRST + link;
    }
    for (guint i = 0; op.kind == MP_OP_ADDRESS_DEL && i < fake_n_addresses(kernel) && !found; i++) {
        op.address = *fake_address_nth(kernel, i);
        found = op.address.index == link && op.address.protocol == MP_PROTOCOL &&
                op.address.scope == MP_SCOPE_LINK;
    }
    if (found)
        fake_kernel_apply(kernel, &op, n & 1 ? FAKE_SOMEONE : 0);
}

static void do_request(World *w, const Step *step)
{
    Scenario *s = w->s;
    g_autofree char *name = link_name(w, step->a);
    gint64 now_us = fake_kernel_now(s->kernel);
    MpAddress subnet;

    s->outside++;
    if (world_is_doubtful(w))
        g_hash_table_remove_all(s->protected);
    switch (step->what) {
    case DO_OFFLINE:
        mp_engine_offline(s->engine, name, step->b % 2, ++s->request, now_us, NULL);
        break;
    case DO_ONLINE:
        mp_engine_online(s->engine, name, ++s->request, now_us, NULL);
        break;
    case DO_STANDBY:
        toggle(w, &w->standby[step->a % w->n_links]);
        break;
    case DO_FAILBACK:
        toggle(w, &w->no_failback);
        break;
    case DO_TEST:
        if (step->a % w->n_links != FRONT - 1)
            change(w, &w->test[step->a % w->n_links], step->b % N_TESTS);
        break;
    case DO_PROBING:
        subnet = scenario_parse(SUBNET);
        scenario_release(s, &subnet);
        change(w, &w->method, step->b % N_METHODS);
        break;
    case DO_MEMBER:
        /* What is at home on a member that leaves is on its own again, there or nowhere. */
        g_hash_table_remove_all(s->protected);
        if (step->a % w->n_links != FRONT - 1)
            toggle(w, &w->member[step->a % w->n_links]);
        break;
    default: {
        MpAddress host = scenario_parse(addresses[step->a % N_ADDRESSES]);

        scenario_release(s, &host);
        toggle(w, &w->declared[step->a % N_ADDRESSES]);
        break;
    }
    }
}

/* No kernel takes seconds to answer, and no disk; a renamed device has its settings at once. */
void world_hold_nothing(World *w)
{
    for (guint i = 0; w->generation > 2 && i < w->n_links; i++) {
        g_autofree char *renamed = g_strdup_printf("lan%u", i);
        guint link = world_link(w, i), other = fake_link_index(w->s->kernel, renamed);

        if (link)
            fake_link_set_nameless(w->s->kernel, link, 0);
        if (other)
            fake_link_set_nameless(w->s->kernel, other, 0);
    }
    fake_kernel_hold_acks(w->s->kernel, FALSE);
    fake_kernel_hold_notices(w->s->kernel, FALSE);
    w->s->deaf = w->s->hold_record = FALSE;
}

void world_step(World *w, const Step *step)
{
    static const gint64 times_ms[] = {1, 60, 200, 1600, 5000, 70000};
    Scenario *s = w->s;
    guint link = world_link(w, step->a);

    if (w->generation > 1)
        world_watch(w);
    if (step->what >= N_DOS_SECOND) {
        world_others_step(w, step);
        return;
    }
    if (step->what >= N_DOS_FIRST) {
        world_fault_step(w, step);
        return;
    }
    switch (step->what) {
    case DO_UNPLUG:
        do_unplug(w, step->a, link);
        break;
    case DO_RENAME:
        do_rename(w, step->a, link);
        break;
    case DO_ADDRESS_ADD:
    case DO_ADDRESS_DEL:
    case DO_LEASE:
        if (link)
            do_address(w, link, step->b, step->what != DO_ADDRESS_DEL,
                       step->what == DO_LEASE ? 40 : 0);
        break;
    case DO_ROUTE:
        if (link)
            do_route(w, link, step->b);
        break;
    case DO_OFFLINE:
    case DO_ONLINE:
    case DO_STANDBY:
    case DO_FAILBACK:
    case DO_MEMBER:
    case DO_DECLARE:
    case DO_TEST:
    case DO_PROBING:
        do_request(w, step);
        break;
    case DO_HOST:
    case DO_PATH:
    case DO_NO_ROOM:
        do_network(w, step);
        break;
    case DO_FLUSH:
        if (link)
            do_flush(w, link, step->b);
        break;
    case DO_OVERFLOW:
        do_overflow(w);
        break;
    case DO_HOLD_ACKS:
        fake_kernel_hold_acks(s->kernel, step->a & 1);
        break;
    case DO_RESTART:
        world_hold_nothing(w);
        g_hash_table_foreach_remove(s->protected, is_on_no_member, s);
        if (w->generation > 1)
            world_agree(w);
        scenario_restart(s);
        break;
    case DO_TURN:
        scenario_turn(s);
        break;
    case DO_TIME:
        if (times_ms[step->a % G_N_ELEMENTS(times_ms)] > 1000)
            world_hold_nothing(w);
        scenario_advance(s, times_ms[step->a % G_N_ELEMENTS(times_ms)]);
        break;
    case DO_REST:
        world_hold_nothing(w);
        scenario_run(s);
        world_note_gone(w, TRUE);
        break;
    default:
        if (link)
            do_link(w, step, link);
    }
}

static gboolean is_refused_by_probes(const MpSnapshotInterface *member)
{
    return member->link_state != MP_LINK_DOWN && member->reason != MP_REASON_FLAPPING &&
           (member->state == MP_INTERFACE_FAILED || member->probe_state == MP_PROBE_FAILED);
}

/* I12: with everybody there again, and all paths, nobody is left out. */
static void recover(World *w)
{
    Scenario *s = w->s;
    g_autoptr(MpSnapshot) snapshot = NULL;

    for (guint i = 0; i < w->n_links; i++) {
        g_autofree char *name = link_name(w, i);

        network_path(s, name, PATH_OK);
        network_no_room(s, name, FALSE);
    }
    for (guint i = 0; i < N_HOSTS; i++) {
        network_alive(s, hosts[i], TRUE);
        network_multicast(s, hosts[i]);
    }
    if (w->generation > 1)
        world_heal_links(w);
    scenario_advance(s, RECOVERY_MS);
    snapshot = mp_engine_snapshot(s->engine);
    for (guint g = 0; g < snapshot->groups->len; g++) {
        const GPtrArray *members = ((MpSnapshotGroup *)snapshot->groups->pdata[g])->interfaces;

        for (guint i = 0; i < members->len; i++) {
            const MpSnapshotInterface *member = members->pdata[i];

            if (is_refused_by_probes(member))
                scenario_fail(s, "I12", "%s does not recover: %s, %s", member->name,
                              mp_interface_state_to_string(member->state),
                              mp_reason_to_string(member->reason));
        }
    }
}

static gint by_text(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Each address of the host: where, and by whom. Not a placeholder: one is needed for what would
 * leave as soon as somebody could have it, which nobody knows after a restart. */
static char *places(const Scenario *s)
{
    g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(g_free);
    char text[MP_ADDRESS_STRING_MAX];

    for (guint i = 0; i < fake_n_addresses(s->kernel); i++) {
        const MpIfaddr *ifaddr = fake_address_nth(s->kernel, i);

        if (g_str_has_prefix(mp_address_format(&ifaddr->address, text), "192.0.0.8/"))
            continue;
        g_ptr_array_add(lines, g_strdup_printf("%s dev %u proto %u flags %x",
                                               mp_address_format(&ifaddr->address, text),
                                               ifaddr->index, ifaddr->protocol, ifaddr->flags));
    }
    g_ptr_array_sort(lines, by_text);
    g_ptr_array_add(lines, NULL);
    return g_strjoinv("\n", (char **)lines->pdata);
}

/* I15: who begins anew while all is well finds nothing to do. */
static void restart(World *w)
{
    g_autofree char *before = places(w->s), *now = NULL;
    gsize at = 0;

    scenario_restart(w->s);
    scenario_run(w->s);
    now = places(w->s);
    while (before[at] != '\0' && before[at] == now[at])
        at++;
    while (at > 0 && before[at - 1] != '\n')
        at--;
    if (strcmp(before, now) != 0)
        scenario_fail(w->s, "I15", "a restart while all is well changes from %.80s to %.80s",
                      before + at, now + at);
}

World *world_new(guint generation, guint32 seed)
{
    World *w = g_new0(World, 1);
    Scenario *s =
        scenario_new(generation == 1 ? "eth0 eth1 eth2 eth3" : "eth0 eth1 eth2 eth3 eth4 eth5");

    w->s = s;
    w->generation = generation;
    w->n_links = generation == 1 ? FRONT : N_LINKS_MAX;
    w->life = -1;
    w->settings = g_hash_table_new_full(NULL, NULL, NULL, g_free);
    w->replaced = g_hash_table_new(NULL, NULL);
    w->gone = g_hash_table_new(NULL, NULL);
    w->going = g_hash_table_new(NULL, NULL);
    for (guint i = 0; i < w->n_links; i++)
        w->member[i] = i != FRONT - 1;
    w->standby[5] = generation > 1 && (seed >> 5 & 1);
    w->test[0] = seed & 1;
    w->test[2] = seed & 3;
    w->method = seed / 8 % N_METHODS;
    s->collect = TRUE;
    for (guint i = 0; i < N_HOSTS; i++)
        network_hosts(s, hosts[i]);
    fake_kernel_shuffle(s->kernel, seed & 1 ? seed : 0);
    if (generation > 2 && (seed >> 4 & 1))
        fake_kernel_takes_sources(s->kernel);
    s->config->defaults.anchor = (seed & 7) != 7;
    if (generation > 2 && (seed >> 9 & 3) == 3)
        s->portion = 1 + (seed >> 11 & 3);
    if (generation > 1 && (seed >> 6 & 3) == 3)
        s->config->defaults.link_poll_ms = 1000;
    scenario_addresses(s, "eth0 10.0.0.10/24 2001:db8::1/64; eth1 10.0.0.11/24; eth3 10.7.0.1/24");
    if (generation > 1)
        scenario_addresses(s, "eth4 10.5.0.10/24 2001:db8:5::1/64; eth5 10.5.0.11/24");
    world_configure(w);
    scenario_start(s);
    scenario_run(s);
    return w;
}

void world_free(World *w)
{
    scenario_free(w->s);
    g_hash_table_unref(w->settings);
    g_hash_table_unref(w->replaced);
    g_hash_table_unref(w->gone);
    g_hash_table_unref(w->going);
    g_free(w);
}

void world_end(World *w)
{
    Scenario *s = w->s;

    world_hold_nothing(w);
    if (w->generation > 1)
        world_relief(w);
    /* After a request that the kernel refused (IPv6 on a device that lost it unseen) the
     * configuration here is not the engine's. */
    if (s->failure || (s->undone && w->generation == 1))
        return;
    scenario_run(s);
    if (!s->failure)
        recover(w);
    if (!s->failure && w->generation > 2 && !s->undone && !w->refused)
        restart(w);
    if (!s->failure && w->generation > 1)
        world_leave(w);
}
