/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One rtnetlink message, whatever its header claims. */
#include "fuzz.h"

#include "netlink-parse.h"

#include <string.h>

static void check_address(const MpAddress *address)
{
    g_assert_true(address->family == 0 || address->family == MP_IPV4 || address->family == MP_IPV6);
    g_assert_cmpuint(address->prefix, <=, address->family == MP_IPV4 ? 32 : 128);
}

static void check_link(const MpEvent *event)
{
    g_assert_nonnull(memchr(event->link.name, '\0', sizeof event->link.name));
    g_assert_nonnull(memchr(event->link.kind, '\0', sizeof event->link.kind));
    g_assert_cmpuint(event->link.hwaddr_len, <=, sizeof event->link.hwaddr);
    g_assert_cmpuint(event->link.perm_hwaddr_len, <=, sizeof event->link.perm_hwaddr);
}

static void on_told(MpEvent *event, gpointer user_data)
{
    guint *told = user_data;

    (*told)++;
    if (event->kind == MP_EVENT_LINK) {
        check_link(event);
    } else if (event->kind == MP_EVENT_ADDRESS || event->kind == MP_EVENT_ADDRESS_GONE) {
        check_address(&event->address.address);
        g_assert_nonnull(memchr(event->address.label, '\0', sizeof event->address.label));
    } else if (event->kind == MP_EVENT_ROUTE || event->kind == MP_EVENT_ROUTE_GONE) {
        check_address(&event->route.dst);
        check_address(&event->route.gateway);
        check_address(&event->route.prefsrc);
        g_assert_cmpuint(event->route.hop, <, event->route.n_hops);
    } else if (event->kind == MP_EVENT_NEXTHOP || event->kind == MP_EVENT_NEXTHOP_GONE) {
        check_address(&event->nexthop.gateway);
        g_assert_cmpuint(event->nexthop.n_members, <=, MP_NEXTHOP_MEMBERS_MAX);
    } else if (event->kind == MP_EVENT_RULE || event->kind == MP_EVENT_RULE_GONE) {
        check_address(&event->rule.from);
    } else if (event->kind == MP_EVENT_NEIGHBOUR) {
        check_address(&event->neighbour.address);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    guint told = 0;
    guint32 sequence;
    int error;
    char text[80];

    g_assert_cmpuint(mp_netlink_parse(data, size, 12345, on_told, &told), ==, told);
    if (mp_netlink_parse_answer(data, size, &sequence, &error, text, sizeof text))
        g_assert_nonnull(memchr(text, '\0', sizeof text));
    return 0;
}
