#!/usr/bin/gjs -m
// SPDX-License-Identifier: LGPL-2.1-or-later
// Takes an interface out of service and back, without waiting: maintenance.js INTERFACE
import GLib from 'gi://GLib';
import Gio from 'gi://Gio';
import Ipmp from 'gi://Ipmp?version=1.0';
import System from 'system';

Gio._promisify(Ipmp.Client, 'new_async', 'new_finish');
Gio._promisify(Ipmp.Interface.prototype, 'offline_async', 'offline_finish');
Gio._promisify(Ipmp.Interface.prototype, 'online_async', 'online_finish');

async function maintain(name) {
    const client = await Ipmp.Client.new_async(null, null);
    const member = client.get_interface(name);
    if (!member)
        throw new Error(`${name} is in no group`);
    member.connect('state-changed', (_, old, state, reason) =>
        print(`${name}: ${old} -> ${state} (${reason})`));
    try {
        const options = {'min-redundancy': new GLib.Variant('u', 1)};
        await member.offline_async(new GLib.Variant('a{sv}', options), null);
    } catch (error) {
        if (!error.matches(Ipmp.Error, Ipmp.Error.MINIMUM_REDUNDANCY))
            throw error;
        print(`${name}: too few would remain`);
        return 1;
    }
    print(`${name}: the cable may be pulled`);
    await member.online_async(null, null);
    print(`${name}: in service again`);
    return 0;
}

const loop = new GLib.MainLoop(null, false);
let status = 1;
maintain(ARGV[0]).then(result => {
    status = result;
}, error => printerr(error.message)).finally(() => loop.quit());
loop.run();
System.exit(status);
