/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Links: what goes up and down with them. */
#include "fake-private.h"

#define OPER_DOWN 2
#define ARPHRD_ETHERNET 1
#define ARPHRD_LOOP 772

static guint8 parse_hwaddr(const char *text, guint8 *bytes)
{
    guint8 length = 0;

    while (*text && length < sizeof((MpLink *)NULL)->hwaddr) {
        bytes[length++] = (guint8)g_ascii_strtoull(text, (char **)&text, 16);
        text += *text == ':';
    }
    return length;
}

FakeLink *fake_link_find(const FakeKernel *fake, guint index)
{
    for (guint i = 0; i < fake->links->len; i++) {
        FakeLink *link = fake->links->pdata[i];

        if (link->link.index == index)
            return link;
    }
    return NULL;
}

gboolean fake_link_is_running(const FakeLink *link)
{
    return (link->link.flags & MP_IFF_UP) && (link->link.flags & MP_IFF_LOWER_UP);
}

guint fake_link_index(const FakeKernel *fake, const char *name)
{
    for (guint i = 0; i < fake->links->len; i++) {
        const FakeLink *link = fake->links->pdata[i];

        if (!strcmp(link->link.name, name))
            return link->link.index;
    }
    return 0;
}

const MpLink *fake_link_peek(FakeKernel *fake, guint index)
{
    FakeLink *link = fake_link_find(fake, index);

    return link ? &link->link : NULL;
}

static void tell(FakeKernel *fake, const FakeLink *link)
{
    MpEvent event = {.kind = MP_EVENT_LINK, .link = link->link};

    fake_notify(fake, &event, 0);
    fake_changed(fake);
}

/* Bring what is told in line with the truth. */
static void refresh(FakeLink *link, gboolean carrier)
{
    MpLink *told = &link->link;
    guint running = MP_IFF_RUNNING | MP_IFF_LOWER_UP;

    told->carrier = link->up && carrier;
    told->flags = (told->flags & ~(running | MP_IFF_UP)) | (link->up ? MP_IFF_UP : 0);
    told->flags |= told->carrier ? running : 0;
    told->operstate = !told->carrier ? OPER_DOWN : link->mute ? MP_OPER_UNKNOWN : MP_OPER_UP;
    if (told->flags & MP_IFF_LOOPBACK)
        told->operstate = MP_OPER_UNKNOWN;
}

guint fake_link_add(FakeKernel *fake, const char *name, const char *hwaddr)
{
    FakeLink *link = g_new0(FakeLink, 1);
    gboolean loopback = !strcmp(name, "lo");

    link->carrier = TRUE;
    link->link.index = ++fake->next_index;
    g_strlcpy(link->link.name, name, sizeof link->link.name);
    link->link.hwaddr_len = parse_hwaddr(hwaddr, link->link.hwaddr);
    link->link.media = loopback ? ARPHRD_LOOP : ARPHRD_ETHERNET;
    link->link.flags = loopback ? MP_IFF_LOOPBACK : MP_IFF_BROADCAST | MP_IFF_MULTICAST;
    link->link.mtu = loopback ? 65536 : 1500;
    refresh(link, TRUE);
    g_ptr_array_add(fake->links, link);
    tell(fake, link);
    return link->link.index;
}

static void bring_down(FakeKernel *fake, FakeLink *link, gboolean gone)
{
    guint index = link->link.index;

    if (link->up) {
        link->up = FALSE;
        refresh(link, link->carrier);
        tell(fake, link);
    }
    fake_fixed_flush(fake, index);
    fake_nexthops_flush(fake, index);
    fake_routes_device_down(fake, index, MP_IPV4, gone, FAKE_TELL_NONE);
    fake_routes_device_down(fake, index, MP_IPV6, gone, FAKE_TELL_ALL);
    fake_addresses_flush(fake, index, MP_IPV6);
}

