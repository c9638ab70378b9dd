# SPDX-License-Identifier: LGPL-2.1-or-later
"""What convicts nobody: the only router gone, or silent to ping while all else flows; and interfaces of
no group, which are watched and left alone."""
import unittest

import tap
from front import reload, wait_group, wait_state
from lab import difference, wait_until
from probing import (DATA, MEMBERS, ProbeLab, Story, device, ignore_ping, port_state, three_groups)

ANONYMOUS = '/org/ipmp/group/_'


def router_port(lab, broken):
    lab.run(None, 'bridge', '-n', 'lan', 'link', 'set', 'dev', 'pr', 'state', '0' if broken else '3')


def data_path(lab):
    """What a group may have changed of addresses, routes, rules and nexthops."""
    picture = lab.picture()
    return {kind: picture[kind] for kind in picture if kind not in ('neigh', 'sysctl')}


class RouterGone(unittest.TestCase):
    def test_nothing_moves_and_it_recovers(self):
        with three_groups() as lab:
            for group in MEMBERS:
                wait_group(lab, 'ok', group)
            story = Story(lab)
            before = data_path(lab)
            for numbers in MEMBERS.values():  # of the start: at once, after 100, 500 and 1500 ms
                wait_until(lambda n=device(numbers[0]): lab.statistics(n)['announcements'] == 5,
                           'the announcements of the start')
            announced = {device(n): lab.statistics(device(n))['announcements'] for n in range(6)}
            router_port(lab, True)
            story.wait_all([{'event': 'group-state', 'group': group, 'to': 'failed',
                             'reason': 'group-failure'} for group in MEMBERS])
            for group, numbers in MEMBERS.items():
                for number in numbers:
                    wait_state(lab, device(number), 'failed')
                    self.assertEqual(lab.bus.interface(device(number))['Reason'], 'group-failure')
                    if number != 5:  # it has no address: it keeps still while nobody is answered
                        lab.wait_probes(device(number), 20, 'probes-lost')
                state = {a['address'].split('/')[0]: a['state']
                         for a in lab.bus.group(group)['Addresses']}
                self.assertEqual(state[DATA[group]], 'up')
            self.assertEqual(difference(before, data_path(lab)), [])
            self.assertEqual(story.told(event='address-moved'), [])
            self.assertEqual({name: lab.statistics(name)['announcements'] for name in announced},
                             announced)

            # A cable still counts.
            lab.cable(0, False)
            lab.wait_on('eth1', DATA['icmp'])
            lab.cable(0, True)

            router_port(lab, False)
            story.wait_all([{'event': 'group-state', 'group': group, 'from': 'failed'}
                            for group in MEMBERS])
            for group, numbers in MEMBERS.items():
                wait_group(lab, 'ok', group)
                lab.wait_on(device(numbers[0]), DATA[group])
                lab.wait_probed(*map(device, numbers))
            self.assertTrue(lab.ping('rtr', DATA['icmp']))

    def test_a_dead_path_is_found_when_the_router_is_back(self):
        with three_groups() as lab:
            story = Story(lab)
            router_port(lab, True)
            story.wait_all([{'event': 'group-state', 'group': group, 'to': 'failed',
                             'reason': 'group-failure'} for group in MEMBERS])
            # Of arp the one without an address: it does not ask before the other one is answered.
            dead = {'icmp': 0, 'six': 2, 'arp': 5}
            for number in dead.values():
                port_state(lab, number, True)
            router_port(lab, False)
            for group, number in dead.items():
                wait_group(lab, 'degraded', group)
                wait_state(lab, device(number), 'failed')
                self.assertEqual(lab.bus.interface(device(number))['Reason'], 'probe-failure')
                lab.wait_on(device(4 if group == 'arp' else number + 1), DATA[group])


