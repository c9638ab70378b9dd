/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Of detection: who is probed, and whether there is anybody who answers. */
#include "advice-private.h"

#include "config-file.h"

#define TURNS 5 /* a target that has been asked so often could have answered */

/* A slow one rests, and is asked again after that. */
static gboolean answers(const MpAdviceGroup *self, const MpSnapshotTarget *target)
{
    gint64 round_us = 3 * self->group->detection_ms * MP_USEC_PER_MSEC;

    return target->answered_us != 0 && target->state != MP_TARGET_DEAD &&
           self->input->now_us - target->answered_us <= MAX(round_us, 2 * MP_TARGET_REST_US);
}

static gboolean is_probed(const MpSnapshotInterface *member)
{
    return member->probe_state != MP_PROBE_DISABLED;
}

/* It would be probed if it could. */
static gboolean is_in_question(const MpSnapshotInterface *member)
{
    return member->index != 0 && member->link_state != MP_LINK_DOWN &&
           member->state != MP_INTERFACE_OFFLINE && member->state != MP_INTERFACE_MISSING;
}

static char *how_to_be_probed(const MpSnapshotGroup *group)
{
    const char *name = group->name;

    if (group->config->probe_method == MP_METHOD_NONE)
        return g_strdup_printf("if that is not meant so: ipmpctl set %s probe=auto", name);
    if (group->config->probe_method == MP_METHOD_ARP)
        return g_strdup_printf("name neighbours that are always there: ipmpctl set %s "
                               "targets=ADDRESS,ADDRESS",
                               name);
    if (group->config->probe_method == MP_METHOD_AUTO &&
        mp_advice_count_addresses(group, MP_IPV4) > 0)
        return g_strdup_printf("give each member a test address: ipmpctl test-addresses INTERFACE "
                               "ADDRESS/PREFIX; or name neighbours to be asked by ARP: ipmpctl set "
                               "%s targets=ADDRESS,ADDRESS",
                               name);
    return g_strdup("give each member a test address: ipmpctl test-addresses INTERFACE "
                    "ADDRESS/PREFIX");
}

static void advise_of_nobody_probed(const MpAdviceGroup *self)
{
    gboolean meant = self->group->config->probe_method == MP_METHOD_NONE;

    /* Of one that stands alone it is said that it does. */
    if (self->group->interfaces->len < 2)
        return;
    mp_advice_add(self, meant ? MP_SEVERITY_INFO : MP_SEVERITY_WARNING, MP_ADVICE_NO_DETECTION,
                  NULL,
                  g_strdup_printf("%s is not probed%s: a lost link is found, but not a switch that "
                                  "passes nothing on",
                                  self->group->name, meant ? ", as configured" : ""),
                  how_to_be_probed(self->group));
}

static void advise_of_conflict(const MpAdviceGroup *self, const MpSnapshotInterface *member)
{
    for (guint i = 0; member->conflict && i < member->test_addresses->len; i++) {
        const MpAddress *test = &g_array_index(member->test_addresses, MpAddress, i);
        g_autofree char *text = NULL;

        if (test->family != MP_IPV4)
            continue;
        text = mp_address_to_string(test);
        mp_advice_add(self, MP_SEVERITY_ERROR, MP_ADVICE_TEST_ADDRESS_CONFLICT, member,
                      g_strdup_printf("another host has the test address %s of %s, too: nobody is "
                                      "probed from it",
                                      text, member->name),
                      g_strdup_printf("whose it is: ipmpctl history; give one of both another "
                                      "one: ipmpctl test-addresses %s ADDRESS/PREFIX",
                                      member->name));
    }
}

