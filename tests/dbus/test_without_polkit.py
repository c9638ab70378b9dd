# SPDX-License-Identifier: LGPL-2.1-or-later
"""Without polkit the administrator can go on, and nobody else can change anything."""
import unittest

import service
import tap
from service import DENIED, INTERFACE, Refused, Service, group_path, interface_path

ETH0 = interface_path('eth0')


class WithoutPolkit(unittest.TestCase):
    def setUp(self):
        service.make_devices()
        self.addCleanup(service.remove_devices)
        self.service = Service()
        self.addCleanup(self.service.close)

    def test_user_0_may_all_others_may_not(self):
        with self.assertRaises(Refused) as caught:
            self.service.call_as('games', ETH0, INTERFACE, 'SetStandby', '(ba{sv})', False, {})
        self.assertEqual(caught.exception.name, DENIED)
        self.assertIn('polkit could not be asked', caught.exception.text)
        self.service.call(ETH0, INTERFACE, 'SetTestAddresses', '(asa{sv})', ['192.0.2.100/24'], {})
        self.assertEqual(self.service.properties(ETH0, INTERFACE)['TestAddresses'],
                         ['192.0.2.100/24'])
        self.service.call_as('games', group_path('front'), service.PROPERTIES, 'GetAll', '(s)',
                             service.GROUP)


if __name__ == '__main__':
    tap.main()
