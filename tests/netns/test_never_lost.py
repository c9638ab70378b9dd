# SPDX-License-Identifier: LGPL-2.1-or-later
"""Nothing is lost and nothing doubled: killed in the midst of everything, with a full runtime
directory, with a socket that is too small; and no packet, over restarts and Reload."""
import contextlib
import signal
import socket
import subprocess
import unittest

import tap
from front import FRONT, GROUP, GROUP_IFACE, V4, V6, call_interface, front_lab, reload
from gi.repository import GLib
from lab import IPMPCTL, Lab, member_mac, wait_until
from probing import ProbeLab, Story, probe_lab
from routes import settled_picture, wait_same

ADDRESS_GROUPS = 0x10 | 0x100  # RTMGRP_IPV4_IFADDR, RTMGRP_IPV6_IFADDR
OTHER4, OTHER6 = '10.2.0.11', 'fd00:2::11'
STANDBY = """[Group]
ProbeMethod=none
{more}
[Interface eth0]
Addresses=10.2.0.10/24 fd00:2::10/64
[Interface eth1]
Addresses=10.2.0.11/24 fd00:2::11/64
[Interface eth2]
Standby=yes
"""


def command(lab, *words):
    """Under way when this returns."""
    lab.spawn(None, IPMPCTL, *words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


# what: how it begins, in which it is killed, and how it ends: where each address is then
MIDST = {
    'failover': (lambda lab: lab.cable(0, False), {'eth2': (V4, V6), 'eth1': (OTHER4, OTHER6)}),
    'failback': (lambda lab: lab.cable(0, True), {'eth0': (V4, V6), 'eth1': (OTHER4, OTHER6)}),
    'unplug': (lambda lab: lab.unplug(0), {'eth2': (V4, V6), 'eth1': (OTHER4, OTHER6)}),
    'plug': (lambda lab: lab.plug(0), {'eth0': (V4, V6), 'eth1': (OTHER4, OTHER6)}),
    'offline': (lambda lab: command(lab, 'offline', 'eth0'), None),
    'online': (lambda lab: command(lab, 'online', 'eth0'), None),
    'standby': (lambda lab: command(lab, 'standby', 'eth2', 'off'), None),
    'standby again': (lambda lab: command(lab, 'standby', 'eth2', 'on'), None),
    'restart': (lambda lab: None, {'eth0': (V4, V6), 'eth1': (OTHER4, OTHER6)}),
}


class StubbornLab(ProbeLab):
    def make_network(self):
        super().make_network()
        self.make_router_stubborn()


class Killed(unittest.TestCase):
    def test_in_the_midst_of_everything(self):
        """After so many messages of the kernel's about addresses; then it is started again."""
        with front_lab(STANDBY.format(more=''), lab=StubbornLab, members=3) as lab:
            lab.wait_on('eth0', V4, V6)
            lab.wait_on('eth1', OTHER4, OTHER6)
            for n in (1, 3):
                for what, (begin, places) in MIDST.items():
                    with self.subTest(what, n=n):
                        self.kill_in(lab, begin, n)
                        self.everything_is_somewhere(lab)
                        for name, addresses in (places or {}).items():
                            lab.wait_on(name, *addresses)
                        call_interface(lab, 'eth0', 'Online')  # whatever became of the request

    def test_while_neighbours_are_told(self):
        """They may have been told what did not come to be: the byte that says so is set by hand."""
        with front_lab(STANDBY.format(more=''), lab=StubbornLab, members=3) as lab:
            telling = lab.runtime_dir / 'telling'
            lab.wait_on('eth0', V4, V6)
            lab.wait_on('eth1', OTHER4, OTHER6)
            homes = {V4: 0, V6: 0, OTHER4: 1, OTHER6: 1}
            for told in (False, True):
                wait_until(lambda: telling.read_bytes() == b'\0', 'nobody is told anything')
                lab.ip('rtr', *(f'neigh replace {address} lladdr {member_mac(2)} dev eth0 nud reachable'
                                for address in homes))
                lab.kill_daemon()
                telling.write_bytes(b'\1' if told else b'\0')
                lab.start_daemon()
                for address, number in homes.items():
                    if told:
                        wait_until(lambda a=address, n=number: lab.router_neighbour(a) == member_mac(n),
                                   f'{address} is known to be on eth{number}')
                    else:
                        self.assertEqual(lab.router_neighbour(address), member_mac(2))

    @staticmethod
    def kill_in(lab, begin, n):
        with lab.inside('host'):
            monitor = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE)
        with monitor:
            monitor.bind((0, ADDRESS_GROUPS))
            monitor.settimeout(1.0)
            begin(lab)
            with contextlib.suppress(TimeoutError):  # a request may change nothing
                for _ in range(n):
                    monitor.recv(65536)
            lab.kill_daemon()
        lab.start_daemon()

    @staticmethod
    def everything_is_somewhere(lab):
        for address in (V4, V6, OTHER4, OTHER6):
            wait_until(lambda a=address: len(lab.devices_with(a)) == 1
                       and lab.bus.place('front', a) == lab.devices_with(a)[0],
                       f'{address} in one place ({lab.devices_with(address)})')
            wait_until(lambda a=address: lab.ping('rtr', a), f'{address} answers')
        anchored = lab.run(None, 'ip', '-n', 'host', 'addr', 'show', 'lo').stdout
        for address in (V4, V6, OTHER4, OTHER6):
            assert f' {address}/' in anchored, anchored


