/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "probing.h"

#include "conflict.h"
#include "engine-request.h"
#include "member.h"
#include "plan-neighbour.h"
#include "probe-method.h"
#include "probe-targets.h"
#include "recall.h"
#include "show.h"

#include <string.h>

/* Groups ---------------------------------------------------------------------------------------
 */

static MpDetectionSettings settings_of(const MpGroupConfig *config)
{
    return (MpDetectionSettings){config->failure_detection_ms, config->probe_failures,
                                 config->probe_repairs, config->probe_targets_only};
}

void mp_probing_group_init(MpEngine *engine, MpGroup *group)
{
    MpDetectionSettings settings = settings_of(group->config);

    group->detection = mp_detection_new(&settings, &engine->key, engine->random);
    mp_detection_set_own(group->detection, mp_probe_targets_is_own, engine);
    group->probe_us = G_MAXINT64;
    group->routers = mp_addresses_new();
    group->host_routes = mp_addresses_new();
    group->heard_routers = mp_addresses_new();
    group->heard = mp_addresses_new();
    group->targets_dirty = TRUE;
    engine->routes_seen = 0;
}

void mp_probing_group_clear(MpGroup *group)
{
    mp_detection_free(group->detection);
    g_array_unref(group->routers);
    g_array_unref(group->host_routes);
    g_array_unref(group->heard_routers);
    g_array_unref(group->heard);
}

static MpMember *member_of(const MpGroup *group, guint id)
{
    for (guint i = 0; i < group->members->len; i++) {
        MpMember *member = g_ptr_array_index(group->members, i);

        if (member->id == id)
            return member;
    }
    return NULL;
}

static MpGroup *group_of_index(const MpEngine *engine, guint index, MpMember **out_member)
{
    *out_member = g_hash_table_lookup(engine->probed, GUINT_TO_POINTER(index));
    return *out_member != NULL ? (*out_member)->group : NULL;
}

static void index_groups(MpEngine *engine, const GPtrArray *groups)
{
    for (guint i = 0; i < groups->len; i++) {
        const MpGroup *group = g_ptr_array_index(groups, i);

        for (guint k = 0; k < group->members->len; k++) {
            MpMember *member = g_ptr_array_index(group->members, k);

            if (member->index != 0 && !member->leaving)
                g_hash_table_insert(engine->probed, GUINT_TO_POINTER(member->index), member);
        }
    }
}

void mp_probing_index(MpEngine *engine)
{
    g_hash_table_remove_all(engine->probed);
    index_groups(engine, engine->tracked);
    index_groups(engine, engine->groups);
}

static MpProber *prober_of(const MpMember *member)
{
    return mp_detection_find(member->group->detection, member->id);
}

/* What the detection says ----------------------------------------------------------------------
 */

static void take_send(MpEngine *engine, const MpMember *member, const MpProbeAction *action)
{
    const MpLink *link = mp_picture_link(engine->picture, member->index);
    MpProbe probe = {.index = member->index,
                     .via = action->send.via,
                     .source = action->send.source,
                     .target = action->send.target,
                     .sequence = action->send.sequence,
                     .cookie = action->send.cookie,
                     .unicast = action->send.unicast};

    if (link == NULL)
        return;
    memcpy(probe.hwaddr, link->hwaddr, sizeof probe.hwaddr);
    memcpy(probe.target_hwaddr, action->send.hwaddr, sizeof probe.target_hwaddr);
    g_array_append_val(engine->probes, probe);
}

static void take_completed(MpEngine *engine, const MpMember *member, const MpProbeAction *action)
{
    MpProbeResult result = {.target = action->completed.target,
                            .number = action->completed.number,
                            .acked = action->completed.acked,
                            .sent_us = action->completed.sent_us,
                            .network_us = action->completed.network_us,
                            .rtt_us = action->completed.rtt_us,
                            .average_us = action->completed.average_us,
                            .deviation_us = action->completed.deviation_us};

    if (engine->results == NULL || engine->results->len >= MP_PROBE_RESULTS_MAX)
        return;
    g_strlcpy(result.interface, member->name, sizeof result.interface);
    g_array_append_val(engine->results, result);
}

