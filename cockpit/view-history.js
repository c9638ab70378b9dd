// SPDX-License-Identifier: LGPL-2.1-or-later
// What happened in a group: lanes of its members in time, and the events in words.

import { span, timeOfDay } from "./format.js";
import { WINDOWS, defaultWindow, entriesOf, lanesOf, movesOf, windowOf } from "./history.js";
import { _, format, ngettext } from "./i18n.js";
import { membersOf } from "./summary.js";
import { h } from "./vdom.js";
import { button, icon } from "./widgets.js";
import { reasonWord, stateWord } from "./words.js";

const LANE = 22;
const WIDTH = 1000;
const SHOWN = 8;
const TONES = { bad: "bad", good: "ok", move: "moved", plain: "info" };

const windowWord = seconds => ({
    600: _("10 minutes"), 3600: _("1 hour"), 86400: _("1 day"), 604800: _("1 week"),
})[seconds];

function windowChoice(ui, path, chosen) {
    return h("div", { class: "pf-v6-c-toggle-group pf-m-compact", role: "group", "aria-label": _("Time shown") },
             WINDOWS.map(seconds => h("div", { class: "pf-v6-c-toggle-group__item", key: seconds },
                                      h("button", { type: "button", class: "pf-v6-c-toggle-group__button" + (seconds === chosen ? " pf-m-selected" : ""),
                                                    "aria-pressed": String(seconds === chosen),
                                                    onclick: () => ui.send({ type: "window", path, seconds }) },
                                        h("span", { class: "pf-v6-c-toggle-group__text" }, windowWord(seconds))))));
}

function lane({ name, spans }, rightToLeft) {
    const x = share => (rightToLeft ? 1 - share : share) * WIDTH;
    return h("div", { class: "ipmp-lane", key: name },
             h("span", { class: "ipmp-lane-name" }, name),
             h("svg", { class: "ipmp-lane-bar", viewBox: `0 0 ${WIDTH} ${LANE}`, preserveAspectRatio: "none", role: "img",
                        "aria-label": format(_("$0: $1"), name, stateWord(spans[spans.length - 1]?.state ?? "unknown")) },
               spans.map(({ from, to, state }) =>
                   h("rect", { class: `ipmp-span ipmp-span-${state}`, x: Math.min(x(from), x(to)), y: 3,
                               width: Math.max(3, Math.abs(x(to) - x(from))), height: LANE - 6 },
                     h("title", null, state === "none" ? _("not known") : stateWord(state))))));
}

function moves(list, rightToLeft) {
    if (!list.length)
        return null;
    return h("div", { class: "ipmp-lane", key: " moves" },
             h("span", { class: "ipmp-lane-name ipmp-note" }, _("Addresses")),
             h("svg", { class: "ipmp-lane-bar", viewBox: `0 0 ${WIDTH} ${LANE}`, preserveAspectRatio: "none", role: "img",
                        "aria-label": format(ngettext("$0 time addresses moved", "$0 times addresses moved", list.length), list.length) },
               list.map(({ at, count, reason }) =>
                   h("rect", { class: "ipmp-move", x: (rightToLeft ? 1 - at : at) * WIDTH - 2, y: 2, width: 4, height: LANE - 4, rx: 2 },
                     h("title", null, `${reasonWord(reason)}: ${count}`)))));
}

function entry(item, now) {
    return h("li", { class: `ipmp-entry ipmp-tone-${item.tone}`, key: item.key },
             h("span", { class: "ipmp-entry-icon" }, icon(TONES[item.tone])),
             h("span", { class: "ipmp-entry-text" }, item.text, item.note && h("span", { class: "ipmp-note" }, ` ${item.note}`)),
             h("time", { class: "ipmp-note", datetime: new Date(item.ms).toISOString() }, timeOfDay(item.ms, now)));
}

/** subject: { ui, state, path, group } */
export function history({ ui, state, path, group }) {
    const events = state.history.get(group.Name) ?? [];
    const chosen = state.windows.get(path) ?? defaultWindow(events, state.now);
    const seconds = windowOf(events, state.now, chosen);
    const members = membersOf(state, group).map(({ member }) => member);
    const states = new Map(members.map(member => [member.Name, member.State]));
    const lanes = lanesOf(events, members.map(member => member.Name), name => states.get(name), state.now, seconds);
    const entries = entriesOf(events);
    const shown = state.more.has(path) ? entries : entries.filter(item => !item.minor).slice(0, SHOWN);
    const { rightToLeft } = state.layout;
    return h("section", { class: "ipmp-history" },
             h("div", { class: "ipmp-section-head" }, h("h3", { class: "pf-v6-c-title pf-m-md" }, _("History")), windowChoice(ui, path, chosen)),
             h("div", { class: "ipmp-lanes" }, lanes.map(item => lane(item, rightToLeft)),
               moves(movesOf(events, state.now, seconds), rightToLeft),
               h("div", { class: "ipmp-lane ipmp-axis", key: " axis" }, h("span", { class: "ipmp-lane-name" }),
                 h("span", { class: "ipmp-axis-ends" },
                   h("span", null, format(_("$0 ago"), span(seconds * 1000))), h("span", null, _("now"))))),
             shown.length ? h("ol", { class: "ipmp-entries", "aria-label": format(_("Events of $0"), group.Name) }, shown.map(item => entry(item, state.now)))
                 : h("p", { class: "ipmp-note" }, _("Nothing has happened since the service started.")),
             entries.length > shown.length &&
                 button(format(ngettext("Show $0 more", "Show $0 more", entries.length - shown.length), entries.length - shown.length),
                        () => ui.send({ type: "more", path }), { kind: "link" }));
}
