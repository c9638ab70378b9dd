# SPDX-License-Identifier: LGPL-2.1-or-later
"""ipmpctl: what it prints, what it calls, how it exits. IPMP_UPDATE_GOLDEN=1 writes the files of
golden/ anew: read the difference before it is committed."""
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile

from gi.repository import GLib

import jsonschema

import scenes
import schema
import tap
from harness import IPMPCTL, LOCALES, Case

FRONT = '/org/ipmp/group/front'
ETH0 = '/org/ipmp/interface/eth0'
ROOT = '/org/ipmp'


class Printed(Case):
    """Every command that shows something, in both locales."""
    commands = {
        'status': (['status'], 10),
        'status-group': (['status', 'front'], 10),
        'status-interface': (['status', 'eth0'], 10),
        'status-standby': (['status', 'enp129s0f1np1.9'], 10),
        'groups': (['groups'], 0),
        'interfaces': (['interfaces'], 0),
        'addresses': (['addresses'], 0),
        'devices': (['devices'], 0),
        'targets': (['targets', 'eth1'], 0),
        'statistics': (['statistics', 'eth0', 'enp129s0f1np1.9'], 0),
        'history': (['history'], 0),
        'check': (['check'], 11),
        'defaults': (['defaults'], 0),
        'help': (['--help'], 0),
        'help-create': (['create', '--help'], 0),
        'help-offline': (['offline', '-h'], 0),
    }

    def test_text(self):
        for name, (args, status) in self.commands.items():
            for locale in LOCALES:
                with self.subTest(name=name, locale=locale):
                    result = self.run_ctl(*args, locale=locale)
                    self.check_status(result, status)
                    self.assertEqual(result.stderr, '')
                    self.assertNotIn('\033', result.stdout)
                    if locale == 'C':
                        self.assertTrue(result.stdout.isascii())
                    self.check_golden(f'{name}.{locale}', result.stdout)

    def test_metrics(self):
        """Prometheus's format, the same in every locale."""
        for locale in LOCALES:
            result = self.run_ctl('metrics', locale=locale)
            self.check_status(result, 0)
            self.check_golden(f'metrics.{locale}', result.stdout)

    def test_json(self):
        for name, (args, status) in self.commands.items():
            if 'help' in name:
                continue
            with self.subTest(name=name):
                result = self.run_ctl('--json', *args)
                self.check_status(result, status)
                schema.check('status-of-one' if args[0] == 'status' and args[1:] else args[0],
                             result.stdout)

    def test_schema(self):
        """Names every command, and is not content with anything."""
        said = [args[0] for args, _ in self.commands.values() if '-' not in args[-1]]
        self.assertEqual(set(said) - set(schema.names()), set())
        for name in schema.names():
            with self.subTest(name=name), self.assertRaises(jsonschema.ValidationError):
                schema.check(name, '{"unheard-of": 1}')

    def test_json_content(self):
        groups = json.loads(self.run_ctl('groups', '--json').stdout)
        front = next(group for group in groups if group['name'] == 'front')
        self.assertEqual(front['interfaces'],
                         ['eth0', 'eth1', 'enp129s0f1np1.9', 'eth3', 'usb0'])
        self.assertEqual(front['addresses'][0],
                         {'address': '192.0.2.10/24', 'interface': 'eth1', 'home': 'eth0',
                          'state': 'up', 'source': 'config'})
        self.assertEqual(front['addresses'][1]['home'], None)
        self.assertEqual(front['failure-detection-msec'], 1000)
        interface = json.loads(self.run_ctl('--json', 'status', 'eth0').stdout)
        self.assertEqual(interface['group'], 'front')
        self.assertEqual(interface['reason'], 'link-down')
        status = json.loads(self.run_ctl('--json').stdout)
        self.assertEqual((status['state'], sorted(status['groups'], key=str)[0].keys()),
                         ('degraded', groups[0].keys()))
        first, _ = json.loads(self.run_ctl('targets', 'eth1', '--json').stdout)
        self.assertEqual((first['interface'], first['target-mode'], first['test-addresses'],
                          first['address'], first['state'], first['rtt-usec']),
                         ('eth1', 'routes', ['192.0.2.111/24'], '192.0.2.1', 'active', 1234))
        history = json.loads(self.run_ctl('history', '--json').stdout)
        self.assertEqual([event['sequence'] for event in history], [1, 2, 3, 4, 5, 6])

    def test_names_for_completion(self):
        self.assertEqual(self.run_ctl('complete', 'groups').stdout.split(),
                         ['back-office', 'front', 'spare'])
        self.assertIn('enp129s0f1np1.9', self.run_ctl('complete', 'interfaces').stdout.split())
        self.assertEqual(self.run_ctl('complete', 'devices').stdout.split(), ['eth0', 'eth9'])
        self.assertIn('192.0.2.30/24', self.run_ctl('complete', 'addresses').stdout.split())

    def test_colour(self):
        coloured = self.run_on_terminal('status')
        self.assertIn('\033[31m✗ eth0', coloured)
        self.assertIn('\033[33m◐ degraded', coloured)
        self.assertIn('\033[32m● eth1', coloured)
        self.assertNotIn('\033', self.run_on_terminal('status', NO_COLOR='1'))
        self.assertNotIn('\033', self.run_on_terminal('status', TERM='dumb'))
        self.assertIn('\033', self.run_on_terminal('status', NO_COLOR=''))
        for words in (['--color=never'], ['--color', 'never']):
            self.assertNotIn('\033', self.run_on_terminal(*words, 'status'))
        self.assertIn('\033', self.run_on_terminal('status', '--color=always', NO_COLOR='1'))
        self.assertIn('\033', self.run_on_terminal('status', '--color=auto'))
        self.assertIn('\033', self.run_ctl('groups', '--color', 'always').stdout)
        self.assertIn('\033[31mipmpctl', self.run_ctl('add', '--color=always').stderr)
        self.check_status(self.run_ctl('status', '--color=mauve'), 2)

    def test_narrow_terminals(self):
        """No line is broken by the terminal, and nothing is left out."""
        for verb in ('groups', 'interfaces', 'addresses', 'devices', 'targets', 'statistics'):
            wide = self.run_ctl(verb).stdout
            for columns in (200, 100, 80, 60, 40):
                with self.subTest(verb=verb, columns=columns):
                    text = self.run_on_terminal(verb, columns=columns, NO_COLOR='1')
                    lines = text.replace('\r\n', '\n').splitlines()
                    self.assertLessEqual(max(map(len, lines)), max(columns, 60))
                    self.check_golden(f'{verb}-{columns}', '\n'.join(lines) + '\n')
                    if columns == 200:
                        self.assertEqual(lines, wide.splitlines())
                    missing = [word for word in re.split(r'[\s,]+', wide.partition('\n')[2])
                               if word not in text]
                    self.assertEqual(missing, [])

    def test_pager(self):
        paged = self.run_on_terminal('history', PAGER='sed s/eth0/PAGED/')
        self.assertIn('PAGED', paged)
        direct = self.run_on_terminal('history', '--no-pager', PAGER='sed s/eth0/PAGED/')
        self.assertIn('eth0', direct)
        self.assertNotIn('PAGED', direct)
        self.assertIn('PAGED', self.run_on_terminal('status', PAGER='sed s/eth0/PAGED/'))
        for name, changes in (('json', {}), ('history', {'TERM': 'dumb'})):
            words = ['history', '--json'] if name == 'json' else ['history']
            with self.subTest(name=name):
                self.assertNotIn('PAGED', self.run_on_terminal(
                    *words, **{'PAGER': 'sed s/eth0/PAGED/', **changes}))

    def test_pager_of_a_borrowed_root(self):
        """What sudo allows is not to become a shell by way of the pager."""
        directory = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, directory)
        less = os.path.join(directory, 'less')
        with open(less, 'w', encoding='utf-8') as file:
            file.write('#!/bin/sh\necho "secure=$LESSSECURE"; exec cat\n')
        os.chmod(less, 0o755)
        path = directory + ':' + os.environ['PATH']
        said = self.run_on_terminal('history', PATH=path, PAGER='sed s/eth0/PAGED/', SUDO_UID='1000')
        self.assertIn('secure=1', said)
        self.assertNotIn('PAGED', said)

    def test_output_that_cannot_be_written(self):
        with open('/dev/full', 'w', encoding='utf-8') as full:
            result = subprocess.run([IPMPCTL, 'groups'], env=self.environment(), stdout=full,
                                    stderr=subprocess.PIPE, encoding='utf-8', check=False)
        self.assertEqual(result.returncode, 1)
        self.assertIn('standard output', result.stderr)


