// SPDX-License-Identifier: LGPL-2.1-or-later
// The members of a group and what probes say of each.

import { percent, roundTrip, span, timeOfDay } from "./format.js";
import { _, format } from "./i18n.js";
import { lossOf, sparkline } from "./probes.js";
import { isUsable, lookOf, mayDo, membersOf, roleOf } from "./summary.js";
import { h } from "./vdom.js";
import { menu, pill, stateLabel } from "./widgets.js";
import { hint, linkWord, probeWord, reasonWord, roleWord, stateWord } from "./words.js";

const SPARK = [96, 22];

const cell = (label, ...content) => h("td", { class: "pf-v6-c-table__td", "data-label": label }, h("div", { class: "ipmp-cell" }, content));

function drawSpark(series, text) {
    const { lines, lost } = sparkline(series, ...SPARK);
    return h("svg", { class: "ipmp-spark", viewBox: `0 0 ${SPARK[0]} ${SPARK[1]}`, role: "img", "aria-label": text },
             lines.map(points => points.length === 1
                 ? h("circle", { class: "ipmp-spark-dot", cx: points[0][0], cy: points[0][1], r: 1.5 })
                 : h("polyline", { points: points.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`).join(" ") })),
             lost.map(x => h("line", { class: "ipmp-spark-lost", x1: x, x2: x, y1: 2, y2: SPARK[1] - 1 })));
}

const TARGET_STATES = { slow: _("slow"), dead: _("silent"), unused: _("in reserve") };

function target(address, series, known) {
    const loss = lossOf(series);
    const rtt = series?.average || known?.["rtt-usec"];
    const values = [rtt ? roundTrip(rtt) : "–", loss === null ? "" : format(_("$0 lost"), percent(loss))];
    return h("div", { class: "ipmp-target", key: address },
             h("bdi", { class: "ipmp-address" }, address),
             drawSpark(series, format(_("Round trips to $0: $1"), address, values.filter(Boolean).join(", "))),
             h("span", { class: "ipmp-rtt" }, values[0]),
             h("span", { class: loss ? "ipmp-bad-text" : "ipmp-note" }, values[1]),
             TARGET_STATES[known?.state] && pill(TARGET_STATES[known.state], "orange"));
}

function targets(state, path, member) {
    if (member.ProbeState === "disabled")
        return h("span", { class: "ipmp-note" }, _("Not probed"));
    const series = state.probes.get(path);
    const known = new Map((state.targets.get(path) ?? []).map(entry => [entry.address, entry]));
    if (!member.Targets.length)
        return h("span", { class: "ipmp-note" }, _("No targets yet"));
    return member.Targets.map(address => target(address, series?.get(address), known.get(address)));
}

function since(member, now) {
    const ms = member.StateSinceUSec / 1000;
    if (!ms)
        return "";
    return format(isUsable(member) ? _("since $0") : _("since $0, $1 ago"), timeOfDay(ms, now), span(now - ms));
}

function held(member, now) {
    const left = member.HoldUntilUSec / 1000 - now;
    return left > 0 ? format(_("held back for $0 more"), span(left)) : "";
}

function actionsOf(ui, state, path, member, group) {
    const act = kind => () => ui.open(kind, { group: member.Group, interface: path });
    const items = [];
    if (mayDo(state, "state"))
        items.push(member.State === "offline" && member.Reason === "offline" ? [_("Bring online"), act("online")] : [_("Take offline…"), act("offline")]);
    if (mayDo(state, "configure"))
        items.push([member.Standby ? _("Make ordinary member…") : _("Make standby…"), act("standby")],
                   [_("Test address…"), act("test-address")], [_("Remove from group…"), act("remove-interface"), true]);
    return items;
}

function row(ui, state, path, member, group) {
    const id = `member ${path}`;
    const items = group.Anonymous ? [] : actionsOf(ui, state, path, member, group);
    const note = [!isUsable(member) && reasonWord(member.Reason), held(member, state.now), since(member, state.now)].filter(Boolean);
    const tone = isUsable(member) || member.State === "offline" ? "ipmp-note" : "ipmp-note ipmp-bad-text";
    return h("tr", { class: `pf-v6-c-table__tr ipmp-member-row ipmp-is-row-${lookOf(member)}`, key: path },
             cell(_("Interface"), h("strong", { class: "ipmp-ltr" }, member.Name), h("div", { class: "ipmp-note ipmp-address" }, h("bdi", null, member.HardwareAddress || "–"))),
             cell(_("State"), stateLabel(member.State, stateWord(member.State)), " ", roleOf(member) && pill(roleWord(roleOf(member))),
                  note.map(text => h("div", { class: tone }, text)),
                  !isUsable(member) && hint(member) && h("div", { class: "ipmp-hint" }, hint(member))),
             cell(_("Link"), linkWord(member.LinkState)),
             cell(_("Probes"), probeWord(member.ProbeState),
                  member.TestAddresses.map(address => h("div", { class: "ipmp-note", key: address }, h("bdi", null, address)))),
             cell(_("Round trips"), targets(state, path, member)),
             items.length > 0 && h("td", { class: "pf-v6-c-table__td pf-v6-c-table__action", key: "menu" },
                                   menu(ui, id, state.menu === id, format(_("Actions for $0"), member.Name), items)));
}

export function members({ ui, state, group }) {
    const list = membersOf(state, group);
    const heads = [_("Interface"), _("State"), _("Link"), _("Probes"), _("Round trips")];
    const acts = !group.Anonymous && (mayDo(state, "configure") || mayDo(state, "state"));
    return h("table", { class: "pf-v6-c-table pf-m-grid-lg pf-m-compact ipmp-members", "aria-label": format(_("Interfaces of $0"), group.Name) },
             h("thead", { class: "pf-v6-c-table__thead" },
               h("tr", { class: "pf-v6-c-table__tr" }, heads.map(text => h("th", { class: "pf-v6-c-table__th", scope: "col", key: text }, text)),
                 acts && h("th", { class: "pf-v6-c-table__th", scope: "col", key: "menu" }, h("span", { class: "pf-v6-screen-reader" }, _("Actions"))))),
             h("tbody", { class: "pf-v6-c-table__tbody" }, list.map(({ path, member }) => row(ui, state, path, member, group))));
}
