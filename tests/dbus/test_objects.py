# SPDX-License-Identifier: LGPL-2.1-or-later
"""What is on the bus: objects, members, properties, signals, the name; and that reading is free."""
import json
import os
import pathlib
import signal
import socket
import subprocess
import unittest
import xml.etree.ElementTree as ElementTree

from gi.repository import Gio, GLib

import service
import tap
from lab import DEADLINE, wait_until
from service import (DENIED, GROUP, INTERFACE, MANAGER, PROPERTIES, ROOT, Refused, Service,
                     group_path, interface_path, options)

XML = pathlib.Path(__file__).resolve().parents[2] / 'introspection'
INTROSPECTABLE = 'org.freedesktop.DBus.Introspectable'
WHERE = {MANAGER: ROOT, GROUP: group_path('front'), INTERFACE: interface_path('eth0')}


def shape(interface):
    """(kind, name, signature) of each member."""
    members = set()
    for member in interface:
        arguments = ''.join(f'{a.get("direction", "out")} {a.get("type")} '
                            for a in member.findall('arg'))
        if member.tag in ('method', 'signal', 'property'):
            members.add((member.tag, member.get('name'), member.get('type', arguments),
                         member.get('access', '')))
    return members


def setUpModule():
    service.make_devices()


class Objects(unittest.TestCase):
    def setUp(self):
        self.service = Service()
        self.addCleanup(self.service.close)

    def introspect(self, path, name):
        text = self.service.call(path, INTROSPECTABLE, 'Introspect')
        found = {i.get('name'): i for i in ElementTree.fromstring(text).findall('interface')}
        self.assertIn(name, found)
        return found[name]

    def test_each_object_has_what_the_xml_says(self):
        for name, path in WHERE.items():
            wanted = ElementTree.parse(XML / f'{name}.xml').getroot().find('interface')
            self.assertEqual(shape(self.introspect(path, name)), shape(wanted))

    def test_constants_are_told_to_be_constant(self):
        for name, properties in ((MANAGER, {'Version'}), (GROUP, {'Name', 'Anonymous'}),
                                 (INTERFACE, {'Name'})):
            constant = {p.get('name') for p in self.introspect(WHERE[name], name).findall('property')
                        for a in p.findall('annotation') if a.get('value') == 'const'}
            self.assertEqual(constant, properties)

    def test_the_root_is_manager_and_object_manager(self):
        self.introspect(ROOT, MANAGER)
        self.introspect(ROOT, 'org.freedesktop.DBus.ObjectManager')

    def test_managed_objects_are_groups_and_interfaces(self):
        objects = self.service.bus.objects()
        self.assertEqual(set(objects), {group_path('front'), interface_path('eth0'),
                                        interface_path('eth1')})
        for path, interfaces in objects.items():
            (name, properties), = interfaces.items()
            self.assertEqual(properties, self.service.properties(path, name))

    def test_no_property_can_be_set(self):
        for name, path in WHERE.items():
            before = self.service.properties(path, name)
            for key in before:
                with self.subTest(property=f'{name}.{key}'):
                    type_ = {p.get('name'): p.get('type')
                             for p in self.introspect(path, name).findall('property')}[key]
                    value = {'s': '', 'u': 7, 't': 7, 'b': True, 'o': '/'}.get(type_, [])
                    with self.assertRaises(Refused):
                        self.service.call(path, PROPERTIES, 'Set', '(ssv)', name, key,
                                          GLib.Variant(type_, value))
            self.assertEqual(self.service.properties(path, name), before)

    def test_everybody_may_read(self):
        for name, path in WHERE.items():
            self.assertIn('{', self.service.call_as('nobody', path, PROPERTIES, 'GetAll', '(s)',
                                                    name))
        for method, signature, arguments in (
                ('GetGroup', '(s)', ('front',)), ('GetInterface', '(s)', ('eth0',)),
                ('ListDevices', '(a{sv})', ({},)), ('History', '(u)', (10,)), ('Describe', '()', ())):
            with self.subTest(method=method):
                self.service.call_as('nobody', ROOT, MANAGER, method, signature, *arguments)
        self.service.call_as('nobody', interface_path('eth0'), INTERFACE, 'GetStatistics')

    def test_what_is_asked_on_a_wrong_object_is_refused(self):
        for path, interface, method in ((group_path('none'), GROUP, 'Delete'),
                                        (interface_path('eth9'), INTERFACE, 'Online'),
                                        (ROOT, GROUP, 'Delete')):
            with self.assertRaises(Refused) as caught:
                self.service.call(path, interface, method, '(a{sv})', {})
            self.assertTrue(caught.exception.name.startswith('org.freedesktop.DBus.Error.Unknown'))

    def test_names_are_escaped(self):
        path = self.service.call(ROOT, MANAGER, 'CreateGroup', '(sasa{sv})', '9.a-b', ['eth2.5'], {})
        self.assertEqual(path, group_path('_39_2ea_2db'))
        self.assertEqual(self.service.properties(path, GROUP)['Interfaces'],
                         [interface_path('eth2_2e5')])
        self.assertEqual(
            self.service.properties(interface_path('eth2_2e5'), INTERFACE)['State'], 'missing')

    def test_describe_is_json_with_all_of_it(self):
        seen = json.loads(self.service.call(ROOT, MANAGER, 'Describe'))
        self.assertEqual([g['name'] for g in seen['groups']], ['front'])
        self.assertEqual([i['name'] for i in seen['interfaces']], ['eth0', 'eth1'])
        self.assertEqual(seen['groups'][0]['interfaces'], ['eth0', 'eth1'])
        self.assertEqual(len(seen['groups'][0]), len(self.service.front()))
        address, = seen['groups'][0]['addresses']
        self.assertEqual(address['address'], '192.0.2.10/24')
        self.assertEqual((address['home'], address['interface']), ('eth0', 'eth0'))

    def test_devices_are_listed(self):
        devices = {d['name']: d for d in self.service.call(ROOT, MANAGER, 'ListDevices', '(a{sv})', {})}
        self.assertEqual(devices['eth0']['group'], group_path('front'))
        self.assertEqual(devices['eth0']['hardware-address'], '02:00:00:00:01:00')
        self.assertNotIn('group', devices['eth2'])
        self.assertTrue(devices['eth2']['suitable'])
        self.assertFalse(devices['lo']['suitable'])
        self.assertTrue(devices['lo']['reason'])

    def test_statistics_have_all_counters(self):
        seen = self.service.call(interface_path('eth0'), INTERFACE, 'GetStatistics')
        self.assertEqual(set(seen), {'probes-sent', 'probes-acked', 'probes-lost', 'probes-missed',
                                     'replies-rejected', 'rtt-usec', 'link-losses', 'failures',
                                     'repairs', 'announcements'})


