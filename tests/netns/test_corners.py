# SPDX-License-Identifier: LGPL-2.1-or-later
"""Corners of roles, repairs and devices: what the kernel takes part in and other files do not have."""
import unittest

import tap
from front import (FRONT, GROUP_IFACE, GROUP, V4, V6, call_group, call_interface, front_lab,
                   options, wait_group, wait_state)
from gi.repository import GLib
from lab import member_mac, wait_until

THREE = '''[Group]
ProbeMethod=none
{more}
[Interface eth0]
Addresses=10.2.0.10/24 fd00:2::10/64
[Interface eth1]
Addresses=10.2.0.11/24
[Interface eth2]
'''


def states(lab):
    return {entry['address'].split('/')[0]: entry['state']
            for entry in lab.bus.group('front')['Addresses']}


class Devices(unittest.TestCase):
    def test_small_packets_and_back(self):
        """The kernel takes IPv6 away below 1280."""
        with front_lab() as lab:
            lab.wait_on('eth0', V4, V6)
            lab.ip('host', 'link set eth0 mtu 1200')
            lab.wait_on('eth1', V6)
            lab.wait_on('eth0', V4)
            self.assertIn(lab.bus.interface('eth0')['State'], ('ok', 'unknown'))
            wait_until(lambda: lab.ping('rtr', V6), 'IPv6 answers from the other one')
            lab.ip('host', 'link set eth0 mtu 1500')
            lab.wait_on('eth0', V4, V6)
            wait_until(lambda: lab.ping('rtr', V6), 'IPv6 answers at home')

    def test_to_another_namespace_and_back(self):
        with front_lab() as lab:
            lab.wait_on('eth0', V4, V6)
            lab.ip('host', 'link set eth0 netns cli name stray')
            lab.wait_on('eth1', V4, V6)
            wait_until(lambda: lab.bus.interface('eth0')['Reason'] == 'moved-netns', 'moved-netns')
            lab.ip('cli', 'link set stray netns host name eth0')
            lab.ip('host', 'link set eth0 up')
            lab.wait_on('eth0', V4, V6)
            wait_group(lab, 'ok')
            wait_until(lambda: lab.ping('rtr', V4), 'it answers')

    def test_by_hardware_address(self):
        """Whatever it is called, also under another index."""
        config = FRONT.replace('[Interface eth0]', f'[Interface eth0]\nHardwareAddress={member_mac(0)}')
        with front_lab(config) as lab:
            lab.wait_on('eth0', V4, V6)
            lab.rename('eth0', 'cable7')
            lab.wait_on('cable7', V4, V6)
            self.assertIn(lab.bus.interface('eth0')['State'], ('ok', 'unknown'))
            first = lab.bus.interface('eth0')['Index']
            lab.ip('host', 'link del cable7')
            lab.wait_on('eth1', V4, V6)
            wait_state(lab, 'eth0', 'missing')
            lab.ip(None, f'link add other3 netns host index {first + 1000} address {member_mac(0)} '
                   'type veth peer name p0 netns lan')
            lab.ip('lan', 'link set p0 master br0 up')
            lab.ip('host', 'link set other3 up')
            lab.wait_on('other3', V4, V6)
            self.assertEqual(lab.bus.interface('eth0')['Index'], first + 1000)

    def test_under_the_same_index(self):
        with front_lab(same_index=True) as lab:
            for _ in range(2):
                lab.wait_on('eth0', V4, V6)
                index = lab.bus.interface('eth0')['Index']
                lab.unplug(0)
                lab.wait_on('eth1', V4, V6)
                lab.plug(0)
                lab.wait_on('eth0', V4, V6)
                self.assertEqual(lab.bus.interface('eth0')['Index'], index)

    def test_all_missing_and_back(self):
        with front_lab() as lab:
            lab.wait_on('eth0', V4, V6)
            lab.unplug(0)
            lab.unplug(1)
            wait_group(lab, 'failed')
            self.assertEqual(set(states(lab).values()), {'down'})
            lab.plug(1)
            lab.wait_on('eth1', V4, V6, '10.2.0.11', 'fd00:2::11')
            wait_until(lambda: lab.ping('rtr', V4), 'it answers')
            lab.plug(0)
            lab.wait_on('eth0', V4, V6)
            wait_group(lab, 'ok')

    def test_renamed_while_away(self):
        with front_lab(FRONT.replace('Addresses=10.2.0.10/24 fd00:2::10/64', ''),
                       addresses=[(0, f'{V4}/24'), (0, f'{V6}/64')]) as lab:
            wait_until(lambda: lab.bus.place('front', V6) == 'eth0', 'adopted')
            lab.kill_daemon()
            lab.rename('eth0', 'stray0')
            lab.start_daemon()
            lab.wait_on('eth1', V4, V6)
            wait_until(lambda: lab.bus.interface('eth0')['Reason'] == 'renamed', 'renamed')
            wait_until(lambda: lab.ping('rtr', V4), 'neighbours know')
            lab.kill_daemon()
            lab.start_daemon()
            lab.rename('stray0', 'eth0')
            lab.wait_on('eth0', V4, V6)

    def test_the_same_address_on_two(self):
        """By hand while the service listens, and found so at its start: one of them keeps it."""
        with front_lab() as lab:
            lab.wait_on('eth0', V4, V6)
            lab.add_address(1, f'{V4}/24')
            lab.add_address(1, f'{V6}/64')
            lab.wait_on('eth0', V4, V6)
            lab.kill_daemon()
            lab.add_address(1, f'{V4}/24')
            lab.add_address(1, f'{V6}/64')
            lab.start_daemon()
            lab.wait_on('eth0', V4, V6)
            wait_until(lambda: lab.ping('rtr', V4) and lab.ping('rtr', V6), 'both answer')

    def test_duplicate_over_a_restart(self):
        with front_lab() as lab:
            lab.wait_on('eth0', V4, V6)
            lab.ip('host', f'link set eth0 address {member_mac(1)}')
            lab.wait_on('eth1', V4, V6)
            wait_state(lab, 'eth0', 'offline')
            with self.assertRaises(GLib.Error) as caught:
                call_interface(lab, 'eth0', 'Online')
            self.assertIn('DuplicateHardwareAddress', caught.exception.message)
            lab.stop_daemon()
            lab.start_daemon()
            wait_state(lab, 'eth1', 'ok')
            self.assertEqual(lab.bus.interface('eth0')['Reason'], 'duplicate-hwaddr')
            self.assertEqual(lab.devices_with(V4), ['eth1'])
            lab.ip('host', f'link set eth0 address {member_mac(0)}')
            lab.wait_on('eth0', V4, V6)


