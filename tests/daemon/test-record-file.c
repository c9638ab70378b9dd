/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "error.h"
#include "record-file.h"

#include <json-glib/json-glib.h>
#include <string.h>

#define BOOT "5f0c9ad1-6e5b-4f0e-9a86-0f1d3b2c4e5a"
#define RANDOM_RECORDS 300
#define MUTATIONS 4000

static MpAddress random_address(gboolean network)
{
    MpAddress address = {.family = g_test_rand_bit() ? MP_IPV4 : MP_IPV6};
    guint bits = mp_address_bits(&address);

    address.prefix = (guint8)g_test_rand_int_range(0, (gint)bits + 1);
    for (guint i = 0; i < bits / 8; i++)
        address.bytes[i] = (guint8)g_test_rand_int();
    return network ? mp_address_network(&address) : address;
}

static MpAddress random_address_or_none(void)
{
    return g_test_rand_bit() ? random_address(FALSE) : (MpAddress){0};
}

static char *random_name(void)
{
    return g_strdup_printf("n%u.%u", (guint)g_test_rand_int_range(0, 1000), g_test_rand_bit());
}

static guint32 random_u32(void)
{
    const guint32 edges[] = {0, 1, G_MAXINT32, MP_FOREVER};

    return g_test_rand_bit() ? edges[g_test_rand_int_range(0, G_N_ELEMENTS(edges))]
                             : (guint32)g_test_rand_int();
}

static gint64 random_time(void)
{
    return (gint64)(g_test_rand_double() * 1e15);
}

static MpRecordAddress *random_record_address(gint64 offset)
{
    MpRecordAddress *entry = g_new0(MpRecordAddress, 1);
    MpIfaddr *original = &entry->original;

    entry->address = random_address(FALSE);
    entry->group = random_name();
    entry->home = g_test_rand_bit() ? random_name() : NULL;
    entry->source = g_test_rand_bit() ? MP_SOURCE_ADOPTED : MP_SOURCE_CONFIG;
    entry->withdrawn = g_test_rand_bit();
    entry->removed = g_test_rand_bit();
    entry->other = g_test_rand_bit();
    entry->second_prefix = (guint8)g_test_rand_int();
    entry->created = g_test_rand_bit();
    entry->order = random_u32();
    original->index = random_u32();
    original->address = g_test_rand_bit() ? entry->address : (MpAddress){0};
    original->has_peer = g_test_rand_bit();
    original->flags = random_u32();
    original->scope = (guint8)g_test_rand_int();
    original->protocol = (guint8)g_test_rand_int();
    original->metric = random_u32();
    for (guint i = 0, n = (guint)g_test_rand_int_range(0, 16); i < n; i++)
        original->label[i] = (char)g_test_rand_int_range(1, 256); /* any byte */
    original->has_broadcast = g_test_rand_bit();
    for (guint i = 0; i < 4; i++)
        original->broadcast[i] = (guint8)g_test_rand_int();
    original->valid_s = random_u32();
    original->preferred_s = random_u32();
    original->stamp_us = random_time();
    entry->told_boot_us = original->stamp_us + offset;
    return entry;
}

static MpRecordSysctl *random_record_sysctl(void)
{
    MpRecordSysctl *entry = g_new0(MpRecordSysctl, 1);

    entry->key = g_test_rand_int_range(0, MP_N_SYSCTLS);
    entry->device = entry->key < MP_SYSCTL_FIRST_GLOBAL ? random_name() : NULL;
    entry->found = g_test_rand_int();
    entry->set = g_test_rand_int_range(-1, 3);
    return entry;
}

/* NULL: none. */
static GArray *random_destinations(guint8 family)
{
    GArray *list = g_array_new(FALSE, FALSE, sizeof(MpAddress));
    guint n = (guint)g_test_rand_int_range(0, 4);

    while (list->len < n) {
        MpAddress address = random_address(TRUE);

        if (address.family == family)
            g_array_append_val(list, address);
    }
    if (n == 0)
        g_clear_pointer(&list, g_array_unref);
    return list;
}