class Advice(Case):
    def check(self, *severities):
        self.mock.answers['Check'] = GLib.Variant('(aa{sv})', (scenes.advice(severities),))
        return self.run_ctl('check')

    def test_the_worst_is_the_exit_status(self):
        self.check_status(self.check('error', 'warning', 'info'), 11)
        self.check_status(self.check('info', 'warning'), 10)
        result = self.check('info')
        self.check_status(result, 0)
        self.assertIn('eth1 is active without', result.stdout)
        self.assertNotIn('Nothing stands', result.stdout)
        result = self.check()
        self.check_status(result, 0)
        self.assertEqual(result.stdout, 'Nothing stands in the way of a failover.\n')

    def test_the_same_as_json(self):
        result = self.run_ctl('check', '--json')
        self.check_status(result, 11)
        self.assertEqual([item['code'] for item in json.loads(result.stdout)],
                         ['not-on-link', 'single-member', 'no-outbound'])

    def test_colour(self):
        coloured = self.run_on_terminal('check')
        self.assertIn('\033[31merror', coloured)
        self.assertIn('\033[33mwarning', coloured)
        self.assertIn('eth1 is active', coloured)
        self.assertIn('\033[0minfo     eth1', coloured)


class Well(Case):
    scene = staticmethod(scenes.well)

    def test_status(self):
        for locale in LOCALES:
            result = self.run_ctl(locale=locale)
            self.check_status(result, 0)
            self.check_golden(f'well.{locale}', result.stdout)


