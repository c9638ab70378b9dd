# SPDX-License-Identifier: LGPL-2.1-or-later
"""Deleted by somebody, or flushed by the kernel? Each way in which an address can vanish, of both
families, while the service listens, while it is stopped for a moment, while its messages are lost, and
while it is away. Each way has a member of its own, so that all of them happen to one host."""
import fcntl
import signal
import socket
import struct
import unittest

import tap
from front import call_group, front_lab
from lab import wait_until
from probing import ProbeLab

SIOCSIFADDR = 0x8916
STORM = 30000  # routes added and deleted: more than the service's socket has room for
REFUGE = 'eth0'


def by_ioctl(lab, name, four, _):
    """As ifconfig and udhcpc do: the kernel tells of no program."""
    with lab.inside('host'), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as inet:
        fcntl.ioctl(inet, SIOCSIFADDR, struct.pack('16sHH4s8x', name.encode(), socket.AF_INET, 0,
                                                   bytes(4)))


def delete(lab, name, *addresses):
    for address in addresses:
        lab.ip('host', f'addr del {address}/{64 if ":" in address else 24} dev {name}')


def link(lab, name, *words):
    lab.ip('host', f'link set {name} {" ".join(words)}')


def delete_and_set_down(lab, name, four, six):
    """By one program, as it has to be before the service believes the first half."""
    lab.ip('host', f'addr del {four}/24 dev {name}', f'addr del {six}/64 dev {name}',
           f'link set {name} down')


def remove(lab, name):
    lab.ip('host', f'link del {name}')


def move_and_back(lab, name, *_):
    """It keeps its number, and loses what was on it."""
    lab.ip('host', f'link set {name} netns cli name stray')
    lab.ip('cli', f'link set stray netns host name {name}')
    link(lab, name, 'up')


def plug(lab, name):
    lab.plug(int(name[3:]))


def no_ipv6(lab, name, value):
    lab.sysctl('host', f'net.ipv6.conf.{name}.disable_ipv6', value)


def nothing(*_):
    pass


GONE, THERE = 'withdrawn', 'restored'
# way: what is done, what mends it, what becomes of the IPv4 and of the IPv6 address
WAYS = {
    'deleted': (delete, nothing, GONE, GONE),
    'by ioctl': (by_ioctl, nothing, GONE, THERE),
    'flushed by hand': (lambda lab, name, *_: lab.ip('host', f'addr flush dev {name} scope global'),
                        nothing, GONE, GONE),
    'set down': (lambda lab, name, *_: link(lab, name, 'down'),
                 lambda lab, name: link(lab, name, 'up'), THERE, THERE),
    'unplugged': (lambda lab, name, *_: remove(lab, name), plug, THERE, THERE),
    'small MTU': (lambda lab, name, *_: link(lab, name, 'mtu 1200'),
                  lambda lab, name: link(lab, name, 'mtu 1500'), THERE, THERE),
    'IPv6 turned off': (lambda lab, name, *_: no_ipv6(lab, name, 1),
                        lambda lab, name: no_ipv6(lab, name, 0), THERE, GONE),
    'down, then unplugged': (lambda lab, name, *_: (link(lab, name, 'down'), remove(lab, name)),
                             plug, THERE, THERE),
    'in another namespace': (move_and_back, nothing, THERE, THERE),
    # As ifdown does: of IPv6 nobody is named, and the device that is down explains it.
    'deleted, then down': (delete_and_set_down,
                           lambda lab, name: link(lab, name, 'up'), GONE, THERE),
    # Over before the service can look: the one takes IPv6 alone, the other nexthops of ours, too.
    'down and up': (lambda lab, name, *_: (link(lab, name, 'down'), link(lab, name, 'up')), nothing,
                    THERE, THERE),
    'small MTU and back': (lambda lab, name, *_: (link(lab, name, 'mtu 1200'), link(lab, name, 'mtu 1500')),
                           nothing, THERE, THERE),
    'small MTU, then deleted': (lambda lab, name, four, six: (link(lab, name, 'mtu 1200'),
                                                              delete(lab, name, four)),
                                lambda lab, name: link(lab, name, 'mtu 1500'), GONE, THERE),
}
# Where the kernel's own words are missing, what is absent may have been flushed.
AWAY = {'deleted, then down': (THERE, THERE)}
LOST = {'deleted, then down': (THERE, THERE)}

NUMBERS = range(1, len(WAYS) + 1)
CONFIG = '[Group]\nProbeMethod=none\n' + ''.join(f'[Interface eth{number}]\n'
                                                 for number in (0, *NUMBERS))
FOUND = [(number, address) for number in NUMBERS
         for address in (f'10.2.0.{100 + number}/24', f'fd00:2::{100 + number}/64')]


