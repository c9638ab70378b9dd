# SPDX-License-Identifier: LGPL-2.1-or-later
"""Where targets come from when none is configured, what becomes of one that is gone, and that nobody is
convicted by those that never answered."""
import unittest

import tap
from front import wait_group, wait_state
from lab import BUILD, wait_until
from probing import (ROUTER, Story, advertise, nft, port_state, probe_lab)

ICMP = '''[Group]
FailureDetectionTime={fdt}
{more}
[Interface eth0]
TestAddresses=10.2.0.210/24
Addresses=10.2.0.10/24
[Interface eth1]
TestAddresses=10.2.0.211/24
'''
SIX = '''[Group]
FailureDetectionTime={fdt}
{more}
[Interface eth0]
Addresses=fd00:2::10/64
[Interface eth1]
'''
BOTH = ('eth0', 'eth1')
IPMPSTAT = BUILD / 'src/cli/ipmpstat'


def icmp(fdt='200ms', more=''):
    return {'front': ICMP.format(fdt=fdt, more=more)}


def six(fdt='200ms', more=''):
    return {'front': SIX.format(fdt=fdt, more=more)}


def answer_all(lab):
    """As an administrator of the router may want it."""
    lab.sysctl('rtr', 'net.ipv4.icmp_echo_ignore_broadcasts', 0)


class Found(unittest.TestCase):
    def all_have(self, lab, mode, source, *addresses):
        """Found by whom or where it may: offered to all, and answering all."""
        lab.wait_probed(*BOTH)
        for name in BOTH:
            lab.wait_targets(name, *addresses)
            self.assertEqual(lab.bus.interface(name)['TargetMode'], mode)
            self.assertEqual({target['source'] for target in lab.targets(name).values()}, {source})
            wait_until(lambda n=name: all(target['last-answer-usec']
                                          for target in lab.targets(n).values()),
                       f'{name} has answers of {addresses}')

    def test_router_of_a_route(self):
        """The route is through one of them."""
        with probe_lab(icmp()) as lab:
            lab.wait_on('eth0', '10.2.0.10')
            lab.ip('host', 'route add default via 10.2.0.1 dev eth0')
            self.all_have(lab, 'routes', 'router', ROUTER)
            lab.ip('host', 'route del default via 10.2.0.1 dev eth0')
            for name in BOTH:
                wait_until(lambda n=name: ROUTER not in lab.bus.interface(n)['Targets'],
                           f'{ROUTER} is no target of {name} any more')

    def test_router_outside_of_the_group_s_subnets_is_none(self):
        with probe_lab(icmp(), members=3) as lab:
            lab.wait_on('eth0', '10.2.0.10')
            lab.ip('rtr', 'addr add 10.9.0.1/24 dev eth0')
            lab.sysctl('host', 'net.ipv4.conf.eth2.arp_ignore', 1)  # it is at the same switch
            lab.ip('host', 'addr add 10.9.0.2/24 dev eth2', 'route add default via 10.9.0.1 dev eth2',
                   'route add 10.3.0.0/24 via 10.2.0.1 dev eth0')
            self.all_have(lab, 'routes', 'router', ROUTER)

    def test_router_that_advertises_itself(self):
        with probe_lab(six()) as lab:
            router = lab.link_local('rtr')
            advertise(lab, 'rtr', 'eth0')
            self.all_have(lab, 'routes', 'router', router)
            lines = lab.run('host', IPMPSTAT, '-tnPo', 'interface,mode,testaddr,targets').stdout
            self.assertEqual(lines.replace('\\:', ':').splitlines(), [
                f'{name}:routes:{lab.link_local("host", name)}:{router}' for name in BOTH])

    def test_host_route(self):
        with probe_lab(icmp(), prepare=lambda lab: lab.ip(
                'rtr', 'addr add 10.2.0.50/24 dev eth0')) as lab:
            lab.wait_on('eth0', '10.2.0.10')
            lab.ip('host', 'route add 10.2.0.50/32 dev eth0')
            self.all_have(lab, 'routes', 'host-route', '10.2.0.50')

    def test_multicast_ipv6(self):
        with probe_lab(six()) as lab:
            self.all_have(lab, 'multicast', 'multicast', lab.link_local('rtr'))

    def test_multicast_ipv4_found_by_one(self):
        """What eth1 asks all is lost, what it asks one is not."""
        def prepare(lab):
            answer_all(lab)
            nft(lab, 'lan', 'add table netdev all1', 'add chain netdev all1 in { type filter hook '
                'ingress device "p1" priority 0; }',
                'add rule netdev all1 in ip daddr 224.0.0.1 counter drop')
        # Slow enough that the other one is heard before eth1 looks among its neighbours.
        with probe_lab(icmp('1s'), prepare=prepare) as lab:
            self.all_have(lab, 'multicast', 'multicast', ROUTER)
            counted = lab.run('lan', 'nft', 'list', 'table', 'netdev', 'all1').stdout
            self.assertNotIn('packets 0', counted, 'eth1 asked all')

    def test_neighbour_table(self):
        """Nobody answers to all, as most hosts; the kernel knows the router."""
        with probe_lab(icmp()) as lab:
            lab.wait_on('eth0', '10.2.0.10')
            self.assertTrue(lab.ping('rtr', '10.2.0.10'))
            wait_until(lambda: lab.ping('host', ROUTER), 'the router')
            self.all_have(lab, 'neighbours', 'neighbour', ROUTER)

    def test_configured_come_first_and_only_they(self):
        prepare = lambda lab: lab.ip('rtr', *(f'addr add 10.2.0.{n}/24 dev eth0' for n in (2, 3)))
        with probe_lab(icmp(more='ProbeTargets=10.2.0.3 10.2.0.2\nProbeTargetsOnly=yes'),
                       prepare=prepare) as lab:
            lab.wait_on('eth0', '10.2.0.10')
            lab.ip('host', 'route add default via 10.2.0.1 dev eth0')
            self.all_have(lab, 'configured', 'configured', '10.2.0.3', '10.2.0.2')
            lab.configure(front=icmp(more='ProbeTargets=10.2.0.3 10.2.0.2')['front'])
            lab.bus.call('/org/ipmp', 'org.ipmp.Manager', 'Reload', '(a{sv})', {})
            for name in BOTH:
                lab.wait_targets(name, '10.2.0.3', '10.2.0.2', ROUTER)