static void describe_way(const MpMember *member, char *out, gsize size)
{
    const MpProber *prober = prober_of(member);
    GString *text = g_string_new(NULL);

    for (guint i = 0; prober != NULL && i < MP_N_STREAMS; i++) {
        const MpStream *stream = &prober->streams[i];
        char source[MP_ADDRESS_STRING_MAX];

        if (stream->via == MP_VIA_NONE)
            continue;
        g_string_append_printf(
            text, "%s%s from %s", text->len > 0 ? ", " : "", mp_probe_via_to_string(stream->via),
            stream->source.family == 0 ? "no address"
                                       : mp_address_format_host(&stream->source, source));
    }
    g_strlcpy(out, text->len > 0 ? text->str : "not probed", size);
    g_string_free(text, TRUE);
}

static void take_verdict(MpEngine *engine, MpMember *member, const MpProbeAction *action,
                         gint64 now_us)
{
    char detail[sizeof((MpNotice *)0)->detail];

    if (action->verdict.reason != MP_REASON_PROBING_ON) /* what the record says still stands */
        member->convicted = action->verdict.to == MP_PROBE_FAILED;
    engine->dirty = engine->visible_dirty = engine->record_dirty = TRUE;
    if (engine->starting || member->conflict ||
        (action->verdict.reason != MP_REASON_PROBING_ON &&
         action->verdict.reason != MP_REASON_PROBING_OFF))
        return;
    describe_way(member, detail, sizeof detail);
    mp_notice_probing(engine, member->group, member, action->verdict.reason, detail, now_us);
}

static void tell_interval(MpEngine *engine, const MpGroup *group, const MpProbeAction *action,
                          gint64 now_us)
{
    char detail[sizeof((MpNotice *)0)->detail];

    g_snprintf(detail, sizeof detail, "failure detection takes %.2f s now, %.2f s are configured",
               (double)action->interval.detection_us / MP_USEC_PER_SEC,
               group->config->failure_detection_ms / 1000.0);
    mp_notice_probing(engine, group, NULL, action->interval.reason, detail, now_us);
}

static void take(MpEngine *engine, MpGroup *group, const MpProbeAction *action, gint64 now_us)
{
    MpMember *member = member_of(group, action->member);

    if (member == NULL && action->kind != MP_PROBE_GROUP && action->kind != MP_PROBE_INTERVAL)
        return;
    switch (action->kind) {
    case MP_PROBE_SEND:
        take_send(engine, member, action);
        break;
    case MP_PROBE_COMPLETED:
        take_completed(engine, member, action);
        break;
    case MP_PROBE_VERDICT:
        take_verdict(engine, member, action, now_us);
        break;
    case MP_PROBE_GROUP:
        engine->dirty = engine->visible_dirty = TRUE;
        break;
    case MP_PROBE_INTERVAL:
        tell_interval(engine, group, action, now_us);
        break;
    case MP_PROBE_TARGETS: /* told at the end of the turn: they are found one by one */
        member->targets_changed = engine->targets_changed = engine->visible_dirty = TRUE;
        break;
    case MP_PROBE_SEEK:
        if (member->index != 0)
            mp_engine_act(engine, MP_ACTION_READ_NEIGHBOURS)->index = member->index;
        break;
    }
}

static void take_all(MpEngine *engine, MpGroup *group, gint64 now_us)
{
    MpProbeAction action;

    while (mp_detection_pop(group->detection, &action))
        take(engine, group, &action, now_us);
    mp_neighbours_note(engine, group);
    group->probe_us = mp_detection_deadline(group->detection);
}

/* Keeping it informed --------------------------------------------------------------------------
 */

static gboolean link_is_up(const MpEngine *engine, const MpMember *member)
{
    return mp_picture_link_usable(engine->picture, member->index);
}

static void update_ways(MpEngine *engine, MpMember *member, MpProber *prober, gint64 now_us)
{
    const MpStream *ipv4 = mp_prober_stream(prober, MP_IPV4);
    const MpStream *ipv6 = mp_prober_stream(prober, MP_IPV6);
    MpProbeWay now4 = {ipv4->via, ipv4->source}, now6 = {ipv6->via, ipv6->source}, way;
    gboolean pending;

    mp_probe_method_note(engine, member, prober->link, now_us);
    way = mp_probe_method_ipv6(engine, member, &now6, now_us, &pending);
    mp_detection_await(member->group->detection, member->id, pending);
    pending = pending || way.via != MP_VIA_NONE;
    /* First what is new: a member that is probed in one way or another stays so. */
    if (way.via != MP_VIA_NONE)
        mp_detection_set(member->group->detection, member->id, MP_IPV6, way.via, &way.source,
                         now_us);
    now4 = mp_probe_method_ipv4(engine, member, &now4, now_us, pending);
    mp_detection_set(member->group->detection, member->id, MP_IPV4, now4.via, &now4.source, now_us);
    mp_detection_set(member->group->detection, member->id, MP_IPV6, way.via, &way.source, now_us);
}

