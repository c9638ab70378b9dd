/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The second generation of steps: what goes wrong, and what others do that is seldom. */
#include "random-world.h"

#include "state.h"

#define USERS_TABLE 100u
/* A refusal is held back for a minute at most; what everybody refused, for ten. */
#define RELIEF_US (800 * MP_USEC_PER_SEC)

static const int errors[] = {EPERM,  EACCES, ENOMEM,      ENOBUFS, EBUSY,         ENODEV,
                             EINVAL, EEXIST, EOPNOTSUPP,  ENOENT,  ENETDOWN,      EAGAIN,
                             ESRCH,  ERANGE, ENETUNREACH, EIO,     EADDRNOTAVAIL, ENOSPC};

gboolean world_is_doubtful(const World *w)
{
    return w->s->refusing || w->s->hold_record || w->s->deaf;
}

void world_doubt(World *w)
{
    if (w->s->engine && w->s->engine->requests->len)
        g_hash_table_remove_all(w->s->protected);
}

static void fault_over(World *w)
{
    w->fault.error = 0;
    w->refusing_until_us = fake_kernel_now(w->s->kernel) + RELIEF_US;
}

void world_relief(World *w)
{
    if (w->fault.error)
        fault_over(w);
    if (w->s->refusing)
        scenario_advance(w->s, RELIEF_US / MP_USEC_PER_MSEC);
    w->s->refusing = FALSE;
}

static int on_refuse(FakeKernel *kernel, const MpOp *op, gpointer user_data)
{
    World *w = user_data;
    int error = w->fault.error;

    if (w->life == 0) {
        w->s->hold_record = TRUE; /* who is dead writes nothing */
        return EINTR;
    }
    if (w->life > 0)
        w->life--;
    if (!error || (w->fault.kind >= 0 && w->fault.kind != (gint)op->kind))
        return 0;
    world_doubt(w);
    if (w->fault.once)
        fault_over(w);
    return error;
}

void world_watch(World *w)
{
    Scenario *s = w->s;

    s->refuse = on_refuse;
    s->refuse_data = w;
    if (s->refusing && !w->fault.error && fake_kernel_now(s->kernel) >= w->refusing_until_us)
        s->refusing = FALSE;
}

static void do_refuse(World *w, const Step *step)
{
    guint kind = step->a % 12;

    w->fault.kind = kind < MP_N_OP_KINDS ? (gint)kind : -1;
    w->fault.error = errors[step->b % G_N_ELEMENTS(errors)];
    w->fault.once = step->a >= 12;
    w->s->refusing = TRUE;
    world_doubt(w);
}

static void do_kill(World *w, const Step *step)
{
    Scenario *s = w->s;

    w->life = (gint)step->a;
    for (guint i = 0; i <= step->b % 6; i++)
        scenario_turn(s);
    w->life = -1;
    scenario_stop(s);
    world_hold_nothing(w);
    world_agree(w);
    scenario_start(s);
    scenario_run(s);
}

static gboolean is_in_prefix(gpointer key, gpointer value, gpointer user_data)
{
    return mp_address_contains(user_data, key);
}

static void release_with_secondaries(Scenario *s, const MpAddress *address)
{
    MpAddress prefix = *address;

    g_hash_table_foreach_remove(s->protected, is_in_prefix, &prefix);
}

/* Whoever turns IPv6 off takes its addresses away. */
static void do_ipv6(World *w, guint link, gboolean on)
{
    FakeKernel *kernel = w->s->kernel;

    for (guint i = 0; !on && i < fake_n_addresses(kernel); i++) {
        const MpIfaddr *a = fake_address_nth(kernel, i);

        if (a->index == link && a->address.family == MP_IPV6)
            scenario_release(w->s, &a->address);
    }
    fake_link_set_ipv6(kernel, link, on);
}