class Signals(unittest.TestCase):
    def setUp(self):
        self.service = Service()
        self.addCleanup(self.service.close)
        self.seen = []
        self.service.bus.connection.signal_subscribe(
            'org.ipmp', None, None, None, None, Gio.DBusSignalFlags.NONE,
            lambda connection, sender, path, interface, name, values:
            self.seen.append((path, interface, name, values.unpack())))

    def wait(self, wanted, what):
        def look():
            while GLib.MainContext.default().iteration(False):
                pass
            return [s for s in self.seen if wanted(s)]
        return wait_until(look, what)

    def test_one_change_is_one_signal_an_object(self):
        self.service.call(group_path('front'), GROUP, 'Configure', '(a{sv}a{sv})',
                          options(probe_failures=7, probe_repairs=8, failback=False), {})
        self.wait(lambda s: s[2] == 'PropertiesChanged' and s[0] == group_path('front')
                  and 'ProbeFailures' in s[3][1], 'the change')
        self.service.call(ROOT, MANAGER, 'Describe')  # whatever was sent before has come
        told = [s[3] for s in self.seen  # a busy machine may have more to tell, as a slower detection
                if s[2] == 'PropertiesChanged' and s[0] == group_path('front')
                and {'ProbeFailures', 'ProbeRepairs', 'Failback', 'FailbackInherited'} & set(s[3][1])]
        self.assertEqual(len(told), 1, told)
        self.assertEqual(told[0][1], {'ProbeFailures': 7, 'ProbeRepairs': 8, 'Failback': False,
                                      'FailbackInherited': False})

    def test_objects_come_and_go(self):
        path = self.service.call(ROOT, MANAGER, 'CreateGroup', '(sasa{sv})', 'back', ['eth2'], {})
        self.wait(lambda s: s[2] == 'InterfacesAdded' and s[3][0] == path, 'the group')
        self.wait(lambda s: s[2] == 'InterfacesAdded' and s[3][0] == interface_path('eth2'), 'eth2')
        self.service.call(path, GROUP, 'Delete', '(a{sv})', {})
        self.wait(lambda s: s[2] == 'InterfacesRemoved' and s[3][0] == path, 'its end')
        self.wait(lambda s: s[2] == 'InterfacesRemoved' and s[3][0] == interface_path('eth2'),
                  'the end of eth2')

    def test_a_lost_cable_is_told(self):
        self.assertEqual(self.service.front()['State'], 'ok')
        subprocess.run(['ip', 'link', 'set', 'peer0', 'down'], check=True)
        self.addCleanup(subprocess.run, ['ip', 'link', 'set', 'peer0', 'up'], check=True)
        changed = self.wait(lambda s: s[2] == 'StateChanged' and s[3][1] == 'failed', 'StateChanged')
        self.assertEqual(changed[0][0], interface_path('eth0'))
        self.assertEqual(changed[0][3], ('ok', 'failed', 'link-down'))
        moved = self.wait(lambda s: s[2] == 'AddressMoved', 'AddressMoved')
        self.assertEqual(moved[0][3], ('192.0.2.10/24', interface_path('eth0'),
                                       interface_path('eth1'), 'failover'))
        for flags, what in ((['failed'], 'down'), (['running'], 'up')):
            subprocess.run(['ip', 'link', 'set', 'peer0', what], check=True)
            wait_until(lambda f=flags: self.service.properties(interface_path('eth0'), INTERFACE)['Flags'] == f,
                       f'flags {flags}')

    def test_events_and_history_join_without_a_gap(self):
        before = self.service.call(ROOT, MANAGER, 'History', '(u)', 10000)
        self.service.call(interface_path('eth0'), INTERFACE, 'Offline', '(a{sv})', {})
        self.service.call(interface_path('eth0'), INTERFACE, 'Online', '(a{sv})', {})
        after = self.service.call(ROOT, MANAGER, 'History', '(u)', 10000)
        new = after[:len(after) - len(before)]
        self.assertTrue(new)
        self.assertEqual([e['sequence'] for e in after], list(range(len(after), 0, -1)))
        self.wait(lambda s: s[2] == 'Event' and s[3][0]['sequence'] == after[0]['sequence'], 'Event')
        told = [s[3][0] for s in self.seen if s[2] == 'Event']
        # of the start some may still have been on their way
        self.assertEqual([event for event in told if event not in before][:len(new)], new[::-1])

    def test_a_failed_group_is_told(self):
        for number in (0, 1):
            subprocess.run(['ip', 'link', 'set', f'peer{number}', 'down'], check=True)
        self.wait(lambda s: s[2] == 'Failed' and s[0] == group_path('front'), 'Failed')
        wait_until(lambda: self.service.front()['State'] == 'failed', 'the state failed')
        self.assertEqual(self.service.properties(ROOT, MANAGER)['State'], 'failed')
        for number in (0, 1):
            subprocess.run(['ip', 'link', 'set', f'peer{number}', 'up'], check=True)
        self.wait(lambda s: s[2] == 'Repaired' and s[0] == group_path('front'), 'Repaired')


