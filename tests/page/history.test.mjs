// SPDX-License-Identifier: LGPL-2.1-or-later
// A group's history in words and in lanes, and the tree that views make.
import assert from "node:assert/strict";
import { test } from "node:test";

import { defaultWindow, entriesOf, lanesOf, movesOf, windowOf } from "../../cockpit/history.js";
import { reasonWord } from "../../cockpit/words.js";
import { readFileSync } from "node:fs";

const event = (second, more) => ({
    sequence: second, usec: second * 1e6, event: "interface-state", group: "front", interface: "eth0", address: "", from: "ok", to: "failed",
    reason: "link-down", detail: "", ...more,
});
const moved = (second, address, more = {}) => event(second, { event: "address-moved", interface: "", address, from: "eth0", to: "eth1", reason: "failover", ...more });

test("addresses that move together are one entry", () => {
    const entries = entriesOf([event(1), moved(1.01, "10.0.0.1/24"), moved(1.02, "10.0.0.2/24"), moved(3, "10.0.0.3/24"),
        moved(4, "10.0.0.4/24", { from: "" })]);
    assert.deepEqual(entries.map(({ text, tone }) => [text, tone]), [
        ["10.0.0.4 is on eth1", "move"], ["10.0.0.3 moved from eth0 to eth1", "move"], ["2 addresses moved from eth0 to eth1", "move"],
        ["eth0: Failed", "bad"]]);
    assert.equal(entries[3].note, "no link");
});

test("an address that somebody asked for or removed is not bad news", () => {
    const tone = (to, reason) => entriesOf([event(1, { event: "address-state", address: "10.0.0.1/24", to, reason })])[0].tone;
    assert.deepEqual([tone("down", "added"), tone("down", "group-failure"), tone("up", "link-up"), tone("withdrawn", "withdrawn")],
                     ["plain", "bad", "good", "bad"]);
});

test("what says little is marked", () => {
    const [entry] = entriesOf([event(1, { event: "probing", reason: "targets-changed", detail: "10.0.0.9" })]);
    assert.equal(entry.minor, true);
});

test("lanes: before it was known, since its last change, and now", () => {
    const events = [event(20, { from: "missing", to: "unknown", reason: "joined" }), event(50), event(60, { from: "failed", to: "ok", reason: "link-up" })];
    const [lane, other] = lanesOf(events, ["eth0", "eth1"], name => name === "eth1" ? "offline" : "ok", 100000, 100);
    assert.deepEqual(lane.spans, [
        { from: 0, to: 0.2, state: "none" }, { from: 0.2, to: 0.5, state: "unknown" }, { from: 0.5, to: 0.6, state: "failed" }, { from: 0.6, to: 1, state: "ok" }]);
    assert.deepEqual(other.spans, [{ from: 0, to: 1, state: "offline" }]);
    const [late] = lanesOf(events, ["eth0"], () => "ok", 100000, 45);
    assert.deepEqual(late.spans.map(({ state }) => state), ["failed", "ok"]);
});

test("the window holds what happened last, and no more time than is known", () => {
    assert.equal(defaultWindow([event(100)], 200000), 600);
    assert.equal(defaultWindow([event(100)], 2000000), 3600);
    assert.equal(defaultWindow([event(100)], 1e12), 604800);
    assert.equal(defaultWindow([event(100, { reason: "joined" })], 2000000), 600);
    assert.equal(windowOf([event(100)], 300000, 600), 204);
    assert.equal(windowOf([event(100)], 101000, 600), 60);
    assert.equal(windowOf([event(100)], 1e9, 600), 600);
    assert.equal(windowOf([], 1e9, 600), 600);
});

test("moves that are close together are one mark", () => {
    const marks = movesOf([moved(10, "a/24"), moved(50, "b/24"), moved(50.1, "c/24"), moved(60, "d/24", { from: "" })], 100000, 80);
    assert.deepEqual(marks.map(({ at, count }) => [Number(at.toFixed(3)), count]), [[0.375, 2]]);
});

test("each reason of the service has its words", () => {
    const source = readFileSync(new URL("../../src/core/types.c", import.meta.url), "utf8");
    const table = /reasons\[\] = \{([^}]*)\}/.exec(source)[1];
    const words = [...table.matchAll(/"([^"]+)"/g)].map(match => match[1]).filter(word => word !== "none");
    assert.ok(words.length > 30);
    assert.deepEqual(words.filter(word => reasonWord(word) === word && !["appeared", "removed", "renamed", "failover", "restored", "added", "joined", "left"].includes(word)), []);
});
