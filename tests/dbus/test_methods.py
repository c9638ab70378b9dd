# SPDX-License-Identifier: LGPL-2.1-or-later
"""Each method: what it does, and what it says of a wrong argument, naming the value."""
import subprocess
import unittest

from gi.repository import GLib

import service
import tap
from lab import wait_until
from service import (ERROR, GROUP, INTERFACE, MANAGER, ROOT, Refused, Service, group_path,
                     interface_path, options)

FRONT = group_path('front')
ETH0, ETH1, ETH2 = (interface_path(f'eth{i}') for i in range(3))
SETTINGS = GLib.Variant('a{sa{sv}}', {'eth7': options(standby='x')})
STRANGER = GLib.Variant('a{sa{sv}}', {'eth8': {}})

# path, interface, method, signature, arguments, error, what its text has to name
BAD = (
    (ROOT, MANAGER, 'CreateGroup', '(sasa{sv})', ('a b', [], {}), 'InvalidArgument', 'a b'),
    (ROOT, MANAGER, 'CreateGroup', '(sasa{sv})', ('', [], {}), 'InvalidArgument', '""'),
    (ROOT, MANAGER, 'CreateGroup', '(sasa{sv})', ('front', ['eth2'], {}), 'Exists', 'front'),
    (ROOT, MANAGER, 'CreateGroup', '(sasa{sv})', ('back', ['eth0'], {}), 'InterfaceInUse', 'eth0'),
    (ROOT, MANAGER, 'CreateGroup', '(sasa{sv})', ('back', ['lo'], {}), 'NotSuitable', 'lo'),
    (ROOT, MANAGER, 'CreateGroup', '(sasa{sv})', ('back', ['e/x'], {}), 'InvalidArgument', 'e/x'),
    (ROOT, MANAGER, 'CreateGroup', '(sasa{sv})', ('back', ['eth7', 'eth7'], {}),
     'InvalidArgument', 'eth7'),
    (ROOT, MANAGER, 'CreateGroup', '(sasa{sv})', ('back', [], options(colour='red')),
     'InvalidArgument', 'colour'),
    (ROOT, MANAGER, 'CreateGroup', '(sasa{sv})', ('back', [], options(failback='no')),
     'InvalidArgument', 'failback'),
    (ROOT, MANAGER, 'CreateGroup', '(sasa{sv})', ('back', [], options(addresses=['10.0.0.1'])),
     'InvalidArgument', '10.0.0.1'),
    (ROOT, MANAGER, 'CreateGroup', '(sasa{sv})', ('back', [], options(addresses=['192.0.2.10/24'])),
     'Exists', '192.0.2.10/24'),
    (ROOT, MANAGER, 'CreateGroup', '(sasa{sv})',
     ('back', ['eth7'], {'interface-settings': SETTINGS}), 'InvalidArgument', 'standby'),
    (ROOT, MANAGER, 'CreateGroup', '(sasa{sv})',
     ('back', ['eth7'], {'interface-settings': STRANGER}), 'InvalidArgument', 'eth8'),
    (ROOT, MANAGER, 'GetGroup', '(s)', ('none',), 'NoSuchGroup', 'none'),
    (ROOT, MANAGER, 'GetInterface', '(s)', ('eth9',), 'NoSuchInterface', 'eth9'),
    (ROOT, MANAGER, 'ListDevices', '(a{sv})', (options(all=True),), 'InvalidArgument', 'all'),
    (ROOT, MANAGER, 'SetDefaults', '(a{sv}a{sv})', (options(link_poll_msec=10001), {}),
     'InvalidArgument', '10001'),
    (ROOT, MANAGER, 'SetDefaults', '(a{sv}a{sv})', (options(probe_failures=3), {}),
     'InvalidArgument', 'probe-failures'),
    (ROOT, MANAGER, 'SetDefaults', '(a{sv}a{sv})', ({}, options(reset=['all'])),
     'InvalidArgument', 'all'),
    (ROOT, MANAGER, 'Reload', '(a{sv})', (options(force=True),), 'InvalidArgument', 'force'),
    (ROOT, MANAGER, 'History', '(u)', (0,), 'InvalidArgument', '0'),
    (ROOT, MANAGER, 'History', '(u)', (10001,), 'InvalidArgument', '10001'),
    (ROOT, MANAGER, 'WatchProbes', '(a{sv})', (options(interface='eth0'),), 'InvalidArgument',
     'interface'),
    (ROOT, MANAGER, 'WatchProbes', '(a{sv})', (options(interfaces=['eth0', 'eth9']),),
     'NoSuchInterface', 'eth9'),
    (ROOT, MANAGER, 'WatchProbes', '(a{sv})', (options(interfaces=[]),), 'InvalidArgument',
     'interfaces'),
    (ROOT, MANAGER, 'UnwatchProbes', '(a{sv})', (options(interfaces='eth0'),), 'InvalidArgument',
     'interfaces'),
    (ROOT, MANAGER, 'UnwatchProbes', '(a{sv})', (options(interfaces=['eth9']),),
     'NoSuchInterface', 'eth9'),
    (ROOT, MANAGER, 'UnwatchProbes', '(a{sv})', (options(interfaces=[]),), 'InvalidArgument',
     'interfaces'),
    (ROOT, MANAGER, 'Check', '(a{sv})', (options(deep=True),), 'InvalidArgument', 'deep'),
    (FRONT, GROUP, 'AddInterface', '(sa{sv})', ('e e', {}), 'InvalidArgument', 'e e'),
    (FRONT, GROUP, 'AddInterface', '(sa{sv})', ('lo', {}), 'NotSuitable', 'lo'),
    (FRONT, GROUP, 'AddInterface', '(sa{sv})', ('eth0', options(standby=True)), 'Exists', 'eth0'),
    (FRONT, GROUP, 'AddInterface', '(sa{sv})', ('eth2', options(hardware_address='xx')),
     'InvalidArgument', 'xx'),
    (FRONT, GROUP, 'AddInterface', '(sa{sv})',
     ('eth2', options(standby=True, addresses=['192.0.2.12/24'])), 'Standby', '192.0.2.12/24'),
    (FRONT, GROUP, 'AddInterface', '(sa{sv})',
     ('eth2', options(test_addresses=['192.0.2.10/24'])), 'TestAddressConflict', '192.0.2.10/24'),
    (FRONT, GROUP, 'RemoveInterface', '(sa{sv})', ('eth2', {}), 'NoSuchInterface', 'eth2'),
    (FRONT, GROUP, 'RemoveInterface', '(sa{sv})', ('eth1', options(force=True)),
     'InvalidArgument', 'force'),
    (FRONT, GROUP, 'AddAddress', '(sa{sv})', ('192.0.2.300/24', {}), 'InvalidArgument',
     '192.0.2.300/24'),
    (FRONT, GROUP, 'AddAddress', '(sa{sv})', ('192.0.2.0/24', {}), 'InvalidArgument',
     '192.0.2.0/24'),
    (FRONT, GROUP, 'AddAddress', '(sa{sv})', ('127.0.0.2/8', {}), 'InvalidArgument', '127.0.0.2/8'),
    (FRONT, GROUP, 'AddAddress', '(sa{sv})', ('192.0.2.11/24', options(interface='eth2')),
     'NoSuchInterface', 'eth2'),
    (FRONT, GROUP, 'AddAddress', '(sa{sv})', ('192.0.2.11/24', options(deprecated=True)),
     'InvalidArgument', '192.0.2.11/24'),
    (FRONT, GROUP, 'AddAddress', '(sa{sv})', ('192.0.2.10/24', options(interface='eth1')), 'Exists',
     '192.0.2.10/24'),
    (FRONT, GROUP, 'RemoveAddress', '(sa{sv})', ('192.0.2.77/24', {}), 'NoSuchAddress',
     '192.0.2.77/24'),
    (FRONT, GROUP, 'RemoveAddress', '(sa{sv})', ('192.0.2.10/25', {}), 'NoSuchAddress',
     '192.0.2.10/25'),
    (FRONT, GROUP, 'RemoveAddress', '(sa{sv})', ('ten', {}), 'InvalidArgument', 'ten'),
    (FRONT, GROUP, 'Configure', '(a{sv}a{sv})', (options(failure_detection_msec=9), {}),
     'InvalidArgument', '9'),
    (FRONT, GROUP, 'Configure', '(a{sv}a{sv})', (options(probe_method='smoke'), {}),
     'InvalidArgument', 'smoke'),
    (FRONT, GROUP, 'Configure', '(a{sv}a{sv})', (options(probe_targets=['203.0.113.1']), {}),
     'InvalidArgument', '203.0.113.1'),
    (FRONT, GROUP, 'Configure', '(a{sv}a{sv})', (options(track_ungrouped=True), {}),
     'InvalidArgument', 'track-ungrouped'),
    (FRONT, GROUP, 'Configure', '(a{sv}a{sv})', (options(failback=True),
                                                 options(reset=['failback'])),
     'InvalidArgument', 'failback'),
    (FRONT, GROUP, 'Save', '(a{sv})', (options(temporary=True),), 'InvalidArgument', 'temporary'),
    (FRONT, GROUP, 'Delete', '(a{sv})', (options(temporary='yes'),), 'InvalidArgument', 'temporary'),
    (ETH0, INTERFACE, 'Offline', '(a{sv})', (options(min_redundancy=2),), 'MinimumRedundancy',
     '2'),
    (ETH0, INTERFACE, 'Offline', '(a{sv})', (options(minimum=2),), 'InvalidArgument', 'minimum'),
    (ETH0, INTERFACE, 'Online', '(a{sv})', (options(now=True),), 'InvalidArgument', 'now'),
    (ETH0, INTERFACE, 'SetStandby', '(ba{sv})', (True, {}), 'Standby', '192.0.2.10/24'),
    (ETH0, INTERFACE, 'SetStandby', '(ba{sv})', (False, options(now=True)), 'InvalidArgument',
     'now'),
    (ETH0, INTERFACE, 'SetTestAddresses', '(asa{sv})', (['192.0.2.100'], {}), 'InvalidArgument',
     '192.0.2.100'),
    (ETH0, INTERFACE, 'SetTestAddresses', '(asa{sv})', (['192.0.2.10/24'], {}),
     'TestAddressConflict', '192.0.2.10/24'),
)


