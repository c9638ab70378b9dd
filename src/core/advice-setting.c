/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Settings of the host that spoil what is set at the members: those of all devices count there too,
 * and somebody may have changed the members' own. */
#include "advice-private.h"

typedef struct {
    MpSysctl key;
    guint right; /* bit n: with the value n, the larger of all's and its own, all is well */
    gint put;    /* where it has to be put right */
    MpSeverity severity;
    const char *then;
} Setting;

static const Setting settings[] = {
    {MP_SYSCTL_ARP_IGNORE, ~(1u << 2), 1, MP_SEVERITY_WARNING,
     "ARP requests are answered to askers of the address' own subnet only"},
    {MP_SYSCTL_ARP_IGNORE, 1 << 1 | 1 << 2, 1, MP_SEVERITY_ERROR,
     "ARP requests are answered by the wrong interfaces, or not at all"},
    {MP_SYSCTL_ARP_FILTER, 1 << 0, 0, MP_SEVERITY_ERROR,
     "ARP requests are answered only when a route happens to lead back by the same interface"},
    {MP_SYSCTL_ARP_ANNOUNCE, 1 << 2, 2, MP_SEVERITY_ERROR,
     "ARP requests name addresses of other interfaces, and draw their traffic"},
    {MP_SYSCTL_RP_FILTER, 1 << 0 | 1 << 2, 2, MP_SEVERITY_WARNING,
     "answers may be dropped that come in by another interface than they would leave by"},
};

static void advise(const MpAdviceGroup *self, const Setting *setting,
                   const MpSnapshotInterface *member, const char *device, gint value)
{
    const char *name = mp_sysctl_to_string(setting->key);

    mp_advice_add(self, setting->severity, MP_ADVICE_SETTING, member,
                  g_strdup_printf("%s of %s is %d: %s", name,
                                  member != NULL ? member->name : "all interfaces", value,
                                  setting->then),
                  /* With slashes: a name may have dots. */
                  g_strdup_printf("sysctl -w net/ipv4/conf/%s/%s=%d", device, name, setting->put));
}

/* TRUE: it is the value for all devices that is wrong, which need not be told for each. */
static gboolean look_at(const MpAdviceGroup *self, const Setting *setting,
                        const MpSnapshotInterface *member)
{
    const MpHearing *hearing = self->input->hearing;
    const MpHearingPort *port = mp_hearing_find(hearing, member->index);
    gint all = hearing->settings[setting->key];
    gint own = port != NULL ? port->settings[setting->key] : -1;

    if (own < 0 || (1u << MIN(MAX(all, own), 31) & setting->right) != 0)
        return FALSE;
    if (all > setting->put) {
        advise(self, setting, NULL, "all", all);
        return TRUE;
    }
    advise(self, setting, member, member->name, MAX(all, own));
    return FALSE;
}

void mp_advice_of_settings(const MpAdviceGroup *self)
{
    const GPtrArray *members = self->group->interfaces;

    for (guint i = 0; i < G_N_ELEMENTS(settings) && self->input->hearing != NULL; i++) {
        for (guint k = 0; k < members->len; k++) {
            if (look_at(self, &settings[i], members->pdata[k]))
                break;
        }
    }
}
