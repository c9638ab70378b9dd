# SPDX-License-Identifier: LGPL-2.1-or-later
"""Outbound flows are spread over the active members, whatever they are, and over no others."""
import contextlib
import os
import signal
import unittest

import flows
import tap
from front import FRONT, V4, V6, wait_state
from lab import BUILD, member_mac, wait_until
from probing import ProbeLab, port_state

COUNT = 2000
IPMPSTAT = BUILD / 'src/cli/ipmpstat'
ROUTER4, ROUTER6, CLIENT4, CLIENT6 = '10.2.0.1', 'fd00:2::1', '10.3.0.2', 'fd00:3::2'
TARGETS = {ROUTER4: 'rtr', ROUTER6: 'rtr', CLIENT4: 'cli', CLIENT6: 'cli'}
UNPROBED = FRONT.replace('[Group]', '[Group]\nProbeMethod=none')
STANDBY = '[Group]\nProbeMethod=none\n[Interface eth0]\nAddresses=10.2.0.10/24 fd00:2::10/64\n' \
    '[Interface eth1]\nStandby=yes\n'
TWO_AND_STANDBY = UNPROBED + '[Interface eth2]\nStandby=yes\n'
# A tenth of a second, one each millisecond: less than any time-out of the kernel's, which is what would be
# waited for if nobody turned to the other; the figures are made by tools/bench.
LOST_MAX = 100


def spread_lab(config=UNPROBED, members=2, prepare=None):
    """The default routes are not ours, by eth0."""
    lab = ProbeLab(members=members)
    try:
        lab.add_address(0, '10.2.0.10/24')
        lab.add_address(0, 'fd00:2::10/64')
        lab.add_default_routes()
        if prepare:
            prepare(lab)
        lab.configure(front=config)
        lab.start_daemon()
        lab.wait_on('eth0', V4, V6)
        for number in range(members):
            lab.link_local('host', f'eth{number}')
        for address in TARGETS:
            wait_until(lambda a=address: lab.ping('host', a), f'{address} from the host')
        wait_until(lambda: settled(lab), f'all nexthops there: {lab.ip_json("host", "nexthop")}')
    except BaseException:
        lab.failed = True
        lab.close()
        raise
    return lab


def settled(lab):
    """Each group of nexthops is over all who are active."""
    active = [name for name in ('eth0', 'eth1', 'eth2')
              if (lab.bus.interface(name) or {}).get('Active')]
    groups = [entry for entry in lab.ip_json('host', 'nexthop') if 'group' in entry]
    return groups and all(len(entry['group']) >= len(active) for entry in groups)


class Watching(unittest.TestCase):
    def seen(self, ports):
        """number of the port: the flows that came in there; the sources of all of them."""
        packets = ports.packets()
        for number, list_ in packets.items():
            self.assertLessEqual({packet.hardware for packet in list_}, {member_mac(number)})
        sources = {packet.source for list_ in packets.values() for packet in list_}
        return {number: {packet.number for packet in list_}
                for number, list_ in packets.items()}, sources

    def expect_told(self, lab, four, six):
        """That ipmpstat names those that were seen to send, of each family."""
        lines = lab.run(None, IPMPSTAT, '-anPo', 'outbound,address').stdout.replace('\\:', ':').splitlines()
        told = {address: names for names, _, address in (line.partition(':') for line in lines)}
        self.assertEqual([told[V4], told[V6]], [four, six])

    def expect_even(self, ports, source, count=COUNT):
        """Between 40 and 60 in a hundred by each, each flow by one, all from this address."""
        flows_of, sources = self.seen(ports)
        parts = [len(numbers) for numbers in flows_of.values() if numbers]
        print(f'# {source}: {parts}', flush=True)
        self.assertEqual(sources, {source})
        self.assertEqual(len(parts), 2, parts)
        self.assertEqual(sum(parts), count, f'some flow by both, or by none: {parts}')
        self.assertEqual(set().union(*flows_of.values()), set(range(count)))
        for part in parts:
            self.assertGreaterEqual(part, count * 0.4, parts)
            self.assertLessEqual(part, count * 0.6, parts)