/* Not probed any more: what an earlier life of the daemon found must not come up later. */
static gboolean is_left_alone(const MpEngine *engine, const MpMember *member,
                              const MpProber *prober)
{
    return link_is_up(engine, member) && !mp_prober_is_enabled(prober) && !prober->awaited;
}

static void update_member(MpEngine *engine, MpMember *member, gint64 now_us)
{
    MpDetection *detection = member->group->detection;
    gboolean wanted = !member->leaving && !member->group->deleted && !member->duplicate &&
                      member->state != MP_INTERFACE_OFFLINE;
    const MpLink *link = mp_picture_link(engine->picture, member->index);
    MpProber *prober = mp_detection_find(detection, member->id);

    if (member->state == MP_INTERFACE_OFFLINE && !member->offline && link != NULL &&
        link->master == 0)
        wanted = !member->leaving && !member->duplicate; /* about to come back: it joins anew */
    if (!wanted) {
        member->convicted = FALSE; /* it joins as new when it is back */
        mp_conflict_forget(member);
        member->probed = mp_member_probe_counts(member);
        mp_detection_remove(detection, member->id, now_us);
        return;
    }
    if (prober == NULL) {
        prober = mp_detection_add(detection, member->id);
        mp_recall_member(engine, member);
    }
    mp_conflict_update(engine, member, now_us);
    update_ways(engine, member, prober, now_us);
    if (member->convicted && (is_left_alone(engine, member, prober) ||
                              !mp_detection_recall_failed(detection, member->id))) {
        member->convicted = FALSE;
        engine->record_dirty = TRUE;
    }
}

/* Those that are refused come last: whether there is another one meanwhile has to be known. */
static void update_links(MpEngine *engine, MpGroup *group, gint64 now_us)
{
    for (guint refused = FALSE; refused <= TRUE; refused++) {
        for (guint i = 0; i < group->members->len; i++) {
            const MpMember *member = g_ptr_array_index(group->members, i);

            if (mp_probing_refuses(member) == (gboolean)refused)
                mp_detection_set_link(group->detection, member->id, link_is_up(engine, member),
                                      now_us);
        }
    }
}

/* As many whole addresses as a notice has room for. */
static void shorten(GString *text)
{
    static const char more[] = " ...";
    gsize room = sizeof((MpNotice *)0)->detail - sizeof more;

    if (text->len < sizeof((MpNotice *)0)->detail)
        return;
    while (room > 0 && text->str[room] != ' ')
        room--;
    g_string_append(g_string_truncate(text, room), more);
}

/* What the history tells of targets: the addresses of those that are asked, when they change. */
static void tell_targets(MpEngine *engine, MpMember *member, gint64 now_us)
{
    const MpProber *prober = prober_of(member);
    g_autoptr(GString) text = g_string_new(NULL);
    char address[MP_ADDRESS_STRING_MAX];

    for (guint i = 0; prober != NULL && i < MP_N_STREAMS; i++) {
        const GArray *list = prober->streams[i].targets.list;

        for (guint k = 0; k < list->len; k++) {
            const MpTarget *target = &g_array_index(list, MpTarget, k);

            if (target->state == MP_TARGET_ACTIVE)
                g_string_append_printf(text, "%s%s", text->len > 0 ? " " : "",
                                       mp_address_format_host(&target->address, address));
        }
    }
    if (strcmp(text->str, member->told_targets) == 0)
        return;
    g_strlcpy(member->told_targets, text->str, sizeof member->told_targets);
    shorten(text);
    if (!engine->starting && !member->leaving)
        mp_notice_probing(engine, member->group, member, MP_REASON_TARGETS_CHANGED,
                          text->len > 0 ? text->str : "none", now_us);
}

static gboolean settings_differ(const MpDetectionSettings *a, const MpDetectionSettings *b)
{
    return a->detection_ms != b->detection_ms || a->failures != b->failures ||
           a->repairs != b->repairs || a->targets_only != b->targets_only;
}

