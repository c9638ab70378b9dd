# SPDX-License-Identifier: LGPL-2.1-or-later
"""What members are and become: standbys, those that are left inactive, one alone, several groups on
several links, maintenance, hardware addresses. The kernel's half of docs/state-machines.md."""
import unittest

import tap
from front import (FRONT, GROUP, GROUP_IFACE, INTERFACE_IFACE, V4, V6, call_group, call_interface,
                   front_lab, interface_path, wait_group, wait_state)
from gi.repository import GLib
from lab import Lab, member_mac, wait_until

ADOPTED = [(0, f'{V4}/24'), (0, f'{V6}/64')]


def config_of(members, more=''):
    return f'[Group]\nProbeMethod=none\n{more}\n' + ''.join(f'[Interface {name}]\n{lines}\n'
                                                           for name, lines in members.items())


def set_standby(lab, name, standby):
    lab.bus.call(interface_path(name), INTERFACE_IFACE, 'SetStandby', '(ba{sv})', standby, {})


def address(lab, text, group='front'):
    return next((entry for entry in lab.bus.group(group)['Addresses']
                 if entry['address'].split('/')[0] == text), None)


class StubbornLab(Lab):
    """Whose router believes what it was told last."""

    def make_network(self):
        super().make_network()
        self.make_router_stubborn()


class Standby(unittest.TestCase):
    def test_set_with_addresses_on_it_and_cleared(self):
        with front_lab(config_of({'eth0': '', 'eth1': ''}), addresses=ADOPTED) as lab:
            wait_until(lambda: lab.bus.place('front', V6) == 'eth0', 'adopted')
            set_standby(lab, 'eth0', True)
            lab.wait_on('eth1', V4, V6)
            wait_until(lambda: not lab.bus.interface('eth0')['Active'], 'inactive')
            with self.assertRaises(GLib.Error) as caught:
                call_group(lab, 'AddAddress', '10.2.0.40/24', interface='eth0')
            self.assertIn('org.ipmp.Error.Standby', caught.exception.message)
            lab.cable(1, False)  # refused while it is active, too
            lab.wait_on('eth0', V4, V6)
            with self.assertRaises(GLib.Error) as caught:
                call_group(lab, 'AddAddress', '10.2.0.40/24', interface='eth0')
            self.assertIn('org.ipmp.Error.Standby', caught.exception.message)
            self.assertEqual(lab.devices_with('10.2.0.40'), [])
            lab.cable(1, True)
            lab.wait_on('eth1', V4, V6)
            set_standby(lab, 'eth0', False)
            wait_until(lambda: lab.bus.interface('eth0')['Active'], 'active')
            lab.wait_on('eth0', V4, V6)  # where they are at home

    def test_what_others_put_on_one_is_moved_and_homeless(self):
        with front_lab(config_of({'eth0': '', 'eth1': 'Standby=yes'})) as lab:
            wait_group(lab, 'ok')
            for text in ('10.2.0.41/24', 'fd00:2::41/64'):
                lab.add_address(1, text)
                lab.wait_on('eth0', text.split('/')[0])
                self.assertEqual(address(lab, text.split('/')[0])['home'], '/')

    def test_what_others_put_on_a_failed_one_is_moved_and_at_home_there(self):
        with front_lab(config_of({'eth0': '', 'eth1': ''})) as lab:
            wait_group(lab, 'ok')
            lab.cable(1, False)
            wait_state(lab, 'eth1', 'failed')
            for text in ('10.2.0.42/24', 'fd00:2::42/64'):
                lab.add_address(1, text)
                lab.wait_on('eth0', text.split('/')[0])
            lab.cable(1, True)
            lab.wait_on('eth1', '10.2.0.42', 'fd00:2::42')

    def test_before_one_that_is_left_inactive(self):
        """Failback=no: eth0 is repaired and stays inactive; then eth1 fails beside a standby."""
        members = {'eth0': f'Addresses={V4}/24 {V6}/64', 'eth1': '', 'eth2': 'Standby=yes'}
        with front_lab(config_of(members, 'Failback=no'), members=3) as lab:
            lab.wait_on('eth0', V4, V6)
            lab.cable(0, False)
            lab.wait_on('eth2', V4, V6)  # a standby takes all
            lab.cable(0, True)
            wait_state(lab, 'eth0', 'ok')
            self.assertFalse(lab.bus.interface('eth0')['Active'])
            self.assertEqual(lab.devices_with(V4), ['eth2'])
            lab.kill_daemon()
            lab.start_daemon()
            wait_state(lab, 'eth0', 'ok')
            self.assertEqual((lab.devices_with(V4), lab.bus.interface('eth0')['Active'],
                              lab.bus.interface('eth2')['Active']), (['eth2'], False, True))
            lab.cable(2, False)  # an active standby is like any other
            lab.wait_on('eth0', V4, V6)
            self.assertTrue(lab.bus.interface('eth0')['Active'])

    def test_has_all_of_one_that_is_missing_at_the_start(self):
        """Though another member has no address at all."""
        texts = [V4, V6, '10.2.0.43', 'fd00:2::43']
        declared = ' '.join(f'{text}/{64 if ":" in text else 24}' for text in texts)
        members = {'eth1': '', 'eth0': f'Addresses={declared}', 'eth2': 'Standby=yes'}
        with Lab(members=3) as lab:
            lab.unplug(0)
            lab.configure(front=config_of(members))
            lab.start_daemon()
            lab.wait_on('eth2', *texts)
            self.assertTrue(lab.bus.interface('eth2')['Active'])
            lab.plug(0)
            lab.wait_on('eth0', *texts)
            wait_until(lambda: not lab.bus.interface('eth2')['Active'], 'it steps back')

    def test_nothing_but_standbys(self):
        members = {'eth0': 'Standby=yes', 'eth1': 'Standby=yes'}
        with front_lab(config_of(members, f'Addresses={V4}/24 {V6}/64')) as lab:
            lab.wait_on('eth0', V4, V6)
            self.assertFalse(lab.bus.interface('eth1')['Active'])
            lab.cable(0, False)
            lab.wait_on('eth1', V4, V6)