class Spreading(Watching):
    def test_datagrams_and_connections(self):
        with spread_lab() as lab, flows.Ports(lab, 0, 1) as ports:
            for address, where in TARGETS.items():
                source = V6 if ':' in address else V4
                with self.subTest(address=address):
                    self.assertEqual(flows.echo_datagrams(lab, 'host', where, address, COUNT),
                                     COUNT)
                    self.expect_even(ports, source)
                    self.assertEqual(flows.connect_many(lab, 'host', where, address, COUNT), COUNT)
                    self.expect_even(ports, source)

    def test_the_source_that_is_bound_stays(self):
        with spread_lab() as lab, flows.Ports(lab, 0, 1) as ports:
            for address, where in TARGETS.items():
                source = 'fd00:2::11' if ':' in address else '10.2.0.11'
                self.assertEqual(
                    flows.echo_datagrams(lab, 'host', where, address, COUNT, bind=source), COUNT)
                self.expect_even(ports, source)

    def test_bound_to_a_device(self):
        """IPv4 by that one; the kernel's IPv6 does not heed it with nexthop groups, where it is on
        the same link all the same."""
        with spread_lab() as lab, flows.Ports(lab, 0, 1) as ports:
            for address, where in TARGETS.items():
                ipv6 = ':' in address
                for number, source in ((0, V6 if ipv6 else V4),
                                       (1, 'fd00:2::11' if ipv6 else '10.2.0.11')):
                    self.assertEqual(flows.echo_datagrams(lab, 'host', where, address, 200,
                                                          source, f'eth{number}'), 200)
                    by, sources = self.seen(ports)
                    self.assertEqual(sources, {source})
                    if not ipv6:
                        self.assertEqual((len(by[number]), len(by[1 - number])), (200, 0))

    def test_the_source_that_a_route_names_stays(self):
        def prepare(lab):
            lab.add_address(0, '10.2.0.12/24')
            lab.ip('host', 'route replace default via 10.2.0.1 dev eth0 src 10.2.0.12')

        with spread_lab(prepare=prepare) as lab, flows.Ports(lab, 0, 1) as ports:
            self.assertEqual(flows.echo_datagrams(lab, 'host', 'cli', CLIENT4, COUNT), COUNT)
            self.expect_even(ports, '10.2.0.12')

    def test_forwarded_packets(self):
        """Those of hosts behind this one; all of its filters are strict."""
        def prepare(lab):
            add_inner(lab)
            for name in ('all', 'default', 'eth0', 'eth1', 'eth9'):
                lab.sysctl('host', f'net.ipv4.conf.{name}.rp_filter', 1)

        with spread_lab(prepare=prepare) as lab, flows.Ports(lab, 0, 1) as ports:
            for address, where in TARGETS.items():
                source = 'fd00:9::2' if ':' in address else '10.9.0.2'
                self.assertEqual(flows.echo_datagrams(lab, 'inner', where, address, COUNT), COUNT)
                self.expect_even(ports, source)
            lab.run(None, 'ip', 'netns', 'del', 'inner')

    def test_answers_are_taken_whatever_the_reverse_path_filter(self):
        with spread_lab() as lab, flows.Ports(lab, 0, 1) as ports:
            for everywhere in (0, 1, 2):
                for own in (0, 1, 2):
                    lab.stop_daemon()
                    lab.sysctl('host', 'net.ipv4.conf.all.rp_filter', everywhere)
                    for name in ('eth0', 'eth1'):
                        lab.sysctl('host', f'net.ipv4.conf.{name}.rp_filter', own)
                    lab.start_daemon()
                    wait_until(lambda: lab.bus.place('front', V4) == 'eth0', 'the group again')
                    strict = max(everywhere, own) == 1
                    for name in ('eth0', 'eth1'):
                        wait_until(lambda n=name: strict == (lab.sysctl(
                            'host', f'net.ipv4.conf.{n}.rp_filter') == '2' and own != 2),
                            f'the filter of {name}')
                    for bind in (V4, '10.2.0.11'):
                        with self.subTest(all=everywhere, own=own, bind=bind):
                            self.assertEqual(flows.echo_datagrams(lab, 'host', 'cli', CLIENT4, 100,
                                                                  bind=bind), 100)
                            by, _ = self.seen(ports)
                            self.assertTrue(all(by.values()), 'some by each')


