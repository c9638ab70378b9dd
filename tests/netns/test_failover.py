# SPDX-License-Identifier: LGPL-2.1-or-later
"""Addresses of both families leave a member that fails and return to one that is repaired."""
import time
import unittest

import tap
from front import EVENTS, FRONT, V4, V6, front_lab, reload, wait_group, wait_state
from lab import member_mac, wait_until

STANDBY = '''[Group]

[Interface eth0]
Addresses=10.2.0.10/24 fd00:2::10/64

[Interface eth1]
Standby=yes
'''


class Failover(unittest.TestCase):
    def fail_and_repair(self, event):
        break_it, mend_it, reason, state = EVENTS[event]
        with front_lab() as lab:
            lab.wait_on('eth0', V4, V6)
            for address in (V4, V6):
                self.assertTrue(lab.ping('rtr', address))
                self.assertEqual(lab.router_neighbour(address), member_mac(0))

            break_it(lab)
            lab.wait_on('eth1', V4, V6)
            for address in (V4, V6):
                wait_until(lambda a=address: lab.router_neighbour(a) == member_mac(1),
                           f'the router knows that {address} moved', deadline=0.5)
                self.assertTrue(lab.ping('rtr', address))
            wait_state(lab, 'eth0', state)
            eth0 = lab.bus.interface('eth0')
            self.assertEqual(eth0['Reason'], reason)
            self.assertFalse(eth0['Active'])
            self.assertEqual([lab.bus.place('front', a) for a in (V4, V6)], ['eth1', 'eth1'])
            group = lab.bus.group('front')
            self.assertEqual(group['State'], 'degraded')
            self.assertGreaterEqual(group['Failovers'], 1)

            mend_it(lab)
            lab.wait_on('eth0', V4, V6)
            lab.wait_on('eth1', '10.2.0.11', 'fd00:2::11')
            for address in (V4, V6):
                wait_until(lambda a=address: lab.router_neighbour(a) == member_mac(0),
                           f'the router knows that {address} returned', deadline=0.5)
                self.assertTrue(lab.ping('rtr', address))
            wait_group(lab, 'ok')
            self.assertEqual([lab.bus.place('front', a) for a in (V4, V6)], ['eth0', 'eth0'])

    def test_carrier_loss(self):
        self.fail_and_repair('carrier')

    def test_admin_down(self):
        self.fail_and_repair('admin')

    def test_device_deletion(self):
        self.fail_and_repair('unplug')

    def test_the_other_member_too(self):
        with front_lab() as lab:
            lab.wait_on('eth1', '10.2.0.11', 'fd00:2::11')
            lab.cable(1, False)
            lab.wait_on('eth0', '10.2.0.11', 'fd00:2::11', V4, V6)
            lab.cable(1, True)
            lab.wait_on('eth1', '10.2.0.11', 'fd00:2::11')


class Withheld(unittest.TestCase):
    """The kernel tells of a lost link up to a second late when any link of the machine changed
    shortly before; on such a cable (the same index at both ends) as on real cards."""

    @staticmethod
    def change_another_link(lab):
        """On a slow machine the cable's own last change is too long ago."""
        lab.ip('cli', 'link add one type veth peer name other', 'link set other up', 'link set one up')

    def cut_and_told_after(self, lab):
        """Seconds from the cut to the failover by the service's own clock: to look takes long on a slow machine."""
        self.change_another_link(lab)
        lab.cable(0, False)
        cut = time.time()
        lab.wait_on('eth1', V4, V6)
        moves = [entry for entry in lab.bus.call('/org/ipmp', 'org.ipmp.Manager', 'History', '(u)', 100)
                 if (entry['event'], entry['address'], entry['to']) == ('address-moved', f'{V4}/24', 'eth1')]
        return moves[0]['usec'] / 1e6 - cut

    def test_the_loss_is_seen_before_it_is_told(self):
        with front_lab(same_index=True) as lab:
            lab.wait_on('eth0', V4, V6)
            lab.wait_on('eth1', '10.2.0.11', 'fd00:2::11')
            lab.cable(0, False)
            lab.wait_on('eth1', V4, V6)
            lab.cable(0, True)
            lab.wait_on('eth0', V4, V6)
            self.assertLess(self.cut_and_told_after(lab), 0.2)
            wait_state(lab, 'eth0', 'failed')

    def test_without_reading_the_link_it_is_late(self):
        """Else the test above would prove nothing."""
        with front_lab(same_index=True) as lab:
            lab.configure(ipmp='[Defaults]\nLinkPollInterval=0\n')
            reload(lab)
            self.assertEqual(lab.bus.manager()['LinkPollMSec'], 0)
            lab.wait_on('eth0', V4, V6)
            lab.cable(0, False)
            lab.wait_on('eth1', V4, V6)
            lab.cable(0, True)
            lab.wait_on('eth0', V4, V6)
            self.assertGreater(self.cut_and_told_after(lab), 0.2)


