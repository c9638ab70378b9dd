# SPDX-License-Identifier: LGPL-2.1-or-later
"""libipmp through its GIR: what ipmpctl does not use of it, above all what does not wait."""
import unittest

import gi
from gi.repository import Gio, GLib

import mock
import scenes
import tap
from harness import INTROSPECTION, answers

gi.require_version('Ipmp', '1.0')
from gi.repository import Ipmp  # noqa: E402

ROOT = '/org/ipmp'


class Library(unittest.TestCase):
    def setUp(self):
        self.bus = mock.Bus()
        self.addCleanup(self.bus.close)
        self.mock = None
        self.start_mock()
        self.connection = self.bus.connect()
        self.addCleanup(self.connection.close_sync, None)

    def start_mock(self):
        self.mock = mock.Mock(self.bus, scenes.broken(), INTROSPECTION)
        self.mock.answers = answers()
        self.addCleanup(self.stop_mock)

    def stop_mock(self):
        if self.mock is not None:
            self.mock.close()
            self.mock = None

    def wait(self, condition):
        context = GLib.MainContext.default()
        late = []
        source = GLib.timeout_add_seconds(30, lambda: late.append(True) or True)
        while not condition():
            self.assertEqual(late, [])
            context.iteration(True)
        GLib.source_remove(source)

    def client(self):
        results = []
        Ipmp.Client.new_async(self.connection, None, lambda _source, result: results.append(result))
        self.wait(lambda: results)
        return Ipmp.Client.new_finish(results[0])

    def test_made_without_waiting(self):
        client = self.client()
        self.assertTrue(client.get_running())
        self.assertEqual([group.get_name() for group in client.dup_groups()],
                         ['back-office', 'front', 'spare'])
        front = client.get_group('front')
        self.assertEqual(front.dup_interfaces()[:2], ['eth0', 'eth1'])
        self.assertEqual(front.get_probe_targets(), ['192.0.2.1', '192.0.2.2'])
        self.assertEqual(front.dup_addresses().unpack()[0]['interface'], 'eth1')
        self.assertIsNone(client.get_group('elsewhere'))
        eth1 = client.get_interface('eth1')
        self.assertEqual((eth1.dup_group(), eth1.get_state(), eth1.get_active()),
                         ('front', 'ok', True))

    def test_paths(self):
        for name in ('eth0', 'eth0.5', '5g', 'a_b', '日本', ''):
            path = Ipmp.path_for_group(name)
            self.assertEqual(path, scenes.group_path(name))
            self.assertTrue(GLib.Variant.is_object_path(path))
            self.assertEqual(Ipmp.path_to_name(path), name)

    def test_call_without_waiting(self):
        client = self.client()
        results = []
        for name in ('Online', 'Nonsense'):
            client.call_async(Ipmp.path_for_interface('eth0'), 'org.ipmp.Interface', name,
                        GLib.Variant('(a{sv})', ({},)), None,
                        lambda _client, result: results.append(result))
        self.wait(lambda: len(results) == 2)
        outcome = []
        for result in results:
            try:
                outcome.append(client.call_finish(result).unpack())
            except GLib.Error as error:
                self.assertTrue(error.matches(Ipmp.error_quark(), Ipmp.Error.NOT_SUPPORTED))
                outcome.append('refused')
        self.assertEqual(sorted(map(str, outcome)), ['()', 'refused'])
        self.assertEqual(self.mock.calls, [('/org/ipmp/interface/eth0', 'Online', ({},))])

    def test_probes(self):
        client = self.client()
        eth1 = client.get_interface('eth1')
        self.assertEqual((eth1.get_probe_state(), eth1.get_target_mode(), eth1.get_targets()),
                         ('ok', 'routes', ['192.0.2.1', '192.0.2.2']))
        self.assertEqual([target['address'] for target in eth1.get_targets_sync(None).unpack()],
                         ['192.0.2.1', 'fe80::1'])
        self.assertEqual(eth1.get_statistics_sync(None).unpack()['probes-sent'], 1200)
        front = client.get_group('front')
        self.assertEqual(front.get_current_failure_detection_msec(), 2500)
        self.assertFalse(front.get_anonymous())
        self.mock.calls.clear()
        self.assertTrue(client.watch_probes_sync(None, None))
        self.assertTrue(client.unwatch_probes_sync(['eth0'], None))
        self.assertTrue(client.watch_probes_sync(['eth0'], None))
        self.assertTrue(client.unwatch_probes_sync(None, None))
        self.assertEqual(self.mock.calls, [
            (ROOT, 'WatchProbes', ({},)), (ROOT, 'UnwatchProbes', ({'interfaces': ['eth0']},)),
            (ROOT, 'WatchProbes', ({'interfaces': ['eth0']},)), (ROOT, 'UnwatchProbes', ({},))])
        seen = []
        eth1.connect('probe-completed', lambda _interface, probe: seen.append(probe.unpack()))
        self.mock.emit('/org/ipmp/interface/eth1', 'org.ipmp.Interface', 'ProbeCompleted',
                       GLib.Variant('(tssttttt)', (7, '192.0.2.1', 'lost', 8, 0, 0, 11, 12)))
        self.wait(lambda: seen)
        self.assertEqual(seen, [{'sequence': 7, 'target': '192.0.2.1', 'result': 'lost',
                                 'sent-usec': 8, 'network-rtt-usec': 0, 'rtt-usec': 0,
                                 'average-usec': 11, 'deviation-usec': 12}])

    def test_errors(self):
        group = self.client().get_group('front')
        self.mock.error = ('org.ipmp.Error.MediaMismatch', 'wlan0: not like the others')
        with self.assertRaises(GLib.Error) as caught:
            group.add_interface_sync('wlan0', None, None)
        self.assertTrue(caught.exception.matches(Ipmp.error_quark(), Ipmp.Error.MEDIA_MISMATCH))
        self.assertEqual(caught.exception.message, 'wlan0: not like the others')

    def test_cancelled(self):
        client = self.client()
        cancellable = Gio.Cancellable()
        cancellable.cancel()
        with self.assertRaises(GLib.Error) as caught:
            client.reload_sync(cancellable)
        self.assertTrue(caught.exception.matches(Gio.io_error_quark(), Gio.IOErrorEnum.CANCELLED))

    def test_signals(self):
        client = self.client()
        seen = []
        client.connect('event', lambda _client, event: seen.append(event['to']))
        client.connect('changed', lambda _client: seen.append('changed'))
        front = client.get_group('front')
        front.connect('address-moved', lambda _group, *args: seen.append(args))
        front.connect('changed', lambda _group: seen.append('front'))
        client.get_interface('eth0').connect('state-changed',
                                             lambda _interface, *args: seen.append(args))
        self.mock.emit(ROOT, 'org.ipmp.Manager', 'Event',
                       GLib.Variant('(a{sv})', (scenes.event(1, 'role', to='here'),)))
        self.mock.emit('/org/ipmp/group/front', 'org.ipmp.Group', 'AddressMoved', GLib.Variant(
            '(soos)', ('192.0.2.10/24', '/org/ipmp/interface/eth0', '/', 'failover')))
        self.mock.emit('/org/ipmp/interface/eth0', 'org.ipmp.Interface', 'StateChanged',
                       GLib.Variant('(sss)', ('ok', 'failed', 'link-down')))
        self.mock.emit('/org/ipmp/group/front', 'org.freedesktop.DBus.Properties',
                       'PropertiesChanged', GLib.Variant('(sa{sv}as)', (
                           'org.ipmp.Group', {'State': GLib.Variant('s', 'failed')}, [])))
        self.wait(lambda: len(seen) == 5)
        self.assertEqual(seen[:3], ['here', ('192.0.2.10/24', 'eth0', '', 'failover'),
                                    ('ok', 'failed', 'link-down')])
        self.assertEqual(set(seen[3:]), {'changed', 'front'})
        self.assertEqual(front.get_state(), 'failed')

    def test_service_that_comes_and_goes(self):
        client = self.client()
        self.stop_mock()
        self.wait(lambda: not client.get_running())
        self.wait(lambda: not client.dup_groups())
        self.start_mock()
        self.wait(client.get_running)
        self.wait(lambda: len(client.dup_groups()) == 3)
        self.assertEqual(client.get_group('front').get_state(), 'degraded')

    def test_objects_that_come_and_go(self):
        client = self.client()
        manager = 'org.freedesktop.DBus.ObjectManager'
        properties = {'Name': GLib.Variant('s', 'new'), 'State': GLib.Variant('s', 'ok')}
        self.mock.emit(ROOT, manager, 'InterfacesAdded', GLib.Variant(
            '(oa{sa{sv}})', ('/org/ipmp/group/new', {'org.ipmp.Group': properties})))
        self.wait(lambda: client.get_group('new') is not None)
        group = client.get_group('new')
        self.mock.emit(ROOT, manager, 'InterfacesRemoved', GLib.Variant(
            '(oas)', ('/org/ipmp/group/new', ['org.ipmp.Group'])))
        self.wait(lambda: client.get_group('new') is None)
        self.assertEqual(group.get_name(), 'new')  # who still holds it may still look


if __name__ == '__main__':
    tap.main()
