/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Data addresses on their hosts and anchored on lo, copies away from where they no longer belong,
 * and a placeholder where the last IPv4 address leaves: with it the kernel would flush every route
 * of the device. */
#include "data.h"
#include "plan-test.h"
#include "stray.h"

#include <string.h>

static const MpAddress placeholder_address = {
    MP_IPV4, 32, {192, 0, 0, 8}}; /* RFC 7600: never on any wire */

static gboolean is_placeholder(const MpIfaddr *ifaddr)
{
    return ifaddr->protocol == MP_PROTOCOL &&
           mp_address_equal(&ifaddr->address, &placeholder_address);
}

static void plan_address(GArray *ops, MpOpKind kind, const MpIfaddr *ifaddr)
{
    mp_plan_add(ops, kind)->address = *ifaddr;
}

/* Data addresses ----------------------------------------------------------------------------------
 */

static gboolean data_is_due(const MpEngine *engine, const MpData *data)
{
    const MpLink *link = mp_picture_link(engine->picture, mp_data_host_index(data));

    if (link == NULL || !mp_data_is_wanted(data) || data->suspect_until_us != 0)
        return FALSE;
    if (!mp_data_fits(data, link))
        return FALSE;
    /* On a device that is down the kernel would flush an IPv6 address again. */
    return data->host->active || (link->flags & MP_IFF_UP) != 0;
}

static void plan_form(MpPlan *plan, const MpIfaddr *has, MpIfaddr *form)
{
    guint32 mask = MP_IFA_NOPREFIXROUTE | (form->address.family == MP_IPV6 ? MP_IFA_NODAD : 0u);

    if (has->protocol != MP_PROTOCOL) { /* somebody else's: as he likes it */
        if ((has->flags & ~form->flags & mask & MP_IFA_NODAD) != 0) /* but for what was our doing */
            plan_address(plan->build, MP_OP_ADDRESS_ADD, form);
        return;
    }
    if ((has->flags & mask) == (form->flags & mask) && has->protocol == form->protocol &&
        mp_ifaddr_same_end(has, form))
        return;
    /* IPv4 ignores a change of the flag in place; under the anchor a gap does no harm. */
    if (form->address.family == MP_IPV4 && ((has->flags ^ form->flags) & MP_IFA_NOPREFIXROUTE) != 0)
        plan_address(plan->build, MP_OP_ADDRESS_DEL, has);
    plan_address(plan->build, MP_OP_ADDRESS_ADD, form);
}

/* IPv6 has an address on a device once, and leaves it in the prefix that it has; under the anchor a
 * gap does no harm. */
static void plan_make_room(const MpEngine *engine, MpPlan *plan, const MpData *data)
{
    const GPtrArray *list = mp_picture_addresses(engine->picture, mp_data_host_index(data));

    for (guint i = 0; i < list->len && data->address.family == MP_IPV6; i++) {
        const MpIfaddr *has = &((MpPictureAddress *)g_ptr_array_index(list, i))->ifaddr;
        gboolean recorded = data->recorded != 0 && data->recorded <= engine->record_stored;

        if (mp_address_equal_host(&has->address, &data->address) &&
            has->address.prefix != data->address.prefix &&
            (has->protocol == MP_PROTOCOL || (data->configured && recorded)))
            plan_address(plan->build, MP_OP_ADDRESS_DEL, has);
    }
}

/* Home again, in all of its prefixes. */
static void plan_others(const MpEngine *engine, MpPlan *plan, const MpData *data, gint64 now_us)
{
    for (guint i = 0; i < data->others->len && !data->configured && data->host == data->home; i++) {
        const MpIfaddr *other = &g_array_index(data->others, MpIfaddr, i);
        MpIfaddr form = mp_data_other(engine, data, other, now_us);

        if (now_us < mp_ifaddr_end_us(other) &&
            mp_picture_ifaddr(engine->picture, form.index, &form.address) == NULL)
            plan_address(plan->build, MP_OP_ADDRESS_ADD, &form);
    }
}

/* It looks for itself, and finds itself on another member: of no use, for good. Made anew, without
 * looking. Like any other of the user's it goes when the record is stored. */