static void do_rule(World *w, const Step *step)
{
    MpOp op = {.kind = step->b & 1 ? MP_OP_RULE_ADD : MP_OP_RULE_DEL};

    op.rule = (MpRule){.family = MP_IPV4,
                       .priority = 100 + step->a % 3,
                       .table = USERS_TABLE,
                       .suppress_prefix = -1,
                       .protocol = 4,
                       .action = MP_RULE_LOOKUP};
    op.rule.from = (MpAddress){.family = MP_IPV4, .prefix = 24, .bytes = {10, 0, step->a % 3}};
    fake_kernel_apply(w->s->kernel, &op, FAKE_SOMEONE);
}

static void do_table(World *w, guint link, guint n)
{
    static const char *const prefixes[] = {"0.0.0.0/0", "10.9.0.0/16", "10.0.0.0/24", "::/0"};
    MpOp op = {.kind = n & 4 ? MP_OP_ROUTE_DEL : MP_OP_ROUTE_ADD};
    MpRoute *r = &op.route;

    r->dst = scenario_parse(prefixes[n % 4]);
    r->family = r->dst.family;
    r->gateway = scenario_parse(r->family == MP_IPV4 ? "10.0.0.1" : "fe80::1");
    r->table = n & 8 ? USERS_TABLE : MP_TABLE_MAIN;
    r->metric = n & 16 ? 50 : 0;
    r->type = MP_RTN_UNICAST;
    r->protocol = 4;
    r->oif = link;
    r->n_hops = 1;
    fake_kernel_apply(w->s->kernel, &op, FAKE_SOMEONE);
}

/* The nth object of ours of a kind is taken away by somebody. */
static void do_ours_gone(World *w, guint kind, guint n)
{
    FakeKernel *kernel = w->s->kernel;
    MpOp op = {0}, seen = {0};

    for (guint i = 0; kind == 0 && i < fake_n_addresses(kernel); i++) {
        seen.kind = MP_OP_ADDRESS_DEL;
        seen.address = *fake_address_nth(kernel, i);
        if (seen.address.protocol == MP_PROTOCOL && (op.kind != seen.kind || i <= n))
            op = seen;
    }
    for (guint i = 0; kind == 1 && i < fake_n_routes(kernel); i++) {
        seen.kind = MP_OP_ROUTE_DEL;
        seen.route = *fake_route_nth(kernel, i);
        if (seen.route.protocol == MP_PROTOCOL && (op.kind != seen.kind || i <= n))
            op = seen;
    }
    for (guint i = 0; kind == 2 && i < fake_n_rules(kernel); i++) {
        seen.kind = MP_OP_RULE_DEL;
        seen.rule = *fake_rule_nth(kernel, i);
        if (seen.rule.protocol == MP_PROTOCOL && (op.kind != seen.kind || i <= n))
            op = seen;
    }
    for (guint i = 0; kind == 3 && i < fake_n_nexthops(kernel); i++) {
        seen.kind = MP_OP_NEXTHOP_DEL;
        seen.nexthop = *fake_nexthop_nth(kernel, i);
        if (seen.nexthop.protocol == MP_PROTOCOL && (op.kind != seen.kind || i <= n))
            op = seen;
    }
    if (op.kind == MP_OP_ADDRESS_DEL)
        release_with_secondaries(w->s, &op.address.address);
    if (op.kind)
        fake_kernel_apply(kernel, &op, FAKE_SOMEONE);
}

/* The same address with another prefix length: IPv4 has both. */
static void do_prefix(World *w, guint link, guint n)
{
    static const guint8 prefixes[] = {16, 25, 32};
    MpOp op = {.kind = n & 8 ? MP_OP_ADDRESS_DEL : MP_OP_ADDRESS_ADD};

    op.address.index = link;
    op.address.address = world_address(n % 6); /* the IPv4 ones */
    op.address.address.prefix = prefixes[n % 3];
    if (n & 8)
        release_with_secondaries(w->s, &op.address.address);
    fake_kernel_apply(w->s->kernel, &op, FAKE_SOMEONE);
}

static void do_read_lies(World *w, guint link, gboolean up)
{
    MpEvent event = {.kind = MP_EVENT_LINK_READ, .index = link, .up = up};

    /* Else nobody reads again. */
    if (w->s->config->defaults.link_poll_ms)
        mp_engine_handle(w->s->engine, &event, fake_kernel_now(w->s->kernel));
}

