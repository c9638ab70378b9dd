# SPDX-License-Identifier: LGPL-2.1-or-later
"""Check and `ipmpctl check`: what would keep a failover from working is found, and nothing else."""
import json
import subprocess
import sys
import time
import unittest

from gi.repository import GLib

import tap
from front import MANAGER_IFACE, front_lab, wait_group, wait_state
from lab import Lab, read_line, wait_until
from managers import allow_on_bus

PROBED = '''[Group]
FailureDetectionTime=500ms
ProbeTargets=10.2.0.1

[Interface eth0]
Addresses=10.2.0.10/24 fd00:2::10/64
TestAddresses=10.2.0.110/24

[Interface eth1]
Addresses=10.2.0.11/24
TestAddresses=10.2.0.111/24

[Interface eth2]
Standby=yes
TestAddresses=10.2.0.112/24
'''
# Nobody is probed, as configured: what is heard decides alone.
HEARD = '''[Group]
ProbeMethod=none

[Interface eth0]
Addresses=10.2.0.10/24

[Interface eth1]
Addresses=10.2.0.11/24

[Interface eth2]
Addresses=10.2.0.12/24
'''
# Has a name on the bus, and never reads what it is asked.
SILENT = '''import signal, sys, dbus
bus = dbus.SystemBus()
bus.request_name(sys.argv[1])
print('ready', flush=True)
signal.pause()
'''
MEANT = ('info', 'no-detection', '')


def check(lab):
    """(severity, code, interface) of all that is found."""
    found = lab.bus.call('/org/ipmp', MANAGER_IFACE, 'Check', '(a{sv})', {})
    for item in found:
        assert item['message'] and item['advice'], item
        assert item['group'] == 'front' or item['code'] == 'config-error', item
    return [(item['severity'], item['code'], item['interface']) for item in found]


def wait_check(lab, *wanted):
    """What was heard is good for a second, so that it may take that long."""
    wait_until(lambda: check(lab) == list(wanted), f'{wanted} (is {check(lab)})')


def second_switch(lab, *numbers, answers=False):
    """The cables of these members go elsewhere; there the switch itself may answer by IPv6."""
    lab.ip('lan', 'link add br1 type bridge stp_state 0 forward_delay 0 mcast_snooping 0',
           f'link set br1 addrgenmode {"eui64" if answers else "none"}', 'link set br1 up', *(f'link set p{number} master br1' for number in numbers))


