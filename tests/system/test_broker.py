# SPDX-License-Identifier: LGPL-2.1-or-later
"""The service on dbus-broker, as installed, under a real systemd: to be used inside container.sh."""
import os
import pathlib
import subprocess
import unittest

os.environ.setdefault('PRIVBUS_DIR', '/run')
os.environ.setdefault('BUILD', '/build')
os.environ.setdefault('DBUS_SYSTEM_BUS_ADDRESS', 'unix:path=/run/dbus/system_bus_socket')

import interop  # noqa: E402  (it looks at the environment)
import tap  # noqa: E402
from lab import wait_until  # noqa: E402

FRONT = '''[Group]

[Interface eth0]
Addresses=192.0.2.10/24

[Interface eth1]
'''


def systemctl(*words):
    return subprocess.run(['systemctl', *words], stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, timeout=60, check=False).stdout.strip()


class DBusBroker(interop.Tools, unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        for number in range(2):
            subprocess.run(['ip', 'link', 'add', f'eth{number}', 'type', 'veth', 'peer', 'name',
                            f'peer{number}'], check=True)
            for device in (f'eth{number}', f'peer{number}'):
                subprocess.run(['ip', 'link', 'set', device, 'up'], check=True)
        path = pathlib.Path('/etc/ipmp/groups.d/front.conf')
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(FRONT, encoding='utf-8')
        subprocess.run(['systemctl', 'restart', 'ipmpd.service'], check=True, timeout=60)

    def test_0_it_is_the_broker(self):
        pid = systemctl('show', '--value', '-p', 'MainPID', 'dbus.service')
        self.assertIn('dbus-broker', pathlib.Path(f'/proc/{pid}/cmdline').read_text(encoding='utf-8'))

    def test_activation(self):
        """A call starts the service, and only that."""
        systemctl('stop', 'ipmpd.service')
        self.assertEqual(systemctl('is-active', 'ipmpd.service'), 'inactive')
        text = interop.run('busctl', '--system', 'call', 'org.ipmp', '/org/ipmp', 'org.ipmp.Manager',
                           'GetGroup', 's', 'front')
        self.assertEqual(text, 'o "/org/ipmp/group/front"\n')
        wait_until(lambda: systemctl('is-active', 'ipmpd.service') == 'active', 'the unit active')

    def test_rights(self):
        """Reading is free, the name is not, changing asks polkit."""
        as_nobody = ('setpriv', '--reuid=nobody', '--regid=nogroup', '--clear-groups')
        call = ('busctl', '--system', '--allow-interactive-authorization=no', 'call', 'org.ipmp',
                '/org/ipmp/interface/eth1', 'org.ipmp.Interface')
        self.assertIn('"probes-sent"', interop.run(*as_nobody, *call, 'GetStatistics'))
        refused = interop.run(*as_nobody, *call, 'Offline', 'a{sv}', '0', status=1)
        self.assertIn('org.ipmp.change-state', refused)
        text = interop.run(*as_nobody, '/usr/bin/python3', '-c', 'from gi.repository import Gio; '
                           'b = Gio.bus_get_sync(Gio.BusType.SYSTEM); b.call_sync("org.freedesktop.'
                           'DBus", "/", "org.freedesktop.DBus", "RequestName", __import__("gi").'
                           'repository.GLib.Variant("(su)", ("org.ipmp", 0)), None, 0, -1, None)',
                           status=1)
        self.assertIn('AccessDenied', text)


if __name__ == '__main__':
    tap.main()