class Ways(unittest.TestCase):
    def rows(self, other):
        """(way, member, its addresses with what becomes of each)"""
        for number, (way, (_, _, *becomes)) in enumerate(WAYS.items(), 1):
            four, six = other.get(way, becomes)
            yield way, f'eth{number}', {f'10.2.0.{100 + number}': four, f'fd00:2::{100 + number}': six}

    def all_ways(self, during, other):
        """during: called with a function that does everything."""
        with front_lab(CONFIG, lab=ProbeLab, members=len(WAYS) + 1, addresses=FOUND) as lab:
            wait_until(lambda: len(lab.bus.group('front')['Addresses']) == len(FOUND), 'adopted')
            for _, name, becomes in self.rows(other):
                lab.wait_on(name, *becomes)

            def do():
                for way, name, becomes in self.rows(other):
                    WAYS[way][0](lab, name, *becomes)

            during(lab, do)
            self.as_it_becomes(lab, other, mended=False)
            for way, name, _ in self.rows(other):
                WAYS[way][1](lab, name)
            self.as_it_becomes(lab, other, mended=True)
            for way, name, becomes in self.rows(other):
                for address, what in becomes.items():
                    if what == GONE:
                        call_group(lab, 'AddAddress', f'{address}/{64 if ":" in address else 24}',
                                   interface=name)
                lab.wait_on(name, *becomes)

    def as_it_becomes(self, lab, other, mended):
        bad = []

        def right():
            entries = {entry['address'].split('/')[0]: entry['state']
                       for entry in lab.bus.group('front')['Addresses']}
            bad.clear()
            for way, name, becomes in self.rows(other):
                for address, what in becomes.items():
                    found = lab.devices_with(address)
                    good = found == [] if what == GONE else \
                        found == [name] if mended else len(found) == 1
                    state = 'withdrawn' if what == GONE else 'up'
                    if not good or entries.get(address) != state:
                        bad.append(f'{way}: {address} of {name} should be {what}: is on {found}, '
                                   f'{entries.get(address)}')
            return not bad

        try:
            wait_until(right, 'what becomes of them')
        except AssertionError:
            raise AssertionError('\n'.join([f'mended: {mended}', *bad])) from None

    def test_while_it_listens(self):
        self.all_ways(lambda lab, do: do(), {})

    def test_while_it_is_stopped_for_a_moment(self):
        def during(lab, do):
            lab.daemon.send_signal(signal.SIGSTOP)
            do()
            lab.daemon.send_signal(signal.SIGCONT)

        self.all_ways(during, {})

    def test_while_messages_are_lost(self):
        def during(lab, do):
            lab.daemon.send_signal(signal.SIGSTOP)
            storm(lab)
            do()
            lab.daemon.send_signal(signal.SIGCONT)
            wait_until(lambda: resyncs(lab), 'messages were lost')

        self.all_ways(during, LOST)

    def test_while_it_is_away(self):
        def during(lab, do):
            lab.kill_daemon()
            do()
            lab.start_daemon()

        self.all_ways(during, AWAY)

    def test_with_the_cable_pulled_while_it_is_away(self):
        """A lost carrier takes nexthops of ours, and no address."""
        config = '[Group]\nProbeMethod=none\n[Interface eth0]\n[Interface eth1]\n'
        with front_lab(config, addresses=[(1, '10.2.0.50/24'), (1, 'fd00:2::50/64')]) as lab:
            lab.wait_on('eth1', '10.2.0.50', 'fd00:2::50')
            wait_until(lambda: 'fd00:2::50' in (lab.runtime_dir / 'record.json').read_text(), 'recorded')
            lab.kill_daemon()
            lab.cable(1, False)
            delete(lab, 'eth1', '10.2.0.50', 'fd00:2::50')
            lab.cable(1, True)
            wait_until(lambda: lab.ip_json('host', 'link', 'show', 'eth1')[0]['operstate'] == 'UP', 'carrier')
            lab.start_daemon()

            def states():
                return {entry['address']: entry['state'] for entry in lab.bus.group('front')['Addresses']}

            wait_until(lambda: states() == {'10.2.0.50/24': 'withdrawn', 'fd00:2::50/64': 'withdrawn'},
                       'withdrawn')
            self.assertEqual((lab.devices_with('10.2.0.50'), lab.devices_with('fd00:2::50')), ([], []))


def storm(lab):
    """Foreign routes that come and go, in a table that no rule leads to."""
    lines = [f'route add 10.{100 + n // 65536}.{n // 256 % 256}.{n % 256} dev lo table 77'
             for n in range(STORM)]
    lab.ip('host', *lines)
    lab.ip('host', 'route flush table 77')


def resyncs(lab):
    return [event for event in lab.bus.call('/org/ipmp', 'org.ipmp.Manager', 'History', '(u)', 10000)
            if event['reason'] == 'resync']


if __name__ == '__main__':
    tap.main()
