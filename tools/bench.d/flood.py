# SPDX-License-Identifier: LGPL-2.1-or-later
"""tools/bench flood: how much later a failover is beside users without rights, judged by its tail."""
import argparse
import contextlib
import json
import os
import pathlib
import queue
import signal
import subprocess
import sys
import threading
import time

from attacks import Attacks
from front import V4, front_lab, wait_state
from lab import BLAST, DEADLINE, Lab, read_line

RATE, PORT = 5000, 7000
LIMIT_MS = 10.0
SHARES = (0.5, 0.95, 0.99, 1)
PRIORITY = 10  # the service's
MEASURER = ('chrt', '-f', str(PRIORITY + 1))  # who measures does not wait for the processor
LOCK = pathlib.Path(__file__).with_name('lock.py')
USER = 'nobody'
# Not of our bus: what a user can do to all who change devices, where user namespaces are open to users.
LOOPS = {
    'namespaces': 'while :; do unshare -Urn true; done',
    'devices': '''exec unshare -Urn sh -c 'while :; do
        seq -f "link add d%g group 7 type veth" 500 | ip -batch -; ip link del group 7; done' '''}
KINDS = ('quiet', 'flood', *LOOPS)
N_LOOPS = 4
# Probed: else a link that comes and goes is held back as one that flaps.
CONFIG = '''[Group]
FailureDetectionTime=300ms
ProbeTargets=10.2.0.1

[Interface eth0]
Addresses=10.2.0.10/24
TestAddresses=10.2.0.110/24

[Interface eth1]
TestAddresses=10.2.0.111/24
'''


class Loops:
    def __init__(self, kind):
        self.script = LOOPS[kind]
        self.children = []

    def __enter__(self):
        command = Lab.as_user(USER, ['sh', '-c', self.script])
        self.children = [subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                          stderr=subprocess.DEVNULL, start_new_session=True) for _ in range(N_LOOPS)]

    def __exit__(self, kind, value, trace):
        for child in self.children:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()


def beside(kind):
    if kind == 'quiet':
        return contextlib.nullcontext()
    return Attacks() if kind == 'flood' else Loops(kind)


class Places:
    """Where the address came to be, as the kernel tells it: nothing is asked meanwhile."""

    def __init__(self, lab):
        monitor = lab.spawn('host', 'ip', '-o', 'monitor', 'address', stdout=subprocess.PIPE)
        self.lines = queue.SimpleQueue()
        threading.Thread(target=lambda: [self.lines.put(line) for line in monitor.stdout], daemon=True).start()

    def wait(self, device):
        while True:
            words = self.lines.get(timeout=DEADLINE).split()
            if words[0] != 'Deleted' and words[1] == device and any(word.startswith(f'{V4}/') for word in words):
                return


def engine_task(pid):
    """Of the threads the one with a priority of its own."""
    task = next(name for name in os.listdir(f'/proc/{pid}/task') if os.sched_getscheduler(int(name)) & 3 == os.SCHED_FIFO)
    return pathlib.Path(f'/proc/{pid}/task/{task}/schedstat')


def waited_ms(task):
    """For a processor, all in all."""
    return int(task.read_text().split()[1]) / 1e6


def pull(lab, port):
    """The kernel holds the lock of all devices meanwhile: that must not last until `ip` has a turn on the processor."""
    lab.run(None, *MEASURER, 'ip', '-n', 'lan', 'link', 'set', port, 'down')


def failover(lab, places, task):
    """When it was and what the engine waited for a processor meanwhile."""
    begin_us, waited = time.monotonic_ns() // 1000, waited_ms(task)
    pull(lab, 'p0')
    places.wait('eth1')
    waited = waited_ms(task) - waited
    time.sleep(0.1)
    end_us = time.monotonic_ns() // 1000
    lab.cable(0, True)
    places.wait('eth0')
    time.sleep(0.1)
    return begin_us, end_us, waited


def end(child):
    """Its report."""
    child.send_signal(signal.SIGTERM)
    return json.loads(child.communicate(timeout=DEADLINE)[0].splitlines()[-1])


def waited_amid(waits, gaps):
    """By who asks for the lock, while packets were lost, in ms."""
    return sum(max(0, min(until, gap['at_us'] + gap['lost'] * 1e6 / RATE) - max(since, gap['at_us']))
               for since, until in waits for gap in gaps) / 1000