void mp_probing_update(MpEngine *engine, MpGroup *group, gint64 now_us)
{
    MpDetectionSettings settings = settings_of(group->config);

    if (settings_differ(&settings, &group->detection->settings)) {
        mp_detection_configure(group->detection, &settings, now_us);
        mp_probe_targets_give(group, now_us); /* ProbeTargetsOnly may have kept some out */
        engine->visible_dirty = TRUE;
    }
    mp_recall_group(engine, group, now_us);
    mp_probe_method_note_routers(group, now_us);
    for (guint i = 0; i < group->members->len; i++)
        update_member(engine, g_ptr_array_index(group->members, i), now_us);
    update_links(engine, group, now_us);
    take_all(engine, group, now_us);
}

void mp_probing_tell_targets(MpEngine *engine, gint64 now_us)
{
    GHashTableIter iter;
    MpMember *member;

    if (!engine->targets_changed)
        return;
    engine->targets_changed = FALSE;
    g_hash_table_iter_init(&iter, engine->probed);
    while (g_hash_table_iter_next(&iter, NULL, (gpointer *)&member)) {
        if (member->targets_changed)
            tell_targets(engine, member, now_us);
        member->targets_changed = FALSE;
    }
}

void mp_probing_restart(MpEngine *engine, MpMember *member, gint64 now_us)
{
    mp_detection_restart(member->group->detection, member->id, now_us);
    take_all(engine, member->group, now_us);
}

gint64 mp_probing_rest_deadline(const MpMember *member)
{
    gint64 deadline = mp_conflict_deadline(member);
    const MpProber *prober = prober_of(member);

    return prober == NULL || !prober->link
               ? deadline
               : MIN(deadline, mp_probe_method_deadline(member, prober));
}

/* Events ---------------------------------------------------------------------------------------
 */

static void handle_answer(MpEngine *engine, const MpProbeAnswer *answer, gint64 now_us)
{
    MpMember *member;
    MpGroup *group = group_of_index(engine, answer->index, &member);
    MpProbeReply reply = {.via = answer->via,
                          .from = answer->from,
                          .sequence = answer->sequence,
                          .cookie = answer->cookie,
                          .received_us = MIN(answer->received_us, now_us)};

    if (group == NULL || mp_conflict_handle(engine, member, answer, now_us))
        return;
    reply.member = member->id;
    memcpy(reply.hwaddr, answer->hwaddr, sizeof reply.hwaddr);
    mp_detection_handle(group->detection, &reply, now_us);
    take_all(engine, group, now_us);
}

static void not_sent(MpEngine *engine, const MpProbe *probe)
{
    MpMember *member;
    MpGroup *group = group_of_index(engine, probe->index, &member);

    if (group == NULL)
        return;
    mp_detection_not_sent(group->detection, member->id, probe->target.family, probe->sequence);
    group->probe_us = mp_detection_deadline(group->detection);
}

static void handle_neighbour(MpEngine *engine, const MpEvent *event, gint64 now_us)
{
    MpMember *member;
    MpGroup *group = group_of_index(engine, event->index, &member);

    if (group == NULL)
        return;
    if (event->kind == MP_EVENT_NEIGHBOUR) {
        mp_probe_targets_hear(group, &event->neighbour);
        return;
    }
    mp_probe_targets_heard(group, now_us);
    take_all(engine, group, now_us);
}

void mp_probing_handle(MpEngine *engine, const MpEvent *event, gint64 now_us)
{
    if (event->kind == MP_EVENT_PROBE_ANSWER)
        handle_answer(engine, &event->answer, now_us);
    else if (event->kind == MP_EVENT_PROBE_NOT_SENT)
        not_sent(engine, &event->probe);
    else
        handle_neighbour(engine, event, now_us);
}

void mp_probing_note_address(MpEngine *engine, const MpAddress *address, gint64 now_us)
{
    for (guint i = 0; i < engine->groups->len + engine->tracked->len; i++) {
        MpGroup *group = i < engine->groups->len
                             ? g_ptr_array_index(engine->groups, i)
                             : g_ptr_array_index(engine->tracked, i - engine->groups->len);

        if (!mp_detection_drop_own(group->detection, address, now_us))
            continue;
        group->targets_dirty = engine->dirty = TRUE;
        take_all(engine, group, now_us);
    }
}

/* Time -----------------------------------------------------------------------------------------
 */

static void expire_all(MpEngine *engine, GPtrArray *groups, gint64 now_us)
{
    for (guint i = 0; i < groups->len; i++) {
        MpGroup *group = g_ptr_array_index(groups, i);

        if (now_us < group->probe_us)
            continue;
        mp_detection_expire(group->detection, now_us);
        take_all(engine, group, now_us);
    }
}

void mp_probing_expire(MpEngine *engine, gint64 now_us)
{
    if (!engine->started)
        return;
    expire_all(engine, engine->groups, now_us);
    expire_all(engine, engine->tracked, now_us);
}

