# SPDX-License-Identifier: LGPL-2.1-or-later
"""ipmpstat and if_mpadm: options, columns, escapes and exit statuses of the commands that
administrators of Solaris know. IPMP_UPDATE_GOLDEN=1 writes the files of golden/ anew."""
import signal
import subprocess
import tempfile

from gi.repository import GLib

import scenes
import tap
from harness import IF_MPADM, IPMPSTAT, Case

ROOT = '/org/ipmp'
ETH0 = '/org/ipmp/interface/eth0'
TITLES = {
    'a': 'ADDRESS                   STATE  GROUP       INBOUND     OUTBOUND',
    'g': 'GROUP       GROUPNAME   STATE     FDT       INTERFACES',
    'i': 'INTERFACE   ACTIVE  GROUP       FLAGS     LINK      PROBE     STATE',
    't': 'INTERFACE   MODE      TESTADDR            TARGETS',
    'p': 'TIME      INTERFACE   PROBE  NETRTT    RTT       RTTAVG    RTTDEV    TARGET',
}


class Stat(Case):
    def stat(self, *args, status=0, **changes):
        result = self.run_ctl(*args, program=IPMPSTAT, **changes)
        self.check_status(result, status)
        return result.stdout if status == 0 else result.stderr

    def words(self, *args):
        return [line.split() for line in self.stat(*args).splitlines()]


class Broken(Stat):
    def test_modes(self):
        for mode in 'agit':
            for locale in ('C', 'C.UTF-8'):
                with self.subTest(mode=mode, locale=locale):
                    text = self.stat('-n', f'-{mode}', locale=locale)
                    self.assertEqual(text.splitlines()[0].rstrip(), self.widened(mode))
                    self.check_golden(f'ipmpstat-{mode}', text)

    @staticmethod
    def widened(mode):
        """Columns are as wide as there, or as the widest cell of the scene."""
        return {
            'a': 'ADDRESS                                STATE  GROUP       INBOUND         OUTBOUND',
            'i': 'INTERFACE       ACTIVE  GROUP       FLAGS     LINK      PROBE     STATE',
            't': 'INTERFACE       MODE      TESTADDR            TARGETS'}.get(mode, TITLES[mode])

    def test_marks_of_members(self):
        front = next(row for row in self.words('-g') if row[0] == 'front')
        self.assertEqual(front, ['front', 'front', 'degraded', '2.50s', 'eth1', 'enp129s0f1np1.9',
                                 '[eth0]', '[eth3]', '[usb0]'])

    def test_flags(self):
        flags = {row[0]: row[3] for row in self.words('-i')}
        self.assertEqual(flags, {
            'INTERFACE': 'FLAGS', 'eth0': '-------', 'eth1': '-------',
            'enp129s0f1np1.9': '-s-----', 'eth3': '-----d-', 'usb0': '-----d-',
            'eth5': '-------', 'eth6': 'i------'})

    def test_fields(self):
        self.assertEqual(self.stat('-io', 'state,Interface').splitlines()[:2],
                         ['STATE     INTERFACE', 'failed    eth5'])
        self.assertEqual(self.stat('-i', '-o', 'ALL'), self.stat('-i'))
        self.assertEqual(self.stat('-ni', '-o', 'interface').splitlines()[0], 'INTERFACE')

    def test_for_programs(self):
        addresses = self.stat('-n', '-a', '-P', '-o', 'address,state,inbound,outbound').splitlines()
        self.assertIn('192.0.2.10:up:eth1:eth1 enp129s0f1np1.9', addresses)
        self.assertIn('192.0.2.30:down::', addresses)
        self.assertIn(r'2001\:db8\:1234\:5678\:9abc\:def0\:1234\:5678:up:eth1:'
                      'eth1 enp129s0f1np1.9', addresses)
        self.assertEqual(self.stat('-P', '-g', '-o', 'fdt,group'),
                         ':back-office\n2.50s:front\n:spare\n')

    def test_wrong_words(self):
        for args, words in (([], '-a, -g, -i, -p and -t'), (['-a', '-g'], 'only one of'),
                            (['-x'], '-x'), (['-i', 'eth0'], "'eth0'"), (['-iP'], '-P needs -o'),
                            (['-iP', '-o', 'all'], '-P needs'), (['-io'], '-o needs a value'),
                            (['-i', '-o', 'colour'], "no field 'colour'"),
                            (['-i', '-o', 'stat'], "did you mean 'STATE'?"),
                            (['-i', '-o', ''], "no field ''"), (['-i', '-o', 'link,'], "no field ''"),
                            (['--frobnicate'], 'no such long option')):
            with self.subTest(args=args):
                self.assertIn(words, self.stat(*args, status=1))
        self.assertEqual(self.mock.calls, [])

    def test_help(self):
        self.assertIn('-a|-g|-i|-p|-t', self.stat('--help'))
        self.assertRegex(self.stat('--version'), r'^ipmpstat \d')

    def test_full_disk(self):
        with open('/dev/full', 'w', encoding='utf-8') as full:
            result = subprocess.run([IPMPSTAT, '-i'], env=self.environment(), stdout=full,
                                    stderr=subprocess.PIPE, encoding='utf-8', check=False)
        self.assertEqual(result.returncode, 1)


