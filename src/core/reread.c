/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "reread.h"

#define REREAD_US (50 * MP_USEC_PER_MSEC)
#define TRIES_MAX 20 /* then it is believed: a kernel without IPv6 */

static gboolean is_missing(const MpEngine *engine, const MpSysctlValue *value)
{
    const MpLink *link = mp_picture_link(engine->picture, value->index);

    if (value->value >= 0 || link == NULL)
        return FALSE;
    return (value->key != MP_SYSCTL_IGNORE_LINKDOWN6 && value->key != MP_SYSCTL_AUTOCONF) ||
           mp_link_has_ipv6(link);
}

static MpReread *find(MpEngine *engine, guint index)
{
    MpMember *member = mp_engine_member_by_index(engine, index);

    for (guint i = 0; member == NULL && i < engine->orphans->len; i++) {
        MpOrphan *orphan = &g_array_index(engine->orphans, MpOrphan, i);

        if (orphan->index == index)
            return &orphan->reread;
    }
    return member != NULL ? &member->reread : NULL;
}

gboolean mp_reread_note(MpEngine *engine, const MpSysctlValue *value, gint64 now_us)
{
    MpReread *reread = value->index != 0 ? find(engine, value->index) : NULL;

    if (reread == NULL || (!reread->missing && !is_missing(engine, value)))
        return FALSE;
    if (!reread->missing && reread->tries == TRIES_MAX)
        return FALSE;
    if (!reread->missing)
        reread->tries++;
    reread->missing = TRUE;
    if (engine->reread_us == 0)
        engine->reread_us = now_us + REREAD_US;
    /* The last of all would tell that all is known; what others have set meanwhile is theirs. */
    return is_missing(engine, value) || value->key == MP_SYSCTL_AUTOCONF;
}

gint64 mp_reread_deadline(const MpEngine *engine)
{
    return engine->reread_us != 0 ? engine->reread_us : G_MAXINT64;
}

/* FALSE: nothing of it was missing. */
static gboolean again(MpReread *reread)
{
    gboolean missing = reread->missing;

    reread->missing = FALSE;
    return missing;
}

void mp_reread_expire(MpEngine *engine, gint64 now_us)
{
    if (now_us < mp_reread_deadline(engine))
        return;
    engine->reread_us = 0;
    engine->dirty = TRUE;
    for (guint i = 0; i < engine->orphans->len; i++) {
        MpOrphan *orphan = &g_array_index(engine->orphans, MpOrphan, i);

        if (again(&orphan->reread))
            orphan->asked = orphan->known = FALSE;
    }
    for (guint i = 0; i < engine->groups->len; i++) {
        const MpGroup *group = g_ptr_array_index(engine->groups, i);

        for (guint k = 0; k < group->members->len; k++) {
            MpMember *member = g_ptr_array_index(group->members, k);

            if (again(&member->reread))
                member->sysctls_asked = member->sysctls_known = FALSE;
        }
    }
}
