# SPDX-License-Identifier: LGPL-2.1-or-later
"""Every method, property, signal and error of the API, used by a client of each kind: libipmp waiting
and not waiting, Python through the typelib, the sd-bus header in C11 and in C++17. The service, bus
and polkitd are real; errors that a healthy host does not give come from the mock."""
import operator
import os
import subprocess
import unittest

import clients
import members
import mock
import scenes
import service
import tap
from lab import wait_until

PROPERTIES = 'org.freedesktop.DBus.Properties'
NOT_AUTHORIZED = ('org.freedesktop.DBus.Error.AccessDenied',
                  'org.freedesktop.DBus.Error.InteractiveAuthorizationRequired')


def setUpModule():
    service.make_devices()


def make_clients():
    """{kind: client}; Python only where there is a typelib, which is where there is no sanitizer."""
    made = {kind: clients.Program(*words) for kind, words in clients.KINDS.items()}
    if os.environ.get('GI_TYPELIB_PATH'):
        made['Python'] = clients.Python()
    return made


def without_paths(value):
    """As libipmp tells it: names for objects; nothing for '/'."""
    if isinstance(value, dict):
        return {key: without_paths(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [without_paths(inner) for inner in value]
    if isinstance(value, str) and value.startswith('/org/ipmp/'):
        return value.rpartition('/')[2]
    return None if value == '/' else value


class Rows(unittest.TestCase):
    def test_each_method_has_a_row(self):
        self.assertEqual(sorted({row[0] for row in members.GOOD}), members.members('method'))
        self.assertEqual(sorted(members.SIGNALS), members.members('signal'))
        self.assertEqual({row[0] for row in members.REFUSED} - set(members.members('method')), set())


class Real(unittest.TestCase):
    def setUp(self):
        self.service = service.Service(members.CONFIG)
        self.addCleanup(self.service.close)
        self.clients = make_clients()
        for client in self.clients.values():
            self.addCleanup(client.close)

    def state(self):
        return {**self.service.bus.objects(),
                members.ROOT: {'org.ipmp.Manager': self.service.bus.manager()}}

    def test_each_kind_has_every_row(self):
        for kind, client in self.clients.items():
            rows = client.rows()
            for of_kind in ('method', 'property', 'signal'):
                for member in members.members(of_kind):
                    with self.subTest(kind=kind, member=member):
                        self.assertTrue(client.has(member, of_kind, rows) if kind == 'Python'
                                        else member in rows)

    def test_methods(self):
        for kind, client in self.clients.items():
            for member, path, arguments, is_so in members.GOOD:
                with self.subTest(kind=kind, member=member, arguments=arguments):
                    result = client.call(member, path, arguments)
                    state = self.state()
                    self.assertTrue(is_so(result, state), (result, state.get(path)))

    def test_refusals(self):
        before = self.service.properties(members.FRONT, 'org.ipmp.Group')
        for kind, client in self.clients.items():
            for member, path, arguments, error in members.REFUSED:
                with self.subTest(kind=kind, member=member, arguments=arguments):
                    with self.assertRaises(clients.Refused) as caught:
                        client.call(member, path, arguments)
                    self.assertEqual(caught.exception.name, 'org.ipmp.Error.' + error,
                                     caught.exception)
                    self.assertNotIn('GDBus', caught.exception.message)
        self.assertEqual(self.service.properties(members.FRONT, 'org.ipmp.Group'), before)

    def test_properties(self):
        for kind, client in self.clients.items():
            for member in members.members('property'):
                name, _, word = member.partition('.')

                def told():
                    client_says = client.get(member, members.PATHS[name])
                    wanted = self.service.call(members.PATHS[name], PROPERTIES, 'Get', '(ss)',
                                               'org.ipmp.' + name, word)
                    if client.by_name:
                        wanted = without_paths(wanted)
                    return client_says, wanted

                wait_until(lambda: client.seen() is not None and operator.eq(*told()),
                           f'{kind}: {member}: {told()}')

    def test_signals(self):
        for client in self.clients.values():
            client.watch()
        self.break_and_repair()
        for kind, client in self.clients.items():
            for member in members.SIGNALS:
                if member == 'Interface.ProbeCompleted':
                    continue
                with self.subTest(kind=kind, member=member):
                    wait_until(lambda: any(s[0] == member for s in client.seen()),
                               f'{kind}: {member}')
            with self.subTest(kind=kind):
                self.check_words(client)

    def break_and_repair(self):
        # one after the other: with both lost before it has moved there is nowhere to move to
        for device, state in (('peer0', 'degraded'), ('peer1', 'failed')):
            subprocess.run(['ip', 'link', 'set', device, 'down'], check=True)
            wait_until(lambda: self.service.front()['State'] == state, f'front {state}')
            wait_until(lambda: self.service.front()['Addresses'][0]['interface'] == members.ETH1, 'moved')
        for device in ('peer0', 'peer1'):
            subprocess.run(['ip', 'link', 'set', device, 'up'], check=True)
        wait_until(lambda: self.service.front()['State'] != 'failed', 'front repaired')

    def check_words(self, client):
        seen = client.seen()
        moved = next(s for s in seen if s[0] == 'Group.AddressMoved')
        eth = ('eth0', 'eth1') if client.by_name else (members.ETH0, members.ETH1)
        self.assertEqual(moved, ['Group.AddressMoved', members.FRONT, '192.0.2.10/24', *eth,
                                 'failover'])
        changed = next(s for s in seen if s[0] == 'Interface.StateChanged')
        self.assertEqual((changed[1], changed[3]), (members.ETH0, 'failed'))
        event = next(s for s in seen if s[0] == 'Manager.Event')[-1]
        self.assertEqual(set(event), {'sequence', 'usec', 'event', 'group', 'interface', 'address',
                                      'from', 'to', 'reason', 'detail'})
        self.assertTrue(any(s[:2] == ['notify', members.FRONT] and s[2].lower() == 'state'
                            for s in seen))

    def test_probes(self):
        """In turns: two callers of one user may watch at a time."""
        for kind, client in self.clients.items():
            with self.subTest(kind=kind):
                client.watch()
                client.call('Manager.WatchProbes', members.ROOT, '(@a{sv} {},)')

                def probe():
                    return next((s for s in client.seen() if s[0] == 'Interface.ProbeCompleted'),
                                None)

                told = wait_until(probe, f'{kind}: a probe')
                client.call('Manager.UnwatchProbes', members.ROOT, '(@a{sv} {},)')
                self.assertIn(told[1], (members.ETH0, members.ETH1))
                fields = list(told[2].values()) if client.by_name else told[2:]
                self.assertEqual(fields[1:3], ['192.0.2.1', 'lost'])
                self.assertEqual(len(fields), 8)


class Errors(unittest.TestCase):
    """Whatever the service answers, each kind knows it by its name and has its words."""

    def setUp(self):
        self.bus = mock.Bus()
        self.addCleanup(self.bus.close)
        self.mock = mock.Mock(self.bus, scenes.broken(), str(members.XML))
        self.addCleanup(self.mock.close)
        self.clients = {}
        for kind, words in clients.KINDS.items():
            self.clients[kind] = clients.Program(
                *words, environment={'DBUS_SYSTEM_BUS_ADDRESS': self.bus.address})
            self.addCleanup(self.clients[kind].close)
            self.clients[kind].rows()  # it has come to the bus

    def refused(self, client, member, path, arguments):
        with self.assertRaises(clients.Refused) as caught:
            client.call(member, path, arguments)
        return caught.exception.name, caught.exception.message

    def test_each_error(self):
        self.assertEqual(len(members.errors()), 19)
        for word in members.errors():
            self.mock.error = ('org.ipmp.Error.' + word, f'about {word}: 日本')
            for kind, client in self.clients.items():
                with self.subTest(kind=kind, error=word):
                    self.assertEqual(self.refused(client, 'Manager.Reload', members.ROOT,
                                                  '(@a{sv} {},)'), self.mock.error)

    def test_not_authorized(self):
        for name in NOT_AUTHORIZED:
            self.mock.error = (name, 'you may not')
            for kind, client in self.clients.items():
                with self.subTest(kind=kind, error=name):
                    told, words = self.refused(client, 'Manager.Reload', members.ROOT,
                                               '(@a{sv} {},)')
                    self.assertEqual(words, 'you may not')
                    self.assertEqual(told, NOT_AUTHORIZED[0] if client.by_name else name)

    def test_each_method_passes_an_error_on(self):
        """What the real service has no reason to refuse is refused here."""
        for member in members.members('method'):
            name = member.partition('.')[0]
            arguments = next(row[2] for row in members.GOOD if row[0] == member)
            path = {**members.PATHS, 'Interface': members.ETH1}[name]
            self.mock.error = ('org.ipmp.Error.Busy', f'not {member} now')
            for kind, client in self.clients.items():
                with self.subTest(kind=kind, member=member):
                    self.assertEqual(self.refused(client, member, path, arguments),
                                     self.mock.error)


if __name__ == '__main__':
    tap.main()
