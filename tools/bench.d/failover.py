# SPDX-License-Identifier: LGPL-2.1-or-later
"""tools/bench failover: packets lost by an event, from the router to the host and back."""
import argparse
import json
import select
import statistics
import subprocess
import sys
import time

import failover_report
from contestants import EVENTS, MOVES, RATE, Keepalived, Product, Prototype
from failover_scale import runs_of_addresses, runs_of_routes
from lab import Lab
from summary import Table

MAX_VOID = 10
NAMES = {'control': 'no event (control)', 'carrier': 'carrier loss', 'admin': 'admin down',
         'deletion': 'device deleted', 'planned': f'planned move, {MOVES} times'}
ROWS = ('carrier', 'admin', 'deletion', 'planned', 'withheld', 'flooded', 'addresses', 'routes')


def say(text):
    print(text, file=sys.stderr, flush=True)


def message_delay():
    """How late the kernel's own message is on such a link, in ms: nobody reads the link here."""
    with Lab(same_index=True) as lab:
        lab.cable(0, False)
        lab.cable(0, True)
        time.sleep(0.3)
        monitor = lab.spawn('host', 'ip', 'monitor', 'link', 'dev', 'eth0', stdout=subprocess.PIPE)
        time.sleep(0.05)
        begin = time.monotonic()
        lab.cable(0, False)
        ready, _, _ = select.select([monitor.stdout], [], [], 3)
        return (time.monotonic() - begin) * 1000 if ready else float('inf')


def options():
    parser = argparse.ArgumentParser(
        prog='tools/bench failover', formatter_class=argparse.RawDescriptionHelpFormatter,
        description=f'''Packets that an event costs, {RATE} a second from the router to an address of the
group and back. Each run has a network and a daemon of its own. In each round a run without an event
comes first: if that loses a packet, the machine was not quiet, and the round is void and repeated.
Those that are compared take turns within the round.''')
    parser.add_argument('--runs', type=int, default=20, metavar='N',
                        help='rounds (20); 0: only tell what is in --file')
    parser.add_argument('--family', choices=['v4', 'v6', 'both'], default='both')
    parser.add_argument('--rows', default=','.join(ROWS), help='of %(default)s')
    parser.add_argument('--prototype', metavar='DIR',
                        help='compile DIR/mini.c and run it in turn with ipmpd')
    parser.add_argument('--file', help='the rounds are added to those in this file')
    parser.add_argument('--report', metavar='DIR', help='write DIR/performance.md and its plots')
    parser.add_argument('--json', action='store_true', help='all figures, for programs')
    given = parser.parse_args()
    given.families = ['v4', 'v6'] if given.family == 'both' else [given.family]
    given.rows = given.rows.split(',')
    unknown = set(given.rows) - set(ROWS)
    if unknown or given.runs < 0:
        parser.error(f'unknown rows: {", ".join(sorted(unknown))}' if unknown
                     else '--runs must not be negative')
    return given


def contestants(given):
    yield Product()
    if given.prototype:
        yield Prototype(given.prototype)
    else:
        say('the prototype is not compared: --prototype DIR was not given')
    if Keepalived.is_there():
        yield Keepalived()
    else:
        say('keepalived is not compared: it is not installed')


def row_name(event, family, contestant=None):
    name = f'{NAMES.get(event, event)}, {family}'
    return name if contestant in (None, Product.name) else f'{name}, {contestant}'


def round_of(given, family, everybody):
    """(row, report) of one round; the control first."""
    product = everybody[0]
    yield row_name('control', family), product.run(family, 'control')
    for event in (name for name in given.rows if name in EVENTS):
        for contestant in everybody:
            if family in contestant.families and event in contestant.events:
                yield row_name(event, family, contestant.name), contestant.run(family, event)
    if 'withheld' in given.rows:
        yield row_name('carrier loss, withheld', family), product.run_withheld(family)
    if 'flooded' in given.rows:
        flooded = Product(flooded=True)
        yield row_name('no event, flooded bus', family), flooded.run(family, 'control')
        yield row_name('carrier loss, flooded bus', family), flooded.run(family, 'carrier')
        yield row_name('carrier loss, withheld, flooded', family), flooded.run_withheld(family)
    if family == 'v4' and 'addresses' in given.rows:
        yield from runs_of_addresses()
    if family == 'v4' and 'routes' in given.rows:
        yield from runs_of_routes()


def run_round(given, family, everybody):
    """None: it is void."""
    rows = []
    for name, report in round_of(given, family, everybody):
        rows.append((name, report))
        if name.startswith(NAMES['control']) and report['lost'] + report['unanswered']:
            return None
    return rows


def run_all(given, table, everybody):
    for number in range(given.runs):
        for family in given.families:
            rows = run_round(given, family, everybody)
            while rows is None:
                table.void += 1
                say(f'{family}: void round: the control run lost packets')
                if table.void > MAX_VOID + given.runs:
                    raise SystemExit('tools/bench: this machine is not quiet enough to measure on')
                rows = run_round(given, family, everybody)
            for name, report in rows:
                table.add(name, report)
            table.save()
        say(f'round {number + 1} of {given.runs}')


def main():
    given = options()
    table = Table(RATE, given.file)
    if given.runs > 0:
        everybody = list(contestants(given))
        if 'withheld' in given.rows:
            table.delays_ms += [message_delay() for _ in range(3)]
        run_all(given, table, everybody)
    demands = failover_report.demands(table)
    if given.report:
        failover_report.write(given.report, table, demands)
    if given.json:
        print(json.dumps({'rate': RATE, 'void_rounds': table.void, 'rows': table.as_data(),
                          'link_message_delay_ms': table.delays_ms,
                          'demands': [demand._asdict() for demand in demands]}))
        return
    print(f'{RATE} packets a second each way; one packet is {1000 / RATE:g} ms\n')
    print(table)
    print(f'\nrounds void because the control run lost packets: {table.void}')
    if table.delays_ms:
        print(f'withheld: 0.3 s after the link came up the kernel told of its loss '
              f'{statistics.median(table.delays_ms):.0f} ms late (median of {len(table.delays_ms)}, '
              'without ipmpd)')
    for demand in demands:
        print(f'{"met    " if demand.met else "NOT MET"} {demand.text}: {demand.found}')


if __name__ == '__main__':
    main()
