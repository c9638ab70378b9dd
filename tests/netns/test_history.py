# SPDX-License-Identifier: LGPL-2.1-or-later
"""Each decision is told three times, in the same words: in History, in the signal Event, and in the
journal with its MESSAGE_ID. Whoever comes later joins them by the sequence, without a gap."""
import pathlib
import re
import signal
import sys
import unittest

import tap
from front import (FRONT, GROUP, GROUP_IFACE, INTERFACE_IFACE, MANAGER_IFACE, V4, V6, call_group,
                   call_interface, interface_path, options, reload, wait_group, wait_state)
from gi.repository import Gio, GLib
from journal import Journal
from lab import BUS_NAME, Bus, Lab, member_mac, read_line, wait_until
from probing import ignore_ping, port_state, probe_lab

CONFIG = FRONT.replace('[Group]', '[Group]\nFailureDetectionTime=500ms\nProbeTargets=10.2.0.1')
TOP = pathlib.Path(__file__).resolve().parents[2]
CATALOG = TOP / 'data' / 'ipmp.catalog'
API = TOP / 'introspection' / 'org.ipmp.Manager.xml'
LATE = TOP / 'tests' / 'lib' / 'late.py'
# What is told of the time in which failures are found has a test of its own: it takes a minute.
OF_DETECTION_TIME = {'fdt-raised', 'fdt-lowered'}
STORM = 30000  # routes: more than the service's socket has room for
FIELDS = {'event': 'IPMP_EVENT', 'group': 'IPMP_GROUP', 'interface': 'IPMP_INTERFACE',
          'address': 'IPMP_ADDRESS', 'from': 'IPMP_FROM', 'to': 'IPMP_TO', 'reason': 'IPMP_REASON',
          'detail': 'IPMP_DETAIL'}


class ReasonsLab(Lab):
    def admin_of_router(self, up):
        self.ip('lan', f'link set pr {"up" if up else "down"}')


class Told:
    """The events that a client hears, from now on."""

    def __init__(self):
        self.bus, self.events = Bus(), []
        self.bus.connection.signal_subscribe(BUS_NAME, MANAGER_IFACE, 'Event', '/org/ipmp', None,
                                             Gio.DBusSignalFlags.NONE, self.on_event)
        self.bus.owner()  # the answer comes after the match is in force

    def on_event(self, *arguments):
        self.events.append(arguments[5].unpack()[0])

    def read(self):
        self.bus.manager()
        while GLib.MainContext.default().iteration(False):
            pass
        return self.events


def history(bus, limit=10000):
    """The oldest first."""
    return bus.call('/org/ipmp', MANAGER_IFACE, 'History', '(u)', limit)[::-1]


def without_time(events):
    return [{name: value for name, value in event.items() if name != 'usec'} for event in events]


def of_journal(entries):
    """In the shape of events."""
    return [{'sequence': int(entry['IPMP_SEQUENCE'])}
            | {name: entry.get(field, '') for name, field in FIELDS.items()}
            for entry in entries if 'IPMP_SEQUENCE' in entry]


def closed_list():
    """The words of "reason", as the API has them."""
    text = API.read_text(encoding='utf-8')
    text = text[text.index('Words of "reason", a closed list'):]
    return set(re.findall(r'"([a-z-]+)"', text[:text.index('Errors:')])) - {'reason'}


