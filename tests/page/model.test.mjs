// SPDX-License-Identifier: LGPL-2.1-or-later
// The pure parts of the Cockpit page, without a browser: what becomes of messages, what is made of the state.
import assert from "node:assert/strict";
import { test } from "node:test";

import * as dialogs from "../../cockpit/dialogs.js";
import { duration, exactDuration, parseDuration, roundTrip, span, timeOfDay } from "../../cockpit/format.js";
import { GROUP, INTERFACE, MANAGER, initialState, reduce } from "../../cockpit/model.js";
import { SERIES_LIMIT, addSample, fastestOf, lossOf, lossOfAll, sparkline } from "../../cockpit/probes.js";
import { Store } from "../../cockpit/store.js";
import { addressesOf, isOpen, lookOf, orderOf, roleOf, shownInterfaces, totalsOf } from "../../cockpit/summary.js";
import { layout } from "../../cockpit/topology.js";
import { page } from "../../cockpit/view.js";

const path = name => `/org/ipmp/interface/${name}`;
const groupPath = name => `/org/ipmp/group/${name}`;

export function member(name, more = {}) {
    return {
        Name: name, State: "ok", LinkState: "up", ProbeState: "ok", Active: true, Standby: false, Reason: "", StateSinceUSec: 1e12,
        HoldUntilUSec: 0, Flags: ["running"], TestAddresses: [], Addresses: [], Targets: [], HardwareAddress: "02:00:00:00:00:01",
        Group: groupPath("front"), ...more,
    };
}

export function group(name, members, more = {}) {
    return {
        Name: name, State: "ok", Reason: "", Anonymous: false, Temporary: false, FailureDetectionMSec: 10000, FailureDetectionInherited: true,
        CurrentFailureDetectionMSec: 10000, Failback: true, FailbackInherited: true, ProbeMethod: "auto", ProbeTargets: [],
        ProbeTargetsOnly: false, ProbeFailures: 5, ProbeRepairs: 10, RepairDelayMSec: 0, Interfaces: members.map(path), Addresses: [],
        Failovers: 0, LastFailoverUSec: 0, ...more,
    };
}

const address = (text, on, home = on) => ({ address: text, interface: on ? path(on) : "/", home: home ? path(home) : "/", state: "up", source: "config" });

export function ready(groups, members, events = []) {
    return reduce(initialState(), [{
        type: "objects", manager: { DefaultFailureDetectionMSec: 10000, DefaultFailback: true, ConfigErrors: [] },
        groups: groups.map(value => [groupPath(value.Name), value]), interfaces: members.map(value => [path(value.Name), value]), events,
    }]);
}

const two = () => ready([group("front", ["eth0", "eth1"], { Addresses: [address("10.0.0.1/24", "eth1", "eth0")] })], [member("eth0"), member("eth1")]);

test("a change of one object leaves all others as they are", () => {
    const before = two();
    const after = reduce(before, [{ type: "properties", path: path("eth0"), name: INTERFACE, changed: { State: "failed" } }]);
    assert.equal(after.interfaces.get(path("eth0")).State, "failed");
    assert.equal(before.interfaces.get(path("eth0")).State, "ok");
    assert.equal(after.interfaces.get(path("eth1")), before.interfaces.get(path("eth1")));
    assert.equal(after.groups, before.groups);
});

test("changes of what is not known, and of other interfaces, are nothing", () => {
    const before = two();
    assert.equal(reduce(before, [{ type: "properties", path: path("eth9"), name: INTERFACE, changed: { State: "failed" } },
        { type: "properties", path: path("eth0"), name: "org.example.Other", changed: { State: "failed" } }]), before);
});

