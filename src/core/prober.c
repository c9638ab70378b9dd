/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "prober.h"

#include "words.h"

#include <string.h>

/* Everybody on the link is asked so often, however short the interval: first, and after a while. */
#define SEEK_SOON 10
#define SEEK_SOON_US (100 * MP_USEC_PER_MSEC)
#define SEEK_LATER_US MP_USEC_PER_SEC

static const char *const vias[] = {
    [MP_VIA_NONE] = "none",
    [MP_VIA_ICMP] = "icmp",
    [MP_VIA_ARP] = "arp",
};
G_STATIC_ASSERT(G_N_ELEMENTS(vias) == MP_N_PROBE_VIAS);

static const char *const action_kinds[] = {
    [MP_PROBE_SEND] = "send",   [MP_PROBE_COMPLETED] = "completed", [MP_PROBE_VERDICT] = "verdict",
    [MP_PROBE_GROUP] = "group", [MP_PROBE_INTERVAL] = "interval",   [MP_PROBE_TARGETS] = "targets",
    [MP_PROBE_SEEK] = "seek",
};
G_STATIC_ASSERT(G_N_ELEMENTS(action_kinds) == MP_N_PROBE_ACTION_KINDS);

const char *mp_probe_via_to_string(MpProbeVia via)
{
    return MP_WORD(vias, via);
}

const char *mp_probe_action_kind_to_string(MpProbeActionKind kind)
{
    return MP_WORD(action_kinds, kind);
}

gint64 mp_probe_interval_us(gint64 detection_us, guint failures)
{
    return MAX(detection_us / (failures + MP_PROBE_SLACK), 1);
}

gint64 mp_probe_detection_us(gint64 interval_us, guint failures)
{
    return interval_us * (failures + MP_PROBE_SLACK);
}

gint64 mp_probe_patience_us(gint64 conservative_us, gint64 interval_us)
{
    gint64 patience = conservative_us == 0 ? interval_us : conservative_us;

    if (interval_us < MP_PROBE_FAST_US)
        return MAX(patience, interval_us);
    return MAX(patience, MP_PROBE_PATIENCE_US);
}

MpStream *mp_prober_stream(MpProber *prober, guint8 family)
{
    return &prober->streams[family == MP_IPV6];
}

void mp_prober_init(MpProber *prober, guint id, const MpProbeRules *rules)
{
    *prober = (MpProber){.id = id, .rules = rules, .state = MP_PROBE_DISABLED};
    prober->next_us = prober->deadline_us = G_MAXINT64;
    prober->recalled = g_array_new(FALSE, FALSE, sizeof(MpTarget));
    for (guint i = 0; i < MP_N_STREAMS; i++)
        mp_targets_init(&prober->streams[i].targets);
}

void mp_prober_clear(MpProber *prober)
{
    for (guint i = 0; i < MP_N_STREAMS; i++)
        mp_targets_clear(&prober->streams[i].targets);
    g_array_unref(prober->recalled);
}

gboolean mp_prober_offer(MpProber *prober, guint id, const MpAddress *address,
                         MpTargetSource source)
{
    MpTargets *targets = &mp_prober_stream(prober, address->family)->targets;

    if (!mp_targets_add(targets, id, address, source))
        return FALSE;
    for (guint i = prober->recalled->len; i > 0; i--) {
        const MpTarget *known = &g_array_index(prober->recalled, MpTarget, i - 1);

        if (!mp_address_equal_host(&known->address, address))
            continue;
        mp_targets_recall(targets, id, known);
        g_array_remove_index(prober->recalled, i - 1);
    }
    return TRUE;
}

gboolean mp_prober_is_enabled(const MpProber *prober)
{
    return prober->streams[0].via != MP_VIA_NONE || prober->streams[1].via != MP_VIA_NONE;
}

static gboolean stream_is_probed(const MpStream *stream)
{
    return stream->via != MP_VIA_NONE && mp_targets_n_active(&stream->targets) > 0;
}