static gboolean must_be_anew(const MpEngine *engine, const MpData *data, const MpIfaddr *has)
{
    return (has->flags & (MP_IFA_TENTATIVE | MP_IFA_DADFAILED)) != 0 &&
           mp_data_has_twin(engine, data) && data->recorded != 0 &&
           data->recorded <= engine->record_stored;
}

static void plan_data(const MpEngine *engine, MpPlan *plan, const MpData *data, gint64 now_us)
{
    const MpIfaddr *has;
    MpIfaddr form, anchor;
    MpOp making;

    if (!mp_data_is_wanted(data))
        return;
    anchor = mp_data_anchor(data);
    if (engine->config->defaults.anchor && !data->leaving &&
        mp_picture_ifaddr(engine->picture, MP_LOOPBACK_INDEX, &anchor.address) == NULL)
        plan_address(plan->build, MP_OP_ADDRESS_ADD, &anchor);
    if (!data_is_due(engine, data))
        return;
    form = mp_data_form(engine, data, now_us);
    has = mp_picture_ifaddr(engine->picture, form.index, &data->address);
    /* One that was just sent away comes back by being asked for again, after its deletion. */
    if (has != NULL && must_be_anew(engine, data, has)) {
        plan_address(plan->build, MP_OP_ADDRESS_DEL, has);
    } else if (has != NULL && !mp_oplog_is_leaving(engine->oplog, form.index, &data->address)) {
        plan_form(plan, has, &form);
        plan_others(engine, plan, data, now_us);
        return;
    }
    plan_make_room(engine, plan, data);
    making = mp_data_making(engine, data, now_us);
    plan_address(plan->build, making.kind, &making.address);
}

/* The order in which they were found is the order in which they are made, the kernel's primaries
 * first; IPv6 ones the other way round: there the kernel puts each new one before the others. */
static gint by_order(gconstpointer a, gconstpointer b)
{
    const MpData *left = *(const MpData *const *)a, *right = *(const MpData *const *)b;
    gint forward = left->order < right->order ? -1 : left->order > right->order;

    if (left->address.family != right->address.family)
        return left->address.family < right->address.family ? -1 : 1;
    return left->address.family == MP_IPV6 ? -forward : forward;
}

static void plan_group(const MpEngine *engine, MpPlan *plan, const MpGroup *group, guint pass,
                       guint passes, gint64 now_us)
{
    g_autoptr(GPtrArray) ordered = g_ptr_array_copy(group->data, NULL, NULL);

    g_ptr_array_set_free_func(ordered, NULL);
    g_ptr_array_sort(ordered, by_order);
    for (guint i = 0; i < ordered->len; i++) {
        const MpData *data = g_ptr_array_index(ordered, i);

        if (passes == 1 || mp_data_is_fresh(engine, data) == (pass == 1))
            plan_data(engine, plan, data, now_us);
    }
}

/* Where there are more than fit into a portion, those that somebody misses come before those that
 * have never been anywhere. */
static void plan_all_data(const MpEngine *engine, MpPlan *plan, gint64 now_us)
{
    guint passes = mp_data_are_many(engine) ? 2 : 1, first = 0;

    for (guint pass = 0; pass < passes; pass++) {
        first = plan->build->len;
        for (guint i = 0; i < engine->groups->len; i++)
            plan_group(engine, plan, g_ptr_array_index(engine->groups, i), pass, passes, now_us);
    }
    plan->fresh = passes == 1 ? plan->build->len : first;
    plan->fresh_end = plan->build->len;
}

/* Copies that go ----------------------------------------------------------------------------------
 */

/* What was the user's may be deleted only when the record that can bring it back is stored. */
static gboolean data_may_leave(const MpEngine *engine, const MpData *data, const MpIfaddr *copy)
{
    const MpMember *member = mp_group_member_by_index(data->group, copy->index);

    if (!mp_data_is_wanted(data) ||
        (data->host == NULL && member->leaving && copy->protocol == MP_PROTOCOL))
        return TRUE;
    if (data->guest_until_us != 0 && data->guest_index == copy->index &&
        (data->guest_linked || !mp_picture_link_usable(engine->picture, copy->index)))
        return FALSE;
    if (copy->protocol != MP_PROTOCOL &&
        (data->recorded == 0 || data->recorded > engine->record_stored))
        return FALSE;
    return mp_data_is_settled(engine, data);
}

