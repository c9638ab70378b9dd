/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recall.h"

#include "announcer.h"
#include "probe-targets.h"

#include <string.h>

/* A group is known by its name, an interface of no group by its own. */
static const char *group_name(const MpGroup *group)
{
    return group->anonymous ? NULL : group->config->name;
}

static const char *only_name(const MpGroup *group)
{
    return group->anonymous ? ((const MpMember *)g_ptr_array_index(group->members, 0))->name : NULL;
}

static gboolean is_of(const MpGroup *group, const char *name, const char *interface)
{
    return g_strcmp0(name, group_name(group)) == 0 && g_strcmp0(interface, only_name(group)) == 0;
}

/* In -------------------------------------------------------------------------------------------
 */

void mp_engine_recall(MpEngine *engine, const MpLearned *learned, guint64 sequence)
{
    engine->sequence = sequence;
    if (learned != NULL)
        engine->learned = mp_learned_ref(learned);
}

void mp_engine_say_again(MpEngine *engine)
{
    engine->say_again = TRUE;
}

static gboolean was_heard(const MpGroup *group, const MpAddress *address)
{
    for (guint i = 0; i < group->heard_routers->len; i++) {
        if (mp_address_equal_host(&g_array_index(group->heard_routers, MpAddress, i), address))
            return TRUE;
    }
    return FALSE;
}

static void recall_routers(const MpEngine *engine, MpGroup *group, gint64 now_us)
{
    guint before = group->heard_routers->len;

    for (guint i = 0; i < engine->learned->targets->len; i++) {
        const MpLearnedTarget *target = g_ptr_array_index(engine->learned->targets, i);
        MpNeighbour router = {target->address, TRUE};

        if (target->heard && target->address.family == MP_IPV6 &&
            is_of(group, target->group, target->interface))
            mp_probe_targets_hear(group, &router);
    }
    if (group->heard_routers->len > before)
        mp_probe_targets_give(group, now_us);
}

void mp_recall_group(const MpEngine *engine, MpGroup *group, gint64 now_us)
{
    if (engine->learned == NULL || group->recalled)
        return;
    group->recalled = TRUE;
    recall_routers(engine, group, now_us);
    for (guint i = 0; i < engine->learned->targets->len; i++) {
        const MpLearnedTarget *target = g_ptr_array_index(engine->learned->targets, i);

        if (is_of(group, target->group, target->interface))
            mp_detection_recall_target(group->detection, &target->address, target->source,
                                       target->answered);
    }
    for (guint i = 0; i < engine->learned->intervals->len; i++) {
        const MpLearnedInterval *interval = g_ptr_array_index(engine->learned->intervals, i);

        if (is_of(group, interval->group, interval->interface) &&
            interval->detection_ms == group->config->failure_detection_ms &&
            interval->failures == group->config->probe_failures)
            mp_detection_recall_interval(group->detection, interval->interval_us,
                                         MIN(interval->raised_us, now_us));
    }
}

void mp_recall_member(const MpEngine *engine, const MpMember *member)
{
    if (engine->learned == NULL)
        return;
    for (guint i = 0; i < engine->learned->estimates->len; i++) {
        const MpLearnedEstimate *estimate = g_ptr_array_index(engine->learned->estimates, i);
        MpTarget target = {
            .address = estimate->address,
            .state = estimate->state,
            .rest_until_us = estimate->rest_until_us,
            .answered_us = estimate->samples > 0 ? estimate->answered_us : 0,
            .rtt = {estimate->average8_us, estimate->deviation4_us, estimate->samples}};

        if (strcmp(estimate->interface, member->name) == 0)
            mp_detection_recall_estimate(member->group->detection, member->id, &target);
    }
}

/* Out ------------------------------------------------------------------------------------------
 */

static void learn_interval(const MpGroup *group, MpLearned *learned)
{
    const MpDetection *detection = group->detection;
    MpLearnedInterval *entry;

    if (detection->raised_us == MP_NO_TIME)
        return;
    entry = g_new0(MpLearnedInterval, 1);
    entry->group = g_strdup(group_name(group));
    entry->interface = g_strdup(only_name(group));
    entry->detection_ms = detection->settings.detection_ms;
    entry->failures = detection->settings.failures;
    entry->interval_us = detection->rules.interval_us;
    entry->raised_us = detection->raised_us;
    g_ptr_array_add(learned->intervals, entry);
}

static void learn_targets(const MpGroup *group, MpLearned *learned)
{
    for (guint i = 0; i < group->detection->targets->len; i++) {
        const MpGroupTarget *target = &g_array_index(group->detection->targets, MpGroupTarget, i);
        MpLearnedTarget *entry = g_new0(MpLearnedTarget, 1);

        entry->group = g_strdup(group_name(group));
        entry->interface = g_strdup(only_name(group));
        entry->address = target->address;
        entry->source = target->source;
        entry->heard = was_heard(group, &target->address);
        entry->answered = target->answered;
        g_ptr_array_add(learned->targets, entry);
    }
}

static gboolean is_worth_it(const MpTarget *target)
{
    return target->rtt.samples > 0 || target->state == MP_TARGET_DEAD;
}

static void learn_member(const MpMember *member, MpLearned *learned)
{
    const MpProber *prober = mp_detection_find(member->group->detection, member->id);

    for (guint i = 0; prober != NULL && i < MP_N_STREAMS; i++) {
        const GArray *list = prober->streams[i].targets.list;

        for (guint k = 0; k < list->len; k++) {
            const MpTarget *target = &g_array_index(list, MpTarget, k);
            MpLearnedEstimate *entry;

            if (!is_worth_it(target))
                continue;
            entry = g_new0(MpLearnedEstimate, 1);
            entry->interface = g_strdup(member->name);
            entry->address = target->address;
            entry->state = target->state;
            entry->rest_until_us = target->rest_until_us;
            entry->answered_us = target->answered_us;
            entry->average8_us = target->rtt.average8_us;
            entry->deviation4_us = target->rtt.deviation4_us;
            entry->samples = target->rtt.samples;
            g_ptr_array_add(learned->estimates, entry);
        }
    }
}

static void learn_groups(const GPtrArray *groups, MpLearned *learned)
{
    for (guint i = 0; i < groups->len; i++) {
        const MpGroup *group = g_ptr_array_index(groups, i);

        if (group->deleted)
            continue;
        learn_interval(group, learned);
        learn_targets(group, learned);
        for (guint k = 0; k < group->members->len; k++)
            learn_member(g_ptr_array_index(group->members, k), learned);
    }
}

MpLearned *mp_engine_learned(const MpEngine *engine, gboolean last, gint64 now_us)
{
    MpLearned *learned;

    if (!engine->started || engine->starting)
        return NULL;
    if (!last && mp_announcer_deadline(engine) != G_MAXINT64)
        return NULL;
    learned = mp_learned_new();
    learned->told_us = now_us;
    learn_groups(engine->groups, learned);
    learn_groups(engine->tracked, learned);
    return learned;
}