class Repairs(unittest.TestCase):
    def test_delay(self):
        """Not before the link was up for so long; at once when nobody else is there."""
        with front_lab(THREE.format(more='RepairDelay=1s')) as lab:
            lab.wait_on('eth0', V4)
            lab.cable(0, False)
            lab.wait_on('eth1', V4)
            lab.cable(0, True)
            lab.wait_on('eth0', V4)
            since = lab.bus.interface('eth0')['StateSinceUSec']
            told = [event for event in lab.bus.call('/org/ipmp', 'org.ipmp.Manager', 'History',
                                                    '(u)', 100)
                    if event['interface'] == 'eth0' and event['reason'] == 'repair-delay']
            self.assertGreaterEqual(since - told[0]['usec'], 990000)
            lab.bus.call(GROUP, GROUP_IFACE, 'Configure', '(a{sv}a{sv})',
                         options(repair_delay_msec=600000), {})
            lab.cable(0, False)
            lab.wait_on('eth1', V4)
            lab.cable(0, True)
            wait_until(lambda: lab.bus.interface('eth0')['Reason'] == 'repair-delay', 'held')
            self.assertGreater(lab.bus.interface('eth0')['HoldUntilUSec'], 0)
            self.assertEqual(lab.devices_with(V4), ['eth1'])
            lab.cable(1, False)
            lab.wait_on('eth0', V4)

    def test_delay_of_one_that_is_plugged(self):
        """Whether it has its link at once or a moment later."""
        with front_lab(THREE.format(more='RepairDelay=1s')) as lab:
            lab.wait_on('eth0', V4)
            lab.unplug(0)
            lab.wait_on('eth1', V4)
            lab.plug(0)
            lab.wait_on('eth0', V4)
            events = [event for event in lab.bus.call('/org/ipmp', 'org.ipmp.Manager', 'History',
                                                      '(u)', 100) if event['interface'] == 'eth0']
            held = [event['usec'] for event in events if event['reason'] == 'repair-delay']
            repaired = [event['usec'] for event in events if event['reason'] == 'appeared']
            self.assertGreaterEqual(repaired[0] - held[0], 990000)

    def test_flapping(self):
        """The third link-up within a minute is held back, while somebody else is there."""
        with front_lab(THREE.format(more=''), members=3) as lab:
            lab.wait_on('eth0', V4)
            for _ in range(2):
                lab.cable(0, False)
                wait_state(lab, 'eth0', 'failed')
                lab.cable(0, True)
                wait_state(lab, 'eth0', 'ok')
            lab.cable(0, False)
            wait_state(lab, 'eth0', 'failed')
            lab.cable(0, True)
            wait_until(lambda: lab.bus.interface('eth0')['Reason'] == 'flapping', 'held')
            self.assertGreater(lab.bus.interface('eth0')['HoldUntilUSec'], 0)
            self.assertEqual(len(lab.devices_with(V4)), 1)
            self.assertNotIn('eth0', lab.devices_with(V4))
            lab.cable(1, False)
            lab.cable(2, False)
            lab.wait_on('eth0', V4, V6, '10.2.0.11')


