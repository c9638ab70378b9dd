/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config-validate.h"

#include "config-file.h"
#include "error.h"

#include <string.h>

/* Who has an address. */
typedef struct {
    const MpGroupConfig *group;
    const MpInterfaceConfig *member; /* NULL = the group itself */
    gboolean test;
} Owner;

typedef struct {
    const MpGroupConfig *group;
    const MpInterfaceConfig *member; /* NULL = the group itself */
    GHashTable *addresses;           /* MpAddress with full prefix -> Owner */
    GHashTable *names;               /* interface name -> MpGroupConfig, borrowed */
    GHashTable *hardware;            /* hardware address -> interface name, borrowed */
    MpConfigFault *fault;
    GError **error;
} Check;

static void check_init(Check *check, MpConfigFault *fault, GError **error)
{
    *check = (Check){.fault = fault, .error = error};
    check->addresses = g_hash_table_new_full(mp_address_hash, mp_address_equal_ptr, g_free, g_free);
    check->names = g_hash_table_new(g_str_hash, g_str_equal);
    check->hardware = g_hash_table_new(g_str_hash, g_str_equal);
}

static void check_clear(Check *check)
{
    g_hash_table_unref(check->addresses);
    g_hash_table_unref(check->names);
    g_hash_table_unref(check->hardware);
}

static void set_fault(Check *check, const char *key, const char *value)
{
    g_strlcpy(check->fault->interface, check->member != NULL ? check->member->name : "",
              sizeof check->fault->interface);
    check->fault->key = key;
    g_strlcpy(check->fault->value, value, sizeof check->fault->value);
}

/* Always FALSE. */
G_GNUC_PRINTF(5, 6)
static gboolean refuse(Check *check, const char *key, const char *value, MpError code,
                       const char *format, ...)
{
    g_autofree char *message = NULL;
    va_list args;

    va_start(args, format);
    message = g_strdup_vprintf(format, args);
    va_end(args);
    set_fault(check, key, value);
    g_set_error_literal(check->error, MP_ERROR, code, message);
    return FALSE;
}

static gboolean duration_in(Check *check, const char *key, guint ms, guint min, guint max)
{
    g_autofree char *text = mp_duration_format(ms);
    g_autofree char *low = mp_duration_format(min);
    g_autofree char *high = mp_duration_format(max);

    if (ms >= min && ms <= max)
        return TRUE;
    return refuse(check, key, "", MP_ERROR_INVALID_ARGUMENT,
                  "%s of %s is out of range; allowed is %s to %s", key, text, low, high);
}

static gboolean count_in(Check *check, const char *key, guint count)
{
    if (count >= 1 && count <= MP_PROBE_COUNT_MAX)
        return TRUE;
    return refuse(check, key, "", MP_ERROR_INVALID_ARGUMENT,
                  "%s of %u is out of range; allowed is 1 to %u", key, count, MP_PROBE_COUNT_MAX);
}

static gboolean at_most(Check *check, const char *key, const char *what, guint n, guint max)
{
    if (n <= max)
        return TRUE;
    return refuse(check, key, "", MP_ERROR_LIMIT_REACHED,
                  "group %s has %u %s; at most %u are allowed", check->group->name, n, what, max);
}

static gboolean check_settings(Check *check)
{
    const MpGroupConfig *group = check->group;

    if ((guint)group->probe_method >= MP_N_PROBE_METHODS)
        return refuse(check, "ProbeMethod", "", MP_ERROR_INVALID_ARGUMENT,
                      "probe method %u is unknown; allowed are auto, icmp, arp, none",
                      (guint)group->probe_method);
    return duration_in(check, "FailureDetectionTime", group->failure_detection_ms, MP_FDT_MIN_MS,
                       MP_FDT_MAX_MS) &&
           count_in(check, "ProbeFailures", group->probe_failures) &&
           count_in(check, "ProbeRepairs", group->probe_repairs) &&
           duration_in(check, "RepairDelay", group->repair_delay_ms, 0, MP_REPAIR_DELAY_MAX_MS);
}

