/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Routes: what is accepted, what goes with what, and what of that is told. */
#include "fake-private.h"

#define METRIC_KERNEL6 256
#define METRIC_USER6 1024
#define RTPROT_KERNEL 2

/* What the kernel tells two routes of one key apart by. */
static gboolean same_key(const MpRoute *a, const MpRoute *b)
{
    return a->family == b->family && a->table == b->table && a->tos == b->tos &&
           a->metric == b->metric && fake_same_prefix(&a->dst, &b->dst);
}

static gboolean same_hop(const MpRoute *a, const MpRoute *b)
{
    if (a->nhid != b->nhid)
        return FALSE;
    return a->nhid || (a->oif == b->oif && fake_same_host(&a->gateway, &b->gateway));
}

static gboolean same_source(const MpRoute *a, const MpRoute *b)
{
    return a->prefsrc.family == b->prefsrc.family &&
           (!a->prefsrc.family || fake_same_host(&a->prefsrc, &b->prefsrc));
}

static gboolean same_metrics(const MpRoute *a, const MpRoute *b)
{
    for (guint i = 0; i < MP_RTAX_MAX; i++)
        if ((a->metrics_mask & b->metrics_mask & (1u << i)) && a->metrics[i] != b->metrics[i])
            return FALSE;
    return a->metrics_mask == b->metrics_mask;
}

static gboolean same_route(const MpRoute *a, const MpRoute *b)
{
    if (!same_key(a, b) || !same_hop(a, b) || a->type != b->type)
        return FALSE;
    /* IPv6 knows a route by its key and its hop alone. */
    return a->family == MP_IPV6 || (a->scope == b->scope && a->protocol == b->protocol &&
                                    same_source(a, b) && same_metrics(a, b));
}

static FakeRoute *nth(const FakeKernel *fake, guint n)
{
    return fake->routes->pdata[n];
}

/* The kernel answers by longest prefix, then lowest metric, then order. */
const MpRoute *fake_route_lookup(const FakeKernel *fake, guint32 table, const MpAddress *host)
{
    const MpRoute *best = NULL;

    for (guint i = 0; i < fake->routes->len; i++) {
        const MpRoute *r = nth(fake, i)->hops;

        if (r->table != table || r->family != host->family || !fake_in_prefix(&r->dst, host) ||
            (r->hop_flags & MP_RTNH_DEAD))
            continue;
        if (!best || r->dst.prefix > best->dst.prefix ||
            (r->dst.prefix == best->dst.prefix && r->metric < best->metric))
            best = r;
    }
    return best;
}

/* On the link of this device; of a group: by one of its members. */
static gboolean is_on_link(const FakeKernel *fake, const MpRoute *via, guint oif)
{
    const MpNexthop *hop = via->nhid ? fake_nexthop_find(fake, via->nhid) : NULL;

    for (guint i = 0; hop && i < hop->n_members; i++) {
        const MpNexthop *member = fake_nexthop_find(fake, hop->members[i].id);

        if (member->oif == oif && !member->gateway.family)
            return TRUE;
    }
    if (hop)
        return !hop->n_members && hop->oif == oif && !hop->gateway.family;
    return via->oif == oif && !via->gateway.family;
}

/* The first route of a prefix length to the gateway; of those without a nexthop object only such
 * as lead by the device count. */
static const MpRoute *first_by_device(const FakeKernel *fake, guint32 table, const MpRoute *r,
                                      guint length)
{
    const MpRoute *first = NULL;

    for (guint i = 0; i < fake->routes->len; i++) {
        const MpRoute *via = nth(fake, i)->hops;

        if (via->family == r->gateway.family && via->table == table && via->dst.prefix == length &&
            (via->nhid || is_on_link(fake, via, r->oif)) &&
            fake_in_prefix(&via->dst, &r->gateway) && (!first || via->metric < first->metric))
            first = via;
    }
    return first;
}

static gboolean reaches4(const FakeKernel *fake, guint32 table, const MpRoute *r)
{
    for (guint length = 32; length > 0; length--) {
        const MpRoute *first = first_by_device(fake, table, r, length);

        /* Behind one with a nexthop object the kernel looks no further. */
        if (first && is_on_link(fake, first, r->oif))
            return TRUE;
    }
    return FALSE;
}

/* The gateway has to be on the link of this very device, by its table, or by any that is asked for
 * the device. */
