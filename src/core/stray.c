/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "stray.h"

#include "data.h"
#include "facts.h"

#include <string.h>

static gboolean is_ours(const MpIfaddr *ifaddr)
{
    return ifaddr->protocol == MP_PROTOCOL && !mp_address_is_link_local(&ifaddr->address);
}

/* A copy away from home: what was declared, and is at home, has a route of the kernel's; test
 * addresses and what keeps the last one company have another scope. */
static gboolean is_copy(const MpIfaddr *ifaddr)
{
    return is_ours(ifaddr) && ifaddr->index != MP_LOOPBACK_INDEX &&
           (ifaddr->flags & MP_IFA_NOPREFIXROUTE) != 0 &&
           (ifaddr->scope == MP_SCOPE_UNIVERSE || ifaddr->scope == MP_SCOPE_SITE);
}

static gboolean is_anchor(const MpIfaddr *ifaddr)
{
    return is_ours(ifaddr) && ifaddr->index == MP_LOOPBACK_INDEX;
}

/* On a device as anybody's: its owner has it, and of ours there may be a rest. */
static gboolean is_given_back(const MpEngine *engine, const MpAddress *address)
{
    for (guint i = 0; i < engine->picture->addresses->len; i++) {
        const MpIfaddr *has =
            &((MpPictureAddress *)g_ptr_array_index(engine->picture->addresses, i))->ifaddr;

        if (has->protocol != MP_PROTOCOL && mp_address_equal_host(&has->address, address))
            return TRUE;
    }
    return FALSE;
}

/* Whether the record tells of it: where it belongs, or that it is to go. One that it had no time to
 * tell of is the user's. */
static gboolean past_knows(const MpEngine *engine, const MpAddress *address)
{
    for (guint i = 0; engine->past != NULL && i < engine->past->addresses->len; i++) {
        const MpRecordAddress *entry = g_ptr_array_index(engine->past->addresses, i);

        if (mp_address_equal_host(&entry->address, address))
            return TRUE;
    }
    return FALSE;
}

static const MpIfaddr *find(const MpEngine *engine, const MpAddress *address)
{
    for (guint i = 0; i < engine->strays->len; i++) {
        const MpIfaddr *stray = &g_array_index(engine->strays, MpIfaddr, i);

        if (mp_address_equal_host(&stray->address, address))
            return stray;
    }
    return NULL;
}

gboolean mp_stray_is(const MpEngine *engine, const MpAddress *address)
{
    return find(engine, address) != NULL;
}

static void collect(MpEngine *engine, gboolean (*is_one)(const MpIfaddr *ifaddr))
{
    for (guint i = 0; i < engine->picture->addresses->len; i++) {
        const MpIfaddr *ifaddr =
            &((MpPictureAddress *)g_ptr_array_index(engine->picture->addresses, i))->ifaddr;

        if (is_one(ifaddr) && !past_knows(engine, &ifaddr->address) &&
            g_hash_table_lookup(engine->data, &ifaddr->address) == NULL &&
            !mp_stray_is(engine, &ifaddr->address) && !is_given_back(engine, &ifaddr->address))
            g_array_append_val(engine->strays, *ifaddr);
    }
}

void mp_strays_collect(MpEngine *engine)
{
    collect(engine, is_copy);
    collect(engine, is_anchor); /* of those that are on no device at all */
}

/* An anchor does not say of which subnet it is: the group tells that has another one of it. */
static MpGroup *group_of_anchor(const MpEngine *engine, MpIfaddr *stray)
{
    MpGroup *only = NULL;
    guint n = 0;

    for (guint i = 0; i < engine->groups->len; i++) {
        MpGroup *group = g_ptr_array_index(engine->groups, i);

        for (guint k = 0; k < group->data->len && !group->deleted; k++) {
            const MpData *data = g_ptr_array_index(group->data, k);

            if (!mp_address_contains(&data->address, &stray->address))
                continue;
            stray->address.prefix = data->address.prefix;
            return group;
        }
        if (group->deleted)
            continue;
        only = group;
        n++;
    }
    return n == 1 && !engine->config->partial ? only : NULL;
}

