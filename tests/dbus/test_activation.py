# SPDX-License-Identifier: LGPL-2.1-or-later
"""A bus without systemd starts the service when it is called for the first time."""
import os
import signal
import unittest

import tap
from gi.repository import GLib

from lab import Bus, wait_until


class Activation(unittest.TestCase):
    def test_the_first_call_starts_it(self):
        bus = Bus()
        self.addCleanup(bus.close)
        self.assertFalse(bus.owner())
        self.assertEqual(bus.call('/org/ipmp', 'org.ipmp.Manager', 'ListDevices', '(a{sv})',
                                  {})[0]['name'], 'lo')
        self.assertTrue(bus.owner())
        pid = bus.connection.call_sync(
            'org.freedesktop.DBus', '/', 'org.freedesktop.DBus', 'GetConnectionUnixProcessID',
            GLib.Variant('(s)', ('org.ipmp',)), None, 0, 10000, None).unpack()[0]
        os.kill(pid, signal.SIGTERM)
        wait_until(lambda: not bus.owner(), 'its end')


if __name__ == '__main__':
    tap.main()
