/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "harness-network.h"

#define RTT_US (1 * MP_USEC_PER_MSEC)
#define KEPT 4000 /* of the probes that went out */

typedef struct {
    MpAddress address;
    guint8 hwaddr[6];
    gboolean dead, multicast, no_icmp;
    gint64 rtt_us;
} Host;

typedef struct {
    gint64 at_us;
    MpProbeAnswer answer;
} Answer;

typedef struct {
    char *link;
    NetworkPath path;
    gboolean full;
} Port;

struct Network {
    GArray *hosts;    /* Host */
    GPtrArray *ports; /* Port* */
    GArray *answers;  /* Answer, on their way */
    GArray *probes;   /* NetworkProbe */
};

static void port_free(gpointer data)
{
    Port *port = data;

    g_free(port->link);
    g_free(port);
}

struct Network *network_new(void)
{
    struct Network *network = g_new0(struct Network, 1);

    network->hosts = g_array_new(FALSE, TRUE, sizeof(Host));
    network->ports = g_ptr_array_new_with_free_func(port_free);
    network->answers = g_array_new(FALSE, TRUE, sizeof(Answer));
    network->probes = g_array_new(FALSE, TRUE, sizeof(NetworkProbe));
    return network;
}

void network_free(struct Network *network)
{
    g_array_unref(network->hosts);
    g_ptr_array_unref(network->ports);
    g_array_unref(network->answers);
    g_array_unref(network->probes);
    g_free(network);
}

/* Hosts and paths */

void network_hosts(Scenario *s, const char *addresses)
{
    g_auto(GStrv) words = g_strsplit(addresses, " ", -1);

    for (guint i = 0; words[i]; i++) {
        guint8 number = (guint8)s->network->hosts->len;
        Host host = {.address = scenario_parse(words[i]),
                     .hwaddr = {0x02, 0, 0, 0, 0xee, number},
                     .rtt_us = RTT_US};

        g_array_append_val(s->network->hosts, host);
    }
}

static Host *find_host(Scenario *s, const char *text)
{
    MpAddress address = scenario_parse(text);

    for (guint i = 0; i < s->network->hosts->len; i++) {
        Host *host = &g_array_index(s->network->hosts, Host, i);

        if (mp_address_equal_host(&host->address, &address))
            return host;
    }
    g_error("no host %s", text);
}

void network_alive(Scenario *s, const char *address, gboolean alive)
{
    find_host(s, address)->dead = !alive;
}

void network_multicast(Scenario *s, const char *address)
{
    find_host(s, address)->multicast = TRUE;
}

void network_no_icmp(Scenario *s, const char *address)
{
    find_host(s, address)->no_icmp = TRUE;
}

void network_hwaddr(Scenario *s, const char *address, guint8 last)
{
    find_host(s, address)->hwaddr[5] = last;
}

void network_rtt(Scenario *s, const char *address, gint64 ms)
{
    find_host(s, address)->rtt_us = ms * MP_USEC_PER_MSEC;
}

static Port *find_port(Scenario *s, const char *link)
{
    Port *port;

    for (guint i = 0; i < s->network->ports->len; i++) {
        port = s->network->ports->pdata[i];
        if (g_str_equal(port->link, link))
            return port;
    }
    port = g_new0(Port, 1);
    port->link = g_strdup(link);
    g_ptr_array_add(s->network->ports, port);
    return port;
}

void network_path(Scenario *s, const char *link, NetworkPath path)
{
    find_port(s, link)->path = path;
}

void network_no_room(Scenario *s, const char *link, gboolean full)
{
    find_port(s, link)->full = full;
}

void network_neighbour(Scenario *s, const char *link, const char *address, gboolean router)
{
    MpNeighbour neighbour = {scenario_parse(address), router};

    fake_neighbour_add(s->kernel, scenario_index(s, link), &neighbour);
}

/* Probes */

static gboolean is_to_all(const MpAddress *target)
{
    return target->family == MP_IPV4 ? target->bytes[0] == 224 : target->bytes[0] == 0xff;
}