class NoFailback(unittest.TestCase):
    CONFIG = FRONT.replace('[Group]', '[Group]\nProbeMethod=none\nFailback=no')

    def test_the_first_appearance_is_a_join_the_second_a_repair(self):
        with Lab() as lab:
            lab.unplug(0)
            lab.configure(front=self.CONFIG)
            lab.start_daemon()
            lab.wait_on('eth1', V4, V6)
            lab.plug(0)
            lab.wait_on('eth0', V4, V6)
            lab.unplug(0)
            lab.wait_on('eth1', V4, V6)
            lab.plug(0)
            wait_state(lab, 'eth0', 'ok')
            self.assertFalse(lab.bus.interface('eth0')['Active'])
            self.assertEqual(lab.devices_with(V4), ['eth1'])

    def test_what_others_put_on_the_inactive_one_is_moved_and_at_home_there(self):
        with front_lab(self.CONFIG) as lab:
            lab.wait_on('eth0', V4, V6)
            lab.cable(0, False)
            lab.wait_on('eth1', V4, V6)
            lab.cable(0, True)
            wait_state(lab, 'eth0', 'ok')
            for text in ('10.2.0.44/24', 'fd00:2::44/64'):
                lab.add_address(0, text)
                lab.wait_on('eth1', text.split('/')[0])
                self.assertEqual(address(lab, text.split('/')[0])['home'], interface_path('eth0'))
            call_interface(lab, 'eth0', 'Offline')
            call_interface(lab, 'eth0', 'Online')
            lab.wait_on('eth0', V4, V6, '10.2.0.44', 'fd00:2::44')

    def test_when_nobody_is_active_the_repaired_one_is(self):
        with front_lab(self.CONFIG) as lab:
            lab.wait_on('eth0', V4, V6)
            lab.cable(0, False)
            lab.wait_on('eth1', V4, V6)
            lab.cable(1, False)
            wait_group(lab, 'failed')
            lab.cable(0, True)
            lab.wait_on('eth0', V4, V6, '10.2.0.11', 'fd00:2::11')
            self.assertTrue(lab.bus.interface('eth0')['Active'])