gboolean mp_prober_is_probing(const MpProber *prober)
{
    return prober->link &&
           (stream_is_probed(&prober->streams[0]) || stream_is_probed(&prober->streams[1]));
}

/* A loss is judged with the next probe, which saves a wake-up, unless it may be the one that
 * convicts. */
static void update_deadline(MpProber *prober, const MpStream *stream, guint losses)
{
    if (losses + mp_window_pending(&stream->window) >= prober->rules->failures)
        prober->deadline_us = MIN(prober->deadline_us, mp_window_deadline(&stream->window));
}

void mp_prober_refresh(MpProber *prober)
{
    guint resting[MP_GROUP_TARGETS_MAX], least = G_MAXUINT;

    prober->deadline_us = prober->next_us;
    prober->first_loss_us = prober->answered_us = MP_NO_TIME;
    prober->answers = 0;
    for (guint i = 0; i < MP_N_STREAMS; i++) {
        const MpStream *stream = &prober->streams[i];
        gint64 first_us, answered_us = mp_window_answered_us(&stream->window, 0);
        guint n = mp_targets_resting(&stream->targets, resting, G_N_ELEMENTS(resting)), losses;

        if (stream->via == MP_VIA_NONE)
            continue;
        prober->answered_us = MAX(prober->answered_us, answered_us);
        prober->answers =
            MAX(prober->answers,
                mp_window_answers(&stream->window, prober->rules->repairs, resting, n));
        if (!stream_is_probed(stream))
            continue;
        losses = mp_window_losses(&stream->window, &first_us);
        least = MIN(least, losses);
        prober->first_loss_us = MAX(prober->first_loss_us, first_us);
        update_deadline(prober, stream, losses);
    }
    prober->losses = least == G_MAXUINT ? 0 : least;
}

/* At a random moment of the second half of the interval. Moments of all probers lie on one grid,
 * so that what is due at nearly the same time is sent with one wake-up. */
static void plan(MpProber *prober, GRand *random)
{
    gint64 interval = prober->rules->interval_us, half = interval / 2;
    gint64 tick = CLAMP(interval / 8, MIN(MP_PROBE_TICK_MIN_US, half), MP_PROBE_TICK_MAX_US);
    gint64 at =
        prober->base_us + half + (gint64)(g_rand_double(random) * (double)(interval - half));

    at -= at % tick;
    prober->next_us = at < prober->base_us + half ? at + tick : at;
}

static void start(MpProber *prober, gint64 now_us, GRand *random)
{
    prober->answered = FALSE;
    prober->started_us = now_us;
    /* The first probe at any moment of a whole interval: many that start together do not go on
     * together for ever. */
    prober->base_us =
        now_us - (gint64)(g_rand_double(random) * (double)prober->rules->interval_us / 2);
    if (prober->link && mp_prober_is_enabled(prober))
        plan(prober, random);
    else
        prober->next_us = G_MAXINT64;
    mp_prober_refresh(prober);
}

gboolean mp_prober_set(MpProber *prober, guint8 family, MpProbeVia via, const MpAddress *source,
                       gint64 now_us, GRand *random)
{
    MpStream *stream = mp_prober_stream(prober, family);

    if (stream->via == via && mp_address_equal(&stream->source, source))
        return FALSE;
    if (stream->via == via && via == MP_VIA_ARP) { /* a data address came or went: no other path */
        stream->source = *source;
        return TRUE;
    }
    stream->via = via;
    stream->source = *source;
    stream->sought = 0;
    stream->seek_us = MP_NO_TIME;
    mp_window_clear(&stream->window);
    start(prober, now_us, random);
    return TRUE;
}

void mp_prober_set_link(MpProber *prober, gboolean up, gint64 now_us, GRand *random)
{
    if (prober->link == up)
        return;
    prober->link = up;
    for (guint i = 0; i < MP_N_STREAMS; i++)
        mp_window_clear(&prober->streams[i].window);
    start(prober, now_us, random);
}

