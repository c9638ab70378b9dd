# SPDX-License-Identifier: LGPL-2.1-or-later
"""A service that is started while another runs ends, and touches nothing of what that one holds."""
import subprocess
import unittest

import service
import tap
from lab import DEADLINE, IPMPD
from service import Service


def network():
    # Without link-local addresses, whose tentative time ends when it ends.
    commands = (['ip', '-4', 'address'], ['ip', '-4', 'route', 'show', 'table', 'all'],
                ['ip', 'nexthop'])
    return [subprocess.run(command, capture_output=True, text=True, check=True).stdout
            for command in commands]


class Second(unittest.TestCase):
    def setUp(self):
        service.make_devices()
        self.addCleanup(service.remove_devices)
        self.service = Service()
        self.addCleanup(self.service.close)

    def test_a_second_service_ends_and_touches_nothing(self):
        record = self.service.directory / 'run/record.json'
        elsewhere = self.service.directory / 'elsewhere'
        commands = (self.service.command(), [IPMPD, '--config-dir', elsewhere, '--runtime-dir',
                                             elsewhere / 'run', '--vendor-dir', elsewhere])
        network_before, record_before = network(), record.read_text()
        self.assertIn('192.0.2.10/24', network_before[0])
        for command in commands:
            with self.subTest(command=command):
                done = subprocess.run(command, capture_output=True, text=True, timeout=DEADLINE,
                                      check=False, stdin=subprocess.DEVNULL)
                self.assertEqual(done.returncode, 1)
                self.assertIn('another ipmpd runs', done.stdout + done.stderr)
                self.assertEqual(network(), network_before)
                self.assertEqual(record.read_text(), record_before)
        self.assertEqual(self.service.front()['State'], 'ok')


if __name__ == '__main__':
    tap.main()