class Examples(Stat):
    """Those that the rules give."""
    scene = staticmethod(scenes.examples)

    def test_addresses(self):
        self.assertEqual(self.words('-an')[1],
                         ['192.0.2.10', 'up', 'front', 'eth1', 'eth1'])

    def test_groups(self):
        self.assertEqual(self.words('-g')[1],
                         ['front', 'front', 'degraded', '10.00s', 'eth1', '(eth2)', '[eth0]'])

    def test_interfaces(self):
        rows = self.words('-i')
        self.assertEqual(rows[1:], [
            ['eth0', 'no', 'front', '-----dh', 'up', 'disabled', 'offline'],
            ['eth1', 'yes', 'front', '-------', 'up', 'ok', 'ok'],
            ['eth2', 'no', 'front', 'is-----', 'up', 'ok', 'ok']])

    def test_targets(self):
        self.assertEqual(self.words('-nt')[1:], [
            ['eth0', 'disabled', '--', '--'],
            ['eth1', 'routes', '192.0.2.111', '192.0.2.1', '192.0.2.2'],
            ['eth1', 'routes', '--', 'fe80::1'],
            ['eth2', 'arp', '--', '192.0.2.1']])

    def test_golden(self):
        for mode in 'agit':
            self.check_golden(f'ipmpstat-examples-{mode}', self.stat('-n', f'-{mode}'))
            self.assertEqual(self.stat('-n', f'-{mode}').splitlines()[0], TITLES[mode])


class Well(Stat):
    scene = staticmethod(scenes.spreading)

    def test_outbound(self):
        """Only those that have an address of the subnet send IPv4 from it; all do for IPv6."""
        rows = {row[0]: row[1:] for row in self.words('-an')}
        self.assertEqual(rows['192.0.2.10'], ['up', 'front', 'eth0', 'eth0', 'eth1'])
        self.assertEqual(rows['2001:db8::10'], ['up', 'front', 'eth0', 'eth0', 'eth1', 'eth2'])
        self.assertEqual(rows['198.51.100.7'], ['up', 'front', 'eth2', 'eth2'])


class Separators(Stat):
    scene = staticmethod(scenes.separators)

    def test_they_are_escaped(self):
        self.assertEqual(self.stat('-iP', '-o', 'interface,state'), 'a\\:b\\\\c"d:ok\n')


class Watched(Stat):
    scene = staticmethod(scenes.watched)

    def test_interfaces_of_no_group(self):
        self.assertEqual(self.words('-i')[-1],
                         ['eth2', 'no', '--', '-------', 'down', 'disabled', 'failed'])
        self.assertEqual([row[0] for row in self.words('-g')], ['GROUP', 'front'])


class Failed(Stat):
    scene = staticmethod(scenes.failed)

    def test_nothing_comes_in(self):
        self.assertEqual(self.words('-an')[1], ['192.0.2.10', 'down', 'front', '--', '--'])
        self.assertEqual(self.words('-g')[1],
                         ['front', 'front', 'failed', '--', '[eth0]', '[eth1]'])
        self.assertEqual([row[3] for row in self.words('-i')[1:]], ['-----d-', '-------'])


class Names(Stat):
    """Names of hosts come from where the host looks them up, here a file of its own."""
    scene = staticmethod(scenes.examples)

    def test_names(self):
        hosts = tempfile.NamedTemporaryFile('w', suffix='.hosts')
        self.addCleanup(hosts.close)
        hosts.write('192.0.2.10 www.example\n192.0.2.1 router.example\n')
        hosts.flush()
        with tempfile.NamedTemporaryFile('w') as order:
            order.write('hosts: files\n')
            order.flush()
            result = subprocess.run(
                ['unshare', '--mount', '--propagation=private', 'sh', '-c',
                 f'mount --bind {hosts.name} /etc/hosts && mount --bind {order.name} '
                 f'/etc/nsswitch.conf && {IPMPSTAT} -a && {IPMPSTAT} -t && {IPMPSTAT} -an'],
                env=self.environment(), capture_output=True, encoding='utf-8', check=False)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn('\nwww.example ', result.stdout)
        self.assertIn(' router.example 192.0.2.2\n', result.stdout)
        self.assertIn('\n192.0.2.10 ', result.stdout)


