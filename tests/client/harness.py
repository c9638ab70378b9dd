# SPDX-License-Identifier: LGPL-2.1-or-later
"""Running ipmpctl against the mock, and comparing what it prints with files."""
import difflib
import fcntl
import os
import pty
import select
import struct
import subprocess
import termios
import threading
import unittest

from gi.repository import GLib

import mock
import scenes

HERE = os.path.dirname(os.path.abspath(__file__))
IPMPCTL = os.environ['IPMPCTL']
IPMPSTAT = os.environ['IPMPSTAT']
IF_MPADM = os.environ['IF_MPADM']
INTROSPECTION = os.environ['INTROSPECTION']
UPDATE = os.environ.get('IPMP_UPDATE_GOLDEN')
DEADLINE = 30
LOCALES = ('C', 'C.UTF-8')


def answers():
    return {'History': GLib.Variant('(aa{sv})', (scenes.events(),)),
            'ListDevices': GLib.Variant('(aa{sv})', (scenes.devices(),)),
            'GetTargets': GLib.Variant('(aa{sv})', (scenes.targets(),)),
            'GetStatistics': GLib.Variant('(a{st})', ({'probes-sent': 1200, 'failures': 1},)),
            'Check': GLib.Variant('(aa{sv})', (scenes.advice(),)),
            'Describe': GLib.Variant('(s)', (scenes.description(scenes.broken()),))}


class Case(unittest.TestCase):
    """A bus and a mock for each test; `scene` is what the mock shows, None for no service."""
    scene = staticmethod(scenes.broken)

    def setUp(self):
        self.bus = mock.Bus()
        self.addCleanup(self.bus.close)
        self.mock = None
        if self.scene is not None:
            self.start_mock()

    def start_mock(self, error=None):
        self.mock = mock.Mock(self.bus, self.scene(), INTROSPECTION, error)
        self.mock.answers = answers()
        self.addCleanup(self.stop_mock)

    def stop_mock(self):
        if self.mock is not None:
            self.mock.close()
            self.mock = None

    def environment(self, **changes):
        environment = {key: os.environ[key] for key in os.environ
                       if key in ('PATH', 'HOME', 'LD_LIBRARY_PATH') or 'SAN_OPTIONS' in key}
        environment.update(LC_ALL='C.UTF-8', TZ='UTC', TERM='xterm', PAGER='cat',
                           G_DEBUG='fatal-warnings',
                           DBUS_SYSTEM_BUS_ADDRESS=self.bus.address)
        environment.update(changes)
        return environment

    def run_ctl(self, *args, locale='C.UTF-8', program=IPMPCTL, **changes):
        return subprocess.run([program, *args], env=self.environment(LC_ALL=locale, **changes),
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=DEADLINE,
                              encoding='utf-8', check=False)

    def start_ctl(self, *args, program=IPMPCTL):
        process = subprocess.Popen([program, *args], env=self.environment(),
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, encoding='utf-8')
        killer = threading.Timer(DEADLINE, process.kill)
        killer.start()
        self.addCleanup(killer.cancel)
        self.addCleanup(process.stderr.close)
        self.addCleanup(process.stdout.close)
        return process

    def run_on_terminal(self, *args, columns=0, **environment):
        """Output of a run whose three streams are one terminal."""
        controller, terminal = pty.openpty()
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack('HHHH', 24, columns, 0, 0))
        process = subprocess.Popen([IPMPCTL, *args], env=self.environment(**environment),
                                   stdin=terminal, stdout=terminal, stderr=terminal)
        os.close(terminal)
        output = b''
        while True:
            ready, _, _ = select.select([controller], [], [], DEADLINE)
            try:
                piece = os.read(controller, 65536) if ready else b''
            except OSError:  # EIO: the last holder of the terminal is gone
                piece = b''
            if not piece:
                break
            output += piece
        os.close(controller)
        process.wait(DEADLINE)
        return output.decode()

    def check_status(self, result, status):
        self.assertEqual(result.returncode, status, result.stdout + result.stderr)

    def check_golden(self, name, text):
        path = os.path.join(HERE, 'golden', name + '.txt')
        if UPDATE:
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, 'w', encoding='utf-8') as file:
                file.write(text)
            return
        with open(path, encoding='utf-8') as file:
            wanted = file.read()
        if text != wanted:
            self.fail('\n'.join(difflib.unified_diff(wanted.splitlines(), text.splitlines(),
                                                     'golden/' + name, 'printed', lineterm='')))
