# SPDX-License-Identifier: LGPL-2.1-or-later
"""The unit under a real systemd: what it grants is enough for every feature and no more than that,
the watchdog, reload, stop and the journal do what the manual says. One group lives through all of
it, in the order of the names."""
import json
import os
import pathlib
import pwd
import signal
import subprocess
import sys
import unittest

import contained
import tap
from contained import UNIT, ContainedLab, journal, main_pid, show, systemctl
from lab import difference, read_line, wait_until

V4, V6 = '10.2.0.10', 'fd00:2::10'
NET_ADMIN_AND_RAW = 1 << 12 | 1 << 13
RULES = pathlib.Path('/project/tests/lib/test.rules')
FRONT = pathlib.Path('/etc/ipmp/groups.d/front.conf')
FREEZE = pathlib.Path(__file__).parent / 'freeze.py'


def status_of(pid):
    lines = pathlib.Path(f'/proc/{pid}/status').read_text(encoding='utf-8').splitlines()
    return dict(line.split(':\t', 1) for line in lines if ':\t' in line)


def threads_of(pid):
    return sorted(int(path.name) for path in pathlib.Path(f'/proc/{pid}/task').iterdir())


def owner_of(path):
    return pwd.getpwuid(path.stat().st_uid).pw_name


class Sandbox(unittest.TestCase):
    """Numbered: they build upon each other, a boot of their own each would cost a minute."""

    @classmethod
    def setUpClass(cls):
        pathlib.Path('/etc/polkit-1/rules.d/50-test.rules').write_bytes(RULES.read_bytes())
        cls.lab = ContainedLab()
        cls.addClassCleanup(cls.lab.close)
        for number, address in ((0, f'{V4}/24'), (0, f'{V6}/64')):
            cls.lab.add_address(number, address)
        cls.lab.add_default_routes()
        cls.before = cls.lab.picture()
        cls.lab.start_daemon()

    def run(self, result=None):
        super().run(result)
        self.lab.failed = self.lab.failed or bool(result.failures or result.errors)

    def moves(self):
        return [json.loads(line) for line in
                journal('-o', 'json', 'IPMP_EVENT=address-moved').splitlines()]

    def acked(self, interface):
        return self.lab.bus.call(f'/org/ipmp/interface/{interface}', 'org.ipmp.Interface',
                                 'GetStatistics')['probes-acked']

    def test_01_unit_is_clean(self):
        done = subprocess.run(['systemd-analyze', 'verify', '--man=no', UNIT], capture_output=True,
                              text=True)
        self.assertEqual((done.returncode, done.stdout + done.stderr), (0, ''))
        # The threshold is ten times the exposure that is printed.
        done = subprocess.run(['systemd-analyze', 'security', '--threshold=20', UNIT],
                              capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stdout[-300:])

    def test_02_order_at_boot(self):
        before, after = show('Before').split(), show('After').split()
        for unit in ('network.target', 'network-online.target'):
            self.assertIn(unit, before)
        for unit in ('NetworkManager.service', 'systemd-networkd.service', 'networking.service',
                     'network-pre.target', 'dbus.socket'):
            self.assertIn(unit, after)

    def test_03_what_the_process_is(self):
        pid = main_pid()
        for thread in threads_of(pid):
            status = status_of(f'{pid}/task/{thread}')
            self.assertEqual(set(status['Uid'].split()), {str(pwd.getpwnam('ipmp').pw_uid)})
            for name in ('CapPrm', 'CapEff', 'CapBnd'):
                self.assertEqual(int(status[name], 16), NET_ADMIN_AND_RAW, name)
            self.assertEqual((status['NoNewPrivs'], status['Seccomp']), ('1', '2'))
        classes = [os.sched_getscheduler(thread) & ~os.SCHED_RESET_ON_FORK
                   for thread in threads_of(pid)]
        self.assertEqual(classes[0], os.SCHED_FIFO)
        self.assertEqual(set(classes[1:]), {os.SCHED_OTHER})
        # Without CAP_SYS_RESOURCE not even the service manager can raise the limit.
        if show('LimitMEMLOCK') == 'infinity' and 'Max locked memory         unlimited' in \
                pathlib.Path(f'/proc/{pid}/limits').read_text(encoding='ascii'):
            self.assertNotEqual(status_of(pid)['VmLck'].split()[0], '0')
        else:
            self.assertIn('memory is not locked', journal())
        self.assertNotIn('priority is not raised', journal())

    def test_04_who_may_change(self):
        denied = self.lab.ipmpctl('create', 'front', 'eth0', 'eth1', check=False, user='nobody')
        self.assertEqual(denied.returncode, 3, denied.stderr)
        self.assertFalse(FRONT.exists())
        self.lab.ipmpctl('create', 'front', 'eth0', 'eth1', 'fdt=1s', user='games')
        self.assertEqual((owner_of(FRONT), owner_of(FRONT.parent)), ('ipmp', 'ipmp'))
        self.assertEqual(owner_of(pathlib.Path('/run/ipmp/record.json')), 'ipmp')
        self.assertIn('Interface eth1', FRONT.read_text(encoding='utf-8'))
        self.assertEqual(self.lab.sysctl('host', 'net.ipv4.conf.eth0.promote_secondaries'), '1')

    def test_05_probes_are_answered(self):
        for name in ('eth0', 'eth1'):
            wait_until(lambda n=name: self.acked(n) > 0, f'answers through {name}')

    def test_05b_each_way_to_probe(self):
        """Sockets of each kind, routes of test addresses, what is learned from neighbours."""
        self.lab.ipmpctl('test-addresses', 'eth0', '10.2.0.110/24')
        self.lab.ipmpctl('test-addresses', 'eth1', '10.2.0.111/24')
        for method, target in (('icmp', '10.2.0.1'), ('arp', '10.2.0.1')):
            self.lab.ipmpctl('set', 'front', f'probe={method}')
            for name in ('eth0', 'eth1'):
                wait_until(lambda n=name: target in self.lab.bus.interface(n)['Targets'],
                           f'{target} asked by {method} through {name}')
                before = self.acked(name)
                wait_until(lambda n=name: self.acked(n) > before + 3,
                           f'answers by {method} through {name}')
        self.lab.ipmpctl('set', 'front', 'probe=auto')
        for name in ('eth0', 'eth1'):
            self.lab.ipmpctl('test-addresses', name)

    def test_05c_what_else_needs_a_right(self):
        nexthops = self.lab.ip_json('host', 'nexthop', 'show')
        self.assertTrue(any(n.get('protocol') == '73' or n.get('protocol') == 73 for n in nexthops),
                        nexthops)
        # Frames of others are listened for.
        advice = json.loads(self.lab.ipmpctl('check', '--json', check=False).stdout)
        self.assertNotIn('not permitted', json.dumps(advice))
        self.assertIn('front', self.lab.ipmpctl('history').stdout)
        self.assertEqual(owner_of(pathlib.Path('/run/ipmp/history')), 'ipmp')
        self.assertNotIn('ermission denied', journal())
        self.assertNotIn('not permitted', journal())

    def test_06_failover(self):
        self.lab.cable(0, False)
        self.lab.wait_on('eth1', V4, V6)
        for address in (V4, V6):
            self.assertTrue(self.lab.ping('rtr', address))
        self.lab.cable(0, True)
        self.lab.wait_on('eth0', V4, V6)

    def test_07_journal_fields(self):
        moves = [entry for entry in self.moves() if entry.get('IPMP_REASON') == 'failover']
        self.assertTrue(moves)
        entry = moves[0]
        self.assertEqual((entry['IPMP_GROUP'], entry['IPMP_FROM'], entry['IPMP_TO']),
                         ('front', 'eth0', 'eth1'))
        self.assertEqual((entry['_SYSTEMD_UNIT'], entry['SYSLOG_IDENTIFIER']), (UNIT, 'ipmpd'))
        self.assertEqual(len(entry['MESSAGE_ID']), 32)
        self.assertTrue(show('StatusText').startswith('ok: groups 1'), show('StatusText'))

    def test_08_reload(self):
        text = FRONT.read_text(encoding='utf-8')
        FRONT.write_text(text.replace('FailureDetectionTime=1s', 'FailureDetectionTime=2s'),
                         encoding='utf-8')
        systemctl('reload', UNIT)
        self.assertEqual(self.lab.bus.group('front')['FailureDetectionMSec'], 2000)
        FRONT.write_text(text + 'Standby=perhaps\n', encoding='utf-8')
        refused = systemctl('reload', UNIT, check=False)
        if show('Type') == 'notify':
            self.assertNotEqual(refused.returncode, 0)
        wait_until(lambda: 'perhaps' in journal(), 'the reason in the journal')
        self.assertEqual(self.lab.bus.group('front')['FailureDetectionMSec'], 2000)
        FRONT.write_text(text, encoding='utf-8')
        os.kill(main_pid(), signal.SIGHUP)
        wait_until(lambda: self.lab.bus.group('front')['FailureDetectionMSec'] == 1000,
                   'the file read again for a signal')
        self.lab.ipmpctl('set', 'front', 'failback=no', '--temporary')
        self.assertEqual(owner_of(pathlib.Path('/run/ipmp/groups.d/front.conf')), 'ipmp')
        self.lab.ipmpctl('save', 'front')

    def keep_flowing(self, action):
        """Nothing is lost and no address touched by what is done to the daemon."""
        with subprocess.Popen(['ip', 'monitor', 'address'], stdout=subprocess.PIPE,
                              text=True) as monitor:
            flow = self.lab.flow('udp', 'rtr', 'host', V4, 7000 + self.port, rate=500)
            type(self).port += 1
            action()
            report = flow.finish()
            monitor.terminate()
            seen = monitor.stdout.read()
        self.assertEqual(seen, '')
        self.assertEqual(report['lost'], 0, report)
        self.assertGreater(report['answered'], 20, report)

    port = 0

    def restarted(self, pid):
        wait_until(lambda: show('ActiveState') == 'active' and main_pid() not in (0, pid),
                   'the unit restarted')
        wait_until(lambda: (self.lab.bus.owner() and self.lab.bus.group('front') or {})
                   .get('State') == 'ok', 'the group again')

    def test_09_restart(self):
        pid = main_pid()

        def restart():
            systemctl('restart', UNIT)
            self.restarted(pid)
        self.keep_flowing(restart)

    def watched(self, hang):
        contained.drop_in('WatchdogSec=2s')
        systemctl('restart', UNIT)
        self.restarted(0)
        pid, restarts = main_pid(), int(show('NRestarts'))

        def hang_until_restarted():
            hang(pid)
            self.restarted(pid)
        self.keep_flowing(hang_until_restarted)
        self.assertEqual(int(show('NRestarts')), restarts + 1)
        self.assertIn("Failed with result 'watchdog'", journal())
        contained.drop_in(None)

    def test_10_watchdog_of_all(self):
        self.watched(lambda pid: os.kill(pid, signal.SIGSTOP))

    def test_11_watchdog_of_the_engine(self):
        """The first thread alone hangs, the bus goes on; and the other way round."""
        def freeze(thread):
            # The one who stops it has to be there when it ends.
            child = self.lab.spawn(None, sys.executable, FREEZE, str(thread), stdout=subprocess.PIPE)
            self.assertEqual(read_line(child, 'the thread stopped'), 'frozen')

        def freeze_engine(pid):
            freeze(pid)
            self.assertTrue(self.lab.bus.manager()['Version'])
        self.watched(freeze_engine)

        def freeze_main(pid):
            names = {pathlib.Path(f'/proc/{pid}/task/{thread}/comm').read_text().strip(): thread
                     for thread in threads_of(pid)}
            freeze(names['ipmpd-main'])
        self.watched(freeze_main)

    def test_12_metrics(self):
        directory = pathlib.Path('/var/lib/prometheus/node-exporter')
        directory.mkdir(parents=True)
        systemctl('start', 'ipmp-metrics.service')
        text = (directory / 'ipmp.prom').read_text(encoding='utf-8')
        self.assertIn('ipmp_group_state{group="front",state="ok"} 1', text)
        self.assertEqual([path.name for path in directory.iterdir()], ['ipmp.prom'])

    def test_12_the_journal_is_limited(self):
        """By journald, and what it leaves out is in the history. With a small limit, which journald raises
        to up to six times for a disk with much room."""
        self.assertEqual((show('LogRateLimitIntervalUSec'), show('LogRateLimitBurst')), ('30s', '10000'))
        contained.drop_in('LogRateLimitIntervalSec=2s\nLogRateLimitBurst=5')
        systemctl('restart', UNIT)
        self.restarted(0)

        def suppressed():
            """A failover and back, each with its lines."""
            for state in 'offline', 'online':
                self.lab.ipmpctl(state, 'eth0')
            return 'Suppressed' in self.journald()
        try:
            wait_until(suppressed, 'journald leaves lines of the service out')
        finally:
            contained.drop_in(None)
        told = self.lab.bus.call('/org/ipmp', 'org.ipmp.Manager', 'History', '(u)', 10000)
        moves = [event for event in told if event['event'] == 'address-moved']
        written = [entry for entry in self.moves() if entry['_PID'] == str(main_pid())]
        self.assertGreater(len(moves), len(written))

    @staticmethod
    def journald():
        return subprocess.run(['journalctl', '-q', '--no-pager', '-t', 'systemd-journald'], stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=60).stdout

    def test_13_stop_and_activation(self):
        def stop():
            systemctl('stop', UNIT)
            self.assertEqual(show('ActiveState'), 'inactive')
            self.assertTrue(self.lab.ping('rtr', V6))
            # By a user with no rights, by the bus and systemd.
            done = self.lab.run(None, 'busctl', 'get-property', 'org.ipmp', '/org/ipmp',
                                'org.ipmp.Manager', 'State', user='nobody')
            self.assertIn('"ok"', done.stdout)
            self.restarted(0)
        self.keep_flowing(stop)

    def test_14_all_is_put_back(self):
        self.lab.ipmpctl('delete', 'front', user='games')
        self.assertFalse(FRONT.exists())
        wait_until(lambda: not difference(self.before, self.lab.picture()) or None,
                   'everything as it was found')
        self.assertEqual(difference(self.before, self.lab.picture()), [])


if __name__ == '__main__':
    tap.main()
