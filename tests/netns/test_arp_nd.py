# SPDX-License-Identifier: LGPL-2.1-or-later
"""Who answers for an address, in whose name neighbours are asked, and what is announced: frames as
they come out of the host's cards."""
import collections
import json
import socket
import time
import unittest

import tap
from front import FRONT, V4, V6, call_interface
from lab import DEADLINE, ROUTER_MAC, member_mac, wait_until
from neighbours import BROADCAST, Ear, arp_request, say
from probing import ProbeLab

UNPROBED = FRONT.replace('[Group]', '[Group]\nProbeMethod=none')
BOTH4 = (V4, '10.2.0.11')
BOTH6 = (V6, 'fd00:2::11')


def arp_lab(config=UNPROBED, members=2, prepare=None, **options):
    lab = ProbeLab(members=members, **options)
    try:
        if prepare:
            prepare(lab)
        lab.configure(front=config)
        lab.start_daemon()
        wait_until(lambda: lab.bus.group('front'), 'the group front')
    except BaseException:
        lab.failed = True
        lab.close()
        raise
    return lab


def ask_all(lab, ear, address, senders):
    """(who asked, hardware address that was told) of each answer to these askers."""
    before = len(ear.listen())
    for sender in senders:
        say(lab, 'rtr', 'eth0', arp_request(ROUTER_MAC, sender, address))
    # Each frame is handled where it is sent from; the last one's answer is a mark.
    return sorted((said.target, said.mac) for said in ear.listen()[before:]
                  if said.kind == 'reply' and said.sender == address)


def found(lab):
    return [(item['severity'], item['code']) for item in
            json.loads(lab.ipmpctl('check', '--json', check=False).stdout)]


class Answers(unittest.TestCase):
    SENDERS = [f'10.2.0.{n}' for n in range(130, 162)] + ['10.3.0.2']

    def expect_owner(self, lab, ear, address, number):
        """One answer to each, by the member that has it. To ask is not to wait: until the first
        answer it may be on its way, then no other may come."""
        wanted = sorted((sender, member_mac(number)) for sender in self.SENDERS)
        wait_until(lambda: ask_all(lab, ear, address, self.SENDERS) == wanted,
                   f'{address} answered for by eth{number} alone')

    def right_answers(self, prepare=None):
        with arp_lab(prepare=prepare) as lab:
            lab.wait_on('eth0', V4)
            lab.wait_on('eth1', '10.2.0.11')
            with Ear(lab, 'rtr', 'eth0') as ear:
                self.expect_owner(lab, ear, V4, 0)
                self.expect_owner(lab, ear, '10.2.0.11', 1)
                call_interface(lab, 'eth0', 'Offline')
                lab.wait_on('eth1', *BOTH4)
                for address in BOTH4:
                    self.expect_owner(lab, ear, address, 1)
                call_interface(lab, 'eth0', 'Online')
                lab.wait_on('eth0', V4)
                self.expect_owner(lab, ear, V4, 0)
                self.assertEqual(ask_all(lab, ear, '10.2.0.77', self.SENDERS), [],
                                 'nobody of the host has this one')

    def test_by_the_one_that_has_it(self):
        self.right_answers()

    def test_with_arp_filter_of_each(self):
        self.right_answers(lambda lab: [lab.sysctl('host', f'net.ipv4.conf.eth{n}.arp_filter', 1)
                                        for n in (0, 1)])

    def test_settings_of_all_interfaces_are_told(self):
        """They are not ours to change, and overrule those of the members."""
        with arp_lab() as lab:
            lab.wait_on('eth1', '10.2.0.11')
            meant = ('info', 'no-detection')
            for name, value, severity in (('arp_filter', 1, 'error'), ('arp_ignore', 2, 'warning'),
                                          ('arp_ignore', 8, 'error')):
                with self.subTest(name=name, value=value):
                    before = lab.sysctl('host', f'net.ipv4.conf.all.{name}')
                    lab.sysctl('host', f'net.ipv4.conf.all.{name}', value)
                    wait_until(lambda s=severity: found(lab) == [(s, 'setting'), meant],
                               f'told (is {found(lab)})')
                    text = lab.ipmpctl('check', check=False).stdout
                    self.assertIn(f'{name} of all interfaces is {value}', text)
                    self.assertIn(f'sysctl -w net/ipv4/conf/all/{name}=', text)
                    lab.sysctl('host', f'net.ipv4.conf.all.{name}', before)
                    wait_until(lambda: found(lab) == [meant], f'well again (is {found(lab)})')
            lab.sysctl('host', 'net.ipv4.conf.eth1.arp_announce', 0)
            wait_until(lambda: ('error', 'setting') in found(lab), 'a member\'s own told')

    def test_as_a_proxy(self):
        """What is on the members' link answers for itself."""
        def prepare(lab):
            lab.sysctl('host', 'net.ipv4.ip_forward', 1)
            for n in (0, 1):
                lab.sysctl('host', f'net.ipv4.conf.eth{n}.proxy_arp', 1)

        self.right_answers(prepare)


    def test_by_no_other_card_that_is_told_to_ignore(self):
        """A third card on the link, in no group: the anchors on lo do not answer through it."""
        with arp_lab(members=3) as lab, Ear(lab, 'rtr', 'eth0') as ear:
            lab.sysctl('host', 'net.ipv4.conf.eth2.arp_ignore', 1)
            lab.wait_on('eth0', V4)
            self.expect_owner(lab, ear, V4, 0)
            self.expect_owner(lab, ear, '10.2.0.11', 1)