static MpRecordRoute *random_record_route(void)
{
    MpRecordRoute *entry = g_new0(MpRecordRoute, 1);
    MpRoute *route = &entry->route;

    entry->group = random_name();
    entry->device = random_name();
    entry->disowned = g_test_rand_bit();
    entry->flushed = g_test_rand_bit();
    route->dst = random_address(TRUE);
    route->family = route->dst.family;
    entry->also = random_destinations(route->family);
    route->table = random_u32();
    route->tos = (guint8)g_test_rand_int();
    route->metric = random_u32();
    route->type = (guint8)g_test_rand_int();
    route->protocol = (guint8)g_test_rand_int();
    route->scope = (guint8)g_test_rand_int();
    route->preference = (guint8)g_test_rand_int();
    route->prefsrc = random_address_or_none();
    route->nhid = random_u32();
    route->oif = random_u32();
    route->gateway = random_address_or_none();
    route->hop_flags = (guint8)g_test_rand_int();
    route->n_hops = (guint8)g_test_rand_int_range(0, 256);
    route->hop = (guint8)g_test_rand_int_range(0, MAX(route->n_hops, 1));
    route->metrics_mask = random_u32();
    for (guint i = 0; i < MP_RTAX_MAX; i++)
        route->metrics[i] = random_u32();
    route->has_expires = g_test_rand_bit();
    route->expires_s = random_u32();
    route->stamp_us = random_time();
    return entry;
}

static MpRecordMember *random_record_member(void)
{
    MpRecordMember *entry = g_new0(MpRecordMember, 1);

    entry->group = random_name();
    entry->interface = random_name();
    entry->offline = g_test_rand_bit();
    entry->inactive = g_test_rand_bit();
    entry->seen = g_test_rand_bit();
    entry->convicted = g_test_rand_bit();
    entry->duplicate = g_test_rand_bit();
    entry->active = random_u32();
    entry->index = random_u32();
    return entry;
}

/* One hop, or several. */
static MpRecordNexthop *random_record_nexthop(void)
{
    MpRecordNexthop *entry = g_new0(MpRecordNexthop, 1);
    MpNexthop *nexthop = &entry->nexthop;

    entry->group = random_name();
    entry->flushed = g_test_rand_bit();
    nexthop->id = random_u32() | 1;
    nexthop->family = (guint8)g_test_rand_int();
    nexthop->protocol = (guint8)g_test_rand_int();
    nexthop->oif = random_u32();
    nexthop->gateway = random_address_or_none();
    nexthop->flags = (guint8)g_test_rand_int();
    nexthop->n_members = (guint)g_test_rand_int_range(0, MP_NEXTHOP_MEMBERS_MAX + 1);
    for (guint i = 0; i < nexthop->n_members; i++) {
        nexthop->members[i].id = random_u32() | 1;
        nexthop->members[i].weight = (guint16)g_test_rand_int_range(1, 65536);
    }
    entry->device = nexthop->n_members == 0 ? random_name() : NULL;
    nexthop->buckets = (guint16)g_test_rand_int();
    nexthop->idle_timer = random_u32();
    nexthop->unbalanced_timer = random_u32();
    return entry;
}

static MpRecord *random_record(gint64 offset, gint max_entries)
{
    MpRecord *record = mp_record_new();

    record->serial = (guint64)g_test_rand_int_range(0, G_MAXINT) << 20;
    for (gint i = g_test_rand_int_range(0, max_entries + 1); i > 0; i--)
        g_ptr_array_add(record->addresses, random_record_address(offset));
    for (gint i = g_test_rand_int_range(0, max_entries + 1); i > 0; i--)
        g_ptr_array_add(record->sysctls, random_record_sysctl());
    for (gint i = g_test_rand_int_range(0, max_entries + 1); i > 0; i--)
        g_ptr_array_add(record->routes, random_record_route());
    for (gint i = g_test_rand_int_range(0, max_entries + 1); i > 0; i--)
        g_ptr_array_add(record->members, random_record_member());
    for (gint i = g_test_rand_int_range(0, max_entries + 1); i > 0; i--)
        g_ptr_array_add(record->nexthops, random_record_nexthop());
    return record;
}