static int judge_gateway4(const FakeKernel *fake, const MpRoute *r)
{
    const char *device = fake_link_find(fake, r->oif)->link.name;

    if ((r->hop_flags & MP_RTNH_ONLINK) || reaches4(fake, r->table, r) ||
        reaches4(fake, MP_TABLE_MAIN, r))
        return 0;
    for (guint i = 0; i < fake->rules->len; i++) {
        const MpRule *rule = fake->rules->pdata[i];

        if (rule->family == MP_IPV4 && g_str_equal(rule->oif, device) &&
            reaches4(fake, rule->table, r))
            return 0;
    }
    return ENETUNREACH;
}

/* The same; but behind a nexthop group without the device the kernel looks further. */
static int judge_gateway6(const FakeKernel *fake, const MpRoute *r)
{
    if (fake_is_linklocal6(&r->gateway) || (r->hop_flags & MP_RTNH_ONLINK))
        return 0;
    for (guint i = 0; i < fake->routes->len; i++) {
        const MpRoute *via = nth(fake, i)->hops;

        if (via->family == MP_IPV6 && via->table == MP_TABLE_MAIN && via->dst.prefix &&
            fake_in_prefix(&via->dst, &r->gateway) && is_on_link(fake, via, r->oif))
            return 0;
    }
    return EHOSTUNREACH;
}

static int judge_hop(const FakeKernel *fake, MpRoute *r)
{
    const FakeLink *link;

    if (r->type != MP_RTN_UNICAST)
        return 0;
    if (r->nhid)
        return fake_nexthop_find(fake, r->nhid) ? 0 : EINVAL;
    if (!(link = fake_link_find(fake, r->oif)))
        return ENODEV;
    if (!(link->link.flags & MP_IFF_UP))
        return ENETDOWN;
    r->hop_flags &= MP_RTNH_ONLINK;
    if (!fake_link_is_running(link))
        r->hop_flags |= MP_RTNH_LINKDOWN;
    if (!r->gateway.family)
        return 0;
    return r->gateway.family == MP_IPV4 ? judge_gateway4(fake, r) : judge_gateway6(fake, r);
}

static int judge(const FakeKernel *fake, MpRoute *r)
{
    if (!r->dst.family)
        r->dst.family = r->family;
    if (r->family == MP_IPV6 && !r->metric)
        r->metric = METRIC_USER6;
    if (r->family == MP_IPV6)
        r->scope = MP_SCOPE_UNIVERSE;
    if (r->prefsrc.family && !fake_address_is_local(fake, &r->prefsrc))
        return EINVAL;
    return judge_hop(fake, r);
}

/* First and end of the equals of a key; both the list's length when there is none. */
static void range(const FakeKernel *fake, const MpRoute *key, guint *first, guint *end)
{
    *first = *end = fake->routes->len;
    for (guint i = 0; i < fake->routes->len; i++) {
        if (!same_key(nth(fake, i)->hops, key))
            continue;
        *first = MIN(*first, i);
        *end = i + 1;
    }
}

static gboolean exists(const FakeKernel *fake, const FakeRoute *wanted)
{
    for (guint i = 0; i < fake->routes->len; i++) {
        const FakeRoute *route = nth(fake, i);
        guint same = 0;

        while (same < wanted->n_hops && same < route->n_hops &&
               same_route(&route->hops[same], &wanted->hops[same]))
            same++;
        if (same == wanted->n_hops && same == route->n_hops)
            return TRUE;
    }
    return FALSE;
}

static void put(FakeKernel *fake, MpOpKind kind, FakeRoute *route, guint32 port_id)
{
    guint first, end;
    gboolean replaced = FALSE;

    range(fake, route->hops, &first, &end);
    if (kind == MP_OP_ROUTE_REPLACE && first < fake->routes->len) {
        g_free(fake->routes->pdata[first]);
        fake->routes->pdata[first] = route;
        replaced = TRUE;
    } else {
        g_ptr_array_insert(fake->routes, (gint)(kind == MP_OP_ROUTE_ADD ? end : first), route);
    }
    fake_tell_route(fake, MP_EVENT_ROUTE, route, port_id, replaced);
    fake_changed(fake);
}

