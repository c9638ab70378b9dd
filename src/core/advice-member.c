/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Of each member: its state, and what it lacks that others have. */
#include "advice-private.h"

/* "{interface}" and "{group}" stand for the names. */
typedef struct {
    MpReason reason;
    MpAdviceCode code;
    const char *message, *advice;
} Trouble;

static const Trouble troubles[] = {
    {MP_REASON_LINK_DOWN, MP_ADVICE_FAILED, "{interface} has lost its link",
     "check the cable and the other end of {interface}"},
    {MP_REASON_ADMIN_DOWN, MP_ADVICE_FAILED, "{interface} was set down",
     "ip link set {interface} up"},
    {MP_REASON_PROBE_FAILURE, MP_ADVICE_FAILED,
     "probes through {interface} are not answered, though its link is up",
     "check its switch port (VLAN, filter, errors); see: ipmpctl targets {interface}"},
    {MP_REASON_FLAPPING, MP_ADVICE_FAILED,
     "the link of {interface} comes and goes, so that its repair waits",
     "check the cable and both ends; to take it at once: ipmpctl offline {interface}, then ipmpctl "
     "online {interface}"},
    {MP_REASON_REPAIR_DELAY, MP_ADVICE_FAILED,
     "{interface} has its link back, and waits for the repair delay to pass", "nothing: wait"},
    {MP_REASON_REMOVED, MP_ADVICE_MISSING, "the device {interface} was removed",
     "put it in again, or let it go: ipmpctl remove {group} {interface}"},
    {MP_REASON_MOVED_NETNS, MP_ADVICE_MISSING, "{interface} is in another network namespace now",
     "bring it back, or let it go: ipmpctl remove {group} {interface}"},
    {MP_REASON_RENAMED, MP_ADVICE_MISSING, "the device {interface} has another name now",
     "give it its name back, or let it go: ipmpctl remove {group} {interface}"},
    {MP_REASON_OFFLINE, MP_ADVICE_OFFLINE, "{interface} is out of service by request",
     "when the work on it is done: ipmpctl online {interface}"},
    {MP_REASON_ENSLAVED, MP_ADVICE_ENSLAVED,
     "{interface} belongs to a bridge or bond, and is out of service so long",
     "take it out of that, or of the group: ipmpctl remove {group} {interface}"},
    {MP_REASON_DUPLICATE_HWADDR, MP_ADVICE_DUPLICATE_HWADDR,
     "{interface} has the hardware address of another member, and is out of service so long",
     "give it one of its own: ip link set {interface} address ..."},
};
/* Whatever else made it so. */
static const Trouble failed = {MP_REASON_NONE, MP_ADVICE_FAILED, "{interface} has failed",
                               "see: ipmpctl status {interface}"};
static const Trouble missing = {MP_REASON_NONE, MP_ADVICE_MISSING, "there is no device {interface}",
                                "put it in, or let it go: ipmpctl remove {group} {interface}"};

static char *fill_in(const char *text, const MpSnapshotGroup *group,
                     const MpSnapshotInterface *member)
{
    GString *filled = g_string_new(text);

    /* An interface's name may hold anything, a group's no brace. */
    g_string_replace(filled, "{group}", group->name, 0);
    g_string_replace(filled, "{interface}", member->name, 0);
    return g_string_free(filled, FALSE);
}

static const Trouble *find_trouble(const MpSnapshotInterface *member)
{
    for (guint i = 0; i < G_N_ELEMENTS(troubles); i++) {
        if (troubles[i].reason == member->reason)
            return &troubles[i];
    }
    return member->state == MP_INTERFACE_MISSING ? &missing : &failed;
}

/* A group that cannot tell which member works says so itself. */
static void advise_of_state(const MpAdviceGroup *self, const MpSnapshotInterface *member)
{
    const Trouble *trouble = find_trouble(member);

    if (mp_advice_member_works(member) || member->reason == MP_REASON_GROUP_FAILURE)
        return;
    mp_advice_add(self, MP_SEVERITY_WARNING, trouble->code, member,
                  fill_in(trouble->message, self->group, member),
                  fill_in(trouble->advice, self->group, member));
}

