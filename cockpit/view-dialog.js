// SPDX-License-Identifier: LGPL-2.1-or-later
// A dialog: made of its description, with what the service refused at the field that it is about.

import { describe } from "./dialogs.js";
import { host } from "./format.js";
import { _, format } from "./i18n.js";
import { h } from "./vdom.js";
import { alert, button } from "./widgets.js";

const idOf = name => `ipmp-field-${name}`;
const helpId = name => `${idOf(name)}-help`;

function helper(field, error) {
    if (!error && !field.help)
        return null;
    return h("div", { class: "pf-v6-c-form__helper-text", id: helpId(field.name) },
             h("div", { class: "pf-v6-c-helper-text" },
               h("div", { class: "pf-v6-c-helper-text__item" + (error ? " pf-m-error" : ""), role: error ? "alert" : undefined },
                 h("span", { class: "pf-v6-c-helper-text__item-text" }, error || field.help))));
}

const described = (field, error) => error || field.help ? helpId(field.name) : undefined;

function group(field, error, control, isFor = true) {
    return h("div", { class: "pf-v6-c-form__group" + (error ? " ipmp-refused" : ""), key: field.name },
             h("div", { class: "pf-v6-c-form__group-label" },
               h(isFor ? "label" : "span", { class: "pf-v6-c-form__label", for: isFor ? idOf(field.name) : undefined, id: `${idOf(field.name)}-label` },
                 h("span", { class: "pf-v6-c-form__label-text" }, field.label))),
             h("div", { class: "pf-v6-c-form__group-control" }, control, helper(field, error)));
}

function text(field, value, error, change) {
    return group(field, error, h("span", { class: "pf-v6-c-form-control" + (error ? " pf-m-error" : "") },
                                 h("input", { id: idOf(field.name), type: "text", value, dir: field.ltr ? "ltr" : undefined, autocomplete: "off", spellcheck: "false",
                                              inputmode: field.numeric ? "numeric" : undefined, "aria-invalid": error ? "true" : undefined,
                                              "aria-describedby": described(field, error), oninput: event => change(event.target.value) })));
}

function select(field, value, error, change) {
    return group(field, error, h("span", { class: "pf-v6-c-form-control" + (error ? " pf-m-error" : "") },
                                 h("select", { id: idOf(field.name), value, "aria-describedby": described(field, error), "aria-invalid": error ? "true" : undefined,
                                               onchange: event => change(event.target.value) },
                                   field.options.map(([key, label]) => h("option", { value: key, key, selected: key === value }, label)))));
}

function check(field, value, error, change) {
    return h("div", { class: "pf-v6-c-form__group" + (error ? " ipmp-refused" : ""), key: field.name },
             h("div", { class: "pf-v6-c-check" },
               h("input", { class: "pf-v6-c-check__input", type: "checkbox", id: idOf(field.name), checked: Boolean(value),
                            "aria-describedby": described(field, error), onchange: event => change(event.target.checked) }),
               h("label", { class: "pf-v6-c-check__label", for: idOf(field.name) }, field.label)),
             helper(field, error));
}

const why = device => device.group ? format(_("is a member of $0"), device.group.split("/").pop()) : device.reason;
const canJoin = device => device.suitable && !device.group;

function deviceLine(device, control) {
    return h("li", { class: "ipmp-device" + (canJoin(device) ? "" : " ipmp-unsuitable"), key: device.name }, control,
             h("span", { class: "ipmp-device-note ipmp-note" }, canJoin(device)
                 ? h("bdi", null, device.addresses.map(host).join(", ")) : why(device)));
}

