# SPDX-License-Identifier: LGPL-2.1-or-later
"""Each decision is told three times, in the same words: in History, in the signal Event, and in the
journal with its MESSAGE_ID. Whoever comes later joins them by the sequence, without a gap."""
import pathlib
import re
import unittest

import tap
from front import (FRONT, GROUP, GROUP_IFACE, MANAGER_IFACE, V4, V6, call_group, call_interface,
                   options, reload, wait_group, wait_state)
from gi.repository import Gio, GLib
from journal import Journal
from lab import BUS_NAME, Bus, Lab, member_mac, wait_until
from probing import port_state

CONFIG = FRONT.replace('[Group]', '[Group]\nFailureDetectionTime=500ms\nProbeTargets=10.2.0.1')
CATALOG = pathlib.Path(__file__).parents[2] / 'data' / 'ipmp.catalog'
FIELDS = {'event': 'IPMP_EVENT', 'group': 'IPMP_GROUP', 'interface': 'IPMP_INTERFACE',
          'address': 'IPMP_ADDRESS', 'from': 'IPMP_FROM', 'to': 'IPMP_TO', 'reason': 'IPMP_REASON',
          'detail': 'IPMP_DETAIL'}


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