class Roles(unittest.TestCase):
    def test_standby_takes_over_and_gives_back(self):
        with front_lab(STANDBY) as lab:
            lab.wait_on('eth0', V4, V6)
            self.assertFalse(lab.bus.interface('eth1')['Active'])
            lab.cable(0, False)
            lab.wait_on('eth1', V4, V6)
            wait_until(lambda: lab.bus.interface('eth1')['Active'], 'eth1 active')
            lab.cable(0, True)
            lab.wait_on('eth0', V4, V6)
            wait_until(lambda: not lab.bus.interface('eth1')['Active'], 'eth1 inactive')
            self.assertIn('inactive', lab.bus.interface('eth1')['Flags'])

    def test_no_failback(self):
        with front_lab(FRONT.replace('[Group]', '[Group]\nFailback=no')) as lab:
            lab.wait_on('eth0', V4, V6)
            lab.cable(0, False)
            lab.wait_on('eth1', V4, V6)
            lab.cable(0, True)
            wait_state(lab, 'eth0', 'ok')
            self.assertFalse(lab.bus.interface('eth0')['Active'])
            self.assertEqual(lab.devices_with(V4), ['eth1'])
            # the one that was repaired takes over when the other fails
            lab.cable(1, False)
            lab.wait_on('eth0', V4, V6, '10.2.0.11', 'fd00:2::11')

    def test_nobody_left_then_the_first_to_come(self):
        with front_lab() as lab:
            lab.wait_on('eth0', V4, V6)
            lab.cable(0, False)
            lab.wait_on('eth1', V4, V6)
            lab.cable(1, False)
            wait_group(lab, 'failed')
            self.assertEqual(lab.devices_with(V4), ['eth1'])
            states = {a['address']: a['state'] for a in lab.bus.group('front')['Addresses']}
            self.assertEqual(set(states.values()), {'down'})
            lab.cable(0, True)
            lab.wait_on('eth0', V4, V6, '10.2.0.11', 'fd00:2::11')
            self.assertTrue(lab.ping('rtr', V4))
            lab.cable(1, True)
            wait_group(lab, 'ok')
            lab.wait_on('eth1', '10.2.0.11', 'fd00:2::11')

    def test_addresses_spread_over_those_that_are_left(self):
        config = '[Group]\n[Interface eth0]\nAddresses=' \
            + ' '.join(f'10.2.0.{n}/24' for n in range(20, 26)) \
            + '\n[Interface eth1]\n[Interface eth2]\n'
        with front_lab(config, members=3) as lab:
            lab.wait_on('eth0', *(f'10.2.0.{n}' for n in range(20, 26)))
            lab.cable(0, False)
            wait_until(lambda: not lab.bus.interface('eth0')['Addresses'], 'eth0 empty')
            counts = [len(lab.bus.interface(name)['Addresses']) for name in ('eth1', 'eth2')]
            self.assertEqual(counts, [3, 3])


if __name__ == '__main__':
    tap.main()