def setUpModule():
    service.make_devices()


class Wrong(unittest.TestCase):
    def test_each_refusal_names_the_value_and_changes_nothing(self):
        running = Service()
        self.addCleanup(running.close)
        before, text = running.bus.objects(), running.config.read_text()
        for path, interface, method, signature, arguments, error, named in BAD:
            with self.subTest(method=method, arguments=str(arguments)):
                with self.assertRaises(Refused) as caught:
                    running.call(path, interface, method, signature, *arguments)
                self.assertEqual(caught.exception.name, ERROR + error, caught.exception.text)
                self.assertIn(named, caught.exception.text)
        self.assertEqual(running.bus.objects(), before)
        self.assertEqual(running.config.read_text(), text)
        self.assertEqual([p.name for p in running.config.parent.iterdir()], ['front.conf'])


class Right(unittest.TestCase):
    def setUp(self):
        self.service = Service()
        self.addCleanup(self.service.close)

    def group(self, method, *arguments, **given):
        """A method of front that takes strings and options."""
        return self.service.call(FRONT, GROUP, method, f'({"s" * len(arguments)}a{{sv}})',
                                 *arguments, options(**given))

    def member(self, path):
        return self.service.properties(path, INTERFACE)

    def where(self):
        return {a['address']: (a['home'], a['interface'], a['state'], a['source'])
                for a in self.service.front()['Addresses']}

    def text(self):
        return self.service.config.read_text()

    def test_create_group_and_delete(self):
        create = ('(sasa{sv})', 'back', ['eth2', 'eth7'], {
            **options(failback=False, addresses=['198.51.100.1/24']),
            'interface-settings': GLib.Variant('a{sa{sv}}', {
                'eth2': options(addresses=['198.51.100.2/24']),
                'eth7': options(standby=True, test_addresses=['198.51.100.107/24'])})})
        path = self.service.call(ROOT, MANAGER, 'CreateGroup', *create)
        self.assertEqual(path, group_path('back'))
        self.assertEqual(self.service.call(ROOT, MANAGER, 'GetGroup', '(s)', 'back'), path)
        self.assertEqual(self.service.call(ROOT, MANAGER, 'GetInterface', '(s)', 'eth7'),
                         interface_path('eth7'))
        seen = self.service.properties(path, GROUP)
        self.assertEqual((seen['Failback'], seen['FailbackInherited']), (False, False))
        self.assertEqual(seen['Interfaces'], [ETH2, interface_path('eth7')])
        self.assertEqual(seen['ActiveInterfaces'], [ETH2])
        self.assertEqual(seen['State'], 'degraded')
        self.assertEqual({a['address']: a['interface'] for a in seen['Addresses']},
                         {'198.51.100.1/24': ETH2, '198.51.100.2/24': ETH2})
        missing = self.member(interface_path('eth7'))
        self.assertEqual((missing['State'], missing['Index'], missing['Standby']), ('missing', 0, True))
        self.assertEqual(missing['TestAddresses'], ['198.51.100.107/24'])
        path_of_file = self.service.config.parent / 'back.conf'
        self.assertEqual(seen['ConfigPath'], str(path_of_file))
        # once more is success and no change
        before = path_of_file.stat().st_mtime_ns
        self.service.call(ROOT, MANAGER, 'CreateGroup', *create)
        self.assertEqual(path_of_file.stat().st_mtime_ns, before)
        self.service.call(path, GROUP, 'Delete', '(a{sv})', {})
        self.assertFalse(path_of_file.exists())
        self.assertNotIn(path, self.service.bus.objects())
        self.assertNotIn(ETH2, self.service.bus.objects())
        self.assertEqual(self.addresses_of('eth2'), [])

    @staticmethod
    def addresses_of(device):
        done = subprocess.run(['ip', '-4', '-br', 'addr', 'show', 'dev', device],
                              capture_output=True, text=True, check=True)
        return done.stdout.split()[2:]

    def test_a_refused_group_leaves_nothing(self):
        with self.assertRaises(Refused):
            self.service.call(ROOT, MANAGER, 'CreateGroup', '(sasa{sv})', 'back', ['eth2', 'lo'],
                              options(addresses=['198.51.100.1/24']))
        self.assertNotIn(group_path('back'), self.service.bus.objects())
        self.assertFalse((self.service.config.parent / 'back.conf').exists())
        self.assertEqual(self.addresses_of('eth2'), [])

    def test_add_and_remove_interface(self):
        path = self.group('AddInterface', 'eth2', standby=True, test_addresses=['192.0.2.102/24'])
        self.assertEqual(path, ETH2)
        seen = self.member(ETH2)
        self.assertEqual((seen['Group'], seen['Standby'], seen['TestAddresses']),
                         (FRONT, True, ['192.0.2.102/24']))
        self.assertIn('standby', seen['Flags'])
        self.assertEqual(self.service.front()['InactiveInterfaces'], [ETH2])
        self.group('AddInterface', 'eth2')
        self.assertIn('[Interface eth2]', self.text())
        self.assertIn('# kept', self.text())
        self.group('RemoveInterface', 'eth2')
        self.assertNotIn(ETH2, self.service.bus.objects())
        self.assertNotIn('eth2', self.text())

    def test_add_and_remove_address(self):
        self.group('AddAddress', '192.0.2.20/24')
        self.group('AddAddress', '2001:db8::11/64', interface='eth1')
        self.group('AddAddress', '192.0.2.20/24')
        # elsewhere until the device has its link-local address
        wait_until(lambda: self.where()['2001:db8::11/64'] == (ETH1, ETH1, 'up', 'config'), 'the IPv6 address at home')
        seen = self.where()
        self.assertEqual(seen['192.0.2.20/24'][0], '/')
        self.assertIn(seen['192.0.2.20/24'][1], (ETH0, ETH1))
        self.assertIn('2001:db8::11/64', self.member(ETH1)['Addresses'])
        self.assertIn('192.0.2.20/24', self.text())
        self.group('RemoveAddress', '192.0.2.20/24')
        self.group('RemoveAddress', '2001:db8::11/64')
        self.assertEqual(set(self.where()), {'192.0.2.10/24'})
        self.assertNotIn('192.0.2.20/24', self.text())

    def test_an_address_that_somebody_deleted_is_taken_back(self):
        text = self.text()
        subprocess.run(['ip', 'addr', 'del', '192.0.2.10/24', 'dev', 'eth0'], check=True)
        wait_until(lambda: self.where()['192.0.2.10/24'][2] == 'withdrawn', 'it withdrawn')
        self.service.call(ROOT, MANAGER, 'Reload', '(a{sv})', {})
        self.assertEqual(self.where()['192.0.2.10/24'][2], 'withdrawn')
        self.group('AddAddress', '192.0.2.10/24', interface='eth0')
        self.assertEqual(self.where()['192.0.2.10/24'], (ETH0, ETH0, 'up', 'config'))
        self.assertEqual(self.addresses_of('eth0'), ['192.0.2.10/24'])
        self.assertEqual(self.text(), text)

    def test_configure_and_reset(self):
        configure = ('(a{sv}a{sv})',)
        self.service.call(FRONT, GROUP, 'Configure', *configure,
                          options(failure_detection_msec=500, failback=False, probe_method='none',
                                  probe_targets=['192.0.2.1'], probe_targets_only=True,
                                  probe_failures=4, probe_repairs=6, repair_delay_msec=20), {})
        seen = self.service.front()
        self.assertEqual(
            [seen[key] for key in ('FailureDetectionMSec', 'FailureDetectionInherited', 'Failback',
                                   'FailbackInherited', 'ProbeMethod', 'ProbeTargets',
                                   'ProbeTargetsOnly', 'ProbeFailures', 'ProbeRepairs',
                                   'RepairDelayMSec')],
            [500, False, False, False, 'none', ['192.0.2.1'], True, 4, 6, 20])
        self.assertIn('FailureDetectionTime=500ms', self.text())
        self.service.call(FRONT, GROUP, 'Configure', *configure, {}, options(
            reset=['failure-detection-msec', 'failback', 'probe-method', 'probe-targets',
                   'probe-targets-only', 'probe-failures', 'probe-repairs', 'repair-delay-msec']))
        self.assertEqual(self.text(), service.FRONT)

    def test_set_defaults(self):
        self.service.call(ROOT, MANAGER, 'SetDefaults', '(a{sv}a{sv})',
                          options(failure_detection_msec=2000, failback=False, link_poll_msec=20), {})
        seen = self.service.properties(ROOT, MANAGER)
        self.assertEqual((seen['DefaultFailureDetectionMSec'], seen['DefaultFailback'],
                          seen['LinkPollMSec']), (2000, False, 20))
        group = self.service.front()
        self.assertEqual((group['FailureDetectionMSec'], group['FailureDetectionInherited'],
                          group['Failback']), (2000, True, False))
        self.assertEqual(self.text(), service.FRONT)
        self.service.call(ROOT, MANAGER, 'SetDefaults', '(a{sv}a{sv})', {},
                          options(reset=['failure-detection-msec', 'failback', 'link-poll-msec']))
        self.assertEqual(self.service.properties(ROOT, MANAGER)['DefaultFailureDetectionMSec'], 10000)

    def test_check(self):
        """The cables of these devices end in no switch: nobody hears anybody."""
        seen = self.service.call(ROOT, MANAGER, 'Check', '(a{sv})', {})
        keys = {'severity', 'code', 'group', 'interface', 'message', 'advice'}
        self.assertTrue(all(set(item) == keys and item['group'] == 'front' for item in seen), seen)
        self.assertEqual((seen[0]['severity'], seen[0]['code'], seen[0]['interface']),
                         ('error', 'not-on-link', ''))
        self.assertIn('eth0 and eth1', seen[0]['message'])
        order = [('error', 'warning', 'info').index(item['severity']) for item in seen]
        self.assertEqual(order, sorted(order))

    def test_reload_takes_what_was_edited(self):
        self.service.config.write_text(service.FRONT.replace('192.0.2.10', '192.0.2.30'))
        self.service.call(ROOT, MANAGER, 'Reload', '(a{sv})', {})
        self.assertEqual(set(self.where()), {'192.0.2.30/24'})
        self.service.config.unlink()
        self.service.call(ROOT, MANAGER, 'Reload', '(a{sv})', {})
        self.assertNotIn(FRONT, self.service.bus.objects())

    def test_a_file_edited_by_hand_is_not_overwritten(self):
        edited = service.FRONT + '# by hand\n'
        self.service.config.write_text(edited)
        self.addCleanup(self.service.call, ROOT, MANAGER, 'Reload', '(a{sv})', {})
        with self.assertRaises(Refused) as caught:
            self.group('AddAddress', '192.0.2.20/24')
        self.assertEqual(caught.exception.name, ERROR + 'ConfigChanged')
        self.assertIn('front.conf', caught.exception.text)
        self.assertEqual(self.text(), edited)
        self.assertEqual(set(self.where()), {'192.0.2.10/24'})

    def test_temporary_changes_mask_and_are_saved(self):
        self.group('AddAddress', '192.0.2.20/24', temporary=True)
        self.assertTrue(self.service.front()['Temporary'])
        self.assertEqual(self.text(), service.FRONT)
        with self.assertRaises(Refused) as caught:
            self.group('AddAddress', '192.0.2.21/24')
        self.assertEqual(caught.exception.name, ERROR + 'Busy')
        self.group('Save')
        self.assertFalse(self.service.front()['Temporary'])
        self.assertEqual(self.service.front()['ConfigPath'], str(self.service.config))
        self.assertIn('192.0.2.20/24', self.text())
        self.group('AddAddress', '192.0.2.21/24')
        self.group('Save')

    def test_a_temporary_group_goes_as_it_came(self):
        path = self.service.call(ROOT, MANAGER, 'CreateGroup', '(sasa{sv})', 'back', ['eth2'],
                                 options(temporary=True))
        self.assertFalse((self.service.config.parent / 'back.conf').exists())
        self.assertTrue(self.service.properties(path, GROUP)['Temporary'])
        self.service.call(path, GROUP, 'Delete', '(a{sv})', {})
        self.assertNotIn(path, self.service.bus.objects())

    def test_a_group_is_deleted_for_the_time_being(self):
        self.group('Delete', temporary=True)
        self.assertNotIn(FRONT, self.service.bus.objects())
        self.assertEqual(self.text(), service.FRONT)

    def test_offline_and_online(self):
        self.service.call(ETH0, INTERFACE, 'Offline', '(a{sv})', {})
        seen = self.member(ETH0)
        self.assertEqual((seen['State'], seen['Reason'], seen['Active'], seen['Addresses']),
                         ('offline', 'offline', False, []))
        self.assertIn('offline', seen['Flags'])
        self.assertEqual(self.where()['192.0.2.10/24'], (ETH0, ETH1, 'up', 'config'))
        self.service.call(ETH0, INTERFACE, 'Offline', '(a{sv})', {})
        with self.assertRaises(Refused) as caught:
            self.service.call(ETH1, INTERFACE, 'Offline', '(a{sv})', {})
        self.assertEqual(caught.exception.name, ERROR + 'MinimumRedundancy')
        self.service.call(ETH0, INTERFACE, 'Online', '(a{sv})', {})
        self.service.call(ETH0, INTERFACE, 'Online', '(a{sv})', {})
        wait_until(lambda: self.member(ETH0)['State'] == 'ok', 'eth0 ok')
        wait_until(lambda: self.where()['192.0.2.10/24'][1] == ETH0, 'the address at home')

    def test_set_standby(self):
        self.service.call(ETH1, INTERFACE, 'SetStandby', '(ba{sv})', True, {})
        seen = self.member(ETH1)
        self.assertEqual((seen['Standby'], seen['Active']), (True, False))
        self.assertEqual(set(seen['Flags']), {'running', 'standby', 'inactive'})
        self.assertIn('Standby=yes', self.text())
        for call, who in ((None, ([ETH0], [ETH1])), ('Offline', ([ETH1], [])), ('Online', ([ETH0], [ETH1]))):
            if call:
                self.service.call(ETH0, INTERFACE, call, '(a{sv})', {})
            wait_until(lambda w=who: tuple(self.service.front()[f'{what}Interfaces'] for what in ('Active', 'Inactive')) == w,
                       f'active and inactive after {call}')
        self.service.call(ETH1, INTERFACE, 'SetStandby', '(ba{sv})', False, {})
        self.assertEqual(self.member(ETH1)['Active'], True)
        self.assertEqual(self.text(), service.FRONT)

    def test_set_test_addresses(self):
        self.service.call(ETH1, INTERFACE, 'SetTestAddresses', '(asa{sv})', ['192.0.2.111/24'], {})
        self.assertEqual(self.member(ETH1)['TestAddresses'], ['192.0.2.111/24'])
        self.assertIn('TestAddresses=192.0.2.111/24', self.text())
        self.service.call(ETH1, INTERFACE, 'SetTestAddresses', '(asa{sv})', [], {})
        self.assertEqual(self.member(ETH1)['TestAddresses'], [])
        self.assertEqual(self.text(), service.FRONT)

    def test_a_device_by_hardware_address_as_somebody_else_writes_it(self):
        self.group('AddInterface', 'eth2', hardware_address='02:00:00:00:01:0A')
        self.assertIn('HardwareAddress=02:00:00:00:01:0a', self.text())

    def find_address(self):
        subprocess.run(['ip', 'addr', 'add', '192.0.2.40/24', 'dev', 'eth1'], check=True)
        wait_until(lambda: '192.0.2.40/24' in self.where(), 'the adopted address')
        self.assertEqual(self.where()['192.0.2.40/24'][3], 'adopted')

    def test_an_address_that_was_found_is_removed_from_the_host(self):
        self.find_address()
        self.group('RemoveAddress', '192.0.2.40/24')
        self.assertNotIn('192.0.2.40/24', self.where())
        shown = subprocess.run(['ip', 'addr'], check=True, capture_output=True, text=True).stdout
        self.assertNotIn('192.0.2.40', shown)

    def test_an_address_that_was_found_and_configured_is_removed_at_once(self):
        self.find_address()
        self.group('AddAddress', '192.0.2.40/24', interface='eth1')
        self.assertEqual(self.where()['192.0.2.40/24'][3], 'config')
        self.group('RemoveAddress', '192.0.2.40/24')
        self.assertNotIn('192.0.2.40/24', self.where())


if __name__ == '__main__':
    tap.main()
