# SPDX-License-Identifier: LGPL-2.1-or-later
"""What many addresses and many routes add to the loss of a carrier."""
import subprocess
import time

from bed import memory_kb
from contestants import EVENTS, measure
from front import GROUP, GROUP_IFACE, MANAGER_IFACE, front_lab, wait_state
from lab import Lab, wait_until

ADDRESSES = (1, 100, 1000)
ROUTES = (10, 1000, 100000)
DEADLINE = 300
UNPROBED = '[Group]\nProbeMethod=none\n\n'


def data_address(number):
    return f'10.2.{16 + number // 250}.{1 + number % 250}'


def failover_us(lab):
    """From the decision to the last address in place, by the service's own history."""
    entries = lab.bus.call('/org/ipmp', MANAGER_IFACE, 'History', '(u)', 10000)
    failed = max(entry['usec'] for entry in entries
                 if entry['event'] == 'interface-state' and entry['to'] == 'failed')
    moved = [entry['usec'] for entry in entries
             if entry['event'] == 'address-moved' and entry['usec'] >= failed]
    return max(moved) - failed


def many_addresses(n):
    """Packets go to the one that is announced last."""
    config = UNPROBED + '[Interface eth0]\nAddresses=' \
        + ' '.join(f'{data_address(number)}/16' for number in range(n)) + '\n\n[Interface eth1]\n'
    last = data_address(n - 1)
    with front_lab(config) as lab:
        lab.ip('rtr', 'addr add 10.2.0.1/16 dev eth0')
        wait_until(lambda: lab.on(last, 'eth0'), 'the last address', DEADLINE)
        wait_state(lab, 'eth1', 'ok')
        report = measure(lab, last, EVENTS['carrier'])
        wait_until(lambda: lab.on(last, 'eth1'), 'the last address on eth1', DEADLINE)
        report['failover_us'] = failover_us(lab)
        report['memory_kb'] = memory_kb(lab.daemon.pid)['rss_kb']
        return report


def foreign_routes(n):
    return '\n'.join(f'route add {16 + (i >> 16)}.{i >> 8 & 255}.{i & 255}.0/24 via 10.2.0.1 dev eth0 '
                     'proto static' for i in range(n)) + '\n'


def n_routes(lab, table):
    done = subprocess.run(['ip', '-n', 'host', '-o', 'route', 'show', 'table', str(table)],
                          capture_output=True, text=True, timeout=60, check=False)
    return done.stdout.count('\n')


def wait_adopted(lab, n):
    """Copies, and the rule that leads to the last of the tables."""
    def adopted():
        rules = lab.run(None, 'ip', '-n', 'host', 'rule').stdout
        return 'lookup 7301' in rules and n_routes(lab, 7300) >= n
    wait_until(adopted, f'{n} copies and rules', DEADLINE)


def many_routes(n):
    """Live addresses and foreign routes by eth0, then a group on them, then the carrier is lost; then
    the group is deleted. `adoption_s` has the calls in it that look whether it is over."""
    with Lab(addresses=[(0, '10.2.0.10/24'), (1, '10.2.0.11/24')]) as lab:
        lab.ip('host', 'route add default via 10.2.0.1 dev eth0 proto static')
        subprocess.run(['ip', '-n', 'host', '-batch', '-'], input=foreign_routes(n), text=True,
                       check=True, timeout=DEADLINE)
        lab.start_daemon()
        before_kb = memory_kb(lab.daemon.pid)['rss_kb']
        lab.configure(front=UNPROBED + '[Interface eth0]\n\n[Interface eth1]\n')
        begin = time.monotonic()
        lab.bus.call('/org/ipmp', MANAGER_IFACE, 'Reload', '(a{sv})', {})
        wait_adopted(lab, n)
        adoption_s = time.monotonic() - begin
        wait_state(lab, 'eth1', 'ok')
        report = measure(lab, '10.2.0.10', EVENTS['carrier'])
        lab.wait_on('eth1', '10.2.0.10')
        report.update(adoption_s=adoption_s, failover_us=failover_us(lab),
                      memory_kb=memory_kb(lab.daemon.pid)['rss_kb'] - before_kb)
        begin = time.monotonic()
        lab.bus.call(GROUP, GROUP_IFACE, 'Delete', '(a{sv})', {})
        report['deletion_s'] = time.monotonic() - begin
        kept = n_routes(lab, 254)
        assert kept >= n, f'{n - kept} foreign routes are missing after Delete'
        return report


def runs_of_addresses():
    for n in ADDRESSES:
        yield f'carrier loss, {n:,} address{"es" if n > 1 else ""}', many_addresses(n)


def runs_of_routes():
    for n in ROUTES:
        yield f'carrier loss, {n:,} foreign routes', many_routes(n)
