/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "detection.h"

#include "verdict.h"

static MpProber *prober_at(const MpDetection *detection, guint i)
{
    return g_ptr_array_index(detection->probers, i);
}

static MpGroupTarget *target_at(const MpDetection *detection, guint i)
{
    return &g_array_index(detection->targets, MpGroupTarget, i);
}

static MpGroupTarget *find_target(const MpDetection *detection, guint id)
{
    for (guint i = 0; i < detection->targets->len; i++) {
        if (target_at(detection, i)->id == id)
            return target_at(detection, i);
    }
    return NULL;
}

static void prober_free(gpointer data)
{
    mp_prober_clear(data);
    g_free(data);
}

static gint64 configured_us(const MpDetectionSettings *settings)
{
    return mp_probe_interval_us(settings->detection_ms * MP_USEC_PER_MSEC, settings->failures);
}

static void apply_settings(MpDetection *detection, const MpDetectionSettings *settings)
{
    detection->settings = *settings;
    detection->rules = (MpProbeRules){.interval_us = configured_us(settings),
                                      .failures = settings->failures,
                                      .repairs = settings->repairs,
                                      .discover = !settings->targets_only};
}

MpDetection *mp_detection_new(const MpDetectionSettings *settings, const MpCookieKey *key,
                              GRand *random)
{
    MpDetection *detection = g_new0(MpDetection, 1);

    detection->key = *key;
    detection->random = random;
    detection->raised_us = MP_NO_TIME;
    detection->probers = g_ptr_array_new_with_free_func(prober_free);
    detection->targets = g_array_new(FALSE, TRUE, sizeof(MpGroupTarget));
    detection->actions = g_array_new(FALSE, TRUE, sizeof(MpProbeAction));
    apply_settings(detection, settings);
    return detection;
}

void mp_detection_free(MpDetection *detection)
{
    g_ptr_array_unref(detection->probers);
    g_array_unref(detection->targets);
    g_array_unref(detection->actions);
    g_free(detection);
}

MpProber *mp_detection_find(const MpDetection *detection, guint member)
{
    for (guint i = 0; i < detection->probers->len; i++) {
        if (prober_at(detection, i)->id == member)
            return prober_at(detection, i);
    }
    return NULL;
}

static gboolean is_own(const MpDetection *detection, const MpAddress *address)
{
    return detection->is_own != NULL && detection->is_own(address, detection->own_data);
}

/* Whether a member can ask this target: in its subnet, and by ARP none that was merely found. */
static gboolean suits(const MpStream *stream, const MpGroupTarget *target)
{
    if (stream->via == MP_VIA_NONE)
        return FALSE;
    if (stream->via == MP_VIA_ARP)
        return target->source <= MP_TARGET_ROUTER;
    return target->address.family == MP_IPV6 ||
           mp_address_contains(&stream->source, &target->address);
}

/* Those that were found serve only where none is known that we were told of. */
static gboolean told_of_one(const MpDetection *detection, const MpStream *stream, guint8 family)
{
    for (guint i = 0; i < detection->targets->len; i++) {
        const MpGroupTarget *target = target_at(detection, i);

        if (target->address.family == family && !mp_target_source_is_discovered(target->source) &&
            suits(stream, target))
            return TRUE;
    }
    return FALSE;
}

static gboolean offer_stream(MpDetection *detection, MpProber *prober, guint8 family)
{
    MpStream *stream = mp_prober_stream(prober, family);
    gboolean told = told_of_one(detection, stream, family), changed = FALSE;

    for (guint i = 0; i < detection->targets->len; i++) {
        const MpGroupTarget *target = target_at(detection, i);
        gboolean wanted = target->address.family == family && suits(stream, target) &&
                          !(told && mp_target_source_is_discovered(target->source));

        if (wanted) {
            changed |= mp_prober_offer(prober, target->id, &target->address, target->source);
        } else if (mp_targets_remove(&stream->targets, target->id)) {
            mp_window_forget(&stream->window, target->id);
            changed = TRUE;
        }
    }
    return changed;
}