static void remove_link(FakeKernel *fake, guint index, gboolean moved_netns)
{
    FakeLink *link = fake_link_find(fake, index);
    MpEvent event = {.kind = MP_EVENT_LINK_GONE, .index = index, .moved_netns = moved_netns};

    bring_down(fake, link, TRUE);
    fake_addresses_flush(fake, index, MP_IPV4);
    g_ptr_array_remove(fake->links, link);
    fake_notify(fake, &event, 0);
    fake_changed(fake);
}

void fake_link_delete(FakeKernel *fake, guint index)
{
    remove_link(fake, index, FALSE);
}

void fake_link_move_netns(FakeKernel *fake, guint index)
{
    remove_link(fake, index, TRUE);
}

void fake_link_replug(FakeKernel *fake, guint index)
{
    const MpLink *link = &fake_link_find(fake, index)->link;
    g_autofree char *name = g_strdup(link->name);
    g_autofree char *hwaddr =
        g_strdup_printf("%02x:%02x:%02x:%02x:%02x:%02x", link->hwaddr[0], link->hwaddr[1],
                        link->hwaddr[2], link->hwaddr[3], link->hwaddr[4], link->hwaddr[5]);
    guint next = fake->next_index;

    remove_link(fake, index, FALSE);
    fake->next_index = index - 1;
    fake_link_set_up(fake, fake_link_add(fake, name, hwaddr), TRUE);
    fake->next_index = next;
}

void fake_link_set_up(FakeKernel *fake, guint index, gboolean up)
{
    FakeLink *link = fake_link_find(fake, index);

    if (link->up == up)
        return;
    if (!up) {
        bring_down(fake, link, FALSE);
        return;
    }
    link->up = TRUE;
    refresh(link, link->carrier);
    tell(fake, link);
    fake_addresses_link_up(fake, index);
    fake_routes_device_up(fake, index);
    fake_routes_carrier(fake, index, link->link.carrier);
}

static void carrier_told(FakeKernel *fake, FakeLink *link)
{
    if (!link->up || link->link.carrier == link->carrier)
        return;
    refresh(link, link->carrier);
    tell(fake, link);
    if (!link->carrier)
        fake_nexthops_flush(fake, link->link.index);
    fake_routes_carrier(fake, link->link.index, link->carrier);
}

void fake_link_set_carrier(FakeKernel *fake, guint index, gboolean carrier)
{
    FakeLink *link = fake_link_find(fake, index);

    link->carrier = carrier;
    if (link->linkwatch == FAKE_TELL_AT_ONCE)
        carrier_told(fake, link);
}

void fake_link_set_linkwatch(FakeKernel *fake, guint index, FakeLinkwatch linkwatch)
{
    fake_link_find(fake, index)->linkwatch = linkwatch;
}

void fake_link_release(FakeKernel *fake, guint index)
{
    carrier_told(fake, fake_link_find(fake, index));
}

void fake_link_set_nameless(FakeKernel *fake, guint index, guint n)
{
    fake_link_find(fake, index)->nameless = n;
}

void fake_link_rename(FakeKernel *fake, guint index, const char *name)
{
    FakeLink *link = fake_link_find(fake, index);

    g_strlcpy(link->link.name, name, sizeof link->link.name);
    tell(fake, link);
}

void fake_link_enslave(FakeKernel *fake, guint index, guint master)
{
    FakeLink *link = fake_link_find(fake, index);

    link->link.master = master;
    tell(fake, link);
}

void fake_link_set_hwaddr(FakeKernel *fake, guint index, const char *hwaddr)
{
    FakeLink *link = fake_link_find(fake, index);

    link->link.hwaddr_len = parse_hwaddr(hwaddr, link->link.hwaddr);
    fake_fixed_flush(fake, index);
    tell(fake, link);
}

void fake_link_set_permanent(FakeKernel *fake, guint index, const char *hwaddr)
{
    FakeLink *link = fake_link_find(fake, index);

    link->link.perm_hwaddr_len = parse_hwaddr(hwaddr, link->link.perm_hwaddr);
    tell(fake, link);
}