static void do_to_link(World *w, const Step *step, guint link)
{
    switch (step->what) {
    case DO_NETNS:
        fake_link_move_netns(w->s->kernel, link);
        break;
    case DO_IPV6:
        do_ipv6(w, link, step->b % 3 > 0);
        break;
    case DO_TABLE:
        do_table(w, link, step->b);
        break;
    case DO_PREFIX:
        do_prefix(w, link, step->b);
        break;
    case DO_READ_LIES:
        do_read_lies(w, link, step->b & 1);
        break;
    default:
        break;
    }
}

static void do_configure(World *w, const Step *step)
{
    gboolean *what = step->what == DO_GROUP ? &w->no_back : step->a & 1 ? &w->fast : &w->delayed;

    if (step->what == DO_GROUP || world_is_doubtful(w))
        g_hash_table_remove_all(w->s->protected);
    if (step->what != DO_RELOAD)
        *what = !*what;
    if (!world_configure(w) && step->what != DO_RELOAD)
        *what = !*what;
}

void world_fault_step(World *w, const Step *step)
{
    Scenario *s = w->s;
    guint link = world_link(w, step->a);

    switch (step->what) {
    case DO_REFUSE:
        w->refused = TRUE;
        do_refuse(w, step);
        break;
    case DO_RELIEF:
        if (w->fault.error)
            fault_over(w);
        break;
    case DO_DEAF:
        w->s->deaf = step->a & 1;
        fake_kernel_hold_notices(s->kernel, w->s->deaf);
        world_doubt(w);
        break;
    case DO_DUMPS_FAIL:
        fake_kernel_fail_dumps(s->kernel, 1 + step->a % 3);
        fake_kernel_door(s->kernel)->dump(fake_kernel_door(s->kernel), MP_DUMP_ALL);
        break;
    case DO_KILL:
        do_kill(w, step);
        break;
    case DO_HOLD_RECORD:
        s->hold_record = step->a & 1;
        world_doubt(w);
        break;
    case DO_RELOAD:
    case DO_GROUP:
    case DO_DETECTION:
        do_configure(w, step);
        break;
    case DO_RULE:
        do_rule(w, step);
        break;
    case DO_OURS_GONE:
        do_ours_gone(w, step->a % 4, step->b);
        break;
    default:
        if (link)
            do_to_link(w, step, link);
    }
}

/* At the end of the stream ------------------------------------------------------------------------
 */

static void heal_link(World *w, guint n)
{
    FakeKernel *kernel = w->s->kernel;
    g_autofree char *name = g_strdup_printf("eth%u", n);
    g_autofree char *other = g_strdup_printf("lan%u", n);
    g_autofree char *hwaddr = g_strdup_printf("02:00:00:00:00:%02x", 0x10 + n);
    guint link = fake_link_index(kernel, name), renamed = fake_link_index(kernel, other);

    if (renamed && link)
        fake_link_delete(kernel, renamed);
    else if (renamed)
        fake_link_rename(kernel, link = renamed, name);
    else if (!link)
        scenario_plug(w->s, name);
    link = fake_link_index(kernel, name);
    fake_link_set_nameless(kernel, link, 0);
    fake_link_set_linkwatch(kernel, link, FAKE_TELL_AT_ONCE);
    fake_link_release(kernel, link);
    fake_link_enslave(kernel, link, 0);
    fake_link_set_hwaddr(kernel, link, hwaddr);
    fake_link_set_mtu(kernel, link, 1500);
    fake_link_set_ipv6(kernel, link, TRUE);
    fake_link_set_up(kernel, link, TRUE);
    fake_link_set_carrier(kernel, link, TRUE);
}

void world_heal_links(World *w)
{
    for (guint i = 0; i < w->n_links; i++)
        heal_link(w, i);
    scenario_run(w->s);
}

