# SPDX-License-Identifier: LGPL-2.1-or-later
"""A host with all that hosts have: taken over under load without one lost packet, and given back as
it was found, whatever happened in between."""
import os
import select
import subprocess
import unittest

import tap
from front import GROUP, GROUP_IFACE, V4, V6, wait_state
from lab import DEADLINE, IPMPCTL, Lab, wait_until
from routes import settled_picture, wait_same

BARE = '[Group]\n[Interface eth0]\n[Interface eth1]\n'
# Of an administrator, a DHCP client and router advertisements, and of a card that is no member.
HOST = [
    'addr add 10.2.0.10/24 brd + dev eth0', 'addr add 10.2.0.12/24 brd + dev eth0 label eth0:web',
    'addr add 10.2.4.14/24 brd + dev eth0 metric 50 valid_lft 4000 preferred_lft 3000',
    'addr add 10.2.0.11/24 brd + dev eth1', 'addr add 10.2.0.15/32 dev eth1',
    '-6 addr add fd00:2::10/64 dev eth0 nodad', '-6 addr add fd00:2::12/64 dev eth0 nodad',
    '-6 addr add fd00:2::13/64 dev eth0 nodad preferred_lft 0',
    '-6 addr add fd00:2::11/64 dev eth1 nodad',
    'link add eth9 type veth peer name w9', 'link set eth9 up', 'link set w9 up',
    'addr add 10.99.0.1/24 dev eth9', '-6 addr add fd00:99::1/64 dev eth9 nodad',
    'route add default via 10.2.0.1 dev eth0 proto dhcp src 10.2.0.10 metric 100',
    'route add default via 10.2.0.1 dev eth1 proto static metric 200',
    'route add 10.0.0.0/8 via 10.2.0.1 dev eth0 proto static',
    'route add 10.9.0.0/24 via 10.99.0.2 dev eth9',
    'route add 10.8.0.0/16 via 10.2.0.1 dev eth0 src 10.2.0.12 mtu lock 1400',
    'route add 10.7.0.0/16 nexthop via 10.2.0.1 dev eth0 nexthop via 10.2.0.1 dev eth1',
    'rule add from 10.2.0.12 to 10.3.0.0/24 lookup 100 pref 1000',
    'route add default via 10.2.0.1 dev eth0 table 100',
    '-6 route add default via fe80::ff:fe00:1 dev eth0 proto ra metric 1024 expires 600',
    '-6 route append default via fe80::ff:fe00:1 dev eth1 proto ra metric 1024 expires 600',
    '-6 route add fd00:9::/48 via fd00:2::1 dev eth0 proto static',
    '-6 route add fd00:9:1::/64 via fd00:99::2 dev eth9',
]
# As wg-quick does it: the default route is another table's, but for its own packets.
VPN = ['rule add not fwmark 51820 lookup 51820', 'rule add lookup main suppress_prefixlength 0',
       'route add default via 10.99.0.2 dev eth9 table 51820']


def make_host(lab):
    lab.ip('host', *(line for line in HOST if line.startswith(('link', '-6 addr', 'addr'))))
    lab.ip('host', *(line for line in HOST if 'route' in line or 'rule' in line))


def delete_group(lab):
    lab.bus.call(GROUP, GROUP_IFACE, 'Delete', '(a{sv})', {})


def adopted(lab):
    return lab.bus.place('front', 'fd00:2::13') == 'eth0' and lab.bus.place('front', V4) == 'eth0'


def way(lab, target, *options):
    """The device and source by which the host would send."""
    route = lab.ip_json('host', 'route', 'get', target, *options)[0]
    return route['dev'], route['prefsrc']


class Load(unittest.TestCase):
    def not_one_packet(self, before=(), after=()):
        """10,000 packets a second to the host, through all of it."""
        with Lab() as lab:
            make_host(lab)
            for line in before:
                lab.ip('host', line)
            found = settled_picture(lab)
            ways = {target: way(lab, target)
                    for target in ('10.2.0.1', '10.3.0.2', '10.9.0.1', '10.8.0.1', 'fd00:2::1',
                                   'fd00:3::2', 'fd00:9:1::1')}
            lab.configure()
            lab.start_daemon()
            flows = [lab.flow('udp', 'rtr', 'host', V4, 7000, 10000),
                     lab.flow('udp', 'cli', 'host', '10.2.0.12', 7001, 1000),
                     lab.flow('udp', 'cli', 'host', V6, 7002, 1000)]
            for flow in flows:
                wait_until(lambda f=flow: f.look()['answered'] > 100, 'packets')
            lab.ipmpctl('create', 'front', 'eth0', 'eth1')
            wait_until(lambda: adopted(lab), 'adopted')
            now = {target: way(lab, target) for target in ways}
            # Of two equal defaults the kernel takes one for each flow.
            self.assertIn(now.pop('fd00:3::2')[1], ('fd00:2::10', 'fd00:2::12'))
            self.assertIn(ways.pop('fd00:3::2')[1], ('fd00:2::10', 'fd00:2::11', 'fd00:2::12'))
            self.assertEqual({t: w[1] for t, w in now.items()}, {t: w[1] for t, w in ways.items()})
            self.assertEqual({t: w[0] for t, w in now.items() if w[0] == 'eth9'},
                             {t: w[0] for t, w in ways.items() if w[0] == 'eth9'})
            for line in after:
                lab.ip('host', line)
            if after:
                self.assertEqual(way(lab, '10.44.0.1')[0] in ('eth0', 'eth1'), True)
                self.assertEqual(way(lab, '192.0.2.1')[0], 'eth9')
                self.assertIn(way(lab, '192.0.2.1', 'mark', '51820')[0], ('eth0', 'eth1'))
            for line in reversed(after):
                lab.ip('host', line.replace(' add ', ' del '))
            delete_group(lab)
            for flow in flows:
                report = flow.finish()
                self.assertEqual(report['lost'] + report['unanswered'], 0, report)
            wait_same('as found', found, lab.picture)

    def test_adopting_and_giving_back(self):
        self.not_one_packet()

    def test_with_a_vpn_that_was_there_before(self):
        self.not_one_packet(before=VPN)

    def test_with_a_vpn_that_comes_and_goes(self):
        self.not_one_packet(after=VPN)