/* All bytes of the values, the strings apart: a field that is added to a structure but not to the
 * file shows here. */
static void assert_address_equal(const MpRecordAddress *a, const MpRecordAddress *b)
{
    MpRecordAddress x = *a, y = *b;

    g_assert_cmpstr(x.group, ==, y.group);
    g_assert_cmpstr(x.home, ==, y.home);
    x.group = y.group = x.home = y.home = NULL;
    g_assert_cmpmem(&x, sizeof x, &y, sizeof y);
}

static void assert_sysctl_equal(const MpRecordSysctl *a, const MpRecordSysctl *b)
{
    MpRecordSysctl x = *a, y = *b;

    g_assert_cmpstr(x.device, ==, y.device);
    x.device = y.device = NULL;
    g_assert_cmpmem(&x, sizeof x, &y, sizeof y);
}

static void assert_route_equal(const MpRecordRoute *a, const MpRecordRoute *b)
{
    MpRecordRoute x = *a, y = *b;

    g_assert_cmpstr(x.group, ==, y.group);
    g_assert_cmpstr(x.device, ==, y.device);
    g_assert_cmpuint(x.also != NULL, ==, y.also != NULL);
    if (x.also != NULL)
        g_assert_true(mp_addresses_equal(x.also, y.also));
    x.group = y.group = x.device = y.device = NULL;
    x.also = y.also = NULL;
    g_assert_cmpmem(&x, sizeof x, &y, sizeof y);
}

static void assert_member_equal(const MpRecordMember *a, const MpRecordMember *b)
{
    MpRecordMember x = *a, y = *b;

    g_assert_cmpstr(x.group, ==, y.group);
    g_assert_cmpstr(x.interface, ==, y.interface);
    x.group = y.group = x.interface = y.interface = NULL;
    g_assert_cmpmem(&x, sizeof x, &y, sizeof y);
}

static void assert_nexthop_equal(const MpRecordNexthop *a, const MpRecordNexthop *b)
{
    g_assert_cmpstr(a->group, ==, b->group);
    g_assert_cmpstr(a->device, ==, b->device);
    g_assert_cmpint(a->flushed, ==, b->flushed);
    g_assert_cmpmem(&a->nexthop, sizeof a->nexthop, &b->nexthop, sizeof b->nexthop);
}

static void assert_record_equal(const MpRecord *a, const MpRecord *b)
{
    g_assert_cmpuint(a->serial, ==, b->serial);
    g_assert_cmpuint(a->addresses->len, ==, b->addresses->len);
    g_assert_cmpuint(a->sysctls->len, ==, b->sysctls->len);
    g_assert_cmpuint(a->routes->len, ==, b->routes->len);
    g_assert_cmpuint(a->members->len, ==, b->members->len);
    g_assert_cmpuint(a->nexthops->len, ==, b->nexthops->len);
    for (guint i = 0; i < a->addresses->len; i++)
        assert_address_equal(a->addresses->pdata[i], b->addresses->pdata[i]);
    for (guint i = 0; i < a->sysctls->len; i++)
        assert_sysctl_equal(a->sysctls->pdata[i], b->sysctls->pdata[i]);
    for (guint i = 0; i < a->routes->len; i++)
        assert_route_equal(a->routes->pdata[i], b->routes->pdata[i]);
    for (guint i = 0; i < a->members->len; i++)
        assert_member_equal(a->members->pdata[i], b->members->pdata[i]);
    for (guint i = 0; i < a->nexthops->len; i++)
        assert_nexthop_equal(a->nexthops->pdata[i], b->nexthops->pdata[i]);
}

static MpRecord *parse(const char *text, gint64 offset, GError **error)
{
    return ipmpd_record_from_json(text, strlen(text), BOOT, offset, error);
}

static void test_round_trip(void)
{
    for (guint i = 0; i < RANDOM_RECORDS; i++) {
        gint64 offset = g_test_rand_bit() ? 0 : random_time();
        g_autoptr(MpRecord) record = random_record(offset, 6);
        g_autofree char *text = ipmpd_record_to_json(record, BOOT, offset);
        g_autoptr(GError) error = NULL;
        g_autoptr(MpRecord) again = parse(text, offset, &error);

        g_assert_no_error(error);
        assert_record_equal(record, again);
    }
}

