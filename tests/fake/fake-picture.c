/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Looking in: counts, and the whole as text. */
#include "fake-private.h"

guint fake_n_addresses(const FakeKernel *fake)
{
    return fake->addresses->len;
}

const MpIfaddr *fake_address_nth(const FakeKernel *fake, guint n)
{
    return &((FakeAddress *)fake->addresses->pdata[n])->ifaddr;
}

guint fake_n_routes(const FakeKernel *fake)
{
    return fake->routes->len;
}

const MpRoute *fake_route_nth(const FakeKernel *fake, guint n)
{
    return ((FakeRoute *)fake->routes->pdata[n])->hops;
}

guint fake_n_nexthops(const FakeKernel *fake)
{
    return fake->nexthops->len;
}

const MpNexthop *fake_nexthop_nth(const FakeKernel *fake, guint n)
{
    return fake->nexthops->pdata[n];
}

guint fake_n_rules(const FakeKernel *fake)
{
    return fake->rules->len;
}

const MpRule *fake_rule_nth(const FakeKernel *fake, guint n)
{
    return fake->rules->pdata[n];
}

static void append_address(GString *out, const char *word, const MpAddress *address)
{
    g_string_append(out, word);
    for (guint i = 0; i < (address->family == MP_IPV4 ? 4u : 16u); i++) {
        if (address->family == MP_IPV4)
            g_string_append_printf(out, "%s%u", i ? "." : "", address->bytes[i]);
        else
            g_string_append_printf(out, "%s%02x", i && !(i % 2) ? ":" : "", address->bytes[i]);
    }
    g_string_append_printf(out, "/%u", address->prefix);
}

static void add_line(GPtrArray *lines, GString *line)
{
    g_ptr_array_add(lines, g_string_free(line, FALSE));
}

static const char *device(const FakeKernel *fake, guint index)
{
    const FakeLink *link = fake_link_find(fake, index);

    return link ? link->link.name : "-";
}

/* Sorted by device; among one device's and family's the kernel's own order stays. */
static void picture_addresses(const FakeKernel *fake, GPtrArray *lines)
{
    for (guint i = 0; i < fake->addresses->len; i++) {
        const FakeAddress *address = fake->addresses->pdata[i];
        const MpIfaddr *a = &address->ifaddr;
        GString *line = g_string_new(NULL);
        guint place = 0;

        for (guint before = 0; before < i; before++)
            place += fake_address_nth(fake, before)->index == a->index &&
                     fake_address_nth(fake, before)->address.family == a->address.family;
        g_string_append_printf(line, "address %s v%u %03u", device(fake, a->index),
                               a->address.family, place);
        append_address(line, " ", &a->address);
        g_string_append_printf(line, " scope %u flags 0x%x proto %u metric %u label '%s'", a->scope,
                               a->flags, a->protocol, a->metric, a->label);
        if (a->has_broadcast)
            g_string_append_printf(line, " brd %u.%u.%u.%u", a->broadcast[0], a->broadcast[1],
                                   a->broadcast[2], a->broadcast[3]);
        g_string_append_printf(line, " %s",
                               address->valid_until_us == G_MAXINT64 ? "forever" : "limited");
        add_line(lines, line);
    }
}

static void append_hop(const FakeKernel *fake, GString *line, const MpRoute *r)
{
    if (r->nhid)
        g_string_append_printf(line, " nhid 0x%x", r->nhid);
    else if (r->type == MP_RTN_UNICAST)
        g_string_append_printf(line, " dev %s", device(fake, r->oif));
    if (r->gateway.family)
        append_address(line, " via ", &r->gateway);
    if (r->hop_flags)
        g_string_append_printf(line, " hopflags 0x%x", r->hop_flags);
}

