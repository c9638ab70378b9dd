// SPDX-License-Identifier: LGPL-2.1-or-later
// A group's events as entries for people and as lanes in time. Pure.

import { host } from "./format.js";
import { _, format, ngettext } from "./i18n.js";
import { groupStateWord, reasonWord, stateWord } from "./words.js";

/* Addresses that move together are one entry when they do so within that many microseconds. */
const TOGETHER_USEC = 500000;

const isSameMove = (a, b) => a.event === "address-moved" && b.event === "address-moved" && a.from === b.from &&
    a.to === b.to && a.reason === b.reason && Math.abs(b.usec - a.usec) < TOGETHER_USEC;

/* What happens all the time and says little. */
const MINOR = new Set(["targets-changed"]);

/* Nothing bad about an address that is not up because of these. */
const ASKED_FOR = new Set(["added", "adopted", "removed-by-request", "left"]);

/**
 * Entries { key, ms, tone, minor, text, note }, newest first; tone: "bad", "good", "move" or "plain".
 */
export function entriesOf(events) {
    const entries = [];
    for (let i = events.length - 1; i >= 0; i--) {
        const together = [events[i]];
        while (i > 0 && isSameMove(events[i - 1], events[i]))
            together.push(events[--i]);
        const entry = entryOf(events[i], together);
        if (entry)
            entries.push({ key: events[i].sequence, ms: events[i].usec / 1000, minor: MINOR.has(events[i].reason), ...entry });
    }
    return entries;
}

function entryOf(event, together) {
    switch (event.event) {
    case "interface-state":
        return {
            tone: toneOf(event.to), note: reasonWord(event.reason),
            text: format(_("$0: $1"), event.interface, stateWord(event.to)),
        };
    case "group-state":
        return {
            tone: event.to === "ok" ? "good" : "bad", note: reasonWord(event.reason),
            text: format(_("Group: $0"), groupStateWord(event.to)),
        };
    case "address-moved":
        return { tone: "move", note: reasonWord(event.reason), text: moveText(event, together) };
    case "address-state":
        return {
            tone: ASKED_FOR.has(event.reason) ? "plain" : event.to === "up" ? "good" : "bad",
            note: reasonWord(event.reason), text: host(event.address),
        };
    case "role":
        return { tone: "plain", note: reasonWord(event.reason), text: event.interface };
    default:
        return {
            tone: "plain", note: event.detail,
            text: event.interface ? format(_("$0: $1"), event.interface, reasonWord(event.reason)) : reasonWord(event.reason),
        };
    }
}

function toneOf(state) {
    return state === "ok" ? "good" : state === "unknown" ? "plain" : "bad";
}

function moveText(event, together) {
    const what = together.length === 1 ? host(event.address)
        : format(ngettext("$0 address", "$0 addresses", together.length), together.length);
    if (!event.from)
        return format(_("$0 is on $1"), what, event.to);
    if (!event.to)
        return format(_("$0 left $1"), what, event.from);
    return format(_("$0 moved from $1 to $2"), what, event.from, event.to);
}

export const WINDOWS = [600, 3600, 86400, 604800];

/** The shortest window (seconds) that shows what happened last, the joining at the start aside. */
export function defaultWindow(events, now) {
    const last = events.findLast(event => event.event === "interface-state" && event.reason !== "joined");
    const age = last ? (now - last.usec / 1000) / 1000 : 0;
    return WINDOWS.find(seconds => age < seconds * 0.9) ?? WINDOWS[WINDOWS.length - 1];
}

/** That window, but no longer than there is something to show: seconds, at least a minute. */
export function windowOf(events, now, seconds) {
    const known = events.length ? (now - events[0].usec / 1000) / 1000 : seconds;
    return Math.min(seconds, Math.max(60, Math.ceil(known * 1.02)));
}

/**
 * Of each member name the spans [{ from, to, state }] of a window that ends now, as shares of it (0 to
 * 1); state is "none" before the member was known. `current` gives the state of a name now.
 */
export function lanesOf(events, names, current, now, seconds) {
    const start = now - seconds * 1000;
    const share = ms => Math.min(1, Math.max(0, (ms - start) / (seconds * 1000)));
    return names.map(name => {
        const own = events.filter(event => event.event === "interface-state" && event.interface === name);
        const spans = [];
        let from = 0;
        let state = null;
        for (const event of own) {
            const at = share(event.usec / 1000);
            const before = state ?? (event.reason === "joined" ? "none" : event.from);
            if (at > from)
                spans.push({ from, to: at, state: before });
            from = at;
            state = event.to;
        }
        spans.push({ from, to: 1, state: state ?? current(name) });
        return { name, spans: spans.filter(span => span.to > span.from) };
    });
}

/** Where in the window addresses moved: [{ at, count, reason }], those close together as one. */
export function movesOf(events, now, seconds) {
    const start = now - seconds * 1000;
    const moves = [];
    for (const event of events) {
        const at = (event.usec / 1000 - start) / (seconds * 1000);
        if (event.event !== "address-moved" || !event.from || !event.to || at < 0)
            continue;
        const last = moves[moves.length - 1];
        if (last && at - last.at < 0.01)
            last.count++;
        else
            moves.push({ at: Math.min(1, at), count: 1, reason: event.reason });
    }
    return moves;
}
