# SPDX-License-Identifier: LGPL-2.1-or-later
"""Who answers for an address, in whose name neighbours are asked, and what is announced: frames as
they come out of the host's cards."""
import json
import unittest

import tap
from front import FRONT, V4, V6, call_interface
from lab import ROUTER_MAC, member_mac, wait_until
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
                   f'{address} answered for by eth{number} alone', 3)

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


if __name__ == '__main__':
    tap.main()
