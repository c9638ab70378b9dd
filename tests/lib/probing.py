# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the tests of probing share: three groups that probe by different means, ways to break a path
without its cable, what the service tells, and what is on the wire."""
import contextlib
import ctypes
import errno
import os
import socket
import struct
import time

from gi.repository import Gio, GLib

from front import INTERFACE_IFACE, MANAGER_IFACE, interface_path
from lab import BUS_NAME, DEADLINE, Lab, wait_until

ROUTER, ROUTER_ARP = '10.2.0.1', '10.4.0.1'
CLONE_NEWNET = 0x40000000

# The members of each group, what belongs to the first of them, and who asks for it from the router.
MEMBERS = {'icmp': (0, 1), 'six': (2, 3), 'arp': (4, 5)}
DATA = {'icmp': '10.2.0.10', 'six': 'fd00:2::12', 'arp': '10.4.0.14'}

CONFIG = {
    'icmp': '''[Group]
FailureDetectionTime={fdt}
ProbeTargets=10.2.0.1
{more}
[Interface eth0]
TestAddresses=10.2.0.210/24
Addresses=10.2.0.10/24
[Interface eth1]
TestAddresses=10.2.0.211/24
''',
    'six': '''[Group]
FailureDetectionTime={fdt}
ProbeTargets={router}
{more}
[Interface eth2]
Addresses=fd00:2::12/64
[Interface eth3]
''',
    'arp': '''[Group]
FailureDetectionTime={fdt}
ProbeTargets=10.4.0.1
{more}
[Interface eth4]
Addresses=10.4.0.14/24
[Interface eth5]
''',
}


def device(number):
    return f'eth{number}'


# A path that is broken while its link stays up. One direction each by nft and by tc.

def port_state(lab, number, broken):
    lab.run(None, 'bridge', '-n', 'lan', 'link', 'set', 'dev', f'p{number}', 'state',
            '0' if broken else '3')


def nft(lab, namespace, *lines):
    lab.run(namespace, 'nft', '; '.join(lines))


def drop_from_host(lab, number, broken):
    if broken:
        nft(lab, 'lan', f'add table netdev lost{number}',
            f'add chain netdev lost{number} in {{ type filter hook ingress device "p{number}" '
            'priority 0; policy drop; }')
    else:
        nft(lab, 'lan', f'delete table netdev lost{number}')


def drop_to_host(lab, number, broken):
    if broken:
        lab.run('lan', 'tc', 'qdisc', 'add', 'dev', f'p{number}', 'clsact')
        lab.run('lan', 'tc', 'filter', 'add', 'dev', f'p{number}', 'egress', 'bpf', 'da', 'bytecode',
                '1,6 0 0 2')  # TC_ACT_SHOT for all
    else:
        lab.run('lan', 'tc', 'qdisc', 'del', 'dev', f'p{number}', 'clsact')


FAULTS = {'both directions': port_state, 'from the host': drop_from_host,
          'to the host': drop_to_host}


def link_is_up(lab, number):
    link = lab.ip_json('host', 'link', 'show', 'dev', device(number))[0]
    return link['operstate'] == 'UP' and 'LOWER_UP' in link['flags']


def ignore_ping(lab, namespace, ignore):
    lab.sysctl(namespace, 'net.ipv4.icmp_echo_ignore_all', int(ignore))
    lab.sysctl(namespace, 'net.ipv6.icmp.echo_ignore_all', int(ignore))


class ProbeLab(Lab):
    """The switch speaks no IPv6 itself; `more` namespaces are stations at it."""

    def __init__(self, members=2, stations=(), **options):
        self.stations = stations
        super().__init__(members=members, **options)

    def make_network(self):
        super().make_network()
        self.sysctl('lan', 'net.ipv6.conf.br0.disable_ipv6', 1)
        self.ip('rtr', 'addr add 10.4.0.1/24 dev eth0')
        for number, name in enumerate(self.stations):
            self.run(None, 'ip', 'netns', 'add', name)
            self.ip(name, 'link set lo up')
            self.sysctl(name, 'net.ipv6.conf.default.accept_dad', 0)
            self.ip(None, f'link add eth0 netns {name} address 02:00:00:00:01:{number:02x} '
                    f'type veth peer name s{number} netns lan')
            self.ip('lan', f'link set s{number} master br0 up')
            self.ip(name, 'link set eth0 up')

    def close(self):
        try:
            super().close()
        finally:
            for name in self.stations:
                self.run(None, 'ip', 'netns', 'del', name, check=False)

    def link_local(self, namespace, name='eth0'):
        """Once it is no longer tentative."""
        def look():
            for link in self.ip_json(namespace, '-6', 'addr', 'show', 'dev', name, 'scope', 'link'):
                for info in link.get('addr_info', ()):
                    if 'local' in info and not info.get('tentative'):
                        return info['local']
            return None
        return wait_until(look, f'a link-local address of {name} in {namespace}')

    @contextlib.contextmanager
    def inside(self, namespace):
        """Sockets that are made meanwhile belong to the namespace."""
        libc = ctypes.CDLL(None, use_errno=True)
        with open('/proc/self/ns/net', encoding='ascii') as back, \
                open(f'/run/netns/{namespace}', encoding='ascii') as there:
            if libc.setns(there.fileno(), CLONE_NEWNET):
                raise OSError(ctypes.get_errno(), f'setns {namespace}')
            try:
                yield
            finally:
                if libc.setns(back.fileno(), CLONE_NEWNET):
                    os._exit(99)  # nothing would be what it says any more

    # what the service says

    def probed(self, name):
        return (self.bus.interface(name) or {}).get('ProbeState')

    def targets(self, name):
        """address: what GetTargets says of it."""
        found = self.bus.call(interface_path(name), INTERFACE_IFACE, 'GetTargets')
        return {target['address']: target for target in found}

    def statistics(self, name):
        return self.bus.call(interface_path(name), INTERFACE_IFACE, 'GetStatistics')

    def wait_probed(self, *names, state='ok'):
        for name in names:
            wait_until(lambda n=name: self.probed(n) == state,
                       f'ProbeState {state} of {name} (is {self.bus.interface(name)})')

    def wait_targets(self, name, *addresses):
        wait_until(lambda: self.bus.interface(name)['Targets'] == list(addresses),
                   f'targets {addresses} of {name} (is {self.bus.interface(name)})')

    def wait_probes(self, names, count, kind='probes-sent'):
        """So many more of them, of each."""
        names = (names,) if isinstance(names, str) else names
        first = {name: self.statistics(name)[kind] for name in names}
        for name in names:
            wait_until(lambda n=name: self.statistics(n)[kind] >= first[n] + count,
                       f'{count} more {kind} of {name}')


def probe_lab(config, members=2, prepare=None, **options):
    """A lab with the daemon running on `config`, a dictionary of files."""
    lab = ProbeLab(members=members, **options)
    try:
        if prepare:
            prepare(lab)
        lab.configure(**config)
        lab.start_daemon()
    except BaseException:
        lab.failed = True
        lab.close()
        raise
    return lab


def three_groups(fdt='100ms', more='', prepare=None, groups=('icmp', 'six', 'arp')):
    """All members probed with success, all data addresses at home."""
    lab = ProbeLab(members=6)
    try:
        if prepare:
            prepare(lab)
        router = lab.link_local('rtr')
        for name in MEMBERS.keys() - set(groups):
            for number in MEMBERS[name]:  # a card of no group would answer for the others
                lab.admin(number, False)
        lab.configure(**{name: CONFIG[name].format(fdt=fdt, more=more, router=router)
                         for name in groups})
        lab.start_daemon()
        for name in groups:
            lab.wait_probed(*map(device, MEMBERS[name]))
            lab.wait_on(device(MEMBERS[name][0]), DATA[name])
    except BaseException:
        lab.failed = True
        lab.close()
        raise
    return lab


class Story:
    """What the service tells (Manager.Event) from now on."""

    def __init__(self, lab):
        self.bus = lab.bus
        self.events = []
        self.position = 0
        self.bus.connection.signal_subscribe(BUS_NAME, MANAGER_IFACE, 'Event', '/org/ipmp', None,
                                             Gio.DBusSignalFlags.NONE, self.on_event)
        self.bus.manager()  # the answer comes after the match is in force

    def on_event(self, *arguments):
        self.events.append(arguments[5].unpack()[0])

    def wait(self, deadline=DEADLINE, **fields):
        """The next event with these fields, those before it are passed over."""
        context = GLib.MainContext.default()
        end = time.monotonic() + deadline
        wake = GLib.timeout_add(50, lambda: True)
        try:
            while True:
                while self.position < len(self.events):
                    event = self.events[self.position]
                    self.position += 1
                    if all(event.get(name) == value for name, value in fields.items()):
                        return event
                if time.monotonic() > end:
                    raise AssertionError(f'no event {fields} within {deadline} s; told: '
                                         + '\n'.join(map(str, self.events)))
                context.iteration(True)
        finally:
            GLib.source_remove(wake)

    def wait_all(self, wanted, deadline=DEADLINE):
        """Each of these (dictionaries of fields), in any order."""
        begin, last = self.position, self.position
        for fields in wanted:
            self.position = begin
            self.wait(deadline, **fields)
            last = max(last, self.position)
        self.position = last

    def told(self, **fields):
        """All events so far with these fields; nothing that the service said before is missed."""
        self.bus.manager()
        context = GLib.MainContext.default()
        while context.iteration(False):
            pass
        return [event for event in self.events
                if all(event.get(name) == value for name, value in fields.items())]

    def verdicts(self):
        """Events that say that somebody failed, or that an address moved."""
        return [event for event in self.told()
                if event['event'] in ('interface-state', 'group-state') and event['to'] == 'failed'
                or event['event'] == 'address-moved']


class Sniffer:
    """Frames that come out of a device, from now on."""

    OUTGOING = 4  # PACKET_OUTGOING

    def __init__(self, lab, namespace, name):
        with lab.inside(namespace):
            self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        self.socket.setsockopt(socket.SOL_SOCKET, 33, 64 << 20)  # SO_RCVBUFFORCE
        self.socket.bind((name, 3))
        self.socket.setblocking(False)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def receive(self):
        """A frame, its kind and when it came, if the socket tells."""
        frame, (_, _, kind, _, _) = self.socket.recvfrom(2048)
        return frame, kind, None

    def stamped_frames(self):
        """Those that came in since the last call, each with its time."""
        found = []
        while True:
            try:
                frame, kind, at = self.receive()
            except BlockingIOError:
                return found
            except OSError as error:
                if error.errno != errno.ENETDOWN:  # told once; what came before is still there
                    raise
                continue
            if kind != self.OUTGOING:
                found.append((frame, at))

    def frames(self):
        return [frame for frame, _ in self.stamped_frames()]

    def arp_requests(self):
        """(source of the frame, sender's hardware address, sender, target) of each."""
        found = []
        for frame in self.frames():
            if frame[12:14] == b'\x08\x06' and frame[20:22] == b'\x00\x01':
                found.append((mac_text(frame[6:12]), mac_text(frame[22:28]),
                              socket.inet_ntoa(frame[28:32]), socket.inet_ntoa(frame[38:42])))
        return found


def mac_text(octets):
    return ':'.join(f'{octet:02x}' for octet in octets)


def mac_bytes(text):
    return bytes.fromhex(text.replace(':', ''))


def checksum(octets):
    """RFC 1071."""
    if len(octets) % 2:
        octets += b'\0'
    total = sum(struct.unpack(f'!{len(octets) // 2}H', octets))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def advertise(lab, namespace, name, lifetime=1800):
    """A router advertisement (RFC 4861) to all nodes; the kernel adds the checksum."""
    message = struct.pack('!BBHBBHII', 134, 0, 0, 64, 0, lifetime, 0, 0)
    with lab.inside(namespace):
        with socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6) as raw:
            index = socket.if_nametoindex(name)
            raw.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 255)
            raw.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, index)
            raw.sendto(message, ('ff02::1', 0, 0, index))
