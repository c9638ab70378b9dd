# SPDX-License-Identifier: LGPL-2.1-or-later
"""Paths that are broken while their links stay up: found by ICMP, ICMPv6 and ARP, with real flows over
them; repaired by exactly as many answers as configured; not to be hidden by a forger."""
import pathlib
import signal
import sys
import unittest

import tap
from front import wait_group, wait_state
from lab import member_mac, read_line, wait_until
from probing import (DATA, FAULTS, MEMBERS, ProbeLab, Story, device, drop_from_host, link_is_up, nft,
                     three_groups)

REPAIRS = 7
FORGER = pathlib.Path(__file__).resolve().parent.parent / 'lib' / 'forger.py'
# Answers to probes on the way to the host: of ARP only those to the sender 0.0.0.0, as the kernel of the
# host asks for itself as well.
ANSWERS = {'icmp': (0, 'icmp type echo-reply'), 'six': (2, 'icmpv6 type echo-reply'),
           'arp': (5, 'arp operation reply arp daddr ip 0.0.0.0')}


def first(group):
    return MEMBERS[group][0]


def second(group):
    return MEMBERS[group][1]


def open_flows(lab):
    flows = {}
    for number, (group, address) in enumerate(DATA.items()):
        flows[f'{group} packets'] = lab.flow('udp', 'rtr', 'host', address, 7200 + number, 500)
        flows[f'{group} connection'] = lab.flow('tcp', 'rtr', 'host', address, 7300 + number, 100)
    return flows


def progress(flow):
    report = flow.look()
    return report.get('answered', report.get('rounds', 0))


def wait_alive(flows, when):
    for name, flow in flows.items():
        before = progress(flow)
        wait_until(lambda f=flow, b=before: progress(f) >= b + 10, f'{name} alive {when}')


class Faults(unittest.TestCase):
    """What breaks the paths below does what it says."""

    def test_links_stay_up_and_nothing_passes(self):
        with ProbeLab(members=2, addresses=((0, '10.2.0.10/24'), (1, 'fd00:2::11/64'))) as lab:
            lab.sysctl('host', 'net.ipv4.conf.all.arp_ignore', 1)  # without the service both answer
            stations = ((0, '10.2.0.10', '10.2.0.1'), (1, 'fd00:2::11', 'fd00:2::1'))
            for name, fault in FAULTS.items():
                for number, near, far in stations:
                    with self.subTest(fault=name, family=near):
                        wait_until(lambda a=near, b=far: lab.ping('rtr', a) and lab.ping('host', b),
                                   f'{near} and {far} reached before')
                        before = self.counters(lab, number)
                        fault(lab, number, True)
                        self.assertFalse(lab.ping('rtr', near, '-W', '0.2'))
                        self.assertFalse(lab.ping('host', far, '-W', '0.2'))
                        self.assertTrue(link_is_up(lab, number))
                        after = self.counters(lab, number)
                        self.assertGreater(after['tx'], before['tx'])
                        if name == 'from the host':
                            self.assertGreater(after['rx'], before['rx'])
                        fault(lab, number, False)
                        wait_until(lambda a=near, b=far: lab.ping('rtr', a) and lab.ping('host', b),
                                   f'{near} and {far} reached after')

    @staticmethod
    def counters(lab, number):
        stats = lab.ip_json('host', '-s', 'link', 'show', 'dev', device(number))[0]['stats64']
        return {way: stats[way]['packets'] for way in ('rx', 'tx')}


class Paths(unittest.TestCase):
    def break_and_mend(self, fault):
        with three_groups() as lab:
            story = Story(lab)
            flows = open_flows(lab)
            wait_alive(flows, 'before')
            self.assertEqual(story.verdicts(), [])

            for group in MEMBERS:
                fault(lab, first(group), True)
            story.wait_all([{'event': 'interface-state', 'interface': device(first(group)),
                             'to': 'failed', 'reason': 'probe-failure'} for group in MEMBERS])
            for group, address in DATA.items():
                lab.wait_on(device(second(group)), address)
                self.assertTrue(link_is_up(lab, first(group)))
                interface = lab.bus.interface(device(first(group)))
                self.assertEqual((interface['LinkState'], interface['ProbeState']), ('up', 'failed'))
                self.assertFalse(interface['Active'])
                wait_group(lab, 'degraded', group)
                wait_until(lambda a=address, g=group:
                           lab.router_neighbour(a) == member_mac(second(g)),
                           f'the router knows that {address} moved', deadline=0.5)
            wait_alive(flows, 'on the other member')

            for group in MEMBERS:
                fault(lab, first(group), False)
            story.wait_all([{'event': 'interface-state', 'interface': device(first(group)),
                             'to': 'ok', 'reason': 'probe-repair'} for group in MEMBERS])
            for group, address in DATA.items():
                lab.wait_on(device(first(group)), address)
                wait_group(lab, 'ok', group)
            wait_alive(flows, 'back again')
            for name, flow in flows.items():
                report = flow.finish()
                self.assertEqual(report['error'] if 'error' in report else '', '', name)
                # 500 a second: what no answer in a second and a half means with an FDT of 100 ms
                self.assertLess(report.get('lost', 0) + report.get('unanswered', 0), 750,
                                f'{name}: {report}')
            others = [event for event in story.told(event='interface-state', to='failed')
                      if event['interface'] not in [device(first(group)) for group in MEMBERS]]
            self.assertEqual(others, [])

    def test_both_directions(self):
        self.break_and_mend(FAULTS['both directions'])

    def test_from_the_host(self):
        self.break_and_mend(FAULTS['from the host'])

    def test_to_the_host(self):
        self.break_and_mend(FAULTS['to the host'])


