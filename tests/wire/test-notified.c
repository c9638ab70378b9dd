/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which dumped objects are stale, given what was notified while the dump ran. */
#include "notified.h"

static MpEvent route_event(MpEventKind kind, guint8 octet, guint oif)
{
    MpEvent event = {.kind = kind};
    event.route = (MpRoute){
        .family = MP_IPV4,
        .table = MP_TABLE_MAIN,
        .dst = {MP_IPV4, 24, {192, 0, octet}},
        .type = MP_RTN_UNICAST,
        .oif = oif,
        .n_hops = 1,
    };
    return event;
}

static void test_route(void)
{
    MpNotified *notified = mp_notified_new();
    MpEvent gone = route_event(MP_EVENT_ROUTE_GONE, 2, 7);
    MpEvent same = route_event(MP_EVENT_ROUTE, 2, 7);
    MpEvent sibling = route_event(MP_EVENT_ROUTE, 2, 8);
    MpEvent other = route_event(MP_EVENT_ROUTE, 3, 7);
    g_assert_cmpint(mp_notified_judge(notified, &same), ==, MP_DUMPED_GOOD);
    g_assert_true(mp_notified_add(notified, &gone));
    g_assert_cmpint(mp_notified_judge(notified, &same), ==, MP_DUMPED_STALE);
    g_assert_cmpint(mp_notified_judge(notified, &sibling), ==, MP_DUMPED_GOOD);
    g_assert_cmpint(mp_notified_judge(notified, &other), ==, MP_DUMPED_GOOD);
    /* What replaced one of its key makes the others doubtful. */
    MpEvent replacing = route_event(MP_EVENT_ROUTE, 2, 9);
    replacing.replaced = TRUE;
    g_assert_true(mp_notified_add(notified, &replacing));
    g_assert_cmpint(mp_notified_judge(notified, &sibling), ==, MP_DUMPED_AMBIGUOUS);
    g_assert_cmpint(mp_notified_judge(notified, &other), ==, MP_DUMPED_GOOD);
    mp_notified_clear(notified);
    g_assert_cmpint(mp_notified_judge(notified, &same), ==, MP_DUMPED_GOOD);
    g_assert_cmpint(mp_notified_judge(notified, &sibling), ==, MP_DUMPED_GOOD);
    mp_notified_free(notified);
}

static void test_others(void)
{
    MpNotified *notified = mp_notified_new();
    MpEvent link = {.kind = MP_EVENT_LINK, .link = {.index = 5}};
    MpEvent link_gone = {.kind = MP_EVENT_LINK_GONE, .index = 5};
    MpEvent link6 = {.kind = MP_EVENT_LINK, .link = {.index = 6}};
    MpEvent address = {.kind = MP_EVENT_ADDRESS,
                       .address = {.index = 5, .address = {MP_IPV4, 24, {192, 0, 2, 1}}}};
    MpEvent address6 = address;
    address6.address.index = 6;
    MpEvent nexthop = {.kind = MP_EVENT_NEXTHOP, .nexthop = {.id = MP_NEXTHOP_ID_FIRST}};
    MpEvent nexthop_gone = nexthop;
    nexthop_gone.kind = MP_EVENT_NEXTHOP_GONE;
    MpEvent rule = {.kind = MP_EVENT_RULE, .rule = {.family = MP_IPV4, .priority = 100}};
    MpEvent rule6 = {.kind = MP_EVENT_RULE, .rule = {.family = MP_IPV6, .priority = 100}};
    g_assert_true(mp_notified_add(notified, &link_gone));
    g_assert_cmpint(mp_notified_judge(notified, &link), ==, MP_DUMPED_STALE);
    g_assert_cmpint(mp_notified_judge(notified, &link6), ==, MP_DUMPED_GOOD);
    g_assert_true(mp_notified_add(notified, &address));
    g_assert_cmpint(mp_notified_judge(notified, &address), ==, MP_DUMPED_STALE);
    g_assert_cmpint(mp_notified_judge(notified, &address6), ==, MP_DUMPED_GOOD);
    g_assert_cmpint(mp_notified_judge(notified, &nexthop), ==, MP_DUMPED_GOOD);
    g_assert_true(mp_notified_add(notified, &nexthop_gone));
    g_assert_cmpint(mp_notified_judge(notified, &nexthop), ==, MP_DUMPED_STALE);
    g_assert_true(mp_notified_add(notified, &rule));
    g_assert_cmpint(mp_notified_judge(notified, &rule), ==, MP_DUMPED_STALE);
    g_assert_cmpint(mp_notified_judge(notified, &rule6), ==, MP_DUMPED_GOOD);
    mp_notified_free(notified);
}

/* There is an end to what is remembered: then the dump is made anew. */
static void test_full(void)
{
    MpNotified *notified = mp_notified_new();
    guint added = 0;
    MpEvent link = {.kind = MP_EVENT_LINK};
    while (added < 100000) {
        link.link.index = added + 1;
        if (!mp_notified_add(notified, &link))
            break;
        added++;
    }
    g_assert_cmpuint(added, >, 1000);
    g_assert_cmpuint(added, <, 100000);
    mp_notified_free(notified);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/wire/notified/route", test_route);
    g_test_add_func("/wire/notified/others", test_others);
    g_test_add_func("/wire/notified/full", test_full);
    return g_test_run();
}
