# SPDX-License-Identifier: LGPL-2.1-or-later
"""What was learned outlives the daemon: targets and their round trips, a raised failure detection time,
the history. And neither a full runtime directory, from whatever write on, nor a journal that does not
read keeps a failover from anything."""
import contextlib
import json
import os
import pathlib
import socket
import subprocess
import sys
import threading
import time
import unittest

import tap
from front import FRONT, MANAGER_IFACE, V4, V6, reload
from journal import DIRECTORY, Journal
from lab import DEADLINE, IPMPCTL, Lab, read_line, wait_until
from probing import Story, ignore_ping, port_state, probe_lab
from routes import settled_picture, wait_same

BUILD = pathlib.Path(os.environ['BUILD']).resolve()
LATE = pathlib.Path(__file__).resolve().parent.parent / 'lib' / 'late.py'
BOTH = ('eth0', 'eth1')
OTHER4 = '10.2.0.11'
CONFIG = '''[Group]
FailureDetectionTime=200ms
ProbeTargets=10.2.0.1
ProbeTargetsOnly=yes
{more}
[Interface eth0]
TestAddresses=10.2.0.210/24
Addresses=10.2.0.10/24
[Interface eth1]
TestAddresses=10.2.0.211/24
'''
FOUND = '[Group]\nFailureDetectionTime=500ms\n[Interface eth0]\n[Interface eth1]\n'


def history(lab):
    """The oldest first."""
    return lab.bus.call('/org/ipmp', MANAGER_IFACE, 'History', '(u)', 10000)[::-1]


def detection(lab):
    return lab.bus.group('front')['CurrentFailureDetectionMSec']


