/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The third generation of steps: what other programs do with objects, settings and devices. */
#include "random-world.h"

#define NEXTHOP_FIRST 10u
#define N_SINGLES 4u /* the last of them by IPv6 */
#define NEXTHOP_GROUP (NEXTHOP_FIRST + N_SINGLES)
#define LIFETIME_S 40u

static void apply(World *w, const MpOp *op)
{
    fake_kernel_apply(w->s->kernel, op, FAKE_SOMEONE);
}

/* Nexthop objects of a routing daemon ------------------------------------------------------------
 */

void world_note_gone(World *w, gboolean known)
{
    GHashTableIter iter;
    gpointer id;

    g_hash_table_iter_init(&iter, w->going);
    while (known && g_hash_table_iter_next(&iter, &id, NULL))
        g_hash_table_add(w->gone, id);
    g_hash_table_remove_all(w->going);
}

static void forget_gone(World *w, guint32 id)
{
    g_hash_table_remove(w->gone, GUINT_TO_POINTER(id));
    g_hash_table_remove(w->going, GUINT_TO_POINTER(id));
}

static void do_nexthop(World *w, guint link, guint n)
{
    guint32 id = NEXTHOP_FIRST + n % (N_SINGLES + 1);
    gboolean ipv6 = id == NEXTHOP_GROUP - 1;
    MpOp op = {.kind = n >= 16 ? MP_OP_NEXTHOP_DEL : MP_OP_NEXTHOP_SET};

    op.nexthop = (MpNexthop){.id = id, .family = MP_IPV4, .protocol = 11};
    if (id == NEXTHOP_GROUP) {
        op.nexthop.n_members = 2;
        op.nexthop.members[0] = (MpNexthopMember){NEXTHOP_FIRST, 1};
        op.nexthop.members[1] = (MpNexthopMember){NEXTHOP_FIRST + 1, 1};
    } else {
        op.nexthop.family = ipv6 ? MP_IPV6 : MP_IPV4;
        op.nexthop.oif = link;
        op.nexthop.gateway = scenario_parse(ipv6 ? "fe80::1" : "10.0.0.1");
    }
    if (op.kind == MP_OP_NEXTHOP_DEL && !fake_nexthop_find(w->s->kernel, id))
        return;
    if (fake_kernel_apply(w->s->kernel, &op, FAKE_SOMEONE))
        return;
    if (op.kind == MP_OP_NEXTHOP_SET)
        forget_gone(w, id);
    else if (!world_is_doubtful(w) && w->life < 0)
        g_hash_table_add(w->going, GUINT_TO_POINTER(id));
}

static void do_by_nexthop(World *w, guint n)
{
    static const char *const prefixes[] = {"10.20.0.0/16", "10.21.0.0/16", "10.22.0.0/16",
                                           "2001:db8:20::/48", "10.24.0.0/16"};
    guint at = n % G_N_ELEMENTS(prefixes);
    MpOp op = {.kind = n >= 16 ? MP_OP_ROUTE_DEL : MP_OP_ROUTE_ADD};

    op.route = (MpRoute){.table = MP_TABLE_MAIN,
                         .type = MP_RTN_UNICAST,
                         .protocol = 11,
                         .dst = scenario_parse(prefixes[at]),
                         .nhid = NEXTHOP_FIRST + at,
                         .metric = 20,
                         .n_hops = 1};
    op.route.family = op.route.dst.family;
    apply(w, &op);
}

/* Of one place there is one, as a routing daemon has it: two that share a hop are told by messages
 * that are the same, and taken for one until all routes are read again. */