def of_device(picture, name):
    """What is of a device, and not ours; routes of router advertisements come by themselves."""
    lines = [line for kind in ('addr', 'route -4', 'route -6') for line in picture[kind]
             if f'"{name}"' in line and not any(f'"protocol": "{word}"' in line for word in ('73', 'ra'))]
    settings = {key: value for key, value in picture['sysctl'].items() if f'.{name}.' in key}
    return {'lines': sorted(lines), 'sysctl': settings}


class Removed(unittest.TestCase):
    def test_a_member_that_is_let_go_after_a_failover(self):
        with Lab() as lab:
            make_host(lab)
            found = of_device(settled_picture(lab), 'eth0')
            lab.configure(front=BARE)
            lab.start_daemon()
            wait_until(lambda: adopted(lab), 'adopted')
            lab.admin(0, False)
            lab.wait_on('eth1', V4, V6)
            lab.admin(0, True)
            wait_state(lab, 'eth0', 'ok')
            lab.wait_on('eth0', V4, V6)
            lab.bus.call(GROUP, GROUP_IFACE, 'RemoveInterface', '(sa{sv})', 'eth0', {})
            wait_same('eth0 as found', found, lambda: of_device(lab.picture(), 'eth0'))


class Killed(unittest.TestCase):
    """With SIGKILL, after so many changes of the kernel's that were seen."""

    def changes(self, lab, n):
        monitor = lab.spawn('host', 'ip', '-o', 'monitor', 'address', 'route', 'rule', 'nexthop',
                            stdout=subprocess.PIPE)

        def hears():
            lab.ip('host', 'route add 192.0.2.99 dev eth9')
            lab.ip('host', 'route del 192.0.2.99 dev eth9')
            return select.select([monitor.stdout], [], [], 0.1)[0]

        def wait():
            text = ''
            while len([line for line in text.splitlines() if '192.0.2.99' not in line]) < n:
                self.assertTrue(select.select([monitor.stdout], [], [], DEADLINE)[0], text)
                text += os.read(monitor.stdout.fileno(), 65536).decode()
            lab.kill_daemon()
            monitor.kill()

        wait_until(hears, 'a monitor that hears')

        return wait

    def given_back(self, act, undo, n):
        with Lab() as lab:
            make_host(lab)
            found = settled_picture(lab)
            lab.configure(front=BARE)
            if act is not Killed.adopt:
                lab.start_daemon()
                wait_until(lambda: adopted(lab), 'adopted')
            kill = self.changes(lab, n)
            act(lab)
            kill()
            lab.start_daemon()
            undo(lab)
            if lab.bus.group('front'):
                wait_until(lambda: adopted(lab), 'adopted')
                wait_state(lab, 'eth0', 'ok')
                lab.wait_on('eth0', V4, V6)
                delete_group(lab)
            wait_same('as found', found, lab.picture)

    @staticmethod
    def adopt(lab):
        lab.start_daemon()

    @staticmethod
    def fail(lab):
        lab.cable(0, False)

    @staticmethod
    def repair(lab):
        lab.cable(0, True)

    @staticmethod
    def delete(lab):
        lab.spawn(None, IPMPCTL, 'delete', 'front', stdout=subprocess.DEVNULL,
                  stderr=subprocess.DEVNULL)

    def test_while_it_adopts(self):
        for n in (1, 6, 20):
            with self.subTest(n):
                self.given_back(self.adopt, lambda lab: None, n)

    def test_while_it_fails_over(self):
        for n in (1, 4, 12):
            with self.subTest(n):
                self.given_back(self.fail, self.repair, n)

    def test_while_it_gives_back(self):
        for n in (1, 4, 12):
            with self.subTest(n):
                self.given_back(self.delete, lambda lab: None, n)


if __name__ == '__main__':
    tap.main()
