/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Addresses: order, secondaries, lifetimes, the asynchronous half of an IPv6 address. */
#include "fake-private.h"

/* What an existing IPv6 address takes over from a change in place. */
#define IPV6_CHANGEABLE                                                                            \
    (MP_IFA_NODAD | MP_IFA_HOMEADDRESS | MP_IFA_NOPREFIXROUTE | MP_IFA_MANAGETEMPADDR)

gboolean fake_same_host(const MpAddress *a, const MpAddress *b)
{
    return a->family == b->family && !memcmp(a->bytes, b->bytes, sizeof a->bytes);
}

gboolean fake_same_prefix(const MpAddress *a, const MpAddress *b)
{
    return fake_same_host(a, b) && a->prefix == b->prefix;
}

MpAddress fake_network(const MpAddress *address)
{
    MpAddress network = *address;

    for (guint byte = address->prefix / 8, bits = address->prefix % 8; byte < 16; byte++, bits = 0)
        network.bytes[byte] &= (guint8)(0xff00u >> bits);
    return network;
}

gboolean fake_in_prefix(const MpAddress *prefix, const MpAddress *host)
{
    guint bytes = prefix->prefix / 8, bits = prefix->prefix % 8;

    return prefix->family == host->family && memcmp(prefix->bytes, host->bytes, bytes) == 0 &&
           (bits == 0 || (prefix->bytes[bytes] ^ host->bytes[bytes]) >> (8 - bits) == 0);
}

gboolean fake_is_linklocal6(const MpAddress *address)
{
    return address->family == MP_IPV6 && address->bytes[0] == 0xfe &&
           (address->bytes[1] & 0xc0) == 0x80;
}

static FakeAddress *find(const FakeKernel *fake, const MpIfaddr *key)
{
    for (guint i = 0; i < fake->addresses->len; i++) {
        FakeAddress *address = fake->addresses->pdata[i];
        const MpIfaddr *a = &address->ifaddr;

        /* IPv6 does not tell two prefix lengths of one address apart, IPv4 does. */
        if (a->index == key->index && fake_same_host(&a->address, &key->address) &&
            (a->address.family == MP_IPV6 || a->address.prefix == key->address.prefix))
            return address;
    }
    return NULL;
}

gboolean fake_address_is_local(const FakeKernel *fake, const MpAddress *host)
{
    for (guint i = 0; i < fake->addresses->len; i++) {
        const FakeAddress *a = fake->addresses->pdata[i];

        if (fake_same_host(&a->ifaddr.address, host) &&
            !(host->family == MP_IPV6 && (a->ifaddr.flags & MP_IFA_TENTATIVE)))
            return TRUE;
    }
    return FALSE;
}

static gint64 until(const FakeKernel *fake, guint32 seconds)
{
    return seconds == MP_FOREVER ? G_MAXINT64 : fake->now_us + seconds * MP_USEC_PER_SEC;
}

/* It counts the whole seconds that have passed: one that has begun is left. */
static guint32 left(const FakeKernel *fake, gint64 until_us)
{
    if (until_us == G_MAXINT64)
        return MP_FOREVER;
    return (guint32)((MAX(0, until_us - fake->now_us) + MP_USEC_PER_SEC - 1) / MP_USEC_PER_SEC);
}

MpIfaddr fake_address_now(const FakeKernel *fake, const FakeAddress *address)
{
    MpIfaddr now = address->ifaddr;

    const FakeLink *link = fake_link_find(fake, now.index);

    /* The device's own name as a label is no label. */
    if (link && !strcmp(now.label, link->link.name))
        now.label[0] = '\0';
    now.valid_s = left(fake, address->valid_until_us);
    now.preferred_s = now.flags & MP_IFA_DEPRECATED ? 0 : left(fake, address->preferred_until_us);
    now.stamp_us = fake->now_us;
    return now;
}