class Asking(unittest.TestCase):
    """An address that a card does not have must not be the sender of what it asks: the neighbours
    would send to that card."""

    def ask_around(self, lab, ears):
        """Flows to neighbours that are not there, from all addresses; whose names were used."""
        lab.ip('host', 'neigh flush all')
        sources = [address for address in (*BOTH4, *BOTH6) if lab.devices_with(address)]
        with lab.inside('host'):
            for source in sources:
                family = socket.AF_INET6 if ':' in source else socket.AF_INET
                prefix = 'fd00:2::' if ':' in source else '10.2.0.'
                with socket.socket(family, socket.SOCK_DGRAM) as sock:
                    sock.bind((source, 0))
                    for number in range(100, 140):
                        sock.sendto(b'x', (f'{prefix}{number}', 9))
        names = {}
        for number, ear in ears.items():
            own = {info['local'] for info in lab.ip_json('host', 'addr', 'show', 'dev',
                                                         f'eth{number}')[0]['addr_info']}
            asked = [said for said in ear.listen() if said.kind in ('request', 'solicitation')]
            ear.heard.clear()
            for said in asked:
                self.assertEqual(said.frame_source, member_mac(number), said)
                self.assertEqual(said.mac, member_mac(number), said)
                self.assertIn(said.sender, own, said)
            names[number] = {said.sender for said in asked}
        return names

    def test_in_the_name_of_the_own_addresses(self):
        with arp_lab() as lab, Ear(lab, 'lan', 'p0') as first, Ear(lab, 'lan', 'p1') as second:
            ears = {0: first, 1: second}
            lab.wait_on('eth0', V4, V6)
            lab.wait_on('eth1', '10.2.0.11', 'fd00:2::11')
            for number in (0, 1):
                lab.link_local('host', f'eth{number}')
            wait_quiet(lab, ears)
            names = self.ask_around(lab, ears)
            self.assertEqual([V4 in names[0], '10.2.0.11' in names[1]], [True, True], names)
            call_interface(lab, 'eth0', 'Offline')
            lab.wait_on('eth1', *BOTH4, *BOTH6)
            wait_quiet(lab, ears)
            names = self.ask_around(lab, ears)
            self.assertEqual(names[0], set())
            call_interface(lab, 'eth0', 'Online')
            lab.wait_on('eth0', V4, V6)
            wait_quiet(lab, ears)
            self.ask_around(lab, ears)

    def test_never_by_those_without_an_ipv4_address(self):
        """A standby, and an active member."""
        config = UNPROBED.replace('10.2.0.11/24 ', '') + '[Interface eth2]\nStandby=yes\n'
        with arp_lab(config, members=3) as lab, Ear(lab, 'lan', 'p0') as first, \
                Ear(lab, 'lan', 'p1') as second, Ear(lab, 'lan', 'p2') as third:
            ears = {0: first, 1: second, 2: third}
            lab.wait_on('eth0', V4, V6)
            lab.wait_on('eth1', 'fd00:2::11')
            self.assertTrue(lab.ping('rtr', V4))
            wait_quiet(lab, ears)
            names = self.ask_around(lab, ears)
            self.assertEqual([name for number in (1, 2) for name in names[number]
                              if ':' not in name], [])
            self.assertEqual(lab.router_neighbour(V4), member_mac(0))


def wait_quiet(lab, ears, seconds=1.2):
    """No announcement for longer than the last two repeats are apart."""
    begin = time.time()

    def quiet():
        latest = max([begin] + [said.at for ear in ears.values() for said in ear.listen()])
        return time.time() > latest + seconds

    wait_until(quiet, 'no word of neighbours')
    for ear in ears.values():
        ear.heard.clear()


