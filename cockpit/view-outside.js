// SPDX-License-Identifier: LGPL-2.1-or-later
// What is shown when there is nothing of the service to show: why, and the way out.

import { _ } from "./i18n.js";
import { h } from "./vdom.js";
import { button, icon } from "./widgets.js";

function emptyState(iconName, title, text, actions, key) {
    return h("div", { class: "pf-v6-c-empty-state ipmp-empty", key },
             h("div", { class: "pf-v6-c-empty-state__content" },
               h("div", { class: "pf-v6-c-empty-state__header" },
                 h("div", { class: "pf-v6-c-empty-state__icon" }, icon(iconName)),
                 h("div", { class: "pf-v6-c-empty-state__title" }, h("h2", { class: "pf-v6-c-empty-state__title-text" }, title))),
               h("div", { class: "pf-v6-c-empty-state__body" }, text),
               actions && h("div", { class: "pf-v6-c-empty-state__footer" }, h("div", { class: "pf-v6-c-empty-state__actions" }, actions))));
}

const command = text => h("pre", { class: "ipmp-command", dir: "ltr" }, h("code", null, text));

function stopped(ui, state) {
    const { unit, rights } = state;
    const masked = unit?.file === "masked";
    const text = masked ? _("Somebody has masked ipmpd.service, so that it cannot be started.")
        : unit?.active === "failed" ? _("The service has failed. Its log says why.")
            : _("Addresses stay where they are, but nobody moves them when a link fails.");
    return emptyState("offline", _("The service is not running"),
                      [h("p", { key: "text" }, text), masked && command("systemctl unmask ipmpd.service"),
                          !rights?.root && h("p", { key: "why", class: "ipmp-note" }, _("To start it, turn on administrative access."))],
                      [rights?.root && !masked && button(_("Start the service"), () => ui.startService(), { kind: "primary", key: "start" }),
                          unit && button(_("Show its log"), () => ui.jump("/system/logs/#/?priority=info&_SYSTEMD_UNIT=ipmpd.service"), { kind: "link", key: "log" })],
                      "stopped");
}

const VIEWS = {
    connecting: () => h("div", { class: "ipmp-empty", role: "status", key: "connecting" },
                        h("svg", { class: "pf-v6-c-spinner pf-m-xl", viewBox: "0 0 100 100", role: "progressbar", "aria-label": _("Loading") },
                          h("circle", { class: "pf-v6-c-spinner__path", cx: 50, cy: 50, r: 45, fill: "none" }))),
    stopped,
    absent: () => emptyState("plug", _("The service is not installed"),
                             [h("p", null, _("This page shows the multipathing service ipmpd. Install the package ipmp, then start it:")),
                                 command("systemctl enable --now ipmpd.service")], null, "absent"),
    denied: (_ui, state) => emptyState("lock", _("Access denied"),
                                       [h("p", null, _("You are not allowed to ask the service. Turn on administrative access, or ask your administrator.")),
                                           state.problem && h("p", { class: "ipmp-note" }, state.problem)], null, "denied"),
    lost: (ui, state) => emptyState("bad", _("The service does not answer"),
                                    [h("p", null, _("The connection to it was lost.")), state.problem && h("p", { class: "ipmp-note" }, state.problem)],
                                    button(_("Try again"), () => ui.again(), { kind: "primary" }), "lost"),
};

export const outside = (ui, state) => VIEWS[state.phase](ui, state);

export function noGroups(ui, mayCreate) {
    return emptyState("plug", _("No groups yet"),
                      [h("p", null, _("A group is two or more network interfaces on the same network. When one fails, its IP addresses move to another at once, and connections go on.")),
                          !mayCreate && h("p", { class: "ipmp-note" }, _("To create one, turn on administrative access."))],
                      mayCreate && button(_("Create the first group"), () => ui.open("create"), { kind: "primary" }), "none");
}
