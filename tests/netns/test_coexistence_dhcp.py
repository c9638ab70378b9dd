# SPDX-License-Identifier: LGPL-2.1-or-later
"""ISC dhclient and udhcpc on a member: what they lease moves, is renewed wherever it is, and ends
when the lease does."""
import time
import unittest

import tap
from front import wait_state
from lab import Lab, difference, wait_until
from managers import DhcpServer, Dhclient, Udhcpc

BARE = '[Group]\n[Interface eth0]\n[Interface eth1]\n'
LEASED, OTHER = '10.2.0.100', '10.2.0.120'
SHORT = 15


def remaining(lab, device, address):
    """Seconds that are left of it there; None: it is not there, or has no end."""
    for link in lab.ip_json('host', 'addr', 'show', 'dev', device):
        for info in link['addr_info']:
            if info.get('local') == address:
                left = info.get('valid_life_time')
                return left if left is not None and left < 2 ** 32 - 1 else None
    return None


def default_routes(lab):
    return [route for route in lab.ip_json('host', 'route', 'show', 'default')
            if route.get('protocol') != '73']


class Leases(unittest.TestCase):
    def leased(self, client, **options):
        """A lease on eth0, a fixed address on eth1, a group of both, packets to the lease."""
        self.lab = lab = Lab()
        self.addCleanup(lab.close)
        self.server = DhcpServer(lab, **options)
        self.server.start(eth0=LEASED)
        self.client = client(lab)
        self.client.start()
        wait_until(lambda: lab.devices_with(LEASED), f'a lease: {self.client.log_text()}')
        wait_until(lambda: default_routes(lab), 'a default route by the client')
        lab.add_address(1, '10.2.0.11/24')
        self.before = lab.picture()
        lab.configure(front=BARE)
        lab.start_daemon()
        wait_until(lambda: lab.bus.place('front', LEASED) == 'eth0', 'the lease adopted')
        self.flow = lab.flow('udp', 'cli', 'host', LEASED, 7000, 500)
        self.flow.after(50)
        return lab

    def wait_renewed(self, device, what):
        """Twice, and the later end is in force where the address is."""
        def end():
            left = remaining(lab, device, LEASED)
            return left and time.monotonic() + left

        lab = self.lab
        before = wait_until(end, f'a lease on {device}')
        self.server.wait_granted(what, 2)
        wait_until(lambda: (end() or 0) > before + 1, f'its new end {what}')
        lab.wait_on(device, LEASED)

    def nothing_lost(self):
        report = self.flow.settled()
        self.assertEqual(report['lost'], 0, f'{report}\n{self.lab.ipmpctl("history").stdout}\n'
                         f'{self.client.log_text()}')

    def given_back(self, *accepted):
        self.lab.ipmpctl('delete', 'front')
        changes = [line for line in difference(self.before, self.lab.picture())
                   if not line.startswith('neigh') and not any(word in line for word in accepted)]
        self.assertEqual(changes, [])

    def test_dhclient_renews_at_home_and_away(self):
        lab = self.leased(Dhclient)
        self.wait_renewed('eth0', 'on a healthy member')
        lab.ipmpctl('offline', 'eth0')
        lab.wait_on('eth1', LEASED)
        self.wait_renewed('eth1', 'on a member out of service')
        self.assertEqual(lab.bus.interface('eth0')['State'], 'offline')
        self.nothing_lost()
        lab.ipmpctl('online', 'eth0')
        lab.wait_on('eth0', LEASED)
        self.wait_renewed('eth0', 'at home again')
        self.nothing_lost()
        self.given_back()

    def test_udhcpc_renews_at_home(self):
        """And after the address was away. What udhcpc does on a member that is out of service is in
        ipmp(7): a renewal that is not answered there takes the default route off the host."""
        lab = self.leased(Udhcpc)

        def renew():
            count = self.server.granted()
            self.client.renew()
            wait_until(lambda: self.server.granted() > count, 'a renewal')
            lab.wait_on('eth0', LEASED)

        renew()
        self.nothing_lost()
        lab.ipmpctl('offline', 'eth0')
        lab.wait_on('eth1', LEASED)
        lab.ipmpctl('online', 'eth0')
        lab.wait_on('eth0', LEASED)
        renew()
        self.nothing_lost()
        self.given_back('route -4: another order')  # it has put its address on eth0 itself

    def test_a_lease_ends_where_it_is(self):
        lab = self.leased(Dhclient, lease=SHORT)
        self.server.stop()
        lab.cable(0, False)
        lab.wait_on('eth1', LEASED)
        self.assertLessEqual(remaining(lab, 'eth1', LEASED), SHORT)
        wait_until(lambda: not lab.devices_with(LEASED), 'the lease over')
        wait_until(lambda: LEASED not in lab.run(None, 'ip', '-n', 'host', 'addr').stdout,
                   'no anchor of it')
        self.server.start(eth0=LEASED)
        lab.cable(0, True)
        wait_until(lambda: lab.bus.place('front', LEASED) == 'eth0', 'leased anew')
        wait_until(lambda: lab.ping('cli', LEASED), 'reachable')

    def test_a_release(self):
        for client in (Dhclient, Udhcpc):
            with self.subTest(client.__name__):
                lab = self.leased(client)
                self.nothing_lost()
                self.client.release()
                wait_until(lambda: LEASED not in lab.run(None, 'ip', '-n', 'host', 'addr').stdout,
                           'the address gone everywhere')
                self.assertEqual(lab.devices_with('10.2.0.11'), ['eth1'])
                wait_state(lab, 'eth0', 'ok')
                lab.close()

    def test_another_address(self):
        lab = self.leased(Udhcpc)
        self.server.stop()
        self.server.start(eth0=OTHER)
        self.client.renew()
        wait_until(lambda: lab.bus.place('front', OTHER) == 'eth0', 'the new lease adopted')
        wait_until(lambda: default_routes(lab), 'its default route')
        self.assertEqual(lab.devices_with(LEASED), [])
        lab.cable(0, False)
        lab.wait_on('eth1', OTHER)
        wait_until(lambda: lab.ping('cli', OTHER), f'reachable: {lab.describe()}')
        self.assertEqual(lab.devices_with(LEASED), [])


if __name__ == '__main__':
    tap.main()
