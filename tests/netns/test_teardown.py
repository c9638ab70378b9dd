# SPDX-License-Identifier: LGPL-2.1-or-later
"""Delete leaves the host as it was found: addresses, routes, rules, nexthops and sysctls."""
import unittest

import tap
from front import EVENTS, FRONT, GROUP, GROUP_IFACE, V4, V6, wait_state
from lab import Lab, difference, wait_until
from routes import settled_picture

BARE = '[Group]\n[Interface eth0]\n[Interface eth1]\n'
OWN = [(0, '10.2.0.10/24'), (0, '10.2.0.12/24'), (0, 'fd00:2::10/64'), (1, '10.2.0.11/24'),
       (1, 'fd00:2::11/64')]


def delete_group(lab):
    lab.bus.call(GROUP, GROUP_IFACE, 'Delete', '(a{sv})', {})


class Teardown(unittest.TestCase):
    def given_back(self, config, addresses, meanwhile=lambda lab: None):
        with Lab(addresses=addresses) as lab:
            if addresses:
                lab.add_default_routes()
                lab.ip('host', 'route add 10.9.0.0/16 via 10.2.0.1 dev eth0 proto static metric 7',
                       'route add 10.8.0.0/16 via 10.2.0.1 dev eth0 proto static src 10.2.0.12',
                       '-6 route add fd00:9::/48 via fd00:2::1 dev eth0 proto static')
            before = settled_picture(lab)
            lab.configure(front=config)
            lab.start_daemon()
            wait_until(lambda: lab.bus.place('front', V4) == 'eth0', 'the group')
            lab.wait_on('eth0', V4, V6)
            self.assertNotEqual(difference(before, lab.picture()), [])
            meanwhile(lab)
            delete_group(lab)
            self.assertIsNone(lab.bus.group('front'))
            self.assertFalse((lab.config_dir / 'groups.d/front.conf').exists())
            wait_until(lambda: difference(before, lab.picture()) == [] or None,
                       f'as before: {difference(before, lab.picture())}', deadline=5)

    def test_adopted(self):
        self.given_back(BARE, OWN)

    def test_declared(self):
        self.given_back(FRONT, [])

    def test_after_failover_and_failback(self):
        def meanwhile(lab):
            lab.cable(0, False)
            lab.wait_on('eth1', V4, V6)
            lab.cable(0, True)
            lab.wait_on('eth0', V4, V6)

        self.given_back(BARE, OWN, meanwhile)

    def test_ipv6_as_it_was_found(self):
        """Its order, which decides about the source, and that it was checked for duplicates."""
        with Lab() as lab:
            lab.ip('host', 'addr add 10.2.0.10/24 dev eth0', 'addr add fd00:2::10/64 dev eth0',
                   'addr add fd00:2::12/64 dev eth0', 'addr add fd00:22::1/64 dev eth0 noprefixroute')
            before = settled_picture(lab)
            lab.configure(front=BARE)
            lab.start_daemon()
            wait_until(lambda: lab.bus.place('front', V6) == 'eth0', 'the group')
            lab.cable(0, False)
            lab.wait_on('eth1', V4, V6, 'fd00:2::12', 'fd00:22::1')
            lab.cable(0, True)
            lab.wait_on('eth0', V4, V6, 'fd00:2::12', 'fd00:22::1')
            wait_until(lambda: before['addr'][1:] == lab.picture()['addr'][1:],
                       'the addresses of eth0 and eth1 as before')
            delete_group(lab)
            wait_until(lambda: difference(before, lab.picture()) == [] or None,
                       f'as before: {difference(before, lab.picture())}', deadline=5)

    def test_after_offline_and_online(self):
        def meanwhile(lab):
            lab.ipmpctl('offline', 'eth0')
            lab.wait_on('eth1', V4, V6)
            lab.ipmpctl('online', 'eth0')
            lab.wait_on('eth0', V4, V6)

        self.given_back(BARE, OWN, meanwhile)

    def test_after_a_restart(self):
        def meanwhile(lab):
            lab.kill_daemon()
            lab.start_daemon()
            wait_until(lambda: lab.bus.place('front', V4) == 'eth0', 'the group again')

        self.given_back(BARE, OWN, meanwhile)

    def test_while_failed(self):
        """The addresses go home, cable or not; with the cable the host is what it was."""
        with Lab(addresses=OWN) as lab:
            lab.add_default_routes()
            before = settled_picture(lab)
            lab.configure(front=BARE)
            lab.start_daemon()
            wait_until(lambda: lab.bus.place('front', V4) == 'eth0', 'the group')
            lab.cable(0, False)
            lab.wait_on('eth1', V4, V6)
            delete_group(lab)
            lab.wait_on('eth0', V4, V6)
            lab.cable(0, True)
            wait_until(lambda: difference(before, lab.picture()) == [] or None,
                       f'as before: {difference(before, lab.picture())}', deadline=5)

    def test_after_unplugging_no_trace_of_ours(self):
        """What the kernel took with the device is not ours to invent again, but nothing of ours may
        stay."""
        break_it, mend_it, _, _ = EVENTS['unplug']
        with Lab(addresses=OWN) as lab:
            lab.configure(front=BARE)
            lab.start_daemon()
            wait_until(lambda: lab.bus.place('front', V4) == 'eth0', 'the group')
            break_it(lab)
            lab.wait_on('eth1', V4, V6)
            mend_it(lab)
            lab.wait_on('eth0', V4, V6)
            wait_state(lab, 'eth0', 'ok')
            delete_group(lab)
            after = settled_picture(lab)
            self.assertEqual(after['nexthop'], [])
            for family in ('-4', '-6'):
                ours = [line for line in after[f'route {family}'] + after[f'rule {family}']
                        if '"73"' in line or '7300' in line or '7301' in line]
                self.assertEqual(ours, [])
            anchors = [line for line in after['addr'] if '"lo"' in line and '10.2.0.10' in line]
            self.assertEqual(anchors, [])

    def test_removed_member_is_as_it_was(self):
        with Lab(members=3, addresses=[*OWN, (2, '10.2.0.13/24')]) as lab:
            lab.configure(front=BARE + '[Interface eth2]\n')
            before = settled_picture(lab)
            lab.start_daemon()
            wait_until(lambda: lab.bus.place('front', '10.2.0.13') == 'eth2', 'the group')
            lab.bus.call(GROUP, GROUP_IFACE, 'RemoveInterface', '(sa{sv})', 'eth2', {})
            after = settled_picture(lab)
            self.assertEqual([line for line in before['addr'] if '"eth2"' in line],
                             [line for line in after['addr'] if '"eth2"' in line])
            names = [name for name in before['sysctl'] if '.eth2.' in name]
            self.assertEqual({n: before['sysctl'][n] for n in names},
                             {n: after['sysctl'].get(n) for n in names})


if __name__ == '__main__':
    tap.main()
