/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "advice.h"

#include "unit.h"

#include <string.h>

#define NOW (G_GINT64_CONSTANT(1000) * MP_USEC_PER_SEC)
#define RECENTLY (NOW - MP_USEC_PER_SEC)

/* A group "front" that is well set up: three members, both families, two targets that answer. */
typedef struct {
    MpSnapshot *snapshot;
    MpSnapshotGroup *group;
    MpGroupConfig *config;
    MpSnapshotInterface *members[3];
    MpHearing *hearing; /* made by hear() */
    const char *const *errors;
    GArray *managers; /* made by manage() */
    GPtrArray *advice;
} Bench;

static gboolean produced[MP_N_ADVICE_CODES];

static void add_target(MpSnapshotInterface *member, const char *text, MpTargetSource source)
{
    MpSnapshotTarget target = {.address = unit_address(text),
                               .source = source,
                               .state = MP_TARGET_ACTIVE,
                               .rtt_us = 200,
                               .answered_us = RECENTLY};

    g_array_append_val(member->targets, target);
}

static MpSnapshotTarget *target_of(Bench *b, guint member, guint number)
{
    return &g_array_index(b->members[member]->targets, MpSnapshotTarget, number);
}

static void add_device(Bench *b, const MpSnapshotInterface *member)
{
    MpSnapshotDevice *device = mp_snapshot_device_new(member->name, member->index);
    g_autofree char *text = g_strdup_printf("fe80::%u/64", member->index);

    unit_add(device->addresses, text);
    g_ptr_array_add(b->snapshot->devices, device);
}

static void add_member(Bench *b, guint i)
{
    g_autofree char *name = g_strdup_printf("eth%u", i);
    g_autofree char *test_address = g_strdup_printf("192.0.2.%u/24", 110 + i);
    MpSnapshotInterface *member = mp_snapshot_interface_new(name, "front");

    member->index = i + 2;
    g_free(member->hardware_address);
    member->hardware_address = g_strdup_printf("02:00:00:00:00:1%u", i);
    member->active = TRUE;
    member->target_mode = MP_MODE_CONFIGURED;
    member->probes = (MpProbeCounts){.sent = 100, .acked = 100};
    unit_add(member->test_addresses, test_address);
    add_target(member, "192.0.2.1/32", MP_TARGET_CONFIGURED);
    add_target(member, "192.0.2.2/32", MP_TARGET_CONFIGURED);
    g_ptr_array_add(b->group->interfaces, member);
    b->members[i] = member;
    add_device(b, member);
}

static void add_address(Bench *b, const char *text)
{
    MpAddress address = unit_address(text);

    g_ptr_array_add(b->group->addresses, mp_snapshot_address_new(&address, "eth0", "eth0"));
}

static void bench_set_up(Bench *b)
{
    g_autoptr(MpGroupConfig) config = unit_group("front");

    *b = (Bench){.snapshot = mp_snapshot_new()};
    b->group = mp_snapshot_group_new("front", config);
    b->config = (MpGroupConfig *)b->group->config;
    b->group->detection_ms = b->config->failure_detection_ms;
    g_ptr_array_add(b->snapshot->groups, b->group);
    for (guint i = 0; i < 3; i++)
        add_member(b, i);
    add_address(b, "192.0.2.10/24");
    add_address(b, "2001:db8::10/64");
}

/* Members are taken from the end. */
static void keep_members(Bench *b, guint n)
{
    g_ptr_array_set_size(b->group->interfaces, (gint)n);
}

static MpHearingPort *port_of(Bench *b, guint member)
{
    for (guint i = 0; i < b->hearing->ports->len; i++) {
        MpHearingPort *port = &g_array_index(b->hearing->ports, MpHearingPort, i);

        if (port->index == b->members[member]->index)
            return port;
    }
    return NULL;
}

/* One letter a member: who has the same hears each other; "-" takes no part. */
static void hear(Bench *b, const char *links)
{
    b->hearing = mp_hearing_new(b->snapshot);
    for (guint i = 0; i < strlen(links); i++) {
        if (port_of(b, i) == NULL || links[i] == '-')
            continue;
        port_of(b, i)->called = TRUE;
        for (guint j = 0; j < strlen(links); j++) {
            if (links[j] == links[i] && port_of(b, j) != NULL)
                mp_hearing_note(b->hearing, b->members[i]->index, port_of(b, j)->hwaddr);
        }
    }
}

