# SPDX-License-Identifier: LGPL-2.1-or-later
"""Networks for `tools/bench probes`: many members, and what can be read of the processes on them.

    host   members mGxM: member M of group G
    lan    a switch sG for each group, with the targets' addresses on the switch itself

Group G has 10.(64+G/256).(G%256).0/24: targets from .1 on, test addresses from .120, data .250.
"""
import collections
import json
import pathlib
import signal
import subprocess
import time

from front import interface_path
from lab import BUILD, Lab, read_line, wait_until

PACE = BUILD / 'tools/pace'
FIRST_TEST = 120
DATA = 250
# The kernel's neighbour table is one for all namespaces and by default holds 1024 learned entries;
# permanent ones are not counted. Above this many they are put in by hand.
NEIGHBOURS_LEARNED = 400
BATCH_LINES = 500
LOG_LINES = 20
START_DEADLINE = 180.0

Use = collections.namedtuple('Use', 'cpu_ns sent at')


def subnet(group):
    return f'10.{64 + group // 256}.{group % 256}'


def target(group, number):
    return f'{subnet(group)}.{1 + number}'


def test_address(group, member):
    return f'{subnet(group)}.{FIRST_TEST + member}'


def member_name(group, member):
    return f'm{group}x{member}'


def hardware(kind, group, member=0):
    return f'02:{kind:02x}:{group >> 8:02x}:{group & 255:02x}:{member:02x}:01'


def cpu_ns(pids):
    """Time on a processor of all threads, to the nanosecond."""
    return sum(int(path.read_text().split()[0]) for pid in pids
               for path in pathlib.Path(f'/proc/{pid}/task').glob('*/schedstat'))


def packets_sent(pid):
    """Of all devices of the network namespace that this process is in, but for lo."""
    lines = pathlib.Path(f'/proc/{pid}/net/dev').read_text().splitlines()[2:]
    rows = (line.partition(':') for line in lines)
    return sum(int(values.split()[9]) for name, _, values in rows if name.strip() != 'lo')


def memory_kb(pid):
    rows = pathlib.Path(f'/proc/{pid}/smaps_rollup').read_text().splitlines()[1:]
    values = {name: int(value.split()[0]) for name, _, value in (row.partition(':') for row in rows)}
    return {'rss_kb': values['Rss'], 'pss_kb': values['Pss'],
            'private_kb': values['Private_Dirty'] + values['Private_Clean']}


def use(pids):
    return Use(cpu_ns(pids), packets_sent(pids[0]), time.monotonic())


def spent(before, after):
    """Rate, processor share and microseconds a packet between two looks."""
    seconds, sent = after.at - before.at, after.sent - before.sent
    us = (after.cpu_ns - before.cpu_ns) / 1000
    return {'seconds': seconds, 'sent': sent, 'rate': sent / seconds, 'cpu_percent': us / seconds / 1e4,
            'us_per_probe': us / sent if sent else None}


def busy_share(seconds):
    """How much of all processors was not idle meanwhile."""
    def look():
        values = [int(value) for value in
                  pathlib.Path('/proc/stat').read_text().split('\n', 1)[0].split()[1:]]
        return sum(values[:8]), values[3] + values[4]
    total, idle = look()
    time.sleep(seconds)
    total_after, idle_after = look()
    return 1 - (idle_after - idle) / max(total_after - total, 1)


