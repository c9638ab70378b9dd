# SPDX-License-Identifier: LGPL-2.1-or-later
"""Starts that meet something in their way: another service, a runtime directory that is full."""
import subprocess
import unittest

import service
import tap
from lab import DEADLINE, IPMPD, wait_until
from service import GROUP, Service, group_path


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


class WithoutRoom(Service):
    """Its runtime directory cannot be written until it is given room."""

    def start(self, environment=None):
        self.runtime = self.directory / 'run'
        self.runtime.mkdir()
        subprocess.run(['mount', '-t', 'tmpfs', '-o', 'ro', 'tmpfs', self.runtime], check=True)
        super().start(environment)

    def give_room(self):
        subprocess.run(['mount', '-o', 'remount,rw', self.runtime], check=True)


class NoRoom(unittest.TestCase):
    def setUp(self):
        service.make_devices()
        self.addCleanup(service.remove_devices)

    def test_a_start_that_cannot_be_finished_is_told_and_finished_later(self):
        running = WithoutRoom()
        self.addCleanup(running.close)
        # It tries each second and tells once; a change that does not settle is given up after ten.
        with self.assertRaises(service.Refused):
            running.call(group_path('front'), GROUP, 'AddAddress', '(sa{sv})', '192.0.2.20/24', {})
        self.assertEqual(running.log_text().count('the record cannot be stored'), 1)
        self.assertIsNone(running.process.poll())
        running.give_room()
        wait_until(lambda: (running.runtime / 'record.json').exists(), 'the record')
        running.call(group_path('front'), GROUP, 'AddAddress', '(sa{sv})', '192.0.2.20/24', {})
        self.assertEqual({a['state'] for a in running.front()['Addresses']}, {'up'})


if __name__ == '__main__':
    tap.main()