function pickMany(field, value, error, change, devices) {
    const set = (name, kind) => change(chosen => ({ ...chosen, [name]: kind }));
    const line = device => deviceLine(device, [
        h("div", { class: "pf-v6-c-check", key: "use" },
          h("input", { class: "pf-v6-c-check__input", type: "checkbox", id: `${idOf(device.name)}-use`, disabled: !canJoin(device),
                       checked: Boolean(value[device.name]), onchange: event => set(device.name, event.target.checked ? "use" : "") }),
          h("label", { class: "pf-v6-c-check__label ipmp-ltr", for: `${idOf(device.name)}-use` }, device.name)),
        Boolean(value[device.name]) &&
            h("div", { class: "pf-v6-c-check", key: "standby" },
              h("input", { class: "pf-v6-c-check__input", type: "checkbox", id: `${idOf(device.name)}-standby`, checked: value[device.name] === "standby",
                           onchange: event => set(device.name, event.target.checked ? "standby" : "use") }),
              h("label", { class: "pf-v6-c-check__label", for: `${idOf(device.name)}-standby` }, _("Standby"))),
    ]);
    return group(field, error, devices
        ? h("div", { role: "group", "aria-labelledby": `${idOf(field.name)}-label` }, h("ul", { class: "ipmp-devices" }, devices.map(line)),
            !devices.length && h("p", { class: "ipmp-note" }, _("No interfaces were found.")))
        : h("p", { class: "ipmp-note" }, _("Looking for interfaces…")), false);
}

function pickOne(field, value, error, change, devices) {
    const line = device => deviceLine(device,
        h("div", { class: "pf-v6-c-radio" },
          h("input", { class: "pf-v6-c-radio__input", type: "radio", name: "ipmp-device", id: `${idOf(device.name)}-use`, disabled: !canJoin(device),
                       checked: value === device.name, onchange: () => change(device.name) }),
          h("label", { class: "pf-v6-c-radio__label ipmp-ltr", for: `${idOf(device.name)}-use` }, device.name)));
    return group(field, error, devices
        ? h("div", { role: "radiogroup", "aria-labelledby": `${idOf(field.name)}-label` }, h("ul", { class: "ipmp-devices" }, devices.map(line)),
            !devices.length && h("p", { class: "ipmp-note" }, _("No interfaces were found.")))
        : h("p", { class: "ipmp-note" }, _("Looking for interfaces…")), false);
}

const FIELDS = { text, select, check, devices: pickMany, device: pickOne };

/* The first thing to fill in, else the button that leaves everything as it is. */
function show(element) {
    element.showModal();
    (element.querySelector("input:not([disabled]), select") ?? element.querySelector("[data-cancel]")).focus();
}

export function dialogView(ui, state) {
    const { dialog } = state;
    const { title, action, danger, text: words, warning, fields } = describe(dialog, state);
    const change = name => value => ui.send({ type: "draft", name, value });
    return h("dialog", { class: "pf-v6-c-modal-box pf-m-md ipmp-dialog", "aria-labelledby": "ipmp-dialog-title", key: `dialog ${dialog.kind}`,
                         mounted: show, oncancel: event => { event.preventDefault(); ui.cancel() } },
             h("header", { class: "pf-v6-c-modal-box__header" },
               h("div", { class: "pf-v6-c-modal-box__header-main" },
                 h("h1", { class: "pf-v6-c-modal-box__title", id: "ipmp-dialog-title" }, h("span", { class: "pf-v6-c-modal-box__title-text" }, title)))),
             h("form", { class: "ipmp-form", novalidate: true, onsubmit: event => { event.preventDefault(); ui.submit() } },
               h("div", { class: "pf-v6-c-modal-box__body" },
                 dialog.errors[""] && alert("danger", dialog.errors[""], null, { key: "error" }),
                 warning && alert(warning.danger ? "danger" : "warning", warning.text, null, { key: "warning" }),
                 words && h("p", { key: "text" }, words),
                 fields.length > 0 && h("div", { class: "pf-v6-c-form", key: "fields" },
                                        fields.map(field => FIELDS[field.type](field, dialog.values[field.name], dialog.errors[field.name],
                                                                               change(field.name), dialog.devices)))),
               h("footer", { class: "pf-v6-c-modal-box__footer" },
                 h("button", { type: "submit", class: `pf-v6-c-button pf-m-${danger ? "danger" : "primary"}`, disabled: dialog.busy },
                   h("span", { class: "pf-v6-c-button__text" }, action)),
                 button(_("Cancel"), () => ui.cancel(), { kind: "link", "data-cancel": "" }))));
}