/* A suspend between writing and reading: what the monotonic clock did not count has passed too. */
static void test_suspend(void)
{
    g_autoptr(MpRecord) record = mp_record_new();
    g_autoptr(MpRecord) again = NULL;
    MpRecordAddress *entry = random_record_address(0);
    const MpRecordAddress *read = NULL;
    g_autofree char *text = NULL;

    entry->original.stamp_us = 50 * MP_USEC_PER_SEC;
    g_ptr_array_add(record->addresses, entry);
    text = ipmpd_record_to_json(record, BOOT, 1000);
    again = parse(text, 1000 + 3600 * MP_USEC_PER_SEC, NULL);
    read = again->addresses->pdata[0];
    g_assert_cmpint(read->original.stamp_us, ==, (50 - 3600) * MP_USEC_PER_SEC);
    g_assert_cmpint(read->told_boot_us, ==, 50 * MP_USEC_PER_SEC + 1000);
}

static void test_other_boot(void)
{
    g_autoptr(MpRecord) record = random_record(0, 3);
    g_autofree char *text = ipmpd_record_to_json(record, "another", 0);
    g_autoptr(GError) error = NULL;

    g_assert_null(parse(text, 0, &error));
    g_assert_no_error(error);
    /* of another boot and another version: nobody's business either */
    g_assert_null(parse("{\"version\": 7, \"boot-id\": \"x\"}", 0, &error));
    g_assert_no_error(error);
}

/* The record with one address, sysctl, route and member, as a tree to be spoilt. */
static JsonNode *sample(void)
{
    g_autoptr(MpRecord) record = mp_record_new();
    g_autofree char *text = NULL;

    g_ptr_array_add(record->addresses, random_record_address(0));
    g_ptr_array_add(record->sysctls, random_record_sysctl());
    g_ptr_array_add(record->routes, random_record_route());
    g_ptr_array_add(record->members, random_record_member());
    g_ptr_array_add(record->nexthops, random_record_nexthop());
    text = ipmpd_record_to_json(record, BOOT, 0);
    return json_from_string(text, NULL);
}

static JsonObject *sample_entry(JsonNode *root, const char *list)
{
    return json_array_get_object_element(
        json_object_get_array_member(json_node_get_object(root), list), 0);
}

static void assert_refused(JsonNode *root, const char *first, const char *second)
{
    g_autofree char *text = json_to_string(root, FALSE);
    g_autoptr(GError) error = NULL;

    g_assert_null(parse(text, 0, &error));
    g_assert_error(error, MP_ERROR, MP_ERROR_FAILED);
    g_assert_nonnull(strstr(error->message, first));
    g_assert_nonnull(strstr(error->message, second));
}

static const char *const lists[] = {"addresses", "sysctls", "routes", "members", "nexthops"};

/* What the first version did not have: it can be read by the next all the same. */
static gboolean is_younger(const char *list, const char *field)
{
    return g_str_equal(field, "convicted") || g_str_equal(field, "also") ||
           g_str_equal(field, "hop-weight") || g_str_equal(field, "duplicate") ||
           g_str_equal(field, "active") || g_str_equal(field, "disowned") ||
           g_str_equal(field, "device-index") || g_str_equal(field, "removed") ||
           g_str_equal(field, "second-prefix") || g_str_equal(field, "other") ||
           (g_str_equal(field, "index") && g_str_equal(list, "members"));
}

