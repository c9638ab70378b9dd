# SPDX-License-Identifier: LGPL-2.1-or-later
"""How long a silent failure takes to be found: a port of the switch passes nothing any more, the link
stays up. From just before the switch is told until the moment that the service writes down."""
import collections
import random
import statistics
import subprocess
import time

from gi.repository import Gio, GLib

from bed import Bed, member_name
from probe_scale import INTERVALS, PRIORITY

# Long ones side by side, each group once; short ones alone, so that none meets another's failover.
Case = collections.namedtuple('Case', 'detection_ms groups rounds')
FAILURES = 20
CASES = [Case(10000, 20, 1), Case(1000, 10, 2), Case(100, 1, 20), Case(30, 1, 20)]
MEMBERS, TARGETS = 2, 5
TIMER_MAX_US = 10000
PORT_BLOCKED, PORT_FORWARDING = 0, 3


class Switch:
    """One process that waits for commands: nothing has to be started at the moment of failure."""

    def __init__(self, bed):
        self.process = subprocess.Popen(['bridge', '-n', 'lan', '-batch', '-'], stdin=subprocess.PIPE,
                                        text=True)

    def set_port(self, group, state):
        """When, by the wall clock, in us: before it happens."""
        at = time.clock_gettime_ns(time.CLOCK_REALTIME) // 1000
        self.process.stdin.write(f'link set dev p{group}x0 state {state}\n')
        self.process.stdin.flush()
        assert self.process.poll() is None, 'bridge has ended'
        return at

    def close(self):
        self.process.stdin.close()
        self.process.wait()


class Round:
    """Member 0 of each group fails, each at a random moment, and comes back."""

    def __init__(self, bed, switch, case):
        self.bed, self.switch, self.case = bed, switch, case
        self.injected, self.found, self.told, self.moved, self.false = {}, {}, {}, {}, []
        self.repaired = set()
        self.subscription = bed.bus.connection.signal_subscribe(
            'org.ipmp', 'org.ipmp.Manager', 'Event', '/org/ipmp', None, Gio.DBusSignalFlags.NONE,
            self.on_event, None)

    def on_event(self, _connection, _sender, _path, _interface, _signal, parameters, _data):
        event = parameters.unpack()[0]
        group = int(event['group'][1:]) if event['group'] else None
        if event['event'] == 'address-moved' and event['reason'] == 'failover':
            self.moved.setdefault(group, event['usec'])
        if event['event'] != 'interface-state':
            return
        if event['to'] == 'ok' and event['interface'] == member_name(group, 0):
            self.repaired.add(group)
        if event['to'] != 'failed':
            return
        if event['interface'] != member_name(group, 0) or group not in self.injected:
            self.false.append(event)
            return
        self.told[group] = time.clock_gettime_ns(time.CLOCK_REALTIME) // 1000
        self.found[group] = event['usec']

    def inject(self, group):
        self.injected[group] = self.switch.set_port(group, PORT_BLOCKED)
        return GLib.SOURCE_REMOVE

    def wait(self, done, what, seconds):
        context, end = GLib.MainContext.default(), time.monotonic() + seconds
        tick = GLib.timeout_add(100, lambda: GLib.SOURCE_CONTINUE)
        while not done():
            assert time.monotonic() < end, f'{what}: not within {seconds:g} s'
            context.iteration(True)
        GLib.source_remove(tick)

    def run(self):
        groups = set(range(self.case.groups))
        period = 2 * self.case.detection_ms / INTERVALS
        seconds = self.case.detection_ms / 1000
        for group in groups:
            GLib.timeout_add(round(period + random.uniform(0, period)), self.inject, group)
        self.wait(lambda: groups <= self.found.keys(), 'a failure found', 5 * seconds + 10)
        self.wait(lambda: groups <= self.moved.keys(), 'the addresses moved', 10)
        for group in groups:
            self.switch.set_port(group, PORT_FORWARDING)
        self.wait(lambda: groups <= self.repaired, 'a repair', 10 * seconds + 10)
        self.bed.bus.connection.signal_unsubscribe(self.subscription)
        return [{'found_us': self.found[group] - self.injected[group],
                 'told_us': self.told[group] - self.injected[group],
                 'moved_us': self.moved[group] - self.injected[group]} for group in groups]


def clock_offset_us():
    return (time.clock_gettime_ns(time.CLOCK_REALTIME)
            - time.clock_gettime_ns(time.CLOCK_MONOTONIC)) // 1000


def one(case, say):
    runs, false = [], 0
    interval_us = case.detection_ms * 1000 // INTERVALS
    with Bed(case.groups, MEMBERS, TARGETS) as bed:
        bed.start_probing(case.detection_ms)
        switch = Switch(bed)
        try:
            offset = clock_offset_us()
            raised = bed.pace(None, 'timer', min(interval_us, TIMER_MAX_US), PRIORITY)
            for number in range(case.rounds):
                this = Round(bed, switch, case)
                runs += this.run()
                false += len(this.false)
                bed.wait_probed('ok')
                say(f'detection: {case.detection_ms} ms: {len(runs)} of {case.groups * case.rounds}')
            timer = bed.report(raised)
            shift = clock_offset_us() - offset
        finally:
            switch.close()
        return {'detection_ms': case.detection_ms, 'runs': runs, 'false_failures': false, 'timer': timer,
                'clock_shift_us': shift, 'in_force_ms': sorted(bed.detection_now_ms())}


def cases(given):
    if not given.quick:
        return CASES
    return [Case(1000, 4, 1), Case(100, 1, 4), Case(30, 1, 4)]


def run(given, say):
    return [one(case, say) for case in cases(given)]


def spread(runs, key):
    values = [run[key] / 1000 for run in runs]
    return min(values), statistics.median(values), max(values)


def show(rows):
    lines = ['detection: from a silent failure to its being found, ms; then until the data address is on '
             'the other member',
             f'{"FDT":>9} {"runs":>5} {"least":>9} {"median":>9} {"most":>9}  {"on the bus":>10} '
             f'{"moved":>9} {"timer late":>10}  verdict']
    for row in rows:
        least, median, most = spread(row['runs'], 'found_us')
        fdt, late = row['detection_ms'], row['timer']['worst_us'] / 1000
        verdict = ('median within FDT' if median <= fdt else 'MEDIAN BEYOND FDT') + ', ' + \
            ('most within FDT + timer' if most <= fdt + late else 'MOST BEYOND FDT + TIMER')
        if row['false_failures']:
            verdict += f', {row["false_failures"]} FALSE FAILURES'
        if abs(row['clock_shift_us']) > 500:
            verdict += f', void: the clock was set by {row["clock_shift_us"]} us'
        lines.append(f'{fdt:6} ms {len(row["runs"]):5} {least:9.2f} {median:9.2f} {most:9.2f}  '
                     f'{spread(row["runs"], "told_us")[2]:10.2f} {spread(row["runs"], "moved_us")[2]:9.2f} '
                     f'{late:10.2f}  {verdict}')
    lines.append('  on the bus, moved: the most; timer late: the worst of a bare timer of the same priority '
                 'meanwhile')
    return '\n'.join(lines)