class Full(unittest.TestCase):
    """A runtime directory in which nothing can be written."""

    def fill(self, lab):
        path = lab.runtime_dir / 'filler'
        with open(path, 'wb', buffering=0) as file:
            try:
                while True:
                    file.write(bytes(512))
            except OSError:
                pass
        return path

    def small(self, lab):
        lab.run(None, 'mount', '-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', lab.runtime_dir)

    def test_from_the_start(self):
        """It says so, does nothing that could not be undone, and goes on by itself."""
        with Lab(addresses=[(0, f'{V4}/24'), (0, f'{V6}/64')]) as lab:
            self.small(lab)
            filler = self.fill(lab)
            before = lab.picture()
            lab.configure(front='[Group]\n[Interface eth0]\n[Interface eth1]\n')
            lab.start_daemon()
            wait_until(lambda: 'the record cannot be stored' in lab.log_text(), 'told')
            wait_until(lambda: lab.bus.place('front', V4) == 'eth0', 'known')
            self.assertEqual({line for line in before['addr'] if '"eth' in line},
                             {line for line in lab.picture()['addr'] if '"eth' in line})
            # What has to be carried is carried; the user's own stays where it was found.
            for _ in range(2):
                lab.cable(0, False)
                for text in (V4, V6):
                    wait_until(lambda a=text: lab.bus.place('front', a) == 'eth1', 'elsewhere')
                    wait_until(lambda a=text: set(lab.devices_with(a)) == {'eth0', 'eth1'}, 'on both')
                    wait_until(lambda a=text: lab.ping('rtr', a), f'{text} answers')
                lab.cable(0, True)
                lab.wait_on('eth0', V4, V6)
                for text in (V4, V6):
                    wait_until(lambda a=text: lab.ping('rtr', a), f'{text} answers at home')
            self.assertEqual({line for line in before['addr'] if '"eth' in line},
                             {line for line in lab.picture()['addr'] if '"eth' in line})
            filler.unlink()
            wait_until(lambda: 'the record is stored again' in lab.log_text(), 'told again')
            self.assertEqual(lab.log_text().count('the record cannot be stored'), 1)
            lab.cable(0, False)
            lab.wait_on('eth1', V4, V6)
            lab.cable(0, True)
            lab.wait_on('eth0', V4, V6)
            lab.bus.call(GROUP, GROUP_IFACE, 'Delete', '(a{sv})', {})
            wait_same('as found', before, lab.picture)

    def test_meanwhile(self):
        """Failovers go on, also over a kill; what is asked for is refused, and taken back."""
        with Lab(addresses=[(0, f'{V4}/24'), (0, f'{V6}/64'), (1, f'{OTHER4}/24')]) as lab:
            self.small(lab)
            before = settled_picture(lab)
            lab.configure(front='[Group]\n[Interface eth0]\n[Interface eth1]\n')
            lab.start_daemon()
            wait_until(lambda: lab.bus.place('front', V6) == 'eth0', 'adopted')
            wait_until(lambda: V6 in (lab.runtime_dir / 'record.json').read_text(), 'recorded')
            filler = self.fill(lab)
            for _ in range(2):
                lab.cable(0, False)
                lab.wait_on('eth1', V4, V6, OTHER4)
                lab.kill_daemon()
                lab.start_daemon()
                lab.wait_on('eth1', V4, V6, OTHER4)
                lab.cable(0, True)
                lab.wait_on('eth0', V4, V6)
                lab.wait_on('eth1', OTHER4)
            lab.add_address(0, '10.2.0.50/24')
            wait_until(lambda: lab.bus.place('front', '10.2.0.50') == 'eth0', 'adopted later')
            wait_until(lambda: 'the record cannot be stored' in lab.log_text(), 'told')
            lab.cable(0, False)
            lab.wait_on('eth1', V4, V6)
            wait_until(lambda: 'eth1' in lab.devices_with('10.2.0.50'), 'it works elsewhere')
            with self.assertRaises(GLib.Error) as caught:
                call_interface(lab, 'eth0', 'Offline')
            self.assertIn('could not be stored', caught.exception.message)
            # the user's own, which nobody could bring back
            self.assertEqual(lab.devices_with('10.2.0.50'), ['eth0', 'eth1'])
            lab.kill_daemon()
            lab.start_daemon()
            lab.wait_on('eth1', V4, V6)
            self.assertTrue(lab.devices_with('10.2.0.50'))
            filler.unlink()
            lab.cable(0, True)
            lab.wait_on('eth0', V4, V6)
            wait_until(lambda: lab.devices_with('10.2.0.50') == [lab.bus.place('front', '10.2.0.50')],
                       'in one place')
            lab.bus.call(GROUP, GROUP_IFACE, 'RemoveAddress', '(sa{sv})', '10.2.0.50/24', {})
            self.assertEqual(lab.devices_with('10.2.0.50'), [])
            lab.bus.call(GROUP, GROUP_IFACE, 'Delete', '(a{sv})', {})
            wait_same('as found', before, lab.picture)


