// SPDX-License-Identifier: LGPL-2.1-or-later
// Where everything is in the drawing of a group: host, members, switch; in pixels, from the left, for
// languages that are read from the left. Pure.
//
// Wide: the host at the left, each member a row, the switch at the right, addresses on the lines
// between host and members. Narrow (a phone): the host above, addresses below their member.

import { addressesOf, lookOf, membersOf } from "./summary.js";

const WIDE = { width: 760, host: [0, 96], chips: [128, 186], member: [346, 210], net: [664, 96], row: 66, chip: 25, top: 8 };
const NARROW = { width: 330, host: [0, 330], chips: [40, 200], member: [40, 150], net: [262, 68], row: 56, chip: 24, top: 52 };
/** So many addresses of a member are drawn; of the others there is a number. */
export const CHIPS = 4;

function chipsOf(addresses) {
    return addresses.length > CHIPS ? addresses.slice(0, CHIPS - 1) : addresses;
}

/**
 * { width, height, narrow, host, net, rows, chips, rests }: boxes are { x, y, width, height }, rows are
 * { path, member, look, y, height, box, chipsAt }, chips { address, x, y, row }, rests { count, x, y }.
 */
export function layout(state, group, narrow) {
    const size = narrow ? NARROW : WIDE;
    const addresses = addressesOf(group).filter(address => address.on);
    const rows = [];
    const chips = [];
    const rests = [];
    let y = size.top;
    for (const { path, member } of membersOf(state, group)) {
        const own = addresses.filter(address => address.on === path);
        const shown = chipsOf(own);
        const lines = shown.length + (own.length > shown.length ? 1 : 0);
        const height = narrow ? size.row + lines * size.chip + 10 : Math.max(size.row, lines * size.chip + 16);
        const box = { x: size.member[0], y: narrow ? y + 6 : y + (height - 48) / 2, width: size.member[1], height: 48 };
        const firstChip = narrow ? box.y + 54 : y + (height - lines * size.chip) / 2 + 2;
        shown.forEach((address, i) => chips.push({ ...address, x: size.chips[0], y: firstChip + i * size.chip, width: size.chips[1] }));
        if (own.length > shown.length)
            rests.push({ count: own.length - shown.length, path, x: size.chips[0], y: firstChip + shown.length * size.chip, width: size.chips[1] });
        rows.push({ path, member, look: lookOf(member), y, height, box, middle: box.y + 24, carries: own.length > 0 });
        y += height;
    }
    const bottom = Math.max(y, size.top + size.row);
    return {
        width: size.width, height: bottom + 8, narrow, rows, chips, rests,
        host: { x: size.host[0], y: narrow ? 4 : size.top, width: size.host[1], height: narrow ? 36 : bottom - size.top },
        net: { x: size.net[0], y: size.top, width: size.net[1], height: bottom - size.top },
    };
}
