# SPDX-License-Identifier: LGPL-2.1-or-later
"""A test is run again if, and only if, it failed while the machine dropped packets, and not for ever."""
import subprocess
import sys
import unittest

import tap

# Each test says in which of its runs it fails; the machine drops a packet in the first so many runs.
PROGRAM = '''
import sys, unittest, tap
drops = {drops}
runs = {{}}
count = [0]
tap.dropped_by_machine = lambda: count[0]
class Case(unittest.TestCase):
    def run_it(self, fails):
        runs[self.id()] = runs.get(self.id(), 0) + 1
        count[0] += runs[self.id()] <= drops
        self.assertGreater(runs[self.id()], fails)
    def test_fails_once(self):
        self.run_it(1)
    def test_good(self):
        self.run_it(0)
    def test_subtest(self):
        with self.subTest(part=1):
            self.run_it(1)
sys.argv = ['x']
tap.main()
'''


def run(drops):
    done = subprocess.run([sys.executable, '-c', PROGRAM.format(drops=drops)], capture_output=True,
                          text=True, check=False)
    points = [line for line in done.stdout.splitlines() if not line.startswith('#')]
    return points, done.stdout.count('# void'), done.returncode


class Void(unittest.TestCase):
    def test_nothing_was_dropped(self):
        points, void, status = run(0)
        self.assertEqual(points, ['1..3', 'not ok 1 - Case.test_fails_once', 'ok 2 - Case.test_good',
                                  'not ok 3 - Case.test_subtest'])
        self.assertEqual((void, status), (0, 1))

    def test_dropped_while_it_failed(self):
        points, void, status = run(1)
        self.assertEqual(points, ['1..3', 'ok 1 - Case.test_good', 'ok 2 - Case.test_fails_once',
                                  'ok 3 - Case.test_subtest'])
        self.assertEqual((void, status), (2, 0))

    def test_not_for_ever(self):
        program = PROGRAM.replace('self.run_it(1)', 'self.run_it(9)')
        done = subprocess.run([sys.executable, '-c', program.format(drops=9)], capture_output=True,
                              text=True, check=False)
        self.assertEqual(done.stdout.count('# void'), 4)
        self.assertEqual(done.stdout.count('\nnot ok'), 2)
        self.assertEqual(done.returncode, 1)


if __name__ == '__main__':
    tap.main()
