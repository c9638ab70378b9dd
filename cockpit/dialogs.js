// SPDX-License-Identifier: LGPL-2.1-or-later
// Dialogs without their looks: which fields one has, which call of the service its values make, and at
// which field an answer that is an error belongs. Pure.
//
// A dialog is { kind, group, interface, address, values, initial, errors, refusals, busy, devices }: paths of
// what it is about, values by the names of fields, those it began with, what was refused and how often, and
// for "devices" what ListDevices said.

import { duration, exactDuration, host, parseDuration, words } from "./format.js";
import { _, format } from "./i18n.js";
import { isUsable, membersOf } from "./summary.js";

const MANAGER = ["/org/ipmp", "org.ipmp.Manager"];
const GROUP = "org.ipmp.Group";
const INTERFACE = "org.ipmp.Interface";

const s = v => ({ t: "s", v });
const b = v => ({ t: "b", v });
const u = v => ({ t: "u", v });
const as = v => ({ t: "as", v });

/** `value`: what was filled in, or a function of what was there, which may be newer than the picture. */
export function withValue(dialog, name, value) {
    const { [name]: _told, ...errors } = dialog.errors;
    const next = typeof value === "function" ? value(dialog.values[name]) : value;
    return { ...dialog, values: { ...dialog.values, [name]: next }, errors };
}

/** A fresh dialog; `about`: { group, interface, address }. */
export function open(kind, state, about = {}) {
    const group = state.groups.get(about.group);
    const member = state.interfaces.get(about.interface);
    const values = KINDS[kind].values ? KINDS[kind].values({ group, member, state }) : {};
    return { kind, ...about, errors: {}, refusals: 0, busy: false, devices: null, values, initial: values };
}

export function isAbout(dialog, state) {
    return (!dialog.group || state.groups.has(dialog.group)) &&
        (!dialog.interface || state.interfaces.has(dialog.interface));
}

const contextOf = (dialog, state) => ({
    dialog, state, values: dialog.values,
    group: state.groups.get(dialog.group),
    member: state.interfaces.get(dialog.interface),
});

/** { title, action, danger, text, warning, fields } of a dialog. */
export function describe(dialog, state) {
    const context = contextOf(dialog, state);
    const kind = KINDS[dialog.kind];
    return {
        title: kind.title(context), action: kind.action(context), danger: kind.danger,
        text: kind.text?.(context), warning: kind.warning?.(context), fields: kind.fields?.(context) ?? [],
    };
}

/** { call: [path, interface, method, signature, ...arguments] }, or { errors } by field. */
export function callOf(dialog, state) {
    const context = contextOf(dialog, state);
    const errors = {};
    const call = KINDS[dialog.kind].call(context, errors);
    return Object.keys(errors).length ? { errors } : { call };
}

/* The service's word for a setting, and the field where it is asked for. */
const FIELD_OF_WORD = {
    "failure-detection-msec": "detection", "probe-targets": "targets", "probe-method": "method",
    "probe-failures": "failures", "probe-repairs": "repairs", "repair-delay-msec": "delay",
    "test-addresses": "test", addresses: "addresses", interfaces: "interfaces", "min-redundancy": "force",
};
const FIELDS_OF_ERROR = {
    Exists: ["name", "address", "interface"], InterfaceInUse: ["interfaces", "interface"],
    NotSuitable: ["interfaces", "interface"], DuplicateHardwareAddress: ["interfaces", "interface"],
    MediaMismatch: ["interfaces", "interface"], TestAddressConflict: ["test"], NoSuchInterface: ["home", "interface"],
    Standby: ["home", "standby", "addresses"], MinimumRedundancy: ["force"], NoSuchAddress: ["address"],
};

/** Errors by field for what the service said; "" is the dialog as a whole. */
export function errorsOf(dialog, state, error) {
    const names = describe(dialog, state).fields.map(field => field.name);
    const field = fieldOf(names, dialog.values, error);
    return { [field]: field ? withoutSetting(error.message) : error.message || error.name };
}

/* "failure-detection-msec: 1 is not in 10 to 3600000": the field says which setting it is, but not the unit. */
function withoutSetting(message) {
    const match = /^([a-z]+(?:-[a-z]+)+): (.*)$/s.exec(message);
    if (!match)
        return message;
    return match[1].endsWith("-msec") ? `${match[2]} (ms)` : match[2];
}

