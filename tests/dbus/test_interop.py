# SPDX-License-Identifier: LGPL-2.1-or-later
"""The service beside the tools of the bus, on dbus-daemon. See tests/system for dbus-broker."""
import unittest

import interop
import service
import tap


def setUpModule():
    service.make_devices()


class DBusDaemon(interop.Tools, unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.service = service.Service()
        cls.addClassCleanup(cls.service.close)


if __name__ == '__main__':
    tap.main()