/* Found by one, offered to all. */
static void offer(MpDetection *detection)
{
    for (guint i = 0; i < detection->probers->len; i++) {
        MpProber *prober = prober_at(detection, i);
        gboolean changed = offer_stream(detection, prober, MP_IPV4);

        changed |= offer_stream(detection, prober, MP_IPV6);
        if (!changed)
            continue;
        mp_prober_refresh(prober);
        mp_verdict_tell(detection, MP_PROBE_TARGETS, prober->id);
    }
}

static void add_target(MpDetection *detection, const MpAddress *address, MpTargetSource source)
{
    MpGroupTarget target = {.id = ++detection->last_id,
                            .address = *address,
                            .source = source,
                            .waiting_us = G_MAXINT64,
                            .asked_us = MP_NO_TIME};

    g_array_append_val(detection->targets, target);
}

static void drop_target(MpDetection *detection, guint at)
{
    guint id = target_at(detection, at)->id;

    for (guint i = 0; i < detection->probers->len; i++) {
        MpProber *prober = prober_at(detection, i);
        gboolean changed = FALSE;

        for (guint k = 0; k < MP_N_STREAMS; k++) {
            changed |= mp_targets_remove(&prober->streams[k].targets, id);
            mp_window_forget(&prober->streams[k].window, id);
        }
        if (!changed)
            continue;
        mp_prober_refresh(prober);
        mp_verdict_tell(detection, MP_PROBE_TARGETS, prober->id);
    }
    g_array_remove_index(detection->targets, at);
}

static MpGroupTarget *find_address(const MpDetection *detection, const MpAddress *address)
{
    for (guint i = 0; i < detection->targets->len; i++) {
        if (mp_address_equal_host(&target_at(detection, i)->address, address))
            return target_at(detection, i);
    }
    return NULL;
}

static gboolean is_listed(const GArray *addresses, const MpAddress *address)
{
    for (guint i = 0; i < addresses->len; i++) {
        if (mp_address_equal_host(&g_array_index(addresses, MpAddress, i), address))
            return TRUE;
    }
    return FALSE;
}

static void take_target(MpDetection *detection, const MpAddress *address, MpTargetSource source)
{
    MpGroupTarget *known = find_address(detection, address);

    if ((detection->settings.targets_only && source != MP_TARGET_CONFIGURED) ||
        (known != NULL && known->source <= source) || is_own(detection, address))
        return;
    if (known != NULL) /* known by a better source now: its place in the order changes */
        drop_target(detection, (guint)(known - target_at(detection, 0)));
    add_target(detection, address, source);
}

void mp_detection_set_targets(MpDetection *detection, MpTargetSource source,
                              const GArray *addresses, gint64 now_us)
{
    for (guint i = detection->targets->len; i-- > 0;) {
        const MpGroupTarget *target = target_at(detection, i);

        if (target->source == source && !is_listed(addresses, &target->address))
            drop_target(detection, i);
    }
    for (guint i = 0; i < addresses->len; i++)
        take_target(detection, &g_array_index(addresses, MpAddress, i), source);
    offer(detection);
    mp_verdict_decide(detection, now_us);
}

void mp_detection_set_own(MpDetection *detection, MpOwnFunc func, gconstpointer data)
{
    detection->is_own = func;
    detection->own_data = data;
}

gboolean mp_detection_drop_own(MpDetection *detection, const MpAddress *address, gint64 now_us)
{
    const MpGroupTarget *target = find_address(detection, address);

    if (target == NULL)
        return FALSE;
    drop_target(detection, (guint)(target - target_at(detection, 0)));
    offer(detection);
    mp_verdict_decide(detection, now_us);
    return TRUE;
}

void mp_detection_set_source(MpDetection *detection, const MpAddress *address,
                             MpTargetSource source)
{
    MpGroupTarget *target = find_address(detection, address);

    if (target == NULL || target->source == source ||
        (detection->settings.targets_only && source != MP_TARGET_CONFIGURED))
        return;
    target->source = source;
    for (guint i = 0; i < detection->probers->len; i++) {
        MpProber *prober = prober_at(detection, i);
        gboolean changed = FALSE;

        for (guint k = 0; k < MP_N_STREAMS; k++)
            changed |= mp_targets_set_source(&prober->streams[k].targets, target->id, source);
        if (changed)
            mp_verdict_tell(detection, MP_PROBE_TARGETS, prober->id);
    }
}

