// SPDX-License-Identifier: LGPL-2.1-or-later
// The service as systemd sees it, for when it is not on the bus.

export const UNIT = "ipmpd.service";
const SYSTEMD = "org.freedesktop.systemd1";
const PATH = "/org/freedesktop/systemd1";

/** { active, file } of the unit (ActiveState, UnitFileState); null without systemd or the unit. */
export async function look(cockpit, options) {
    const client = cockpit.dbus(SYSTEMD, options);
    try {
        const [path] = await client.call(PATH, `${SYSTEMD}.Manager`, "LoadUnit", [UNIT], { type: "s" });
        const [all] = await client.call(path, "org.freedesktop.DBus.Properties", "GetAll", [`${SYSTEMD}.Unit`], { type: "s" });
        if (!["loaded", "masked"].includes(all.LoadState.v))
            return null;
        return { active: all.ActiveState.v, file: all.UnitFileState.v };
    } catch {
        return null;
    } finally {
        client.close();
    }
}

/** Start it; an error says why not. */
export async function start(cockpit, options) {
    const client = cockpit.dbus(SYSTEMD, options);
    try {
        await client.call(PATH, `${SYSTEMD}.Manager`, "StartUnit", [UNIT, "replace"], { type: "ss" });
    } finally {
        client.close();
    }
}
