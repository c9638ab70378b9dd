# SPDX-License-Identifier: LGPL-2.1-or-later
"""Foreign routes by the thousand: adopted, not touched by a failover, given back."""
import unittest

import tap
from front import GROUP, GROUP_IFACE, wait_state
from lab import Lab, wait_until

CONFIG = '[Group]\nProbeMethod=none\n\n[Interface eth0]\n\n[Interface eth1]\n'
FEW, MANY = 10, 5000
# How many turns the news of a failover comes in decides on a few messages.
SPREAD = 20
AWAY = '10.2.0.10'
END = '198.51.100.0/24'


def destination(number):
    return f'20.{number // 250}.{number % 250}.0/24'


class ManyRoutes(unittest.TestCase):
    def lab(self, n):
        lab = Lab(addresses=[(0, f'{AWAY}/24'), (1, '10.2.0.11/24')])
        lab.ip('host', 'route add default via 10.2.0.1 dev eth0 proto static',
               *(f'route add {destination(number)} via 10.2.0.1 dev eth0 proto static'
                 for number in range(n)))
        return lab

    def start(self, lab, n):
        lab.configure(front=CONFIG)
        lab.start_daemon()
        wait_until(lambda: lab.bus.group('front'), 'the group front')
        wait_until(lambda: len(self.copies(lab)) == n, f'{n} copies')
        wait_until(lambda: 'lookup 7301' in lab.run(None, 'ip', '-n', 'host', 'rule').stdout, 'rules')
        wait_state(lab, 'eth1', 'ok')

    def copies(self, lab):
        return lab.run(None, 'ip', '-n', 'host', 'route', 'show', 'table', '7300').stdout.splitlines()

    def messages(self, n):
        """What the kernel tells of routes and nexthops during a carrier loss with n routes."""
        with self.lab(n) as lab:
            self.start(lab, n)
            heard = lab.directory / 'heard'
            with open(heard, 'wb') as log:
                lab.spawn('host', 'ip', 'monitor', 'route', 'nexthop', stdout=log)
            wait_until(lambda: self.marked(lab, heard), 'the monitor')
            lab.cable(0, False)
            lab.wait_on('eth1', AWAY)
            wait_until(lambda: lab.ping('rtr', AWAY), 'an answer by eth1')
            lab.ip('host', f'route add blackhole {END} table 98')
            wait_until(lambda: 'table 98' in heard.read_text(), 'the end of what is heard')
            self.assertEqual(len(self.copies(lab)), n)
            return [line for line in heard.read_text().splitlines()
                    if END not in line and 'table local' not in line]

    @staticmethod
    def marked(lab, heard):
        """Once it listens it hears that."""
        lab.ip('host', f'route add blackhole {END} table 99', f'route del blackhole {END} table 99')
        return END in heard.read_text()

    def test_a_failover_touches_none(self):
        few, many = self.messages(FEW), self.messages(MANY)
        self.assertGreater(len(few), 0)
        self.assertLess(abs(len(few) - len(many)), SPREAD, f'{few}\n{many[:2 * SPREAD]}')
        self.assertFalse([line for line in many if '20.' in line.split()[0]])

    def test_flushed_and_given_back(self):
        with self.lab(MANY) as lab:
            before = lab.picture()
            self.start(lab, MANY)
            lab.admin(0, False)
            lab.wait_on('eth1', AWAY)
            self.assertNotIn(destination(0), lab.run(None, 'ip', '-n', 'host', 'route').stdout)
            self.assertEqual(len(self.copies(lab)), MANY)
            lab.admin(0, True)
            wait_until(lambda: lab.run(None, 'ip', '-n', 'host', 'route').stdout.count(' proto static')
                       == MANY + 1, 'all foreign routes')
            lab.wait_on('eth0', AWAY)
            lab.bus.call(GROUP, GROUP_IFACE, 'Delete', '(a{sv})', {})
            after = lab.picture()
            for kind in ('route -4', 'rule -4', 'nexthop', 'sysctl'):
                self.assertEqual(before[kind], after[kind], kind)


if __name__ == '__main__':
    tap.main()
