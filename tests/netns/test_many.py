# SPDX-License-Identifier: LGPL-2.1-or-later
"""Ten addresses of each family move together, keep their order and come back."""
import unittest

import tap
from front import EVENTS, front_lab
from lab import member_mac, wait_until

TEN_V4 = [f'10.2.0.{n}' for n in range(100, 110)]
TEN_V6 = [f'fd00:2::{n}' for n in range(100, 110)]
CONFIG = '[Group]\n[Interface eth0]\nAddresses=' \
    + ' '.join([f'{a}/24' for a in TEN_V4] + [f'{a}/64' for a in TEN_V6]) \
    + '\n[Interface eth1]\n'


class Many(unittest.TestCase):
    def move(self, event):
        break_it, mend_it, _, _ = EVENTS[event]
        with front_lab(CONFIG) as lab:
            lab.wait_on('eth0', *TEN_V4, *TEN_V6)
            for address in TEN_V4 + TEN_V6:
                self.assertTrue(lab.ping('rtr', address), address)
            for step, number in ((break_it, 1), (mend_it, 0)):
                step(lab)
                lab.wait_on(f'eth{number}', *TEN_V4, *TEN_V6)
                for address in TEN_V4 + TEN_V6:
                    wait_until(lambda a=address: lab.router_neighbour(a) == member_mac(number),
                               f'the router knows {address} on eth{number}', deadline=1)
                    self.assertTrue(lab.ping('rtr', address), address)
            wait_until(lambda: len(lab.bus.interface('eth0')['Addresses']) == 20, 'all on eth0')

    def test_carrier_loss(self):
        self.move('carrier')

    def test_admin_down(self):
        self.move('admin')

    def test_device_deletion(self):
        self.move('unplug')


if __name__ == '__main__':
    tap.main()