static void advise(Bench *b)
{
    const MpAdviceInput input = {b->snapshot, b->hearing, b->errors, NOW, b->managers};

    g_clear_pointer(&b->advice, g_ptr_array_unref);
    b->advice = mp_advice_make(&input);
    for (guint i = 0; i < b->advice->len; i++) {
        const MpAdvice *advice = b->advice->pdata[i];

        produced[advice->code] = TRUE;
        g_assert_cmpstr(advice->message, !=, "");
        g_assert_cmpstr(advice->advice, !=, "");
        g_assert_null(strchr(advice->message, '{'));
        g_assert_null(strchr(advice->advice, '{'));
    }
}

static void bench_tear_down(Bench *b)
{
    g_clear_pointer(&b->advice, g_ptr_array_unref);
    g_clear_pointer(&b->hearing, mp_hearing_free);
    g_clear_pointer(&b->managers, g_array_unref);
    mp_snapshot_unref(b->snapshot);
}

/* "severity code interface" of all, a line each. */
static void expect(Bench *b, const char *lines)
{
    g_autoptr(GString) text = g_string_new(NULL);

    advise(b);
    for (guint i = 0; i < b->advice->len; i++) {
        const MpAdvice *advice = b->advice->pdata[i];

        g_string_append_printf(text, "%s %s %s\n", mp_severity_to_string(advice->severity),
                               mp_advice_code_to_string(advice->code), advice->interface);
    }
    g_assert_cmpstr(text->str, ==, lines);
}

static void expect_text(Bench *b, guint i, const char *in_message, const char *in_advice)
{
    const MpAdvice *advice = b->advice->pdata[i];

    if (strstr(advice->message, in_message) == NULL || strstr(advice->advice, in_advice) == NULL)
        g_error("\"%s\" and \"%s\" are not in \"%s\" and \"%s\"", in_message, in_advice,
                advice->message, advice->advice);
}

typedef void (*Body)(Bench *b);

static void run(gconstpointer data)
{
    Bench bench;

    bench_set_up(&bench);
    ((Body)data)(&bench);
    bench_tear_down(&bench);
}

static void healthy(Bench *b)
{
    expect(b, "");
    hear(b, "AAA");
    expect(b, "");
}

static void anonymous(Bench *b)
{
    b->group->anonymous = TRUE;
    b->members[0]->state = MP_INTERFACE_FAILED;
    expect(b, "");
}

static void config_errors(Bench *b)
{
    static const char *const errors[] = {"/etc/ipmp/groups.d/back.conf:3: no such key", NULL};

    b->errors = errors;
    expect(b, "error config-error \n");
    expect_text(b, 0, "back.conf:3", "ipmpctl reload");
    g_assert_cmpstr(((MpAdvice *)b->advice->pdata[0])->group, ==, "");
}

static void members(Bench *b)
{
    for (guint i = 0; i < 3; i++)
        b->members[i]->standby = TRUE;
    expect(b, "info all-standby \n");
    b->members[0]->standby = FALSE;
    keep_members(b, 1);
    expect(b, "warning single-member \n");
    expect_text(b, 0, "eth0", "ipmpctl add front INTERFACE");
    keep_members(b, 0);
    b->group->state = MP_GROUP_FAILED;
    expect(b, "warning no-members \n");
    g_ptr_array_set_size(b->group->addresses, 0);
    expect(b, "info no-members \n");
}

static void addresses(Bench *b)
{
    MpSnapshotAddress *address = b->group->addresses->pdata[0];

    address->state = MP_ADDRESS_DOWN;
    expect(b, "error address-down \n");
    expect_text(b, 0, "192.0.2.10/24", "ipmpctl history");
    address->state = MP_ADDRESS_WITHDRAWN;
    expect(b, "info address-withdrawn \n");
    expect_text(b, 0, "192.0.2.10/24", "ipmpctl add-address front 192.0.2.10/24 --interface=eth0;");
    g_clear_pointer(&address->home, g_free);
    advise(b);
    expect_text(b, 0, "192.0.2.10/24", "ipmpctl add-address front 192.0.2.10/24;");
    g_ptr_array_set_size(b->group->addresses, 0);
    expect(b, "info no-addresses \n");
}

static void set_state(Bench *b, guint i, MpInterfaceState state, MpReason reason)
{
    b->members[i]->state = state;
    b->members[i]->reason = reason;
    b->members[i]->active = FALSE;
}

