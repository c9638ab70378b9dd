# SPDX-License-Identifier: LGPL-2.1-or-later
"""A client without manners: GetManagedObjects, again and again. Prints "ready" after the first."""
import os

import gi

gi.require_version('Gio', '2.0')
from gi.repository import Gio  # noqa: E402

bus = Gio.DBusConnection.new_for_address_sync(
    os.environ['DBUS_SYSTEM_BUS_ADDRESS'],
    Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION,
    None, None)
first = True
while True:
    bus.call_sync('org.ipmp', '/org/ipmp', 'org.freedesktop.DBus.ObjectManager', 'GetManagedObjects',
                  None, None, Gio.DBusCallFlags.NONE, -1, None)
    if first:
        print('ready', flush=True)
        first = False