class Alone(unittest.TestCase):
    def test_link_lost_unplugged_and_joined(self):
        with front_lab(config_of({'eth0': f'Addresses={V4}/24 {V6}/64'})) as lab:
            lab.wait_on('eth0', V4, V6)
            lab.cable(0, False)
            wait_group(lab, 'failed')
            self.assertEqual(lab.devices_with(V4), ['eth0'])
            self.assertEqual(address(lab, V4)['state'], 'down')
            call_group(lab, 'AddInterface', 'eth1')
            lab.wait_on('eth1', V4, V6)
            lab.cable(0, True)
            lab.wait_on('eth0', V4, V6)
            call_group(lab, 'RemoveInterface', 'eth1')
            lab.unplug(0)
            wait_state(lab, 'eth0', 'missing')
            self.assertEqual(address(lab, V4)['state'], 'down')
            lab.plug(0)
            lab.wait_on('eth0', V4, V6)
            wait_until(lambda: lab.ping('rtr', V4) and lab.ping('rtr', V6), 'both answer')


class SeveralLinks(unittest.TestCase):
    def test_each_for_itself(self):
        """Two groups on two switches; one fails over, then all of it fails: the other is not touched."""
        with Lab(members=4) as lab:
            lab.ip('lan', 'link add br1 type bridge stp_state 0 forward_delay 0 mcast_snooping 0',
                   'link set br1 up', 'link set p2 master br1', 'link set p3 master br1')
            lab.configure(
                front=config_of({'eth0': f'Addresses={V4}/24 {V6}/64', 'eth1': ''}),
                back=config_of({'eth2': 'Addresses=10.9.0.12/24 fd00:9::12/64', 'eth3': ''}))
            lab.start_daemon()
            lab.wait_on('eth0', V4, V6)
            lab.wait_on('eth2', '10.9.0.12', 'fd00:9::12')
            lab.cable(0, False)
            lab.wait_on('eth1', V4, V6)
            lab.cable(2, False)
            lab.wait_on('eth3', '10.9.0.12', 'fd00:9::12')
            lab.cable(3, False)
            wait_group(lab, 'failed', 'back')
            self.assertEqual(lab.bus.group('front')['State'], 'degraded')
            self.assertEqual(lab.devices_with(V4), ['eth1'])
            self.assertEqual(lab.devices_with('10.9.0.12'), ['eth3'])
            lab.cable(0, True)
            lab.wait_on('eth0', V4, V6)
            self.assertEqual(lab.bus.group('back')['State'], 'failed')
            lab.cable(2, True)
            lab.wait_on('eth2', '10.9.0.12', 'fd00:9::12')
            wait_group(lab, 'ok')