static void failed_group(Bench *b)
{
    for (guint i = 0; i < 3; i++) {
        set_state(b, i, MP_INTERFACE_FAILED, MP_REASON_LINK_DOWN);
        b->members[i]->link_state = MP_LINK_DOWN;
    }
    for (guint i = 0; i < 2; i++)
        ((MpSnapshotAddress *)b->group->addresses->pdata[i])->state = MP_ADDRESS_DOWN;
    b->group->state = MP_GROUP_FAILED;
    b->group->reason = MP_REASON_LINK_DOWN;
    expect(b, "error group-failed \nwarning failed eth0\nwarning failed eth1\n"
              "warning failed eth2\n");
}

/* What no probe can tell is told once. */
static void group_failure(Bench *b)
{
    for (guint i = 0; i < 3; i++) {
        set_state(b, i, MP_INTERFACE_FAILED, MP_REASON_GROUP_FAILURE);
        b->members[i]->probe_state = MP_PROBE_FAILED;
    }
    b->group->state = MP_GROUP_FAILED;
    b->group->reason = MP_REASON_GROUP_FAILURE;
    expect(b, "error group-failed \n");
    expect_text(b, 0, "no target answers", "router");
}

static void member_states(Bench *b)
{
    static const struct {
        MpInterfaceState state;
        MpReason reason;
        const char *line, *message, *advice;
    } rows[] = {
        {MP_INTERFACE_FAILED, MP_REASON_LINK_DOWN, "failed", "lost its link", "cable"},
        {MP_INTERFACE_FAILED, MP_REASON_ADMIN_DOWN, "failed", "set down", "ip link set eth1 up"},
        {MP_INTERFACE_FAILED, MP_REASON_PROBE_FAILURE, "failed", "not answered",
         "ipmpctl targets eth1"},
        {MP_INTERFACE_FAILED, MP_REASON_FLAPPING, "failed", "comes and goes",
         "ipmpctl online eth1"},
        {MP_INTERFACE_FAILED, MP_REASON_REPAIR_DELAY, "failed", "repair delay", "wait"},
        {MP_INTERFACE_FAILED, MP_REASON_NONE, "failed", "has failed", "ipmpctl status eth1"},
        {MP_INTERFACE_MISSING, MP_REASON_REMOVED, "missing", "removed",
         "ipmpctl remove front eth1"},
        {MP_INTERFACE_MISSING, MP_REASON_MOVED_NETNS, "missing", "namespace", "front eth1"},
        {MP_INTERFACE_MISSING, MP_REASON_RENAMED, "missing", "another name", "front eth1"},
        {MP_INTERFACE_MISSING, MP_REASON_NONE, "missing", "no device eth1", "front eth1"},
        {MP_INTERFACE_OFFLINE, MP_REASON_OFFLINE, "offline", "by request", "ipmpctl online eth1"},
        {MP_INTERFACE_OFFLINE, MP_REASON_ENSLAVED, "enslaved", "bridge", "front eth1"},
        {MP_INTERFACE_OFFLINE, MP_REASON_DUPLICATE_HWADDR, "duplicate-hwaddr", "hardware address",
         "ip link set eth1 address"},
    };

    b->group->state = MP_GROUP_DEGRADED;
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *line = g_strdup_printf("warning %s eth1\n", rows[i].line);

        set_state(b, 1, rows[i].state, rows[i].reason);
        expect(b, line);
        expect_text(b, 0, rows[i].message, rows[i].advice);
    }
}

static void link_unknown(Bench *b)
{
    b->members[2]->link_state = MP_LINK_UNKNOWN;
    expect(b, "info link-unknown eth2\n");
    for (guint i = 0; i < 3; i++)
        b->members[i]->probe_state = MP_PROBE_DISABLED;
    b->config->probe_method = MP_METHOD_NONE;
    expect(b, "warning link-unknown eth2\ninfo no-detection \n");
    expect_text(b, 0, "no failure of it", "test-addresses");
}

