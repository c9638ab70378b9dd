// SPDX-License-Identifier: LGPL-2.1-or-later
// The drawing of a group: which way its packets go, and where they cannot.

import { host, percent, roundTrip } from "./format.js";
import { _, format, ngettext } from "./i18n.js";
import { fastestOf, lossOfAll } from "./probes.js";
import { isUsable, membersOf, roleOf } from "./summary.js";
import { layout } from "./topology.js";
import { h } from "./vdom.js";
import { stateIconAt } from "./widgets.js";
import { linkWord, probeWord, reasonWord, roleWord, stateWord } from "./words.js";

/** What the drawing says, for who cannot see it. */
export function describeTopology(state, group) {
    const parts = membersOf(state, group).map(({ member }) => {
        const what = isUsable(member) ? roleWord(roleOf(member)) || stateWord(member.State)
            : `${stateWord(member.State)}, ${reasonWord(member.Reason)}`;
        return format(_("$0: $1"), member.Name, [what, ...member.Addresses.map(host)].join(", "));
    });
    return [format(_("Drawing of group $0"), group.Name), ...parts].join("; ");
}

/* From left to right, or mirrored: text itself is never mirrored. */
class Pen {
    constructor(width, mirrored) {
        this.width = width;
        this.mirrored = mirrored;
    }

    x(x) {
        return this.mirrored ? this.width - x : x;
    }

    left(box) {
        return this.mirrored ? this.width - box.x - box.width : box.x;
    }

    box(box, className, more = {}) {
        return h("rect", { class: className, x: this.left(box), y: box.y, width: box.width, height: box.height, rx: 8, ...more });
    }

    line(x1, y1, x2, y2, className) {
        return h("path", { class: className, d: `M${this.x(x1)} ${y1}L${this.x(x2)} ${y2}` });
    }

    text(x, y, className, text, anchor = "start") {
        const end = anchor === "middle" ? anchor : (anchor === "start") === this.mirrored ? "end" : "start";
        return h("text", { class: className, x: this.x(x), y, "text-anchor": end }, text);
    }
}

const middleOf = box => box.y + box.height / 2;

/* The last characters of what is too long: those of an address tell it from its neighbours. */
function fitted(text, length) {
    return text.length > length ? `…${text.slice(1 - length)}` : text;
}

function hostBox(pen, place) {
    const box = place.host;
    return h("g", { key: "host" }, pen.box(box, "ipmp-node ipmp-host"),
             pen.text(box.x + box.width / 2, middleOf(box) + 5, "ipmp-name", _("Host"), "middle"));
}

function netBox(pen, place) {
    const box = place.net;
    const lights = box.height < 120 ? null : [-18, -6, 6, 18].map(dy =>
        h("rect", { class: "ipmp-port", x: pen.x(box.x + box.width / 2) - 5, y: middleOf(box) + dy - 26, width: 10, height: 7, rx: 2 }));
    return h("g", { key: "net" }, pen.box(box, "ipmp-node ipmp-net"), lights,
             pen.text(box.x + box.width / 2, middleOf(box) + (lights ? 24 : 5), "ipmp-name", _("Switch"), "middle"));
}

function memberText(pen, place, row) {
    const { box, member } = row;
    const x = box.x + 34;
    const usable = isUsable(member);
    const second = usable ? roleWord(roleOf(member)) || stateWord(member.State) : reasonWord(member.Reason) || stateWord(member.State);
    const iconX = pen.mirrored ? pen.x(box.x + 10) - 16 : box.x + 10;
    return [
        stateIconAt(row.look, iconX, box.y + 16, 16),
        pen.text(x, box.y + 20, "ipmp-name", member.Name),
        pen.text(x, box.y + 37, usable || member.State === "offline" ? "ipmp-note" : "ipmp-note ipmp-bad-text", fitted(second, place.narrow ? 18 : 27)),
    ];
}

/* The line from the host to a member: thick where data goes, broken where it cannot. */
function hostLine(pen, place, row) {
    const way = `ipmp-line ipmp-way ipmp-look-${row.look}` + (row.carries ? " ipmp-carries" : "");
    if (place.narrow) {
        const x = place.host.x + 16;
        return h("path", { class: way, d: `M${pen.x(x)} ${place.host.y + place.host.height}V${row.middle}H${pen.x(row.box.x)}` });
    }
    return pen.line(place.host.x + place.host.width, row.middle, row.box.x, row.middle, way);
}

