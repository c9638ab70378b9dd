# SPDX-License-Identifier: LGPL-2.1-or-later
"""Router advertisements, taken by the kernel itself: its default routes are followed until the router
withdraws, and the addresses that it makes of prefixes move without loss or doubles."""
import unittest

import tap
from front import V4, V6, wait_state
from lab import Lab, difference, wait_until
from managers import advertise, advertise_on

BARE = '[Group]\n[Interface eth0]\n[Interface eth1]\n'
PREFIX = 'prefix=fd00:9::/64,600,300'
MADE = ('fd00:9::ff:fe00:10', 'fd00:9::ff:fe00:11')


def copies(lab):
    return lab.ip_json('host', '-6', 'route', 'show', 'default', 'table', '7301')


def autoconf(lab, device):
    return lab.sysctl('host', f'net.ipv6.conf.{device}.autoconf')


def remaining(lab, device, address):
    for link in lab.ip_json('host', 'addr', 'show', 'dev', device):
        for info in link['addr_info']:
            if info.get('local') == address:
                return info['valid_life_time']
    return 0


def temporary_of(lab, device):
    return [info for link in lab.ip_json('host', 'addr', 'show', 'dev', device)
            for info in link['addr_info'] if info.get('temporary')]


class Advertised(unittest.TestCase):
    def advertised(self, temporary=0):
        self.lab = lab = Lab(addresses=[(0, f'{V4}/24'), (0, f'{V6}/64'), (1, '10.2.0.11/24')])
        self.addCleanup(lab.close)
        for device in ('eth0', 'eth1'):
            lab.sysctl('host', f'net.ipv6.conf.{device}.use_tempaddr', temporary)
        lab.ip('rtr', 'addr add fd00:9::1/64 dev eth0 nodad')
        advertise(lab, PREFIX)
        for device, address in zip(('eth0', 'eth1'), MADE):
            wait_until(lambda d=device, a=address: lab.devices_with(a) == [d], f'{address} made')
        self.before = lab.picture()
        lab.configure(front=BARE)
        lab.start_daemon()
        wait_until(lambda: lab.bus.place('front', V6) == 'eth0', 'adopted')
        wait_until(lambda: copies(lab), 'its default route followed')
        self.flow = lab.flow('udp', 'cli', 'host', V6, 7000, 500)
        self.flow.after(50)
        return lab

    def test_its_default_route(self):
        lab = self.advertised()
        lab.cable(0, False)
        lab.wait_on('eth1', V6)
        wait_until(lambda: lab.ping('host', 'fd00:3::2'), 'reachable')
        advertise(lab, PREFIX)
        lab.cable(0, True)
        lab.wait_on('eth0', V6)
        advertise(lab, PREFIX)
        self.flow.unbroken()
        wait_until(lambda: len(copies(lab)) == 1, 'one copy')
        lab.ipmpctl('delete', 'front')
        self.assertEqual([line for line in difference(self.before, lab.picture())
                          if not line.startswith('neigh')], [])

    def test_the_router_withdraws(self):
        lab = self.advertised()
        advertise(lab, 'lifetime=0')
        wait_until(lambda: not copies(lab), 'the copy of its default route gone')
        self.assertFalse(lab.ping('host', 'fd00:3::2'))
        advertise(lab, PREFIX)
        wait_until(lambda: copies(lab), 'followed again')
        wait_until(lambda: lab.ping('host', 'fd00:3::2'), 'reachable again')

    def test_addresses_move(self):
        lab = self.advertised()
        advertise_on(lab, PREFIX)
        flow = lab.flow('udp', 'rtr', 'host', MADE[0], 7001, 500)
        flow.after(50)
        for _ in range(2):
            lab.cable(0, False)
            lab.wait_on('eth1', MADE[0], MADE[1])
            wait_until(lambda: autoconf(lab, 'eth0') == '0', 'its home makes no other')
            self.assertEqual(autoconf(lab, 'eth1'), '1')
            lab.cable(0, True)
            lab.wait_on('eth0', MADE[0])
            lab.wait_on('eth1', MADE[1])
            wait_until(lambda: autoconf(lab, 'eth0') == '1', 'its home as before')
        flow.unbroken()

    def test_temporary_addresses_move(self):
        """Two failovers long: it is where its home's others are, never twice, and answers."""
        lab = self.advertised(2)
        first = [info['local'] for info in temporary_of(lab, 'eth0')]
        self.assertEqual(len(first), 1)
        advertise_on(lab, PREFIX)
        flow = lab.flow('udp', 'rtr', 'host', first[0], 7001, 500)
        flow.after(50)
        for _ in range(2):
            lab.cable(0, False)
            lab.wait_on('eth1', MADE[0], first[0])
            lab.cable(0, True)
            lab.wait_on('eth0', MADE[0], first[0])
        flow.unbroken()
        # what the kernel makes when the advertised one is back is followed, too
        for device in ('eth0', 'eth1'):
            for info in temporary_of(lab, device):
                wait_until(lambda d=device, a=info['local']: lab.bus.place('front', a) == d,
                           f'{info} known')
        everywhere = [info['local'] for link in lab.ip_json('host', 'addr')
                      for info in link['addr_info']
                      if link['ifname'] != 'lo' and info['scope'] == 'global']
        self.assertEqual(len(everywhere), len(set(everywhere)), everywhere)
        source = lab.ip_json('host', 'route', 'get', 'fd00:9::1')[0]['prefsrc']
        self.assertIn(source, MADE)
        lab.ipmpctl('delete', 'front')
        self.assertEqual(lab.devices_with(first[0]), ['eth0'])

    def test_home_with_link_makes_no_double(self):
        """Out of service, but hearing the router all the time."""
        lab = self.advertised()
        lab.ipmpctl('offline', 'eth0')
        lab.wait_on('eth1', MADE[0])
        wait_until(lambda: autoconf(lab, 'eth0') == '0', 'its home makes no other')
        for _ in range(5):
            advertise(lab, PREFIX)
        lab.wait_on('eth1', MADE[0])
        wait_until(lambda: lab.ping('rtr', MADE[0]), 'reachable')
        lab.ipmpctl('online', 'eth0')
        lab.wait_on('eth0', MADE[0])
        advertise(lab, PREFIX)
        lab.wait_on('eth0', MADE[0])

    def test_autoconf_that_was_turned_off_meanwhile(self):
        """After the group was made: that is what is put back."""
        lab = self.advertised()
        lab.sysctl('host', 'net.ipv6.conf.eth0.autoconf', 0)
        for _ in range(2):
            lab.cable(0, False)
            lab.wait_on('eth1', MADE[0])
            lab.cable(0, True)
            lab.wait_on('eth0', MADE[0])
            wait_state(lab, 'eth0', 'ok')
            wait_until(lambda: lab.bus.interface('eth0')['Active'], 'active')
        lab.ipmpctl('delete', 'front')
        self.assertEqual(autoconf(lab, 'eth0'), '0')

    def test_lifetimes_follow(self):
        lab = self.advertised()
        lab.cable(0, False)
        lab.wait_on('eth1', MADE[0])
        advertise(lab, 'prefix=fd00:9::/64,9000,9000')
        wait_until(lambda: remaining(lab, 'eth1', MADE[0]) > 8000, 'the new lifetime')
        lab.wait_on('eth1', MADE[0])


if __name__ == '__main__':
    tap.main()