class Life(unittest.TestCase):
    def test_a_second_one_ends(self):
        first = Service()
        self.addCleanup(first.close)
        done = subprocess.run(first.command(), capture_output=True, text=True, timeout=DEADLINE * 2,
                              stdin=subprocess.DEVNULL)
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn('org.ipmp', done.stderr)
        self.assertTrue(first.bus.owner())

    def test_the_name_is_not_for_everybody(self):
        done = subprocess.run(['setpriv', '--reuid=nobody', '--regid=nogroup', '--clear-groups',
                               'gdbus', 'call', '--system', '--dest', 'org.freedesktop.DBus',
                               '--object-path', '/', '--method',
                               'org.freedesktop.DBus.RequestName', 'org.ipmp', '4'],
                              capture_output=True, text=True, timeout=DEADLINE)
        self.assertIn(DENIED, done.stderr)

    def test_everything_is_there_before_the_name(self):
        running = Service()
        self.addCleanup(running.close)
        # The first answer of all has the group and its members in it.
        self.assertEqual(len(running.bus.objects()), 3)

    def test_the_service_manager_is_told(self):
        path = f'{os.environ["PRIVBUS_DIR"]}/notify'
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as told:
            told.bind(path)
            told.settimeout(DEADLINE)
            self.addCleanup(os.unlink, path)
            running = Service(environment={'NOTIFY_SOCKET': path})

            def wait_for(word):
                lines = []
                while word not in lines:
                    lines += told.recv(4096).decode().split('\n')
                return lines
            self.assertTrue(any(line.startswith('STATUS=ok: groups 1') for line in wait_for('READY=1')))
            self.assertTrue(running.bus.owner())
            running.process.send_signal(signal.SIGHUP)
            wait_for('RELOADING=1')
            wait_for('READY=1')
            running.close()
            wait_for('STOPPING=1')

    def test_a_file_with_an_error_is_told_and_the_rest_runs(self):
        running = Service(front='[Group]\nFailback=perhaps\n')
        self.addCleanup(running.close)
        error, = running.properties(ROOT, MANAGER)['ConfigErrors']
        self.assertIn('front.conf:2:', error)
        self.assertIn('perhaps', error)
        with self.assertRaises(Refused) as caught:
            running.call(ROOT, MANAGER, 'Reload', '(a{sv})', {})
        self.assertEqual(caught.exception.name, 'org.ipmp.Error.InvalidConfig')
        self.assertIn('front.conf:2:', caught.exception.text)
        running.config.write_bytes(b'[Group]\nFailback=\xff\xfe\n')  # the bus takes no such text
        with self.assertRaises(Refused) as caught:
            running.call(ROOT, MANAGER, 'Reload', '(a{sv})', {})
        self.assertEqual(caught.exception.name, 'org.ipmp.Error.InvalidConfig')
        self.assertIn('front.conf', caught.exception.text)
        odd = running.config.with_name(os.fsdecode(b'\xff.conf'))
        odd.write_text('[Group]\nFailback=perhaps\n', encoding='utf-8')
        with self.assertRaises(Refused) as caught:
            running.call(ROOT, MANAGER, 'Reload', '(a{sv})', {})
        self.assertEqual(caught.exception.name, 'org.ipmp.Error.InvalidConfig')
        odd.unlink()
        running.config.write_text(service.FRONT, encoding='utf-8')
        running.call(ROOT, MANAGER, 'Reload', '(a{sv})', {})
        self.assertEqual(running.properties(ROOT, MANAGER)['ConfigErrors'], [])
        self.assertEqual(running.front()['State'], 'ok')


if __name__ == '__main__':
    tap.main()
