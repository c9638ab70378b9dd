# SPDX-License-Identifier: LGPL-2.1-or-later
"""The real systemd-networkd, with members that it configures and members that it leaves alone; the
files that are shipped for it do what they promise."""
import pathlib
import unittest

import tap
from front import V4, V6
from hosted import BARE, Hosted
from lab import Lab, difference, wait_until
from managers import DhcpServer, Networkd, advertise_on

SHIPPED = pathlib.Path(__file__).parents[2] / 'data/coexistence'
STATIC = '''[Match]
Name=eth0

[Network]
IPv6AcceptRA=no
Address=10.2.0.10/24
Address=fd00:2::10/64
Gateway=10.2.0.1
Gateway=fd00:2::1

[Route]
Destination=10.66.0.0/16
Gateway=10.2.0.1
'''
OTHER = '''[Match]
Name=eth1

[Network]
IPv6AcceptRA=no
Address=10.2.0.11/24
Address=fd00:2::11/64
'''
LEASE = '''[Match]
Name=eth0

[Network]
DHCP=ipv4
IPv6AcceptRA=no
'''
ADVERTISED = '''[Match]
Name=eth0

[Network]
Address=10.2.0.10/24
Gateway=10.2.0.1
IPv6AcceptRA=yes
'''


class Managed(Hosted):
    def managed(self, eth0=STATIC, keep=True, addresses=(V4, V6), before=None):
        lab = Lab()
        self.addCleanup(lab.close)
        if before:
            before(lab)
        self.manager = manager = Networkd(lab)
        manager.write('10-eth0.network', eth0)
        manager.write('10-eth1.network', OTHER)
        if keep:
            text = (SHIPPED / 'networkd-member.conf').read_text(encoding='utf-8')
            manager.write('network/10-eth0.network.d/ipmp.conf', text)
            manager.write('network/10-eth1.network.d/ipmp.conf', text)
            manager.write('networkd.conf.d/ipmp.conf',
                          (SHIPPED / 'networkd-foreign.conf').read_text(encoding='utf-8'))
        manager.start()
        self.addCleanup(manager.stop)
        manager.wait_setup('eth0')
        manager.wait_setup('eth1')
        wait_until(lambda: all(lab.devices_with(a) == ['eth0'] for a in addresses), 'its addresses')
        self.group(lab, *addresses, v6_from='rtr')
        return lab, manager

    def mend(self):
        super().mend()
        self.manager.wait_setup('eth0')
        self.nothing_lost()

    def its_routes(self):
        return len(self.lab.ip_json('host', 'route', 'show', '10.66.0.0/16', 'table', 'main'))

    def test_keeping_what_is_there(self):
        lab, manager = self.managed()
        self.assertEqual(self.codes(), set())
        self.pull()
        self.assertEqual(self.its_routes(), 1)
        manager.networkctl('reload')
        manager.restart()
        manager.wait_setup('eth0')
        self.assertEqual(self.its_routes(), 1)
        lab.wait_on('eth1', *self.addresses)
        self.nothing_lost()
        lab.cable(0, True)
        lab.wait_on('eth0', *self.addresses)
        self.nothing_lost()
        manager.restart()
        manager.wait_setup('eth0')
        manager.networkctl('reload')
        self.nothing_lost()
        lab.wait_on('eth0', *self.addresses)
        self.given_back()

    def test_without_the_file_it_flushes_and_is_told(self):
        lab, manager = self.managed(keep=False)
        self.assertEqual(self.codes(), {('networkd', 'eth0'), ('networkd', 'eth1')})
        self.assertEqual(lab.ipmpctl('check', check=False).returncode, 10)
        self.pull()
        wait_until(lambda: self.its_routes() == 0, 'its routes taken off')
        self.nothing_lost()  # by the copies of its routes
        self.mend()
        wait_until(lambda: self.its_routes() == 1, 'its routes put back')
        self.given_back('another order')

    def test_reconfigured(self):
        lab, manager = self.managed()
        for _ in range(3):
            manager.reconfigure('eth0')
            lab.wait_on('eth0', *self.addresses)
        wait_until(lambda: {a['state'] for a in lab.bus.group('front')['Addresses']} == {'up'}, 'up')
        # For some 20 ms its routes are gone, as on any host. Only where networkd is so slow that an
        # address was taken for withdrawn it was gone, too.
        slow = 'withdrawn' in lab.ipmpctl('history').stdout
        self.accept_losses(**({} if slow else {'forward': 0}))
        self.pull()
        self.mend()

    def test_reconfigured_where_others_are_hosted(self):
        lab, manager = self.managed()
        self.pull()
        manager.reconfigure('eth1')
        lab.wait_on('eth1', *self.addresses)
        self.mend()

    def serve(self, lab):
        self.server = DhcpServer(lab)
        self.server.start(eth0=V4)

    def test_a_lease(self):
        lab, manager = self.managed(LEASE, addresses=(V4,),
                                    before=self.serve)
        self.server.wait_granted('at home')
        self.pull()
        self.mend()
        self.server.wait_granted('at home again')
        manager.restart()
        manager.wait_setup('eth0')
        lab.wait_on('eth0', V4)
        self.nothing_lost()

    def test_advertised(self):
        """An address that networkd makes of an advertised prefix, in the kernel's place."""
        lab, _ = self.managed(ADVERTISED, addresses=(V4,), before=lambda lab: advertise_on(
            lab, 'prefix=fd00:9::/64,600,300'))
        made = 'fd00:9::ff:fe00:10'
        wait_until(lambda: lab.bus.place('front', made) == 'eth0', 'adopted')
        lab.ip('rtr', 'addr add fd00:9::1/64 dev eth0 nodad')
        self.pull()
        lab.wait_on('eth1', made)
        wait_until(lambda: lab.ping('rtr', made), 'reachable')
        self.mend()
        lab.wait_on('eth0', made)
        wait_until(lambda: lab.ping('rtr', made), 'reachable')


class LeftAlone(unittest.TestCase):
    def test_unmanaged(self):
        lab = Lab(addresses=[(0, '10.2.0.10/24'), (0, 'fd00:2::10/64'), (1, '10.2.0.11/24')])
        self.addCleanup(lab.close)
        lab.add_default_routes()
        manager = Networkd(lab)
        manager.write('10-ipmp.network',
                      (SHIPPED / 'networkd-unmanaged.network').read_text(encoding='utf-8'))
        manager.write('20-all.network', '[Match]\nName=eth*\n[Network]\nDHCP=yes\n')
        manager.start()
        self.addCleanup(manager.stop)
        manager.wait_setup('eth0', 'unmanaged')
        before = lab.picture()
        lab.configure(front=BARE)
        lab.start_daemon()
        wait_until(lambda: lab.bus.place('front', V6) == 'eth0', 'adopted')
        self.assertNotIn('networkd', lab.ipmpctl('check', check=False).stdout)
        lab.cable(0, False)
        lab.wait_on('eth1', V4, V6)
        manager.restart()
        lab.cable(0, True)
        lab.wait_on('eth0', V4, V6)
        manager.networkctl('reload')
        self.assertEqual({a['state'] for a in lab.bus.group('front')['Addresses']}, {'up'})
        lab.ipmpctl('delete', 'front')
        self.assertEqual([line for line in difference(before, lab.picture())
                          if not line.startswith('neigh')], [])


if __name__ == '__main__':
    tap.main()