class Probes(Stat):
    def test_probes(self):
        process = self.start_ctl('-np', program=IPMPSTAT)
        self.assertEqual(process.stdout.readline(), TITLES['p'] + '\n')
        self.assertTrue(self.mock.wait_for_call('WatchProbes'))
        self.emit((7, '192.0.2.1', 'acked', 1, 900, 1234, 1200, 50))
        self.assertEqual(process.stdout.readline().split(),
                         ['0.00s', 'eth1', '7', '0.90ms', '1.23ms', '1.20ms', '0.05ms',
                          '192.0.2.1'])
        self.emit((8, 'fe80::1', 'lost', 1, 0, 0, 1200, 50))
        self.assertEqual(process.stdout.readline(),
                         '0.00s     eth1        8      --        --        1.20ms    0.05ms    '
                         'fe80::1\n')
        process.send_signal(signal.SIGINT)
        process.communicate()
        self.assertEqual(process.returncode, 0)

    def test_for_programs(self):
        process = self.start_ctl('-npP', '-o', 'target,probe,rtt', program=IPMPSTAT)
        self.assertTrue(self.mock.wait_for_call('WatchProbes'))
        self.emit((8, 'fe80::1', 'lost', 1, 0, 0, 1200, 50))
        self.assertEqual(process.stdout.readline(), 'fe80\\:\\:1:8:\n')
        process.send_signal(signal.SIGTERM)
        process.communicate()
        self.assertEqual(process.returncode, 0)

    def emit(self, probe):
        self.mock.emit('/org/ipmp/interface/eth1', 'org.ipmp.Interface', 'ProbeCompleted',
                       GLib.Variant('(tssttttt)', probe))


class Admin(Case):
    def admin(self, *args, status=0):
        result = self.run_ctl(*args, program=IF_MPADM)
        self.check_status(result, status)
        return result.stderr

    def test_detach_and_reattach(self):
        self.assertEqual(self.admin('-d', 'eth0'), '')
        self.admin('-r', 'eth0')
        self.assertEqual(self.mock.calls, [(ETH0, 'Offline', ({},)), (ETH0, 'Online', ({},))])
        self.assertEqual(self.mock.interactive, [True, True])

    def test_refused(self):
        self.mock.error = ('org.ipmp.Error.MinimumRedundancy', 'no other usable member')
        refusal = self.admin('-d', 'eth0', status=1)
        self.assertIn('if_mpadm: cannot detach eth0: no other usable member\n', refusal)
        self.assertIn('cannot reattach eth0', self.admin('-r', 'eth0', status=1))
        self.mock.error = ('org.freedesktop.DBus.Error.AccessDenied', 'not authorised')
        self.assertIn('root', self.admin('-d', 'eth0', status=1))

    def test_wrong_words(self):
        for args, words in (([], 'have to be given'), (['-d'], '-d needs'), (['eth0'], "'eth0'"),
                            (['-d', 'eth0', '-r', 'eth0'], 'only one'), (['-x'], '-x'),
                            (['-d', 'eth0', 'eth1'], "'eth1'"), ([b'-d', b'\xff'], 'given'),
                            (['-d', 'eth00'], "did you mean 'eth0'?"), (['--what'], 'long option')):
            with self.subTest(args=args):
                self.assertIn(words, self.admin(*args, status=1))
        self.assertEqual(self.mock.calls, [])

    def test_help(self):
        for args in (['--help'], ['--version']):
            result = self.run_ctl(*args, program=IF_MPADM)
            self.check_status(result, 0)
            self.assertIn('if_mpadm', result.stdout)


class WithoutService(Case):
    scene = None

    def test_unreachable(self):
        for program, args in ((IPMPSTAT, ['-i']), (IF_MPADM, ['-d', 'eth0'])):
            result = self.run_ctl(*args, program=program)
            self.check_status(result, 1)
            self.assertIn('systemctl start ipmpd', result.stderr)


if __name__ == '__main__':
    tap.main()