void mp_prober_hasten(MpProber *prober, gint64 now_us, GRand *random)
{
    if (prober->next_us == G_MAXINT64 || prober->next_us <= now_us + prober->rules->interval_us)
        return;
    prober->base_us = now_us;
    plan(prober, random);
    mp_prober_refresh(prober);
}

static MpProbeAction *append(MpProber *prober, GArray *out, MpProbeActionKind kind)
{
    MpProbeAction action = {.kind = kind, .member = prober->id};

    g_array_append_val(out, action);
    return &g_array_index(out, MpProbeAction, out->len - 1);
}

static void tell_completed(MpProber *prober, MpStream *stream, const MpSlot *slot, GArray *out)
{
    const MpTarget *target = mp_targets_find(&stream->targets, slot->target);
    MpProbeAction *action;

    if (target == NULL)
        return;
    action = append(prober, out, MP_PROBE_COMPLETED);
    action->completed.target = target->address;
    action->completed.number = slot->number;
    action->completed.acked = slot->state == MP_SLOT_ACKED;
    action->completed.late = slot->late;
    action->completed.sent_us = slot->sent_us;
    action->completed.average_us = mp_rtt_average_us(&target->rtt);
    action->completed.deviation_us = mp_rtt_deviation_us(&target->rtt);
}

static void judge(MpProber *prober, MpStream *stream, gint64 now_us, GArray *out)
{
    MpSlot *slot;

    while ((slot = mp_window_judge(&stream->window, now_us)) != NULL) {
        MpTarget *target = mp_targets_find(&stream->targets, slot->target);

        if (target != NULL)
            target->resolved = FALSE; /* it may have another hardware address now: all are asked */
        tell_completed(prober, stream, slot, out);
        if (mp_targets_lost(&stream->targets, slot->target, &stream->window, now_us))
            append(prober, out, MP_PROBE_TARGETS);
    }
    if (mp_targets_expire(&stream->targets, now_us))
        append(prober, out, MP_PROBE_TARGETS);
}

/* ARP tells the target the sender's address: only one of its own subnet, else none. */
static MpAddress sender_to(const MpStream *stream, const MpAddress *target)
{
    static const MpAddress none = {0};

    if (stream->via == MP_VIA_ARP && !mp_address_contains(&stream->source, target))
        return none;
    return stream->source;
}

static void send(MpProber *prober, guint8 family, const MpTarget *target, const MpAddress *to,
                 const MpCookieKey *key, gint64 now_us, GArray *out)
{
    MpStream *stream = mp_prober_stream(prober, family);
    guint64 number = stream->window.next;
    gint64 patience = target == NULL ? 0
                                     : mp_probe_patience_us(mp_rtt_conservative_us(&target->rtt),
                                                            prober->rules->interval_us);
    /* ARP carries no cookie */
    guint64 cookie =
        stream->via == MP_VIA_ARP ? 0 : mp_cookie(key, (guint64)prober->id << 8 | family, number);
    MpProbeAction *action = append(prober, out, MP_PROBE_SEND);

    action->send.family = family;
    action->send.via = stream->via;
    action->send.id = target == NULL ? 0 : target->id;
    action->send.source = sender_to(stream, to);
    action->send.target = *to;
    action->send.sequence = (guint16)number;
    action->send.cookie = cookie;
    action->send.unicast = target != NULL && target->resolved;
    if (action->send.unicast)
        memcpy(action->send.hwaddr, target->hwaddr, sizeof target->hwaddr);
    mp_window_send(&stream->window, action->send.id, cookie, now_us, now_us + patience);
}

/* Nobody better is known: ask everybody on the link. */
static void seek(MpProber *prober, guint8 family, const MpCookieKey *key, gint64 now_us,
                 GArray *out)
{
    static const MpAddress everybody[MP_N_STREAMS] = {
        {MP_IPV4, 32, {224, 0, 0, 1}},
        {MP_IPV6, 128, {0xff, 0x02, [15] = 1}},
    };
    MpStream *stream = mp_prober_stream(prober, family);

    if (now_us < stream->seek_us)
        return;
    send(prober, family, NULL, &everybody[family == MP_IPV6], key, now_us, out);
    stream->sought++;
    stream->seek_us = now_us + (stream->sought < SEEK_SOON ? SEEK_SOON_US : SEEK_LATER_US);
    /* Most Linux hosts do not answer that: the second time the neighbour table is read as well. */
    if (stream->sought % 8 == 2)
        append(prober, out, MP_PROBE_SEEK);
}