void mp_detection_flush(MpDetection *detection)
{
    for (guint i = detection->targets->len; i-- > 0;) {
        if (mp_target_source_is_discovered(target_at(detection, i)->source))
            drop_target(detection, i);
    }
}

void mp_detection_configure(MpDetection *detection, const MpDetectionSettings *settings,
                            gint64 now_us)
{
    gint64 before = detection->rules.interval_us;

    apply_settings(detection, settings);
    for (guint i = detection->targets->len; i-- > 0 && settings->targets_only;) {
        if (target_at(detection, i)->source != MP_TARGET_CONFIGURED)
            drop_target(detection, i);
    }
    detection->raised_us = MP_NO_TIME;
    mp_verdict_raise(detection, now_us);
    for (guint i = 0; detection->rules.interval_us < before && i < detection->probers->len; i++)
        mp_prober_hasten(prober_at(detection, i), now_us, detection->random);
    offer(detection);
    mp_verdict_decide(detection, now_us);
}

MpProber *mp_detection_add(MpDetection *detection, guint member)
{
    MpProber *prober = g_new0(MpProber, 1);

    mp_prober_init(prober, member, &detection->rules);
    g_ptr_array_add(detection->probers, prober);
    return prober;
}

void mp_detection_remove(MpDetection *detection, guint member, gint64 now_us)
{
    MpProber *prober = mp_detection_find(detection, member);

    if (prober == NULL)
        return;
    g_ptr_array_remove(detection->probers, prober);
    mp_verdict_decide(detection, now_us);
}

/* Nobody asks any more: when somebody does again, it is as if the list had been filled then. */
static void forget_answers(MpDetection *detection)
{
    for (guint i = 0; i < detection->probers->len; i++) {
        if (mp_prober_is_enabled(prober_at(detection, i)))
            return;
    }
    for (guint i = 0; i < detection->targets->len; i++) {
        target_at(detection, i)->answered = FALSE;
        target_at(detection, i)->waiting_us = G_MAXINT64;
    }
}

void mp_detection_set(MpDetection *detection, guint member, guint8 family, MpProbeVia via,
                      const MpAddress *source, gint64 now_us)
{
    MpProber *prober = mp_detection_find(detection, member);

    if (prober == NULL || !mp_prober_set(prober, family, via, source, now_us, detection->random))
        return;
    if (!mp_prober_is_enabled(prober)) {
        mp_verdict_change(detection, prober, MP_PROBE_DISABLED, MP_REASON_PROBING_OFF);
        forget_answers(detection);
    } else if (prober->state == MP_PROBE_DISABLED)
        mp_verdict_change(detection, prober, MP_PROBE_UNKNOWN, MP_REASON_PROBING_ON);
    offer(detection);
    mp_verdict_decide(detection, now_us);
}

void mp_detection_await(MpDetection *detection, guint member, gboolean awaited)
{
    MpProber *prober = mp_detection_find(detection, member);

    if (prober != NULL)
        prober->awaited = awaited;
}

/* Another one carries on while this one proves itself. */
static gboolean has_substitute(const MpDetection *detection, const MpProber *prober)
{
    for (guint i = 0; i < detection->probers->len; i++) {
        const MpProber *other = prober_at(detection, i);

        if (other != prober && other->link && other->state != MP_PROBE_FAILED)
            return TRUE;
    }
    return FALSE;
}

gboolean mp_detection_recall_failed(MpDetection *detection, guint member)
{
    MpProber *prober = mp_detection_find(detection, member);

    if (prober == NULL || !mp_prober_is_enabled(prober))
        return TRUE;
    /* Its link is there, and nobody else: as in mp_detection_set_link(), which came before it could
     * be probed. */
    if (prober->state != MP_PROBE_FAILED && prober->link && !has_substitute(detection, prober))
        return FALSE;
    mp_verdict_change(detection, prober, MP_PROBE_FAILED, MP_REASON_PROBE_FAILURE);
    return TRUE;
}