class Links(unittest.TestCase):
    def lab(self, config=HEARD, members=3):
        lab = front_lab(config, members=members)
        self.addCleanup(lab.close)
        wait_group(lab, 'ok')
        return lab

    def test_all_on_one_link(self):
        self.assertEqual(check(self.lab()), [MEANT])

    def test_a_member_elsewhere(self):
        lab = self.lab()
        second_switch(lab, 2)
        self.assertEqual(check(lab), [('error', 'not-on-link', 'eth2'), MEANT])
        shown = lab.ipmpctl('check', check=False)
        self.assertEqual(shown.returncode, 11, shown.stderr)
        self.assertIn('eth2 is not on the link of eth0 and eth1', shown.stdout)
        self.assertIn('ipmpctl remove front eth2', shown.stdout)
        lab.ip('lan', 'link set p2 master br0')
        wait_check(lab, MEANT)

    def test_two_members_apart(self):
        lab = self.lab(HEARD.partition('[Interface eth2]')[0], members=2)
        second_switch(lab, 1)
        self.assertEqual(check(lab), [('error', 'not-on-link', ''), MEANT])
        self.assertIn('one of both', lab.ipmpctl('check', check=False).stdout)

    def test_ports_that_are_kept_apart(self):
        """A third one that hears both proves that they are on one link."""
        lab = self.lab()
        for port in ('p0', 'p1'):
            lab.run('lan', 'bridge', 'link', 'set', 'dev', port, 'isolated', 'on')
        self.assertEqual(check(lab), [MEANT])
        lab.run('lan', 'bridge', 'link', 'set', 'dev', 'p2', 'isolated', 'on')
        wait_check(lab, ('error', 'not-on-link', ''), MEANT)

    def test_a_member_without_a_link_is_failed_and_nothing_else(self):
        lab = self.lab()
        lab.cable(2, False)
        wait_state(lab, 'eth2', 'failed')
        self.assertEqual(check(lab), [('warning', 'failed', 'eth2'), MEANT])
        lab.cable(1, False)
        lab.cable(0, False)
        wait_group(lab, 'failed')
        self.assertEqual([found[:2] for found in check(lab)],
                         [('error', 'group-failed')] + [('warning', 'failed')] * 3)

    def test_a_manager_that_does_not_answer(self):
        """It is waited for, longer than what was heard is good for: that is told all the same."""
        lab = self.lab()
        second_switch(lab, 2)
        name = allow_on_bus(lab, 'org.freedesktop.NetworkManager.conf',
                            'org.freedesktop.NetworkManager')
        silent = lab.spawn(None, sys.executable, '-c', SILENT, name, stdout=subprocess.PIPE)
        self.assertEqual(read_line(silent, 'a silent manager'), 'ready')
        begin = time.monotonic()
        self.assertEqual(check(lab), [('error', 'not-on-link', 'eth2'), MEANT])
        self.assertGreater(time.monotonic() - begin, 1.5, 'nobody was waited for')

    def test_a_port_that_is_deaf(self):
        """Frames of eth2 get through, none comes back."""
        lab = self.lab()
        lab.run('lan', 'bridge', 'link', 'set', 'dev', 'p2', 'flood', 'off', 'mcast_flood', 'off',
                'bcast_flood', 'off')
        self.assertEqual(check(lab), [('warning', 'one-way', 'eth2'), MEANT])


    def test_another_card_that_answers_for_the_members(self):
        lab = self.lab(HEARD.partition('[Interface eth2]')[0])
        lab.ip('host', 'link set eth2 up')
        lab.sysctl('host', 'net.ipv4.conf.eth2.arp_ignore', 0)
        lab.sysctl('host', 'net.ipv4.conf.all.arp_ignore', 0)
        wait_check(lab, ('warning', 'arp-flux', ''), MEANT)
        self.assertIn('eth2, which is in no group', lab.ipmpctl('check', check=False).stdout)
        lab.sysctl('host', 'net.ipv4.conf.eth2.arp_ignore', 1)
        wait_check(lab, MEANT)