static gboolean wants_targets(const MpProber *prober, const MpStream *stream)
{
    const GArray *list = stream->targets.list;

    if (!prober->rules->discover || stream->via != MP_VIA_ICMP || list->len >= MP_TARGETS_WANTED)
        return FALSE;
    /* One that we were told of is worth more than many found. */
    return list->len == 0 ||
           mp_target_source_is_discovered(g_array_index(list, MpTarget, 0).source);
}

/* Now and then, and never so often that the window has no room for a verdict. */
static gboolean may_look_beside(const MpProber *prober, const MpStream *stream)
{
    guint verdict = MAX(prober->rules->failures, prober->rules->repairs);

    return stream->window.next % 4 == 0 &&
           mp_window_multicasts(&stream->window) + verdict + 1 < MP_WINDOW_SIZE;
}

static void probe(MpProber *prober, guint8 family, const MpCookieKey *key, gint64 now_us,
                  GArray *out)
{
    MpStream *stream = mp_prober_stream(prober, family);
    const MpTarget *target;

    if (stream->via == MP_VIA_NONE)
        return;
    target = mp_targets_next(&stream->targets);
    if (wants_targets(prober, stream) && (target == NULL || may_look_beside(prober, stream)))
        seek(prober, family, key, now_us, out);
    if (target != NULL)
        send(prober, family, target, &target->address, key, now_us, out);
}

/* One probe stands for the interval that is over; those that passed meanwhile are missed. */
static void advance(MpProber *prober, GRand *random, gint64 now_us)
{
    gint64 interval = prober->rules->interval_us, late;

    prober->base_us += interval;
    late = now_us - prober->base_us - interval / 2;
    if (late >= 0) {
        gint64 missed = late / interval + 1;

        prober->base_us += missed * interval;
        for (guint i = 0; i < MP_N_STREAMS; i++) {
            if (stream_is_probed(&prober->streams[i]))
                prober->streams[i].window.counts.missed += (guint64)missed;
        }
    }
    plan(prober, random);
}

void mp_prober_judge(MpProber *prober, gint64 now_us, GArray *out)
{
    for (guint i = 0; i < MP_N_STREAMS; i++)
        judge(prober, &prober->streams[i], now_us, out);
    mp_prober_refresh(prober);
}

void mp_prober_expire(MpProber *prober, const MpCookieKey *key, GRand *random, gint64 now_us,
                      GArray *out)
{
    for (guint i = 0; i < MP_N_STREAMS; i++)
        judge(prober, &prober->streams[i], now_us, out);
    if (now_us >= prober->next_us) {
        probe(prober, MP_IPV4, key, now_us, out);
        probe(prober, MP_IPV6, key, now_us, out);
        advance(prober, random, now_us);
    }
    mp_prober_refresh(prober);
}

gint64 mp_prober_deadline(const MpProber *prober)
{
    return prober->deadline_us;
}

void mp_prober_sent(MpProber *prober, guint8 family, guint16 sequence, gint64 sent_us)
{
    MpSlot *slot = mp_window_find(&mp_prober_stream(prober, family)->window, sequence);

    if (slot == NULL || slot->state != MP_SLOT_SENT || sent_us <= slot->sent_us)
        return;
    slot->deadline_us += sent_us - slot->sent_us;
    slot->sent_us = sent_us;
    mp_prober_refresh(prober);
}

void mp_prober_not_sent(MpProber *prober, guint8 family, guint16 sequence)
{
    MpWindow *window = &mp_prober_stream(prober, family)->window;
    MpSlot *slot = mp_window_find(window, sequence);

    if (slot == NULL || slot->state != MP_SLOT_SENT)
        return;
    mp_window_unsend(window, slot);
    mp_prober_refresh(prober);
}