static void advise_of_not_probed(const MpAdviceGroup *self, const MpSnapshotInterface *member)
{
    if (member->test_addresses->len > 0) {
        g_autofree char *address =
            mp_address_to_string(&g_array_index(member->test_addresses, MpAddress, 0));

        mp_advice_add(self, MP_SEVERITY_WARNING, MP_ADVICE_NOT_PROBED, member,
                      g_strdup_printf("%s is not probed, in spite of its test address %s",
                                      member->name, address),
                      g_strdup_printf("see: ipmpctl history; another one: ipmpctl test-addresses "
                                      "%s ADDRESS/PREFIX",
                                      member->name));
    } else {
        mp_advice_add(self, MP_SEVERITY_WARNING, MP_ADVICE_NOT_PROBED, member,
                      g_strdup_printf("%s is not probed, though other members of %s are",
                                      member->name, self->group->name),
                      g_strdup_printf("give it a test address: ipmpctl test-addresses %s "
                                      "ADDRESS/PREFIX",
                                      member->name));
    }
}

/* Addresses of all targets of the group, each once; GPtrArray of MpSnapshotTarget, borrowed. */
static GPtrArray *list_targets(const MpSnapshotGroup *group)
{
    GPtrArray *list = g_ptr_array_new();

    for (guint i = 0; i < group->interfaces->len; i++) {
        const MpSnapshotInterface *member = group->interfaces->pdata[i];

        for (guint j = 0; is_probed(member) && j < member->targets->len; j++) {
            MpSnapshotTarget *target = &g_array_index(member->targets, MpSnapshotTarget, j);
            gboolean known = FALSE;

            for (guint k = 0; k < list->len; k++) {
                const MpSnapshotTarget *other = list->pdata[k];

                known |= mp_address_equal_host(&other->address, &target->address);
            }
            if (!known)
                g_ptr_array_add(list, target);
        }
    }
    return list;
}

static void advise_of_no_targets(const MpAdviceGroup *self, const GPtrArray *targets)
{
    const char *name = self->group->name;
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *list = NULL;
    char *advice = g_strdup_printf("name neighbours that always answer: ipmpctl set %s "
                                   "targets=ADDRESS,ADDRESS",
                                   name);

    for (guint i = 0; i < MIN(targets->len, MP_TARGETS_ACTIVE_MAX); i++) {
        char text[MP_ADDRESS_STRING_MAX];
        const MpSnapshotTarget *target = targets->pdata[i];

        g_ptr_array_add(names, g_strdup(mp_address_format_host(&target->address, text)));
    }
    list = mp_advice_join(names);
    mp_advice_add(
        self, MP_SEVERITY_WARNING, MP_ADVICE_NO_TARGETS, NULL,
        targets->len == 0
            ? g_strdup_printf("%s has nobody to probe: no router, no configured target, "
                              "and no neighbour that answers has been found",
                              name)
            : g_strdup_printf("none of the targets of %s has ever answered: %s", name, list),
        advice);
}

typedef enum { NOT_ASKED, SILENT, ANSWERS } Hearsay;

static Hearsay target_of_member(const MpAdviceGroup *self, const MpSnapshotInterface *member,
                                const MpAddress *address)
{
    for (guint i = 0; is_probed(member) && i < member->targets->len; i++) {
        const MpSnapshotTarget *target = &g_array_index(member->targets, MpSnapshotTarget, i);

        if (!mp_address_equal_host(&target->address, address))
            continue;
        if (answers(self, target))
            return ANSWERS;
        if (target->state == MP_TARGET_DEAD)
            return SILENT;
        /* Others have answered so often that its turn must have come, too. */
        return target->state == MP_TARGET_UNUSED || member->probe_state != MP_PROBE_OK ||
                       member->probes.acked < (guint64)TURNS * member->targets->len
                   ? NOT_ASKED
                   : SILENT;
    }
    return NOT_ASKED;
}