class Standby(Watching):
    def carries_nothing_until_needed(self, *addresses):
        """Two at a time: a third link-up within a minute would be held back."""
        with spread_lab(STANDBY) as lab, flows.Ports(lab, 0, 1) as ports:
            for address in addresses:
                flows.echo_datagrams(lab, 'host', TARGETS[address], address, COUNT)
                by, _ = self.seen(ports)
                self.assertEqual((len(by[0]), len(by[1])), (COUNT, 0), address)
            for address in addresses:
                with self.subTest(address=address):
                    self.expect_handover(lab, ports, address)

    def test_carries_nothing_until_needed_then_at_once_on_the_link(self):
        self.carries_nothing_until_needed(ROUTER4, ROUTER6)

    def test_carries_nothing_until_needed_then_at_once_by_the_gateway(self):
        self.carries_nothing_until_needed(CLIENT4, CLIENT6)

    def expect_handover(self, lab, ports, address):
        """A packet each millisecond, the cable is pulled after the first 300."""
        flows.send_paced(lab, 'host', address, range(300))
        lab.cable(0, False)
        flows.send_paced(lab, 'host', address, range(300, 1000))
        by, _ = self.seen(ports)
        print(f'# {address}: {1000 - len(by[0] | by[1])} of 1000 lost', flush=True)
        self.assertEqual(sorted(by[1] & set(range(300))), [], 'by the standby, too early')
        self.assertEqual(sorted(by[0] - set(range(301))), [], 'by the one that has failed')
        self.assertLessEqual(1000 - len(by[0] | by[1]), LOST_MAX, 'packets lost')
        lab.cable(0, True)
        lab.wait_on('eth0', V4, V6)
        wait_until(lambda: not lab.bus.interface('eth1')['Active'], 'eth1 inactive again')
        wait_until(lambda: self.nothing_by(lab, ports, address, 1), 'the standby is idle again')

    def nothing_by(self, lab, ports, address, number):
        flows.send_paced(lab, 'host', address, range(50))
        by, _ = self.seen(ports)
        return not by[number]

    def by_the_kernel_alone(self, config):
        """The service sleeps while the link is lost."""
        for address in (CLIENT4, CLIENT6):
            with self.subTest(address=address), spread_lab(config) as lab, \
                    flows.Ports(lab, 0, 1) as ports:
                lab.daemon.send_signal(signal.SIGSTOP)
                try:
                    flows.send_paced(lab, 'host', address, range(100))
                    lab.cable(0, False)
                    flows.send_paced(lab, 'host', address, range(100, 600))
                    by, _ = self.seen(ports)
                finally:
                    lab.daemon.send_signal(signal.SIGCONT)
                print(f'# {address}: {600 - len(by[0] | by[1])} of 600 lost', flush=True)
                self.assertEqual(sorted(by[0] - set(range(101))), [])
                self.assertLessEqual(600 - len(by[0] | by[1]), LOST_MAX, 'packets lost')
                lab.wait_on('eth1', V4, V6)

    def test_the_kernel_turns_to_it_by_itself(self):
        self.by_the_kernel_alone(STANDBY)

    def test_the_kernel_turns_to_the_other_by_itself(self):
        self.by_the_kernel_alone(UNPROBED)

    def test_beside_two_that_are_active(self):
        with spread_lab(TWO_AND_STANDBY, members=3) as lab, flows.Ports(lab, 0, 1, 2) as ports:
            for address in (CLIENT4, CLIENT6):
                source = V6 if ':' in address else V4
                flows.echo_datagrams(lab, 'host', 'cli', address, COUNT)
                self.expect_even(ports, source)  # and nothing by the third
            self.expect_told(lab, 'eth0 eth1', 'eth0 eth1')
            lab.cable(0, False)
            lab.wait_on('eth2', V4, V6)
            wait_state(lab, 'eth0', 'failed')
            wait_until(lambda: settled(lab), 'all nexthops there')
            for address in (CLIENT4, CLIENT6):
                source = V6 if ':' in address else V4
                self.assertEqual(flows.echo_datagrams(lab, 'host', 'cli', address, COUNT), COUNT)
                self.expect_even(ports, source)  # by the second and the third
            self.expect_told(lab, 'eth1 eth2', 'eth1 eth2')


