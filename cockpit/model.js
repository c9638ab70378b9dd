// SPDX-License-Identifier: LGPL-2.1-or-later
// What the page knows, and how a message changes it. Pure: no bus, no document, no clock; states are
// never changed, parts that nothing happened to stay the same object.
//
// The service's objects are kept by their paths as { Name: ..., State: ... }, as on the bus.

import * as dialogs from "./dialogs.js";
import { addSample } from "./probes.js";

export const MANAGER = "org.ipmp.Manager";
export const GROUP = "org.ipmp.Group";
export const INTERFACE = "org.ipmp.Interface";

/** How many events are kept; the service keeps 10,000. */
export const HISTORY_LIMIT = 2000;

export function initialState() {
    return {
        phase: "connecting",    // stopped, absent, denied, lost, ready
        problem: "",
        unit: null,             // of a service that is not running: { active, unitFile }, if known
        rights: null,           // { groups, configure, state, watch: "yes", "ask" or "no", root }
        manager: {},
        groups: new Map(),
        interfaces: new Map(),
        history: new Map(),     // name of a group: its events, oldest first
        lastSequence: 0,
        probes: new Map(),      // path of an interface: address of a target: its series
        targets: new Map(),     // path of an interface: what GetTargets said last
        watchProblem: "",       // why results of probes do not come
        advice: null,           // what Check said last
        checking: false,
        open: new Map(),        // path of a group: whether its card was opened or closed by hand
        filter: "",
        more: new Set(),        // paths of groups whose whole history is shown
        windows: new Map(),     // path of a group: seconds of history drawn
        menu: null,             // which menu is open
        dialog: null,
        notice: null,           // what the last change came to
        now: 0,                 // milliseconds, by the clock of the service's host
        clockOffset: 0,         // of the service's host, to the browser's
        layout: { narrow: false, rightToLeft: false },
    };
}

function withEntry(map, key, value) {
    const copy = new Map(map);
    copy.set(key, value);
    return copy;
}

/* Objects that come or go by hundreds at once are collected in one copy a round. */
class Draft {
    constructor(state) {
        this.state = state;
        this.copied = new Set();
    }

    set(part, value) {
        if (this.state[part] !== value)
            this.state = { ...this.state, [part]: value };
    }

    map(part) {
        if (!this.copied.has(part)) {
            this.set(part, new Map(this.state[part]));
            this.copied.add(part);
        }
        return this.state[part];
    }
}

const PARTS = { [GROUP]: "groups", [INTERFACE]: "interfaces" };

function setProperties(draft, path, name, changed) {
    if (name === MANAGER) {
        draft.set("manager", { ...draft.state.manager, ...changed });
    } else if (PARTS[name]) {
        const known = draft.state[PARTS[name]].get(path);
        if (known)
            draft.map(PARTS[name]).set(path, { ...known, ...changed });
    }
}

/* Events of interfaces that belong to nobody any more are kept with their group's name. */
function addEvents(draft, events) {
    for (const event of events) {
        if (event.sequence <= draft.state.lastSequence)
            continue;
        draft.set("lastSequence", event.sequence);
        const known = draft.state.history.get(event.group) || [];
        draft.map("history").set(event.group, [...known, event].slice(-HISTORY_LIMIT));
    }
}

function addHistory(draft, events) {
    const byGroup = new Map();
    const sorted = [...events].sort((a, b) => a.sequence - b.sequence);
    for (const event of sorted) {
        if (!byGroup.has(event.group))
            byGroup.set(event.group, []);
        byGroup.get(event.group).push(event);
    }
    draft.set("history", byGroup);
    draft.copied.add("history");
    draft.set("lastSequence", sorted.length ? sorted[sorted.length - 1].sequence : 0);
}

const HANDLERS = {
    phase(draft, { phase, problem = "", unit = null }) {
        draft.set("phase", phase);
        draft.set("problem", problem);
        draft.set("unit", unit);
        if (phase !== "ready") {
            for (const part of ["groups", "interfaces", "history", "probes", "targets"])
                draft.set(part, new Map());
            draft.copied.clear();
            draft.set("lastSequence", 0);
            draft.set("advice", null);
            draft.set("dialog", null);
            draft.set("watchProblem", "");
        }
    },
    objects(draft, { manager, groups, interfaces, events }) {
        draft.set("manager", manager);
        draft.set("groups", new Map(groups));
        draft.set("interfaces", new Map(interfaces));
        draft.copied.clear();
        addHistory(draft, events);
        draft.set("phase", "ready");
    },
    properties(draft, { path, name, changed }) {
        setProperties(draft, path, name, changed);
    },
    added(draft, { path, interfaces }) {
        for (const name in interfaces)
            if (PARTS[name])
                draft.map(PARTS[name]).set(path, interfaces[name]);
    },
    removed(draft, { path, interfaces }) {
        for (const name of interfaces)
            if (PARTS[name])
                draft.map(PARTS[name]).delete(path);
        if (interfaces.includes(INTERFACE) && draft.state.probes.has(path))
            draft.map("probes").delete(path);
    },
    event(draft, { event }) {
        addEvents(draft, [event]);
    },
    probe(draft, { path, result }) {
        if (!draft.state.interfaces.has(path))
            return;
        draft.map("probes").set(path, addSample(draft.state.probes.get(path), result));
    },
    targets(draft, { path, targets }) {
        draft.map("targets").set(path, targets);
    },
    watch(draft, { problem }) {
        draft.set("watchProblem", problem);
    },
    rights(draft, { rights }) {
        draft.set("rights", rights);
    },
    checking(draft) {
        draft.set("checking", true);
    },
    advice(draft, { advice }) {
        draft.set("checking", false);
        if (advice)
            draft.set("advice", advice);
    },
    clock(draft, { offset }) {
        draft.set("clockOffset", offset);
    },
    tick(draft, { browser }) {
        draft.set("now", browser + draft.state.clockOffset);
    },
    layout(draft, { layout }) {
        draft.set("layout", layout);
    },
    open(draft, { path, open }) {
        draft.set("open", withEntry(draft.state.open, path, open));
    },
    filter(draft, { text }) {
        draft.set("filter", text);
    },
    more(draft, { path }) {
        draft.set("more", new Set(draft.state.more).add(path));
    },
    window(draft, { path, seconds }) {
        draft.set("windows", withEntry(draft.state.windows, path, seconds));
    },
    menu(draft, { id }) {
        draft.set("menu", draft.state.menu === id ? null : id);
    },
    notice(draft, { notice }) {
        draft.set("notice", notice);
    },
    dialog(draft, { dialog }) {
        draft.set("dialog", dialog);
        draft.set("menu", null);
    },
    draft(draft, { name, value }) {
        if (draft.state.dialog)
            draft.set("dialog", dialogs.withValue(draft.state.dialog, name, value));
    },
    devices(draft, { devices }) {
        if (draft.state.dialog)
            draft.set("dialog", { ...draft.state.dialog, devices });
    },
    busy(draft) {
        if (draft.state.dialog)
            draft.set("dialog", { ...draft.state.dialog, busy: true, errors: {} });
    },
    refused(draft, { errors }) {
        if (draft.state.dialog)
            draft.set("dialog", { ...draft.state.dialog, busy: false, errors, refusals: draft.state.dialog.refusals + 1 });
    },
};

/** The state after these messages, in their order. */
export function reduce(state, messages) {
    const draft = new Draft(state);
    for (const message of messages)
        HANDLERS[message.type](draft, message);
    return draft.state;
}
