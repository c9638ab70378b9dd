# SPDX-License-Identifier: LGPL-2.1-or-later
"""The real NetworkManager, with members that it manages and members that it leaves alone; the files
that are shipped for it do what they promise."""
import pathlib
import unittest

import tap
from front import V4, V6
from hosted import BARE, Hosted
from lab import Lab, difference, wait_until
from managers import DhcpServer, NetworkManager

SHIPPED = pathlib.Path(__file__).parents[2] / 'data/coexistence'
IGNORE_CARRIER = SHIPPED / 'NetworkManager-ignore-carrier.conf'
UNMANAGED = SHIPPED / 'NetworkManager-unmanaged.conf'
STATIC = ('ipv4.method', 'manual', 'ipv4.addresses', '10.2.0.10/24', 'ipv4.gateway', '10.2.0.1',
          'ipv4.routes', '10.66.0.0/16 10.2.0.1',
          'ipv6.method', 'manual', 'ipv6.addresses', 'fd00:2::10/64', 'ipv6.gateway', 'fd00:2::1')
OTHER = ('ipv4.method', 'manual', 'ipv4.addresses', '10.2.0.11/24', 'ipv6.method', 'manual',
         'ipv6.addresses', 'fd00:2::11/64')
UNAVAILABLE, CONNECTED, UNMANAGED_STATE = 20, 100, 10


class Managed(Hosted):
    def managed(self, *drop_ins, eth0=STATIC, before=None):
        lab = Lab()
        self.addCleanup(lab.close)
        if before:
            before(lab)
        manager = NetworkManager(lab, *drop_ins)
        manager.start()
        self.addCleanup(lambda: manager.process and manager.stop())
        manager.connect('first', 'eth0', *eth0)
        manager.connect('second', 'eth1', *OTHER)
        addresses = [V4] + ([V6] if V6 in ' '.join(eth0) else [])
        wait_until(lambda: all(lab.devices_with(a) == ['eth0'] for a in addresses),
                   'the addresses of the profile')
        self.group(lab, *addresses)
        return lab, manager

    def test_ignoring_the_carrier(self):
        lab, manager = self.managed(IGNORE_CARRIER)
        self.assertEqual(self.codes(), set())
        self.pull()
        # Longer than NetworkManager waits before it takes a device down.
        self.flows[0].after(self.flows[0].look()['sent'] + 500 * 8)
        self.assertTrue(manager.state('eth0').startswith(f'{CONNECTED} '), manager.state('eth0'))
        self.assertEqual(len(lab.ip_json('host', 'route', 'show', '10.66.0.0/16', 'table', 'main')), 1)
        manager.restart()
        lab.wait_on('eth1', *self.addresses)
        self.mend()
        manager.restart()
        manager.wait_state('eth0', CONNECTED)
        self.nothing_lost()
        self.given_back('another order')

    def test_without_the_file_it_flushes_and_is_told(self):
        lab, manager = self.managed()
        self.assertEqual(self.codes(), {('network-manager', 'eth0'), ('network-manager', 'eth1')})
        self.assertEqual(lab.ipmpctl('check', check=False).returncode, 10)
        self.pull()
        manager.wait_state('eth0', UNAVAILABLE)
        self.assertEqual(lab.ip_json('host', 'route', 'show', '10.66.0.0/16', 'table', 'main'), [])
        self.nothing_lost()  # by the copies of its routes
        lab.cable(0, True)
        lab.wait_on('eth0', V4)  # IPv6 only once NetworkManager gives eth0 a link-local address
        wait_until(lambda: lab.ping('cli', V4) and lab.ping('cli', V6), 'reachable')
        self.nothing_lost()

    def test_reapply_puts_its_own_back(self):
        lab, manager = self.managed(IGNORE_CARRIER)
        for _ in range(3):
            manager.nmcli('device', 'reapply', 'eth0')
            lab.wait_on('eth0', *self.addresses)
        self.nothing_lost()
        self.assertEqual({a['state'] for a in lab.bus.group('front')['Addresses']}, {'up'})
        self.pull()
        self.mend()
        self.given_back('another order')

    def test_down_and_up(self):
        lab, manager = self.managed(IGNORE_CARRIER)
        manager.nmcli('connection', 'down', 'first')
        for address in self.addresses:
            wait_until(lambda a=address: not lab.devices_with(a), f'{address} gone')
        wait_until(lambda: {a['address'].split('/')[0]: a['state'] for a in
                            lab.bus.group('front')['Addresses']}[V4] == 'withdrawn', 'withdrawn')
        self.assertEqual(lab.devices_with('10.2.0.11'), ['eth1'])
        manager.nmcli('connection', 'up', 'first')
        lab.wait_on('eth0', *self.addresses)
        wait_until(lambda: lab.ping('cli', V4), 'reachable again')
        self.pull()
        wait_until(lambda: lab.ping('cli', V4), 'reachable')

    def test_offline_before_reapply_keeps_what_is_hosted_there(self):
        lab, manager = self.managed(IGNORE_CARRIER)
        self.pull()
        lab.cable(0, True)
        lab.wait_on('eth0', *self.addresses)
        lab.ipmpctl('offline', 'eth1')
        lab.wait_on('eth0', '10.2.0.11', 'fd00:2::11')
        manager.nmcli('device', 'reapply', 'eth1')
        lab.wait_on('eth0', *self.addresses, '10.2.0.11', 'fd00:2::11')
        lab.ipmpctl('online', 'eth1')
        lab.wait_on('eth1', '10.2.0.11', 'fd00:2::11')
        self.nothing_lost()

    def serve(self, lab):
        self.server = DhcpServer(lab)
        self.server.start(eth0=V4)

    def test_a_lease(self):
        lab, manager = self.managed(IGNORE_CARRIER, before=self.serve,
                                    eth0=('ipv4.method', 'auto', 'ipv6.method', 'ignore'))
        self.server.wait_granted('at home')
        self.pull()
        self.mend()
        self.server.wait_granted('at home again')
        manager.restart()
        manager.wait_state('eth0', CONNECTED)
        wait_until(lambda: lab.on(V4, 'eth0'), 'the lease at home')
        wait_until(lambda: lab.bus.group('front')['State'] == 'ok', 'a group without a fault')
        self.nothing_lost()


class LeftAlone(unittest.TestCase):
    def test_unmanaged(self):
        lab = Lab(addresses=[(0, '10.2.0.10/24'), (0, 'fd00:2::10/64'), (1, '10.2.0.11/24')])
        self.addCleanup(lab.close)
        lab.add_default_routes()
        manager = NetworkManager(lab, UNMANAGED)
        manager.start()
        self.addCleanup(manager.stop)
        before = lab.picture()
        lab.configure(front=BARE)
        lab.start_daemon()
        wait_until(lambda: lab.bus.place('front', V6) == 'eth0', 'adopted')
        self.assertTrue(manager.state('eth0').startswith(f'{UNMANAGED_STATE} '))
        self.assertNotIn('NetworkManager', lab.ipmpctl('check', check=False).stdout)
        flow = lab.flow('udp', 'cli', 'host', V6, 7000, 500)
        flow.after(50)
        lab.cable(0, False)
        lab.wait_on('eth1', V4, V6)
        manager.restart()
        lab.cable(0, True)
        lab.wait_on('eth0', V4, V6)
        flow.unbroken()
        lab.ipmpctl('delete', 'front')
        self.assertEqual([line for line in difference(before, lab.picture())
                          if not line.startswith('neigh')], [])


if __name__ == '__main__':
    tap.main()