gint64 mp_engine_probe_deadline(const MpEngine *engine)
{
    gint64 deadline = G_MAXINT64;

    for (guint i = 0; i < engine->groups->len; i++)
        deadline = MIN(deadline, ((MpGroup *)g_ptr_array_index(engine->groups, i))->probe_us);
    for (guint i = 0; i < engine->tracked->len; i++)
        deadline = MIN(deadline, ((MpGroup *)g_ptr_array_index(engine->tracked, i))->probe_us);
    return deadline;
}

/* Out ------------------------------------------------------------------------------------------
 */

/* The sender's address is there, works, and was not given to another member meanwhile. */
static gboolean may_leave(const MpEngine *engine, const MpProbe *probe)
{
    const MpIfaddr *ifaddr;
    const MpData *data;
    MpAddress host = probe->source;

    if (probe->source.family == 0)
        return TRUE;
    host.prefix = (guint8)mp_address_bits(&host); /* as a test address is on its device */
    ifaddr = mp_picture_ifaddr(engine->picture, probe->index, &probe->source);
    if (ifaddr == NULL)
        ifaddr = mp_picture_ifaddr(engine->picture, probe->index, &host);
    data = g_hash_table_lookup(engine->data, &probe->source);
    return ifaddr != NULL && (ifaddr->flags & (MP_IFA_TENTATIVE | MP_IFA_DADFAILED)) == 0 &&
           (data == NULL || mp_data_host_index(data) == probe->index);
}

guint mp_engine_take_probes(MpEngine *engine, const MpProbe **out)
{
    GArray *due = engine->probes;

    for (guint i = due->len; i > 0; i--) {
        const MpProbe *probe = &g_array_index(due, MpProbe, i - 1);

        if (may_leave(engine, probe))
            continue;
        not_sent(engine, probe);
        g_array_remove_index(due, i - 1);
    }
    /* The caller's stay as they are while more are added. */
    engine->probes = engine->taken;
    g_array_set_size(engine->probes, 0);
    engine->taken = due;
    *out = (const MpProbe *)(gpointer)due->data;
    return due->len;
}

void mp_engine_note_sent(MpEngine *engine, const MpProbe *probes, guint n, gint64 sent_us)
{
    for (guint i = 0; i < n; i++) {
        MpMember *member;
        MpGroup *group = group_of_index(engine, probes[i].index, &member);

        if (group == NULL)
            continue;
        mp_detection_sent(group->detection, member->id, probes[i].target.family, probes[i].sequence,
                          sent_us);
        group->probe_us = mp_detection_deadline(group->detection);
    }
}

/* Shown ----------------------------------------------------------------------------------------
 */

MpProbeState mp_probing_state(const MpMember *member)
{
    return mp_detection_state(member->group->detection, member->id);
}

gboolean mp_probing_refuses(const MpMember *member)
{
    const MpProber *prober = prober_of(member);

    return prober != NULL && prober->state == MP_PROBE_FAILED;
}

gboolean mp_probing_group_failed(const MpGroup *group, const MpMember *member)
{
    const MpProber *prober = prober_of(member);

    return group->detection->failed && prober != NULL && mp_prober_is_enabled(prober);
}

MpTargetMode mp_probing_mode(const MpMember *member)
{
    static const MpTargetMode modes[] = {
        [MP_TARGET_CONFIGURED] = MP_MODE_CONFIGURED, [MP_TARGET_ROUTER] = MP_MODE_ROUTES,
        [MP_TARGET_HOST_ROUTE] = MP_MODE_ROUTES,     [MP_TARGET_MULTICAST] = MP_MODE_MULTICAST,
        [MP_TARGET_NEIGHBOUR] = MP_MODE_NEIGHBOURS,
    };
    const MpProber *prober = prober_of(member);
    MpTargetSource best = MP_N_TARGET_SOURCES;

    if (prober == NULL || !mp_prober_is_enabled(prober))
        return MP_MODE_DISABLED;
    if (prober->streams[0].via == MP_VIA_ARP)
        return MP_MODE_ARP;
    for (guint i = 0; i < MP_N_STREAMS; i++) {
        const GArray *list = prober->streams[i].targets.list;

        if (list->len > 0)
            best = MIN(best, g_array_index(list, MpTarget, 0).source);
    }
    return best == MP_N_TARGET_SOURCES ? MP_MODE_MULTICAST : modes[best];
}