class Eligible(Watching):
    def test_ipv6_waits_for_the_link_local(self):
        """While twins of it are looked for (DAD) nobody can be asked from it for a neighbour."""
        with spread_lab() as lab:
            lab.unplug(1)
            lab.sysctl('host', 'net.ipv6.conf.all.accept_dad', 1)
            lab.sysctl('host', 'net.ipv6.conf.default.accept_dad', 1)
            lab.plug(1)
            with flows.Ports(lab, 0, 1) as ports:
                rounds = 0
                while is_tentative(lab, 'eth1'):
                    for address in (ROUTER6, CLIENT6):
                        self.assertEqual(
                            flows.echo_datagrams(lab, 'host', TARGETS[address], address, 50), 50)
                    by, _ = self.seen(ports)
                    if is_tentative(lab, 'eth1'):
                        self.assertEqual(sorted(by[1]), [])
                        rounds += 1
                self.assertGreater(rounds, 0, 'never seen tentative')
                wait_until(lambda: settled(lab), 'all nexthops there')
                self.assertEqual(flows.echo_datagrams(lab, 'host', 'cli', CLIENT6, COUNT), COUNT)
                self.expect_even(ports, V6)

    def test_an_active_member_without_an_ipv4_address(self):
        """It would ask for its neighbours in another's name and draw his traffic."""
        config = UNPROBED.replace('10.2.0.11/24 ', '')
        with spread_lab(config) as lab, flows.Ports(lab, 0, 1) as ports:
            for address in (ROUTER4, CLIENT4):
                self.assertEqual(
                    flows.echo_datagrams(lab, 'host', TARGETS[address], address, COUNT), COUNT)
                by, _ = self.seen(ports)
                self.assertEqual((len(by[0]), len(by[1])), (COUNT, 0), address)
            self.assertEqual(flows.echo_datagrams(lab, 'host', 'cli', CLIENT6, COUNT), COUNT)
            self.expect_even(ports, V6)
            self.expect_told(lab, 'eth0', 'eth0 eth1')
            self.assertEqual(lab.router_neighbour(V4), member_mac(0))
            self.assertIn('no-outbound', lab.ipmpctl('check', '--json', check=False).stdout)


def entries(lab, device='eth1'):
    """address: hardware address, of the permanent neighbours."""
    return {entry['dst']: entry['lladdr']
            for entry in lab.ip_json('host', '-4', 'neigh', 'show', 'dev', device, 'nud', 'permanent')}