/* What is said below a cable. */
function cableText(state, row, cut) {
    const { member } = row;
    if (cut)
        return member.State === "missing" ? stateWord("missing") : _("no link");
    if (member.ProbeState === "disabled")
        return format(_("link: $0"), linkWord(member.LinkState));
    const series = state.probes.get(row.path);
    const loss = lossOfAll(series);
    if (member.ProbeState !== "ok" || !fastestOf(series))
        return format(_("probes: $0"), probeWord(member.ProbeState));
    return roundTrip(fastestOf(series)) + (loss ? ` · ${format(_("$0 lost"), percent(loss))}` : "");
}

/* The cable, and beyond it what probes say. */
function cable(pen, place, row, state) {
    const { member, box, middle } = row;
    const from = box.x + box.width;
    const to = place.net.x;
    const cut = member.LinkState === "down" || member.State === "missing";
    const silent = !cut && member.ProbeState === "failed";
    const centre = (from + to) / 2;
    const name = cut ? "cut" : silent ? "silent" : row.look;
    const parts = [];
    if (cut) {
        parts.push(pen.line(from, middle, centre - 9, middle, "ipmp-line ipmp-look-cut"),
                   pen.line(centre + 9, middle, to, middle, "ipmp-line ipmp-look-cut"));
    } else {
        parts.push(pen.line(from, middle, to, middle, `ipmp-line ipmp-cable ipmp-look-${name}`));
    }
    if (cut || silent) {
        const x = pen.x(centre);
        parts.push(h("circle", { class: "ipmp-break", cx: x, cy: middle, r: 9 }),
                   h("path", { class: "ipmp-break-mark", d: `M${x - 3.5} ${middle - 3.5}l7 7m0 -7l-7 7` }));
    }
    if (!place.narrow)
        parts.push(pen.text(centre, middle + (cut || silent ? 24 : 16), cut || silent ? "ipmp-note ipmp-bad-text" : "ipmp-note",
                            cableText(state, row, cut), "middle"));
    return parts;
}

function memberRow(pen, place, row, state) {
    return h("g", { key: row.path, class: `ipmp-row ipmp-is-row-${row.look}` },
             hostLine(pen, place, row), cable(pen, place, row, state),
             pen.box(row.box, `ipmp-node ipmp-member ipmp-look-${row.look}`),
             memberText(pen, place, row));
}

/* A chip is moved, not drawn anew: one sees an address go from one member to the other. */
function chip(pen, item, names) {
    const left = pen.left(item);
    const text = fitted(item.host, 24);
    return h("g", { key: `chip ${item.address}`, class: `ipmp-chip ipmp-chip-${item.state}` + (item.away ? " ipmp-away" : ""), move: [left, item.y] },
             h("title", null, item.away ? format(_("$0, at home on $1"), item.address, names.get(item.home) ?? "") : item.address),
             h("rect", { width: item.width, height: 20, rx: 10 }),
             h("text", { x: item.width / 2, y: 14, "text-anchor": "middle" }, text));
}

export function topology(state, group) {
    const place = layout(state, group, state.layout.narrow);
    const pen = new Pen(place.width, state.layout.rightToLeft);
    const names = new Map(membersOf(state, group).map(({ path, member }) => [path, member.Name]));
    return h("svg", { class: "ipmp-topology", viewBox: `0 0 ${place.width} ${place.height}`, role: "img",
                      "aria-label": describeTopology(state, group) },
             hostBox(pen, place), netBox(pen, place),
             place.rows.map(row => memberRow(pen, place, row, state)),
             place.chips.map(item => chip(pen, item, names)),
             place.rests.map(rest => h("g", { key: `rest ${rest.path}`, class: "ipmp-rest" },
                                       pen.text(rest.x + rest.width / 2, rest.y + 14, "ipmp-note",
                                                format(ngettext("and $0 more", "and $0 more", rest.count), rest.count), "middle"))));
}