class Announcements(unittest.TestCase):
    VOLLEYS = 5  # before the address is there, when it is, 100, 500 and 1500 ms later
    SLACK = 0.25  # for a machine that is busy

    def prepare(self, lab):
        """The routers are known, by IPv6 by its link-local."""
        router = lab.link_local('rtr')
        lab.add_address(0, '10.2.0.10/24')
        lab.ip('host', 'route add default via 10.2.0.1 dev eth0',
               f'-6 route add default via {router} dev eth0')

    def expect_times(self, at):
        """Never early, and none is missing; how late they are is told."""
        self.assertEqual(len(at), self.VOLLEYS)
        late = [at[1] - at[0]]
        for when, seen in zip((0.1, 0.5, 1.5), at[2:]):
            self.assertGreaterEqual(seen - at[1], when - 0.01, at)
            late.append(seen - at[1] - when)
        return max(late)

    def expect_arp(self, said, number):
        mac = member_mac(number)
        wanted = [('request', V4, mac, V4, '00:00:00:00:00:00'), ('reply', V4, mac, V4, mac),
                  ('request', V4, mac, '10.2.0.1', '00:00:00:00:00:00')]
        self.assertEqual({(one.frame_source, one.frame_target) for one in said}, {(mac, BROADCAST)})
        self.assertEqual([(one.kind, one.sender, one.mac, one.target, one.target_mac)
                          for one in said], wanted * self.VOLLEYS)
        return self.expect_times([one.at for one in said[::3]])

    def expect_nd(self, said, number, router):
        mac = member_mac(number)
        told = [one for one in said if one.kind == 'advertisement']
        self.assertEqual({(one.frame_source, one.frame_target, one.sender, one.mac, one.flags)
                          for one in told}, {(mac, '33:33:00:00:00:01', V6, mac, 0x20)})
        asked = [one for one in said if one.kind == 'solicitation']
        self.assertEqual({(one.frame_source, one.mac, one.target) for one in asked},
                         {(mac, mac, router)})
        self.assertEqual(len(asked), self.VOLLEYS)
        return self.expect_times([one.at for one in told])

    def test_what_is_said_and_when(self):
        """On time once at least: a machine that stands still for a moment makes anybody late."""
        late = []
        for _ in range(3):
            late.append(self.say_once())
            if late[-1] < self.SLACK:
                return
        self.fail(f'late by {late} s')

    def say_once(self):
        with arp_lab(prepare=self.prepare) as lab, Ear(lab, 'lan', 'p0') as old, \
                Ear(lab, 'lan', 'p1') as new:
            lab.wait_on('eth0', V4, V6)
            lab.wait_on('eth1', 'fd00:2::11')
            lab.link_local('host', 'eth1')
            wait_quiet(lab, {0: old, 1: new})
            lab.cable(0, False)
            wait_until(lambda: new.announcements(V4)[self.VOLLEYS * 3 - 1:], 'all that is said')
            wait_until(lambda: len(new.announcements(V6)) >= self.VOLLEYS * 2, 'by IPv6, too')
            late = max(self.expect_arp(new.announcements(V4), 1),
                       self.expect_nd(new.announcements(V6), 1, lab.link_local('rtr')))
            self.assertEqual(old.announcements(V4) + old.announcements(V6), [])
            self.assertEqual(new.announcements('10.2.0.11'), [], 'it has not moved')
            return late

    def test_the_first_heir_is_silent_after_the_second_failover(self):
        for address, word in ((f'{V4}/24', 'reply'), (f'{V6}/64', 'advertisement')):
            config = f'[Group]\nProbeMethod=none\n[Interface eth0]\nAddresses={address}\n' \
                '[Interface eth1]\n[Interface eth2]\n'
            with self.subTest(address=address), arp_lab(config, members=3) as lab, \
                    Ear(lab, 'lan', 'p1') as first, Ear(lab, 'lan', 'p2') as second:
                lab.wait_on('eth0', address.partition('/')[0])
                for number in (1, 2):
                    lab.link_local('host', f'eth{number}')
                self.two_failovers(lab, first, second, address.partition('/')[0], word)

    def two_failovers(self, lab, first, second, address, word):
        def volleys(ear):
            return [said for said in ear.announcements(address) if said.kind == word]

        call_interface(lab, 'eth0', 'Offline')
        wait_until(lambda: len(volleys(first)) >= 3, 'the repeat after 100 ms')
        call_interface(lab, 'eth1', 'Offline')
        wait_until(lambda: len(volleys(second)) >= self.VOLLEYS, 'the second heir')
        turn = second.announcements(address)[0].at
        self.assertEqual([said for said in first.announcements(address) if said.at > turn], [])

    def test_hundreds_of_addresses(self):
        """The first word of each at once, the others with pauses; none is left out."""
        addresses = [f'10.2.{net}.{host}' for net in (4, 5) for host in range(1, 151)]

        def prepare(lab):
            lab.ip('host', *(f'addr add {address}/16 dev eth0' for address in addresses))

        with arp_lab('[Group]\nProbeMethod=none\n[Interface eth0]\n[Interface eth1]\n',
                     prepare=prepare) as lab, Ear(lab, 'lan', 'p1') as ear:
            wait_until(lambda: len(lab.bus.group('front')['Addresses']) == 300, 'all adopted')
            lab.cable(0, False)
            told = collections.Counter()

            def all_told():
                told.update(said.sender for said in ear.listen()
                            if said.kind == 'reply' and said.sender == said.target)
                said = list(ear.heard)
                ear.heard.clear()
                times.extend(one.at for one in said if one.kind == 'reply')
                return len(told) == 300 and min(told.values()) >= self.VOLLEYS

            times = []
            wait_until(all_told, f'all announced five times ({min(told.values(), default=0)})')
            self.assertEqual(set(told), set(addresses))
            self.assertEqual(set(told.values()), {self.VOLLEYS})
            print(f'# the first words took {(times[299] - times[0]) * 1000:.1f} ms, all of it '
                  f'{times[-1] - times[0]:.2f} s', flush=True)
            self.assertLess(times[299] - times[0], self.SLACK)
            self.assertLess(times[-1] - times[0], 1.5 + 4 * self.SLACK)
            most = max(sum(at <= other < at + 0.02 for other in times[300:]) for at in times[300:])
            print(f'# at most {most} in 20 ms', flush=True)
            self.assertLessEqual(most, 160)  # three bursts, and what a late wake-up may shift