static void families(Bench *b)
{
    MpSnapshotDevice *device = b->snapshot->devices->pdata[1];

    g_array_set_size(device->addresses, 0);
    unit_add(device->addresses, "2001:db8::11/64"); /* without a link-local one it is of no use */
    expect(b, "warning no-ipv6 eth1\n");
    expect_text(b, 0, "IPv6 addresses cannot move to it", "-w net/ipv6/conf/eth1/disable_ipv6=0");
    g_ptr_array_set_size(b->group->addresses, 1);
    expect(b, "info no-ipv6 eth1\n");
    b->members[1]->link_state = MP_LINK_DOWN;
    set_state(b, 1, MP_INTERFACE_FAILED, MP_REASON_LINK_DOWN);
    expect(b, "warning failed eth1\n");
    /* nobody has it: that is meant so */
    for (guint i = 0; i < 3; i++)
        g_array_set_size(((MpSnapshotDevice *)b->snapshot->devices->pdata[i])->addresses, 0);
    expect(b, "warning failed eth1\n");
}

static void outbound(Bench *b)
{
    g_array_set_size(b->members[1]->test_addresses, 0);
    expect(b, "info no-outbound eth1\n");
    expect_text(b, 0, "eth1", "--interface=eth1");
    unit_add(b->members[1]->addresses, "192.0.2.11/24");
    expect(b, "");
    g_array_set_size(b->members[1]->addresses, 0);
    b->members[1]->active = FALSE;
    expect(b, "");
    b->members[1]->active = TRUE;
    g_ptr_array_remove_index(b->group->addresses, 0); /* leaves IPv6 */
    expect(b, "");
}

/* Without an address in common that answers: what they heard decides. */
static void separate_targets(Bench *b)
{
    for (guint i = 0; i < 3; i++) {
        g_autofree char *own = g_strdup_printf("198.51.100.%u/32", i);

        g_array_set_size(b->members[i]->targets, 0);
        add_target(b->members[i], own, MP_TARGET_CONFIGURED);
    }
}

static void not_on_link(Bench *b)
{
    separate_targets(b);
    hear(b, "AAB");
    expect(b, "error not-on-link eth2\n");
    expect_text(b, 0, "eth2 is not on the link of eth0 and eth1", "ipmpctl remove front eth2");
    /* it takes no part: down, or its device does not send */
    g_clear_pointer(&b->hearing, mp_hearing_free);
    hear(b, "AA-");
    expect(b, "");
    g_clear_pointer(&b->hearing, mp_hearing_free);
    hear(b, "ABC");
    expect(b, "error not-on-link \n");
    expect_text(b, 0, "eth0, eth1 and eth2 do not hear each other: they are on different",
                "isolation");
}

static void two_apart(Bench *b)
{
    separate_targets(b);
    keep_members(b, 2);
    hear(b, "AB");
    expect(b, "error not-on-link \n");
    expect_text(b, 0, "eth0 and eth1 do not hear each other: one of both", "VLAN");
}

/* A switch may keep ports apart: who reaches the same neighbours is on the link all the same. */
static void same_answers(Bench *b)
{
    hear(b, "ABC");
    expect(b, "");
    for (guint i = 0; i < 2; i++)
        target_of(b, 2, i)->answered_us = NOW - 20 * MP_USEC_PER_SEC;
    expect(b, "");
    for (guint i = 0; i < 2; i++)
        target_of(b, 2, i)->answered_us--; /* two detection times are over */
    expect(b, "error not-on-link eth2\n");
    for (guint i = 0; i < 2; i++)
        target_of(b, 2, i)->answered_us = RECENTLY;
    b->members[2]->probe_state = MP_PROBE_UNKNOWN;
    expect(b, "error not-on-link eth2\n");
}

static void same_link_local_answers(Bench *b)
{
    for (guint i = 0; i < 3; i++) {
        g_array_set_size(b->members[i]->targets, 0);
        add_target(b->members[i], "fe80::1/128", MP_TARGET_ROUTER);
    }
    hear(b, "AAB");
    expect(b, "error not-on-link eth2\n");
}

/* Muted behind a link that stays up: that is a failure, wherever it is. */
static void failed_is_not_elsewhere(Bench *b)
{
    hear(b, "AAB");
    b->members[2]->probe_state = MP_PROBE_FAILED;
    set_state(b, 2, MP_INTERFACE_FAILED, MP_REASON_PROBE_FAILURE);
    b->group->state = MP_GROUP_DEGRADED;
    expect(b, "warning failed eth2\n");
}

