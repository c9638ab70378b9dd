# SPDX-License-Identifier: LGPL-2.1-or-later
"""The tools that people have on any machine, against the service: busctl, gdbus, dbus-send,
python3-dbus, python3-gi. The service has the group front with eth0 and eth1; the caller is root."""
import json
import os
import pathlib
import re
import subprocess
import threading
import xml.etree.ElementTree as ElementTree

from gi.repository import Gio, GLib

from lab import DEADLINE, wait_until

ROOT, FRONT, ETH1 = '/org/ipmp', '/org/ipmp/group/front', '/org/ipmp/interface/eth1'
OBJECTS = {ROOT: 'org.ipmp.Manager', FRONT: 'org.ipmp.Group', ETH1: 'org.ipmp.Interface'}
DOC = 'org.gtk.GDBus.DocString'
HERE = pathlib.Path(__file__).resolve().parent
XML, CONTRACT = HERE.parents[1] / 'introspection', HERE.parent / 'dbus/contract.txt'


def run(*command, status=0):
    done = subprocess.run([str(word) for word in command], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=DEADLINE * 2, check=False)
    assert (done.returncode == 0) == (status == 0), f'{command}: {done.returncode}: {done.stderr}'
    return done.stdout if status == 0 else done.stderr


def contract(added):
    """{interface: {(kind, member, in, out, const)}}"""
    found, face = {}, None
    for line in CONTRACT.read_text(encoding='utf-8').splitlines():
        if line.startswith('['):
            words = line.strip('[]').split()
            face = words[-1] if added or len(words) == 1 else None
        elif line and not line.startswith('#') and face is not None:
            kind, member, taken, given, *const = line.split()
            found.setdefault(face, set()).add(
                (kind, member, taken.strip('-'), given.strip('-'), bool(const)))
    return found


def shape(interface):
    """The same of an <interface>."""
    found = set()
    for node in interface:
        if node.tag not in ('method', 'signal', 'property'):
            continue
        ways = {'in': '', 'out': node.get('type', '')}
        for argument in node.findall('arg'):
            ways[argument.get('direction', 'out')] += argument.get('type')
        const = any(note.get('value') == 'const' for note in node.findall('annotation'))
        found.add((node.tag, node.get('name'), ways['in'], ways['out'], const))
    return found


def argument_names(interface):
    return {(node.get('name'), argument.get('name')) for node in interface
            for argument in node.findall('arg')}


def annotations(interface):
    """But for the documentation."""
    return {(owner.get('name'), note.get('name'), note.get('value'))
            for owner in interface.iter() for note in owner.findall('annotation')
            if not note.get('name').startswith(DOC)}


def documentation(interface):
    """{(interface or member, argument or None): words of its annotation}"""
    found = {}
    for owner in [interface, *interface]:
        for node, argument in [(owner, None), *((a, a.get('name')) for a in owner.findall('arg'))]:
            for note in node.findall('annotation'):
                if note.get('name') == DOC:
                    found[owner.get('name'), argument] = note.get('value').split()
    return found


def comments(name):
    """{interface or member: words of its comment}"""
    text = (XML / f'{name}.xml').read_text(encoding='utf-8')
    return {member: comment.split() for comment, member in
            re.findall(r'<!--((?:(?!-->).)*)-->\s*<(?:interface|method|signal|property) name="([\w.]+)"',
                       text, re.S)}


def of_file(name):
    return ElementTree.parse(XML / f'{name}.xml').getroot().find('interface')


def of_text(text, name):
    return next(node for node in ElementTree.fromstring(text).findall('interface')
                if node.get('name') == name)


class Listener:
    """A monitor, until it has told what was waited for."""

    def __init__(self, *command):
        self.text = ''
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL,
                                        stderr=subprocess.STDOUT, text=True)
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        for line in self.process.stdout:
            self.text += line

    def wait(self, *words):
        wait_until(lambda: all(word in self.text for word in words),
                   f'{words} of {self.process.args}')

    def close(self):
        self.process.terminate()
        self.process.wait(DEADLINE)
        self.reader.join()
        self.process.stdout.close()


