# SPDX-License-Identifier: LGPL-2.1-or-later
"""tools/bench bus: what the service costs on the bus with many interfaces, beside bare means."""
import argparse
import collections
import json
import os
import pathlib
import signal
import statistics
import subprocess
import sys
import tempfile
import time

from gi.repository import Gio, GLib

from bed import memory_kb
from lab import BUILD, IPMPCTL, IPMPD, Bus, wait_until

ROOT, MANAGER = '/org/ipmp', 'org.freedesktop.DBus.ObjectManager'
START = 120.0  # a thousand interfaces, with all that has to be told to the kernel


def say(text):
    print(text, file=sys.stderr, flush=True)


def make_devices(number):
    lines = []
    for i in range(number):
        mac = f'02:00:00:{i >> 8:02x}:{i & 255:02x}:0'
        lines += [f'link add e{i} address {mac}1 type veth peer name p{i} address {mac}2',
                  f'link set e{i} addrgenmode none', f'link set p{i} addrgenmode none',
                  f'link set e{i} up', f'link set p{i} up']
    subprocess.run(['ip', '-batch', '-'], input='\n'.join(lines) + '\n', text=True, check=True)


def write_config(directory, groups, members):
    (directory / 'groups.d').mkdir(parents=True)
    for group in range(groups):
        text = '[Group]\nProbeMethod=none\n'
        for member in range(members):
            number = group * members + member
            text += f'\n[Interface e{number}]\nAddresses=10.{1 + group}.{member}.10/16\n'
        (directory / f'groups.d/g{group}.conf').write_text(text, encoding='utf-8')


class Server:
    """The service or a peer, from its start until its name is there."""

    def __init__(self, *command):
        self.bus = Bus()
        begin = time.monotonic()
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_until(self.bus.owner, f'{command[0]}: its name on the bus', START)
        self.start_ms = (time.monotonic() - begin) * 1e3

    def objects(self):
        return self.bus.connection.call_sync('org.ipmp', ROOT, MANAGER, 'GetManagedObjects', None,
                                             None, 0, 60000, None)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)
        wait_until(lambda: not self.bus.owner(), 'the name free', 60)
        self.bus.close()


def milliseconds(action, rounds):
    taken = []
    for _ in range(rounds):
        begin = time.monotonic()
        action()
        taken.append((time.monotonic() - begin) * 1e3)
    return {'median': statistics.median(taken), 'worst': max(taken)}


def run_quietly(*command):
    status = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                            check=False).returncode
    assert status in (0, 10, 11), f'{command}: {status}'