class ByGateway(Watching):
    """eth1 has no IPv4 address, and its probes (ARP) are answered by the gateway."""

    def lab(self):
        lab = spread_lab(FRONT.replace('10.2.0.11/24 ', '').replace(
            '[Group]', '[Group]\nProbeMethod=arp\nFailureDetectionTime=1s'))
        lab.sysctl('rtr', 'net.ipv4.conf.eth0.arp_notify', 1)
        return lab

    def wait_entry(self, lab):
        hardware = lab.ip_json('rtr', 'link', 'show', 'dev', 'eth0')[0]['address']
        wait_until(lambda: entries(lab) == {ROUTER4: hardware}, f'{hardware} (is {entries(lab)})')
        wait_until(lambda: self.is_by_both(lab), 'eth1 in the group of the gateway')

    def is_by_both(self, lab):
        """The groups by the gateway have eth1 as one that sends."""
        objects = {entry['id']: entry for entry in lab.ip_json('host', 'nexthop')}
        for entry in objects.values():
            members = {objects[one['id']]['dev']: one.get('weight', 1)
                       for one in entry.get('group', ())
                       if objects[one['id']].get('gateway') == ROUTER4}
            if len(members) == 2 and len(set(members.values())) == 1:
                return True
        return False

    def expect_both(self, lab, ports):
        self.assertEqual(flows.echo_datagrams(lab, 'host', 'cli', CLIENT4, COUNT), COUNT)
        self.expect_even(ports, V4)
        self.assertEqual(lab.router_neighbour(V4), member_mac(0))

    def test_spread_and_nobody_is_misled(self):
        with self.lab() as lab, flows.Ports(lab, 0, 1) as ports:
            self.wait_entry(lab)
            self.expect_both(lab, ports)
            self.assertEqual(flows.connect_many(lab, 'host', 'cli', CLIENT4, COUNT), COUNT)
            self.expect_even(ports, V4)
            self.assertEqual(flows.echo_datagrams(lab, 'host', 'rtr', ROUTER4, COUNT), COUNT)
            by, _ = self.seen(ports)  # on the link: it would have to ask
            self.assertEqual((len(by[0]), len(by[1])), (COUNT, 0))
            self.assertEqual(lab.router_neighbour(V4), member_mac(0))
            told = lab.ipmpctl('check', '--json', check=False).stdout
            self.assertIn('only through gateways', told)
            lab.ipmpctl('delete', 'front')
            self.assertEqual(entries(lab), {})

    def test_the_gateway_gets_another_card(self):
        with self.lab() as lab, flows.Ports(lab, 0, 1) as ports:
            self.wait_entry(lab)
            lab.ip('rtr', 'link set eth0 address 02:00:00:00:0e:0e')
            self.wait_entry(lab)
            self.assertEqual(entries(lab), {ROUTER4: '02:00:00:00:0e:0e'})
            wait_until(lambda: lab.ping('host', CLIENT4, count=3), 'the kernel has it, too')
            self.seen(ports)
            self.expect_both(lab, ports)

    def test_its_path_is_broken(self):
        with self.lab() as lab, flows.Ports(lab, 0, 1) as ports:
            self.wait_entry(lab)
            port_state(lab, 1, True)
            wait_until(lambda: entries(lab) == {}, 'no entry')
            self.assertFalse(self.is_by_both(lab))
            self.seen(ports)
            self.assertEqual(flows.echo_datagrams(lab, 'host', 'cli', CLIENT4, COUNT), COUNT)
            port_state(lab, 1, False)
            self.wait_entry(lab)
            self.seen(ports)
            self.expect_both(lab, ports)

    def test_killed(self):
        """What it left is found, and follows what the probes say then."""
        with self.lab() as lab, flows.Ports(lab, 0, 1) as ports:
            self.wait_entry(lab)
            lab.kill_daemon()
            self.assertNotEqual(entries(lab), {})
            lab.ip('rtr', 'link set eth0 address 02:00:00:00:0e:0e')
            lab.start_daemon()
            self.wait_entry(lab)
            self.expect_both(lab, ports)
            lab.kill_daemon()
            port_state(lab, 1, True)
            lab.start_daemon()
            wait_until(lambda: entries(lab) == {}, 'no entry')


