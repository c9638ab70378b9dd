# SPDX-License-Identifier: LGPL-2.1-or-later
"""Targets that are slow, one or all of them: nobody is convicted for being late."""
import json
import math
import pathlib
import re
import signal
import socket
import sys
import threading
import time
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


class StandingQueue:
    """A station's way to the switch has a low rate and is asked for exactly that: what it began with
    stays in the queue, and all else waits behind it. Nothing is ever dropped."""

    RATE = 32000  # octets a second
    FRAME = 1000
    HEADERS = 14 + 20 + 8
    BURST = 2000  # goes out at once, the first time
    DELAY = 0.5

    def __init__(self, lab, namespace):
        self.lab, self.namespace = lab, namespace
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self.keep)
        with lab.inside('rtr'):
            self.sink = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)  # is full soon, no matter
        self.sink.bind((ROUTER, 0))
        with lab.inside(namespace):
            self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.connect(self.sink.getsockname())
        lab.run(namespace, 'tc', 'qdisc', 'add', 'dev', 'eth0', 'root', 'tbf', 'rate',
                f'{self.RATE * 8}bit', 'burst', self.BURST, 'limit', 1 << 24)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.thread.join()
        self.socket.close()
        self.sink.close()

    def keep(self):
        """By the clock: who sends late sends more, and the queue is what it was."""
        begin, sent = time.monotonic(), 0
        ahead = self.RATE * self.DELAY + self.BURST
        while not self.ended.is_set():
            due = math.ceil((ahead + (time.monotonic() - begin) * self.RATE) / self.FRAME)
            for _ in range(due - sent):
                self.socket.send(bytes(self.FRAME - self.HEADERS))
            sent = due
            self.ended.wait((sent * self.FRAME - ahead) / self.RATE - (time.monotonic() - begin))

    def statistics(self):
        shown = self.lab.run(self.namespace, 'tc', '-s', '-j', 'qdisc', 'show', 'dev', 'eth0').stdout
        return next(qdisc for qdisc in json.loads(shown) if qdisc['kind'] == 'tbf')

    def delay(self):
        """How long the queue is now, in seconds."""
        return self.statistics()['backlog'] / self.RATE


class BehindAQueue(unittest.TestCase):
    STATIONS = OneSlow.STATIONS
    SLOW = OneSlow.SLOW
    FDT = 1000
    INTERVAL_US = FDT * 1000 // 7

    def prepare(self, lab):
        for name, address in self.STATIONS.items():
            lab.ip(name, f'addr add {address}/24 dev eth0')

    def round_trip(self, lab):
        """As somebody else sees it, in seconds."""
        said = lab.run('rtr', 'ping', '-n', '-c', '1', '-W', '5', self.SLOW).stdout
        return float(re.search(r'time=([0-9.]+) ms', said)[1]) / 1000

    def look(self, lab, name):
        wait_until(lambda: lab.targets(name)[self.SLOW]['state'] == 'slow',
                   f'{self.SLOW} slow for {name}')
        targets = lab.targets(name)
        slow = targets.pop(self.SLOW)
        self.assertGreater(slow['rtt-usec'] + 4 * slow['deviation-usec'], self.INTERVAL_US)
        # one late answer counts for an eighth
        self.assertGreater(slow['rtt-usec'], StandingQueue.DELAY * 1e6 / 8 / 2)
        self.assertEqual({target['state'] for target in targets.values()}, {'active'})

    def test_a_target_behind_a_full_queue_rests(self):
        """Half a second of others' packets before each of its answers: 3.5 intervals, of four."""
        config = CONFIG.format(fdt=f'{self.FDT}ms', targets=' '.join([ROUTER, *self.STATIONS.values()]))
        with probe_lab({'front': config}, prepare=self.prepare, stations=(*self.STATIONS,)) as lab:
            lab.wait_probed(*BOTH)
            for name in BOTH:  # those who are new to the estimate are not yet fast
                wait_until(lambda n=name: all(
                    target['last-answer-usec'] and target['state'] == 'active'
                    and target['rtt-usec'] + 4 * target['deviation-usec'] < self.INTERVAL_US // 2
                    for target in lab.targets(n).values()), 'four answer, fast')
            self.assertLess(self.round_trip(lab), StandingQueue.DELAY / 2)
            story = Story(lab)
            with StandingQueue(lab, 'three') as queue:
                for name in BOTH:
                    self.look(lab, name)
                late = self.round_trip(lab)
                print(f'# a round trip of {late:.3f} s, {queue.delay():.3f} s of queue', flush=True)
                self.assertGreater(late, 0.8 * queue.DELAY)
                lab.wait_probes(BOTH, 10, 'probes-acked')
                self.assertGreater(queue.delay(), 0.8 * queue.DELAY)
                self.assertEqual(queue.statistics()['drops'], 0)
                for name in BOTH:
                    self.assertEqual(lab.targets(name)[self.SLOW]['state'], 'slow')
                    self.assertEqual(lab.bus.interface(name)['State'], 'ok')
            self.assertEqual(story.verdicts(), [])
            self.assertEqual(story.told(reason='fdt-raised'), [])
            self.assertEqual(lab.bus.group('front')['CurrentFailureDetectionMSec'], self.FDT)


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
