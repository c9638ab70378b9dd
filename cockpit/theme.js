// SPDX-License-Identifier: LGPL-2.1-or-later
// Light or dark as the user chose in Cockpit's shell, and the way the language is written.

const DARK = "pf-v6-theme-dark";
const systemDark = window.matchMedia("(prefers-color-scheme: dark)");

function apply(style) {
    const wanted = style ?? localStorage.getItem("shell:style") ?? "auto";
    document.documentElement.classList.toggle(DARK, wanted === "dark" || (wanted === "auto" && systemDark.matches));
}

export function followTheme() {
    window.addEventListener("storage", event => event.key === "shell:style" && apply());
    window.addEventListener("cockpit-style", event => apply(event.detail.style));
    systemDark.addEventListener("change", () => apply());
    apply();
}

/** Set language and direction of the document; tell `change` of { narrow, rightToLeft } now and later. */
export function followLayout(cockpit, change) {
    const root = document.documentElement;
    root.lang = (cockpit.language || "en").replace("_", "-");
    root.dir = cockpit.language_direction || "ltr";
    const narrow = window.matchMedia("(max-width: 46rem)");
    const tell = () => change({ narrow: narrow.matches, rightToLeft: root.dir === "rtl" });
    narrow.addEventListener("change", tell);
    tell();
}
