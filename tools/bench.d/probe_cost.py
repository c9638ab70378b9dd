# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a probe costs: processor time of the prober's process by probes sent."""
import collections
import statistics
import time

from bed import Bed, spent, use
from peers import PEERS

# ProbeFailures=5: a member sends 7 probes in each FailureDetectionTime. All probers send from as many
# interfaces: one sends at most 700 a second (FailureDetectionTime is 10 ms or more).
Case = collections.namedtuple('Case', 'name rate groups members detection_ms interfaces each')
CASES = [
    Case('1,000/s, 2 interfaces', 1000, 1, 2, 14, 2, 5),
    Case('10,000/s, 20 interfaces', 10000, 10, 2, 14, 20, 5),
    Case('1,000/s, 100 interfaces', 1000, 50, 2, 700, 100, 1),
    Case('10,000/s, 100 interfaces', 10000, 50, 2, 70, 100, 1),
]
TARGETS = 5
SETTLE = 2.0
# As shipped it reads each link every 10 ms beside; to be compared with a prober that is one and no more:
# LinkPollInterval=0.
OURS, PROBES = 'ipmpd', 'probes'
TITLES = {OURS: 'ipmpd', PROBES: 'ipmpd, probes only',
          **{name: peer.name for name, peer in PEERS.items()}}
PROBERS = [OURS, PROBES, *PEERS]


def of_ours(case, seconds, link_poll_ms):
    with Bed(case.groups, case.members, TARGETS) as bed:
        bed.start_probing(case.detection_ms, link_poll_ms=link_poll_ms)
        time.sleep(SETTLE)
        counted = bed.statistics()
        before = use(bed.daemon_pids())
        time.sleep(seconds)
        found = spent(before, use(bed.daemon_pids()))
        counters = bed.statistics()
        counters.subtract(counted)
        found.update(missed=counters['probes-missed'], lost=counters['probes-lost'],
                     failures=counters['failures'], in_force_ms=sorted(bed.detection_now_ms()))
        return found


def of_peer(name, case, seconds):
    with PEERS[name](case.interfaces, case.each) as peer:
        peer.start(case.rate)
        time.sleep(SETTLE)
        before = use(peer.pids())
        time.sleep(seconds)
        return spent(before, use(peer.pids()))


def run(given, say):
    """In each round every prober of a case in turn."""
    rows = collections.defaultdict(list)
    for case in CASES:
        for number in range(given.rounds):
            for name in given.probers:
                if name in (OURS, PROBES):
                    found = of_ours(case, given.seconds, 10 if name == OURS else 0)
                else:
                    found = of_peer(name, case, given.seconds)
                rows[case.name, name].append(found)
            say(f'cost: {case.name}: round {number + 1} of {given.rounds}')
    return [{'case': case, 'prober': name, 'runs': runs} for (case, name), runs in rows.items()]


def middle(runs, key):
    return statistics.median(run[key] for run in runs)


def troubles(row):
    """What makes a figure of ours not worth much."""
    found = []
    for key, text in (('failures', 'false failures'), ('missed', 'probes missed')):
        total = sum(run.get(key, 0) for run in row['runs'])
        if total:
            found.append(f'{total} {text}')
    return ', '.join(found)


def ratios(rows):
    found = {(row['case'], row['prober']): row['runs'] for row in rows}
    for case, ours in found:
        if ours not in (OURS, PROBES):
            continue
        us = middle(found[case, ours], 'us_per_probe')
        parts = [f'{us / middle(found[case, name], "us_per_probe"):.2f} times {TITLES[name]}'
                 for name in PEERS if (case, name) in found]
        yield f'  {case}: {TITLES[ours]} {us:.1f} us' + ''.join(f', {part}' for part in parts)


def show(rows):
    lines = ['cost: processor time of the process by packets sent, median of the rounds (least to most)',
             f'{"case":26} {"prober":18} {"sent/s":>8} {"% of a CPU":>11} {"us a probe":>11}']
    for row in rows:
        values = [run['us_per_probe'] for run in row['runs']]
        us = f'{statistics.median(values):11.1f}  ({min(values):.1f} to {max(values):.1f})'
        lines.append(f'{row["case"]:26} {TITLES[row["prober"]]:18} {middle(row["runs"], "rate"):8.0f} '
                     f'{middle(row["runs"], "cpu_percent"):11.2f} {us:>11}  {troubles(row)}'.rstrip())
    return '\n'.join([*lines, *ratios(rows)])
