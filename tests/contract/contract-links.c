/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What happens to devices, and the driver's own word. */
#include "contract.h"

static void test_carrier(void)
{
    Fixture *fixture = fixture_new();
    guint eth0 = fixture_link_add(fixture, "eth0");
    expect_link(fixture, eth0, TRUE, TRUE);
    fixture_forget(fixture);
    fixture_link_set_carrier(fixture, eth0, FALSE);
    const MpLink *link = &expect_link(fixture, eth0, TRUE, FALSE)->link;
    g_assert_cmpuint(link->operstate, !=, MP_OPER_UP);
    g_assert_cmpuint(link->flags & MP_IFF_LOWER_UP, ==, 0);
    fixture_forget(fixture);
    fixture_link_set_carrier(fixture, eth0, TRUE);
    link = &expect_link(fixture, eth0, TRUE, TRUE)->link;
    g_assert_cmpuint(link->operstate, ==, MP_OPER_UP);
    fixture_free(fixture);
}

static void test_admin(void)
{
    Fixture *fixture = fixture_new();
    guint eth0 = fixture_link_add(fixture, "eth0");
    expect_link(fixture, eth0, TRUE, TRUE);
    fixture_forget(fixture);
    fixture_link_set_up(fixture, eth0, FALSE);
    expect_link(fixture, eth0, FALSE, FALSE);
    fixture_forget(fixture);
    fixture_link_set_up(fixture, eth0, TRUE);
    expect_link(fixture, eth0, TRUE, TRUE);
    fixture_free(fixture);
}

static void test_rename(void)
{
    Fixture *fixture = fixture_new();
    guint eth0 = fixture_link_add(fixture, "eth0");
    expect_link(fixture, eth0, TRUE, TRUE);
    fixture_forget(fixture);
    fixture_link_rename(fixture, eth0, "wan0");
    g_assert_cmpstr(expect_link(fixture, eth0, TRUE, TRUE)->link.name, ==, "wan0");
    /* What opens only to a name opens to the new one. */
    fixture_forget(fixture);
    fixture->kernel->read_links(fixture->kernel, &eth0, 1);
    g_assert_cmpuint(fixture_count(fixture, MP_EVENT_LINK_READ), ==, 1);
    fixture_free(fixture);
}

/* The first word of a removal is that the device is down; its end comes last. */
static void test_delete(void)
{
    Fixture *fixture = fixture_new();
    guint eth0 = fixture_link_add(fixture, "eth0");
    foreign_address(fixture, eth0, "192.0.2.10/24");
    settle(fixture);
    fixture_forget(fixture);
    fixture_link_delete(fixture, eth0);
    const MpEvent *gone = expect_gone(fixture, eth0);
    g_assert_false(gone->moved_netns);
    const MpEvent *down = expect_link(fixture, eth0, FALSE, FALSE);
    const MpEvent *address = told_address(fixture, MP_EVENT_ADDRESS_GONE, eth0, "192.0.2.10/24");
    g_assert_cmpuint(address->port_id, ==, 0);
    g_assert_cmpuint(position(fixture, down), <, position(fixture, address));
    g_assert_cmpuint(position(fixture, address), <, position(fixture, gone));
    fixture_free(fixture);
}

static void test_move_netns(void)
{
    Fixture *fixture = fixture_new();
    guint eth0 = fixture_link_add(fixture, "eth0");
    settle(fixture);
    fixture_forget(fixture);
    fixture_link_move_netns(fixture, eth0);
    g_assert_true(expect_gone(fixture, eth0)->moved_netns);
    fixture_free(fixture);
}

static int link_read(Fixture *fixture, guint index)
{
    fixture_forget(fixture);
    fixture->kernel->read_links(fixture->kernel, &index, 1);
    const MpEvent *read = fixture_event(fixture, MP_EVENT_LINK_READ, 0);
    if (read == NULL)
        return -1;
    g_assert_cmpuint(read->index, ==, index);
    return read->up ? 1 : 0;
}

static void test_read_link(void)
{
    Fixture *fixture = fixture_new();
    guint eth0 = fixture_link_add(fixture, "eth0");
    expect_link(fixture, eth0, TRUE, TRUE);
    g_assert_cmpint(link_read(fixture, eth0), ==, 1);
    fixture_link_set_carrier(fixture, eth0, FALSE);
    g_assert_cmpint(link_read(fixture, eth0), ==, 0);
    fixture_link_set_carrier(fixture, eth0, TRUE);
    g_assert_cmpint(link_read(fixture, eth0), ==, 1);
    fixture_link_set_up(fixture, eth0, FALSE);
    g_assert_cmpint(link_read(fixture, eth0), ==, 0);
    fixture_link_delete(fixture, eth0);
    expect_gone(fixture, eth0);
    g_assert_cmpint(link_read(fixture, eth0), ==, -1);
    g_assert_cmpint(link_read(fixture, 9999), ==, -1);
    fixture_free(fixture);
}

void contract_add_links(void)
{
    g_test_add_func("/contract/link/carrier", test_carrier);
    g_test_add_func("/contract/link/admin", test_admin);
    g_test_add_func("/contract/link/rename", test_rename);
    g_test_add_func("/contract/link/delete", test_delete);
    g_test_add_func("/contract/link/move-netns", test_move_netns);
    g_test_add_func("/contract/link/read", test_read_link);
}