static void picture_routes(const FakeKernel *fake, GPtrArray *lines)
{
    for (guint i = 0; i < fake->routes->len; i++) {
        const FakeRoute *route = fake->routes->pdata[i];
        const MpRoute *r = route->hops;
        GString *line = g_string_new(NULL);
        guint place = 0;

        for (guint before = 0; before < i; before++) {
            const MpRoute *other = fake_route_nth(fake, before);

            /* Among devices the kernel's own routes stand as their addresses came: left out. */
            if (r->protocol == 2 && (other->protocol != 2 || other->oif != r->oif))
                continue;
            place += other->table == r->table && other->metric == r->metric &&
                     fake_same_prefix(&other->dst, &r->dst);
        }
        g_string_append_printf(line, "route %u v%u", r->table, r->family);
        append_address(line, " ", &r->dst);
        g_string_append_printf(line, " metric %u %02u tos %u type %u proto %u scope %u", r->metric,
                               place, r->tos, r->type, r->protocol, r->scope);
        if (r->prefsrc.family)
            append_address(line, " src ", &r->prefsrc);
        for (guint hop = 0; hop < route->n_hops; hop++)
            append_hop(fake, line, &route->hops[hop]);
        for (guint m = 0; m < MP_RTAX_MAX; m++)
            if (r->metrics_mask & (1u << m))
                g_string_append_printf(line, " rtax%u=%u", m, r->metrics[m]);
        add_line(lines, line);
    }
}

static void picture_nexthops(const FakeKernel *fake, GPtrArray *lines)
{
    for (guint i = 0; i < fake->nexthops->len; i++) {
        const MpNexthop *n = fake->nexthops->pdata[i];
        GString *line = g_string_new(NULL);

        g_string_append_printf(line, "nexthop 0x%x v%u proto %u", n->id, n->family, n->protocol);
        if (!n->n_members)
            g_string_append_printf(line, " dev %s", device(fake, n->oif));
        if (n->gateway.family)
            append_address(line, " via ", &n->gateway);
        for (guint m = 0; m < n->n_members; m++)
            g_string_append_printf(line, " 0x%x*%u", n->members[m].id, n->members[m].weight);
        add_line(lines, line);
    }
}

static void picture_fixed(const FakeKernel *fake, GPtrArray *lines)
{
    for (guint i = 0; i < fake->fixed->len; i++) {
        const MpFixed *fixed = &g_array_index(fake->fixed, MpFixed, i);
        GString *line = g_string_new("neighbour");

        append_address(line, " ", &fixed->address);
        g_string_append_printf(line, " dev %s proto %u", device(fake, fixed->index),
                               fixed->protocol);
        for (guint n = 0; n < sizeof fixed->hwaddr; n++)
            g_string_append_printf(line, ":%02x", fixed->hwaddr[n]);
        add_line(lines, line);
    }
}

static void picture_rest(const FakeKernel *fake, GPtrArray *lines)
{
    for (guint i = 0; i < fake->rules->len; i++) {
        const MpRule *r = fake->rules->pdata[i];
        GString *line = g_string_new(NULL);

        g_string_append_printf(line, "rule %02u v%u prio %u table %u suppress %d proto %u", i,
                               r->family, r->priority, r->table, r->suppress_prefix, r->protocol);
        if (r->from.family)
            append_address(line, " from ", &r->from);
        add_line(lines, line);
    }
    for (guint i = 0; i < fake->links->len; i++) {
        const FakeLink *link = fake->links->pdata[i];

        for (guint key = 0; key < MP_SYSCTL_FIRST_GLOBAL; key++)
            g_ptr_array_add(lines, g_strdup_printf("sysctl %s %u = %d", link->link.name, key,
                                                   link->sysctls[key]));
    }
    for (guint key = MP_SYSCTL_FIRST_GLOBAL; key < MP_N_SYSCTLS; key++)
        g_ptr_array_add(lines, g_strdup_printf("sysctl - %u = %d", key, fake->globals[key]));
}

static gint by_text(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

char *fake_kernel_picture(const FakeKernel *fake)
{
    g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(g_free);

    picture_addresses(fake, lines);
    picture_routes(fake, lines);
    picture_nexthops(fake, lines);
    picture_fixed(fake, lines);
    picture_rest(fake, lines);
    g_ptr_array_sort(lines, by_text);
    g_ptr_array_add(lines, NULL);
    return g_strjoinv("\n", (char **)lines->pdata);
}
