# SPDX-License-Identifier: LGPL-2.1-or-later
"""Members that are not there yet, go, come back, change their name or leave the host."""
import unittest

import tap
from front import FRONT, V4, V6, call_group, front_lab, wait_group, wait_state
from lab import Lab, wait_until


class Hotplug(unittest.TestCase):
    def test_missing_at_start(self):
        with Lab(members=2) as lab:
            lab.unplug(0)
            lab.configure(front=FRONT)
            lab.start_daemon()
            wait_state(lab, 'eth0', 'missing')
            self.assertEqual(lab.bus.interface('eth0')['Index'], 0)
            lab.wait_on('eth1', V4, V6, '10.2.0.11', 'fd00:2::11')
            lab.plug(0)
            lab.wait_on('eth0', V4, V6)
            wait_group(lab, 'ok')
            self.assertTrue(lab.ping('rtr', V4))

    def test_all_missing_at_start(self):
        with Lab(members=2) as lab:
            lab.unplug(0)
            lab.unplug(1)
            lab.configure(front=FRONT)
            lab.start_daemon()
            wait_group(lab, 'failed')
            lab.plug(1)
            lab.wait_on('eth1', V4, V6, '10.2.0.11', 'fd00:2::11')
            lab.plug(0)
            lab.wait_on('eth0', V4, V6)

    def test_again_and_again(self):
        with front_lab() as lab:
            lab.wait_on('eth0', V4, V6)
            for _ in range(2):
                lab.unplug(0)
                lab.wait_on('eth1', V4, V6)
                lab.plug(0)
                lab.wait_on('eth0', V4, V6)
                self.assertTrue(lab.ping('rtr', V4))

    def test_moved_to_another_namespace(self):
        with front_lab() as lab:
            lab.wait_on('eth0', V4, V6)
            lab.run(None, 'ip', '-n', 'host', 'link', 'set', 'eth0', 'netns', 'cli', 'name', 'stray')
            lab.wait_on('eth1', V4, V6)
            wait_state(lab, 'eth0', 'missing')
            self.assertEqual(lab.bus.interface('eth0')['Reason'], 'moved-netns')

    def test_renamed(self):
        with front_lab() as lab:
            lab.wait_on('eth0', V4, V6)
            lab.rename('eth0', 'other0')
            lab.wait_on('eth1', V4, V6)
            wait_state(lab, 'eth0', 'missing')
            self.assertEqual(lab.bus.interface('eth0')['Reason'], 'renamed')
            lab.rename('other0', 'eth0')
            lab.wait_on('eth0', V4, V6)

    def test_enslaved(self):
        with front_lab() as lab:
            lab.wait_on('eth0', V4, V6)
            lab.ip('host', 'link add br9 type bridge', 'link set eth0 master br9')
            lab.wait_on('eth1', V4, V6)
            wait_state(lab, 'eth0', 'offline')
            self.assertEqual(lab.bus.interface('eth0')['Reason'], 'enslaved')
            lab.ip('host', 'link set eth0 nomaster')
            lab.wait_on('eth0', V4, V6)

    def test_a_hardware_address_of_another_member(self):
        with front_lab() as lab:
            lab.wait_on('eth1', '10.2.0.11')
            lab.ip('host', 'link set eth1 address 02:00:00:00:00:10')
            wait_until(lambda: lab.bus.interface('eth1')['Reason'] == 'duplicate-hwaddr',
                       'the duplicate told')
            wait_state(lab, 'eth1', 'offline')
            lab.wait_on('eth0', '10.2.0.11', V4)
            lab.ip('host', 'link set eth1 address 02:00:00:00:00:11')
            wait_state(lab, 'eth1', 'ok')
            lab.wait_on('eth1', '10.2.0.11')

    def test_the_other_one_with_its_hardware_address_leaves(self):
        with front_lab() as lab:
            lab.wait_on('eth1', '10.2.0.11')
            lab.ip('host', 'link set eth1 address 02:00:00:00:00:10')
            wait_until(lambda: lab.bus.interface('eth1')['Reason'] == 'duplicate-hwaddr', 'the duplicate told')
            call_group(lab, 'RemoveInterface', 'eth0')
            wait_state(lab, 'eth1', 'ok')
            lab.wait_on('eth1', '10.2.0.11')

    def test_declared_beside_what_was_found(self):
        """In another prefix, and on another member: it is on the host when the group is not any more."""
        with Lab(members=2, addresses=[(0, '10.2.0.60/16'), (0, 'fd00:2::60/48'), (1, '10.2.0.61/24')]) as lab:
            lab.configure(front='[Group]\nAddresses=10.2.0.60/24 fd00:2::60/64\n'
                                '[Interface eth0]\nAddresses=10.2.0.61/24\n[Interface eth1]\n')
            lab.start_daemon()
            lab.wait_on('eth0', '10.2.0.61')
            call_group(lab, 'Delete')
            for address in ('10.2.0.60', '10.2.0.61', 'fd00:2::60'):
                wait_until(lambda a=address: len(lab.devices_with(a)) == 1, f'{address} is left')

    def test_plugged_with_the_hardware_address_of_another_member(self):
        """The newcomer is taken out of use, though it stands first in the file."""
        with front_lab() as lab:
            lab.wait_on('eth0', V4, V6)
            lab.unplug(0)
            lab.wait_on('eth1', V4, V6, '10.2.0.11')
            lab.ip(None, 'link add eth0 netns host address 02:00:00:00:00:11 type veth peer name p0 netns lan')
            lab.ip('host', 'link set eth0 up')
            wait_state(lab, 'eth0', 'offline')
            self.assertEqual(lab.bus.interface('eth0')['Reason'], 'duplicate-hwaddr')
            self.assertTrue(lab.bus.interface('eth1')['Active'])
            self.assertEqual(lab.devices_with('10.2.0.11'), ['eth1'])
            self.assertEqual(lab.devices_with(V4), ['eth1'])


if __name__ == '__main__':
    tap.main()
