/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Of a group as a whole: whether it has what a failover needs, and where its addresses are. */
#include "advice-private.h"

static void advise_of_state(const MpAdviceGroup *self)
{
    const char *name = self->group->name;

    if (self->group->state != MP_GROUP_FAILED)
        return;
    if (self->group->reason == MP_REASON_GROUP_FAILURE)
        mp_advice_add(
            self, MP_SEVERITY_ERROR, MP_ADVICE_GROUP_FAILED, NULL,
            g_strdup_printf("no target answers any member of %s, so that probes cannot "
                            "tell which member works",
                            name),
            g_strdup_printf("check the switch and the router; see: ipmpctl status %s", name));
    else
        mp_advice_add(self, MP_SEVERITY_ERROR, MP_ADVICE_GROUP_FAILED, NULL,
                      g_strdup_printf("no member of %s is usable: its addresses are down", name),
                      g_strdup_printf("mend one of its members; see: ipmpctl status %s", name));
}

static guint count_standbys(const MpSnapshotGroup *group)
{
    guint n = 0;

    for (guint i = 0; i < group->interfaces->len; i++)
        n += ((const MpSnapshotInterface *)group->interfaces->pdata[i])->standby;
    return n;
}

static void advise_of_members(const MpAdviceGroup *self)
{
    const GPtrArray *members = self->group->interfaces;
    const char *name = self->group->name;

    if (members->len == 1) {
        const MpSnapshotInterface *only = members->pdata[0];

        mp_advice_add(self, MP_SEVERITY_WARNING, MP_ADVICE_SINGLE_MEMBER, NULL,
                      g_strdup_printf("%s has the single member %s: when that fails, there is "
                                      "nowhere to move to",
                                      name, only->name),
                      g_strdup_printf("add another interface of the same link: ipmpctl add %s "
                                      "INTERFACE",
                                      name));
    } else if (count_standbys(self->group) == members->len) {
        mp_advice_add(self, MP_SEVERITY_INFO, MP_ADVICE_ALL_STANDBY, NULL,
                      g_strdup_printf("all %u members of %s are standbys: one of them carries "
                                      "everything, the others nothing",
                                      members->len, name),
                      g_strdup("make the one that is to carry it an ordinary member: ipmpctl "
                               "standby INTERFACE off"));
    }
}

static void advise_of_address(const MpAdviceGroup *self, const MpSnapshotAddress *address)
{
    const char *name = self->group->name;
    g_autofree char *text = mp_address_to_string(&address->address);

    if (address->state == MP_ADDRESS_DOWN && self->group->state != MP_GROUP_FAILED)
        mp_advice_add(
            self, MP_SEVERITY_ERROR, MP_ADVICE_ADDRESS_DOWN, NULL,
            g_strdup_printf("%s is down, though %s has a member that works: none takes it", text,
                            name),
            g_strdup("the kernel's reason is in: ipmpctl history"));
    else if (address->state == MP_ADDRESS_WITHDRAWN)
        mp_advice_add(
            self, MP_SEVERITY_INFO, MP_ADVICE_ADDRESS_WITHDRAWN, NULL,
            g_strdup_printf("%s of %s was deleted by another program, and is left so", text, name),
            g_strdup_printf("have it back: ipmpctl add-address %s %s%s%s; or forget it: "
                            "ipmpctl remove-address %s %s",
                            name, text, address->home != NULL ? " --interface=" : "",
                            address->home != NULL ? address->home : "", name, text));
}

void mp_advice_of_group(const MpAdviceGroup *self)
{
    const MpSnapshotGroup *group = self->group;

    if (group->interfaces->len == 0) {
        mp_advice_add(self, group->addresses->len > 0 ? MP_SEVERITY_WARNING : MP_SEVERITY_INFO,
                      MP_ADVICE_NO_MEMBERS, NULL, g_strdup_printf("%s has no members", group->name),
                      g_strdup_printf("add some: ipmpctl add %s INTERFACE", group->name));
        return;
    }
    advise_of_state(self);
    advise_of_members(self);
    for (guint i = 0; i < group->addresses->len; i++)
        advise_of_address(self, group->addresses->pdata[i]);
    if (group->addresses->len == 0)
        mp_advice_add(self, MP_SEVERITY_INFO, MP_ADVICE_NO_ADDRESSES, NULL,
                      g_strdup_printf("%s has no data addresses: there is nothing that could fail "
                                      "over",
                                      group->name),
                      g_strdup_printf("ipmpctl add-address %s ADDRESS/PREFIX", group->name));
}