test("objects come and go", () => {
    let state = reduce(two(), [{ type: "added", path: path("eth2"), interfaces: { [INTERFACE]: member("eth2"), "org.example.Other": {} } }]);
    assert.equal(state.interfaces.get(path("eth2")).Name, "eth2");
    state = reduce(state, [{ type: "probe", path: path("eth2"), result: { sequence: 1, target: "10.0.0.9", acked: true, rtt: 5, average: 5 } },
        { type: "removed", path: path("eth2"), interfaces: [INTERFACE] }]);
    assert.equal(state.interfaces.has(path("eth2")), false);
    assert.equal(state.probes.has(path("eth2")), false);
    state = reduce(state, [{ type: "properties", path: "/org/ipmp", name: MANAGER, changed: { State: "failed" } },
        { type: "removed", path: groupPath("front"), interfaces: [GROUP] }]);
    assert.equal(state.groups.size, 0);
    assert.equal(state.manager.State, "failed");
});

test("a service that goes takes everything of it along", () => {
    const state = reduce(reduce(two(), [{ type: "dialog", dialog: { kind: "create" } }]), [{ type: "phase", phase: "stopped" }]);
    assert.deepEqual([state.phase, state.groups.size, state.interfaces.size, state.dialog], ["stopped", 0, 0, null]);
});

const event = (sequence, more = {}) => ({ sequence, usec: sequence * 1e6, event: "interface-state", group: "front", interface: "eth0", address: "", from: "ok", to: "failed", reason: "link-down", detail: "", ...more });

test("history and events join without a gap and without doubles", () => {
    const state = ready([group("front", ["eth0"])], [member("eth0")], [event(3), event(2), event(1)]);
    const after = reduce(state, [{ type: "event", event: event(3) }, { type: "event", event: event(4) }]);
    assert.deepEqual(after.history.get("front").map(item => item.sequence), [1, 2, 3, 4]);
    assert.deepEqual(state.history.get("front").map(item => item.sequence), [1, 2, 3]);
});

test("an answer that came late takes the place of the loss", () => {
    const probe = (sequence, acked) => ({ sequence, target: "10.0.0.9", acked, rtt: acked ? 100 * sequence : 0, average: 150 });
    let series = [probe(1, true), probe(2, false), probe(3, true)].reduce(addSample, undefined);
    assert.equal(lossOf(series.get("10.0.0.9")), 1 / 3);
    series = addSample(series, probe(2, true));
    assert.equal(lossOfAll(series), 0);
    assert.deepEqual(series.get("10.0.0.9").samples.map(sample => sample.rtt), [100, 200, 300]);
    assert.equal(fastestOf(series), 150);
    assert.equal(lossOf(undefined), null);
    for (let i = 4; i < 200; i++)
        series = addSample(series, probe(i, true));
    assert.equal(series.get("10.0.0.9").samples.length, SERIES_LIMIT);
});

test("a sparkline breaks where probes were lost", () => {
    const samples = [10, 20, null, 5].map((rtt, sequence) => ({ sequence, rtt }));
    const { lines, lost } = sparkline({ samples }, 59, 20);
    assert.deepEqual(lines.map(line => line.length), [2, 1]);
    assert.deepEqual(lost, [58]);
    assert.deepEqual(lines[0][1], [57, 1]);
    assert.equal(lines[1][0][0], 59);
});

test("the store draws once for all that came since the last picture", () => {
    const due = [];
    const store = new Store(0, (state, messages) => messages.reduce((sum, value) => sum + value, state), callback => due.push(callback));
    const seen = [];
    store.subscribe((state, previous) => seen.push([previous, state]));
    store.send(1);
    store.send(2);
    assert.equal(due.length, 1);
    due.pop()();
    assert.deepEqual(seen, [[0, 3]]);
    store.send(0);
    due.pop()();
    assert.equal(seen.length, 1, "nothing is drawn where nothing changed");
});

test("many groups: the worst first, closed; few: by name, open", () => {
    const names = ["g10", "g9", "g1"];
    const few = ready(names.map(name => group(name, [], { State: name === "g9" ? "failed" : "ok" })), []);
    assert.deepEqual(orderOf(few), ["g1", "g9", "g10"].map(groupPath));
    assert.equal(isOpen(few, groupPath("g1")), true);
    const many = ready([...names, "a", "b"].map(name => group(name, [], { State: { g9: "failed", b: "degraded" }[name] ?? "ok" })), []);
    assert.deepEqual(orderOf(many), ["g9", "b", "a", "g1", "g10"].map(groupPath));
    assert.equal(isOpen(many, groupPath("g9")), false);
    assert.equal(isOpen(reduce(many, [{ type: "open", path: groupPath("g9"), open: true }]), groupPath("g9")), true);
});

