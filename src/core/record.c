/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "record.h"

void mp_record_address_free(MpRecordAddress *entry)
{
    if (entry == NULL)
        return;
    g_free(entry->group);
    g_free(entry->home);
    g_free(entry);
}

void mp_record_sysctl_free(MpRecordSysctl *entry)
{
    if (entry == NULL)
        return;
    g_free(entry->device);
    g_free(entry);
}

void mp_record_route_free(MpRecordRoute *entry)
{
    if (entry == NULL)
        return;
    g_free(entry->group);
    g_free(entry->device);
    g_clear_pointer(&entry->also, g_array_unref);
    g_free(entry);
}

void mp_record_member_free(MpRecordMember *entry)
{
    if (entry == NULL)
        return;
    g_free(entry->group);
    g_free(entry->interface);
    g_free(entry);
}

void mp_record_nexthop_free(MpRecordNexthop *entry)
{
    if (entry == NULL)
        return;
    g_free(entry->group);
    g_free(entry->device);
    g_free(entry);
}

static gpointer address_copy(gconstpointer source, gpointer data)
{
    MpRecordAddress *copy = g_memdup2(source, sizeof *copy);

    copy->group = g_strdup(copy->group);
    copy->home = g_strdup(copy->home);
    return copy;
}

static gpointer sysctl_copy(gconstpointer source, gpointer data)
{
    MpRecordSysctl *copy = g_memdup2(source, sizeof *copy);

    copy->device = g_strdup(copy->device);
    return copy;
}

static gpointer route_copy(gconstpointer source, gpointer data)
{
    MpRecordRoute *copy = g_memdup2(source, sizeof *copy);

    copy->group = g_strdup(copy->group);
    copy->device = g_strdup(copy->device);
    copy->also = copy->also != NULL ? g_array_copy(copy->also) : NULL;
    return copy;
}

static gpointer member_copy(gconstpointer source, gpointer data)
{
    MpRecordMember *copy = g_memdup2(source, sizeof *copy);

    copy->group = g_strdup(copy->group);
    copy->interface = g_strdup(copy->interface);
    return copy;
}

static gpointer nexthop_copy(gconstpointer source, gpointer data)
{
    MpRecordNexthop *copy = g_memdup2(source, sizeof *copy);

    copy->group = g_strdup(copy->group);
    copy->device = g_strdup(copy->device);
    return copy;
}

MpRecord *mp_record_new(void)
{
    MpRecord *record = g_new0(MpRecord, 1);

    record->ref_count = 1;
    record->addresses = g_ptr_array_new_with_free_func((GDestroyNotify)mp_record_address_free);
    record->sysctls = g_ptr_array_new_with_free_func((GDestroyNotify)mp_record_sysctl_free);
    record->routes = g_ptr_array_new_with_free_func((GDestroyNotify)mp_record_route_free);
    record->members = g_ptr_array_new_with_free_func((GDestroyNotify)mp_record_member_free);
    record->nexthops = g_ptr_array_new_with_free_func((GDestroyNotify)mp_record_nexthop_free);
    return record;
}

static void entries_copy(GPtrArray *to, GPtrArray *from, GCopyFunc copy)
{
    for (guint i = 0; i < from->len; i++)
        g_ptr_array_add(to, copy(from->pdata[i], NULL));
}

MpRecord *mp_record_copy(const MpRecord *record)
{
    MpRecord *copy = mp_record_new();

    copy->serial = record->serial;
    entries_copy(copy->addresses, record->addresses, address_copy);
    entries_copy(copy->sysctls, record->sysctls, sysctl_copy);
    entries_copy(copy->routes, record->routes, route_copy);
    entries_copy(copy->members, record->members, member_copy);
    entries_copy(copy->nexthops, record->nexthops, nexthop_copy);
    return copy;
}

MpRecord *mp_record_ref(MpRecord *record)
{
    g_atomic_int_inc(&record->ref_count);
    return record;
}

void mp_record_unref(MpRecord *record)
{
    if (!g_atomic_int_dec_and_test(&record->ref_count))
        return;
    g_ptr_array_unref(record->addresses);
    g_ptr_array_unref(record->sysctls);
    g_ptr_array_unref(record->routes);
    g_ptr_array_unref(record->members);
    g_ptr_array_unref(record->nexthops);
    g_free(record);
}