static void follow_ipv6(FakeKernel *fake, FakeLink *link, gboolean was_without)
{
    guint index = link->link.index;

    if (link->no_ipv6 && !was_without) {
        fake_routes_device_down(fake, index, MP_IPV6, FALSE, FAKE_TELL_ALL);
        fake_addresses_flush(fake, index, MP_IPV6);
    }
    if (!link->no_ipv6 && was_without && link->up)
        fake_addresses_link_up(fake, index);
}

/* With the MTU the device has lost all that it had of IPv6; now it begins anew. */
static void begin_ipv6(FakeKernel *fake, FakeLink *link)
{
    MpEvent event = {.kind = MP_EVENT_SYSCTL,
                     .sysctl = {link->link.index, MP_SYSCTL_IGNORE_LINKDOWN6, 0}};

    for (guint key = MP_SYSCTL_IGNORE_LINKDOWN6; key < MP_SYSCTL_FIRST_GLOBAL; key++)
        link->sysctls[key] = 0;
    fake_notify(fake, &event, 0);
}

void fake_link_set_mtu(FakeKernel *fake, guint index, guint mtu)
{
    FakeLink *link = fake_link_find(fake, index);
    gboolean was_without = link->no_ipv6, begins = link->link.mtu < 1280 && mtu >= 1280;

    link->link.mtu = mtu;
    link->no_ipv6 = mtu < 1280 || link->ipv6_off;
    tell(fake, link);
    if (begins)
        begin_ipv6(fake, link);
    follow_ipv6(fake, link, was_without);
}

void fake_link_set_ipv6(FakeKernel *fake, guint index, gboolean on)
{
    FakeLink *link = fake_link_find(fake, index);
    gboolean was_without = link->no_ipv6;

    link->ipv6_off = !on;
    link->no_ipv6 = link->link.mtu < 1280 || link->ipv6_off;
    follow_ipv6(fake, link, was_without);
}

gboolean fake_link_has_ipv6(const FakeKernel *fake, guint index)
{
    return !fake_link_find(fake, index)->no_ipv6;
}

void fake_link_set_mute(FakeKernel *fake, guint index)
{
    FakeLink *link = fake_link_find(fake, index);

    link->mute = TRUE;
    refresh(link, link->carrier);
    tell(fake, link);
}

void fake_link_set_linklocal(FakeKernel *fake, guint index, gboolean linklocal)
{
    fake_link_find(fake, index)->no_linklocal = !linklocal;
}

void fake_link_set_media(FakeKernel *fake, guint index, guint16 media, guint flags)
{
    FakeLink *link = fake_link_find(fake, index);

    link->link.media = media;
    link->link.flags = flags;
    refresh(link, link->carrier);
    tell(fake, link);
}

gint fake_sysctl_get(const FakeKernel *fake, guint index, MpSysctl key)
{
    if (!index)
        return fake->globals[key];

    const FakeLink *link = fake_link_find(fake, index);

    return link ? link->sysctls[key] : -1;
}

/* The few of which the kernel says that they were changed, whoever did. */
static gboolean is_told(MpSysctl key)
{
    return key == MP_SYSCTL_RP_FILTER || key == MP_SYSCTL_RP_FILTER_ALL ||
           key == MP_SYSCTL_IGNORE_LINKDOWN4 || key == MP_SYSCTL_IGNORE_LINKDOWN6;
}

void fake_sysctl_set(FakeKernel *fake, guint index, MpSysctl key, gint value)
{
    gint *where = index ? &fake_link_find(fake, index)->sysctls[key] : &fake->globals[key];

    if (*where == value)
        return;
    *where = value;
    if (is_told(key)) {
        MpEvent event = {.kind = MP_EVENT_SYSCTL, .sysctl = {index, key, value}};

        fake_notify(fake, &event, 0);
    }
    fake_changed(fake);
}