static void advise_of_target(const MpAdviceGroup *self, const MpSnapshotTarget *target)
{
    gboolean configured = target->source == MP_TARGET_CONFIGURED;
    Hearsay most = NOT_ASKED;
    char text[MP_ADDRESS_STRING_MAX];

    for (guint i = 0; i < self->group->interfaces->len; i++)
        most =
            MAX(most, target_of_member(self, self->group->interfaces->pdata[i], &target->address));
    /* A neighbour that was found and goes away is nobody's mistake. */
    if (most != SILENT || (!configured && target->source != MP_TARGET_ROUTER))
        return;
    mp_address_format_host(&target->address, text);
    mp_advice_add(self, configured ? MP_SEVERITY_WARNING : MP_SEVERITY_INFO,
                  MP_ADVICE_TARGET_SILENT, NULL,
                  g_strdup_printf("the %s %s answers no member of %s, while other targets do",
                                  configured ? "target" : "router", text, self->group->name),
                  configured ? g_strdup_printf("correct the list: ipmpctl set %s "
                                               "targets=ADDRESS,ADDRESS",
                                               self->group->name)
                             : g_strdup("have it answer ping from its own link"));
}

/* And there was time enough for it: for a search one detection time, for targets some losses. */
static gboolean nobody_ever_answered(const MpAdviceGroup *self, guint n_targets)
{
    const GPtrArray *members = self->group->interfaces;
    gint64 began_us = self->input->now_us;
    guint64 n_lost = 0;

    for (guint i = 0; i < members->len; i++) {
        const MpSnapshotInterface *member = members->pdata[i];

        n_lost += member->probes.lost;
        if (is_in_question(member) && is_probed(member))
            began_us = MIN(began_us, member->state_since_us);
        for (guint j = 0; j < member->targets->len; j++) {
            if (g_array_index(member->targets, MpSnapshotTarget, j).answered_us != 0)
                return FALSE;
        }
    }
    if (n_targets > 0)
        return n_lost >= TURNS;
    return self->input->now_us - began_us >= self->group->detection_ms * MP_USEC_PER_MSEC;
}

static void advise_of_targets(const MpAdviceGroup *self)
{
    g_autoptr(GPtrArray) targets = list_targets(self->group);

    if (nobody_ever_answered(self, targets->len)) {
        advise_of_no_targets(self, targets);
        return;
    }
    for (guint i = 0; i < targets->len; i++)
        advise_of_target(self, targets->pdata[i]);
}

static void advise_of_time(const MpAdviceGroup *self)
{
    guint wanted_ms = self->group->config->failure_detection_ms;
    g_autofree char *wanted = mp_duration_format(wanted_ms);
    g_autofree char *real = mp_duration_format(self->group->detection_ms);

    if (self->group->detection_ms <= wanted_ms)
        return;
    mp_advice_add(self, MP_SEVERITY_WARNING, MP_ADVICE_DETECTION_RAISED, NULL,
                  g_strdup_printf("failures in %s are found within %s, not %s: its targets answer "
                                  "too slowly for that",
                                  self->group->name, real, wanted),
                  g_strdup_printf("name targets that are nearer: ipmpctl set %s "
                                  "targets=ADDRESS,ADDRESS; or accept it: ipmpctl set %s fdt=%s",
                                  self->group->name, self->group->name, real));
}

void mp_advice_of_probes(const MpAdviceGroup *self)
{
    const GPtrArray *members = self->group->interfaces;
    guint n_in_question = 0, n_probed = 0;

    for (guint i = 0; i < members->len; i++) {
        advise_of_conflict(self, members->pdata[i]);
        n_in_question += is_in_question(members->pdata[i]);
        n_probed += is_in_question(members->pdata[i]) && is_probed(members->pdata[i]);
    }
    if (n_in_question > 0 && n_probed == 0)
        advise_of_nobody_probed(self);
    if (n_probed == 0)
        return;
    for (guint i = 0; i < members->len; i++) {
        const MpSnapshotInterface *member = members->pdata[i];

        if (is_in_question(member) && !is_probed(member) && !member->conflict)
            advise_of_not_probed(self, member);
    }
    advise_of_targets(self);
    advise_of_time(self);
}
