# SPDX-License-Identifier: LGPL-2.1-or-later
"""The example alerts for Prometheus, by Prometheus's own tool: they are well formed, ask for what
`ipmpctl metrics` tells, and speak when they should and no sooner."""
import os
import pathlib
import re
import subprocess
import unittest

import tap

TOP = pathlib.Path(os.environ['SOURCE_ROOT'])
RULES = TOP / 'data/prometheus/ipmp.rules.yml'
HERE = TOP / 'tests/client'


class Rules(unittest.TestCase):
    def promtool(self, *words, stdin=''):
        done = subprocess.run(['promtool', *map(str, words)], input=stdin, capture_output=True,
                              text=True, timeout=120, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout

    def test_form(self):
        alerts = re.findall(r'^ +- alert: (\w+)$', RULES.read_text(encoding='utf-8'), re.M)
        self.assertGreater(len(alerts), 5)
        self.assertIn(f'{len(alerts)} rules found', self.promtool('check', 'rules', RULES))

    def test_they_ask_for_what_is_told(self):
        told = set(re.findall(r'^# TYPE (\w+) ', (HERE / 'golden/metrics.C.txt').read_text('utf-8'),
                              re.M))
        asked = set(re.findall(r'\bipmp_\w+', RULES.read_text(encoding='utf-8')))
        self.assertGreater(len(asked), 5)
        self.assertEqual(asked - told, set())

    def test_what_is_told(self):
        """As Prometheus would have it: types, units, help."""
        self.promtool('check', 'metrics', stdin=(HERE / 'golden/metrics.C.txt').read_text('utf-8'))

    def test_they_speak_when_they_should(self):
        self.promtool('test', 'rules', HERE / 'rules.test.yml')

    def test_each_is_tried_both_ways(self):
        alerts = re.findall(r'^ +- alert: (\w+)$', RULES.read_text(encoding='utf-8'), re.M)
        cases = (HERE / 'rules.test.yml').read_text(encoding='utf-8')
        for silent in (True, False):
            tried = re.findall(r'- alertname: (\w+)\n +eval_time: \w+\n +exp_alerts:'
                               + (r' \[\]\n' if silent else r'\n'), cases)
            self.assertEqual(sorted(tried), sorted(alerts), f'silent: {silent}')


if __name__ == '__main__':
    tap.main()
