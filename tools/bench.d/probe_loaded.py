# SPDX-License-Identifier: LGPL-2.1-or-later
"""False failures on a machine that has no time: all processors taken several times over, and a flood of
echo requests through the members that are probed."""
import contextlib
import os
import time

from bed import Bed, test_address
from peers import Bfdd

DETECTION_MS = [100, 100, 30, 30]  # of each group
MEMBERS, TARGETS = 2, 5
HOGS_PER_CPU = 2
FLOOD_RATE = 50000
SESSIONS = len(DETECTION_MS) * MEMBERS
BFD_INTERVALS_PER_S = 100  # 10 ms, 3 of them lost make a failure
TIMER_US = 1000
PRIORITY = 10  # that of the service


def load(bed):
    """To be ended in this order: who floods tells what it achieved."""
    targets = [test_address(group, member) for group, member in bed.interfaces()]
    flood = bed.pace('lan', 'icmp', FLOOD_RATE, 0, *targets, nice=-20)
    hogs = [bed.pace(None, 'burn') for _ in range(HOGS_PER_CPU * os.cpu_count())]
    return flood, hogs


def false_failures(bed, since):
    """By detection time."""
    found = {ms: 0 for ms in DETECTION_MS}
    for entry in bed.bus.call('/org/ipmp', 'org.ipmp.Manager', 'History', '(u)', 10000):
        if entry['sequence'] > since and entry['event'] == 'interface-state' and entry['to'] == 'failed':
            found[DETECTION_MS[int(entry['group'][1:])]] += 1
    return found


def last_sequence(bed):
    entries = bed.bus.call('/org/ipmp', 'org.ipmp.Manager', 'History', '(u)', 1)
    return entries[0]['sequence'] if entries else 0


def run(given, say):
    with contextlib.ExitStack() as stack:
        bed = stack.enter_context(Bed(len(DETECTION_MS), MEMBERS, TARGETS))
        bed.start_probing(DETECTION_MS)
        bfdd = stack.enter_context(Bfdd(1, SESSIONS))
        bfdd.start(SESSIONS * BFD_INTERVALS_PER_S)
        since, counted, downs = last_sequence(bed), bed.statistics(), bfdd.n_down_events()
        say(f'loaded: {given.load_seconds:g} s of load begin')
        flood, hogs = load(bed)
        raised = bed.pace(None, 'timer', TIMER_US, PRIORITY)
        plain = bed.pace(None, 'timer', TIMER_US)
        time.sleep(given.load_seconds)
        found = {'raised': bed.report(raised), 'plain': bed.report(plain), 'flood': bed.report(flood)}
        for hog in hogs:
            bed.report(hog)
        counters = bed.statistics()
        counters.subtract(counted)
        after = bfdd.n_down_events()
        found.update(seconds=given.load_seconds, hogs=len(hogs), cpus=os.cpu_count(),
                     counters=dict(counters), false_failures=false_failures(bed, since),
                     bfdd_downs={end: after[end] - downs[end] for end in downs})
        return found


def show(found):
    flood, counters = found['flood'], found['counters']
    lines = [f'loaded: {found["seconds"]:g} s, {found["hogs"]} busy processes on {found["cpus"]} CPUs and a '
             f'flood of {flood["sent"] / flood["seconds"]:.0f} echo requests/s (asked {FLOOD_RATE}, '
             f'{flood["answered"]} of {flood["sent"]} answered)']
    for ms, failures in found['false_failures'].items():
        groups = DETECTION_MS.count(ms)
        lines.append(f'  ipmpd, {ms} ms: {failures} false failures ({groups} groups of {MEMBERS})')
    lines += [f'  ipmpd: {counters["probes-sent"]} probes sent, {counters["probes-lost"]} lost, '
              f'{counters["probes-missed"]} missed',
              f'  FRR bfdd, 10 ms x 3: {sum(found["bfdd_downs"].values())} times down ({SESSIONS} sessions; '
              + ', '.join(f'{end} end {count}' for end, count in found['bfdd_downs'].items()) + ')']
    for key, what in (('raised', "of the service's priority"), ('plain', 'of ordinary priority')):
        timer = found[key]
        lines.append(f'  a bare timer {what}, each ms: late by {timer["median_us"]} us (median), '
                     f'{timer["p999_us"]} us (99.9 %), {timer["worst_us"]} us (worst of {timer["count"]})')
    return '\n'.join(lines)