class Repair(unittest.TestCase):
    """The switch lets so many answers pass, then no more."""

    @staticmethod
    def let_pass(lab, group, count):
        """The quota counts octets: an answer has as many as the one that was measured."""
        number, match = ANSWERS[group]
        table = f'netdev answers{number}'
        size = Repair.sizes[group]
        lines = [f'add chain {table} out {{ type filter hook egress device "p{number}" priority 0; }}',
                 f'flush chain {table} out']
        if count:
            lines.append(f'add rule {table} out {match} quota until {count * size + 1} bytes accept')
        nft(lab, 'lan', f'add table {table}', *lines, f'add rule {table} out {match} counter drop')

    @staticmethod
    def measure(lab, group):
        """Octets of an answer as the switch counts them."""
        number, match = ANSWERS[group]
        table = f'netdev measure{number}'
        nft(lab, 'lan', f'add table {table}', f'add chain {table} out {{ type filter hook egress device '
            f'"p{number}" priority 0; }}', f'add rule {table} out {match} counter')

        def look():
            words = lab.run('lan', 'nft', 'list', 'table', *table.split()).stdout.split()
            packets, octets = (int(words[words.index(word) + 1]) for word in ('packets', 'bytes'))
            return packets and octets // packets

        size = wait_until(look, f'answers of {group}')
        nft(lab, 'lan', f'delete table {table}')
        return size

    def test_after_exactly_the_configured_number_of_answers(self):
        with three_groups(more=f'ProbeRepairs={REPAIRS}') as lab:
            Repair.sizes = {group: self.measure(lab, group) for group in ANSWERS}
            story = Story(lab)
            names = {group: device(number) for group, (number, _) in ANSWERS.items()}
            for group in ANSWERS:
                self.let_pass(lab, group, 0)
            story.wait_all([{'interface': name, 'to': 'failed', 'reason': 'probe-failure'}
                            for name in names.values()])

            acked = {name: lab.statistics(name)['probes-acked'] for name in names.values()}
            for group in ANSWERS:
                self.let_pass(lab, group, REPAIRS - 1)
            for name in names.values():
                wait_until(lambda n=name: lab.statistics(n)['probes-acked'] == acked[n] + REPAIRS - 1,
                           f'{name} has its {REPAIRS - 1} answers')
                lab.wait_probes(name, 5, 'probes-lost')
                self.assertEqual(lab.bus.interface(name)['State'], 'failed')
                self.assertEqual(lab.statistics(name)['probes-acked'], acked[name] + REPAIRS - 1)
            self.assertEqual(story.told(reason='probe-repair'), [])

            for group in ANSWERS:
                self.let_pass(lab, group, REPAIRS)
            story.wait_all([{'interface': name, 'to': 'ok', 'reason': 'probe-repair'}
                            for name in names.values()])
            for name in names.values():
                wait_state(lab, name, 'failed')  # as the rest of the answers is lost again
                self.assertEqual(lab.statistics(name)['probes-acked'], acked[name] + 2 * REPAIRS - 1)


class Forger(unittest.TestCase):
    """A neighbour that sees the probes of a dead path and answers each at once: identifier, sequence and
    addresses are right. With the cookie he is as good as the target; without it he is nobody."""

    def test_forged_answers_keep_no_dead_path_alive(self):
        groups = ('icmp', 'six')
        with three_groups(groups=groups) as lab:
            story = Story(lab)
            forgers = {group: lab.spawn('lan', sys.executable, FORGER, f'p{first(group)}', stdout=-1)
                       for group in groups}
            for forger in forgers.values():
                self.assertEqual(read_line(forger, 'the forger'), 'copies')
            for group in groups:
                drop_from_host(lab, first(group), True)
            lab.wait_probes([device(first(group)) for group in groups], 50)
            self.assertEqual(story.verdicts(), [], 'with the cookie the answers are believed')

            rejected = {group: lab.statistics(device(first(group)))['replies-rejected']
                        for group in groups}
            for forger in forgers.values():
                forger.send_signal(signal.SIGUSR1)
            story.wait_all([{'event': 'interface-state', 'interface': device(first(group)),
                             'to': 'failed', 'reason': 'probe-failure'} for group in groups])
            for group in groups:
                lab.wait_on(device(second(group)), DATA[group])
                lab.wait_probes(device(first(group)), 50)
                self.assertEqual(lab.bus.interface(device(first(group)))['ProbeState'], 'failed')
                statistics = lab.statistics(device(first(group)))
                self.assertGreater(statistics['replies-rejected'], rejected[group] + 40)


if __name__ == '__main__':
    tap.main()