static void check_nothing_left(Scenario *s)
{
    for (guint i = 0; i < fake_n_addresses(s->kernel); i++)
        if (fake_address_nth(s->kernel, i)->protocol == MP_PROTOCOL)
            scenario_fail(s, "I8", "an address of ours is left on %u",
                          fake_address_nth(s->kernel, i)->index);
    for (guint i = 0; i < fake_n_routes(s->kernel); i++)
        if (fake_route_nth(s->kernel, i)->protocol == MP_PROTOCOL)
            scenario_fail(s, "I8", "a route of ours is left in table %u",
                          fake_route_nth(s->kernel, i)->table);
    for (guint i = 0; i < fake_n_rules(s->kernel); i++)
        if (fake_rule_nth(s->kernel, i)->protocol == MP_PROTOCOL)
            scenario_fail(s, "I8", "a rule of ours is left");
    for (guint i = 0; i < fake_n_fixed(s->kernel); i++)
        if (fake_fixed_nth(s->kernel, i)->protocol == MP_PROTOCOL)
            scenario_fail(s, "I8", "a neighbour of ours is left on %u",
                          fake_fixed_nth(s->kernel, i)->index);
    for (guint i = 0; i < fake_n_nexthops(s->kernel); i++)
        if (fake_nexthop_nth(s->kernel, i)->protocol == MP_PROTOCOL)
            scenario_fail(s, "I8", "nexthop %u of ours is left",
                          fake_nexthop_nth(s->kernel, i)->id);
}

static void check_settings(World *w)
{
    for (guint i = 0; i < w->n_links; i++) {
        guint link = world_link(w, i);

        for (guint key = 0; link && key < MP_SYSCTL_FIRST_GLOBAL; key++)
            world_check_setting(w, link, key);
    }
}

static guint count_devices(Scenario *s, const MpSnapshotGroup *group, const MpAddress *address)
{
    guint n = 0;

    for (guint i = 0; i < group->interfaces->len; i++)
        n += fake_address_find(s->kernel,
                               ((MpSnapshotInterface *)group->interfaces->pdata[i])->index,
                               address) != NULL;
    return n;
}

typedef struct {
    const MpSnapshotGroup *group;
    MpAddress address;
} Found;

/* What was found, and is on a device. */
static GArray *list_found(Scenario *s, const MpSnapshot *snapshot)
{
    GArray *found = g_array_new(FALSE, FALSE, sizeof(Found));

    for (guint g = 0; g < snapshot->groups->len; g++) {
        const MpSnapshotGroup *group = snapshot->groups->pdata[g];

        for (guint i = 0; i < group->addresses->len; i++) {
            const MpSnapshotAddress *address = group->addresses->pdata[i];
            Found entry = {group, address->address};
            MpAddress key = address->address;

            key.prefix = 0;
            if (address->state != MP_ADDRESS_WITHDRAWN && address->source == MP_SOURCE_ADOPTED &&
                !g_hash_table_contains(s->mortal, &key) &&
                count_devices(s, group, &address->address) == 1)
                g_array_append_val(found, entry);
        }
    }
    return found;
}

/* It is there still, once. */
static void check_kept(Scenario *s, const GArray *found)
{
    for (guint i = 0; i < found->len; i++) {
        const Found *entry = &g_array_index(found, Found, i);
        char text[MP_ADDRESS_STRING_MAX];
        guint n = count_devices(s, entry->group, &entry->address);

        if (n != 1)
            scenario_fail(s, "I8", "%s is on %u devices after Delete",
                          mp_address_format(&entry->address, text), n);
    }
}

void world_leave(World *w)
{
    Scenario *s = w->s;
    g_autoptr(MpSnapshot) before = mp_engine_snapshot(s->engine);
    g_autoptr(GArray) found = list_found(s, before);

    while (s->config->groups->len)
        mp_config_drop(s->config, ((MpGroupConfig *)s->config->groups->pdata[0])->name);
    g_hash_table_remove_all(s->protected);
    scenario_apply(s, -1);
    if (s->failure)
        return;
    check_nothing_left(s);
    check_settings(w);
    world_check_nexthops(w);
    check_kept(s, found);
}
