# SPDX-License-Identifier: LGPL-2.1-or-later
"""Memory that runs out in the midst of the work: the running service is held to the address space that
it has and a little more (prlimit(2)), so that it ends at one instant or another, or just does not. What
GLib cannot allocate ends the process, wherever it is. Its next life has no limit."""
import collections
import resource
import signal
import unittest

import tap
from front import GROUP, GROUP_IFACE, MANAGER_IFACE
from gi.repository import GLib
from lab import Lab, wait_until
from routes import settled_picture, wait_same

CONFIG = '[Group]\nProbeMethod=none\n[Interface eth0]\n[Interface eth1]\n[Interface eth2]\nStandby=yes\n'
N = 150  # of each family
MOVING = [f'10.2.0.{20 + n}' for n in range(N)] + [f'fd00:2::{20 + n}' for n in range(N)]
STAYING = ['10.2.0.11', 'fd00:2::11']
ENOUGH = 200000  # KiB
A_THREAD = 8192  # its stack


def where(lab):
    """Each device's data addresses; none can be twice on one."""
    seen = collections.defaultdict(list)
    for link in lab.ip_json('host', 'addr'):
        for info in link['addr_info']:
            if info['scope'] == 'global' and link['ifname'] != 'lo':
                seen[link['ifname']].append(info['local'])
    return {name: sorted(addresses) for name, addresses in seen.items()}


def wanted(device):
    return {device: sorted(MOVING), 'eth1': sorted(STAYING)}


def told(lab):
    """The same by the service's word; None: it has none."""
    try:
        group = lab.bus.group('front')
    except GLib.Error:
        return None  # it has just ended
    seen = collections.defaultdict(list)
    for entry in group['Addresses'] if group else ():
        seen[entry['interface'].rpartition('/')[2]].append(entry['address'].split('/')[0])
    return {name: sorted(addresses) for name, addresses in seen.items()}


def ask(lab, path, interface, method):
    try:
        lab.bus.call(path, interface, method, '(a{sv})', {})
    except GLib.Error:
        pass  # it may end meanwhile; if it does not, what was asked for is waited for


def reload(lab):
    ask(lab, '/org/ipmp', MANAGER_IFACE, 'Reload')


def delete(lab):
    ask(lab, GROUP, GROUP_IFACE, 'Delete')


# What it is at, how that begins, where MOVING is then; None: there is no group
STEPS = (('adoption', reload, 'eth0'),
         ('failover', lambda lab: lab.cable(0, False), 'eth2'),
         ('failback', lambda lab: lab.cable(0, True), 'eth0'),
         ('Delete', delete, None))


class HundredsLab(Lab):
    def make_network(self):
        super().make_network()
        self.ip('host', *(self.line(address, 'eth0') for address in MOVING),
                *(self.line(address, 'eth1') for address in STAYING))

    @staticmethod
    def line(address, device):
        return f'-6 addr add {address}/64 dev {device} nodad' if ':' in address \
            else f'addr add {address}/24 brd + dev {device}'


class OutOfMemory(unittest.TestCase):
    @staticmethod
    def limit(daemon, room):
        """From now on it gets so many KiB and no more."""
        with open(f'/proc/{daemon.pid}/status', encoding='ascii') as file:
            size = next(int(line.split()[1]) for line in file if line.startswith('VmSize:'))
        most = (size + room) * 1024
        resource.prlimit(daemon.pid, resource.RLIMIT_AS, (most, most))
        resource.prlimit(daemon.pid, resource.RLIMIT_CORE, (0, 0))

    @staticmethod
    def is_done(lab, device):
        if device is None:
            return told(lab) == {} and where(lab) == wanted('eth0')
        return told(lab) == where(lab) == wanted(device)

    def nothing_lost(self, lab):
        """At the instant of the end, before anybody mends it."""
        there = {info['local'] for link in lab.ip_json('host', 'addr') for info in link['addr_info']}
        self.assertEqual(set(MOVING + STAYING) - there, set())

    def live_on(self, lab):
        """As a service manager has it; whether memory was wanting."""
        lacked = lab.daemon.poll() is not None
        if lacked:
            # By GLib, which does not always get round to saying why.
            self.assertIn(lab.daemon.returncode, (-signal.SIGTRAP, -signal.SIGABRT), lab.log_text()[-2000:])
            lab.daemon = None
            lab.daemon_log.close()
            wait_until(lambda: not lab.bus.owner(), 'org.ipmp gone')
        else:
            lab.kill_daemon()
        lab.start_daemon()
        return lacked

    def step(self, lab, room, name, begin, device):
        self.limit(lab.daemon, room)
        begin(lab)
        wait_until(lambda: lab.daemon.poll() is not None or self.is_done(lab, device),
                   f'{name} with {room} KiB: ended, or done')
        self.nothing_lost(lab)
        spread = {name: len(addresses) for name, addresses in where(lab).items()}
        lacked = self.live_on(lab)
        if device is None and lab.bus.group('front'):
            delete(lab)  # it had not come so far that it was remembered
        wait_until(lambda: self.is_done(lab, device), f'{name} with {room} KiB, in the next life')
        print(f'# {name} with {room} KiB: {"ended" if lacked else "done"} at {spread}', flush=True)
        return lacked

    def all_steps(self, *rooms):
        with HundredsLab(members=3) as lab:
            before = settled_picture(lab)
            lab.start_daemon()
            lacked = collections.Counter()
            for room in rooms:
                lab.configure(front=CONFIG)
                for name, begin, device in STEPS:
                    lacked[room] += self.step(lab, room, name, begin, device)
                wait_same('as found', before, lab.picture)
            return lacked

    def test_at_once(self):
        self.assertGreaterEqual(self.all_steps(0, 300)[0], 2)

    def test_soon(self):
        self.assertGreaterEqual(self.all_steps(600, 1200).total(), 1)

    def test_late_or_not(self):
        """Of the last one it has enough: all of it is seen in one life, too."""
        self.assertEqual(self.all_steps(2400, ENOUGH)[ENOUGH], 0)

    def test_it_leaves_without_room_for_a_thread(self):
        """What wants one of its own on the way out is not waited for forever."""
        with HundredsLab(members=3) as lab:
            lab.start_daemon()
            lab.configure(front=CONFIG)
            self.limit(lab.daemon, A_THREAD // 2)
            reload(lab)
            wait_until(lambda: self.is_done(lab, 'eth0'), 'adopted')
            lab.stop_daemon()
            lab.start_daemon()
            wait_until(lambda: self.is_done(lab, 'eth0'), 'the same in the next life')


if __name__ == '__main__':
    tap.main()
