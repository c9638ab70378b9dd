// SPDX-License-Identifier: LGPL-2.1-or-later
// The service on the system bus: whether it is there, what it has, what it tells. Everything that is
// heard goes to `send` as a message of the model; nothing is decided or kept here.

import { GROUP, INTERFACE, MANAGER } from "./model.js";
import * as unit from "./unit.js";

export const NAME = "org.ipmp";
export const ROOT = "/org/ipmp";
const OPTIONS = { bus: "system", superuser: "try" };
const PROPERTIES = "org.freedesktop.DBus.Properties";
const OBJECTS = "org.freedesktop.DBus.ObjectManager";
const HISTORY_ASKED = 1000;
const ACTIONS = {
    groups: "org.ipmp.manage-groups",
    configure: "org.ipmp.configure",
    state: "org.ipmp.change-state",
    watch: "org.ipmp.watch-probes",
};

/** Cockpit's { t, v } of each variant as the value itself. */
export function plain(value) {
    if (Array.isArray(value))
        return value.map(plain);
    if (value === null || typeof value !== "object")
        return value;
    if ("v" in value && "t" in value && Object.keys(value).length === 2)
        return plain(value.v);
    return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, plain(part)]));
}

const isDenied = error => error.problem === "access-denied" ||
    error.name === "org.freedesktop.DBus.Error.AccessDenied";

export class Bus {
    constructor(cockpit, send) {
        this.cockpit = cockpit;
        this.send = send;
        this.client = null;
        this.watched = new Set();
    }

    /** Look for the service, and follow it from then on. */
    start() {
        this.names = this.cockpit.dbus("org.freedesktop.DBus", OPTIONS);
        this.names.subscribe({ interface: "org.freedesktop.DBus", member: "NameOwnerChanged", arg0: NAME },
                             (_path, _interface, _member, [, , owner]) => this.onOwner(owner).catch(error => this.onLost(error)));
        this.names.addEventListener("close", (_event, options) => this.onLost(options));
        this.names.wait(() => this.look().catch(error => this.onLost(error)));
    }

    async look() {
        await this.learnRights();
        const [there] = await this.ask("NameHasOwner", "s", NAME);
        await this.onOwner(there ? NAME : "");
    }

    onLost(error) {
        this.send({ type: "phase", phase: isDenied(error) ? "denied" : "lost", problem: error.message || error.problem || "" });
    }

    ask(method, type, ...values) {
        return this.names.call("/org/freedesktop/DBus", "org.freedesktop.DBus", method, values, { type });
    }

    async onOwner(owner) {
        this.disconnect();
        if (owner) {
            await this.connect();
            return;
        }
        const found = await unit.look(this.cockpit, OPTIONS);
        const [names] = await this.ask("ListActivatableNames", "");
        if (this.client)
            return;             // it came meanwhile
        const installed = found || names.includes(NAME);
        this.send({ type: "phase", phase: installed ? "stopped" : "absent", unit: found });
    }

    disconnect() {
        const client = this.client;
        this.client = null;
        this.watched.clear();
        client?.close();
    }

    /* Subscribed first and asked then, what is told meanwhile comes after what was asked. */
    async connect() {
        const client = this.cockpit.dbus(NAME, OPTIONS);
        this.client = client;
        let early = [];
        const tell = message => {
            if (this.client !== client)
                return;
            if (early)
                early.push(message);
            else
                this.send(message);
        };
        this.subscribe(client, tell);
        client.addEventListener("close", (_event, options) => this.onClose(client, options));
        try {
            const [objects, manager, events] = await Promise.all([
                client.call(ROOT, OBJECTS, "GetManagedObjects", [], { type: "" }),
                client.call(ROOT, PROPERTIES, "GetAll", [MANAGER], { type: "s" }),
                client.call(ROOT, MANAGER, "History", [HISTORY_ASKED], { type: "u" }),
            ]);
            if (this.client !== client)
                return;
            this.send({ type: "objects", ...sorted(objects[0]), manager: plain(manager[0]), events: plain(events[0]) });
            early.forEach(message => this.send(message));
            early = null;
        } catch (error) {
            this.onClose(client, { problem: error.problem || error.name, message: error.message, name: error.name });
        }
    }