static void test_first_version(void)
{
    g_autoptr(JsonNode) root = sample();
    g_autoptr(GError) error = NULL;
    g_autofree char *text = NULL;
    g_autoptr(MpRecord) record = NULL;

    json_object_remove_member(json_node_get_object(root), "nexthops");
    json_object_remove_member(sample_entry(root, "members"), "convicted");
    json_object_remove_member(sample_entry(root, "members"), "duplicate");
    json_object_remove_member(sample_entry(root, "members"), "active");
    json_object_remove_member(sample_entry(root, "members"), "index");
    json_object_remove_member(sample_entry(root, "routes"), "also");
    json_object_remove_member(sample_entry(root, "routes"), "hop-weight");
    json_object_remove_member(sample_entry(root, "routes"), "disowned");
    json_object_remove_member(sample_entry(root, "sysctls"), "device-index");
    json_object_remove_member(sample_entry(root, "addresses"), "removed");
    json_object_remove_member(sample_entry(root, "addresses"), "second-prefix");
    json_object_remove_member(sample_entry(root, "addresses"), "other");
    text = json_to_string(root, FALSE);
    record = parse(text, 0, &error);
    g_assert_no_error(error);
    g_assert_false(((MpRecordMember *)g_ptr_array_index(record->members, 0))->convicted);
    g_assert_null(((MpRecordRoute *)g_ptr_array_index(record->routes, 0))->also);
    g_assert_false(((MpRecordAddress *)g_ptr_array_index(record->addresses, 0))->removed);
}

/* Every field of every entry: missing, or of a type that no field has, is refused by name. */
static void test_every_field(void)
{
    guint n_fields = 0;

    for (guint l = 0; l < G_N_ELEMENTS(lists); l++) {
        g_autoptr(JsonNode) template = sample();
        g_autoptr(GList) names = json_object_get_members(sample_entry(template, lists[l]));

        for (GList *at = names; at != NULL; at = at->next, n_fields++) {
            g_autoptr(JsonNode) without = sample();
            g_autoptr(JsonNode) with_object = sample();
            g_autoptr(JsonNode) with_fraction = sample();
            g_autofree char *quoted = g_strdup_printf("\"%s\"", (const char *)at->data);

            json_object_remove_member(sample_entry(without, lists[l]), at->data);
            if (!is_younger(lists[l], at->data))
                assert_refused(without, lists[l], quoted);
            json_object_set_object_member(sample_entry(with_object, lists[l]), at->data,
                                          json_object_new());
            assert_refused(with_object, lists[l], quoted);
            json_object_set_double_member(sample_entry(with_fraction, lists[l]), at->data, 0.5);
            assert_refused(with_fraction, lists[l], quoted);
        }
    }
    g_assert_cmpuint(n_fields, >, 50);
}

static const struct {
    const char *list, *name, *value; /* the value is JSON */
} wrong_values[] = {
    {"addresses", "address", "\"192.0.2.1\""},
    {"addresses", "address", "\"192.0.2.1/33\""},
    {"addresses", "address", "null"},
    {"addresses", "group", "\"\""},
    {"addresses", "group", "null"},
    {"addresses", "home", "\"a b\""},
    {"addresses", "home", "\"sixteen-bytes-xx\""},
    {"addresses", "source", "\"Config\""},
    {"addresses", "withdrawn", "1"},
    {"addresses", "order", "-1"},
    {"addresses", "order", "4294967296"},
    {"addresses", "original-address", "\"203.0.113.77/25\""},
    {"addresses", "scope", "256"},
    {"addresses", "label", "\"sixteen-bytes-xx\""},
    {"addresses", "label", "\"eth0\\\\\""}, /* one that ends within an escape */
    {"addresses", "label", "\"\xc3\xa9\""},
    {"addresses", "broadcast", "\"2001:db8::1\""},
    {"addresses", "broadcast", "\"192.0.2.255/24\""},
    {"addresses", "told-boot-usec", "9223372036854775807"},
    {"sysctls", "key", "\"arp_ignored\""},
    {"sysctls", "found", "2147483648"},
    {"nexthops", "id", "0"},
    {"nexthops", "hops", "[1, 2, 3]"},
    {"nexthops", "hops", "[0, 1]"},
    {"nexthops", "buckets", "65536"},
    {"routes", "family", "5"},
    {"routes", "device", "null"},
    {"routes", "metrics", "[1, 2, 3]"},
    {"routes", "metrics", "[0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,-1]"},
    {"routes", "also", "\"192.0.2.0/24  198.51.100.0/24\""},
    {"routes", "also", "\"192.0.2.0/24 2001:db8::/64\""},
    {"members", "interface", "\"..\""},
    {"members", "offline", "\"yes\""},
};

