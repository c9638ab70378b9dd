/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bus-value.h"

#include "clock.h"
#include "names.h"

GVariant *ipmpd_value_text(const char *text)
{
    return g_variant_new_take_string(g_utf8_make_valid(text != NULL ? text : "", -1));
}

GStrv ipmpd_value_addresses(const GArray *addresses)
{
    GStrv texts = g_new0(char *, addresses->len + 1);

    for (guint i = 0; i < addresses->len; i++)
        texts[i] = mp_address_to_string(&g_array_index(addresses, MpAddress, i));
    return texts;
}

GStrv ipmpd_value_hosts(const GArray *addresses)
{
    GStrv texts = g_new0(char *, addresses->len + 1);
    char buf[MP_ADDRESS_STRING_MAX];

    for (guint i = 0; i < addresses->len; i++)
        texts[i] = g_strdup(mp_address_format_host(&g_array_index(addresses, MpAddress, i), buf));
    return texts;
}

const char *ipmpd_value_reason(MpReason reason)
{
    return reason == MP_REASON_NONE ? "" : mp_reason_to_string(reason);
}

static GVariant *value_group_address(const MpSnapshotAddress *entry)
{
    g_autofree char *interface = ipmpd_path_interface_or_root(entry->interface);
    g_autofree char *home = ipmpd_path_interface_or_root(entry->home);
    char buf[MP_ADDRESS_STRING_MAX];
    GVariantBuilder b;

    g_variant_builder_init(&b, G_VARIANT_TYPE_VARDICT);
    g_variant_builder_add(&b, "{sv}", "address",
                          g_variant_new_string(mp_address_format(&entry->address, buf)));
    g_variant_builder_add(&b, "{sv}", "interface", g_variant_new_object_path(interface));
    g_variant_builder_add(&b, "{sv}", "home", g_variant_new_object_path(home));
    g_variant_builder_add(&b, "{sv}", "state",
                          g_variant_new_string(mp_address_state_to_string(entry->state)));
    g_variant_builder_add(&b, "{sv}", "source",
                          g_variant_new_string(mp_address_source_to_string(entry->source)));
    return g_variant_builder_end(&b);
}

GVariant *ipmpd_value_group_addresses(const MpSnapshotGroup *group)
{
    GVariantBuilder b;

    g_variant_builder_init(&b, G_VARIANT_TYPE("aa{sv}"));
    for (guint i = 0; i < group->addresses->len; i++)
        g_variant_builder_add_value(&b, value_group_address(group->addresses->pdata[i]));
    return g_variant_builder_end(&b);
}

GVariant *ipmpd_value_target(const MpSnapshotTarget *target)
{
    char buf[MP_ADDRESS_STRING_MAX];
    GVariantBuilder b;

    g_variant_builder_init(&b, G_VARIANT_TYPE_VARDICT);
    g_variant_builder_add(&b, "{sv}", "address",
                          g_variant_new_string(mp_address_format_host(&target->address, buf)));
    g_variant_builder_add(&b, "{sv}", "source",
                          g_variant_new_string(mp_target_source_to_string(target->source)));
    g_variant_builder_add(&b, "{sv}", "state",
                          g_variant_new_string(mp_target_state_to_string(target->state)));
    g_variant_builder_add(&b, "{sv}", "rtt-usec", g_variant_new_uint64((guint64)target->rtt_us));
    g_variant_builder_add(&b, "{sv}", "deviation-usec",
                          g_variant_new_uint64((guint64)target->deviation_us));
    g_variant_builder_add(&b, "{sv}", "last-answer-usec",
                          g_variant_new_uint64((guint64)ipmpd_clock_wall_us(target->answered_us)));
    return g_variant_builder_end(&b);
}

GVariant *ipmpd_value_statistics(const MpSnapshotInterface *member)
{
    const struct {
        const char *name;
        guint64 value;
    } counters[] = {
        {"probes-sent", member->probes.sent},
        {"probes-acked", member->probes.acked},
        {"probes-lost", member->probes.lost},
        {"probes-missed", member->probes.missed},
        {"replies-rejected", member->probes.rejected},
        {"rtt-usec", (guint64)member->rtt_us},
        {"link-losses", member->link_losses},
        {"failures", member->failures},
        {"repairs", member->repairs},
        {"announcements", member->announcements},
    };
    GVariantBuilder b;

    g_variant_builder_init(&b, G_VARIANT_TYPE("a{st}"));
    for (guint i = 0; i < G_N_ELEMENTS(counters); i++)
        g_variant_builder_add(&b, "{st}", counters[i].name, counters[i].value);
    return g_variant_builder_end(&b);
}

GVariant *ipmpd_value_device(const MpSnapshotDevice *device)
{
    g_auto(GStrv) addresses = ipmpd_value_addresses(device->addresses);
    GVariantBuilder b;

    g_variant_builder_init(&b, G_VARIANT_TYPE_VARDICT);
    g_variant_builder_add(&b, "{sv}", "name", ipmpd_value_text(device->name));
    g_variant_builder_add(&b, "{sv}", "index", g_variant_new_uint32(device->index));
    g_variant_builder_add(&b, "{sv}", "hardware-address",
                          ipmpd_value_text(device->hardware_address));
    g_variant_builder_add(&b, "{sv}", "media", ipmpd_value_text(device->media));
    if (device->group != NULL) {
        g_autofree char *path = ipmpd_path_group(device->group);
        g_variant_builder_add(&b, "{sv}", "group", g_variant_new_object_path(path));
    }
    g_variant_builder_add(&b, "{sv}", "addresses",
                          g_variant_new_strv((const char *const *)addresses, -1));
    g_variant_builder_add(&b, "{sv}", "suitable", g_variant_new_boolean(device->suitable));
    g_variant_builder_add(&b, "{sv}", "reason", ipmpd_value_text(device->reason));
    return g_variant_builder_end(&b);
}

GVariant *ipmpd_value_event(const IpmpdHistoryEntry *entry)
{
    const MpNotice *notice = &entry->notice;
    char address[MP_ADDRESS_STRING_MAX] = "";
    GVariantBuilder b;

    if (!mp_address_is_none(&notice->address))
        mp_address_format(&notice->address, address);
    g_variant_builder_init(&b, G_VARIANT_TYPE_VARDICT);
    g_variant_builder_add(&b, "{sv}", "sequence", g_variant_new_uint64(notice->sequence));
    g_variant_builder_add(&b, "{sv}", "usec", g_variant_new_uint64((guint64)entry->wall_us));
    g_variant_builder_add(&b, "{sv}", "event",
                          g_variant_new_string(mp_notice_kind_to_string(notice->kind)));
    g_variant_builder_add(&b, "{sv}", "group", ipmpd_value_text(notice->group));
    g_variant_builder_add(&b, "{sv}", "interface", ipmpd_value_text(notice->interface));
    g_variant_builder_add(&b, "{sv}", "address", g_variant_new_string(address));
    g_variant_builder_add(&b, "{sv}", "from", ipmpd_value_text(notice->from));
    g_variant_builder_add(&b, "{sv}", "to", ipmpd_value_text(notice->to));
    g_variant_builder_add(&b, "{sv}", "reason",
                          g_variant_new_string(ipmpd_value_reason(notice->reason)));
    g_variant_builder_add(&b, "{sv}", "detail", ipmpd_value_text(notice->detail));
    return g_variant_builder_end(&b);
}