class Setup(unittest.TestCase):
    """What is found without any frame."""

    def found(self, config, members=2, **files):
        with front_lab(config, members=members) as lab:
            wait_until(lambda: lab.bus.group('front')['State'], 'the state of front')
            if files:
                lab.configure(**files)
                lab.stop_daemon()
                lab.start_daemon()
            return check(lab), lab.ipmpctl('check', check=False)

    def test_no_detection(self):
        config = HEARD.partition('[Interface eth2]')[0].replace('=none', '=auto')
        found, shown = self.found(config)
        self.assertEqual(found, [('warning', 'no-detection', '')])
        self.assertEqual(shown.returncode, 10)
        self.assertIn('ipmpctl test-addresses INTERFACE', shown.stdout)

    def test_a_single_member_and_a_missing_one(self):
        found, _ = self.found('[Group]\nProbeMethod=none\n[Interface eth0]\n'
                              'Addresses=10.2.0.10/24\n')
        self.assertEqual(found, [('warning', 'single-member', '')])
        found, _ = self.found('[Group]\nProbeMethod=none\n[Interface eth0]\n'
                              'Addresses=10.2.0.10/24\n[Interface eth7]\n')
        self.assertEqual(found, [('warning', 'missing', 'eth7'), MEANT])

    def test_a_file_that_is_not_in_force(self):
        found, shown = self.found(HEARD.partition('[Interface eth2]')[0], back='[Group]\nFailback=x\n')
        self.assertEqual(found, [('error', 'config-error', ''), MEANT])
        self.assertIn('back.conf:2', shown.stdout)

    def test_no_ipv6(self):
        with front_lab(HEARD.replace('10.2.0.10/24', '10.2.0.10/24 fd00:2::10/64'),
                       members=3) as lab:
            lab.wait_on('eth0', 'fd00:2::10')
            lab.sysctl('host', 'net.ipv6.conf.eth1.disable_ipv6', 1)
            wait_check(lab, ('warning', 'no-ipv6', 'eth1'), MEANT)
            lab.sysctl('host', 'net.ipv6.conf.eth1.disable_ipv6', 0)
            wait_check(lab, MEANT)

    def test_an_address_that_somebody_deleted(self):
        with front_lab(HEARD, members=3) as lab:
            lab.wait_on('eth1', '10.2.0.11')
            lab.ip('host', 'addr del 10.2.0.11/24 dev eth1')
            wait_until(lambda: ('info', 'address-withdrawn', '') in check(lab), 'it withdrawn')

    def test_json(self):
        with front_lab(HEARD, members=3) as lab:
            shown = lab.ipmpctl('check', '--json')
            found = json.loads(shown.stdout)
            self.assertEqual([item['code'] for item in found], ['no-detection'])
            self.assertEqual(set(found[0]), {'severity', 'code', 'group', 'interface', 'message',
                                             'advice'})


class Probed(unittest.TestCase):
    def lab(self, config=PROBED):
        lab = front_lab(config, members=3)
        self.addCleanup(lab.close)
        return lab

    def wait_probed(self, lab, state='ok'):
        for name in ('eth0', 'eth1', 'eth2'):
            wait_until(lambda n=name: lab.bus.interface(n)['ProbeState'] == state,
                       f'{name} answered (is {lab.bus.interface(name)})')

    def test_healthy(self):
        lab = self.lab()
        self.wait_probed(lab)
        self.assertEqual(check(lab), [])
        shown = lab.ipmpctl('check')
        self.assertEqual(shown.stdout, 'Nothing stands in the way of a failover.\n')

    def test_ports_that_are_kept_apart(self):
        """The router answers all of them: they are on one link."""
        lab = self.lab()
        self.wait_probed(lab)
        for port in ('p0', 'p1', 'p2'):
            lab.run('lan', 'bridge', 'link', 'set', 'dev', port, 'isolated', 'on')
        self.assertEqual(check(lab), [])

    def test_a_member_elsewhere_is_failed(self):
        lab = self.lab()
        self.wait_probed(lab)
        second_switch(lab, 2)
        wait_state(lab, 'eth2', 'failed')
        self.assertEqual(check(lab), [('warning', 'failed', 'eth2')])
        self.assertIn('ipmpctl targets eth2', lab.ipmpctl('check', check=False).stdout)

    def test_a_member_elsewhere_that_is_answered(self):
        """There is somebody else who answers: no failure, but the wrong link."""
        lab = self.lab()
        self.wait_probed(lab)
        second_switch(lab, 2, answers=True)
        wait_check(lab, ('error', 'not-on-link', 'eth2'))
        self.assertEqual(lab.bus.interface('eth2')['State'], 'ok')

    def test_a_member_that_was_never_on_the_link(self):
        """Its probes have convicted nobody yet: it is found all the same."""
        lab = Lab(members=3)
        self.addCleanup(lab.close)
        second_switch(lab, 2)
        lab.configure(front=PROBED.replace('=500ms', '=1h'))
        lab.start_daemon()
        wait_until(lambda: lab.bus.group('front'), 'the group front')
        self.assertIn(('error', 'not-on-link', 'eth2'), check(lab))

    def test_a_target_that_answers_nobody(self):
        lab = self.lab(PROBED.replace('10.2.0.1\n', '10.2.0.1 10.2.0.99\n'))
        self.wait_probed(lab)
        wait_check(lab, ('warning', 'target-silent', ''))
        self.assertIn('10.2.0.99', lab.ipmpctl('check', check=False).stdout)

    def test_no_target_ever_answered(self):
        lab = self.lab(PROBED.replace('10.2.0.1\n', '10.2.0.98 10.2.0.99\nProbeTargetsOnly=yes\n')
                       .replace(' fd00:2::10/64', ''))
        wait_check(lab, ('warning', 'no-targets', ''))
        self.assertIn('10.2.0.98 and 10.2.0.99', lab.ipmpctl('check', check=False).stdout)

    def test_a_member_that_is_not_probed(self):
        lab = self.lab(PROBED.replace('TestAddresses=10.2.0.111/24', '')
                       .replace(' fd00:2::10/64', '')
                       .replace('[Group]', '[Group]\nProbeMethod=icmp'))
        lab.sysctl('host', 'net.ipv6.conf.eth1.disable_ipv6', 1)
        wait_check(lab, ('warning', 'not-probed', 'eth1'), ('info', 'no-ipv6', 'eth1'))


    def test_a_test_address_that_another_host_has(self):
        lab = Lab(members=3)
        self.addCleanup(lab.close)
        lab.ip('lan', 'addr add 10.2.0.111/24 dev br0')
        lab.configure(front=PROBED)
        lab.start_daemon()
        wait_until(lambda: lab.bus.group('front'), 'the group front')
        conflict = ('error', 'test-address-conflict', 'eth1')
        wait_until(lambda: conflict in check(lab), f'{conflict} (is {check(lab)})')
        self.assertIn('10.2.0.111/24 of eth1', lab.ipmpctl('check', check=False).stdout)