class Storm(unittest.TestCase):
    def test_more_than_the_socket_holds(self):
        """Messages are lost again and again, while links come and go."""
        with front_lab(STANDBY.format(more=''), members=3) as lab:
            lab.wait_on('eth0', V4, V6)
            lab.wait_on('eth1', OTHER4, OTHER6)
            storm = [f'route add 10.{100 + n // 65536}.{n // 256 % 256}.{n % 256} dev lo table 77'
                     for n in range(30000)]
            for plugged in (False, True):
                lab.daemon.send_signal(signal.SIGSTOP)
                lab.ip('host', *storm)
                lab.cable(0, plugged)
                lab.ip('host', 'route flush table 77')
                lab.daemon.send_signal(signal.SIGCONT)
                lab.wait_on('eth0' if plugged else 'eth2', V4, V6)
                lab.wait_on('eth1', OTHER4, OTHER6)
            Killed.everything_is_somewhere(lab)
            reasons = {event['reason'] for event in lab.bus.call(
                '/org/ipmp', 'org.ipmp.Manager', 'History', '(u)', 10000)}
            self.assertIn('resync', reasons)
            self.assertNotIn('withdrawn', reasons)


class Kept(unittest.TestCase):
    PROBED = FRONT.replace('[Group]', '[Group]\nFailureDetectionTime=200ms\nProbeTargets=10.2.0.1')

    def test_reload_and_restart_lose_no_packet(self):
        """10,000 packets a second; Reload keeps what was learned, too."""
        with probe_lab({'front': self.PROBED}) as lab:
            lab.wait_probed('eth0', 'eth1')
            lab.wait_on('eth0', V4, V6)
            flow = lab.flow('udp', 'rtr', 'host', V4, 7000, 10000)
            wait_until(lambda: flow.look()['answered'] > 1000, 'packets')
            lost = flow.settled()['lost']
            story = Story(lab)
            before = {name: (lab.targets(name), lab.statistics(name)) for name in ('eth0', 'eth1')}
            since = lab.bus.interface('eth0')['StateSinceUSec']
            last = lab.bus.call('/org/ipmp', 'org.ipmp.Manager', 'History', '(u)', 1)[0]['sequence']
            lab.configure(front=self.PROBED.replace('ProbeTargets=10.2.0.1',
                                                    'ProbeTargets=10.2.0.1\nFailback=no'))
            for _ in range(5):
                reload(lab)
            self.assertFalse(lab.bus.group('front')['Failback'])
            for name, (targets, statistics) in before.items():
                now = lab.targets(name)
                self.assertEqual(list(targets), list(now))
                for address, target in targets.items():
                    # converted to wall-clock time anew each time, by some microseconds different
                    self.assertGreater(now[address]['last-answer-usec'],
                                       target['last-answer-usec'] - 1000)
                    self.assertGreater(now[address]['rtt-usec'], 0)
                self.assertGreaterEqual(lab.statistics(name)['probes-acked'],
                                        statistics['probes-acked'])
            self.assertEqual(lab.bus.interface('eth0')['StateSinceUSec'], since)
            self.assertEqual(story.verdicts(), [])
            self.assertGreaterEqual(lab.bus.call('/org/ipmp', 'org.ipmp.Manager', 'History', '(u)',
                                                 1)[0]['sequence'], last)
            for end in (lab.stop_daemon, lab.kill_daemon):
                end()
                lab.start_daemon()
                lab.wait_probed('eth0', 'eth1')
            self.assertEqual(flow.settled()['lost'], lost)
            self.assertEqual(lab.devices_with(V4), ['eth0'])