class ThreeTimes(unittest.TestCase):
    def much_happens(self, lab):
        lab.wait_on('eth0', V4, V6)
        for name in ('eth0', 'eth1'):
            wait_until(lambda n=name: lab.bus.interface(n)['ProbeState'] == 'ok', f'{name} ok')
        lab.cable(0, False)
        lab.wait_on('eth1', V4, V6)
        lab.cable(0, True)
        lab.wait_on('eth0', V4, V6)
        port_state(lab, 0, True)
        wait_until(lambda: lab.bus.interface('eth0')['Reason'] == 'probe-failure', 'convicted')
        port_state(lab, 0, False)
        lab.wait_on('eth0', V4, V6)
        lab.admin(1, False)
        wait_state(lab, 'eth1', 'failed')
        lab.admin(1, True)
        wait_group(lab, 'ok')

    def more_happens(self, lab):
        call_interface(lab, 'eth1', 'Offline')
        call_interface(lab, 'eth1', 'Online')
        wait_until(lambda: lab.bus.interface('eth1')['State'] in ('ok', 'unknown'), 'eth1 in use')
        call_group(lab, 'AddAddress', '10.2.0.30/24', interface='eth0')
        call_group(lab, 'RemoveAddress', '10.2.0.30/24')
        lab.add_address(0, '10.2.0.50/24')
        wait_until(lambda: lab.bus.place('front', '10.2.0.50') == 'eth0', 'adopted')
        lab.ip('host', 'addr del 10.2.0.50/24 dev eth0')
        wait_until(lambda: any(event['reason'] == 'withdrawn' for event in history(lab.bus)), 'withdrawn')
        call_group(lab, 'AddInterface', 'eth2', standby=True)
        lab.rename('eth2', 'other2')
        wait_until(lambda: lab.bus.interface('eth2')['Reason'] == 'renamed', 'renamed')
        lab.rename('other2', 'eth2')
        lab.ip('host', f'link set eth1 address {member_mac(0)}')
        wait_until(lambda: lab.bus.interface('eth1')['Reason'] == 'duplicate-hwaddr', 'duplicate')
        lab.ip('host', f'link set eth1 address {member_mac(1)}')
        lab.unplug(0)
        wait_state(lab, 'eth0', 'missing')
        lab.plug(0)
        lab.wait_on('eth0', V4, V6)
        lab.configure(front=CONFIG.replace('[Group]', '[Group]\nFailback=no'))
        reload(lab)
        lab.bus.call(GROUP, GROUP_IFACE, 'Configure', '(a{sv}a{sv})', options(probe_method='none'), {})

    def test_the_same_in_all_three(self):
        journal = Journal()
        self.addCleanup(journal.close)
        with Lab(members=3) as lab:
            lab.configure(front=CONFIG)
            lab.daemon_stderr = journal.stderr()
            first = Told()
            lab.start_daemon()
            early = history(first.bus)  # what was before it had its name nobody could hear
            self.much_happens(lab)
            later = Told()
            begin = history(later.bus)
            self.more_happens(lab)
            self.wait_told(lab, journal, first)
            all_of_it = history(lab.bus)
            self.assertEqual([event['sequence'] for event in all_of_it],
                             list(range(1, len(all_of_it) + 1)))
            for before, told in ((early, first), (begin, later)):
                self.assertGreater(len(told.read()), 10)
                joined = {event['sequence']: event for event in before + told.read()}
                self.assertEqual(list(joined.values()), all_of_it)
            entries = [entry for entry in journal.read() if 'IPMP_SEQUENCE' in entry]
            self.assertEqual(of_journal(entries), without_time(all_of_it))
            self.identified(entries)
            self.assertGreaterEqual(
                {event['reason'] for event in all_of_it},
                {'joined', 'link-down', 'probe-failure', 'probe-repair', 'failover', 'failback',
                 'admin-down', 'offline', 'online', 'added', 'removed-by-request', 'adopted',
                 'withdrawn', 'renamed', 'duplicate-hwaddr', 'removed', 'probing-off'})
            first.bus.close()
            later.bus.close()

    @staticmethod
    def wait_reason(lab, *reasons):
        for reason in reasons:
            wait_until(lambda r=reason: any(event['reason'] == r for event in history(lab.bus)), reason)

    @staticmethod
    def configure(lab, group):
        lab.bus.call(GROUP, GROUP_IFACE, 'Configure', '(a{sv}a{sv})', options(**group), {})

    def links_and_devices(self, lab):
        lab.wait_on('eth0', V4, V6)
        wait_until(lambda: lab.bus.interface('eth0')['ProbeState'] == 'ok', 'probed')
        port_state(lab, 0, True)
        self.wait_reason(lab, 'probe-failure')
        port_state(lab, 0, False)
        self.wait_reason(lab, 'probe-repair', 'failback')
        lab.admin_of_router(False)
        self.wait_reason(lab, 'group-failure')
        lab.admin_of_router(True)
        wait_group(lab, 'ok')
        call_group(lab, 'AddInterface', 'eth2')
        self.configure(lab, {'probe_method': 'none'})
        self.configure(lab, {'probe_method': 'arp', 'probe_targets': ['10.2.0.1', '10.2.0.7']})
        self.wait_reason(lab, 'probing-off', 'probing-on', 'targets-changed')
        self.configure(lab, {'probe_method': 'none'})
        lab.unplug(0)
        self.wait_reason(lab, 'removed')
        lab.plug(0)
        self.wait_reason(lab, 'appeared')
        lab.rename('eth1', 'other1')
        self.wait_reason(lab, 'renamed')
        lab.rename('other1', 'eth1')
        wait_state(lab, 'eth1', 'ok')
        lab.ip('host', 'link add br7 type bridge', 'link set eth1 master br7')
        self.wait_reason(lab, 'enslaved')
        lab.ip('host', 'link set eth1 nomaster', 'link del br7')
        wait_state(lab, 'eth1', 'ok')
        lab.ip('host', f'link set eth1 address {member_mac(0)}')
        self.wait_reason(lab, 'duplicate-hwaddr')
        lab.ip('host', f'link set eth1 address {member_mac(1)}')
        wait_state(lab, 'eth1', 'ok')
        lab.ip('host', 'link set eth2 netns cli name stray')
        self.wait_reason(lab, 'moved-netns')
        lab.ip('cli', 'link set stray netns host name eth2')
        self.configure(lab, {'repair_delay_msec': 1000})
        lab.admin(2, True)
        self.wait_reason(lab, 'repair-delay')
        self.configure(lab, {'repair_delay_msec': 0})
        wait_state(lab, 'eth2', 'ok')
        lab.admin(2, False)
        self.wait_reason(lab, 'admin-down')
        for _ in range(3):  # the third time within a minute it is held
            lab.cable(0, False)
            wait_state(lab, 'eth0', 'failed')
            lab.wait_on('eth1', V4, V6)
            lab.cable(0, True)
            wait_until(lambda: lab.bus.interface('eth0')['LinkState'] == 'up', 'link')
        self.wait_reason(lab, 'link-down', 'failover', 'link-up', 'flapping')

    def requests_and_others(self, lab):
        lab.admin(2, True)
        wait_state(lab, 'eth2', 'ok')
        for standby in (True, False):
            lab.bus.call(interface_path('eth2'), INTERFACE_IFACE, 'SetStandby', '(ba{sv})', standby, {})
        for address in ('10.2.0.61/24', '10.2.0.62/24', '10.2.0.63/24'):
            call_group(lab, 'AddAddress', address)
        call_interface(lab, 'eth2', 'Offline')
        call_interface(lab, 'eth2', 'Online')
        self.wait_reason(lab, 'offline', 'online', 'standby-set', 'standby-cleared', 'activated',
                         'deactivated', 'rebalance')
        call_group(lab, 'RemoveAddress', '10.2.0.61/24')
        lab.add_address(1, '10.2.0.50/24')
        self.wait_reason(lab, 'adopted')
        lab.ip('host', 'addr del 10.2.0.50/24 dev eth1')
        self.wait_reason(lab, 'withdrawn')
        lab.add_address(2, '10.2.0.51/24')
        wait_until(lambda: lab.bus.place('front', '10.2.0.51') == 'eth2', 'adopted')
        lab.cable(2, False)
        wait_until(lambda: lab.bus.place('front', '10.2.0.51') in ('eth0', 'eth1'), 'moved')
        call_group(lab, 'RemoveInterface', 'eth2')
        (lab.config_dir / 'groups.d/back.conf').write_text('[Group]\n[Interface eth7]\n', encoding='utf-8')
        reload(lab)
        self.wait_reason(lab, 'added', 'removed-by-request', 'joined', 'left', 'restored', 'config')
        lab.daemon.send_signal(signal.SIGSTOP)
        lab.ip('host', *(f'route add 10.{100 + n // 65536}.{n // 256 % 256}.{n % 256} dev lo table 77'
                         for n in range(STORM)))
        lab.ip('host', 'route flush table 77')
        lab.daemon.send_signal(signal.SIGCONT)
        self.wait_reason(lab, 'resync')

    def three_times(self, lab, journal, told, early):
        """What the history has is what the journal and a client have."""
        self.wait_told(lab, journal, told)
        all_of_it = history(lab.bus)
        joined = {event['sequence']: event for event in early + told.read()}
        self.assertEqual(list(joined.values()), all_of_it)
        entries = [entry for entry in journal.read() if 'IPMP_SEQUENCE' in entry]
        self.assertEqual(of_journal(entries), without_time(all_of_it))
        self.identified(entries)
        heard = {event['reason'] for event in told.read()}
        # Who joined, and is adopted, at the start is told before anybody can hear it.
        return heard | ({event['reason'] for event in early} & {'joined'})

    def test_every_reason(self):
        """Each word of the closed list, by what really happens."""
        journal = Journal()
        self.addCleanup(journal.close)
        with ReasonsLab(members=3) as lab:
            lab.configure(front=CONFIG.replace('[Group]', '[Group]\nProbeMethod=arp'))
            lab.daemon_stderr = journal.stderr()
            told = Told()
            lab.start_daemon()
            early = history(told.bus)
            self.links_and_devices(lab)
            self.requests_and_others(lab)
            self.refused(lab)
            self.assertEqual(closed_list() - self.three_times(lab, journal, told, early),
                             OF_DETECTION_TIME)
            told.bus.close()

    def refused(self, lab):
        """The heir has no IPv6."""
        lab.sysctl('host', 'net.ipv6.conf.eth0.disable_ipv6', 1)
        call_group(lab, 'AddAddress', 'fd00:2::77/64', interface='eth1')
        lab.wait_on('eth1', 'fd00:2::77')
        lab.ip('host', '-6 addr flush dev eth1 scope link')  # else one that has none is not asked
        lab.cable(1, False)
        self.wait_reason(lab, 'refused')

    def test_every_reason_of_the_detection_time(self):
        """Raised while answers are late; a minute after they are not any more, lowered."""
        journal = Journal()
        self.addCleanup(journal.close)

        def late(lab):
            ignore_ping(lab, 'rtr', True)
            lab.late = lab.spawn('rtr', sys.executable, str(LATE), '0', '0.09', '0', stdout=-1)
            self.assertEqual(read_line(lab.late, 'the late one'), 'ready')
            lab.daemon_stderr = journal.stderr()

        config = '[Group]\nFailureDetectionTime=200ms\nProbeTargets=10.2.0.1\nProbeTargetsOnly=yes\n' \
            '[Interface eth0]\nTestAddresses=10.2.0.210/24\nAddresses=10.2.0.10/24\n' \
            '[Interface eth1]\nTestAddresses=10.2.0.211/24\n'
        with probe_lab({'front': config}, prepare=late) as lab:
            lab.wait_probed('eth0', 'eth1')
            told = Told()
            early = history(told.bus)
            lab.late.send_signal(signal.SIGUSR1)
            self.wait_reason(lab, 'fdt-raised')
            lab.late.send_signal(signal.SIGUSR1)
            wait_until(lambda: any(event['reason'] == 'fdt-lowered' for event in history(lab.bus)),
                       'fdt-lowered', deadline=240)  # a busy machine is late by itself for a while
            self.assertLessEqual(OF_DETECTION_TIME, self.three_times(lab, journal, told, early))
            told.bus.close()

    @staticmethod
    def wait_told(lab, journal, told):
        """As many in all three, and nothing more comes meanwhile."""
        numbers = []

        def all_is_told():
            numbers[:] = [(events or [{'sequence': 0}])[-1]['sequence'] for events in (
                history(lab.bus), told.read(), of_journal(journal.read()), history(lab.bus))]
            return len(set(numbers)) == 1

        try:
            wait_until(all_is_told, 'everything told')
        except AssertionError:
            raise AssertionError(f'latest in the history, heard, in the journal, in the history: {numbers}; '
                                 f'latest: {history(lab.bus)[-4:]}') from None

    def identified(self, entries):
        """Each kind by its own identifier, which the catalogue explains."""
        ids = {(entry['IPMP_EVENT'], entry['MESSAGE_ID']) for entry in entries}
        self.assertEqual(len({kind for kind, _ in ids}), len(ids))
        self.assertEqual(len({number for _, number in ids}), len(ids))
        explained = set(re.findall(r'^-- ([0-9a-f]{32})$', CATALOG.read_text(), re.M))
        self.assertLessEqual({number for _, number in ids}, explained)
        self.assertEqual({entry['SYSLOG_IDENTIFIER'] for entry in entries}, {'ipmpd'})


if __name__ == '__main__':
    tap.main()
