// SPDX-License-Identifier: LGPL-2.1-or-later
// The service's words for states and reasons, as a person says them.

import { _, format } from "./i18n.js";

const STATES = {
    ok: _("Works"), failed: _("Failed"), unknown: _("Not proved yet"), offline: _("Offline"), missing: _("Missing"),
    idle: _("Ready"),
};
const GROUP_STATES = { ok: _("OK"), degraded: _("Degraded"), failed: _("Failed") };
const ROLES = {
    active: _("Active"), "active-standby": _("Active standby"), standby: _("Standby"), inactive: _("Inactive"),
};
const REASONS = {
    "link-down": _("no link"), "admin-down": _("set down"), removed: _("removed"),
    "moved-netns": _("moved to another network namespace"), renamed: _("renamed"), enslaved: _("taken into a bridge or bond"),
    "probe-failure": _("probes are not answered"), "group-failure": _("no target answers any member"),
    offline: _("taken out of service"), "duplicate-hwaddr": _("hardware address used twice"),
    flapping: _("held back: the link comes and goes"), "repair-delay": _("held back by the repair delay"),
    "link-up": _("link is up"), "probe-repair": _("probes are answered"), online: _("back in service"), appeared: _("appeared"),
    joined: _("joined"), left: _("left"), activated: _("carries addresses now"), deactivated: _("carries no addresses now"),
    "standby-set": _("made a standby"), "standby-cleared": _("made an ordinary member"),
    failover: _("failover"), failback: _("back home"), rebalance: _("evened out"), refused: _("refused by the kernel"),
    withdrawn: _("deleted by another program"), adopted: _("found on an interface"), added: _("added"),
    "removed-by-request": _("removed on request"), restored: _("restored"),
    "fdt-raised": _("failures are found later: targets answer slowly"), "fdt-lowered": _("failures are found sooner again"),
    "targets-changed": _("targets changed"), "probing-off": _("probing ended"), "probing-on": _("probing began"),
    config: _("configuration changed"), resync: _("read again from the kernel"),
};
/* What helps against a failure; $0 is the interface. */
const HINTS = {
    "link-down": _("Check the cable and the other end of $0."),
    "admin-down": _("Somebody has set $0 down; set it up again."),
    removed: _("Put $0 in again, or remove it from the group."),
    "moved-netns": _("Bring $0 back from the other network namespace, or remove it from the group."),
    renamed: _("Give $0 its name back, or remove it from the group."),
    enslaved: _("Take $0 out of its bridge or bond."),
    "probe-failure": _("The link of $0 is up, but nothing answers through it: check the switch port."),
    "group-failure": _("No target answers anybody: check the switch and the router."),
    offline: _("Bring $0 online when the work is done."),
    "duplicate-hwaddr": _("Give $0 a hardware address of its own."),
};
const LINKS = { up: _("up"), down: _("down"), unknown: _("cannot be told") };
const PROBES = { ok: _("answered"), failed: _("not answered"), unknown: _("no answer yet"), disabled: _("off") };
const METHODS = { auto: _("automatic"), icmp: "ICMP", arp: "ARP", none: _("none") };
const ADDRESS_STATES = { up: _("Up"), down: _("Down"), withdrawn: _("Withdrawn") };

const look = table => word => table[word] ?? word;

export const stateWord = look(STATES);
export const groupStateWord = look(GROUP_STATES);
export const roleWord = look(ROLES);
export const reasonWord = look(REASONS);
export const linkWord = look(LINKS);
export const probeWord = look(PROBES);
export const methodWord = look(METHODS);
export const addressStateWord = look(ADDRESS_STATES);

export function hint(member) {
    return HINTS[member.Reason] ? format(HINTS[member.Reason], member.Name) : "";
}