int fake_route_set(FakeKernel *fake, MpOpKind kind, const MpRoute *hops, guint n_hops,
                   guint32 port_id)
{
    g_autofree FakeRoute *route = g_new0(FakeRoute, 1);
    int error = 0;

    route->n_hops = n_hops;
    for (guint i = 0; i < n_hops && !error; i++) {
        route->hops[i] = hops[i];
        route->hops[i].hop = (guint8)i;
        route->hops[i].n_hops = (guint8)n_hops;
        error = judge(fake, &route->hops[i]);
    }
    if (error)
        return error;
    route->expires_us =
        hops->has_expires ? fake->now_us + hops->expires_s * MP_USEC_PER_SEC : G_MAXINT64;
    /* Said to be there already, which the door takes for done; IPv6 replaces it all the same. */
    if (exists(fake, route) && (kind != MP_OP_ROUTE_REPLACE || hops->family == MP_IPV4))
        return 0;
    put(fake, kind, g_steal_pointer(&route), port_id);
    return 0;
}

int fake_multipath_add(FakeKernel *fake, const MpRoute *hops, guint n_hops, guint32 port_id)
{
    return fake_route_set(fake, MP_OP_ROUTE_ADD, hops, n_hops, port_id);
}

int fake_route_del(FakeKernel *fake, const MpRoute *wanted, guint32 port_id)
{
    MpRoute key = *wanted;

    if (!key.dst.family)
        key.dst.family = key.family;
    if (key.family == MP_IPV6 && !key.metric)
        key.metric = METRIC_USER6;
    for (guint i = 0; i < fake->routes->len; i++) {
        FakeRoute *route = nth(fake, i);
        const MpRoute *r = route->hops;

        if (!same_key(r, &key) || r->protocol != key.protocol || r->type != key.type ||
            !same_hop(r, &key))
            continue;
        if (r->family == MP_IPV4 && (r->scope != key.scope || !same_source(r, &key)))
            continue;
        fake_tell_route(fake, MP_EVENT_ROUTE_GONE, route, port_id, FALSE);
        g_ptr_array_remove_index(fake->routes, i);
        fake_changed(fake);
        return 0;
    }
    return ESRCH;
}

static void drop(FakeKernel *fake, guint n, FakeTell tell)
{
    FakeRoute *route = nth(fake, n);

    if (tell == FAKE_TELL_ALL || (tell == FAKE_TELL_IPV6 && route->hops->family == MP_IPV6))
        fake_tell_route(fake, MP_EVENT_ROUTE_GONE, route, 0, FALSE);
    g_ptr_array_remove_index(fake->routes, n);
}

static MpRoute connected(const MpIfaddr *a)
{
    MpRoute r = {.family = a->address.family,
                 .table = MP_TABLE_MAIN,
                 .dst = fake_network(&a->address),
                 .metric = a->metric,
                 .type = MP_RTN_UNICAST,
                 .protocol = RTPROT_KERNEL,
                 .oif = a->index,
                 .n_hops = 1};

    if (r.family == MP_IPV4) {
        r.scope = MP_SCOPE_LINK;
        r.prefsrc = a->address;
        r.prefsrc.prefix = 32;
    } else if (!r.metric) {
        r.metric = METRIC_KERNEL6;
    }
    return r;
}

static gboolean makes_route(const MpIfaddr *a)
{
    if (a->flags & MP_IFA_NOPREFIXROUTE)
        return FALSE;
    return a->address.family == MP_IPV6 ||
           (!(a->flags & MP_IFA_SECONDARY) && a->address.prefix < 32);
}

void fake_connected_add(FakeKernel *fake, const MpIfaddr *ifaddr)
{
    const FakeLink *link = fake_link_find(fake, ifaddr->index);
    MpRoute r = connected(ifaddr);

    if (link && (link->link.flags & MP_IFF_UP) && makes_route(ifaddr))
        fake_route_set(fake, MP_OP_ROUTE_ADD, &r, 1, 0);
}

/* Another address of this device that keeps the route of this prefix there. */
static gboolean is_kept(const FakeKernel *fake, const MpIfaddr *gone)
{
    for (guint i = 0; i < fake->addresses->len; i++) {
        const MpIfaddr *a = &((FakeAddress *)fake->addresses->pdata[i])->ifaddr;

        if (a->index == gone->index && gone->address.family == MP_IPV6 &&
            !fake_same_host(&a->address, &gone->address) && makes_route(a) &&
            a->address.prefix == gone->address.prefix &&
            fake_in_prefix(&a->address, &gone->address))
            return TRUE;
    }
    return FALSE;
}