test("the filter finds groups by name, member, address and state", () => {
    const state = ready([group("front", ["eth0"], { Addresses: [address("10.0.0.1/24", "eth0")] }), group("back", ["eth1"], { State: "failed" })],
                        [member("eth0"), member("eth1")]);
    for (const [text, found] of [["fro", ["front"]], ["ETH1", ["back"]], ["10.0.0", ["front"]], ["failed", ["back"]], ["x", []], ["", ["back", "front"]]])
        assert.deepEqual(orderOf(reduce(state, [{ type: "filter", text }])), found.map(groupPath), text);
});

test("totals: an empty group has not failed", () => {
    const state = ready([group("front", ["eth0"], { State: "failed" }), group("none", [], { State: "failed" }),
        group("half", ["eth1"], { State: "degraded" }), group("", ["eth2"], { Anonymous: true, State: "failed" })], []);
    const totals = totalsOf(state);
    assert.deepEqual([totals.groups, totals.interfaces, totals.failed, totals.degraded, totals.ok], [3, 3, 2, 1, 1]);
    assert.deepEqual(totals.troubled, [groupPath("front"), groupPath(""), groupPath("half")]);
});

test("an address that is not up is told although all members work", () => {
    const lost = { ...address("10.0.0.2/24", ""), state: "withdrawn" };
    const state = ready([group("front", ["eth0"], { Addresses: [address("10.0.0.1/24", "eth0"), lost] }),
        group("none", [], { State: "failed", Addresses: [{ ...lost, state: "down" }] })], []);
    assert.deepEqual([totalsOf(state).troubled, totalsOf(state).astray], [[], ["10.0.0.2/24"]]);
});

/* All texts of a tree that a view has made. */
function textOf(node) {
    if (Array.isArray(node))
        return node.map(textOf).join(" ");
    if (!node)
        return "";
    if (node.tag === null)
        return textOf(node.view(node.subject));
    return node.text ?? textOf(node.children);
}

test("the head says what is wrong, of all that can be", () => {
    const rights = { type: "rights", rights: { root: true, groups: "yes", configure: "yes", state: "yes", watch: "yes" } };
    const drawn = (state, ...messages) => textOf(page({}, reduce(state, [rights, { type: "tick", browser: 2e12 }, ...messages]))).replace(/\s+/g, " ");
    assert.match(drawn(two()), /All is well 1 group · 2 interfaces · 1 address/);
    const lost = { ...address("10.0.0.2/24", ""), state: "withdrawn" };
    assert.match(drawn(ready([group("front", ["eth0"], { Addresses: [lost] })], [member("eth0")])), /1 address is not up 10\.0\.0\.2 /);
    const alone = ready([group("", ["eth0"], { Anonymous: true, State: "failed" })], [member("eth0", { State: "failed", Reason: "link-down" })]);
    assert.match(drawn(alone), /1 group has failed Watched interfaces of no group: eth0 – no link/);
    assert.match(drawn(two(), { type: "watch", problem: "no room" }), /Round trips are not live no room/);
    const names = Array.from({ length: 201 }, (_value, i) => `eth${i}`);
    const many = ready([group("front", names)], names.map(name => member(name)));
    assert.match(drawn(many), /Only the first 200 interfaces have live round trips/);
    assert.doesNotMatch(drawn(many, { type: "open", path: groupPath("front"), open: false }), /Only the first/);
    const dialog = dialogs.open("create", two());
    assert.match(drawn(two(), { type: "dialog", dialog }, { type: "devices", devices: [] }), /No interfaces were found/);
    const refused = reduce(two(), [{ type: "dialog", dialog }, { type: "busy" }, { type: "refused", errors: { name: "bad name" } }]);
    assert.deepEqual([refused.dialog.refusals, refused.dialog.busy], [1, false]);
    assert.match(drawn(refused), /bad name/);
});