    subscribe(client, tell) {
        client.subscribe({ interface: PROPERTIES, path_namespace: ROOT }, (path, _interface, _member, [name, changed]) =>
            tell({ type: "properties", path, name, changed: plain(changed) }));
        client.subscribe({ interface: OBJECTS, path: ROOT }, (_path, _interface, member, [path, interfaces]) =>
            tell(member === "InterfacesAdded" ? { type: "added", path, interfaces: plain(interfaces) }
                : { type: "removed", path, interfaces }));
        client.subscribe({ interface: MANAGER, member: "Event", path: ROOT }, (_path, _interface, _member, [event]) =>
            tell({ type: "event", event: plain(event) }));
        client.subscribe({ interface: INTERFACE, member: "ProbeCompleted", path_namespace: ROOT },
                         (path, _interface, _member, [sequence, target, result, , , rtt, average]) =>
                             tell({ type: "probe", path, result: { sequence, target, acked: result === "acked", rtt, average } }));
    }

    /* A service that goes is told by its name, too: only what is said of this client here matters. */
    onClose(client, options) {
        if (this.client !== client)
            return;
        this.client = null;
        this.watched.clear();
        this.onLost(options);
    }

    /** What polkit lets this connection do: of each action "yes", "ask" (with a password) or "no". */
    async learnRights() {
        const unique = this.names.unique_name;
        const [uid] = await this.ask("GetConnectionUnixUser", "s", unique);
        const rights = { root: uid === 0, groups: "yes", configure: "yes", state: "yes", watch: "yes" };
        if (!rights.root) {
            if (!this.polkit)
                this.followPolkit();
            await Promise.all(Object.entries(ACTIONS).map(async ([name, action]) => {
                rights[name] = await this.checkAction(unique, action);
            }));
        }
        this.send({ type: "rights", rights });
    }

    followPolkit() {
        this.polkit = this.cockpit.dbus("org.freedesktop.PolicyKit1", OPTIONS);
        this.polkit.subscribe({ interface: "org.freedesktop.PolicyKit1.Authority", member: "Changed" }, () => this.learnRights().catch(() => {}));
        this.polkit.addEventListener("close", () => { this.polkit = null });
    }

    async checkAction(unique, action) {
        try {
            const [[authorized, challenge]] = await this.polkit.call(
                "/org/freedesktop/PolicyKit1/Authority", "org.freedesktop.PolicyKit1.Authority", "CheckAuthorization",
                [["system-bus-name", { name: { t: "s", v: unique } }], action, {}, 0, ""], { type: "(sa{sv})sa{ss}us" });
            return authorized ? "yes" : challenge ? "ask" : "no";
        } catch {
            return "no";        // without polkit the service trusts nobody but root
        }
    }

    /** Start the service: by systemd, without it by the bus. */
    async startService() {
        if (await unit.look(this.cockpit, OPTIONS))
            await unit.start(this.cockpit, OPTIONS);
        else
            await this.ask("StartServiceByName", "su", NAME, 0);
    }

    /** A method of the service; its results without variants. */
    async call(path, name, method, type = "", ...values) {
        if (!this.client)
            throw Object.assign(new Error("the service is gone"), { name: "org.ipmp.Error.Failed" });
        return plain(await this.client.call(path, name, method, values, { type }));
    }

    /**
     * Results of probes are wanted of these interfaces (a set of names) and of no other; `known`: the names that
     * there are. An error says why they do not come.
     */
    async watch(wanted, known) {
        if (!this.client)
            return;
        const fresh = [...wanted].filter(name => !this.watched.has(name));
        const gone = [...this.watched].filter(name => !wanted.has(name));
        const names = list => ({ interfaces: { t: "as", v: list } });
        if (fresh.length) {
            await this.call(ROOT, MANAGER, "WatchProbes", "a{sv}", names(fresh));
            fresh.forEach(name => this.watched.add(name));
        }
        gone.forEach(name => this.watched.delete(name));
        const left = gone.filter(name => known.has(name));
        if (left.length)
            await this.call(ROOT, MANAGER, "UnwatchProbes", "a{sv}", names(left)).catch(() => {});    // one has left this very moment
    }
}

function sorted(objects) {
    const groups = [];
    const interfaces = [];
    for (const [path, parts] of Object.entries(objects)) {
        if (parts[GROUP])
            groups.push([path, plain(parts[GROUP])]);
        if (parts[INTERFACE])
            interfaces.push([path, plain(parts[INTERFACE])]);
    }
    return { groups, interfaces };
}
