/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Of other programs that configure members, and take off them what a failover needs. */
#include "advice-private.h"

static void advise_of_network_manager(const MpAdviceGroup *self, const MpSnapshotInterface *member)
{
    mp_advice_add(self, MP_SEVERITY_WARNING, MP_ADVICE_NETWORK_MANAGER, member,
                  g_strdup_printf("NetworkManager manages %s: some seconds after its link is lost, "
                                  "it takes all addresses and routes off it",
                                  member->name),
                  g_strdup_printf("have it ignore the carrier of %s, or leave %s alone: see "
                                  "NETWORKMANAGER in ipmp(7), where files for it are named",
                                  member->name, member->name));
}

static void advise_of_networkd(const MpAdviceGroup *self, const MpSnapshotInterface *member)
{
    mp_advice_add(self, MP_SEVERITY_WARNING, MP_ADVICE_NETWORKD, member,
                  g_strdup_printf("systemd-networkd configures %s: it takes its addresses and "
                                  "routes off when the link is lost, and those of others when it "
                                  "configures it anew",
                                  member->name),
                  g_strdup_printf("ConfigureWithoutCarrier=yes, IgnoreCarrierLoss=yes and "
                                  "KeepConfiguration=yes for %s, or Unmanaged=yes: see NETWORKD in "
                                  "ipmp(7), where files for it are named",
                                  member->name));
}

static void advise_of_member(const MpAdviceGroup *self, const MpSnapshotInterface *member)
{
    const GArray *managers = self->input->managers;

    for (guint i = 0; i < managers->len; i++) {
        const MpManager *manager = &g_array_index(managers, MpManager, i);

        if (manager->index != member->index || manager->keeps)
            continue;
        if (manager->kind == MP_MANAGER_NETWORK_MANAGER)
            advise_of_network_manager(self, member);
        else
            advise_of_networkd(self, member);
    }
}

void mp_advice_of_managers(const MpAdviceGroup *self)
{
    for (guint i = 0; self->input->managers != NULL && i < self->group->interfaces->len; i++) {
        const MpSnapshotInterface *member = self->group->interfaces->pdata[i];

        if (member->index != 0)
            advise_of_member(self, member);
    }
}