static char *owner_to_string(const Owner *owner)
{
    const char *kind = owner->test ? "test address" : "data address";

    if (owner->member == NULL)
        return g_strdup_printf("data address of group %s", owner->group->name);
    return g_strdup_printf("%s of interface %s in group %s", kind, owner->member->name,
                           owner->group->name);
}

/* Groups are links of their own, so that a link-local address says nothing beyond its group. */
static gboolean owner_conflicts(const Check *check, const Owner *owner, const MpAddress *address)
{
    return owner != NULL && !(address->family == MP_IPV6 && mp_address_is_link_local(address) &&
                              owner->group != check->group);
}

static gboolean claim(Check *check, const char *key, const MpAddress *address, gboolean test)
{
    char buf[MP_ADDRESS_STRING_MAX];
    MpAddress host = *address;
    const Owner *owner;
    Owner own = {check->group, check->member, test};

    host.prefix = (guint8)mp_address_bits(&host);
    owner = g_hash_table_lookup(check->addresses, &host);
    if (owner_conflicts(check, owner, address)) {
        g_autofree char *whose = owner_to_string(owner);
        MpError code = test || owner->test ? MP_ERROR_TEST_ADDRESS_CONFLICT : MP_ERROR_EXISTS;

        mp_address_format(address, buf);
        return refuse(check, key, buf, code, "%s is already a %s", buf, whose);
    }
    g_hash_table_insert(check->addresses, g_memdup2(&host, sizeof host),
                        g_memdup2(&own, sizeof own));
    return TRUE;
}

static gboolean check_address(Check *check, const char *key, const MpAddress *address,
                              gboolean test)
{
    char buf[MP_ADDRESS_STRING_MAX];

    if (test ? !mp_address_check_test(address, check->error)
             : !mp_address_check_data(address, check->error)) {
        set_fault(check, key, mp_address_format(address, buf));
        return FALSE;
    }
    return claim(check, key, address, test);
}

static gboolean check_data_addresses(Check *check, const GArray *addresses)
{
    for (guint i = 0; i < addresses->len; i++) {
        if (!check_address(check, "Addresses", &g_array_index(addresses, MpAddress, i), FALSE))
            return FALSE;
    }
    return TRUE;
}

/* One of a family: probes of a family go out with one sender. */
static gboolean check_test_addresses(Check *check)
{
    const GArray *addresses = check->member->test_addresses;
    gboolean has4 = FALSE, has6 = FALSE;

    for (guint i = 0; i < addresses->len; i++) {
        const MpAddress *address = &g_array_index(addresses, MpAddress, i);
        gboolean *has = address->family == MP_IPV4 ? &has4 : &has6;
        char buf[MP_ADDRESS_STRING_MAX];

        if (*has)
            return refuse(check, "TestAddresses", mp_address_format(address, buf),
                          MP_ERROR_INVALID_ARGUMENT,
                          "%s is a second test address of interface %s; at most one IPv4 address "
                          "is allowed",
                          buf, check->member->name);
        *has = TRUE;
        if (!check_address(check, "TestAddresses", address, TRUE))
            return FALSE;
    }
    return TRUE;
}

static gboolean check_hardware(Check *check)
{
    const char *hardware = check->member->hardware_address, *other;
    g_autofree char *canonical = NULL;

    if (hardware == NULL)
        return TRUE;
    canonical = mp_hardware_address_parse(hardware, check->error);
    if (canonical == NULL) {
        set_fault(check, "HardwareAddress", "");
        return FALSE;
    }
    if (!g_str_equal(canonical, hardware))
        return refuse(check, "HardwareAddress", "", MP_ERROR_INVALID_ARGUMENT,
                      "hardware address %s is not in lower case", hardware);
    other = g_hash_table_lookup(check->hardware, hardware);
    if (other != NULL)
        return refuse(check, "HardwareAddress", "", MP_ERROR_DUPLICATE_HARDWARE_ADDRESS,
                      "hardware address %s is already that of interface %s", hardware, other);
    g_hash_table_insert(check->hardware, (gpointer)hardware, check->member->name);
    return TRUE;
}

