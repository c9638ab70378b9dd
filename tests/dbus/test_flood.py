# SPDX-License-Identifier: LGPL-2.1-or-later
"""What any local user can send: a lot, and large. The service stays small and goes on answering."""
import os
import subprocess
import sys
import time
import unittest

import service
import tap
from attacks import Attacks
from front import call_interface, front_lab, wait_state
from lab import DEADLINE
from service import (ERROR, GROUP, INTERFACE, MANAGER, ROOT, Refused, Service, group_path,
                     interface_path, options)

FRONT = group_path('front')
TESTED = '''[Group]
FailureDetectionTime=100ms
ProbeTargets=10.2.0.1

[Interface eth0]
Addresses=10.2.0.10/24
TestAddresses=10.2.0.110/24

[Interface eth1]
TestAddresses=10.2.0.111/24
'''
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


def value_of(pid, key):
    with open(f'/proc/{pid}/status', encoding='ascii') as lines:
        return next(int(line.split()[1]) for line in lines if line.startswith(key))


def growth_allowed(pid):
    # The address sanitizer surrounds what is allocated, and keeps what was freed.
    with open(f'/proc/{pid}/maps', encoding='utf-8') as maps:
        return GROWTH_KIB + (320 << 10 if 'libasan' in maps.read() else 0)


class Flood(unittest.TestCase):
    def setUp(self):
        self.service = Service()
        self.addCleanup(self.service.close)

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
                before = value_of(self.service.process.pid, 'VmHWM')
                self.flood(ROOT, 'org.freedesktop.DBus.ObjectManager', 'GetManagedObjects', kind)
                start = time.monotonic()
                self.service.call(ROOT, MANAGER, 'Describe')
                self.assertLess(time.monotonic() - start, DEADLINE)
                self.assertLess(value_of(self.service.process.pid, 'VmHWM') - before, growth_allowed(self.service.process.pid))

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


class AllTogether(unittest.TestCase):
    """All attacks at once, while polkit hangs, on a group that is probed."""

    def setUp(self):
        self.lab = front_lab(TESTED)
        self.addCleanup(self.lab.close)
        for name in ('eth0', 'eth1'):
            wait_state(self.lab, name, 'ok')

    def high_water(self):
        return value_of(self.lab.daemon.pid, 'VmHWM')

    def settings(self):
        """All that a method could have changed."""
        groups = {path: interfaces[GROUP] for path, interfaces in self.lab.bus.objects().items()
                  if GROUP in interfaces}
        for counter in ('Failovers', 'LastFailoverUSec'):
            groups[FRONT].pop(counter)
        return (self.lab.bus.manager(), groups, self.lab.picture(),
                {path: path.read_bytes() for path in self.lab.config_dir.rglob('*.conf')})

    def test_nothing_comes_of_it(self):
        before, high_water = self.settings(), self.high_water()
        with Attacks() as attacks:
            # Whoever may is served, and a failure is acted on.
            call_interface(self.lab, 'eth1', 'Offline')
            call_interface(self.lab, 'eth1', 'Online')
            wait_state(self.lab, 'eth1', 'ok')
            self.lab.cable(0, False)
            self.lab.wait_on('eth1', '10.2.0.10')
            self.lab.cable(0, True)
            self.lab.wait_on('eth0', '10.2.0.10')
            done = attacks.stop()
            print(f'# {done}', flush=True)
            self.assertTrue(all(done.values()), done)
        # What had waited for polkit is decided now.
        wait_state(self.lab, 'eth0', 'ok')
        self.assertEqual(self.settings(), before)
        grown = self.high_water() - high_water
        print(f'# grown by {grown} KiB', flush=True)
        self.assertLess(grown, growth_allowed(self.lab.daemon.pid))

    def test_it_ends_in_order_amid_them(self):
        with Attacks():
            self.lab.stop_daemon()


if __name__ == '__main__':
    tap.main()