def look(server, rounds):
    reply = server.objects()
    found = {'start_ms': server.start_ms, 'objects': reply.get_child_value(0).n_children(),
             'bytes': reply.get_size(), 'managed': milliseconds(server.objects, rounds),
             'rss_kb': memory_kb(server.process.pid)['rss_kb']}
    found['busctl'] = milliseconds(
        lambda: run_quietly('busctl', '--system', 'call', 'org.ipmp', ROOT, MANAGER,
                            'GetManagedObjects'), max(3, rounds // 4))
    return found


class Signals:
    """Everything that the service tells everybody, from now on."""

    def __init__(self, bus):
        self.count = collections.Counter()
        self.changed = collections.Counter()
        self.last = time.monotonic()
        self.bus = bus
        self.id = bus.connection.signal_subscribe('org.ipmp', None, None, None, None, 0, self.on)

    def on(self, _connection, _sender, path, interface, name, _values):
        self.count[f'{interface.rpartition(".")[2]}.{name}'] += 1
        if name == 'PropertiesChanged':
            self.changed[path] += 1
        self.last = time.monotonic()

    def settle(self, quiet=3.0):
        """Until nothing more comes for a while."""
        context = GLib.MainContext.default()
        wake = GLib.timeout_add(50, lambda: True)
        while not self.count or time.monotonic() - self.last < quiet:
            context.iteration(True)
        GLib.source_remove(wake)
        self.bus.connection.signal_unsubscribe(self.id)


def failover(server):
    signals = Signals(server.bus)
    subprocess.run(['ip', 'link', 'set', 'p0', 'down'], check=True)
    signals.settle()
    return {'signals': dict(signals.count), 'changed_objects': len(signals.changed),
            'most_an_object': max(signals.changed.values())}


def measure(given):
    members = given.interfaces // given.groups
    peer = BUILD / 'tools/bus-peer'
    found = {'groups': given.groups, 'interfaces': given.interfaces}
    for kind in ('sd-bus', 'gdbus'):
        server = Server(peer, kind, str(given.groups), str(members))
        found[kind] = look(server, given.rounds)
        server.stop()
        say(f'bus: {kind} is measured')
    begin = time.monotonic()
    make_devices(given.interfaces)
    say(f'bus: the devices took {time.monotonic() - begin:.1f} s')
    directory = pathlib.Path(tempfile.mkdtemp(dir=os.environ['PRIVBUS_DIR']))
    write_config(directory / 'etc', given.groups, members)
    server = Server(IPMPD, '--config-dir', directory / 'etc', '--runtime-dir', directory / 'run',
                    '--vendor-dir', directory / 'usr')
    wait_until(lambda: server.bus.manager()['State'] == 'ok', 'all groups well', START)
    found['ipmpd'] = look(server, given.rounds)
    found['status'] = milliseconds(lambda: run_quietly(IPMPCTL, '--no-pager', 'status'),
                                   max(3, given.rounds // 4))
    found['failover'] = failover(server)
    server.stop()
    server = Server(IPMPD, '--config-dir', directory / 'etc', '--runtime-dir', directory / 'run',
                    '--vendor-dir', directory / 'usr')
    found['restart_ms'] = server.start_ms
    server.stop()
    return found


def show(found):
    ours, sd_bus, gdbus = found['ipmpd'], found['sd-bus'], found['gdbus']

    def row(what, unit, value, peers):
        cells = ''.join(f'{peer:12.1f} {value / peer:6.2f}' if peer else ' ' * 19 for peer in peers)
        return f'{what:36} {value:10.1f} {unit:3}{cells}'

    lines = [f'{found["interfaces"]} interfaces in {found["groups"]} groups; beside it as many objects '
             'and properties', f'{"":36} {"ipmpd":>14}{"sd-bus":>12} ratio{"GDBus":>13} ratio']
    lines += [row('GetManagedObjects, median', 'ms', ours['managed']['median'],
                  (sd_bus['managed']['median'], gdbus['managed']['median'])),
              row('GetManagedObjects, worst', 'ms', ours['managed']['worst'],
                  (sd_bus['managed']['worst'], gdbus['managed']['worst'])),
              row('  its answer', 'kB', ours['bytes'] / 1e3,
                  (sd_bus['bytes'] / 1e3, gdbus['bytes'] / 1e3)),
              row('memory (RSS)', 'MB', ours['rss_kb'] / 1024,
                  (sd_bus['rss_kb'] / 1024, gdbus['rss_kb'] / 1024)),
              row('start until the name is there', 'ms', ours['start_ms'],
                  (sd_bus['start_ms'], gdbus['start_ms'])),
              row('  again, with all in the kernel', 'ms', found['restart_ms'],
                  (sd_bus['start_ms'], gdbus['start_ms'])),
              row('ipmpctl status', 'ms', found['status']['median'], ()),
              f'  beside `busctl call ... GetManagedObjects`, {ours["busctl"]["median"]:.1f} ms: ratio '
              f'{found["status"]["median"] / ours["busctl"]["median"]:.2f}']
    event = found['failover']
    lines += ['one failover: ' + ', '.join(f'{number} {name}' for name, number
                                           in sorted(event['signals'].items())),
              f'  PropertiesChanged of {event["changed_objects"]} objects, at most '
              f'{event["most_an_object"]} of one']
    return '\n'.join(lines)


def main():
    parser = argparse.ArgumentParser(
        prog='tools/bench bus', description='''What the service costs on the bus with many interfaces:
GetManagedObjects, memory, the start, ipmpctl status and the signals of a failover, beside bare servers
of as many objects and properties on sd-bus and on GDBus, in the same run. Nothing is probed.''')
    parser.add_argument('--interfaces', type=int, default=1000, metavar='N')
    parser.add_argument('--groups', type=int, default=100, metavar='N')
    parser.add_argument('--rounds', type=int, default=20, metavar='N')
    parser.add_argument('--json', action='store_true', help='all figures, for programs')
    given = parser.parse_args()
    if not 1 <= given.groups <= 200 or given.interfaces % given.groups:
        parser.error('--groups is 1-200 and divides --interfaces')
    found = measure(given)
    print(json.dumps(found, indent=2) if given.json else show(found))


main()