class Bed(Lab):
    """addressed: members get their test address from us (there is no daemon for it); more:
    addresses that member 0 of each group has beside."""

    def __init__(self, groups, members, targets, host='host', lan='lan', addressed=False, more=0):
        self.groups, self.targets = groups, targets
        self.host, self.lan = host, lan
        self.addressed, self.more = addressed, more
        super().__init__(members=members)

    def make_network(self):
        for name in (self.host, self.lan):
            self.run(None, 'ip', 'netns', 'add', name)
            self.sysctl(name, 'net.ipv6.conf.all.disable_ipv6', 1)
            self.sysctl(name, 'net.ipv6.conf.default.disable_ipv6', 1)
            self.sysctl(name, 'net.ipv4.ping_group_range', '0 2147483647')
            self.ip(name, 'link set lo up')
        self.batch(self.lan, self.switch_lines)
        self.batch(None, self.cable_lines)
        self.batch(self.lan, self.port_lines)
        self.batch(self.host, self.member_lines)
        if self.groups * self.members * self.targets > NEIGHBOURS_LEARNED:
            self.batch(self.host, self.host_neighbour_lines)
            self.batch(self.lan, self.lan_neighbour_lines)

    def batch(self, namespace, lines_of):
        lines = [line for group in range(self.groups) for line in lines_of(group)]
        for begin in range(0, len(lines), BATCH_LINES):
            self.ip(namespace, *lines[begin:begin + BATCH_LINES])

    def numbers(self):
        return range(self.members)

    def switch_lines(self, group):
        yield (f'link add s{group} address {hardware(2, group)} type bridge stp_state 0 '
               'forward_delay 0 mcast_snooping 0')
        for number in range(self.targets):
            yield f'addr add {target(group, number)}/24 dev s{group}'
        yield f'link set s{group} up'

    def cable_lines(self, group):
        for member in self.numbers():
            yield (f'link add {member_name(group, member)} netns {self.host} address '
                   f'{hardware(1, group, member)} type veth peer name p{group}x{member} netns {self.lan}')

    def port_lines(self, group):
        for member in self.numbers():
            yield f'link set p{group}x{member} master s{group} up'

    def member_lines(self, group):
        for member in self.numbers():
            if self.addressed:
                yield f'addr add {test_address(group, member)}/24 dev {member_name(group, member)}'
            yield f'link set {member_name(group, member)} up'
        for number in range(1, 1 + self.more):
            yield f'addr add {test_address(group, number)}/24 dev {member_name(group, 0)}'

    def host_neighbour_lines(self, group):
        for member in self.numbers():
            for number in range(self.targets):
                yield (f'neigh replace {target(group, number)} lladdr {hardware(2, group)} '
                       f'dev {member_name(group, member)} nud permanent')

    def lan_neighbour_lines(self, group):
        for member in self.numbers():
            yield (f'neigh replace {test_address(group, member)} lladdr {hardware(1, group, member)} '
                   f'dev s{group} nud permanent')

    def describe(self):
        """On a failure: of a thousand interfaces not everything."""
        return '\n'.join(['--- end of ipmpd.log', *self.log_text().splitlines()[-LOG_LINES:]])

    def close(self):
        super().close()
        for name in (self.host, self.lan):
            self.run(None, 'ip', 'netns', 'del', name, check=False)

    # the service

    def write_groups(self, detection_ms, probed=True):
        """detection_ms: of all groups, or of each."""
        for group in range(self.groups):
            ms = detection_ms if isinstance(detection_ms, int) else detection_ms[group]
            targets = ' '.join(target(group, number) for number in range(self.targets))
            text = (f'[Group]\nFailureDetectionTime={ms}ms\nProbeMethod={"icmp" if probed else "none"}\n'
                    f'ProbeTargets={targets}\nProbeTargetsOnly=yes\n')
            for member in self.numbers():
                text += f'\n[Interface {member_name(group, member)}]\n'
                if member == 0:
                    text += f'Addresses={subnet(group)}.{DATA}/24\n'
                text += f'TestAddresses={test_address(group, member)}/24\n'
            self.configure(**{f'g{group}': text})

    def start_probing(self, detection_ms, probed=True, link_poll_ms=10):
        """Up when every member has answers, at the time configured."""
        self.configure(ipmp=f'[Defaults]\nLinkPollInterval={link_poll_ms}ms\n')
        self.write_groups(detection_ms, probed)
        self.start_daemon()
        self.wait_probed('ok' if probed else 'disabled')

    def interfaces(self):
        return [(group, member) for group in range(self.groups) for member in self.numbers()]

    def wait_probed(self, state):
        paths = [interface_path(member_name(*where)) for where in self.interfaces()]

        def not_yet():
            objects = self.bus.objects()
            states = collections.Counter(
                objects.get(path, {}).get('org.ipmp.Interface', {}).get('ProbeState', 'absent')
                for path in paths)
            waiting.update(seen=dict(states))
            return states[state] == len(paths)

        waiting = {}
        end = time.monotonic() + START_DEADLINE
        while not not_yet():
            assert time.monotonic() < end, f'members {state}: {waiting["seen"]}'
            time.sleep(0.2)

    def daemon_pids(self):
        return [self.daemon.pid]  # `ip netns exec` has become the service

    def statistics(self):
        """The sum over all members."""
        total = collections.Counter()
        for where in self.interfaces():
            total.update(self.bus.call(interface_path(member_name(*where)), 'org.ipmp.Interface',
                                       'GetStatistics'))
        return total

    def detection_now_ms(self):
        return {self.bus.group(f'g{group}')['CurrentFailureDetectionMSec']
                for group in range(self.groups)}

    # helpers of the measurement

    def pace(self, namespace, *arguments, nice=None):
        command = ['nice', '-n', nice, PACE] if nice is not None else [PACE]
        child = self.spawn(namespace, *command, *arguments, stdout=subprocess.PIPE)
        line = read_line(child, f'pace {arguments}')
        assert line == 'ready', f'pace {arguments}: {line}'
        return child

    @staticmethod
    def report(child):
        """Ends it."""
        child.send_signal(signal.SIGTERM)
        text, _ = child.communicate(timeout=60)
        return json.loads(text.strip().splitlines()[-1])