static gboolean is_asked(const Host *host, const MpProbe *probe)
{
    if (host->dead || host->address.family != probe->target.family ||
        (host->no_icmp && probe->via == MP_VIA_ICMP))
        return FALSE;
    if (probe->via == MP_VIA_ARP && probe->unicast &&
        memcmp(probe->target_hwaddr, host->hwaddr, sizeof host->hwaddr))
        return FALSE;
    return is_to_all(&probe->target) ? host->multicast
                                     : mp_address_equal_host(&host->address, &probe->target);
}

static void answer(Scenario *s, const Host *host, const MpProbe *probe)
{
    Answer answer = {.at_us = fake_kernel_now(s->kernel) + host->rtt_us,
                     .answer = {.index = probe->index, .via = probe->via, .from = host->address}};

    answer.answer.received_us = answer.at_us;
    if (probe->via == MP_VIA_ARP) {
        memcpy(answer.answer.hwaddr, host->hwaddr, sizeof host->hwaddr);
    } else {
        answer.answer.sequence = probe->sequence;
        answer.answer.cookie = probe->cookie;
    }
    g_array_append_val(s->network->answers, answer);
}

/* Announced at this moment by another device, which is getting it. */
static gboolean goes_elsewhere(Scenario *s, const MpProbe *probe)
{
    for (guint i = s->announcements->len; i-- > 0;) {
        const Announced *told = &g_array_index(s->announcements, Announced, i);

        if (told->now_us < fake_kernel_now(s->kernel))
            return FALSE;
        if (mp_address_equal_host(&told->address, &probe->source))
            return told->index != probe->index;
    }
    return FALSE;
}

static gboolean is_elsewhere(Scenario *s, const MpProbe *probe)
{
    g_autoptr(MpSnapshot) snapshot = mp_engine_snapshot(s->engine);

    for (guint g = 0; g < snapshot->groups->len; g++) {
        const MpSnapshotGroup *group = snapshot->groups->pdata[g];

        for (guint i = 0; i < group->addresses->len; i++) {
            const MpSnapshotAddress *data = group->addresses->pdata[i];

            if (data->interface && mp_address_equal_host(&data->address, &probe->source))
                return mp_snapshot_find_interface(snapshot, data->interface)->index != probe->index;
        }
    }
    return FALSE;
}

/* I10: whoever asks by an address that is another member's poisons the neighbours. */
static void check_sender(Scenario *s, const MpProbe *probe)
{
    g_autofree char *text = NULL;

    if (!probe->source.family || (!goes_elsewhere(s, probe) && !is_elsewhere(s, probe)))
        return;
    text = mp_address_to_string(&probe->source);
    scenario_fail(s, "I10", "%u asks by %s, which is another's", probe->index, text);
}

/* As the kernel refuses to send from what is not there. */
static gboolean has_sender(FakeKernel *kernel, const MpProbe *probe)
{
    const MpIfaddr *sender = fake_address_find(kernel, probe->index, &probe->source);

    return probe->via == MP_VIA_ARP || (sender && !(sender->flags & MP_IFA_TENTATIVE));
}

static gboolean ask_hosts(Scenario *s, const Port *port, const MpProbe *probe)
{
    for (guint i = 0; port->path == PATH_OK && i < s->network->hosts->len; i++) {
        const Host *host = &g_array_index(s->network->hosts, Host, i);

        if (is_asked(host, probe))
            answer(s, host, probe);
    }
    return TRUE;
}

gboolean network_on_probe(FakeKernel *kernel, const MpProbe *probe, gpointer scenario)
{
    Scenario *s = scenario;
    const MpLink *link = fake_link_peek(kernel, probe->index);
    const Port *port = link ? find_port(s, link->name) : NULL;
    NetworkProbe sent = {fake_kernel_now(kernel), *probe};

    if (!port || port->full)
        return FALSE;
    check_sender(s, probe);
    /* Whether somebody else has its own address is another question. */
    if (fake_address_find(kernel, probe->index, &probe->target))
        return ask_hosts(s, port, probe);
    if (s->network->probes->len >= KEPT)
        g_array_remove_range(s->network->probes, 0, KEPT / 2);
    g_array_append_val(s->network->probes, sent);
    if (!has_sender(kernel, probe))
        return TRUE;
    return ask_hosts(s, port, probe);
}