def block(lab, places, task, kind, n):
    """A dict of ms of each of n failovers."""
    with beside(kind):
        lock = lab.spawn('rtr', *MEASURER, '/usr/bin/python3', LOCK, stdout=subprocess.PIPE)
        stream = lab.spawn('rtr', *MEASURER, BLAST, 'udp', V4, PORT, RATE, 600, stdout=subprocess.PIPE)
        for child in (lock, stream):
            read_line(child, 'ready')
        time.sleep(0.1)
        failovers = [failover(lab, places, task) for _ in range(n)]
        gaps, lock = end(stream)['gaps'], end(lock)
    for begin_us, end_us, waited in failovers:
        own = [gap for gap in gaps if begin_us <= gap['at_us'] < end_us]
        ms, locked = sum(gap['lost'] for gap in own) * 1000 / RATE, waited_amid(lock['waits'], own)
        yield {'outage': ms, 'locked': locked, 'rest': ms - locked, 'waited': waited, 'turn': lock['late_us'] / 1000}


def run(given, say):
    found = {kind: [] for kind in given.kinds}
    with front_lab(CONFIG) as lab:
        lab.wait_on('eth0', V4)
        for name in ('eth0', 'eth1'):
            wait_state(lab, name, 'ok')
        places, task = Places(lab), engine_task(lab.daemon.pid)
        echo = lab.spawn('host', *MEASURER, BLAST, 'udp-echo', V4, PORT, stdout=subprocess.PIPE)
        read_line(echo, 'ready')
        for number in range(given.rounds):
            for kind in given.kinds:
                found[kind] += block(lab, places, task, kind, given.failovers)
            say(f'round {number + 1} of {given.rounds}')
    return found


def percentile(values, share):
    return sorted(values)[min(int(len(values) * share), len(values) - 1)]


def options():
    parser = argparse.ArgumentParser(
        prog='tools/bench flood', formatter_class=argparse.RawDescriptionHelpFormatter,
        description=f'''Cables are pulled, in turn while all is quiet and beside users without rights: `flood`, all that they can do to the
service; `namespaces`, {N_LOOPS} loops of `unshare -Urn true`; `devices`, {N_LOOPS} loops that make and delete 1,000 devices in a namespace
of their own. The packets of {RATE} a second that are lost tell how long each failover took. Meanwhile somebody else asks for
the lock of all who change devices (RTNL): what he waited while packets were lost, for whoever held it, is
told (lock) and taken out (rest). What the engine waited for a processor (cpu) is in the rest, as is its reading of the link,
each 10 ms; `turn` is how late somebody of a higher priority had a processor. All in ms.''')
    parser.add_argument('--rounds', type=int, default=10, metavar='N', help='each has all kinds in turn (%(default)s)')
    parser.add_argument('--failovers', type=int, default=20, metavar='N', help='of each kind in a round (%(default)s)')
    parser.add_argument('--kinds', default=','.join(KINDS), help='of %(default)s')
    parser.add_argument('--json', action='store_true', help='all figures, for programs')
    given = parser.parse_args()
    given.kinds = given.kinds.split(',')
    if set(given.kinds) - set(KINDS) or min(given.rounds, given.failovers) < 1:
        parser.error('no such kind, or nothing to measure')
    return given


def show(found):
    print(f'{"":18} {"outage":^35} {"worst waits":^26}\n{"beside":12} {"n":>5} {"median":>8} {"p95":>8} {"p99":>8} {"worst":>8} '
          f'{"lock":>8} {"cpu":>8} {"turn":>8} {"rest: p95":>10} {"p99":>8} {"worst":>8}')
    for kind, rows in found.items():
        outage, rest = ([row[key] for row in rows] for key in ('outage', 'rest'))
        values = [*(percentile(outage, share) for share in SHARES), *(max(row[key] for row in rows)
                  for key in ('locked', 'waited', 'turn')), *(percentile(rest, share) for share in SHARES[1:])]
        print(f'{kind:12} {len(rows):5} ' + ' '.join(f'{value:8.2f}' for value in values[:7])
              + f' {values[7]:10.2f} {values[8]:8.2f} {values[9]:8.2f}')
    for kind in found if 'quiet' in found else ():
        if kind == 'quiet':
            continue
        later = percentile([row['rest'] for row in found[kind]], 0.99) - percentile([row['rest'] for row in found['quiet']], 0.99)
        print(f'{"met    " if later <= LIMIT_MS else "NOT MET"} {kind}: at most {LIMIT_MS:g} ms later than quiet, without the lock; '
              f'p99 {later:+.2f} ms')


def main():
    given = options()
    found = run(given, lambda text: print(text, file=sys.stderr, flush=True))
    if given.json:
        print(json.dumps(found))
    else:
        show(found)


if __name__ == '__main__':
    main()