class Filtered(unittest.TestCase):
    def test_a_router_that_filters_ping_costs_no_packet(self):
        with three_groups(groups=('icmp', 'six')) as lab:
            story = Story(lab)
            flows = [lab.flow('udp', 'rtr', 'host', DATA[group], 7400 + number, 5000)
                     for number, group in enumerate(('icmp', 'six'))]
            for flow in flows:
                wait_until(lambda f=flow: f.look()['answered'] > 5000, 'packets')
            ignore_ping(lab, 'rtr', True)
            story.wait_all([{'event': 'group-state', 'group': group, 'to': 'failed',
                             'reason': 'group-failure'} for group in ('icmp', 'six')])
            lab.wait_probes([device(number) for number in range(4)], 50, 'probes-lost')
            self.assertEqual(story.told(event='address-moved'), [])
            self.assertEqual(story.told(reason='probe-failure'), [])
            answered = [flow.look()['answered'] for flow in flows]
            for flow, before in zip(flows, answered):
                wait_until(lambda f=flow, b=before: f.look()['answered'] > b + 2500, 'packets')
            for flow in flows:
                report = flow.finish()
                self.assertEqual(report['lost'] + report['unanswered'], 0, report)

            # meanwhile a cable is pulled
            flows = [lab.flow('udp', 'rtr', 'host', DATA[group], 7500 + number, 5000)
                     for number, group in enumerate(('icmp', 'six'))]
            for number in (0, 2):
                lab.cable(number, False)
            for flow, number, group in zip(flows, (1, 3), ('icmp', 'six')):
                lab.wait_on(device(number), DATA[group])
                before = flow.look()['answered']
                wait_until(lambda f=flow, b=before: f.look()['answered'] > b + 2500,
                           f'packets of {group} on the other member')
            for number in (0, 2):
                lab.cable(number, True)
            ignore_ping(lab, 'rtr', False)
            for group in ('icmp', 'six'):
                wait_group(lab, 'ok', group)
                lab.wait_on(device(MEMBERS[group][0]), DATA[group])


class Anonymous(unittest.TestCase):
    """Two cards with addresses of their own, in subnets of their own, at one switch."""

    CONFIG = '[Defaults]\nFailureDetectionTime=200ms\nTrackUngroupedInterfaces=yes\n'

    def prepare(self, lab):
        lab.sysctl('host', 'net.ipv4.conf.all.arp_ignore', 1)
        lab.sysctl('host', 'net.ipv4.conf.all.arp_announce', 2)
        lab.ip('host', 'addr add 10.2.0.30/24 dev eth0', 'addr add 10.4.0.31/24 dev eth1',
               'route add default via 10.2.0.1 dev eth0',
               'route add default via 10.4.0.1 dev eth1 metric 10')
        lab.link_local('host', 'eth0')
        lab.link_local('host', 'eth1')

    def test_watched_and_never_changed(self):
        with ProbeLab(members=2) as lab:
            self.prepare(lab)
            before = lab.picture()
            lab.configure(ipmp=self.CONFIG)
            lab.start_daemon()
            lab.wait_probed('eth0', 'eth1')
            story = Story(lab)
            for name, target in (('eth0', '10.2.0.1'), ('eth1', '10.4.0.1')):
                interface = lab.bus.interface(name)
                self.assertEqual(interface['Group'], ANONYMOUS)
                self.assertEqual(interface['State'], 'ok')
                self.assertIn(target, interface['Targets'])
            group = lab.bus.objects()[ANONYMOUS]['org.ipmp.Group']
            self.assertTrue(group['Anonymous'])
            self.assertEqual(difference(before, lab.picture()), [])

            port_state(lab, 0, True)
            story.wait(event='interface-state', interface='eth0', to='failed',
                       reason='probe-failure')
            self.assertEqual(difference(before, lab.picture()), [])
            port_state(lab, 0, False)
            story.wait(event='interface-state', interface='eth0', to='ok', reason='probe-repair')

            lab.cable(1, False)
            story.wait(event='interface-state', interface='eth1', to='failed', reason='link-down')
            self.assertEqual(lab.devices_with('10.4.0.31'), ['eth1'])
            lab.cable(1, True)
            story.wait(event='interface-state', interface='eth1', to='ok')
            self.assertEqual(story.told(event='address-moved'), [])
            wait_until(lambda: not difference(before, lab.picture()), 'all as before '
                       f'({difference(before, lab.picture())})')

            lab.configure(ipmp=self.CONFIG.replace('=yes', '=no'))
            reload(lab)
            self.assertIsNone(lab.bus.interface('eth0'))
            lab.stop_daemon()
            self.assertEqual(difference(before, lab.picture()), [])


if __name__ == '__main__':
    tap.main()