gint64 network_deadline(Scenario *s)
{
    gint64 deadline = G_MAXINT64;

    for (guint i = 0; i < s->network->answers->len; i++)
        deadline = MIN(deadline, g_array_index(s->network->answers, Answer, i).at_us);
    return deadline;
}

static gboolean still_passes(Scenario *s, guint index)
{
    const MpLink *link = fake_link_peek(s->kernel, index);

    return link && (link->flags & MP_IFF_RUNNING) && find_port(s, link->name)->path == PATH_OK;
}

void network_deliver(Scenario *s)
{
    for (guint i = 0; i < s->network->answers->len;) {
        const Answer *answer = &g_array_index(s->network->answers, Answer, i);

        if (answer->at_us > fake_kernel_now(s->kernel)) {
            i++;
            continue;
        }
        if (still_passes(s, answer->answer.index))
            fake_kernel_answer(s->kernel, &answer->answer);
        g_array_remove_index(s->network->answers, i);
    }
}

/* Words of a group: "method=auto fdt=1000 failures=5 repairs=10 only=yes". */
gboolean network_option(MpGroupConfig *group, const char *text)
{
    if (g_str_has_prefix(text, "method="))
        return mp_probe_method_from_string(text + 7, &group->probe_method);
    if (g_str_has_prefix(text, "fdt=")) {
        group->failure_detection_ms = (guint)g_ascii_strtoull(text + 4, NULL, 10);
        group->failure_detection_inherited = FALSE;
    } else if (g_str_has_prefix(text, "failures=")) {
        group->probe_failures = (guint)g_ascii_strtoull(text + 9, NULL, 10);
    } else if (g_str_has_prefix(text, "repairs=")) {
        group->probe_repairs = (guint)g_ascii_strtoull(text + 8, NULL, 10);
    } else if (g_str_has_prefix(text, "only=")) {
        group->probe_targets_only = g_str_equal(text + 5, "yes");
    } else {
        return FALSE;
    }
    return TRUE;
}

/* Looking */

void network_forget(Scenario *s)
{
    g_array_set_size(s->network->probes, 0);
}

guint network_count(Scenario *s, const char *link)
{
    return network_count_to(s, link, NULL);
}

guint network_count_to(Scenario *s, const char *link, const char *target)
{
    guint index = scenario_index(s, link), n = 0;
    MpAddress host = {0};

    if (target)
        host = scenario_parse(target);
    for (guint i = 0; i < s->network->probes->len; i++) {
        const MpProbe *probe = &g_array_index(s->network->probes, NetworkProbe, i).probe;

        n += probe->index == index && (!target || mp_address_equal_host(&probe->target, &host));
    }
    return n;
}

const MpProbe *network_latest(Scenario *s, const char *link, guint8 family)
{
    guint index = scenario_index(s, link);

    for (guint i = s->network->probes->len; i-- > 0;) {
        const MpProbe *probe = &g_array_index(s->network->probes, NetworkProbe, i).probe;

        if (probe->index == index && probe->target.family == family)
            return probe;
    }
    return NULL;
}

static const MpSnapshotInterface *find_interface(const MpSnapshot *snapshot, const char *name)
{
    const MpSnapshotInterface *interface = mp_snapshot_find_interface(snapshot, name);

    if (!interface)
        g_error("no interface %s in the snapshot", name);
    return interface;
}

static gboolean is_in_state(Scenario *s, const char *name, MpInterfaceState state)
{
    g_autoptr(MpSnapshot) snapshot = mp_engine_snapshot(s->engine);

    return find_interface(snapshot, name)->state == state;
}

gint64 until_state(Scenario *s, const char *name, MpInterfaceState state, gint64 limit_ms)
{
    gint64 since_us = fake_kernel_now(s->kernel);

    scenario_now(s);
    while (!is_in_state(s, name, state)) {
        if (!scenario_jump(s, since_us + limit_ms * MP_USEC_PER_MSEC))
            g_error("%s is not %s after %" G_GINT64_FORMAT " ms", name,
                    mp_interface_state_to_string(state), limit_ms);
    }
    return (fake_kernel_now(s->kernel) - since_us) / MP_USEC_PER_MSEC;
}

