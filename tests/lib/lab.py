# SPDX-License-Identifier: LGPL-2.1-or-later
"""A small network to break things in: to be used inside privbus.sh.

    host   where ipmpd runs, members eth0, eth1, ... (hardware addresses 02:00:00:00:00:1N)
    lan    a switch (bridge br0) with the other ends of the cables: p0, p1, ... and pr
    rtr    a router, eth0 10.2.0.1/24 fd00:2::1/64 on the switch (02:00:00:00:00:01)
    cli    a client behind the router: 10.3.0.2, fd00:3::2

Nothing of it is outside of the namespaces that privbus.sh made.
"""
import json
import os
import pathlib
import re
import shlex
import select
import signal
import subprocess
import sys
import tempfile
import time

import gi

gi.require_version('Gio', '2.0')
from gi.repository import Gio, GLib  # noqa: E402  (the version has to be asked for first)

BUILD = pathlib.Path(os.environ['BUILD'])
IPMPD = BUILD / 'src/daemon/ipmpd'
# A command that the daemon is to run under, as valgrind with its options.
WRAPPER = shlex.split(os.environ.get('IPMPD_WRAPPER', ''))
IPMPCTL = BUILD / 'src/cli/ipmpctl'
BLAST = BUILD / 'tools/blast'
NAMESPACES = ('host', 'lan', 'rtr', 'cli')
ROUTER_MAC = '02:00:00:00:00:01'
BUS_NAME = 'org.ipmp'
# Only reached when something is broken: enough for sanitized programs on a machine that is busy with
# other things.
DEADLINE = 90.0
# What a failover may take at most on such a machine. A neighbour that nobody tells of the move needs
# at least 8 s to find out by itself.
SILENCE_US = 4000000
# Else a device has to be down for it.
RENAMES_LIVE = [int(number) for number in os.uname().release.split('.')[:2]] >= [6, 2]


def wait_until(predicate, what, deadline=DEADLINE):
    """Call predicate until it returns something true, which is returned; after the deadline fail
    with what was waited for and what was seen last. What takes longer is looked for more rarely: most
    looks are processes, and others wait for the processor."""
    begin = time.monotonic()
    end = begin + deadline
    while True:
        seen = predicate()
        if seen:
            return seen
        if time.monotonic() > end:
            raise AssertionError(f'{what}: not within {deadline} s, last seen: {seen!r}')
        time.sleep(min(max(0.005, (time.monotonic() - begin) / 20), 0.1))


def read_line(child, what, deadline=DEADLINE):
    """A line of its output, or fail with what was waited for."""
    ready, _, _ = select.select([child.stdout], [], [], deadline)
    line = child.stdout.readline() if ready else ''
    assert line, f'{what}: no line of output within {deadline} s'
    return line.strip()


def member_mac(number):
    return f'02:00:00:00:{number // 16:02x}:1{number % 16:x}'


class Bus:
    """org.ipmp as seen by this process (root)."""

    def __init__(self):
        # A connection of its own, so that each test begins with no watch and no match.
        self.connection = Gio.DBusConnection.new_for_address_sync(
            os.environ['DBUS_SYSTEM_BUS_ADDRESS'],
            Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT
            | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION, None, None)

    def close(self):
        self.connection.close_sync(None)

    def call(self, path, interface, method, signature='()', *arguments):
        """The unpacked results; a refusal raises GLib.Error."""
        parameters = GLib.Variant(signature, arguments) if arguments else None
        answer = self.connection.call_sync(BUS_NAME, path, interface, method, parameters, None,
                                           Gio.DBusCallFlags.NONE, int(DEADLINE * 1000), None)
        values = answer.unpack()
        return values[0] if len(values) == 1 else values

    def owner(self):
        answer = self.connection.call_sync(
            'org.freedesktop.DBus', '/org/freedesktop/DBus', 'org.freedesktop.DBus',
            'NameHasOwner', GLib.Variant('(s)', (BUS_NAME,)), None, Gio.DBusCallFlags.NONE,
            int(DEADLINE * 1000), None)
        return answer.unpack()[0]

    def objects(self):
        return self.call('/org/ipmp', 'org.freedesktop.DBus.ObjectManager', 'GetManagedObjects')

    def manager(self):
        """Its properties: the object manager does not list itself."""
        return self.call('/org/ipmp', 'org.freedesktop.DBus.Properties', 'GetAll', '(s)',
                         'org.ipmp.Manager')

    def group(self, name):
        """Properties of a group, or None."""
        return self.objects().get(f'/org/ipmp/group/{name}', {}).get('org.ipmp.Group')

    def interface(self, name):
        return self.objects().get(f'/org/ipmp/interface/{name}', {}).get('org.ipmp.Interface')

    def place(self, group, address):
        """Where a data address is by the daemon's word: a device, '' for nowhere, None if unknown."""
        for entry in (self.group(group) or {}).get('Addresses', ()):
            if entry['address'].split('/')[0] == address:
                return entry['interface'].rpartition('/')[2]
        return None


