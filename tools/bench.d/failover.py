# SPDX-License-Identifier: LGPL-2.1-or-later
"""tools/bench failover: packets lost by an event, from the router to the host and back."""
import argparse
import json
import os
import select
import signal
import statistics
import subprocess
import sys
import time

from front import call_interface, front_lab, wait_state
from lab import Lab, member_mac, wait_until
from summary import Table, ratio_interval

ADDRESSES = {'v4': '10.2.0.10', 'v6': 'fd00:2::10'}
PORT = 7000
RATE = 10000
SECONDS = 1.0
EVENT_AFTER = 0.4
MOVES = 10
MAX_VOID = 10
# what the prototype expects to be set for it
PROTOTYPE_SYSCTLS = {
    'net.ipv4.conf.{}.arp_announce': 2, 'net.ipv4.conf.{}.arp_ignore': 1,
    'net.ipv4.conf.{}.rp_filter': 2, 'net.ipv4.conf.{}.promote_secondaries': 1,
    'net.ipv4.conf.{}.ignore_routes_with_linkdown': 1, 'net.ipv4.fib_multipath_hash_policy': 1,
    'net.ipv6.fib_multipath_hash_policy': 1, 'net.ipv4.nexthop_compat_mode': 0}


def say(text):
    print(text, file=sys.stderr, flush=True)


def planned(lab):
    """Ten moves, there and back."""
    for _ in range(MOVES // 2):
        call_interface(lab, 'eth0', 'Offline')
        time.sleep(0.03)
        call_interface(lab, 'eth0', 'Online')
        time.sleep(0.03)


EVENTS = {
    'control': lambda lab: None,
    'carrier': lambda lab: lab.cable(0, False),
    'admin': lambda lab: lab.admin(0, False),
    'deletion': lambda lab: lab.unplug(0),
    'planned': planned,
}
NAMES = {'control': 'no event (control)', 'carrier': 'carrier loss', 'admin': 'admin down',
         'deletion': 'device deleted', 'planned': f'planned move, {MOVES} times'}


def measure(lab, family, event):
    """One second of packets with the event in it."""
    address = ADDRESSES[family]
    wait_until(lambda: lab.ping('rtr', address), f'{address} from the router')
    lab.serve('host', 'udp', address, PORT)
    client = lab.blast('rtr', 'udp', address, PORT, RATE, SECONDS)
    time.sleep(EVENT_AFTER)
    event(lab)
    text, _ = client.communicate(timeout=60)
    return json.loads(text.strip().splitlines()[-1])


def product(family, event, flooded=False):
    with front_lab() as lab:
        lab.wait_on('eth0', *ADDRESSES.values())
        wait_state(lab, 'eth1', 'ok')
        if flooded:
            flood(lab)
        return measure(lab, family, event)


def flood(lab):
    script = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'flood.py')
    for _ in range(2):
        child = lab.spawn(None, '/usr/bin/python3', script, user='nobody', stdout=subprocess.PIPE)
        assert child.stdout.readline().strip() == 'ready', 'the flood did not begin'


def throttled(family, flooded=False):
    """The cable out and in again, and out for good 0.3 s later, all under packets. Counted is what the
    last costs. Where packets were still missed when it came (the host's question for the router's
    hardware address got lost in the switch, it asks again after a second) nothing can be told: again."""
    for _ in range(MAX_VOID):
        report, event_us = flap_and_pull(family, flooded)
        spanning = [gap for gap in report['gaps']
                    if gap['at_us'] < event_us <= gap['at_us'] + gap['silence_us']]
        if not spanning:
            return after(report, event_us)
        say(f'{family}: once more: packets were missed from before the event on')
    raise SystemExit('tools/bench: the flap did not heal in time, again and again')


def flap_and_pull(family, flooded):
    with front_lab(same_index=True) as lab:
        lab.wait_on('eth0', *ADDRESSES.values())
        wait_state(lab, 'eth1', 'ok')
        if flooded:
            flood(lab)
        address = ADDRESSES[family]
        wait_until(lambda: lab.ping('rtr', address), f'{address} from the router')
        lab.serve('host', 'udp', address, PORT)
        client = lab.blast('rtr', 'udp', address, PORT, RATE, 2 * SECONDS)
        lab.cable(0, False)
        lab.wait_on('eth1', *ADDRESSES.values())
        lab.cable(0, True)
        up = time.monotonic()
        lab.wait_on('eth0', *ADDRESSES.values())
        wait_until(lambda: lab.router_neighbour(address) == member_mac(0), 'packets to eth0 again')
        late = time.monotonic() - up - 0.3
        assert late < 0.1, f'the addresses were back {late:.1f} s too late to measure'
        time.sleep(max(0.0, -late))
        event_us = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
        lab.cable(0, False)
        text, _ = client.communicate(timeout=60)
    return json.loads(text.strip().splitlines()[-1]), event_us


def after(report, event_us):
    gaps = [gap for gap in report['gaps'] if gap['at_us'] >= event_us]
    return {**report, 'gaps': gaps, 'lost': sum(gap['lost'] for gap in gaps),
            'forward': sum(gap['forward'] for gap in gaps),
            'backward': sum(gap['backward'] for gap in gaps),
            'longest': max((gap['lost'] for gap in gaps), default=0)}


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