/* A lifetime of 0 as told by a caller that sets none means for ever, as with `ip addr add`. */
static void set_lifetimes(FakeKernel *fake, FakeAddress *address, const MpIfaddr *wanted)
{
    guint32 *flags = &address->ifaddr.flags;

    *flags &= ~(MP_IFA_PERMANENT | MP_IFA_DEPRECATED);
    address->valid_until_us = until(fake, wanted->valid_s ? wanted->valid_s : MP_FOREVER);
    address->preferred_until_us = G_MAXINT64;
    if (wanted->valid_s && !wanted->preferred_s)
        *flags |= MP_IFA_DEPRECATED;
    else if (wanted->valid_s)
        address->preferred_until_us = until(fake, wanted->preferred_s);
    if (address->valid_until_us == G_MAXINT64)
        *flags |= MP_IFA_PERMANENT;
}

static gboolean same_subnet(const MpIfaddr *a, const MpIfaddr *b)
{
    return a->index == b->index && a->address.family == b->address.family &&
           a->address.prefix == b->address.prefix && fake_in_prefix(&a->address, &b->address);
}

static guint scope_rank(const MpIfaddr *a)
{
    return 255u - a->scope;
}

/* Where the kernel puts a new address among those of its device. */
static guint position(const FakeKernel *fake, const MpIfaddr *a)
{
    guint place = 0, end = 0;
    gboolean any = FALSE, placed = FALSE;

    for (guint i = 0; i < fake->addresses->len; i++) {
        const MpIfaddr *other = &((FakeAddress *)fake->addresses->pdata[i])->ifaddr;

        if (other->index != a->index || other->address.family != a->address.family)
            continue;
        if (!any && !placed)
            place = i;
        any = TRUE;
        end = i + 1;
        if (a->address.family == MP_IPV4 && !(other->flags & MP_IFA_SECONDARY) &&
            a->scope <= other->scope)
            place = i + 1;
        if (a->address.family == MP_IPV6 && !placed && scope_rank(a) >= scope_rank(other)) {
            place = i;
            placed = TRUE;
        }
    }
    if (!any)
        return fake->addresses->len;
    if (a->address.family == MP_IPV4 && (a->flags & MP_IFA_SECONDARY))
        return end;
    return a->address.family == MP_IPV6 && !placed ? end : place;
}

/* Other primaries of the subnet: 0 or errno; sets the secondary flag. */
static int judge_ipv4(const FakeKernel *fake, MpIfaddr *a)
{
    for (guint i = 0; i < fake->addresses->len; i++) {
        const MpIfaddr *other = &((FakeAddress *)fake->addresses->pdata[i])->ifaddr;

        if (!same_subnet(a, other))
            continue;
        if (a->scope != other->scope)
            return EINVAL;
        a->flags |= MP_IFA_SECONDARY;
    }
    return 0;
}

static void change_in_place(FakeKernel *fake, FakeAddress *address, const MpIfaddr *wanted,
                            guint32 port_id)
{
    MpIfaddr *a = &address->ifaddr;
    gboolean ipv6 = a->address.family == MP_IPV6;
    gboolean had_route = !(a->flags & MP_IFA_NOPREFIXROUTE);

    set_lifetimes(fake, address, wanted);
    a->protocol = wanted->protocol;
    if (!ipv6 && a->metric != wanted->metric) {
        fake_connected_del(fake, a);
        a->metric = wanted->metric;
        fake_connected_add(fake, a);
    }
    if (ipv6) {
        if (wanted->metric)
            a->metric = wanted->metric;
        a->flags = (a->flags & ~IPV6_CHANGEABLE) | (wanted->flags & IPV6_CHANGEABLE);
        if (had_route && (a->flags & MP_IFA_NOPREFIXROUTE))
            fake_connected_del(fake, a);
        else if (!had_route && !(a->flags & MP_IFA_NOPREFIXROUTE))
            fake_connected_add(fake, a);
    }
    fake_tell_address(fake, MP_EVENT_ADDRESS, address, ipv6 ? 0 : port_id);
    fake_changed(fake);
}

static FakeAddress *insert(FakeKernel *fake, const MpIfaddr *a)
{
    FakeAddress *address = g_new0(FakeAddress, 1);
    guint place = position(fake, a);

    address->ifaddr = *a;
    address->installed = a->address.family == MP_IPV4;
    set_lifetimes(fake, address, a);
    g_ptr_array_insert(fake->addresses, (gint)place, address);
    return address;
}

