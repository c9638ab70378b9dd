# SPDX-License-Identifier: LGPL-2.1-or-later
"""Probes as the bus tells them: what is known of targets, who watches and what a watcher is sent,
and the interfaces of no group. Everything is real: the service, a router that answers, the bus."""
import json
import os
import select
import signal
import subprocess
import sys
import time
import unittest

from gi.repository import Gio, GLib

import tap
from lab import DEADLINE, IPMPCTL, Lab, read_line, wait_until
from service import (DENIED, ERROR, GROUP, INTERFACE, MANAGER, PROPERTIES, ROOT, group_path,
                     interface_path, options)

FRONT, NO_GROUP = group_path('front'), group_path('_')
ROUTER = '10.2.0.1'
# Of what comes to it by its own name alone: no match is added that would let it hear what is for all.
WATCHER = '''
import json, os, sys
from gi.repository import Gio, GLib
flags = Gio.DBusConnectionFlags
bus = Gio.DBusConnection.new_for_address_sync(
    os.environ['DBUS_SYSTEM_BUS_ADDRESS'],
    flags.AUTHENTICATION_CLIENT | flags.MESSAGE_BUS_CONNECTION, None, None)
def call(method, interfaces):
    options = {'interfaces': GLib.Variant('as', interfaces)} if interfaces else {}
    try:
        bus.call_sync('org.ipmp', '/org/ipmp', 'org.ipmp.Manager', method,
                      GLib.Variant('(a{sv})', (options,)), None, 0, 60000, None)
        # What was sent to us before the answer has come before it, and is told before it.
        while GLib.MainContext.default().iteration(False):
            pass
        print(json.dumps('done'), flush=True)
    except GLib.Error as error:
        print(json.dumps(error.message), flush=True)
def on_signal(connection, sender, path, interface, name, values):
    print(json.dumps([path.rpartition('/')[2], *values.unpack()]), flush=True)
bus.signal_subscribe(None, 'org.ipmp.Interface', 'ProbeCompleted', None, None,
                     Gio.DBusSignalFlags.NO_MATCH_RULE, on_signal)
def on_line(channel, condition):
    words = sys.stdin.readline().split()
    if words:
        call(words[0], words[1:])
    return bool(words)
GLib.io_add_watch(GLib.IOChannel.unix_new(0), GLib.PRIORITY_DEFAULT, GLib.IOCondition.IN, on_line)
call('WatchProbes', sys.argv[1:])
GLib.MainLoop().run()
'''


def config(fdt, members=2, more=''):
    text = f'[Group]\nFailureDetectionTime={fdt}\nProbeTargets={ROUTER}\n{more}'
    for number in range(members):
        text += f'\n[Interface eth{number}]\nTestAddresses=10.2.0.21{number}/24\n'
        if number == 0:
            text += 'Addresses=10.2.0.10/24\n'
    return text


class Watcher:
    def __init__(self, lab, *interfaces, user=None):
        command = [sys.executable, '-c', WATCHER, *interfaces]
        if user:
            command = ['setpriv', f'--reuid={user}', '--regid=nogroup', '--clear-groups', *command]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
        lab.children.append(self.process)
        self.rest = b''
        self.heard = []     # [interface, sequence, target, result, sent, network, rtt, avg, dev]
        self.answers = []
        self.wait_answer(1)
        self.answer = self.answers[0]

    def read(self, timeout=0):
        """What it has told until now."""
        while select.select([self.process.stdout], [], [], timeout)[0]:
            piece = os.read(self.process.stdout.fileno(), 65536)
            if not piece:
                break
            *lines, self.rest = (self.rest + piece).split(b'\n')
            for line in map(json.loads, lines):
                (self.answers if isinstance(line, str) else self.heard).append(line)
            timeout = 0

    def wait_answer(self, n):
        wait_until(lambda: self.read(0.1) or len(self.answers) >= n, f'answer {n} of a watcher')

    def wait(self, wanted, what):
        return wait_until(lambda: self.read(0.1) or [r for r in self.heard if wanted(r)], what)

    def wait_more(self, n):
        """So many more than now."""
        self.read()
        first = len(self.heard)
        wait_until(lambda: self.read(0.1) or len(self.heard) >= first + n, f'{n} more results')
        return self.heard[first:]

    def call(self, *words):
        n = len(self.answers)
        self.process.stdin.write(' '.join(words).encode() + b'\n')
        self.wait_answer(n + 1)
        return self.answers[-1]

    def leave(self):
        self.process.kill()
        self.process.wait()


