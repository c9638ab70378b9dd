/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whether the members of a group are on one link: by what they heard of each other, and by who
 * answers their probes, since a switch may keep its ports apart. */
#include "advice-private.h"

/* The members that are looked at, and in which part of the group each is: the place of the first
 * member that it is connected with. */
typedef struct {
    const MpAdviceGroup *advice;
    const MpSnapshotInterface *members[MP_GROUP_INTERFACES_MAX];
    guint part[MP_GROUP_INTERFACES_MAX];
    guint size[MP_GROUP_INTERFACES_MAX]; /* of the part that begins there */
    guint n;
} Parts;

static gboolean heard(const Parts *parts, guint listener, guint caller)
{
    return mp_hearing_heard(parts->advice->input->hearing, parts->members[listener]->index,
                            parts->members[caller]->index);
}

/* So late that each of five targets has been asked again, at the least number of failures. */
static gboolean answered_of_late(const Parts *parts, const MpSnapshotTarget *target)
{
    gint64 round_us = 2 * parts->advice->group->detection_ms * MP_USEC_PER_MSEC;

    return target->answered_us != 0 && target->state == MP_TARGET_ACTIVE &&
           parts->advice->input->now_us - target->answered_us <= MAX(round_us, MP_USEC_PER_SEC);
}

/* A link-local target may well be somebody else on another link. */
static gboolean answered_by(const Parts *parts, guint i, const MpAddress *address)
{
    const MpSnapshotInterface *member = parts->members[i];

    for (guint j = 0; j < member->targets->len; j++) {
        const MpSnapshotTarget *target = &g_array_index(member->targets, MpSnapshotTarget, j);

        if (mp_address_equal_host(&target->address, address))
            return answered_of_late(parts, target) && !mp_address_is_link_local(address);
    }
    return FALSE;
}

static gboolean share_a_target(const Parts *parts, guint a, guint b)
{
    const GArray *targets = parts->members[a]->targets;

    if (parts->members[a]->probe_state != MP_PROBE_OK ||
        parts->members[b]->probe_state != MP_PROBE_OK)
        return FALSE;
    for (guint i = 0; i < targets->len; i++) {
        const MpAddress *address = &g_array_index(targets, MpSnapshotTarget, i).address;

        if (answered_by(parts, a, address) && answered_by(parts, b, address))
            return TRUE;
    }
    return FALSE;
}

static void parts_join(Parts *parts, guint a, guint b)
{
    guint low = MIN(parts->part[a], parts->part[b]), high = MAX(parts->part[a], parts->part[b]);

    for (guint i = 0; i < parts->n; i++) {
        if (parts->part[i] == high)
            parts->part[i] = low;
    }
}

/* One whose probes have failed is told as failed, wherever it may be. */
static void parts_collect(Parts *parts)
{
    const MpAdviceGroup *advice = parts->advice;
    const GPtrArray *members = advice->group->interfaces;

    for (guint i = 0; i < MIN(members->len, MP_GROUP_INTERFACES_MAX); i++) {
        const MpSnapshotInterface *member = members->pdata[i];

        if (member->probe_state == MP_PROBE_FAILED || member->state == MP_INTERFACE_MISSING ||
            mp_hearing_find(advice->input->hearing, member->index) == NULL)
            continue;
        parts->part[parts->n] = parts->n;
        parts->members[parts->n++] = member;
    }
    for (guint i = 0; i < parts->n; i++) {
        for (guint j = i + 1; j < parts->n; j++) {
            if (heard(parts, i, j) || heard(parts, j, i) || share_a_target(parts, i, j))
                parts_join(parts, i, j);
        }
    }
    for (guint i = 0; i < parts->n; i++)
        parts->size[parts->part[i]]++;
}

/* The part that is larger than every other one; n = there is none. */
static guint parts_largest(const Parts *parts)
{
    guint largest = 0;
    gboolean alone = TRUE;

    for (guint i = 1; i < parts->n; i++) {
        if (parts->size[i] == parts->size[largest])
            alone = FALSE;
        if (parts->size[i] > parts->size[largest]) {
            largest = i;
            alone = TRUE;
        }
    }
    return alone ? largest : parts->n;
}

/* "eth0 and eth1"; g_free(). */
static char *name_part(const Parts *parts, guint part)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();

    for (guint i = 0; i < parts->n; i++) {
        if (parts->part[i] == part)
            g_ptr_array_add(names, parts->members[i]->name);
    }
    return mp_advice_join(names);
}

