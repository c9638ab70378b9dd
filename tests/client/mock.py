# SPDX-License-Identifier: LGPL-2.1-or-later
"""A service without an engine: it serves fixed objects under the real introspection data on a bus
of its own, writes down every call, and answers with what a test told it to."""
import os
import shutil
import subprocess
import tempfile
import threading

from gi.repository import Gio, GLib

BUS_NAME = 'org.ipmp'
ROOT = '/org/ipmp'
BUS_CONFIG = '''<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path={socket}</listen>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
'''
OBJECT_MANAGER = '''<node><interface name="org.freedesktop.DBus.ObjectManager">
  <method name="GetManagedObjects"><arg type="a{oa{sa{sv}}}" direction="out"/></method>
  <signal name="InterfacesAdded"><arg type="o"/><arg type="a{sa{sv}}"/></signal>
  <signal name="InterfacesRemoved"><arg type="o"/><arg type="as"/></signal>
</interface></node>'''


class Bus:
    """A message bus for one test run; its address stands for that of the system bus."""

    def __init__(self):
        self.directory = tempfile.mkdtemp(prefix='ipmp-client-')
        socket = os.path.join(self.directory, 'bus')
        config = os.path.join(self.directory, 'bus.conf')
        with open(config, 'w', encoding='utf-8') as file:
            file.write(BUS_CONFIG.format(socket=socket))
        self.process = subprocess.Popen(
            ['dbus-daemon', '--config-file=' + config, '--nofork', '--print-address'],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        # the address is printed when the bus is ready for connections
        self.address = self.process.stdout.readline().strip()

    def connect(self):
        flags = (Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT |
                 Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION)
        return Gio.DBusConnection.new_for_address_sync(self.address, flags, None, None)

    def close(self):
        self.process.terminate()
        self.process.wait()
        self.process.stdout.close()
        shutil.rmtree(self.directory)


class Mock:
    """`scene` is {path: {interface: {property: GLib.Variant}}}; the properties that it leaves out
    have the empty value of their type."""

    def __init__(self, bus, scene, introspection, error=None):
        self.calls = []          # (path, method, arguments as Python values)
        self.interactive = []    # of each call, whether it allowed a dialogue
        self.error = error       # (name, message): what every changing call is answered with
        self.answers = {}        # method -> GLib.Variant tuple
        self.called = threading.Condition()
        self.scene = scene
        self.registered = {}     # path -> identifiers of its interfaces
        self.infos = {}
        for name in ('Manager', 'Group', 'Interface'):
            path = os.path.join(introspection, f'org.ipmp.{name}.xml')
            with open(path, encoding='utf-8') as file:
                info = Gio.DBusNodeInfo.new_for_xml(file.read()).interfaces[0]
            self.infos[info.name] = info
        self.context = GLib.MainContext()
        self.loop = GLib.MainLoop(self.context)
        self.bus = bus
        ready = threading.Event()
        self.thread = threading.Thread(target=self._serve, args=(ready,), daemon=True)
        self.thread.start()
        if not ready.wait(30):
            raise RuntimeError('the mock has not come to its bus')

    def _serve(self, ready):
        self.context.push_thread_default()
        self.connection = self.bus.connect()
        manager = Gio.DBusNodeInfo.new_for_xml(OBJECT_MANAGER).interfaces[0]
        self.connection.register_object(ROOT, manager, self._on_managed_objects, None, None)
        for path, interfaces in self.scene.items():
            for name in interfaces:
                self.registered.setdefault(path, []).append(self.connection.register_object(
                    path, self.infos[name], self._on_call, self._on_get, None))
        self._bus_call('RequestName', GLib.Variant('(su)', (BUS_NAME, 0)))
        ready.set()
        self.loop.run()
        self.connection.flush_sync(None)  # who was heard is answered before we go
        self.connection.close_sync(None)
        self.context.pop_thread_default()

    def _bus_call(self, method, arguments):
        self.connection.call_sync('org.freedesktop.DBus', '/org/freedesktop/DBus',
                                  'org.freedesktop.DBus', method, arguments, None, 0, -1, None)

    def _on_managed_objects(self, _connection, _sender, _path, _interface, _method, _arguments,
                            invocation):
        objects = {path: {name: self._properties(path, name) for name in interfaces}
                   for path, interfaces in self.scene.items() if path != ROOT}
        invocation.return_value(GLib.Variant('(a{oa{sa{sv}}})', (objects,)))

    def _properties(self, path, name):
        return {info.name: self._value(path, name, info) for info in self.infos[name].properties}

    def _value(self, path, name, info):
        empty = {'s': '', 'o': '/', 'b': False, 'u': 0, 't': 0}
        value = self.scene[path][name].get(info.name)
        if value is None:
            value = GLib.Variant(info.signature, empty.get(info.signature, []))
        return value

    def _on_get(self, _connection, _sender, path, name, member):
        return self._value(path, name, self.infos[name].lookup_property(member))

    def _on_call(self, _connection, _sender, path, name, method, arguments, invocation):
        flags = invocation.get_message().get_flags()
        with self.called:
            self.calls.append((path, method, arguments.unpack()))
            self.interactive.append(
                bool(flags & Gio.DBusMessageFlags.ALLOW_INTERACTIVE_AUTHORIZATION))
            self.called.notify_all()
        if self.error is not None:
            invocation.return_dbus_error(*self.error)
            return
        finds = {'GetGroup': ('group', 'Group'), 'GetInterface': ('interface', 'Interface')}
        if method in finds and method not in self.answers:
            self._find(*finds[method], arguments.unpack()[0], invocation)
            return
        answer = self.answers.get(method)
        if answer is None and method in ('CreateGroup', 'AddInterface'):
            answer = GLib.Variant('(o)', (ROOT + '/group/front',))
        invocation.return_value(answer)

    def _find(self, folder, kind, name, invocation):
        paths = [path for path in self.registered if path.startswith(f'{ROOT}/{folder}/')
                 and self.scene[path][f'org.ipmp.{kind}']['Name'].unpack() == name]
        if paths:
            invocation.return_value(GLib.Variant('(o)', (paths[0],)))
        else:
            invocation.return_dbus_error(f'org.ipmp.Error.NoSuch{kind}', f'{name}: there is none')

    def remove_silently(self, path):
        """The object is gone, and nobody has been told yet."""
        done = threading.Event()

        def remove(_data):
            for identifier in self.registered.pop(path):
                self.connection.unregister_object(identifier)
            done.set()
            return False

        self.context.invoke_full(GLib.PRIORITY_DEFAULT, remove, None)
        assert done.wait(30)

    def wait_for_call(self, method, deadline=30):
        with self.called:
            return self.called.wait_for(
                lambda: any(call[1] == method for call in self.calls), deadline)

    def emit(self, path, interface, signal, arguments):
        self.connection.emit_signal(None, path, interface, signal, arguments)

    def close(self):
        """Leaves the bus, as a service that was stopped."""
        self.context.invoke_full(GLib.PRIORITY_DEFAULT, self.loop.quit)
        self.thread.join()
