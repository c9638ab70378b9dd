// SPDX-License-Identifier: LGPL-2.1-or-later
// One group: a line when closed, everything about it when open.

import { duration, timeOfDay } from "./format.js";
import { _, format, ngettext } from "./i18n.js";
import { isUsable, lookOf, mayDo, membersOf } from "./summary.js";
import { h, memo } from "./vdom.js";
import { button, icon, menu, pill, stateIcon, stateLabel } from "./widgets.js";
import { addresses } from "./view-addresses.js";
import { history } from "./view-history.js";
import { members } from "./view-members.js";
import { topology } from "./view-topology.js";
import { groupStateWord, methodWord, reasonWord, stateWord } from "./words.js";

export const titleOf = group => group.Anonymous ? _("Watched interfaces of no group") : group.Name;
const idOf = path => `ipmp${path.replaceAll("/", "-")}`;

/* All of the state that an open or closed card looks at. */
function inputsOf(state, path, group, isOpen) {
    const list = membersOf(state, group);
    const inputs = [group, isOpen, state.rights, state.layout, state.menu?.endsWith(path) ? state.menu : null, ...list.map(({ member }) => member)];
    if (!isOpen)
        return inputs;
    const ours = list.some(entry => state.menu === `member ${entry.path}`);
    return [...inputs, ours ? state.menu : null, Math.floor(state.now / 1000), state.history.get(group.Name), state.more.has(path), state.windows.get(path),
        ...list.flatMap(entry => [state.probes.get(entry.path), state.targets.get(entry.path)])];
}

export function groupCard(ui, state, path, isOpen) {
    const group = state.groups.get(path);
    return memo(path, card, { ui, state, path, group, isOpen }, inputsOf(state, path, group, isOpen));
}

function strip(state, group) {
    return h("ul", { class: "ipmp-strip", "aria-label": _("Interfaces") }, membersOf(state, group).map(({ path, member }) =>
        h("li", { class: `ipmp-strip-item ipmp-is-row-${lookOf(member)}`, key: path, title: `${member.Name}: ${stateWord(member.State)}` },
          stateIcon(lookOf(member)), h("span", null, member.Name),
          !isUsable(member) && h("span", { class: "pf-v6-screen-reader" }, stateWord(member.State)))));
}

function detectionText(group) {
    if (group.CurrentFailureDetectionMSec > group.FailureDetectionMSec)
        return format(_("$0, at the moment $1"), duration(group.FailureDetectionMSec), duration(group.CurrentFailureDetectionMSec));
    return duration(group.FailureDetectionMSec);
}

function fact(term, value, note) {
    return h("div", { class: "pf-v6-c-description-list__group", key: term },
             h("dt", { class: "pf-v6-c-description-list__term" }, h("span", { class: "pf-v6-c-description-list__text" }, term)),
             h("dd", { class: "pf-v6-c-description-list__description" },
               h("div", { class: "pf-v6-c-description-list__text" }, value, note && h("span", { class: "ipmp-note" }, ` ${note}`))));
}

function facts(state, group) {
    const raised = group.CurrentFailureDetectionMSec > group.FailureDetectionMSec;
    const current = group.CurrentFailureDetectionMSec
        ? h("span", { class: raised ? "ipmp-bad-text" : "" }, duration(group.CurrentFailureDetectionMSec)) : _("nothing is probed");
    const inherited = is => is ? _("(default)") : "";
    return h("dl", { class: "pf-v6-c-description-list pf-m-compact ipmp-facts" },
             fact(_("Failure detection, configured"), duration(group.FailureDetectionMSec), inherited(group.FailureDetectionInherited)),
             fact(_("Failure detection, current"), current, raised ? _("targets answer slowly") : ""),
             !group.Anonymous && fact(_("Failback"), group.Failback ? _("Yes") : _("No"), inherited(group.FailbackInherited)),
             fact(_("Probes"), methodWord(group.ProbeMethod), group.ProbeTargets.length ? group.ProbeTargets.join(" ") : ""),
             !group.Anonymous && fact(_("Failovers, also on request"), String(group.Failovers),
                                      group.LastFailoverUSec ? format(_("last: $0"), timeOfDay(group.LastFailoverUSec / 1000, state.now)) : ""));
}