test("watched are the interfaces of groups that are open", () => {
    const state = ready([group("a", ["eth0", "eth9"]), group("b", ["eth1"])], [member("eth0"), member("eth1")]);
    assert.deepEqual(shownInterfaces(state).map(({ member: { Name } }) => Name), ["eth0", "eth1"]);
    assert.deepEqual(shownInterfaces(reduce(state, [{ type: "open", path: groupPath("a"), open: false }])).map(({ member: { Name } }) => Name), ["eth1"]);
    const told = reduce(state, [{ type: "watch", problem: "no" }]);
    assert.deepEqual([told.watchProblem, reduce(told, [{ type: "phase", phase: "stopped" }]).watchProblem], ["no", ""]);
});

test("roles and looks of a member", () => {
    assert.equal(roleOf(member("a")), "active");
    assert.equal(roleOf(member("a", { Standby: true })), "active-standby");
    assert.equal(roleOf(member("a", { Standby: true, Active: false })), "standby");
    assert.equal(roleOf(member("a", { Active: false, Flags: ["inactive"] })), "inactive");
    assert.equal(roleOf(member("a", { Active: false, State: "failed" })), "");
    assert.equal(lookOf(member("a", { Active: false })), "idle");
    assert.equal(lookOf(member("a", { Active: false, State: "missing" })), "missing");
});

test("an address away from home is one", () => {
    const [away] = addressesOf(two().groups.get(groupPath("front")));
    assert.deepEqual([away.host, away.on, away.home, away.away], ["10.0.0.1", path("eth1"), path("eth0"), true]);
    const [nowhere, homeless] = addressesOf(group("g", [], { Addresses: [address("10.0.0.2/24", "", "eth0"), address("10.0.0.3/24", "eth0", "")] }));
    assert.deepEqual([nowhere.on, nowhere.away, homeless.home, homeless.away], ["", false, "", false]);
});

test("the drawing has a row for each member and a chip for each address, and none overlap", () => {
    const addresses = [..."123456"].map(digit => address(`10.0.0.${digit}/24`, "eth0"));
    const state = ready([group("front", ["eth0", "eth1"], { Addresses: addresses })], [member("eth0"), member("eth1")]);
    for (const narrow of [false, true]) {
        const place = layout(state, state.groups.get(groupPath("front")), narrow);
        assert.equal(place.rows.length, 2);
        assert.equal(place.chips.length, 3);
        assert.equal(place.rests[0].count, 3);
        assert.ok(place.rows[1].y >= place.rows[0].y + place.rows[0].height);
        const boxes = [...place.chips, ...place.rests].map(item => item.y);
        assert.ok(boxes.every((y, i) => i === 0 || y >= boxes[i - 1] + 20), `chips at ${boxes}`);
        assert.ok(place.rows.every(row => row.box.x + row.box.width < place.net.x));
        assert.ok(place.height >= place.net.y + place.net.height);
    }
});

test("durations as people write them", () => {
    for (const [text, ms] of [["10", 10000], ["10s", 10000], ["100 ms", 100], ["1.5 s", 1500], ["2 min", 120000], ["1h", 3600000], [" 0,5 s ", 500]])
        assert.equal(parseDuration(text), ms, text);
    for (const text of ["", "soon", "-1", "10 d", "1 s 2"])
        assert.ok(Number.isNaN(parseDuration(text)), text);
    for (const ms of [10, 100, 500, 1500, 10000, 60000, 90000, 600000, 3600000])
        assert.equal(parseDuration(duration(ms)), ms, duration(ms));
    for (const ms of [0, 10, 999, 1000, 1001, 2555, 12345, 60500, 90000, 1235000, 3599999, 3600000])
        assert.equal(parseDuration(exactDuration(ms)), ms, exactDuration(ms));
    assert.deepEqual([exactDuration(500), exactDuration(12345), exactDuration(1235000), exactDuration(3600000)], ["500 ms", "12345 ms", "1235 s", "60 min"]);
    const midnight = new Date(2026, 0, 2, 0, 5, 9).getTime();
    assert.equal(timeOfDay(midnight, midnight), "00:05:09");
    assert.deepEqual([roundTrip(84), roundTrip(1240), roundTrip(12400)], ["84 µs", "1.2 ms", "12 ms"]);
    assert.deepEqual([span(900), span(61000), span(7200000), span(200000000)], ["0 s", "1 min", "2 h", "2 d"]);
});

