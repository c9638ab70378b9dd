// SPDX-License-Identifier: LGPL-2.1-or-later
// The words of the user's language: Cockpit's where the page runs in it, English elsewhere (tests).

const cockpit = globalThis.cockpit;

/** The translation of a text. */
export function _(text) {
    return cockpit ? cockpit.gettext(text) : text;
}

/** The one of two texts that fits the number, translated. */
export function ngettext(one, many, number) {
    if (cockpit)
        return cockpit.ngettext(one, many, number);
    return number === 1 ? one : many;
}

/** `text` with $0, $1, ... replaced by the values. */
export function format(text, ...values) {
    return text.replace(/\$(\d)/g, (_all, index) => String(values[index] ?? ""));
}

/** The language for numbers and dates, as a BCP 47 tag. */
export function language() {
    return (cockpit?.language || "en").replace("_", "-");
}
