/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Settings as they were found, and what we set instead. */
#include "facts.h"

#include "orphan.h"
#include "picture.h"
#include "plan.h"

static void settings_changed(MpEngine *engine)
{
    engine->record_dirty = engine->settings_dirty = TRUE;
}

/* The first value that is read is the user's, and so is each later one that is not what we set;
 * what we are going to set is noted before it is set. TRUE: somebody has changed it since. */
static gboolean note_value(MpEngine *engine, gint *found, gint *set, gint value, gint wanted)
{
    gboolean first = *found < 0;

    if (value < 0 || (!first && (value == *found || value == *set || wanted < 0)))
        return FALSE;
    *found = value;
    *set = wanted;
    settings_changed(engine);
    return !first;
}

static void member_note_value(MpEngine *engine, MpMember *member, MpSysctl key, gint value)
{
    gint wanted = mp_sysctl_wanted(engine, member, key);
    gint *found = &member->sysctl_found[key], *set = &member->sysctl_set[key];

    if (key == MP_SYSCTL_AUTOCONF && *found >= 0)
        return; /* has its own ways: below */
    if (key == MP_SYSCTL_MEDIUM_ID && *found >= 0 && *set != wanted &&
        value >= MP_MEDIUM_ID_FIRST && value - MP_MEDIUM_ID_FIRST <= 0xffffff) {
        *set = wanted; /* the value is of another group of ours, in which an earlier life had it */
        settings_changed(engine);
        return;
    }
    if (note_value(engine, found, set, value, wanted))
        member->sysctls_asked = FALSE; /* not the only one, maybe */
}

/* It was on another device of this number. That is recorded before anything is set on the new one,
 * by which the next life would take it for the old one. */
static void forgive_absent(MpEngine *engine, const MpMember *member)
{
    for (guint i = 0; i < member->group->data->len; i++) {
        MpData *data = g_ptr_array_index(member->group->data, i);

        if (!data->unseen || data->suspect_until_us == 0 || data->seen_index != member->index)
            continue;
        data->suspect_until_us = 0;
        data->seen_index = 0;
        engine->dirty = TRUE;
        settings_changed(engine);
    }
}

/* Of all settings nobody else has our value of this one. */
static void note_mark(MpEngine *engine, MpMember *member, const MpSysctlValue *value)
{
    gint set = member->sysctl_set[MP_SYSCTL_MEDIUM_ID];

    if (value->key != MP_SYSCTL_MEDIUM_ID || member->mark_known)
        return;
    member->mark_known = TRUE;
    member->renewed = set >= 0 && value->value >= 0 && value->value != set;
    if (member->renewed)
        forgive_absent(engine, member);
}

/* A new device has none of them by itself. */
static gboolean has_any_of_ours(const MpEngine *engine, const MpMember *member)
{
    for (guint key = 0; key < MP_SYSCTL_FIRST_GLOBAL; key++) {
        gint set = member->sysctl_set[key];

        if (set > 0 && set != member->sysctl_found[key] &&
            mp_picture_sysctl(engine->picture, member->index, key) == set)
            return TRUE;
    }
    return FALSE;
}

/* What was found on another device of this number is not to be put back on this one. */
static void forget_settings(MpEngine *engine, MpMember *member)
{
    if (!member->renewed || has_any_of_ours(engine, member))
        return;
    for (guint key = 0; key < MP_SYSCTL_FIRST_GLOBAL; key++) {
        member->sysctl_found[key] = member->sysctl_set[key] = -1;
        member_note_value(engine, member, key,
                          mp_picture_sysctl(engine->picture, member->index, key));
    }
    settings_changed(engine);
}

/* What of all devices was changed decides about each. */
static void note_all(MpEngine *engine)
{
    for (guint i = 0; i < engine->groups->len; i++) {
        const MpGroup *group = g_ptr_array_index(engine->groups, i);

        for (guint k = 0; k < group->members->len; k++) {
            MpMember *member = g_ptr_array_index(group->members, k);
            gint *set = &member->sysctl_set[MP_SYSCTL_RP_FILTER];

            if (member->sysctl_found[MP_SYSCTL_RP_FILTER] >= 0 && *set < 0) {
                *set = mp_sysctl_wanted(engine, member, MP_SYSCTL_RP_FILTER);
                if (*set >= 0)
                    settings_changed(engine);
            }
        }
    }
}

gboolean mp_facts_wants_sysctl(MpEngine *engine, const MpSysctlValue *value)
{
    MpMember *member = value->index != 0 ? mp_engine_member_by_index(engine, value->index) : NULL;

    if (member == NULL || !member->autoconf_asked)
        return TRUE;
    if (value->key != MP_SYSCTL_AUTOCONF)
        return FALSE;
    member->autoconf_asked = FALSE;
    return TRUE;
}

void mp_facts_note_sysctl(MpEngine *engine, const MpSysctlValue *value)
{
    MpMember *member = value->index != 0 ? mp_engine_member_by_index(engine, value->index) : NULL;
    MpGlobalSysctl *global = &engine->globals[value->key];

    if (value->key == MP_SYSCTL_AUTOCONF) /* the last of all that are read */
        mp_orphan_note_read(engine, value->index);
    if (value->index != 0 && member == NULL)
        return;
    if (member != NULL) {
        if (value->key == MP_SYSCTL_AUTOCONF && !member->sysctls_known)
            forget_settings(engine, member);
        member->sysctls_known |= value->key == MP_SYSCTL_AUTOCONF;
        note_mark(engine, member, value);
        member_note_value(engine, member, value->key, value->value);
    } else {
        engine->globals_known |= value->key == MP_SYSCTL_NEXTHOP_COMPAT; /* only ever read */
        note_value(engine, &global->found, &global->set, value->value,
                   mp_sysctl_wanted(engine, NULL, value->key));
    }
    if (value->key == MP_SYSCTL_RP_FILTER_ALL)
        note_all(engine);
}

/* Since the member joined somebody may have changed it. */
static void member_ask_autoconf(MpMember *member)
{
    member->sysctl_found[MP_SYSCTL_AUTOCONF] = -1;
    member->sysctls_asked = FALSE;
    member->autoconf_asked = TRUE;
}

/* Unlike the others it is set and put back while the member stays. */
static void member_note_autoconf(MpEngine *engine, MpMember *member)
{
    gint found = member->sysctl_found[MP_SYSCTL_AUTOCONF];
    gint *set = &member->sysctl_set[MP_SYSCTL_AUTOCONF];
    gboolean was_away = member->autoconf_away;
    gboolean away = mp_sysctl_wanted(engine, member, MP_SYSCTL_AUTOCONF) == 0;

    member->autoconf_away = away;
    if (away && !was_away && *set < 0 && found >= 0 && member->sysctls_asked &&
        member->sysctls_known) {
        member_ask_autoconf(member);
        return;
    }
    if (away && *set < 0 && found > 0)
        *set = 0;
    else if (!away && *set == 0 &&
             (found == 0 ||
              mp_picture_sysctl(engine->picture, member->index, MP_SYSCTL_AUTOCONF) != 0))
        *set = -1;
    else
        return;
    settings_changed(engine);
}

void mp_facts_note_autoconf(MpEngine *engine)
{
    for (guint i = 0; i < engine->groups->len; i++) {
        const MpGroup *group = g_ptr_array_index(engine->groups, i);

        for (guint k = 0; k < group->members->len; k++) {
            MpMember *member = g_ptr_array_index(group->members, k);

            if (member->index != 0 && !member->leaving && !group->deleted)
                member_note_autoconf(engine, member);
        }
    }
}
