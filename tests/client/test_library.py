# SPDX-License-Identifier: LGPL-2.1-or-later
"""libipmp through its GIR: what ipmpctl does not use of it, above all what does not wait."""
import re
import time
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
        """The mock has a thread of its own: what it sees does not wake this one."""
        context = GLib.MainContext.default()
        deadline = time.monotonic() + 30
        source = GLib.timeout_add(10, lambda: True)
        while not condition():
            self.assertLess(time.monotonic(), deadline)
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
        # What is not known makes the library ask whether the interface is there at all.
        self.assertEqual(self.mock.calls, [('/org/ipmp/interface/eth0', 'Online', ({},)),
                                           ('/org/ipmp', 'GetInterface', ('eth0',))])

    def test_an_object_that_has_gone(self):
        """The bus speaks of a method that is not there; which of the two it is, is asked."""
        client = self.client()
        gone = {client.get_group('front'): (Ipmp.Error.NO_SUCH_GROUP, 'front: there is none'),
                client.get_interface('eth0'): (Ipmp.Error.NO_SUCH_INTERFACE, 'eth0: there is none')}
        for item, (code, message) in gone.items():
            path = item.get_object_path()
            self.mock.remove_silently(path)
            kind = type(item).__name__
            change = ('save', 'Save') if kind == 'Group' else ('get_targets', 'GetTargets')
            parameters = GLib.Variant('(a{sv})', ({},)) if kind == 'Group' else None
            direct = (path, f'org.ipmp.{kind}', change[1], parameters, None)
            results = []
            getattr(item, change[0] + '_async')(None, lambda _item, result: results.append(result))
            self.wait(lambda: len(results) == 1)
            client.call_async(*direct, lambda _client, result: results.append(result))
            self.wait(lambda: len(results) == 2)
            for call in (lambda: getattr(item, change[0] + '_sync')(None),
                         lambda: getattr(item, change[0] + '_finish')(results[0]),
                         lambda: client.call_sync(*direct),
                         lambda: client.call_finish(results[1])):
                with self.assertRaises(GLib.Error) as caught:
                    call()
                self.assertTrue(caught.exception.matches(Ipmp.error_quark(), code))
                self.assertEqual(caught.exception.message, message)

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

    def test_probes_of_an_interface_that_left_and_came_again(self):
        """Who still holds the old one does not make the client tell each twice."""
        client = self.client()
        old, path, told = client.get_interface('eth1'), '/org/ipmp/interface/eth1', []
        client.connect('probe-completed', lambda _client, _interface, probe: told.append(probe['sequence']))
        manager = 'org.freedesktop.DBus.ObjectManager'
        self.mock.emit(ROOT, manager, 'InterfacesRemoved', GLib.Variant('(oas)', (path, ['org.ipmp.Interface'])))
        self.wait(lambda: client.get_interface('eth1') is None)
        self.mock.emit(ROOT, manager, 'InterfacesAdded', GLib.Variant(
            '(oa{sa{sv}})', (path, {'org.ipmp.Interface': {'Name': GLib.Variant('s', 'eth1')}})))
        self.wait(lambda: client.get_interface('eth1') is not None)
        self.assertIsNot(client.get_interface('eth1'), old)
        for sequence in (7, 8):
            self.mock.emit(path, 'org.ipmp.Interface', 'ProbeCompleted',
                           GLib.Variant('(tssttttt)', (sequence, '192.0.2.1', 'lost', 8, 0, 0, 11, 12)))
        self.wait(lambda: 8 in told)
        self.assertEqual(told, [7, 8])

    def test_errors(self):
        group = self.client().get_group('front')
        self.mock.error = ('org.ipmp.Error.MediaMismatch', 'wlan0: not like the others')
        with self.assertRaises(GLib.Error) as caught:
            group.add_interface_sync('wlan0', None, None)
        self.assertTrue(caught.exception.matches(Ipmp.error_quark(), Ipmp.Error.MEDIA_MISMATCH))
        self.assertEqual(caught.exception.message, 'wlan0: not like the others')

    def test_errors_of_the_bus(self):
        """None of another domain reaches a program."""
        group = self.client().get_group('front')
        for name, code in (('AccessDenied', 'NOT_AUTHORIZED'), ('AuthFailed', 'NOT_AUTHORIZED'),
                           ('InteractiveAuthorizationRequired', 'NOT_AUTHORIZED'), ('NotSupported', 'NOT_SUPPORTED'),
                           ('InvalidArgs', 'INVALID_ARGUMENT'), ('InvalidSignature', 'INVALID_ARGUMENT'),
                           ('LimitsExceeded', 'LIMIT_REACHED'), ('Failed', 'FAILED'),
                           ('UnknownProperty', 'FAILED'), ('NoReply', 'UNREACHABLE'),
                           ('ServiceUnknown', 'UNREACHABLE'), ('Disconnected', 'UNREACHABLE')):
            with self.subTest(name):
                self.mock.error = (f'org.freedesktop.DBus.Error.{name}', 'why')
                with self.assertRaises(GLib.Error) as caught:
                    group.save_sync(None)
                self.assertTrue(caught.exception.matches(Ipmp.error_quark(), getattr(Ipmp.Error, code)),
                                caught.exception)
                self.assertEqual(caught.exception.message, 'why')

    def test_options_of_another_type(self):
        """Bindings check no types of variants: the service does, and the program goes on."""
        client = self.client()
        front, eth0 = client.get_group('front'), client.get_interface('eth0')
        wrong, self.mock.calls[:] = GLib.Variant('as', ['temporary']), []
        for call in (lambda: front.configure_sync(wrong, None, None),
                     lambda: front.configure_sync(None, wrong, None),
                     lambda: front.add_interface_sync('eth9', wrong, None),
                     lambda: front.delete_sync(wrong, None),
                     lambda: eth0.offline_sync(wrong, None),
                     lambda: eth0.set_standby_sync(True, wrong, None),
                     lambda: eth0.set_test_addresses_sync([], wrong, None),
                     lambda: client.set_defaults_sync(wrong, None, None),
                     lambda: client.create_group_sync('new', [], wrong, None)):
            with self.assertRaises(GLib.Error) as caught:
                call()
            self.assertTrue(caught.exception.matches(Ipmp.error_quark(),
                                                     Ipmp.Error.INVALID_ARGUMENT))
            self.assertIn('as', caught.exception.message)
        self.assertEqual(self.mock.calls, [])

    def test_last_reference_dropped_in_a_handler(self):
        held = [self.client()]
        seen = []

        def on_removed(client, group):
            seen.append(group.get_name())
            held.clear()

        held[0].connect('group-removed', on_removed)
        self.mock.emit(ROOT, 'org.freedesktop.DBus.ObjectManager', 'InterfacesRemoved', GLib.Variant(
            '(oas)', ('/org/ipmp/group/front', ['org.ipmp.Group'])))
        self.wait(lambda: seen)
        self.assertEqual((seen, held), (['front'], []))

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

    def test_properties_tell_their_changes(self):
        client = self.client()
        front, seen = client.get_group('front'), []
        front.connect('notify', lambda group, spec: seen.append(spec.name))
        client.connect('notify', lambda client, spec: seen.append('client ' + spec.name))

        def change(path, interface, **values):
            self.mock.emit(path, 'org.freedesktop.DBus.Properties', 'PropertiesChanged',
                           GLib.Variant('(sa{sv}as)', ('org.ipmp.' + interface, values, [])))

        change('/org/ipmp/group/front', 'Group', State=GLib.Variant('s', 'failed'),
               LastFailoverUSec=GLib.Variant('t', 7), Nonsense=GLib.Variant('s', 'new'))
        change(ROOT, 'Manager', TrackUngrouped=GLib.Variant('b', True))
        self.wait(lambda: 'client track-ungrouped' in seen)
        self.assertEqual(sorted(seen), ['client track-ungrouped', 'last-failover-usec', 'state'])
        self.assertEqual((front.props.state, front.props.last_failover_usec), ('failed', 7))
        self.assertTrue(client.props.track_ungrouped)
        client.props.interactive = True
        self.assertEqual(seen[-1], 'client interactive')
        self.assertTrue(client.get_interactive())

    def test_a_property_whose_value_is_not_told(self):
        """Only that it is another one now."""
        client, seen = self.client(), []
        front = client.get_group('front')
        front.connect('notify', lambda group, spec: seen.append(spec.name))
        self.mock.emit('/org/ipmp/group/front', 'org.freedesktop.DBus.Properties', 'PropertiesChanged',
                       GLib.Variant('(sa{sv}as)', ('org.ipmp.Group', {}, ['Reason'])))
        self.wait(lambda: seen)
        self.assertEqual(seen, ['reason'])

    def test_each_property_tells_its_change(self):
        """Every one of the introspection data, under its name and with its value."""
        client = self.client()
        news = {'s': 'new', 'b': True, 'u': 7, 't': 8, 'as': ['new'],
                'o': '/org/ipmp/group/spare', 'ao': ['/org/ipmp/interface/eth9'], 'aa{sv}': []}
        told = {**news, 'o': 'spare', 'ao': ['eth9']}
        for path, name, item in ((ROOT, 'Manager', client),
                                 ('/org/ipmp/group/front', 'Group', client.get_group('front')),
                                 ('/org/ipmp/interface/eth0', 'Interface',
                                  client.get_interface('eth0'))):
            seen, wanted = {}, {}
            item.connect('notify', lambda item, spec, seen=seen: seen.update(
                {spec.name: item.get_property(spec.name)}))
            changed = {}
            for info in self.mock.infos[f'org.ipmp.{name}'].properties:
                kebab = re.sub(r'(?<=[a-z])(?=[A-Z])', '-', info.name).lower()
                changed[info.name] = GLib.Variant(info.signature, news[info.signature])
                if (name, kebab) not in (('Manager', 'groups'), ('Manager', 'interfaces')):
                    wanted[kebab] = told[info.signature]
            self.mock.emit(path, 'org.freedesktop.DBus.Properties', 'PropertiesChanged',
                           GLib.Variant('(sa{sv}as)', (f'org.ipmp.{name}', changed, [])))
            self.wait(lambda: len(seen) >= len(wanted))
            seen = {key: value.unpack() if isinstance(value, GLib.Variant) else value
                    for key, value in seen.items()}
            self.assertEqual(seen, wanted)

    def test_objects_are_made_anew_with_the_service(self):
        client, seen = self.client(), []
        before = client.get_group('front')
        for name in ('group-added', 'group-removed', 'interface-added', 'interface-removed'):
            client.connect(name, lambda _client, item, name: seen.append((name, item.get_name())),
                           name)
        client.connect('notify::running', lambda client, _: seen.append(client.props.running))
        self.stop_mock()
        self.wait(lambda: False in seen)
        self.assertEqual(before.get_name(), 'front')
        self.start_mock()
        self.wait(lambda: True in seen)
        for change in ('removed', 'added'):
            self.assertEqual(sorted(item[1] for item in seen
                                    if isinstance(item, tuple) and item[0] == f'group-{change}'),
                             ['back-office', 'front', 'spare'])
        self.assertEqual(sum(1 for item in seen if isinstance(item, tuple)
                             and item[0] == 'interface-added'), len(client.dup_interfaces()))
        self.assertIsNot(client.get_group('front'), before)

    def test_probes_are_watched_again(self):
        """By a service that is started anew, which has forgotten who watched."""
        client = self.client()
        client.watch_probes_sync(['eth0', 'usb0'], None)
        client.unwatch_probes_sync(['usb0'], None)
        self.stop_mock()
        self.wait(lambda: not client.get_running())
        self.start_mock()
        self.wait(lambda: self.mock.calls)
        self.assertEqual(self.mock.calls, [(ROOT, 'WatchProbes', ({'interfaces': ['eth0']},))])
        client.watch_probes_sync(None, None)
        client.unwatch_probes_sync(['eth1'], None)
        self.stop_mock()
        self.wait(lambda: not client.get_running())
        self.start_mock()
        self.wait(lambda: len(self.mock.calls) == 3)
        self.assertEqual(self.mock.calls, [
            (ROOT, 'WatchProbes', ({},)), (ROOT, 'WatchProbes', ({'interfaces': ['eth0']},)),
            (ROOT, 'UnwatchProbes', ({'interfaces': ['eth1']},))])
        client.unwatch_probes_sync(None, None)
        self.stop_mock()
        self.wait(lambda: not client.get_running())
        self.start_mock()
        self.wait(client.get_running)
        client.reload_sync(None)
        self.assertEqual([call[1] for call in self.mock.calls], ['Reload'])

    def test_an_object_that_was_just_made(self):
        """It is there with what it says, though its signal has not been heard yet."""
        client, seen = self.client(), []
        client.connect('group-added', lambda _client, group: seen.append(group))
        self.mock.answers['CreateGroup'] = GLib.Variant('(o)', ('/org/ipmp/group/front',))
        group = client.create_group_sync('front', ['eth0'], None, None)
        self.assertIs(group, client.get_group('front'))
        self.assertEqual((group.get_name(), seen), ('front', []))

    def test_a_group_outlives_its_client(self):
        client = self.client()
        group = client.get_group('front')
        del client
        self.assertEqual(group.get_state(), 'degraded')
        self.assertTrue(group.save_sync(None))

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