void fake_connected_del(FakeKernel *fake, const MpIfaddr *ifaddr)
{
    MpRoute r = connected(ifaddr);

    if (!is_kept(fake, ifaddr))
        fake_route_del(fake, &r, 0);
}

static void hops_down(FakeRoute *route, guint index, guint *live)
{
    *live = 0;
    for (guint i = 0; i < route->n_hops; i++) {
        if (route->hops[i].oif == index)
            route->hops[i].hop_flags |= MP_RTNH_DEAD;
        *live += !(route->hops[i].hop_flags & MP_RTNH_DEAD);
    }
}

static gboolean goes_through(const FakeRoute *route, guint index)
{
    for (guint i = 0; i < route->n_hops; i++)
        if (!route->hops[i].nhid && route->hops[i].type == MP_RTN_UNICAST &&
            route->hops[i].oif == index)
            return TRUE;
    return FALSE;
}

void fake_routes_device_down(FakeKernel *fake, guint index, guint8 family, gboolean gone,
                             FakeTell tell)
{
    gboolean any = FALSE;
    guint live;

    for (guint i = fake->routes->len; i-- > 0;) {
        FakeRoute *route = nth(fake, i);

        if (route->hops->family != family || !goes_through(route, index))
            continue;
        any = TRUE;
        hops_down(route, index, &live);
        if (gone || !live)
            drop(fake, i, tell);
    }
    if (any)
        fake_changed(fake);
}

void fake_routes_device_up(FakeKernel *fake, guint index)
{
    for (guint i = 0; i < fake->routes->len; i++)
        for (guint hop = 0; hop < nth(fake, i)->n_hops; hop++)
            if (nth(fake, i)->hops[hop].oif == index)
                nth(fake, i)->hops[hop].hop_flags &= (guint8)~MP_RTNH_DEAD;
}

void fake_routes_carrier(FakeKernel *fake, guint index, gboolean carrier)
{
    for (guint i = 0; i < fake->routes->len; i++) {
        for (guint hop = 0; hop < nth(fake, i)->n_hops; hop++) {
            MpRoute *r = &nth(fake, i)->hops[hop];

            if (r->oif == index)
                r->hop_flags =
                    (guint8)((r->hop_flags & ~MP_RTNH_LINKDOWN) | (carrier ? 0 : MP_RTNH_LINKDOWN));
        }
    }
}

void fake_routes_nexthop_gone(FakeKernel *fake, guint32 id)
{
    FakeTell tell = fake->globals[MP_SYSCTL_NEXTHOP_COMPAT] ? FAKE_TELL_IPV6 : FAKE_TELL_NONE;

    for (guint i = fake->routes->len; i-- > 0;)
        if (nth(fake, i)->hops->nhid == id)
            drop(fake, i, tell);
}

/* The last place of an address on the host is gone: IPv4 loses the routes of main that name it as
 * source, IPv6 ones without a nexthop object their source: on an old kernel those of its device,
 * though it has others. */
void fake_routes_prefsrc_gone(FakeKernel *fake, const MpIfaddr *gone)
{
    gboolean old = fake->takes_sources && gone->address.family == MP_IPV6;

    if (!old && fake_address_is_local(fake, &gone->address))
        return;
    for (guint i = fake->routes->len; i-- > 0;) {
        FakeRoute *route = nth(fake, i);
        MpRoute *r = route->hops;

        if (!r->prefsrc.family || !fake_same_host(&r->prefsrc, &gone->address))
            continue;
        if (r->family == MP_IPV4 && r->table == MP_TABLE_MAIN)
            drop(fake, i, FAKE_TELL_ALL);
        else if (r->family == MP_IPV6 && !r->nhid && (!old || r->oif == gone->index))
            memset(&r->prefsrc, 0, sizeof r->prefsrc);
    }
}

void fake_routes_tick(FakeKernel *fake)
{
    gboolean any = FALSE;

    for (guint i = fake->routes->len; i-- > 0;) {
        if (nth(fake, i)->expires_us > fake->now_us)
            continue;
        drop(fake, i, FAKE_TELL_ALL);
        any = TRUE;
    }
    if (any)
        fake_changed(fake);
}