class WhatNobodyActiveCanHave(unittest.TestCase):
    """Below 1280 the kernel takes IPv6 away: somebody inactive is activated for it."""

    OTHERS = ('10.2.0.11', 'fd00:2::11')

    def test_by_one_that_is_inactive_after_a_repair(self):
        config = FRONT.replace('[Group]', '[Group]\nProbeMethod=none\nFailback=no')
        with front_lab(config, lab=StubbornLab) as lab:
            lab.wait_on('eth0', V4, V6)
            lab.cable(0, False)
            lab.wait_on('eth1', V4, V6, *self.OTHERS)
            lab.cable(0, True)
            wait_state(lab, 'eth0', 'ok')
            self.assertFalse(lab.bus.interface('eth0')['Active'])
            lab.ip('host', 'link set eth1 mtu 1200')
            lab.wait_on('eth0', V6, 'fd00:2::11')
            wait_until(lambda: lab.bus.interface('eth0')['Active'], 'activated')
            for text in (V6, 'fd00:2::11', V4, '10.2.0.11'):
                wait_until(lambda a=text: lab.ping('rtr', a), f'{text} answers')
                self.assertEqual(address(lab, text)['state'], 'up')
            self.assertEqual(lab.devices_with('10.2.0.11'), ['eth1'])
            lab.ip('host', 'link set eth1 mtu 1500')
            lab.wait_on('eth1', *self.OTHERS)
            self.assertTrue(lab.bus.interface('eth0')['Active'])  # and stays so
            wait_until(lambda: lab.ping('rtr', 'fd00:2::11'), 'it answers at home')

    def test_by_a_standby_that_steps_back(self):
        with front_lab(config_of({'eth0': 'Addresses=10.2.0.10/24 fd00:2::10/64', 'eth1': 'Standby=yes'}),
                       lab=StubbornLab) as lab:
            lab.wait_on('eth0', V4, V6)
            self.assertFalse(lab.bus.interface('eth1')['Active'])
            for _ in range(2):
                lab.ip('host', 'link set eth0 mtu 1200')
                lab.wait_on('eth1', V6)
                wait_until(lambda: lab.bus.interface('eth1')['Active'], 'activated')
                self.assertEqual(lab.devices_with(V4), ['eth0'])
                for text in (V4, V6):
                    wait_until(lambda a=text: lab.ping('rtr', a), f'{text} answers')
                lab.ip('host', 'link set eth0 mtu 1500')
                lab.wait_on('eth0', V4, V6)
                wait_until(lambda: not lab.bus.interface('eth1')['Active'], 'it steps back')
                for text in (V4, V6):
                    wait_until(lambda a=text: lab.ping('rtr', a), f'{text} answers at home')


class Maintenance(unittest.TestCase):
    def test_offline_pulled_plugged_online(self):
        with front_lab() as lab:
            lab.wait_on('eth0', V4, V6)
            call_interface(lab, 'eth0', 'Offline')
            self.assertEqual((lab.devices_with(V4), lab.devices_with(V6)), (['eth1'], ['eth1']))
            lab.unplug(0)
            lab.plug(0)
            wait_until(lambda: lab.bus.interface('eth0')['LinkState'] == 'up', 'there again')
            self.assertEqual(lab.bus.interface('eth0')['State'], 'offline')
            lab.kill_daemon()
            lab.start_daemon()
            wait_state(lab, 'eth0', 'offline')
            self.assertEqual(lab.devices_with(V4), ['eth1'])
            call_interface(lab, 'eth0', 'Online')
            lab.wait_on('eth0', V4, V6)

    def test_what_others_put_on_an_offline_one_is_taken_off(self):
        with front_lab() as lab:
            lab.wait_on('eth0', V4, V6)
            call_interface(lab, 'eth0', 'Offline')
            for text in ('10.2.0.43/24', 'fd00:2::43/64'):
                lab.add_address(0, text)
                lab.wait_on('eth1', text.split('/')[0])
            self.assertEqual(lab.bus.interface('eth0')['State'], 'offline')


