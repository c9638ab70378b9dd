// SPDX-License-Identifier: LGPL-2.1-or-later
// The data addresses of a group: where each is, and where it belongs.

import { _, format } from "./i18n.js";
import { addressesOf, mayDo } from "./summary.js";
import { h } from "./vdom.js";
import { button, pill, stateLabel } from "./widgets.js";
import { addressStateWord } from "./words.js";

const cell = (label, ...content) => h("td", { class: "pf-v6-c-table__td", "data-label": label }, h("div", { class: "ipmp-cell" }, content));
const STATE_LOOKS = { up: "ok", down: "failed", withdrawn: "offline" };

function row(ui, state, path, entry, nameAt, mayChange) {
    return h("tr", { class: "pf-v6-c-table__tr", key: entry.address },
             cell(_("Address"), h("bdi", { class: "ipmp-address" }, entry.address), " ", entry.source === "adopted" && pill(_("found"))),
             cell(_("State"), stateLabel(STATE_LOOKS[entry.state] ?? "unknown", addressStateWord(entry.state))),
             cell(_("Is on"), h("span", { class: entry.away ? "ipmp-away-text" : "" }, entry.on ? nameAt(entry.on) : _("nowhere"))),
             cell(_("Home"), entry.home ? nameAt(entry.home) : h("span", { class: "ipmp-note" }, _("none"))),
             mayChange && h("td", { class: "pf-v6-c-table__td pf-v6-c-table__action", key: "remove" },
                            button("", () => ui.open("remove-address", { group: path, address: entry.address }),
                                   { kind: "plain", iconName: "remove", "aria-label": format(_("Remove $0"), entry.address) })));
}

export function addresses({ ui, state, path, group }) {
    const list = addressesOf(group);
    const mayChange = mayDo(state, "configure");
    const nameAt = at => state.interfaces.get(at)?.Name ?? "";
    const heads = [_("Address"), _("State"), _("Is on"), _("Home")];
    if (!list.length)
        return h("p", { class: "ipmp-note" }, _("The group has no addresses yet."));
    return h("table", { class: "pf-v6-c-table pf-m-grid-md pf-m-compact ipmp-addresses", "aria-label": format(_("Addresses of $0"), group.Name) },
             h("thead", { class: "pf-v6-c-table__thead" },
               h("tr", { class: "pf-v6-c-table__tr" }, heads.map(text => h("th", { class: "pf-v6-c-table__th", scope: "col", key: text }, text)),
                 mayChange && h("th", { class: "pf-v6-c-table__th", scope: "col", key: "menu" }, h("span", { class: "pf-v6-screen-reader" }, _("Actions"))))),
             h("tbody", { class: "pf-v6-c-table__tbody" }, list.map(entry => row(ui, state, path, entry, nameAt, mayChange))));
}
