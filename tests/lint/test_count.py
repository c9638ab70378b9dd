# SPDX-License-Identifier: LGPL-2.1-or-later
"""The verdict of tests/run is right about what went wrong."""
import json
import os
import subprocess
import sys
import tempfile
import unittest

import source
import tap


def run(*tests):
    """What count.py prints for these entries of a test log, and its status."""
    with tempfile.NamedTemporaryFile('w', suffix='.json') as log:
        log.writelines(json.dumps(test) + '\n' for test in tests)
        log.flush()
        os.chmod(log.name, 0o644)
        done = subprocess.run([sys.executable, source.TOP / 'tests/count.py', log.name],
                              capture_output=True, text=True, check=False)
    return done.stdout.splitlines(), done.returncode


def count(*tests):
    """(last line, status)."""
    lines, status = run(*tests)
    return lines[-1], status


def entry(result, stdout=''):
    return {'name': 'x', 'result': result, 'stdout': stdout}


class Count(unittest.TestCase):
    def test_all_well(self):
        self.assertEqual(count(entry('OK'), entry('OK', '1..2\nok 1 - a\nok 2 - b\n')),
                         ('3 passed, 0 failed, 0 skipped', 0))

    def test_a_failed_point(self):
        self.assertEqual(count(entry('FAIL', 'TAP version 13\nok 1\nnot ok 2 - b\n1..2\n')),
                         ('1 passed, 1 failed, 0 skipped', 1))

    def test_why_a_point_failed_is_told_before_the_verdict(self):
        lines, _ = run(entry('ERROR', '1..3\n# fine\nok 1 - a\n# lost: 3\nnot ok 2 - b\n# fine\nok 3 - c\n'))
        self.assertEqual(lines[:-1], ['FAILED (ERROR) x', '    not ok 2 - b', '    # lost: 3'])
        lines, _ = run(entry('ERROR', '1..2\nok 1 - a\n# crashed\n'))
        self.assertEqual(lines[:-1], ['FAILED (ERROR) x', '    # crashed'])

    def test_a_timeout(self):
        self.assertEqual(count(entry('OK'), entry('TIMEOUT', '1..3\nok 1\n')),
                         ('2 passed, 1 failed, 0 skipped', 1))

    def test_a_crash_after_the_last_point(self):
        self.assertEqual(count(entry('ERROR', '1..1\nok 1\n')), ('1 passed, 1 failed, 0 skipped', 1))

    def test_a_failure_without_points(self):
        self.assertEqual(count(entry('OK'), entry('FAIL')), ('1 passed, 1 failed, 0 skipped', 1))

    def test_nothing_ran(self):
        self.assertEqual(count(), ('0 passed, 0 failed, 0 skipped', 1))

    def test_a_missing_log(self):
        done = subprocess.run([sys.executable, source.TOP / 'tests/count.py', '/nonexistent'],
                              capture_output=True, text=True, check=False)
        self.assertEqual(done.stdout.splitlines()[-1], '0 passed, 1 failed, 0 skipped')
        self.assertEqual(done.returncode, 1)

    def test_a_skip_is_a_failure_for_root(self):
        skipped = entry('OK', '1..2\nok 1\nok 2 # SKIP no reason\n')
        line, status = count(skipped)
        self.assertEqual(line, '1 passed, 0 failed, 1 skipped')
        self.assertEqual(status, 1 if os.geteuid() == 0 else 0)


if __name__ == '__main__':
    tap.main()