static gboolean check_name(Check *check)
{
    const char *name = check->member->name;
    const MpGroupConfig *other;

    if (!mp_interface_name_is_valid(name))
        return refuse(check, NULL, "", MP_ERROR_INVALID_ARGUMENT,
                      "\"%s\" is not an interface name; allowed are 1 to %d bytes without white "
                      "space, \"/\" and \":\"",
                      name, MP_INTERFACE_NAME_MAX);
    other = g_hash_table_lookup(check->names, name);
    if (other == check->group)
        return refuse(check, NULL, "", MP_ERROR_EXISTS, "interface %s is in group %s twice", name,
                      other->name);
    if (other != NULL)
        return refuse(check, NULL, "", MP_ERROR_INTERFACE_IN_USE,
                      "interface %s is already in group %s", name, other->name);
    g_hash_table_insert(check->names, (gpointer)name, (gpointer)check->group);
    return TRUE;
}

static gboolean check_member(Check *check)
{
    const MpInterfaceConfig *member = check->member;

    if (!check_name(check))
        return FALSE;
    if (member->standby && member->addresses->len > 0) {
        char buf[MP_ADDRESS_STRING_MAX];

        mp_address_format(&g_array_index(member->addresses, MpAddress, 0), buf);
        return refuse(check, "Addresses", buf, MP_ERROR_STANDBY,
                      "%s cannot be at home on interface %s, which is a standby; allowed is an "
                      "interface that is not, or the group itself",
                      buf, member->name);
    }
    return check_data_addresses(check, member->addresses) && check_test_addresses(check) &&
           check_hardware(check);
}

static gboolean check_members(Check *check)
{
    guint n_addresses = check->group->addresses->len;

    if (!at_most(check, NULL, "interfaces", check->group->interfaces->len, MP_GROUP_INTERFACES_MAX))
        return FALSE;
    for (guint i = 0; i < check->group->interfaces->len; i++) {
        check->member = check->group->interfaces->pdata[i];
        n_addresses += check->member->addresses->len;
        if (!at_most(check, "Addresses", "data addresses", n_addresses, MP_GROUP_ADDRESSES_MAX) ||
            !check_member(check))
            return FALSE;
    }
    check->member = NULL;
    return TRUE;
}

typedef struct {
    gboolean any;    /* the family has a subnet here at all */
    gboolean inside; /* the target lies in one */
    gboolean own;    /* the target is an address of the group */
} Reach;

static void reach_add(Reach *reach, const GArray *addresses, const MpAddress *target)
{
    for (guint i = 0; i < addresses->len; i++) {
        const MpAddress *address = &g_array_index(addresses, MpAddress, i);

        reach->any |= address->family == target->family;
        reach->inside |= mp_address_contains(address, target);
        reach->own |= mp_address_equal_host(address, target);
    }
}

/* A group whose addresses of the family are all adopted has no subnet that is known here; then it
 * is only the host that can tell. */
static gboolean check_reach(Check *check, const MpAddress *target)
{
    char buf[MP_ADDRESS_STRING_MAX];
    Reach reach = {0};

    reach_add(&reach, check->group->addresses, target);
    for (guint i = 0; i < check->group->interfaces->len; i++) {
        const MpInterfaceConfig *member = check->group->interfaces->pdata[i];

        reach_add(&reach, member->addresses, target);
        reach_add(&reach, member->test_addresses, target);
    }
    mp_address_format_host(target, buf);
    if (reach.own)
        return refuse(check, "ProbeTargets", buf, MP_ERROR_INVALID_ARGUMENT,
                      "probe target %s is an address of group %s itself; allowed is a neighbour",
                      buf, check->group->name);
    if (reach.any && !reach.inside && !mp_address_is_link_local(target))
        return refuse(check, "ProbeTargets", buf, MP_ERROR_INVALID_ARGUMENT,
                      "probe target %s is outside every subnet of group %s, where probes (TTL 1) "
                      "cannot go; allowed is a neighbour in the subnet of a data or test address",
                      buf, check->group->name);
    return TRUE;
}