@contextlib.contextmanager
def old_kernel():
    """Whoever is started meanwhile is refused resilient groups."""
    library = BUILD / 'tests/netns/libold-kernel.so'
    assert library.exists(), library
    before = dict(os.environ)
    os.environ['LD_PRELOAD'] = str(library)
    os.environ['ASAN_OPTIONS'] = before.get('ASAN_OPTIONS', '') + ':verify_asan_link_order=0'
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


class OldKernel(Watching):
    def lab(self, config):
        with old_kernel():
            lab = spread_lab(config)
        self.addCleanup(lab.close)
        groups = [entry for entry in lab.ip_json('host', 'nexthop') if 'group' in entry]
        self.assertTrue(groups)
        self.assertEqual([entry for entry in groups if entry.get('type') == 'resilient'], [])
        return lab

    def test_spreads_by_ordinary_groups(self):
        lab = self.lab(UNPROBED)
        with flows.Ports(lab, 0, 1) as ports:
            for address, where in TARGETS.items():
                self.assertEqual(flows.echo_datagrams(lab, 'host', where, address, COUNT), COUNT)
                self.expect_even(ports, V6 if ':' in address else V4)

    def test_a_standby_carries_nothing_until_needed(self):
        """Then we turn to it ourselves, since the groups go with their last member."""
        lab = self.lab(STANDBY)
        with flows.Ports(lab, 0, 1) as ports:
            for address, where in TARGETS.items():
                flows.echo_datagrams(lab, 'host', where, address, COUNT)
                by, _ = self.seen(ports)
                self.assertEqual((len(by[0]), len(by[1])), (COUNT, 0), address)
            for address in (CLIENT4, CLIENT6):
                flows.send_paced(lab, 'host', address, range(300))
                lab.cable(0, False)
                flows.send_paced(lab, 'host', address, range(300, 1000))
                by, _ = self.seen(ports)
                print(f'# {address}: {1000 - len(by[0] | by[1])} of 1000 lost', flush=True)
                self.assertEqual(sorted(by[1] & set(range(300))), [])
                self.assertGreaterEqual(len(by[1]), 500, 'packets lost')
                lab.cable(0, True)
                lab.wait_on('eth0', V4, V6)
                wait_until(lambda: not lab.bus.interface('eth1')['Active'], 'eth1 inactive')
                wait_until(lambda: lab.ping('host', CLIENT4) and lab.ping('host', CLIENT6),
                           'the client again')
                self.seen(ports)


def is_tentative(lab, name):
    return any(info.get('tentative') for link in
               lab.ip_json('host', '-6', 'addr', 'show', 'dev', name, 'scope', 'link')
               for info in link.get('addr_info', ()))


def add_inner(lab):
    """A host behind the host, at its eth9."""
    lab.run(None, 'ip', 'netns', 'add', 'inner')
    lab.sysctl('inner', 'net.ipv6.conf.default.accept_dad', 0)
    lab.ip('inner', 'link set lo up')
    lab.ip(None, 'link add eth9 netns host type veth peer name eth0 netns inner')
    lab.ip('host', 'addr add 10.9.0.1/24 dev eth9', 'addr add fd00:9::1/64 dev eth9 nodad',
           'link set eth9 up')
    lab.ip('inner', 'addr add 10.9.0.2/24 dev eth0', 'addr add fd00:9::2/64 dev eth0 nodad',
           'link set eth0 up', 'route add default via 10.9.0.1',
           '-6 route add default via fd00:9::1')
    lab.sysctl('host', 'net.ipv4.ip_forward', 1)
    lab.sysctl('host', 'net.ipv6.conf.all.forwarding', 1)
    lab.ip('rtr', 'route add 10.9.0.0/24 via 10.2.0.10', '-6 route add fd00:9::/64 via fd00:2::10')


if __name__ == '__main__':
    tap.main()