static void do_multipath(World *w, guint link, guint other, guint n)
{
    MpRoute hops[2] = {{.family = MP_IPV4,
                        .table = MP_TABLE_MAIN,
                        .type = MP_RTN_UNICAST,
                        .protocol = 11,
                        .dst = scenario_parse(n & 1 ? "10.30.0.0/16" : "10.31.0.0/16"),
                        .gateway = scenario_parse("10.0.0.1"),
                        .metric = 30 + link,
                        .n_hops = 2}};
    MpOp op = {.kind = MP_OP_ROUTE_DEL};

    hops[0].oif = link;
    hops[1] = hops[0];
    hops[1].hop = 1;
    hops[1].oif = other;
    op.route = hops[0];
    if (n & 4)
        apply(w, &op);
    else if (other && other != link)
        fake_multipath_add(w->s->kernel, hops, 2, FAKE_SOMEONE);
}

/* Addresses of the kernel's own making ----------------------------------------------------------
 */

static void do_temporary(World *w, guint link, guint n)
{
    g_autofree char *text = g_strdup_printf("2001:db8::7%u/64", n % 3);
    MpOp op = {.kind = n >= 20 ? MP_OP_ADDRESS_DEL : MP_OP_ADDRESS_ADD};

    op.address.index = link;
    op.address.address = scenario_parse(text);
    op.address.valid_s = LIFETIME_S;
    op.address.preferred_s = n & 4 ? 0 : LIFETIME_S / 2;
    scenario_mark_mortal(w->s, &op.address.address);
    if (!fake_kernel_apply(w->s->kernel, &op, FAKE_SOMEONE) && op.kind == MP_OP_ADDRESS_ADD)
        fake_address_make_temporary(w->s->kernel, link, &op.address.address);
}

/* An administrator's, who does not know of duplicate address detection. */
static void do_looked_for(World *w, guint link, guint n)
{
    g_autofree char *text = g_strdup_printf("2001:db8::8%u/64", n % 3);
    MpOp op = {.kind = n >= 20 ? MP_OP_ADDRESS_DEL : MP_OP_ADDRESS_ADD};

    op.address.index = link;
    op.address.address = scenario_parse(text);
    if (n >= 20)
        scenario_release(w->s, &op.address.address);
    apply(w, &op);
}

/* Each device has one of its own, of its hardware address; each advertisement prolongs it. */
static void do_advertise(World *w, guint link, guint a, guint n)
{
    g_autofree char *text = g_strdup_printf("2001:db8::a%u/64", a % w->n_links);
    MpOp op = {.kind = MP_OP_ADDRESS_ADD};

    if (fake_sysctl_get(w->s->kernel, link, MP_SYSCTL_AUTOCONF) != 1)
        return;
    op.address = (MpIfaddr){.index = link,
                            .address = scenario_parse(text),
                            .protocol = MP_IFAPROT_RA,
                            .flags = n & 1 ? MP_IFA_MANAGETEMPADDR : 0,
                            .valid_s = LIFETIME_S,
                            .preferred_s = LIFETIME_S / 2};
    scenario_mark_mortal(w->s, &op.address.address);
    fake_kernel_apply(w->s->kernel, &op, 0);
}

/* Settings ---------------------------------------------------------------------------------------
 */

static gpointer setting_key(guint link, MpSysctl key)
{
    return GUINT_TO_POINTER(link * MP_N_SYSCTLS + key);
}

/* All of a device that is replaced. What somebody set of autoconf before IPv6 began anew may be put
 * back after it: while the service had it at 0 nobody could see that the kernel forgot it. */
void world_forget_settings(World *w, guint link, MpSysctl first)
{
    for (guint key = first; key < MP_SYSCTL_FIRST_GLOBAL; key++) {
        if (first == 0 || key != MP_SYSCTL_AUTOCONF)
            g_hash_table_remove(w->settings, setting_key(link, key));
    }
}

