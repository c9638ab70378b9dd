# SPDX-License-Identifier: LGPL-2.1-or-later
"""tools/bench soak: many failovers for a long time. What grows, leaks, fails falsely or is late?"""
import argparse
import itertools
import json
import os
import shlex
import statistics
import sys
import time

import lab
from bed import Bed, memory_kb
from lab import wait_until

MEMBERS, TARGETS = 2, 1
GROUPS, DETECTION_MS = 100, 100
# Under valgrind, which makes of one processor a thirtieth.
GROUPS_VALGRIND, DETECTION_MS_VALGRIND = 20, 1000
VALGRIND = ('valgrind -q --suppressions=/usr/share/glib-2.0/valgrind/glib.supp --leak-check=full '
            '--show-leak-kinds=definite --errors-for-leak-kinds=definite --error-exitcode=99')
HISTORY_MAX = 10000
LOOK_EACH = 10.0
PROBES_A_DETECTION = 7  # ProbeFailures + 2
SECONDS_MIN = 9 * LOOK_EACH
SETTLED = 60.0  # all cables pulled at once have failed over, all put back are repaired
PRIORITY = 10  # the service's
GROWTH_MAX = 0.02  # of the median of the first third, to that of the last
GROWTH_MAX_KB = 512
LOG_LINES_MAX = 10  # a failover and its repair
# Probes of the service that came a whole interval late, beside what a bare timer of the same period and priority
# missed meanwhile: noise of the machine is the same for both.
MISSED_MAX, MISSED_MAX_TIMES = 0.001, 10


def options():
    parser = argparse.ArgumentParser(
        prog='tools/bench soak', formatter_class=argparse.RawDescriptionHelpFormatter,
        description=f'''{GROUPS * MEMBERS} interfaces in {GROUPS} groups, FailureDetectionTime={DETECTION_MS}ms, and each second a cable is
pulled and put back. Before, the history is filled, so that it grows no more. Status 1 when memory grows from the
first third to the last, a descriptor stays open, an interface fails whose cable was not pulled, a failover is
missing, more than {LOG_LINES_MAX} lines a failover are logged, or more than {MISSED_MAX:.1%} of the probes and {MISSED_MAX_TIMES} times the share of a bare
timer come an interval late.''')
    parser.add_argument('--seconds', type=float, metavar='S', default=1800.0, help='%(default)s')
    parser.add_argument('--valgrind', action='store_true',
                        help=f'the service under valgrind, with {GROUPS_VALGRIND} groups and '
                             f'{DETECTION_MS_VALGRIND} ms: no leak and no error, instead of memory, log and lateness')
    parser.add_argument('--json', action='store_true', help='all figures, for programs')
    return parser.parse_args()


class Soak:
    def __init__(self, bed, seconds):
        self.bed, self.seconds = bed, seconds
        self.looks = []
        self.pulled = 0
        self.next_group = itertools.cycle(range(bed.groups))

    def descriptors(self):
        return len(os.listdir(f'/proc/{self.bed.daemon.pid}/fd'))

    def log_lines(self):
        return len(self.bed.log_text().splitlines())

    def look(self, begin):
        self.looks.append({'at': time.monotonic() - begin, **memory_kb(self.bed.daemon.pid),
                           'descriptors': self.descriptors(), 'log_lines': self.log_lines(), 'pulled': self.pulled})

    def pull_and_mend(self, until):
        """One cable of the next group, for half of the second; longer where the service takes longer to see it (valgrind,
        a busy machine)."""
        group = next(self.next_group)
        port = f'p{group}x0'
        self.bed.ip(self.bed.lan, f'link set {port} down')
        self.pulled += 1
        time.sleep(max(0.0, until - 0.5 - time.monotonic()))
        wait_until(lambda: self.bed.bus.group(f'g{group}')['State'] == 'degraded', f'group {group} degraded', SETTLED)
        self.bed.ip(self.bed.lan, f'link set {port} up')
        time.sleep(max(0.0, until - time.monotonic()))

    def groups(self):
        return [self.bed.bus.group(f'g{group}') for group in range(self.bed.groups)]

    def failovers(self):
        return sum(group['Failovers'] for group in self.groups())

    def wait_all(self, state):
        wait_until(lambda: all(group['State'] == state for group in self.groups()), f'all groups {state}', SETTLED)

    def fill_history(self):
        """What is allocated once is allocated then."""
        while self.bed.bus.call('/org/ipmp', 'org.ipmp.Manager', 'History', '(u)', 1)[0]['sequence'] <= HISTORY_MAX:
            for state, word in (('degraded', 'down'), ('ok', 'up')):
                self.bed.batch(self.bed.lan, lambda group, word=word: [f'link set p{group}x0 {word}'])
                self.wait_all(state)

    def run(self, say, valgrind):
        bed = self.bed
        bed.start_probing(DETECTION_MS_VALGRIND if valgrind else DETECTION_MS)
        if not valgrind:
            self.fill_history()
        before, failovers = bed.statistics(), self.failovers()
        timer = bed.pace(None, 'timer', int(DETECTION_MS * 1000 / PROBES_A_DETECTION), PRIORITY)
        begin = time.monotonic()
        self.look(begin)
        for second in itertools.count(1):
            if time.monotonic() - begin > self.seconds:
                break
            self.pull_and_mend(begin + second)
            if time.monotonic() >= begin + LOOK_EACH * len(self.looks):
                self.look(begin)
                if len(self.looks) % 6 == 1:
                    say('soak: {at:.0f} s: RSS {rss_kb} kB, private {private_kb} kB, {descriptors} descriptors, '
                        '{log_lines} lines of log, {pulled} cables pulled'.format(**self.looks[-1]))
        late = bed.report(timer)
        self.wait_all('ok')
        after = bed.statistics()
        after.subtract(before)
        found = {'groups': bed.groups, 'looks': self.looks, 'pulled': self.pulled, 'failovers': self.failovers() - failovers,
                 'statistics': dict(after), 'timer': late}
        bed.stop_daemon()  # valgrind's verdict is the status
        return found


