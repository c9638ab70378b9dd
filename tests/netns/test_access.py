# SPDX-License-Identifier: LGPL-2.1-or-later
"""Every local user may read; changing takes a right, by the policy or by a rule."""
import json
import unittest

import tap
from front import FRONT, V4, V6, front_lab, wait_group
from lab import IPMPCTL

# user: may change things? (test.rules)
USERS = {'games': True, 'nobody': False, 'daemon': False}
READING = ((), ('groups',), ('interfaces',), ('addresses',), ('devices',), ('history',))
CHANGING = (('offline', 'eth0'), ('standby', 'eth2', 'on'), ('add-address', 'front', '10.2.0.50/24'),
            ('remove-address', 'front', '10.2.0.10/24'), ('remove', 'front', 'eth1'),
            ('set', 'front', 'failback=no'), ('defaults', 'failback=no'), ('delete', 'front'),
            ('create', 'other', 'eth3'), ('reload',))


class Access(unittest.TestCase):
    def setUp(self):
        self.lab = front_lab(FRONT + '[Interface eth2]\n', members=4)
        self.addCleanup(self.lab.close)
        self.lab.wait_on('eth0', V4, V6)

    def as_user(self, user, *arguments):
        return self.lab.run(None, IPMPCTL, *arguments, '--no-ask-password', user=user, check=False)

    def test_everybody_reads(self):
        for user in USERS:
            for command in READING:
                with self.subTest(user=user, command=command):
                    done = self.as_user(user, *command)
                    self.assertEqual(done.returncode, 0, done.stderr)
                    self.assertTrue(done.stdout.strip())
                    done = self.as_user(user, *command, '--json')
                    self.assertEqual(done.returncode, 0, done.stderr)
                    json.loads(done.stdout)

    def test_those_without_the_right_change_nothing(self):
        before = self.lab.picture()
        files = (self.lab.config_dir / 'groups.d/front.conf').read_text()
        for user in (name for name, may in USERS.items() if not may):
            for command in CHANGING:
                with self.subTest(user=user, command=command):
                    done = self.as_user(user, *command)
                    self.assertEqual(done.returncode, 3, done.stdout + done.stderr)
        self.assertEqual(self.lab.picture(), before)
        self.assertEqual((self.lab.config_dir / 'groups.d/front.conf').read_text(), files)

    def test_one_with_the_right_by_a_rule_does(self):
        done = self.as_user('games', 'offline', 'eth0')
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertNotIn('eth0', self.lab.devices_with(V4) + self.lab.devices_with(V6))
        done = self.as_user('games', 'online', 'eth0')
        self.assertEqual(done.returncode, 0, done.stderr)
        self.lab.wait_on('eth0', V4, V6)

    def test_status_tells_health_by_its_exit_status(self):
        self.assertEqual(self.as_user('nobody', 'status').returncode, 0)
        self.lab.cable(0, False)
        wait_group(self.lab, 'degraded')
        self.assertEqual(self.as_user('nobody', 'status').returncode, 10)
        self.lab.cable(1, False)
        self.lab.cable(2, False)
        wait_group(self.lab, 'failed')
        self.assertEqual(self.as_user('nobody', 'status').returncode, 11)


if __name__ == '__main__':
    tap.main()