static gboolean check_targets(Check *check)
{
    const GArray *targets = check->group->probe_targets;
    char buf[MP_ADDRESS_STRING_MAX];

    if (!at_most(check, "ProbeTargets", "probe targets", targets->len, MP_GROUP_TARGETS_MAX))
        return FALSE;
    for (guint i = 0; i < targets->len; i++) {
        const MpAddress *target = &g_array_index(targets, MpAddress, i);

        mp_address_format_host(target, buf);
        if (!mp_address_check_target(target, check->error)) {
            set_fault(check, "ProbeTargets", buf);
            return FALSE;
        }
        for (guint j = 0; j < i; j++) {
            if (mp_address_equal_host(target, &g_array_index(targets, MpAddress, j)))
                return refuse(check, "ProbeTargets", buf, MP_ERROR_INVALID_ARGUMENT,
                              "probe target %s is named twice", buf);
        }
        if (!check_reach(check, target))
            return FALSE;
    }
    return TRUE;
}

static gboolean check_group(Check *check, const MpGroupConfig *group)
{
    check->group = group;
    check->member = NULL;
    if (!mp_group_name_is_valid(group->name))
        return refuse(check, NULL, "", MP_ERROR_INVALID_ARGUMENT,
                      "\"%s\" is not a group name; allowed are 1 to %d letters, digits, \"_\", "
                      "\".\" and \"-\", the first a letter or digit",
                      group->name, MP_GROUP_NAME_MAX);
    return check_settings(check) &&
           at_most(check, "Addresses", "data addresses", group->addresses->len,
                   MP_GROUP_ADDRESSES_MAX) &&
           check_data_addresses(check, group->addresses) && check_members(check) &&
           check_targets(check);
}

gboolean mp_group_config_check(const MpGroupConfig *config, MpConfigFault *out_fault,
                               GError **error)
{
    Check check;
    gboolean good;

    check_init(&check, out_fault, error);
    good = check_group(&check, config);
    check_clear(&check);
    return good;
}

gboolean mp_group_config_validate(const MpGroupConfig *config, GError **error)
{
    MpConfigFault fault;

    return mp_group_config_check(config, &fault, error);
}

static guint group_n_addresses(const MpGroupConfig *group)
{
    guint n = group->addresses->len;

    for (guint i = 0; i < group->interfaces->len; i++)
        n += ((const MpInterfaceConfig *)group->interfaces->pdata[i])->addresses->len;
    return n;
}

static gboolean check_totals(Check *check, const MpConfig *config)
{
    guint n_interfaces = 0, n_addresses = 0;

    for (guint i = 0; i < config->groups->len; i++) {
        const MpGroupConfig *group = config->groups->pdata[i];

        n_interfaces += group->interfaces->len;
        n_addresses += group_n_addresses(group);
    }
    if (config->groups->len > MP_GROUPS_MAX)
        return refuse(check, NULL, "", MP_ERROR_LIMIT_REACHED, "%u groups; at most %d are allowed",
                      config->groups->len, MP_GROUPS_MAX);
    if (n_interfaces > MP_INTERFACES_MAX)
        return refuse(check, NULL, "", MP_ERROR_LIMIT_REACHED,
                      "%u interfaces in all groups; at most %d are allowed", n_interfaces,
                      MP_INTERFACES_MAX);
    if (n_addresses > MP_ADDRESSES_MAX)
        return refuse(check, NULL, "", MP_ERROR_LIMIT_REACHED,
                      "%u data addresses in all groups; at most %d are allowed", n_addresses,
                      MP_ADDRESSES_MAX);
    return TRUE;
}

static gboolean check_config(Check *check, const MpConfig *config)
{
    const MpDefaults *defaults = &config->defaults;

    if (!duration_in(check, "FailureDetectionTime", defaults->failure_detection_ms, MP_FDT_MIN_MS,
                     MP_FDT_MAX_MS) ||
        !duration_in(check, "LinkPollInterval", defaults->link_poll_ms, 0, MP_LINK_POLL_MAX_MS))
        return FALSE;
    if (!check_totals(check, config))
        return FALSE;
    for (guint i = 0; i < config->groups->len; i++) {
        if (!check_group(check, config->groups->pdata[i]))
            return FALSE;
    }
    return TRUE;
}

gboolean mp_config_validate(const MpConfig *config, GError **error)
{
    MpConfigFault fault;
    Check check;
    gboolean good;

    check_init(&check, &fault, error);
    good = check_config(&check, config);
    check_clear(&check);
    return good;
}