class Roles(unittest.TestCase):
    def test_several_standbys(self):
        config = '[Group]\nProbeMethod=none\n[Interface eth0]\nAddresses=10.2.0.10/24\n' \
            '[Interface eth1]\nStandby=yes\n[Interface eth2]\nStandby=yes\n'
        with front_lab(config, members=3) as lab:
            lab.wait_on('eth0', V4)
            lab.cable(0, False)
            lab.wait_on('eth1', V4)
            self.assertFalse(lab.bus.interface('eth2')['Active'])
            lab.cable(1, False)  # an active standby is treated like any other
            lab.wait_on('eth2', V4)
            lab.cable(1, True)
            wait_state(lab, 'eth1', 'ok')
            self.assertEqual(lab.devices_with(V4), ['eth2'])
            lab.cable(0, True)
            lab.wait_on('eth0', V4)
            wait_until(lambda: not lab.bus.interface('eth2')['Active'], 'eth2 inactive')

    def test_homeless_are_spread(self):
        homeless = [f'10.2.0.{n}' for n in range(60, 66)]
        config = '[Group]\nProbeMethod=none\nAddresses=' + ' '.join(f'{a}/24' for a in homeless) \
            + '\n[Interface eth0]\n[Interface eth1]\n[Interface eth2]\n'
        with front_lab(config, members=3) as lab:
            def counts():
                return sorted(sum(lab.on(a, f'eth{n}') for a in homeless) for n in range(3))

            wait_until(lambda: counts() == [2, 2, 2], f'spread: {counts()}')
            lab.cable(2, False)
            wait_until(lambda: counts() == [0, 3, 3], f'on two: {counts()}')
            lab.cable(2, True)
            wait_until(lambda: counts() == [2, 2, 2], f'spread again: {counts()}')

    def test_no_failback_and_its_ends(self):
        """Inactive over a restart; Online and Failback=yes end it."""
        with front_lab(FRONT.replace('[Group]', '[Group]\nProbeMethod=none\nFailback=no')) as lab:
            def inactive():
                lab.cable(0, False)
                lab.wait_on('eth1', V4, V6)
                wait_state(lab, 'eth0', 'failed')
                lab.cable(0, True)
                wait_state(lab, 'eth0', 'ok')
                self.assertFalse(lab.bus.interface('eth0')['Active'])

            lab.wait_on('eth0', V4, V6)
            inactive()
            lab.kill_daemon()
            lab.start_daemon()
            wait_state(lab, 'eth0', 'ok')
            self.assertFalse(lab.bus.interface('eth0')['Active'])
            self.assertEqual(lab.devices_with(V4), ['eth1'])
            call_interface(lab, 'eth0', 'Offline')
            call_interface(lab, 'eth0', 'Online')
            lab.wait_on('eth0', V4, V6)
            inactive()
            lab.bus.call(GROUP, GROUP_IFACE, 'Configure', '(a{sv}a{sv})', options(failback=True), {})
            lab.wait_on('eth0', V4, V6)

    def test_offline_of_the_last(self):
        """Refused, but for who insists: then its addresses stay, down."""
        with front_lab() as lab:
            lab.wait_on('eth0', V4, V6)
            call_interface(lab, 'eth1', 'Offline')
            lab.wait_on('eth0', V4, V6, '10.2.0.11', 'fd00:2::11')
            with self.assertRaises(GLib.Error) as caught:
                call_interface(lab, 'eth0', 'Offline')
            self.assertIn('MinimumRedundancy', caught.exception.message)
            call_interface(lab, 'eth0', 'Offline', min_redundancy=0)
            wait_state(lab, 'eth0', 'offline')
            self.assertEqual(lab.devices_with(V4), ['eth0'])
            self.assertEqual(set(states(lab).values()), {'down'})
            call_interface(lab, 'eth0', 'Online')
            call_interface(lab, 'eth1', 'Online')
            wait_group(lab, 'ok')
            lab.wait_on('eth1', '10.2.0.11', 'fd00:2::11')


class Temporary(unittest.TestCase):
    def test_until_the_machine_is_started_again(self):
        with front_lab() as lab:
            lab.wait_on('eth0', V4, V6)
            file = lab.config_dir / 'groups.d/front.conf'
            before = file.read_text()
            call_group(lab, 'AddAddress', '10.2.0.40/24', interface='eth0', temporary=True)
            lab.wait_on('eth0', '10.2.0.40')
            self.assertTrue(lab.bus.group('front')['Temporary'])
            self.assertEqual(file.read_text(), before)
            lab.stop_daemon()
            lab.start_daemon()
            lab.wait_on('eth0', '10.2.0.40')  # the service, not the machine
            lab.ipmpctl('save', 'front')
            self.assertFalse(lab.bus.group('front')['Temporary'])
            self.assertIn('10.2.0.40', file.read_text())
            call_group(lab, 'AddAddress', '10.2.0.41/24', interface='eth0', temporary=True)
            lab.wait_on('eth0', '10.2.0.41')
            lab.kill_daemon()
            for path in lab.runtime_dir.rglob('*.conf'):  # as a start of the machine does
                path.unlink()
            lab.start_daemon()
            wait_until(lambda: lab.devices_with('10.2.0.41') == [], 'the temporary one gone')
            lab.wait_on('eth0', V4, '10.2.0.40')


if __name__ == '__main__':
    tap.main()