static gboolean is_group_in_state(Scenario *s, const char *name, MpGroupState state)
{
    g_autoptr(MpSnapshot) snapshot = mp_engine_snapshot(s->engine);
    const MpSnapshotGroup *group = mp_snapshot_find_group(snapshot, name);

    return group && group->state == state;
}

gint64 until_group(Scenario *s, const char *name, MpGroupState state, gint64 limit_ms)
{
    gint64 since_us = fake_kernel_now(s->kernel);

    scenario_now(s);
    while (!is_group_in_state(s, name, state)) {
        if (!scenario_jump(s, since_us + limit_ms * MP_USEC_PER_MSEC))
            g_error("%s is not %s after %" G_GINT64_FORMAT " ms", name,
                    mp_group_state_to_string(state), limit_ms);
    }
    return (fake_kernel_now(s->kernel) - since_us) / MP_USEC_PER_MSEC;
}

void expect_probes(Scenario *s, const char *name, MpProbeState state)
{
    g_autoptr(MpSnapshot) snapshot = mp_engine_snapshot(s->engine);
    MpProbeState seen = find_interface(snapshot, name)->probe_state;

    if (seen != state)
        g_error("probes of %s are %s, expected %s", name, mp_probe_state_to_string(seen),
                mp_probe_state_to_string(state));
}

void expect_mode(Scenario *s, const char *name, MpTargetMode mode)
{
    g_autoptr(MpSnapshot) snapshot = mp_engine_snapshot(s->engine);
    MpTargetMode seen = find_interface(snapshot, name)->target_mode;

    if (seen != mode)
        g_error("mode of %s is %s, expected %s", name, mp_target_mode_to_string(seen),
                mp_target_mode_to_string(mode));
}

void expect_targets(Scenario *s, const char *name, const char *targets)
{
    g_autoptr(MpSnapshot) snapshot = mp_engine_snapshot(s->engine);
    const GArray *list = find_interface(snapshot, name)->targets;
    g_autoptr(GString) seen = g_string_new(NULL);

    for (guint i = 0; i < list->len; i++) {
        const MpSnapshotTarget *target = &g_array_index(list, MpSnapshotTarget, i);
        char text[MP_ADDRESS_STRING_MAX];

        if (target->state == MP_TARGET_ACTIVE)
            g_string_append_printf(seen, "%s%s", seen->len ? " " : "",
                                   mp_address_format_host(&target->address, text));
    }
    if (!g_str_equal(seen->str, targets))
        g_error("%s asks '%s', expected '%s'", name, seen->str, targets);
}

guint scenario_detection(Scenario *s, const char *group)
{
    g_autoptr(MpSnapshot) snapshot = mp_engine_snapshot(s->engine);

    return mp_snapshot_find_group(snapshot, group)->detection_ms;
}

void expect_detection(Scenario *s, const char *group, guint ms)
{
    g_assert_cmpuint(scenario_detection(s, group), ==, ms);
}

void expect_probe(Scenario *s, const char *link, guint8 family, MpProbeVia via, const char *source)
{
    const MpProbe *probe = network_latest(s, link, family);
    MpAddress wanted = {0};
    char text[MP_ADDRESS_STRING_MAX] = "";

    if (!probe)
        g_error("%s sent no probe", link);
    if (*source)
        wanted = scenario_parse(source);
    if (probe->source.family)
        mp_address_format_host(&probe->source, text);
    if (probe->via != via ||
        (*source ? !mp_address_equal_host(&probe->source, &wanted) : probe->source.family != 0))
        g_error("%s asks by %s from '%s', expected %s from '%s'", link,
                mp_probe_via_to_string(probe->via), text, mp_probe_via_to_string(via), source);
}

guint64 acked_probes(Scenario *s, const char *name)
{
    g_autoptr(MpSnapshot) seen = mp_engine_look(s->engine, name);

    return find_interface(seen, name)->probes.acked;
}

guint count_notices(Scenario *s, MpNoticeKind kind, MpReason reason, const char *interface)
{
    guint n = 0;

    for (guint i = 0; i < s->notices->len; i++) {
        const MpNotice *notice = &g_array_index(s->notices, MpNotice, i);

        n += notice->kind == kind && notice->reason == reason &&
             (!interface || g_str_equal(notice->interface, interface));
    }
    return n;
}