class Flow:
    """A blast client that runs until finish()."""

    def __init__(self, process):
        self.process = process

    def look(self):
        """The report up to now."""
        assert self.process.poll() is None, f'blast ended: {self.process.stdout.read()}'
        self.process.send_signal(signal.SIGUSR1)
        return json.loads(read_line(self.process, 'a report of blast'))

    def after(self, sent):
        """The first report in which something is answered that was sent after the first `sent`."""
        def seen():
            report = self.look()
            return report if report['sent'] - report['unanswered'] > sent else None

        return wait_until(seen, f'an answer after {sent} packets')

    def settled(self):
        """A report in which all that was sent before this call is either answered or lost."""
        report = self.after(self.look()['sent'])
        if report['lost']:
            # One answer may overtake another.
            report = self.after(report['sent'] + int(report['rate'] / 2))
        return report

    def unbroken(self):
        """The same; fail if it was silent for longer than a failover may take."""
        report = self.settled()
        assert all(gap['silence_us'] < SILENCE_US for gap in report['gaps']), report
        return report

    def finish(self):
        self.process.send_signal(signal.SIGTERM)
        text, _ = self.process.communicate(timeout=DEADLINE)
        return json.loads(text.strip().splitlines()[-1])


class Lab:
    def __init__(self, members=2, addresses=(), same_index=False, dad=False):
        """addresses: (member, address/prefix) put on before anything else. same_index: both ends of
        a cable get the same interface index, which makes the kernel withhold link-down messages as
        it does for real cards."""
        self.members = members
        self.same_index = same_index
        self.dad = dad
        self.children = []
        self.daemon = None
        self.daemon_log = self.daemon_stderr = None
        self.bus = None
        self.failed = False
        self.directory = pathlib.Path(tempfile.mkdtemp(dir=os.environ['PRIVBUS_DIR']))
        self.config_dir = self.directory / 'etc'
        self.runtime_dir = self.directory / 'run'
        (self.config_dir / 'groups.d').mkdir(parents=True)
        self.runtime_dir.mkdir()
        try:
            self.make_network()
            for number, address in addresses:
                self.add_address(number, address)
        except BaseException:
            self.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        self.failed = self.failed or kind is not None
        self.close()

    # the network

    def make_network(self):
        for name in NAMESPACES:
            self.make_namespace(name)
            self.sysctl(name, 'net.ipv6.conf.default.accept_dad', int(self.dad))
            self.sysctl(name, 'net.ipv6.conf.all.accept_dad', int(self.dad))
            self.ip(name, 'link set lo up')
        self.ip('lan', 'link add br0 type bridge stp_state 0 forward_delay 0 mcast_snooping 0',
                'link set br0 up')
        for number in range(self.members):
            self.plug(number)
        self.ip(None,
                f'link add eth0 netns rtr address {ROUTER_MAC} type veth peer name pr netns lan',
                'link add eth1 netns rtr type veth peer name eth0 netns cli')
        self.ip('lan', 'link set pr master br0 up')
        self.ip('rtr', 'addr add 10.2.0.1/24 dev eth0', 'addr add fd00:2::1/64 dev eth0 nodad',
                'addr add 10.3.0.1/24 dev eth1', 'addr add fd00:3::1/64 dev eth1 nodad',
                'link set eth0 up', 'link set eth1 up')
        self.ip('cli', 'addr add 10.3.0.2/24 dev eth0', 'addr add fd00:3::2/64 dev eth0 nodad',
                'link set eth0 up', 'route add default via 10.3.0.1',
                '-6 route add default via fd00:3::1')
        self.sysctl('rtr', 'net.ipv4.ip_forward', 1)
        self.sysctl('rtr', 'net.ipv6.conf.all.forwarding', 1)

    def make_router_stubborn(self):
        """It believes what it was told last and never looks for itself: a move that nobody announces
        is one that it never learns of, however long a test waits."""
        for family in ('ipv4', 'ipv6'):
            for name, value in (('base_reachable_time_ms', 86400000), ('delay_first_probe_time', 0),
                                ('ucast_solicit', 100000)):
                self.sysctl('rtr', f'net.{family}.neigh.eth0.{name}', value)

    def make_namespace(self, name):
        self.run(None, 'ip', 'netns', 'add', name)

    def remove_namespace(self, name):
        self.run(None, 'ip', 'netns', 'del', name, check=False)

    def plug(self, number):
        """Put a card into the host and its cable into the switch."""
        index = f'index {70 + number} ' if self.same_index else ''
        self.ip(None, f'link add eth{number} {index}netns host address {member_mac(number)} '
                f'type veth peer name p{number} {index}netns lan')
        self.ip('lan', f'link set p{number} master br0 up')
        self.ip('host', f'link set eth{number} up')

    def unplug(self, number):
        self.ip('host', f'link del eth{number}')

    def cable(self, number, plugged):
        # To ask for the port makes the kernel look at once. With same_index the switch itself would
        # learn of its cable a second later, and pass nothing until then.
        self.ip('lan', f'link set p{number} {"up" if plugged else "down"}', f'link show p{number}')

    def admin(self, number, up):
        self.ip('host', f'link set eth{number} {"up" if up else "down"}')

    def rename(self, device, name):
        """Before Linux 6.2 as whoever does it has to do it there."""
        if RENAMES_LIVE:
            self.ip('host', f'link set {device} name {name}')
        else:
            self.ip('host', f'link set {device} down', f'link set {device} name {name}', f'link set {name} up')

    def add_address(self, number, address, *more):
        nodad = 'nodad' if ':' in address else 'brd +'
        self.ip('host', f'addr add {address} dev eth{number} {nodad} {" ".join(more)}')

    def add_default_routes(self, device='eth0'):
        """As an administrator or a DHCP client would: they are not the daemon's."""
        self.ip('host', f'route add default via 10.2.0.1 dev {device} proto static',
                f'-6 route add default via fd00:2::1 dev {device} proto static')

    # commands

    @staticmethod
    def within(namespace, command):
        return ['ip', 'netns', 'exec', namespace, *command] if namespace else list(command)

    @staticmethod
    def as_user(user, command):
        if not user:
            return list(command)
        return ['setpriv', f'--reuid={user}', '--regid=nogroup', '--clear-groups', *command]

    def run(self, namespace, *command, check=True, user=None):
        done = subprocess.run(self.within(namespace, self.as_user(user, map(str, command))),
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120)
        if check and done.returncode != 0:
            raise AssertionError(f'{command} in {namespace}: status {done.returncode}\n'
                                 f'{done.stdout}{done.stderr}')
        return done

    def spawn(self, namespace, *command, user=None, **options):
        child = subprocess.Popen(self.within(namespace, self.as_user(user, map(str, command))),
                                 stdin=subprocess.DEVNULL, text=True, **options)
        self.children.append(child)
        return child

    def ip(self, namespace, *lines):
        """One ip process for all lines."""
        where = ['-n', namespace] if namespace else []
        if len(lines) == 1:
            self.run(None, 'ip', *where, *lines[0].split())
            return
        for family in ('', '-6 '):  # a batch has one family for all its lines
            batch = [line.removeprefix('-6 ') for line in lines if line.startswith('-6 ') == bool(family)]
            if not batch:
                continue
            done = subprocess.run(['ip', *where, *family.split(), '-batch', '-'],
                                  input='\n'.join(batch), capture_output=True, text=True,
                                  timeout=DEADLINE)
            if done.returncode != 0:
                raise AssertionError(f'ip in {namespace}: {batch}: {done.stderr}')

    def ip_json(self, namespace, *arguments):
        text = self.run(None, 'ip', '-n', namespace, '-d', '-j', *arguments).stdout
        return json.loads(text) if text.strip() else []

    def sysctl(self, namespace, name, value=None):
        if value is None:
            return self.run(namespace, 'sysctl', '-n', name).stdout.strip()
        self.run(namespace, 'sysctl', '-qw', f'{name}={value}')
        return None

    def ipmpctl(self, *arguments, check=True, user=None):
        return self.run(None, IPMPCTL, *arguments, check=check, user=user)

    # the daemon

    def configure(self, **files):
        """front='[Group]...' becomes groups.d/front.conf; ipmp='...' becomes ipmp.conf."""
        for name, text in files.items():
            path = self.config_dir / 'ipmp.conf' if name == 'ipmp' \
                else self.config_dir / 'groups.d' / f'{name}.conf'
            if text is None:
                path.unlink()
            else:
                path.write_text(text, encoding='utf-8')

    def start_daemon(self):
        assert self.daemon is None, 'one daemon at a time'
        self.daemon_log = open(self.directory / 'ipmpd.log', 'a', encoding='utf-8')
        self.daemon = subprocess.Popen(
            self.within('host', [*WRAPPER, str(IPMPD), '--config-dir', str(self.config_dir),
                                 '--runtime-dir', str(self.runtime_dir)]),
            stdin=subprocess.DEVNULL, stdout=self.daemon_log,
            stderr=self.daemon_stderr or subprocess.STDOUT)
        if self.bus is None:
            self.bus = Bus()
        wait_until(self.daemon_answers, 'org.ipmp on the bus')

    def daemon_answers(self):
        status = self.daemon.poll()
        assert status is None, f'ipmpd ended with status {status}:\n{self.log_text()}'
        return self.bus.owner()

    def stop_daemon(self):
        """SIGTERM: it has to leave in order."""
        daemon, self.daemon = self.daemon, None
        daemon.send_signal(signal.SIGTERM)
        try:
            status = daemon.wait(timeout=DEADLINE)
        except subprocess.TimeoutExpired:
            daemon.kill()
            daemon.wait()
            raise AssertionError(f'ipmpd did not end on SIGTERM:\n{self.log_text()}') from None
        finally:
            self.daemon_log.close()
        assert status == 0, f'ipmpd ended with status {status} on SIGTERM:\n{self.log_text()}'
        wait_until(lambda: not self.bus.owner(), 'org.ipmp gone')

    def kill_daemon(self):
        daemon, self.daemon = self.daemon, None
        daemon.kill()
        daemon.wait()
        self.daemon_log.close()
        wait_until(lambda: not self.bus.owner(), 'org.ipmp gone')

    def log_text(self):
        path = self.directory / 'ipmpd.log'
        return path.read_text(encoding='utf-8', errors='replace') if path.exists() else ''

    # traffic

    def blast(self, namespace, *arguments):
        """Under way when this returns."""
        child = self.spawn(namespace, BLAST, *arguments, stdout=subprocess.PIPE,
                           stderr=subprocess.STDOUT)
        line = read_line(child, f'blast {arguments} in {namespace}')
        assert line == 'ready', f'blast {arguments} in {namespace}: {line}'
        return child

    def serve(self, namespace, mode, address, port):
        self.blast(namespace, f'{mode}-echo', address, port)

    def flow(self, mode, source, target, address, port, rate=1000, bind=None):
        """Packets or a connection from namespace source to an echo in namespace target."""
        self.serve(target, mode, address, port)
        return Flow(self.blast(source, mode, address, port, rate, 600, *([bind] if bind else [])))

    # what can be seen

    def devices_with(self, address):
        """Devices of the host that have this address, the anchor on lo left out."""
        return sorted(link['ifname'] for link in self.ip_json('host', 'addr')
                      if link['ifname'] != 'lo' for info in link['addr_info']
                      if info.get('local') == address)

    def on(self, address, device):
        return self.devices_with(address) == [device]

    def wait_on(self, device, *addresses, deadline=DEADLINE):
        for address in addresses:
            wait_until(lambda a=address: self.on(a, device) or None,
                       f'{address} on {device} alone (is on {self.devices_with(address)})',
                       deadline)

    def router_neighbour(self, address):
        """The hardware address that the router has for it, None if it has none."""
        for entry in self.ip_json('rtr', 'neigh', 'show', 'dev', 'eth0'):
            if entry['dst'] == address:
                return entry.get('lladdr')
        return None

    def ping(self, namespace, address, *options, count=1):
        family = '-6' if ':' in address else '-4'
        return self.run(namespace, 'ping', family, '-n', '-q', '-c', str(count), '-W', '1',
                        *options, address, check=False).returncode == 0

    def picture(self):
        """Everything of the host that a group may have changed, for comparison."""
        seen = {'addr': self.ip_json('host', 'addr'), 'sysctl': self.all_sysctls()}
        for family in ('-4', '-6'):
            seen[f'route {family}'] = self.ip_json('host', family, 'route', 'show', 'table', 'all')
            seen[f'rule {family}'] = self.ip_json('host', family, 'rule', 'show')
        seen['nexthop'] = self.ip_json('host', 'nexthop', 'show')
        seen['neigh'] = [entry for entry in self.ip_json('host', 'neigh', 'show', 'nud', 'permanent')
                         if 'protocol' in entry]
        return {kind: comparable(kind, value) for kind, value in seen.items()}

    def all_sysctls(self):
        text = self.run('host', 'sysctl', '-a', '-r',
                        r'^net\.ipv[46]\.(conf|nexthop|fib_|route|neigh)|^net\.ipv4\.fib').stdout
        pairs = (line.partition(' = ')[::2] for line in text.splitlines())
        return {name: value for name, value in pairs if 'stable_secret' not in name}

    # the end

    def describe(self):
        text = [f'--- ipmpd.log\n{self.log_text()}']
        for command in (('addr',), ('-4', 'route', 'show', 'table', 'all'),
                        ('-6', 'route', 'show', 'table', 'all'), ('rule',), ('nexthop',)):
            done = self.run(None, 'ip', '-n', 'host', *command, check=False)
            text.append(f'--- ip {" ".join(command)}\n{done.stdout}')
        return '\n'.join(text)

    def close(self):
        problem = None
        if self.failed:
            print(re.sub('^', '# ', self.describe(), flags=re.M), file=sys.stderr)
        for child in self.children:
            if child.poll() is None:
                child.kill()
            child.wait()
            if child.stdout:
                child.stdout.close()
        if self.daemon:
            try:
                self.stop_daemon()
            except AssertionError as error:
                problem = error
        if self.bus:
            self.bus.close()
            self.bus = None
        for name in NAMESPACES:
            self.remove_namespace(name)
        if problem and not self.failed:
            raise problem


