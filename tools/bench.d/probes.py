# SPDX-License-Identifier: LGPL-2.1-or-later
"""tools/bench probes: what probing costs, and how fast and how sure it detects, beside other programs."""
import argparse
import json
import os
import signal
import sys

import probe_cost
import probe_detection
import probe_loaded
import probe_scale
from bed import busy_share

PARTS = {'cost': probe_cost, 'loaded': probe_loaded, 'scale': probe_scale, 'detection': probe_detection}
QUIET_LOOK = 2.0
QUIET_SHARE = 0.05


def say(text):
    print(text, file=sys.stderr, flush=True)


def options():
    parser = argparse.ArgumentParser(
        prog='tools/bench probes', formatter_class=argparse.RawDescriptionHelpFormatter,
        description='''What probing costs, and how fast and how sure it detects. Each run has a network of
its own, the programs compared with take turns.

  cost       processor time a probe at 1,000/s and 10,000/s, from few and from 100 interfaces, of ipmpd,
             a least loop, fping, keepalived's BFD and FRR's bfdd
  loaded     false failures at 100 ms and 30 ms while all processors are busy and echo requests flood
             the members; bfdd with 10 ms x 3 and bare timers beside it
  scale      1,000 interfaces at 10 s and 100 at 100 ms, 5 targets each: processor, memory, lateness
  detection  20 silent failures each at 10 s, 1 s, 100 ms and 30 ms

All together take three quarters of an hour. The programs compared with are installed if they are
missing (tools/packages-peers), neither started nor enabled.''')
    parser.add_argument('parts', nargs='*', metavar='PART', help=f'of {", ".join(PARTS)} (all)')
    parser.add_argument('--quick', action='store_true',
                        help='to see that it works: the figures are worth little')
    parser.add_argument('--rounds', type=int, metavar='N', help='of each row of cost (3)')
    parser.add_argument('--seconds', type=float, metavar='S',
                        help='of each run of cost; scale takes three times as long (10)')
    parser.add_argument('--load-seconds', type=float, metavar='S', help='of loaded (300)')
    parser.add_argument('--probers', metavar='LIST', default=','.join(probe_cost.PROBERS),
                        help='of cost: %(default)s')
    parser.add_argument('--json', action='store_true', help='all figures, for programs')
    given = parser.parse_args()
    given.parts = given.parts or list(PARTS)
    given.probers = [name.strip() for name in given.probers.split(',')]
    unknown = sorted(set(given.parts) - set(PARTS) | set(given.probers) - set(probe_cost.PROBERS))
    if unknown:
        parser.error(f'unknown: {", ".join(unknown)}')
    given.rounds = given.rounds or (1 if given.quick else 3)
    given.seconds = given.seconds or (2.0 if given.quick else 10.0)
    given.load_seconds = given.load_seconds or (10.0 if given.quick else 300.0)
    return given


def interrupted(_number, _frame):
    raise KeyboardInterrupt


def main():
    given = options()
    signal.signal(signal.SIGTERM, interrupted)
    busy = busy_share(QUIET_LOOK)
    machine = f'{os.cpu_count()} CPUs, Linux {os.uname().release}, {busy * 100:.1f} % busy before the first run'
    if busy > QUIET_SHARE:
        say(f'this machine is not quiet ({machine})')
    found = {'machine': machine}
    if not given.json:
        print(machine + ('; quick: the figures are worth little' if given.quick else ''))
    for name in given.parts:
        found[name] = PARTS[name].run(given, say)
        if not given.json:
            print('\n' + PARTS[name].show(found[name]), flush=True)
    if given.json:
        print(json.dumps(found))


if __name__ == '__main__':
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
