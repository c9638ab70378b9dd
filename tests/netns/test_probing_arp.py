# SPDX-License-Identifier: LGPL-2.1-or-later
"""Probing by ARP disturbs nobody: members send from their own address or from 0.0.0.0, no neighbour's
table is poisoned, nobody who is just taking an address is made to give it up."""
import sys
import unittest

import tap
from front import wait_state
from lab import member_mac, read_line, wait_until
from probing import (DATA, Sniffer, Story, drop_to_host, mac_bytes, probe_lab, three_groups)

GROUP = '''[Group]
FailureDetectionTime={fdt}
ProbeTargets={targets}
ProbeMethod=arp
[Interface eth0]
Addresses=10.2.0.10/24
[Interface eth1]
'''


class Senders(unittest.TestCase):
    def requests(self, sniffer, count, target='10.4.0.1'):
        """So many for the target."""
        found = []

        def enough():
            found.extend(r for r in sniffer.arp_requests() if r[3] == target)
            return len(found) >= count
        wait_until(enough, f'{count} ARP requests for {target}')
        return found

    def only_from(self, requests, number, sender):
        mac = member_mac(number)
        self.assertEqual({request[:3] for request in requests}, {(mac, mac, sender)})

    def test_own_address_or_none_and_no_table_is_poisoned(self):
        with three_groups(groups=('arp',)) as lab:
            address = DATA['arp']
            self.assertTrue(lab.ping('rtr', address))
            tables = lab.spawn('rtr', 'ip', 'monitor', 'neigh', stdout=open(
                lab.directory / 'neigh', 'w', encoding='utf-8'))
            story = Story(lab)
            with Sniffer(lab, 'lan', 'p4') as home, Sniffer(lab, 'lan', 'p5') as other:
                self.only_from(self.requests(home, 100), 4, address)
                self.only_from(self.requests(other, 100), 5, '0.0.0.0')
                self.assertEqual(self.known(lab, address), {member_mac(4)})

                # What comes from eth4 still reaches everybody: nothing of it may say that the
                # address is there.
                drop_to_host(lab, 4, True)
                story.wait(interface='eth4', to='failed', reason='probe-failure')
                lab.wait_on('eth5', address)
                wait_until(lambda: lab.router_neighbour(address) == member_mac(5),
                           'the router knows of the move', deadline=0.5)
                (lab.directory / 'neigh').write_text('', encoding='utf-8')
                home.frames()
                other.frames()
                self.only_from(self.requests(home, 100), 4, '0.0.0.0')
                self.only_from(self.requests(other, 100), 5, address)
                self.assertTrue(lab.ping('rtr', address))
                self.assertLessEqual(self.known(lab, address), {member_mac(5)})
                self.assertEqual(lab.router_neighbour(address), member_mac(5))

                drop_to_host(lab, 4, False)
                lab.wait_on('eth4', address)
                wait_until(lambda: lab.router_neighbour(address) == member_mac(4),
                           'the router knows of the return', deadline=0.5)
            self.assertIsNone(tables.poll())

    @staticmethod
    def known(lab, address):
        """The hardware addresses that the router had for it, now or since the file was emptied."""
        found = {lab.router_neighbour(address)}
        for line in (lab.directory / 'neigh').read_text(encoding='utf-8').splitlines():
            words = line.strip('\0').split()
            if address in words and 'lladdr' in words:
                found.add(words[words.index('lladdr') + 1])
        return found

    def test_with_a_test_address_it_is_the_sender(self):
        config = GROUP.format(fdt='100ms', targets='10.2.0.1') + 'TestAddresses=10.2.0.211/24\n'
        with probe_lab({'front': config}) as lab:
            lab.wait_probed('eth0', 'eth1')
            with Sniffer(lab, 'lan', 'p0') as home, Sniffer(lab, 'lan', 'p1') as other:
                self.only_from(self.requests(home, 50, '10.2.0.1'), 0, '10.2.0.10')
                self.only_from(self.requests(other, 50, '10.2.0.1'), 1, '10.2.0.211')


