# SPDX-License-Identifier: LGPL-2.1-or-later
"""The real daemon on the private bus, with some network devices: to be used inside privbus.sh."""
import os
import pathlib
import re
import signal
import subprocess
import tempfile

from gi.repository import GLib

from lab import DEADLINE, IPMPD, WRAPPER, Bus, wait_until

ROOT = '/org/ipmp'
MANAGER, GROUP, INTERFACE = 'org.ipmp.Manager', 'org.ipmp.Group', 'org.ipmp.Interface'
PROPERTIES = 'org.freedesktop.DBus.Properties'
ERROR = 'org.ipmp.Error.'
DENIED = 'org.freedesktop.DBus.Error.AccessDenied'
ASK = 'org.freedesktop.DBus.Error.InteractiveAuthorizationRequired'
DEVICES = ('eth0', 'eth1', 'eth2')

FRONT = '''# kept
[Group]

[Interface eth0]
Addresses=192.0.2.10/24

[Interface eth1]
'''


class Refused(Exception):
    """An answer that is an error: `name` of D-Bus and `text` for people."""

    def __init__(self, name, text):
        super().__init__(f'{name}: {text}')
        self.name = name
        self.text = text


def group_path(name):
    return f'{ROOT}/group/{name}'


def interface_path(name):
    return f'{ROOT}/interface/{name}'


def options(**values):
    """a{sv}: True becomes b, 7 u, 'x' s, ['x'] as, a Variant itself."""
    signatures = {bool: 'b', int: 'u', str: 's', list: 'as'}
    return {key.replace('_', '-'): value if isinstance(value, GLib.Variant)
            else GLib.Variant(signatures[type(value)], value) for key, value in values.items()}


def make_devices():
    for number, name in enumerate(DEVICES):
        subprocess.run(['ip', 'link', 'add', name, 'address', f'02:00:00:00:01:0{number}', 'type',
                        'veth', 'peer', 'name', f'peer{number}'], check=True)
        for device in (name, f'peer{number}'):
            subprocess.run(['ip', 'link', 'set', device, 'up'], check=True)


def remove_devices():
    for name in DEVICES:
        subprocess.run(['ip', 'link', 'del', name], check=True)


class Service:
    """front.conf is FRONT unless `front` says otherwise; None: there is no such file."""

    def __init__(self, front=FRONT, environment=None):
        self.directory = pathlib.Path(tempfile.mkdtemp(dir=os.environ['PRIVBUS_DIR']))
        self.config = self.directory / 'etc/groups.d/front.conf'
        self.config.parent.mkdir(parents=True)
        if front is not None:
            self.config.write_text(front, encoding='utf-8')
        self.log = open(self.directory / 'log', 'w+', encoding='utf-8')
        self.bus = Bus()
        self.process = None
        self.start(environment)
        if front == FRONT:  # the name is owned before the kernel has answered
            wait_until(lambda: self.bus.interface('eth0')['Addresses'], 'the address in its place')

    def command(self):
        return [*WRAPPER, IPMPD, '--config-dir', self.directory / 'etc', '--runtime-dir',
                self.directory / 'run', '--vendor-dir', self.directory / 'usr']

    def start(self, environment=None):
        self.process = subprocess.Popen(self.command(), stdin=subprocess.DEVNULL, stdout=self.log,
                                        stderr=subprocess.STDOUT,
                                        env={**os.environ, **(environment or {})})
        wait_until(self.is_there, 'org.ipmp on the bus')

    def is_there(self):
        if self.process.poll() is not None:
            raise AssertionError(f'ipmpd ended, {self.process.returncode}:\n{self.log_text()}')
        return self.bus.owner()

    def log_text(self):
        self.log.flush()
        return (self.directory / 'log').read_text(encoding='utf-8')

    def stop(self):
        """Each use is a test of the clean end."""
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(DEADLINE)
        assert status == 0, f'ipmpd ended with {status}:\n{self.log_text()}'
        wait_until(lambda: not self.bus.owner(), 'the name free')

    def close(self):
        """As stop(), and nothing stays of groups: the next service begins with a clean host."""
        try:
            for path, interfaces in self.bus.objects().items():
                if GROUP in interfaces:
                    self.call(path, GROUP, 'Delete', '(a{sv})', options(
                        temporary=interfaces[GROUP]['Temporary']))
            self.stop()
        finally:
            if self.process.poll() is None:
                self.process.kill()
                self.process.wait()
            self.bus.close()
            self.log.close()

    def call(self, path, interface, method, signature='()', *arguments):
        try:
            return self.bus.call(path, interface, method, signature, *arguments)
        except GLib.Error as error:
            text = error.message
            match = re.match(r'GDBus\.Error:([^:]+): (.*)', text, re.S)
            raise Refused(*(match.groups() if match else ('', text))) from None

    def call_as(self, user, path, interface, method, signature='()', *arguments):
        """By another process, of that user; it does not allow that somebody is asked."""
        values = GLib.Variant(signature, arguments)
        words = [values.get_child_value(i).print_(True) for i in range(values.n_children())]
        done = subprocess.run(['setpriv', f'--reuid={user}', '--regid=nogroup', '--clear-groups',
                               *self.spell(path, interface, method, words)],
                              capture_output=True, text=True, timeout=DEADLINE * 2,
                              stdin=subprocess.DEVNULL)
        if done.returncode != 0:
            match = re.search(r'GDBus\.Error:([^:]+): ([^\n]*)', done.stderr)
            raise Refused(*(match.groups() if match else ('', done.stderr)))
        return done.stdout

    def spell(self, path, interface, method, words):
        return ['gdbus', 'call', '--system', '--timeout', '60', '--dest', 'org.ipmp',
                '--object-path', path, '--method', f'{interface}.{method}', '--', *words]

    def properties(self, path, interface):
        return self.call(path, PROPERTIES, 'GetAll', '(s)', interface)

    def front(self):
        return self.properties(group_path('front'), GROUP)