class Kept(unittest.TestCase):
    def slow_lab(self):
        """A router whose answers take longer than the interval."""
        def prepare(lab):
            ignore_ping(lab, 'rtr', True)
            late = lab.spawn('rtr', sys.executable, LATE, '0.09', stdout=-1)
            self.assertEqual(read_line(late, 'the late one'), 'ready')
        return probe_lab({'front': CONFIG.format(more='')}, prepare=prepare)

    def same_as(self, lab, before, events, answers=True):
        """No less is known than then, and what happened is remembered."""
        now = {name: lab.targets(name) for name in BOTH}
        for name, targets in before.items():
            self.assertEqual(list(now[name]), list(targets))
            for address, target in targets.items():
                found = now[name][address]
                self.assertEqual(found['state'], target['state'])
                # one that was killed knows the answers that it had written; a moment's wall-clock
                # time is converted anew each time, and differs by some microseconds
                self.assertGreater(found['last-answer-usec'],
                                   target['last-answer-usec'] - 1000 if answers else 1)
                self.assertGreater(found['rtt-usec'], 0.5 * target['rtt-usec'])
        told = history(lab)
        self.assertEqual(told[:len(events)], events)
        self.assertEqual([event['sequence'] for event in told], list(range(1, len(told) + 1)))

    def written(self, lab):
        """A daemon that is killed leaves what it wrote last."""
        def look():
            learned = json.loads((lab.runtime_dir / 'learned.json').read_text(encoding='utf-8'))
            raised = [entry['interval-usec'] * 7 / 1000 for entry in learned['intervals']]
            return len(learned['estimates']) == 2 and len(raised) == 1 and abs(raised[0] - detection(lab)) < 1
        wait_until((lab.runtime_dir / 'learned.json').exists, 'something learned written')
        wait_until(look, 'the raised one written')

    @staticmethod
    def settle(lab):
        """Until the failure detection time is not raised further."""
        seen = detection(lab)
        while True:
            lab.wait_probes(BOTH, 10, 'probes-acked')
            seen, before = detection(lab), seen
            if seen == before > 7 * 90:
                return seen

    def test_over_restart_kill_and_reload(self):
        with self.slow_lab() as lab:
            lab.wait_probed(*BOTH)
            wait_until(lambda: detection(lab) > 200, 'raised')
            raised = self.settle(lab)
            for end in (lab.stop_daemon, lab.kill_daemon, None):
                with self.subTest(end and end.__name__):
                    self.written(lab)
                    events = history(lab)
                    before = {name: lab.targets(name) for name in BOTH}
                    if end:
                        end()
                        lab.start_daemon()
                    else:
                        lab.configure(front=CONFIG.format(more='Failback=no'))
                        reload(lab)
                    wait_until(lambda: lab.bus.group('front'), 'the group')
                    # on a busy machine the answers may be later still, and it rises further
                    self.assertGreaterEqual(detection(lab), raised)
                    self.same_as(lab, before, events, answers=end != lab.kill_daemon)
                    lab.wait_probed(*BOTH)
                    lab.wait_probes(BOTH, 6, 'probes-acked')
                    self.assertGreaterEqual(detection(lab), raised)
                    self.same_as(lab, before, events)
                    raised = detection(lab)
            story = Story(lab)
            port_state(lab, 0, True)
            story.wait(event='interface-state', interface='eth0', to='failed',
                       reason='probe-failure')

    def test_what_says_nothing_is_not_used(self):
        """Damaged, of another version, of another start of the host; one line says so."""
        with probe_lab({'front': CONFIG.format(more='')}) as lab:
            lab.wait_probed(*BOTH)
            lab.stop_daemon()
            path = lab.runtime_dir / 'learned.json'
            good = path.read_text(encoding='utf-8')
            for text, told in ((good[:len(good) // 2], 1), (good.replace('"version" : 1', '"version" : 2'), 1),
                               (good.replace('"boot-id" : "', '"boot-id" : "x'), 0), ('', 1)):
                path.write_text(text, encoding='utf-8')
                before = lab.log_text().count('is not used, it begins anew')
                lab.start_daemon()
                lab.wait_probed(*BOTH)
                self.assertEqual(lab.log_text().count('is not used, it begins anew'), before + told)
                lab.stop_daemon()
                self.assertIn('"version" : 1', path.read_text(encoding='utf-8'))

    def test_a_target_that_has_gone_meanwhile(self):
        """Nobody is convicted for it: the group fails, and is well again with the first answers."""
        with probe_lab({'front': CONFIG.format(more='')}) as lab:
            lab.wait_probed(*BOTH)
            lab.wait_on('eth0', V4)
            lab.stop_daemon()
            ignore_ping(lab, 'rtr', True)
            lab.start_daemon()
            story = Story(lab)
            wait_until(lambda: lab.bus.group('front')['State'] == 'failed', 'group failure')
            self.assertEqual(lab.devices_with(V4), ['eth0'])
            ignore_ping(lab, 'rtr', False)
            wait_until(lambda: lab.bus.group('front')['State'] == 'ok', 'well again')
            self.assertEqual([event for event in story.told() if event['event'] == 'address-moved'], [])


@contextlib.contextmanager
def full_disk(lab):
    """The daemon that is started meanwhile has a disk that full(n) fills with its nth write."""
    library = BUILD / 'tests/netns/libfull-disk.so'
    assert library.exists(), library
    before = dict(os.environ)
    os.environ.update(LD_PRELOAD=str(library), FULL_PREFIX=str(lab.runtime_dir / 'record'),
                      FULL_WHILE=str(lab.directory / 'full'))
    os.environ['ASAN_OPTIONS'] = before.get('ASAN_OPTIONS', '') + ':verify_asan_link_order=0'
    try:
        lab.start_daemon()
    finally:
        os.environ.clear()
        os.environ.update(before)
    yield


class FullFromEachWrite(unittest.TestCase):
    """A disk that becomes full in the midst of what needs it, with the first write, the second, ..."""

    ADDRESSES = (V4, V6, OTHER4)
    seen, looks = None, 0

    def nothing_lost(self, lab):
        for address in self.ADDRESSES:
            self.assertTrue(lab.devices_with(address), address)

    def during(self, lab, n, begin, done):
        """Whether the nth write was reached."""
        told = lab.log_text().count('the record cannot be stored')
        again = lab.log_text().count('the record is stored again')
        switch = lab.directory / 'full'
        switch.write_text(str(n), encoding='utf-8')
        self.looks = 0
        child = begin()
        wait_until(lambda: lab.log_text().count('the record cannot be stored') > told
                   or self.rests(lab) and done(lab), 'done, or told')
        self.nothing_lost(lab)
        switch.unlink()
        wait_until(lambda: done(lab), 'done')
        hit = lab.log_text().count('the record cannot be stored') - told
        self.assertLessEqual(hit, 1)
        wait_until(lambda: lab.log_text().count('the record is stored again') == again + hit,
                   'stored again')
        if child:
            self.assertEqual(child.wait(DEADLINE), 0)
        return hit

    def rests(self, lab):
        """The same in several looks."""
        path = lab.runtime_dir / 'record.json'
        now = (path.exists() and path.stat().st_mtime_ns, len(history(lab)))
        self.looks = self.looks + 1 if now == self.seen else 0
        self.seen = now
        return self.looks > 20

    def in_place(self, lab):
        return lab.bus.group('front') and all(
            lab.bus.place('front', address) == device and lab.devices_with(address) == [device]
            for address, device in ((V4, 'eth0'), (V6, 'eth0'), (OTHER4, 'eth1')))

    def moved(self, lab):
        return all(lab.devices_with(address) == ['eth1'] for address in self.ADDRESSES)

    @staticmethod
    def command(lab, *words):
        return lab.spawn(None, IPMPCTL, *words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def adopt(self, lab):
        lab.configure(front=FOUND)
        return self.command(lab, 'reload')

    def adoption_failover_delete(self, first, step):
        with Lab(addresses=[(0, f'{V4}/24'), (0, f'{V6}/64'), (1, f'{OTHER4}/24')]) as lab, \
                full_disk(lab):
            before = settled_picture(lab)
            hits = 0
            for n in range(first, 30, step):
                now = self.during(lab, n, lambda: self.adopt(lab), self.in_place)
                now += self.during(lab, n, lambda: lab.cable(0, False), self.moved)
                now += self.during(lab, n, lambda: lab.cable(0, True), self.in_place)
                now += self.during(lab, n, lambda: self.command(lab, 'delete', 'front'),
                                   lambda lab: not lab.bus.group('front'))
                wait_same('as found', before, lab.picture)
                hits += now
                if now == 0:
                    break
            print(f'# {hits} times full, up to write {n - step} of each', flush=True)
            self.assertGreaterEqual(hits, 2)  # how many writes there are is a matter of the clock
            self.assertEqual(now, 0)

    # Each write, shared by processes that run side by side.
    def test_writes_1_4_7(self):
        self.adoption_failover_delete(1, 3)

    def test_writes_2_5_8(self):
        self.adoption_failover_delete(2, 3)

    def test_writes_3_6_9(self):
        self.adoption_failover_delete(3, 3)


class DeafJournal(unittest.TestCase):
    def fill(self):
        """Until one more line would have to wait."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as writer:
            writer.setblocking(False)
            with self.assertRaises(BlockingIOError):
                while True:
                    writer.sendto(b'MESSAGE=x', str(DIRECTORY / 'socket'))

    def test_a_failover_does_not_wait_for_it(self):
        """From the start on nobody reads; then all that was to be said is."""
        class Deaf(Journal):
            deaf = True

            def receive(self):
                if not self.deaf:
                    super().receive()

        journal = Deaf()
        self.addCleanup(journal.close)
        self.fill()
        with Lab() as lab:
            lab.configure(front=FRONT)
            lab.daemon_stderr = journal.stderr()
            lab.start_daemon()
            lab.wait_on('eth0', V4, V6)
            took = []
            for _ in range(2):  # a third time would be flapping
                for device, plugged in (('eth1', False), ('eth0', True)):
                    lab.cable(0, plugged)
                    begin = time.monotonic()
                    lab.wait_on(device, V4, V6)
                    took.append(time.monotonic() - begin)
                    wait_until(lambda d=device: lab.bus.place('front', V4) == d, 'told on the bus')
            print('# seconds, with the looking:', *(f'{t:.3f}' for t in took), flush=True)
            self.assertLess(min(took), 1.0)
            journal.deaf = False
            events = history(lab)

            threading.Thread(target=journal.receive, daemon=True).start()
            wait_until(lambda: [int(entry['IPMP_SEQUENCE']) for entry in journal.read()
                                if 'IPMP_SEQUENCE' in entry][:len(events)]
                       == [event['sequence'] for event in events], 'all in the journal, in order')
            lab.stop_daemon()


if __name__ == '__main__':
    tap.main()