static void one_way(Bench *b)
{
    separate_targets(b);
    for (guint i = 0; i < 3; i++)
        b->members[i]->probe_state = MP_PROBE_UNKNOWN;
    hear(b, "AAB");
    mp_hearing_note(b->hearing, b->members[2]->index, port_of(b, 0)->hwaddr);
    expect(b, "warning one-way eth2\n");
    expect_text(b, 0, "eth2 hears other members, but none", "port");
    port_of(b, 2)->heard = 0;
    mp_hearing_note(b->hearing, b->members[0]->index, port_of(b, 2)->hwaddr);
    expect(b, "warning one-way eth2\n");
    expect_text(b, 0, "eth2 is heard by other members, but", "port");
    b->members[2]->probe_state = MP_PROBE_OK; /* it is answered */
    expect(b, "");
}

static void one_way_of_two(Bench *b)
{
    separate_targets(b);
    keep_members(b, 2);
    for (guint i = 0; i < 2; i++)
        b->members[i]->probe_state = MP_PROBE_UNKNOWN;
    hear(b, "AB");
    mp_hearing_note(b->hearing, b->members[0]->index, port_of(b, 1)->hwaddr);
    expect(b, "warning one-way eth0\n");
    expect_text(b, 0, "eth0 hears other members", "either");
}

/* Who is asked to call and listen at all. */
static void hearing(Bench *b)
{
    guint8 stranger[6] = {2, 0, 0, 0, 0, 0x99};

    hear(b, "---");
    g_assert_cmpuint(b->hearing->ports->len, ==, 3);
    g_assert_null(mp_hearing_find(b->hearing, b->members[0]->index));
    mp_hearing_note(b->hearing, b->members[0]->index, stranger);
    mp_hearing_note(b->hearing, 77, stranger);
    g_assert_cmpuint(port_of(b, 0)->heard, ==, 0);
    /* its own call, come back */
    mp_hearing_note(b->hearing, b->members[0]->index, port_of(b, 0)->hwaddr);
    g_assert_cmpuint(port_of(b, 0)->heard, ==, 0);
    g_clear_pointer(&b->hearing, mp_hearing_free);

    hear(b, "AAB");
    g_assert_true(mp_hearing_heard(b->hearing, 2, 3));
    g_assert_false(mp_hearing_heard(b->hearing, 2, 4));
    g_assert_false(mp_hearing_heard(b->hearing, 2, 77));
    g_assert_false(mp_hearing_is_complete(b->hearing, port_of(b, 0)));
    mp_hearing_note(b->hearing, 2, port_of(b, 2)->hwaddr);
    mp_hearing_note(b->hearing, 4, port_of(b, 0)->hwaddr);
    g_assert_true(mp_hearing_is_complete(b->hearing, port_of(b, 0)));
    g_assert_false(mp_hearing_is_complete(b->hearing, port_of(b, 1)));
    g_clear_pointer(&b->hearing, mp_hearing_free);

    b->members[0]->link_state = MP_LINK_DOWN;
    hear(b, "AAA");
    g_assert_cmpuint(b->hearing->ports->len, ==, 2);
    g_clear_pointer(&b->hearing, mp_hearing_free);
    b->members[1]->state = MP_INTERFACE_OFFLINE; /* then the third has nobody to talk to */
    hear(b, "AAA");
    g_assert_cmpuint(b->hearing->ports->len, ==, 0);
}

static void hearing_hardware_addresses(Bench *b)
{
    static const char *const bad[] = {"", "02:00:00:00:00", "02:00:00:00:00:0g",
                                      "00:11:22:33:44:55:66:77"};

    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_free(b->members[0]->hardware_address);
        b->members[0]->hardware_address = g_strdup(bad[i]);
        hear(b, "AAA");
        g_assert_null(port_of(b, 0));
        g_clear_pointer(&b->hearing, mp_hearing_free);
    }
    b->members[1]->duplicate = TRUE;
    hear(b, "AAA");
    g_assert_cmpuint(b->hearing->ports->len, ==, 0);
}

static void no_detection(Bench *b)
{
    static const struct {
        MpProbeMethod method;
        const char *line, *advice;
    } rows[] = {
        {MP_METHOD_AUTO, "warning no-detection \n", "by ARP: ipmpctl set front targets="},
        {MP_METHOD_ICMP, "warning no-detection \n", "ipmpctl test-addresses INTERFACE"},
        {MP_METHOD_ARP, "warning no-detection \n", "ipmpctl set front targets="},
        {MP_METHOD_NONE, "info no-detection \n", "ipmpctl set front probe=auto"},
    };

    for (guint i = 0; i < 3; i++)
        b->members[i]->probe_state = MP_PROBE_DISABLED;
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        b->config->probe_method = rows[i].method;
        expect(b, rows[i].line);
        expect_text(b, 0, "front is not probed", rows[i].advice);
    }
    keep_members(b, 1);
    expect(b, "warning single-member \n");
}