class Prototype:
    """A program for comparison: two fixed members, the same addresses, no manners."""

    def __init__(self, directory):
        self.program = os.path.join(os.environ['PRIVBUS_DIR'], 'prototype')
        subprocess.run(['gcc', '-O2', '-w', '-o', self.program, os.path.join(directory, 'mini.c')],
                       check=True)

    def run(self, family, event):
        with Lab() as lab:
            for name, value in PROTOTYPE_SYSCTLS.items():
                for device in ('eth0', 'eth1') if '{}' in name else ('',):
                    lab.sysctl('host', name.format(device), value)
            child = lab.spawn('host', self.program, '-F', '-A', stdout=subprocess.PIPE)
            assert child.stdout.readline().strip() == 'READY', 'the prototype did not begin'
            if event == 'planned':
                def act(_):
                    for _ in range(MOVES):
                        child.send_signal(signal.SIGUSR1)
                        time.sleep(0.03)
            else:
                act = EVENTS[event]
            return measure(lab, family, act)


def options():
    parser = argparse.ArgumentParser(
        prog='tools/bench failover', formatter_class=argparse.RawDescriptionHelpFormatter,
        description=f'''Packets that an event costs, {RATE} a second from the router to an address of the
group and back. Each run has a network and a daemon of its own. In each round a run without an event
comes first: if that loses a packet, the machine was not quiet, and the round is void and repeated.''')
    parser.add_argument('--runs', type=int, default=20, metavar='N', help='of each row (20)')
    parser.add_argument('--family', choices=['v4', 'v6', 'both'], default='both')
    parser.add_argument('--events', default=','.join(name for name in EVENTS if name != 'control')
                        + ',throttled,flooded', help='of %(default)s')
    parser.add_argument('--prototype', metavar='DIR',
                        help='compile DIR/mini.c and run it in turn with the product')
    parser.add_argument('--json', action='store_true', help='all figures, for programs')
    given = parser.parse_args()
    given.families = ['v4', 'v6'] if given.family == 'both' else [given.family]
    given.events = given.events.split(',')
    unknown = set(given.events) - set(EVENTS) - {'throttled', 'flooded'}
    if unknown or given.runs < 1:
        parser.error(f'unknown events: {", ".join(sorted(unknown))}' if unknown
                     else '--runs must be at least 1')
    return given


def round_of(given, family, prototype):
    """(row, report) of one round; the control first."""
    yield f'{NAMES["control"]}, {family}', product(family, EVENTS['control'])
    for event in (name for name in given.events if name in EVENTS and name != 'control'):
        yield f'{NAMES[event]}, {family}', product(family, EVENTS[event])
        if event == 'carrier' and prototype:
            yield f'{NAMES[event]}, {family}, prototype', prototype.run(family, event)
    if 'throttled' in given.events:
        yield f'carrier loss, withheld, {family}', throttled(family)
    if 'flooded' in given.events:
        yield f'no event, flooded bus, {family}', product(family, EVENTS['control'], flooded=True)
        yield f'carrier loss, flooded bus, {family}', product(family, EVENTS['carrier'], flooded=True)
        yield f'carrier loss, withheld, flooded, {family}', throttled(family, True)


def run_all(given, table, prototype):
    void = 0
    for family in given.families:
        done = 0
        while done < given.runs:
            rows = []
            for name, report in round_of(given, family, prototype):
                rows.append((name, report))
                if name.startswith(NAMES['control']) and report['lost'] + report['unanswered']:
                    rows = None
                    break
            if rows is None:
                void += 1
                say(f'{family}: void round: the control run lost packets')
                if void > MAX_VOID + given.runs:
                    raise SystemExit('tools/bench: this machine is not quiet enough to measure on')
                continue
            for name, report in rows:
                table.add(name, report)
            done += 1
            say(f'{family}: round {done} of {given.runs}')
    return void


def compare(given, table):
    """Of each family: ours against the prototype's carrier loss."""
    found = {}
    for family in given.families:
        name = f'{NAMES["carrier"]}, {family}'
        if f'{name}, prototype' in table.rows:
            found[family] = ratio_interval(table.lost(name), table.lost(f'{name}, prototype'))
    return found


def main():
    given = options()
    table = Table(RATE)
    prototype = Prototype(given.prototype) if given.prototype else None
    delays = [message_delay() for _ in range(3)] if 'throttled' in given.events else []
    void = run_all(given, table, prototype)
    ratios = compare(given, table)
    if given.json:
        print(json.dumps({'rate': RATE, 'void_rounds': void, 'rows': table.as_data(),
                          'link_message_delay_ms': delays, 'ratio_to_prototype': ratios}))
        return
    print(f'{RATE} packets a second each way; one packet is {1000 / RATE:g} ms\n')
    print(table)
    print(f'\nrounds void because the control run lost packets: {void}')
    if delays:
        print(f'withheld: 0.3 s after the link came up the kernel told of its loss '
              f'{statistics.median(delays):.0f} ms late (median of {len(delays)}, without ipmpd)')
    for family, found in ratios.items():
        print(f'carrier loss, {family}: '
              + ('the prototype lost nothing: no ratio' if found is None else
                 f'{found[0]:.2f} times the prototype (95 % interval {found[1]:.2f} to {found[2]:.2f}, '
                 f'{given.runs} pairs)'))
    if not prototype:
        print('prototype: not compared (--prototype DIR was not given)')


if __name__ == '__main__':
    main()