static void test_wrong_values(void)
{
    for (guint i = 0; i < G_N_ELEMENTS(wrong_values); i++) {
        g_autoptr(JsonNode) root = sample();
        g_autofree char *quoted = g_strdup_printf("\"%s\"", wrong_values[i].name);

        json_object_set_member(sample_entry(root, wrong_values[i].list), wrong_values[i].name,
                               json_from_string(wrong_values[i].value, NULL));
        assert_refused(root, wrong_values[i].list, quoted);
    }
}

/* A setting of a device without a device, and the other way round. */
static void test_sysctl_device(void)
{
    g_autoptr(JsonNode) without = sample();
    g_autoptr(JsonNode) with = sample();

    json_object_set_string_member(sample_entry(without, "sysctls"), "key", "arp_ignore");
    json_object_set_null_member(sample_entry(without, "sysctls"), "device");
    assert_refused(without, "must have", "arp_ignore");
    json_object_set_string_member(sample_entry(with, "sysctls"), "key",
                                  mp_sysctl_to_string(MP_SYSCTL_HASH_POLICY4));
    json_object_set_string_member(sample_entry(with, "sysctls"), "device", "eth0");
    assert_refused(with, "does not have", mp_sysctl_to_string(MP_SYSCTL_HASH_POLICY4));
}

static const char *const wrong_texts[] = {
    "",
    "[]",
    "null",
    "{",
    "{}",
    "{\"version\": 1}",
    "{\"version\": \"1\", \"boot-id\": \"" BOOT "\"}",
    "{\"version\": -1, \"boot-id\": \"" BOOT "\"}",
    "{\"version\": 1, \"boot-id\": 3}",
    "{\"version\": 2, \"boot-id\": \"" BOOT "\", \"serial\": 1}",
    "{\"version\": 1, \"boot-id\": \"" BOOT "\", \"serial\": null}",
    "{\"version\": 1, \"boot-id\": \"" BOOT "\", \"serial\": 1}",
    "{\"version\": 1, \"boot-id\": \"" BOOT "\", \"serial\": 1, \"addresses\": {}}",
    "{\"version\": 1, \"boot-id\": \"" BOOT "\", \"serial\": 1, \"addresses\": [3]}",
    "\xff\xfe",
    /* An octal escape, which is none in JSON: the name would be no text. */
    "{\"version\": 1, \"boot-id\": \"" BOOT
    "\", \"serial\": 1, \"addresses\": [], \"sysctls\": [], "
    "\"routes\": [], \"nexthops\": [], \"members\": [{\"group\": \"front\", \"interface\": "
    "\"\\344.0\", "
    "\"offline\": true, \"inactive\": true, \"present-before\": false, \"convicted\": false, "
    "\"duplicate\": true, \"index\": 3}]}",
};

static void test_wrong_texts(void)
{
    g_autofree char *deep = g_strnfill(5000000, '[');
    g_autoptr(GError) error = NULL;

    for (guint i = 0; i < G_N_ELEMENTS(wrong_texts); i++) {
        g_autoptr(GError) local_error = NULL;

        g_assert_null(parse(wrong_texts[i], 0, &local_error));
        g_assert_error(local_error, MP_ERROR, MP_ERROR_FAILED);
    }
    g_assert_null(parse(deep, 0, &error));
    g_assert_error(error, MP_ERROR, MP_ERROR_FAILED);
}

