// SPDX-License-Identifier: LGPL-2.1-or-later
// Numbers, times and addresses for people, and what people write for numbers. Pure.

import { _, format, language } from "./i18n.js";

/** Milliseconds as one writes them: "100 ms", "2.5 s", "10 min". */
export function duration(ms) {
    if (ms < 1000)
        return format(_("$0 ms"), ms);
    if (ms < 60000)
        return format(_("$0 s"), number(ms / 1000, 2));
    if (ms % 60000 === 0 || ms >= 3600000)
        return format(_("$0 min"), number(ms / 60000, 0));
    return format(_("$0 s"), number(ms / 1000, 1));
}

/** Milliseconds as parseDuration() reads them, whatever the language: nothing is rounded or grouped. */
export function exactDuration(ms) {
    const [unit] = ["min", "s"].filter(name => ms > 0 && ms % UNITS[name] === 0);
    return unit ? `${ms / UNITS[unit]} ${unit}` : `${ms} ms`;
}

export function number(value, digits) {
    return value.toLocaleString(language(), { maximumFractionDigits: digits });
}

/** Microseconds: "84 µs", "1.2 ms". */
export function roundTrip(usec) {
    if (usec < 1000)
        return format(_("$0 µs"), number(usec, 0));
    return format(_("$0 ms"), number(usec / 1000, usec < 10000 ? 1 : 0));
}

export function percent(share) {
    return share.toLocaleString(language(), { style: "percent", maximumFractionDigits: share < 0.01 ? 1 : 0 });
}

/** How long ago, in the largest unit: "3 s", "5 min", "2 h", "4 d". */
export function span(ms) {
    const seconds = Math.max(0, Math.floor(ms / 1000));
    if (seconds < 60)
        return format(_("$0 s"), seconds);
    if (seconds < 3600)
        return format(_("$0 min"), Math.floor(seconds / 60));
    if (seconds < 86400)
        return format(_("$0 h"), Math.floor(seconds / 3600));
    return format(_("$0 d"), Math.floor(seconds / 86400));
}

/** A wall clock in milliseconds as a time of day, with the date when it is not today. */
export function timeOfDay(ms, now) {
    const date = new Date(ms);
    const time = date.toLocaleTimeString(language(), { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
    if (date.toDateString() === new Date(now).toDateString())
        return time;
    return `${date.toLocaleDateString(language(), { year: "numeric", month: "short", day: "numeric" })}, ${time}`;
}

/** "192.0.2.10/24" without its prefix length. */
export function host(address) {
    return address.split("/")[0];
}

const UNITS = { ms: 1, s: 1000, min: 60000, h: 3600000 };

/** What a person writes for a duration: "10", "10s", "100 ms" in milliseconds; NaN if it is none. */
export function parseDuration(text) {
    const match = /^\s*(\d+(?:[.,]\d+)?)\s*(ms|s|min|h)?\s*$/.exec(text);
    return match ? Math.round(Number(match[1].replace(",", ".")) * UNITS[match[2] || "s"]) : NaN;
}

/** The words of a text, separated by space or comma. */
export function words(text) {
    return text.split(/[\s,]+/).filter(Boolean);
}
