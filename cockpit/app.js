// SPDX-License-Identifier: LGPL-2.1-or-later
// Where all comes together: bus -> store -> view; what a user does goes to the bus, and comes back from it.

import { Bus } from "./bus.js";
import * as dialogs from "./dialogs.js";
import { _ } from "./i18n.js";
import { initialState, MANAGER, INTERFACE, reduce } from "./model.js";
import { Store } from "./store.js";
import { mayDo, shownInterfaces, WATCH_LIMIT } from "./summary.js";
import { followLayout, followTheme } from "./theme.js";
import { patch } from "./vdom.js";
import { page } from "./view.js";

const cockpit = globalThis.cockpit;
const TARGETS_EVERY_MS = 10000;

/* Hidden pages get no animation frames, but have to know when they are shown again. */
const soon = callback => document.hidden ? setTimeout(callback, 0) : requestAnimationFrame(callback);
const store = new Store(initialState(), reduce, soon);
const send = message => store.send(message);
const bus = new Bus(cockpit, send);

let drawn = null;
let permission = null;

/* The interfaces of the cards that are open, and that somebody can see. */
const seen = () => document.hidden || store.state.phase !== "ready" ? [] : shownInterfaces(store.state).slice(0, WATCH_LIMIT);

/* One after the other; what is wanted is what is so when its turn comes. */
let watching = Promise.resolve();
function watchShown() {
    const names = list => new Set(list.map(member => member.Name));
    watching = watching.then(() => bus.watch(names(mayDo(store.state, "watch") ? seen().map(({ member }) => member) : []), names([...store.state.interfaces.values()])))
        .then(() => send({ type: "watch", problem: "" }), error => send({ type: "watch", problem: error.message || String(error) }));
}

function askTargets() {
    for (const { path, member } of seen())
        if (member.ProbeState !== "disabled")
            bus.call(path, INTERFACE, "GetTargets").then(([targets]) => send({ type: "targets", path, targets }), () => {});
}

async function loadDevices() {
    try {
        const [devices] = await bus.call("/org/ipmp", MANAGER, "ListDevices", "a{sv}", {});
        send({ type: "devices", devices: devices.filter(device => device.media !== "loopback") });
    } catch (error) {
        send({ type: "devices", devices: [] });
        send({ type: "refused", errors: { "": error.message } });
    }
}

const failed = (title, error) => send({ type: "notice", notice: { variant: "danger", title, text: error.message || String(error) } });

let returnFocus = null;
let opened = 0;
function closeDialog() {
    send({ type: "dialog", dialog: null });
}

const ui = {
    send,
    open(kind, about) {
        returnFocus = document.activeElement;
        send({ type: "dialog", dialog: { ...dialogs.open(kind, store.state, about), token: ++opened } });
        if (kind === "create" || kind === "add-interface")
            loadDevices();
    },
    cancel: closeDialog,
    async submit() {
        store.flush();
        const { dialog } = store.state;
        if (!dialog || dialog.busy)
            return;
        const { call, errors } = dialogs.callOf(dialog, store.state);
        if (errors) {
            send({ type: "refused", errors });
            return;
        }
        const { title } = dialogs.describe(dialog, store.state);
        send({ type: "busy" });
        const isStill = () => store.state.dialog?.token === dialog.token;
        try {
            await bus.call(...call);
            send({ type: "notice", notice: null });
            if (isStill())
                closeDialog();
        } catch (error) {
            if (isStill())
                send({ type: "refused", errors: dialogs.errorsOf(dialog, store.state, error) });
            else
                failed(title, error);       // it was left meanwhile
        }
    },
    async check() {
        send({ type: "checking" });
        try {
            const [advice] = await bus.call("/org/ipmp", MANAGER, "Check", "a{sv}", {});
            send({ type: "advice", advice });
        } catch (error) {
            send({ type: "advice", advice: null });
            failed(_("The check was not made"), error);
        }
    },
    startService() {
        bus.startService().catch(error => failed(_("The service did not start"), error));
    },
    jump: path => cockpit.jump(path),
    again: () => window.location.reload(),
};

/* To what was refused, so that it can be put right; else to the button, which lost it while it was disabled. */
function focusRefused() {
    const dialog = document.querySelector("dialog");
    (dialog?.querySelector(".ipmp-refused :is(input, select):not([disabled])") ?? dialog?.querySelector("[type=submit]"))?.focus();
}

/* What a look at the new state brings about beside the picture. */
function follow(state, before) {
    drawn = patch(document.getElementById("page"), drawn, page(ui, state));
    if (before.dialog && state.dialog?.refusals > before.dialog.refusals)
        focusRefused();
    if (before.dialog && !state.dialog) {
        (returnFocus?.isConnected ? returnFocus : document.querySelector("main")).focus();
        returnFocus = null;
    }
    if (state.dialog && !dialogs.isAbout(state.dialog, state))
        closeDialog();
    if (state.phase !== before.phase || state.groups !== before.groups || state.interfaces !== before.interfaces ||
        state.open !== before.open || state.rights !== before.rights) {
        watchShown();
        if (state.phase !== before.phase || state.open !== before.open)
            askTargets();
    }
}

function tick() {
    if (!document.hidden)
        send({ type: "tick", browser: Date.now() });
}

/* The service's times are those of its host, whose clock may differ from the browser's. */
async function learnClock() {
    try {
        const text = await cockpit.spawn(["date", "+%s%3N"]);
        send({ type: "clock", offset: Number(text) - Date.now() });
    } catch {
        // then the browser's clock has to do
    }
    tick();
}

function begin() {
    followTheme();
    followLayout(cockpit, layout => send({ type: "layout", layout }));
    document.title = _("Multipathing");
    store.subscribe(follow);
    drawn = patch(document.getElementById("page"), null, page(ui, store.state));
    permission = cockpit.permission({ admin: true });     // it loads the page anew when access changes
    bus.start();
    learnClock();
    setInterval(tick, 1000);
    setInterval(() => {
        askTargets();
        watchShown();       // where there was no room before there may be some now
    }, TARGETS_EVERY_MS);
    document.addEventListener("visibilitychange", () => {
        tick();
        watchShown();
        askTargets();
    });
}

cockpit.transport.wait(begin);