/* A device of no group that hears the members, and answers for the whole host. */
static void arp_flux(Bench *b)
{
    MpSnapshotDevice *device = mp_snapshot_device_new("eth9.5", 9);
    const guint8 stranger[6] = {2, 0, 0, 0, 0, 0x77};
    MpBystander *bystander;

    device->suitable = TRUE;
    g_ptr_array_add(b->snapshot->devices, device);
    hear(b, "AAA");
    bystander = b->hearing->bystanders->pdata[0];
    for (guint i = 1; i < b->hearing->bystanders->len; i++) {
        MpBystander *other = b->hearing->bystanders->pdata[i];

        bystander = other->index == 9 ? other : bystander;
    }
    bystander->answers = TRUE;
    mp_hearing_note(b->hearing, 9, stranger);
    mp_hearing_note(b->hearing, 10, port_of(b, 1)->hwaddr);
    expect(b, "");
    mp_hearing_note(b->hearing, 9, port_of(b, 1)->hwaddr);
    mp_hearing_note(b->hearing, 9, port_of(b, 2)->hwaddr);
    expect(b, "warning arp-flux \n");
    expect_text(b, 0, "eth9.5, which is in no group, is on the link of eth1",
                "net/ipv4/conf/eth9.5/arp_ignore=1");
    bystander->answers = FALSE;
    expect(b, "");
}

static void not_probed(Bench *b)
{
    b->members[1]->probe_state = MP_PROBE_DISABLED;
    expect(b, "warning not-probed eth1\n");
    expect_text(b, 0, "192.0.2.111/24", "ipmpctl history");
    g_array_set_size(b->members[1]->test_addresses, 0);
    b->members[1]->active = FALSE;
    expect(b, "warning not-probed eth1\n");
    expect_text(b, 0, "other members of front are", "ipmpctl test-addresses eth1");
    set_state(b, 1, MP_INTERFACE_OFFLINE, MP_REASON_OFFLINE); /* nobody asks it then */
    expect(b, "warning offline eth1\n");
}

/* Told as what it is, whether IPv6 still is probed or not. */
static void conflict(Bench *b)
{
    b->members[1]->conflict = TRUE;
    expect(b, "error test-address-conflict eth1\n");
    expect_text(b, 0, "192.0.2.111/24 of eth1", "ipmpctl test-addresses eth1");
    b->members[1]->probe_state = MP_PROBE_DISABLED;
    expect(b, "error test-address-conflict eth1\n");
    for (guint i = 0; i < 3; i++) {
        b->members[i]->conflict = TRUE;
        b->members[i]->probe_state = MP_PROBE_DISABLED;
    }
    expect(b, "error test-address-conflict eth0\nerror test-address-conflict eth1\n"
              "error test-address-conflict eth2\nwarning no-detection \n");
}

static void manage(Bench *b, guint member, MpManagerKind kind, gboolean keeps)
{
    const MpManager manager = {b->members[member]->index, kind, keeps};

    if (b->managers == NULL)
        b->managers = g_array_new(FALSE, TRUE, sizeof(MpManager));
    g_array_append_val(b->managers, manager);
}

static void managed(Bench *b)
{
    manage(b, 0, MP_MANAGER_NETWORK_MANAGER, TRUE);
    manage(b, 1, MP_MANAGER_NETWORKD, TRUE);
    expect(b, "");
    manage(b, 1, MP_MANAGER_NETWORK_MANAGER, FALSE);
    manage(b, 2, MP_MANAGER_NETWORKD, FALSE);
    expect(b, "warning network-manager eth1\nwarning networkd eth2\n");
    expect_text(b, 0, "NetworkManager manages eth1", "ignore the carrier of eth1");
    expect_text(b, 1, "systemd-networkd configures eth2", "IgnoreCarrierLoss=yes");
}