class Tools:
    """To be mixed into a TestCase."""

    def test_contract_is_in_the_introspection_data(self):
        written = contract(added=True)
        for name in OBJECTS.values():
            self.assertEqual(shape(of_file(name)), written[name])
        errors = [note.get('value').split() for note in of_file('org.ipmp.Manager')
                  if note.get('name') == 'org.ipmp.Errors'][0]
        self.assertEqual({row[1] for row in written['org.ipmp.Error']}, set(errors))

    def test_live_introspection_is_that_of_the_data(self):
        """As a browser of the bus sees it: members, names of arguments, annotations."""
        for path, name in OBJECTS.items():
            seen = of_text(run('gdbus', 'introspect', '--system', '--xml', '--dest', 'org.ipmp',
                               '--object-path', path), name)
            wanted = of_file(name)
            self.assertEqual(shape(seen), shape(wanted))
            self.assertEqual(argument_names(seen), argument_names(wanted))
            self.assertEqual(annotations(seen), annotations(wanted))

    def test_live_introspection_is_documented(self):
        """Every interface, member and argument, in the words of the data and none left out."""
        for path, name in OBJECTS.items():
            seen = of_text(run('gdbus', 'introspect', '--system', '--xml', '--dest', 'org.ipmp',
                               '--object-path', path), name)
            told, written = documentation(seen), comments(name)
            for node in [seen, *(node for node in seen if node.tag != 'annotation')]:
                member = node.get('name')
                arguments = [arg.get('name') for arg in node.findall('arg')]
                words = [f'{member}:', *(word for arg in arguments
                                         for word in [f'@{arg}:', *told[member, arg]])]
                if node is seen:
                    brief = node.find(f"annotation[@name='{DOC}.Short']").get('value')
                    words += ['@short_description:', *brief.split()]
                self.assertEqual([*words, *told[member, None]], written[member])

    def test_busctl(self):
        tree = run('busctl', '--system', 'tree', '--list', 'org.ipmp').split()
        self.assertLessEqual(set(OBJECTS), set(tree))
        rows = run('busctl', '--system', 'introspect', 'org.ipmp', FRONT, 'org.ipmp.Group')
        for kind, member, taken, given, const in contract(added=True)['org.ipmp.Group']:
            given = given if kind != 'signal' else '-'
            taken = taken if kind != 'signal' else ''.join(
                a.get('type') for a in of_file('org.ipmp.Group').find(
                    f"signal[@name='{member}']").findall('arg'))
            signature = given if kind == 'property' else taken or '-'
            self.assertRegex(rows, rf'(?m)^\.{member} +{kind} +{re.escape(signature)} ')
        self.assertEqual(run('busctl', '--system', 'call', 'org.ipmp', ROOT, 'org.ipmp.Manager',
                             'GetGroup', 's', 'front'), f'o "{FRONT}"\n')
        value = json.loads(run('busctl', '--system', '--json=short', 'get-property', 'org.ipmp',
                               FRONT, 'org.ipmp.Group', 'Interfaces'))
        self.assertEqual((value['type'], value['data'][1]), ('ao', ETH1))
        self.assertIn('x y', run('busctl', '--system', 'call', 'org.ipmp', ROOT,
                                 'org.ipmp.Manager', 'GetGroup', 's', 'x y', status=1))

    def test_monitors(self):
        told = ('AddressMoved', 'PropertiesChanged', '192.0.2.40/24')
        listeners = [Listener('busctl', '--system', 'monitor', 'org.ipmp'),
                     Listener('gdbus', 'monitor', '--system', '--dest', 'org.ipmp'),
                     Listener('dbus-monitor', '--system', "sender='org.ipmp'")]
        for listener, ready in zip(listeners, ('Monitoring bus', 'is owned by', 'NameAcquired')):
            self.addCleanup(listener.close)
            listener.wait(ready)
        run('busctl', '--system', 'call', 'org.ipmp', FRONT, 'org.ipmp.Group', 'AddAddress',
            'sa{sv}', '192.0.2.40/24', '2', 'interface', 's', 'eth1', 'temporary', 'b', 'false')
        for listener in listeners:
            listener.wait(*told)
        run('busctl', '--system', 'call', 'org.ipmp', FRONT, 'org.ipmp.Group', 'RemoveAddress',
            'sa{sv}', '192.0.2.40/24', '0')

    def test_gdbus(self):
        run('gdbus', 'wait', '--system', '--timeout', '20', 'org.ipmp')
        text = run('gdbus', 'call', '--system', '--dest', 'org.ipmp', '--object-path', ROOT,
                   '--method', 'org.ipmp.Manager.GetInterface', 'eth1')
        self.assertEqual(text, f"(objectpath '{ETH1}',)\n")
        text = run('gdbus', 'call', '--system', '--dest', 'org.ipmp', '--object-path', ROOT,
                   '--method', 'org.ipmp.Manager.CreateGroup', 'front', "['eth9']", '{}', status=1)
        self.assertIn('org.ipmp.Error.', text)

    def test_dbus_send(self):
        text = run('dbus-send', '--system', '--print-reply=literal', '--dest=org.ipmp', FRONT,
                   'org.freedesktop.DBus.Properties.Get', 'string:org.ipmp.Group', 'string:Name')
        self.assertEqual(text.split(), ['variant', 'front'])
        text = run('dbus-send', '--system', '--print-reply', '--dest=org.ipmp', ROOT,
                   'org.ipmp.Manager.GetGroup', 'string:nobody', status=1)
        self.assertIn('org.ipmp.Error.NoSuchGroup', text)

    def test_python_dbus(self):
        import dbus
        bus = dbus.bus.BusConnection(os.environ.get('DBUS_SYSTEM_BUS_ADDRESS',
                                                    'unix:path=/run/dbus/system_bus_socket'))
        self.addCleanup(bus.close)
        manager = dbus.Interface(bus.get_object('org.ipmp', ROOT), 'org.ipmp.Manager')
        self.assertEqual(manager.GetGroup('front'), FRONT)
        self.assertIn('lo', [device['name'] for device in manager.ListDevices({})])
        group = dbus.Interface(bus.get_object('org.ipmp', FRONT), 'org.ipmp.Group')
        group.Configure({'probe-failures': dbus.UInt32(6)}, {'temporary': False})
        properties = dbus.Interface(group, 'org.freedesktop.DBus.Properties')
        self.assertEqual(properties.Get('org.ipmp.Group', 'ProbeFailures'), 6)
        group.Configure({}, {'reset': ['probe-failures']})
        with self.assertRaises(dbus.DBusException) as caught:
            group.RemoveInterface('nobody', {})
        self.assertEqual(caught.exception.get_dbus_name(), 'org.ipmp.Error.NoSuchInterface')

    def test_python_gi(self):
        objects = Gio.DBusObjectManagerClient.new_for_bus_sync(
            Gio.BusType.SYSTEM, Gio.DBusObjectManagerClientFlags.NONE, 'org.ipmp', ROOT, None, None,
            None)
        self.assertLessEqual({FRONT, ETH1}, {item.get_object_path() for item in objects.get_objects()})
        proxy = objects.get_interface(ETH1, 'org.ipmp.Interface')
        self.assertEqual(proxy.get_cached_property('Name').unpack(), 'eth1')
        proxy.SetStandby('(ba{sv})', True, {})
        context = GLib.MainContext.default()
        wait_until(lambda: context.iteration(False) or
                   proxy.get_cached_property('Standby').unpack(), 'eth1 a standby')
        proxy.SetStandby('(ba{sv})', False, {})