static void advise_of_link_state(const MpAdviceGroup *self, const MpSnapshotInterface *member)
{
    gboolean probed = member->probe_state != MP_PROBE_DISABLED;

    if (member->link_state != MP_LINK_UNKNOWN || !mp_advice_member_works(member))
        return;
    mp_advice_add(
        self, probed ? MP_SEVERITY_INFO : MP_SEVERITY_WARNING, MP_ADVICE_LINK_UNKNOWN, member,
        g_strdup_printf("the driver of %s cannot tell whether there is a link: %s", member->name,
                        probed ? "its failures are found by probes alone"
                               : "no failure of it is found"),
        g_strdup(probed ? "a short failure detection time makes up for it"
                        : "have it probed: ipmpctl test-addresses INTERFACE "
                          "ADDRESS/PREFIX"));
}

static gboolean carries_ipv6(const MpAdviceGroup *self, const MpSnapshotInterface *member)
{
    const GPtrArray *devices = self->input->snapshot->devices;

    for (guint i = 0; i < devices->len; i++) {
        const MpSnapshotDevice *device = devices->pdata[i];

        for (guint j = 0; device->index == member->index && j < device->addresses->len; j++) {
            const MpAddress *address = &g_array_index(device->addresses, MpAddress, j);

            if (address->family == MP_IPV6 && mp_address_is_link_local(address))
                return TRUE;
        }
    }
    return FALSE;
}

static gboolean can_carry(const MpSnapshotInterface *member)
{
    return mp_advice_member_works(member) && member->link_state != MP_LINK_DOWN;
}

static void advise_of_families(const MpAdviceGroup *self, const MpSnapshotInterface *member)
{
    const GPtrArray *members = self->group->interfaces;
    guint n_addresses = mp_advice_count_addresses(self->group, MP_IPV6);
    gboolean others = FALSE;

    if (!can_carry(member) || carries_ipv6(self, member))
        return;
    for (guint i = 0; i < members->len; i++)
        others |= can_carry(members->pdata[i]) && carries_ipv6(self, members->pdata[i]);
    if (!others)
        return;
    mp_advice_add(
        self, n_addresses > 0 ? MP_SEVERITY_WARNING : MP_SEVERITY_INFO, MP_ADVICE_NO_IPV6, member,
        g_strdup_printf("%s has no IPv6, as others of %s have: %s", member->name, self->group->name,
                        n_addresses > 0 ? "IPv6 addresses cannot move to it"
                                        : "no IPv6 address could move to it"),
        /* With slashes: a name may have dots. */
        g_strdup_printf("sysctl -w net/ipv6/conf/%s/disable_ipv6=0; its MTU must be 1280 "
                        "or more",
                        member->name));
}

static gboolean has_family(const GArray *addresses, guint8 family)
{
    for (guint i = 0; i < addresses->len; i++) {
        if (g_array_index(addresses, MpAddress, i).family == family)
            return TRUE;
    }
    return FALSE;
}

static void advise_of_outbound(const MpAdviceGroup *self, const MpSnapshotInterface *member)
{
    char *text;

    if (!member->active || mp_advice_count_addresses(self->group, MP_IPV4) == 0 ||
        has_family(member->addresses, MP_IPV4) || has_family(member->test_addresses, MP_IPV4))
        return;
    text = member->via_gateways
               ? g_strdup_printf("%s is active without an IPv4 address: IPv4 traffic leaves by it "
                                 "only through gateways, whose hardware addresses its probes "
                                 "confirm, since it would ask for others in another's name",
                                 member->name)
               : g_strdup_printf("%s is active without an IPv4 address: no IPv4 traffic leaves by "
                                 "it, since it would ask for neighbours in another's name",
                                 member->name);
    mp_advice_add(self, MP_SEVERITY_INFO, MP_ADVICE_NO_OUTBOUND, member, text,
                  g_strdup_printf("give it one: ipmpctl test-addresses %s ADDRESS/PREFIX, or "
                                  "ipmpctl add-address %s ADDRESS/PREFIX --interface=%s",
                                  member->name, self->group->name, member->name));
}

void mp_advice_of_members(const MpAdviceGroup *self)
{
    for (guint i = 0; i < self->group->interfaces->len; i++) {
        const MpSnapshotInterface *member = self->group->interfaces->pdata[i];

        advise_of_state(self, member);
        advise_of_link_state(self, member);
        advise_of_families(self, member);
        advise_of_outbound(self, member);
    }
}
