# SPDX-License-Identifier: LGPL-2.1-or-later
"""ipmpctl against the real service, the real polkitd and, for the password, the real PAM: to be run
inside privbus.sh."""
import fcntl
import json
import os
import pathlib
import pty
import re
import select
import shutil
import signal
import subprocess
import termios
import threading
import unittest

import schema
import service
import tap
from lab import DEADLINE, wait_until

BUILD = pathlib.Path(os.environ['BUILD'])
PASSWORD = 'open sesame'


def setUpModule():
    service.make_devices()


class Real(unittest.TestCase):
    front = service.FRONT

    def setUp(self):
        self.service = service.Service(self.front)
        self.addCleanup(self.service.close)
        # where every user may run it, and with its library at the same place beside it
        self.place = pathlib.Path(os.environ['PRIVBUS_DIR']) / 'client'
        self.addCleanup(shutil.rmtree, self.place)
        for name in ('cli/ipmpctl', 'cli/ipmpstat', 'cli/if_mpadm', 'libipmp/libipmp.so.0'):
            (self.place / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(BUILD / 'src' / name, self.place / name)

    def command(self, *args, user=None):
        change = ['setpriv', f'--reuid={user}', '--regid=nogroup', '--clear-groups'] if user else []
        return [*change, str(self.place / 'cli/ipmpctl'), *args]

    def ctl(self, *args, status=0, user=None):
        result = subprocess.run(self.command(*args, user=user), stdin=subprocess.DEVNULL,
                                capture_output=True, encoding='utf-8', timeout=DEADLINE,
                                check=False, env={**os.environ, 'LC_ALL': 'C.UTF-8'})
        self.assertEqual(result.returncode, status, result.stdout + result.stderr)
        return result.stdout if status in (0, 10, 11) else result.stderr

    def document(self, *args, status=0, name=None):
        """What a command writes with --json, held against the schema."""
        return schema.check(name or args[0], self.ctl(*args, '--json', status=status))

    def status(self, name=None):
        words = ['--json', 'status'] + ([name] if name else [])
        result = subprocess.run(self.command(*words), capture_output=True, encoding='utf-8',
                                timeout=DEADLINE, check=False)
        return json.loads(result.stdout)


class Commands(Real):
    def test_a_life_of_a_group(self):
        self.ctl('create', 'back', '--standby=eth2', 'fdt=500ms', 'targets=198.51.100.1',
                 '--address=198.51.100.9/24')
        back = self.status('back')
        self.assertEqual((back['interfaces'], back['failure-detection-msec'],
                          back['probe-targets']), (['eth2'], 500, ['198.51.100.1']))
        self.assertTrue(self.status('eth2')['standby'])
        self.ctl('standby', 'eth2', 'off')
        self.ctl('test-addresses', 'eth2', '198.51.100.109/24')
        self.assertEqual(self.status('eth2')['test-addresses'], ['198.51.100.109/24'])
        self.ctl('test-addresses', 'eth2')
        self.assertEqual(self.status('eth2')['test-addresses'], [])
        self.ctl('add', 'back', 'eth7', '--standby')
        self.assertEqual(self.status('eth7')['state'], 'missing')
        self.ctl('status', status=10)
        self.ctl('remove', 'back', 'eth7')
        self.ctl('set', 'back', 'fdt=default', 'failback=no', 'repair-delay=2s')
        back = self.status('back')
        self.assertTrue(back['failure-detection-inherited'])
        self.assertEqual((back['failback'], back['repair-delay-msec']), (False, 2000))
        self.ctl('add-address', 'back', '198.51.100.10/24', '--interface=eth2')
        self.assertIn('198.51.100.10/24', self.ctl('addresses'))
        self.ctl('remove-address', 'back', '198.51.100.10/24')
        self.assertNotIn('198.51.100.10/24', self.ctl('addresses'))
        self.ctl('delete', 'back')
        self.assertEqual([group['name'] for group in self.status()['groups']], ['front'])

    def test_work_on_a_card(self):
        self.ctl('offline', 'eth0')
        self.assertIn('192.0.2.10/24  on eth1  (home eth0)', self.ctl('status', status=10))
        refusal = self.ctl('offline', 'eth1', status=1)
        self.assertIn('--min-redundancy=0', refusal)
        self.ctl('offline', 'eth1', '--min-redundancy=0')
        self.ctl('status', status=11)
        self.ctl('online', 'eth1')
        self.ctl('online', 'eth0')
        wait_until(lambda: self.status()['state'] == 'ok', 'all well again')
        self.assertIn('192.0.2.10/24  on eth0\n', self.ctl())
        events = json.loads(self.ctl('history', '--json'))
        moves = [(event['from'], event['to']) for event in events
                 if event['event'] == 'address-moved' and event['address'] == '192.0.2.10/24']
        self.assertEqual(moves[-2:], [('eth0', 'eth1'), ('eth1', 'eth0')])

    def test_temporary_and_saved(self):
        self.ctl('create', 'back', 'eth2', '--temporary')
        self.assertTrue(self.status('back')['temporary'])
        self.ctl('save', 'back')
        self.assertFalse(self.status('back')['temporary'])

    def test_files(self):
        self.ctl('defaults', 'fdt=3s', 'link-poll=20ms')
        self.assertEqual(json.loads(self.ctl('defaults', '--json'))['link-poll-msec'], 20)
        self.ctl('defaults', 'fdt=default', 'link-poll=default')
        self.service.config.write_text('[Group]\nProbeFailures=seven\n', encoding='utf-8')
        refusal = self.ctl('reload', status=1)
        self.assertIn('front.conf:2', refusal)
        self.service.config.write_text(service.FRONT, encoding='utf-8')
        self.ctl('reload')

    def test_documents(self):
        """Each command that shows something, of the service as it is."""
        self.ctl('create', 'back', 'eth2', 'eth7')
        self.ctl('add-address', 'back', '198.51.100.10/24')
        shown = self.document('status', status=10)
        self.assertEqual([group['name'] for group in shown['groups']], ['back', 'front'])
        for name in ('front', 'eth0', 'eth7'):
            self.document('status', name, status=10, name='status-of-one')
        self.document('targets')  # of these members nobody is probed
        for verb in ('groups', 'interfaces', 'addresses', 'devices', 'statistics', 'history',
                     'defaults'):
            with self.subTest(verb=verb):
                self.assertTrue(self.document(verb))
        self.assertIn(None, [entry['home'] for entry in self.document('addresses')])
        said = subprocess.run(self.command('check', '--json'), capture_output=True,
                              encoding='utf-8', timeout=DEADLINE, check=False)
        self.assertIn(said.returncode, (0, 10, 11))
        schema.check('check', said.stdout)

    def test_documents_of_what_changes(self):
        """With signals on their way when the command ends. (Without them the sanitizer overlooks what is
        left: something still points there.)"""
        words = [['set', 'front', f'fdt={500 + number}ms'] for number in range(8)]
        changes = threading.Thread(target=lambda: [self.ctl(*line) for line in words])
        self.addCleanup(changes.join)
        changes.start()
        shown = 0
        while changes.is_alive():
            for name in ('front', 'eth0'):
                self.document('status', name, name='status-of-one')
                shown += 1
        self.assertEqual(self.status('front')['failure-detection-msec'], 507)
        self.assertGreater(shown, 1)

    def test_as_on_solaris(self):
        def run(name, *args, status=0):
            result = subprocess.run([str(self.place / 'cli' / name), *args], capture_output=True,
                                    encoding='utf-8', timeout=DEADLINE, check=False)
            self.assertEqual(result.returncode, status, result.stderr)
            return result.stdout + result.stderr
        run('if_mpadm', '-d', 'eth0')
        self.assertIn('front:degraded:eth1 [eth0]\n', run('ipmpstat', '-gPo', 'group,state,interfaces'))
        self.assertIn('192.0.2.10:up:eth1:eth1\n',
                      run('ipmpstat', '-nao', 'address,state,inbound,outbound', '-P'))
        self.assertIn('cannot detach eth1', run('if_mpadm', '-d', 'eth1', status=1))
        run('if_mpadm', '-r', 'eth0')
        wait_until(lambda: 'front:ok' in run('ipmpstat', '-gPo', 'group,state'), 'all well again')

    def test_lists(self):
        self.assertIn('front', self.ctl('groups'))
        self.assertIn('eth1', self.ctl('interfaces'))
        self.assertRegex(self.ctl('devices'), r'(?m)^lo +- +no: ')
        self.assertIn('announcements', self.ctl('statistics', 'eth0'))

    def test_metrics(self):
        text = self.ctl('metrics')
        types, seen = {}, {}
        for line in text.splitlines():
            if line.startswith('# TYPE '):
                name, kind = line.split()[2:]
                self.assertNotIn(name, types)  # a family is told once, in one piece
                types[name] = kind
                last = name
            elif not line.startswith('#'):
                name, labels, value = re.fullmatch(
                    r'(ipmp_[a-z_]+)(\{[a-z]+="[^"]*"(?:,[a-z]+="[^"]*")*\})? ([0-9.]+)', line).groups()
                self.assertEqual(name, last, line)
                self.assertNotIn((name, labels), seen)
                seen[name, labels] = float(value)
        for name, kind in types.items():
            self.assertEqual(name.endswith('_total'), kind == 'counter', name)
        self.assertEqual(seen['ipmp_up', None], 1)
        self.assertEqual([seen['ipmp_group_state', f'{{group="front",state="{state}"}}']
                          for state in ('ok', 'degraded', 'failed')], [1, 0, 0])
        self.assertEqual(seen['ipmp_interface_link_up', '{group="front",interface="eth0"}'], 1)
        failovers = seen['ipmp_group_failovers_total', '{group="front"}']
        self.ctl('offline', 'eth0')
        wait_until(lambda: 'state="degraded"} 1' in self.ctl('metrics'), 'a degraded group')
        self.ctl('online', 'eth0')
        wait_until(lambda: self.status()['state'] == 'ok', 'all well again')
        self.assertIn(f'ipmp_group_failovers_total{{group="front"}} {failovers + 1:.0f}\n',
                      self.ctl('metrics'))
        subprocess.run(['promtool', 'check', 'metrics'], input=text, text=True, check=True)

    def test_what_is_refused_names_the_value(self):
        for words, text in ((('set', 'front', 'fdt=1ms'), 'failure-detection-msec'),
                            (('add-address', 'front', 'ten'), 'ten'),
                            (('add', 'front', 'lo'), 'lo'),
                            (('create', 'a b', 'eth2'), 'a b'),
                            (('create', 'back', 'eth0'), 'front')):
            with self.subTest(words=words):
                self.assertIn(text, self.ctl(*words, status=1))

    def test_monitor_over_a_restart(self):
        process = subprocess.Popen(self.command('monitor'), stdout=subprocess.PIPE,
                                   encoding='utf-8', env={**os.environ, 'LC_ALL': 'C.UTF-8'})
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        lines = iter(process.stdout.readline, '')
        self.assertIn('ok', next(lines))
        self.service.stop()
        self.assertTrue(any('has gone away' in line for line in lines))
        self.service.start()
        self.assertTrue(any('is running' in line for line in lines))
        self.ctl('offline', 'eth0')
        self.assertTrue(any('eth0 (front): ok → offline' in line for line in lines))
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(DEADLINE), 0)