class Watched(Case):
    """A raised detection time, what has not answered yet, and an interface of no group, which is
    not what the exit status is about."""
    scene = staticmethod(scenes.watched)

    def test_text(self):
        self.mock.answers['GetTargets'] = GLib.Variant('(aa{sv})', ([],))
        for words in (['status'], ['groups'], ['interfaces'], ['targets'], ['status', 'eth2']):
            for locale in LOCALES:
                with self.subTest(words=words, locale=locale):
                    result = self.run_ctl(*words, locale=locale)
                    self.check_status(result, 0)
                    self.check_golden(f'watched-{"-".join(words)}.{locale}', result.stdout)

    def test_json(self):
        self.assertEqual(json.loads(self.run_ctl('status', 'eth2', '--json').stdout)['group'], '')
        self.mock.answers['GetTargets'] = GLib.Variant('(aa{sv})', ([],))
        self.assertEqual(json.loads(self.run_ctl('targets', '--json').stdout), [])


class Failed(Case):
    scene = staticmethod(scenes.failed)

    def test_status(self):
        for locale in LOCALES:
            result = self.run_ctl(locale=locale)
            self.check_status(result, 11)
            self.check_golden(f'failed.{locale}', result.stdout)


class ManyTroubles(Case):
    """The first line stays one."""
    scene = staticmethod(scenes.many_troubles)

    def test_the_first_line(self):
        first = self.run_ctl(locale='C').stdout.splitlines()[0]
        self.assertRegex(first, r'g2 has no usable interface: m2 failed \(link-down\); and 2 more$')


class Separators(Case):
    scene = staticmethod(scenes.separators)

    def test_metrics(self):
        self.assertIn('ipmp_interface_link_up{group="front",interface="a:b\\\\c\\"d"} 1\n', self.run_ctl('metrics').stdout)