/* What we are told of is told anew; what was found would have to be found again. */
void mp_detection_recall_target(MpDetection *detection, const MpAddress *address,
                                MpTargetSource source, gboolean answered)
{
    MpGroupTarget *known = find_address(detection, address);

    if (known == NULL && mp_target_source_is_discovered(source) &&
        detection->targets->len < MP_GROUP_TARGETS_MAX) {
        take_target(detection, address, source);
        known = find_address(detection, address);
    }
    if (known != NULL)
        known->answered |= answered;
}

void mp_detection_recall_interval(MpDetection *detection, gint64 interval_us, gint64 raised_us)
{
    gint64 most = mp_probe_interval_us(MP_FDT_MAX_MS * MP_USEC_PER_MSEC, detection->rules.failures);

    if (interval_us <= detection->rules.interval_us || interval_us > most)
        return;
    detection->rules.interval_us = interval_us;
    detection->raised_us = raised_us;
}

void mp_detection_recall_estimate(MpDetection *detection, guint member, const MpTarget *target)
{
    MpProber *prober = mp_detection_find(detection, member);

    if (prober != NULL && prober->recalled->len < MP_N_STREAMS * MP_GROUP_TARGETS_MAX)
        g_array_append_val(prober->recalled, *target);
}

/* Once its targets have answered somebody, a member whose link was lost has to prove itself, if
 * there is another one meanwhile. */
void mp_detection_set_link(MpDetection *detection, guint member, gboolean up, gint64 now_us)
{
    MpProber *prober = mp_detection_find(detection, member);
    gboolean was_up;

    if (prober == NULL)
        return;
    was_up = prober->link;
    mp_prober_set_link(prober, up, now_us, detection->random);
    if (was_up && !up && mp_prober_is_enabled(prober))
        mp_verdict_change(detection, prober,
                          mp_detection_can_convict(detection) ? MP_PROBE_FAILED : MP_PROBE_UNKNOWN,
                          MP_REASON_LINK_DOWN);
    if (!was_up && up && prober->state == MP_PROBE_FAILED && !has_substitute(detection, prober))
        mp_verdict_change(detection, prober, MP_PROBE_UNKNOWN, MP_REASON_LINK_UP);
    mp_verdict_decide(detection, now_us);
}

void mp_detection_restart(MpDetection *detection, guint member, gint64 now_us)
{
    MpProber *prober = mp_detection_find(detection, member);

    if (prober == NULL || !prober->link)
        return;
    mp_prober_set_link(prober, FALSE, now_us, detection->random);
    mp_prober_set_link(prober, TRUE, now_us, detection->random);
}

static gboolean on_found(MpDetection *detection, const MpAddress *from)
{
    MpGroupTarget *known = find_address(detection, from);

    /* Enough are known: what everybody answers would make the list long for nothing. */
    if (known == NULL &&
        (detection->targets->len >= MP_GROUP_TARGETS_MAX || is_own(detection, from)))
        return FALSE;
    if (known == NULL)
        take_target(detection, from, MP_TARGET_MULTICAST);
    offer(detection);
    return TRUE;
}

MpAnswer mp_detection_handle(MpDetection *detection, const MpProbeReply *reply, gint64 now_us)
{
    MpProber *prober = mp_detection_find(detection, reply->member);
    MpTarget *target;
    MpGroupTarget *known;
    MpAnswer answer;

    if (prober == NULL)
        return MP_ANSWER_UNKNOWN;
    answer = mp_prober_handle(prober, reply, now_us, detection->actions);
    if (answer == MP_ANSWER_FOUND)
        on_found(detection, &reply->from);
    if (answer != MP_ANSWER_ACKED && answer != MP_ANSWER_LATE)
        return answer;
    target = mp_targets_find_address(&mp_prober_stream(prober, reply->from.family)->targets,
                                     &reply->from);
    known = find_target(detection, target->id);
    if (!mp_detection_can_convict(detection))
        mp_verdict_forgive(detection);
    known->answered = TRUE;
    known->waiting_us = G_MAXINT64;
    if (mp_rtt_conservative_us(&target->rtt) > detection->rules.interval_us)
        mp_verdict_raise(detection, now_us);
    mp_verdict_decide(detection, now_us);
    return answer;
}