class Probes(unittest.TestCase):
    fdt, members = '100ms', 2

    def setUp(self):
        self.lab = Lab(members=self.members)
        self.addCleanup(self.close)
        self.lab.configure(front=config(self.fdt, self.members))
        self.lab.start_daemon()
        self.wait_ok()

    def wait_ok(self):
        for number in range(self.members):
            self.wait_property(f'eth{number}', 'ProbeState', 'ok')

    def close(self):
        self.lab.failed = bool(self._outcome.result.failures or self._outcome.result.errors)
        self.lab.close()
        for child in self.lab.children:
            if child.stdin:
                child.stdin.close()

    def wait_property(self, name, key, value):
        wait_until(lambda: (self.lab.bus.interface(name) or {}).get(key) == value,
                   f'{key} {value} of {name} (is {self.lab.bus.interface(name)})')

    def ask(self, name, method):
        return self.lab.bus.call(interface_path(name), INTERFACE, method)

    def refused(self, path, interface, method, signature, *arguments):
        with self.assertRaises(GLib.Error) as caught:
            self.lab.bus.call(path, interface, method, signature, *arguments)
        return Gio.DBusError.get_remote_error(caught.exception)


class Known(Probes):
    def test_targets_and_properties(self):
        seen = self.lab.bus.interface('eth0')
        self.assertEqual((seen['TargetMode'], seen['Targets'], seen['TestAddresses']),
                         ('configured', [ROUTER], ['10.2.0.210/24']))
        self.assertEqual(self.lab.bus.group('front')['CurrentFailureDetectionMSec'], 100)
        before = time.time_ns() // 1000
        target, = wait_until(lambda: [t for t in self.ask('eth0', 'GetTargets')
                                      if t['last-answer-usec'] >= before], 'a newer answer')
        self.assertLess(target['last-answer-usec'], time.time_ns() // 1000 + 1000)
        self.assertEqual((target['address'], target['source'], target['state']),
                         (ROUTER, 'configured', 'active'))
        self.assertTrue(0 < target['rtt-usec'] < 1000000)
        self.assertEqual(set(target), {'address', 'source', 'state', 'rtt-usec', 'deviation-usec',
                                       'last-answer-usec'})

    def test_properties_have_those_that_are_asked_in_turn(self):
        many = [ROUTER, *(f'10.2.0.{number}' for number in range(90, 96))]
        self.lab.bus.call(FRONT, GROUP, 'Configure', '(a{sv}a{sv})', options(probe_targets=many), {})

        def same():
            told = self.ask('eth0', 'GetTargets')
            active = [target['address'] for target in told if target['state'] == 'active']
            return [t['address'] for t in told] == many and len(active) < len(many) \
                and self.lab.bus.interface('eth0')['Targets'] == active

        wait_until(same, 'seven known, fewer asked')

    def test_statistics_go_on(self):
        first = self.ask('eth0', 'GetStatistics')
        later = wait_until(lambda: [s for s in [self.ask('eth0', 'GetStatistics')]
                                    if s['probes-acked'] >= first['probes-acked'] + 20],
                           '20 more answers')[0]
        # The first look may have come between a probe and its answer.
        self.assertGreaterEqual(later['probes-sent'], first['probes-acked'] + 20)
        self.assertGreaterEqual(later['probes-sent'], later['probes-acked'])
        self.assertGreaterEqual(later['probes-sent'], later['probes-lost'])
        self.assertTrue(0 < later['rtt-usec'] < 1000000)

    def test_what_is_not_probed_says_so(self):
        self.lab.bus.call(FRONT, GROUP, 'Configure', '(a{sv}a{sv})', options(probe_method='none'), {})
        self.wait_property('eth0', 'ProbeState', 'disabled')
        seen = self.lab.bus.interface('eth0')
        self.assertEqual((seen['TargetMode'], seen['Targets']), ('disabled', []))
        self.assertEqual(self.ask('eth0', 'GetTargets'), [])
        self.assertEqual(self.lab.bus.group('front')['CurrentFailureDetectionMSec'], 0)
        events = self.lab.bus.call(ROOT, MANAGER, 'History', '(u)', 100)
        self.assertIn(('probing', 'probing-off', 'front', 'eth0'),
                      [(e['event'], e['reason'], e['group'], e['interface']) for e in events])


class Shown(Probes):
    """The same, by ipmpctl."""
    fdt = '300ms'

    def test_targets_status_and_statistics(self):
        row = next(line.split() for line in self.lab.ipmpctl('targets').stdout.splitlines()
                   if line.startswith('eth1'))
        self.assertEqual(row[:6], ['eth1', 'configured', '10.2.0.211/24', ROUTER, 'active',
                                   'configured'])
        status = self.lab.ipmpctl('status').stdout
        self.assertIn('detection 300 ms, failback', status)
        self.assertRegex(status, r'eth0 +ok +link up +probes ok +active')
        counters = json.loads(self.lab.ipmpctl('statistics', 'eth0', '--json').stdout)['eth0']
        self.assertGreater(counters['probes-acked'], 0)

    def test_results_as_they_come(self):
        child = self.lab.spawn(None, IPMPCTL, 'probes', 'eth1', '--json', stdout=subprocess.PIPE)
        for _ in range(5):
            result = json.loads(read_line(child, 'ipmpctl probes'))
            self.assertEqual((result['interface'], result['target']), ('eth1', ROUTER))
        child.send_signal(signal.SIGINT)
        self.assertEqual(child.wait(DEADLINE), 0)


class Watched(Probes):
    """Slow enough that nothing has to be merged."""
    fdt = '300ms'

    def test_the_watcher_is_told_and_nobody_else(self):
        heard = []
        self.lab.bus.connection.signal_subscribe(None, INTERFACE, 'ProbeCompleted', None, None,
                                                 Gio.DBusSignalFlags.NONE,
                                                 lambda *values: heard.append(values))
        self.lab.bus.owner()  # its match is in force
        watcher = Watcher(self.lab)
        self.assertEqual(watcher.answer, 'done')
        for attempt in range(1, 6):  # a machine that stands still leaves probes out
            results = watcher.wait_more(40)
            now = time.time_ns() // 1000
            self.assertEqual({r[0] for r in results}, {'eth0', 'eth1'})
            # one that was lost for being late is told again
            numbers = [sorted({r[1] for r in results if r[0] == name}) for name in ('eth0', 'eth1')]
            if all(list(range(told[0], told[0] + len(told))) == told for told in numbers):
                break
            self.assertLess(attempt, 5, numbers)
        answered = [r for r in results if r[3] == 'acked']
        self.assertGreater(len(answered), 20)
        for _, _, target, _, sent, network, rtt, average, _ in answered:
            self.assertEqual(target, ROUTER)
            self.assertTrue(now - DEADLINE * 1e6 < sent <= now, (sent, now))
            # 0 if the answer was there before the service saw the clock again
            self.assertTrue(0 <= network <= rtt < 1000000, (network, rtt))
            self.assertGreater(average, 0)
        self.assertTrue(any(r[5] for r in answered))
        self.lab.bus.owner()  # what was sent to this connection before has come
        while GLib.MainContext.default().iteration(False):
            pass
        self.assertEqual(heard, [])

    def test_a_lost_one_is_told(self):
        watcher = Watcher(self.lab, 'eth0')
        watcher.wait_more(5)
        self.lab.run(None, 'bridge', '-n', 'lan', 'link', 'set', 'dev', 'p0', 'state', '0')
        lost = watcher.wait(lambda r: r[3] == 'lost', 'a lost probe')[0]
        self.assertEqual((lost[0], lost[2], lost[5], lost[6]), ('eth0', ROUTER, 0, 0))
        self.wait_property('eth0', 'State', 'failed')
        self.assertEqual(self.lab.bus.interface('eth0')['ProbeState'], 'failed')
        self.assertEqual(self.lab.bus.interface('eth0')['Reason'], 'probe-failure')

    def test_interfaces_are_added_and_left_out(self):
        watcher = Watcher(self.lab, 'eth0')
        self.assertEqual({r[0] for r in watcher.wait_more(20)}, {'eth0'})
        self.assertEqual(watcher.call('WatchProbes', 'eth1'), 'done')
        watcher.wait(lambda r: r[0] == 'eth1', 'a result of eth1')
        self.assertEqual(watcher.call('UnwatchProbes', 'eth0'), 'done')
        self.assertEqual({r[0] for r in watcher.wait_more(20)}, {'eth1'})
        self.assertEqual(watcher.call('UnwatchProbes'), 'done')
        n = len(watcher.heard)
        sent = self.ask('eth1', 'GetStatistics')['probes-acked']
        wait_until(lambda: self.ask('eth1', 'GetStatistics')['probes-acked'] > sent + 20, 'more probes')
        watcher.read()
        self.assertEqual(len(watcher.heard), n)

    def test_there_are_only_so_many(self):
        watchers = []
        for user in ('root', 'games', 'daemon', 'www-data'):
            watchers += [Watcher(self.lab, user=user), Watcher(self.lab, user=user)]
            self.assertEqual([w.answer for w in watchers[-2:]], ['done', 'done'])
            self.assertIn(ERROR + 'LimitReached', Watcher(self.lab, user=user).answer)
        self.assertIn(ERROR + 'LimitReached', Watcher(self.lab, user='bin').answer)
        self.assertIn(DENIED, Watcher(self.lab, user='nobody').answer)
        for watcher in watchers:
            watcher.wait_more(5)
        # One that goes makes room.
        watchers[0].leave()
        newcomers = wait_until(lambda: [w for w in [Watcher(self.lab, user='bin')]
                                        if w.answer == 'done'], 'room')
        newcomers[0].wait_more(5)

    def test_a_connection_that_comes_again_watches_nothing(self):
        Watcher(self.lab).leave()
        watcher = Watcher(self.lab, 'eth0')
        watcher.leave()
        again = Watcher(self.lab, 'eth9')  # which is refused
        self.assertIn(ERROR + 'NoSuchInterface', again.answer)
        self.assertIn('eth9', again.answer)
        sent = self.ask('eth0', 'GetStatistics')['probes-acked']
        wait_until(lambda: self.ask('eth0', 'GetStatistics')['probes-acked'] > sent + 20, 'more probes')
        again.read()
        self.assertEqual(again.heard, [])


class Flood(Probes):
    """About 525 probes a second of each interface."""
    fdt, members = '10ms', 4

    def rss_kib(self):
        with open(f'/proc/{self.lab.daemon.pid}/status', encoding='ascii') as lines:
            return next(int(line.split()[1]) for line in lines if line.startswith('VmRSS'))

    def test_no_more_than_a_hundred_a_second(self):
        before = self.ask('eth0', 'GetStatistics')['probes-sent']
        start = time.monotonic()  # it is told from the moment at which it is let in
        watcher = Watcher(self.lab)
        watcher.wait_more(300)
        seconds = time.monotonic() - start
        sent = self.ask('eth0', 'GetStatistics')['probes-sent'] - before
        n = len(watcher.heard)
        print(f'# {n} signals in {seconds:.1f} s; eth0 alone was probed {sent} times')
        self.assertLessEqual(n, 10 + 91 * seconds + 10)
        self.assertGreater(sent, n)
        self.assertEqual({r[0] for r in watcher.heard}, {'eth0', 'eth1', 'eth2', 'eth3'})
        # One that was given up and answered late is told twice, behind those that came in time.
        for result in ('acked', 'lost'):
            numbers = [r[1] for r in watcher.heard if r[0] == 'eth0' and r[3] == result]
            self.assertEqual(numbers, sorted(numbers), result)

    def test_who_does_not_read_costs_nothing(self):
        reader, sleeper = Watcher(self.lab), Watcher(self.lab)
        reader.wait_more(50)
        os.kill(sleeper.process.pid, signal.SIGSTOP)
        sleeper.read()
        n, before = len(sleeper.heard), self.rss_kib()
        reader.wait_more(500)  # which takes five seconds, and would never come if it waited for the other
        grown = self.rss_kib() - before
        woken = time.time_ns() // 1000
        os.kill(sleeper.process.pid, signal.SIGCONT)
        sleeper.wait(lambda r: r[4] > woken, 'a result of after')
        late = [r for r in sleeper.heard[n:] if r[4] <= woken]
        print(f'# {len(late)} had been sent ahead; the service has grown by {grown} KiB')
        # what it is sent ahead, what had waited for it, and what had been under way to this process
        self.assertLessEqual(len(late), 100 + self.members + 100)
        self.assertLess(grown, 4096 + (64 << 10 if self.is_sanitized() else 0))

    def is_sanitized(self):
        with open(f'/proc/{self.lab.daemon.pid}/maps', encoding='utf-8') as maps:
            return 'libasan' in maps.read()


class NoGroup(Probes):
    """eth2 is in no group."""

    def setUp(self):
        self.lab = Lab(members=3)
        self.addCleanup(self.close)
        # else it would answer for the test addresses of the others
        self.lab.sysctl('host', 'net.ipv4.conf.eth2.arp_ignore', 1)
        self.lab.configure(front=config(self.fdt), ipmp='[Defaults]\nTrackUngroupedInterfaces=yes\n')
        self.lab.start_daemon()
        self.wait_ok()
        wait_until(lambda: self.lab.bus.interface('eth2'), 'an object of eth2')

    def manager(self):
        return self.lab.bus.call(ROOT, PROPERTIES, 'GetAll', '(s)', MANAGER)

    def test_its_object(self):
        group = self.lab.bus.group('_')
        self.assertEqual((group['Name'], group['Anonymous'], group['Temporary'], group['ConfigPath']),
                         ('', True, False, ''))
        self.assertIn(interface_path('eth2'), group['Interfaces'])
        self.assertEqual(self.lab.bus.interface('eth2')['Group'], NO_GROUP)
        self.assertEqual(self.lab.bus.call(ROOT, MANAGER, 'GetGroup', '(s)', ''), NO_GROUP)
        self.assertEqual(self.manager()['Groups'], [NO_GROUP, FRONT])
        self.assertIn(interface_path('eth2'), self.manager()['Interfaces'])
        described = json.loads(self.lab.bus.call(ROOT, MANAGER, 'Describe'))
        self.assertEqual([g['name'] for g in described['groups']], ['', 'front'])
        self.assertEqual([i['group'] for i in described['interfaces'] if i['name'] == 'eth2'], [''])

    def test_its_methods_are_not_supported(self):
        refusal = ERROR + 'NotSupported'
        for method, signature, arguments in (
                ('AddInterface', '(sa{sv})', ('eth9', {})),
                ('RemoveInterface', '(sa{sv})', ('eth2', {})),
                ('AddAddress', '(sa{sv})', ('10.2.0.30/24', {})),
                ('RemoveAddress', '(sa{sv})', ('10.2.0.30/24', {})),
                ('Configure', '(a{sv}a{sv})', (options(failback=False), {})),
                ('Save', '(a{sv})', ({},)), ('Delete', '(a{sv})', ({},))):
            with self.subTest(method=method):
                self.assertEqual(self.refused(NO_GROUP, GROUP, method, signature, *arguments), refusal)
        for method, signature, arguments in (
                ('Offline', '(a{sv})', ({},)), ('Online', '(a{sv})', ({},)),
                ('SetStandby', '(ba{sv})', (True, {})),
                ('SetTestAddresses', '(asa{sv})', (['10.2.0.212/24'], {}))):
            with self.subTest(method=method):
                self.assertEqual(self.refused(interface_path('eth2'), INTERFACE, method, signature,
                                              *arguments), refusal)

    def test_it_does_not_count(self):
        self.assertEqual(self.manager()['State'], 'ok')
        self.lab.cable(2, False)
        self.wait_property('eth2', 'State', 'failed')
        self.assertEqual(self.lab.bus.interface('eth2')['Reason'], 'link-down')
        self.assertEqual(self.manager()['State'], 'ok')
        self.assertEqual(self.lab.ipmpctl('status').returncode, 0)

    def test_who_joins_a_group_keeps_its_object(self):
        seen = []
        self.lab.bus.connection.signal_subscribe(
            None, None, None, None, None, Gio.DBusSignalFlags.NONE,
            lambda connection, sender, path, interface, name, values:
            seen.append((name, path, values.unpack())))
        path = interface_path('eth2')

        def told(wanted):
            self.lab.bus.owner()  # what was sent before has come
            while GLib.MainContext.default().iteration(False):
                pass
            return [s for s in seen if wanted(s)]
        self.lab.bus.call(FRONT, GROUP, 'AddInterface', '(sa{sv})', 'eth2', {})
        self.assertEqual(self.lab.bus.interface('eth2')['Group'], FRONT)
        self.assertEqual([s[2][1]['Group'] for s in told(lambda s: s[:2] == (
            'PropertiesChanged', path) and 'Group' in s[2][1])], [FRONT])
        self.assertEqual(told(lambda s: s[0].startswith('Interfaces') and s[2][0] == path), [])
        self.lab.bus.call(FRONT, GROUP, 'RemoveInterface', '(sa{sv})', 'eth2', {})
        self.wait_property('eth2', 'Group', NO_GROUP)


if __name__ == '__main__':
    tap.main()
