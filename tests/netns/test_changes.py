# SPDX-License-Identifier: LGPL-2.1-or-later
"""Members and addresses come and go, and the files are read again, while a member has failed."""
import unittest

import tap
from front import FRONT, V4, V6, call_group, call_interface, front_lab, reload, wait_state
from gi.repository import GLib
from lab import wait_until


def failed_lab(**options):
    """eth0 without its cable, all on eth1."""
    lab = front_lab(**options)
    try:
        lab.wait_on('eth0', V4, V6)
        lab.cable(0, False)
        lab.wait_on('eth1', V4, V6)
    except BaseException:
        lab.failed = True
        lab.close()
        raise
    return lab


class WhileFailed(unittest.TestCase):
    def test_add_an_address_whose_home_has_failed(self):
        with failed_lab() as lab:
            call_group(lab, 'AddAddress', '10.2.0.30/24', interface='eth0')
            self.assertEqual(lab.devices_with('10.2.0.30'), ['eth1'])
            call_group(lab, 'AddAddress', 'fd00:2::30/64', interface='eth0')
            self.assertEqual(lab.devices_with('fd00:2::30'), ['eth1'])
            lab.cable(0, True)
            lab.wait_on('eth0', V4, V6, '10.2.0.30', 'fd00:2::30')

    def test_remove_an_address_that_is_away(self):
        with failed_lab() as lab:
            call_group(lab, 'RemoveAddress', f'{V4}/24')
            self.assertEqual(lab.devices_with(V4), [])
            lab.cable(0, True)
            lab.wait_on('eth0', V6)
            self.assertEqual(lab.devices_with(V4), [])
            self.assertIsNone(lab.bus.place('front', V4))
            self.assertNotIn('10.2.0.10', (lab.config_dir / 'groups.d/front.conf').read_text())

    def test_add_a_member(self):
        with failed_lab(members=3) as lab:
            path = call_group(lab, 'AddInterface', 'eth2', addresses=['10.2.0.12/24'])
            self.assertEqual(path, '/org/ipmp/interface/eth2')
            lab.wait_on('eth2', '10.2.0.12')
            lab.cable(1, False)
            lab.wait_on('eth2', V4, V6, '10.2.0.11', 'fd00:2::11', '10.2.0.12')
            lab.cable(0, True)
            lab.wait_on('eth0', V4, V6)

    def test_remove_the_failed_member(self):
        with failed_lab() as lab:
            call_group(lab, 'RemoveInterface', 'eth0')
            self.assertIsNone(lab.bus.interface('eth0'))
            self.assertEqual(lab.devices_with('10.2.0.11'), ['eth1'])
            self.assertNotIn('eth1', lab.devices_with(V4))

    def test_remove_the_member_that_hosts(self):
        with failed_lab(members=3) as lab:
            call_group(lab, 'AddInterface', 'eth2')
            call_group(lab, 'RemoveInterface', 'eth1')
            lab.wait_on('eth2', V4, V6)
            self.assertTrue(lab.ping('rtr', V4))

    def test_reload(self):
        with failed_lab() as lab:
            lab.configure(front=FRONT.replace('10.2.0.11/24', '10.2.0.11/24 10.2.0.31/24')
                          .replace('[Group]', '[Group]\nFailback=no'))
            reload(lab)
            self.assertEqual(lab.devices_with('10.2.0.31'), ['eth1'])
            self.assertEqual(lab.devices_with(V4), ['eth1'])
            self.assertFalse(lab.bus.group('front')['Failback'])
            lab.cable(0, True)
            wait_state(lab, 'eth0', 'ok')
            self.assertEqual(lab.devices_with(V4), ['eth1'])

    def test_reload_of_a_broken_file_changes_nothing(self):
        with failed_lab() as lab:
            before = lab.picture()
            lab.configure(front=FRONT.replace('10.2.0.11/24', '10.2.0.311/24'),
                          back='[Group]\n[Interface eth2]\n')
            with self.assertRaises(GLib.Error) as caught:
                reload(lab)
            for part in ('InvalidConfig', 'front.conf', '7', '10.2.0.311'):
                self.assertIn(part, caught.exception.message)
            self.assertIsNone(lab.bus.group('back'))
            self.assertEqual(lab.picture(), before)

    def test_create_a_second_group(self):
        with failed_lab(members=4) as lab:
            lab.bus.call('/org/ipmp', 'org.ipmp.Manager', 'CreateGroup', '(sasa{sv})', 'back',
                         ['eth2', 'eth3'], {'addresses': GLib.Variant('as', ['10.5.0.40/24'])})
            wait_until(lambda: lab.devices_with('10.5.0.40') in (['eth2'], ['eth3']),
                       '10.5.0.40 in the second group')
            self.assertEqual(lab.devices_with(V4), ['eth1'])

    def test_offline_of_the_last_is_refused(self):
        with failed_lab() as lab:
            with self.assertRaises(GLib.Error) as caught:
                call_interface(lab, 'eth1', 'Offline')
            self.assertIn('MinimumRedundancy', caught.exception.message)
            self.assertEqual(lab.devices_with(V4), ['eth1'])


if __name__ == '__main__':
    tap.main()
