# SPDX-License-Identifier: LGPL-2.1-or-later
"""attacker.py KIND: what a local user without rights can do to the service, again and again until
SIGTERM. Prints "ready" when it has begun, and at the end how often it was done."""
import itertools
import os
import signal
import socket
import sys

import gi

gi.require_version('Gio', '2.0')
from gi.repository import Gio, GLib  # noqa: E402

ADDRESS = os.environ['DBUS_SYSTEM_BUS_ADDRESS']
ROOT, ETH0, FRONT = '/org/ipmp', '/org/ipmp/interface/eth0', '/org/ipmp/group/front'
MANAGER, GROUP, INTERFACE = 'org.ipmp.Manager', 'org.ipmp.Group', 'org.ipmp.Interface'
OBJECTS = (ROOT, 'org.freedesktop.DBus.ObjectManager', 'GetManagedObjects', None)
QUERIES = (OBJECTS, (ROOT, MANAGER, 'History', ('(u)', 10000)), (ROOT, MANAGER, 'Describe', None),
           (ROOT, MANAGER, 'ListDevices', ('(a{sv})', {})), (ETH0, INTERFACE, 'GetTargets', None))
# Each would change something, or costs more than to read.
CHANGES = ((ETH0, INTERFACE, 'Offline', ('(a{sv})', {})), (FRONT, GROUP, 'Delete', ('(a{sv})', {})),
           (ROOT, MANAGER, 'CreateGroup', ('(sasa{sv})', 'mine', ['eth7'], {})),
           (FRONT, GROUP, 'AddAddress', ('(sa{sv})', '10.2.0.66/24', {})),
           (ROOT, MANAGER, 'Reload', ('(a{sv})', {})), (ROOT, MANAGER, 'Check', ('(a{sv})', {})))
# More than the service lets a user have open at polkit.
IN_FLIGHT = 64
# The bus lets a user have 256; four users make a thousand.
CONNECTIONS = 250
done = 0


def connect():
    flags = Gio.DBusConnectionFlags
    bus = Gio.DBusConnection.new_for_address_sync(
        ADDRESS, flags.AUTHENTICATION_CLIENT | flags.MESSAGE_BUS_CONNECTION, None, None)
    bus.set_exit_on_close(False)
    return bus


def body(values):
    return GLib.Variant(values[0], values[1:]) if values else None


def begun():
    global done
    done += 1
    if done == 1:
        print('ready', flush=True)


def keep_calling(bus, calls):
    """The next when the last was answered, whatever the answer is."""
    path, interface, method, values = next(calls)

    def on_answer(source, result):
        try:
            source.call_finish(result)
        except GLib.Error:
            pass
        begun()
        keep_calling(source, calls)
    bus.call('org.ipmp', path, interface, method, body(values), None, Gio.DBusCallFlags.NONE,
             GLib.MAXINT, None, on_answer)


def queries():
    bus = connect()
    for first in range(len(QUERIES)):
        keep_calling(bus, itertools.cycle(QUERIES[first:] + QUERIES[:first]))


def connections():
    # A global, so that they stay.
    global held
    held = [connect() for _ in range(CONNECTIONS)]
    for bus in held:
        keep_calling(bus, itertools.repeat(OBJECTS))


def watch():
    calls = itertools.cycle([(ROOT, MANAGER, 'WatchProbes', ('(a{sv})', {})),
                             (ROOT, MANAGER, 'UnwatchProbes', ('(a{sv})', {}))])
    for _ in range(3):
        keep_calling(connect(), calls)


def changes():
    """Most are refused for being too many; those that are not wait for polkit."""
    bus = connect()
    begun()
    for number in range(IN_FLIGHT):
        keep_calling(bus, itertools.cycle(CHANGES[number % 6:] + CHANGES[:number % 6]))


def message(path, interface, method, values):
    call = Gio.DBusMessage.new_method_call('org.ipmp', path, interface, method)
    if values:
        call.set_body(body(values))
    return call


def leave_in_a_call(call):
    """Gone before the answer, or before polkit was asked, or before polkit has answered."""
    bus = connect()
    bus.send_message(message(*call), Gio.DBusSendMessageFlags.NONE)
    bus.flush_sync(None)
    bus.close_sync(None)


def leave_in_a_message(call):
    """Half of it is sent."""
    with socket.socket(socket.AF_UNIX) as bus:
        bus.connect(ADDRESS.partition('path=')[2].partition(',')[0])
        bus.sendall(b'\0AUTH EXTERNAL ' + str(os.getuid()).encode().hex().encode() + b'\r\n')
        if not bus.recv(256).startswith(b'OK'):
            raise SystemExit('the bus does not let it in')
        hello = Gio.DBusMessage.new_method_call('org.freedesktop.DBus', '/org/freedesktop/DBus',
                                                'org.freedesktop.DBus', 'Hello')
        blobs = []
        for serial, part in enumerate((hello, message(*call)), 1):
            part.set_serial(serial)
            blobs.append(part.to_blob(Gio.DBusCapabilityFlags.NONE))
        bus.sendall(b'BEGIN\r\n' + blobs[0] + blobs[1][:len(blobs[1]) // 2])


def leave():
    calls = itertools.cycle(QUERIES + CHANGES)

    def once():
        leave_in_a_call(next(calls))
        leave_in_a_message(next(calls))
        begun()
        return GLib.SOURCE_CONTINUE
    GLib.idle_add(once)


def main():
    loop = GLib.MainLoop()
    GLib.unix_signal_add(GLib.PRIORITY_HIGH, signal.SIGTERM, loop.quit)
    {'queries': queries, 'connections': connections, 'watch': watch, 'changes': changes,
     'leave': leave}[sys.argv[1]]()
    loop.run()
    print(done, flush=True)
    os._exit(0)  # the connections need no farewell


main()