function groupMenu(ui, state, path, group) {
    const act = kind => () => ui.open(kind, { group: path });
    const items = [];
    if (mayDo(state, "configure")) {
        items.push([_("Add interface…"), act("add-interface")], [_("Add address…"), act("add-address")], [_("Settings…"), act("settings")]);
        if (group.Temporary)
            items.push([_("Keep after restart…"), act("save")]);
    }
    if (mayDo(state, "groups"))
        items.push([_("Delete group…"), act("delete"), true]);
    const id = `group ${path}`;
    return items.length && !group.Anonymous ? menu(ui, id, state.menu === id, format(_("Actions for group $0"), group.Name), items) : null;
}

function head(ui, state, path, group, isOpen) {
    const counts = group.State === "ok" || group.Interfaces.length > 0;
    const look = counts ? group.State : "offline";
    return h("div", { class: "ipmp-card-head" },
             h("button", { type: "button", class: "pf-v6-c-button pf-m-plain ipmp-toggle" + (isOpen ? " ipmp-is-open" : ""), "aria-expanded": String(isOpen),
                           "aria-controls": isOpen ? `${idOf(path)}-body` : undefined, "aria-label": format(_("Details of $0"), titleOf(group)),
                           onclick: () => ui.send({ type: "open", path, open: !isOpen }) }, icon("open")),
             stateIcon(look, "ipmp-big"),
             h("div", { class: "ipmp-card-main" }, h("div", { class: "ipmp-card-title" },
               h("h2", { id: `${idOf(path)}-title` }, titleOf(group)),
               stateLabel(look, counts ? groupStateWord(group.State) : _("No interfaces")),
               group.State !== "ok" && group.Reason && h("span", { class: "ipmp-note" }, reasonWord(group.Reason)),
               group.Temporary && pill(_("until restart"), "purple")),
             !isOpen && strip(state, group),
             !isOpen && h("div", { class: "ipmp-card-facts ipmp-note" },
                          h("span", null, format(ngettext("$0 address", "$0 addresses", group.Addresses.length), group.Addresses.length)),
                          h("span", null, format(_("detection $0"), detectionText(group))))),
             groupMenu(ui, state, path, group));
}

function section(title, action, ...content) {
    return h("section", { class: "ipmp-section" },
             h("div", { class: "ipmp-section-head" }, h("h3", { class: "pf-v6-c-title pf-m-md" }, title), action), content);
}

function body(ui, state, path, group) {
    const mayChange = mayDo(state, "configure") && !group.Anonymous;
    const subject = { ui, state, path, group };
    return h("div", { class: "ipmp-card-body", id: `${idOf(path)}-body` },
             group.Interfaces.length > 0 && !group.Anonymous &&
                 h("div", { class: "ipmp-picture" }, topology(state, group), facts(state, group)),
             section(_("Interfaces"), mayChange && button(_("Add interface"), () => ui.open("add-interface", { group: path }), { kind: "link" }),
                     group.Interfaces.length ? members(subject) : h("p", { class: "ipmp-note" }, _("The group has no interfaces yet."))),
             !group.Anonymous && section(_("Addresses"), mayChange && button(_("Add address"), () => ui.open("add-address", { group: path }), { kind: "link" }),
                                         addresses(subject)),
             history(subject));
}

function card({ ui, state, path, group, isOpen }) {
    return h("article", { class: `pf-v6-c-card ipmp-card ipmp-group-${group.State}`, "aria-labelledby": `${idOf(path)}-title` },
             head(ui, state, path, group, isOpen), isOpen && body(ui, state, path, group));
}