static MpSlot *find_slot(MpStream *stream, const MpProbeReply *reply, const MpTarget *target)
{
    if (reply->via == MP_VIA_ICMP)
        return mp_window_find(&stream->window, reply->sequence);
    return target == NULL ? NULL
                          : mp_window_find_target(&stream->window, target->id, reply->received_us);
}

/* By ARP anybody on the link can speak for an address: who was asked by his hardware address
 * answers by it. */
static gboolean is_impostor(const MpTarget *target, const MpProbeReply *reply)
{
    return reply->via == MP_VIA_ARP && target != NULL && target->resolved &&
           memcmp(target->hwaddr, reply->hwaddr, sizeof reply->hwaddr) != 0;
}

static gboolean is_stranger(const MpSlot *slot, const MpTarget *target)
{
    return slot != NULL && slot->state != MP_SLOT_MULTICAST &&
           (target == NULL || slot->target != target->id);
}

static void on_acked(MpProber *prober, MpStream *stream, MpTarget *target, const MpSlot *slot,
                     const MpProbeReply *reply, gint64 now_us, GArray *out)
{
    gint64 network_us = MAX(reply->received_us - slot->sent_us, 0);
    MpProbeAction *action;
    guint id = target->id;
    gboolean changed =
        mp_targets_answered(&stream->targets, id, network_us, prober->rules->interval_us, now_us);

    prober->answered = TRUE;
    target->resolved = reply->via == MP_VIA_ARP;
    memcpy(target->hwaddr, reply->hwaddr, sizeof target->hwaddr);
    stream->sought = 0;
    tell_completed(prober, stream, slot, out);
    action = &g_array_index(out, MpProbeAction, out->len - 1);
    action->completed.network_us = network_us;
    action->completed.rtt_us = MAX(now_us - slot->sent_us, network_us);
    if (changed)
        append(prober, out, MP_PROBE_TARGETS);
}

MpAnswer mp_prober_handle(MpProber *prober, const MpProbeReply *reply, gint64 now_us, GArray *out)
{
    MpStream *stream = mp_prober_stream(prober, reply->from.family);
    MpTarget *target = mp_targets_find_address(&stream->targets, &reply->from);
    MpSlot *slot;
    MpAnswer answer;

    if (stream->via != reply->via) {
        mp_window_reject(&stream->window);
        return MP_ANSWER_UNKNOWN;
    }
    slot = find_slot(stream, reply, target);
    if (is_stranger(slot, target) || is_impostor(target, reply)) {
        mp_window_reject(&stream->window);
        return MP_ANSWER_STRANGER;
    }
    answer = mp_window_answer(&stream->window, slot, reply->cookie, reply->received_us);
    if (answer == MP_ANSWER_ACKED || answer == MP_ANSWER_LATE)
        on_acked(prober, stream, target, slot, reply, now_us, out);
    mp_prober_refresh(prober);
    return answer;
}

gboolean mp_prober_is_quiet(const MpProber *prober, gboolean others_answer, gint64 now_us)
{
    gint64 detection = mp_probe_detection_us(prober->rules->interval_us, prober->rules->failures);
    gint64 quiet = CLAMP(4 * detection, MP_PROBE_QUIET_MIN_US, MP_PROBE_QUIET_MAX_US);

    if (prober->answered)
        return FALSE;
    if (others_answer)
        quiet = MIN(quiet, detection);
    return now_us < prober->started_us + quiet;
}

MpProbeCounts mp_probe_counts_sum(const MpProbeCounts *a, const MpProbeCounts *b)
{
    return (MpProbeCounts){a->sent + b->sent, a->acked + b->acked,   a->lost + b->lost,
                           a->late + b->late, a->missed + b->missed, a->rejected + b->rejected};
}

MpProbeCounts mp_prober_counts(const MpProber *prober)
{
    return mp_probe_counts_sum(&prober->streams[0].window.counts,
                               &prober->streams[1].window.counts);
}