static void start_ipv6(FakeKernel *fake, FakeAddress *address, const FakeLink *link)
{
    MpIfaddr *a = &address->ifaddr;

    if (!(a->flags & MP_IFA_NODAD) && !(link->link.flags & MP_IFF_LOOPBACK)) {
        a->flags |= MP_IFA_TENTATIVE;
        address->dad_until_us = fake->now_us + FAKE_DAD_US;
        fake_tell_address(fake, MP_EVENT_ADDRESS, address, 0);
        return;
    }

    /* Answered before the local route is there; the notification comes with that. */
    MpEvent event = {.kind = MP_EVENT_ADDRESS, .address = fake_address_now(fake, address)};

    g_queue_push_tail(&fake->deferred, g_memdup2(&event, sizeof event));
}

int fake_address_set(FakeKernel *fake, const MpIfaddr *ifaddr, guint32 port_id)
{
    FakeLink *link = fake_link_find(fake, ifaddr->index);
    FakeAddress *address = find(fake, ifaddr);
    MpIfaddr a = *ifaddr;
    gboolean ipv4 = a.address.family == MP_IPV4;
    int error;

    if (!link)
        return ENODEV;
    if (!ipv4 && link->no_ipv6)
        return EACCES;
    if (a.valid_s && a.valid_s != MP_FOREVER && a.preferred_s > a.valid_s)
        return EINVAL;
    if (address) {
        change_in_place(fake, address, &a, port_id);
        return 0;
    }
    a.flags &= ~(MP_IFA_SECONDARY | MP_IFA_TENTATIVE | MP_IFA_DADFAILED);
    if (ipv4 && (error = judge_ipv4(fake, &a)))
        return error;
    address = insert(fake, &a);
    if (ipv4)
        fake_tell_address(fake, MP_EVENT_ADDRESS, address, port_id);
    else
        start_ipv6(fake, address, link);
    fake_connected_add(fake, &address->ifaddr);
    if (ipv4 && link->up)
        fake_routes_device_up(fake, link->link.index);
    fake_changed(fake);
    return 0;
}

void fake_address_make_temporary(FakeKernel *fake, guint index, const MpAddress *host)
{
    MpIfaddr wanted = {.index = index, .address = *host};

    find(fake, &wanted)->ifaddr.flags |= MP_IFA_TEMPORARY;
}

static gboolean any_left(const FakeKernel *fake, guint index, guint8 family)
{
    for (guint i = 0; i < fake->addresses->len; i++) {
        const MpIfaddr *a = &((FakeAddress *)fake->addresses->pdata[i])->ifaddr;

        if (a->index == index && a->address.family == family)
            return TRUE;
    }
    return FALSE;
}

static FakeAddress *first_secondary(const FakeKernel *fake, const MpIfaddr *primary)
{
    for (guint i = 0; i < fake->addresses->len; i++) {
        FakeAddress *other = fake->addresses->pdata[i];

        if ((other->ifaddr.flags & MP_IFA_SECONDARY) && same_subnet(primary, &other->ifaddr))
            return other;
    }
    return NULL;
}

static void promote(FakeKernel *fake, FakeAddress *heir, guint32 port_id)
{
    guint place = 0;

    /* It takes its place among the primaries. */
    g_ptr_array_find(fake->addresses, heir, &place);
    g_ptr_array_steal_index(fake->addresses, place);
    heir->ifaddr.flags &= ~MP_IFA_SECONDARY;
    g_ptr_array_insert(fake->addresses, (gint)position(fake, &heir->ifaddr), heir);
    fake_tell_address(fake, MP_EVENT_ADDRESS, heir, port_id);
    fake_connected_add(fake, &heir->ifaddr);
}

static void forget(GQueue *queue, const MpIfaddr *gone)
{
    for (GList *l = queue->head, *next; l; l = next) {
        MpEvent *event = l->data;

        next = l->next;
        if (event->address.index == gone->index &&
            fake_same_host(&event->address.address, &gone->address)) {
            g_free(event);
            g_queue_delete_link(queue, l);
        }
    }
}