test("every kind of dialog can be described, and tells of no field that it has not", () => {
    const state = two();
    const about = { group: groupPath("front"), interface: path("eth0"), address: "10.0.0.1/24" };
    for (const kind of ["create", "settings", "delete", "save", "add-interface", "remove-interface", "add-address", "remove-address",
        "test-address", "standby", "offline", "online"]) {
        const dialog = dialogs.open(kind, state, about);
        const { title, action, fields } = dialogs.describe(dialog, state);
        assert.ok(title && action, kind);
        for (const { name } of fields)
            assert.notEqual(dialog.values[name], undefined, `${kind}: ${name}`);
    }
});

test("create: only what was filled in is asked for", () => {
    const state = two();
    let dialog = dialogs.open("create", state);
    assert.deepEqual(Object.keys(dialogs.callOf(dialog, state).errors), ["name"]);
    dialog = dialogs.withValue(dialogs.withValue(dialog, "name", " back "), "interfaces", { eth2: "use", eth3: "standby", eth4: "" });
    assert.deepEqual(dialogs.callOf(dialog, state).call,
                     ["/org/ipmp", MANAGER, "CreateGroup", "sasa{sv}", "back", ["eth2", "eth3"],
                         { "interface-settings": { t: "a{sa{sv}}", v: { eth3: { standby: { t: "b", v: true } } } } }]);
    dialog = dialogs.withValue(dialogs.withValue(dialog, "detection", "soon"), "addresses", "10.0.0.9/24, 10.0.0.8/24");
    assert.deepEqual(Object.keys(dialogs.callOf(dialog, state).errors), ["detection"]);
    const call = dialogs.callOf(dialogs.withValue(dialog, "detection", "1s"), state).call;
    assert.deepEqual(call[6].addresses, { t: "as", v: ["10.0.0.9/24", "10.0.0.8/24"] });
    assert.deepEqual(call[6]["failure-detection-msec"], { t: "u", v: 1000 });
});

test("two interfaces are chosen between two pictures, and both count", () => {
    const choose = name => chosen => ({ ...chosen, [name]: "use" });
    const dialog = ["eth2", "eth3"].reduce((d, name) => dialogs.withValue(d, "interfaces", choose(name)), dialogs.open("create", two()));
    assert.deepEqual(dialog.values.interfaces, { eth2: "use", eth3: "use" });
});

test("settings: what is left empty is inherited again", () => {
    const state = ready([group("front", [], { FailureDetectionInherited: false, FailureDetectionMSec: 500, FailbackInherited: false, Temporary: true })], []);
    const dialog = dialogs.open("settings", state, { group: groupPath("front") });
    assert.equal(dialog.values.detection, "500 ms");
    const reset = dialogs.callOf(dialogs.withValue(dialogs.withValue(dialog, "detection", ""), "failback", ""), state).call;
    assert.deepEqual(reset[5].reset, { t: "as", v: ["failure-detection-msec", "failback"] });
    assert.equal("failback" in reset[4], false);
});

