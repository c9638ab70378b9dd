// SPDX-License-Identifier: LGPL-2.1-or-later
// cut-style.mjs NODE_MODULES OUTPUT: of PatternFly's style sheet what this page uses, without its fonts
// (Cockpit brings those).
import { readFileSync, writeFileSync } from "node:fs";

const [modules, output] = process.argv.slice(2);
const COMPONENTS = [
    "Alert/alert", "Button/button", "Card/card", "Check/check", "DescriptionList/description-list", "EmptyState/empty-state",
    "Form/form", "FormControl/form-control", "HelperText/helper-text", "Label/label", "Menu/menu", "MenuToggle/menu-toggle",
    "ModalBox/modal-box", "Page/page", "Radio/radio", "Spinner/spinner", "Table/table", "Table/table-grid", "Title/title",
    "ToggleGroup/toggle-group",
];
const from = `${modules}/@patternfly/patternfly`;
const { version, license } = JSON.parse(readFileSync(`${from}/package.json`, "utf8"));
const parts = ["patternfly-base.css", ...COMPONENTS.map(name => `components/${name}.css`)];
const text = parts.map(name => readFileSync(`${from}/${name}`, "utf8")).join("\n")
    .replace(/\/\*[\s\S]*?\*\//g, "")
    .replace(/@charset[^;]*;/g, "")
    .replace(/@font-face\s*{[^}]*}/g, "")
    .replace(/\s*\n\s*/g, "\n")
    .trim();
writeFileSync(output, `/*! A part of PatternFly ${version}, ${license}; patternfly.org */\n${text}\n`);