static MpData *data_of_copy(const MpEngine *engine, const MpIfaddr *ifaddr)
{
    MpData *data = g_hash_table_lookup(engine->data, &ifaddr->address);

    const MpMember *member =
        data != NULL ? mp_group_member_by_index(data->group, ifaddr->index) : NULL;

    if (member == NULL)
        return NULL;
    /* Put on a member that leaves, by its owner: his again. */
    return member->leaving && data->withdrawn && ifaddr->protocol != MP_PROTOCOL ? NULL : data;
}

static gboolean copy_is_surplus(const MpData *data, const MpIfaddr *ifaddr)
{
    /* One that is declared is wanted as it is declared; a copy of ours, as it is found. */
    if (mp_data_is_wanted(data))
        return mp_data_host_index(data) != ifaddr->index ||
               ((data->configured || ifaddr->protocol == MP_PROTOCOL) &&
                data->address.prefix != ifaddr->address.prefix);
    return ifaddr->protocol == MP_PROTOCOL ||
           !data->created; /* what was made goes, not what is put */
}

/* A test address that was taken out of the configuration. */
static gboolean test_goes(const MpEngine *engine, const MpIfaddr *ifaddr)
{
    return ifaddr->protocol == MP_PROTOCOL && !mp_test_address_is_wanted(engine, ifaddr);
}

/* Per member: how many IPv4 addresses it keeps, and how many go. */
typedef struct {
    guint stays, goes;
    gboolean has_placeholder;
} Balance;

static Balance member_balance(const MpEngine *engine, const MpMember *member)
{
    Balance balance = {0};

    const GPtrArray *list = mp_picture_addresses(engine->picture, member->index);

    for (guint i = 0; i < list->len; i++) {
        const MpIfaddr *ifaddr = &((MpPictureAddress *)g_ptr_array_index(list, i))->ifaddr;
        MpData *data;

        if (ifaddr->address.family != MP_IPV4)
            continue;
        data = data_of_copy(engine, ifaddr);
        if (is_placeholder(ifaddr))
            balance.has_placeholder = TRUE;
        else if (data != NULL ? copy_is_surplus(data, ifaddr) : test_goes(engine, ifaddr))
            balance.goes++;
        else
            balance.stays++;
    }
    return balance;
}

static gboolean needs_placeholder(const MpEngine *engine, const MpMember *member)
{
    Balance balance;

    if (member->index == 0 || member->leaving)
        return FALSE;
    balance = member_balance(engine, member);
    return balance.stays == 0 && (balance.goes > 0 || balance.has_placeholder) &&
           mp_picture_has_foreign4(engine->picture, member->index);
}

void mp_plan_placeholder(MpPlan *plan, const MpMember *member)
{
    MpIfaddr ifaddr = {
        .index = member->index, .address = placeholder_address, .protocol = MP_PROTOCOL};

    ifaddr.scope = MP_SCOPE_HOST;
    ifaddr.flags = MP_IFA_NOPREFIXROUTE;
    ifaddr.valid_s = ifaddr.preferred_s = MP_FOREVER;
    plan_address(plan->build, MP_OP_ADDRESS_ADD, &ifaddr);
}

static void plan_placeholders(const MpEngine *engine, MpPlan *plan)
{
    for (guint i = 0; i < engine->groups->len; i++) {
        const MpGroup *group = g_ptr_array_index(engine->groups, i);

        for (guint k = 0; k < group->members->len; k++) {
            MpMember *member = g_ptr_array_index(group->members, k);

            member->wants_placeholder = needs_placeholder(engine, member);
            if (member->wants_placeholder &&
                mp_picture_ifaddr(engine->picture, member->index, &placeholder_address) == NULL)
                mp_plan_placeholder(plan, member);
        }
    }
}

static gboolean is_in_subnet(const MpIfaddr *primary, const MpAddress *address)
{
    return address->family == MP_IPV4 && address->prefix == primary->address.prefix &&
           !mp_address_equal_host(address, &primary->address) &&
           mp_address_contains(&primary->address, address);
}