class Deaf(unittest.TestCase):
    """Neighbours of all kinds know at once where an address has gone."""

    def test_routers(self):
        kinds = [{}, {'ipv4.conf.eth0.drop_gratuitous_arp': 1}, {'ipv4.conf.eth0.arp_accept': 1},
                 {'ipv4.conf.eth0.arp_accept': 2}, {'ipv6.conf.eth0.drop_unsolicited_na': 1},
                 {'ipv4.conf.eth0.drop_gratuitous_arp': 1, 'ipv4.conf.eth0.arp_accept': 1,
                  'ipv6.conf.eth0.drop_unsolicited_na': 1}]
        with arp_lab(prepare=Announcements().prepare) as lab:
            lab.wait_on('eth0', V4, V6)
            lab.wait_on('eth1', 'fd00:2::11')
            for kind in kinds:
                for name, value in kind.items():
                    lab.sysctl('rtr', f'net.{name}', value)
                with self.subTest(kind=kind):
                    self.follow(lab, 'rtr', 0.3)
                for name in kind:
                    lab.sysctl('rtr', f'net.{name}', 0)

    def follow(self, lab, namespace, deadline):
        for number in (1, 0):
            for address in (V4, V6):  # its entry is young: what is not asked by name is too early
                self.assertTrue(lab.ping(namespace, address))
            call_interface(lab, 'eth0', 'Offline' if number else 'Online')
            for address in (V4, V6):
                wait_until(lambda a=address: neighbour(lab, namespace, a) == member_mac(number),
                           f'{namespace} knows that {address} is at eth{number}', deadline)

    def test_another_host(self):
        """No router, no target, and it drops what is gratuitous: it learns from what the router is
        asked. (By default when its entry is a second old, which a busy machine can miss.)"""
        with arp_lab(prepare=Announcements().prepare, stations=('sta',)) as lab:
            lab.ip('sta', 'addr add 10.2.0.50/24 dev eth0', 'addr add fd00:2::50/64 dev eth0 nodad')
            lab.sysctl('sta', 'net.ipv4.conf.eth0.drop_gratuitous_arp', 1)
            lab.sysctl('sta', 'net.ipv4.neigh.eth0.locktime', 0)
            lab.wait_on('eth0', V4, V6)
            lab.wait_on('eth1', 'fd00:2::11')
            self.follow(lab, 'sta', DEADLINE)

    def test_nobody_is_known(self):
        """No route names a router; the neighbours drop what is gratuitous."""
        with arp_lab(stations=('sta',)) as lab:
            lab.ip('sta', 'addr add 10.2.0.50/24 dev eth0', 'addr add fd00:2::50/64 dev eth0 nodad')
            for name in ('rtr', 'sta'):
                lab.sysctl(name, 'net.ipv4.conf.eth0.drop_gratuitous_arp', 1)
                lab.sysctl(name, 'net.ipv4.neigh.eth0.locktime', 0)
            lab.wait_on('eth0', V4, V6)
            lab.wait_on('eth1', '10.2.0.11', 'fd00:2::11')
            for name in ('rtr', 'sta'):
                self.follow(lab, name, DEADLINE)


def neighbour(lab, namespace, address):
    for entry in lab.ip_json(namespace, 'neigh', 'show', 'dev', 'eth0'):
        if entry['dst'] == address:
            return entry.get('lladdr')
    return None


if __name__ == '__main__':
    tap.main()
