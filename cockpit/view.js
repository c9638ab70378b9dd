// SPDX-License-Identifier: LGPL-2.1-or-later
// The whole page, from the state.

import { host } from "./format.js";
import { _, format, ngettext } from "./i18n.js";
import { FEW_GROUPS, isOpen, isUsable, mayDo, membersOf, orderOf, shownInterfaces, totalsOf, WATCH_LIMIT } from "./summary.js";
import { dialogView } from "./view-dialog.js";
import { groupCard, titleOf } from "./view-group.js";
import { noGroups, outside } from "./view-outside.js";
import { h } from "./vdom.js";
import { alert, button, stateIcon } from "./widgets.js";
import { reasonWord, stateWord } from "./words.js";

const SEVERITIES = { error: "danger", warning: "warning", info: "info" };

/* "front: eth0 failed (no link)" of the worst. */
function troubleText(state, path) {
    const group = state.groups.get(path);
    const bad = membersOf(state, group).filter(({ member }) => !isUsable(member));
    const parts = bad.map(({ member }) => `${member.Name} – ${reasonWord(member.Reason) || stateWord(member.State)}`);
    return format(_("$0: $1"), titleOf(group), parts.slice(0, 3).join(", ") + (parts.length > 3 ? ", …" : ""));
}

function verdict(state, totals) {
    if (!totals.groups && !totals.interfaces)
        return ["idle", _("No groups"), "", ""];
    const parts = [format(ngettext("$0 group", "$0 groups", totals.groups), totals.groups), format(ngettext("$0 interface", "$0 interfaces", totals.interfaces), totals.interfaces),
        format(ngettext("$0 address", "$0 addresses", totals.addresses), totals.addresses)].join(" · ");
    if (totals.astray.length && !totals.troubled.length)
        return ["degraded", format(ngettext("$0 address is not up", "$0 addresses are not up", totals.astray.length), totals.astray.length), parts, totals.astray.map(host).slice(0, 3).join(", ")];
    if (!totals.troubled.length)
        return ["ok", _("All is well"), parts, ""];
    const worst = totals.failed ? "failed" : "degraded";
    const sentence = totals.failed ? format(ngettext("$0 group has failed", "$0 groups have failed", totals.failed), totals.failed)
        : format(ngettext("$0 group is degraded", "$0 groups are degraded", totals.degraded), totals.degraded);
    return [worst, sentence, parts, totals.troubled.slice(0, 2).map(path => troubleText(state, path)).join("; ")];
}

function head(ui, state) {
    const ready = state.phase === "ready";
    const totals = ready ? totalsOf(state) : null;
    const [look, sentence, parts, why] = ready ? verdict(state, totals) : [];
    return h("header", { class: "ipmp-head", key: "head" },
             h("div", { class: "ipmp-head-text" },
               h("h1", { class: "pf-v6-c-title pf-m-2xl" }, _("Multipathing")),
               ready && h("div", { class: `ipmp-verdict ipmp-verdict-${look}`, role: "status" },
                          stateIcon(look, "ipmp-big"), h("div", null, h("strong", null, sentence),
                                                         why && h("span", { class: "ipmp-verdict-why" }, why),
                                                         h("div", { class: "ipmp-note" }, parts)))),
             ready && h("div", { class: "ipmp-head-actions" },
                        mayDo(state, "watch") && button(_("Check"), () => ui.check(), { kind: "secondary", disabled: state.checking }),
                        mayDo(state, "groups") && state.groups.size > 0 && button(_("Create group"), () => ui.open("create"), { kind: "primary" })));
}

function readOnly(state) {
    const { rights } = state;
    if (!rights || ["groups", "configure", "state"].every(name => rights[name] === "yes"))
        return null;
    const asks = ["groups", "configure", "state"].some(name => rights[name] === "ask");
    return alert("info", _("You can look, but not change everything"),
                 asks ? _("Turn on administrative access to make changes.")
                     : _("The rules of polkit on this host do not let you make changes. Ask your administrator."),
                 { key: "readonly", className: "ipmp-readonly" });
}

function advice(state) {
    return (state.advice ?? []).map(item =>
        alert(SEVERITIES[item.severity] ?? "info", [item.group, item.interface].filter(Boolean).join(", ") || _("Host"),
              [h("span", null, item.message), item.advice && h("span", { class: "ipmp-advice-what" }, `→ ${item.advice}`)],
              { key: `${item.code} ${item.group} ${item.interface} ${item.message}` }));
}

function adviceBox(ui, state) {
    if (!state.advice)
        return null;
    return h("section", { class: "ipmp-advice", "aria-label": _("Advice"), key: "advice" },
             state.advice.length ? advice(state) : alert("success", _("Nothing stands in the way of a failover"), null, { key: "fine" }));
}

function notice(ui, state) {
    return h("div", { "aria-live": "polite", key: "notice" }, state.notice &&
        alert(state.notice.variant, state.notice.title, state.notice.text, { onclose: () => ui.send({ type: "notice", notice: null }) }));
}

function configErrors(state) {
    return (state.manager.ConfigErrors ?? []).map(text =>
        alert("danger", _("A configuration file is not in force"), h("bdi", null, text), { key: `config ${text}` }));
}

/* Whose round trips are not live, and why. */
function unwatched(state) {
    if (state.watchProblem)
        return alert("info", _("Round trips are not live"), state.watchProblem, { key: "unwatched" });
    if (!mayDo(state, "watch") || shownInterfaces(state).length <= WATCH_LIMIT)
        return null;
    return alert("info", format(_("Only the first $0 interfaces have live round trips"), WATCH_LIMIT), _("Close some groups to see those of others."), { key: "unwatched" });
}

function filter(ui, state) {
    if (state.groups.size <= FEW_GROUPS)
        return null;
    return h("div", { class: "ipmp-filter", key: "filter" },
             h("span", { class: "pf-v6-c-form-control" },
               h("input", { type: "search", value: state.filter, placeholder: _("Group, interface, address or state"), "aria-label": _("Filter groups"),
                            oninput: event => ui.send({ type: "filter", text: event.target.value }) })));
}

function groups(ui, state) {
    if (!state.groups.size)
        return noGroups(ui, mayDo(state, "groups"));
    const order = orderOf(state);
    return h("div", { class: "ipmp-groups", key: "groups" },
             order.map(path => groupCard(ui, state, path, isOpen(state, path))),
             !order.length && h("p", { class: "ipmp-note", key: "none" }, _("No group matches.")));
}

function content(ui, state) {
    if (state.phase !== "ready")
        return outside(ui, state);
    return [configErrors(state), readOnly(state), notice(ui, state), adviceBox(ui, state), unwatched(state), filter(ui, state), groups(ui, state)];
}

export function page(ui, state) {
    return [
        h("main", { class: "pf-v6-c-page__main-section ipmp-page", tabindex: "-1", key: "main" }, head(ui, state), content(ui, state),
          state.phase !== "ready" && notice(ui, state)),
        state.dialog && dialogView(ui, state),
    ];
}