static void drop(FakeKernel *fake, FakeAddress *address, guint32 port_id)
{
    MpIfaddr gone = address->ifaddr;
    gboolean ipv4 = gone.address.family == MP_IPV4;

    fake_tell_address(fake, MP_EVENT_ADDRESS_GONE, address, ipv4 ? port_id : 0);
    forget(&fake->deferred, &gone);
    forget(&fake->ripe, &gone);
    g_ptr_array_remove(fake->addresses, address);
    if (!(gone.flags & MP_IFA_SECONDARY))
        fake_connected_del(fake, &gone);
    fake_routes_prefsrc_gone(fake, &gone);
    if (ipv4 && !any_left(fake, gone.index, MP_IPV4))
        fake_routes_device_down(fake, gone.index, MP_IPV4, FALSE, FAKE_TELL_NONE);
}

static void remove_address(FakeKernel *fake, FakeAddress *address, gboolean promotes,
                           guint32 port_id)
{
    MpIfaddr gone = address->ifaddr;
    gboolean primary = gone.address.family == MP_IPV4 && !(gone.flags & MP_IFA_SECONDARY);
    FakeAddress *heir;

    while (primary && !promotes && (heir = first_secondary(fake, &gone)))
        drop(fake, heir, port_id);
    drop(fake, address, port_id);
    if (primary && promotes && (heir = first_secondary(fake, &gone)))
        promote(fake, heir, port_id);
    fake_changed(fake);
}

int fake_address_del(FakeKernel *fake, const MpIfaddr *key, guint32 port_id)
{
    const FakeLink *link = fake_link_find(fake, key->index);
    FakeAddress *address = find(fake, key);

    if (!link)
        return ENODEV;
    if (!address || address->ifaddr.address.prefix != key->address.prefix)
        return EADDRNOTAVAIL;
    remove_address(fake, address, link->sysctls[MP_SYSCTL_PROMOTE_SECONDARIES], port_id);
    return 0;
}

/* All of a family go with the device: no promotion, and one moment for all. */
void fake_addresses_flush(FakeKernel *fake, guint index, guint8 family)
{
    gboolean any = FALSE;

    for (guint i = fake->addresses->len; i-- > 0;) {
        FakeAddress *address = fake->addresses->pdata[i];

        if (address->ifaddr.index != index || address->ifaddr.address.family != family)
            continue;
        drop(fake, address, 0);
        any = TRUE;
    }
    if (any)
        fake_changed(fake);
}

static void add_linklocal(FakeKernel *fake, const FakeLink *link)
{
    const guint8 *m = link->link.hwaddr;
    MpIfaddr a = {.index = link->link.index, .scope = MP_SCOPE_LINK, .protocol = 3};
    guint8 bytes[16] = {0xfe,     0x80, 0,    0,    0,    0,    0,    0,
                        m[0] ^ 2, m[1], m[2], 0xff, 0xfe, m[3], m[4], m[5]};

    a.address.family = MP_IPV6;
    a.address.prefix = 64;
    memcpy(a.address.bytes, bytes, sizeof bytes);
    if (!find(fake, &a))
        fake_address_set(fake, &a, 0);
}

static void add_loopback(FakeKernel *fake, guint index)
{
    MpIfaddr v4 = {.index = index, .scope = MP_SCOPE_HOST, .address = {MP_IPV4, 8, {127, 0, 0, 1}}};
    MpIfaddr v6 = {.index = index, .scope = MP_SCOPE_HOST, .address = {MP_IPV6, 128, {[15] = 1}}};

    v4.flags = v6.flags = MP_IFA_NOPREFIXROUTE;
    fake_address_set(fake, &v4, 0);
    fake_address_set(fake, &v6, 0);
}

void fake_addresses_link_up(FakeKernel *fake, guint index)
{
    const FakeLink *link = fake_link_find(fake, index);

    if (link->link.flags & MP_IFF_LOOPBACK)
        add_loopback(fake, index);
    else if (!link->no_ipv6 && !link->no_linklocal)
        add_linklocal(fake, link);
    for (guint i = 0; i < fake->addresses->len; i++) {
        const FakeAddress *address = fake->addresses->pdata[i];

        if (address->ifaddr.index == index && !fake_is_linklocal6(&address->ifaddr.address))
            fake_connected_add(fake, &address->ifaddr);
    }
}

