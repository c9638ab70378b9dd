/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "record.h"

#include "unit.h"

static MpRecord *full_record(void)
{
    MpRecord *record = mp_record_new();
    MpRecordAddress *address = g_new0(MpRecordAddress, 1);
    MpRecordSysctl *sysctl = g_new0(MpRecordSysctl, 1);
    MpRecordRoute *route = g_new0(MpRecordRoute, 1);
    MpRecordMember *member = g_new0(MpRecordMember, 1);
    MpRecordNexthop *nexthop = g_new0(MpRecordNexthop, 1);

    record->serial = 42;
    address->address = unit_address("192.0.2.10/24");
    address->group = g_strdup("front");
    address->home = g_strdup("eth0");
    address->withdrawn = TRUE;
    address->original.valid_s = 99;
    address->order = 3;
    g_ptr_array_add(record->addresses, address);
    sysctl->device = g_strdup("eth0");
    sysctl->key = MP_SYSCTL_ARP_IGNORE;
    sysctl->set = 1;
    g_ptr_array_add(record->sysctls, sysctl);
    route->group = g_strdup("front");
    route->device = g_strdup("eth0");
    route->route.metric = 7;
    g_ptr_array_add(record->routes, route);
    member->group = g_strdup("front");
    member->interface = g_strdup("eth1");
    member->inactive = TRUE;
    g_ptr_array_add(record->members, member);
    nexthop->group = g_strdup("front");
    nexthop->device = g_strdup("eth0");
    nexthop->nexthop.id = 9;
    g_ptr_array_add(record->nexthops, nexthop);
    return record;
}

static void test_new(void)
{
    g_autoptr(MpRecord) record = mp_record_new();

    g_assert_cmpuint(record->serial, ==, 0);
    g_assert_cmpuint(record->addresses->len + record->sysctls->len + record->routes->len +
                         record->members->len + record->nexthops->len,
                     ==, 0);
}

static void test_ref(void)
{
    MpRecord *record = full_record();

    g_assert_true(mp_record_ref(record) == record);
    mp_record_unref(record);
    g_assert_cmpuint(record->serial, ==, 42); /* still there */
    mp_record_unref(record);
}

/* The copy says the same when the original is gone. */
static void test_copy(void)
{
    MpRecord *record = full_record();
    g_autoptr(MpRecord) copy = mp_record_copy(mp_record_ref(record));
    const MpRecordAddress *address;
    const MpRecordSysctl *sysctl;
    const MpRecordRoute *route;
    const MpRecordMember *member;
    const MpRecordNexthop *nexthop;

    mp_record_unref(record);
    mp_record_unref(record);
    g_assert_cmpint(copy->ref_count, ==, 1);
    g_assert_cmpuint(copy->serial, ==, 42);
    g_assert_cmpuint(copy->addresses->len, ==, 1);
    address = copy->addresses->pdata[0];
    g_assert_cmpstr(address->group, ==, "front");
    g_assert_cmpstr(address->home, ==, "eth0");
    g_assert_true(address->withdrawn);
    g_assert_cmpuint(address->original.valid_s, ==, 99);
    g_assert_cmpuint(address->order, ==, 3);
    sysctl = copy->sysctls->pdata[0];
    g_assert_cmpstr(sysctl->device, ==, "eth0");
    g_assert_cmpint(sysctl->set, ==, 1);
    route = copy->routes->pdata[0];
    g_assert_cmpstr(route->group, ==, "front");
    g_assert_cmpstr(route->device, ==, "eth0");
    g_assert_cmpuint(route->route.metric, ==, 7);
    member = copy->members->pdata[0];
    g_assert_cmpstr(member->group, ==, "front");
    g_assert_cmpstr(member->interface, ==, "eth1");
    g_assert_true(member->inactive);
    nexthop = copy->nexthops->pdata[0];
    g_assert_cmpstr(nexthop->group, ==, "front");
    g_assert_cmpstr(nexthop->device, ==, "eth0");
    g_assert_cmpuint(nexthop->nexthop.id, ==, 9);
}

/* A homeless address and a global sysctl have no name. */
static void test_copy_without_names(void)
{
    g_autoptr(MpRecord) record = full_record();
    g_autoptr(MpRecord) copy = NULL;
    MpRecordAddress *address = record->addresses->pdata[0];
    MpRecordSysctl *sysctl = record->sysctls->pdata[0];

    g_clear_pointer(&address->home, g_free);
    g_clear_pointer(&sysctl->device, g_free);
    copy = mp_record_copy(record);
    g_assert_null(((MpRecordAddress *)copy->addresses->pdata[0])->home);
    g_assert_null(((MpRecordSysctl *)copy->sysctls->pdata[0])->device);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/record/new", test_new);
    g_test_add_func("/record/ref", test_ref);
    g_test_add_func("/record/copy", test_copy);
    g_test_add_func("/record/copy-without-names", test_copy_without_names);
    return g_test_run();
}