static void no_targets(Bench *b)
{
    for (guint i = 0; i < 3; i++) {
        b->members[i]->probe_state = MP_PROBE_UNKNOWN;
        b->members[i]->probes = (MpProbeCounts){.sent = 1};
        target_of(b, i, 0)->answered_us = target_of(b, i, 1)->answered_us = 0;
    }
    expect(b, ""); /* it has just begun */
    b->members[0]->probes = (MpProbeCounts){.sent = 9, .lost = 8};
    expect(b, "warning no-targets \n");
    expect_text(b, 0, "192.0.2.1 and 192.0.2.2", "ipmpctl set front targets=");
    for (guint i = 0; i < 3; i++)
        g_array_set_size(b->members[i]->targets, 0);
    expect(b, "warning no-targets \n");
    expect_text(b, 0, "nobody to probe", "ipmpctl set front targets=");
    for (guint i = 0; i < 3; i++)
        b->members[i]->state_since_us = RECENTLY; /* it still looks around */
    expect(b, "");
}

static void silence(Bench *b, MpTargetState state, gint64 answered_us)
{
    for (guint i = 0; i < 3; i++) {
        target_of(b, i, 1)->state = state;
        target_of(b, i, 1)->answered_us = answered_us;
    }
}

static void target_silent(Bench *b)
{
    silence(b, MP_TARGET_DEAD, 0);
    expect(b, "warning target-silent \n");
    expect_text(b, 0, "192.0.2.2", "ipmpctl set front targets=");
    silence(b, MP_TARGET_DEAD, RECENTLY);
    expect(b, "warning target-silent \n");
    silence(b, MP_TARGET_ACTIVE, 0);
    expect(b, "warning target-silent \n");
    silence(b, MP_TARGET_UNUSED, 0);
    expect(b, "");
    silence(b, MP_TARGET_DEAD, 0);
    target_of(b, 1, 1)->state = MP_TARGET_ACTIVE;
    target_of(b, 1, 1)->answered_us = RECENTLY;
    expect(b, ""); /* it answers one: the others' business */
    silence(b, MP_TARGET_ACTIVE, 0);
    for (guint i = 0; i < 3; i++)
        b->members[i]->probes = (MpProbeCounts){.sent = 3, .acked = 2};
    expect(b, ""); /* it may not have been asked yet */
}

static void silent_others(Bench *b)
{
    silence(b, MP_TARGET_DEAD, 0);
    for (guint i = 0; i < 3; i++)
        target_of(b, i, 1)->source = MP_TARGET_ROUTER;
    expect(b, "info target-silent \n");
    expect_text(b, 0, "router 192.0.2.2", "ping");
    for (guint i = 0; i < 3; i++)
        target_of(b, i, 1)->source = MP_TARGET_NEIGHBOUR;
    expect(b, "");
}

static void detection_raised(Bench *b)
{
    b->group->detection_ms = 2 * b->config->failure_detection_ms;
    expect(b, "warning detection-raised \n");
    expect_text(b, 0, "within 20s, not 10s", "ipmpctl set front fdt=20s");
}

/* Errors before warnings before what is only worth knowing; within, as it came. */
static void order(Bench *b)
{
    static const char *const errors[] = {"a.conf", "b.conf", NULL};

    b->errors = errors;
    b->members[0]->link_state = MP_LINK_UNKNOWN;
    set_state(b, 1, MP_INTERFACE_OFFLINE, MP_REASON_OFFLINE);
    b->group->detection_ms = 20000;
    expect(b, "error config-error \nerror config-error \nwarning offline eth1\n"
              "warning detection-raised \ninfo link-unknown eth0\n");
    expect_text(b, 0, "a.conf", "");
    expect_text(b, 1, "b.conf", "");
}

static void set_settings(Bench *b, guint member, gint ignore, gint filter, gint announce, gint rp)
{
    gint *of = member < 3 ? port_of(b, member)->settings : b->hearing->settings;

    of[MP_SYSCTL_ARP_IGNORE] = ignore;
    of[MP_SYSCTL_ARP_FILTER] = filter;
    of[MP_SYSCTL_ARP_ANNOUNCE] = announce;
    of[MP_SYSCTL_RP_FILTER] = rp;
}