class Empty(Case):
    scene = staticmethod(scenes.empty)

    def test_status(self):
        result = self.run_ctl('status')
        self.check_status(result, 0)
        self.check_golden('empty', result.stdout)
        for verb in ('groups', 'interfaces', 'addresses'):
            self.assertEqual(json.loads(self.run_ctl(verb, '--json').stdout), [])
        self.assertEqual(json.loads(self.run_ctl('statistics', '--json').stdout), {})


class Hostile(Case):
    scene = staticmethod(scenes.hostile)

    def test_nothing_reaches_the_terminal(self):
        for args in (['status'], ['interfaces'], ['groups'], ['status', 'front'],
                     ['status', 'a\033[31mred'], ['offline', 'a\033[31mred']):
            with self.subTest(args=args):
                self.assertNotIn('\033', self.run_ctl(*args).stdout)
        result = self.run_ctl('interfaces')
        self.check_golden('hostile', result.stdout)
        result = self.run_ctl('offline', 'x\033[31m')
        self.check_status(result, 1)
        self.assertNotIn('\033', result.stderr)


class Calls(Case):
    """What each changing command asks the service for."""
    cases = [
        (['create', 'back', 'eth2', 'eth3', '--standby=eth3', '--standby=eth4', 'fdt=500ms',
          'failback=no', 'targets=192.0.2.1,192.0.2.2', '--address=192.0.2.9/24', '--temporary'],
         ROOT, 'CreateGroup',
         ('back', ['eth2', 'eth3', 'eth4'],
          {'failure-detection-msec': 500, 'failback': False,
           'probe-targets': ['192.0.2.1', '192.0.2.2'], 'addresses': ['192.0.2.9/24'],
           'interface-settings': {'eth3': {'standby': True}, 'eth4': {'standby': True}},
           'temporary': True})),
        (['create', 'lone'], ROOT, 'CreateGroup', ('lone', [], {})),
        (['create', 'lone', 'eth2', 'fdt=default'], ROOT, 'CreateGroup', ('lone', ['eth2'], {})),
        (['delete', 'front'], FRONT, 'Delete', ({},)),
        (['delete', 'front', '--temporary'], FRONT, 'Delete', ({'temporary': True},)),
        (['save', 'front'], FRONT, 'Save', ({},)),
        (['add', 'front', 'eth9', '--standby', '--test-address=192.0.2.119/24',
          '--address=192.0.2.19/24', '--address=2001:db8::19/64'], FRONT, 'AddInterface',
         ('eth9', {'standby': True, 'test-addresses': ['192.0.2.119/24'],
                   'addresses': ['192.0.2.19/24', '2001:db8::19/64']})),
        (['add', 'front', 'eth9'], FRONT, 'AddInterface', ('eth9', {})),
        (['remove', 'front', 'eth0', '--temporary'], FRONT, 'RemoveInterface',
         ('eth0', {'temporary': True})),
        (['add-address', 'front', '192.0.2.50/24', '--interface=eth1'], FRONT, 'AddAddress',
         ('192.0.2.50/24', {'interface': 'eth1'})),
        (['add-address', 'front', '2001:db8::50/64', '--deprecated', '--temporary'], FRONT,
         'AddAddress', ('2001:db8::50/64', {'deprecated': True, 'temporary': True})),
        (['remove-address', 'front', '192.0.2.10/24'], FRONT, 'RemoveAddress',
         ('192.0.2.10/24', {})),
        (['set', 'front', 'fdt=1.5s', 'failback=yes', 'probe=icmp', 'targets=', 'targets-only=on',
          'failures=3', 'repairs=4', 'repair-delay=1.5min'], FRONT, 'Configure',
         ({'failure-detection-msec': 1500, 'failback': True, 'probe-method': 'icmp',
           'probe-targets': [], 'probe-targets-only': True, 'probe-failures': 3,
           'probe-repairs': 4, 'repair-delay-msec': 90000}, {})),
        (['set', 'front', 'fdt=1.001s'], FRONT, 'Configure', ({'failure-detection-msec': 1001}, {})),
        (['set', 'front', 'fdt=default', 'repair-delay=0', 'probe=default', '--temporary'], FRONT,
         'Configure', ({'repair-delay-msec': 0},
                       {'reset': ['failure-detection-msec', 'probe-method'], 'temporary': True})),
        (['defaults', 'fdt=2', 'failback=false', 'track-ungrouped=yes', 'link-poll=5ms'], ROOT,
         'SetDefaults', ({'failure-detection-msec': 2000, 'failback': False,
                          'track-ungrouped': True, 'link-poll-msec': 5}, {})),
        (['defaults', 'link-poll=default'], ROOT, 'SetDefaults', ({}, {'reset': ['link-poll-msec']})),
        (['standby', 'eth0', 'on'], ETH0, 'SetStandby', (True, {})),
        (['standby', 'eth0', 'off', '--temporary'], ETH0, 'SetStandby',
         (False, {'temporary': True})),
        (['test-addresses', 'eth0', '192.0.2.120/24'], ETH0, 'SetTestAddresses',
         (['192.0.2.120/24'], {})),
        (['test-addresses', 'eth0'], ETH0, 'SetTestAddresses', ([], {})),
        (['offline', 'eth0'], ETH0, 'Offline', ({},)),
        (['offline', 'eth0', '--min-redundancy=0'], ETH0, 'Offline', ({'min-redundancy': 0},)),
        (['online', 'eth0'], ETH0, 'Online', ({},)),
        (['reload'], ROOT, 'Reload', ({},)),
    ]

    def test_calls(self):
        for args, path, method, arguments in self.cases:
            with self.subTest(args=args):
                self.mock.calls.clear()
                result = self.run_ctl(*args)
                self.check_status(result, 0)
                asked = [call for call in self.mock.calls if call[1] != 'ListDevices']
                self.assertEqual(asked, [(path, method, arguments)])
                self.assertNotEqual(result.stdout, '')
                quiet = self.run_ctl('-q', *args)
                self.assertEqual(quiet.stdout + quiet.stderr, '')
                said = schema.check('change', self.run_ctl('--json', *args).stdout)
                self.assertEqual(said, {'command': args[0], 'done': True})

    def test_lists_ask_for(self):
        self.run_ctl('history', '-n', '7')
        self.run_ctl('history', '--lines=8')
        self.assertEqual(self.mock.calls, [(ROOT, 'History', (7,)), (ROOT, 'History', (8,))])

    def test_every_command_is_tested(self):
        """A command that is new must come with a test of its own."""
        listed = [line.split()[0] for line in self.run_ctl('--help').stdout.splitlines()
                  if line.startswith('  ') and not line.lstrip().startswith('-')]
        tested = {args[0] for args, *_ in self.cases}
        tested |= {args[0] for args, _ in Printed.commands.values()}
        tested |= {'metrics', 'monitor', 'probes'}
        self.assertEqual(set(listed) - tested, set())

    def test_dialogue(self):
        self.run_ctl('offline', 'eth0')
        self.run_ctl('offline', 'eth0', '--no-ask-password')
        self.run_ctl('devices')
        self.assertEqual(self.mock.interactive, [True, False, False])