class Callers(unittest.TestCase):
    def test_many_share_one_answer(self):
        """Who asks while a check runs gets its answer; sixty-four may wait."""
        with front_lab(HEARD, members=3) as lab:
            second_switch(lab, 2)  # else it would be over at once
            answers, refusals = [], []

            def on_answer(connection, result):
                try:
                    answers.append(connection.call_finish(result).unpack()[0])
                except GLib.Error as error:
                    refusals.append(str(error))

            for _ in range(70):
                lab.bus.connection.call(
                    'org.ipmp', '/org/ipmp', MANAGER_IFACE, 'Check', GLib.Variant('(a{sv})', ({},)),
                    None, 0, 60000, None, on_answer)
            context = GLib.MainContext.default()
            wait_until(lambda: context.iteration(False) and len(answers) + len(refusals) == 70,
                       '70 answers')
            self.assertEqual((len(answers), len(refusals)), (64, 6))
            self.assertTrue(all(answer == answers[0] for answer in answers))
            self.assertIn('not-on-link', [item['code'] for item in answers[0]])
            self.assertTrue(all('org.ipmp.Error.Busy' in text for text in refusals), refusals)

    def test_the_daemon_stops_in_the_middle(self):
        with front_lab(HEARD, members=3) as lab:
            second_switch(lab, 2)
            refusals = []

            def on_answer(connection, result):
                with self.assertRaises(GLib.Error) as caught:
                    connection.call_finish(result)
                refusals.append(str(caught.exception))

            lab.bus.connection.call('org.ipmp', '/org/ipmp', MANAGER_IFACE, 'Check',
                                    GLib.Variant('(a{sv})', ({},)), None, 0, 60000, None, on_answer)
            # an answer of the daemon: by then it has read the call before it
            lab.bus.manager()
            lab.stop_daemon()
            context = GLib.MainContext.default()
            wait_until(lambda: context.iteration(False) and refusals, 'a refusal')
            # while it looked, or when it was not known yet who asks
            self.assertRegex(refusals[0], r'org\.ipmp\.Error\.Failed|the caller is not known')


if __name__ == '__main__':
    tap.main()