/* What is in force is the larger of all's and its own. */
static void settings(Bench *b)
{
    hear(b, "AAA");
    for (guint i = 0; i < 3; i++)
        set_settings(b, i, 1, 0, 2, 2);
    set_settings(b, 3, 0, 0, 0, 1);
    expect(b, "");
    set_settings(b, 3, 0, 0, 0, 0);
    set_settings(b, 0, 1, 0, 2, 0);
    set_settings(b, 1, 0, 1, 1, 1);
    expect(b, "error setting eth1\nerror setting eth1\nerror setting eth1\nwarning setting eth1\n");
    expect_text(b, 0, "arp_ignore of eth1 is 0", "net/ipv4/conf/eth1/arp_ignore=1");
    expect_text(b, 1, "arp_filter of eth1 is 1", "net/ipv4/conf/eth1/arp_filter=0");
    expect_text(b, 2, "arp_announce of eth1 is 1", "net/ipv4/conf/eth1/arp_announce=2");
    expect_text(b, 3, "rp_filter of eth1 is 1", "net/ipv4/conf/eth1/rp_filter=2");
    set_settings(b, 1, 1, 0, 2, 2);
    set_settings(b, 3, 2, 0, 2, 0);
    expect(b, "warning setting \n");
    expect_text(b, 0, "arp_ignore of all interfaces is 2", "net/ipv4/conf/all/arp_ignore=1");
    set_settings(b, 3, 8, 1, 2, 1);
    expect(b, "error setting \nerror setting \nwarning setting eth0\n");
    expect_text(b, 0, "arp_ignore of all interfaces is 8", "net/ipv4/conf/all/arp_ignore=1");
    expect_text(b, 1, "arp_filter of all interfaces is 1", "net/ipv4/conf/all/arp_filter=0");
    expect_text(b, 2, "rp_filter of eth0 is 1", "net/ipv4/conf/eth0/rp_filter=2");
}

static void words(Bench *b)
{
    static const char list[] =
        "config-error group-failed no-members single-member all-standby no-addresses address-down "
        "address-withdrawn failed missing offline enslaved duplicate-hwaddr link-unknown no-ipv6 "
        "no-outbound not-on-link one-way arp-flux setting no-detection not-probed "
        "test-address-conflict "
        "no-targets "
        "target-silent "
        "detection-raised network-manager networkd";
    g_auto(GStrv) expected = g_strsplit(list, " ", -1);

    g_assert_cmpuint(g_strv_length(expected), ==, MP_N_ADVICE_CODES);
    for (guint i = 0; i < MP_N_ADVICE_CODES; i++)
        g_assert_cmpstr(mp_advice_code_to_string((MpAdviceCode)i), ==, expected[i]);
    g_assert_cmpstr(mp_severity_to_string(MP_SEVERITY_INFO), ==, "info");
    g_assert_cmpstr(mp_severity_to_string(MP_SEVERITY_WARNING), ==, "warning");
    g_assert_cmpstr(mp_severity_to_string(MP_SEVERITY_ERROR), ==, "error");
}

static const struct {
    const char *name;
    Body body;
} cases[] = {
    {"healthy", healthy},
    {"anonymous", anonymous},
    {"config-errors", config_errors},
    {"members", members},
    {"addresses", addresses},
    {"failed-group", failed_group},
    {"group-failure", group_failure},
    {"member-states", member_states},
    {"link-unknown", link_unknown},
    {"families", families},
    {"outbound", outbound},
    {"not-on-link", not_on_link},
    {"two-apart", two_apart},
    {"same-answers", same_answers},
    {"same-link-local-answers", same_link_local_answers},
    {"failed-is-not-elsewhere", failed_is_not_elsewhere},
    {"one-way", one_way},
    {"one-way-of-two", one_way_of_two},
    {"hearing", hearing},
    {"hearing-hardware-addresses", hearing_hardware_addresses},
    {"no-detection", no_detection},
    {"arp-flux", arp_flux},
    {"settings", settings},
    {"not-probed", not_probed},
    {"conflict", conflict},
    {"managed", managed},
    {"no-targets", no_targets},
    {"target-silent", target_silent},
    {"silent-others", silent_others},
    {"detection-raised", detection_raised},
    {"order", order},
    {"words", words},
};

/* Runs all of them itself, so that it says the same whichever tests were asked for. */
static void test_each_code_is_produced(void)
{
    memset(produced, 0, sizeof produced);
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++)
        run((gconstpointer)cases[i].body);
    for (guint i = 0; i < MP_N_ADVICE_CODES; i++) {
        if (!produced[i])
            g_error("no case has %s", mp_advice_code_to_string((MpAdviceCode)i));
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path = g_strconcat("/advice/", cases[i].name, NULL);

        g_test_add_data_func(path, (gconstpointer)cases[i].body, run);
    }
    g_test_add_func("/advice/each-code-is-produced", test_each_code_is_produced);
    return g_test_run();
}
