# SPDX-License-Identifier: LGPL-2.1-or-later
"""Targets that are slow, one or all of them: nobody is convicted for being late."""
import pathlib
import signal
import sys
import unittest

import tap
from lab import read_line, wait_until
from probing import ROUTER, Story, ignore_ping, port_state, probe_lab

LATE = pathlib.Path(__file__).resolve().parent.parent / 'lib' / 'late.py'
BOTH = ('eth0', 'eth1')
CONFIG = '''[Group]
FailureDetectionTime={fdt}
ProbeTargets={targets}
ProbeTargetsOnly=yes
[Interface eth0]
TestAddresses=10.2.0.210/24
Addresses=10.2.0.10/24
[Interface eth1]
TestAddresses=10.2.0.211/24
'''


class OneSlow(unittest.TestCase):
    STATIONS = {'one': '10.2.0.51', 'two': '10.2.0.52', 'three': '10.2.0.53'}
    SLOW = '10.2.0.53'

    def prepare(self, lab):
        for name, address in self.STATIONS.items():
            lab.ip(name, f'addr add {address}/24 dev eth0')
        ignore_ping(lab, 'three', True)
        self.late = lab.spawn('three', sys.executable, LATE, '0', '0.15', stdout=-1)
        self.assertEqual(read_line(self.late, 'the late one'), 'ready')

    def test_a_slow_target_rests(self):
        """Of four; twice as late as the interval, and sooner than it is asked again."""
        config = CONFIG.format(fdt='500ms', targets=' '.join([ROUTER, *self.STATIONS.values()]))
        with probe_lab({'front': config}, prepare=self.prepare, stations=(*self.STATIONS,)) as lab:
            lab.wait_probed(*BOTH)
            for name in BOTH:
                wait_until(lambda n=name: all(target['last-answer-usec'] and target['state'] == 'active'
                                              for target in lab.targets(n).values()), 'four answer')
            story = Story(lab)
            self.late.send_signal(signal.SIGUSR1)
            for name in BOTH:
                wait_until(lambda n=name: lab.targets(n)[self.SLOW]['state'] == 'slow',
                           f'{self.SLOW} slow for {name}')
                slow = lab.targets(name)[self.SLOW]
                # the interval is a seventh of the FDT
                self.assertGreater(slow['rtt-usec'] + 4 * slow['deviation-usec'], 500000 // 7)
                self.assertNotIn('slow', {target['state'] for address, target
                                          in lab.targets(name).items() if address != self.SLOW})
                lab.wait_probes(name, 10, 'probes-acked')
                self.assertEqual(lab.bus.interface(name)['State'], 'ok')
            self.assertEqual(story.verdicts(), [])


class AllLate(unittest.TestCase):
    def late_lab(self, fdt, later):
        """A router that answers at once, later not."""
        lab = probe_lab({'front': CONFIG.format(fdt=fdt, targets=ROUTER)},
                        prepare=lambda lab: self.answer_in_its_place(lab, later))
        try:
            lab.wait_probed(*BOTH)
            lab.wait_probes(BOTH, 8, 'probes-acked')
        except BaseException:
            lab.failed = True
            lab.close()
            raise
        return lab

    def answer_in_its_place(self, lab, later):
        ignore_ping(lab, 'rtr', True)
        self.late = lab.spawn('rtr', sys.executable, LATE, '0', later, stdout=-1)
        self.assertEqual(read_line(self.late, 'the late one'), 'ready')

    def test_later_than_expected(self):
        """Each is called lost before its answer comes: none is, in the end."""
        with self.late_lab('750ms', '0.06') as lab:
            story = Story(lab)
            self.late.send_signal(signal.SIGUSR1)
            lab.wait_probes(BOTH, 20, 'probes-acked')
            for name in BOTH:
                self.assertGreater(lab.targets(name)[ROUTER]['rtt-usec'], 30000)
            self.assertEqual(story.verdicts(), [])
            port_state(lab, 0, True)
            story.wait(event='interface-state', interface='eth0', to='failed',
                       reason='probe-failure')

    def test_later_than_the_interval(self):
        """The failure detection time that can be kept is told; nobody fails."""
        with self.late_lab('200ms', '0.09') as lab:
            story = Story(lab)
            self.late.send_signal(signal.SIGUSR1)
            story.wait(group='front', reason='fdt-raised')
            wait_until(lambda: lab.bus.group('front')['CurrentFailureDetectionMSec'] > 7 * 90,
                       f'an FDT of seven round trips at least ({lab.bus.group("front")})')
            self.assertEqual(lab.bus.group('front')['FailureDetectionMSec'], 200)
            lab.wait_probes(BOTH, 10, 'probes-acked')
            self.assertEqual(story.verdicts(), [])


if __name__ == '__main__':
    tap.main()