/* A primary with secondaries, which may be on their way. */
static gboolean has_secondaries(const MpEngine *engine, const MpMember *member,
                                const MpIfaddr *copy)
{
    const GPtrArray *list = mp_picture_addresses(engine->picture, copy->index);

    if ((copy->flags & MP_IFA_SECONDARY) != 0)
        return FALSE;
    for (guint i = 0; i < list->len; i++) {
        if (is_in_subnet(copy, &((MpPictureAddress *)g_ptr_array_index(list, i))->ifaddr.address))
            return TRUE;
    }
    for (guint i = 0; i < member->group->data->len; i++) {
        const MpData *data = g_ptr_array_index(member->group->data, i);

        if (data->host == member && mp_data_is_wanted(data) && is_in_subnet(copy, &data->address))
            return TRUE;
    }
    return FALSE;
}

/* Until secondaries are promoted there the kernel would take them along with their primary. */
static gboolean must_wait(const MpEngine *engine, const MpMember *member, const MpIfaddr *copy,
                          gint64 now_us)
{
    MpOp set = {.kind = MP_OP_SYSCTL_SET,
                .sysctl = {member->index, MP_SYSCTL_PROMOTE_SECONDARIES, 1}};

    if (copy->address.family != MP_IPV4 || member->index != copy->index || member->leaving ||
        member->group->deleted)
        return FALSE;
    if (member->sysctls_known &&
        (mp_picture_sysctl(engine->picture, member->index, MP_SYSCTL_PROMOTE_SECONDARIES) != 0 ||
         mp_oplog_is_held(engine->oplog, &set, now_us)))
        return FALSE;
    return has_secondaries(engine, member, copy);
}

/* In reverse of the kernel's order: a primary that goes before its secondaries costs a promotion
 * each. */
static void plan_moves(const MpEngine *engine, MpPlan *plan, gint64 now_us)
{
    for (guint i = engine->picture->addresses->len; i > 0; i--) {
        const MpIfaddr *ifaddr =
            &((MpPictureAddress *)g_ptr_array_index(engine->picture->addresses, i - 1))->ifaddr;
        MpData *data = data_of_copy(engine, ifaddr);
        const MpMember *member;

        if (data == NULL || !copy_is_surplus(data, ifaddr) || !data_may_leave(engine, data, ifaddr))
            continue;
        member = mp_group_member_by_index(data->group, ifaddr->index);
        if (ifaddr->address.family == MP_IPV4 && member->wants_placeholder &&
            mp_picture_ifaddr(engine->picture, ifaddr->index, &placeholder_address) == NULL)
            continue;
        if (must_wait(engine, member, ifaddr, now_us))
            plan->waits = TRUE;
        else
            plan_address(plan->move, MP_OP_ADDRESS_DEL, ifaddr);
    }
}

void mp_plan_addresses(const MpEngine *engine, MpPlan *plan, gint64 now_us)
{
    plan_all_data(engine, plan, now_us);
    plan_placeholders(engine, plan);
    plan_moves(engine, plan, now_us);
}

/* Leftovers ---------------------------------------------------------------------------------------
 */

static gboolean anchor_is_wanted(const MpEngine *engine, const MpIfaddr *ifaddr)
{
    const MpData *data = g_hash_table_lookup(engine->data, &ifaddr->address);

    return data != NULL && engine->config->defaults.anchor && mp_data_is_wanted(data) &&
           !data->leaving;
}

static gboolean ours_is_wanted(const MpEngine *engine, const MpIfaddr *ifaddr)
{
    const MpMember *member;

    if (ifaddr->index == MP_LOOPBACK_INDEX)
        return anchor_is_wanted(engine, ifaddr);
    if (is_placeholder(ifaddr)) {
        member = mp_engine_member_by_index(engine, ifaddr->index);
        return member != NULL && member->wants_placeholder;
    }
    if (mp_test_address_is_wanted(engine, ifaddr))
        return TRUE;
    return data_of_copy(engine, ifaddr) != NULL; /* plan_moves() sees to it */
}

void mp_plan_leftovers(const MpEngine *engine, MpPlan *plan)
{
    for (guint i = engine->picture->addresses->len; i > 0; i--) {
        const MpIfaddr *ifaddr =
            &((MpPictureAddress *)g_ptr_array_index(engine->picture->addresses, i - 1))->ifaddr;

        if (ifaddr->protocol == MP_PROTOCOL && !ours_is_wanted(engine, ifaddr) &&
            !mp_stray_is(engine, &ifaddr->address))
            plan_address(plan->clean, MP_OP_ADDRESS_DEL, ifaddr);
    }
}