class Errors(Case):
    names = ['Failed', 'InvalidArgument', 'NoSuchGroup', 'NoSuchInterface', 'NoSuchAddress',
             'Exists', 'InterfaceInUse', 'NotSuitable', 'DuplicateHardwareAddress',
             'MediaMismatch', 'TestAddressConflict', 'Standby', 'MinimumRedundancy',
             'NotSupported', 'Busy', 'LimitReached', 'InvalidConfig', 'ConfigChanged', 'Kernel']

    def check_refusal(self, name, status):
        self.mock.error = (name, 'eth0: the mock says no')
        result = self.run_ctl('offline', 'eth0')
        self.check_status(result, status)
        self.assertEqual(result.stdout, '')
        self.assertIn('ipmpctl: eth0: the mock says no\n', result.stderr)
        result = self.run_ctl('--json', 'offline', 'eth0')
        self.check_status(result, status)
        return schema.check('error', result.stdout)

    def test_refused(self):
        for short in self.names:
            with self.subTest(name=short):
                said = self.check_refusal('org.ipmp.Error.' + short, 1)
                self.assertEqual(said['error'], 'org.ipmp.Error.' + short)
                self.assertEqual(said['message'], 'eth0: the mock says no')

    def test_not_authorized(self):
        for short in ('AccessDenied', 'InteractiveAuthorizationRequired', 'AuthFailed'):
            with self.subTest(name=short):
                said = self.check_refusal('org.freedesktop.DBus.Error.' + short, 3)
                self.assertEqual(said['error'], 'org.freedesktop.DBus.Error.AccessDenied')
                self.assertIn('root', said['advice'])

    def test_no_answer(self):
        self.check_refusal('org.freedesktop.DBus.Error.NoReply', 4)

    def test_foreign_error(self):
        said = self.check_refusal('com.example.Surprise', 1)
        self.assertEqual(said['error'], 'org.ipmp.Error.Failed')

    def test_machinery_of_later(self):
        self.mock.error = ('org.ipmp.Error.NotSupported', 'there is no probing yet')
        for args in (['targets'], ['probes'], ['check'], ['statistics', 'eth0']):
            with self.subTest(args=args):
                result = self.run_ctl(*args)
                self.check_status(result, 1)
                self.assertIn('there is no probing yet', result.stderr)

    def test_advice(self):
        self.mock.error = ('org.ipmp.Error.MinimumRedundancy', 'eth0: no other usable member')
        result = self.run_ctl('offline', 'eth0')
        self.assertIn('--min-redundancy=0', result.stderr)

    def test_unknown_names(self):
        for args, words in ((['status', 'frunt'], "did you mean 'front'?"),
                            (['delete', 'elsewhere'], "there is no group 'elsewhere'"),
                            (['online', 'eth00'], "did you mean 'eth0'?")):
            with self.subTest(args=args):
                result = self.run_ctl(*args)
                self.check_status(result, 1)
                self.assertIn(words, result.stderr)
        self.assertEqual(self.mock.calls, [])

    def test_usage(self):
        for args, words in (
                (['stauts'], "did you mean 'status'?"),
                (['xyzzy'], "there is no command 'xyzzy'"),
                (['status', '--frobnicate'], '--frobnicate'),
                (['status', '--temporary'], '--temporary'),
                (['status', 'a', 'b'], 'too many arguments'),
                (['delete'], 'too few arguments'),
                (['set', 'front'], 'too few arguments'),
                (['set', 'front', 'ftd=1s'], 'did you mean fdt=?'),
                (['set', 'front', 'fdt'], 'fdt=VALUE'),
                (['set', 'front', 'link-poll=1ms'], "no setting 'link-poll'"),
                (['defaults', 'probe=arp'], "no setting 'probe'"),
                (['set', 'front', 'fdt=10parsec'], "'10parsec' is no length of time"),
                (['set', 'front', 'fdt=0x10'], "'0x10' is no length of time"),
                (['set', 'front', 'fdt=1.2.3s'], "'1.2.3s' is no length of time"),
                (['set', 'front', 'fdt=1e3'], "'1e3' is no length of time"),
                (['set', 'front', 'fdt=-1s'], "'-1s' is no length of time"),
                (['set', 'front', 'fdt=9999h'], "'9999h' is no length of time"),
                (['set', 'front', 'fdt='], "'' is no length of time"),
                (['set', 'front', 'failback=maybe'], "'maybe' is neither yes nor no"),
                (['set', 'front', 'failures=three'], "'three' is no whole number"),
                (['create', 'back', 'eth2', 'failures=-1'], "'-1' is no whole number"),
                (['standby', 'eth0', 'maybe'], "'maybe' is neither on nor off"),
                (['offline', 'eth0', '--min-redundancy=-3'], '-3 is less than 0'),
                (['offline', 'eth0', '--min-redundancy=x'], 'x'),
                (['history', '-n', '0'], '0 is not in 1-10000'),
                (['complete', 'poems'], "no list 'poems'"),
                ([b'status', b'\xff'], 'is not UTF-8')):
            with self.subTest(args=args):
                result = self.run_ctl(*args)
                self.check_status(result, 2)
                self.assertEqual(result.stdout, '')
                self.assertIn(words, result.stderr)
        self.assertEqual(self.mock.calls, [])

    def test_usage_as_json(self):
        for args in (['--json', 'stauts'], ['status', '--json', '--frobnicate'],
                     ['set', 'front', 'fdt=soon', '--json'], ['--json', b'status', b'\xff']):
            with self.subTest(args=args):
                result = self.run_ctl(*args)
                self.check_status(result, 2)
                self.assertEqual(schema.check('error', result.stdout)['error'], 'usage')

    def test_similar_names(self):
        for args, words in ((['remove', 'front', 'eth00'], "did you mean 'eth0'?"),
                            (['add-address', 'front', '192.0.2.9/24', '--interface=ehh1'],
                             "did you mean 'eth1'?"),
                            (['targets', 'usb'], "did you mean 'usb0'?")):
            with self.subTest(args=args):
                result = self.run_ctl(*args)
                self.check_status(result, 1)
                self.assertIn(words, result.stderr)
        self.assertEqual(self.mock.calls, [])
        self.mock.error = ('org.ipmp.Error.NoSuchAddress', '192.0.2.110/24 is none of front')
        result = self.run_ctl('remove-address', 'front', '192.0.2.110/24')
        self.check_status(result, 1)
        self.assertIn("is none of front; did you mean '192.0.2.10/24'?", result.stderr)

    def test_a_device_that_is_not_there(self):
        """Is accepted, and may be a slip of the fingers."""
        result = self.run_ctl('add', 'front', 'eht9')
        self.check_status(result, 0)
        self.assertIn("no device 'eht9' now, did you mean 'eth9'?", result.stderr)
        result = self.run_ctl('create', 'back', 'eth9', 'wlan7')
        self.check_status(result, 0)
        self.assertIn("no device 'wlan7' now. It is missing", result.stderr)
        self.assertNotIn('eth9', result.stderr)

    def test_polkit_is_away(self):
        self.mock.error = ('org.freedesktop.DBus.Error.AccessDenied',
                           'polkit could not be asked: no such name')
        result = self.run_ctl('offline', 'eth0')
        self.check_status(result, 3)
        self.assertIn('systemctl start polkit', result.stderr)

    def test_version(self):
        self.assertEqual(set(schema.check('version', self.run_ctl('--version', '--json').stdout)),
                         {'version'})
        self.assertRegex(self.run_ctl('--version').stdout, r'^ipmpctl \d+\.\d+')


