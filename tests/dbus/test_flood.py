# SPDX-License-Identifier: LGPL-2.1-or-later
"""What any local user can send: a lot, and large. The service stays small and goes on answering."""
import os
import subprocess
import sys
import time
import unittest

import service
import tap
from lab import DEADLINE
from service import (ERROR, GROUP, INTERFACE, MANAGER, ROOT, Refused, Service, group_path,
                     interface_path, options)

FRONT = group_path('front')
# Answers on their way and what malloc keeps: a fraction of the 900 MiB that 20,000 waiting answers take.
GROWTH_KIB = 192 << 10
# Calls of a user who waits for no answer, without pause.
FLOOD = '''
import os, sys
from gi.repository import Gio
flags = Gio.DBusConnectionFlags
bus = Gio.DBusConnection.new_for_address_sync(
    os.environ['DBUS_SYSTEM_BUS_ADDRESS'],
    flags.AUTHENTICATION_CLIENT | flags.MESSAGE_BUS_CONNECTION, None, None)
path, interface, method = sys.argv[1:4]
for _ in range(20000):
    message = Gio.DBusMessage.new_method_call('org.ipmp', path, interface, method)
    if sys.argv[4] == 'no-reply':
        message.set_flags(Gio.DBusMessageFlags.NO_REPLY_EXPECTED)
    bus.send_message(message, 0)
bus.flush_sync(None)
'''


def setUpModule():
    service.make_devices()


class Flood(unittest.TestCase):
    def setUp(self):
        self.service = Service()
        self.addCleanup(self.service.close)

    def status(self, key):
        with open(f'/proc/{self.service.process.pid}/status', encoding='ascii') as lines:
            return next(int(line.split()[1]) for line in lines if line.startswith(key))

    def growth(self):
        # The address sanitizer keeps what was freed, up to 256 MiB.
        with open(f'/proc/{self.service.process.pid}/maps', encoding='utf-8') as maps:
            return GROWTH_KIB + (320 << 10 if 'libasan' in maps.read() else 0)

    def flood(self, path, interface, method, kind):
        done = subprocess.run(['setpriv', '--reuid=nobody', '--regid=nogroup', '--clear-groups',
                               sys.executable, '-c', FLOOD, path, interface, method, kind],
                              capture_output=True, text=True, timeout=DEADLINE * 6, check=False,
                              stdin=subprocess.DEVNULL, env=os.environ)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_calls_without_pause_take_no_memory(self):
        for number in range(12):
            self.service.call(ROOT, MANAGER, 'CreateGroup', '(sasa{sv})', f'g{number}',
                              [f'm{number}x{i}' for i in range(8)], {})
        self.service.bus.objects()
        for kind in ('no-reply', 'reply'):
            with self.subTest(kind=kind):
                before = self.status('VmHWM')
                self.flood(ROOT, 'org.freedesktop.DBus.ObjectManager', 'GetManagedObjects', kind)
                start = time.monotonic()
                self.service.call(ROOT, MANAGER, 'Describe')
                self.assertLess(time.monotonic() - start, DEADLINE)
                self.assertLess(self.status('VmHWM') - before, self.growth())

    def test_large_requests_are_refused_at_once(self):
        calls = (
            (ROOT, MANAGER, 'CreateGroup', '(sasa{sv})',
             ('large', [f'i{number}' for number in range(60000)], {}), 'at most 64'),
            (ROOT, MANAGER, 'CreateGroup', '(sasa{sv})', ('x' * (2 << 20), [], {}), 'bytes'),
            (interface_path('eth0'), INTERFACE, 'SetTestAddresses', '(asa{sv})',
             (['192.0.2.110/24'] * 200000, {}), 'bytes'),
            (FRONT, GROUP, 'Configure', '(a{sv}a{sv})',
             ({}, options(reset=['failback'] * 200000)), 'bytes'),
            (ROOT, MANAGER, 'GetGroup', '(s)', ('x' * (2 << 20),), 'bytes'),
        )
        for path, interface, method, signature, arguments, word in calls:
            with self.subTest(method=method, word=word):
                before = self.cpu_ticks()
                with self.assertRaises(Refused) as caught:
                    self.service.call(path, interface, method, signature, *arguments)
                self.assertEqual(caught.exception.name, ERROR + 'LimitReached')
                self.assertIn(word, caught.exception.text)
                self.assertLess(len(caught.exception.text), 300)
                self.assertLess(self.cpu_ticks() - before, os.sysconf('SC_CLK_TCK'))

    def cpu_ticks(self):
        with open(f'/proc/{self.service.process.pid}/stat', encoding='ascii') as line:
            fields = line.read().rpartition(')')[2].split()
        return int(fields[11]) + int(fields[12])


if __name__ == '__main__':
    tap.main()
