/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Nexthop objects and their groups, and routing rules. */
#include "fake-private.h"

static gint find(const FakeKernel *fake, guint32 id)
{
    for (guint i = 0; i < fake->nexthops->len; i++)
        if (((MpNexthop *)fake->nexthops->pdata[i])->id == id)
            return (gint)i;
    return -1;
}

const MpNexthop *fake_nexthop_find(const FakeKernel *fake, guint32 id)
{
    gint n = find(fake, id);

    return n < 0 ? NULL : fake->nexthops->pdata[n];
}

static int judge_group(const FakeKernel *fake, const MpNexthop *group, const MpNexthop *old)
{
    if (group->buckets && fake->without_resilience)
        return EINVAL;
    for (guint i = 0; i < group->n_members; i++) {
        const MpNexthop *member = fake_nexthop_find(fake, group->members[i].id);

        if (!member || member->n_members || group->members[i].weight < 1)
            return EINVAL;
        for (guint other = 0; other < i; other++)
            if (group->members[other].id == group->members[i].id)
                return EINVAL;
    }
    return old && old->buckets != group->buckets ? EINVAL : 0;
}

static int judge_gateway6(const FakeKernel *fake, const MpNexthop *single)
{
    const MpRoute *via = fake_route_lookup(fake, MP_TABLE_MAIN, &single->gateway);
    const MpNexthop *hop;

    if (fake_is_linklocal6(&single->gateway))
        return 0;
    if (!via || !via->dst.prefix)
        return single->flags & MP_RTNH_ONLINK ? 0 : EHOSTUNREACH;
    if (!via->nhid)
        return via->oif == single->oif ? 0 : EINVAL;
    hop = fake_nexthop_find(fake, via->nhid);
    return !hop->n_members && hop->oif == single->oif ? 0 : EINVAL;
}

static int judge_single(const FakeKernel *fake, const MpNexthop *single, guint32 port_id)
{
    const FakeLink *link = fake_link_find(fake, single->oif);

    if (!link)
        return ENODEV;
    if (!fake_link_is_running(link))
        return ENETDOWN;
    /* Our door knows a way round this check and shows nothing of it. */
    if (single->gateway.family == MP_IPV6)
        return port_id == FAKE_OUR_PORT ? 0 : judge_gateway6(fake, single);
    if (single->gateway.family == MP_IPV4 && !(single->flags & MP_RTNH_ONLINK)) {
        const MpRoute *via = fake_route_lookup(fake, MP_TABLE_MAIN, &single->gateway);

        return via && via->dst.prefix ? 0 : ENETUNREACH;
    }
    return 0;
}

static gint by_id(gconstpointer a, gconstpointer b)
{
    guint32 x = (*(MpNexthop *const *)a)->id, y = (*(MpNexthop *const *)b)->id;

    return x < y ? -1 : x > y;
}

int fake_nexthop_set(FakeKernel *fake, const MpNexthop *nexthop, guint32 port_id)
{
    gint n = find(fake, nexthop->id);
    MpNexthop *old = n < 0 ? NULL : fake->nexthops->pdata[n];
    int error;

    if (!nexthop->id || (old && !old->n_members != !nexthop->n_members))
        return EINVAL;
    error =
        nexthop->n_members ? judge_group(fake, nexthop, old) : judge_single(fake, nexthop, port_id);
    if (error)
        return error;
    if (old) {
        *old = *nexthop;
    } else {
        g_ptr_array_add(fake->nexthops, g_memdup2(nexthop, sizeof *nexthop));
        g_ptr_array_sort(fake->nexthops, by_id);
    }
    fake_tell_nexthop(fake, MP_EVENT_NEXTHOP, nexthop, port_id);
    fake_changed(fake);
    return 0;
}

static void leave_group(MpNexthop *group, guint32 id)
{
    guint kept = 0;

    for (guint i = 0; i < group->n_members; i++)
        if (group->members[i].id != id)
            group->members[kept++] = group->members[i];
    group->n_members = kept;
}

static gboolean is_member(const MpNexthop *group, guint32 id)
{
    for (guint i = 0; i < group->n_members; i++)
        if (group->members[i].id == id)
            return TRUE;
    return FALSE;
}

/* `told`: a program asked for it; what the kernel does of its own accord it does not tell. */
static void drop(FakeKernel *fake, guint32 id, gboolean told, guint32 port_id)
{
    g_autofree MpNexthop *gone = g_ptr_array_steal_index(fake->nexthops, (guint)find(fake, id));

    if (told)
        fake_tell_nexthop(fake, MP_EVENT_NEXTHOP_GONE, gone, port_id);
    fake_routes_nexthop_gone(fake, id);
    for (guint i = fake->nexthops->len; i-- > 0;) {
        MpNexthop *group = fake->nexthops->pdata[i];

        if (!is_member(group, id))
            continue;
        leave_group(group, id);
        if (!group->n_members)
            drop(fake, group->id, told, port_id);
        else if (told)
            fake_tell_nexthop(fake, MP_EVENT_NEXTHOP, group, port_id);
        i = MIN(i, fake->nexthops->len);
    }
}

int fake_nexthop_del(FakeKernel *fake, guint32 id, guint32 port_id)
{
    if (find(fake, id) < 0)
        return ENOENT;
    drop(fake, id, TRUE, port_id);
    fake_changed(fake);
    return 0;
}

void fake_nexthops_flush(FakeKernel *fake, guint index)
{
    gboolean any = FALSE;

    for (guint i = 0; i < fake->nexthops->len;) {
        const MpNexthop *single = fake->nexthops->pdata[i];

        if (single->n_members || single->oif != index) {
            i++;
            continue;
        }
        drop(fake, single->id, FALSE, 0);
        any = TRUE;
        i = 0;
    }
    if (any)
        fake_changed(fake);
}

/* Rules. */

static gboolean same_rule(const MpRule *a, const MpRule *b)
{
    return a->family == b->family && a->priority == b->priority && a->table == b->table &&
           a->suppress_prefix == b->suppress_prefix && fake_same_prefix(&a->from, &b->from) &&
           g_str_equal(a->oif, b->oif) && a->selector_len == b->selector_len &&
           memcmp(a->selector, b->selector, a->selector_len) == 0;
}

static void tell_rule(FakeKernel *fake, MpEventKind kind, const MpRule *rule, guint32 port_id)
{
    MpEvent event = {.kind = kind, .rule = *rule};

    fake_notify(fake, &event, port_id);
    fake_changed(fake);
}

int fake_rule_add(FakeKernel *fake, const MpRule *rule, guint32 port_id)
{
    guint place = 0;

    for (guint i = 0; i < fake->rules->len; i++) {
        const MpRule *other = fake->rules->pdata[i];

        if (same_rule(other, rule))
            return 0;
        if (other->priority <= rule->priority)
            place = i + 1;
    }
    g_ptr_array_insert(fake->rules, (gint)place, g_memdup2(rule, sizeof *rule));
    tell_rule(fake, MP_EVENT_RULE, rule, port_id);
    return 0;
}

int fake_rule_del(FakeKernel *fake, const MpRule *rule, guint32 port_id)
{
    for (guint i = 0; i < fake->rules->len; i++) {
        MpRule gone = *(MpRule *)fake->rules->pdata[i];

        if (!same_rule(&gone, rule))
            continue;
        g_ptr_array_remove_index(fake->rules, i);
        tell_rule(fake, MP_EVENT_RULE_GONE, &gone, port_id);
        return 0;
    }
    return ENOENT;
}