static void advise_of_strangers(const Parts *parts, guint largest)
{
    g_autofree char *others = name_part(parts, largest);

    for (guint i = 0; i < parts->n; i++) {
        const MpSnapshotInterface *member = parts->members[i];

        if (parts->part[i] == largest)
            continue;
        mp_advice_add(parts->advice, MP_SEVERITY_ERROR, MP_ADVICE_NOT_ON_LINK, member,
                      g_strdup_printf("%s is not on the link of %s: it hears none of them, and "
                                      "none of them hears it",
                                      member->name, others),
                      g_strdup_printf("check the cable and the VLAN of its switch port; if it is "
                                      "meant to be elsewhere: ipmpctl remove %s %s",
                                      parts->advice->group->name, member->name));
    }
}

/* Nobody can say which of the parts is the right one. */
static void advise_of_parts(const Parts *parts)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *list = NULL;
    const char *group = parts->advice->group->name;
    gboolean pair = parts->n == 2;

    for (guint i = 0; i < parts->n; i++) {
        if (parts->size[i] > 1)
            g_ptr_array_add(names, g_strdup_printf("(%s)", name_part(parts, i)));
        else if (parts->size[i] == 1)
            g_ptr_array_add(names, name_part(parts, i));
    }
    list = mp_advice_join(names);
    mp_advice_add(
        parts->advice, MP_SEVERITY_ERROR, MP_ADVICE_NOT_ON_LINK, NULL,
        g_strdup_printf("%s do not hear each other: %s", list,
                        pair ? "one of both is on another link" : "they are on different links"),
        g_strdup_printf("check the cables and the VLANs of the switch ports of %s; a "
                        "switch that keeps ports apart (isolation, private VLAN) must "
                        "not do so here, unless targets are probed",
                        group));
}

static void advise_of_one_way(const Parts *parts, guint i)
{
    const MpSnapshotInterface *member = parts->members[i];
    gboolean hears = FALSE, is_heard = FALSE;

    for (guint j = 0; j < parts->n; j++) {
        hears |= heard(parts, i, j);
        is_heard |= heard(parts, j, i);
    }
    /* Of a pair one tells it all; and who is answered does both. */
    if (hears == is_heard || (parts->n == 2 && is_heard) || member->probe_state == MP_PROBE_OK)
        return;
    mp_advice_add(
        parts->advice, MP_SEVERITY_WARNING, MP_ADVICE_ONE_WAY, member,
        hears
            ? g_strdup_printf("%s hears other members, but none of them hears it", member->name)
            : g_strdup_printf("%s is heard by other members, but hears none of them", member->name),
        g_strdup_printf("check for a filter, a loose fibre or a broken port %s",
                        parts->n == 2 ? "at either member" : "at it or its switch"));
}

/* The member of the group that was heard there, or NULL. */
static const MpSnapshotInterface *find_heard(const MpAdviceGroup *self,
                                             const MpBystander *bystander)
{
    const GPtrArray *members = self->group->interfaces;

    for (guint i = 0; i < bystander->heard->len; i++) {
        for (guint j = 0; j < members->len; j++) {
            const MpSnapshotInterface *member = members->pdata[j];

            if (member->index == g_array_index(bystander->heard, guint, i))
                return member;
        }
    }
    return NULL;
}

static void advise_of_bystanders(const MpAdviceGroup *self)
{
    const GPtrArray *bystanders = self->input->hearing->bystanders;

    for (guint i = 0; i < bystanders->len; i++) {
        const MpBystander *bystander = bystanders->pdata[i];
        const MpSnapshotInterface *member = find_heard(self, bystander);

        if (member == NULL || !bystander->answers)
            continue;
        mp_advice_add(self, MP_SEVERITY_WARNING, MP_ADVICE_ARP_FLUX, NULL,
                      g_strdup_printf("%s, which is in no group, is on the link of %s and answers "
                                      "ARP for addresses of %s: neighbours may send to it",
                                      bystander->name, member->name, self->group->name),
                      g_strdup_printf("sysctl -w net/ipv4/conf/%s/arp_ignore=1; or take it into "
                                      "the group: ipmpctl add %s %s",
                                      bystander->name, self->group->name, bystander->name));
    }
}

void mp_advice_of_link(const MpAdviceGroup *self)
{
    Parts parts = {.advice = self};
    guint largest;

    if (self->input->hearing == NULL)
        return;
    advise_of_bystanders(self);
    parts_collect(&parts);
    if (parts.n < 2)
        return;
    largest = parts_largest(&parts);
    if (largest == parts.n) {
        advise_of_parts(&parts);
        return;
    }
    advise_of_strangers(&parts, largest);
    for (guint i = 0; i < parts.n; i++) {
        if (parts.part[i] == largest)
            advise_of_one_way(&parts, i);
    }
}
