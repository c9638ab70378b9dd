# SPDX-License-Identifier: LGPL-2.1-or-later
"""Many interfaces: processor, memory, and how late probes leave."""
import collections
import time

from bed import Bed, memory_kb, spent, use

Case = collections.namedtuple('Case', 'name groups members detection_ms')
CASES = [Case('1,000 interfaces, 5 targets each, 10 s', 100, 10, 10000),
         Case('100 interfaces, 5 targets each, 100 ms', 50, 2, 100)]
TARGETS = 5
INTERVALS = 7  # in a FailureDetectionTime, with ProbeFailures=5
TICKS = 8  # in an interval, the most
TICK_MAX_US = 10000
PRIORITY = 10  # that of the service


def interval_us(detection_ms):
    return detection_ms * 1000 // INTERVALS


def tick_us(detection_ms):
    """Of the grid that the moments of probes lie on."""
    return min(interval_us(detection_ms) // TICKS, TICK_MAX_US)


def share_without_probes(bed, case, seconds):
    bed.start_probing(case.detection_ms, probed=False)
    before = use(bed.daemon_pids())
    time.sleep(seconds)
    found = spent(before, use(bed.daemon_pids()))
    memory = memory_kb(bed.daemon.pid)
    bed.stop_daemon()
    return {'cpu_percent': found['cpu_percent'], **memory}


def one(case, seconds, say):
    begin = time.monotonic()
    with Bed(case.groups, case.members, TARGETS) as bed:
        say(f'scale: {case.name}: the network took {time.monotonic() - begin:.1f} s')
        without = share_without_probes(bed, case, seconds)
        begin = time.monotonic()
        bed.start_probing(case.detection_ms)
        say(f'scale: {case.name}: all members had answers after {time.monotonic() - begin:.1f} s')
        counted = bed.statistics()
        before = use(bed.daemon_pids())
        time.sleep(seconds)
        found = spent(before, use(bed.daemon_pids()))
        found['memory'] = memory_kb(bed.daemon.pid)
        # On its own: it costs the sender something.
        watch = bed.pace('host', 'capture', tick_us(case.detection_ms),
                         interval_us(case.detection_ms))
        timer = bed.pace(None, 'timer', tick_us(case.detection_ms), PRIORITY)
        time.sleep(seconds)
        found.update(late=bed.report(watch), timer=bed.report(timer), without=without)
        counters = bed.statistics()
        counters.subtract(counted)
        found.update(name=case.name, counters=dict(counters), tick_us=tick_us(case.detection_ms),
                     in_force_ms=sorted(bed.detection_now_ms()))
        return found


def run(given, say):
    return [one(case, given.seconds * 3, say) for case in CASES]


def of_probes(row):
    return (row['cpu_percent'] - row['without']['cpu_percent']) * 1e4 / row['rate']


def doubt(row):
    """On another grid than this one what is left over of a tick says nothing."""
    if row['late']['median_us'] > row['tick_us'] / 3:
        return f'; DOUBTFUL: is the grid of the service one of {row["tick_us"]} us?'
    return f'; {row["late"]["dropped"]} not seen' if row['late']['dropped'] else ''


def show(rows):
    lines = ['scale: the service as a whole, beside it the same without probes']
    for row in rows:
        late, timer, counters = row['late'], row['timer'], row['counters']
        lines += [
            f'{row["name"]}',
            f'  {row["rate"]:.0f} probes/s, {row["cpu_percent"]:.2f} % of a CPU; without probes '
            f'{row["without"]["cpu_percent"]:.2f} %: so {of_probes(row):.1f} us a probe',
            f'  memory: RSS {row["memory"]["rss_kb"]} kB, PSS {row["memory"]["pss_kb"]} kB, private '
            f'{row["memory"]["private_kb"]} kB (without probes RSS {row["without"]["rss_kb"]} kB)',
            f'  lateness of {late["frames"]} probes in {late["wake_ups"]} wake-ups: median '
            f'{late["median_us"]} us, 99.9 % {late["p999_us"]} us, worst at least '
            f'{late["least_worst_us"]} us and at most {late["most_worst_us"]} us' + doubt(row),
            f'  a bare timer of the same priority meanwhile, each {row["tick_us"]} us: median '
            f'{timer["median_us"]} us, 99.9 % {timer["p999_us"]} us, worst {timer["worst_us"]} us',
            f'  missed {counters["probes-missed"]}, lost {counters["probes-lost"]}, false failures '
            f'{counters["failures"]}, detection time in force '
            + ', '.join(f'{ms} ms' for ms in row['in_force_ms'])]
    return '\n'.join(lines)
