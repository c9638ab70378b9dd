# SPDX-License-Identifier: LGPL-2.1-or-later
"""tools/bench soak: many failovers for a long time. What grows, leaks, fails falsely or is late?"""
import argparse
import itertools
import json
import os
import statistics
import sys
import time

from bed import Bed, memory_kb, member_name
from lab import wait_until

GROUPS, MEMBERS, TARGETS = 100, 2, 1
DETECTION_MS = 100
WARM_UP = 60.0  # until each group has failed over: what is allocated once is allocated then
LOOK_EACH = 10.0
GROWTH_MAX = 0.02  # of the median of the first third, to that of the last
GROWTH_MAX_KB = 512


def options():
    parser = argparse.ArgumentParser(
        prog='tools/bench soak', formatter_class=argparse.RawDescriptionHelpFormatter,
        description=f'''{GROUPS * MEMBERS} interfaces in {GROUPS} groups, FailureDetectionTime={DETECTION_MS}ms, and each second a cable is
pulled and put back. Status 1 when memory grows from the first third to the last, a descriptor stays open, an
interface fails whose cable was not pulled, or a failover is missing. How much was logged is told.''')
    parser.add_argument('--seconds', type=float, metavar='S', default=1800.0, help='%(default)s')
    parser.add_argument('--json', action='store_true', help='all figures, for programs')
    return parser.parse_args()


class Soak:
    def __init__(self, bed, seconds):
        self.bed, self.seconds = bed, seconds
        self.looks = []
        self.pulled = 0
        self.groups = itertools.cycle(range(GROUPS))

    def descriptors(self):
        return len(os.listdir(f'/proc/{self.bed.daemon.pid}/fd'))

    def log_lines(self):
        return len(self.bed.log_text().splitlines())

    def look(self, begin):
        self.looks.append({'at': time.monotonic() - begin, **memory_kb(self.bed.daemon.pid),
                           'descriptors': self.descriptors(), 'log_lines': self.log_lines(), 'pulled': self.pulled})

    def pull_and_mend(self, until):
        """One cable of the next group, for half of the second."""
        port = f'p{next(self.groups)}x0'
        self.bed.ip(self.bed.lan, f'link set {port} down')
        self.pulled += 1
        time.sleep(max(0.0, until - 0.5 - time.monotonic()))
        self.bed.ip(self.bed.lan, f'link set {port} up')
        time.sleep(max(0.0, until - time.monotonic()))

    def failovers(self):
        return sum(self.bed.bus.group(f'g{group}')['Failovers'] for group in range(GROUPS))

    def run(self, say):
        bed = self.bed
        bed.start_probing(DETECTION_MS)
        failures, failovers = bed.statistics()['failures'], self.failovers()
        begin = time.monotonic()
        next_look = begin + WARM_UP
        for second in itertools.count(1):
            if time.monotonic() - begin > self.seconds:
                break
            self.pull_and_mend(begin + second)
            if time.monotonic() >= next_look:
                self.look(begin)
                next_look += LOOK_EACH
                if len(self.looks) % 6 == 1:
                    say('soak: {at:.0f} s: RSS {rss_kb} kB, private {private_kb} kB, {descriptors} descriptors, '
                        '{log_lines} lines of log, {pulled} cables pulled'.format(**self.looks[-1]))
        wait_until(lambda: all(bed.bus.group(f'g{group}')['State'] == 'ok' for group in range(GROUPS)), 'all groups ok')
        return {'looks': self.looks, 'pulled': self.pulled, 'failures': bed.statistics()['failures'] - failures,
                'failovers': self.failovers() - failovers, 'statistics': dict(bed.statistics())}


def judge(found):
    """What is wrong, a line each."""
    looks = found['looks']
    third = len(looks) // 3
    for key in ('rss_kb', 'private_kb'):
        first, last = (statistics.median(look[key] for look in part) for part in (looks[:third], looks[-third:]))
        found[f'{key}_first'], found[f'{key}_last'] = first, last
        if last - first > max(GROWTH_MAX * first, GROWTH_MAX_KB):
            yield f'{key} grew from {first:.0f} to {last:.0f}'
    if looks[-1]['descriptors'] > looks[0]['descriptors']:
        yield f'descriptors grew from {looks[0]["descriptors"]} to {looks[-1]["descriptors"]}'
    if found['failures'] != found['pulled']:
        yield f'{found["failures"]} failures, but {found["pulled"]} cables were pulled'
    if found['failovers'] != found['pulled']:
        yield f'{found["failovers"]} failovers, but {found["pulled"]} cables were pulled'


def main():
    given = options()
    if given.seconds < WARM_UP + 9 * LOOK_EACH:
        sys.exit(f'tools/bench soak: --seconds {given.seconds:g} is too short: at least {WARM_UP + 9 * LOOK_EACH:g}')
    with Bed(GROUPS, MEMBERS, TARGETS) as bed:
        found = Soak(bed, given.seconds).run(lambda text: print(text, file=sys.stderr, flush=True))
    faults = list(judge(found))
    if given.json:
        print(json.dumps({**found, 'faults': faults}, indent=2))
    else:
        probes = found['statistics']
        print(f'{GROUPS * MEMBERS} interfaces, {DETECTION_MS} ms, {given.seconds:.0f} s: {found["pulled"]} cables pulled, '
              f'{found["failures"]} failures, {found["failovers"]} failovers; {probes["probes-sent"]} probes, '
              f'{probes["probes-missed"]} missed')
        print(f'memory, first and last third: RSS {found["rss_kb_first"]:.0f} and {found["rss_kb_last"]:.0f} kB, private '
              f'{found["private_kb_first"]:.0f} and {found["private_kb_last"]:.0f} kB; descriptors '
              f'{found["looks"][0]["descriptors"]} and {found["looks"][-1]["descriptors"]}; '
              f'{found["looks"][-1]["log_lines"]} lines of log')
        print('\n'.join(faults) if faults else 'nothing grew, nothing failed falsely, nothing was missed')
    return 1 if faults else 0


if __name__ == '__main__':
    sys.exit(main())
