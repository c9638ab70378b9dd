// SPDX-License-Identifier: LGPL-2.1-or-later
// driver.mjs NODE_MODULES PROFILE: Debian's Chromium, driven by lines of JSON: { do, ... } in, { value } or
// { error } out.
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { readFileSync } from "node:fs";

const [modules, profile] = process.argv.slice(2);
const require = createRequire(`${modules}/`);
const { chromium } = require("playwright-core");
const axe = readFileSync(`${modules}/axe-core/axe.min.js`, "utf8");

const context = await chromium.launchPersistentContext(profile, {
    executablePath: "/usr/bin/chromium", headless: true, viewport: { width: 1280, height: 800 }, ignoreHTTPSErrors: true,
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
        "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--force-color-profile=srgb"],
});
const page = context.pages()[0] ?? await context.newPage();
let top = page;             // the page, or the frame of the shell that has it
const complaints = [];
page.on("pageerror", error => complaints.push(`error: ${error.message}\n${error.stack}`));
page.on("console", message => {
    if (message.type() === "error" || /Content Security Policy/.test(message.text()))
        complaints.push(`console: ${message.text()}`);
});
page.on("response", response => {
    if (response.status() >= 400)
        complaints.push(`HTTP ${response.status()} ${response.url()}`);
});
page.setDefaultTimeout(60000);

const find = ({ role, name, within, css, exact = true }) => {
    const root = within ? top.locator(within) : top;
    return css ? root.locator(css) : root.getByRole(role, { name, exact });
};

const COMMANDS = {
    goto: async ({ url }) => { await page.goto(url); top = page },
    frame: async ({ name }) => {
        await page.waitForSelector(`iframe[name="${name}"]`, { state: "attached" });
        top = page.frame({ name });
    },
    main: () => { top = page },
    size: ({ width, height }) => page.setViewportSize({ width, height }),
    media: ({ dark }) => page.emulateMedia({ colorScheme: dark ? "dark" : "light" }),
    cookie: ({ name, value, url }) => context.addCookies([{ name, value, url }]),
    click: target => find(target).click(),
    fill: target => find(target).fill(target.value),
    choose: target => find(target).selectOption(target.value),
    check: target => find(target).setChecked(target.value),
    press: ({ key }) => page.keyboard.press(key),
    waitFor: target => find(target).first().waitFor({ state: target.state ?? "visible", timeout: target.timeout }),
    text: target => find(target).first().innerText(),
    count: target => find(target).count(),
    evaluate: ({ code, argument }) => top.evaluate(code, argument),
    // Playwright's own waiting compiles code in the page, which the page's policy forbids.
    until: async ({ code, timeout }) => {
        const end = Date.now() + timeout;
        let wrong = "";
        for (;;) {
            // What it asks may not be there yet: the body of a document that is just being loaded, a dialog.
            const value = await top.evaluate(code).catch(error => { wrong = `: ${error.message}`; });
            if (value)
                return value;
            if (Date.now() > end)
                throw new Error(`not within ${timeout} ms: ${code}${wrong}`);
            await new Promise(resolve => setTimeout(resolve, 10));
        }
    },
    shot: async ({ path, full = true, css }) => {
        await top.evaluate(async () => {
            await document.fonts.ready;
            await Promise.allSettled(document.getAnimations()
                .filter(animation => animation.effect.getComputedTiming().iterations !== Infinity).map(animation => animation.finished));
        });
        await (css ? find({ css }).screenshot({ path }) : page.screenshot({ path, fullPage: full }));
    },
    axe: async () => {
        await top.evaluate(axe);
        return top.evaluate(async () => (await window.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }))
            .violations.map(v => `${v.id}: ${v.help}: ${v.nodes.slice(0, 3).map(n => `${n.html.slice(0, 160)} | ${n.failureSummary.slice(0, 300)}`).join(" || ")}`));
    },
    complaints: () => complaints.splice(0),
    quit: () => context.close(),
};

const say = line => process.stdout.write(`${JSON.stringify(line)}\n`);
say({ value: "ready" });
for await (const line of createInterface({ input: process.stdin })) {
    const order = JSON.parse(line);
    try {
        say({ value: (await COMMANDS[order.do](order)) ?? null });
    } catch (error) {
        say({ error: `${order.do}: ${error.message}` });
    }
    if (order.do === "quit")
        break;
}
process.exit(0);