class HardwareAddresses(unittest.TestCase):
    def test_a_live_change_is_announced(self):
        with front_lab(lab=StubbornLab) as lab:
            lab.wait_on('eth0', V4, V6)
            wait_until(lambda: lab.ping('rtr', V4) and lab.ping('rtr', V6), 'both answer')
            lab.ip('host', 'link set eth0 address 02:00:00:00:77:01')
            for text in (V4, V6):
                wait_until(lambda t=text: lab.router_neighbour(t) == '02:00:00:00:77:01', f'{text} told')
            self.assertEqual((lab.devices_with(V4), lab.devices_with(V6)), (['eth0'], ['eth0']))
            self.assertIn(lab.bus.interface('eth0')['State'], ('ok', 'unknown'))

    def test_two_alike_at_the_start(self):
        """The later one of the configuration is offline, until one of them has another."""
        with Lab() as lab:
            lab.ip('host', f'link set eth1 address {member_mac(0)}')
            lab.configure(front=FRONT)
            lab.start_daemon()
            lab.wait_on('eth0', V4, V6, '10.2.0.11', 'fd00:2::11')
            wait_until(lambda: lab.bus.interface('eth1')['Reason'] == 'duplicate-hwaddr', 'duplicate')
            self.assertEqual(lab.bus.interface('eth1')['State'], 'offline')
            lab.ip('host', 'link set eth0 address 02:00:00:00:77:02')  # the other one will do
            lab.wait_on('eth1', '10.2.0.11', 'fd00:2::11')
            lab.wait_on('eth0', V4, V6)


class Prefixes(unittest.TestCase):
    def test_several_of_one_address_and_a_lease(self):
        """All of them are at home again, the lease as one, also over a restart and by Delete."""
        with Lab(addresses=[(1, '10.2.0.11/24')]) as lab:
            lab.ip('host', 'addr add 10.2.0.10/24 dev eth0', 'addr add 10.2.0.10/16 dev eth0',
                   'addr add 10.2.0.10/25 dev eth0 valid_lft 5000 preferred_lft 4000')
            lab.configure(front=config_of({'eth0': '', 'eth1': ''}))
            lab.start_daemon()
            wait_until(lambda: lab.bus.place('front', V4) == 'eth0', 'adopted')

            def found():
                listed = lab.ip_json('host', '-4', 'addr', 'show', 'dev', 'eth0')
                return {entry['prefixlen']: entry['valid_life_time'] for entry in listed[0]['addr_info']
                        if entry['local'] == V4}

            def at_home():
                has = found()
                return sorted(has) == [16, 24, 25] and has[25] <= 5000 and has[24] > 10 ** 9

            self.assertTrue(at_home(), found())
            for killed in (False, True):
                lab.cable(0, False)
                lab.wait_on('eth1', V4)
                if killed:
                    lab.kill_daemon()
                    lab.start_daemon()
                lab.cable(0, True)
                wait_until(at_home, f'all of them ({found()})')
                wait_until(lambda: lab.devices_with(V4) == ['eth0'] * len(lab.devices_with(V4)), 'home')
            lab.cable(0, False)
            lab.wait_on('eth1', V4)
            lab.bus.call(GROUP, GROUP_IFACE, 'Delete', '(a{sv})', {})
            wait_until(at_home, f'given back ({found()})')


class Groups(unittest.TestCase):
    def test_a_home_that_changes_its_group_while_the_daemon_is_away(self):
        with front_lab(config_of({'eth0': '', 'eth1': ''}), addresses=ADOPTED) as lab:
            wait_until(lambda: lab.bus.place('front', V6) == 'eth0', 'adopted')
            found = lab.sysctl('host', 'net.ipv4.conf.lo.medium_id').strip()
            lab.cable(0, False)
            lab.wait_on('eth1', V4, V6)
            lab.kill_daemon()
            lab.configure(front=config_of({'eth1': ''}), back=config_of({'eth0': ''}))
            lab.start_daemon()
            wait_until(lambda: address(lab, V4, 'back') and address(lab, V6, 'back'), 'the other group\'s')
            lab.cable(0, True)
            lab.wait_on('eth0', V4, V6)
            lab.bus.call('/org/ipmp/group/back', GROUP_IFACE, 'Delete', '(a{sv})', {})
            self.assertEqual(lab.sysctl('host', 'net.ipv4.conf.eth0.medium_id').strip(), found)
            self.assertEqual((lab.devices_with(V4), lab.devices_with(V6)), (['eth0'], ['eth0']))


if __name__ == '__main__':
    tap.main()
