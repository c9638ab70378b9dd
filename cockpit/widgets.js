// SPDX-License-Identifier: LGPL-2.1-or-later
// Small parts in PatternFly's terms.

import { _ } from "./i18n.js";
import { h } from "./vdom.js";

/* Drawn in a square of 16. */
const ICONS = {
    ok: "M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1m-1 10L3.8 7.800l1.200-1.200L7 8.600l4-4 1.200 1.200z",
    bad: "M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1m3.200 9L10 11.200l-2-2-2 2L4.800 10l2-2-2-2L6 4.800l2 2 2-2L11.200 6l-2 2z",
    warning: "M8 1.200 15.300 14.500H.700zM7.200 6v4.500h1.600V6zm0 5.500V13h1.600v-1.500z",
    idle: "M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1m0 1.800a5.200 5.200 0 1 1 0 10.400A5.200 5.200 0 0 1 8 2.800",
    offline: "M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1M5 5h2v6H5zm4 0h2v6H9z",
    missing: "M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1m-.800 9.800h1.600v1.600H7.200zM8 3.600c1.700 0 2.900 1 2.900 2.500 0 1.200-.700 1.800-1.400 2.300-.500.400-.700.600-.700 1.400H7.200c0-1.600.700-2.100 1.300-2.600.500-.400.800-.600.800-1.100 0-.600-.500-.900-1.300-.900S6.600 5.700 6.600 6.400H5c0-1.700 1.200-2.800 3-2.800",
    info: "M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1m-.800 2.800h1.600v1.700H7.200zm0 3h1.600v5.400H7.200z",
    open: "M5.500 2.500 11 8l-5.500 5.500L4.200 12.200 8.400 8 4.200 3.800z",
    more: "M8 2.200a1.400 1.400 0 1 1 0 2.800 1.400 1.400 0 0 1 0-2.800m0 4.400a1.400 1.400 0 1 1 0 2.800 1.400 1.400 0 0 1 0-2.800M8 11a1.400 1.400 0 1 1 0 2.800A1.400 1.400 0 0 1 8 11",
    moved: "M9.500 3.500 14 8l-4.500 4.500-1.200-1.200L10.700 9H2V7h8.700L8.300 4.700z",
    close: "M3.600 2.400 8 6.800l4.400-4.400 1.200 1.200L9.200 8l4.400 4.400-1.200 1.200L8 9.200l-4.400 4.400-1.200-1.200L6.800 8 2.400 3.600z",
    lock: "M8 1a3.700 3.700 0 0 0-3.700 3.700V7H3v8h10V7h-1.300V4.700A3.700 3.700 0 0 0 8 1M6 4.700a2 2 0 0 1 4 0V7H6z",
    plug: "M5 1h1.600v3.500h2.800V1H11v3.500h1.500V8A4.500 4.500 0 0 1 8.800 12.400V15H7.200v-2.600A4.500 4.500 0 0 1 3.500 8V4.500H5z",
    remove: "M6 1h4l.600 1.500H14V4H2V2.500h3.400zM3 5h10l-.800 10H3.800z",
};
const STATE_ICONS = { ok: "ok", degraded: "warning", failed: "bad", unknown: "info", offline: "offline", missing: "missing", idle: "idle" };
const STATE_COLOURS = { ok: "green", degraded: "orange", failed: "red", unknown: "blue", offline: "purple", missing: "red", idle: "teal" };
const ALERT_ICONS = { danger: "bad", warning: "warning", info: "info", success: "ok" };

export function icon(name, className = "") {
    return h("svg", { class: `ipmp-icon ${className}`, viewBox: "0 0 16 16", "aria-hidden": "true", focusable: "false" },
             h("path", { d: ICONS[name] }));
}

export const stateIcon = (state, className = "") => icon(STATE_ICONS[state], `ipmp-is-${state} ${className}`);

/** An icon inside of another drawing. */
export function iconAt(name, x, y, size, className) {
    return h("path", { class: className, d: ICONS[name], transform: `translate(${x} ${y}) scale(${size / 16})` });
}
export const stateIconAt = (state, x, y, size) => iconAt(STATE_ICONS[state], x, y, size, `ipmp-is-${state}`);