void mp_detection_sent(MpDetection *detection, guint member, guint8 family, guint16 sequence,
                       gint64 sent_us)
{
    MpProber *prober = mp_detection_find(detection, member);

    if (prober != NULL)
        mp_prober_sent(prober, family, sequence, sent_us);
}

void mp_detection_not_sent(MpDetection *detection, guint member, guint8 family, guint16 sequence)
{
    MpProber *prober = mp_detection_find(detection, member);

    if (prober != NULL)
        mp_prober_not_sent(prober, family, sequence);
}

/* Whether a probe from 0.0.0.0 may go to this target: not while it answers nobody, since one that
 * is just acquiring its address could take it for a conflict, but for one a minute. Not even that
 * where others ask it by name, unless it has answered before: those may have lost their way. */
static gboolean is_held(const MpDetection *detection, const MpStream *stream,
                        const MpGroupTarget *target, gboolean somebody, gint64 now_us)
{
    gboolean silent =
        !target->answered || (target->waiting_us != G_MAXINT64 &&
                              now_us - target->waiting_us > 2 * detection->rules.interval_us);

    if (stream->via != MP_VIA_ARP || mp_address_contains(&stream->source, &target->address))
        return FALSE;
    if (!silent)
        return FALSE;
    return (somebody && !target->answered) ||
           (target->asked_us != MP_NO_TIME && now_us - target->asked_us < MP_DETECTION_RARE_US);
}

/* Some member asks it by an address of its own. */
static gboolean is_asked_by_name(const MpDetection *detection, const MpGroupTarget *target)
{
    for (guint i = 0; i < detection->probers->len; i++) {
        MpProber *prober = prober_at(detection, i);
        const MpStream *stream = mp_prober_stream(prober, MP_IPV4);

        if (prober->link && stream->via == MP_VIA_ARP &&
            mp_address_contains(&stream->source, &target->address))
            return TRUE;
    }
    return FALSE;
}

static void hold_targets(MpDetection *detection, MpProber *prober, gint64 now_us)
{
    MpStream *stream = mp_prober_stream(prober, MP_IPV4);

    for (guint i = 0; i < stream->targets.list->len; i++) {
        MpTarget *target = &g_array_index(stream->targets.list, MpTarget, i);
        const MpGroupTarget *known = find_target(detection, target->id);

        target->held =
            stream->via == MP_VIA_ARP &&
            is_held(detection, stream, known, is_asked_by_name(detection, known), now_us);
    }
}

/* What was just sent, from `first` on. */
static void note_sent(MpDetection *detection, guint first, gint64 now_us)
{
    for (guint i = first; i < detection->actions->len; i++) {
        const MpProbeAction *action = &g_array_index(detection->actions, MpProbeAction, i);
        MpGroupTarget *target;

        if (action->kind != MP_PROBE_SEND || action->send.id == 0)
            continue;
        target = find_target(detection, action->send.id);
        target->waiting_us = MIN(target->waiting_us, now_us);
        if (action->send.source.family == 0)
            target->asked_us = now_us;
    }
}

gint64 mp_detection_deadline(const MpDetection *detection)
{
    gint64 deadline = G_MAXINT64;

    for (guint i = 0; i < detection->probers->len; i++)
        deadline = MIN(deadline, mp_prober_deadline(prober_at(detection, i)));
    return deadline;
}

void mp_detection_expire(MpDetection *detection, gint64 now_us)
{
    gboolean due = FALSE;

    for (guint i = 0; i < detection->probers->len; i++) {
        MpProber *prober = prober_at(detection, i);
        guint first = detection->actions->len;

        if (now_us < mp_prober_deadline(prober))
            continue;
        due = TRUE;
        hold_targets(detection, prober, now_us);
        mp_prober_expire(prober, &detection->key, detection->random, now_us, detection->actions);
        note_sent(detection, first, now_us);
    }
    if (!due)
        return;
    mp_verdict_lower(detection, now_us);
    mp_verdict_decide(detection, now_us);
}

gboolean mp_detection_pop(MpDetection *detection, MpProbeAction *out)
{
    if (detection->popped == detection->actions->len) {
        g_array_set_size(detection->actions, 0);
        detection->popped = 0;
        return FALSE;
    }
    *out = g_array_index(detection->actions, MpProbeAction, detection->popped++);
    return TRUE;
}