function fieldOf(names, values, error) {
    const message = error.message || "";
    const word = Object.keys(FIELD_OF_WORD).find(key => message.startsWith(`${key}:`) || message.includes(` ${key}`));
    if (word && names.includes(FIELD_OF_WORD[word]))
        return FIELD_OF_WORD[word];
    const named = names.map(name => [name, longestIn(message, values[name])]).sort((a, b) => b[1] - a[1])[0];
    const short = (error.name || "").replace("org.ipmp.Error.", "");
    const likely = (FIELDS_OF_ERROR[short] || []).find(name => names.includes(name));
    return likely ?? (named?.[1] ? named[0] : "");
}

/* How long the longest word of a value is that the message names; 0 if it names none. */
function longestIn(message, value) {
    const named = new Set(message.split(/[\s",;:]+(?=\s|$|")|[\s",;]+/));
    const found = typeof value === "string" ? words(value).filter(part => named.has(part)) : [];
    return Math.max(0, ...found.map(part => part.length));
}

/* What is in force until the next restart is changed until then. */
const lasting = (group, options = {}) => group?.Temporary ? { ...options, temporary: b(true) } : options;

function takeDuration(values, name, errors) {
    const ms = parseDuration(values[name]);
    if (Number.isNaN(ms))
        errors[name] = _("A number with ms, s or min, such as 500 ms or 10 s");
    return u(ms);
}

function takeNumber(values, name, errors) {
    if (!/^\s*\d+\s*$/.test(values[name]))
        errors[name] = _("A whole number");
    return u(Number(values[name]));
}

const nameOf = path => ({ group }) => format(path, group?.Name);

const addressHelp = () => _("With prefix length, such as 192.0.2.10/24; several with spaces between");
const testField = () => ({
    name: "test", type: "text", label: _("Test address"), ltr: true,
    help: _("An IPv4 address that probes are sent from; it never moves. IPv6 needs none."),
});
const standbyField = () => ({
    name: "standby", type: "check", label: _("Standby"), help: _("Carries addresses only when others cannot"),
});

function homeOptions({ group, state }) {
    return [["", _("None: wherever there is room")],
        ...membersOf(state, group).filter(({ member }) => !member.Standby).map(({ member }) => [member.Name, member.Name])];
}

function settingsValues({ group }) {
    return {
        detection: group.FailureDetectionInherited ? "" : exactDuration(group.FailureDetectionMSec),
        failback: group.FailbackInherited ? "" : group.Failback ? "yes" : "no",
        method: group.ProbeMethod, targets: group.ProbeTargets.join(" "), only: group.ProbeTargetsOnly,
        failures: String(group.ProbeFailures), repairs: String(group.ProbeRepairs), delay: exactDuration(group.RepairDelayMSec),
    };
}

function settingsFields({ state }) {
    return [
        { name: "detection", type: "text", label: _("Failure detection time"), ltr: true,
          help: format(_("10 ms to 1 hour; empty: the default, $0"), duration(state.manager.DefaultFailureDetectionMSec)) },
        { name: "failback", type: "select", label: _("Failback"), help: _("Whether addresses return to a repaired interface"),
          options: [["", state.manager.DefaultFailback ? _("Default: yes") : _("Default: no")], ["yes", _("Yes")], ["no", _("No")]] },
        { name: "method", type: "select", label: _("Probes"),
          options: [["auto", _("Automatic")], ["icmp", "ICMP"], ["arp", "ARP"], ["none", _("None: only the link is watched")]] },
        { name: "targets", type: "text", label: _("Probe targets"), ltr: true,
          help: _("Addresses that answer, such as the router; several with spaces between; empty: found by themselves") },
        { name: "only", type: "check", label: _("Probe only these targets") },
        { name: "failures", type: "text", label: _("Lost probes that make a failure"), numeric: true },
        { name: "repairs", type: "text", label: _("Answers that make a repair"), numeric: true },
        { name: "delay", type: "text", label: _("Repair delay"), ltr: true,
          help: _("How long the link of a member without probes must stay up; at most 10 min") },
    ];
}

/* Field, setting, and what is made of the value; what is left empty is inherited or built in again. */
const SETTINGS = [
    ["detection", "failure-detection-msec", takeDuration],
    ["failback", "failback", values => b(values.failback === "yes")],
    ["method", "probe-method", values => s(values.method)],
    ["targets", "probe-targets", values => as(words(values.targets))],
    ["only", "probe-targets-only", values => b(values.only)],
    ["failures", "probe-failures", takeNumber],
    ["repairs", "probe-repairs", takeNumber],
    ["delay", "repair-delay-msec", takeDuration],
];
const isEmpty = value => typeof value === "string" && !value.trim();

/* Only what was changed here: the rest is no business of this dialog, and stays out of the configuration. */
function configure({ dialog, values, group }, errors) {
    const settings = {};
    const reset = [];
    for (const [field, word, take] of SETTINGS) {
        if (values[field] === dialog.initial[field])
            continue;
        if (isEmpty(values[field]))
            reset.push(word);
        else
            settings[word] = take(values, field, errors);
    }
    const options = lasting(group, reset.length ? { reset: as(reset) } : {});
    return [dialog.group, GROUP, "Configure", "a{sv}a{sv}", settings, options];
}

function createGroup({ values }, errors) {
    const interfaces = Object.keys(values.interfaces).filter(name => values.interfaces[name]);
    const options = {};
    const standbys = interfaces.filter(name => values.interfaces[name] === "standby");
    if (standbys.length)
        options["interface-settings"] = {
            t: "a{sa{sv}}", v: Object.fromEntries(standbys.map(name => [name, { standby: b(true) }])),
        };
    if (words(values.addresses).length)
        options.addresses = as(words(values.addresses));
    if (values.detection.trim())
        options["failure-detection-msec"] = takeDuration(values, "detection", errors);
    if (values.temporary)
        options.temporary = b(true);
    if (!values.name.trim())
        errors.name = _("A group needs a name");
    return [...MANAGER, "CreateGroup", "sasa{sv}", values.name.trim(), interfaces, options];
}

function addInterface({ dialog, values, group }, errors) {
    const options = {};
    if (values.standby)
        options.standby = b(true);
    if (words(values.test).length)
        options["test-addresses"] = as(words(values.test));
    if (words(values.addresses).length)
        options.addresses = as(words(values.addresses));
    if (!values.interface)
        errors.interface = _("Choose one");
    return [dialog.group, GROUP, "AddInterface", "sa{sv}", values.interface, lasting(group, options)];
}

/* What is left when a member goes: who else works. */
function offlineWarning({ dialog, group, state }) {
    const others = membersOf(state, group).filter(({ path, member }) => path !== dialog.interface && isUsable(member));
    if (!others.length)
        return { danger: true, text: _("No other member works: the addresses of the group would be off the network.") };
    if (others.length === 1)
        return { text: format(_("Only $0 would be left: if it failed as well, the addresses would be off the network."), others[0].member.Name) };
    return null;
}

const KINDS = {
    create: {
        values: () => ({ name: "", interfaces: {}, addresses: "", detection: "", temporary: false }),
        title: () => _("Create group"),
        action: () => _("Create"),
        text: () => _("The addresses found on the interfaces become those of the group. They stay where they are until one of the interfaces fails."),
        fields: ({ state }) => [
            { name: "name", type: "text", label: _("Name"), ltr: true, help: _("1 to 31 letters, digits, and _ . - after the first") },
            { name: "interfaces", type: "devices", label: _("Interfaces"), help: _("All on the same network") },
            { name: "addresses", type: "text", label: _("More addresses"), ltr: true, help: addressHelp() },
            { name: "detection", type: "text", label: _("Failure detection time"), ltr: true,
              help: format(_("10 ms to 1 hour; empty: the default, $0"), duration(state.manager.DefaultFailureDetectionMSec)) },
            { name: "temporary", type: "check", label: _("Only until the next restart") },
        ],
        call: createGroup,
    },
    settings: {
        values: settingsValues,
        title: nameOf(_("Settings of $0")),
        action: () => _("Save"),
        fields: settingsFields,
        call: configure,
    },
    "delete": {
        title: nameOf(_("Delete group $0?")),
        action: () => _("Delete"),
        danger: true,
        text: () => _("Addresses that were found on the interfaces stay on them, those that were configured here are gone. Interfaces are no longer watched."),
        call: ({ dialog, group }) => [dialog.group, GROUP, "Delete", "a{sv}", lasting(group)],
    },
    save: {
        title: nameOf(_("Keep $0 after a restart?")),
        action: () => _("Keep"),
        text: () => _("The group and its settings are in force until the next restart. They can be made permanent."),
        call: ({ dialog }) => [dialog.group, GROUP, "Save", "a{sv}", {}],
    },
    "add-interface": {
        values: () => ({ interface: "", standby: false, test: "", addresses: "" }),
        title: nameOf(_("Add interface to $0")),
        action: () => _("Add"),
        fields: () => [
            { name: "interface", type: "device", label: _("Interface") },
            standbyField(), testField(),
            { name: "addresses", type: "text", label: _("Data addresses at home on it"), ltr: true, help: addressHelp() },
        ],
        call: addInterface,
    },
    "remove-interface": {
        title: ({ member, group }) => format(_("Remove $0 from $1?"), member.Name, group.Name),
        action: () => _("Remove"),
        danger: true,
        text: () => _("Addresses at home on it stay on it or return to it; the others move to the other members first."),
        call: ({ dialog, member, group }) => [dialog.group, GROUP, "RemoveInterface", "sa{sv}", member.Name, lasting(group)],
    },
    "add-address": {
        values: () => ({ address: "", home: "" }),
        title: nameOf(_("Add address to $0")),
        action: () => _("Add"),
        fields: context => [
            { name: "address", type: "text", label: _("Address"), ltr: true, help: _("With prefix length, such as 192.0.2.10/24 or 2001:db8::10/64") },
            { name: "home", type: "select", label: _("Home"), help: _("The interface that it returns to"), options: homeOptions(context) },
        ],
        call: ({ dialog, values, group }, errors) => {
            if (!values.address.trim())
                errors.address = _("Type an address");
            return [dialog.group, GROUP, "AddAddress", "sa{sv}", values.address.trim(),
                lasting(group, values.home ? { interface: s(values.home) } : {})];
        },
    },
    "remove-address": {
        title: ({ dialog }) => format(_("Remove $0?"), host(dialog.address)),
        action: () => _("Remove"),
        danger: true,
        text: () => _("The host does not have the address any more. Connections to it end."),
        call: ({ dialog, group }) => [dialog.group, GROUP, "RemoveAddress", "sa{sv}", dialog.address, lasting(group)],
    },
    "test-address": {
        values: ({ member }) => ({ test: member.TestAddresses.filter(address => !address.startsWith("fe80:")).join(" ") }),
        title: ({ member }) => format(_("Test address of $0"), member.Name),
        action: () => _("Save"),
        fields: () => [testField()],
        call: ({ dialog, values, group }) => [dialog.interface, INTERFACE, "SetTestAddresses", "asa{sv}", words(values.test), lasting(group)],
    },
    standby: {
        title: ({ member }) => member.Standby ? format(_("Make $0 an ordinary member?"), member.Name) : format(_("Make $0 a standby?"), member.Name),
        action: ({ member }) => member.Standby ? _("Make ordinary") : _("Make standby"),
        text: ({ member }) => member.Standby ? _("It carries addresses as the others do.")
            : _("Addresses move away from it. It carries some only when others cannot."),
        call: ({ dialog, member, group }) => [dialog.interface, INTERFACE, "SetStandby", "ba{sv}", !member.Standby, lasting(group)],
    },
    offline: {
        values: () => ({ force: false }),
        title: ({ member }) => format(_("Take $0 out of service?"), member.Name),
        action: () => _("Take offline"),
        text: () => _("Its addresses move to other members first; then cable or card may be pulled."),
        warning: offlineWarning,
        fields: context => offlineWarning(context)?.danger
            ? [{ name: "force", type: "check", label: _("Take it out of service nevertheless") }] : [],
        call: ({ dialog, values }) => [dialog.interface, INTERFACE, "Offline", "a{sv}", values.force ? { "min-redundancy": u(0) } : {}],
    },
    online: {
        title: ({ member }) => format(_("Bring $0 back into service?"), member.Name),
        action: () => _("Bring online"),
        text: () => _("It joins as a new member; addresses at home on it return."),
        call: ({ dialog }) => [dialog.interface, INTERFACE, "Online", "a{sv}", {}],
    },
};