static void test_unknown_fields(void)
{
    g_autoptr(JsonNode) root = sample();
    g_autofree char *text = NULL;
    g_autoptr(GError) error = NULL;
    g_autoptr(MpRecord) record = NULL;

    json_object_set_string_member(json_node_get_object(root), "later", "x");
    for (guint l = 0; l < G_N_ELEMENTS(lists); l++)
        json_object_set_int_member(sample_entry(root, lists[l]), "later", 3);
    text = json_to_string(root, TRUE);
    record = parse(text, 0, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(record->members->len, ==, 1);
}

static void mutate(char *text, gsize length)
{
    for (gint n = g_test_rand_int_range(1, 4); n > 0; n--) {
        gsize at = (gsize)g_test_rand_int_range(0, (gint)length);
        const char bytes[] = "\"{}[],:0129-.enft\\ux ";

        text[at] = g_test_rand_bit() ? bytes[g_test_rand_int_range(0, sizeof bytes)]
                                     : (char)g_test_rand_int();
    }
}

/* A spoilt text is refused with an error, or says something that can be written again. */
static void test_mutations(void)
{
    g_autoptr(MpRecord) record = random_record(0, 2);
    g_autofree char *text = ipmpd_record_to_json(record, BOOT, 0);
    gsize length = strlen(text);
    guint refused = 0;

    for (guint i = 0; i < MUTATIONS; i++) {
        g_autofree char *spoilt = g_memdup2(text, length + 1);
        gsize end = g_test_rand_bit() ? length : (gsize)g_test_rand_int_range(0, (gint)length);
        g_autoptr(GError) error = NULL;
        g_autoptr(MpRecord) read = NULL;

        mutate(spoilt, length);
        read = ipmpd_record_from_json(spoilt, end, BOOT, 0, &error);
        if (read != NULL) {
            g_autofree char *once = ipmpd_record_to_json(read, BOOT, 0);
            g_autoptr(MpRecord) again = parse(once, 0, NULL);

            g_assert_no_error(error);
            assert_record_equal(read, again);
        } else if (error != NULL) {
            g_assert_error(error, MP_ERROR, MP_ERROR_FAILED);
            refused++;
        }
    }
    g_assert_cmpuint(refused, >, MUTATIONS / 2);
}

/* Written by a real service of an earlier version in the midst of a failover, whose fields are
 * fewer.
 */
static void test_recorded(void)
{
    g_autofree char *path = g_test_build_filename(G_TEST_DIST, "data", "record-1.json", NULL);
    g_autoptr(JsonParser) parser = json_parser_new();
    g_autoptr(MpRecord) record = NULL;
    g_autoptr(GError) error = NULL;
    g_autofree char *text = NULL;
    const char *boot;
    gsize length;
    guint withdrawn = 0, inactive = 0;

    g_assert_true(g_file_get_contents(path, &text, &length, &error));
    g_assert_true(json_parser_load_from_data(parser, text, (gssize)length, &error));
    boot = json_object_get_string_member(json_node_get_object(json_parser_get_root(parser)),
                                         "boot-id");
    record = ipmpd_record_from_json(text, length, boot, 0, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(record->members->len, ==, 3);
    g_assert_cmpuint(record->addresses->len, ==, 5);
    for (guint i = 0; i < record->addresses->len; i++)
        withdrawn += ((MpRecordAddress *)g_ptr_array_index(record->addresses, i))->withdrawn;
    for (guint i = 0; i < record->members->len; i++) {
        const MpRecordMember *entry = g_ptr_array_index(record->members, i);

        inactive += entry->inactive;
        g_assert_cmpuint(entry->index, ==, 0);
        g_assert_false(entry->duplicate);
    }
    g_assert_cmpuint(withdrawn, ==, 1);
    g_assert_cmpuint(inactive, ==, 1);
    g_assert_cmpuint(record->routes->len, >, 0);
    g_assert_cmpuint(record->sysctls->len, >, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/record-file/round-trip", test_round_trip);
    g_test_add_func("/record-file/suspend", test_suspend);
    g_test_add_func("/record-file/other-boot", test_other_boot);
    g_test_add_func("/record-file/every-field", test_every_field);
    g_test_add_func("/record-file/first-version", test_first_version);
    g_test_add_func("/record-file/recorded", test_recorded);
    g_test_add_func("/record-file/wrong-values", test_wrong_values);
    g_test_add_func("/record-file/sysctl-device", test_sysctl_device);
    g_test_add_func("/record-file/wrong-texts", test_wrong_texts);
    g_test_add_func("/record-file/unknown-fields", test_unknown_fields);
    g_test_add_func("/record-file/mutations", test_mutations);
    return g_test_run();
}