static gboolean is_twin(const FakeKernel *fake, const MpIfaddr *a)
{
    for (guint i = 0; i < fake->addresses->len; i++) {
        const MpIfaddr *other = &((FakeAddress *)fake->addresses->pdata[i])->ifaddr;

        if (other->index != a->index && other->index != MP_LOOPBACK_INDEX &&
            fake_same_host(&other->address, &a->address) &&
            !(other->flags & (MP_IFA_TENTATIVE | MP_IFA_DADFAILED)) &&
            fake_link_is_running(fake_link_find(fake, other->index)))
            return TRUE;
    }
    return FALSE;
}

/* FALSE: it is gone. One without an end stays, tentative for good; the kernel deletes others. */
static gboolean end_dad(FakeKernel *fake, FakeAddress *address)
{
    address->dad_until_us = 0;
    if (is_twin(fake, &address->ifaddr))
        address->ifaddr.flags |= MP_IFA_DADFAILED;
    else
        address->ifaddr.flags &= ~MP_IFA_TENTATIVE;
    if ((address->ifaddr.flags & MP_IFA_DADFAILED) && address->valid_until_us != G_MAXINT64) {
        remove_address(fake, address, TRUE, 0);
        return FALSE;
    }
    address->installed = !(address->ifaddr.flags & MP_IFA_TENTATIVE);
    fake_tell_address(fake, MP_EVENT_ADDRESS, address, 0);
    fake_changed(fake);
    return TRUE;
}

static void end_preferred(FakeKernel *fake, FakeAddress *address)
{
    address->preferred_until_us = G_MAXINT64;
    address->ifaddr.flags |= MP_IFA_DEPRECATED;
    fake_tell_address(fake, MP_EVENT_ADDRESS, address, 0);
    fake_changed(fake);
}

static void end_valid(FakeKernel *fake, FakeAddress *address)
{
    MpIfaddr gone = address->ifaddr;

    if (fake->hooks.expired)
        fake->hooks.expired(&gone, fake->hooks.user_data);
    remove_address(fake, address, TRUE, 0);
}

void fake_addresses_tick(FakeKernel *fake)
{
    for (guint i = fake->addresses->len; i-- > 0;) {
        FakeAddress *address = fake->addresses->pdata[MIN(i, fake->addresses->len - 1)];

        if (address->dad_until_us && address->dad_until_us <= fake->now_us &&
            !end_dad(fake, address))
            ;
        else if (address->valid_until_us <= fake->now_us)
            end_valid(fake, address);
        else if (address->preferred_until_us <= fake->now_us)
            end_preferred(fake, address);
        if (!fake->addresses->len)
            break;
    }
}

/* The deferred half of those that have waited for a step. */
void fake_addresses_install(FakeKernel *fake)
{
    for (GList *l = fake->ripe.head; l; l = l->next) {
        MpEvent *event = l->data;
        FakeAddress *address = find(fake, &event->address);

        if (!address)
            continue;
        address->installed = TRUE;
        event->address = fake_address_now(fake, address); /* it may have been changed meanwhile */
    }
    fake_changed(fake);
}

const MpIfaddr *fake_address_find(const FakeKernel *fake, guint index, const MpAddress *host)
{
    for (guint i = 0; i < fake->addresses->len; i++) {
        const MpIfaddr *a = &((FakeAddress *)fake->addresses->pdata[i])->ifaddr;

        if (a->index == index && fake_same_host(&a->address, host))
            return a;
    }
    return NULL;
}

const MpIfaddr *fake_address_find_exact(const FakeKernel *fake, guint index,
                                        const MpAddress *address)
{
    const MpIfaddr key = {.index = index, .address = *address};
    const FakeAddress *found = find(fake, &key);

    return found && found->ifaddr.address.prefix == address->prefix ? &found->ifaddr : NULL;
}

gboolean fake_address_is_usable(const FakeKernel *fake, guint index, const MpAddress *host)
{
    for (guint i = 0; i < fake->addresses->len; i++) {
        const FakeAddress *a = fake->addresses->pdata[i];

        if (a->ifaddr.index == index && a->installed && fake_same_host(&a->ifaddr.address, host))
            return TRUE;
    }
    return FALSE;
}
