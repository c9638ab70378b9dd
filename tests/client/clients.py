# SPDX-License-Identifier: LGPL-2.1-or-later
"""Clients of each kind behind one face: programs that are told what to do in lines (see
clients/client.h), and Python with the library's typelib."""
import json
import os
import queue
import re
import subprocess
import threading

from gi.repository import GLib

DEADLINE = 60
CLIENTS = os.environ['CLIENTS']
KINDS = {'libipmp, waiting': ('with-libipmp', 'sync'),
         'libipmp, not waiting': ('with-libipmp', 'async'),
         'sd-bus, C11': ('with-sd-bus-c11', 'sync'),
         'sd-bus, C++17, not waiting': ('with-sd-bus-cpp17', 'async')}


class Refused(Exception):
    def __init__(self, name, message):
        super().__init__(f'{name}: {message}')
        self.name = name
        self.message = message


class Program:
    """A client that is a process; `by_name` tells whether objects are names to it, not paths."""

    def __init__(self, program, mode, environment=None):
        self.by_name = program == 'with-libipmp'
        self.process = subprocess.Popen(
            [os.path.join(CLIENTS, program), mode], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            text=True, env={**os.environ, **(environment or {})})
        self.signals, self.answers = [], queue.Queue()
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        for line in self.process.stdout:
            if not line.startswith('{'):
                break  # the words of an assertion
            told = json.loads(line)
            if 'signal' in told:
                self.signals.append(told['signal'])
            else:
                self.answers.put(told)
        self.answers.put({'error': ['end', f'{self.process.args} has ended']})

    def ask(self, *words):
        self.process.stdin.write('\t'.join(words) + '\n')
        self.process.stdin.flush()
        told = self.answers.get(timeout=DEADLINE)
        if 'error' in told:
            raise Refused(*told['error'])
        return told['result']

    def rows(self):
        return self.ask('rows')

    def call(self, member, path, arguments):
        return self.ask('call', member, path, arguments)

    def get(self, member, path):
        return self.ask('get', member, path)

    def watch(self):
        self.ask('watch')

    def seen(self):
        return list(self.signals)

    def close(self):
        self.process.stdin.close()
        status = self.process.wait(DEADLINE)
        self.reader.join()
        self.process.stdout.close()
        assert status == 0, f'{self.process.args}: status {status}'


def kebab(member):
    return re.sub(r'(?<=[a-z])(?=[A-Z])', '-', member).lower()


class Python:
    """The library through its typelib. Rows are what it finds there by name."""
    by_name = True
    FOUND = {'GetGroup': 'find_group', 'GetInterface': 'find_interface'}
    LISTS = {'Manager.Groups': 'dup_groups', 'Manager.Interfaces': 'dup_interfaces'}

    def __init__(self):
        import gi
        gi.require_version('Ipmp', '1.0')
        from gi.repository import Gio, Ipmp
        self.ipmp = Ipmp
        flags = Gio.DBusConnectionFlags
        self.connection = Gio.DBusConnection.new_for_address_sync(
            os.environ['DBUS_SYSTEM_BUS_ADDRESS'],
            flags.AUTHENTICATION_CLIENT | flags.MESSAGE_BUS_CONNECTION, None, None)
        self.service = Ipmp.Client.new_sync(self.connection, None)
        self.signals = []

    def types(self):
        return {'Manager': self.ipmp.Client, 'Group': self.ipmp.Group,
                'Interface': self.ipmp.Interface}

    def rows(self):
        found = list(self.LISTS)
        for name, kind in self.types().items():
            found += [(name, 'property', spec.name) for spec in kind.list_properties()]
            found += [(name, 'signal', signal) for signal in self.signal_names(kind)]
            found += [(name, 'method', method.removesuffix('_sync').replace('_', '-'))
                      for method in dir(kind) if method.endswith('_sync')]
        return found

    def signal_names(self, kind):
        from gi.repository import GObject
        return GObject.signal_list_names(kind)

    def has(self, member, kind, rows):
        name, _, word = member.partition('.')
        found = self.FOUND.get(word, word)
        return member in rows or (name, kind, kebab(found).replace('_', '-')) in rows

    def at(self, member, path):
        if member.startswith('Manager.'):
            return self.service
        name = self.ipmp.path_to_name(path)
        if member.startswith('Group.'):
            return self.service.get_group(name) or self.service.find_group_sync(name, None)
        return self.service.get_interface(name) or self.service.find_interface_sync(name, None)

    def call(self, member, path, text):
        word = member.partition('.')[2]
        method = getattr(self.at(member, path),
                         self.FOUND.get(word, kebab(word).replace('-', '_')) + '_sync')
        values = GLib.Variant.parse(None, text, None, None)
        arguments = []
        for number in range(values.n_children()):
            value = values.get_child_value(number)
            is_dictionary = value.get_type_string().startswith('a{')
            if word in ('WatchProbes', 'UnwatchProbes'):
                arguments.append(value.unpack().get('interfaces'))
            elif is_dictionary and word not in ('ListDevices', 'Reload', 'Check', 'Save'):
                # '{}' alone has no type of its own
                arguments.append(GLib.Variant('a{sv}', {
                    key: value.lookup_value(key, None) for key in value.keys()}))
            elif not is_dictionary:
                arguments.append(value.unpack())
        try:
            result = method(*arguments, None)
        except GLib.Error as error:
            assert error.domain == 'ipmp-error-quark', error
            raise Refused(self.ipmp.error_to_name(self.ipmp.Error(error.code)),
                          error.message) from None
        if hasattr(result, 'get_object_path'):
            return result.get_object_path()
        return result.unpack() if isinstance(result, GLib.Variant) else result

    def get(self, member, path):
        if member in self.LISTS:
            return [row.get_name() for row in getattr(self.service, self.LISTS[member])()]
        value = self.at(member, path).get_property(kebab(member.partition('.')[2]))
        return value.unpack() if isinstance(value, GLib.Variant) else value

    def watch(self):
        def tell(member):
            return lambda source, *values: self.signals.append(
                [member, '' if source is self.service else source.get_object_path(),
                 *[value.unpack() if isinstance(value, GLib.Variant) else value
                   for value in values]])

        self.service.connect('event', tell('Manager.Event'))
        for group in self.service.dup_groups():
            for name in ('AddressMoved', 'Failed', 'Repaired'):
                group.connect(kebab(name), tell(f'Group.{name}'))
            group.connect('notify', lambda source, spec: self.signals.append(
                ['notify', source.get_object_path(), spec.name]))
        for interface in self.service.dup_interfaces():
            for name in ('StateChanged', 'ProbeCompleted'):
                interface.connect(kebab(name), tell(f'Interface.{name}'))

    def seen(self):
        context = GLib.MainContext.default()
        while context.iteration(False):
            pass
        return list(self.signals)

    def close(self):
        self.service = None
        self.connection.close_sync(None)