/** A coloured pill. */
export function stateLabel(state, text) {
    return h("span", { class: `pf-v6-c-label pf-m-${STATE_COLOURS[state]} pf-m-compact` },
             h("span", { class: "pf-v6-c-label__content" },
               h("span", { class: "pf-v6-c-label__icon" }, icon(STATE_ICONS[state])),
               h("span", { class: "pf-v6-c-label__text" }, text)));
}

export function pill(text, colour = "grey") {
    return h("span", { class: `pf-v6-c-label pf-m-outline pf-m-compact pf-m-${colour}` },
             h("span", { class: "pf-v6-c-label__content" }, h("span", { class: "pf-v6-c-label__text" }, text)));
}

/** options: kind ("secondary", "primary", "danger", "link", "plain"), and attributes. */
export function button(text, onclick, { kind = "secondary", iconName, ...more } = {}) {
    return h("button", { type: "button", class: `pf-v6-c-button pf-m-${kind}`, onclick, ...more },
             iconName && h("span", { class: "pf-v6-c-button__icon pf-m-start" }, icon(iconName)),
             text && h("span", { class: "pf-v6-c-button__text" }, text));
}

/** Closed by its button where `onclose` is given. */
export function alert(variant, title, body, { onclose, actions, key, className = "" } = {}) {
    return h("div", { class: `pf-v6-c-alert pf-m-inline pf-m-${variant} ${className}`, key },
             h("div", { class: "pf-v6-c-alert__icon" }, icon(ALERT_ICONS[variant])),
             h("p", { class: "pf-v6-c-alert__title" }, title),
             onclose && h("div", { class: "pf-v6-c-alert__action" },
                          button("", onclose, { kind: "plain", iconName: "close", "aria-label": _("Close") })),
             body && h("div", { class: "pf-v6-c-alert__description" }, body),
             actions && h("div", { class: "pf-v6-c-alert__action-group" }, actions));
}

/** A button with three dots and what can be done: items are [text, action, danger]. */
export function menu(ui, id, isOpen, label, items) {
    const close = () => ui.send({ type: "menu", id });
    const choose = action => event => {
        event.currentTarget.closest(".ipmp-menu").querySelector("[aria-haspopup]").focus();     // a dialog gives it back there
        close();
        action();
    };
    return h("div", { class: "ipmp-menu", onkeydown: event => onMenuKey(event, isOpen, close), onfocusout: event => {
        if (isOpen && event.relatedTarget && !event.currentTarget.contains(event.relatedTarget))
            close();
    } },
             h("button", { type: "button", class: "pf-v6-c-menu-toggle pf-m-plain", "aria-haspopup": "menu", "aria-expanded": String(isOpen),
                           "aria-label": label, onclick: close },
               h("span", { class: "pf-v6-c-menu-toggle__icon" }, icon("more"))),
             isOpen && h("div", { class: "pf-v6-c-menu ipmp-menu-list" },
                         h("ul", { class: "pf-v6-c-menu__list", role: "menu", "aria-label": label },
                           items.map(([text, action, danger], i) =>
                               h("li", { class: "pf-v6-c-menu__list-item" + (danger ? " pf-m-danger" : ""), role: "none", key: text },
                                 h("button", { type: "button", class: "pf-v6-c-menu__item", role: "menuitem", tabindex: "-1", onclick: choose(action),
                                               mounted: i === 0 ? element => element.focus() : undefined },
                                   h("span", { class: "pf-v6-c-menu__item-main" }, h("span", { class: "pf-v6-c-menu__item-text" }, text))))))));
}

function onMenuKey(event, isOpen, close) {
    if (!isOpen)
        return;
    const items = [...event.currentTarget.querySelectorAll("[role=menuitem]")];
    const at = items.indexOf(document.activeElement);
    const next = { ArrowDown: (at + 1) % items.length, ArrowUp: (at + items.length - 1) % items.length, Home: 0, End: items.length - 1 }[event.key];
    if (next !== undefined) {
        items[next].focus();
        event.preventDefault();
    } else if (event.key === "Escape" || event.key === "Tab") {
        event.currentTarget.querySelector("[aria-haspopup]").focus();
        close();
    }
}