class Rights(Real):
    def test_everybody_may_look(self):
        self.assertIn('front', self.ctl('status', user='nobody'))

    def test_who_may_not_change(self):
        for user in ('nobody', 'daemon'):
            with self.subTest(user=user):
                self.assertIn('root', self.ctl('offline', 'eth0', status=3, user=user))
        self.assertEqual(self.status('eth0')['state'], 'ok')

    def test_who_may_by_a_rule(self):
        self.ctl('offline', 'eth0', user='games')
        self.assertEqual(self.status('eth0')['state'], 'offline')
        self.ctl('online', 'eth0', user='games')


class Password(Real):
    """Someone who is neither root nor exempt, at a terminal."""

    @classmethod
    def setUpClass(cls):
        shadow = pathlib.Path(os.environ['PRIVBUS_DIR']) / 'shadow'
        secret = subprocess.run(['openssl', 'passwd', '-6', '-stdin'], input=PASSWORD,
                                capture_output=True, check=True, encoding='utf-8').stdout.strip()
        lines = pathlib.Path('/etc/shadow').read_text(encoding='utf-8').splitlines(True)
        lines = [f'root:{secret}:' + line.split(':', 2)[2] if line.startswith('root:') else line
                 for line in lines]
        shadow.write_text(''.join(lines), encoding='utf-8')
        shutil.copystat('/etc/shadow', shadow)
        shutil.chown(shadow, 'root', 'shadow')
        subprocess.run(['mount', '--bind', shadow, '/etc/shadow'], check=True)

    @classmethod
    def tearDownClass(cls):
        subprocess.run(['umount', '/etc/shadow'], check=True)

    def start(self, *args):
        controller, terminal = pty.openpty()
        self.addCleanup(os.close, controller)
        process = subprocess.Popen(
            self.command(*args, user='daemon'), stdin=terminal, stdout=terminal, stderr=terminal,
            start_new_session=True, env={**os.environ, 'LC_ALL': 'C.UTF-8', 'TERM': 'dumb'},
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
        os.close(terminal)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process, controller

    def read(self, controller, until=None):
        text = ''
        while until is None or until not in text:
            ready, _, _ = select.select([controller], [], [], DEADLINE)
            self.assertTrue(ready, text)
            try:
                piece = os.read(controller, 4096)
            except OSError:  # EIO: nobody has the terminal any more
                piece = b''
            if not piece:
                break
            text += piece.decode()
        return text

    def answer(self, password, *args):
        process, controller = self.start(*args)
        asked = self.read(controller, 'Password: ')
        self.assertIn('Authentication is', asked)
        # what is typed before the echo is off is thrown away
        wait_until(lambda: not termios.tcgetattr(controller)[3] & termios.ECHO, 'echo off')
        os.write(controller, password.encode() + b'\n')
        rest = self.read(controller)
        return process.wait(DEADLINE), asked + rest

    def test_right(self):
        status, text = self.answer(PASSWORD, 'offline', 'eth0')
        self.assertEqual(status, 0, text)
        self.assertIn('eth0 is offline', text)
        self.assertNotIn(PASSWORD, text)
        self.assertEqual(self.status('eth0')['state'], 'offline')

    def test_wrong(self):
        status, text = self.answer('wrong', 'offline', 'eth0')
        self.assertEqual(status, 3, text)
        self.assertEqual(self.status('eth0')['state'], 'ok')

    def test_with_expect(self):
        """As a person would script it."""
        # as in answer(): typed before the echo is off it would be thrown away
        script = ('set timeout 60; log_user 1; spawn -noecho {}; expect "Password: "; '
                  'while {{![string match "* -echo *" [exec stty -a -F $spawn_out(slave,name)]]}} '
                  '{{after 20}}; send "{}\\r"; expect eof; lassign [wait] _ _ _ status; exit $status')
        words = ' '.join(self.command('offline', 'eth0', user='daemon'))
        result = subprocess.run(['expect', '-c', script.format(words, PASSWORD)],
                                capture_output=True, encoding='utf-8', timeout=120, check=False,
                                env={**os.environ, 'LC_ALL': 'C.UTF-8', 'TERM': 'dumb'})
        self.assertEqual(result.returncode, 0, result.stdout)
        self.assertIn('eth0 is offline', result.stdout)
        self.assertEqual(self.status('eth0')['state'], 'offline')

    def test_not_asked(self):
        process, controller = self.start('offline', 'eth0', '--no-ask-password')
        text = self.read(controller)
        self.assertEqual(process.wait(DEADLINE), 3, text)
        self.assertNotIn('Password', text)
        process, controller = self.start('status')
        self.assertNotIn('Password', self.read(controller))
        self.assertEqual(process.wait(DEADLINE), 0)


if __name__ == '__main__':
    tap.main()