test("settings: only what was changed is asked for", () => {
    const state = ready([group("front", [], { FailureDetectionInherited: false, FailureDetectionMSec: 1235000, RepairDelayMSec: 12345, Temporary: true })], []);
    const dialog = dialogs.open("settings", state, { group: groupPath("front") });
    const asked = (...values) => dialogs.callOf(values.reduce((d, [name, value]) => dialogs.withValue(d, name, value), dialog), state).call.slice(4);
    const temporary = { temporary: { t: "b", v: true } };
    assert.deepEqual(asked(), [{}, temporary]);
    assert.deepEqual(asked(["failback", "no"], ["failures", "3"], ["targets", "10.0.0.1, 10.0.0.2"]),
                     [{ failback: { t: "b", v: false }, "probe-failures": { t: "u", v: 3 }, "probe-targets": { t: "as", v: ["10.0.0.1", "10.0.0.2"] } }, temporary]);
    assert.deepEqual(asked(["repairs", " "]), [{}, { ...temporary, reset: { t: "as", v: ["probe-repairs"] } }]);
    assert.deepEqual(Object.keys(dialogs.callOf(dialogs.withValue(dialog, "failures", "x"), state).errors), ["failures"]);
});

test("offline warns before the service has to refuse", () => {
    const state = ready([group("front", ["eth0", "eth1", "eth2"])], [member("eth0"), member("eth1"), member("eth2", { State: "failed" })]);
    const of = (value, name) => dialogs.describe(dialogs.open("offline", value, { group: groupPath("front"), interface: path(name) }), value);
    assert.match(of(state, "eth0").warning.text, /eth1/);
    assert.equal(of(state, "eth0").fields.length, 0);
    const alone = reduce(state, [{ type: "properties", path: path("eth1"), name: INTERFACE, changed: { State: "offline" } }]);
    assert.equal(of(alone, "eth0").warning.danger, true);
    const dialog = dialogs.open("offline", alone, { group: groupPath("front"), interface: path("eth0") });
    assert.deepEqual(dialogs.callOf(dialog, alone).call[4], {});
    assert.deepEqual(dialogs.callOf(dialogs.withValue(dialog, "force", true), alone).call[4], { "min-redundancy": { t: "u", v: 0 } });
});

test("what the service refuses is told at its field", () => {
    const state = two();
    const about = { group: groupPath("front"), interface: path("eth0") };
    const at = (kind, values, name, message) => {
        const dialog = Object.entries(values).reduce((made, [key, value]) => dialogs.withValue(made, key, value), dialogs.open(kind, state, about));
        return Object.keys(dialogs.errorsOf(dialog, state, { name: `org.ipmp.Error.${name}`, message }))[0];
    };
    assert.equal(at("create", { name: "a b" }, "InvalidArgument", "\"a b\" cannot name a group: ..."), "name");
    assert.equal(at("create", { name: "front" }, "Exists", "there is a group \"front\" already"), "name");
    assert.equal(at("create", { name: "x", addresses: "10.0.0.1" }, "InvalidArgument", "10.0.0.1 has no prefix length"), "addresses");
    assert.equal(at("create", { name: "x" }, "NotSuitable", "lo cannot be in a group: loopback"), "interfaces");
    assert.equal(at("create", { name: "x" }, "Failed", "the disk is full"), "");
    assert.equal(at("settings", {}, "InvalidArgument", "failure-detection-msec: 1 is not in 10 to 3600000"), "detection");
    const dialog = dialogs.open("settings", state, about);
    const told = { ...dialog, errors: dialogs.errorsOf(dialog, state, { name: "", message: "failure-detection-msec: 1 is not in 10 to 3600000" }) };
    assert.deepEqual(told.errors, { detection: "1 is not in 10 to 3600000 (ms)" });
    assert.deepEqual(dialogs.withValue(told, "detection", "1s").errors, {}, "what is typed anew is not wrong yet");
    assert.equal(at("settings", { targets: "192.0.2.1" }, "InvalidArgument", "probe-targets: 192.0.2.1 is outside"), "targets");
    assert.equal(at("test-address", { test: "10.0.0.7/24" }, "TestAddressConflict", "used by eth1"), "test");
    assert.equal(at("add-address", { address: "10.0.0.1/24", home: "eth2" }, "Standby", "eth2 is a standby"), "home");
});