def judge_memory_log_and_lateness(found):
    looks = found['looks']
    third = len(looks) // 3
    for key in ('rss_kb', 'private_kb'):
        first, last = (statistics.median(look[key] for look in part) for part in (looks[:third], looks[-third:]))
        found[f'{key}_first'], found[f'{key}_last'] = first, last
        if last - first > max(GROWTH_MAX * first, GROWTH_MAX_KB):
            yield f'{key} grew from {first:.0f} to {last:.0f}'
    lines = looks[-1]['log_lines'] - looks[0]['log_lines']
    if lines > LOG_LINES_MAX * found['pulled']:
        yield f'{lines} lines of log for {found["pulled"]} failovers'
    probes, timer = found['statistics'], found['timer']
    found['missed'] = probes['probes-missed'] / (probes['probes-sent'] + probes['probes-missed'])
    found['timer_missed'] = timer['skipped'] / (timer['count'] + timer['skipped'])
    if found['missed'] > max(MISSED_MAX, MISSED_MAX_TIMES * found['timer_missed']):
        yield f'{found["missed"]:.3%} of the probes were missed, {found["timer_missed"]:.3%} of a bare timer'


def judge(found, valgrind):
    """What is wrong, a line each."""
    looks = found['looks']
    if looks[-1]['descriptors'] > looks[0]['descriptors']:
        yield f'descriptors grew from {looks[0]["descriptors"]} to {looks[-1]["descriptors"]}'
    failures = found['statistics']['failures']
    if failures != found['pulled']:
        yield f'{failures} failures, but {found["pulled"]} cables were pulled'
    if found['failovers'] != found['pulled']:
        yield f'{found["failovers"]} failovers, but {found["pulled"]} cables were pulled'
    if not valgrind:
        yield from judge_memory_log_and_lateness(found)


def show(found, given):
    looks, probes, timer = found['looks'], found['statistics'], found['timer']
    print(f'{found["groups"] * MEMBERS} interfaces, {given.seconds:.0f} s: {found["pulled"]} cables pulled, '
          f'{probes["failures"]} failures, {found["failovers"]} failovers; descriptors {looks[0]["descriptors"]} and '
          f'{looks[-1]["descriptors"]}')
    if given.valgrind:
        print('valgrind: no leak, no error')
        return
    print(f'memory, first and last third: RSS {found["rss_kb_first"]:.0f} and {found["rss_kb_last"]:.0f} kB, private '
          f'{found["private_kb_first"]:.0f} and {found["private_kb_last"]:.0f} kB; '
          f'{looks[-1]["log_lines"] - looks[0]["log_lines"]} lines of log')
    print(f'{probes["probes-sent"]} probes, {found["missed"]:.4%} missed; of a bare timer {found["timer_missed"]:.4%}, at '
          f'worst {timer["worst_us"]} us late')


def main():
    given = options()
    if given.seconds < SECONDS_MIN:
        sys.exit(f'tools/bench soak: --seconds {given.seconds:g} is too short: at least {SECONDS_MIN:g}')
    if given.valgrind:
        lab.WRAPPER = shlex.split(VALGRIND)
    with Bed(GROUPS_VALGRIND if given.valgrind else GROUPS, MEMBERS, TARGETS) as bed:
        found = Soak(bed, given.seconds).run(lambda text: print(text, file=sys.stderr, flush=True), given.valgrind)
    faults = list(judge(found, given.valgrind))
    if given.json:
        print(json.dumps({**found, 'faults': faults}, indent=2))
    else:
        show(found, given)
        print('\n'.join(faults) if faults else 'all cables that were pulled failed over, nothing else did; nothing grew')
    return 1 if faults else 0


if __name__ == '__main__':
    sys.exit(main())