class Gone(unittest.TestCase):
    def test_one_of_three_is_dead_not_failed(self):
        three = ['10.2.0.1', '10.2.0.2', '10.2.0.3']
        prepare = lambda lab: lab.ip('rtr', *(f'addr add {a}/24 dev eth0' for a in three[1:]))
        with probe_lab(icmp(fdt='100ms', more=f'ProbeTargets={" ".join(three)}'),
                       prepare=prepare) as lab:
            lab.wait_probed(*BOTH)
            lab.wait_on('eth0', '10.2.0.10')
            for name in BOTH:
                wait_until(lambda n=name: all(target['last-answer-usec']
                                              for target in lab.targets(n).values()), 'all answer')
            story = Story(lab)
            nft(lab, 'rtr', 'add table ip gone', 'add chain ip gone in { type filter hook input '
                'priority 0; }', 'add rule ip gone in ip daddr 10.2.0.2 drop')
            for name in BOTH:
                wait_until(lambda n=name: lab.targets(n)['10.2.0.2']['state'] == 'dead',
                           f'10.2.0.2 dead for {name} ({lab.targets(name)})')
                self.assertEqual({lab.targets(name)[a]['state'] for a in (three[0], three[2])},
                                 {'active'})
                lab.wait_probes(name, 30, 'probes-acked')
                self.assertEqual(lab.bus.interface(name)['State'], 'ok')
            self.assertEqual(story.verdicts(), [])

            # The others still tell a dead path.
            port_state(lab, 0, True)
            story.wait(event='interface-state', interface='eth0', to='failed',
                       reason='probe-failure')

    def test_never_answered_convict_nobody(self):
        with probe_lab(icmp(fdt='100ms', more='ProbeTargets=10.2.0.99 10.2.0.98\n'
                            'ProbeTargetsOnly=yes')) as lab:
            lab.wait_on('eth0', '10.2.0.10')
            story = Story(lab)
            lab.wait_probes(BOTH, 200, 'probes-lost')  # far beyond the quiet period of a second
            for name in BOTH:
                interface = lab.bus.interface(name)
                self.assertEqual((interface['State'], interface['ProbeState']),
                                 ('unknown', 'unknown'))
            self.assertEqual(story.verdicts(), [])
            self.assertEqual(lab.devices_with('10.2.0.10'), ['eth0'])
            self.assertTrue(lab.ping('rtr', '10.2.0.10'))
            # nor do they hide a lost link
            lab.cable(0, False)
            lab.wait_on('eth1', '10.2.0.10')

    def test_discovered_ones_are_sought_anew_routers_are_kept(self):
        """The router goes, as a target found by multicast and as one of a route; another station,
        which answers to all, comes."""
        def prepare(lab):
            answer_all(lab)
            lab.ip('one', 'addr add 10.2.0.77/24 dev eth0')
            lab.sysctl('one', 'net.ipv4.icmp_echo_ignore_broadcasts', 0)
            lab.ip('lan', 'link set s0 nomaster')
        with probe_lab(icmp(fdt='100ms'), prepare=prepare, stations=('one',)) as lab:
            lab.wait_on('eth0', '10.2.0.10')
            for name in BOTH:
                lab.wait_targets(name, ROUTER)
            lab.wait_probed(*BOTH)
            self.router_gone(lab)
            for name in BOTH:
                lab.wait_targets(name)
            lab.ip('lan', 'link set s0 master br0')
            for name in BOTH:
                lab.wait_targets(name, '10.2.0.77')
                wait_state(lab, name, 'ok')
            lab.run(None, 'bridge', '-n', 'lan', 'link', 'set', 'dev', 'pr', 'state', '3')

            lab.ip('host', 'route add default via 10.2.0.1 dev eth0')
            for name in BOTH:
                lab.wait_targets(name, ROUTER)
                wait_until(lambda n=name: lab.targets(n)[ROUTER]['last-answer-usec'], 'the router')
            story = self.router_gone(lab)
            for name in BOTH:
                lab.wait_probes(name, 20, 'probes-lost')
                self.assertEqual(lab.bus.interface(name)['Targets'], [ROUTER])
            lab.run(None, 'bridge', '-n', 'lan', 'link', 'set', 'dev', 'pr', 'state', '3')
            wait_group(lab, 'ok')
            self.assertEqual(story.told(event='address-moved'), [])

    @staticmethod
    def router_gone(lab):
        story = Story(lab)
        lab.run(None, 'bridge', '-n', 'lan', 'link', 'set', 'dev', 'pr', 'state', '0')
        story.wait(event='group-state', to='failed', reason='group-failure')
        return story


if __name__ == '__main__':
    tap.main()
