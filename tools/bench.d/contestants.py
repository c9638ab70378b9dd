# SPDX-License-Identifier: LGPL-2.1-or-later
"""Who moves the address when something breaks: ipmpd, a prototype, keepalived. Each run has a network
of its own; all are measured in the same way."""
import contextlib
import json
import os
import pathlib
import shutil
import signal
import subprocess
import time

from attacks import Attacks
from front import FRONT, call_interface, front_lab, wait_state
from lab import Lab, member_mac, wait_until

ADDRESSES = {'v4': '10.2.0.10', 'v6': 'fd00:2::10'}
PORT = 7000
RATE = 10000
SECONDS = 1.0
EVENT_AFTER = 0.3
MOVES = 10
MAX_VOID = 10
# What those expect to be set for them that set nothing themselves.
SYSCTLS = {
    'net.ipv4.conf.{}.arp_announce': 2, 'net.ipv4.conf.{}.arp_ignore': 1,
    'net.ipv4.conf.{}.rp_filter': 2, 'net.ipv4.conf.{}.promote_secondaries': 1,
    'net.ipv4.conf.{}.ignore_routes_with_linkdown': 1, 'net.ipv4.fib_multipath_hash_policy': 1,
    'net.ipv6.fib_multipath_hash_policy': 1, 'net.ipv4.nexthop_compat_mode': 0}
KEEPALIVED = '''global_defs {{
    router_id bench
    vrrp_version 3
    vrrp_startup_delay 0
    vrrp_garp_master_repeat 3
}}
vrrp_instance first {{
    state MASTER
    interface eth0
    virtual_router_id 51
    priority 200
    advert_int 0.01
    virtual_ipaddress {{
        {address}/24 dev eth0
    }}
}}
vrrp_instance second {{
    state BACKUP
    interface eth1
    virtual_router_id 52
    priority 100
    advert_int 0.01
    track_interface {{
        eth0 weight 0 reverse
    }}
    virtual_ipaddress {{
        {address}/24 dev eth1
    }}
}}
'''


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


def measure(lab, address, event, seconds=SECONDS):
    """Packets with the event amid them."""
    wait_until(lambda: lab.ping('rtr', address), f'{address} from the router')
    lab.serve('host', 'udp', address, PORT)
    client = lab.blast('rtr', 'udp', address, PORT, RATE, seconds)
    time.sleep(EVENT_AFTER)
    event(lab)
    return report_of(client)


def report_of(client):
    text, _ = client.communicate(timeout=60)
    return json.loads(text.strip().splitlines()[-1])


def set_sysctls(lab):
    for name, value in SYSCTLS.items():
        for device in ('eth0', 'eth1') if '{}' in name else ('',):
            lab.sysctl('host', name.format(device), value)


class Product:
    name = 'ipmpd'
    families = ('v4', 'v6')
    events = ('carrier', 'admin', 'deletion', 'planned')

    def __init__(self, flooded=False):
        self.flooded = flooded

    @contextlib.contextmanager
    def lab(self, **options):
        with front_lab(**options) as lab:
            lab.wait_on('eth0', *ADDRESSES.values())
            wait_state(lab, 'eth1', 'ok')
            with Attacks() if self.flooded else contextlib.nullcontext():
                yield lab

    def run(self, family, event):
        with self.lab() as lab:
            return measure(lab, ADDRESSES[family], EVENTS[event])

    def run_withheld(self, family):
        """The cable out and in again, and out for good 0.3 s later, all under packets. Counted is what
        the last costs. Where packets were still missed when it came (the host's question for the
        router's hardware address got lost in the switch, it asks again after a second), or the repair
        took so long that the kernel may soon tell, nothing can be told: again."""
        for _ in range(MAX_VOID):
            pulled = self.flap_and_pull(ADDRESSES[family])
            if pulled is None:
                continue
            report, event_us = pulled
            spanning = [gap for gap in report['gaps']
                        if gap['at_us'] < event_us <= gap['at_us'] + gap['silence_us']]
            if not spanning:
                return after(report, event_us)
        raise SystemExit('tools/bench: the flap did not heal in time, again and again')

    def flap_and_pull(self, address):
        # Not probed: else it would have to prove itself for ten probes before it is used again.
        unprobed = FRONT.replace('[Group]', '[Group]\nProbeMethod=none')
        with self.lab(config=unprobed, same_index=True) as lab:
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
            # Amid a flood this program waits for the processor, too.
            if late > (0.4 if self.flooded else 0.1):
                return None
            time.sleep(max(0.0, -late))
            event_us = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
            lab.cable(0, False)
            return report_of(client), event_us


def after(report, event_us):
    gaps = [gap for gap in report['gaps'] if gap['at_us'] >= event_us]
    return {**report, 'gaps': gaps, 'lost': sum(gap['lost'] for gap in gaps),
            'forward': sum(gap['forward'] for gap in gaps),
            'backward': sum(gap['backward'] for gap in gaps),
            'longest': max((gap['lost'] for gap in gaps), default=0)}


class Prototype:
    """A program for comparison: two fixed members, the same addresses, no manners."""
    name = 'prototype'
    families = ('v4', 'v6')
    events = ('carrier', 'admin', 'deletion')

    def __init__(self, directory):
        self.program = os.path.join(os.environ['PRIVBUS_DIR'], 'prototype')
        subprocess.run(['gcc', '-O2', '-w', '-o', self.program, os.path.join(directory, 'mini.c')],
                       check=True)

    def run(self, family, event):
        with Lab() as lab:
            set_sysctls(lab)
            child = lab.spawn('host', self.program, '-F', '-A', stdout=subprocess.PIPE)
            assert child.stdout.readline().strip() == 'READY', 'the prototype did not begin'
            return measure(lab, ADDRESSES[family], EVENTS[event])


class Keepalived:
    """Two VRRP instances of one host, the second of which follows the link of the first: it is made
    for several hosts. IPv4 alone."""
    name = 'keepalived'
    families = ('v4',)
    events = ('carrier',)

    @staticmethod
    def is_there():
        return shutil.which('keepalived') is not None

    def run(self, family, event):
        address = ADDRESSES[family]
        with Lab(addresses=[(0, '10.2.0.201/24'), (1, '10.2.0.202/24')]) as lab:
            set_sysctls(lab)
            lab.sysctl('host', 'net.ipv4.conf.all.ignore_routes_with_linkdown', 1)
            directory = pathlib.Path(lab.directory)
            config = directory / 'keepalived.conf'
            config.write_text(KEEPALIVED.format(address=address), encoding='utf-8')
            with open(directory / 'keepalived.log', 'wb') as log:
                child = lab.spawn(
                    'host', 'keepalived', '--dont-fork', '--log-console', '--no-syslog', '--vrrp',
                    '-f', config, '-p', directory / 'keepalived.pid',
                    '-r', directory / 'vrrp.pid', stdout=log, stderr=log)
            try:
                lab.wait_on('eth0', address)
                return measure(lab, address, EVENTS[event])
            finally:
                # else its child outlives it
                child.send_signal(signal.SIGTERM)
                child.wait(timeout=10)
