// SPDX-License-Identifier: LGPL-2.1-or-later
// What is so, in the terms of a person who looks after the network: made of the state, kept nowhere.

import { host } from "./format.js";

const RANK = { failed: 0, degraded: 1, ok: 2 };
/** Up to that many groups are all shown in full, in the order of their names. */
export const FEW_GROUPS = 4;

const byName = new Intl.Collator(undefined, { numeric: true });

export const isUsable = member => member.State === "ok" || member.State === "unknown";

/** [{ path, member }] of a group, in order of configuration; those that are not known yet left out. */
export function membersOf(state, group) {
    return (group?.Interfaces ?? []).map(path => ({ path, member: state.interfaces.get(path) })).filter(({ member }) => member);
}

/** Paths of the groups to show: the worst first where there are many. */
export function orderOf(state) {
    const wanted = state.filter.trim().toLowerCase();
    const found = [...state.groups].filter(([, group]) => !wanted || matches(state, group, wanted));
    const many = state.groups.size > FEW_GROUPS;
    found.sort(([, a], [, b]) => (many ? RANK[a.State] - RANK[b.State] : 0) ||
        Number(a.Anonymous) - Number(b.Anonymous) || byName.compare(a.Name, b.Name));
    return found.map(([path]) => path);
}

function matches(state, group, wanted) {
    return group.Name.toLowerCase().includes(wanted) || group.State.includes(wanted) ||
        group.Addresses.some(({ address }) => address.includes(wanted)) ||
        membersOf(state, group).some(({ member }) => member.Name.toLowerCase().includes(wanted));
}

/** Whether the card of a group is open: as somebody left it, else if there are few. */
export function isOpen(state, path) {
    return state.open.get(path) ?? state.groups.size <= FEW_GROUPS;
}

/** So many interfaces are watched: more would share a hundred results a second. */
export const WATCH_LIMIT = 200;

/** [{ path, member }] of all groups that are open. */
export function shownInterfaces(state) {
    return [...state.groups].filter(([path]) => isOpen(state, path)).flatMap(([, group]) => membersOf(state, group));
}

/** "active", "active-standby", "standby", "inactive" or "" of a member. */
export function roleOf(member) {
    if (member.Active)
        return member.Standby ? "active-standby" : "active";
    if (member.Standby)
        return "standby";
    return member.Flags.includes("inactive") ? "inactive" : "";
}

/** How a member is drawn: "ok", "idle" (works, carries nothing), "unknown", "failed", "offline", "missing". */
export function lookOf(member) {
    return member.State === "ok" && !member.Active ? "idle" : member.State;
}

const nameAt = path => path === "/" ? "" : path;

/** Data addresses of a group as { address, host, on, home, state, source, away }: on and home are paths or "". */
export function addressesOf(group) {
    return group.Addresses.map(entry => {
        const on = nameAt(entry.interface);
        const home = nameAt(entry.home);
        return { ...entry, host: host(entry.address), on, home, away: home !== "" && on !== "" && on !== home };
    });
}

/** Members of a group that do not work, the worst first. */
export function troublesOf(state, group) {
    return membersOf(state, group).filter(({ member }) => !isUsable(member));
}

/**
 * { ok, degraded, failed, groups, interfaces, addresses, troubled, astray } of the host: paths of groups that are not well, and
 * addresses that are not up although their group is; empty groups do not count as failed. */
export function totalsOf(state) {
    const totals = { ok: 0, degraded: 0, failed: 0, groups: 0, interfaces: 0, addresses: 0, troubled: [], astray: [] };
    for (const [path, group] of state.groups) {
        if (!group.Anonymous)
            totals.groups++;
        totals.interfaces += group.Interfaces.length;
        totals.addresses += group.Addresses.length;
        const counts = group.State === "ok" || group.Interfaces.length > 0;
        totals[counts ? group.State : "ok"]++;
        if (counts && group.State !== "ok")
            totals.troubled.push(path);
        else if (counts)
            totals.astray.push(...group.Addresses.filter(({ state: at }) => at !== "up").map(({ address }) => address));
    }
    totals.troubled.sort((a, b) => RANK[state.groups.get(a).State] - RANK[state.groups.get(b).State]);
    return totals;
}

/** Whether this user may do what the action guards. */
export const mayDo = (state, action) => state.rights?.[action] === "yes";