VOLATILE = ('valid_life_time', 'preferred_life_time', 'expires', 'linkinfo', 'num_tx_queues',
            'num_rx_queues', 'gso_max_size', 'gso_max_segs', 'tso_max_size', 'tso_max_segs')


def comparable(kind, value):
    """Without what changes by itself; IPv6 routes sorted, whose order has no meaning here."""
    if isinstance(value, dict):
        return value
    cleaned = [json.dumps(masked(entry), sort_keys=True) for entry in value]
    return sorted(cleaned) if kind == 'route -6' else cleaned


def masked(entry):
    if isinstance(entry, list):
        return [masked(item) for item in entry]
    if isinstance(entry, dict):
        return {key: masked(item) for key, item in entry.items() if key not in VOLATILE}
    return entry


def difference(before, after):
    """Lines for a person: what is missing (-) and what is new (+)."""
    lines = []
    for kind, old in before.items():
        new = after[kind]
        if isinstance(old, dict):
            lines += [f'{kind}: {name}: {old.get(name)} -> {new.get(name)}'
                      for name in sorted(old.keys() | new.keys()) if old.get(name) != new.get(name)]
            continue
        lines += [f'{kind}: - {line}' for line in old if line not in new]
        lines += [f'{kind}: + {line}' for line in new if line not in old]
        if not any(line.startswith(f'{kind}:') for line in lines) and old != new:
            lines.append(f'{kind}: another order: {old} -> {new}')
    return lines