static void do_setting(World *w, guint link, guint n)
{
    static const MpSysctlValue values[] = {
        {0, MP_SYSCTL_RP_FILTER, 1},  {0, MP_SYSCTL_ARP_IGNORE, 2}, {0, MP_SYSCTL_ARP_ANNOUNCE, 1},
        {0, MP_SYSCTL_ARP_FILTER, 1}, {0, MP_SYSCTL_MEDIUM_ID, 5},  {0, MP_SYSCTL_AUTOCONF, 1},
        {0, MP_SYSCTL_ARP_IGNORE, 3}, {0, MP_SYSCTL_RP_FILTER, 1}};
    const MpSysctlValue *value = &values[n % G_N_ELEMENTS(values)];
    gpointer key = setting_key(link, value->key);
    Setting *setting = g_hash_table_lookup(w->settings, key);

    if (!setting)
        g_hash_table_insert(w->settings, key, setting = g_new0(Setting, 1));
    setting->values |= 1u << value->value;
    setting->latest = value->value;
    fake_sysctl_set(w->s->kernel, link, value->key, value->value);
}

void world_check_setting(World *w, guint link, MpSysctl key)
{
    const Setting *setting = g_hash_table_lookup(w->settings, setting_key(link, key));
    gint value = fake_sysctl_get(w->s->kernel, link, key);

    if (w->generation < 4 && g_hash_table_contains(w->replaced, GUINT_TO_POINTER(link)))
        return;
    if (value == 0 ? setting && key == MP_SYSCTL_RP_FILTER
                   : !setting || value > 31 || !(setting->values & 1u << value))
        scenario_fail(w->s, "I8", "setting %u of link %u is %d at the end, somebody wanted %d", key,
                      link, value, setting ? setting->latest : 0);
}

void world_check_nexthops(World *w)
{
    GHashTableIter iter;
    gpointer id;

    world_note_gone(w, TRUE);
    g_hash_table_iter_init(&iter, w->gone);
    while (g_hash_table_iter_next(&iter, &id, NULL))
        if (fake_nexthop_find(w->s->kernel, GPOINTER_TO_UINT(id)))
            scenario_fail(w->s, "I8", "nexthop %u was deleted by its owner, and is there",
                          GPOINTER_TO_UINT(id));
}

/* The rest ---------------------------------------------------------------------------------------
 */

static void do_neighbour(World *w, guint link, guint n)
{
    MpOp op = {.kind = n & 4 ? MP_OP_NEIGHBOUR_DEL : MP_OP_NEIGHBOUR_SET};

    op.fixed = (MpFixed){.index = link,
                         .address = scenario_parse(n & 1 ? "10.0.0.1" : "10.0.0.10"),
                         .hwaddr = {2, 0, 0, 0, 1, (guint8)n},
                         .protocol = 4};
    apply(w, &op);
}

void world_others_step(World *w, const Step *step)
{
    FakeKernel *kernel = w->s->kernel;
    guint link = world_link(w, step->a);

    if (step->what == DO_BY_NEXTHOP)
        do_by_nexthop(w, step->b);
    else if (step->what == DO_FILTER_ALL)
        fake_sysctl_set(kernel, 0, MP_SYSCTL_RP_FILTER_ALL, step->b & 1);
    if (!link)
        return;
    switch (step->what) {
    case DO_NEXTHOP:
        do_nexthop(w, link, step->b);
        break;
    case DO_MULTIPATH:
        do_multipath(w, link, world_link(w, step->a + 1), step->b);
        break;
    case DO_TEMPORARY:
        do_temporary(w, link, step->b);
        break;
    case DO_LOOKED_FOR:
        do_looked_for(w, link, step->b);
        break;
    case DO_ADVERTISE:
        do_advertise(w, link, step->a, step->b);
        break;
    case DO_SETTING:
        do_setting(w, link, step->b);
        break;
    case DO_NEIGHBOUR:
        do_neighbour(w, link, step->b);
        break;
    case DO_REPLUG:
        world_forget_settings(w, link, 0);
        g_hash_table_add(w->replaced, GUINT_TO_POINTER(link));
        fake_link_replug(kernel, link);
        break;
    case DO_NAMELESS:
        fake_link_set_nameless(kernel, link,
                               step->b % 3 == 0   ? FAKE_NAMELESS_ALL
                               : step->b % 3 == 1 ? FAKE_NAMELESS_IPV6
                                                  : 0);
        break;
    default:
        break;
    }
}
