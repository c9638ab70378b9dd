# SPDX-License-Identifier: LGPL-2.1-or-later
"""Devices that a group refuses, addresses that the kernel refuses, and what others' hands do within a
moment. The kernel's half of docs/state-machines.md."""
import sys
import unittest

import tap
from front import V4, V6, call_group, front_lab, interface_path
from gi.repository import GLib
from lab import Lab, member_mac, wait_until

TESTED = '''[Group]
ProbeMethod=none
[Interface eth0]
Addresses=10.2.0.10/24 fd00:2::10/64
TestAddresses=10.2.0.21/24
[Interface eth1]
'''
PLAIN = '''[Group]
ProbeMethod=none
[Interface eth0]
[Interface eth1]
[Interface eth2]
'''
# A tap device whose type is that of InfiniBand: TUNSETIFF, then TUNSETLINK.
OTHER_MEDIUM = '''
import fcntl, struct
with open('/dev/net/tun', 'r+b', buffering=0) as tun:
    fcntl.ioctl(tun, 0x400454ca, struct.pack('16sH22x', b'ib0', 0x1002))
    fcntl.ioctl(tun, 0x400454cd, 32)
'''


class DevicesLab(Lab):
    """With devices of which none can be a member."""

    def make_network(self):
        super().make_network()
        self.ip('host', 'tuntap add dev tun0 mode tun', 'tuntap add dev ib0 mode tap',
                'link add deaf type veth peer name deaf0', 'link set deaf multicast off',
                'link add mute type veth peer name mute0', 'link set mute arp off',
                'link add br7 type bridge', 'link add port type veth peer name port0',
                'link set port master br7', 'link add alone type veth peer name alone0',
                f'link add twin address {member_mac(1)} type veth peer name twin0')
        self.run('host', sys.executable, '-c', OTHER_MEDIUM)


class Joining(unittest.TestCase):
    def refuse(self, lab, error, device, **given):
        before = lab.bus.group('front')['Interfaces']
        found = lab.sysctl('host', f'net.ipv4.conf.{device}.arp_ignore')
        with self.subTest(device):
            with self.assertRaises(GLib.Error) as caught:
                call_group(lab, 'AddInterface', device, **given)
            self.assertIn(f'org.ipmp.Error.{error}:', caught.exception.message)
            self.assertEqual(lab.bus.group('front')['Interfaces'], before)
            self.assertIsNone(lab.bus.interface(device))
            self.assertEqual(lab.sysctl('host', f'net.ipv4.conf.{device}.arp_ignore'), found)

    def test_each_refusal_by_its_name(self):
        with front_lab(TESTED, lab=DevicesLab) as lab:
            wait_until(lambda: lab.devices_with('10.2.0.21') == ['eth0'], 'the test address')
            for device in ('lo', 'tun0', 'deaf', 'mute', 'port'):
                self.refuse(lab, 'NotSuitable', device)
            self.refuse(lab, 'MediaMismatch', 'ib0')
            self.refuse(lab, 'DuplicateHardwareAddress', 'twin')
            self.refuse(lab, 'TestAddressConflict', 'alone', test_addresses=['10.2.0.21/24'])
            lab.bus.call('/org/ipmp', 'org.ipmp.Manager', 'CreateGroup', '(sasa{sv})', 'back', ['alone'], {})
            with self.assertRaises(GLib.Error) as caught:
                call_group(lab, 'AddInterface', 'alone')
            self.assertIn('org.ipmp.Error.InterfaceInUse:', caught.exception.message)
            # And what was refused for its state is accepted when that has changed.
            for device, line in (('deaf', 'multicast on'), ('port', 'nomaster'),
                                 ('twin', 'address 02:00:00:00:77:09')):
                lab.ip('host', f'link set {device} {line}')
                wait_until(lambda d=device: self.joins(lab, d), f'{device} joins')

    @staticmethod
    def joins(lab, device):
        """The daemon may not have heard of the change yet."""
        try:
            call_group(lab, 'AddInterface', device)
        except GLib.Error:
            return False
        return lab.bus.interface(device)['State'] in ('failed', 'ok')