class Acquiring(unittest.TestCase):
    """A station of systemd-networkd takes 10.2.0.50 with conflict detection (RFC 5227), while it is a
    configured target; and, to see that it would notice, 10.2.0.60, for which somebody else probes."""

    NETWORKD = '''mkdir -p /run/systemd
mount -t tmpfs tmpfs /run/systemd
mkdir -p /run/systemd/netif/links /run/systemd/netif/leases /run/systemd/netif/lldp /run/systemd/network
chown -R systemd-network: /run/systemd/netif
mount -o remount,ro /sys
export DBUS_SYSTEM_BUS_ADDRESS=unix:path=/run/systemd/no-bus
printf '[Match]\\nName=eth0\\n[Network]\\nLinkLocalAddressing=no\\nIPv6AcceptRA=no\\n[Address]\\n\
Address=%s/24\\nDuplicateAddressDetection=ipv4\\n' "$1" >/run/systemd/network/10-eth0.network
exec /lib/systemd/systemd-networkd
'''

    def begin(self, lab, name, address):
        path = lab.directory / f'{name}.log'
        with open(path, 'w', encoding='utf-8') as log:
            lab.spawn(name, 'sh', '-ec', self.NETWORKD, 'networkd', address, stdout=log, stderr=-2)
        return path

    @staticmethod
    def has(lab, name, address):
        return any(info['local'] == address for link in lab.ip_json(name, '-4', 'addr')
                   for info in link['addr_info'])

    def test_a_target_that_takes_its_address_keeps_it(self):
        # the only target: else it would rest as a dead one, and nobody ask it for a minute
        config = GROUP.format(fdt='100ms', targets='10.2.0.50')
        with probe_lab({'front': config}, stations=('one', 'two')) as lab:
            lab.wait_probes('eth0', 100, 'probes-lost')
            sniffer = Sniffer(lab, 'lan', 's0')
            log = self.begin(lab, 'one', '10.2.0.50')
            other_log = self.begin(lab, 'two', '10.2.0.60')
            disturber = lab.spawn('lan', sys.executable, '-c', DISTURBER, 's1', stdout=-1)
            self.assertEqual(read_line(disturber, 'the disturber'), 'begun')
            wait_until(lambda: self.has(lab, 'one', '10.2.0.50'),
                       f'10.2.0.50 taken ({log.read_text(encoding="utf-8")})')
            lab.wait_probed('eth0', 'eth1')
            with sniffer:
                probes = [r for r in sniffer.arp_requests() if r[3] == '10.2.0.50']
                self.assertIn(('0.0.0.0', '02:00:00:00:01:00'), {(r[2], r[0]) for r in probes},
                              'it did look for a conflict')
            lab.wait_probes('eth1', 50, 'probes-acked')
            self.assertTrue(self.has(lab, 'one', '10.2.0.50'), log.read_text(encoding='utf-8'))
            wait_until(lambda: 'onflict' in other_log.read_text(encoding='utf-8'),
                       f'the disturbed one sees a conflict ({other_log.read_text()})')
            self.assertFalse(self.has(lab, 'two', '10.2.0.60'))


# ARP requests for 10.2.0.60 from 0.0.0.0, ten a second.
DISTURBER = f'''
import select, socket, sys
wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
wire.bind((sys.argv[1], 0))
mac = {mac_bytes("02:00:00:00:02:00")!r}
frame = b'\\xff' * 6 + mac + bytes.fromhex('080600010800060400 01'.replace(' ', '')) + mac \\
    + bytes(4) + bytes(6) + socket.inet_aton('10.2.0.60')
print('begun', flush=True)
while True:
    wire.send(frame)
    select.select([], [], [], 0.1)
'''


if __name__ == '__main__':
    tap.main()