class RecordLost(unittest.TestCase):
    def test_adopted_and_failed_over(self):
        """What the service has moved is all that is left of the user's: never a leftover."""
        found = [(0, f'{V4}/24'), (0, f'{V6}/64'), (1, f'{OTHER4}/24'), (1, f'{OTHER6}/64')]
        with front_lab('[Group]\n[Interface eth0]\n[Interface eth1]\n', addresses=found) as lab:
            wait_until(lambda: lab.bus.place('front', V4) == 'eth0', 'the address adopted')
            wait_until(lambda: lab.bus.place('front', V6) == 'eth0', 'the IPv6 address adopted')
            lab.cable(0, False)
            lab.wait_on('eth1', V4, V6, OTHER4, OTHER6)
            flow = lab.flow('udp', 'rtr', 'host', V4, 7000, 200)
            wait_until(lambda: flow.look()['answered'] > 20, 'packets')
            for damage in (lambda path: path.unlink(),
                           lambda path: path.write_text(path.read_text()[:100]),
                           lambda path: path.write_text('{"version": 99')):
                lab.kill_daemon()
                damage(lab.runtime_dir / 'record.json')
                lost = flow.look()['lost']
                lab.start_daemon()
                wait_until(lambda: lab.bus.place('front', V4) == 'eth1', 'adopted again')
                wait_until(lambda: lab.bus.place('front', V6) == 'eth1', 'adopted again by IPv6')
                lab.wait_on('eth1', V4, V6, OTHER4, OTHER6)
                self.assertLess(flow.look()['lost'] - lost, 100)  # half a second
            self.assertEqual(lab.log_text().count('record.json.bad'), 2)
            lab.cable(0, True)
            wait_until(lambda: lab.bus.place('front', OTHER4) == 'eth1', 'at home still')
            lab.bus.call(GROUP, GROUP_IFACE, 'Delete', '(a{sv})', {})
            for address in (V4, V6, OTHER4, OTHER6):
                wait_until(lambda a=address: len(lab.devices_with(a)) == 1, f'{address} there')


if __name__ == '__main__':
    tap.main()