class Refused(unittest.TestCase):
    """IPv6 is turned off on a member: the kernel refuses it there, for good."""

    @staticmethod
    def refusals(lab):
        return [event for event in lab.bus.call('/org/ipmp', 'org.ipmp.Manager', 'History', '(u)', 10000)
                if event['reason'] == 'refused']

    def test_the_next_takes_it_and_it_is_forgiven(self):
        with front_lab(PLAIN, members=3, addresses=[(0, f'{V6}/64')]) as lab:
            wait_until(lambda: lab.bus.place('front', V6) == 'eth0', 'adopted')
            wait_until(lambda: lab.ip_json('host', '-6', 'route', 'show', 'dev', 'eth1', 'proto', '73'),
                       'all is made that is made on eth1')
            lab.sysctl('host', 'net.ipv6.conf.eth1.disable_ipv6', '1')
            for device in ('eth2', 'eth0'):  # else one that has no link-local is not asked
                lab.ip('host', f'-6 addr flush dev {device} scope link')
            lab.cable(0, False)  # eth1 is the next
            lab.wait_on('eth2', V6)
            wait_until(lambda: len(self.refusals(lab)) > 1, 'refused')
            self.assertEqual(sorted(event['interface'] for event in self.refusals(lab)), ['', 'eth2'],
                             lab.ipmpctl('history').stdout)  # once by the kernel, and the move
            lab.cable(2, False)
            wait_until(lambda: lab.bus.interface('eth2')['State'] == 'failed', 'only eth1 is left')
            self.assertTrue(lab.on(V6, 'lo') or lab.devices_with(V6), 'it is on the host still')
            lab.sysctl('host', 'net.ipv6.conf.eth1.disable_ipv6', '0')
            lab.wait_on('eth1', V6, deadline=30)  # at once, not when all are asked again after a minute


class Hands(unittest.TestCase):
    def test_put_back_in_a_moment(self):
        """By one process, as a manager that configures its device anew: nothing has happened."""
        with front_lab(PLAIN, addresses=[(0, f'{V4}/24'), (0, f'{V6}/64'), (1, '10.2.0.11/24')]) as lab:
            wait_until(lambda: lab.bus.place('front', '10.2.0.11') == 'eth1', 'adopted')
            lab.ip('host', f'addr del {V4}/24 dev eth0', f'addr add {V4}/24 dev eth0',
                   f'-6 addr del {V6}/64 dev eth0', f'-6 addr add {V6}/64 dev eth0 nodad')
            lab.ip('host', 'addr del 10.2.0.11/24 dev eth1')  # judged later than these
            wait_until(lambda: self.states(lab).get('10.2.0.11') == 'withdrawn', 'withdrawn')
            self.assertEqual((self.states(lab)[V4], self.states(lab)[V6]), ('up', 'up'))
            self.assertEqual((lab.devices_with(V4), lab.devices_with(V6)), (['eth0'], ['eth0']))
            self.assertEqual([event['address'] for event in self.history(lab)
                              if event['reason'] == 'withdrawn'], ['10.2.0.11/24'])

    def test_moved_by_hand(self):
        """Put on the other one, then taken off the first: it is at home where it was put."""
        with front_lab(PLAIN, addresses=[(0, f'{V4}/24'), (0, f'{V6}/64')]) as lab:
            wait_until(lambda: lab.bus.place('front', V6) == 'eth0', 'adopted')
            for text, length in ((V4, 24), (V6, 64)):
                lab.add_address(1, f'{text}/{length}')
                wait_until(lambda t=text: lab.devices_with(t) == ['eth0'], f'{text} is taken off eth1')
                lab.ip('host', f'addr del {text}/{length} dev eth0')
                lab.wait_on('eth1', text)
                wait_until(lambda t=text: self.home(lab, t) == interface_path('eth1'), 'at home there')
            lab.cable(1, False)
            lab.wait_on('eth0', V4, V6)
            lab.cable(1, True)
            lab.wait_on('eth1', V4, V6)

    @staticmethod
    def history(lab):
        return lab.bus.call('/org/ipmp', 'org.ipmp.Manager', 'History', '(u)', 10000)

    @staticmethod
    def home(lab, text):
        return next((entry['home'] for entry in lab.bus.group('front')['Addresses']
                     if entry['address'].split('/')[0] == text), None)

    @staticmethod
    def states(lab):
        return {entry['address'].split('/')[0]: entry['state']
                for entry in lab.bus.group('front')['Addresses']}


if __name__ == '__main__':
    tap.main()