/* As it was before it was copied, as far as a copy tells. */
static MpIfaddr original_of(const MpIfaddr *copy)
{
    MpIfaddr form = *copy;

    form.flags &= ~(guint32)(MP_IFA_NOPREFIXROUTE | MP_IFA_NODAD);
    form.protocol = 0;
    if (form.index == MP_LOOPBACK_INDEX) {
        form.scope = MP_SCOPE_UNIVERSE;
        form.preferred_s = MP_FOREVER;
        form.label[0] = '\0';
    }
    return form;
}

static gboolean adopt(MpEngine *engine, MpIfaddr *stray, gint64 now_us)
{
    MpMember *member = mp_engine_member_by_index(engine, stray->index);
    MpGroup *group = member != NULL && !member->leaving ? member->group : NULL;
    MpIfaddr form;

    if (stray->index == MP_LOOPBACK_INDEX)
        group = group_of_anchor(engine, stray);
    if (group == NULL)
        return FALSE;
    form = original_of(stray);
    mp_data_adopt_homeless(engine, group, &form, now_us);
    return TRUE;
}

/* Nobody else's meanwhile, and still there, or about to be given back. */
static gboolean is_still(const MpEngine *engine, const MpIfaddr *stray)
{
    const MpIfaddr *has = mp_picture_ifaddr(engine->picture, stray->index, &stray->address);
    MpAddress anchor = stray->address;

    anchor.prefix = (guint8)mp_address_bits(&anchor);
    if (g_hash_table_lookup(engine->data, &stray->address) != NULL ||
        mp_picture_link(engine->picture, stray->index) == NULL)
        return FALSE;
    if (has != NULL)
        return has->protocol == MP_PROTOCOL;
    return mp_picture_ifaddr(engine->picture, MP_LOOPBACK_INDEX, &anchor) != NULL;
}

/* An anchor of a group that the record has no more, which nobody here can have. */
static gboolean is_rest(const MpEngine *engine, const MpIfaddr *stray)
{
    return stray->index == MP_LOOPBACK_INDEX && engine->past != NULL && !engine->config->partial;
}

void mp_strays_adopt(MpEngine *engine, gint64 now_us)
{
    for (guint i = engine->strays->len; i > 0; i--) {
        MpIfaddr *stray = &g_array_index(engine->strays, MpIfaddr, i - 1);

        if (!is_still(engine, stray) || adopt(engine, stray, now_us) || is_rest(engine, stray))
            g_array_remove_index(engine->strays, i - 1);
    }
}

gboolean mp_strays_wait(const MpEngine *engine)
{
    return engine->strays->len > 0 && engine->config->partial;
}

/* IPv4 ignores a change of the flag in place; under the anchor a gap does no harm. */
static void give_back(const MpEngine *engine, MpPlan *plan, const MpIfaddr *stray)
{
    MpIfaddr form = original_of(stray);

    if (mp_picture_ifaddr(engine->picture, stray->index, &stray->address) == NULL)
        form.flags |= form.address.family == MP_IPV6 ? MP_IFA_NODAD : 0u;
    else if (form.address.family == MP_IPV4)
        mp_plan_add(plan->clean, MP_OP_ADDRESS_DEL)->address = *stray;
    mp_plan_add(plan->clean, MP_OP_ADDRESS_ADD)->address = form;
}

void mp_strays_plan(const MpEngine *engine, MpPlan *plan)
{
    for (guint i = 0; i < engine->strays->len && !engine->config->partial; i++) {
        const MpIfaddr *stray = &g_array_index(engine->strays, MpIfaddr, i);

        if (stray->index != MP_LOOPBACK_INDEX &&
            mp_engine_member_by_index(engine, stray->index) == NULL && is_still(engine, stray))
            give_back(engine, plan, stray);
    }
}