class NoService(Case):
    scene = None

    def test_unreachable(self):
        for args in (['status'], ['groups', '--json'], ['offline', 'eth0'], ['monitor']):
            with self.subTest(args=args):
                result = self.run_ctl(*args)
                self.check_status(result, 4)
                self.assertIn('systemctl start ipmpd', result.stderr)

    def test_no_bus(self):
        environment = self.environment(DBUS_SYSTEM_BUS_ADDRESS='unix:path=/nonexistent/bus')
        result = subprocess.run([IPMPCTL], env=environment, capture_output=True, encoding='utf-8',
                                check=False)
        self.assertEqual(result.returncode, 4)

    def test_usage_needs_no_service(self):
        self.check_status(self.run_ctl('set', '--help'), 0)
        self.check_status(self.run_ctl('stauts'), 2)


class Live(Case):
    """The commands that go on until they are interrupted."""

    def emit(self, entry):
        self.mock.emit(ROOT, 'org.ipmp.Manager', 'Event', GLib.Variant('(a{sv})', (entry,)))

    def finish(self, process):
        process.send_signal(signal.SIGINT)
        rest, errors = process.communicate()
        self.assertEqual((process.returncode, errors), (0, ''))
        return rest

    def test_monitor(self):
        process = self.start_ctl('monitor')
        self.assertIn('degraded', process.stdout.readline())
        lines = []
        for entry in reversed(scenes.events()):
            self.emit(entry)
            lines.append(process.stdout.readline())
        self.assertEqual(self.finish(process), '')
        self.check_golden('monitor', ''.join(lines))

    def test_monitor_survives_a_restart(self):
        process = self.start_ctl('monitor')
        process.stdout.readline()
        self.stop_mock()
        self.assertIn('has gone away', process.stdout.readline())
        self.start_mock()
        self.assertIn('is running', process.stdout.readline())
        self.emit(scenes.events()[-1])
        self.assertIn('eth0 (front): ok → failed, link-down', process.stdout.readline())
        self.finish(process)

    def test_monitor_json(self):
        process = self.start_ctl('monitor', '--json')
        self.wait_until_watching(process)
        self.emit(scenes.events()[-1])
        event = schema.check('monitor', process.stdout.readline())
        self.assertEqual((event['sequence'], event['interface'], event['to']),
                         (1, 'eth0', 'failed'))
        self.stop_mock()
        self.assertEqual(schema.check('monitor', process.stdout.readline())['to'], 'gone')
        self.finish(process)

    def wait_until_watching(self, process):
        """JSON has no first line to wait for: repeat an event until it is seen."""
        stop = []

        def tick():
            self.emit(scenes.event(0, 'kernel'))
            return not stop
        source = GLib.timeout_source_new(20)
        source.set_callback(lambda *_: tick())
        source.attach(self.mock.context)
        json.loads(process.stdout.readline())
        stop.append(True)
        source.destroy()
        # what was sent before the end is marked is read away
        self.emit(scenes.event(999, 'kernel'))
        while json.loads(process.stdout.readline())['sequence'] != 999:
            pass

    def test_probes(self):
        process = self.start_ctl('probes', 'eth1', '--json')
        self.mock_has_been_asked('WatchProbes')
        probe = GLib.Variant('(tssttttt)', (7, '192.0.2.1', 'acked', 1767225600123456, 900, 1234,
                                            1200, 50))
        source = GLib.timeout_source_new(20)
        source.set_callback(lambda *_: self.mock.emit('/org/ipmp/interface/eth1',
                                                      'org.ipmp.Interface', 'ProbeCompleted',
                                                      probe) or True)
        source.attach(self.mock.context)
        seen = schema.check('probes', process.stdout.readline())
        source.destroy()
        self.assertEqual((seen['interface'], seen['sequence'], seen['rtt-usec']),
                         ('eth1', 7, 1234))
        process.send_signal(signal.SIGINT)
        process.communicate()
        self.assertEqual(process.returncode, 0)
        self.assertEqual(self.mock.calls[0], (ROOT, 'WatchProbes', ({'interfaces': ['eth1']},)))

    def test_probes_of_a_service_that_was_restarted(self):
        process = self.start_ctl('probes', '--json')
        self.mock_has_been_asked('WatchProbes')
        self.stop_mock()
        self.start_mock()
        self.mock_has_been_asked('WatchProbes')
        probe = GLib.Variant('(tssttttt)', (7, '192.0.2.1', 'lost', 1767225600123456, 0, 0, 9, 9))
        self.mock.emit('/org/ipmp/interface/eth3', 'org.ipmp.Interface', 'ProbeCompleted', probe)
        self.assertEqual(json.loads(process.stdout.readline())['interface'], 'eth3')
        self.stop_mock()
        self.start_mock(error=('org.ipmp.Error.LimitReached', 'enough watch already'))
        _, errors = process.communicate()
        self.assertEqual(process.returncode, 1)
        self.assertIn('enough watch already', errors)

    def mock_has_been_asked(self, method):
        self.assertTrue(self.mock.wait_for_call(method))

    def test_reader_goes_away(self):
        process = self.start_ctl('monitor')
        process.stdout.readline()
        process.stdout.close()
        self.emit(scenes.events()[0])
        self.assertIn(process.wait(), (-signal.SIGPIPE, 1))


if __name__ == '__main__':
    tap.main()
