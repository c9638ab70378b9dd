# SPDX-License-Identifier: LGPL-2.1-or-later
"""Addresses that are there already become the group's, untouched until they have to move; then they
keep what makes them what they are."""
import unittest

import tap
from front import V4, V6, call_group, front_lab
from lab import Lab, wait_until

BARE = '[Group]\n[Interface eth0]\n[Interface eth1]\n'
OWN = [(0, '10.2.0.10/24'), (0, '10.2.0.12/24'), (0, 'fd00:2::10/64'), (1, '10.2.0.11/24'),
       (1, 'fd00:2::11/64')]


def members_only(picture):
    return [line for line in picture['addr'] if '"eth' in line]


def address_info(lab, device, address):
    for link in lab.ip_json('host', 'addr', 'show', 'dev', device):
        for info in link['addr_info']:
            if info.get('local') == address:
                return info
    return None


class Adoption(unittest.TestCase):
    def test_adopting_touches_nothing(self):
        with Lab(addresses=OWN) as lab:
            lab.add_default_routes()
            lab.configure(front=BARE)
            before = lab.picture()
            flow = lab.flow('udp', 'rtr', 'host', V4, 7000, 1000)
            wait_until(lambda: flow.look()['answered'] > 50, 'packets')
            lab.start_daemon()
            wait_until(lambda: len((lab.bus.group('front') or {'Addresses': ()})['Addresses']) == 5,
                       'five adopted addresses')
            entries = {a['address']: a for a in lab.bus.group('front')['Addresses']}
            self.assertEqual({a['source'] for a in entries.values()}, {'adopted'})
            self.assertEqual(entries['10.2.0.10/24']['home'], '/org/ipmp/interface/eth0')
            self.assertEqual(entries['fd00:2::11/64']['home'], '/org/ipmp/interface/eth1')
            after = lab.picture()
            self.assertEqual(members_only(before), members_only(after))
            # foreign routes stay as they are, whatever is put in front of them
            for family in ('-4', '-6'):
                gone = [r for r in before[f'route {family}'] if r not in after[f'route {family}']]
                self.assertEqual(gone, [])
            report = flow.finish()
            self.assertEqual(report['lost'] + report['unanswered'], 0, report)

    def test_a_multipath_route_that_leads_elsewhere_too(self):
        with Lab(addresses=OWN) as lab:
            lab.ip('host', 'link add eth9 type veth peer name w9', 'link set eth9 up',
                   'link set w9 up', 'addr add 10.99.0.1/24 dev eth9',
                   'route add 10.66.0.0/16 nexthop via 10.2.0.1 dev eth0 nexthop via 10.99.0.2 dev eth9',
                   'route add 10.67.0.0/16 nexthop via 10.2.0.1 dev eth0 nexthop via 10.2.0.1 dev eth1')
            lab.configure(front=BARE)
            lab.start_daemon()

            def copies():
                return [route['dst'] for route in lab.ip_json('host', 'route', 'show', 'table', '7300')]

            wait_until(lambda: copies() == ['10.67.0.0/16'],
                       f'the one that is the group\'s alone copied, the other not: {copies()}', 5)

    def test_adopted_addresses_fail_over_and_return(self):
        with front_lab(BARE, addresses=OWN) as lab:
            wait_until(lambda: lab.bus.place('front', V4) == 'eth0', 'adopted')
            lab.cable(0, False)
            lab.wait_on('eth1', V4, '10.2.0.12', V6)
            self.assertTrue(lab.ping('rtr', V4))
            lab.cable(0, True)
            lab.wait_on('eth0', V4, '10.2.0.12', V6)
            self.assertTrue(lab.ping('rtr', V4))

    def test_an_address_that_somebody_adds_later(self):
        with front_lab(BARE, addresses=OWN) as lab:
            wait_until(lambda: lab.bus.place('front', V4) == 'eth0', 'adopted')
            lab.add_address(0, '10.2.0.50/24')
            wait_until(lambda: lab.bus.place('front', '10.2.0.50') == 'eth0', 'the newcomer')
            lab.cable(0, False)
            lab.wait_on('eth1', '10.2.0.50')

    def test_an_address_that_somebody_deletes_stays_deleted(self):
        with front_lab(BARE, addresses=OWN) as lab:
            wait_until(lambda: lab.bus.place('front', V4) == 'eth0', 'adopted')
            lab.ip('host', f'addr del {V4}/24 dev eth0')
            wait_until(lambda: 'withdrawn' in [a['state'] for a in
                                               lab.bus.group('front')['Addresses']
                                               if a['address'] == f'{V4}/24'], 'withdrawn')
            lab.cable(0, False)
            lab.wait_on('eth1', '10.2.0.12')
            self.assertEqual(lab.devices_with(V4), [])
            call_group(lab, 'AddAddress', f'{V4}/24', interface='eth0')
            lab.wait_on('eth1', V4)

    def test_lifetimes_label_and_flags_go_along(self):
        with Lab(addresses=[(0, '10.2.0.9/24'), (1, '10.2.0.11/24')]) as lab:
            lab.add_address(0, '10.2.0.10/24', 'valid_lft 4000 preferred_lft 3000 label eth0:web')
            lab.add_address(0, 'fd00:2::10/64', 'valid_lft 4000 preferred_lft 3000')
            lab.add_address(0, 'fd00:2::13/64', 'preferred_lft 0')
            lab.configure(front=BARE)
            lab.start_daemon()
            wait_until(lambda: lab.bus.place('front', 'fd00:2::13') == 'eth0', 'adopted')
            lab.cable(0, False)
            lab.wait_on('eth1', '10.2.0.10', 'fd00:2::10', 'fd00:2::13')
            for address in ('10.2.0.10', 'fd00:2::10'):
                info = address_info(lab, 'eth1', address)
                self.assertTrue(3900 < info['valid_life_time'] <= 4000, info)
                self.assertTrue(2900 < info['preferred_life_time'] <= 3000, info)
            info = address_info(lab, 'eth1', 'fd00:2::13')
            self.assertTrue(info.get('deprecated'), info)
            self.assertEqual(info['preferred_life_time'], 0)
            lab.cable(0, True)
            lab.wait_on('eth0', '10.2.0.10', 'fd00:2::10', 'fd00:2::13')
            self.assertEqual(address_info(lab, 'eth0', '10.2.0.10')['label'], 'eth0:web')
            self.assertTrue(address_info(lab, 'eth0', 'fd00:2::13').get('deprecated'))


if __name__ == '__main__':
    tap.main()
